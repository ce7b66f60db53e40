//! Names by which wiki links find pages and files: paths, file names anywhere in the site, aliases, titles.
//!
//! Entry point: [`Names::find`]. Letter case, spaces, `_` and Unicode normal form do not matter, unless a name that is
//! spelt exactly so exists. A page in several languages is one page, of which the link gets its own language.

use crate::site::model::address::{join, nfc};
use crate::site::model::identity::{Named, Role, joined};
use crate::site::model::placed::{Occupant, Placed};
use crate::site::model::selection::Hidden;
use crate::site::model::{Destination, PageIndex, Section, SectionIndex};
use crate::site::source::is_markdown;
use percent_encoding::percent_decode_str;
use rapidhash::{HashMapExt, RapidHashMap as HashMap, RapidHashSet as HashSet};

/// By the last step of each name, folded.
pub struct Names<'b> {
    by_last: HashMap<String, Vec<Name<'b>>>,
    /// Pages of the site by what they share with their translations, and their language.
    by_key: HashMap<(&'b str, usize), Occupant>,
}

/// Whether a name says the language of its page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Nothing,
    /// Its first step is the folder of a language.
    Folder,
    /// It ends with one: `start.zh`.
    Suffix,
}

/// What a name belongs to.
#[derive(Clone, Copy)]
struct Of<'o, 'b> {
    place: Occupant,
    folder: &'b str,
    shown: &'o str,
    language: usize,
    key: Option<&'b str>,
    says: Says,
}

/// How a name belongs to its page or file; a lesser one counts more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Path,
    Alias,
    Title,
}

/// One name of a page or file.
struct Name<'b> {
    /// A path below `content/` or `static/` without the extension of a page, an alias or a title.
    text: String,
    folded: String,
    kind: Kind,
    place: Occupant,
    /// The folder of the file.
    folder: &'b str,
    /// What is said of it where several are called so; the same for a page in all its languages.
    shown: String,
    language: usize,
    /// What a page shares with its translations.
    key: Option<&'b str>,
    says: Says,
}

/// What a wiki link means.
pub struct Match {
    /// What lies there.
    pub place: Occupant,
    /// All that it may mean with their paths, itself first. Empty where that is certain.
    pub others: Vec<(Occupant, String)>,
}

