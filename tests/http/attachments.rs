//! Files that hang on something: what is taken, what is left of it, who reads it, and what is left behind.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Ask, Caller, Process, World, free_port, new_id, on_both, on_both_with};

/// A picture as telephones make it: with the place where it was taken, turned, and with something behind its end.
fn picture() -> Vec<u8> {
    let mut out = b"\xff\xd8".to_vec();
    let mut segment = |marker: u8, content: &[u8]| {
        out.extend([0xff, marker]);
        out.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        out.extend(content);
    };
    segment(0xe0, b"JFIF\0\x01\x02\0\0\x48\0\x48\0\0");
    // Two entries: turned to the right, and a pointer to the place: 12.2388 N, 109.1967 E.
    let mut exif =
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0".to_vec();
    exif.extend(b"\0\x02\0\x01\0\x02\0\0\0\x02N\0\0\0GPS 12.2388N 109.1967E Samsung cua Hoa");
    segment(0xe1, &exif);
    segment(0xfe, b"<script>alert(1)</script>");
    segment(0xdb, &[0; 65]);
    segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    segment(0xc4, &[0; 20]);
    segment(0xda, &[1, 1, 0, 0, 0x3f, 0]);
    out.extend(b"\x12\xff\x00\x34\xff\xd9PK\x03\x04<html>behind the end</html>");
    out
}

