//! Where the page of each key was, and who could read its conversation there: what an alias is looked up in.

use crate::edge::access::Audience;
use crate::edge::page_keys::{PageKey, PageKeys};
use std::collections::HashMap;

/// Where a page is, and for whom its conversation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// See [`address`].
    pub address: String,
    /// Who takes part in its conversation.
    pub audience: Audience,
}

/// A row: the page with this key was in this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stood {
    /// Its key.
    pub key: PageKey,
    /// Where, and for whom.
    pub at: Place,
    /// Higher ones are later.
    pub place: i64,
}

/// A path as it is looked up. No two pages of a release differ in letter case or a closing `/` alone, and a page at
/// `/a.html` was often the one at `/a/`.
pub fn address(path: &str) -> String {
    let inner = path.trim_matches('/');
    inner.strip_suffix(".html").unwrap_or(inner).to_lowercase()
}

/// All that the store knows of addresses.
#[derive(Debug, Default)]
pub struct Places {
    holders: HashMap<String, PageKey>,
    last: HashMap<PageKey, Place>,
    highest: i64,
}

impl Places {
    /// Of all rows.
    pub fn new(mut rows: Vec<Stood>) -> Self {
        rows.sort_by_key(|it| it.place);
        let mut places = Places::default();
        for Stood { key, at, place } in rows {
            places.holders.insert(at.address.clone(), key.clone());
            places.last.insert(key, at);
            places.highest = place;
        }
        places
    }

    /// The page that had an address last.
    pub fn holder(&self, address: &str) -> Option<&PageKey> {
        self.holders.get(address)
    }

    /// Where a page was last; `None` for one that was gone before addresses were kept.
    pub fn last(&self, key: &PageKey) -> Option<&Place> {
        self.last.get(key)
    }

    /// What a release says that is not known yet.
    pub fn new_in(&self, keys: &PageKeys) -> Vec<Stood> {
        let all = keys.pages.places.iter().map(|(id, at)| Stood {
            key: keys.key(id),
            at: at.clone(),
            place: self.highest + 1,
        });
        let is_known = |it: &Stood| {
            self.last(&it.key) == Some(&it.at) && self.holder(&it.at.address) == Some(&it.key)
        };
        all.filter(|it| !is_known(it)).collect()
    }
}
