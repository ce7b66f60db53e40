//! A sorted map in chunks. A later version shares every chunk in which nothing has changed.
//!
//! A release of a large site differs from the one before in a few entries of many thousand: the others, and their JSON, are
//! made once. Order and content are those of a `BTreeMap`; the borders of chunks are not visible.

use rayon::prelude::*;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

/// Entries of a chunk when it is made; one that has grown to twice as many is cut.
const LENGTH: usize = 256;

/// The map. Clones share everything.
pub struct ChunkedMap<K, V>(Vec<Arc<Chunk<K, V>>>);

/// Never empty.
struct Chunk<K, V> {
    entries: Vec<(K, Arc<V>)>,
    json: OnceLock<Vec<u8>>,
}

impl<K: Ord, V> Chunk<K, V> {
    fn new(entries: Vec<(K, Arc<V>)>) -> Arc<Self> {
        Arc::new(Chunk {
            entries,
            json: OnceLock::new(),
        })
    }

    fn is_below<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.entries.last().is_none_or(|it| it.0.borrow() < key)
    }
}

impl<K: Ord, V> ChunkedMap<K, V> {
    /// Of entries in ascending order, no key twice.
    pub fn from_sorted(entries: Vec<(K, Arc<V>)>) -> Self {
        let mut entries = entries.into_iter();
        let chunks = std::iter::from_fn(|| {
            let chunk: Vec<_> = entries.by_ref().take(LENGTH).collect();
            (!chunk.is_empty()).then(|| Chunk::new(chunk))
        });
        ChunkedMap(chunks.collect())
    }

    /// What is kept under a key, with the key as it is kept.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &Arc<V>)>
    where
        K: Borrow<Q>,
    {
        let place = self.0.partition_point(|chunk| chunk.is_below(key));
        let entries = &self.0.get(place)?.entries;
        let found = entries.binary_search_by(|it| it.0.borrow().cmp(key)).ok()?;
        let (key, value) = &entries[found];
        Some((key, value))
    }

    /// What is kept under a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// Whether anything is kept under a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).is_some()
    }

    /// All entries, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Arc<V>)> {
        let entries = self.0.iter().flat_map(|chunk| &chunk.entries);
        entries.map(|(key, value)| (key, value))
    }

    /// All values, by ascending key.
    pub fn values(&self) -> impl Iterator<Item = &Arc<V>> {
        self.iter().map(|(_, value)| value)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|chunk| chunk.entries.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries that `before` does not have, or has with a value that is not this very one.
    pub fn new_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a K, &'a Arc<V>)> {
        let shared: HashSet<*const Chunk<K, V>> = before.0.iter().map(Arc::as_ptr).collect();
        let chunks = self
            .0
            .iter()
            .filter(move |chunk| !shared.contains(&Arc::as_ptr(chunk)));
        let entries = chunks.flat_map(|chunk| &chunk.entries);
        let entries = entries.map(|(key, value)| (key, value));
        entries.filter(|(key, value)| !before.get(*key).is_some_and(|it| Arc::ptr_eq(it, value)))
    }
}

impl<K: Ord + Clone, V> ChunkedMap<K, V> {
    /// The same with these entries in it, or without those that have no value.
    pub fn with(&self, changes: &BTreeMap<K, Option<Arc<V>>>) -> Self {
        if self.is_empty() {
            return ChunkedMap::from_sorted(merged(&[], changes.iter()));
        }
        let mut chunks = Vec::with_capacity(self.0.len() + 1);
        let mut changes = changes.iter().peekable();
        for (place, chunk) in self.0.iter().enumerate() {
            let is_last = place + 1 == self.0.len();
            let mut own = Vec::new();
            while let Some(change) = changes.next_if(|(key, _)| is_last || !chunk.is_below(key)) {
                own.push(change);
            }
            match own.is_empty() {
                true => chunks.push(Arc::clone(chunk)),
                false => {
                    let entries = merged(&chunk.entries, own.into_iter());
                    let n_runs = (entries.len() / LENGTH).max(1);
                    let length = entries.len().div_ceil(n_runs).max(1);
                    let mut entries = entries.into_iter().peekable();
                    while entries.peek().is_some() {
                        chunks.push(Chunk::new(entries.by_ref().take(length).collect()));
                    }
                }
            }
        }
        ChunkedMap(chunks)
    }
}

/// Both ascending; of two entries with the same key, the change counts.
fn merged<'c, K: Ord + Clone + 'c, V: 'c>(
    entries: &[(K, Arc<V>)],
    changes: impl Iterator<Item = (&'c K, &'c Option<Arc<V>>)>,
) -> Vec<(K, Arc<V>)> {
    let mut merged = Vec::with_capacity(entries.len() + changes.size_hint().0);
    let mut entries = entries.iter().peekable();
    for (key, value) in changes {
        while let Some(entry) = entries.next_if(|it| it.0 < *key) {
            merged.push(entry.clone());
        }
        entries.next_if(|it| it.0 == *key);
        merged.extend(value.as_ref().map(|value| (key.clone(), Arc::clone(value))));
    }
    merged.extend(entries.cloned());
    merged
}

impl<K: Ord + Sync + Send, V: Sync + Send> ChunkedMap<K, V> {
    /// All entries in any order, on all cores.
    pub fn par_iter(&self) -> impl ParallelIterator<Item = (&K, &Arc<V>)> {
        let chunks = self.0.par_iter();
        chunks.flat_map_iter(|chunk| chunk.entries.iter().map(|(key, value)| (key, value)))
    }
}

