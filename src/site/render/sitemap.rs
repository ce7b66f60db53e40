//! `sitemap.xml` and `robots.txt`: what search engines should know.

use crate::escape;
use crate::site::model::{PageIndex, SITEMAP_LIMIT, Site};
use crate::site::plan::{OutputKind, indexed};
use crate::site::render::head::translations;
use crate::site::render::html::PublicHtml;
use crate::site::render::scene::Scene;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// One run of addresses, from 1.
pub fn run(scene: &Scene, run: usize) -> PublicHtml {
    let mut xml = format!(
        "{HEAD}<urlset xmlns=\"{NAMESPACE}\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"
    );
    let all = indexed(scene.site);
    for kind in all
        .iter()
        .skip((run - 1) * SITEMAP_LIMIT)
        .take(SITEMAP_LIMIT)
    {
        address(scene, *kind, &mut xml);
    }
    xml.push_str("</urlset>\n");
    PublicHtml::new(xml)
}

/// The list of all runs.
pub fn index(scene: &Scene, n_runs: usize) -> PublicHtml {
    let mut xml = format!("{HEAD}<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for run in 1..=n_runs {
        xml.push_str("<sitemap>");
        element(
            &mut xml,
            "loc",
            &scene.config.base_url.join(&format!("sitemap-{run}.xml")),
        );
        xml.push_str("</sitemap>\n");
    }
    xml.push_str("</sitemapindex>\n");
    PublicHtml::new(xml)
}

/// Robots may read all but what is of no use to them: what the API answers, unless pages lie between its routes.
pub fn robots(scene: &Scene) -> PublicHtml {
    let base = scene.config.base_url.path();
    let folders = ["api/", "admin/"].into_iter();
    let closed = folders.filter(|it| !scene.site.has_pages_below(&format!("/{it}")));
    let closed: String = closed.map(|it| format!("Disallow: {base}{it}\n")).collect();
    // A group needs a rule.
    let rules = if closed.is_empty() {
        "Disallow:\n"
    } else {
        &closed
    };
    PublicHtml::new(format!(
        "User-agent: *\n{rules}Sitemap: {}\n",
        scene.config.base_url.join("sitemap.xml")
    ))
}

fn address(scene: &Scene, kind: OutputKind, xml: &mut String) {
    let site = scene.site;
    let (url, page) = match kind {
        OutputKind::Page(page) => (&site[page].url, Some(page)),
        OutputKind::Section(section, _) => (&site[section].url, site[section].page),
        OutputKind::Taxonomy(taxonomy) => (&site[taxonomy].url, None),
        OutputKind::Term(term, _) => (&site[term].url, None),
        _ => return,
    };
    xml.push_str("<url>");
    element(xml, "loc", &scene.absolute(url));
    if let Some(at) = page.and_then(|page| changed(site, page)) {
        element(xml, "lastmod", &scene.iso(at));
    }
    for (index, translation) in translations(scene, page).iter().enumerate() {
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
