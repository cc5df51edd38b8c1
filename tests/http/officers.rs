//! People in posts.

use serde_json::{Value, json};

use crate::support::{World, days_ago, days_ahead, on_both};

fn appointment(member: &str, unit: &str, post: &str, starts_on: &str) -> Value {
    json!({ "member_id": member, "unit_id": unit, "post": post, "manner": "elected", "is_full_time": false,
            "seat_kind": "core", "starts_on": starts_on })
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn a_board_through_the_years() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let unit = world.unit("Vĩnh Hải");
        let (first, second, third) = (world.member("Hoàng Thị Ế"), world.member("Võ Thị Dung"), world.member("Lê Thị Bé"));
        let board = async |day: &str| chair.get(format!("/units/{unit}/board?as_of={day}")).await.expect(200);
        let vacant = board(&days_ago(0)).await;
        assert_eq!((&vacant["groups"], &vacant["vacancies"][0]["post"]), (&json!([]), &json!("president")));

        let former = with(
            appointment(&second, &unit, "president", "2016-05-01"),
            json!({ "ends_on": "2021-05-01", "end_reason": "term_end" }),
        );
        assert_eq!(chair.post("/appointments", former).await.expect(201)["status"], "ended");
        let president = chair.post("/appointments", appointment(&first, &unit, "president", "2021-05-01")).await.expect(201);
        let deputy = with(appointment(&second, &unit, "vice_president", "2021-05-01"), json!({ "is_full_time": true }));
        chair.post("/appointments", deputy).await.expect(201);

        let names = |board: &crate::support::Answer| -> Vec<(String, String)> {
            let groups = board["groups"].as_array().unwrap();
            let seat = |group: &Value, seat: &Value| {
                (group["post"].as_str().unwrap().to_owned(), seat["member"]["full_name"].as_str().unwrap().to_owned())
            };
            groups.iter().flat_map(|group| group["seats"].as_array().unwrap().iter().map(move |one| seat(group, one))).collect()
        };
        let pair = |post: &str, name: &str| (post.to_owned(), name.to_owned());
        assert_eq!(names(&board("2021-04-30").await), [pair("president", "Võ Thị Dung")]);
        assert_eq!(names(&board("2021-05-01").await), [pair("president", "Hoàng Thị Ế"), pair("vice_president", "Võ Thị Dung")]);
        assert!(names(&board("2016-04-30").await).is_empty());
        chair.get(format!("/units/{unit}/board?as_of=1977-01-01")).await.expect(404);

        // One president at a time.
        let taken = chair.post("/appointments", appointment(&third, &unit, "president", "2022-01-01")).await.expect(409);
        let taken = taken.about("/post", "post_taken");
        assert_eq!(taken["holder"]["full_name"], "Hoàng Thị Ế");
        chair
            .post("/appointments", appointment(&first, &unit, "president", "2022-01-01"))
            .await
            .expect(409)
            .about("/post", "already_in_post");

        // She resigns; the seat is vacant since that day.
        let ending = json!({ "ends_on": "2024-01-01", "reason": "resigned", "decision_no": "31-QĐ/HPN" });
        let path = format!("/appointments/{}", president.id());
        chair
            .act(format!("{path}/endings"), 1, with(ending.clone(), json!({ "ends_on": days_ahead(1) })))
            .await
            .expect(422)
            .about("/ends_on", "in_the_future");
        let ended = chair.act(format!("{path}/endings"), 1, ending.clone()).await.expect(200);
        assert_eq!((&ended["status"], &ended["end_reason"]), (&json!("ended"), &json!("resigned")));
        chair.act(format!("{path}/endings"), 2, ending).await.expect(409);
        assert_eq!(board(&days_ago(0)).await["vacancies"], json!([{ "post": "president", "since": "2024-01-01" }]));
        chair.post("/appointments", appointment(&third, &unit, "president", "2024-01-01")).await.expect(201);

        // Whoever holds a post does not leave the roll; whoever dies leaves both.
        let leaving = json!({ "kind": "left", "effective_on": days_ago(1), "reason": "Theo nguyện vọng" });
        chair.act(format!("/members/{third}/departures"), 1, leaving).await.expect(409);
        assert!(chair.get("/officers").await.expect(200).each("full_name").contains(&"Lê Thị Bé".to_owned()));
        chair.act(format!("/members/{third}/deaths"), 1, json!({ "died_on": days_ago(1) })).await.expect(200);
        assert!(!chair.get("/officers").await.expect(200).each("full_name").contains(&"Lê Thị Bé".to_owned()));
        let held = chair.get(format!("/appointments?member_id={third}")).await.expect(200);
        assert_eq!((&held.items()[0]["status"], &held.items()[0]["end_reason"]), (&json!("ended"), &json!("died")));
        world.check_books();
    });
}

