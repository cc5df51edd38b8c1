//! Every query on role assignments.

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};
use serde_json::{Value, json};

use super::model::{Ending, NewRoleAssignment, RoleAssignmentRow, RoleAssignmentStatus};
use crate::{
    access::{Role, Scope, accounts, clients::ClientKind, state::Epoch},
    calendar::today,
    db::{
        Change, Id, Reader, Tx,
        schema::{clients, role_assignments, unit_tree, units},
    },
    http::{Code, Locale, Problem, Result},
};

/// Whom a role is given to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    Account,
    Client,
}

fn facts(row: &RoleAssignmentRow) -> Value {
    json!({ "principal_id": row.principal_id, "role": row.role, "unit_id": row.unit_id, "valid_from": row.valid_from,
            "valid_to": row.valid_to, "pending": row.pending_since.is_some() })
}

pub fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<RoleAssignmentRow> {
    reader.one(role_assignments::table.find(id).select(RoleAssignmentRow::as_select()))
}

/// All roles that somebody holds, held, or will hold; the youngest first.
pub fn of_principal(reader: &mut Reader<'_>, _scope: &Scope, principal_id: Id) -> Result<Vec<RoleAssignmentRow>> {
    reader.load(
        role_assignments::table
            .filter(role_assignments::principal_id.eq(principal_id))
            .order((role_assignments::valid_from.desc(), role_assignments::id.desc()))
            .select(RoleAssignmentRow::as_select()),
    )
}

/// Who gives a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Giver {
    /// Somebody with an account: rights to content wait for a second person.
    Account(Id),
    /// Somebody with the machine, who could do anything anyway.
    CommandLine,
}

/// Which roles whom may be given to: programs receive data and do nothing else, and people are no receiving program.
pub fn check_role(role: Role, holder: Holder) -> Result<()> {
    if (role == Role::ExportClient) == (holder == Holder::Client) {
        Ok(())
    } else {
        Err(Problem::field(
            "/role",
            "wrong_holder",
            "Vai trò này không dành cho đối tượng này",
            "This role is not for such a holder",
        ))
    }
}

/// A role is held in units of its own kinds only: a president's view of members is not for a whole province.
fn check_unit(tx: &mut Tx<'_>, role: Role, unit_id: Id) -> Result<()> {
    let unit: Option<(String, String)> = tx.read().optional(units::table.find(unit_id).select((units::status, units::kind)))?;
    let Some((_, kind)) = unit.filter(|(status, _)| status == "active") else {
        return Err(Problem::field(
            "/unit_id",
            "unknown_unit",
            "Không có đơn vị này, hoặc đơn vị đã kết thúc hoạt động",
            "There is no such unit, or it is closed",
        ));
    };
    if role.unit_kinds().contains(&kind.as_str()) {
        return Ok(());
    }
    let kinds = role.unit_kinds().join(", ");
    Err(Problem::field(
        "/unit_id",
        "wrong_unit_kind",
        format!("Vai trò {} chỉ giao tại đơn vị loại: {kinds}", role.label(Locale::Vi)),
        format!("The role {role} is held in units of these kinds only: {kinds}"),
    ))
}

/// Whether the installation has, or ever had, an organisation board that confirms.
fn has_board(tx: &mut Tx<'_>) -> Result<bool> {
    let boards: Vec<Id> = tx.read().load(
        role_assignments::table
            .filter(role_assignments::role.eq(Role::ProvinceOrg))
            .filter(role_assignments::pending_since.is_null())
            .select(role_assignments::id)
            .limit(1),
    )?;
    Ok(!boards.is_empty())
}

