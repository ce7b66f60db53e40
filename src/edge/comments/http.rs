//! `GET POST /api/comments`, `PATCH DELETE /api/comments/{id}`, `PUT /api/comments/{id}/accepted`.

use crate::edge::audit::{self, Action};
use crate::edge::comments::{
    Acceptance, Comment, CommentList, Draft, Edit, Kind, Place, Refusal, Sort, State, Stored, Text,
    Viewer, allow_one_more, best, recent_since, sql,
};
use crate::edge::cursor;
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Query};
use crate::edge::idempotency::http::Once;
use crate::edge::release::OpenPage;
use crate::edge::sessions::{Current, Verified, Visitor};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use crate::ids::PageId;
use axum::extract::{Path, State as Of};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(edit, take_away))
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
    Of(edge): Of<Edge>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Json<CommentList>, ApiError> {
    let release = edge.release();
    let page = release.page(&asked.page)?;
    let viewer = viewer(&edge, visitor.0.as_deref());
    let which = asked
        .parent
        .map_or_else(|| sql::Listed::Roots(page.id.clone()), sql::Listed::Replies);
    let sort = asked.sort.unwrap_or(if asked.parent.is_some() {
        Sort::Old
    } else {
        Sort::New
    });
    let limit = cursor::page_size(asked.limit);
    let name = list_name(&page, asked.parent, sort);
    let after = match &asked.cursor {
        Some(cursor) => Some(cursor::parse(&name, cursor).ok_or_else(cursor::not_of_this_list)?),
        None => None,
    };
    let (page, parent) = (page.id.clone(), asked.parent);
    let wanted = sql::Asked {
        which,
        sort,
        after,
        limit: limit + 1,
    };
    let load = move |tx: &mut Tx| -> Result<_, ApiError> {
        if let Some(parent) = parent {
            let root =
                sql::by_id(tx, parent, None)?.filter(|it| it.page == page && it.parent.is_none());
            root.ok_or(Refusal::Unknown)?;
        }
        let mut found = sql::listed(tx, &wanted, &viewer)?;
        let goes_on = found.len() as i64 > limit;
        found.truncate(limit as usize);
        let last = found
            .last()
            .filter(|_| goes_on)
            .map(|it| wanted.place_of(it));
        let items = found
            .into_iter()
            .map(|it| with_replies(tx, it, &viewer))
            .collect::<Result<_, _>>()?;
        Ok((items, last))
    };
    let (items, last): (Vec<Comment>, _) = edge.store.read(load).await?;
    Ok(Json(CommentList {
        items,
        next_cursor: last.map(|it| cursor::write(&name, &it)),
    }))
}

