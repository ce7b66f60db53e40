//! `POST /api/events`, `GET /api/engagement`.

use crate::edge::access;
use crate::edge::accounts::Visitor;
use crate::edge::engagement::reading::{Beacon, MAX_BEACONS, expected_secs, roll_up};
use crate::edge::engagement::room::ROWS_A_MEMBER;
use crate::edge::engagement::{
    self, Engagement, day_of, reading, sql, told_readers, visitor_hash, window_start,
};
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{ClientAddress, Json, Query};
use crate::edge::guard::Compressed;
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(tell))
        .routes(routes!(show))
}

/// Tells what a reader does with pages: at most 50 beacons. Pages that do not exist are passed over.
#[utoipa::path(post, path = "/api/events", tag = "engagement", request_body = Vec<Beacon>, responses(
    (status = 202),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn tell(
    State(edge): State<Edge>,
    visitor: Visitor,
    client: ClientAddress,
    headers: HeaderMap,
    Json(beacons): Json<Vec<Beacon>>,
) -> Result<StatusCode, ApiError> {
    if beacons.len() > MAX_BEACONS {
        return Err(ApiError::field(
            "",
            "too_many",
            format!("at most {MAX_BEACONS} at once"),
        ));
    }
    if is_machine(&headers) {
        return Ok(StatusCode::ACCEPTED);
    }
    let (release, now) = (edge.release(), edge.clock.now());
    let (reader, tiers) = (visitor.reader(), &release.manifest().tiers);
    let told: Vec<_> = roll_up(&beacons)
        .into_iter()
        .filter_map(|(page, reading)| {
            let page = release.page(&page).ok()?;
            Some((
                page.key(),
                reading,
                expected_secs(access::prose_for(page.entry, reader, tiers, now)),
            ))
        })
        .collect();
    if told.is_empty() {
        return Ok(StatusCode::ACCEPTED);
    }
    let (member, day) = (
        reader.filter(|it| it.is_verified).map(|it| it.member),
        day_of(now),
    );
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let (key, fresh) = (client.key(), HEXLOWER.encode(&edge.entropy.bytes::<32>()));
    let (client, room_of_address) = (key.to_text(), edge.rooms.of(key, day));
    let add = move |tx: &mut Tx| -> Result<u32, StoreError> {
        let room = match member {
            Some(member) => {
                ROWS_A_MEMBER - sql::n_read_on(tx, member, day, ROWS_A_MEMBER)?.min(ROWS_A_MEMBER)
            }
            None => room_of_address,
        };
        let mut left = room;
        let salt = match member {
            Some(_) => String::new(),
            None => sql::salt_of(tx, day, &fresh, now)?,
        };
        for (page, reading, expected_secs) in &told {
            let name = match member {
                Some(member) => member.to_string(),
                None => visitor_hash(
                    blake3::hash(salt.as_bytes()).as_bytes(),
                    page,
                    &client,
                    &agent,
                ),
            };
            let reader = sql::Reader {
                page,
                day,
                name: &name,
                member,
            };
            sql::add_reading(tx, &reader, (*reading, *expected_secs), &mut left, now)?;
        }
        Ok(room - left)
    };
    let n_added = edge.store.write(add).await?;
    if member.is_none() {
        edge.rooms.take(key, day, n_added);
    }
    Ok(StatusCode::ACCEPTED)
}

/// Whether nobody looks: a crawler, or a page that was fetched before anybody asked for it.
fn is_machine(headers: &HeaderMap) -> bool {
    let has = |name: &str, words: &[&str]| {
        let lines = headers.get_all(name).iter();
        let mut texts = lines.filter_map(|it| it.to_str().ok().map(str::to_ascii_lowercase));
        texts.any(|text| words.iter().any(|word| text.contains(word)))
    };
    has("sec-purpose", &["prefetch", "prerender"])
        || has("purpose", &["prefetch", "preview"])
        || has("x-moz", &["prefetch"])
        || has("user-agent", &reading::CRAWLERS)
        || headers
            .get(header::USER_AGENT)
            .is_some_and(|it| it.as_bytes().trim_ascii().is_empty())
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The page; a former name is as good.
    #[param(value_type = String)]
    page: PageId,
}

/// The public numbers of a page and its scores with their parts.
#[utoipa::path(get, path = "/api/engagement", tag = "engagement", params(Asked), responses(
    (status = 200, body = Engagement),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub async fn show(
    State(edge): State<Edge>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Compressed<Json<Engagement>>, ApiError> {
    let release = edge.release();
    let page = release.page(&asked.page)?;
    let (settings, now, reader) = (&release.manifest().edge, edge.clock.now(), visitor.reader());
    let wanted = sql::Asked {
        page: page.key(),
        authors: page.entry.authors.clone(),
        since: window_start(now, &settings.scores),
        verified_only: settings.members.verify_email,
    };
    let member = reader.filter(|it| it.is_verified).map(|it| it.member);
    let mine = match member {
        Some(member) => {
            let key = page.key();
            let load = move |tx: &mut Tx| sql::of_member(tx, &key, member);
            let mine: Result<_, StoreError> = edge.store.read(load).await;
            Some(mine?)
        }
        None => None,
    };
    let facts = edge
        .engagement
        .facts((&edge.store, &edge.clock), wanted)
        .await?;
    let prose = access::prose_for(page.entry, reader, &release.manifest().tiers, now);
    let mut scores = engagement::compute(&facts, page.entry, prose, &settings.scores);
    let closed = access::may_converse(page.entry, reader, release.manifest(), now).err();
    // Where there is no conversation, nothing tells of the one that was.
    let has_comments = page.entry.comments;
    if closed.is_some() || !has_comments {
        scores = scores.for_outsiders();
    }
    // Compressed: numbers and the release's own name of the page; nothing that a request or another member says.
    Ok(Compressed(Json(Engagement {
        page: page.id.clone(),
        likes: facts.n_likes,
        saves: facts.n_saves,
        comments: if has_comments { facts.n_comments } else { 0 },
        helpful: facts.helpful,
        readers: told_readers(facts.n_readers),
        mine,
        closed,
        scores,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn programs_that_render_pages_are_no_readers() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
                true,
            ),
            ("Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", true),
            ("Mediapartners-Google", true),
            (
                "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
                true,
            ),
            ("Puppeteer", true),
            ("Playwright/1.40", true),
            (
                "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
                true,
            ),
            ("Scrapy/2.11 (+https://scrapy.org)", true),
            ("W3C_Validator/1.3", true),
            ("", true),
            (" ", true),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                false,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.49",
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
            assert_eq!(is_machine(&headers), expected, "{agent:?}");
        }
    }
}
