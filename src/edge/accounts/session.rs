//! Sessions: who a request comes from, and for how long that holds.

use crate::clock::Timestamp;
use crate::edge::access::Reader;
use crate::edge::accounts::{Member, Role};
use uuid::Uuid;

/// One open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What its member sees and revokes; opens nothing.
    pub id: Uuid,
    /// When its member signed in.
    pub created_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    /// What the browser called itself, at most [`USER_AGENT_CHARS`] characters.
    pub user_agent: String,
}

/// Longest kept name of a browser.
pub const USER_AGENT_CHARS: usize = 200;
/// Sessions a member may have; one more ends the one unused for longest.
pub const MAX_SESSIONS: i64 = 20;
/// `last_seen_at` is written this rarely.
pub const TOUCH_SECS: i64 = 60;
/// What is hard to undo wants a sign-in not older than this, or the password again.
pub const FRESH_SECS: i64 = 15 * 60;
/// How far the clocks of two edges on one store may differ. What is later than this was made while the clock was ahead.
pub const MAX_SKEW_SECS: i64 = 60;

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Since it was last used.
    pub idle_secs: i64,
    /// Since it was opened.
    pub absolute_secs: i64,
}

impl Lifetime {
    /// Members two weeks idle and a month at most; the staff an hour and a day.
    pub fn of(role: Role) -> Self {
        if role.is_staff() {
            Lifetime {
                idle_secs: 3_600,
                absolute_secs: 24 * 3_600,
            }
        } else {
            Lifetime {
                idle_secs: 14 * 86_400,
                absolute_secs: 30 * 86_400,
            }
        }
    }
}

impl Session {
    /// Whether it still opens anything for a member of this role. Ends are exclusive.
    pub fn holds_at(&self, role: Role, now: Timestamp) -> bool {
        let lifetime = Lifetime::of(role);
        now < self.last_seen_at.plus_secs(lifetime.idle_secs)
            && now < self.created_at.plus_secs(lifetime.absolute_secs)
    }

    /// Whether its member has proven who they are just now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !self.is_ahead(now) && now < self.created_at.plus_secs(FRESH_SECS)
    }

    /// Whether it was opened or used while the clock was ahead. It would outlive every bound, so that its times are
    /// set back as soon as it is seen; it goes on as one that is no longer fresh.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        self.created_at.max(self.last_seen_at) > now.plus_secs(MAX_SKEW_SECS)
    }
}

/// Who a request comes from: a member who signed in. Loaded anew for each request.
#[derive(Clone, Debug)]
pub struct Current {
    /// The member.
    pub member: Member,
    /// What the member may read.
    pub reader: Reader,
    /// The session that the request's cookie opened.
    pub session: Session,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SES-04: each end is exclusive, and the staff's come sooner.
    #[test]
    fn sessions_end_when_idle_and_at_last() {
        const DAY: i64 = 86_400;
        let session = |created_secs: i64, seen_secs: i64| Session {
            id: Uuid::nil(),
            created_at: Timestamp::from_millis(created_secs * 1000),
            last_seen_at: Timestamp::from_millis(seen_secs * 1000),
            user_agent: String::new(),
        };
        for (role, created, seen, now, holds) in [
            (Role::Member, 0, 0, 14 * DAY - 1, true),
            (Role::Member, 0, 0, 14 * DAY, false),
            (Role::Member, 0, 29 * DAY, 30 * DAY - 1, true),
            (Role::Member, 0, 29 * DAY, 30 * DAY, false),
            (Role::Moderator, 0, 0, 3_599, true),
            (Role::Moderator, 0, 0, 3_600, false),
            (Role::Owner, 0, DAY - 1, DAY - 1, true),
            (Role::Owner, 0, DAY - 1, DAY, false),
        ] {
            let now = Timestamp::from_millis(now * 1000);
            assert_eq!(
                session(created, seen).holds_at(role, now),
                holds,
                "{role:?} {created} {seen} {now}"
            );
        }
    }

    #[test]
    fn a_session_of_a_clock_that_was_ahead_is_not_fresh() {
        for (created_secs, seen_secs, is_ahead, is_fresh) in [
            (1_000, 1_000, false, true),
            (1_060, 1_060, false, true),
            (1_061, 1_061, true, false),
            (1_000, 90_000, true, false),
            (100, 1_000, false, false),
        ] {
            let session = Session {
                id: Uuid::nil(),
                created_at: Timestamp::from_millis(created_secs * 1000),
                last_seen_at: Timestamp::from_millis(seen_secs * 1000),
                user_agent: String::new(),
            };
            let now = Timestamp::from_millis(1_000_000);
            let found = (session.is_ahead(now), session.is_fresh(now));
            assert_eq!(found, (is_ahead, is_fresh), "{created_secs} {seen_secs}");
        }
    }
}
