//! A page as lists, neighbours and other sites see it. Public text only.

use crate::site::error::BuildError;
use crate::site::model::{Destination, Page, PageIndex, PageState, Site, TermIndex};
use crate::site::parse::{Document, Part};
use crate::site::render::scene::Scene;
use crate::site::render::view::{CardView, ImageView, TermRefView};

/// Longer text between a title and `<!-- more -->` is cut in lists.
const SUMMARY_CHARS: usize = 400;

/// The card of a page. Fails where its picture cannot be read.
pub fn card(scene: &Scene, index: PageIndex) -> Result<CardView, BuildError> {
    let page = &scene.site[index];
    let front = &page.document.front;
    let language = &scene.languages[page.language].code;
    Ok(CardView {
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
        has_gated_parts: has_gated_parts(&page.document),
        cover: cover(scene, page)?,
        badge: badge(page.state),
    })
}

/// A term as pages name it.
pub fn term_ref(site: &Site, index: TermIndex) -> TermRefView {
    let term = &site[index];
    TermRefView {
        title: term.title.clone(),
        url: term.url.clone(),
        n_pages: term.pages.len(),
    }
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

/// Whether anything of a page lies in the vault.
pub fn has_gated_parts(document: &Document) -> bool {
    document
        .parts
        .iter()
        .any(|it| matches!(it, Part::Gated { .. }))
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
    match &document.summary {
        Some(fragment) => cut(&plain_text(&fragment.0.html), SUMMARY_CHARS),
        None => document.lead.clone(),
    }
}

/// Picture of a page.
fn cover(scene: &Scene, page: &Page) -> Result<Option<ImageView>, BuildError> {
    let Some(cover) = &page.document.front.cover else {
        return Ok(None);
    };
    let target = &page.links[cover.link as usize];
    let content = match target.to {
        Destination::Asset(index) => Some(&scene.site[index].asset.content),
        Destination::Static(index) => Some(&scene.site.statics[index as usize].content),
        Destination::Nowhere => return Ok(None),
        _ => None,
    };
    let size = match content {
        Some(content) => imagesize::blob_size(&content.read()?).ok(),
        None => None,
    };
    Ok(Some(ImageView {
        url: target.href.clone(),
        absolute_url: scene.absolute(&target.href),
        alt: cover.alt.clone(),
        width: size.and_then(|it| u32::try_from(it.width).ok()),
        height: size.and_then(|it| u32::try_from(it.height).ok()),
    }))
}

/// Text of HTML that `parse` made: without tags, entities resolved, white space folded.
fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            _ if is_tag => {}
            c if c.is_whitespace() => {
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            c => text.push(c),
        }
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    text.trim_end().to_owned()
}

fn cut(text: &str, n_chars: usize) -> String {
    match text.char_indices().nth(n_chars) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        for (html, text) in [
            ("<p>一 <b>b</b></p>\n<p>a &amp;lt; b</p>", "一 b a &lt; b"),
            ("<img alt=\"x\">&lt;p&gt;", "<p>"),
            ("", ""),
        ] {
            assert_eq!(plain_text(html), text);
        }
        assert_eq!(cut("一二三", 2), "一二…");
        assert_eq!(cut("一二", 2), "一二");
    }
}
