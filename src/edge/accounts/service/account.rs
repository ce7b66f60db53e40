//! Changes of one's own account, for the JSON API and the plain forms.
//!
//! Joining is in `join.rs`, leaving in `leave/`.

use crate::clock::Timestamp;
use crate::config::SignUp;
use crate::edge::accounts::actions;
use crate::edge::accounts::hashing::Why;
use crate::edge::accounts::limits::GUESSES;
use crate::edge::accounts::names::{SiteNames, looks_like};
use crate::edge::accounts::refusal::{
    email_invalid, handle_invalid, handle_taken, note, password_fault, shown_name, sign_in_again,
};
use crate::edge::accounts::service::session::me;
use crate::edge::accounts::service::{authors, claims, handles, session};
use crate::edge::accounts::{
    ClientContext, Current, Email, Handle, Holder, Me, Member, MemberId, Password, Purpose,
    TokenHash, sql,
};
use crate::edge::attempts;
use crate::edge::audit;
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::idempotency::http::Once;
use crate::edge::mail::{self, Asker, EmailJob, EmailKind};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use axum::response::Response;
use serde_json::json;

/// What a member may change in their own account.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::ToSchema)]
pub struct Changes {
    /// Shown name.
    pub name: Option<String>,
    /// Public name.
    pub handle: Option<String>,
    /// Wants the newsletter.
    pub newsletter: Option<bool>,
    /// A new address; it counts once it is confirmed there.
    pub email: Option<String>,
    /// The present password, where the sign-in is older than 15 minutes and the address is to change.
    pub current: Option<String>,
}

/// Changes one's own account; returns it as it is then. A new address shows once it is confirmed.
pub async fn change(
    edge: &Edge,
    current: &Current,
    caller: ClientContext,
    changes: Changes,
    once: &Once,
) -> Result<Response, ApiError> {
    let mut faults = Vec::new();
    let name = changes.name.as_deref().map(shown_name).transpose();
    let name = note(&mut faults, name);
    let handle = changes.handle.as_deref();
    let handle = handle
        .filter(|it| *it != current.member.handle)
        .map(|it| Handle::parse(it).ok_or_else(handle_invalid));
    let handle = note(&mut faults, handle.transpose());
    let email = changes
        .email
        .as_deref()
        .map(|it| Email::parse(it).ok_or_else(email_invalid))
        .transpose();
    let email = note(&mut faults, email);
    let (Some(name), Some(handle), Some(email)) = (name, handle, email) else {
        return Err(ApiError::Invalid(faults));
    };
    let keeps_email = email.is_some() && email == current.member.email;
    let email = email.filter(|_| !keeps_email);
    let name = name.filter(|it| current.member.name != *it);
    if email.is_some() {
        prove_again(edge, current, changes.current.as_deref()).await?;
    }
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let (before, newsletter) = (current.member.clone(), changes.newsletter);
    let site = SiteNames::of(edge.release().manifest());
    let (edge_of_me, edge_again, id) = (edge.clone(), edge.clone(), before.id);
    let keep = move |tx: &mut Tx| -> Result<_, ApiError> {
        refuse_names(tx, &site, Some(&before), handle.as_ref(), name.as_deref())?;
        if let Some(name) = &name {
            authors::keep(tx, &site, (id, &before.name), now)?;
            sql::member::set_name(tx, id, name, now)?;
        }
        if let Some(handle) = &handle {
            if !handles::is_free(tx, handle, Some(id), now)? {
                return Err(handle_taken());
            }
            authors::keep(tx, &site, (id, &before.handle), now)?;
            sql::handle::set_handle(tx, id, handle, now)?;
            if let Some(former) = Handle::parse(&before.handle) {
                handles::lay_aside(tx, &former, id, now)?;
            }
            let subject = id.to_string();
            let stamp = (entropy.uuid_v7(now), now);
            audit::note(
                tx,
                stamp,
                Some(id.0),
                actions::HANDLE,
                (&subject, json!({})),
            )?;
        }
        if let Some(wanted) = newsletter {
            sql::member::set_newsletter(tx, id, wanted, now)?;
        }
        if keeps_email && before.wanted_email.is_some() {
            session::call_off_change(tx, id)?;
        }
        if let Some(email) = &email {
            ask_to_change(tx, &before, email, &caller, (&entropy, now))?;
        }
        Ok((id.0, load_me(tx, &edge_of_me, id)?))
    };
    let show = move |tx: &mut Tx, _| load_me(tx, &edge_again, id);
    once.change(edge, keep, show).await
}

fn load_me(tx: &mut Tx, edge: &Edge, id: MemberId) -> Result<Me, ApiError> {
    let member = sql::member::by_id(tx, id)?.ok_or(ApiError::SignInNeeded)?;
    let entitlements = sql::entitlement::entitlements_of(tx, id)?;
    Ok(me(edge, member, entitlements))
}