/// Gives a role. One that shows records of people waits for confirmation, unless there is nobody yet to confirm it.
#[allow(clippy::too_many_arguments)]
pub fn give(
    tx: &mut Tx<'_>,
    _scope: &Scope,
    epoch: &Epoch,
    id: Id,
    principal_id: Id,
    holder: Holder,
    giver: Giver,
    new: &NewRoleAssignment,
) -> Result<RoleAssignmentRow> {
    epoch.raise(tx)?;
    check_role(new.role, holder)?;
    check_unit(tx, new.role, new.unit_id)?;
    let valid_from = new.valid_from.unwrap_or_else(today);
    if new.valid_to.is_some_and(|end| end <= valid_from) {
        return Err(Problem::field("/valid_to", "before_start", "Phải sau ngày bắt đầu", "Must be after the first day"));
    }
    check_is_new(tx, principal_id, new, valid_from)?;
    let given_by = match giver {
        Giver::Account(id) => Some(id),
        Giver::CommandLine => None,
    };
    let waits = given_by.is_some() && new.role.shows_content() && has_board(tx)?;
    let now = tx.now();
    let row = RoleAssignmentRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        principal_id,
        role: new.role,
        unit_id: new.unit_id,
        valid_from,
        valid_to: new.valid_to,
        given_by,
        pending_since: waits.then_some(now),
    };
    insert(tx, row, new.reason.clone())
}

/// All that wait for confirmation within reach, the oldest first.
pub fn pending(reader: &mut Reader<'_>, scope: &Scope) -> Result<Vec<RoleAssignmentRow>> {
    let day = today();
    let mut query = role_assignments::table
        .filter(role_assignments::pending_since.is_not_null())
        .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
        .order((role_assignments::pending_since.asc(), role_assignments::id.asc()))
        .select(RoleAssignmentRow::as_select())
        .into_boxed();
    if let Some(roots) = scope.roots() {
        let within = unit_tree::table.filter(unit_tree::ancestor_id.eq_any(roots)).select(unit_tree::unit_id);
        query = query.filter(role_assignments::unit_id.eq_any(within));
    }
    reader.load(query)
}

/// A second person confirms what one has given: neither who gave it nor who will hold it.
pub fn confirm(tx: &mut Tx<'_>, _scope: &Scope, epoch: &Epoch, by: Id, before: &RoleAssignmentRow) -> Result<RoleAssignmentRow> {
    epoch.raise(tx)?;
    if before.status(today()) != RoleAssignmentStatus::Pending {
        return Err(Problem::say(
            Code::InvalidTransition,
            "Vai trò này không chờ xác nhận",
            "This role does not wait for confirmation",
        )
        .with("allowed_actions", Vec::<String>::new()));
    }
    if before.given_by == Some(by) || before.principal_id == by {
        return Err(Problem::say(
            Code::Forbidden,
            "Người giao và người nhận vai trò không được tự xác nhận; hãy nhờ người khác của Ban Tổ chức",
            "Neither who gave a role nor who receives it confirms it; ask somebody else of the organisation board",
        ));
    }
    let row = RoleAssignmentRow { version: before.version + 1, updated_at: tx.now(), pending_since: None, ..before.clone() };
    record(tx, "confirm", Some(before), &row, None, row.valid_from);
    save(tx, before, &row)?;
    Ok(row)
}

fn check_is_new(tx: &mut Tx<'_>, principal_id: Id, new: &NewRoleAssignment, valid_from: NaiveDate) -> Result<()> {
    let held: Vec<(NaiveDate, Option<NaiveDate>)> = tx.read().load(
        role_assignments::table
            .filter(role_assignments::principal_id.eq(principal_id))
            .filter(role_assignments::role.eq(new.role))
            .filter(role_assignments::unit_id.eq(new.unit_id))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(valid_from)))
            .select((role_assignments::valid_from, role_assignments::valid_to)),
    )?;
    // A planned one that was called off stands there as an empty period.
    let overlaps = |(from, to): &(NaiveDate, Option<NaiveDate>)| {
        to.is_none_or(|to| *from < to && valid_from < to) && new.valid_to.is_none_or(|end| *from < end)
    };
    if held.iter().any(overlaps) {
        return Err(Problem::say(
            Code::Conflict,
            "Vai trò này ở đơn vị này đã được giao trong thời gian đó",
            "This role in this unit is already given for that time",
        ));
    }
    Ok(())
}

