//! Values of a head -> our own fields, each checked, with the place of what does not fit.
//!
//! A value of ours with a wrong type is an error; another tool's key that does not fit goes to `extra` unchanged.

use crate::clock::Timestamp;
use crate::diag::{Diagnostic, nearest};
use crate::ids::{Access, TierId};
use crate::site::parse::findings::Findings;
use crate::site::parse::front_matter::head::Head;
use crate::site::parse::front_matter::keys::{self, Field, OURS};
use crate::site::parse::front_matter::node::{Node, Step};
use crate::site::parse::front_matter::{dates, values};
use crate::site::parse::{FrontMatter, ParseSettings};

/// What a head says, before the body has had its word: title and cover are still open.
#[derive(Default)]
pub struct HeadFields {
    /// The title, where the head has one.
    pub title: Option<String>,
    /// The cover's address as written, what it shows, and its byte in the file.
    pub cover: Option<(String, String, usize)>,
    /// `teaser: all`: the page has an access and need not gate anything.
    pub is_all_teaser: bool,
    /// The rest, with neither title nor cover.
    pub front: FrontMatter,
}

/// Reads all keys of a head.
pub fn read(
    node: &Node,
    head: &Head<'_>,
    settings: &ParseSettings,
    findings: &mut Findings<'_>,
) -> HeadFields {
    let Node::Map(entries) = node else {
        return HeadFields::default();
    };
    let mut reader = Reader {
        head,
        settings,
        findings,
        seen: Vec::new(),
        fields: HeadFields::default(),
        tiers: None,
        is_by_tiers: None,
        is_published: true,
        path: Vec::new(),
    };
    // Our names first, so that another tool's name for the same thing cannot take their place.
    for is_ours in [true, false] {
        for (at, (key, value)) in entries.iter().enumerate() {
            if keys::name(key).is_some_and(|it| it.is_ours) == is_ours {
                reader.path = vec![Step::Value(at)];
                reader.entry(key, value, &entries[..at]);
            }
        }
    }
    reader.finish()
}

/// Reads keys one by one.
struct Reader<'r, 'f> {
    head: &'r Head<'r>,
    settings: &'r ParseSettings,
    findings: &'r mut Findings<'f>,
    /// Fields that have their value.
    seen: Vec<Field>,
    fields: HeadFields,
    /// Tiers that may read, as Ghost lists them beside `visibility: tiers`.
    tiers: Option<Vec<String>>,
    /// Byte of `visibility: tiers`.
    is_by_tiers: Option<usize>,
    is_published: bool,
    /// Where the value at hand is.
    path: Vec<Step>,
}

