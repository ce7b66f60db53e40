//! What parsing needs of `site.toml`, and nothing else: what is not here cannot change a document.

use crate::config::{MarkdownSettings, SiteConfig};
use crate::ids::TierId;
use jiff::tz::TimeZone;

/// Settings that a document depends on beside its own text.
#[derive(Clone, Debug)]
pub struct ParseSettings {
    /// How Markdown becomes HTML.
    pub markdown: MarkdownSettings,
    /// Blocks that stay public in a page with `access` and without `<!-- more -->`.
    pub teaser: usize,
    /// Zone of times that name none.
    pub timezone: TimeZone,
    /// Names of taxonomies, which are keys of front matter.
    pub taxonomies: Vec<String>,
    /// Tiers, lowest rank first: for hints, and for `access: pro`. Whether a tier exists is asked in `model`.
    pub tiers: Vec<TierId>,
}

impl ParseSettings {
    /// Takes what is needed.
    pub fn from_config(config: &SiteConfig) -> Self {
        ParseSettings {
            markdown: config.markdown.clone(),
            teaser: config.paywall.teaser,
            timezone: config.timezone.clone(),
            taxonomies: config.taxonomies.iter().map(|it| it.name.clone()).collect(),
            tiers: config.tiers.iter().map(|it| it.id.clone()).collect(),
        }
    }
}

#[cfg(test)]
impl ParseSettings {
    /// Settings of a site in Shanghai with two tiers, for tests.
    pub fn for_tests() -> Self {
        ParseSettings {
            markdown: MarkdownSettings {
                raw_html: true,
                highlight: true,
                line_numbers: false,
                smart_punctuation: false,
                external_links_rel: String::new(),
                hard_breaks: false,
            },
            teaser: 3,
            timezone: TimeZone::get("Asia/Shanghai").unwrap(),
            taxonomies: ["tags", "categories", "authors", "series", "topics"]
                .map(String::from)
                .to_vec(),
            tiers: ["basic", "pro"]
                .iter()
                .filter_map(|it| TierId::parse(it))
                .collect(),
        }
    }
}
