//! How long each step of a case may take, as dated data (domain guide 3.6). A law that changes is another row; what runs keeps
//! the one that held when it began.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::days::{Circumstance, DayUnit, starts_at};
use crate::{
    access::{Access, Action, Resource, Scope},
    code_list,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::deadline_policies},
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, NoFilters, NotMade, NotThere, Page, Paging, Problem,
        ProblemBody, Query, Result, Shape, answer, page,
    },
    keys::digest,
    text,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_deadline_policies)
        .service(create_deadline_policy)
        .service(get_deadline_policy)
        .service(end_deadline_policy);
}

// ---- types

code_list! {
    /// What a time limit is for. Those of complaints begin with KN (khiếu nại), of denunciations with TC (tố cáo), of
    /// proposals and feedback with KNPA (kiến nghị, phản ánh).
    ClockCode in "clock_codes" {
        KnLim1 = "KN-LIM1", "Thời hiệu khiếu nại lần đầu", "Limitation of a first complaint";
        KnAcc = "KN-ACC", "Thụ lý hoặc không thụ lý khiếu nại", "Accept a complaint, or refuse it";
        KnRes1 = "KN-RES1", "Giải quyết khiếu nại lần đầu", "Settle a first complaint";
        KnSend1 = "KN-SEND1", "Gửi quyết định giải quyết lần đầu", "Send the first decision";
        KnLim2 = "KN-LIM2", "Thời hạn khiếu nại lần hai", "Complain a second time";
        KnRes2 = "KN-RES2", "Giải quyết khiếu nại lần hai", "Settle a second complaint";
        KnSend2 = "KN-SEND2", "Gửi quyết định giải quyết lần hai", "Send the second decision";
        KnPub = "KN-PUB", "Công khai quyết định giải quyết khiếu nại", "Publicise the decision";
        KnDiscLim1 = "KN-DISC-LIM1", "Thời hiệu khiếu nại quyết định kỷ luật lần đầu", "Limitation against a disciplinary decision";
        KnDiscLim2 = "KN-DISC-LIM2", "Thời hiệu khiếu nại quyết định kỷ luật lần hai", "The same, a second time";
        KnDiscLim2Dismissal = "KN-DISC-LIM2-D", "Thời hiệu khiếu nại lần hai, kỷ luật buộc thôi việc", "The same after a dismissal";
        KnDiscAcc = "KN-DISC-ACC", "Thụ lý khiếu nại quyết định kỷ luật", "Accept a complaint against a disciplinary decision";
        KnDiscRes = "KN-DISC-RES", "Giải quyết khiếu nại quyết định kỷ luật", "Settle a complaint against a disciplinary decision";
        TcInit = "TC-INIT", "Xử lý ban đầu thông tin tố cáo", "Register a denunciation and check its conditions";
        TcFwd = "TC-FWD", "Chuyển tố cáo không thuộc thẩm quyền", "Forward a denunciation";
        TcPress = "TC-PRESS", "Trả lời cơ quan báo chí, cơ quan chuyển đơn", "Reply to the press or agency that passed it on";
        TcNote = "TC-NOTE", "Thông báo thụ lý tố cáo", "Notify of acceptance";
        TcRes = "TC-RES", "Giải quyết tố cáo", "Settle a denunciation";
        TcConc = "TC-CONC", "Gửi kết luận nội dung tố cáo", "Send the conclusion";
        TcAct = "TC-ACT", "Xử lý theo kết luận", "Act on the conclusion";
        TcPub = "TC-PUB", "Công khai kết luận nội dung tố cáo", "Publicise the conclusion";
        TcCont = "TC-CONT", "Xử lý tố cáo tiếp", "Decide on a continued denunciation";
        Knpa = "KNPA", "Xử lý đơn kiến nghị, phản ánh; phân loại đơn", "Handle a proposal or feedback; sort a petition";
        File = "FILE", "Lưu đơn không đủ điều kiện", "Keep a petition that was filed";
        Union7 = "UNION-7", "Nơi nhận đơn Hội chuyển báo kết quả", "The recipient of what the union forwarded reports";
    }
}

