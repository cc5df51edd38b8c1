//! What others call a unit: its numbers in the systems of the state, the Central Union, the Front and the Party.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    bodies::{DayFilter, Ending, Place, check_right, check_start, may_write, place},
    store,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{unit_external_ids, units},
    },
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, NoFilters, Page, Paging, Problem, ProblemBody, Query, Result,
        Shape, answer, page,
    },
    text,
};

// ---- types

code_list! {
    /// Whose numbers they are.
    ExternalIdScheme in "external_id_schemes" {
        Gso = "gso", "Danh mục hành chính của cơ quan thống kê", "Statistics office";
        Qd20Of2020 = "qd20_2020", "Mã định danh điện tử theo QĐ 20/2020/QĐ-TTg", "Electronic identifier (decision 20/2020/QĐ-TTg)";
        CentralUnion = "central_union", "Trung ương Hội", "Central Union";
        Mattranso = "mattranso", "Nền tảng Mặt trận số", "Platform of the Fatherland Front";
        Party = "party", "Hệ thống của Đảng", "Systems of the Party";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_external_ids)]
struct ExternalIdRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    scheme: ExternalIdScheme,
    value: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

/// What somebody else calls a unit, from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitExternalId {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub scheme: ExternalIdScheme,
    #[schema(example = "22330")]
    pub value: String,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer held; empty while it does.
    pub valid_to: Option<NaiveDate>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new number.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitExternalId {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same record.
    pub id: Option<Id>,
    pub scheme: ExternalIdScheme,
    /// `gso`: 2, 3 or 5 digits. `qd20_2020`: up to 35 digits, letters A to Z and dots.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "22330")]
    pub value: String,
    /// The first day on which it holds; not in the future.
    pub valid_from: NaiveDate,
}

const FIELDS: &[&str] =
    &["id", "version", "created_at", "updated_at", "unit_id", "scheme", "value", "valid_from", "valid_to", "allowed_actions"];

// ---- rules

