//! Lists: complete, in order, and only for whom they were made.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, World, on_both};

/// Given names in the order of the Vietnamese alphabet, tone by tone.
const IN_ORDER: [&str; 12] = ["An", "Ân", "Bích", "Chi", "Cúc", "Dung", "Đào", "Hà", "Hạ", "Oanh", "Ơn", "Yến"];

/// 120 members in one branch, admitted in an order of their own.
async fn crowd(world: &World) -> Caller {
    let chair = world.chair_of("Vĩnh Hải");
    let unit = world.unit("Ba Làng");
    let families = ["Bùi", "Đặng", "Đinh", "Lê", "Ngô", "Nguyễn", "Phạm", "Trần", "Võ", "Vũ"];
    let mut items: Vec<Value> = (0..120)
        .map(|place: usize| {
            let (given, family) = (IN_ORDER[place % 12], families[(place / 12 * 7) % 10]);
            let member = json!({ "unit_id": unit, "full_name": format!("{family} Thị {given}"), "date_of_birth": format!("19{}-0{}-11", 60 + place % 30, 1 + place % 9),
                                 "joined_on": "2015-03-08" });
            json!({ "member": member })
        })
        .collect();
    items.reverse();
    chair.post("/members/batch", json!({ "items": items })).key("crowd").await.expect(201);
    chair
}

async fn walk(caller: &Caller, first: &str) -> Vec<Answer> {
    let mut pages = vec![caller.get(first).await.expect(200)];
    while let Some(next) = pages.last().unwrap()["next"].as_str() {
        let joint = if first.contains('?') { '&' } else { '?' };
        let page = caller.get(format!("{first}{joint}cursor={next}")).await.expect(200);
        pages.push(page);
        assert!(pages.len() < 200, "it has no end");
    }
    pages
}

fn all(pages: &[Answer], field: &str) -> Vec<String> {
    pages.iter().flat_map(|page| page.each(field)).collect()
}

#[test]
fn a_long_list_is_walked_both_ways() {
    on_both(async |world| {
        let chair = crowd(&world).await;
        let unit = world.unit("Ba Làng");
        let whole = chair.get(format!("/members?unit={unit}&limit=200")).await.expect(200);
        assert_eq!(whole.items().len(), 121);
        let pages = walk(&chair, &format!("/members?unit={unit}&limit=7")).await;
        assert_eq!(pages.len(), 18);
        assert_eq!(all(&pages, "id"), whole.each("id"), "complete, without doubles, in one order");
        let mut back = all(&walk(&chair, &format!("/members?unit={unit}&limit=7&sort=-name")).await, "id");
        back.reverse();
        assert_eq!(back, whole.each("id"));

        // Given names first, as lists here go.
        let given: Vec<String> = whole.each("full_name").iter().map(|name| name.rsplit(' ').next().unwrap().to_owned()).collect();
        let mut turns = given.clone();
        turns.dedup();
        assert_eq!(turns, IN_ORDER);
        let first = &whole.each("full_name")[..10];
        let mut families: Vec<String> = first.iter().map(|name| name.split(' ').next().unwrap().to_owned()).collect();
        families.dedup();
        assert_eq!(families, ["Bùi", "Đặng", "Đinh", "Lê", "Ngô", "Nguyễn", "Phạm", "Trần", "Võ", "Vũ"]);

        // The same with a search, and over a wider subtree with its total.
        let found = walk(&chair, "/members?q=thi%20h&limit=3").await;
        let names = all(&found, "full_name");
        assert!(names.len() >= 20 && names.iter().all(|name| name.contains("Thị H")), "{names:?}");
        let mut back = all(&walk(&chair, "/members?q=thi%20h&limit=3&sort=-name").await, "id");
        back.reverse();
        assert_eq!(back, all(&found, "id"));
        let everybody = walk(&chair, "/members?limit=50").await;
        assert_eq!(all(&everybody, "id").len(), 127);
        assert!(everybody.iter().all(|page| page["total"] == 127));

        // The header says the same as the body.
        let link = pages[0].header("link").unwrap();
        let next = link.trim_start_matches('<').split('>').next().unwrap();
        assert!(link.ends_with("rel=\"next\""));
        assert_eq!(chair.get(next).await.expect(200).each("id"), pages[1].each("id"));
        assert_eq!(pages.last().unwrap().header("link"), None);
    });
}

/// Who comes or goes while somebody turns the pages neither doubles nor hides another.
#[test]
fn a_list_that_changes_while_it_is_walked() {
    on_both(async |world| {
        let chair = crowd(&world).await;
        let unit = world.unit("Ba Làng");
        let before = chair.get(format!("/members?unit={unit}&limit=200")).await.expect(200);
        let list = format!("/members?unit={unit}&limit=10");
        let first = chair.get(&list).await.expect(200);
        // The last of page one leaves: the cursor is a place, not a row.
        let anchor = first.items().last().unwrap()["id"].as_str().unwrap().to_owned();
        let left = json!({ "kind": "left", "effective_on": "2024-01-01", "reason": "Xin thôi" });
        chair.act(format!("/members/{anchor}/departures"), 1, left).await.expect(200);
        let new = json!({ "unit_id": unit, "full_name": "Aa Thị An", "date_of_birth": "1990-01-01", "joined_on": "2020-03-08" });
        chair.post("/members", new).await.expect(201);
        let mut pages = vec![first];
        while let Some(next) = pages.last().unwrap()["next"].as_str() {
            let page = chair.get(format!("{list}&cursor={next}")).await.expect(200);
            pages.push(page);
        }
        assert_eq!(all(&pages, "id"), before.each("id"));
    });
}

