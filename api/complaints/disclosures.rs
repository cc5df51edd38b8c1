//! To be shown who denounced: asked for with a reason by who handles the case, opened by a second person, for one hour
//! (domain guide 6.4.4). The custodian sees case code, reason and who asks, not the case; whoever asks sees the case, and
//! the identity only through her. Each step is recorded, and an alert tells it to the inspectors of the unit.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::{ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    model::AlertKind,
    vault::{self, PetitionerIdentity},
    visible::Onlooker,
};
use crate::{
    access::{Access, Action, Policy, Resource, Role, Scope},
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{accounts, complaint_alerts, complaint_parties, complaints, identity_disclosures},
    },
    http::{
        AllowedAction, Answer, Bare, Command, Json, List, Listing, NoBody, NoFilters, NotThere, Page, Paging, Problem,
        ProblemBody, Query, Result, Shape, answer, page,
    },
    keys::{Keys, Purpose},
    machine::{self, Event, Machine, StateEvent, Step, StepParty},
    units::store,
};

// ---- types

code_list! {
    DisclosureStatus in "identity_disclosure_statuses" {
        Requested = "requested", "Đang chờ người giữ danh tính", "Waits for a custodian";
        Confirmed = "confirmed", "Được xem trong một giờ", "May be shown for an hour";
        Refused = "refused", "Bị từ chối", "Refused";
        Expired = "expired", "Đã hết giờ xem", "The hour is over";
    }
}

/// How long an identity may be shown once a custodian has said yes.
const SHOWN_SECONDS: i64 = 3600;

/// The life of a request. That the hour is over is what the clock says; nobody has to write it down.
pub(super) const MACHINE: Machine<DisclosureStatus> = Machine {
    name: "identity_disclosures",
    path: "/api/v1/identity-disclosures",
    states: &DisclosureStatus::LIST,
    steps: &[
        Step {
            rule: "6.4.4",
            action: "confirm",
            noun: "confirmations",
            from: &[DisclosureStatus::Requested],
            to: &[DisclosureStatus::Confirmed],
            roles: &[Role::IdentityCustodian],
            party: StepParty::Role,
            requires: &[],
        },
        Step {
            rule: "6.4.4",
            action: "refuse",
            noun: "refusals",
            from: &[DisclosureStatus::Requested],
            to: &[DisclosureStatus::Refused],
            roles: &[Role::IdentityCustodian],
            party: StepParty::Role,
            requires: &[],
        },
        Step {
            rule: "6.4.4",
            action: "show",
            noun: "showings",
            from: &[DisclosureStatus::Confirmed],
            to: &[],
            roles: &[Role::Inspector, Role::CaseHandler],
            party: StepParty::Author,
            requires: &[],
        },
        Step {
            rule: "6.4.4",
            action: "expire",
            noun: "",
            from: &[DisclosureStatus::Confirmed],
            to: &[DisclosureStatus::Expired],
            roles: &[],
            party: StepParty::Service,
            requires: &[],
        },
    ],
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = identity_disclosures)]
struct DisclosureRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    complaint_id: Id,
    party_id: Id,
    status: DisclosureStatus,
    requested_by: Id,
    reason_sealed: Vec<u8>,
    answered_by: Option<Id>,
    answered_at: Option<Instant>,
    expires_at: Option<Instant>,
    shown_count: i64,
}

impl DisclosureRow {
    fn status(&self, now: Instant) -> DisclosureStatus {
        match (self.status, self.expires_at) {
            (DisclosureStatus::Confirmed, Some(until)) if until <= now => DisclosureStatus::Expired,
            (status, _) => status,
        }
    }
}

