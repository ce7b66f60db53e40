//! `robots.txt`: robots may read everything but the answers of the API, unless pages lie between its routes.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::FingerprintBuilder;
use crate::site::model::Site;
use crate::site::outputs::{Kind, Sources};
use crate::site::render::{RenderContext, Rendered};

/// The one output of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Robots;

/// It.
pub fn all(_: &Site, _: &SiteConfig) -> Vec<(String, Robots)> {
    vec![("robots.txt".into(), Robots)]
}

/// Folders of routes that hold no page.
fn closed(site: &Site) -> impl Iterator<Item = &'static str> + '_ {
    let folders = ["/api/", "/admin/"].into_iter();
    folders.filter(|it| !site.has_pages_below(it))
}

impl Kind for Robots {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let builder = known.start(builder, "robots", 0);
        builder.all(closed(known.site), FingerprintBuilder::text)
    }

    fn render<'a>(&self, context: &RenderContext<'a>, _: &str) -> Result<Rendered<'a>, BuildError> {
        let base = context.config.base_url.path().trim_end_matches('/');
        let closed = closed(context.site).map(|it| format!("Disallow: {base}{it}\n"));
        // A group needs a rule.
        let rules = match closed.collect::<String>() {
            none if none.is_empty() => "Disallow:\n".into(),
            rules => rules,
        };
        Ok(Rendered::text(format!(
            "User-agent: *\n{rules}Sitemap: {}\n",
            context.config.base_url.join("sitemap.xml")
        )))
    }
}
