//! Which unit supports which base unit (programme 2.1).

use serde_json::{Value, json};

use crate::support::{World, days_ago, days_ahead, new_id, on_both};

fn support(world: &World, supporter: &str, supported: &str, starts_on: &str) -> Value {
    json!({ "supporter_unit_id": world.unit(supporter), "supported_unit_id": world.unit(supported), "reason": "Xã miền núi, phong trào còn yếu",
            "starts_on": starts_on })
}

#[test]
fn a_district_supports_a_base_unit_until_it_stands_by_itself() {
    on_both(async |world| {
        let board = world.board();
        // Of its own, or of another district.
        let own = board.post("/unit-supports", support(&world, "Nha Trang", "Vĩnh Ngọc", "2018-03-08")).await.expect(201);
        board.post("/unit-supports", support(&world, "Nha Trang", "Vạn Giã", "2019-03-08")).await.expect(201);
        let path = format!("/unit-supports/{}", own.id());
        assert_eq!(own.header("location"), Some(format!("/api/v1{path}").as_str()));
        assert_eq!((&own["status"], &own["ends_on"], &own["result"]), (&json!("active"), &Value::Null, &Value::Null));
        assert_eq!(own.actions(), ["end", "update"]);

        // While it goes on its reason and its first day are corrected, nothing else.
        let corrected = board.patch(&path, 1, json!({ "reason": " Xã  khó khăn ", "starts_on": "2018-10-20" })).await.expect(200);
        assert_eq!((&corrected["reason"], &corrected["starts_on"]), (&json!("Xã khó khăn"), &json!("2018-10-20")));
        board.patch(&path, 1, json!({ "reason": "Khác" })).await.expect(412);
        board.patch(&path, 2, json!({ "reason": "  " })).await.expect(422).about("/reason", "required");
        board.patch(&path, 2, json!({ "ends_on": "2020-01-01" })).await.expect(422).about("/ends_on", "support_not_ended");
        board.patch(&path, 2, json!({ "result": "Tốt" })).await.expect(422).about("/result", "support_not_ended");

        let ending = |on: &str, result: &str| json!({ "ends_on": on, "result": result });
        let end = async |on: &str, result: &str| board.act(format!("{path}/endings"), 2, ending(on, result)).await;
        end("2018-10-19", "Tốt").await.expect(422).about("/ends_on", "before_start");
        end(&days_ahead(1), "Tốt").await.expect(422).about("/ends_on", "in_the_future");
        end("2021-03-08", " ").await.expect(422).about("/result", "required");
        let ended = end("2021-03-08", "Chi hội nào cũng sinh hoạt đều").await.expect(200);
        assert_eq!((&ended["status"], &ended["ends_on"]), (&json!("ended"), &json!("2021-03-08")));
        assert_eq!(ended["result"], "Chi hội nào cũng sinh hoạt đều");
        assert_eq!(ended.actions(), ["update"]);
        let again = board.act(format!("{path}/endings"), 3, ending("2021-03-08", "Tốt")).await.expect(409);
        assert_eq!(again.because("invalid_transition")["allowed_actions"][0]["action"], "update");

        // Then its end and its result are corrected, too, but not taken back.
        let corrected = board.patch(&path, 3, json!({ "ends_on": "2021-04-01", "result": "Đạt chuẩn" })).await.expect(200);
        assert_eq!((&corrected["ends_on"], &corrected["result"]), (&json!("2021-04-01"), &json!("Đạt chuẩn")));
        board.patch(&path, 4, json!({ "ends_on": null })).await.expect(422).about("/ends_on", "required");
        board.patch(&path, 4, json!({ "result": null })).await.expect(422).about("/result", "required");
        board.patch(&path, 4, json!({ "starts_on": "2021-04-02" })).await.expect(422).about("/ends_on", "before_start");
        assert_eq!(world.user("chua.co.vai").get(&path).await.status, 403);
        assert_eq!(world.chair_of("Vĩnh Hải").get(&path).await.expect(200).actions(), Vec::<&str>::new());
        world.check_books();
    });
}

