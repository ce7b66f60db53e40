//! Heads: right ones in every format that is read, and those that are not found at first sight.

use crate::edits::chance::Chance;
use crate::near::slips::slipped;
use crate::near::{Sample, Wanted, check, samples};
use libtest_mimic::Failed;

/// Builds all of them.
pub fn play() -> Result<(), Failed> {
    check(&samples(&[right, value_misspelt, prose], 200))
}

const BODY: &str = "FREE\n\n<!-- more -->\n\nSECRET\n";
const ACCESS: [&str; 4] = ["members", "paid", "pro", "tier:pro"];

fn right(chance: &mut Chance) -> Sample {
    let access = chance.pick(&ACCESS);
    let text = match chance.below(2) {
        0 => format!("---\ntitle: A\naccess: {access}\n---\n{BODY}"),
        _ => format!("+++\ntitle = \"A\"\naccess = \"{access}\"\n+++\n{BODY}"),
    };
    Sample {
        kind: "right",
        text,
        wanted: Wanted::Kept,
    }
}

fn value_misspelt(chance: &mut Chance) -> Sample {
    let access = slipped(ACCESS[chance.below(ACCESS.len())], chance);
    Sample {
        kind: "value-misspelt",
        text: format!("---\ntitle: A\naccess: {access}\n---\n{BODY}"),
        wanted: Wanted::KeptOrRefused,
    }
}

fn prose(chance: &mut Chance) -> Sample {
    let first = chance.pick(&["---", "***", "Date: today", "Words.", "# Words"]);
    Sample {
        kind: "prose",
        text: format!("{first}\n\nSECRET\n"),
        wanted: Wanted::Open,
    }
}
