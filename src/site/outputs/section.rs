//! One page of a section's list; home is a section too. The section's own text stands on the first page alone.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{PageIndex, SectionIndex, Site, Standpoint};
use crate::site::outputs::pager::{self, pager_sources, pager_view};
use crate::site::outputs::{Kind, Sources, page};
use crate::site::render::view::{HeadView, LinkView, SidebarView};
use crate::site::render::{PageBody, RenderContext, Rendered, breadcrumbs, head, json_ld};
use serde::Serialize;

/// The output of one page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Section {
    section: SectionIndex,
    /// From 1.
    pager: usize,
}

/// All of them.
pub fn all(site: &Site, config: &SiteConfig) -> Vec<(String, Section)> {
    let mut all = Vec::new();
    let sections = site.sections.iter().enumerate();
    for (index, own) in sections.filter(|(_, own)| own.is_listed) {
        let section = SectionIndex(index as u32);
        let files = pager::files(&own.path, site.listed(section).len(), config);
        all.extend(files.map(|(file, pager)| (file, Section { section, pager })));
    }
    all
}

/// The template of a list that names none.
fn usual_template(site: &Site, section: SectionIndex) -> &'static str {
    match site[section].parent {
        None => "home.html",
        Some(_) => "section.html",
    }
}

/// The template that a section's own page names.
fn named_template(site: &Site, section: SectionIndex) -> Option<&str> {
    let page = site[section].page?;
    site[page].document.front.template.as_deref()
}

impl Kind for Section {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let (site, index) = (known.site, self.section);
        let section = &site[index];
        let templates = [
            named_template(site, index),
            Some(usual_template(site, index)),
        ];
        let builder = known.start(builder, "section", section.language);
        let builder = known.counterparts(builder, Standpoint::Section(index));
        let mut builder = known
            .templates(builder, templates)
            .of(Ingredient::Sections)
            .text(&section.title)
            .text(&section.url)
            .all(section.sections.iter(), |builder, it| {
                known.shown_section(builder, *it)
            })
            .all(known.above(section.parent), |builder, it| {
                known.shown_section(builder, it)
            })
            .all(known.sidebar(Some(index)).iter(), |builder, it| {
                builder.bytes(it)
            });
        if let Some(page) = section.page {
            builder = page::text_sources(known, builder, page);
        }
        pager_sources(known, builder, site.listed(index), self.pager)
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let Section {
            section: index,
            pager,
        } = *self;
        let site = context.site;
        let section = &site[index];
        let own = section.page.map(|it| &context.site[it].document.front);
        let mut body = match section.page {
            Some(page) if pager == 1 => {
                let text = context.bodies.of(&context.site[page].document)?;
                PageBody::of(context, page, &text, file)?
            }
            _ => PageBody::default(),
        };
        let view = SectionView {
            id: section.id.to_string(),
            title: section.title.clone(),
            url: section.url.clone(),
            description: own
                .and_then(|it| it.description.clone())
                .unwrap_or_default(),
            content: std::mem::take(&mut body.content),
            breadcrumbs: breadcrumbs(context, section.parent),
            sections: links(context, &section.sections),
            sidebar: context.sidebar(Some(index)),
            extra: own.map(|it| it.extra.clone()).unwrap_or_default(),
        };
        let named = named_template(site, index);
        let template = context.engine.named_or(named, usual_template(site, index));
        let mut values = context.languages[section.language].values();
        values.insert("head", &head(context, index, pager, &view.description));
        values.insert("section", &view);
        values.insert(
            "pager",
            &pager_view(context, site.listed(index), &section.url, pager),
        );
        body.render(context, template, &values, file)
    }

    /// The section's own page has the first page of the list as its file.
    fn page(&self, site: &Site) -> Option<PageIndex> {
        site[self.section].page.filter(|_| self.pager == 1)
    }

    /// A template that the section's own page does not name is the theme's affair.
    fn page_at_fault(&self, site: &Site) -> Option<PageIndex> {
        named_template(site, self.section).and(site[self.section].page)
    }

    fn shows_text_of(&self, site: &Site, _: &SiteConfig, pages: &[PageIndex]) -> bool {
        site[self.section]
            .page
            .is_some_and(|it| pages.contains(&it))
    }
}

/// A section's list. Name: `section`, in `section.html` and `home.html`.
#[derive(Clone, Debug, Serialize)]
pub struct SectionView {
    /// Page id of its `_index.md`.
    pub id: String,
    /// Shown title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// May be empty.
    pub description: String,
    /// HTML of its own body, public parts and paywalls; may be empty.
    pub content: String,
    /// Sections above it, from home down.
    pub breadcrumbs: Vec<LinkView>,
    /// Sections directly below.
    pub sections: Vec<LinkView>,
    /// The handbook that it belongs to.
    pub sidebar: Option<SidebarView>,
    /// From the head.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

fn head(context: &RenderContext, index: SectionIndex, pager: usize, description: &str) -> HeadView {
    let section = &context.site[index];
    let language = &context.languages[section.language];
    let page = section.page;
    let card = page.map(|it| context.card(it));
    let is_home = section.parent.is_none();
    let hidden = page.is_some_and(|it| context.site[it].document.front.noindex);
    let title = match (is_home, pager) {
        (true, 1) => language.view.title.clone(),
        _ => head::titled_page(&section.title, pager, language),
    };
    HeadView {
        page_id: page
            .filter(|_| pager == 1)
            .map(|it| context.site[it].id.to_string()),
        image: card.and_then(|it| it.cover.clone()),
        translations: if pager == 1 {
            head::translations(context, page)
        } else {
            Vec::new()
        },
        languages: head::languages(context, section.language, Standpoint::Section(index)),
        json_ld: match is_home {
            true => json_ld::website(&language.view),
            false => json_ld::breadcrumbs_of(context, index),
        },
        noindex: hidden,
        ..head::plain(
            context,
            language,
            title,
            description,
            &head::pager_url(&section.url, pager),
        )
    }
}

fn links(context: &RenderContext, sections: &[SectionIndex]) -> Vec<LinkView> {
    let link = |index: &SectionIndex| LinkView {
        title: context.site[*index].title.clone(),
        url: context.site[*index].url.clone(),
    };
    sections.iter().map(link).collect()
}
