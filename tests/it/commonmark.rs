//! The examples of the CommonMark specification and of GitHub's extensions, held against what a page really becomes.
//!
//! Their licence keeps them out of the repository: the trials are listed only where `LYCEUM_COMMONMARK` and
//! `LYCEUM_GFM` name the files. Our additions (anchors, code figures, frames of tables, loading attributes) are taken
//! off before comparing.

use libtest_mimic::{Failed, Trial};
use lyceum::diag::SourceFile;
use lyceum::escape;
use lyceum::site::parse::{ParseSettings, Parsed, Part, document};

/// What differs on purpose: classes of fences hold `[a-z0-9+#-]` alone (34, 144), bare addresses are links as GFM has
/// them (608, 611, 612), and an address in raw HTML loses its line end as in every browser (643).
const ON_PURPOSE: [u64; 6] = [34, 144, 608, 611, 612, 643];

/// The same of GitHub's extensions: raw HTML is the author's own and stays (653).
const ON_PURPOSE_GFM: [u64; 1] = [653];

/// One trial a file of examples that is at hand.
pub fn trials() -> Vec<Trial> {
    let files: [(&str, &str, &'static [u64]); 2] = [
        ("examples", "LYCEUM_COMMONMARK", &ON_PURPOSE),
        ("extensions", "LYCEUM_GFM", &ON_PURPOSE_GFM),
    ];
    let trial = |(name, variable, on_purpose)| {
        let path = std::env::var(variable).ok()?;
        let run = move || examples(&path, on_purpose);
        Some(Trial::test(format!("commonmark::{name}"), run))
    };
    files.into_iter().filter_map(trial).collect()
}

/// Plays all examples of a file; of GitHub's only those that CommonMark has not.
fn examples(path: &str, on_purpose: &[u64]) -> Result<(), Failed> {
    let settings = settings()?;
    let text = std::fs::read_to_string(path)?;
    let examples: Vec<serde_json::Value> = serde_json::from_str(&text)?;
    let mut different = Vec::new();
    let is_extension = |it: &&serde_json::Value| {
        let section = it["section"].as_str().unwrap_or_default();
        section.ends_with("(extension)")
    };
    let has_extensions = examples.iter().any(|it| is_extension(&it));
    let is_own = |it: &&serde_json::Value| !has_extensions || is_extension(it);
    for example in examples.iter().filter(is_own) {
        let markdown = example["markdown"].as_str().ok_or("no Markdown")?;
        let wanted = alike(example["html"].as_str().ok_or("no HTML")?);
        // A head keeps the first lines of an example from being taken for one.
        let file = SourceFile::new(
            "content/example.md",
            format!("---\ntitle: '-'\n---\n{markdown}"),
        );
        let found = alike(&without_additions(&filled(&document(&file, &settings))));
        if found != wanted {
            different.push(example["example"].as_u64().unwrap_or(0));
        }
    }
    if different == on_purpose {
        return Ok(());
    }
    Err(format!("these examples differ: {different:?}, on purpose are {on_purpose:?}").into())
}

fn settings() -> Result<ParseSettings, Failed> {
    let file = SourceFile::new(
        "site.toml",
        "title = 'T'\nbase_url = 'https://example.org/'\n[markdown]\nraw_html = true\nexternal_links_rel = ''\n",
    );
    let (config, _) = lyceum::config::parse(&file).map_err(|it| format!("{it:?}"))?;
    Ok(ParseSettings::from_config(&config))
}

/// The public HTML with each address in its hole.
fn filled(parsed: &Parsed) -> String {
    let mut out = String::new();
    for part in &parsed.body.parts {
        let Part::Public { html: fragment, .. } = part else {
            continue;
        };
        let mut copied = 0;
        for hole in &fragment.0.holes {
            let link = &parsed.document.links[hole.link as usize];
            let mut address = link.target.clone();
            for (mark, piece) in [('?', &link.query), ('#', &link.fragment)] {
                if let Some(piece) = piece {
                    address.push(mark);
                    address.push_str(piece);
                }
            }
            out.push_str(&fragment.0.html[copied..hole.at as usize]);
            escape::push_address(&mut out, &address);
            copied = hole.at as usize;
        }
        out.push_str(&fragment.0.html[copied..]);
    }
    out
}

fn without_additions(html: &str) -> String {
    let html = without(html, " <a class=\"anchor\"", "</a>");
    let html = without(
        &without(&html, "<a class=\"anchor\"", "</a>"),
        "<figure class=\"code\"",
        ">",
    );
    let mut html = without(&html, "<span class=", ">")
        .replace("</span>", "")
        .replace("</pre></figure>", "</pre>")
        .replace("<div class=\"table\"", "<div")
        .replace("<label><input", "<input")
        .replace("</label>", "")
        .replace("</table></div>", "</table>")
        .replace("<tbody>\n</tbody>", "")
        .replace(" loading=\"lazy\" decoding=\"async\"", "")
        .replace("<figure><img", "<p><img")
        .replace("\"><figcaption>", "\" title=\"")
        .replace("</figcaption></figure>", "\"></p>");
    html = replaced(&html, "<pre tabindex=", ">", "<pre>");
    html = replaced(&html, "<div tabindex=", "><table>", "<table>");
    for level in 1..=6 {
        html = replaced(
            &html,
            &format!("<h{level} id="),
            ">",
            &format!("<h{level}>"),
        );
    }
    html
}

/// The text without each stretch from `from` to the next `to`.
fn without(text: &str, from: &str, to: &str) -> String {
    replaced(text, from, to, "")
}

/// The text with `by` for each stretch from `from` to the next `to`.
fn replaced(text: &str, from: &str, to: &str, by: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let Some(end) = rest[at..].find(to) else {
            break;
        };
        out.push_str(&rest[..at]);
        out.push_str(by);
        rest = &rest[at + end + to.len()..];
    }
    out + rest
}

/// HTML in one spelling of what means the same.
fn alike(html: &str) -> String {
    let mut html = html.to_string();
    for (from, to) in [
        // The page's one H1 is its title.
        (" class=\"left\">", " align=\"left\">"),
        (" class=\"center\">", " align=\"center\">"),
        (" class=\"right\">", " align=\"right\">"),
        ("<h1>", "<h2>"),
        ("</h1>", "</h2>"),
        (" />", ">"),
        ("/>", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&ouml;", "%C3%B6"),
        ("%5B", "["),
        ("%5D", "]"),
        ("%5C", "\\"),
        ("%60", "`"),
        ("%20", " "),
    ] {
        html = html.replace(from, to);
    }
    let words: Vec<&str> = html.split_whitespace().collect();
    words
        .join(" ")
        .replace("> <", "><")
        .replace("> ", ">")
        .replace(" <", "<")
}
