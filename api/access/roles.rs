//! Who may do what: one table, read from left to right (domain guide 6.2, 6.3, 6.5).
//!
//! A role is held *in a unit*. What it gives reaches either the subtree of that unit or the whole tree, and shows
//! personal fields by the role's [`View`]. Whatever is not in the table is refused.

use crate::code_list;

code_list! {
    /// What somebody, or some program, is trusted with in a unit.
    Role in "roles" {
        BranchHead = "branch_head", "Chi hội trưởng", "Branch head";
        BaseEditor = "base_editor", "Cán bộ nhập liệu Hội cơ sở", "Base unit editor";
        BasePresident = "base_president", "Chủ tịch Hội cơ sở", "Base unit president";
        ClusterCoordinator = "cluster_coordinator", "Cán bộ phụ trách cụm", "Cluster coordinator";
        DistrictOfficer = "district_officer", "Cán bộ Hội cấp huyện", "District officer";
        ProvinceOrg = "province_org", "Ban Tổ chức Hội tỉnh", "Provincial organisation board";
        ProvinceSpecialist = "province_specialist", "Cán bộ ban chuyên môn tỉnh", "Provincial specialist";
        ProvinceLeader = "province_leader", "Thường trực Hội tỉnh", "Provincial leader";
        Inspector = "inspector", "Ủy viên Ủy ban Kiểm tra", "Inspector";
        CaseHandler = "case_handler", "Người được giao xử lý đơn", "Case handler";
        IdentityCustodian = "identity_custodian", "Người giữ danh tính người tố cáo", "Custodian of identities";
        ItAdmin = "it_admin", "Quản trị hệ thống", "IT administrator";
        Auditor = "auditor", "Người xem nhật ký", "Auditor";
        ExportClient = "export_client", "Phần mềm nhận dữ liệu", "Export client";
    }
}

code_list! {
    /// What is done.
    Action in "actions" {
        Read = "read", "Xem", "Read";
        Create = "create", "Thêm", "Create";
        Update = "update", "Sửa", "Update";
        Reveal = "reveal", "Xem dữ liệu che", "Reveal what is masked";
        Confirm = "confirm", "Xác nhận", "Confirm what another has given";
    }
}

code_list! {
    /// On what.
    Resource in "resources" {
        Units = "units", "Tổ chức Hội", "Units";
        Populations = "women_populations", "Số phụ nữ từ 18 tuổi", "Women's populations";
        Supports = "unit_supports", "Hỗ trợ cơ sở Hội", "Supports of base units";
        Members = "members", "Hội viên", "Members";
        Officers = "officers", "Cán bộ", "Officers";
        Standards = "standards", "Chuẩn chức danh, nhiệm kỳ", "Title standards and terms";
        Visits = "field_visits", "Đi cơ sở", "Field visits";
        Trainings = "trainings", "Đào tạo, bồi dưỡng", "Trainings";
        Inspections = "inspections", "Kiểm tra, giám sát", "Inspections";
        InspectionChecklists = "inspection_checklists", "Phiếu kiểm tra", "Inspection checklists";
        Complaints = "complaints", "Đơn thư", "Complaints";
        ComplaintFigures = "complaint_figures", "Số liệu đơn thư", "Figures of complaints";
        Identities = "complaint_identities", "Danh tính người tố cáo", "Identities of denouncers";
        Calendar = "calendar", "Ngày nghỉ, thời hạn", "Holidays and time limits";
        Accounts = "accounts", "Tài khoản", "Accounts";
        Clients = "clients", "Phần mềm kết nối", "Clients";
        Audit = "audit_events", "Nhật ký", "Audit trail";
    }
}

/// How far a right reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The unit the role is held in, and everything below it.
    Subtree,
    /// The whole tree, wherever the role is held.
    Whole,
}

/// Which personal fields of a member a role needs, and so may see (domain guide 6.5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum View {
    /// Name, unit and standing; number and phone as asterisks, year of birth, residential area.
    #[default]
    Masked,
    /// Of one's own unit: phone, full date of birth, address; last three digits of the citizen number.
    Own,
    /// As `Own`, with ethnic group, religion and special groups that need consent.
    OwnSensitive,
}

/// What tells of people.
const CONTENT: [Resource; 7] = [
    Resource::Members,
    Resource::Officers,
    Resource::Visits,
    Resource::Trainings,
    Resource::Inspections,
    Resource::Complaints,
    Resource::Identities,
];

