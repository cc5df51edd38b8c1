//! OpenAPI Overlay 1.0: actions that each update or remove what a path leads to.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::{OVERLAY_VI, path::Path};

#[derive(Deserialize)]
pub(super) struct Overlay {
    pub(super) actions: Vec<Action>,
}

#[derive(Deserialize)]
pub(super) struct Action {
    pub(super) target: String,
    #[serde(default)]
    pub(super) update: Option<Value>,
    #[serde(default)]
    remove: bool,
    /// The English that was translated: when the code says something else now, the translation is behind.
    #[serde(default, rename = "x-en")]
    pub(super) english: Option<Value>,
}

/// The overlay that ships with the service. It is part of the program and checked by a test.
pub(super) fn shipped() -> Overlay {
    serde_json::from_str(OVERLAY_VI).expect("openapi/overlay.vi.json is an overlay")
}

/// The document with its Vietnamese.
///
/// What is said of every place with one text is said last, for all of them in one walk: what is said of one place goes before
/// it anyway, since the place has another text then. (A walk for each took minutes.)
pub(super) fn vietnamese(mut document: Value) -> Value {
    let mut by_text: HashMap<String, Value> = HashMap::new();
    for action in shipped().actions {
        // A target that leads nowhere does nothing, as the specification says; `stale` finds it.
        let Ok(path) = Path::parse(&action.target) else { continue };
        match (path.wherever_said(), &action.update) {
            (Some(text), Some(update)) if !action.remove => {
                by_text.insert(text.to_owned(), update.clone());
            }
            _ => apply(&action, &path, &mut document),
        }
    }
    translate(&mut document, &by_text);
    document
}

fn translate(place: &mut Value, by_text: &HashMap<String, Value>) {
    if let Some(update) = place.get("description").and_then(Value::as_str).and_then(|text| by_text.get(text)) {
        merge(place, update);
    }
    match place {
        Value::Object(map) => map.values_mut().for_each(|child| translate(child, by_text)),
        Value::Array(items) => items.iter_mut().for_each(|child| translate(child, by_text)),
        _ => {}
    }
}

fn apply(action: &Action, path: &Path, document: &mut Value) {
    // From the end, so that what is removed does not move what follows.
    for pointer in path.find(document).into_iter().rev() {
        if action.remove {
            remove(document, &pointer);
        } else if let (Some(update), Some(place)) = (&action.update, document.pointer_mut(&pointer)) {
            merge(place, update);
        }
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            if let Some(index) = name.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

/// Objects are merged, arrays grow, anything else is replaced.
fn merge(place: &mut Value, update: &Value) {
    match (place, update) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                match old.get_mut(name) {
                    Some(there) => merge(there, value),
                    None => {
                        old.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => old.extend(new.iter().cloned()),
        (place, update) => *place = update.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn updates_and_removes() {
        let mut document = json!({ "info": { "title": "a" }, "tags": [{ "name": "x" }, { "name": "y" }] });
        for (action, expected) in [
            (
                json!({ "target": "$.info", "update": { "title": "b", "x": [1] } }),
                json!({ "info": { "title": "b", "x": [1] }, "tags": [{ "name": "x" }, { "name": "y" }] }),
            ),
            (
                json!({ "target": "$.info.x", "remove": true }),
                json!({ "info": { "title": "b" }, "tags": [{ "name": "x" }, { "name": "y" }] }),
            ),
            (json!({ "target": "$.tags[*]", "remove": true }), json!({ "info": { "title": "b" }, "tags": [] })),
            (json!({ "target": "$.tags", "update": [1] }), json!({ "info": { "title": "b" }, "tags": [1] })),
        ] {
            let action: Action = serde_json::from_value(action).unwrap();
            apply(&action, &Path::parse(&action.target).unwrap(), &mut document);
            assert_eq!(document, expected);
        }
    }

    #[test]
    fn every_action_of_ours_leads_somewhere() {
        let document = &crate::openapi::ENGLISH;
        for action in shipped().actions {
            let path = Path::parse(&action.target).unwrap();
            let places = path.find(document);
            assert!(!places.is_empty(), "{} leads nowhere", action.target);
            // A text beside a reference would be described by nobody.
            let beside = |place: &String| {
                document.pointer(place).is_some_and(|there| there.get("$ref").is_some() && there.get("description").is_none())
            };
            assert!(!places.iter().any(beside), "{} leads to a reference", action.target);
        }
    }
}
