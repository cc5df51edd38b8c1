//! What an operation may say no with: the responses that all share, the shape of each, and an example of each code, made
//! by the code that makes the real ones.

use serde_json::{Map, Value, json};

use super::{
    dress::{Facts, header, reference},
    fold::SCHEMAS,
    sample,
};
use crate::http::{AllowedAction, Code, FieldError, Locale, Problem, Text};

pub(super) const JSON: &str = "application/problem+json";

/// Operations that may ask to be confirmed.
pub(super) const CONFIRMED: [&str; 4] = ["admit_member", "admit_members", "correct_member", "transfer_member"];

/// Operations that meet a number which belongs to somebody else.
const NUMBERED: [&str; 5] = ["admit_member", "admit_members", "correct_member", "readmit_member", "reverse_member_event"];

/// Operations that name who is in the way.
const HELD: [(&str, &str); 2] = [("create_appointment", "post_taken"), ("create_unit_assignment", "unit_taken")];

/// A response that many operations share: its name, status, shape, and the codes it may have.
type Shared = (&'static str, u16, &'static str, &'static str, &'static [Code]);

const SHARED: &[Shared] = &[
    (
        "BadParameter",
        400,
        "A parameter or a header is wrong",
        "ProblemBody",
        &[Code::UnknownParameter, Code::InvalidParameter, Code::BadRequest],
    ),
    (
        "BadPage",
        400,
        "A parameter or the cursor is wrong",
        "ProblemBody",
        &[Code::UnknownParameter, Code::InvalidParameter, Code::CursorInvalid, Code::CursorMismatch, Code::BadRequest],
    ),
    (
        "BadRequest",
        400,
        "The body is not JSON, or a parameter or a header is wrong",
        "ProblemBody",
        &[Code::BadRequest, Code::UnknownParameter, Code::InvalidParameter],
    ),
    (
        "BadBatch",
        400,
        "The Idempotency-Key is missing, the body is not JSON, or a parameter or a header is wrong",
        "ProblemBody",
        &[Code::IdempotencyKeyRequired, Code::BadRequest, Code::UnknownParameter, Code::InvalidParameter],
    ),
    ("InvalidToken", 401, "Sign in first", "ProblemBody", &[Code::InvalidToken]),
    ("Forbidden", 403, "Your role may not", "ForbiddenProblem", &[Code::Forbidden]),
    (
        "VersionMismatch",
        412,
        "It was changed since the version in If-Match: what is there now, and which fields changed",
        "VersionProblem",
        &[Code::VersionMismatch],
    ),
    ("PayloadTooLarge", 413, "The body is longer than a mebibyte", "ProblemBody", &[Code::PayloadTooLarge]),
    ("UnsupportedMediaType", 415, "The Content-Type is not taken", "MediaTypeProblem", &[Code::UnsupportedMediaType]),
    ("FileTooLarge", 413, "The file is larger than this installation takes", "ProblemBody", &[Code::PayloadTooLarge]),
    ("FileNotTaken", 415, "What the file is, by its content, is not taken", "MediaTypeProblem", &[Code::UnsupportedMediaType]),
    ("VersionRequired", 428, "If-Match is needed", "ProblemBody", &[Code::VersionRequired]),
    ("TooManyRequests", 429, "Too many requests of this caller", "ProblemBody", &[Code::TooManyRequests]),
    ("Unavailable", 503, "The service is busy; try again", "ProblemBody", &[Code::Unavailable]),
    ("Problem", 0, "Anything else that went wrong; decide by `code`", "ProblemBody", &[Code::Internal]),
];

/// Everything under `components/responses`.
pub(super) fn shared_responses() -> Map<String, Value> {
    SHARED
        .iter()
        .map(|(name, status, description, schema, codes)| {
            let names = codes.iter().map(|code| code.as_str());
            let mut response = json!({ "description": description, "content": content(schema, names) });
            let headers: &[&str] = match status {
                401 => &["WWW-Authenticate"],
                412 => &["ETag"],
                429 | 503 => &["Retry-After"],
                _ => &[],
            };
            let headers = headers.iter().filter(|name| **name != "ETag").chain(&["X-Request-Id", "Content-Language"]);
            response["headers"] = headers.map(|name| header(name)).collect();
            ((*name).to_owned(), response)
        })
        .collect()
}

fn content<'n>(schema: &str, examples: impl IntoIterator<Item = &'n str>) -> Value {
    let examples: Map<String, Value> = examples.into_iter().map(|name| (name.to_owned(), reference("examples", name))).collect();
    json!({ JSON: { "schema": reference("schemas", schema), "examples": examples } })
}

