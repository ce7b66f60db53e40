//! The plain forms: `POST /members/...`, in every language of the site, for browsers without script.
//!
//! Each calls the same service as its JSON route and answers 303: to the next page, or back to the form with a fragment
//! `#error-…`, which shows one of the messages of the page. Entry point: [`routes`].

use crate::edge::accounts::http::session::{farewell, put};
use crate::edge::accounts::limits;
use crate::edge::accounts::service::account::{self, Proof};
use crate::edge::accounts::service::join::{self, Draft};
use crate::edge::accounts::service::session::{self, Opened};
use crate::edge::accounts::service::{links, sign_in};
use crate::edge::accounts::typed::REASON;
use crate::edge::accounts::{self, Again, ClientContext, Typed, cookie, next_parameter, own_path};
use crate::edge::error::ApiError;
use crate::edge::mail::EmailKind;
use crate::edge::pages;
use crate::edge::state::Edge;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;

/// Largest form.
const MAX_BYTES: usize = 64 * 1024;

/// Every form, with and without a language before it, with and without a closing slash. `GET` shows the page that
/// holds the form.
pub fn routes() -> Router<Edge> {
    let page = || -> MethodRouter<Edge> { get(pages::serve) };
    Router::new()
        .route("/members/{name}", page().post(plain))
        .route("/members/{name}/", page().post(plain))
        .route("/{language}/members/{name}", page().post(translated))
        .route("/{language}/members/{name}/", page().post(translated))
}

/// One posted form and the page it came from.
struct Form {
    /// Language prefix of the page: empty, or such as `zh`.
    prefix: String,
    /// Name of the page, such as `sign-in`.
    name: String,
    /// The query as it was sent, without `?`; empty for none.
    query: String,
    fields: HashMap<String, String>,
}

type Sent = (RawQuery, HeaderMap, Bytes);

async fn plain(
    State(edge): State<Edge>,
    Path(name): Path<String>,
    caller: ClientContext,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let caller = ClientContext {
        language: None,
        ..caller
    };
    answer(&edge, caller, (String::new(), name), (query, headers, body)).await
}

async fn translated(
    State(edge): State<Edge>,
    Path((language, name)): Path<(String, String)>,
    caller: ClientContext,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    if !edge
        .release()
        .manifest()
        .site
        .languages
        .iter()
        .any(|it| it.code == language)
    {
        return Err(ApiError::NotFound);
    }
    let caller = ClientContext {
        language: Some(language.clone()),
        ..caller
    };
    answer(&edge, caller, (language, name), (query, headers, body)).await
}

async fn answer(
    edge: &Edge,
    mut caller: ClientContext,
    (prefix, name): (String, String),
    (RawQuery(query), headers, body): Sent,
) -> Result<Response, ApiError> {
    if caller.language.is_none() {
        caller.language = edge
            .release()
            .manifest()
            .site
            .languages
            .first()
            .map(|it| it.code.clone());
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !body.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(ApiError::FormNeeded);
    }
    if body.len() > MAX_BYTES {
        return Err(ApiError::TooLarge {
            limit_bytes: MAX_BYTES,
        });
    }
    let fields = pairs(&body)?;
    let form = Form {
        prefix,
        name,
        query: query.unwrap_or_default(),
        fields,
    };
    let counted = limits::of_form(&form.name, form.parameter("token").is_some());
    let done = match edge.limits.check(counted, caller.client) {
        Ok(()) => {
            let caller = caller.leading_to(edge, form.parameter("next").as_deref());
            act(edge, caller, &headers, &form).await
        }
        Err(too_often) => Err(too_often.into()),
    };
    match done {
        Ok(done) => Ok(done),
        Err(error) => match fragment(&error) {
            Some(code) => Ok(form.refused(edge, code, &error)),
            None => Err(error),
        },
    }
}

