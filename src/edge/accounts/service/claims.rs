//! Proving claims. Each function runs in the caller's transaction. `claim` has the rules.

use crate::clock::Timestamp;
use crate::config::SignUp;
use crate::edge::accounts::actions;
use crate::edge::accounts::claim::{Claim, Proved};
use crate::edge::accounts::refusal::sign_up_closed;
use crate::edge::accounts::service::{handles, session};
use crate::edge::accounts::{
    Email, Handle, Holder, Member, MemberId, NewMember, Role, TokenHash, sql,
};
use crate::edge::audit;
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::store::{StoreError, Tx};
use data_encoding::BASE32_NOPAD;
use serde_json::json;

/// Which letter was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedEmail {
    /// The one that a join asked for, in the browser with this cookie.
    OfJoin(Option<TokenHash>),
    /// Any other.
    Other,
}

/// That a letter to an address was opened.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'p> {
    /// Whose token its link had.
    pub holder: Holder,
    /// Where it was sent.
    pub email: &'p str,
    /// Which it was.
    pub letter: OpenedEmail,
    /// Whether the site takes new members now.
    pub sign_up: SignUp,
}

/// Most accounts of an address that one letter names.
const MAX_NAMED: i64 = 10;

/// Whom a letter that was asked for at an address is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// `None` where nobody is there to write to.
    pub about: Option<Holder>,
    /// Other members who have the address. None has proven it.
    pub also: Vec<MemberId>,
    /// Whether `about` has proven it.
    pub is_proven: bool,
}

/// Whom a letter that was asked for at an address is about: who proved it, else whom the site's owner added with it, else
/// every member who has it without proof, since nobody but the reader knows whose it is; else the newest claim.
pub fn of_address(tx: &mut Tx, email: &Email, now: Timestamp) -> Result<Found, StoreError> {
    let about = |about| Found {
        about,
        ..Found::default()
    };
    if let Some(member) = sql::member::with_proven(tx, email)? {
        let is_open = member.suspended_at.is_none();
        return Ok(Found {
            is_proven: true,
            ..about(is_open.then_some(Holder::Member(member.id)))
        });
    }
    if let Some(added) = sql::member::with_unproven(tx, email)?.filter(|it| it.is_added) {
        let is_open = added.suspended_at.is_none();
        return Ok(about(is_open.then_some(Holder::Member(added.id))));
    }
    let mut named = sql::member::all_unproven(tx, email, MAX_NAMED)?.into_iter();
    if let Some(first) = named.next() {
        return Ok(Found {
            also: named.map(|it| it.id).collect(),
            ..about(Some(Holder::Member(first.id)))
        });
    }
    let claim = sql::claim::newest_of(tx, email, now)?;
    Ok(about(claim.map(|it| Holder::Claim(it.id))))
}