/// Every refusal an operation may answer, where the handler has not said it already.
pub(super) fn dress(facts: &Facts<'_>, responses: &mut Map<String, Value>) {
    let mut shared: Vec<(&str, &str)> = vec![("429", "TooManyRequests"), ("default", "Problem")];
    if facts.signed_in {
        shared.extend([("401", "InvalidToken"), ("403", "Forbidden"), ("503", "Unavailable")]);
    }
    if facts.public {
        shared.push(("503", "Unavailable"));
    }
    match facts.body.as_deref() {
        Some("FileBytes") => shared.extend([("413", "FileTooLarge"), ("415", "FileNotTaken")]),
        Some(_) => shared.extend([("413", "PayloadTooLarge"), ("415", "UnsupportedMediaType")]),
        None => {}
    }
    if facts.signed_in || facts.body.is_some() || facts.asks || responses.contains_key("400") {
        let name = match facts {
            Facts { id: "admit_members" | "answer_checklist", .. } => "BadBatch",
            Facts { paged: true, .. } => "BadPage",
            Facts { body: Some(_), .. } => "BadRequest",
            _ => "BadParameter",
        };
        shared.push(("400", name));
    }
    if facts.versioned {
        shared.extend([("412", "VersionMismatch"), ("428", "VersionRequired")]);
    }
    for (status, name) in shared {
        // OAuth has errors of its own.
        if responses.get(status).is_none_or(is_problem) {
            responses.insert(status.into(), reference("responses", name));
        }
    }
    // Who has no account has neither a reach nor a key that is hers alone.
    if facts.command && facts.signed_in {
        for (status, description) in [
            ("404", "It is not there, or what was done before with this Idempotency-Key is out of your reach now"),
            ("422", "The Idempotency-Key was used for another request"),
        ] {
            responses
                .entry(status)
                .or_insert_with(|| json!({ "description": description, "content": content("ProblemBody", []) }));
        }
    }
    for (status, response) in responses.iter_mut().filter(|(_, response)| is_problem(response)) {
        let (schema, names) = match status.as_str() {
            "404" => ("ProblemBody", vec![Code::NotFound.to_string()]),
            "409" => conflicts(facts),
            "422" => ("ProblemBody", wrong_fields(facts)),
            "503" => ("ProblemBody", vec![Code::Unavailable.to_string()]),
            _ => continue,
        };
        response["content"] = content(schema, names.iter().map(String::as_str));
    }
    for (status, response) in responses.iter_mut() {
        if let Some(media) = response.pointer_mut("/content/application~1json")
            && media["schema"]["$ref"].as_str().is_some_and(|it| it.ends_with("/OAuthErrorBody"))
        {
            let examples = OAUTH.iter().filter(|(said, ..)| *said == status.as_str());
            media["examples"] = examples.map(|(_, name, ..)| ((*name).to_owned(), reference("examples", name))).collect();
        }
    }
}

/// Refusals of a token: status, name of the example, `error` and `code`.
const OAUTH: [(&str, &str, &str, Code); 6] = [
    ("400", "invalid_grant", "invalid_grant", Code::InvalidCredentials),
    ("400", "invalid_request", "invalid_request", Code::BadRequest),
    ("400", "unauthorized_client", "unauthorized_client", Code::Forbidden),
    ("401", "invalid_client", "invalid_client", Code::InvalidCredentials),
    ("429", "temporarily_unavailable", "temporarily_unavailable", Code::TooManyRequests),
    ("429", "account_locked", "invalid_grant", Code::AccountLocked),
];

fn is_problem(response: &Value) -> bool {
    response["content"].get(JSON).is_some()
}

/// The codes of 409 that can come, and the shape they have.
fn conflicts(facts: &Facts<'_>) -> (&'static str, Vec<String>) {
    let confirmed = CONFIRMED.contains(&facts.id);
    let mut names: Vec<&str> = Vec::new();
    if confirmed {
        names.push("confirmation_required");
    }
    if NUMBERED.contains(&facts.id) {
        names.push("national_id_in_use");
    }
    names.extend(HELD.iter().filter(|(id, _)| *id == facts.id).map(|(_, name)| *name));
    if facts.acts {
        names.push("invalid_transition");
    }
    if facts.conflicts {
        names.push("conflict");
    }
    // Of a batch, each row may have an id of the caller's making.
    if facts.makes_ids || matches!(facts.id, "admit_members" | "answer_checklist") {
        names.push("id_in_use");
    }
    (if confirmed { "ConfirmationOrConflict" } else { "ConflictProblem" }, names.into_iter().map(str::to_owned).collect())
}

