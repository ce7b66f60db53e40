//! Releases in which pages are renamed, deleted, made anew and rolled back, with rows added in between: by a table, and
//! by chance against a model that knows which page is which.

use crate::config::Tier;
use crate::edge::access::Audience;
use crate::edge::page_keys::places::{Place, address};
use crate::edge::page_keys::{PageKey, PageKeys, Pages, merges, service};
use crate::edge::slices;
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{Database, Store, StoreError, Tx};
use crate::ids::PageId;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A release of pages: `ID`, `ID@ADDRESS` where they differ, with `!AUDIENCE` where not everybody may read it.
/// `ADDRESS>ID` is an alias. Of pages with errors, `?ID` is one, `?ADDRESS>ID` its alias; `??` is a file of which nothing
/// is known.
fn release(name: &str, pages: &str) -> PageKeys {
    let mut release = Pages {
        tiers: tiers(),
        ..Pages::default()
    };
    for word in pages.split_whitespace() {
        let (word, audience) = word.split_once('!').unwrap_or((word, ""));
        let unsettled = &mut release.unsettled;
        match (word, word.strip_prefix('?')) {
            ("??", _) => unsettled.has_unread = true,
            (_, Some(faulty)) => match faulty.split_once('>') {
                Some((alias, _)) => _ = unsettled.addresses.insert(address(alias)),
                None => _ = unsettled.pages.insert(PageId::new(faulty)),
            },
            _ => match word.split_once('>') {
                Some((old, new)) => {
                    let (old_id, new) = (PageId::new(old), PageId::new(new));
                    release.renamed.insert(old_id, new.clone());
                    release.aliases.push((address(old), new));
                }
                None => put(&mut release, word, audience),
            },
        }
    }
    unkeyed(name, release.consistent())
}

fn put(release: &mut Pages, word: &str, audience: &str) {
    let (id, at) = word.split_once('@').unwrap_or((word, word));
    let place = Place {
        address: address(at),
        audience: Audience::from_text(audience),
    };
    release.ids.insert(PageId::new(id));
    release.places.insert(PageId::new(id), place);
}

/// Of which `paid` asks for the only one.
fn tiers() -> Vec<Tier> {
    let price = json!({"currency": "CNY", "interval": "month", "amount_minor": 3000});
    let tier = json!({"id": "pro", "name": "Pro", "rank": 20, "prices": [price], "trial_days": 0, "description": ""});
    serde_json::from_value(json!([tier])).unwrap()
}

fn unkeyed(name: &str, pages: Pages) -> PageKeys {
    PageKeys {
        release: name.into(),
        pages: Arc::new(pages),
        keys: HashMap::new(),
        names: HashMap::new(),
        merges: Vec::new(),
    }
}

fn post(store: &Store, keys: &PageKeys, page: &str, what: String) {
    let key = keys.key(&PageId::new(page));
    let add = move |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO reading (page_id, day, reader, is_read, first_at, last_at) VALUES ($1, 1, $2, 0, 0, 0)",
            &[&key, &what],
        )
    };
    store.write_blocking::<_, StoreError, _>(add).unwrap();
}

fn shown(store: &Store, keys: &PageKeys, page: &str) -> BTreeSet<String> {
    let key = keys.key(&PageId::new(page));
    let read = move |tx: &mut Tx| {
        tx.query(
            "SELECT reader FROM reading WHERE page_id = $1",
            &[&key],
            |row| row.get::<String>("reader"),
        )
    };
    let found: Result<Vec<String>, StoreError> = store.read_blocking(read);
    found.unwrap().into_iter().collect()
}

