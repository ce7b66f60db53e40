//! What is done with comments, each as one transaction: load, decide, save.
//!
//! Every use case takes an [`Asker`] and first asks whether the conversation of the page is open to them.
//! Taking back one's own comment or like is always allowed: what a member wrote stays theirs, also after
//! they lost access to the page.

use crate::clock::Timestamp;
use crate::edge::access;
use crate::edge::accounts::Author;
use crate::edge::accounts::Current;
use crate::edge::audit::{self, Action};
use crate::edge::comments::{
    Comment, CommentCount, CommentCounts, CommentList, Draft, Kind, LIST_BYTES, MoreReplies, Place,
    Recent, Refusal, Sort, State, Stored, Text, Viewer, allow_one_more, best, recent_since, sql,
};
use crate::edge::cursor;
use crate::edge::error::ApiError;
use crate::edge::page_keys::PageKey;
use crate::edge::release::{OpenPage, OpenRelease};
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;
use std::sync::Arc;
use uuid::Uuid;

/// Another's comment was removed.
pub const REMOVE: Action = Action::new("comment.remove");

/// Who asks, and the release that says what they may read.
#[derive(Clone)]
pub struct Asker {
    /// The release that was open when the request came.
    pub release: Arc<OpenRelease>,
    /// Who is signed in.
    pub current: Option<Arc<Current>>,
    /// The present moment.
    pub now: Timestamp,
}

impl Asker {
    /// Whoever sends a request now.
    pub fn of(edge: &Edge, current: Option<Arc<Current>>) -> Self {
        Asker {
            release: edge.release(),
            current,
            now: edge.clock.now(),
        }
    }

    /// What decides how comments are shown. A member whose address is not proven is a visitor here.
    pub fn viewer(&self) -> Viewer {
        let verified = self.current.as_ref().filter(|it| it.reader.is_verified);
        Viewer {
            member: verified.map(|it| (it.member.id, it.member.role)),
            edit_minutes: self.release.manifest().edge.comments.edit_minutes,
            n_levels: self.release.manifest().edge.comments.depth,
            now: self.now,
        }
    }

    /// The page, if its conversation is open to the asker.
    pub fn page_to_converse(&self, page: &PageId) -> Result<OpenPage<'_>, ApiError> {
        let page = self.release.page(page)?;
        let reader = self.current.as_ref().map(|it| &it.reader);
        access::may_converse(page.entry, reader, self.release.manifest(), self.now)?;
        Ok(page)
    }

    /// As [`Asker::comment`], on a page that takes comments.
    fn comment_to_change(&self, tx: &mut Tx, id: Uuid) -> Result<(Stored, &PageId), ApiError> {
        let (comment, page) = self.comment(tx, id)?;
        match self.release.page(page)?.entry.comments {
            true => Ok((comment, page)),
            false => Err(Refusal::Closed.into()),
        }
    }

    /// A comment of any state on a page whose conversation is open to the asker, and that page.
    fn comment(&self, tx: &mut Tx, id: Uuid) -> Result<(Stored, &PageId), ApiError> {
        let comment = sql::by_id(tx, id, self.viewer().id())?.ok_or(ApiError::NotFound)?;
        let page = self.release.page_of(&comment.page)?.id;
        self.page_to_converse(page)?;
        Ok((comment, page))
    }
}

/// Which part of a list.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Under which page.
    pub page: PageId,
    /// Its key.
    pub key: PageKey,
    /// The first comment of a thread, to list its replies; `None` for the first comments of all threads.
    pub parent: Option<Uuid>,
    /// The order.
    pub sort: Sort,
    /// After which row; `None` from the beginning.
    pub after: Option<cursor::Place>,
    /// At most this many.
    pub limit: i64,
}

impl Wanted {
    /// What a cursor of this list is bound to: it goes on when the page is renamed.
    pub fn name(page: &PageKey, parent: Option<Uuid>, sort: Sort) -> String {
        let parent = parent.map(|it| it.to_string()).unwrap_or_default();
        format!("comments {page} {parent} {}", sort.as_str())
    }
}

