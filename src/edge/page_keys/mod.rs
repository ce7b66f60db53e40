//! Keys of pages: what rows of the store refer to, whatever a page is called now.
//!
//! A key is the first id under which the store knew the page, and mostly still its id. When a page is renamed, its new id
//! gets the key of the former one, and no row moves. So a release that still has the former id finds the same rows, after
//! a rollback and on another edge. [`history`] has the rules, [`service`] opens a release, [`merges`] moves rows where two
//! pages become one.

mod history;
pub mod merges;
pub mod service;
pub mod slice;
mod sql;

#[cfg(test)]
mod tests;

use crate::edge::page_keys::history::History;
use crate::edge::store::{FromColumn, Param, ToParam, Value};
use crate::ids::PageId;
use crate::manifest::Manifest;
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

/// The ids of a release.
#[derive(Debug, Default)]
struct Pages {
    ids: HashSet<PageId>,
    /// Former ids, none of them in `ids`, and present ones, all of them in `ids`.
    renamed: BTreeMap<PageId, PageId>,
}

impl Pages {
    fn new(ids: HashSet<PageId>, renamed: &BTreeMap<PageId, PageId>) -> Self {
        let renamed = renamed.iter();
        let renamed = renamed.filter(|(old, new)| !ids.contains(old) && ids.contains(new));
        let renamed = renamed.map(|(old, new)| (old.clone(), new.clone()));
        Pages {
            renamed: renamed.collect(),
            ids,
        }
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
        let ids = manifest.pages.iter().map(|(id, _)| id.clone()).collect();
        PageKeys {
            release: release.into(),
            pages: Arc::new(Pages::new(ids, &manifest.renamed)),
            keys: HashMap::new(),
            names: HashMap::new(),
            merges: Vec::new(),
        }
    }

    /// As `history` says at the opening of a release. `now` is all that is known, for pages that the release does not have.
    fn at(
        (release, pages): (Arc<str>, Arc<Pages>),
        (history, now): (&History, &History),
        merges: &[Merge],
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
                && found.holder(&it.into).is_some()
                && found.holder(&it.from).is_none()
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

    /// Whether a release with these keys has the same ids and renames, so that its keys are the same as well.
    fn fit(&self, pages: &Pages) -> bool {
        self.pages.ids == pages.ids && self.pages.renamed == pages.renamed
    }
}
