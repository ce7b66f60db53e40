//! An error and its causes in one line, in words instead of codes, and what can be done about a failure of the system.

use std::error::Error;
use std::io::{self, ErrorKind};

/// The error and its causes, outermost first, without the numbers of the system and of SQLite. A cause that only repeats
/// what was said before it is left out.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(without_code(&error.to_string()), |text, cause| {
        let cause = without_code(&cause.to_string());
        match text.contains(&cause) {
            true => text,
            false => format!("{text}: {cause}"),
        }
    })
}

/// What can be done where something could not be written; empty where that is not known.
pub fn help(error: &(dyn Error + 'static)) -> &'static str {
    kind_of(error).map_or("", help_for)
}

/// The same where something could not be read.
pub fn help_to_read(error: &(dyn Error + 'static)) -> &'static str {
    match kind_of(error) {
        Some(kind @ ErrorKind::PermissionDenied) => help_for(kind),
        _ => "",
    }
}

/// The innermost failure of the system.
fn kind_of(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut kind = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        kind = cause
            .downcast_ref::<io::Error>()
            .map(io::Error::kind)
            .or(kind);
        next = cause.source();
    }
    kind
}

/// What can be done about a failure of this kind.
pub fn help_for(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "make its folder first, or choose another place",
        ErrorKind::PermissionDenied => {
            "run this as the user who owns it, or change its permissions"
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            "a file stands where a folder is needed: choose another place, or move the file"
        }
        ErrorKind::IsADirectory => "a folder stands where a file is needed: choose another name",
        ErrorKind::InvalidFilename => "choose a shorter or another name",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on its disk",
        ErrorKind::ReadOnlyFilesystem => "its disk is read-only: choose another place",
        _ => "",
    }
}

/// `No such file or directory (os error 2)` -> `No such file or directory`, `Error code 26: file is not a database` ->
/// `file is not a database`.
fn without_code(text: &str) -> String {
    // The name of a temporary file means nothing to anybody.
    let text = text.split(" at path \"").next().unwrap_or(text);
    let mut text = text.to_owned();
    for (before, after) in [(" (os error ", ")"), ("Error code ", ": ")] {
        let Some(start) = text.find(before) else {
            continue;
        };
        let digits = &text[start + before.len()..];
        let n_digits = digits.bytes().take_while(u8::is_ascii_digit).count();
        if n_digits > 0 && digits[n_digits..].starts_with(after) {
            text.replace_range(start..start + before.len() + n_digits + after.len(), "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_left_out() {
        for (given, words) in [
            ("File exists (os error 17)", "File exists"),
            ("File exists (os error 17) at path \"/x\"", "File exists"),
            (
                "Error code 26: file is not a database",
                "file is not a database",
            ),
            ("an (os error ) of ours", "an (os error ) of ours"),
            ("Error code of ours: x", "Error code of ours: x"),
        ] {
            assert_eq!(without_code(given), words);
        }
    }
}
