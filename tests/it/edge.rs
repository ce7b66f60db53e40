//! Plays the conversations of tests/edge against the router, without a socket, on every store there is.

use crate::harness::{cases, name, root};
use crate::matching::{Captures, fill, matches, pattern};
use crate::openapi::Described;
use crate::script::{Step, Wanted, parse};
use crate::stage::Stage;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use libtest_mimic::{Failed, Trial};
use lyceum::edge::entropy::Entropy;
use lyceum::edge::store::Database;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

/// What every answer of the API is held to.
static DESCRIBED: LazyLock<Described> = LazyLock::new(Described::load);

/// One trial a case and store.
pub fn trials() -> Vec<Trial> {
    let server = std::env::var("LYCEUM_TEST_POSTGRES").ok();
    let mut trials = Vec::new();
    for path in cases("tests/edge")
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "txt"))
    {
        let case = name(&path).trim_end_matches(".txt").to_owned();
        let on_file = path.clone();
        trials.push(Trial::test(format!("edge::sqlite::{case}"), move || {
            play_on_file(&on_file)
        }));
        if let Some(server) = server.clone() {
            trials.push(Trial::test(format!("edge::postgres::{case}"), move || {
                play_on_server(&path, &server)
            }));
        }
    }
    trials
}

fn play_on_file(path: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    play(path, Database::File(folder.path().join("lyceum.db")))
}

fn play_on_server(path: &Path, server: &str) -> Result<(), Failed> {
    let mark = data_encoding::HEXLOWER.encode(&Entropy::System.bytes::<8>());
    let database = Database::parse(server)?.in_schema(&format!("case_{mark}"))?;
    play(path, database)
}