/// Asks whoever reads a new address to confirm it, and tells whoever reads the old one. An owner who has the new one
/// already is told instead, and not the member who asked.
fn ask_to_change(
    tx: &mut Tx,
    member: &Member,
    new: &Email,
    caller: &ClientContext,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), ApiError> {
    let owner = sql::member::with_proven(tx, new)?;
    let (letter, about) = match &owner {
        Some(owner) => (EmailKind::Known, owner.id),
        None => (EmailKind::EmailChange, member.id),
    };
    let order = EmailJob {
        to: owner.is_none().then(|| new.clone()),
        language: caller.language.clone(),
        ..EmailJob::of(letter, Holder::Member(about))
    };
    let until = now.plus_secs(Purpose::EmailChange.lifetime_secs());
    sql::member::want_email(tx, member.id, Some((new, until)))?;
    // Whoever may type in any address is anyone, also once they are signed in.
    mail::ask(tx, (new, Asker::Anyone), Some(&order), (entropy, now))?;
    let order = EmailJob::of(EmailKind::EmailChanging, Holder::Member(member.id));
    let order = EmailJob {
        to: member.email.clone(),
        ..order
    };
    Ok(mail::notify(tx, member, &order, (entropy, now))?)
}

/// Sends the letter again that confirms a member's own address. In the browser that joined it is the one of that join,
/// so that the password stays; in another one it opens the account as any link does.
pub async fn ask_to_confirm(
    edge: &Edge,
    current: &Current,
    caller: ClientContext,
) -> Result<(), ApiError> {
    let member = current.member.clone();
    let Some(email) = member.email.filter(|_| member.verified_at.is_none()) else {
        return Ok(());
    };
    let (entropy, now, id) = (edge.entropy.clone(), edge.clock.now(), member.id);
    let ask = move |tx: &mut Tx| -> Result<(), ApiError> {
        let joined = match caller.joined {
            Some(browser) => sql::claim::of_join(tx, &email, browser, now)?,
            None => None,
        };
        let about = match joined.filter(|it| it.member == Some(id)) {
            Some(claim) => Holder::Claim(claim.id),
            None => Holder::Member(id),
        };
        let order = EmailJob {
            language: caller.language.clone(),
            ..EmailJob::of(EmailKind::Verify, about)
        };
        let asked = (&email, Asker::Anyone);
        Ok(mail::ask(tx, asked, Some(&order), (&entropy, now))?)
    };
    edge.store.write(ask).await
}

/// How a new password is allowed.
#[derive(Clone, Debug)]
pub enum Proof<'p> {
    /// The token of a letter: ends all sessions.
    Token(&'p str),
    /// A session and the present password, or a fresh session where there is none: ends the others.
    Session(&'p Current, Option<&'p str>),
}

/// Sets a new password.
pub async fn set_password(edge: &Edge, proof: Proof<'_>, text: &str) -> Result<(), ApiError> {
    let now = edge.clock.now();
    let (token, kept, whose) = match proof {
        Proof::Token(token) => {
            let hash = TokenHash::of_plausible(token).ok_or(ApiError::TokenInvalid)?;
            let whose = edge.store.read(move |tx| Whose::of(tx, hash, now)).await?;
            (Some(hash), None, whose)
        }
        Proof::Session(current, typed) => {
            prove_password(edge, current, typed).await?;
            let whose = Whose::member(current.member.clone());
            (None, Some(current.session.id), whose)
        }
    };
    let release = edge.release();
    let context = [
        whose.handle.as_str(),
        whose.name.as_str(),
        whose.address.as_str(),
        release.manifest().site.title.as_str(),
    ];
    let password = Password::parse(text, whose.is_staff, &context).map_err(password_fault)?;
    let hash = edge.hasher.enter(Why::Member)?.hash(password).await?;
    let (entropy, sign_up) = (
        edge.entropy.clone(),
        release.manifest().edge.members.sign_up,
    );
    let keep = move |tx: &mut Tx| -> Result<(), ApiError> {
        let id = match token {
            Some(token) => use_reset(tx, token, whose.holder, (&entropy, now), sign_up)?,
            None => MemberId(whose.holder.id()),
        };
        sql::member::set_password(tx, id, &hash, now)?;
        session::close_all(tx, id, kept)?;
        // Whoever read the old box could sign in by a link that still lies there.
        sql::token::end_all_tokens(tx, id)?;
        if let Some(member) = sql::member::by_id(tx, id)? {
            let order = EmailJob::of(EmailKind::PasswordChanged, Holder::Member(id));
            mail::notify(tx, &member, &order, (&entropy, now))?;
        }
        let subject = id.to_string();
        let stamp = (entropy.uuid_v7(now), now);
        Ok(audit::note(
            tx,
            stamp,
            Some(id.0),
            actions::PASSWORD,
            (&subject, json!({})),
        )?)
    };
    edge.store.write(keep).await
}

