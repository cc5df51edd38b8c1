//! Who and what there is in every world: a small province, made once for each engine and copied for each test.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use hoicoso::access::{Role, commands};
use serde_json::{Value, json};

use super::{
    ask::Caller,
    database::{Database, Engine},
    things,
    world::World,
};

/// Of every account of the cast.
pub const PASSWORD: &str = "con mèo nằm trên mái ngói";

/// Short name, kind, official name, code, short name of the parent, first day.
type UnitLine = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>, &'static str);
const UNITS: &[UnitLine] = &[
    ("Khánh Hòa", "province", "Hội LHPN tỉnh Khánh Hòa", Some("56"), None, "1976-01-01"),
    ("Nha Trang", "district", "Hội LHPN thành phố Nha Trang", Some("568"), Some("Khánh Hòa"), "1977-03-30"),
    ("Vạn Ninh", "district", "Hội LHPN huyện Vạn Ninh", Some("571"), Some("Khánh Hòa"), "1985-07-01"),
    ("Vĩnh Hải", "base", "Phường Vĩnh Hải", Some("22330"), Some("Nha Trang"), "1978-01-01"),
    ("Vĩnh Ngọc", "base", "Xã Vĩnh Ngọc", Some("22396"), Some("Nha Trang"), "1978-01-01"),
    ("Vạn Giã", "base", "Thị trấn Vạn Giã", Some("22489"), Some("Vạn Ninh"), "1986-01-01"),
    ("Đường Đệ", "branch", "Chi hội Đường Đệ", Some("DD"), Some("Vĩnh Hải"), "1990-03-08"),
    ("Ba Làng", "branch", "Chi hội Ba Làng", None, Some("Vĩnh Hải"), "1990-03-08"),
    ("Tổ 1", "group", "Tổ phụ nữ số 1", None, Some("Đường Đệ"), "1995-10-20"),
    ("Xuân Lạc", "branch", "Chi hội Xuân Lạc", None, Some("Vĩnh Ngọc"), "1990-03-08"),
    ("Chi hội 1", "branch", "Chi hội số 1", Some("VG.01"), Some("Vạn Giã"), "1990-03-08"),
    ("Tổ 7", "group", "Tổ phụ nữ số 7", None, Some("Chi hội 1"), "1995-10-20"),
];

/// Sign-in name, and the roles with the short names of their units.
const ACCOUNTS: &[(&str, &[(Role, &str)])] = &[
    ("bantochuc", &[(Role::ProvinceOrg, "Khánh Hòa")]),
    ("thuongtruc", &[(Role::ProvinceLeader, "Khánh Hòa")]),
    ("chuyenmon", &[(Role::ProvinceSpecialist, "Khánh Hòa")]),
    ("kiemtra", &[(Role::Inspector, "Khánh Hòa")]),
    ("kiemtra.hai", &[(Role::Inspector, "Khánh Hòa")]),
    ("giamsat", &[(Role::Auditor, "Khánh Hòa")]),
    ("it.hai", &[(Role::ItAdmin, "Khánh Hòa")]),
    ("cum.nhatrang", &[(Role::ClusterCoordinator, "Nha Trang")]),
    ("huyen.vanninh", &[(Role::DistrictOfficer, "Vạn Ninh")]),
    ("chutich.vinhhai", &[(Role::BasePresident, "Vĩnh Hải")]),
    ("nhaplieu.vinhhai", &[(Role::BaseEditor, "Vĩnh Hải")]),
    ("chihoi.duongde", &[(Role::BranchHead, "Đường Đệ")]),
    ("chutich.vangia", &[(Role::BasePresident, "Vạn Giã")]),
    ("chihoi.vangia", &[(Role::BranchHead, "Chi hội 1")]),
    // Two roles in two places: president here, branch head there.
    ("hai.vai", &[(Role::BasePresident, "Vĩnh Ngọc"), (Role::BranchHead, "Chi hội 1")]),
    ("chua.co.vai", &[]),
    // The walkers: each role once, held where Đường Đệ lies inside and Chi hội 1 outside.
    ("walk.branch_head", &[(Role::BranchHead, "Đường Đệ")]),
    ("walk.base_editor", &[(Role::BaseEditor, "Vĩnh Hải")]),
    ("walk.base_president", &[(Role::BasePresident, "Vĩnh Hải")]),
    ("walk.cluster_coordinator", &[(Role::ClusterCoordinator, "Nha Trang")]),
    ("walk.district_officer", &[(Role::DistrictOfficer, "Nha Trang")]),
    ("walk.province_org", &[(Role::ProvinceOrg, "Khánh Hòa")]),
    ("walk.province_specialist", &[(Role::ProvinceSpecialist, "Khánh Hòa")]),
    ("walk.province_leader", &[(Role::ProvinceLeader, "Khánh Hòa")]),
    ("walk.inspector", &[(Role::Inspector, "Nha Trang")]),
    ("walk.case_handler", &[(Role::CaseHandler, "Nha Trang")]),
    ("walk.identity_custodian", &[(Role::IdentityCustodian, "Khánh Hòa")]),
    ("walk.it_admin", &[(Role::ItAdmin, "Khánh Hòa")]),
    ("walk.auditor", &[(Role::Auditor, "Khánh Hòa")]),
];

