//! Translations that say nothing of who may read them, while another language of the same text keeps it back.

use crate::diag::Diagnostic;
use crate::site::model::identity::{Named, place_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Documents that say nothing of who may read them, while another language of the same text is gated, or nobody can
/// tell whether it is; each with a finding. What is nobody's gate may be a forgotten one: a translation that is meant
/// to be open says so, with an `access` of its own. `unread` are files without a document, which may be originals.
pub fn left_open(
    all: &[Named],
    unread: &[Arc<str>],
    findings: &mut Vec<Diagnostic>,
) -> BTreeSet<usize> {
    let is_alone = |it: &Named| it.language == 0 && it.stranger.is_none();
    if all.iter().all(is_alone) {
        return BTreeSet::new();
    }
    let read: BTreeSet<&str> = all
        .iter()
        .filter(|it| is_alone(it))
        .map(|it| it.place.as_str())
        .collect();
    let unread = unread.iter().map(|it| (place_of_file(it), &**it));
    let unread: BTreeMap<String, &str> = unread
        .filter(|(place, _)| !read.contains(place.as_str()))
        .collect();
    let mut open: BTreeMap<usize, &str> = BTreeMap::new();
    for group in groups(all, Named::text)
        .into_iter()
        .chain(groups(all, |it| &it.place))
    {
        for at in &group {
            let others = group.iter().filter(|it| *it != at).map(|it| &all[*it]);
            let mut others = others.filter(|it| is_other_language(it, &all[*at]));
            let original = &all[group[0]];
            if let Some(other) = others.find(|it| is_stricter(it, &all[*at], original)) {
                open.entry(*at).or_insert(&other.document.path);
            }
        }
    }
    for (at, named) in all.iter().enumerate().filter(|(_, it)| !is_alone(it)) {
        if let Some(original) = unread.get(&named.place) {
            open.entry(at).or_insert(original);
        }
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

/// The documents that have a key in common, those of the first language first: that is the language of originals.
fn groups<'n>(all: &'n [Named], key: impl Fn(&'n Named) -> &'n str) -> Vec<Vec<usize>> {
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, named) in all.iter().enumerate() {
        by_key.entry(key(named)).or_default().push(at);
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

/// The place of a file that is no document, whatever its endings are.
fn place_of_file(path: &str) -> String {
    let path = path.strip_prefix("content/").unwrap_or(path);
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    place_of(folder, file.split('.').next().unwrap_or_default())
}

/// Whether a text in another language is gated where this one is not, or may be. How many parts markers gate is asked of
/// the original alone: a translation may have more of them, as long as this text has any.
fn is_stricter(other: &Named, own: &Named, original: &Named) -> bool {
    let (theirs, ours) = (&other.document, &own.document);
    let is_original = theirs.path == original.document.path;
    theirs.front.access.is_gated()
        || (is_original && theirs.doubt.is_some())
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
