//! Petitions from the day they come in (domain guide 6.4, 7.3).

use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, Engine, World, days_ago, new_id, on_both,
    things::complaints::{case_of, give, noun, petition, step},
};

const STATUSES: &[&str] = &[
    "received",
    "classified",
    "merged",
    "filed",
    "guided",
    "forwarded",
    "replied",
    "protested",
    "accepted",
    "refused",
    "verifying",
    "suspended",
    "dialogue",
    "drafted",
    "decided",
    "concluded",
    "implementing",
    "assigned",
    "answered",
    "closed",
    "appealed",
    "continued",
    "withdrawn",
];

const ANY: &str = "inspector base_president province_leader case_handler";
const HEADS: &str = "inspector base_president province_leader";
const FIRST: &str = "inspector case_handler";
const OPEN: &str = "received classified forwarded replied accepted verifying suspended dialogue drafted decided concluded implementing \
                    assigned answered";
const ALL: &str = "complaint denunciation proposal feedback";
const BOTH: &str = "complaint denunciation";

/// The table of the domain guide (7.3) by hand: step, kinds, states it is taken from, who takes it.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("classify", ALL, "received", FIRST),
    ("merge", ALL, "received classified", FIRST),
    ("file", ALL, "classified", FIRST),
    ("guide", "complaint proposal", "classified", FIRST),
    ("forward", ALL, "classified", FIRST),
    ("reply", ALL, "forwarded", FIRST),
    ("protest", ALL, "replied", FIRST),
    ("accept", BOTH, "classified", HEADS),
    ("refuse", BOTH, "classified", HEADS),
    ("verify", BOTH, "accepted", HEADS),
    ("extend", BOTH, "verifying", HEADS),
    ("suspend", BOTH, "verifying", HEADS),
    ("resume", BOTH, "suspended", HEADS),
    ("open_dialogue", "complaint", "verifying", HEADS),
    ("end_dialogue", "complaint", "dialogue", HEADS),
    ("draft", "complaint", "verifying", ANY),
    ("decide", "complaint", "drafted", HEADS),
    ("conclude", "denunciation", "verifying", HEADS),
    ("implement", BOTH, "decided concluded", HEADS),
    ("close", ALL, "implementing replied answered", ANY),
    ("appeal", "complaint", "decided", ANY),
    ("continue", "denunciation", "concluded accepted verifying", ANY),
    ("withdraw", BOTH, "received classified accepted verifying suspended dialogue", ANY),
    ("escalate", ALL, OPEN, ANY),
    ("assign", "proposal feedback", "classified", HEADS),
    ("answer", "proposal feedback", "assigned", ANY),
    ("reopen", ALL, "closed", "inspector"),
    ("appoint", ALL, OPEN, HEADS),
    ("recuse", ALL, OPEN, ANY),
];

/// The denunciation lies with the committee of the inspector herself: nobody of the walk stands above it, to take it up again.
fn takers_of<'t>(action: &str, kind: &str, takers: &'t str) -> &'t str {
    if (action, kind) == ("reopen", "denunciation") { "" } else { takers }
}

