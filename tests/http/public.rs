//! The door without an account: every petition is answered alike, code and PIN open one case and tell nothing else, and what
//! was acknowledged is there after the power is cut.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};

use crate::support::{Answer, Lang, Process, World, new_id, on_both, on_both_with};

const CONTENT: &str = "Quỹ của chi hội thu hai lần trong năm mà không có phiếu thu";

fn petition(more: Value) -> Value {
    let mut body = json!({ "kind": "denunciation", "content": CONTENT });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn hand_in(world: &World, more: Value) -> Answer {
    world.nobody().post("/public/petitions", petition(more)).await.expect(201)
}

async fn look_up(world: &World, code: &str, pin: &str) -> Answer {
    world.nobody().post("/public/petitions/lookups", json!({ "code": code, "pin": pin })).await
}

fn cases(world: &World) -> i64 {
    world.database().number("SELECT count(*) AS value FROM complaints")
}

/// The names of an answer's headers and the values of those that are no matter of the moment.
fn headers(answer: &Answer) -> BTreeMap<String, String> {
    let changing = ["date", "x-request-id"];
    let value = |name: &str, value: &str| if changing.contains(&name) { String::new() } else { value.to_owned() };
    answer.headers.iter().map(|(name, it)| (name.to_string(), value(name.as_str(), it.to_str().unwrap()))).collect()
}

#[test]
fn whatever_is_handed_in_is_answered_alike() {
    on_both(async |world| {
        let me = json!({ "full_name": "Trịnh Thị Ngọc Sương" });
        let insides = [
            ("nothing named", json!({})),
            ("a commune whose president is denounced", json!({ "unit_id": world.unit("Vĩnh Hải") })),
            ("a branch", json!({ "unit_id": world.unit("Tổ 1") })),
            ("the province itself", json!({ "unit_id": world.unit("Khánh Hòa") })),
            ("a unit that is not there", json!({ "unit_id": new_id() })),
            ("the same once more", json!({ "unit_id": world.unit("Vĩnh Hải") })),
            ("somebody in the vault", json!({ "petitioner": me, "unit_id": world.unit("Vĩnh Hải") })),
            ("on sealed paper", json!({ "custody": "sealed_paper", "about": "Chủ tịch Hội phường" })),
            ("a proposal to a commune", json!({ "kind": "proposal", "unit_id": world.unit("Vĩnh Hải") })),
            ("a complaint", json!({ "kind": "complaint", "unit_id": world.unit("Đường Đệ") })),
            ("feedback", json!({ "kind": "feedback", "content": "!!! MUA NGAY http://spam.example !!!" })),
        ];
        let before = cases(&world);
        let mut told = Vec::new();
        for (inside, more) in &insides {
            let answer = hand_in(&world, more.clone()).await;
            let keys: Vec<String> = answer.json.as_object().unwrap().keys().cloned().collect();
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{inside}");
            assert_eq!(answer.header("location"), None, "{inside}");
            told.push((keys, headers(&answer), answer.bytes.len(), answer.text("next_steps"), answer.text("received_on")));
            // And it is there for whoever has code and PIN.
            let found = look_up(&world, &answer.text("code"), &answer.text("pin")).await.expect(200);
            assert_eq!(found["code"], answer["code"], "{inside}");
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(cases(&world), before + insides.len() as i64);
        // Where it went: never to whom it is about.
        let owners = |condition: &str| {
            let sql = format!(
                "SELECT u.name AS value FROM complaints c JOIN units u ON u.id = c.owner_unit_id \
                 WHERE c.channel = 'online' AND {condition} ORDER BY c.id"
            );
            world.database().words(&sql)
        };
        let about =
            |name: &str| format!("c.kind = 'denunciation' AND c.receiving_unit_id = {}", world.database().id(&world.unit(name)));
        assert!(owners(&about("Vĩnh Hải")).iter().all(|name| name.contains("Nha Trang")), "{:?}", owners(&about("Vĩnh Hải")));
        assert_eq!(owners(&about("Vĩnh Hải")).len(), 3);
        assert!(owners(&about("Khánh Hòa")).iter().all(|name| name.contains("Khánh Hòa")), "{:?}", owners(&about("Khánh Hòa")));
        let stubs = world
            .database()
            .number("SELECT count(*) AS value FROM complaints WHERE channel = 'online' AND status = 'routed_external'");
        assert_eq!(stubs, 0, "nothing that comes in here is lost");
    });
}

#[test]
fn code_and_pin_open_one_case_and_whatever_else_is_told_apart_by_nothing() {
    on_both(async |world| {
        let mine = hand_in(&world, json!({})).await;
        let other = hand_in(&world, json!({})).await;
        let (code, pin) = (mine.text("code"), mine.text("pin"));
        // As it was written down on paper.
        let loose = |text: &str| text.to_lowercase().replace('-', " ");
        let found = look_up(&world, &loose(&code), &loose(&pin)).await.expect(200);
        assert_eq!((&found["state"], &found["messages"]), (&json!("received"), &json!([])));
        assert_eq!(found.header("cache-control"), Some("no-store"));
        let english = world.nobody().speaking(Lang::En);
        let found = english.post("/public/petitions/lookups", json!({ "code": code, "pin": pin })).await.expect(200);
        assert_eq!(found["state_text"], "Received; who is competent is being looked at");

        let mut refused = Vec::new();
        let mut refuse = |answer: Answer| {
            let mut body = answer.json.clone();
            body["request_id"] = json!("~");
            refused.push((answer.status, body, headers(&answer)));
        };
        refuse(look_up(&world, "KH-2222-22", "0000-0000").await);
        refuse(look_up(&world, &code, &other.text("pin")).await);
        refuse(look_up(&world, &other.text("code"), "ố").await);
        refuse(look_up(&world, "'; DROP TABLE complaints; --", "1").await);
        for _ in 0..4 {
            refuse(look_up(&world, &code, "0000-0000").await);
        }
        // Five in a row: now the right one does not help either, and nothing says why.
        refuse(look_up(&world, &code, &pin).await);
        refuse(look_up(&world, &code, "0000-0000").await);
        refused.dedup();
        assert_eq!(refused.len(), 1, "{refused:#?}");
        assert_eq!(refused[0].0, 404);
        // Nor by the way of messages, whatever the caller prefers: tries are counted there, too.
        let text = json!({ "code": other.text("code"), "pin": "0000-0000", "text": "Xin hỏi" });
        for _ in 0..5 {
            world
                .nobody()
                .post("/public/petitions/messages", text.clone())
                .prefer("tx=rollback")
                .key(&new_id())
                .await
                .expect(404);
        }
        look_up(&world, &other.text("code"), &other.text("pin")).await.expect(404);
        // The lock ends, and success forgets the failures.
        world.database().execute("UPDATE complaint_pins SET locked_until = 1 WHERE locked_until IS NOT NULL");
        look_up(&world, &code, &pin).await.expect(200);
        look_up(&world, &other.text("code"), &other.text("pin")).await.expect(200);
        assert_eq!(world.database().number("SELECT count(*) AS value FROM complaint_pins WHERE failed_count > 0"), 0);
        // Neither code nor PIN stands in an address, and the PIN nowhere at all.
        let kept = world.database().words("SELECT pin_hash AS value FROM complaint_pins");
        assert!(kept.iter().all(|hash| hash.len() == 43 && !hash.contains(&pin.replace('-', ""))));
    });
}

fn found(world: &World, receipt: &Answer) -> String {
    world.database().id_where("complaints", &format!("code = '{}'", receipt.text("code")))
}

async fn act(world: &World, caller: &str, case: &str, noun: &str, body: Value) -> Answer {
    world.user(caller).act(format!("/complaints/{case}/{noun}"), world.version_of("complaints", case), body).await
}

fn classified(kind: &str) -> Value {
    json!({ "kind": kind, "matter": "money", "competence": "own", "petitioner_count": 1, "earlier_filing": "none",
            "content_for_verification": "Quỹ thu không có phiếu thu", "subjects": [] })
}

/// K19: whoever sent it reads the answer with code and PIN, and says once how it was handled.
#[test]
fn an_answer_is_read_and_rated_with_code_and_pin() {
    on_both(async |world| {
        let mine = hand_in(&world, json!({ "kind": "feedback" })).await;
        let case = found(&world, &mine);
        let rate = async |rating: i64| {
            let body = json!({ "code": mine["code"], "pin": mine["pin"], "rating": rating });
            world.nobody().post("/public/petitions/ratings", body).await
        };
        let read = async || look_up(&world, &mine.text("code"), &mine.text("pin")).await.expect(200);
        rate(4).await.expect(409).about("/rating", "not_answered");
        act(&world, "kiemtra", &case, "classifications", classified("feedback")).await.expect(200);
        let handler = json!({ "handler_id": world.cast().accounts["kiemtra"] });
        act(&world, "thuongtruc", &case, "assignments", handler).await.expect(200);
        assert_eq!(read().await["answer"], Value::Null);
        let answer = json!({ "answered_on": crate::support::days_ago(0), "text": "Đã lập phiếu thu cho hai lần thu" });
        act(&world, "kiemtra", &case, "answers", answer).await.expect(200);
        let told = read().await;
        assert_eq!((&told["state"], &told["rating"]), (&json!("answered"), &Value::Null));
        assert_eq!(told["answer"], "Đã lập phiếu thu cho hai lần thu");
        rate(6).await.expect(422).about("/rating", "range");
        rate(4).await.expect(201);
        rate(5).await.expect(409).about("/rating", "rated_already");
        assert_eq!(read().await["rating"], 4);
        let records = world.user("kiemtra").get(format!("/complaints/{case}/records")).await.expect(200);
        let last = records.items().last().unwrap();
        assert_eq!((&last["kind"], &last["facts"]), (&json!("rating"), &json!({ "rating": 4 })));
        world.check_books();
    });
}

/// K3: what nobody signed settles nothing, but it may show inspectors where to look.
#[test]
fn an_anonymous_petition_with_evidence_is_a_lead_for_inspectors() {
    on_both(async |world| {
        let case = found(&world, &hand_in(&world, json!({})).await);
        act(&world, "kiemtra", &case, "classifications", classified("denunciation")).await.expect(200);
        let leads = async || {
            let alerts = world.user("kiemtra").get("/complaint-alerts?is_acknowledged=false&limit=200").await.expect(200);
            let mine = |item: &&Value| item["kind"] == "inspection_lead" && item["complaint_id"] == case.as_str();
            alerts.items().iter().filter(mine).count()
        };
        assert_eq!(leads().await, 0);
        let filing = json!({ "reason": "anonymous_with_evidence", "note": "Có ảnh sổ thu" });
        let filed = act(&world, "kiemtra", &case, "filings", filing).await.expect(200);
        assert_eq!((&filed["status"], leads().await), (&json!("filed"), 1));
    });
}

/// How long a look-up takes does not say what was wrong with it.
#[test]
fn time_tells_nothing() {
    on_both(async |world| {
        let mine = hand_in(&world, json!({})).await;
        let locked = hand_in(&world, json!({})).await;
        for _ in 0..5 {
            look_up(&world, &locked.text("code"), "0000-0000").await.expect(404);
        }
        let (wrong, right) = (mine.text("code"), locked.text("pin"));
        let ways = [
            ("KH-2222-22".to_owned(), "0000-0000"),
            (wrong, "0000-0000"),
            (locked.text("code"), "0000-0000"),
            (locked.text("code"), &right),
        ];
        let mut medians = f64::INFINITY;
        // Others use the same machine: the quietest of three rounds counts.
        for _ in 0..3 {
            let mut times: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
            for turn in 0..40 {
                // Each goes first as often as another: what has rested wakes slowly.
                for way in (0..ways.len()).map(|place| (turn + place) % ways.len()) {
                    let (code, pin) = &ways[way];
                    let started = Instant::now();
                    look_up(&world, code, pin).await.expect(404);
                    times[way].push(started.elapsed().as_secs_f64());
                }
                world
                    .database()
                    .execute("UPDATE complaint_pins SET failed_count = 0, locked_until = NULL WHERE failed_count < 5");
            }
            let middle = |times: &mut Vec<f64>| {
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            };
            let each: Vec<f64> = times.iter_mut().map(middle).collect();
            let (least, most) = (each.iter().copied().fold(f64::INFINITY, f64::min), each.iter().copied().fold(0.0, f64::max));
            eprintln!("   unknown, wrong, locked, locked and right: {each:.5?}");
            medians = medians.min(most / least);
        }
        assert!(medians < 1.35, "medians differ by {medians:.2}");
    });
}

#[test]
fn the_same_request_twice_is_one_petition() {
    on_both(async |world| {
        let before = cases(&world);
        let key = new_id();
        let send = |body: Value, key: &str| world.nobody().post("/public/petitions", body).key(key);
        let first = send(petition(json!({})), &key).await.expect(201);
        let again = send(petition(json!({})), &key).await.expect(201);
        assert_eq!((first.bytes.clone(), again.header("idempotency-replayed")), (again.bytes.clone(), Some("true")));
        assert_eq!(cases(&world), before + 1);
        // A stranger with the same key and another request meets nobody: she hands in her own.
        let stranger = send(petition(json!({ "about": "Việc khác" })), &key).await.expect(201);
        assert_ne!(stranger["code"], first["code"]);
        assert_eq!(cases(&world), before + 2);
        send(petition(json!({})), "1").await.expect(400).about("Idempotency-Key", "length");
        // At once, too.
        let key = new_id();
        let (one, two) =
            tokio::join!(async { send(petition(json!({})), &key).await }, async { send(petition(json!({})), &key).await });
        assert_eq!(one.expect(201)["code"], two.expect(201)["code"]);
        assert_eq!(cases(&world), before + 3);
        // Tried only: nothing is kept.
        let tried = world.nobody().post("/public/petitions", petition(json!({}))).prefer("tx=rollback").await.expect(201);
        assert_eq!(tried.header("preference-applied"), Some("tx=rollback"));
        look_up(&world, &tried.text("code"), &tried.text("pin")).await.expect(404);
        assert_eq!(cases(&world), before + 3);
    });
}

#[test]
fn an_address_has_a_budget_and_a_petition_a_size() {
    on_both_with(
        |config| config.rate_limit_public = 3,
        async |world| {
            // Whatever it is: a wrong look-up is as dear as a petition.
            let first = hand_in(&world, json!({})).await;
            assert_eq!(first.header("ratelimit-policy"), Some("\"public\";q=3;w=60"));
            look_up(&world, "KH-2222-22", "0000-0000").await.expect(404);
            look_up(&world, &first.text("code"), &first.text("pin")).await.expect(200);
            let before = cases(&world);
            let refused = world.nobody().post("/public/petitions", petition(json!({}))).await.expect(429);
            assert!(refused.header("retry-after").is_some());
            // What a caller says of her address is not believed.
            let disguised = world.nobody().post("/public/petitions", petition(json!({}))).header("x-forwarded-for", "1.2.3.4");
            disguised.await.expect(429);
            assert_eq!(cases(&world), before);
            // Who is signed in has her own.
            world.user("kiemtra").get("/me").await.expect(200);
        },
    );
    on_both_with(
        |config| (config.rate_limit_public, config.proxies) = (1, 1),
        async |world| {
            let send = |from: &str| world.nobody().post("/public/petitions", petition(json!({}))).header("x-forwarded-for", from);
            send("1.2.3.4").await.expect(201);
            send("9.9.9.9, 1.2.3.4").await.expect(429);
            send("1.2.3.5").await.expect(201);
        },
    );
    on_both(async |world| {
        let long = petition(json!({ "content": "x".repeat(20001) }));
        world.nobody().post("/public/petitions", long).await.expect(422);
        let longer = petition(json!({ "content": "x".repeat(70_000) }));
        world.nobody().post("/public/petitions", longer).await.expect(413);
    });
}

#[test]
fn petitioner_and_office_write_to_each_other() {
    on_both(async |world| {
        let mine = hand_in(&world, json!({ "kind": "proposal", "unit_id": world.unit("Vĩnh Hải") })).await;
        let (code, pin) = (mine.text("code"), mine.text("pin"));
        let case = world.database().id_where("complaints", &format!("code = '{code}'"));
        let inspector = world.user("kiemtra");
        let path = format!("/complaints/{case}/messages");
        inspector.post(&path, json!({ "text": "Đề nghị gửi thêm bản chụp phiếu thu" })).await.expect(201);
        inspector.post(&path, json!({ "text": " \n " })).await.expect(422).about("/text", "required");
        let mut message = json!({ "code": code, "pin": pin, "text": "Tôi có thêm ảnh chụp\nsổ thu quỹ" });
        let key = new_id();
        for _ in 0..2 {
            world.nobody().post("/public/petitions/messages", message.clone()).key(&key).await.expect(201);
        }
        message["pin"] = json!("0000-0000");
        world.nobody().post("/public/petitions/messages", message).key(&key).await.expect(404);
        let found = look_up(&world, &code, &pin).await.expect(200);
        let texts: Vec<(bool, &str)> = found["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| (message["is_from_office"].as_bool().unwrap(), message["text"].as_str().unwrap()))
            .collect();
        assert_eq!(texts, [(true, "Đề nghị gửi thêm bản chụp phiếu thu"), (false, "Tôi có thêm ảnh chụp\nsổ thu quỹ")]);
        let listed = inspector.get(&path).await.expect(200);
        assert_eq!(listed.each("is_from_petitioner").len(), 2);
        let first = inspector.get(format!("{path}?limit=1&sort=-id")).await.expect(200);
        assert_eq!(first.items()[0]["is_from_petitioner"], true);
        let rest = inspector.get(format!("{path}?limit=1&sort=-id&cursor={}", first.text("next"))).await.expect(200);
        assert_eq!((rest.items()[0]["is_from_petitioner"].clone(), rest["next"].clone()), (json!(false), Value::Null));
        // It is not of another unit, nor of somebody whom it is about.
        world.chair_of("Vạn Giã").get(&path).await.expect(404);
    });
}

const SENDERS: usize = 200;

/// Two hundred hand in at once, and the power is cut: each code that somebody was given is there, with its PIN.
#[test]
fn kill_9_under_two_hundred_loses_no_petition_that_was_acknowledged() {
    on_both(async |world| {
        let unit = world.unit("Vĩnh Hải");
        // Each of these has one row for a petition that came in by this door.
        let whole = [
            "SELECT count(*) AS value FROM complaints",
            "SELECT count(*) AS value FROM complaint_pins",
            "SELECT count(*) AS value FROM complaint_parties",
            "SELECT count(*) AS value FROM audit_events WHERE action = 'take_in'",
            "SELECT count(*) AS value FROM state_events WHERE action = 'take_in'",
        ];
        let before = whole.map(|sql| world.database().number(sql));
        world.stop().await;
        let acknowledged: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let mut kept_before = 0;
        for round in 1..=2 {
            let mut process = Process::start(world.database()).await;
            let sent = Arc::new(AtomicUsize::new(0));
            let senders: Vec<_> = (0..SENDERS)
                .map(|place| {
                    let (url, unit, acknowledged, sent) = (process.url.clone(), unit.clone(), acknowledged.clone(), sent.clone());
                    actix_web::rt::spawn(async move {
                        let client = reqwest::Client::builder().no_proxy().build().unwrap();
                        // Until the line goes dead.
                        for number in 0.. {
                            let mut body =
                                petition(json!({ "unit_id": unit, "about": format!("Việc {round} {place} {number}") }));
                            if place % 4 == 0 {
                                body["petitioner"] = json!({ "full_name": format!("Tô Thị Số {place}") });
                            }
                            sent.fetch_add(1, Ordering::Relaxed);
                            let request = client.post(format!("{url}/api/v1/public/petitions")).json(&body);
                            let Ok(answer) = request.send().await else { return };
                            let status = answer.status();
                            let Ok(text) = answer.text().await else { return };
                            assert_eq!(status, 201, "{text}");
                            let receipt: Value = serde_json::from_str(&text).unwrap();
                            let word = |name: &str| receipt[name].as_str().unwrap().to_owned();
                            acknowledged.lock().unwrap().push((word("code"), word("pin")));
                        }
                    })
                })
                .collect();
            while acknowledged.lock().unwrap().len() < kept_before + SENDERS / 2 {
                assert!(!senders.iter().all(|sender| sender.is_finished()), "the senders gave up");
                actix_web::rt::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            process.kill();
            for sender in senders {
                sender.await.unwrap();
            }
            let process = Process::start(world.database()).await;
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let receipts = acknowledged.lock().unwrap().clone();
            let codes: BTreeSet<&String> = receipts.iter().map(|(code, _)| code).collect();
            assert_eq!(codes.len(), receipts.len(), "no code is given twice");
            for (code, pin) in &receipts {
                let body = json!({ "code": code, "pin": pin });
                let answer =
                    client.post(format!("{}/api/v1/public/petitions/lookups", process.url)).json(&body).send().await.unwrap();
                assert_eq!(answer.status(), 200, "{code} was acknowledged and is gone");
                let found: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                assert_eq!(found["code"], json!(code));
            }
            drop(process);
            world.check_books();
            // What was not acknowledged is there whole or not at all.
            let database = world.database();
            let mut rows: Vec<i64> = whole.iter().zip(before).map(|(sql, before)| database.number(sql) - before).collect();
            rows.dedup();
            let [rows] = rows[..] else { panic!("a petition in parts: {rows:?}") };
            let sealed = "SELECT count(*) AS value FROM complaints c WHERE c.custody = 'vault' AND NOT EXISTS \
                          (SELECT 1 FROM complaint_identities i WHERE i.complaint_id = c.id)";
            assert_eq!(database.number(sealed), 0, "each identity that was given is sealed");
            assert!(rows >= receipts.len() as i64);
            eprintln!("   round {round}: {} sent, {} acknowledged, {rows} kept", sent.load(Ordering::Relaxed), receipts.len());
            kept_before = receipts.len();
        }
    });
}
