//! Where the paywalls of a page ended up in its text, and which version of the page they name.
//!
//! Each paywall stands between two noncharacters that no author's text can hold (`parse` drops them), so that the
//! template may do with `page.content` what it likes, and the byte ranges are still exact.
//!
//! Each carries the name of the page's public text, made of every byte of it with [`UNNAMED`] in place of that name.
//! A page that lies on a CDN is told by it from the page of the open release: what differs in gated text alone has the
//! same name, and everything else another.

use crate::ids::{Access, PartNumber};
use crate::manifest::checksum;
use memchr::memmem;
use std::ops::Range;

const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';
/// What both begin with in UTF-8, which is seldom enough in other text to be looked for first.
const MARK_START: &[u8] = &[0xEF, 0xB7];
/// What stands where the name of the version will stand; of the same length.
const UNNAMED: &str = "00000000000000000000000000000000";

/// The public text of a page, and what stands where in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// Without marks.
    pub text: String,
    /// One for each paywall, in order.
    pub ranges: Vec<Range<usize>>,
    /// Names the text; `None` where there is no paywall.
    pub version: Option<String>,
}

/// Puts a paywall, what the theme says in place of a part, between its marks.
pub fn mark(content: &mut String, number: PartNumber, access: &Access, inner: &str) {
    content.push(OPEN);
    content.push_str(&opening(number));
    content.push_str(&format!(
        " data-access=\"{access}\" data-version=\"{UNNAMED}\">\n{inner}\n</section>"
    ));
    content.push(CLOSE);
}

fn opening(number: PartNumber) -> String {
    format!("<section class=\"paywall\" data-part=\"{number}\"")
}

/// What is wrong with a template that should print each paywall once.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PartFault {
    /// Some are missing, or there more than once.
    #[error(
        "the template must print the content once, with every paywall in it: there are {n_parts}, and {n_found} came out"
    )]
    Count {
        /// Of the page.
        n_parts: usize,
        /// In the rendered text.
        n_found: usize,
    },
    /// One is not as it was.
    #[error(
        "the template must print the content with `| safe` and unchanged: a paywall came out damaged"
    )]
    Damaged,
}

/// Takes the marks out, finds each of `n_parts` paywalls, and names the version.
pub fn unmark(text: String, n_parts: usize) -> Result<Placed, PartFault> {
    if n_parts == 0 && memmem::find(text.as_bytes(), MARK_START).is_none() {
        return Ok(Placed {
            text,
            ranges: Vec::new(),
            version: None,
        });
    }
    let mut clean = String::with_capacity(text.len());
    let (mut ranges, mut names) = (Vec::with_capacity(n_parts), Vec::with_capacity(n_parts));
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (paywall, after) = after.split_once(CLOSE).ok_or(PartFault::Damaged)?;
        let expected = opening(PartNumber(ranges.len() as u32 + 1));
        let is_whole = paywall.starts_with(&expected) && paywall.ends_with("</section>");
        let name = name_in(paywall).filter(|_| is_whole && !before.contains(CLOSE));
        let name = name.ok_or(PartFault::Damaged)?;
        clean.push_str(before);
        let start = clean.len();
        clean.push_str(paywall);
        ranges.push(start..clean.len());
        names.push(start + name..start + name + UNNAMED.len());
        rest = after;
    }
    if rest.contains(CLOSE) {
        return Err(PartFault::Damaged);
    }
    clean.push_str(rest);
    if ranges.len() != n_parts {
        return Err(PartFault::Count {
            n_parts,
            n_found: ranges.len(),
        });
    }
    let version = checksum(clean.as_bytes());
    for name in names {
        clean.replace_range(name, &version);
    }
    Ok(Placed {
        text: clean,
        ranges,
        version: Some(version),
    })
}

/// Where the name of the version stands in a paywall: at the end of its own tag.
fn name_in(paywall: &str) -> Option<usize> {
    let tag = &paywall[..paywall.find('>')?];
    let name = tag.strip_suffix('"')?.strip_suffix(UNNAMED)?;
    name.ends_with(" data-version=\"").then_some(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(number: u32) -> String {
        let mut text = String::new();
        mark(&mut text, PartNumber(number), &Access::Members, "锁");
        text
    }

    fn placed(text: &str, n_parts: usize) -> Placed {
        unmark(text.into(), n_parts).unwrap()
    }

    #[test]
    fn ranges_are_those_of_the_clean_text() {
        let text = format!("<p>文</p>{}<hr>{}</main>", wall(1), wall(2));
        let Placed {
            text,
            ranges,
            version,
        } = placed(&text, 2);
        let version = version.unwrap();
        for (index, range) in ranges.iter().enumerate() {
            let opening = format!(
                "<section class=\"paywall\" data-part=\"{}\" data-access=\"members\" data-version=\"{version}\">\n",
                index + 1
            );
            let part = &text[range.clone()];
            assert!(part.starts_with(&opening), "{part}");
            assert!(part.ends_with("</section>"));
        }
        assert!(!text.contains([OPEN, CLOSE]) && !text.contains(UNNAMED));
        assert_eq!(placed("<p>free</p>", 0).version, None);
    }

    /// The same public text has the same version; any other byte makes another.
    #[test]
    fn a_version_names_the_public_text() {
        let version = |text: String, n_parts| placed(&text, n_parts).version.unwrap();
        let first = version(format!("<p>a</p>{}", wall(1)), 1);
        assert_eq!(first, version(format!("<p>a</p>{}", wall(1)), 1));
        for (text, n_parts) in [
            (format!("<p>b</p>{}", wall(1)), 1),
            (format!("{}<p>a</p>", wall(1)), 1),
            (format!("<p>a</p>{}{}", wall(1), wall(2)), 2),
            (format!("<p>a</p>{}", wall(1).replace("锁", "门")), 1),
            (format!("<p>a</p>{}", wall(1).replace("members", "paid")), 1),
        ] {
            assert_ne!(first, version(text.clone(), n_parts), "{text}");
        }
    }

    #[test]
    fn a_template_that_prints_a_part_never_twice_or_escaped_is_at_fault() {
        let escaped = wall(1).replace('<', "&lt;");
        for (text, n_parts) in [
            (String::new(), 1),
            (wall(1).repeat(2), 1),
            (escaped, 1),
            (wall(2), 1),
            (format!("{CLOSE}{}", wall(1)), 1),
            (wall(1).replace(CLOSE, ""), 1),
            (wall(1).replace(" data-version", ""), 1),
            (wall(1).replace(UNNAMED, "0"), 1),
            (wall(1), 0),
        ] {
            assert!(unmark(text.clone(), n_parts).is_err(), "{text}");
        }
    }
}