fn has(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// Every state, step, kind and role. An illegal cell says what is possible, and changes nothing.
#[test]
fn every_cell_of_the_machine() {
    on_both(async |world| {
        let side = world.cast().inside.clone();
        let things = &side.complaints;
        let cases = [
            ("complaint", &things.cases["classified"]),
            ("denunciation", &things.cases["denunciation.verifying"]),
            ("proposal", &things.cases["proposal.elsewhere"]),
            ("feedback", &things.cases["feedback.classified"]),
        ];
        let roles = ["inspector", "base_president", "province_leader", "case_handler"];
        let database = world.database();
        let mut faults = Vec::new();
        let mut cells = 0;
        // The walk of all kinds takes long where each request crosses to another process.
        let kinds = if world.engine() == Engine::Sqlite { 4 } else { 1 };
        for (kind, case) in &cases[..kinds] {
            for status in STATUSES {
                database.execute(&format!("UPDATE complaints SET status = '{status}' WHERE id = {}", database.id(case)));
                let (before, version) = (database.state(), world.version_of("complaints", case));
                for role in roles {
                    let caller = world.user(&format!("walk.{role}"));
                    let mut possible: Vec<&str> = Vec::new();
                    for (action, kinds, states, takers) in TABLE {
                        if has(kinds, kind) && has(states, status) && has(takers_of(action, kind, takers), role) {
                            possible.push(action);
                        }
                    }
                    possible.sort_unstable();
                    for (action, kinds, states, takers) in TABLE {
                        cells += 1;
                        let mut body = step(action, &side, kind, "own", &things.handlers);
                        if *action == "merge" {
                            body = json!({ "into_id": new_id() });
                        }
                        let path = format!("/complaints/{case}/{}", noun(action));
                        let ask = caller.act(path, version, body).prefer("tx=rollback");
                        let answer = if *action == "resume" {
                            caller
                                .ask("POST", format!("/complaints/{case}/resumptions"))
                                .seen(version)
                                .prefer("tx=rollback")
                                .await
                        } else {
                            ask.await
                        };
                        let (legal, hers) = (has(kinds, kind) && has(states, status), has(takers_of(action, kind, takers), role));
                        let right = match (hers, legal) {
                            (false, _) => answer.status == 403,
                            (true, false) => {
                                let mut offered: Vec<&str> = answer["allowed_actions"]
                                    .as_array()
                                    .into_iter()
                                    .flatten()
                                    .filter_map(|it| it["action"].as_str())
                                    .collect();
                                offered.sort_unstable();
                                answer.status == 409 && answer["code"] == "invalid_transition" && offered == possible
                            }
                            // A guard may still say no: that is for the stories.
                            (true, true) => {
                                answer["code"] != "invalid_transition" && [200, 204, 409, 422].contains(&answer.status)
                            }
                        };
                        if !right {
                            faults.push(format!("{action} of a {kind} from {status} as {role}: {answer:?}"));
                        }
                    }
                }
                assert_eq!(database.state(), before, "{kind} {status}: something was left behind");
            }
        }
        assert!(faults.is_empty(), "{} of {cells} cells:\n{}", faults.len(), faults[..faults.len().min(5)].join("\n"));
        assert_eq!(cells, kinds * STATUSES.len() * roles.len() * TABLE.len());
    });
}

/// What must be so after any steps, in any order.
#[test]
fn whatever_is_done_a_case_stays_whole() {
    on_both(async |world| {
        let side = world.cast().inside.clone();
        let handlers = side.complaints.handlers.clone();
        let (clerk, inspector) = (world.user("chutich.vinhhai"), world.user("kiemtra"));
        let mut dice: u64 = 20_260_101;
        let mut next = move |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).unwrap() % sides
        };
        for (kind, competence) in
            [("complaint", "own"), ("feedback", "own"), ("proposal", "external"), ("complaint", "own"), ("proposal", "own")]
        {
            for _ in 0..4 {
                let code = clerk.post("/complaints", petition(&side, kind)).await.expect(201).text("code");
                let case = case_of(&world, &code);
                let path = format!("/complaints/{case}");
                for _ in 0..14 {
                    let seen = inspector.get(&path).await.expect(200);
                    let actions: Vec<String> =
                        seen.actions().into_iter().filter(|it| !["recuse", "merge"].contains(it)).map(str::to_owned).collect();
                    if actions.is_empty() {
                        break;
                    }
                    let action = &actions[next(actions.len())];
                    let before = events(&inspector, &case).await;
                    let answer = if action == "resume" {
                        inspector.ask("POST", format!("{path}/resumptions")).seen(seen.version()).await
                    } else {
                        let body = step(action, &side, kind, competence, &handlers);
                        inspector.act(format!("{path}/{}", noun(action)), seen.version(), body).await
                    };
                    let now = inspector.get(&path).await.expect(200);
                    let after = events(&inspector, &case).await;
                    assert_ne!(answer["code"], "invalid_transition", "it was offered: {action}");
                    if answer.status != 200 {
                        assert!([409, 422].contains(&answer.status), "{action}: {answer:?}");
                        assert_eq!((now.version(), after.len()), (seen.version(), before.len()), "{action} was refused");
                        continue;
                    }
                    assert_eq!(now.version(), seen.version() + 1, "{action}");
                    let last = after.last().unwrap();
                    assert_eq!(after.len(), before.len() + 1);
                    assert_eq!((&last["from_state"], &last["to_state"]), (&seen["status"], &now["status"]), "{action}");
                    let over = ["filed", "guided", "protested", "refused", "closed", "appealed", "withdrawn"]
                        .contains(&now["status"].as_str().unwrap());
                    assert_eq!(now["closed_on"].is_string(), over, "{action}: {now:?}");
                    if now["status"] == "verifying" {
                        assert!(now["handlers"].as_array().unwrap().len() >= 2, "{now:?}");
                    }
                    if over {
                        let runs = now["clocks"].as_array().unwrap().iter().any(|clock| {
                            ["on_time", "due_soon", "overdue"].contains(&clock["state"].as_str().unwrap_or_default())
                        });
                        assert!(!runs, "{action}: {now:?}");
                        assert!(now.actions().iter().all(|it| *it == "reopen"), "{now:?}");
                    }
                }
            }
        }
        world.check_books();
    });
}

