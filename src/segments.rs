//! Segments of addresses: what is wrong with those that some host refuses, and what they become.
//!
//! `public/` goes to file systems, archives, object stores and CDNs. What one of them refuses stands in no segment that
//! is made of a name: `?`, `#` (Netlify), `" : < > | *` (archives of GitHub, Windows), `%` (decoded twice by some
//! servers), a dot at either end, names of devices (Windows), characters that nobody sees. A build makes [`safe`]
//! segments; the edge redirects from the form that a segment had before.

use std::borrow::Cow;

/// Refused by some host, or read there as something else.
const UNSAFE: [char; 9] = ['?', '#', '%', '"', ':', '<', '>', '|', '*'];

/// A folded segment as every host takes it; one that is safe stays as it is. Empty if nothing of it can be kept.
///
/// `c#` is `c-sharp` and `.net` is `dot-net`, so that they stay apart from `c` and `net`. Other characters that are not
/// safe become `-` between words, and nothing at the ends.
pub fn safe(folded: &str) -> Cow<'_, str> {
    match fault(folded) {
        None => Cow::Borrowed(folded),
        Some(_) => Cow::Owned(made_safe(folded)),
    }
}

/// Why a segment is not safe everywhere; shown as what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It holds this character.
    #[error("`{}`", .0.escape_debug())]
    Holds(char),
    /// It begins with a dot.
    #[error("a dot at its beginning")]
    LeadingDot,
    /// It ends with a dot or a space.
    #[error("a dot or a space at its end")]
    TrailingDot,
    /// Windows keeps the name for a device.
    #[error("a device of Windows")]
    Device,
    /// Servers read it as the file of the folder above.
    #[error("the file that stands for its folder")]
    Index,
}

/// What is wrong with a segment; `None` for nearly all.
pub fn fault(segment: &str) -> Option<Fault> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if segment.len() > LONGEST_DEVICE && segment.bytes().all(is_plain) {
        return None;
    }
    let bad = |c: &char| UNSAFE.contains(c) || is_unseen(*c);
    if let Some(c) = segment.chars().find(bad) {
        Some(Fault::Holds(c))
    } else if segment.starts_with('.') {
        Some(Fault::LeadingDot)
    } else if segment.ends_with(['.', ' ']) {
        Some(Fault::TrailingDot)
    } else if is_device(segment) {
        Some(Fault::Device)
    } else {
        segment
            .eq_ignore_ascii_case("index.html")
            .then_some(Fault::Index)
    }
}

/// Controls, direction marks and other characters without a shape, but for the joiners that scripts and emoji need.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c as u32, 0xAD | 0x61C | 0x180E | 0x200B | 0x200E | 0x200F | 0x2028..=0x202E
            | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xFFFE | 0xFFFF | 0xE0000..=0xE0FFF)
}

/// `con`, `NUL.txt`, `com1`: whatever comes behind a dot, Windows opens the device.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    let port = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
    let is_number = |it: &str| {
        let mut chars = it.chars();
        matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
    };
    ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(&stem.as_str())
        || port.is_some_and(is_number)
}

/// `conout$` is the longest name of a device.
const LONGEST_DEVICE: usize = 7;

fn made_safe(folded: &str) -> String {
    if folded.chars().all(|c| c == '.') {
        return "-".repeat(folded.len());
    }
    let mut made = String::with_capacity(folded.len() + 8);
    let is_named = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut before = None;
    let mut rest = folded.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        if c == '#' && is_named(before) && !is_named(after) {
            made.push_str("-sharp");
        } else if c == '.' && before.is_none() && is_named(after) {
            made.push_str("dot-");
        } else if UNSAFE.contains(&c) {
            made.push('-');
        } else if !is_unseen(c) {
            made.push(c);
        }
        before = Some(c);
    }
    let made = joined(&made);
    let made = made.trim_matches(['-', '.']);
    if made.eq_ignore_ascii_case("index.html") {
        return "index-html".into();
    }
    match made.split_once('.') {
        _ if !is_device(made) => made.to_owned(),
        Some((stem, ending)) => format!("{stem}-.{ending}"),
        None => format!("{made}-"),
    }
}

/// Runs of `-` as one.
fn joined(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '-' || !made.ends_with('-') {
            made.push(c);
        }
    }
    made
}
