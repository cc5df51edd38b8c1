//! `hoicoso serve`.

use std::net::TcpListener;

use clap::Args;

use super::{
    user::show_code,
    voice::{Failure, Outcome, start_log, tell},
};
use crate::{access::commands, app::Service, config::Config};

/// Phục vụ (mặc định) / Serve (the default)
///
/// Serve; this is what runs when no command is given. SIGTERM and Ctrl-C let running requests end.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  HOICOSO_LISTEN=0.0.0.0:8080 hoicoso serve")]
pub(super) struct Serve {}

impl Serve {
    pub(super) async fn run(self, config: Config) -> Outcome {
        start_log(&config)?;
        // First the port, so that a second start fails before it touches the database.
        let listener = listen(&config)?;
        let service = Service::open(config).await?;
        if let Some(code) = commands::ensure_first_administrator(&service.db).await? {
            tell("Chưa quản trị viên nào có mật khẩu.", "No administrator has a password yet.");
            show_code(&service.config, commands::FIRST_ADMINISTRATOR, &code);
        }
        serve(&service, listener).await
    }
}

/// Takes the address of the configuration.
pub(super) fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let address = config.address()?;
    TcpListener::bind(address).map_err(|error| {
        Failure::new(
            format!("Không mở được {address}: {error}. Đổi HOICOSO_LISTEN nếu cổng đang bận."),
            format!("Cannot open {address}: {error}. Change HOICOSO_LISTEN if the port is taken."),
        )
    })
}

/// Serves until a signal comes, then lets running requests end.
pub(super) async fn serve(service: &Service, listener: TcpListener) -> Outcome {
    let url = service.config.public_url();
    let server = service.serve(listener)?;
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        stop_signal().await;
        tell("Đang dừng: chờ các yêu cầu đang chạy…", "Stopping: running requests may end…");
        handle.stop(true).await;
    });
    tell(
        format!("Đang phục vụ tại {url} – tài liệu API: {url}/docs/"),
        format!("Serving at {url} – API documentation: {url}/docs/"),
    );
    server.await?;
    Ok(())
}

/// The first of Ctrl-C and SIGTERM.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