async fn events(caller: &Caller, case: &str) -> Vec<Value> {
    caller.get(format!("/complaints/{case}/events")).await.expect(200).items().clone()
}

/// Says of an account whose it is; the next sign-in knows.
async fn link(world: &World, name: &str, member: &str) -> Caller {
    let database = world.database();
    let (account, member) = (database.id(&world.cast().accounts[name]), database.id(&world.member(member)));
    database.execute(&format!("UPDATE accounts SET member_id = {member} WHERE id = {account}"));
    world.signed_in(name).await
}

fn kin(world: &World, one: &str, other: &str) {
    let database = world.database();
    let (id, one, other) = (database.id(&new_id()), database.id(&world.member(one)), database.id(&world.member(other)));
    database.execute(&format!(
        "INSERT INTO kinships (id, version, created_at, updated_at, member_id, relative_id, relation) \
         VALUES ({id}, 1, 1, 1, {one}, {other}, 'sister')"
    ));
}

fn about(world: &World, unit: &str, kind: &str, subjects: Value) -> Value {
    let mut body = petition(&world.cast().inside, kind);
    body["receiving_unit_id"] = json!(world.unit(unit));
    body["subjects"] = subjects;
    body
}

fn classified(kind: &str, count: i64, subjects: Value) -> Value {
    json!({ "kind": kind, "matter": "money", "competence": "own", "petitioner_count": count, "earlier_filing": "none",
            "content_for_verification": "Chưa công khai", "subjects": subjects })
}

async fn act(caller: &Caller, world: &World, case: &str, noun: &str, body: Value) -> Answer {
    caller.act(format!("/complaints/{case}/{noun}"), world.version_of("complaints", case), body).await
}

