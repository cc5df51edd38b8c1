//! The real program in a process of its own.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    database::{Database, attachments, free_port, vault_key_file},
    world::{ISSUER, MASTER_KEY},
};

/// `hoicoso serve`, killed when dropped.
pub struct Process {
    pub url: String,
    child: Child,
}

/// `hoicoso` with the settings of the tests.
pub fn program(database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hoicoso"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOICOSO_DATABASE_URL", &database.url)
        .env("HOICOSO_DATABASE_CONNECTIONS", "8")
        .env("HOICOSO_MASTER_KEY", MASTER_KEY)
        .env("HOICOSO_PUBLIC_URL", ISSUER)
        .env("HOICOSO_LOG_LEVEL", "error")
        .env("HOICOSO_RATE_LIMIT_DEFAULT", "0")
        .env("HOICOSO_RATE_LIMIT_LOGIN", "0")
        .env("HOICOSO_RATE_LIMIT_LOOKUP", "0")
        .env("HOICOSO_RATE_LIMIT_PUBLIC", "0")
        .env("HOICOSO_VAULT_KEY_FILE", vault_key_file())
        .env("HOICOSO_ATTACHMENTS", format!("file:{}", attachments().display()))
        .current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")))
        .stdin(Stdio::null());
    command
}

impl Process {
    /// Starts it and waits until it is ready.
    pub async fn start(database: &Database) -> Self {
        Self::start_with(database, |command| command).await
    }

    /// The same with other settings.
    pub async fn start_with(database: &Database, change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let port = free_port();
        let mut command = program(database);
        command.arg("serve").env("HOICOSO_LISTEN", format!("127.0.0.1:{port}")).stdout(Stdio::null());
        let child = change(&mut command).spawn().expect("the program starts");
        let mut this = Self { url: format!("http://127.0.0.1:{port}"), child };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for _ in 0..1200 {
            if let Ok(answer) = client.get(format!("{}/readyz", this.url)).send().await
                && answer.status() == 200
            {
                return this;
            }
            if let Ok(Some(status)) = this.child.try_wait() {
                panic!("the program ended: {status}");
            }
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the program does not become ready");
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