#[test]
fn a_cursor_is_for_one_caller_and_one_list() {
    on_both(async |world| {
        let chair = crowd(&world).await;
        let first = chair.get("/members?limit=5&q=thi").await.expect(200);
        let cursor = first.text("next");
        chair.get(format!("/members?limit=9&q=thi&cursor={cursor}")).await.expect(200);
        for other in
            ["limit=5&q=th", "limit=5", "limit=5&q=thi&sort=-name", "limit=5&q=thi&is_core=false", "limit=5&q=thi&fields=id"]
        {
            chair.get(format!("/members?{other}&cursor={cursor}")).await.expect(400).because("cursor_mismatch");
        }
        chair.get(format!("/units?limit=5&q=thi&cursor={cursor}")).await.expect(400).because("cursor_mismatch");
        // Somebody else's is no cursor at all, even one's neighbour's in the same office.
        for thief in ["nhaplieu.vinhhai", "chutich.vangia", "bantochuc"] {
            world.user(thief).get(format!("/members?limit=5&q=thi&cursor={cursor}")).await.expect(400).because("cursor_invalid");
        }
        let damaged = format!("{}x", &cursor[..cursor.len() - 1]);
        for bad in [damaged.as_str(), "c1.", "c1.abc", "c2.abcdef", "c1.%2F%2F", &cursor[..20]] {
            let answer = chair.get(format!("/members?limit=5&q=thi&cursor={bad}")).await.expect(400);
            assert_eq!(answer["code"], "cursor_invalid", "{bad}");
        }
        assert!(
            !String::from_utf8_lossy(
                &base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &cursor[3..]).unwrap()
            )
            .contains("Thị")
        );
    });
}

#[test]
fn limits_and_names_of_parameters() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        for (query, parameter, code) in [
            ("limit=0", "limit", "range"),
            ("limit=201", "limit", "range"),
            ("limit=many", "limit", "invalid_value"),
            ("sort=age", "sort", "unknown_value"),
            ("fields=id,pasword", "fields", "unknown_value"),
            ("include=units", "include", "unknown_value"),
            ("status=gone", "status", "unknown_value"),
            ("joined_from=2025-02-30", "joined_from", "invalid_value"),
            ("within=abc", "within", "invalid_value"),
            ("is_core=yes", "is_core", "invalid_value"),
            ("updated_since=yesterday", "updated_since", "invalid_value"),
            ("statsu=active", "statsu", "unknown_parameter"),
        ] {
            chair.get(format!("/members?{query}")).await.expect(400).about(parameter, code);
        }
        let hint = chair.speaking(crate::support::Lang::En).get("/members?statsu=active").await.expect(400);
        assert!(hint.body().contains("did you mean status?"));
        chair.get("/members?limit=200").await.expect(200);
        chair.get("/members?limit=1&limit=2").await.expect(400);
    });
}

#[test]
fn filters_and_sparse_fields() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let names = async |query: &str| chair.get(format!("/members?{query}")).await.expect(200).each("full_name");
        assert_eq!(names("joined_from=2012-03-08&joined_to=2012-03-08").await, ["Phạm Thị Đào"]);
        assert_eq!(names("is_core=true").await, ["Mai Thị Đường Đệ"]);
        assert_eq!(names("status=left").await, ["Cao Thị Đường Đệ"]);
        assert_eq!(names("status=left&status=active").await.len(), 8);
        assert_eq!(names(&format!("within={}", world.unit("Đường Đệ"))).await.len(), 5);
        assert_eq!(names(&format!("unit={}", world.unit("Đường Đệ"))).await.len(), 4);
        assert_eq!(names("kind=honorary").await.len(), 0);
        let sparse = chair.get("/members?fields=full_name&limit=2").await.expect(200);
        let keys: Vec<&String> = sparse.items()[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "full_name"]);
        let with_unit = chair.get("/members?include=unit&limit=1").await.expect(200);
        assert!(with_unit.items()[0]["unit"]["name"].is_string());
        // By last change.
        let id = world.member("Trần Thị Ánh");
        let changed = chair.patch(format!("/members/{id}"), 1, json!({ "address": "Số 1" })).await.expect(200).text("updated_at");
        assert_eq!(names(&format!("updated_since={changed}")).await, ["Trần Thị Ánh"]);
    });
}

#[test]
fn units_in_order() {
    on_both(async |world| {
        let board = world.board();
        let pages = walk(&board, "/units?limit=3").await;
        let ids = all(&pages, "id");
        assert_eq!(ids.len(), 14);
        let mut back = all(&walk(&board, "/units?limit=3&sort=-name").await, "id");
        back.reverse();
        assert_eq!(ids, back);
        let was = all(&walk(&board, "/units?limit=3&as_of=2000-01-01").await, "name");
        assert_eq!(was.len(), 12, "the two clubs were not there yet: {was:?}");
    });
}
