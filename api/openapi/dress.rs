//! What every operation shares, added in one place instead of at each handler.

use serde_json::{Map, Value, json};

use super::{fold::SCHEMAS, problems, sample::Sampler, select, types};
use crate::http::Locale;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Tags in the order of the page, with their descriptions.
const TAGS: &[(&str, &str)] = &[
    ("sign-in", "Tokens, and setting a password with a one-time code"),
    ("me", "Who I am, what I may do, where I am signed in"),
    ("members", "The roll: admit, correct, move, leave"),
    ("officers", "People in posts: appointments, qualifications, and who looks after which unit"),
    ("title-standards", "What a post asks of who holds it"),
    ("terms", "Terms of office"),
    ("field-visits", "Visits of officers to units"),
    ("training-needs", "What officers need to learn, found from the gaps or proposed"),
    ("training-plans", "What is taught in a year"),
    ("courses", "Courses with their sessions, trainees and attendance; who has completed what"),
    ("certificates", "Certificates of completed courses, and whether one is genuine"),
    ("inspection-plans", "What is inspected in a year"),
    ("inspections", "Inspections: decided, carried out, told to the unit"),
    ("remediations", "What an inspected unit puts right, by when"),
    ("complaints", "Petitions from intake to the end: complaints, denunciations, proposals, feedback"),
    ("identities", "The sealed identities of denouncers, and who was shown them"),
    ("public", "For everybody, without an account: handing in a petition and following it, checking a certificate"),
    ("attachments", "Files that hang on trainings, inspections and complaints"),
    ("calendar", "Holidays, time limits of the law, what must be done by when"),
    ("units", "The tree of the organisation: provinces, base units, branches, groups; as it is and as it was"),
    ("code-lists", "Enumerations and reference data with labels in both languages"),
    ("accounts", "Accounts of people"),
    ("role-assignments", "The roles that accounts and clients hold, each in a unit"),
    ("clients", "Programs that ask for tokens"),
    ("audit", "Who changed what, and when"),
    ("service", "The service itself: health, figures, this description"),
];

/// Every operation: path, method, and itself.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = (&String, &'static str, &Value)> {
    document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method)?))))
}

/// Changes every operation.
pub(super) fn each_operation(document: &mut Value, mut change: impl FnMut(&str, &'static str, &mut Value)) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                change(path, method, operation);
            }
        }
    }
}

