//! Findings about files as text: bytes that are no UTF-8, links to elsewhere, names that cannot be read.

use crate::diag::{Diagnostic, Severity, SourceFile};

/// The text of a file without its byte order mark, or the finding that says why it is no text. A CR that ends a line by
/// itself becomes LF, in the same place.
#[expect(
    clippy::result_large_err,
    reason = "a finding a file at most, and never in a loop that is hot"
)]
pub fn utf8(path: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(with_line_feeds(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        })),
        Err(fault) => {
            let at = fault.utf8_error().valid_up_to();
            Err(Diagnostic::not_utf8(path, fault.as_bytes(), at))
        }
    }
}

/// Of the three line ends of CommonMark, other readers know two.
fn with_line_feeds(text: String) -> String {
    let is_lone = |at: usize| text.as_bytes().get(at + 1) != Some(&b'\n');
    let lone = memchr::memchr_iter(b'\r', text.as_bytes()).filter(|at| is_lone(*at));
    let lone: Vec<usize> = lone.collect();
    if lone.is_empty() {
        return text;
    }
    let mut bytes = text.into_bytes();
    for at in lone {
        bytes[at] = b'\n';
    }
    String::from_utf8(bytes).expect("an ASCII byte in the place of another")
}

impl Diagnostic {
    /// The byte at `at` is no UTF-8.
    fn not_utf8(path: &str, bytes: &[u8], at: usize) -> Self {
        let before = String::from_utf8_lossy(&bytes[..at]);
        let line_start = bytes[..at]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |it| it + 1);
        let line_end = bytes[at..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |it| at + it);
        let line = String::from_utf8_lossy(&bytes[line_start..line_end]);
        let shown = SourceFile::new(path, before.as_ref());
        let mut finding = Diagnostic::at_place(
            Severity::Error,
            "not-utf8",
            path,
            shown.line_column(before.len()),
            format!("byte {:#04x} is no UTF-8", bytes[at]),
            encoding_help(bytes),
        );
        finding.excerpt = SourceFile::new(path, line.trim_end()).excerpt(1, finding.column);
        finding
    }

    /// A symbolic link: what it points at may lie outside the site, or in its vault.
    pub fn symbolic_link(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "symbolic-link",
            path,
            "this is a symbolic link, which is never followed",
            "put the file itself here",
        )
    }

    /// A name that is no text, so nothing could link to it.
    pub fn unreadable_name(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "unreadable-name",
            path,
            "the name of this file is no UTF-8",
            "rename it; names from old archives are often in GBK",
        )
    }

    /// A file or folder that the system does not let us read.
    pub fn unreadable_file(path: &str, cause: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "unreadable-file",
            path,
            format!("this cannot be read: {cause}"),
            "a build must be able to read all of the site; nothing is published without it",
        )
    }

    /// A symbolic link that leads nowhere, or round in a circle.
    pub fn dangling_link(path: &str, cause: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "dangling-link",
            path,
            format!("this is a symbolic link that leads nowhere: {cause}"),
            "put the file itself here, or delete the link",
        )
    }

    /// A folder of the site that is a file or a link.
    pub fn no_folder(path: &str, what: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "no-folder",
            path,
            format!("this must be a folder, and is {what}"),
            "put the folder itself here, or delete this; a symbolic link is never followed",
        )
    }
}

fn encoding_help(bytes: &[u8]) -> &'static str {
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    // In GBK both bytes of a character lie above 0x3f and the first above 0x80; Latin-1 has such a byte alone.
    let high = bytes.iter().filter(|byte| **byte >= 0x81).count();
    let pairs = bytes
        .windows(2)
        .filter(|it| it[0] >= 0x81 && it[1] >= 0x81)
        .count();
    if is_wide {
        "the file is UTF-16: save it as UTF-8"
    } else if high >= 2 && pairs * 2 >= high {
        "the file looks like GBK: convert it with `iconv -f GB18030 -t UTF-8`"
    } else {
        "save the file as UTF-8"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_have_a_place_and_a_way_out() {
        let rows: [(&[u8], (u32, u32), &str); 4] = [
            (b"ok\n\xd6\xd0\xce\xc4\xbf\xc9\xd2\xd4", (2, 1), "GB18030"),
            ("中文é".as_bytes(), (0, 0), ""),
            (b"caf\xe9 \n", (1, 4), "as UTF-8"),
            (b"\xff\xfeh\0i\0", (1, 1), "UTF-16"),
        ];
        for (bytes, place, help) in rows {
            match utf8("content/a.md", bytes.to_vec()) {
                Ok(_) => assert_eq!(place, (0, 0)),
                Err(finding) => {
                    assert_eq!((finding.line, finding.column), place, "{finding:?}");
                    assert!(finding.help.contains(help), "{finding:?}");
                }
            }
        }
        assert_eq!(utf8("a", b"\xef\xbb\xbfx".to_vec()).as_deref(), Ok("x"));
        assert_eq!(
            utf8("a", b"a\rb\r\nc\r\r".to_vec()).as_deref(),
            Ok("a\nb\r\nc\n\n")
        );
    }
}
