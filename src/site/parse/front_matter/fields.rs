//! Values of a head -> our own fields, each checked, with the place of what does not fit.
//!
//! A value of ours with a wrong type is an error; another tool's key that does not fit goes to `extra` unchanged. What
//! decides who may read a page, or when, is read or is an error, whatever the key is called: see `decisions` for keys
//! that are known, `deciding` for those that are not, and `nested` for those that stand below another key.

use crate::clock::Timestamp;
use crate::diag::{Diagnostic, SourceFile, nearest};
use crate::ids::Access;
use crate::site::parse::findings::Findings;
use crate::site::parse::front_matter::deciding;
use crate::site::parse::front_matter::decisions::{
    Decisions, Disagreement, Refusal, TiersMisfit, decide,
};
use crate::site::parse::front_matter::head::Head;
use crate::site::parse::front_matter::keys::{self, Decides, Field, OURS};
use crate::site::parse::front_matter::node::{Node, Step};
use crate::site::parse::front_matter::{nested, values};
use crate::site::parse::{Doubt, FrontMatter, ParseSettings};
use std::cell::OnceCell;

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
        node,
        written: OnceCell::new(),
        seen: Vec::new(),
        decisions: Decisions::default(),
        refused: Vec::new(),
        fields: HeadFields::default(),
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
    node: &'r Node,
    /// The same with every scalar as text, made when it is wanted.
    written: OnceCell<Node>,
    /// Fields that have their value.
    seen: Vec<Field>,
    decisions: Decisions,
    /// Fields that decide, of which a value cannot be read.
    refused: Vec<Field>,
    fields: HeadFields,
    /// Where the value at hand is.
    path: Vec<Step>,
}

/// Whether a key and its value are another tool's way to write no page: Eleventy's `permalink: false`, Hugo's
/// `build: {render: never}`.
fn keeps_page_back(key: &str, value: &Node) -> bool {
    let is_no = |value: &Node| {
        let words = deciding::words(value);
        let is_always = |it: &String| ["always", "true"].contains(&it.to_lowercase().as_str());
        !words.is_empty() && !words.iter().all(is_always)
    };
    match value {
        Node::Bool(false) => keys::field(key) == Some(Field::Path),
        Node::Map(entries) if ["build", "_build"].contains(&key) => {
            let mut render = entries.iter().filter(|(key, _)| key == "render");
            render.any(|(_, value)| is_no(value))
        }
        _ => false,
    }
}

