//! Bodies of a unit: committees and departments, from a day to a day.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    model::{UnitKind, UnitRow, UnitStatus},
    rules, store,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{unit_bodies, units},
    },
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, Locale, NoFilters, Page, Paging, Problem, ProblemBody, Query,
        Result, Shape, answer, page,
    },
    text,
};

// ---- types

code_list! {
    UnitBodyKind in "unit_body_kinds" {
        ExecutiveCommittee = "executive_committee", "Ban Chấp hành", "Executive Committee";
        StandingCommittee = "standing_committee", "Ban Thường vụ", "Standing Committee";
        StandingLeadership = "standing_leadership", "Thường trực", "Standing leadership";
        InspectionCommittee = "inspection_committee", "Ủy ban Kiểm tra", "Inspection Committee";
        /// Has a name of its own; several at once.
        Department = "department", "Ban chuyên môn", "Department";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_bodies)]
struct BodyRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    kind: UnitBodyKind,
    name: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

/// A committee or department of a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitBody {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub kind: UnitBodyKind,
    #[schema(example = "Ban Tổ chức")]
    pub name: String,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer was; empty while it is.
    pub valid_to: Option<NaiveDate>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new committee or department.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitBody {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same body.
    pub id: Option<Id>,
    pub kind: UnitBodyKind,
    /// Needed for a department; the others are called by their kind when nothing is said.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ban Tổ chức")]
    pub name: Option<String>,
    /// The first day on which it is; not in the future.
    pub valid_from: NaiveDate,
}

/// The end of something that had a beginning.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitPartEnding)]
pub struct Ending {
    /// The first day on which it no longer is; not in the future.
    pub effective_on: NaiveDate,
    /// Why, for the audit trail.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub reason: Option<String>,
}

impl Ending {
    /// After the first day, and not in the future.
    pub(super) fn check(&self, since: NaiveDate) -> Result<()> {
        rules::check_effective_day("/effective_on", self.effective_on, today())?;
        if self.effective_on <= since {
            return Err(Problem::field(
                "/effective_on",
                "before_start",
                format!("Phải sau ngày bắt đầu ({since})"),
                format!("Must be after the first day ({since})"),
            ));
        }
        Ok(())
    }
}

/// The one filter of what is dated.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayFilter {
    /// Only what holds on this day; without it all there ever was.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
}

const FIELDS: &[&str] =
    &["id", "version", "created_at", "updated_at", "unit_id", "kind", "name", "valid_from", "valid_to", "allowed_actions"];

// ---- rules

/// Which kind of body there is in which kind of unit.
const fn may_have(unit: UnitKind, body: UnitBodyKind) -> bool {
    match unit {
        UnitKind::Province | UnitKind::District | UnitKind::Affiliated => true,
        UnitKind::Base => !matches!(body, UnitBodyKind::Department),
        UnitKind::Branch | UnitKind::Group | UnitKind::Club | UnitKind::Team => false,
    }
}

