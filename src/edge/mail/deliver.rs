//! From an order to a letter that has left: what the durable jobs of mail do.
//!
//! Steps: the member as they are now, the token of the link, the letter, the way out. A job that runs
//! again makes another token; each is good for its own time.

use crate::clock::Timestamp;
use crate::config::Language;
use crate::edge::accounts::{
    Email, Holder, MemberId, Purpose, TokenHash, next_parameter, service as accounts,
};
use crate::edge::mail::{
    EmailJob, EmailKind, Facts, Given, Message, Postmark, TransportError, until_in_words, write,
};
use crate::edge::state::Edge;
use crate::edge::store::jobs::{self, TakenJob};
use crate::edge::store::{StoreError, Tx};
use crate::manifest::{Manifest, SiteInfo};
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::cell::Cell;
use std::io;
use uuid::Uuid;

/// A letter is not sent again after the relay got it whole this often without saying whether it took it.
const MAX_SENT: i64 = 3;
/// The job of a letter whose text is sent is leased anew for this long: longer than a relay has to answer.
pub const HELD_SECS: i64 = 720;

/// Why a letter has not left. The texts hold no address.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// The job's payload is no order: it never will.
    #[error("the order cannot be read")]
    EmailJob(#[from] serde_json::Error),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The relay got it several times, and may have sent it on each time.
    #[error(
        "the relay got the whole letter {MAX_SENT} times and never said whether it took it; it is not sent again"
    )]
    Unanswered,
    /// The way out is barred.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Writes and sends the letter of a [`crate::edge::mail::KIND`] job. Blocks. Nothing is sent to members who are gone or
/// shut out, nor about claims that ended.
pub fn deliver(edge: &Edge, job: &TakenJob) -> Result<(), Undelivered> {
    let order: EmailJob = serde_json::from_value(job.payload.clone())?;
    if job.n_sent >= MAX_SENT {
        return Err(Undelivered::Unanswered);
    }
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
    let mut links = Vec::new();
    if let Some(purpose) = order.letter.purpose() {
        let also = order.also.clone();
        let also = edge.store.read_blocking(move |tx| others(tx, &also, now))?;
        let named = std::iter::once((about, recipient.handle.clone())).chain(also);
        for (about, handle) in named {
            let Some(link) = issue(edge, (job, &order), (purpose, about), (&to, &language))? else {
                return Ok(());
            };
            links.push((handle, link));
        }
    }
    let mut link = links.first().map(|it| it.1.clone());
    let mut tier = (String::new(), String::new());
    if let Some(given) = &order.given {
        if order.letter == EmailKind::Ended && still_has(edge, recipient.id, given, now)? {
            return Ok(());
        }
        tier = tier_in_words(given, manifest, &language);
        link = Some(page(edge, &manifest.site, &language, "members/account/"));
    }
    let home = page(edge, &manifest.site, &language, "");
    let site = manifest
        .site
        .languages
        .iter()
        .find(|it| it.code == language);
    let site = site.map_or(manifest.site.title.as_str(), |it| it.title.as_str());
    let facts = Facts {
        site,
        handle: &recipient.handle,
        link: link.as_deref().unwrap_or_default(),
        home: &home,
        tier: &tier.0,
        until: &tier.1,
        others: links.get(1..).unwrap_or_default(),
    };
    let (subject, text, html) = write(order.letter, &language, &facts);
    let message = Message {
        to,
        subject,
        text,
        html,
        link,
        about: recipient.id,
    };
    let is_noted = Cell::new(false);
    let note = || {
        is_noted.set(note_sending(edge, job)?);
        Ok(())
    };
    let postmark = Postmark {
        id: job.id,
        clock: &edge.clock,
        site,
        host: host_of(edge.settings.base_url.origin()),
        before_text: &note,
    };
    let settings = manifest.edge.mail.as_ref();
    let sent = edge.mailer.send(&message, settings, &postmark);
    let may_be_sent = match &sent {
        Ok(()) => true,
        Err(error) => error.may_be_sent(),
    };
    if is_noted.get() && !may_be_sent {
        let id = job.id;
        edge.store
            .write_blocking(move |tx| jobs::has_not_sent(tx, id))?;
    }
    Ok(sent?)
}

