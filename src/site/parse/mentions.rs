//! Names of files in text that is no link: attribute values, `url()`, strings in scripts, pieces of style sheets.
//!
//! Whatever looks like a path counts; whether a file lies there is asked in `model`. Entry points: [`in_value`] for one
//! attribute, [`in_text`] for a whole file, and [`paths`] for the paths that a piece may mean.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

/// Longer pieces name no file.
const MOST_BYTES: usize = 400;

/// Attributes whose value is never an address.
#[rustfmt::skip]
const NO_ADDRESS: [&str; 14] = [
    "class", "lang", "dir", "title", "alt", "role", "type", "rel", "target", "width", "height", "loading", "for",
    "datetime",
];

/// What the value of an attribute may name: the whole of it, and its pieces, as `srcset` and `style` have them.
pub fn in_value<'v>(attribute: &str, value: &'v str) -> impl Iterator<Item = &'v str> {
    let is_open = !NO_ADDRESS.contains(&attribute) && !attribute.starts_with("aria-");
    let whole = value.trim();
    // A file without an ending is known by the attribute that names it.
    let is_named = ["src", "href", "data", "poster", "url", "file"]
        .iter()
        .any(|it| attribute.contains(it));
    let whole = Some(whole).filter(|it| is_path(it) || (is_named && fits(it) && !it.contains(':')));
    let pieces = in_text(value).filter(move |it| Some(*it) != whole);
    whole.into_iter().chain(pieces).filter(move |_| is_open)
}

/// What a text may name: everything between white space, quotes, brackets and the like. Between two quotes or brackets
/// the whole counts too, for names with spaces.
pub fn in_text(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| c.is_whitespace() || ",;=|".contains(c);
    let quoted = text.split(|c: char| "\"'`()<>{}[]\n".contains(c));
    quoted.flat_map(move |quoted| {
        let whole = quoted.trim();
        let whole = Some(whole).filter(|it| it.contains(is_end) && is_path(it));
        let pieces = quoted.split(is_end).filter(|it| is_path(it));
        whole.into_iter().chain(pieces)
    })
}

/// The paths that a piece may mean, in composed Unicode: as it stands, and percent-decoded. Query and fragment are left
/// out, and `\` is read as `/`, as browsers do.
pub fn paths(piece: &str) -> impl Iterator<Item = String> {
    let path = piece.split(['?', '#']).next().unwrap_or_default().trim();
    let path = path.replace('\\', "/");
    let decoded = percent_decode_str(&path).decode_utf8().ok();
    let decoded = decoded.filter(|it| **it != path).map(String::from);
    let all = [Some(path), decoded].into_iter().flatten();
    all.filter(|it| !it.is_empty()).map(|it| it.nfc().collect())
}

/// Whether a piece could be the path of a file: short, and with an ending or a folder.
fn is_path(piece: &str) -> bool {
    fits(piece) && piece.contains(['.', '/']) && piece.contains(char::is_alphabetic)
}

fn fits(piece: &str) -> bool {
    !piece.is_empty()
        && !piece.starts_with('#')
        && piece.len() <= MOST_BYTES
        && !piece.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_name_files_in_many_ways() {
        for (attribute, value, expected) in [
            ("data", "f2.dat", "f2.dat"),
            ("data", " LICENSE ", "LICENSE"),
            (
                "data-src",
                "my pictures/a b.png",
                "my pictures/a b.png|pictures/a|b.png",
            ),
            (
                "style",
                "background: url('f5.dat')",
                "background: url('f5.dat')|f5.dat",
            ),
            ("style", "color: red", ""),
            ("href", "#a", ""),
            (
                "data-srcset",
                "a.png 1x, b.png 2x",
                "a.png 1x, b.png 2x|a.png|b.png",
            ),
            (
                "srcdoc",
                "<img src=a.png>",
                "<img src=a.png>|img src=a.png|a.png",
            ),
            ("content", "0; url=/a/b.pdf", "0; url=/a/b.pdf|/a/b.pdf"),
            (
                "data-options",
                "{\"src\":\"v.mp4\"}",
                "{\"src\":\"v.mp4\"}|v.mp4",
            ),
            ("onclick", "load(`a.bin`)", "load(`a.bin`)|a.bin"),
            ("class", "a.png", ""),
            ("aria-label", "a.png", ""),
            ("value", "1.5", ""),
            ("value", "", ""),
        ] {
            let found: Vec<&str> = in_value(attribute, value).collect();
            let wanted: Vec<&str> = expected.split('|').filter(|it| !it.is_empty()).collect();
            let is_in = |it: &&str| found.contains(it);
            assert!(wanted.iter().all(is_in), "{value}: {found:?}");
            assert!(found.len() <= wanted.len(), "{value}: {found:?}");
        }
        let quoted: Vec<&str> = in_text("url('a b.png'), [\"c/d\", 'no name']").collect();
        assert_eq!(quoted, ["a b.png", "b.png", "c/d"]);
        for (piece, wanted) in [
            ("a.png", "a.png"),
            (" a.png?v=1#x ", "a.png"),
            ("%E5%9B%BE.png", "%E5%9B%BE.png|图.png"),
            ("cafe\u{301}.png", "caf\u{e9}.png"),
            ("cafe%CC%81.png", "cafe%CC%81.png|caf\u{e9}.png"),
            ("..\\a.png", "../a.png"),
            ("?v=1", ""),
        ] {
            assert_eq!(
                paths(piece).collect::<Vec<_>>().join("|"),
                wanted,
                "{piece}"
            );
        }
    }
}
