//! Signing in and out: what the JSON API and the plain forms both do.
//!
//! Each act is one look at the store, the hash where one is needed, and one transaction that decides
//! and saves. An unknown name costs what a known one costs (AUTHN-02).

use crate::edge::attempts::{self, Failed, GUESSES, GUESSES_FROM};
use crate::edge::audit::{self, Action};
use crate::edge::error::ApiError;
use crate::edge::extract::ClientKey;
use crate::edge::mail::{self, Letter, Order};
use crate::edge::members::hashing::Busy;
use crate::edge::members::{self, Email, Me, Member, MemberId, Password, handle_key};
use crate::edge::sessions::{Lifetime, Purpose, TokenHash, USER_AGENT_CHARS, own_path, sql};
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;

/// Where a request comes from, as far as a sign-in wants to know.
#[derive(Clone, Debug)]
pub struct Door {
    /// What limits count by.
    pub client: ClientKey,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The session that its cookie held until now, which a new one ends (SES-02).
    pub old: Option<TokenHash>,
    /// A language of the site.
    pub language: Option<String>,
    /// Where the one who knocks wants to be afterwards: a path of this site, which the letter's link leads on to.
    pub next: Option<String>,
}

impl Door {
    /// The same with a way on, where `next` is a path of this site (SES-18).
    pub fn leading_to(self, edge: &Edge, next: Option<&str>) -> Self {
        let base = edge.settings.base_url.path();
        Door {
            next: next.and_then(|it| own_path(it, base)),
            ..self
        }
    }
}

/// A session that was just opened. The token goes into the cookie and nowhere else.
pub struct Opened {
    /// Whose it is.
    pub me: Me,
    /// What the cookie holds.
    pub token: String,
    /// How long the cookie is kept.
    pub max_age_secs: i64,
}

impl From<Busy> for ApiError {
    fn from(_: Busy) -> Self {
        ApiError::busy()
    }
}

/// Signs in with a handle or an address and a password.
pub async fn sign_in(
    edge: &Edge,
    door: Door,
    login: &str,
    password: &str,
) -> Result<Opened, ApiError> {
    let Some(typed) = Password::typed(password).filter(|_| login.len() <= 254) else {
        return Err(ApiError::InvalidCredentials);
    };
    let turn = edge.hasher.enter()?;
    let login = Login::read(login);
    let now = edge.clock.now();
    let guess = edge.entropy.uuid_v7(now);
    // At an account counted before it is judged: of a thousand guesses at one time only ten come through. At a client
    // failures alone are counted, so that a class may sign in at one time; the queue of hashes bounds the guesses that
    // are being judged.
    let (wanted, client) = (login.clone(), door.client.to_text());
    let count = move |tx: &mut Tx| -> Result<_, ApiError> {
        let slowed = attempts::take(tx, &GUESSES, &wanted.subject(), (guess, now))?;
        let barred = attempts::wait_secs(tx, &GUESSES_FROM, &client, now)?;
        match slowed.max(barred) {
            Some(retry_after_secs) => Err(ApiError::RateLimited { retry_after_secs }),
            None => Ok(wanted.candidates(tx)?),
        }
    };
    let candidates = edge.store.write(count).await?;

    // Who proved an address is asked first, who only claims it second. A place that nobody has is hashed like
    // the others: a refusal costs a handle one hash and an address two, whoever has it.
    let (proven, claims): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|(_, _, is_first)| *is_first);
    let n_places = if matches!(login, Login::Address(_)) {
        2
    } else {
        1
    };
    let mut right = None;
    for place in [proven, claims].into_iter().take(n_places) {
        let asked = place.into_iter().next();
        let stored = asked.as_ref().and_then(|(_, hash, _)| hash.clone());
        let verdict = turn.verify(typed.clone(), stored).await?;
        if let Some((id, hash, _)) = asked.filter(|_| verdict.is_right()) {
            right = Some((id, hash, verdict));
            break;
        }
    }
    drop(turn);

    let entropy = edge.entropy.clone();
    let Some((id, hash, verdict)) = right else {
        let client = door.client.to_text();
        let note = move |tx: &mut Tx| -> Result<(), ApiError> {
            let failed = Failed {
                subject: &client,
                about: &login.subject(),
            };
            let stamp = (entropy.uuid_v7(now), now);
            attempts::note_failure(tx, &GUESSES_FROM, failed, stamp)?;
            Ok(audit::note(
                tx,
                stamp,
                None,
                Action::SignInRefused,
                ("", json!({})),
            )?)
        };
        edge.store.write(note).await?;
        return Err(ApiError::InvalidCredentials);
    };
    let renewed = match verdict {
        members::hashing::Verdict::RightButWeak(renewed) => Some(renewed),
        _ => None,
    };
    let (token, now) = (edge.entropy.token(), edge.clock.now());
    let (kept, subject) = (token.clone(), login.subject());
    let settle = move |tx: &mut Tx| -> Result<(Member, _), ApiError> {
        // The account may have been changed while the password was hashed.
        let member = members::by_id(tx, id)?.ok_or(ApiError::InvalidCredentials)?;
        if members::password_of(tx, id)? != hash {
            return Err(ApiError::InvalidCredentials);
        }
        if member.suspended_at.is_some() {
            return Err(ApiError::Suspended);
        }
        attempts::forget(tx, &GUESSES, &subject, now)?;
        let failed = Failed {
            subject: &door.client.to_text(),
            about: &subject,
        };
        attempts::forgive(tx, &GUESSES_FROM, failed, now)?;
        if let Some(renewed) = &renewed {
            members::set_password(tx, id, renewed, now)?;
        }
        admit(tx, &entropy, &door, (&member, &kept), now)?;
        let entitlements = members::entitlements_of(tx, id)?;
        Ok((member, entitlements))
    };
    let (member, entitlements) = edge.store.write(settle).await?;
    Ok(opened(edge, member, entitlements, token))
}

