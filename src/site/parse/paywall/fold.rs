//! Text -> the plain form in which it is compared: lower case, without accents and invisible characters, each mark
//! and each look-alike letter as its ASCII character.
//!
//! Entry point: [`fold`]. The result is only compared and never shown. Unlike `spelling::skeleton` it leaves an `m` an
//! `m`, so that slips can be counted.

use crate::spelling::{is_dash, is_invisible, latin};
use pulldown_cmark::{Event, Parser};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Stands for `《`, `〈`, `«` and the like, which a keyboard for Chinese types for `<`.
pub const LOOSE_OPEN: char = '‹';
/// Stands for `》`, `〉`, `»` and the like.
pub const LOOSE_CLOSE: char = '›';

/// Folds a short text. Entities are read, twice where they were escaped twice; backslashes are left out.
pub fn fold(text: &str) -> String {
    let read = entities(text);
    let read = match read {
        Cow::Owned(once) => entities(&once).into_owned(),
        Cow::Borrowed(text) => text.to_owned(),
    };
    if read.is_ascii() {
        let folded = read.chars().filter(|c| *c != '\\').map(ascii);
        return folded.collect();
    }
    let mut out = String::with_capacity(read.len());
    for c in read.nfkd().flat_map(char::to_lowercase) {
        match c {
            '\\' => {}
            _ if c.is_ascii() => out.push(ascii(c)),
            _ if is_invisible(c) || is_combining_mark(c) => {}
            _ if c.is_whitespace() => out.push(' '),
            _ => push_other(&mut out, c),
        }
    }
    out
}

fn ascii(c: char) -> char {
    match c {
        '_' => '-',
        '\t' | '\n' | '\r' => ' ',
        _ => c.to_ascii_lowercase(),
    }
}

/// A character beyond ASCII that can be seen.
fn push_other(out: &mut String, c: char) {
    match c {
        // The stroke that is the number one is typed for a dash.
        '一' | 'ㄧ' => out.push('-'),
        _ if is_dash(c) => out.push('-'),
        '¡' | 'ǃ' | '❗' | '❕' | 'ꜝ' => out.push('!'),
        '«' | '≪' | '《' | '〈' | '⟨' | '⟪' | '❰' | '❲' => out.push(LOOSE_OPEN),
        '»' | '≫' | '》' | '〉' | '⟩' | '⟫' | '❱' | '❳' => out.push(LOOSE_CLOSE),
        '‹' | '❮' | '˂' | 'ᐸ' => out.push('<'),
        '›' | '❯' | '˃' | 'ᐳ' => out.push('>'),
        _ => match latin(c) {
            Some(alike) => out.push_str(&alike),
            None => out.push(c),
        },
    }
}

/// Bytes of the longest name of an entity.
const ENTITY_BYTES: usize = 32;

/// Text with its entities read. As in a browser, `&lt` and `&gt` need no semicolon.
fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let n_name = rest
            .bytes()
            .skip(1)
            .take(ENTITY_BYTES)
            .take_while(is_name)
            .count();
        let is_ended = rest[1 + n_name..].starts_with(';');
        let end = 1 + if is_ended { n_name + 1 } else { 0 };
        let short = rest.get(..3).map(str::to_ascii_lowercase);
        // The Markdown parser has the table of entities; for one by itself its first text is what it stands for.
        match (Parser::new(&rest[..end]).nth(1), short.as_deref()) {
            (Some(Event::Text(read)), _) if end > 1 && *read != rest[..end] => {
                out.push_str(&read);
                rest = &rest[end..];
            }
            (_, Some(short @ ("&lt" | "&gt"))) => {
                out.push(if short == "&lt" { '<' } else { '>' });
                rest = &rest[short.len()..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_becomes_alike() {
        for (text, folded) in [
            ("<!-- Members -->", "<!-- members -->"),
            ("＜！－－　ｍｅｍｂｅｒｓ　－－＞", "<!-- members -->"),
            ("<!— 会员 –>", "<!- 会员 ->"),
            ("《！—— paid ——》", "‹!-- paid --›"),
            ("&lt;!-- paid --&gt;", "<!-- paid -->"),
            ("&lt!&#45;&#x2d; paid --&gt", "<!-- paid -->"),
            ("&amp;lt;!-- paid", "<!-- paid"),
            ("\\<!-- paid --\\>", "<!-- paid -->"),
            ("<!--\u{200B}pa\u{AD}id\u{FEFF}-->", "<!--paid-->"),
            ("\u{FEFF}mémbërs", "members"),
            ("рaіd", "paid"),
            ("𝐩𝖆𝗂ⓓ", "paid"),
            ("tier：pro_plus", "tier:pro-plus"),
            ("‹ǃ−− more ❯", "<!-- more >"),
            ("a & b &nosuch; &", "a & b &nosuch; &"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }
}
