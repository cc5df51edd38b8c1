//! The API description as a judge: every answer is held against it.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use hoicoso::{code_lists, http::Locale};
use jsonschema::Validator;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

/// The description of the service under test.
pub static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::of(hoicoso::openapi::document(Locale::En)));

/// What any request may meet before a handler sees it, and what the response `default` of each operation stands for.
/// Everything else must be listed with the operation.
const TRANSPORT: [u16; 6] = [400, 413, 415, 429, 431, 503];

/// Headers that an operation must be described with when it sends them.
const DESCRIBED: [&str; 8] = [
    "etag",
    "link",
    "location",
    "retry-after",
    "content-language",
    "idempotency-replayed",
    "preference-applied",
    "www-authenticate",
];

pub struct Contract {
    pub document: Value,
    operations: Vec<Operation>,
    /// All schemas; objects with properties take no others.
    strict: Value,
    /// The same without `required`, for sparse answers.
    sparse: Value,
    validators: Mutex<HashMap<(bool, String), Arc<Validator>>>,
}

/// One operation of the description.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    /// With the names of its parameters: `/api/v1/members/{id}`.
    pub path: String,
    pub value: Value,
}

impl Operation {
    /// The schema of its JSON body and the media type, if it takes one.
    pub fn body(&self) -> Option<(&str, &Value)> {
        let content = self.value["requestBody"]["content"].as_object()?;
        content.iter().map(|(kind, media)| (kind.as_str(), &media["schema"])).find(|(kind, _)| kind.ends_with("json"))
    }

    /// Names of its query parameters.
    pub fn query(&self) -> Vec<&Value> {
        self.value["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query").collect()
    }

    /// Whether it is described with this header.
    pub fn takes(&self, header: &str) -> bool {
        let named = |parameter: &Value| CONTRACT.resolve(parameter)["name"].as_str().is_some_and(|name| name == header);
        self.value["parameters"].as_array().into_iter().flatten().any(named)
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let (mut own, mut asked) = (self.path.split('/'), path.split('/'));
        self.method == method
            && loop {
                match (own.next(), asked.next()) {
                    (None, None) => break true,
                    (Some(own), Some(asked)) if own == asked || (own.starts_with('{') && !asked.is_empty()) => {}
                    _ => break false,
                }
            }
    }
}

pub fn operations_of(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(value) = item.get(method) {
                let id = value["operationId"].as_str().unwrap_or_default().to_owned();
                operations.push(Operation { id, method: method.to_uppercase(), path: path.clone(), value: value.clone() });
            }
        }
    }
    operations
}

impl Contract {
    fn of(document: Value) -> Self {
        let mut operations = operations_of(&document);
        // `/members/batch` before `/members/{id}`.
        operations.sort_by_key(|operation| operation.path.matches('{').count());
        let mut strict = document["components"].clone();
        close(&mut strict);
        let mut sparse = strict.clone();
        loosen(&mut sparse);
        Self { document, operations, strict, sparse, validators: Mutex::default() }
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub fn operation(&self, id: &str) -> &Operation {
        self.operations.iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// What a reference stands for.
    pub fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.resolve(self.document.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"))),
            None => schema,
        }
    }

    pub fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or_default();
        self.operations.iter().find(|operation| operation.matches(method, path))
    }

