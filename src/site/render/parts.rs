//! Where the paywalls of a page ended up in its text.
//!
//! Each paywall stands between two noncharacters that no author's text can hold (`parse` drops them), so that the
//! template may do with `page.content` what it likes, and the byte ranges are still exact.

use memchr::memmem;
use std::ops::Range;

const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';
/// What both begin with in UTF-8, which is seldom enough in other text to be looked for first.
const MARK_START: &[u8] = &[0xEF, 0xB7];

/// Puts a paywall between its marks.
pub fn mark(content: &mut String, paywall: &str) {
    content.push(OPEN);
    content.push_str(paywall);
    content.push(CLOSE);
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

/// Takes the marks out; gives the text and one range for each of `n_parts` paywalls, in order.
pub fn unmark(text: String, n_parts: usize) -> Result<(String, Vec<Range<usize>>), PartFault> {
    if n_parts == 0 && memmem::find(text.as_bytes(), MARK_START).is_none() {
        return Ok((text, Vec::new()));
    }
    let mut clean = String::with_capacity(text.len());
    let mut ranges = Vec::with_capacity(n_parts);
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (paywall, after) = after.split_once(CLOSE).ok_or(PartFault::Damaged)?;
        let expected = format!(
            "<section class=\"paywall\" data-part=\"{}\"",
            ranges.len() + 1
        );
        let is_whole = paywall.starts_with(&expected) && paywall.ends_with("</section>");
        if before.contains(CLOSE) || !is_whole {
            return Err(PartFault::Damaged);
        }
        clean.push_str(before);
        let start = clean.len();
        clean.push_str(paywall);
        ranges.push(start..clean.len());
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
    Ok((clean, ranges))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(number: u32) -> String {
        let mut text = String::new();
        let paywall = format!("<section class=\"paywall\" data-part=\"{number}\">锁</section>");
        mark(&mut text, &paywall);
        text
    }

    #[test]
    fn ranges_are_those_of_the_clean_text() {
        let text = format!("<p>文</p>{}<hr>{}</main>", wall(1), wall(2));
        let (clean, ranges) = unmark(text, 2).unwrap();
        for (index, range) in ranges.iter().enumerate() {
            let part = &clean[range.clone()];
            assert!(part.starts_with(&format!(
                "<section class=\"paywall\" data-part=\"{}\"",
                index + 1
            )));
            assert!(part.ends_with("</section>"));
        }
        assert!(!clean.contains([OPEN, CLOSE]));
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
            (wall(1), 0),
        ] {
            assert!(unmark(text.clone(), n_parts).is_err(), "{text}");
        }
    }
}
