//! `hoicoso health`: what a container asks itself, without another program in the image.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use clap::Args;

use super::voice::{Failure, Outcome};
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(5);

/// Dịch vụ trên máy này đã sẵn sàng chưa? / Is the service on this machine ready?
///
/// Ask the service that runs on this machine whether it is ready; fails when it is not.
#[derive(Args)]
#[command(after_long_help = "Ví dụ / Example:\n  hoicoso health && echo ok")]
pub(super) struct Health {}

impl Health {
    pub(super) fn run(self, config: &Config) -> Outcome {
        let address = reachable(config.address()?);
        let answer = ask(address).map_err(|error| {
            Failure::new(format!("{address} không trả lời: {error}"), format!("{address} does not answer: {error}"))
        })?;
        let status = answer.lines().next().unwrap_or_default();
        if status.split(' ').nth(1) == Some("200") {
            return Ok(());
        }
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Err(Failure::new(format!("Chưa sẵn sàng: {status}\n{body}"), format!("Not ready: {status}")))
    }
}

/// "Every address of this machine" is one to listen on, not one to call.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
