//! `hoicoso demo`.

use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    serve::{listen, serve},
    voice::{Failure, Outcome, start_log, tell},
};
use crate::{
    app::Service,
    attachments::Files,
    config::Config,
    db::{self, Db},
    demo::{Options, Summary, attachments, identities, load, loaded},
    http::Locale,
    keys::VaultKey,
};

/// Nạp dữ liệu mẫu Khánh Hòa rồi phục vụ / Load demonstration data, then serve
///
/// Load demonstration data (the units of Khánh Hòa of 2017, invented people) into a database of its own, then serve.
/// A second start serves what the first has loaded.
#[derive(Args)]
#[command(after_long_help = "\
Ví dụ / Examples:
  hoicoso demo                      200 000 hội viên trong data/demo.db / members in data/demo.db
  hoicoso demo --members 20000 --database sqlite:data/nho.db")]
pub(super) struct Demo {
    /// Số người / How many people
    #[arg(long, default_value_t = Options::default().members)]
    members: usize,
    /// Hạt giống: cùng số, cùng dữ liệu / The same seed makes the same data
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Cơ sở dữ liệu / Database [sqlite:data/demo.db, or the one that is configured]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Nạp xong thì thôi, không phục vụ / Only load
    #[arg(long)]
    no_serve: bool,
}

impl Demo {
    pub(super) async fn run(self, mut config: Config) -> Outcome {
        start_log(&config)?;
        if let Some(url) = &self.database {
            config.database_url.clone_from(url);
        } else if config.database_url == Config::default().database_url {
            // Never into the database that the same machine keeps for real.
            config.database_url = "sqlite:data/demo.db".into();
        }
        let listener = if self.no_serve { None } else { Some(listen(&config)?) };
        set_up_vault(&mut config)?;
        let (summary, is_new) = self.prepare(&config)?;
        if is_new {
            // Bytes do not stand in the database.
            let db = Db::open(&config.database_url, 2, config.keys()?)?;
            let files = Files::open(&config, db.clone())?;
            attachments::load(&db, &files).await?;
            identities::load(&db).await?;
        }
        let Some(listener) = listener else {
            introduce(&summary);
            return Ok(());
        };
        let service = Service::open(config).await?;
        introduce(&summary);
        serve(&service, listener).await
    }

    /// What is there, and whether it was loaded just now.
    fn prepare(&self, config: &Config) -> Result<(Summary, bool), Failure> {
        if !db::is_postgres(&config.database_url)
            && let Some(folder) = std::path::Path::new(db::sqlite_path(&config.database_url)).parent()
        {
            std::fs::create_dir_all(folder)?;
        }
        let keys = config.keys_or_new()?;
        let mut connection = db::connect(&config.database_url)?;
        db::prepare(&mut connection, &keys)?;
        if let Some(summary) = loaded(&mut connection)? {
            return Ok((summary, false));
        }
        let bar = Bar::new();
        let options = Options { members: self.members, seed: self.seed };
        let summary = load(&mut connection, &keys, &options, |phase, done, of| bar.show(phase, done, of))?;
        bar.0.finish_and_clear();
        tell(
            format!("Đã nạp {} hội viên trong {:.1} giây", summary.member_count, summary.elapsed.as_secs_f64()),
            format!("Loaded {} members in {:.1} seconds", summary.member_count, summary.elapsed.as_secs_f64()),
        );
        Ok((summary, true))
    }
}

/// A vault beside the database, so that it can be tried. Its key lies there only because nobody is real in it.
fn set_up_vault(config: &mut Config) -> Result<(), Failure> {
    if db::is_postgres(&config.database_url) || !config.vault_key_file.as_os_str().is_empty() {
        return Ok(());
    }
    let database = std::path::Path::new(db::sqlite_path(&config.database_url));
    let key = database.with_extension("vault.key");
    if !key.exists() {
        // What was loaded without a vault stays without one.
        if database.exists() {
            return Ok(());
        }
        if let Some(folder) = database.parent() {
            std::fs::create_dir_all(folder)?;
        }
        VaultKey::make_file(&key).map_err(|error| {
            Failure::new(
                format!("Không tạo được {}: {error}", key.display()),
                format!("{} cannot be made: {error}", key.display()),
            )
        })?;
    }
    config.vault_key_file = key;
    Ok(())
}

struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(1);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg:<28} {wide_bar} {percent:>3} % {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    fn show(&self, phase: &str, done: u64, of: u64) {
        let label = match phase {
            "units" => "Tổ chức / units",
            "members" => "Hội viên / members",
            "officers" => "Cán bộ / officers",
            "tree" => "Danh sách theo đơn vị / lists",
            "accounts" => "Tài khoản / accounts",
            "indexes" => "Chỉ mục / indexes",
            "settling" => "Hoàn tất / settling",
            other => other,
        };
        self.0.set_message(label.to_owned());
        self.0.set_length(of.max(1));
        self.0.set_position(done);
    }
}

/// Who can sign in, and how.
fn introduce(summary: &Summary) {
    println!(
        "\nDữ liệu mẫu / demonstration data: {} đơn vị, {} chi hội, {} tổ, {} hội viên, {} chức vụ\n",
        summary.unit_count, summary.branch_count, summary.group_count, summary.active_member_count, summary.post_count
    );
    println!("Đăng nhập / sign in, mật khẩu / password: {}\n", summary.password);
    let wide = |text: fn(&crate::demo::DemoAccount) -> usize| summary.accounts.iter().map(text).max().unwrap_or(0);
    let (name, role) =
        (wide(|account| account.username.chars().count()), wide(|account| account.role_label(Locale::Vi).chars().count()));
    for account in &summary.accounts {
        println!("  {:<name$}  {:<role$}  {}", account.username, account.role_label(Locale::Vi), account.unit);
    }
    println!();
}
