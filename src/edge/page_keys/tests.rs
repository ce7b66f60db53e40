//! Releases in which pages are renamed, deleted, made anew and rolled back, with rows added in between: by a table, and
//! by chance against a model that knows which page is which.

use crate::edge::page_keys::{PageKeys, Pages, merges, service};
use crate::edge::slices;
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{Database, Store, StoreError, Tx};
use crate::ids::PageId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A release of these ids, with `former>present` for renames.
fn release(name: &str, ids: &str) -> PageKeys {
    let (renamed, ids): (Vec<&str>, Vec<&str>) =
        ids.split_whitespace().partition(|it| it.contains('>'));
    let id = |id: &str| PageId::new(id);
    let renamed = renamed.iter().filter_map(|it| it.split_once('>'));
    let renamed = renamed.map(|(old, new)| (id(old), id(new))).collect();
    unkeyed(name, ids.into_iter().map(id).collect(), &renamed)
}

fn unkeyed(
    name: &str,
    ids: std::collections::HashSet<PageId>,
    renamed: &BTreeMap<PageId, PageId>,
) -> PageKeys {
    PageKeys {
        release: name.into(),
        pages: Arc::new(Pages::new(ids, renamed)),
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

/// A line is what one edge does: `NAME: ids` opens a release, which is a new one or one from before; `again NAME` opens it
/// after a new start; `+page word` adds a row; `page = words` is what the page shows.
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
];

fn play(store: &Store, prefix: &str, lines: &[&str]) {
    let full = |words: &str| {
        let words = words.split_whitespace();
        let words = words.map(|word| match word.split_once('>') {
            Some((old, new)) => format!("{prefix}{old}>{prefix}{new}"),
            None => format!("{prefix}{word}"),
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
            assert_eq!(found, expected, "{prefix} {line}");
        } else if let Some((name, ids)) = line.split_once(':') {
            let last = open.as_ref().filter(|_| !name.starts_with("again "));
            let name = name.trim_start_matches("again ");
            let known = releases.entry(name.into());
            let unkeyed = known.or_insert_with(|| release(&format!("{prefix}{name}"), &full(ids)));
            open = Some(service::open((store, slices::tables()), unkeyed, last).unwrap());
        }
    }
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
        let ids = self.site.pages.keys().map(PageId::new).collect();
        let renamed = self.site.aliases.iter();
        let renamed = renamed.map(|(old, new)| (PageId::new(old), PageId::new(new)));
        unkeyed(name, ids, &renamed.collect())
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