/// One page of a list of comments. Fails with [`Refusal::Unknown`] where `parent` begins no thread of the page.
pub fn list(tx: &mut Tx, viewer: &Viewer, wanted: &Wanted) -> Result<CommentList, ApiError> {
    if let Some(parent) = wanted.parent {
        let root = sql::by_id(tx, parent, None)?;
        root.filter(|it| it.page == wanted.key && it.parent.is_none())
            .ok_or(Refusal::Unknown)?;
    }
    let asked = sql::Asked {
        which: wanted.parent.map_or_else(
            || sql::Listed::Roots(wanted.key.clone()),
            sql::Listed::Replies,
        ),
        sort: wanted.sort,
        after: wanted.after.clone(),
        limit: wanted.limit + 1,
    };
    // Sizes first, so that what does not fit into the answer is not loaded.
    let sizes = sql::sizes(tx, &asked, viewer)?;
    let n_wanted = sizes.len().min(wanted.limit as usize);
    let n_items = sql::n_fitting(&sizes[..n_wanted], LIST_BYTES).max(n_wanted.min(1));
    let asked = sql::Asked {
        limit: n_items as i64,
        ..asked
    };
    let found = match n_items {
        0 => Vec::new(),
        _ => sql::listed(tx, &asked, viewer)?,
    };
    let last = found.last().filter(|_| sizes.len() > n_items);
    let name = Wanted::name(&wanted.key, wanted.parent, wanted.sort);
    let next_cursor = last.map(|it| cursor::write(&name, &asked.place_of(it)));
    // Threads share what the first comments leave.
    let mut budget = LIST_BYTES.saturating_sub(sizes[..n_items].iter().sum());
    let mut items = Vec::with_capacity(found.len());
    for (at, comment) in found.into_iter().enumerate() {
        let share = budget / (n_items - at).max(1);
        let (comment, n_bytes) = with_replies(tx, (comment, &wanted.page), viewer, share)?;
        budget -= n_bytes;
        items.push(comment);
    }
    Ok(CommentList { items, next_cursor })
}

/// Shown comments and replies under a page. Their number is for everyone, whoever may read them.
pub fn n_shown(tx: &mut Tx, page: &PageKey) -> Result<u32, StoreError> {
    sql::n_shown(tx, page)
}

/// How many comments some pages have, each by the name that was asked for and its key.
pub fn counts(tx: &mut Tx, pages: &[(PageId, PageKey)]) -> Result<CommentCounts, ApiError> {
    let mut items = Vec::with_capacity(pages.len());
    for (asked, page) in pages {
        items.push(CommentCount {
            page: asked.clone(),
            comments: sql::n_shown(tx, page)?,
        });
    }
    Ok(CommentCounts {
        items,
        next_cursor: None,
    })
}

/// A comment that is to be posted.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its id.
    pub id: Uuid,
    /// Under which page.
    pub page: PageId,
    /// Its key.
    pub key: PageKey,
    /// What it answers.
    pub parent: Option<Uuid>,
    /// Remark or question.
    pub kind: Kind,
    /// What is said.
    pub text: Text,
}

impl Post {
    /// From what a member sent. Fails where the conversation is closed, to them or to all, or the text is refused.
    pub fn of(asker: &Asker, draft: &Draft, id: Uuid) -> Result<Self, ApiError> {
        let page = asker.page_to_converse(&draft.page)?;
        if !page.entry.comments {
            return Err(Refusal::Closed.into());
        }
        Ok(Post {
            id,
            page: page.id.clone(),
            key: page.key(),
            parent: draft.parent,
            kind: draft.kind.unwrap_or(Kind::Comment),
            text: Text::parse(&draft.body)?,
        })
    }
}

/// One comment of an open conversation as it is now, without its replies.
pub fn shown(tx: &mut Tx, asker: &Asker, id: Uuid) -> Result<Comment, ApiError> {
    let (comment, page) = asker.comment(tx, id)?;
    Ok(comment.shown_to(&asker.viewer(), page))
}