/// Short name, sex and birth, unit, day of joining, and what else is known.
const MEMBERS: &[(&str, &str, &str, &str)] = &[
    ("Nguyễn Thị Hòa", "1980-05-17", "Đường Đệ", "2005-03-08"),
    ("Trần Thị Ánh", "1985-01-02", "Đường Đệ", "2010-10-20"),
    ("Lê Thị Bé", "1972", "Đường Đệ", "1999-10-20"),
    ("Phạm Thị Đào", "1990-11", "Tổ 1", "2012-03-08"),
    ("Võ Thị Dung", "1968-07-30", "Ba Làng", "1995-03-08"),
    ("Hoàng Thị Ế", "1999-02-28", "Vĩnh Hải", "2018-03-08"),
    ("Đặng Thị Lan", "1988-04-04", "Xuân Lạc", "2015-03-08"),
    ("Bùi Thị Mai", "1991-06-06", "Vĩnh Ngọc", "2016-03-08"),
    ("Huỳnh Thị Yến", "1979-09-09", "Chi hội 1", "2003-03-08"),
    ("Phan Thị Xuân", "1983-12-12", "Chi hội 1", "2008-10-20"),
    ("Ngô Thị Ước", "1995-03-03", "Tổ 7", "2017-03-08"),
    ("Đỗ Thị Vân", "1970-10-10", "Vạn Giã", "1996-03-08"),
];

/// Ids of everything, and how to sign in.
#[derive(Debug, Default)]
pub struct Cast {
    pub units: BTreeMap<String, String>,
    pub members: BTreeMap<String, String>,
    pub accounts: BTreeMap<String, String>,
    pub refresh_tokens: BTreeMap<String, String>,
    /// At home and elsewhere: one of each kind of object in Đường Đệ, and one in Chi hội 1.
    pub inside: Side,
    pub outside: Side,
    pub export_client: Machine,
    /// Some standard, and some role of somebody's.
    pub title_standard: String,
    pub role_assignment: String,
}

/// A service client with a role.
#[derive(Debug, Default)]
pub struct Machine {
    pub id: String,
    pub client_id: String,
    pub secret: String,
}

/// One of each kind of object, in one place.
#[derive(Clone, Debug, Default)]
pub struct Side {
    pub unit: String,
    /// The base unit it stands in.
    pub base: String,
    /// A unit below it, without members.
    pub empty_unit: String,
    pub member: String,
    pub member_name: String,
    pub member_birth: String,
    /// A role in the unit that waits to be confirmed.
    pub pending: String,
    /// The province.
    pub province: String,
    /// Another unit of the province, to move to.
    pub elsewhere: String,
    /// One who has left.
    pub former: String,
    /// One with a post.
    pub officer: String,
    /// One who is a core member.
    pub core: String,
    pub appointment: String,
    pub qualification: String,
    pub unit_assignment: String,
    pub field_visit: String,
    pub term: String,
    pub women_population: String,
    pub unit_body: String,
    pub unit_external_id: String,
    /// The district above the base unit.
    pub district: String,
    /// By the province, for the base unit.
    pub unit_support: String,
    pub trainings: things::trainings::Things,
    pub inspections: things::inspections::Things,
    pub complaints: things::complaints::Things,
    pub attachments: things::attachments::Things,
    pub calendar: things::calendar::Things,
    pub vault: things::vault::Things,
}

