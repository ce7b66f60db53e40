//! What readers get who ask for an address that does not exist, by language.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::FingerprintBuilder;
use crate::site::model::{Site, Standpoint, language_folder};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head::{self, titled};
use crate::site::render::{RenderContext, Rendered};

/// The output of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotFound(usize);

/// All of them.
pub fn all(_: &Site, config: &SiteConfig) -> Vec<(String, NotFound)> {
    let file = |language| format!("{}404.html", language_folder(config, language));
    let languages = 0..config.languages.len();
    languages.map(|it| (file(it), NotFound(it))).collect()
}

impl Kind for NotFound {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let builder = known.start(builder, "404", self.0);
        let builder = known.counterparts(builder, Standpoint::Nowhere(self.0));
        known.templates(builder, [Some("404.html")])
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let language = self.0;
        let languages = head::languages(context, language, Standpoint::Nowhere(language));
        let language = &context.languages[language];
        let title = titled(
            &language.text("missing_title", "There is no such page"),
            language,
        );
        let mut head = head::plain(context, language, title, "", &language.view.home_url);
        head.noindex = true;
        head.languages = languages;
        head.sign_in_url = language.members_url("sign-in", None);
        let mut values = language.values();
        values.insert("head", &head);
        context.render("404.html", &values, file)
    }
}