fn wrong_fields(facts: &Facts<'_>) -> Vec<String> {
    let mut names: Vec<String> = facts.body.iter().map(|body| about_a_field(body)).collect();
    if facts.command && facts.signed_in {
        names.push(Code::IdempotencyKeyReused.to_string());
    }
    names
}

/// The name of the example that is about a field of this body.
fn about_a_field(body: &str) -> String {
    format!("{}_{body}", Code::InvalidBody)
}

/// Problems that say more than all do. Each has the members of `ProblemBody` written out: no inheritance.
pub(super) fn add_schemas(schemas: &mut Map<String, Value>) {
    let Some(base) = schemas.get("ProblemBody").cloned() else { return };
    let text = || json!({ "type": "string" });
    let id = || json!({ "$ref": format!("{SCHEMAS}Id") });
    let said = |schema: Value, description: &str| {
        let mut schema = schema;
        schema["description"] = description.into();
        schema
    };
    let day = || json!({ "type": ["string", "null"], "format": "date" });
    schemas.insert(
        "Warning".into(),
        json!({
            "type": "object", "description": "Something that may be wrong, and that you can confirm to be right.",
            "required": ["code", "pointer", "detail", "facts"],
            "properties": {
                "code": said(text(), "Stable and never translated; labels: `GET /code-lists/warnings`."),
                "pointer": said(text(), "JSON Pointer into the body."),
                "detail": said(text(), "For people, in the language asked for."),
                "facts": { "type": "object", "additionalProperties": true, "description": "What it is about, by `code`: `members` of a `look_alike` or a `former_member`, `posts` of `holds_posts`." },
            },
        }),
    );
    schemas.insert(
        "ExistingMember".into(),
        json!({
            "type": "object", "description": "The member who has the number already.", "required": ["member_id", "full_name", "unit"],
            "properties": {
                "member_id": id(), "full_name": text(),
                "unit": { "oneOf": [{ "type": "null" }, { "$ref": format!("{SCHEMAS}UnitRef") }] },
            },
        }),
    );
    schemas.insert(
        "Holder".into(),
        json!({
            "type": "object", "description": "Who holds the post, or looks after the unit, now.", "required": ["member_id", "full_name"],
            "properties": {
                "appointment_id": id(), "assignment_id": id(), "member_id": id(), "full_name": text(),
                "starts_on": { "type": "string", "format": "date" }, "ends_on": day(),
                "valid_from": { "type": "string", "format": "date" }, "valid_to": day(),
            },
        }),
    );
    let mut add = |name: &str, description: &str, more: Value, needed: &[&str]| {
        let mut schema = base.clone();
        schema["description"] = description.into();
        if let (Some(properties), Value::Object(more)) = (schema["properties"].as_object_mut(), more) {
            properties.extend(more);
        }
        if let Some(required) = schema["required"].as_array_mut() {
            required.extend(needed.iter().map(|name| Value::from(*name)));
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("additionalProperties");
        }
        schemas.insert(name.into(), schema);
    };
    add(
        "ForbiddenProblem",
        "Your role may not, or something must be done first.",
        json!({ "must_change_password": said(json!({ "type": "boolean" }), "There when the password must be changed before anything else.") }),
        &[],
    );
    add(
        "MediaTypeProblem",
        "The body is of a kind that is not taken.",
        json!({ "accepted": said(json!({ "type": "array", "items": text() }), "Media types that are.") }),
        &[],
    );
    add(
        "VersionProblem",
        "It was changed since you read it: enough to read it again and merge.",
        json!({
            "current_version": said(json!({ "type": "integer", "format": "int64" }), "The version that is there now."),
            "changed_fields": said(json!({ "type": "array", "items": text() }), "Fields that were changed since your version."),
            "changed_at": { "oneOf": [{ "type": "null" }, { "$ref": format!("{SCHEMAS}Instant") }], "description": "When it was changed last." },
            "changed_by_role": said(json!({ "type": ["string", "null"] }), "The role of whoever changed it last; labels: `GET /code-lists/roles`."),
        }),
        &["current_version", "changed_fields", "changed_at", "changed_by_role"],
    );
    add(
        "ConfirmationProblem",
        "Something may be wrong. Show the warnings; if they are right, send the same request again with `Confirm: <confirmation_token>`.",
        json!({
            "warnings": said(json!({ "type": "array", "items": { "$ref": format!("{SCHEMAS}Warning") } }), "What to look at."),
            "confirmation_token": said(text(), "For the header `Confirm`: good for exactly this request and these warnings."),
        }),
        &["warnings", "confirmation_token"],
    );
    add(
        "ConflictProblem",
        "It contradicts what is there.",
        json!({
            "allowed_actions": said(json!({ "type": "array", "items": { "$ref": format!("{SCHEMAS}AllowedAction") } }), "What can be done instead, now, by you."),
            "existing": { "$ref": format!("{SCHEMAS}ExistingMember"), "description": "With `national_id_in_use`, where you may know who it is." },
            "holder": { "$ref": format!("{SCHEMAS}Holder"), "description": "With `conflict`, where a post or a unit is taken." },
        }),
        &[],
    );
    let conflicts = Code::ALL.iter().filter(|code| code.status().as_u16() == 409);
    let mapping: Map<String, Value> = conflicts
        .map(|code| {
            let name = if *code == Code::ConfirmationRequired { "ConfirmationProblem" } else { "ConflictProblem" };
            (code.to_string(), format!("{SCHEMAS}{name}").into())
        })
        .collect();
    schemas.insert(
        "ConfirmationOrConflict".into(),
        json!({
            "description": "Told apart by `code`: `confirmation_required` can be confirmed, anything else cannot.",
            "oneOf": [{ "$ref": format!("{SCHEMAS}ConfirmationProblem") }, { "$ref": format!("{SCHEMAS}ConflictProblem") }],
            "discriminator": { "propertyName": "code", "mapping": mapping },
        }),
    );
    // So that exactly one of the two fits, and a client can decide by `code`.
    let confirm = Code::ConfirmationRequired.as_str();
    let others: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.status().as_u16() == 409 && code.as_str() != confirm)
        .map(|code| code.as_str())
        .collect();
    for (name, values) in [("ConfirmationCode", vec![confirm]), ("ConflictCode", others)] {
        schemas.insert(name.into(), json!({ "type": "string", "enum": values }));
    }
    for (name, code) in [("ConfirmationProblem", "ConfirmationCode"), ("ConflictProblem", "ConflictCode")] {
        if let Some(property) = schemas.get_mut(name).map(|schema| &mut schema["properties"]["code"]) {
            *property = json!({ "$ref": format!("{SCHEMAS}{code}"), "description": property["description"] });
        }
    }
}

