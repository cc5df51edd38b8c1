//! Checklists as data: what a team asks everywhere alike. The province keeps them; a new wording is a new edition, and an
//! inspection keeps the edition that it began with.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::rules;
use crate::{
    access::{Access, Action, Resource, Role, Scope},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{inspection_checklists, inspection_questions, units},
    },
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, NoFilters, NotMade, NotTaken, NotThere, Page, Paging, Problem,
        Query, Result, Shape, answer, page,
    },
    units::UnitKind,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_inspection_checklists)
        .service(create_inspection_checklist)
        .service(get_inspection_checklist)
        .service(change_inspection_checklist)
        .service(end_inspection_checklist);
}

// ---- types

code_list! {
    /// How a question is answered.
    AnswerKind in "checklist_answer_kinds" {
        YesNo = "yes_no", "Có, không", "Yes or no";
        Scale = "scale", "Mức 1 đến 5", "From 1 to 5";
        Number = "number", "Số", "A number";
        Text = "text", "Lời", "Words";
    }
}

code_list! {
    ChecklistStatus in "checklist_statuses" {
        Active = "active", "Đang dùng", "In use";
        Ended = "ended", "Thôi dùng", "Ended";
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_checklists)]
struct ChecklistRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    code: String,
    title: String,
    topic: String,
    edition: i64,
    ended_on: Option<NaiveDate>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_questions)]
pub(super) struct QuestionRow {
    pub id: Id,
    pub checklist_id: Id,
    pub edition: i64,
    pub ordinal: i64,
    pub text_vi: String,
    pub text_en: Option<String>,
    pub criterion: String,
    pub answer_kind: AnswerKind,
    pub needs_evidence: bool,
}

/// A question of a checklist.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChecklistQuestion {
    pub id: Id,
    /// Its place: 1, 2, 3.
    pub ordinal: i64,
    #[schema(example = "Chi hội có sổ theo dõi thu, nộp hội phí không?")]
    pub text_vi: String,
    pub text_en: Option<String>,
    /// What it is measured by.
    #[schema(example = "Điều lệ Hội, quy định về hội phí")]
    pub criterion: String,
    pub answer_kind: AnswerKind,
    /// The note says what was seen.
    pub needs_evidence: bool,
}

impl From<QuestionRow> for ChecklistQuestion {
    fn from(row: QuestionRow) -> Self {
        Self {
            id: row.id,
            ordinal: row.ordinal,
            text_vi: row.text_vi,
            text_en: row.text_en,
            criterion: row.criterion,
            answer_kind: row.answer_kind,
            needs_evidence: row.needs_evidence,
        }
    }
}

/// A checklist with the questions of its present edition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionChecklist {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[schema(example = "hoi_phi")]
    pub code: String,
    #[schema(example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub title: String,
    #[schema(example = "finance")]
    pub topic: super::InspectionKind,
    /// Rises with each new set of questions.
    pub edition: i64,
    pub questions: Vec<ChecklistQuestion>,
    pub status: ChecklistStatus,
    pub ended_on: Option<NaiveDate>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A question as it is written.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChecklistQuestion {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Chi hội có sổ theo dõi thu, nộp hội phí không?")]
    pub text_vi: String,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub text_en: Option<String>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Điều lệ Hội, quy định về hội phí")]
    pub criterion: String,
    pub answer_kind: AnswerKind,
    #[serde(default)]
    pub needs_evidence: bool,
}

/// A new checklist.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInspectionChecklist {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same checklist.
    pub id: Option<Id>,
    /// Short, of no other checklist.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "hoi_phi")]
    pub code: String,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub title: String,
    pub topic: super::InspectionKind,
    #[validate(length(min = 1, max = 200), nested)]
    #[schema(min_items = 1, max_items = 200)]
    pub questions: Vec<NewChecklistQuestion>,
}

/// A new edition: all its questions.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistEdition {
    #[validate(length(min = 1, max = 200), nested)]
    #[schema(min_items = 1, max_items = 200)]
    pub questions: Vec<NewChecklistQuestion>,
}

/// It is used no more.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistEnding {
    /// Not in the future.
    pub ended_on: NaiveDate,
}

