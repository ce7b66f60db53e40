//! Values of a head that have a shape of their own: terms, addresses, covers, marks.
//!
//! Addresses are checked here for what must not leave the site's tree; whether they exist is asked in `model`.

use crate::site::parse::front_matter::node::Node;
use crate::site::parse::raw_html::{self, Piece};
use crate::site::parse::text::slug as fold;

/// Names of terms: a text, a list, or a list of maps with `name`. Nested lists (Hexo) lie flat. Trimmed, without
/// empty ones. `is_split` reads one text as several, at commas or else at spaces.
pub fn terms(value: &Node, is_split: bool) -> Option<Vec<String>> {
    let mut found = Vec::new();
    collect(value, is_split, &mut found)?;
    found.retain(|term: &String| !term.is_empty());
    Some(found)
}

fn collect(value: &Node, is_split: bool, found: &mut Vec<String>) -> Option<()> {
    match value {
        Node::Null => {}
        Node::List(items) => {
            for item in items {
                collect(item, false, found)?;
            }
        }
        Node::Map(entries) => {
            let keys = ["name", "title", "slug", "id"];
            let named = |key: &str| entries.iter().find(|(own, _)| own == key);
            let (_, name) = keys.into_iter().find_map(named)?;
            found.push(name.scalar()?.trim().into());
        }
        scalar => {
            let text = scalar.scalar()?;
            let comma = |c: char| matches!(c, ',' | '，' | '、' | ';' | '；');
            match text.contains(comma) {
                true if is_split => found.extend(text.split(comma).map(|it| it.trim().to_string())),
                false if is_split => found.extend(text.split_whitespace().map(String::from)),
                _ => found.push(text.trim().into()),
            }
        }
    }
    Some(())
}

/// The names in an author as other tools write one: without HTML, of which each comma ends a name, and without a
/// mail address in `<>`. What holds nothing else stays as it is. A comma of ASCII ends a name if the text `is_whole`,
/// not one of a list, and no `Jr.` or the like follows.
pub fn names(author: &str, is_whole: bool) -> Vec<String> {
    if !author.contains('<') {
        return split_names(author, is_whole);
    }
    let mut text = String::new();
    for piece in raw_html::pieces(author) {
        if let Piece::Text(piece) = piece {
            text.push_str(piece);
        }
    }
    let names = text.split([',', '，', '、']).map(str::trim);
    let names: Vec<String> = names
        .filter(|it| !it.is_empty())
        .map(String::from)
        .collect();
    match names.is_empty() {
        true => vec![author.to_string()],
        false => names,
    }
}

/// What stands behind a comma in one name.
const SUFFIXES: [&str; 13] = [
    "jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d", "inc", "ltd", "llc", "co",
];

fn split_names(authors: &str, is_whole: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in authors.split(['，', '、', ';', '；']) {
        let n_before = names.len();
        for piece in piece.split(',') {
            let folded = piece.trim().trim_end_matches('.').to_ascii_lowercase();
            let goes_on = !is_whole || SUFFIXES.contains(&folded.as_str());
            match names.get_mut(n_before..).and_then(<[String]>::last_mut) {
                Some(name) if goes_on => *name = format!("{name},{piece}"),
                _ => names.push(piece.to_owned()),
            }
        }
    }
    let names = names.into_iter().map(|it| it.trim().to_owned());
    let names: Vec<String> = names.filter(|it| !it.is_empty()).collect();
    match names.is_empty() {
        true => vec![authors.to_owned()],
        false => names,
    }
}

/// A series by name, by list, or as a map with `name` and `part`.
pub fn series(value: &Node) -> Option<(Vec<String>, Option<i64>)> {
    let part = match value {
        Node::Map(entries) => entries
            .iter()
            .find_map(|(key, value)| match (key.as_str(), value) {
                ("part" | "order" | "weight", Node::Int(part)) => Some(*part),
                _ => None,
            }),
        _ => None,
    };
    Some((terms(value, false)?, part))
}

/// The last segment of an address, folded.
pub fn slug(value: &Node) -> Result<Option<String>, &'static str> {
    const WANTED: &str = "one address segment, without `/` and not `..`";
    if *value == Node::Null {
        return Ok(None);
    }
    let text = value.scalar().ok_or(WANTED)?;
    let text = text.trim().trim_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains(['/', '\\', '\0']) || text.chars().all(|c| c == '.') {
        return Err(WANTED);
    }
    let folded = fold(text);
    (!folded.is_empty()).then_some(Some(folded)).ok_or(WANTED)
}

