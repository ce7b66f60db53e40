//! Compares JSON with a pattern: `...` allows more, `"$name"` captures and must then be equal, `"$_"` is anything.

use serde_json::Value;
use std::collections::BTreeMap;

/// What `$name` stood for so far.
pub type Captures = BTreeMap<String, Value>;

/// Reads a pattern: JSON in which an object or array may end with `...`.
pub fn pattern(text: &str) -> Result<Value, String> {
    let mut json = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut objects = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if in_string => {
                json.push(c);
                json.extend(rest.next());
                continue;
            }
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => objects.push(c == '{'),
            '}' | ']' if !in_string => drop(objects.pop()),
            '.' if !in_string && rest.peek() == Some(&'.') => {
                rest.nth(1);
                json.push_str(if objects.last() == Some(&true) {
                    r#""...":true"#
                } else {
                    r#""...""#
                });
                continue;
            }
            _ => {}
        }
        json.push(c);
    }
    serde_json::from_str(&json).map_err(|error| format!("the pattern is no JSON: {error}: {text}"))
}

/// `Err` says where and why the value is not what the pattern wants.
pub fn matches(
    pattern: &Value,
    value: &Value,
    at: &str,
    captures: &mut Captures,
) -> Result<(), String> {
    match (pattern, value) {
        (Value::String(name), _) if name == "$_" => Ok(()),
        (Value::String(name), _) if is_capture(name) => match captures.get(&name[1..]) {
            Some(before) if before != value => {
                Err(format!("{at}: {name} was {before}, now {value}"))
            }
            Some(_) => Ok(()),
            None => {
                captures.insert(name[1..].to_owned(), value.clone());
                Ok(())
            }
        },
        (Value::Object(wanted), Value::Object(actual)) => {
            let open = wanted.contains_key("...");
            for (key, pattern) in wanted.iter().filter(|(key, _)| *key != "...") {
                let value = actual
                    .get(key)
                    .ok_or_else(|| format!("{at}.{key}: missing"))?;
                matches(pattern, value, &format!("{at}.{key}"), captures)?;
            }
            match actual.keys().find(|key| !wanted.contains_key(*key)) {
                Some(key) if !open => Err(format!("{at}.{key}: not expected")),
                _ => Ok(()),
            }
        }
        (Value::Array(wanted), Value::Array(actual)) => {
            let open = wanted.last().is_some_and(|last| last == "...");
            let wanted = if open {
                &wanted[..wanted.len() - 1]
            } else {
                &wanted[..]
            };
            if actual.len() < wanted.len() || (!open && actual.len() > wanted.len()) {
                return Err(format!(
                    "{at}: {} elements wanted, {} came",
                    wanted.len(),
                    actual.len()
                ));
            }
            let pairs = wanted.iter().zip(actual).enumerate();
            let mut pairs = pairs;
            pairs.try_for_each(|(n, (pattern, value))| {
                matches(pattern, value, &format!("{at}[{n}]"), captures)
            })
        }
        (Value::Number(wanted), Value::Number(actual)) => {
            let (wanted, actual) = (
                wanted.as_f64().unwrap_or(f64::NAN),
                actual.as_f64().unwrap_or(f64::NAN),
            );
            if (wanted - actual).abs() <= 1e-9 {
                Ok(())
            } else {
                Err(format!("{at}: {wanted} wanted, {actual} came"))
            }
        }
        _ if pattern == value => Ok(()),
        _ => Err(format!("{at}: {pattern} wanted, {value} came")),
    }
}

fn is_capture(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Puts captured values into a text; the longest names first, so that `$comment2` is not `$comment` and a 2.
pub fn fill(text: &str, captures: &Captures) -> String {
    let mut names: Vec<&String> = captures.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.into_iter().fold(text.to_owned(), |text, name| {
        let value = &captures[name];
        let plain = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("${name}"), &plain)
    })
}
