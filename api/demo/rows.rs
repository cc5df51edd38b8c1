//! The rows that are written, one type a table, and how they get there: COPY on PostgreSQL, a prepared statement
//! on SQLite.

use chrono::NaiveDate;
use diesel::Insertable;

use crate::{
    db::{
        Id, Instant, TextList,
        schema::{
            accounts, appointments, complaint_alerts, complaint_handlers, complaint_parties, complaint_records,
            complaint_subjects, complaints, core_periods, field_visits, member_events, member_special_groups, members,
            memberships, qualifications, role_assignments, state_events, terms, unit_assignments, unit_bodies, unit_external_ids,
            unit_periods, unit_supports, unit_traits, unit_tree, units, women_populations,
        },
    },
    units::{Trait, UnitKind, UnitStatus},
};

/// Writes rows into a table.
macro_rules! put {
    ($connection:expr, $table:ident, $rows:expr) => {{
        let rows = &$rows[..];
        match &mut *$connection {
            $crate::db::AnyConnection::Sqlite(sqlite) => {
                for row in rows {
                    diesel::RunQueryDsl::execute(diesel::insert_into($crate::db::schema::$table::table).values(row), sqlite)?;
                }
            }
            $crate::db::AnyConnection::Postgres(postgres) => {
                if !rows.is_empty() {
                    diesel::ExecuteCopyFromDsl::execute(
                        diesel::copy_from($crate::db::schema::$table::table).from_insertable(rows),
                        postgres,
                    )?;
                }
            }
        }
    }};
}
pub(super) use put;

