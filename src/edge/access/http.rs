//! `GET /api/parts`, `GET /api/tiers`: what a page from a cache cannot know by itself.

use crate::config::Tier;
use crate::edge::access::{Reason, may_read};
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Query};
use crate::edge::pages::part_html;
use crate::edge::sessions::Visitor;
use crate::edge::state::Edge;
use crate::ids::{Access, PageId, PartNumber};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Both routes.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(parts))
        .routes(routes!(tiers))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub struct Asked {
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
    reason: Option<Reason>,
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

/// The gated parts of a page that this reader may read.
#[utoipa::path(get, path = "/api/parts", tag = "pages", params(Asked),
    responses((status = 200, body = Parts),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn parts(
    State(edge): State<Edge>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<Parts>, ApiError> {
    let (release, now) = (edge.release(), edge.clock.now());
    let page = release.page(&asked.page)?;
    let mut parts = Vec::with_capacity(page.entry.parts.len());
    for part in &page.entry.parts {
        let verdict = may_read(
            &part.access,
            visitor.reader(),
            &release.manifest().tiers,
            now,
        );
        let html = match verdict {
            Ok(()) => Some(part_html(&release, part).await?),
            Err(_) => None,
        };
        parts.push(Part {
            part: part.number,
            access: part.access.clone(),
            html,
            reason: verdict.err(),
        });
    }
    Ok(Json(Parts { parts }))
}

/// What is sold on this site.
#[utoipa::path(get, path = "/api/tiers", tag = "pages", responses((status = 200, body = Tiers)))]
pub async fn tiers(State(edge): State<Edge>) -> Json<Tiers> {
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