    /// Says what is wrong with an answer.
    pub fn judge(&self, method: &str, path: &str, status: u16, content_type: Option<&str>, body: &[u8]) -> Result<(), String> {
        let Some(operation) = self.find(method, path) else { return Ok(()) };
        let responses = &operation.value["responses"];
        let listed = responses.get(status.to_string());
        let response = match listed {
            Some(response) => response,
            None if TRANSPORT.contains(&status) => &responses["default"],
            None => return Err(format!("{} does not document {status}", operation.id)),
        };
        let response = self.resolve(response);
        let essence = content_type.map(|text| text.split(';').next().unwrap_or_default().trim());
        let Some(content) = response["content"].as_object().filter(|content| !content.is_empty()) else {
            return if body.is_empty() { Ok(()) } else { Err(format!("{} documents no body for {status}", operation.id)) };
        };
        let Some(media) = essence.and_then(|essence| content.get(essence)) else {
            let known: Vec<&String> = content.keys().collect();
            return Err(format!("{} documents {known:?} for {status}, not {essence:?}", operation.id));
        };
        if !essence.is_some_and(|essence| essence.ends_with("json")) {
            return Ok(());
        }
        let json: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
        let sparse = path.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with("fields=")));
        let validator = self.validator(&media["schema"], sparse);
        let faults: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{} {status}: {}", operation.id, faults.join("; "))) }
    }

    /// Says which headers of an answer are not described, and whether the code of a problem has no example there.
    pub fn judge_the_rest(&self, method: &str, path: &str, status: u16, headers: &HeaderMap, json: &Value) -> Result<(), String> {
        let Some(operation) = self.find(method, path) else { return Ok(()) };
        let responses = &operation.value["responses"];
        let Some(response) = responses.get(status.to_string()).map(|response| self.resolve(response)) else { return Ok(()) };
        let described =
            |name: &str| response["headers"].as_object().into_iter().flatten().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some(name) = DESCRIBED.iter().find(|name| headers.contains_key(**name) && !described(name)) {
            return Err(format!("{} {status} sends {name} and does not describe it", operation.id));
        }
        if let Some(code) = json["code"].as_str().filter(|_| status >= 400) {
            let media = response["content"].as_object().into_iter().flat_map(Map::values);
            let examples = media.flat_map(|media| media["examples"].as_object()).flat_map(Map::values);
            if !examples.map(|example| self.resolve(example)).any(|example| example["value"]["code"] == code) {
                return Err(format!("{} {status} has no example of {code}", operation.id));
            }
        }
        // The description tells of actions by examples.
        if !operation.id.starts_with("get_api_description") {
            self.judge_actions(json)?;
        }
        for (list, words) in [
            ("field_errors", words(&json["errors"], "code")),
            ("warnings", words(&json["warnings"], "code")),
            ("allowed_actions", words(&json["allowed_actions"], "action")),
            ("audit_actions", if operation.id == "list_audit_events" { words(&json["items"], "action") } else { Vec::new() }),
            ("audit_resources", if operation.id == "list_audit_events" { words(&json["items"], "resource") } else { Vec::new() }),
            ("actor_kinds", words(&json["items"], "actor_kind")),
        ] {
            let known = code_lists::all().find(|known| known.name == list).unwrap_or_else(|| panic!("no list {list}"));
            if let Some(word) = words.iter().find(|word| !known.codes.iter().any(|code| code.code == **word)) {
                return Err(format!("{}: {word} has no label in the code list {list}", operation.id));
            }
        }
        Ok(())
    }

    /// Says which action that an object allows is not one of the description, or needs other fields than it says.
    pub fn judge_actions(&self, json: &Value) -> Result<(), String> {
        match json {
            Value::Array(items) => items.iter().try_for_each(|item| self.judge_actions(item)),
            Value::Object(fields) => {
                for action in fields.get("allowed_actions").and_then(Value::as_array).into_iter().flatten() {
                    self.judge_action(action)?;
                }
                fields.values().try_for_each(|value| self.judge_actions(value))
            }
            _ => Ok(()),
        }
    }

    fn judge_action(&self, action: &Value) -> Result<(), String> {
        let of = |name: &str| action[name].as_str().unwrap_or_default();
        let operation = self.find(of("method"), of("href")).ok_or_else(|| format!("no operation for {action}"))?;
        // What a merge patch has is for the caller to choose.
        let asked = if of("method") == "PATCH" { None } else { operation.body().map(|(_, schema)| self.resolve(schema)) };
        let required = asked.and_then(|schema| schema["required"].as_array()).cloned().unwrap_or_default();
        if action["requires"] == Value::Array(required.clone()) {
            Ok(())
        } else {
            Err(format!("{} requires {required:?}, not as in {action}", operation.id))
        }
    }

    /// A validator of a schema of the description.
    pub fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let faults: Vec<String> =
            self.validator(schema, false).iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    fn validator(&self, schema: &Value, sparse: bool) -> Arc<Validator> {
        let key = (sparse, schema.to_string());
        let mut known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(key)
            .or_insert_with(|| {
                let mut whole = schema.clone();
                if !whole.is_object() {
                    whole = json!({});
                }
                close(&mut whole);
                if sparse {
                    loosen(&mut whole);
                }
                whole["components"] = if sparse { self.sparse.clone() } else { self.strict.clone() };
                let made = jsonschema::options().should_validate_formats(true).build(&whole);
                Arc::new(made.unwrap_or_else(|error| panic!("{schema}: {error}")))
            })
            .clone()
    }
}

/// The texts under this name in each item.
fn words<'v>(items: &'v Value, name: &str) -> Vec<&'v str> {
    items.as_array().into_iter().flatten().filter_map(|item| item[name].as_str()).collect()
}

/// Objects that say which properties they have take no others: an answer shows nothing that is not described.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            for (name, child) in map.iter_mut() {
                // Parts of a composition each know only their own properties.
                if name != "allOf" && name != "example" && name != "examples" && name != "discriminator" {
                    close(child);
                }
            }
            let object = map.get("type").is_some_and(|kind| kind == "object" || kind == &json!(["object", "null"]));
            if object && map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("required").is_some_and(Value::is_array) {
                map.remove("required");
            }
            map.values_mut().for_each(loosen);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

/// Names of the properties of an object schema, with their schemas.
pub fn properties(schema: &Value) -> Map<String, Value> {
    schema["properties"].as_object().cloned().unwrap_or_default()
}
