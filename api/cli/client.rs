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
        /// Mã hoặc id đơn vị; trống: tỉnh / Code or id of the unit; none: the province
        #[arg(long, requires = "role")]
        unit: Option<String>,
    },
    /// Cấp bí mật mới, in một lần duy nhất / Print a new secret
    ///
    /// Give a service a new secret, printed once; the old one is void at once.
    #[command(after_long_help = "Ví dụ / Example:\n  hoicoso client secret trung-uong")]
    Secret { client_id: String },
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
                    Some(secret) => show_secret(&client_id, &secret),
                    None => println!("client_id: {client_id}"),
                }
            }
            ClientCommand::Secret { client_id } => {
                let secret = commands::renew_client_secret(&db, &client_id).await?;
                show_secret(&client_id, &secret);
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

fn show_secret(client_id: &str, secret: &str) {
    println!("client_id: {client_id}\nclient_secret: {secret}");
    tell("Bí mật không xem lại được: cất ngay.", "The secret cannot be shown again: keep it now.");
}

fn kind() -> impl TypedValueParser<Value = ClientKind> {
    PossibleValuesParser::new(ClientKind::ALL.iter().map(|kind| kind.as_str())).try_map(|text| text.parse::<ClientKind>())
}
