//! Every query on the tables of units.

use chrono::NaiveDate;
use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, SelectableHelper, TextExpressionMethods, dsl::max,
};

use super::{
    bodies, external_ids,
    model::{
        NewUnit, Trait, UnitChange, UnitClosure, UnitContact, UnitFilters, UnitKind, UnitKindRule, UnitPeriod, UnitRef, UnitRow,
        UnitStatus,
    },
    rules,
};
use crate::{
    access::{Role, Scope},
    calendar::{today, within},
    db::{
        Cached, Change, Id, Instant, Reader, Tx,
        schema::{appointments, members, memberships, unit_kind_rules, unit_periods, unit_traits, unit_tree, units},
    },
    http::{AllowedAction, Code, FieldError, Locale, Page, Problem, Result, Text},
    text,
};

/// Place in a list by name: collation key, then id.
pub type ByName = (Vec<u8>, Id);

/// A unit and every unit above it, by id.
pub fn lineage(reader: &mut Reader<'_>, unit_id: Id) -> Result<Vec<Id>> {
    reader.load(unit_tree::table.filter(unit_tree::unit_id.eq(unit_id)).select(unit_tree::ancestor_id))
}

/// The unit's lineage if the scope reaches it; else it does not exist.
pub fn reach(reader: &mut Reader<'_>, scope: &Scope, unit_id: Id) -> Result<Vec<Id>> {
    let lineage = lineage(reader, unit_id)?;
    if !lineage.is_empty() && scope.reaches(&lineage) { Ok(lineage) } else { Err(Problem::not_found()) }
}

/// As [`reach`], for a unit that a body names: a wrong one is a wrong field, whether it is missing or out of reach.
pub fn reach_field(reader: &mut Reader<'_>, scope: &Scope, pointer: &str, unit_id: Id) -> Result<Vec<Id>> {
    reach(reader, scope, unit_id).map_err(|_| {
        Problem::field(
            pointer,
            "unknown_unit",
            "Không có đơn vị này trong phạm vi của bạn",
            "There is no such unit within your reach",
        )
    })
}

/// Today's row.
pub fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<UnitRow> {
    let row = reader.one(units::table.find(id).select(UnitRow::as_select()))?;
    reach(reader, scope, id)?;
    Ok(row)
}

/// The row as it was on a day: name, code, kind and parent of that day. 404 on a day when it did not stand.
pub fn find_as_of(reader: &mut Reader<'_>, scope: &Scope, id: Id, day: NaiveDate) -> Result<UnitRow> {
    let row = find(reader, scope, id)?;
    let period = reader.optional(
        unit_periods::table
            .filter(unit_periods::unit_id.eq(id))
            .filter(unit_periods::valid_from.le(day))
            .filter(unit_periods::valid_to.is_null().or(unit_periods::valid_to.gt(day)))
            .select(PERIOD),
    )?;
    period.map(|period| dated(row, period)).ok_or_else(Problem::not_found)
}

/// What a unit was on a day; none when it did not stand.
pub(super) fn kind_as_of(reader: &mut Reader<'_>, id: Id, day: NaiveDate) -> Result<Option<UnitKind>> {
    reader.optional(
        unit_periods::table
            .filter(unit_periods::unit_id.eq(id))
            .filter(unit_periods::valid_from.le(day))
            .filter(unit_periods::valid_to.is_null().or(unit_periods::valid_to.gt(day)))
            .select(unit_periods::kind),
    )
}

type Period = (UnitKind, Option<String>, String, Vec<u8>, Option<Id>);
const PERIOD: (unit_periods::kind, unit_periods::code, unit_periods::name, unit_periods::sort_key, unit_periods::parent_id) =
    (unit_periods::kind, unit_periods::code, unit_periods::name, unit_periods::sort_key, unit_periods::parent_id);

/// A row with the name, code, kind and parent of another day, on which it stood.
fn dated(row: UnitRow, (kind, code, name, sort_key, parent_id): Period) -> UnitRow {
    UnitRow { kind, code, name, sort_key, parent_id, status: UnitStatus::Active, ..row }
}

/// A page of units by name.
pub fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &UnitFilters,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Page<UnitRow, ByName>> {
    if filters.external_scheme.is_some() != filters.external_id.is_some() {
        return Err(Problem::parameter(
            "external_id",
            "scheme_and_id",
            "external_scheme và external_id phải đi cùng nhau",
            "external_scheme and external_id go together",
        ));
    }
    if filters.as_of.is_some() && !filters.status.is_empty() {
        return Err(Problem::parameter(
            "status",
            "not_with_as_of",
            "Không dùng cùng as_of: danh sách của một ngày chỉ gồm đơn vị hoạt động vào ngày đó",
            "Not with as_of: a list of a day holds the units that stood on that day",
        ));
    }
    let rows = match filters.as_of {
        None => list_today(reader, scope, filters, after, descending, limit)?,
        Some(day) => list_as_of(reader, scope, filters, day, after, descending, limit)?,
    };
    Ok(Page::of(rows, limit, |row| (row.sort_key.clone(), row.id), None))
}

