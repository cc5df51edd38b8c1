//! Every state, every action, every role: expected from a table written by hand after the domain guide (7.2), not from the
//! machine. And the machine driven at random, with what must always hold.

use super::*;

/// Who takes it: the side that inspects, its leader, or the inspected unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hand {
    Team,
    Leader,
    Unit,
}

/// Action, address, who, from which states (by the names of the list below).
type Line = (&'static str, Hand, &'static [&'static str]);

const BEFORE_THE_NOTICE: &[&str] =
    &["planned", "scheduled", "postponed", "in_progress", "fieldwork_done", "drafted", "shared", "commented"];

const TABLE: &[Line] = &[
    // I2
    ("schedules", Hand::Team, &["planned", "postponed"]),
    ("team-changes", Hand::Team, &["planned", "scheduled", "postponed", "in_progress"]),
    // I3
    ("postponements", Hand::Team, &["scheduled"]),
    // I4
    ("starts", Hand::Team, &["scheduled"]),
    ("self-reports", Hand::Unit, &["scheduled", "postponed", "in_progress"]),
    // I5
    ("fieldwork-completions", Hand::Team, &["in_progress"]),
    ("checklist-batches", Hand::Team, &["in_progress", "fieldwork_done", "drafted", "shared"]),
    ("checklist-resolutions", Hand::Team, &["in_progress", "fieldwork_done", "drafted", "shared"]),
    // I6
    ("findings", Hand::Team, &["in_progress", "fieldwork_done", "drafted", "shared"]),
    ("drafts", Hand::Team, &["fieldwork_done"]),
    ("sharings", Hand::Team, &["drafted", "shared"]),
    // I7
    ("comments", Hand::Unit, &["drafted", "shared"]),
    // I8
    ("notices", Hand::Leader, &["drafted", "shared", "commented"]),
    // I9
    ("remediations", Hand::Team, &["drafted", "shared", "commented", "notice_issued", "in_remediation"]),
    // I11
    ("closures", Hand::Team, &["notice_issued", "in_remediation"]),
    // I12
    ("cancellations", Hand::Leader, BEFORE_THE_NOTICE),
];

/// What a guard says in a cell that the table allows: nothing is wrong with the state, but something else is missing there.
const GUARDED: &[(&str, &str)] = &[
    ("shared", "sharings"),
    ("drafted", "comments"),
    ("drafted", "notices"),
    ("shared", "notices"),
    ("notice_issued", "closures"),
    ("in_remediation", "closures"),
    ("in_remediation", "remediations"),
];

struct Cell {
    state: &'static str,
    id: String,
    version: i64,
    finding: String,
    slot: u64,
}

fn body(world: &World, cell: &Cell, noun: &str, question: &str, entry_id: &str) -> Value {
    match noun {
        "schedules" => schedule(cell.slot),
        "team-changes" => team(&pair(world)),
        "starts" => start(cell.slot),
        "self-reports" => json!({ "text": "Đã thu đủ hội phí" }),
        "fieldwork-completions" => fieldwork(cell.slot),
        "checklist-batches" => json!({ "entries": [entry(question, "yes", 0)] }),
        "checklist-resolutions" => json!({ "question_id": question, "entry_id": entry_id }),
        "findings" => finding("strength"),
        "drafts" => json!({ "no_issue": cell.finding.is_empty() }),
        "sharings" => json!({ "shared_on": days_ago(0) }),
        "comments" => json!({ "comment": "Nhất trí" }),
        "notices" => notice(),
        "remediations" if cell.finding.is_empty() => remediation(&new_id()),
        "remediations" => remediation(&cell.finding),
        "closures" => json!({ "closed_on": days_ago(0) }),
        _ => json!({ "reason": "Bão số 5" }),
    }
}

/// One inspection in each state, in slots of its own; each with an answer to its checklist where there may be one.
async fn every_state(world: &World, cast: &Cast, list: &str, question: &str) -> (Vec<Cell>, Vec<String>) {
    let pair = Pair { checklist: Some(list.to_owned()), ..pair(world) };
    let (mut cells, mut entries) = (Vec::new(), Vec::new());
    for (slot, (state, stage)) in (20..).zip([
        ("planned", Stage::Planned),
        ("scheduled", Stage::Scheduled),
        ("postponed", Stage::Scheduled),
        ("in_progress", Stage::InProgress),
        ("fieldwork_done", Stage::FieldworkDone),
        ("drafted", Stage::Drafted),
        ("shared", Stage::Shared),
        ("commented", Stage::Commented),
        ("notice_issued", Stage::Noticed),
        ("in_remediation", Stage::InRemediation),
        ("closed", Stage::Closed),
        ("cancelled", Stage::Planned),
        ("cancelled_late", Stage::InProgress),
    ]) {
        let found = if stage == Stage::Closed { Found::Nothing } else { Found::Violation };
        let made = bring(&cast.hands(), &pair, slot, stage, found).await;
        let path = format!("/inspections/{}", made.id);
        let mut version = cast.inspector.get(&path).await.expect(200).version();
        let reason = json!({ "reason": "Bão số 5" });
        if state == "postponed" {
            version = cast.inspector.act(format!("{path}/postponements"), version, reason).await.expect(200).version();
        } else if state.starts_with("cancelled") {
            version = cast.leader.act(format!("{path}/cancellations"), version, reason).await.expect(200).version();
        }
        let mut entry_id = new_id();
        if ["in_progress", "fieldwork_done", "drafted", "shared"].contains(&state) {
            let batch = json!({ "entries": [entry(question, "no", 0)] });
            let answered = cast.inspector.post(format!("{path}/checklist-batches"), batch).key(&new_id()).await.expect(200);
            entry_id = answered["questions"][0]["entries"][0]["id"].as_str().unwrap().to_owned();
        }
        entries.push(entry_id);
        cells.push(Cell { state, id: made.id, version, finding: made.finding, slot });
    }
    (cells, entries)
}

#[test]
fn every_cell_of_an_inspection() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let (list, questions) = checklist(&world).await;
        let (cells, entries) = every_state(&world, &cast, &list, &questions[0]).await;
        let before = world.database().state();
        let callers = [
            ("inspector", world.user("kiemtra")),
            ("leader", world.user("thuongtruc")),
            ("president", world.chair_of("Vĩnh Hải")),
            ("president elsewhere", world.chair_of("Vạn Giã")),
            ("board", world.board()),
            ("specialist", world.user("chuyenmon")),
            ("cluster", world.user("cum.nhatrang")),
            ("district", world.user("huyen.vanninh")),
            ("editor", world.user("nhaplieu.vinhhai")),
            ("branch head", world.user("chihoi.duongde")),
            ("auditor", world.user("giamsat")),
            ("administrator", world.user("it.hai")),
        ];
        let (mut walked, mut faults) = (0, Vec::new());
        for (cell, entry_id) in cells.iter().zip(&entries) {
            for (noun, hand, from) in TABLE {
                for (role, caller) in &callers {
                    let path = format!("/inspections/{}/{noun}", cell.id);
                    let ask = caller.act(path, cell.version, body(&world, cell, noun, &questions[0], entry_id));
                    let answer = ask.prefer("tx=rollback").key(&new_id()).await;
                    let hidden = ["planned", "cancelled"].contains(&cell.state);
                    let allowed = from.contains(&cell.state);
                    let wanted = match (*role, *hand) {
                        ("president elsewhere", _) => 404,
                        ("president", _) if hidden => 404,
                        ("inspector", Hand::Team) | ("leader", Hand::Leader) | ("president", Hand::Unit) => {
                            if !allowed {
                                409
                            } else if GUARDED.contains(&(cell.state, *noun)) {
                                422
                            } else {
                                200
                            }
                        }
                        _ => 403,
                    };
                    walked += 1;
                    let status = if answer.status == 201 { 200 } else { answer.status };
                    let told = wanted != 409 || (answer["code"] == "invalid_transition" && answer["allowed_actions"].is_array());
                    if status != wanted || !told {
                        faults.push(format!(
                            "{} {noun} as {role}: {}, not {wanted}: {}",
                            cell.state,
                            answer.status,
                            answer.body()
                        ));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{} of {walked} cells:\n{}", faults.len(), faults.join("\n"));
        assert_eq!(walked, 13 * 16 * 12);
        assert_eq!(world.database().state(), before, "something was changed");
    });
}

/// The same of what hangs on it: plans, remediations, findings. (Actions by whom, from which states.)
#[test]
fn every_cell_of_plans_remediations_and_findings() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let pair = pair(&world);
        // Plans of the province.
        let plans = async |year: i32, steps: usize| {
            let id = cast.inspector.post("/inspection-plans", plan(&pair.unit, &pair.inspected, year)).await.expect(201).id();
            let approval = json!({ "approval_no": "08", "approved_on": days_ago(0) });
            let all = [(&cast.inspector, "submissions", json!({})), (&cast.leader, "approvals", approval)];
            for (version, (caller, noun, body)) in (1..).zip(all.into_iter().take(steps)) {
                caller.act(format!("/inspection-plans/{id}/{noun}"), version, body).await.expect(200);
            }
            id
        };
        let mut things = vec![
            ("inspection-plans", "inspection_plans", "draft", plans(2041, 0).await),
            ("inspection-plans", "inspection_plans", "submitted", plans(2042, 1).await),
            ("inspection-plans", "inspection_plans", "approved", plans(2043, 2).await),
        ];
        // Remediations in each state, with the finding of each.
        let report = json!({ "evidence": "Đã lập sổ", "reported_on": days_ago(0) });
        let reason = json!({ "reason": "Chưa đạt" });
        for (slot, (state, steps)) in (20..).zip([
            ("open", vec![]),
            ("reported", vec!["reports"]),
            ("rejected", vec!["reports", "rejections"]),
            ("verified", vec!["reports", "verifications"]),
            ("waived", vec!["waivers"]),
        ]) {
            let made = bring(&cast.hands(), &pair, slot, Stage::InRemediation, Found::Violation).await;
            for (version, noun) in (1..).zip(steps) {
                let (caller, body) = match noun {
                    "reports" => (&cast.president, report.clone()),
                    "verifications" => (&cast.inspector, json!({})),
                    _ => (&cast.inspector, reason.clone()),
                };
                caller.act(format!("/remediations/{}/{noun}", made.remediation), version, body).await.expect(200);
            }
            things.push(("remediations", "inspection_remediations", state, made.remediation));
            if state == "open" {
                things.push(("findings", "inspection_findings", "issued", made.finding));
            }
        }
        let begun = bring(&cast.hands(), &pair, 30, Stage::InProgress, Found::Nothing).await.id;
        for state in ["draft", "withdrawn"] {
            let id = cast.inspector.post(format!("/inspections/{begun}/findings"), finding("violation")).await.expect(201).id();
            if state == "withdrawn" {
                cast.inspector.act(format!("/findings/{id}/withdrawals"), 1, reason.clone()).await.expect(200);
            }
            things.push(("findings", "inspection_findings", state, id));
        }

        let approval = json!({ "approval_no": "08", "approved_on": days_ago(0) });
        let amendment = json!({ "reason": "Theo chỉ đạo", "items": [line(&pair.inspected)] });
        let table: [(&str, &str, Hand, &[&str], Value); 10] = [
            // I1
            ("inspection-plans", "submissions", Hand::Team, &["draft"], json!({})),
            ("inspection-plans", "approvals", Hand::Leader, &["submitted"], approval),
            ("inspection-plans", "returns", Hand::Leader, &["submitted"], reason.clone()),
            ("inspection-plans", "amendments", Hand::Team, &["approved"], amendment),
            // I10, I11
            ("remediations", "reports", Hand::Unit, &["open", "rejected"], report),
            ("remediations", "verifications", Hand::Team, &["reported"], json!({})),
            ("remediations", "rejections", Hand::Team, &["reported"], reason.clone()),
            ("remediations", "waivers", Hand::Team, &["open", "reported", "rejected"], reason.clone()),
            // I6, I13
            ("findings", "withdrawals", Hand::Team, &["draft"], reason),
            ("findings", "referrals", Hand::Leader, &["issued"], json!({ "disciplinary_no": "03-QĐ/KL" })),
        ];
        let callers = [
            ("inspector", world.user("kiemtra")),
            ("leader", world.user("thuongtruc")),
            ("president", world.chair_of("Vĩnh Hải")),
            ("president elsewhere", world.chair_of("Vạn Giã")),
            ("board", world.board()),
            ("specialist", world.user("chuyenmon")),
            ("branch head", world.user("chihoi.duongde")),
        ];
        let before = world.database().state();
        let (mut walked, mut faults) = (0, Vec::new());
        for (kind, table_name, state, id) in &things {
            let version = world.version_of(table_name, id);
            for (_, noun, hand, from, body) in table.iter().filter(|(of, ..)| of == kind) {
                for (role, caller) in &callers {
                    let answer = caller.act(format!("/{kind}/{id}/{noun}"), version, body.clone()).prefer("tx=rollback").await;
                    // A finding of which no draft was shared, one that was withdrawn, and the plan of another unit are not there for the unit.
                    let hidden = *kind == "inspection-plans" || *state == "draft" || *state == "withdrawn";
                    let wanted = match (*role, *hand) {
                        ("president elsewhere", _) => 404,
                        ("president", _) if hidden => 404,
                        ("inspector", Hand::Team) | ("leader", Hand::Leader) | ("president", Hand::Unit) => {
                            if from.contains(state) { 200 } else { 409 }
                        }
                        _ => 403,
                    };
                    walked += 1;
                    if answer.status != wanted {
                        faults.push(format!(
                            "{kind} {state} {noun} as {role}: {}, not {wanted}: {}",
                            answer.status,
                            answer.body()
                        ));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{} of {walked} cells:\n{}", faults.len(), faults.join("\n"));
        assert_eq!(walked, (3 * 4 + 5 * 4 + 3 * 2) * 7);
        assert_eq!(world.database().state(), before, "something was changed");
    });
}

/// Whatever is tried in whatever order: what must hold does.
#[test]
fn random_sequences_keep_the_invariants() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let (list, questions) = checklist(&world).await;
        let mut reached = std::collections::BTreeMap::new();
        for seed in 0..12u64 {
            let mut dice = Dice(seed * 7919 + 1);
            let slot = 20 + seed;
            let pair = Pair { checklist: Some(list.clone()), ..pair(&world) };
            let id = bring(&cast.hands(), &pair, slot, Stage::Planned, Found::Nothing).await.id;
            let path = format!("/inspections/{id}");
            let mut finding_ids: Vec<String> = Vec::new();
            for _ in 0..60 {
                let now = cast.inspector.get(&path).await.expect(200);
                let (noun, hand, _) = TABLE[dice.roll(TABLE.len())];
                // What is called off ends the sequence too early to learn from.
                if noun == "cancellations" && dice.roll(12) > 0 {
                    continue;
                }
                let caller = [&cast.inspector, &cast.leader, &cast.president][match hand {
                    _ if dice.roll(6) == 0 => dice.roll(3),
                    Hand::Team => 0,
                    Hand::Leader => 1,
                    Hand::Unit => 2,
                }];
                let target = if finding_ids.is_empty() { new_id() } else { finding_ids[dice.roll(finding_ids.len())].clone() };
                let cell = Cell { state: "", id: id.clone(), version: now.version(), finding: target.clone(), slot };
                let mut sent = body(&world, &cell, noun, &questions[0], &new_id());
                match noun {
                    "findings" => sent = finding(["strength", "shortcoming", "violation"][dice.roll(3)]),
                    "drafts" => sent = json!({ "no_issue": dice.roll(2) == 0 }),
                    // Long ago, so that silence is an answer.
                    "sharings" => sent = json!({ "shared_on": days_ago(if dice.roll(2) == 0 { 0 } else { 20 }) }),
                    _ => {}
                }
                let answer = caller.act(format!("{path}/{noun}"), now.version(), sent).key(&new_id()).await;
                assert!([200, 201, 403, 404, 409, 422].contains(&answer.status), "{answer:?}");
                if noun == "findings" && answer.status == 201 {
                    finding_ids.push(answer.id());
                }
                // Now and then the unit and the inspector see to what is to be put right.
                for item in cast.inspector.get(format!("/remediations?inspection_id={id}")).await.expect(200).items() {
                    let at = format!("/remediations/{}", item["id"].as_str().unwrap());
                    let version = item["version"].as_i64().unwrap();
                    let report = json!({ "evidence": "Đã lập sổ", "reported_on": days_ago(0) });
                    match dice.roll(4) {
                        0 => drop(cast.president.act(format!("{at}/reports"), version, report).await),
                        1 => drop(cast.inspector.act(format!("{at}/verifications"), version, json!({})).await),
                        2 if dice.roll(3) == 0 => {
                            drop(cast.inspector.act(format!("{at}/waivers"), version, json!({ "reason": "Không còn cần" })).await)
                        }
                        _ => {}
                    }
                }
                invariants(&world, &cast, &path, &now, answer.status).await;
            }
            let end = cast.inspector.get(&path).await.expect(200);
            *reached.entry(end.text("status")).or_insert(0) += 1;
            chained(&world, &cast.inspector, &path, "planned", &end.text("status")).await;
        }
        assert!(reached.len() >= 3, "the sequences end alike: {reached:?}");
        world.check_books();
    });
}

async fn invariants(world: &World, cast: &Cast, path: &str, before: &Answer, status: u16) {
    let now = cast.inspector.get(path).await.expect(200);
    let state = now.text("status");
    // Versions rise by one with each step; the second of a notice is the service's own.
    let risen = now.version() - before.version();
    assert!((0..=2).contains(&risen) && (risen < 2 || state == "in_remediation"), "{before:?}\n{now:?}");
    if status >= 400 {
        assert_eq!(now.bytes, before.bytes, "a refusal changed something");
    }
    let told = ["notice_issued", "in_remediation", "closed"].contains(&state.as_str());
    assert_eq!(now["notice"].is_object(), told, "{now:?}");
    if told {
        assert!(now["fieldwork_done_on"].is_string() && now["shared_on"].is_string(), "a notice before the fieldwork: {now:?}");
    }
    if state == "closed" {
        let items = cast.inspector.get(format!("/remediations?inspection_id={}", now.id())).await.expect(200);
        assert!(items.each("status").iter().all(|one| one == "verified" || one == "waived"), "{items:?}");
        let findings = cast.inspector.get(format!("{path}/findings")).await.expect(200);
        let owed = findings.items().iter().filter(|one| one["status"] != "withdrawn" && !one["severity"].is_null()).count();
        assert_eq!(owed, items.items().len());
    }
    let units = ["Vĩnh Hải", "Đường Đệ", "Ba Làng", "Tổ 1"].map(|name| world.unit(name));
    for one in now["team"].as_array().unwrap() {
        let member = world.board().get(format!("/members/{}", one["member_id"].as_str().unwrap())).await.expect(200);
        assert!(!units.contains(&member.text("unit_id")));
    }
    // The unit sees as much as it may by now, and never more.
    let seen = cast.president.get(path).await;
    let wanted = match state.as_str() {
        "planned" => "nothing",
        "scheduled" | "postponed" | "in_progress" | "fieldwork_done" => "head",
        "drafted" if now["shared_on"].is_null() => "head",
        "drafted" | "commented" => "with_draft",
        "cancelled" if seen.status == 404 => "nothing",
        "cancelled" => "head",
        _ => "all",
    };
    if wanted == "nothing" {
        assert_eq!(seen.status, 404);
    } else {
        assert_eq!(seen["visibility"], wanted, "{seen:?}");
    }
}

/// What the president of Vĩnh Hải is told, by everything she can ask, is the same whether or not she is about to be inspected.
#[test]
fn nothing_tells_of_an_inspection_that_is_hidden() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let surprise = Pair { team: vec![world.member("Huỳnh Thị Yến"), world.member("Phan Thị Xuân")], ..pair(&world) };
        let branch = Pair { inspected: world.unit("Ba Làng"), ..surprise.clone() };
        let [one, two, three] = [new_id(), new_id(), new_id()];
        let own = Pair {
            unit: world.unit("Vĩnh Hải"),
            inspected: world.unit("Ba Làng"),
            team: vec![world.member("Nguyễn Thị Hòa"), world.member("Trần Thị Ánh")],
            checklist: None,
        };
        let mine = cast.president.post("/inspections", new_inspection(&own, 21)).await.expect(201).id();
        cast.president.act(format!("/inspections/{mine}/team-changes"), 1, team(&own)).await.expect(200);
        world.seal();
        let before = told(&world, &cast, &mine, [&one, &two, &three]).await;
        // A surprise on the unit, one on a branch of it, and one that is only planned: with findings there could be none yet.
        for (id, pair, slot) in [(&one, &surprise, 20), (&two, &branch, 21)] {
            let mut body = new_inspection(pair, slot);
            (body["id"], body["is_surprise"]) = (json!(id), json!(true));
            let path = format!("/inspections/{id}");
            cast.inspector.post("/inspections", body).await.expect(201);
            cast.inspector.act(format!("{path}/team-changes"), 1, team(pair)).await.expect(200);
            let mut decision = schedule(slot);
            decision["sent_on"] = Value::Null;
            cast.inspector.act(format!("{path}/schedules"), 2, decision).await.expect(200);
        }
        let mut planned = new_inspection(&surprise, 22);
        planned["id"] = json!(three);
        cast.inspector.post("/inspections", planned).await.expect(201);
        cast.inspector.post("/inspection-plans", plan(&surprise.unit, &surprise.inspected, 2044)).await.expect(201);
        world.seal();
        let after = told(&world, &cast, &mine, [&one, &two, &three]).await;
        assert_eq!(before.len(), after.len());
        assert!(before.len() > 150, "{}", before.len());
        for ((what, before), (_, after)) in before.iter().zip(&after) {
            assert_eq!(before, after, "{what}");
        }
        // They are there; and on the day each is told.
        assert_eq!(cast.inspector.get(format!("/inspections/{one}")).await.expect(200)["status"], "scheduled");
        cast.inspector.act(format!("/inspections/{one}/starts"), 3, start(20)).await.expect(200);
        assert_eq!(cast.president.get(format!("/inspections/{one}")).await.expect(200)["visibility"], "head");
        // And what was called off before it was told of never was.
        cast.leader.act(format!("/inspections/{two}/cancellations"), 3, json!({ "reason": "Bão" })).await.expect(200);
        cast.president.get(format!("/inspections/{two}")).await.expect(404);
    });
}

