//! Links of documents -> addresses: what each leads to, or the finding that says why it leads nowhere.
//!
//! Entry point: [`Book::resolve`]. A target is looked up as a file first (`a.md`, `@/a.md`, an image beside the page),
//! then as a page without its extension, then as an address. A spelling in wrong letter case is found, and reported.

use crate::config::{BaseUrl, Language, SiteConfig};
use crate::diag::{Diagnostic, Severity};
use crate::routes::{is_members_page, is_route};
use crate::site::model::address::{as_written, href, join, nfc, push_tail};
use crate::site::model::identity::{Named, Role, joined, language_folder};
use crate::site::model::placed::{Occupant, Placed, PlacedAsset};
use crate::site::model::selection::Hidden;
use crate::site::model::taxonomies::Groups;
use crate::site::model::wiki::{Match, Names};
use crate::site::model::{
    AssetIndex, Destination, PageIndex, Redirect, Section, SectionIndex, Target,
};
use crate::site::parse::{Document, Link, LinkKind, text};
use crate::site::source::{Asset, is_markdown};
use rapidhash::{HashMapExt, RapidHashMap as HashMap, RapidHashSet as HashSet};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Everything that a link can lead to.
pub struct LinkIndex<'b> {
    base_path: &'b str,
    /// The same as text, as links have it.
    decoded_base: Cow<'b, str>,
    own_url: &'b BaseUrl,
    /// Prefixes of the languages that have one.
    languages: Vec<&'b str>,
    all_languages: &'b [Language],
    severity: Severity,
    placed: &'b [Placed],
    sections: &'b [Section],
    assets: &'b [PlacedAsset<'b>],
    statics: &'b [Asset],
    /// File names of the assets, to tell quickly what names none.
    asset_names: HashSet<&'b str>,
    /// By path below `content/`.
    files: HashMap<&'b str, Occupant>,
    /// By path below `content/` without extension, index and language; languages in order.
    stems: HashMap<String, Vec<(usize, Occupant)>>,
    /// By folder and language.
    folders: HashMap<(&'b str, usize), SectionIndex>,
    /// By what translations share, and language.
    translations: HashMap<(&'b str, usize), PageIndex>,
    /// By address, with its closing `/`.
    addresses: HashMap<Cow<'b, str>, Occupant>,
    /// Made when the first link fails, for most sites never need it.
    folded: OnceLock<Folded>,
    /// Made when the first link leads nowhere.
    by_name: OnceLock<HashMap<String, Vec<String>>>,
    /// Made for the first wiki link.
    wiki: OnceLock<Names<'b>>,
    /// Which assets are public; not known before all links have been resolved but those by a name that several have.
    public: OnceLock<Vec<bool>>,
    hidden: &'b [(Named, Hidden)],
    hidden_files: &'b [(String, Hidden)],
    /// Names of the same by their first letter; made when the first name is one that nothing has.
    by_letter: OnceLock<HashMap<char, Vec<String>>>,
    anchors: Vec<OnceLock<Anchors<'b>>>,
}

/// Shorter names are like too many others.
const LEAST_NAME: usize = 4;
/// A name that more have tells nothing.
const MAX_NAMESAKES: usize = 50;

/// Anchors of a page that was linked to with one.
struct Anchors<'b> {
    all: HashSet<&'b str>,
    /// Of headings in public text.
    public: HashSet<&'b str>,
    /// The same by letters and digits alone; `None` where two have the same.
    folded: HashMap<String, Option<&'b str>>,
}

/// What the site has, for a [`Book`].
pub struct Known<'b> {
    /// Pages, ascending by id.
    pub placed: &'b [Placed],
    /// Documents that are no pages.
    pub hidden: &'b [(Named, Hidden)],
    /// Sections.
    pub sections: &'b [Section],
    /// Taxonomies and terms.
    pub groups: &'b Groups,
    /// Former addresses.
    pub redirects: &'b [Redirect],
    /// Assets in the order of their addresses.
    pub assets: &'b [PlacedAsset<'b>],
    /// Files of pages and sections that are not built, by path below `content/`.
    pub hidden_files: &'b [(String, Hidden)],
    /// Static files.
    pub statics: &'b [Asset],
}

/// The outcome of a look-up.
enum Found {
    /// There, at this address where it has no place of its own in the site.
    Here(Occupant, String),
    /// There, but spelt so.
    Misspelt(Occupant, String),
    /// Out of `content/`.
    Outside,
    /// Nowhere.
    Nothing,
}

/// Names in small letters, and as they are spelt.
struct Folded {
    files: HashMap<String, String>,
    addresses: HashMap<String, String>,
}