/// A request to be shown who a petitioner is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IdentityDisclosure {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub complaint_id: Id,
    #[schema(example = "KH-7Q4M-X2")]
    pub complaint_code: String,
    /// Which of the petitioners.
    #[schema(example = 1)]
    pub party_ordinal: i64,
    pub status: DisclosureStatus,
    #[schema(example = "Xác minh điều kiện thụ lý tố cáo")]
    pub reason: String,
    /// Whose account asks.
    pub requested_by: Id,
    #[schema(example = "Trần Thị Bích Ngọc")]
    pub requester_name: String,
    /// The custodian who answered.
    pub answered_by: Option<Id>,
    pub answered_at: Option<Instant>,
    /// Until then it may be shown.
    pub expires_at: Option<Instant>,
    /// How often it was.
    pub shown_count: i64,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Asks to be shown who a petitioner is.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentityDisclosure {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same disclosure.
    pub id: Option<Id>,
    /// Which of the petitioners: `Người tố cáo #1` is 1.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, example = 1)]
    pub party_ordinal: i64,
    /// Why; the custodian decides by it. Without what the case is about.
    #[validate(length(min = 10, max = 500))]
    #[schema(min_length = 10, max_length = 500, example = "Xác minh điều kiện thụ lý tố cáo")]
    pub reason: String,
}

/// Who a petitioner is.
#[derive(Clone, Serialize, ToSchema)]
pub struct ShownIdentity {
    pub disclosure_id: Id,
    pub complaint_id: Id,
    pub party_ordinal: i64,
    pub identity: PetitionerIdentity,
    /// What she wrote word for word, where it told who she is.
    pub original_text: Option<String>,
    pub shown_at: Instant,
    /// Until then it may be shown again.
    pub expires_at: Option<Instant>,
}

/// Filters of `GET /identity-disclosures`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdentityDisclosureFilters {
    /// Of this case.
    pub complaint_id: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<DisclosureStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "complaint_id",
    "complaint_code",
    "party_ordinal",
    "status",
    "reason",
    "requested_by",
    "requester_name",
    "answered_by",
    "answered_at",
    "expires_at",
    "shown_count",
    "allowed_actions",
];

// ---- who

/// Somebody who looks at requests: as who sees the case, or as custodian of its unit. Whoever keeps out of the case, for
/// whatever reason, sees neither.
struct Viewer {
    onlooker: Onlooker,
    scope: Scope,
}

impl Viewer {
    fn of(reader: &mut Reader<'_>, access: &Access) -> Result<Self> {
        Ok(Self { onlooker: Onlooker::of(reader, access)?, scope: access.to(Action::Read, Resource::Identities)? })
    }

    /// Those of these cases whose requests she sees.
    fn sees(&self, reader: &mut Reader<'_>, cases: &[Id]) -> Result<HashSet<Id>> {
        let these = complaints::table.filter(complaints::id.eq_any(cases.to_vec()));
        let own: Vec<Id> = reader.load(these.clone().filter(self.onlooker.may_see()).select(complaints::id).into_boxed())?;
        let mut seen: HashSet<Id> = own.into_iter().collect();
        if self.scope.grants().iter().any(|grant| grant.role == Role::IdentityCustodian) {
            let open = these.filter(self.onlooker.not_excluded()).select((complaints::id, complaints::owner_unit_id));
            let open: Vec<(Id, Id)> = reader.load(open.into_boxed())?;
            let owners: Vec<Id> = open.iter().map(|(_, owner)| *owner).collect();
            let lineages = store::lineages(reader, &owners)?;
            let keeps =
                |owner: &Id| lineages.get(owner).is_some_and(|lineage| self.scope.has_role_at(Role::IdentityCustodian, lineage));
            seen.extend(open.iter().filter(|(_, owner)| keeps(owner)).map(|(case, _)| *case));
        }
        Ok(seen)
    }

    fn find(&self, reader: &mut Reader<'_>, id: Id) -> Result<DisclosureRow> {
        let row: Option<DisclosureRow> =
            reader.optional(identity_disclosures::table.find(id).select(DisclosureRow::as_select()))?;
        // The same is asked whether it is there or not.
        let case = row.as_ref().map_or(Id::nil(), |row| row.complaint_id);
        let seen = self.sees(reader, &[case])?;
        row.filter(|row| seen.contains(&row.complaint_id)).ok_or_else(Problem::not_found)
    }

