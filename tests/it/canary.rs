//! PW-01: a word in each gated part of the fixture is nowhere under `public/`, however it is written.
//!
//! Each file is read in several ways (unpacked, tags stripped, entities, percent signs and escapes undone) and each
//! reading is searched for the word in several spellings (hex, base64, UTF-16, reversed). The search is tried on
//! planted words first, so that a form it cannot see fails the test.

use crate::harness::{lay_over, root, tree};
use crate::sites::build;
use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::io::{Read, Write};

const CANARIES: [&str; 3] = ["zebraquartzmembers", "zebraquartzpaid", "zebraquartzpro"];

/// The search itself, and the fixture under it.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("canary::planted_words_are_found", planted_words_are_found),
        Trial::test("canary::gated_words_are_nowhere", gated_words_are_nowhere),
    ]
}

fn gated_words_are_nowhere() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let site = folder.path().join("site");
    lay_over(&root().join("tests/edge/_site"), &site);
    let settings = fs::read_to_string(site.join("site.toml"))?;
    fs::write(
        site.join("site.toml"),
        settings.replace("precompress = false", "precompress = true"),
    )?;
    build(&site, &folder.path().join("dist"));
    let release = folder.path().join("dist/current");
    let (public, vault) = (tree(&release.join("public")), tree(&release.join("vault")));

    for ending in [".html", ".xml", ".json", ".br", ".gz"] {
        assert!(
            public.keys().any(|path| path.ends_with(ending)),
            "nothing public ends in {ending}"
        );
    }
    let anywhere = |files: &std::collections::BTreeMap<String, Vec<u8>>, word: &str| {
        let hit = |(path, bytes): (&String, &Vec<u8>)| {
            sightings(path, bytes, word)
                .into_iter()
                .map(|form| format!("{word} stands in {path}: {form}"))
                .collect::<Vec<_>>()
        };
        files.iter().flat_map(hit).collect::<Vec<_>>()
    };
    assert!(
        !anywhere(&public, "zebraquartzpublic").is_empty(),
        "the search sees no public word"
    );
    let mut hits = Vec::new();
    for canary in CANARIES {
        assert!(
            !anywhere(&vault, canary).is_empty(),
            "{canary} is not even in the vault"
        );
        hits.extend(anywhere(&public, canary));
    }
    if hits.is_empty() {
        Ok(())
    } else {
        Err(hits.join("\n").into())
    }
}

fn planted_words_are_found() -> Result<(), Failed> {
    let word = CANARIES[1];
    let each = |form: &dyn Fn(u8) -> String| word.bytes().map(form).collect::<String>();
    let texts = [
        ("as it is", word.to_owned()),
        ("in other case", word.to_uppercase()),
        (
            "between tags",
            format!("{}<b class=x>{}</b>", &word[..5], &word[5..]),
        ),
        ("decimal entities", each(&|byte| format!("&#{byte};"))),
        ("hex entities", each(&|byte| format!("&#x{byte:X};"))),
        ("percent", each(&|byte| format!("%{byte:02x}"))),
        ("percent twice", each(&|byte| format!("%25{byte:02X}"))),
        ("\\u", each(&|byte| format!("\\u{byte:04x}"))),
        ("\\u{}", each(&|byte| format!("\\u{{{byte:x}}}"))),
        ("\\x", each(&|byte| format!("\\x{byte:02X}"))),
        ("hex", HEXLOWER.encode(word.as_bytes())),
        ("upper hex", HEXUPPER.encode(word.as_bytes())),
        (
            "base64",
            BASE64.encode(format!("{word} and more").as_bytes()),
        ),
        (
            "base64, one off",
            BASE64.encode(format!("a{word} and more").as_bytes()),
        ),
        (
            "base64, two off",
            BASE64.encode(format!("ab{word} and more").as_bytes()),
        ),
        (
            "base64 in an address",
            BASE64.encode(word.as_bytes()).replace('=', "%3D"),
        ),
        ("reversed", word.chars().rev().collect()),
    ];
    let mut planted: Vec<(String, String, Vec<u8>)> = Vec::new();
    for (name, text) in texts {
        let file = format!("<p>before {text} after</p>").into_bytes();
        planted.push((name.into(), "page.html".into(), file.clone()));
        planted.push((format!("{name}, gzip"), "page.html.gz".into(), gzip(&file)));
        planted.push((
            format!("{name}, brotli"),
            "page.html.br".into(),
            brotli(&file),
        ));
    }
    planted.push((
        "UTF-16LE".into(),
        "a.bin".into(),
        utf16(word, u16::to_le_bytes),
    ));
    planted.push((
        "UTF-16BE".into(),
        "a.bin".into(),
        utf16(word, u16::to_be_bytes),
    ));

    for (name, path, bytes) in planted {
        if sightings(&path, &bytes, word).is_empty() {
            return Err(format!("{name} is not seen").into());
        }
        if !sightings(&path, &bytes, "zebraquartzpra").is_empty() {
            return Err(format!("{name}: another word is seen").into());
        }
    }
    Ok(())
}

