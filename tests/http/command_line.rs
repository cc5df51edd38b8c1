//! The program at the terminal: keys, files, accounts, clients, backups.

use std::{path::Path, process::Output};

use serde_json::json;

use crate::support::{Database, Engine, World, engines, on_both, program};

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn run(database: &Database, arguments: &[&str]) -> String {
    let output = program(database).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

#[track_caller]
fn refused(database: &Database, arguments: &[&str]) -> String {
    let output = program(database).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

/// A lost or a wrong key file changes nothing: it is said, in both languages, and the right one still opens everything.
#[test]
fn another_key_changes_nothing() {
    for engine in engines() {
        let database = Database::empty(engine);
        let folder = tempfile::tempdir().unwrap();
        let (key, other) = (folder.path().join("hoicoso.key"), folder.path().join("other.key"));
        let with = |file: &Path, arguments: &[&str]| {
            let mut command = program(&database);
            command
                .env_remove("HOICOSO_MASTER_KEY")
                .env("HOICOSO_LISTEN", "127.0.0.1:0")
                .env("HOICOSO_MASTER_KEY_FILE", file)
                .args(arguments)
                .output()
                .unwrap()
        };
        // A new installation makes its key.
        let made = with(&key, &["user", "add", "admin", "--name", "Quản trị"]);
        assert!(made.status.success() && key.exists(), "{}", words(&made));
        let rotated = with(&key, &["key", "rotate"]);
        assert!(rotated.status.success(), "{}", words(&rotated));
        let state = database.state();
        // A missing one is not made again, by no command.
        for arguments in [&["user", "list"][..], &["key", "rotate"], &["audit", "verify"], &["serve"]] {
            let refused = with(&other, arguments);
            assert!(!refused.status.success() && !other.exists(), "{arguments:?}: {}", words(&refused));
        }
        assert!(words(&with(&other, &["user", "list"])).contains("đặt lại tệp khóa"));
        // And a wrong one is refused before anything is written.
        std::fs::write(&other, "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE").unwrap();
        for arguments in [&["user", "list"][..], &["key", "rotate"], &["audit", "verify"], &["serve"]] {
            let refused = with(&other, arguments);
            let words = words(&refused);
            assert!(!refused.status.success(), "{arguments:?}: {words}");
            assert!(
                words.contains("Khóa chính không phải của cơ sở dữ liệu này") && words.contains("The master key is not"),
                "{words}"
            );
        }
        assert_eq!(database.state(), state);
        let verified = with(&key, &["audit", "verify"]);
        assert!(verified.status.success(), "{}", words(&verified));
        #[cfg(unix)]
        if engine == Engine::Sqlite {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(hoicoso::db::sqlite_path(&database.url)), 0o600, "names are in it");
            assert_eq!(mode(key.to_str().unwrap()), 0o600);
        }
    }
}

#[test]
fn roles_are_given_and_taken() {
    on_both(async |world| {
        let database = world.database();
        let unit = world.unit("Vĩnh Hải");
        // Without a unit a president would be one of the whole province.
        for arguments in [
            &["user", "add", "moi", "--name", "Mới", "--role", "base_president"][..],
            &["user", "grant", "chua.co.vai", "--role", "base_president"],
        ] {
            assert!(refused(database, arguments).contains("--unit"));
        }
        assert!(
            refused(database, &["user", "grant", "chua.co.vai", "--role", "base_president", "--unit", "56"]).contains("unit_id")
        );
        assert_eq!(database.number("SELECT count(*) AS value FROM accounts WHERE username = 'moi'"), 0);
        run(database, &["user", "grant", "chua.co.vai", "--role", "base_president", "--unit", "22330"]);
        let somebody = world.signed_in("chua.co.vai").await;
        assert_eq!(somebody.get("/me").await.expect(200)["roles"][0]["unit"]["id"], json!(unit), "it needs no confirmation");
        run(database, &["user", "revoke", "chua.co.vai", "--role", "base_president", "--unit", "22330", "--reason", "thôi việc"]);
        assert!(refused(database, &["user", "revoke", "chua.co.vai", "--role", "base_president"]).contains("Error"));
        run(database, &["user", "grant", "chua.co.vai", "--role", "inspector"]);
        run(database, &["user", "revoke", "chua.co.vai", "--role", "inspector"]);
        let again = world.signed_in("chua.co.vai").await;
        assert_eq!(again.get("/me").await.expect(200)["roles"], json!([]));
        world.audited();
    });
}

#[test]
fn a_service_gets_a_new_secret() {
    on_both(async |world| {
        let machine = &world.cast().export_client;
        let told = run(world.database(), &["client", "secret", &machine.client_id]);
        let secret = told.lines().find_map(|line| line.strip_prefix("client_secret: ")).unwrap();
        let ask = async |secret: &str| {
            let fields =
                [("grant_type", "client_credentials"), ("client_id", machine.client_id.as_str()), ("client_secret", secret)];
            world.nobody().form("/oauth/token", &fields).await
        };
        ask(secret).await.expect(200);
        ask(&machine.secret).await.expect(401);
        refused(world.database(), &["client", "secret", "hoicoso-web"]);
        refused(world.database(), &["client", "secret", "khong-co"]);
        assert_eq!(run(world.database(), &["audit", "verify"]).lines().next().unwrap().split(':').count(), 2);
    });
}

/// A backup with content goes into another database, with what had not been sealed yet, and everything is there.
#[test]
fn what_is_backed_up_is_restored_whole() {
    on_both(async |world| {
        // A server may be reachable from where its tools are not; where PostgreSQL must be tested they must be there.
        let tools = || std::process::Command::new("pg_dump").arg("--version").output().is_ok();
        if world.engine() == Engine::Postgres && std::env::var_os("HOICOSO_REQUIRE_POSTGRES").is_none() && !tools() {
            eprintln!("left out: backup of PostgreSQL (needs pg_dump)");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.tar").display().to_string();
        world.audited();
        if world.engine() == Engine::Postgres {
            // As another server would have it: a transaction that is far ahead of what the new one knows.
            world.stop().await;
            world.database().execute(
                "UPDATE audit_events SET seq = NULL, hash = NULL, xid = 4000000000 WHERE seq > (SELECT MAX(seq) - 3 FROM audit_events)",
            );
        }
        run(world.database(), &["backup", "--to", &file]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let target = Database::empty(world.engine());
        run(&target, &["restore", "--from", &file]);
        let (before, mut after) = (world.database().state(), target.state());
        after.insert("audit_events".into(), before["audit_events"]);
        assert_eq!(before, after);
        assert!(refused(&target, &["restore", "--from", &file]).contains("--force"));
        // It goes on where it stood: whoever was in, is in; every entry gets its number.
        let service = World::empty(target).await;
        let entries = service.database().number("SELECT count(*) AS value FROM audit_events");
        assert_eq!(service.audited(), entries);
        service.sign_in("bantochuc", crate::support::PASSWORD).await.expect(200);
        service.stop().await;
    });
}
