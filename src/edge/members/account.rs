//! Joining, and what a member changes in their own account: what the JSON API and the plain forms both do.
//!
//! Leaving is in `leave/`. Whether an address is known is told to nobody: who joins with a known one
//! gets the same answer after the same work, and its owner gets a letter (AUTHN-03).

use crate::config::SignUp;
use crate::edge::attempts::{self, GUESSES};
use crate::edge::audit::{self, Action};
use crate::edge::error::{ApiError, FieldError};
use crate::edge::mail::{self, Letter, Order};
use crate::edge::members::sql::{self, NewMember};
use crate::edge::members::{
    Email, Entitlement, Handle, HandleFault, Me, Member, MemberId, Password, PasswordFault, Role,
    clean_name, looks_like,
};
use crate::edge::sessions::{self, Current, Door, Purpose, TokenHash};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use serde_json::json;

/// What joining takes.
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
    /// The page to be at once the address is proved: a path of this site; anything else counts as none.
    pub next: Option<String>,
}

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

/// One's own account as it is shown: with the tiers that hold, and verified where the site does not ask for that.
pub fn me(edge: &Edge, member: Member, entitlements: Vec<Entitlement>) -> Me {
    let now = edge.clock.now();
    let held = entitlements
        .into_iter()
        .filter(|it| it.holds_at(now))
        .collect();
    let asks_for_proof = edge.release().manifest().edge.members.verify_email;
    let mut me = Me::of(member, held);
    me.verified |= !asks_for_proof;
    me
}

/// Joins. Gives nothing: whoever reads the mail goes on from there.
pub async fn join(edge: &Edge, door: Door, draft: Draft) -> Result<(), ApiError> {
    let release = edge.release();
    if release.manifest().edge.members.sign_up != SignUp::Open {
        let detail = "this site does not take new members by itself";
        return Err(ApiError::Refused {
            code: "sign_up_closed",
            detail,
        });
    }
    let door = door.leading_to(edge, draft.next.as_deref());
    let mut faults = Vec::new();
    let email = note(
        &mut faults,
        Email::parse(&draft.email).ok_or_else(email_invalid),
    );
    let handle = note(
        &mut faults,
        Handle::parse(&draft.handle).map_err(handle_fault),
    );
    let name = note(
        &mut faults,
        clean_name(draft.name.as_deref().unwrap_or_default()).ok_or_else(name_invalid),
    );
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
        Some(password) => Some(edge.hasher.enter()?.hash(password).await?),
        None => None,
    };
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let new = NewMember {
        id: MemberId(entropy.uuid_v7(now)),
        handle,
        email,
        name,
        password_hash,
        role: Role::Member,
        newsletter: draft.newsletter.unwrap_or(false),
        language: door.language.clone(),
        is_verified: false,
    };
    let keep = move |tx: &mut Tx| -> Result<(), ApiError> {
        let known = sql::with_email(tx, &new.email)?;
        let claim = known.iter().find(|it| it.verified_at.is_none());
        let holder = sql::by_handle(tx, &new.handle.key())?;
        let is_repeated = holder
            .as_ref()
            .is_some_and(|it| claim.is_some_and(|claim| claim.id == it.id));
        if !is_repeated {
            if holder.is_some() {
                return Err(handle_taken());
            }
            refuse_staff_names(tx, None, Some(new.handle.as_str()), Some(&new.name))?;
        }
        if claim.is_none() {
            if !sql::insert(tx, &new, now)? {
                return Err(handle_taken());
            }
            let subject = new.id.to_string();
            audit::note(
                tx,
                (entropy.uuid_v7(now), now),
                Some(new.id.0),
                Action::Join,
                (&subject, json!({})),
            )?;
        }
        let owner = known.iter().find(|it| it.verified_at.is_some());
        let (letter, member) = match owner {
            Some(owner) => (Letter::Known, owner.id),
            None => (Letter::Verify, claim.map_or(new.id, |it| it.id)),
        };
        let order = Order {
            letter,
            member,
            to: None,
            language: door.language.clone(),
            next: door.next.clone(),
        };
        Ok(mail::ask(tx, &new.email, Some(&order), (&entropy, now))?)
    };
    edge.store.write(keep).await
}