macro_rules! row {
    ($(#[$meta:meta])* $name:ident in $table:ident { $($field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub(super) struct $name { $(pub(super) $field: $type,)+ }
    };
}
pub(super) use row;

row! { UnitRow in units {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    kind: UnitKind,
    code: Option<String>,
    name: String,
    search_name: String,
    sort_key: Vec<u8>,
    parent_id: Option<Id>,
    status: UnitStatus,
    founded_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    phone: Option<String>,
    email: Option<String>,
    address: Option<String>,
}}

row! { PeriodRow in unit_periods {
    unit_id: Id,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    kind: UnitKind,
    code: Option<String>,
    name: String,
    search_name: String,
    sort_key: Vec<u8>,
    parent_id: Option<Id>,
    legal_basis: Option<&'static str>,
    recorded_at: Instant,
}}

row! { TreeRow in unit_tree {
    ancestor_id: Id,
    unit_id: Id,
    depth: i64,
}}

row! { TraitRow in unit_traits {
    unit_id: Id,
    trait_code: Trait,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}}

row! { PopulationRow in women_populations {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    basis: &'static str,
    women_count: i64,
    counted_on: NaiveDate,
    source: &'static str,
    estimated: bool,
    frozen_for_term_id: Option<Id>,
}}

row! { BodyRow in unit_bodies {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    kind: &'static str,
    name: &'static str,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}}

row! { ExternalIdRow in unit_external_ids {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    scheme: &'static str,
    value: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}}

row! { SupportRow in unit_supports {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    supporter_unit_id: Id,
    supported_unit_id: Id,
    reason: &'static str,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    result: Option<&'static str>,
}}

row! { TermRow in terms {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    ordinal: String,
    name: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
}}

row! { MemberRow in members {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    membership_no: String,
    kind: &'static str,
    status: &'static str,
    full_name: String,
    search_name: String,
    sort_key: Vec<u8>,
    sex: &'static str,
    born_on: NaiveDate,
    birth_precision: &'static str,
    national_id_sealed: Option<Vec<u8>>,
    national_id_hash: Option<Vec<u8>>,
    national_id_last3: Option<String>,
    national_id_reason: Option<&'static str>,
    phone: Option<String>,
    address: Option<String>,
    residential_area: Option<String>,
    residence_kind: &'static str,
    occupation_code: Option<&'static str>,
    ethnic_group_code: Option<&'static str>,
    religion_code: Option<&'static str>,
    sensitive_consent_on: Option<NaiveDate>,
    special_groups: TextList,
    is_core: bool,
    unit_id: Id,
    joined_on: NaiveDate,
    left_on: Option<NaiveDate>,
    last_verified_on: Option<NaiveDate>,
}}

row! { MembershipRow in memberships {
    member_id: Id,
    valid_from: NaiveDate,
    step: i64,
    valid_to: Option<NaiveDate>,
    unit_id: Id,
    recorded_at: Instant,
}}

row! { EventRow in member_events {
    id: Id,
    member_id: Id,
    kind: &'static str,
    effective_on: NaiveDate,
    recorded_at: Instant,
    from_unit_id: Option<Id>,
    to_unit_id: Option<Id>,
    reason: Option<&'static str>,
    decision_no: Option<String>,
}}

row! { SpecialGroupRow in member_special_groups {
    member_id: Id,
    group_code: &'static str,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    recorded_at: Instant,
}}

row! { CoreRow in core_periods {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    end_reason: Option<&'static str>,
}}

row! { AppointmentRow in appointments {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    unit_id: Id,
    body_id: Option<Id>,
    post: &'static str,
    term_id: Option<Id>,
    manner: &'static str,
    is_full_time: bool,
    seat_kind: &'static str,
    sector: Option<&'static str>,
    decision_no: Option<String>,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    end_reason: Option<&'static str>,
    status: &'static str,
}}

row! { QualificationRow in qualifications {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    kind: &'static str,
    level: Option<&'static str>,
    field: Option<&'static str>,
    issuer: Option<&'static str>,
    certificate_no: Option<String>,
    obtained_on: NaiveDate,
}}

row! { AssignmentRow in unit_assignments {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    unit_id: Id,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    reason: Option<&'static str>,
}}

row! { VisitRow in field_visits {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    unit_id: Id,
    purpose: &'static str,
    status: &'static str,
    planned_on: NaiveDate,
    done_on: Option<NaiveDate>,
    findings: Option<&'static str>,
    cancel_reason: Option<&'static str>,
}}

row! { AccountRow in accounts {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    username: &'static str,
    display_name: String,
    password_hash: String,
    must_change_password: bool,
    password_changed_at: Option<Instant>,
    status: &'static str,
    member_id: Option<Id>,
}}

row! { RoleRow in role_assignments {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    principal_id: Id,
    role: crate::access::Role,
    unit_id: Id,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}}

row! { ComplaintRow in complaints {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    code: String,
    kind: &'static str,
    status: &'static str,
    receiving_unit_id: Id,
    owner_unit_id: Id,
    channel: &'static str,
    received_on: NaiveDate,
    received_by: Option<Id>,
    matter: Option<&'static str>,
    competence: Option<&'static str>,
    instance: i64,
    previous_id: Option<Id>,
    merged_into_id: Option<Id>,
    petitioner_count: i64,
    flags: TextList,
    complexity: &'static str,
    custody: &'static str,
    paper_ref: Option<String>,
    decision_unit_id: Option<Id>,
    known_on: Option<NaiveDate>,
    content_sealed: Option<Vec<u8>>,
    original_sealed: Option<Vec<u8>>,
    result: Option<&'static str>,
    result_sealed: Option<Vec<u8>>,
    forwarded_to: Option<&'static str>,
    accepted_on: Option<NaiveDate>,
    closed_on: Option<NaiveDate>,
    extended_count: i64,
}}

row! { PartyRow in complaint_parties {
    id: Id,
    complaint_id: Id,
    ordinal: i64,
    is_representative: bool,
    withdrawn_on: Option<NaiveDate>,
    was_coerced: bool,
}}

row! { SubjectRow in complaint_subjects {
    id: Id,
    complaint_id: Id,
    capacity: &'static str,
    member_id: Option<Id>,
    unit_id: Option<Id>,
    happened_on: Option<NaiveDate>,
    name_sealed: Option<Vec<u8>>,
}}

row! { AlertRow in complaint_alerts {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    complaint_id: Id,
    kind: &'static str,
    acknowledged_at: Option<Instant>,
    acknowledged_by: Option<Id>,
}}

row! { ComplaintRecordRow in complaint_records {
    id: Id,
    complaint_id: Id,
    kind: &'static str,
    happened_on: NaiveDate,
    recorded_at: Instant,
    recorded_by: Option<Id>,
    text_sealed: Option<Vec<u8>>,
    facts: String,
}}

row! { HandlerRow in complaint_handlers {
    id: Id,
    complaint_id: Id,
    account_id: Id,
    is_lead: bool,
    appointed_at: Instant,
    ended_at: Option<Instant>,
}}

row! { ComplaintStepRow in state_events {
    id: Id,
    object_id: Id,
    object_version: i64,
    recorded_at: Instant,
    action: &'static str,
    from_state: Option<&'static str>,
    to_state: &'static str,
    actor_role: Option<&'static str>,
    actor_id: Option<Id>,
    effective_on: Option<NaiveDate>,
    reason: Option<String>,
}}
