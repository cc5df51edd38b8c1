//! The rows of cases: every query but who may see them, which is [`super::visible`]'s.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, NullableExpressionMethods, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use serde_json::{Value, json};

use super::{
    machine::Acting,
    model::{CaseRow, RecordKind, RecusalGround, SubjectRow},
    views::{CaseFilters, ComplaintHandler, ComplaintRecord, ComplaintSubject},
    visible::{HANDLING, Onlooker},
};
use crate::{
    access::Role,
    db::{
        Id, Instant, Reader, Tx,
        schema::{
            complaint_alerts, complaint_handlers, complaint_parties, complaint_records, complaint_recusals, complaint_subjects,
            complaints, identity_disclosures, members, unit_tree,
        },
    },
    http::{Page, Problem, Result},
    keys::{Keys, Purpose},
    units::store::lineage,
};

/// Place in the list: day, then id.
pub(super) type ByDay = (NaiveDate, Id);

/// The cases that somebody may see.
pub(super) fn list(
    reader: &mut Reader<'_>,
    onlooker: &Onlooker,
    filters: &CaseFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<CaseRow, ByDay>> {
    let mut query = complaints::table.filter(onlooker.may_see()).select(CaseRow::as_select()).into_boxed();
    if let Some(unit) = filters.unit {
        query = query.filter(complaints::owner_unit_id.eq(unit));
    }
    if let Some(top) = filters.within {
        let below = unit_tree::table.filter(unit_tree::ancestor_id.eq(top)).select(unit_tree::unit_id);
        query = query.filter(complaints::owner_unit_id.eq_any(below));
    }
    if !filters.kind.is_empty() {
        query = query.filter(complaints::kind.eq_any(filters.kind.clone()));
    }
    if !filters.status.is_empty() {
        query = query.filter(complaints::status.eq_any(filters.status.clone()));
    }
    if let Some(code) = &filters.code {
        query = query.filter(complaints::code.eq(code.trim().to_uppercase()));
    }
    if let Some(account) = filters.handler_id {
        let hers = complaint_handlers::table
            .filter(complaint_handlers::account_id.eq(account))
            .filter(complaint_handlers::ended_at.is_null())
            .select(complaint_handlers::complaint_id);
        query = query.filter(complaints::id.eq_any(hers));
    }
    if let Some(day) = filters.received_from {
        query = query.filter(complaints::received_on.ge(day));
    }
    if let Some(day) = filters.received_to {
        query = query.filter(complaints::received_on.le(day));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => {
            query.filter(complaints::received_on.gt(day).or(complaints::received_on.eq(day).and(complaints::id.gt(id))))
        }
        (Some((day, id)), true) => {
            query.filter(complaints::received_on.lt(day).or(complaints::received_on.eq(day).and(complaints::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((complaints::received_on.desc(), complaints::id.desc()))
    } else {
        query.order((complaints::received_on.asc(), complaints::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &CaseRow| (row.received_on, row.id), None))
}

/// Keeps the row in its next version; the change is recorded before.
pub(super) fn save(tx: &mut Tx<'_>, row: &CaseRow) -> Result<()> {
    let seen = complaints::table.filter(complaints::id.eq(row.id)).filter(complaints::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set(row))?;
    Problem::unless_one(saved)
}

/// As what she acts in a case that she sees.
pub(super) fn acting(reader: &mut Reader<'_>, onlooker: &Onlooker, case: &CaseRow) -> Result<Acting> {
    let line = lineage(reader, case.owner_unit_id)?;
    let handles = handlers(reader, case.id)?.iter().any(|handler| handler.account_id == onlooker.account());
    let roles =
        HANDLING.into_iter().filter(|role| if handles { onlooker.holds_any(&[*role]) } else { onlooker.holds(*role, &line) });
    let above: Vec<Id> = line.iter().copied().filter(|unit| *unit != case.owner_unit_id || line.len() == 1).collect();
    Ok(Acting { roles: roles.collect(), is_superior: onlooker.holds(Role::Inspector, &above) })
}

// ---- handlers

/// The row of whoever handles a case.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_handlers)]
pub(super) struct HandlerRow {
    pub id: Id,
    pub complaint_id: Id,
    pub account_id: Id,
    pub is_lead: bool,
    pub appointed_at: Instant,
    pub ended_at: Option<Instant>,
}

/// Who handles it now, the lead first, then in the order of appointment.
pub(super) fn handlers(reader: &mut Reader<'_>, case: Id) -> Result<Vec<HandlerRow>> {
    reader.load(
        complaint_handlers::table
            .filter(complaint_handlers::complaint_id.eq(case))
            .filter(complaint_handlers::ended_at.is_null())
            .order((complaint_handlers::is_lead.desc(), complaint_handlers::id.asc()))
            .select(HandlerRow::as_select()),
    )
}

/// Appoints somebody, or makes her the lead.
pub(super) fn appoint(tx: &mut Tx<'_>, case: Id, account: Id, is_lead: bool) -> Result<()> {
    let now = handlers(&mut tx.read(), case)?;
    if is_lead {
        let lead = complaint_handlers::table.filter(complaint_handlers::complaint_id.eq(case));
        tx.execute(diesel::update(lead).set(complaint_handlers::is_lead.eq(false)))?;
    }
    match now.iter().find(|handler| handler.account_id == account) {
        Some(handler) => {
            let hers = complaint_handlers::table.filter(complaint_handlers::id.eq(handler.id));
            tx.execute(diesel::update(hers).set(complaint_handlers::is_lead.eq(is_lead || handler.is_lead)))?;
        }
        None => {
            let row = HandlerRow {
                id: Id::new(),
                complaint_id: case,
                account_id: account,
                is_lead: is_lead || now.is_empty(),
                appointed_at: tx.now(),
                ended_at: None,
            };
            tx.execute(diesel::insert_into(complaint_handlers::table).values(&row))?;
        }
    }
    Ok(())
}

/// Takes somebody off a case; her lead passes to the next. Whether anybody is left.
pub(super) fn dismiss(tx: &mut Tx<'_>, case: Id, account: Id) -> Result<bool> {
    let hers = complaint_handlers::table
        .filter(complaint_handlers::complaint_id.eq(case))
        .filter(complaint_handlers::account_id.eq(account))
        .filter(complaint_handlers::ended_at.is_null());
    let ended = (complaint_handlers::ended_at.eq(tx.now()), complaint_handlers::is_lead.eq(false));
    tx.execute(diesel::update(hers).set(ended))?;
    let left = handlers(&mut tx.read(), case)?;
    if let Some(next) = left.first()
        && !next.is_lead
    {
        let next = complaint_handlers::table.filter(complaint_handlers::id.eq(next.id));
        tx.execute(diesel::update(next).set(complaint_handlers::is_lead.eq(true)))?;
    }
    Ok(!left.is_empty())
}

/// Whoever keeps out of the one keeps out of the other.
pub(super) fn copy_recusals(tx: &mut Tx<'_>, from: Id, to: Id) -> Result<()> {
    let kept: Vec<(Id, RecusalGround)> = tx.read().load(
        complaint_recusals::table
            .filter(complaint_recusals::complaint_id.eq(from))
            .select((complaint_recusals::account_id, complaint_recusals::ground)),
    )?;
    for (account, ground) in kept {
        tx.execute(diesel::insert_into(complaint_recusals::table).values((
            complaint_recusals::id.eq(Id::new()),
            complaint_recusals::complaint_id.eq(to),
            complaint_recusals::account_id.eq(account),
            complaint_recusals::ground.eq(ground),
            complaint_recusals::recorded_at.eq(tx.now()),
        )))?;
    }
    Ok(())
}

// ---- what was done beside the steps

/// The row of a record.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_records)]
struct RecordRow {
    id: Id,
    complaint_id: Id,
    kind: RecordKind,
    happened_on: NaiveDate,
    recorded_at: Instant,
    recorded_by: Option<Id>,
    text_sealed: Option<Vec<u8>>,
    facts: String,
}

/// Keeps what was done on a day; the text is sealed.
pub(super) fn note(tx: &mut Tx<'_>, case: Id, kind: RecordKind, on: NaiveDate, text: Option<&str>, facts: Value) -> Result<()> {
    let id = Id::new();
    let row = RecordRow {
        id,
        complaint_id: case,
        kind,
        happened_on: on,
        recorded_at: tx.now(),
        recorded_by: tx.actor().id,
        text_sealed: text.map(|text| tx.keys().seal(Purpose::CaseText, text.as_bytes(), id.as_bytes())),
        facts: facts.to_string(),
    };
    tx.execute(diesel::insert_into(complaint_records::table).values(&row))?;
    Ok(())
}

/// What was done, the first first.
pub(super) fn records(reader: &mut Reader<'_>, keys: &Keys, case: Id) -> Result<Vec<ComplaintRecord>> {
    let rows: Vec<RecordRow> = reader.load(
        complaint_records::table
            .filter(complaint_records::complaint_id.eq(case))
            .order(complaint_records::id.asc())
            .select(RecordRow::as_select()),
    )?;
    Ok(rows
        .into_iter()
        .map(|row| ComplaintRecord {
            id: row.id,
            kind: row.kind,
            happened_on: row.happened_on,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            text: opened(keys, row.text_sealed.as_deref(), row.id),
            facts: serde_json::from_str(&row.facts).unwrap_or_else(|_| json!({})),
        })
        .collect())
}

pub(super) fn has_record(reader: &mut Reader<'_>, case: Id, kind: RecordKind) -> Result<bool> {
    let found: Option<Id> = reader.optional(
        complaint_records::table
            .filter(complaint_records::complaint_id.eq(case))
            .filter(complaint_records::kind.eq(kind))
            .select(complaint_records::id)
            .limit(1),
    )?;
    Ok(found.is_some())
}

/// What the petitioner has said of how it was handled.
pub(super) fn rating(reader: &mut Reader<'_>, case: Id) -> Result<Option<i64>> {
    let facts: Option<String> = reader.optional(
        complaint_records::table
            .filter(complaint_records::complaint_id.eq(case))
            .filter(complaint_records::kind.eq(RecordKind::Rating))
            .select(complaint_records::facts)
            .limit(1),
    )?;
    Ok(facts.and_then(|facts| serde_json::from_str::<Value>(&facts).ok()?["rating"].as_i64()))
}

/// The last day on which such a thing was done.
pub(super) fn last_day_of(reader: &mut Reader<'_>, case: Id, kind: RecordKind) -> Result<Option<NaiveDate>> {
    reader.one(
        complaint_records::table
            .filter(complaint_records::complaint_id.eq(case))
            .filter(complaint_records::kind.eq(kind))
            .select(diesel::dsl::max(complaint_records::happened_on)),
    )
}

/// A sealed text of a case.
pub(super) fn opened(keys: &Keys, sealed: Option<&[u8]>, id: Id) -> Option<String> {
    let plain = keys.open(Purpose::CaseText, sealed?, id.as_bytes())?;
    String::from_utf8(plain).ok()
}

// ---- petitioners

/// Who has withdrawn, by number, and whether under coercion.
pub(super) fn withdrawn(reader: &mut Reader<'_>, case: Id) -> Result<Vec<i64>> {
    reader.load(
        complaint_parties::table
            .filter(complaint_parties::complaint_id.eq(case))
            .filter(complaint_parties::withdrawn_on.is_not_null())
            .order(complaint_parties::ordinal.asc())
            .select(complaint_parties::ordinal),
    )
}

/// Petitioner number `ordinal`; her row is made when something is to be kept of her.
pub(super) fn party(tx: &mut Tx<'_>, case: Id, ordinal: i64) -> Result<Id> {
    let known = complaint_parties::table
        .filter(complaint_parties::complaint_id.eq(case))
        .filter(complaint_parties::ordinal.eq(ordinal))
        .select(complaint_parties::id);
    if let Some(id) = tx.read().optional(known)? {
        return Ok(id);
    }
    let id = Id::new();
    tx.execute(diesel::insert_into(complaint_parties::table).values((
        complaint_parties::id.eq(id),
        complaint_parties::complaint_id.eq(case),
        complaint_parties::ordinal.eq(ordinal),
        complaint_parties::is_representative.eq(false),
        complaint_parties::withdrawn_on.eq(None::<NaiveDate>),
        complaint_parties::was_coerced.eq(false),
    )))?;
    Ok(id)
}

/// Keeps that petitioner number `ordinal` has withdrawn.
pub(super) fn withdraw(tx: &mut Tx<'_>, case: Id, ordinal: i64, on: NaiveDate, was_coerced: bool) -> Result<()> {
    let id = party(tx, case, ordinal)?;
    let hers = complaint_parties::table.filter(complaint_parties::id.eq(id));
    let gone = (complaint_parties::withdrawn_on.eq(Some(on)), complaint_parties::was_coerced.eq(was_coerced));
    tx.execute(diesel::update(hers).set(gone))?;
    Ok(())
}

/// Those of the first `count` petitioners speak for all.
pub(super) fn represent(tx: &mut Tx<'_>, case: Id, count: i64) -> Result<()> {
    for ordinal in 1..=count {
        let id = party(tx, case, ordinal)?;
        let hers = complaint_parties::table.filter(complaint_parties::id.eq(id));
        tx.execute(diesel::update(hers).set(complaint_parties::is_representative.eq(true)))?;
    }
    Ok(())
}

pub(super) fn representatives(reader: &mut Reader<'_>, case: Id) -> Result<i64> {
    reader.one(
        complaint_parties::table
            .filter(complaint_parties::complaint_id.eq(case))
            .filter(complaint_parties::is_representative.eq(true))
            .count(),
    )
}

// ---- whom it is about

pub(super) fn subject_rows(reader: &mut Reader<'_>, case: Id) -> Result<Vec<SubjectRow>> {
    reader.load(
        complaint_subjects::table
            .filter(complaint_subjects::complaint_id.eq(case))
            .order(complaint_subjects::id.asc())
            .select(SubjectRow::as_select()),
    )
}

/// Takes them all off, to be named anew by classification.
pub(super) fn drop_subjects(tx: &mut Tx<'_>, case: Id) -> Result<()> {
    tx.execute(diesel::delete(complaint_subjects::table.filter(complaint_subjects::complaint_id.eq(case))))?;
    Ok(())
}

pub(super) fn subjects(reader: &mut Reader<'_>, keys: &Keys, cases: &[Id]) -> Result<HashMap<Id, Vec<ComplaintSubject>>> {
    let rows: Vec<(SubjectRow, Option<String>)> = reader.load(
        complaint_subjects::table
            .left_join(members::table.on(members::id.nullable().eq(complaint_subjects::member_id)))
            .filter(complaint_subjects::complaint_id.eq_any(cases.to_vec()))
            .order(complaint_subjects::id.asc())
            .select((SubjectRow::as_select(), members::full_name.nullable())),
    )?;
    let mut found: HashMap<Id, Vec<ComplaintSubject>> = HashMap::new();
    for (row, name) in rows {
        found.entry(row.complaint_id).or_default().push(ComplaintSubject {
            capacity: row.capacity,
            member_id: row.member_id,
            unit_id: row.unit_id,
            happened_on: row.happened_on,
            name: name.or_else(|| opened(keys, row.name_sealed.as_deref(), row.id)),
        });
    }
    Ok(found)
}

pub(super) fn handlers_of(reader: &mut Reader<'_>, cases: &[Id]) -> Result<HashMap<Id, Vec<ComplaintHandler>>> {
    let rows: Vec<HandlerRow> = reader.load(
        complaint_handlers::table
            .filter(complaint_handlers::complaint_id.eq_any(cases.to_vec()))
            .filter(complaint_handlers::ended_at.is_null())
            .order((complaint_handlers::is_lead.desc(), complaint_handlers::id.asc()))
            .select(HandlerRow::as_select()),
    )?;
    let mut found: HashMap<Id, Vec<ComplaintHandler>> = HashMap::new();
    for row in rows {
        let handler = ComplaintHandler { account_id: row.account_id, is_lead: row.is_lead, appointed_at: row.appointed_at };
        found.entry(row.complaint_id).or_default().push(handler);
    }
    Ok(found)
}

/// The case and what has a trail of its own within it.
pub(super) fn ids_within(reader: &mut Reader<'_>, case: Id) -> Result<Vec<Id>> {
    let alerts: Vec<Id> =
        reader.load(complaint_alerts::table.filter(complaint_alerts::complaint_id.eq(case)).select(complaint_alerts::id))?;
    let disclosures: Vec<Id> = reader
        .load(identity_disclosures::table.filter(identity_disclosures::complaint_id.eq(case)).select(identity_disclosures::id))?;
    Ok([vec![case], alerts, disclosures].concat())
}