fn has(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

/// On the visit at home.
fn send(world: &World, caller: &Caller, name: &str, bytes: impl Into<Vec<u8>>) -> Ask {
    send_to(caller, "field_visits", &world.cast().inside.field_visit, name, bytes)
}

fn send_to(caller: &Caller, kind: &str, id: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Ask {
    let query = serde_html_form::to_string([("owner_resource", kind), ("owner_id", id), ("file_name", name)]).unwrap();
    caller.ask("POST", format!("/attachments?{query}")).header("content-type", "application/octet-stream").bytes(bytes)
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file in a folder, with its bytes.
fn files_in(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// A folder of its own for the files of a story.
fn on_both_in_a_folder(change: impl Fn(&mut hoicoso::config::Config), story: impl AsyncFn(World, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let of = |url: &str| folder.path().join(if url.starts_with("postgres") { "postgres" } else { "sqlite" });
    let settings = |config: &mut hoicoso::config::Config| {
        config.attachments = format!("file:{}", of(&config.database_url).display());
        change(config);
    };
    on_both_with(settings, async |world: World| {
        let own = of(&world.database().url);
        story(world, &own).await;
    });
}

#[test]
fn a_file_is_sent_read_and_deleted() {
    on_both_in_a_folder(
        |_| {},
        async |world, folder| {
            let board = world.board();
            let visit = &world.cast().inside.field_visit;
            let sent = picture();
            let made = send(&world, &board, "../Ảnh\u{202e}gpj.exe", sent.clone()).await.expect(201);
            let path = format!("/attachments/{}", made.id());
            assert_eq!(made.header("location"), Some(format!("/api/v1{path}").as_str()));
            assert_eq!((&made["file_name"], &made["media_type"]), (&json!("Ảnhgpj.exe.jpg"), &json!("image/jpeg")));
            assert_eq!((&made["status"], &made["cleaning"]), (&json!("ready"), &json!("full")));
            assert_eq!(made.actions(), ["delete"]);

            // What comes back is the picture, the right way up, and nothing that it told.
            let reader = world.chair_of("Vĩnh Hải");
            let content = reader.get(format!("{path}/content")).header("accept-encoding", "gzip, br").await.expect(200);
            assert!(has(&sent, "GPS") && has(&sent, "Samsung"));
            for gone in ["GPS", "109.1967", "Samsung", "script", "PK\u{3}", "behind"] {
                assert!(!has(&content.bytes, gone), "{gone}");
            }
            assert!(has(&content.bytes, "Exif\0\0MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}"), "which way up");
            assert_eq!(content.bytes.len(), made["size_bytes"].as_u64().unwrap() as usize);
            assert_eq!(hex(&content.bytes), made.text("sha256"));
            let header = |name: &str| content.header(name).unwrap_or_default().to_owned();
            assert_eq!(header("content-type"), "application/octet-stream");
            assert!(header("content-disposition").starts_with("attachment; "), "{}", header("content-disposition"));
            assert!(header("content-disposition").contains("filename*=UTF-8''%E1%BA%A2nhgpj.exe.jpg"), "{content:?}");
            assert_eq!(
                (header("x-content-type-options"), header("cache-control")),
                ("nosniff".into(), "private, no-store".into())
            );
            assert!(header("content-security-policy").contains("sandbox"));
            assert_eq!(header("etag"), format!("\"{}\"", made.text("sha256")));
            reader.get(format!("{path}/content")).header("if-none-match", header("etag")).await.expect(304);
            let head = reader.ask("HEAD", format!("{path}/content")).await.expect(200);
            assert_eq!(head.header("content-length"), Some(content.bytes.len().to_string().as_str()));

            // At rest there is nothing of it in plain, neither bytes nor name.
            let stored = files_in(folder);
            assert_eq!(stored.len(), 1);
            assert!(!has(&stored[0].1, "JFIF") && !has(&stored[0].1, "Exif"));
            assert_eq!(stored[0].1.len(), content.bytes.len() + 23 + 16);
            let table = world.database().words("SELECT owner_resource || media_type || store_key AS value FROM attachments");
            assert!(!table.iter().any(|row| row.contains("gpj")));

            // It is told of with what it hangs on, to whoever may see that.
            let list = reader.get(format!("/attachments?owner_resource=field_visits&owner_id={visit}")).await.expect(200);
            assert_eq!(list.each("id").last(), Some(&made.id()));
            assert_eq!(reader.get(&path).await.expect(200).actions(), Vec::<&str>::new());
            let away = world.chair_of("Vạn Giã");
            for place in ["", "/content", "/events"] {
                let none = away.get(format!("/attachments/{}{place}", new_id())).await.expect(404);
                let hidden = away.get(format!("{path}{place}")).await.expect(404);
                let bare = |answer: &Answer| {
                    let mut json = answer.json.clone();
                    json["request_id"] = Value::Null;
                    json["instance"] = Value::Null;
                    json
                };
                assert_eq!(bare(&none), bare(&hidden));
            }
            send(&world, &reader, "a.txt", "x").await.expect(403);
            send(&world, &away, "a.txt", "x").await.expect(403);
            send_to(&board, "field_visits", &new_id(), "a.txt", "x").await.expect(404);

            // Deleted: the bytes and their key are gone, what was known stays.
            let deletion = json!({ "reason": "Gửi nhầm tệp" });
            let tried = board.act(format!("{path}/deletions"), 1, deletion.clone()).prefer("tx=rollback").await.expect(200);
            assert_eq!(tried["status"], "deleted");
            assert_eq!(files_in(folder).len(), 1);
            board.act(format!("{path}/deletions"), 2, deletion.clone()).await.expect(412);
            board.act(format!("{path}/deletions"), 1, json!({ "reason": " " })).await.expect(422).about("/reason", "required");
            reader.act(format!("{path}/deletions"), 1, deletion.clone()).await.expect(403);
            let deleted = board.act(format!("{path}/deletions"), 1, deletion.clone()).await.expect(200);
            assert_eq!((&deleted["status"], &deleted["deleted_reason"]), (&json!("deleted"), &json!("Gửi nhầm tệp")));
            assert_eq!(files_in(folder).len(), 0);
            let keys = world
                .database()
                .number("SELECT count(*) AS value FROM attachments WHERE status = 'deleted' AND key_sealed IS NOT NULL");
            assert_eq!(keys, 0);
            reader.get(format!("{path}/content")).await.expect(409).about("", "file_deleted");
            board.act(format!("{path}/deletions"), 2, deletion).await.expect(409).because("invalid_transition");
            let events = reader.get(format!("{path}/events")).await.expect(200);
            assert_eq!(events.each("action"), ["create", "delete"]);
            world.check_books();
        },
    );
}

#[test]
fn what_is_taken_is_told_by_the_content() {
    on_both(async |world| {
        let board = world.board();
        let text = "Chi hội sinh hoạt đều\n".repeat(5000);
        for (name, bytes, kept) in [
            ("a.jpg", picture(), Some("image/jpeg")),
            ("a.exe", text.clone().into_bytes(), Some("text/plain")),
            ("a.csv", "ho_ten,nam_sinh\n".into(), Some("text/plain")),
            ("a.jpg", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), None),
            ("a.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(), None),
            ("a.txt", b"\xef\xbb\xbf<?xml version=\"1.0\"?><svg/>".to_vec(), None),
            ("a.pdf", b"MZ\x90\0\x03\0\0\0\x04\0".to_vec(), None),
            ("a.jpg", b"GIF89a\x01\0\x01\0\x80".to_vec(), None),
            ("a.docx", b"PK\x03\x04 not a container".to_vec(), None),
            ("a.txt", b"Kh\xe1nh H\xf2a".to_vec(), None),
            ("a.txt", [text.as_bytes(), b"\0"].concat(), None),
        ] {
            let answer = send(&world, &board, name, bytes).await;
            match kept {
                Some(kind) => assert_eq!(answer.expect(201)["media_type"], kind, "{name}"),
                None => assert!(answer.status == 415 || answer.status == 422, "{name}: {answer:?}"),
            }
        }
        let told = send(&world, &board, "a.jpg", "<html>x</html>").await.expect(415).because("unsupported_media_type");
        assert!(told.text("detail").contains("html"), "{told:?}");
        assert!(told["accepted"].as_array().unwrap().contains(&json!("image/jpeg")));
        send(&world, &board, "a.jpg", "").await.expect(422).about("", "empty_file");
        send(&world, &board, "a.jpg", &picture()[..200]).await.expect(422).about("", "broken_file");
        send(&world, &board, "a.pdf", "%PDF-1.7\n%%EOF").await.expect(422).about("", "broken_file");
        send(&world, &board, "", "x").await.expect(400).about("file_name", "length");
        send(&world, &board, &"x".repeat(256), "x").await.expect(400).about("file_name", "length");
        send_to(&board, "members", &new_id(), "a.txt", "x").await.expect(400);
        let long = send(&world, &board, &"ế".repeat(255), "x").await.expect(201);
        assert!(long.text("file_name").ends_with("ế.txt"));
        let split = send(&world, &board, "a\r\nSet-Cookie: x=y.txt", "x").await.expect(201);
        let content = board.get(format!("/attachments/{}/content", split.id())).await.expect(200);
        assert!(content.header("set-cookie").is_none());
    });
}

#[test]
fn sent_twice_it_is_there_once() {
    on_both_in_a_folder(
        |_| {},
        async |world, folder| {
            let board = world.board();
            let (support, id) = (&world.cast().inside.unit_support, new_id());
            let with_id = |bytes: &str| {
                let query = format!("owner_resource=unit_supports&owner_id={support}&file_name=a.txt&id={id}");
                board.ask("POST", format!("/attachments?{query}")).header("content-type", "text/plain").bytes(bytes)
            };
            assert_eq!(with_id("một").prefer("tx=rollback").await.expect(201).id(), id);
            assert_eq!(files_in(folder).len(), 0, "it was only tried");
            with_id("một").await.expect(201);
            let again = with_id("một").await.expect(200);
            assert_eq!((again.id(), again["version"].clone()), (id.clone(), json!(1)));
            with_id("hai").await.expect(409).because("id_in_use");
            assert_eq!(files_in(folder).len(), 1);
            assert_eq!(board.get(format!("/attachments/{id}/content")).await.expect(200).body(), "một");

            let keyed = |bytes: &str| send(&world, &board, "b.txt", bytes).key("mot");
            let first = keyed("ba").await.expect(201);
            let second = keyed("ba").await.expect(201);
            assert_eq!((second.header("idempotency-replayed"), &second.bytes), (Some("true"), &first.bytes));
            keyed("bốn").await.expect(422).because("idempotency_key_reused");
            assert_eq!(files_in(folder).len(), 2);
            // Everything in the store has its row.
            assert_eq!(world.service().files.sweep(Duration::ZERO).await.unwrap(), 0);
        },
    );
}

#[test]
fn what_is_too_large_is_not_taken() {
    on_both_in_a_folder(
        |config| config.attachments_limit_mib = 1,
        async |world, folder| {
            let board = world.board();
            let just = "x".repeat(1024 * 1024);
            let made = send(&world, &board, "a.txt", just.clone()).await.expect(201);
            assert_eq!(board.get(format!("/attachments/{}/content", made.id())).await.expect(200).body(), just);
            // Announced, and not.
            let query = format!("owner_resource=field_visits&owner_id={}&file_name=a.txt", world.cast().inside.field_visit);
            let (token, url) = (board.token().await.unwrap(), world.url().to_owned());
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let ask = || client.post(format!("{url}/api/v1/attachments?{query}")).bearer_auth(&token);
            send(&world, &board, "a.txt", just.clone() + "y").await.expect(413).because("payload_too_large");
            let parts = futures_util::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024])));
            let answer = ask().body(reqwest::Body::wrap_stream(parts)).send().await;
            assert!(answer.is_err() || answer.unwrap().status() == 413);
            // One that breaks off leaves nothing.
            let broken = futures_util::stream::iter([Ok(vec![b'x'; 1000]), Err(std::io::Error::other("gone"))]);
            assert!(ask().body(reqwest::Body::wrap_stream(broken)).send().await.is_err());
            let short = ask().header("content-length", "2000").body(reqwest::Body::wrap_stream(
                futures_util::stream::iter([Ok::<_, std::io::Error>(vec![b'x'; 1000])])
                    .chain(futures_util::stream::iter([Err(std::io::Error::other("gone"))])),
            ));
            assert!(short.send().await.is_err());
            assert_eq!(files_in(folder).len(), 1);
            assert_eq!(world.database().number("SELECT count(*) AS value FROM attachments WHERE size_bytes > 100"), 1);
        },
    );
}

#[test]
fn what_was_tampered_with_in_the_store_is_not_served() {
    on_both_in_a_folder(
        |_| {},
        async |world, folder| {
            let board = world.board();
            let one = send(&world, &board, "a.txt", "một ".repeat(50_000)).await.expect(201).id();
            let two = send(&world, &board, "b.txt", "hai ".repeat(50_000)).await.expect(201).id();
            let kept = files_in(folder);
            let token = board.token().await.unwrap();
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let read = async |id: &str| {
                let answer = client
                    .get(format!("{}/api/v1/attachments/{id}/content", world.url()))
                    .bearer_auth(&token)
                    .send()
                    .await
                    .unwrap();
                // What breaks off is an error of the connection.
                let status = answer.status().as_u16();
                answer.bytes().await.map(|bytes| (status, bytes.len())).unwrap_or((0, 0))
            };
            let [(first, a), (second, b)] = &kept[..] else { panic!("{}", kept.len()) };
            let whole = async || [read(&one).await.0, read(&two).await.0];
            assert_eq!(whole().await, [200, 200]);
            std::fs::write(first, b).unwrap();
            std::fs::write(second, a).unwrap();
            assert_eq!(whole().await, [500, 500], "exchanged");
            let mut longer = a.clone();
            longer.push(0);
            let mut late = a.clone();
            *late.last_mut().unwrap() ^= 1;
            for changed in [&a[..a.len() / 2], &a[..23 + 65552], &longer, &late, &[]] {
                std::fs::write(first, changed).unwrap();
                std::fs::write(second, b).unwrap();
                let mut found = whole().await;
                found.sort_unstable();
                assert!(found[0] != 200 && found[1] == 200 || found == [200, 500], "{found:?}");
            }
            std::fs::remove_file(first).unwrap();
            let mut found = whole().await;
            found.sort_unstable();
            assert_eq!(found, [200, 503]);
        },
    );
}

/// A program that the installation plugs in: it cannot tell while a file is there, and finds one word.
#[test]
fn what_is_scanned_is_read_when_it_was_found_clean() {
    let folder = tempfile::tempdir().unwrap();
    let (script, closed) = (folder.path().join("scan"), folder.path().join("closed"));
    let words = format!(
        "#!/bin/sh\nif test -e {}; then exit 3; fi\nif grep -q EICAR; then echo Eicar-Test; exit 1; fi\n",
        closed.display()
    );
    std::fs::write(&script, words).unwrap();
    std::os::unix::fs::PermissionsExt::set_mode(&mut std::fs::metadata(&script).unwrap().permissions(), 0o700);
    let command = format!("sh {}", script.display());
    on_both_in_a_folder(
        |config| config.scan_command = command.clone(),
        async |world, store| {
            std::fs::write(&closed, "").unwrap();
            let board = world.board();
            let good = send(&world, &board, "a.txt", "Chi hội").await.expect(201);
            let bad = send(&world, &board, "b.txt", "EICAR").await.expect(201);
            let path = |made: &Answer| format!("/attachments/{}", made.id());
            assert_eq!((&good["status"], &bad["status"]), (&json!("scanning"), &json!("scanning")));
            assert!(!world.service().files.scan_waiting().await.unwrap(), "it cannot tell");
            for made in [&good, &bad] {
                board.get(format!("{}/content", path(made))).await.expect(409).about("", "not_scanned_yet");
            }
            // In the background, some moments later.
            std::fs::remove_file(&closed).unwrap();
            let mut waited = 0;
            while board.get(path(&bad)).await.expect(200)["status"] == "scanning"
                || board.get(path(&good)).await.expect(200)["status"] == "scanning"
            {
                waited += 1;
                assert!(waited < 400, "nothing scans");
                actix_web::rt::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(board.get(format!("{}/content", path(&good))).await.expect(200).body(), "Chi hội");
            let rejected = board.get(path(&bad)).await.expect(200);
            assert_eq!((&rejected["status"], &rejected["scan_result"]), (&json!("rejected"), &json!("Eicar-Test")));
            board.get(format!("{}/content", path(&bad))).await.expect(409).about("", "file_rejected");
            let steps = board.get(format!("{}/events", path(&bad))).await.expect(200);
            assert_eq!(steps.each("action"), ["create", "fail_scan"]);
            for _ in 0..100 {
                if files_in(store).len() == 1 {
                    break;
                }
                actix_web::rt::time::sleep(Duration::from_millis(20)).await;
            }
            assert_eq!(files_in(store).len(), 1, "an infected file is destroyed");
        },
    );
}

/// The process is killed while files come: what was acknowledged is whole, and of the rest nothing stays.
#[test]
fn kill_9_leaves_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    on_both(async |world| {
        let token = world.board().token().await.unwrap();
        let visit = world.cast().inside.field_visit.clone();
        world.stop().await;
        let store = folder.path().join(format!("{:?}", world.engine()));
        let setting = format!("file:{}", store.display());
        let mut process = Process::start_with(world.database(), |command| command.env("HOICOSO_ATTACHMENTS", &setting)).await;
        let acknowledged: std::sync::Arc<std::sync::Mutex<Vec<(String, usize)>>> = std::sync::Arc::default();
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (url, token, visit, acknowledged) = (process.url.clone(), token.clone(), visit.clone(), acknowledged.clone());
                actix_web::rt::spawn(async move {
                    let client = reqwest::Client::builder().no_proxy().build().unwrap();
                    for size in (1..50).map(|turn| turn * 37_000 + sender) {
                        let query = format!("owner_resource=field_visits&owner_id={visit}&file_name=a.txt");
                        let ask = client.post(format!("{url}/api/v1/attachments?{query}")).bearer_auth(&token);
                        let Ok(answer) = ask.body("x".repeat(size)).send().await else { return };
                        assert_eq!(answer.status(), 201);
                        let Ok(made) = answer.json::<Value>().await else { return };
                        acknowledged.lock().unwrap().push((made["id"].as_str().unwrap().to_owned(), size));
                    }
                })
            })
            .collect();
        while acknowledged.lock().unwrap().len() < 12 {
            actix_web::rt::time::sleep(Duration::from_millis(2)).await;
        }
        process.kill();
        for sender in senders {
            sender.await.unwrap();
        }
        let process = Process::start_with(world.database(), |command| command.env("HOICOSO_ATTACHMENTS", &setting)).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let list = client.get(format!("{}/api/v1/attachments?owner_resource=field_visits&owner_id={visit}", process.url));
        let list: Value = list.bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        // All rows are whole, the acknowledged ones among them; the one of the cast stands elsewhere.
        let rows: Vec<&Value> = list["items"].as_array().unwrap().iter().filter(|row| row["file_name"] == "a.txt").collect();
        for row in &rows {
            let path = format!("{}/api/v1/attachments/{}/content", process.url, row["id"].as_str().unwrap());
            let content = client.get(path).bearer_auth(&token).send().await.unwrap();
            assert_eq!(content.status(), 200);
            let content = content.bytes().await.unwrap();
            assert_eq!(
                (content.len() as u64, hex(&content)),
                (row["size_bytes"].as_u64().unwrap(), row["sha256"].as_str().unwrap().to_owned())
            );
        }
        for (id, size) in acknowledged.lock().unwrap().iter() {
            assert!(
                rows.iter().any(|row| row["id"] == id.as_str() && row["size_bytes"] == *size),
                "{id} was acknowledged and is gone"
            );
        }
        drop(process);
        // What has no row is swept away, what has one is not.
        let config = hoicoso::config::Config { attachments: setting, ..hoicoso::config::Config::default() };
        let files = hoicoso::attachments::Files::open(&config, world.db()).unwrap();
        let swept = files.sweep(Duration::ZERO).await.unwrap();
        assert_eq!(files_in(&store).len(), rows.len(), "{swept} were swept away");
        eprintln!("   {} acknowledged, {} kept, {swept} swept away", acknowledged.lock().unwrap().len(), rows.len());
    });
}

