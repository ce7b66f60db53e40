//! Code blocks: what the info string asks for, and the figure they become.

use crate::site::parse::html;

/// A code block's figure; `info` is all that stands behind the fence.
pub fn push_figure(out: &mut String, info: &str, code: &str) {
    let language = language(info);
    out.push_str("<figure class=\"code\"");
    if !language.is_empty() {
        out.push_str(" data-language=\"");
        html::push_attribute(out, &language);
        out.push('"');
    }
    out.push_str("><pre tabindex=\"0\"><code");
    if !language.is_empty() {
        out.push_str(" class=\"language-");
        html::push_attribute(out, &language);
        out.push('"');
    }
    out.push('>');
    html::push_text(out, code);
    out.push_str("</code></pre></figure>\n");
}

/// The first word of the info string in lower case, of `[a-z0-9+#-]` alone.
fn language(info: &str) -> String {
    let word = info.split([' ', '\t', ',', '{']).next().unwrap_or_default();
    let lower = word.chars().map(|c| c.to_ascii_lowercase());
    lower
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '#' | '-'))
        .collect()
}
