//! The command line: one file a subcommand, every text in Vietnamese first and English second.

mod archive;
mod audit;
mod backup;
mod client;
mod demo;
mod describe;
mod health;
mod key;
mod migrate;
mod postgres;
mod restore;
mod serve;
mod settings;
mod user;
mod vault;
mod voice;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::config::Config;
use voice::{Failure, Outcome};

/// Hệ thống quản lý của Hội cơ sở
///
/// The system of record of a mass organisation at the grassroots.
#[derive(Parser)]
#[command(
    name = "hoicoso",
    version,
    max_term_width = 110,
    after_long_help = "\
Ví dụ / Examples:
  hoicoso                                 phục vụ tại / serve at http://127.0.0.1:8080
  hoicoso demo                            với dữ liệu mẫu / with demonstration data
  HOICOSO_LISTEN=0.0.0.0:80 hoicoso serve"
)]
struct Cli {
    /// Tệp cấu hình TOML / Configuration file (TOML) [HOICOSO_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    User(user::User),
    Client(client::Client),
    Key(key::Key),
    Vault(vault::Vault),
    Migrate(migrate::Migrate),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Config(settings::Settings),
    Openapi(describe::Describe),
    Health(health::Health),
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    // Databases, their logs, backups: names of people are in them. Whatever is made is for its owner only.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let cli = Cli::parse();
    let outcome = Config::load(cli.config.as_deref()).map_err(Failure::from).and_then(|config| {
        voice::warnings(&config);
        // Everything runs on one system: some of it waits for the database's writer.
        actix_web::rt::System::new().block_on(run(cli.command, config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Option<Command>, config: Config) -> Outcome {
    match command {
        None => serve::Serve {}.run(config).await,
        Some(Command::Serve(command)) => command.run(config).await,
        Some(Command::Demo(command)) => command.run(config).await,
        Some(Command::User(command)) => command.run(&config).await,
        Some(Command::Client(command)) => command.run(&config).await,
        Some(Command::Key(command)) => command.run(&config).await,
        Some(Command::Vault(command)) => command.run(&config).await,
        Some(Command::Migrate(command)) => command.run(&config),
        Some(Command::Audit(command)) => command.run(&config),
        Some(Command::Backup(command)) => command.run(&config),
        Some(Command::Restore(command)) => command.run(&config),
        Some(Command::Config(command)) => command.run(&config),
        Some(Command::Openapi(command)) => command.run(),
        Some(Command::Health(command)) => command.run(&config),
    }
}
