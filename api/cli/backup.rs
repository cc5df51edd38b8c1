//! `hoicoso backup`.

use std::{
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
};

use clap::Args;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};

use super::{
    archive::{Engine, FORMAT, Manifest, copy_and_hash, key_check, private, with_suffix, write},
    postgres,
    voice::{Failure, Outcome, tell},
};
use crate::{
    config::Config,
    db::{self, AnyConnection, Instant},
    http::Problem,
};

/// Sao lưu ra một tệp, kể cả khi đang phục vụ / Back up into one file, even while serving
///
/// Back the database and the attachments up into one tar file (manifest with versions and a digest, the database, the
/// sealed files), consistent even while the service runs. The master key is NOT in it: keep that file elsewhere, you need
/// both. Attachments in an S3 store are not in it either: let the store keep copies of its own.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  hoicoso backup --to /backup/hoicoso-2026-11-05.tar")]
pub(super) struct Backup {
    /// Tệp sẽ tạo; phải chưa có / File to make; must not be there
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl Backup {
    pub(super) fn run(self, config: &Config) -> Outcome {
        if self.to.exists() {
            let to = self.to.display();
            return Err(Failure::new(
                format!("Đã có {to}; chọn tên khác"),
                format!("{to} is there already; choose another name"),
            ));
        }
        let raw = with_suffix(&self.to, "raw");
        drop(private(&raw)?);
        let made = self.make(config, &raw);
        // The copy in between goes whatever happened.
        let _ = std::fs::remove_file(&raw);
        let (manifest, files) = made?;
        let to = self.to.display();
        tell(
            format!(
                "Đã sao lưu vào {to}: {} byte, {files} tệp đính kèm, nhật ký đến số {}. Khóa chính không nằm trong đó: giữ riêng.",
                manifest.bytes, manifest.audit_seq
            ),
            format!(
                "Backed up to {to}: {} bytes, {files} attachments, audit trail up to {}. The master key is not in it: keep it apart.",
                manifest.bytes, manifest.audit_seq
            ),
        );
        if config.attachments_folder().is_none() {
            tell(
                "Tệp đính kèm nằm ở kho S3: sao lưu kho đó riêng.",
                "Attachments stand in the S3 store: back that up by itself.",
            );
        }
        Ok(())
    }

    fn make(&self, config: &Config, raw: &Path) -> Result<(Manifest, u64), Failure> {
        let keys = config.keys()?;
        let engine = Engine::of(&config.database_url);
        let (facts, file) = match engine {
            Engine::Sqlite => (copy_sqlite(db::sqlite_path(&config.database_url), raw)?, "database.sqlite"),
            Engine::Postgresql => {
                // Asked first: what is dumped afterwards has at least this much.
                let facts = facts(&mut db::connect(&config.database_url)?)?;
                let out: [&OsStr; 4] = ["--format=custom".as_ref(), "--no-owner".as_ref(), "--file".as_ref(), raw.as_os_str()];
                postgres::run("pg_dump", &config.database_url, &out)?;
                (facts, "database.pgdump")
            }
        };
        let (bytes, sha256) = copy_and_hash(File::open(raw)?, std::io::sink())?;
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            created_at: Instant::now().to_string(),
            engine,
            migrations: facts.migrations,
            audit_seq: facts.audit_seq,
            key_check: key_check(&keys),
            file: file.into(),
            bytes,
            sha256,
        };
        let files = write(&self.to, &manifest, raw, config.attachments_folder().as_deref())?;
        Ok((manifest, files))
    }
}

/// One transaction of SQLite reads everything and writes it, packed, into a new file; writers are not held up.
fn copy_sqlite(path: &str, raw: &Path) -> Result<Facts, Failure> {
    if !Path::new(path).is_file() {
        return Err(Failure::new(format!("Không có cơ sở dữ liệu {path}"), format!("There is no database {path}")));
    }
    let target = raw.to_str().ok_or_else(|| Failure::new("--to: tên tệp không phải UTF-8", "--to: the name is not UTF-8"))?;
    let problem = |error: diesel::result::Error| Failure::from(Problem::from(error));
    db::connect(path)?.batch_execute(&format!("VACUUM INTO '{}'", target.replace('\'', "''"))).map_err(problem)?;
    // Opened plainly: with the settings of the service it would be switched to a write-ahead log.
    let copy = SqliteConnection::establish(target).map_err(|error| Failure::new(error.to_string(), error.to_string()))?;
    facts(&mut AnyConnection::Sqlite(copy))
}

/// What a database says of itself.
pub(super) struct Facts {
    pub(super) migrations: Vec<String>,
    pub(super) audit_seq: i64,
}

pub(super) fn facts(connection: &mut AnyConnection) -> Result<Facts, Failure> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        seq: i64,
    }
    let problem = |error: diesel::result::Error| Failure::from(Problem::from(error));
    let steps: Vec<Step> =
        sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load(connection).map_err(problem)?;
    let last: Last =
        sql_query("SELECT COALESCE(MAX(seq), 0) AS seq FROM audit_events").get_result(connection).map_err(problem)?;
    Ok(Facts { migrations: steps.into_iter().map(|step| step.version).collect(), audit_seq: last.seq })
}
