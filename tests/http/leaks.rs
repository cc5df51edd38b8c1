//! A commune's president learns nothing of a member of another commune, by whatever she asks.
//!
//! Every question is asked twice, in one world: before the other commune has admitted her, and after. The answers
//! must be equal. What the questions are comes from the description, so a new parameter is asked, too.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Answer, CONTRACT, Caller, Operation, Side, World, body_for, new_id, on_both, path_for, rows};

/// Somebody of whom nobody else shall know.
struct Secret {
    side: Side,
    unit: String,
    national_id: String,
    words: Vec<String>,
}

const NAME: &str = "Tôn Nữ Thị Bí Mật";
const BIRTH: &str = "1987-11-23";
const PHONE: &str = "0977 123 987";
const NUMBER: &str = "056187009871";
const ADDRESS: &str = "Hẻm Không Ai Biết";

impl Secret {
    fn planned(world: &World) -> Self {
        let outside = &world.cast().outside;
        let member = new_id();
        let side = Side {
            member: member.clone(),
            former: member.clone(),
            officer: member.clone(),
            core: member.clone(),
            appointment: new_id(),
            qualification: new_id(),
            unit_assignment: new_id(),
            field_visit: new_id(),
            member_name: NAME.into(),
            member_birth: BIRTH.into(),
            ..outside.clone()
        };
        let words = [NAME, PHONE, "977123987", NUMBER, ADDRESS, "bi mat"].map(str::to_owned).to_vec();
        Self { side, unit: world.unit("Tổ 7"), national_id: NUMBER.into(), words }
    }

    /// She joins, and becomes everything that one can become.
    async fn comes(&self, world: &World) {
        let (there, board) = (world.chair_of("Vạn Giã"), world.board());
        let made = async |caller: &Caller, path: &str, body: Value| caller.post(path, body).await.expect(201);
        let member = json!({
            "id": self.side.member, "unit_id": self.unit, "full_name": NAME, "date_of_birth": BIRTH, "phone": PHONE, "address": ADDRESS,
            "national_id": self.national_id, "joined_on": "2018-03-08", "sensitive_consent_on": "2020-01-01",
            "special_groups": ["poor", "single"], "ethnic_group_code": "02", "religion_code": "01",
        });
        made(&there, "/members", member).await;
        let appointment = json!({ "id": self.side.appointment, "member_id": self.side.member, "unit_id": self.unit, "post": "group_head",
                                  "manner": "elected", "is_full_time": false, "seat_kind": "core", "starts_on": "2021-03-08" });
        made(&there, "/appointments", appointment).await;
        let qualification =
            json!({ "id": self.side.qualification, "kind": "professional", "level": "university", "obtained_on": "2010-06-30" });
        made(&there, &format!("/officers/{}/qualifications", self.side.member), qualification).await;
        let assignment = json!({ "id": self.side.unit_assignment, "member_id": self.side.member, "unit_id": self.unit, "valid_from": "2022-01-01" });
        made(&there, "/unit-assignments", assignment).await;
        let visit = json!({ "id": self.side.field_visit, "member_id": self.side.member, "unit_id": self.unit, "purpose": "support", "planned_on": "2026-01-15" });
        made(&board, "/field-visits", visit).await;
        let path = format!("/members/{}", self.side.member);
        there.patch(&path, 1, json!({ "residential_area": "Xóm Kín" })).await.expect(200);
        there.act(format!("{path}/verifications"), 2, json!({ "verified_on": "2025-01-01" })).await.expect(200);
        world.seal();
    }
}

/// What is asked, by name, and the answer without what changes from time to time.
type Answers = BTreeMap<String, (u16, Vec<(String, String)>, String)>;

fn noted(answers: &mut Answers, what: String, answer: &Answer) {
    let mut body = answer.json.clone();
    blur(&mut body);
    let headers = [
        "etag",
        "link",
        "location",
        "content-type",
        "cache-control",
        "vary",
        "preference-applied",
        "retry-after",
        "content-language",
    ]
    .iter()
    .filter_map(|name| Some(((*name).to_owned(), answer.header(name)?.to_owned())))
    // A weak tag is a digest of the body, which is compared itself.
    .map(|(name, value)| {
        let derived = name == "link" || name == "location" || value.starts_with("W/");
        if derived { (name, String::new()) } else { (name, value) }
    })
    .collect();
    let body = if body.is_null() { answer.body() } else { body.to_string() };
    assert!(answers.insert(what.clone(), (answer.status, headers, body)).is_none(), "asked twice: {what}");
}

