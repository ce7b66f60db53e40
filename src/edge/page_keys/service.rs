//! Opens a release: finds the keys of its pages, and remembers them.

use crate::edge::page_keys::history::{self, History};
use crate::edge::page_keys::places::Places;
use crate::edge::page_keys::{Merge, PageKey, PageKeys, merges, moves, sql};
use crate::edge::store::{Store, StoreError, Tx};
use crate::edge::tables::{Tables, pages_with_rows};
use std::collections::HashSet;
use std::sync::Arc;

/// What the store knows of a release before anything is written.
enum Found {
    /// It was open before.
    Known(PageKeys),
    /// It was not the one that was opened last, or never open. Of the keys that matter to it, these have rows.
    New(HashSet<PageKey>),
}

/// The keys of a release, which are the same whenever and by whichever edge it is opened. `unkeyed` has its ids, `last`
/// those of the release that is open until now. Where two pages became one, their rows are together afterwards. Blocks.
pub fn open(
    (store, tables): (&Store, &'static Tables),
    unkeyed: &PageKeys,
    last: Option<&PageKeys>,
) -> Result<PageKeys, StoreError> {
    let found = find((store, tables), unkeyed, last).and_then(|keys| {
        remember(store, &keys)?;
        Ok(keys)
    });
    let keys = match found {
        // Without the store nothing can be added to the history, and the same ids need nothing added.
        Err(error) => match last.filter(|last| last.pages.fit(&unkeyed.pages)) {
            Some(last) => last.as_release(&unkeyed.release),
            None => return Err(error),
        },
        found => found?,
    };
    if let Err(error) = merges::finish(store, tables, keys.merges()) {
        tracing::error!(%error, "rows of pages that became one cannot be moved yet");
    }
    Ok(keys)
}

/// The ids that pages had last, for what has no open release.
pub fn last_names(tx: &mut Tx) -> Result<PageKeys, StoreError> {
    let now = sql::history(tx)?;
    let none = (Arc::from(""), Arc::default());
    Ok(PageKeys::at(none, (&now, &now), (&[], &Places::default())))
}

fn find(
    (store, tables): (&Store, &'static Tables),
    unkeyed: &PageKeys,
    last: Option<&PageKeys>,
) -> Result<PageKeys, StoreError> {
    if let Some(last) = last {
        remember_late(store, last)?;
    }
    let (ids, before) = (unkeyed.clone(), last.cloned());
    let with_rows = match store.read_blocking(move |tx| look(tx, tables, &ids, before.as_ref()))? {
        Found::Known(keys) => return Ok(keys),
        Found::New(with_rows) => with_rows,
    };
    let (ids, before) = (unkeyed.clone(), last.cloned());
    store.write_blocking(move |tx| add(tx, &ids, before.as_ref(), &with_rows))
}

/// Remembers where the pages of a release are. Blocks.
fn remember(store: &Store, keys: &PageKeys) -> Result<(), StoreError> {
    let known = store.read_blocking(sql::places)?;
    let rows = Arc::new(known.new_in(keys));
    if rows.is_empty() {
        return Ok(());
    }
    store.write_in_batches(0, move |tx, from: &usize, limit| {
        let next = rows.len().min(from + limit as usize);
        for row in &rows[*from..next] {
            sql::put_place(tx, row)?;
        }
        Ok::<_, StoreError>((next < rows.len()).then_some(next))
    })
}

/// A release that was opened while the store was away said nothing to it yet.
fn remember_late(store: &Store, last: &PageKeys) -> Result<(), StoreError> {
    let release = Arc::clone(&last.release);
    match store.read_blocking(move |tx| sql::opened(tx, &release))? {
        Some(_) => Ok(()),
        None => remember(store, last),
    }
}

fn look(
    tx: &mut Tx,
    tables: &'static Tables,
    unkeyed: &PageKeys,
    last: Option<&PageKeys>,
) -> Result<Found, StoreError> {
    match sql::opened(tx, &unkeyed.release)? {
        Some(opened) if opened.is_last => Ok(Found::Known(known(tx, unkeyed, opened.number)?)),
        Some(_) => Ok(Found::New(HashSet::new())),
        None => {
            let history = gone_on(tx, last)?;
            let places = sql::places(tx)?;
            let moves = moves(unkeyed, (&history, &places), last).moves;
            let keys = history::keys_of(&moves, &history);
            Ok(Found::New(pages_with_rows(tx, tables, &keys)?))
        }
    }
}

/// Which pages of a release are former ones.
fn moves(
    unkeyed: &PageKeys,
    (history, places): (&History, &Places),
    last: Option<&PageKeys>,
) -> moves::Found {
    let known = moves::Known {
        history,
        places,
        last,
    };
    moves::find(&unkeyed.pages, known)
}

/// The keys of a release that was first open when the history had `number` rows.
fn known(tx: &mut Tx, unkeyed: &PageKeys, number: i64) -> Result<PageKeys, StoreError> {
    let now = sql::history(tx)?;
    let (merges, places) = (sql::merges(tx, number)?, sql::places(tx)?);
    let histories = (&now.up_to(number), &now);
    Ok(at(unkeyed, histories, (&merges, &places)))
}

fn at(
    unkeyed: &PageKeys,
    histories: (&History, &History),
    merges: (&[Merge], &Places),
) -> PageKeys {
    let release = (Arc::clone(&unkeyed.release), Arc::clone(&unkeyed.pages));
    PageKeys::at(release, histories, merges)
}

/// The history as of the release that is open until now. Where another edge has opened another one since, that is the
/// later word, and mostly this edge is about to open it.
fn gone_on(tx: &mut Tx, last: Option<&PageKeys>) -> Result<History, StoreError> {
    let mut history = sql::history(tx)?;
    if let Some(last) = last {
        let opened = sql::opened(tx, &last.release)?;
        if opened.is_some_and(|it| it.is_last) {
            history.go_on_from(last);
        }
    }
    Ok(history)
}

/// Opens a release that is not the one that was opened last.
fn add(
    tx: &mut Tx,
    unkeyed: &PageKeys,
    last: Option<&PageKeys>,
    with_rows: &HashSet<PageKey>,
) -> Result<PageKeys, StoreError> {
    if let Some(opened) = sql::opened(tx, &unkeyed.release)? {
        sql::set_open(tx, &unkeyed.release, opened.number)?;
        return known(tx, unkeyed, opened.number);
    }
    let before = sql::history(tx)?.last();
    let mut history = gone_on(tx, last)?;
    let has_rows = |key: &PageKey| with_rows.contains(key);
    let places = sql::places(tx)?;
    let found = moves(unkeyed, (&history, &places), last);
    found.tell();
    let release = (&*unkeyed.pages, &found.moves[..]);
    let merges = history::open(&mut history, release, &places, has_rows);
    for row in history.above(before) {
        sql::add(tx, row)?;
    }
    for merge in &merges {
        sql::add_merge(tx, merge)?;
    }
    let number = history.last();
    sql::set_open(tx, &unkeyed.release, number)?;
    let merges = sql::merges(tx, number)?;
    Ok(at(unkeyed, (&history, &history), (&merges, &places)))
}