impl<'b> LinkIndex<'b> {
    /// Writes down all that is known.
    pub fn new(known: &Known<'b>, config: &'b SiteConfig, severity: Severity) -> Self {
        let prefixes = config.languages.iter().skip(1);
        let mut link_index = LinkIndex {
            base_path: config.base_url.path(),
            decoded_base: config.base_url.decoded_path(),
            own_url: &config.own_url,
            languages: prefixes.map(|it| it.code.as_str()).collect(),
            all_languages: &config.languages,
            severity,
            placed: known.placed,
            sections: known.sections,
            assets: known.assets,
            statics: known.statics,
            asset_names: known
                .assets
                .iter()
                .map(|it| last_step(&it.source))
                .collect(),
            files: HashMap::with_capacity(known.placed.len() + known.assets.len()),
            stems: HashMap::with_capacity(known.placed.len()),
            folders: HashMap::new(),
            translations: HashMap::with_capacity(known.placed.len()),
            addresses: HashMap::with_capacity(known.placed.len() * 2),
            folded: OnceLock::new(),
            by_name: OnceLock::new(),
            wiki: OnceLock::new(),
            public: OnceLock::new(),
            hidden: known.hidden,
            hidden_files: known.hidden_files,
            by_letter: OnceLock::new(),
            anchors: known.placed.iter().map(|_| OnceLock::new()).collect(),
        };
        link_index.write_pages(known);
        link_index.write_rest(known);
        link_index
    }

    fn write_pages(&mut self, known: &Known<'b>) {
        let mut by_language: Vec<(&Named, Occupant)> = Vec::with_capacity(known.placed.len());
        for (index, page) in known.placed.iter().enumerate() {
            let place = Occupant::There(Destination::Page(PageIndex(index as u32)));
            by_language.push((&page.named, place));
            self.translations.insert(
                (&page.named.key, page.named.language),
                PageIndex(index as u32),
            );
            self.addresses.insert(Cow::Borrowed(&page.path), place);
        }
        by_language.extend(
            known
                .hidden
                .iter()
                .map(|(named, reason)| (named, Occupant::Hidden(*reason))),
        );
        by_language.sort_by_key(|(named, _)| named.language);
        for (named, place) in by_language {
            self.files.insert(&named.path, place);
            let stem = match &named.role {
                Role::Section(folder) => folder.clone(),
                Role::Page { section, .. } => joined(section, &named.name),
            };
            self.stems
                .entry(stem)
                .or_default()
                .push((named.language, place));
        }
    }

    fn write_rest(&mut self, known: &Known<'b>) {
        for (index, section) in known.sections.iter().enumerate() {
            let index = SectionIndex(index as u32);
            let place = Occupant::There(Destination::Section(index));
            self.addresses
                .entry(Cow::Borrowed(&section.path))
                .or_insert(place);
            self.folders
                .insert((&section.folder, section.language), index);
        }
        for (index, asset) in known.assets.iter().enumerate() {
            let place = Occupant::There(Destination::Asset(AssetIndex(index as u32)));
            self.files.insert(&asset.source, place);
            self.addresses.insert(Cow::Borrowed(&asset.path), place);
        }
        for (source, reason) in known.hidden_files {
            let place = Occupant::HiddenFile(*reason);
            self.files.entry(source).or_insert(place);
        }
        for (index, asset) in known.statics.iter().enumerate() {
            let place = Occupant::There(Destination::Static(index as u32));
            self.addresses
                .insert(Cow::Owned(format!("/{}", nfc(&asset.path))), place);
        }
        for redirect in known.redirects {
            let place = Occupant::There(Destination::Page(redirect.to));
            self.addresses
                .entry(Cow::Borrowed(&redirect.path))
                .or_insert(place);
        }
        let groups = known.groups;
        let made = groups
            .taxonomies
            .iter()
            .map(|it| &it.path)
            .chain(groups.terms.iter().map(|it| &it.path));
        for path in made {
            self.addresses
                .entry(Cow::Borrowed(path))
                .or_insert(Occupant::There(Destination::Generated));
        }
    }

