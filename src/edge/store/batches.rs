//! Work over many rows in short transactions, so that no other write waits long for it.
//!
//! Entry point: [`Store::write_in_batches`]. Other writes go between two batches. A crash between two batches leaves the first ones done, so the work has
//! to be of a kind that can be begun again.

use crate::clock::Stopwatch;
use crate::edge::store::queue::Kind;
use crate::edge::store::{Mode, Store, StoreError, Tx};
use std::time::Duration;

/// Rows of the first batch. Right after a start each of them may be read from the disk.
const FIRST_ROWS: i64 = 4;
const MOST_ROWS: i64 = 256;
/// A batch that took longer halves the next one, and one that took less than half of this doubles it.
const WANTED_SECS: f64 = 0.010;
/// What a verb of the command line leaves an edge to write in, which asks for the lock of the file every millisecond.
const GAP: Duration = Duration::from_millis(5);

impl Store {
    /// Runs `work` again and again, each time as a write of its own over at most so many rows, until it returns
    /// `None`; what it returns otherwise is where the next batch begins. Blocks. Panics inside of async code.
    pub fn write_in_batches<C, E, F>(&self, first: C, work: F) -> Result<(), E>
    where
        F: FnMut(&mut Tx, &C, i64) -> Result<Option<C>, E> + Clone + Send + 'static,
        C: Clone + Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (mut at, mut n_rows) = (first, FIRST_ROWS);
        loop {
            let (mut work, from, limit) = (work.clone(), at.clone(), n_rows);
            // Until the answer comes: the commit belongs to it.
            let (next, watch) = self.wait_for(Kind::Batch, move |tx| {
                let watch = Stopwatch::start();
                Ok::<_, E>((work(tx, &from, limit)?, watch))
            })?;
            let secs = watch.secs();
            match next {
                Some(next) => at = next,
                None => return Ok(()),
            }
            n_rows = resized(n_rows, secs);
            if self.inner.mode == Mode::Tool {
                std::thread::sleep(GAP);
            }
        }
    }
}

fn resized(n_rows: i64, secs: f64) -> i64 {
    if secs > WANTED_SECS {
        (n_rows / 2).max(1)
    } else if secs < WANTED_SECS / 2.0 {
        (n_rows * 2).min(MOST_ROWS)
    } else {
        n_rows
    }
}

/// That there may be more, where a batch of `limit` rows was full.
pub fn more(n_rows: u64, limit: i64) -> Option<()> {
    (n_rows >= limit.unsigned_abs()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_take_about_as_long_as_they_may() {
        for (n_rows, secs, next) in [
            (32, 0.001, 64),
            (256, 0.001, 256),
            (32, 0.007, 32),
            (32, 0.02, 16),
            (1, 1.0, 1),
        ] {
            assert_eq!(resized(n_rows, secs), next);
        }
    }
}
