//! Routes of accounts: joining, one's own account, passwords, export and erasure.

use crate::edge::accounts::http::session::{Address, Asked, Signed, farewell};
use crate::edge::accounts::limits;
use crate::edge::accounts::service::account::{self, Changes, Proof};
use crate::edge::accounts::service::join::{self, Draft};
use crate::edge::accounts::service::{leave, links, session};
use crate::edge::accounts::{Again, ClientContext, Me, MemberId, SignedIn, Typed, Visitor, cookie};
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{ClientAddress, Json, Nothing, Query};
use crate::edge::idempotency::http::Once;
use crate::edge::mail::EmailKind;
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use std::io::{BufWriter, Read, Seek, Write};
use tempfile::SpooledTempFile;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of one's own account.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(join))
        .routes(routes!(verify))
        .routes(routes!(ask_to_confirm))
        .routes(routes!(me, change, erase_me))
        .routes(routes!(export))
        .routes(routes!(ask_for_reset))
        .routes(routes!(set_password))
}

/// A new password, and what allows it.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    /// The token of a reset letter.
    pub token: Option<String>,
    /// The present password of a member who is signed in; not needed where there is none yet.
    pub current: Option<String>,
    /// At least 12 characters, 15 for the staff; at most 128.
    pub password: String,
}

/// What confirms an address.
#[derive(Deserialize, ToSchema)]
pub struct Confirmation {
    /// From the address of the link.
    pub token: String,
    /// The new address, as the page has shown it. Where it is sent, it must be the one of the letter.
    pub email: Option<String>,
}

/// Joins. The answer is the same whether the address is known or not; the rest is in the mail. Its cookie lets the
/// password count that was sent, once the letter is opened with it.
#[utoipa::path(post, path = "/api/members", tag = "members", request_body = Draft, responses(
    (status = 202, body = Asked),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`sign_up_closed`"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn join(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(draft): Json<Draft>,
) -> Result<Response, ApiError> {
    let typed = Typed::letter(Again::Join, &draft.email, draft.next.as_deref());
    let token = join::join(&edge, caller, draft).await?;
    let (join, typed) = (
        cookie::bind(&edge.settings, &token),
        typed.kept(&edge.settings),
    );
    let bound = AppendHeaders([join, typed]);
    Ok((StatusCode::ACCEPTED, bound, Json(Asked::CHECK_MAIL)).into_response())
}

/// Proves an address with the token of its letter, and signs in. That of a member's new address wants a session of
/// theirs, or is 401 and stays good.
#[utoipa::path(post, path = "/api/members/verify", tag = "members", request_body = Confirmation, responses(
    (status = 200, body = Signed),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`sign_in_needed`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`suspended`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`token_invalid`")))]
pub async fn verify(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(sent): Json<Confirmation>,
) -> Result<Response, ApiError> {
    let opened = links::verify(&edge, caller, &sent.token, sent.email).await?;
    Ok(Signed::answer(&edge, opened))
}

/// Sends the letter again that confirms one's own address. Nothing is sent where it is confirmed.
#[utoipa::path(post, path = "/api/members/confirmation", tag = "members", responses(
    (status = 202, body = Asked),
    (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn ask_to_confirm(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
    caller: ClientContext,
) -> Result<(StatusCode, Json<Asked>), ApiError> {
    account::ask_to_confirm(&edge, &current, caller).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::CHECK_MAIL)))
}

/// One's own account.
#[utoipa::path(get, path = "/api/me", tag = "members", responses(
    (status = 200, body = Me),
    (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn me(State(edge): State<Edge>, SignedIn(current): SignedIn) -> Json<Me> {
    Json(session::me(
        &edge,
        current.member.clone(),
        current.reader.entitlements.clone(),
    ))
}

/// Changes one's own account. A new address counts once it is confirmed there.
#[utoipa::path(patch, path = "/api/me", tag = "members", request_body = Changes, responses(
    (status = 200, body = Me),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`sign_in_again`"),
    (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
    caller: ClientContext,
    once: Once,
    Json(changes): Json<Changes>,
) -> Result<Response, ApiError> {
    account::change(&edge, &current, caller, changes, &once).await
}

/// Erases one's own account, at once and for good. Wants a sign-in of the last 15 minutes.
#[utoipa::path(delete, path = "/api/me", tag = "members", responses(
    (status = 204),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`sign_in_again`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`last_owner`")))]
pub async fn erase_me(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
) -> Result<Response, ApiError> {
    account::prove_again(&edge, &current, None).await?;
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let (id, member, tables) = (current.member.id, current.member.clone(), edge.tables);
    let erase = move |tx: &mut Tx| leave::ask(tx, tables, &member, (&entropy, now));
    edge.store.write(erase).await?;
    let store = edge.store.clone();
    let finished = tokio::task::spawn_blocking(move || leave::finish(&store, tables, id)).await;
    if let Ok(Err(error)) = finished {
        // The member is gone already, and a job deletes what is left.
        tracing::error!(%error, "an erasure is not finished yet");
    }
    let (mailer, email) = (edge.mailer.clone(), current.member.email.clone());
    let forget = move || mailer.forget(id.0, email.as_ref());
    if let Ok(Err(error)) = tokio::task::spawn_blocking(forget).await {
        tracing::error!(%error, "letters of an erased member are left in the outbox");
    }
    Ok((StatusCode::NO_CONTENT, farewell(&edge)).into_response())
}

/// Everything that is known of oneself, as one JSON document. Wants a sign-in of the last 15 minutes.
#[utoipa::path(get, path = "/api/me/export", tag = "members", responses(
    (status = 200, body = serde_json::Value),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`sign_in_again`"),
    (status = 429, body = Problem, content_type = "application/problem+json")))]
