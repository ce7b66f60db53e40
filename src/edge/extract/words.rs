//! Faults of requests in plain words: which field or parameter, and what it takes.

use serde_path_to_error::Path;

/// Longest answer, in characters.
const MAX_CHARS: usize = 200;

/// What is wrong at `path`, from the message of a deserializer. Names of fields and the values that one takes are told;
/// what was sent is not.
pub fn of_value(path: &Path, message: &str) -> String {
    let path = path.to_string();
    let name = |field: &str| match path.rsplit_once('.') {
        Some((above, last)) if last == field => format!("`{above}.{field}`"),
        _ if path == "." || path == field => format!("`{field}`"),
        _ => format!("`{path}.{field}`"),
    };
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let text = if message.starts_with("missing field") {
        format!("{} is missing", name(quoted()))
    } else if message.starts_with("duplicate field") {
        format!("{} is there twice", name(quoted()))
    } else if let Some((_, wanted)) = message
        .split_once(", expected ")
        .filter(|_| message.starts_with("unknown variant"))
    {
        let wanted = wanted.split(" at line").next().unwrap_or_default();
        format!("`{path}` takes {wanted}")
    } else if path == "." {
        "this is not an object with the fields of this request".into()
    } else {
        format!("`{path}` does not take this value")
    };
    bounded(&text)
}

/// At most so many characters, and none that controls a terminal.
pub fn bounded(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(MAX_CHARS).collect()
}
