//! Every query on accounts.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper, TextExpressionMethods};
use serde_json::{Value, json};

use super::model::{AccountFilters, AccountNames, AccountRow, AccountStatus, NewAccount};
use crate::{
    access::{
        Role, Scope, codes,
        sessions::{self, End},
        state::Epoch,
    },
    calendar::today,
    db::{
        Change, Id, Instant, Reader, Tx,
        schema::{accounts, members, role_assignments, unit_tree},
    },
    http::{Code, Page, Problem, Result},
    text,
};

/// The fields that the audit trail shows. Never the hash of the password.
fn facts(row: &AccountRow) -> Value {
    json!({ "username": row.username, "display_name": row.display_name, "status": row.status,
            "must_change_password": row.must_change_password, "member_id": row.member_id })
}

pub fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<AccountRow> {
    reader.one(accounts::table.find(id).select(AccountRow::as_select()))
}

pub fn find_by_name(reader: &mut Reader<'_>, _scope: &Scope, username: &str) -> Result<AccountRow> {
    reader.one(accounts::table.filter(accounts::username.eq(username)).select(AccountRow::as_select()))
}

/// A page by username.
pub fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &AccountFilters,
    after: Option<String>,
    descending: bool,
    limit: i64,
) -> Result<Page<AccountRow, String>> {
    let mut query = accounts::table.select(AccountRow::as_select()).into_boxed();
    if !filters.status.is_empty() {
        query = query.filter(accounts::status.eq_any(filters.status.clone()));
    }
    if let Some(part) = &filters.q {
        // A wildcard typed by the caller would only find more of what she may see anyway.
        query = query.filter(accounts::username.like(format!("%{}%", part.trim().to_lowercase())));
    }
    if filters.within.is_some() || !filters.role.is_empty() {
        let day = today();
        let roles = if filters.role.is_empty() { Role::ALL.to_vec() } else { filters.role.clone() };
        let held = role_assignments::table
            .filter(role_assignments::pending_since.is_null())
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .filter(role_assignments::role.eq_any(roles))
            .select(role_assignments::principal_id);
        query = match filters.within {
            None => query.filter(accounts::id.eq_any(held)),
            Some(unit) => {
                let subtree = unit_tree::table.filter(unit_tree::ancestor_id.eq(unit)).select(unit_tree::unit_id);
                query.filter(accounts::id.eq_any(held.filter(role_assignments::unit_id.eq_any(subtree))))
            }
        };
    }
    query = match (after, descending) {
        (Some(name), false) => query.filter(accounts::username.gt(name)),
        (Some(name), true) => query.filter(accounts::username.lt(name)),
        (None, _) => query,
    };
    query = if descending { query.order(accounts::username.desc()) } else { query.order(accounts::username.asc()) };
    let rows: Vec<AccountRow> = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row| row.username.clone(), None))
}

/// A new account, without a password.
pub fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewAccount) -> Result<AccountRow> {
    check_username(&new.username)?;
    let display_name = named(&new.display_name)?;
    check_member(tx, new.member_id)?;
    let taken: Option<Id> =
        tx.read().optional(accounts::table.filter(accounts::username.eq(&new.username)).select(accounts::id))?;
    if taken.is_some() {
        return Err(Problem::field(
            "/username",
            "username_in_use",
            "Tên đăng nhập này đã có người dùng",
            "This username is in use",
        ));
    }
    let now = tx.now();
    let row = AccountRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        username: new.username.clone(),
        display_name,
        password_hash: String::new(),
        must_change_password: false,
        password_changed_at: None,
        status: AccountStatus::Active,
        failed_sign_ins: 0,
        locked_until: None,
        last_sign_in_at: None,
        member_id: new.member_id,
    };
    tx.record(Change::new("create", "accounts", id, 1).after(&facts(&row)));
    tx.execute(diesel::insert_into(accounts::table).values(&row))?;
    Ok(row)
}

/// Another display name or member.
pub fn rename(tx: &mut Tx<'_>, _scope: &Scope, epoch: &Epoch, before: AccountRow, names: &AccountNames) -> Result<AccountRow> {
    // The member stands in what is cached of the caller.
    epoch.raise(tx)?;
    if names.member_id != before.member_id {
        check_member(tx, names.member_id)?;
    }
    let row = AccountRow { display_name: named(&names.display_name)?, member_id: names.member_id, ..next(tx, &before) };
    save(tx, "update", &before, &row, None)?;
    Ok(row)
}

/// Nobody signs in with it any more; all its sessions end at once.
pub fn disable(tx: &mut Tx<'_>, _scope: &Scope, epoch: &Epoch, id: Id, reason: Option<String>) -> Result<AccountRow> {
    // First, so that two who disable each other wait for one another.
    epoch.raise(tx)?;
    let before: AccountRow = tx.read().one(accounts::table.find(id).select(AccountRow::as_select()))?;
    require(&before, AccountStatus::Active)?;
    require_another_administrator(tx, id, None)?;
    let row = AccountRow { status: AccountStatus::Disabled, ..next(tx, &before) };
    save(tx, "disable", &before, &row, reason)?;
    sessions::end_all(tx, epoch, id, None, End::AccountDisabled)?;
    Ok(row)
}

/// It may be used again, with the password and the roles it has.
pub fn enable(tx: &mut Tx<'_>, _scope: &Scope, epoch: &Epoch, before: AccountRow, reason: Option<String>) -> Result<AccountRow> {
    epoch.raise(tx)?;
    require(&before, AccountStatus::Disabled)?;
    let row = AccountRow { status: AccountStatus::Active, failed_sign_ins: 0, locked_until: None, ..next(tx, &before) };
    save(tx, "enable", &before, &row, reason)?;
    Ok(row)
}