/// A line is what one edge does: `NAME: pages` opens a release, which is a new one or one from before; `again NAME` opens it
/// after a new start; `+page word` adds a row; `page = words` is what the page shows; `forget` is a database from before
/// addresses were kept.
const PLAYS: &[(&str, &[&str])] = &[
    (
        "renamed, and rolled back",
        &[
            "1: start",
            "+start x",
            "2: fresh start>fresh",
            "fresh = x",
            "+fresh y",
            "1:",
            "start = x y",
            "2:",
            "fresh = x y",
        ],
    ),
    (
        "renamed, and built as it was",
        &[
            "1: start",
            "+start x",
            "2: fresh start>fresh",
            "3: start",
            "start = x",
            "+start y",
            "2:",
            "fresh = x y",
        ],
    ),
    (
        "renamed before it had rows",
        &["1: a", "2: b a>b", "+b x", "1:", "a = x"],
    ),
    (
        "renamed while no edge ran",
        &[
            "1: a",
            "+a x",
            "again 2: b a>b",
            "b = x",
            "again 1:",
            "a = x",
            "again 2:",
            "b = x",
        ],
    ),
    (
        "renamed back",
        &[
            "1: a", "+a x", "2: b a>b", "3: a b>a", "a = x", "+a y", "2:", "b = x y", "1:",
            "a = x y",
        ],
    ),
    (
        "a chain",
        &[
            "1: a",
            "+a x",
            "2: b a>b",
            "3: c a>c b>c",
            "c = x",
            "2:",
            "b = x",
            "1:",
            "a = x",
            "3:",
            "c = x",
        ],
    ),
    (
        "a chain whose middle was never open",
        &["1: a", "+a x", "3: c a>c b>c", "c = x", "1:", "a = x"],
    ),
    (
        "two names changed places, by a third",
        &[
            "1: a b",
            "+a x",
            "+b y",
            "2: t b a>t",
            "3: t a b>a",
            "t = x",
            "a = y",
            "4: b a t>b",
            "b = x",
            "a = y",
            "1:",
            "a = x",
            "b = y",
            "4:",
            "a = y",
            "b = x",
            "5: a b c",
            "a = y",
            "b = x",
        ],
    ),
    (
        "the id is taken by another page",
        &[
            "1: a", "+a x", "2: b a>b", "3: b a", "a =", "b = x", "+a y", "1:", "a = x", "3:",
            "a = y", "b = x", "4: a", "a = y", "3:", "b = x", "1:", "a = x",
        ],
    ),
    (
        "the rename is rolled back, and the new id is another page's",
        &[
            "1: a", "+a x", "2: b a>b", "1:", "3: a b", "a = x", "b =", "+b y", "2:", "b = x",
            "3:", "a = x", "b = y",
        ],
    ),
    (
        "deleted and made again",
        &["1: a b", "+a x", "2: b", "3: a b", "a = x"],
    ),
    (
        "the new id was another page's, which is gone without rows",
        &["1: a b", "+a x", "2: b a>b", "b = x", "1:", "a = x", "b ="],
    ),
    (
        "two pages become one, and an edge still has both",
        &[
            "1: a b",
            "+a x",
            "+b y",
            "2: b a>b",
            "b = x y",
            "1:",
            "b = x y",
            "a =",
            "+a late",
            "2:",
            "b = x y late",
        ],
    ),
    (
        "three pages become one",
        &[
            "1: a b c",
            "+a x",
            "+b y",
            "+c z",
            "2: c a>c b>c",
            "c = x y z",
        ],
    ),
    (
        "a page that became part of another is its own again, and then gone",
        &[
            "1: a b", "+a x", "2: b a>b", "b = x", "1:", "3: a b c", "+b y", "4: a c", "a = x",
            "again 4:", "a = x", "3:", "b = y",
        ],
    ),
    (
        "a former id that two pages name",
        &["1: a", "+a x", "2: b a>b", "3: c d a>c b>d", "d = x", "c ="],
    ),
    (
        "a former id was another page's in a release that was rolled back",
        &[
            "1: b",
            "+b x",
            "2: d b>d",
            "3: d b",
            "+b y",
            "2:",
            "4: d a b>d",
            "d = x",
            "3:",
            "b = y",
        ],
    ),
    (
        "an alias of what another page still is",
        &["1: a", "+a x", "2: b a>b", "3: b c a>c", "b = x", "c ="],
    ),
    (
        "an alias of what never was a page",
        &["1: a 2013/a>a", "+a x", "2: a b 2013/a>b", "a = x", "b ="],
    ),
    (
        "an alias that is spelt as the id of another page, which is gone",
        &[
            "1: p@q q@r!members",
            "+p x",
            "+q y",
            "2: p@p2 q>p",
            "p = x",
            "1:",
            "p = x",
            "q = y",
        ],
    ),
    (
        "an alias that was one page's address and is spelt as another one's id",
        &[
            "1: p@q q@r!members",
            "+p x",
            "+q y",
            "2: p@q",
            "3: new q>new",
            "new = x",
        ],
    ),
    (
        "an address that is not spelt as the id",
        &[
            "1: f@other",
            "+f x",
            "2: g other>g",
            "g = x",
            "1:",
            "f = x",
            "2:",
            "g = x",
        ],
    ),
    (
        "an alias with .html",
        &["1: a", "+a x", "2: g a.html>g", "g = x"],
    ),
    (
        "an alias in capitals",
        &["1: a", "+a x", "2: g A>g", "g = x"],
    ),
    (
        "the address stays",
        &[
            "1: Big@big",
            "+Big x",
            "2: big",
            "big = x",
            "+big y",
            "3: Big@big",
            "Big = x y",
        ],
    ),
    (
        "an id of one's own, taken and given back",
        &[
            "1: f", "+f x", "2: own@f", "own = x", "+own y", "3: f", "f = x y", "1:", "f = x y",
        ],
    ),
    (
        "the address stays while the old page is there elsewhere",
        &["1: f", "+f x", "2: g@f f@f2", "g =", "f = x"],
    ),
    (
        "an address that another known page takes",
        &[
            "1: f g", "+f x", "+g y", "2: g@f", "g = y", "3: g@f h", "g = y",
        ],
    ),
    (
        "addresses that changed places",
        &["1: a b", "+a x", "+b y", "2: a@b b@a", "a = x", "b = y"],
    ),
    (
        "two renames, in two releases",
        &[
            "1: a b",
            "+a x",
            "+b y",
            "2: a c b>c",
            "c = y",
            "a = x",
            "3: b c a>b",
            "b = x",
            "c = y",
        ],
    ),
    (
        "two renames in one release, one of them with an error",
        &[
            "1: a b",
            "+a x",
            "+b y",
            "2: b a>b ?c ?b>c",
            "b = y",
            "1:",
            "a = x",
            "b = y",
            "2:",
            "b = y",
            "3: b a>b",
            "b = x y",
        ],
    ),
    (
        "two renames in one release, by addresses alone",
        &[
            "1: a b",
            "+a x",
            "+b y",
            "2: b@bb c a>b b>c",
            "b = y",
            "c =",
            "1:",
            "a = x",
            "b = y",
        ],
    ),
    (
        "two renames in one release, by ids",
        &["1: a b", "+a x", "+b y", "2: a@b b@c", "a = x", "b = y"],
    ),
    (
        "addresses that one had before its last one",
        &[
            "1: a",
            "+a x",
            "2: a@b",
            "3: a@c",
            "4: d e a>d b>e",
            "d =",
            "e =",
            "5: d c>d",
            "d = x",
        ],
    ),
    (
        "of two claims, that of the last address",
        &["1: a", "+a x", "2: a@b", "3: d e a>d b>e", "d =", "e = x"],
    ),
    (
        "the old page has an error",
        &[
            "1: f",
            "+f x",
            "2: g f>g ?f",
            "g =",
            "+g y",
            "3: g f>g",
            "g = x y",
        ],
    ),
    (
        "a page with an error claims the address too",
        &[
            "1: f",
            "+f x",
            "2: g f>g ?h ?f>h",
            "g =",
            "3: g f>g",
            "g = x",
        ],
    ),
    (
        "a file cannot be read",
        &[
            "1: f Big@big",
            "+f x",
            "+Big y",
            "2: g f>g big ??",
            "g =",
            "big = y",
            "3: g big f>g",
            "g = x",
            "big = y",
        ],
    ),
    (
        "another page has an error",
        &[
            "1: f a b",
            "+f x",
            "+a y",
            "+b z",
            "2: g b f>g a>b ?h",
            "g = x",
            "b = z",
            "3: g b f>g a>b",
            "b = y z",
        ],
    ),
    (
        "a gated conversation and an open page",
        &[
            "1: a b!members",
            "+a x",
            "+b y",
            "2: a b>a",
            "a = x",
            "1:",
            "b = y",
            "3: a!members b>a",
            "a = x y",
        ],
    ),
    (
        "a gated conversation, opened first",
        &[
            "1: a b!members",
            "+a x",
            "+b y",
            "2: a b",
            "3: a b>a",
            "a = x y",
        ],
    ),
    (
        "a rename that opens",
        &[
            "1: b!members",
            "+b x",
            "2: c b>c",
            "c =",
            "+c y",
            "3: c!members b>c",
            "c = x y",
        ],
    ),
    (
        "a rename from a tier to members, and to another tier's",
        &[
            "1: b!paid",
            "+b x",
            "2: c!members b>c",
            "c =",
            "3: d!tier:pro b>d c",
            "d = x",
        ],
    ),
    (
        "an address that stays and opens",
        &[
            "1: Big@big!members",
            "+Big x",
            "2: big",
            "big =",
            "1:",
            "Big = x",
        ],
    ),
    (
        "renamed and gated, and back in the open",
        &[
            "1: b",
            "+b x",
            "2: c!members b>c",
            "c = x",
            "+c y",
            "3: b",
            "b =",
            "2:",
            "c = x y",
        ],
    ),
    (
        "gated again by a rollback, after it became part of an open page",
        &[
            "1: a!members z",
            "+a x",
            "2: a z",
            "3: b z a>b",
            "+b y",
            "4: c a>c b>c",
            "c = x y",
            "1:",
            "4:",
            "c = x y",
        ],
    ),
    (
        "two pages that became one, of which a rollback gates the first again",
        &[
            "1: a!members b",
            "+a x",
            "+b y",
            "2: a b",
            "3: b a>b",
            "b = x y",
            "1:",
            "+a z",
            "3:",
            "b = x y",
            "1:",
            "a = z",
        ],
    ),
    (
        "gone before addresses were kept",
        &[
            "1: a z",
            "+a x",
            "2: z",
            "forget",
            "again 2:",
            "3: b a>b z",
            "b = x",
        ],
    ),
    (
        "gone before addresses were kept, and its id is another's address",
        &[
            "1: q@r p@x",
            "+q y",
            "+p x",
            "2: p@q",
            "forget",
            "again 2:",
            "3: n q>n",
            "n = x",
        ],
    ),
];