#[test]
fn who_supports_whom_and_since_when() {
    on_both(async |world| {
        let board = world.board();
        let told = async |supporter: &str, supported: &str, on: &str, field: &str, code: &str| {
            board.post("/unit-supports", support(&world, supporter, supported, on)).await.expect(422).about(field, code);
        };
        told("Vĩnh Hải", "Vĩnh Hải", "2024-01-01", "/supporter_unit_id", "supports_itself").await;
        told("Vĩnh Ngọc", "Vĩnh Hải", "2024-01-01", "/supporter_unit_id", "cannot_support").await;
        told("Đường Đệ", "Vĩnh Hải", "2024-01-01", "/supporter_unit_id", "cannot_support").await;
        told("Nha Trang", "Đường Đệ", "2024-01-01", "/supported_unit_id", "not_a_base_unit").await;
        told("Nha Trang", "Vạn Ninh", "2024-01-01", "/supported_unit_id", "not_a_base_unit").await;
        told("Nha Trang", "Vĩnh Hải", &days_ahead(1), "/starts_on", "in_the_future").await;
        // Vạn Ninh is of 1985, Vạn Giã of 1986.
        told("Vạn Ninh", "Vĩnh Hải", "1985-06-30", "/supporter_unit_id", "unit_not_active").await;
        told("Nha Trang", "Vạn Giã", "1985-12-31", "/supported_unit_id", "unit_not_active").await;
        let mut unknown = support(&world, "Nha Trang", "Vĩnh Hải", "2024-01-01");
        unknown["supporter_unit_id"] = json!(new_id());
        board.post("/unit-supports", unknown).await.expect(422).about("/supporter_unit_id", "unknown_unit");

        // What a unit is on the day counts, not what it is now; and a correction is told about the day it moves.
        let late = json!({ "kind": "base", "name": "Xã mới", "parent_id": world.unit("Nha Trang"), "founded_on": "2020-01-01" });
        let late = board.post("/units", late).await.expect(201).id();
        let mut body = support(&world, "Nha Trang", "Vĩnh Hải", "2021-01-01");
        body["supported_unit_id"] = json!(late);
        let made = board.post("/unit-supports", body.clone()).await.expect(201).id();
        let path = format!("/unit-supports/{made}");
        board.patch(&path, 1, json!({ "starts_on": "2019-12-31" })).await.expect(422).about("/starts_on", "unit_not_active");
        let affiliated = json!({ "effective_on": "2023-01-01", "kind": "affiliated", "legal_basis": "x" });
        let other =
            json!({ "kind": "base", "name": "Hội Công an", "parent_id": world.unit("Khánh Hòa"), "founded_on": "2020-01-01" });
        let other = board.post("/units", other).await.expect(201).id();
        board.act(format!("/units/{other}/changes"), 1, affiliated).await.expect(200);
        body["supporter_unit_id"] = json!(other);
        body["starts_on"] = json!("2022-12-31");
        board.post("/unit-supports", body.clone()).await.expect(422).about("/supporter_unit_id", "cannot_support");
        body["starts_on"] = json!("2023-01-01");
        board.post("/unit-supports", body).await.expect(201);

        // The kept books of the province are not for others to write.
        let right = support(&world, "Nha Trang", "Vĩnh Hải", "2024-01-01");
        for name in ["chutich.vinhhai", "huyen.vanninh", "thuongtruc", "it.hai"] {
            world.user(name).post("/unit-supports", right.clone()).await.expect(403);
            world.user(name).patch(&path, 1, json!({ "reason": "Khác" })).await.expect(403);
        }
    });
}

