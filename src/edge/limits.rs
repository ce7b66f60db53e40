//! How often a client may do what: one bucket for each act and client, kept in memory.
//!
//! Entry point: [`Limits::check`]. Limits that must hold across restarts and processes (mails to an
//! address, failed sign-ins of an account) are rows of the store and not here.

use crate::clock::Clock;
use crate::edge::extract::ClientKey;
use axum::http::Method;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Any request that may change something.
    Write,
    /// Joining.
    Join,
    /// Signing in with a password or a link.
    SignIn,
    /// Asking for a mail.
    Mail,
    /// Sending reading beacons.
    Beacon,
    /// Taking out a copy of everything.
    Export,
}

/// The client did this too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too often; the next is allowed in {retry_after_secs} s")]
pub struct TooOften {
    /// When the next one is allowed, at least 1.
    pub retry_after_secs: u64,
}

/// The buckets of this process.
pub struct Limits {
    buckets: Option<Vec<Buckets>>,
    clock: LimitClock,
}

type Limiter =
    RateLimiter<ClientKey, DashMapStateStore<ClientKey>, LimitClock, NoOpMiddleware<Nanos>>;

struct Buckets {
    /// Changed for an empty one when it is too full; otherwise only read.
    limiter: RwLock<Limiter>,
    quota: Quota,
    n_checks: AtomicUsize,
}

/// Most entries of a table, about 60 bytes each, so that all tables together stay under 40 MiB whoever asks
/// (DOS-13). Above it buckets that are full again are thrown away, and where that does not help, all of them:
/// whoever has so many addresses gains nothing by a bucket that is full again.
const MOST_KEPT: usize = 100_000;
/// Counting a table's entries takes its locks, so it is done once in so many checks.
const CHECKS_BETWEEN_COUNTS: usize = 1024;

impl Act {
    const ALL: [Act; 6] = [
        Act::Write,
        Act::Join,
        Act::SignIn,
        Act::Mail,
        Act::Beacon,
        Act::Export,
    ];

    /// What an unsafe request counts as, by its decoded path. `None` for plain forms: they count by themselves, since
    /// their refusals are pages.
    pub fn of(method: &Method, path: &str) -> Option<Act> {
        let path = path.trim_end_matches('/');
        if let Some(at) = path.find("/api/") {
            return Some(match &path[at..] {
                "/api/members" => Act::Join,
                "/api/session" | "/api/session/link/redeem" => Act::SignIn,
                "/api/session/link" | "/api/password/reset" | "/api/members/confirmation" => {
                    Act::Mail
                }
                "/api/events" => Act::Beacon,
                _ => Act::Write,
            });
        }
        let form = path.split_once("/members/").map(|(_, name)| name);
        let is_form = method == Method::POST && form.is_some_and(|name| !name.contains('/'));
        (!is_form).then_some(Act::Write)
    }

    /// What a plain form counts as, by the name of its page. Opening a link from a letter is a sign-in; asking for
    /// one is not.
    pub fn of_form(name: &str, has_token: bool) -> Act {
        match (name, has_token) {
            ("join", _) => Act::Join,
            ("sign-in", _) | ("link", true) => Act::SignIn,
            ("link", false) | ("forgot" | "check-mail", _) => Act::Mail,
            _ => Act::Write,
        }
    }

    /// How many at once, and how many seconds until one more is allowed. The handbook has the same numbers. A class
    /// that joins and signs in during a lesson is one client.
    fn quota(self) -> (u32, u64) {
        match self {
            Act::Write => (120, 1),
            Act::Join => (100, 30),
            Act::SignIn => (200, 5),
            Act::Mail => (100, 30),
            Act::Beacon => (240, 1),
            Act::Export => (5, 720),
        }
    }
}

impl Limits {
    /// Empty tables. With `is_on` false everything is allowed.
    pub fn new(clock: &Clock, is_on: bool) -> Self {
        let clock = LimitClock(clock.clone());
        let buckets = is_on.then(|| {
            Act::ALL
                .iter()
                .map(|act| Buckets::new(*act, &clock))
                .collect()
        });
        Limits { buckets, clock }
    }

    /// Counts one `act` of this client, or says when the next is allowed.
    pub fn check(&self, act: Act, client: ClientKey) -> Result<(), TooOften> {
        let Some(buckets) = self.buckets.as_ref().map(|it| &it[act as usize]) else {
            return Ok(());
        };
        buckets.make_room(&self.clock);
        let limiter = buckets
            .limiter
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        limiter.check_key(&client).map_err(|not_until| TooOften {
            retry_after_secs: not_until.wait_time_from(self.clock.now()).as_secs() + 1,
        })
    }
}