/// Notes that the relay is about to get the whole letter. An edge that ends meanwhile does not know what became of it.
fn note_sending(edge: &Edge, job: &TakenJob) -> io::Result<bool> {
    let (id, until) = (job.id, edge.clock.now().plus_secs(HELD_SECS));
    let noted = edge
        .store
        .write_blocking(move |tx| jobs::sends(tx, id, until));
    match noted {
        Ok(true) => Ok(true),
        Ok(false) => Err(io::Error::other("it was taken back")),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// Whom a letter is about, as far as it tells of them.
struct Recipient {
    /// Of the member, also where a claim is about one.
    id: Uuid,
    handle: String,
    email: Option<Email>,
    language: Option<String>,
}

impl Recipient {
    /// `None` where there is nobody to write to.
    fn of(tx: &mut Tx, about: Holder, now: Timestamp) -> Result<Option<Self>, StoreError> {
        Ok(match about {
            Holder::Member(id) => accounts::by_id(tx, id)?
                .filter(|it| it.suspended_at.is_none())
                .map(|member| Recipient {
                    id: id.0,
                    handle: member.handle,
                    email: member.email,
                    language: member.language,
                }),
            Holder::Claim(id) => match accounts::claim(tx, id, now)? {
                Some(claim) => {
                    let added = accounts::with_unproven(tx, &claim.email)?;
                    let added = added.filter(|it| it.is_added).map(|it| it.id);
                    Some(Recipient {
                        id: claim.member.or(added).map_or(id.0, |it| it.0),
                        handle: claim.handle.as_str().into(),
                        email: Some(claim.email),
                        language: claim.language,
                    })
                }
                None => None,
            },
        })
    }
}

/// Other members that a letter has links for, with their handles.
fn others(
    tx: &mut Tx,
    also: &[MemberId],
    now: Timestamp,
) -> Result<Vec<(Holder, String)>, StoreError> {
    let mut named = Vec::new();
    for id in also.iter().copied().map(Holder::Member) {
        let recipient = Recipient::of(tx, id, now)?;
        named.extend(recipient.map(|it| (id, it.handle)));
    }
    Ok(named)
}

/// Makes the token of a link valid, and returns the link; `None` where the order was taken back meanwhile. The token itself
/// is nowhere but in the letter.
fn issue(
    edge: &Edge,
    (job, order): (&TakenJob, &EmailJob),
    (purpose, about): (Purpose, Holder),
    (to, language): (&Email, &str),
) -> Result<Option<String>, Undelivered> {
    let token = edge.entropy.token();
    let (hash, email, job, now) = (TokenHash::of(&token), to.clone(), job.id, edge.clock.now());
    let keep = move |tx: &mut Tx| -> Result<bool, StoreError> {
        let is_wanted = jobs::is_there(tx, job)?;
        if is_wanted {
            accounts::issue(tx, hash, (purpose, about), &email, now)?;
        }
        Ok(is_wanted)
    };
    if !edge.store.write_blocking(keep)? {
        return Ok(None);
    }
    let release = edge.release();
    let mut link = link(
        edge,
        &release.manifest().site,
        (purpose, language),
        (&token, order.next.as_deref()),
    );
    if purpose == Purpose::EmailChange {
        // Its page names the address, so that nobody confirms one they have not read.
        let email = utf8_percent_encode(to.as_str(), NON_ALPHANUMERIC);
        link.push_str(&format!("&email={email}"));
    }
    Ok(Some(link))
}

/// Whether a member has a tier now, whatever became of the time that this letter is about.
fn still_has(edge: &Edge, member: Uuid, given: &Given, now: Timestamp) -> Result<bool, StoreError> {
    let held = edge
        .store
        .read_blocking(move |tx| accounts::entitlements_of(tx, MemberId(member)))?;
    Ok(held
        .iter()
        .any(|it| it.tier == given.tier && it.holds_at(now)))
}

/// What a tier is called, and until when it is there.
fn tier_in_words(given: &Given, manifest: &Manifest, language: &str) -> (String, String) {
    let tier = manifest.tiers.iter().find(|it| it.id == given.tier);
    let name = tier.map_or_else(|| given.tier.to_string(), |it| it.name.clone());
    let zone = TimeZone::get(&manifest.site.timezone).unwrap_or(TimeZone::UTC);
    (name, until_in_words(given.until, &zone, language))
}

/// The address that opens a token's page in a language of the site, and leads on from there.
fn link(
    edge: &Edge,
    site: &SiteInfo,
    (purpose, language): (Purpose, &str),
    (token, next): (&str, Option<&str>),
) -> String {
    let next = next.map_or_else(String::new, |it| format!("&{}", next_parameter(it)));
    let path = format!("members/{}/?token={token}{next}", purpose.page());
    page(edge, site, language, &path)
}

/// The address of a page in a language of the site.
fn page(edge: &Edge, site: &SiteInfo, language: &str, path: &str) -> String {
    let prefix = match site.languages.iter().position(|it| it.code == language) {
        Some(place) if place > 0 => format!("{language}/"),
        _ => String::new(),
    };
    edge.settings.base_url.join(&format!("{prefix}{path}"))
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
