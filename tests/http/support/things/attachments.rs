//! What there is of attachments in every world, who may do what with it, and requests that are right.

use hoicoso::access::Role::{
    self, BaseEditor, BasePresident, ClusterCoordinator, DistrictOfficer, Inspector, ProvinceLeader, ProvinceOrg,
    ProvinceSpecialist,
};
use serde_json::json;

use super::super::{
    ask::Caller,
    cast::{Cast, Side},
    contract::Operation,
    new_id,
    operations::{Row, one},
    world::World,
};

/// One of each kind, in one place.
#[derive(Clone, Debug, Default)]
pub struct Things {
    /// On the visit, which not everybody may see.
    pub on_visit: String,
    /// On the support, which everybody may see and the board may change.
    pub on_support: String,
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        Self { on_visit: new_id(), on_support: new_id() }
    }
}

/// Makes them in the place of `side`, by `chair` (president there) and `board`; others enter by `cast::enter`.
pub async fn make(_world: &World, _cast: &mut Cast, side: &Side, _chair: &Caller, board: &Caller) -> Things {
    let send = async |kind: &str, id: &str| {
        let path = format!("/attachments?owner_resource={kind}&owner_id={id}&file_name=Ghi%20ch%C3%A9p.txt");
        let ask = board.ask("POST", path).header("content-type", "application/octet-stream");
        ask.bytes("Chi hội sinh hoạt đều").await.expect(201).id()
    };
    Things {
        on_visit: send("field_visits", &side.field_visit).await,
        on_support: send("unit_supports", &side.unit_support).await,
    }
}

const READERS: &[Role] =
    &[BaseEditor, BasePresident, ClusterCoordinator, DistrictOfficer, ProvinceOrg, ProvinceSpecialist, ProvinceLeader, Inspector];
const KEEPERS: &[Role] = &[ProvinceOrg];

pub fn rows() -> Vec<Row> {
    vec![
        one("list_attachments", READERS),
        one("get_attachment", READERS).unseen(404),
        one("get_attachment_content", READERS).unseen(404),
        one("list_attachment_events", READERS).unseen(404),
        one("create_attachment", KEEPERS).status(201),
        one("delete_attachment", KEEPERS).body(|_| json!({ "reason": "Gửi nhầm tệp" })),
    ]
}

/// The address of what names its owner in the query.
pub fn address(operation: &Operation, side: &Side) -> Option<String> {
    let on = |kind: &str, id: &str| format!("{}?owner_resource={kind}&owner_id={id}", operation.path);
    match operation.id.as_str() {
        "list_attachments" => Some(on("field_visits", &side.field_visit)),
        "create_attachment" => Some(format!("{}&file_name=a.txt", on("unit_supports", &side.unit_support))),
        _ => None,
    }
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, operation: &Operation, side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    let id = if operation.id == "delete_attachment" { &side.attachments.on_support } else { &side.attachments.on_visit };
    (resource == "attachments").then(|| ("attachments", id.clone()))
}
