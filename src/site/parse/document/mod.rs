//! One file -> its document: head, body, cut, definitions, headings, public runs, gated runs, in this order.

use crate::diag::{Diagnostic, SourceFile};
use crate::escape;
use crate::ids::PartNumber;
use crate::markdown::emphasis;
use crate::markdown::events;
use crate::markdown::percent;
use crate::markdown::profile::Profile;
use crate::markdown::write::{Notes, Written};
use crate::site::parse::findings::Findings;
use crate::site::parse::front_matter::{self, HeadFields};
use crate::site::parse::headings::{self, Headings};
use crate::site::parse::links::{self, Address, Links};
use crate::site::parse::paywall::{self, Wanted};
use crate::site::parse::prose::Prose;
use crate::site::parse::render::{self, Shared};
use crate::site::parse::{
    Body, Cover, DRAFTS, Document, Doubt, FrontMatter, Gate, GatedFragment, GatedText, Heading,
    LinkKind, ParseSettings, Part, PlainText, PublicFragment, conflict, definitions, elements,
    foreign, formulas, tables, text,
};
use crate::spelling::is_dash;
use jiff::tz::TimeZone;
use pulldown_cmark::{Event, LinkType, Tag};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Characters of a page's lead.
const LEAD_CHARS: usize = 200;

/// Longer text between a title and `<!-- more -->` is cut in lists.
const SUMMARY_CHARS: usize = 400;

/// What came of reading one file.
#[derive(Debug)]
pub struct Parsed {
    /// What the site must know of it.
    pub document: Document,
    /// Its HTML.
    pub body: Body,
    /// Its plain text, part by part.
    pub texts: Vec<PlainText>,
    /// What is wrong with it.
    pub findings: Vec<Diagnostic>,
}

/// Reads one file. Never fails: what is wrong is a finding, and a document with an error says so.
pub fn document(file: &SourceFile, settings: &ParseSettings) -> Parsed {
    let mut findings = Findings::new(file);
    let (head, body_at) = front_matter::read(file, settings, &mut findings);
    let source = &file.text[body_at..];
    let comments = percent::find(source);
    let is_smart = settings.markdown.smart_punctuation;
    let prepared = emphasis::prepare_without(source, is_smart, comments.closed);
    for open in comments.open {
        let at = body_at + open.at;
        findings.doubt(Doubt::Who, || {
            Diagnostic::percent_unclosed(file, at..at, open.begins_line)
        });
    }
    let profile = Profile::article(&settings.markdown);
    let body = events::parse(&prepared, body_at, &profile);
    foreign::report(&body, body_at, &mut findings);
    tables::report(&body, &mut findings);
    formulas::report(&body, &mut findings);
    conflict::report(&body, body_at, &mut findings);
    let wanted = Wanted {
        access: &head.front.access,
        is_all_teaser: head.is_all_teaser,
    };
    let layout = findings.doubting(Doubt::Who, |findings| {
        paywall::cut(&body, body_at, &wanted, settings, file, findings)
    });
    let title = headings::title(&body, &layout, head.title.as_deref());
    let title_at = title.as_ref().map(|(_, at)| *at);
    let definitions = findings.doubting(Doubt::Who, |findings| {
        definitions::settle(&body, &layout, title_at, findings)
    });
    let is_public = |at: usize| definitions.is_public(&layout, at);
    let shown_tags = match settings.markdown.raw_html {
        true => elements::check(
            &body,
            |at| (layout.run_of(at), is_public(at)),
            &mut findings,
        ),
        false => BTreeSet::new(),
    };
    let headings = headings::plan(&body, title, is_public, &mut findings);
    let mut shared = Shared {
        body: &body,
        profile: &profile,
        layout: &layout,
        definitions: &definitions,
        headings: &headings,
        settings,
        file,
        links: Links::default(),
        findings: &mut findings,
        anchors: Vec::new(),
        shown_tags: &shown_tags,
    };
    let front = complete(head, &headings, &file.path, &mut shared);
    let rendered = runs(&mut shared);
    let Shared { links, anchors, .. } = shared;
    let anchors = headings
        .plans
        .values()
        .map(|plan| plan.id.clone())
        .chain(anchors);
    let mut anchors: Vec<Arc<str>> = anchors.chain(rendered.anchors).collect();
    anchors.sort();
    anchors.dedup();
    let mut mentions = rendered.mentions;
    let links = links.finish();
    let cover = front
        .cover
        .as_ref()
        .map(|it| &links[it.link as usize].target);
    mentions.extend(cover.and_then(|it| settings.own_path(it)));
    let document = Document {
        path: file.path.clone(),
        hash: *blake3::hash(file.text.as_bytes()).as_bytes(),
        front,
        gates: rendered.gates,
        anchors,
        title_ids: title_ids(&headings),
        heading_ids: rendered.headings.iter().map(|it| it.id.clone()).collect(),
        links,
        mentions: sorted(mentions),
        shadowed: shadowed(&body, file),
        summary: rendered.summary,
        lead: text::beginning(&rendered.lead, LEAD_CHARS),
        public_counts: rendered.public.counts(),
        gated_counts: rendered.gated.counts(),
        public_readability: rendered.public.readability(),
        readability: rendered.public.with(&rendered.gated).readability(),
        is_faulty: findings.is_faulty(),
        doubt: findings.left_open(),
    };
    Parsed {
        document,
        body: Body {
            parts: rendered.parts,
            headings: rendered.headings,
        },
        texts: rendered.texts,
        findings: findings.finish(),
    }
}

