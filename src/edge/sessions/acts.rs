//! Signing out, and what letters open: what the JSON API and the plain forms both do. Signing in with a password is in
//! `sign_in.rs`.

use crate::clock::Timestamp;
use crate::edge::audit::{self, Action};
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::extract::ClientKey;
use crate::edge::mail::{self, Asker, Letter, Order};
use crate::edge::members::claims::{self, Proof, Proved};
use crate::edge::members::hashing::Busy;
use crate::edge::members::{self, Email, Holder, Me, Member, MemberId};
use crate::edge::sessions::{Lifetime, Purpose, TokenHash, USER_AGENT_CHARS, own_path, sql};
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;
use uuid::Uuid;

/// Where a request comes from, as far as a sign-in wants to know.
#[derive(Clone, Debug)]
pub struct Door {
    /// What limits count by.
    pub client: ClientKey,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The session that its cookie held until now, which a new one ends (SES-02).
    pub old: Option<TokenHash>,
    /// What its browser got when it joined, which binds the join's letter to it.
    pub joined: Option<TokenHash>,
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
    /// What its member has to choose anew.
    pub proved: Proved,
}

impl From<Busy> for ApiError {
    fn from(_: Busy) -> Self {
        ApiError::busy()
    }
}

/// Ends the session of the cookie. Succeeds even if it has ended.
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
        let found = claims::of_address(tx, &email, now)?;
        let order = found.about.map(|about| Order {
            language: door.language.clone(),
            next: door.next.clone(),
            also: found.also,
            ..Order::of(letter, about)
        });
        let asker = match found.is_proven {
            true => Asker::Proven,
            false => Asker::Anyone,
        };
        mail::ask(tx, (&email, asker), order.as_ref(), (&entropy, now))
    };
    Ok(edge.store.write(ask).await?)
}

/// Signs in with the token of a magic link, which also proves the address.
pub async fn redeem(edge: &Edge, door: Door, token: &str) -> Result<Opened, ApiError> {
    let (entropy, sign_up) = (
        edge.entropy.clone(),
        edge.release().manifest().edge.members.sign_up,
    );
    use_token(edge, door, token, move |tx, _, hash, now| {
        if let Some((holder, email)) = sql::consume(tx, hash, Purpose::SignIn, now)? {
            let proof = Proof {
                holder,
                email: &email,
                letter: claims::Letter::Other,
                sign_up,
            };
            return claims::prove(tx, &proof, &entropy, now);
        }
        // Made by the site's owner on the command line, not mailed: it ends nothing.
        let (holder, _) =
            sql::consume(tx, hash, Purpose::Setup, now)?.ok_or(ApiError::TokenInvalid)?;
        let Holder::Member(id) = holder else {
            return Err(ApiError::TokenInvalid);
        };
        let member = members::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
        claims::vouch(tx, &member, now)?;
        Ok(Proved::plain(id))
    })
    .await
}

/// Proves an address with the token of its letter, that of a join or of a change, and signs in. `shown` is the new
/// address that the page has named to whoever confirms a change; `None` where no page was in between.
pub async fn verify(
    edge: &Edge,
    door: Door,
    token: &str,
    shown: Option<String>,
) -> Result<Opened, ApiError> {
    let (entropy, sign_up) = (
        edge.entropy.clone(),
        edge.release().manifest().edge.members.sign_up,
    );
    use_token(edge, door, token, move |tx, door, hash, now| {
        let Some((holder, email)) = sql::consume(tx, hash, Purpose::Verify, now)? else {
            return change_address(tx, door, (hash, shown.as_deref()), &entropy, now);
        };
        let proof = Proof {
            holder,
            email: &email,
            letter: claims::Letter::OfJoin(door.joined),
            sign_up,
        };
        let proved = claims::prove(tx, &proof, &entropy, now)?;
        let subject = proved.member.to_string();
        let stamp = (entropy.uuid_v7(now), now);
        let detail = (subject.as_str(), json!({}));
        audit::note(tx, stamp, Some(proved.member.0), Action::Verify, detail)?;
        Ok(proved)
    })
    .await
}

