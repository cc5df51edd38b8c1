//! `hoicoso client`.

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{
    user::{find_unit, open, role},
    voice::{Outcome, tell},
};
use crate::{
    access::{ClientKind, Role, commands},
    config::Config,
};

/// Phần mềm kết nối / Programs that ask for tokens
///
/// Programs that ask for tokens: front ends, and services with a secret.
#[derive(Args)]
pub(super) struct Client {
    #[command(subcommand)]
    command: ClientCommand,
}

#[derive(Subcommand)]
enum ClientCommand {
    /// Thêm phần mềm, in bí mật một lần duy nhất / Add a client, print its secret
    ///
    /// Add a client; the secret of a service is printed once and kept nowhere.
    #[command(after_long_help = "\
Ví dụ / Example:
  hoicoso client add trung-uong --name 'Trung ương Hội' --kind service --role export_client")]
    Add {
        client_id: String,
        /// Tên / Name
        #[arg(long)]
        name: String,
        /// Loại / Kind
        #[arg(long, value_parser = kind())]
        kind: ClientKind,
        /// Vai trò của service / Role of a service
        #[arg(long, value_parser = role())]
        role: Option<Role>,
        /// Mã hoặc id đơn vị; trống: đầu cây / Code or id of the unit; none: the top
        #[arg(long, requires = "role")]
        unit: Option<String>,
    },
    /// Liệt kê / List
    ///
    /// List clients.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso client list")]
    List,
}

impl Client {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let db = open(config)?;
        match self.command {
            ClientCommand::Add { client_id, name, kind, role, unit } => {
                let unit = find_unit(&db, unit.as_deref())?;
                let (_, secret) = commands::create_client(&db, &client_id, &name, kind).await?;
                if let Some(role) = role {
                    commands::give_role_to_client(&db, &client_id, role, unit).await?;
                }
                match secret {
                    Some(secret) => println!("client_id: {client_id}\nclient_secret: {secret}"),
                    None => println!("client_id: {client_id}"),
                }
                tell("Bí mật không xem lại được: cất ngay.", "The secret cannot be shown again: keep it now.");
            }
            ClientCommand::List => {
                for client in commands::list_clients(&db).await? {
                    let used = client.last_used_at.map_or_else(|| "-".into(), |at| at.to_string());
                    println!("{:<24} {:<10} {:<10} {used}  {}", client.client_id, client.kind, client.status, client.name);
                }
            }
        }
        Ok(())
    }
}

fn kind() -> impl TypedValueParser<Value = ClientKind> {
    PossibleValuesParser::new(ClientKind::ALL.iter().map(|kind| kind.as_str())).try_map(|text| text.parse::<ClientKind>())
}
