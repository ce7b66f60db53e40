//! `comments.access`: who takes part in the conversation of a page.

use crate::ids::{Access, TierId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Who reads the comments of a page, and may comment on it, like it and rate it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationAccess {
    /// Whoever may read the page by its own `access`. The default.
    Page,
    /// Whoever may read the page and all its gated parts.
    Parts,
    /// Everyone reads and every verified member writes, whatever the page's `access`.
    Public,
    /// As [`ConversationAccess::Page`], and this access as well; never `public`.
    Also(Access),
}

impl ConversationAccess {
    /// Reads the written form; `None` for anything else. A tier may stand without `tier:`, as in front matter.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "page" => Some(ConversationAccess::Page),
            "parts" => Some(ConversationAccess::Parts),
            "public" => Some(ConversationAccess::Public),
            _ => Access::parse(text)
                .or_else(|| TierId::parse(text).map(Access::Tier))
                .map(ConversationAccess::Also),
        }
    }
}

impl fmt::Display for ConversationAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConversationAccess::Page => f.write_str("page"),
            ConversationAccess::Parts => f.write_str("parts"),
            ConversationAccess::Public => f.write_str("public"),
            ConversationAccess::Also(access) => access.fmt(f),
        }
    }
}

impl Serialize for ConversationAccess {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConversationAccess {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        ConversationAccess::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is no access of a conversation")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (text, written) in [
            ("page", Some("page")),
            ("parts", Some("parts")),
            ("public", Some("public")),
            ("members", Some("members")),
            ("paid", Some("paid")),
            ("tier:pro", Some("tier:pro")),
            ("pro", Some("tier:pro")),
            ("tier:page", Some("tier:page")),
            ("", None),
            ("all members", None),
            ("会员", None),
        ] {
            let parsed = ConversationAccess::parse(text).map(|it| it.to_string());
            assert_eq!(parsed.as_deref(), written, "{text}");
        }
    }
}