impl Buckets {
    fn new(act: Act, clock: &LimitClock) -> Self {
        let (burst, secs) = act.quota();
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(std::time::Duration::from_secs(secs.max(1)))
            .unwrap_or(Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        Buckets {
            limiter: RwLock::new(RateLimiter::dashmap_with_clock(quota, clock.clone())),
            quota,
            n_checks: AtomicUsize::new(0),
        }
    }

    fn make_room(&self, clock: &LimitClock) {
        let n_checks = self.n_checks.fetch_add(1, Ordering::Relaxed);
        if !n_checks.is_multiple_of(CHECKS_BETWEEN_COUNTS) || self.n_kept() <= MOST_KEPT {
            return;
        }
        let mut limiter = self.limiter.write().unwrap_or_else(PoisonError::into_inner);
        limiter.retain_recent();
        limiter.shrink_to_fit();
        if limiter.len() > MOST_KEPT {
            *limiter = RateLimiter::dashmap_with_clock(self.quota, clock.clone());
        }
    }

    fn n_kept(&self) -> usize {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.len()
    }
}

/// The edge's clock as the limiters read it: monotonic, so that setting the machine's clock locks nobody out and
/// lets nobody off. Tests move it with the held clock.
#[derive(Clone)]
struct LimitClock(Clock);

impl GovernorClock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.monotonic_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::edge::extract::ClientAddress;
    use std::net::Ipv4Addr;

    fn client(n: u32) -> ClientKey {
        ClientAddress(Ipv4Addr::from(n).into()).key()
    }

    /// DOS-13: so many at once, then one more each so often, for each client by itself.
    #[test]
    fn every_act_has_its_burst() {
        let clock = Clock::held(Timestamp::from_millis(0));
        let limits = Limits::new(&clock, true);
        for act in Act::ALL {
            let (burst, secs) = act.quota();
            for n in 0..burst {
                assert_eq!(limits.check(act, client(1)), Ok(()), "{act:?} {n}");
            }
            let TooOften { retry_after_secs } = limits.check(act, client(1)).unwrap_err();
            assert!(
                (1..=secs + 1).contains(&retry_after_secs),
                "{act:?} {retry_after_secs}"
            );
            assert_eq!(limits.check(act, client(2)), Ok(()), "{act:?}");
            clock.advance_secs(retry_after_secs as i64);
            assert_eq!(limits.check(act, client(1)), Ok(()), "{act:?}");
        }
        let off = Limits::new(&clock, false);
        assert!((0..1_000).all(|_| off.check(Act::Export, client(1)).is_ok()));
    }

    #[test]
    fn requests_count_as_what_they_do() {
        for (method, path, act) in [
            (Method::POST, "/api/members", Some(Act::Join)),
            (Method::POST, "/blog/api/session", Some(Act::SignIn)),
            (Method::DELETE, "/api/session", Some(Act::SignIn)),
            (Method::POST, "/api/session/link", Some(Act::Mail)),
            (Method::POST, "/api/session/link/redeem", Some(Act::SignIn)),
            (Method::POST, "/api/events", Some(Act::Beacon)),
            (Method::PUT, "/api/likes", Some(Act::Write)),
            (Method::POST, "/members/join/", None),
            (Method::POST, "/blog/zh/members/link", None),
            (Method::PUT, "/members/join/", Some(Act::Write)),
            (Method::POST, "/members/join/x", Some(Act::Write)),
            (Method::POST, "/elsewhere/", Some(Act::Write)),
        ] {
            assert_eq!(Act::of(&method, path), act, "{method} {path}");
        }
        assert_eq!(Act::of_form("link", true), Act::SignIn);
        assert_eq!(Act::of_form("link", false), Act::Mail);
    }

    /// DOS-13: a million clients do not fill the memory, whether they come at one time or one after another.
    #[test]
    fn a_million_clients_fit() {
        let bound = MOST_KEPT + CHECKS_BETWEEN_COUNTS;
        assert!(bound * 60 * Act::ALL.len() <= 64 << 20);
        for (act, secs_each_thousand) in [(Act::Join, 0), (Act::Write, 1)] {
            let clock = Clock::held(Timestamp::from_millis(0));
            let limits = Limits::new(&clock, true);
            let buckets = &limits.buckets.as_ref().unwrap()[act as usize];
            for n in 0..1_000_000 {
                assert_eq!(limits.check(act, client(n)), Ok(()));
                if n % 1_000 == 0 {
                    clock.advance_secs(secs_each_thousand);
                    assert!(buckets.n_kept() <= bound, "{act:?} {}", buckets.n_kept());
                }
            }
        }
    }
}
