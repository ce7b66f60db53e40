//! Wiki links and embeds -> what they are where their target is part of the site, and what they say where it is not.

use crate::escape;
use crate::markdown::wiki::{self, Target};
use crate::markdown::write::Writer;
use crate::site::parse::render::Run;
use crate::site::parse::{LinkKind, WikiRun};
use pulldown_cmark::{CowStr, Event, LinkType, Tag};

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

/// Width and height of a picture in pixels, where the author gave them.
type Size = Option<(u32, Option<u32>)>;

impl Run<'_, '_, '_, '_> {
    /// Writes the wiki link or embed that begins with the event at `at`; returns the event behind it.
    pub(super) fn wiki_run(writer: &mut Writer<'_, '_, Self>, at: usize) -> usize {
        let span = writer.body.span(at);
        let start = writer.out.fragment.html.len();
        let (link, size) = match &writer.body.events[at].0 {
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                ..
            }) => {
                let has_bar = matches!(link_type, LinkType::WikiLink { has_pothole: true });
                Self::embed(writer, at, dest_url, has_bar)
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                (Self::link_run(writer, at, dest_url), None)
            }
            _ => return span.end,
        };
        let end = writer.out.fragment.html.len() as u32;
        let bytes = writer.body.events[at].1.clone();
        writer.out.fragment.wiki.push(WikiRun {
            start: start as u32,
            end,
            link,
            source: writer.host.shared.file.text[bytes].replace("\\|", "|"),
            size,
        });
        span.end
    }

    /// `[[target]]` and `[[target|text]]`; returns the index of the link.
    fn link_run(writer: &mut Writer<'_, '_, Self>, at: usize, inside: &CowStr<'_>) -> u32 {
        let body = writer.body;
        let span = body.span(at);
        let target = Target::of(inside);
        let link = Self::hole(writer, at, "<a href=\"", &target, LinkKind::Wiki);
        writer.html("\">");
        let has_text = span.len() > 2 && body.text(span.clone()).trim() != "";
        writer.within_link(|writer| match has_text {
            true => writer.events(span.start + 1..span.end - 1),
            // Nothing behind the bar.
            false => writer.text(&target.title()),
        });
        writer.html("</a>");
        link
    }

    /// `![[target]]`, with a text or a size behind the bar; returns the index of the link and the size.
    fn embed(
        writer: &mut Writer<'_, '_, Self>,
        at: usize,
        inside: &CowStr<'_>,
        has_bar: bool,
    ) -> (u32, Size) {
        let span = writer.body.span(at);
        let target = Target::of(inside);
        let said = match has_bar {
            true => writer.body.text(span.start + 1..span.end - 1),
            false => String::new(),
        };
        let (said, size) = wiki::sized(&said);
        let link = match Shown::of(&target) {
            Shown::Picture => Self::picture(writer, at, &target, said),
            Shown::Video => Self::player(writer, at, (&target, said), "video"),
            Shown::Audio => Self::player(writer, at, (&target, said), "audio"),
            Shown::Link => {
                let link = Self::hole(writer, at, "<a href=\"", &target, LinkKind::Embed);
                writer.html("\">");
                writer.within_link(|writer| match said.is_empty() {
                    true => writer.text(&target.title()),
                    false => writer.text(said),
                });
                writer.html("</a>");
                link
            }
        };
        (link, size)
    }

    fn picture(
        writer: &mut Writer<'_, '_, Self>,
        at: usize,
        target: &Target<'_>,
        said: &str,
    ) -> u32 {
        let name = target.page.rsplit('/').next().unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
        let link = Self::hole(writer, at, "<img src=\"", target, LinkKind::Embed);
        let alt = if said.is_empty() { name } else { said };
        writer.html("\" alt=\"");
        escape::push_attribute(&mut writer.out.fragment.html, alt);
        writer.html("\" loading=\"lazy\" decoding=\"async\">");
        writer.picture_read(alt, !said.is_empty());
        link
    }

    /// The text behind the bar names the player.
    fn player(
        writer: &mut Writer<'_, '_, Self>,
        at: usize,
        (target, said): (&Target<'_>, &str),
        element: &str,
    ) -> u32 {
        let begin = format!("<{element} src=\"");
        let link = Self::hole(writer, at, &begin, target, LinkKind::Embed);
        writer.html("\"");
        if !said.is_empty() {
            for name in [" title=\"", " aria-label=\""] {
                writer.html(name);
                escape::push_attribute(&mut writer.out.fragment.html, said);
                writer.html("\"");
            }
            writer.out.text.push_str(said);
        }
        writer.html(&format!(" controls=\"\" preload=\"metadata\"></{element}>"));
        writer.forget_last();
        link
    }

    /// Writes the beginning of a tag, up to the hole for an address; returns the index of the link.
    fn hole(
        writer: &mut Writer<'_, '_, Self>,
        at: usize,
        begin: &str,
        target: &Target<'_>,
        kind: LinkKind,
    ) -> u32 {
        writer.html(begin);
        let byte = writer.body.events[at].1.start;
        let is_gated = writer.host.is_gated;
        let shared = &mut *writer.host.shared;
        let place = shared.file.line_column(byte);
        let link = shared.links.add_wiki(target, kind, is_gated, place);
        writer.hole(link);
        link
    }
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::html;

    #[test]
    fn wiki_links_and_embeds_are_what_their_targets_are() {
        for (markdown, wanted) in [
            ("[[oak#Bark]]", "<a href=\"oak#Bark\">oak &gt; Bark</a>"),
            ("[[oak|*the* oak]]", "<a href=\"oak\"><em>the</em> oak</a>"),
            ("[[oak|]]", "<a href=\"oak\">oak</a>"),
            (
                "![[a/leaf.svg|300]]",
                "<img src=\"a/leaf.svg\" alt=\"leaf\" loading=\"lazy\" decoding=\"async\">",
            ),
            (
                "![[leaf.PNG|a \"leaf\"]]",
                "<img src=\"leaf.PNG\" alt=\"a &quot;leaf&quot;\" loading=\"lazy\" decoding=\"async\">",
            ),
            (
                "![[v.mp4]]",
                "<video src=\"v.mp4\" controls=\"\" preload=\"metadata\"></video>",
            ),
            (
                "![[v.ogg]]",
                "<audio src=\"v.ogg\" controls=\"\" preload=\"metadata\"></audio>",
            ),
            (
                "![[oak]] ![[oak|x]]",
                "<a href=\"oak\">oak</a> <a href=\"oak\">x</a>",
            ),
        ] {
            assert_eq!(html(markdown), format!("<p>{wanted}</p>\n"), "{markdown}");
        }
    }
}
