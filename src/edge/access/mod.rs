//! Who may read what: the one rule that pages, parts, assets and lists ask.
//!
//! Entry point: [`may_read`]. A [`Reader`] is loaded anew for each request, so that a grant that is
//! lost is lost at the next request (PW-10). Nothing of this is ever cached.

mod audience;
pub mod http;
pub mod slice;

pub use audience::Audience;

use crate::clock::Timestamp;
use crate::config::{ConversationAccess, Tier};
use crate::edge::accounts::{Entitlement, MemberId, Role};
use crate::ids::{Access, TierId};
use crate::manifest::{Manifest, PageEntry, Prose};
use serde::Serialize;

/// Who reads: what access depends on and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The member; suspended and erased ones are no readers at all.
    pub member: MemberId,
    /// Whether the address is proven, or the site does not ask for that.
    pub is_verified: bool,
    /// What the member may do on this site.
    pub role: Role,
    /// Tiers that were granted and not revoked, ended ones too.
    pub entitlements: Vec<Entitlement>,
}

/// Why something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody is signed in.
    SignInNeeded,
    /// The member's address is not verified.
    Unverified,
    /// None of the member's tiers opens it.
    NotEntitled,
}

/// Whether `reader` (`None` for a visitor) may read what has this `access`, on a site with these tiers.
///
/// `members` opens for every verified member; `paid` for a tier with a price; `tier:X` for X and every
/// tier of at least its rank. Editors and the owner read everything. An entitlement counts before its
/// end and only for a tier that the site has; a part whose tier the site does not have stays shut.
pub fn may_read(
    access: &Access,
    reader: Option<&Reader>,
    tiers: &[Tier],
    now: Timestamp,
) -> Result<(), Reason> {
    if *access == Access::Public {
        return Ok(());
    }
    let reader = reader.ok_or(Reason::SignInNeeded)?;
    if !reader.is_verified {
        return Err(Reason::Unverified);
    }
    let valid = reader.entitlements.iter().filter(|it| it.holds_at(now));
    let mut held = valid.filter_map(|it| tier_of(tiers, &it.tier));
    let opens = reads_everything(reader.role)
        || matches!(access, Access::Public | Access::Members)
        || held.any(|tier| opens(tier, access, tiers));
    if opens {
        Ok(())
    } else {
        Err(Reason::NotEntitled)
    }
}

/// Whether a member with this tier reads what has this access.
fn opens(held: &Tier, access: &Access, tiers: &[Tier]) -> bool {
    match access {
        Access::Public | Access::Members => true,
        Access::Paid => held.is_paid(),
        Access::Tier(wanted) => {
            tier_of(tiers, wanted).is_some_and(|wanted| held.rank >= wanted.rank)
        }
    }
}

/// Whether `reader` may read all of a page: by its own access and that of each gated part.
pub fn may_read_all(
    page: &PageEntry,
    reader: Option<&Reader>,
    tiers: &[Tier],
    now: Timestamp,
) -> Result<(), Reason> {
    let parts = page.parts.iter().map(|part| &part.access);
    let mut accesses = std::iter::once(&page.access).chain(parts);
    accesses.try_for_each(|access| may_read(access, reader, tiers, now))
}

/// The measures of what `reader` may read of a page: of all of it, or of its public text alone. A measure of
/// gated text tells of every change to it, so nobody else gets it.
pub fn prose_for<'p>(
    page: &'p PageEntry,
    reader: Option<&Reader>,
    tiers: &[Tier],
    now: Timestamp,
) -> &'p Prose {
    match may_read_all(page, reader, tiers, now) {
        Ok(()) => &page.prose,
        Err(_) => &page.public_prose,
    }
}

/// Whether `reader` takes part in the conversation of a page: reads its comments, and may comment on it,
/// like it and rate it. What is said about gated text often quotes it, so whoever may not read the page
/// does not read its comments either, unless `comments.access` says so.
pub fn may_converse(
    page: &PageEntry,
    reader: Option<&Reader>,
    manifest: &Manifest,
    now: Timestamp,
) -> Result<(), Reason> {
    let setting = &manifest.edge.comments.access;
    converse(page, reader, setting, &manifest.tiers, now)
}

