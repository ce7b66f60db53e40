//! Comments and questions under a page: threads, what may be said, and who may change it.
//!
//! Values and rules, no I/O. A request's text becomes a [`Text`] (cleaned, rendered, bounded); what the
//! store keeps is a [`Stored`]; what a reader gets is a [`Comment`], made by [`Stored::shown_to`].

pub mod http;
pub mod jobs;
mod markdown;
pub mod service;
pub mod slice;
mod sql;
#[cfg(test)]
mod tests_of_lists;
pub mod turns;

use crate::clock::Timestamp;
use crate::edge::accounts::{Author, MemberId, Role};
use crate::edge::engagement::scores;
use crate::edge::page_keys::PageKey;
use crate::edge::sanitize;
use crate::ids::PageId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest text of a comment, in bytes of UTF-8.
pub const MAX_BYTES: usize = 16 * 1024;
/// Replies that come along with a top-level comment.
pub const REPLIES_SHOWN: i64 = 20;
/// Text of comments that one answer holds, in bytes, with [`COMMENT_BYTES`] for each of them. What does not fit
/// is reached by the cursor, or as replies of its thread.
pub const LIST_BYTES: usize = 256 * 1024;
/// What a comment adds to an answer beside its text.
pub const COMMENT_BYTES: usize = 512;
/// The time in which a member's comments are counted.
const RECENT_SECS: i64 = 3600;

/// What a comment is meant as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommentKind)]
pub enum Kind {
    /// A remark, or a reply.
    Comment,
    /// Wants an answer, which its asker can accept.
    Question,
}

/// Whether a comment is there to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommentState)]
pub enum State {
    /// For everyone.
    Shown,
    /// Waits for a moderator; its author sees it.
    Held,
    /// Taken away by a moderator; keeps its place while it has replies.
    Removed,
    /// Taken back by its author; keeps its place while it has replies.
    Deleted,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommentSort)]
pub enum Sort {
    /// Newest first.
    #[default]
    New,
    /// Oldest first.
    Old,
    /// An accepted answer first, then by [`best`], then older first.
    Best,
}

impl Sort {
    /// As it is written in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::New => "new",
            Sort::Old => "old",
            Sort::Best => "best",
        }
    }
}

/// What a member wants to say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = CommentDraft)]
pub struct Draft {
    /// Under which page; a former name is as good.
    #[schema(value_type = String)]
    pub page: PageId,
    /// Markdown, at most 16 KiB.
    pub body: String,
    /// The comment that this is a reply to, on the same page.
    pub parent: Option<Uuid>,
    /// `comment` where it is left out. A reply is no question.
    pub kind: Option<Kind>,
}

/// Another text for a comment.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = CommentEdit)]
pub struct Edit {
    /// Markdown, at most 16 KiB.
    pub body: String,
}

/// Whether an answer is accepted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub struct Acceptance {
    /// `false` takes it back.
    pub accepted: bool,
}

/// Why something is not said, changed or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The page has no comments.
    #[error("this page takes no comments")]
    Closed,
    /// A reader would see nothing.
    #[error("say something")]
    Empty,
    /// Over [`MAX_BYTES`].
    #[error("at most 16 KiB of text")]
    TooLong,
    /// Nested too deep or made of too many pieces.
    #[error("use fewer or less deeply nested elements")]
    TooComplex,
    /// No shown comment of this page has that id.
    #[error("there is no such comment on this page")]
    NoParent,
    /// Questions begin a thread.
    #[error("a reply is no question")]
    QuestionInReply,
    /// The member's hour is full.
    #[error("too many comments in an hour")]
    TooMany {
        /// Until one more is allowed.
        retry_after_secs: u64,
    },
    /// There is no such comment, or it is another member's: the two look alike.
    #[error("there is no such comment")]
    Unknown,
    /// Too long ago.
    #[error("this comment can no longer be edited")]
    EditOver,
    /// Only a reply straight to a question answers it.
    #[error("this is no answer to a question")]
    NoAnswer,
}

/// A text that may be said: cleaned, not empty, not too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Markdown as its author gets it back.
    pub body: String,
    /// Safe HTML.
    pub html: String,
    /// Characters that a reader sees.
    pub n_chars: i64,
}

