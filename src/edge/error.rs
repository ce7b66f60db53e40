//! `ApiError`: every way a request can be refused or fail, and the only place that knows status codes.
//!
//! Answers are RFC 9457 `application/problem+json` with a stable `code`, never cached (PW-14), and
//! tell nothing of the inside (OPS-04): causes travel beside the answer as a [`Failure`], which the
//! guard logs once.

use crate::edge::access::Reason;
use crate::edge::bodies::Full;
use crate::edge::limits::TooOften;
use crate::edge::release::{FileError, UnknownPage};
use crate::edge::store::StoreError;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::any::Any;
use std::error::Error;
use std::sync::Arc;

/// Why a request did not get what it asked for. A handler returns it with `?`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in. 401
    #[error("sign in first")]
    SignInNeeded,
    /// Wrong name or password; never says which. 401
    #[error("the name or the password is wrong")]
    InvalidCredentials,
    /// The reader's tiers do not open this. 403
    #[error("your membership does not include this")]
    NotEntitled,
    /// The member's address is not verified yet. 403
    #[error("verify your e-mail address first")]
    Unverified,
    /// The member is suspended, for a reason where the owner gave one. 403
    #[error("this account is suspended")]
    Suspended {
        /// One line, for the member alone.
        reason: Option<String>,
    },
    /// The request was sent by a page of another origin, or hides where it comes from. 403
    #[error("the request does not come from this site")]
    CrossOrigin,
    /// A rule says no; `code` names it, such as `comments_closed`. 403
    #[error("{detail}")]
    Refused {
        /// Stable, in snake_case.
        code: &'static str,
        /// One sentence for people.
        detail: &'static str,
    },
    /// There is no such thing, or none that this reader may know of. 404
    #[error("there is nothing here")]
    NotFound,
    /// The address does not know this method. 405
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// What is there stands against it; `code` names it. 409
    #[error("{detail}")]
    Conflict {
        /// Stable, in snake_case.
        code: &'static str,
        /// One sentence for people.
        detail: &'static str,
    },
    /// The idempotency key was used for another request. 409
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyConflict,
    /// The body is too long. 413
    #[error("the body is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// The address is too long. 414
    #[error("the address is too long")]
    AddressTooLong,
    /// The body is not `application/json` in UTF-8. 415
    #[error("send application/json in UTF-8")]
    JsonNeeded,
    /// The body is compressed. 415
    #[error("send the body without a Content-Encoding")]
    PlainNeeded,
    /// The body is not the form it should be. 415
    #[error("send application/x-www-form-urlencoded")]
    FormNeeded,
    /// The request cannot be read; the text says where it went wrong. 400
    #[error("{0}")]
    Malformed(String),
    /// The request was read, but these fields cannot be taken. 422
    #[error("some fields cannot be taken")]
    Invalid(Vec<FieldError>),
    /// A mailed token is unknown, used or too old; never says which. 422
    #[error("this link was used or is too old")]
    TokenInvalid,
    /// Too often. 429
    #[error("too often; try again in {retry_after_secs} seconds")]
    RateLimited {
        /// When to try again.
        retry_after_secs: u64,
    },
    /// The body or the answer took too long. 408
    #[error("the request took too long")]
    TimedOut,
    /// Too much at once, or the store cannot be reached. 503
    #[error("too busy; try again in {retry_after_secs} seconds")]
    Busy {
        /// When to try again.
        retry_after_secs: u64,
        /// For the log.
        #[source]
        cause: Option<Cause>,
    },
    /// What the request asked for was done wholly or not at all, and nobody knows which. 503 without `Retry-After`, since
    /// a repetition may do it twice.
    #[error(
        "it is not known whether this was stored; look before you repeat it, or repeat it with its Idempotency-Key"
    )]
    ResultUnknown(#[source] Option<Cause>),
    /// The database cannot be written to until it is mended. 503
    #[error("nothing can be stored at the moment; try again in {STOPPED_SECS} seconds")]
    WritesStopped(#[source] Cause),
    /// A file of the release is damaged or gone. 503
    #[error("this cannot be shown at the moment; try again later")]
    Unavailable(#[source] Cause),
    /// The page is of another release than the open one. 409
    #[error("the page has changed; load it again")]
    PageChanged,
    /// A fault of ours. 500
    #[error("something went wrong here")]
    Internal(#[source] Cause),
}

/// The cause of a failure, for the log alone.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// One field that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's name in the request; nested ones with dots.
    pub field: String,
    /// Stable, in snake_case, such as `handle_taken`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
}

/// The body of every refusal, after RFC 9457.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says more than an address would.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status again, for bodies that travel alone.
    pub status: u16,
    /// Stable, in snake_case.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: String,
    /// Which fields, where fields are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Why, in the words of the site's owner: for `suspended` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the log should say of an answer; lies beside it in its extensions.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The problem's code.
    pub code: &'static str,
    /// Why, for failures of ours.
    pub cause: Option<Cause>,
}

impl ApiError {
    /// A failure of ours with its cause, which only the log sees.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        ApiError::Internal(Arc::new(cause))
    }

    /// One field that cannot be taken.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        let (field, code, message) = (field.into(), code.into(), message.into());
        ApiError::Invalid(vec![FieldError {
            field,
            code,
            message,
        }])
    }

    /// Too busy, to be tried again in two seconds.
    pub fn busy() -> Self {
        ApiError::Busy {
            retry_after_secs: BUSY_SECS,
            cause: None,
        }
    }

    /// The stable name of this error, as the problem's `code` has it.
    pub fn code(&self) -> &'static str {
        self.parts().1
    }

    fn parts(&self) -> (StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            ApiError::SignInNeeded => (S::UNAUTHORIZED, "sign_in_needed"),
            ApiError::InvalidCredentials => (S::UNAUTHORIZED, "invalid_credentials"),
            ApiError::NotEntitled => (S::FORBIDDEN, "not_entitled"),
            ApiError::Unverified => (S::FORBIDDEN, "unverified"),
            ApiError::Suspended { .. } => (S::FORBIDDEN, "suspended"),
            ApiError::CrossOrigin => (S::FORBIDDEN, "cross_origin"),
            ApiError::Refused { code, .. } => (S::FORBIDDEN, code),
            ApiError::NotFound => (S::NOT_FOUND, "not_found"),
            ApiError::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed"),
            ApiError::TimedOut => (S::REQUEST_TIMEOUT, "timed_out"),
            ApiError::Conflict { code, .. } => (S::CONFLICT, code),
            ApiError::IdempotencyConflict => (S::CONFLICT, "idempotency_conflict"),
            ApiError::TooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "too_large"),
            ApiError::AddressTooLong => (S::URI_TOO_LONG, "address_too_long"),
            ApiError::JsonNeeded => (S::UNSUPPORTED_MEDIA_TYPE, "json_needed"),
            ApiError::PlainNeeded => (S::UNSUPPORTED_MEDIA_TYPE, "plain_needed"),
            ApiError::FormNeeded => (S::UNSUPPORTED_MEDIA_TYPE, "form_needed"),
            ApiError::Malformed(_) => (S::BAD_REQUEST, "malformed"),
            ApiError::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid"),
            ApiError::TokenInvalid => (S::UNPROCESSABLE_ENTITY, "token_invalid"),
            ApiError::RateLimited { .. } => (S::TOO_MANY_REQUESTS, "rate_limited"),
            ApiError::Busy { .. } => (S::SERVICE_UNAVAILABLE, "busy"),
            ApiError::ResultUnknown(_) => (S::SERVICE_UNAVAILABLE, "result_unknown"),
            ApiError::WritesStopped(_) => (S::SERVICE_UNAVAILABLE, "writes_stopped"),
            ApiError::Unavailable(_) => (S::SERVICE_UNAVAILABLE, "unavailable"),
            ApiError::PageChanged => (S::CONFLICT, "page_changed"),
            ApiError::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn retry_after_secs(&self) -> Option<u64> {
        match self {
            ApiError::RateLimited { retry_after_secs }
            | ApiError::Busy {
                retry_after_secs, ..
            } => Some(*retry_after_secs),
            ApiError::WritesStopped(_) => Some(STOPPED_SECS),
            ApiError::Unavailable(_) => Some(UNAVAILABLE_SECS),
            _ => None,
        }
    }

    /// Whether the rest of the request may still be on its way, so that the connection is of no more use.
    fn leaves_body_unread(&self) -> bool {
        matches!(
            self,
            ApiError::TooLarge { .. } | ApiError::TimedOut | ApiError::PlainNeeded
        )
    }
}