/// Takes out what differs between any two answers: ids made in a rehearsal, moments, positions under encryption.
fn blur(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // Figures of communes and of all above them are no secret inside the union.
            let known =
                map.get("kind").and_then(Value::as_str).is_some_and(|kind| ["province", "district", "base"].contains(&kind));
            if known {
                map.shift_remove("member_counts");
            }
            for (name, child) in map.iter_mut() {
                let changing = [
                    "request_id",
                    "membership_no",
                    "created_at",
                    "updated_at",
                    "recorded_at",
                    "disclosed_at",
                    "href",
                    "confirmation_token",
                ];
                if changing.contains(&name.as_str()) {
                    *child = json!("~");
                } else if name == "next" && child.is_string() {
                    *child = json!("a cursor");
                } else {
                    blur(child);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blur),
        _ => {}
    }
}

/// What a parameter of a list may be asked for.
fn values(name: &str, schema: &Value, secret: &Secret, world: &World) -> Vec<String> {
    let schema = CONTRACT.resolve(schema);
    let schema = if schema["type"] == "array" { CONTRACT.resolve(&schema["items"]) } else { schema };
    let codes: Vec<String> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
    if !codes.is_empty() {
        return codes;
    }
    let units = || {
        [
            secret.unit.clone(),
            world.unit("Chi hội 1"),
            world.unit("Vạn Giã"),
            world.unit("Vạn Ninh"),
            world.unit("Khánh Hòa"),
            world.unit("Vĩnh Hải"),
        ]
        .to_vec()
    };
    match name {
        "q" => ["bi mat", "Bí Mật", "ton nu", "mat", "t", "thi"].map(Into::into).to_vec(),
        "within" | "unit" | "unit_id" | "parent_id" => units(),
        "member_id" => vec![secret.side.member.clone()],
        "resource_id" => [&secret.side.member, &secret.side.appointment, &secret.side.qualification, &secret.side.field_visit]
            .map(Clone::clone)
            .to_vec(),
        "actor_id" => vec![world.cast().accounts["chutich.vangia"].clone(), world.cast().accounts["bantochuc"].clone()],
        "resource" => ["members", "appointments", "qualifications", "units"].map(Into::into).to_vec(),
        "action" => ["admit", "create", "correct", "verify"].map(Into::into).to_vec(),
        "sort" => [
            "name",
            "-name",
            "starts_on",
            "-starts_on",
            "valid_from",
            "-valid_from",
            "planned_on",
            "-planned_on",
            "recorded_at",
            "-recorded_at",
        ]
        .map(Into::into)
        .to_vec(),
        "include" => ["unit", "member_counts", "ancestors", "ancestors,member_counts"].map(Into::into).to_vec(),
        "fields" => ["id", "full_name", "national_id", "phone", "posts", "total"].map(Into::into).to_vec(),
        "limit" => ["1", "7", "200"].map(Into::into).to_vec(),
        "cursor" => Vec::new(),
        "code" => vec!["VG.01".into(), "22489".into()],
        _ => match schema["type"].as_str().or(schema["type"][0].as_str()) {
            Some("boolean") => vec!["true".into(), "false".into()],
            _ => ["2018-03-08", "2021-03-08", "2022-01-01", "2026-01-15", "2030-01-01"].map(Into::into).to_vec(),
        },
    }
}

fn query(pairs: &[(&str, &str)]) -> String {
    serde_html_form::to_string(pairs).unwrap()
}

