//! `site.toml` -> [`SiteConfig`]; all faults of the file at once.
//!
//! Entry point: [`load`]. First the text, then keys and types (`shape`), then each group of settings with what it
//! demands of its values. A file with a fault gives no settings at all, for a guess at one could open a gate.

use crate::config::authors::{self, Author};
use crate::config::keys::PERMALINK_WORDS;
use crate::config::value::{Reader, flag, free, given_text, number, table, text, value};
use crate::config::{
    BaseUrl, CommentsSettings, ConversationAccess, EdgeSettings, FeedSettings, Footer, Language,
    MailSettings, MarkdownSettings, MembersSettings, PaywallSettings, Places, ScoreSettings,
    SiteConfig, Taxonomy, Tier, shape,
};
use crate::diag::{Diagnostic, Severity, SourceFile};
use crate::ids::Access;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file has faults; at least one is an error.
    #[error("the settings have faults")]
    Faults(Vec<Diagnostic>),
}

/// Reads the settings at `path`, relative to `root` unless absolute, with warnings. Findings name the file as `path` does.
pub fn load(root: &Path, path: &Path) -> Result<(SiteConfig, Vec<Diagnostic>), ConfigError> {
    let full = root.join(path);
    let bytes = read(&full).map_err(|source| ConfigError::Read { path: full, source })?;
    let name = path.to_string_lossy();
    let text = crate::diag::text::utf8(&name, bytes)
        .map_err(|finding| ConfigError::Faults(vec![finding]))?;
    let file = SourceFile::new(name, text);
    let (mut config, findings) = parse(&file).map_err(ConfigError::Faults)?;
    config.authors = load_authors(root, &config)?;
    Ok((config, findings))
}

/// The authors of `data/authors.toml`; none if there is no such file.
fn load_authors(root: &Path, config: &SiteConfig) -> Result<Vec<Author>, ConfigError> {
    let path = root.join(authors::FILE);
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    let text = crate::diag::text::utf8(authors::FILE, bytes)
        .map_err(|finding| ConfigError::Faults(vec![finding]))?;
    let file = SourceFile::new(authors::FILE, text);
    authors::read(&file, &config.languages).map_err(ConfigError::Faults)
}

/// The bytes of a file; fails at once for what is none, such as a pipe that nobody writes to.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    std::fs::read(path)
}

/// Reads settings from text; warnings beside them, or all faults in the order of their lines.
pub fn parse(file: &SourceFile) -> Result<(SiteConfig, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (root, faults) = DeTable::parse_recoverable(&file.text);
    let mut reader = Reader {
        file,
        findings: Vec::new(),
    };
    for fault in &faults {
        let at = fault.span().unwrap_or(0..0);
        reader
            .findings
            .push(Diagnostic::settings_syntax(file, at, fault.message()));
    }
    reader.findings.extend(shape::check(file, root.get_ref()));
    let config = reader.site(root.get_ref());
    let mut findings = reader.findings;
    findings.sort_by_key(|it| (it.line, it.column));
    if findings.iter().any(|it| it.severity == Severity::Error) {
        return Err(findings);
    }
    Ok((config, findings))
}

