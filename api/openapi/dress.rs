//! What every operation shares, added in one place instead of at each handler.

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Tags in the order of the page, with their descriptions.
const TAGS: &[(&str, &str)] = &[
    ("sign-in", "Tokens, and setting a password with a one-time code"),
    ("access", "Sign in, who I am, accounts, roles, clients"),
    ("me", "Who I am, what I may do, where I am signed in"),
    ("members", "The roll: admit, correct, move, leave"),
    ("officers", "People in posts: appointments, qualifications, standards, field visits"),
    ("title-standards", "What a post asks of who holds it"),
    ("field-visits", "Visits of officers to units"),
    ("terms", "Terms of office"),
    ("units", "The tree of the organisation: provinces, base units, branches, groups; as it is and as it was"),
    ("code-lists", "Enumerations and reference data with labels in both languages"),
    ("accounts", "Accounts and the roles they hold"),
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

/// The whole description from what the routes gave.
pub(super) fn dress(mut document: Value) -> Value {
    let schemas = document["components"]["schemas"].clone();
    for path in document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        for method in METHODS {
            if let Some(operation) = path.get_mut(method) {
                say_what_is_found_again(&schemas, operation);
                dress_operation(method, operation);
            }
        }
    }
    let used: Vec<String> =
        operations(&document).filter_map(|(_, _, operation)| Some(operation["tags"][0].as_str()?.to_owned())).collect();
    let mut tags: Vec<Value> = TAGS
        .iter()
        .filter(|(name, _)| used.iter().any(|tag| tag == name))
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    // A tag that nobody described still has its place; a test asks for the words.
    for name in used {
        if !tags.iter().any(|tag| tag["name"] == *name) {
            tags.push(json!({ "name": name }));
        }
    }
    let mut components = match document["components"].take() {
        Value::Object(components) => components,
        _ => Map::new(),
    };
    // References to the schema of problems need it even where no route names it.
    if let Some(schemas) = components.entry("schemas").or_insert_with(|| json!({})).as_object_mut() {
        schemas.sort_keys();
    }
    for (name, value) in [
        ("responses", shared_responses()),
        ("parameters", shared_parameters()),
        ("headers", shared_headers()),
        ("securitySchemes", security_schemes()),
    ] {
        components.insert(name.into(), value);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "hoicoso",
            "description": "The system of record of the Women's Union at the grassroots: units, members, officers, and what they do.\n\n\
                Sign in with **Authorize** (client `swagger-ui`, your name and password). Errors are `application/problem+json` with a stable `code`; \
                texts are Vietnamese unless `Accept-Language` asks for English. Writes that name the headers can be tried without effect \
                by `Prefer: tx=rollback`, and repeated safely with an `Idempotency-Key`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/", "description": "This service" }],
        "tags": tags,
        "paths": document["paths"].take(),
        "components": components,
    })
}