/// Uses the token of a letter, which proves the address; returns whose password is set.
fn use_reset(
    tx: &mut Tx,
    token: TokenHash,
    expected: Holder,
    (entropy, now): (&Entropy, Timestamp),
    sign_up: SignUp,
) -> Result<MemberId, ApiError> {
    let token = sql::token::consume(tx, token, Purpose::Reset, now)?;
    let (holder, email) = token
        .filter(|(holder, _)| *holder == expected)
        .ok_or(ApiError::TokenInvalid)?;
    let proof = claims::Proof {
        holder,
        email: &email,
        letter: claims::OpenedEmail::Other,
        sign_up,
    };
    Ok(claims::prove(tx, &proof, entropy, now)?.member)
}

/// Whose password is to be set, as far as its rules want to know.
struct Whose {
    holder: Holder,
    handle: String,
    name: String,
    address: String,
    is_staff: bool,
}

impl Whose {
    fn member(member: Member) -> Self {
        Whose {
            holder: Holder::Member(member.id),
            handle: member.handle,
            name: member.name,
            address: member
                .email
                .map(|it| it.as_str().into())
                .unwrap_or_default(),
            is_staff: member.role.is_staff(),
        }
    }

    /// Whose letter it was. A claim can turn out to be of someone whom the site's owner added.
    fn of(tx: &mut Tx, token: TokenHash, now: Timestamp) -> Result<Self, ApiError> {
        let token = sql::token::peek(tx, token, Purpose::Reset, now)?;
        let (holder, _) = token.ok_or(ApiError::TokenInvalid)?;
        let whose = match holder {
            Holder::Member(id) => sql::member::by_id(tx, id)?.map(Whose::member),
            Holder::Claim(id) => match sql::claim::by_id(tx, id, now)? {
                Some(claim) => Some(Whose {
                    holder,
                    handle: claim.handle.as_str().into(),
                    name: claim.name,
                    is_staff: sql::member::with_unproven(tx, &claim.email)?
                        .is_some_and(|it| it.role.is_staff()),
                    address: claim.email.as_str().into(),
                }),
                None => None,
            },
        };
        whose.ok_or(ApiError::TokenInvalid)
    }
}

/// Fails unless the sign-in is at most 15 minutes old or the present password is given.
pub async fn prove_again(
    edge: &Edge,
    current: &Current,
    typed: Option<&str>,
) -> Result<(), ApiError> {
    if current.session.is_fresh(edge.clock.now()) {
        return Ok(());
    }
    if typed.is_none() {
        return Err(sign_in_again());
    }
    prove_password(edge, current, typed).await
}

/// Fails unless the present password is given, or, for an account without one, the sign-in is at most 15 minutes old.
async fn prove_password(
    edge: &Edge,
    current: &Current,
    typed: Option<&str>,
) -> Result<(), ApiError> {
    let (id, now) = (current.member.id, edge.clock.now());
    if !current.member.has_password {
        return if current.session.is_fresh(now) {
            Ok(())
        } else {
            Err(sign_in_again())
        };
    }
    let wrong = || {
        ApiError::field(
            "current",
            "password_wrong",
            "this is not your present password",
        )
    };
    let typed = typed.and_then(Password::typed).ok_or_else(wrong)?;
    let turn = edge.hasher.enter(Why::Member)?;
    let guess = edge.entropy.uuid_v7(now);
    let count = move |tx: &mut Tx| -> Result<Option<String>, ApiError> {
        if let Some(retry_after_secs) =
            attempts::take(tx, &GUESSES, &format!("member {id}"), (guess, now))?
        {
            return Err(ApiError::RateLimited { retry_after_secs });
        }
        Ok(sql::member::password_of(tx, id)?)
    };
    let stored = edge.store.write(count).await?;
    if !turn.verify(typed, stored).await?.is_right() {
        return Err(wrong());
    }
    Ok(edge
        .store
        .write(move |tx| attempts::give_back(tx, guess))
        .await?)
}

/// Refuses a handle or name that claims to speak for the site, or that looks like one of the staff's.
pub fn refuse_names(
    tx: &mut Tx,
    site: &SiteNames,
    asker: Option<&Member>,
    handle: Option<&Handle>,
    name: Option<&str>,
) -> Result<(), ApiError> {
    if handle.is_none() && name.is_none() {
        return Ok(());
    }
    let own = match asker {
        Some(member) => sql::author::authors_of(tx, member.id)?,
        None => Vec::new(),
    };
    let is_staff = asker.is_some_and(|it| it.role.is_staff());
    let staff = sql::member::staff_names(tx)?;
    let is_refused = |text: &str| {
        let mut others = staff
            .iter()
            .filter(|(id, ..)| Some(*id) != asker.map(|it| it.id));
        let is_others =
            others.any(|(_, handle, name)| looks_like(text, handle) || looks_like(text, name));
        is_others || !is_staff && site.are_claimed_by(text, &own)
    };
    if handle.is_some_and(|it| is_refused(it.as_str())) {
        return Err(ApiError::field(
            "handle",
            "handle_reserved",
            "this handle is reserved",
        ));
    }
    if name.is_some_and(is_refused) {
        return Err(ApiError::field(
            "name",
            "name_reserved",
            "this name could be taken for the staff's or an author's",
        ));
    }
    Ok(())
}