const BUSY_SECS: u64 = 2;
const STOPPED_SECS: u64 = 10;
/// A release is copied or repaired by hand.
const UNAVAILABLE_SECS: u64 = 30;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let (retry_after, closes) = (self.retry_after_secs(), self.leaves_body_unread());
        let detail = self.to_string();
        let reason = match &self {
            ApiError::Suspended { reason } => reason.clone(),
            _ => None,
        };
        let (errors, cause) = match self {
            ApiError::Invalid(errors) => (errors, None),
            ApiError::Internal(cause)
            | ApiError::Unavailable(cause)
            | ApiError::WritesStopped(cause) => (Vec::new(), Some(cause)),
            ApiError::Busy { cause, .. } | ApiError::ResultUnknown(cause) => (Vec::new(), cause),
            _ => (Vec::new(), None),
        };
        let title = status.canonical_reason().unwrap_or("Error");
        let problem = Problem {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
            detail,
            errors,
            reason,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        if let Some(secs) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 wants a challenge with every 401; this scheme opens no browser dialog.
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Session realm=\"members\""),
            );
        }
        if closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(Failure { code, cause });
        response
    }
}

/// The answer to a handler that panicked; the panic hook has told where (OPS-13).
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    ApiError::internal(Panicked).into_response()
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NulInText => ApiError::Malformed("text with a NUL character".into()),
            StoreError::Busy
            | StoreError::Full
            | StoreError::Unavailable(_)
            | StoreError::Silent
            | StoreError::Closed => ApiError::Busy {
                retry_after_secs: BUSY_SECS,
                cause: Some(Arc::new(error)),
            },
            StoreError::CommitUnknown => ApiError::ResultUnknown(Some(Arc::new(error))),
            StoreError::Refused { .. } => ApiError::Busy {
                retry_after_secs: STOPPED_SECS,
                cause: Some(Arc::new(error)),
            },
            StoreError::WritesStopped { .. } | StoreError::LogCut(_) => {
                ApiError::WritesStopped(Arc::new(error))
            }
            other => ApiError::internal(other),
        }
    }
}

impl From<FileError> for ApiError {
    fn from(error: FileError) -> Self {
        ApiError::Unavailable(Arc::new(error))
    }
}

impl From<Full> for ApiError {
    fn from(full: Full) -> Self {
        ApiError::Busy {
            retry_after_secs: BUSY_SECS,
            cause: Some(Arc::new(full)),
        }
    }
}

impl From<UnknownPage> for ApiError {
    fn from(_: UnknownPage) -> Self {
        ApiError::NotFound
    }
}

impl From<TooOften> for ApiError {
    fn from(too_often: TooOften) -> Self {
        ApiError::RateLimited {
            retry_after_secs: too_often.retry_after_secs,
        }
    }
}

impl From<Reason> for ApiError {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::SignInNeeded => ApiError::SignInNeeded,
            Reason::Unverified => ApiError::Unverified,
            Reason::NotEntitled => ApiError::NotEntitled,
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge {
                limit_bytes: crate::edge::extract::MAX_JSON_BYTES,
            },
            _ => ApiError::Malformed("the body ended too early".into()),
        }
    }
}
