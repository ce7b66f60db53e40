//! `PUT /api/likes`, `GET PUT /api/saves`, `PUT /api/ratings`.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::accounts::Verified;
use crate::edge::comments::{self, service::Asker};
use crate::edge::cursor;
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Query};
use crate::edge::idempotency::http::Once;
use crate::edge::page_keys::PageKey;
use crate::edge::reactions::{
    LikeWish, Liked, Likes, Rating, RatingWish, SaveWish, SavedList, SavedPage, Saves, service,
};
use crate::edge::release::UnknownPage;
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(like))
        .routes(routes!(saved, save))
        .routes(routes!(rate))
}

/// Likes a page or a comment, or takes that back.
#[utoipa::path(put, path = "/api/likes", tag = "reactions", request_body = LikeWish, responses(
    (status = 200, body = Likes),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn like(
    State(edge): State<Edge>,
    Verified(current): Verified,
    once: Once,
    Json(wish): Json<LikeWish>,
) -> Result<Response, ApiError> {
    let about = wish
        .about()
        .ok_or_else(|| ApiError::field("page", "one_needed", "name a page or a comment"))?;
    let (member, liked, now) = (current.member.id, wish.liked, edge.clock.now());
    let asker = Asker::of(&edge, Some(current));
    match about {
        Liked::Page(page) => {
            let page = page_to_judge(&asker, &page, !liked)?;
            let again = page.clone();
            let like =
                move |tx: &mut Tx| Ok((member.0, service::like(tx, &page, member, liked, now)?));
            let show = move |tx: &mut Tx, _| Ok(service::likes(tx, &again, member)?);
            once.change(&edge, like, show).await
        }
        Liked::Comment(comment) => {
            let again = asker.clone();
            let like = move |tx: &mut Tx| {
                let likes = comments::service::like(tx, &asker, comment, liked)?;
                Ok((comment, Likes { likes, liked }))
            };
            let show = move |tx: &mut Tx, comment| {
                let (likes, liked) = comments::service::likes(tx, &again, comment, liked)?;
                Ok(Likes { likes, liked })
            };
            once.change(&edge, like, show).await
        }
    }
}

/// Which saved pages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 20 where it is left out, at most 100.
    limit: Option<i64>,
}

/// The pages that the member saved, the latest first.
#[utoipa::path(get, path = "/api/saves", tag = "reactions", params(Asked), responses(
    (status = 200, body = SavedList),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn saved(
    State(edge): State<Edge>,
    Verified(current): Verified,
    Query(asked): Query<Asked>,
) -> Result<Json<SavedList>, ApiError> {
    let member = current.member.id;
    let (name, limit) = (list_name(member), cursor::page_size(asked.limit));
    let after = asked
        .cursor
        .map(|it| cursor::parse(&name, &it).ok_or_else(cursor::not_of_this_list))
        .transpose()?;
    let load = move |tx: &mut Tx| service::saved_by(tx, member, after.as_ref(), limit + 1);
    let found: Result<Vec<_>, StoreError> = edge.store.read(load).await;
    let mut found = found?;
    let goes_on = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| goes_on);
    let next_cursor = last.map(|(page, at)| {
        cursor::write(
            &name,
            &cursor::Place {
                key: at.as_millis(),
                id: page.to_string(),
            },
        )
    });
    let release = edge.release();
    let shown = |(key, saved_at): (PageKey, Timestamp)| match release.page_of(&key) {
        Ok(page) => SavedPage {
            page: page.id.clone(),
            title: page.entry.title.clone(),
            path: Some(page.entry.path.clone()),
            saved_at,
        },
        Err(UnknownPage(id)) => SavedPage {
            title: id.to_string(),
            page: id,
            path: None,
            saved_at,
        },
    };
    let items = found.into_iter().map(shown).collect();
    Ok(Json(SavedList { items, next_cursor }))
}

/// Saves a page, or takes that back.
#[utoipa::path(put, path = "/api/saves", tag = "reactions", request_body = SaveWish, responses(
    (status = 200, body = Saves),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn save(
    State(edge): State<Edge>,
    Verified(current): Verified,
    once: Once,
    Json(wish): Json<SaveWish>,
) -> Result<Response, ApiError> {
    let (member, saved, now) = (current.member.id, wish.saved, edge.clock.now());
    let release = edge.release();
    let known = release.page(&wish.page).map(|it| it.key());
    // A page that is no longer published can still be taken from one's list.
    let is_published = known.is_ok();
    let page = match known {
        Err(_) if !saved => release.keys().key(&wish.page),
        known => known?,
    };
    let again = page.clone();
    let save = move |tx: &mut Tx| -> Result<_, ApiError> {
        let page = (&page, is_published);
        Ok((member.0, service::save(tx, page, member, saved, now)?))
    };
    let show = move |tx: &mut Tx, _| Ok(service::saves(tx, &again, member)?);
    once.change(&edge, save, show).await
}

/// Says whether a page solved the member's problem, or takes that back.
#[utoipa::path(put, path = "/api/ratings", tag = "reactions", request_body = RatingWish, responses(
    (status = 200, body = Rating),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn rate(
    State(edge): State<Edge>,
    Verified(current): Verified,
    once: Once,
    Json(wish): Json<RatingWish>,
) -> Result<Response, ApiError> {
    let (member, helpful, now) = (current.member.id, wish.helpful, edge.clock.now());
    let page = page_to_judge(
        &Asker::of(&edge, Some(current)),
        &wish.page,
        helpful.is_none(),
    )?;
    let again = page.clone();
    let rate = move |tx: &mut Tx| Ok((member.0, service::rate(tx, &page, member, helpful, now)?));
    let show = move |tx: &mut Tx, _| Ok(service::ratings(tx, &again, member)?);
    once.change(&edge, rate, show).await
}

/// The page, for whoever takes part in its conversation; what was said of it before can always be taken back.
fn page_to_judge(asker: &Asker, page: &PageId, takes_back: bool) -> Result<PageKey, ApiError> {
    let page = if takes_back {
        asker.release.page(page)?
    } else {
        asker.page_to_converse(page)?
    };
    Ok(page.key())
}

fn list_name(member: MemberId) -> String {
    format!("saves {member}")
}
