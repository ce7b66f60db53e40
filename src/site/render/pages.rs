//! A page with its body: public parts, and in place of each gated one the theme's paywall.

use crate::config::language::has_readability;
use crate::ids::{Access, PartNumber};
use crate::markdown::han::is_han;
use crate::markdown::safe::notice;
use crate::site::error::BuildError;
use crate::site::model::{Page, PageIndex, Term};
use crate::site::parse::{Body as Text, Heading, Part};
use crate::site::plan::Output;
use crate::site::render::breadcrumbs::breadcrumbs;
use crate::site::render::cards::{badge, summary, terms};
use crate::site::render::engine::Engine;
use crate::site::render::head;
use crate::site::render::html::{Filling, GatedHtml, PartEdges, PublicHtml, Shown};
use crate::site::render::parts;
use crate::site::render::scene::{LanguageScene, Scene};
use crate::site::render::view::{
    AuthorView, LinkView, PageView, PartView, SeriesView, StaticScoresView, TermRefView, TierView,
    TocView,
};
use crate::site::render::{Body, Rendered, RenderedPart};

/// A page of its own, with the template that its head names.
pub fn page<'a>(
    scene: &Scene<'a>,
    engine: &Engine,
    output: &Output,
    index: PageIndex,
) -> Result<Rendered<'a>, BuildError> {
    let page = &scene.site[index];
    let text = scene.bodies.of(&page.document)?;
    let mut body = body(scene, engine, output, index, &text)?;
    let template = engine.named_or(page.document.front.template.as_deref(), "page.html");
    let view = view(
        scene,
        index,
        std::mem::take(&mut body.content),
        &text.headings,
    );
    let mut context = scene.language_of(index).context();
    context.insert("head", &head::of_page(scene, index, &view));
    context.insert("page", &view);
    finish(engine, template, &context, output, body)
}

/// A body before its template is around it.
#[derive(Default)]
pub struct PageBody {
    /// Public HTML with marked paywalls.
    pub content: String,
    gated: Vec<(PartNumber, Access, GatedHtml)>,
}

/// Renders the template, and finds the paywalls in what came out.
pub fn finish<'a>(
    engine: &Engine,
    template: &str,
    context: &tera::Context,
    output: &Output,
    body: PageBody,
) -> Result<Rendered<'a>, BuildError> {
    let text = engine.render(template, context, &output.file)?;
    let placed = parts::unmark(text, body.gated.len())
        .map_err(|fault| engine.misfit(template, &fault.to_string(), &output.file))?;
    let parts = body.gated.into_iter().zip(placed.ranges);
    Ok(Rendered {
        body: Body::Text(PublicHtml::new(placed.text)),
        parts: parts
            .map(|((number, access, html), range)| RenderedPart {
                number,
                access,
                html,
                range,
            })
            .collect(),
        version: placed.version,
    })
}

/// All parts of a page, public ones filled in, gated ones set aside behind their paywalls.
pub fn body(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    index: PageIndex,
    text: &Text,
) -> Result<PageBody, BuildError> {
    let page = &scene.site[index];
    let filling = |link: u32| {
        let target = page.links.get(link as usize);
        Filling {
            href: target.map_or("", |it| it.href.as_str()),
            size: scene.files.size(page, link as usize),
            shown: Shown::of(target),
        }
    };
    let language = scene.language_of(index);
    let say = |word| language.word(word);
    let mut body = PageBody::default();
    let mut seen: Vec<&Access> = Vec::new();
    for part in &text.parts {
        match part {
            Part::Public { html, .. } => {
                body.content
                    .push_str(PublicHtml::fill(html, filling, say).as_str());
            }
            Part::Gated {
                number,
                access,
                html,
                ..
            } => {
                let view = PartView {
                    is_repeat: seen.contains(&access),
                    ..part_view(scene, index, *number, access)
                };
                seen.push(access);
                let paywall = paywall(scene, engine, output, index, &view)?;
                parts::mark(&mut body.content, *number, access, paywall.trim());
                let edges = part_edges(language, access);
                let html = GatedHtml::fill(html, (*number, access), &edges, filling, say);
                body.gated.push((*number, access.clone(), html));
            }
        }
    }
    Ok(body)
}