impl ClockCode {
    /// The times for settling stand still while a case is suspended; duties to tell somebody do not.
    pub const fn stands_still(self) -> bool {
        matches!(self, Self::KnRes1 | Self::KnRes2 | Self::KnDiscRes | Self::TcRes)
    }
}

code_list! {
    /// Who set a time limit.
    PolicySource in "deadline_policy_sources" {
        Law = "law", "Luật", "The law";
        UnionGuidance = "union_guidance", "Hướng dẫn của Hội", "Guidance of the union";
    }
}

/// The row.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadline_policies)]
pub struct PolicyRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub code: ClockCode,
    pub source: PolicySource,
    pub legal_basis: String,
    pub is_verified: bool,
    pub moves_running: bool,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub unit: DayUnit,
    pub days: i64,
    pub complex_days: Option<i64>,
    pub remote_days: Option<i64>,
    pub remote_complex_days: Option<i64>,
    pub several_places_days: Option<i64>,
    pub extension_days: Option<i64>,
    pub end_reason: Option<String>,
}

/// How long a step of a case may take, from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeadlinePolicy {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub code: ClockCode,
    pub source: PolicySource,
    /// The law and its article.
    #[schema(example = "Luật Khiếu nại 02/2011/QH13, điều 28")]
    pub legal_basis: String,
    /// Whether somebody has compared it with the full text.
    pub is_verified: bool,
    /// Whether what already runs is computed anew by it; otherwise it keeps the rule of the day it began.
    pub moves_running: bool,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    pub unit: DayUnit,
    #[schema(example = 30)]
    pub days: i64,
    /// Of a complex case; the most that an extension of a complaint may reach.
    #[schema(example = 45)]
    pub complex_days: Option<i64>,
    /// In a remote area.
    #[schema(example = 45)]
    pub remote_days: Option<i64>,
    /// Of a complex case in a remote area.
    #[schema(example = 60)]
    pub remote_complex_days: Option<i64>,
    /// Where it must be checked in several places.
    pub several_places_days: Option<i64>,
    /// What each extension adds: once to a complex denunciation, twice to a specially complex one.
    pub extension_days: Option<i64>,
    /// Why it was ended, if that was said.
    pub end_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new rule.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeadlinePolicy {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same rule.
    pub id: Option<Id>,
    pub code: ClockCode,
    pub source: PolicySource,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Luật Khiếu nại 02/2011/QH13, điều 28")]
    pub legal_basis: String,
    #[serde(default)]
    pub is_verified: bool,
    /// Whether what already runs is computed anew by it.
    #[serde(default)]
    pub moves_running: bool,
    /// The first day; no other rule for the same step holds then. End the former one first.
    pub valid_from: NaiveDate,
    pub unit: DayUnit,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660, example = 30)]
    pub days: i64,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660)]
    pub complex_days: Option<i64>,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660)]
    pub remote_days: Option<i64>,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660)]
    pub remote_complex_days: Option<i64>,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660)]
    pub several_places_days: Option<i64>,
    #[validate(range(min = 1, max = 3660))]
    #[schema(minimum = 1, maximum = 3660)]
    pub extension_days: Option<i64>,
}

/// The end of a rule.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlinePolicyEnding {
    /// The first day on which it no longer holds; may lie ahead. Its own first day says that it never held.
    pub valid_to: NaiveDate,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Luật 136/2025/QH15 thay thế")]
    pub reason: String,
}

/// Filters of `GET /deadline-policies`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadlinePolicyFilters {
    /// Only these steps.
    #[serde(default)]
    pub code: Vec<ClockCode>,
    #[serde(default)]
    pub source: Vec<PolicySource>,
    /// Holding on this day.
    #[param(example = "2026-07-01")]
    pub as_of: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "code",
    "source",
    "legal_basis",
    "is_verified",
    "moves_running",
    "valid_from",
    "valid_to",
    "unit",
    "days",
    "complex_days",
    "remote_days",
    "remote_complex_days",
    "several_places_days",
    "extension_days",
    "end_reason",
    "allowed_actions",
];

