//! Reading the audit trail: who did what, when, in which role and request.
//!
//! Everybody who may read it at all sees *that* something was changed and which fields; *what* they were is shown to
//! auditors, the provincial organisation board and presidents, each within her reach, and never secrets or citizen
//! numbers. An IT administrator sees metadata only.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web};
use chrono::{Days, NaiveDate};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper,
    TextExpressionMethods,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Access, Action, Resource, Role, Scope, View};
use crate::{
    db::{
        Db, Id, Instant, Reader,
        schema::{audit_events, unit_tree},
    },
    http::{List, Listing, Page, Paging, Query, Result, Shape, page},
    keys::{Keys, Purpose},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_audit_events);
}

/// One change of one object, or one sign-in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    pub id: Id,
    pub recorded_at: Instant,
    /// The civil day from which the change holds, where it has one.
    pub effective_on: Option<NaiveDate>,
    #[schema(example = "update")]
    pub action: String,
    #[schema(example = "units")]
    pub resource: String,
    pub resource_id: Id,
    pub resource_version: i64,
    /// Where it happened.
    pub unit_id: Option<Id>,
    /// `account`, `service`, `system` or `anonymous`.
    #[schema(example = "account")]
    pub actor_kind: String,
    pub actor_id: Option<Id>,
    /// The role that gave the right.
    #[schema(example = "base_president")]
    pub actor_role: Option<String>,
    pub client_id: Option<String>,
    pub request_id: String,
    /// Empty also when you may not see it: then it is in `masked_fields`.
    pub reason: Option<String>,
    #[schema(example = json!(["display_name"]))]
    pub changed_fields: Vec<String>,
    /// Values of the changed fields; empty also when you may not see them: then it is in `masked_fields`.
    pub changes: Option<AuditChanges>,
    /// What of this entry is hidden from you.
    pub masked_fields: Vec<&'static str>,
}

/// What the changed fields were, and became.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditChanges {
    #[schema(value_type = Object)]
    pub before: Map<String, Value>,
    #[schema(value_type = Object)]
    pub after: Map<String, Value>,
}

/// Filters of `GET /audit-events`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditFilters {
    /// Only changes of these kinds of objects.
    #[serde(default)]
    #[param(example = json!(["units"]))]
    pub resource: Vec<String>,
    /// Only changes of this object.
    pub resource_id: Option<Id>,
    /// Only these actions.
    #[serde(default)]
    pub action: Vec<String>,
    /// Only what this account or client did.
    pub actor_id: Option<Id>,
    /// Only what happened in this unit.
    pub unit_id: Option<Id>,
    /// Only what happened in this unit or below it.
    pub within: Option<Id>,
    /// From this day on.
    pub recorded_from: Option<NaiveDate>,
    /// Up to this day, itself included.
    pub recorded_to: Option<NaiveDate>,
}

/// List what was done
///
/// The youngest first; `sort=recorded_at` turns it round. Nothing of cases is in it: `GET /complaints/{id}/audit-events`. `auditor` and `it_admin` see the whole trail (the latter without
/// values and reasons), `province_org`, `province_leader` and `base_president` that of their units.
#[utoipa::path(tag = "audit", operation_id = "list_audit_events", params(AuditFilters, Paging, Shape), responses(
    (status = 200, description = "A page of the trail", body = Listing<AuditEvent>),
), security(("password" = [])))]
#[get("/audit-events")]
async fn list_audit_events(access: Access, db: web::Data<Db>, query: Query<AuditFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Audit)?;
    query.shape.check(FIELDS, &[])?;
    let limit = query.paging.limit()?;
    let ascending = query.paging.sort.is_some() && !query.paging.order("recorded_at")?;
    let (keys, caller) = (db.keys().clone(), access.principal().id);
    let after: Option<String> = page::start(&query, &keys, caller)?;
    let after = after.and_then(|place| place.parse().ok());
    let (filters, opening) = (query.filters.clone(), keys.clone());
    let found = db
        .read(move |reader| {
            let rows = list(reader, &scope, &filters, after, ascending, limit)?;
            views(reader, &scope, &opening, rows)
        })
        .await?;
    page::answer(&query, &keys, caller, found)
}

const FIELDS: &[&str] = &[
    "id",
    "recorded_at",
    "effective_on",
    "action",
    "resource",
    "resource_id",
    "resource_version",
    "unit_id",
    "actor_kind",
    "actor_id",
    "actor_role",
    "client_id",
    "request_id",
    "reason",
    "changed_fields",
    "changes",
    "masked_fields",
];

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
struct Row {
    id: Id,
    seq: Option<i64>,
    recorded_at: Instant,
    effective_on: Option<NaiveDate>,
    action: String,
    resource: String,
    resource_id: Id,
    resource_version: i64,
    unit_id: Option<Id>,
    actor_kind: String,
    actor_id: Option<Id>,
    actor_role: Option<String>,
    client_id: Option<String>,
    request_id: String,
    reason: Option<String>,
    changed_fields: String,
    changes_sealed: Option<Vec<u8>>,
}

