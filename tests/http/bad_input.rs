//! Each field of each body, wrong in every way its schema knows: refused by name, in both languages, and nothing
//! is changed.

use serde_json::{Map, Value, json};

use crate::support::{CONTRACT, Caller, Lang, Operation, Who, World, body_for, new_id, on_both, path_for, properties, row};

/// A body that is wrong in one place.
struct Wrong {
    body: Value,
    /// Where, as a JSON Pointer; empty: the body as a whole.
    pointer: String,
    how: String,
}

/// All ways of being wrong that a schema tells of, from a body that is right.
fn wrongs(schema: &Value, right: &Value, whole: &Value, at: &str, patch: bool) -> Vec<Wrong> {
    let schema = CONTRACT.resolve(schema);
    let mut found = Vec::new();
    let place = |found: &mut Vec<Wrong>, pointer: &str, value: Option<Value>, how: &str| {
        let mut body = whole.clone();
        set(&mut body, pointer, value);
        found.push(Wrong { body, pointer: pointer.into(), how: how.into() });
    };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in properties(schema) {
        let pointer = format!("{at}/{name}");
        let one = one_of(&property);
        let kinds = kinds(one);
        for (value, how) in wrong_values(one, &kinds) {
            place(&mut found, &pointer, Some(value), how);
        }
        if required.contains(&name.as_str()) {
            place(&mut found, &pointer, None, "missing");
        }
        // Booleans, lists and whatever is required cannot be emptied.
        let optional = patch || property != *one || kinds.contains(&"null".to_owned());
        if !optional {
            place(&mut found, &pointer, Some(Value::Null), "null");
        }
        // And further down, in what the right body has there.
        let there = right.get(&name);
        if let (Some(Value::Array(items)), true) = (there, kinds.contains(&"array".to_owned())) {
            if let Some(first) = items.first() {
                let inner = format!("{pointer}/0");
                let item = CONTRACT.resolve(&one["items"]);
                if item["type"] == "object" {
                    found.extend(wrongs(item, first, whole, &inner, false));
                } else {
                    place(&mut found, &inner, Some(json!(17)), "a number in the list");
                    place(&mut found, &inner, Some(json!("no_such_code")), "an unknown code in the list");
                }
            }
        } else if let (Some(object @ Value::Object(_)), true) = (there, one.get("properties").is_some()) {
            found.extend(wrongs(one, object, whole, &pointer, false));
        }
    }
    place(&mut found, &format!("{at}/no_such_field"), Some(json!(1)), "an unknown field");
    found
}

/// A schema without "or null".
fn one_of(schema: &Value) -> &Value {
    let choices = schema["oneOf"].as_array().into_iter().flatten().find(|choice| choice["type"] != "null");
    CONTRACT.resolve(choices.unwrap_or(schema))
}

fn kinds(schema: &Value) -> Vec<String> {
    match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(Into::into).collect(),
        _ => Vec::new(),
    }
}

fn wrong_values(schema: &Value, kinds: &[String]) -> Vec<(Value, &'static str)> {
    let is = |kind: &str| kinds.iter().any(|known| known == kind);
    let mut wrong = Vec::new();
    for (kind, value, how) in [
        ("string", json!("chữ"), "a text"),
        ("integer", json!(17), "a number"),
        ("boolean", json!(true), "a boolean"),
        ("array", json!([[]]), "a list of lists"),
        ("object", json!({ "x": 1 }), "an object"),
    ] {
        if !is(kind) {
            wrong.push((value, how));
        }
    }
    if is("string") {
        wrong.push((json!("a\u{0}b"), "a NUL"));
        if let Some(most) = schema["maxLength"].as_u64() {
            wrong.push((json!("x".repeat(usize::try_from(most).unwrap() + 1)), "too long"));
        }
        if schema["minLength"].as_u64().is_some_and(|least| least > 0) {
            wrong.push((json!(""), "too short"));
        }
        if schema.get("enum").is_some() {
            wrong.push((json!("no_such_code"), "an unknown code"));
            wrong.push((json!(""), "no code"));
        }
        match schema["format"].as_str() {
            Some("date") => {
                for (value, how) in [
                    ("2025-02-30", "no such day"),
                    ("31/12/2025", "a day in another form"),
                    ("", "no day"),
                    ("2025-06-15T00:00:00Z", "a moment"),
                ] {
                    wrong.push((json!(value), how));
                }
            }
            Some("uuid") => {
                for (value, how) in [("abc", "no id"), ("", "an empty id"), ("0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e4", "a short id")]
                {
                    wrong.push((json!(value), how));
                }
            }
            _ => {}
        }
    }
    if is("integer") {
        wrong.push((json!(1.5), "a fraction"));
        wrong.push((json!(1e300), "too large a number"));
        if let Some(least) = schema["minimum"].as_i64() {
            wrong.push((json!(least - 1), "too small"));
        }
        if let Some(most) = schema["maximum"].as_i64() {
            wrong.push((json!(most + 1), "too large"));
        }
    }
    wrong
}

