//! Looks up members for the owner: one by handle or address, or all that a filter lets pass.

use crate::clock::Timestamp;
use crate::edge::accounts::service::admin::{AdminError, MemberAdmin};
use crate::edge::accounts::service::authors;
use crate::edge::accounts::{Email, Entitlement, Member, MemberId, Role, handle_key, sql};
use crate::edge::audit;
use crate::edge::store::Tx;
use crate::ids::TierId;
use std::collections::HashMap;
use uuid::Uuid;

const MEMBERS_AT_ONCE: i64 = 1_000;

/// A member with what a list shows.
#[derive(Clone, Debug)]
pub struct Known {
    /// The member.
    pub member: Member,
    /// When they last did something that is noted or used a session; `None` for never.
    pub last_seen_at: Option<Timestamp>,
    /// Tiers that hold now.
    pub held: Vec<Entitlement>,
}

/// What `member show` prints.
#[derive(Clone, Debug)]
pub struct Everything {
    /// What a list shows.
    pub known: Known,
    /// Why the member is suspended; `None` if they are not, or without a reason.
    pub suspended_for: Option<String>,
    /// Which authors of pages they are.
    pub authors: Vec<String>,
}

/// The state of an account, as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum State {
    /// The address is proven.
    Verified,
    /// It is not.
    Unverified,
    /// Suspended, whether the address is proven or not.
    Suspended,
}

impl State {
    /// The state of a member.
    pub fn of(member: &Member) -> Self {
        match (member.suspended_at, member.verified_at) {
            (Some(_), _) => State::Suspended,
            (None, Some(_)) => State::Verified,
            (None, None) => State::Unverified,
        }
    }

    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Verified => "verified",
            State::Unverified => "unverified",
            State::Suspended => "suspended",
        }
    }
}

/// Which members a list has. `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With this role.
    pub role: Option<Role>,
    /// In this state.
    pub state: Option<State>,
    /// Who have this tier now.
    pub tier: Option<TierId>,
    /// With this text in handle, name or address, ignoring case.
    pub text: Option<String>,
}

impl Filter {
    /// Whether a member is in the list.
    pub fn passes(&self, known: &Known) -> bool {
        let member = &known.member;
        let text = self.text.as_deref().map(str::to_lowercase);
        let has_text = |wanted: &String| {
            let email = member.email.as_ref().map_or("", |it| it.as_str());
            [member.handle.as_str(), member.name.as_str(), email]
                .iter()
                .any(|it| it.to_lowercase().contains(wanted))
        };
        self.role.is_none_or(|it| member.role == it)
            && self.state.is_none_or(|it| State::of(member) == it)
            && self
                .tier
                .as_ref()
                .is_none_or(|tier| known.held.iter().any(|it| it.tier == *tier))
            && text.as_ref().is_none_or(has_text)
    }
}

/// The member with a handle or an address; a text with an `@` is an address. Fails if several members have the address
/// and none has proven it.
pub fn member(tx: &mut Tx, who: &str) -> Result<Member, AdminError> {
    let unknown = || AdminError::Unknown(who.into());
    if !who.contains('@') {
        return sql::member::by_handle(tx, &handle_key(who))?.ok_or_else(unknown);
    }
    let email = Email::parse(who).ok_or_else(|| AdminError::Email(who.into()))?;
    let mut found = sql::member::with_address(tx, &email)?;
    match found.len() {
        0 => Err(unknown()),
        1 => Ok(found.remove(0)),
        _ => {
            let handles: Vec<String> = found.into_iter().map(|it| it.handle).collect();
            Err(AdminError::Several(who.into(), handles.join(", ")))
        }
    }
}

impl MemberAdmin {
    /// Calls `tell` for each member that a filter lets pass, in the order of joining. Reads a thousand at a time.
    pub fn list(&self, filter: &Filter, mut tell: impl FnMut(&Known)) -> Result<(), AdminError> {
        let now = self.clock.now();
        let mut from = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
        loop {
            let read = move |tx: &mut Tx| -> Result<_, AdminError> {
                let members = sql::member::joined_after(tx, from, MEMBERS_AT_ONCE)?;
                known(tx, members, now)
            };
            let batch = self.store.read_blocking(read)?;
            for known in batch.iter().filter(|it| filter.passes(it)) {
                tell(known);
            }
            match batch.last() {
                Some(last) => from = (last.member.joined_at, last.member.id),
                None => return Ok(()),
            }
        }
    }

    /// What `member show` prints of one member.
    pub fn show(&self, who: &str) -> Result<Everything, AdminError> {
        let (who, now) = (who.to_owned(), self.clock.now());
        let read = move |tx: &mut Tx| -> Result<_, AdminError> {
            let member = member(tx, &who)?;
            let id = member.id;
            let known = known(tx, vec![member], now)?.into_iter().next();
            Ok(Everything {
                known: known.ok_or_else(|| AdminError::Unknown(who.clone()))?,
                suspended_for: sql::member::suspended_for(tx, id)?,
                authors: authors::of(tx, id)?,
            })
        };
        self.store.read_blocking(read)
    }
}

/// Members with what a list shows of them, in the order given.
fn known(tx: &mut Tx, members: Vec<Member>, now: Timestamp) -> Result<Vec<Known>, AdminError> {
    let ids: Vec<MemberId> = members.iter().map(|it| it.id).collect();
    let given = sql::entitlement::entitlements_of_all(tx, &ids)?.into_iter();
    let mut held: HashMap<MemberId, Vec<Entitlement>> = HashMap::new();
    for (whose, given) in given.filter(|(_, it)| it.holds_at(now)) {
        held.entry(whose).or_default().push(given);
    }
    let mut seen: HashMap<MemberId, Timestamp> = HashMap::new();
    let acts = audit::last_acts(tx, &ids)?;
    for (whose, at) in sql::session::last_seen(tx, &ids)?.into_iter().chain(acts) {
        let last = seen.entry(whose).or_insert(at);
        *last = at.max(*last);
    }
    let all = members.into_iter().map(|member| Known {
        last_seen_at: seen.get(&member.id).copied(),
        held: held.remove(&member.id).unwrap_or_default(),
        member,
    });
    Ok(all.collect())
}