async fn told(world: &World, cast: &Cast, mine: &str, hidden: [&String; 3]) -> Vec<(String, String)> {
    let (base, branch) = (world.unit("Vĩnh Hải"), world.unit("Ba Làng"));
    let mut asked: Vec<String> = Vec::new();
    let filters = [
        String::new(),
        format!("unit={base}"),
        format!("within={base}"),
        format!("unit={branch}"),
        format!("inspecting_unit={}", world.unit("Khánh Hòa")),
        "status=planned".into(),
        "status=scheduled".into(),
        "kind=thematic".into(),
        "mode=inspect".into(),
        "is_notice_overdue=false".into(),
        format!("starts_from={}", days_ago(500)),
        format!("starts_to={}", days_ago(400)),
        "limit=1".into(),
        "sort=-starts_on".into(),
        "fields=id".into(),
    ];
    for (place, one) in filters.iter().enumerate() {
        asked.push(format!("/inspections?{one}"));
        for other in filters.iter().skip(place + 1).filter(|other| other.split('=').next() != one.split('=').next()) {
            asked.push(format!("/inspections?{one}&{other}"));
        }
    }
    for query in ["", "?unit="] {
        let query = if query.is_empty() { String::new() } else { format!("{query}{base}") };
        let joint = if query.is_empty() { '?' } else { '&' };
        asked.push(format!("/inspections/calendar{query}"));
        asked.push(format!("/inspections/calendar{query}{joint}from={}&to={}", days_ago(500), days_ago(400)));
        asked.push(format!("/inspections/calendar.ics{query}{joint}from={}&to={}", days_ago(500), days_ago(400)));
    }
    asked.extend(
        [
            "/inspections/theme-compliance",
            "/inspection-plans",
            "/inspection-plans?year=2044",
            "/remediations",
            "/audit-events?limit=200",
        ]
        .map(String::from),
    );
    asked.extend(
        ["inspections", "inspection_teams", "inspection_plans"].map(|one| format!("/audit-events?resource={one}&limit=200")),
    );
    asked.push(format!("/remediations?within={base}"));
    for id in hidden {
        for noun in ["", "/events", "/findings", "/self-reports", "/checklist"] {
            asked.push(format!("/inspections/{id}{noun}"));
        }
        asked.push(format!("/audit-events?resource_id={id}"));
        asked.push(format!("/remediations?inspection_id={id}"));
        asked.push(format!("/inspection-plans/{id}"));
    }
    let mut answers = Vec::new();
    for path in asked {
        let answer = cast.president.get(&path).header("x-request-id", "one-and-the-same").await;
        answers.push((path, format!("{} {:?} {}", answer.status, answer.header("etag"), without_cursor(&answer))));
    }
    for id in hidden {
        for (noun, ..) in TABLE {
            let cell = Cell { state: "", id: id.clone(), version: 1, finding: id.clone(), slot: 20 };
            let ask = cast.president.act(format!("/inspections/{id}/{noun}"), 1, body(world, &cell, noun, id, id));
            let answer = ask.header("x-request-id", "one-and-the-same").key("k").prefer("tx=rollback").await;
            answers.push((format!("{noun} {id}"), format!("{} {}", answer.status, answer.body())));
        }
    }
    // Her own inspection of the branch on the same days is refused for nothing that she may not know.
    for slot in [20, 21] {
        let tried = cast.president.act(format!("/inspections/{mine}/schedules"), 2, schedule(slot)).prefer("tx=rollback").await;
        answers.push((format!("schedule {slot}"), tried.expect(200).status.to_string()));
    }
    answers
}

fn without_cursor(answer: &Answer) -> String {
    let mut json = answer.json.clone();
    if json.get("next").is_some_and(Value::is_string) {
        json["next"] = json!("~");
    }
    if json.is_null() { answer.body() } else { json.to_string() }
}
