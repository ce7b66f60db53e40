//! Limits that outlive a restart and hold across processes: mails to an address, guesses at an account.
//!
//! One row of the store for each thing counted; [`judge`] is the rule. What a single process may count
//! by itself is in `limits.rs`.

#[cfg(test)]
mod conversations;
mod service;
pub mod slice;
mod sql;

pub use service::{Failed, forgive, give_back, hashed, note_failure, take, take_at, wait_secs};

use crate::clock::Timestamp;

/// How often something may be done by, or to, one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Name of the kind in the store.
    pub kind: &'static str,
    /// How many within the window.
    pub most: i64,
    /// Length of the window.
    pub window_secs: i64,
    /// Whether one more is let through each `window_secs / most` when the limit is reached: slowed, not shut.
    pub is_slowed: bool,
}

/// The longest window: rows older than this count for nothing.
const LONGEST_WINDOW_SECS: i64 = 900;

/// Seconds to wait before the next one, or `None` when it may be done now. `past` are the newest ones
/// within the window, newest first, `limit.most` at most.
pub fn judge(limit: &Limit, past: &[Timestamp], now: Timestamp) -> Option<u64> {
    let is_full = past.len() as i64 >= limit.most;
    let (newest, oldest) = (past.first()?, past.last()?);
    if !is_full {
        return None;
    }
    let free_at = oldest.plus_secs(limit.window_secs);
    let slowed_at = newest.plus_secs(limit.window_secs / limit.most.max(1));
    let next = if limit.is_slowed {
        free_at.min(slowed_at)
    } else {
        free_at
    };
    let wait_millis = next.as_millis() - now.as_millis();
    (wait_millis > 0).then(|| wait_millis.unsigned_abs().div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::slices::SLICES;

    #[test]
    fn no_window_is_longer_than_rows_are_kept() {
        for limit in SLICES.iter().flat_map(|it| it.attempts) {
            assert!(limit.window_secs <= LONGEST_WINDOW_SECS, "{}", limit.kind);
        }
    }

    #[test]
    fn a_full_window_waits_or_slows() {
        let shut = Limit {
            kind: "x",
            most: 3,
            window_secs: 900,
            is_slowed: false,
        };
        let slow = Limit {
            is_slowed: true,
            ..shut
        };
        for (limit, past_secs, now_secs, wait) in [
            (shut, &[][..], 0, None),
            (shut, &[10, 5], 10, None),
            (shut, &[10, 5, 0], 10, Some(890)),
            (shut, &[10, 5, 0], 899, Some(1)),
            (shut, &[10, 5, 0], 900, None),
            (slow, &[10, 5, 0], 10, Some(300)),
            (slow, &[10, 5, 0], 310, None),
            (slow, &[800, 5, 0], 810, Some(90)),
        ] {
            let past: Vec<_> = past_secs
                .iter()
                .map(|secs| Timestamp::from_millis(secs * 1000))
                .collect();
            assert_eq!(
                judge(&limit, &past, Timestamp::from_millis(now_secs * 1000)),
                wait,
                "{past_secs:?} {now_secs}"
            );
        }
    }
}
