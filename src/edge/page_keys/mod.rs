//! Keys of pages: what rows of the store refer to, whatever a page is called now.
//!
//! A key is the first id under which the store knew the page, and mostly still its id. When a page is renamed, its new id
//! gets the key of the former one, and no row moves. So a release that still has the former id finds the same rows, after
//! a rollback and on another edge. [`moves`] finds by their addresses which pages
//! were renamed, [`history`] gives the keys, [`service`] opens a release, [`merges`] moves rows where two
//! pages become one.

mod history;
pub mod merges;
mod moves;
mod places;
pub mod service;
pub mod slice;
mod sql;

#[cfg(test)]
mod tests;

use crate::config::Tier;
use crate::edge::access::Audience;
use crate::edge::page_keys::history::History;
use crate::edge::page_keys::places::{Place, Places, address};
use crate::edge::store::{FromColumn, Param, ToParam, Value};
use crate::ids::PageId;
use crate::manifest::{Manifest, Unsettled};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

/// What the columns `page_id` hold. Made out of a [`PageId`] by the open release alone, and never shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageKey(String);

impl PageKey {
    /// The key of a page that was never renamed.
    pub fn of(page: &PageId) -> Self {
        PageKey(page.as_str().into())
    }

    /// A key that no page has, for a page whose id belongs to another one's history. No id begins with `/`.
    fn fresh(page: &PageId, number: i64) -> Self {
        PageKey(format!("/{number}/{page}"))
    }

    fn is_fresh(&self) -> bool {
        self.0.starts_with('/')
    }

    /// As the store has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id from which it was made.
    fn id(&self) -> PageId {
        PageId::new(self.0.as_str())
    }
}

impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ToParam for PageKey {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for PageKey {
    const WANTED: &'static str = "key of a page";
    fn from_value(value: Value) -> Option<Self> {
        String::from_value(value).map(PageKey)
    }
}

/// Two pages that became one: rows of the first key are moved to the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The last row of the history when it was decided. A row of `from` after it undoes it.
    number: i64,
    /// No page of the release has it.
    pub from: PageKey,
    /// A page of the release has it.
    pub into: PageKey,
}

/// A page that is now called otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Move {
    /// Its former id, which no page of the release has.
    old: PageId,
    /// Its present id.
    new: PageId,
    /// Whether it is known that there was such a page.
    was_page: bool,
}

/// The pages of a release, as far as it decides which rows are theirs.
#[derive(Debug, Default)]
struct Pages {
    ids: HashSet<PageId>,
    /// Former ids, none of them in `ids`, and present ones, all of them in `ids`.
    renamed: BTreeMap<PageId, PageId>,
    /// Where each page is.
    places: BTreeMap<PageId, Place>,
    /// Former addresses, and the page that each leads to.
    aliases: Vec<(String, PageId)>,
    /// What pages with errors claim; addresses as [`address`] writes them.
    unsettled: Unsettled,
    tiers: Vec<Tier>,
}

impl Pages {
    fn new(manifest: &Manifest) -> Self {
        let pages = manifest.pages.iter();
        let places = pages.map(|(id, page)| {
            let (address, audience) = (address(&page.path), Audience::of(page, manifest));
            (id.clone(), Place { address, audience })
        });
        let aliases = manifest.aliases.iter();
        let unsettled = &manifest.unsettled;
        Pages {
            ids: manifest.pages.iter().map(|(id, _)| id.clone()).collect(),
            renamed: manifest.renamed.clone(),
            places: places.collect(),
            aliases: aliases.map(|(at, id)| (address(at), id.clone())).collect(),
            unsettled: Unsettled {
                addresses: unsettled.addresses.iter().map(|it| address(it)).collect(),
                ..unsettled.clone()
            },
            tiers: manifest.tiers.clone(),
        }
        .consistent()
    }

    fn consistent(mut self) -> Self {
        let ids = &self.ids;
        self.renamed
            .retain(|old, new| !ids.contains(old) && ids.contains(new));
        self.aliases.retain(|(_, new)| ids.contains(new));
        self
    }

