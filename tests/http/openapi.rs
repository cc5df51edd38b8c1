//! The description: what is committed, what is served, and whether it is whole in both languages.

use std::collections::BTreeSet;

use hoicoso::{
    http::Locale,
    openapi::{COMMITTED, document, missing, pretty},
};
use serde_json::Value;

use crate::support::{CONTRACT, on_both};

#[test]
fn the_committed_description_is_what_is_served() {
    let path = format!("{}/{COMMITTED}", env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == pretty(&document(Locale::En)),
        "{COMMITTED} is behind the code; run: cargo run -- openapi > {COMMITTED}"
    );
    on_both(async |world| {
        for (lang, locale) in [("en", Locale::En), ("vi", Locale::Vi)] {
            let served = world.nobody().get(format!("/openapi.json?lang={lang}")).await.expect(200);
            assert!(served.json == document(locale), "{lang}");
            assert_eq!(served.header("content-language"), Some(lang));
        }
        assert!(
            world.nobody().get("/openapi.json").await.expect(200).json == document(Locale::Vi),
            "Vietnamese when nothing is said"
        );
        world.nobody().get("/openapi.json?lang=fr").await.expect(400).about("lang", "unknown_value");
    });
}

#[test]
fn every_text_is_there_in_vietnamese() {
    let missing: Vec<String> = missing().iter().map(|place| place.target()).collect();
    assert!(
        missing.is_empty(),
        "{} places without Vietnamese (hoicoso openapi --missing):\n{}",
        missing.len(),
        missing.join("\n")
    );
}

#[test]
fn both_languages_describe_the_same_api() {
    /// Everything but texts for people.
    fn bones(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for text in ["title", "summary", "description"] {
                    if map.get(text).is_some_and(Value::is_string) {
                        map.remove(text);
                    }
                }
                map.values_mut().for_each(bones);
            }
            Value::Array(items) => items.iter_mut().for_each(bones),
            _ => {}
        }
    }
    let (mut vi, mut en) = (document(Locale::Vi), document(Locale::En));
    bones(&mut vi);
    bones(&mut en);
    assert!(vi == en);
}

#[test]
fn every_operation_says_what_it_is_and_who_may() {
    let mut ids = BTreeSet::new();
    for operation in CONTRACT.operations() {
        let id = operation.id.as_str();
        assert!(ids.insert(id), "twice: {id}");
        let snake = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(snake(id) && id.contains('_'), "verb and noun: {id:?} of {}", operation.path);
        assert_eq!(operation.value["tags"].as_array().map_or(0, Vec::len), 1, "{id} has one tag");
        for text in ["summary", "description"] {
            assert!(operation.value[text].as_str().is_some_and(|text| !text.trim().is_empty()), "{id} has no {text}");
        }
    }
}

/// Words by which a description says who may call: of a role, of everybody, or of those who can read something.
#[test]
fn every_description_names_its_callers() {
    let words = [
        "for ",
        "every role",
        "everybody",
        "within your reach",
        "your own",
        "outside your reach",
        "base units keep",
        "`province_org`",
        "who may",
        "by whoever",
        "within her reach",
        "of yours",
    ];
    let silent: Vec<&str> = CONTRACT
        .operations()
        .iter()
        .filter(|operation| {
            let text = operation.value["description"].as_str().unwrap_or_default().to_lowercase();
            !words.iter().any(|word| text.contains(word))
        })
        .map(|operation| operation.id.as_str())
        .collect();
    assert!(silent.is_empty(), "who may call these? {silent:?}");
}

/// Two types of one name would be one schema: the description would lie about one of them.
#[test]
fn no_two_schemas_have_one_name() {
    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut texts = Vec::new();
    sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/api")), &mut texts);
    let mut names = BTreeSet::new();
    let mut twice = Vec::new();
    for text in texts {
        for part in text.split("#[derive(").skip(1) {
            let (derives, rest) = part.split_once(")]").unwrap_or_default();
            if !derives.contains("ToSchema") {
                continue;
            }
            let head = rest.split('{').next().unwrap_or_default();
            let renamed = head.split_once("#[schema(as = ").and_then(|(_, rest)| rest.split([')', ',']).next());
            let named = ["pub struct ", "pub enum ", "struct ", "enum "]
                .iter()
                .find_map(|word| head.split_once(word))
                .map(|(_, name)| name);
            let Some(name) = renamed.or(named).map(|name| name.split(['<', ' ', '\n']).next().unwrap_or_default().to_owned())
            else {
                continue;
            };
            if !name.starts_with('$') && !names.insert(name.clone()) {
                twice.push(name);
            }
        }
    }
    assert!(names.len() > 50, "{names:?}");
    assert_eq!(twice, Vec::<String>::new(), "give one of them another name: #[schema(as = …)]");
}

/// What is not known is neither true nor false; and what is left out unless it is asked for.
const MAY_BE_NULL: [&str; 4] = ["meets_standard", "reaches_60", "ancestors", "allowed_actions"];

/// The types that clients are generated from: rules 2, 4, 30.
#[test]
fn the_description_keeps_the_rules() {
    let mut faults = Vec::new();
    for operation in CONTRACT.operations() {
        for name in operation.query().iter().filter_map(|parameter| parameter["name"].as_str()) {
            if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'-') {
                faults.push(format!("{}: parameter {name}", operation.id));
            }
        }
        let kebab = operation.path.split('/').all(|part| part.starts_with('{') || !part.contains('_'));
        if !kebab {
            faults.push(format!("{}: path", operation.path));
        }
    }
    look(&CONTRACT.document, "", &mut faults);
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    fn look(value: &Value, place: &str, faults: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if map.contains_key("$ref") && map.get("type").is_some() {
                    faults.push(format!("{place}: type beside $ref"));
                }
                let arrays_are_never_null = place.ends_with("Patch/properties") || !place.ends_with("/properties");
                for (name, child) in map {
                    let nullable = child["type"].as_array().is_some_and(|types| types.iter().any(|kind| kind == "null"));
                    let kinds: Vec<&str> = child["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                    if !arrays_are_never_null
                        && !place.contains("Patch")
                        && nullable
                        && !MAY_BE_NULL.contains(&name.as_str())
                        && (kinds.contains(&"boolean") || kinds.contains(&"array"))
                    {
                        faults.push(format!("{place}/{name}: booleans and arrays are never null"));
                    }
                    if name != "example" && name != "examples" && name != "default" {
                        look(child, &format!("{place}/{name}"), faults);
                    }
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| look(item, &format!("{place}/{index}"), faults));
            }
            _ => {}
        }
    }
}