/// The forms in which a word stands in a file; none is the hope.
pub fn sightings(path: &str, bytes: &[u8], word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (reading, text) in readings(path, bytes) {
        let folded = text.to_ascii_lowercase();
        for (spelling, needle) in spellings(word) {
            let within = if spelling.starts_with("base64") {
                &text
            } else {
                &folded
            };
            if within.windows(needle.len()).any(|it| it == needle) {
                found.push(format!("{reading}, {spelling}"));
            }
        }
    }
    found
}

/// A file as it lies there or unpacked, and that with each kind of writing undone.
fn readings(path: &str, bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut plain = Vec::new();
    let whole = if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes)
            .read_to_end(&mut plain)
            .unwrap();
        plain
    } else if path.ends_with(".br") {
        brotli::Decompressor::new(bytes, 4096)
            .read_to_end(&mut plain)
            .unwrap();
        plain
    } else {
        bytes.to_vec()
    };
    let percent = |text: &[u8]| percent_encoding::percent_decode(text).collect::<Vec<u8>>();
    let undone = percent(&percent(&unescaped(&whole)));
    vec![
        ("without tags", without_tags(&undone)),
        ("undone", undone),
        ("as it lies", whole),
    ]
}

/// The bytes to look for, all but base64 in lower case.
fn spellings(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("plain", word.as_bytes().to_vec()),
        ("reversed", word.bytes().rev().collect()),
        ("hex", HEXLOWER.encode(word.as_bytes()).into_bytes()),
        ("UTF-16LE", utf16(word, u16::to_le_bytes)),
        ("UTF-16BE", utf16(word, u16::to_be_bytes)),
    ];
    // Of base64 only the characters that neighbours cannot change are looked for.
    for (name, before) in [("base64", 0), ("base64 +1", 1), ("base64 +2", 2)] {
        let bytes = [&vec![0; before][..], word.as_bytes()].concat();
        let text = BASE64.encode(&bytes);
        let first = (before * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        all.push((name, text.as_bytes()[first..last].to_vec()));
    }
    all
}

/// Text with numeric entities and `\u`, `\x` escapes of ASCII undone.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let forms: [(&[u8], u32, &[u8]); 6] = [
        (b"&#x", 16, b";"),
        (b"&#X", 16, b";"),
        (b"&#", 10, b";"),
        (b"\\u{", 16, b"}"),
        (b"\\u", 16, b""),
        (b"\\x", 16, b""),
    ];
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let code = forms.iter().find_map(|(open, radix, close)| {
            let inside = rest.strip_prefix(*open)?;
            let limit = match (*open, close.is_empty()) {
                (b"\\x", _) => 2,
                (_, true) => 4,
                _ => 8,
            };
            let n_digits = inside
                .iter()
                .take(limit)
                .take_while(|byte| char::from(**byte).is_digit(*radix))
                .count();
            let digits = std::str::from_utf8(&inside[..n_digits]).ok()?;
            let code = u8::try_from(u32::from_str_radix(digits, *radix).ok()?).ok()?;
            let after = &inside[n_digits..];
            Some((code, after.strip_prefix(*close).unwrap_or(after)))
        });
        let (byte, after) = code.unwrap_or((*first, &rest[1..]));
        out.push(byte);
        rest = after;
    }
    out
}

/// What stands between `<` and `>` is left out.
fn without_tags(bytes: &[u8]) -> Vec<u8> {
    let mut is_inside = false;
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'<' => is_inside = true,
            b'>' if is_inside => is_inside = false,
            _ if !is_inside => out.push(*byte),
            _ => {}
        }
    }
    out
}

fn utf16(word: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    word.encode_utf16().flat_map(order).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 5, 20)
        .write_all(bytes)
        .unwrap();
    out
}
