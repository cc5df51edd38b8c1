//! Title standards (chuẩn chức danh): what a post asks of who holds it, as dated data that the province keeps.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{GeneralEducationLevel, PoliticalTheoryLevel, Post, ProfessionalLevel, QualificationKind},
    rules::{self, Standard},
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{Change, Db, Id, Instant, Reader, TextList, Tx, schema::title_standards},
    http::{
        AllowedAction, Answer, Command, Json, List, Listing, Locale, NoFilters, Page, Paging, Patch, Problem, ProblemBody, Query,
        Result, Shape, answer, page,
    },
    text,
    units::{Trait, UnitKind},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_title_standards)
        .service(create_title_standard)
        .service(get_title_standard)
        .service(update_title_standard);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = title_standards)]
pub struct StandardRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub post: Post,
    pub unit_kind: UnitKind,
    pub trait_code: Option<Trait>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub min_general_education: Option<GeneralEducationLevel>,
    pub min_professional: Option<ProfessionalLevel>,
    pub min_political_theory: Option<PoliticalTheoryLevel>,
    pub required_certificates: TextList,
    pub max_age_first_term: Option<i64>,
    pub legal_basis: String,
}

impl StandardRow {
    fn certificates(&self) -> Vec<QualificationKind> {
        self.required_certificates.items().iter().filter_map(|code| code.parse().ok()).collect()
    }

    /// As the rules want it.
    pub fn rule(&self) -> Standard {
        Standard {
            post: self.post,
            unit_kind: self.unit_kind,
            trait_code: self.trait_code,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            min_general_education: self.min_general_education,
            min_professional: self.min_professional,
            min_political_theory: self.min_political_theory,
            required_certificates: self.certificates(),
            max_age_first_term: self.max_age_first_term,
        }
    }
}

/// What a post asks of who holds it, from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TitleStandard {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub post: Post,
    /// In units of this kind.
    pub unit_kind: UnitKind,
    /// Only in units with this trait; such a standard goes before the general one.
    #[serde(rename = "trait")]
    pub trait_code: Option<Trait>,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    pub min_general_education: Option<GeneralEducationLevel>,
    pub min_professional: Option<ProfessionalLevel>,
    pub min_political_theory: Option<PoliticalTheoryLevel>,
    pub required_certificates: Vec<QualificationKind>,
    /// In full years, on the day she comes to the post for the first time.
    #[schema(example = 45)]
    pub max_age_first_term: Option<i64>,
    #[schema(example = "Nghị định 33/2023/NĐ-CP")]
    pub legal_basis: String,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new standard.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTitleStandard {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same standard.
    pub id: Option<Id>,
    pub post: Post,
    /// A kind of unit that has such a post.
    pub unit_kind: UnitKind,
    #[serde(rename = "trait")]
    pub trait_code: Option<Trait>,
    /// The first day; no other standard for the same post, kind and trait holds then. End the former one first.
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub min_general_education: Option<GeneralEducationLevel>,
    pub min_professional: Option<ProfessionalLevel>,
    pub min_political_theory: Option<PoliticalTheoryLevel>,
    /// Kinds of qualification that are certificates.
    #[serde(default)]
    #[validate(length(max = 10))]
    pub required_certificates: Vec<QualificationKind>,
    #[validate(range(min = 18, max = 99))]
    #[schema(minimum = 18, maximum = 99, example = 45)]
    pub max_age_first_term: Option<i64>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Nghị định 33/2023/NĐ-CP")]
    pub legal_basis: String,
}

/// What of a standard is changed in place. For another post, kind or trait make another standard.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TitleStandardCorrection {
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    pub min_general_education: Option<GeneralEducationLevel>,
    pub min_professional: Option<ProfessionalLevel>,
    pub min_political_theory: Option<PoliticalTheoryLevel>,
    #[validate(length(max = 10))]
    pub required_certificates: Vec<QualificationKind>,
    #[validate(range(min = 18, max = 99))]
    #[schema(minimum = 18, maximum = 99)]
    pub max_age_first_term: Option<i64>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub legal_basis: String,
}

