//! Which pages of a release are former ones: by the addresses that readers know.
//!
//! An alias leads to the page that had this address last, and no other address since. A page with a new id at an address that goes on is the page
//! that was there. The id of the former page must be gone. Where anything else speaks against it, the pages stay two:
//! see [`Doubt`].

use crate::edge::page_keys::history::History;
use crate::edge::page_keys::places::{Places, address};
use crate::edge::page_keys::{Move, PageKey, PageKeys, Pages};
use crate::ids::PageId;
use std::collections::{BTreeMap, BTreeSet};

/// Why a page does not get the conversation of a former one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Several pages name addresses of it.
    #[error("several pages claim it")]
    Several,
    /// A page with an error may be it, or the one that gets it.
    #[error("the build had errors that leave it open; it is looked at again with the next release")]
    Unsettled,
    /// The page that would get it may be another one itself.
    #[error("another page claims the former address of the page that would get it")]
    Moved,
    /// What was said to few would be read by many.
    #[error(
        "more people may read the new page; publish the former one with the new access first, or keep its `id`"
    )]
    MoreOpen,
}

/// What is found in a release.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that are sure.
    pub moves: Vec<Move>,
    /// Those that are not: former and present id.
    pub doubts: Vec<(PageId, PageId, Doubt)>,
}

/// What is known when a release is opened for the first time.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// Keys and ids.
    pub history: &'k History,
    /// Keys and addresses.
    pub places: &'k Places,
    /// The release that is open until now.
    pub last: Option<&'k PageKeys>,
}

/// A page that names an address of a former one.
struct Claim<'p> {
    new: &'p PageId,
    address: &'p str,
    /// It is there itself.
    stays: bool,
}

/// The moves of a release. One that is not decided yet is looked at again with each release.
pub fn find(pages: &Pages, known: Known<'_>) -> Found {
    let mut found = Found::default();
    for (key, claims) in claims(pages, known) {
        let Some(old) = former(pages, known, key) else {
            continue;
        };
        let new: BTreeSet<&PageId> = claims.iter().map(|it| it.new).collect();
        for claim in claims {
            match doubt(pages, known, (&old, key), &claim) {
                _ if known.history.key(claim.new) == *key => {}
                _ if new.len() > 1 => found.doubt(&old, claim.new, Doubt::Several),
                Some(doubt) => found.doubt(&old, claim.new, doubt),
                None => found.moves.push(Move {
                    old: old.clone(),
                    new: claim.new.clone(),
                    was_page: true,
                }),
            }
        }
    }
    found.moves.extend(by_id(pages, known));
    found
}

impl Found {
    fn doubt(&mut self, old: &PageId, new: &PageId, doubt: Doubt) {
        self.doubts.push((old.clone(), new.clone(), doubt));
    }

    /// Says what was not joined, for the site's owner.
    pub fn tell(&self) {
        for (old, new, doubt) in &self.doubts {
            tracing::warn!(%old, %new, reason = %doubt, "the conversation of a former page is not shown at the new one");
        }
    }
}

/// Who names the last address of which page.
fn claims<'p>(pages: &'p Pages, known: Known<'p>) -> BTreeMap<&'p PageKey, Vec<Claim<'p>>> {
    let aliases = pages.aliases.iter().map(|(address, new)| Claim {
        new,
        address,
        stays: false,
    });
    let places = pages.places.iter();
    let stay = places.filter(|(new, _)| !is_known(new, known));
    let stay = stay.map(|(new, at)| Claim {
        new,
        address: &at.address,
        stays: true,
    });
    let mut claims: BTreeMap<&PageKey, Vec<Claim>> = BTreeMap::new();
    for claim in aliases.chain(stay) {
        let holder = known.places.holder(claim.address);
        // A page that has left an address for another one is not meant by it.
        let is_last = |key: &&PageKey| {
            let last = known.places.last(key);
            last.is_some_and(|it| it.address == claim.address)
        };
        if let Some(key) = holder.filter(is_last) {
            claims.entry(key).or_default().push(claim);
        }
    }
    claims
}

/// Whether there was a page with this id that is not called otherwise since.
fn is_known(id: &PageId, known: Known<'_>) -> bool {
    let key = known.history.key(id);
    match known.history.has(id) {
        true => known.history.name(&key) == *id,
        false => {
            let is_open = known.last.is_some_and(|last| last.pages.ids.contains(id));
            is_open || known.places.last(&key).is_some()
        }
    }
}

/// The id of a page that is gone; `None` where it is there under that id, or its id was another page's since.
fn former(pages: &Pages, known: Known<'_>, key: &PageKey) -> Option<PageId> {
    let old = known.history.name(key);
    let is_gone = !pages.ids.contains(&old) && known.history.key(&old) == *key;
    is_gone.then_some(old)
}

fn doubt(
    pages: &Pages,
    known: Known<'_>,
    (old, key): (&PageId, &PageKey),
    claim: &Claim<'_>,
) -> Option<Doubt> {
    let unsettled = &pages.unsettled;
    let was_there = is_known(claim.new, known);
    let is_unsettled = (unsettled.has_unread && !claim.stays)
        || unsettled.pages.contains(old)
        || unsettled.addresses.contains(claim.address)
        || (was_there && !unsettled.is_empty());
    let own = known.history.key(claim.new);
    let own_place = known.places.last(&own).filter(|_| was_there);
    if is_unsettled {
        Some(Doubt::Unsettled)
    } else if own_place.is_some_and(|it| is_claimed(pages, &it.address, claim.new)) {
        Some(Doubt::Moved)
    } else {
        let opens = pages.would_open(known.places.last(key), claim.new);
        opens.then_some(Doubt::MoreOpen)
    }
}

/// Whether another page names an address as its own, now or before.
fn is_claimed(pages: &Pages, address: &str, by_others_than: &PageId) -> bool {
    let aliases = pages.aliases.iter().map(|(address, id)| (address, id));
    let places = pages.places.iter().map(|(id, at)| (&at.address, id));
    aliases
        .chain(places)
        .any(|(it, id)| it == address && id != by_others_than)
}

/// Of pages that were gone before addresses were kept: an alias is taken for the id that a page has at that address by
/// its file's name. One that was looked at when the last release was opened, and did not matter, is left out: most are
/// aliases from before the site was built by this program.
fn by_id(pages: &Pages, known: Known<'_>) -> Vec<Move> {
    let Known { history, last, .. } = known;
    let unsettled = &pages.unsettled;
    let is_old = |old: &PageId, new: &PageId| {
        last.is_some_and(|last| last.pages.renamed.get(old) == Some(new))
    };
    let renamed = pages.renamed.iter().filter(|(old, new)| {
        let (former, own) = (history.key(old), history.key(new));
        let has_address = known.places.last(&former).is_some()
            || known.places.holder(&address(old.as_str())).is_some();
        let is_open = unsettled.has_unread
            || unsettled.pages.contains(*old)
            || unsettled.addresses.contains(&address(old.as_str()))
            || (is_known(new, known) && !unsettled.is_empty());
        former != own && !has_address && !is_open && (history.has(old) || !is_old(old, new))
    });
    let moves = renamed.map(|(old, new)| Move {
        old: old.clone(),
        new: new.clone(),
        was_page: last.is_some_and(|last| last.pages.ids.contains(old)),
    });
    let mut moves: Vec<Move> = moves.collect();
    // An id that a page has until now says more than one that it had before that.
    moves.sort_by_key(|it| history.name(&history.key(&it.old)) != it.old);
    moves
}
