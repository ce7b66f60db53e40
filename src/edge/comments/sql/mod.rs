//! Comments as rows.
//!
//! Lists leave out what a viewer must not see: comments of others that are held (but for the staff), and
//! what was taken away unless replies hang on it.

mod tables;

pub use tables::TABLES;

use crate::clock::Timestamp;
use crate::edge::accounts::{Author, MemberId, Role};
use crate::edge::comments::{
    COMMENT_BYTES, Kind, Place, REPLIES_SHOWN, Recent, Sort, State, Stored, Text, Viewer, best,
};
use crate::edge::cursor;
use crate::edge::page_keys::PageKey;
use crate::edge::store::{FromColumn, Param, Row, StoreError, ToParam, Tx, Value};
use uuid::Uuid;

/// The version of the renderer: raised when the HTML of comments changes, with a migration for the index of older ones.
const HTML_VERSION: i64 = 2;

/// Every column of a [`Stored`]; `$1` is who looks. A visitor likes nothing, and the first comment of a thread is no answer:
/// each row that is not looked up is a page of the file less for a long list.
macro_rules! select_comments {
    () => {
        "SELECT c.id, c.page_id, c.root_id, c.parent_id, c.depth, c.member_id, c.kind, c.state, c.body, c.html,
                c.n_likes, c.n_replies, c.best, c.posted_at, c.edited_at, c.accepted_id,
                m.handle, m.name, m.role, m.erased_at,
                a.handle AS to_handle, a.name AS to_name, a.role AS to_role,
                CASE WHEN $1 = '' THEN FALSE ELSE
                    EXISTS (SELECT 1 FROM comment_like l WHERE l.comment_id = c.id AND l.member_id = $1) END AS is_liked,
                CASE WHEN c.parent_id IS NULL THEN FALSE ELSE
                    EXISTS (SELECT 1 FROM comment r WHERE r.id = c.root_id AND r.accepted_id = c.id) END AS is_accepted
         FROM comment c JOIN member m ON m.id = c.member_id
              LEFT JOIN comment p ON p.id = c.parent_id AND p.state IN ('shown', 'held')
              LEFT JOIN member a ON a.id = p.member_id AND a.erased_at IS NULL "
    };
}

/// What may be seen; `$2` is 1 for the staff.
macro_rules! and_visible {
    () => {
        " AND (c.state = 'shown' OR (c.state = 'held' AND ($2 = 1 OR c.member_id = $1))
               OR (c.state IN ('removed', 'deleted') AND c.n_replies > 0)) "
    };
}

/// The bytes of the text of each comment in an answer; both engines know them without reading the text.
macro_rules! select_sizes {
    () => {
        "SELECT OCTET_LENGTH(c.html) + CASE WHEN c.member_id = $1 THEN OCTET_LENGTH(c.body) ELSE 0 END AS n_bytes
         FROM comment c "
    };
}

/// A list after `$4`, `$5` in one order, `$6` rows.
macro_rules! listed {
    ($select:ident, $which:literal, new) => {
        concat!(
            $select!(),
            $which,
            and_visible!(),
            "AND (c.posted_at, c.id) < ($4, $5) ORDER BY c.posted_at DESC, c.id DESC LIMIT $6"
        )
    };
    ($select:ident, $which:literal, old) => {
        concat!(
            $select!(),
            $which,
            and_visible!(),
            "AND (c.posted_at, c.id) > ($4, $5) ORDER BY c.posted_at, c.id LIMIT $6"
        )
    };
    ($select:ident, $which:literal, best) => {
        concat!(
            $select!(),
            $which,
            and_visible!(),
            "AND (c.best < $4 OR (c.best = $4 AND c.id > $5)) ORDER BY c.best DESC, c.id LIMIT $6"
        )
    };
}

macro_rules! roots {
    ($select:ident, $sort:ident) => {
        listed!(
            $select,
            "WHERE c.page_id = $3 AND c.parent_id IS NULL",
            $sort
        )
    };
}

macro_rules! replies {
    ($select:ident, $sort:ident) => {
        listed!(
            $select,
            "WHERE c.root_id = $3 AND c.parent_id IS NOT NULL",
            $sort
        )
    };
}

/// Which comments are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The first comments of a page's threads.
    Roots(PageKey),
    /// All replies of the thread that begins with this comment.
    Replies(Uuid),
}

/// Part of a list, in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which comments.
    pub which: Listed,
    /// In which order.
    pub sort: Sort,
    /// After which row; `None` from the beginning.
    pub after: Option<cursor::Place>,
    /// How many rows.
    pub limit: i64,
}

