//! How long work waits for a server that does not answer, and what the threads of one store know of such a server.
//!
//! A server can hang without closing its connections: its process is stopped, or its disk is. Then every statement has
//! a limit on this side. The connection that was waited on is dropped, so that a late answer reaches nobody.

use crate::clock::Stopwatch;
use crate::edge::store::StoreError;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Reads of a request, from the moment they are asked for. A request is given up after 15 s.
const READ: Duration = Duration::from_secs(5);
/// Writes of a request, from the moment they are asked for.
const WRITE: Duration = Duration::from_secs(10);
/// One statement of a job or of the command line: a little longer than the server's own limit for it.
const STATEMENT: Duration = Duration::from_secs(35);
/// A connection, with TLS and sign-in.
pub const CONNECT: Duration = Duration::from_secs(5);
/// What is waited for when the process stops, from the beginning of the stop.
const STOPPING: Duration = Duration::from_secs(2);

/// How long a piece of work may take in all.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    since: Stopwatch,
    /// All of it.
    limit: Duration,
    /// One statement.
    statement: Duration,
}

impl Patience {
    /// Of a request that reads.
    pub fn for_read() -> Self {
        Self::of(READ, READ)
    }

    /// Of a request that writes.
    pub fn for_write() -> Self {
        Self::of(WRITE, WRITE)
    }

    /// Of jobs and of the command line: only each statement has a limit.
    pub fn for_statements() -> Self {
        Self::of(Duration::MAX, STATEMENT)
    }

    /// Without any limit.
    pub fn endless() -> Self {
        Self::of(Duration::MAX, Duration::MAX)
    }

    /// One that is over.
    #[cfg(test)]
    pub fn over() -> Self {
        Self::of(Duration::ZERO, READ)
    }

    fn of(limit: Duration, statement: Duration) -> Self {
        Patience {
            since: Stopwatch::start(),
            limit,
            statement,
        }
    }

    /// How long ago the work was asked for.
    pub fn age(&self) -> Duration {
        Duration::from_secs_f64(self.since.secs())
    }

    /// How long the next statement may take; zero when the time is over.
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.age()).min(self.statement)
    }

    /// Whether nothing should be begun any more.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// The one that lasts longer.
    pub fn longer(self, other: Self) -> Self {
        if self.left() >= other.left() {
            self
        } else {
            other
        }
    }
}

/// What the threads of one store share about their server.
#[derive(Debug)]
pub struct Pulse {
    /// The last attempt to reach the server was not answered.
    is_silent: AtomicBool,
    /// One thread finds out whether it answers again.
    is_probed: AtomicBool,
    is_stopping: watch::Sender<bool>,
    #[cfg(test)]
    n_ended: watch::Sender<u32>,
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse {
            is_silent: AtomicBool::new(false),
            is_probed: AtomicBool::new(false),
            is_stopping: watch::Sender::new(false),
            #[cfg(test)]
            n_ended: watch::Sender::default(),
        }
    }
}

impl Pulse {
    /// From now on the process stops, and waits for no server longer than [`STOPPING`].
    pub fn stop(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Notes whether the server answered.
    pub fn note(&self, answers: bool) {
        self.is_silent.store(!answers, Ordering::SeqCst);
    }

    /// Whether the server answered last.
    pub fn is_heard(&self) -> bool {
        !self.is_silent.load(Ordering::SeqCst)
    }

    /// Leave to use the server. While it is silent one thread at a time has it, and nobody once the process stops: all
    /// others are told at once, and do not wait as well.
    pub fn enter(&self) -> Result<Entry<'_>, StoreError> {
        let probes = !self.is_heard();
        if probes && (*self.is_stopping.borrow() || self.is_probed.swap(true, Ordering::SeqCst)) {
            return Err(StoreError::Silent);
        }
        Ok(Entry {
            pulse: self,
            probes,
        })
    }

    /// Runs what waits for the server. Fails after `limit`, or soon after the process begins to stop.
    pub async fn wait<T>(
        &self,
        limit: Duration,
        run: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let mut stopping = self.is_stopping.subscribe();
        let stopped = async {
            // The sender lives as long as `self`.
            let _ = stopping.wait_for(|it| *it).await;
            tokio::time::sleep(STOPPING).await;
        };
        tokio::select! {
            biased;
            answer = run => Ok(answer),
            () = tokio::time::sleep(limit) => Err(StoreError::Silent),
            () = stopped => Err(StoreError::Silent),
            () = self.ended() => Err(StoreError::Silent),
        }
    }

    #[cfg(not(test))]
    fn ended(&self) -> impl Future<Output = ()> {
        std::future::pending()
    }

    /// Until [`Pulse::end_waits`] is called, which stands for the passing of time.
    #[cfg(test)]
    fn ended(&self) -> impl Future<Output = ()> {
        let mut ended = self.n_ended.subscribe();
        async move {
            let _ = ended.changed().await;
        }
    }

    /// Ends everything that waits now.
    #[cfg(test)]
    pub fn end_waits(&self) {
        self.n_ended.send_modify(|it| *it += 1);
    }
}

/// Leave to use the server, until it is dropped.
pub struct Entry<'p> {
    pulse: &'p Pulse,
    /// Whether a new connection has to show first that the server answers again.
    pub probes: bool,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if self.probes {
            self.pulse.is_probed.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_finds_out_whether_a_silent_server_answers() {
        let pulse = Pulse::default();
        let entries: Vec<_> = (0..3).map(|_| pulse.enter().unwrap().probes).collect();
        assert_eq!(entries, [false; 3]);
        pulse.note(false);
        let probe = pulse.enter().unwrap();
        assert!(probe.probes);
        assert!(matches!(pulse.enter(), Err(StoreError::Silent)));
        drop(probe);
        assert!(pulse.enter().unwrap().probes);
        pulse.note(true);
        assert!(!pulse.enter().unwrap().probes);
        pulse.stop();
        assert!(pulse.enter().is_ok());
        pulse.note(false);
        assert!(matches!(pulse.enter(), Err(StoreError::Silent)));
    }

    #[test]
    fn work_of_requests_ends_and_other_work_has_limits_of_its_own() {
        let over = Patience::over();
        assert!(over.is_over());
        let endless = Patience::for_statements();
        assert_eq!(endless.left(), STATEMENT);
        assert!(Patience::for_read().left() <= READ);
        assert!(!over.longer(Patience::for_write()).is_over());
        assert_eq!(endless.longer(over).left(), STATEMENT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_shortens_every_wait() {
        let pulse = Pulse::default();
        let never = std::future::pending::<()>;
        assert!(pulse.wait(STATEMENT, async {}).await.is_ok());
        assert!(pulse.wait(STATEMENT, never()).await.is_err());
        let begun = tokio::time::Instant::now();
        pulse.stop();
        assert!(pulse.wait(STATEMENT, never()).await.is_err());
        assert_eq!(begun.elapsed(), STOPPING);
        assert!(pulse.wait(STATEMENT, async {}).await.is_ok());
    }
}
