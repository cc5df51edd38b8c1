//! Silence (domain guide 6.4): two worlds that differ in one case and all that happened in it. Whoever keeps out of that case
//! asks the same in both, and is answered the same: every byte of every body and header, but for ids and instants that are new.

use std::{collections::BTreeMap, time::Instant};

use hoicoso::db::Id;
use serde_json::{Value, json};

use crate::support::{
    Answer, Ask, CONTRACT, Caller, Engine, Operation, Who, World, body_for, days_ago, new_id, on_both_twins, path_for, row,
    things::complaints::{case_of, noun, petition, step},
};

/// Who keeps out, and why.
const EXCLUDED: [(&str, &str); 8] = [
    ("chutich.vinhhai", "it is about her"),
    ("nhaplieu.vinhhai", "she works in the unit it is about"),
    ("chihoi.duongde", "she works below it"),
    ("walk.case_handler", "she has withdrawn from it"),
    ("cum.nhatrang", "an inspector of the unit that handles it, and has withdrawn"),
    ("kiemtra.hai", "an inspector, and her sister"),
    ("bantochuc", "the organisation board, and her cousin"),
    ("giamsat", "the auditor, and her aunt"),
];
const CLOSE: [(&str, &str); 4] = [
    ("chutich.vinhhai", "Hoàng Thị Ế"),
    ("kiemtra.hai", "Đặng Thị Lan"),
    ("bantochuc", "Bùi Thị Mai"),
    ("giamsat", "Đỗ Thị Vân"),
];

/// What both worlds have: whose accounts they are, and who is whose kin. The callers with these accounts.
async fn prepare(world: &World) -> BTreeMap<&'static str, Caller> {
    let database = world.database();
    for (name, member) in CLOSE {
        let (account, member) = (database.id(&world.cast().accounts[name]), database.id(&world.member(member)));
        database.execute(&format!("UPDATE accounts SET member_id = {member} WHERE id = {account}"));
    }
    let subject = database.id(&world.member("Hoàng Thị Ế"));
    for (_, member) in &CLOSE[1..] {
        let (id, member) = (database.id(&new_id()), database.id(&world.member(member)));
        database.execute(&format!(
            "INSERT INTO kinships (id, version, created_at, updated_at, member_id, relative_id, relation) \
             VALUES ({id}, 1, 1, 1, {subject}, {member}, 'sister')"
        ));
    }
    let account = &world.cast().accounts["cum.nhatrang"];
    let role = json!({ "role": "inspector", "unit_id": world.unit("Nha Trang") });
    let given = world.admin().post(format!("/accounts/{account}/role-assignments"), role).await.expect(201);
    world.board().act(format!("/role-assignments/{}/confirmations", given.id()), 1, json!({})).await.expect(200);
    let mut callers = BTreeMap::new();
    for name in EXCLUDED.map(|(name, _)| name).into_iter().chain(["kiemtra", "walk.inspector"]) {
        callers.insert(name, world.signed_in(name).await);
    }
    callers
}

