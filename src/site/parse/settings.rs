//! What parsing needs of `site.toml`, and nothing else: what is not here cannot change a document.

use crate::config::{BaseUrl, MarkdownSettings, SiteConfig, Tier};
use crate::diag::{Diagnostic, SourceFile, nearest};
use crate::ids::{Access, TierId};
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
    /// `base_url` of the settings: what authors write, whatever a preview is called.
    pub own_url: BaseUrl,
    /// Tiers, lowest rank first.
    pub tiers: Vec<TierId>,
    /// From this place in `tiers` on, every tier has a price.
    pub first_paid: usize,
    /// Whether any tier has a price.
    pub sells: bool,
}

impl ParseSettings {
    /// Takes what is needed.
    pub fn from_config(config: &SiteConfig) -> Self {
        ParseSettings {
            markdown: config.markdown.clone(),
            teaser: config.paywall.teaser,
            timezone: config.timezone.clone(),
            taxonomies: config.taxonomies.iter().map(|it| it.name.clone()).collect(),
            own_url: config.own_url.clone(),
            tiers: config.tiers.iter().map(|it| it.id.clone()).collect(),
            first_paid: config
                .tiers
                .iter()
                .rposition(|it| !it.is_paid())
                .map_or(0, |last_free| last_free + 1),
            sells: config.tiers.iter().any(Tier::is_paid),
        }
    }

    /// The error about an access that no member can ever have; `None` if some can. `at` is where it is named.
    pub fn unopenable(&self, access: &Access, file: &SourceFile, at: usize) -> Option<Diagnostic> {
        match access {
            Access::Paid if !self.sells => Some(Diagnostic::nothing_sold(file, at..at)),
            Access::Tier(id) if !self.tiers.contains(id) => {
                let near = nearest(id.as_str(), self.tiers.iter().map(TierId::as_str));
                Some(Diagnostic::tier_unknown(file, at..at, id.as_str(), near))
            }
            _ => None,
        }
    }

    /// Whether all who may read `part` may read `whole`. A tier that does not exist is another finding's.
    pub fn is_as_strict(&self, part: &Access, whole: &Access) -> bool {
        let place = |tier: &TierId| self.tiers.iter().position(|it| it == tier);
        match (part, whole) {
            (_, Access::Public) => true,
            (Access::Public, _) => false,
            (_, Access::Members) | (Access::Paid, Access::Paid) => true,
            (Access::Tier(part), Access::Paid) => {
                place(part).is_none_or(|it| it >= self.first_paid)
            }
            (Access::Tier(part), Access::Tier(whole)) => match (place(part), place(whole)) {
                (Some(part), Some(whole)) => part >= whole,
                _ => part == whole,
            },
            (Access::Members, Access::Paid) | (Access::Members | Access::Paid, Access::Tier(_)) => {
                false
            }
        }
    }

    /// The path from the site's root of an absolute address that is its own; `None` for any other.
    pub fn own_path(&self, address: &str) -> Option<String> {
        self.own_url.path_of(address)
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
            own_url: BaseUrl::parse("https://example.org/").unwrap(),
            tiers: ["basic", "pro"]
                .iter()
                .filter_map(|it| TierId::parse(it))
                .collect(),
            first_paid: 0,
            sells: true,
        }
    }
}