/// Filters of `GET /title-standards`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TitleStandardFilters {
    /// Only these posts.
    #[serde(default)]
    pub post: Vec<Post>,
    /// Only these kinds of units.
    #[serde(default)]
    pub unit_kind: Vec<UnitKind>,
    /// Holding on this day.
    #[param(example = "2024-06-30")]
    pub as_of: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "post",
    "unit_kind",
    "trait",
    "valid_from",
    "valid_to",
    "min_general_education",
    "min_professional",
    "min_political_theory",
    "required_certificates",
    "max_age_first_term",
    "legal_basis",
    "allowed_actions",
];

// ---- queries

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

/// Standards are the province's, not a unit's: whoever may read them reads all.
pub(super) fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &TitleStandardFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<StandardRow, ByDay>> {
    let mut query = title_standards::table.select(StandardRow::as_select()).into_boxed();
    if !filters.post.is_empty() {
        query = query.filter(title_standards::post.eq_any(filters.post.clone()));
    }
    if !filters.unit_kind.is_empty() {
        query = query.filter(title_standards::unit_kind.eq_any(filters.unit_kind.clone()));
    }
    if let Some(day) = filters.as_of {
        query = query
            .filter(title_standards::valid_from.le(day))
            .filter(title_standards::valid_to.is_null().or(title_standards::valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => query
            .filter(title_standards::valid_from.gt(day).or(title_standards::valid_from.eq(day).and(title_standards::id.gt(id)))),
        (Some((day, id)), true) => query
            .filter(title_standards::valid_from.lt(day).or(title_standards::valid_from.eq(day).and(title_standards::id.lt(id)))),
        (None, _) => query,
    };
    query = if descending {
        query.order((title_standards::valid_from.desc(), title_standards::id.desc()))
    } else {
        query.order((title_standards::valid_from.asc(), title_standards::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &StandardRow| (row.valid_from, row.id), None))
}

/// All that hold on a day.
pub fn valid_on(reader: &mut Reader<'_>, day: NaiveDate) -> Result<Vec<StandardRow>> {
    reader.load(
        title_standards::table
            .filter(title_standards::valid_from.le(day))
            .filter(title_standards::valid_to.is_null().or(title_standards::valid_to.gt(day)))
            .select(StandardRow::as_select()),
    )
}

pub(super) fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<StandardRow> {
    reader.one(title_standards::table.find(id).select(StandardRow::as_select()))
}

pub(super) fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewTitleStandard) -> Result<StandardRow> {
    let now = tx.now();
    if !rules::may_be_held_in(new.post, new.unit_kind) {
        return Err(Problem::field(
            "/post",
            "wrong_post",
            format!("{} không có chức vụ {}", new.unit_kind.label(Locale::Vi), new.post.label(Locale::Vi)),
            format!("There is no {} in a {} unit", new.post, new.unit_kind),
        ));
    }
    let row = StandardRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        post: new.post,
        unit_kind: new.unit_kind,
        trait_code: new.trait_code,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        min_general_education: new.min_general_education,
        min_professional: new.min_professional,
        min_political_theory: new.min_political_theory,
        required_certificates: codes(&new.required_certificates)?,
        max_age_first_term: new.max_age_first_term,
        legal_basis: text::clean(&new.legal_basis),
    };
    check(tx, &row)?;
    tx.record(Change::new("create", "title_standards", id, 1).on(row.valid_from).after(new));
    tx.execute(diesel::insert_into(title_standards::table).values(&row))?;
    Ok(row)
}

pub(super) fn correct(
    tx: &mut Tx<'_>,
    _scope: &Scope,
    row: StandardRow,
    before: &TitleStandardCorrection,
    after: &TitleStandardCorrection,
) -> Result<StandardRow> {
    let row = StandardRow {
        version: row.version + 1,
        updated_at: tx.now(),
        valid_from: after.valid_from,
        valid_to: after.valid_to,
        min_general_education: after.min_general_education,
        min_professional: after.min_professional,
        min_political_theory: after.min_political_theory,
        required_certificates: codes(&after.required_certificates)?,
        max_age_first_term: after.max_age_first_term,
        legal_basis: text::clean(&after.legal_basis),
        ..row
    };
    check(tx, &row)?;
    tx.record(Change::new("update", "title_standards", row.id, row.version).before(before).after(after));
    let seen = title_standards::table.filter(title_standards::id.eq(row.id)).filter(title_standards::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        title_standards::version.eq(row.version),
        title_standards::updated_at.eq(row.updated_at),
        title_standards::valid_from.eq(row.valid_from),
        title_standards::valid_to.eq(row.valid_to),
        title_standards::min_general_education.eq(row.min_general_education),
        title_standards::min_professional.eq(row.min_professional),
        title_standards::min_political_theory.eq(row.min_political_theory),
        title_standards::required_certificates.eq(row.required_certificates.clone()),
        title_standards::max_age_first_term.eq(row.max_age_first_term),
        title_standards::legal_basis.eq(&row.legal_basis),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

fn codes(kinds: &[QualificationKind]) -> Result<TextList> {
    if let Some(index) = kinds.iter().position(|kind| !kind.is_certificate()) {
        return Err(Problem::field(
            format!("/required_certificates/{index}"),
            "not_a_certificate",
            "Đây không phải chứng chỉ; hãy dùng các trình độ tối thiểu",
            "This is no certificate; use the minimum levels",
        ));
    }
    Ok(TextList::of(&kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()))
}

/// Real days, a basis, and no other standard for the same in that time.
fn check(tx: &mut Tx<'_>, row: &StandardRow) -> Result<()> {
    if row.legal_basis.is_empty() {
        return Err(Problem::field("/legal_basis", "required", "Bắt buộc phải có", "Must be given"));
    }
    rules::check_day("/valid_from", row.valid_from)?;
    if let Some(to) = row.valid_to {
        rules::check_day("/valid_to", to)?;
    }
    rules::check_period("/valid_to", row.valid_from, row.valid_to)?;
    let others: Vec<StandardRow> = tx.read().load(
        title_standards::table
            .filter(title_standards::post.eq(row.post))
            .filter(title_standards::unit_kind.eq(row.unit_kind))
            .filter(title_standards::id.ne(row.id))
            .select(StandardRow::as_select()),
    )?;
    let other = others
        .iter()
        .filter(|other| other.trait_code == row.trait_code)
        .find(|other| rules::overlap(row.valid_from, row.valid_to, other.valid_from, other.valid_to));
    match other {
        None => Ok(()),
        Some(other) => Err(Problem::field(
            "/valid_from",
            "standards_overlap",
            format!("Trùng thời gian với chuẩn theo {}", other.legal_basis),
            format!("Overlaps with the standard by {}", other.legal_basis),
        )),
    }
}

/// Loads the standards that ship with the service, once; the province keeps them from then on (domain guide 3.5).
pub(crate) fn ensure_title_standards(tx: &mut Tx<'_>) -> Result<()> {
    use GeneralEducationLevel::{LowerSecondary, UpperSecondary};
    let any: Vec<Id> = tx.read().load(title_standards::table.select(title_standards::id).limit(1))?;
    if !any.is_empty() {
        return Ok(());
    }
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN);
    // Fifteen days after the gazette of 2004-02-12.
    let (first, decree, law) = (day(2004, 2, 27), day(2023, 8, 1), day(2025, 7, 1));
    let now = tx.now();
    let blank = |post, unit_kind, from, to, basis: &str| StandardRow {
        id: Id::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        post,
        unit_kind,
        trait_code: None,
        valid_from: from,
        valid_to: to,
        min_general_education: None,
        min_professional: None,
        min_political_theory: None,
        required_certificates: TextList::of::<&str>(&[]),
        max_age_first_term: None,
        legal_basis: basis.into(),
    };
    let president = |from, to, basis: &str| blank(Post::President, UnitKind::Base, from, to, basis);
    let old = "Quyết định 04/2004/QĐ-BNV ngày 16/01/2004";
    let rows = [
        StandardRow {
            min_general_education: Some(UpperSecondary),
            min_political_theory: Some(PoliticalTheoryLevel::Elementary),
            ..president(first, Some(decree), old)
        },
        StandardRow {
            trait_code: Some(Trait::Mountain),
            min_general_education: Some(LowerSecondary),
            min_political_theory: Some(PoliticalTheoryLevel::Elementary),
            ..president(first, Some(decree), old)
        },
        StandardRow {
            min_general_education: Some(UpperSecondary),
            min_professional: Some(ProfessionalLevel::Intermediate),
            min_political_theory: Some(PoliticalTheoryLevel::Intermediate),
            ..president(decree, Some(law), "Nghị định 33/2023/NĐ-CP ngày 10/6/2023")
        },
        StandardRow {
            min_general_education: Some(UpperSecondary),
            min_professional: Some(ProfessionalLevel::University),
            min_political_theory: Some(PoliticalTheoryLevel::Intermediate),
            ..president(law, None, "Luật Cán bộ, công chức năm 2025")
        },
        StandardRow {
            required_certificates: TextList::of(&[QualificationKind::UnionWorkCertificate.as_str()]),
            ..blank(
                Post::BranchHead,
                UnitKind::Branch,
                day(2018, 12, 31),
                None,
                "Đề án 1893 (Quyết định 1893/QĐ-TTg ngày 31/12/2018)",
            )
        },
    ];
    for row in &rows {
        tx.keep(diesel::insert_into(title_standards::table).values(row))?;
    }
    Ok(())
}

// ---- routes

/// List title standards
///
/// What posts ask of who holds them, by first day. Every role may read them.
#[utoipa::path(tag = "title-standards", operation_id = "list_title_standards", params(TitleStandardFilters, Paging, Shape), responses(
    (status = 200, description = "A page of standards", body = Listing<TitleStandard>),
), security(("password" = [])))]
#[get("/title-standards")]
async fn list_title_standards(
    access: Access,
    db: web::Data<Db>,
    query: Query<TitleStandardFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let writable = access.may(Action::Update, Resource::Standards);
    page::list(&db, access.principal().id, &query, "valid_from", move |reader, after, descending, limit| {
        Ok(list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(writable, row)))
    })
    .await
}

