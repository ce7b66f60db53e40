//! `GET POST /api/comments`, `PATCH DELETE /api/comments/{id}`, `PUT /api/comments/{id}/accepted`.

use crate::edge::accounts::{Verified, Visitor};
use crate::edge::comments::service::{self, Asker, Post, Wanted};
use crate::edge::comments::{
    Acceptance, Comment, CommentCounts, CommentList, Draft, Edit, Refusal, Sort, Text,
};
use crate::edge::cursor;
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Query};
use crate::edge::guard::Compressed;
use crate::edge::idempotency::http::Once;
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use crate::ids::PageId;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(counts))
        .routes(routes!(edit, delete))
        .routes(routes!(accept))
}

/// Which comments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Under which page.
    #[param(value_type = String)]
    page: PageId,
    /// The order: `new` where it is left out; `old` for replies.
    sort: Option<Sort>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 20 where it is left out, at most 100.
    limit: Option<i64>,
    /// The first comment of a thread, to list its replies of all depths.
    parent: Option<Uuid>,
}

/// Comments under a page: the first of each thread with its first replies, or the replies of one thread.
#[utoipa::path(get, path = "/api/comments", tag = "comments", params(Asked), responses(
    (status = 200, body = CommentList),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub async fn list(
    State(edge): State<Edge>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let asker = Asker::of(&edge, visitor.0);
    let page = asker.page_to_converse(&asked.page)?;
    let takes_comments = page.entry.comments;
    let sort = asked.sort.unwrap_or(if asked.parent.is_some() {
        Sort::Old
    } else {
        Sort::New
    });
    let name = Wanted::name(&page.key(), asked.parent, sort);
    let after = asked
        .cursor
        .map(|it| cursor::parse(&name, &it).ok_or_else(cursor::not_of_this_list))
        .transpose()?;
    let wanted = Wanted {
        key: page.key(),
        page: page.id.clone(),
        parent: asked.parent,
        sort,
        after,
        limit: cursor::page_size(asked.limit),
    };
    let viewer = asker.viewer();
    let list = move |tx: &mut Tx| service::list(tx, &viewer, &wanted);
    // What was said before is kept for the day on which the page takes comments again.
    let list = match takes_comments {
        true => edge.store.read(list).await?,
        false => CommentList::default(),
    };
    // Compressed: others chose the text of comments, and whoever takes part in the conversation reads the same ones. A
    // held comment is its author's alone, so a list with one is sent as it is.
    let is_secret = list.has_held();
    let list = Json(list);
    Ok(match is_secret {
        true => list.into_response(),
        false => Compressed(list).into_response(),
    })
}

/// Which pages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Counted {
    /// Names of pages, one a line; at most 100.
    pages: String,
}

/// How many comments some pages have, for lists of pages. Pages that are not there are left out.
#[utoipa::path(get, path = "/api/comments/counts", tag = "comments", params(Counted), responses(
    (status = 200, body = CommentCounts),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub async fn counts(
    State(edge): State<Edge>,
    Query(asked): Query<Counted>,
) -> Result<Compressed<Json<CommentCounts>>, ApiError> {
    let release = edge.release();
    let names = asked.pages.lines().take(cursor::MAX_ON_PAGE as usize);
    let pages = names.map(PageId::new).filter_map(|name| {
        let page = release.page(&name).ok()?;
        page.entry.comments.then(|| (name.clone(), page.key()))
    });
    let pages: Vec<_> = pages.collect();
    let count = move |tx: &mut Tx| service::counts(tx, &pages);
    // Compressed: the same numbers for everybody, and names of pages that there are.
    Ok(Compressed(Json(edge.store.read(count).await?)))
}