/// Edge case 8: against the base president by her own clerk, against a branch head whose sister is the handler, against the
/// leader of the province.
#[test]
fn whom_it_is_about_and_who_stands_close_to_her_never_see_it() {
    on_both(async |world| {
        let president = link(&world, "chutich.vinhhai", "Hoàng Thị Ế").await;
        let denounced = |member: &str| json!([{ "capacity": "denounced", "member_id": world.member(member) }]);
        let clerk = world.user("nhaplieu.vinhhai");
        let refused = clerk.post("/complaints", about(&world, "Vĩnh Hải", "denunciation", denounced("Hoàng Thị Ế"))).await;
        refused.expect(422).about("/subjects", "not_yours_to_take");
        let herself = president.post("/complaints", about(&world, "Vĩnh Hải", "denunciation", denounced("Hoàng Thị Ế"))).await;
        herself.expect(422).about("/subjects", "not_yours_to_take");
        assert!(clerk.get("/complaint-receipts").await.expect(200).items().is_empty());

        // Handed in at the province, it lies with a committee above her unit, and she does not find it.
        let first = world.user("kiemtra");
        let made =
            first.post("/complaints", about(&world, "Khánh Hòa", "denunciation", denounced("Hoàng Thị Ế"))).await.expect(201);
        let case = case_of(&world, &made.text("code"));
        let owner = world.user("walk.inspector").get(format!("/complaints/{case}")).await.expect(200);
        assert_eq!(owner["owner_unit_id"], world.unit("Nha Trang").as_str(), "the nearest committee above her");
        first.get(format!("/complaints/{case}")).await.expect(404);
        president.get(format!("/complaints/{case}")).await.expect(404);

        // The sister of a branch head cannot be given the case, and does not see it.
        kin(&world, "Võ Thị Dung", "Đặng Thị Lan");
        let sister = link(&world, "kiemtra.hai", "Đặng Thị Lan").await;
        let made = first
            .post(
                "/complaints",
                about(
                    &world,
                    "Khánh Hòa",
                    "complaint",
                    json!([{ "capacity": "respondent", "member_id": world.member("Võ Thị Dung") }]),
                ),
            )
            .await
            .expect(201);
        let case = case_of(&world, &made.text("code"));
        first.get(format!("/complaints/{case}")).await.expect(200);
        sister.get(format!("/complaints/{case}")).await.expect(404);
        let appointed =
            act(&first, &world, &case, "handlers", json!({ "account_id": world.cast().accounts["kiemtra.hai"] })).await;
        appointed.expect(422).about("/account_id", "cannot_handle");

        // Nobody in the union judges who leads it: a stub without its text, which nobody reads.
        link(&world, "thuongtruc", "Bùi Thị Mai").await;
        let made = world
            .user("nhaplieu.vinhhai")
            .post("/complaints", about(&world, "Vĩnh Hải", "denunciation", denounced("Bùi Thị Mai")))
            .await
            .expect(201);
        let case = case_of(&world, &made.text("code"));
        for name in ["kiemtra", "kiemtra.hai", "walk.inspector", "thuongtruc"] {
            world.user(name).get(format!("/complaints/{case}")).await.expect(404);
        }
        let database = world.database();
        let id = database.id(&case);
        assert_eq!(database.words(&format!("SELECT status AS value FROM complaints WHERE id = {id}")), ["routed_external"]);
        let text = format!("SELECT count(*) AS value FROM complaints WHERE id = {id} AND original_sealed IS NOT NULL");
        assert_eq!(database.number(&text), 0);
    });
}

/// The first complaint against a unit's own decision is its president's to settle; whoever works there beside her keeps out.
#[test]
fn a_first_complaint_against_a_decision_stays_with_who_decided() {
    on_both(async |world| {
        let inspector = world.user("kiemtra");
        let mut body = about(&world, "Vĩnh Hải", "complaint", json!([]));
        body["decision_unit_id"] = json!(world.unit("Vĩnh Hải"));
        let made = world.user("chutich.vinhhai").post("/complaints", body.clone()).await.expect(201);
        world.user("nhaplieu.vinhhai").post("/complaints", body).await.expect(422).about("/subjects", "not_yours_to_take");
        let case = case_of(&world, &made.text("code"));
        let president = world.user("chutich.vinhhai");
        // Until it is classified nobody knows that it is hers.
        president.get(format!("/complaints/{case}")).await.expect(404);
        let mut class = classified("complaint", 1, json!([]));
        class["decision_unit_id"] = json!(world.unit("Vĩnh Hải"));
        act(&inspector, &world, &case, "classifications", class).await.expect(200);
        let seen = president.get(format!("/complaints/{case}")).await.expect(200);
        assert_eq!(seen["owner_unit_id"], world.unit("Vĩnh Hải").as_str());
        assert!(seen.actions().contains(&"accept"), "{seen:?}");
        assert_eq!(seen["subjects"][0]["capacity"], "decision_maker");
        give(&world, &case, &world.cast().accounts["nhaplieu.vinhhai"]);
        world.user("nhaplieu.vinhhai").get(format!("/complaints/{case}")).await.expect(403);
        // As a denunciation it is not hers any more.
        let made = inspector
            .post(
                "/complaints",
                about(&world, "Khánh Hòa", "complaint", json!([{ "capacity": "respondent", "unit_id": world.unit("Vĩnh Hải") }])),
            )
            .await
            .expect(201);
        let other = case_of(&world, &made.text("code"));
        let moved = act(
            &inspector,
            &world,
            &other,
            "classifications",
            classified("complaint", 1, json!([{ "capacity": "respondent", "unit_id": world.unit("Vĩnh Hải") }])),
        )
        .await;
        assert_eq!(moved.expect(200)["owner_unit_id"], world.unit("Khánh Hòa").as_str());
        president.get(format!("/complaints/{other}")).await.expect(404);
    });
}

