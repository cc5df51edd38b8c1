//! An example of each body, made from its schema: a property's own example where it has one, else what its name stands
//! for in the trade.

use serde_json::{Map, Value, json};

use super::fold::SCHEMAS;
use crate::keys::digest;

/// What every object begins with.
pub(super) const HEAD: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Values by the name of the property, where its schema has no example.
const BY_NAME: &[(&str, &str)] = &[
    ("access_token", "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk5YzJhNCJ9.c2lnbmF0dXJl"),
    ("address", "12 Đường Đệ, phường Vĩnh Hải"),
    ("actor_kind", "account"),
    ("client_secret", "Y4wVq0Hn8m2c1b6Zr3uTtXo9sKdPfLgEaQjWi7N5h_E"),
    ("code", "22330"),
    ("counted_on", "2025-12-31"),
    ("current_password", "con trâu đi trước cái cày"),
    ("date_of_birth", "1990-05-17"),
    ("decision_no", "25-QĐ/BTV"),
    ("effective_on", "2026-03-08"),
    ("email", "phunu.vinhhai@example.vn"),
    ("ends_on", "2030-09-01"),
    ("findings", "Chi hội sinh hoạt đều; cần hỗ trợ ghi chép sổ sách"),
    ("founded_on", "2025-07-01"),
    ("full_name", "Nguyễn Thị Hòa"),
    ("joined_on", "2015-10-20"),
    ("legal_basis", "Nghị quyết 1667/NQ-UBTVQH15"),
    ("name", "Chi hội Đường Đệ"),
    ("password", "con mèo nằm trên mái ngói"),
    ("phone", "+84901234567"),
    ("planned_on", "2026-04-15"),
    ("reason", "Theo nguyện vọng của hội viên"),
    ("refresh_token", "rt1.Y4wVq0Hn8m2c1b6Zr3uTtXo9sKdPfLgEaQjWi7N5h_E"),
    ("source", "Niên giám thống kê 2025, bảng 12"),
    ("starts_on", "2025-09-01"),
    ("token", "rt1.Y4wVq0Hn8m2c1b6Zr3uTtXo9sKdPfLgEaQjWi7N5h_E"),
    ("valid_from", "2026-01-01"),
];

/// Values of one property of one kind of object, where neither its schema nor its name says enough.
fn exactly(owner: &str, name: &str) -> Option<Value> {
    Some(match (owner, name) {
        ("Account", "locked_until") | ("Client", "jwks") | ("Appointment" | "OfficerPost", "ends_on" | "end_reason") => {
            Value::Null
        }
        ("AppointmentEnding", "ends_on") => json!("2026-03-08"),
        ("AuditChanges", "before") => json!({ "display_name": "Nguyễn Thị Hoa" }),
        ("AuditChanges", "after") => json!({ "display_name": "Nguyễn Thị Hòa" }),
        ("AuditEvent", "resource") => json!("accounts"),
        ("AuditEvent", "effective_on" | "reason" | "unit_id") => Value::Null,
        ("AuditEvent", "client_id") => json!("hoicoso-web"),
        ("AuditEvent", "request_id") => json!(uuid("request_id")),
        ("BaseUnitRates", "units_count") => json!(65),
        ("BaseUnitRates", "below_60_count") => json!(31),
        ("BaseUnitRates", "no_denominator_count" | "not_applicable_count") => json!(0),
        ("BatchResult", "index") => json!(0),
        ("BatchResult", "ref") => json!("row-17"),
        ("BatchResult", "status") => json!(201),
        ("Client" | "NewClient", "kind") => json!("service"),
        ("Client", "has_secret") => json!(true),
        ("GatheringRate", "numerator") => json!(4005),
        ("GatheringRate", "denominator") => json!(6540),
        ("GatheringRate", "reaches_60") => json!(true),
        ("GatheringRate", "gap_to_60") => json!(0),
        ("GatheringRate", "reason" | "frozen_for_term_id") | ("NewWomenPopulation" | "WomenPopulation", "frozen_for_term_id") => {
            Value::Null
        }
        ("MemberCounts", "regular_count") => json!(545),
        ("MemberCounts", "honorary_count") => json!(12),
        ("NewUnit", "kind") => json!("branch"),
        ("Qualification" | "NewQualification", "kind") => json!("professional"),
        ("Qualification" | "NewQualification", "level") => json!("university"),
        ("RoleAssignment" | "NewRoleAssignment" | "HeldRole", "role") => json!("base_president"),
        ("Unit", "kind") => json!("base"),
        ("UnitRef", "kind") => json!("branch"),
        ("UnitRef", "code") => Value::Null,
        _ => return None,
    })
}