/// Filters of `GET /inspection-checklists`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChecklistFilters {
    /// Only these states.
    #[serde(default)]
    pub status: Vec<ChecklistStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "code",
    "title",
    "topic",
    "edition",
    "questions",
    "status",
    "ended_on",
    "allowed_actions",
];

// ---- queries

/// The edition that an inspection begins with.
pub(super) fn edition_of(reader: &mut Reader<'_>, id: Option<Id>) -> Result<(Option<Id>, Option<i64>)> {
    let Some(id) = id else { return Ok((None, None)) };
    let row: Option<ChecklistRow> = reader.optional(inspection_checklists::table.find(id).select(ChecklistRow::as_select()))?;
    match row.filter(|row| row.ended_on.is_none()) {
        Some(row) => Ok((Some(id), Some(row.edition))),
        None => Err(Problem::field(
            "/checklist_id",
            "unknown_checklist",
            "Không có phiếu kiểm tra này đang dùng",
            "There is no such checklist in use",
        )),
    }
}

pub(super) fn questions(reader: &mut Reader<'_>, checklist: Id, edition: i64) -> Result<Vec<QuestionRow>> {
    reader.load(
        inspection_questions::table
            .filter(inspection_questions::checklist_id.eq(checklist))
            .filter(inspection_questions::edition.eq(edition))
            .order(inspection_questions::ordinal.asc())
            .select(QuestionRow::as_select()),
    )
}

pub(super) fn title(reader: &mut Reader<'_>, checklist: Id) -> Result<String> {
    reader.one(inspection_checklists::table.find(checklist).select(inspection_checklists::title))
}

fn views(reader: &mut Reader<'_>, keeps: bool, rows: Vec<ChecklistRow>) -> Result<Vec<InspectionChecklist>> {
    rows.into_iter()
        .map(|row| {
            let questions = questions(reader, row.id, row.edition)?.into_iter().map(Into::into).collect();
            Ok(InspectionChecklist {
                allowed_actions: if keeps { actions(&row) } else { Vec::new() },
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                code: row.code,
                title: row.title,
                topic: row.topic.parse().map_err(Problem::internal)?,
                edition: row.edition,
                questions,
                status: if row.ended_on.is_none() { ChecklistStatus::Active } else { ChecklistStatus::Ended },
                ended_on: row.ended_on,
            })
        })
        .collect()
}

fn view(reader: &mut Reader<'_>, keeps: bool, row: ChecklistRow) -> Result<InspectionChecklist> {
    views(reader, keeps, vec![row])?.pop().ok_or_else(|| Problem::internal("a view without its row"))
}

fn actions(row: &ChecklistRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/inspection-checklists/{}", row.id);
    match row.ended_on {
        None => vec![
            AllowedAction::act("change", format!("{href}/editions")).requiring(&["questions"]),
            AllowedAction::act("end", format!("{href}/endings")).requiring(&["ended_on"]),
        ],
        Some(_) => Vec::new(),
    }
}

fn in_use(row: &ChecklistRow) -> Result<()> {
    if row.ended_on.is_none() {
        return Ok(());
    }
    Err(Problem::say(Code::InvalidTransition, "Phiếu kiểm tra đã thôi dùng", "The checklist has ended")
        .with("allowed_actions", serde_json::json!(actions(row))))
}

/// Whether the province speaks: of inspectors only those of a province, whose committee keeps the checklists.
fn is_of_the_province(reader: &mut Reader<'_>, scope: &Scope) -> Result<bool> {
    if scope.grants().iter().any(|grant| grant.role != Role::Inspector) {
        return Ok(true);
    }
    let roots = scope.roots().unwrap_or_default();
    let provinces: Vec<Id> = reader.load(
        units::table.filter(units::id.eq_any(roots)).filter(units::kind.eq(UnitKind::Province)).select(units::id).limit(1),
    )?;
    Ok(!provinces.is_empty())
}

