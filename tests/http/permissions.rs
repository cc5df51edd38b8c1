//! The permission walk: every operation of the description, as every role, at home and elsewhere.

use hoicoso::access::Role;
use serde_json::json;

use crate::support::{
    Answer, Ask, CONTRACT, Caller, Operation, Outside, Side, Who, World, body_for, missing_rows, new_id, on_both, path_for,
    properties, row, rows, things,
};

#[test]
fn every_operation_has_a_row() {
    assert_eq!(missing_rows(&CONTRACT.document), Vec::<String>::new(), "see tests/http/support/operations.rs");
}

#[test]
fn an_operation_without_a_row_is_found() {
    let mut doctored = CONTRACT.document.clone();
    doctored["paths"]["/api/v1/secrets/{id}"] = json!({ "get": { "operationId": "get_secret", "responses": {} } });
    assert_eq!(missing_rows(&doctored), ["get_secret"]);
    doctored["paths"].as_object_mut().unwrap().retain(|path, _| path != "/api/v1/secrets/{id}" && path != "/api/v1/me");
    assert_eq!(missing_rows(&doctored), ["(gone) get_me"]);
}

/// One right request of an operation in one place, which leaves nothing behind but, where it cannot be tried without
/// effect, what it shows.
fn request(world: &World, caller: &Caller, operation: &Operation, side: &Side) -> Ask {
    let (path, named) = path_for(operation, side, world.cast());
    // What is in a list is on its first page.
    let path = if operation.id.starts_with("list_") && operation.query().iter().any(|parameter| parameter["name"] == "limit") {
        format!("{path}?limit=200")
    } else {
        path
    };
    let mut ask = caller.ask(&operation.method, path);
    if operation.takes("Prefer") {
        ask = ask.prefer("tx=rollback");
    }
    if let Some(body) = body_for(&operation.id, side) {
        let kind = operation.body().unwrap_or_else(|| panic!("{} takes no body", operation.id)).0.to_owned();
        ask = ask.json(&body).header("content-type", kind);
    }
    if operation.id == "create_attachment" {
        ask = ask.header("content-type", "application/octet-stream").bytes("Biên bản");
    }
    if let Some((table, id)) = named {
        ask = ask.seen(world.version_of(table, &id));
    }
    if ["admit_members", "answer_checklist"].contains(&operation.id.as_str()) { ask.key(&new_id()) } else { ask }
}

/// Whether the answer says that the caller's role gives no right at all.
fn refused(answer: &Answer, status: u16) -> bool {
    answer.status == status && answer["code"] == if status == 403 { "forbidden" } else { "not_found" }
}

/// Everything in one place that a list could show.
fn shows(answer: &Answer, side: &Side) -> bool {
    let text = answer.body();
    let things = [
        &side.member,
        &side.officer,
        &side.appointment,
        &side.unit_assignment,
        &side.field_visit,
        &side.core,
        &side.pending,
        &side.vault.disclosure,
    ];
    things.into_iter().chain(side.inspections.ids()).any(|id| text.contains(id.as_str()))
}

