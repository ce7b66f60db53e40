//! `GET /api/parts`, `GET /api/page`, `GET /api/tiers`: what a page from a cache cannot know by itself.

use crate::clock::Timestamp;
use crate::config::Tier;
use crate::edge::access::{Reader, Reason, may_read};
use crate::edge::accounts::Visitor;
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Nothing, Query};
use crate::edge::guard::Compressed;
use crate::edge::pages::{Wanted, is_unavailable, page_html, part_html};
use crate::edge::release::OpenRelease;
use crate::edge::state::Edge;
use crate::ids::{Access, PageId, PartNumber};
use crate::manifest::{PageEntry, PartEntry};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::REFERER;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(parts))
        .routes(routes!(whole))
        .routes(routes!(tiers))
}

/// Which page, and which version of it has room for the parts.
#[derive(Deserialize, IntoParams)]
pub struct PartsAsked {
    /// The page's id, such as `guides/start`.
    #[param(value_type = String)]
    page: PageId,
    /// The `data-version` of the paywalls that the parts are to take the place of. Pages must say it, programs need
    /// not.
    version: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub struct PageAsked {
    /// The page's id, such as `guides/start`.
    #[param(value_type = String)]
    page: PageId,
}

/// The gated parts of a page, in order, each with its HTML or the reason why not.
#[derive(Serialize, ToSchema)]
pub struct Parts {
    parts: Vec<Part>,
}

/// One gated part.
#[derive(Serialize, ToSchema)]
pub struct Part {
    /// The `N` of its `data-part`.
    #[schema(value_type = u32)]
    part: PartNumber,
    /// Who may read it.
    #[schema(value_type = String)]
    access: Access,
    /// A whole `<section>`, for whoever may read it.
    html: Option<String>,
    /// Why not.
    reason: Option<Withheld>,
}

/// Why a part comes without its HTML.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Nobody is signed in.
    SignInNeeded,
    /// The member's address is not verified.
    Unverified,
    /// None of the member's tiers opens it.
    NotEntitled,
    /// The reader may read it, but its file is missing or damaged.
    Unavailable,
}

impl From<Reason> for Withheld {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::SignInNeeded => Withheld::SignInNeeded,
            Reason::Unverified => Withheld::Unverified,
            Reason::NotEntitled => Withheld::NotEntitled,
        }
    }
}

/// A page as this reader may read it.
#[derive(Serialize, ToSchema)]
pub struct WholePage {
    /// Its present id.
    #[schema(value_type = String)]
    page: PageId,
    /// Its site path.
    path: String,
    /// The `data-version` of its paywalls; `None` where it has no gated part.
    version: Option<String>,
    /// The whole document.
    html: String,
}

/// What is sold, lowest rank first.
#[derive(Serialize, ToSchema)]
pub struct Tiers {
    items: Vec<TierOffer>,
    next_cursor: Option<String>,
}

/// One tier.
#[derive(Serialize, ToSchema)]
pub struct TierOffer {
    /// Its permanent name.
    id: String,
    /// Shown name.
    name: String,
    /// One sentence; may be empty.
    description: String,
    /// Higher ranks may read what lower ranks may.
    rank: i64,
    /// Free days at the start.
    trial_days: u32,
    /// What it costs; empty for a free one.
    prices: Vec<PriceOffer>,
}

/// What a tier costs for one interval in one currency.
#[derive(Serialize, ToSchema)]
pub struct PriceOffer {
    /// ISO 4217.
    currency: String,
    /// `month`, `year` or `once`.
    #[schema(value_type = String)]
    interval: crate::config::Interval,
    /// In minor units, such as fen or cents.
    amount_minor: i64,
}

/// The gated parts of a page that this reader may read, for a page that has the paywalls of this version.
#[utoipa::path(get, path = "/api/parts", tag = "pages", params(PartsAsked),
    responses((status = 200, body = Parts),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The page is of another version; `/api/page` has it whole.",
            body = Problem, content_type = "application/problem+json")))]
pub async fn parts(
    State(edge): State<Edge>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<PartsAsked>,
) -> Result<Compressed<Json<Parts>>, ApiError> {
    let mut parts = all_parts(&edge, &asked, &headers, visitor.reader(), Wanted::All).await;
    if is_unavailable(&parts) {
        edge.follow_release().await;
        parts = all_parts(&edge, &asked, &headers, visitor.reader(), Wanted::Readable).await;
    }
    // Compressed: what the site's authors wrote, and nothing that a request says.
    parts.map(|parts| Compressed(Json(Parts { parts })))
}

