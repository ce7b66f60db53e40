//! `site.toml` as the program uses it: complete, checked, never changed after loading.
//!
//! Entry points: [`load`] and [`SiteConfig`]; [`KEYS`] lists every key. What the edge must know of it travels in the manifest, so the groups that
//! both wings read are plain serialisable values. Secrets are never here.

use crate::ids::TierId;
use crate::routes::is_hidden;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

pub mod authors;
mod conversation;
mod currency;
mod edge;
mod keys;
pub mod language;
mod languages;
mod publish;
mod read;
mod shape;
mod tiers;
mod value;

pub use conversation::ConversationAccess;
pub use edge::{
    CommentsSettings, EdgeSettings, MailSettings, MembersSettings, ScoreSettings, SignUp,
};
pub use keys::{KEYS, Key, Kind};
pub use publish::{Pattern, Publish};
pub use read::{ConfigError, load, parse};
pub use value::free_value;

/// All settings of a site, with defaults filled in.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// What the site is called.
    pub title: String,
    /// One sentence for search engines and feeds; may be empty.
    pub description: String,
    /// Where the site is published.
    pub base_url: BaseUrl,
    /// `base_url` as the settings have it, whatever a build is asked for instead.
    pub own_url: BaseUrl,
    /// The first is the default language, whose pages have no prefix; at least one.
    pub languages: Vec<Language>,
    /// Theme folder name under `themes/`, or `default`, which is in the binary as well.
    pub theme: String,
    /// IANA name; times without an offset in front matter are in it, and dates are shown in it.
    pub timezone: jiff::tz::TimeZone,
    /// Links of the site's main menu, in order. Sections are shown where it is empty.
    pub menu: Vec<MenuItem>,
    /// What is sold, lowest rank first.
    pub tiers: Vec<Tier>,
    /// Ways of grouping pages, by name in front matter: `tags`, `categories`, `authors`, `series` and the site's own.
    pub taxonomies: Vec<Taxonomy>,
    /// Which feeds are written.
    pub feeds: FeedSettings,
    /// How Markdown becomes HTML.
    pub markdown: MarkdownSettings,
    /// Where gated text begins by default, and metering.
    pub paywall: PaywallSettings,
    /// How a reader pays, in Markdown, by language code; empty if the owner does not say.
    pub how_to_pay: BTreeMap<String, String>,
    /// Say of a page with gated parts how long it takes in all.
    pub total_minutes: bool,
    /// What stands at the foot of every page.
    pub footer: Footer,
    /// Who writes the pages, by name: `data/authors.toml`.
    pub authors: Vec<authors::Author>,
    /// Permalink pattern by section, such as `blog = "/:year/:month/:slug/"`.
    pub permalinks: BTreeMap<String, String>,
    /// Pages on one page of a list.
    pub paginate_by: usize,
    /// Write `.br` and `.gz` beside compressible public files. Ask [`SiteConfig::compresses`].
    pub precompress: bool,
    /// Whether the settings say so themselves.
    pub precompress_is_set: bool,
    /// Files that are copied although they look as if they must not be.
    pub publish: Publish,
    /// What the edge must know.
    pub edge: EdgeSettings,
    /// The site's own values, handed to templates unchanged.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// Where its topmost keys stand.
    pub extra_places: Places,
}