fn play(store: &Store, prefix: &str, lines: &[&str]) {
    let full = |words: &str| {
        let words = words.split_whitespace().map(|word| {
            let (names, audience) = word.split_at(word.find('!').unwrap_or(word.len()));
            let bare = names.trim_start_matches('?');
            let marks = &names[..names.len() - bare.len()];
            let names = bare.split_inclusive(['>', '@']);
            let names: String = names.map(|it| format!("{prefix}{it}")).collect();
            format!("{marks}{names}{audience}")
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let mut releases: HashMap<String, PageKeys> = HashMap::new();
    let mut open: Option<PageKeys> = None;
    for line in lines {
        if let Some((page, word)) = line.strip_prefix('+').and_then(|it| it.split_once(' ')) {
            let keys = open.as_ref().unwrap();
            post(store, keys, &full(page), word.into());
        } else if let Some((page, words)) = line.split_once(" =") {
            let found = shown(store, open.as_ref().unwrap(), &full(page));
            let expected = words.split_whitespace().map(str::to_owned).collect();
            assert_eq!(found, expected, "{prefix} {line} of {lines:?}");
        } else if *line == "forget" {
            forget(store, prefix);
        } else if let Some((name, ids)) = line.split_once(':') {
            let last = open.as_ref().filter(|_| !name.starts_with("again "));
            let name = name.trim_start_matches("again ");
            let known = releases.entry(name.into());
            let unkeyed = known.or_insert_with(|| release(&format!("{prefix}{name}"), &full(ids)));
            open = Some(service::open((store, slices::tables()), unkeyed, last).unwrap());
        }
    }
}

fn forget(store: &Store, prefix: &str) {
    let keys = format!("%{prefix}%");
    let forget =
        move |tx: &mut Tx| tx.execute("DELETE FROM page_address WHERE page_key LIKE $1", &[&keys]);
    store.write_blocking::<_, StoreError, _>(forget).unwrap();
}

#[test]
fn pages_find_their_rows_again() {
    on_each_engine(|store: &Store, _: &Database| {
        for (at, (_, lines)) in PLAYS.iter().enumerate() {
            play(store, &format!("p{at}/"), lines);
        }
    });
}

/// What an author has: which page is which, whatever it is called.
#[derive(Clone, Default)]
struct Site {
    pages: BTreeMap<String, usize>,
    aliases: BTreeMap<String, String>,
}

struct World {
    site: Site,
    /// Which page an id was last.
    last: BTreeMap<String, usize>,
    /// Pages that an author made one have the same end.
    joined: Vec<usize>,
    /// The page of each row.
    rows: Vec<usize>,
}

impl World {
    fn end(&self, page: usize) -> usize {
        match self.joined[page] {
            next if next == page => page,
            next => self.end(next),
        }
    }

    fn is_alone(&self, page: usize) -> bool {
        (0..self.joined.len())
            .filter(|it| self.end(*it) == self.end(page))
            .count()
            == 1
    }

    /// The page that an id stands for when it is used anew: what it last was, if that is nowhere now.
    fn resumed(&self, id: &str) -> Option<usize> {
        let last = self.last.get(id).copied();
        last.filter(|last| !self.site.pages.values().any(|it| it == last))
    }

    fn put(&mut self, id: &str, page: usize) {
        self.site.aliases.remove(id);
        self.site.pages.insert(id.into(), page);
    }

    fn make(&mut self, id: &str) {
        if self.site.pages.contains_key(id) {
            return;
        }
        let page = self.resumed(id).unwrap_or_else(|| {
            self.joined.push(self.joined.len());
            self.joined.len() - 1
        });
        self.put(id, page);
    }

    fn delete(&mut self, id: &str) {
        self.site.pages.remove(id);
        self.site.aliases.retain(|_, to| to != id);
    }

    fn rename(&mut self, old: &str, new: &str) {
        if self.site.pages.contains_key(new) {
            return;
        }
        let Some(page) = self.site.pages.remove(old) else {
            return;
        };
        if let Some(other) = self.resumed(new) {
            let (one, other) = (self.end(page), self.end(other));
            self.joined[other] = one;
        }
        for to in self.site.aliases.values_mut().filter(|to| *to == old) {
            *to = new.into();
        }
        self.put(new, page);
        self.site.aliases.insert(old.into(), new.into());
    }

    /// An alias to an id that is no page now.
    fn adopt(&mut self, old: &str, new: &str) {
        let Some(page) = self.site.pages.get(new).copied() else {
            return;
        };
        if self.site.pages.contains_key(old) || self.site.aliases.contains_key(old) {
            return;
        }
        if let Some(other) = self.resumed(old) {
            let (one, other) = (self.end(page), self.end(other));
            self.joined[other] = one;
        }
        self.site.aliases.insert(old.into(), new.into());
    }

    fn remember(&mut self) {
        self.last.extend(self.site.pages.clone());
        let adopted = self.site.aliases.iter();
        let adopted =
            adopted.filter_map(|(old, new)| Some((old.clone(), *self.site.pages.get(new)?)));
        let adopted: Vec<_> = adopted
            .filter(|(old, _)| self.last.contains_key(old))
            .collect();
        self.last.extend(adopted);
    }

    fn release(&self, name: &str) -> PageKeys {
        let ids = self.site.pages.keys().cloned();
        let aliases = self.site.aliases.iter();
        let words = ids.chain(aliases.map(|(old, new)| format!("{old}>{new}")));
        release(name, &words.collect::<Vec<_>>().join(" "))
    }
}

/// A release that is open, and what its pages are.
#[derive(Clone)]
struct Open {
    keys: PageKeys,
    site: Site,
}

fn check(store: &Store, world: &World, open: &Open, what: &str) {
    let mut keys = BTreeSet::new();
    for (id, page) in &open.site.pages {
        let (id, key) = (PageId::new(id), open.keys.key(&PageId::new(id)));
        assert!(keys.insert(key.clone()), "{what}: two pages have {key}");
        assert_eq!(open.keys.holder(&key), Some(id.clone()), "{what}");
        let found = shown(store, &open.keys, id.as_str());
        let of =
            |row: &String| world.rows[row.rsplit('/').next().unwrap().parse::<usize>().unwrap()];
        for row in &found {
            assert_eq!(
                world.end(of(row)),
                world.end(*page),
                "{what}: {id} shows {row}"
            );
        }
        if world.is_alone(*page) {
            let all = world.rows.iter().filter(|it| *it == page).count();
            assert_eq!(found.len(), all, "{what}: {id} shows {found:?}");
        }
    }
}

/// A life of a site with two edges, the second of which is sometimes late.
fn live(store: &Store, seed: u64, n_steps: usize) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut world = World {
        site: Site::default(),
        last: BTreeMap::new(),
        joined: Vec::new(),
        rows: Vec::new(),
    };
    let ids: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|it| format!("s{seed}/{it}"))
        .collect();
    world.make(&ids[0]);
    world.make(&ids[1]);
    let mut opened: Vec<Open> = Vec::new();
    let mut edges: [Option<Open>; 2] = [None, None];
    let (mut is_newest, mut told) = (true, Vec::new());
    for step in 0..n_steps {
        let (one, other) = (ids[below(4)].clone(), ids[below(4)].clone());
        let act = below(12);
        told.push(format!("{act} {one} {other}"));
        let what = format!("seed {seed}, step {step}: {}", told.join(", "));
        match act {
            0 => world.make(&one),
            1 => world.delete(&one),
            2..=4 => world.rename(&one, &other),
            5 if below(3) == 0 => world.adopt(&one, &other),
            6 if !opened.is_empty() => {
                let open = opened[below(opened.len())].clone();
                world.site = open.site.clone();
                world.last.extend(open.site.pages.clone());
                let keys = service::open(
                    (store, slices::tables()),
                    &open.keys,
                    edges[0].as_ref().map(|it| &it.keys),
                )
                .unwrap();
                for id in open.site.pages.keys().map(PageId::new) {
                    assert_eq!(keys.key(&id), open.keys.key(&id), "{what}");
                }
                edges[0] = Some(Open { keys, ..open });
                is_newest = false;
            }
            7 => edges[1] = edges[0].clone(),
            _ => {}
        }
        if (act <= 5 || edges[0].is_none()) && !world.site.pages.is_empty() {
            let unkeyed = world.release(&format!("s{seed}/{step}"));
            let last = edges[0].as_ref().map(|it| &it.keys);
            // A new start forgets what was open: what a rollback brought back, and that a page without rows was one.
            let is_plain = is_newest && !(2..=5).contains(&act);
            let last = last.filter(|_| !is_plain || below(3) > 0);
            let keys = service::open((store, slices::tables()), &unkeyed, last).unwrap();
            world.remember();
            let open = Open {
                keys,
                site: world.site.clone(),
            };
            opened.push(open.clone());
            edges[0] = Some(open);
            is_newest = true;
        }
        for edge in edges.iter().flatten() {
            let pages: Vec<_> = edge.site.pages.iter().collect();
            if below(2) == 0 && !pages.is_empty() {
                let (id, page) = pages[below(pages.len())];
                let name = format!("s{seed}/{}", world.rows.len());
                post(store, &edge.keys, id, name);
                world.rows.push(*page);
            }
        }
        for edge in edges.iter().flatten() {
            merges::finish(store, slices::tables(), edge.keys.merges()).unwrap();
            check(store, &world, edge, &what);
        }
    }
    let count = move |tx: &mut Tx| {
        tx.query_one(
            "SELECT COUNT(*) AS n FROM reading WHERE reader LIKE $1",
            &[&format!("s{seed}/%")],
            |row| row.get::<i64>("n"),
        )
    };
    let n_rows: Result<Option<i64>, StoreError> = store.read_blocking(count);
    assert_eq!(
        n_rows.unwrap(),
        Some(world.rows.len() as i64),
        "seed {seed}"
    );
}

#[test]
fn no_page_shows_what_was_said_of_another() {
    on_each_engine(|store: &Store, database: &Database| {
        let n_lives = match database {
            Database::File(_) => 60,
            _ => 12,
        };
        for seed in 1..=n_lives {
            live(store, seed, 25);
        }
    });
}

/// A page of a site whose ids and addresses have nothing to do with each other.
#[derive(Clone, Debug)]
struct Spot {
    address: String,
    /// 0 for everybody, 1 for members, 2 for those who pay.
    level: usize,
}

#[derive(Clone, Default, Debug)]
struct Grounds {
    pages: BTreeMap<String, Spot>,
    /// Former addresses.
    aliases: BTreeMap<String, String>,
}

impl Grounds {
    fn is_free(&self, address: &str) -> bool {
        self.pages.values().all(|it| it.address != address)
    }

    fn put(&mut self, id: &str, spot: Spot) {
        self.aliases.remove(&spot.address);
        self.pages.insert(id.into(), spot);
    }

    fn remove(&mut self, id: &str) -> Option<Spot> {
        let spot = self.pages.remove(id)?;
        self.aliases.retain(|_, to| to != id);
        Some(spot)
    }

    fn release(&self, name: &str) -> PageKeys {
        let audiences = ["", "!members", "!paid"];
        let pages = self.pages.iter();
        let pages = pages.map(|(id, at)| format!("{id}@{}{}", at.address, audiences[at.level]));
        let aliases = self.aliases.iter();
        let words = pages.chain(aliases.map(|(old, new)| format!("{old}>{new}")));
        release(name, &words.collect::<Vec<_>>().join(" "))
    }

    /// Addresses that a page has or had.
    fn claimed_by(&self, id: &str) -> Vec<&String> {
        let aliases = self.aliases.iter().filter(|(_, to)| *to == id);
        let own = self.pages.get(id).map(|it| &it.address);
        aliases.map(|(it, _)| it).chain(own).collect()
    }

    /// What an author does to it.
    fn change(
        &mut self,
        (one, other): (&str, &str),
        to: &str,
        below: &mut impl FnMut(usize) -> usize,
    ) {
        let act = below(8);
        let is_free = self.is_free(to);
        match act {
            0 | 1 if is_free && !self.pages.contains_key(one) => {
                let level = below(3);
                self.put(
                    one,
                    Spot {
                        address: to.into(),
                        level,
                    },
                );
            }
            2 => _ = self.remove(one),
            3 | 4 if !self.pages.contains_key(other) => {
                let Some(was) = self.remove(one) else { return };
                let moves = is_free && below(2) == 0;
                let address = if moves { to } else { &was.address };
                let spot = Spot {
                    address: address.into(),
                    level: was.level,
                };
                self.put(other, spot);
                if moves && below(3) > 0 {
                    self.aliases.insert(was.address, other.into());
                }
            }
            5 if is_free => {
                let Some(spot) = self.pages.get_mut(one) else {
                    return;
                };
                let was = std::mem::replace(&mut spot.address, to.into());
                self.aliases.remove(to);
                if below(2) == 0 {
                    self.aliases.insert(was, one.into());
                }
            }
            6 => {
                let level = below(3);
                if let Some(spot) = self.pages.get_mut(one) {
                    spot.level = level;
                }
            }
            7 if is_free && self.pages.contains_key(one) => {
                self.aliases.insert(to.into(), one.into());
            }
            _ => {}
        }
    }
}

/// What was shown where, up to now.
#[derive(Default)]
struct Seen {
    by_id: BTreeMap<String, BTreeSet<String>>,
    /// At the page that had an address last.
    by_address: BTreeMap<String, BTreeSet<String>>,
    /// The most open page at which a row may be shown.
    levels: BTreeMap<String, usize>,
    /// Which key a row had last, and those that an id ever had.
    keys: BTreeMap<String, PageKey>,
    keys_of_id: BTreeMap<String, BTreeSet<PageKey>>,
}

impl Seen {
    /// A new release: nobody reads what was said elsewhere, nor what was said to fewer.
    fn check(
        &self,
        (keys, grounds): (&PageKeys, &Grounds),
        shown: &BTreeMap<String, BTreeSet<String>>,
        what: &str,
    ) {
        for (id, rows) in shown {
            let known = self.by_id.get(id);
            let claimed = grounds.claimed_by(id).into_iter();
            let claimed = claimed.filter_map(|it| self.by_address.get(it));
            let may: BTreeSet<_> = known.into_iter().chain(claimed).flatten().collect();
            for row in rows {
                // An id that the page had in a release that was rolled back is its own still.
                let key = keys.key(&PageId::new(id));
                let had = self.keys_of_id.get(id).is_some_and(|it| it.contains(&key));
                let is_same = had && self.keys.get(row) == Some(&key);
                assert!(is_same || may.contains(row), "{what}: {id} shows {row}");
                let is_own = known.is_some_and(|it| it.contains(row));
                let level = grounds.pages[id].level;
                assert!(
                    is_own || level >= self.levels[row],
                    "{what}: {id} opens {row}"
                );
            }
        }
    }

    fn remember(
        &mut self,
        (keys, grounds): (&PageKeys, &Grounds),
        shown: &BTreeMap<String, BTreeSet<String>>,
    ) {
        for (id, rows) in shown {
            let (spot, key) = (&grounds.pages[id], keys.key(&PageId::new(id)));
            self.keys_of_id
                .entry(id.clone())
                .or_default()
                .insert(key.clone());
            self.by_id
                .entry(id.clone())
                .or_default()
                .extend(rows.clone());
            self.by_address.insert(spot.address.clone(), rows.clone());
            for row in rows {
                self.levels.insert(row.clone(), spot.level);
                self.keys.insert(row.clone(), key.clone());
            }
        }
    }
}

/// How many pages with rows got another id.
fn live_at_addresses(store: &Store, seed: u64, n_steps: usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    // The same words are ids and addresses.
    let words: Vec<String> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|it| format!("t{seed}/{it}"))
        .collect();
    let mut grounds = Grounds::default();
    let mut seen = Seen::default();
    let mut opened: Vec<(PageKeys, Grounds)> = Vec::new();
    let mut last: Option<PageKeys> = None;
    let (mut n_rows, mut n_moved) = (0, 0);
    for step in 0..n_steps {
        let before = grounds.clone();
        let is_rollback = !opened.is_empty() && below(8) == 0;
        let unkeyed = if is_rollback {
            let (keys, then) = opened[below(opened.len())].clone();
            grounds = then;
            keys
        } else {
            for _ in 0..=below(3) {
                let (one, other, to) = (below(5), below(5), below(5));
                grounds.change((&words[one], &words[other]), &words[to], &mut below);
            }
            grounds.release(&format!("t{seed}/{step}"))
        };
        let keys = service::open((store, slices::tables()), &unkeyed, last.as_ref()).unwrap();
        merges::finish(store, slices::tables(), keys.merges()).unwrap();
        let shown: BTreeMap<_, _> = grounds
            .pages
            .keys()
            .map(|id| (id.clone(), shown(store, &keys, id)))
            .collect();
        let what = format!("seed {seed}, step {step}: {before:?} -> {grounds:?}");
        if !is_rollback {
            seen.check((&keys, &grounds), &shown, &what);
            for id in before
                .pages
                .keys()
                .filter(|it| grounds.pages.contains_key(*it))
            {
                let all = last
                    .as_ref()
                    .map(|last| self::shown(store, last, id))
                    .unwrap_or_default();
                assert!(shown[id].is_superset(&all), "{what}: {id} loses of {all:?}");
            }
            opened.push((unkeyed, grounds.clone()));
        }
        n_moved += shown
            .iter()
            .filter(|(id, rows)| !before.pages.contains_key(*id) && !rows.is_empty())
            .count();
        seen.remember((&keys, &grounds), &shown);
        for id in grounds.pages.keys() {
            // Of rows that come to a release that was rolled back to, the other life has its share.
            if below(2) == 0 && !is_rollback {
                let row = format!("t{seed}/{n_rows}");
                n_rows += 1;
                post(store, &keys, id, row.clone());
                seen.levels.insert(row.clone(), grounds.pages[id].level);
                seen.keys.insert(row.clone(), keys.key(&PageId::new(id)));
                seen.by_id
                    .entry(id.clone())
                    .or_default()
                    .insert(row.clone());
                let at = &grounds.pages[id].address;
                seen.by_address.entry(at.clone()).or_default().insert(row);
            }
        }
        last = Some(keys);
    }
    n_moved
}

#[test]
fn a_conversation_follows_its_address_and_never_opens() {
    on_each_engine(|store: &Store, database: &Database| {
        let n_lives = match database {
            Database::File(_) => 60,
            _ => 12,
        };
        let n_moved: usize = (1..=n_lives)
            .map(|seed| live_at_addresses(store, seed, 25))
            .sum();
        assert!(n_moved > n_lives as usize, "{n_moved} moves");
    });
}