/// Ends the session of the cookie. Ending one that is no more is as good.
pub async fn sign_out(edge: &Edge, old: Option<TokenHash>) -> Result<(), ApiError> {
    let Some(token) = old else { return Ok(()) };
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let close = move |tx: &mut Tx| -> Result<(), StoreError> {
        let Some((_, member)) = sql::find(tx, token)? else {
            return Ok(());
        };
        sql::close_token(tx, token)?;
        let subject = member.id.to_string();
        audit::note(
            tx,
            (entropy.uuid_v7(now), now),
            Some(member.id.0),
            Action::SignOut,
            (&subject, json!({})),
        )
    };
    Ok(edge.store.write(close).await?)
}

/// Asks for a letter with a link at an address. Whether someone has it is told to nobody.
pub async fn ask_for(edge: &Edge, door: Door, email: &str, letter: Letter) -> Result<(), ApiError> {
    let email = Email::parse(email).ok_or_else(members::account::email_invalid)?;
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let ask = move |tx: &mut Tx| -> Result<(), StoreError> {
        let member = members::with_email(tx, &email)?.into_iter().next();
        let order = member
            .filter(|it| it.suspended_at.is_none())
            .map(|member| Order {
                letter,
                member: member.id,
                to: None,
                language: door.language.clone(),
                next: door.next.clone(),
            });
        mail::ask(tx, &email, order.as_ref(), (&entropy, now))
    };
    Ok(edge.store.write(ask).await?)
}

/// Signs in with the token of a magic link, which also proves the address.
pub async fn redeem(edge: &Edge, door: Door, token: &str) -> Result<Opened, ApiError> {
    use_token(edge, door, token, |tx, hash, now| {
        for purpose in [Purpose::SignIn, Purpose::Setup] {
            if let Some((id, email)) = sql::consume(tx, hash, purpose, now)? {
                let member = members::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
                prove(tx, &member, &email, now)?;
                return Ok(id);
            }
        }
        Err(ApiError::TokenInvalid)
    })
    .await
}

/// Proves an address with the token of its letter, that of a new member or of a change, and signs in.
pub async fn verify(edge: &Edge, door: Door, token: &str) -> Result<Opened, ApiError> {
    let entropy = edge.entropy.clone();
    use_token(edge, door, token, move |tx, hash, now| {
        if let Some((id, email)) = sql::consume(tx, hash, Purpose::Verify, now)? {
            let member = members::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
            prove(tx, &member, &email, now)?;
            let subject = id.to_string();
            audit::note(
                tx,
                (entropy.uuid_v7(now), now),
                Some(id.0),
                Action::Verify,
                (&subject, json!({})),
            )?;
            return Ok(id);
        }
        let (id, email) =
            sql::consume(tx, hash, Purpose::EmailChange, now)?.ok_or(ApiError::TokenInvalid)?;
        let (member, new) = members::by_id(tx, id)?
            .zip(Email::parse(&email))
            .ok_or(ApiError::TokenInvalid)?;
        if !members::set_email(tx, id, &new, now)? {
            return Err(ApiError::TokenInvalid);
        }
        // Links that are still in the old box must open nothing.
        sql::end_all_tokens(tx, id)?;
        let order = Order {
            letter: Letter::EmailChanged,
            member: id,
            to: member.email,
            language: None,
            next: None,
        };
        mail::post(tx, &order, &entropy, now)?;
        let subject = id.to_string();
        audit::note(
            tx,
            (entropy.uuid_v7(now), now),
            Some(id.0),
            Action::Email,
            (&subject, json!({})),
        )?;
        Ok(id)
    })
    .await
}