/// Edge case 10.
#[test]
fn many_petitioners_are_a_mass_and_few_speak_for_them() {
    on_both(async |world| {
        let inspector = world.user("kiemtra");
        for (count, most) in [(4, None), (5, Some(2)), (10, Some(2)), (11, Some(5))] {
            let made = inspector.post("/complaints", about(&world, "Vĩnh Hải", "complaint", json!([]))).await.expect(201);
            let case = case_of(&world, &made.text("code"));
            let mut body = classified("complaint", count, json!([]));
            if let Some(most) = most
                && most < 5
            {
                body["representative_count"] = json!(most + 1);
                act(&inspector, &world, &case, "classifications", body.clone())
                    .await
                    .expect(422)
                    .about("/representative_count", "too_many_representatives");
            }
            body["representative_count"] = json!(most.unwrap_or(count));
            let seen = act(&inspector, &world, &case, "classifications", body).await.expect(200);
            assert_eq!(
                (&seen["representatives_max"], &seen["representative_count"]),
                (&json!(most), &json!(most.unwrap_or(count)))
            );
            let mass = seen["flags"].as_array().unwrap().contains(&json!("mass"));
            assert_eq!(mass, count >= 5, "{seen:?}");
            let alerts = inspector.get("/complaint-alerts?is_acknowledged=false&limit=200").await.expect(200);
            assert_eq!(alerts.each("complaint_id").contains(&case), count >= 5);
        }
        // Mass and above the competent level at once: a hot spot. Waiting in vain below is no bypass.
        for (earlier, flags) in [("none", json!(["bypass", "hotspot", "mass"])), ("expired", json!(["mass"]))] {
            let made = inspector.post("/complaints", about(&world, "Khánh Hòa", "complaint", json!([]))).await.expect(201);
            let case = case_of(&world, &made.text("code"));
            let mut body = classified("complaint", 6, json!([]));
            body["competence"] = json!("other_union_level");
            body["competent_unit_id"] = json!(world.unit("Vĩnh Hải"));
            body["earlier_filing"] = json!(earlier);
            assert_eq!(act(&inspector, &world, &case, "classifications", body).await.expect(200)["flags"], flags);
            let alerts = inspector.get("/complaint-alerts?limit=200").await.expect(200);
            let hers: Vec<&Value> = alerts.items().iter().filter(|alert| alert["complaint_id"] == case.as_str()).collect();
            assert_eq!(hers.len(), if earlier == "none" { 2 } else { 1 });
            let path = format!("/complaint-alerts/{}/acknowledgements", hers[0]["id"].as_str().unwrap());
            let known = inspector.ask("POST", &path).seen(1).await.expect(200);
            assert!(known["acknowledged_at"].is_string() && known.actions().is_empty());
            inspector.ask("POST", path).seen(2).await.expect(409).because("invalid_transition");
        }
    });
}