/// Anchors by which links may mean the heading that became the title: by hand, and as made of its words.
fn title_ids(headings: &Headings) -> Vec<Arc<str>> {
    let Some((text, at)) = &headings.title else {
        return Vec::new();
    };
    let by_hand = headings.plans.get(at).map(|it| it.id.clone());
    let mut ids: Vec<Arc<str>> = by_hand.into_iter().collect();
    ids.push(text::anchor(text).into());
    ids.dedup();
    ids
}

/// Labels of references that stand between double brackets, as wiki links do.
fn shadowed(body: &events::Body<'_>, file: &SourceFile) -> Vec<(String, (u32, u32))> {
    let references = body.events.iter().filter_map(|(event, bytes)| match event {
        Event::Start(Tag::Link {
            link_type: LinkType::Shortcut,
            ..
        }) => Some(bytes),
        _ => None,
    });
    let doubled = references.filter(|bytes| {
        let text = &file.text;
        text[..bytes.start].ends_with('[') && text[bytes.end..].starts_with(']')
    });
    let label = |bytes: &Range<usize>| file.text[bytes.clone()].trim_matches(['[', ']']).to_owned();
    doubled
        .map(|bytes| (label(bytes), file.line_column(bytes.start - 1)))
        .collect()
}

/// The front matter with what the body and the file's name had to say.
fn complete(
    head: HeadFields,
    headings: &Headings,
    path: &str,
    shared: &mut Shared<'_, '_, '_>,
) -> FrontMatter {
    let mut front = head.front;
    let stem = stem(path);
    let (date, name) = dated(stem);
    if let (None, Some(date)) = (front.date, date) {
        front.date = front_matter::date(date, &shared.settings.timezone);
        if front.date.is_none() {
            let path = path.to_owned();
            let finding = || Diagnostic::name_without_date(&path, date);
            shared.findings.doubt(Doubt::When, finding);
        }
        front.slug = front
            .slug
            .or_else(|| Some(text::slug(name)).filter(|it| !it.is_empty()));
    }
    if let (None, Some(date)) = (front.date, loosely_dated(stem)) {
        front.date = front_matter::date(&date, &shared.settings.timezone);
        if front.date.is_none() {
            let path = path.to_owned();
            let finding = || Diagnostic::name_without_date(&path, &date);
            shared.findings.doubt(Doubt::When, finding);
        }
    }
    match names_draft(path) {
        Some(DraftName::Folder) => front.draft = true,
        Some(DraftName::File) if !front.draft => {
            front.draft = true;
            let file = shared.file;
            shared.findings.push(|| Diagnostic::draft_by_name(file));
        }
        _ => {}
    }
    let heading = headings.title.as_ref().map(|(text, _)| text.clone());
    front.title = head.title.or(heading).unwrap_or_else(|| spaced(name));
    front.cover = head.cover.and_then(|(address, alt, at)| {
        match links::judge(&address) {
            Address::Own | Address::Elsewhere => {}
            Address::Empty => return None,
            Address::Active => {
                links::warn_active(shared.findings, at, &address);
                return None;
            }
        }
        let link = shared
            .links
            .add(&address, LinkKind::Image, false, at, shared.file);
        Some(Cover { link, alt })
    });
    front
}

