//! How many bytes of requests are in memory at one time.
//!
//! A body is read as a whole before its handler runs, and whoever sends it decides how long that takes. [`Bodies::count`]
//! wraps a body: its bytes are counted as they come, until the request is answered. All bodies together have one bound,
//! and those of one client a share of it; what does not fit is answered 503. The first bytes of each body do not count, so
//! that sign-ins, likes and beacons go on: the number of connections bounds them.

use crate::edge::extract::ClientKey;
use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Bytes of all bodies: 512 of the longest.
const ALL_BYTES: u64 = 32 << 20;
/// Bytes of all bodies of one client.
const CLIENT_BYTES: u64 = ALL_BYTES / 8;
/// Bytes of each body that do not count. 12,000 times that are 48 MiB.
const FREE_BYTES: u64 = 4 << 10;

/// The count of all bodies. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Bodies(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: u64,
    /// Clients of which bytes are counted.
    clients: HashMap<ClientKey, u64>,
}

/// There is no room for more of a body at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many long bodies are being read")]
pub struct Full;

/// What is counted of one body, until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Count(Arc<Mutex<One>>);

#[derive(Debug)]
struct One {
    bodies: Bodies,
    client: ClientKey,
    n_bytes: u64,
    n_counted: u64,
    is_refused: bool,
}

/// A body whose bytes are counted.
struct Counted {
    body: Body,
    count: Count,
}

impl Bodies {
    /// The body, which fails where there is no room for it, and its count.
    pub fn count(&self, body: Body, client: ClientKey) -> (Body, Count) {
        let count = Count(Arc::new(Mutex::new(One {
            bodies: self.clone(),
            client,
            n_bytes: 0,
            n_counted: 0,
            is_refused: false,
        })));
        let counted = Counted {
            body,
            count: count.clone(),
        };
        (Body::new(counted), count)
    }

    fn add(&self, client: ClientKey, n_bytes: u64) -> Result<(), Full> {
        let mut counts = locked(&self.0);
        let of_client = counts.clients.get(&client).copied().unwrap_or_default();
        if counts.all + n_bytes > ALL_BYTES || of_client + n_bytes > CLIENT_BYTES {
            return Err(Full);
        }
        counts.all += n_bytes;
        counts.clients.insert(client, of_client + n_bytes);
        Ok(())
    }

    fn give_back(&self, client: ClientKey, n_bytes: u64) {
        if n_bytes == 0 {
            return;
        }
        let mut counts = locked(&self.0);
        counts.all -= n_bytes;
        let left = counts.clients.get(&client).map(|it| it - n_bytes);
        match left {
            Some(left) if left > 0 => counts.clients.insert(client, left),
            _ => counts.clients.remove(&client),
        };
    }
}

impl Count {
    /// Whether there was no room for all of the body.
    pub fn is_refused(&self) -> bool {
        locked(&self.0).is_refused
    }

    fn add(&self, n_bytes: u64) -> Result<(), Full> {
        let mut one = locked(&self.0);
        one.n_bytes += n_bytes;
        let n_more = one.n_bytes.saturating_sub(FREE_BYTES) - one.n_counted;
        if n_more == 0 {
            return Ok(());
        }
        let added = one.bodies.add(one.client, n_more);
        match added {
            Ok(()) => one.n_counted += n_more,
            Err(Full) => one.is_refused = true,
        }
        added
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.bodies.give_back(self.client, self.n_counted);
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let n_bytes = match &frame {
            Poll::Ready(Some(Ok(frame))) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        match self.count.add(n_bytes as u64) {
            Ok(()) => frame,
            Err(full) => Poll::Ready(Some(Err(axum::Error::new(full)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A panic under these locks would leave whole numbers.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::extract::ClientAddress;
    use std::net::Ipv4Addr;

    const LONG: u64 = 64 << 10;

    fn client(n: u32) -> ClientKey {
        ClientAddress(Ipv4Addr::from(n).into()).key()
    }

    /// A body of which this much has come.
    fn came(bodies: &Bodies, client: ClientKey, n_bytes: u64) -> Result<Count, Full> {
        let (_, count) = bodies.count(Body::empty(), client);
        let half = n_bytes / 2;
        count.add(half)?;
        count.add(n_bytes - half)?;
        Ok(count)
    }

    #[test]
    fn long_bodies_share_one_bound_and_short_ones_are_free() {
        let bodies = Bodies::default();
        let n_whole = |from: ClientKey| {
            let held = (0..1_000).map_while(|_| came(&bodies, from, LONG).ok());
            held.collect::<Vec<_>>()
        };
        let mut held: Vec<_> = (0..8).map(|n| n_whole(client(n))).collect();
        for of_client in &held {
            assert_eq!(of_client.len() as u64, CLIENT_BYTES / (LONG - FREE_BYTES));
        }
        let other = client(9);
        let left = ALL_BYTES - 8 * (CLIENT_BYTES / (LONG - FREE_BYTES)) * (LONG - FREE_BYTES);
        for (n_bytes, fits) in [
            (LONG, left >= LONG - FREE_BYTES),
            (FREE_BYTES + left + 1, false),
            (FREE_BYTES + left, true),
            (FREE_BYTES, true),
            (0, true),
        ] {
            assert_eq!(came(&bodies, other, n_bytes).is_ok(), fits, "{n_bytes}");
        }
        held.clear();
        assert_eq!(locked(&bodies.0).all, 0);
        assert!(locked(&bodies.0).clients.is_empty());
        assert!(came(&bodies, other, LONG).is_ok());
    }
}
