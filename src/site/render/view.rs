//! The contract with themes: what each template gets, and nothing else.
//!
//! A template gets `site` ([`SiteView`]), `t` (interface texts of the page's language, by key), and what the table
//! says. All text is escaped by the template engine; fields whose comment says HTML are safe to print with `| safe`.
//! Addresses are site paths with the base path in front unless they say absolute, and are percent-encoded.
//!
//! | template | gets besides `site` and `t` |
//! |---|---|
//! | `page.html`, and those that front matter names | `head`, `page` |
//! | `section.html`, `home.html` | `head`, `section`, `pager` |
//! | `taxonomy.html` | `head`, `taxonomy` |
//! | `term.html` | `head`, `term`, `pager` |
//! | `404.html` | `head` |
//! | `redirect.html` | `head`, whose canonical address is where the page is now |
//! | `members/NAME.html` | `head`, `members_page` |
//! | `paywall.html`, once for each gated part | `part`, `page` (a [`CardView`]) |
//!
//! The build itself reads these keys of `t`, and says it in English where they are missing: `price_month`,
//! `price_year`, `price_once` (with `{price}`), `members_join`, `members_sign_in`, ... (titles of the members' pages,
//! `-` written as `_`), `missing_title`, `page_n` (with `{n}`), `feed_gated`, `feed_gated_paid`, `feed_gated_tier` (with `{tier}`), `code` and `table` (what a reader hears of a frame that scrolls),
//! and `taxonomy_NAME` for the title of a taxonomy.

use serde::Serialize;
use std::collections::BTreeMap;

/// The site as each page of one language sees it. Name: `site`.
#[derive(Clone, Debug, Serialize)]
pub struct SiteView {
    /// What the site is called in this language.
    pub title: String,
    /// One sentence; may be empty.
    pub description: String,
    /// Absolute, with a closing `/`.
    pub base_url: String,
    /// Path of the site's root, `/` or such as `/blog/`.
    pub base_path: String,
    /// Home page of this language.
    pub home_url: String,
    /// Name of the cookie that tells scripts that somebody is signed in: `member`, with an ending of its own where
    /// the site shares its host.
    pub member_cookie: String,
    /// BCP 47 tag of this language.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// IANA name of the time zone of dates.
    pub timezone: String,
    /// Main menu.
    pub menu: Vec<LinkView>,
    /// Feeds of this language, for `<link rel=alternate>`.
    pub feeds: Vec<FeedView>,
    /// Taxonomies that have terms in this language, with the address of their list.
    pub taxonomies: Vec<LinkView>,
    /// What is sold, lowest rank first.
    pub tiers: Vec<TierView>,
    /// Address of each static file of theme and site with a version in its query, by path such as `theme.css`.
    pub assets: BTreeMap<String, String>,
    /// Whether there is anything to sign in for: sign-up, comments, tiers or gated parts.
    pub has_accounts: bool,
    /// Whether anyone may join.
    pub can_join: bool,
    /// Whether scores are shown.
    pub shows_scores: bool,
    /// The owner's words on how a reader pays. HTML; may be empty.
    pub how_to_pay: String,
    /// What stands at the foot of every page.
    pub footer: FooterView,
    /// `[extra]` of the theme with the site's laid over it.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A named address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Shown text.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// One feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedView {
    /// Shown text.
    pub title: String,
    /// Absolute address.
    pub url: String,
    /// Media type.
    pub content_type: &'static str,
}

/// What `[footer]` of the settings says. Name: `site.footer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FooterView {
    /// Where readers write.
    pub contact: Option<String>,
    /// Terms of use.
    pub terms: Option<String>,
    /// How data is used.
    pub privacy: Option<String>,
    /// Who publishes the site.
    pub imprint: Option<String>,
    /// One line about rights; may be empty.
    pub copyright: String,
    /// ICP filing number; may be empty.
    pub icp: String,
    /// Filing number with the public security; may be empty.
    pub police: String,
    /// The same number as the register wants it: digits alone.
    pub police_code: String,
}

/// One tier, for the paywall and the join page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TierView {
    /// Its id.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// One sentence; may be empty.
    pub description: String,
    /// Shown prices such as `¥30 / month`, already in the page's language.
    pub prices: Vec<String>,
    /// Those of `prices` in one currency: the page's own, else the first.
    pub local_prices: Vec<String>,
    /// Whether it has a price.
    pub is_paid: bool,
    /// Free days at the start; 0 for none.
    pub trial_days: u32,
}

/// A date as templates show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DateView {
    /// RFC 3339 with the site's offset, for `datetime=`.
    pub iso: String,
    /// In the page's language, such as `22 November 2026` or `2026年11月22日`.
    pub text: String,
    /// With the time and its offset, such as `22 November 2026, 09:30 UTC+08:00`.
    pub full: String,
}

/// A term of a taxonomy as pages and lists name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TermRefView {
    /// Shown text.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Pages it has.
    pub n_pages: usize,
}

