//! Joining, for the JSON API and the plain form.
//!
//! The answer does not tell whether an address is known: a join with a known one takes the same work and has the same
//! answer, and the owner of the address gets a letter (AUTHN-03). `claims.rs` has what follows a join.

use crate::clock::Timestamp;
use crate::config::SignUp;
use crate::edge::accounts::actions;
use crate::edge::accounts::claim::{Claim, ClaimId, KEPT_SECS};
use crate::edge::accounts::hashing::Why;
use crate::edge::accounts::names::SiteNames;
use crate::edge::accounts::refusal::{
    email_invalid, handle_invalid, handle_taken, note, password_fault, shown_name, sign_up_closed,
};
use crate::edge::accounts::service::account::refuse_names;
use crate::edge::accounts::service::handles;
use crate::edge::accounts::{
    ClientContext, Email, Handle, Holder, MemberId, NewMember, Password, Role, TokenHash, sql,
};
use crate::edge::audit;
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::extract::ClientKey;
use crate::edge::mail::{self, EmailJob, EmailKind};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use serde_json::json;

/// What a join is sent as.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct Draft {
    /// Where mail goes.
    pub email: String,
    /// Public name: 3 to 30 ASCII letters, digits, `-` and `_`.
    pub handle: String,
    /// At least 12 characters; without one, sign-in is by link.
    pub password: Option<String>,
    /// Shown name.
    pub name: Option<String>,
    /// Wants the newsletter.
    pub newsletter: Option<bool>,
    /// The page to open once the address is proven: a path of this site. Anything else is ignored.
    pub next: Option<String>,
}

/// A valid draft, with its password hashed.
struct Wanted {
    email: Email,
    handle: Handle,
    name: String,
    password_hash: Option<String>,
    newsletter: bool,
}

/// Joins. Returns what the browser keeps, which binds the letter to it; whoever reads the mail goes on from there.
pub async fn join(edge: &Edge, caller: ClientContext, draft: Draft) -> Result<String, ApiError> {
    let release = edge.release();
    let members = release.manifest().edge.members.clone();
    if members.sign_up != SignUp::Open {
        return Err(sign_up_closed());
    }
    let caller = caller.leading_to(edge, draft.next.as_deref());
    let wanted = read(edge, caller.client, draft).await?;
    let (entropy, now, token) = (edge.entropy.clone(), edge.clock.now(), edge.entropy.token());
    let browser = TokenHash::of(&token);
    let site = SiteNames::of(release.manifest());
    let id = entropy.uuid_v7(now);
    let keep = move |tx: &mut Tx| -> Result<(), ApiError> {
        let claim = Claim {
            id: ClaimId(id),
            email: wanted.email.clone(),
            member: None,
            handle: wanted.handle.clone(),
            name: wanted.name.clone(),
            password_hash: wanted.password_hash.clone(),
            newsletter: wanted.newsletter,
            language: caller.language.clone(),
            browser,
            expires_at: now.plus_secs(KEPT_SECS),
        };
        if !handles::is_free(tx, &claim.handle, None, now)? {
            return Err(handle_taken());
        }
        refuse_names(tx, &site, None, Some(&claim.handle), Some(&claim.name))?;
        match members.verify_email {
            true => wait_for_proof(tx, &claim, &caller, (&entropy, now)),
            false => let_in(tx, claim, &caller, (&entropy, now)),
        }
    };
    edge.store.write(keep).await?;
    Ok(token)
}

/// Sends the letter of a join again, if the browser is the one that joined with this address and the join has not
/// expired. The answer is the same otherwise.
pub async fn ask_again(edge: &Edge, caller: ClientContext, email: &str) -> Result<(), ApiError> {
    let Some((email, browser)) = Email::parse(email).zip(caller.joined) else {
        return Ok(());
    };
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let again = move |tx: &mut Tx| -> Result<(), ApiError> {
        if let Some(claim) = sql::claim::of_join(tx, &email, browser, now)? {
            ask(tx, &claim, &caller, (&entropy, now))?;
        }
        Ok(())
    };
    edge.store.write(again).await
}