    /// Whether she may take a step of this request, as far as it does not depend on its state.
    fn may(&self, row: &DisclosureRow, lineage: &[Id]) -> impl Fn(&Step<DisclosureStatus>) -> bool {
        let is_requester = row.requested_by == self.onlooker.account();
        let holds = |roles: &[Role]| roles.iter().any(|role| self.scope.has_role_at(*role, lineage));
        let (handles, keeps) = (holds(&[Role::Inspector, Role::CaseHandler]), holds(&[Role::IdentityCustodian]));
        move |step| match step.party {
            // Nobody opens for herself.
            StepParty::Role => keeps && !is_requester,
            _ => handles && is_requester,
        }
    }
}

// ---- queries

/// How many are looked at in a round. There are few: one for each time that an identity is needed.
const ROUND: i64 = 256;

/// A page is filled until it is full or there are no more: one that came back short would tell of what is hidden in it.
fn list(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    filters: &IdentityDisclosureFilters,
    mut after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<DisclosureRow, Id>> {
    let now = Instant::now();
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut found: Vec<DisclosureRow> = Vec::new();
    loop {
        let mut query = identity_disclosures::table.select(DisclosureRow::as_select()).into_boxed();
        if let Some(case) = filters.complaint_id {
            query = query.filter(identity_disclosures::complaint_id.eq(case));
        }
        query = match (after, descending) {
            (Some(id), false) => query.filter(identity_disclosures::id.gt(id)),
            (Some(id), true) => query.filter(identity_disclosures::id.lt(id)),
            (None, _) => query,
        };
        query =
            if descending { query.order(identity_disclosures::id.desc()) } else { query.order(identity_disclosures::id.asc()) };
        let rows: Vec<DisclosureRow> = reader.load(query.limit(ROUND))?;
        let is_last = rows.len() < usize::try_from(ROUND).unwrap_or(usize::MAX);
        after = rows.last().map(|row| row.id).or(after);
        let cases: Vec<Id> = rows.iter().map(|row| row.complaint_id).collect();
        let seen = viewer.sees(reader, &cases)?;
        let stands = |row: &DisclosureRow| filters.status.is_empty() || filters.status.contains(&row.status(now));
        found.extend(rows.into_iter().filter(|row| seen.contains(&row.complaint_id) && stands(row)));
        if is_last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(Page::of(found, limit, |row: &DisclosureRow| row.id, None));
        }
    }
}

/// What stands beside a request.
struct Beside {
    code: String,
    /// The unit that handles the case, and all above it.
    lineage: Vec<Id>,
    party_ordinal: i64,
    requester_name: String,
}