impl<'b> Names<'b> {
    /// All names of a site.
    pub fn new(
        placed: &'b [Placed],
        hidden: &'b [(Named, Hidden)],
        sections: &'b [Section],
        files: impl Iterator<Item = (&'b str, Occupant)>,
    ) -> Self {
        let mut names = Names {
            by_last: HashMap::with_capacity(placed.len()),
            by_key: HashMap::with_capacity(placed.len()),
        };
        let mut has_page: HashSet<(&str, usize)> = HashSet::default();
        for (page, at) in placed.iter().zip(0..) {
            let place = Occupant::There(Destination::Page(PageIndex(at)));
            names.document(&page.named, place);
            let key = (page.named.key.as_str(), page.named.language);
            names.by_key.entry(key).or_insert(place);
            if let Role::Section(folder) = &page.named.role {
                has_page.insert((folder, page.named.language));
            }
        }
        for (named, reason) in hidden {
            names.document(named, Occupant::Hidden(*reason));
        }
        for (section, at) in sections.iter().zip(0..) {
            if !section.folder.is_empty()
                && !has_page.contains(&(&section.folder, section.language))
            {
                let place = Occupant::There(Destination::Section(SectionIndex(at)));
                let of = Of {
                    place,
                    folder: folder_of(&section.folder),
                    shown: &section.folder,
                    language: section.language,
                    key: None,
                    says: Says::Nothing,
                };
                names.add(&section.folder, Kind::Path, of);
            }
        }
        for (path, place) in files {
            let of = Of {
                place,
                folder: folder_of(path),
                shown: path,
                language: 0,
                key: None,
                says: Says::Nothing,
            };
            names.add(path, Kind::Path, of);
        }
        names
    }

    fn document(&mut self, named: &'b Named, place: Occupant) {
        let front = &named.document.front;
        let stem = match &named.role {
            Role::Section(folder) => folder.clone(),
            Role::Page { section, .. } => joined(section, &named.name),
        };
        let whole = without_extension(&named.path);
        let of = Of {
            place,
            folder: &named.folder,
            shown: &stem,
            language: named.language,
            key: Some(&named.key),
            says: Says::Nothing,
        };
        if !stem.is_empty() {
            self.add(&stem, Kind::Path, of);
        }
        if whole != stem {
            let says = said(whole, named);
            self.add(whole, Kind::Path, Of { says, ..of });
        }
        for alias in &front.aliases {
            self.add(alias.trim_matches('/'), Kind::Alias, of);
        }
        self.add(&front.title, Kind::Title, of);
    }

    fn add(&mut self, text: &str, kind: Kind, of: Of<'_, 'b>) {
        let text = nfc(text.trim()).into_owned();
        let folded = fold(&text);
        let key = match kind {
            Kind::Title => folded.clone(),
            Kind::Path | Kind::Alias => last_step(&folded).to_owned(),
        };
        let name = Name {
            text,
            folded,
            kind,
            place: of.place,
            folder: of.folder,
            shown: of.shown.to_owned(),
            language: of.language,
            key: of.key,
            says: of.says,
        };
        if !key.is_empty() {
            self.by_last.entry(key).or_default().push(name);
        }
    }

    /// What a target means in a document; otherwise the name that is most like it. A target may be percent-encoded.
    pub fn find(&self, target: &str, named: &Named) -> Result<Match, Option<String>> {
        let decoded = percent_decode_str(target).decode_utf8().ok();
        match (self.find_plain(target, named), decoded) {
            (Err(_), Some(decoded)) if decoded != target => self.find_plain(&decoded, named),
            (found, _) => found,
        }
    }

    fn find_plain(&self, target: &str, named: &Named) -> Result<Match, Option<String>> {
        let target = nfc(target.trim());
        let plain = if is_markdown(&target) {
            without_extension(&target)
        } else {
            &*target
        };
        let (path, is_rooted) = match plain.strip_prefix("@/").or(plain.strip_prefix('/')) {
            Some(rest) => (rest.to_owned(), true),
            None if plain.starts_with("./") || plain.starts_with("../") => {
                (join(&named.folder, plain).ok_or(None)?, true)
            }
            None => (plain.to_owned(), false),
        };
        let path = path.trim_end_matches('/');
        let folded = fold(path);
        let by_title = || self.by_last.get(&folded).into_iter().flatten();
        let by_path = self.by_last.get(last_step(&folded)).into_iter().flatten();
        let found: Vec<&Name> = match folded.contains('/') {
            true => by_path.chain(by_title()).collect(),
            false => by_path.collect(),
        };
        let is_exact = |it: &&&Name| ends_with(&it.text, path, is_rooted);
        let fits = |it: &&&Name| match it.kind {
            Kind::Path => ends_with(&it.folded, &folded, is_rooted),
            Kind::Alias => ends_with(&it.folded, &folded, false),
            Kind::Title => !is_rooted && it.folded == folded,
        };
        let is_there = |it: &&&Name| matches!(it.place, Occupant::There(_));
        let is_of = |kind| move |it: &&&Name| it.kind == kind;
        let fitting: Vec<&Name> = found.iter().filter(fits).copied().collect();
        let live: Vec<&Name> = fitting.iter().filter(is_there).copied().collect();
        let all = if live.is_empty() { fitting } else { live };
        let kinds = [Kind::Path, Kind::Alias, Kind::Title];
        let best = kinds.into_iter().find_map(|kind| {
            let of_kind: Vec<&Name> = all.iter().filter(is_of(kind)).copied().collect();
            let exact: Vec<&Name> = of_kind.iter().filter(is_exact).copied().collect();
            self.choose(if exact.is_empty() { of_kind } else { exact }, path, named)
        });
        best.ok_or_else(|| self.near(path))
    }

    /// The page that a name leads a reader to: in the reader's language, unless the link says another.
    fn own(&self, name: &Name, path: &str, language: usize) -> Occupant {
        let is_said = match name.says {
            Says::Nothing => false,
            Says::Suffix => true,
            Says::Folder => name.folded == fold(path),
        };
        let is_there = matches!(name.place, Occupant::There(_));
        let key = name.key.filter(|_| is_there && !is_said);
        let own = key.and_then(|it| self.by_key.get(&(it, language)));
        own.copied().unwrap_or(name.place)
    }

    /// Whether readers of a language have what a name belongs to in their own; files are in none.
    fn is_readable(&self, name: &Name, language: usize) -> bool {
        let has_own = |key| self.by_key.contains_key(&(key, language));
        name.language == language || name.key.is_none_or(has_own)
    }

    /// Of names that fit alike, the one that a document means: that in its own folder, else the path from the root, else
    /// the nearest; `None` of none.
    fn choose(&self, mut all: Vec<&Name>, path: &str, named: &Named) -> Option<Match> {
        let folded = fold(path);
        let is_near =
            |it: &Name| it.folder == named.folder || it.shown == joined(&named.folder, path);
        let n_shared = |it: &Name| {
            let steps = it.folder.split('/').zip(named.folder.split('/'));
            steps.take_while(|(one, other)| one == other).count()
        };
        all.sort_by_key(|it| {
            let order = (
                !is_near(it),
                !self.is_readable(it, named.language),
                it.folded != folded,
                usize::MAX - n_shared(it),
            );
            (
                order,
                it.text.len(),
                it.shown.as_str(),
                it.language != named.language,
                it.language,
            )
        });
        let best = *all.first()?;
        let mut others: Vec<(Occupant, String)> = Vec::new();
        for it in &all {
            if !others.iter().any(|(_, shown)| *shown == it.shown) {
                others.push((self.own(it, path, named.language), it.shown.clone()));
            }
        }
        let n_near = all
            .iter()
            .filter(|it| is_near(it) && it.shown != best.shown)
            .count();
        if others.len() == 1 || (is_near(best) && n_near == 0) {
            others.clear();
        }
        Some(Match {
            place: self.own(best, path, named.language),
            others,
        })
    }

    /// The name that is most like one that nothing has.
    fn near(&self, path: &str) -> Option<String> {
        let wanted = last_step(path);
        let n_wanted = wanted.chars().count();
        let far = ((n_wanted + 1) / 3).max(1);
        let first = fold(wanted).chars().next();
        let all = self.by_last.iter().filter(|(key, names)| {
            key.chars().next() == first
                && key.chars().count().abs_diff(n_wanted) <= far
                && names
                    .iter()
                    .any(|it| matches!(it.place, Occupant::There(_)))
        });
        let mut keys: Vec<&str> = all.map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        let key = crate::diag::nearest(&fold(wanted), keys)?;
        let names = self.by_last.get(key)?.iter();
        let best = names
            .filter(|it| matches!(it.place, Occupant::There(_)))
            .min_by_key(|it| (it.kind, it.text.len(), &it.text))?;
        Some(match best.kind {
            Kind::Title => best.text.clone(),
            Kind::Path | Kind::Alias => last_step(&best.text).to_owned(),
        })
    }
}

/// How the whole path of a page, without its extension, says its language: `start.zh`, `zh/start`. `guides/index` says none.
fn said(whole: &str, named: &Named) -> Says {
    let last = last_step(whole);
    if last != named.name && last.contains('.') {
        Says::Suffix
    } else if !named.root.is_empty() {
        Says::Folder
    } else {
        Says::Nothing
    }
}

/// Small letters, and `-` for spaces and `_`.
fn fold(text: &str) -> String {
    let dashed = |c: char| {
        if c.is_whitespace() || c == '_' {
            '-'
        } else {
            c
        }
    };
    text.chars()
        .map(dashed)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a path ends with the steps of another one, or is it.
fn ends_with(whole: &str, path: &str, is_rooted: bool) -> bool {
    whole == path
        || (!is_rooted
            && whole
                .strip_suffix(path)
                .is_some_and(|before| before.ends_with('/')))
}

fn last_step(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn without_extension(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => stem,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use crate::site::model::Destination;
    use crate::site::model::testing::{TestSite, link, page};
    use crate::site::parse::LinkKind;

    fn site() -> TestSite {
        TestSite::new("[[languages]]\ncode = \"zh\"")
            .page("oak.md", |it| {
                it.heading_ids = vec!["bark".into(), "old-leaves".into()];
                it.anchors = vec!["bark".into(), "gated-bark".into(), "old-leaves".into()];
            })
            .page("woods/elm.md", |it| {
                it.front.title = "The Elm: a life".into()
            })
            .pages(&["woods/elm.zh.md", "woods/birch.md", "parks/birch.md"])
            .pages(&[
                "parks/Old Yew.md",
                "parks/cafe\u{301}.md",
                "parks/pine/index.md",
            ])
            .page("draft.md", |it| it.front.draft = true)
            .page("parks/lime.md", |it| {
                it.front.aliases = vec!["Linden".into(), "/trees/tilia/".into()]
            })
            .assets(&["woods/leaf.svg", "parks/leaf.svg", "parks/Map.PDF"])
            .statics(&["img/logo.svg"])
    }

    /// The `href` of a wiki link in a page, and the codes and help of its findings.
    fn found(from: &str, target: &str, kind: LinkKind) -> (String, String, String) {
        let (site, findings) = site()
            .page(from, |it| {
                link(it, target);
                it.links[0].kind = kind;
            })
            .build();
        let target = &page(&site, from).links[0];
        let codes: Vec<&str> = findings.iter().map(|it| it.code).collect();
        let said: Vec<String> = findings
            .iter()
            .map(|it| format!("{} {}", it.message, it.help))
            .collect();
        let href = match target.to {
            Destination::Withheld | Destination::Nowhere => "-".to_owned(),
            _ => target.href.clone(),
        };
        (href, codes.join(" "), said.join("\n"))
    }

    #[test]
    fn names_lead_to_pages_and_files() {
        for (target, href, code) in [
            ("oak", "/oak/", ""),
            ("OAK", "/oak/", ""),
            ("oak.md", "/oak/", ""),
            ("elm", "/woods/elm/", ""),
            ("woods/elm", "/woods/elm/", ""),
            ("elm.zh", "/zh/woods/elm/", ""),
            ("Elm.zh.md", "/zh/woods/elm/", ""),
            ("old yew", "/parks/old-yew/", ""),
            ("Old_Yew", "/parks/old-yew/", ""),
            ("caf\u{e9}", "/parks/caf%C3%A9/", ""),
            ("cafe\u{301}", "/parks/caf%C3%A9/", ""),
            ("pine", "/parks/pine/", ""),
            ("pine/index", "/parks/pine/", ""),
            ("parks", "/parks/", ""),
            ("linden", "/parks/lime/", ""),
            ("tilia", "/parks/lime/", ""),
            ("The elm: a life", "/woods/elm/", ""),
            ("map.pdf", "/parks/Map.PDF", ""),
            ("parks/Old%20Yew.md", "/parks/old-yew/", ""),
            ("logo.svg", "/img/logo.svg", ""),
            ("/woods/birch", "/woods/birch/", ""),
            ("./oak", "/oak/", ""),
            ("parks/leaf.svg", "/parks/leaf.svg", ""),
            ("birch", "/parks/birch/", "ambiguous-link"),
            ("leaf.svg", "/parks/leaf.svg", "ambiguous-link"),
            ("draft", "-", "link-to-hidden"),
            ("nowhere", "-", "dead-link"),
            ("/elm", "-", "dead-link"),
            ("../x", "-", "dead-link"),
            ("", "/from/", ""),
            ("oak#Bark", "/oak/#bark", ""),
            ("oak#OLD leaves", "/oak/#old-leaves", ""),
            ("oak#Gated Bark", "/oak/#gated-bark", ""),
            ("oak#Roots", "/oak/#roots", "dead-anchor"),
            ("oak#^a1", "/oak/#^a1", "dead-anchor"),
        ] {
            let (at, codes, said) = found("from.md", target, LinkKind::Wiki);
            assert_eq!(
                (at.as_str(), codes.as_str()),
                (href, code),
                "{target} {said}"
            );
        }
    }

    #[test]
    fn a_page_means_its_neighbours_and_its_language() {
        for (from, target, href) in [
            ("woods/from.md", "birch", "/woods/birch/"),
            ("parks/from.md", "birch", "/parks/birch/"),
            ("parks/from.md", "leaf.svg", "/parks/leaf.svg"),
            ("parks/from.zh.md", "elm", "/zh/woods/elm/"),
            ("parks/from.zh.md", "oak", "/oak/"),
        ] {
            let (at, codes, said) = found(from, target, LinkKind::Wiki);
            assert_eq!(
                (at.as_str(), codes.as_str()),
                (href, ""),
                "{from} {target} {said}"
            );
        }
    }

    #[test]
    fn every_name_of_a_page_leads_to_its_translation() {
        for (from, target, href) in [
            ("b.zh.md", "a", "/zh/a/"),
            ("b.zh.md", "Alpha", "/zh/a/"),
            ("b.zh.md", "alef", "/zh/a/"),
            ("b.zh.md", "a.md", "/zh/a/"),
            ("zh/c.md", "Alpha", "/zh/a/"),
            ("zh/c.md", "alef", "/zh/a/"),
            ("c.md", "甲", "/a/"),
            ("c.md", "a", "/a/"),
            ("c.md", "zh/a", "/zh/a/"),
            ("zh/c.md", "m/x", "/zh/m/x/"),
            ("zh/c.md", "Mix", "/zh/m/x/"),
            ("c.md", "m/x.zh", "/zh/m/x/"),
            ("c.md", "n/index", "/n/"),
            ("zh/c.md", "n/index", "/zh/n/"),
            ("zh/c.md", "only", "/only/"),
            ("zh/c.md", "later", "/later/"),
        ] {
            let (site, findings) = TestSite::new("[[languages]]\ncode = \"zh\"")
                .page("a.md", |it| {
                    it.front.title = "Alpha".into();
                    it.front.aliases = vec!["alef".into()];
                })
                .page("zh/a.md", |it| it.front.title = "甲".into())
                .page("m/x.md", |it| it.front.title = "Mix".into())
                .page("zh/later.md", |it| it.front.draft = true)
                .pages(&[
                    "m/x.zh.md",
                    "n/index.md",
                    "zh/n/index.md",
                    "only.md",
                    "later.md",
                ])
                .page(from, |it| {
                    link(it, target);
                    it.links[0].kind = LinkKind::Wiki;
                })
                .build();
            let found = &page(&site, from).links[0];
            let codes: Vec<&str> = findings.iter().map(|it| it.code).collect();
            assert_eq!(
                (found.href.as_str(), codes.is_empty()),
                (href, true),
                "{from} {target} {codes:?}"
            );
        }
    }

    #[test]
    fn findings_say_what_was_meant() {
        for (target, said) in [
            ("birch", "`parks/birch`, `woods/birch`"),
            ("birch", "`[[/parks/birch]]`"),
            ("okk", "did you mean `[[oak]]`?"),
            ("woods/lindn", "did you mean `[[Linden]]`?"),
            ("logo.svq", "did you mean `[[logo.svg]]`?"),
            ("drafts", "name a file"),
        ] {
            let (.., all) = found("from.md", target, LinkKind::Wiki);
            assert!(all.contains(said), "{target}: {all}");
        }
    }

    #[test]
    fn a_page_is_not_embedded() {
        let (at, codes, _) = found("from.md", "oak", LinkKind::Embed);
        assert_eq!((at.as_str(), codes.as_str()), ("/oak/", "embedded-page"));
        let (at, codes, _) = found("from.md", "logo.svg", LinkKind::Embed);
        assert_eq!((at.as_str(), codes.as_str()), ("/img/logo.svg", ""));
    }
}