/// A whole address with `/` at both ends, and the former address where the author wrote one with `.html`.
/// Patterns such as Jekyll's `/:year/:title/` are no address of one page and do not fit.
pub fn path(value: &Node) -> Result<(Option<String>, Option<String>), &'static str> {
    const WANTED: &str = "an address below the site's root such as `/guides/start/`";
    if *value == Node::Null {
        return Ok((None, None));
    }
    let text = value.scalar().ok_or(WANTED)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok((None, None));
    }
    if !is_inside(text) || text.contains([':', '?', '#']) {
        return Err(WANTED);
    }
    let inner = text.trim_matches('/');
    let plain = inner
        .strip_suffix(".html")
        .or_else(|| inner.strip_suffix(".htm"));
    let alias = plain.map(|_| format!("/{inner}"));
    let plain = plain.unwrap_or(inner);
    let plain = match plain {
        "index" => "",
        _ => plain.strip_suffix("/index").unwrap_or(plain),
    };
    let alias = alias.filter(|_| !inner.ends_with("index.html"));
    let path = if plain.is_empty() {
        "/".into()
    } else {
        format!("/{plain}/")
    };
    Ok((Some(path), alias))
}

/// Former addresses: a text or a list.
pub fn aliases(value: &Node) -> Result<Vec<String>, &'static str> {
    const WANTED: &str = "a list of addresses below the site's root such as `/old/name/`";
    let aliases = terms(value, false).ok_or(WANTED)?;
    let fits = aliases
        .iter()
        .all(|it| is_inside(it) && !it.contains("://"));
    fits.then_some(aliases).ok_or(WANTED)
}

/// Whether a path stays below the root, whatever it is joined to.
fn is_inside(path: &str) -> bool {
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    !path.contains(['\\', '\0'])
        && !path.starts_with("//")
        && !is_drive
        && !path.chars().any(char::is_control)
        && path
            .split('/')
            .all(|segment| segment != ".." && segment != ".")
}

/// A picture's address and what it shows: a text, the first of a list, or a map. `None` inside where it is empty.
#[expect(clippy::option_option, reason = "does not fit, is empty, is there")]
pub fn cover(value: &Node) -> Option<Option<(String, String)>> {
    match value {
        Node::Null => Some(None),
        Node::Text(text) if text.trim().is_empty() => Some(None),
        Node::Text(text) => Some(Some((text.trim().into(), String::new()))),
        Node::List(items) => items.first().map_or(Some(None), cover),
        Node::Map(entries) => {
            let named = |keys: [&str; 6]| {
                let found = keys
                    .into_iter()
                    .find_map(|key| entries.iter().find(|(own, _)| own == key));
                found.and_then(|(_, value)| value.scalar())
            };
            let address = named(["src", "image", "url", "path", "relative_path", "feature"])?;
            let alt = named(["alt", "caption", "title", "description", "alt_text", "text"]);
            Some(Some((address.trim().into(), alt.unwrap_or_default())))
        }
        _ => None,
    }
}

/// A mark from 0 to 10; `None` inside for none.
#[expect(clippy::option_option, reason = "does not fit, is empty, is there")]
pub fn mark(value: &Node) -> Option<Option<f64>> {
    let mark = match value {
        Node::Null => return Some(None),
        Node::Int(mark) => *mark as f64,
        Node::Float(mark) => *mark,
        _ => return None,
    };
    (0.0..=10.0).contains(&mark).then_some(Some(mark))
}

/// A permanent page id: a content path without its extension.
pub fn id(value: &Node) -> Result<Option<String>, &'static str> {
    const WANTED: &str = "a name such as `guides/start`, at most 200 characters";
    if *value == Node::Null {
        return Ok(None);
    }
    let text = value.scalar().ok_or(WANTED)?;
    let text = text.trim();
    let fits = is_inside(text) && !text.starts_with('/') && text.chars().count() <= 200;
    fits.then(|| (!text.is_empty()).then(|| text.into()))
        .ok_or(WANTED)
}

/// A template of the theme; `.html` may be left out.
pub fn template(value: &Node) -> Result<Option<String>, &'static str> {
    const WANTED: &str = "a template such as `landing.html`";
    match value {
        Node::Null => Ok(None),
        Node::Text(text) if is_inside(text.trim()) && !text.trim().starts_with('/') => {
            let text = text.trim();
            let name = if text.ends_with(".html") {
                text.into()
            } else {
                format!("{text}.html")
            };
            Ok((!text.is_empty()).then_some(name))
        }
        _ => Err(WANTED),
    }
}