fn set(body: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            match value {
                Some(value) => map.insert(name.into(), value),
                None => map.shift_remove(name),
            };
        }
        Some(Value::Array(items)) => items[name.parse::<usize>().unwrap()] = value.unwrap(),
        _ => panic!("no {parent} in {body}"),
    }
}

/// Who is allowed, so that nothing but the body is wrong.
fn somebody(world: &World, who: Who) -> Caller {
    match who {
        Who::Public => world.nobody(),
        Who::SignedIn => world.user("walk.base_president"),
        Who::Roles(roles) => {
            let role = roles.iter().find(|role| role.as_str() == "base_president").unwrap_or(&roles[0]);
            world.user(&format!("walk.{role}"))
        }
    }
}

#[test]
fn every_field_wrong_in_every_way() {
    on_both(async |world| {
        let mut faults = Vec::new();
        let (mut fields, mut tried) = (0, 0);
        for operation in CONTRACT.operations() {
            let Some((kind, schema)) = operation.body() else { continue };
            let side = &world.cast().inside;
            let right = body_for(&operation.id, side).unwrap_or_else(|| panic!("no right body for {}", operation.id));
            let wrong = wrongs(schema, &right, &right, "", kind.contains("merge-patch"));
            let mut ways: Map<String, Value> = Map::new();
            for one in &wrong {
                let count = ways.get(&one.pointer).and_then(Value::as_i64).unwrap_or(0) + 1;
                ways.insert(one.pointer.clone(), json!(count));
            }
            for (pointer, count) in ways.iter().filter(|(pointer, _)| !pointer.ends_with("/no_such_field")) {
                fields += 1;
                if count.as_i64() < Some(3) && !is_in_list(pointer) {
                    faults.push(format!("{} {pointer}: only {count} ways of being wrong", operation.id));
                }
            }
            let before = world.database().state();
            let version = path_for(operation, side, world.cast()).1.map(|(table, id)| world.version_of(table, &id));
            for one in &wrong {
                tried += 1;
                try_one(&world, operation, kind, version, one, &mut faults).await;
            }
            if world.database().state() != before {
                faults.push(format!("{}: something was changed", operation.id));
            }
        }
        assert!(faults.is_empty(), "{} of {tried} went wrong:\n{}", faults.len(), faults.join("\n"));
        assert!(fields > 100 && tried > 800, "{fields} fields in {tried} ways");
    });
}

fn is_in_list(pointer: &str) -> bool {
    pointer.rsplit('/').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

async fn try_one(
    world: &World,
    operation: &Operation,
    kind: &str,
    version: Option<i64>,
    wrong: &Wrong,
    faults: &mut Vec<String>,
) {
    let path = path_for(operation, &world.cast().inside, world.cast()).0;
    let caller = somebody(world, row(&operation.id).who);
    let mut told = Vec::new();
    for lang in [Lang::Vi, Lang::En] {
        let mut ask = caller.speaking(lang).ask(&operation.method, path.clone()).json(&wrong.body).header("content-type", kind);
        if operation.takes("Idempotency-Key") {
            ask = ask.key(&new_id());
        }
        if let Some(version) = version {
            ask = ask.seen(version);
        }
        let answer = ask.await;
        let what = format!("{} {} ({}): {} {}", operation.id, wrong.pointer, wrong.how, answer.status, answer.body());
        if !(400..500).contains(&answer.status) {
            faults.push(format!("taken: {what}"));
            return;
        }
        // The field itself, something inside it, or what it is part of in the case of a list.
        let named = answer.errors().find(|error| {
            error["pointer"].as_str().is_some_and(|pointer| {
                let list = wrong.pointer.rsplit_once('/').filter(|_| is_in_list(&wrong.pointer)).map(|(list, _)| list);
                pointer == wrong.pointer || pointer.starts_with(&format!("{}/", wrong.pointer)) || Some(pointer) == list
            })
        });
        match named {
            None => {
                faults.push(format!("not named: {what}"));
                return;
            }
            Some(error) => told.push(error["detail"].as_str().unwrap_or_default().to_owned()),
        }
        if answer.status != 422 {
            faults.push(format!("not 422: {what}"));
        }
    }
    if told[0] == told[1] || told.iter().any(String::is_empty) {
        faults.push(format!("one language: {} {} ({}): {told:?}", operation.id, wrong.pointer, wrong.how));
    }
}

/// The right bodies are right: else the walk above would prove nothing.
#[test]
fn the_right_bodies_fit_their_schemas() {
    on_both(async |world| {
        for operation in CONTRACT.operations() {
            let Some((kind, schema)) = operation.body() else { continue };
            let body = body_for(&operation.id, &world.cast().inside).unwrap();
            let mut whole = schema.clone();
            whole["components"] = CONTRACT.document["components"].clone();
            let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
            let faults: Vec<String> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{} ({kind}): {faults:?}", operation.id);
        }
    });
}
