//! How often a client may do what: one bucket for each limit and client, kept in memory.
//!
//! Entry point: [`Limits::check`]. Each slice has its own [`RateLimit`]s. Limits that must hold across restarts and processes (mails to an
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

/// How often one client may do something.
#[derive(Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// What it is called; no two have the same name.
    pub name: &'static str,
    /// Routes below `/api` whose unsafe requests count. Others are counted where they are handled.
    pub routes: &'static [&'static str],
    /// How many at once.
    pub burst: u32,
    /// Seconds until one more is allowed.
    pub secs: u64,
}

/// Any request that may change something and that no other limit counts.
pub static WRITE: RateLimit = RateLimit {
    name: "write",
    routes: &[],
    burst: 120,
    secs: 1,
};

/// The client did this too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too often; the next is allowed in {retry_after_secs} s")]
pub struct TooOften {
    /// When the next one is allowed, at least 1.
    pub retry_after_secs: u64,
}

/// The buckets of this process.
pub struct Limits {
    /// The first is [`WRITE`].
    limits: Vec<&'static RateLimit>,
    /// Those of each limit; `None` where everything is allowed.
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
const MAX_KEPT: usize = 100_000;
/// Counting a table's entries takes its locks, so it is done once in so many checks.
const CHECKS_BETWEEN_COUNTS: usize = 1024;

impl Limits {
    /// Empty tables for these limits and [`WRITE`]. With `is_on` false everything is allowed.
    pub fn new(
        clock: &Clock,
        is_on: bool,
        limits: impl IntoIterator<Item = &'static RateLimit>,
    ) -> Self {
        let clock = LimitClock(clock.clone());
        let limits: Vec<_> = std::iter::once(&WRITE).chain(limits).collect();
        let buckets = limits.iter().map(|limit| Buckets::new(limit, &clock));
        Limits {
            buckets: is_on.then(|| buckets.collect()),
            limits,
            clock,
        }
    }

    /// What an unsafe request counts as, by its decoded path. `None` for plain forms: they count by themselves, since
    /// their refusals are pages.
    pub fn of(&self, method: &Method, path: &str) -> Option<&'static RateLimit> {
        let path = path.trim_end_matches('/');
        if let Some(at) = path.find("/api/") {
            let route = &path[at..];
            let found = self.limits.iter().find(|it| it.routes.contains(&route));
            return Some(found.copied().unwrap_or(&WRITE));
        }
        let form = path.split_once("/members/").map(|(_, name)| name);
        let is_form = method == Method::POST && form.is_some_and(|name| !name.contains('/'));
        (!is_form).then_some(&WRITE)
    }

    /// Counts one act of this client, or says when the next is allowed. A limit that no slice lists counts as [`WRITE`].
    pub fn check(&self, limit: &RateLimit, client: ClientKey) -> Result<(), TooOften> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        let place = self.limits.iter().position(|it| it.name == limit.name);
        let buckets = &buckets[place.unwrap_or(0)];
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
    fn new(limit: &RateLimit, clock: &LimitClock) -> Self {
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(std::time::Duration::from_secs(limit.secs.max(1)))
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
        if !n_checks.is_multiple_of(CHECKS_BETWEEN_COUNTS) || self.n_kept() <= MAX_KEPT {
            return;
        }
        let mut limiter = self.limiter.write().unwrap_or_else(PoisonError::into_inner);
        limiter.retain_recent();
        limiter.shrink_to_fit();
        if limiter.len() > MAX_KEPT {
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
    use crate::edge::slices;
    use std::net::Ipv4Addr;

    fn client(n: u32) -> ClientKey {
        ClientAddress(Ipv4Addr::from(n).into()).key()
    }

    fn all() -> Vec<&'static RateLimit> {
        std::iter::once(&WRITE).chain(slices::limits()).collect()
    }

    /// DOS-13: so many at once, then one more each so often, for each client by itself.
    #[test]
    fn every_limit_has_its_burst() {
        let clock = Clock::held(Timestamp::from_millis(0));
        let limits = Limits::new(&clock, true, slices::limits());
        for limit in all() {
            for n in 0..limit.burst {
                assert_eq!(limits.check(limit, client(1)), Ok(()), "{limit:?} {n}");
            }
            let TooOften { retry_after_secs } = limits.check(limit, client(1)).unwrap_err();
            assert!(
                (1..=limit.secs + 1).contains(&retry_after_secs),
                "{limit:?} {retry_after_secs}"
            );
            assert_eq!(limits.check(limit, client(2)), Ok(()), "{limit:?}");
            clock.advance_secs(retry_after_secs as i64);
            assert_eq!(limits.check(limit, client(1)), Ok(()), "{limit:?}");
        }
        let off = Limits::new(&clock, false, slices::limits());
        assert!((0..1_000).all(|_| off.check(&WRITE, client(1)).is_ok()));
    }

    #[test]
    fn a_limit_that_no_slice_lists_is_one_on_writes() {
        static UNLISTED: RateLimit = RateLimit {
            name: "unlisted",
            routes: &[],
            burst: 1_000,
            secs: 1,
        };
        let clock = Clock::held(Timestamp::from_millis(0));
        let limits = Limits::new(&clock, true, []);
        let n_allowed = (0..1_000).filter(|_| limits.check(&UNLISTED, client(1)).is_ok());
        assert_eq!(n_allowed.count(), WRITE.burst as usize);
    }

    #[test]
    fn requests_count_as_what_they_do() {
        let limits = Limits::new(
            &Clock::held(Timestamp::from_millis(0)),
            true,
            slices::limits(),
        );
        for (method, path, name) in [
            (Method::POST, "/api/members", Some("join")),
            (Method::POST, "/blog/api/session", Some("sign_in")),
            (Method::DELETE, "/api/session", Some("sign_in")),
            (Method::POST, "/api/session/link", Some("mail")),
            (Method::POST, "/api/session/link/redeem", Some("sign_in")),
            (Method::POST, "/api/events", Some("beacon")),
            (Method::PUT, "/api/likes", Some("write")),
            (Method::POST, "/members/join/", None),
            (Method::POST, "/blog/zh/members/link", None),
            (Method::PUT, "/members/join/", Some("write")),
            (Method::POST, "/members/join/x", Some("write")),
            (Method::POST, "/elsewhere/", Some("write")),
        ] {
            let found = limits.of(&method, path).map(|it| it.name);
            assert_eq!(found, name, "{method} {path}");
        }
    }

    /// DOS-13: a million clients do not fill the memory, whether they come at one time or one after another.
    #[test]
    fn a_million_clients_fit() {
        let bound = MAX_KEPT + CHECKS_BETWEEN_COUNTS;
        assert!(bound * 60 * all().len() <= 64 << 20);
        for secs_each_thousand in [0, 1] {
            let clock = Clock::held(Timestamp::from_millis(0));
            let limits = Limits::new(&clock, true, []);
            let buckets = &limits.buckets.as_ref().unwrap()[0];
            for n in 0..1_000_000 {
                assert_eq!(limits.check(&WRITE, client(n)), Ok(()));
                if n % 1_000 == 0 {
                    clock.advance_secs(secs_each_thousand);
                    assert!(buckets.n_kept() <= bound, "{}", buckets.n_kept());
                }
            }
        }
    }
}