/// Everything that one caller can ask, without leaving a trace.
async fn ask_everything(world: &World, caller: &Caller, secret: &Secret) -> Answers {
    let mut answers = Answers::new();
    for operation in CONTRACT.operations().iter().filter(|operation| operation.path.starts_with("/api/v1/")) {
        if operation.path.contains("/me/") {
            continue;
        }
        let places = if operation.path.contains('{') {
            vec![&secret.side, &world.cast().outside, &world.cast().inside]
        } else {
            vec![&secret.side]
        };
        for (place, side) in places.into_iter().enumerate() {
            let path = path_for(operation, side, world.cast()).0;
            if operation.method == "GET" {
                ask_list(world, caller, secret, operation, &path, place, &mut answers).await;
            } else if place != 2 {
                rehearse(caller, operation, side, &path, place, &mut answers).await;
            }
        }
    }
    // By every key there is, alone and mixed.
    for (name, body) in [
        ("number", json!({ "national_id": secret.national_id })),
        ("phone", json!({ "phone": PHONE })),
        ("name", json!({ "full_name": NAME, "date_of_birth": BIRTH })),
        ("folded name", json!({ "full_name": "TON NU THI BI MAT", "date_of_birth": BIRTH })),
        ("year", json!({ "full_name": NAME, "date_of_birth": "1987" })),
    ] {
        noted(&mut answers, format!("look up by {name}"), &caller.post("/members/lookups", body).await);
    }
    // A twin of hers, admitted here: no warning tells of the other.
    let twin = json!({ "unit_id": world.unit("Ba Làng"), "full_name": NAME, "date_of_birth": BIRTH, "joined_on": "2018-03-08", "phone": PHONE, "address": ADDRESS });
    noted(&mut answers, "admit a twin".into(), &blurred_id(caller.post("/members", twin.clone()).prefer("tx=rollback").await));
    let batch = json!({ "items": [{ "member": twin }] });
    let each = caller.post("/members/batch?mode=each", batch).prefer("tx=rollback").key(&new_id()).await;
    noted(&mut answers, "admit a twin in a batch".into(), &blurred_items(each));
    let own = world.member("Trần Thị Ánh");
    let version = world.version_of("members", &own);
    let renamed = caller
        .patch(format!("/members/{own}"), version, json!({ "full_name": NAME, "date_of_birth": BIRTH, "phone": PHONE }))
        .prefer("tx=rollback")
        .await;
    noted(&mut answers, "rename somebody like her".into(), &renamed);
    for field in ["unit_id", "member_id"] {
        let mut body = json!({ "member_id": own, "unit_id": world.unit("Đường Đệ"), "post": "branch_deputy", "manner": "elected", "is_full_time": false,
                               "seat_kind": "core", "starts_on": "2024-03-08" });
        body[field] = json!(if field == "unit_id" { &secret.unit } else { &secret.side.member });
        noted(&mut answers, format!("appoint with her {field}"), &caller.post("/appointments", body).prefer("tx=rollback").await);
    }
    answers
}

/// What everybody is given anew who hands in a petition or writes about one.
fn blurred_news(mut answer: Answer) -> Answer {
    if answer.status == 201 && answer.path.contains("/public/") {
        for name in ["code", "pin", "sent_at"] {
            answer.json[name] = json!("~");
        }
    }
    answer
}

fn blurred_id(mut answer: Answer) -> Answer {
    if answer.status == 201 {
        answer.json["id"] = json!("~");
    }
    answer
}

fn blurred_items(mut answer: Answer) -> Answer {
    for item in answer.json["items"].as_array_mut().into_iter().flatten() {
        if item.get("id").is_some() {
            item["id"] = json!("~");
        }
    }
    answer
}

async fn ask_list(
    world: &World,
    caller: &Caller,
    secret: &Secret,
    operation: &Operation,
    path: &str,
    place: usize,
    answers: &mut Answers,
) {
    let name = |query: &str| format!("{} {place} ?{query}", operation.id);
    noted(answers, name(""), &caller.get(path).await);
    noted(
        answers,
        format!("{} {place} if-none-match", operation.id),
        &caller.get(path).header("if-none-match", "\"1\", \"2\", \"3\", W/\"3\"").await,
    );
    let parameters: Vec<(String, Vec<String>)> = operation
        .query()
        .iter()
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap();
            (name.to_owned(), values(name, &parameter["schema"], secret, world))
        })
        .collect();
    for (place, (one, ones)) in parameters.iter().enumerate() {
        for value in ones {
            let text = query(&[(one, value)]);
            noted(answers, name(&text), &caller.get(format!("{path}?{text}")).await);
            // Together with the first value of every later parameter.
            for (other, others) in parameters.iter().skip(place + 1) {
                if let Some(second) = others.first() {
                    let text = query(&[(one, value), (other, second)]);
                    noted(answers, name(&text), &caller.get(format!("{path}?{text}")).await);
                }
            }
        }
    }
}

