//! The description: what is committed, what is served, and whether it is whole in both languages.

use std::collections::BTreeSet;

use hoicoso::{
    access::Role,
    http::Locale,
    openapi::{COMMITTED, document, missing, pretty},
};
use serde_json::Value;

use crate::support::{CONTRACT, Lang, Who, on_both, path_for, properties, row};

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
                for text in ["title", "summary", "description", "detail", "error_description"] {
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

/// The sentence that is made from the table of rights names those whom the permission walk finds.
#[test]
fn every_description_names_its_callers() {
    let mut faults = Vec::new();
    for operation in CONTRACT.operations() {
        let text = operation.value["description"].as_str().unwrap_or_default();
        let said = text.split_once("**Who may:** ").map_or("", |(_, said)| said);
        let right = match row(&operation.id).who {
            Who::Public => said == "everybody, signed in or not.",
            Who::SignedIn => said == "everybody who is signed in." || said == "every role – everywhere.",
            // Not there for some, in some units: the description says which figures.
            Who::Roles(_) if operation.path.starts_with("/api/v1/attachments") => {
                let may = if operation.method == "GET" { "see" } else { "change" };
                said == format!("whoever may {may} what the file hangs on.")
            }
            Who::Roles(_) if row(&operation.id).unseen == 404 => said == "every role – everywhere.",
            Who::Roles(roles) => {
                let named = |role: &Role| {
                    let mut names = said.trim_end_matches('.').split([',', ';', '–']).map(str::trim);
                    names.any(|name| name == role.label(Locale::En) || name == "every role")
                };
                // She makes the province itself, once; the walk makes a group.
                let first = |role: &Role| operation.id == "create_unit" && *role == Role::ItAdmin;
                Role::ALL.iter().all(|role| named(role) == roles.contains(role) || first(role))
            }
        };
        if !right {
            faults.push(format!("{}: {said}", operation.id));
        }
    }
    assert!(faults.is_empty(), "not whom the walk finds:\n{}", faults.join("\n"));
}

/// Bodies without a named schema: the description itself, links, figures.
const UNTYPED: [&str; 4] = ["get_api_description", "get_api_description_3_0", "get_api_catalog", "get_metrics"];

#[test]
fn every_body_has_examples_that_fit() {
    let mut faults = Vec::new();
    let mut look = |place: String, media: &Value| {
        let examples: Vec<&Value> = media["examples"].as_object().into_iter().flat_map(|map| map.values()).collect();
        if examples.is_empty() {
            faults.push(format!("{place}: no example"));
        }
        for example in examples.into_iter().map(|example| CONTRACT.resolve(example)) {
            if let Err(fault) = CONTRACT.fits(&media["schema"], &example["value"]) {
                faults.push(format!("{place}: {fault}"));
            }
        }
    };
    for operation in CONTRACT.operations().iter().filter(|operation| !UNTYPED.contains(&operation.id.as_str())) {
        for media in operation.value["requestBody"]["content"].as_object().into_iter().flat_map(|map| map.values()) {
            look(format!("{} request", operation.id), media);
        }
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            for media in CONTRACT.resolve(response)["content"].as_object().into_iter().flat_map(|map| map.values()) {
                look(format!("{} {status}", operation.id), media);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Under each status stands an example with that status, and one of a wrong field names a field of that body.
#[test]
fn examples_of_problems_are_of_their_place() {
    let mut fields = 0;
    for locale in [Locale::Vi, Locale::En] {
        let document = document(locale);
        let told = |code: &str| document["components"]["examples"][code]["value"]["title"].clone();
        assert_eq!(told("not_found"), if locale == Locale::Vi { "Không tìm thấy" } else { "Not found" });
        for operation in CONTRACT.operations() {
            for (status, response) in operation.value["responses"].as_object().unwrap() {
                let content = &CONTRACT.resolve(response)["content"]["application/problem+json"];
                for name in content["examples"].as_object().into_iter().flat_map(|map| map.keys()) {
                    let example = &document["components"]["examples"][name]["value"];
                    assert!(
                        status == "default" || example["status"].as_u64() == status.parse().ok(),
                        "{} {status} {name}",
                        operation.id
                    );
                    let Some(field) = example["errors"][0]["pointer"].as_str().filter(|_| name.starts_with("invalid_body"))
                    else {
                        continue;
                    };
                    // A file has no fields.
                    let Some((_, body)) = operation.body() else { continue };
                    let body = properties(CONTRACT.resolve(body));
                    assert!(body.contains_key(field.trim_start_matches('/')), "{} {field}", operation.id);
                    fields += 1;
                }
            }
        }
    }
    assert!(fields > 80, "{fields}");
}

/// What `fields`, `include` and `sort` are said to take is what the service says they take.
#[test]
fn parameters_take_what_they_are_said_to_take() {
    on_both(async |world| {
        let (mut asked, mut faults) = (0, Vec::new());
        for operation in CONTRACT.operations().iter().filter(|operation| operation.method == "GET") {
            let role = match row(&operation.id).who {
                Who::Public => continue,
                Who::SignedIn => Role::BasePresident,
                Who::Roles(roles) => roles[0],
            };
            let caller = world.user(&format!("walk.{role}")).speaking(Lang::En);
            for parameter in operation.query() {
                let name = parameter["name"].as_str().unwrap();
                if !["fields", "include", "sort"].contains(&name) {
                    continue;
                }
                let schema = CONTRACT.resolve(&parameter["schema"]);
                let mut said: Vec<&str> = match schema["pattern"].as_str() {
                    Some(pattern) => pattern.trim_start_matches("^(").split(')').next().unwrap().split('|').collect(),
                    None => schema["enum"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter_map(Value::as_str)
                        .filter(|one| !one.contains(','))
                        .collect(),
                };
                let (path, _) = path_for(operation, &world.cast().inside, world.cast());
                let answer = caller.get(format!("{path}?{name}=zzzzzz")).await.expect(400).about(name, "unknown_value");
                let detail = answer["errors"][0]["detail"].as_str().unwrap().to_owned();
                let list = detail.split_once("ay be: ").unwrap().1.trim_end_matches(')').to_owned();
                let mut taken: Vec<&str> = list.split(", ").collect();
                said.sort_unstable();
                taken.sort_unstable();
                if said != taken {
                    faults.push(format!("{} {name}: {said:?}, not {taken:?}", operation.id));
                }
                asked += 1;
            }
        }
        assert!(asked > 30, "{asked}");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    });
}

#[test]
fn the_description_is_found_by_machines_too() {
    on_both(async |world| {
        let nobody = world.nobody();
        assert_eq!(nobody.get("/openapi.json").header("accept-language", "en").await.json, document(Locale::En));
        let old = nobody.get("/openapi-3.0.json?lang=en").await.expect(200);
        assert_eq!(old["openapi"], "3.0.3");
        assert_eq!(old["paths"].as_object().unwrap().len(), CONTRACT.document["paths"].as_object().unwrap().len());
        let phone = &old["components"]["schemas"]["Member"]["properties"]["phone"];
        assert_eq!((&phone["type"], &phone["nullable"]), (&"string".into(), &true.into()));

        let catalog = nobody.get("/.well-known/api-catalog").await.expect(200);
        assert!(catalog.header("content-type").unwrap().starts_with("application/linkset+json"));
        let mut followed = 0;
        for link in ["service-desc", "service-doc", "service-meta", "status"] {
            for target in catalog["linkset"][1][link].as_array().unwrap() {
                let path = target["href"].as_str().unwrap().splitn(4, '/').nth(3).unwrap();
                nobody.get(format!("/{path}")).await.expect(200);
                followed += 1;
            }
        }
        assert_eq!(followed, 8);
    });
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

/// What is not known is neither true nor false.
const MAY_BE_NULL: [&str; 2] = ["meets_standard", "reaches_60"];

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
                if map.contains_key("allOf") {
                    faults.push(format!("{place}: allOf"));
                }
                if map.get("enum").is_some_and(Value::is_array)
                    && place.matches('/').count() > 3
                    && place.starts_with("/components/schemas")
                {
                    faults.push(format!("{place}: an enumeration without a name"));
                }
                let arrays_are_never_null = !place.ends_with("/properties");
                for (name, child) in map {
                    let nullable = child["type"].as_array().is_some_and(|types| types.iter().any(|kind| kind == "null"));
                    let kinds: Vec<&str> = child["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                    if !arrays_are_never_null
                        && nullable
                        && !MAY_BE_NULL.contains(&name.as_str())
                        && (kinds.contains(&"boolean") || kinds.contains(&"array"))
                    {
                        faults.push(format!("{place}/{name}: booleans and arrays are never null"));
                    }
                    if !["example", "examples", "default", "value", "parameters"].contains(&name.as_str()) {
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
