//! Signing in with a password: one read of the store, the hash, and one transaction that decides and saves. An unknown
//! name takes as long as a known one (AUTHN-02).

use crate::clock::Timestamp;
use crate::edge::accounts::actions;
use crate::edge::accounts::hashing::{Verdict, Why};
use crate::edge::accounts::limits::{GUESSES, GUESSES_FROM};
use crate::edge::accounts::service::session::{Opened, admit, opened};
use crate::edge::accounts::{ClientContext, Email, Holder, Member, Password, handle_key, sql};
use crate::edge::attempts::{self, Failed};
use crate::edge::audit;
use crate::edge::error::ApiError;
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;
use uuid::Uuid;

/// Signs in with a handle or an address and a password. The right password of a claim is refused until its address is
/// proven.
pub async fn sign_in(
    edge: &Edge,
    caller: ClientContext,
    login: &str,
    password: &str,
) -> Result<Opened, ApiError> {
    let Some(typed) = Password::typed(password).filter(|_| login.len() <= 254) else {
        return Err(ApiError::InvalidCredentials);
    };
    let turn = edge.hasher.enter(Why::SignIn(caller.client))?;
    let login = Login::read(login);
    let guess = edge.entropy.uuid_v7(edge.clock.now());
    let places = count(edge, &caller, &login, guess).await?;
    // A place that nobody has is hashed like the others: a refusal costs two hashes, whoever the name is of.
    for (n, place) in places.into_iter().enumerate() {
        let stored = place.as_ref().and_then(|it| it.hash.clone());
        let verdict = turn.verify(typed.clone(), stored).await?;
        let Some(place) = place.filter(|_| verdict.is_right()) else {
            continue;
        };
        let renewed = match verdict {
            Verdict::RightButWeak(renewed) => Some(renewed),
            _ => None,
        };
        let right = Right {
            place,
            renewed,
            is_first: n == 0,
            guess,
        };
        return settle(edge, caller, login, right).await;
    }
    drop(turn);
    refuse(edge, &caller, login).await
}

/// Whose password it could be.
#[derive(Clone)]
struct Place {
    holder: Holder,
    hash: Option<String>,
}

/// Whose password it is.
struct Right {
    place: Place,
    /// A stronger hash of the same password.
    renewed: Option<String>,
    /// Whether the login names this account for certain. A second one only says that the address is theirs.
    is_first: bool,
    /// The attempt that was counted for it.
    guess: Uuid,
}

/// Counts a guess under this id, and finds the accounts it can be for.
async fn count(
    edge: &Edge,
    caller: &ClientContext,
    login: &Login,
    guess: Uuid,
) -> Result<[Option<Place>; 2], ApiError> {
    let now = edge.clock.now();
    let (wanted, client) = (login.clone(), caller.client.to_text());
    // At an account a guess is counted before it is judged: of a thousand at one time only ten come through. At a
    // client failures alone are counted, so that a class may sign in at one time; the queue of hashes bounds the
    // guesses that are being judged.
    let count = move |tx: &mut Tx| -> Result<_, ApiError> {
        let (subject, about) = (wanted.subject(), wanted.exact());
        let failed = Failed {
            subject: &subject,
            about: &about,
        };
        let slowed = attempts::take_at(tx, &GUESSES, failed, (guess, now))?;
        let barred = attempts::wait_secs(tx, &GUESSES_FROM, &client, now)?;
        match slowed.max(barred) {
            Some(retry_after_secs) => Err(ApiError::RateLimited { retry_after_secs }),
            None => Ok(wanted.places(tx, now)?),
        }
    };
    edge.store.write(count).await
}