/// The cases that only one of them has: against the president of Vĩnh Hải and her unit, with all that can happen in it.
async fn hide(world: &World, callers: &BTreeMap<&'static str, Caller>) -> String {
    let side = &world.cast().inside;
    let accounts = &world.cast().accounts;
    let mut body = petition(side, "denunciation");
    body["receiving_unit_id"] = json!(world.unit("Khánh Hòa"));
    let subjects = json!([
        { "capacity": "denounced", "member_id": world.member("Hoàng Thị Ế"), "happened_on": days_ago(60) },
        { "capacity": "denounced", "unit_id": world.unit("Vĩnh Hải") },
    ]);
    body["subjects"] = subjects.clone();
    let code = callers["kiemtra"].post("/complaints", body).await.expect(201).text("code");
    let case = case_of(world, &code);
    let handlers = [accounts["walk.inspector"].clone(), accounts["walk.case_handler"].clone()];
    let committee = &callers["walk.inspector"];
    for action in ["classify", "accept", "verify", "extend", "escalate"] {
        let mut body = step(action, side, "denunciation", "own", &handlers);
        if action == "classify" {
            body["subjects"] = subjects.clone();
            body["petitioner_count"] = json!(7);
        }
        let version = world.version_of("complaints", &case);
        committee.act(format!("/complaints/{case}/{}", noun(action)), version, body).await.expect(200);
        // Before somebody handles it, every inspector there sees it.
        if action == "classify" {
            let version = world.version_of("complaints", &case);
            let withdrawn =
                callers["cum.nhatrang"].act(format!("/complaints/{case}/recusals"), version, json!({ "ground": "other" }));
            withdrawn.await.expect(204);
        }
    }
    committee.post(format!("/complaints/{case}/messages"), json!({ "text": "Đề nghị gửi thêm bản chụp" })).await.expect(201);
    let recusal = format!("/complaints/{case}/recusals");
    let version = world.version_of("complaints", &case);
    callers["walk.case_handler"].act(recusal, version, json!({ "ground": "other" })).await.expect(204);
    committee.get(format!("/complaints/{case}")).await.expect(200);

    // Beside it a complaint, which an inspector there sees though others handle it, until she withdraws.
    let mut body = petition(side, "complaint");
    body["receiving_unit_id"] = json!(world.unit("Nha Trang"));
    body["subjects"] = json!([{ "capacity": "respondent", "member_id": world.member("Hoàng Thị Ế") }]);
    let code = callers["kiemtra"].post("/complaints", body).await.expect(201).text("code");
    let beside = case_of(world, &code);
    let path = format!("/complaints/{beside}");
    callers["cum.nhatrang"].get(&path).await.expect(200);
    let version = world.version_of("complaints", &beside);
    callers["cum.nhatrang"].act(format!("{path}/recusals"), version, json!({ "ground": "other" })).await.expect(204);
    case
}

/// An answer without what is new in every run. What is new is of one length always, so lengths are compared as they are.
fn told(answer: &Answer, since: i64) -> String {
    let mut fresh = false;
    let mut body = match serde_json::from_slice::<Value>(&answer.bytes) {
        Ok(mut json) => {
            plain(&mut json, since, &mut fresh);
            json.to_string()
        }
        Err(_) => answer.body(),
    };
    if answer.path.starts_with("/metrics") {
        // Of the whole process, both worlds together: its names are looked at, not its numbers.
        body = String::new();
    }
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in &answer.headers {
        let value = value.to_str().unwrap_or_default();
        let value = match name.as_str() {
            "date" | "x-request-id" => continue,
            "content-length" if answer.path.starts_with("/metrics") => continue,
            "etag" if fresh => "fresh".to_owned(),
            // In an order of each process's own.
            "access-control-expose-headers" => {
                let mut names: Vec<&str> = value.split(", ").collect();
                names.sort_unstable();
                names.join(", ")
            }
            "link" | "location" => short(value, since, &mut false),
            _ => value.to_owned(),
        };
        headers.push(format!("{name}: {value}"));
    }
    headers.sort();
    format!("{}\n{body}\n{}", answer.status, headers.join("\n"))
}

fn plain(value: &mut Value, since: i64, fresh: &mut bool) {
    match value {
        Value::String(text) => *text = short(text, since, fresh),
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, since, fresh)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "request_id" => *field = Value::Null,
                    // How far the sealer of the process has come.
                    "unsealed_events_count" | "unsealed_events_seconds" => *field = Value::Null,
                    _ => plain(field, since, fresh),
                }
            }
        }
        _ => {}
    }
}

/// New ids, new instants and cursors by a word each.
fn short(text: &str, since: i64, fresh: &mut bool) -> String {
    if let Some(at) = text.find("c1.") {
        let end = text[at..].find(['>', '&', '"']).map_or(text.len(), |end| at + end);
        *fresh = true;
        return format!("{}(cursor of {}){}", &text[..at], end - at, &text[end..]);
    }
    // Addresses, part by part.
    if text.starts_with("/api/") {
        return text.split('/').map(|part| short(part, since, fresh)).collect::<Vec<_>>().join("/");
    }
    let millis = |bytes: &[u8]| bytes[..6].iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    if let Ok(id) = text.parse::<Id>()
        && millis(id.as_bytes()) >= since
    {
        *fresh = true;
        return "(new id)".into();
    }
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text)
        && at.timestamp_millis() >= since
    {
        *fresh = true;
        return "(now)".into();
    }
    // Codes of cases, numbers of members and of certificates are random.
    let is_random = (text.starts_with("KH-") && matches!(text.len(), 10 | 12)) || (text.starts_with("20") && text.len() == 14);
    if is_random {
        return format!("(code of {})", text.len());
    }
    text.to_owned()
}