/// What may be given, but not with the rest of the example.
const NOT_TOGETHER: &[(&str, &[&str])] = &[
    ("BatchResult", &["problem"]),
    ("FieldErrorBody", &["parameter", "header"]),
    ("Lookup", &["national_id", "phone"]),
    ("NewAppointment", &["ends_on", "sector"]),
    ("NewUnit", &["code"]),
    ("NewTitleStandard", &["valid_to"]),
    ("TitleStandardCorrectionPatch", &["valid_to"]),
    ("TokenForm", &["client_secret", "client_assertion", "client_assertion_type", "refresh_token", "scope"]),
    ("RevokeForm", &["token_type_hint", "client_secret"]),
    ("UnitChange", &["code"]),
];

/// What the caller may do with an object: one action of each kind of object, with its address.
const ACTIONS: &[(&str, &str, &str, &[&str])] = &[
    ("Account", "disable", "accounts/{id}/disablements", &["reason"]),
    ("Appointment", "end", "appointments/{id}/endings", &["ends_on", "reason"]),
    ("Client", "disable", "clients/{id}/disablements", &["reason"]),
    ("FieldVisit", "complete", "field-visits/{id}/completions", &["done_on", "findings"]),
    ("Member", "transfer", "members/{id}/transfers", &["to_unit_id", "effective_on"]),
    ("Qualification", "withdraw", "qualifications/{id}/withdrawals", &["withdrawn_on", "reason"]),
    ("RoleAssignment", "end", "role-assignments/{id}/endings", &[]),
    ("Term", "update", "terms/{id}", &[]),
    ("TitleStandard", "update", "title-standards/{id}", &[]),
    ("Unit", "close", "units/{id}/closures", &["effective_on", "legal_basis"]),
    ("UnitAssignment", "end", "unit-assignments/{id}/endings", &["valid_to"]),
    ("UnitBody", "end", "unit-bodies/{id}/endings", &["effective_on"]),
    ("UnitExternalId", "end", "unit-external-ids/{id}/endings", &["effective_on"]),
];

/// A UUIDv7 that is always the same for a name.
pub(super) fn uuid(name: &str) -> String {
    let tail: String = digest(&[name.as_bytes()]).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("0199c2a4-5b1e-7c3d-9f00-{tail}")
}

/// Makes examples of the named schemas of a description.
pub(super) struct Sampler<'d> {
    schemas: &'d Map<String, Value>,
    /// Requests show what must and what is usually given; answers show everything.
    request: bool,
}

impl<'d> Sampler<'d> {
    pub(super) fn new(schemas: &'d Map<String, Value>, request: bool) -> Self {
        Self { schemas, request }
    }

    /// An example of the schema of this name.
    pub(super) fn named(&self, name: &str) -> Value {
        match self.schemas.get(name) {
            Some(schema) => self.of(name, "", schema),
            None => Value::Null,
        }
    }

