//! Wiki links and embeds -> what they are where their target is part of the site, and what they say where it is not.

use crate::markdown::wiki::{self, Target};
use crate::site::parse::render::Renderer;
use crate::site::parse::{Hole, LinkKind, WikiRun, html};
use std::ops::Range;

/// What an embedded file is shown by, as its ending says.
enum Shown {
    Picture,
    Video,
    Audio,
    /// A page, or a file that a browser opens by itself.
    Link,
}

impl Shown {
    fn of(target: &Target<'_>) -> Self {
        let ending = target
            .page
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "bmp" | "ico" => {
                Shown::Picture
            }
            "mp4" | "webm" | "ogv" | "mov" | "mkv" | "m4v" => Shown::Video,
            "mp3" | "wav" | "m4a" | "ogg" | "oga" | "opus" | "flac" | "3gp" => Shown::Audio,
            _ => Shown::Link,
        }
    }
}

impl Renderer<'_, '_, '_, '_> {
    /// `[[target]]` and `[[target|text]]`; gives the event behind it.
    pub fn wiki_link(&mut self, at: usize, inside: &str, bytes: &Range<usize>) -> usize {
        let span = self.shared.body.span(at);
        let target = Target::of(inside);
        let start = self.html().len();
        let link = self.wiki_hole("<a href=\"", &target, LinkKind::Wiki, bytes);
        self.html().push_str("\">");
        self.n_links += 1;
        match span.len() > 2 && self.shared.body.text(span.clone()).trim() != "" {
            true => self.events(span.start + 1..span.end - 1),
            // Nothing behind the bar.
            false => self.text(&target.title(), bytes),
        }
        self.n_links -= 1;
        self.html().push_str("</a>");
        self.wiki_run(start, link, bytes, None);
        span.end
    }

    /// `![[target]]`, with a text or a size behind the bar; gives the event behind it.
    pub fn embed(&mut self, at: usize, inside: &str, has_bar: bool, bytes: &Range<usize>) -> usize {
        let span = self.shared.body.span(at);
        let target = Target::of(inside);
        let said = match has_bar {
            true => self.shared.body.text(span.start + 1..span.end - 1),
            false => String::new(),
        };
        let (said, size) = wiki::sized(&said);
        let name = target.page.rsplit('/').next().unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
        let start = self.html().len();
        let link = match Shown::of(&target) {
            Shown::Picture => {
                let link = self.wiki_hole("<img src=\"", &target, LinkKind::Embed, bytes);
                let alt = if said.is_empty() { name } else { said };
                self.html().push_str("\" alt=\"");
                html::push_attribute(&mut self.out.fragment.html, alt);
                self.html()
                    .push_str("\" loading=\"lazy\" decoding=\"async\">");
                self.out.text.push_str(alt);
                self.prose.image(!said.is_empty());
                self.last = None;
                link
            }
            Shown::Video => {
                let link = self.wiki_hole("<video src=\"", &target, LinkKind::Embed, bytes);
                self.html()
                    .push_str("\" controls=\"\" preload=\"metadata\"></video>");
                link
            }
            Shown::Audio => {
                let link = self.wiki_hole("<audio src=\"", &target, LinkKind::Embed, bytes);
                self.html()
                    .push_str("\" controls=\"\" preload=\"metadata\"></audio>");
                link
            }
            Shown::Link => {
                let link = self.wiki_hole("<a href=\"", &target, LinkKind::Embed, bytes);
                self.html().push_str("\">");
                self.n_links += 1;
                match said.is_empty() {
                    true => self.text(&target.title(), bytes),
                    false => self.text(said, bytes),
                }
                self.n_links -= 1;
                self.html().push_str("</a>");
                link
            }
        };
        self.wiki_run(start, link, bytes, size);
        span.end
    }

    /// Writes the beginning of a tag, up to the hole for an address; gives the index of the link.
    fn wiki_hole(
        &mut self,
        begin: &str,
        target: &Target<'_>,
        kind: LinkKind,
        bytes: &Range<usize>,
    ) -> u32 {
        self.html().push_str(begin);
        let is_gated = self.is_gated;
        let place = self.shared.file.line_column(bytes.start);
        let link = self.shared.links.add_wiki(target, kind, is_gated, place);
        let at = self.html().len() as u32;
        self.out.fragment.holes.push(Hole { at, link });
        link
    }

    fn wiki_run(
        &mut self,
        start: usize,
        link: u32,
        bytes: &Range<usize>,
        size: Option<(u32, Option<u32>)>,
    ) {
        let end = self.html().len() as u32;
        let source = self.shared.file.text[bytes.clone()].replace("\\|", "|");
        self.out.fragment.wiki.push(WikiRun {
            start: start as u32,
            end,
            link,
            source,
            size,
        });
    }
}
