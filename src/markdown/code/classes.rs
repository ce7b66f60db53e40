//! Scopes of a grammar -> our short token classes. Themes colour these and nothing else.

/// The letter of a class; `None` for plain text.
pub type Class = Option<char>;

/// Every letter that a class may be.
pub const LETTERS: [&str; 19] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "k", "m", "n", "o", "p", "r", "s", "t", "v", "x",
];

/// A scope by its beginning, and the class of what has it; the first that fits counts, so the longer stand first.
/// Plain text ends the search as well.
const RULES: [(&str, Class); 94] = [
    ("comment", Some('c')),
    ("punctuation.definition.comment", Some('c')),
    ("constant.character.escape", Some('e')),
    ("constant.other.placeholder", Some('e')),
    ("punctuation.definition.template-expression", Some('e')),
    ("punctuation.section.embedded", Some('e')),
    ("punctuation.definition.interpolation", Some('e')),
    ("string.regexp", Some('r')),
    ("string", Some('s')),
    ("punctuation.definition.string", Some('s')),
    ("constant.numeric", Some('n')),
    ("keyword.other.unit", Some('n')),
    ("constant.other.color", Some('n')),
    ("constant", Some('b')),
    ("support.constant", Some('b')),
    ("variable.language", Some('v')),
    ("variable.parameter", Some('v')),
    ("variable.other.property", Some('p')),
    ("variable.other.object.property", Some('p')),
    ("variable.other.member", Some('p')),
    ("variable.object.property", Some('p')),
    ("support.variable.property", Some('p')),
    ("support.type.property-name", Some('p')),
    ("meta.object-literal.key", Some('p')),
    ("entity.name.tag.yaml", Some('p')),
    ("entity.name.tag.toml", Some('p')),
    ("support.type.vendored.property-name", Some('p')),
    ("variable.other.normal.shell", Some('v')),
    ("variable.other.positional", Some('v')),
    ("variable.other.special", Some('v')),
    ("punctuation.definition.variable", Some('v')),
    ("support.variable", Some('v')),
    ("keyword.operator.word", Some('k')),
    ("keyword.operator.new", Some('k')),
    ("keyword.operator.expression", Some('k')),
    ("keyword.operator.logical.python", Some('k')),
    ("keyword.operator.sizeof", Some('k')),
    ("keyword.operator.type", Some('k')),
    ("keyword.operator", Some('o')),
    ("keyword.control.directive", Some('m')),
    ("punctuation.definition.directive", Some('m')),
    ("keyword.other.preprocessor", Some('m')),
    ("keyword", Some('k')),
    ("storage.type.annotation", Some('a')),
    ("punctuation.definition.annotation", Some('a')),
    ("punctuation.definition.decorator", Some('a')),
    ("storage.type.java", Some('t')),
    ("storage.type.generic", Some('t')),
    ("storage.type.object", Some('t')),
    ("storage.type.groovy", Some('t')),
    ("storage.type.cs", Some('t')),
    ("storage", Some('k')),
    ("entity.name.function.macro", Some('m')),
    ("entity.name.function.preprocessor", Some('m')),
    ("entity.name.macro", Some('m')),
    ("support.macro", Some('m')),
    ("entity.name.function.decorator", Some('a')),
    ("meta.function.decorator", Some('a')),
    ("meta.decorator", Some('a')),
    ("entity.name.function", Some('f')),
    ("entity.name.method", Some('f')),
    ("entity.name.command", Some('f')),
    ("support.function", Some('f')),
    ("variable.function", Some('f')),
    ("entity.other.attribute-name", Some('a')),
    ("entity.other.inherited-class", Some('t')),
    ("entity.name.type", Some('t')),
    ("entity.name.class", Some('t')),
    ("entity.name.struct", Some('t')),
    ("entity.name.namespace", Some('t')),
    ("entity.name.scope-resolution", Some('t')),
    ("entity.name.package", Some('t')),
    ("support.type", Some('t')),
    ("support.class", Some('t')),
    ("entity.name.tag", Some('g')),
    ("punctuation.definition.tag", Some('g')),
    ("entity.name.section", Some('h')),
    ("markup.heading", Some('h')),
    ("meta.diff.header", Some('h')),
    ("meta.diff.range", Some('h')),
    ("meta.diff.index", Some('h')),
    ("markup.inserted", Some('i')),
    ("markup.deleted", Some('d')),
    ("markup.inline.raw", Some('s')),
    ("markup.underline.link", Some('s')),
    ("markup.fenced_code", None),
    ("invalid.deprecated", None),
    ("invalid", Some('x')),
    ("meta.attribute.rust", Some('a')),
    ("meta.embedded", None),
    ("meta.template.expression", None),
    ("meta.interpolation", None),
    ("source", None),
    ("text", None),
];

/// The class of a token by its scopes, outermost first.
pub fn of<'a>(scopes: impl DoubleEndedIterator<Item = &'a str>) -> Class {
    for scope in scopes.rev() {
        if let Some((_, class)) = RULES.iter().find(|(start, _)| begins(scope, start)) {
            return *class;
        }
    }
    None
}

/// Whether a scope is this one or below it.
fn begins(scope: &str, start: &str) -> bool {
    scope
        .strip_prefix(start)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_known_scope_counts() {
        for (scopes, wanted) in [
            (&["source.rust", "keyword.other.fn.rust"][..], Some('k')),
            (
                &[
                    "source.js",
                    "string.template.js",
                    "constant.character.escape.js",
                ],
                Some('e'),
            ),
            (
                &[
                    "source.js",
                    "string.template.js",
                    "meta.template.expression.js",
                    "variable.other.readwrite.js",
                ],
                None,
            ),
            (
                &[
                    "source.json",
                    "support.type.property-name.json",
                    "punctuation.support.type.property-name.begin.json",
                ],
                Some('p'),
            ),
            (&["source.rust", "punctuation.terminator.rust"], None),
            (
                &["source.python", "keyword.operator.logical.python"],
                Some('k'),
            ),
            (&["source.diff", "markup.inserted.diff"], Some('i')),
        ] {
            assert_eq!(of(scopes.iter().copied()), wanted, "{scopes:?}");
        }
    }

    #[test]
    fn every_class_has_its_letter() {
        let mut used: Vec<String> = RULES
            .iter()
            .filter_map(|it| Some(it.1?.to_string()))
            .collect();
        used.sort();
        used.dedup();
        assert_eq!(used, LETTERS);
    }
}