/// Examples of all problems, in one language. `document` has the bodies they are about.
pub(super) fn examples(document: &Value, locale: Locale) -> Map<String, Value> {
    let uuid = sample::uuid("request_id");
    let tell = |problem: &Problem, instance: &str| json!({ "summary": problem.code().label(locale), "value": problem.to_json(locale, &uuid, instance) });
    let (member, unit) = (sample::uuid("member_id"), sample::uuid("unit_id"));
    let members = "/api/v1/members";
    let her = format!("{members}/{member}");
    let one = |problem: Problem, instance: &str| (problem.code().to_string(), tell(&problem, instance));
    let mut examples: Map<String, Value> = [
        one(Problem::say(Code::BadRequest, "Không phải JSON: dòng 3, cột 18", "Not JSON: line 3, column 18"), members),
        one(
            Problem::new(Code::UnknownParameter).with_errors(vec![FieldError::parameter(
                "statsu",
                "unknown_parameter",
                Text::new("Không có tham số này; có phải là status?", "There is no such parameter; did you mean status?"),
            )]),
            members,
        ),
        one(Problem::parameter("limit", "range", "Phải từ 1 đến 200", "Must be 1 to 200"), members),
        one(Problem::new(Code::CursorInvalid), members),
        one(Problem::new(Code::CursorMismatch), members),
        one(Problem::new(Code::IdempotencyKeyRequired), "/api/v1/members/batch"),
        one(Problem::new(Code::InvalidToken), members),
        one(Problem::new(Code::Forbidden), members),
        one(Problem::not_found(), &her),
        one(Problem::new(Code::Conflict), &her),
        one(
            Problem::new(Code::InvalidTransition).with("allowed_actions", json!([AllowedAction::update(her.clone())])),
            &format!("{her}/departures"),
        ),
        one(Problem::new(Code::IdInUse), members),
        one(
            Problem::say(Code::NationalIdInUse, "Đã là hội viên: Nguyễn Thị Hòa", "She is a member already: Nguyễn Thị Hòa")
                .with(
                    "existing",
                    json!({ "member_id": member, "full_name": "Nguyễn Thị Hòa",
                        "unit": { "id": unit, "kind": "branch", "code": null, "name": "Chi hội Đường Đệ" } }),
                ),
            members,
        ),
        one(
            Problem::new(Code::ConfirmationRequired)
                .with(
                    "warnings",
                    json!([{
                        "code": "look_alike", "pointer": "/full_name",
                        "detail": { "vi": "Đã có hội viên cùng họ tên và ngày sinh",
                                    "en": "There is a member with the same name and date of birth" },
                        "facts": { "members": [{ "member_id": member, "full_name": "Nguyễn Thị Hòa", "unit_id": unit }] },
                    }]),
                )
                .with("confirmation_token", "3q2-7wAAAAB5bGnxZJ0v2sUuQb1k9dYpZ4tC8mXeVfE"),
            members,
        ),
        one(
            Problem::new(Code::VersionMismatch)
                .with("current_version", 4)
                .with("changed_fields", vec!["address", "phone"])
                .with("changed_at", "2026-03-08T02:15:00.000Z")
                .with("changed_by_role", "base_president"),
            &her,
        ),
        one(Problem::new(Code::PayloadTooLarge), "/api/v1/members/batch"),
        one(
            Problem::say(
                Code::UnsupportedMediaType,
                "Content-Type phải là application/json",
                "Content-Type must be application/json",
            )
            .with("accepted", vec!["application/json"]),
            members,
        ),
        one(Problem::new(Code::IdempotencyKeyReused), members),
        one(Problem::new(Code::VersionRequired), &her),
        one(Problem::new(Code::TooManyRequests), members),
        one(Problem::new(Code::Internal), members),
        one(Problem::new(Code::Unavailable), members),
    ]
    .into_iter()
    .collect();
    for (name, pointer, place, path) in [
        ("post_taken", "/post", "appointment_id", "/api/v1/appointments"),
        ("unit_taken", "/unit_id", "assignment_id", "/api/v1/unit-assignments"),
    ] {
        let text = Text::new("Nguyễn Thị Hòa đang đảm nhiệm từ 2025-09-01", "Nguyễn Thị Hòa is there since 2025-09-01");
        let (from, to) = if name == "post_taken" { ("starts_on", "ends_on") } else { ("valid_from", "valid_to") };
        let problem = Problem::say(Code::Conflict, text.vi.clone(), text.en.clone())
            .with_errors(vec![FieldError::body(pointer, name, text)])
            .with(
                "holder",
                json!({ place: sample::uuid(place), "member_id": member, "full_name": "Nguyễn Thị Hòa", from: "2025-09-01", to: null }),
            );
        examples.insert(name.into(), tell(&problem, path));
    }
    for (_, name, error, code) in OAUTH {
        let value = json!({ "error": error, "error_description": code.label(locale), "code": code, "request_id": uuid });
        examples.insert(name.into(), json!({ "summary": code.label(locale), "value": value }));
    }
    for (path, _, operation) in super::dress::operations(document) {
        let Some(body) = super::dress::body_of(operation) else { continue };
        let name = about_a_field(&body);
        if operation["responses"]["422"]["content"][JSON]["examples"].get(&name).is_some() && !examples.contains_key(&name) {
            let instance = path.replace("{id}", &uuid_of(path)).replace("{member_id}", &member);
            let wrong = wrong_field(&document["components"]["schemas"][&body]);
            examples.insert(name, tell(&Problem::fields(vec![wrong]), &instance));
        }
    }
    examples
}

/// An id as it may stand in this path.
fn uuid_of(path: &str) -> String {
    let collection = path.trim_start_matches(crate::app::API).split('/').nth(1).unwrap_or_default();
    sample::uuid(&format!("{}_id", collection.trim_end_matches('s').replace('-', "_")))
}

/// One field of this body, and what may be wrong with it: missing, where it must be there.
fn wrong_field(schema: &Value) -> FieldError {
    if schema.get("properties").is_none() {
        // Bytes have no fields.
        return FieldError::body("", "empty_file", Text::new("Tệp không có nội dung", "The file is empty"));
    }
    let names = || schema["properties"].as_object().into_iter().flat_map(Map::keys);
    let must = |name: &&String| {
        let required = schema["required"].as_array().is_some_and(|list| list.iter().any(|it| it == name.as_str()));
        required && !name.ends_with("_id") && *name != "kind"
    };
    match names().find(must) {
        Some(name) => FieldError::required(format!("/{name}")),
        None => {
            let name = names().find(|name| !name.ends_with("id")).or_else(|| names().next()).map_or("", String::as_str);
            FieldError::body(format!("/{name}"), "invalid_value", Text::new("Không đúng dạng", "Not of the right form"))
        }
    }
}