// ---- rules

impl PolicyRow {
    /// How many days there are in these circumstances. What the rule does not say of two together, the longer of both says.
    pub fn days_in(&self, case: &[Circumstance]) -> i64 {
        use Circumstance::{Complex, Remote, SeveralPlaces};
        [
            (&[Complex] as &[_], self.complex_days),
            (&[Remote], self.remote_days),
            (&[Remote, Complex], self.remote_complex_days),
            (&[SeveralPlaces], self.several_places_days),
        ]
        .into_iter()
        .filter(|(needed, _)| needed.iter().all(|one| case.contains(one)))
        .filter_map(|(_, days)| days)
        .max()
        .unwrap_or(self.days)
    }

    fn holds_on(&self, day: NaiveDate) -> bool {
        super::within(day, self.valid_from, self.valid_to)
    }
}

// ---- queries

/// The rule for a step that held on a day.
pub fn valid_on(reader: &mut Reader<'_>, code: ClockCode, day: NaiveDate) -> Result<Option<PolicyRow>> {
    let rows: Vec<PolicyRow> = reader.load(
        deadline_policies::table
            .filter(deadline_policies::code.eq(code))
            .filter(deadline_policies::valid_from.le(day))
            .select(PolicyRow::as_select()),
    )?;
    Ok(rows.into_iter().find(|row| row.holds_on(day)))
}

/// These rules, whether they still hold or not.
pub fn with_ids(reader: &mut Reader<'_>, ids: &[Id]) -> Result<Vec<PolicyRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    reader.load(deadline_policies::table.filter(deadline_policies::id.eq_any(ids.to_vec())).select(PolicyRow::as_select()))
}

