//! `hoicoso audit`.

use clap::{Args, Subcommand};

use super::voice::{Failure, Outcome, tell};
use crate::{
    config::Config,
    db::{AuditFault, AuditPoint, Db, Verified},
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
    /// Walk the whole chain: was an entry changed or cut out? Fails where it breaks. Prints the end of the chain as
    /// SEQ:HASH; keep it outside, and --at tells later whether the end was cut off since.
    #[command(after_long_help = "\
Ví dụ / Examples:
  hoicoso audit verify >> /media/usb/nhat-ky.txt
  hoicoso audit verify --at 1204:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    Verify {
        /// Điểm cuối đã ghi lại lần trước / An end that was written down before
        #[arg(long, value_name = "SEQ:HASH")]
        at: Option<AuditPoint>,
    },
}

impl Audit {
    pub(super) fn run(self, config: &Config) -> Outcome {
        let AuditCommand::Verify { at } = self.command;
        let Verified { head, unsealed } = verified(&Db::open(&config.database_url, 1, config.keys()?)?, at.as_ref())?;
        println!("{head}");
        let count = head.seq;
        tell(format!("Chuỗi nhật ký nguyên vẹn: {count} mục"), format!("The audit trail is whole: {count} entries"));
        if unsealed > 0 {
            tell(
                format!("{unsealed} mục mới chưa vào chuỗi; dịch vụ đang chạy sẽ nối trong giây lát"),
                format!("{unsealed} new entries are not in the chain yet; a running service adds them within a moment"),
            );
        }
        Ok(())
    }
}

/// An unbroken trail.
pub(super) fn verified(db: &Db, at: Option<&AuditPoint>) -> Result<Verified, Failure> {
    match db.verify(at)? {
        Ok(verified) => Ok(verified),
        Err(AuditFault::Gap { after }) => Err(Failure::new(
            format!("Nhật ký thiếu mục sau số {after}"),
            format!("The audit trail lacks an entry after {after}"),
        )),
        Err(AuditFault::Point { seq }) => Err(Failure::new(
            format!("Nhật ký không đi qua điểm {seq} đã ghi lại: phần cuối bị cắt, hoặc là nhật ký khác"),
            format!("The audit trail does not lead through the point {seq}: its end was cut off, or it is another trail"),
        )),
        Err(AuditFault::Hash { seq } | AuditFault::Digest { seq }) => Err(Failure::new(
            format!("Nhật ký bị sửa tại mục {seq} hoặc ngay trước đó"),
            format!("The audit trail was changed at entry {seq} or just before it"),
        )),
    }
}