/// A value has the form of its scheme, where that is known.
fn check_value(scheme: ExternalIdScheme, value: &str) -> Result<()> {
    let fits = match scheme {
        ExternalIdScheme::Gso => matches!(value.len(), 2 | 3 | 5) && value.bytes().all(|b| b.is_ascii_digit()),
        ExternalIdScheme::Qd20Of2020 => {
            value.len() <= 35 && value.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'.')
        }
        _ => !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic()),
    };
    if fits {
        return Ok(());
    }
    let (vi, en) = match scheme {
        ExternalIdScheme::Gso => ("Phải gồm 2, 3 hoặc 5 chữ số", "Must have 2, 3 or 5 digits"),
        ExternalIdScheme::Qd20Of2020 => {
            ("Nhiều nhất 35 chữ số, chữ cái A–Z và dấu chấm", "At most 35 digits, letters A to Z and dots")
        }
        _ => (
            "Chỉ gồm chữ cái không dấu, chữ số và dấu câu, không có khoảng trắng",
            "Only ASCII letters, digits and signs, no blanks",
        ),
    };
    Err(Problem::field("/value", "invalid_value", vi, en))
}

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    unit_id: Id,
    day: Option<NaiveDate>,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<ExternalIdRow, Id>> {
    use unit_external_ids::{id, table, valid_from, valid_to};
    store::reach(reader, scope, unit_id)?;
    let mut query = table.filter(unit_external_ids::unit_id.eq(unit_id)).select(ExternalIdRow::as_select()).into_boxed();
    if let Some(day) = day {
        query = query.filter(valid_from.le(day)).filter(valid_to.is_null().or(valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some(last), false) => query.filter(id.gt(last)),
        (Some(last), true) => query.filter(id.lt(last)),
        (None, _) => query,
    };
    query = if descending { query.order(id.desc()) } else { query.order(id.asc()) };
    Ok(Page::of(reader.load(query.limit(limit + 1))?, limit, |row: &ExternalIdRow| row.id, None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<ExternalIdRow> {
    let row: ExternalIdRow = reader.one(unit_external_ids::table.find(id).select(ExternalIdRow::as_select()))?;
    store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, unit_id: Id, id: Id, new: &NewUnitExternalId) -> Result<ExternalIdRow> {
    let unit = store::find(&mut tx.read(), scope, unit_id)?;
    let lineage = store::lineage(&mut tx.read(), unit_id)?;
    check_right(scope, &lineage, unit.kind)?;
    check_start(&unit, new.valid_from)?;
    let value = text::clean(&new.value);
    check_value(new.scheme, &value)?;
    let later = unit_external_ids::valid_to.is_null().or(unit_external_ids::valid_to.gt(new.valid_from));
    let own: Vec<Id> = tx.read().load(
        unit_external_ids::table
            .filter(unit_external_ids::unit_id.eq(unit_id))
            .filter(unit_external_ids::scheme.eq(new.scheme))
            .filter(later)
            .select(unit_external_ids::id),
    )?;
    if !own.is_empty() {
        return Err(Problem::field(
            "/scheme",
            "already_there",
            "Đơn vị đã có mã của hệ thống này trong thời gian đó",
            "The unit has one of this scheme in that time already",
        ));
    }
    let later = unit_external_ids::valid_to.is_null().or(unit_external_ids::valid_to.gt(new.valid_from));
    let others: Vec<String> = tx.read().load(
        unit_external_ids::table
            .inner_join(units::table.on(units::id.eq(unit_external_ids::unit_id)))
            .filter(unit_external_ids::scheme.eq(new.scheme))
            .filter(unit_external_ids::value.eq(&value))
            .filter(later)
            .select(units::name),
    )?;
    if let Some(name) = others.first() {
        return Err(Problem::field(
            "/value",
            "code_in_use",
            format!("Mã này đang thuộc về {name}"),
            format!("The code belongs to {name} on that day"),
        ));
    }
    let now = tx.now();
    let row = ExternalIdRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id,
        scheme: new.scheme,
        value,
        valid_from: new.valid_from,
        valid_to: None,
    };
    tx.record(Change::new("create", "unit_external_ids", id, 1).at(unit_id).on(new.valid_from).after(new));
    tx.execute(diesel::insert_into(unit_external_ids::table).values(&row))?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, scope: &Scope, row: ExternalIdRow, ending: &Ending) -> Result<ExternalIdRow> {
    let unit = store::find(&mut tx.read(), scope, row.unit_id)?;
    let lineage = store::lineage(&mut tx.read(), row.unit_id)?;
    check_right(scope, &lineage, unit.kind)?;
    if row.valid_to.is_some() {
        return Err(
            Problem::say(Code::InvalidTransition, "Đã kết thúc", "It has ended").with("allowed_actions", Vec::<String>::new())
        );
    }
    ending.check(row.valid_from)?;
    close(tx, row, ending.effective_on, ending.reason.clone())
}

fn close(tx: &mut Tx<'_>, row: ExternalIdRow, day: NaiveDate, reason: Option<String>) -> Result<ExternalIdRow> {
    let row = ExternalIdRow { version: row.version + 1, updated_at: tx.now(), valid_to: Some(day), ..row };
    tx.record(
        Change::new("end", "unit_external_ids", row.id, row.version)
            .at(row.unit_id)
            .on(day)
            .because(reason)
            .before(&serde_json::json!({ "valid_to": null }))
            .after(&serde_json::json!({ "valid_to": day })),
    );
    // Only over the version that was read: two at once must not both win.
    let seen = unit_external_ids::table.find(row.id).filter(unit_external_ids::version.eq(row.version - 1));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        unit_external_ids::version.eq(row.version),
        unit_external_ids::updated_at.eq(row.updated_at),
        unit_external_ids::valid_to.eq(row.valid_to),
    )))?)?;
    Ok(row)
}

/// Ends all numbers of a unit that is no more.
pub(super) fn end_all(tx: &mut Tx<'_>, unit_id: Id, day: NaiveDate) -> Result<()> {
    let open: Vec<ExternalIdRow> = tx.read().load(
        unit_external_ids::table
            .filter(unit_external_ids::unit_id.eq(unit_id))
            .filter(unit_external_ids::valid_to.is_null())
            .select(ExternalIdRow::as_select()),
    )?;
    open.into_iter().try_for_each(|row| {
        let day = day.max(row.valid_from);
        close(tx, row, day, None).map(drop)
    })
}

/// Units that have this number on a day.
pub(super) fn of_number(reader: &mut Reader<'_>, scheme: ExternalIdScheme, value: &str, day: NaiveDate) -> Result<Vec<Id>> {
    reader.load(
        unit_external_ids::table
            .filter(unit_external_ids::scheme.eq(scheme))
            .filter(unit_external_ids::value.eq(value))
            .filter(unit_external_ids::valid_from.le(day))
            .filter(unit_external_ids::valid_to.is_null().or(unit_external_ids::valid_to.gt(day)))
            .select(unit_external_ids::unit_id),
    )
}

// ---- routes