impl Reader<'_> {
    fn site(&mut self, root: &DeTable) -> SiteConfig {
        let (title, _) = self.required(root, "title", 0..0, "title = \"My site\"");
        let description = text(Some(root), "description");
        let tiers = self.tiers(root);
        let languages = self.languages(root, &title, &description);
        let base_url = self.base_url(root);
        SiteConfig {
            own_url: base_url.clone(),
            base_url,
            theme: self.theme(root),
            timezone: self.timezone(root),
            menu: self.menu(root, &languages),
            taxonomies: self.taxonomies(root),
            feeds: feeds(table(Some(root), "feeds")),
            markdown: markdown(table(Some(root), "markdown")),
            paywall: paywall(table(Some(root), "paywall")),
            how_to_pay: self.texts(
                table(Some(root), "paywall"),
                "paywall.how_to_pay",
                &languages,
            ),
            total_minutes: flag(table(Some(root), "paywall"), "paywall.total_minutes"),
            footer: self.footer(table(Some(root), "footer"), &languages),
            authors: Vec::new(),
            permalinks: self.permalinks(root),
            paginate_by: number(Some(root), "paginate_by"),
            precompress: flag(Some(root), "precompress"),
            precompress_is_set: value(Some(root), "precompress").is_some(),
            publish: self.publish(table(Some(root), "build")),
            edge: self.edge(root, &tiers),
            tiers,
            extra: table(Some(root), "extra").map(free).unwrap_or_default(),
            extra_places: Places(self.extra_places(root)),
            title,
            description,
            languages,
        }
    }

    fn extra_places(&self, root: &DeTable) -> Vec<(String, String, (u32, u32))> {
        let keys = table(Some(root), "extra")
            .into_iter()
            .flat_map(|it| it.keys());
        let place = |key: &toml::Spanned<std::borrow::Cow<str>>| {
            let place = self.file.line_column(key.span().start);
            (key.get_ref().to_string(), self.file.path.to_string(), place)
        };
        keys.map(place).collect()
    }

    fn base_url(&mut self, root: &DeTable) -> BaseUrl {
        let example = "base_url = \"https://example.org/\"";
        let (given, at) = self.required(root, "base_url", 0..0, example);
        let url = BaseUrl::parse(&given);
        if url.is_none() && !given.trim().is_empty() {
            let message = format!("`{given}` is no address that a site can have");
            let example = "such as `https://example.org/` or `http://localhost:1111/`";
            let near = without_double_slashes(&given).and_then(|it| BaseUrl::parse(&it));
            let help = near.map(|it| format!("write `{}`", it.as_str()));
            self.bad(at.clone(), message, help.as_deref().unwrap_or(example));
        }
        let is_open = url
            .as_ref()
            .is_some_and(|it| !it.is_https() && !it.is_loopback());
        if is_open {
            self.findings.push(Diagnostic::doubtful_setting(
                self.file,
                at,
                "members cannot sign in at an address without https",
                "write `https://`; plain http is for this machine alone",
            ));
        }
        url.unwrap_or_else(BaseUrl::local)
    }

    fn theme(&mut self, root: &DeTable) -> String {
        let theme = text(Some(root), "theme");
        if let Some((_, at)) = given_text(Some(root), "theme")
            && !is_folder_name(&theme)
        {
            let message = format!("`{theme}` cannot name a theme");
            self.bad(
                at,
                message,
                "the name of a folder under `themes/`, or `default`",
            );
        }
        theme
    }

    fn timezone(&mut self, root: &DeTable) -> jiff::tz::TimeZone {
        let name = text(Some(root), "timezone");
        jiff::tz::TimeZone::get(&name).unwrap_or_else(|_| {
            let at = given_text(Some(root), "timezone").map_or(0..0, |(_, at)| at);
            let near = crate::diag::nearest(&name, ZONE_EXAMPLES);
            let help = near.map_or_else(
                || "an IANA name such as `Europe/Berlin` or `Asia/Shanghai`, or `UTC`".to_owned(),
                |it| format!("did you mean `{it}`?"),
            );
            self.bad(at, format!("no time zone is called `{name}`"), help);
            jiff::tz::TimeZone::UTC
        })
    }

    fn taxonomies(&mut self, root: &DeTable) -> Vec<Taxonomy> {
        let mut taxonomies: Vec<Taxonomy> = [
            ("tags", true),
            ("categories", false),
            ("authors", true),
            ("series", false),
        ]
        .map(|(name, feed)| Taxonomy {
            name: name.into(),
            feed,
        })
        .into();
        for (name, settings) in table(Some(root), "taxonomies").into_iter().flatten() {
            let own = name.get_ref().as_ref();
            let settings = settings.get_ref().as_table();
            if let Some(known) = taxonomies.iter_mut().find(|it| it.name == own) {
                if value(settings, "taxonomies.*.feed").is_some() {
                    known.feed = flag(settings, "taxonomies.*.feed");
                }
                continue;
            }
            let fits = own.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            });
            if own.is_empty() || !fits || ["api", "members", "admin"].contains(&own) {
                let message = format!("`{own}` cannot name a taxonomy");
                self.bad(name.span(), message, "small ASCII letters, digits, `-` and `_`, and none of `api`, `members`, `admin`");
                continue;
            }
            taxonomies.push(Taxonomy {
                name: own.into(),
                feed: flag(settings, "taxonomies.*.feed"),
            });
        }
        taxonomies
    }

    fn permalinks(&mut self, root: &DeTable) -> BTreeMap<String, String> {
        let mut permalinks = BTreeMap::new();
        for (section, pattern) in table(Some(root), "permalinks").into_iter().flatten() {
            let Some(text) = pattern.get_ref().as_str() else {
                continue;
            };
            if let Some((message, help)) = pattern_fault(text) {
                self.bad(pattern.span(), message, help);
            }
            let section = section.get_ref().trim_matches('/').to_owned();
            permalinks.insert(section, text.to_owned());
        }
        permalinks
    }

    fn footer(&mut self, group: Option<&DeTable>, languages: &[Language]) -> Footer {
        let given = |path| text(group, path).trim().to_owned();
        Footer {
            contact: given("footer.contact"),
            terms: given("footer.terms"),
            privacy: given("footer.privacy"),
            imprint: given("footer.imprint"),
            copyright: self.texts(group, "footer.copyright", languages),
            icp: given("footer.icp"),
            police: given("footer.police"),
        }
    }

    fn edge(&mut self, root: &DeTable, tiers: &[Tier]) -> EdgeSettings {
        let comments = table(Some(root), "comments");
        let access = self.conversation(comments, tiers);
        EdgeSettings {
            members: MembersSettings::of(table(Some(root), "members")),
            comments: CommentsSettings::of(comments, access),
            scores: ScoreSettings::of(table(Some(root), "scores")),
            mail: self.mail(root),
        }
    }

    /// An access that names no tier of the site is a fault: nobody could take part.
    fn conversation(&mut self, comments: Option<&DeTable>, tiers: &[Tier]) -> ConversationAccess {
        let Some((given, at)) = given_text(comments, "comments.access") else {
            return ConversationAccess::Page;
        };
        let access = ConversationAccess::parse(&given).filter(|it| match it {
            ConversationAccess::Also(Access::Tier(id)) => tiers.iter().any(|tier| tier.id == *id),
            ConversationAccess::Also(Access::Paid) => tiers.iter().any(Tier::is_paid),
            _ => true,
        });
        access.unwrap_or_else(|| {
            self.bad(
                at,
                format!("`{given}` does not say who takes part in a conversation"),
                "`page`, `parts`, `public`, `members`, `paid`, or the id of a tier",
            );
            ConversationAccess::Page
        })
    }

    fn mail(&mut self, root: &DeTable) -> Option<MailSettings> {
        let at = value(Some(root), "mail")?.span();
        let mail = table(Some(root), "mail")?;
        let (from, from_at) = self.required(
            mail,
            "mail.from",
            at.clone(),
            "from = \"Lyceum <post@example.org>\"",
        );
        if !from.is_empty() && from.parse::<lettre::message::Mailbox>().is_err() {
            self.bad(
                from_at,
                format!("`{from}` is no sender"),
                "such as `Lyceum <post@example.org>`",
            );
        }
        let (smtp_host, host_at) = self.required(
            mail,
            "mail.smtp_host",
            at,
            "smtp_host = \"smtp.example.org\"",
        );
        if smtp_host.contains(|c: char| c.is_whitespace() || "/:@".contains(c)) {
            self.bad(
                host_at,
                format!("`{smtp_host}` is no host name"),
                "a name alone; the port is `smtp_port`",
            );
        }
        Some(MailSettings {
            from,
            smtp_host,
            smtp_port: number(Some(mail), "mail.smtp_port"),
            smtp_user: text(Some(mail), "mail.smtp_user"),
        })
    }
}