impl Asked {
    /// The place of a row in this order.
    pub fn place_of(&self, comment: &Stored) -> cursor::Place {
        let key = match self.sort {
            Sort::New | Sort::Old => comment.posted_at.as_millis(),
            Sort::Best => comment.best.to_bits() as i64,
        };
        cursor::Place {
            key,
            id: comment.id.to_string(),
        }
    }
}

/// One comment, whatever its state. `viewer` decides only whether it is liked.
pub fn by_id(
    tx: &mut Tx,
    id: Uuid,
    viewer: Option<MemberId>,
) -> Result<Option<Stored>, StoreError> {
    tx.query_one(
        concat!(select_comments!(), "WHERE c.id = $2"),
        &[&known(viewer), &id],
        stored,
    )
}

/// The comments that `asked` names, as far as the viewer may see them.
pub fn listed(tx: &mut Tx, asked: &Asked, viewer: &Viewer) -> Result<Vec<Stored>, StoreError> {
    query(tx, asked, viewer, statement(asked), stored)
}

/// The [`Stored::n_bytes`] of the same rows, without loading their text.
pub fn sizes(tx: &mut Tx, asked: &Asked, viewer: &Viewer) -> Result<Vec<usize>, StoreError> {
    query(tx, asked, viewer, sizes_statement(asked), |row| {
        let n_bytes: i64 = row.get("n_bytes")?;
        Ok(COMMENT_BYTES + n_bytes as usize)
    })
}

fn query<T>(
    tx: &mut Tx,
    asked: &Asked,
    viewer: &Viewer,
    sql: &'static str,
    map: fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let of: &dyn ToParam = match &asked.which {
        Listed::Roots(page) => page,
        Listed::Replies(root) => root,
    };
    // Before every row of an order stands a place that no row has.
    let first = cursor::Place {
        key: match asked.sort {
            Sort::New => i64::MAX,
            Sort::Old => i64::MIN,
            Sort::Best => f64::MAX.to_bits() as i64,
        },
        id: String::new(),
    };
    let after = asked.after.as_ref().unwrap_or(&first);
    let (time, best) = (after.key, f64::from_bits(after.key as u64));
    let key: &dyn ToParam = if asked.sort == Sort::Best {
        &best
    } else {
        &time
    };
    let (who, is_staff) = (known(viewer.id()), viewer.is_staff());
    tx.query(
        sql,
        &[&who, &is_staff, of, key, &after.id, &asked.limit],
        map,
    )
}

fn statement(asked: &Asked) -> &'static str {
    match (&asked.which, asked.sort) {
        (Listed::Roots(_), Sort::New) => roots!(select_comments, new),
        (Listed::Roots(_), Sort::Old) => roots!(select_comments, old),
        (Listed::Roots(_), Sort::Best) => roots!(select_comments, best),
        (Listed::Replies(_), Sort::New) => replies!(select_comments, new),
        (Listed::Replies(_), Sort::Old) => replies!(select_comments, old),
        (Listed::Replies(_), Sort::Best) => replies!(select_comments, best),
    }
}

fn sizes_statement(asked: &Asked) -> &'static str {
    match (&asked.which, asked.sort) {
        (Listed::Roots(_), Sort::New) => roots!(select_sizes, new),
        (Listed::Roots(_), Sort::Old) => roots!(select_sizes, old),
        (Listed::Roots(_), Sort::Best) => roots!(select_sizes, best),
        (Listed::Replies(_), Sort::New) => replies!(select_sizes, new),
        (Listed::Replies(_), Sort::Old) => replies!(select_sizes, old),
        (Listed::Replies(_), Sort::Best) => replies!(select_sizes, best),
    }
}

/// The replies that come along with the first comment of a thread.
pub struct FirstReplies {
    /// Oldest first, an accepted answer before them wherever it stands.
    pub replies: Vec<Stored>,
    /// How many more the viewer can see, and after which place of the order `old` they are; `None` if there are none.
    pub more: Option<(u32, Option<cursor::Place>)>,
}

