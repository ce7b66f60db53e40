//! How many rows of readings one address can still add today.
//!
//! A row is a reader of a page on a day. Members are counted by their rows; visitors have another name on each page,
//! so their addresses are counted in memory, for as long as the process lives.

use crate::edge::extract::ClientKey;
use quick_cache::sync::Cache;

/// Pages that one member can have read on one day.
pub const ROWS_A_MEMBER: u32 = 500;
/// Rows of all visitors behind one address on one day: a school class that reads twenty pages each.
const ROWS_AN_ADDRESS: u32 = 2_000;
/// Addresses that are counted; of more the ones unused for longest begin anew.
const ADDRESSES: usize = 100_000;

/// Rows that addresses have added, by day.
pub struct Rooms {
    n_added: Cache<(ClientKey, i64), u32>,
}

impl Rooms {
    /// Nothing added yet.
    pub fn new() -> Self {
        Rooms {
            n_added: Cache::new(ADDRESSES),
        }
    }

    /// Rows that visitors of this address can still add on this day.
    pub fn of(&self, client: ClientKey, day: i64) -> u32 {
        let n_added = self.n_added.get(&(client, day)).unwrap_or_default();
        ROWS_AN_ADDRESS.saturating_sub(n_added)
    }

    /// Counts rows that were added.
    pub fn take(&self, client: ClientKey, day: i64, n_rows: u32) {
        let n_added = self.n_added.get(&(client, day)).unwrap_or_default();
        self.n_added
            .insert((client, day), n_added.saturating_add(n_rows));
    }
}

impl Default for Rooms {
    fn default() -> Self {
        Rooms::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::extract::ClientAddress;

    #[test]
    fn an_address_has_room_for_so_many_rows_a_day() {
        let rooms = Rooms::new();
        let key = |text: &str| ClientAddress(text.parse().unwrap()).key();
        let (one, other) = (key("192.0.2.1"), key("192.0.2.2"));
        rooms.take(one, 7, 1_990);
        rooms.take(one, 7, 4);
        for (client, day, room) in [(one, 7, 6), (one, 8, 2_000), (other, 7, 2_000)] {
            assert_eq!(rooms.of(client, day), room);
        }
        rooms.take(one, 7, 50);
        assert_eq!(rooms.of(one, 7), 0);
    }
}