/// How a path says that its page is a draft, as Jekyll and Hexo read it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DraftName {
    /// It lies below a folder `_drafts`.
    Folder,
    /// Its own name begins with `_`, and it is no `_index.md`.
    File,
}

fn names_draft(path: &str) -> Option<DraftName> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = file.split('.').next().unwrap_or_default();
    if folder.split('/').any(|it| it == DRAFTS) {
        Some(DraftName::Folder)
    } else {
        (name.starts_with('_') && name != "_index").then_some(DraftName::File)
    }
}

/// The name of a page in its path: of `index.md` and the like the folder's, without extension and language.
fn stem(path: &str) -> &str {
    let path = path.strip_prefix("content/").unwrap_or(path);
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = match stem.rsplit_once('.') {
        Some((name, suffix)) if is_language(suffix) => name,
        _ => stem,
    };
    match stem {
        "index" | "_index" | "README" | "readme" if !folder.is_empty() => {
            folder.rsplit_once('/').map_or(folder, |(_, name)| name)
        }
        _ => stem,
    }
}

/// Whether a file's second extension names a language: `zh`, `zh-CN`, `zh_cn`, `zh-Hans`.
fn is_language(suffix: &str) -> bool {
    let mut pieces = suffix.split(['-', '_']);
    let fits = |piece: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&piece.len()) && piece.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_code = pieces.next().is_some_and(|code| {
        fits(code, 2..=3) && code.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    is_code && pieces.all(|piece| fits(piece, 2..=4))
}

/// A name's date, where it begins with one as Jekyll's names do, and the rest.
fn dated(stem: &str) -> (Option<&str>, &str) {
    let is_date = stem.len() > 11
        && stem
            .bytes()
            .take(11)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 | 10 => byte == b'-' || (at == 10 && byte == b'_'),
                _ => byte.is_ascii_digit(),
            });
    if is_date {
        (Some(&stem[..10]), &stem[11..])
    } else {
        (None, stem)
    }
}

