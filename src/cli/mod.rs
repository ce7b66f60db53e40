//! The command line: arguments become a command, one file a verb; the only place that prints.

use std::process::ExitCode;

/// Reads the process arguments, does what they say, and tells how it went: 0 clean, 1 faults in content, 2 could not run.
pub fn run() -> ExitCode {
    ExitCode::from(2)
}