/// The steps that no rule is for on a day.
pub(super) fn lacking_on(reader: &mut Reader<'_>, day: NaiveDate) -> Result<Vec<ClockCode>> {
    let rows: Vec<(ClockCode, Option<NaiveDate>)> = reader.load(
        deadline_policies::table
            .filter(deadline_policies::valid_from.le(day))
            .select((deadline_policies::code, deadline_policies::valid_to)),
    )?;
    let holds = |code| rows.iter().any(|(known, to)| *known == code && to.is_none_or(|to| day < to));
    Ok(ClockCode::ALL.iter().copied().filter(|code| !holds(*code)).collect())
}

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &DeadlinePolicyFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<PolicyRow, ByDay>> {
    use deadline_policies::{code, id, source, table, valid_from, valid_to};
    let mut query = table.select(PolicyRow::as_select()).into_boxed();
    if !filters.code.is_empty() {
        query = query.filter(code.eq_any(filters.code.clone()));
    }
    if !filters.source.is_empty() {
        query = query.filter(source.eq_any(filters.source.clone()));
    }
    if let Some(day) = filters.as_of {
        query = query.filter(valid_from.le(day)).filter(valid_to.is_null().or(valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some((day, last)), false) => query.filter(valid_from.gt(day).or(valid_from.eq(day).and(id.gt(last)))),
        (Some((day, last)), true) => query.filter(valid_from.lt(day).or(valid_from.eq(day).and(id.lt(last)))),
        (None, _) => query,
    };
    query = if descending { query.order((valid_from.desc(), id.desc())) } else { query.order((valid_from.asc(), id.asc())) };
    Ok(Page::of(reader.load(query.limit(limit + 1))?, limit, |row: &PolicyRow| (row.valid_from, row.id), None))
}

fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<PolicyRow> {
    reader.one(deadline_policies::table.find(id).select(PolicyRow::as_select()))
}

fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewDeadlinePolicy) -> Result<PolicyRow> {
    let now = tx.now();
    let row = PolicyRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        code: new.code,
        source: new.source,
        legal_basis: said("/legal_basis", &new.legal_basis)?,
        is_verified: new.is_verified,
        moves_running: new.moves_running,
        valid_from: new.valid_from,
        valid_to: None,
        unit: new.unit,
        days: new.days,
        complex_days: new.complex_days,
        remote_days: new.remote_days,
        remote_complex_days: new.remote_complex_days,
        several_places_days: new.several_places_days,
        extension_days: new.extension_days,
        end_reason: None,
    };
    super::check_day("/valid_from", row.valid_from)?;
    // It has no end: whatever holds then, or later, stands in its way. One that ends on its first day never held.
    let others: Vec<PolicyRow> = tx.read().load(
        deadline_policies::table
            .filter(deadline_policies::code.eq(row.code))
            .filter(deadline_policies::valid_to.is_null().or(deadline_policies::valid_to.gt(row.valid_from)))
            .select(PolicyRow::as_select()),
    )?;
    if let Some(other) = others.iter().find(|other| other.valid_to.is_none_or(|to| to > other.valid_from)) {
        return Err(Problem::field(
            "/valid_from",
            "policies_overlap",
            format!("Trùng thời gian với quy định theo {}", other.legal_basis),
            format!("Overlaps with the rule by {}", other.legal_basis),
        ));
    }
    tx.record(Change::new("create", "deadline_policies", id, 1).on(row.valid_from).after(new));
    tx.execute(diesel::insert_into(deadline_policies::table).values(&row))?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, row: PolicyRow, ending: &DeadlinePolicyEnding) -> Result<PolicyRow> {
    if row.valid_to.is_some() {
        return Err(Problem::say(Code::InvalidTransition, "Quy định đã có ngày hết hiệu lực", "The rule has an end already")
            .with("allowed_actions", json!(actions(&row))));
    }
    super::check_day("/valid_to", ending.valid_to)?;
    if ending.valid_to < row.valid_from {
        return Err(Problem::field(
            "/valid_to",
            "before_start",
            format!("Không được trước ngày bắt đầu ({})", row.valid_from),
            format!("Must not be before the first day ({})", row.valid_from),
        ));
    }
    let row = PolicyRow {
        version: row.version + 1,
        updated_at: tx.now(),
        valid_to: Some(ending.valid_to),
        end_reason: Some(said("/reason", &ending.reason)?),
        ..row
    };
    tx.record(
        Change::new("end", "deadline_policies", row.id, row.version)
            .on(ending.valid_to)
            .before(&json!({ "valid_to": null, "reason": null }))
            .after(ending),
    );
    let seen =
        deadline_policies::table.filter(deadline_policies::id.eq(row.id)).filter(deadline_policies::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        deadline_policies::version.eq(row.version),
        deadline_policies::updated_at.eq(row.updated_at),
        deadline_policies::valid_to.eq(row.valid_to),
        deadline_policies::end_reason.eq(&row.end_reason),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

pub(super) fn said(pointer: &str, words: &str) -> Result<String> {
    let words = text::clean(words);
    if words.is_empty() {
        return Err(Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given"));
    }
    Ok(words)
}

// ---- what ships with the service

/// Days, with what a complex case, a remote area, both, and several places make of them, and what an extension adds.
#[derive(Clone, Copy, Default)]
struct Days {
    unit: Option<DayUnit>,
    days: i64,
    complex: Option<i64>,
    remote: Option<i64>,
    both: Option<i64>,
    places: Option<i64>,
    extension: Option<i64>,
}

const fn plain(days: i64) -> Days {
    Days { unit: None, days, complex: None, remote: None, both: None, places: None, extension: None }
}

const fn working(days: i64) -> Days {
    Days { unit: Some(DayUnit::Working), ..plain(days) }
}

const COMPLAINTS: &str = "Luật Khiếu nại 02/2011/QH13";
const DENUNCIATIONS: &str = "Luật Tố cáo 25/2018/QH14";

/// The steps of the two laws that law 136/2025/QH15 amends, each with its article.
const OF_LAWS: &[(ClockCode, &str, &str, Days)] = &[
    (ClockCode::KnLim1, COMPLAINTS, "điều 9", plain(90)),
    (ClockCode::KnAcc, COMPLAINTS, "điều 27", plain(10)),
    (ClockCode::KnRes1, COMPLAINTS, "điều 28", Days { complex: Some(45), remote: Some(45), both: Some(60), ..plain(30) }),
    (ClockCode::KnSend1, COMPLAINTS, "điều 32", working(3)),
    (ClockCode::KnLim2, COMPLAINTS, "điều 33", Days { remote: Some(45), ..plain(30) }),
    (ClockCode::KnRes2, COMPLAINTS, "điều 37", Days { complex: Some(60), remote: Some(60), both: Some(70), ..plain(45) }),
    (ClockCode::KnSend2, COMPLAINTS, "điều 41", plain(7)),
    (ClockCode::KnPub, COMPLAINTS, "điều 41", plain(15)),
    (ClockCode::KnDiscLim1, COMPLAINTS, "điều 48", plain(15)),
    (ClockCode::KnDiscLim2, COMPLAINTS, "điều 48", plain(10)),
    (ClockCode::KnDiscLim2Dismissal, COMPLAINTS, "điều 48", plain(30)),
    (ClockCode::KnDiscAcc, COMPLAINTS, "điều 49", plain(10)),
    (ClockCode::KnDiscRes, COMPLAINTS, "điều 50", Days { complex: Some(45), ..plain(30) }),
    (ClockCode::TcInit, DENUNCIATIONS, "điều 24 khoản 1", Days { places: Some(10), ..working(7) }),
    (ClockCode::TcFwd, DENUNCIATIONS, "điều 24 khoản 2", working(5)),
    (ClockCode::TcPress, DENUNCIATIONS, "điều 26 khoản 2", plain(20)),
    (ClockCode::TcNote, DENUNCIATIONS, "điều 29", working(5)),
    (ClockCode::TcRes, DENUNCIATIONS, "điều 30", Days { extension: Some(30), ..plain(30) }),
    (ClockCode::TcConc, DENUNCIATIONS, "điều 35", working(5)),
    (ClockCode::TcAct, DENUNCIATIONS, "điều 36", working(7)),
    (ClockCode::TcPub, DENUNCIATIONS, "điều 40; niêm yết hoặc đăng ít nhất 15 ngày", working(7)),
    (ClockCode::TcCont, DENUNCIATIONS, "điều 37", plain(20)),
];

/// Of which the guide is not sure by the text of the law itself.
const UNSURE: &[ClockCode] = &[
    ClockCode::KnDiscLim1,
    ClockCode::KnDiscLim2,
    ClockCode::KnDiscLim2Dismissal,
    ClockCode::KnDiscAcc,
    ClockCode::KnDiscRes,
    ClockCode::TcPub,
    ClockCode::TcCont,
    ClockCode::Knpa,
    ClockCode::File,
    ClockCode::Union7,
];

/// A rule that ships with the service.
struct Shipped {
    code: ClockCode,
    source: PolicySource,
    legal_basis: String,
    is_verified: bool,
    from: NaiveDate,
    to: Option<NaiveDate>,
    days: Days,
}

fn shipped() -> Vec<Shipped> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN);
    let (law_2011, law_2018, law_2025) = (day(2012, 7, 1), day(2019, 1, 1), day(2026, 7, 1));
    let (circular_2014, circular_2021) = (day(2014, 12, 20), day(2021, 11, 15));
    let law = |code, legal_basis: String, from, to, days| Shipped {
        code,
        source: PolicySource::Law,
        is_verified: false,
        legal_basis,
        from,
        to,
        days,
    };
    let mut all = Vec::new();
    for (code, act, article, days) in OF_LAWS {
        let from = if *act == COMPLAINTS { law_2011 } else { law_2018 };
        let old = law(*code, format!("{act}, {article}"), from, Some(law_2025), *days);
        all.push(Shipped { is_verified: !UNSURE.contains(code), ..old });
        // No other numbers were seen in it, and its full text was not.
        let amended = format!("Luật 136/2025/QH15 sửa đổi {act}, {article}; cần đối chiếu toàn văn");
        all.push(law(*code, amended, law_2025, None, *days));
    }
    // The law on denunciations before that of 2018, as far as its numbers are known.
    let before = |article: &str| format!("Luật Tố cáo 03/2011/QH13, {article}; cần đối chiếu");
    let initial = Days { places: Some(15), ..plain(10) };
    let settled = Days { complex: Some(90), extension: Some(30), ..plain(60) };
    all.push(law(ClockCode::TcInit, before("điều 20"), law_2011, Some(law_2018), initial));
    all.push(law(ClockCode::TcFwd, before("điều 20"), law_2011, Some(law_2018), working(5)));
    all.push(law(ClockCode::TcRes, before("điều 21"), law_2011, Some(law_2018), settled));
    all.push(law(
        ClockCode::Knpa,
        "Thông tư 07/2014/TT-TTCP; cần đối chiếu".into(),
        circular_2014,
        Some(circular_2021),
        working(10),
    ));
    all.push(law(ClockCode::Knpa, "Thông tư 05/2021/TT-TTCP; cần đối chiếu".into(), circular_2021, None, working(10)));
    all.push(law(
        ClockCode::File,
        "Thông tư 07/2014/TT-TTCP; cần đối chiếu".into(),
        circular_2014,
        Some(circular_2021),
        plain(365),
    ));
    all.push(law(ClockCode::File, "Thông tư 05/2021/TT-TTCP; cần đối chiếu".into(), circular_2021, None, plain(365)));
    let manual = "Sổ tay công tác kiểm tra của Hội, theo Luật Khiếu nại, tố cáo 1998, điều 91; cần đối chiếu";
    all.push(Shipped { source: PolicySource::UnionGuidance, ..law(ClockCode::Union7, manual.into(), law_2011, None, plain(7)) });
    all
}

/// Loads the rules that ship with the service, once; the province keeps them from then on.
pub(crate) fn ensure_deadline_policies(tx: &mut Tx<'_>) -> Result<()> {
    let any: Vec<Id> = tx.read().load(deadline_policies::table.select(deadline_policies::id).limit(1))?;
    if !any.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    for rule in shipped() {
        tx.keep(diesel::insert_into(deadline_policies::table).values(&rule.row(now)))?;
    }
    Ok(())
}

/// The same in every installation, so that what ships with the service can point to it. Of version 7, by the first day.
fn shipped_id(code: ClockCode, from: NaiveDate) -> Id {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&starts_at(from).millis().to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&digest(&[code.as_str().as_bytes(), from.to_string().as_bytes()])[..10]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Id::from_bytes(&bytes).unwrap_or_default()
}

impl Shipped {
    fn row(self, now: Instant) -> PolicyRow {
        PolicyRow {
            id: shipped_id(self.code, self.from),
            version: 1,
            created_at: now,
            updated_at: now,
            code: self.code,
            source: self.source,
            legal_basis: self.legal_basis,
            is_verified: self.is_verified,
            moves_running: false,
            valid_from: self.from,
            valid_to: self.to,
            unit: self.days.unit.unwrap_or(DayUnit::Calendar),
            days: self.days.days,
            complex_days: self.days.complex,
            remote_days: self.days.remote,
            remote_complex_days: self.days.both,
            several_places_days: self.days.places,
            extension_days: self.days.extension,
            end_reason: None,
        }
    }
}

/// The rule of a new installation for a step on a day.
pub(crate) fn shipped_on(code: ClockCode, day: NaiveDate) -> Option<PolicyRow> {
    shipped().into_iter().map(|rule| rule.row(Instant::now())).find(|row| row.code == code && row.holds_on(day))
}

// ---- routes

/// List the rules of time limits
///
/// By first day; those of former laws are among them. Every role may read them.
#[utoipa::path(tag = "calendar", operation_id = "list_deadline_policies", params(DeadlinePolicyFilters, Paging, Shape), responses(
    (status = 200, description = "A page of rules", body = Listing<DeadlinePolicy>),
), security(("password" = [])))]
#[get("/deadline-policies")]
async fn list_deadline_policies(
    access: Access,
    db: web::Data<Db>,
    query: Query<DeadlinePolicyFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let keeps = super::keeps_policies(&access);
    page::list(&db, access.principal().id, &query, "valid_from", move |reader, after, descending, limit| {
        Ok(list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(keeps, row)))
    })
    .await
}