fn paywall(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    index: PageIndex,
    part: &PartView,
) -> Result<String, BuildError> {
    let language = scene.language_of(index);
    let mut context = language.context();
    context.insert_value("page", scene.shared(index).value());
    context.insert("part", part);
    engine.render("paywall.html", &context, &output.file)
}

/// What an opened part says of itself where it begins and where it ends.
fn part_edges(language: &LanguageScene, access: &Access) -> PartEdges {
    let (key, english) = match access {
        Access::Public | Access::Members => ("members", "members"),
        Access::Paid => ("paid", "subscribers"),
        Access::Tier(_) => ("tier", "{tier}"),
    };
    let tier = language.view.tiers.iter().find(|it| match access {
        Access::Tier(id) => it.id == id.as_str(),
        _ => false,
    });
    let said = |edge: &str, english: &str| {
        let text = language.text(&format!("part_{edge}_{key}"), english);
        text.replace("{tier}", tier.map_or("", |it| it.name.as_str()))
    };
    PartEdges {
        begins: said("begins", &format!("For {english}")),
        ends: said("ends", &format!("End of the part for {english}")),
    }
}

fn part_view(scene: &Scene, index: PageIndex, number: PartNumber, access: &Access) -> PartView {
    let language = scene.language_of(index);
    let leading = |name| language.members_url(name, Some(&scene.site[index].url));
    PartView {
        number: number.0,
        access: access.to_string(),
        tier: opening_tiers(&language.view.tiers, access).next().cloned(),
        tiers: opening_tiers(&language.view.tiers, access)
            .cloned()
            .collect(),
        is_repeat: false,
        sign_in_url: leading("sign-in"),
        join_url: leading("join"),
    }
}

/// The tiers that open a part, lowest rank first, as `tiers` are.
fn opening_tiers<'t>(tiers: &'t [TierView], access: &Access) -> impl Iterator<Item = &'t TierView> {
    let first = match access {
        Access::Public | Access::Members => None,
        Access::Paid => Some(0),
        Access::Tier(id) => tiers.iter().position(|it| it.id == id.as_str()),
    };
    let is_paid = *access == Access::Paid;
    let tiers = &tiers[first.unwrap_or(tiers.len())..];
    tiers.iter().filter(move |it| it.is_paid || !is_paid)
}

fn view(scene: &Scene, index: PageIndex, content: String, headings: &[Heading]) -> PageView {
    let site = scene.site;
    let page = &site[index];
    let document = &page.document;
    let front = &document.front;
    let card = scene.card(index);
    let series = series(scene, index);
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
        absolute_url: scene.absolute(&page.url),
        language: card.language.clone(),
        date: card.date.clone(),
        updated: later.map(|at| scene.date(at, &card.language)),
        authors: card.authors.clone(),
        tags: card.tags.clone(),
        categories: terms(scene, page, "categories"),
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
        breadcrumbs: breadcrumbs(scene, page.section),
        sidebar: scene.sidebar(page.section),
        previous: previous.map(|it| scene.shared(it)),
        next: next.map(|it| scene.shared(it)),
        author_boxes: author_boxes(scene, page, &card.authors),
        related: scene.all_shared(&related),
        series: series.map(|(view, _)| view),
        comments: has_comments(scene, page),
        scores: StaticScoresView {
            expertise: front.expertise,
            practicality: front.practicality,
            readability: document
                .public_readability
                .filter(|_| has_readability(&scene.languages[page.language].code)),
        },
        badge: badge(page.state),
        extra: front.extra.clone(),
    }
}

