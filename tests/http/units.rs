//! The tree as it is and as it was.

use serde_json::{Value, json};

use crate::support::{days_ago, days_ahead, new_id, on_both};

#[test]
fn a_unit_is_renamed_and_recoded_and_what_was_stays() {
    on_both(async |world| {
        let board = world.board();
        let (id, district) = (world.unit("Vĩnh Ngọc"), world.unit("Nha Trang"));
        let path = format!("/units/{id}");
        let renamed = json!({ "effective_on": "2020-01-01", "name": "Phường Vĩnh Ngọc", "legal_basis": "894/NQ-UBTVQH14" });
        let renamed = board.act(format!("{path}/changes"), 1, renamed).await.expect(200);
        assert_eq!((&renamed["name"], &renamed["code"]), (&json!("Phường Vĩnh Ngọc"), &json!("22396")));
        let recoded = json!({ "effective_on": "2024-11-01", "code": "22399", "legal_basis": "1196/NQ-UBTVQH15" });
        board.act(format!("{path}/changes"), 2, recoded).await.expect(200);

        let on = async |day: &str| {
            let unit = board.get(format!("{path}?as_of={day}")).await.expect(200);
            (unit.text("name"), unit.text("code"))
        };
        assert_eq!(on("2019-12-31").await, ("Xã Vĩnh Ngọc".into(), "22396".into()));
        assert_eq!(on("2020-01-01").await, ("Phường Vĩnh Ngọc".into(), "22396".into()));
        assert_eq!(on("2024-11-01").await, ("Phường Vĩnh Ngọc".into(), "22399".into()));
        board.get(format!("{path}?as_of=1977-12-31")).await.expect(404);
        let periods = board.get(format!("{path}/periods")).await.expect(200);
        assert_eq!(periods.each("valid_from"), ["1978-01-01", "2020-01-01", "2024-11-01"]);
        assert_eq!(periods.items()[1]["valid_to"], "2024-11-01");
        assert_eq!(periods.items()[1]["legal_basis"], "894/NQ-UBTVQH14");

        // Lists, too, are of a day; so are names and codes that are looked for.
        let found = async |query: &str| board.get(format!("/units?{query}")).await.expect(200).each("name");
        assert_eq!(found("code=22396").await, Vec::<String>::new());
        assert_eq!(found("code=22396&as_of=2024-10-31").await, ["Phường Vĩnh Ngọc"]);
        assert_eq!(found("q=xa%20vinh%20ngoc&as_of=2019-12-31").await, ["Xã Vĩnh Ngọc"]);
        assert_eq!(found(&format!("within={district}&kind=base&as_of=2019-12-31")).await, ["Phường Vĩnh Hải", "Xã Vĩnh Ngọc"]);
        assert_eq!(found(&format!("within={district}&kind=base")).await, ["Phường Vĩnh Hải", "Phường Vĩnh Ngọc"]);
        assert_eq!(found("within=0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42").await, Vec::<String>::new());

        // A code that is free again may be given anew; one that is in use may not.
        let new = |code: &str, on: &str| json!({ "kind": "base", "name": "Phường Ngọc Hiệp", "code": code, "parent_id": district, "founded_on": on });
        let taken = board.post("/units", new("22399", "2025-01-01")).await.expect(422).about("/code", "code_in_use");
        assert!(taken.body().contains("Vĩnh Ngọc"), "says whose it is");
        board.post("/units", new("22396", "2024-10-31")).await.expect(422).about("/code", "code_in_use");
        board.post("/units", new("22396", "2024-11-01")).await.expect(201);
        assert_eq!(found("code=22396").await, ["Phường Ngọc Hiệp"]);
        assert_eq!(found("code=22396&as_of=2010-01-01").await, ["Xã Vĩnh Ngọc"]);

        // Changes come in order, and change something.
        let early = json!({ "effective_on": "2024-11-01", "name": "Tên khác", "legal_basis": "x" });
        board.act(format!("{path}/changes"), 3, early).await.expect(422).about("/effective_on", "before_last_change");
        board
            .act(format!("{path}/changes"), 3, json!({ "effective_on": "2025-01-01", "legal_basis": "x" }))
            .await
            .expect(422)
            .about("", "nothing_changes");
        let late = json!({ "effective_on": days_ahead(1), "name": "Tên khác", "legal_basis": "x" });
        board.act(format!("{path}/changes"), 3, late).await.expect(422).about("/effective_on", "in_the_future");
        let stale = json!({ "effective_on": "2025-01-01", "name": "Tên khác", "legal_basis": "x" });
        let stale = board.act(format!("{path}/changes"), 1, stale).await.expect(412);
        assert_eq!(stale["changed_fields"], json!(["code", "name"]));
        assert_eq!(
            board.get(format!("{path}?include=ancestors")).await.expect(200)["ancestors"][1]["name"],
            "Hội LHPN thành phố Nha Trang"
        );
    });
}