async fn rehearse(caller: &Caller, operation: &Operation, side: &Side, path: &str, place: usize, answers: &mut Answers) {
    if !rows().iter().any(|row| row.id == operation.id && row.body.is_some()) {
        return;
    }
    for version in [1, 3] {
        let body = body_for(&operation.id, side).unwrap();
        let ask =
            caller.ask(&operation.method, path).json(&body).header("content-type", operation.body().unwrap().0).seen(version);
        for preference in ["tx=rollback", "tx=rollback, merge=disjoint"] {
            let ask = ask.clone();
            let ask = if operation.takes("Prefer") { ask.prefer(preference).key(&new_id()) } else { ask };
            let answer = ask.await;
            let answer = if operation.path.contains('{') { answer } else { blurred_items(blurred_id(blurred_news(answer))) };
            noted(answers, format!("{} {place} v{version} {preference}", operation.id), &answer);
        }
    }
}

#[test]
fn nothing_of_another_commune_shows() {
    on_both(async |world| {
        let secret = Secret::planned(&world);
        let chair = world.chair_of("Vĩnh Hải");
        let head = world.user("chihoi.duongde");
        world.seal();
        let mut before = Vec::new();
        for caller in [&chair, &head] {
            before.push(ask_everything(&world, caller, &secret).await);
        }
        secret.comes(&world).await;
        for (caller, before) in [&chair, &head].into_iter().zip(before) {
            let after = ask_everything(&world, caller, &secret).await;
            assert_eq!(before.len(), after.len());
            let differing: Vec<String> = before
                .iter()
                .filter(|(what, answer)| after[*what] != **answer)
                // What this caller herself did in between (look-ups are recorded) is hers to see.
                .map(|(what, answer)| format!("{what}\n  before {answer:?}\n  after  {:?}", after[what]))
                .collect();
            assert!(
                differing.is_empty(),
                "{} of {} answers tell of her:\n{}",
                differing.len(),
                after.len(),
                differing.join("\n")
            );
            for (what, (_, _, body)) in &after {
                // What the caller wrote herself may come back to her.
                if what.contains("twin") || what.contains("like her") || what.starts_with("admit_member") {
                    continue;
                }
                for word in &secret.words {
                    assert!(!body.contains(word.as_str()), "{what}: {word}");
                }
            }
            assert!(after.len() > 500, "only {} questions", after.len());
        }
        // She is really there, and her own president sees her.
        let there = world.chair_of("Vạn Giã").get("/members?q=bi%20mat").await.expect(200);
        assert_eq!(there.each("full_name"), [NAME]);
    });
}

/// The one thing that cannot be hidden while a number stands on the roll once: that it does. Nothing else is said.
#[test]
fn a_number_in_use_elsewhere_says_no_more_than_that() {
    on_both(async |world| {
        let secret = Secret::planned(&world);
        secret.comes(&world).await;
        let chair = world.chair_of("Vĩnh Hải");
        let body = json!({ "unit_id": world.unit("Ba Làng"), "full_name": "Tô Thị Cúc", "date_of_birth": "1987-01-01", "joined_on": "2018-03-08", "national_id": NUMBER });
        let conflict = chair.post("/members", body).await.expect(409).because("national_id_in_use");
        assert!(conflict.json.get("existing").is_none());
        for word in &secret.words {
            assert!(!conflict.body().contains(word.as_str()), "{word}");
        }
        for name in ["Vạn Giã", "Tổ 7", "Tổ phụ nữ số 7", "Chi hội 1"] {
            assert!(!conflict.body().contains(name), "{name}");
        }
        assert!(!conflict.body().contains(&secret.unit));
    });
}

