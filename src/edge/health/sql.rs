//! The smallest question to the store.

use crate::clock::Timestamp;
use crate::edge::store::{StoreError, Tx};

/// Whether the store answers, and its schema is there.
pub fn answers(tx: &mut Tx) -> Result<(), StoreError> {
    tx.query_one("SELECT 1 AS one FROM setting LIMIT 1", &[], |_| Ok(()))
        .map(|_| ())
}

/// Writes a row of 16 KiB, which takes room even where the log has some left.
pub fn probe(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO setting (name, value, updated_at) VALUES ('probe', $1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        &[&"x".repeat(16 * 1024), &now],
    )?;
    tx.execute("UPDATE setting SET value = '' WHERE name = 'probe'", &[])?;
    Ok(())
}

/// Changes nothing, and fails where nothing may be changed.
pub fn touch(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("DELETE FROM setting WHERE name = ''", &[])?;
    Ok(())
}