/// Values for a parameter: those of its list, and those that might lead to the case.
fn values(parameter: &Value, world: &World, ids: &[&str]) -> Vec<String> {
    let name = parameter["name"].as_str().unwrap_or_default();
    let schema = CONTRACT.resolve(&parameter["schema"]);
    let schema = if schema["items"].is_null() { schema } else { CONTRACT.resolve(&schema["items"]) };
    let listed = |schema: &Value| -> Vec<String> {
        schema["enum"].as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    match name {
        "limit" => ["1", "7", "200"].map(str::to_owned).into(),
        "fields" | "include" => Vec::new(),
        "unit" | "within" | "unit_id" => ["Vĩnh Hải", "Nha Trang", "Khánh Hòa"].map(|unit| world.unit(unit)).into(),
        "member_id" => vec![world.member("Hoàng Thị Ế")],
        "actor_id" | "handler_id" => vec![world.cast().accounts["walk.inspector"].clone()],
        "resource" => ["complaints", "complaint_alerts", "identity_disclosures", "members"].map(str::to_owned).into(),
        "action" => ["read", "classify", "create"].map(str::to_owned).into(),
        "q" => vec!["ho".into()],
        _ if name.ends_with("_id") => ids.iter().map(|id| (*id).to_owned()).collect(),
        _ if name.ends_with("_from")
            || name.ends_with("_to")
            || ["from", "to", "due_before", "until", "as_of"].contains(&name) =>
        {
            vec![days_ago(400), days_ago(0)]
        }
        _ => {
            let mut all = listed(schema);
            all.truncate(6);
            if all.is_empty() { vec!["true".into()] } else { all }
        }
    }
}

/// A request, whoever sends it.
type Asking = Box<dyn Fn(&Caller) -> Ask>;

/// The same requests for both: every reading of the description with many parameters, every writing tried without effect, of
/// what is there and of the case itself, a random id beside it.
fn requests(world: &World, case: &str, beside: &str, all: bool) -> Vec<(String, Asking)> {
    let mut asks: Vec<(String, Asking)> = Vec::new();
    let get =
        |path: String| -> (String, Asking) { (format!("GET {path}"), Box::new(move |caller: &Caller| caller.get(path.clone()))) };
    let ids = [case, beside];
    for operation in CONTRACT.operations() {
        let mut paths: Vec<String> = Vec::new();
        let cast = world.cast();
        for side in [&cast.inside, &cast.outside] {
            paths.push(path_for(operation, side, cast).0);
        }
        if operation.path.starts_with("/api/v1/complaints/{id}") {
            paths.extend(ids.map(|id| operation.path.replace("{id}", id)));
        }
        paths.dedup();
        for path in paths {
            if operation.method == "GET" {
                asks.push(get(path.clone()));
                for parameter in operation.query() {
                    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                    for value in values(parameter, world, &ids) {
                        asks.push(get(format!("{path}?{name}={value}")));
                        if !all {
                            break;
                        }
                    }
                }
                if operation.id == "list_audit_events" {
                    asks.extend(ids.map(|id| get(format!("{path}?resource_id={id}&limit=200"))));
                }
                continue;
            }
            if let Some(ask) = writing(operation, &path, world) {
                asks.push((format!("{} {path}", operation.method), ask));
            }
        }
    }
    // A petition of her own, with ids that may be taken, and about herself.
    for id in ids {
        let mut body = petition(&world.cast().inside, "feedback");
        body["id"] = json!(id);
        asks.push((
            "POST /complaints with an id".into(),
            Box::new(move |caller: &Caller| caller.post("/complaints", body.clone()).prefer("tx=rollback")),
        ));
    }
    asks
}

/// A request that is right but for whoever sends it, tried without effect; none: it cannot be.
fn writing(operation: &Operation, path: &str, world: &World) -> Option<Asking> {
    if !operation.takes("Prefer") || matches!(row(&operation.id).who, Who::Public) {
        return None;
    }
    let body = body_for(&operation.id, &world.cast().inside);
    let kind = operation.body().map(|(kind, _)| kind.to_owned());
    let (method, path) = (operation.method.clone(), path.to_owned());
    Some(Box::new(move |caller: &Caller| {
        let mut ask = caller.ask(&method, path.clone()).seen(1).prefer("tx=rollback");
        if let (Some(body), Some(kind)) = (&body, &kind) {
            ask = ask.json(body).header("content-type", kind);
        }
        ask
    }))
}

#[test]
fn a_hidden_case_changes_no_byte_for_whoever_keeps_out_of_it() {
    on_both_twins(async |with, without| {
        let since = hoicoso::db::Instant::now().millis();
        let (mine, yours) = (prepare(&with).await, prepare(&without).await);
        let case = hide(&with, &mine).await;
        let beside = new_id();
        with.seal();
        without.seal();
        let sqlite = with.engine() == Engine::Sqlite;
        let asks = requests(&with, &case, &beside, sqlite);
        assert!(asks.len() > 300, "only {} requests", asks.len());
        let mut faults = Vec::new();
        for (name, why) in EXCLUDED {
            for (label, ask) in &asks {
                let one = ask(&mine[name]).await;
                let other = ask(&yours[name]).await;
                compare(&mut faults, &format!("{label} as {name} ({why})"), &one, &other, since);
                // And the next page.
                if let (Some(first), Some(second)) = (one["next"].as_str(), other["next"].as_str()) {
                    let path = |cursor: &str| {
                        let sign = if one.path.contains('?') { '&' } else { '?' };
                        format!("{}{sign}cursor={cursor}", one.path)
                    };
                    let (one, other) = (mine[name].get(path(first)).await, yours[name].get(path(second)).await);
                    compare(&mut faults, &format!("{label}, page 2, as {name}"), &one, &other, since);
                }
            }
        }
        assert!(
            faults.is_empty(),
            "{} of {}:\n{}",
            faults.len(),
            asks.len() * EXCLUDED.len(),
            faults[..faults.len().min(4)].join("\n\n")
        );

        // That all this could tell: for whoever may see the case it does.
        let mut differ = 0;
        for path in ["/complaints?limit=200".to_owned(), format!("/complaints/{case}"), "/complaint-alerts?limit=200".into()] {
            let (one, other) = (mine["walk.inspector"].get(path.clone()).await, yours["walk.inspector"].get(path).await);
            differ += usize::from(told(&one, since) != told(&other, since));
        }
        assert_eq!(differ, 3, "who may see it is told of it");
        let metrics = with.nobody().get("/metrics").await.expect(200).body();
        assert!(!metrics.contains("complaint") && !metrics.contains("identity"), "{metrics}");
    });
}

fn compare(faults: &mut Vec<String>, what: &str, one: &Answer, other: &Answer, since: i64) {
    let (one, other) = (told(one, since), told(other, since));
    if one != other {
        let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        let part =
            |text: &str| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(80)..text.len().min(at + 160)]).into_owned();
        faults.push(format!("{what}:\n  with    …{}\n  without …{}", part(&one), part(&other)));
    }
}

/// It takes as long to find nothing where there is a case as where there is none: by ranks, since times have long tails.
#[test]
fn what_is_hidden_takes_no_longer_than_what_is_not_there() {
    on_both_twins(async |with, _| {
        let callers = prepare(&with).await;
        let case = hide(&with, &callers).await;
        for name in ["chutich.vinhhai", "walk.case_handler", "kiemtra.hai"] {
            let mut times: Vec<(std::time::Duration, bool)> = Vec::new();
            for round in 0..240 {
                let hidden = round % 2 == 0;
                let id = if hidden { case.clone() } else { new_id() };
                let begun = Instant::now();
                callers[name].get(format!("/complaints/{id}")).await.expect(404);
                times.push((begun.elapsed(), hidden));
            }
            // The first ones warm everything up.
            times.drain(..40);
            times.sort_unstable();
            let mut below = 0_u32;
            let mut wins = 0_u32;
            for (_, hidden) in &times {
                if *hidden {
                    wins += below;
                } else {
                    below += 1;
                }
            }
            let share = f64::from(wins) / 10_000.0;
            assert!((0.3..=0.7).contains(&share), "{name}: what is hidden is slower in {share} of all pairs");
        }
    });
}