fn converse(
    page: &PageEntry,
    reader: Option<&Reader>,
    setting: &ConversationAccess,
    tiers: &[Tier],
    now: Timestamp,
) -> Result<(), Reason> {
    let mut wanted = wanted(page, setting).into_iter();
    wanted.try_for_each(|access| may_read(access, reader, tiers, now))
}

/// What somebody must be able to read to take part in the conversation of a page.
fn wanted<'p>(page: &'p PageEntry, setting: &'p ConversationAccess) -> Vec<&'p Access> {
    let page_access = std::iter::once(&page.access);
    match setting {
        ConversationAccess::Public => Vec::new(),
        ConversationAccess::Page => page_access.collect(),
        ConversationAccess::Parts => {
            let parts = page.parts.iter().map(|part| &part.access);
            page_access.chain(parts).collect()
        }
        ConversationAccess::Also(access) => page_access.chain([access]).collect(),
    }
}

/// Whoever decides what is published must be able to read it.
fn reads_everything(role: Role) -> bool {
    matches!(role, Role::Editor | Role::Owner)
}

fn tier_of<'t>(tiers: &'t [Tier], id: &TierId) -> Option<&'t Tier> {
    tiers.iter().find(|tier| tier.id == *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Interval, Price};
    use crate::edge::accounts::Source;
    use crate::ids::PartNumber;
    use crate::manifest::PartEntry;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn tier(id: &str, rank: i64, is_paid: bool) -> Tier {
        let price = Price {
            currency: "CNY".into(),
            interval: Interval::Month,
            amount_minor: 3000,
        };
        Tier {
            id: TierId::parse(id).unwrap(),
            name: id.into(),
            rank,
            prices: if is_paid { vec![price] } else { Vec::new() },
            trial_days: 0,
            description: String::new(),
        }
    }

    fn reader(role: Role, is_verified: bool, held: &[(&str, Option<i64>)]) -> Reader {
        let entitlement = |(tier, until): &(&str, Option<i64>)| Entitlement {
            tier: TierId::parse(tier).unwrap(),
            until: until.map(Timestamp::from_millis),
            source: Source::Grant,
        };
        Reader {
            member: MemberId(Uuid::nil()),
            is_verified,
            role,
            entitlements: held.iter().map(entitlement).collect(),
        }
    }

    /// Each row: who, and what `members`, `paid`, `tier:basic`, `tier:pro`, `tier:gone` say to them.
    #[test]
    fn each_reader_opens_what_is_theirs() {
        use Reason::{NotEntitled as No, SignInNeeded as In, Unverified as Un};
        let tiers = [
            tier("free", 0, false),
            tier("basic", 10, true),
            tier("pro", 20, true),
        ];
        let member = |held: &[(&str, Option<i64>)]| Some(reader(Role::Member, true, held));
        let ok = Ok(());
        for (name, reader, expected) in [
            ("visitor", None, [Err(In); 5]),
            (
                "unverified",
                Some(reader(Role::Member, false, &[("pro", None)])),
                [Err(Un); 5],
            ),
            (
                "member",
                member(&[]),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            (
                "free",
                member(&[("free", None)]),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            (
                "basic",
                member(&[("basic", None)]),
                [ok, ok, ok, Err(No), Err(No)],
            ),
            ("pro", member(&[("pro", None)]), [ok, ok, ok, ok, Err(No)]),
            (
                "pro to the last moment",
                member(&[("pro", Some(1_000_001))]),
                [ok, ok, ok, ok, Err(No)],
            ),
            (
                "pro until now",
                member(&[("pro", Some(1_000_000))]),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            (
                "ended pro, basic",
                member(&[("pro", Some(9)), ("basic", None)]),
                [ok, ok, ok, Err(No), Err(No)],
            ),
            (
                "a tier that is gone",
                member(&[("gone", None)]),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            (
                "author",
                Some(reader(Role::Author, true, &[])),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            (
                "moderator",
                Some(reader(Role::Moderator, true, &[])),
                [ok, Err(No), Err(No), Err(No), Err(No)],
            ),
            ("editor", Some(reader(Role::Editor, true, &[])), [ok; 5]),
            ("owner", Some(reader(Role::Owner, true, &[])), [ok; 5]),
            (
                "unverified owner",
                Some(reader(Role::Owner, false, &[])),
                [Err(Un); 5],
            ),
        ] {
            let asked = ["members", "paid", "tier:basic", "tier:pro", "tier:gone"];
            for (text, expected) in asked.into_iter().zip(expected) {
                let access = Access::parse(text).unwrap();
                assert_eq!(
                    may_read(&access, reader.as_ref(), &tiers, NOW),
                    expected,
                    "{name}: {text}"
                );
            }
            assert_eq!(
                may_read(&Access::Public, reader.as_ref(), &tiers, NOW),
                ok,
                "{name}"
            );
        }
    }

    fn page(access: &str, parts: &[&str]) -> PageEntry {
        let part = |access: &&str| PartEntry {
            number: PartNumber(1),
            access: Access::parse(access).unwrap(),
            file: String::new(),
            hash: String::new(),
            bytes: 0,
            start: 0,
            end: 0,
        };
        let prose = |n_words| Prose {
            n_words,
            ..Prose::default()
        };
        PageEntry {
            access: Access::parse(access).unwrap(),
            parts: parts.iter().map(part).collect(),
            version: None,
            prose: prose(9),
            public_prose: prose(1),
            path: String::new(),
            file: String::new(),
            title: String::new(),
            language: String::new(),
            date: None,
            updated: None,
            authors: Vec::new(),
            tags: Vec::new(),
            comments: true,
            expertise: None,
            practicality: None,
            content_hash: String::new(),
        }
    }

    /// Each row: a page's access and its parts, and who of visitor, unverified, member, basic, pro takes part by
    /// `page`, `parts`, `public`, `members` and `pro`.
    #[test]
    fn conversations_are_as_open_as_their_page() {
        let tiers = [tier("basic", 10, true), tier("pro", 20, true)];
        let readers = [
            None,
            Some(reader(Role::Member, false, &[("pro", None)])),
            Some(reader(Role::Member, true, &[])),
            Some(reader(Role::Member, true, &[("basic", None)])),
            Some(reader(Role::Member, true, &[("pro", None)])),
        ];
        for (access, parts, expected) in [
            ("public", &[][..], ["vumbp", "vumbp", "vumbp", "mbp", "p"]),
            (
                "public",
                &["members"],
                ["vumbp", "mbp", "vumbp", "mbp", "p"],
            ),
            (
                "public",
                &["members", "tier:pro"],
                ["vumbp", "p", "vumbp", "mbp", "p"],
            ),
            ("members", &["members"], ["mbp", "mbp", "vumbp", "mbp", "p"]),
            ("paid", &["paid"], ["bp", "bp", "vumbp", "bp", "p"]),
            (
                "paid",
                &["paid", "tier:pro"],
                ["bp", "p", "vumbp", "bp", "p"],
            ),
            ("tier:pro", &["tier:pro"], ["p", "p", "vumbp", "p", "p"]),
            ("tier:gone", &["tier:gone"], ["", "", "vumbp", "", ""]),
            ("members", &[], ["mbp", "mbp", "vumbp", "mbp", "p"]),
        ] {
            let page = page(access, parts);
            let settings = ["page", "parts", "public", "members", "pro"];
            for (setting, expected) in settings.into_iter().zip(expected) {
                let setting = ConversationAccess::parse(setting).unwrap();
                let takes_part = |reader: &Option<Reader>| {
                    converse(&page, reader.as_ref(), &setting, &tiers, NOW).is_ok()
                };
                let found = readers.iter().zip("vumbp".chars());
                let found: String = found.filter(|it| takes_part(it.0)).map(|it| it.1).collect();
                assert_eq!(found, expected, "{access} {parts:?} {setting}");
            }
            for reader in &readers {
                let reads_all = may_read_all(&page, reader.as_ref(), &tiers, NOW).is_ok();
                let n_words = prose_for(&page, reader.as_ref(), &tiers, NOW).n_words;
                assert_eq!(n_words, if reads_all { 9 } else { 1 }, "{access} {parts:?}");
            }
        }
    }
}
