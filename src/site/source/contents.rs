//! What the bytes of a file say of it: the head of a page, a private key, a database.
//!
//! Entry point: [`Content::of`]. It is asked of every file that would be copied, whatever its name.

use crate::clock::Timestamp;
use crate::site::source::content::Content;
use crate::site::source::heads::{has_marker, head, keeps_nothing_back};
use memchr::memmem;
use std::borrow::Cow;

/// A key in the middle of a line is one if so many characters of it follow: programs and texts name its first line.
const KEY_CHARS: usize = 8;

impl Content {
    /// Of the file with this name.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let text = text.trim_ascii_start();
        let begins = |all: &[&[u8]]| all.iter().any(|it| text.starts_with(it));
        if bytes.starts_with(b"SQLite format 3\0") {
            Content::Database
        } else if begins(&DUMPS) {
            Content::Dump
        } else if begins(&KEYS) || has_private_key(text) || has_secret_line(text) {
            Content::PrivateKey
        } else if is_member_list(name, text) {
            Content::Members
        } else if begins(&[b"-----BEGIN "]) {
            Content::PublicKey
        } else if bytes.starts_with(b"PK\x03\x04") {
            Content::Zip
        } else {
            page(name, bytes)
        }
    }
}

/// Whether the file with this name was meant as a page that some may not read, or not yet. `is_index` asks for certainty that
/// it was not: what it says of its section counts for other pages.
pub fn may_be_closed(name: &str, bytes: &[u8], is_index: bool, now: Timestamp) -> bool {
    let text = text_of(bytes);
    let is_closed = page_of(name, &text) == Content::ClosedHead || has_marker(name, &text);
    is_closed || (is_index && !keeps_nothing_back(&text, now))
}

/// Bytes in which a text has no zero.
const TEXT_BYTES: usize = 16 * 1024;

/// What says that a text was meant as a page.
fn page(name: &str, bytes: &[u8]) -> Content {
    let is_wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if !is_wide && bytes[..bytes.len().min(TEXT_BYTES)].contains(&0) {
        return Content::Plain;
    }
    page_of(name, &text_of(bytes))
}

/// A text in UTF-8, or in UTF-16 with a mark that says so.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let wide: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return String::from_utf8_lossy(bytes),
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|it| wide([it[0], it[1]]))
        .collect();
    String::from_utf16_lossy(&units).into()
}

fn page_of(name: &str, text: &str) -> Content {
    match head(name, text) {
        Content::Plain | Content::Head if has_marker(name, text) => Content::Marked,
        content => content,
    }
}

const DUMPS: [&[u8]; 6] = [
    b"PGDMP",
    b"-- MySQL dump",
    b"-- MariaDB dump",
    b"--\n-- PostgreSQL database dump",
    b"-- phpMyAdmin SQL Dump",
    b"PRAGMA foreign_keys=OFF;",
];

/// How files begin that hold a private key and are no PEM: PuTTY, KeePass, Java, minisign.
const KEYS: [&[u8]; 4] = [
    b"PuTTY-User-Key-File-",
    b"\x03\xd9\xa2\x9a",
    b"\xfe\xed\xfe\xed",
    b"untrusted comment: minisign encrypted secret key",
];

/// What the first line of a key names: in PEM, in the format of ssh.com, and by OpenVPN.
const KEY_NAMES: [&[u8]; 2] = [b"PRIVATE KEY", b"OpenVPN Static key"];

/// Whether a text has a private key anywhere: the first line of one that stands alone in its line, or one in a longer
/// line with the key behind it.
fn has_private_key(text: &[u8]) -> bool {
    let names = KEY_NAMES.iter();
    names.into_iter().any(|name| {
        memmem::find_iter(text, *name).any(|at| {
            let line = text[..at].iter().rposition(|byte| is_break(*byte));
            let before = &text[line.map_or(0, |it| it + 1)..at];
            let rest = &text[at + name.len()..];
            let end = rest.iter().position(|byte| is_break(*byte));
            let Some(behind) = memmem::find(&rest[..end.unwrap_or(rest.len())], b"----") else {
                return false;
            };
            let Some(begin) = memmem::rfind(before, b"BEGIN ") else {
                return false;
            };
            let rest = without_dashes(&rest[behind..]);
            before[..begin].trim_ascii_end().ends_with(b"----")
                && (is_alone(&before[..begin], rest) || holds_key(rest))
        })
    })
}