/// A role of the caller that reaches the unit must be one that may write units of its kind.
pub(super) fn check_right(scope: &Scope, lineage: &[Id], kind: UnitKind) -> Result<()> {
    if may_write(scope, lineage, kind) { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

pub(super) fn may_write(scope: &Scope, lineage: &[Id], kind: UnitKind) -> bool {
    scope
        .grants()
        .iter()
        .any(|grant| grant.root.is_none_or(|root| lineage.contains(&root)) && rules::may_write_kind(grant.role, kind))
}

/// What is dated begins while its unit stands.
pub(super) fn check_start(unit: &UnitRow, day: NaiveDate) -> Result<()> {
    rules::check_effective_day("/valid_from", day, today())?;
    if day < unit.founded_on {
        return Err(Problem::field(
            "/valid_from",
            "before_unit",
            format!("Không được trước ngày thành lập đơn vị ({})", unit.founded_on),
            format!("Must not be before the unit was founded ({})", unit.founded_on),
        ));
    }
    if unit.status == UnitStatus::Active {
        Ok(())
    } else {
        Err(Problem::say(Code::InvalidTransition, "Đơn vị đã kết thúc hoạt động", "The unit is closed")
            .with("allowed_actions", Vec::<String>::new()))
    }
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
) -> Result<Page<BodyRow, Id>> {
    store::reach(reader, scope, unit_id)?;
    let mut query = unit_bodies::table.filter(unit_bodies::unit_id.eq(unit_id)).select(BodyRow::as_select()).into_boxed();
    if let Some(day) = day {
        query = query
            .filter(unit_bodies::valid_from.le(day))
            .filter(unit_bodies::valid_to.is_null().or(unit_bodies::valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(unit_bodies::id.gt(id)),
        (Some(id), true) => query.filter(unit_bodies::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(unit_bodies::id.desc()) } else { query.order(unit_bodies::id.asc()) };
    Ok(Page::of(reader.load(query.limit(limit + 1))?, limit, |row: &BodyRow| row.id, None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<BodyRow> {
    let row: BodyRow = reader.one(unit_bodies::table.find(id).select(BodyRow::as_select()))?;
    store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, unit_id: Id, id: Id, new: &NewUnitBody) -> Result<BodyRow> {
    let unit = store::find(&mut tx.read(), scope, unit_id)?;
    let lineage = store::lineage(&mut tx.read(), unit_id)?;
    check_right(scope, &lineage, unit.kind)?;
    check_start(&unit, new.valid_from)?;
    if !may_have(unit.kind, new.kind) {
        return Err(Problem::field(
            "/kind",
            "not_in_this_unit",
            format!("{} không có {}", unit.kind.label(Locale::Vi), new.kind.label(Locale::Vi)),
            format!("{} has no {}", unit.kind.label(Locale::En), new.kind.label(Locale::En)),
        ));
    }
    let given = new.name.as_deref().map(text::clean).filter(|name| !text::search_form(name).is_empty());
    let name = match (given, new.kind) {
        (Some(name), _) => name,
        (None, UnitBodyKind::Department) => {
            return Err(Problem::field("/name", "required", "Ban chuyên môn phải có tên", "A department has a name"));
        }
        (None, kind) => kind.label(Locale::Vi).to_owned(),
    };
    let open: Vec<BodyRow> = tx.read().load(
        unit_bodies::table
            .filter(unit_bodies::unit_id.eq(unit_id))
            .filter(unit_bodies::kind.eq(new.kind))
            .filter(unit_bodies::valid_to.is_null().or(unit_bodies::valid_to.gt(new.valid_from)))
            .select(BodyRow::as_select()),
    )?;
    if open.iter().any(|other| new.kind != UnitBodyKind::Department || text::search_form(&other.name) == text::search_form(&name))
    {
        return Err(Problem::field(
            if new.kind == UnitBodyKind::Department { "/name" } else { "/kind" },
            "already_there",
            "Đơn vị đã có ban này trong thời gian đó",
            "The unit has one in that time already",
        ));
    }
    let now = tx.now();
    let row = BodyRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id,
        kind: new.kind,
        name,
        valid_from: new.valid_from,
        valid_to: None,
    };
    tx.record(Change::new("create", "unit_bodies", id, 1).at(unit_id).on(new.valid_from).after(new));
    tx.execute(diesel::insert_into(unit_bodies::table).values(&row))?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, scope: &Scope, row: BodyRow, ending: &Ending) -> Result<BodyRow> {
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

fn close(tx: &mut Tx<'_>, row: BodyRow, day: NaiveDate, reason: Option<String>) -> Result<BodyRow> {
    let row = BodyRow { version: row.version + 1, updated_at: tx.now(), valid_to: Some(day), ..row };
    tx.record(
        Change::new("end", "unit_bodies", row.id, row.version)
            .at(row.unit_id)
            .on(day)
            .because(reason)
            .before(&serde_json::json!({ "valid_to": null }))
            .after(&serde_json::json!({ "valid_to": day })),
    );
    // Only over the version that was read: two at once must not both win.
    let seen = unit_bodies::table.find(row.id).filter(unit_bodies::version.eq(row.version - 1));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        unit_bodies::version.eq(row.version),
        unit_bodies::updated_at.eq(row.updated_at),
        unit_bodies::valid_to.eq(row.valid_to),
    )))?)?;
    Ok(row)
}

/// Whether units of this kind may have the bodies that the unit has.
pub(super) fn fit(tx: &mut Tx<'_>, unit_id: Id, kind: UnitKind) -> Result<bool> {
    let open: Vec<UnitBodyKind> = tx.read().load(
        unit_bodies::table
            .filter(unit_bodies::unit_id.eq(unit_id))
            .filter(unit_bodies::valid_to.is_null())
            .select(unit_bodies::kind),
    )?;
    Ok(open.into_iter().all(|body| may_have(kind, body)))
}

/// Ends all bodies of a unit that is no more.
pub(super) fn end_all(tx: &mut Tx<'_>, unit_id: Id, day: NaiveDate) -> Result<()> {
    let open: Vec<BodyRow> = tx.read().load(
        unit_bodies::table
            .filter(unit_bodies::unit_id.eq(unit_id))
            .filter(unit_bodies::valid_to.is_null())
            .select(BodyRow::as_select()),
    )?;
    open.into_iter().try_for_each(|row| {
        let day = day.max(row.valid_from);
        close(tx, row, day, None).map(drop)
    })
}

// ---- routes

/// List the bodies of a unit
///
/// Committees and departments in the order in which they were recorded; with `as_of` those of a day. Every role may
/// read them.
#[utoipa::path(tag = "units", operation_id = "list_unit_bodies", params(("id" = Id, Path, description = "The unit"), DayFilter, Paging,
    Shape), responses(
    (status = 200, description = "A page of bodies", body = Listing<UnitBody>),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/bodies")]
pub(super) async fn list_unit_bodies(
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

/// Found a body
///
/// `province_org` within her reach. Of each kind there is one at a time; departments are told apart by their names.
#[utoipa::path(tag = "units", operation_id = "create_unit_body", params(("id" = Id, Path, description = "The unit")),
    request_body = NewUnitBody, responses(
    (status = 201, description = "Founded", body = UnitBody),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The unit is closed, or the id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units/{id}/bodies")]
pub(super) async fn create_unit_body(command: Command<Json<NewUnitBody>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Units)?;
    let (write, unit_id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "unit-bodies", id, &(unit_id, new))? {
                let row = find(&mut tx.read(), &write, id)?;
                return show(&mut tx.read(), &write, row);
            }
            let row = create(tx, &write, unit_id, id, new)?;
            let place = place(&mut tx.read(), unit_id)?;
            let body = view(Some(&write), &place, row);
            Answer::created(format!("/api/v1/unit-bodies/{id}"), body.version, &body)
        })
        .await
}

/// Read a body
///
/// Every role may read it.
#[utoipa::path(tag = "units", operation_id = "get_unit_body", params(("id" = Id, Path, description = "The body"), Shape), responses(
    (status = 200, description = "The body", body = UnitBody, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such body", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/unit-bodies/{id}")]
pub(super) async fn get_unit_body(
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
    let body = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            let place = place(reader, row.unit_id)?;
            Ok(view(write.as_ref(), &place, row))
        })
        .await?;
    answer::object(&request, &query.shape, body.version, &body)
}