/// Whether members may comment on a page.
pub fn has_comments(scene: &Scene, page: &Page) -> bool {
    page.document
        .front
        .comments
        .unwrap_or(scene.config.edge.comments.enabled)
}

/// What is known of the authors of a page, in the page's language.
fn author_boxes(scene: &Scene, page: &Page, authors: &[TermRefView]) -> Vec<AuthorView> {
    let base_path = scene.config.base_url.path();
    let known = |name: &str| {
        let folded = name.to_lowercase();
        let mut all = scene.config.authors.iter();
        all.find(|it| it.name.to_lowercase() == folded)
    };
    let below = |address: &str| match address.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => format!("{base_path}{rest}"),
        _ => address.to_owned(),
    };
    let view = |author: &TermRefView| {
        let about = known(&author.title)?;
        Some(AuthorView {
            name: author.title.clone(),
            url: author.url.clone(),
            initials: initials(&author.title),
            picture: Some(below(&about.picture)).filter(|it| !it.is_empty()),
            text: notice(scene.config.text_in(&about.text, page.language), base_path),
            links: about
                .links
                .iter()
                .map(|(title, url)| LinkView {
                    title: title.clone(),
                    url: below(url),
                })
                .collect(),
        })
    };
    authors.iter().filter_map(view).collect()
}

/// The first letters of the first two words of a name, or its first Han character.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|it| it.chars().next());
    match words.next() {
        Some(first) if is_han(first) => first.to_string(),
        first => first
            .into_iter()
            .chain(words.next())
            .flat_map(char::to_uppercase)
            .collect(),
    }
}

/// The series of a page, and the pages that it has.
fn series<'s>(scene: &Scene<'s>, index: PageIndex) -> Option<(SeriesView, &'s [PageIndex])> {
    let site = scene.site;
    let mut terms = site[index].terms.iter().map(|it| &site[*it]);
    let series = terms.find(|it| site[it.taxonomy].name == "series");
    let place = |term: &Term| term.pages.iter().position(|it| *it == index);
    let (term, place) = series.and_then(|it| Some((it, place(it)?)))?;
    let view = SeriesView {
        title: term.title.clone(),
        url: term.url.clone(),
        pages: scene.all_shared(&term.pages),
        position: place + 1,
    };
    Some((view, &term.pages))
}

fn toc(wanted: Option<bool>, headings: &[Heading]) -> Vec<TocView> {
    if wanted.unwrap_or(headings.len() >= 2) {
        nested(headings)
    } else {
        Vec::new()
    }
}

/// Deeper headings hang below the last one above them, whatever levels an author leaves out.
fn nested(headings: &[Heading]) -> Vec<TocView> {
    let mut entries = Vec::new();
    let mut rest = headings;
    while let Some((first, after)) = rest.split_first() {
        let n_below = after.iter().take_while(|it| it.level > first.level).count();
        entries.push(TocView {
            level: first.level.max(2),
            id: first.id.to_string(),
            html: first.html.clone(),
            children: nested(&after[..n_below]),
        });
        rest = &after[n_below..];
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_initials() {
        for (name, expected) in [
            ("Mei Lin", "ML"),
            ("bob", "B"),
            ("张三", "张"),
            ("Anna de la Rue", "AD"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn headings_nest_below_the_last_one_above() {
        let headings: Vec<Heading> = [3, 2, 3, 5, 3, 2]
            .iter()
            .map(|level| Heading {
                level: *level,
                id: format!("h{level}").into(),
                html: String::new(),
                text: String::new(),
            })
            .collect();
        let shape = |entries: &[TocView]| -> Vec<(u8, usize)> {
            entries
                .iter()
                .map(|it| (it.level, it.children.len()))
                .collect()
        };
        let toc = nested(&headings);
        assert_eq!(shape(&toc), [(3, 0), (2, 2), (2, 0)]);
        assert_eq!(shape(&toc[1].children), [(3, 1), (3, 0)]);
    }
}
