//! Hashing passwords: Argon2id on as many threads as there are cores, behind a short queue.
//!
//! [`Hasher::enter`] takes a place in the queue or says that it is full; the [`Turn`] it returns hashes
//! and verifies. A hash needs 19 MiB and some 50 ms of a core, so whoever could start many at once
//! could stop the edge (AUTHN-08).

use crate::edge::accounts::Password;
use crate::edge::entropy::Entropy;
use crate::edge::extract::ClientKey;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Callers that may wait while every core hashes.
const QUEUE: usize = 64;
/// Places of one network while the second half of the queue fills.
const MAX_OF_NETWORK: usize = 4;
/// Memory of a stored hash that is still verified, in KiB; more was not made here and would be a weapon.
const MAX_STORED_KIB: u32 = 65_536;
/// Passes of a stored hash that is still verified.
const MAX_STORED_PASSES: u32 = 10;
/// Lanes of a stored hash that is still verified.
const MAX_STORED_LANES: u32 = 8;

/// The queue before the hashing threads. Clones share it.
#[derive(Clone, Debug)]
pub struct Hasher {
    places: Arc<Places>,
    cores: Arc<Semaphore>,
    load: Arc<Load>,
    entropy: Entropy,
}

/// Who wants a password hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody signs in.
    SignIn(ClientKey),
    /// Somebody joins, which is not urgent.
    Join(ClientKey),
    /// A member, or the holder of a letter's token, changes something.
    Member,
}

/// The places of the queue. Whoever comes gets one while less than half of them are taken. Beyond that joins wait, and each
/// network has few: one that sends many passwords leaves room for the sign-ins of all others.
#[derive(Debug)]
struct Places {
    n_all: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    n_all: usize,
    networks: HashMap<ClientKey, usize>,
}

impl Places {
    fn take(self: &Arc<Self>, why: Why) -> Result<Place, Busy> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let network = match why {
            Why::SignIn(client) | Why::Join(client) => Some(client.network()),
            Why::Member => None,
        };
        let n_of_network = network.and_then(|it| taken.networks.get(&it).copied());
        let is_free = taken.n_all < self.n_all
            && (taken.n_all < self.n_all / 2
                || match why {
                    Why::SignIn(_) => n_of_network.unwrap_or_default() < MAX_OF_NETWORK,
                    Why::Join(_) => false,
                    Why::Member => true,
                });
        if !is_free {
            return Err(Busy);
        }
        taken.n_all += 1;
        if let Some(network) = network {
            *taken.networks.entry(network).or_default() += 1;
        }
        Ok(Place {
            places: Arc::clone(self),
            network,
        })
    }

    fn give_back(&self, network: Option<ClientKey>) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.n_all -= 1;
        if let Some(network) = network
            && let Some(n_taken) = taken.networks.get_mut(&network)
        {
            *n_taken -= 1;
            if *n_taken == 0 {
                taken.networks.remove(&network);
            }
        }
    }
}

/// A place that is taken.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    network: Option<ClientKey>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.network);
    }
}

/// What the hashing threads do, as the process counts it.
#[derive(Debug, Default)]
struct Load {
    n_hashed: AtomicUsize,
    n_running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Load {
    fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let n_running = self.n_running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(n_running, Ordering::SeqCst);
        let made = work();
        self.n_running.fetch_sub(1, Ordering::SeqCst);
        self.n_hashed.fetch_add(1, Ordering::SeqCst);
        made
    }
}

/// The queue is full: try again in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// What a typed password was worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password, or there is none.
    Wrong,
    /// The password.
    Right,
    /// The password; the stored hash is weaker than today's, which is given.
    RightButWeak(String),
}

impl Verdict {
    /// Whether it was the password.
    pub fn is_right(&self) -> bool {
        *self != Verdict::Wrong
    }
}

impl Hasher {
    /// An empty queue before as many threads as there are cores.
    pub fn new(entropy: Entropy) -> Self {
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hasher {
            places: Arc::new(Places {
                n_all: n_cores + QUEUE,
                taken: Mutex::default(),
            }),
            cores: Arc::new(Semaphore::new(n_cores)),
            load: Arc::default(),
            entropy,
        }
    }