/// The first replies of a thread: at most 20 and at most `max_bytes` together.
pub fn first_replies(
    tx: &mut Tx,
    root: &Stored,
    viewer: &Viewer,
    max_bytes: usize,
) -> Result<FirstReplies, StoreError> {
    if root.n_replies == 0 {
        return Ok(FirstReplies {
            replies: Vec::new(),
            more: None,
        });
    }
    let asked = Asked {
        which: Listed::Replies(root.id),
        sort: Sort::Old,
        after: None,
        limit: REPLIES_SHOWN,
    };
    let mut budget = max_bytes;
    let answer = match root.accepted {
        Some(accepted) => {
            by_id(tx, accepted, viewer.id())?.filter(|it| it.n_bytes(viewer) <= budget)
        }
        None => None,
    };
    budget -= answer.as_ref().map_or(0, |it| it.n_bytes(viewer));
    let sizes = sizes(tx, &asked, viewer)?;
    let n_fitting = n_fitting(&sizes, budget);
    let mut replies = match n_fitting {
        0 => Vec::new(),
        limit => listed(
            tx,
            &Asked {
                limit: limit as i64,
                ..asked.clone()
            },
            viewer,
        )?,
    };
    if let Some(answer) = answer {
        replies.retain(|it| it.id != answer.id);
        replies.insert(0, answer);
        replies.truncate(REPLIES_SHOWN as usize);
    }
    let is_all = sizes.len() < REPLIES_SHOWN as usize && n_fitting == sizes.len();
    let more = match is_all {
        true => None,
        false => more_replies(tx, root, viewer, &replies, &asked)?,
    };
    Ok(FirstReplies { replies, more })
}

/// Replies beside those that were loaded, and the last of these in the order of `asked`.
fn more_replies(
    tx: &mut Tx,
    root: &Stored,
    viewer: &Viewer,
    loaded: &[Stored],
    asked: &Asked,
) -> Result<Option<(u32, Option<cursor::Place>)>, StoreError> {
    let n_visible = tx.query_one(
        concat!(
            "SELECT COUNT(*) AS n_visible FROM comment c WHERE c.root_id = $3 AND c.parent_id IS NOT NULL",
            and_visible!()
        ),
        &[&known(viewer.id()), &viewer.is_staff(), &root.id],
        |row| row.get::<i64>("n_visible"),
    )?;
    let n_more = n_visible.unwrap_or_default() - loaded.len() as i64;
    let last = loaded.iter().rev().find(|it| Some(it.id) != root.accepted);
    let more = u32::try_from(n_more).ok().filter(|it| *it > 0);
    Ok(more.map(|count| (count, last.map(|it| asked.place_of(it)))))
}

/// How many of the first rows fit into `max_bytes` together.
pub fn n_fitting(sizes: &[usize], max_bytes: usize) -> usize {
    let mut n_bytes = 0;
    let fits = |size: &&usize| {
        n_bytes += **size;
        n_bytes <= max_bytes
    };
    sizes.iter().take_while(fits).count()
}

/// Shown comments and replies under a page.
pub fn n_shown(tx: &mut Tx, page: &PageKey) -> Result<u32, StoreError> {
    let counted = tx.query_one(
        "SELECT COUNT(*) AS n FROM comment WHERE page_id = $1 AND state = 'shown'",
        &[page],
        |row| row.get("n"),
    )?;
    Ok(counted.unwrap_or_default())
}

/// What `member` posted since a moment, deleted ones too.
pub fn posted_since(tx: &mut Tx, member: MemberId, since: Timestamp) -> Result<Recent, StoreError> {
    let recent = tx.query_one(
        "SELECT COUNT(*) AS n_posted, MIN(posted_at) AS oldest_at FROM comment
         WHERE member_id = $1 AND posted_at > $2",
        &[&member.0, &since],
        |row| {
            Ok(Recent {
                n_posted: row.get("n_posted")?,
                oldest_at: row.get("oldest_at")?,
            })
        },
    )?;
    Ok(recent.unwrap_or_default())
}

/// What is to be posted.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Its id.
    pub id: Uuid,
    /// Under which page.
    pub page: PageKey,
    /// Who says it.
    pub member: MemberId,
    /// Remark or question.
    pub kind: Kind,
    /// What is said.
    pub text: Text,
    /// When.
    pub posted_at: Timestamp,
}

/// Adds a shown comment and counts it at its parent and at the first comment of its thread.
pub fn insert(tx: &mut Tx, new: &NewComment, place: &Place) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO comment (id, page_id, root_id, parent_id, depth, member_id, kind, state,
                              body, html, n_chars, posted_at, html_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'shown', $8, $9, $10, $11, $12)",
        &[
            &new.id,
            &new.page,
            &place.root,
            &place.parent,
            &place.depth,
            &new.member.0,
            &new.kind,
            &new.text.body,
            &new.text.html,
            &new.text.n_chars,
            &new.posted_at,
            &HTML_VERSION,
        ],
    )?;
    count_reply(tx, place.root, place.parent, 1)
}