/// A value that is not what its key needs; says what would be.
struct Misfit(&'static str);

impl Reader<'_, '_> {
    fn entry(&mut self, key: &str, value: &Node, before: &[(String, Node)]) {
        if before.iter().any(|(earlier, _)| earlier == key) {
            let at = self.key_place();
            self.warn(|file| Diagnostic::head_key_twice(file, at..at, key));
            return;
        }
        let is_taxonomy = self.settings.taxonomies.iter().any(|it| it == key);
        match keys::name(key) {
            Some(name) => {
                let is_taken = self.seen.contains(&name.field) && name.field != Field::Extra;
                let read = if is_taken {
                    Ok(())
                } else {
                    self.field(name.field, key, value)
                };
                match read {
                    Ok(()) => self.seen.push(name.field),
                    Err(Misfit(wanted)) if name.is_ours => {
                        let at = self.head.place(&self.path);
                        self.warn(|file| Diagnostic::head_wrong_type(file, at..at, key, wanted));
                    }
                    Err(Misfit(_)) => self.keep(key, value),
                }
            }
            None if is_taxonomy => match values::terms(value, false) {
                Some(terms) => self.add_terms(key, terms),
                None => {
                    let at = self.head.place(&self.path);
                    self.warn(|file| Diagnostic::head_wrong_type(file, at..at, key, TERMS));
                }
            },
            None => self.unknown(key, value),
        }
    }

    fn unknown(&mut self, key: &str, value: &Node) {
        let known = OURS.iter().map(|(ours, _)| *ours);
        if let Some(near) = nearest(key, known) {
            let at = self.key_place();
            self.warn(|file| Diagnostic::head_key_unknown(file, at..at, key, near));
        }
        self.keep(key, value);
    }

    fn keep(&mut self, key: &str, value: &Node) {
        let extra = &mut self.fields.front.extra;
        if !extra.contains_key(key) {
            extra.insert(key.into(), value.to_json());
        }
    }

    fn field(&mut self, field: Field, key: &str, value: &Node) -> Result<(), Misfit> {
        let zone = &self.settings.timezone;
        let date = |value: &Node| -> Result<Option<Timestamp>, Misfit> {
            match value {
                Node::Null => Ok(None),
                Node::Text(text) if text.trim().is_empty() => Ok(None),
                Node::Text(text) => dates::parse(text, zone).map(Some).ok_or(Misfit(DATE)),
                _ => Err(Misfit(DATE)),
            }
        };
        let front = &mut self.fields.front;
        match field {
            Field::Title => {
                let raw = self.raw_number(value);
                self.fields.title = raw.or(text(value)?);
            }
            Field::Date => front.date = date(value)?,
            Field::Updated => front.updated = date(value)?,
            Field::PublishAt => front.publish_at = date(value)?,
            Field::ExpiresAt => front.expires_at = date(value)?,
            Field::Published => match value {
                Node::Bool(is_published) => self.is_published = *is_published,
                _ => front.date = front.date.or(date(value)?),
            },
            Field::Status => match text(value)?.as_deref() {
                Some("draft") => front.draft = true,
                Some("published" | "publish" | "scheduled") => {}
                _ => return Err(Misfit("`draft` or `published`")),
            },
            Field::Draft => front.draft = flag(value)?.unwrap_or(false),
            Field::Slug => front.slug = values::slug(value).map_err(Misfit)?,
            Field::Path => {
                (front.path, front.aliases) = {
                    let (path, alias) = values::path(value).map_err(Misfit)?;
                    let aliases = front.aliases.iter().cloned();
                    (path, aliases.chain(alias).collect())
                }
            }
            Field::Aliases => {
                let read = values::aliases(value).map_err(Misfit)?;
                front.aliases.extend(read);
            }
            Field::Description => front.description = text(value)?,
            Field::Summary => front.summary = text(value)?,
            Field::Terms("series") => {
                let (terms, part) = values::series(value).ok_or(Misfit(TERMS))?;
                front.series_part = part.or(front.series_part);
                self.add_terms("series", terms);
            }
            Field::Terms(taxonomy) => {
                // Jekyll and Hexo read `tags: a b` as two tags; `tag: a b` is one.
                let is_split = taxonomy == "tags" && key.ends_with('s');
                let terms = values::terms(value, is_split).ok_or(Misfit(TERMS))?;
                self.add_terms(taxonomy, terms);
            }
            Field::Taxonomies => return self.taxonomies(value),
            Field::SeriesPart => front.series_part = whole(value)?,
            Field::Weight => front.weight = whole(value)?,
            Field::Sticky => front.weight = whole(value)?.map(|it| -it),
            Field::Access => return self.access(value),
            Field::Tiers => self.tiers = Some(values::terms(value, false).ok_or(Misfit(TERMS))?),
            Field::Teaser => match text(value)?.as_deref() {
                Some(word) if word.eq_ignore_ascii_case("all") => self.fields.is_all_teaser = true,
                // Themes of other tools have their picture or text for lists under this name.
                _ => self.keep(key, value),
            },
            Field::Cover => {
                if let Some((address, alt)) = values::cover(value).ok_or(Misfit(COVER))? {
                    let at = self.head.place(&self.path);
                    self.fields.cover = Some((address, alt, at));
                }
            }
            Field::Language => front.language = text(value)?.map(|it| it.replace('_', "-")),
            Field::Comments => front.comments = flag(value)?,
            Field::Scores => return self.scores(value),
            Field::Id => front.id = values::id(value).map_err(Misfit)?,
            Field::Template => front.template = values::template(value).map_err(Misfit)?,
            Field::Canonical => front.canonical = values::canonical(value).map_err(Misfit)?,
            Field::Noindex => front.noindex = flag(value)?.unwrap_or(false),
            Field::Sitemap => front.noindex |= !flag(value)?.unwrap_or(true),
            Field::Toc => front.toc = flag(value)?,
            Field::SortBy => front.sort_by = values::sort_by(value).map_err(Misfit)?,
            Field::Extra => return self.extra(value),
        }
        Ok(())
    }

    /// `1.10` as a title is the author's text and not the number 1.1.
    fn raw_number(&self, value: &Node) -> Option<String> {
        matches!(value, Node::Int(_) | Node::Float(_)).then_some(())?;
        let at = self.head.place(&self.path) - self.head.at;
        let line = self.head.text.get(at..)?.lines().next()?;
        let raw = line.split(" #").next().unwrap_or(line).trim();
        (!raw.is_empty()).then(|| raw.to_string())
    }

    fn add_terms(&mut self, taxonomy: &str, terms: Vec<String>) {
        let terms = match taxonomy {
            "authors" => terms.iter().flat_map(|it| values::names(it)).collect(),
            _ => terms,
        };
        let own = self.fields.front.terms.entry(taxonomy.into()).or_default();
        for term in terms {
            if !own.contains(&term) {
                own.push(term);
            }
        }
    }

    fn taxonomies(&mut self, value: &Node) -> Result<(), Misfit> {
        let Node::Map(entries) = value else {
            return Err(Misfit("a map of taxonomies to lists of terms"));
        };
        for (at, (taxonomy, terms)) in entries.iter().enumerate() {
            match values::terms(terms, false) {
                Some(terms) => self.add_terms(taxonomy, terms),
                None => self.misfit_in(at, taxonomy, TERMS),
            }
        }
        Ok(())
    }

    fn extra(&mut self, value: &Node) -> Result<(), Misfit> {
        match value {
            Node::Null => Ok(()),
            Node::Map(entries) => {
                for (key, value) in entries {
                    self.keep(key, value);
                }
                Ok(())
            }
            _ => Err(Misfit("a map of your own values")),
        }
    }

    fn scores(&mut self, value: &Node) -> Result<(), Misfit> {
        let Node::Map(entries) = value else {
            return Err(Misfit("a map with `expertise` and `practicality`"));
        };
        for (at, (key, value)) in entries.iter().enumerate() {
            let mark = values::mark(value);
            match (key.as_str(), mark) {
                ("expertise", Some(mark)) => self.fields.front.expertise = mark,
                ("practicality", Some(mark)) => self.fields.front.practicality = mark,
                ("expertise" | "practicality", None) => {
                    self.misfit_in(at, key, "a number from 0 to 10")
                }
                _ => {
                    self.path.push(Step::Key(at));
                    let place = self.head.place(&self.path);
                    self.path.pop();
                    let key = key.clone();
                    self.warn(|file| Diagnostic::head_score_unknown(file, place..place, &key));
                }
            }
        }
        Ok(())
    }

    fn misfit_in(&mut self, at: usize, key: &str, wanted: &str) {
        self.path.push(Step::Value(at));
        let place = self.head.place(&self.path);
        self.path.pop();
        self.warn(|file| Diagnostic::head_wrong_type(file, place..place, key, wanted));
    }

    fn access(&mut self, value: &Node) -> Result<(), Misfit> {
        let tiers = match value {
            Node::Null => return Ok(()),
            Node::Text(text) => match self.access_word(text.trim()) {
                Some(access) => {
                    self.fields.front.access = access;
                    return Ok(());
                }
                None if text.trim() == "tiers" => {
                    self.is_by_tiers = Some(self.head.place(&self.path));
                    return Ok(());
                }
                None => {
                    let at = self.head.place(&self.path);
                    let near = self.near_access(text.trim());
                    self.warn(|file| {
                        Diagnostic::access_unknown(file, at..at, text, near.as_deref())
                    });
                    return Ok(());
                }
            },
            Node::Map(entries) => entries
                .iter()
                .find(|(key, _)| key == "tiers")
                .map(|(_, tiers)| tiers),
            list @ Node::List(_) => Some(list),
            _ => None,
        };
        let tiers = tiers
            .and_then(|it| values::terms(it, false))
            .ok_or(Misfit(ACCESS))?;
        self.fields.front.access = self.lowest(&tiers).ok_or(Misfit(ACCESS))?;
        Ok(())
    }

    /// One of the words, `tier:ID`, or the id of a tier of this site by itself.
    fn access_word(&self, text: &str) -> Option<Access> {
        let lower = text.to_ascii_lowercase();
        let word = Access::parse(text).or_else(|| Access::parse(&lower));
        word.or_else(|| {
            let tier = self.settings.tiers.iter().find(|it| it.as_str() == text)?;
            Some(Access::Tier(tier.clone()))
        })
    }

    fn near_access(&self, text: &str) -> Option<String> {
        let tiers = self.settings.tiers.iter().map(TierId::as_str);
        let known = ["public", "members", "paid"].into_iter().chain(tiers);
        nearest(text, known).map(String::from)
    }

    /// Of several tiers the one of the lowest rank, for a higher one may read what it may.
    fn lowest(&self, tiers: &[String]) -> Option<Access> {
        let rank = |tier: &&String| {
            let known = self.settings.tiers.iter();
            known
                .clone()
                .position(|it| it.as_str() == tier.as_str())
                .unwrap_or(usize::MAX)
        };
        TierId::parse(tiers.iter().min_by_key(rank)?).map(Access::Tier)
    }

    fn finish(mut self) -> HeadFields {
        if let Some(at) = self.is_by_tiers {
            match self.tiers.as_ref().and_then(|tiers| self.lowest(tiers)) {
                Some(access) => self.fields.front.access = access,
                None => self.warn(|file| Diagnostic::access_unknown(file, at..at, "tiers", None)),
            }
        }
        let front = &mut self.fields.front;
        front.draft |= !self.is_published;
        front.date = front.date.or(front.publish_at);
        self.fields
    }

    fn key_place(&self) -> usize {
        match self.path.first() {
            Some(Step::Value(at)) => self.head.place(&[Step::Key(*at)]),
            _ => self.head.at,
        }
    }

    fn warn(&mut self, finding: impl FnOnce(&crate::diag::SourceFile) -> Diagnostic) {
        let file = self.findings.file();
        self.findings.push(|| finding(file));
    }
}

const DATE: &str = "a date such as `2026-01-31` or `2026-01-31 08:00:00 +08:00`";
const TERMS: &str = "a list of names";
const COVER: &str = "an address, or a map with `src` and `alt`";
const ACCESS: &str = "`public`, `members`, `paid` or a tier's id";

fn text(value: &Node) -> Result<Option<String>, Misfit> {
    match value {
        Node::Null => Ok(None),
        _ => {
            let text = value.scalar().ok_or(Misfit("text"))?;
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_string()))
        }
    }
}

fn flag(value: &Node) -> Result<Option<bool>, Misfit> {
    match value {
        Node::Null => Ok(None),
        Node::Bool(value) => Ok(Some(*value)),
        Node::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Some(true)),
            "false" | "no" | "off" => Ok(Some(false)),
            "" => Ok(None),
            _ => Err(Misfit("`true` or `false`")),
        },
        _ => Err(Misfit("`true` or `false`")),
    }
}

fn whole(value: &Node) -> Result<Option<i64>, Misfit> {
    match value {
        Node::Null => Ok(None),
        Node::Int(number) => Ok(Some(*number)),
        Node::Text(text) if text.trim().is_empty() => Ok(None),
        Node::Text(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| Misfit("a whole number")),
        _ => Err(Misfit("a whole number")),
    }
}
