//! Translations that say nothing of who may read them, while another language of the same text keeps it back.

use crate::config::Language;
use crate::diag::Diagnostic;
use crate::site::model::identity::{Named, places_of_file};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tells the address of each document below its language.
pub type Addresses<'a> = &'a dyn Fn(&[Named]) -> Vec<Option<String>>;

/// Documents that say nothing of who may read them, while another language of the same text is gated, or nobody can
/// tell whether it is; each with a finding. What is nobody's gate may be a forgotten one: a translation that is meant
/// to be open says so, with an `access` of its own. `unread` are files without a document, which may be translations.
pub fn left_open(
    all: &[Named],
    unread: &[Arc<str>],
    (languages, addresses): (&[Language], Addresses<'_>),
    findings: &mut Vec<Diagnostic>,
) -> BTreeSet<usize> {
    let is_alone = |it: &Named| it.language == 0 && it.stranger.is_none();
    let is_closed = |it: &Named| {
        let document = &it.document;
        document.front.access.is_gated() || !document.gates.is_empty() || document.doubt.is_some()
    };
    let has_languages = languages.len() > 1 || !all.iter().all(is_alone);
    if !has_languages || (unread.is_empty() && !all.iter().any(is_closed)) {
        return BTreeSet::new();
    }
    let addresses = addresses(all);
    let mut open: BTreeMap<usize, &str> = BTreeMap::new();
    let same_text = groups(all, |_, it| Some(it.text()))
        .into_iter()
        .chain(groups(all, |_, it| Some(&it.place)))
        .chain(groups(all, |at, _| addresses[at].as_deref()))
        .chain(groups(all, |_, it| translation_key(it)));
    for group in same_text {
        for at in &group {
            let others = group.iter().filter(|it| *it != at).map(|it| &all[*it]);
            let mut others = others.filter(|it| is_other_language(it, &all[*at]));
            let original = &all[group[0]];
            if let Some(other) = others.find(|it| is_stricter(it, &all[*at], original)) {
                open.entry(*at).or_insert(&other.document.path);
            }
        }
    }
    for (at, path) in beside_unread(all, unread, languages) {
        open.entry(at).or_insert(path);
    }
    open.retain(|at, _| {
        let document = &all[*at].document;
        !document.front.names_access && !document.is_faulty
    });
    findings.extend(
        open.iter()
            .map(|(at, other)| Diagnostic::translation_left_open(&all[*at].document.path, other)),
    );
    open.into_keys().collect()
}

/// Documents of which a file that is none is another language, with that file. One beside a document of its own language
/// is a former state of that.
fn beside_unread<'n>(
    all: &'n [Named],
    unread: &'n [Arc<str>],
    languages: &[Language],
) -> Vec<(usize, &'n str)> {
    let mut by_place: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, named) in all.iter().enumerate() {
        by_place.entry(&named.place).or_default().push(at);
    }
    let mut found = Vec::new();
    for path in unread {
        for (place, language) in places_of_file(path, languages) {
            let Some(texts) = by_place.get(place.as_str()) else {
                continue;
            };
            let is_own =
                |at: &&usize| all[**at].stranger.is_none() && all[**at].language == language;
            if !texts.iter().any(|at| is_own(&at)) {
                found.extend(texts.iter().map(|at| (*at, &**path)));
            }
        }
    }
    found
}

/// What Hugo's pages have in common with their translations.
fn translation_key(named: &Named) -> Option<&str> {
    let mut keys = named.document.front.extra.iter();
    let is_key = |key: &str| {
        let letters = key.chars().filter(|it| it.is_alphanumeric());
        letters
            .flat_map(char::to_lowercase)
            .eq("translationkey".chars())
    };
    let key = keys.find(|(key, _)| is_key(key));
    key.and_then(|(_, value)| value.as_str())
}

/// The documents that have a key in common, those of the first language first: that is the language of originals.
fn groups<'n>(
    all: &'n [Named],
    key: impl Fn(usize, &'n Named) -> Option<&'n str>,
) -> Vec<Vec<usize>> {
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, named) in all.iter().enumerate() {
        if let Some(key) = key(at, named) {
            by_key.entry(key).or_default().push(at);
        }
    }
    let mut groups: Vec<Vec<usize>> = by_key.into_values().filter(|it| it.len() > 1).collect();
    for group in &mut groups {
        group.sort_by_key(|at| (all[*at].stranger.is_some(), all[*at].language, *at));
    }
    groups
}

fn is_other_language(one: &Named, other: &Named) -> bool {
    one.language != other.language || one.stranger.is_some() || other.stranger.is_some()
}