#[test]
fn which_posts_there_are() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let member = world.member("Trần Thị Ánh");
        let (base, branch) = (world.unit("Vĩnh Hải"), world.unit("Đường Đệ"));
        chair
            .post("/appointments", appointment(&member, &branch, "president", "2024-01-01"))
            .await
            .expect(422)
            .about("/post", "wrong_post");
        chair
            .post("/appointments", appointment(&member, &base, "branch_head", "2024-01-01"))
            .await
            .expect(422)
            .about("/post", "wrong_post");
        let elsewhere = world.member("Huỳnh Thị Yến");
        chair
            .post("/appointments", appointment(&elsewhere, &base, "president", "2024-01-01"))
            .await
            .expect(422)
            .about("/member_id", "unknown_member");
        let left = world.cast().inside.former.clone();
        chair
            .post("/appointments", appointment(&left, &base, "president", "2024-01-01"))
            .await
            .expect(422)
            .about("/member_id", "not_active");
        let young = appointment(&world.member("Hoàng Thị Ế"), &base, "president", "2016-01-01");
        chair.post("/appointments", young).await.expect(422).about("/member_id", "under_age");
        let sector = with(appointment(&member, &base, "committee_member", "2024-01-01"), json!({ "seat_kind": "sector" }));
        chair.post("/appointments", sector.clone()).await.expect(422).about("/sector", "required");
        chair.post("/appointments", with(sector, json!({ "sector": "Giáo dục" }))).await.expect(201);
        let term =
            with(appointment(&member, &base, "standing_member", "2019-01-01"), json!({ "term_id": world.cast().inside.term }));
        chair.post("/appointments", term).await.expect(422).about("/term_id", "unknown_term");
        let term =
            with(appointment(&member, &branch, "branch_deputy", "2019-01-01"), json!({ "term_id": world.cast().inside.term }));
        chair.post("/appointments", term).await.expect(422).about("/starts_on", "outside_term");
    });
}

#[test]
fn a_core_member_who_becomes_an_officer() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let core = world.cast().inside.core.clone();
        chair.post("/appointments", appointment(&core, &world.unit("Đường Đệ"), "branch_deputy", "2024-01-01")).await.expect(201);
        let member = chair.get(format!("/members/{core}")).await.expect(200);
        assert_eq!((member["is_core"].as_bool(), member.version()), (Some(false), 3));
        let period = &chair.get(format!("/members/{core}/core-periods")).await.expect(200).items()[0].clone();
        assert_eq!((&period["valid_to"], &period["end_reason"]), (&json!("2024-01-01"), &json!("became_officer")));
        world.check_books();
    });
}

