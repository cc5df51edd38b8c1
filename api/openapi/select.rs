//! Which part of an answer, and in which order: `fields`, `include` and `sort` with the values that each operation takes.

use serde_json::{Map, Value, json};

use super::fold::SCHEMAS;

/// The one order of each list. A test asks the service.
const SORTED: &[(&str, &str)] = &[
    ("list_accounts", "username"),
    ("list_appointments", "starts_on"),
    ("list_audit_events", "recorded_at"),
    ("list_certificates", "id"),
    ("list_clients", "client_id"),
    ("list_complaint_alerts", "created_at"),
    ("list_complaint_deadlines", "due_on"),
    ("list_complaint_messages", "id"),
    ("list_complaint_receipts", "id"),
    ("list_complaints", "received_on"),
    ("list_courses", "id"),
    ("list_deadline_policies", "valid_from"),
    ("list_enrolments", "id"),
    ("list_field_visits", "planned_on"),
    ("list_holiday_years", "year"),
    ("list_holidays", "day"),
    ("list_identity_disclosures", "id"),
    ("list_inspection_checklists", "code"),
    ("list_inspection_plans", "year"),
    ("list_inspections", "starts_on"),
    ("list_members", "name"),
    ("list_my_tasks", "due_on"),
    ("list_officers", "name"),
    ("list_remediations", "due_on"),
    ("list_terms", "starts_on"),
    ("list_theme_compliance", "name"),
    ("list_title_standards", "valid_from"),
    ("list_training_needs", "id"),
    ("list_training_plans", "id"),
    ("list_training_requirements", "id"),
    ("list_unit_assignments", "valid_from"),
    ("list_unit_bodies", "id"),
    ("list_unit_external_ids", "id"),
    ("list_unit_supports", "starts_on"),
    ("list_units", "name"),
    ("list_women_populations", "counted_on"),
];

/// What may be embedded. Whatever is not here takes no `include`.
const INCLUDED: &[(&str, &[&str])] = &[
    ("list_members", &["unit", "allowed_actions"]),
    ("get_member", &["unit"]),
    ("list_units", &["ancestors", "member_counts"]),
    ("get_unit", &["ancestors", "member_counts"]),
];

/// What comes with `include`, or once with what is made: no field to choose.
const EMBEDDED: [(&str, &str); 4] =
    [("Client", "client_secret"), ("Member", "unit"), ("Unit", "ancestors"), ("Unit", "member_counts")];

fn of<T: Copy>(table: &[(&str, T)], id: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == id).map(|(_, value)| *value)
}

/// Says what the three parameters take; leaves out those that take nothing.
pub(super) fn dress(schemas: &mut Map<String, Value>, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let fields = fields(schemas, operation);
    let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else { return };
    parameters.retain_mut(|parameter| match parameter["name"].as_str() {
        Some("sort") => of(SORTED, &id)
            .map(|name| parameter["schema"] = named(schemas, &format!("SortBy_{name}"), &[name, &format!("-{name}")]))
            .is_some(),
        Some("include") => of(INCLUDED, &id)
            .map(|names| {
                let together = names.join(",");
                let mut values = names.to_vec();
                if names.len() > 1 {
                    values.push(&together);
                }
                parameter["schema"] = named(schemas, &format!("Include_{}", names.join("_")), &values);
            })
            .is_some(),
        Some("fields") if fields.is_empty() => false,
        Some("fields") => {
            let one = fields.join("|");
            let few = fields.iter().filter(|name| !super::sample::HEAD.contains(&name.as_str())).take(2);
            let example = few.fold("id".to_owned(), |list, name| format!("{list},{name}"));
            parameter["schema"] = json!({ "type": "string", "pattern": format!("^({one})(,({one}))*$"), "examples": [example] });
            true
        }
        _ => true,
    });
}

/// The names that `fields` takes: the properties of what is answered.
fn fields(schemas: &Map<String, Value>, operation: &Value) -> Vec<String> {
    let name = |schema: &Value| schema["$ref"].as_str().and_then(|it| it.strip_prefix(SCHEMAS)).map(str::to_owned);
    let Some(answer) = name(&operation["responses"]["200"]["content"]["application/json"]["schema"]) else { return Vec::new() };
    // A page has a cursor; an object may have items of its own.
    let page = schemas.get(&answer).filter(|schema| schema["properties"].get("next").is_some());
    let item = page.and_then(|schema| name(&schema["properties"]["items"]["items"])).unwrap_or(answer);
    let properties = schemas.get(&item).and_then(|schema| schema["properties"].as_object());
    let own = |property: &&String| !EMBEDDED.contains(&(item.as_str(), property.as_str()));
    properties.into_iter().flat_map(Map::keys).filter(own).cloned().collect()
}

/// A closed set of words under a name.
fn named(schemas: &mut Map<String, Value>, name: &str, values: &[&str]) -> Value {
    let name: String = name.split(['_', ',']).map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    schemas.insert(name.clone(), json!({ "type": "string", "enum": values }));
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// Adds to `fields`, for people, the names that its pattern has.
pub(super) fn list_fields(document: &mut Value) {
    super::dress::each_operation(document, |_, _, operation| {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            if parameter["name"] != "fields" {
                continue;
            }
            let pattern = parameter["schema"]["pattern"].as_str().unwrap_or_default();
            let names = pattern.trim_start_matches("^(").split(')').next().unwrap_or_default().replace('|', "`, `");
            let said = parameter["description"].as_str().unwrap_or_default();
            parameter["description"] = format!("{said}\n\n`{names}`").into();
        }
    });
}
