//! A body as its type: every top-level field that is missing, unknown or of another form is named, not the first alone.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use super::{FieldError, Problem, Result, Text, body::escape, nearest};

/// More faults than this are not listed.
const MOST: usize = 100;

/// A type from JSON; wrong fields are named by their pointers.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    attempt(value).map_err(|first| Problem::fields(faults::<T>(value, first)))
}

/// Why a value cannot be read.
struct Fault {
    pointer: String,
    /// The top-level field it is in, or that is missing; none: the body as a whole.
    top: Option<String>,
    words: String,
}

fn attempt<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (pointer, words) = (pointer(error.path()), error.inner().to_string());
        let top = match error.path().iter().next() {
            Some(Segment::Map { key }) => Some(key.clone()),
            None => words.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()).map(str::to_owned),
            _ => None,
        };
        Fault { pointer, top, words }
    })
}

/// serde stops at the first fault. So something is put in its place that may be of the right form, and the rest is read
/// again, until it is right or nothing fits.
fn faults<T: DeserializeOwned>(value: &Value, first: Fault) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut rest = value.clone();
    let mut tried: HashMap<String, usize> = HashMap::new();
    let mut next = Some(first);
    while let Some(fault) = next
        && found.len() < MOST
    {
        let (Some(top), Some(fields)) = (&fault.top, rest.as_object_mut()) else {
            found.push(describe(fault.pointer, &fault.words, value));
            break;
        };
        if fault.words.starts_with("unknown field") && fault.pointer == format!("/{}", escape(top)) {
            fields.shift_remove(top);
            found.push(describe(fault.pointer, &fault.words, value));
        } else {
            let stand_in = match (tried.get(top).copied(), expected_codes(&fault.words).first()) {
                (Some(_), Some(code)) => Some(json!(code)),
                (turn, _) => stand_ins().get(turn.unwrap_or(0)).cloned(),
            };
            let Some(stand_in) = stand_in else { break };
            fields.insert(top.clone(), stand_in);
            match tried.get_mut(top) {
                Some(turn) => *turn += 1,
                None => {
                    tried.insert(top.clone(), 1);
                    found.push(describe(fault.pointer.clone(), &fault.words, value));
                }
            }
        }
        next = attempt::<T>(&rest).err();
    }
    found
}

/// One of each form that fields have.
fn stand_ins() -> [Value; 8] {
    [
        Value::Null,
        json!("2000-01-01"),
        json!("0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42"),
        json!("2000-01-01T00:00:00.000Z"),
        json!(1),
        json!(true),
        json!([]),
        json!({}),
    ]
}

/// The codes that serde names as known, where it does.
fn expected_codes(words: &str) -> Vec<&str> {
    let list = words.strip_prefix("unknown variant").and_then(|rest| rest.split_once("expected"));
    list.map_or(Vec::new(), |(_, list)| list.split('`').skip(1).step_by(2).collect())
}