/// The row itself, and its record. The unit may be [`Id::nil`] for a role that reaches the whole tree.
pub(in crate::access) fn insert(tx: &mut Tx<'_>, row: RoleAssignmentRow, reason: Option<String>) -> Result<RoleAssignmentRow> {
    record(tx, "give", None, &row, reason, row.valid_from);
    tx.execute(diesel::insert_into(role_assignments::table).values(&row))?;
    Ok(row)
}

fn record(
    tx: &mut Tx<'_>,
    action: &'static str,
    before: Option<&RoleAssignmentRow>,
    row: &RoleAssignmentRow,
    reason: Option<String>,
    day: NaiveDate,
) {
    let mut change = Change::new(action, "role_assignments", row.id, row.version).on(day).because(reason).after(&facts(row));
    if row.unit_id != Id::nil() {
        change = change.at(row.unit_id);
    }
    if let Some(before) = before {
        change = change.before(&facts(before));
    }
    tx.record(change);
}

/// Ends a role: today at the earliest, since what was done with it was done with right.
pub fn end(
    tx: &mut Tx<'_>,
    _scope: &Scope,
    epoch: &Epoch,
    before: RoleAssignmentRow,
    ending: &Ending,
) -> Result<RoleAssignmentRow> {
    epoch.raise(tx)?;
    let now = today();
    if before.status(now) == RoleAssignmentStatus::Ended {
        return Err(Problem::say(Code::InvalidTransition, "Vai trò này đã kết thúc", "This role has ended")
            .with("allowed_actions", Vec::<String>::new()));
    }
    let day = ending.effective_on.unwrap_or(now);
    if day < now {
        return Err(Problem::field("/effective_on", "in_the_past", "Không được ở quá khứ", "Must not be in the past"));
    }
    if before.valid_to.is_some_and(|end| day > end) {
        return Err(Problem::field(
            "/effective_on",
            "after_end",
            "Không được sau ngày kết thúc đã định",
            "Must not be after the end that is set",
        ));
    }
    if before.role == Role::ItAdmin && before.status(now) == RoleAssignmentStatus::Active {
        accounts::store::require_another_administrator(tx, before.principal_id, Some(before.id))?;
    }
    // One that has not begun is called off: it never holds.
    let valid_to = day.max(before.valid_from);
    let row = RoleAssignmentRow { version: before.version + 1, updated_at: tx.now(), valid_to: Some(valid_to), ..before.clone() };
    record(tx, "end", Some(&before), &row, ending.reason.clone(), day);
    save(tx, &before, &row)?;
    Ok(row)
}

fn save(tx: &mut Tx<'_>, before: &RoleAssignmentRow, row: &RoleAssignmentRow) -> Result<()> {
    // Only over the version that was read: two at once must not both win.
    let seen = role_assignments::table.find(row.id).filter(role_assignments::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set((
        role_assignments::version.eq(row.version),
        role_assignments::updated_at.eq(row.updated_at),
        role_assignments::valid_to.eq(row.valid_to),
        role_assignments::pending_since.eq(row.pending_since),
    )))?;
    if saved == 0 { Err(Problem::new(Code::VersionMismatch)) } else { Ok(()) }
}

/// Whether a client may hold roles: a front end acts only with its user's.
pub fn require_service(reader: &mut Reader<'_>, client_id: Id) -> Result<()> {
    let kind: ClientKind = reader.one(clients::table.find(client_id).select(clients::kind))?;
    match kind {
        ClientKind::Service => Ok(()),
        ClientKind::FrontEnd => Err(Problem::say(
            Code::Conflict,
            "Phần mềm giao diện không có quyền riêng; quyền là của người dùng",
            "A front end has no rights of its own; its users have",
        )),
    }
}