/// Gives a member the new address whose letter was opened, where they are signed in. Whoever is asked to confirm an
/// address for somebody else's account is not, and gets into nothing.
fn change_address(
    tx: &mut Tx,
    door: &Door,
    (hash, shown): (TokenHash, Option<&str>),
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Proved, ApiError> {
    let token = sql::consume(tx, hash, Purpose::EmailChange, now)?;
    let (holder, email) = token.ok_or(ApiError::TokenInvalid)?;
    // A link whose address was changed on its way could make somebody confirm what they have not read.
    if shown.is_some_and(|it| it != email) {
        return Err(ApiError::TokenInvalid);
    }
    let (id, new) = match (holder, Email::parse(&email)) {
        (Holder::Member(id), Some(new)) => (id, new),
        _ => return Err(ApiError::TokenInvalid),
    };
    let open = match door.old {
        Some(old) => sql::find(tx, old)?,
        None => None,
    };
    let member =
        open.filter(|(session, member)| member.id == id && session.holds_at(member.role, now));
    // Undone with the rest, so that the link still works after a sign-in.
    let (_, member) = member.ok_or(ApiError::SignInNeeded)?;
    if !members::set_email(tx, id, &new, now)? {
        return Err(ApiError::TokenInvalid);
    }
    claims::rivals_end(tx, &new, id, now)?;
    // Links that are still in the old box must open nothing.
    sql::end_all_tokens(tx, id)?;
    let order = Order {
        to: member.email.clone(),
        ..Order::of(Letter::EmailChanged, Holder::Member(id))
    };
    mail::notify(tx, &member, &order, (entropy, now))?;
    let subject = id.to_string();
    let stamp = (entropy.uuid_v7(now), now);
    audit::note(tx, stamp, Some(id.0), Action::Email, (&subject, json!({})))?;
    Ok(Proved::plain(id))
}

/// Ends all sessions of a member but `kept`, and a change of address that waits to be confirmed: whoever had one of these
/// sessions may have asked for it.
pub fn close_all(tx: &mut Tx, member: MemberId, kept: Option<Uuid>) -> Result<(), StoreError> {
    sql::close_all(tx, member, kept)?;
    call_off_change(tx, member)
}

/// Ends one session of a member, and a change of address that waits; false when the session is not theirs or there is
/// none.
pub fn close(tx: &mut Tx, member: MemberId, id: Uuid) -> Result<bool, StoreError> {
    let is_theirs = sql::close(tx, member, id)?;
    if is_theirs {
        call_off_change(tx, member)?;
    }
    Ok(is_theirs)
}

/// Ends a change of address that waits to be confirmed.
pub fn call_off_change(tx: &mut Tx, member: MemberId) -> Result<(), StoreError> {
    members::want_email(tx, member, None)?;
    let holder = Holder::Member(member);
    sql::end_tokens(tx, holder, Purpose::EmailChange)?;
    mail::withdraw(tx, holder, Letter::EmailChange)
}

/// Uses a token by `take`, which says whose it was, and opens a session, all in one transaction.
async fn use_token(
    edge: &Edge,
    door: Door,
    token: &str,
    mut take: impl FnMut(&mut Tx, &Door, TokenHash, Timestamp) -> Result<Proved, ApiError>
    + Send
    + 'static,
) -> Result<Opened, ApiError> {
    let hash = TokenHash::of_plausible(token).ok_or(ApiError::TokenInvalid)?;
    let (entropy, now, token) = (edge.entropy.clone(), edge.clock.now(), edge.entropy.token());
    let kept = token.clone();
    let open = move |tx: &mut Tx| -> Result<(Proved, Member, _), ApiError> {
        let proved = take(tx, &door, hash, now)?;
        let member = members::by_id(tx, proved.member)?.ok_or(ApiError::TokenInvalid)?;
        if member.suspended_at.is_some() {
            let reason = members::suspended_for(tx, member.id)?;
            return Err(ApiError::Suspended { reason });
        }
        admit(tx, &entropy, &door, (&member, &kept), now)?;
        let entitlements = members::entitlements_of(tx, proved.member)?;
        Ok((proved, member, entitlements))
    };
    let (proved, member, entitlements) = edge.store.write(open).await?;
    let opened = opened(edge, member, entitlements, token);
    Ok(Opened { proved, ..opened })
}

pub fn admit(
    tx: &mut Tx,
    entropy: &Entropy,
    door: &Door,
    (member, token): (&Member, &str),
    now: Timestamp,
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

pub fn opened(
    edge: &Edge,
    member: Member,
    entitlements: Vec<members::Entitlement>,
    token: String,
) -> Opened {
    let max_age_secs = Lifetime::of(member.role).absolute_secs;
    let proved = Proved::plain(member.id);
    Opened {
        me: members::account::me(edge, member, entitlements),
        token,
        max_age_secs,
        proved,
    }
}
