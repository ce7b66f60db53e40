//! Every key that `site.toml` may have: what it takes, its default, and its meaning in one line.
//!
//! Entry point: [`KEYS`]. Reading takes types and defaults from here, the hint at a misspelt key looks here, and a
//! test holds the handbook's page of settings against it, so that none of them can forget a key.

/// One key of `site.toml`.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Names joined by `.`; `*` stands for any name. Keys of `[[tiers]]` are written `tiers.id`.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it means, in one line.
    pub meaning: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, with its default; `None` where there is none.
    Text(Option<&'static str>),
    /// Text, or a table of texts by language.
    Texts,
    /// A list of texts; empty where it is not given.
    List,
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// `true` or `false`, with its default.
    Flag(bool),
    /// A whole number from `min` to `max`, with its default.
    Number {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// Where it is not given.
        default: i64,
    },
    /// A table whose keys are listed here too.
    Table,
    /// Any number of such tables: `[[name]]`.
    Tables,
    /// A table of the site's own, taken as it is.
    Free,
}

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        path,
        kind,
        meaning,
    }
}

const fn number(min: i64, max: i64, default: i64) -> Kind {
    Kind::Number { min, max, default }
}

/// All keys, in the order of the handbook; one a line, to be read as a table.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("title", Kind::Text(None), "what the site is called; required"),
    key("base_url", Kind::Text(None), "where the site is published, such as `https://example.org/`; required"),
    key("description", Kind::Text(Some("")), "one sentence for search engines and feeds"),
    key("language", Kind::Text(Some("en")), "tag of the default language, whose pages have no prefix"),
    key("theme", Kind::Text(Some("default")), "folder under `themes/`"),
    key("timezone", Kind::Text(Some("UTC")), "IANA name; dates without an offset are in it"),
    key("paginate_by", number(1, 1_000, 20), "pages on one page of a list"),
    key("precompress", Kind::Flag(true), "write `.br` and `.gz` beside public files that shrink; of more than 4,000 files only if it is set, and never in `serve`"),
    key("languages", Kind::Tables, "languages beside the default one"),
    key("languages.code", Kind::Text(None), "tag such as `zh-Hans`, also the file suffix; required"),
    key("languages.name", Kind::Text(None), "the language's name in itself; known for common ones"),
    key("languages.title", Kind::Text(None), "title of the site in this language"),
    key("languages.description", Kind::Text(None), "description of the site in this language"),
    key("menu", Kind::Tables, "links of the main menu; the sections where there are none"),
    key("menu.title", Kind::Texts, "shown text, or one by language; required"),
    key("menu.url", Kind::Text(None), "`@/page.md`, a path of the site, or an address elsewhere; required"),
    key("tiers", Kind::Tables, "what members can have beyond membership"),
    key("tiers.id", Kind::Text(None), "permanent name, used by `access`; required"),
    key("tiers.name", Kind::Text(None), "shown name; the id where absent"),
    key("tiers.rank", number(0, 1_000_000, 1), "higher ranks may read what lower ranks may; required"),
    key("tiers.description", Kind::Text(Some("")), "one sentence for the join page"),
    key("tiers.trial_days", number(0, 365, 0), "free days at the start"),
    key("tiers.price", Kind::Table, "what it costs, by interval and currency; free where absent"),
    key("tiers.price.month", Kind::Table, "prices for a month"),
    key("tiers.price.month.*", number(1, 100_000_000_000, 0), "amount in minor units of this currency, such as `CNY = 3000`"),
    key("tiers.price.year", Kind::Table, "prices for a year"),
    key("tiers.price.year.*", number(1, 100_000_000_000, 0), "amount in minor units of this currency"),
    key("tiers.price.once", Kind::Table, "prices for good"),
    key("tiers.price.once.*", number(1, 100_000_000_000, 0), "amount in minor units of this currency"),
    key("taxonomies", Kind::Table, "ways of grouping pages beside `tags`, `categories`, `authors` and `series`"),
    key("taxonomies.*", Kind::Table, "settings of one of them, by its name in front matter"),
    key("taxonomies.*.feed", Kind::Flag(false), "each of its terms has its own feeds; on for `tags` and `authors`"),
    key("feeds", Kind::Table, "which feeds are written"),
    key("feeds.atom", Kind::Flag(true), "`atom.xml`"),
    key("feeds.rss", Kind::Flag(true), "`rss.xml`"),
    key("feeds.json", Kind::Flag(true), "`feed.json`"),
    key("feeds.limit", number(1, 1_000, 20), "newest pages in a feed"),
    key("feeds.full_text", Kind::Flag(true), "whole public bodies; otherwise summaries"),
    key("markdown", Kind::Table, "how Markdown becomes HTML"),
    key("markdown.raw_html", Kind::Flag(true), "keep HTML in Markdown; otherwise it is shown as text"),
    key("markdown.highlight", Kind::Flag(true), "colour fenced code"),
    key("markdown.line_numbers", Kind::Flag(false), "number the lines of fenced code unless a block says otherwise"),
    key("markdown.smart_punctuation", Kind::Flag(false), "straight quotes, dashes and dots become typographic ones"),
    key("markdown.external_links_rel", Kind::Text(Some("noopener")), "`rel` of links to other hosts; empty for none"),
    key("markdown.hard_breaks", Kind::Flag(false), "line breaks in paragraphs stay line breaks"),
    key("paywall", Kind::Table, "where gated text begins"),
    key("paywall.teaser", number(0, 1_000, 3), "public blocks of a page with `access` but without `<!-- more -->`"),
    key("paywall.how_to_pay", Kind::Texts, "Markdown that walls show: how a reader pays; one text, or one by language"),
    key("paywall.total_minutes", Kind::Flag(false), "say how long a page with gated parts takes in all"),
    key("members", Kind::Table, "who may join"),
    key("members.sign_up", Kind::Word(&["open", "invite", "closed"]), "who may join"),
    key("members.verify_email", Kind::Flag(true), "an address must be verified before its member counts as one"),
    key("comments", Kind::Table, "what may be said under pages"),
    key("comments.enabled", Kind::Flag(true), "pages have comments unless their front matter says otherwise"),
    key("comments.access", Kind::Text(Some("page")), "who takes part: `page`, `parts`, `public`, `members`, `paid` or a tier"),
    key("comments.edit_minutes", number(0, 525_600, 60), "minutes in which an author may still edit a comment"),
    key("comments.per_hour", number(1, 10_000, 30), "comments a member may post in an hour"),
    key("comments.depth", number(1, 10, 3), "levels at which a thread is shown; deeper replies are shown at the last"),
    key("scores", Kind::Table, "how interest is measured"),
    key("scores.shown", Kind::Flag(true), "show scores on pages"),
    key("scores.window_days", number(1, 365, 7), "days in which participation is counted"),
    key("scores.hot_hours", number(1, 8_760, 72), "hours in which hotness halves"),
    key("mail", Kind::Table, "the relay that sends mail; files in `.lyceum/outbox/` where absent"),
    key("mail.from", Kind::Text(None), "sender, such as `Lyceum <post@example.org>`; required"),
    key("mail.smtp_host", Kind::Text(None), "host name of the relay; required"),
    key("mail.smtp_port", number(1, 65_535, 587), "465 for TLS from the start, any other for STARTTLS; none to a relay on this machine"),
    key("mail.smtp_user", Kind::Text(Some("")), "user name at the relay; its password never stands here"),
    key("permalinks", Kind::Table, "pattern of addresses, by section"),
    key("permalinks.*", Kind::Text(None), "such as `/:year/:month/:slug/` for the section of this name"),
    key("footer", Kind::Table, "what stands at the foot of every page"),
    key("footer.contact", Kind::Text(Some("")), "where readers write: `mailto:post@example.org`, `@/contact.md`, or an address"),
    key("footer.terms", Kind::Text(Some("")), "terms of use: `@/terms.md`, a path of the site, or an address elsewhere"),
    key("footer.privacy", Kind::Text(Some("")), "how data is used: `@/privacy.md`, a path of the site, or an address elsewhere"),
    key("footer.imprint", Kind::Text(Some("")), "who publishes the site: `@/imprint.md`, a path of the site, or an address elsewhere"),
    key("footer.copyright", Kind::Texts, "one line about rights, such as a licence; one text, or one by language"),
    key("footer.icp", Kind::Text(Some("")), "ICP filing number of a site in mainland China (ICP备案号), linked to its register"),
    key("footer.police", Kind::Text(Some("")), "filing number with the public security (公安备案号), linked to its register"),
    key("build", Kind::Table, "what a build publishes"),
    key("build.publish", Kind::List, "paths of files that are copied although they look like keys, dumps or leftovers, or public although no text is seen to use them; `*` and `**` as in a shell"),
    key("extra", Kind::Free, "the site's own values for its templates"),
];

