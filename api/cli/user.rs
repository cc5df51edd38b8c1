//! `hoicoso user`.

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use diesel::{ExpressionMethods, QueryDsl};

use super::voice::{Failure, Outcome, tell};
use crate::{
    access::{Role, commands},
    config::Config,
    db::{Db, Id, schema::units},
    http::Locale,
    units::{UnitKind, UnitStatus},
};

/// Tài khoản người dùng / Accounts of people
///
/// Accounts of people. Running services take a change over within half a second.
#[derive(Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Thêm tài khoản, in mã một lần / Add an account, print a one-time code
    ///
    /// Add an account; prints the one-time code by which its owner sets a password.
    #[command(after_long_help = "\
Ví dụ / Example:
  hoicoso user add chutich.vinhhai --name 'Trần Thị Bích Ngọc' --role base_president --unit 22330")]
    Add {
        username: String,
        /// Tên hiển thị / Name to show
        #[arg(long)]
        name: String,
        /// Vai trò / Role
        #[arg(long, value_parser = role())]
        role: Option<Role>,
        /// Mã hoặc id đơn vị; vai trò cấp tỉnh: để trống / Code or id of the unit; none for roles at the province
        #[arg(long, requires = "role")]
        unit: Option<String>,
    },
    /// Liệt kê tài khoản với vai trò / List accounts with their roles
    ///
    /// List accounts with the roles they hold today.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso user list")]
    List,
    /// Khóa tài khoản / Disable an account
    ///
    /// Disable an account; all its sign-ins end.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso user disable chutich.vinhhai --reason 'nghỉ hưu'")]
    Disable {
        username: String,
        /// Lý do, ghi vào nhật ký / Reason, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
    /// Mở lại tài khoản / Enable an account again
    ///
    /// Enable an account again.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso user enable chutich.vinhhai")]
    Enable {
        username: String,
        /// Lý do, ghi vào nhật ký / Reason, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
    /// In mã một lần để đặt lại mật khẩu / Print a one-time code
    ///
    /// Print a one-time code, good for 24 hours, to set a new password.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso user password-code chutich.vinhhai")]
    PasswordCode { username: String },
    /// Giao vai trò tại một đơn vị / Give a role in a unit
    ///
    /// Give a role in a unit, from today on. It needs no confirmation.
    #[command(after_long_help = "\
Ví dụ / Examples:
  hoicoso user grant bantochuc --role province_org
  hoicoso user grant chutich.vinhhai --role base_president --unit 22330")]
    Grant {
        username: String,
        /// Vai trò / Role
        #[arg(long, value_parser = role())]
        role: Role,
        /// Mã hoặc id đơn vị; vai trò cấp tỉnh: để trống / Code or id of the unit; none for roles at the province
        #[arg(long)]
        unit: Option<String>,
    },
    /// Thu hồi vai trò / Take a role away
    ///
    /// Take a role away, today and at once: in one unit, or wherever it is held.
    #[command(after_long_help = "\
Ví dụ / Example:
  hoicoso user revoke chutich.vinhhai --role base_president --unit 22330 --reason 'thôi giữ chức'")]
    Revoke {
        username: String,
        /// Vai trò / Role
        #[arg(long, value_parser = role())]
        role: Role,
        /// Mã hoặc id đơn vị; trống: mọi đơn vị / Code or id of the unit; none: all
        #[arg(long)]
        unit: Option<String>,
        /// Lý do, ghi vào nhật ký / Reason, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
}

impl User {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let db = open(config)?;
        match self.command {
            UserCommand::Add { username, name, role, unit } => {
                // Looked up first, so that a wrong code leaves no account behind.
                let unit = find_unit(&db, unit.as_deref())?;
                role.map_or(Ok(()), |role| need_unit(role, unit))?;
                commands::create_user(&db, &username, &name, None).await?;
                if let Some(role) = role {
                    commands::give_role(&db, &username, role, unit, None).await?;
                }
                let (code, _) = commands::issue_password_code(&db, &username).await?;
                show_code(config, &username, &code);
            }
            UserCommand::List => {
                let users = commands::list_users(&db).await?;
                let ids: Vec<Id> = users.iter().flat_map(|user| user.roles.iter().map(|(_, unit)| *unit)).collect();
                let names = db.read_here(|reader| crate::units::store::refs(reader, &ids))?;
                for user in users {
                    let held = |(role, unit): &(Role, Id)| {
                        let label = role.label(Locale::Vi);
                        names.get(unit).map_or_else(|| label.to_owned(), |unit| format!("{label} ({})", unit.name))
                    };
                    let roles: Vec<String> = user.roles.iter().map(held).collect();
                    let state = match (user.active, user.has_password) {
                        (false, _) => "khóa/disabled",
                        (true, false) => "chưa có mật khẩu/no password",
                        (true, true) => "",
                    };
                    let columns = [user.username, user.display_name, state.into(), roles.join(", ")];
                    println!("{}", columns.join("\t"));
                }
            }
            UserCommand::Disable { username, reason } => {
                commands::disable(&db, &username, reason).await?;
                tell(format!("Đã khóa {username}"), format!("Disabled {username}"));
            }
            UserCommand::Enable { username, reason } => {
                commands::enable(&db, &username, reason).await?;
                tell(format!("Đã mở lại {username}"), format!("Enabled {username}"));
            }
            UserCommand::PasswordCode { username } => {
                let (code, _) = commands::issue_password_code(&db, &username).await?;
                show_code(config, &username, &code);
            }
            UserCommand::Grant { username, role, unit } => {
                let unit = find_unit(&db, unit.as_deref())?;
                need_unit(role, unit)?;
                commands::give_role(&db, &username, role, unit, None).await?;
                tell(format!("{username}: {}", role.label(Locale::Vi)), format!("{username}: {}", role.label(Locale::En)));
            }
            UserCommand::Revoke { username, role, unit, reason } => {
                let unit = find_unit(&db, unit.as_deref())?;
                let count = commands::revoke_role(&db, &username, role, unit, reason).await?;
                let (vi, en) = (role.label(Locale::Vi), role.label(Locale::En));
                tell(format!("{username}: đã thu hồi {vi} ({count})"), format!("{username}: took away {en} ({count})"));
            }
        }
        Ok(())
    }
}

/// The database, for a command that needs little of it.
pub(super) fn open(config: &Config) -> Result<Db, Failure> {
    Ok(Db::open(&config.database_url, 2, config.keys_or_new()?)?)
}

/// A role by its code; the help lists them.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|text| text.parse::<Role>())
}