impl Text {
    /// Takes what a member wrote. XSS-01, XSS-18, DOS-07.
    pub fn parse(body: &str) -> Result<Self, Refusal> {
        if body.len() > MAX_BYTES {
            return Err(Refusal::TooLong);
        }
        let body = sanitize::clean(body).trim_end().to_owned();
        let rendered = markdown::render(&body).map_err(|fault| match fault {
            markdown::Fault::Empty => Refusal::Empty,
            markdown::Fault::TooComplex => Refusal::TooComplex,
        })?;
        let n_chars = rendered.text.chars().count() as i64;
        Ok(Text {
            body,
            html: rendered.html,
            n_chars,
        })
    }
}

/// Where a new comment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The first comment of its thread; its own id for the first.
    pub root: Uuid,
    /// What it answers.
    pub parent: Option<Uuid>,
    /// 0 for the first of a thread.
    pub depth: i64,
}

impl Place {
    /// The first comment of a thread.
    pub fn first(id: Uuid) -> Self {
        Place {
            root: id,
            parent: None,
            depth: 0,
        }
    }

    /// A reply to `parent` on `page`; the parent must be shown and on the same page.
    pub fn under(parent: Option<&Stored>, page: &PageKey, kind: Kind) -> Result<Self, Refusal> {
        let parent = parent.filter(|it| it.page == *page && it.state == State::Shown);
        let parent = parent.ok_or(Refusal::NoParent)?;
        if kind == Kind::Question {
            return Err(Refusal::QuestionInReply);
        }
        Ok(Place {
            root: parent.root,
            parent: Some(parent.id),
            depth: parent.depth + 1,
        })
    }
}

/// What a member said lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Comments of the last hour, deleted ones too.
    pub n_posted: i64,
    /// The first of them.
    pub oldest_at: Option<Timestamp>,
}

/// The moment from which [`Recent`] counts.
pub fn recent_since(now: Timestamp) -> Timestamp {
    now.plus_secs(-RECENT_SECS)
}

/// Whether a member who is not of the staff may post one more comment in this hour.
pub fn allow_one_more(recent: Recent, per_hour: u32, now: Timestamp) -> Result<(), Refusal> {
    if recent.n_posted < i64::from(per_hour) {
        return Ok(());
    }
    let free_at = recent.oldest_at.unwrap_or(now).plus_secs(RECENT_SECS);
    let retry_after_secs = free_at.secs_since(now).ceil().max(1.0) as u64;
    Err(Refusal::TooMany { retry_after_secs })
}

/// The order of `best`, greater first: Wilson's lower bound of the likes of others (there are no dislikes,
/// so more likes are more certain), and above all of them an accepted answer.
pub fn best(n_likes_of_others: u32, is_accepted: bool) -> f64 {
    let accepted = if is_accepted { 1.0 } else { 0.0 };
    accepted + scores::wilson_lower(n_likes_of_others, n_likes_of_others)
}

/// A comment as the store keeps it, with its author and what its reader did.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Under which page.
    pub page: PageKey,
    /// First of its thread.
    pub root: Uuid,
    /// What it answers.
    pub parent: Option<Uuid>,
    /// Who wrote what it answers; `None` where that was taken away or its author erased.
    pub answered: Option<Author>,
    /// 0 for the first of a thread.
    pub depth: i64,
    /// Who wrote it.
    pub member: MemberId,
    /// How others see who wrote it; `None` once erased.
    pub author: Option<Author>,
    /// Its author's role; decides who may remove it.
    pub author_role: Role,
    /// Remark or question.
    pub kind: Kind,
    /// Whether it is there to be read.
    pub state: State,
    /// Markdown.
    pub body: String,
    /// Safe HTML.
    pub html: String,
    /// Likes.
    pub n_likes: u32,
    /// Whether its reader likes it.
    pub is_liked: bool,
    /// Shown replies: of the whole thread for its first comment, direct ones for others.
    pub n_replies: u32,
    /// Its place in the order `best`.
    pub best: f64,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// The accepted answer of a question.
    pub accepted: Option<Uuid>,
    /// Whether it is its question's accepted answer.
    pub is_accepted: bool,
}

/// Who looks at comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// `None` for a visitor.
    pub member: Option<(MemberId, Role)>,
    /// Minutes in which an author may edit.
    pub edit_minutes: u32,
    /// Levels of a thread that are shown, at least 1.
    pub n_levels: u32,
    /// The present moment.
    pub now: Timestamp,
}

impl Viewer {
    /// The member's id; `None` for a visitor.
    pub fn id(&self) -> Option<MemberId> {
        self.member.map(|(id, _)| id)
    }

    /// Whether held comments of others are shown to them.
    pub fn is_staff(&self) -> bool {
        self.member.is_some_and(|(_, role)| role.is_staff())
    }
}