/// What is recorded of cases and of who wrote them is told by the case itself, to whoever may see it: here it would tell its
/// subjects that there is one (domain guide 6.4). So it is not in this list for anybody, and no number of the trail is shown,
/// since its gaps would count it.
const CASES: &str = "complaint%";
const IDENTITIES: &str = "identit%";

/// The entries that this list is of.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn told() -> _ {
    let cases: &'static str = CASES;
    let identities: &'static str = IDENTITIES;
    audit_events::resource.not_like(cases).and(audit_events::resource.not_like(identities))
}

/// The beginning of a civil day in Vietnam (+07:00).
fn midnight(day: NaiveDate) -> Instant {
    Instant::from_millis(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()).plus_seconds(-7 * 3600)
}

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &AuditFilters,
    after: Option<i64>,
    ascending: bool,
    limit: i64,
) -> Result<Page<Row, String>> {
    // On PostgreSQL an entry has no number for a moment; until it has, it is not part of the trail.
    let mut query =
        audit_events::table.filter(audit_events::seq.is_not_null()).filter(told()).select(Row::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        let reach = unit_tree::table.filter(unit_tree::ancestor_id.eq_any(roots)).select(unit_tree::unit_id.nullable());
        query = query.filter(audit_events::unit_id.eq_any(reach));
    }
    if let Some(unit) = filters.within {
        let subtree = unit_tree::table.filter(unit_tree::ancestor_id.eq(unit)).select(unit_tree::unit_id.nullable());
        query = query.filter(audit_events::unit_id.eq_any(subtree));
    }
    if !filters.resource.is_empty() {
        query = query.filter(audit_events::resource.eq_any(filters.resource.clone()));
    }
    if let Some(id) = filters.resource_id {
        query = query.filter(audit_events::resource_id.eq(id));
    }
    if !filters.action.is_empty() {
        query = query.filter(audit_events::action.eq_any(filters.action.clone()));
    }
    if let Some(id) = filters.actor_id {
        query = query.filter(audit_events::actor_id.eq(id));
    }
    if let Some(id) = filters.unit_id {
        query = query.filter(audit_events::unit_id.eq(id));
    }
    if let Some(day) = filters.recorded_from {
        query = query.filter(audit_events::recorded_at.ge(midnight(day)));
    }
    if let Some(day) = filters.recorded_to {
        let end = day.checked_add_days(Days::new(1)).unwrap_or(day);
        query = query.filter(audit_events::recorded_at.lt(midnight(end)));
    }
    query = match (after, ascending) {
        (Some(seq), true) => query.filter(audit_events::seq.gt(seq)),
        (Some(seq), false) => query.filter(audit_events::seq.lt(seq)),
        (None, _) => query,
    };
    query = if ascending { query.order(audit_events::seq.asc()) } else { query.order(audit_events::seq.desc()) };
    let rows: Vec<Row> = reader.load(query.limit(limit + 1))?;
    // Of one length whatever the number: a cursor hides it, but not how long it is.
    Ok(Page::of(rows, limit, |row| format!("{:020}", row.seq.unwrap_or_default()), None))
}

/// What was done with one case and what belongs to it, the youngest first: who read it, too. Whether the caller may know is asked before.
pub(crate) fn of_case(reader: &mut Reader<'_>, ids: &[Id], limit: i64) -> Result<Vec<AuditEvent>> {
    let rows: Vec<Row> = reader.load(
        audit_events::table
            .filter(audit_events::resource_id.eq_any(ids.to_vec()))
            .filter(diesel::dsl::not(told()))
            .order((audit_events::recorded_at.desc(), audit_events::id.desc()))
            .select(Row::as_select())
            .limit(limit),
    )?;
    Ok(rows.into_iter().map(case_view).collect())
}

fn case_view(row: Row) -> AuditEvent {
    AuditEvent {
        id: row.id,
        recorded_at: row.recorded_at,
        effective_on: row.effective_on,
        action: row.action,
        resource: row.resource,
        resource_id: row.resource_id,
        resource_version: row.resource_version,
        unit_id: row.unit_id,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        actor_role: row.actor_role,
        client_id: row.client_id,
        request_id: row.request_id,
        reason: row.reason,
        changed_fields: serde_json::from_str(&row.changed_fields).unwrap_or_default(),
        changes: None,
        masked_fields: vec!["changes"],
    }
}

/// How much of an entry is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Depth {
    /// That it happened.
    Metadata,
    /// With values, but without what tells a person's private life.
    Values,
    /// With all values of one's own unit.
    Own,
}