/// Read a title standard
///
/// Every role may read it.
#[utoipa::path(tag = "title-standards", operation_id = "get_title_standard", params(("id" = Id, Path, description = "The standard"), Shape), responses(
    (status = 200, description = "The standard", body = TitleStandard, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such standard", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/title-standards/{id}")]
async fn get_title_standard(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let writable = access.may(Action::Update, Resource::Standards);
    let row = db.read(move |reader| find(reader, &scope, id)).await?;
    let found = view(writable, row);
    answer::object(&request, &query.shape, found.version, &found)
}

/// Set a title standard
///
/// From a day on. What is asked for afterwards of who is in the post shows at once in `GET /officers`. For
/// `province_org`.
#[utoipa::path(tag = "title-standards", operation_id = "create_title_standard", request_body = NewTitleStandard, responses(
    (status = 201, description = "Set", body = TitleStandard),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/title-standards")]
async fn create_title_standard(command: Command<Json<NewTitleStandard>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Standards)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "title-standards", id, new)? {
                let found = view(true, find(&mut tx.read(), &write, id)?);
                return Answer::changed(found.version, &found);
            }
            let made = view(true, create(tx, &write, id, new)?);
            Answer::created(format!("/api/v1/title-standards/{id}"), made.version, &made)
        })
        .await
}

