//! `hoicoso key`.

use clap::{Args, Subcommand};

use super::{
    user::open,
    voice::{Outcome, tell},
};
use crate::{
    access::{Settings, commands},
    config::Config,
};

/// Khóa ký mã truy cập / Keys that sign access tokens
///
/// Keys that sign access tokens.
#[derive(Args)]
pub(super) struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Liệt kê, mới nhất trước / List, the youngest first
    ///
    /// List, the youngest first.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso key list")]
    List,
    /// Thay khóa; không ai bị đăng xuất / Rotate; nobody is signed out
    ///
    /// A new key signs from now on; the old one still verifies until its tokens have run out, so nobody is signed out.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso key rotate")]
    Rotate,
}

impl Key {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let db = open(config)?;
        match self.command {
            KeyCommand::List => {
                for key in commands::list_keys(&db).await? {
                    let state = match (key.retired_at, key.expires_at) {
                        (None, _) => "ký / signs".to_owned(),
                        (Some(_), Some(until)) => format!("kiểm tra đến / verifies until {until}"),
                        (Some(at), None) => format!("thôi ký / retired {at}"),
                    };
                    println!("{}  {}  {}  {state}", key.kid, key.algorithm, key.created_at);
                }
            }
            KeyCommand::Rotate => {
                let lives = Settings::at(&config.token_issuer()).access_seconds;
                let kid = commands::rotate_key(&db, lives).await?;
                tell(format!("Khóa mới: {kid}"), format!("New key: {kid}"));
            }
        }
        Ok(())
    }
}