/// Whether a text in another language is gated where this one is not, or may be. How many parts markers gate is asked of
/// the original alone: a translation may have more of them, as long as this text has any.
fn is_stricter(other: &Named, own: &Named, original: &Named) -> bool {
    let (theirs, ours) = (&other.document, &own.document);
    let is_original = theirs.path == original.document.path;
    theirs.front.access.is_gated()
        || theirs.doubt.is_some()
        || (is_original && theirs.gates.len() > ours.gates.len())
        || (ours.gates.is_empty() && !theirs.gates.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes, gate, paid};
    use crate::site::parse::{Document, Doubt};

    #[test]
    fn a_translation_says_who_may_read_it_where_the_original_does() {
        type Edit = fn(&mut Document);
        let nothing: Edit = |_| {};
        let public: Edit = |it| it.front.names_access = true;
        let unsure: Edit = |it| {
            it.is_faulty = true;
            it.doubt = Some(Doubt::Who);
        };
        let twice: Edit = |it| {
            gate(it);
            gate(it);
        };
        let rows: [(Edit, Edit, Option<&str>); 15] = [
            (nothing, nothing, None),
            (public, nothing, None),
            (paid, nothing, Some("a.zh.md")),
            (paid, gate, Some("a.zh.md")),
            (paid, public, None),
            (paid, paid, None),
            (gate, nothing, Some("a.zh.md")),
            (gate, public, None),
            (gate, gate, None),
            (nothing, gate, Some("a.md")),
            (public, gate, None),
            (gate, twice, None),
            (twice, gate, Some("a.zh.md")),
            (public, twice, None),
            (unsure, nothing, Some("a.zh.md")),
        ];
        for (at, (original, translation, wanted)) in rows.into_iter().enumerate() {
            let (site, findings) = TestSite::new("[[languages]]\ncode = \"zh\"")
                .page("a.md", original)
                .page("a.zh.md", translation)
                .build();
            let wanted = wanted.map(|it| ("translation-left-open", it));
            assert_eq!(codes(&findings), Vec::from_iter(wanted), "{at}");
            let is_shown = |id: &str| site.pages.iter().any(|it| it.id.as_str() == id);
            let is_told = |path: &str| wanted.is_some_and(|it| it.1 == path);
            assert_eq!(is_shown("a.zh"), !is_told("a.zh.md"), "{at}");
            assert!(!is_told("a.md") || !is_shown("a"), "{at}");
        }
        let (_, findings) = TestSite::new("[[languages]]\ncode = \"zh\"")
            .page("a.md", nothing)
            .page("a.zh.md", paid)
            .build();
        assert_eq!(codes(&findings), [("translation-left-open", "a.md")]);
    }

    const THREE: &str =
        "[[languages]]\ncode = \"en\"\n[[languages]]\ncode = \"zh\"\n[[languages]]\ncode = \"fr\"";

    /// Files that are told to be left open, and how many pages there are.
    fn told(site: TestSite) -> (Vec<String>, usize) {
        let (site, findings) = site.build();
        let told = codes(&findings).into_iter();
        let told = told.filter(|it| it.0 == "translation-left-open");
        let told = told.map(|it| it.1.to_owned()).collect();
        (told, site.pages.len())
    }

    #[test]
    fn an_error_in_any_language_keeps_the_others_back() {
        for doubt in [Doubt::Who, Doubt::When] {
            let unsure = |it: &mut Document| {
                it.is_faulty = true;
                it.doubt = Some(doubt);
            };
            for faulty in ["a.zh.md", "zh/a.md", "a_zh.md", "A.zh.md", "zh-a.md"] {
                let site = TestSite::new(THREE).page(faulty, unsure);
                let all = ["a.fr.md", "a.md"].map(str::to_owned).to_vec();
                let found = told(site.pages(&["a.fr.md", "a.md", "b.md"]));
                assert_eq!(found, (all, 1), "{faulty}");
                let public = |it: &mut Document| it.front.names_access = true;
                let site = TestSite::new(THREE).page(faulty, unsure);
                let site = site.page("a.fr.md", public).page("a.md", public);
                assert_eq!(told(site), (vec![], 2), "{faulty}");
            }
        }
        // One whose error leaves nothing open.
        let faulty = TestSite::new(THREE).page("a.zh.md", |it| it.is_faulty = true);
        assert_eq!(told(faulty.pages(&["a.md"])), (vec![], 1));
    }

    #[test]
    fn a_translation_that_is_not_read_keeps_the_others_back() {
        for path in [
            "g/a.zh.mdx",
            "g/a.zh.md.bak",
            "g/a.zh.md",
            "g/a.zh.html",
            "g/A.zh.mdx",
            "g/a_zh.mdx",
            "g/a.cn.md.bak",
            "zh/g/a.mdx",
            "g/zh/a.md.bak",
            "i18n/zh/g/a.mdx",
            "g/2026-01-02-a.zh.mdx",
            "g/a.ja.mdx",
            "g/a.zh.md.bak.1",
        ] {
            for site in [
                TestSite::new(THREE).refused(path),
                TestSite::new(THREE).unread(path),
            ] {
                let found = told(site.pages(&["g/a.md", "g/b.md"]));
                assert_eq!(found, (vec!["g/a.md".to_owned()], 1), "{path}");
            }
        }
        for path in [
            "g/b.zh.mdx",
            "g/a.md.bak",
            "g/a.fr.md.bak",
            "h/a.zh.mdx",
            "g/a-zh-notes.mdx",
        ] {
            let site = TestSite::new(THREE).refused(path);
            let found = told(site.pages(&["g/a.md", "g/a.fr.md"]));
            assert_eq!(found, (vec![], 2), "{path}");
        }
    }

    #[test]
    fn pages_of_a_folder_are_one_text_whatever_they_are_called() {
        for settings in ["", THREE] {
            for (one, other) in [
                ("g/README.md", "g/_index.zh.md"),
                ("g/_index.md", "g/README.zh.md"),
                ("g/index.md", "g/README.zh.md"),
                ("g/README.md", "g/index.zh.md"),
                ("g/index.md", "g/_index.zh.md"),
                ("README.md", "_index.zh.md"),
                ("g/README.md", "g/zh/_index.md"),
                ("g/_index.md", "g/_index_zh.md"),
                ("g/_index.md", "g/README_zh.md"),
                ("g/readme.md", "g/_Index.zh.md"),
                ("g/README.fr.md", "g/_index.zh.md"),
            ] {
                for (gated, open) in [(one, other), (other, one)] {
                    let site = TestSite::new(settings).page(gated, gate);
                    let found = told(site.pages(&[open, "g/x.md"])).0;
                    assert_eq!(found, [open], "{settings} {gated} {open}");
                }
            }
        }
        let site = TestSite::new(THREE).page("g/README.md", gate);
        let found = told(site.pages(&["g/_index.md", "h/_index.zh.md"]));
        assert_eq!(found, (vec![], 3));
    }

    #[test]
    fn names_that_make_one_address_are_one_text() {
        for (one, other) in [
            ("A b.md", "a-b.zh.md"),
            ("a_b.md", "a-b.zh.md"),
            ("a_b.md", "A B.zh.md"),
            ("a__b.md", "a b.zh.md"),
            ("My Guides/a.md", "my-guides/a.zh.md"),
            ("2026-1-2-a.md", "a.zh.md"),
            ("20260102-a.md", "a.zh.md"),
            ("2026.01.02 a.md", "a.zh.md"),
            ("C#.md", "c-sharp.zh.md"),
            ("why?.md", "why.zh.md"),
            ("a.md", "zh_a.md"),
            ("a.md", "zh-a.md"),
            ("A.md", "a_zh.md"),
            ("docs/a.md", "docs-zh/a.md"),
            ("docs/a.md", "docs.zh/a.md"),
            ("docs-fr/a.md", "docs-zh/a.md"),
            ("docs/a.md", "i18n/zh/docs/a.md"),
            ("docs/a.md", "locales/zh/docs/a.md"),
            ("a b/index.md", "a-b.zh.md"),
        ] {
            for (gated, open) in [(one, other), (other, one)] {
                let site = TestSite::new(THREE).page(gated, gate);
                assert_eq!(told(site.pages(&[open])).0, [open], "{gated} {open}");
            }
        }
        for (one, other) in [
            ("a.md", "b.zh.md"),
            ("grammar.md", "japanese-grammar.md"),
            ("chat.md", "it-chat.md"),
            ("docs/a.md", "docs-new/a.md"),
            ("docs/a.md", "i18n/docs/a.md"),
        ] {
            let site = TestSite::new(THREE).page(one, gate);
            assert_eq!(told(site.pages(&[other])), (vec![], 2), "{one} {other}");
        }
    }

    #[test]
    fn heads_that_make_one_address_are_one_text() {
        let slug = |it: &mut Document| it.front.slug = Some("x".into());
        let path = |it: &mut Document| it.front.path = Some("/x/".into());
        let path_zh = |it: &mut Document| it.front.path = Some("/zh/x/".into());
        let key = |name: &'static str| {
            move |it: &mut Document| drop(it.front.extra.insert(name.into(), "k".into()))
        };
        type Edit = Box<dyn Fn(&mut Document)>;
        let rows: Vec<(&str, Edit, &str, Edit)> = vec![
            ("a.md", Box::new(slug), "b.zh.md", Box::new(slug)),
            ("a.md", Box::new(slug), "x.zh.md", Box::new(|_| {})),
            ("a.md", Box::new(path), "b.zh.md", Box::new(path_zh)),
            ("a.md", Box::new(path), "b.zh.md", Box::new(slug)),
            (
                "a.md",
                Box::new(key("translationKey")),
                "b.zh.md",
                Box::new(key("translationKey")),
            ),
            (
                "a.md",
                Box::new(key("translation_key")),
                "c/b.fr.md",
                Box::new(key("translationkey")),
            ),
        ];
        for (at, (one, edit, other, edit_other)) in rows.iter().enumerate() {
            let gated = TestSite::new(THREE).page(one, |it| {
                edit(it);
                gate(it);
            });
            assert_eq!(told(gated.page(other, edit_other)).0, [*other], "{at}");
            let gated = TestSite::new(THREE).page(other, |it| {
                edit_other(it);
                gate(it);
            });
            assert_eq!(told(gated.page(one, edit)).0, [*one], "{at}");
        }
        let sections = TestSite::new(THREE)
            .page("s/_index.md", slug)
            .page("t/_index.zh.md", slug)
            .page("s/a.md", gate);
        assert_eq!(told(sections.pages(&["t/a.zh.md"])).0, ["t/a.zh.md"]);
        // Two pages of one language are two texts.
        let same = TestSite::new(THREE).page("a.md", |it| {
            key("translationKey")(it);
            gate(it);
        });
        assert_eq!(told(same.page("b.md", key("translationKey"))), (vec![], 2));
    }

    #[test]
    fn a_translation_in_a_folder_says_who_may_read_it() {
        for (settings, folder) in [
            ("[[languages]]\ncode = \"zh\"", "zh"),
            ("[[languages]]\ncode = \"zh\"", "cn"),
            ("[[languages]]\ncode = \"zh\"", "fr"),
            ("", "zh"),
            ("", "zh-TW"),
            ("", "cn"),
        ] {
            let path = format!("{folder}/a/b.md");
            let (site, findings) = TestSite::new(settings)
                .page("a/b.md", paid)
                .pages(&[path.as_str()])
                .build();
            let all = codes(&findings);
            assert!(
                all.contains(&("translation-left-open", path.as_str())),
                "{folder} {all:?}"
            );
            assert_eq!(site.pages.len(), 1, "{folder}");
        }
        let (site, findings) = TestSite::new("")
            .page("a.md", paid)
            .pages(&["docs/a.md", "zh/b.md", "api/a.md"])
            .build();
        assert_eq!((site.pages.len(), findings.len()), (4, 0));
        let (_, findings) = TestSite::new("")
            .pages(&["a.md", "zh/a.md", "b.md", "zh/b.md"])
            .build();
        assert_eq!(codes(&findings), [("unknown-language", "zh/a.md")]);
    }

    /// Two languages of one text, of which the first is gated and the second says nothing.
    #[test]
    fn no_language_must_be_the_original() {
        let languages = "[[languages]]\ncode = \"en\"\n[[languages]]\ncode = \"zh\"\n[[languages]]\ncode = \"fr\"";
        for settings in ["", languages] {
            for (gated, open) in [
                ("a.fr.md", "a.md"),
                ("a.fr.md", "zh/a.md"),
                ("fr/only.md", "zh/only.md"),
                ("fr/x/only.md", "zh/x/only.md"),
                ("only.fr.md", "only.zh.md"),
                ("g/a.md", "g/zh/a.md"),
                ("g/zh/a.md", "g/a.md"),
                ("g/fr/a.md", "g/zh/a.md"),
                ("g/A.md", "g/zh/a.md"),
                ("g/x/a.md", "g/cn/x/a.md"),
                ("g/2026-01-02-a.md", "g/zh/a.md"),
                ("g/a/index.md", "g/zh/a.md"),
                ("g/_index.md", "g/zh/_index.md"),
            ] {
                for edit in [gate as fn(&mut Document), paid] {
                    let site = TestSite::new(settings)
                        .page(gated, edit)
                        .pages(&[open, "b.md"]);
                    let all = site.build().1;
                    let found = codes(&all);
                    let is_told = found.contains(&("translation-left-open", open));
                    assert!(is_told, "{settings} {gated} {open} {found:?}");
                    let same = TestSite::new(settings).page(gated, edit).page(open, |it| {
                        edit(it);
                        it.front.names_access = true;
                    });
                    let found = same.build().1;
                    assert!(
                        !codes(&found)
                            .iter()
                            .any(|it| it.0 == "translation-left-open")
                    );
                }
            }
            for (one, other) in [
                ("g/a.md", "g/zh/b.md"),
                ("g/a.md", "h/zh/a.md"),
                ("a.md", "x.zh.md"),
                ("fr/a.md", "zh/b.md"),
            ] {
                let site = TestSite::new(settings).page(one, gate).pages(&[other]);
                let found = site.build().1;
                assert!(
                    !codes(&found)
                        .iter()
                        .any(|it| it.0 == "translation-left-open"),
                    "{one} {other}"
                );
            }
        }
    }

    /// Names that people take for one text in two languages, and originals that are no documents.
    #[test]
    fn a_translation_is_known_by_nearly_the_name() {
        for (original, translation) in [
            ("A.md", "a.zh.md"),
            ("a.md", "A.zh.md"),
            ("2026-01-02-b.md", "b.zh.md"),
            ("b.md", "2026-01-02-b.zh.md"),
            ("c.md", "c_zh.md"),
            ("c.md", "c-zh.md"),
            ("c.md", "c.chinese.md"),
            ("c.md", "c（中文）.md"),
            ("Guides/c.md", "guides/c.zh.md"),
        ] {
            let (site, findings) = TestSite::new("[[languages]]\ncode = \"zh\"")
                .page(original, paid)
                .pages(&[translation])
                .build();
            assert!(
                codes(&findings).contains(&("translation-left-open", translation)),
                "{translation}"
            );
            assert_eq!(site.pages.len(), 1, "{translation}");
        }
        let named = |it: &mut Document| {
            paid(it);
            it.front.id = Some("q".into());
        };
        let site = TestSite::new("[[languages]]\ncode = \"zh\"");
        let (_, findings) = site.page("a.md", named).pages(&["a.zh.md"]).build();
        assert_eq!(codes(&findings), [("translation-left-open", "a.zh.md")]);
        for (refused, is_told) in [("a.mdx", true), ("a.md.bak", true), ("b.mdx", false)] {
            let site = TestSite::new("[[languages]]\ncode = \"zh\"");
            let (site, findings) = site.refused(refused).pages(&["a.zh.md", "c.md"]).build();
            let told = codes(&findings).contains(&("translation-left-open", "a.zh.md"));
            assert_eq!(
                (told, site.pages.len()),
                (is_told, if is_told { 1 } else { 2 }),
                "{refused}"
            );
        }
        for (one, other) in [
            ("a.md", "a-zh-notes.md"),
            ("intro.md", "intro-2.md"),
            ("chat.md", "chat-it.md"),
        ] {
            let site = TestSite::new("[[languages]]\ncode = \"zh\"")
                .page(one, paid)
                .pages(&[other]);
            assert_eq!(site.build().0.pages.len(), 2, "{other}");
        }
        let beside = TestSite::new("[[languages]]\ncode = \"zh\"").refused("a.md.bak");
        assert_eq!(beside.pages(&["a.md", "a.zh.md"]).build().0.pages.len(), 2);
    }

    #[test]
    fn a_suffix_that_is_no_language_keeps_back_too() {
        for suffix in [
            "cn", "jp", "hk", "chs", "eng", "zho", "zhcn", "CN", "us", "han", "x_CN",
        ] {
            let translation = format!("a.{suffix}.md");
            let (site, findings) = TestSite::new("")
                .page("a.md", paid)
                .pages(&[translation.as_str()])
                .build();
            let is_told =
                codes(&findings).contains(&("translation-left-open", translation.as_str()));
            assert!(is_told || suffix == "x_CN", "{suffix}");
            assert_eq!(site.pages.len(), if is_told { 1 } else { 2 }, "{suffix}");
        }
        let (site, findings) = TestSite::new("")
            .pages(&["a.md", "a.old.md", "b.min.md"])
            .build();
        assert_eq!((site.pages.len(), findings.len()), (3, 0));
    }

    #[test]
    fn a_language_that_the_site_lacks_keeps_back_too() {
        let (site, findings) = TestSite::new("")
            .page("a.md", paid)
            .pages(&["a.fa.md", "b.es.md"])
            .build();
        let wanted = [
            ("translation-left-open", "a.fa.md"),
            ("unknown-language", "a.fa.md"),
            ("unknown-language", "b.es.md"),
        ];
        assert_eq!(codes(&findings), wanted);
        assert_eq!(site.pages.len(), 2);
    }
}
