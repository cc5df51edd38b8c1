//! What happened to an object with a life cycle, step by step.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{Id, Instant, Reader, Tx, schema::state_events},
    http::Result,
};

/// One step of an object, as it was taken.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = state_events)]
pub struct StateEvent {
    pub id: Id,
    #[serde(skip)]
    #[schema(ignore)]
    object_id: Id,
    /// The version of the object that the step made.
    pub object_version: i64,
    pub recorded_at: Instant,
    /// What was done: a code of the list `audit_actions`.
    #[schema(example = "submit")]
    pub action: String,
    /// The state before it; empty for the first.
    #[schema(example = "draft")]
    pub from_state: Option<String>,
    #[schema(example = "submitted")]
    pub to_state: String,
    /// The role in which it was done; empty: the service itself, or somebody without an account.
    #[schema(example = "inspector")]
    pub actor_role: Option<String>,
    /// Whose account did it.
    pub actor_id: Option<Id>,
    /// The civil day from which it holds, where that is another than the day of recording.
    pub effective_on: Option<NaiveDate>,
    pub reason: Option<String>,
}

/// A step that was just taken.
#[derive(Clone, Debug)]
pub struct Event<'e> {
    pub object_id: Id,
    pub object_version: i64,
    pub action: &'e str,
    pub from: Option<&'e str>,
    pub to: &'e str,
    pub effective_on: Option<NaiveDate>,
    pub reason: Option<&'e str>,
}

/// Keeps it, with who did it. The change of the object is recorded (`Tx::record`) before.
pub(crate) fn record(tx: &mut Tx<'_>, event: &Event<'_>) -> Result<()> {
    let row = StateEvent {
        id: Id::new(),
        object_id: event.object_id,
        object_version: event.object_version,
        recorded_at: tx.now(),
        action: event.action.to_owned(),
        from_state: event.from.map(str::to_owned),
        to_state: event.to.to_owned(),
        actor_role: tx.actor().role.clone(),
        actor_id: tx.actor().id,
        effective_on: event.effective_on,
        reason: event.reason.map(str::to_owned),
    };
    tx.execute(diesel::insert_into(state_events::table).values(row))?;
    Ok(())
}

/// The history of an object, the first step first. Whether the caller may see the object is asked before.
pub(crate) fn events_of(reader: &mut Reader<'_>, object_id: Id) -> Result<Vec<StateEvent>> {
    reader.load(
        state_events::table
            .filter(state_events::object_id.eq(object_id))
            .order((state_events::object_version.asc(), state_events::id.asc()))
            .select(StateEvent::as_select()),
    )
}
