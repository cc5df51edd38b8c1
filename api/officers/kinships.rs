//! Kinship between people on the roll, as declared: who is kin neither inspects nor handles.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::PersonRef,
    people::{self, kept},
    rules,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{kinships, members},
    },
    http::{AllowedAction, Answer, Bare, Code, Command, Json, Listing, NoFilters, Problem, ProblemBody, Query, Result, page},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_kinships).service(create_kinship).service(end_kinship);
}

// ---- types

code_list! {
    /// How two people are kin, whichever is named first.
    KinshipRelation in "kinship_relations" {
        Spouse = "spouse", "Vợ chồng", "Husband and wife";
        ParentAndChild = "parent_and_child", "Cha mẹ và con", "Parent and child";
        Siblings = "siblings", "Anh chị em ruột", "Siblings";
        InLaws = "in_laws", "Bên vợ hoặc bên chồng", "By marriage";
        Other = "other", "Họ hàng gần khác", "Other close kin";
    }
}

code_list! {
    KinshipStatus in "kinship_statuses" {
        Active = "active", "Đang có hiệu lực", "In force";
        Ended = "ended", "Đã kết thúc", "Ended";
    }
}

/// The row. Each pair once, the smaller id first.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = kinships)]
struct KinshipRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    relative_id: Id,
    relation: KinshipRelation,
    ended_on: Option<NaiveDate>,
}

/// That two people are kin.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Kinship {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub member: PersonRef,
    pub relative_id: Id,
    pub relative: PersonRef,
    pub relation: KinshipRelation,
    /// The first day on which they are kin no more.
    pub ended_on: Option<NaiveDate>,
    pub status: KinshipStatus,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Two people who are kin.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKinship {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same kinship.
    pub id: Option<Id>,
    /// Somebody within your reach.
    pub member_id: Id,
    /// Somebody else within your reach.
    pub relative_id: Id,
    pub relation: KinshipRelation,
}

/// They are kin no more.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KinshipEnding {
    /// Not in the future.
    pub ended_on: NaiveDate,
}

// ---- queries

/// All who are kin of these people today.
pub(crate) fn kin_of(reader: &mut Reader<'_>, people: &[Id]) -> Result<Vec<Id>> {
    let pairs: Vec<(Id, Id)> = reader.load(
        kinships::table
            .filter(kinships::member_id.eq_any(people.to_vec()).or(kinships::relative_id.eq_any(people.to_vec())))
            .filter(kinships::ended_on.is_null().or(kinships::ended_on.gt(today())))
            .select((kinships::member_id, kinships::relative_id)),
    )?;
    Ok(pairs.into_iter().map(|(one, other)| if people.contains(&one) { other } else { one }).collect())
}

