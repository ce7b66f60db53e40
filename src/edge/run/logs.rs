//! Where log lines go: standard error, one event a line.

use std::panic;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// What is logged unless `LYCEUM_LOG` says otherwise.
const DEFAULT: &str = "info";

/// Starts logging for the process, as text or as one JSON object a line. Later calls change nothing.
/// A panic becomes a line with its place; what it said may hold anything and is left out.
pub fn start_logs(as_json: bool) {
    let wanted = EnvFilter::try_from_env("LYCEUM_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        // Told on standard error too, which panics where that is a file on a full disk.
        .log_internal_errors(false)
        .with_target(false);
    let lines = if as_json {
        lines.json().boxed()
    } else {
        lines.with_ansi(false).boxed()
    };
    let logs = registry().with(filter_fn(is_ours)).with(wanted).with(lines);
    let started = logs.try_init();
    if started.is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(place, "panic");
        }));
    }
}

/// Libraries tell of what goes wrong alone: below that some tell what they are given, which is what members
/// write and the values of statements (PRIV-03).
fn is_ours(event: &Metadata<'_>) -> bool {
    event.target().starts_with("lyceum") || *event.level() <= Level::WARN
}
