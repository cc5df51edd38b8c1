//! What there is of the identity vault and the public door in every world: a proposal to the base unit, handed in without an
//! account by somebody whom the vault holds, and a request to be shown who she is.

use hoicoso::access::Role::{self, BasePresident, CaseHandler, IdentityCustodian, Inspector, ProvinceLeader};
use serde_json::{Value, json};

use super::super::{
    cast::{self, Cast, Side},
    contract::Operation,
    database::Engine,
    new_id,
    operations::{Row, list, one, public},
    world::World,
};

#[derive(Clone, Debug, Default)]
pub struct Things {
    pub case: String,
    pub code: String,
    pub pin: String,
    /// Waits for a custodian.
    pub disclosure: String,
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        Self { case: new_id(), code: "KH-0000-00".into(), pin: "0000-0000".into(), disclosure: new_id() }
    }
}

pub async fn make(world: &World, cast: &mut Cast, side: &Side, is_inside: bool) -> Things {
    let handed_in = world.nobody().post("/public/petitions", petition(side)).await.expect(201);
    let (code, pin) = (handed_in.text("code"), handed_in.text("pin"));
    let database = world.database();
    let case = database.id_where("complaints", &format!("code = '{code}'"));
    let sql = database.id(&case);
    database.execute(&format!("UPDATE complaints SET competence = 'own' WHERE id = {sql}"));
    if is_inside {
        for role in ["province_leader", "case_handler"] {
            let account = database.id(&cast.accounts[&format!("walk.{role}")]);
            let columns = "id, complaint_id, account_id, is_lead, appointed_at";
            let falsehood = if world.engine() == Engine::Sqlite { "0" } else { "false" };
            database.execute(&format!(
                "INSERT INTO complaint_handlers ({columns}) VALUES ({}, {sql}, {account}, {falsehood}, 1)",
                database.id(&new_id())
            ));
        }
    }
    let inspector = cast::enter(world, cast, "kiemtra").await;
    let asked = inspector.post(format!("/complaints/{case}/identity-disclosures"), request()).await.expect(201);
    Things { case, code, pin, disclosure: asked.id() }
}

fn petition(side: &Side) -> Value {
    json!({
        "kind": "proposal", "content": "Đề nghị Hội mở lớp may cho chị em", "about": "Lớp dạy nghề", "unit_id": side.base,
        "custody": "vault",
        "petitioner": { "full_name": "Trịnh Thị Ngọc Sương", "address": "Số 12/7, đường Cây Bàng", "phone": "0905 123 456",
                        "national_id": "056190012345", "note": "Gọi sau 19 giờ" },
    })
}

fn request() -> Value {
    json!({ "party_ordinal": 1, "reason": "Xác minh điều kiện thụ lý" })
}

const SEEING: &[Role] = &[BasePresident, ProvinceLeader, Inspector, CaseHandler];
const ASKING: &[Role] = &[Inspector, CaseHandler];
const KNOWING: &[Role] = &[Inspector, CaseHandler, IdentityCustodian];
const KEEPING: &[Role] = &[IdentityCustodian];

pub fn rows() -> Vec<Row> {
    vec![
        public("hand_in_petition").status(201).body(petition),
        public("look_up_petition").body(|side| json!({ "code": side.vault.code, "pin": side.vault.pin })),
        public("send_petition_message")
            .status(201)
            .body(|side| json!({ "code": side.vault.code, "pin": side.vault.pin, "text": "Tôi có thêm ảnh chụp" })),
        // There is no result yet: the story rates one that has.
        public("rate_petition").status(409).body(|side| json!({ "code": side.vault.code, "pin": side.vault.pin, "rating": 4 })),
        one("list_complaint_messages", SEEING),
        one("send_complaint_message", SEEING).body(|_| json!({ "text": "Đề nghị gửi thêm bản chụp" })),
        list("list_identity_disclosures", KNOWING),
        one("get_identity_disclosure", KNOWING),
        one("list_identity_disclosure_events", KNOWING),
        one("create_identity_disclosure", ASKING).body(|_| request()),
        one("confirm_identity_disclosure", KEEPING),
        one("refuse_identity_disclosure", KEEPING),
        // Of those who may ask, only who has asked is shown it: see the story.
        one("disclose_identity", ASKING).status(403),
    ]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, operation: &Operation, side: &Side) -> Option<(&'static str, String)> {
    match (resource, operation.id.as_str()) {
        ("identity-disclosures", _) => Some(("identity_disclosures", side.vault.disclosure.clone())),
        ("complaints", "list_complaint_messages" | "send_complaint_message" | "create_identity_disclosure") => {
            Some(("complaints", side.vault.case.clone()))
        }
        _ => None,
    }
}
