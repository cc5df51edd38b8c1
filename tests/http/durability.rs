//! What was acknowledged is there, whatever happens to the process.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;

use crate::support::{Process, new_id, on_both, program};

const WRITERS: usize = 16;
/// Acknowledgements after which the process is killed.
const ENOUGH: usize = 150;
const ROUNDS: usize = 2;

#[test]
fn kill_9_under_load_loses_nothing_that_was_acknowledged() {
    on_both(async |world| {
        let token = world.chair_of("Vĩnh Hải").token().await.unwrap();
        let unit = world.unit("Ba Làng");
        // The world's own service has nothing more to do; the database is the program's.
        world.stop().await;
        let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
        for round in 1..=ROUNDS {
            let mut process = Process::start(world.database()).await;
            let (killed, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    let (url, token, unit) = (process.url.clone(), token.clone(), unit.clone());
                    let (acknowledged, killed, sent) = (acknowledged.clone(), killed.clone(), sent.clone());
                    actix_web::rt::spawn(async move {
                        let client = reqwest::Client::builder().no_proxy().build().unwrap();
                        while !killed.load(Ordering::Relaxed) {
                            let (id, number) = (new_id(), sent.fetch_add(1, Ordering::Relaxed));
                            let name = format!("Tô Thị Số {round} {number}");
                            let body = json!({ "id": id, "unit_id": unit, "full_name": name, "date_of_birth": "1990-01-01", "joined_on": "2018-03-08" });
                            let request = client.post(format!("{url}/api/v1/members")).bearer_auth(&token).json(&body);
                            match request.send().await {
                                Ok(answer) if answer.status() == 201 => acknowledged.lock().unwrap().push(id),
                                Ok(answer) => {
                                    let status = answer.status();
                                    panic!("{status}: {}", answer.text().await.unwrap_or_default());
                                }
                                Err(_) => return,
                            }
                        }
                    })
                })
                .collect();
            while acknowledged.lock().unwrap().len() < round * ENOUGH {
                assert!(!writers.iter().all(|writer| writer.is_finished()), "the writers gave up");
                actix_web::rt::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            process.kill();
            killed.store(true, Ordering::Relaxed);
            for writer in writers {
                writer.await.unwrap();
            }

            // Once more, and everything is there.
            let process = Process::start(world.database()).await;
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let ids = acknowledged.lock().unwrap().clone();
            assert!(ids.len() >= round * ENOUGH);
            for id in &ids {
                let answer = client.get(format!("{}/api/v1/members/{id}", process.url)).bearer_auth(&token).send().await.unwrap();
                assert_eq!(answer.status(), 200, "{id} was acknowledged and is gone");
            }
            drop(process);
            world.check_books();
            let members = world.database().number("SELECT count(*) AS value FROM members");
            let admitted = world.database().number("SELECT count(*) AS value FROM audit_events WHERE action = 'admit'");
            assert_eq!(members, admitted, "each member has her entry, each entry its member");
            eprintln!("   round {round}: {} acknowledged, {} on the roll", ids.len(), members);
        }
        // The command line says so, too.
        let verified = program(world.database()).args(["audit", "verify"]).output().unwrap();
        assert!(verified.status.success(), "{verified:?}");
        world.database().execute("UPDATE audit_events SET action = 'x' WHERE seq = 9");
        let broken = program(world.database()).args(["audit", "verify"]).output().unwrap();
        assert!(!broken.status.success(), "{broken:?}");
    });
}
