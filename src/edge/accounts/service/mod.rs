//! What can be done with accounts: for the handlers, the command line and other slices.

pub mod account;
pub mod admin;
pub mod authors;
pub mod claims;
pub mod handles;
pub mod join;
pub mod leave;
pub mod links;
pub mod session;
pub mod sign_in;

use crate::clock::Timestamp;
use crate::edge::accounts::claim::{Claim, ClaimId};
use crate::edge::accounts::{
    Email, Entitlement, Holder, Member, MemberId, Purpose, TokenHash, sql,
};
use crate::edge::store::{StoreError, Tx};

/// The member with this id; erased ones are left out.
pub fn by_id(tx: &mut Tx, id: MemberId) -> Result<Option<Member>, StoreError> {
    sql::member::by_id(tx, id)
}

/// The member with the handle that has this key; erased ones are left out.
#[cfg(test)]
pub fn by_handle(tx: &mut Tx, handle_key: &str) -> Result<Option<Member>, StoreError> {
    sql::member::by_handle(tx, handle_key)
}

/// The member who has this address without proof; of several the one whom the site's owner added, then the oldest.
pub fn with_unproven(tx: &mut Tx, email: &Email) -> Result<Option<Member>, StoreError> {
    sql::member::with_unproven(tx, email)
}

/// A claim that waits.
pub fn claim(tx: &mut Tx, id: ClaimId, now: Timestamp) -> Result<Option<Claim>, StoreError> {
    sql::claim::by_id(tx, id, now)
}

/// Members who are neither erased nor suspended; with `verified_only` those whose address is proven.
pub fn n_members(tx: &mut Tx, verified_only: bool) -> Result<u32, StoreError> {
    sql::member::n_members(tx, verified_only)
}

/// What a member has been given and nobody took back, ended ones too, newest first.
pub fn entitlements_of(tx: &mut Tx, id: MemberId) -> Result<Vec<Entitlement>, StoreError> {
    sql::entitlement::entitlements_of(tx, id)
}

/// Makes a token good for a purpose.
pub fn issue(
    tx: &mut Tx,
    token: TokenHash,
    whose: (Purpose, Holder),
    email: &Email,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::token::issue(tx, token, whose, email, now)
}
