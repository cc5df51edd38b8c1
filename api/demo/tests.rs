//! A small province, looked at from all sides, on both databases.

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::BigInt};

use super::*;
use crate::db;

const MEMBERS: usize = 2_000;

fn keys() -> Keys {
    Keys::from_base64(&"A".repeat(43)).unwrap()
}

fn number(connection: &mut AnyConnection, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    diesel::sql_query(format!("SELECT CAST(({sql}) AS BIGINT) AS n")).get_result::<Number>(connection).unwrap().n
}

fn words(connection: &mut AnyConnection, sql: &str) -> String {
    diesel::sql_query(format!("SELECT '' AS name, ({sql}) AS definition")).get_result::<Index>(connection).unwrap().definition
}

/// Loads, asks every question of the story, and loads again, which is refused.
fn story(connection: &mut AnyConnection) -> (Summary, String) {
    db::migrations::run(connection).unwrap();
    let indexes = index_count(connection);
    let mut phases = Vec::new();
    let options = Options { members: MEMBERS, seed: 7 };
    let summary = load(connection, &keys(), &options, |phase, done, total| {
        assert!(done <= total, "{phase} {done}/{total}");
        phases.push(phase.to_owned());
    })
    .unwrap();
    assert_eq!(summary.member_count, MEMBERS);
    for phase in ["units", "members", "officers", "tree", "indexes", "settling"] {
        assert!(phases.iter().any(|seen| seen == phase), "{phase}");
    }
    assert_eq!(index_count(connection), indexes, "all indexes are there again");

    let is = |connection: &mut AnyConnection, sql: &str, expected: i64| assert_eq!(number(connection, sql), expected, "{sql}");
    let none = |connection: &mut AnyConnection, rows: &str| is(connection, &format!("SELECT COUNT(*) FROM {rows}"), 0);
    let c = connection;

    // The units of 2017.
    for (kind, count) in [("province", 1), ("district", 9), ("base", 140), ("affiliated", 3)] {
        is(c, &format!("SELECT COUNT(*) FROM units WHERE kind = '{kind}'"), count);
    }
    is(c, "SELECT COUNT(*) FROM units WHERE code IS NOT NULL", 150);
    is(c, "SELECT COUNT(*) FROM units", summary.unit_count as i64);
    is(c, "SELECT COUNT(*) FROM unit_periods WHERE valid_to IS NULL", summary.unit_count as i64);
    none(c, "units u JOIN units p ON p.id = u.parent_id WHERE u.founded_on < p.founded_on");
    none(c, "units WHERE parent_id IS NULL AND kind <> 'province'");
    // Each unit under itself, under its parent, and under whatever its parent is under.
    none(
        c,
        "units u WHERE NOT EXISTS (SELECT 1 FROM unit_tree t WHERE t.unit_id = u.id AND t.ancestor_id = u.id AND t.depth = 0)",
    );
    none(
        c,
        "units u JOIN unit_tree above ON above.unit_id = u.parent_id WHERE NOT EXISTS \
         (SELECT 1 FROM unit_tree t WHERE t.unit_id = u.id AND t.ancestor_id = above.ancestor_id AND t.depth = above.depth + 1)",
    );
    let closure = number(
        c,
        "SELECT (SELECT COUNT(*) FROM units) + (SELECT COUNT(*) FROM units u JOIN unit_tree a ON a.unit_id = u.parent_id)",
    );
    is(c, "SELECT COUNT(*) FROM unit_tree", closure);
    none(
        c,
        "units u LEFT JOIN women_populations w ON w.unit_id = u.id WHERE u.kind = 'base' AND u.code NOT IN ('22737') AND w.id IS NULL",
    );
    is(c, "SELECT COUNT(*) FROM units u JOIN unit_traits t ON t.unit_id = u.id WHERE t.trait_code = 'urban'", 41);

    is(c, "SELECT COUNT(DISTINCT supporter_unit_id) FROM unit_supports WHERE ends_on IS NULL", 9);
    none(
        c,
        "unit_supports s JOIN units u ON u.id = s.supported_unit_id WHERE u.kind <> 'base' OR u.parent_id <> s.supporter_unit_id \
         OR (s.ends_on IS NULL) <> (s.result IS NULL) OR s.ends_on <= s.starts_on",
    );

    // Inspections in every state, each by people from elsewhere; what is told has its notice, and every step its place.
    is(c, "SELECT COUNT(DISTINCT status) FROM inspections", 11);
    is(c, "SELECT COUNT(DISTINCT status) FROM inspection_remediations", 5);
    is(c, "SELECT COUNT(DISTINCT status) FROM inspection_plans", 3);
    none(
        c,
        "inspections i JOIN inspection_teams t ON t.inspection_id = i.id JOIN members m ON m.id = t.member_id \
         JOIN unit_tree u ON u.unit_id = m.unit_id WHERE u.ancestor_id = i.inspected_unit_id",
    );
    none(c, "inspections i WHERE (SELECT COUNT(*) FROM inspection_teams t WHERE t.inspection_id = i.id AND t.is_lead) <> 1");
    none(
        c,
        "inspections i WHERE (status IN ('notice_issued', 'in_remediation', 'closed')) <> \
         EXISTS (SELECT 1 FROM inspection_notices n WHERE n.inspection_id = i.id)",
    );
    none(
        c,
        "inspections i WHERE NOT EXISTS (SELECT 1 FROM state_events e WHERE e.object_id = i.id AND e.object_version = i.version \
         AND e.to_state = i.status)",
    );

    // Members: each in one place, under all above it, counted rightly.
    is(c, "SELECT COUNT(*) FROM members", MEMBERS as i64);
    is(c, "SELECT COUNT(*) FROM members WHERE status = 'active' AND kind = 'regular'", summary.active_member_count as i64);
    let places = number(c, "SELECT COUNT(*) FROM members m JOIN unit_tree t ON t.unit_id = m.unit_id");
    is(c, "SELECT COUNT(*) FROM member_tree", places);
    none(c, "member_tree t JOIN members m ON m.id = t.member_id WHERE t.status <> m.status OR t.sort_key <> m.sort_key");
    none(
        c,
        "(SELECT t.ancestor_id AS unit_id, m.status AS status, m.kind AS kind, COUNT(*) AS n FROM members m \
           JOIN unit_tree t ON t.unit_id = m.unit_id GROUP BY t.ancestor_id, m.status, m.kind) x \
         LEFT JOIN unit_member_counts k ON k.unit_id = x.unit_id AND k.status = x.status AND k.kind = x.kind \
         WHERE k.member_count IS NULL OR k.member_count <> x.n",
    );
    is(
        c,
        "SELECT SUM(member_count) FROM unit_member_counts k JOIN units u ON u.id = k.unit_id WHERE u.kind = 'province'",
        MEMBERS as i64,
    );
    none(c, "members m JOIN units u ON u.id = m.unit_id WHERE u.kind NOT IN ('branch', 'group')");
    none(
        c,
        "members m WHERE status = 'active' AND NOT EXISTS (SELECT 1 FROM memberships s WHERE s.member_id = m.id AND s.valid_to IS NULL AND s.unit_id = m.unit_id)",
    );
    none(
        c,
        "members m WHERE status <> 'active' AND EXISTS (SELECT 1 FROM memberships s WHERE s.member_id = m.id AND s.valid_to IS NULL)",
    );
    none(c, "members m WHERE NOT EXISTS (SELECT 1 FROM memberships s WHERE s.member_id = m.id AND s.valid_from = m.joined_on)");
    none(c, "memberships WHERE valid_to <= valid_from");
    none(
        c,
        "memberships a JOIN memberships b ON a.member_id = b.member_id AND a.valid_from < b.valid_from WHERE a.valid_to > b.valid_from OR a.valid_to IS NULL",
    );
    none(c, "memberships s JOIN units u ON u.id = s.unit_id WHERE s.valid_from < u.founded_on");
    none(c, "members WHERE (status = 'active') <> (left_on IS NULL)");
    none(
        c,
        "members m WHERE status <> 'active' AND NOT EXISTS (SELECT 1 FROM member_events e WHERE e.member_id = m.id AND e.kind = m.status AND e.effective_on = m.left_on)",
    );
    is(c, "SELECT COUNT(*) FROM member_events WHERE kind = 'admitted'", MEMBERS as i64);
    none(c, "members WHERE kind = 'regular' AND sex <> 'female'");
    none(
        c,
        "members WHERE (national_id_hash IS NULL) <> (national_id_sealed IS NULL) OR (national_id_hash IS NULL) <> (national_id_last3 IS NULL)",
    );
    none(c, "members WHERE (ethnic_group_code IS NOT NULL OR religion_code IS NOT NULL) AND sensitive_consent_on IS NULL");
    // Sensitive groups only with consent; each row of a group is in the copy beside the member.
    none(
        c,
        "member_special_groups g JOIN members m ON m.id = g.member_id WHERE g.group_code IN ('poor', 'disabled', 'single', 'ethnic_minority', 'religious') AND m.sensitive_consent_on IS NULL",
    );
    none(
        c,
        "member_special_groups g JOIN members m ON m.id = g.member_id WHERE m.special_groups NOT LIKE '%\"' || g.group_code || '\"%'",
    );
    none(
        c,
        "members m WHERE is_core AND NOT EXISTS (SELECT 1 FROM core_periods p WHERE p.member_id = m.id AND p.valid_to IS NULL)",
    );
    none(
        c,
        "core_periods p JOIN members m ON m.id = p.member_id WHERE p.valid_to IS NULL AND (NOT m.is_core OR m.status <> 'active')",
    );
    none(c, "core_periods WHERE valid_to <= valid_from");
    let core =
        number(c, "SELECT COUNT(*) * 1000 / (SELECT COUNT(*) FROM members WHERE status = 'active') FROM members WHERE is_core");
    assert!((100..=210).contains(&core), "{core} of 1000 are core members");

    // Officers.
    none(
        c,
        "appointments a JOIN members m ON m.id = a.member_id WHERE a.status = 'held' AND (m.is_core OR m.status <> 'active')",
    );
    none(c, "appointments a JOIN members m ON m.id = a.member_id WHERE a.starts_on < m.joined_on");
    none(c, "appointments a JOIN units u ON u.id = a.unit_id WHERE a.starts_on < u.founded_on");
    none(c, "appointments a JOIN terms t ON t.id = a.term_id WHERE a.starts_on < t.starts_on OR a.starts_on >= t.ends_on");
    none(
        c,
        "appointments a WHERE NOT EXISTS (SELECT 1 FROM terms t JOIN unit_tree x ON x.ancestor_id = t.unit_id WHERE t.id = a.term_id AND x.unit_id = a.unit_id)",
    );
    none(c, "appointments a JOIN unit_bodies b ON b.id = a.body_id WHERE b.unit_id <> a.unit_id OR a.starts_on < b.valid_from");
    none(
        c,
        "appointments WHERE (ends_on IS NULL) <> (status = 'held') OR (ends_on IS NULL) <> (end_reason IS NULL) OR ends_on <= starts_on",
    );
    none(c, "appointments WHERE (seat_kind = 'sector') <> (sector IS NOT NULL)");
    is(c, "SELECT COUNT(*) FROM appointments WHERE status = 'held'", summary.post_count as i64);
    let presidents = number(
        c,
        "SELECT COUNT(*) FROM appointments a JOIN units u ON u.id = a.unit_id WHERE a.post = 'president' AND a.status = 'held' AND u.kind IN ('base', 'district', 'province')",
    );
    assert!(presidents >= 140, "{presidents} presidents");
    none(
        c,
        "field_visits WHERE (status = 'done') <> (done_on IS NOT NULL) OR (status = 'cancelled') <> (cancel_reason IS NOT NULL) OR done_on < planned_on",
    );

    // Rows that stand for somebody who is not there.
    for (table, column) in [
        ("memberships", "member_id"),
        ("member_events", "member_id"),
        ("core_periods", "member_id"),
        ("appointments", "member_id"),
        ("qualifications", "member_id"),
        ("unit_assignments", "member_id"),
    ] {
        none(c, &format!("{table} t LEFT JOIN members m ON m.id = t.{column} WHERE m.id IS NULL"));
    }

    // Somebody to sign in as.
    is(c, "SELECT COUNT(*) FROM accounts", summary.accounts.len() as i64);
    // Each role of people; services have the last one.
    is(c, "SELECT COUNT(DISTINCT role) FROM role_assignments", crate::access::Role::ALL.len() as i64 - 1);
    assert_eq!(loaded(c).unwrap().unwrap().password, summary.password);
    is(c, "SELECT COUNT(*) FROM audit_events", 4);

    let again = load(c, &keys(), &options, |_, _, _| {}).unwrap_err();
    assert_eq!(again.code(), Code::Conflict);
    is(c, "SELECT COUNT(*) FROM members", MEMBERS as i64);

    let fold = "SELECT MIN(full_name || born_on || membership_no) || MAX(full_name || joined_on || membership_no) FROM members";
    (summary, words(c, fold))
}