/// Read a rule of time limits
///
/// Every role may read it.
#[utoipa::path(tag = "calendar", operation_id = "get_deadline_policy", params(("id" = Id, Path, description = "The rule"), Shape), responses(
    (status = 200, description = "The rule", body = DeadlinePolicy, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/deadline-policies/{id}")]
async fn get_deadline_policy(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let row = db.read(move |reader| find(reader, &scope, id)).await?;
    answer::object(&request, &query.shape, row.version, &view(super::keeps_policies(&access), row))
}

/// Set a rule of time limits
///
/// From its first day on what begins is computed by it. What already runs keeps its rule, unless this one says `moves_running`.
/// End the former rule first. For `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "create_deadline_policy", request_body = NewDeadlinePolicy, responses(
    (status = 201, description = "Set", body = DeadlinePolicy),
    NotMade,
), security(("password" = [])))]
#[post("/deadline-policies")]
async fn create_deadline_policy(command: Command<Json<NewDeadlinePolicy>>) -> Result<HttpResponse> {
    let scope = super::policy_keeper(&command.access, Action::Create)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "deadline-policies", id, new)? {
                let row = find(&mut tx.read(), &write, id)?;
                return Answer::changed(row.version, &view(true, row));
            }
            let row = create(tx, &write, id, new)?;
            if row.moves_running {
                super::clocks::follow_policy(tx, &row)?;
            }
            Answer::created(format!("/api/v1/deadline-policies/{id}"), row.version, &view(true, row))
        })
        .await
}

