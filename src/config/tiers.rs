//! What is sold: tiers and their prices.

use crate::config::value::{Reader, given_text, number, table, tables, text, value};
use crate::config::{Interval, Price, Tier, currency, shape};
use crate::diag::Diagnostic;
use crate::ids::TierId;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

impl Reader<'_> {
    /// All tiers, lowest rank first.
    pub fn tiers(&mut self, root: &DeTable) -> Vec<Tier> {
        let mut tiers: Vec<Tier> = Vec::new();
        let mut ids: Vec<(TierId, Range<usize>)> = Vec::new();
        let mut ranks: Vec<(i64, Range<usize>)> = Vec::new();
        for (item, span) in tables(root, "tiers") {
            let (given, at) = self.required(item, "tiers.id", span.clone(), "id = \"pro\"");
            let rank_at = value(Some(item), "tiers.rank").map(Spanned::span);
            if rank_at.is_none() {
                self.findings.push(Diagnostic::missing_setting(
                    self.file,
                    span,
                    "rank",
                    "rank = 10",
                ));
            }
            let rank: i64 = number(Some(item), "tiers.rank");
            if let Some(rank_at) = rank_at {
                match ranks.iter().find(|(it, _)| *it == rank) {
                    Some((_, first)) => {
                        let first = first.clone();
                        self.repeated(rank_at, ("the rank", &rank.to_string()), &first);
                    }
                    None => ranks.push((rank, rank_at)),
                }
            }
            let prices = self.prices(item);
            let Some(id) = TierId::parse(&given) else {
                if !given.trim().is_empty() {
                    let help = "at most 32 ASCII letters, digits, `-` and `_`, and none of `public`, `members`, `paid`, `tier`";
                    self.bad(at, format!("`{given}` cannot name a tier"), help);
                }
                continue;
            };
            if let Some((_, first)) = ids.iter().find(|(it, _)| *it == id) {
                let first = first.clone();
                self.repeated(at, ("the tier", id.as_str()), &first);
                continue;
            }
            ids.push((id.clone(), at));
            tiers.push(Tier {
                name: given_text(Some(item), "tiers.name").map_or_else(|| given, |(name, _)| name),
                rank,
                prices,
                trial_days: number(Some(item), "tiers.trial_days"),
                description: text(Some(item), "tiers.description"),
                id,
            });
        }
        tiers.sort_by_key(|tier| tier.rank);
        tiers
    }

    fn prices(&mut self, tier: &DeTable) -> Vec<Price> {
        let price = table(Some(tier), "tiers.price");
        let intervals = [
            (Interval::Month, table(price, "tiers.price.month")),
            (Interval::Year, table(price, "tiers.price.year")),
            (Interval::Once, table(price, "tiers.price.once")),
        ];
        let mut prices = Vec::new();
        for (interval, amounts) in intervals {
            for (name, amount) in amounts.into_iter().flatten() {
                let code = name.get_ref().as_ref();
                if !currency::is_known(code) {
                    let message = format!("no currency is called `{code}`");
                    let near = crate::diag::nearest(code, currency::all());
                    let help = near.map_or_else(
                        || "ISO 4217 in capitals, such as `CNY`, `USD` or `EUR`".to_owned(),
                        |it| format!("did you mean `{it}`?"),
                    );
                    self.bad(name.span(), message, help);
                    continue;
                }
                let amount = amount.get_ref().as_integer().and_then(shape::integer);
                prices.extend(amount.map(|amount_minor| Price {
                    currency: code.to_owned(),
                    interval,
                    amount_minor,
                }));
            }
        }
        prices
    }
}
