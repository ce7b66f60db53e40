//! Links that are sent by mail: asking for one, and using it. For the JSON API and the plain forms.

use crate::clock::Timestamp;
use crate::edge::accounts::actions;
use crate::edge::accounts::claim::Proved;
use crate::edge::accounts::refusal::email_invalid;
use crate::edge::accounts::service::claims::{self, Proof};
use crate::edge::accounts::service::session::{Opened, admit, opened};
use crate::edge::accounts::{ClientContext, Email, Holder, Member, Purpose, TokenHash, sql};
use crate::edge::audit;
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::mail::{self, Asker, EmailJob, EmailKind};
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;

/// Queues a letter with a link to an address. The answer does not tell whether the address has an account.
pub async fn ask_for(
    edge: &Edge,
    caller: ClientContext,
    email: &str,
    letter: EmailKind,
) -> Result<(), ApiError> {
    let email = Email::parse(email).ok_or_else(email_invalid)?;
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let ask = move |tx: &mut Tx| -> Result<(), StoreError> {
        let found = claims::of_address(tx, &email, now)?;
        let order = found.about.map(|about| EmailJob {
            language: caller.language.clone(),
            next: caller.next.clone(),
            also: found.also,
            ..EmailJob::of(letter, about)
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
pub async fn redeem(edge: &Edge, caller: ClientContext, token: &str) -> Result<Opened, ApiError> {
    let (entropy, sign_up) = (
        edge.entropy.clone(),
        edge.release().manifest().edge.members.sign_up,
    );
    use_token(edge, caller, token, move |tx, _, hash, now| {
        if let Some((holder, email)) = sql::token::consume(tx, hash, Purpose::SignIn, now)? {
            let proof = Proof {
                holder,
                email: &email,
                letter: claims::OpenedEmail::Other,
                sign_up,
            };
            return claims::prove(tx, &proof, &entropy, now);
        }
        // Made by the site's owner on the command line, not mailed: it ends nothing.
        let (holder, _) =
            sql::token::consume(tx, hash, Purpose::Setup, now)?.ok_or(ApiError::TokenInvalid)?;
        let Holder::Member(id) = holder else {
            return Err(ApiError::TokenInvalid);
        };
        let member = sql::member::by_id(tx, id)?.ok_or(ApiError::TokenInvalid)?;
        claims::vouch(tx, &member, now)?;
        Ok(Proved::plain(id))
    })
    .await
}

/// Proves an address with the token of its letter, that of a join or of a change, and signs in. `shown` is the new
/// address that the page has named to whoever confirms a change; `None` where no page was in between.
pub async fn verify(
    edge: &Edge,
    caller: ClientContext,
    token: &str,
    shown: Option<String>,
) -> Result<Opened, ApiError> {
    let (entropy, sign_up) = (
        edge.entropy.clone(),
        edge.release().manifest().edge.members.sign_up,
    );
    use_token(edge, caller, token, move |tx, caller, hash, now| {
        let Some((holder, email)) = sql::token::consume(tx, hash, Purpose::Verify, now)? else {
            return change_address(tx, caller, (hash, shown.as_deref()), &entropy, now);
        };
        let proof = Proof {
            holder,
            email: &email,
            letter: claims::OpenedEmail::OfJoin(caller.joined),
            sign_up,
        };
        let proved = claims::prove(tx, &proof, &entropy, now)?;
        let subject = proved.member.to_string();
        let stamp = (entropy.uuid_v7(now), now);
        let detail = (subject.as_str(), json!({}));
        audit::note(tx, stamp, Some(proved.member.0), actions::VERIFY, detail)?;
        Ok(proved)
    })
    .await
}

/// Sets the new address of a member, whose letter was opened, where they are signed in. Whoever is asked to confirm an
/// address for somebody else's account is not, and gets into nothing.
fn change_address(
    tx: &mut Tx,
    caller: &ClientContext,
    (hash, shown): (TokenHash, Option<&str>),
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Proved, ApiError> {
    let token = sql::token::consume(tx, hash, Purpose::EmailChange, now)?;
    let (holder, email) = token.ok_or(ApiError::TokenInvalid)?;
    // A link whose address was changed on its way could make somebody confirm what they have not read.
    if shown.is_some_and(|it| it != email) {
        return Err(ApiError::TokenInvalid);
    }
    let (id, new) = match (holder, Email::parse(&email)) {
        (Holder::Member(id), Some(new)) => (id, new),
        _ => return Err(ApiError::TokenInvalid),
    };
    let open = match caller.old {
        Some(old) => sql::session::find(tx, old)?,
        None => None,
    };
    let member =
        open.filter(|(session, member)| member.id == id && session.holds_at(member.role, now));
    // Undone with the rest, so that the link still works after a sign-in.
    let (_, member) = member.ok_or(ApiError::SignInNeeded)?;
    if !sql::member::set_email(tx, id, &new, now)? {
        return Err(ApiError::TokenInvalid);
    }
    claims::rivals_end(tx, &new, id, now)?;
    // Links that are still in the old box must open nothing.
    sql::token::end_all_tokens(tx, id)?;
    let order = EmailJob {
        to: member.email.clone(),
        ..EmailJob::of(EmailKind::EmailChanged, Holder::Member(id))
    };
    mail::notify(tx, &member, &order, (entropy, now))?;
    let subject = id.to_string();
    let stamp = (entropy.uuid_v7(now), now);
    audit::note(tx, stamp, Some(id.0), actions::EMAIL, (&subject, json!({})))?;
    Ok(Proved::plain(id))
}

/// Uses a token by `take`, which says whose it was, and opens a session, all in one transaction.
async fn use_token(
    edge: &Edge,
    caller: ClientContext,
    token: &str,
    mut take: impl FnMut(&mut Tx, &ClientContext, TokenHash, Timestamp) -> Result<Proved, ApiError>
    + Send
    + 'static,
) -> Result<Opened, ApiError> {
    let hash = TokenHash::of_plausible(token).ok_or(ApiError::TokenInvalid)?;
    let (entropy, now, token) = (edge.entropy.clone(), edge.clock.now(), edge.entropy.token());
    let kept = token.clone();
    let open = move |tx: &mut Tx| -> Result<(Proved, Member, _), ApiError> {
        let proved = take(tx, &caller, hash, now)?;
        let member = sql::member::by_id(tx, proved.member)?.ok_or(ApiError::TokenInvalid)?;
        if member.suspended_at.is_some() {
            let reason = sql::member::suspended_for(tx, member.id)?;
            return Err(ApiError::Suspended { reason });
        }
        admit(tx, &entropy, &caller, (&member, &kept), now)?;
        let entitlements = sql::entitlement::entitlements_of(tx, proved.member)?;
        Ok((proved, member, entitlements))
    };
    let (proved, member, entitlements) = edge.store.write(open).await?;
    let opened = opened(edge, member, entitlements, token);
    Ok(Opened { proved, ..opened })
}