/// What is missing to the standard of a post, said exactly, and no longer once it is there.
#[test]
fn standards_and_what_is_missing() {
    on_both(async |world| {
        let (board, chair) = (world.board(), world.chair_of("Vĩnh Hải"));
        let (unit, member) = (world.unit("Vĩnh Hải"), world.member("Võ Thị Dung"));
        // A standard of our own, so that the test does not hang on those that ship with the service.
        let standard = json!({ "post": "inspection_head", "unit_kind": "base", "valid_from": "2020-01-01", "legal_basis": "HD 01",
                               "min_general_education": "upper_secondary", "min_professional": "university",
                               "min_political_theory": "intermediate", "required_certificates": ["union_work_certificate"],
                               "max_age_first_term": 45 });
        let standard = board.post("/title-standards", standard).await.expect(201).id();
        chair.post("/appointments", appointment(&member, &unit, "inspection_head", "2021-05-01")).await.expect(201);

        let missing = async |day: &str| -> Vec<(String, String, Value)> {
            let officer = chair.get(format!("/officers/{member}?as_of={day}")).await.expect(200);
            let post = officer["posts"][0].clone();
            assert_eq!(post["standard"]["id"], standard.as_str());
            assert_eq!(post["meets_standard"], post["missing"] == json!([]));
            assert_eq!(post["standard_result"], if post["missing"] == json!([]) { "met" } else { "not_met" });
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            post["missing"]
                .as_array()
                .unwrap()
                .iter()
                .map(|gap| (text(&gap["item"]), text(&gap["required"]), gap["found"].clone()))
                .collect()
        };
        let gap = |item: &str, required: &str, found: Value| (item.to_owned(), required.to_owned(), found);
        let today = days_ago(0);
        // Born 1968-07-30: 52 on her first day.
        let age = gap("age_first_term", "45", json!("52"));
        let at_first = missing(&today).await;
        assert_eq!(
            at_first,
            [
                gap("general_education", "upper_secondary", Value::Null),
                gap("professional", "university", Value::Null),
                gap("political_theory", "intermediate", Value::Null),
                gap("certificate", "union_work_certificate", Value::Null),
                age.clone(),
            ]
        );
        let studied = async |body: Value| chair.post(format!("/officers/{member}/qualifications"), body).await.expect(201);
        studied(json!({ "kind": "general_education", "level": "upper_secondary", "obtained_on": "1986-06-30" })).await;
        studied(json!({ "kind": "professional", "level": "college", "obtained_on": "1990-06-30" })).await;
        studied(json!({ "kind": "political_theory", "level": "advanced", "obtained_on": "2015-06-30" })).await;
        let certificate = studied(json!({ "kind": "union_work_certificate", "obtained_on": "2022-06-30" })).await;
        assert_eq!(missing(&today).await, [gap("professional", "university", json!("college")), age.clone()]);
        assert_eq!(missing("2022-06-29").await.len(), 3, "the certificate was not there yet");
        let degree = studied(json!({ "kind": "professional", "level": "master", "obtained_on": "2023-06-30" })).await;
        assert_eq!(missing(&today).await, std::slice::from_ref(&age));
        // Found not to be genuine.
        let withdrawal = json!({ "withdrawn_on": "2023-07-01", "reason": "Bằng không hợp lệ" });
        chair.act(format!("/qualifications/{}/withdrawals", degree.id()), 1, withdrawal).await.expect(200);
        assert_eq!(missing(&today).await.len(), 2);
        let correction = json!({ "max_age_first_term": null, "min_professional": "college" });
        board.patch(format!("/title-standards/{standard}"), 1, correction).await.expect(200);
        assert!(missing(&today).await.is_empty());
        let meets = async |wanted: bool| chair.get(format!("/officers?meets_standard={wanted}")).await.expect(200).each("id");
        assert!(meets(true).await.contains(&member) && !meets(false).await.contains(&member));

        // A post for which there is no standard says so.
        let other = appointment(&world.member("Hoàng Thị Ế"), &unit, "committee_member", "2021-05-01");
        chair.post("/appointments", other).await.expect(201);
        let officers = chair.get("/officers").await.expect(200);
        let other = officers.items().iter().find(|officer| officer["full_name"] == "Hoàng Thị Ế").unwrap();
        assert_eq!((&other["standard_result"], &other["meets_standard"]), (&json!("no_standard"), &Value::Null));
        assert_eq!(other["posts"][0]["standard_result"], "no_standard");

        // The label is in the language asked for.
        chair
            .act(
                format!("/qualifications/{}/withdrawals", certificate.id()),
                1,
                json!({ "withdrawn_on": "2022-06-30", "reason": "x y" }),
            )
            .await
            .expect(200);
        let vi = chair.get(format!("/officers/{member}")).await.expect(200)["posts"][0]["missing"][0]["label"].clone();
        let en =
            chair.speaking(crate::support::Lang::En).get(format!("/officers/{member}")).await.expect(200)["posts"][0]["missing"]
                [0]["label"]
                .clone();
        assert_ne!(vi, en);

        chair
            .post(format!("/officers/{member}/qualifications"), json!({ "kind": "professional", "obtained_on": "2020-01-01" }))
            .await
            .expect(422)
            .about("/level", "required");
        chair
            .post(
                format!("/officers/{member}/qualifications"),
                json!({ "kind": "political_theory", "level": "master", "obtained_on": "2020-01-01" }),
            )
            .await
            .expect(422)
            .about("/level", "wrong_level");
    });
}