fn beside(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashMap<Id, Beside>> {
    let rows: Vec<(Id, String, Id, i64, String)> = reader.load(
        identity_disclosures::table
            .inner_join(complaints::table.on(complaints::id.eq(identity_disclosures::complaint_id)))
            .inner_join(complaint_parties::table.on(complaint_parties::id.eq(identity_disclosures::party_id)))
            .inner_join(accounts::table.on(accounts::id.eq(identity_disclosures::requested_by)))
            .filter(identity_disclosures::id.eq_any(ids.to_vec()))
            .select((
                identity_disclosures::id,
                complaints::code,
                complaints::owner_unit_id,
                complaint_parties::ordinal,
                accounts::display_name,
            )),
    )?;
    let owners: Vec<Id> = rows.iter().map(|(_, _, owner, ..)| *owner).collect();
    let lineages = store::lineages(reader, &owners)?;
    let one = |(id, code, owner, party_ordinal, requester_name)| {
        (id, Beside { code, lineage: lineages.get(&owner).cloned().unwrap_or_default(), party_ordinal, requester_name })
    };
    Ok(rows.into_iter().map(one).collect())
}

fn beside_one(reader: &mut Reader<'_>, id: Id) -> Result<Beside> {
    beside(reader, &[id])?.remove(&id).ok_or_else(Problem::not_found)
}

fn reason(keys: &Keys, row: &DisclosureRow) -> Result<String> {
    let plain = keys.open(Purpose::CaseText, &row.reason_sealed, row.id.as_bytes());
    plain.and_then(|plain| String::from_utf8(plain).ok()).ok_or_else(|| Problem::internal("a reason does not open"))
}

fn view(keys: &Keys, viewer: &Viewer, row: DisclosureRow, beside: Beside) -> Result<IdentityDisclosure> {
    let status = row.status(Instant::now());
    Ok(IdentityDisclosure {
        reason: reason(keys, &row)?,
        allowed_actions: MACHINE.allowed(row.id, status, viewer.may(&row, &beside.lineage)),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        complaint_id: row.complaint_id,
        complaint_code: beside.code,
        party_ordinal: beside.party_ordinal,
        status,
        requested_by: row.requested_by,
        requester_name: beside.requester_name,
        answered_by: row.answered_by,
        answered_at: row.answered_at,
        expires_at: row.expires_at,
        shown_count: row.shown_count,
    })
}

fn seen(tx: &mut Tx<'_>, viewer: &Viewer, row: DisclosureRow) -> Result<IdentityDisclosure> {
    let beside = beside_one(&mut tx.read(), row.id)?;
    view(tx.keys(), viewer, row, beside)
}

// ---- what is done

fn request(tx: &mut Tx<'_>, viewer: &Viewer, case_id: Id, id: Id, new: &NewIdentityDisclosure) -> Result<DisclosureRow> {
    let party = vault::party(&mut tx.read(), case_id, new.party_ordinal)?.ok_or_else(|| {
        Problem::field(
            "/party_ordinal",
            "unknown_party",
            "Không có người gửi đơn số này",
            "There is no petitioner of this number",
        )
    })?;
    if !vault::holds(&mut tx.read(), party)? {
        return Err(Problem::field(
            "/party_ordinal",
            "identity_not_in_vault",
            "Danh tính người này không ở trong két: xem hồ sơ giấy niêm phong",
            "The vault does not hold who this is: see the sealed paper",
        ));
    }
    let requester = viewer.onlooker.account();
    let now = tx.now();
    let hers: Vec<DisclosureRow> = tx.read().load(
        identity_disclosures::table
            .filter(identity_disclosures::complaint_id.eq(case_id))
            .filter(identity_disclosures::party_id.eq(party))
            .filter(identity_disclosures::requested_by.eq(requester))
            .select(DisclosureRow::as_select()),
    )?;
    let open = [DisclosureStatus::Requested, DisclosureStatus::Confirmed];
    if hers.iter().any(|row| open.contains(&row.status(now))) {
        return Err(Problem::conflict(
            "/party_ordinal",
            "disclosure_open",
            "Bạn đã có yêu cầu xem danh tính người này",
            "You have asked for this identity already",
        ));
    }
    ask(tx, id, (case_id, party), requester, new.reason.trim())
}

/// Keeps a new request, and tells the inspectors of it.
fn ask(tx: &mut Tx<'_>, id: Id, (complaint_id, party_id): (Id, Id), requested_by: Id, reason: &str) -> Result<DisclosureRow> {
    let now = tx.now();
    let row = DisclosureRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        complaint_id,
        party_id,
        status: DisclosureStatus::Requested,
        requested_by,
        reason_sealed: tx.keys().seal(Purpose::CaseText, reason.as_bytes(), id.as_bytes()),
        answered_by: None,
        answered_at: None,
        expires_at: None,
        shown_count: 0,
    };
    note(tx, "request", None, &row)?;
    tx.execute(diesel::insert_into(identity_disclosures::table).values(&row))?;
    alert(tx, complaint_id)?;
    Ok(row)
}

/// A request of demonstration, as far as `status`, by whoever handles the case and a custodian.
pub(super) fn plant(
    tx: &mut Tx<'_>,
    case_id: Id,
    party_id: Id,
    (asker, keeper): (Id, Id),
    status: DisclosureStatus,
) -> Result<()> {
    let now = tx.now();
    let asked = ask(tx, Id::new(), (case_id, party_id), asker, "Xác minh điều kiện thụ lý tố cáo")?;
    let (action, kept, seconds) = match status {
        DisclosureStatus::Requested => return Ok(()),
        DisclosureStatus::Refused => ("refuse", DisclosureStatus::Refused, None),
        DisclosureStatus::Confirmed => ("confirm", DisclosureStatus::Confirmed, Some(SHOWN_SECONDS)),
        // That it is over is what the clock says.
        DisclosureStatus::Expired => ("confirm", DisclosureStatus::Confirmed, Some(-1)),
    };
    let answered = DisclosureRow {
        version: 2,
        status: kept,
        answered_by: Some(keeper),
        answered_at: Some(now),
        expires_at: seconds.map(|seconds| now.plus_seconds(seconds)),
        ..asked
    };
    note(tx, action, Some(DisclosureStatus::Requested), &answered)?;
    save(tx, &answered)
}