#[test]
fn which_kind_stands_under_which_and_when() {
    on_both(async |world| {
        let board = world.board();
        let unit = |kind: &str, parent: &str, founded_on: &str| json!({ "kind": kind, "name": format!("Đơn vị {kind}"), "parent_id": world.unit(parent), "founded_on": founded_on });
        // Districts ended on 2025-07-01: before, communes stand under them; since then under the province.
        board.post("/units", unit("district", "Khánh Hòa", "2025-06-30")).await.expect(201);
        board.post("/units", unit("district", "Khánh Hòa", "2025-07-01")).await.expect(422).about("/parent_id", "wrong_parent");
        board.post("/units", unit("base", "Nha Trang", "2025-06-30")).await.expect(201);
        board.post("/units", unit("base", "Nha Trang", "2025-07-01")).await.expect(422).about("/parent_id", "wrong_parent");
        board.post("/units", unit("base", "Khánh Hòa", "2025-07-01")).await.expect(201);
        board.post("/units", unit("affiliated", "Khánh Hòa", "2020-01-01")).await.expect(201);
        for (kind, parent) in
            [("branch", "Khánh Hòa"), ("group", "Vĩnh Hải"), ("branch", "Tổ 1"), ("province", "Khánh Hòa"), ("base", "Vĩnh Hải")]
        {
            let answer = board.post("/units", unit(kind, parent, "2021-01-01")).await;
            let allowed = (kind, parent) == ("group", "Vĩnh Hải");
            assert_eq!(answer.status, if allowed { 201 } else { 422 }, "{kind} under {parent}: {answer:?}");
        }
        let rules = board.get("/unit-kind-rules").await.expect(200);
        let district = rules.items().iter().find(|rule| rule["child_kind"] == "district").unwrap();
        assert_eq!(district["valid_to"], "2025-07-01");
        // A second province is nobody's to found here.
        let root = json!({ "kind": "province", "name": "Hội LHPN tỉnh khác", "founded_on": "2020-01-01" });
        world.chair_of("Vĩnh Hải").post("/units", root.clone()).await.expect(422);
        world.admin().post("/units", root).await.expect(422);
        world.admin().post("/units", unit("base", "Khánh Hòa", "2025-07-02")).await.expect(403);
        // Codes have the form of their kind.
        let mut coded = unit("base", "Khánh Hòa", "2025-07-02");
        coded["code"] = json!("2233");
        board.post("/units", coded).await.expect(422).about("/code", "invalid_code");
        // A parent must stand on the first day.
        board.post("/units", unit("branch", "Vĩnh Hải", "1970-01-01")).await.expect(422).about("/parent_id", "parent_not_active");
    });
}

