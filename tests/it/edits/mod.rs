//! Edits of all kinds, one after the other: after each, what a build makes that keeps what it knows is what a clean
//! build makes, byte for byte, and the files that it writes are those that differ.
//!
//! Two walks over a site of three hundred pages, and every case of `tests/sites`: with the edits that it has, and with
//! each of its files changed, taken away and put back. `LYCEUM_TEST_EDITS` says how many edits a walk is long, and
//! `LYCEUM_TEST_SEED` where it begins; `tests/run` asks for 250.

mod cases;
pub mod chance;
pub mod kinds;
pub mod release;
mod shrink;
pub mod site;
pub mod ways;

use crate::edits::chance::Chance;
use crate::edits::release::told;
use crate::edits::site::Site;
use crate::edits::ways::{Manner, Step, Ways};
use libtest_mimic::{Failed, Trial};

/// Both walks, and one trial a case.
pub fn trials() -> Vec<Trial> {
    let first = number("LYCEUM_TEST_SEED").unwrap_or(1);
    let walks = [first, first + 1]
        .map(|seed| Trial::test(format!("edits::walk_{seed}"), move || walk(seed as u64)));
    let mut trials = Vec::from(walks);
    trials.extend(cases::trials());
    trials
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

/// One edit after the other: every kind once in some order, then every kind again in another.
fn walk(seed: u64) -> Result<(), Failed> {
    let n_edits = number("LYCEUM_TEST_EDITS").unwrap_or(20);
    let kinds = kinds::all();
    let mut site = Site::new(seed, 300);
    let mut ways = Ways::new();
    let mut steps = vec![Step {
        in_process: true,
        ..Step::new(&site.sources(), Manner::InPlace)
    }];
    let faults = ways.play(&steps[0]);
    if !faults.is_empty() {
        return Err(format!("seed {seed}, before any edit:\n{}", told(&faults)).into());
    }
    let mut deck = Vec::new();
    for step in 0..n_edits {
        let mut chance = Chance::new(seed, step);
        let good = site.clone();
        let mut edits = Vec::new();
        // Now and then several at once, as when others' work is fetched.
        for _ in 0..if chance.once_in(8) { 4 } else { 1 } {
            if deck.is_empty() {
                deck = chance.order(kinds.len());
            }
            edits.extend(
                deck.pop()
                    .and_then(|kind| kinds[kind].apply(&mut site, &mut chance)),
            );
        }
        let manner = *chance.pick(&[
            Manner::InPlace,
            Manner::Renamed,
            Manner::SetBack,
            Manner::Touched,
        ]);
        steps.push(Step {
            in_process: chance.once_in(6),
            restarts: chance.once_in(20),
            ..Step::new(&site.sources(), manner)
        });
        if steps.len() > shrink::MOST_STEPS {
            steps.remove(0);
        }
        let faults = ways.play(&steps[steps.len() - 1]);
        if !faults.is_empty() {
            let least = shrink::least(&steps);
            return Err(format!(
                "seed {seed}, edit {} of {n_edits}, files {manner:?}: {}\n{}\n\n{least}",
                step + 1,
                edits.join("; "),
                told(&faults)
            )
            .into());
        }
        if edits
            .iter()
            .any(|it| it.starts_with("template that") || it.starts_with("settings that"))
        {
            site = good;
        }
    }
    Ok(())
}