/// Notes that a letter was opened; returns whose account it opens. The first proof of an address ends every other claim
/// of it, and every password, session and token that does not come from the letter's own join. Fails with
/// [`ApiError::TokenInvalid`] where the claim is gone or the address is no longer its holder's, and as [`sign_up_closed`]
/// where a join was begun before the site stopped taking new members.
pub fn prove(
    tx: &mut Tx,
    proof: &Proof,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Proved, ApiError> {
    let email = Email::parse(proof.email).ok_or(ApiError::TokenInvalid)?;
    match proof.holder {
        Holder::Member(id) => {
            let member = sql::member::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
            if member.email.as_ref() != Some(&email) {
                return Err(ApiError::TokenInvalid);
            }
            if member.verified_at.is_some() {
                return Ok(Proved::plain(id));
            }
            first_proof(tx, &member, &email, false, now)
        }
        Holder::Claim(id) => {
            let claim = sql::claim::by_id(tx, id, now)?.ok_or(ApiError::TokenInvalid)?;
            if claim.email != email || sql::member::with_proven(tx, &email)?.is_some() {
                return Err(ApiError::TokenInvalid);
            }
            if proof.sign_up != SignUp::Open {
                return Err(sign_up_closed());
            }
            settle(tx, &claim, proof.letter, (entropy, now))
        }
    }
}

/// Notes that the site's owner vouches for the member's address, who keeps what they have. Fails with
/// [`ApiError::TokenInvalid`] where another has proven it.
pub fn vouch(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<(), ApiError> {
    if member.verified_at.is_some() {
        return Ok(());
    }
    if !sql::member::set_verified(tx, member.id, now)? {
        return Err(ApiError::TokenInvalid);
    }
    let email = member.email.as_ref().ok_or(ApiError::TokenInvalid)?;
    Ok(rivals_end(tx, email, member.id, now)?)
}

/// Ends the claims of others to an address that a member has just proven, and takes it from unproven accounts.
pub fn rivals_end(
    tx: &mut Tx,
    email: &Email,
    member: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::claim::end_all_of(tx, email)?;
    sql::claim::detach_others(tx, email, member, now)
}

/// Turns a claim into a proven account.
fn settle(
    tx: &mut Tx,
    claim: &Claim,
    letter: OpenedEmail,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<Proved, ApiError> {
    let is_bound = letter == OpenedEmail::OfJoin(Some(claim.browser));
    if let Some(id) = claim.member {
        let (id, is_bound) = match letter {
            OpenedEmail::OfJoin(browser) if !is_bound => {
                account_opened(tx, (claim, id), browser, now)?
            }
            _ => (id, is_bound),
        };
        let member = sql::member::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
        if member.email.as_ref() != Some(&claim.email) || member.verified_at.is_some() {
            return Err(ApiError::TokenInvalid);
        }
        return first_proof(tx, &member, &claim.email, is_bound, now);
    }
    let added = sql::member::with_unproven(tx, &claim.email)?;
    if let Some(member) = added.filter(|it| it.is_added) {
        return adopt(tx, &member, claim, is_bound, now);
    }
    let new = account_of(tx, claim, letter, (entropy, now))?;
    let proved = Proved {
        member: new.id,
        chooses_password: claim.password_hash.is_some() && !is_bound,
        chooses_handle: new.handle.key() != claim.handle.key(),
    };
    if !sql::member::insert(tx, &new, now)? {
        return Err(ApiError::TokenInvalid);
    }
    rivals_end(tx, &claim.email, new.id, now)?;
    let subject = new.id.to_string();
    let stamp = (entropy.uuid_v7(now), now);
    audit::note(
        tx,
        stamp,
        Some(new.id.0),
        actions::JOIN,
        (&subject, json!({})),
    )?;
    Ok(proved)
}

/// Which account the letter of a join proves in another browser than the one that joined, and whether its password
/// stays. Where that browser made an account with the same address itself, it is that one.
fn account_opened(
    tx: &mut Tx,
    (claim, id): (&Claim, MemberId),
    browser: Option<TokenHash>,
    now: Timestamp,
) -> Result<(MemberId, bool), StoreError> {
    let own = match browser {
        Some(browser) => sql::claim::of_browser(tx, &claim.email, browser, now)?,
        None => None,
    };
    Ok(own.map_or((id, false), |it| (it, true)))
}

/// The first proof of the address of an account that is there already.
fn first_proof(
    tx: &mut Tx,
    member: &Member,
    email: &Email,
    keeps_password: bool,
    now: Timestamp,
) -> Result<Proved, ApiError> {
    if !sql::member::set_verified(tx, member.id, now)? {
        return Err(ApiError::TokenInvalid);
    }
    if !keeps_password {
        sql::member::clear_password(tx, member.id, now)?;
    }
    session::close_all(tx, member.id, None)?;
    sql::token::end_all_tokens(tx, member.id)?;
    rivals_end(tx, email, member.id, now)?;
    Ok(Proved {
        chooses_password: member.has_password && !keeps_password,
        ..Proved::plain(member.id)
    })
}

/// Hands the account that the site's owner added to whoever proved its address by a join.
fn adopt(
    tx: &mut Tx,
    member: &Member,
    claim: &Claim,
    is_bound: bool,
    now: Timestamp,
) -> Result<Proved, ApiError> {
    let proved = first_proof(tx, member, &claim.email, false, now)?;
    // A password that was judged by the rules for members may be too short for the staff.
    let typed = claim.password_hash.as_ref();
    let counts = is_bound && !member.role.is_staff();
    if let Some(hash) = typed.filter(|_| counts) {
        sql::member::set_password(tx, member.id, hash, now)?;
        return Ok(Proved::plain(member.id));
    }
    Ok(Proved {
        chooses_password: proved.chooses_password || typed.is_some(),
        ..proved
    })
}

fn account_of(
    tx: &mut Tx,
    claim: &Claim,
    letter: OpenedEmail,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<NewMember, StoreError> {
    let is_bound = letter == OpenedEmail::OfJoin(Some(claim.browser));
    // Who asked for a link has not seen what was typed at the join.
    let is_of_join = letter != OpenedEmail::Other;
    Ok(NewMember {
        id: MemberId(claim.id.0),
        handle: free_handle(tx, &claim.handle, (entropy, now))?,
        email: claim.email.clone(),
        name: if is_of_join {
            claim.name.clone()
        } else {
            String::new()
        },
        password_hash: claim.password_hash.clone().filter(|_| is_bound),
        role: Role::Member,
        newsletter: claim.newsletter && is_of_join,
        language: claim.language.clone(),
        is_verified: true,
        is_added: false,
    })
}

/// The handle that was asked for, or a similar one if it is taken by now.
fn free_handle(
    tx: &mut Tx,
    wanted: &Handle,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<Handle, StoreError> {
    let mut handle = wanted.clone();
    while !handles::is_free(tx, &handle, None, now)? {
        handle = wanted.varied(&BASE32_NOPAD.encode(&entropy.bytes::<5>()));
    }
    Ok(handle)
}