#[test]
fn base_units_keep_what_is_theirs() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let own = format!("/units/{}", world.unit("Vĩnh Hải"));
        let contact = json!({ "phone": "0258 3822 123", "email": "vinhhai@hoi.example.vn" });
        chair.patch(&own, 1, contact).await.expect(200);
        chair.patch(&own, 2, json!({ "email": "not an address" })).await.expect(422).about("/email", "email");
        chair.patch(&own, 2, json!({ "name": "Tên khác" })).await.expect(422).about("/name", "unknown_field");
        let renamed = json!({ "effective_on": "2024-01-01", "name": "Tên khác", "legal_basis": "x" });
        chair.act(format!("{own}/changes"), 2, renamed).await.expect(403);
        let actions = chair.get(&own).await.expect(200);
        assert!(!actions.actions().contains(&"change"), "not what she may not do: {:?}", actions.actions());
        assert!(actions.actions().contains(&"update"));
        // What the place is like is the province's to say: a title standard depends on it. It has a history of its own.
        let board = world.board();
        chair.patch(&own, 2, json!({ "traits": ["urban"] })).await.expect(403).about("/traits", "province_only");
        let club = json!({ "kind": "club", "name": "CLB biển", "parent_id": world.unit("Ba Làng"), "founded_on": "2020-03-08", "traits": ["sea"] });
        chair.post("/units", club.clone()).await.expect(403).about("/traits", "province_only");
        let set = board.patch(&own, 2, json!({ "traits": ["urban", "sea"] })).await.expect(200);
        assert_eq!(set["traits"], json!(["sea", "urban"]));
        let cleared = board.patch(&own, 3, json!({ "traits": ["urban"], "phone": null })).await.expect(200);
        assert_eq!((&cleared["traits"], &cleared["phone"]), (&json!(["urban"]), &Value::Null));
        // Sending back what is there changes nothing, and is hers to send.
        chair.patch(&own, 4, json!({ "traits": ["urban"], "phone": "0258 3822 123" })).await.expect(200);
        // Branches are founded by the president, not by the clerk.
        let clerk = world.user("nhaplieu.vinhhai");
        let branch =
            json!({ "kind": "branch", "name": "Chi hội mới", "parent_id": world.unit("Vĩnh Hải"), "founded_on": "2020-03-08" });
        clerk.post("/units", branch.clone()).await.expect(403);
        clerk.patch(&own, 5, json!({ "phone": "0258 1" })).await.expect(403);
        chair.post("/units", branch).await.expect(201);
        assert_eq!(chair.get("/units?trait=urban").await.expect(200).each("name"), ["Phường Vĩnh Hải"]);
        assert!(chair.get("/units?trait=sea").await.expect(200).items().is_empty());
    });
}

#[test]
fn a_unit_is_closed_when_it_is_empty() {
    on_both(async |world| {
        let (chair, branch) = (world.chair_of("Vĩnh Hải"), world.unit("Ba Làng"));
        let path = format!("/units/{branch}");
        let closure = json!({ "effective_on": days_ago(0), "legal_basis": "15-QĐ/HPN" });
        let full = chair.act(format!("{path}/closures"), 1, closure.clone()).await.expect(409);
        assert_eq!(full.actions(), chair.get(&path).await.expect(200).actions());
        assert!(full.body().contains('1'), "says how many: {full:?}");
        let moved = json!({ "to_unit_id": world.unit("Đường Đệ"), "effective_on": days_ago(10) });
        chair.act(format!("/members/{}/transfers", world.member("Võ Thị Dung")), 1, moved).await.expect(200);
        let group = json!({ "kind": "group", "name": "Tổ phụ nữ số 3", "parent_id": branch, "founded_on": "2015-03-08" });
        let group = chair.post("/units", group).await.expect(201).id();
        chair.act(format!("{path}/closures"), 1, closure.clone()).await.expect(409).because("conflict");
        chair.act(format!("/units/{group}/closures"), 1, closure.clone()).await.expect(200);
        let closed = chair.act(format!("{path}/closures"), 1, closure.clone()).await.expect(200);
        assert_eq!((&closed["status"], &closed["closed_on"]), (&json!("closed"), &json!(days_ago(0))));
        assert!(closed.actions().is_empty());
        chair.act(format!("{path}/closures"), 2, closure).await.expect(409).because("invalid_transition");

        // It stays readable, but no longer stands: nobody joins it, nobody founds under it.
        assert_eq!(chair.get(&path).await.expect(200)["status"], "closed");
        chair.get(format!("{path}?as_of={}", days_ago(1))).await.expect(200);
        let parent = world.unit("Vĩnh Hải");
        let listed = async |query: &str| chair.get(format!("/units?parent_id={parent}{query}")).await.expect(200).each("name");
        assert_eq!(listed("").await, ["Chi hội Đường Đệ"]);
        assert_eq!(listed("&status=closed").await, ["Chi hội Ba Làng"]);
        assert_eq!(listed(&format!("&as_of={}", days_ago(1))).await, ["Chi hội Ba Làng", "Chi hội Đường Đệ"]);
        let member =
            json!({ "unit_id": branch, "full_name": "Tô Thị Cúc", "date_of_birth": "1990-01-01", "joined_on": "2020-03-08" });
        chair.post("/members", member).await.expect(422).about("/unit_id", "unit_not_active");
        let club = json!({ "kind": "club", "name": "Câu lạc bộ", "parent_id": branch, "founded_on": days_ago(0) });
        chair.post("/units", club).await.expect(422).about("/parent_id", "parent_not_active");
        world.check_books();
    });
}