    /// The assets, in the order of their indexes.
    pub fn assets(&self) -> &'b [PlacedAsset<'b>] {
        self.assets
    }

    /// The static files that are published.
    pub fn statics(&self) -> &'b [Asset] {
        self.statics
    }

    /// Whether a text may mean an asset: false if it cannot, for no asset has the last step of its path.
    pub fn may_name_asset(&self, text: &str) -> bool {
        let path = text.split(['?', '#']).next().unwrap_or_default().trim();
        let name = last_step(path);
        // What is encoded or may be composed in another way is looked up.
        !name.is_ascii()
            || name.contains('%')
            || self
                .asset_names
                .contains(if name.is_empty() { "index.html" } else { name })
    }

    /// What has exactly this path below `content/`, if it is built.
    pub fn file_at(&self, path: &str) -> Option<Destination> {
        self.files.get(path).and_then(Occupant::built)
    }

    /// What has exactly this address, if it is built.
    pub fn address_at(&self, address: &str) -> Option<Destination> {
        self.addresses.get(address).and_then(Occupant::built)
    }

    /// The path of an absolute address that is the site's own.
    pub fn own_path(&self, address: &str) -> Option<String> {
        self.own_url.path_of(address)
    }

    /// A path from the root of the host, below the base path; `None` where the site lies at that root, or elsewhere.
    pub fn below_base<'t>(&self, target: &'t str) -> Option<&'t str> {
        let below = target.strip_prefix(&*self.decoded_base);
        below.filter(|_| self.base_path != "/")
    }

    /// Where a link of a document leads. `own` is the document's page, where it is one.
    pub fn resolve(
        &self,
        named: &Named,
        own: Option<PageIndex>,
        link: &Link,
    ) -> (Target, Option<Diagnostic>) {
        if matches!(link.kind, LinkKind::Wiki | LinkKind::Embed) {
            return self.resolve_wiki(named, own, link);
        }
        let path = &*named.document.path;
        let target = nfc(link.target.trim());
        if is_elsewhere(&target) {
            return (outside(link, Destination::External), None);
        }
        let found = match own {
            Some(own) if target.is_empty() => {
                Found::Here(Occupant::There(Destination::Page(own)), String::new())
            }
            None if target.is_empty() => return (outside(link, Destination::Nowhere), None),
            _ => self.find(&target, named, own),
        };
        let dead = |finding| (outside(link, Destination::Nowhere), Some(finding));
        let severity = self.severity;
        match found {
            Found::Here(Occupant::There(to), at) => self.lead(link, (to, &at), None, path),
            Found::Misspelt(Occupant::There(to), spelt) => {
                let finding =
                    Diagnostic::misspelt_link(severity, path, link.place, &link.target, &spelt);
                self.lead(link, (to, &spelt), Some(finding), path)
            }
            Found::Here(place, _) | Found::Misspelt(place, _) => self.withheld(path, link, place),
            Found::Outside => dead(Diagnostic::link_outside(
                severity,
                path,
                link.place,
                &link.target,
            )),
            // What the address is made by has a finding of its own.
            Found::Nothing if ["{{<", "{{%", "{%"].iter().any(|it| target.contains(it)) => {
                (outside(link, Destination::Nowhere), None)
            }
            Found::Nothing => {
                let near = self.near(&target, own);
                let is_page = link.kind == LinkKind::Link && !names_file(&target);
                let meant = (link.target.as_str(), is_page);
                dead(Diagnostic::dead_link(
                    severity, path, link.place, meant, near,
                ))
            }
        }
    }

    /// Where a wiki link or an embed leads.
    fn resolve_wiki(
        &self,
        named: &Named,
        own: Option<PageIndex>,
        link: &Link,
    ) -> (Target, Option<Diagnostic>) {
        let (path, severity) = (&*named.document.path, self.severity);
        let nowhere = || outside(link, Destination::Nowhere);
        let (place, finding) = match (link.target.as_str(), own) {
            ("", Some(own)) => (Occupant::There(Destination::Page(own)), None),
            ("", None) => return (nowhere(), None),
            (target, _) => match self.wiki().find(target, named) {
                Ok(Match { place, others }) if others.is_empty() => (place, None),
                Ok(Match { others, .. }) => {
                    let (place, names) = self.sure(others);
                    let about = (target, place.is_some());
                    let finding =
                        Diagnostic::ambiguous_link(severity, path, link.place, about, &names);
                    match place {
                        Some(place) => (place, Some(finding)),
                        None => return (nowhere(), Some(finding)),
                    }
                }
                Err(near) => {
                    let near = near.as_deref();
                    let finding =
                        Diagnostic::dead_wiki_link(severity, path, link.place, target, near);
                    return (nowhere(), Some(finding));
                }
            },
        };
        let Occupant::There(to) = place else {
            return self.withheld(path, link, place);
        };
        let is_page = matches!(to, Destination::Page(_) | Destination::Section(_));
        let embeds = link.kind == LinkKind::Embed && is_page;
        let embed = embeds.then(|| Diagnostic::embedded_page(path, link.place, &link.target));
        // A heading is named by its words, and its anchor is made of them whether or not the page shows it to everyone.
        let anchored = Link {
            fragment: link.fragment.as_deref().map(|heading| match heading {
                block if block.starts_with('^') => block.to_owned(),
                heading => text::anchor(heading),
            }),
            ..link.clone()
        };
        self.lead(&anchored, (to, ""), finding.or(embed), path)
    }

    /// A finding for each reference between double brackets whose label is also the name of a page or file.
    pub fn shadowed(&self, named: &Named) -> impl Iterator<Item = Diagnostic> {
        named.document.shadowed.iter().filter_map(|(label, place)| {
            let found = self.wiki().find(label, named).ok()?;
            let path = &named.document.path;
            matches!(found.place, Occupant::There(_))
                .then(|| Diagnostic::shadowed_link(self.severity, path, *place, label))
        })
    }

    /// A link to what is not published.
    fn withheld(&self, path: &str, link: &Link, place: Occupant) -> (Target, Option<Diagnostic>) {
        let why = match place {
            Occupant::There(_) => return (outside(link, Destination::Nowhere), None),
            Occupant::Hidden(reason) => ("page", why(reason)),
            Occupant::HiddenFile(reason) => ("page or section of the file", why(reason)),
        };
        let target = &link.target;
        let finding = Diagnostic::link_to_hidden(self.severity, path, link.place, target, why);
        (outside(link, Destination::Withheld), Some(finding))
    }

    /// Of all that an ambiguous wiki link may mean, the first that readers have anyway, and the paths of all of them with
    /// that one first. Such a link opens no file: before it is known which files are public, it means none.
    fn sure(&self, all: Vec<(Occupant, String)>) -> (Option<Occupant>, Vec<String>) {
        let is_open = |place: &Occupant| match place {
            Occupant::There(Destination::Asset(asset)) => {
                let public = self.public.get();
                public.is_some_and(|it| it[asset.0 as usize])
            }
            _ => true,
        };
        let sure = all.iter().position(|(place, _)| is_open(place));
        let place = sure.map(|it| all[it].0);
        let mut names: Vec<String> = all.into_iter().map(|(_, name)| name).collect();
        if let Some(sure) = sure {
            names[..=sure].rotate_right(1);
        }
        (place, names)
    }

    /// The files that a wiki link may mean where several are called so. It uses none of them.
    pub fn candidates(&self, named: &Named, link: &Link) -> Vec<AssetIndex> {
        if !matches!(link.kind, LinkKind::Wiki | LinkKind::Embed) || link.target.is_empty() {
            return Vec::new();
        }
        let found = self.wiki().find(&link.target, named);
        let others = found.map(|it| it.others).unwrap_or_default();
        let assets = others.into_iter().filter_map(|(place, _)| match place {
            Occupant::There(Destination::Asset(asset)) => Some(asset),
            _ => None,
        });
        assets.collect()
    }

    /// Says which assets are public, for links by a name that several have.
    pub fn open(&self, public: Vec<bool>) {
        // It is said once, when all other links are resolved.
        let _ = self.public.set(public);
    }

    fn wiki(&self) -> &Names<'b> {
        self.wiki
            .get_or_init(|| Names::new(self.placed, self.hidden, self.sections, self.files()))
    }

    /// Files that are no pages: those beside pages, then static ones; each with its path.
    fn files(&self) -> impl Iterator<Item = (&'b str, Occupant)> {
        let there = |to| Occupant::There(to);
        let assets = self.assets.iter().zip(0..);
        let assets = assets.map(move |(it, at)| {
            (
                it.source.as_str(),
                there(Destination::Asset(AssetIndex(at))),
            )
        });
        let hidden = self.hidden_files.iter();
        let hidden = hidden.map(|(it, reason)| (it.as_str(), Occupant::HiddenFile(*reason)));
        let statics = self.statics.iter().zip(0..);
        assets
            .chain(hidden)
            .chain(statics.map(move |(it, at)| (&*it.path, there(Destination::Static(at)))))
    }

    /// The target of a link that leads somewhere, with a look at its anchor.
    fn lead(
        &self,
        link: &Link,
        (to, at): (Destination, &str),
        finding: Option<Diagnostic>,
        path: &str,
    ) -> (Target, Option<Diagnostic>) {
        let place = match to {
            Destination::Page(page) => Cow::Borrowed(self.placed[page.0 as usize].path.as_str()),
            Destination::Section(section) => {
                Cow::Borrowed(self.sections[section.0 as usize].path.as_str())
            }
            Destination::Asset(asset) => Cow::Borrowed(self.assets[asset.0 as usize].path.as_str()),
            Destination::Static(index) => Cow::Borrowed(&*self.statics[index as usize].path),
            Destination::Generated
            | Destination::External
            | Destination::Withheld
            | Destination::Nowhere => Cow::Borrowed(at),
        };
        let mut href = href(self.base_path, &place);
        let mut fragment = link.fragment.as_deref();
        let mut dead_anchor = None;
        if let (Destination::Page(page), Some(anchor)) = (to, fragment) {
            match self.anchor(page, anchor) {
                Some(found) => fragment = Some(found),
                None => dead_anchor = Some(self.dead_anchor(page, anchor, link, path)),
            }
        }
        push_tail(&mut href, link.query.as_deref(), fragment);
        (Target { href, to }, finding.or(dead_anchor))
    }

    /// An anchor as its page has it; `None` where the page has none like it. Other tools make other anchors of the same
    /// heading (`what-s-new`, `Setup`): letters and digits tell which is meant. That is looked for among public
    /// headings alone, and before what is gated, so that gated text changes no link.
    fn anchor<'l>(&'l self, page: PageIndex, anchor: &'l str) -> Option<&'l str> {
        let anchors = self.anchors[page.0 as usize]
            .get_or_init(|| Anchors::of(&self.placed[page.0 as usize].named.document));
        let composed = nfc(anchor);
        let is_in = |set: &HashSet<&str>| set.contains(anchor) || set.contains(composed.as_ref());
        if anchor.is_empty() || anchor == "top" || is_in(&anchors.public) {
            return Some(anchor);
        }
        let document = &self.placed[page.0 as usize].named.document;
        if document.title_ids.iter().any(|it| **it == *composed) {
            return Some("top");
        }
        let like = anchors.folded.get(&letters(anchor)).copied().flatten();
        like.or_else(|| is_in(&anchors.all).then_some(anchor))
    }

    fn dead_anchor(&self, page: PageIndex, anchor: &str, link: &Link, path: &str) -> Diagnostic {
        let document = &self.placed[page.0 as usize].named.document;
        let near = crate::diag::nearest(anchor, document.anchors.iter().map(|it| &**it));
        Diagnostic::dead_anchor(
            self.severity,
            path,
            link.place,
            (&document.path, anchor),
            near,
        )
    }

    /// Of what has the name of a dead target, the one whose way is most like it, then nearest to the page.
    fn near(&self, target: &str, own: Option<PageIndex>) -> Option<&str> {
        let by_name = self.by_name.get_or_init(|| self.names());
        let own = own.map_or("", |it| self.placed[it.0 as usize].path.as_str());
        let likeness = |it: &String| {
            let (wanted, found) = (bare(target), bare(it));
            let n_last = n_same(wanted.rsplit('/'), found.rsplit('/'));
            (n_last, n_same(own.split('/'), found.split('/')))
        };
        let name = name_of(target);
        let candidates = by_name
            .get(name)
            .or_else(|| by_name.get(self.like(name)?))?;
        if candidates.len() > MAX_NAMESAKES {
            return None;
        }
        let best = candidates.iter().max_by_key(|it| likeness(it))?;
        let n_best = candidates
            .iter()
            .filter(|it| likeness(it) == likeness(best));
        (n_best.count() == 1).then_some(best)
    }

    /// The name of something that a misspelt name may have meant.
    fn like(&self, name: &str) -> Option<&str> {
        let by_letter = self.by_letter.get_or_init(|| {
            let names = self.by_name.get().into_iter().flat_map(|it| it.keys());
            let mut by_letter: HashMap<char, Vec<&str>> = HashMap::new();
            for name in names {
                let first = name.chars().next().unwrap_or_default();
                by_letter.entry(first).or_default().push(name);
            }
            by_letter.values_mut().for_each(|it| it.sort_unstable());
            by_letter
                .into_iter()
                .map(|(first, it)| (first, it.into_iter().map(str::to_owned).collect()))
                .collect()
        });
        let alike = by_letter.get(&name.chars().next()?)?;
        let n_letters = name.chars().count();
        let is_long = |it: &&str| it.chars().count().abs_diff(n_letters) <= 2;
        let alike = alike.iter().map(String::as_str).filter(is_long);
        (n_letters >= LEAST_NAME).then(|| crate::diag::nearest(name, alike))?
    }

    /// Everything that a link can lead to by its name, as a link to it is written.
    fn names(&self) -> HashMap<String, Vec<String>> {
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        let mut addresses: Vec<&str> = self.addresses.keys().map(|it| &**it).collect();
        addresses.sort_unstable();
        for address in addresses {
            let name = name_of(address);
            if !name.is_empty() {
                names
                    .entry(name.to_owned())
                    .or_default()
                    .push(address.to_owned());
            }
        }
        names
    }

    /// Looks a target up that is not empty: beside the file, in the folder of the file's own name, where some tools
    /// keep the pictures of one page, and as an address seen from that of the page.
    fn find(&self, target: &str, named: &Named, own: Option<PageIndex>) -> Found {
        if let Some(rest) = target.strip_prefix("@/") {
            return join("", rest).map_or(Found::Outside, |file| self.file(&file, named.language));
        }
        if target.starts_with('/') {
            return self.absolute(target, named.language);
        }
        let beside = join(&named.folder, target);
        let from_file = beside.map_or(Found::Outside, |it| self.file(&it, named.language));
        if matches!(from_file, Found::Here(..)) {
            return from_file;
        }
        let stem = named
            .path
            .rsplit_once('.')
            .map_or(named.path.as_str(), |(stem, _)| stem);
        if let Some(place) = join(stem, target).and_then(|it| self.files.get(it.as_str())) {
            return Found::Here(*place, String::new());
        }
        let own_path = own.map(|it| self.placed[it.0 as usize].path.as_str());
        let as_address = own_path
            .and_then(|it| join(it, target))
            .map(|it| self.address(&format!("/{it}")));
        match (as_address, from_file) {
            (Some(found @ Found::Here(..)), _) => found,
            (Some(found @ Found::Misspelt(..)), Found::Nothing) => found,
            (_, from_file) => from_file,
        }
    }

    /// A path below `content/`: a file, or a page or section without extension and index, or a folder with an
    /// `index.html`.
    fn file(&self, path: &str, language: usize) -> Found {
        let here = |place| Found::Here(place, String::new());
        if let Some(place) = self.files.get(path) {
            return here(*place);
        }
        // Below the folder of a language, only that language is meant.
        let said = language_folder(path, self.all_languages);
        let (language, stem) = said.unwrap_or((language, path));
        if let Some(places) = self.stems.get(stem) {
            let own = places.iter().find(|(it, _)| *it == language);
            let first = places.first().filter(|_| said.is_none());
            if let Some((_, place)) = own.or(first) {
                return here(*place);
            }
        }
        let first = || self.folders.get(&(stem, 0)).filter(|_| said.is_none());
        let section = self.folders.get(&(stem, language)).or_else(first);
        if let Some(section) = section {
            return here(Occupant::There(Destination::Section(*section)));
        }
        if let Some(place) = self.files.get(format!("{path}/index.html").as_str()) {
            return here(*place);
        }
        let real = self.folded().files.get(&path.to_lowercase());
        real.map_or(Found::Nothing, |real| {
            Found::Misspelt(self.files[real.as_str()], real.clone())
        })
    }

    /// A target from the root: an address with or without the base path, or a file below `content/`.
    fn absolute(&self, target: &str, language: usize) -> Found {
        let mut found = self.address(target);
        let below_base = self.below_base(target);
        if let Some(rest) = below_base
            && !matches!(found, Found::Here(..))
        {
            found = self.address(&format!("/{rest}"));
        }
        if matches!(found, Found::Here(..)) {
            return found;
        }
        match join("", below_base.unwrap_or(target)).map(|it| self.file(&it, language)) {
            None => Found::Outside,
            Some(Found::Nothing) => found,
            Some(file) => file,
        }
    }

    /// An address of the site, with or without its closing `/` or `index.html`; that may be a file beside pages.
    fn address(&self, address: &str) -> Found {
        let plain = address
            .strip_suffix("index.html")
            .filter(|it| it.ends_with('/'))
            .unwrap_or(address);
        let slashed = format!("{}/", plain.trim_end_matches('/'));
        let index = format!("{slashed}index.html");
        for address in [plain, slashed.as_str(), index.as_str()] {
            if let Some(place) = self.addresses.get(address) {
                return Found::Here(*place, address.to_owned());
            }
        }
        if self.is_generated(plain) {
            return Found::Here(Occupant::There(Destination::Generated), plain.to_owned());
        }
        let folded = &self.folded().addresses;
        let real = [plain, slashed.as_str()]
            .into_iter()
            .find_map(|it| folded.get(&it.to_lowercase()));
        real.map_or(Found::Nothing, |real| {
            Found::Misspelt(self.addresses[real.as_str()], real.clone())
        })
    }

    /// Feeds, lists from their second page on, the members' area, and the files for search engines.
    fn is_generated(&self, address: &str) -> bool {
        let (folder, last) = address.rsplit_once('/').unwrap_or(("", address));
        let is_list = |path: &str| self.addresses.contains_key(path);
        match last {
            "atom.xml" | "rss.xml" | "feed.json" => return is_list(&format!("{folder}/")),
            "sitemap.xml" | "robots.txt" | "404.html" => return folder.is_empty(),
            _ => {}
        }
        let languages = || self.languages.iter().copied();
        let is_edge = is_route(address, languages()) || is_members_page(address, languages());
        let is_admin = address.trim_matches('/').split('/').next() == Some("admin");
        let later = address
            .trim_end_matches('/')
            .rsplit_once("/page/")
            .is_some_and(|(list, number)| {
                number.parse::<u32>().is_ok_and(|it| it > 1) && is_list(&format!("{list}/"))
            });
        is_edge || is_admin || later
    }

    /// The `href` of a menu entry in a language: the translation of the page that it names, where there is one.
    /// `None` where it leads nowhere.
    pub fn menu_target(&self, url: &str, language: usize) -> Option<String> {
        if is_elsewhere(url) {
            return Some(url.to_owned());
        }
        let found = match url.strip_prefix("@/") {
            Some(file) => self.file(&nfc(file), language),
            None => self.absolute(&nfc(url), language),
        };
        let Found::Here(Occupant::There(to), at) = found else {
            return None;
        };
        let path = match to {
            Destination::Page(page) => {
                let key = &self.placed[page.0 as usize].named.key;
                let own = self
                    .translations
                    .get(&(key.as_str(), language))
                    .copied()
                    .unwrap_or(page);
                &self.placed[own.0 as usize].path
            }
            Destination::Section(section) => {
                let folder = &self.sections[section.0 as usize].folder;
                let own = self
                    .folders
                    .get(&(folder.as_str(), language))
                    .copied()
                    .unwrap_or(section);
                &self.sections[own.0 as usize].path
            }
            _ => &self.own_list(&at, language).unwrap_or(at),
        };
        Some(href(self.base_path, path))
    }

    /// The address of the same list of terms in a language, where it has one.
    fn own_list(&self, address: &str, language: usize) -> Option<String> {
        let home = self.folders.get(&("", language))?;
        let home = self.sections[home.0 as usize].path.trim_end_matches('/');
        let own = format!("{home}{address}");
        self.addresses.contains_key(own.as_str()).then_some(own)
    }

    fn folded(&self) -> &Folded {
        let fold = |names: &mut dyn Iterator<Item = &str>| {
            let mut folded: HashMap<String, String> = HashMap::new();
            for name in names {
                let real = folded
                    .entry(name.to_lowercase())
                    .or_insert_with(|| name.to_owned());
                // Two names that differ in case alone: the lesser one, whatever the order of the map.
                if name < real.as_str() {
                    *real = name.to_owned();
                }
            }
            folded
        };
        self.folded.get_or_init(|| Folded {
            files: fold(&mut self.files.keys().copied()),
            addresses: fold(&mut self.addresses.keys().map(|it| &**it)),
        })
    }
}