fn index_count(connection: &mut AnyConnection) -> i64 {
    number(
        connection,
        match connection {
            AnyConnection::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index'",
            AnyConnection::Postgres(_) => "SELECT COUNT(*) FROM pg_indexes WHERE schemaname = current_schema()",
        },
    )
}

#[test]
fn a_small_province_holds_together_on_sqlite_and_from_one_seed_comes_one_province() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a", "b"].map(|name| {
        let mut connection = db::connect(folder.path().join(name).to_str().unwrap()).unwrap();
        story(&mut connection).1
    });
    assert_eq!(first, second);
    // The chain of the audit trail is whole.
    let db = db::Db::open(folder.path().join("a").to_str().unwrap(), 1, std::sync::Arc::new(keys())).unwrap();
    assert_eq!(db.verify(None).unwrap().unwrap().head.seq, 4);
}

#[test]
fn a_small_province_holds_together_on_postgresql() {
    let server = std::env::var("DATABASE_URL_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".into());
    let Ok(mut admin) = db::connect(&format!("{server}/postgres")) else { return };
    let name = format!("hoicoso_demo_test_{}", std::process::id());
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let outcome = std::panic::catch_unwind(|| {
        let mut connection = db::connect(&format!("{server}/{name}")).unwrap();
        story(&mut connection);
    });
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    outcome.unwrap();
}