#[test]
fn looking_after_units_and_going_there() {
    on_both(async |world| {
        let (board, chair) = (world.board(), world.chair_of("Vĩnh Hải"));
        let side = &world.cast().inside;
        let charge = chair.get(format!("/units/{}/officer-in-charge", side.unit)).await.expect(200);
        assert_eq!(charge["member"]["full_name"], "Nguyễn Thị Hòa");
        chair.get(format!("/units/{}/officer-in-charge?as_of=2021-12-31", side.unit)).await.expect(404);
        let taken = json!({ "member_id": side.officer, "unit_id": side.unit, "valid_from": "2024-01-01" });
        let taken = chair.post("/unit-assignments", taken).await.expect(409).about("/unit_id", "unit_taken");
        assert_eq!(taken["holder"]["assignment_id"], side.unit_assignment.as_str());
        let path = format!("/unit-assignments/{}", side.unit_assignment);
        chair
            .act(format!("{path}/endings"), 1, json!({ "valid_to": "2022-01-01" }))
            .await
            .expect(422)
            .about("/valid_to", "before_start");
        chair.act(format!("{path}/endings"), 1, json!({ "valid_to": "2024-01-01" })).await.expect(200);
        chair.get(format!("/units/{}/officer-in-charge", side.unit)).await.expect(404);
        let own = json!({ "member_id": side.officer, "unit_id": world.unit("Vĩnh Hải"), "valid_from": "2024-01-01" });
        chair.post("/unit-assignments", own).await.expect(403);
        let nobody = json!({ "member_id": side.member, "unit_id": side.unit, "valid_from": "2024-01-01" });
        chair.post("/unit-assignments", nobody).await.expect(422).about("/member_id", "unknown_officer");

        let visit = format!("/field-visits/{}", side.field_visit);
        board.patch(&visit, 1, json!({ "findings": "Tốt" })).await.expect(422).about("/findings", "not_done_yet");
        board.patch(&visit, 1, json!({ "planned_on": "2026-02-01" })).await.expect(200);
        let done = json!({ "done_on": days_ahead(1), "findings": "Tốt" });
        board.act(format!("{visit}/completions"), 2, done).await.expect(422).about("/done_on", "in_the_future");
        let done = json!({ "done_on": "2026-02-01", "findings": "Chi hội sinh hoạt đều" });
        assert_eq!(board.act(format!("{visit}/completions"), 2, done).await.expect(200)["status"], "done");
        board
            .act(format!("{visit}/cancellations"), 3, json!({ "reason": "Bão" }))
            .await
            .expect(409)
            .because("invalid_transition");
        board.patch(&visit, 3, json!({ "planned_on": "2026-03-01" })).await.expect(409);
        board.patch(&visit, 3, json!({ "findings": "Cần sổ sách" })).await.expect(200);
        let seen = chair.get("/field-visits?status=done").await.expect(200);
        assert_eq!(seen.each("findings"), ["Cần sổ sách"]);
        let hers = json!({ "member_id": side.officer, "unit_id": side.unit, "purpose": "support", "planned_on": "2026-03-15" });
        chair.post("/field-visits", hers).await.expect(403);
    });
}

#[test]
fn terms_do_not_overlap() {
    on_both(async |world: World| {
        let board = world.board();
        let unit = world.unit("Vĩnh Hải");
        let term = |from: &str, to: &str| json!({ "unit_id": unit, "ordinal": "XIII", "name": "Nhiệm kỳ", "starts_on": from, "ends_on": to });
        let first = board.post("/terms", term("2016-01-01", "2021-01-01")).await.expect(201);
        board.post("/terms", term("2020-12-31", "2025-01-01")).await.expect(422).about("/starts_on", "terms_overlap");
        board.post("/terms", term("2021-01-01", "2021-01-01")).await.expect(422).about("/ends_on", "before_start");
        board.post("/terms", term("2021-01-01", "2026-01-01")).await.expect(201);
        let of_day = board.get(format!("/terms?unit={unit}&as_of=2020-06-30")).await.expect(200);
        assert_eq!(of_day.each("id"), [first.id()]);
        board.patch(format!("/terms/{}", first.id()), 1, json!({ "ends_on": "2021-06-01" })).await.expect(422);
        board.patch(format!("/terms/{}", first.id()), 1, json!({ "name": "Nhiệm kỳ 2016 – 2021" })).await.expect(200);
        // An appointment keeps its term from shrinking away from it.
        let member = world.member("Võ Thị Dung");
        let held = with(appointment(&member, &unit, "committee_member", "2017-01-01"), json!({ "term_id": first.id() }));
        world.chair_of("Vĩnh Hải").post("/appointments", held).await.expect(201);
        board
            .patch(format!("/terms/{}", first.id()), 2, json!({ "starts_on": "2018-01-01" }))
            .await
            .expect(409)
            .about("", "appointments_outside");
    });
}