async fn settle(
    edge: &Edge,
    caller: ClientContext,
    login: Login,
    right: Right,
) -> Result<Opened, ApiError> {
    let Holder::Member(id) = right.place.holder else {
        return Err(ApiError::Unverified);
    };
    let (entropy, token, now) = (edge.entropy.clone(), edge.entropy.token(), edge.clock.now());
    let (kept, client) = (token.clone(), caller.client.to_text());
    let (subject, about) = (login.subject(), login.exact());
    let settle = move |tx: &mut Tx| -> Result<(Member, _), ApiError> {
        // The account may have been changed while the password was hashed.
        let member = sql::member::by_id(tx, id)?.ok_or(ApiError::InvalidCredentials)?;
        if sql::member::password_of(tx, id)? != right.place.hash {
            return Err(ApiError::InvalidCredentials);
        }
        if member.suspended_at.is_some() {
            let reason = sql::member::suspended_for(tx, id)?;
            return Err(ApiError::Suspended { reason });
        }
        attempts::give_back(tx, right.guess)?;
        // Forgiven are the failures at this account alone. Whoever has another address of the same box, or claims the
        // address of another, must not take back the guesses at that account.
        if right.is_first {
            for (limit, subject) in [(&GUESSES, &subject), (&GUESSES_FROM, &client)] {
                let failed = Failed {
                    subject,
                    about: &about,
                };
                attempts::forgive(tx, limit, failed, now)?;
            }
        }
        if let Some(renewed) = &right.renewed {
            sql::member::set_password(tx, id, renewed, now)?;
        }
        admit(tx, &entropy, &caller, (&member, &kept), now)?;
        let entitlements = sql::entitlement::entitlements_of(tx, id)?;
        Ok((member, entitlements))
    };
    let (member, entitlements) = edge.store.write(settle).await?;
    Ok(opened(edge, member, entitlements, token))
}

/// Counts a failure at the client, and notes it.
async fn refuse(edge: &Edge, caller: &ClientContext, login: Login) -> Result<Opened, ApiError> {
    let (entropy, now, client) = (
        edge.entropy.clone(),
        edge.clock.now(),
        caller.client.to_text(),
    );
    let note = move |tx: &mut Tx| -> Result<(), ApiError> {
        let failed = Failed {
            subject: &client,
            about: &login.exact(),
        };
        attempts::note_failure(tx, &GUESSES_FROM, failed, (entropy.uuid_v7(now), now))?;
        let stamp = (entropy.uuid_v7(now), now);
        Ok(audit::note(
            tx,
            stamp,
            None,
            actions::SIGN_IN_REFUSED,
            ("", json!({})),
        )?)
    };
    edge.store.write(note).await?;
    Err(ApiError::InvalidCredentials)
}

/// A login as it was typed: what it is looked up by, and what guesses at it are counted by.
#[derive(Clone)]
enum Login {
    Address(Email),
    Handle(String),
    /// A text that cannot be a name is looked up and counted all the same.
    Nonsense,
}

impl Login {
    fn read(text: &str) -> Self {
        match Email::parse(text) {
            Some(email) => Login::Address(email),
            None if text.trim().is_empty() || text.contains('\0') => Login::Nonsense,
            None => Login::Handle(handle_key(text.trim())),
        }
    }

    /// What a limit counts by: the box of an address, however it is spelt. The same for a known and an unknown name, so
    /// that a full bucket tells nothing.
    fn subject(&self) -> String {
        match self {
            Login::Address(email) => format!("address {}", email.box_key()),
            Login::Handle(key) => format!("handle {key}"),
            Login::Nonsense => "nonsense".into(),
        }
    }

    /// What a success forgives: failures at this very address or handle, which one account has.
    fn exact(&self) -> String {
        match self {
            Login::Address(email) => format!("address {}", email.as_str()),
            Login::Handle(_) | Login::Nonsense => self.subject(),
        }
    }

    /// Whose password it could be: who proved the address or has the handle, and who only says that it is theirs.
    fn places(&self, tx: &mut Tx, now: Timestamp) -> Result<[Option<Place>; 2], StoreError> {
        let (first, second) = match self {
            Login::Address(email) => {
                let first = sql::member::with_proven(tx, email)?;
                let second = sql::member::with_unproven(tx, email)?;
                (first, second)
            }
            Login::Handle(key) => (sql::member::by_handle(tx, key)?, None),
            Login::Nonsense => return Ok([None, None]),
        };
        let second = match second {
            Some(member) => Some(Place::of(tx, &member)?),
            None => self.claim(tx, now)?,
        };
        let first = first.map(|it| Place::of(tx, &it)).transpose()?;
        Ok([first, second])
    }

    fn claim(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Place>, StoreError> {
        let claim = match self {
            Login::Address(email) => sql::claim::newest_of(tx, email, now)?,
            Login::Handle(key) => sql::claim::wanting(tx, key, now)?,
            Login::Nonsense => None,
        };
        Ok(claim.map(|it| Place {
            holder: Holder::Claim(it.id),
            hash: it.password_hash,
        }))
    }
}

impl Place {
    fn of(tx: &mut Tx, member: &Member) -> Result<Self, StoreError> {
        Ok(Place {
            holder: Holder::Member(member.id),
            hash: sql::member::password_of(tx, member.id)?,
        })
    }
}