/// An absolute http or https address without query and fragment, in ASCII: the host in the form that browsers send
/// (`xn--…`), the path percent-encoded. The path ends with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// `None` when the text is no absolute http(s) address with a host, or has a user, a query or a fragment.
    /// Scheme and host come out in small letters and without the scheme's own port, as browsers write an `Origin`. A path
    /// that the edge would not serve, such as `/.blog/` or `//blog/`, is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let own_port = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let authority = format!("//{}", host.to_ascii_lowercase());
        let authority = crate::markdown::address::with_ascii_host(&authority)?;
        let host = authority.strip_prefix("//")?;
        let host = host.strip_suffix(own_port).unwrap_or(host);
        let path = encoded_path(path.trim_end_matches('/'))?;
        is_host(host).then(|| BaseUrl(format!("{scheme}://{host}/{path}")))
    }

    /// Where `serve` listens unless told otherwise.
    pub fn local() -> Self {
        BaseUrl("http://localhost:1111/".into())
    }

    /// Whether it lies on this machine, where cookies need no https.
    pub fn is_loopback(&self) -> bool {
        let host = self.origin().split_once("://").map_or("", |(_, host)| host);
        let name = match host.rfind(':') {
            Some(colon) if !host[colon..].contains(']') => &host[..colon],
            _ => host,
        };
        name == "localhost"
            || name.ends_with(".localhost")
            || name == "[::1]"
            || name.starts_with("127.")
    }

    /// With the closing `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port without a closing `/`, as an `Origin` header has it.
    pub fn origin(&self) -> &str {
        let host_at = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[host_at..]
            .find('/')
            .map_or(self.0.len(), |at| host_at + at);
        &self.0[..end]
    }

    /// The path below which the site lies: `/`, or such as `/blog/`. Percent-encoded.
    pub fn path(&self) -> &str {
        &self.0[self.origin().len()..]
    }

    /// [`BaseUrl::path`] as text.
    pub fn decoded_path(&self) -> Cow<'_, str> {
        percent_decode_str(self.path()).decode_utf8_lossy()
    }

    /// The absolute address of a site path such as `/guides/start/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{}", self.0, path.trim_start_matches('/'))
    }

    /// The path of an absolute address that lies below this one, such as `/guides/plan.pdf`, as its author wrote it.
    /// `None` for any other address. Whether it is http or https does not matter, nor does letter case in the host.
    pub fn path_of(&self, address: &str) -> Option<String> {
        let (scheme, _) = address.trim().split_once("//")?;
        let own_port = match scheme.to_ascii_lowercase().as_str() {
            "https:" => ":443",
            "http:" => ":80",
            "" => "",
            _ => return None,
        };
        let with_ascii_host = |it| crate::markdown::address::with_ascii_host(it);
        let (address, own) = (
            with_ascii_host(address.trim())?,
            with_ascii_host(self.origin())?,
        );
        let (_, rest) = address.split_once("//")?;
        let (_, own) = own.split_once("//")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        if host.strip_suffix(own_port).unwrap_or(&host) != own.to_ascii_lowercase() {
            return None;
        }
        let below = path.strip_prefix(self.path());
        let below = below.or_else(|| path.strip_prefix(&*self.decoded_path()))?;
        Some(format!("/{below}"))
    }

    /// Whether cookies must be `Secure`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Name of one of the site's cookies: `stem` where the site has its host to itself, and otherwise `stem` with the
    /// port and the base path, such as `session-8443-blog`. A browser keeps cookies by host and name, whatever the
    /// port, so that two sites on one host must not use one name.
    pub fn cookie_name(&self, stem: &str) -> String {
        let host_at = self.0.find("://").map_or(0, |at| at + 3);
        let authority = &self.origin()[host_at..];
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let port = port.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let path = self.decoded_path();
        let steps = path.split('/').filter(|step| !step.is_empty());
        let mut name = stem.to_owned();
        for piece in port.into_iter().chain(steps) {
            let letters = piece
                .bytes()
                .map(|byte| match byte.is_ascii_alphanumeric() {
                    true => char::from(byte),
                    false => '_',
                });
            name.push('-');
            name.extend(letters);
        }
        name
    }

    /// Name of the cookie that tells scripts that somebody is signed in. It holds no secret.
    pub fn member_cookie(&self) -> String {
        self.cookie_name("member")
    }
}

/// A base path without its outer `/`, percent-encoded and with a closing `/` unless it is empty. `None` if the edge would
/// not serve it.
fn encoded_path(path: &str) -> Option<String> {
    let is_odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\' | '"' | '<' | '>' | '@')
    };
    let mut encoded = String::new();
    for segment in path.split('/').filter(|_| !path.is_empty()) {
        let decoded = percent_decode_str(segment).decode_utf8().ok()?;
        let is_step = decoded.is_empty() || decoded.contains(['/', '\\']) || is_hidden(&decoded);
        if is_step || segment.contains(is_odd) || decoded.contains(char::is_control) {
            return None;
        }
        let composed: String = decoded.nfc().collect();
        encoded.extend(utf8_percent_encode(&composed, SEGMENT));
        encoded.push('/');
    }
    Some(encoded)
}