/// A path as JSON Pointer.
pub(super) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// serde's words, put into the two languages. Its message forms are stable; what is not recognised is passed on
/// as "not of the right form".
fn describe(pointer: String, words: &str, body: &Value) -> FieldError {
    let quoted = |after: &str| words.split_once(after).and_then(|(_, rest)| rest.split('`').next()).map(str::to_owned);
    if let Some(name) = words.starts_with("missing field").then(|| quoted("`")).flatten() {
        return required(format!("{pointer}/{}", escape(&name)));
    }
    if let Some(name) = words.starts_with("unknown field").then(|| quoted("`")).flatten() {
        let known = words.split_once("expected").map_or("", |(_, list)| list);
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let hint = nearest(&name, &known);
        // The path of an unknown field already ends in its name.
        let pointer =
            if pointer.ends_with(&format!("/{}", escape(&name))) { pointer } else { format!("{pointer}/{}", escape(&name)) };
        return FieldError::body(
            pointer,
            "unknown_field",
            hint.map_or_else(
                || Text::new("Không có trường này", "There is no such field"),
                |hint| {
                    Text::new(
                        format!("Không có trường này; có phải là {hint}?"),
                        format!("There is no such field; did you mean {hint}?"),
                    )
                },
            ),
        );
    }
    if let Some(list) = words.strip_prefix("unknown variant").and_then(|rest| rest.split_once("expected")) {
        let known: Vec<&str> = list.1.split('`').skip(1).step_by(2).collect();
        return FieldError::body(
            pointer,
            "unknown_code",
            Text::new(format!("Phải là một trong: {}", known.join(", ")), format!("Must be one of: {}", known.join(", "))),
        );
    }
    if body.pointer(&pointer).is_some_and(Value::is_null) {
        return required(pointer);
    }
    let (vi, en) = if words.contains("expected a string") {
        ("Phải là chuỗi ký tự", "Must be a text")
    } else if words.contains("expected a boolean") {
        ("Phải là true hoặc false", "Must be true or false")
    } else if words.contains("expected a sequence") {
        ("Phải là một danh sách", "Must be a list")
    } else if words.contains("expected struct") || words.contains("expected a map") {
        ("Phải là một đối tượng", "Must be an object")
    } else if words.contains("expected i64")
        || words.contains("expected u32")
        || words.contains("expected i32")
        || words.contains("expected u64")
    {
        ("Phải là số nguyên trong giới hạn", "Must be a whole number within range")
    } else if words.contains("not a UUID") {
        ("Phải là UUID", "Must be a UUID")
    } else if words.contains("input contains invalid characters")
        || words.contains("premature end of input")
        || words.contains("input is out of range")
        || words.contains("trailing input")
    {
        ("Phải là ngày có thật, dạng 2026-11-05", "Must be a real day, as in 2026-11-05")
    } else {
        ("Không đúng dạng", "Not of the right form")
    };
    FieldError::body(pointer, "invalid_value", Text::new(vi, en))
}

fn required(pointer: String) -> FieldError {
    FieldError::body(pointer, "required", Text::new("Bắt buộc phải có", "Must be given"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{db::Id, http::Locale};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        First,
        Second,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read only")]
    struct Thing {
        unit_id: Id,
        name: String,
        kind: Kind,
        since: chrono::NaiveDate,
        count: u32,
        open: bool,
        #[serde(default)]
        kinds: Vec<Kind>,
        note: Option<String>,
    }

    fn told(body: Value) -> Vec<String> {
        let problem = read_value::<Thing>(&body).unwrap_err().to_json(Locale::En, "", "");
        let errors = problem["errors"].as_array().unwrap().iter();
        let mut told: Vec<String> =
            errors.map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect();
        told.sort();
        told
    }

    #[test]
    fn whatever_is_wrong_is_named_at_once() {
        assert_eq!(
            told(json!({})),
            ["/count required", "/kind required", "/name required", "/open required", "/since required", "/unit_id required"]
        );
        let mut right = json!({ "unit_id": "0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42", "name": "a", "kind": "first", "since": "2000-01-01",
                                "count": 1, "open": true });
        assert!(read_value::<Thing>(&right).is_ok());
        right["kinds"] = json!(["first", "third"]);
        right["note"] = json!(7);
        right["nmae"] = json!("b");
        right["since"] = json!("1 May");
        right["kind"] = json!("third");
        right["unit_id"] = json!(null);
        right.as_object_mut().unwrap().shift_remove("open");
        assert_eq!(
            told(right),
            [
                "/kind unknown_code",
                "/kinds/1 unknown_code",
                "/nmae unknown_field",
                "/note invalid_value",
                "/open required",
                "/since invalid_value",
                "/unit_id required"
            ]
        );
    }

    #[test]
    fn a_body_of_another_kind_is_one_fault() {
        for body in [json!([]), json!("x"), json!(null)] {
            assert_eq!(told(body).len(), 1);
        }
    }
}