/// Edge case 11.
#[test]
fn a_withdrawal_ends_a_case_only_where_it_may() {
    on_both(async |world| {
        let committee = world.user("walk.inspector");
        let subject = json!([{ "capacity": "denounced", "member_id": world.member("Võ Thị Dung") }]);
        let begin = async |count: i64| {
            let mut body = about(&world, "Vĩnh Hải", "denunciation", subject.clone());
            body["petitioner_count"] = json!(count);
            let made = world.user("chutich.vinhhai").post("/complaints", body).await.expect(201);
            let case = case_of(&world, &made.text("code"));
            act(&committee, &world, &case, "classifications", classified("denunciation", count, subject.clone()))
                .await
                .expect(200);
            case
        };
        let leave = |parties: Value| json!({ "withdrawn_on": days_ago(0), "parties": parties });
        let three = begin(3).await;
        let seen = act(&committee, &world, &three, "withdrawals", leave(json!([2]))).await.expect(200);
        assert_eq!((&seen["status"], &seen["withdrawn_parties"]), (&json!("classified"), &json!([2])));
        act(&committee, &world, &three, "withdrawals", leave(json!([2]))).await.expect(422).about("/parties/0", "already_there");
        act(&committee, &world, &three, "withdrawals", leave(json!([4]))).await.expect(422).about("/parties/0", "unknown_party");
        let seen = act(&committee, &world, &three, "withdrawals", leave(json!([1, 3]))).await.expect(200);
        assert_eq!(seen["status"], "withdrawn");
        for exception in ["was_coerced", "has_signs_of_violation", "is_slander"] {
            let one = begin(1).await;
            let mut body = leave(json!([1]));
            body[exception] = json!(true);
            let seen = act(&committee, &world, &one, "withdrawals", body).await.expect(200);
            assert_eq!(seen["status"], "classified", "{exception}");
            assert!(seen["flags"].as_array().unwrap().contains(&json!("withdrawal_rejected")), "{seen:?}");
            assert_eq!(seen["withdrawn_parties"], json!([]));
        }
    });
}

/// Whoever keeps out does so from that moment on; her lead passes to the other, and at last back to where somebody is appointed.
#[test]
fn a_recusal_takes_effect_at_once() {
    on_both(async |world| {
        let things = &world.cast().inside.complaints;
        let case = &things.cases["denunciation.verifying"];
        let accounts = &world.cast().accounts;
        let path = format!("/complaints/{case}");
        let leave = json!({ "ground": "kinship", "reason": "Chị em họ" });
        let lead = world.user("walk.inspector").get(&path).await.expect(200);
        assert_eq!(
            lead["handlers"][0],
            json!({ "account_id": accounts["walk.inspector"], "is_lead": true, "appointed_at": lead["handlers"][0]["appointed_at"] })
        );
        let recusal = format!("{path}/recusals");
        let gone = world.user("walk.inspector").act(&recusal, lead.version(), leave.clone()).key("mot").await;
        gone.expect(204);
        world.user("walk.inspector").get(&path).await.expect(404);
        world.user("walk.inspector").act(&recusal, lead.version(), leave.clone()).key("mot").await.expect(404);
        assert!(!world.user("walk.inspector").get("/complaints?limit=200").await.expect(200).each("id").contains(case));
        // The first of the others leads now; when the last has gone, somebody must be appointed.
        let database = world.database();
        let leads = format!(
            "SELECT count(*) AS value FROM complaint_handlers WHERE complaint_id = {} AND ended_at IS NULL AND is_lead",
            database.id(case)
        );
        assert_eq!(database.number(&leads), 1);
        for name in ["kiemtra.hai", "walk.case_handler", "walk.base_president", "walk.province_leader"] {
            let version = world.version_of("complaints", case);
            world.user(name).act(&recusal, version, leave.clone()).await.expect(204);
            world.user(name).get(&path).await.expect(404);
        }
        let status = format!("SELECT status AS value FROM complaints WHERE id = {}", database.id(case));
        assert_eq!(database.words(&status), ["accepted"]);
    });
}