/// A value that is not what its key needs; says what would be.
struct Misfit(&'static str);

impl Reader<'_, '_> {
    fn entry(&mut self, key: &str, value: &Node, before: &[(String, Node)]) {
        if before.iter().any(|(earlier, _)| earlier == key) {
            self.twice(key);
            return;
        }
        if keeps_page_back(key, value) {
            let at = self.key_place();
            let draft = Decides::Draft;
            self.doubt(draft, |file| {
                Diagnostic::head_key_unread(file, at..at, key, draft.read_from())
            });
            return;
        }
        let is_taxonomy = self.settings.taxonomies.iter().any(|it| it == key);
        match keys::name(key) {
            Some(name) if name.field.decides().is_some() => self.decide(name.field, key, value),
            Some(name) => {
                let is_taken = self.seen.contains(&name.field) && name.field != Field::Extra;
                let read = if is_taken {
                    self.taken(name.field, key, value);
                    Ok(())
                } else {
                    self.field(name.field, key, value)
                };
                match read {
                    Ok(()) => self.seen.push(name.field),
                    Err(Misfit(wanted)) if name.is_ours => self.misfit(key, wanted),
                    Err(Misfit(_)) => self.keep(key, value),
                }
            }
            None if is_taxonomy => match values::terms(&self.written(value), false) {
                Some(terms) => self.add_terms(key, terms, is_text(value)),
                None => self.misfit(key, TERMS),
            },
            None => self.unknown(key, value),
        }
    }

    /// A key for the second time. Of one that decides neither can be believed.
    fn twice(&mut self, key: &str) {
        let at = self.key_place();
        match keys::field(key).and_then(Field::decides) {
            Some(it) => self.doubt(it, |file| Diagnostic::head_decided_twice(file, at..at, key)),
            None => self.find(|file| Diagnostic::head_key_twice(file, at..at, key)),
        }
    }

    /// Another name of a field that has its value: told where it says something else.
    fn taken(&mut self, field: Field, key: &str, value: &Node) {
        let Node::Map(entries) = self.node else {
            return;
        };
        // Ours counts before another tool's, and then the first.
        let named = |it: &&(String, Node)| keys::field(&it.0) == Some(field) && it.0 != key;
        let is_ours = |it: &&(String, Node)| keys::name(&it.0).is_some_and(|it| it.is_ours);
        let ours = entries.iter().filter(named).find(is_ours);
        let first = ours.or_else(|| entries.iter().find(named));
        let is_empty =
            value.scalar().is_some_and(|it| it.trim().is_empty()) || *value == Node::Null;
        if let Some((first, said)) = first
            && said != value
            && !is_empty
        {
            let at = self.key_place();
            self.find(|file| Diagnostic::head_field_twice(file, at..at, key, first));
        }
    }

    fn decide(&mut self, field: Field, key: &str, value: &Node) {
        if field == Field::Status && deciding::is_of_record(value) {
            return self.keep(key, value);
        }
        let at = self.head.place(&self.path);
        let decides = field.decides().unwrap_or(Decides::Date);
        match decide(field, value, self.settings) {
            Ok(decision) => {
                let added = self.decisions.add(field, key, decision);
                self.agree(decides, added);
            }
            Err(Refusal::Misfit(wanted)) => {
                self.refused.push(field);
                self.doubt(decides, |file| {
                    Diagnostic::head_wrong_type(file, at..at, key, wanted)
                });
            }
            Err(Refusal::NoDate(reason)) => {
                self.refused.push(field);
                self.doubt(decides, |file| {
                    Diagnostic::head_no_date(file, at..at, key, &reason)
                });
            }
            Err(Refusal::Nobody(text, near)) => {
                self.refused.push(field);
                self.doubt(decides, |file| {
                    Diagnostic::access_unknown(file, at..at, &text, near.as_deref())
                });
            }
        }
    }

    fn agree(&mut self, decides: Decides, added: Result<(), Disagreement>) {
        if let Err(Disagreement { first, second }) = added {
            let at = self.key_place();
            self.doubt(decides, |file| {
                Diagnostic::head_disagrees(file, at..at, &first, &second)
            });
        }
    }

    fn unknown(&mut self, key: &str, value: &Node) {
        if let Some(meant) = deciding::meant(key, &deciding::words(value), &self.settings.tiers) {
            let at = self.key_place();
            self.doubt(meant.decides, |file| match meant.near {
                Some(near) => Diagnostic::head_key_misspelt(file, at..at, key, near),
                None => Diagnostic::head_key_unread(file, at..at, key, meant.decides.read_from()),
            });
            return;
        }
        if deciding::is_first_day(key) {
            let zone = &self.settings.timezone;
            let day = value.scalar().and_then(|it| super::date(&it, zone));
            let day = day.map(|day| (key.to_owned(), day));
            self.fields.front.first_days.extend(day);
        }
        // `words expires_at: ...` has lost the end of a line.
        let last = key.rsplit_once(' ').map(|(_, last)| last);
        if let Some((last, field)) = last.and_then(|it| Some((it, keys::field(it)?)))
            && let Some(decides) = field.decides()
            && deciding::fits(field, &deciding::words(value), &self.settings.tiers)
        {
            let at = self.key_place();
            self.doubt(decides, |file| {
                Diagnostic::head_key_misspelt(file, at..at, key, last)
            });
            return;
        }
        let known = OURS.iter().map(|(ours, _)| *ours);
        if let Some(near) = nearest(key, known) {
            let at = self.key_place();
            self.find(|file| Diagnostic::head_key_unknown(file, at..at, key, near));
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
        let written = self.written(value);
        let front = &mut self.fields.front;
        match field {
            Field::Title => self.fields.title = text(&written)?,
            Field::Slug => front.slug = values::slug(&written).map_err(Misfit)?,
            Field::Path => {
                // Eleventy's `permalink: false` is no address.
                if let Node::Bool(_) = value {
                    return Err(Misfit("an address below the site's root"));
                }
                (front.path, front.aliases) = {
                    let (path, alias) = values::path(&written).map_err(Misfit)?;
                    let aliases = front.aliases.iter().cloned();
                    (path, aliases.chain(alias).collect())
                }
            }
            Field::Aliases => {
                let read = values::aliases(&written).map_err(Misfit)?;
                front.aliases.extend(read);
            }
            Field::Description => front.description = text(&written)?,
            Field::Summary => front.summary = text(&written)?,
            Field::Terms("series") => {
                let (terms, _) = values::series(&written).ok_or(Misfit(TERMS))?;
                let (_, part) = values::series(value).ok_or(Misfit(TERMS))?;
                front.series_part = part.or(front.series_part);
                self.add_terms("series", terms, true);
            }
            Field::Terms(taxonomy) => {
                // Jekyll and Hexo read `tags: a b` as two tags; `tag: a b` is one.
                let is_split = taxonomy == "tags" && key.ends_with('s');
                let terms = values::terms(&written, is_split).ok_or(Misfit(TERMS))?;
                self.add_terms(taxonomy, terms, is_text(value));
            }
            Field::Taxonomies => return self.taxonomies(&written),
            Field::SeriesPart => front.series_part = whole(value)?,
            Field::Weight => front.weight = whole(value)?,
            Field::Sticky => front.weight = whole(value)?.map(|it| -it),
            Field::Teaser => match text(&written)?.as_deref() {
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
            Field::Id => front.id = values::id(&written).map_err(Misfit)?,
            Field::Template => front.template = values::template(value).map_err(Misfit)?,
            Field::Canonical => front.canonical = values::canonical(value).map_err(Misfit)?,
            // What cannot be read is taken for the narrower of the two.
            Field::Noindex => {
                front.noindex = true;
                front.noindex = flag(value)?.unwrap_or(false);
            }
            Field::Sitemap => front.noindex |= !flag(value)?.unwrap_or(true),
            Field::Toc => front.toc = flag(value)?,
            Field::SortBy => front.sort_by = values::sort_by(value).map_err(Misfit)?,
            Field::Extra => return self.extra(value),
            // Read by `decide`.
            Field::Date
            | Field::Created
            | Field::Updated
            | Field::PublishAt
            | Field::ExpiresAt
            | Field::Published
            | Field::Status
            | Field::Draft
            | Field::Access
            | Field::Tiers => {}
        }
        Ok(())
    }

    /// The value at hand with numbers and flags as they are written: `3.10` is a name and not the number 3.1.
    fn written(&self, value: &Node) -> Node {
        let [Step::Value(at)] = self.path[..] else {
            return value.clone();
        };
        if !value.has_unwritten() {
            return value.clone();
        }
        match self.written.get_or_init(|| self.head.written(self.node)) {
            Node::Map(entries) => entries.get(at).map_or(value, |(_, it)| it).clone(),
            _ => value.clone(),
        }
    }

    /// `is_whole` where the terms are one text and no list.
    fn add_terms(&mut self, taxonomy: &str, terms: Vec<String>, is_whole: bool) {
        let terms = match taxonomy {
            "authors" => terms
                .iter()
                .flat_map(|it| values::names(it, is_whole))
                .collect(),
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
                Some(found) => self.add_terms(taxonomy, found, is_text(terms)),
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
                    self.find(|file| Diagnostic::head_score_unknown(file, place..place, &key));
                }
            }
        }
        Ok(())
    }

    fn misfit(&mut self, key: &str, wanted: &str) {
        let at = self.head.place(&self.path);
        self.find(|file| Diagnostic::head_wrong_type(file, at..at, key, wanted));
    }

    fn misfit_in(&mut self, at: usize, key: &str, wanted: &str) {
        self.path.push(Step::Value(at));
        self.misfit(key, wanted);
        self.path.pop();
    }

    /// What was decided, and what cannot be.
    /// Jekyll's `excerpt_separator`, on a page whose teaser would end at it.
    fn foreign_divider(&mut self) {
        let Node::Map(entries) = self.node else {
            return;
        };
        let is_other = |value: &Node| {
            let text = value.scalar().unwrap_or_default().to_lowercase();
            text.split_whitespace().collect::<String>() != "<!--more-->"
        };
        let mut named = entries
            .iter()
            .filter(|(key, _)| keys::fold(key) == "excerptseparator");
        let found = named.find(|(_, value)| is_other(value));
        if let Some((key, _)) = found.filter(|_| self.fields.front.access.is_gated()) {
            let at = self.place_of(key);
            self.doubt(Decides::Access, |file| {
                Diagnostic::head_key_unread(file, at..at, key, "<!-- more -->")
            });
        }
    }

    fn finish(mut self) -> HeadFields {
        if let Some((at, key)) = nested::find(self.node, self.head, &self.settings.tiers) {
            self.doubt(Decides::Date, |file| {
                Diagnostic::head_key_nested(file, at..at, &key)
            });
        }
        match self.decisions.access() {
            Ok(access) => {
                self.fields.front.names_access = access.is_some();
                let access = access.unwrap_or(Access::Public);
                let at = self.place_of(self.decisions.access_key());
                let file = self.findings.file();
                if let Some(finding) = self.settings.unopenable(&access, file, at) {
                    self.doubt(Decides::Access, |_| finding);
                }
                self.fields.front.access = access;
            }
            Err(TiersMisfit::Disagree(Disagreement { first, second })) => {
                let at = self.place_of(&second);
                self.doubt(Decides::Access, |file| {
                    Diagnostic::head_disagrees(file, at..at, &first, &second)
                });
            }
            Err(TiersMisfit::Alone(key)) => {
                let at = self.place_of(&key);
                self.doubt(Decides::Access, |file| {
                    Diagnostic::head_tiers_alone(file, at..at, &key)
                });
            }
            // A list of tiers that cannot be read has been told of.
            Err(TiersMisfit::None(_)) if self.refused.contains(&Field::Tiers) => {}
            Err(TiersMisfit::None(key)) => {
                let at = self.place_of(&key);
                self.doubt(Decides::Access, |file| {
                    Diagnostic::access_unknown(file, at..at, "tiers", None)
                });
            }
        }
        self.foreign_divider();
        if let Some(key) = self.decisions.scheduled_for_no_date() {
            let at = self.place_of(key);
            self.doubt(Decides::Date, |file| {
                Diagnostic::head_scheduled_for_no_date(file, at..at)
            });
        }
        let front = &mut self.fields.front;
        front.draft = self.decisions.is_draft();
        front.date = self.decisions.date();
        front.updated = self.decisions.at(Field::Updated);
        front.publish_at = self.decisions.at(Field::PublishAt);
        front.expires_at = self.decisions.at(Field::ExpiresAt);
        self.begun_before_published();
        self.dates_in_order();
        self.fields
    }

    /// A text that is begun later than its date may have been dated back. Where that day is still to come, it is told.
    fn begun_before_published(&mut self) {
        let begun = self.decisions.at(Field::Created);
        let date = self.decisions.at(Field::Date);
        if let Some(begun) = begun.filter(|begun| date.is_some_and(|date| *begun > date)) {
            let key = self.key_of(Field::Created);
            self.fields.front.first_days.push((key, begun));
        }
    }

    /// The key that a field has in this head.
    fn key_of(&self, field: Field) -> String {
        let Node::Map(entries) = self.node else {
            return String::new();
        };
        let mut keys = entries.iter().map(|(key, _)| key);
        let key = keys.find(|it| keys::field(it) == Some(field));
        key.cloned().unwrap_or_default()
    }

    /// A page is not changed before it is published, nor does it expire before. A change before that is none.
    fn dates_in_order(&mut self) {
        let front = &self.fields.front;
        let begins = front.publish_at.or(front.date);
        // A day without a time is its midnight, which says little about the hour.
        let is_before = |at: Timestamp| front.date.is_some_and(|date| at.plus_secs(86_400) <= date);
        if front.updated.is_some_and(is_before) {
            let at = self.place_of_field(Field::Updated);
            self.find(|file| Diagnostic::head_updated_before_date(file, at..at));
        }
        let front = &mut self.fields.front;
        front.updated = front.updated.filter(|at| Some(*at) >= front.date);
        let front = &self.fields.front;
        if let (Some(ends), Some(begins)) = (front.expires_at, begins)
            && ends <= begins
        {
            let at = self.place_of_field(Field::ExpiresAt);
            self.find(|file| Diagnostic::head_expires_before_date(file, at..at));
        }
    }

    fn place_of_field(&self, field: Field) -> usize {
        self.place_where(|key| keys::field(key) == Some(field))
    }

    fn place_of(&self, wanted: &str) -> usize {
        self.place_where(|key| key == wanted)
    }

    fn place_where(&self, is_meant: impl Fn(&str) -> bool) -> usize {
        let Node::Map(entries) = self.node else {
            return self.head.at;
        };
        let place = entries.iter().position(|(key, _)| is_meant(key));
        place.map_or(self.head.at, |at| self.head.place(&[Step::Key(at)]))
    }

    /// Byte of the key at hand. Finding it reads the head again, so it is not asked for when no one will see it.
    fn key_place(&self) -> usize {
        if self.findings.is_full() {
            return self.head.at;
        }
        match self.path.first() {
            Some(Step::Value(at)) => self.head.place(&[Step::Key(*at)]),
            _ => self.head.at,
        }
    }

    fn find(&mut self, finding: impl FnOnce(&SourceFile) -> Diagnostic) {
        let file = self.findings.file();
        self.findings.push(|| finding(file));
    }

    /// A finding after which it cannot be told what would be decided.
    fn doubt(&mut self, decides: Decides, finding: impl FnOnce(&SourceFile) -> Diagnostic) {
        let file = self.findings.file();
        let doubt = match decides {
            Decides::Access => Doubt::Who,
            Decides::Draft | Decides::Date => Doubt::When,
        };
        self.findings.doubt(doubt, || finding(file));
    }
}

const TERMS: &str = "a list of names";
const COVER: &str = "an address, or a map with `src` and `alt`";

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
/// Whether a value is one text and no list.
fn is_text(value: &Node) -> bool {
    value.scalar().is_some()
}
