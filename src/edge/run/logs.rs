//! Where log lines go: standard error, one event a line.

use std::panic;
use tracing_subscriber::EnvFilter;

/// What is logged unless `LYCEUM_LOG` says otherwise.
const DEFAULT: &str = "info";

/// Starts logging for the process, as text or as one JSON object a line. Later calls change nothing.
/// A panic becomes a line with its place; what it said may hold anything and is left out.
pub fn start_logs(as_json: bool) {
    let filter = EnvFilter::try_from_env("LYCEUM_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Told on standard error too, which panics where that is a file on a full disk.
        .log_internal_errors(false)
        .with_target(false);
    let started = if as_json {
        logs.json().try_init()
    } else {
        logs.with_ansi(false).try_init()
    };
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