/// Whoever takes a petition in sees its code and day, and nothing more; what it says is for who handles it.
#[test]
fn intake_is_write_only() {
    on_both(async |world| {
        let clerk = world.user("chihoi.vangia");
        let mut body = about(&world, "Chi hội 1", "feedback", json!([]));
        body["id"] = json!(new_id());
        let made = clerk.post("/complaints", body.clone()).await.expect(201);
        let keys: Vec<&String> = made.json.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "code", "received_on"]);
        assert_eq!(clerk.post("/complaints", body.clone()).await.expect(200).json, made.json);
        body["content"] = json!("Khác");
        clerk.post("/complaints", body).await.expect(409).because("id_in_use");
        let receipts = clerk.get("/complaint-receipts").await.expect(200);
        assert_eq!(receipts.items(), &vec![made.json.clone()]);
        assert!(world.user("hai.vai").get("/complaint-receipts").await.expect(200).items().is_empty());
        let case = case_of(&world, &made.text("code"));
        assert_ne!(case, made.id(), "the id of a case is never a caller's");
        clerk.get(format!("/complaints/{case}")).await.expect(403);

        // As it was written it is the committee's to read; of a secret denunciation only until its text is rewritten.
        let inspector = world.user("kiemtra");
        let original = inspector.get(format!("/complaints/{case}/original")).await.expect(200);
        assert_eq!(original["text"], "Khoản hỗ trợ vay vốn chưa được công khai ở chi hội");
        let secret = &world.cast().inside.complaints.cases["denunciation.verifying"];
        world.user("walk.inspector").get(format!("/complaints/{secret}/original")).await.expect(403);

        // Custody.
        let custody = async |changes: Value| {
            let mut body = about(&world, "Chi hội 1", "denunciation", json!([]));
            for (name, value) in changes.as_object().unwrap() {
                body[name] = value.clone();
            }
            clerk.post("/complaints", body).await
        };
        custody(json!({ "paper_ref": null })).await.expect(422).about("/paper_ref", "required");
        custody(json!({ "custody": "none" })).await.expect(422).about("/paper_ref", "identity_not_kept");
        custody(json!({ "custody": "none", "paper_ref": null })).await.expect(201);
        custody(json!({ "petitioner": { "full_name": "Trịnh Thị A" } }))
            .await
            .expect(422)
            .about("/paper_ref", "identity_not_kept");
    });
}

/// Each reading of a case is recorded, for who may know; the trail of the province says nothing of it.
#[test]
fn who_read_a_case_is_told_by_the_case_alone() {
    on_both(async |world| {
        let case = &world.cast().inside.complaints.cases["verifying"];
        let reader = world.user("walk.base_president");
        reader.get(format!("/complaints/{case}")).await.expect(200);
        reader.get(format!("/complaints/{case}/records")).await.expect(200);
        world.seal();
        for name in ["kiemtra", "giamsat"] {
            let trail = world.user(name).get(format!("/complaints/{case}/audit-events")).await.expect(200);
            let reads = trail.items().iter().filter(|entry| {
                entry["action"] == "read" && entry["actor_id"] == world.cast().accounts["walk.base_president"].as_str()
            });
            assert_eq!(reads.count(), 2);
            assert!(trail.items().iter().any(|entry| entry["action"] == "accept"));
        }
        reader.get(format!("/complaints/{case}/audit-events")).await.expect(403);
        for name in ["giamsat", "it.hai", "bantochuc", "chutich.vinhhai"] {
            for filter in ["", "&resource=complaints", &format!("&resource_id={case}"), "&action=classify"] {
                let trail = world.user(name).get(format!("/audit-events?limit=200{filter}")).await.expect(200);
                assert!(trail.each("resource").iter().all(|it| !it.starts_with("complaint") && !it.starts_with("identit")));
            }
        }
        let metrics = world.nobody().get("/metrics").await.expect(200).body();
        assert!(metrics.contains("/api/v1/members") || metrics.contains("/api/v1/audit-events"));
        assert!(!metrics.contains("complaint") && !metrics.contains("identity-"), "{metrics}");
        world.check_books();
    });
}

