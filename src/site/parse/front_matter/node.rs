//! A head as a tree, whether it was YAML or TOML, and the way from a value back to its place.
//!
//! Neither format's value type keeps duplicate keys or places. The tree keeps the first; the second is found again
//! by reading once more along a path and stopping there, which is done only when there is something to say.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of a head.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text, dates included.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Keys and values in order; a key may stand twice.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// How many lists and maps lie inside each other.
    pub fn depth(&self) -> usize {
        match self {
            Node::List(items) => 1 + items.iter().map(Node::depth).max().unwrap_or(0),
            Node::Map(entries) => 1 + entries.iter().map(|(_, it)| it.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Text of a scalar; `None` for nothing, lists and maps.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Node::Bool(value) => Some(value.to_string()),
            Node::Int(value) => Some(value.to_string()),
            Node::Float(value) => Some(value.to_string()),
            Node::Text(text) => Some(text.clone()),
            Node::Null | Node::List(_) | Node::Map(_) => None,
        }
    }

    /// Whether a scalar in it is not the text that stands in the file.
    pub fn has_unwritten(&self) -> bool {
        match self {
            Node::Null | Node::Text(_) => false,
            Node::Bool(_) | Node::Int(_) | Node::Float(_) => true,
            Node::List(items) => items
                .iter()
                .any(|it| *it == Node::Null || it.has_unwritten()),
            Node::Map(entries) => entries.iter().any(|(_, it)| it.has_unwritten()),
        }
    }

    /// As templates get it; of keys that stand twice the first.
    pub fn to_json(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::from(*value),
            Node::Int(value) => Value::from(*value),
            Node::Float(value) => Value::from(*value),
            Node::Text(text) => Value::from(text.as_str()),
            Node::List(items) => items.iter().map(Node::to_json).collect(),
            Node::Map(entries) => {
                let last_first = entries.iter().rev();
                Value::Object(
                    last_first
                        .map(|(key, it)| (key.clone(), it.to_json()))
                        .collect(),
                )
            }
        }
    }
}

/// One step from a value to a value in it, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of an entry of a map.
    Value(usize),
    /// The key of an entry of a map.
    Key(usize),
}

/// Why a head could not be read, and the byte in it where that shows.
#[derive(Debug)]
pub struct HeadError {
    /// What the parser says.
    pub message: String,
    /// Byte in the head.
    pub at: usize,
}

/// Reads YAML. An empty head is a map without entries.
pub fn yaml(text: &str) -> Result<Node, HeadError> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    match Along(&[]).deserialize(deserializer) {
        Ok(Node::Null) => Ok(Node::Map(Vec::new())),
        Ok(node) => Ok(node),
        Err(error) => Err(HeadError {
            at: byte_of(text, error.location()),
            message: plain(&error.to_string()),
        }),
    }
}

/// Reads JSON. Places in it are found as in YAML, of which it is a part.
pub fn json(text: &str) -> Result<Node, HeadError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Along(&[]).deserialize(&mut deserializer).map_err(|error| {
        let line = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        let start: usize = line.map(str::len).sum();
        HeadError {
            at: text.floor_char_boundary(start + error.column().saturating_sub(1)),
            message: plain(&error.to_string()),
        }
    })
}

/// Byte of the value that a path leads to in a YAML head.
pub fn yaml_at(text: &str, path: &[Step]) -> usize {
    if path.is_empty() {
        return 0;
    }
    let deserializer = serde_yaml::Deserializer::from_str(text);
    let stopped = Along(path).deserialize(deserializer).err();
    byte_of(text, stopped.and_then(|error| error.location()))
}

/// Where serde_yaml stopped, in bytes as it counts; the end of the text where it does not say.
fn byte_of(text: &str, location: Option<serde_yaml::Location>) -> usize {
    text.floor_char_boundary(location.map_or(0, |it| it.index()))
}