impl Stored {
    /// What it adds to an answer for this viewer, in bytes.
    pub fn n_bytes(&self, viewer: &Viewer) -> usize {
        let own = if self.is_own(viewer) {
            self.body.len()
        } else {
            0
        };
        COMMENT_BYTES + self.html.len() + own
    }

    /// Whether there is still a text.
    fn is_standing(&self) -> bool {
        matches!(self.state, State::Shown | State::Held)
    }

    fn is_own(&self, viewer: &Viewer) -> bool {
        viewer.id() == Some(self.member)
    }

    /// Whether the viewer may change the text: its author, for some minutes. Others learn nothing.
    pub fn may_edit(&self, viewer: &Viewer) -> Result<(), Refusal> {
        if !self.is_own(viewer) || !self.is_standing() {
            return Err(Refusal::Unknown);
        }
        let ends_at = self
            .posted_at
            .plus_secs(i64::from(viewer.edit_minutes) * 60);
        if viewer.now < ends_at {
            Ok(())
        } else {
            Err(Refusal::EditOver)
        }
    }

    /// What becomes of the comment when the viewer takes it away: its author takes it back, the staff
    /// removes it. Moderators do not touch comments of the staff (AUTHZ-08). Others learn nothing.
    pub fn taken_away_by(&self, viewer: &Viewer) -> Result<State, Refusal> {
        let outranks = viewer
            .member
            .is_some_and(|(_, role)| role.is_staff() && role > self.author_role);
        match self.is_standing() {
            true if self.is_own(viewer) => Ok(State::Deleted),
            true if outranks => Ok(State::Removed),
            _ => Err(Refusal::Unknown),
        }
    }

    /// Whether the viewer may accept it as the answer to `question`: its asker, or the staff.
    pub fn may_be_accepted(
        &self,
        question: Option<&Stored>,
        viewer: &Viewer,
    ) -> Result<(), Refusal> {
        if self.state != State::Shown {
            return Err(Refusal::Unknown);
        }
        let question =
            question.filter(|it| it.kind == Kind::Question && Some(it.id) == self.parent);
        let question = question.ok_or(Refusal::NoAnswer)?;
        if question.is_own(viewer) || viewer.is_staff() {
            Ok(())
        } else {
            Err(Refusal::Unknown)
        }
    }

    /// As this viewer gets to see it, under a page that is called so now. A text that was taken away is in no answer, nor
    /// is its author.
    pub fn shown_to(self, viewer: &Viewer, page: &PageId) -> Comment {
        let can_edit = self.may_edit(viewer).is_ok();
        let can_delete = self.taken_away_by(viewer).is_ok();
        let (stands, is_own) = (self.is_standing(), self.is_own(viewer));
        Comment {
            id: self.id,
            page: page.clone(),
            reply_to: self.parent.map(|id| ReplyTo {
                id,
                author: self.answered,
            }),
            level: (self.depth.max(0) as u32).min(viewer.n_levels.saturating_sub(1)),
            parent: self.parent,
            author: self.author.filter(|_| stands),
            kind: self.kind,
            html: stands.then_some(self.html),
            body: (stands && is_own).then_some(self.body),
            state: self.state,
            likes: if stands { self.n_likes } else { 0 },
            liked: stands && self.is_liked,
            accepted: self.is_accepted,
            n_replies: self.n_replies,
            replies: self.parent.is_none().then(Vec::new),
            more_replies: None,
            posted_at: self.posted_at,
            edited_at: self.edited_at.filter(|_| stands),
            can_edit,
            can_delete,
        }
    }
}

/// What a reply answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplyTo {
    /// The comment, which is the reply's `parent`.
    pub id: Uuid,
    /// Who wrote it; `null` where it was taken away or its author erased.
    pub author: Option<Author>,
}

/// The replies of a thread that did not come along with its first comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MoreReplies {
    /// How many the reader can see.
    pub count: u32,
    /// Where the list of replies, `parent=` the first comment and `sort=old`, goes on; `null` for its beginning. An accepted
    /// answer that came along stands in that list too.
    pub cursor: Option<String>,
}

