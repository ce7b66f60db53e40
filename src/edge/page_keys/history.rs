//! Which key each id had, in the order in which releases said so, and what the next release adds.
//!
//! Rows are added and never changed: a release that was opened once has the same keys for ever. Where it is in doubt
//! whose rows a page has, it gets a key of its own and shows none of them.

use crate::edge::page_keys::places::Places;
use crate::edge::page_keys::{Merge, Move, PageKey, PageKeys, Pages};
use crate::ids::PageId;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One row: from here on, the page with this key is called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Counted from 1.
    pub number: i64,
    /// The id.
    pub name: PageId,
    /// Its key.
    pub key: PageKey,
}

/// All rows, up to some number.
#[derive(Clone, Debug, Default)]
pub struct History {
    rows: Vec<Named>,
    /// The last row of each id.
    by_name: BTreeMap<PageId, usize>,
    /// The last row of each key.
    by_key: HashMap<PageKey, usize>,
}

impl History {
    /// Of rows in their order.
    pub fn new(rows: impl IntoIterator<Item = Named>) -> Self {
        let mut history = History::default();
        for row in rows {
            history.push(row);
        }
        history
    }

    fn push(&mut self, row: Named) {
        let at = self.rows.len();
        self.by_name.insert(row.name.clone(), at);
        self.by_key.insert(row.key.clone(), at);
        self.rows.push(row);
    }

    /// As it was when it had no row above `number`.
    pub fn up_to(&self, number: i64) -> Self {
        let rows = self.rows.iter().filter(|it| it.number <= number);
        History::new(rows.cloned())
    }

    /// The number of the last row; 0 where there is none.
    pub fn last(&self) -> i64 {
        self.rows.last().map_or(0, |it| it.number)
    }

    /// The rows above `number`.
    pub fn above(&self, number: i64) -> impl Iterator<Item = &Named> {
        self.rows.iter().filter(move |it| it.number > number)
    }

    /// Every id with a row, and its key.
    pub fn keys(&self) -> impl Iterator<Item = (&PageId, &PageKey)> {
        self.by_name
            .iter()
            .map(|(name, at)| (name, &self.rows[*at].key))
    }

    /// Every key with a row, and its present id.
    pub fn names(&self) -> impl Iterator<Item = (&PageKey, &PageId)> {
        self.by_key
            .iter()
            .map(|(key, at)| (key, &self.rows[*at].name))
    }

    /// The number of the last row of a key; 0 where it has none.
    pub fn number_of(&self, key: &PageKey) -> i64 {
        self.by_key.get(key).map_or(0, |at| self.rows[*at].number)
    }

    /// Whether an id has a row. One without a row has the key that it gives itself.
    pub fn has(&self, name: &PageId) -> bool {
        self.by_name.contains_key(name)
    }

    /// The key of an id.
    pub fn key(&self, name: &PageId) -> PageKey {
        let row = self.by_name.get(name).map(|at| self.rows[*at].key.clone());
        row.unwrap_or_else(|| PageKey::of(name))
    }

    /// The present id of a key.
    pub fn name(&self, key: &PageKey) -> PageId {
        let row = self.by_key.get(key).map(|at| self.rows[*at].name.clone());
        row.unwrap_or_else(|| key.id())
    }

    /// Says that `key` is called `name` from here on, if that is not known.
    fn put(&mut self, name: &PageId, key: &PageKey) {
        if self.key(name) == *key && self.name(key) == *name {
            return;
        }
        // The id that gave the key has a row as well, so that an id without one is never another page's.
        let first = key.id();
        if !key.is_fresh() && !self.by_key.contains_key(key) && first != *name && !self.has(&first)
        {
            self.add(&first, key);
        }
        self.add(name, key);
    }

    fn add(&mut self, name: &PageId, key: &PageKey) {
        self.push(Named {
            number: self.last() + 1,
            name: name.clone(),
            key: key.clone(),
        });
    }

    /// Makes the ids of the release that was open until now the present ones. Another release may have been opened
    /// since it was, by this edge or another one.
    pub fn go_on_from(&mut self, last: &PageKeys) {
        // A former id may since have been the id of another page.
        for old in last.pages.renamed.keys() {
            if self.has(old) && self.key(old) != last.key(old) {
                self.add(old, &last.key(old));
            }
        }
        let known: Vec<PageId> = self.by_name.keys().cloned().collect();
        for name in known.iter().filter(|it| last.pages.ids.contains(it)) {
            self.put(name, &last.key(name));
        }
    }
}