/// The parser's words without its own line and column, which count from the head and not from the file.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    message.to_string()
}

/// Reads a value, or stops with an error at the end of a path: serde_yaml says where it stopped.
struct Along<'p>(&'p [Step]);

impl<'de> DeserializeSeed<'de> for Along<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Ends the search for a place.
struct Stop;

impl<'de> DeserializeSeed<'de> for Stop {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Stop {
    type Value = Node;

    // Every visit that is not written out fails, which is the purpose.
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place")
    }
}

impl<'de> Visitor<'de> for Along<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Float(value as f64), Node::Int))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(Along(&[]))? {
            read.push(item);
        }
        Ok(Node::List(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut read: Vec<(String, Node)> = Vec::new();
        loop {
            let key = match self.0.first() {
                Some(Step::Key(at)) if *at == read.len() => entries.next_key_seed(Stop)?,
                _ => entries.next_key_seed(Key)?,
            };
            let Some(Node::Text(key)) = key else {
                return Ok(Node::Map(read));
            };
            let value = match self.0.split_first() {
                Some((Step::Value(at), rest)) if *at == read.len() => {
                    step(rest, |rest| match rest {
                        None => entries.next_value_seed(Stop),
                        Some(rest) => entries.next_value_seed(Along(rest)),
                    })?
                }
                _ => entries.next_value_seed(Along(&[]))?,
            };
            read.push((key, value));
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Node, A::Error> {
        let (_, _): (IgnoredAny, _) = tagged.variant()?;
        Err(A::Error::custom("tags such as `!name` are not read"))
    }
}

/// Calls with `None` at the end of a path, and with the rest of it before.
fn step<T>(rest: &[Step], next: impl FnOnce(Option<&[Step]>) -> T) -> T {
    next((!rest.is_empty()).then_some(rest))
}

/// A key: any scalar, as text.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text as a key (put text that begins with `{` or `[` in quotes)")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Text("null".into()))
    }
}

/// The tree of a YAML head again, with numbers and flags as they are written. `node` is what [`yaml`] made of it.
pub fn yaml_as_written(text: &str, node: &Node) -> Option<Node> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    AsWritten(node).deserialize(deserializer).ok()
}

/// Reads a value whose shape is known, with its scalars as text. An empty one stays nothing, and so does `~`.
#[derive(Clone, Copy)]
struct AsWritten<'n>(&'n Node);

impl<'de> DeserializeSeed<'de> for AsWritten<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Node::List(_) => deserializer.deserialize_seq(self),
            Node::Map(_) => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_str(self),
        }
    }
}

