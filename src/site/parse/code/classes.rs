//! Scopes of a grammar -> our short token classes. Themes colour these and nothing else.

/// A scope by its beginning, and the class of what has it; the first that fits counts, so the longer stand first.
/// An empty class is plain text, and ends the search.
const RULES: [(&str, &str); 94] = [
    ("comment", "c"),
    ("punctuation.definition.comment", "c"),
    ("constant.character.escape", "e"),
    ("constant.other.placeholder", "e"),
    ("punctuation.definition.template-expression", "e"),
    ("punctuation.section.embedded", "e"),
    ("punctuation.definition.interpolation", "e"),
    ("string.regexp", "r"),
    ("string", "s"),
    ("punctuation.definition.string", "s"),
    ("constant.numeric", "n"),
    ("keyword.other.unit", "n"),
    ("constant.other.color", "n"),
    ("constant", "b"),
    ("support.constant", "b"),
    ("variable.language", "v"),
    ("variable.parameter", "v"),
    ("variable.other.property", "p"),
    ("variable.other.object.property", "p"),
    ("variable.other.member", "p"),
    ("variable.object.property", "p"),
    ("support.variable.property", "p"),
    ("support.type.property-name", "p"),
    ("meta.object-literal.key", "p"),
    ("entity.name.tag.yaml", "p"),
    ("entity.name.tag.toml", "p"),
    ("support.type.vendored.property-name", "p"),
    ("variable.other.normal.shell", "v"),
    ("variable.other.positional", "v"),
    ("variable.other.special", "v"),
    ("punctuation.definition.variable", "v"),
    ("support.variable", "v"),
    ("keyword.operator.word", "k"),
    ("keyword.operator.new", "k"),
    ("keyword.operator.expression", "k"),
    ("keyword.operator.logical.python", "k"),
    ("keyword.operator.sizeof", "k"),
    ("keyword.operator.type", "k"),
    ("keyword.operator", "o"),
    ("keyword.control.directive", "m"),
    ("punctuation.definition.directive", "m"),
    ("keyword.other.preprocessor", "m"),
    ("keyword", "k"),
    ("storage.type.annotation", "a"),
    ("punctuation.definition.annotation", "a"),
    ("punctuation.definition.decorator", "a"),
    ("storage.type.java", "t"),
    ("storage.type.generic", "t"),
    ("storage.type.object", "t"),
    ("storage.type.groovy", "t"),
    ("storage.type.cs", "t"),
    ("storage", "k"),
    ("entity.name.function.macro", "m"),
    ("entity.name.function.preprocessor", "m"),
    ("entity.name.macro", "m"),
    ("support.macro", "m"),
    ("entity.name.function.decorator", "a"),
    ("meta.function.decorator", "a"),
    ("meta.decorator", "a"),
    ("entity.name.function", "f"),
    ("entity.name.method", "f"),
    ("entity.name.command", "f"),
    ("support.function", "f"),
    ("variable.function", "f"),
    ("entity.other.attribute-name", "a"),
    ("entity.other.inherited-class", "t"),
    ("entity.name.type", "t"),
    ("entity.name.class", "t"),
    ("entity.name.struct", "t"),
    ("entity.name.namespace", "t"),
    ("entity.name.scope-resolution", "t"),
    ("entity.name.package", "t"),
    ("support.type", "t"),
    ("support.class", "t"),
    ("entity.name.tag", "g"),
    ("punctuation.definition.tag", "g"),
    ("entity.name.section", "h"),
    ("markup.heading", "h"),
    ("meta.diff.header", "h"),
    ("meta.diff.range", "h"),
    ("meta.diff.index", "h"),
    ("markup.inserted", "i"),
    ("markup.deleted", "d"),
    ("markup.inline.raw", "s"),
    ("markup.underline.link", "s"),
    ("markup.fenced_code", ""),
    ("invalid.deprecated", ""),
    ("invalid", "x"),
    ("meta.attribute.rust", "a"),
    ("meta.embedded", ""),
    ("meta.template.expression", ""),
    ("meta.interpolation", ""),
    ("source", ""),
    ("text", ""),
];

/// The class of a token by its scopes, outermost first; empty for plain text.
pub fn of<'a>(scopes: impl DoubleEndedIterator<Item = &'a str>) -> &'static str {
    for scope in scopes.rev() {
        if let Some((_, class)) = RULES.iter().find(|(start, _)| begins(scope, start)) {
            return class;
        }
    }
    ""
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
            (&["source.rust", "keyword.other.fn.rust"][..], "k"),
            (
                &[
                    "source.js",
                    "string.template.js",
                    "constant.character.escape.js",
                ],
                "e",
            ),
            (
                &[
                    "source.js",
                    "string.template.js",
                    "meta.template.expression.js",
                    "variable.other.readwrite.js",
                ],
                "",
            ),
            (
                &[
                    "source.json",
                    "support.type.property-name.json",
                    "punctuation.support.type.property-name.begin.json",
                ],
                "p",
            ),
            (&["source.rust", "punctuation.terminator.rust"], ""),
            (&["source.python", "keyword.operator.logical.python"], "k"),
            (&["source.diff", "markup.inserted.diff"], "i"),
        ] {
            assert_eq!(of(scopes.iter().copied()), wanted, "{scopes:?}");
        }
    }
}
