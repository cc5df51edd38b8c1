//! One form of every type in both databases, and what both must be able to do.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    sql_types::{BigInt, Binary, Bool, Date, Nullable, Text},
};
use hoicoso::{
    db::{Actor, AnyConnection, Cached, Change, Id, Instant, TextList, schema},
    http::{Code, Problem},
};
use serde_json::json;

use crate::support::{Engine, engines, on_both};

/// The Rust type that every column of an SQL type is read as.
trait Native {
    type Rust;
}
impl Native for Text {
    type Rust = String;
}
impl Native for BigInt {
    type Rust = i64;
}
impl Native for Binary {
    type Rust = Vec<u8>;
}
impl Native for Bool {
    type Rust = bool;
}
impl Native for Date {
    type Rust = NaiveDate;
}
impl<T: Native + diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>> Native for Nullable<T> {
    type Rust = Option<T::Rust>;
}
macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Native),+> Native for ($($name,)+) {
            type Rust = ($($name::Rust,)+);
        }
        tuples!(@shorter $($name)+);
    };
    (@shorter $first:ident) => {};
    (@shorter $first:ident $($rest:ident)+) => { tuples!($($rest)+); };
}
tuples!(A B C D E F G H I J K L M N O P Q R S T U V W X Y Z A1 B1 C1 D1 E1 F1);

/// Reads every column of each table as its Rust type; how many rows each has.
macro_rules! read_all {
    ($connection:expr, $($table:ident)+) => {{
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        $({
            type Row = <<schema::$table::table as diesel::query_builder::AsQuery>::SqlType as Native>::Rust;
            let rows: Vec<Row> = schema::$table::table.load($connection).unwrap_or_else(|error| panic!("{}: {error}", stringify!($table)));
            counts.insert(stringify!($table), rows.len());
        })+
        counts
    }};
}

fn read_all(connection: &mut AnyConnection) -> BTreeMap<&'static str, usize> {
    read_all!(connection,
        settings accounts clients role_assignments used_assertions sessions refresh_tokens signing_keys password_codes
        idempotency_keys audit_events client_made_ids units unit_periods unit_tree unit_kind_rules unit_member_counts
        unit_traits women_populations unit_bodies unit_external_ids members memberships member_events member_tree
        member_special_groups core_periods terms appointments qualifications title_standards unit_assignments field_visits
        unit_supports state_events kinships complaints complaint_receipts complaint_subjects complaint_handlers
        complaint_recusals complaint_parties complaint_identities identity_disclosures identity_lint_hits complaint_records
        complaint_messages complaint_pins complaint_clocks complaint_alerts holidays holiday_years deadline_policies
        attachments training_requirements training_plans training_plan_items training_plan_revisions courses training_needs
        training_sessions session_trainers enrolments attendances attendance_codes course_completions certificates
        calendar_feeds inspection_plans inspection_plan_items inspection_checklists inspection_questions inspections
        inspection_teams inspection_self_reports inspection_answers inspection_findings inspection_notices
        inspection_remediations)
}

