//! `sitemap.xml`: addresses for search engines, in several files where one may not hold them all.

use crate::config::SiteConfig;
use crate::escape;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{PageIndex, PageKind, SITEMAP_LIMIT, Site, sitemap_file};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head::translations;
use crate::site::render::{RenderContext, Rendered};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// One file of the sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// All addresses.
    Whole,
    /// The list of so many parts.
    Index(usize),
    /// A part, from 1.
    Part(usize),
}

/// All of them.
pub fn all(site: &Site, _: &SiteConfig) -> Vec<(String, Sitemap)> {
    let n_parts = addresses(site).count().div_ceil(SITEMAP_LIMIT);
    if n_parts <= 1 {
        return vec![("sitemap.xml".into(), Sitemap::Whole)];
    }
    let parts = (1..=n_parts).map(|it| (sitemap_file(it), Sitemap::Part(it)));
    let index = ("sitemap.xml".into(), Sitemap::Index(n_parts));
    std::iter::once(index).chain(parts).collect()
}

/// An address, and the page that lies there.
type Address<'s> = (&'s str, Option<PageIndex>);

/// Lists first, then pages, without those kept out of search engines.
fn addresses(site: &Site) -> impl Iterator<Item = Address<'_>> {
    let is_indexed = |page: PageIndex| site[page].is_indexed();
    let sections = site.sections.iter();
    let sections = sections.filter(move |it| it.is_listed && it.page.is_none_or(is_indexed));
    let pages = site.pages.iter().enumerate();
    let pages = pages.filter(|(_, it)| it.kind == PageKind::Page && it.is_indexed());
    sections
        .map(|it| (it.url.as_str(), it.page))
        .chain(site.taxonomies.iter().map(|it| (it.url.as_str(), None)))
        .chain(site.terms.iter().map(|it| (it.url.as_str(), None)))
        .chain(pages.map(|(index, it)| (it.url.as_str(), Some(PageIndex(index as u32)))))
}

impl Kind for Sitemap {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let builder = known.start(builder, "sitemap", 0);
        let builder = builder.of(Ingredient::Pages).text(&format!("{self:?}"));
        builder.all(addresses(known.site), |builder, (url, page)| {
            let builder = builder.text(url);
            match page {
                Some(page) => known.translations(builder, page),
                None => builder,
            }
        })
    }

    fn render<'a>(&self, context: &RenderContext<'a>, _: &str) -> Result<Rendered<'a>, BuildError> {
        Ok(Rendered::text(match *self {
            Sitemap::Whole => part(context, 1),
            Sitemap::Part(number) => part(context, number),
            Sitemap::Index(n_parts) => index(context, n_parts),
        }))
    }
}

/// One part of the addresses, from 1.
fn part(context: &RenderContext, number: usize) -> String {
    let mut xml = format!(
        "{HEAD}<urlset xmlns=\"{NAMESPACE}\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"
    );
    let before = (number - 1) * SITEMAP_LIMIT;
    for address in addresses(context.site).skip(before).take(SITEMAP_LIMIT) {
        push(context, address, &mut xml);
    }
    xml.push_str("</urlset>\n");
    xml
}

/// The list of all parts.
fn index(context: &RenderContext, n_parts: usize) -> String {
    let mut xml = format!("{HEAD}<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for number in 1..=n_parts {
        xml.push_str("<sitemap>");
        let url = context.config.base_url.join(&sitemap_file(number));
        element(&mut xml, "loc", &url);
        xml.push_str("</sitemap>\n");
    }
    xml.push_str("</sitemapindex>\n");
    xml
}

fn push(context: &RenderContext, (url, page): Address, xml: &mut String) {
    xml.push_str("<url>");
    element(xml, "loc", &context.absolute(url));
    if let Some(at) = page.and_then(|page| changed(context.site, page)) {
        element(xml, "lastmod", &context.iso(at));
    }
    for (index, translation) in translations(context, page).iter().enumerate() {
        alternate(xml, &translation.language, &translation.absolute_url);
        if index == 0 {
            alternate(xml, "x-default", &translation.absolute_url);
        }
    }
    xml.push_str("</url>\n");
}

fn changed(site: &Site, page: PageIndex) -> Option<crate::clock::Timestamp> {
    let front = &site[page].document.front;
    front.updated.or(front.date)
}

fn element(xml: &mut String, name: &str, text: &str) {
    xml.push_str(&format!("<{name}>"));
    escape::push_xml(xml, text);
    xml.push_str(&format!("</{name}>"));
}

fn alternate(xml: &mut String, language: &str, url: &str) {
    xml.push_str("<xhtml:link rel=\"alternate\" hreflang=\"");
    escape::push_xml(xml, language);
    xml.push_str("\" href=\"");
    escape::push_xml(xml, url);
    xml.push_str("\"/>");
}
