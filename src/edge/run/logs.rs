//! Where log lines go: standard error, one event a line, written by a thread of its own.
//!
//! A log that is read slowly or not at all must not hold up an answer. So lines wait in a bounded queue,
//! and what does not fit is dropped and counted ([`n_dropped`]).

use std::io::{self, Write};
use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// What is logged unless `LYCEUM_LOG` says otherwise.
const DEFAULT: &str = "info";
/// Lines that wait to be written. A line is at most about 1.5 KB, so they take at most 12 MB.
const MAX_WAITING: usize = 8_192;

/// A process logs to one place.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();
/// Lines that standard error did not take.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes what waits when it is dropped, for at most about a second.
#[must_use]
pub struct Logs {
    _guard: Option<WorkerGuard>,
}

/// Starts logging for the process, as text or as one JSON object a line. Later calls change nothing.
/// A panic becomes a line with its place; what it said may hold anything and is left out.
pub fn start_logs(as_json: bool) -> Logs {
    let wanted = EnvFilter::try_from_env("LYCEUM_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_WAITING)
        .thread_name("log")
        .finish(Stderr);
    let dropped = writer.error_counter();
    let lines = fmt::layer()
        .with_writer(writer)
        // Told on standard error too, which panics where that is a file on a full disk.
        .log_internal_errors(false)
        .with_target(false);
    let lines = if as_json {
        lines.json().boxed()
    } else {
        lines.with_ansi(false).boxed()
    };
    let logs = registry().with(filter_fn(is_ours)).with(wanted).with(lines);
    if logs.try_init().is_err() {
        return Logs { _guard: None };
    }
    // The first call of the process alone gets here.
    let _ = DROPPED.set(dropped);
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Logs {
        _guard: Some(guard),
    }
}

/// Lines that were dropped because the log was not read fast enough, or could not be written.
pub fn n_dropped() -> u64 {
    let unread = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    unread as u64 + UNWRITTEN.load(Ordering::Relaxed)
}

/// Standard error. What cannot be written, such as to a full disk, is counted and given up.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().write_all(line).is_err() {
            UNWRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Libraries tell of what goes wrong alone: below that some tell what they are given, which is what members
/// write and the values of statements (PRIV-03).
fn is_ours(event: &Metadata<'_>) -> bool {
    event.target().starts_with("lyceum") || *event.level() <= Level::WARN
}
