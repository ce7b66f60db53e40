//! Members: who they are, what they may do, and what they have been given.
//!
//! [`Role`] says what its holder may do; [`Entitlement`] is a tier until a time.

use crate::clock::Timestamp;
use crate::edge::accounts::{Email, Handle};
use crate::edge::store::{FromColumn, Param, Row, StoreError, ToParam, Value};
use crate::ids::TierId;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// A member's permanent id. Ids are made in the order of joining.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = String, format = "uuid")]
pub struct MemberId(pub Uuid);

impl ToParam for MemberId {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for MemberId {
    const WANTED: &'static str = "member";
    fn from_value(value: Value) -> Option<Self> {
        Uuid::from_value(value).map(MemberId)
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a member may do beyond reading and talking, least first: each may do what those before it may.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads and talks.
    Member,
    /// Writes submissions.
    Author,
    /// Judges comments.
    Moderator,
    /// Judges submissions and scores.
    Editor,
    /// Everything.
    Owner,
}

impl Role {
    /// All of them, least first.
    pub const ALL: [Role; 5] = [
        Role::Member,
        Role::Author,
        Role::Moderator,
        Role::Editor,
        Role::Owner,
    ];

    /// As it is written in the API and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Author => "author",
            Role::Moderator => "moderator",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }

    /// Reads what [`Role::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether its holder can harm others: sessions are shorter and passwords longer.
    pub fn is_staff(self) -> bool {
        self >= Role::Moderator
    }

    /// As others see it: `None` for a plain member.
    pub fn public(self) -> Option<Self> {
        (self != Role::Member).then_some(self)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an entitlement came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Paid for.
    Payment,
    /// A redeemed code.
    Code,
    /// Another member's present.
    Gift,
    /// The owner's word.
    Grant,
    /// Free days at the start.
    Trial,
}

impl Source {
    /// As it is written in the API and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Payment => "payment",
            Source::Code => "code",
            Source::Gift => "gift",
            Source::Grant => "grant",
            Source::Trial => "trial",
        }
    }

    /// Reads what [`Source::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Source::Payment,
            Source::Code,
            Source::Gift,
            Source::Grant,
            Source::Trial,
        ]
        .into_iter()
        .find(|source| source.as_str() == text)
    }
}

/// A tier for a member until a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Entitlement {
    /// What was given. The release says what it opens.
    #[schema(value_type = String)]
    pub tier: TierId,
    /// First moment at which it is over; `None`: for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Where it came from.
    pub source: Source,
}

impl Entitlement {
    /// Whether it still opens anything.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A member as the store keeps it, without the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Permanent id.
    pub id: MemberId,
    /// Public name in addresses and mentions.
    pub handle: String,
    /// Shown name; may be empty.
    pub name: String,
    /// `None` once erased.
    pub email: Option<Email>,
    /// When the address was proven; `None` makes the member count as a visitor.
    pub verified_at: Option<Timestamp>,
    /// What the member may do.
    pub role: Role,
    /// 0 to 4, after Discourse.
    pub trust_level: u8,
    /// Wants the newsletter.
    pub newsletter: bool,
    /// Language code of mail; `None` where it was never known.
    pub language: Option<String>,
    /// When the member joined.
    pub joined_at: Timestamp,
    /// Since when the member is shut out.
    pub suspended_at: Option<Timestamp>,
    /// Whether a password was set.
    pub has_password: bool,
    /// Whether the site's owner made the member, and so says whose address it is.
    pub is_added: bool,
    /// The address that the member asked for, and until when it can be confirmed.
    pub wanted_email: Option<(Email, Timestamp)>,
}

