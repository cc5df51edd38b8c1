//! Somebody to sign in as, for each role.

use super::{
    dice::Ids,
    offices::{Holder, Offices},
    rows::{AccountRow, RoleRow, put},
    world::World,
};
use crate::{
    access::Role,
    db::{AnyConnection, Instant},
    http::{Locale, Result},
    keys::random_bytes,
};

/// An account of the demonstration.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DemoAccount {
    pub username: String,
    pub role: Role,
    /// The name of the unit the role is held in.
    pub unit: String,
    /// Whose account it is.
    pub name: String,
}

impl DemoAccount {
    pub const fn role_label(&self, locale: Locale) -> &'static str {
        self.role.label(locale)
    }
}

const VINH_HAI: &str = "22330";
const VAN_GIA: &str = "22489";
const NHA_TRANG: &str = "568";
const VAN_NINH: &str = "571";
const KHANH_HOA: &str = "56";

/// Sign-in name, role, code of the unit, branch of the unit (from 1), post of the member whose account it is.
const ACCOUNTS: &[(&str, Role, &str, usize, Option<&str>)] = &[
    ("chutich.vinhhai", Role::BasePresident, VINH_HAI, 0, Some("president")),
    ("nhaplieu.vinhhai", Role::BaseEditor, VINH_HAI, 0, Some("vice_president")),
    ("chihoi.vinhhai1", Role::BranchHead, VINH_HAI, 1, Some("branch_head")),
    ("chihoi.vinhhai2", Role::BranchHead, VINH_HAI, 2, Some("branch_head")),
    ("chutich.vangia", Role::BasePresident, VAN_GIA, 0, Some("president")),
    ("cum.nhatrang", Role::ClusterCoordinator, NHA_TRANG, 0, None),
    ("huyen.vanninh", Role::DistrictOfficer, VAN_NINH, 0, Some("vice_president")),
    ("bantochuc", Role::ProvinceOrg, KHANH_HOA, 0, Some("department_head")),
    ("thuongtruc", Role::ProvinceLeader, KHANH_HOA, 0, Some("president")),
    ("chuyenmon", Role::ProvinceSpecialist, KHANH_HOA, 0, Some("specialist")),
    ("kiemtra", Role::Inspector, KHANH_HOA, 0, Some("inspection_head")),
    ("xuly.donthu", Role::CaseHandler, KHANH_HOA, 0, None),
    ("giu.danhtinh", Role::IdentityCustodian, KHANH_HOA, 0, None),
    ("it", Role::ItAdmin, KHANH_HOA, 0, None),
    ("giamsat", Role::Auditor, KHANH_HOA, 0, None),
];

/// Writes the accounts, all with one password.
pub(super) fn write(
    connection: &mut AnyConnection,
    world: &World,
    offices: &Offices<'_>,
    seed: u64,
    password: &str,
) -> Result<Vec<DemoAccount>> {
    let password_hash = crate::access::passwords::hash_here(password)?;
    let mut ids = Ids::new(seed, 4, world.now);
    let (mut accounts, mut roles, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for &(username, role, code, branch, post) in ACCOUNTS {
        let mut node = world.coded(code)?;
        if branch > 0 {
            let base = world.bases.iter().find(|base| base.board.node == node);
            // A province of few members may have fewer branches.
            let Some(branch) = base.and_then(|base| base.branches.get(branch - 1)) else { continue };
            node = branch.node;
        }
        let holder: Option<&Holder> = post.and_then(|post| offices.holders.get(&(node, post)));
        let display_name =
            holder.map_or_else(|| format!("{} (trình diễn)", role.label(Locale::Vi)), |holder| holder.name.clone());
        let id = ids.make();
        shown.push(DemoAccount {
            username: username.into(),
            role,
            unit: world.nodes[node].name.clone(),
            name: display_name.clone(),
        });
        accounts.push(AccountRow {
            id,
            version: 1,
            created_at: world.now,
            updated_at: world.now,
            username,
            display_name,
            password_hash: password_hash.clone(),
            must_change_password: false,
            password_changed_at: Some(Instant::now()),
            status: "active",
            member_id: holder.map(|holder| holder.member_id),
        });
        roles.push(RoleRow {
            id: ids.make(),
            version: 1,
            created_at: world.now,
            updated_at: world.now,
            principal_id: id,
            role,
            unit_id: world.id(node),
            valid_from: world.today,
            valid_to: None,
        });
    }
    put!(connection, accounts, accounts);
    put!(connection, role_assignments, roles);
    Ok(shown)
}

const WORDS: [&str; 64] = [
    "bien", "song", "nui", "rung", "hoa", "sen", "lua", "gao", "dua", "cam", "chanh", "xoai", "mit", "buoi", "tre", "truc",
    "mai", "dao", "cuc", "lan", "gio", "mua", "nang", "may", "trang", "sao", "troi", "dat", "da", "cat", "thuyen", "buom", "cau",
    "duong", "nha", "cua", "ban", "ghe", "den", "sach", "but", "giay", "ao", "non", "khan", "chim", "ca", "tom", "cua", "oc",
    "trau", "ga", "vit", "meo", "cho", "ong", "buong", "muoi", "duong", "tieu", "gung", "nghe", "que", "tra",
];

/// Five words by chance, a new one for each installation: easy to type, not to guess within the limits of sign-in.
pub(super) fn password() -> String {
    random_bytes::<5>().map(|byte| WORDS[usize::from(byte) % WORDS.len()]).join("-")
}