/// End a rule of time limits
///
/// It stays readable, and with what it was attached to. For `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "end_deadline_policy", params(("id" = Id, Path, description = "The rule"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = DeadlinePolicyEnding, responses(
    (status = 200, description = "As it is now", body = DeadlinePolicy),
    (status = 404, description = "There is no such rule", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/deadline-policies/{id}/endings")]
async fn end_deadline_policy(command: Command<Json<DeadlinePolicyEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = super::policy_keeper(&command.access, Action::Update)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, row, ending)?;
            Answer::changed(row.version, &view(true, row))
        })
        .await
}

fn actions(row: &PolicyRow) -> Vec<AllowedAction> {
    let open = row.valid_to.is_none();
    let end = || AllowedAction::act("end", format!("/api/v1/deadline-policies/{}/endings", row.id));
    open.then(|| end().requiring(&["valid_to", "reason"])).into_iter().collect()
}

fn view(keeps: bool, row: PolicyRow) -> DeadlinePolicy {
    DeadlinePolicy {
        allowed_actions: if keeps { actions(&row) } else { Vec::new() },
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        code: row.code,
        source: row.source,
        legal_basis: row.legal_basis,
        is_verified: row.is_verified,
        moves_running: row.moves_running,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        unit: row.unit,
        days: row.days,
        complex_days: row.complex_days,
        remote_days: row.remote_days,
        remote_complex_days: row.remote_complex_days,
        several_places_days: row.several_places_days,
        extension_days: row.extension_days,
        end_reason: row.end_reason,
    }
}
