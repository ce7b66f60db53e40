//! How long one letter may take, and how much the relay may send meanwhile.

use crate::clock::Clock;
use crate::edge::mail::smtp::RelayError;
use std::cell::Cell;
use std::time::Duration;

/// A relay that is silent for this long is tried again later.
const SILENCE: Duration = Duration::from_secs(30);
/// From the connection to the text of the letter. Shorter than the lease of the job that sends the letter.
const WHOLE: Duration = Duration::from_secs(90);
/// For the receipt of a letter that was sent whole: a relay that has taken it and is left too soon delivers it, and gets
/// it again (RFC 5321, 4.5.3.2.6).
const RECEIPT: Duration = Duration::from_secs(600);
/// Everything that a relay may send for one letter, certificates included: many times of what any relay sends.
const MAX_BYTES: usize = 256 * 1024;

fn nanos_after(clock: &Clock, wait: Duration) -> u64 {
    let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
    clock.monotonic_nanos().saturating_add(wait)
}

/// What is left of the time and the bytes of one letter.
pub struct Budget {
    clock: Clock,
    ends_at_nanos: Cell<u64>,
    /// How long it may be silent, and how long all may take.
    bounds: Cell<(Duration, Duration)>,
    bytes_left: Cell<usize>,
}

impl Budget {
    /// A whole budget; its time runs from now.
    pub fn new(clock: &Clock) -> Self {
        Budget {
            clock: clock.clone(),
            ends_at_nanos: Cell::new(nanos_after(clock, WHOLE)),
            bounds: Cell::new((SILENCE, WHOLE)),
            bytes_left: Cell::new(MAX_BYTES),
        }
    }

    /// From now on, the receipt is waited for.
    pub fn wait_for_receipt(&self) {
        self.ends_at_nanos.set(nanos_after(&self.clock, RECEIPT));
        self.bounds.set((RECEIPT, RECEIPT));
    }

    /// How long the next read or write may take.
    pub fn wait(&self) -> Result<Duration, RelayError> {
        let now = self.clock.monotonic_nanos();
        let (silence, whole) = self.bounds.get();
        match Duration::from_nanos(self.ends_at_nanos.get().saturating_sub(now)) {
            Duration::ZERO => Err(RelayError::Slow(whole)),
            left => Ok(left.min(silence)),
        }
    }

    /// What a wait that has ended without an answer means.
    pub fn timed_out(&self) -> RelayError {
        match self.wait() {
            Ok(_) => RelayError::Silent(self.bounds.get().0),
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