impl<K: Serialize + Ord + Sync + Send, V: Serialize + Sync + Send> ChunkedMap<K, V> {
    /// As a JSON object; that of each chunk is made once, on all cores.
    pub fn json(&self) -> serde_json::Result<Json<'_>> {
        let made = self.0.par_iter().map(|chunk| match chunk.json.get() {
            Some(json) => Ok(json.as_slice()),
            None => {
                let json = run_json(&chunk.entries)?;
                Ok(chunk.json.get_or_init(|| json).as_slice())
            }
        });
        Ok(Json(made.collect::<serde_json::Result<_>>()?))
    }
}

/// The JSON of a map, chunk by chunk.
pub struct Json<'a>(Vec<&'a [u8]>);

impl Json<'_> {
    /// How long it is.
    pub fn n_bytes(&self) -> usize {
        let bytes: usize = self.0.iter().map(|chunk| chunk.len()).sum();
        // The first comma is the opening brace.
        (bytes + 1).max(2)
    }

    /// Writes it.
    pub fn append_to(&self, json: &mut Vec<u8>) {
        let start = json.len();
        for chunk in &self.0 {
            json.extend_from_slice(chunk);
        }
        match json.get_mut(start) {
            Some(first) => *first = b'{',
            None => json.push(b'{'),
        }
        json.push(b'}');
    }
}

/// Each entry with a comma before it.
fn run_json<K: Serialize, V: Serialize>(entries: &[(K, Arc<V>)]) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(entries.len() * 256);
    for (key, value) in entries {
        json.push(b',');
        serde_json::to_writer(&mut json, key)?;
        json.push(b':');
        serde_json::to_writer(&mut json, &**value)?;
    }
    json.shrink_to_fit();
    Ok(json)
}

impl<K: Ord, V> Default for ChunkedMap<K, V> {
    fn default() -> Self {
        ChunkedMap(Vec::new())
    }
}

impl<K, V> Clone for ChunkedMap<K, V> {
    fn clone(&self) -> Self {
        ChunkedMap(self.0.clone())
    }
}

impl<K: Ord + PartialEq, V: PartialEq> PartialEq for ChunkedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for ChunkedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V> FromIterator<(K, Arc<V>)> for ChunkedMap<K, V> {
    /// In any order; of two entries with the same key, one stays.
    fn from_iter<I: IntoIterator<Item = (K, Arc<V>)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|a, b| a.0 == b.0);
        }
        ChunkedMap::from_sorted(entries)
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for ChunkedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, &**value)?;
        }
        map.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for ChunkedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = ChunkedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // A length from a file is a hint and no more.
        let hint = map.size_hint().unwrap_or_default().min(1 << 20);
        let mut entries = Vec::with_capacity(hint);
        while let Some((key, value)) = map.next_entry::<K, V>()? {
            entries.push((key, Arc::new(value)));
        }
        Ok(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plain = BTreeMap<String, u32>;

    fn key(number: u32) -> String {
        format!("{number:05}")
    }

    fn chunks(plain: &Plain) -> ChunkedMap<String, u32> {
        let entries = plain
            .iter()
            .map(|(key, value)| (key.clone(), Arc::new(*value)));
        entries.collect()
    }

    fn plain(chunks: &ChunkedMap<String, u32>) -> Plain {
        chunks
            .iter()
            .map(|(key, value)| (key.clone(), **value))
            .collect()
    }

    /// The next number of a fixed sequence (Knuth's MMIX constants).
    fn next(state: &mut u64) -> u32 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as u32
    }

    #[test]
    fn changes_make_what_they_would_make_of_a_plain_map() {
        let mut state = 7;
        for n_entries in [0, 1, 255, 256, 257, 3000] {
            let mut expected: Plain = (0..n_entries).map(|it| (key(it * 3), it)).collect();
            let mut map = chunks(&expected);
            for n_changes in [1, 2, 40, 700, 2000] {
                let mut changes = BTreeMap::new();
                for _ in 0..n_changes {
                    let key = key(next(&mut state) % 9100);
                    let value = next(&mut state) % 3;
                    changes.insert(key, (value > 0).then_some(value));
                }
                for (key, value) in &changes {
                    match value {
                        Some(value) => drop(expected.insert(key.clone(), *value)),
                        None => drop(expected.remove(key)),
                    }
                }
                let before = map;
                let kept = changes.values().flatten().count();
                let changes = changes.into_iter();
                let changes = changes.map(|(key, value)| (key, value.map(Arc::new)));
                map = before.with(&changes.collect());
                assert_eq!(plain(&map), expected);
                assert_eq!(map.new_since(&before).count(), kept);
                assert_eq!(map.len(), expected.len());
                let json = serde_json::to_vec(&expected).unwrap();
                let mut own = Vec::new();
                map.json().unwrap().append_to(&mut own);
                assert_eq!(own.len(), map.json().unwrap().n_bytes());
                assert_eq!(own, json);
                assert_eq!(serde_json::to_vec(&map).unwrap(), json);
                let read: ChunkedMap<String, u32> = serde_json::from_slice(&json).unwrap();
                assert_eq!(read, map);
                for key in (0..9100).map(key) {
                    assert_eq!(map.get(&key).map(|it| **it), expected.get(&key).copied());
                }
            }
            let all_gone = expected.keys().map(|key| (key.clone(), None)).collect();
            assert!(map.with(&all_gone).is_empty());
        }
    }

    #[test]
    fn what_does_not_change_is_shared() {
        let map = chunks(&(0..10_000).map(|it| (key(it), it)).collect());
        map.json().unwrap();
        let other = map.with(&BTreeMap::from([(key(5000), Some(Arc::new(1)))]));
        let n_made = |map: &ChunkedMap<String, u32>| {
            let chunks = map.0.iter();
            chunks.filter(|it| it.json.get().is_some()).count()
        };
        assert_eq!(n_made(&other), map.0.len() - 1);
        assert_eq!(other.new_since(&map).collect::<Vec<_>>().len(), 1);
    }
}