/// A real S3-compatible server, if there is one: `HOICOSO_TEST_S3`, or the one of tests/s3.
struct S3 {
    child: Child,
    endpoint: String,
    _folder: tempfile::TempDir,
}

impl S3 {
    async fn start() -> Option<Self> {
        let named = std::env::var_os("HOICOSO_TEST_S3").map(PathBuf::from);
        let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/s3/node_modules/.bin/s3rver"));
        let Some(program) = named.or_else(|| installed.exists().then_some(installed)) else {
            assert!(std::env::var_os("HOICOSO_REQUIRE_S3").is_none(), "no S3 server: npm ci in tests/s3");
            let _ = writeln!(std::io::stderr(), "   left out: no S3 server (npm ci in tests/s3, or HOICOSO_TEST_S3)");
            return None;
        };
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let child = Command::new(program)
            .args(["--directory", folder.path().to_str().unwrap(), "--address", "127.0.0.1", "--port", &port.to_string()])
            .args(["--silent", "--no-vhost-buckets", "--configure-bucket", "hoi"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the S3 server starts");
        let this = Self { child, endpoint: format!("http://127.0.0.1:{port}"), _folder: folder };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for _ in 0..200 {
            if client.get(&this.endpoint).send().await.is_ok() {
                return Some(this);
            }
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the S3 server does not answer");
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn files_stand_in_an_s3_store_as_well() {
    let Some(s3) = actix_web::rt::System::new().block_on(S3::start()) else { return };
    let settings = |config: &mut hoicoso::config::Config| {
        let engine = if config.database_url.starts_with("postgres") { "postgres" } else { "sqlite" };
        config.attachments = format!("s3://hoi/tep/{engine}");
        config.attachments_endpoint = s3.endpoint.clone();
        config.attachments_access_key = "S3RVER".into();
        config.attachments_secret_key = hoicoso::config::Secret::new("S3RVER");
    };
    on_both_with(settings, async |world| {
        let board = world.board();
        let stored = |part: &str| files_in(s3._folder.path()).into_iter().filter(|(_, bytes)| has(bytes, part)).count();
        let small = send(&world, &board, "a.jpg", picture()).await.expect(201);
        // Larger than one part of a multipart upload.
        let words = "Chi hội sinh hoạt đều. ".repeat(400_000);
        let large = send(&world, &board, "b.txt", words.clone()).await.expect(201);
        let path = |made: &Answer| format!("/attachments/{}", made.id());
        assert_eq!(hex(&board.get(format!("{}/content", path(&small))).await.expect(200).bytes), small.text("sha256"));
        assert_eq!(board.get(format!("{}/content", path(&large))).await.expect(200).body(), words);
        assert_eq!((stored("HCA1"), stored("JFIF"), stored("Chi hội")), (2, 0, 0));
        // An upload that was killed: bytes without a row.
        let key = world.database().words("SELECT store_key AS value FROM attachments ORDER BY id DESC LIMIT 1").remove(0);
        world.database().execute("UPDATE attachments SET store_key = 'xx/elsewhere' WHERE size_bytes > 100000");
        assert_eq!(world.service().files.sweep(Duration::from_secs(3600)).await.unwrap(), 0, "too young");
        assert_eq!(world.service().files.sweep(Duration::ZERO).await.unwrap(), 1, "{key}");
        board.get(format!("{}/content", path(&large))).await.expect(503);
        board.act(format!("{}/deletions", path(&small)), 1, json!({ "reason": "Gửi nhầm" })).await.expect(200);
        assert_eq!(stored("HCA1"), 0);
        world.check_books();
    });
    // Out of reach: told so, and nothing is kept.
    let unreachable = |config: &mut hoicoso::config::Config| {
        settings(config);
        config.attachments_endpoint = "http://127.0.0.1:9".into();
    };
    on_both_with(unreachable, async |world| {
        let rows = world.database().number("SELECT count(*) AS value FROM attachments");
        send(&world, &world.board(), "a.txt", "x").await.expect(503);
        assert_eq!(world.database().number("SELECT count(*) AS value FROM attachments"), rows);
    });
}
