//! What `data/authors.toml` says of the authors of a page.

use crate::markdown::han::is_han;
use crate::markdown::safe::notice;
use crate::site::model::Page;
use crate::site::render::RenderContext;
use crate::site::render::view::{LinkView, TermRefView};
use serde::Serialize;

/// An author with picture and words, from `data/authors.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorView {
    /// Shown name.
    pub name: String,
    /// List of the author's pages.
    pub url: String,
    /// First letters of the name, for authors without a picture.
    pub initials: String,
    /// Address of a picture.
    pub picture: Option<String>,
    /// A few words. HTML; may be empty.
    pub text: String,
    /// Pages about the author.
    pub links: Vec<LinkView>,
}

/// What is known of the authors of a page, in the page's language.
pub fn author_boxes(
    context: &RenderContext,
    page: &Page,
    authors: &[TermRefView],
) -> Vec<AuthorView> {
    let base_path = context.config.base_url.path();
    let known = |name: &str| {
        let folded = name.to_lowercase();
        let mut all = context.config.authors.iter();
        all.find(|it| it.name.to_lowercase() == folded)
    };
    let below = |address: &str| match address.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => format!("{base_path}{rest}"),
        _ => address.to_owned(),
    };
    let view = |author: &TermRefView| {
        let about = known(&author.title)?;
        Some(AuthorView {
            name: author.title.clone(),
            url: author.url.clone(),
            initials: initials(&author.title),
            picture: Some(below(&about.picture)).filter(|it| !it.is_empty()),
            text: notice(
                context.config.text_in(&about.text, page.language),
                base_path,
            ),
            links: about
                .links
                .iter()
                .map(|(title, url)| LinkView {
                    title: title.clone(),
                    url: below(url),
                })
                .collect(),
        })
    };
    authors.iter().filter_map(view).collect()
}

/// The first letters of the first two words of a name, or its first Han character.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|it| it.chars().next());
    match words.next() {
        Some(first) if is_han(first) => first.to_string(),
        first => first
            .into_iter()
            .chain(words.next())
            .flat_map(char::to_uppercase)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_initials() {
        for (name, expected) in [
            ("Mei Lin", "ML"),
            ("bob", "B"),
            ("张三", "张"),
            ("Anna de la Rue", "AD"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