/// Whether nothing stands before and behind the first line of a key, but marks of a quotation and tags.
fn is_alone(before: &[u8], rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| is_break(*byte));
    let behind = &rest[..end.unwrap_or(rest.len())];
    let mut in_tag = false;
    let is_mark = |byte: &u8| {
        in_tag = (in_tag || *byte == b'<') && *byte != b'>';
        in_tag || b"<>-#*/|;\"'` \t".contains(byte)
    };
    before.iter().all(is_mark) && behind.trim_ascii().is_empty()
}

/// What stands behind the dashes at the end of a key's first line.
fn without_dashes(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| *byte != b'-');
    &rest[end.unwrap_or(rest.len())..]
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether a key follows its first line, which in JSON ends with `\n` spelt out.
fn holds_key(rest: &[u8]) -> bool {
    let mut rest = rest;
    let mut n_breaks = 0;
    while let Some(after) = [&b"\\r"[..], b"\\n", b"\r", b"\n", b" ", b"\t"]
        .iter()
        .find_map(|it| rest.strip_prefix(*it))
    {
        n_breaks += usize::from(rest[0] != b' ' && rest[0] != b'\t');
        rest = after;
    }
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let n_chars = rest.iter().take_while(|it| is_of_key(it)).count();
    n_breaks > 0
        && (n_chars >= KEY_CHARS
            || rest.starts_with(b"Proc-Type:")
            || rest.starts_with(b"Version:"))
}

/// Characters of a key of WireGuard.
const WIREGUARD_CHARS: usize = 44;

/// Whether a line holds a secret key of age or WireGuard.
fn has_secret_line(text: &[u8]) -> bool {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let n_key = |rest: &[u8]| rest.iter().take_while(|it| is_key(it)).count();
    let age = b"AGE-SECRET-KEY-1";
    memmem::find_iter(text, age).any(|at| n_key(&text[at + age.len()..]) >= KEY_CHARS)
        || memmem::find_iter(text, b"PrivateKey").any(|at| {
            let rest = text[at + b"PrivateKey".len()..].trim_ascii_start();
            let value = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
            value.is_some_and(|it| n_key(it) == WIREGUARD_CHARS)
        })
}

/// Names of tables of members, beside columns.
const MEMBER_LISTS: [&str; 6] = [
    "members",
    "subscribers",
    "users",
    "customers",
    "contacts",
    "audience",
];
/// Columns that only a table of members has.
const MEMBER_COLUMNS: [&str; 8] = [
    "stripe_customer_id",
    "subscribed_to_emails",
    "email_disabled",
    "complimentary_plan",
    "password",
    "password_hash",
    "subscription_status",
    "subscribed",
];
/// How a column of addresses is called.
const EMAIL_COLUMNS: [&str; 6] = [
    "email",
    "e-mail",
    "email_address",
    "mail",
    "邮箱",
    "电子邮件",
];

/// Whether a table has a column of e-mail addresses, and its name or another column says that they are members'.
fn is_member_list(name: &str, text: &[u8]) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if !name.ends_with(".csv") && !name.ends_with(".tsv") {
        return false;
    }
    let end = text.iter().position(|byte| is_break(*byte));
    let line = String::from_utf8_lossy(&text[..end.unwrap_or(text.len())]).to_lowercase();
    let columns = line.split([',', ';', '\t']);
    let columns: Vec<String> = columns
        .map(|it| it.trim().trim_matches('"').replace(' ', "_"))
        .collect();
    let has = |list: &[&str]| columns.iter().any(|it| list.contains(&it.as_str()));
    let is_named = MEMBER_LISTS.iter().any(|it| name.contains(it));
    (has(&EMAIL_COLUMNS) && (is_named || has(&MEMBER_COLUMNS))) || has_addresses(text)
}

/// Lines of a table that are looked at.
const TABLE_LINES: usize = 200;

/// Whether half of the lines of a table below its header have an e-mail address.
fn has_addresses(text: &[u8]) -> bool {
    let lines = text.split(|byte| is_break(*byte));
    let lines = lines.filter(|it| !it.trim_ascii().is_empty()).skip(1);
    let lines: Vec<&[u8]> = lines.take(TABLE_LINES).collect();
    let n_with = lines.iter().filter(|it| has_address(it)).count();
    n_with > 0 && n_with * 2 >= lines.len()
}

