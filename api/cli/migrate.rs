//! `hoicoso migrate`.

use clap::Args;

use super::voice::{Outcome, tell};
use crate::{config::Config, db};

/// Nâng cấp cấu trúc cơ sở dữ liệu / Bring the schema up to date
///
/// Bring the schema of the database up to date; serving does this too. Several may run at once: one works, the others wait.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  hoicoso migrate --pending   chỉ xem / only look")]
pub(super) struct Migrate {
    /// Chỉ liệt kê các bước chưa chạy / Only list the steps that have not run
    #[arg(long)]
    pending: bool,
}

impl Migrate {
    pub(super) fn run(self, config: &Config) -> Outcome {
        if !db::is_postgres(&config.database_url)
            && let Some(folder) = std::path::Path::new(db::sqlite_path(&config.database_url)).parent()
        {
            std::fs::create_dir_all(folder)?;
        }
        let mut connection = db::connect(&config.database_url)?;
        let steps = if self.pending { db::migrations::pending(&mut connection)? } else { db::migrations::run(&mut connection)? };
        for step in &steps {
            println!("{step}");
        }
        if steps.is_empty() {
            tell("Cơ sở dữ liệu đã ở phiên bản mới nhất", "The database is up to date");
        }
        Ok(())
    }
}
