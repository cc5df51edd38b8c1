//! The same description as OpenAPI 3.0, for tools that know no other.

use serde_json::{Map, Value, json};

/// Members whose values are data, not description.
const DATA: [&str; 4] = ["example", "value", "default", "enum"];

/// OpenAPI 3.0 of an OpenAPI 3.1 description. What 3.0 cannot say is said as nearly as it can.
pub(super) fn convert(mut document: Value) -> Value {
    document["openapi"] = "3.0.3".into();
    document["info"]["license"] = json!({ "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" });
    walk(&mut document, false);
    document
}

/// `names` says that the members are properties, which may be called anything.
fn walk(value: &mut Value, names: bool) {
    match value {
        Value::Object(map) => {
            for (name, child) in map.iter_mut().filter(|(name, _)| names || !DATA.contains(&name.as_str())) {
                walk(child, !names && name == "properties");
            }
            if !names {
                schema(map);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, false)),
        _ => {}
    }
}

/// Puts what a schema says into the words of 3.0. On anything but a schema it finds nothing to do.
fn schema(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get("type").cloned() {
        let mut kinds = types.iter().filter(|kind| *kind != "null");
        if let (Some(kind), None) = (kinds.next(), kinds.next()) {
            map.insert("type".into(), kind.clone());
        }
        if types.iter().any(|kind| kind == "null") {
            map.insert("nullable".into(), true.into());
        }
    }
    for choice in ["oneOf", "anyOf"] {
        let Some(Value::Array(choices)) = map.get_mut(choice) else { continue };
        let before = choices.len();
        choices.retain(|one| one["type"] != "null");
        if choices.len() == before {
            continue;
        }
        map.insert("nullable".into(), true.into());
        if map[choice].as_array().is_some_and(|left| left.len() == 1)
            && let Some(only) = map.shift_remove(choice)
        {
            map.insert("allOf".into(), only);
        }
    }
    if map.contains_key("$ref") && map.len() > 1 && map["$ref"].is_string() {
        // In 3.0 whatever stands beside a reference is not there.
        let reference = map.shift_remove("$ref");
        map.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
    if let Some(Value::Array(examples)) = map.get("examples") {
        let first = examples.first().cloned();
        map.shift_remove("examples");
        map.extend(first.map(|first| ("example".to_owned(), first)));
    }
    if map.get("const").is_some_and(|only| !only.is_object())
        && let Some(only) = map.shift_remove("const")
    {
        map.insert("enum".into(), json!([only]));
    }
    if map.get("contentMediaType").is_some_and(Value::is_string) {
        map.shift_remove("contentMediaType");
        map.insert("format".into(), "binary".into());
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(limit) = map.get(exclusive).filter(|limit| limit.is_number()).cloned() {
            map.insert(bound.into(), limit);
            map.insert(exclusive.into(), true.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Locale;

    #[test]
    fn says_it_in_the_words_of_3_0() {
        for (new, old) in [
            (
                json!({ "type": ["string", "null"], "examples": ["a", "b"] }),
                json!({ "type": "string", "nullable": true, "example": "a" }),
            ),
            (
                json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/x" }], "description": "d" }),
                json!({ "description": "d", "nullable": true, "allOf": [{ "$ref": "#/x" }] }),
            ),
            (json!({ "$ref": "#/x", "description": "d" }), json!({ "description": "d", "allOf": [{ "$ref": "#/x" }] })),
            (json!({ "$ref": "#/x" }), json!({ "$ref": "#/x" })),
            (json!({ "const": 1 }), json!({ "enum": [1] })),
            (json!({ "exclusiveMinimum": 0 }), json!({ "exclusiveMinimum": true, "minimum": 0 })),
            (
                json!({ "examples": { "a": { "value": { "type": ["x", "null"] } } } }),
                json!({ "examples": { "a": { "value": { "type": ["x", "null"] } } } }),
            ),
            (
                json!({ "properties": { "type": { "type": "string" } } }),
                json!({ "properties": { "type": { "type": "string" } } }),
            ),
            (
                json!({ "properties": { "value": { "type": ["string", "null"] } } }),
                json!({ "properties": { "value": { "type": "string", "nullable": true } } }),
            ),
        ] {
            let mut found = new;
            walk(&mut found, false);
            assert_eq!(found, old);
        }
    }

    /// What JSON Schema 2020-12 has and OpenAPI 3.0 has not.
    const UNKNOWN: [&str; 14] = [
        "$defs",
        "$schema",
        "$id",
        "const",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "dependentSchemas",
        "if",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "unevaluatedProperties",
        "webhooks",
    ];

    fn faults(value: &Value, place: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                let names_of_properties = place.ends_with("/properties");
                for (name, child) in map.iter().filter(|(name, _)| names_of_properties || !DATA.contains(&name.as_str())) {
                    let here = format!("{place}/{name}");
                    let wrong = match name.as_str() {
                        _ if names_of_properties => false,
                        "type" => child.is_array() || child == "null",
                        "examples" => child.is_array(),
                        "exclusiveMinimum" | "exclusiveMaximum" => child.is_number(),
                        "$ref" => map.len() > 1,
                        "identifier" => place == "/info/license",
                        unknown => UNKNOWN.contains(&unknown),
                    };
                    if wrong {
                        found.push(here.clone());
                    }
                    faults(child, &here, found);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| faults(item, &format!("{place}/{index}"), found))
            }
            _ => {}
        }
    }

    #[test]
    fn ours_has_nothing_that_3_0_does_not_know() {
        for locale in [Locale::Vi, Locale::En] {
            let mut found = Vec::new();
            faults(&convert(crate::openapi::document(locale)), "", &mut found);
            assert_eq!(found, Vec::<String>::new());
        }
    }
}
