//! What becomes of a job that has run: done, again, later or failed. Rules alone.

use crate::clock::Timestamp;
use crate::edge::tasks::JobError;

/// How a kind of job is tried again after failures that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Pause after the first failure. Each further failure doubles it.
    pub first_secs: i64,
    /// Longest pause.
    pub longest_secs: i64,
    /// A failure this long after the job was asked for is the last one.
    pub give_up_secs: i64,
    /// Longest time for which a handler has its job leased again.
    pub held_secs: i64,
}

impl Retry {
    /// For work that nobody waits for.
    pub const BACKGROUND: Retry = Retry {
        first_secs: 10,
        longest_secs: 900,
        give_up_secs: 36 * 3600,
        held_secs: 0,
    };
    /// For what a reader waits for, such as a letter with a link.
    pub const PROMPT: Retry = Retry {
        first_secs: 5,
        longest_secs: 120,
        give_up_secs: 36 * 3600,
        held_secs: 0,
    };

    /// Pause after the failure of attempt `n_attempts`, which counts from 1.
    fn pause_secs(self, n_attempts: i64) -> i64 {
        let doublings = n_attempts.clamp(1, 20) - 1;
        (self.first_secs << doublings).min(self.longest_secs)
    }
}

/// What is written to the row of a job that has run.
#[derive(Debug, PartialEq)]
pub enum Ending {
    /// It succeeded.
    Done,
    /// It succeeded and is periodic.
    Again { run_at: Timestamp },
    /// It failed and may succeed later.
    Retry { run_at: Timestamp, error: String },
    /// It failed for good.
    Failed { error: String },
}

/// When and how often the job was tried.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    /// This attempt, counted from 1.
    pub n_attempts: i64,
    /// When the job was asked for.
    pub asked_at: Timestamp,
    /// The present moment.
    pub now: Timestamp,
}

/// Decides what becomes of a job. Periodic work (`every_secs`) never ends: after a lasting fault it waits for
/// its next turn.
pub fn decide(
    outcome: Result<(), JobError>,
    every_secs: Option<i64>,
    retry: Retry,
    tries: Tries,
) -> Ending {
    let now = tries.now;
    let pause = retry.pause_secs(tries.n_attempts);
    match (outcome, every_secs) {
        (Ok(()), None) => Ending::Done,
        (Ok(()), Some(secs)) => Ending::Again {
            run_at: now.plus_secs(secs),
        },
        (Err(error), Some(secs)) => Ending::Retry {
            run_at: now.plus_secs(pause.min(secs)),
            error: error.to_string(),
        },
        (Err(JobError::Later(error)), None)
            if now < tries.asked_at.plus_secs(retry.give_up_secs) =>
        {
            Ending::Retry {
                run_at: now.plus_secs(pause),
                error,
            }
        }
        (Err(error), None) => Ending::Failed {
            error: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        for (n_attempts, background, prompt) in [
            (1, 10, 5),
            (2, 20, 10),
            (5, 160, 80),
            (6, 320, 120),
            (9, 900, 120),
            (99, 900, 120),
        ] {
            assert_eq!(Retry::BACKGROUND.pause_secs(n_attempts), background);
            assert_eq!(Retry::PROMPT.pause_secs(n_attempts), prompt);
        }
    }

    #[test]
    fn endings() {
        let now = Timestamp::from_millis(1_000_000_000);
        let later = || Err(JobError::Later("x".into()));
        let never = || Err(JobError::Never("x".into()));
        let retry = |secs| Ending::Retry {
            run_at: now.plus_secs(secs),
            error: "x".into(),
        };
        let failed = || Ending::Failed { error: "x".into() };
        for (outcome, every_secs, n_attempts, age_secs, ending) in [
            (Ok(()), None, 1, 0, Ending::Done),
            (
                Ok(()),
                Some(60),
                1,
                0,
                Ending::Again {
                    run_at: now.plus_secs(60),
                },
            ),
            (later(), None, 1, 0, retry(5)),
            (later(), None, 99, 36 * 3600 - 1, retry(120)),
            (later(), None, 1, 36 * 3600, failed()),
            // Asked for while the clock was ahead: not given up.
            (later(), None, 1, -86_400, retry(5)),
            (later(), Some(3600), 99, 99 * 3600, retry(120)),
            (later(), Some(60), 99, 0, retry(60)),
            (never(), None, 1, 0, failed()),
            (never(), Some(3600), 1, 0, retry(5)),
        ] {
            let tries = Tries {
                n_attempts,
                asked_at: now.plus_secs(-age_secs),
                now,
            };
            assert_eq!(
                decide(outcome, every_secs, Retry::PROMPT, tries),
                ending,
                "{n_attempts} {age_secs}"
            );
        }
    }
}