async fn act(
    edge: &Edge,
    caller: ClientContext,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response, ApiError> {
    if let Some(page) = form.turn() {
        let query = caller.next.as_deref().map(next_parameter);
        return Ok(form.to_page(edge, page, &query.unwrap_or_default()));
    }
    match form.name.as_str() {
        "join" => {
            let draft = Draft {
                email: form.field("email").into(),
                handle: form.field("handle").into(),
                password: Some(form.field("password").into()),
                name: Some(form.field("name").into()),
                newsletter: Some(!form.field("newsletter").is_empty()),
                next: form.parameter("next"),
            };
            let token = join::join(edge, caller, draft).await?;
            let mut answer = form.to_page(edge, "check-mail", "");
            let bound = cookie::bind(&edge.settings, &token);
            put(answer.headers_mut(), [bound, form.sent(edge, Again::Join)]);
            Ok(answer)
        }
        "sign-in" => {
            let opened =
                sign_in::sign_in(edge, caller, form.field("login"), form.field("password")).await?;
            Ok(form.enter(edge, opened, ""))
        }
        "sign-out" => {
            session::sign_out(edge, caller.old).await?;
            Ok(see_other(&form.address(edge, ""), farewell(edge)))
        }
        "link" => match form.parameter("token") {
            Some(token) => {
                let opened = links::redeem(edge, caller, &token).await?;
                Ok(form.enter(edge, opened, "members/account/"))
            }
            None => {
                links::ask_for(edge, caller, form.field("email"), EmailKind::SignIn).await?;
                Ok(form.to_check_mail(edge, Again::Link))
            }
        },
        "verify" => {
            let token = form.parameter("token").ok_or(ApiError::TokenInvalid)?;
            let shown = form.parameter("email").unwrap_or_default();
            let opened = links::verify(edge, caller, &token, Some(shown)).await?;
            Ok(form.enter(edge, opened, "members/account/"))
        }
        "forgot" => {
            links::ask_for(edge, caller, form.field("email"), EmailKind::Reset).await?;
            Ok(form.to_check_mail(edge, Again::Forgot))
        }
        "check-mail" => send_again(edge, caller, headers, form).await,
        "password" => match form.parameter("token") {
            Some(token) => {
                account::set_password(edge, Proof::Token(&token), form.field("password")).await?;
                let page = form.address(edge, "members/sign-in/");
                Ok(see_other(&format!("{page}#done"), HeaderMap::new()))
            }
            None => {
                let current = accounts::current(edge, headers, &mut Extensions::new()).await?;
                let current = current.ok_or(ApiError::SignInNeeded)?;
                let proof = Proof::Session(&current, None);
                account::set_password(edge, proof, form.field("password")).await?;
                let page = form.way_on(edge).unwrap_or_else(|| form.account(edge));
                Ok(see_other(&page, HeaderMap::new()))
            }
        },
        _ => Err(ApiError::NotFound),
    }
}

/// Sends the letter again that this browser asked for last; what was typed then is in its cookie.
async fn send_again(
    edge: &Edge,
    caller: ClientContext,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response, ApiError> {
    let typed = Typed::of_request(headers, &edge.settings).unwrap_or_default();
    let (Some(again), Some(email)) = (typed.again(), typed.get("email")) else {
        return Ok(form.to_page(edge, "sign-in", ""));
    };
    let caller = caller.leading_to(edge, typed.get("next"));
    match again {
        Again::Join => join::ask_again(edge, caller, email).await?,
        Again::Link => links::ask_for(edge, caller, email, EmailKind::SignIn).await?,
        Again::Forgot => links::ask_for(edge, caller, email, EmailKind::Reset).await?,
    }
    let page = form.address(edge, "members/check-mail/");
    let mut headers = HeaderMap::new();
    put(&mut headers, [typed.kept(&edge.settings)]);
    Ok(see_other(&format!("{page}#sent-again"), headers))
}

impl Form {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// A parameter of the query; `None` also when it is empty.
    fn parameter(&self, name: &str) -> Option<String> {
        let found = pairs(self.query.as_bytes()).ok()?.remove(name)?;
        (!found.is_empty()).then_some(found)
    }

    /// The path of a page in the form's language; of the home page for an empty one.
    fn address(&self, edge: &Edge, page: &str) -> String {
        let prefix = if self.prefix.is_empty() {
            String::new()
        } else {
            format!("{}/", self.prefix)
        };
        format!("{}{prefix}{page}", edge.settings.base_url.path())
    }

    /// Back to the page of the form, where it is filled as it was.
    fn refused(&self, edge: &Edge, code: &str, error: &ApiError) -> Response {
        let fields = self.fields.iter().map(|(name, value)| (&**name, &**value));
        let fields = fields.filter(|(name, _)| *name != REASON);
        let reason = match error {
            ApiError::Suspended { reason } => reason.as_deref(),
            _ => None,
        };
        let reason = reason.map(|it| (REASON, it));
        let typed = Typed::of_form(&self.name, fields.chain(reason));
        let mut headers = HeaderMap::new();
        if !typed.fields.is_empty() {
            put(&mut headers, [typed.kept(&edge.settings)]);
        }
        see_other(&self.own_address(edge, code), headers)
    }

    /// On to the page that says where the letter went.
    fn to_check_mail(&self, edge: &Edge, letter: Again) -> Response {
        let mut answer = self.to_page(edge, "check-mail", "");
        put(answer.headers_mut(), [self.sent(edge, letter)]);
        answer
    }

    /// The cookie that lets that page say so.
    fn sent(&self, edge: &Edge, letter: Again) -> (HeaderName, HeaderValue) {
        let next = self.parameter("next");
        Typed::letter(letter, self.field("email"), next.as_deref()).kept(&edge.settings)
    }

    /// Back to the page of the form, with its query and a message.
    fn own_address(&self, edge: &Edge, code: &str) -> String {
        let page = match self.name.as_str() {
            "sign-out" => "account",
            own => own,
        };
        let name = utf8_percent_encode(page, PATH);
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!(
            "{}{mark}{}#error-{code}",
            self.address(edge, &format!("members/{name}/")),
            self.query
        )
    }

    /// The other page that the reader would rather have: without script, only a form can take `next` along.
    fn turn(&self) -> Option<&'static str> {
        let wanted = self.field("turn");
        ["join", "sign-in", "link"]
            .into_iter()
            .find(|it| *it == wanted)
    }

    fn to_page(&self, edge: &Edge, name: &str, query: &str) -> Response {
        let mark = if query.is_empty() { "" } else { "?" };
        let page = self.address(edge, &format!("members/{name}/"));
        see_other(&format!("{page}{mark}{query}"), HeaderMap::new())
    }

    /// `next` of the query where that is a path of this site.
    fn way_on(&self, edge: &Edge) -> Option<String> {
        let next = self.parameter("next")?;
        own_path(&next, edge.settings.base_url.path())
    }

    fn account(&self, edge: &Edge) -> String {
        self.address(edge, "members/account/")
    }

    /// On to `next` of the query where that is a path of this site, else to `page`, with the new session. Whoever has
    /// to choose a password or a handle anew comes to that first.
    fn enter(&self, edge: &Edge, opened: Opened, page: &str) -> Response {
        let choosing = format!("{}#choose-handle", self.account(edge));
        let next = match opened.proved.chooses_handle {
            true => Some(choosing),
            false => self.way_on(edge),
        };
        let next = match opened.proved.chooses_password {
            true => {
                let query = next.as_deref().map(next_parameter);
                let mark = if query.is_some() { "?" } else { "" };
                let page = self.address(edge, "members/password/");
                Some(format!(
                    "{page}{mark}{}#choose-password",
                    query.unwrap_or_default()
                ))
            }
            false => next,
        };
        let mut headers = HeaderMap::new();
        put(
            &mut headers,
            cookie::set(&edge.settings, &opened.token, opened.max_age_secs),
        );
        put(&mut headers, [Typed::forgotten(&edge.settings)]);
        see_other(&next.unwrap_or_else(|| self.address(edge, page)), headers)
    }
}

/// What a path segment keeps as it is.
const PATH: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The message of the page that tells of this error; `None` for those that are no matter of the form.
fn fragment(error: &ApiError) -> Option<&'static str> {
    Some(match error {
        ApiError::InvalidCredentials => "invalid-credentials",
        ApiError::SignInNeeded => "sign-in-needed",
        ApiError::Unverified => "unverified",
        ApiError::Refused {
            code: "sign_in_again",
            ..
        } => "sign-in-again",
        ApiError::RateLimited { .. } => "rate-limited",
        ApiError::TokenInvalid => "token-invalid",
        ApiError::Suspended { .. } => "suspended",
        // Each of these forms can be sent again, whatever became of the first time.
        ApiError::Busy { .. } | ApiError::ResultUnknown(_) | ApiError::WritesStopped(_) => "busy",
        ApiError::Refused {
            code: "sign_up_closed",
            ..
        } => "closed",
        ApiError::Invalid(errors) => match errors.first()?.code.as_str() {
            "handle_taken" | "handle_reserved" => "handle-taken",
            "handle_invalid" => "handle-invalid",
            "email_invalid" => "email-invalid",
            "name_invalid" => "name-invalid",
            "name_reserved" => "name-reserved",
            "name_mixed" => "name-mixed",
            "password_wrong" => "password-wrong",
            _ => "password-weak",
        },
        _ => return None,
    })
}

/// The first value of each name.
fn pairs(text: &[u8]) -> Result<HashMap<String, String>, ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(text)
        .map_err(|_| ApiError::Malformed("the form cannot be read".into()))?;
    let mut first = HashMap::new();
    for (name, value) in pairs {
        first.entry(name).or_insert(value);
    }
    Ok(first)
}

fn see_other(location: &str, mut headers: HeaderMap) -> Response {
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    (headers, Redirect::to(location)).into_response()
}
