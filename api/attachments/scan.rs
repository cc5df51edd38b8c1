//! Whether a file is clean: asked of a program of the installation's own, or of a clamd.

use std::{process::Stdio, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::timeout,
};

use crate::{config::Config, http::Result};

/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What a scanner says is not longer than this.
const WORDS: u64 = 4096;

/// What scans.
#[derive(Clone, Debug)]
pub enum Scanner {
    /// Program and arguments: the file comes to its standard input; it ends with 0 for a clean one, with 1 and a line about
    /// what it has found for one that is not, with anything else when it cannot tell.
    Program(Vec<String>),
    /// `host:port`, spoken to by `INSTREAM`.
    Clamd(String),
}

/// What was said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Clean,
    Infected(String),
    /// Asked again later: the file stays where nobody reads it.
    Unknown(String),
}

impl Scanner {
    /// Nothing, if nothing is to scan.
    pub fn of(config: &Config) -> Option<Self> {
        let words: Vec<String> = config.scan_command.split_whitespace().map(str::to_owned).collect();
        if !words.is_empty() {
            return Some(Self::Program(words));
        }
        (!config.scan_clamd.is_empty()).then(|| Self::Clamd(config.scan_clamd.clone()))
    }

    /// Asks about these bytes.
    pub async fn ask(&self, plain: impl Stream<Item = Result<Bytes>> + Unpin) -> Verdict {
        let asked = async {
            match self {
                Self::Program(words) => ask_program(words, plain).await,
                Self::Clamd(address) => ask_clamd(address, plain).await,
            }
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => Verdict::Unknown(error.to_string()),
            Err(_) => Verdict::Unknown("it takes too long".into()),
        }
    }
}

async fn ask_program(words: &[String], mut plain: impl Stream<Item = Result<Bytes>> + Unpin) -> std::io::Result<Verdict> {
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // One that takes too long is ended with this future.
        .kill_on_drop(true)
        .spawn()?;
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let send = async {
        if let Some(mut stdin) = stdin.take() {
            while let Some(bytes) = plain.next().await {
                let bytes = bytes.map_err(std::io::Error::other)?;
                // It may have seen enough.
                if stdin.write_all(&bytes).await.is_err() {
                    break;
                }
            }
        }
        Ok::<(), std::io::Error>(())
    };
    let hear = async {
        match stdout {
            Some(stdout) => words_of(stdout).await,
            None => Ok(String::new()),
        }
    };
    let (sent, heard) = tokio::join!(send, hear);
    let status = child.wait().await?;
    sent?;
    Ok(match status.code() {
        Some(0) => Verdict::Clean,
        Some(1) => Verdict::Infected(heard?.lines().next().unwrap_or_default().trim().to_owned()),
        code => Verdict::Unknown(format!("it ended with {code:?}")),
    })
}

/// The first words of what it says; the rest is read and forgotten, so that it is not held up.
async fn words_of(mut from: impl AsyncRead + Unpin) -> std::io::Result<String> {
    let mut words = Vec::new();
    (&mut from).take(WORDS).read_to_end(&mut words).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}

async fn ask_clamd(address: &str, plain: impl Stream<Item = Result<Bytes>> + Unpin) -> std::io::Result<Verdict> {
    let mut stream = TcpStream::connect(address).await?;
    let (reading, mut writing) = stream.split();
    let send = async {
        let sent = instream(&mut writing, plain).await;
        // Where the file is too large for it, it answers and hangs up before the end.
        if let Err(error) = &sent {
            tracing::debug!(%error, "clamd did not read to the end");
        }
    };
    let (heard, ()) = tokio::join!(words_of(reading), send);
    let heard = heard?;
    let answer = heard.trim_end_matches('\0').trim();
    Ok(match answer.strip_prefix("stream: ") {
        Some("OK") => Verdict::Clean,
        Some(found) if found.ends_with(" FOUND") => Verdict::Infected(found.trim_end_matches(" FOUND").to_owned()),
        _ => Verdict::Unknown(answer.to_owned()),
    })
}

/// Pieces, each with its length before it; one without length ends them.
async fn instream(
    to: &mut (impl AsyncWrite + Unpin),
    mut plain: impl Stream<Item = Result<Bytes>> + Unpin,
) -> std::io::Result<()> {
    to.write_all(b"zINSTREAM\0").await?;
    while let Some(bytes) = plain.next().await {
        let bytes = bytes.map_err(std::io::Error::other)?;
        let size = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
        to.write_all(&size.to_be_bytes()).await?;
        to.write_all(&bytes).await?;
    }
    to.write_all(&[0; 4]).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::net::TcpListener;

    use super::*;

    fn file(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes>> + Unpin {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
    }

    /// One that answers a single question: infected where it hears the word.
    async fn clamd() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        actix_web::rt::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = [0; 10];
            socket.read_exact(&mut head).await.unwrap();
            assert_eq!(&head, b"zINSTREAM\0");
            let mut all = Vec::new();
            loop {
                let size = socket.read_u32().await.unwrap() as usize;
                if size == 0 {
                    break;
                }
                let mut piece = vec![0; size];
                socket.read_exact(&mut piece).await.unwrap();
                all.extend(piece);
            }
            let found = String::from_utf8(all).unwrap().contains("EICAR");
            let answer: &[u8] = if found { b"stream: Eicar-Test-Signature FOUND\0" } else { b"stream: OK\0" };
            socket.write_all(answer).await.unwrap();
        });
        address
    }

    #[actix_web::test]
    async fn clamd_is_spoken_to_as_it_wishes() {
        let ask = async |parts: &[&'static str]| Scanner::Clamd(clamd().await).ask(file(parts)).await;
        assert_eq!(ask(&["Chi hội", " Ba Làng"]).await, Verdict::Clean);
        // Across two pieces.
        assert_eq!(ask(&["x EIC", "AR"]).await, Verdict::Infected("Eicar-Test-Signature".into()));
        assert!(matches!(Scanner::Clamd("127.0.0.1:1".into()).ask(file(&["x"])).await, Verdict::Unknown(_)));
    }

    #[actix_web::test]
    async fn a_program_is_asked_and_what_cannot_tell_is_no_yes() {
        let ask = async |script: &str| {
            let words = ["sh", "-c", script].map(str::to_owned).to_vec();
            Scanner::Program(words).ask(file(&["so", "me bytes"])).await
        };
        assert_eq!(ask("test \"$(cat)\" = 'some bytes'").await, Verdict::Clean);
        assert_eq!(ask("cat >/dev/null; echo Worm.A; echo more; exit 1").await, Verdict::Infected("Worm.A".into()));
        assert_eq!(ask("exit 0").await, Verdict::Clean, "it need not read to the end");
        assert!(matches!(ask("cat >/dev/null; exit 2").await, Verdict::Unknown(_)));
        assert!(matches!(ask("kill -9 $$").await, Verdict::Unknown(_)));
        let missing = Scanner::Program(vec!["/no/such/program".into()]).ask(file(&["x"])).await;
        assert!(matches!(missing, Verdict::Unknown(_)));
    }
}