impl<'b> Anchors<'b> {
    fn of(document: &'b Document) -> Self {
        let ids = || document.heading_ids.iter().map(|it| &**it);
        let public: HashSet<&str> = ids().collect();
        let mut folded: HashMap<String, Option<&str>> = HashMap::new();
        for id in ids() {
            folded
                .entry(letters(id))
                .and_modify(|it| *it = None)
                .or_insert(Some(id));
        }
        folded.remove("");
        Anchors {
            all: document.anchors.iter().map(|it| &**it).collect(),
            public,
            folded,
        }
    }
}

/// Letters and digits of an anchor, small.
fn letters(anchor: &str) -> String {
    let kept = anchor.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

fn last_step(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A target without closing `/`, extension of a page, and index.
fn bare(target: &str) -> &str {
    let plain = target.trim_end_matches('/');
    let plain = match plain.rsplit_once('.') {
        Some((stem, ending)) if is_markdown(plain) || matches!(ending, "html" | "htm") => stem,
        _ => plain,
    };
    ["/index", "/_index"]
        .iter()
        .find_map(|it| plain.strip_suffix(it))
        .unwrap_or(plain)
}

/// Whether a target ends with the extension of something that is no page.
fn names_file(target: &str) -> bool {
    let name = bare(target).rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    (2..=5).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn name_of(target: &str) -> &str {
    bare(target).rsplit('/').next().unwrap_or_default()
}

/// How many steps are the same from the first on, whatever their letter case.
fn n_same<'s>(one: impl Iterator<Item = &'s str>, other: impl Iterator<Item = &'s str>) -> usize {
    let pairs = one.zip(other);
    pairs
        .take_while(|(one, other)| one.to_lowercase() == other.to_lowercase())
        .count()
}

/// A link as its author wrote it.
fn outside(link: &Link, to: Destination) -> Target {
    let fragment = link.fragment.as_deref();
    Target {
        href: as_written(link.target.trim(), link.query.as_deref(), fragment),
        to,
    }
}

/// Another host, or a scheme such as `mailto:`.
fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
    target.starts_with("//") || is_scheme
}

fn why(reason: Hidden) -> (&'static str, &'static str) {
    match reason {
        Hidden::Draft => (
            "a draft",
            "publish it by taking `draft` out of its head, or see it with `--drafts`",
        ),
        Hidden::Scheduled => ("not published yet", "see it with `--future`"),
        Hidden::Expired => ("no longer published", "see it with `--expired`"),
        Hidden::Faulty => (
            "left out, for it has an error of its own",
            "mend that error first",
        ),
        Hidden::AddressConflict => (
            "left out, for its address or id is taken or cannot be one",
            "mend that error first",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::Severity;
    use crate::site::model::testing::{TestSite, link, page};

    fn site(more: &str) -> TestSite {
        TestSite::new(&format!("[[languages]]\ncode = \"zh\"\n{more}"))
            .page("guides/start.md", |it| {
                it.anchors = vec![
                    "标题".into(),
                    "one".into(),
                    "20-不同".into(),
                    "gated-one".into(),
                ];
                it.heading_ids = ["标题", "one", "20-不同"].map(Into::into).into();
                it.title_ids = vec!["the-start".into()];
            })
            .pages(&[
                "guides/start.zh.md",
                "guides/_index.md",
                "deep/er/index.md",
                "plain/x.md",
            ])
            .page("guides/a b#1.md", |it| it.front.slug = Some("a".into()))
            .page("draft.md", |it| it.front.draft = true)
            .page("bad.md", |it| it.is_faulty = true)
            .page("tagged.md", |it| {
                it.front.terms.insert("tags".into(), vec!["rust".into()]);
                it.front.aliases = vec!["/old/".into()];
            })
            .assets(&["guides/plan.pdf", "guides/from/pic.png", "Big.PNG"])
            .statics(&["logo.svg"])
    }

    #[test]
    fn a_dead_link_names_what_has_its_name() {
        for (address, near) in [
            ("/guide/start", Some("/guides/start/")),
            ("../plans/plan.pdf", Some("/guides/plan.pdf")),
            ("/er.html", Some("/deep/er/")),
            ("logo.svg", Some("/logo.svg")),
            ("/zh/old/start/", Some("/guides/start/")),
            ("nothing.md", None),
            ("v1.0", None),
        ] {
            let (_, findings) = site("").linking("guides/from.md", &[address]).build();
            let help = &findings[0].help;
            match near {
                Some(near) => assert_eq!(*help, format!("did you mean `{near}`?"), "{address}"),
                None => assert!(help.contains("link to a file"), "{help}"),
            }
        }
        let (_, findings) = site("").linking("guides/from.md", &["no.pdf"]).build();
        assert!(findings[0].help.contains("put the file"), "{findings:?}");
    }

    /// The `href` and the code of the finding of a link from `guides/from.md`.
    fn check(rows: &[(&str, &str, &str)]) {
        for (address, href, code) in rows {
            let (site, findings) = site("").linking("guides/from.md", &[address]).build();
            let target = &page(&site, "guides/from.md").links[0];
            let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
            assert_eq!(
                (target.href.as_str(), codes.join(" ").as_str()),
                (*href, *code),
                "{address} {findings:?}"
            );
            assert_eq!(
                target.to.is_dead(),
                code.contains("dead-link")
                    || code.contains("hidden")
                    || code.contains("outside")
                    || address.contains("{{")
            );
        }
    }

    #[test]
    fn links_lead_to_pages_files_and_lists() {
        check(&[
            ("start.md", "/guides/start/", ""),
            ("./start.md#标题", "/guides/start/#%E6%A0%87%E9%A2%98", ""),
            (
                "start.md#2-0-不同",
                "/guides/start/#20-%E4%B8%8D%E5%90%8C",
                "",
            ),
            ("start.md#One", "/guides/start/#one", ""),
            ("start.md#gated-one", "/guides/start/#gated-one", ""),
            ("start.md#the-start", "/guides/start/#top", ""),
            (
                "start.md#Gated-One",
                "/guides/start/#Gated-One",
                "dead-anchor",
            ),
            (
                "{{< ref \"a.md\" >}}",
                "%7B%7B%3C%20ref%20%22a.md%22%20%3E%7D%7D",
                "",
            ),
            ("start", "/guides/start/", ""),
            ("start.zh.md", "/zh/guides/start/", ""),
            ("a b#1.md", "a%20b#1.md", "dead-link"),
            ("../deep/er/index.md", "/deep/er/", ""),
            ("../deep/er/", "/deep/er/", ""),
            ("../plain", "/plain/", ""),
            ("..", "/", ""),
            ("@/guides/_index.md", "/guides/", ""),
            ("@/plain/x.md", "/plain/x/", ""),
            ("/guides/start.md", "/guides/start/", ""),
            ("/guides/start", "/guides/start/", ""),
            ("/guides/start/index.html", "/guides/start/", ""),
            ("/zh/guides/start/#top", "/zh/guides/start/#top", ""),
            ("../start/", "/guides/start/", ""),
            ("plan.pdf", "/guides/plan.pdf", ""),
            ("pic.png", "/guides/from/pic.png", ""),
            ("/logo.svg", "/logo.svg", ""),
            ("../../logo.svg", "/logo.svg", ""),
            ("/tags/rust/", "/tags/rust/", ""),
            ("/tags/rust/atom.xml", "/tags/rust/atom.xml", ""),
            ("/guides/page/2/", "/guides/page/2/", ""),
            ("/members/join/", "/members/join/", ""),
            ("/zh/members/join/", "/zh/members/join/", ""),
            ("/old/", "/tagged/", ""),
            ("#one", "/guides/from/#one", "dead-anchor"),
            ("", "/guides/from/", ""),
            ("https://example.org/a b", "https://example.org/a%20b", ""),
            ("mailto:a@b.c", "mailto:a@b.c", ""),
        ]);
    }

    #[test]
    fn what_leads_nowhere_is_said() {
        check(&[
            ("nothing.md", "nothing.md", "dead-link"),
            ("../../../etc/passwd", "../../../etc/passwd", "link-outside"),
            ("@/../x.md", "@/../x.md", "link-outside"),
            ("Start.md", "/guides/start/", "misspelt-link"),
            ("../big.png", "/Big.PNG", "misspelt-link"),
            ("/Guides/Start/", "/guides/start/", "misspelt-link"),
            ("start.md#On", "/guides/start/#On", "dead-anchor"),
            ("../draft.md", "../draft.md", "link-to-hidden"),
            ("../bad.md", "../bad.md", "link-to-hidden"),
            ("/nowhere/", "/nowhere/", "dead-link"),
        ]);
    }

    #[test]
    fn check_weighs_dead_links_as_errors_and_names_their_place() {
        let mut site = site("").page("x.md", |it| {
            link(it, "start");
            link(it, "guides/Start.md");
            link(it, "guides/start.md#On");
        });
        site.options.dead_links = Severity::Error;
        let (_, findings) = site.build();
        let shown: Vec<_> = findings
            .iter()
            .map(|it| (it.severity, it.path.as_str(), it.line, it.column))
            .collect();
        assert_eq!(
            shown,
            [1, 2, 3].map(|line| (Severity::Error, "content/x.md", line, 1))
        );
        assert!(
            findings[1].help.contains("guides/start.md") && findings[2].help.contains("#one"),
            "{findings:?}"
        );
    }

    #[test]
    fn names_are_found_in_either_form_of_unicode_and_below_a_base_path() {
        let site = TestSite::new("")
            .pages(&["cafe\u{301}.md"])
            .linking("a.md", &["caf\u{e9}.md", "cafe\u{301}.md"])
            .clean();
        assert!(
            page(&site, "a.md")
                .links
                .iter()
                .all(|it| it.href == "/caf%C3%A9/")
        );
    }
}
