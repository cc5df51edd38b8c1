//! Demonstration data: the Women's Union of Khánh Hòa as somebody may try it out.
//!
//! Real are the 150 units of 2017 with their codes, the relative size of the communes, the ages of the province and the
//! frequency of names (`data/`). Invented is everything else: branches, groups, every person, every number. The tree is
//! that of 2017, with districts, on purpose: it is the one the founding programme was written for, and the one in which
//! districts that ended on 2025-07-01 can still be looked at. The calendar is that of today.
//!
//! From one seed comes one province: the same ids, names and dates on the same day (nonces and the password differ).

mod accounts;
pub(crate) mod attachments;
mod clocks;
mod complaints;
mod dice;
pub(crate) mod identities;
mod inspections;
mod land;
mod offices;
mod people;
mod rows;
mod sources;
#[cfg(test)]
mod tests;
mod trainings;
mod world;

use std::{
    sync::mpsc::sync_channel,
    time::{Duration, Instant as Clock},
};

use chrono::NaiveTime;
use diesel::{
    ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, connection::SimpleConnection, dsl::exists,
    result::OptionalExtension, select, sql_types::Text,
};
use serde_json::json;

pub use accounts::DemoAccount;
use offices::Offices;
use people::{People, Roll};
use rows::put;
use world::World;

use crate::{
    calendar::today,
    db::{
        Actor, AnyConnection, Change, Instant, record,
        schema::{accounts as accounts_table, members, settings, units},
    },
    http::{Code, Problem, Result},
    keys::Keys,
    units::UnitKind,
};

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// People on the roll, those who have left included.
    pub members: usize,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { members: 200_000, seed: 2017 }
    }
}

/// What was loaded, and how to sign in.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    pub unit_count: usize,
    pub branch_count: usize,
    pub group_count: usize,
    /// Everybody on the roll.
    pub member_count: usize,
    /// Those of them who are regular members today.
    pub active_member_count: usize,
    /// Posts held today.
    pub post_count: usize,
    pub accounts: Vec<DemoAccount>,
    /// The password of all accounts.
    pub password: String,
    pub elapsed: Duration,
}

/// The summary is kept under this name, so that a later start can tell how to sign in.
const KEPT: &str = "demo";

/// What was loaded into this database before, if it is one of demonstration.
pub fn loaded(connection: &mut AnyConnection) -> Result<Option<Summary>> {
    let kept: Option<String> =
        settings::table.filter(settings::name.eq(KEPT)).select(settings::value).get_result(connection).optional()?;
    kept.map(|text| serde_json::from_str(&text).map_err(Problem::internal)).transpose()
}