/// What stands in each member row is what the rules for members would take.
#[test]
fn members_are_such_as_the_rules_take() {
    use crate::{
        members::{birth::BirthDate, national_id::NationalId, phone},
        text,
    };

    let (keys, day) = (keys(), today());
    let now = Instant::from_millis(1_700_000_000_000);
    let world = World::build(3_000, 11, day, now).unwrap();
    let mut people = People::new(&world, &keys, 11).unwrap();
    let (mut all, mut with_number, mut with_phone, mut whole_date) = (0, 0, 0, 0);
    let mut numbers = std::collections::HashSet::new();
    for base in &world.bases {
        let (roll, persons) = people.base(base);
        assert_eq!(roll.members.len(), persons.len());
        for member in &roll.members {
            all += 1;
            let born = member.born_on.to_string();
            let length = match member.birth_precision {
                "day" => 10,
                "month" => 7,
                _ => 4,
            };
            whole_date += usize::from(length == 10);
            let born = BirthDate::parse(&born[..length], day).unwrap();
            assert!(born.surely_at_least(18, member.joined_on), "{born} {}", member.joined_on);
            assert!(member.joined_on <= day && born.age_on(day).years <= 91);
            assert_eq!(member.full_name, text::clean(&member.full_name));
            assert!(member.search_name.len() >= 4, "{}", member.full_name);
            if let Some(sealed) = &member.national_id_sealed {
                with_number += 1;
                let digits = keys.open(crate::keys::Purpose::PersonalField, sealed, member.id.as_bytes()).unwrap();
                let number = NationalId::parse(std::str::from_utf8(&digits).unwrap()).unwrap();
                assert_eq!(number.doubts(member.sex == "female", Some(born.year())), []);
                assert_eq!(Some(number.last3()), member.national_id_last3.as_deref());
                let hash = keys.mac(crate::keys::Purpose::BlindIndex, &digits).to_vec();
                assert_eq!(Some(&hash), member.national_id_hash.as_ref());
                assert!(numbers.insert(digits));
            }
            if let Some(number) = &member.phone {
                with_phone += 1;
                assert_eq!(phone::parse(number).as_deref(), Ok(number.as_str()));
            }
        }
    }
    assert_eq!(all, 3_000);
    for (share, of) in [(with_number, 80), (with_phone, 70), (whole_date, 85)] {
        let percent = share * 100 / all;
        assert!((of - 6..=of + 6).contains(&percent), "{percent} of 100, wanted {of}");
    }
}
