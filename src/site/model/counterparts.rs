//! Where a reader goes on in another language: to the same page, else to the nearest list above it, else home.

use crate::site::model::{PageIndex, SectionIndex, Site, TaxonomyIndex, TermIndex};

/// What the reader looks at.
#[derive(Clone, Copy, Debug)]
pub enum Standpoint {
    /// A page of its own.
    Page(PageIndex),
    /// A section's list, or home.
    Section(SectionIndex),
    /// All terms of a taxonomy.
    Taxonomy(TaxonomyIndex),
    /// A term's list.
    Term(TermIndex),
    /// Nothing that is there, in a language.
    Nowhere(usize),
}

/// A standpoint in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterpart<'s> {
    /// Index into the languages of the settings.
    pub language: usize,
    /// As an `href`.
    pub url: &'s str,
    /// The same text, and not merely what is nearest to it.
    pub is_same: bool,
}

impl Site {
    /// A standpoint in every language of the settings, in their order, its own among them; nothing where there is one.
    ///
    /// What a section says itself is not looked at, so that an edit of a text moves no link.
    pub fn counterparts(&self, of: Standpoint) -> impl Iterator<Item = Counterpart<'_>> {
        let n_languages = match self.languages.len() {
            1 => 0,
            n => n,
        };
        (0..n_languages).filter_map(move |language| {
            let (same, nearest) = match of {
                Standpoint::Page(page) => self.page_in(page, language),
                Standpoint::Section(section) => self.section_in(section, language),
                Standpoint::Taxonomy(taxonomy) => self.taxonomy_in(taxonomy, language),
                Standpoint::Term(term) => self.term_in(term, language),
                Standpoint::Nowhere(_) => (None, None),
            };
            let home = || self.languages[language].home.map(|it| &*self[it].url);
            Some(Counterpart {
                language,
                url: same.or(nearest).or_else(home)?,
                is_same: same.is_some(),
            })
        })
    }

    fn page_in(&self, page: PageIndex, language: usize) -> (Option<&str>, Option<&str>) {
        let page_and_group = |it: PageIndex| (&self[it], self[it].translations);
        let (own, group) = page_and_group(page);
        if own.language == language {
            return (Some(&own.url), None);
        }
        let group = group.map_or(&[][..], |it| &self.translations[it as usize]);
        let same = group.iter().find(|it| self[**it].language == language);
        let same = same.map(|it| &*self[*it].url);
        (same, self.list_in(own.section, language))
    }

    fn section_in(&self, index: SectionIndex, language: usize) -> (Option<&str>, Option<&str>) {
        let section = &self[index];
        if section.language == language {
            return (Some(&section.url), None);
        }
        let same = section.page.and_then(|it| self.page_in(it, language).0);
        (same, self.list_in(Some(index), language))
    }

    fn taxonomy_in(&self, index: TaxonomyIndex, language: usize) -> (Option<&str>, Option<&str>) {
        let own = &self[index];
        if own.language == language {
            return (Some(&own.url), None);
        }
        let mut taxonomies = self.taxonomies.iter();
        let other = taxonomies.find(|it| it.language == language && it.name == own.name);
        (None, other.map(|it| &*it.url))
    }

    /// A term is another word in another language as often as not: where there is no equal one, all terms are shown.
    fn term_in(&self, index: TermIndex, language: usize) -> (Option<&str>, Option<&str>) {
        let own = &self[index];
        let taxonomy = &self[own.taxonomy];
        if taxonomy.language == language {
            return (Some(&own.url), None);
        }
        let mut taxonomies = self.taxonomies.iter();
        let other = taxonomies.find(|it| it.language == language && it.name == taxonomy.name);
        let equal = other.and_then(|it| {
            let place = it
                .terms
                .binary_search_by(|it| self[*it].slug.cmp(&own.slug));
            place.ok().map(|place| it.terms[place])
        });
        let list = other.map(|it| &*it.url);
        (None, equal.map(|it| &*self[it].url).or(list))
    }

    /// The nearest section, from this one up, that another language has too and lists something in.
    fn list_in(&self, from: Option<SectionIndex>, language: usize) -> Option<&str> {
        let mut above = std::iter::successors(from, |it| self[*it].parent);
        let found = above.find_map(|it| {
            let folder = self[it].folder.as_str();
            let place = self
                .sections
                .binary_search_by(|it| (it.folder.as_str(), it.language).cmp(&(folder, language)));
            let section = &self.sections[place.ok()?];
            let lists = !section.pages.is_empty() || !section.sections.is_empty();
            lists.then_some(section)
        });
        found.map(|it| &*it.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::TestSite;

    /// One line a language: its address, and `=` where it is the same text.
    fn shown(site: &Site, of: Standpoint) -> String {
        let shown = site.counterparts(of).map(|it| {
            let mark = if it.is_same { "=" } else { "" };
            format!("{mark}{}", it.url)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn readers_get_to_what_is_nearest() {
        let tagged = |tag: &'static str| {
            move |it: &mut crate::site::parse::Document| {
                it.front.terms.insert("tags".into(), vec![tag.into()]);
            }
        };
        let site = TestSite::new("[[languages]]\ncode = \"zh\"\n[[languages]]\ncode = \"de\"")
            .page("guides/a.md", tagged("Rust"))
            .page("guides/a.zh.md", tagged("Rust"))
            .page("guides/b.md", tagged("Only"))
            .pages(&[
                "guides/deep/c.md",
                "notes/d.md",
                "notes/_index.md",
                "notes/_index.zh.md",
            ])
            .clean();
        let page = |path: &str| {
            let path = format!("content/{path}");
            let place = site.pages.iter().position(|it| *it.document.path == *path);
            Standpoint::Page(PageIndex(place.unwrap() as u32))
        };
        let section = |folder: &str, language| {
            let mut sections = site.sections.iter();
            let place = sections.position(|it| it.folder == folder && it.language == language);
            Standpoint::Section(SectionIndex(place.unwrap() as u32))
        };
        let term = |title: &str| {
            let place = site.terms.iter().position(|it| it.title == title);
            Standpoint::Term(TermIndex(place.unwrap() as u32))
        };
        for (of, wanted) in [
            (page("guides/a.md"), "=/guides/a/ =/zh/guides/a/ /de/"),
            (page("guides/a.zh.md"), "=/guides/a/ =/zh/guides/a/ /de/"),
            (page("guides/b.md"), "=/guides/b/ /zh/guides/ /de/"),
            (
                page("guides/deep/c.md"),
                "=/guides/deep/c/ /zh/guides/ /de/",
            ),
            // A list of nothing helps nobody who came from a page.
            (page("notes/d.md"), "=/notes/d/ /zh/ /de/"),
            (section("notes", 0), "=/notes/ =/zh/notes/ /de/"),
            (section("guides", 1), "/guides/ =/zh/guides/ /de/"),
            (section("", 2), "/ /zh/ =/de/"),
            (
                Standpoint::Taxonomy(TaxonomyIndex(0)),
                "=/tags/ /zh/tags/ /de/",
            ),
            (term("Rust"), "=/tags/rust/ /zh/tags/rust/ /de/"),
            (term("Only"), "=/tags/only/ /zh/tags/ /de/"),
            (Standpoint::Nowhere(1), "/ /zh/ /de/"),
        ] {
            assert_eq!(shown(&site, of), wanted);
        }
        let site = TestSite::new("").pages(&["a.md"]).clean();
        assert_eq!(shown(&site, Standpoint::Page(PageIndex(0))), "");
    }
}