/// The record of a step, and its event. Without the reason, which may tell of the case.
fn note(tx: &mut Tx<'_>, action: &'static str, from: Option<DisclosureStatus>, row: &DisclosureRow) -> Result<()> {
    let facts = json!({ "complaint_id": row.complaint_id, "status": row.status, "shown_count": row.shown_count });
    tx.record(Change::new(action, "identity_disclosures", row.id, row.version).after(&facts));
    machine::record(
        tx,
        &Event {
            object_id: row.id,
            object_version: row.version,
            action,
            from: from.map(DisclosureStatus::as_str),
            to: row.status.as_str(),
            effective_on: None,
            reason: None,
        },
    )
}

/// Tells the inspectors of the unit that somebody asked, opened or looked.
fn alert(tx: &mut Tx<'_>, case_id: Id) -> Result<()> {
    let now = tx.now();
    tx.execute(diesel::insert_into(complaint_alerts::table).values((
        complaint_alerts::id.eq(Id::new()),
        complaint_alerts::version.eq(1_i64),
        complaint_alerts::created_at.eq(now),
        complaint_alerts::updated_at.eq(now),
        complaint_alerts::complaint_id.eq(case_id),
        complaint_alerts::kind.eq(AlertKind::IdentityDisclosed),
    )))?;
    Ok(())
}

fn save(tx: &mut Tx<'_>, row: &DisclosureRow) -> Result<()> {
    let read = identity_disclosures::table
        .filter(identity_disclosures::id.eq(row.id))
        .filter(identity_disclosures::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(read).set((
        identity_disclosures::version.eq(row.version),
        identity_disclosures::updated_at.eq(row.updated_at),
        identity_disclosures::status.eq(row.status),
        identity_disclosures::answered_by.eq(row.answered_by),
        identity_disclosures::answered_at.eq(row.answered_at),
        identity_disclosures::expires_at.eq(row.expires_at),
        identity_disclosures::shown_count.eq(row.shown_count),
    )))?;
    Problem::unless_one(saved)
}

/// Takes a step, if the caller may and the state allows it.
fn step(tx: &mut Tx<'_>, viewer: &Viewer, row: DisclosureRow, action: &'static str) -> Result<DisclosureRow> {
    let now = tx.now();
    let lineage = beside_one(&mut tx.read(), row.id)?.lineage;
    let status = row.status(now);
    let step = MACHINE.step(action, row.id, status, viewer.may(&row, &lineage))?;
    let answered = !step.to.is_empty();
    let next = DisclosureRow {
        version: row.version + 1,
        updated_at: now,
        status: step.to.first().copied().unwrap_or(status),
        answered_by: if answered { Some(viewer.onlooker.account()) } else { row.answered_by },
        answered_at: if answered { Some(now) } else { row.answered_at },
        expires_at: if action == "confirm" { Some(now.plus_seconds(SHOWN_SECONDS)) } else { row.expires_at },
        shown_count: row.shown_count + i64::from(!answered),
        ..row
    };
    note(tx, step.action, Some(status), &next)?;
    save(tx, &next)?;
    if action != "refuse" {
        alert(tx, next.complaint_id)?;
    }
    Ok(next)
}