/// Whatever may be made with an id of the caller's answers 200 when the same request comes again.
fn say_what_is_found_again(schemas: &Value, operation: &mut Value) {
    let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    let name = body.as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
    if schemas[name]["properties"].get("id").is_none() {
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

fn dress_operation(method: &str, operation: &mut Value) {
    let Some(object) = operation.as_object_mut() else { return };
    let write = method != "get";
    // What is done by being shown can be neither tried nor repeated (`Command::run_shown`).
    let shown = object.remove("x-shown").is_some();
    let list = object.get("operationId").and_then(Value::as_str).is_some_and(|id| id.starts_with("list_"));
    let needs = |list: &Vec<Value>| list.iter().any(|one| one.as_object().is_some_and(|one| !one.is_empty()));
    let signed_in = object.get("security").and_then(Value::as_array).is_some_and(needs);
    // Whoever has a token from elsewhere (a machine, another client) gives it as it is.
    let security = if signed_in { json!([{ "password": [] }, { "bearer": [] }]) } else { json!([]) };
    object.insert("security".into(), security);

    let parameters = object.entry("parameters").or_insert_with(|| json!([]));
    if let Some(list) = parameters.as_array_mut() {
        list.iter_mut().for_each(show_example_only);
        let has =
            |list: &[Value], name: &str| list.iter().any(|it| it["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        let mut wanted = vec![("Accept-Language", "AcceptLanguage"), ("X-Request-Id", "RequestId")];
        if write && signed_in && !shown {
            wanted.extend([("Idempotency-Key", "IdempotencyKey"), ("Prefer", "Prefer")]);
        }
        for (name, component) in wanted {
            if !has(list, name) {
                list.push(json!({ "$ref": format!("#/components/parameters/{component}") }));
            }
        }
    }

    let responses = object.entry("responses").or_insert_with(|| json!({}));
    if let Some(map) = responses.as_object_mut() {
        if list && !map.contains_key("304") {
            map.insert("304".into(), json!({ "description": "Not changed since the version in If-None-Match" }));
        }
        if write && signed_in && !shown && !map.contains_key("404") {
            map.insert(
                "404".into(),
                problem("What was done before with this Idempotency-Key is out of your reach now", json!({})),
            );
        }
        let mut shared = vec![("429", "TooManyRequests"), ("default", "Problem")];
        if signed_in {
            shared.extend([("401", "InvalidToken"), ("403", "Forbidden")]);
        }
        for (status, component) in shared {
            if !map.contains_key(status) {
                map.insert(status.into(), json!({ "$ref": format!("#/components/responses/{component}") }));
            }
        }
        for (status, response) in map.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
            let Some(response) = response.as_object_mut() else { continue };
            let Some(headers) = response.entry("headers").or_insert_with(|| json!({})).as_object_mut() else { continue };
            let mut wanted = vec![("X-Request-Id", "RequestId")];
            if signed_in && status.starts_with('2') {
                wanted.extend([("RateLimit-Policy", "RateLimitPolicy"), ("RateLimit", "RateLimit")]);
            }
            for (name, component) in wanted {
                if !headers.keys().any(|there| there.eq_ignore_ascii_case(name)) {
                    headers.insert(name.into(), json!({ "$ref": format!("#/components/headers/{component}") }));
                }
            }
        }
        map.sort_keys();
    }
}

fn problem(description: &str, headers: Value) -> Value {
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemBody" } } },
    })
}

fn shared_responses() -> Value {
    let id = json!({ "$ref": "#/components/headers/RequestId" });
    json!({
        "InvalidToken": problem("Sign in first", json!({
            "WWW-Authenticate": { "description": "How to sign in", "schema": { "type": "string" } }, "X-Request-Id": id,
        })),
        "Forbidden": problem("Your role may not", json!({ "X-Request-Id": id })),
        "TooManyRequests": problem("Too many requests of this caller", json!({
            "Retry-After": { "$ref": "#/components/headers/RetryAfter" }, "X-Request-Id": id,
        })),
        "Problem": problem("Anything else that went wrong; decide by `code`", json!({ "X-Request-Id": id })),
    })
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
    })
}

fn shared_headers() -> Value {
    json!({
        "RequestId": { "description": "Names this request in the log; give it when you ask for help", "schema": { "type": "string" } },
        "RateLimitPolicy": { "description": "How many requests in how many seconds: `\"default\";q=1200;w=60`", "schema": { "type": "string" } },
        "RateLimit": { "description": "How many are left, and after how many seconds all are there again: `\"default\";r=1199;t=1`", "schema": { "type": "string" } },
        "RetryAfter": { "description": "Seconds to wait", "schema": { "type": "integer" } },
    })
}

fn security_schemes() -> Value {
    json!({
        "password": {
            "type": "oauth2",
            "description": "Name and password of an account; the client is `swagger-ui`, without a secret.",
            "flows": { "password": { "tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token", "scopes": {} } },
        },
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token that you have already.",
        },
    })
}
