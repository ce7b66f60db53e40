//! Where chance comes from: the system, or in tests a seed that gives the same sequence every time.
//!
//! Nothing else in the program asks for random bytes.

use crate::clock::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A source of random bytes. Cheap to clone; clones of a fixed one share its sequence.
#[derive(Clone)]
pub enum Entropy {
    /// The operating system.
    System,
    /// A sequence that its seed decides. For tests alone: whoever knows the seed knows every token.
    Fixed(Arc<Mutex<blake3::OutputReader>>),
}

impl Entropy {
    /// The sequence of this seed, from its beginning.
    pub fn fixed(seed: u64) -> Self {
        let sequence = blake3::Hasher::new()
            .update(&seed.to_le_bytes())
            .finalize_xof();
        Entropy::Fixed(Arc::new(Mutex::new(sequence)))
    }

    /// That many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Entropy::System => getrandom::fill(&mut bytes).expect(
                "every supported system has a random source, and it never fails once started",
            ),
            Entropy::Fixed(sequence) => {
                sequence
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .fill(&mut bytes);
            }
        }
        bytes
    }

    /// A secret that cannot be guessed: 32 bytes as 43 characters of base64url.
    pub fn token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }

    /// An id that sorts by `now` to the millisecond, and by chance within it.
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Entropy::System => "Entropy::System",
            Entropy::Fixed(_) => "Entropy::Fixed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_sequence() {
        let now = Timestamp::from_millis(1_767_322_845_678);
        let (one, other) = (Entropy::fixed(7), Entropy::fixed(7));
        assert_eq!(one.token(), other.token());
        assert_ne!(one.token(), one.token());
        assert_eq!(other.clone().token(), Entropy::fixed(7).tokens_after(1));
        let id = one.uuid_v7(now);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(
            id.get_timestamp().map(|it| it.to_unix()),
            Some((1_767_322_845, 678_000_000))
        );
        assert_ne!(Entropy::fixed(8).token(), Entropy::fixed(7).token());
    }

    impl Entropy {
        fn tokens_after(&self, n_skipped: usize) -> String {
            (0..n_skipped).for_each(|_| drop(self.token()));
            self.token()
        }
    }

    /// SES-14: 10,000 tokens of 43 characters, none twice, no bit favoured by more than 4 sigma.
    #[test]
    fn tokens_of_the_system_are_even() {
        const N_TOKENS: usize = 10_000;
        let mut n_set = [0_i32; 256];
        let mut seen = std::collections::HashSet::new();
        for _ in 0..N_TOKENS {
            let token = Entropy::System.token();
            assert_eq!(token.len(), 43);
            let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
            for (bit, n) in n_set.iter_mut().enumerate() {
                *n += i32::from(bytes[bit / 8] >> (bit % 8) & 1);
            }
            assert!(seen.insert(token));
        }
        // Sigma of one bit is 50. Over 256 bits 4 sigma alone would fail one run in 60, so the
        // whole is held to 4 sigma (800) and each bit to 6.
        let total: i32 = n_set.iter().sum();
        assert!((total - 1_280_000).abs() < 4 * 800, "{total}");
        assert!(n_set.iter().all(|n| (n - 5_000).abs() < 300), "{n_set:?}");
    }
}