fn require_the_province(tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
    if is_of_the_province(&mut tx.read(), scope)? { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

fn keeps(reader: &mut Reader<'_>, write: Option<&Scope>) -> Result<bool> {
    write.map_or(Ok(false), |scope| is_of_the_province(reader, scope))
}

fn add_questions(tx: &mut Tx<'_>, checklist: Id, edition: i64, questions: &[NewChecklistQuestion]) -> Result<()> {
    for (place, question) in questions.iter().enumerate() {
        let at = |name: &str| format!("/questions/{place}/{name}");
        let row = QuestionRow {
            id: Id::new(),
            checklist_id: checklist,
            edition,
            ordinal: i64::try_from(place + 1).map_err(Problem::internal)?,
            text_vi: rules::said(&at("text_vi"), &question.text_vi)?,
            text_en: question.text_en.as_deref().map(|words| rules::said(&at("text_en"), words)).transpose()?,
            criterion: rules::said(&at("criterion"), &question.criterion)?,
            answer_kind: question.answer_kind,
            needs_evidence: question.needs_evidence,
        };
        tx.execute(diesel::insert_into(inspection_questions::table).values(row))?;
    }
    Ok(())
}

fn create(tx: &mut Tx<'_>, id: Id, new: &NewInspectionChecklist) -> Result<ChecklistRow> {
    let code = rules::said("/code", &new.code)?;
    let taken: Option<Id> = tx
        .read()
        .optional(inspection_checklists::table.filter(inspection_checklists::code.eq(&code)).select(inspection_checklists::id))?;
    if taken.is_some() {
        return Err(Problem::field("/code", "code_in_use", "Mã này đang được dùng", "The code is in use"));
    }
    let now = tx.now();
    let row = ChecklistRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        code,
        title: rules::said("/title", &new.title)?,
        topic: new.topic.to_string(),
        edition: 1,
        ended_on: None,
    };
    tx.record(Change::new("create", "inspection_checklists", id, 1).after(new));
    tx.execute(diesel::insert_into(inspection_checklists::table).values(row.clone()))?;
    add_questions(tx, id, 1, &new.questions)?;
    Ok(row)
}

fn save(tx: &mut Tx<'_>, row: &ChecklistRow) -> Result<()> {
    let seen = inspection_checklists::table
        .filter(inspection_checklists::id.eq(row.id).and(inspection_checklists::version.eq(row.version - 1)));
    let saved = tx.execute(diesel::update(seen).set((
        inspection_checklists::version.eq(row.version),
        inspection_checklists::updated_at.eq(row.updated_at),
        inspection_checklists::edition.eq(row.edition),
        inspection_checklists::ended_on.eq(row.ended_on),
    )))?;
    Problem::unless_one(saved)
}

/// What every installation begins with.
pub(crate) fn ensure_checklists(tx: &mut Tx<'_>) -> Result<()> {
    let any: Vec<Id> = tx.read().load(inspection_checklists::table.select(inspection_checklists::id).limit(1))?;
    if !any.is_empty() {
        return Ok(());
    }
    for list in super::shipped::checklists() {
        create(tx, Id::new(), &list)?;
    }
    Ok(())
}

// ---- routes

/// List checklists
///
/// By code, with the questions of the present edition. Every role may read them.
#[utoipa::path(tag = "inspections", operation_id = "list_inspection_checklists", params(ChecklistFilters, Paging, Shape), responses(
    (status = 200, description = "A page of checklists", body = Listing<InspectionChecklist>),
), security(("password" = [])))]
#[get("/inspection-checklists")]
async fn list_inspection_checklists(
    access: Access,
    db: web::Data<Db>,
    query: Query<ChecklistFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::InspectionChecklists)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::InspectionChecklists).ok();
    page::list(&db, access.principal().id, &query, "code", move |reader, after: Option<String>, descending, limit| {
        let mut rows = inspection_checklists::table.select(ChecklistRow::as_select()).into_boxed();
        let wanted = |status| filters.status.is_empty() || filters.status.contains(&status);
        if !wanted(ChecklistStatus::Active) {
            rows = rows.filter(inspection_checklists::ended_on.is_not_null());
        }
        if !wanted(ChecklistStatus::Ended) {
            rows = rows.filter(inspection_checklists::ended_on.is_null());
        }
        rows = match (after, descending) {
            (Some(code), false) => rows.filter(inspection_checklists::code.gt(code)),
            (Some(code), true) => rows.filter(inspection_checklists::code.lt(code)),
            (None, _) => rows,
        };
        rows = if descending {
            rows.order(inspection_checklists::code.desc())
        } else {
            rows.order(inspection_checklists::code.asc())
        };
        let rows = Page::of(reader.load(rows.limit(limit + 1))?, limit, |row: &ChecklistRow| row.code.clone(), None);
        let keeps = keeps(reader, write.as_ref())?;
        let (items, next, total) = (rows.items, rows.next, rows.total);
        Ok(Page { items: views(reader, keeps, items)?, next, total })
    })
    .await
}