/// Fills an empty, migrated database. `progress` hears the phase, how much of it is done, and of how much.
pub fn load(
    connection: &mut AnyConnection,
    keys: &Keys,
    options: &Options,
    mut progress: impl FnMut(&str, u64, u64),
) -> Result<Summary> {
    let started = Clock::now();
    connection.batch_execute(match connection {
        AnyConnection::Sqlite(_) => "PRAGMA temp_store = FILE; PRAGMA cache_size = -64000; BEGIN IMMEDIATE",
        AnyConnection::Postgres(_) => "BEGIN; SET LOCAL work_mem = '128MB'; SET LOCAL maintenance_work_mem = '256MB'",
    })?;
    let outcome = refuse_unless_empty(connection).and_then(|()| fill(connection, keys, options, &mut progress, started));
    connection.batch_execute(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    let summary = outcome?;
    progress("settling", 0, 1);
    connection.batch_execute(match connection {
        AnyConnection::Sqlite(_) => {
            "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000; PRAGMA shrink_memory"
        }
        AnyConnection::Postgres(_) => "VACUUM (ANALYZE)",
    })?;
    progress("settling", 1, 1);
    Ok(Summary { elapsed: started.elapsed(), ..summary })
}

fn refuse_unless_empty(connection: &mut AnyConnection) -> Result<()> {
    let used = select(exists(units::table.select(units::id))).get_result::<bool>(connection)?
        || select(exists(members::table.select(members::id))).get_result::<bool>(connection)?
        || select(exists(accounts_table::table.select(accounts_table::id))).get_result::<bool>(connection)?;
    if used {
        return Err(Problem::say(
            Code::Conflict,
            "Cơ sở dữ liệu đã có dữ liệu; dữ liệu trình diễn chỉ nạp vào cơ sở dữ liệu trống",
            "There are data in the database; demonstration data go into an empty one only",
        ));
    }
    Ok(())
}

fn fill(
    connection: &mut AnyConnection,
    keys: &Keys,
    options: &Options,
    progress: &mut impl FnMut(&str, u64, u64),
    started: Clock,
) -> Result<Summary> {
    let (seed, today) = (options.seed, today());
    // The first moment of the day in Vietnam.
    let now = Instant::from_millis(today.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - 7 * 3_600_000);
    progress("units", 0, 1);
    let world = World::build(options.members, seed, today, now)?;
    world.write(connection, seed)?;
    progress("units", 1, 1);

    let indexes = drop_indexes(connection)?;
    let total = options.members as u64;
    let (mut count, mut active) = (0, 0);
    progress("members", 0, total);
    // One thread makes people, this one writes them.
    let offices = std::thread::scope(|threads| -> Result<Offices<'_>> {
        let (give, take) = sync_channel::<Roll>(4);
        let world = &world;
        let maker = threads.spawn(move || -> Result<Offices<'_>> {
            let mut people = People::new(world, keys, seed)?;
            let mut offices = Offices::new(world, seed);
            for base in &world.bases {
                let (mut roll, mut persons) = people.base(base);
                offices.base(base, &roll, &mut persons);
                people.choose_core(base, &mut roll, &persons);
                if give.send(roll).is_err() {
                    break;
                }
            }
            offices.above();
            Ok(offices)
        });
        for roll in take {
            put!(connection, members, roll.members);
            put!(connection, memberships, roll.memberships);
            put!(connection, member_events, roll.events);
            put!(connection, member_special_groups, roll.special_groups);
            put!(connection, core_periods, roll.cores);
            count += roll.members.len();
            active += roll.members.iter().filter(|member| member.status == "active" && member.kind == "regular").count();
            progress("members", count as u64, total);
        }
        maker.join().map_err(|_| Problem::internal("the maker of people ended"))?
    })?;

    progress("officers", 0, 1);
    put!(connection, appointments, offices.rows.appointments);
    put!(connection, qualifications, offices.rows.qualifications);
    put!(connection, unit_assignments, offices.rows.assignments);
    put!(connection, field_visits, offices.rows.visits);
    trainings::write(connection, &world, &offices, seed)?;
    let inspected = inspections::inspections(&world, &offices, seed);
    put!(connection, inspection_plans, inspected.plans);
    put!(connection, inspection_plan_items, inspected.items);
    put!(connection, inspections, inspected.inspections);
    put!(connection, inspection_teams, inspected.teams);
    put!(connection, inspection_self_reports, inspected.reports);
    put!(connection, inspection_findings, inspected.findings);
    put!(connection, inspection_notices, inspected.notices);
    put!(connection, inspection_remediations, inspected.remediations);
    put!(connection, state_events, inspected.events);
    progress("officers", 1, 1);

    progress("tree", 0, 2);
    if matches!(connection, AnyConnection::Postgres(_)) {
        connection.batch_execute("ANALYZE members; ANALYZE unit_tree")?;
    }
    connection.batch_execute(
        "INSERT INTO member_tree (unit_id, status, sort_key, member_id) \
         SELECT t.ancestor_id, m.status, m.sort_key, m.id FROM members m JOIN unit_tree t ON t.unit_id = m.unit_id \
         ORDER BY t.ancestor_id, m.status, m.sort_key, m.id",
    )?;
    progress("tree", 1, 2);
    connection.batch_execute(
        "INSERT INTO unit_member_counts (unit_id, status, kind, slot, member_count) \
         SELECT t.ancestor_id, m.status, m.kind, 0, COUNT(*) FROM members m JOIN unit_tree t ON t.unit_id = m.unit_id \
         GROUP BY t.ancestor_id, m.status, m.kind",
    )?;
    progress("tree", 2, 2);
    for (done, index) in indexes.iter().enumerate() {
        progress("indexes", done as u64, indexes.len() as u64);
        connection.batch_execute(&index.definition)?;
    }
    progress("indexes", indexes.len() as u64, indexes.len() as u64);

    let password = accounts::password();
    let accounts = accounts::write(connection, &world, &offices, seed, &password)?;
    complaints::write(connection, keys, &world, seed)?;
    let of_kind = |kind| world.nodes.iter().filter(|node| node.kind == kind).count();
    let summary = Summary {
        unit_count: world.nodes.len(),
        branch_count: of_kind(UnitKind::Branch),
        group_count: of_kind(UnitKind::Group),
        member_count: count,
        active_member_count: active,
        post_count: offices.rows.appointments.iter().filter(|row| row.status == "held").count(),
        accounts,
        password,
        elapsed: started.elapsed(),
    };
    keep_record(connection, keys, &world, &summary)?;
    Ok(summary)
}

/// One entry a kind of thing in the audit trail; how to sign in, in the settings.
fn keep_record(connection: &mut AnyConnection, keys: &Keys, world: &World, summary: &Summary) -> Result<()> {
    let province = world.id(world.province.node);
    let reason = "Dữ liệu trình diễn, không có thật";
    let changes = [
        ("units", summary.unit_count),
        ("members", summary.member_count),
        ("appointments", summary.post_count),
        ("accounts", summary.accounts.len()),
    ]
    .map(|(resource, count)| {
        Change::new("load_demo", resource, province, 1)
            .at(province)
            .on(world.today)
            .because(Some(reason.into()))
            .after(&json!({ "loaded_count": count }))
    });
    record(connection, keys, &Actor::system("demo"), changes.into())?;
    let kept = serde_json::to_string(summary).map_err(Problem::internal)?;
    diesel::insert_into(settings::table).values((settings::name.eq(KEPT), settings::value.eq(kept))).execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

/// Takes away what would have to be kept in order row by row; made anew at the end, each in one go.
fn drop_indexes(connection: &mut AnyConnection) -> Result<Vec<Index>> {
    let indexes: Vec<Index> = diesel::sql_query(match connection {
        AnyConnection::Sqlite(_) => {
            "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN \
             ('members', 'memberships', 'member_events', 'member_tree', 'member_special_groups', 'core_periods')"
        }
        AnyConnection::Postgres(_) => {
            "SELECT indexname::text AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = current_schema() \
             AND tablename IN \
             ('members', 'memberships', 'member_events', 'member_tree', 'member_special_groups', 'core_periods') \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname \
                             AND connamespace = current_schema()::regnamespace)"
        }
    })
    .load(connection)?;
    for index in &indexes {
        connection.batch_execute(&format!("DROP INDEX \"{}\"", index.name))?;
    }
    Ok(indexes)
}
