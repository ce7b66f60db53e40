//! The pages of the members' area. The edge and its script fill them.

use crate::config::SiteConfig;
use crate::routes::MEMBERS_PAGES;
use crate::site::error::BuildError;
use crate::site::fingerprint::FingerprintBuilder;
use crate::site::model::{Site, language_folder};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head::{self, titled};
use crate::site::render::{RenderContext, Rendered};
use serde::Serialize;

/// Titles of [`MEMBERS_PAGES`] in English.
const TITLES: [&str; 8] = [
    "Join",
    "Sign in",
    "Look into your mail",
    "Sign in",
    "Confirm your address",
    "Forgotten password",
    "New password",
    "Your account",
];

/// The output of one page in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Members {
    /// Place in [`MEMBERS_PAGES`].
    page: usize,
    language: usize,
}

/// All of them.
pub fn all(_: &Site, config: &SiteConfig) -> Vec<(String, Members)> {
    let mut all = Vec::new();
    for language in 0..config.languages.len() {
        let folder = language_folder(config, language);
        let names = MEMBERS_PAGES.iter().enumerate();
        all.extend(names.map(|(page, name)| {
            let file = format!("{folder}members/{name}/index.html");
            (file, Members { page, language })
        }));
    }
    all
}

impl Kind for Members {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let template = format!("members/{}.html", MEMBERS_PAGES[self.page]);
        let builder = known.start(builder, "members", self.language);
        known.templates(builder.number(self.page as u64), [Some(template.as_str())])
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let index = self.page;
        let language = &context.languages[self.language];
        let name = MEMBERS_PAGES[index];
        let key = format!("members_{}", name.replace('-', "_"));
        let view = MembersPageView {
            name: name.into(),
            title: language.text(&key, TITLES[index]),
        };
        let path = format!("members/{name}/");
        let url = format!("{}{path}", language.view.home_url);
        let mut head = head::plain(context, language, titled(&view.title, language), "", &url);
        head.noindex = true;
        head.sign_in_url = language.members_url("sign-in", None);
        head.translations = head::in_all_languages(context, language, &path);
        head.languages = head::languages_of(&head.translations);
        let mut values = language.values();
        values.insert("head", &head);
        values.insert("members_page", &view);
        context.render(&format!("members/{name}.html"), &values, file)
    }
}

/// A members' page such as sign-in. Name: `members_page`, in `members/NAME.html`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MembersPageView {
    /// `join`, `sign-in`, `check-mail`, `link`, `verify`, `forgot`, `password`, `account`.
    pub name: String,
    /// Shown title.
    pub title: String,
}