/// What a base path keeps as it is. Not `*`, `:`, `{` and `}`, which mean something in a pattern of routes.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// A name or address with an optional port.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    let is_port = port.is_none_or(|it| it.parse::<u16>().is_ok_and(|it| it > 0));
    let is_name = match name.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            name.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
                && name.split('.').all(|label| !label.is_empty())
        }
    };
    is_port && is_name
}

/// A language the site is written in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// BCP 47 tag such as `en` or `zh-Hans`; also the file suffix (`name.zh.md` matches `zh`, `zh-CN`, `zh-Hans`).
    pub code: String,
    /// In its own language, such as `中文`.
    pub name: String,
    /// Site title in this language.
    pub title: String,
    /// Site description in this language; may be empty.
    pub description: String,
}

/// What stands at the foot of every page. Addresses are as in [`MenuItem::url`]; all of it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footer {
    /// Where readers write.
    pub contact: String,
    /// Terms of use.
    pub terms: String,
    /// How data is used.
    pub privacy: String,
    /// Who publishes the site.
    pub imprint: String,
    /// One line about rights, by language code.
    pub copyright: BTreeMap<String, String>,
    /// ICP filing number.
    pub icp: String,
    /// Filing number with the public security.
    pub police: String,
}

/// One link of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// Shown text, by language code; the default language's text where a language has none.
    pub title: BTreeMap<String, String>,
    /// `@/path.md`, a site path, or an absolute address.
    pub url: String,
}

/// What is sold: a tier and its prices. A tier without prices is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Its permanent name.
    pub id: TierId,
    /// Shown name.
    pub name: String,
    /// Higher ranks may read what lower ranks may.
    pub rank: i64,
    /// What it costs; empty where it is not sold.
    pub prices: Vec<Price>,
    /// Free days at the start.
    pub trial_days: u32,
    /// One sentence for the join page; may be empty.
    pub description: String,
}

/// Outputs of a release that is precompressed without being asked to: it takes about as long as the build itself.
const COMPRESSED_UNASKED: usize = 4_000;

impl SiteConfig {
    /// Whether compressed copies lie beside the public files of a release of so many outputs.
    pub fn compresses(&self, n_outputs: usize) -> bool {
        self.precompress && (self.precompress_is_set || n_outputs <= COMPRESSED_UNASKED)
    }

    /// The text of a language, else that of the default language; empty if neither has one.
    pub fn text_in<'t>(&self, texts: &'t BTreeMap<String, String>, language: usize) -> &'t str {
        let own = texts.get(&self.languages[language].code);
        let text = own.or_else(|| texts.get(&self.languages[0].code));
        text.map_or("", String::as_str)
    }
}

impl Tier {
    /// Whether a member with it counts as paying.
    pub fn is_paid(&self) -> bool {
        !self.prices.is_empty()
    }
}

/// What a tier costs for one interval in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// ISO 4217, upper case, such as `CNY`.
    pub currency: String,
    /// How often it is paid.
    pub interval: Interval,
    /// In minor units, such as fen or cents.
    pub amount_minor: i64,
}

/// How often a price is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
    /// Once, for good.
    Once,
}

/// A way of grouping pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// Its key in front matter and first path segment, such as `tags`.
    pub name: String,
    /// Whether each of its terms has its own feeds.
    pub feed: bool,
}

/// Which feeds are written, and how long they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSettings {
    /// `atom.xml`.
    pub atom: bool,
    /// `rss.xml`.
    pub rss: bool,
    /// `feed.json`.
    pub json: bool,
    /// Newest pages in a feed.
    pub limit: usize,
    /// Whole public bodies; otherwise summaries.
    pub full_text: bool,
}

/// How Markdown becomes HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkdownSettings {
    /// Raw HTML in Markdown is kept; otherwise it is shown as text.
    pub raw_html: bool,
    /// Fenced code is highlighted.
    pub highlight: bool,
    /// Line numbers on every fenced block unless it says otherwise.
    pub line_numbers: bool,
    /// Straight quotes, dashes and dots become typographic ones.
    pub smart_punctuation: bool,
    /// `rel` of links to other hosts; empty for none.
    pub external_links_rel: String,
    /// Line breaks in paragraphs become `<br>`.
    pub hard_breaks: bool,
}