impl Member {
    /// Reads the columns that every `SELECT` of members names alike.
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let role: String = row.get("role")?;
        let email: Option<String> = row.get("email")?;
        let wanted: Option<String> = row.get("wanted_email")?;
        let wanted = wanted.as_deref().and_then(Email::parse);
        Ok(Member {
            id: row.get("member_id")?,
            handle: row.get("handle")?,
            name: row.get("name")?,
            email: email.as_deref().and_then(Email::parse),
            verified_at: row.get("verified_at")?,
            // A role that this program does not know gives no right that it does know.
            role: Role::parse(&role).unwrap_or(Role::Member),
            trust_level: row.get("trust_level")?,
            newsletter: row.get("newsletter")?,
            language: row.get("language")?,
            joined_at: row.get("joined_at")?,
            suspended_at: row.get("suspended_at")?,
            has_password: row.get("has_password")?,
            is_added: row.get("is_added")?,
            wanted_email: wanted.zip(row.get("wanted_until")?),
        })
    }
}

/// A member to be made.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Permanent id.
    pub id: MemberId,
    /// As its member writes it.
    pub handle: Handle,
    /// Where mail goes.
    pub email: Email,
    /// Shown name; may be empty.
    pub name: String,
    /// PHC string; `None` for sign-in by link alone.
    pub password_hash: Option<String>,
    /// What the member may do.
    pub role: Role,
    /// Wants the newsletter.
    pub newsletter: bool,
    /// Language code of mail.
    pub language: Option<String>,
    /// Whether the address needs no proof.
    pub is_verified: bool,
    /// Whether the site's owner made the member, and so says whose address it is.
    pub is_added: bool,
}

/// One's own account, as `GET /api/me` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// Permanent id.
    pub id: MemberId,
    /// Public name in addresses and mentions.
    pub handle: String,
    /// Shown name; may be empty.
    pub name: String,
    /// The address mail goes to.
    pub email: String,
    /// Whether the address was proven.
    pub verified: bool,
    /// What the member may do.
    pub role: Role,
    /// 0 to 4.
    pub trust_level: u8,
    /// Wants the newsletter.
    pub newsletter: bool,
    /// When the member joined.
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    /// Those that hold now.
    pub entitlements: Vec<Entitlement>,
    /// Whether a password was set.
    pub has_password: bool,
    /// A new address that waits to be confirmed by the letter sent there.
    pub pending_email: Option<String>,
}

impl Me {
    /// The member's own view at a moment, with the entitlements that hold.
    pub fn of(member: Member, entitlements: Vec<Entitlement>, now: Timestamp) -> Self {
        let pending = member.wanted_email.filter(|(_, until)| now < *until);
        Me {
            id: member.id,
            handle: member.handle,
            name: member.name,
            email: member
                .email
                .map(|email| email.as_str().to_owned())
                .unwrap_or_default(),
            verified: member.verified_at.is_some(),
            role: member.role,
            trust_level: member.trust_level,
            newsletter: member.newsletter,
            joined_at: member.joined_at,
            entitlements,
            has_password: member.has_password,
            pending_email: pending.map(|(email, _)| email.as_str().to_owned()),
        }
    }
}

/// What others see of a member who wrote something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Author {
    /// Public name in addresses and mentions.
    pub handle: String,
    /// Shown name; may be empty.
    pub name: String,
    /// `null` for a plain member.
    pub role: Option<Role>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_what_they_write_and_grow() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("admin"), None);
        assert_eq!(
            Role::ALL.map(Role::is_staff),
            [false, false, true, true, true]
        );
    }

    #[test]
    fn an_entitlement_ends_at_its_moment() {
        let until = Timestamp::from_millis(1_000);
        let mut given = Entitlement {
            tier: TierId::parse("pro").unwrap(),
            until: Some(until),
            source: Source::Grant,
        };
        for (now, holds) in [(0, true), (999, true), (1_000, false), (5_000, false)] {
            assert_eq!(given.holds_at(Timestamp::from_millis(now)), holds, "{now}");
        }
        given.until = None;
        assert!(given.holds_at(Timestamp::from_millis(i64::MAX)));
    }
}