/// Read a checklist
///
/// Every role may read it.
#[utoipa::path(tag = "inspections", operation_id = "get_inspection_checklist", params(("id" = Id, Path, description = "The checklist"), Shape), responses(
    (status = 200, description = "The checklist", body = InspectionChecklist, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/inspection-checklists/{id}")]
async fn get_inspection_checklist(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::InspectionChecklists)?;
    query.shape.check(FIELDS, &[])?;
    let (id, write) = (id.into_inner(), access.to(Action::Update, Resource::InspectionChecklists).ok());
    let found = db
        .read(move |reader| {
            let row = reader.one(inspection_checklists::table.find(id).select(ChecklistRow::as_select()))?;
            let keeps = keeps(reader, write.as_ref())?;
            view(reader, keeps, row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Make a checklist
///
/// For the province: its organisation board, its leaders and its inspectors.
#[utoipa::path(tag = "inspections", operation_id = "create_inspection_checklist", request_body = NewInspectionChecklist, responses(
    (status = 201, description = "Made", body = InspectionChecklist),
    NotMade,
), security(("password" = [])))]
#[post("/inspection-checklists")]
async fn create_inspection_checklist(command: Command<Json<NewInspectionChecklist>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::InspectionChecklists)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            require_the_province(tx, &write)?;
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "inspection-checklists", id, new)? {
                let row = tx.read().one(inspection_checklists::table.find(id).select(ChecklistRow::as_select()))?;
                return show(tx, row);
            }
            let row = create(tx, id, new)?;
            let made = view(&mut tx.read(), true, row)?;
            Answer::created(format!("/api/v1/inspection-checklists/{id}"), made.version, &made)
        })
        .await
}

/// Give a checklist other questions
///
/// A new edition; inspections that began with an older one keep it. For the province.
#[utoipa::path(tag = "inspections", operation_id = "change_inspection_checklist", params(("id" = Id, Path, description = "The checklist"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ChecklistEdition, responses(
    (status = 200, description = "As it is now", body = InspectionChecklist),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-checklists/{id}/editions")]
async fn change_inspection_checklist(command: Command<Json<ChecklistEdition>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::InspectionChecklists)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(body), given| {
            require_the_province(tx, &write)?;
            let row: ChecklistRow = tx.read().one(inspection_checklists::table.find(id).select(ChecklistRow::as_select()))?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            in_use(&row)?;
            let row = ChecklistRow { version: row.version + 1, updated_at: tx.now(), edition: row.edition + 1, ..row };
            tx.record(Change::new("change", "inspection_checklists", id, row.version).after(body));
            save(tx, &row)?;
            add_questions(tx, id, row.edition, &body.questions)?;
            show(tx, row)
        })
        .await
}

/// End a checklist
///
/// No new inspection uses it; those that do keep it. For the province.
#[utoipa::path(tag = "inspections", operation_id = "end_inspection_checklist", params(("id" = Id, Path, description = "The checklist"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ChecklistEnding, responses(
    (status = 200, description = "As it is now", body = InspectionChecklist),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-checklists/{id}/endings")]
async fn end_inspection_checklist(command: Command<Json<ChecklistEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::InspectionChecklists)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(body), given| {
            require_the_province(tx, &write)?;
            let row: ChecklistRow = tx.read().one(inspection_checklists::table.find(id).select(ChecklistRow::as_select()))?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            in_use(&row)?;
            rules::check_past("/ended_on", body.ended_on, None, today())?;
            let row = ChecklistRow { version: row.version + 1, updated_at: tx.now(), ended_on: Some(body.ended_on), ..row };
            tx.record(Change::new("end", "inspection_checklists", id, row.version).on(body.ended_on).after(body));
            save(tx, &row)?;
            show(tx, row)
        })
        .await
}

fn show(tx: &mut Tx<'_>, row: ChecklistRow) -> Result<Answer> {
    let found = view(&mut tx.read(), true, row)?;
    Answer::changed(found.version, &found)
}