/// Only roles of the province are given without saying where.
fn need_unit(role: Role, unit: Option<Id>) -> Outcome {
    if unit.is_some() || role.unit_kinds().contains(&UnitKind::Province.as_str()) {
        return Ok(());
    }
    let kinds = role.unit_kinds().join(", ");
    Err(Failure::new(
        format!("Vai trò {} cần --unit: mã hoặc id của đơn vị ({kinds})", role.label(Locale::Vi)),
        format!("The role {role} needs --unit: code or id of a unit ({kinds})"),
    ))
}

/// A unit by its id, or by the code that it has today.
pub(super) fn find_unit(db: &Db, given: Option<&str>) -> Result<Option<Id>, Failure> {
    let Some(given) = given else { return Ok(None) };
    if let Ok(id) = given.parse() {
        return Ok(Some(id));
    }
    let code = given.to_owned();
    let found: Vec<Id> = db.read_here(|reader| {
        let there = units::table.filter(units::code.eq(code)).filter(units::status.eq(UnitStatus::Active));
        reader.load(there.select(units::id))
    })?;
    match found.as_slice() {
        [id] => Ok(Some(*id)),
        [] => Err(Failure::new(format!("Không có đơn vị mã {given}"), format!("There is no unit with the code {given}"))),
        _ => Err(Failure::new(
            format!("Nhiều đơn vị có mã {given}; dùng id"),
            format!("Several units have the code {given}; use the id"),
        )),
    }
}

/// How the owner of a code sets a password: by a link whose part behind `#` is sent to nobody.
pub(super) fn show_code(config: &Config, username: &str, code: &str) {
    let url = config.public_url();
    println!(
        "Đặt mật khẩu trong 24 giờ / set the password within 24 hours:\n  {url}/password#{username}:{code}\n  \
         {username}, mã một lần / one-time code: {code}"
    );
}
