//! What an answer always has. utoipa takes every `Option` for something that may be missing; the service sends `null`,
//! and leaves out only what is named here. A typed client then never meets `undefined` and `null` for one thing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fold::SCHEMAS;

/// Properties of answers that are absent, not `null`, when there is nothing to say: those with `skip_serializing_if`.
const ABSENT: &[(&str, &[&str])] = &[
    ("BatchResult", &["id", "problem"]),
    ("Client", &["client_secret"]),
    ("FieldErrorBody", &["pointer", "parameter", "header"]),
    ("Member", &["unit", "allowed_actions"]),
    ("TokenAnswer", &["refresh_token"]),
    ("Unit", &["ancestors", "member_counts"]),
];

/// Whether a property may be left out of an answer.
pub(super) fn may_be_absent(schema: &str, property: &str) -> bool {
    ABSENT.iter().any(|(name, properties)| *name == schema && properties.contains(&property))
}

/// Marks what answers always have as required, and takes `null` from what is only ever absent.
pub(super) fn settle(document: &mut Value) {
    let answers = reached(document, "responses");
    let asked = reached(document, "requestBody");
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for name in answers.difference(&asked) {
        let Some(schema) = schemas.get_mut(name).and_then(Value::as_object_mut) else { continue };
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let mut required: Vec<Value> = Vec::new();
        for (property, shape) in properties.iter_mut() {
            if may_be_absent(name, property) {
                never_null(shape);
            } else {
                required.push(property.as_str().into());
            }
        }
        schema.insert("required".into(), required.into());
    }
}

/// Names of all schemas that this part of the operations leads to.
fn reached(document: &Value, part: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, _, operation) in super::dress::operations(document) {
        follow(document, &operation[part], &mut found);
    }
    found
}

fn follow(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let name = map.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix(SCHEMAS));
            if let Some(name) = name
                && found.insert(name.to_owned())
            {
                follow(document, &document["components"]["schemas"][name], found);
            }
            map.values().for_each(|child| follow(document, child, found));
        }
        Value::Array(items) => items.iter().for_each(|child| follow(document, child, found)),
        _ => {}
    }
}

fn never_null(shape: &mut Value) {
    let Some(map) = shape.as_object_mut() else { return };
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            map.insert("type".into(), kind);
        }
    }
    if let Some(Value::Array(choices)) = map.get_mut("oneOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only: Map<String, Value> = only.clone();
            map.shift_remove("oneOf");
            map.extend(only);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    /// Types of the source with their properties that have `skip_serializing_if`, where they are described at all.
    fn skipped(folder: &Path, found: &mut BTreeSet<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                skipped(&entry, found);
                continue;
            }
            let text = std::fs::read_to_string(&entry).unwrap_or_default();
            for part in text.split("#[derive(").skip(1) {
                let (derives, rest) = part.split_once(")]").unwrap_or_default();
                let body = rest.split("\n}").next().unwrap_or_default();
                let Some(name) = body.split_once("pub struct ").map(|(_, rest)| rest.split([' ', '<']).next().unwrap()) else {
                    continue;
                };
                for after in body.split("skip_serializing_if").skip(1).filter(|_| derives.contains("ToSchema")) {
                    let field = after.split("pub ").nth(1).unwrap().split(':').next().unwrap();
                    found.insert((name.to_owned(), field.trim_start_matches("r#").to_owned()));
                }
            }
        }
    }

    #[test]
    fn what_may_be_absent_is_what_the_source_leaves_out() {
        let mut found = BTreeSet::new();
        skipped(&Path::new(env!("CARGO_MANIFEST_DIR")).join("api"), &mut found);
        let known: BTreeSet<(String, String)> = ABSENT
            .iter()
            .flat_map(|(name, properties)| properties.iter().map(|property| ((*name).to_owned(), (*property).to_owned())))
            .collect();
        assert_eq!(known, found);
    }

    #[test]
    fn answers_have_everything_and_requests_what_they_need() {
        let shape = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "string" }, "unit": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/U" }] },
            "b": { "type": ["string", "null"] },
        } });
        let schema =
            |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("{SCHEMAS}{name}") } } } });
        let mut document = json!({
            "paths": { "/": { "post": { "requestBody": schema("NewMember"), "responses": { "200": schema("Member") } } } },
            "components": { "schemas": { "Member": shape, "NewMember": shape, "U": { "type": "object", "properties": {} } } },
        });
        settle(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Member"]["required"], json!(["a", "b"]));
        assert_eq!(schemas["Member"]["properties"]["unit"], json!({ "$ref": "#/components/schemas/U" }));
        assert_eq!(schemas["NewMember"], shape);
    }
}
