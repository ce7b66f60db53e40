//! What all outputs share: the site as each language sees it, cards, terms, and the addresses of static files. What
//! each of these is made from stands beside its view.

use crate::clock::Timestamp;
use crate::config::{SignUp, SiteConfig, Tier, language};
use crate::markdown::safe::notice;
use crate::site::cache::Bodies;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Hash};
use crate::site::model::{
    CopiedFiles, FeedFormat, FeedOf, PageIndex, Site, Term, TermIndex, language_folder,
};
use crate::site::parse::{AlertKind, Word};
use crate::site::render::cards::Card;
use crate::site::render::engine::Engine;
use crate::site::render::view::{
    DateView, FeedView, FooterView, LinkView, SidebarView, SiteView, TermRefView, TierView,
};
use crate::site::render::words::DateWords;
use crate::site::render::{Rendered, words};
use crate::site::source::{self, Asset, FileFacts, Theme};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tera::Context;

/// Made once a build, read by every thread.
pub struct RenderContext<'a> {
    /// What is shown.
    pub site: &'a Site,
    /// How it is shown.
    pub config: &'a SiteConfig,
    /// Parsed templates.
    pub engine: Arc<Engine>,
    /// What was found in files that are copied.
    pub files: &'a CopiedFiles,
    /// The text of pages.
    pub bodies: Bodies<'a>,
    /// By language.
    pub languages: Vec<LanguageContext>,
    /// By page; made for those alone that something stale shows.
    pub(super) cards: Vec<OnceLock<Card>>,
    /// By term.
    pub terms: Vec<TermRefView>,
    /// By section; made for roots of handbooks alone.
    pub(super) sidebars: Vec<OnceLock<SidebarView>>,
}

/// What is the same on every page of one language.
pub struct LanguageContext {
    /// BCP 47.
    pub code: String,
    /// `site`.
    pub view: SiteView,
    texts: Arc<BTreeMap<String, String>>,
    /// `site` and `t`.
    values: Context,
}

impl LanguageContext {
    /// An interface text, or what the build says itself where the theme has none.
    pub fn text(&self, key: &str, english: &str) -> String {
        self.texts
            .get(key)
            .map_or(english, String::as_str)
            .to_owned()
    }

    /// How the language file writes dates.
    fn date_words(&self) -> DateWords<'_> {
        let text = |key| self.texts.get(key).map(String::as_str);
        DateWords {
            form: text("date"),
            months: text("months"),
        }
    }

    /// A members' page such as `sign-in`, which leads on to `next`, a site address.
    pub fn members_url(&self, name: &str, next: Option<&str>) -> String {
        let home = &self.view.home_url;
        let encoded = |it| utf8_percent_encode(it, NON_ALPHANUMERIC);
        let query = next.map(|it| format!("?next={}", encoded(it)));
        format!("{home}members/{name}/{}", query.unwrap_or_default())
    }

    /// A word that stands in a body.
    pub fn word(&self, word: Word) -> &str {
        let (key, english) = match word {
            Word::Code => ("code", "Code"),
            Word::Table => ("table", "Table"),
            Word::Alert(AlertKind::Note) => ("alert_note", "Note"),
            Word::Alert(AlertKind::Tip) => ("alert_tip", "Tip"),
            Word::Alert(AlertKind::Important) => ("alert_important", "Important"),
            Word::Alert(AlertKind::Warning) => ("alert_warning", "Warning"),
            Word::Alert(AlertKind::Caution) => ("alert_caution", "Caution"),
        };
        self.texts.get(key).map_or(english, String::as_str)
    }

    /// Names that every template gets.
    pub fn values(&self) -> Context {
        self.values.clone()
    }
}

impl<'a> RenderContext<'a> {
    /// Everything but the cards, which are made as they are wanted. Text is read as it is rendered.
    pub fn new(
        (site, theme, files): (&'a Site, &Theme, &'a CopiedFiles),
        config: &'a SiteConfig,
        bodies: Bodies<'a>,
        engine: Arc<Engine>,
    ) -> Self {
        let assets = versions(site, config, files);
        let languages = (0..config.languages.len())
            .map(|language| language_context(site, config, theme, &assets, language))
            .collect();
        let terms = (0..site.terms.len() as u32)
            .map(|index| term_ref(site, TermIndex(index)))
            .collect();
        RenderContext {
            site,
            config,
            engine,
            files,
            bodies,
            languages,
            cards: site.pages.iter().map(|_| OnceLock::new()).collect(),
            terms,
            sidebars: site.sections.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Renders a template that shows no gated part; `file` is the output, for errors.
    pub fn render<'r>(
        &self,
        template: &str,
        values: &Context,
        file: &str,
    ) -> Result<Rendered<'r>, BuildError> {
        let text = self.engine.render(template, values, file)?;
        Ok(Rendered::text(text))
    }