/// A case goes on at the level above, as a new case that whoever was excluded is excluded from, too.
#[test]
fn what_goes_on_is_a_new_case_above() {
    on_both(async |world| {
        let case = world.cast().inside.complaints.cases["decided"].clone();
        let inspector = world.user("kiemtra");
        let body = json!({ "appealed_on": days_ago(0) });
        let gone = act(&inspector, &world, &case, "appeals", body).await.expect(200);
        assert_eq!(gone["status"], "appealed");
        let records = inspector.get(format!("/complaints/{case}/records")).await.expect(200);
        let code = records.items().iter().find(|record| record["kind"] == "appeal").unwrap()["facts"]["code"]
            .as_str()
            .unwrap()
            .to_owned();
        let next = case_of(&world, &code);
        let seen = inspector.get(format!("/complaints/{next}")).await.expect(200);
        assert_eq!((&seen["instance"], &seen["previous_id"]), (&json!(2), &json!(case)));
        assert_eq!(seen["owner_unit_id"], world.unit("Nha Trang").as_str());
        assert_eq!(seen["status"], "received");
        // What was closed is taken up again by the committee of the level above only.
        let closed = &world.cast().inside.complaints.cases["closed"];
        act(&world.user("walk.base_president"), &world, closed, "reopenings", json!({ "new_facts": "Có chứng từ mới" }))
            .await
            .expect(403);
        let again = act(&inspector, &world, closed, "reopenings", json!({ "new_facts": "Có chứng từ mới" })).await.expect(200);
        assert_eq!(again["status"], "closed");
    });
}

/// The table of who sees what (domain guide 6.3), each cell: reading and listing agree.
#[test]
fn who_has_business_with_a_case() {
    on_both(async |world| {
        let made = world.user("kiemtra").post("/complaints", about(&world, "Vĩnh Hải", "complaint", json!([]))).await.expect(201);
        let case = case_of(&world, &made.text("code"));
        let other = case_of(
            &world,
            &world
                .user("kiemtra")
                .post("/complaints", about(&world, "Vĩnh Hải", "complaint", json!([])))
                .await
                .expect(201)
                .text("code"),
        );
        let database = world.database();
        let id = database.id(&case);
        give(&world, &other, &world.cast().accounts["kiemtra.hai"]);
        let mut cells = 0;
        for kind in ["complaint", "denunciation", "proposal", "feedback"] {
            for competence in ["NULL", "'own'", "'external'"] {
                for owner in ["Vĩnh Hải", "Nha Trang", "Khánh Hòa", "Vạn Giã"] {
                    for assigned in [false, true] {
                        let unit = database.id(&world.unit(owner));
                        database.execute(&format!("UPDATE complaints SET kind = '{kind}', competence = {competence}, owner_unit_id = {unit} WHERE id = {id}"));
                        // To somebody else, who handles it from now on.
                        let (from, to) = if assigned { (&other, &case) } else { (&case, &other) };
                        database.execute(&format!(
                            "UPDATE complaint_handlers SET complaint_id = {} WHERE complaint_id = {}",
                            database.id(to),
                            database.id(from)
                        ));
                        let open = kind != "denunciation";
                        let own = competence == "'own'";
                        let expected = [
                            (
                                "walk.inspector",
                                if open {
                                    ["Vĩnh Hải", "Nha Trang"].contains(&owner)
                                } else {
                                    owner == "Nha Trang" && !assigned
                                },
                            ),
                            ("kiemtra", open || (owner == "Khánh Hòa" && !assigned)),
                            ("chutich.vinhhai", open && own && owner == "Vĩnh Hải"),
                            ("thuongtruc", open && own && owner == "Khánh Hòa"),
                            ("walk.case_handler", false),
                            ("kiemtra.hai", open || assigned || owner == "Khánh Hòa"),
                        ];
                        for (name, sees) in expected {
                            cells += 1;
                            let answer = world.user(name).get(format!("/complaints/{case}")).await;
                            assert_eq!(
                                answer.status,
                                if sees { 200 } else { 404 },
                                "{name}: {kind} {competence} of {owner}, {assigned}"
                            );
                            let listed =
                                world.user(name).get(format!("/complaints?code={}", made.text("code"))).await.expect(200);
                            assert_eq!(
                                listed.items().len(),
                                usize::from(sees),
                                "{name}: {kind} {competence} of {owner}, {assigned}"
                            );
                        }
                    }
                }
            }
        }
        assert_eq!(cells, 4 * 3 * 4 * 2 * 6);
    });
}
