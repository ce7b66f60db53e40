//! Filling a members' page for one visitor, without looking at its HTML: marks of the theme give way to what the edge
//! knows.
//!
//! A mark is ` data-fill="NAME"` in a tag, written just so; the handbook's page on themes lists the names. A page that
//! nobody fills is complete without: marks are attributes that mean nothing to a browser.

use crate::escape;

const MARK: &str = " data-fill=\"";
const HIDDEN: &str = " hidden";

/// What is known of one visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filling<'f> {
    /// What the member who reads is called.
    pub reader: Option<&'f str>,
    /// What was typed, by the names of the fields. Empty where nothing was, or for another page.
    pub typed: &'f [(String, String)],
    /// The query as it was sent, without `?`.
    pub query: &'f str,
    /// Whether the address has a letter's token.
    pub has_token: bool,
    /// The address to show in words: where a letter went, or which one is to be confirmed.
    pub address: Option<&'f str>,
}

impl Filling<'_> {
    fn typed(&self, name: &str) -> Option<&str> {
        let found = self.typed.iter().find(|it| it.0 == name);
        found.map(|it| it.1.as_str())
    }
}

/// What becomes of one mark.
enum Act<'f> {
    /// It stays.
    Nothing,
    /// This takes its place.
    Attribute(String),
    /// It goes, and this is the text of its element. The element must have no other inside.
    Text(&'f str),
    /// It goes, and so does the `hidden` right after it.
    Show,
}

/// The page with its marks filled.
pub fn fill(html: &str, filling: &Filling<'_>) -> String {
    let mut filled = String::with_capacity(html.len() + 256);
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(MARK) {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('"') else {
            filled.push_str(MARK);
            rest = after;
            continue;
        };
        rest = after;
        match act(name, filling) {
            Act::Nothing => filled.push_str(&format!("{MARK}{name}\"")),
            Act::Attribute(text) => filled.push_str(&text),
            Act::Show => rest = rest.strip_prefix(HIDDEN).unwrap_or(rest),
            Act::Text(text) => {
                if let Some((tag, inner)) = rest.split_once('>') {
                    filled.push_str(&format!("{tag}>{}", escape::attribute(text)));
                    rest = inner.find('<').map_or("", |it| &inner[it..]);
                }
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn act<'f>(name: &str, filling: &'f Filling<'_>) -> Act<'f> {
    let shown_if = |is: bool| if is { Act::Show } else { Act::Nothing };
    let hidden_if = |is: bool| match is {
        true => Act::Attribute(HIDDEN.into()),
        false => Act::Nothing,
    };
    match name {
        "reader" if filling.reader.is_some() => Act::Attribute(" class=\"member\"".into()),
        "reader-name" => filling.reader.map_or(Act::Nothing, Act::Text),
        "if-reader" => shown_if(filling.reader.is_some()),
        "unless-reader" => hidden_if(filling.reader.is_some()),
        "if-token" => shown_if(filling.has_token),
        "unless-token" => hidden_if(filling.has_token),
        "address" => filling.address.map_or(Act::Nothing, Act::Text),
        "reason" => filling.typed(name).map_or(Act::Nothing, Act::Text),
        "if-address" => shown_if(filling.address.is_some()),
        "unless-address" => hidden_if(filling.address.is_some()),
        // Posts to this address without its fragment, which would lead to the old message for good.
        "action" if !filling.typed.is_empty() => {
            Act::Attribute(format!(" action=\"?{}\"", escape::attribute(filling.query)))
        }
        "newsletter" if filling.typed(name).is_some() => Act::Attribute(" checked".into()),
        "email" | "handle" | "name" | "login" => match filling.typed(name) {
            Some(value) => Act::Attribute(format!(" value=\"{}\"", escape::attribute(value))),
            None => Act::Nothing,
        },
        _ => Act::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_give_way_to_what_is_known() {
        let typed = [
            ("email".to_owned(), "a\"b<c>&@example.org".to_owned()),
            ("newsletter".to_owned(), "true".to_owned()),
        ];
        let known = Filling {
            reader: Some("<b>Mei</b>"),
            typed: &typed,
            query: "next=/a/&b=\"",
            has_token: true,
            address: Some("mei&co@example.org"),
        };
        for (html, filled) in [
            (r#"<html data-fill="reader">"#, r#"<html class="member">"#),
            (
                r#"<span data-fill="reader-name" class="x">Account</span>!"#,
                r#"<span class="x">&lt;b&gt;Mei&lt;/b&gt;</span>!"#,
            ),
            (r#"<p data-fill="if-reader" hidden>x</p>"#, "<p>x</p>"),
            (r#"<p data-fill="unless-reader">x</p>"#, "<p hidden>x</p>"),
            (r#"<p data-fill="if-token" hidden>x</p>"#, "<p>x</p>"),
            (r#"<p data-fill="unless-token">x</p>"#, "<p hidden>x</p>"),
            (r#"<p data-fill="if-address" hidden>x</p>"#, "<p>x</p>"),
            (r#"<p data-fill="unless-address">x</p>"#, "<p hidden>x</p>"),
            (
                r#"<b data-fill="address"></b>"#,
                "<b>mei&amp;co@example.org</b>",
            ),
            (
                r#"<form method="post" data-fill="action">"#,
                r#"<form method="post" action="?next=/a/&amp;b=&quot;">"#,
            ),
            (
                r#"<input name="email" data-fill="email" required>"#,
                r#"<input name="email" value="a&quot;b&lt;c&gt;&amp;@example.org" required>"#,
            ),
            (r#"<input data-fill="newsletter">"#, r#"<input checked>"#),
            (
                r#"<input data-fill="handle">"#,
                r#"<input data-fill="handle">"#,
            ),
            (
                r#"<input data-fill="password">"#,
                r#"<input data-fill="password">"#,
            ),
            (r#"<p data-fill="if-token>"#, r#"<p data-fill="if-token>"#),
            (r#"<b data-fill="address""#, r#"<b"#),
        ] {
            assert_eq!(fill(html, &known), filled, "{html}");
            let html = html.replace("address\"\"", "address\"");
            if !html.ends_with("address\"") {
                assert_eq!(fill(&html, &Filling::default()), html, "nothing known");
            }
        }
    }
}