/// A comment as its reader gets it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Comment {
    /// Its id.
    pub id: Uuid,
    /// Under which page.
    #[schema(value_type = String)]
    pub page: PageId,
    /// What it answers; `null` for the first of a thread.
    pub parent: Option<Uuid>,
    /// What it answers and who wrote that; `null` for the first of a thread.
    pub reply_to: Option<ReplyTo>,
    /// The level at which it is shown: 0 for the first of a thread, at most one less than `comments.depth`.
    pub level: u32,
    /// `null` where its author was erased or its text taken away.
    pub author: Option<Author>,
    /// Remark or question.
    pub kind: Kind,
    /// Safe HTML; `null` where it was taken away.
    pub html: Option<String>,
    /// Markdown, for its own author alone.
    pub body: Option<String>,
    /// Whether it is there to be read.
    pub state: State,
    /// Likes.
    pub likes: u32,
    /// Whether the reader likes it.
    pub liked: bool,
    /// Whether it is the accepted answer of its question.
    pub accepted: bool,
    /// Shown replies: of the whole thread for its first comment, direct ones for others.
    pub n_replies: u32,
    /// On the first of a thread: its first 20 replies of all depths, oldest first, an accepted answer before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false)]
    pub replies: Option<Vec<Comment>>,
    /// Replies of the thread that are not among `replies`; `null` if there are none.
    pub more_replies: Option<MoreReplies>,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    pub posted_at: Timestamp,
    /// When its text was last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// Whether the reader may change its text now.
    pub can_edit: bool,
    /// Whether the reader may take it away.
    pub can_delete: bool,
}

/// One page of comments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CommentList {
    /// In the order that was asked for.
    pub items: Vec<Comment>,
    /// Where the list goes on; `null` at its end.
    pub next_cursor: Option<String>,
}

impl CommentList {
    /// Whether any comment of it is held, and so not for all who read the list.
    pub fn has_held(&self) -> bool {
        let is_held = |it: &Comment| it.state == State::Held;
        let of_thread = |it: &Comment| it.replies.iter().flatten().any(is_held);
        self.items.iter().any(|it| is_held(it) || of_thread(it))
    }
}

/// How many comments pages have.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CommentCounts {
    /// By page, as it was asked for; without those that the release does not have.
    pub items: Vec<CommentCount>,
    /// Always `null`: all that was asked for is there.
    pub next_cursor: Option<String>,
}

