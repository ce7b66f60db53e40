//! The names that both wings share: which page, which part of it, which tier, and who may read.
//!
//! Values only. Whether a page or a tier exists is answered by the settings or the open release.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A page's permanent name: its content path without extension and index, such as `guides/start`.
/// The home page is the empty name. A translation carries its language as `guides/start.zh`.
///
/// Holding one does not promise that the page exists; the open release answers that.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageId(String);

impl PageId {
    /// Takes a name as it stands in a manifest, a request or a content path.
    pub fn new(name: impl Into<String>) -> Self {
        PageId(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The place of a part among the parts of its page, counted from 1 over gated parts alone:
/// the `N` of `data-part="N"`. Public parts have no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartNumber(pub u32);

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A tier's name in `site.toml`: ASCII letters, digits, `-` and `_`, at most 32.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TierId(String);

impl TierId {
    /// `None` when the text cannot name a tier, or is one of the words that access already uses.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (fits && !["public", "members", "paid", "tier"].contains(&text))
            .then(|| TierId(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TierId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TierId::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "`{text}` cannot name a tier: use at most 32 ASCII letters, digits, `-` and `_`, and none of `public`, `members`, `paid`, `tier`"
            ))
        })
    }
}

/// Who may read a part. Written as `public`, `members`, `paid` or `tier:ID` everywhere:
/// in markers, in the manifest, in `data-access` and in the API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Anyone.
    Public,
    /// Any member whose address is verified.
    Members,
    /// Any member with a tier that has a price.
    Paid,
    /// A member with this tier, or one of a higher rank.
    Tier(TierId),
}

impl Access {
    /// Reads the written form; `None` for anything else. A tier that `site.toml` does not list still parses.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "public" => Some(Access::Public),
            "members" => Some(Access::Members),
            "paid" => Some(Access::Paid),
            _ => TierId::parse(text.strip_prefix("tier:")?).map(Access::Tier),
        }
    }

    /// Whether fewer may read it, whatever tiers there are; of two tiers it is not known which is the higher one.
    pub fn is_stricter_than(&self, other: &Access) -> bool {
        let rank = |it: &Access| match it {
            Access::Public => 0,
            Access::Members => 1,
            Access::Paid => 2,
            Access::Tier(_) => 3,
        };
        rank(self) > rank(other)
    }

    /// Whether a part with this access lies behind the paywall.
    pub fn is_gated(&self) -> bool {
        *self != Access::Public
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Public => f.write_str("public"),
            Access::Members => f.write_str("members"),
            Access::Paid => f.write_str("paid"),
            Access::Tier(tier) => write!(f, "tier:{tier}"),
        }
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Access {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Access::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no access")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_reads_what_it_writes() {
        for text in ["public", "members", "paid", "tier:pro"] {
            assert_eq!(
                Access::parse(text).map(|it| it.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "pro",
            "Members",
            "tier:",
            "tier:a b",
            "tier:paid",
            "member",
        ] {
            assert_eq!(Access::parse(text), None, "{text}");
        }
    }
}