/// A [`CardView`] as the template engine holds it: made once a page, and the same value in all lists that name it.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct SharedCard(tera::Value);

impl SharedCard {
    /// Fixes a card for all who will show it.
    pub fn new(card: &CardView) -> Self {
        SharedCard(tera::Value::from_serializable(card))
    }

    /// Another handle on the same value.
    pub fn value(&self) -> tera::Value {
        self.0.clone()
    }
}

/// A page as lists, neighbours and feeds see it. Made once a page and shared by all lists that name it.
#[derive(Clone, Debug, Serialize)]
pub struct CardView {
    /// Page id.
    pub id: String,
    /// Shown title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// BCP 47.
    pub language: String,
    /// When it was published.
    pub date: Option<DateView>,
    /// Plain text for lists; public text only; may be empty.
    pub summary: String,
    /// Names of its authors with their pages.
    pub authors: Vec<TermRefView>,
    /// Its tags.
    pub tags: Vec<TermRefView>,
    /// Minutes to read the public part.
    pub reading_minutes: u32,
    /// `public`, `members`, `paid` or `tier:ID`: the access of the page's front matter, or `public`.
    pub access: String,
    /// Whether a part of it is gated.
    pub has_gated_parts: bool,
    /// Access of its most open gated part, `public` if it has none.
    pub parts_access: String,
    /// Minutes to read all of it; `None` unless it has gated parts and `paywall.total_minutes` is on.
    pub total_minutes: Option<u32>,
    /// Picture.
    pub cover: Option<ImageView>,
    /// Draft, scheduled or expired: seen in previews alone.
    pub badge: Option<&'static str>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageView {
    /// Its address.
    pub url: String,
    /// Absolute, for cards of other sites.
    pub absolute_url: String,
    /// What it shows; may be empty.
    pub alt: String,
    /// Width in pixels; `None` if the file does not state it.
    pub width: Option<u32>,
    /// Height in pixels; `None` if the file does not state it.
    pub height: Option<u32>,
}

/// The same page in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TranslationView {
    /// BCP 47.
    pub language: String,
    /// The language's own name, such as `中文`.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Absolute, for `hreflang`.
    pub absolute_url: String,
    /// The page that is being shown.
    pub is_current: bool,
}

/// Where a reader goes on in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LanguageView {
    /// BCP 47.
    pub language: String,
    /// Its own name, such as `中文`.
    pub name: String,
    /// The same page in it, else the nearest list above it, else home.
    pub url: String,
    /// Whether it is the same text.
    pub is_same: bool,
    /// The language that is being read.
    pub is_current: bool,
}

/// What the head of every HTML page needs. Name: `head`.
#[derive(Clone, Debug, Serialize)]
pub struct HeadView {
    /// For `<html data-page=…>`: id of the content page that this is; `None` for lists without a page and members' pages.
    pub page_id: Option<String>,
    /// Whole text of `<title>`.
    pub title: String,
    /// Public text only; may be empty.
    pub description: String,
    /// Absolute address of this page, or of its original.
    pub canonical: String,
    /// Kept out of search engines.
    pub noindex: bool,
    /// Sign-in page that leads back here; on members' pages and what has no place of its own, to the account.
    pub sign_in_url: String,
    /// `article` or `website`, for Open Graph.
    pub og_type: &'static str,
    /// Card picture.
    pub image: Option<ImageView>,
    /// This page in all languages it has, the present one too; empty where there is one language.
    pub translations: Vec<TranslationView>,
    /// For the switch: every language of the site, in the order of the settings; empty where there is one, and in redirects.
    pub languages: Vec<LanguageView>,
    /// schema.org data as JSON, safe inside `<script type="application/ld+json">`; empty for none.
    pub json_ld: String,
    /// RFC 3339; articles alone.
    pub published: Option<String>,
    /// RFC 3339; articles alone.
    pub modified: Option<String>,
}

/// A handbook: a section whose head says `extra: {sidebar: true}`, and all that lies below it.
#[derive(Clone, Debug, Serialize)]
pub struct SidebarView {
    /// Title of the section.
    pub title: String,
    /// Its address.
    pub url: String,
    /// A list of [`TreeView`]: pages, then sections, each with what lies below it. Three levels at most.
    pub entries: SharedTree,
}

/// A page or section in the tree of a handbook.
#[derive(Clone, Debug, Serialize)]
pub struct TreeView {
    /// Shown title.
    pub title: String,
    /// Its address; equal to the page's own for the page at hand.
    pub url: String,
    /// What lies below it.
    pub children: Vec<TreeView>,
}

/// A list of [`TreeView`] as the template engine holds it: made once a handbook.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct SharedTree(tera::Value);

impl SharedTree {
    /// Fixes a tree for all pages that show it.
    pub fn new(entries: &[TreeView]) -> Self {
        SharedTree(tera::Value::from_serializable(&entries))
    }
}