/// Stores the claim if a letter may be sent about it. Without a letter nobody could prove it.
fn wait_for_proof(
    tx: &mut Tx,
    claim: &Claim,
    caller: &ClientContext,
    stamp: (&Entropy, Timestamp),
) -> Result<(), ApiError> {
    if ask(tx, claim, caller, stamp)? {
        sql::claim::insert(tx, claim, stamp.1)?;
    }
    Ok(())
}

/// Creates the account at once, and a claim that binds it to its letter.
fn let_in(
    tx: &mut Tx,
    mut claim: Claim,
    caller: &ClientContext,
    stamp: (&Entropy, Timestamp),
) -> Result<(), ApiError> {
    let (entropy, now) = stamp;
    let member = MemberId(entropy.uuid_v7(now));
    let new = NewMember {
        id: member,
        handle: claim.handle.clone(),
        email: claim.email.clone(),
        name: claim.name.clone(),
        password_hash: claim.password_hash.take(),
        role: Role::Member,
        newsletter: claim.newsletter,
        language: claim.language.clone(),
        is_verified: false,
        is_added: false,
    };
    if !sql::member::insert(tx, &new, now)? {
        return Err(handle_taken());
    }
    let subject = member.to_string();
    let stamped = (entropy.uuid_v7(now), now);
    audit::note(
        tx,
        stamped,
        Some(member.0),
        actions::JOIN,
        (&subject, json!({})),
    )?;
    claim.member = Some(member);
    wait_for_proof(tx, &claim, caller, stamp)
}

/// Queues the letter that tells the owner of the address about the join. Returns false if none may be sent.
fn ask(
    tx: &mut Tx,
    claim: &Claim,
    caller: &ClientContext,
    stamp: (&Entropy, Timestamp),
) -> Result<bool, ApiError> {
    let owner = sql::member::with_proven(tx, &claim.email)?;
    let (letter, about) = match owner {
        Some(owner) => (EmailKind::Known, Holder::Member(owner.id)),
        None => (EmailKind::Verify, Holder::Claim(claim.id)),
    };
    let order = EmailJob {
        language: caller.language.clone(),
        next: caller.next.clone(),
        ..EmailJob::of(letter, about)
    };
    let (handle, network) = (claim.handle.key(), caller.client.network().to_text());
    let of_join = (&claim.email, handle.as_str(), network.as_str());
    Ok(mail::ask_to_join(tx, of_join, &order, stamp)?)
}

async fn read(edge: &Edge, client: ClientKey, draft: Draft) -> Result<Wanted, ApiError> {
    let mut faults = Vec::new();
    let email = Email::parse(&draft.email).ok_or_else(email_invalid);
    let email = note(&mut faults, email);
    let handle = Handle::parse(&draft.handle).ok_or_else(handle_invalid);
    let handle = note(&mut faults, handle);
    let name = shown_name(draft.name.as_deref().unwrap_or_default());
    let name = note(&mut faults, name);
    let release = edge.release();
    let context = [
        draft.handle.as_str(),
        draft.email.as_str(),
        release.manifest().site.title.as_str(),
    ];
    let typed = draft.password.as_deref().filter(|it| !it.is_empty());
    let password = typed
        .map(|text| Password::parse(text, false, &context).map_err(password_fault))
        .transpose();
    let password = note(&mut faults, password);
    let (Some(email), Some(handle), Some(name), Some(password)) = (email, handle, name, password)
    else {
        return Err(ApiError::Invalid(faults));
    };
    let password_hash = match password {
        Some(password) => Some(edge.hasher.enter(Why::Join(client))?.hash(password).await?),
        None => None,
    };
    Ok(Wanted {
        email,
        handle,
        name,
        password_hash,
        newsletter: draft.newsletter.unwrap_or(false),
    })
}