    /// By language: what stands in the place of a part that cannot be read; see
    /// [`Manifest::unavailable`](crate::manifest::Manifest::unavailable).
    pub fn unavailable(&self) -> Result<BTreeMap<String, String>, BuildError> {
        let html = self.languages.iter().map(|language| {
            let (template, values) = ("unavailable.html", language.values());
            let html = self.engine.render(template, &values, "the manifest")?;
            Ok((language.code.clone(), html.trim().to_owned()))
        });
        html.collect()
    }

    /// The language of a page.
    pub fn language_of(&self, page: PageIndex) -> &LanguageContext {
        &self.languages[self.site[page].language]
    }

    /// A site address as the world sees it; what is absolute already stays.
    pub fn absolute(&self, url: &str) -> String {
        match url.starts_with('/') && !url.starts_with("//") {
            true => format!("{}{url}", self.config.base_url.origin()),
            false => url.to_owned(),
        }
    }

    /// A date in the site's time zone and a language.
    pub fn date(&self, at: Timestamp, language: &str) -> DateView {
        let own = self.languages.iter().find(|it| it.code == language);
        let own = own.map(LanguageContext::date_words).unwrap_or_default();
        words::date(at, &self.config.timezone, language, own)
    }

    /// RFC 3339 in the site's time zone.
    pub fn iso(&self, at: Timestamp) -> String {
        words::iso(at, &self.config.timezone)
    }
}

/// `site` of one language.
fn language_context(
    site: &Site,
    config: &SiteConfig,
    theme: &Theme,
    assets: &BTreeMap<String, String>,
    language: usize,
) -> LanguageContext {
    let own = &config.languages[language];
    let texts = theme.texts.get(&own.code).cloned().unwrap_or_default();
    let base_path = config.base_url.path();
    let folder = language_folder(config, language);
    let menu = site.languages[language].menu.iter().map(|it| LinkView {
        title: it.title.clone(),
        url: it.url.clone(),
    });
    let taxonomies = site.taxonomies.iter().filter(|it| it.language == language);
    let view = SiteView {
        title: own.title.clone(),
        description: own.description.clone(),
        base_url: config.base_url.as_str().into(),
        base_path: base_path.into(),
        home_url: format!("{base_path}{folder}"),
        member_cookie: config.base_url.member_cookie(),
        language: own.code.clone(),
        menu: menu.collect(),
        direction: language::direction(&own.code),
        timezone: config.timezone.iana_name().unwrap_or("UTC").into(),
        feeds: match site.has_feed(FeedOf::Language(language)) {
            true => feeds(config, &own.title, &config.base_url.join(&folder)),
            false => Vec::new(),
        },
        taxonomies: taxonomies
            .map(|it| LinkView {
                title: taxonomy_title(&texts, &it.name),
                url: it.url.clone(),
            })
            .collect(),
        tiers: config
            .tiers
            .iter()
            .map(|it| tier(it, &texts, &own.code))
            .collect(),
        assets: assets.clone(),
        has_accounts: site.has_accounts(config),
        can_join: config.edge.members.sign_up == SignUp::Open,
        shows_scores: config.edge.scores.shown,
        how_to_pay: notice(config.text_in(&config.how_to_pay, language), base_path),
        footer: footer(site, config, language),
        extra: theme.extra.clone(),
    };
    let mut values = Context::new();
    values.insert("site", &view);
    values.insert("t", &*texts);
    LanguageContext {
        code: own.code.clone(),
        view,
        texts,
        values,
    }
}

/// What [`language_context`] is made from besides the settings, the words of the language and the addresses of static
/// files.
pub fn language_sources(site: &Site, config: &SiteConfig, language: usize) -> Hash {
    let own = &site.languages[language];
    let taxonomies = site.taxonomies.iter().filter(|it| it.language == language);
    FingerprintBuilder::empty()
        .all(own.menu.iter(), |builder, it| {
            builder.text(&it.title).text(&it.url)
        })
        .text(&format!("{:?}", own.footer))
        .all(own.home.iter(), |builder, it| builder.text(&site[*it].url))
        .flag(site.has_accounts(config))
        .flag(site.has_feed(FeedOf::Language(language)))
        .all(taxonomies, |builder, it| {
            builder.text(&it.name).text(&it.url)
        })
        .hash()
}

/// What `t` is made from, and every word that the build says itself.
pub fn text_sources(config: &SiteConfig, theme: &Theme, language: usize) -> Hash {
    let texts = theme.texts.get(&config.languages[language].code);
    let texts = texts.iter().flat_map(|it| it.iter());
    let builder = FingerprintBuilder::empty();
    builder
        .all(texts, |builder, (key, text)| builder.text(key).text(text))
        .hash()
}