#[test]
fn the_same_two_once_at_a_time() {
    on_both(async |world| {
        let board = world.board();
        let begin =
            async |supporter: &str, on: &str| board.post("/unit-supports", support(&world, supporter, "Vĩnh Ngọc", on)).await;
        let end = async |id: &str, version: i64, on: &str| {
            board.act(format!("/unit-supports/{id}/endings"), version, json!({ "ends_on": on, "result": "Đạt chuẩn" })).await
        };
        let first = begin("Nha Trang", "2018-01-01").await.expect(201).id();
        for on in ["2017-01-01", "2018-01-01", &days_ago(0)] {
            begin("Nha Trang", on).await.expect(422).about("/starts_on", "supports_overlap");
        }
        begin("Vạn Ninh", "2018-01-01").await.expect(201);
        end(&first, 1, "2020-01-01").await.expect(200);
        begin("Nha Trang", "2019-12-31").await.expect(422).about("/starts_on", "supports_overlap");
        begin("Nha Trang", "2017-12-31").await.expect(422).about("/starts_on", "supports_overlap");
        let second = begin("Nha Trang", "2020-01-01").await.expect(201).id();

        // Nor by a correction: each is told about the day that reaches too far.
        let (first, second) = (format!("/unit-supports/{first}"), format!("/unit-supports/{second}"));
        board.patch(&first, 2, json!({ "ends_on": "2020-01-02" })).await.expect(422).about("/ends_on", "supports_overlap");
        board.patch(&second, 1, json!({ "starts_on": "2019-12-31" })).await.expect(422).about("/starts_on", "supports_overlap");
        board.patch(&second, 1, json!({ "starts_on": "2020-02-01" })).await.expect(200);
        board.patch(&first, 2, json!({ "ends_on": "2020-01-02" })).await.expect(200);

        // One that never came to be, taken back on its first day, is in nobody's way.
        let slip = begin("Khánh Hòa", "2021-03-08").await.expect(201).id();
        end(&slip, 1, "2021-03-08").await.expect(200);
        begin("Khánh Hòa", "2020-03-08").await.expect(201);
        board.patch(format!("/unit-supports/{slip}"), 2, json!({ "reason": "Nhập nhầm" })).await.expect(200);
    });
}

#[test]
fn lists_of_supports() {
    on_both(async |world| {
        let board = world.board();
        let mut ids = Vec::new();
        for (supporter, supported, on) in [
            ("Nha Trang", "Vĩnh Ngọc", "2018-03-08"),
            ("Vạn Ninh", "Vĩnh Ngọc", "2017-03-08"),
            ("Nha Trang", "Vạn Giã", "2018-03-08"),
        ] {
            ids.push(board.post("/unit-supports", support(&world, supporter, supported, on)).await.expect(201).id());
        }
        let ending = json!({ "ends_on": "2019-01-01", "result": "Đạt chuẩn" });
        board.act(format!("/unit-supports/{}/endings", ids[0]), 1, ending).await.expect(200);

        // Everybody reads all of them, by first day; those of a unit are those on either side.
        let reader = world.user("chihoi.vangia");
        let found = async |query: &str| reader.get(format!("/unit-supports?{query}")).await.expect(200).each("id");
        let [one, two, three] = [&ids[0], &ids[1], &ids[2]].map(Clone::clone);
        let [here, there] = [&world.cast().inside, &world.cast().outside].map(|side| side.unit_support.clone());
        let all = [&two, &one, &three, &here, &there].map(Clone::clone);
        assert_eq!(found("").await, all);
        assert_eq!(found(&format!("unit={}", world.unit("Nha Trang"))).await, [one.clone(), three.clone()]);
        assert_eq!(found(&format!("unit={}", world.unit("Vĩnh Ngọc"))).await, [two.clone(), one.clone()]);
        assert_eq!(found(&format!("unit={}", world.unit("Khánh Hòa"))).await, [here.clone(), there.clone()]);
        assert_eq!(found(&format!("unit={}", world.unit("Đường Đệ"))).await, Vec::<String>::new());
        assert_eq!(found("status=ended").await, [one.as_str()]);
        assert_eq!(found(&format!("status=active&unit={}", world.unit("Vĩnh Ngọc"))).await, [two.as_str()]);
        assert_eq!(found("status=active&status=ended").await, all);
        reader.get("/unit-supports?status=begun").await.expect(400).about("status", "unknown_value");

        // Page by page, both ways.
        for (sort, wanted) in [("starts_on", all.to_vec()), ("-starts_on", all.iter().rev().cloned().collect::<Vec<_>>())] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = reader.get(format!("/unit-supports?limit=2&sort={sort}{cursor}")).await.expect(200);
                seen.extend(page.each("id"));
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen, wanted, "{sort}");
        }
    });
}