#[test]
fn every_column_of_every_table_is_read_as_it_was_written() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = json!({ "id": Id::new().to_string(), "unit_id": world.unit("Ba Làng"), "full_name": "Tô Thị Cúc", "date_of_birth": "1990-05",
                           "joined_on": "2018-03-08", "special_groups": ["worker", "poor"], "sensitive_consent_on": "2020-01-01" });
        let made = chair.post("/members", body).key("mot").await.expect(201);
        world.board().patch(format!("/units/{}", world.unit("Ba Làng")), 1, json!({ "traits": ["sea"] })).await.expect(200);
        crate::access::sign_in_with_a_key(&world).await.expect(200);
        let side = &world.cast().inside;
        let session = format!("/training-sessions/{}", side.trainings.session_running);
        chair.post(format!("{session}/attendance-codes"), json!({ "minutes": 15 })).await.expect(201);
        // Between office and petitioner: a message, one that tells of her, and somebody who keeps out of it.
        let (leader, case) = (world.user("walk.province_leader"), format!("/complaints/{}", side.vault.case));
        leader.post(format!("{case}/messages"), json!({ "text": "Đề nghị gửi thêm bản chụp" })).await.expect(201);
        leader.post(format!("{case}/messages"), json!({ "text": "Chào chị Trịnh Thị Ngọc Sương" })).await.expect(422);
        let version = world.version_of("complaints", &side.vault.case);
        leader.act(format!("{case}/recusals"), version, json!({ "ground": "kinship" })).await.expect(204);
        let read = read_all(&mut world.database().connect());
        assert_eq!(
            read.keys().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            world.database().tables(),
            "tables and schema.rs"
        );
        let empty: Vec<_> = read.into_iter().filter(|(_, count)| *count == 0).map(|(table, _)| table).collect();
        assert!(empty.is_empty(), "without rows: nothing writes them? {empty:?}");

        // One of each type, through the types of the service.
        let id: Id = made.id().parse().unwrap();
        type Row = (Id, Instant, NaiveDate, TextList, bool, Vec<u8>, Option<Vec<u8>>, Option<NaiveDate>);
        let row: Row = schema::members::table
            .find(id)
            .select((
                schema::members::id,
                schema::members::created_at,
                schema::members::born_on,
                schema::members::special_groups,
                schema::members::is_core,
                schema::members::sort_key,
                schema::members::national_id_sealed,
                schema::members::sensitive_consent_on,
            ))
            .get_result(&mut world.database().connect())
            .unwrap();
        assert_eq!(
            (row.0, row.2.to_string(), row.3.items(), row.4),
            (id, "1990-05-01".into(), vec!["poor".to_owned(), "worker".to_owned()], false)
        );
        assert_eq!(made["created_at"], row.1.to_string());
        assert_eq!((row.5, row.6), (hoicoso::text::person_sort_key("Tô Thị Cúc"), None));
        assert_eq!(row.7.map(|day| day.to_string()).as_deref(), Some("2020-01-01"));
    });
}

/// Both schemas have the same tables, columns and kinds of columns.
#[test]
fn the_two_schemas_agree() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let shapes: std::sync::Mutex<Vec<BTreeMap<String, Vec<String>>>> = std::sync::Mutex::default();
    on_both(async |world| {
        let database = world.database();
        let mut shape = BTreeMap::new();
        for table in database.tables() {
            let mut columns = match database.engine {
                Engine::Sqlite => database.words(&format!(
                    "SELECT name || ' ' || CASE type WHEN 'BLOB' THEN 'bytes' WHEN 'INTEGER' THEN 'number' ELSE 'text' END \
                     || CASE WHEN \"notnull\" = 1 OR pk > 0 THEN ' required' ELSE '' END AS value FROM pragma_table_info('{table}')"
                )),
                Engine::Postgres => database.words(&format!(
                    "SELECT column_name || ' ' || CASE data_type WHEN 'bytea' THEN 'bytes' WHEN 'bigint' THEN 'number' WHEN 'boolean' THEN 'number' ELSE 'text' END \
                     || CASE WHEN is_nullable = 'NO' THEN ' required' ELSE '' END AS value FROM information_schema.columns \
                     WHERE table_schema = 'public' AND table_name = '{table}'"
                )),
            };
            columns.sort();
            shape.insert(table, columns);
        }
        shapes.lock().unwrap().push(shape);
    });
    let shapes = shapes.into_inner().unwrap();
    for (table, columns) in &shapes[0] {
        assert_eq!(Some(columns), shapes[1].get(table), "{table}");
    }
    assert_eq!(shapes[0].len(), shapes[1].len());
}

/// Ids of version 7 sort as they were made, and names as Vietnamese lists do, byte by byte on both.
#[test]
fn both_sort_alike() {
    on_both(async |world| {
        let ids: Vec<Id> = schema::members::table
            .order(schema::members::id.asc())
            .select(schema::members::id)
            .load(&mut world.database().connect())
            .unwrap();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        assert_eq!(ids, sorted);
        let keys: Vec<Vec<u8>> = schema::members::table
            .order(schema::members::sort_key.asc())
            .select(schema::members::sort_key)
            .load(&mut world.database().connect())
            .unwrap();
        assert!(keys.is_sorted());
    });
}