    /// Passwords that were hashed or verified since the start.
    pub fn n_hashed(&self) -> usize {
        self.load.n_hashed.load(Ordering::SeqCst)
    }

    /// The most that were ever hashed at one time; each needs 19 MiB.
    pub fn most_at_once(&self) -> usize {
        self.load.most_running.load(Ordering::SeqCst)
    }

    /// Takes a place in the queue, without waiting.
    pub fn enter(&self, why: Why) -> Result<Turn, Busy> {
        Ok(Turn {
            place: Arc::new(self.places.take(why)?),
            cores: Arc::clone(&self.cores),
            load: Arc::clone(&self.load),
            entropy: self.entropy.clone(),
        })
    }
}

/// A place in the queue; given back when it is dropped and its last hash has ended.
#[derive(Debug)]
pub struct Turn {
    place: Arc<Place>,
    cores: Arc<Semaphore>,
    load: Arc<Load>,
    entropy: Entropy,
}

impl Turn {
    /// The PHC string of a new password.
    pub async fn hash(&self, password: Password) -> Result<String, Busy> {
        let salt = self.entropy.bytes();
        self.run(move || hash(&password, salt)).await
    }

    /// Judges a typed password. `stored` is `None` for an unknown account or one without a password;
    /// that costs the same, so that time tells nothing (AUTHN-02).
    pub async fn verify(&self, typed: Password, stored: Option<String>) -> Result<Verdict, Busy> {
        let salt = self.entropy.bytes();
        self.run(move || verify(&typed, stored.as_deref(), salt))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .map_err(|_| Busy)?;
        let (place, load) = (Arc::clone(&self.place), Arc::clone(&self.load));
        let hashed = tokio::task::spawn_blocking(move || {
            // Held to the end of the hash: a caller who hangs up must not make room for another one.
            let _held = (core, place);
            load.of(work)
        });
        hashed.await.map_err(|_| Busy)
    }
}

/// The PHC string of a password, on this thread.
pub fn hash(password: &Password, salt: [u8; 16]) -> String {
    let hashed: Result<PasswordHash, _> =
        argon2id().hash_password_with_salt(password.as_bytes(), &salt);
    hashed
        .expect("a salt of 16 bytes and the parameters below are within Argon2's bounds")
        .to_string()
}

/// Judges a typed password on this thread. `salt` is for the hash that may take the place of a weak one.
pub fn verify(typed: &Password, stored: Option<&str>, salt: [u8; 16]) -> Verdict {
    let Some(stored) = stored.and_then(readable) else {
        hash(typed, salt);
        return Verdict::Wrong;
    };
    let is_right = argon2id()
        .verify_password(typed.as_bytes(), &stored)
        .is_ok();
    if !is_weak(&stored) {
        return if is_right {
            Verdict::Right
        } else {
            Verdict::Wrong
        };
    }
    let renewed = hash(typed, salt);
    if is_right {
        Verdict::RightButWeak(renewed)
    } else {
        Verdict::Wrong
    }
}

/// Whether a PHC string from elsewhere can be kept: Argon2 within the bounds that are verified here.
pub fn is_importable(stored: &str) -> bool {
    readable(stored).is_some()
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None)
        .expect("the parameters of OWASP's list are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn readable(stored: &str) -> Option<PasswordHash> {
    let stored = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let fits = stored.algorithm.as_str().starts_with("argon2")
        && params.m_cost() <= MAX_STORED_KIB
        && params.t_cost() <= MAX_STORED_PASSES
        && params.p_cost() <= MAX_STORED_LANES
        && stored.salt.is_some()
        && stored.hash.is_some();
    fits.then_some(stored)
}

