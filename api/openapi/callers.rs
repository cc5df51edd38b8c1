//! Who may call an operation, said from the table of rights itself, so that it cannot be wrong. (The permission walk
//! holds the same against what the service does.)

use serde_json::Value;

use crate::{
    access::{Action, Reach, Resource, Role},
    app::API,
    http::Locale,
    trainings::machine::{COURSE_MAKERS, ORGANISERS, PROPOSERS},
};

/// Where the rules of a resource (units/rules.rs) leave fewer roles than the table: whom they leave.
const NARROWED: &[(&str, &[Role])] = &[
    ("create_deadline_policy", &[Role::ProvinceOrg]),
    ("end_deadline_policy", &[Role::ProvinceOrg]),
    ("create_unit_body", &[Role::ProvinceOrg]),
    ("end_unit_body", &[Role::ProvinceOrg]),
    ("create_unit_external_id", &[Role::BasePresident, Role::ProvinceOrg]),
    ("create_training_need", PROPOSERS),
    ("generate_training_needs", PROPOSERS),
    ("create_training_plan", ORGANISERS),
    ("update_training_plan", ORGANISERS),
    ("create_course", COURSE_MAKERS),
    ("update_course", COURSE_MAKERS),
    ("list_invitation_proposals", COURSE_MAKERS),
    ("create_course_session", COURSE_MAKERS),
    ("update_training_session", COURSE_MAKERS),
    ("close_session_attendance", COURSE_MAKERS),
    ("record_session_attendances", COURSE_MAKERS),
    ("issue_attendance_code", COURSE_MAKERS),
    ("issue_certificate", ORGANISERS),
    // And inspectors of a province (inspections/checklists.rs).
    ("create_inspection_checklist", &[Role::ProvinceOrg, Role::ProvinceLeader]),
    ("change_inspection_checklist", &[Role::ProvinceOrg, Role::ProvinceLeader]),
    ("end_inspection_checklist", &[Role::ProvinceOrg, Role::ProvinceLeader]),
    ("get_complaint_original", &[Role::Inspector]),
];

/// Ends each description with a sentence about its callers.
pub(super) fn say(document: &mut Value, locale: Locale) {
    super::dress::each_operation(document, |path, _, operation| {
        let said = operation["description"].as_str().unwrap_or_default();
        operation["description"] = format!("{said}\n\n{}", sentence(path, operation, locale)).trim().into();
    });
}

fn sentence(path: &str, operation: &Value, locale: Locale) -> String {
    let say = |vi: &str, en: &str| match locale {
        Locale::Vi => format!("**Ai được dùng:** {vi}."),
        Locale::En => format!("**Who may:** {en}."),
    };
    if operation["security"].as_array().is_none_or(Vec::is_empty) {
        return say("mọi người, không cần đăng nhập", "everybody, signed in or not");
    }
    let id = operation["operationId"].as_str().unwrap_or_default();
    if path.strip_prefix(API).is_some_and(|path| path.starts_with("/attachments")) {
        return match operation_writes(id) {
            false => say("người được xem hồ sơ mà tệp đính kèm vào", "whoever may see what the file hangs on"),
            true => say("người được sửa hồ sơ mà tệp đính kèm vào", "whoever may change what the file hangs on"),
        };
    }
    let Some((action, resource)) = right(path, id) else {
        return say("mọi người đã đăng nhập", "everybody who is signed in");
    };
    let narrowed = NARROWED.iter().find(|(known, _)| *known == id).map(|(_, roles)| roles.to_vec());
    let stepping = || steps(path, id);
    let left = narrowed.or_else(stepping).unwrap_or_else(|| Role::ALL.to_vec());
    let with =
        |reach: Reach| -> Vec<Role> { left.iter().copied().filter(|role| role.may(action, resource) == Some(reach)).collect() };
    let names = |roles: &[Role], locale: Locale| match (roles.len() == Role::ALL.len(), locale) {
        (true, Locale::Vi) => "mọi vai trò".to_owned(),
        (true, Locale::En) => "every role".to_owned(),
        (false, locale) => roles.iter().map(|role| role.label(locale)).collect::<Vec<_>>().join(", "),
    };
    let (below, all) = match id {
        // Rights of two resources: the inspector by her cases, the auditor by her trail.
        "list_complaint_audit_events" => (vec![Role::Inspector], vec![Role::Auditor]),
        _ => (with(Reach::Subtree), with(Reach::Whole)),
    };
    let parts = |locale: Locale, below_them: &str, everywhere: &str| {
        [(&below, below_them), (&all, everywhere)]
            .into_iter()
            .filter(|(roles, _)| !roles.is_empty())
            .map(|(roles, words)| format!("{} – {words}", names(roles, locale)))
            .collect::<Vec<_>>()
            .join("; ")
    };
    say(
        &parts(Locale::Vi, "trong đơn vị được giao vai trò và các đơn vị bên dưới", "ở mọi đơn vị"),
        &parts(Locale::En, "in the unit of the role and below it", "everywhere"),
    )
}