fn change() -> Change {
    Change::new("test", "settings", Id::new(), 1).after(&json!({ "a": 1 }))
}

#[test]
fn upserts_savepoints_and_rollbacks() {
    on_both(async |world| {
        let db = world.db();
        let value = |name: &'static str| {
            let found: Option<String> = schema::settings::table
                .find(name)
                .select(schema::settings::value)
                .get_result(&mut world.database().connect())
                .optional()
                .unwrap();
            found
        };
        let upsert = |value: &str| {
            Cached::sql("INSERT INTO settings (name, value) VALUES ('test.one', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value").text(value)
        };
        for text in ["một", "hai"] {
            let statement = text.to_owned();
            db.write(Actor::system("test"), move |tx| {
                tx.record(change());
                tx.execute(upsert(&statement))
            })
            .await
            .unwrap();
            assert_eq!(value("test.one").as_deref(), Some(text));
        }
        // A part that fails takes back its own rows and its own record only.
        let before = world.audited();
        db.write(Actor::system("test"), move |tx| {
            tx.record(change());
            tx.execute(upsert("ba"))?;
            let failed = tx.nested(|tx| {
                tx.record(change());
                tx.execute(upsert("bốn"))?;
                Err::<(), _>(Problem::new(Code::Conflict))
            });
            assert!(failed.is_err());
            // A broken statement inside does not break the rest.
            let broken = tx.nested(|tx| {
                tx.execute(
                    diesel::insert_into(schema::settings::table)
                        .values((schema::settings::name.eq("test.one"), schema::settings::value.eq("năm"))),
                )
            });
            assert!(broken.is_err());
            tx.nested(|tx| {
                tx.execute(
                    diesel::insert_into(schema::settings::table)
                        .values((schema::settings::name.eq("test.two"), schema::settings::value.eq("sáu"))),
                )
            })?;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!((value("test.one").as_deref(), value("test.two").as_deref()), (Some("ba"), Some("sáu")));
        assert_eq!(world.audited(), before + 1);

        // A whole that fails leaves nothing, and neither does a rehearsal or a panic.
        let failed = db
            .write(Actor::system("test"), move |tx| {
                tx.record(change());
                tx.execute(upsert("bảy"))?;
                Err::<(), _>(Problem::new(Code::Conflict))
            })
            .await;
        assert!(failed.is_err());
        db.attempt(Actor::system("test"), false, move |tx| {
            tx.record(change());
            tx.execute(upsert("tám"))
        })
        .await
        .unwrap();
        let panicked = db.write(Actor::system("test"), |_| -> Result<(), Problem> { panic!("on purpose") }).await;
        assert!(panicked.is_err());
        assert_eq!(value("test.one").as_deref(), Some("ba"));
        assert_eq!(world.audited(), before + 1);
        // A write without a record is refused.
        let silent = db.write(Actor::system("test"), move |tx| tx.execute(upsert("chín"))).await;
        assert!(silent.is_err());
        assert_eq!(value("test.one").as_deref(), Some("ba"));
        // And the database still works.
        world.board().get("/units").await.expect(200);
        world.check_books();
    });
}

/// What the types cannot hold, the database refuses, on both.
#[test]
fn constraints_hold() {
    on_both(async |world| {
        for sql in [
            "UPDATE members SET status = 'gone'",
            "UPDATE members SET kind = 'x'",
            "UPDATE accounts SET status = 'x'",
            "UPDATE audit_events SET actor_kind = 'x'",
            "UPDATE units SET status = 'x'",
        ] {
            use diesel::connection::SimpleConnection;
            assert!(world.database().connect().batch_execute(sql).is_err(), "{sql}");
        }
    });
}