/// The keys of moves, of which it must be known whether they have rows.
pub fn keys_of(moves: &[Move], history: &History) -> Vec<PageKey> {
    let ids = moves.iter().flat_map(|it| [&it.old, &it.new]);
    let keys: HashSet<PageKey> = ids.map(|id| history.key(id)).collect();
    keys.into_iter().collect()
}

/// What is decided about a release that was never open.
struct Opening<'h> {
    history: &'h mut History,
    pages: &'h Pages,
    places: &'h Places,
    /// Keys whose page is decided.
    held: HashMap<PageKey, PageId>,
    /// Pages whose key is decided. A page without a row in the history has its own from the beginning.
    decided: HashMap<PageId, PageKey>,
    /// Keys whose rows go to another one.
    spent: HashSet<PageKey>,
    /// From which key into which.
    merges: Vec<(PageKey, PageKey)>,
}

/// Adds what a release that was never open says to the history, and returns the merges that it asks for.
/// `has_rows` says whether a key that [`keys_of`] named has rows in the store.
pub fn open(
    history: &mut History,
    (pages, moves): (&Pages, &[Move]),
    places: &Places,
    has_rows: impl Fn(&PageKey) -> bool,
) -> Vec<Merge> {
    let mut opening = Opening {
        history,
        pages,
        places,
        held: HashMap::new(),
        decided: HashMap::new(),
        spent: HashSet::new(),
        merges: Vec::new(),
    };
    opening.keep();
    for it in moves {
        opening.rename(it, &has_rows);
    }
    opening.find_the_rest();
    let (merges, number) = (opening.merges, history.last());
    let merges = merges.into_iter();
    merges
        .map(|(from, into)| Merge { number, from, into })
        .collect()
}

impl Opening<'_> {
    /// A page that is still called as it was last keeps its key.
    fn keep(&mut self) {
        let kept: Vec<(PageId, PageKey)> = self
            .history
            .keys()
            .filter(|(id, key)| self.pages.ids.contains(id) && self.history.name(key) == **id)
            .map(|(id, key)| (id.clone(), key.clone()))
            .collect();
        for (id, key) in kept {
            self.held.insert(key.clone(), id.clone());
            self.decided.insert(id, key);
        }
    }

    fn is_held(&self, key: &PageKey) -> bool {
        let id = key.id();
        self.held.contains_key(key) || (self.pages.ids.contains(&id) && !self.history.has(&id))
    }

    fn give(&mut self, page: &PageId, key: PageKey) {
        self.history.put(page, &key);
        self.held.insert(key.clone(), page.clone());
        self.decided.insert(page.clone(), key);
    }

    /// The present id gets the key of the former one. Where both have rows, they become one page.
    fn rename(&mut self, found: &Move, has_rows: &impl Fn(&PageKey) -> bool) {
        let Move { old, new, was_page } = found;
        let former = self.history.key(old);
        let lived = *was_page || self.history.has(old) || has_rows(&former);
        // Another page of this release may have the former id's rows: then this one gets nothing of them.
        if !lived || self.is_held(&former) || self.spent.contains(&former) {
            return;
        }
        let own = match self.decided.get(new) {
            Some(key) => Some(key.clone()),
            None if self.history.has(new) => None,
            None => Some(PageKey::of(new)),
        };
        match own {
            Some(own) if has_rows(&own) => {
                self.history.put(old, &own);
                self.give(new, own.clone());
                self.merge(former, own);
            }
            own => {
                if let Some(own) = own {
                    self.held.remove(&own);
                    // Empty, but an edge with another release may add to it.
                    self.merge(own, former.clone());
                }
                self.give(new, former);
            }
        }
    }

    fn merge(&mut self, from: PageKey, into: PageKey) {
        self.spent.insert(from.clone());
        self.merges.push((from, into));
    }

    /// Pages whose id was last another page's: theirs again if that one is gone
    /// and was not for fewer people, else with a key of their own.
    fn find_the_rest(&mut self) {
        let ids = self.history.by_name.iter();
        let undecided =
            ids.filter(|(id, _)| self.pages.ids.contains(id) && !self.decided.contains_key(id));
        let mut rest: Vec<(usize, PageId)> = undecided.map(|(id, at)| (*at, id.clone())).collect();
        rest.sort_by(|one, other| other.cmp(one));
        for (_, id) in rest {
            let key = self.history.key(&id);
            let is_taken = self.is_held(&key)
                || self.spent.contains(&key)
                || self.pages.would_open(self.places.last(&key), &id);
            let key = match is_taken {
                true => PageKey::fresh(&id, self.history.last() + 1),
                false => key,
            };
            self.give(&id, key);
        }
    }
}