/// The roles that take the step which this operation is, if it is one of a machine.
fn steps(path: &str, id: &str) -> Option<Vec<Role>> {
    if operation_writes(id) { crate::machine::all().find_map(|machine| machine.roles_at(path)) } else { None }
}

fn operation_writes(id: &str) -> bool {
    !id.starts_with("get_") && !id.starts_with("list_")
}

/// What a caller must be allowed to do, on what. None: being signed in is enough.
fn right(path: &str, id: &str) -> Option<(Action, Resource)> {
    let action = match id.split('_').next()? {
        // What waits to be confirmed is listed for those who may confirm it.
        _ if id.starts_with("list_pending_") => Action::Confirm,
        "confirm" if steps(path, id).is_none() => Action::Confirm,
        // What she took in, of whoever may.
        _ if id == "list_complaint_receipts" => Action::Create,
        "get" | "list" | "look" => Action::Read,
        "create" | "admit" => Action::Create,
        "disclose" => Action::Reveal,
        _ => Action::Update,
    };
    let mut parts = path.strip_prefix(API)?.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
    // What hangs on something else is named last; roles go with whom they are given to.
    let (first, last) = (parts.next()?, parts.next_back());
    let resource =
        last.and_then(of).or_else(|| of(first)).or_else(|| first.ends_with("role-assignments").then_some(Resource::Accounts))?;
    Some((action, resource))
}

fn of(part: &str) -> Option<Resource> {
    Some(match part {
        "units" | "unit-kind-rules" | "unit-bodies" | "unit-external-ids" => Resource::Units,
        "unit-supports" => Resource::Supports,
        "women-populations" | "gathering-rate" => Resource::Populations,
        "members" => Resource::Members,
        "officers" | "appointments" | "qualifications" | "unit-assignments" | "board" | "officer-in-charge" => Resource::Officers,
        "title-standards" | "terms" => Resource::Standards,
        "kinships" => Resource::Officers,
        "field-visits" => Resource::Visits,
        "complaints" | "complaint-receipts" | "complaint-alerts" | "deadlines" => Resource::Complaints,
        "complaint-figures" => Resource::ComplaintFigures,
        "holidays" | "holiday-years" | "deadline-policies" => Resource::Calendar,
        "identity-disclosures" => Resource::Identities,
        "training-requirements" => Resource::Standards,
        "training-needs"
        | "training-plans"
        | "courses"
        | "training-sessions"
        | "enrolments"
        | "certificates"
        | "training-coverage"
        | "training-coverage-summary"
        | "course-completions"
        | "training-sessions.ics" => Resource::Trainings,
        "inspections" | "inspection-plans" | "findings" | "remediations" => Resource::Inspections,
        "inspection-checklists" => Resource::InspectionChecklists,
        "accounts" => Resource::Accounts,
        "clients" => Resource::Clients,
        "audit-events" => Resource::Audit,
        _ => return None,
    })
}