/// Says something under a page.
#[utoipa::path(post, path = "/api/comments", tag = "comments", request_body = Draft, responses(
    (status = 201, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn create(
    State(edge): State<Edge>,
    Verified(current): Verified,
    once: Once,
    Json(draft): Json<Draft>,
) -> Result<Response, ApiError> {
    let member = current.member.id;
    let asker = Asker::of(&edge, Some(current));
    let post = Post::of(&asker, &draft, edge.entropy.uuid_v7(asker.now))?;
    let turn = edge.posting.take(member).await;
    let counting = asker.clone();
    let count = move |tx: &mut Tx| service::recent(tx, &counting);
    let recent = edge.store.read(count).await?;
    let again = asker.clone();
    let make = move |tx: &mut Tx| {
        // Goes with this closure, once the post is stored or refused.
        let _turn = &turn;
        let comment = service::post(tx, &asker, &post, recent)?;
        Ok((comment.id, comment))
    };
    let show = move |tx: &mut Tx, id| service::shown(tx, &again, id);
    once.write(&edge, StatusCode::CREATED, make, show).await
}

/// Changes the text of one's own comment, for some minutes after it was posted.
#[utoipa::path(patch, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)), request_body = Edit, responses(
    (status = 200, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn edit(
    State(edge): State<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
    once: Once,
    Json(edit): Json<Edit>,
) -> Result<Response, ApiError> {
    let (id, text) = (known(&id)?, Text::parse(&edit.body)?);
    let asker = Asker::of(&edge, Some(current));
    let again = asker.clone();
    let change = move |tx: &mut Tx| Ok((id, service::edit(tx, &asker, id, &text)?));
    let show = move |tx: &mut Tx, id| service::shown_with_replies(tx, &again, id);
    once.change(&edge, change, show).await
}

/// Takes a comment away: one's own, or as a moderator another's.
#[utoipa::path(delete, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)), responses(
    (status = 204),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(edge): State<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (id, asker) = (known(&id)?, Asker::of(&edge, Some(current)));
    let note_id = edge.entropy.uuid_v7(asker.now);
    let take = move |tx: &mut Tx| service::delete(tx, &asker, id, note_id);
    edge.store.write(take).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts a reply as the answer to its question, or takes that back. Its asker may, and the staff.
#[utoipa::path(put, path = "/api/comments/{id}/accepted", tag = "comments", params(("id" = Uuid, Path)), request_body = Acceptance, responses(
    (status = 200, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn accept(
    State(edge): State<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
    once: Once,
    Json(acceptance): Json<Acceptance>,
) -> Result<Response, ApiError> {
    let (id, asker) = (known(&id)?, Asker::of(&edge, Some(current)));
    let again = asker.clone();
    let accept = move |tx: &mut Tx| {
        let accepted = service::accept(tx, &asker, id, acceptance.accepted)?;
        Ok((id, accepted))
    };
    let show = move |tx: &mut Tx, id| service::shown(tx, &again, id);
    once.change(&edge, accept, show).await
}

/// An id that is none is as unknown as one that nobody has.
fn known(id: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(id).map_err(|_| ApiError::NotFound)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let field = |field, code| ApiError::field(field, code, refusal.to_string());
        match refusal {
            Refusal::Unknown => ApiError::NotFound,
            Refusal::TooMany { retry_after_secs } => ApiError::RateLimited { retry_after_secs },
            Refusal::Closed => ApiError::Conflict {
                code: "comments_closed",
                detail: "this page takes no comments",
            },
            Refusal::EditOver => ApiError::Conflict {
                code: "edit_over",
                detail: "this comment can no longer be edited",
            },
            Refusal::NoAnswer => ApiError::Conflict {
                code: "no_answer",
                detail: "this is no answer to a question",
            },
            Refusal::Empty => field("body", "empty"),
            Refusal::TooLong => field("body", "too_long"),
            Refusal::TooComplex => field("body", "too_complex"),
            Refusal::NoParent => field("parent", "unknown"),
            Refusal::QuestionInReply => field("kind", "question_in_reply"),
        }
    }
}