/// A reply more or less, at its parent and at the first comment of its thread.
fn count_reply(tx: &mut Tx, root: Uuid, parent: Option<Uuid>, more: i64) -> Result<(), StoreError> {
    if let Some(parent) = parent {
        tx.execute_later(
            "UPDATE comment SET n_replies = n_replies + $3 WHERE id IN ($1, $2)",
            &[&root, &parent, &more],
        )?;
    }
    Ok(())
}

/// Puts another text in the place of a comment's.
pub fn set_text(tx: &mut Tx, id: Uuid, text: &Text, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE comment SET body = $2, html = $3, n_chars = $4, edited_at = $5, html_version = $6
         WHERE id = $1",
        &[
            &id,
            &text.body,
            &text.html,
            &text.n_chars,
            &now,
            &HTML_VERSION,
        ],
    )?;
    Ok(())
}

/// Ids and texts of at most `limit` comments whose HTML an earlier version made, in the order of their ids.
pub fn rendered_before(tx: &mut Tx, limit: i64) -> Result<Vec<(Uuid, String)>, StoreError> {
    // The version is no parameter, so that the index `comment_rendered_before` is used.
    tx.query(
        "SELECT id, body FROM comment WHERE html_version < 2 ORDER BY id LIMIT $1",
        &[&limit],
        |row| Ok((row.get("id")?, row.get("body")?)),
    )
}

/// Sets the HTML of a comment that still has this text, made by the present version; `None` leaves it as it is.
pub fn set_html(tx: &mut Tx, id: Uuid, body: &str, html: Option<&str>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE comment SET html = COALESCE($3, html), html_version = $4 WHERE id = $1 AND body = $2",
        &[&id, &body, &html, &HTML_VERSION],
    )?;
    Ok(())
}

/// Takes a comment away. What its author deletes is gone; what is removed stays for the moderators.
pub fn delete(
    tx: &mut Tx,
    comment: &Stored,
    state: State,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE comment SET state = $2, deleted_at = $3, best = 0,
                body = CASE WHEN $2 = 'deleted' THEN '' ELSE body END,
                html = CASE WHEN $2 = 'deleted' THEN '' ELSE html END
         WHERE id = $1",
        &[&comment.id, &state, &now],
    )?;
    tx.execute(
        "UPDATE comment SET accepted_id = NULL, accepted_at = NULL WHERE id = $1 AND accepted_id = $2",
        &[&comment.root, &comment.id],
    )?;
    // Only shown replies are counted.
    let less = if comment.state == State::Shown { -1 } else { 0 };
    count_reply(tx, comment.root, comment.parent, less)
}

/// Makes `answer` the accepted one of its question, or takes that back.
pub fn set_accepted(
    tx: &mut Tx,
    question: Uuid,
    answer: Option<Uuid>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE comment SET accepted_id = $2, accepted_at = $3 WHERE id = $1",
        &[&question, &answer, &answer.map(|_| now)],
    )?;
    Ok(())
}

/// Sets a comment's place in the order `best`.
pub fn set_best(tx: &mut Tx, id: Uuid, best: f64) -> Result<(), StoreError> {
    tx.execute("UPDATE comment SET best = $2 WHERE id = $1", &[&id, &best])?;
    Ok(())
}

/// Likes of a comment by others than its author.
pub fn n_likes_of_others(tx: &mut Tx, comment: &Stored) -> Result<u32, StoreError> {
    let likes_itself = tx.query_one(
        "SELECT 1 AS one FROM comment_like WHERE comment_id = $1 AND member_id = $2",
        &[&comment.id, &comment.member.0],
        |_| Ok(()),
    )?;
    Ok(comment
        .n_likes
        .saturating_sub(u32::from(likes_itself.is_some())))
}