/// A cast and the database that every test copies.
pub struct Made {
    pub cast: Arc<Cast>,
    pub database: Database,
}

pub fn of(engine: Engine) -> &'static Made {
    static SQLITE: OnceLock<Option<Made>> = OnceLock::new();
    static POSTGRES: OnceLock<Option<Made>> = OnceLock::new();
    let place = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    // What fails once is not tried again by every test.
    let made = place.get_or_init(|| std::panic::catch_unwind(|| actix_web::rt::System::new().block_on(make(engine))).ok());
    made.as_ref().unwrap_or_else(|| panic!("the cast on {engine:?} could not be made: see the first failure"))
}

async fn make(engine: Engine) -> Made {
    let database = Database::empty(engine);
    let url = database.url.clone();
    let world = World::start(database, Arc::default(), |_| {}).await;
    let cast = build(&world).await;
    world.check_books();
    let database = world.end().await;
    assert_eq!(database.url, url);
    database.settle();
    Made { cast: Arc::new(cast), database }
}

async fn build(world: &World) -> Cast {
    let mut cast = Cast::default();
    let db = world.db();
    let code = commands::ensure_first_administrator(&db).await.unwrap();
    // The service may have made her itself when it started.
    let code = match code {
        Some(code) => code,
        None => commands::issue_password_code(&db, "admin").await.unwrap().0,
    };
    let reset = json!({ "username": "admin", "code": code, "new_password": PASSWORD });
    world.nobody().post("/password-resets", reset).await.expect(204);
    let admin = enter(world, &mut cast, "admin").await;

    let mut by = admin.clone();
    for (short, kind, name, code, parent, founded_on) in UNITS {
        let unit = json!({ "kind": kind, "name": name, "code": code, "founded_on": founded_on,
                           "parent_id": parent.map(|parent| cast.units[parent].clone()) });
        let id = by.post("/units", unit).await.expect(201).id();
        cast.units.insert((*short).into(), id);
        if parent.is_none() {
            account(world, &mut cast, "bantochuc", &[(Role::ProvinceOrg, short)]).await;
            by = enter(world, &mut cast, "bantochuc").await;
        }
    }
    for (name, roles) in ACCOUNTS.iter().skip(1) {
        account(world, &mut cast, name, roles).await;
    }
    // Roles of the province reach the whole of it. So that the walk has an outside for them, too, they are moved down, to
    // where nobody could be given them.
    let walkers = ["walk.province_org", "walk.province_specialist", "walk.province_leader", "walk.identity_custodian"];
    for name in walkers {
        let (unit, account) = (world.database().id(&cast.units["Nha Trang"]), world.database().id(&cast.accounts[name]));
        world.database().execute(&format!("UPDATE role_assignments SET unit_id = {unit} WHERE principal_id = {account}"));
    }
    let client = json!({ "client_id": "tram-xuat", "name": "Trạm xuất số liệu", "kind": "service" });
    let client = admin.post("/clients", client).await.expect(201);
    let role = json!({ "role": "export_client", "unit_id": cast.units["Khánh Hòa"] });
    admin.post(format!("/clients/{}/role-assignments", client.id()), role).await.expect(201);
    cast.export_client = Machine { id: client.id(), client_id: "tram-xuat".into(), secret: client.text("client_secret") };
    let held = admin.get(format!("/accounts/{}/role-assignments", cast.accounts["chihoi.vangia"])).await.expect(200);
    cast.role_assignment = held.each("id").remove(0);
    cast.title_standard = admin.get("/title-standards").await.expect(200).each("id").remove(0);

    let here = enter(world, &mut cast, "chutich.vinhhai").await;
    let next = enter(world, &mut cast, "hai.vai").await;
    let there = enter(world, &mut cast, "chutich.vangia").await;
    let board = enter(world, &mut cast, "bantochuc").await;
    for (place, (name, birth, unit, joined_on)) in MEMBERS.iter().enumerate() {
        let by = match *unit {
            "Xuân Lạc" | "Vĩnh Ngọc" => &next,
            "Chi hội 1" | "Tổ 7" | "Vạn Giã" => &there,
            _ => &here,
        };
        let member = json!({
            "full_name": name, "date_of_birth": birth, "unit_id": cast.units[*unit], "joined_on": joined_on,
            "phone": format!("09051234{place:02}"), "address": format!("Số {place}, đường Hai Tháng Tư"),
            "national_id": format!("0561{}00{:04}", &birth[2..4], 1000 + place), "decision_no": "01-QĐ/HPN",
            "sensitive_consent_on": "2020-01-01", "ethnic_group_code": "01", "special_groups": ["rural"],
        });
        let id = by.post("/members", member).await.expect(201).id();
        cast.members.insert((*name).into(), id);
    }
    cast.inside = side(&here, &board, &cast, "Đường Đệ", ["Nguyễn Thị Hòa", "Trần Thị Ánh"]).await;
    cast.outside = side(&there, &board, &cast, "Chi hội 1", ["Huỳnh Thị Yến", "Phan Thị Xuân"]).await;
    for is_inside in [true, false] {
        let (mut side, chair) = if is_inside { (cast.inside.clone(), &here) } else { (cast.outside.clone(), &there) };
        side.trainings = things::trainings::make(world, &mut cast, &side, chair, &board).await;
        side.inspections = things::inspections::make(world, &mut cast, &side, chair, &board).await;
        side.complaints = things::complaints::make(world, &mut cast, &side, chair, &board).await;
        side.attachments = things::attachments::make(world, &mut cast, &side, chair, &board).await;
        side.calendar = things::calendar::make(world, &mut cast, &side, chair, &board).await;
        side.vault = things::vault::make(world, &mut cast, &side, is_inside).await;
        *if is_inside { &mut cast.inside } else { &mut cast.outside } = side;
    }
    let path = format!("/accounts/{}/role-assignments", cast.accounts["chua.co.vai"]);
    for side in [&mut cast.inside, &mut cast.outside] {
        let role = json!({ "role": "branch_head", "unit_id": side.unit });
        side.pending = admin.post(&path, role).await.expect(201).id();
    }
    let names: Vec<&str> = ACCOUNTS.iter().map(|(name, _)| *name).collect();
    for name in names {
        // Anew also for those who have entered: their roles may be others by now.
        enter(world, &mut cast, name).await;
    }
    enter(world, &mut cast, "admin").await;
    cast
}