/// Says something under a page.
#[utoipa::path(post, path = "/api/comments", tag = "comments", request_body = Draft, responses(
    (status = 201, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn create(
    Of(edge): Of<Edge>,
    Verified(current): Verified,
    once: Once,
    Json(draft): Json<Draft>,
) -> Result<Response, ApiError> {
    let release = edge.release();
    let page = release.page(&draft.page)?;
    if !page.entry.comments {
        return Err(Refusal::Closed.into());
    }
    let (viewer, per_hour) = (
        viewer(&edge, Some(&current)),
        release.manifest().edge.comments.per_hour,
    );
    let (member, role, now) = (current.member.id, current.member.role, viewer.now);
    let new = sql::NewComment {
        id: edge.entropy.uuid_v7(now),
        page: page.id.clone(),
        member,
        kind: draft.kind.unwrap_or(Kind::Comment),
        text: Text::parse(&draft.body)?,
        posted_at: now,
    };
    let post = move |tx: &mut Tx| -> Result<_, ApiError> {
        allow_one_more(
            sql::posted_since(tx, member, recent_since(now))?,
            role,
            per_hour,
            now,
        )?;
        let place = match draft.parent {
            None => Place::first(new.id),
            Some(id) => Place::under(sql::by_id(tx, id, None)?.as_ref(), &new.page, new.kind)?,
        };
        sql::insert(tx, &new, &place)?;
        Ok(load(tx, new.id, &viewer)?.shown_to(&viewer))
    };
    once.write(&edge, StatusCode::CREATED, post).await
}

/// Changes the text of one's own comment, for some minutes after it was posted.
#[utoipa::path(patch, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)), request_body = Edit, responses(
    (status = 200, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn edit(
    Of(edge): Of<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
    Json(edit): Json<Edit>,
) -> Result<Json<Comment>, ApiError> {
    let (id, text) = (known(&id)?, Text::parse(&edit.body)?);
    let viewer = viewer(&edge, Some(&current));
    let change = move |tx: &mut Tx| -> Result<_, ApiError> {
        load(tx, id, &viewer)?.may_edit(&viewer)?;
        sql::set_text(tx, id, &text, viewer.now)?;
        let changed = load(tx, id, &viewer)?;
        with_replies(tx, changed, &viewer)
    };
    Ok(Json(edge.store.write(change).await?))
}

/// Takes a comment away: one's own, or as a moderator another's.
#[utoipa::path(delete, path = "/api/comments/{id}", tag = "comments", params(("id" = Uuid, Path)), responses(
    (status = 204),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn take_away(
    Of(edge): Of<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (id, viewer) = (known(&id)?, viewer(&edge, Some(&current)));
    let (note_id, actor) = (edge.entropy.uuid_v7(viewer.now), current.member.id.0);
    let take = move |tx: &mut Tx| -> Result<_, ApiError> {
        let comment = load(tx, id, &viewer)?;
        let state = comment.taken_away_by(&viewer)?;
        sql::take_away(tx, &comment, state, viewer.now)?;
        if state == State::Removed {
            let subject = (id.to_string(), serde_json::json!({"page": comment.page}));
            audit::note(
                tx,
                (note_id, viewer.now),
                Some(actor),
                Action::CommentRemove,
                (&subject.0, subject.1),
            )?;
        }
        Ok(())
    };
    edge.store.write(take).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts a reply as the answer to its question, or takes that back. Its asker may, and the staff.
#[utoipa::path(put, path = "/api/comments/{id}/accepted", tag = "comments", params(("id" = Uuid, Path)), request_body = Acceptance, responses(
    (status = 200, body = Comment),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn accept(
    Of(edge): Of<Edge>,
    Verified(current): Verified,
    Path(id): Path<String>,
    Json(acceptance): Json<Acceptance>,
) -> Result<Json<Comment>, ApiError> {
    let (id, viewer) = (known(&id)?, viewer(&edge, Some(&current)));
    let accept = move |tx: &mut Tx| -> Result<_, ApiError> {
        let answer = load(tx, id, &viewer)?;
        let question = sql::by_id(tx, answer.root, None)?;
        answer.may_be_accepted(question.as_ref(), &viewer)?;
        let before = question.and_then(|it| it.accepted);
        let after = if acceptance.accepted {
            Some(id)
        } else {
            before.filter(|it| *it != id)
        };
        sql::set_accepted(tx, answer.root, after, viewer.now)?;
        for moved in [before, Some(id)].into_iter().flatten() {
            let comment = load(tx, moved, &viewer)?;
            let n_likes = sql::n_likes_of_others(tx, &comment)?;
            sql::set_best(tx, moved, best(n_likes, after == Some(moved)))?;
        }
        load(tx, id, &viewer)
    };
    Ok(Json(edge.store.write(accept).await?.shown_to(&viewer)))
}

fn load(tx: &mut Tx, id: Uuid, viewer: &Viewer) -> Result<Stored, ApiError> {
    sql::by_id(tx, id, viewer.id())?.ok_or(ApiError::NotFound)
}

fn with_replies(tx: &mut Tx, stored: Stored, viewer: &Viewer) -> Result<Comment, ApiError> {
    if stored.parent.is_some() {
        return Ok(stored.shown_to(viewer));
    }
    let replies = sql::first_replies(tx, &stored, viewer)?;
    let replies = replies.into_iter().map(|it| it.shown_to(viewer)).collect();
    Ok(Comment {
        replies: Some(replies),
        ..stored.shown_to(viewer)
    })
}

fn viewer(edge: &Edge, current: Option<&Current>) -> Viewer {
    let edit_minutes = edge.release().manifest().edge.comments.edit_minutes;
    let member = current
        .filter(|it| it.reader.is_verified)
        .map(|it| (it.member.id, it.member.role));
    Viewer {
        member,
        edit_minutes,
        now: edge.clock.now(),
    }
}

/// An id that is none is as unknown as one that nobody has.
fn known(id: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(id).map_err(|_| ApiError::NotFound)
}

fn list_name(page: &OpenPage, parent: Option<Uuid>, sort: Sort) -> String {
    let parent = parent.map(|it| it.to_string()).unwrap_or_default();
    format!("comments {} {parent} {}", page.id, sort.as_str())
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
