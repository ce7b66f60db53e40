//! A page as lists, neighbours and other sites see it. Public text only.

use crate::clock::Timestamp;
use crate::ids::Access;
use crate::site::fingerprint::{FingerprintBuilder, Hash};
use crate::site::model::{CopiedFiles, Page, PageIndex, PageState, Site, strictness};
use crate::site::parse::Document;
use crate::site::render::RenderContext;
use crate::site::render::view::{CardView, ImageView, SharedCard, TermRefView};

/// A page as others show it.
pub(super) struct Card {
    view: CardView,
    /// The same for the template engine.
    shared: SharedCard,
}

impl RenderContext<'_> {
    fn cached(&self, page: PageIndex) -> &Card {
        self.cards[page.0 as usize].get_or_init(|| {
            let view = card(self, page);
            let shared = SharedCard::new(&view);
            Card { view, shared }
        })
    }

    /// A page as feeds and its own template see it.
    pub fn card(&self, page: PageIndex) -> &CardView {
        &self.cached(page).view
    }

    /// A page as lists show it.
    pub fn shared(&self, page: PageIndex) -> SharedCard {
        self.cached(page).shared.clone()
    }

    /// Pages as lists show them.
    pub fn all_shared(&self, pages: &[PageIndex]) -> Vec<SharedCard> {
        pages.iter().map(|page| self.shared(*page)).collect()
    }
}

/// The card of a page.
fn card(context: &RenderContext, index: PageIndex) -> CardView {
    let page = &context.site[index];
    let front = &page.document.front;
    let language = &context.languages[page.language].code;
    CardView {
        id: page.id.to_string(),
        title: front.title.clone(),
        url: page.url.clone(),
        language: language.clone(),
        date: front.date.map(|at| context.date(at, language)),
        summary: summary(&page.document),
        authors: terms(context, page, "authors"),
        tags: terms(context, page, "tags"),
        reading_minutes: page.document.public_counts.reading_minutes(),
        access: front.access.to_string(),
        has_gated_parts: !page.document.gates.is_empty(),
        parts_access: parts_access(context, page).to_string(),
        total_minutes: total_minutes(context, page),
        cover: cover(context, page),
        badge: badge(page.state),
    }
}

/// What [`card`] is made from besides the settings. Less than the page, so that an edit of a body leaves most lists
/// fresh. `terms` are the [`term_sources`](crate::site::render::term_sources) of the site.
pub fn card_sources((site, files): (&Site, &CopiedFiles), page: &Page, terms: &[Hash]) -> Hash {
    let document = &page.document;
    let front = &document.front;
    let time = |time: Option<Timestamp>| time.map_or(i64::MIN, |it| it.as_millis()) as u64;
    let cover = front.cover.as_ref();
    let state = match page.state {
        PageState::Live => 0,
        PageState::Draft => 1,
        PageState::Scheduled => 2,
        PageState::Expired => 3,
    };
    FingerprintBuilder::empty()
        .text(page.id.as_str())
        .text(&page.url)
        .number(state)
        .text(&front.title)
        .number(time(front.date))
        .number(time(front.updated))
        .maybe(front.description.as_deref())
        .maybe(front.summary.as_deref())
        .text(&front.access.to_string())
        .flag(front.noindex)
        .text(&document.lead)
        .maybe(document.summary.as_deref())
        .number(u64::from(document.public_counts.reading_minutes()))
        .number(u64::from(
            document
                .public_counts
                .with(document.gated_counts)
                .reading_minutes(),
        ))
        .number(document.gates.len() as u64)
        .all(document.gates.iter(), |builder, it| {
            builder.text(&it.access.to_string())
        })
        .all(cover.into_iter(), |builder, it| {
            let link = it.link as usize;
            let target = &page.links[link];
            builder
                .text(&target.href)
                .text(&it.alt)
                .flag(target.to.is_dead())
                .size(files.size(page, link))
        })
        .all(page.terms.iter(), |builder, it| {
            builder
                .text(&site[site[*it].taxonomy].name)
                .bytes(&terms[it.0 as usize])
        })
        .hash()
}

/// Access of the part that most readers may read; public without parts.
fn parts_access(context: &RenderContext, page: &Page) -> Access {
    let gates = page.document.gates.iter().map(|it| &it.access);
    let most_open = gates.min_by_key(|it| strictness(it, context.config));
    most_open.cloned().unwrap_or(Access::Public)
}

/// Minutes of the whole page, public and gated text. `None` unless the owner wants them public: they are the one thing in
/// `public/` that depends on gated text.
fn total_minutes(context: &RenderContext, page: &Page) -> Option<u32> {
    let document = &page.document;
    let is_wanted = context.config.total_minutes && !document.gates.is_empty();
    let all = document.public_counts.with(document.gated_counts);
    is_wanted.then(|| all.reading_minutes())
}

/// The terms that a page has in one taxonomy.
pub fn terms(context: &RenderContext, page: &Page, taxonomy: &str) -> Vec<TermRefView> {
    let site = context.site;
    let own = page
        .terms
        .iter()
        .filter(|it| site[site[**it].taxonomy].name == taxonomy);
    own.map(|it| context.terms[it.0 as usize].clone()).collect()
}

/// What previews say of a page that readers do not get to see.
pub fn badge(state: PageState) -> Option<&'static str> {
    match state {
        PageState::Live => None,
        PageState::Draft => Some("draft"),
        PageState::Scheduled => Some("scheduled"),
        PageState::Expired => Some("expired"),
    }
}

/// Plain text for lists: the author's summary, else what stands before `<!-- more -->`, else the first paragraph.
pub fn summary(document: &Document) -> String {
    let front = &document.front;
    if let Some(text) = front.summary.as_ref().or(front.description.as_ref()) {
        return text.clone();
    }
    document.summary.as_ref().unwrap_or(&document.lead).clone()
}

/// Picture of a page.
fn cover(context: &RenderContext, page: &Page) -> Option<ImageView> {
    let cover = page.document.front.cover.as_ref()?;
    let link = cover.link as usize;
    let target = &page.links[link];
    if target.to.is_dead() {
        return None;
    }
    let size = context.files.size(page, link);
    Some(ImageView {
        url: target.href.clone(),
        absolute_url: context.absolute(&target.href),
        alt: cover.alt.clone(),
        width: size.map(|it| it.width),
        height: size.map(|it| it.height),
    })
}