/// Uses a token by `take`, which says whose it was, and opens a session, all in one transaction.
async fn use_token(
    edge: &Edge,
    door: Door,
    token: &str,
    mut take: impl FnMut(&mut Tx, TokenHash, crate::clock::Timestamp) -> Result<MemberId, ApiError>
    + Send
    + 'static,
) -> Result<Opened, ApiError> {
    let hash = TokenHash::of_plausible(token).ok_or(ApiError::TokenInvalid)?;
    let (entropy, now, token) = (edge.entropy.clone(), edge.clock.now(), edge.entropy.token());
    let kept = token.clone();
    let open = move |tx: &mut Tx| -> Result<(Member, _), ApiError> {
        let id = take(tx, hash, now)?;
        let member = members::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
        if member.suspended_at.is_some() {
            return Err(ApiError::Suspended);
        }
        admit(tx, &entropy, &door, (&member, &kept), now)?;
        let entitlements = members::entitlements_of(tx, id)?;
        Ok((member, entitlements))
    };
    let (member, entitlements) = edge.store.write(open).await?;
    Ok(opened(edge, member, entitlements, token))
}

/// Notes that whoever opened the link has the address, if it still is the member's.
pub fn prove(
    tx: &mut Tx,
    member: &Member,
    email: &str,
    now: crate::clock::Timestamp,
) -> Result<(), ApiError> {
    if member.email.as_ref().map(Email::as_str) != Some(email) {
        return Err(ApiError::TokenInvalid);
    }
    if member.verified_at.is_none() && !members::set_verified(tx, member.id, now)? {
        return Err(ApiError::TokenInvalid);
    }
    Ok(())
}

fn admit(
    tx: &mut Tx,
    entropy: &crate::edge::entropy::Entropy,
    door: &Door,
    (member, token): (&Member, &str),
    now: crate::clock::Timestamp,
) -> Result<(), StoreError> {
    if let Some(old) = door.old {
        sql::close_token(tx, old)?;
    }
    let user_agent: String = door
        .user_agent
        .chars()
        .filter(|it| !it.is_control())
        .take(USER_AGENT_CHARS)
        .collect();
    sql::open(
        tx,
        member,
        TokenHash::of(token),
        (entropy.uuid_v7(now), &user_agent),
        now,
    )?;
    let subject = member.id.to_string();
    audit::note(
        tx,
        (entropy.uuid_v7(now), now),
        Some(member.id.0),
        Action::SignIn,
        (&subject, json!({})),
    )
}

fn opened(
    edge: &Edge,
    member: Member,
    entitlements: Vec<members::Entitlement>,
    token: String,
) -> Opened {
    let max_age_secs = Lifetime::of(member.role).absolute_secs;
    Opened {
        me: members::account::me(edge, member, entitlements),
        token,
        max_age_secs,
    }
}

/// A login as it was typed: what it is looked up by, and what guesses at it are counted by.
#[derive(Clone)]
enum Login {
    Address(Email),
    Handle(String),
    /// What is nobody's name is looked up and counted all the same.
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

    /// The same for a known and an unknown name, so that a full bucket tells nothing.
    fn subject(&self) -> String {
        match self {
            Login::Address(email) => format!("address {}", email.box_key()),
            Login::Handle(key) => format!("handle {key}"),
            Login::Nonsense => "nonsense".into(),
        }
    }

    /// Whose password it could be, with the stored hash: who proved the address or has the handle
    /// (`true`), and who only claims the address (`false`).
    fn candidates(&self, tx: &mut Tx) -> Result<Vec<(MemberId, Option<String>, bool)>, StoreError> {
        let found = match self {
            Login::Address(email) => {
                let known = members::with_email(tx, email)?;
                known
                    .into_iter()
                    .map(|it| (it.id, it.verified_at.is_some()))
                    .collect()
            }
            Login::Handle(key) => members::by_handle(tx, key)?
                .into_iter()
                .map(|it| (it.id, true))
                .collect(),
            Login::Nonsense => Vec::new(),
        };
        let with_hash =
            |(id, is_first): (MemberId, bool)| Ok((id, members::password_of(tx, id)?, is_first));
        found.into_iter().map(with_hash).collect()
    }
}