/// An account with its roles.
async fn account(world: &World, cast: &mut Cast, name: &str, roles: &[(Role, &str)]) {
    let db = world.db();
    let id = commands::create_user(&db, name, &format!("Tài khoản {name}"), None).await.unwrap();
    commands::set_password(&db, name, PASSWORD, false).await.unwrap();
    for (role, unit) in roles {
        commands::give_role(&db, name, *role, Some(cast.units[*unit].parse().unwrap()), None).await.unwrap();
    }
    cast.accounts.insert(name.into(), id.to_string());
}

/// Signs in; the refresh token stays unused for the copies of this world.
pub(super) async fn enter(world: &World, cast: &mut Cast, name: &str) -> Caller {
    let answer = world.sign_in(name, PASSWORD).await.expect(200);
    cast.refresh_tokens.insert(name.into(), answer.text("refresh_token"));
    let caller = world.bearer(&answer.text("access_token"));
    if name == "admin" {
        cast.accounts.insert(name.into(), caller.get("/me").await.expect(200).id());
    }
    caller
}

/// One of each kind of object in one branch.
async fn side(chair: &Caller, board: &Caller, cast: &Cast, branch: &str, [officer, member]: [&str; 2]) -> Side {
    let unit = cast.units[branch].clone();
    let [base, district] = if branch == "Đường Đệ" { ["Vĩnh Hải", "Nha Trang"] } else { ["Vạn Giã", "Vạn Ninh"] }
        .map(|name| cast.units[name].clone());
    let made = async |path: &str, body: Value| chair.post(path, body).await.expect(201).id();
    let person = |name: &str, birth: &str| json!({ "full_name": format!("{name} {branch}"), "date_of_birth": birth, "unit_id": unit, "joined_on": "2010-03-08" });
    let empty_unit = made(
        "/units",
        json!({ "kind": "club", "name": format!("Câu lạc bộ {branch}"), "parent_id": unit, "founded_on": "2020-03-08" }),
    )
    .await;
    let former = made("/members", person("Cao Thị", "1965-05-05")).await;
    let left = json!({ "kind": "left", "effective_on": "2021-06-01", "reason": "Chuyển đi tỉnh khác" });
    chair.act(format!("/members/{former}/departures"), 1, left).await.expect(200);
    let core = made("/members", person("Mai Thị", "1986-06-16")).await;
    chair.act(format!("/members/{core}/core-periods"), 1, json!({ "effective_on": "2022-01-01" })).await.expect(200);
    let officer = cast.members[officer].clone();
    let appointment = json!({ "member_id": officer, "unit_id": unit, "post": "branch_head", "manner": "elected",
                              "is_full_time": false, "seat_kind": "core", "starts_on": "2021-03-08", "decision_no": "02-QĐ/HPN" });
    let appointment = made("/appointments", appointment).await;
    let qualification = json!({ "kind": "professional", "level": "college", "field": "Kế toán", "obtained_on": "2002-06-30" });
    let qualification = made(&format!("/officers/{officer}/qualifications"), qualification).await;
    let assignment = json!({ "member_id": officer, "unit_id": unit, "valid_from": "2022-01-01", "reason": "Phân công" });
    let unit_assignment = made("/unit-assignments", assignment).await;
    let visit = json!({ "member_id": officer, "unit_id": unit, "purpose": "support", "planned_on": "2026-01-15" });
    let field_visit = board.post("/field-visits", visit).await.expect(201).id();
    let term = json!({ "unit_id": unit, "ordinal": "V", "name": format!("Nhiệm kỳ của {branch}"), "starts_on": "2020-01-01",
                       "ends_on": "2030-01-01" });
    let term = board.post("/terms", term).await.expect(201).id();
    let population = json!({ "basis": "statistics", "women_count": 120, "counted_on": "2023-04-01", "source": "Sổ hộ tịch" });
    let women_population = made(&format!("/units/{unit}/women-populations"), population).await;
    let body = json!({ "kind": "executive_committee", "valid_from": "2021-03-08" });
    let unit_body = board.post(format!("/units/{base}/bodies"), body).await.expect(201).id();
    let number = json!({ "scheme": "central_union", "value": format!("CU-{}", cast.members.len() + branch.len()), "valid_from": "2021-03-08" });
    let unit_external_id = board.post(format!("/units/{unit}/external-ids"), number).await.expect(201).id();
    let support = json!({ "supporter_unit_id": cast.units["Khánh Hòa"], "supported_unit_id": base, "reason": "Phong trào còn yếu",
                          "starts_on": "2022-03-08" });
    let unit_support = board.post("/unit-supports", support).await.expect(201).id();
    Side {
        unit,
        base,
        empty_unit,
        member: cast.members[member].clone(),
        member_name: member.into(),
        member_birth: MEMBERS.iter().find(|(name, ..)| *name == member).map(|(_, birth, ..)| (*birth).into()).unwrap_or_default(),
        pending: String::new(),
        province: cast.units["Khánh Hòa"].clone(),
        elsewhere: cast.units["Ba Làng"].clone(),
        former,
        officer,
        core,
        appointment,
        qualification,
        unit_assignment,
        field_visit,
        term,
        women_population,
        unit_body,
        unit_external_id,
        district,
        unit_support,
        ..Side::default()
    }
}
