//! Settings of the edge as a process: where it listens, what it believes, which folders are its own.
//!
//! Entry point: [`Settings::check`]. What the site says of members and comments is not here: that
//! travels in the manifest and changes with the release.

use crate::config::BaseUrl;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What the process was started with. Fixed for its life.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where readers find the site. Decides cookies, mail links and which origins may write.
    pub base_url: BaseUrl,
    /// Where the site is answered.
    pub listen: SocketAddr,
    /// Where `/metrics` is answered; `None` for nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The folder that holds `current` and `releases/`.
    pub release_dir: PathBuf,
    /// The edge's own folder, `.lyceum/`: secrets and the outbox lie there.
    pub data_dir: PathBuf,
    /// Whether clients are held to the limits of `limits.rs`. Off for benchmarks alone.
    pub rate_limits: bool,
}

/// Why a process with these settings must not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Session cookies would travel in the clear.
    #[error(
        "`{0}` is plain http beyond this machine: use https, or an address such as http://127.0.0.1:1111/"
    )]
    PlainHttp(String),
    /// Metrics would be open to the network.
    #[error("the admin listener `{0}` is not on loopback")]
    AdminInTheOpen(SocketAddr),
}

impl Settings {
    /// Finds every reason not to start; empty when there is none.
    pub fn check(&self) -> Vec<SettingsError> {
        let mut errors = Vec::new();
        if !self.is_https() && !is_loopback_host(host_of(&self.base_url)) {
            errors.push(SettingsError::PlainHttp(self.base_url.as_str().into()));
        }
        if let Some(admin) = self.admin_listen.filter(|it| !it.ip().is_loopback()) {
            errors.push(SettingsError::AdminInTheOpen(admin));
        }
        errors
    }

    /// Whether cookies are `Secure`, and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.base_url.is_https()
    }

    /// Name of the session cookie.
    pub fn session_cookie(&self) -> String {
        self.guarded_cookie("session")
    }

    /// Name of the cookie that binds a join to its browser.
    pub fn join_cookie(&self) -> String {
        self.guarded_cookie("join")
    }

    /// Name of the cookie that keeps what was typed into a members' form.
    pub fn typed_cookie(&self) -> String {
        self.guarded_cookie("typed")
    }

    /// On https the browser holds the sender of a cookie to `Secure`, and at the root of a host also to `Path=/`
    /// without a `Domain`.
    fn guarded_cookie(&self, stem: &str) -> String {
        let prefix = match (self.is_https(), self.base_url.path()) {
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
            (false, _) => "",
        };
        self.base_url.cookie_name(&format!("{prefix}{stem}"))
    }

    /// Whether a page of this origin may write: `base_url`'s, or the listener's own on loopback.
    pub fn is_own_origin(&self, origin: &str) -> bool {
        if origin == self.base_url.origin() {
            return true;
        }
        let Some(host) = origin.strip_prefix("http://") else {
            return false;
        };
        self.listen.ip().is_loopback() && self.is_listener(host)
    }

    /// Whether a `Host` header names this process. Asked only where `base_url` is on loopback: a name
    /// that leads here from elsewhere is how a foreign page reaches a server on its reader's machine.
    pub fn is_own_host(&self, host: &str) -> bool {
        self.is_https()
            || host.eq_ignore_ascii_case(authority_of(&self.base_url))
            || is_loopback_host(without_port(host))
    }

    /// Whether `X-Forwarded-For` of this peer is believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&peer))
    }

    fn is_listener(&self, host: &str) -> bool {
        let port = self.listen.port();
        host.eq_ignore_ascii_case(&format!("localhost:{port}")) || host == self.listen.to_string()
    }
}

fn authority_of(base_url: &BaseUrl) -> &str {
    let origin = base_url.origin();
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
}

fn host_of(base_url: &BaseUrl) -> &str {
    without_port(authority_of(base_url))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback_host(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'))
        .unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str, listen: &str) -> Settings {
        Settings {
            base_url: BaseUrl::parse(base_url).unwrap(),
            listen: listen.parse().unwrap(),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: "dist".into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (base_url, is_fine) in [
            ("https://lyceum.example/", true),
            ("http://127.0.0.1:1111/", true),
            ("http://[::1]:1111/", true),
            ("http://localhost/", true),
            ("http://lyceum.example/", false),
            ("http://127.0.0.1.example.org/", false),
        ] {
            assert_eq!(
                settings(base_url, "127.0.0.1:1111").check().is_empty(),
                is_fine,
                "{base_url}"
            );
        }
    }

    #[test]
    fn own_origins_are_few() {
        let production = settings("https://lyceum.example/", "0.0.0.0:80");
        let behind_proxy = settings("https://lyceum.example/", "127.0.0.1:8080");
        for (settings, origin, is_own) in [
            (&production, "https://lyceum.example", true),
            (&production, "http://lyceum.example", false),
            (&production, "https://lyceum.example:444", false),
            (&production, "https://lyceum.example.evil.org", false),
            (&production, "http://0.0.0.0:80", false),
            (&production, "null", false),
            (&behind_proxy, "http://127.0.0.1:8080", true),
            (&behind_proxy, "http://localhost:8080", true),
            (&behind_proxy, "http://localhost:8081", false),
        ] {
            assert_eq!(settings.is_own_origin(origin), is_own, "{origin}");
        }
    }

    /// OPS-11: a name that was made to lead to this machine opens nothing.
    #[test]
    fn a_local_server_answers_to_local_names() {
        let local = settings("http://127.0.0.1:1111/", "127.0.0.1:1111");
        for (host, is_own) in [
            ("127.0.0.1:1111", true),
            ("localhost:1111", true),
            ("[::1]:1111", true),
            ("evil.example:1111", false),
            ("127.0.0.1.evil.example", false),
        ] {
            assert_eq!(local.is_own_host(host), is_own, "{host}");
        }
    }
}