async fn all_parts(
    edge: &Edge,
    asked: &PartsAsked,
    headers: &HeaderMap,
    reader: Option<&Reader>,
    wanted: Wanted,
) -> Result<Vec<Part>, ApiError> {
    let (release, now) = (edge.release(), edge.clock.now());
    let page = release.page(&asked.page)?;
    if !has_room(page.entry, asked.version.as_deref(), headers) {
        return Err(ApiError::PageChanged);
    }
    let mut parts = Vec::with_capacity(page.entry.parts.len());
    for part in &page.entry.parts {
        parts.push(shown(&release, part, reader, (now, wanted)).await?);
    }
    Ok(parts)
}

/// Whether the page that asks has the places of these parts. A script of a page must say which version the page is;
/// one that does not is older than this rule, and its page may be of any release. Programs, which browsers do not
/// speak for, get the parts of the open release.
fn has_room(page: &PageEntry, version: Option<&str>, headers: &HeaderMap) -> bool {
    let is_by_page = headers.contains_key("sec-fetch-site") || headers.contains_key(REFERER);
    match version {
        Some(version) => page.version.as_deref() == Some(version),
        None => page.parts.is_empty() || !is_by_page,
    }
}

async fn shown(
    release: &Arc<OpenRelease>,
    part: &PartEntry,
    reader: Option<&Reader>,
    (now, wanted): (Timestamp, Wanted),
) -> Result<Part, ApiError> {
    let verdict = may_read(&part.access, reader, &release.manifest().tiers, now);
    let (html, reason) = match verdict {
        Err(reason) => (None, Some(reason.into())),
        Ok(()) => match part_html(release, part).await {
            Err(ApiError::Unavailable(_)) if wanted == Wanted::Readable => {
                (None, Some(Withheld::Unavailable))
            }
            html => (Some(html?), None),
        },
    };
    Ok(Part {
        part: part.number,
        access: part.access.clone(),
        html,
        reason,
    })
}

/// A whole page with the gated parts that this reader may read in their places, for a page that came from a cache and
/// is not of the open release.
#[utoipa::path(get, path = "/api/page", tag = "pages", params(PageAsked),
    responses((status = 200, body = WholePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn whole(
    State(edge): State<Edge>,
    visitor: Visitor,
    Query(asked): Query<PageAsked>,
) -> Result<Compressed<Json<WholePage>>, ApiError> {
    let mut page = whole_page(&edge, &asked.page, visitor.reader(), Wanted::All).await;
    if is_unavailable(&page) {
        edge.follow_release().await;
        page = whole_page(&edge, &asked.page, visitor.reader(), Wanted::Readable).await;
    }
    // Compressed: as a page with its parts in place. The page's id is the release's own.
    page.map(|page| Compressed(Json(page)))
}

async fn whole_page(
    edge: &Edge,
    page: &PageId,
    reader: Option<&Reader>,
    wanted: Wanted,
) -> Result<WholePage, ApiError> {
    let (release, now) = (edge.release(), edge.clock.now());
    let page = release.page(page)?;
    let html = page_html(&release, page, (reader, now), wanted).await?;
    Ok(WholePage {
        page: page.id.clone(),
        path: page.entry.path.clone(),
        version: page.entry.version.clone(),
        html,
    })
}

/// What is sold on this site.
#[utoipa::path(get, path = "/api/tiers", tag = "pages", responses((status = 200, body = Tiers)))]
pub async fn tiers(State(edge): State<Edge>, _: Query<Nothing>) -> Json<Tiers> {
    let items = edge.release().manifest().tiers.iter().map(offer).collect();
    Json(Tiers {
        items,
        next_cursor: None,
    })
}

fn offer(tier: &Tier) -> TierOffer {
    let price = |it: &crate::config::Price| PriceOffer {
        currency: it.currency.clone(),
        interval: it.interval,
        amount_minor: it.amount_minor,
    };
    TierOffer {
        id: tier.id.to_string(),
        name: tier.name.clone(),
        description: tier.description.clone(),
        rank: tier.rank,
        trial_days: tier.trial_days,
        prices: tier.prices.iter().map(price).collect(),
    }
}