/// As [`shown`], with its first replies.
pub fn shown_with_replies(tx: &mut Tx, asker: &Asker, id: Uuid) -> Result<Comment, ApiError> {
    let (comment, page) = asker.comment(tx, id)?;
    Ok(with_replies(tx, (comment, page), &asker.viewer(), LIST_BYTES)?.0)
}

/// The likes of a comment and whether the asker likes it, told to whom [`like`] with this wish would tell them.
pub fn likes(tx: &mut Tx, asker: &Asker, id: Uuid, liked: bool) -> Result<(u32, bool), ApiError> {
    let member = asker.viewer().id().ok_or(ApiError::SignInNeeded)?;
    let is_liked = sql::likes(tx, id, member)?;
    match asker.comment(tx, id) {
        Ok((comment, _)) if comment.is_standing() => Ok((comment.n_likes, is_liked)),
        Ok(_) => Err(ApiError::NotFound),
        Err(refusal) if liked => Err(refusal),
        Err(_) => Ok((0, is_liked)),
    }
}

/// What the asker posted in the last hour; not counted for the staff, who have no limit.
pub fn recent(tx: &mut Tx, asker: &Asker) -> Result<Recent, ApiError> {
    let current = asker.current.as_ref().ok_or(ApiError::SignInNeeded)?;
    if current.member.role.is_staff() {
        return Ok(Recent::default());
    }
    let since = recent_since(asker.now);
    Ok(sql::posted_since(tx, current.member.id, since)?)
}

/// Posts a comment; `recent` is what its author posted before it. Fails with the rule that refuses it.
pub fn post(tx: &mut Tx, asker: &Asker, post: &Post, recent: Recent) -> Result<Comment, ApiError> {
    let current = asker.current.as_ref().ok_or(ApiError::SignInNeeded)?;
    let (member, role) = (current.member.id, current.member.role);
    if !role.is_staff() {
        let per_hour = asker.release.manifest().edge.comments.per_hour;
        allow_one_more(recent, per_hour, asker.now)?;
    }
    let (place, answered) = match post.parent {
        None => (Place::first(post.id), None),
        Some(id) => {
            let parent = sql::by_id(tx, id, None)?;
            let place = Place::under(parent.as_ref(), &post.key, post.kind)?;
            (place, parent.and_then(|it| it.author))
        }
    };
    let new = sql::NewComment {
        id: post.id,
        page: post.key.clone(),
        member,
        kind: post.kind,
        text: post.text.clone(),
        posted_at: asker.now,
    };
    sql::insert(tx, &new, &place)?;
    let posted = Stored {
        answered,
        ..just_posted(new, place, current)
    };
    Ok(posted.shown_to(&asker.viewer(), &post.page))
}

/// A comment as it is when it was just posted, without reading it back.
fn just_posted(new: sql::NewComment, place: Place, by: &Current) -> Stored {
    let author = Author {
        handle: by.member.handle.clone(),
        name: by.member.name.clone(),
        role: by.member.role.public(),
    };
    Stored {
        id: new.id,
        page: new.page,
        root: place.root,
        parent: place.parent,
        answered: None,
        depth: place.depth,
        member: new.member,
        author: Some(author),
        author_role: by.member.role,
        kind: new.kind,
        state: State::Shown,
        body: new.text.body,
        html: new.text.html,
        n_likes: 0,
        is_liked: false,
        n_replies: 0,
        best: 0.0,
        posted_at: new.posted_at,
        edited_at: None,
        accepted: None,
        is_accepted: false,
    }
}

/// Puts another text in the place of the asker's own comment.
pub fn edit(tx: &mut Tx, asker: &Asker, id: Uuid, text: &Text) -> Result<Comment, ApiError> {
    let viewer = asker.viewer();
    let (comment, page) = asker.comment_to_change(tx, id)?;
    comment.may_edit(&viewer)?;
    sql::set_text(tx, id, text, asker.now)?;
    let changed = Stored {
        body: text.body.clone(),
        html: text.html.clone(),
        edited_at: Some(asker.now),
        ..comment
    };
    Ok(with_replies(tx, (changed, page), &viewer, LIST_BYTES)?.0)
}

