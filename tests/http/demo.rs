//! The demonstration data: every life cycle can be seen in each of its states.

use std::collections::BTreeSet;

use crate::support::{Database, engines, program};

#[test]
fn something_lives_in_every_state() {
    for engine in engines() {
        let database = Database::empty(engine);
        let out = program(&database).args(["demo", "--no-serve", "--members", "3000"]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut missing = Vec::new();
        for machine in hoicoso::machine::all().map(|machine| machine.describe()) {
            let table = match machine.name {
                "findings" | "remediations" => format!("inspection_{}", machine.name),
                name => name.to_owned(),
            };
            let mut there: BTreeSet<String> =
                database.words(&format!("SELECT DISTINCT status AS value FROM {table}")).into_iter().collect();
            // That the hour is over is what the clock says.
            let now = hoicoso::db::Instant::now().millis();
            let over = format!("SELECT count(*) AS value FROM identity_disclosures WHERE expires_at < {now}");
            if table == "identity_disclosures" && database.number(&over) > 0 {
                there.insert("expired".into());
            }
            let states = machine.states.iter().filter(|state| !there.contains(state.code));
            missing.extend(states.map(|state| format!("{}: {}", machine.name, state.code)));
        }
        assert!(missing.is_empty(), "on {engine:?} nothing is {missing:#?}");
        // The last step of each led to the state it is in.
        for table in ["complaints", "inspections", "courses", "enrolments", "certificates", "training_needs", "training_plans"] {
            let astray = database.number(&format!(
                "SELECT count(*) AS value FROM {table} o WHERE NOT EXISTS (SELECT 1 FROM state_events e \
                 WHERE e.object_id = o.id AND e.to_state = o.status)"
            ));
            assert_eq!(astray, 0, "{table} on {engine:?}");
        }
    }
}