pub async fn export(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
    client: ClientAddress,
    _: Query<Nothing>,
) -> Result<Response, ApiError> {
    account::prove_again(&edge, &current, None).await?;
    edge.limits.check(&limits::EXPORT, client.key())?;
    let (n_bytes, everything) = export_of(&edge, current.member.id).await?;
    let length = [(header::CONTENT_LENGTH, HeaderValue::from(n_bytes))];
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"account.json\"",
        ),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Cookie"),
    ];
    Ok((headers, length, everything).into_response())
}

/// Bytes of an export that are kept in memory; a longer one lies in a file without a name until it is sent.
const SPOOLED_BYTES: usize = 1 << 20;
/// Bytes that are sent at once.
const PIECE_BYTES: usize = 64 * 1024;

/// An export, and how many bytes it has.
async fn export_of(edge: &Edge, id: MemberId) -> Result<(u64, Body), ApiError> {
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    let (folder, release) = (edge.settings.data_dir.clone(), edge.release());
    let tables = edge.tables;
    // Written as a whole before it is sent, so that a reader who is slow holds up no other.
    let export = move |tx: &mut Tx| -> Result<(u64, SpooledTempFile), ApiError> {
        let mut file = SpooledTempFile::new_in(SPOOLED_BYTES, &folder);
        let mut into = BufWriter::new(&mut file);
        if !leave::write_export(tx, (tables, release.keys()), id, &mut into)? {
            return Err(ApiError::NotFound);
        }
        into.flush().map_err(ApiError::internal)?;
        drop(into);
        let n_bytes = file.stream_position().map_err(ApiError::internal)?;
        file.rewind().map_err(ApiError::internal)?;
        Ok((n_bytes, file))
    };
    let (n_bytes, everything) = edge.store.read(export).await?;
    let stamp = (entropy.uuid_v7(now), now);
    let note =
        move |tx: &mut Tx| -> Result<(), ApiError> { Ok(leave::note_export(tx, id, stamp)?) };
    edge.store.write(note).await?;
    let pieces = try_unfold(everything, async |file| {
        let read = tokio::task::spawn_blocking(move || next_piece(file));
        read.await.map_err(std::io::Error::other)?
    });
    Ok((n_bytes, Body::from_stream(pieces)))
}

fn next_piece(mut file: SpooledTempFile) -> std::io::Result<Option<(Vec<u8>, SpooledTempFile)>> {
    let mut piece = vec![0; PIECE_BYTES];
    let n_read = file.read(&mut piece)?;
    piece.truncate(n_read);
    Ok((n_read > 0).then_some((piece, file)))
}

/// Asks for a letter with which a new password can be set. The answer is always the same.
#[utoipa::path(post, path = "/api/password/reset", tag = "members", request_body = Address, responses(
    (status = 202, body = Asked),
    (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn ask_for_reset(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(sent): Json<Address>,
) -> Result<Response, ApiError> {
    links::ask_for(&edge, caller, &sent.email, EmailKind::Reset).await?;
    let typed = Typed::letter(Again::Forgot, &sent.email, None);
    Ok(Asked::answer(&edge, &typed))
}

/// Sets a new password, by the token of a letter or by the present one.
#[utoipa::path(put, path = "/api/password", tag = "members", request_body = NewPassword, responses(
    (status = 204),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`sign_in_again`"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn set_password(
    State(edge): State<Edge>,
    visitor: Visitor,
    Json(sent): Json<NewPassword>,
) -> Result<StatusCode, ApiError> {
    let proof = match (&sent.token, &visitor.0) {
        (Some(token), _) => Proof::Token(token),
        (None, Some(current)) => Proof::Session(current, sent.current.as_deref()),
        (None, None) => return Err(ApiError::SignInNeeded),
    };
    account::set_password(&edge, proof, &sent.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
