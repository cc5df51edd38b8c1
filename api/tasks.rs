//! The work list: what somebody has to do by when, over all resources. Each resource says what is hers of it.

use actix_web::{HttpResponse, get, web};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    access::{Access, Resource},
    calendar::{
        clocks::{ClockState, soon_until},
        days::Limit,
        today,
    },
    complaints,
    db::{Db, Id, Instant, Reader},
    http::{List, Listing, Page, Paging, Query, Result, Shape, page},
    inspections, trainings,
};

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_my_tasks);
}

/// Something that one person has to do by a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Task {
    /// Of what runs: the clock, the remediation, the invitation.
    pub id: Id,
    pub resource: Resource,
    /// Of complaints a code of the list `clock_codes`, else one of its resource.
    #[schema(example = "KN-RES1")]
    pub code: String,
    /// In the language asked for. It tells nothing of the object but what is to be done.
    #[schema(example = "Giải quyết khiếu nại lần đầu")]
    pub title: String,
    /// The last day that is in time.
    pub due_on: NaiveDate,
    /// The last moment that is in time.
    pub due_at: Instant,
    pub state: ClockState,
    /// Where the object is read, and its actions are.
    #[schema(example = "/api/v1/complaints/0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42")]
    pub href: String,
}

/// What is due of an object that has no clock of its own.
pub(crate) struct Due {
    pub id: Id,
    pub resource: Resource,
    /// The action that does it.
    pub code: &'static str,
    pub title: String,
    pub due_on: NaiveDate,
    pub href: String,
}

impl Due {
    /// As tasks of today.
    pub fn tasks(reader: &mut Reader<'_>, due: Vec<Self>) -> Result<Vec<Task>> {
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let (day, soon) = (today(), soon_until(reader)?);
        let state = |due_on| match due_on {
            _ if due_on < day => ClockState::Overdue,
            _ if due_on <= soon => ClockState::DueSoon,
            _ => ClockState::OnTime,
        };
        Ok(due
            .into_iter()
            .map(|it| Task {
                id: it.id,
                resource: it.resource,
                code: it.code.to_owned(),
                title: it.title,
                due_on: it.due_on,
                due_at: Limit::On(it.due_on).last_moment(),
                state: state(it.due_on),
                href: it.href,
            })
            .collect())
    }
}

/// Filters of `GET /me/tasks`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskFilters {
    /// Only what ends before this day; nothing said: within thirty days. What is overdue is always there.
    #[param(example = "2026-12-01")]
    pub due_before: Option<NaiveDate>,
    /// Only of these resources.
    #[serde(default)]
    pub resource: Vec<Resource>,
}

const FIELDS: &[&str] = &["id", "resource", "code", "title", "due_on", "due_at", "state", "href"];

/// How far ahead the list looks when nothing is said.
const AHEAD: Days = Days::new(30);

/// What of a resource one person has to do before a day. It applies the caller's own reach.
type Source = fn(&mut Reader<'_>, &Access, NaiveDate) -> Result<Vec<Task>>;

const SOURCES: &[(Resource, Source)] = &[
    (Resource::Complaints, complaints::tasks),
    (Resource::Inspections, inspections::tasks),
    (Resource::Trainings, trainings::tasks),
];

/// Place in the list: last day, then id.
type ByDay = (NaiveDate, Id);

fn list(
    reader: &mut Reader<'_>,
    access: &Access,
    filters: &TaskFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<Task, ByDay>> {
    let until = filters.due_before.or_else(|| today().checked_add_days(AHEAD)).unwrap_or(NaiveDate::MAX);
    let mut tasks = Vec::new();
    for (resource, source) in SOURCES {
        if filters.resource.is_empty() || filters.resource.contains(resource) {
            tasks.extend(source(reader, access, until)?);
        }
    }
    // One person's work is a few hundred lines at most, from several tables: put in order here.
    let place = |task: &Task| (task.due_on, task.id);
    tasks.sort_by_key(place);
    if descending {
        tasks.reverse();
    }
    let rest = tasks
        .into_iter()
        .filter(|task| after.is_none_or(|after| if descending { place(task) < after } else { place(task) > after }));
    let most = usize::try_from(limit + 1).unwrap_or(usize::MAX);
    Ok(Page::of(rest.take(most).collect(), limit, place, None))
}

/// List what I have to do
///
/// By the last day: time limits of the cases you handle or decide on, and what inspections and trainings wait for you to do.
/// Titles tell nothing of a case. For everybody who is signed in.
#[utoipa::path(tag = "me", operation_id = "list_my_tasks", params(TaskFilters, Paging, Shape), responses(
    (status = 200, description = "A page of what is to be done", body = Listing<Task>),
), security(("password" = [])))]
#[get("/me/tasks")]
async fn list_my_tasks(access: Access, db: web::Data<Db>, query: Query<TaskFilters, List>) -> Result<HttpResponse> {
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "due_on", move |reader, after, descending, limit| {
        list(reader, &access, &filters, after, descending, limit)
    })
    .await
}
