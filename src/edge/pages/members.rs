//! The members' pages for one visitor: filled with who is signed in, what was typed before a form was refused, and where
//! the last letter went. Who brings nothing gets the public file.

use crate::edge::accounts::{self, Current, Typed};
use crate::edge::error::ApiError;
use crate::edge::pages::fill::{Filling, fill};
use crate::edge::pages::public::Asked;
use crate::edge::pages::read::read_whole;
use crate::edge::release::{Listed, OpenRelease};
use crate::edge::state::Edge;
use crate::manifest::FileEntry;
use crate::routes::is_members_page;
use axum::body::Bytes;
use axum::http::Extensions;
use axum::http::header::COOKIE;
use std::collections::HashMap;
use std::sync::Arc;

/// Whether this is a members' page, and its visitor brings something.
pub fn may_fill(release: &OpenRelease, path: &str, query: &str, has_cookie: bool) -> bool {
    let languages = &release.manifest().site.languages;
    let codes = languages.iter().map(|it| it.code.as_str());
    (has_cookie || !query.is_empty()) && is_members_page(path, codes)
}

/// The page as this visitor sees it; `None` for any other page, and where there is nothing to fill in.
pub async fn filled(
    edge: &Edge,
    release: &Arc<OpenRelease>,
    (path, name, entry): (&str, &str, &FileEntry),
    asked: &Asked<'_>,
    known: &mut Extensions,
) -> Result<Option<Bytes>, ApiError> {
    let query = asked.query.unwrap_or_default();
    if !may_fill(release, path, query, asked.headers.contains_key(COOKIE)) {
        return Ok(None);
    }
    let page = path.trim_end_matches('/').rsplit('/').next();
    let page = page.unwrap_or_default();
    let current = accounts::current(edge, asked.headers, known).await?;
    let typed = Typed::of_request(asked.headers, &edge.settings).filter(|it| it.page == page);
    let parameters: HashMap<String, String> = serde_urlencoded::from_str(query).unwrap_or_default();
    let given = |name: &str| parameters.get(name).filter(|it| !it.is_empty());
    let address = match page {
        "verify" => given("email").map(String::as_str),
        "check-mail" => typed.as_ref().and_then(|it| it.get("email")),
        _ => None,
    };
    let filling = Filling {
        reader: current.as_deref().map(shown_name),
        typed: typed.as_ref().map_or(&[], |it| &it.fields),
        query,
        has_token: given("token").is_some(),
        address,
    };
    let has_nothing = Filling {
        query: "",
        ..filling.clone()
    } == Filling::default();
    if has_nothing {
        return Ok(None);
    }
    let html = read_whole(release, &Listed::public(name, entry)).await?;
    let html = std::str::from_utf8(&html).map_err(ApiError::internal)?;
    Ok(Some(Bytes::from(fill(html, &filling))))
}

/// A page of articles for the member who reads it: its header says who that is.
pub fn with_name(html: Bytes, current: &Current) -> Bytes {
    let filling = Filling {
        reader: Some(shown_name(current)),
        ..Filling::default()
    };
    match std::str::from_utf8(&html) {
        Ok(text) => Bytes::from(fill(text, &filling)),
        Err(_) => html,
    }
}

fn shown_name(current: &Current) -> &str {
    let member = &current.member;
    if member.name.is_empty() {
        &member.handle
    } else {
        &member.name
    }
}
