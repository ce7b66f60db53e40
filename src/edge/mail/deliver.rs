//! From an order to a letter that has left: what the durable jobs of mail do.
//!
//! Steps: the member as they are now, the token of the link, the letter, the way out. A job that runs
//! again makes another token; each is good for its own time.

use crate::clock::Timestamp;
use crate::config::Language;
use crate::edge::mail::{Facts, Message, Order, Postmark, TransportError, write};
use crate::edge::members::{self, Email, Holder, claims};
use crate::edge::sessions::{self, Purpose, TokenHash, next_parameter};
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::store::{StoreError, Tx};
use crate::manifest::SiteInfo;

/// Why a letter has not left. The texts hold no address.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// The job's payload is no order: it never will.
    #[error("the order cannot be read")]
    Order(#[from] serde_json::Error),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The way out is barred.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Writes and sends the letter of a [`crate::edge::mail::KIND`] job. Blocks. Nothing is sent to members who are gone or
/// shut out, nor about claims that ended.
pub fn deliver(edge: &Edge, job: &TakenJob) -> Result<(), Undelivered> {
    let order: Order = serde_json::from_value(job.payload.clone())?;
    let (about, now) = (order.about, edge.clock.now());
    let found = edge
        .store
        .read_blocking(move |tx| Recipient::of(tx, about, now))?;
    let Some(recipient) = found else {
        return Ok(());
    };
    let Some(to) = order.to.clone().or(recipient.email) else {
        return Ok(());
    };
    let release = edge.release();
    let manifest = release.manifest();
    let wanted = order.language.as_ref().or(recipient.language.as_ref());
    let language = language_of(wanted, &manifest.site);
    let link = match order.letter.purpose() {
        Some(purpose) => issue(edge, &order, purpose, (&to, &language))?,
        None => String::new(),
    };
    let site = manifest
        .site
        .languages
        .iter()
        .find(|it| it.code == language);
    let site = site.map_or(manifest.site.title.as_str(), |it| it.title.as_str());
    let facts = Facts {
        site,
        handle: &recipient.handle,
        link: &link,
    };
    let (subject, text, html) = write(order.letter, &language, &facts);
    let message = Message {
        to,
        subject,
        text,
        html,
        link: (!link.is_empty()).then_some(link),
    };
    let postmark = Postmark {
        id: job.id,
        now: edge.clock.now(),
        site,
        host: host_of(edge.settings.base_url.origin()),
    };
    edge.mailer
        .send(&message, manifest.edge.mail.as_ref(), &postmark)?;
    Ok(())
}

/// Whom a letter is about, as far as it tells of them.
struct Recipient {
    handle: String,
    email: Option<Email>,
    language: Option<String>,
}

impl Recipient {
    /// `None` where there is nobody to write to.
    fn of(tx: &mut Tx, about: Holder, now: Timestamp) -> Result<Option<Self>, StoreError> {
        Ok(match about {
            Holder::Member(id) => members::by_id(tx, id)?
                .filter(|it| it.suspended_at.is_none())
                .map(|member| Recipient {
                    handle: member.handle,
                    email: member.email,
                    language: member.language,
                }),
            Holder::Claim(id) => claims::by_id(tx, id, now)?.map(|claim| Recipient {
                handle: claim.handle.as_str().into(),
                email: Some(claim.email),
                language: claim.language,
            }),
        })
    }
}

/// Makes the token of the link good, and gives the link. The token itself is nowhere but in the letter.
fn issue(
    edge: &Edge,
    order: &Order,
    purpose: Purpose,
    (to, language): (&Email, &str),
) -> Result<String, Undelivered> {
    let token = edge.entropy.token();
    let (hash, about, to, now) = (
        TokenHash::of(&token),
        order.about,
        to.clone(),
        edge.clock.now(),
    );
    let keep = move |tx: &mut Tx| -> Result<(), StoreError> {
        sessions::issue(tx, hash, (purpose, about), &to, now)
    };
    edge.store.write_blocking(keep)?;
    let release = edge.release();
    Ok(link(
        edge,
        &release.manifest().site,
        (purpose, language),
        (&token, order.next.as_deref()),
    ))
}

/// The address that opens a token's page in a language of the site, and leads on from there.
fn link(
    edge: &Edge,
    site: &SiteInfo,
    (purpose, language): (Purpose, &str),
    (token, next): (&str, Option<&str>),
) -> String {
    let prefix = match site.languages.iter().position(|it| it.code == language) {
        Some(place) if place > 0 => format!("{language}/"),
        _ => String::new(),
    };
    let next = next.map_or_else(String::new, |it| format!("&{}", next_parameter(it)));
    edge.settings.base_url.join(&format!(
        "{prefix}members/{}/?token={token}{next}",
        purpose.page()
    ))
}

fn language_of(wanted: Option<&String>, site: &SiteInfo) -> String {
    let known = |code: &String| {
        site.languages
            .iter()
            .find(|it: &&Language| it.code == *code)
    };
    let language = wanted.and_then(known).or_else(|| site.languages.first());
    language.map_or_else(|| "en".into(), |it| it.code.clone())
}

fn host_of(origin: &str) -> &str {
    let authority = origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => authority,
    }
}