/// The date that a name begins with in another form than Jekyll's: `2026-1-2-a`, `2026-01-02`, `20260102-a`,
/// `2026.01.02 a`, `2026年1月2日`. Its address stays as it is. What cannot be a day is told only where dashes say that it
/// is meant as one.
fn loosely_dated(stem: &str) -> Option<String> {
    if dated(stem).0.is_some() {
        return None;
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (year, rest) = stem
        .split_at_checked(4)
        .filter(|(year, _)| digits(year) == 4)?;
    if !(1900..3000).contains(&year.parse::<u32>().ok()?) {
        return None;
    }
    let is_between = |c: char| is_dash(c) || matches!(c, '_' | '.' | ' ' | '年' | '月');
    if digits(rest) == 4 {
        let date = format!("{year}-{}-{}", &rest[..2], &rest[2..4]);
        return front_matter::date(&date, &TimeZone::UTC).map(|_| date);
    }
    let mark = rest.chars().next().filter(|c| is_between(*c))?;
    let rest = &rest[mark.len_utf8()..];
    let (month, rest) = rest.split_at(digits(rest));
    let rest = rest.strip_prefix(is_between)?;
    let day = &rest[..digits(rest)];
    let fits = |number: &str| (1..=2).contains(&number.len());
    let date = format!("{year}-{month}-{day}");
    let is_day = fits(month) && fits(day);
    let is_sure = is_dash(mark) || front_matter::date(&date, &TimeZone::UTC).is_some();
    (is_day && is_sure).then_some(date)
}

/// A file's name as a title.
fn spaced(name: &str) -> String {
    let spaced = name.replace(['-', '_'], " ");
    if spaced.trim().is_empty() {
        name.to_string()
    } else {
        spaced.trim().to_string()
    }
}

/// Each once, ascending.
fn sorted(mentions: Vec<String>) -> Vec<Arc<str>> {
    let mut mentions: Vec<Arc<str>> = mentions.into_iter().map(Arc::from).collect();
    mentions.sort_unstable();
    mentions.dedup();
    mentions
}

/// What the runs of a body became.
struct Runs {
    parts: Vec<Part>,
    texts: Vec<PlainText>,
    gates: Vec<Gate>,
    headings: Vec<Heading>,
    anchors: Vec<Arc<str>>,
    mentions: Vec<String>,
    summary: Option<String>,
    lead: String,
    public: Prose,
    gated: Prose,
}

/// Renders all runs: the public ones first and by themselves, so that nothing gated can change them. Every gated run
/// becomes a part, also one without text: from outside it looks like a full one.
fn runs(shared: &mut Shared<'_, '_, '_>) -> Runs {
    let layout = shared.layout;
    let mut runs = Runs {
        parts: Vec::new(),
        texts: Vec::new(),
        gates: Vec::new(),
        headings: Vec::new(),
        anchors: Vec::new(),
        mentions: Vec::new(),
        summary: None,
        lead: String::new(),
        public: Prose::default(),
        gated: Prose::default(),
    };
    let first_link = shared.links.position();
    let mut public = public_runs(shared, &mut runs);
    let after_public = shared.links.position();
    if let Some(end) = layout.summary_end {
        shared.links.rewind(first_link);
        runs.summary = Some(summary(shared, end));
        shared.links.rewind(after_public);
    }
    let mut number = 0;
    for (at, run) in layout.runs.iter().enumerate() {
        if !run.access.is_gated() {
            if let Some(rendered) = public[at].take() {
                runs.parts.push(Part::Public {
                    html: PublicFragment(rendered.fragment),
                });
                runs.texts.push(PlainText::Public(rendered.text));
            }
            continue;
        }
        number += 1;
        let part = PartNumber(number);
        let mut notes = Notes::new(Some(part));
        let mut writer = render::writer(shared, &mut notes, &mut runs.gated, at);
        writer.events(run.events.clone());
        writer.footnotes();
        let (rendered, mentions) = render::finish(writer);
        runs.anchors.extend(notes.anchors().map(Arc::from));
        let mut links: Vec<u32> = rendered.fragment.holes.iter().map(|it| it.link).collect();
        links.sort_unstable();
        links.dedup();
        runs.gates.push(Gate {
            number: part,
            access: run.access.clone(),
            line: run.line,
            links,
            mentions: sorted(mentions),
        });
        runs.parts.push(Part::Gated {
            number: part,
            access: run.access.clone(),
            html: GatedFragment(rendered.fragment),
        });
        runs.texts.push(PlainText::Gated {
            number: part,
            access: run.access.clone(),
            text: GatedText(rendered.text),
        });
    }
    runs
}

/// All public runs by their place in the layout; those without content are left out.
fn public_runs(shared: &mut Shared<'_, '_, '_>, runs: &mut Runs) -> Vec<Option<Written>> {
    let layout = shared.layout;
    let last = layout.runs.iter().rposition(|run| !run.access.is_gated());
    let mut notes = Notes::new(None);
    let mut all = Vec::with_capacity(layout.runs.len());
    for (at, run) in layout.runs.iter().enumerate() {
        if run.access.is_gated() {
            all.push(None);
            continue;
        }
        let mut writer = render::writer(shared, &mut notes, &mut runs.public, at);
        writer.events(run.events.clone());
        if last == Some(at) {
            writer.footnotes();
        }
        let (mut rendered, mut mentions) = render::finish(writer);
        runs.headings.append(&mut rendered.headings);
        runs.mentions.append(&mut mentions);
        if runs.lead.is_empty() {
            runs.lead = rendered.lead.take().unwrap_or_default();
        }
        all.push((!rendered.fragment.html.is_empty()).then_some(rendered));
    }
    runs.anchors.extend(notes.anchors().map(Arc::from));
    all
}

/// The public blocks before the divider, as lists show them.
fn summary(shared: &mut Shared<'_, '_, '_>, end: usize) -> String {
    let layout = shared.layout;
    let mut notes = Notes::new(None);
    let mut prose = Prose::default();
    let mut html = String::new();
    for (at, run) in layout.runs.iter().enumerate() {
        if run.access.is_gated() || run.events.start >= end {
            continue;
        }
        let mut writer = render::summary_writer(shared, &mut notes, &mut prose, at);
        writer.events(run.events.start..run.events.end.min(end));
        html.push_str(&writer.out.fragment.html);
    }
    text::beginning(&escape::plain_text(&html), SUMMARY_CHARS)
}

#[cfg(test)]
mod tests;
