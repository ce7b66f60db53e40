//! Why an output was rendered again, or was not: what `build --why PATH` tells.

use crate::config::BaseUrl;
use crate::diag::nearest;
use crate::site::fingerprint::Ingredient;
use crate::site::outputs::Sources;
use crate::site::publish::{Published, Stale};
use crate::site::report::{Explanation, Why};
use crate::site::site_state::SiteState;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Explains the output that `query` means: a file of `public/`, an address, or the file that a page is written in.
pub fn explain(query: &str, state: &SiteState, sources: &Sources, published: &Published) -> Why {
    let outputs = &state.plan.outputs;
    let found = candidates(query, &sources.config.base_url)
        .into_iter()
        .find_map(|file| {
            let place = outputs.binary_search_by(|it| (*it.file).cmp(&*file)).ok()?;
            Some(&outputs[place])
        })
        .or_else(|| {
            let source = query.trim_start_matches("./");
            outputs
                .iter()
                .find(|it| it.kind.origin(&state.site) == Some(source))
        });
    let Some(output) = found else {
        let files = outputs.iter().map(|it| &*it.file);
        return Why::Unknown {
            asked: query.into(),
            nearest: nearest(query, files).map(str::to_owned),
        };
    };
    let mut made_of: BTreeMap<Ingredient, Vec<String>> = BTreeMap::new();
    for (kind, name) in output.kind.sources(sources) {
        made_of.entry(kind).or_default().push(name);
    }
    let stale: Option<&Stale> = published.stale.iter().find(|it| it.file == output.file);
    Why::Output(Explanation {
        file: output.file.to_string(),
        stale: stale.map(|it| it.since.clone()),
        is_other: published.changed.iter().any(|it| **it == *output.file),
        made_of,
    })
}

/// Files of `public/` that may be meant, the likeliest first.
fn candidates(query: &str, base_url: &BaseUrl) -> Vec<String> {
    let path = query
        .strip_prefix(base_url.as_str())
        .or_else(|| query.strip_prefix(base_url.path()))
        .or_else(|| query.strip_prefix(&*base_url.decoded_path()))
        .unwrap_or(query);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_start_matches('/');
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let folder = decoded.trim_end_matches('/');
    let index = match folder {
        "" => "index.html".to_owned(),
        _ => format!("{folder}/index.html"),
    };
    vec![path.to_owned(), decoded.to_string(), index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_goes_by_its_file_its_address_or_its_url() {
        let base_url = BaseUrl::parse("https://example.org/blog/").unwrap();
        for (asked, expected) in [
            ("guides/start/index.html", "guides/start/index.html"),
            ("/blog/guides/start/", "guides/start/index.html"),
            (
                "https://example.org/blog/guides/start/?x#y",
                "guides/start/index.html",
            ),
            ("guides/start", "guides/start/index.html"),
            ("/blog/", "index.html"),
            ("", "index.html"),
            ("/blog/%E6%96%87/", "文/index.html"),
            ("a b.pdf", "a b.pdf"),
        ] {
            let found = candidates(asked, &base_url);
            assert!(found.iter().any(|it| it == expected), "{asked}: {found:?}");
        }
    }
}