/// The whole description from what the routes gave; without what is made in each language ([`finish`]).
pub(super) fn dress(mut document: Value) -> Value {
    types::settle(&mut document);
    let mut schemas = match document["components"]["schemas"].take() {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    };
    problems::add_schemas(&mut schemas);
    each_operation(&mut document, |path, method, operation| {
        say_what_is_found_again(&schemas, operation);
        select::dress(&mut schemas, operation);
        dress_operation(&schemas, path, method, operation);
    });
    schemas.sort_keys();
    let used: Vec<String> =
        operations(&document).filter_map(|(_, _, operation)| Some(operation["tags"][0].as_str()?.to_owned())).collect();
    let tags: Vec<Value> = TAGS
        .iter()
        .filter(|(name, _)| used.iter().any(|tag| tag == name))
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "hoicoso",
            "description": "The system of record of the Women's Union at the grassroots: units, members, officers, and what they do.\n\n\
                Sign in with **Authorize** (client `swagger-ui`, your name and password). Errors are `application/problem+json` with a stable `code`; \
                texts are Vietnamese unless `Accept-Language` asks for English. Writes that name the headers can be tried without effect \
                by `Prefer: tx=rollback`, and repeated safely with an `Idempotency-Key`.\n\n\
                Machines find everything from [`/.well-known/api-catalog`](/.well-known/api-catalog). This description is OpenAPI 3.1; \
                for older tools there is [`/openapi-3.0.json`](/openapi-3.0.json).",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/", "description": "This service" }],
        "tags": tags,
        "paths": document["paths"].take(),
        "components": {
            "schemas": schemas,
            "responses": shared_responses(),
            "parameters": shared_parameters(),
            "headers": shared_headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// What is made anew in each language: who may call, the names that `fields` takes, and all examples.
pub(super) fn finish(document: &mut Value, locale: Locale) {
    super::callers::say(document, locale);
    select::list_fields(document);
    let mut examples = problems::examples(document, locale);
    if let Some(schemas) = document["components"]["schemas"].as_object() {
        for (request, name) in bodies(document) {
            examples.insert(name.clone(), json!({ "value": Sampler::new(schemas, request).named(&name) }));
        }
    }
    examples.sort_keys();
    document["components"]["examples"] = examples.into();
}

/// Names of the schemas that bodies are of; whether they are asked for or answered.
fn bodies(document: &Value) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    for (_, _, operation) in operations(document) {
        found.extend(body_of(operation).map(|name| (true, name)));
        let good = operation["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
        for (_, response) in good {
            found.extend(
                response["content"]
                    .as_object()
                    .into_iter()
                    .flat_map(Map::values)
                    .filter_map(|media| Some((false, name_of(media)?))),
            );
        }
    }
    found
}

fn name_of(media: &Value) -> Option<String> {
    media["schema"]["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS)).map(str::to_owned)
}

/// The name of the schema of an operation's request body.
pub(super) fn body_of(operation: &Value) -> Option<String> {
    operation["requestBody"]["content"].as_object()?.values().find_map(name_of)
}

/// Whatever may be made with an id of the caller's answers 200 when the same request comes again.
fn say_what_is_found_again(schemas: &Map<String, Value>, operation: &mut Value) {
    if !makes_ids(schemas, operation) {
        return;
    }
    if let Some(responses) = operation["responses"].as_object_mut()
        && let Some(made) = responses.get("201").map(|made| made["content"].clone())
        && !responses.contains_key("200")
    {
        let description = "The same request was carried out before (your `id`)";
        responses.insert("200".into(), json!({ "description": description, "content": made }));
    }
}

fn makes_ids(schemas: &Map<String, Value>, operation: &Value) -> bool {
    let in_query = |parameter: &Value| parameter["name"] == "id" && parameter["in"] == "query";
    body_of(operation).and_then(|name| schemas.get(&name)).is_some_and(|schema| schema["properties"].get("id").is_some())
        || parameters(operation).any(in_query)
}

/// Swagger UI fills a parameter's `example` into the form, and a filter that nobody chose would be sent: it belongs
/// into the schema, where it is shown only.
fn show_example_only(parameter: &mut Value) {
    if parameter["in"] == "path" {
        return;
    }
    if let Some(example) = parameter.as_object_mut().and_then(|parameter| parameter.remove("example"))
        && let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut)
    {
        schema.insert("examples".into(), json!([example]));
    }
}

/// By which a handler says that its answer is its effect.
const SHOWN: &str = "x-shown";

/// What is known of an operation before it is dressed.
pub(super) struct Facts<'o> {
    pub(super) id: &'o str,
    pub(super) signed_in: bool,
    /// For who has no account.
    pub(super) public: bool,
    /// It changes something, by a token.
    pub(super) writes: bool,
    /// It can be tried and repeated: keys, preferences and replays are for it.
    pub(super) command: bool,
    /// Takes parameters in the query.
    pub(super) asks: bool,
    /// Takes a cursor.
    pub(super) paged: bool,
    /// Takes the version that was read.
    pub(super) versioned: bool,
    /// A list, whole or by pages.
    pub(super) list: bool,
    /// The name of the schema of its body.
    pub(super) body: Option<String>,
    /// Takes an id of the caller's making.
    pub(super) makes_ids: bool,
    /// Acts on something that is there, in a state that may not allow it.
    pub(super) acts: bool,
    /// The handler says that something may be in conflict.
    pub(super) conflicts: bool,
}

impl<'o> Facts<'o> {
    fn of(schemas: &Map<String, Value>, path: &str, method: &str, operation: &'o Value) -> Self {
        let needs = |list: &Vec<Value>| list.iter().any(|one| one.as_object().is_some_and(|one| !one.is_empty()));
        let signed_in = operation["security"].as_array().is_some_and(needs);
        let public = operation["tags"][0] == "public";
        let takes = |name: &str| parameters(operation).any(|parameter| parameter["name"] == name);
        let says = |status: &str| operation["responses"].get(status).is_some();
        Self {
            id: operation["operationId"].as_str().unwrap_or_default(),
            signed_in,
            public,
            writes: signed_in && method != "get",
            // What is done by being shown can be neither tried nor repeated (`Command::run_shown`).
            command: (signed_in || public) && method != "get" && operation.get(SHOWN).is_none(),
            list: operation["operationId"].as_str().is_some_and(|id| id.starts_with("list_")),
            asks: parameters(operation).any(|parameter| parameter["in"] == "query"),
            paged: takes("cursor"),
            versioned: takes("If-Match"),
            body: body_of(operation),
            makes_ids: makes_ids(schemas, operation),
            acts: method != "get"
                && path.contains('{')
                && says("409")
                && (!makes_ids(schemas, operation) || crate::machine::all().any(|machine| machine.roles_at(path).is_some())),
            conflicts: says("409"),
        }
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

/// A reference into the shared components.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// A header by its name, with a reference to what is said of it.
pub(super) fn header(name: &str) -> (String, Value) {
    (name.to_owned(), reference("headers", &name.replace('-', "")))
}

fn dress_operation(schemas: &Map<String, Value>, path: &str, method: &str, operation: &mut Value) {
    let described = operation.clone();
    let facts = Facts::of(schemas, path, method, &described);
    let Some(object) = operation.as_object_mut() else { return };
    object.remove(SHOWN);
    // Whoever has a token from elsewhere gives it as it is.
    let security = if facts.signed_in { json!([{ "password": [] }, { "service": [] }, { "bearer": [] }]) } else { json!([]) };
    object.insert("security".into(), security);
    if let Some(content) = object.get_mut("requestBody").and_then(|body| body.get_mut("content")?.as_object_mut()) {
        content.values_mut().for_each(show);
    }
    let responses = object.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else { return };
    problems::dress(&facts, responses);
    let tagged = dress_answers(schemas, &facts, responses);
    responses.sort_keys();

    let mut wanted = vec![("Accept-Language", "AcceptLanguage"), ("X-Request-Id", "RequestId")];
    if tagged {
        wanted.push(("If-None-Match", "IfNoneMatch"));
    }
    if facts.command {
        wanted.extend([("Idempotency-Key", "IdempotencyKey"), ("Prefer", "Prefer")]);
    }
    if problems::CONFIRMED.contains(&facts.id) {
        wanted.push(("Confirm", "Confirm"));
    }
    if let Some(list) = object.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
        list.iter_mut().for_each(show_example_only);
        for (name, component) in wanted {
            if !list.iter().any(|it| it["name"].as_str().is_some_and(|there| there.eq_ignore_ascii_case(name))) {
                list.push(reference("parameters", component));
            }
        }
    }
}

/// Shows the example of the schema a body is of.
fn show(media: &mut Value) {
    if let Some(name) = name_of(media) {
        media["examples"] = json!({ &name: reference("examples", &name) });
    }
}

/// What a phone subscribes to (RFC 5545).
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:ICALENDAR-RS\r\nCALSCALE:GREGORIAN\r\nNAME:Lịch\r\nBEGIN:VEVENT\r\n\
    UID:0199c2a4-5b1e-7c3d-9f00-2f6c1d7a9e43@hoicoso\r\nDTSTAMP:20260227T020000Z\r\nDTSTART;VALUE=DATE:20260308\r\n\
    DTEND;VALUE=DATE:20260309\r\nSUMMARY:Tập huấn công tác Hội\r\nSEQUENCE:1\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Examples and headers of what is no refusal; whether the answer has an `ETag`.
fn dress_answers(schemas: &Map<String, Value>, facts: &Facts<'_>, responses: &mut Map<String, Value>) -> bool {
    let mut tagged = false;
    for (status, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
        let good = status.starts_with('2');
        let mut names = vec!["X-Request-Id", "Content-Language"];
        if good {
            let content = response.get_mut("content").and_then(Value::as_object_mut);
            for (kind, media) in content.into_iter().flatten() {
                show(media);
                if kind == "text/calendar" {
                    media["examples"] = json!({ "Calendar": { "value": CALENDAR } });
                }
            }
            let answered = response["content"].as_object().and_then(|content| content.values().find_map(name_of));
            let properties = answered.and_then(|name| schemas.get(&name)).map(|schema| &schema["properties"]);
            let has = |name: &str| properties.is_some_and(|properties| properties.get(name).is_some());
            let said = response["headers"].get("ETag").is_some() || (facts.list && !facts.writes);
            tagged |= said;
            if said || (facts.writes && has("version")) {
                names.push("ETag");
            }
            if status == "201" && has("id") {
                names.push("Location");
            }
            if facts.paged {
                names.push("Link");
            }
            if facts.command {
                names.extend(["Idempotency-Replayed", "Preference-Applied"]);
            }
            if facts.signed_in || facts.public {
                names.extend(["RateLimit-Policy", "RateLimit"]);
            }
        }
        if matches!(status.as_str(), "429" | "503") {
            names.push("Retry-After");
        }
        if status == "401" {
            names.push("WWW-Authenticate");
        }
        let headers: Map<String, Value> = names.into_iter().map(header).collect();
        match response.as_object_mut() {
            Some(response) => response.insert("headers".into(), headers.into()),
            None => None,
        };
    }
    let tagged = tagged && !facts.writes;
    if tagged {
        responses.insert("304".into(), reference("responses", "NotModified"));
    }
    tagged
}

fn shared_responses() -> Value {
    let mut responses = problems::shared_responses();
    let headers: Map<String, Value> = ["ETag", "X-Request-Id", "Content-Language"].into_iter().map(header).collect();
    responses.insert(
        "NotModified".into(),
        json!({ "description": "Not changed since the version in If-None-Match", "headers": headers }),
    );
    responses.sort_keys();
    responses.into()
}

fn shared_parameters() -> Value {
    json!({
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header",
            "description": "Language of texts for people. Vietnamese unless English is wanted more.",
            "schema": { "type": "string", "examples": ["vi", "en"] },
        },
        "RequestId": {
            "name": "X-Request-Id", "in": "header",
            "description": "An id of yours for this request, for the log; the answer carries it. Without it the service makes one.",
            "schema": { "type": "string", "minLength": 8, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$" },
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header",
            "description": "The `ETag` of what you have: if it is still the same, the answer is 304 without a body.",
            "schema": { "type": "string", "examples": ["\"3\""] },
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "A random value of yours. The same request with the same key within 24 hours is carried out once and answered alike. A refusal (4xx) is not kept: the request put right may use the same key.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        },
        "Prefer": {
            "name": "Prefer", "in": "header",
            "description": "`tx=rollback`: check everything, answer as if it were done, keep nothing. `merge=disjoint`: apply a change though the object was changed since, if no field is touched twice.",
            "schema": { "type": "string", "examples": ["tx=rollback", "merge=disjoint"] },
        },
        "Confirm": {
            "name": "Confirm", "in": "header",
            "description": "The `confirmation_token` of a 409 `confirmation_required`: you have looked at its warnings, and they are right. Leave it empty at first; send the same body again with it.",
            "schema": { "type": "string" },
        },
    })
}

fn shared_headers() -> Value {
    json!({
        "XRequestId": { "description": "Names this request in the log; give it when you ask for help", "schema": { "type": "string" } },
        "ContentLanguage": { "description": "Language of texts for people: `vi` or `en`", "schema": { "type": "string" } },
        "ETag": { "description": "The version; for If-Match when you change it, for If-None-Match when you read it again", "schema": { "type": "string" } },
        "Location": { "description": "The address of what was made", "schema": { "type": "string" } },
        "Link": { "description": "The next page, `rel=\"next\"`, if there is one", "schema": { "type": "string" } },
        "IdempotencyReplayed": { "description": "`true`: this request was carried out before; this is its answer again", "schema": { "type": "string", "enum": ["true"] } },
        "PreferenceApplied": { "description": "The preference that was followed: `tx=rollback` or `merge=disjoint`", "schema": { "type": "string" } },
        "RateLimitPolicy": { "description": "How many requests in how many seconds: `\"default\";q=1200;w=60`", "schema": { "type": "string" } },
        "RateLimit": { "description": "How many are left, and after how many seconds all are there again: `\"default\";r=1199;t=1`", "schema": { "type": "string" } },
        "RetryAfter": { "description": "Seconds to wait", "schema": { "type": "integer" } },
        "WWWAuthenticate": { "description": "How to sign in", "schema": { "type": "string" } },
    })
}

fn security_schemes() -> Value {
    json!({
        "password": {
            "type": "oauth2",
            "description": "Name and password of an account; the client is `swagger-ui`, without a secret.",
            "flows": { "password": { "tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token", "scopes": {} } },
        },
        "service": {
            "type": "oauth2",
            "description": "A program with rights of its own: its `client_id` and secret. People do not need this.",
            "flows": { "clientCredentials": { "tokenUrl": "/oauth/token", "scopes": {} } },
        },
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token that you have already.",
        },
    })
}
