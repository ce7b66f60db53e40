//! A page of its own, with the template that its head names.

mod article;
mod authors;
mod toc;

use crate::config::SiteConfig;
use crate::config::language::has_readability;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{PageIndex, PageKind, PageState, Site, Standpoint, Term};
use crate::site::outputs::{Kind, Sources};
use crate::site::parse::Heading;
use crate::site::render::view::{
    DateView, HeadView, ImageView, LinkView, SharedCard, SidebarView, TermRefView,
};
use crate::site::render::{
    PageBody, RenderContext, Rendered, badge, breadcrumbs, head, summary, terms,
};
use authors::{AuthorView, author_boxes};
use serde::Serialize;
use toc::{TocView, toc};

/// The output of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page(pub PageIndex);

/// All of them.
pub fn all(site: &Site, _: &SiteConfig) -> Vec<(String, Page)> {
    let pages = site.pages.iter().enumerate();
    let own = pages.filter(|(_, page)| page.kind == PageKind::Page);
    own.map(|(index, page)| (page.file.clone(), Page(PageIndex(index as u32))))
        .collect()
}

impl Kind for Page {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let page = &known.site[self.0];
        let templates = [page.document.front.template.as_deref(), Some("page.html")];
        let builder = known.start(builder, "page", page.language);
        let builder = known.counterparts(builder, Standpoint::Page(self.0));
        text_sources(known, known.templates(builder, templates), self.0)
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let index = self.0;
        let document = &context.site[index].document;
        let text = context.bodies.of(document)?;
        let mut body = PageBody::of(context, index, &text, file)?;
        let named = document.front.template.as_deref();
        let template = context.engine.named_or(named, "page.html");
        let content = std::mem::take(&mut body.content);
        let view = view(context, index, content, &text.headings);
        let mut values = context.language_of(index).values();
        values.insert("head", &head(context, index, &view));
        values.insert("page", &view);
        body.render(context, template, &values, file)
    }

    fn page(&self, _: &Site) -> Option<PageIndex> {
        Some(self.0)
    }

    fn page_at_fault(&self, _: &Site) -> Option<PageIndex> {
        Some(self.0)
    }

    fn shows_text_of(&self, _: &Site, _: &SiteConfig, pages: &[PageIndex]) -> bool {
        pages.contains(&self.0)
    }
}

/// A page. Name: `page`, in `page.html` and templates named by front matter.
#[derive(Clone, Debug, Serialize)]
pub struct PageView {
    /// Page id; the edge knows the page by it.
    pub id: String,
    /// Shown title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Absolute address.
    pub absolute_url: String,
    /// BCP 47.
    pub language: String,
    /// When it was published.
    pub date: Option<DateView>,
    /// When it was last changed, where later than `date`.
    pub updated: Option<DateView>,
    /// Names of its authors with their pages.
    pub authors: Vec<TermRefView>,
    /// Its tags.
    pub tags: Vec<TermRefView>,
    /// Its categories.
    pub categories: Vec<TermRefView>,
    /// From the head, else the summary or the first paragraph; plain.
    pub description: String,
    /// HTML: public parts, and for each gated one the rendered `paywall.html` in its `<section>`. Print it exactly once.
    pub content: String,
    /// Public headings; empty where there are fewer than two or the head says no.
    pub toc: Vec<TocView>,
    /// Minutes to read the public part.
    pub reading_minutes: u32,
    /// Words and Han characters of the public part together.
    pub word_count: u32,
    /// Access of the page.
    pub access: String,
    /// Whether a part of it is gated.
    pub has_gated_parts: bool,
    /// Access of its most open gated part, `public` if it has none.
    pub parts_access: String,
    /// Minutes to read all of it; `None` unless it has gated parts and `paywall.total_minutes` is on.
    pub total_minutes: Option<u32>,
    /// Headings of opened parts may enter the contents: it has gated parts, and its head does not say `toc: false`.
    pub toc_grows: bool,
    /// Picture.
    pub cover: Option<ImageView>,
    /// Sections above it, from home down.
    pub breadcrumbs: Vec<LinkView>,
    /// The handbook that it belongs to.
    pub sidebar: Option<SidebarView>,
    /// The page before it in its section; `None` if its series names it.
    pub previous: Option<SharedCard>,
    /// The page after it in its section; `None` if its series names it.
    pub next: Option<SharedCard>,
    /// The series it belongs to.
    pub series: Option<SeriesView>,
    /// Those of its authors of whom `data/authors.toml` tells more than the name.
    pub author_boxes: Vec<AuthorView>,
    /// Public pages like it, without those of its series and its neighbours.
    pub related: Vec<SharedCard>,
    /// Members may comment.
    pub comments: bool,
    /// Measured and marked scores that a build knows.
    pub scores: StaticScoresView,
    /// Draft, scheduled or expired: seen in previews alone.
    pub badge: Option<&'static str>,
    /// From the head.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A series and where the page stands in it.
#[derive(Clone, Debug, Serialize)]
pub struct SeriesView {
    /// Shown name.
    pub title: String,
    /// Its page.
    pub url: String,
    /// All its pages in order.
    pub pages: Vec<SharedCard>,
    /// The page's place, from 1.
    pub position: usize,
}

/// Scores a build knows, 0 to 10; readability of the public text alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StaticScoresView {
    /// Editors' mark.
    pub expertise: Option<f64>,
    /// Editors' mark.
    pub practicality: Option<f64>,
    /// Measured on the public text.
    pub readability: Option<f64>,
}

