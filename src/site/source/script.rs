//! Scripts of the default theme as they go out: without comments and indents, which are for readers of the source.

/// A script without the lines that are comments, and without indents. A template literal must not go over several lines,
/// and a comment must not stand behind code.
pub fn lean(script: &str) -> String {
    let mut lean = String::with_capacity(script.len());
    let mut is_comment = false;
    for line in script.lines().map(str::trim) {
        let begins = line.starts_with("/*");
        let is_left_out = is_comment || begins || line.starts_with("//") || line.is_empty();
        if !is_left_out {
            lean.push_str(line);
            lean.push('\n');
        }
        is_comment = (is_comment || begins) && !line.ends_with("*/");
    }
    lean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indents_leave() {
        let script = "// Head.\n\n/** What\n * it does. */\nfunction a() {\n  // Why.\n  return \"// kept\";\n}\n/* one */\na();\n";
        assert_eq!(
            lean(script),
            "function a() {\nreturn \"// kept\";\n}\na();\n"
        );
    }
}
