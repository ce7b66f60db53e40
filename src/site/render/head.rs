//! What the head of each HTML page says: title, description, canonical address, translations, schema.org data.

use crate::config::Language;
use crate::site::model::{Counterpart, PageIndex, PageState, SectionIndex, Standpoint};
use crate::site::render::json_ld;
use crate::site::render::scene::{LanguageScene, Scene};
use crate::site::render::view::{HeadView, LanguageView, PageView, TranslationView};

/// Head of a page of its own.
pub fn of_page(scene: &Scene, index: PageIndex, view: &PageView) -> HeadView {
    let page = &scene.site[index];
    let front = &page.document.front;
    let canonical = front
        .canonical
        .clone()
        .unwrap_or_else(|| view.absolute_url.clone());
    HeadView {
        page_id: Some(view.id.clone()),
        title: titled(&view.title, scene.language_of(index)),
        description: view.description.clone(),
        canonical,
        noindex: front.noindex || page.state != PageState::Live,
        sign_in_url: scene
            .language_of(index)
            .members_url("sign-in", Some(&view.url)),
        og_type: "article",
        image: view.cover.clone(),
        translations: translations(scene, Some(index)),
        languages: languages(scene, page.language, Standpoint::Page(index)),
        json_ld: json_ld::article(scene, index, view),
        published: front.date.map(|at| scene.iso(at)),
        modified: front.updated.or(front.date).map(|at| scene.iso(at)),
    }
}

/// Head of a section's list or of home.
pub fn of_section(scene: &Scene, index: SectionIndex, pager: usize, description: &str) -> HeadView {
    let section = &scene.site[index];
    let language = &scene.languages[section.language];
    let page = section.page;
    let card = page.map(|it| scene.card(it));
    let is_home = section.parent.is_none();
    let hidden = page.is_some_and(|it| scene.site[it].document.front.noindex);
    let title = match (is_home, pager) {
        (true, 1) => language.view.title.clone(),
        _ => titled_page(&section.title, pager, language),
    };
    HeadView {
        page_id: page
            .filter(|_| pager == 1)
            .map(|it| scene.site[it].id.to_string()),
        image: card.and_then(|it| it.cover.clone()),
        translations: if pager == 1 {
            translations(scene, page)
        } else {
            Vec::new()
        },
        languages: languages(scene, section.language, Standpoint::Section(index)),
        json_ld: match is_home {
            true => json_ld::website(&language.view),
            false => json_ld::breadcrumbs_of(scene, index),
        },
        noindex: hidden,
        ..plain(
            scene,
            language,
            title,
            description,
            &pager_url(&section.url, pager),
        )
    }
}

/// Head of anything else; `url` is a site address.
pub fn plain(
    scene: &Scene,
    language: &LanguageScene,
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
        canonical: scene.absolute(url),
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
pub fn titled(title: &str, language: &LanguageScene) -> String {
    let site = &language.view.title;
    match title == site || site.is_empty() {
        true => title.to_owned(),
        false => format!("{title} · {site}"),
    }
}

/// The title of one page of a list, from 1: those behind the first say which they are.
pub fn titled_page(title: &str, pager: usize, language: &LanguageScene) -> String {
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
pub fn translations(scene: &Scene, index: Option<PageIndex>) -> Vec<TranslationView> {
    let site = scene.site;
    let Some(group) = index.and_then(|it| site[it].translations) else {
        return Vec::new();
    };
    let view = |page: &PageIndex| {
        let language = site[*page].language;
        TranslationView {
            language: scene.languages[language].code.clone(),
            name: scene.config.languages[language].name.clone(),
            url: site[*page].url.clone(),
            absolute_url: scene.absolute(&site[*page].url),
            is_current: Some(*page) == index,
        }
    };
    site.translations[group as usize].iter().map(view).collect()
}

/// Where a reader goes on in each language.
pub fn languages(scene: &Scene, current: usize, of: Standpoint) -> Vec<LanguageView> {
    let view = |it: Counterpart| {
        let own = &scene.config.languages[it.language];
        LanguageView {
            language: own.code.clone(),
            name: own.name.clone(),
            url: it.url.to_owned(),
            is_same: it.is_same,
            is_current: it.language == current,
        }
    };
    scene.site.counterparts(of).map(view).collect()
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
    scene: &Scene,
    current: &LanguageScene,
    path: &str,
) -> Vec<TranslationView> {
    if scene.languages.len() < 2 {
        return Vec::new();
    }
    let named = scene.languages.iter().zip(&scene.config.languages);
    let view = |(language, own): (&LanguageScene, &Language)| {
        let url = format!("{}{path}", language.view.home_url);
        TranslationView {
            language: language.code.clone(),
            name: own.name.clone(),
            absolute_url: scene.absolute(&url),
            url,
            is_current: language.code == current.code,
        }
    };
    named.map(view).collect()
}
