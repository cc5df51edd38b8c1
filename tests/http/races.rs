//! Two at once, of which only one can be right: on both databases one of them is told so.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, Database, PASSWORD, World, engines, on_both};

/// So often each pair is sent; one race alone may be won by luck.
const ROUNDS: usize = 8;

/// Sends both at once; who succeeded.
async fn race(first: Ask, second: Ask) -> (Answer, Answer) {
    let second = actix_web::rt::spawn(async move { second.await });
    let first = first.await;
    (first, second.await.unwrap())
}

/// One of the two, and the other is told why not.
#[track_caller]
fn only_one((first, second): (Answer, Answer)) {
    let good = |answer: &Answer| (200..300).contains(&answer.status);
    assert!(good(&first) != good(&second), "both or none:\n{first:?}\n{second:?}");
    let refused = if good(&first) { second } else { first };
    assert!([404, 409, 412, 422].contains(&refused.status), "{refused:?}");
}

/// A branch of its own in Vĩnh Hải.
async fn branch(world: &World, name: &str, round: usize) -> String {
    let unit = json!({ "kind": "branch", "name": format!("Chi hội {name} {round}"), "parent_id": world.unit("Vĩnh Hải"), "founded_on": "2010-03-08" });
    world.board().post("/units", unit).await.expect(201).id()
}

fn person(unit: &str, name: &str, round: usize) -> Value {
    json!({ "unit_id": unit, "full_name": format!("Tô Thị {name} {round}"), "date_of_birth": "1990-01-01", "joined_on": "2018-03-08" })
}

fn post(member: &str, unit: &str) -> Value {
    json!({ "member_id": member, "unit_id": unit, "post": "branch_deputy", "manner": "elected", "is_full_time": false,
            "seat_kind": "core", "starts_on": "2024-03-08" })
}

#[test]
fn a_unit_closes_and_somebody_is_admitted() {
    on_both(async |world| {
        let (chair, board) = (world.chair_of("Vĩnh Hải"), world.board());
        for round in 0..ROUNDS {
            let unit = branch(&world, "đóng", round).await;
            let close = board.act(
                format!("/units/{unit}/closures"),
                1,
                json!({ "effective_on": "2024-03-08", "legal_basis": "13-QĐ/HPN" }),
            );
            only_one(race(close, chair.post("/members", person(&unit, "Đóng", round))).await);
        }
        world.check_books();
    });
}

#[test]
fn two_units_take_one_code() {
    on_both(async |world| {
        let board = world.board();
        for round in 0..ROUNDS {
            let unit = |name: &str| {
                json!({ "kind": "base", "name": format!("Phường {name} {round}"), "code": format!("9{round:04}"),
                        "parent_id": world.unit("Nha Trang"), "founded_on": "2010-01-01" })
            };
            only_one(race(board.post("/units", unit("một")), board.post("/units", unit("hai"))).await);
        }
    });
}

#[test]
fn two_terms_two_committees_two_standards_and_two_supports_overlap() {
    on_both(async |world| {
        let board = world.board();
        let twice = async |path: &str, body: Value| only_one(race(board.post(path, body.clone()), board.post(path, body)).await);
        for round in 0..ROUNDS {
            let unit = branch(&world, "nhiệm kỳ", round).await;
            let term = json!({ "unit_id": unit, "ordinal": "I", "name": "Nhiệm kỳ đầu", "starts_on": "2022-01-01", "ends_on": "2027-01-01" });
            twice("/terms", term).await;
            let number = json!({ "scheme": "central_union", "value": format!("CU-{round}"), "valid_from": "2021-03-08" });
            twice(&format!("/units/{unit}/external-ids"), number).await;
        }
        for (place, kind, post) in
            [("Vĩnh Ngọc", "club", "club_head"), ("Nha Trang", "team", "club_head"), ("Vạn Ninh", "group", "group_deputy")]
        {
            let body = json!({ "kind": "standing_committee", "valid_from": "2021-03-08" });
            twice(&format!("/units/{}/bodies", world.unit(place)), body).await;
            let standard = json!({ "post": post, "unit_kind": kind, "valid_from": "2024-01-01", "legal_basis": "14-HD/ĐCT",
                                   "required_certificates": ["union_work_certificate"] });
            twice("/title-standards", standard).await;
        }
        for supporter in ["Nha Trang", "Vạn Ninh", "Khánh Hòa"] {
            let support = json!({ "supporter_unit_id": world.unit(supporter), "supported_unit_id": world.unit("Vĩnh Ngọc"),
                                  "reason": "Xã miền núi", "starts_on": "2021-03-08" });
            twice("/unit-supports", support).await;
        }
    });
}