/// Whether a cell of a line is an e-mail address.
fn has_address(line: &[u8]) -> bool {
    let cells = line.split(|byte| b",;\t\"<> ".contains(byte));
    let mut parts = cells.filter_map(|it| {
        let at = it.iter().position(|byte| *byte == b'@')?;
        Some((&it[..at], &it[at + 1..]))
    });
    parts.any(|(name, host)| {
        let dot = host.iter().rposition(|byte| *byte == b'.');
        let is_host = dot.is_some_and(|it| it > 0 && it + 2 < host.len());
        !name.is_empty() && is_host && !host.contains(&b'@') && !host.contains(&b'/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_page_is_known_by_its_head() {
        use Content::*;
        for (text, expected) in [
            ("---\ntitle: A\n---\nx", Head),
            ("---\ntitle: A\naccess: paid\n---\nx", ClosedHead),
            ("\u{feff}---\r\ndraft: true\r\n---\r\nx", ClosedHead),
            ("\n\n \t---\nvisibility: paid\n---", ClosedHead),
            ("\u{200b}---\ntitle: A\n", Head),
            ("+++\ntitle = \"A\"\n+++\nx", Head),
            ("----\naccess: paid\nx", ClosedHead),
            ("—\u{2014}\naccess：paid\nx", ClosedHead),
            ("--- yaml\naccess: paid\n---", ClosedHead),
            ("<!-- note -->\n---\ntitle: A\n---\n", Head),
            ("<<<<<<< HEAD\n---\ntitle: A\n=======\n", Head),
            ("title: A\naccess: paid\n---\nx", ClosedHead),
            (
                "{\n  \"title\": \"A\",\n  \"access\": \"paid\"\n}\n\nx",
                ClosedHead,
            ),
            ("{\n  \"title\": \"A\"\n}\n", Plain),
            ("title: A note in plain text\n\nx", Plain),
            ("---\n\nWords between rules.\n\n---\n", Plain),
            ("---\nkind: Pod\n---\n", Plain),
            ("-- a comment\nCREATE TABLE title (id int);", Plain),
            ("--- A module of Lua\nlocal x = 1", Plain),
            ("--- a/p.css\n+++ b/p.css\n@@ -1 +1 @@", Plain),
            ("\0---\ntitle: A\n", Plain),
            ("", Plain),
        ] {
            assert_eq!(Content::of("a.txt", text.as_bytes()), expected, "{text:?}");
        }
        for (text, expected) in [
            ("---\ntitle: An API\nversion: 1\n", Plain),
            ("---\ntitle: A page\n---\nwords\n", Head),
        ] {
            assert_eq!(Content::of("a.yaml", text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_secret_is_known_by_its_bytes() {
        use Content::*;
        let body = "MIIEvQIBADANBgkqhkiG9w0B";
        for (text, expected) in [
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nshort".to_owned(),
                PrivateKey,
            ),
            (" \n-----BEGIN PRIVATE KEY-----\n".to_owned(), PrivateKey),
            (
                "-----BEGIN PGP PRIVATE KEY BLOCK-----\n".to_owned(),
                PrivateKey,
            ),
            (
                format!("key:\n-----BEGIN RSA PRIVATE KEY-----\r\n{body}"),
                PrivateKey,
            ),
            (
                format!("{{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{body}\\n\"}}"),
                PrivateKey,
            ),
            (
                "x -----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED".to_owned(),
                PrivateKey,
            ),
            ("-----BEGIN PRIVATE KEY----- ".to_owned(), PrivateKey),
            (
                "const a = \"-----BEGIN PRIVATE KEY-----\\n\" + pem".to_owned(),
                Plain,
            ),
            (
                "const a = '-----BEGIN PRIVATE KEY-----';\nconst b = a;".to_owned(),
                Plain,
            ),
            (
                "openssl reads\n-----BEGIN PRIVATE KEY----- and what follows".to_owned(),
                Plain,
            ),
            ("[Interface]\nPrivateKey = mine\n".to_owned(), Plain),
            (
                format!("[Interface]\nPrivateKey = {}=\n", "a".repeat(43)),
                PrivateKey,
            ),
            ("AGE-SECRET-KEY-1QQQQQQQQQQ".to_owned(), PrivateKey),
            (
                "A PRIVATE KEY begins with -----BEGIN PRIVATE KEY-----.".to_owned(),
                Plain,
            ),
            ("-----BEGIN PUBLIC KEY-----\nMIIB".to_owned(), PublicKey),
            ("-----BEGIN CERTIFICATE-----\nMIIB".to_owned(), PublicKey),
            ("SQLite format 3\0".to_owned(), Database),
            ("-- MySQL dump 10.13".to_owned(), Dump),
            ("--\n-- PostgreSQL database dump\n--".to_owned(), Dump),
            ("PK\u{3}\u{4}".to_owned(), Zip),
            ("PuTTY-User-Key-File-3: ssh-ed25519".to_owned(), PrivateKey),
        ] {
            assert_eq!(Content::of("a", text.as_bytes()), expected, "{text:?}");
        }
    }

    /// Every kind of private key behind everything that may stand before one.
    #[test]
    fn a_private_key_is_known_wherever_it_stands() {
        let kinds = [
            "PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "DSA PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "ANY PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ];
        let pem = |name: &str| format!("-----BEGIN {name}-----\nMIIB\n-----END {name}-----\n");
        let before = [
            String::new(),
            "\u{feff}".into(),
            "\n\n".into(),
            pem("CERTIFICATE"),
            pem("CERTIFICATE") + &pem("CERTIFICATE"),
            pem("PUBLIC KEY"),
            pem("DH PARAMETERS"),
            pem("EC PARAMETERS"),
            pem("CERTIFICATE REQUEST"),
            "Certificate:\n    Data: x\n".into(),
            "Bag Attributes\n    friendlyName: a\nKey Attributes: <No Attributes>\n".into(),
            "# my key\n\n".into(),
            "<h1>Key</h1>\n<pre>".into(),
            "<pre class=\"a\"><code>".into(),
            "key: |\n    ".into(),
            "<!-- a comment -->\n".into(),
            "> ".into(),
            "\0\u{1}binary\n".into(),
            "long text\n".repeat(20_000),
        ];
        for (kind, before) in kinds
            .iter()
            .flat_map(|kind| before.iter().map(move |it| (kind, it)))
        {
            for end in ["\n", "\r\n", "\r", " \n"] {
                let key = pem(kind).replace('\n', end);
                let text = format!("{before}{key}");
                for name in ["a.pem", "a.crt", "a.txt", "a.html", "a"] {
                    let content = Content::of(name, text.as_bytes());
                    assert_eq!(content, Content::PrivateKey, "{name} {kind} {before:.80}");
                }
            }
        }
        for kind in [
            "PUBLIC KEY",
            "CERTIFICATE",
            "PGP PUBLIC KEY BLOCK",
            "CERTIFICATE REQUEST",
        ] {
            let content = Content::of("a.pem", pem(kind).as_bytes());
            assert_eq!(content, Content::PublicKey, "{kind}");
        }
    }

    #[test]
    fn a_table_of_members_is_known_by_its_columns() {
        use Content::*;
        for (name, header, expected) in [
            ("members.csv", "id,email,name", Members),
            (
                "export.csv",
                "id,email,name,note,subscribed_to_emails",
                Members,
            ),
            ("a.csv", "\"E-mail\";\"Password\"", Members),
            ("Subscribers-2026.CSV", "Email Address\tName", Members),
            ("members.csv", "name,joined", Plain),
            ("offices.csv", "city,email", Plain),
            ("members.txt", "id,email", Plain),
            ("a.csv", "date,access", Plain),
            (
                "Patrons.csv",
                "Name,Twitter,Mail\nAnn,x,ann@example.org",
                Members,
            ),
            (
                "kunden.csv",
                "Name;E-Mail\nAnn;\"ann@example.org\"\nBo;bo@example.org",
                Members,
            ),
            ("a.csv", "email\nann@example.org\n\nbo@example.org", Members),
            ("a.tsv", "姓名\t邮箱\nAnn\tann@example.org", Members),
            ("a.csv", "package\n@org/name@1.2.3\nroot@host", Plain),
            ("a.csv", "note\nask ann@example.org\n1\n2", Plain),
        ] {
            let text = format!("{header}\n1,2\n");
            assert_eq!(
                Content::of(name, text.as_bytes()),
                expected,
                "{name} {header}"
            );
        }
    }
}
