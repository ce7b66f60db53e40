//! How often a client may do what: one bucket for each act and client, kept in memory.
//!
//! Entry point: [`Limits::check`]. Limits that must hold across restarts and processes (mails to an
//! address, failed sign-ins of an account) are rows of the store and not here.

use crate::clock::Clock;
use crate::edge::extract::ClientKey;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

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

struct Buckets {
    limiter:
        RateLimiter<ClientKey, DashMapStateStore<ClientKey>, LimitClock, NoOpMiddleware<Nanos>>,
    n_checks: AtomicUsize,
}

/// Buckets that are full again are thrown away when a table has passed this size; an entry is about
/// 40 bytes, so that all tables together stay under 30 MiB whoever asks (DOS-13).
const ROOMY: usize = 100_000;
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

    /// What an unsafe request counts as, by its decoded path; those of `None` count as a [`Act::Write`].
    pub fn of(path: &str) -> Option<Act> {
        let at = path.find("/api/").or_else(|| path.find("/members/"))?;
        let path = path[at..].trim_end_matches('/');
        Some(match path {
            "/api/members" | "/members/join" => Act::Join,
            "/api/session" | "/members/sign-in" | "/api/session/link/redeem" => Act::SignIn,
            "/api/session/link" | "/api/password/reset" | "/members/link" | "/members/forgot" => {
                Act::Mail
            }
            "/api/events" => Act::Beacon,
            _ => return None,
        })
    }

    /// How many at once, and how many seconds until one more is allowed.
    fn quota(self) -> (u32, u64) {
        match self {
            Act::Write => (120, 1),
            Act::Join => (40, 90),
            Act::SignIn => (60, 15),
            Act::Mail => (40, 45),
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
        buckets.make_room();
        buckets
            .limiter
            .check_key(&client)
            .map_err(|not_until| TooOften {
                retry_after_secs: not_until.wait_time_from(self.clock.now()).as_secs() + 1,
            })
    }
}

impl Buckets {
    fn new(act: Act, clock: &LimitClock) -> Self {
        let (burst, secs) = act.quota();
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(std::time::Duration::from_secs(secs.max(1)))
            .unwrap_or(Quota::per_second(NonZeroU32::MIN));
        let limiter = RateLimiter::dashmap_with_clock(quota.allow_burst(burst), clock.clone());
        Buckets {
            limiter,
            n_checks: AtomicUsize::new(0),
        }
    }

    fn make_room(&self) {
        let n_checks = self.n_checks.fetch_add(1, Ordering::Relaxed);
        if n_checks.is_multiple_of(CHECKS_BETWEEN_COUNTS) && self.limiter.len() > ROOMY {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

/// The edge's clock as the limiters read it, so that tests move both together.
#[derive(Clone)]
struct LimitClock(Clock);

impl GovernorClock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = u64::try_from(self.0.now().as_millis()).unwrap_or(0);
        Nanos::new(millis.saturating_mul(1_000_000))
    }
}
