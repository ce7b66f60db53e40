//! How many connections each client has.

use crate::edge::extract::ClientKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Open connections by client; empty entries are not kept.
#[derive(Clone, Default)]
pub struct Clients(Arc<Mutex<HashMap<ClientKey, usize>>>);

/// One connection's place, given back when dropped.
pub struct Seat {
    clients: Clients,
    key: ClientKey,
}

impl Clients {
    /// A place for one more connection; `None` when this client has `most` already.
    pub fn sit(&self, key: ClientKey, most: usize) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let n_open = open.entry(key).or_insert(0);
        if *n_open >= most {
            return None;
        }
        *n_open += 1;
        Some(Seat {
            clients: self.clone(),
            key,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self
            .clients
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(n_open) = open.get_mut(&self.key) {
            *n_open -= 1;
            if *n_open == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::extract::ClientAddress;

    #[test]
    fn places_are_bounded_and_given_back() {
        let clients = Clients::default();
        let key = |text: &str| ClientAddress(text.parse().unwrap()).key();
        let one = clients.sit(key("10.0.0.1"), 2);
        let two = clients.sit(key("::ffff:10.0.0.1"), 2);
        assert!(one.is_some() && two.is_some());
        assert!(clients.sit(key("10.0.0.1"), 2).is_none());
        assert!(clients.sit(key("10.0.0.2"), 2).is_some());
        drop(one);
        assert!(clients.sit(key("10.0.0.1"), 2).is_some());
        drop(two);
        assert!(clients.0.lock().unwrap().is_empty());
    }
}
