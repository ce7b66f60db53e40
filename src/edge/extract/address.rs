//! Addresses as people and proxies write them.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// A network, such as `10.0.0.0/8`, or one address, such as `127.0.0.1` or `::1`. Blanks around it are ignored.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = |it: IpAddr| IpNet::from(it.to_canonical());
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(address))
        .map_err(|_| {
            format!(
                "`{text}` is neither an address nor a network, such as `127.0.0.1` or `10.0.0.0/8`"
            )
        })
}

/// The address of one hop of `X-Forwarded-For`: plain, in brackets, in quotes, with or without a port.
pub fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or(text);
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = text
        .parse()
        .ok()
        .or_else(|| text.parse().ok().map(|it: SocketAddr| it.ip()))
        .or_else(bare)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_are_read() {
        for (text, network_read) in [
            ("127.0.0.1", Some("127.0.0.1/32")),
            ("::1", Some("::1/128")),
            (" 10.0.0.0/8", Some("10.0.0.0/8")),
            ("2001:db8::/32 ", Some("2001:db8::/32")),
            ("::ffff:10.0.0.1", Some("10.0.0.1/32")),
            ("10.0.0.1:80", None),
            ("10.0.0.0/33", None),
            ("localhost", None),
            ("", None),
        ] {
            let read = network(text).ok().map(|it| it.to_string());
            assert_eq!(read.as_deref(), network_read, "{text:?}");
        }
    }

    #[test]
    fn hops_are_read_in_every_form() {
        for (text, address) in [
            ("203.0.113.9", Some("203.0.113.9")),
            (" 203.0.113.9:4711 ", Some("203.0.113.9")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("\"[2001:db8::1]:443\"", Some("2001:db8::1")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("[::ffff:203.0.113.9]:80", Some("203.0.113.9")),
            ("unknown", None),
            ("_hidden", None),
            ("203.0.113.9:", None),
            ("203.0.113.9:99999", None),
            ("[203.0.113.9", None),
            ("\"203.0.113.9", None),
            ("", None),
        ] {
            let read = hop(text).map(|it| it.to_string());
            assert_eq!(read.as_deref(), address, "{text:?}");
        }
    }
}