#[test]
fn the_same_unit_founded_twice_is_one() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = json!({ "id": new_id(), "kind": "club", "name": "Câu lạc bộ Sống khỏe", "parent_id": world.unit("Vĩnh Hải"), "founded_on": "2023-10-20" });
        let first = chair.post("/units", body.clone()).await.expect(201);
        assert_eq!(chair.post("/units", body.clone()).await.expect(200).id(), first.id());
        let mut other = body;
        other["name"] = json!("Câu lạc bộ khác");
        chair.post("/units", other).await.expect(409).because("id_in_use");
    });
}

/// A member's figures are seen by who may see members there.
#[test]
fn figures_of_members() {
    on_both(async |world| {
        let counts = async |caller: &str, unit: &str| {
            let answer = world.user(caller).get(format!("/units/{}?include=member_counts", world.unit(unit))).await.expect(200);
            answer["member_counts"]["regular_count"].as_i64()
        };
        assert_eq!(counts("chutich.vinhhai", "Vĩnh Hải").await, Some(7));
        assert_eq!(counts("bantochuc", "Khánh Hòa").await, Some(14));
        assert_eq!(counts("chutich.vinhhai", "Vạn Giã").await, Some(5), "communes know each other's figures");
        assert_eq!(counts("chutich.vinhhai", "Chi hội 1").await, None, "but not of so few");
        assert_eq!(counts("chutich.vangia", "Chi hội 1").await, Some(4));
        let rate =
            async |caller: &str, unit: &str| world.user(caller).get(format!("/units/{}/gathering-rate", world.unit(unit))).await;
        assert_eq!(rate("chutich.vangia", "Chi hội 1").await.expect(200)["numerator"], 4);
        rate("chutich.vinhhai", "Chi hội 1").await.expect(404);
        rate("chutich.vinhhai", "Vạn Giã").await.expect(200);
        let total = world.board().get("/members").await.expect(200);
        assert_eq!(total["total"], 14);
    });
}

/// What is in a unit must fit its new kind.
#[test]
fn a_kind_changes_only_with_what_is_inside() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let club = json!({ "effective_on": "2024-01-01", "kind": "club", "legal_basis": "x" });
        // Members, a group below, a branch head.
        let full = chair.act(format!("/units/{}/changes", world.unit("Đường Đệ")), 1, club.clone()).await.expect(409);
        let codes: Vec<&str> = full.errors().map(|error| error["code"].as_str().unwrap()).collect();
        let expected = ["child_does_not_fit", "child_does_not_fit", "unit_takes_no_members", "posts_do_not_fit"];
        assert_eq!(codes, expected, "a club and a group below: {full:?}");
        let empty = world.cast().inside.empty_unit.clone();
        let team = json!({ "effective_on": "2024-01-01", "kind": "team", "legal_basis": "x" });
        assert_eq!(chair.act(format!("/units/{empty}/changes"), 1, team).await.expect(200)["kind"], "team");
        let one = chair.act(format!("/units/{}/changes", world.unit("Ba Làng")), 1, club).await.expect(409);
        assert_eq!(one.errors().count(), 1);
        one.about("/kind", "unit_takes_no_members");
        // A base unit's committee is not one of a club.
        let board = world.board();
        let base =
            json!({ "kind": "base", "name": "Xã Diên Toàn", "founded_on": "2024-01-01", "parent_id": world.unit("Nha Trang") });
        let base = board.post("/units", base).await.expect(201).id();
        let body = json!({ "kind": "executive_committee", "valid_from": "2024-02-01" });
        board.post(format!("/units/{base}/bodies"), body).await.expect(201);
        let club = json!({ "effective_on": "2024-06-01", "kind": "club", "legal_basis": "x" });
        board.act(format!("/units/{base}/changes"), 1, club).await.expect(409).about("/kind", "bodies_do_not_fit");
    });
}