/// An absolute http(s) address.
pub fn canonical(value: &Node) -> Result<Option<String>, &'static str> {
    const WANTED: &str = "an absolute address such as `https://example.org/article`";
    match value {
        Node::Null => Ok(None),
        Node::Text(text) => {
            let text = text.trim();
            let is_absolute = text.starts_with("https://") || text.starts_with("http://");
            match text {
                "" => Ok(None),
                _ if is_absolute && !text.contains([' ', '"', '<', '>']) => Ok(Some(text.into())),
                _ => Err(WANTED),
            }
        }
        _ => Err(WANTED),
    }
}

/// How a section's list is ordered. Zola's other orders become the nearest of ours.
pub fn sort_by(value: &Node) -> Result<Option<String>, &'static str> {
    let order = match value {
        Node::Null => return Ok(None),
        Node::Text(text) => match text.trim() {
            "date" | "update_date" | "none" => "date",
            "weight" => "weight",
            "title" | "title_bytes" | "slug" | "permalink" => "title",
            _ => "",
        },
        _ => "",
    };
    let known = (!order.is_empty()).then(|| Some(order.to_string()));
    known.ok_or("`date`, `weight` or `title`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.into())
    }

    #[test]
    fn terms_come_in_every_shape() {
        let list = Node::List(vec![
            text(" a b "),
            Node::Int(7),
            Node::Null,
            Node::List(vec![text("c")]),
        ]);
        let named = Node::List(vec![Node::Map(vec![("name".into(), text("梅"))])]);
        for (value, is_split, wanted) in [
            (text("rust web"), true, &["rust", "web"][..]),
            (text("机器 学习, web"), true, &["机器 学习", "web"]),
            (text("machine learning"), false, &["machine learning"]),
            (list, true, &["a b", "7", "c"]),
            (named, false, &["梅"]),
            (Node::Null, true, &[]),
        ] {
            assert_eq!(terms(&value, is_split).unwrap(), wanted, "{value:?}");
        }
        assert_eq!(
            terms(&Node::Map(vec![("a".into(), Node::Int(1))]), false),
            None
        );
    }

    #[test]
    fn authors_are_names() {
        for (author, wanted) in [
            ("梅", &["梅"][..]),
            ("Ann, Bob", &["Ann", "Bob"]),
            ("张三、李四", &["张三", "李四"]),
            ("张三，李四；王五; Ann", &["张三", "李四", "王五", "Ann"]),
            (
                "Martin King, Jr., Acme, Inc., Bo",
                &["Martin King, Jr.", "Acme, Inc.", "Bo"],
            ),
            ("、", &["、"]),
            ("<a href=\"https://example.org/\">Mei</a>", &["Mei"]),
            (
                "<a href='x'>Ann Lee</a>, <a href='y'>梅</a>",
                &["Ann Lee", "梅"],
            ),
            ("Ann <ann@example.org>", &["Ann"]),
            ("<img src='x'>", &["<img src='x'>"]),
        ] {
            assert_eq!(names(author, true), wanted, "{author}");
        }
        assert_eq!(names("Doe, Jane", false), ["Doe, Jane"]);
        assert_eq!(names("张三、李四", false), ["张三", "李四"]);
    }

    #[test]
    fn addresses_stay_inside_the_site() {
        for (value, wanted) in [
            ("/a/b/", Some("/a/b/")),
            ("a/b", Some("/a/b/")),
            ("/", Some("/")),
            ("/about.html", Some("/about/")),
            ("/a/index.html", Some("/a/")),
            ("/../x", None),
            ("//host/x", None),
            ("C:\\x", None),
            ("/:year/:title/", None),
        ] {
            let read = path(&text(value)).ok().and_then(|(path, _)| path);
            assert_eq!(read.as_deref(), wanted, "{value}");
        }
        for bad in ["..", "a/b", "a\\b", "."] {
            assert!(slug(&text(bad)).is_err(), "{bad}");
        }
        assert_eq!(slug(&text("Rust 入门")), Ok(Some("rust-入门".into())));
        assert_eq!(slug(&Node::Int(42)), Ok(Some("42".into())));
    }
}