fn play(path: &Path, database: Database) -> Result<(), Failed> {
    let script = parse(&std::fs::read_to_string(path)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let stage = Stage::set(&script, &database)?;
    let outcome = runtime.block_on(async {
        let mut play = Play {
            stage,
            captures: Captures::new(),
        };
        for step in &script.steps {
            play.step(step).await.map_err(|fault| {
                let shown = path.strip_prefix(root()).unwrap_or(path).display();
                format!("{shown}:{}: {}\n  {fault}", step.line, step.action)
            })?;
        }
        Ok(play)
    });
    // The store's threads are joined off the runtime, which they may still need.
    outcome
        .map(|play| play.stage.strike())
        .map_err(|fault: String| Failed::from(fault))
}

struct Play {
    stage: Stage,
    captures: Captures,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Play {
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let action = fill(&step.action, &self.captures);
        let words: Vec<&str> = action.split_whitespace().collect();
        match words.as_slice() {
            [n, "times", ..] => {
                self.many(step, n.parse().map_err(|_| "how many times?")?, &action)
                    .await?
            }
            ["mail", "to", address] => {
                let message = self.stage.newest_mail(address).ok_or("no mail waits")?;
                self.expect_json(step, &message)?;
            }
            ["no", "mail", "to", address] => {
                if let Some(message) = self.stage.newest_mail(address) {
                    return Err(format!("there is mail: {message}"));
                }
            }
            [method, path, ..]
                if Method::from_bytes(method.as_bytes()).is_ok()
                    && path.starts_with(['/', '*']) =>
            {
                let answer = self.ask(step, &action).await?;
                self.expect(step, method, path, &answer)?;
            }
            _ => self.stage.act(&words).await?,
        }
        self.stage.run_jobs().await;
        Ok(())
    }

    async fn ask(&self, step: &Step, action: &str) -> Result<Answer, String> {
        let request = self.request(step, action)?;
        answer(self.stage.call(request).await).await
    }

    async fn many(&mut self, step: &Step, n: usize, action: &str) -> Result<(), String> {
        let action = action
            .split_once(" times ")
            .map(|(_, rest)| rest.to_owned())
            .unwrap_or_default();
        let calls = (0..n).map(|_| Ok(self.stage.call(self.request(step, &action)?)));
        let tasks: Vec<_> = calls
            .collect::<Result<Vec<_>, String>>()?
            .into_iter()
            .map(tokio::spawn)
            .collect();
        let mut came: Vec<u16> = Vec::new();
        for task in tasks {
            let response = task.await.map_err(|error| error.to_string())?;
            came.push(response.status().as_u16());
        }
        for wanted in &step.wanted {
            let Wanted::Tally(tally) = wanted else {
                return Err("a repeated step wants a tally".into());
            };
            for (count, status) in tally {
                let count = if *count == 0 { n } else { *count };
                let found = came.iter().filter(|it| *it == status).count();
                if found != count {
                    return Err(format!("{count} x {status} wanted, {found} came: {came:?}"));
                }
            }
        }
        Ok(())
    }

    fn request(&self, step: &Step, action: &str) -> Result<Request<Body>, String> {
        let (method, rest) = action.split_once(' ').ok_or("a request needs a path")?;
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let body = body.trim();
        let mut request = Request::builder().method(method).uri(path);
        let left_out = |name: &str| step.headers.iter().any(|(it, _)| *it == format!("-{name}"));
        let given = |name: &str| step.headers.iter().any(|(it, _)| it == name);
        let is_safe = matches!(method, "GET" | "HEAD" | "OPTIONS");
        if !is_safe && !left_out("sec-fetch-site") && !given("sec-fetch-site") {
            request = request.header("sec-fetch-site", "same-origin");
        }
        let (content_type, body) = match body.strip_prefix("raw ") {
            Some(raw) => raw.split_once(' ').unwrap_or((raw, "")),
            None if body.starts_with(['{', '[']) => ("application/json", body),
            None if body.is_empty() => ("", body),
            None => ("application/x-www-form-urlencoded", body),
        };
        if !content_type.is_empty() && !left_out("content-type") && !given("content-type") {
            request = request.header("content-type", content_type);
        }
        if !left_out("host") && !given("host") {
            request = request.header("host", self.stage.host());
        }
        if !given("cookie")
            && let Some(cookie) = self.stage.cookie()
        {
            request = request.header("cookie", cookie);
        }
        for (name, value) in step
            .headers
            .iter()
            .filter(|(name, _)| !name.starts_with('-'))
        {
            request = request.header(name.as_str(), fill(value, &self.captures));
        }
        request
            .body(Body::from(body.to_owned()))
            .map_err(|error| error.to_string())
    }

    fn expect(
        &mut self,
        step: &Step,
        method: &str,
        path: &str,
        answer: &Answer,
    ) -> Result<(), String> {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_json = answer
            .headers
            .get("content-type")
            .is_some_and(|it| it.as_bytes().ends_with(b"json"));
        let json = (is_json && method != "HEAD")
            .then(|| serde_json::from_str::<Value>(&text))
            .transpose()
            .map_err(|error| error.to_string())?;
        if method != "HEAD" {
            DESCRIBED.check_answer(method, path, answer.status.as_u16(), json.as_ref())?;
        }
        for wanted in &step.wanted {
            let fault = match wanted {
                Wanted::Answer {
                    status,
                    json: wanted,
                } => {
                    let shown = || text.chars().take(1_500).collect::<String>();
                    if status.is_some_and(|status| status != answer.status.as_u16()) {
                        return Err(format!("{} came: {}", answer.status, shown()));
                    }
                    match wanted {
                        Some(wanted) => {
                            let value = json
                                .clone()
                                .ok_or_else(|| format!("no JSON came: {}", shown()))?;
                            let wanted = pattern(&fill_captured(wanted, &self.captures))?;
                            matches(&wanted, &value, "$", &mut self.captures)
                                .map_err(|fault| format!("{fault}\n  {}", shown()))
                                .err()
                        }
                        None => None,
                    }
                }
                Wanted::Header { name, value } => self.expect_header(&answer.headers, name, value),
                Wanted::NoHeader(name) => answer
                    .headers
                    .get(name)
                    .map(|value| format!("{name}: {value:?} came")),
                Wanted::Contains(words) => (!text.contains(&fill(words, &self.captures)))
                    .then(|| format!("no `{words}` in: {text}")),
                Wanted::Lacks(words) => text
                    .contains(words.as_str())
                    .then(|| format!("`{words}` in: {text}")),
                Wanted::Tally(_) => Some("a tally belongs to a repeated step".into()),
            };
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        self.stage.keep_cookies(&answer.headers);
        Ok(())
    }

    fn expect_header(&mut self, headers: &HeaderMap, name: &str, value: &str) -> Option<String> {
        let came: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
            .collect();
        if came.is_empty() {
            return Some(format!("no header {name}"));
        }
        match value.strip_prefix('$') {
            _ if value == "*" => None,
            Some(capture) if !self.captures.contains_key(capture) => {
                self.captures.insert(capture.into(), came[0].clone().into());
                None
            }
            _ => {
                let wanted = fill(value, &self.captures);
                (!came.contains(&wanted)).then(|| format!("{name}: {wanted} wanted, {came:?} came"))
            }
        }
    }

    fn expect_json(&mut self, step: &Step, value: &Value) -> Result<(), String> {
        for wanted in &step.wanted {
            let Wanted::Answer {
                json: Some(wanted), ..
            } = wanted
            else {
                return Err("mail wants JSON".into());
            };
            let wanted = pattern(&fill_captured(wanted, &self.captures))?;
            matches(&wanted, value, "$", &mut self.captures)
                .map_err(|fault| format!("{fault}\n  {value}"))?;
        }
        Ok(())
    }
}

/// Captured names inside longer strings of a pattern are put in; a string that is one name stays a capture.
fn fill_captured(wanted: &str, captures: &Captures) -> String {
    let mut text = String::new();
    for (index, piece) in wanted.split('"').enumerate() {
        if index > 0 {
            text.push('"');
        }
        let is_name = piece.starts_with('$')
            && piece[1..]
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        text.push_str(&if index % 2 == 1 && !is_name {
            fill(piece, captures)
        } else {
            piece.to_owned()
        });
    }
    text
}

async fn answer(response: axum::response::Response) -> Result<Answer, String> {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 16 << 20)
        .await
        .map_err(|error| error.to_string())?;
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.to_vec(),
    })
}