/// Deletes a comment: the asker's own, whatever they may read now, or as a moderator another's.
pub fn delete(tx: &mut Tx, asker: &Asker, id: Uuid, note_id: Uuid) -> Result<(), ApiError> {
    let viewer = asker.viewer();
    let comment = sql::by_id(tx, id, None)?.ok_or(ApiError::NotFound)?;
    if viewer.id() != Some(comment.member) {
        let page = asker.release.page_of(&comment.page)?.id;
        asker.page_to_converse(page)?;
    }
    let state = comment.taken_away_by(&viewer)?;
    sql::delete(tx, &comment, state, asker.now)?;
    if state == State::Removed {
        let actor = viewer.id().map(|it| it.0);
        let subject = (
            id.to_string(),
            serde_json::json!({"page": asker.release.keys().name(&comment.page)}),
        );
        audit::note(
            tx,
            (note_id, asker.now),
            actor,
            REMOVE,
            (&subject.0, subject.1),
        )?;
    }
    Ok(())
}

/// Accepts a reply as the answer to its question, or takes that back.
pub fn accept(
    tx: &mut Tx,
    asker: &Asker,
    id: Uuid,
    is_accepted: bool,
) -> Result<Comment, ApiError> {
    let viewer = asker.viewer();
    let (answer, page) = asker.comment_to_change(tx, id)?;
    let question = sql::by_id(tx, answer.root, None)?;
    answer.may_be_accepted(question.as_ref(), &viewer)?;
    let before = question.and_then(|it| it.accepted);
    let after = if is_accepted {
        Some(id)
    } else {
        before.filter(|it| *it != id)
    };
    sql::set_accepted(tx, answer.root, after, asker.now)?;
    for moved in [before, Some(id)].into_iter().flatten() {
        let comment = sql::by_id(tx, moved, None)?.ok_or(ApiError::NotFound)?;
        let n_likes = sql::n_likes_of_others(tx, &comment)?;
        sql::set_best(tx, moved, best(n_likes, after == Some(moved)))?;
    }
    let changed = Stored {
        is_accepted: after == Some(id),
        ..answer
    };
    Ok(changed.shown_to(&viewer, page))
}

/// Likes a comment or takes it back; returns the likes it has then. Fails where no shown comment has this id. Whoever may
/// not read the conversation any more takes back what was theirs, and is told nothing of others: neither how many they
/// are nor whether there is a comment.
pub fn like(tx: &mut Tx, asker: &Asker, id: Uuid, liked: bool) -> Result<u32, ApiError> {
    let member = asker.viewer().id().ok_or(ApiError::SignInNeeded)?;
    match asker.comment_to_change(tx, id) {
        Err(refusal) if liked => Err(refusal),
        Err(_) if !sql::likes(tx, id, member)? => Err(ApiError::NotFound),
        readable => {
            let likes = sql::set_like(tx, id, member, liked, asker.now)?;
            let likes = likes.ok_or(ApiError::NotFound)?;
            Ok(if readable.is_ok() { likes } else { 0 })
        }
    }
}

/// A comment with its first replies, which have at most `max_bytes`, and the bytes they have. `page` is its page.
fn with_replies(
    tx: &mut Tx,
    (stored, page): (Stored, &PageId),
    viewer: &Viewer,
    max_bytes: usize,
) -> Result<(Comment, usize), ApiError> {
    if stored.parent.is_some() {
        return Ok((stored.shown_to(viewer, page), 0));
    }
    let sql::FirstReplies { replies, more } = sql::first_replies(tx, &stored, viewer, max_bytes)?;
    let name = Wanted::name(&stored.page, Some(stored.id), Sort::Old);
    let more_replies = more.map(|(count, after)| MoreReplies {
        count,
        cursor: after.map(|place| cursor::write(&name, &place)),
    });
    let n_bytes = replies.iter().map(|it| it.n_bytes(viewer)).sum();
    let replies = replies
        .into_iter()
        .map(|it| it.shown_to(viewer, page))
        .collect();
    let comment = Comment {
        replies: Some(replies),
        more_replies,
        ..stored.shown_to(viewer, page)
    };
    Ok((comment, n_bytes))
}
