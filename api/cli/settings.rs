//! `hoicoso config`.

use clap::Args;

use super::voice::Outcome;
use crate::config::Config;

/// In mọi tùy chọn, che bí mật / Print every setting, secrets masked
///
/// Print every setting as it is in force, as a TOML file with its meaning; secrets are masked. Fails when a setting is wrong.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  hoicoso config > hoicoso.toml && hoicoso --config hoicoso.toml")]
pub(super) struct Settings {}

impl Settings {
    pub(super) fn run(self, config: &Config) -> Outcome {
        print!("{}", config.to_toml());
        Ok(())
    }
}
