//! Which texts have no Vietnamese, or one that was made for other words.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{
    ENGLISH,
    overlay::{shipped, vietnamese},
    path::{Path, quote},
};

/// Members whose names are texts for people, wherever they stand in the description.
const TEXTS: [&str; 3] = ["title", "summary", "description"];

/// A place with texts that have no Vietnamese.
pub struct Missing {
    target: String,
    english: Map<String, Value>,
    /// The target names the English words themselves.
    by_words: bool,
}

impl Missing {
    /// The place, as the target of an overlay's action.
    pub fn target(&self) -> String {
        self.target.clone()
    }

    /// An action to be filled in.
    pub fn skeleton(&self) -> Value {
        let empty: Map<String, Value> = self.english.keys().map(|name| (name.clone(), "".into())).collect();
        if self.by_words {
            json!({ "target": self.target, "update": empty })
        } else {
            json!({ "target": self.target, "x-en": self.english, "update": empty })
        }
    }
}

/// Every place with a text without Vietnamese, in document order.
pub fn missing() -> Vec<Missing> {
    let english = &*ENGLISH;
    let vietnamese = vietnamese(english.clone());
    let mut said = HashSet::new();
    let mut stale = HashSet::new();
    for action in shipped().actions {
        collect_texts(action.update.as_ref().unwrap_or(&Value::Null), &mut said);
        let (Some(made_for), Ok(path)) = (&action.english, Path::parse(&action.target)) else { continue };
        for pointer in path.find(english) {
            let there = english.pointer(&pointer).unwrap_or(&Value::Null);
            if made_for.as_object().into_iter().flatten().any(|(name, text)| there.get(name) != Some(text)) {
                stale.insert(pointer);
            }
        }
    }
    let mut places = Vec::new();
    visit(english, &mut Vec::new(), &mut |steps, value| places.push((steps.to_vec(), value)));
    let mut count: HashMap<&str, usize> = HashMap::new();
    for (_, place) in &places {
        for text in TEXTS.iter().filter_map(|name| place.get(name)?.as_str()) {
            *count.entry(text).or_default() += 1;
        }
    }
    let mut told = HashSet::new();
    let mut found = Vec::new();
    for (steps, place) in places {
        let pointer: String = steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect();
        let translated = vietnamese.pointer(&pointer).unwrap_or(&Value::Null);
        let lacking: Map<String, Value> = TEXTS
            .iter()
            .filter_map(|name| Some((*name, place.get(name)?.as_str()?)))
            .filter(|(name, text)| {
                stale.contains(&pointer) || (translated.get(name).and_then(Value::as_str) == Some(*text) && !said.contains(*text))
            })
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        // A text that stands in several places is said once for all of them.
        let shared = lacking.len() == 1 && lacking.values().all(|text| text.as_str().is_some_and(|text| count[text] > 1));
        let target = match lacking.iter().next() {
            Some((name, Value::String(text))) if shared && !stale.contains(&pointer) => {
                format!("$..[?(@.{name}=={})]", quote(text))
            }
            _ => target(&steps, english),
        };
        if told.insert(target.clone()) {
            found.push(Missing { by_words: target.starts_with("$..["), target, english: lacking });
        }
    }
    found
}

fn collect_texts(value: &Value, texts: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect_texts(item, texts)),
        _ => {}
    }
}

/// Every object of the description that has a text of its own. Examples and defaults are data, not description.
fn visit<'v>(value: &'v Value, steps: &mut Vec<String>, see: &mut impl FnMut(&[String], &'v Value)) {
    let into: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            if TEXTS.iter().any(|name| map.get(*name).is_some_and(Value::is_string)) {
                see(steps, value);
            }
            map.iter()
                .filter(|(name, _)| !matches!(name.as_str(), "example" | "examples" | "default" | "enum" | "const" | "license"))
                .map(|(name, child)| (name.clone(), child))
                .collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        _ => return,
    };
    for (step, child) in into {
        steps.push(step);
        visit(child, steps, see);
        steps.pop();
    }
}

/// A path that a person can read: things that have a name are found by it, not by their place in a list.
fn target(steps: &[String], document: &Value) -> String {
    let mut path = String::from("$");
    let mut here = document;
    for step in steps {
        let next = match here {
            Value::Array(items) => {
                let item = step.parse::<usize>().ok().and_then(|index| items.get(index)).unwrap_or(&Value::Null);
                match item["name"].as_str() {
                    Some(name) => path.push_str(&format!("[?(@.name=={})]", quote(name))),
                    None => path.push_str(&format!("[{step}]")),
                }
                item
            }
            _ => {
                let plain = step.starts_with(|c: char| c.is_ascii_alphabetic())
                    && step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                path.push_str(&if plain { format!(".{step}") } else { format!("[{}]", quote(step)) });
                here.get(step).unwrap_or(&Value::Null)
            }
        };
        here = next;
    }
    path
}