#[test]
fn an_ending_is_sent_twice() {
    on_both(async |world| {
        let (board, side) = (world.board(), &world.cast().inside);
        let ending = json!({ "effective_on": "2024-03-08", "reason": "Hết nhiệm kỳ" });
        for path in
            [format!("/unit-bodies/{}/endings", side.unit_body), format!("/unit-external-ids/{}/endings", side.unit_external_id)]
        {
            only_one(race(board.act(&path, 1, ending.clone()), board.act(&path, 1, ending.clone())).await);
        }
    });
}

#[test]
fn somebody_leaves_or_becomes_core_and_is_appointed() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let unit = world.unit("Ba Làng");
        for round in 0..ROUNDS {
            let id = chair.post("/members", person(&unit, "Đi", round)).await.expect(201).id();
            let left = json!({ "kind": "left", "effective_on": "2024-01-01", "reason": "Chuyển đi" });
            let leave = chair.act(format!("/members/{id}/departures"), 1, left);
            let (left, appointed) = race(leave, chair.post("/appointments", post(&id, &unit))).await;
            // Whoever leaves first holds no post; whoever is appointed first leaves with it ended, or not yet.
            let open = world.database().number(&format!(
                "SELECT count(*) AS value FROM appointments a JOIN members m ON m.id = a.member_id \
                 WHERE m.id = {} AND m.status <> 'active' AND a.ends_on IS NULL",
                world.database().id(&id)
            ));
            assert_eq!(open, 0, "gone, and in a post:\n{left:?}\n{appointed:?}");

            let id = chair.post("/members", person(&unit, "Nòng Cốt", round)).await.expect(201).id();
            let core = chair.act(format!("/members/{id}/core-periods"), 1, json!({ "effective_on": "2024-01-01" }));
            let (core, appointed) = race(core, chair.post("/appointments", post(&id, &unit))).await;
            let both = world.database().number(&format!(
                "SELECT count(*) AS value FROM core_periods c JOIN appointments a ON a.member_id = c.member_id \
                 WHERE c.member_id = {} AND c.valid_to IS NULL AND a.ends_on IS NULL",
                world.database().id(&id)
            ));
            assert_eq!(both, 0, "core member and officer:\n{core:?}\n{appointed:?}");
        }
        world.check_books();
    });
}

#[test]
fn two_provinces_begin_one_tree() {
    for engine in [engines(), engines()].concat() {
        actix_web::rt::System::new().block_on(async {
            let world = World::empty(Database::empty(engine)).await;
            let code = hoicoso::access::commands::ensure_first_administrator(&world.db()).await.unwrap().unwrap();
            let reset = json!({ "username": "admin", "code": code, "new_password": PASSWORD });
            world.nobody().post("/password-resets", reset).await.expect(204);
            let admin = world.signed_in("admin").await;
            let province = |code: &str| {
                json!({ "kind": "province", "name": format!("Tỉnh {code}"), "code": code, "founded_on": "1976-01-01" })
            };
            only_one(race(admin.post("/units", province("56")), admin.post("/units", province("58"))).await);
            world.stop().await;
        });
    }
}

#[test]
fn one_day_is_added_and_one_year_loaded_by_two() {
    on_both(async |world| {
        let (board, admin) = (world.board(), world.user("it.hai"));
        for round in 0..ROUNDS {
            let day = json!({ "day": format!("2040-03-{:02}", round + 1), "kind": "day_off", "name": "Nghỉ", "provenance": "announced",
                              "legal_basis": "1/TB-BNV" });
            only_one(race(board.post("/holidays", day.clone()), admin.post("/holidays", day)).await);
            let year = json!({ "year": 2050 + round, "provenance": "announced", "legal_basis": "1/TB-BNV", "holidays": [] });
            only_one(race(board.post("/holiday-years", year.clone()), admin.post("/holiday-years", year)).await);
        }
        world.check_books();
    });
}
