//! Mail, as a slice of the edge.

use crate::edge::mail::{HELD_SECS, KIND, N_WORKERS, deliver, limits};
use crate::edge::slice::{Job, Slice, When};
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::{JobError, Retry};

/// Letters, which wait as jobs.
pub const SLICE: Slice = Slice {
    jobs: &[Job {
        kind: KIND,
        when: When::Asked {
            retry: Retry {
                held_secs: HELD_SECS,
                ..Retry::PROMPT
            },
            n_workers: N_WORKERS,
        },
        run: send,
    }],
    attempts: limits::ALL,
    settings: &[
        "mail.from",
        "mail.smtp_host",
        "mail.smtp_port",
        "mail.smtp_user",
    ],
    metrics: &["mails_over_limit_total"],
    ..Slice::new("mail")
};

fn send(edge: &Edge, job: &TakenJob) -> Result<(), JobError> {
    Ok(deliver(edge, job)?)
}
