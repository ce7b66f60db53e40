//! The description of the API is held to what the API does.
//!
//! [`Described::check_answer`] is called for every JSON answer of a conversation: a success must be one
//! that its route declares and fit its schema to the last field; a refusal must be a problem.
//! [`trials`] look at the description alone.

use jsonschema::Validator;
use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The description, ready to be asked.
pub struct Described {
    document: Value,
}

/// What no answer may differ from without being told of.
const PROBLEM: &str = "Problem";

impl Described {
    /// The description of the router at hand.
    pub fn load() -> Self {
        let mut document = serde_json::to_value(lyceum::edge::description()).expect("it is JSON");
        close(&mut document["components"]["schemas"], false);
        Described { document }
    }

    /// Checks one answer. `path` is as it was asked for, query and base path aside; `json` is `None` for an empty body.
    pub fn check_answer(
        &self,
        method: &str,
        path: &str,
        status: u16,
        json: Option<&Value>,
    ) -> Result<(), String> {
        let path = path.split('?').next().unwrap_or_default();
        if !path.starts_with("/api/") {
            return Ok(());
        }
        if status >= 400 {
            let json =
                json.ok_or_else(|| format!("{method} {path}: {status} without a problem"))?;
            return self.check(
                &format!("{method} {path} {status}"),
                &reference(PROBLEM),
                json,
            );
        }
        let name = format!("{method} {path}");
        let operation = self
            .operation(method, path)
            .ok_or_else(|| format!("{name} is not described"))?;
        let declared = &operation["responses"][status.to_string()];
        if declared.is_null() {
            return Err(format!("{name} does not say that it answers {status}"));
        }
        match (&declared["content"]["application/json"]["schema"], json) {
            (Value::Null, None) => Ok(()),
            (Value::Null, Some(_)) => {
                Err(format!("{name}: {status} has a body that is not described"))
            }
            (_, None) => Err(format!("{name}: {status} lacks its body")),
            (schema, Some(json)) => self.check(&format!("{name} {status}"), schema, json),
        }
    }

    /// The operation that answers a path; fixed segments win over parameters.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &&String| {
            let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
            loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => return true,
                    (Some(our), Some(their))
                        if our == their || our.starts_with('{') && !their.is_empty() => {}
                    _ => return false,
                }
            }
        };
        let template = paths
            .keys()
            .filter(fits)
            .min_by_key(|it| it.matches('{').count())?;
        paths[template].get(method.to_ascii_lowercase())
    }

    fn check(&self, name: &str, schema: &Value, json: &Value) -> Result<(), String> {
        let errors: Vec<String> = self
            .validator(schema)?
            .iter_errors(json)
            .map(|error| format!("{name}: {} {error}", error.instance_path()))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.join("\n"))
        }
    }

    fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let whole = json!({"allOf": [schema], "components": self.document["components"]});
        jsonschema::validator_for(&whole).map_err(|error| format!("a schema is none: {error}"))
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Objects whose fields are listed have no others, but where `allOf` puts several together.
fn close(schema: &mut Value, is_piece: bool) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties")
                && !is_piece
                && !fields.contains_key("additionalProperties")
            {
                fields.insert("additionalProperties".into(), false.into());
            }
            for (key, inner) in fields.iter_mut() {
                close(inner, key == "allOf");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| close(it, is_piece)),
        _ => {}
    }
}

/// What the description alone can be held to.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "openapi::every_operation_says_what_it_answers",
            every_operation_answers,
        ),
        Trial::test(
            "openapi::every_api_route_is_described",
            every_route_is_described,
        ),
        Trial::test(
            "openapi::answers_are_held_to_the_description",
            answers_are_held,
        ),
    ]
}

fn every_operation_answers() -> Result<(), Failed> {
    let described = Described::load();
    let (mut faults, mut ids) = (Vec::new(), BTreeSet::new());
    let empty = Map::new();
    for (path, item) in described.document["paths"].as_object().unwrap_or(&empty) {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let name = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap_or_default();
            if !ids.insert(format!("{id} {path}")) || id.is_empty() {
                faults.push(format!("{name} has no name of its own"));
            }
            if operation["summary"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{name} does not say what it does"));
            }
            let answers = operation["responses"].as_object().unwrap_or(&empty);
            if !answers.keys().any(|status| status.starts_with('2')) {
                faults.push(format!("{name} has no success"));
            }
            for schema in answers
                .values()
                .filter_map(|it| it["content"].as_object())
                .flat_map(Map::values)
            {
                faults.extend(described.validator(&schema["schema"]).err());
            }
        }
    }
    if ids.len() < 10 {
        faults.push(format!("only {} operations are described", ids.len()));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

/// Routes come from their descriptions; one that is mounted by hand under `/api` would have none.
fn every_route_is_described() -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/edge");
    let mut faults = Vec::new();
    for entry in walkdir::WalkDir::new(&root)
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.path().extension().is_none_or(|it| it != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path())?;
        for (at, line) in text.lines().enumerate() {
            if line.contains(".route(\"/api") || line.contains(".nest(\"/api") {
                faults.push(format!(
                    "{}:{}: mount it with routes!",
                    entry.path().display(),
                    at + 1
                ));
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

/// The check itself refuses what differs.
fn answers_are_held() -> Result<(), Failed> {
    let described = Described::load();
    let likes = json!({"likes": 1, "liked": true});
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found", "detail": "x"});
    for (method, path, status, json, fits) in [
        ("PUT", "/api/likes", 200, Some(likes.clone()), true),
        ("PUT", "/api/likes", 200, Some(json!({"likes": 1})), false),
        (
            "PUT",
            "/api/likes",
            200,
            Some(json!({"likes": 1, "liked": true, "email": "x"})),
            false,
        ),
        ("PUT", "/api/likes", 200, None, false),
        ("PUT", "/api/likes", 201, Some(likes.clone()), false),
        ("POST", "/api/likes", 200, Some(likes.clone()), false),
        ("GET", "/api/nothing", 200, Some(likes.clone()), false),
        ("DELETE", "/api/comments/018f", 204, None, true),
        ("DELETE", "/api/comments/018f", 204, Some(likes), false),
        ("GET", "/api/nothing", 404, Some(problem.clone()), true),
        (
            "GET",
            "/api/nothing",
            404,
            Some(json!({"error": "x"})),
            false,
        ),
        ("GET", "/guides/start/", 404, None, true),
    ] {
        let given = described.check_answer(method, path, status, json.as_ref());
        if given.is_ok() != fits {
            return Err(format!("{method} {path} {status} {json:?}: {given:?}").into());
        }
    }
    Ok(())
}