impl Role {
    pub const fn view(self) -> View {
        match self {
            Self::BranchHead => View::Own,
            Self::BaseEditor | Self::BasePresident => View::OwnSensitive,
            _ => View::Masked,
        }
    }

    /// The kinds of unit (codes of the list `unit_kinds`) that the role is held in.
    pub const fn unit_kinds(self) -> &'static [&'static str] {
        match self {
            Self::BranchHead => &["branch"],
            Self::BaseEditor | Self::BasePresident => &["base", "affiliated"],
            Self::ClusterCoordinator => &["district", "base", "affiliated"],
            Self::DistrictOfficer => &["district"],
            Self::Inspector | Self::CaseHandler => &["province", "district", "base"],
            Self::ProvinceOrg
            | Self::ProvinceSpecialist
            | Self::ProvinceLeader
            | Self::ItAdmin
            | Self::Auditor
            | Self::IdentityCustodian
            | Self::ExportClient => &["province"],
        }
    }

    /// Whether it opens records of people. Then one person alone cannot give it: whoever administers accounts could
    /// give herself, by a second account, what is kept from her.
    ///
    /// The auditor reads no record itself, but what was changed in it.
    pub fn shows_content(self) -> bool {
        self == Self::Auditor || CONTENT.iter().any(|it| self.may(Action::Read, *it).is_some())
    }

    /// The table.
    pub const fn may(self, action: Action, resource: Resource) -> Option<Reach> {
        use Action::{Confirm, Create, Read, Reveal, Update};
        use Reach::{Subtree, Whole};
        use Resource::{
            Accounts, Audit, Calendar, Clients, ComplaintFigures, Complaints, Identities, InspectionChecklists, Inspections,
            Members, Officers, Populations, Standards, Supports, Trainings, Units, Visits,
        };
        use Role::{
            Auditor, BaseEditor, BasePresident, BranchHead, CaseHandler, ClusterCoordinator, DistrictOfficer, ExportClient,
            IdentityCustodian, Inspector, ItAdmin, ProvinceLeader, ProvinceOrg, ProvinceSpecialist,
        };
        match (resource, action, self) {
            // The tree, its figures and its rules are no secret inside the union.
            (Units | Populations | Supports | Standards, Read, _) => Some(Whole),
            (Units, Create | Update, ProvinceOrg) => Some(Subtree),
            // The province itself, once: before there is a unit nobody can hold a role in one.
            (Units, Create, ItAdmin) => Some(Whole),
            // A base unit's president keeps its contact and the branches below it (rules.rs of units narrows further).
            (Units, Create | Update, BasePresident) => Some(Subtree),
            (Populations, Create | Update, BaseEditor | BasePresident | ProvinceOrg) => Some(Subtree),
            (Supports | Standards, Create | Update, ProvinceOrg) => Some(Subtree),

            (
                Members,
                Read,
                BranchHead | BaseEditor | BasePresident | ClusterCoordinator | DistrictOfficer | ProvinceOrg | ProvinceLeader
                | Inspector,
            ) => Some(Subtree),
            (Members, Create | Update, BranchHead | BaseEditor | BasePresident) => Some(Subtree),
            (Members, Reveal, BasePresident | ProvinceOrg) => Some(Subtree),

            (
                Officers,
                Read,
                BranchHead | BaseEditor | BasePresident | ClusterCoordinator | DistrictOfficer | ProvinceOrg | ProvinceSpecialist
                | ProvinceLeader | Inspector,
            ) => Some(Subtree),
            (Officers, Create | Update, BaseEditor | BasePresident | ProvinceOrg) => Some(Subtree),

            (
                Visits,
                Read,
                BasePresident | BaseEditor | ClusterCoordinator | DistrictOfficer | ProvinceOrg | ProvinceSpecialist
                | ProvinceLeader | Inspector,
            ) => Some(Subtree),
            (Visits, Create | Update, ClusterCoordinator | ProvinceOrg | ProvinceSpecialist | ProvinceLeader | Inspector) => {
                Some(Subtree)
            }

            // Who may take which step is the machine's own (`MACHINE` of each resource); here is only who takes any.
            (
                Trainings,
                Read,
                BranchHead | BaseEditor | BasePresident | ClusterCoordinator | DistrictOfficer | ProvinceOrg | ProvinceSpecialist
                | ProvinceLeader | Inspector,
            ) => Some(Subtree),
            (Trainings, Create, BranchHead | BaseEditor | BasePresident | ProvinceOrg | ProvinceSpecialist) => Some(Subtree),
            (Trainings, Update, BranchHead | BaseEditor | BasePresident | ProvinceOrg | ProvinceSpecialist | ProvinceLeader) => {
                Some(Subtree)
            }

            (
                Inspections,
                Read,
                BasePresident | ClusterCoordinator | ProvinceOrg | ProvinceSpecialist | ProvinceLeader | Inspector,
            ) => Some(Subtree),
            (Inspections, Create, BasePresident | Inspector) => Some(Subtree),
            (Inspections, Update, BasePresident | ProvinceLeader | Inspector) => Some(Subtree),
            // What is asked is no secret; the province keeps it (of inspectors, those of a province: inspections/checklists.rs).
            (InspectionChecklists, Read, _) => Some(Whole),
            (InspectionChecklists, Create | Update, ProvinceOrg | ProvinceLeader | Inspector) => Some(Subtree),

            // Whoever takes a petition in sees no more of it than its code and day; the rules of complaints narrow further.
            (Complaints, Create, BranchHead | BaseEditor | BasePresident | ProvinceLeader | Inspector | CaseHandler) => {
                Some(Subtree)
            }
            (Complaints, Read | Update, BasePresident | ProvinceLeader | Inspector | CaseHandler) => Some(Subtree),
            (ComplaintFigures, Read, ClusterCoordinator | ProvinceOrg | ProvinceLeader | Inspector) => Some(Subtree),
            // Asked for by who handles the case, opened by who keeps them.
            (Identities, Read, Inspector | CaseHandler | IdentityCustodian) => Some(Subtree),
            (Identities, Create | Reveal, Inspector | CaseHandler) => Some(Subtree),
            (Identities, Confirm | Update, IdentityCustodian) => Some(Subtree),
            (Calendar, Read, _) => Some(Whole),
            (Calendar, Create | Update, ItAdmin | ProvinceOrg) => Some(Whole),

            // What the IT administrator gives, the organisation board confirms.
            (Accounts, Confirm, ProvinceOrg) => Some(Subtree),
            (Accounts | Clients, Read | Create | Update, ItAdmin) => Some(Whole),
            (Accounts | Clients, Read, Auditor) => Some(Whole),
            (Audit, Read, ItAdmin | Auditor) => Some(Whole),
            (Audit, Read, BasePresident | ProvinceOrg | ProvinceLeader) => Some(Subtree),
            (_, _, ExportClient) => None,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_it_administrator_sees_no_content() {
        for resource in CONTENT.iter().chain(&[Resource::ComplaintFigures]) {
            for action in Action::ALL {
                assert_eq!(Role::ItAdmin.may(*action, *resource), None);
            }
        }
    }

    #[test]
    fn nobody_but_the_it_administrator_gives_rights() {
        for role in Role::ALL.iter().filter(|role| **role != Role::ItAdmin) {
            assert_eq!(role.may(Action::Create, Resource::Accounts), None);
            assert_eq!(role.may(Action::Update, Resource::Accounts), None);
        }
    }

    #[test]
    fn who_gives_rights_to_content_does_not_confirm_them() {
        for role in Role::ALL {
            assert!(
                role.may(Action::Update, Resource::Accounts).is_none() || role.may(Action::Confirm, Resource::Accounts).is_none(),
                "{role}"
            );
        }
        let without: Vec<&Role> = Role::ALL.iter().filter(|role| !role.shows_content()).collect();
        assert_eq!(without, [&Role::ItAdmin, &Role::ExportClient]);
    }

    #[test]
    fn roles_are_held_in_kinds_that_there_are() {
        for role in Role::ALL {
            assert!(!role.unit_kinds().is_empty());
            for kind in role.unit_kinds() {
                assert!(kind.parse::<crate::units::UnitKind>().is_ok(), "{role} {kind}");
            }
        }
    }

    #[test]
    fn who_may_write_may_read() {
        for role in Role::ALL {
            for resource in Resource::ALL {
                for action in [Action::Create, Action::Update, Action::Reveal] {
                    // A petition is taken in by many and read by few.
                    let intake = (action, *resource) == (Action::Create, Resource::Complaints);
                    if role.may(action, *resource).is_some() && !intake {
                        assert!(role.may(Action::Read, *resource).is_some(), "{role} {action} {resource}");
                    }
                }
            }
        }
    }
}