/// How many comments a page has.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CommentCount {
    /// The page, by the name that was asked for.
    #[schema(value_type = String)]
    pub page: PageId,
    /// Shown comments and replies.
    pub comments: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTED: Timestamp = Timestamp::from_millis(1_000_000);

    fn stored(member: u128, author_role: Role, state: State) -> Stored {
        Stored {
            id: Uuid::from_u128(7),
            page: PageKey::of(&PageId::new("a")),
            root: Uuid::from_u128(6),
            parent: Some(Uuid::from_u128(6)),
            answered: None,
            depth: 1,
            member: MemberId(Uuid::from_u128(member)),
            author: Some(Author {
                handle: "mei".into(),
                name: String::new(),
                role: author_role.public(),
            }),
            author_role,
            kind: Kind::Comment,
            state,
            body: "secret".into(),
            html: "<p>secret</p>\n".into(),
            n_likes: 3,
            is_liked: true,
            n_replies: 1,
            best: 0.0,
            posted_at: POSTED,
            edited_at: None,
            accepted: None,
            is_accepted: false,
        }
    }

    fn viewer(member: Option<(u128, Role)>, after_secs: i64) -> Viewer {
        let member = member.map(|(id, role)| (MemberId(Uuid::from_u128(id)), role));
        Viewer {
            member,
            edit_minutes: 15,
            n_levels: 3,
            now: POSTED.plus_secs(after_secs),
        }
    }

    #[test]
    fn authors_edit_for_some_minutes_and_the_staff_removes() {
        let (mei, rank) = (1, Role::Member);
        for (who, viewer, may_edit, taken_away) in [
            (
                "author",
                viewer(Some((mei, rank)), 899),
                Ok(()),
                Ok(State::Deleted),
            ),
            (
                "late author",
                viewer(Some((mei, rank)), 900),
                Err(Refusal::EditOver),
                Ok(State::Deleted),
            ),
            (
                "visitor",
                viewer(None, 0),
                Err(Refusal::Unknown),
                Err(Refusal::Unknown),
            ),
            (
                "another",
                viewer(Some((2, rank)), 0),
                Err(Refusal::Unknown),
                Err(Refusal::Unknown),
            ),
            (
                "page author",
                viewer(Some((2, Role::Author)), 0),
                Err(Refusal::Unknown),
                Err(Refusal::Unknown),
            ),
            (
                "moderator",
                viewer(Some((2, Role::Moderator)), 0),
                Err(Refusal::Unknown),
                Ok(State::Removed),
            ),
        ] {
            let comment = stored(mei, rank, State::Shown);
            assert_eq!(comment.may_edit(&viewer), may_edit, "{who}");
            assert_eq!(comment.taken_away_by(&viewer), taken_away, "{who}");
            let gone = stored(mei, rank, State::Removed);
            assert_eq!(gone.may_edit(&viewer), Err(Refusal::Unknown), "{who}");
            assert_eq!(gone.taken_away_by(&viewer), Err(Refusal::Unknown), "{who}");
        }
        let of_staff = stored(3, Role::Moderator, State::Shown);
        let moderator = viewer(Some((2, Role::Moderator)), 0);
        assert_eq!(of_staff.taken_away_by(&moderator), Err(Refusal::Unknown));
        assert_eq!(
            of_staff.taken_away_by(&viewer(Some((2, Role::Owner)), 0)),
            Ok(State::Removed)
        );
    }

    #[test]
    fn deep_replies_are_shown_at_the_last_level() {
        for (depth, n_levels, level) in [
            (0, 1, 0),
            (1, 1, 0),
            (1, 3, 1),
            (2, 3, 2),
            (9, 3, 2),
            (9, 10, 9),
        ] {
            let reply = Stored {
                depth,
                ..stored(1, Role::Member, State::Shown)
            };
            let viewer = Viewer {
                n_levels,
                ..viewer(None, 0)
            };
            let shown = reply.shown_to(&viewer, &PageId::new("a"));
            assert_eq!(shown.level, level, "{depth} of {n_levels}");
            assert_eq!(shown.reply_to.map(|it| it.id), shown.parent);
        }
    }

    #[test]
    fn what_was_taken_away_is_in_no_answer() {
        for state in [State::Removed, State::Deleted] {
            for member in [None, Some((1, Role::Member)), Some((2, Role::Owner))] {
                let shown =
                    stored(1, Role::Member, state).shown_to(&viewer(member, 0), &PageId::new("a"));
                assert!(!serde_json::to_string(&shown).unwrap().contains("secret"));
                assert_eq!((shown.author, shown.likes, shown.liked), (None, 0, false));
            }
        }
        let body = |member| {
            stored(1, Role::Member, State::Shown)
                .shown_to(&viewer(member, 0), &PageId::new("a"))
                .body
        };
        assert_eq!(body(Some((1, Role::Member))).as_deref(), Some("secret"));
        assert_eq!(body(Some((2, Role::Owner))), None);
    }

    #[test]
    fn replies_stand_under_shown_comments_of_their_page() {
        let [here, elsewhere] = ["a", "b"].map(|it| PageKey::of(&PageId::new(it)));
        let under = |state, page, kind| {
            let parent = stored(1, Role::Member, state);
            Place::under(Some(&parent), page, kind).map(|it| (it.root, it.depth))
        };
        assert_eq!(
            under(State::Shown, &here, Kind::Comment),
            Ok((Uuid::from_u128(6), 2))
        );
        assert_eq!(
            under(State::Shown, &here, Kind::Question),
            Err(Refusal::QuestionInReply)
        );
        assert_eq!(
            under(State::Shown, &elsewhere, Kind::Comment),
            Err(Refusal::NoParent)
        );
        for state in [State::Held, State::Removed, State::Deleted] {
            assert_eq!(under(state, &here, Kind::Comment), Err(Refusal::NoParent));
        }
        assert_eq!(
            Place::under(None, &here, Kind::Comment),
            Err(Refusal::NoParent)
        );
    }

    #[test]
    fn an_hour_holds_so_many_comments() {
        let recent = |n_posted| Recent {
            n_posted,
            oldest_at: Some(POSTED),
        };
        let now = POSTED.plus_secs(600);
        let full = Err(Refusal::TooMany {
            retry_after_secs: 3000,
        });
        for (n_posted, expected) in [(0, Ok(())), (29, Ok(())), (30, full), (300, full)] {
            assert_eq!(allow_one_more(recent(n_posted), 30, now), expected);
        }
    }

    #[test]
    fn an_accepted_answer_is_best() {
        let order = [
            best(0, false),
            best(1, false),
            best(50, false),
            best(0, true),
            best(9, true),
        ];
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
    }

    #[test]
    fn texts_are_bounded() {
        for (body, expected) in [
            ("x".repeat(MAX_BYTES + 1), Err(Refusal::TooLong)),
            ("\u{200B} \u{202E}\n".into(), Err(Refusal::Empty)),
            ("> ".repeat(30) + "x", Err(Refusal::TooComplex)),
            ("**hi**\0 ".into(), Ok(("**hi**".to_owned(), 2))),
        ] {
            assert_eq!(Text::parse(&body).map(|it| (it.body, it.n_chars)), expected);
        }
    }
}
