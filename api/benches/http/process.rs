//! The two servers, each in a process of its own.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    time::Duration,
};

use serde_json::Value;

use crate::load::{Client, Request};

/// A server that ends with its handle.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn wait_for(address: &str) {
    for _ in 0..600 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{address} does not answer");
}

pub fn start_bare(database: &Path, keys: &Value) -> Server {
    let address = free_address();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["bare", database.to_str().unwrap(), &address, &keys.to_string()])
        .spawn()
        .unwrap();
    wait_for(&address);
    Server { child, address }
}

/// The service over a demonstration database, loaded once and kept for the next run.
pub struct Service {
    server: Server,
    pub address: String,
    password: String,
}

impl Service {
    pub fn start(folder: &Path, members: usize) -> Self {
        let program = env!("CARGO_BIN_EXE_hoicoso");
        std::fs::create_dir_all(folder).unwrap();
        let database = folder.join("hoicoso.db");
        let address = free_address();
        let command = || {
            let mut command = Command::new(program);
            command
                .env("DATABASE_URL", format!("sqlite:{}", database.display()))
                .env("HOICOSO_MASTER_KEY_FILE", folder.join("hoicoso.key"))
                .env("HOICOSO_LISTEN", &address)
                .env("HOICOSO_RATE_LIMIT_DEFAULT", "0")
                .env("HOICOSO_RATE_LIMIT_LOGIN", "0")
                .env("HOICOSO_RATE_LIMIT_LOOKUP", "0");
            command
        };
        // Admissions of an earlier run would be in the way: each run begins with the same people.
        for end in ["db", "db-wal", "db-shm", "key"] {
            let _ = std::fs::remove_file(folder.join(format!("hoicoso.{end}")));
        }
        let database_url = format!("sqlite:{}", database.display());
        let loaded = command()
            .args(["demo", "--no-serve", "--database", &database_url, "--members", &members.to_string()])
            .output()
            .unwrap();
        assert!(loaded.status.success(), "the demonstration data did not load");
        let said = String::from_utf8_lossy(&loaded.stdout).into_owned();
        let password = said.split("password: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
        let log = std::fs::File::create(folder.join("service.log")).unwrap();
        let child = command().arg("serve").stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        wait_for(&address);
        Self { server: Server { child, address: address.clone() }, address, password }
    }

    pub fn get(&self, token: &str, path: &str) -> Value {
        Client::connect(&self.address).json(&Request::get(path, token))
    }

    /// The keys its tokens are signed with.
    pub fn keys(&self) -> Value {
        Client::connect(&self.address).json(&Request::plain("/.well-known/jwks.json"))
    }

    pub fn sign_in(&self, username: &str) -> String {
        let client = reqwest::Client::new();
        let form =
            [("grant_type", "password"), ("client_id", "swagger-ui"), ("username", username), ("password", &self.password)];
        actix_web::rt::System::new().block_on(async {
            let answer = client.post(format!("http://{}/oauth/token", self.address)).form(&form).send().await.unwrap();
            let body: Value = answer.json().await.unwrap();
            body["access_token"].as_str().unwrap_or_else(|| panic!("{username}: {body}")).to_owned()
        })
    }

    /// The unit of the caller's first role.
    pub fn unit_of(&self, token: &str) -> String {
        self.get(token, "/api/v1/me")["roles"][0]["unit"]["id"].as_str().unwrap().to_owned()
    }

    pub fn branch_of(&self, token: &str, unit: &str) -> String {
        self.get(token, &format!("/api/v1/units?within={unit}&kind=branch&limit=1"))["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn some_members(&self, token: &str, unit: &str, count: usize) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        while ids.len() < count {
            let page = self.get(token, &format!("/api/v1/members?within={unit}&limit=200{cursor}"));
            ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        ids
    }

    /// Cursor of page `number` (of 50), or of the last full page; for the bare handler the same place as key and id;
    /// and which page it is.
    pub fn far_page(&self, token: &str, unit: &str, number: usize) -> (String, String, usize) {
        let (mut cursor, mut last) = (String::new(), Value::Null);
        let mut page = 1;
        while page < number {
            let found = self.get(
                token,
                &format!(
                    "/api/v1/members?within={unit}{}",
                    if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") }
                ),
            );
            let Some(next) = found["next"].as_str() else { break };
            // One page short of the end, so that the page measured is a full one.
            if found["items"].as_array().unwrap().len() < 50 {
                break;
            }
            (cursor, last) = (next.to_owned(), found["items"][49].clone());
            page += 1;
        }
        // The place before the last full page was left: step back is not needed, a short last page is rare in a demo.
        let key = hoicoso::text::person_sort_key(last["full_name"].as_str().unwrap());
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        (cursor, format!("{hex}.{}", last["id"].as_str().unwrap()), page)
    }

    /// Cursor and last person before page `number` of a coverage, or before its last page; and which page it is.
    pub fn far_coverage(&self, token: &str, path: &str, number: usize) -> (String, String, usize) {
        let (mut cursor, mut last, mut page) = (String::new(), String::new(), 1);
        while page < number {
            let found = self.get(token, &if page == 1 { path.to_owned() } else { format!("{path}&cursor={cursor}") });
            let Some(next) = found["next"].as_str() else { break };
            (cursor, last) = (next.to_owned(), found["items"][49]["id"].as_str().unwrap().to_owned());
            page += 1;
        }
        (cursor, last, page)
    }

    /// A full name that few bear.
    pub fn rare_name(&self, token: &str) -> String {
        let page = self.get(token, "/api/v1/members?limit=200&sort=-name");
        let names =
            page["items"].as_array().unwrap().iter().map(|item| hoicoso::text::search_form(item["full_name"].as_str().unwrap()));
        names.max_by_key(String::len).unwrap().replace(' ', "%20")
    }

    pub fn resident_megabytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS: 0 kB");
        line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}