/// `%part%` over folded names; what was typed is folded too, so it holds no wildcard.
fn pattern(part: &str) -> String {
    format!("%{}%", text::search_form(part))
}

fn list_today(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &UnitFilters,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Vec<UnitRow>> {
    let mut query = units::table.select(UnitRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query
            .filter(units::id.eq_any(unit_tree::table.filter(unit_tree::ancestor_id.eq_any(roots)).select(unit_tree::unit_id)));
    }
    if let Some(within) = filters.within {
        query =
            query.filter(units::id.eq_any(unit_tree::table.filter(unit_tree::ancestor_id.eq(within)).select(unit_tree::unit_id)));
    }
    if let Some(wanted) = filters.trait_code {
        query = query.filter(
            units::id.eq_any(
                unit_traits::table
                    .filter(unit_traits::trait_code.eq(wanted.as_str()))
                    .filter(unit_traits::valid_to.is_null())
                    .select(unit_traits::unit_id),
            ),
        );
    }
    if !filters.kind.is_empty() {
        query = query.filter(units::kind.eq_any(filters.kind.clone()));
    }
    if let (Some(scheme), Some(value)) = (filters.external_scheme, &filters.external_id) {
        query = query.filter(units::id.eq_any(external_ids::of_number(reader, scheme, value, today())?));
    }
    let statuses = if filters.status.is_empty() { vec![UnitStatus::Active] } else { filters.status.clone() };
    query = query.filter(units::status.eq_any(statuses));
    if let Some(parent) = filters.parent_id {
        query = query.filter(units::parent_id.eq(parent));
    }
    if let Some(code) = &filters.code {
        query = query.filter(units::code.eq(code));
    }
    if let Some(part) = &filters.q {
        query = query.filter(units::search_name.like(pattern(part)));
    }
    query = match (after, descending) {
        (Some((key, id)), false) => {
            query.filter(units::sort_key.gt(key.clone()).or(units::sort_key.eq(key).and(units::id.gt(id))))
        }
        (Some((key, id)), true) => {
            query.filter(units::sort_key.lt(key.clone()).or(units::sort_key.eq(key).and(units::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((units::sort_key.desc(), units::id.desc()))
    } else {
        query.order((units::sort_key.asc(), units::id.asc()))
    };
    reader.load(query.limit(limit + 1))
}

fn list_as_of(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &UnitFilters,
    day: NaiveDate,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Vec<UnitRow>> {
    let mut query = units::table
        .inner_join(unit_periods::table.on(unit_periods::unit_id.eq(units::id)))
        .filter(unit_periods::valid_from.le(day))
        .filter(unit_periods::valid_to.is_null().or(unit_periods::valid_to.gt(day)))
        .select((UnitRow::as_select(), PERIOD))
        .into_boxed();
    if let Some(roots) = scope.roots() {
        query = query
            .filter(units::id.eq_any(unit_tree::table.filter(unit_tree::ancestor_id.eq_any(roots)).select(unit_tree::unit_id)));
    }
    if let Some(wanted) = filters.trait_code {
        query = query.filter(
            units::id.eq_any(
                unit_traits::table
                    .filter(unit_traits::trait_code.eq(wanted.as_str()))
                    .filter(unit_traits::valid_from.le(day))
                    .filter(unit_traits::valid_to.is_null().or(unit_traits::valid_to.gt(day)))
                    .select(unit_traits::unit_id),
            ),
        );
    }
    if !filters.kind.is_empty() {
        query = query.filter(unit_periods::kind.eq_any(filters.kind.clone()));
    }
    if let Some(parent) = filters.parent_id {
        query = query.filter(unit_periods::parent_id.eq(parent));
    }
    if let Some(code) = &filters.code {
        query = query.filter(unit_periods::code.eq(code));
    }
    if let Some(part) = &filters.q {
        query = query.filter(unit_periods::search_name.like(pattern(part)));
    }
    if let (Some(scheme), Some(value)) = (filters.external_scheme, &filters.external_id) {
        query = query.filter(units::id.eq_any(external_ids::of_number(reader, scheme, value, day)?));
    }
    if let Some(top) = filters.within {
        query = query.filter(units::id.eq_any(subtree_as_of(reader, top, day)?));
    }
    query = match (after, descending) {
        (Some((key, id)), false) => {
            query.filter(unit_periods::sort_key.gt(key.clone()).or(unit_periods::sort_key.eq(key).and(units::id.gt(id))))
        }
        (Some((key, id)), true) => {
            query.filter(unit_periods::sort_key.lt(key.clone()).or(unit_periods::sort_key.eq(key).and(units::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((unit_periods::sort_key.desc(), units::id.desc()))
    } else {
        query.order((unit_periods::sort_key.asc(), units::id.asc()))
    };
    let rows: Vec<(UnitRow, Period)> = reader.load(query.limit(limit + 1))?;
    Ok(rows.into_iter().map(|(row, period)| dated(row, period)).collect())
}

/// Ids of a unit and all below it on a day, along the parents of that day.
pub fn subtree_as_of(reader: &mut Reader<'_>, top: Id, day: NaiveDate) -> Result<Vec<Id>> {
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        unit_id: Id,
    }
    let found: Vec<Found> = reader.load(
        Cached::sql(
            "WITH RECURSIVE tree(unit_id) AS ( \
               SELECT unit_id FROM unit_periods WHERE unit_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) \
               UNION \
               SELECT p.unit_id FROM unit_periods p JOIN tree ON p.parent_id = tree.unit_id \
               WHERE p.valid_from <= ? AND (p.valid_to IS NULL OR p.valid_to > ?)) \
             SELECT unit_id FROM tree",
        )
        .id(top)
        .day(day)
        .day(day)
        .day(day)
        .day(day),
    )?;
    Ok(found.into_iter().map(|found| found.unit_id).collect())
}

/// The units above each of these, from the top down to the parent, on a day: one query for each level of the tree.
pub fn ancestors_as_of(reader: &mut Reader<'_>, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Vec<UnitRef>>> {
    let mut known: HashMap<Id, (UnitRef, Option<Id>)> = HashMap::new();
    let mut wanted: Vec<Id> = ids.to_vec();
    while !wanted.is_empty() {
        type Row = (Id, UnitKind, Option<String>, String, Option<Id>);
        let rows: Vec<Row> = reader.load(
            unit_periods::table
                .filter(unit_periods::unit_id.eq_any(wanted))
                .filter(unit_periods::valid_from.le(day))
                .filter(unit_periods::valid_to.is_null().or(unit_periods::valid_to.gt(day)))
                .select((
                    unit_periods::unit_id,
                    unit_periods::kind,
                    unit_periods::code,
                    unit_periods::name,
                    unit_periods::parent_id,
                )),
        )?;
        let mut above: Vec<Id> = rows.iter().filter_map(|(.., parent)| *parent).collect();
        known.extend(rows.into_iter().map(|(id, kind, code, name, parent)| (id, (UnitRef { id, kind, code, name }, parent))));
        above.sort_unstable();
        above.dedup();
        above.retain(|id| !known.contains_key(id));
        wanted = above;
    }
    let parent_of = |id: &Id| known.get(id).and_then(|(_, parent)| *parent).and_then(|parent| known.get(&parent));
    Ok(ids
        .iter()
        .map(|id| {
            let mut path: Vec<UnitRef> =
                std::iter::successors(parent_of(id), |(unit, _)| parent_of(&unit.id)).map(|(unit, _)| unit.clone()).collect();
            path.reverse();
            (*id, path)
        })
        .collect())
}

/// Each unit with all above it, itself included.
pub fn lineages(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashMap<Id, Vec<Id>>> {
    let rows: Vec<(Id, Id)> = reader.load(
        unit_tree::table.filter(unit_tree::unit_id.eq_any(ids.to_vec())).select((unit_tree::unit_id, unit_tree::ancestor_id)),
    )?;
    let mut found: HashMap<Id, Vec<Id>> = HashMap::new();
    for (unit, above) in rows {
        found.entry(unit).or_default().push(above);
    }
    Ok(found)
}

/// Units in a few words, by id.
pub fn refs(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashMap<Id, UnitRef>> {
    type Row = (Id, UnitKind, Option<String>, String);
    let rows: Vec<Row> = reader.load(units::table.filter(units::id.eq_any(ids.to_vec())).select((
        units::id,
        units::kind,
        units::code,
        units::name,
    )))?;
    Ok(rows.into_iter().map(|(id, kind, code, name)| (id, UnitRef { id, kind, code, name })).collect())
}

/// Traits of several units on a day, sorted.
pub fn traits(reader: &mut Reader<'_>, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Vec<Trait>>> {
    let rows: Vec<(Id, Trait)> = reader.load(
        unit_traits::table
            .filter(unit_traits::unit_id.eq_any(ids.to_vec()))
            .filter(unit_traits::valid_from.le(day))
            .filter(unit_traits::valid_to.is_null().or(unit_traits::valid_to.gt(day)))
            .order((unit_traits::unit_id.asc(), unit_traits::trait_code.asc()))
            .select((unit_traits::unit_id, unit_traits::trait_code)),
    )?;
    let mut found: HashMap<Id, Vec<Trait>> = HashMap::new();
    for (id, wanted) in rows {
        found.entry(id).or_default().push(wanted);
    }
    Ok(found)
}

/// What the unit was called, from the first day on.
pub fn periods(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Vec<UnitPeriod>> {
    reach(reader, scope, id)?;
    type Row = (NaiveDate, Option<NaiveDate>, UnitKind, Option<String>, String, Option<Id>, Option<String>, Instant);
    let rows: Vec<Row> =
        reader.load(unit_periods::table.filter(unit_periods::unit_id.eq(id)).order(unit_periods::valid_from.asc()).select((
            unit_periods::valid_from,
            unit_periods::valid_to,
            unit_periods::kind,
            unit_periods::code,
            unit_periods::name,
            unit_periods::parent_id,
            unit_periods::legal_basis,
            unit_periods::recorded_at,
        )))?;
    Ok(rows
        .into_iter()
        .map(|(valid_from, valid_to, kind, code, name, parent_id, legal_basis, recorded_at)| UnitPeriod {
            valid_from,
            valid_to,
            kind,
            code,
            name,
            parent_id,
            legal_basis,
            recorded_at,
        })
        .collect())
}

/// Which kind may stand under which.
pub fn kind_rules(reader: &mut Reader<'_>) -> Result<Vec<UnitKindRule>> {
    type Row = (Option<UnitKind>, UnitKind, NaiveDate, Option<NaiveDate>);
    let rows: Vec<Row> = reader.load(
        unit_kind_rules::table
            .order((unit_kind_rules::child_kind.asc(), unit_kind_rules::parent_kind.asc(), unit_kind_rules::valid_from.asc()))
            .select((
                unit_kind_rules::parent_kind,
                unit_kind_rules::child_kind,
                unit_kind_rules::valid_from,
                unit_kind_rules::valid_to,
            )),
    )?;
    Ok(rows
        .into_iter()
        .map(|(parent_kind, child_kind, valid_from, valid_to)| UnitKindRule { parent_kind, child_kind, valid_from, valid_to })
        .collect())
}

/// Founds a unit.
pub fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewUnit) -> Result<UnitRow> {
    let day = new.founded_on;
    rules::check_effective_day("/founded_on", day, today())?;
    rules::check_code(new.kind, new.code.as_deref())?;
    let name = named("/name", &new.name)?;
    let mut lineage = Vec::new();
    let mut parent_kind = None;
    if let Some(parent) = new.parent_id {
        lineage = reach_field(&mut tx.read(), scope, "/parent_id", parent)?;
        let row: UnitRow = tx.read().one(units::table.find(parent).select(UnitRow::as_select()))?;
        if row.status == UnitStatus::Closed || row.founded_on > day {
            return Err(Problem::field(
                "/parent_id",
                "parent_not_active",
                "Đơn vị cấp trên không hoạt động vào ngày này",
                "The parent does not stand on that day",
            ));
        }
        parent_kind = Some(row.kind);
    } else if !scope.has_role_at(Role::ProvinceOrg, &[]) && !first_unit(tx)? {
        return Err(rules::wrong_parent(new.kind, None));
    }
    check_place(tx, new.kind, parent_kind, day)?;
    check_right(scope, &lineage, new.kind)?;
    if !new.traits.is_empty() {
        check_traits_right(scope, &lineage)?;
    }
    check_code_is_free(tx, id, new.code.as_deref(), day)?;

    let now = tx.now();
    let row = UnitRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        kind: new.kind,
        code: new.code.clone(),
        search_name: text::search_form(&name),
        sort_key: text::sort_key(&name),
        name,
        parent_id: new.parent_id,
        status: UnitStatus::Active,
        founded_on: day,
        closed_on: None,
        phone: new.phone.clone(),
        email: new.email.clone(),
        address: new.address.clone(),
    };
    tx.record(Change::new("create", "units", id, 1).at(id).on(day).because(new.legal_basis.clone()).after(new));
    insert(tx, &row, new.legal_basis.as_deref())?;
    for wanted in rules::distinct(&new.traits) {
        open_trait(tx, id, wanted, day)?;
    }
    Ok(row)
}

fn first_unit(tx: &mut Tx<'_>) -> Result<bool> {
    let any: Vec<Id> = tx.read().load(units::table.select(units::id).limit(1))?;
    Ok(any.is_empty())
}

/// The rows of a new unit: itself, its first period, its place in the tree.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &UnitRow, legal_basis: Option<&str>) -> Result<()> {
    tx.execute(diesel::insert_into(units::table).values(row))?;
    open_period(tx, row, row.founded_on, legal_basis)?;
    tx.execute(diesel::insert_into(unit_tree::table).values((
        unit_tree::ancestor_id.eq(row.id),
        unit_tree::unit_id.eq(row.id),
        unit_tree::depth.eq(0_i64),
    )))?;
    if let Some(parent) = row.parent_id {
        tx.execute(
            Cached::sql("INSERT INTO unit_tree (ancestor_id, unit_id, depth) SELECT ancestor_id, ?, depth + 1 FROM unit_tree WHERE unit_id = ?")
                .id(row.id)
                .id(parent),
        )?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = unit_periods)]
struct NewPeriod<'a> {
    unit_id: Id,
    valid_from: NaiveDate,
    kind: UnitKind,
    code: Option<&'a str>,
    name: &'a str,
    search_name: &'a str,
    sort_key: &'a [u8],
    parent_id: Option<Id>,
    legal_basis: Option<&'a str>,
    recorded_at: Instant,
}

fn open_period(tx: &mut Tx<'_>, row: &UnitRow, from: NaiveDate, legal_basis: Option<&str>) -> Result<()> {
    let recorded_at = tx.now();
    tx.execute(diesel::insert_into(unit_periods::table).values(NewPeriod {
        unit_id: row.id,
        valid_from: from,
        kind: row.kind,
        code: row.code.as_deref(),
        name: &row.name,
        search_name: &row.search_name,
        sort_key: &row.sort_key,
        parent_id: row.parent_id,
        legal_basis,
        recorded_at,
    }))?;
    Ok(())
}

fn open_trait(tx: &mut Tx<'_>, unit_id: Id, wanted: Trait, from: NaiveDate) -> Result<()> {
    tx.execute(diesel::insert_into(unit_traits::table).values((
        unit_traits::unit_id.eq(unit_id),
        unit_traits::trait_code.eq(wanted),
        unit_traits::valid_from.eq(from),
    )))?;
    Ok(())
}

/// What a place is like decides which title standard holds there: so it is the province that says it.
fn check_traits_right(scope: &Scope, lineage: &[Id]) -> Result<()> {
    if scope.has_role_at(Role::ProvinceOrg, lineage) {
        return Ok(());
    }
    let text = Text::new(
        "Đặc điểm địa bàn do Ban Tổ chức Hội tỉnh xác định",
        "The provincial organisation board says what a place is like",
    );
    let problem = Problem::say(Code::Forbidden, text.vi.clone(), text.en.clone());
    Err(problem.with_errors(vec![FieldError::body("/traits", "province_only", text)]))
}

/// Corrects contact and traits.
pub fn update(tx: &mut Tx<'_>, scope: &Scope, row: UnitRow, before: &UnitContact, after: &UnitContact) -> Result<UnitRow> {
    let lineage = reach(&mut tx.read(), scope, row.id)?;
    check_contact_right(scope, &lineage, row.kind)?;
    if before.traits != after.traits {
        check_traits_right(scope, &lineage)?;
    }
    let day = today();
    let row = UnitRow {
        version: row.version + 1,
        updated_at: tx.now(),
        phone: after.phone.clone(),
        email: after.email.clone(),
        address: after.address.clone(),
        ..row
    };
    tx.record(Change::new("update", "units", row.id, row.version).at(row.id).before(before).after(after));
    save(tx, &row)?;
    for gone in before.traits.iter().filter(|old| !after.traits.contains(old)) {
        let open = unit_traits::table
            .filter(unit_traits::unit_id.eq(row.id))
            .filter(unit_traits::trait_code.eq(*gone))
            .filter(unit_traits::valid_to.is_null());
        // One that was set today was a slip: it leaves no empty period behind.
        tx.execute(diesel::delete(open).filter(unit_traits::valid_from.eq(day)))?;
        tx.execute(diesel::update(open).set(unit_traits::valid_to.eq(day)))?;
    }
    for new in rules::distinct(&after.traits).iter().filter(|new| !before.traits.contains(new)) {
        // Taken away and set again on one day: the period goes on.
        let reopened = diesel::update(
            unit_traits::table
                .filter(unit_traits::unit_id.eq(row.id))
                .filter(unit_traits::trait_code.eq(*new))
                .filter(unit_traits::valid_to.eq(day)),
        )
        .set(unit_traits::valid_to.eq(None::<NaiveDate>));
        if tx.execute(reopened)? == 0 {
            open_trait(tx, row.id, *new, day)?;
        }
    }
    Ok(row)
}

/// From a day on, another name, code or kind: closes the open period and opens the next.
pub fn change(tx: &mut Tx<'_>, scope: &Scope, row: UnitRow, change: &UnitChange) -> Result<UnitRow> {
    let day = change.effective_on;
    rules::check_effective_day("/effective_on", day, today())?;
    if change.name.is_none() && change.code.is_none() && change.kind.is_none() {
        return Err(Problem::field(
            "",
            "nothing_changes",
            "Cần ít nhất một trong: name, code, kind",
            "At least one of name, code, kind is needed",
        ));
    }
    require_active(&row)?;
    let lineage = reach(&mut tx.read(), scope, row.id)?;
    let kind = change.kind.unwrap_or(row.kind);
    check_right(scope, &lineage, row.kind)?;
    check_right(scope, &lineage, kind)?;
    let since = open_period_start(tx, row.id)?;
    if day <= since {
        return Err(Problem::field(
            "/effective_on",
            "before_last_change",
            format!("Phải sau ngày thay đổi gần nhất ({since})"),
            format!("Must be after the last change ({since})"),
        ));
    }
    let name = change.name.as_deref().map(|name| named("/name", name)).transpose()?.unwrap_or_else(|| row.name.clone());
    let code = change.code.clone().or_else(|| row.code.clone());
    rules::check_code(kind, code.as_deref())?;
    if code != row.code {
        check_code_is_free(tx, row.id, code.as_deref(), day)?;
    }
    if kind != row.kind {
        let parent_kind = row.parent_id.map(|parent| tx.read().one(units::table.find(parent).select(units::kind))).transpose()?;
        check_place(tx, kind, parent_kind, day)?;
        check_contents(tx, &row, kind, day).map_err(|problem| instead(scope, &lineage, &row, problem))?;
    }
    let before = serde_json::json!({ "name": row.name, "code": row.code, "kind": row.kind });
    let row = UnitRow {
        version: row.version + 1,
        updated_at: tx.now(),
        kind,
        code,
        search_name: text::search_form(&name),
        sort_key: text::sort_key(&name),
        name,
        ..row
    };
    let after = serde_json::json!({ "name": row.name, "code": row.code, "kind": row.kind });
    tx.record(
        Change::new("change", "units", row.id, row.version)
            .at(row.id)
            .on(day)
            .because(Some(change.legal_basis.clone()))
            .before(&before)
            .after(&after),
    );
    close_period(tx, row.id, day)?;
    open_period(tx, &row, day, Some(&change.legal_basis))?;
    save(tx, &row)?;
    Ok(row)
}

/// Ends a unit without members and without active units below it.
pub fn close(tx: &mut Tx<'_>, scope: &Scope, row: UnitRow, closure: &UnitClosure) -> Result<UnitRow> {
    let day = closure.effective_on;
    rules::check_effective_day("/effective_on", day, today())?;
    require_active(&row)?;
    let lineage = reach(&mut tx.read(), scope, row.id)?;
    check_right(scope, &lineage, row.kind)?;
    let since = open_period_start(tx, row.id)?;
    if day <= since {
        return Err(Problem::field(
            "/effective_on",
            "before_last_change",
            format!("Phải sau ngày thay đổi gần nhất ({since})"),
            format!("Must be after the last change ({since})"),
        ));
    }
    check_is_empty(tx, &row).map_err(|problem| instead(scope, &lineage, &row, problem))?;
    if let Some(last) = last_day_of_life(tx, row.id)?.filter(|last| day < *last) {
        return Err(Problem::field(
            "/effective_on",
            "before_last_change",
            format!("Đơn vị còn hoạt động đến {last}; không được trước ngày này"),
            format!("There was life in it until {last}; must not be before that day"),
        ));
    }
    let row = UnitRow { version: row.version + 1, updated_at: tx.now(), status: UnitStatus::Closed, closed_on: Some(day), ..row };
    tx.record(
        Change::new("close", "units", row.id, row.version)
            .at(row.id)
            .on(day)
            .because(Some(closure.legal_basis.clone()))
            .before(&serde_json::json!({ "status": "active" }))
            .after(&serde_json::json!({ "status": "closed", "closed_on": day })),
    );
    close_period(tx, row.id, day)?;
    let of = super::posts::Of::Unit(row.id);
    super::posts::end_all(tx, of, day, "unit_closed")?;
    super::posts::end_assignments(tx, of, day)?;
    super::posts::cancel_visits(tx, of, "Đơn vị kết thúc hoạt động")?;
    bodies::end_all(tx, row.id, day)?;
    external_ids::end_all(tx, row.id, day)?;
    save(tx, &row)?;
    Ok(row)
}

/// Nothing active below it, no members.
fn check_is_empty(tx: &mut Tx<'_>, row: &UnitRow) -> Result<()> {
    let children: Vec<Id> = tx.read().load(
        units::table.filter(units::parent_id.eq(row.id)).filter(units::status.eq(UnitStatus::Active)).select(units::id).limit(1),
    )?;
    if !children.is_empty() {
        return Err(Problem::conflict(
            "",
            "has_units_below",
            "Còn đơn vị đang hoạt động bên dưới",
            "There are active units below it",
        ));
    }
    let members = super::counts::total(&mut tx.read(), row.id, &["active"], &[])?;
    if members > 0 {
        return Err(Problem::conflict(
            "",
            "has_members",
            format!("Còn {members} hội viên; hãy chuyển sinh hoạt trước"),
            format!("It still has {members} members; move them first"),
        ));
    }
    Ok(())
}

/// The last day on which something began or ended in it: a membership, a unit below it, an appointment.
fn last_day_of_life(tx: &mut Tx<'_>, id: Id) -> Result<Option<NaiveDate>> {
    type Days = (Option<NaiveDate>, Option<NaiveDate>);
    let stays: Days = tx.read().one(
        memberships::table.filter(memberships::unit_id.eq(id)).select((max(memberships::valid_from), max(memberships::valid_to))),
    )?;
    let below: Days = tx.read().one(
        unit_periods::table
            .filter(unit_periods::parent_id.eq(id))
            .select((max(unit_periods::valid_from), max(unit_periods::valid_to))),
    )?;
    let posts: Days = tx.read().one(
        appointments::table
            .filter(appointments::unit_id.eq(id))
            .select((max(appointments::starts_on), max(appointments::ends_on))),
    )?;
    Ok([stays.0, stays.1, below.0, below.1, posts.0, posts.1].into_iter().flatten().max())
}

/// What is in a unit must fit another kind of it, too: units below, members, people in posts, bodies.
fn check_contents(tx: &mut Tx<'_>, row: &UnitRow, kind: UnitKind, day: NaiveDate) -> Result<()> {
    let mut errors = Vec::new();
    let mut refuse = |code: &str, vi: String, en: String| errors.push(FieldError::body("/kind", code, Text::new(vi, en)));
    let below: Vec<UnitKind> = tx.read().load(
        units::table
            .filter(units::parent_id.eq(row.id))
            .filter(units::status.eq(UnitStatus::Active))
            .order(units::kind.asc())
            .select(units::kind)
            .distinct(),
    )?;
    for child in below {
        if check_place(tx, child, Some(kind), day).is_err() {
            let (above, label) = (kind.label(Locale::Vi), child.label(Locale::Vi));
            refuse(
                "child_does_not_fit",
                format!("{label} không đứng dưới {above}"),
                format!("{child} may not stand under {kind}"),
            );
        }
    }
    let members: i64 =
        tx.read().one(members::table.filter(members::unit_id.eq(row.id)).filter(members::status.eq("active")).count())?;
    if members > 0 && !kind.takes_members() {
        refuse(
            "unit_takes_no_members",
            format!("Còn {members} hội viên; {} không có hội viên riêng", kind.label(Locale::Vi)),
            format!("It has {members} members; a {kind} has none of its own"),
        );
    }
    let posts: i64 = tx
        .read()
        .one(appointments::table.filter(appointments::unit_id.eq(row.id)).filter(appointments::status.eq("held")).count())?;
    if posts > 0 && !rules::same_posts(row.kind, kind) {
        refuse(
            "posts_do_not_fit",
            "Còn người giữ chức danh mà loại đơn vị mới không có; hãy kết thúc việc giữ chức danh trước".into(),
            format!("People hold posts that a {kind} does not have; end their appointments first"),
        );
    }
    if !bodies::fit(tx, row.id, kind)? {
        refuse(
            "bodies_do_not_fit",
            "Còn ban mà loại đơn vị mới không có; hãy kết thúc các ban đó trước".into(),
            format!("It has bodies that a {kind} does not have; end them first"),
        );
    }
    match errors.first() {
        None => Ok(()),
        Some(_) => Err(Problem::say(
            Code::Conflict,
            "Những gì đang có trong đơn vị không hợp với loại mới",
            "What is in the unit does not fit the new kind",
        )
        .with_errors(errors)),
    }
}

fn require_active(row: &UnitRow) -> Result<()> {
    if row.status == UnitStatus::Active {
        Ok(())
    } else {
        Err(Problem::say(Code::InvalidTransition, "Đơn vị đã kết thúc hoạt động", "The unit is closed")
            .with("allowed_actions", Vec::<String>::new()))
    }
}

fn open_period_start(tx: &mut Tx<'_>, unit_id: Id) -> Result<NaiveDate> {
    tx.read().one(
        unit_periods::table
            .filter(unit_periods::unit_id.eq(unit_id))
            .filter(unit_periods::valid_to.is_null())
            .select(unit_periods::valid_from),
    )
}

fn close_period(tx: &mut Tx<'_>, unit_id: Id, day: NaiveDate) -> Result<()> {
    let open = unit_periods::table.filter(unit_periods::unit_id.eq(unit_id)).filter(unit_periods::valid_to.is_null());
    tx.execute(diesel::update(open).set(unit_periods::valid_to.eq(day)))?;
    Ok(())
}

fn save(tx: &mut Tx<'_>, row: &UnitRow) -> Result<()> {
    let seen = units::table.filter(units::id.eq(row.id)).filter(units::version.eq(row.version - 1));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        units::version.eq(row.version),
        units::updated_at.eq(row.updated_at),
        units::kind.eq(row.kind),
        units::code.eq(&row.code),
        units::name.eq(&row.name),
        units::search_name.eq(&row.search_name),
        units::sort_key.eq(&row.sort_key),
        units::status.eq(row.status),
        units::closed_on.eq(row.closed_on),
        units::phone.eq(&row.phone),
        units::email.eq(&row.email),
        units::address.eq(&row.address),
    )))?)
}

/// A name that still says something when cleaned.
fn named(pointer: &str, name: &str) -> Result<String> {
    let name = text::clean(name);
    if text::search_form(&name).is_empty() {
        return Err(Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given"));
    }
    Ok(name)
}

fn check_place(tx: &mut Tx<'_>, kind: UnitKind, parent: Option<UnitKind>, day: NaiveDate) -> Result<()> {
    let rules: Vec<(Option<UnitKind>, NaiveDate, Option<NaiveDate>)> =
        tx.read().load(unit_kind_rules::table.filter(unit_kind_rules::child_kind.eq(kind)).select((
            unit_kind_rules::parent_kind,
            unit_kind_rules::valid_from,
            unit_kind_rules::valid_to,
        )))?;
    if rules.iter().any(|(allowed, from, to)| *allowed == parent && within(day, *from, *to)) {
        Ok(())
    } else {
        Err(rules::wrong_parent(kind, parent))
    }
}

/// The kind must be one that some role of the caller, at this place, may write.
fn check_right(scope: &Scope, lineage: &[Id], kind: UnitKind) -> Result<()> {
    if may_write(scope, lineage, kind) { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

fn may_write(scope: &Scope, lineage: &[Id], kind: UnitKind) -> bool {
    scope.grants().iter().any(|grant| {
        grant.root.is_none_or(|root| lineage.is_empty() || lineage.contains(&root)) && rules::may_write_kind(grant.role, kind)
    })
}

/// A base unit's own contact is hers to keep too.
fn check_contact_right(scope: &Scope, lineage: &[Id], kind: UnitKind) -> Result<()> {
    if may_write_contact(scope, lineage, kind) { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

fn may_write_contact(scope: &Scope, lineage: &[Id], kind: UnitKind) -> bool {
    (kind == UnitKind::Base && scope.reaches(lineage)) || may_write(scope, lineage, kind)
}

/// What this caller may do with a unit that stands today.
pub(super) fn allowed_actions(scope: &Scope, lineage: &[Id], row: &UnitRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/units/{}", row.id);
    let mut actions = Vec::new();
    if may_write(scope, lineage, row.kind) {
        actions.push(AllowedAction::act("change", format!("{href}/changes")).requiring(&["effective_on", "legal_basis"]));
        actions.push(AllowedAction::act("close", format!("{href}/closures")).requiring(&["effective_on", "legal_basis"]));
    }
    if may_write_contact(scope, lineage, row.kind) {
        actions.push(AllowedAction::update(href));
    }
    actions
}

/// A problem with what can be done with the unit instead.
fn instead(scope: &Scope, lineage: &[Id], row: &UnitRow, problem: Problem) -> Problem {
    problem.with("allowed_actions", serde_json::json!(allowed_actions(scope, lineage, row)))
}

/// Whether figures of its members are shown. Those of base units and of all above are no secret inside the union; what
/// stands below is so small that a figure tells of single people, so it is for who reaches it.
pub(super) fn shows_figures(reach: Option<&Scope>, kind: UnitKind, lineage: &[Id]) -> bool {
    matches!(kind, UnitKind::Province | UnitKind::Affiliated | UnitKind::District | UnitKind::Base)
        || reach.is_some_and(|scope| scope.reaches(lineage))
}

/// No two units have one code on one day.
fn check_code_is_free(tx: &mut Tx<'_>, id: Id, code: Option<&str>, from: NaiveDate) -> Result<()> {
    let Some(code) = code else { return Ok(()) };
    let holder: Vec<(Id, String)> = tx.read().load(
        unit_periods::table
            .filter(unit_periods::code.eq(code))
            .filter(unit_periods::unit_id.ne(id))
            .filter(unit_periods::valid_to.is_null().or(unit_periods::valid_to.gt(from)))
            .select((unit_periods::unit_id, unit_periods::name))
            .limit(1),
    )?;
    match holder.first() {
        None => Ok(()),
        Some((_, name)) => Err(Problem::field(
            "/code",
            "code_in_use",
            format!("Mã này đang thuộc về {name}"),
            format!("The code belongs to {name} on that day"),
        )),
    }
}

/// Loads the rules that ship with the service, once.
pub(crate) fn ensure_kind_rules(tx: &mut Tx<'_>) -> Result<()> {
    use UnitKind::{Affiliated, Base, Branch, Club, District, Group, Province, Team};
    if !kind_rules(&mut tx.read())?.is_empty() {
        return Ok(());
    }
    let ever = NaiveDate::from_ymd_opt(1930, 10, 20).unwrap_or(NaiveDate::MIN);
    // The district level ended on 2025-07-01 (law 72/2025/QH15); what stood before stays readable.
    let end_of_districts = NaiveDate::from_ymd_opt(2025, 7, 1);
    let mut rules =
        vec![(None, Province, None), (Some(Province), Affiliated, None), (Some(Province), District, end_of_districts)];
    rules.extend([(Some(District), Base, end_of_districts), (Some(Province), Base, None), (Some(Affiliated), Base, None)]);
    for parent in [Base, Affiliated] {
        rules.push((Some(parent), Branch, None));
    }
    rules.extend([(Some(Branch), Group, None), (Some(Base), Group, None)]);
    for parent in [Province, District, Base, Branch, Affiliated] {
        rules.extend([(Some(parent), Club, None), (Some(parent), Team, None)]);
    }
    for (parent, child, to) in rules {
        tx.keep(diesel::insert_into(unit_kind_rules::table).values((
            unit_kind_rules::id.eq(Id::new()),
            unit_kind_rules::parent_kind.eq(parent),
            unit_kind_rules::child_kind.eq(child),
            unit_kind_rules::valid_from.eq(ever),
            unit_kind_rules::valid_to.eq(to),
        )))?;
    }
    Ok(())
}