/// With the last post end the units she looked after and her planned visits; a death by mistake gives all back.
#[test]
fn the_dead_look_after_nobody() {
    on_both(async |world: World| {
        let (board, chair, side) = (world.board(), world.chair_of("Vĩnh Hải"), &world.cast().inside);
        let member = format!("/members/{}", side.officer);
        let visit = async || board.get(format!("/field-visits/{}", side.field_visit)).await.expect(200)["status"].clone();
        let charge = async || chair.get(format!("/units/{}/officer-in-charge", side.unit)).await.status;
        let post = async || chair.get(format!("/appointments/{}", side.appointment)).await.expect(200);
        assert_eq!((visit().await, charge().await), (json!("planned"), 200));

        chair.act(format!("{member}/deaths"), 1, json!({ "died_on": days_ago(1) })).await.expect(200);
        assert_eq!((visit().await, charge().await, &post().await["status"]), (json!("cancelled"), 404, &json!("ended")));
        let back = json!({ "reason": "Nhập nhầm người" });
        let head = world.user("chihoi.duongde");
        head.act(format!("{member}/reversals"), 2, back.clone()).await.expect(409).about("", "held_posts");
        chair.act(format!("{member}/reversals"), 2, back.clone()).await.expect(200);
        assert_eq!((visit().await, charge().await, &post().await["status"]), (json!("planned"), 200, &json!("held")));
        assert_eq!((&post().await["ends_on"], &post().await["end_reason"]), (&Value::Null, &Value::Null));

        // Somebody has taken her post since: she keeps her life, the other the post.
        chair.act(format!("{member}/deaths"), 3, json!({ "died_on": days_ago(1) })).await.expect(200);
        let other = appointment(&world.member("Lê Thị Bé"), &side.unit, "branch_head", &days_ago(1));
        chair.post("/appointments", other).await.expect(201);
        assert_eq!(chair.act(format!("{member}/reversals"), 4, back).await.expect(200)["status"], "active");
        assert_eq!((post().await["status"].clone(), charge().await), (json!("ended"), 200));

        // A post that ends in the usual way.
        let own = chair.get(format!("/appointments?member_id={}&status=held", world.member("Lê Thị Bé"))).await.expect(200);
        let plan = json!({ "member_id": world.member("Lê Thị Bé"), "unit_id": side.unit, "purpose": "support", "planned_on": "2027-01-15" });
        let plan = board.post("/field-visits", plan).await.expect(201).id();
        let ending = json!({ "ends_on": days_ago(0), "reason": "resigned" });
        chair.act(format!("/appointments/{}/endings", own.items()[0]["id"].as_str().unwrap()), 1, ending).await.expect(200);
        assert_eq!(board.get(format!("/field-visits/{plan}")).await.expect(200)["status"], "cancelled");
        world.check_books();
    });
}

#[test]
fn the_end_of_an_appointment_is_corrected() {
    on_both(async |world: World| {
        let (chair, side) = (world.chair_of("Vĩnh Hải"), &world.cast().inside);
        let path = format!("/appointments/{}", side.appointment);
        let correct = async |version: i64, body: Value| chair.patch(&path, version, body).await;
        correct(1, json!({ "ends_on": "2024-01-01" })).await.expect(422).about("/ends_on", "not_ended_yet");
        chair.act(format!("{path}/endings"), 1, json!({ "ends_on": "2024-01-01", "reason": "resigned" })).await.expect(200);
        let again = chair.act(format!("{path}/endings"), 2, json!({ "ends_on": "2024-01-01", "reason": "resigned" })).await;
        assert_eq!(again.expect(409).because("invalid_transition")["allowed_actions"][0]["method"], "PATCH");
        correct(2, json!({ "ends_on": null })).await.expect(422).about("/ends_on", "required");
        correct(2, json!({ "ends_on": "2021-03-08" })).await.expect(422).about("/ends_on", "before_start");
        correct(2, json!({ "ends_on": days_ahead(1) })).await.expect(422).about("/ends_on", "in_the_future");
        let ended = correct(2, json!({ "ends_on": "2023-12-01", "end_reason": "dismissed" })).await.expect(200);
        assert_eq!((&ended["ends_on"], &ended["end_reason"]), (&json!("2023-12-01"), &json!("dismissed")));
        // Not into the time of the next.
        let next = appointment(&world.member("Lê Thị Bé"), &side.unit, "branch_head", "2024-01-01");
        chair.post("/appointments", next).await.expect(201);
        correct(3, json!({ "ends_on": "2024-01-02" })).await.expect(409).about("/post", "post_taken");
    });
}