/// What the text of a page and all views around it are made from, as pages and sections show them.
pub fn text_sources(
    known: &Sources,
    builder: FingerprintBuilder,
    index: PageIndex,
) -> FingerprintBuilder {
    let site = known.site;
    let page = &site[index];
    let series = page
        .terms
        .iter()
        .filter(|it| site[site[**it].taxonomy].name == "series");
    let paywall = (!page.document.gates.is_empty()).then_some("paywall.html");
    let builder = known.templates(builder, [paywall]);
    known
        .translations(builder, index)
        .all(page.previous.iter(), |builder, it| known.card(builder, *it))
        .all(page.next.iter(), |builder, it| known.card(builder, *it))
        .all(page.related.iter(), |builder, it| known.card(builder, *it))
        .all(series.flat_map(|it| &site[*it].pages), |builder, it| {
            known.card(builder, *it)
        })
        .of(Ingredient::Text)
        .name(|| page.document.path.to_string())
        .bytes(&page.document.hash)
        .links(page, known.files)
        .of(Ingredient::Sections)
        .all(known.above(page.section), |builder, it| {
            known.shown_section(builder, it)
        })
        .all(known.sidebar(page.section).iter(), |builder, it| {
            builder.bytes(it)
        })
}

fn head(context: &RenderContext, index: PageIndex, view: &PageView) -> HeadView {
    let page = &context.site[index];
    let front = &page.document.front;
    let canonical = front
        .canonical
        .clone()
        .unwrap_or_else(|| view.absolute_url.clone());
    HeadView {
        page_id: Some(view.id.clone()),
        title: head::titled(&view.title, context.language_of(index)),
        description: view.description.clone(),
        canonical,
        noindex: front.noindex || page.state != PageState::Live,
        sign_in_url: context
            .language_of(index)
            .members_url("sign-in", Some(&view.url)),
        og_type: "article",
        image: view.cover.clone(),
        translations: head::translations(context, Some(index)),
        languages: head::languages(context, page.language, Standpoint::Page(index)),
        json_ld: article::article(context, index, view),
        published: front.date.map(|at| context.iso(at)),
        modified: front.updated.or(front.date).map(|at| context.iso(at)),
    }
}

fn view(
    context: &RenderContext,
    index: PageIndex,
    content: String,
    headings: &[Heading],
) -> PageView {
    let site = context.site;
    let page = &site[index];
    let document = &page.document;
    let front = &document.front;
    let card = context.card(index);
    let series = series(context, index);
    let is_named = |it: &PageIndex| series.as_ref().is_some_and(|(_, pages)| pages.contains(it));
    let neighbour = |it: Option<PageIndex>| it.filter(|it| !is_named(it));
    let (previous, next) = (neighbour(page.previous), neighbour(page.next));
    let is_new = |it: &&PageIndex| !is_named(it) && ![previous, next].contains(&Some(**it));
    let related: Vec<PageIndex> = page.related.iter().filter(is_new).copied().collect();
    let later = front
        .updated
        .filter(|at| front.date.is_none_or(|date| *at > date));
    PageView {
        id: card.id.clone(),
        title: card.title.clone(),
        url: card.url.clone(),
        absolute_url: context.absolute(&page.url),
        language: card.language.clone(),
        date: card.date.clone(),
        updated: later.map(|at| context.date(at, &card.language)),
        authors: card.authors.clone(),
        tags: card.tags.clone(),
        categories: terms(context, page, "categories"),
        description: front
            .description
            .clone()
            .unwrap_or_else(|| summary(document)),
        content,
        toc: toc(front.toc, headings),
        reading_minutes: card.reading_minutes,
        word_count: document.public_counts.n_words + document.public_counts.n_han,
        access: card.access.clone(),
        has_gated_parts: card.has_gated_parts,
        parts_access: card.parts_access.clone(),
        total_minutes: card.total_minutes,
        toc_grows: card.has_gated_parts && front.toc != Some(false),
        cover: card.cover.clone(),
        breadcrumbs: breadcrumbs(context, page.section),
        sidebar: context.sidebar(page.section),
        previous: previous.map(|it| context.shared(it)),
        next: next.map(|it| context.shared(it)),
        author_boxes: author_boxes(context, page, &card.authors),
        related: context.all_shared(&related),
        series: series.map(|(view, _)| view),
        comments: page.has_comments(context.config),
        scores: StaticScoresView {
            expertise: front.expertise,
            practicality: front.practicality,
            readability: document
                .public_readability
                .filter(|_| has_readability(&context.languages[page.language].code)),
        },
        badge: badge(page.state),
        extra: front.extra.clone(),
    }
}

/// The series of a page, and the pages that it has.
fn series<'s>(
    context: &RenderContext<'s>,
    index: PageIndex,
) -> Option<(SeriesView, &'s [PageIndex])> {
    let site = context.site;
    let mut terms = site[index].terms.iter().map(|it| &site[*it]);
    let series = terms.find(|it| site[it.taxonomy].name == "series");
    let place = |term: &Term| term.pages.iter().position(|it| *it == index);
    let (term, place) = series.and_then(|it| Some((it, place(it)?)))?;
    let view = SeriesView {
        title: term.title.clone(),
        url: term.url.clone(),
        pages: context.all_shared(&term.pages),
        position: place + 1,
    };
    Some((view, &term.pages))
}