/// Whether a member likes a comment.
pub fn likes(tx: &mut Tx, comment: Uuid, member: MemberId) -> Result<bool, StoreError> {
    let found = tx.query_one(
        "SELECT 1 AS one FROM comment_like WHERE comment_id = $1 AND member_id = $2",
        &[&comment, &member.0],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Likes a comment or takes it back, and keeps the comment's count and its place in the order `best`.
/// Returns the likes it has then; `None` where no shown comment has this id.
pub fn set_like(
    tx: &mut Tx,
    comment: Uuid,
    member: MemberId,
    liked: bool,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let changed = if liked {
        tx.execute(
            "INSERT INTO comment_like (comment_id, member_id, at)
             SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM comment WHERE id = $1 AND state = 'shown'
             ON CONFLICT (comment_id, member_id) DO NOTHING",
            &[&comment, &member.0, &now],
        )?
    } else {
        tx.execute(
            "DELETE FROM comment_like WHERE comment_id = $1 AND member_id = $2",
            &[&comment, &member.0],
        )?
    };
    let Some((n_before, n_own, is_accepted)) = liked_comment(tx, comment)? else {
        return Ok(None);
    };
    if changed == 0 {
        return Ok(Some(n_before));
    }
    let n_likes = if liked {
        n_before + 1
    } else {
        n_before.saturating_sub(1)
    };
    let best = best(n_likes.saturating_sub(n_own), is_accepted);
    tx.execute_later(
        "UPDATE comment SET n_likes = $2, best = $3 WHERE id = $1",
        &[&comment, &n_likes, &best],
    )?;
    Ok(Some(n_likes))
}

/// Likes that are counted at a shown comment, how many of them are its author's own, and whether it is an
/// accepted answer.
fn liked_comment(tx: &mut Tx, comment: Uuid) -> Result<Option<(u32, u32, bool)>, StoreError> {
    tx.query_one(
        "SELECT c.n_likes,
                EXISTS (SELECT 1 FROM comment_like l WHERE l.comment_id = c.id AND l.member_id = c.member_id) AS own,
                EXISTS (SELECT 1 FROM comment r WHERE r.id = c.root_id AND r.accepted_id = c.id) AS accepted
         FROM comment c WHERE c.id = $1 AND c.state = 'shown'",
        &[&comment],
        |row| Ok((row.get("n_likes")?, row.get("own")?, row.get("accepted")?)),
    )
}

/// A visitor is nobody's id.
fn known(viewer: Option<MemberId>) -> String {
    viewer.map(|it| it.to_string()).unwrap_or_default()
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    let role: Role = row.get::<StoredRole>("role")?.0;
    let erased_at: Option<Timestamp> = row.get("erased_at")?;
    let author = Author {
        handle: row.get("handle")?,
        name: row.get("name")?,
        role: role.public(),
    };
    Ok(Stored {
        id: row.get("id")?,
        page: row.get("page_id")?,
        root: row.get("root_id")?,
        parent: row.get("parent_id")?,
        answered: answered(row)?,
        depth: row.get("depth")?,
        member: MemberId(row.get("member_id")?),
        author: erased_at.is_none().then_some(author),
        author_role: role,
        kind: row.get("kind")?,
        state: row.get("state")?,
        body: row.get("body")?,
        html: row.get("html")?,
        n_likes: row.get("n_likes")?,
        is_liked: row.get("is_liked")?,
        n_replies: row.get("n_replies")?,
        best: row.get("best")?,
        posted_at: row.get("posted_at")?,
        edited_at: row.get("edited_at")?,
        accepted: row.get("accepted_id")?,
        is_accepted: row.get("is_accepted")?,
    })
}

/// Who wrote what a comment answers.
fn answered(row: &Row) -> Result<Option<Author>, StoreError> {
    let Some(handle) = row.get::<Option<String>>("to_handle")? else {
        return Ok(None);
    };
    Ok(Some(Author {
        handle,
        name: row.get("to_name")?,
        role: row.get::<StoredRole>("to_role")?.0.public(),
    }))
}

struct StoredRole(Role);

impl FromColumn for StoredRole {
    const WANTED: &'static str = "role";
    fn from_value(value: Value) -> Option<Self> {
        Role::parse(&String::from_value(value)?).map(StoredRole)
    }
}

const KINDS: [(Kind, &str); 2] = [(Kind::Comment, "comment"), (Kind::Question, "question")];
const STATES: [(State, &str); 4] = [
    (State::Shown, "shown"),
    (State::Held, "held"),
    (State::Removed, "removed"),
    (State::Deleted, "deleted"),
];

impl ToParam for Kind {
    fn to_param(&self) -> Param<'_> {
        word_of(&KINDS, *self)
    }
}

impl FromColumn for Kind {
    const WANTED: &'static str = "kind of comment";
    fn from_value(value: Value) -> Option<Self> {
        read_word(&KINDS, value)
    }
}

impl ToParam for State {
    fn to_param(&self) -> Param<'_> {
        word_of(&STATES, *self)
    }
}

impl FromColumn for State {
    const WANTED: &'static str = "state of a comment";
    fn from_value(value: Value) -> Option<Self> {
        read_word(&STATES, value)
    }
}

fn word_of<T: PartialEq>(words: &[(T, &'static str)], value: T) -> Param<'static> {
    let word = words
        .iter()
        .find(|(it, _)| *it == value)
        .map_or("", |(_, word)| word);
    Param::Text(word.into())
}

fn read_word<T: Copy>(words: &[(T, &'static str)], value: Value) -> Option<T> {
    let text = String::from_value(value)?;
    words
        .iter()
        .find(|(_, word)| *word == text)
        .map(|(it, _)| *it)
}
