//! Where a request comes from: the socket's address, or what a trusted proxy says of it.
//!
//! `X-Forwarded-For` is read from the right, past the proxies of `trusted_proxies`, and only when the
//! socket's own peer is one of them (AUTHN-05, OPS-06, OPS-14). From any other peer it is ignored, with one
//! warning: a proxy that was forgotten in the settings makes all readers one client.

use crate::edge::error::ApiError;
use crate::edge::extract::address;
use crate::edge::settings::Settings;
use crate::edge::state::Edge;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;

/// The other end of the socket, put into each request by `run`. Without a socket there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The address that a request is counted under. `Debug` leaves it out of logs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// What limits count by: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientKey(u64, bool);

impl ClientAddress {
    /// Finds the client of a request.
    pub fn of(headers: &HeaderMap, peer: Option<Peer>, settings: &Settings) -> Self {
        let peer = peer
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |it| it.0.ip())
            .to_canonical();
        if !settings.trusts(peer) {
            if headers.contains_key("x-forwarded-for") {
                warn_once();
            }
            return ClientAddress(peer);
        }
        let mut nearest = peer;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        for hop in lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.rsplit(','))
        {
            // A hop that is no address was written by someone who is not believed.
            let Some(address) = address::hop(hop) else {
                break;
            };
            nearest = address;
            if !settings.trusts(nearest) {
                break;
            }
        }
        ClientAddress(nearest)
    }

    /// What limits count this client by.
    pub fn key(self) -> ClientKey {
        match self.0.to_canonical() {
            IpAddr::V4(address) => ClientKey(u64::from(u32::from(address)), false),
            IpAddr::V6(address) => ClientKey((u128::from(address) >> 64) as u64, true),
        }
    }
}

/// Tells the owner once a process. Anyone can send the header, so more would let anyone fill the log.
fn warn_once() {
    static WARNING: Once = Once::new();
    WARNING.call_once(|| {
        tracing::warn!(
            "X-Forwarded-For came from a peer that is not in --trusted-proxies, and is ignored; \
             if that is your proxy, all readers behind it share the limits of one client"
        );
    });
}

impl ClientKey {
    /// The network around the client, which one owner has as a rule: a /48 of IPv6, a /24 of IPv4.
    pub fn network(self) -> ClientKey {
        match self {
            ClientKey(bits, false) => ClientKey(bits & !0xff, false),
            ClientKey(bits, true) => ClientKey(bits & !0xffff, true),
        }
    }

    /// The key as text, for hashing it into rows of the store. Never shown.
    pub fn to_text(self) -> String {
        match self {
            ClientKey(bits, false) => Ipv4Addr::from(bits as u32).to_string(),
            ClientKey(bits, true) => format!("{}/64", Ipv6Addr::from(u128::from(bits) << 64)),
        }
    }
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAddress(..)")
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientKey(..)")
    }
}

impl FromRequestParts<Edge> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<Peer>().copied();
        Ok(ClientAddress::of(&parts.headers, peer, &edge.settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;
    use axum::http::HeaderValue;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let settings = Settings {
            base_url: BaseUrl::parse("https://lyceum.example/").unwrap(),
            listen: "127.0.0.1:8080".parse().unwrap(),
            admin_listen: None,
            trusted_proxies: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8::/32".parse().unwrap(),
            ],
            release_dir: "dist".into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 4000));
        ClientAddress::of(&headers, Some(peer), &settings)
            .0
            .to_string()
    }

    /// AUTHN-05, OPS-06, OPS-14
    #[test]
    fn only_trusted_proxies_are_believed() {
        for (peer, forwarded, found) in [
            ("198.51.100.7", &["203.0.113.9"][..], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9"], "127.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            (
                "10.0.0.1",
                &["1.1.1.1, 203.0.113.9, 10.2.2.2"],
                "203.0.113.9",
            ),
            ("10.0.0.1", &["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, junk"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            (
                "10.0.0.1",
                &["203.0.113.9:4711, 10.2.2.2:80"],
                "203.0.113.9",
            ),
            ("10.0.0.1", &["[2001:db9::1]:443"], "2001:db9::1"),
            ("2001:db8::5", &["::ffff:203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(client(peer, forwarded), found, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn keys_join_what_one_client_can_be() {
        let key = |text: &str| ClientAddress(text.parse().unwrap()).key();
        assert_eq!(key("::ffff:1.2.3.4"), key("1.2.3.4"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("0.0.0.1"), key("::1"));
        assert_eq!(key("2001:db8:1:2::1").to_text(), "2001:db8:1:2::/64");
    }
}
