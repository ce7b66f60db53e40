//! What each template reaches, hashed: an output depends on its own templates, and on the static files that these name.

use crate::site::fingerprint::{FingerprintBuilder, Hash, Ingredient};
use crate::site::model::{CopiedFiles, Site};
use crate::site::source::{Reach, Theme};
use std::collections::BTreeMap;
use std::sync::Arc;

/// By name.
#[derive(Clone, Debug)]
pub struct Templates(BTreeMap<String, Reached>);

/// What one template reaches.
#[derive(Clone, Debug)]
struct Reached {
    /// Of the texts of all templates.
    texts: Hash,
    /// Where they stand.
    origins: Vec<Arc<str>>,
    /// Of all static files whose address they know.
    statics: Hash,
    /// Their paths; `None` for any.
    named: Option<Vec<String>>,
}

impl Templates {
    /// Of all that a page or the build may name.
    pub fn new(theme: &Theme, site: &Site, files: &CopiedFiles) -> Self {
        let text = |text: &str| FingerprintBuilder::empty().text(text).hash();
        let texts: BTreeMap<&str, Hash> = theme
            .templates
            .iter()
            .map(|(name, it)| (name.as_str(), text(&it.text)))
            .collect();
        let statics = || site.statics.iter().zip(&files.statics);
        let all = FingerprintBuilder::empty().all(statics(), |builder, (it, facts)| {
            builder.text(&it.path).bytes(&facts.hash)
        });
        let all = all.hash();
        let hash = |path: &str| {
            let found = site.statics.binary_search_by(|it| (*it.path).cmp(path));
            found.ok().map(|it| &files.statics[it].hash)
        };
        let reached = |reach: Reach| {
            let names = reach.templates.iter();
            Reached {
                texts: FingerprintBuilder::empty()
                    .all(names, |builder, it| builder.text(it).bytes(&texts[it]))
                    .hash(),
                origins: reach
                    .templates
                    .iter()
                    .map(|it| Arc::clone(&theme.templates[*it].origin))
                    .collect(),
                statics: match &reach.statics {
                    None => all,
                    Some(paths) => FingerprintBuilder::empty()
                        .all(paths.iter(), |builder, path| {
                            builder
                                .text(path)
                                .all(hash(path).into_iter(), |builder, it| builder.bytes(it))
                        })
                        .hash(),
                },
                named: reach
                    .statics
                    .map(|it| it.into_iter().map(str::to_owned).collect()),
            }
        };
        let reaches = theme.reaches().into_iter();
        let reached = reaches.map(|(name, reach)| (name.to_owned(), reached(reach)));
        Templates(reached.collect())
    }

    /// Adds what a template reaches, or that it is not there.
    pub fn add(&self, builder: FingerprintBuilder, name: &str) -> FingerprintBuilder {
        let builder = builder.of(Ingredient::Templates);
        let Some(reached) = self.0.get(name) else {
            return builder.number(0);
        };
        let origins = reached.origins.iter();
        let builder = origins.fold(builder, |builder, it| builder.name(|| it.to_string()));
        let builder = builder.bytes(&reached.texts).of(Ingredient::StaticFiles);
        let builder = match &reached.named {
            None => builder.name(|| "any".into()),
            Some(named) => named
                .iter()
                .fold(builder, |builder, it| builder.name(|| it.clone())),
        };
        builder.bytes(&reached.statics)
    }
}
