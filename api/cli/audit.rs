//! `hoicoso audit`.

use clap::{Args, Subcommand};

use super::voice::{Failure, Outcome, tell};
use crate::{
    config::Config,
    db::{self, AuditFault, Db},
};

/// Nhật ký thay đổi / The audit trail
///
/// The audit trail.
#[derive(Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Kiểm tra chuỗi băm: có mục nào bị sửa hay bị xóa không / Verify the chain
    ///
    /// Walk the whole chain: was an entry changed or cut out? Fails where it breaks.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso audit verify")]
    Verify,
}

impl Audit {
    pub(super) fn run(self, config: &Config) -> Outcome {
        let AuditCommand::Verify = self.command;
        let count = verified(&Db::open(&config.database_url, 1, config.keys()?)?)?;
        tell(format!("Chuỗi nhật ký nguyên vẹn: {count} mục"), format!("The audit trail is whole: {count} entries"));
        Ok(())
    }
}

/// The number of entries of an unbroken trail.
pub(super) fn verified(db: &Db) -> Result<i64, Failure> {
    match db.read_here(db::verify)? {
        Ok(count) => Ok(count),
        Err(AuditFault::Gap { after }) => Err(Failure::new(
            format!("Nhật ký thiếu mục sau số {after}"),
            format!("The audit trail lacks an entry after {after}"),
        )),
        Err(AuditFault::Hash { seq } | AuditFault::Digest { seq }) => Err(Failure::new(
            format!("Nhật ký bị sửa tại mục {seq} hoặc ngay trước đó"),
            format!("The audit trail was changed at entry {seq} or just before it"),
        )),
    }
}
