//! Rows under a page's former name, moved to its present one.

use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;

/// One row a member and page: where both names have one, the present name's stays.
const MOVES: [&str; 6] = [
    "INSERT INTO page_like (page_id, member_id, at)
     SELECT CAST($2 AS TEXT), member_id, at FROM page_like WHERE page_id = $1 ON CONFLICT DO NOTHING",
    "INSERT INTO page_save (page_id, member_id, at)
     SELECT CAST($2 AS TEXT), member_id, at FROM page_save WHERE page_id = $1 ON CONFLICT DO NOTHING",
    "INSERT INTO page_share (page_id, member_id, at)
     SELECT CAST($2 AS TEXT), member_id, at FROM page_share WHERE page_id = $1 ON CONFLICT DO NOTHING",
    "INSERT INTO page_rating (page_id, member_id, helpful, at)
     SELECT CAST($2 AS TEXT), member_id, helpful, at FROM page_rating WHERE page_id = $1 ON CONFLICT DO NOTHING",
    "INSERT INTO reading (page_id, day, reader, member_id, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at)
     SELECT CAST($2 AS TEXT), day, reader, member_id, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at
     FROM reading WHERE page_id = $1 ON CONFLICT DO NOTHING",
    "INSERT INTO page_score (page_id, kind, computed, parts, computed_at, override, override_by, override_at, override_note)
     SELECT CAST($2 AS TEXT), kind, computed, parts, computed_at, override, override_by, override_at, override_note
     FROM page_score WHERE page_id = $1 ON CONFLICT DO NOTHING",
];
const LEFTOVERS: [&str; 5] = [
    "DELETE FROM page_like WHERE page_id = $1",
    "DELETE FROM page_save WHERE page_id = $1",
    "DELETE FROM page_share WHERE page_id = $1",
    "DELETE FROM page_rating WHERE page_id = $1",
    "DELETE FROM page_score WHERE page_id = $1",
];

/// Whether anything stands under a name.
pub fn is_known(tx: &mut Tx, page: &PageId) -> Result<bool, StoreError> {
    let found = tx.query_one(
        "SELECT EXISTS (SELECT 1 FROM comment WHERE page_id = $1) OR EXISTS (SELECT 1 FROM page_like WHERE page_id = $1)
             OR EXISTS (SELECT 1 FROM page_save WHERE page_id = $1) OR EXISTS (SELECT 1 FROM page_share WHERE page_id = $1)
             OR EXISTS (SELECT 1 FROM page_rating WHERE page_id = $1) OR EXISTS (SELECT 1 FROM reading WHERE page_id = $1)
             OR EXISTS (SELECT 1 FROM page_score WHERE page_id = $1) AS is_known",
        &[page],
        |row| row.get("is_known"),
    )?;
    Ok(found.unwrap_or_default())
}

/// Moves everything from `old` to `new`.
pub fn follow(tx: &mut Tx, old: &PageId, new: &PageId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE comment SET page_id = $2 WHERE page_id = $1",
        &[old, new],
    )?;
    for sql in MOVES {
        tx.execute(sql, &[old, new])?;
    }
    for sql in LEFTOVERS {
        tx.execute(sql, &[old])?;
    }
    if tx.execute("DELETE FROM reading WHERE page_id = $1", &[old])? > 0 {
        // A member who read under both names is one reader.
        for page in [old, new] {
            tx.execute("DELETE FROM page_readers WHERE page_id = $1", &[page])?;
        }
        tx.execute(
            "INSERT INTO page_readers (page_id, n_viewers, n_readers)
             SELECT page_id, COUNT(DISTINCT reader), COUNT(DISTINCT CASE WHEN is_read = 1 THEN reader END)
             FROM reading WHERE page_id = $1 GROUP BY page_id",
            &[new],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::store::{Database, Mode, Store};

    #[test]
    fn rows_follow_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::File(folder.path().join("x.db")), Mode::Tool).unwrap();
        let done: Result<(), StoreError> = store.write_blocking(|tx| {
            for member in ["a", "b"] {
                tx.execute(
                    "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at)
                     VALUES ($1, $1, $1, $1, 'member', 0, 0)",
                    &[&member],
                )?;
            }
            // `a` likes both names, `b` the former one alone.
            for (page, member) in [("old", "a"), ("new", "a"), ("old", "b")] {
                tx.execute(
                    "INSERT INTO page_like (page_id, member_id, at) VALUES ($1, $2, 7)",
                    &[&page, &member],
                )?;
            }
            assert!(is_known(tx, &PageId::new("old"))?);
            for _ in 0..2 {
                follow(tx, &PageId::new("old"), &PageId::new("new"))?;
                assert!(!is_known(tx, &PageId::new("old"))?);
                let likes = tx.query(
                    "SELECT page_id, member_id FROM page_like ORDER BY member_id",
                    &[],
                    |row| {
                        Ok((
                            row.get::<String>("page_id")?,
                            row.get::<String>("member_id")?,
                        ))
                    },
                )?;
                assert_eq!(
                    likes,
                    [("new".into(), "a".into()), ("new".into(), "b".into())]
                );
            }
            Ok(())
        });
        done.unwrap();
        store.close();
    }
}
