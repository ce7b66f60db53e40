//! Who takes part in the conversation of a page, as it is kept and compared when pages move.

use crate::config::Tier;
use crate::edge::access::{opens, wanted};
use crate::ids::Access;
use crate::manifest::{Manifest, PageEntry};
use std::collections::BTreeSet;
use std::fmt;

/// Those who may read what has each of some accesses; everybody where there is none. Written with spaces between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    accesses: BTreeSet<Access>,
    /// It was written by another version of the program. Nobody is known to belong to it.
    is_unknown: bool,
}

impl Audience {
    /// That of a page.
    pub fn of(page: &PageEntry, manifest: &Manifest) -> Self {
        let wanted = wanted(page, &manifest.edge.comments.access).into_iter();
        Audience {
            accesses: wanted.filter(|it| it.is_gated()).cloned().collect(),
            is_unknown: false,
        }
    }

    /// As it was written.
    pub fn from_text(text: &str) -> Self {
        let accesses: Vec<_> = text.split_whitespace().map(Access::parse).collect();
        Audience {
            is_unknown: accesses.contains(&None),
            accesses: accesses.into_iter().flatten().collect(),
        }
    }

    /// Whether all who belong to it belong to the other one as well, on a site with these tiers.
    pub fn is_within(&self, other: &Audience, tiers: &[Tier]) -> bool {
        let is_asked = |wanted: &Access| {
            let mut own = self.accesses.iter();
            own.any(|it| implies(it, wanted, tiers))
        };
        !other.is_unknown && other.accesses.iter().all(is_asked)
    }
}

/// Whether whoever reads what has the first access reads what has the second.
fn implies(access: &Access, wanted: &Access, tiers: &[Tier]) -> bool {
    match (access, wanted) {
        (access, wanted) if access == wanted => true,
        (_, Access::Public) => true,
        (Access::Public, _) => false,
        (_, Access::Members) => true,
        (Access::Members, _) => false,
        (Access::Paid | Access::Tier(_), _) => tiers
            .iter()
            .all(|tier| !opens(tier, access, tiers) || opens(tier, wanted, tiers)),
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accesses: Vec<String> = self.accesses.iter().map(Access::to_string).collect();
        f.write_str(&accesses.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Interval, Price};
    use crate::ids::TierId;

    fn tiers() -> Vec<Tier> {
        let tier = |(id, rank): (&str, i64)| Tier {
            id: TierId::parse(id).unwrap(),
            name: id.into(),
            rank,
            prices: if rank == 0 {
                Vec::new()
            } else {
                vec![Price {
                    currency: "CNY".into(),
                    interval: Interval::Month,
                    amount_minor: 3000,
                }]
            },
            trial_days: 0,
            description: String::new(),
        };
        [("free", 0), ("basic", 10), ("pro", 20)].map(tier).to_vec()
    }

    #[test]
    fn an_audience_is_within_a_wider_one() {
        for (narrow, wide, both) in [
            ("", "", true),
            ("members", "", false),
            ("paid", "members", false),
            ("tier:free", "members", false),
            ("paid", "tier:free", false),
            ("paid", "tier:basic", true),
            ("tier:pro", "paid", false),
            ("tier:pro", "tier:basic", false),
            ("members tier:pro", "tier:pro", true),
            ("paid tier:gone", "paid", false),
        ] {
            let (narrow, wide) = (Audience::from_text(narrow), Audience::from_text(wide));
            assert!(narrow.is_within(&wide, &tiers()), "{narrow} {wide}");
            assert_eq!(wide.is_within(&narrow, &tiers()), both, "{wide} {narrow}");
        }
        let unknown = Audience::from_text("members only:mei");
        assert!(!unknown.is_within(&unknown, &tiers()));
    }
}