    /// `owner` is the nearest named schema, `name` that of the property.
    fn of(&self, owner: &str, name: &str, schema: &Value) -> Value {
        if let Some(value) = exactly(owner, name) {
            return value;
        }
        let own = schema["examples"].get(0).or_else(|| schema.get("example")).or_else(|| schema.get("const"));
        let name_of = |reference: &str| reference.strip_prefix(SCHEMAS).map(str::to_owned);
        if let Some(referred) = schema["$ref"].as_str().and_then(name_of) {
            return match referred.as_str() {
                "Id" => uuid(if name == "id" { owner } else { name }).into(),
                _ => self.schemas.get(&referred).map_or(Value::Null, |schema| self.of(&referred, name, schema)),
            };
        }
        if let Some(value) = own {
            return value.clone();
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let other = choices.iter().find(|choice| choice["type"] != "null");
            // Of what is often empty, what it would be is still worth seeing.
            return other.map_or(Value::Null, |choice| self.of(owner, name, choice));
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let known = BY_NAME.iter().find(|(known, _)| *known == name).map(|(_, value)| Value::from(*value));
        match kinds.iter().find(|kind| **kind != "null") {
            Some(&"string") => known.unwrap_or_else(|| {
                if kinds.contains(&"null") {
                    return Value::Null;
                }
                match schema["format"].as_str() {
                    Some("date") => "2026-03-08".into(),
                    Some("date-time") => "2026-03-08T02:15:00.000Z".into(),
                    Some("uuid") => uuid(name).into(),
                    _ => "…".into(),
                }
            }),
            Some(&"integer") => schema["minimum"].as_i64().filter(|least| *least > 0).unwrap_or(1).into(),
            Some(&"number") => 1.into(),
            Some(&"boolean") => matches!(name, "current" | "has_password" | "is_full_time" | "meets_standard").into(),
            Some(&"array") => match name {
                "masked_fields" | "missing" | "other_posts" => json!([]),
                "allowed_actions" => self.actions(owner),
                _ => json!([self.of(owner, name, &schema["items"])]),
            },
            Some(&"object") => self.object(owner, schema),
            _ => Value::Null,
        }
    }

    fn object(&self, owner: &str, schema: &Value) -> Value {
        let required = |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|it| it == name));
        let apart = NOT_TOGETHER.iter().find(|(known, _)| *known == owner).map_or(&[][..], |(_, names)| names);
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if apart.contains(&name.as_str()) || (self.request && name == "id") {
                continue;
            }
            let usual = property.get("examples").is_some()
                || property.get("example").is_some()
                || BY_NAME.iter().any(|(known, _)| known == name);
            if self.request && !required(name) && !usual {
                continue;
            }
            object.insert(name.clone(), self.of(owner, name, property));
        }
        object.into()
    }

    fn actions(&self, owner: &str) -> Value {
        let Some((_, action, place, requires)) = ACTIONS.iter().find(|(name, ..)| *name == owner) else { return json!([]) };
        let method = if *action == "update" { "PATCH" } else { "POST" };
        let href = format!("{}/{}", crate::app::API, place.replace("{id}", &uuid(owner)));
        json!([{ "action": action, "method": method, "href": href, "needs": ["If-Match"], "requires": requires }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_the_schema_says() {
        let schemas = json!({
            "Member": { "type": "object", "required": ["id", "full_name", "unit"], "properties": {
                "id": { "$ref": "#/components/schemas/Id" }, "full_name": { "type": "string", "example": "Lê Thị Lan" },
                "phone": { "type": ["string", "null"] }, "left_on": { "type": ["string", "null"], "format": "date" },
                "unit": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Unit" }] },
            } },
            "Unit": { "type": "object", "properties": { "kind": { "type": "string", "enum": ["base", "branch"] } } },
            "Id": { "type": "string", "format": "uuid" },
        });
        let schemas = schemas.as_object().unwrap();
        assert_eq!(
            Sampler::new(schemas, false).named("Member"),
            json!({ "id": uuid("Member"), "full_name": "Lê Thị Lan", "phone": "+84901234567", "left_on": null, "unit": { "kind": "base" } })
        );
        assert_eq!(
            Sampler::new(schemas, true).named("Member"),
            json!({ "full_name": "Lê Thị Lan", "phone": "+84901234567", "unit": {} })
        );
        assert_eq!(uuid::Uuid::parse_str(&uuid("x")).unwrap().get_version_num(), 7);
    }
}
