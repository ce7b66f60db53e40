//! What a kind of text may hold, and how it is written. A new kind of text is a constructor here.

use crate::config::MarkdownSettings;
use crate::markdown::code::Limits;
use pulldown_cmark::Options;

/// What all kinds of text have in common.
const COMMON: Options = Options::ENABLE_STRIKETHROUGH;

/// What a kind of text may hold, and how it is written.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What the parser reads besides CommonMark.
    pub options: Options,
    /// How blocks are written.
    pub look: Look,
    /// What becomes of raw HTML.
    pub html: Html,
    /// What becomes of pictures.
    pub pictures: Pictures,
    /// Whether quotes that begin with `[!NOTE]` and the like are alerts.
    pub has_alerts: bool,
    /// Schemes of bare addresses that become links; none without one.
    pub bare_links: &'static [&'static str],
    /// Whether every line break is kept.
    pub has_hard_breaks: bool,
    /// Which code is highlighted.
    pub highlighting: Highlighting,
    /// Whether lines of code are numbered that do not say it themselves.
    pub has_line_numbers: bool,
    /// `rel` of links to other sites; none if empty.
    pub rel: String,
    /// Events of the parser in one text. A text with more is not complete.
    pub max_events: usize,
    /// Elements inside of each other.
    pub max_depth: usize,
}

/// How blocks are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// With all that a page has room for: frames that scroll and have a name, anchors, captions, alignment.
    Page,
    /// As bare elements, for a text that is one of many on a page.
    Plain,
}

/// What becomes of raw HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Html {
    /// The host writes it.
    Host,
    /// It is shown as it was typed; a block of it is a paragraph.
    Text,
}

/// What becomes of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// They are shown.
    Shown,
    /// They are links with the text of the picture.
    Links,
}

/// Which code is highlighted.
#[derive(Clone, Copy, Debug)]
pub struct Highlighting {
    /// Bytes of code in one text. Blocks that do not fit are plain.
    pub max_bytes: usize,
    /// Languages by their names in the catalog. `None` for all that there is a grammar for.
    pub languages: Option<&'static [&'static str]>,
    /// Within one block.
    pub limits: Limits,
}

impl Highlighting {
    /// For authors.
    const PAGE: Highlighting = Highlighting {
        max_bytes: usize::MAX,
        languages: None,
        limits: Limits::PAGE,
    };
    /// For members: languages of which no short text was found that takes long. In C# and Markdown a line can take a
    /// hundred times as long as others of its length.
    const COMMENT: Highlighting = Highlighting {
        max_bytes: 4 * 1024,
        languages: Some(&[
            "c",
            "cpp",
            "css",
            "dart",
            "diff",
            "docker",
            "elixir",
            "erlang",
            "go",
            "graphql",
            "haskell",
            "hcl",
            "html",
            "ini",
            "java",
            "javascript",
            "json",
            "jsonc",
            "jsx",
            "julia",
            "kotlin",
            "lua",
            "make",
            "nginx",
            "objective-c",
            "perl",
            "php",
            "powershell",
            "proto",
            "python",
            "r",
            "ruby",
            "rust",
            "scala",
            "scss",
            "shellscript",
            "sql",
            "swift",
            "terraform",
            "toml",
            "tsx",
            "typescript",
            "vue",
            "wasm",
            "xml",
            "yaml",
            "zig",
        ]),
        limits: Limits::COMMENT,
    };
}

impl Profile {
    /// A page of the site.
    pub fn article(settings: &MarkdownSettings) -> Self {
        let mut options = COMMON
            | Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_GFM
            | Options::ENABLE_MATH
            | Options::ENABLE_WIKILINKS
            | Options::ENABLE_DEFINITION_LIST;
        options.set(
            Options::ENABLE_SMART_PUNCTUATION,
            settings.smart_punctuation,
        );
        Profile {
            options,
            look: Look::Page,
            html: Html::Host,
            pictures: Pictures::Shown,
            has_alerts: true,
            bare_links: &["http", "https", "ftp", "mailto"],
            has_hard_breaks: settings.hard_breaks,
            highlighting: Highlighting {
                max_bytes: if settings.highlight { usize::MAX } else { 0 },
                ..Highlighting::PAGE
            },
            has_line_numbers: settings.line_numbers,
            rel: settings.external_links_rel.clone(),
            max_events: usize::MAX,
            max_depth: usize::MAX,
        }
    }

    /// A member's comment, which is cleaned afterwards.
    pub fn comment() -> Self {
        Profile {
            options: COMMON
                | Options::ENABLE_TABLES
                | Options::ENABLE_TASKLISTS
                | Options::ENABLE_MATH,
            look: Look::Plain,
            html: Html::Text,
            pictures: Pictures::Links,
            has_alerts: false,
            bare_links: &["http", "https", "mailto"],
            has_hard_breaks: false,
            highlighting: Highlighting::COMMENT,
            has_line_numbers: false,
            rel: String::new(),
            // A long comment has some hundred.
            max_events: 4_000,
            // Nobody reads deeper.
            max_depth: 16,
        }
    }

    /// A short text of the settings, which is cleaned afterwards.
    pub fn notice() -> Self {
        Profile {
            options: COMMON,
            look: Look::Plain,
            html: Html::Text,
            pictures: Pictures::Shown,
            has_alerts: false,
            bare_links: &[],
            has_hard_breaks: false,
            highlighting: Highlighting {
                max_bytes: 0,
                ..Highlighting::PAGE
            },
            has_line_numbers: false,
            rel: String::new(),
            max_events: usize::MAX,
            max_depth: usize::MAX,
        }
    }
}
