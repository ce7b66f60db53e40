//! How long one letter may take, and how much the relay may send meanwhile.

use crate::clock::Clock;
use crate::edge::mail::smtp::RelayError;
use std::cell::Cell;
use std::time::Duration;

/// A relay that is silent for this long is tried again later.
const SILENCE: Duration = Duration::from_secs(30);
/// From the connection to the relay's receipt. Shorter than the lease of the job that sends the letter.
const WHOLE: Duration = Duration::from_secs(90);
/// Everything that a relay may send for one letter, certificates included: many times of what any relay sends.
const MAX_BYTES: usize = 256 * 1024;

/// What is left of the time and the bytes of one letter.
pub struct Budget {
    clock: Clock,
    ends_at_nanos: u64,
    bytes_left: Cell<usize>,
}

impl Budget {
    /// A whole budget; its time runs from now.
    pub fn new(clock: &Clock) -> Self {
        let whole = u64::try_from(WHOLE.as_nanos()).unwrap_or(u64::MAX);
        Budget {
            clock: clock.clone(),
            ends_at_nanos: clock.monotonic_nanos().saturating_add(whole),
            bytes_left: Cell::new(MAX_BYTES),
        }
    }

    /// How long the next read or write may take.
    pub fn wait(&self) -> Result<Duration, RelayError> {
        let now = self.clock.monotonic_nanos();
        match Duration::from_nanos(self.ends_at_nanos.saturating_sub(now)) {
            Duration::ZERO => Err(RelayError::Slow(WHOLE)),
            left => Ok(left.min(SILENCE)),
        }
    }

    /// What a wait that has ended without an answer means.
    pub fn timed_out(&self) -> RelayError {
        match self.wait() {
            Ok(_) => RelayError::Silent(SILENCE),
            Err(slow) => slow,
        }
    }

    /// How many bytes may be read at once.
    pub fn room(&self) -> Result<usize, RelayError> {
        match self.bytes_left.get() {
            0 => Err(RelayError::ManyBytes(MAX_BYTES)),
            left => Ok(left),
        }
    }

    /// Counts what was read.
    pub fn count(&self, n_bytes: usize) {
        let left = self.bytes_left.get();
        self.bytes_left.set(left.saturating_sub(n_bytes));
    }

    /// What was read so far.
    #[cfg(test)]
    pub fn n_read(&self) -> usize {
        MAX_BYTES - self.bytes_left.get()
    }
}