impl<'de> Visitor<'de> for AsWritten<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that was read before")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        let is_nothing = *self.0 == Node::Null && (text.is_empty() || text == "~");
        Ok(if is_nothing {
            Node::Null
        } else {
            Node::Text(text.into())
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let Node::List(shapes) = self.0 else {
            return Ok(self.0.clone());
        };
        let mut read = Vec::with_capacity(shapes.len());
        for shape in shapes {
            read.extend(items.next_element_seed(AsWritten(shape))?);
        }
        Ok(Node::List(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let Node::Map(shapes) = self.0 else {
            return Ok(self.0.clone());
        };
        let mut read = Vec::with_capacity(shapes.len());
        for (key, shape) in shapes {
            entries.next_key::<IgnoredAny>()?;
            read.push((key.clone(), entries.next_value_seed(AsWritten(shape))?));
        }
        Ok(Node::Map(read))
    }
}

/// Reads TOML; dates become text, which the readers of fields turn into moments.
pub fn toml(text: &str) -> Result<Node, HeadError> {
    read_toml(text, false)
}

/// The tree of a TOML head again, with numbers and flags as they are written.
pub fn toml_as_written(text: &str) -> Option<Node> {
    read_toml(text, true).ok()
}

fn read_toml(text: &str, as_written: bool) -> Result<Node, HeadError> {
    match DeTable::parse(text) {
        Ok(table) => Ok(from_table(table.get_ref(), as_written.then_some(text))),
        Err(error) => Err(HeadError {
            at: error.span().map_or(0, |it| it.start),
            message: error.message().to_string(),
        }),
    }
}

/// `written` is the text of the head, where scalars are wanted as they stand in it.
fn from_table(table: &DeTable<'_>, written: Option<&str>) -> Node {
    let entries = table.iter();
    Node::Map(
        entries
            .map(|(key, value)| (key.get_ref().to_string(), from_value(value, written)))
            .collect(),
    )
}

fn from_value(value: &Spanned<DeValue<'_>>, written: Option<&str>) -> Node {
    let as_written = written.and_then(|text| text.get(value.span()));
    match (value.get_ref(), as_written) {
        (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_), Some(written)) => {
            Node::Text(written.into())
        }
        (DeValue::String(text), _) => Node::Text(text.to_string()),
        (DeValue::Integer(number), _) => {
            match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Node::Int(number),
                Err(_) => Node::Text(number.as_str().into()),
            }
        }
        (DeValue::Float(number), _) => match number.as_str().parse() {
            Ok(number) => Node::Float(number),
            Err(_) => Node::Text(number.as_str().into()),
        },
        (DeValue::Boolean(value), _) => Node::Bool(*value),
        (DeValue::Datetime(date), _) => Node::Text(date.to_string()),
        (DeValue::Array(items), _) => {
            Node::List(items.iter().map(|it| from_value(it, written)).collect())
        }
        (DeValue::Table(table), _) => from_table(table, written),
    }
}

/// Byte of the value that a path leads to in a TOML head.
pub fn toml_at(text: &str, path: &[Step]) -> usize {
    DeTable::parse(text).map_or(0, |table| in_table(table.get_ref(), path).unwrap_or(0))
}

fn in_table(table: &DeTable<'_>, path: &[Step]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    match first {
        Step::Key(at) => table.iter().nth(*at).map(|(key, _)| key.span().start),
        Step::Value(at) => {
            let (_, value) = table.iter().nth(*at)?;
            in_value(value.get_ref(), rest).or(Some(value.span().start))
        }
    }
}

fn in_value(value: &DeValue<'_>, path: &[Step]) -> Option<usize> {
    match value {
        DeValue::Table(table) => in_table(table, path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_byte_of_its_value() {
        let head = "title: 甲\ncover:\n  src: a.png\n  alt: [x, y]\n";
        for (path, wanted) in [
            (vec![Step::Value(0)], "甲"),
            (vec![Step::Key(1)], "cover"),
            (vec![Step::Value(1), Step::Value(0)], "a.png"),
            (vec![Step::Value(1), Step::Value(1)], "[x, y]"),
        ] {
            let at = yaml_at(head, &path);
            assert!(head[at..].starts_with(wanted), "{path:?}: {at}");
        }
        let head = "title = '甲'\n[cover]\nsrc = [1, 2]\n";
        // Keys of a table come in alphabetical order.
        for (path, wanted) in [
            (vec![Step::Value(1)], "'甲'"),
            (vec![Step::Value(0), Step::Value(0)], "[1, 2]"),
        ] {
            let at = toml_at(head, &path);
            assert!(head[at..].starts_with(wanted), "{path:?}: {at}");
        }
    }

    #[test]
    fn duplicate_keys_are_kept_and_tags_refused() {
        let twice = Node::Map(vec![("a".into(), Node::Int(1)), ("a".into(), Node::Int(2))]);
        assert_eq!(yaml("a: 1\na: 2\n").unwrap(), twice);
        assert_eq!(twice.to_json(), serde_json::json!({"a": 1}));
        assert!(yaml("a: !x 1").is_err());
        assert!(yaml("title: {{ title }}").is_err());
        assert_eq!(yaml("").unwrap(), Node::Map(vec![]));
    }
}