/// List what others call a unit
///
/// In the order in which it was recorded; with `as_of` what held on a day. Every role may read it.
#[utoipa::path(tag = "units", operation_id = "list_unit_external_ids", params(("id" = Id, Path, description = "The unit"), DayFilter,
    Paging, Shape), responses(
    (status = 200, description = "A page of numbers", body = Listing<UnitExternalId>),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/external-ids")]
pub(super) async fn list_unit_external_ids(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<DayFilter, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Units)?;
    query.shape.check(FIELDS, &[])?;
    let (day, id) = (query.filters.as_of, id.into_inner());
    let write = access.to(Action::Update, Resource::Units).ok();
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, id, day, after, descending, limit)?;
        let place = place(reader, id)?;
        Ok(rows.map(|row| view(write.as_ref(), &place, row)))
    })
    .await
}

/// Record what others call a unit
///
/// `province_org` within her reach; `base_president` for what stands below her own unit. A unit has one
/// number of each scheme at a time, and no two units share one.
#[utoipa::path(tag = "units", operation_id = "create_unit_external_id", params(("id" = Id, Path, description = "The unit")),
    request_body = NewUnitExternalId, responses(
    (status = 201, description = "Recorded", body = UnitExternalId),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The unit is closed, or the id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units/{id}/external-ids")]
pub(super) async fn create_unit_external_id(
    command: Command<Json<NewUnitExternalId>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Units)?;
    let (write, unit_id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "unit-external-ids", id, &(unit_id, new))? {
                let row = find(&mut tx.read(), &write, id)?;
                return show(&mut tx.read(), &write, row);
            }
            let row = create(tx, &write, unit_id, id, new)?;
            let place = place(&mut tx.read(), unit_id)?;
            let made = view(Some(&write), &place, row);
            Answer::created(format!("/api/v1/unit-external-ids/{id}"), made.version, &made)
        })
        .await
}

/// Read what others call a unit
///
/// Every role may read it.
#[utoipa::path(tag = "units", operation_id = "get_unit_external_id", params(("id" = Id, Path, description = "The record"), Shape), responses(
    (status = 200, description = "The number", body = UnitExternalId, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such record", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/unit-external-ids/{id}")]
pub(super) async fn get_unit_external_id(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Units)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Units).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            let place = place(reader, row.unit_id)?;
            Ok(view(write.as_ref(), &place, row))
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// End what others called a unit
///
/// `province_org` within her reach; `base_president` for what stands below her own unit. It stays
/// readable for ever.
#[utoipa::path(tag = "units", operation_id = "end_unit_external_id", params(("id" = Id, Path, description = "The record"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Ending, responses(
    (status = 200, description = "As it is now", body = UnitExternalId),
    (status = 404, description = "There is no such record", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-external-ids/{id}/endings")]
pub(super) async fn end_unit_external_id(command: Command<Json<Ending>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Units)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, &write, row, ending)?;
            show(&mut tx.read(), &write, row)
        })
        .await
}

fn show(reader: &mut Reader<'_>, write: &Scope, row: ExternalIdRow) -> Result<Answer> {
    let place = place(reader, row.unit_id)?;
    let found = view(Some(write), &place, row);
    Answer::changed(found.version, &found)
}

/// What the caller sees of it.
fn view(write: Option<&Scope>, (kind, lineage): &Place, row: ExternalIdRow) -> UnitExternalId {
    let may_end = row.valid_to.is_none() && write.is_some_and(|scope| may_write(scope, lineage, *kind));
    let allowed_actions = may_end
        .then(|| AllowedAction::act("end", format!("/api/v1/unit-external-ids/{}/endings", row.id)).requiring(&["effective_on"]))
        .into_iter()
        .collect();
    UnitExternalId {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        unit_id: row.unit_id,
        scheme: row.scheme,
        value: row.value,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        allowed_actions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_form_of_its_scheme() {
        use ExternalIdScheme::{CentralUnion, Gso, Party, Qd20Of2020};
        for (scheme, value, good) in [
            (Gso, "22330", true),
            (Gso, "2233", false),
            (Gso, "2233a", false),
            (Qd20Of2020, "H32.15.1", true),
            (Qd20Of2020, "h32", false),
            (Qd20Of2020, "0123456789012345678901234567890123456", false),
            (CentralUnion, "KH/01-7", true),
            (CentralUnion, "KH 01", false),
            (Party, "Đ1", false),
        ] {
            assert_eq!(check_value(scheme, value).is_ok(), good, "{scheme} {value}");
        }
    }
}