/// A unit closes after the last that happened in it, and whatever hangs on it ends with it.
#[test]
fn closing_ends_what_hangs_on_a_unit() {
    on_both(async |world| {
        let (board, chair) = (world.board(), world.chair_of("Vĩnh Hải"));
        let new = json!({ "kind": "base", "name": "Xã Diên Toàn", "code": "22777", "founded_on": "2024-01-01", "parent_id": world.unit("Nha Trang") });
        let unit = board.post("/units", new).await.expect(201).id();
        let path = format!("/units/{unit}");
        let body = json!({ "kind": "executive_committee", "valid_from": "2024-02-01" });
        let body = board.post(format!("{path}/bodies"), body).await.expect(201).id();
        let number = json!({ "scheme": "mattranso", "value": "MT-77", "valid_from": "2024-02-01" });
        board.post(format!("{path}/external-ids"), number).await.expect(201);
        let officer = world.member("Nguyễn Thị Hòa");
        let charge = json!({ "member_id": officer, "unit_id": unit, "valid_from": "2024-03-01" });
        board.post("/unit-assignments", charge).await.expect(201);
        let held = json!({ "member_id": officer, "unit_id": unit, "post": "president", "manner": "elected", "is_full_time": true,
                           "seat_kind": "core", "starts_on": "2024-04-01" });
        board.post("/appointments", held).await.expect(201);

        let visit = json!({ "member_id": officer, "unit_id": unit, "purpose": "support", "planned_on": "2027-01-15" });
        let visit = board.post("/field-visits", visit).await.expect(201).id();

        assert_eq!(board.get("/units?external_scheme=mattranso&external_id=MT-77").await.expect(200).each("id"), [unit.as_str()]);
        board.get("/units?external_scheme=mattranso").await.expect(400).about("external_id", "scheme_and_id");

        let close = |day: &str| json!({ "effective_on": day, "legal_basis": "x" });
        let early = board.act(format!("{path}/closures"), 1, close("2024-03-31")).await.expect(422);
        assert!(early.clone().about("/effective_on", "before_last_change").body().contains("2024-04-01"), "{early:?}");
        board.act(format!("{path}/closures"), 1, close("2024-06-01")).await.expect(200);
        board.get(format!("{path}/officer-in-charge")).await.expect(404);
        assert_eq!(board.get(format!("/field-visits/{visit}")).await.expect(200)["status"], "cancelled");
        assert_eq!(board.get(format!("/unit-bodies/{body}")).await.expect(200)["valid_to"], "2024-06-01");
        let numbers = board.get(format!("{path}/external-ids")).await.expect(200);
        assert_eq!(numbers.items()[0]["valid_to"], "2024-06-01");
        let found =
            async |query: &str| board.get(format!("/units?external_scheme=mattranso&external_id=MT-77{query}")).await.expect(200);
        assert!(found("&status=closed").await.items().is_empty(), "the number names nobody today");
        assert_eq!(found("&as_of=2024-05-31").await.each("id"), [unit.as_str()]);

        // Bare conflicts have names.
        let branch = format!("/units/{}", world.unit("Ba Làng"));
        chair.act(format!("{branch}/closures"), 1, close(&days_ago(0))).await.expect(409).about("", "has_members");
        let base = format!("/units/{}", world.unit("Vĩnh Hải"));
        board.act(format!("{base}/closures"), 1, close(&days_ago(0))).await.expect(409).about("", "has_units_below");
        world.check_books();
    });
}

#[test]
fn a_day_has_no_figures_of_today() {
    on_both(async |world| {
        let board = world.board();
        let unit = world.unit("Vĩnh Hải");
        for path in [
            format!("/units/{unit}?as_of=2025-06-30&include=member_counts"),
            "/units?as_of=2025-06-30&include=member_counts".into(),
        ] {
            board.get(path).await.expect(400).about("include", "not_with_as_of");
        }
        board.get("/units?as_of=2025-06-30&status=closed").await.expect(400).about("status", "not_with_as_of");
        let all = board.get("/units?include=ancestors,member_counts&limit=200").await.expect(200);
        let group = all.items().iter().find(|unit| unit["name"] == "Tổ phụ nữ số 1").unwrap();
        let above: Vec<&Value> = group["ancestors"].as_array().unwrap().iter().map(|unit| &unit["name"]).collect();
        assert_eq!(above, ["Hội LHPN tỉnh Khánh Hòa", "Hội LHPN thành phố Nha Trang", "Phường Vĩnh Hải", "Chi hội Đường Đệ"]);
        assert_eq!(group["member_counts"]["regular_count"], 1);
    });
}

#[test]
fn a_trait_is_there_once() {
    on_both(async |world| {
        let board = world.board();
        let club = json!({ "kind": "club", "name": "Câu lạc bộ", "parent_id": world.unit("Vĩnh Hải"), "founded_on": "2024-01-01", "traits": ["urban", "urban"] });
        let club = board.post("/units", club).await.expect(201);
        assert_eq!(club["traits"], json!(["urban"]));
        let more = json!({ "traits": ["sea", "urban", "sea"] });
        assert_eq!(board.patch(format!("/units/{}", club.id()), 1, more).await.expect(200)["traits"], json!(["sea", "urban"]));
    });
}
