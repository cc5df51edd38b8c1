//! A load generator: one thread a connection, HTTP/1.1 with keep-alive, nothing parsed but what must be.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A request, ready to be sent.
pub struct Request(Vec<u8>);

impl Request {
    pub fn get(path: &str, token: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes())
    }

    /// Without a token.
    pub fn plain(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes())
    }

    pub fn post(path: &str, token: &str, body: &str) -> Self {
        Self(
            format!(
                "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    }
}

/// What a run came to.
pub struct Run {
    pub per_second: f64,
    pub p99_ms: f64,
}

pub struct Load<'l> {
    pub address: &'l str,
    pub requests: &'l [Request],
    pub connections: usize,
    pub time: Duration,
}

impl Load<'_> {
    pub fn run(&self) -> Run {
        let each = |connection: usize, turn: usize| self.requests[(connection * 7919 + turn) % self.requests.len()].0.clone();
        drive(self.address, self.connections, self.time, 200, each)
    }
}

/// Admissions of people who do not look alike, into one branch.
pub fn post_members(address: &str, token: &str, branch: &str, connections: usize, time: Duration) -> Run {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let each = |_: usize, _: usize| {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let word: String = format!("{number:07}").bytes().map(|digit| char::from(b'a' + digit - b'0')).collect();
        let body = format!(
            r#"{{"unit_id":"{branch}","full_name":"Nguyễn Thị {word}","date_of_birth":"19{:02}-{:02}-{:02}","joined_on":"2026-03-08","national_id":"056{:09}","national_id_reason":"đo tốc độ","phone":"0901{:06}"}}"#,
            60 + number % 40,
            1 + number % 12,
            1 + number % 28,
            number,
            number % 1_000_000
        );
        Request::post("/api/v1/members", token, &body).0
    };
    drive(address, connections, time, 201, each)
}

fn drive(address: &str, connections: usize, time: Duration, expected: u16, each: impl Fn(usize, usize) -> Vec<u8> + Sync) -> Run {
    let start = Barrier::new(connections);
    let mut latencies: Vec<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|connection| {
                let (start, each) = (&start, &each);
                scope.spawn(move || {
                    let mut client = Client::connect(address);
                    let mut latencies = Vec::with_capacity(100_000);
                    start.wait();
                    // A fifth of the time warms up and is not counted.
                    let begin = Instant::now();
                    let mut turn = 0;
                    while begin.elapsed() < time + time / 5 {
                        let request = each(connection, turn);
                        turn += 1;
                        let sent = Instant::now();
                        let status = client.exchange(&request);
                        assert_eq!(status, expected, "{}", String::from_utf8_lossy(&client.buffer));
                        if begin.elapsed() > time / 5 {
                            latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                        }
                    }
                    latencies
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
    Run { per_second: latencies.len() as f64 / time.as_secs_f64(), p99_ms: f64::from(p99) / 1000.0 }
}

pub struct Client {
    stream: TcpStream,
    pub buffer: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads its answer; the status comes back, the body is the end of `buffer`.
    pub fn exchange(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).unwrap();
        self.buffer.clear();
        let mut chunk = [0; 32 * 1024];
        loop {
            if let Some(head) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
                let length =
                    text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok()).unwrap_or(0);
                while self.buffer.len() < head + 4 + length {
                    let count = self.stream.read(&mut chunk).unwrap();
                    assert!(count > 0, "the server hung up");
                    self.buffer.extend_from_slice(&chunk[..count]);
                }
                let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
                self.buffer.drain(..head + 4);
                return status;
            }
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the server hung up");
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }

    pub fn json(&mut self, request: &Request) -> serde_json::Value {
        let status = self.exchange(&request.0);
        assert!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(&self.buffer));
        serde_json::from_slice(&self.buffer).unwrap()
    }
}
