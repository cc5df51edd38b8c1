//! What officers need of the roll and of the tree: who somebody is, and what lies within a scope.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper, dsl};

use super::model::{AppointmentStatus, PersonRef};
use crate::{
    access::Scope,
    db::{
        Change, Id, Reader, Tx,
        schema::{appointments, core_periods, members, unit_tree},
    },
    http::{Problem, Result},
    members::{
        MemberStatus,
        birth::{BirthDate, Precision},
    },
    units,
};

/// Of the roll, what a post needs to know.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = members)]
pub struct Person {
    pub id: Id,
    pub version: i64,
    pub status: MemberStatus,
    pub full_name: String,
    pub sort_key: Vec<u8>,
    pub born_on: NaiveDate,
    pub birth_precision: String,
    pub is_core: bool,
    pub unit_id: Id,
}

impl Person {
    pub fn birth(&self) -> BirthDate {
        BirthDate { on: self.born_on, precision: self.birth_precision.parse().unwrap_or(Precision::Day) }
    }
}

/// Ids of all units under these, themselves included.
pub type Below = dsl::Select<dsl::Filter<unit_tree::table, dsl::EqAny<unit_tree::ancestor_id, Vec<Id>>>, unit_tree::unit_id>;

pub fn below(tops: Vec<Id>) -> Below {
    unit_tree::table.filter(unit_tree::ancestor_id.eq_any(tops)).select(unit_tree::unit_id)
}

/// Somebody whom a body names: one whose unit, or one of whose posts, lies within the scope.
pub fn reach_field(reader: &mut Reader<'_>, scope: &Scope, pointer: &str, id: Id) -> Result<Person> {
    let unknown = || {
        Problem::field(
            pointer,
            "unknown_member",
            "Không có người này trong phạm vi của bạn",
            "There is no such person within your reach",
        )
    };
    let person: Person = reader.optional(members::table.find(id).select(Person::as_select()))?.ok_or_else(unknown)?;
    if scope.reaches(&units::store::lineage(reader, person.unit_id)?) || officer_in(reader, scope, id, false)?.is_some() {
        Ok(person)
    } else {
        Err(unknown())
    }
}

/// A unit within the scope in which somebody has a post, or had one unless only posts `held` now count; a post of today
/// goes first.
pub fn officer_in(reader: &mut Reader<'_>, scope: &Scope, id: Id, held: bool) -> Result<Option<Id>> {
    let mut query = appointments::table.filter(appointments::member_id.eq(id)).select(appointments::unit_id).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(appointments::unit_id.eq_any(below(roots)));
    }
    if held {
        query = query.filter(appointments::status.eq(AppointmentStatus::Held));
    }
    // `held` sorts after `ended`.
    let found: Vec<Id> = reader.load(query.order((appointments::status.desc(), appointments::starts_on.desc())).limit(1))?;
    Ok(found.first().copied())
}

/// People in a few words, by id. The ids come from rows that lie within a scope.
pub fn refs(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashMap<Id, PersonRef>> {
    let rows: Vec<(Id, String, NaiveDate)> = reader.load(members::table.filter(members::id.eq_any(ids.to_vec())).select((
        members::id,
        members::full_name,
        members::born_on,
    )))?;
    Ok(rows.into_iter().map(|(id, full_name, born_on)| (id, PersonRef { id, full_name, birth_year: born_on.year() })).collect())
}

/// Something that was read must be there; that it is not is our fault.
pub fn kept<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Problem::internal("a row refers to one that is not there"))
}

/// Core members are no officers: whoever becomes one stops being the other on the same day (domain guide 3.4).
pub fn end_core(tx: &mut Tx<'_>, person: &Person, day: NaiveDate) -> Result<()> {
    if !person.is_core {
        return Ok(());
    }
    let (version, now) = (person.version + 1, tx.now());
    tx.record(
        Change::new("end_core", "members", person.id, version)
            .at(person.unit_id)
            .on(day)
            .because(Some("core_member_is_officer".into()))
            .before(&serde_json::json!({ "is_core": true }))
            .after(&serde_json::json!({ "is_core": false })),
    );
    let saved = tx.execute(
        diesel::update(members::table.filter(members::id.eq(person.id).and(members::version.eq(person.version)))).set((
            members::is_core.eq(false),
            members::version.eq(version),
            members::updated_at.eq(now),
        )),
    )?;
    Problem::unless_one(saved)?;
    let open: Vec<(Id, i64, NaiveDate)> = tx.read().load(
        core_periods::table.filter(core_periods::member_id.eq(person.id)).filter(core_periods::valid_to.is_null()).select((
            core_periods::id,
            core_periods::version,
            core_periods::valid_from,
        )),
    )?;
    for (id, version, from) in open {
        tx.execute(diesel::update(core_periods::table.find(id)).set((
            core_periods::version.eq(version + 1),
            core_periods::updated_at.eq(now),
            core_periods::valid_to.eq(day.max(from)),
            core_periods::end_reason.eq("became_officer"),
        )))?;
    }
    Ok(())
}