fn depth(role: Role) -> Depth {
    match role {
        Role::BasePresident if role.view() >= View::Own => Depth::Own,
        Role::Auditor | Role::ProvinceOrg | Role::BasePresident => Depth::Values,
        _ => Depth::Metadata,
    }
}

fn views(reader: &mut Reader<'_>, scope: &Scope, keys: &Keys, rows: Page<Row, String>) -> Result<Page<AuditEvent, String>> {
    let units: Vec<Id> = rows.items.iter().filter_map(|row| row.unit_id).collect();
    let mut lineages: HashMap<Id, Vec<Id>> = HashMap::new();
    let pairs: Vec<(Id, Id)> = reader
        .load(unit_tree::table.filter(unit_tree::unit_id.eq_any(units)).select((unit_tree::unit_id, unit_tree::ancestor_id)))?;
    for (unit, ancestor) in pairs {
        lineages.entry(unit).or_default().push(ancestor);
    }
    Ok(rows.map(|row| {
        let lineage = row.unit_id.and_then(|unit| lineages.get(&unit)).map_or(&[][..], Vec::as_slice);
        let depth = scope
            .grants()
            .iter()
            .filter(|grant| grant.root.is_none_or(|root| lineage.contains(&root)))
            .map(|grant| depth(grant.role))
            .max()
            .unwrap_or(Depth::Metadata);
        view(row, depth, keys)
    }))
}

fn view(row: Row, depth: Depth, keys: &Keys) -> AuditEvent {
    let mut masked_fields = Vec::new();
    let (mut reason, mut changes) = (row.reason, None);
    if depth == Depth::Metadata {
        if reason.take().is_some() {
            masked_fields.push("reason");
        }
        if row.changes_sealed.is_some() {
            masked_fields.push("changes");
        }
    } else if let Some(sealed) = &row.changes_sealed {
        // What was erased, or sealed with a key that is gone, stays closed.
        let plain = keys.open(Purpose::AuditChanges, sealed, row.id.as_bytes());
        changes = plain.and_then(|plain| serde_json::from_slice::<AuditChanges>(&plain).ok());
        let mut hidden = changes.is_none();
        if let Some(AuditChanges { before, after }) = &mut changes {
            hidden = mask(before, depth) | mask(after, depth);
        }
        if hidden {
            masked_fields.push("changes");
        }
    }
    AuditEvent {
        id: row.id,
        recorded_at: row.recorded_at,
        effective_on: row.effective_on,
        action: row.action,
        resource: row.resource,
        resource_id: row.resource_id,
        resource_version: row.resource_version,
        unit_id: row.unit_id,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        actor_role: row.actor_role,
        client_id: row.client_id,
        request_id: row.request_id,
        reason,
        changed_fields: serde_json::from_str(&row.changed_fields).unwrap_or_default(),
        changes,
        masked_fields,
    }
}

/// Shown to nobody here, whoever put it into the trail.
const NEVER: &[&str] = &["national_id", "personal_id", "password", "secret", "hash", "sealed", "token"];
/// Of a person, shown in her own unit only (domain guide 6.5).
const PRIVATE: &[&str] =
    &["phone", "email", "address", "birth", "ethnic", "religio", "special_group", "consent", "household", "note"];

/// Covers what may not be shown; whether there was anything.
fn mask(values: &mut Map<String, Value>, depth: Depth) -> bool {
    let mut hidden = false;
    for (name, value) in values.iter_mut() {
        let named = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        // Whether a password must be changed is no password.
        let never = named(NEVER) && !value.is_boolean();
        if !value.is_null() && (never || (depth < Depth::Own && named(PRIVATE))) {
            *value = Value::String("***".into());
            hidden = true;
        } else if let Value::Object(inner) = value {
            hidden |= mask(inner, depth);
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(values: Value, depth: Depth) -> (Value, bool) {
        let Value::Object(mut map) = values else { panic!("an object") };
        let hidden = mask(&mut map, depth);
        (Value::Object(map), hidden)
    }

    #[test]
    fn secrets_are_shown_to_nobody_and_private_life_only_at_home() {
        let values = json!({ "national_id": "056190000001", "phone": "0905", "full_name": "Hoa", "must_change_password": true });
        assert_eq!(
            masked(values.clone(), Depth::Own),
            (json!({ "national_id": "***", "phone": "0905", "full_name": "Hoa", "must_change_password": true }), true)
        );
        assert_eq!(
            masked(values, Depth::Values),
            (json!({ "national_id": "***", "phone": "***", "full_name": "Hoa", "must_change_password": true }), true)
        );
        assert!(masked(json!({ "name": "a", "contact": { "phone": "1" } }), Depth::Values).1);
    }

    #[test]
    fn a_civil_day_begins_at_17_utc_of_the_day_before() {
        let day = NaiveDate::from_ymd_opt(2025, 7, 1).unwrap();
        assert_eq!(midnight(day).to_string(), "2025-06-30T17:00:00.000Z");
    }
}
