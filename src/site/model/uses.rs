//! Who uses each file beside pages: links, and every other way in which a text names a file.
//!
//! Entry point: [`find`]. What public text names is public, and so is what a public file names in turn. A gated part that
//! names a file says who may read it; it never makes a file public or private, so that gated text changes no public byte.

use crate::config::SiteConfig;
use crate::ids::Access;
use crate::site::model::gates::Gates;
use crate::site::model::identity::Named;
use crate::site::model::links::LinkIndex;
use crate::site::model::placed::Placed;
use crate::site::model::selection::Hidden;
use crate::site::model::viewpoint::Viewpoint;
use crate::site::model::{AssetIndex, Destination, Files, Target};
use crate::site::parse::{Document, mentions_in, mentions_in_words, without_template_comments};
use serde_json::Value;
use std::collections::BTreeSet;

/// Who was seen to use an asset.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Public text, or the settings list it as public.
    pub is_public: bool,
    /// Gated parts of pages that are built.
    pub gated: BTreeSet<Access>,
    /// A page that is not built.
    pub is_hidden: bool,
}

impl Uses {
    /// Adds who uses a file that uses this one; tells whether that is news.
    fn add(&mut self, of: &Uses) -> bool {
        let n_before = self.gated.len();
        let is_new = of.is_public && !self.is_public;
        self.is_public |= of.is_public;
        self.gated.extend(of.gated.iter().cloned());
        is_new || self.gated.len() > n_before
    }
}

/// All that is known when links have been resolved.
pub struct Known<'a, 'b> {
    /// Where everything lies.
    pub link_index: &'a LinkIndex<'b>,
    /// Pages.
    pub placed: &'a [Placed],
    /// Their links, in the same order.
    pub links: &'a [Vec<Target>],
    /// Documents that are no pages.
    pub hidden: &'a [(Named, Hidden)],
    /// Themes and copied files.
    pub files: Files<'a>,
    /// Settings.
    pub config: &'a SiteConfig,
}

/// Who uses each asset, in the order of the book's.
pub fn find(known: &Known, gates: &Gates) -> Vec<Uses> {
    let assets = known.link_index.assets();
    let mut uses = vec![Uses::default(); assets.len()];
    if uses.is_empty() {
        return uses;
    }
    for (used, placed) in uses.iter_mut().zip(assets) {
        let asset = placed.asset;
        used.is_public = !asset.is_suspect && known.config.publish.lists(&asset.origin);
    }
    by_links(known, &mut uses);
    by_hidden(known, &mut uses);
    // Without private text every file is public that no hidden page uses, whatever names it.
    if !gates.is_empty() {
        by_mentions(known, &mut uses);
        by_site(known, &mut uses);
        by_files(known, &mut uses);
    }
    uses
}

/// A gated link counts for the parts in which it stands; one that stands in none, for nobody.
fn by_links(known: &Known, uses: &mut [Uses]) {
    for (page, targets) in known.placed.iter().zip(known.links) {
        let document = &page.named.document;
        for (target, link) in targets.iter().zip(&document.links) {
            if let Destination::Asset(asset) = target.to {
                let used = &mut uses[asset.0 as usize];
                used.is_public |= !link.is_gated;
                used.is_hidden |= link.is_gated;
            }
        }
        for gate in &document.gates {
            let targets = gate.links.iter().filter_map(|it| targets.get(*it as usize));
            for target in targets {
                if let Destination::Asset(asset) = target.to {
                    uses[asset.0 as usize].gated.insert(gate.access.clone());
                }
            }
        }
    }
}

/// Whatever a page that is not built names in any way.
fn by_hidden(known: &Known, uses: &mut [Uses]) {
    let link_index = known.link_index;
    for (named, _) in known.hidden {
        let document = &named.document;
        let mut found = Vec::new();
        for link in &document.links {
            if let Destination::Asset(asset) = link_index.resolve(named, None, link).0.to {
                found.push(asset);
            }
            found.extend(link_index.candidates(named, link));
        }
        let view = Viewpoint::of_document(named);
        let gated = document.gates.iter().flat_map(|it| &it.mentions);
        for text in document.mentions.iter().chain(gated) {
            found.extend(view.asset(link_index, text));
        }
        each_value(document, &mut |text| {
            found.extend(view.asset(link_index, text))
        });
        for asset in found {
            uses[asset.0 as usize].is_hidden = true;
        }
    }
}

/// Names of files in the text of pages. The free values of a head are public text where the page's own access is public;
/// of other pages it cannot be told whether a template shows them.
fn by_mentions(known: &Known, uses: &mut [Uses]) {
    for page in known.placed {
        let document = &page.named.document;
        let view = Viewpoint::of_page(page);
        let find = |text: &str| view.asset(known.link_index, text);
        let mut public: Vec<AssetIndex> =
            document.mentions.iter().filter_map(|it| find(it)).collect();
        if !document.front.access.is_gated() {
            each_value(document, &mut |text| public.extend(find(text)));
        }
        for asset in public {
            uses[asset.0 as usize].is_public = true;
        }
        for gate in &document.gates {
            for asset in gate.mentions.iter().filter_map(|it| find(it)) {
                uses[asset.0 as usize].gated.insert(gate.access.clone());
            }
        }
    }
}

/// What the settings, the theme and static files name.
fn by_site(known: &Known, uses: &mut [Uses]) {
    let (root, theme) = (Viewpoint::root(), known.files.theme);
    let mut note = |text: &str, view: &Viewpoint| {
        if let Some(asset) = view.asset(known.link_index, text) {
            uses[asset.0 as usize].is_public = true;
        }
    };
    for value in known.config.extra.values().chain(theme.extra.values()) {
        each_text(value, &mut |text| note(text, &root));
    }
    for item in &known.config.menu {
        note(&item.url, &root);
    }
    for template in theme.templates.values() {
        let text = without_template_comments(&template.text);
        mentions_in(&text).for_each(|text| note(text, &root));
    }
    for text in theme.texts.values().flat_map(|it| it.values()) {
        mentions_in_words(text).for_each(|text| note(text, &root));
    }
    for asset in known.link_index.statics() {
        let view = Viewpoint::of_static(&asset.path);
        let found = known.files.texts.of(&asset.origin);
        found.for_each(|text| note(text, &view));
    }
}

/// What files beside pages name, and what those name in turn: whoever may read the one may read the other.
fn by_files(known: &Known, uses: &mut [Uses]) {
    let assets = known.link_index.assets();
    let mut rest: Vec<usize> = (0..assets.len()).collect();
    while let Some(place) = rest.pop() {
        let own = uses[place].clone();
        if !own.is_public && own.gated.is_empty() {
            continue;
        }
        let placed = &assets[place];
        let view = Viewpoint::of_asset(&placed.source, &placed.path);
        let texts = known.files.texts.of(&placed.asset.origin);
        for found in texts.filter_map(|it| view.asset(known.link_index, it)) {
            let found = found.0 as usize;
            if found != place && uses[found].add(&own) {
                rest.push(found);
            }
        }
    }
}

fn each_value(document: &Document, note: &mut impl FnMut(&str)) {
    let values = document.front.extra.values();
    values.for_each(|it| each_text(it, note));
}

fn each_text(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => {
            note(text);
            mentions_in_words(text).for_each(&mut *note);
        }
        Value::Array(items) => items.iter().for_each(|it| each_text(it, note)),
        Value::Object(map) => map.values().for_each(|it| each_text(it, note)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
