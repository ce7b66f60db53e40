//! The body of a page or section: public parts, and in place of each gated one the theme's paywall.

use crate::ids::{Access, PartNumber};
use crate::site::error::BuildError;
use crate::site::model::PageIndex;
use crate::site::parse::{Body, Part};
use crate::site::render::html::{Filling, GatedHtml, PartEdges, PublicHtml, Shown};
use crate::site::render::view::TierView;
use crate::site::render::{LanguageContext, RenderContext, Rendered, RenderedPart, parts};
use serde::Serialize;

/// One gated part, for `paywall.html`. Name: `part`; `page` is the [`CardView`] of its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartView {
    /// From 1.
    pub number: u32,
    /// `members`, `paid` or `tier:ID`.
    pub access: String,
    /// The lowest tier that opens it; `None` for `members` and where no tier does.
    pub tier: Option<TierView>,
    /// Every tier that opens it, lowest rank first; empty for `members`.
    pub tiers: Vec<TierView>,
    /// Whether an earlier part of the page has the same access, and so opens and closes with it.
    pub is_repeat: bool,
    /// Sign-in page that leads back here.
    pub sign_in_url: String,
    /// Join page that leads back here.
    pub join_url: String,
}

/// A body before its template is around it.
#[derive(Default)]
pub struct PageBody {
    /// Public HTML with marked paywalls.
    pub content: String,
    gated: Vec<(PartNumber, Access, GatedHtml)>,
}

impl PageBody {
    /// All parts of a page, public ones filled in, gated ones set aside behind their paywalls. `file` is the output, for
    /// errors.
    pub fn of(
        context: &RenderContext,
        index: PageIndex,
        text: &Body,
        file: &str,
    ) -> Result<PageBody, BuildError> {
        let page = &context.site[index];
        let filling = |link: u32| {
            let target = page.links.get(link as usize);
            Filling {
                href: target.map_or("", |it| it.href.as_str()),
                size: context.files.size(page, link as usize),
                shown: Shown::of(target),
            }
        };
        let language = context.language_of(index);
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
                        ..part_view(context, index, *number, access)
                    };
                    seen.push(access);
                    let paywall = paywall(context, index, &view, file)?;
                    parts::mark(&mut body.content, *number, access, paywall.trim());
                    let edges = part_edges(language, access);
                    let html = GatedHtml::fill(html, (*number, access), &edges, filling, say);
                    body.gated.push((*number, access.clone(), html));
                }
            }
        }
        Ok(body)
    }

    /// Renders the template around the body, and finds the paywalls in the result. `file` is the output, for errors.
    pub fn render<'a>(
        self,
        context: &RenderContext,
        template: &str,
        values: &tera::Context,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let engine = &context.engine;
        let text = engine.render(template, values, file)?;
        let placed = parts::unmark(text, self.gated.len())
            .map_err(|fault| engine.misfit(template, &fault.to_string(), file))?;
        let parts = self.gated.into_iter().zip(placed.ranges);
        Ok(Rendered {
            body: crate::site::render::Body::Text(PublicHtml::new(placed.text)),
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
}

fn paywall(
    context: &RenderContext,
    index: PageIndex,
    part: &PartView,
    file: &str,
) -> Result<String, BuildError> {
    let language = context.language_of(index);
    let mut values = language.values();
    values.insert_value("page", context.shared(index).value());
    values.insert("part", part);
    context.engine.render("paywall.html", &values, file)
}

/// What an opened part says of itself where it begins and where it ends.
fn part_edges(language: &LanguageContext, access: &Access) -> PartEdges {
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

fn part_view(
    context: &RenderContext,
    index: PageIndex,
    number: PartNumber,
    access: &Access,
) -> PartView {
    let language = context.language_of(index);
    let leading = |name| language.members_url(name, Some(&context.site[index].url));
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
