//! Documents from text, and what they became, for the tests of this folder.

use crate::diag::SourceFile;
use crate::site::parse::{Document, Fragment, ParseSettings, Parsed, Part, PlainText, document};

/// A document of `content/guides/start.md`.
pub fn read(text: &str) -> Parsed {
    read_as("content/guides/start.md", text)
}

/// A document at a path.
pub fn read_as(path: &str, text: &str) -> Parsed {
    let file = SourceFile::new(path, text);
    document(&file, &ParseSettings::for_tests())
}

/// HTML with each address in its hole.
pub fn filled(fragment: &Fragment, document: &Document) -> String {
    let mut out = String::new();
    let mut copied = 0;
    for hole in &fragment.holes {
        let link = &document.links[hole.link as usize];
        out.push_str(&fragment.html[copied..hole.at as usize]);
        out.push_str(&link.target);
        if let Some(fragment) = &link.fragment {
            out.push('#');
            out.push_str(fragment);
        }
        copied = hole.at as usize;
    }
    out + &fragment.html[copied..]
}

/// Public parts as HTML, gated ones as `{access|html}`.
pub fn shown(parsed: &Parsed) -> String {
    let document = &parsed.document;
    let mut out = String::new();
    for part in &parsed.body.parts {
        match part {
            Part::Public { html, .. } => out.push_str(&filled(&html.0, document)),
            Part::Gated { access, html, .. } => {
                out.push_str(&format!(
                    "{{{access}|{}}}",
                    filled(&html.0, document).trim_end()
                ));
            }
        }
    }
    out
}

/// The HTML of a body, gated parts as `{access|html}`.
pub fn html(body: &str) -> String {
    shown(&read(body))
}

/// Codes of a body's findings.
pub fn codes(body: &str) -> Vec<&'static str> {
    read(body).findings.iter().map(|it| it.code).collect()
}

/// All that public pages are made of.
pub fn public_side(parsed: &Parsed) -> String {
    let document = &parsed.document;
    let parts: Vec<String> = parsed
        .body
        .parts
        .iter()
        .map(|part| match part {
            Part::Public { html } => filled(&html.0, document),
            Part::Gated { number, access, .. } => format!("[{number} {access}]"),
        })
        .collect();
    let texts = parsed.texts.iter().map(|text| match text {
        PlainText::Public(text) => text.clone(),
        PlainText::Gated { number, access, .. } => format!("[{number} {access}]"),
    });
    let texts: Vec<String> = texts.collect();
    let public_links = document.links.iter().filter(|it| !it.is_gated);
    let links: Vec<_> = public_links
        .map(|it| (&it.target, &it.query, &it.fragment, it.kind))
        .collect();
    format!(
        "{parts:?} {texts:?} {:?} {:?} {:?} {} {:?} {:?} {links:?}",
        document.front,
        parsed.body.headings,
        document.summary,
        document.lead,
        document.public_counts,
        document.public_readability,
    )
}