/// End a body
///
/// `province_org` within her reach. It stays readable for ever; posts in it are ended by themselves.
#[utoipa::path(tag = "units", operation_id = "end_unit_body", params(("id" = Id, Path, description = "The body"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Ending, responses(
    (status = 200, description = "As it is now", body = UnitBody),
    (status = 404, description = "There is no such body", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-bodies/{id}/endings")]
pub(super) async fn end_unit_body(command: Command<Json<Ending>>, id: web::Path<Id>) -> Result<HttpResponse> {
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

/// Kind and lineage of a unit: what rights depend on.
pub(super) type Place = (UnitKind, Vec<Id>);

pub(super) fn place(reader: &mut Reader<'_>, unit_id: Id) -> Result<Place> {
    let kind = reader.one(units::table.find(unit_id).select(units::kind))?;
    Ok((kind, store::lineage(reader, unit_id)?))
}

fn show(reader: &mut Reader<'_>, write: &Scope, row: BodyRow) -> Result<Answer> {
    let place = place(reader, row.unit_id)?;
    let body = view(Some(write), &place, row);
    Answer::changed(body.version, &body)
}

/// What the caller sees of a body.
fn view(write: Option<&Scope>, (kind, lineage): &Place, row: BodyRow) -> UnitBody {
    let may_end = row.valid_to.is_none() && write.is_some_and(|scope| may_write(scope, lineage, *kind));
    let allowed_actions = may_end
        .then(|| AllowedAction::act("end", format!("/api/v1/unit-bodies/{}/endings", row.id)).requiring(&["effective_on"]))
        .into_iter()
        .collect();
    UnitBody {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        unit_id: row.unit_id,
        kind: row.kind,
        name: row.name,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        allowed_actions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_have_no_committees_and_base_units_no_departments() {
        assert!(may_have(UnitKind::Province, UnitBodyKind::Department));
        assert!(may_have(UnitKind::Base, UnitBodyKind::ExecutiveCommittee));
        assert!(!may_have(UnitKind::Base, UnitBodyKind::Department));
        assert!(!may_have(UnitKind::Branch, UnitBodyKind::ExecutiveCommittee));
    }

    #[test]
    fn an_end_lies_after_the_beginning_and_not_in_the_future() {
        let since: NaiveDate = "2020-01-01".parse().unwrap();
        let on = |day: NaiveDate| Ending { effective_on: day, reason: None }.check(since);
        assert!(on(since).is_err());
        assert!(on(since.succ_opt().unwrap()).is_ok());
        assert!(on(today().succ_opt().unwrap()).is_err());
    }
}