    /// Whether more people take part in the conversation of a page than where it was before.
    fn would_open(&self, before: Option<&Place>, page: &PageId) -> bool {
        match (before, self.places.get(page)) {
            (Some(before), Some(now)) => !now.audience.is_within(&before.audience, &self.tiers),
            _ => false,
        }
    }

    /// Whether they have the same ids and addresses, so that their keys are the same as well.
    fn fit(&self, other: &Pages) -> bool {
        let addresses = |it: &Pages| -> Vec<String> {
            let places = it.places.values();
            places.map(|it| it.address.clone()).collect()
        };
        self.ids == other.ids
            && self.renamed == other.renamed
            && self.aliases == other.aliases
            && addresses(self) == addresses(other)
    }
}

/// Which key each page of a release has. No two pages of a release have the same.
#[derive(Clone, Debug)]
pub struct PageKeys {
    /// Tells the release from any other.
    release: Arc<str>,
    pages: Arc<Pages>,
    /// Keys of ids that are not the ids themselves.
    keys: HashMap<PageId, PageKey>,
    /// Present ids by key, where they are not the keys themselves.
    names: HashMap<PageKey, PageId>,
    merges: Vec<Merge>,
}

impl PageKeys {
    /// Of a release as if no page was ever renamed, for what does not reach the store. `release` tells it from any other.
    pub fn unrenamed(release: String, manifest: &Manifest) -> Self {
        PageKeys {
            release: release.into(),
            pages: Arc::new(Pages::new(manifest)),
            keys: HashMap::new(),
            names: HashMap::new(),
            merges: Vec::new(),
        }
    }

    /// As `history` says at the opening of a release. `now` is all that is known, for pages that the release does not have.
    fn at(
        (release, pages): (Arc<str>, Arc<Pages>),
        (history, now): (&History, &History),
        (merges, places): (&[Merge], &Places),
    ) -> Self {
        let (mut keys, mut held) = (HashMap::new(), HashMap::new());
        for (id, key) in history.keys() {
            if pages.ids.contains(id) {
                held.insert(key.clone(), id.clone());
            }
            if key.as_str() != id.as_str() {
                keys.insert(id.clone(), key.clone());
            }
        }
        let names = now.names().map(|(key, last)| {
            let own = key.id();
            let has_own = pages.ids.contains(&own) && !history.has(&own);
            let name = match held.get(key) {
                Some(name) => name.clone(),
                None if has_own => own,
                None => last.clone(),
            };
            (key.clone(), name)
        });
        let names = names.collect();
        let mut found = PageKeys {
            release,
            pages,
            keys,
            names,
            merges: Vec::new(),
        };
        let merges = merges.iter();
        let merges = merges.filter(|it| {
            history.number_of(&it.from) <= it.number
                && found.holder(&it.from).is_none()
                && found.holder(&it.into).is_some_and(|page| {
                    // What was said since, in another release, may have been for fewer.
                    !found.pages.would_open(places.last(&it.from), &page)
                })
        });
        found.merges = merges.cloned().collect();
        found
    }

    /// The key of an id.
    pub fn key(&self, page: &PageId) -> PageKey {
        let known = self.keys.get(page).cloned();
        known.unwrap_or_else(|| PageKey::of(page))
    }

    /// What the page with a key is called: in this release, or else where it was last.
    pub fn name(&self, key: &PageKey) -> PageId {
        let known = self.names.get(key).cloned();
        known.unwrap_or_else(|| key.id())
    }

    /// The page of this release that has a key; `None` where no page has it.
    pub fn holder(&self, key: &PageKey) -> Option<PageId> {
        let name = self.name(key);
        (self.pages.ids.contains(&name) && self.key(&name) == *key).then_some(name)
    }

    /// What is still moved while this release is open: edges with another release may add rows to the former key.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// The same keys, of another release.
    fn as_release(&self, release: &Arc<str>) -> Self {
        PageKeys {
            release: Arc::clone(release),
            ..self.clone()
        }
    }
}