/// Changes one's own account; gives it as it is then. A new address shows once it is confirmed.
pub async fn change(
    edge: &Edge,
    current: &Current,
    door: Door,
    changes: Changes,
) -> Result<Me, ApiError> {
    let mut faults = Vec::new();
    let name = changes
        .name
        .as_deref()
        .map(|it| clean_name(it).ok_or_else(name_invalid))
        .transpose();
    let name = note(&mut faults, name);
    let handle = changes.handle.as_deref();
    let handle = handle
        .filter(|it| *it != current.member.handle)
        .map(|it| Handle::parse(it).map_err(handle_fault));
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
    let email = email.filter(|it| current.member.email.as_ref() != Some(it));
    if email.is_some() {
        prove_again(edge, current, changes.current.as_deref()).await?;
    }
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let (id, old, newsletter) = (
        current.member.id,
        current.member.email.clone(),
        changes.newsletter,
    );
    let keep = move |tx: &mut Tx| -> Result<_, ApiError> {
        refuse_staff_names(
            tx,
            Some(id),
            handle.as_ref().map(Handle::as_str),
            name.as_deref(),
        )?;
        if let Some(name) = &name {
            sql::set_name(tx, id, name, now)?;
        }
        if let Some(handle) = &handle {
            if !sql::set_handle(tx, id, handle, now)? {
                return Err(handle_taken());
            }
            let subject = id.to_string();
            audit::note(
                tx,
                (entropy.uuid_v7(now), now),
                Some(id.0),
                Action::Handle,
                (&subject, json!({})),
            )?;
        }
        if let Some(wanted) = newsletter {
            sql::set_newsletter(tx, id, wanted, now)?;
        }
        if let Some(email) = &email {
            // Whoever has the address is told, and not the member who asked.
            let owner = sql::with_email(tx, email)?
                .into_iter()
                .find(|it| it.verified_at.is_some());
            let language = door.language.clone();
            let order = match owner {
                Some(owner) => Order {
                    letter: Letter::Known,
                    member: owner.id,
                    to: None,
                    language,
                    next: None,
                },
                None => Order {
                    letter: Letter::EmailChange,
                    member: id,
                    to: Some(email.clone()),
                    language,
                    next: None,
                },
            };
            mail::ask(tx, email, Some(&order), (&entropy, now))?;
            let order = Order {
                letter: Letter::EmailChanging,
                member: id,
                to: old.clone(),
                language: None,
                next: None,
            };
            mail::post(tx, &order, &entropy, now)?;
        }
        let member = sql::by_id(tx, id)?.ok_or(ApiError::SignInNeeded)?;
        let entitlements = sql::entitlements_of(tx, id)?;
        Ok((member, entitlements))
    };
    let (member, entitlements) = edge.store.write(keep).await?;
    Ok(me(edge, member, entitlements))
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
    let (token, kept, member) = match proof {
        Proof::Token(token) => {
            let hash = TokenHash::of_plausible(token).ok_or(ApiError::TokenInvalid)?;
            let look = move |tx: &mut Tx| -> Result<Option<Member>, ApiError> {
                let Some((id, _)) = sessions::peek(tx, hash, Purpose::Reset, now)? else {
                    return Ok(None);
                };
                Ok(sql::by_id(tx, id)?)
            };
            let member = edge.store.read(look).await?.ok_or(ApiError::TokenInvalid)?;
            (Some(hash), None, member)
        }
        Proof::Session(current, typed) => {
            prove_password(edge, current, typed).await?;
            (None, Some(current.session.id), current.member.clone())
        }
    };
    let release = edge.release();
    let address = member.email.as_ref().map(Email::as_str).unwrap_or_default();
    let context = [
        member.handle.as_str(),
        member.name.as_str(),
        address,
        release.manifest().site.title.as_str(),
    ];
    let password =
        Password::parse(text, member.role.is_staff(), &context).map_err(password_fault)?;
    let hash = edge.hasher.enter()?.hash(password).await?;
    let (entropy, id) = (edge.entropy.clone(), member.id);
    let keep = move |tx: &mut Tx| -> Result<(), ApiError> {
        if let Some(token) = token {
            let (owner, email) =
                sessions::consume(tx, token, Purpose::Reset, now)?.ok_or(ApiError::TokenInvalid)?;
            let member = sql::by_id(tx, owner)?
                .filter(|it| it.id == id)
                .ok_or(ApiError::TokenInvalid)?;
            sessions::prove(tx, &member, &email, now)?;
        }
        sql::set_password(tx, id, &hash, now)?;
        sessions::close_all(tx, id, kept)?;
        // Whoever read the old box could sign in by a link that still lies there.
        sessions::end_tokens(tx, id, Purpose::SignIn)?;
        sessions::end_tokens(tx, id, Purpose::Reset)?;
        let order = Order {
            letter: Letter::PasswordChanged,
            member: id,
            to: None,
            language: None,
            next: None,
        };
        mail::post(tx, &order, &entropy, now)?;
        let subject = id.to_string();
        Ok(audit::note(
            tx,
            (entropy.uuid_v7(now), now),
            Some(id.0),
            Action::Password,
            (&subject, json!({})),
        )?)
    };
    edge.store.write(keep).await
}

