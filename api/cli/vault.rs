//! `hoicoso vault`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    user::open,
    voice::{Failure, Outcome, tell},
};
use crate::{complaints::vault, config::Config, keys::VaultKey};

/// Két danh tính người tố cáo / The vault of denouncers' identities
///
/// The vault of denouncers' identities. Its key is its own: keep it apart from the master key and from the database.
#[derive(Args)]
pub(super) struct Vault {
    #[command(subcommand)]
    command: VaultCommand,
}

#[derive(Subcommand)]
enum VaultCommand {
    /// Tạo tệp khóa mới / Make a new key file
    ///
    /// Make a new key file; the service uses it once HOICOSO_VAULT_KEY_FILE names it. Whoever loses it loses every identity.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso vault make-key /etc/hoicoso/vault.key")]
    MakeKey {
        /// Tệp chưa có / A file that is not there yet
        file: PathBuf,
    },
    /// Đổi khóa của két / Turn to a new key
    ///
    /// Wraps every data key anew under the key of another file, in one transaction; the identities themselves are not opened.
    /// Stop the service first, and start it with HOICOSO_VAULT_KEY_FILE naming the new file.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso vault rotate-key /etc/hoicoso/vault-2.key")]
    RotateKey {
        /// Tệp khóa mới, do make-key tạo / The new key file, made by make-key
        file: PathBuf,
    },
}

impl Vault {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let unusable = |error: crate::keys::KeyError| Failure::new(format!("Tệp khóa: {error}"), error.to_string());
        match self.command {
            VaultCommand::MakeKey { file } => {
                VaultKey::make_file(&file).map_err(unusable)?;
                let path = file.display();
                tell(
                    format!("Đã tạo {path}. Cất một bản ở nơi khác, tách khỏi khóa chính; rồi đặt HOICOSO_VAULT_KEY_FILE={path}"),
                    format!(
                        "Made {path}. Keep a copy elsewhere, apart from the master key; then set HOICOSO_VAULT_KEY_FILE={path}"
                    ),
                );
            }
            VaultCommand::RotateKey { file } => {
                let count = vault::rotate(&open(config)?, VaultKey::from_file(&file).map_err(unusable)?).await?;
                let path = file.display();
                tell(
                    format!("Đã đổi khóa của {count} danh tính. Đặt HOICOSO_VAULT_KEY_FILE={path} rồi khởi động lại"),
                    format!("Wrapped {count} identities anew. Set HOICOSO_VAULT_KEY_FILE={path} and start again"),
                );
            }
        }
        Ok(())
    }
}
