//! `Edge`: what every handler may reach. A handful of handles and no logic.
//!
//! Made once by [`Edge::new`]; each clone is one count on an `Arc`. Whoever adds a handle adds a
//! field to [`Handles`] and the line that makes it.

use crate::clock::Clock;
use crate::edge::accounts::hashing::Hasher;
use crate::edge::accounts::touches::Touches;
use crate::edge::bodies::Bodies;
use crate::edge::comments::turns::Turns;
use crate::edge::engagement::kept::Kept;
use crate::edge::engagement::room::Rooms;
use crate::edge::entropy::Entropy;
use crate::edge::limits::{Limits, RateLimit};
use crate::edge::mail::Mailer;
use crate::edge::release::{Followed, OpenRelease, ReleaseError, Releases};
use crate::edge::settings::Settings;
use crate::edge::store::{Store, StoreError};
use crate::edge::tables::Tables;
use crate::edge::threads::Threads;
use std::ops::Deref;
use std::sync::Arc;

/// The state of the edge. Its fields are those of [`Handles`].
#[derive(Clone)]
pub struct Edge(Arc<Handles>);

/// What [`Edge`] holds.
pub struct Handles {
    /// Members and all that they did.
    pub store: Store,
    /// The tables of all slices.
    pub tables: &'static Tables,
    /// The present moment.
    pub clock: Clock,
    /// Tokens and ids.
    pub entropy: Entropy,
    /// What the process was started with.
    pub settings: Settings,
    /// How often a client may do what.
    pub limits: Limits,
    /// Room for what requests send.
    pub bodies: Bodies,
    /// The queue before the password hashes.
    pub hasher: Hasher,
    /// The way out for letters.
    pub mailer: Mailer,
    /// Facts of pages for some seconds.
    pub engagement: Kept,
    /// Who posts just now.
    pub posting: Turns,
    /// Sessions whose last use is not written yet.
    pub touches: Touches,
    /// How many rows of readings addresses can still add.
    pub rooms: Rooms,
    /// Where handlers run.
    pub threads: Threads,
    /// The open release, and the one that was refused.
    pub releases: Releases,
}

/// What an [`Edge`] is made of.
pub struct Parts {
    /// Members and all that they did.
    pub store: Store,
    /// The tables of all slices.
    pub tables: &'static Tables,
    /// The release to begin with.
    pub release: OpenRelease,
    /// The present moment.
    pub clock: Clock,
    /// Tokens and ids.
    pub entropy: Entropy,
    /// What the process was started with.
    pub settings: Settings,
    /// The limits of all slices.
    pub limits: Vec<&'static RateLimit>,
    /// The way out for letters.
    pub mailer: Mailer,
    /// Where handlers run.
    pub threads: Threads,
}

impl Edge {
    /// Puts the handles together. Nothing is opened or started here.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            store,
            tables,
            release,
            clock,
            entropy,
            settings,
            limits,
            mailer,
            threads,
        } = parts;
        let hasher = Hasher::new(entropy.clone());
        let limits = Limits::new(&clock, settings.rate_limits, limits);
        let releases = Releases::new(release, clock.now());
        Edge(Arc::new(Handles {
            store,
            tables,
            clock,
            entropy,
            settings,
            limits,
            bodies: Bodies::default(),
            hasher,
            mailer,
            engagement: Kept::new(threads.clone()),
            posting: Turns::new(),
            touches: Touches::default(),
            rooms: Rooms::new(),
            threads,
            releases,
        }))
    }

    /// The release that is open now. A request takes it once and keeps it to its end, so that no
    /// answer mixes two.
    pub fn release(&self) -> Arc<OpenRelease> {
        self.releases.open().release
    }

    /// As [`Edge::swap_release`], with the keys that the store has for its pages. Blocks on the store; panics inside of
    /// async code.
    pub fn open_release(&self, release: OpenRelease) -> Result<(), StoreError> {
        let last = self.release();
        let release = release.keyed(&self.store, self.tables, Some(&last))?;
        self.swap_release(Arc::new(release));
        Ok(())
    }

    /// Puts another release in the place of the open one. Requests under way keep theirs.
    pub fn swap_release(&self, release: Arc<OpenRelease>) {
        self.releases.swap(release, self.clock.now());
    }

    /// Opens what is published now, where that is another release than the open one. A release that cannot be opened
    /// leaves the open one where it is.
    pub async fn follow_release(&self) -> Followed {
        let edge = self.clone();
        let follow = move || {
            let (dist, now) = (&edge.settings.release_dir, edge.clock.now());
            edge.releases.follow(dist, now, |next| {
                let keyed = next.keyed(&edge.store, edge.tables, Some(&edge.release()));
                keyed.map_err(ReleaseError::Store)
            })
        };
        // Opening can only fail to join when it panicked, and then nothing was swapped.
        tokio::task::spawn_blocking(follow)
            .await
            .unwrap_or(Followed::Unchanged)
    }

    /// A decoded path below the base path, with a leading `/`; `None` for one that is not below it.
    pub fn below_base<'p>(&self, path: &'p str) -> Option<&'p str> {
        let base = self.settings.base_url.decoded_path();
        let base = base.trim_end_matches('/');
        path.strip_prefix(base).filter(|rest| rest.starts_with('/'))
    }
}

impl Deref for Edge {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}