/// A one-time code for its owner. The password it has goes on until the code is used.
pub fn issue_code(tx: &mut Tx<'_>, _scope: &Scope, row: &AccountRow) -> Result<(String, Instant)> {
    require(row, AccountStatus::Active)?;
    tx.record(Change::new("issue_password_code", "accounts", row.id, row.version));
    codes::issue(tx, row.id)
}

/// A new password: ends all sessions but the one excepted, and every lock.
pub fn set_password(
    tx: &mut Tx<'_>,
    _scope: &Scope,
    epoch: &Epoch,
    before: &AccountRow,
    hash: &str,
    must_change: bool,
    except: Option<Id>,
) -> Result<AccountRow> {
    let row = AccountRow {
        password_hash: hash.into(),
        must_change_password: must_change,
        password_changed_at: Some(tx.now()),
        failed_sign_ins: 0,
        locked_until: None,
        ..next(tx, before)
    };
    save(tx, "set_password", before, &row, None)?;
    sessions::end_all(tx, epoch, row.id, except, End::PasswordChanged)?;
    Ok(row)
}

fn next(tx: &Tx<'_>, before: &AccountRow) -> AccountRow {
    AccountRow { version: before.version + 1, updated_at: tx.now(), ..before.clone() }
}

fn save(tx: &mut Tx<'_>, action: &'static str, before: &AccountRow, row: &AccountRow, reason: Option<String>) -> Result<()> {
    tx.record(Change::new(action, "accounts", row.id, row.version).because(reason).before(&facts(before)).after(&facts(row)));
    // Only over the version that was read: two at once must not both win.
    let seen = accounts::table.find(row.id).filter(accounts::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set((
        accounts::version.eq(row.version),
        accounts::updated_at.eq(row.updated_at),
        accounts::display_name.eq(&row.display_name),
        accounts::password_hash.eq(&row.password_hash),
        accounts::must_change_password.eq(row.must_change_password),
        accounts::password_changed_at.eq(row.password_changed_at),
        accounts::status.eq(row.status),
        accounts::failed_sign_ins.eq(row.failed_sign_ins),
        accounts::locked_until.eq(row.locked_until),
        accounts::member_id.eq(row.member_id),
    )))?;
    if saved == 0 {
        return Err(Problem::new(Code::VersionMismatch));
    }
    Ok(())
}

fn require(row: &AccountRow, status: AccountStatus) -> Result<()> {
    if row.status == status {
        return Ok(());
    }
    let (vi, en) = match row.status {
        AccountStatus::Active => ("Tài khoản đang dùng", "The account is active"),
        AccountStatus::Disabled => ("Tài khoản đã khóa", "The account is disabled"),
    };
    Err(Problem::say(Code::InvalidTransition, vi, en))
}

/// Whether somebody else could still give rights if this account, or this one assignment of it, were gone.
pub fn require_another_administrator(tx: &mut Tx<'_>, account_id: Id, assignment_id: Option<Id>) -> Result<()> {
    let day = today();
    let held: Vec<(Id, Id)> = tx.read().load(
        role_assignments::table
            .filter(role_assignments::role.eq(Role::ItAdmin))
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .filter(
                role_assignments::principal_id
                    .eq_any(accounts::table.filter(accounts::status.eq(AccountStatus::Active)).select(accounts::id)),
            )
            .select((role_assignments::id, role_assignments::principal_id)),
    )?;
    let goes = |(id, principal): &(Id, Id)| match assignment_id {
        Some(assignment) => *id == assignment,
        None => *principal == account_id,
    };
    if held.iter().any(goes) && held.iter().all(goes) {
        return Err(Problem::say(
            Code::Conflict,
            "Phải còn ít nhất một quản trị hệ thống đang hoạt động",
            "At least one active IT administrator must remain",
        ));
    }
    Ok(())
}

fn check_username(name: &str) -> Result<()> {
    let good = name
        .bytes()
        .enumerate()
        .all(|(place, byte)| byte.is_ascii_lowercase() || (place > 0 && (byte.is_ascii_digit() || b"._-".contains(&byte))));
    if good {
        Ok(())
    } else {
        Err(Problem::field(
            "/username",
            "invalid_username",
            "Chỉ gồm chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu bằng chữ cái",
            "Only lower-case letters without diacritics, digits, dots, hyphens, underscores; begins with a letter",
        ))
    }
}

fn check_member(tx: &mut Tx<'_>, member_id: Option<Id>) -> Result<()> {
    let Some(id) = member_id else { return Ok(()) };
    let there: Option<Id> = tx.read().optional(members::table.find(id).select(members::id))?;
    if there.is_some() {
        return Ok(());
    }
    Err(Problem::field("/member_id", "unknown_member", "Không có hội viên này", "There is no such member"))
}

fn named(name: &str) -> Result<String> {
    let name = text::clean(name);
    if name.is_empty() {
        return Err(Problem::field("/display_name", "required", "Bắt buộc phải có", "Must be given"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_plain() {
        for (name, good) in
            [("chutich.vinhhai", true), ("a1_b-c", true), ("Chutich", false), ("1abc", false), ("chủtịch", false), (".ab", false)]
        {
            assert_eq!(check_username(name).is_ok(), good, "{name}");
        }
    }
}