/// An id in use elsewhere is told like one in use for anything else.
#[test]
fn an_id_in_use_elsewhere_is_an_id_in_use() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let mut told = Vec::new();
        for id in [
            world.member("Trần Thị Ánh"),
            world.member("Huỳnh Thị Yến"),
            world.cast().inside.core.clone(),
            world.cast().outside.core.clone(),
        ] {
            let body = json!({ "id": id, "unit_id": world.unit("Ba Làng"), "full_name": "Tô Thị Cúc", "date_of_birth": "1990-01-01", "joined_on": "2018-03-08" });
            let answer = chair.post("/members", body).await.expect(409).because("id_in_use");
            let mut json = answer.json.clone();
            blur(&mut json);
            told.push(json);
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
    });
}

/// A page of a list that somebody with more rights began gives nothing away: not its items, not its place.
#[test]
fn anothers_cursor_opens_nothing() {
    on_both(async |world| {
        let lists = [
            "/members?limit=1",
            "/officers?limit=1",
            "/appointments?limit=1",
            "/audit-events?limit=1",
            "/field-visits?limit=1",
            "/unit-assignments?limit=1",
        ];
        world.seal();
        for list in lists {
            let owner = world.board().get(list).await.expect(200);
            let cursor = owner.text("next");
            let chair =
                world.chair_of("Vĩnh Hải").get(format!("{list}&cursor={cursor}")).await.expect(400).because("cursor_invalid");
            assert!(chair.errors().next().is_none());
        }
        // One's own cursor lost its list with the role: what was within reach then is not now.
        let both = world.user("hai.vai");
        let first = both.get("/members?limit=1").await.expect(200);
        let account = world.cast().accounts["hai.vai"].clone();
        let roles = world.admin().get(format!("/accounts/{account}/role-assignments")).await.expect(200);
        for role in roles.items().iter().filter(|role| role["role"] == "branch_head") {
            let path = format!("/role-assignments/{}/endings", role["id"].as_str().unwrap());
            world.admin().act(path, 1, json!({})).await.expect(200);
        }
        let rest = both.get(format!("/members?limit=200&cursor={}", first.text("next"))).await;
        let shown = rest.expect(200).each("unit_id");
        let allowed = [world.unit("Vĩnh Ngọc"), world.unit("Xuân Lạc")];
        assert!(shown.iter().all(|unit| allowed.contains(unit)), "{shown:?}");
    });
}

/// A key of another caller's earlier request is no way to its answer.
#[test]
fn anothers_idempotency_key_opens_nothing() {
    on_both(async |world| {
        let body = json!({ "unit_id": world.unit("Chi hội 1"), "full_name": "Tô Thị Cúc", "date_of_birth": "1990-01-01", "joined_on": "2018-03-08" });
        world.chair_of("Vạn Giã").post("/members", body.clone()).key("mot").await.expect(201);
        let answer =
            world.chair_of("Vĩnh Hải").post("/members", body).key("mot").await.expect(422).about("/unit_id", "unknown_unit");
        assert_eq!(answer.header("idempotency-replayed"), None);
    });
}

/// The trail numbers what all communes do: its numbers are for those who may see all of it.
#[test]
fn the_trail_does_not_count_others_deeds() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let id = world.member("Trần Thị Ánh");
        let mut seen = Vec::new();
        for round in 0..3 {
            let version = world.version_of("members", &id);
            chair.patch(format!("/members/{id}"), version, json!({ "address": format!("Số {round}") })).await.expect(200);
            for _ in 0..round {
                let other = world.member("Huỳnh Thị Yến");
                let version = world.version_of("members", &other);
                world
                    .chair_of("Vạn Giã")
                    .patch(format!("/members/{other}"), version, json!({ "address": format!("Số {version}") }))
                    .await
                    .expect(200);
            }
            world.seal();
            let entry = chair.get("/audit-events?limit=1").await.expect(200).items()[0].clone();
            assert_eq!(entry["resource_id"], id.as_str());
            seen.push(entry.get("seq").cloned());
        }
        // Nor to those who see the whole trail: its gaps would count the cases.
        let all = world.user("giamsat").get("/audit-events?limit=1").await.expect(200);
        assert!(seen.iter().all(Option::is_none) && all.items()[0].get("seq").is_none(), "{seen:?}");
    });
}
