//! The smallest question to the store.

use crate::edge::store::{StoreError, Tx};

/// Whether the store answers, and its schema is there.
pub fn answers(tx: &mut Tx) -> Result<(), StoreError> {
    tx.query_one("SELECT 1 AS one FROM setting LIMIT 1", &[], |_| Ok(()))
        .map(|_| ())
}