#[test]
fn every_role_may_do_what_the_table_says_and_no_more() {
    on_both(async |world| {
        let before = world.database().state();
        let mut faults = Vec::new();
        // Its secret is renewed on the way.
        let machine = world.machine().await;
        for operation in CONTRACT.operations() {
            nobody(&world, operation, &mut faults).await;
            for role in Role::ALL {
                let caller = if *role == Role::ExportClient { machine.clone() } else { world.user(&format!("walk.{role}")) };
                walk(&world, &caller, *role, operation, &mut faults).await;
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
        // Looking is recorded; nothing else is.
        let recorded = ["audit_events", "sessions", "refresh_tokens", "clients", "password_codes", "attendance_codes"];
        let kept = |state: std::collections::BTreeMap<String, (i64, i64)>| {
            state.into_iter().filter(|(table, _)| !recorded.contains(&table.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(kept(before), kept(world.database().state()), "the walk left something behind");
    });
}

async fn nobody(world: &World, operation: &Operation, faults: &mut Vec<String>) {
    let answer = request(world, &world.nobody(), operation, &world.cast().inside).await;
    let turned_away = answer.status == 401 && answer["code"] == "invalid_token";
    if turned_away && answer.header("www-authenticate").is_none() {
        faults.push(format!("{}: 401 without WWW-Authenticate", operation.id));
    }
    if turned_away == matches!(row(&operation.id).who, Who::Public) {
        faults.push(format!("{} without a token: {}", operation.id, answer.status));
    }
}

async fn walk(world: &World, caller: &Caller, role: Role, operation: &Operation, faults: &mut Vec<String>) {
    let row = row(&operation.id);
    let may = match row.who {
        Who::Public | Who::SignedIn => true,
        Who::Roles(roles) => roles.contains(&role),
    };
    let mut fault = |place: &str, answer: &Answer, wanted: String| {
        let body: String = answer.body().chars().take(300).collect();
        faults.push(format!("{} as {role} {place}: {}, not {wanted}: {body}", operation.id, answer.status));
    };
    let right = |answer: &Answer| match row.status {
        Some(status) => answer.status == status,
        None => (200..300).contains(&answer.status),
    };
    let cast = world.cast();
    let services_have_none = operation.id == "change_my_password" && role == Role::ExportClient;

    let here = request(world, caller, operation, &cast.inside).await;
    if !may || services_have_none {
        if !refused(&here, row.unseen) {
            fault("inside", &here, "403".into());
        }
    } else if !right(&here) {
        fault("inside", &here, row.status.map_or("2xx".into(), |status| status.to_string()));
    } else if row.outside == Outside::Absent && here.status == 200 && !shows(&here, &cast.inside) {
        fault("inside", &here, "a list with what is there".into());
    }

    let there = request(world, caller, operation, &cast.outside).await;
    if !may || services_have_none {
        // Whether she may not, or it is not there for her: it says no more.
        if !refused(&there, row.unseen) && !refused(&there, 404) {
            fault("outside", &there, "403".into());
        }
        return;
    }
    match row.outside {
        _ if row.whole.contains(&role) || row.outside == Outside::Alike => {
            if !right(&there) {
                fault("outside", &there, "the same as inside".into());
            }
        }
        Outside::NotFound => {
            if there.status != 404 {
                fault("outside", &there, "404".into());
            }
        }
        Outside::Field(field) => {
            let named = there.errors().any(|error| error["pointer"] == field);
            if there.status != 422 || !named {
                fault("outside", &there, format!("422 about {field}"));
            }
        }
        Outside::Absent => {
            if !right(&there) || shows(&there, &cast.outside) {
                fault("outside", &there, "a list without what is elsewhere".into());
            }
        }
        Outside::Alike => {}
    }
}

/// What stands elsewhere and what stands nowhere is told apart by nothing.
#[test]
fn elsewhere_is_nowhere() {
    on_both(async |world| {
        let cast = world.cast();
        let nowhere = Side {
            member: new_id(),
            former: new_id(),
            officer: new_id(),
            core: new_id(),
            appointment: new_id(),
            qualification: new_id(),
            unit_assignment: new_id(),
            field_visit: new_id(),
            pending: new_id(),
            unit_support: new_id(),
            trainings: things::trainings::Things::nowhere(),
            inspections: things::inspections::Things::nowhere(),
            complaints: things::complaints::Things::nowhere(),
            attachments: things::attachments::Things::nowhere(),
            calendar: things::calendar::Things::nowhere(),
            vault: things::vault::Things::nowhere(),
            ..cast.outside.clone()
        };
        for row in rows().iter().filter(|row| row.outside == Outside::NotFound) {
            let Who::Roles(roles) = row.who else { continue };
            let operation = CONTRACT.operation(row.id);
            for role in roles.iter().filter(|role| !row.whole.contains(role)) {
                let caller = world.user(&format!("walk.{role}"));
                let mut answers = Vec::new();
                for side in [&cast.outside, &nowhere] {
                    let path = path_for(operation, side, cast).0;
                    let mut ask = caller.ask(&operation.method, path.clone()).seen(1).header("x-request-id", "one-and-the-same");
                    if let Some(body) = body_for(row.id, side) {
                        ask = ask.json(&body).header("content-type", operation.body().unwrap().0);
                    }
                    let answer = ask.await;
                    answers.push((answer.status, answer.body().replace(&path, "")));
                }
                assert_eq!(answers[0], answers[1], "{} as {role}", row.id);
            }
        }
    });
}

/// Somebody with a role here and another there sees each place with the eyes of its role.
#[test]
fn two_roles_do_not_mix() {
    on_both(async |world| {
        let both = world.user("hai.vai");
        let at_home = both.get(format!("/members/{}", world.member("Bùi Thị Mai"))).await.expect(200);
        let away = both.get(format!("/members/{}", world.member("Huỳnh Thị Yến"))).await.expect(200);
        assert_eq!(at_home["ethnic_group_code"], "01");
        assert_eq!(away["ethnic_group_code"], serde_json::Value::Null, "a branch head sees no sensitive fields");
        both.get(format!("/members/{}", world.member("Đỗ Thị Vân"))).await.expect(404);
        both.get(format!("/members/{}", world.member("Nguyễn Thị Hòa"))).await.expect(404);

        // To see the number is a president's right, so only where she is president.
        let reason = json!({ "reason": "Đối chiếu hồ sơ vay vốn" });
        both.post(format!("/members/{}/national-id-disclosures", world.member("Bùi Thị Mai")), reason.clone()).await.expect(200);
        both.post(format!("/members/{}/national-id-disclosures", world.member("Huỳnh Thị Yến")), reason).await.expect(404);

        let all = both.get("/members?limit=200").await.expect(200);
        let units: std::collections::BTreeSet<String> = all.each("unit_id").into_iter().collect();
        let mine: std::collections::BTreeSet<String> =
            ["Vĩnh Ngọc", "Xuân Lạc", "Chi hội 1", "Tổ 7"].iter().map(|name| world.unit(name)).collect();
        assert_eq!(units, mine);
        assert_eq!(all["total"], all.items().len());
        assert_eq!(both.get(format!("/members?within={}", world.unit("Vạn Giã"))).await.expect(200).items().len(), 4);
    });
}

/// Whatever takes an id of the caller's takes it twice: the same request finds what it made.
#[test]
fn every_creation_may_be_sent_again() {
    on_both(async |world| {
        let mut tried = 0;
        for operation in CONTRACT.operations() {
            let Some((kind, schema)) = operation.body() else { continue };
            if operation.method != "POST" || !properties(CONTRACT.resolve(schema)).contains_key("id") {
                continue;
            }
            tried += 1;
            let Who::Roles(roles) = row(&operation.id).who else { panic!("{}: for whom?", operation.id) };
            let role = roles.iter().find(|role| role.as_str() == "base_president").unwrap_or(&roles[0]);
            let caller = world.user(&format!("walk.{role}"));
            let path = path_for(operation, &world.cast().inside, world.cast()).0;
            let mut body = body_for(&operation.id, &world.cast().inside).unwrap();
            body["id"] = json!(new_id());
            let send = |body: &serde_json::Value| caller.post(path.clone(), body.clone()).header("content-type", kind);
            let first = send(&body).await.expect(201);
            assert_eq!(first["id"], body["id"], "{}", operation.id);
            assert!(first.header("location").is_some(), "{}: no Location", operation.id);
            assert_eq!(send(&body).await.expect(200)["id"], body["id"], "{}", operation.id);
        }
        assert!(tried >= 12, "only {tried} creations");
    });
}