/// Those of one person whose other side lies within the scope, too.
fn of(reader: &mut Reader<'_>, scope: &Scope, member: Id) -> Result<Vec<KinshipRow>> {
    people::reach_field(reader, scope, "", member).map_err(|_| Problem::not_found())?;
    let mut rows: Vec<KinshipRow> = reader.load(
        kinships::table
            .filter(kinships::member_id.eq(member).or(kinships::relative_id.eq(member)))
            .order(kinships::id.asc())
            .select(KinshipRow::as_select()),
    )?;
    rows.retain(|row| {
        let other = if row.member_id == member { row.relative_id } else { row.member_id };
        people::reach_field(reader, scope, "", other).is_ok()
    });
    Ok(rows)
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<KinshipRow> {
    let row: KinshipRow = reader.one(kinships::table.find(id).select(KinshipRow::as_select()))?;
    for member in [row.member_id, row.relative_id] {
        people::reach_field(reader, scope, "", member).map_err(|_| Problem::not_found())?;
    }
    Ok(row)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewKinship) -> Result<KinshipRow> {
    let person = people::reach_field(&mut tx.read(), scope, "/member_id", new.member_id)?;
    people::reach_field(&mut tx.read(), scope, "/relative_id", new.relative_id)?;
    if new.member_id == new.relative_id {
        return Err(Problem::field("/relative_id", "kin_to_herself", "Phải là hai người khác nhau", "Must be two people"));
    }
    let (member_id, relative_id) = (new.member_id.min(new.relative_id), new.member_id.max(new.relative_id));
    let there: Option<Id> = tx.read().optional(
        kinships::table
            .filter(kinships::member_id.eq(member_id))
            .filter(kinships::relative_id.eq(relative_id))
            .select(kinships::id),
    )?;
    if there.is_some() {
        let (vi, en) = ("Quan hệ của hai người này đã khai", "The kinship of these two was declared already");
        return Err(Problem::field("/relative_id", "kinship_declared", vi, en));
    }
    let now = tx.now();
    let row = KinshipRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        member_id,
        relative_id,
        relation: new.relation,
        ended_on: None,
    };
    tx.record(Change::new("create", "kinships", id, 1).at(person.unit_id).after(new));
    tx.execute(diesel::insert_into(kinships::table).values(&row))?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, row: KinshipRow, ending: &KinshipEnding) -> Result<KinshipRow> {
    if row.ended_on.is_some() {
        return Err(
            Problem::say(Code::InvalidTransition, "Đã kết thúc", "It has ended").with("allowed_actions", json!(actions(&row)))
        );
    }
    rules::check_past_day("/ended_on", ending.ended_on, today())?;
    let unit: Id = tx.read().one(members::table.find(row.member_id).select(members::unit_id))?;
    let row = KinshipRow { version: row.version + 1, updated_at: tx.now(), ended_on: Some(ending.ended_on), ..row };
    tx.record(Change::new("end", "kinships", row.id, row.version).at(unit).on(ending.ended_on).after(ending));
    let seen = kinships::table.filter(kinships::id.eq(row.id)).filter(kinships::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        kinships::version.eq(row.version),
        kinships::updated_at.eq(row.updated_at),
        kinships::ended_on.eq(row.ended_on),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

fn actions(row: &KinshipRow) -> Vec<AllowedAction> {
    let end = || AllowedAction::act("end", format!("/api/v1/kinships/{}/endings", row.id)).requiring(&["ended_on"]);
    if row.ended_on.is_none() { vec![end()] } else { Vec::new() }
}

fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<KinshipRow>) -> Result<Vec<Kinship>> {
    let ids: Vec<Id> = rows.iter().flat_map(|row| [row.member_id, row.relative_id]).collect();
    let known = people::refs(reader, &ids)?;
    rows.into_iter()
        .map(|row| {
            let writable = write.is_some_and(|scope| find(reader, scope, row.id).is_ok());
            Ok(Kinship {
                allowed_actions: if writable { actions(&row) } else { Vec::new() },
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                member_id: row.member_id,
                member: kept(known.get(&row.member_id).cloned())?,
                relative_id: row.relative_id,
                relative: kept(known.get(&row.relative_id).cloned())?,
                relation: row.relation,
                status: if row.ended_on.is_none() { KinshipStatus::Active } else { KinshipStatus::Ended },
                ended_on: row.ended_on,
            })
        })
        .collect()
}

fn view(reader: &mut Reader<'_>, write: &Scope, row: KinshipRow) -> Result<Kinship> {
    kept(views(reader, Some(write), vec![row])?.pop())
}

// ---- routes

/// List who an officer is kin to
///
/// Of those within your reach. Who is kin neither inspects nor handles.
#[utoipa::path(tag = "officers", operation_id = "list_kinships", params(("id" = Id, Path, description = "The officer")), responses(
    (status = 200, description = "All kinships", body = Listing<Kinship>),
    (status = 404, description = "There is no such officer", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/officers/{id}/kinships")]
async fn list_kinships(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    let (id, write) = (id.into_inner(), access.to(Action::Update, Resource::Officers).ok());
    let found = db
        .read(move |reader| {
            let rows = of(reader, &scope, id)?;
            views(reader, write.as_ref(), rows)
        })
        .await?;
    page::whole(&query, &found)
}

/// Declare a kinship
///
/// Of two people within your reach; each pair once.
#[utoipa::path(tag = "officers", operation_id = "create_kinship", request_body = NewKinship, responses(
    (status = 201, description = "Declared", body = Kinship),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/kinships")]
async fn create_kinship(command: Command<Json<NewKinship>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Officers)?;
    let read = command.access.to(Action::Read, Resource::Officers)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "kinships", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                let found = view(&mut tx.read(), &write, row)?;
                return Answer::changed(found.version, &found);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), &write, row)?;
            Answer::created(format!("/api/v1/officers/{}/kinships", new.member_id), made.version, &made)
        })
        .await
}

/// End a kinship
///
/// From a day on they are kin no more.
#[utoipa::path(tag = "officers", operation_id = "end_kinship", params(("id" = Id, Path, description = "The kinship"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = KinshipEnding, responses(
    (status = 200, description = "As it is now", body = Kinship),
    (status = 404, description = "There is no such kinship", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/kinships/{id}/endings")]
async fn end_kinship(command: Command<Json<KinshipEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Officers)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, row, ending)?;
            let found = view(&mut tx.read(), &write, row)?;
            Answer::changed(found.version, &found)
        })
        .await
}
