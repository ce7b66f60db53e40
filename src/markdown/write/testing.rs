//! Texts as HTML for the tables of this folder, by a host without a site.
//!
//! An address without a scheme is a hole, shown in brackets; the anchor of a heading is the number of its event.

use crate::config::MarkdownSettings;
use crate::markdown::emphasis;
use crate::markdown::events;
use crate::markdown::fragment::{Fragment, LinkKind};
use crate::markdown::profile::Profile;
use crate::markdown::write::{Host, Leads, Notes, Shape, Writer, Written};

struct Alone {
    links: Vec<String>,
    has_anchors: bool,
}

impl Host for Alone {
    fn heading(&mut self, at: usize, level: u8) -> Option<Shape> {
        Some(Shape {
            level: if self.has_anchors { level } else { level + 2 },
            id: self.has_anchors.then(|| format!("h{at}").into()),
            is_listed: true,
        })
    }

    fn address<'a>(&mut self, address: &'a str, _: LinkKind, _: usize) -> Leads<'a> {
        match address {
            "" => Leads::Here,
            "nowhere:" => Leads::Nowhere,
            _ if address.contains(':') => Leads::To(address.into()),
            _ => {
                self.links.push(address.into());
                Leads::Hole(self.links.len() as u32 - 1)
            }
        }
    }
}

/// A text as on a page.
pub fn page(markdown: &str) -> String {
    let (written, links) = write(markdown, &article(), true);
    filled(&written.fragment, &links)
}

/// The same text as in a comment, before it is cleaned.
pub fn plain(markdown: &str) -> String {
    let (written, links) = write(markdown, &Profile::comment(), false);
    filled(&written.fragment, &links)
}

/// The headings of a page: `id level html | text`.
pub fn listed(markdown: &str) -> Vec<String> {
    let headings = write(markdown, &article(), true).0.headings.into_iter();
    headings
        .map(|it| format!("{} {} {} | {}", it.id, it.level, it.html, it.text))
        .collect()
}

fn article() -> Profile {
    Profile::article(&MarkdownSettings {
        raw_html: true,
        highlight: true,
        line_numbers: false,
        smart_punctuation: false,
        external_links_rel: "ext".into(),
        hard_breaks: false,
    })
}

fn write(markdown: &str, profile: &Profile, has_anchors: bool) -> (Written, Vec<String>) {
    let prepared = emphasis::prepare(markdown, false);
    let body = events::parse(&prepared, 0, profile);
    let mut notes = Notes::new(None);
    let host = Alone {
        links: Vec::new(),
        has_anchors,
    };
    let mut writer = Writer::new(&body, profile, &mut notes, host);
    writer.events(0..body.events.len());
    writer.footnotes();
    (writer.out, writer.host.links)
}

/// HTML with addresses in their holes as `(address)`, and words as `[word]`.
fn filled(fragment: &Fragment, links: &[String]) -> String {
    let holes = fragment.holes.iter();
    let holes = holes.map(|it| (it.at, format!("({})", links[it.link as usize])));
    let words = fragment.words.iter();
    let words = words.map(|it| (it.at, format!("[{:?}]", it.word)));
    let mut places: Vec<_> = holes.chain(words).collect();
    places.sort();
    let mut html = fragment.html.clone();
    for (at, shown) in places.into_iter().rev() {
        html.insert_str(at as usize, &shown);
    }
    html
}