/// Where gated text begins by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaywallSettings {
    /// Blocks of a page with `access` but without `<!-- more -->` that stay public.
    pub teaser: usize,
}

impl Default for PaywallSettings {
    fn default() -> Self {
        read::paywall(None)
    }
}

/// Keys, each with the file of the settings and its line and column. Fingerprints of settings are made of their `Debug`
/// form, and a line that moves changes nothing: so it has none.
#[derive(Clone, Default)]
pub struct Places(pub Vec<(String, String, (u32, u32))>);

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_sites() {
        for (given, kept) in [
            ("https://example.org", Some("https://example.org/")),
            (
                "HTTPS://Example.ORG:443/Blog//",
                Some("https://example.org/Blog/"),
            ),
            ("http://localhost:1111", Some("http://localhost:1111/")),
            ("http://[::1]:80/", Some("http://[::1]/")),
            (
                "https://例子.中国/",
                Some("https://xn--fsqu00a.xn--fiqs8s/"),
            ),
            (
                "https://BÜCHER.example:443/",
                Some("https://xn--bcher-kva.example/"),
            ),
            (
                "https://例子。中国:8443/a",
                Some("https://xn--fsqu00a.xn--fiqs8s:8443/a/"),
            ),
            (
                "https://例子.中国/博客/",
                Some("https://xn--fsqu00a.xn--fiqs8s/%E5%8D%9A%E5%AE%A2/"),
            ),
            (
                "https://a.example/%e5%8d%9a/e\u{301}/",
                Some("https://a.example/%E5%8D%9A/%C3%A9/"),
            ),
            (
                "https://a.example/~me/a{b}*:/",
                Some("https://a.example/~me/a%7Bb%7D%2A%3A/"),
            ),
            ("https://-例.中国/", None),
            ("https://a.example//blog/", None),
            ("https://a.example/a//b/", None),
            ("https://a.example/.blog/", None),
            ("https://a.example/%2Eblog/", None),
            ("https://a.example/a%2Fb/", None),
            ("https://a.example/%00/", None),
            ("https://a.example/%ff/", None),
            ("example.org", None),
            ("ftp://example.org", None),
            ("https://", None),
            ("https://a b/", None),
            ("https://user@example.org/", None),
            ("https://example.org/?a", None),
            ("https://example.org/a/../b", None),
            ("https://example.org:99999/", None),
            ("https://a..b/", None),
        ] {
            assert_eq!(
                BaseUrl::parse(given).as_ref().map(BaseUrl::as_str),
                kept,
                "{given}"
            );
        }
        for (given, origin, path, is_loopback) in [
            (
                "https://example.org/blog",
                "https://example.org",
                "/blog/",
                false,
            ),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", "/", true),
            ("http://[::1]:8080/", "http://[::1]:8080", "/", true),
        ] {
            let url = BaseUrl::parse(given).unwrap();
            assert_eq!(
                (url.origin(), url.path(), url.is_loopback()),
                (origin, path, is_loopback)
            );
        }
    }

    #[test]
    fn own_addresses_are_known() {
        let url = BaseUrl::parse("https://例え.example/博客/").unwrap();
        for (address, path) in [
            ("https://例え.example/博客/a.png", Some("/a.png")),
            (
                "https://xn--r8jz45g.example/%E5%8D%9A%E5%AE%A2/a%20b",
                Some("/a%20b"),
            ),
            ("https://例え.example/博/a.png", None),
        ] {
            assert_eq!(url.path_of(address).as_deref(), path, "{address}");
        }
        let url = BaseUrl::parse("https://例え.example/blog/").unwrap();
        for (address, path) in [
            ("https://例え.example/blog/a.png", Some("/a.png")),
            (
                " HTTP://xn--r8jz45g.EXAMPLE:80/blog/a.png?b ",
                Some("/a.png?b"),
            ),
            ("//例え.example/blog/", Some("/")),
            ("https://例え.example:443/blog/a", Some("/a")),
            ("https://例え.example:444/blog/a", None),
            ("https://例え.example/a.png", None),
            ("https://www.例え.example/blog/a.png", None),
            ("ftp://例え.example/blog/a.png", None),
            ("/blog/a.png", None),
            ("a//b", None),
        ] {
            assert_eq!(url.path_of(address).as_deref(), path, "{address}");
        }
    }
}