/// What `[footer]` says in one language.
fn footer(site: &Site, config: &SiteConfig, language: usize) -> FooterView {
    let links = site.languages[language].footer.clone();
    let given = &config.footer;
    FooterView {
        contact: links.contact,
        terms: links.terms,
        privacy: links.privacy,
        imprint: links.imprint,
        copyright: config.text_in(&given.copyright, language).to_owned(),
        icp: given.icp.clone(),
        police_code: given.police.chars().filter(char::is_ascii_digit).collect(),
        police: given.police.clone(),
    }
}

/// Feeds that lie in the folder `url`, which is absolute and ends with `/`.
pub fn feeds(config: &SiteConfig, title: &str, url: &str) -> Vec<FeedView> {
    FeedFormat::wanted(config)
        .map(|format| {
            let (name, content_type) = match format {
                FeedFormat::Atom => ("Atom", "application/atom+xml"),
                FeedFormat::Rss => ("RSS", "application/rss+xml"),
                FeedFormat::Json => ("JSON Feed", "application/feed+json"),
            };
            FeedView {
                title: format!("{title} ({name})"),
                url: format!("{url}{}", format.file()),
                content_type,
            }
        })
        .collect()
}

/// Shown name of a taxonomy: the theme's text, else its key.
pub fn taxonomy_title(texts: &BTreeMap<String, String>, name: &str) -> String {
    let text = texts.get(&format!("taxonomy_{name}"));
    text.map_or(name, String::as_str).to_owned()
}

impl LanguageContext {
    /// Shown name of a taxonomy in this language.
    pub fn taxonomy_title(&self, name: &str) -> String {
        taxonomy_title(&self.texts, name)
    }
}

fn tier(tier: &Tier, texts: &BTreeMap<String, String>, language: &str) -> TierView {
    let price = |it: &crate::config::Price| {
        let form = texts.get(words::price_key(it.interval)).map(String::as_str);
        words::price(it, form, language)
    };
    // The settings know one language; the others are said where all interface texts are.
    let said = |what: &str, setting: &String| {
        let key = format!("tier_{}{what}", tier.id);
        texts.get(&key).unwrap_or(setting).clone()
    };
    TierView {
        id: tier.id.to_string(),
        name: said("", &tier.name),
        description: said("_description", &tier.description),
        prices: tier.prices.iter().map(price).collect(),
        local_prices: words::in_one_currency(&tier.prices, language)
            .map(price)
            .collect(),
        is_paid: tier.is_paid(),
        trial_days: tier.trial_days,
    }
}

/// A term as pages name it.
fn term_ref(site: &Site, index: TermIndex) -> TermRefView {
    let term = &site[index];
    TermRefView {
        title: term.title.clone(),
        url: term.url.clone(),
        n_pages: term.pages.len(),
    }
}

/// What [`term_ref`] is made from.
pub fn term_sources(term: &Term) -> Hash {
    FingerprintBuilder::empty()
        .text(&term.title)
        .text(&term.url)
        .number(term.pages.len() as u64)
        .hash()
}

/// Address of each static file, with a version that changes with its content.
fn versions(site: &Site, config: &SiteConfig, files: &CopiedFiles) -> BTreeMap<String, String> {
    let base_path = config.base_url.path();
    let versioned = |(asset, facts): (&Asset, &FileFacts)| {
        let version = source::version(&facts.hash);
        let path = percent_encoding::utf8_percent_encode(&asset.path, PATH);
        (
            asset.path.to_string(),
            format!("{base_path}{path}?v={version}"),
        )
    };
    site.statics
        .iter()
        .zip(&files.statics)
        .map(versioned)
        .collect()
}

/// What may stand in a path as it is: RFC 3986's unreserved characters and `/`.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

#[cfg(test)]
mod tests {
    use crate::config::Tier;
    use crate::ids::TierId;
    use crate::site::render::context::tier;
    use std::collections::BTreeMap;

    #[test]
    fn a_language_has_its_own_words_for_a_tier() {
        let sold = Tier {
            id: TierId::parse("pro").unwrap(),
            name: "Pro".into(),
            rank: 1,
            prices: Vec::new(),
            trial_days: 0,
            description: "Everything.".into(),
        };
        let texts = BTreeMap::from([("tier_pro".to_owned(), "专业版".to_owned())]);
        let view = tier(&sold, &texts, "zh-CN");
        assert_eq!([view.name, view.description], ["专业版", "Everything."]);
        let view = tier(&sold, &BTreeMap::new(), "en");
        assert_eq!(view.name, "Pro");
    }
}