async fn answer_request(command: Command<NoBody>, id: Id, right: Action, action: &'static str) -> Result<HttpResponse> {
    let scope = command.access.to(right, Resource::Identities)?;
    let access = command.access.clone();
    command
        .run(&scope, move |tx, NoBody, given| {
            let viewer = Viewer::of(&mut tx.read(), &access)?;
            let row = viewer.find(&mut tx.read(), id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = step(tx, &viewer, row, action)?;
            let found = seen(tx, &viewer, row)?;
            Answer::changed(found.version, &found)
        })
        .await
}

// ---- routes

/// List requests to be shown an identity
///
/// The oldest first; `sort=-id` turns it round. A custodian sees those of the cases of her units (not the cases), whoever
/// sees a case those of that case.
#[utoipa::path(tag = "identities", operation_id = "list_identity_disclosures",
    params(IdentityDisclosureFilters, Paging, Shape), responses(
    (status = 200, description = "A page of requests", body = Listing<IdentityDisclosure>),
), security(("password" = [])))]
#[get("/identity-disclosures")]
pub(super) async fn list_identity_disclosures(
    access: Access,
    db: web::Data<Db>,
    query: Query<IdentityDisclosureFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Identities)?;
    query.shape.check(FIELDS, &[])?;
    let (filters, opening) = (query.filters.clone(), db.keys().clone());
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        let viewer = Viewer::of(reader, &access)?;
        let rows = list(reader, &viewer, &filters, after, descending, limit)?;
        let ids: Vec<Id> = rows.items.iter().map(|row| row.id).collect();
        let mut beside = beside(reader, &ids)?;
        let seen = rows.items.into_iter().filter_map(|row| Some((beside.remove(&row.id)?, row)));
        let items = seen.map(|(beside, row)| view(&opening, &viewer, row, beside)).collect::<Result<Vec<_>>>()?;
        Ok(Page { items, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a request to be shown an identity
///
/// For the custodian of the case's unit and for whoever sees the case.
#[utoipa::path(tag = "identities", operation_id = "get_identity_disclosure",
    params(("id" = Id, Path, description = "The request"), Shape), responses(
    (status = 200, description = "The request", body = IdentityDisclosure, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/identity-disclosures/{id}")]
pub(super) async fn get_identity_disclosure(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Identities)?;
    query.shape.check(FIELDS, &[])?;
    let (keys, id) = (db.keys().clone(), id.into_inner());
    let found = db
        .read(move |reader| {
            let viewer = Viewer::of(reader, &access)?;
            let row = viewer.find(reader, id)?;
            let beside = beside_one(reader, id)?;
            view(&keys, &viewer, row, beside)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// List what happened to a request to be shown an identity
///
/// Who asked, who answered, each time it was shown; the first step first.
#[utoipa::path(tag = "identities", operation_id = "list_identity_disclosure_events",
    params(("id" = Id, Path, description = "The request")), responses(
    (status = 200, description = "Its steps", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/identity-disclosures/{id}/events")]
pub(super) async fn list_identity_disclosure_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Identities)?;
    let id = id.into_inner();
    let events = db
        .read(move |reader| {
            Viewer::of(reader, &access)?.find(reader, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}

/// Ask to be shown who a petitioner is
///
/// With a reason, by who handles the case. Nothing is shown before a custodian, who is somebody else, has said yes. The
/// inspectors of the unit are told.
#[utoipa::path(tag = "identities", operation_id = "create_identity_disclosure",
    params(("id" = Id, Path, description = "The case")), request_body = NewIdentityDisclosure, responses(
    (status = 201, description = "Asked for", body = IdentityDisclosure),
    (status = 404, description = "There is no such case", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The id is in use, or you have asked already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/complaints/{id}/identity-disclosures")]
pub(super) async fn create_identity_disclosure(
    command: Command<Json<NewIdentityDisclosure>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Identities)?;
    let (access, case_id, reach) = (command.access.clone(), id.into_inner(), scope.clone());
    command
        .run(&scope, move |tx, Json(new), given| {
            let viewer = Viewer::of(&mut tx.read(), &access)?;
            let case = viewer.onlooker.find(&mut tx.read(), case_id)?;
            store::reach(&mut tx.read(), &reach, case.owner_unit_id)?;
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "identity-disclosures", id, &(case_id, new))? {
                let row = viewer.find(&mut tx.read(), id)?;
                let found = seen(tx, &viewer, row)?;
                return Answer::changed(found.version, &found);
            }
            let row = request(tx, &viewer, case_id, id, new)?;
            let made = seen(tx, &viewer, row)?;
            Answer::created(format!("/api/v1/identity-disclosures/{id}"), made.version, &made)
        })
        .await
}

/// Let an identity be shown
///
/// For one hour, to who asked for it and to nobody else. For a custodian who has not asked herself.
#[utoipa::path(tag = "identities", operation_id = "confirm_identity_disclosure",
    params(("id" = Id, Path, description = "The request"), ("If-Match" = String, Header, description = "The version you have read")),
    responses(
    (status = 200, description = "As it is now", body = IdentityDisclosure),
    (status = 404, description = "There is no such request", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was answered already", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/identity-disclosures/{id}/confirmations")]
pub(super) async fn confirm_identity_disclosure(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    answer_request(command, id.into_inner(), Action::Confirm, "confirm").await
}

/// Refuse to let an identity be shown
///
/// For a custodian who has not asked herself.
#[utoipa::path(tag = "identities", operation_id = "refuse_identity_disclosure",
    params(("id" = Id, Path, description = "The request"), ("If-Match" = String, Header, description = "The version you have read")),
    responses(
    (status = 200, description = "As it is now", body = IdentityDisclosure),
    (status = 404, description = "There is no such request", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was answered already", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/identity-disclosures/{id}/refusals")]
pub(super) async fn refuse_identity_disclosure(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    answer_request(command, id.into_inner(), Action::Update, "refuse").await
}

/// See who a petitioner is
///
/// For who asked, within the hour. It is neither tried without effect nor answered from what was kept; each time is recorded,
/// and the inspectors of the unit are told.
#[utoipa::path(tag = "identities", operation_id = "disclose_identity", extensions(("x-shown" = json!(true))),
    params(("id" = Id, Path, description = "The request"), ("If-Match" = String, Header, description = "The version you have read")),
    responses(
    (status = 200, description = "Who she is", body = ShownIdentity, headers(("ETag" = String, description = "The version of the request"))),
    (status = 404, description = "There is no such request", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Nobody has said yes, or the hour is over", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/identity-disclosures/{id}/showings")]
pub(super) async fn disclose_identity(request: HttpRequest, command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Reveal, Resource::Identities)?;
    command.access.limit(&request, Policy::Lookup)?;
    let (access, id) = (command.access.clone(), id.into_inner());
    command
        .run_shown(&scope, move |tx, NoBody, given| {
            let viewer = Viewer::of(&mut tx.read(), &access)?;
            let row = viewer.find(&mut tx.read(), id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let party_ordinal = beside_one(&mut tx.read(), id)?.party_ordinal;
            let row = step(tx, &viewer, row, "show")?;
            let held = vault::open(tx, row.party_id)?;
            let shown = ShownIdentity {
                disclosure_id: id,
                complaint_id: row.complaint_id,
                party_ordinal,
                identity: held.identity,
                original_text: held.text,
                shown_at: tx.now(),
                expires_at: row.expires_at,
            };
            Ok(Answer::done(&shown)?.header("etag", format!("\"{}\"", row.version)))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_ends_by_itself() {
        let now = Instant::from_millis(1_000_000);
        let row = |status, expires_at| DisclosureRow {
            id: Id::nil(),
            version: 1,
            created_at: now,
            updated_at: now,
            complaint_id: Id::nil(),
            party_id: Id::nil(),
            status,
            requested_by: Id::nil(),
            reason_sealed: Vec::new(),
            answered_by: None,
            answered_at: None,
            expires_at,
            shown_count: 0,
        };
        use DisclosureStatus::{Confirmed, Expired, Refused, Requested};
        for (status, expires_at, is) in [
            (Requested, None, Requested),
            (Confirmed, Some(now.plus_seconds(1)), Confirmed),
            (Confirmed, Some(now), Expired),
            (Refused, None, Refused),
        ] {
            assert_eq!(row(status, expires_at).status(now), is);
        }
    }
}