/// Wants a sign-in of the last 15 minutes, or the present password.
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

/// Wants the present password; where there is none, a sign-in of the last 15 minutes.
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
    let turn = edge.hasher.enter()?;
    let guess = edge.entropy.uuid_v7(now);
    let count = move |tx: &mut Tx| -> Result<Option<String>, ApiError> {
        if let Some(retry_after_secs) =
            attempts::take(tx, &GUESSES, &format!("member {id}"), (guess, now))?
        {
            return Err(ApiError::RateLimited { retry_after_secs });
        }
        Ok(sql::password_of(tx, id)?)
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

/// Refuses a handle or name that could be read as one of the staff's, other than `own`.
fn refuse_staff_names(
    tx: &mut Tx,
    own: Option<MemberId>,
    handle: Option<&str>,
    name: Option<&str>,
) -> Result<(), ApiError> {
    if handle.is_none() && name.is_none() {
        return Ok(());
    }
    let staff = sql::staff_names(tx)?;
    let passes_for = |text: &str| {
        let others = staff.iter().filter(|(id, ..)| Some(*id) != own);
        others
            .into_iter()
            .any(|(_, handle, name)| looks_like(text, handle) || looks_like(text, name))
    };
    if handle.is_some_and(passes_for) {
        return Err(handle_fault(HandleFault::Reserved));
    }
    if name.is_some_and(|it| passes_for(it) || Handle::claims_office(it)) {
        return Err(ApiError::field(
            "name",
            "name_reserved",
            "this name could be taken for the staff's",
        ));
    }
    Ok(())
}

fn note<T>(faults: &mut Vec<FieldError>, read: Result<T, ApiError>) -> Option<T> {
    read.map_err(|error| faults.extend(fields(error))).ok()
}

fn fields(error: ApiError) -> Vec<FieldError> {
    match error {
        ApiError::Invalid(errors) => errors,
        _ => Vec::new(),
    }
}

/// The account is there, but its sign-in is too old for what is asked.
pub fn sign_in_again() -> ApiError {
    ApiError::Refused {
        code: "sign_in_again",
        detail: "sign in again to do this",
    }
}

/// The refusal of a text that is no address.
pub fn email_invalid() -> ApiError {
    ApiError::field("email", "email_invalid", "this is no e-mail address")
}

fn handle_taken() -> ApiError {
    ApiError::field("handle", "handle_taken", "this handle is taken")
}

fn name_invalid() -> ApiError {
    ApiError::field("name", "name_invalid", "a name has at most 60 characters")
}

fn handle_fault(fault: HandleFault) -> ApiError {
    match fault {
        HandleFault::Form => {
            let message =
                "a handle has 3 to 30 ASCII letters, digits, `-` and `_`, and begins with a letter";
            ApiError::field("handle", "handle_invalid", message)
        }
        HandleFault::Reserved => {
            ApiError::field("handle", "handle_reserved", "this handle is reserved")
        }
    }
}

fn password_fault(fault: PasswordFault) -> ApiError {
    match fault {
        PasswordFault::Short(least) => ApiError::field(
            "password",
            "password_short",
            format!("a password has at least {least} characters"),
        ),
        PasswordFault::Long => ApiError::field(
            "password",
            "password_long",
            "a password has at most 128 characters",
        ),
        PasswordFault::Common => ApiError::field(
            "password",
            "password_common",
            "this password would be among the first to be guessed",
        ),
    }
}
