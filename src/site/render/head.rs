//! What the heads of HTML pages have in common: title, canonical address, translations.

use crate::config::Language;
use crate::site::model::{Counterpart, PageIndex, Standpoint};
use crate::site::render::view::{HeadView, LanguageView, TranslationView};
use crate::site::render::{LanguageContext, RenderContext};

/// Head of a page with nothing special; `url` is a site address.
pub fn plain(
    context: &RenderContext,
    language: &LanguageContext,
    title: String,
    description: &str,
    url: &str,
) -> HeadView {
    let description = match description {
        "" => language.view.description.clone(),
        own => own.to_owned(),
    };
    HeadView {
        page_id: None,
        title,
        description,
        canonical: context.absolute(url),
        noindex: false,
        sign_in_url: language.members_url("sign-in", Some(url)),
        og_type: "website",
        image: None,
        translations: Vec::new(),
        languages: Vec::new(),
        json_ld: String::new(),
        published: None,
        modified: None,
    }
}

/// A page's title with the site's behind it.
pub fn titled(title: &str, language: &LanguageContext) -> String {
    let site = &language.view.title;
    match title == site || site.is_empty() {
        true => title.to_owned(),
        false => format!("{title} · {site}"),
    }
}

/// The title of one page of a list, from 1: those behind the first say which they are.
pub fn titled_page(title: &str, pager: usize, language: &LanguageContext) -> String {
    let own = match pager {
        1 => title.to_owned(),
        _ => {
            let page = language.text("page_n", "Page {n}");
            format!("{title} · {}", page.replace("{n}", &pager.to_string()))
        }
    };
    match title == language.view.title {
        true => own,
        false => titled(&own, language),
    }
}

/// Address of one page of a list, from 1.
pub fn pager_url(first: &str, pager: usize) -> String {
    match pager {
        1 => first.to_owned(),
        _ => format!("{first}page/{pager}/"),
    }
}

/// A page in all its languages; nothing where it has one.
pub fn translations(context: &RenderContext, index: Option<PageIndex>) -> Vec<TranslationView> {
    let site = context.site;
    let Some(group) = index.and_then(|it| site[it].translations) else {
        return Vec::new();
    };
    let view = |page: &PageIndex| {
        let language = site[*page].language;
        TranslationView {
            language: context.languages[language].code.clone(),
            name: context.config.languages[language].name.clone(),
            url: site[*page].url.clone(),
            absolute_url: context.absolute(&site[*page].url),
            is_current: Some(*page) == index,
        }
    };
    site.translations[group as usize].iter().map(view).collect()
}

/// Where a reader goes on in each language.
pub fn languages(context: &RenderContext, current: usize, of: Standpoint) -> Vec<LanguageView> {
    let view = |it: Counterpart| {
        let own = &context.config.languages[it.language];
        LanguageView {
            language: own.code.clone(),
            name: own.name.clone(),
            url: it.url.to_owned(),
            is_same: it.is_same,
            is_current: it.language == current,
        }
    };
    context.site.counterparts(of).map(view).collect()
}

/// The same for what every language has.
pub fn languages_of(translations: &[TranslationView]) -> Vec<LanguageView> {
    let view = |it: &TranslationView| LanguageView {
        language: it.language.clone(),
        name: it.name.clone(),
        url: it.url.clone(),
        is_same: true,
        is_current: it.is_current,
    };
    translations.iter().map(view).collect()
}

/// A page that every language has at the same place below its home; nothing where there is one language.
pub fn in_all_languages(
    context: &RenderContext,
    current: &LanguageContext,
    path: &str,
) -> Vec<TranslationView> {
    if context.languages.len() < 2 {
        return Vec::new();
    }
    let named = context.languages.iter().zip(&context.config.languages);
    let view = |(language, own): (&LanguageContext, &Language)| {
        let url = format!("{}{path}", language.view.home_url);
        TranslationView {
            language: language.code.clone(),
            name: own.name.clone(),
            absolute_url: context.absolute(&url),
            url,
            is_current: language.code == current.code,
        }
    };
    named.map(view).collect()
}