/// Zones that a misspelt name is compared with; every zone there is can be used.
const ZONE_EXAMPLES: [&str; 14] = [
    "UTC",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
];

fn feeds(group: Option<&DeTable>) -> FeedSettings {
    FeedSettings {
        atom: flag(group, "feeds.atom"),
        rss: flag(group, "feeds.rss"),
        json: flag(group, "feeds.json"),
        limit: number(group, "feeds.limit"),
        full_text: flag(group, "feeds.full_text"),
    }
}

fn markdown(group: Option<&DeTable>) -> MarkdownSettings {
    MarkdownSettings {
        raw_html: flag(group, "markdown.raw_html"),
        highlight: flag(group, "markdown.highlight"),
        line_numbers: flag(group, "markdown.line_numbers"),
        smart_punctuation: flag(group, "markdown.smart_punctuation"),
        external_links_rel: text(group, "markdown.external_links_rel"),
        hard_breaks: flag(group, "markdown.hard_breaks"),
    }
}

/// The settings of a table, with defaults for what it does not have.
pub fn paywall(group: Option<&DeTable>) -> PaywallSettings {
    PaywallSettings {
        teaser: number(group, "paywall.teaser"),
    }
}

fn is_folder_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

/// What is wrong with a permalink pattern, and what helps.
fn pattern_fault(pattern: &str) -> Option<(String, String)> {
    if !pattern.starts_with('/')
        || pattern.contains('\\')
        || pattern.split('/').any(|it| it == "..")
    {
        let message = format!("`{pattern}` is no pattern of addresses");
        return Some((message, "such as `/:year/:month/:slug/`".into()));
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = pattern
        .split(':')
        .skip(1)
        .map(|rest| rest.split(|c| !is_word(c)).next().unwrap_or_default());
    let unknown = words
        .into_iter()
        .find(|word| !PERMALINK_WORDS.contains(word))?;
    let message = format!("a permalink knows no `:{unknown}`");
    Some((
        message,
        format!("known are :{}", PERMALINK_WORDS.join(", :")),
    ))
}

/// An address whose path has no empty segment; `None` if it had none.
fn without_double_slashes(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let segments: Vec<&str> = rest.split('/').filter(|it| !it.is_empty()).collect();
    rest.contains("//")
        .then(|| format!("{scheme}://{}/", segments.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SignUp;

    const HEAD: &str = "title = \"T\"\nbase_url = \"https://example.org/\"\n";

    fn read(text: &str) -> Result<(SiteConfig, Vec<Diagnostic>), Vec<Diagnostic>> {
        parse(&SourceFile::new("site.toml", text))
    }

    #[test]
    fn two_keys_are_enough() {
        let (config, findings) = read(HEAD).unwrap();
        assert_eq!(findings, []);
        assert_eq!(
            (config.languages.len(), config.languages[0].name.as_str()),
            (1, "English")
        );
        assert_eq!(
            (
                config.theme.as_str(),
                config.paginate_by,
                config.precompress
            ),
            ("default", 20, true)
        );
        assert_eq!(config.timezone.iana_name(), Some("UTC"));
        let names: Vec<_> = config
            .taxonomies
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(names, ["tags", "categories", "authors", "series"]);
        assert!(config.edge.mail.is_none() && config.feeds.atom && config.markdown.raw_html);
    }

    #[test]
    fn everything_can_be_said() {
        let text = r#"
title = "T"
base_url = "http://localhost:1111"
language = "zh_cn"
timezone = "Asia/Shanghai"
paginate_by = 5
precompress = true
[[languages]]
code = "en"
title = "Tee"
[[menu]]
title = { zh-CN = "指南", en = "Guides" }
url = "@/guides/_index.md"
[[tiers]]
id = "pro"
rank = 20
price = { month = { CNY = 3_000, USD = 500 }, year = { CNY = 30000 } }
[[tiers]]
id = "free"
name = "Free"
rank = 1
[taxonomies]
topics = { feed = true }
tags = { feed = false }
[permalinks]
blog = "/:year/:month/:slug/"
[members]
sign_up = "invite"
[comments]
access = "pro"
[mail]
from = "L <post@example.org>"
smtp_host = "smtp.example.org"
smtp_port = 465
[extra]
colour = "red"
list = [1, 2.5, true, 2026-01-02]
"#;
        let (config, findings) = read(text).unwrap();
        assert_eq!(findings, []);
        let codes: Vec<_> = config
            .languages
            .iter()
            .map(|it| (it.code.as_str(), it.title.as_str()))
            .collect();
        assert_eq!(codes, [("zh-CN", "T"), ("en", "Tee")]);
        assert_eq!(config.menu[0].title["zh-CN"], "指南");
        let tiers: Vec<_> = config
            .tiers
            .iter()
            .map(|it| (it.id.as_str(), it.name.as_str(), it.prices.len()))
            .collect();
        assert_eq!(tiers, [("free", "Free", 0), ("pro", "pro", 3)]);
        assert_eq!(config.tiers[1].prices[0].amount_minor, 3000);
        let feeds: Vec<_> = config
            .taxonomies
            .iter()
            .map(|it| (it.name.as_str(), it.feed))
            .collect();
        assert_eq!(
            feeds,
            [
                ("tags", false),
                ("categories", false),
                ("authors", true),
                ("series", false),
                ("topics", true)
            ]
        );
        assert_eq!(config.edge.members.sign_up, SignUp::Invite);
        assert_eq!(config.edge.comments.access.to_string(), "tier:pro");
        assert_eq!(config.edge.mail.unwrap().smtp_port, 465);
        assert_eq!(
            serde_json::Value::from(config.extra).to_string(),
            r#"{"colour":"red","list":[1,2.5,true,"2026-01-02"]}"#
        );
    }

    /// Line, column, code and a piece of message or help of every finding of a file.
    fn check(text: &str, expected: &[(u32, u32, &str, &str)]) {
        let findings = read(text).map_or_else(|it| it, |(_, warnings)| warnings);
        let found: Vec<_> = findings
            .iter()
            .map(|it| (it.line, it.column, it.code))
            .collect();
        let places: Vec<_> = expected.iter().map(|it| (it.0, it.1, it.2)).collect();
        assert_eq!(found, places, "{text}\n{findings:#?}");
        for (finding, (_, _, _, piece)) in findings.iter().zip(expected) {
            let all = format!("{} {}", finding.message, finding.help);
            assert!(all.contains(piece), "{piece} in {finding:#?}");
            assert!(
                finding.line == 0 || !finding.excerpt.is_empty(),
                "{finding:#?}"
            );
        }
    }

    #[test]
    fn ops_01_faults_have_a_place_and_a_way_out() {
        type Row<'r> = (&'r str, &'r [(u32, u32, &'r str, &'r str)]);
        let rows: [Row; 24] = [
            (
                "titel = \"x\"",
                &[(3, 1, "unknown-setting", "did you mean `title`?")],
            ),
            (
                "baseURL = \"x\"",
                &[(3, 1, "unknown-setting", "did you mean `base_url`?")],
            ),
            (
                "teaser = 3",
                &[(3, 1, "unknown-setting", "`teaser` stands in `paywall`")],
            ),
            (
                "[paywall]\ntheme = \"x\"",
                &[(4, 1, "unknown-setting", "before the first table")],
            ),
            (
                "[paywall]\nteasr = 2",
                &[(4, 1, "unknown-setting", "did you mean `teaser`?")],
            ),
            (
                "[images]\nwidth = 2",
                &[(3, 2, "unknown-setting", "no settings for images")],
            ),
            ("[params]", &[(3, 2, "unknown-setting", "write `[extra]`")]),
            (
                "[mail]\npassword = \"x\"\nfrom = \"a@b.c\"\nsmtp_host = \"h\"",
                &[(4, 1, "unknown-setting", "secrets never")],
            ),
            (
                "precompress = \"yes\"",
                &[(
                    3,
                    15,
                    "wrong-setting-type",
                    "takes `true` or `false`, but this is a text",
                )],
            ),
            (
                "paginate_by = 0",
                &[(3, 15, "bad-setting", "from 1 to 1000")],
            ),
            (
                "[languages]\ncode = \"zh\"",
                &[(3, 1, "wrong-setting-type", "tables in double brackets")],
            ),
            (
                "timezone = \"Asia/Shanghia\"",
                &[(3, 12, "bad-setting", "`Asia/Shanghai`")],
            ),
            (
                "theme = \"../x\"",
                &[(3, 9, "bad-setting", "cannot name a theme")],
            ),
            (
                "language = \"english\"",
                &[(3, 12, "bad-setting", "no language tag")],
            ),
            (
                "[[languages]]\ncode = \"zh\"\n[[languages]]\ncode = \"ZH\"",
                &[(6, 8, "repeated-setting", "line 4")],
            ),
            (
                "[[tiers]]\nid = \"a\"\nrank = 1\n[[tiers]]\nid = \"a\"\nrank = 1\n[[tiers]]\nid = \"paid\"",
                &[
                    (7, 6, "repeated-setting", "line 4"),
                    (8, 8, "repeated-setting", "line 5"),
                    (9, 1, "missing-setting", "`rank`"),
                    (10, 6, "bad-setting", "cannot name a tier"),
                ],
            ),
            (
                "[[tiers]]\nid = \"a\"\nrank = 1\nprice = { month = { CNX = 3, USD = -1 }, week = { CNY = 1 } }",
                &[
                    (6, 21, "bad-setting", "no currency"),
                    (6, 36, "bad-setting", "minor units"),
                    (6, 42, "unknown-setting", "month"),
                ],
            ),
            (
                "[taxonomies]\napi = {}",
                &[(4, 1, "bad-setting", "cannot name a taxonomy")],
            ),
            (
                "[permalinks]\nblog = \"/:yaer/:slug/\"",
                &[(4, 8, "bad-setting", ":year")],
            ),
            (
                "[members]\nsign_up = \"yes\"",
                &[(4, 11, "bad-setting", "open, invite, closed")],
            ),
            (
                "[comments]\naccess = \"pro\"",
                &[(4, 10, "bad-setting", "the id of a tier")],
            ),
            (
                "[comments]\naccess = \"pages\"",
                &[(4, 10, "bad-setting", "`page`, `parts`")],
            ),
            (
                "[mail]\nfrom = \"nobody\"",
                &[
                    (3, 1, "missing-setting", "smtp_host"),
                    (4, 8, "bad-setting", "no sender"),
                ],
            ),
            (
                "[[menu]]\nurl = \"/\"\ntitle = { fr = \"G\" }",
                &[
                    (5, 11, "bad-setting", "no language `fr`"),
                    (5, 11, "bad-setting", "default language"),
                ],
            ),
        ];
        for (text, expected) in rows {
            check(&format!("{HEAD}{text}\n"), expected);
        }
        check(
            "",
            &[
                (0, 0, "missing-setting", "title"),
                (0, 0, "missing-setting", "base_url"),
            ],
        );
        check(
            "title = \"T\"\nbase_url = \"example.org\"\n",
            &[(2, 12, "bad-setting", "no address")],
        );
        check(
            "title = \"T\"\nbase_url = \"http://example.org\"\n",
            &[(2, 12, "doubtful-setting", "https")],
        );
        check(
            "title = \"T\nbase_url = \"https://a.b\"\n",
            &[(1, 11, "settings-syntax", "TOML")],
        );
    }
}
