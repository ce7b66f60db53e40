//! A page as lists, neighbours and other sites see it. Public text only.

use crate::ids::Access;
use crate::site::model::{Page, PageIndex, PageState, strictness};
use crate::site::parse::Document;
use crate::site::render::scene::{Card, Scene};
use crate::site::render::view::{CardView, ImageView, SharedCard, TermRefView};

impl Scene<'_> {
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
fn card(scene: &Scene, index: PageIndex) -> CardView {
    let page = &scene.site[index];
    let front = &page.document.front;
    let language = &scene.languages[page.language].code;
    CardView {
        id: page.id.to_string(),
        title: front.title.clone(),
        url: page.url.clone(),
        language: language.clone(),
        date: front.date.map(|at| scene.date(at, language)),
        summary: summary(&page.document),
        authors: terms(scene, page, "authors"),
        tags: terms(scene, page, "tags"),
        reading_minutes: page.document.public_counts.reading_minutes(),
        access: front.access.to_string(),
        has_gated_parts: !page.document.gates.is_empty(),
        parts_access: parts_access(scene, page).to_string(),
        total_minutes: total_minutes(scene, page),
        cover: cover(scene, page),
        badge: badge(page.state),
    }
}

/// Access of the part that most readers may read; public without parts.
fn parts_access(scene: &Scene, page: &Page) -> Access {
    let gates = page.document.gates.iter().map(|it| &it.access);
    let most_open = gates.min_by_key(|it| strictness(it, scene.config));
    most_open.cloned().unwrap_or(Access::Public)
}

/// Minutes of the whole page, public and gated text. `None` unless the owner wants them public: they are the one thing in
/// `public/` that depends on gated text.
fn total_minutes(scene: &Scene, page: &Page) -> Option<u32> {
    let document = &page.document;
    let is_wanted = scene.config.total_minutes && !document.gates.is_empty();
    let all = document.public_counts.with(document.gated_counts);
    is_wanted.then(|| all.reading_minutes())
}

/// The terms that a page has in one taxonomy.
pub fn terms(scene: &Scene, page: &Page, taxonomy: &str) -> Vec<TermRefView> {
    let site = scene.site;
    let own = page
        .terms
        .iter()
        .filter(|it| site[site[**it].taxonomy].name == taxonomy);
    own.map(|it| scene.terms[it.0 as usize].clone()).collect()
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
fn cover(scene: &Scene, page: &Page) -> Option<ImageView> {
    let cover = page.document.front.cover.as_ref()?;
    let link = cover.link as usize;
    let target = &page.links[link];
    if target.to.is_dead() {
        return None;
    }
    let size = scene.files.size(page, link);
    Some(ImageView {
        url: target.href.clone(),
        absolute_url: scene.absolute(&target.href),
        alt: cover.alt.clone(),
        width: size.map(|it| it.width),
        height: size.map(|it| it.height),
    })
}
