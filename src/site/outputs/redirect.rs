//! The former address of a page.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::Site;
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head;
use crate::site::render::{RenderContext, Rendered};

/// The output at a former address, by place in [`Site::redirects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Redirect(usize);

/// All of them.
pub fn all(site: &Site, _: &SiteConfig) -> Vec<(String, Redirect)> {
    let all = site.redirects.iter().enumerate();
    all.map(|(index, it)| (it.file.clone(), Redirect(index)))
        .collect()
}

impl Kind for Redirect {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let page = &known.site[known.site.redirects[self.0].to];
        let builder = known.start(builder, "redirect", page.language);
        known
            .templates(builder, [Some("redirect.html")])
            .of(Ingredient::Pages)
            .name(|| page.document.path.to_string())
            .text(&page.url)
            .text(&page.document.front.title)
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let to = context.site.redirects[self.0].to;
        let language = context.language_of(to);
        let page = &context.site[to];
        let title = page.document.front.title.clone();
        let mut head = head::plain(context, language, title, "", &page.url);
        head.noindex = true;
        let mut values = language.values();
        values.insert("head", &head);
        context.render("redirect.html", &values, file)
    }
}
