//! Opening and ending sessions, for the JSON API and the plain forms.

use crate::clock::Timestamp;
use crate::edge::accounts::actions;
use crate::edge::accounts::claim::Proved;
use crate::edge::accounts::{
    ClientContext, Entitlement, Holder, Lifetime, Me, Member, MemberId, Purpose, Session,
    TokenHash, USER_AGENT_CHARS, sql,
};
use crate::edge::audit;
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::mail::{self, EmailKind};
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;
use uuid::Uuid;

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

/// Ends the session of the cookie. Succeeds even if it has ended.
pub async fn sign_out(edge: &Edge, old: Option<TokenHash>) -> Result<(), ApiError> {
    let Some(token) = old else { return Ok(()) };
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let close = move |tx: &mut Tx| -> Result<(), StoreError> {
        let Some((_, member)) = sql::session::find(tx, token)? else {
            return Ok(());
        };
        sql::session::close_token(tx, token)?;
        note_sign_out(tx, member.id, (entropy.uuid_v7(now), now))
    };
    Ok(edge.store.write(close).await?)
}

/// Ends all sessions of a member but `kept`, and a change of address that waits to be confirmed: whoever had one of these
/// sessions may have asked for it.
pub fn close_all(tx: &mut Tx, member: MemberId, kept: Option<Uuid>) -> Result<(), StoreError> {
    sql::session::close_all(tx, member, kept)?;
    call_off_change(tx, member)
}

/// Ends one session of a member, and a change of address that waits; false when the session is not theirs or there is
/// none.
pub fn close(tx: &mut Tx, member: MemberId, id: Uuid) -> Result<bool, StoreError> {
    let is_theirs = sql::session::close(tx, member, id)?;
    if is_theirs {
        call_off_change(tx, member)?;
    }
    Ok(is_theirs)
}

/// The sessions of a member that hold, the last used first.
pub fn held(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let all = sql::session::of_member(tx, member.id)?.into_iter();
    Ok(all.filter(|it| it.holds_at(member.role, now)).collect())
}

/// Ends one of a member's own sessions, as they asked. One that is not theirs is unknown.
pub fn revoke(
    tx: &mut Tx,
    member: MemberId,
    id: Uuid,
    stamp: (Uuid, Timestamp),
) -> Result<(), ApiError> {
    if !close(tx, member, id)? {
        return Err(ApiError::NotFound);
    }
    Ok(note_sign_out(tx, member, stamp)?)
}

/// Ends all of a member's sessions but `kept`, as they asked.
pub fn revoke_others(
    tx: &mut Tx,
    member: MemberId,
    kept: Uuid,
    stamp: (Uuid, Timestamp),
) -> Result<(), StoreError> {
    close_all(tx, member, Some(kept))?;
    note_sign_out(tx, member, stamp)
}

fn note_sign_out(
    tx: &mut Tx,
    member: MemberId,
    stamp: (Uuid, Timestamp),
) -> Result<(), StoreError> {
    let subject = member.to_string();
    let about = (subject.as_str(), json!({}));
    audit::note(tx, stamp, Some(member.0), actions::SIGN_OUT, about)
}

/// Ends a change of address that waits to be confirmed.
pub fn call_off_change(tx: &mut Tx, member: MemberId) -> Result<(), StoreError> {
    sql::member::want_email(tx, member, None)?;
    let holder = Holder::Member(member);
    sql::token::end_tokens(tx, holder, Purpose::EmailChange)?;
    mail::withdraw(tx, holder, EmailKind::EmailChange)
}

/// Opens a session of a member and ends the one that the browser had. `token` is what the cookie will hold.
pub fn admit(
    tx: &mut Tx,
    entropy: &Entropy,
    caller: &ClientContext,
    (member, token): (&Member, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(old) = caller.old {
        sql::session::close_token(tx, old)?;
    }
    let user_agent: String = caller
        .user_agent
        .chars()
        .filter(|it| !it.is_control())
        .take(USER_AGENT_CHARS)
        .collect();
    sql::session::open(
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
        actions::SIGN_IN,
        (&subject, json!({})),
    )
}

/// What a sign-in answers, once its session is open.
pub fn opened(
    edge: &Edge,
    member: Member,
    entitlements: Vec<Entitlement>,
    token: String,
) -> Opened {
    let max_age_secs = Lifetime::of(member.role).absolute_secs;
    let proved = Proved::plain(member.id);
    Opened {
        me: me(edge, member, entitlements),
        token,
        max_age_secs,
        proved,
    }
}

/// One's own account as it is shown: with the tiers that hold, and verified where the site does not ask for that.
pub fn me(edge: &Edge, member: Member, entitlements: Vec<Entitlement>) -> Me {
    let now = edge.clock.now();
    let held = entitlements
        .into_iter()
        .filter(|it| it.holds_at(now))
        .collect();
    let asks_for_proof = edge.release().manifest().edge.members.verify_email;
    let mut me = Me::of(member, held, now);
    me.verified |= !asks_for_proof;
    me
}