/// Correct or end a title standard
///
/// A new law: end this one with `valid_to`, and set another from that day on. For `province_org`.
#[utoipa::path(tag = "title-standards", operation_id = "update_title_standard", params(("id" = Id, Path, description = "The standard"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<TitleStandardCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = TitleStandard),
    (status = 404, description = "There is no such standard", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/title-standards/{id}")]
async fn update_title_standard(command: Command<Patch<TitleStandardCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Standards)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            let before = TitleStandardCorrection {
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                min_general_education: row.min_general_education,
                min_professional: row.min_professional,
                min_political_theory: row.min_political_theory,
                required_certificates: row.certificates(),
                max_age_first_term: row.max_age_first_term,
                legal_basis: row.legal_basis.clone(),
            };
            let after = patch.apply(&before)?;
            let row = if patch.is_empty() { row } else { correct(tx, &write, row, &before, &after)? };
            let found = view(true, row);
            Answer::changed(found.version, &found)
        })
        .await
}

fn view(writable: bool, row: StandardRow) -> TitleStandard {
    let update = writable.then(|| AllowedAction::update(format!("/api/v1/title-standards/{}", row.id)));
    TitleStandard {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        post: row.post,
        unit_kind: row.unit_kind,
        trait_code: row.trait_code,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        min_general_education: row.min_general_education,
        min_professional: row.min_professional,
        min_political_theory: row.min_political_theory,
        required_certificates: row.certificates(),
        max_age_first_term: row.max_age_first_term,
        legal_basis: row.legal_basis,
        allowed_actions: update.into_iter().collect(),
    }
}
