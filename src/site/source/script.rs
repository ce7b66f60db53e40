//! Scripts of the default theme as they go out: without comments, indents, and spaces that the language does not need. Those
//! are for readers of the source.

/// A script without the lines that are comments, and without spaces beside operators. A template literal must not go over
/// several lines nor hold another, and a comment must not stand behind code.
pub fn lean(script: &str) -> String {
    let mut lean = String::with_capacity(script.len());
    let mut is_comment = false;
    for line in script.lines().map(str::trim) {
        let begins = line.starts_with("/*");
        let is_left_out = is_comment || begins || line.starts_with("//") || line.is_empty();
        if !is_left_out {
            add_line(&mut lean, line);
            lean.push('\n');
        }
        is_comment = (is_comment || begins) && !line.ends_with("*/");
    }
    lean
}

/// Adds one line of code.
fn add_line(lean: &mut String, line: &str) {
    let start = lean.len();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let before = &lean[start..];
        let length = match next {
            '"' | '\'' | '`' => literal(rest, next),
            '/' if begins_regex(before) => literal(rest, next),
            _ => next.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if next != ' ' || is_needed(before, after) {
            lean.push_str(piece);
        }
        rest = after;
    }
}

/// Length of a string, template or regular expression. In brackets of a regular expression `/` ends nothing.
fn literal(text: &str, mark: char) -> usize {
    let (mut is_escaped, mut is_set) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' | ']' if mark == '/' => is_set = c == '[',
            c if c == mark && !is_set => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether `/` begins a regular expression after this code, and does not divide.
fn begins_regex(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty()
        || before.ends_with(|c| "(,=:[!&|?{};".contains(c))
        || before.ends_with("return")
}

/// Whether two pieces of code mean something else without a space between them.
fn is_needed(before: &str, after: &str) -> bool {
    let (last, next) = (before.chars().last(), after.chars().next());
    let (Some(last), Some(next)) = (last, next) else {
        return false;
    };
    let is_operator = |c: char| "{}()[];,<>=+-*/%&|!?:".contains(c);
    match (is_operator(last), is_operator(next)) {
        // `a + +b`, `a < !--b`, `a / /b/`.
        (true, true) => "+-/<!".contains(last) && "+-/<!".contains(next),
        (false, false) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indents_leave() {
        let script = "// Head.\n\n/** What\n * it does. */\nfunction a() {\n  // Why.\n  return \"// kept\";\n}\n/* one */\na();\n";
        assert_eq!(
            lean(script),
            "function a(){\nreturn \"// kept\";\n}\na();\n"
        );
    }

    #[test]
    fn spaces_leave_where_nothing_needs_them() {
        for (code, expected) in [
            ("const { a, b } = c;", "const{a,b}=c;"),
            ("import { a } from \"./a.js\";", "import{a}from \"./a.js\";"),
            (
                "export async function a(b, c = {}) {",
                "export async function a(b,c={}){",
            ),
            (
                "return typeof a === \"b  c\" ? - 1 : d;",
                "return typeof a===\"b  c\"?-1:d;",
            ),
            ("a + +b - -c", "a+ +b- -c"),
            (
                "say(\"it \\\" is\", 'a \" b' , d)",
                "say(\"it \\\" is\",'a \" b',d)",
            ),
            ("it = `${ a } b = c ${d}` + e", "it=`${ a } b = c ${d}`+e"),
            (
                "text.split(/[ /\"] = /u).map((it) => it / 2 / n)",
                "text.split(/[ /\"] = /u).map((it)=>it/2/n)",
            ),
            ("return / a\\/ b/.test(c)", "return/ a\\/ b/.test(c)"),
            (
                "for (const [a, b] of c) if (a in b) new D(...a)",
                "for(const[a,b]of c)if(a in b)new D(...a)",
            ),
        ] {
            assert_eq!(lean(code), format!("{expected}\n"));
        }
    }
}
