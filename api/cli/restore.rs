//! `hoicoso restore`.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use clap::Args;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};

use super::{
    archive::{Engine, Manifest, extract, extract_files, key_check, with_suffix},
    audit, postgres,
    voice::{Failure, Outcome, tell},
};
use crate::{
    config::Config,
    db::{self, AnyConnection, Db},
};

/// Phục hồi từ bản sao lưu (dừng dịch vụ trước) / Restore from a backup (stop the service first)
///
/// Restore from a backup; stop the service first. The digest and the audit trail's chain are checked before anything
/// is replaced (on PostgreSQL the chain afterwards). A database with content is only replaced with --force. Attachments
/// are put beside those that are there; a deleted one that comes back cannot be opened.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  hoicoso restore --from /backup/hoicoso-2026-11-05.tar")]
pub(super) struct Restore {
    /// Bản sao lưu / The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Thay thế dữ liệu đang có / Replace what is there
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(super) fn run(self, config: &Config) -> Outcome {
        let sqlite = PathBuf::from(db::sqlite_path(&config.database_url));
        let raw = match Engine::of(&config.database_url) {
            Engine::Sqlite => {
                if let Some(folder) = sqlite.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                with_suffix(&sqlite, "restoring")
            }
            Engine::Postgresql => std::env::temp_dir().join(format!("hoicoso-restore-{}", std::process::id())),
        };
        let done = self.restore(config, &sqlite, &raw);
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut name = raw.clone().into_os_string();
            name.push(suffix);
            let _ = std::fs::remove_file(name);
        }
        let (manifest, count) = done?;
        if let Some(folder) = config.attachments_folder() {
            let files = extract_files(&self.from, &folder)?;
            tell(format!("Đã phục hồi {files} tệp đính kèm."), format!("Restored {files} attachments."));
        }
        tell(
            format!("Đã phục hồi dữ liệu ngày {}; chuỗi nhật ký nguyên vẹn, {count} mục.", manifest.created_at),
            format!("Restored what stood on {}; the audit trail is whole, {count} entries.", manifest.created_at),
        );
        Ok(())
    }

    fn restore(&self, config: &Config, sqlite: &Path, raw: &Path) -> Result<(Manifest, i64), Failure> {
        let manifest = extract(&self.from, raw)?;
        self.check(config, &manifest)?;
        let count = match manifest.engine {
            Engine::Sqlite => {
                self.check_target(sqlite)?;
                let count = verify(&raw.to_string_lossy(), config)?;
                // Verifying has opened and perhaps migrated the copy; what is put in place is the backup, byte for byte.
                let fresh = with_suffix(sqlite, "new");
                extract(&self.from, &fresh)?;
                for suffix in ["-wal", "-shm"] {
                    let mut name = sqlite.as_os_str().to_owned();
                    name.push(suffix);
                    let _ = std::fs::remove_file(name);
                }
                std::fs::rename(&fresh, sqlite)?;
                count
            }
            Engine::Postgresql => {
                self.check_server(&config.database_url)?;
                let arguments = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"];
                let mut arguments: Vec<&OsStr> = arguments.iter().map(|it| OsStr::new(*it)).collect();
                arguments.push(raw.as_os_str());
                postgres::run("pg_restore", &config.database_url, &arguments)?;
                db::adopt_unsealed(&mut db::connect(&config.database_url)?)?;
                verify(&config.database_url, config)?
            }
        };
        if count < manifest.audit_seq {
            return Err(Failure::new(
                format!("Nhật ký chỉ có {count} mục, bản sao lưu ghi {}", manifest.audit_seq),
                format!("The audit trail has {count} entries, the manifest says {}", manifest.audit_seq),
            ));
        }
        Ok((manifest, count))
    }

    fn check(&self, config: &Config, manifest: &Manifest) -> Outcome {
        if manifest.engine != Engine::of(&config.database_url) {
            return Err(Failure::new(
                format!("Bản sao lưu là của {:?}, database_url là loại khác", manifest.engine),
                format!("The backup is of {:?}, database_url names another engine", manifest.engine),
            ));
        }
        if manifest.key_check != key_check(&*config.keys()?) {
            return Err(Failure::new(
                "Khóa chính không phải của bản sao lưu này; đặt lại tệp khóa (master_key_file) của nó trước",
                "The master key is not the one of this backup; put its key file (master_key_file) in place first",
            ));
        }
        let known = db::migrations::pending(&mut db::connect("sqlite::memory:")?)?;
        let newer = |version: &String| !known.iter().any(|name| name.starts_with(version.as_str()));
        if let Some(version) = manifest.migrations.iter().find(|version| newer(version)) {
            return Err(Failure::new(
                format!("Bản sao lưu do phiên bản mới hơn tạo ({}, bước {version})", manifest.version),
                format!("The backup was made by a newer program ({}, step {version})", manifest.version),
            ));
        }
        Ok(())
    }

    fn refuse(&self, place: &str) -> Outcome {
        if self.force {
            return Ok(());
        }
        Err(Failure::new(
            format!("{place} đang có dữ liệu; thêm --force để thay thế"),
            format!("{place} has content; add --force to replace it"),
        ))
    }

    fn check_target(&self, sqlite: &Path) -> Outcome {
        if !sqlite.exists() {
            return Ok(());
        }
        let place = sqlite.display().to_string();
        let in_use = || {
            Failure::new(
                format!("{place} đang được dùng: dừng dịch vụ trước"),
                format!("{place} is in use: stop the service first"),
            )
        };
        let connection = SqliteConnection::establish(&place).map_err(|_| in_use())?;
        let mut connection = AnyConnection::Sqlite(connection);
        // With a write-ahead log this lock is only given when nobody else has the file open.
        let lock = "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
        connection.batch_execute(lock).map_err(|_| in_use())?;
        if is_empty(&mut connection) { Ok(()) } else { self.refuse(&place) }
    }

    fn check_server(&self, url: &str) -> Outcome {
        if is_empty(&mut db::connect(url)?) { Ok(()) } else { self.refuse(&crate::config::masked_url(url)) }
    }
}

/// Whether nothing would be lost: no table of ours, or no unit and no account in them. Tables of somebody else are
/// not touched by a restore on PostgreSQL; a foreign file of SQLite would be, so it counts as content.
fn is_empty(connection: &mut AnyConnection) -> bool {
    #[derive(QueryableByName)]
    struct Rows {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let count =
        |connection: &mut AnyConnection, query: &str| sql_query(query).get_result(connection).ok().map(|rows: Rows| rows.count);
    match count(connection, "SELECT (SELECT COUNT(*) FROM units) + (SELECT COUNT(*) FROM accounts) AS count") {
        Some(rows) => rows == 0,
        None => match connection {
            AnyConnection::Sqlite(_) => count(connection, "SELECT COUNT(*) AS count FROM sqlite_master") == Some(0),
            AnyConnection::Postgres(_) => true,
        },
    }
}

/// The number of entries of an unbroken trail. In a thread of its own, so that its connections end with it.
fn verify(url: &str, config: &Config) -> Result<i64, Failure> {
    let (url, keys) = (url.to_owned(), config.keys()?);
    let thread = std::thread::spawn(move || audit::verified(&Db::open(&url, 1, keys)?, None).map(|verified| verified.head.seq));
    thread.join().unwrap_or_else(|_| Err(Failure::new("Kiểm tra bị dừng", "The check ended early")))
}