fn is_weak(stored: &PasswordHash) -> bool {
    let ours = argon2id();
    let params = Params::try_from(stored).ok();
    let is_as_strong = params.is_some_and(|it| {
        it.m_cost() >= ours.params().m_cost() && it.t_cost() >= ours.params().t_cost()
    });
    stored.algorithm.as_str() != "argon2id" || stored.version != Some(19) || !is_as_strong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    /// AUTHN-07: parameters, salt, upgrade and bounds.
    #[test]
    fn hashes_are_strong_and_weak_ones_are_renewed() {
        let stored = hash(&typed("plum garden"), [7; 16]);
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert_eq!(
            verify(&typed("plum garden"), Some(&stored), [8; 16]),
            Verdict::Right
        );
        assert_eq!(
            verify(&typed("plum garden "), Some(&stored), [8; 16]),
            Verdict::Wrong
        );

        let params = Params::new(1_024, 1, 1, None).unwrap();
        let weak: PasswordHash = Argon2::new(Algorithm::Argon2i, Version::V0x13, params)
            .hash_password_with_salt(b"plum garden", &[9; 16])
            .unwrap();
        let weak = weak.to_string();
        let Verdict::RightButWeak(renewed) = verify(&typed("plum garden"), Some(&weak), [8; 16])
        else {
            panic!("{weak}");
        };
        assert_eq!(renewed, hash(&typed("plum garden"), [8; 16]));
        assert_eq!(verify(&typed("plum"), Some(&weak), [8; 16]), Verdict::Wrong);

        for (field, by) in [
            ("m=19456", "m=4194304"),
            ("t=2", "t=1000"),
            ("p=1", "p=200"),
            ("argon2id", "scrypt"),
        ] {
            let hostile = stored.replace(field, by);
            assert!(!is_importable(&hostile), "{hostile}");
            assert_eq!(
                verify(&typed("plum garden"), Some(&hostile), [8; 16]),
                Verdict::Wrong
            );
        }
        assert_eq!(
            verify(&typed("plum garden"), Some("nonsense"), [8; 16]),
            Verdict::Wrong
        );
        assert_eq!(verify(&typed("plum garden"), None, [8; 16]), Verdict::Wrong);
    }

    /// AUTHN-08: what does not fit into the queue is refused at once.
    #[tokio::test]
    async fn the_queue_has_an_end() {
        let hasher = Hasher::new(Entropy::fixed(1));
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns: Vec<Turn> = std::iter::from_fn(|| hasher.enter(Why::Member).ok()).collect();
        assert_eq!(turns.len(), n_cores + QUEUE);
        assert!(hasher.enter(Why::Member).is_err());
        drop(turns);
        let turn = hasher.enter(Why::Member).unwrap();
        let stored = turn.hash(typed("plum garden")).await.unwrap();
        assert_eq!(
            turn.verify(typed("plum garden"), Some(stored)).await,
            Ok(Verdict::Right)
        );
    }

    /// A flood from one network, of joins or of sign-ins, leaves places for the sign-ins of others.
    #[test]
    fn places_are_shared_fairly() {
        use crate::edge::extract::ClientAddress;
        let client = |text: &str| ClientAddress(text.parse().unwrap()).key();
        let flood = |n: usize| client(&format!("2001:db8:0:{n:x}::1"));
        for is_join in [true, false] {
            let hasher = Hasher::new(Entropy::fixed(1));
            let n_all = hasher.places.n_all;
            let held: Vec<Turn> = (0..256)
                .filter_map(|n| match is_join {
                    true => hasher.enter(Why::Join(flood(n))).ok(),
                    false => hasher.enter(Why::SignIn(flood(n))).ok(),
                })
                .collect();
            assert_eq!(held.len(), n_all / 2);
            assert!(hasher.enter(Why::Join(client("192.0.2.1"))).is_err());
            // Those of a school.
            let school: Vec<Turn> = (0..30)
                .filter_map(|n| {
                    hasher
                        .enter(Why::SignIn(client(&format!("198.51.100.{n}"))))
                        .ok()
                })
                .collect();
            assert_eq!(school.len(), MAX_OF_NETWORK);
            let honest = hasher.enter(Why::SignIn(client("192.0.2.1"))).unwrap();
            let member = hasher.enter(Why::Member).unwrap();
            drop((held, school, honest, member));
            let taken = hasher.places.taken.lock().unwrap();
            assert_eq!((taken.n_all, taken.networks.len()), (0, 0));
        }
    }
}