/// Words that a permalink pattern may hold after a `:`.
pub const PERMALINK_WORDS: [&str; 8] = [
    "year", "month", "day", "slug", "title", "filename", "section", "sections",
];

impl Key {
    /// The last of its names.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the table it stands in; empty for the topmost.
    pub fn table(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// The key that a name in a table is, where it is one.
    pub fn find(table: &str, name: &str) -> Option<&'static Key> {
        let inside = |key: &&Key| key.table() == table;
        KEYS.iter()
            .filter(inside)
            .find(|key| key.name() == name)
            .or_else(|| KEYS.iter().filter(inside).find(|key| key.name() == "*"))
    }
}

/// Keys of other tools, and of this one's future, with what to do instead.
pub const FOREIGN_KEYS: &[(&str, &str)] = &[
    (
        "images",
        "this version has no settings for images: leave the table out",
    ),
    (
        "search",
        "this version has no settings for search: leave the table out",
    ),
    (
        "free_per_month",
        "this version opens no gated pages for free: leave the key out",
    ),
    (
        "rewards",
        "this version has no rewards: leave the table out",
    ),
    (
        "payments",
        "this version takes no payments: leave the table out; `[[tiers]]` can have prices all the same",
    ),
    ("default_language", "write `language`"),
    ("languageCode", "write `language`"),
    ("locale", "write `language`"),
    ("defaultContentLanguage", "write `language`"),
    ("url", "write `base_url`"),
    ("paginate", "write `paginate_by`"),
    ("pagination", "write `paginate_by`"),
    ("params", "write `[extra]`"),
    (
        "generate_feeds",
        "write `[feeds]` with `atom`, `rss` and `json`",
    ),
    (
        "author",
        "authors stand in the front matter of pages, under `authors`",
    ),
    (
        "password",
        "secrets never stand in `site.toml`: set `LYCEUM_SMTP_PASSWORD`",
    ),
    (
        "smtp_password",
        "secrets never stand in `site.toml`: set `LYCEUM_SMTP_PASSWORD`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_a_table_that_is_listed() {
        for key in KEYS {
            let table = key.table();
            let holds = KEYS
                .iter()
                .any(|it| it.path == table && matches!(it.kind, Kind::Table | Kind::Tables));
            assert!(table.is_empty() || holds, "{}", key.path);
            assert!(
                !key.meaning.is_empty() && !key.meaning.contains('\n'),
                "{}",
                key.path
            );
            let twice = KEYS.iter().filter(|it| it.path == key.path).count();
            assert_eq!(twice, 1, "{}", key.path);
        }
        for (name, _) in FOREIGN_KEYS {
            assert!(KEYS.iter().all(|key| key.path != *name), "{name}");
        }
    }
}
