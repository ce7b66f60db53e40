//! Whether text that a file gates now is public in the version of it that would stay.

use crate::site::parse::text::{Token, tokens};
use crate::site::parse::{Body, Document, Part};
use std::collections::BTreeSet;

/// Whether the good version shows anyone a sentence, a link or the name of a file that the new one has behind a gate, and
/// nowhere else.
pub fn opens_gated(
    (good, good_body): (&Document, &Body),
    (new, new_body): (&Document, &Body),
) -> bool {
    opens_links(good, new)
        || opens_mentions(good, new)
        || opens_text((good, good_body), (new, new_body))
}

fn opens_text((good, good_body): (&Document, &Body), (new, new_body): (&Document, &Body)) -> bool {
    let gated = new_body.parts.iter().filter_map(|it| match it {
        Part::Gated { html, .. } => Some(html.0.html.as_str()),
        Part::Public { .. } => None,
    });
    let gated: BTreeSet<String> = gated.flat_map(sentences).collect();
    if gated.is_empty() {
        return false;
    }
    let shown = public_words(good, good_body);
    let still = public_words(new, new_body);
    gated
        .iter()
        .any(|it| shown.contains(it.as_str()) && !still.contains(it.as_str()))
}

fn opens_links(good: &Document, new: &Document) -> bool {
    let of = |it: &Document, is_gated: bool| -> BTreeSet<String> {
        let links = it.links.iter().filter(|link| link.is_gated == is_gated);
        let targets = links.filter(|link| !link.target.is_empty());
        targets.map(|link| link.target.clone()).collect()
    };
    let (shown, still) = (of(good, false), of(new, false));
    let mut gated = of(new, true).into_iter();
    gated.any(|it| shown.contains(&it) && !still.contains(&it))
}

fn opens_mentions(good: &Document, new: &Document) -> bool {
    let mut gated = new.gates.iter().flat_map(|it| &it.mentions);
    gated.any(|it| good.mentions.contains(it) && !new.mentions.contains(it))
}

/// All that anyone reads in a page, as words with a space on both sides of each.
fn public_words(document: &Document, body: &Body) -> String {
    let front = &document.front;
    let head = [Some(&front.title), front.summary.as_ref()];
    let mut all: Vec<String> = head.into_iter().flatten().map(|it| words(it)).collect();
    let public = body.parts.iter().filter_map(|it| match it {
        Part::Public { html } => Some(html.0.html.as_str()),
        Part::Gated { .. } => None,
    });
    all.extend(public.flat_map(blocks).map(|it| words(&it)));
    all.join("")
}

/// The sentences of a text in HTML, each as words with a space on both sides.
fn sentences(html: &str) -> Vec<String> {
    let blocks = blocks(html);
    let pieces = blocks.iter().flat_map(|it| pieces(it));
    pieces.map(words).filter(|it| !it.is_empty()).collect()
}

/// A text cut after each mark that may end a sentence; one of ASCII does so before a space alone.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let ends = match c {
            '。' | '！' | '？' | '；' | '：' | '…' => true,
            '.' | '!' | '?' | ';' | ':' => {
                text[end..].chars().next().is_none_or(char::is_whitespace)
            }
            _ => false,
        };
        if ends {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Words in small letters, Chinese characters and symbols, with a space on both sides of each; without marks of ASCII.
fn words(text: &str) -> String {
    let mut words = String::new();
    for token in tokens(text) {
        match token {
            Token::Han(c) => words.push(c),
            Token::Word(word) => words.push_str(&word.to_lowercase()),
            Token::Other(c) if c.is_ascii() || c.is_whitespace() => continue,
            Token::Other(c) => words.push(c),
        }
        words.push_str("  ");
    }
    match words.is_empty() {
        true => words,
        false => format!(" {}", words.trim_end()) + " ",
    }
}

/// Elements that stand within a line.
const INLINE: &str = "a abbr b bdi bdo cite code del dfn em i ins kbd mark q s samp small span strong sub sup u var \
    math semantics annotation mrow mi mo mn mtext msup msub msubsup mfrac msqrt mstyle munder mover munderover";

/// The text of HTML by its blocks; what stands in `alt` and `title` is a block of its own.
fn blocks(html: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        let end = rest[at..].find('>').map_or(rest.len(), |it| at + it + 1);
        let tag = &rest[at..end];
        let name = tag.trim_start_matches(['<', '/']);
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next();
        if let Some(last) = blocks.last_mut() {
            last.push_str(text);
        }
        if !name.is_some_and(|name| INLINE.split(' ').any(|it| it == name)) {
            for attribute in ["alt=\"", "title=\""] {
                let value = tag.split_once(attribute).map(|it| it.1);
                let value = value.and_then(|it| it.split('"').next());
                blocks.extend(value.map(str::to_owned));
            }
            blocks.push(String::new());
        }
        rest = &rest[end..];
    }
    if let Some(last) = blocks.last_mut() {
        last.push_str(rest);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceFile;
    use crate::site::parse::{ParseSettings, document};

    fn is_opened(good: &str, new: &str) -> bool {
        let parsed = |text: &str| {
            let file = SourceFile::new("content/p.md", text);
            document(&file, &ParseSettings::for_tests())
        };
        let (good, new) = (parsed(good), parsed(new));
        opens_gated((&good.document, &good.body), (&new.document, &new.body))
    }

    #[test]
    fn text_that_is_gated_now_is_seen_in_the_public_text_of_before() {
        let gated = |text: &str| format!("Intro.\n\n<!-- members -->\n\n{text}\n");
        for (before, now) in [
            ("The canary sings.", "The canary sings."),
            (
                "One. The canary sings. Two.",
                "More of it. The canary sings!",
            ),
            ("The *canary* sings.", "The canary\nsings."),
            ("Version 2.0 sings.", "Version 2.0 sings."),
            ("The canary sings.", "- a\n- The canary sings."),
            ("# The canary\n\nText.", "## The canary"),
            ("```\nlet canary = 1;\n```", "```\nlet canary = 1;\n```"),
            ("| a |\n|---|\n| canary |", "Canary."),
            ("我们的金丝雀在唱歌。", "前言。我们的金丝雀在唱歌。"),
            ("![The canary](a.svg)", "The canary"),
            ("![](a.svg)", "![](a.svg)"),
            ("[one](b.md)", "[two](b.md)"),
        ] {
            assert!(is_opened(before, &gated(now)), "{before} {now}");
            let both = format!("{before}\n\n<!-- members -->\n\n{now}\n");
            assert!(!is_opened(before, &both), "{before} {now}");
        }
        for (before, now) in [
            ("The canary sings.", "Nothing of that."),
            ("The canary sings.", ""),
            ("The canary sings.", "The canary"),
            ("canaryseed", "canary"),
        ] {
            let is_part = now == "The canary";
            assert_eq!(is_opened(before, &gated(now)), is_part, "{before} {now}");
        }
    }
}
