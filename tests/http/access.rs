//! Coming in, staying in, being put out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hoicoso::access::commands;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, World, days_ago, days_ahead, on_both, on_both_with};

async fn refresh(world: &World, token: &str) -> Answer {
    world
        .nobody()
        .form("/oauth/token", &[("grant_type", "refresh_token"), ("client_id", "hoicoso-web"), ("refresh_token", token)])
        .await
}

#[test]
fn a_token_and_what_it_opens() {
    on_both(async |world| {
        let answer = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(600)));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let caller = world.bearer(&answer.text("access_token"));
        let me = caller.get("/me").await.expect(200);
        assert_eq!((&me["username"], &me["roles"][0]["role"]), (&json!("chutich.vinhhai"), &json!("base_president")));
        assert_eq!(me["roles"][0]["unit"]["name"], "Phường Vĩnh Hải");
        let may = |resource: &str| -> Value {
            let all = me["permissions"].as_array().unwrap();
            all.iter().find(|permission| permission["resource"] == resource).map_or(Value::Null, |one| one["actions"].clone())
        };
        assert_eq!(may("members"), json!(["read", "create", "update", "reveal"]));
        assert_eq!(may("accounts"), Value::Null);

        for (token, why) in [("", "empty"), ("abc", "no token"), ("a.b.c", "no JWT")] {
            let refused = world.bearer(token).get("/me").await.expect(401).because("invalid_token");
            assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer "), "{why}");
        }
        world.nobody().get("/me").header("authorization", "Basic YTpi").await.expect(401);
        for (name, password) in [("chutich.vinhhai", "sai mật khẩu rồi"), ("khong.co.ai", PASSWORD), ("", PASSWORD)] {
            let refused = world.sign_in(name, password).await.expect(400);
            assert!(["invalid_grant", "invalid_request"].contains(&refused["error"].as_str().unwrap()), "{refused:?}");
        }
        // Names are taken in any case.
        world.sign_in(" ChuTich.VinhHai ", PASSWORD).await.expect(200);
        let unknown = [("grant_type", "password"), ("client_id", "khong-co"), ("username", "x"), ("password", "y")];
        world.nobody().form("/oauth/token", &unknown).await.expect(401);
        let implicit = [("grant_type", "implicit"), ("client_id", "hoicoso-web")];
        assert_eq!(world.nobody().form("/oauth/token", &implicit).await.expect(400)["error"], "unsupported_grant_type");
        let everything = [
            ("grant_type", "password"),
            ("client_id", "hoicoso-web"),
            ("username", "it.hai"),
            ("password", PASSWORD),
            ("scope", "admin"),
        ];
        assert_eq!(world.nobody().form("/oauth/token", &everything).await.expect(400)["error"], "invalid_scope");
    });
}

/// Signed with a key of the set, and with nothing else.
#[test]
fn the_published_keys_verify_tokens() {
    on_both(async |world| {
        let token = world.user("bantochuc").token().await.unwrap();
        let keys = world.nobody().get("/.well-known/jwks.json").await.expect(200);
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.json.clone()).unwrap();
        let head = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!((head.alg, head.typ.as_deref()), (jsonwebtoken::Algorithm::EdDSA, Some("at+jwt")));
        let key = jsonwebtoken::DecodingKey::from_jwk(set.find(head.kid.as_deref().unwrap()).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        rules.set_audience(&["http://hoicoso.test/api/v1"]);
        rules.set_issuer(&["http://hoicoso.test"]);
        let claims: Value = jsonwebtoken::decode(&token, &key, &rules).unwrap().claims;
        for name in ["iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti"] {
            assert!(!claims[name].is_null(), "{name}: {claims}");
        }
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        assert!(!keys.body().contains("\"d\""), "no private half");

        // The same words without a signature, with another algorithm, with one letter changed.
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": head.kid }).to_string());
        let hmac = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "at+jwt", "kid": head.kid }).to_string());
        let mut other = claims.clone();
        other["sub"] = json!(world.cast().accounts["admin"]);
        let other = URL_SAFE_NO_PAD.encode(other.to_string());
        for forged in [
            format!("{none}.{}.", parts[1]),
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>()),
        ] {
            world.bearer(&forged).get("/me").await.expect(401).because("invalid_token");
        }
        let server = world.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(
            (&server["issuer"], &server["token_endpoint"]),
            (&json!("http://hoicoso.test"), &json!("http://hoicoso.test/oauth/token"))
        );
    });
}

#[test]
fn a_refresh_token_works_once_and_a_used_one_ends_its_family() {
    on_both(async |world| {
        let first = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        let other = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        let second = refresh(&world, &first.text("refresh_token")).await.expect(200);
        let third = refresh(&world, &second.text("refresh_token")).await.expect(200);
        let caller = world.bearer(&third.text("access_token"));
        caller.get("/me").await.expect(200);
        // Somebody has a copy of an older one.
        let reused = refresh(&world, &first.text("refresh_token")).await.expect(400);
        assert_eq!(reused["error"], "invalid_grant");
        refresh(&world, &third.text("refresh_token")).await.expect(400);
        caller.get("/me").await.expect(401);
        // Her other sign-in goes on.
        world.bearer(&other.text("access_token")).get("/me").await.expect(200);
        let next = refresh(&world, &other.text("refresh_token")).await.expect(200);
        // A token is of its client.
        let stolen = [
            ("grant_type", "refresh_token"),
            ("client_id", "swagger-ui"),
            ("refresh_token", next["refresh_token"].as_str().unwrap()),
        ];
        world.nobody().form("/oauth/token", &stolen).await.expect(400);
        refresh(&world, "khong-phai-ma").await.expect(400);
    });
}

/// Two that come at once with one refresh token: one of them is a thief, and nobody knows which.
#[test]
fn one_refresh_token_used_twice_at_once() {
    on_both(async |world| {
        let first = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200).text("refresh_token");
        let (one, two) = futures_util::future::join(refresh(&world, &first), refresh(&world, &first)).await;
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        let winner = if one.status == 200 { one } else { two };
        world.bearer(&winner.text("access_token")).get("/me").await.expect(401);
    });
}

#[test]
fn signing_out_takes_effect_at_once() {
    on_both(async |world| {
        let here = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        let there = world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        let (here_caller, there_caller) = (world.bearer(&here.text("access_token")), world.bearer(&there.text("access_token")));
        here_caller.get("/me").await.expect(200);
        let sessions = here_caller.get("/me/sessions").await.expect(200);
        let current: Vec<bool> = sessions.items().iter().map(|session| session["current"].as_bool().unwrap()).collect();
        assert_eq!(current.iter().filter(|current| **current).count(), 1);

        assert_eq!(here_caller.post("/me/sign-outs", json!({ "everywhere": false })).await.expect(200)["ended_count"], 1);
        here_caller.get("/me").await.expect(401);
        refresh(&world, &here.text("refresh_token")).await.expect(400);
        there_caller.get("/me").await.expect(200);

        // By its token, as any OAuth library does it; and an unknown one is no news.
        let revoke = [("client_id", "hoicoso-web"), ("token", there["refresh_token"].as_str().unwrap())];
        world.nobody().form("/oauth/revoke", &revoke).await.expect(200);
        world.nobody().form("/oauth/revoke", &revoke).await.expect(200);
        there_caller.get("/me").await.expect(401);

        // A lost phone.
        let (phone, desk) = (world.signed_in("chutich.vinhhai").await, world.signed_in("chutich.vinhhai").await);
        let id = phone.get("/me").await.expect(200).text("session_id");
        phone.get("/me").await.expect(200);
        desk.delete(format!("/me/sessions/{id}")).await.expect(204);
        phone.get("/me").await.expect(401);
        desk.delete(format!("/me/sessions/{id}")).await.expect(404);
        // Nobody ends another's.
        let other = world.user("nhaplieu.vinhhai").get("/me").await.expect(200).text("session_id");
        desk.delete(format!("/me/sessions/{other}")).await.expect(404);
        desk.post("/me/sign-outs", json!({ "everywhere": true })).await.expect(200);
        desk.get("/me").await.expect(401);
    });
}

#[test]
fn too_many_wrong_passwords_lock_a_name_known_or_not() {
    on_both(async |world| {
        let mut stories = Vec::new();
        for name in ["chihoi.vangia", "khong.co.ai"] {
            let mut told = Vec::new();
            for _ in 0..6 {
                let answer = world.sign_in(name, "sai mật khẩu rồi").await;
                let seconds = answer.header("retry-after").map(|text| text.parse::<u32>().unwrap());
                told.push((
                    answer.status,
                    answer["error"].clone(),
                    answer["error_description"].clone(),
                    answer["code"].clone(),
                    seconds.map(|s| s > 800),
                ));
            }
            stories.push(told);
        }
        assert_eq!(stories[0], stories[1], "a name that nobody has behaves like one that somebody has");
        assert_eq!(stories[0][5].0, 429);
        assert_eq!(stories[0][5].3, "account_locked");
        world.sign_in("chihoi.vangia", PASSWORD).await.expect(429);
        // Who is in, stays in; an administrator may lift it.
        world.user("chihoi.vangia").get("/me").await.expect(200);
        let account = format!("/accounts/{}", world.cast().accounts["chihoi.vangia"]);
        assert!(world.admin().get(&account).await.expect(200)["locked_until"].is_string());
        world
            .admin()
            .act(
                format!("{account}/disablements"),
                world.version_of("accounts", &world.cast().accounts["chihoi.vangia"]),
                json!({ "reason": "Kiểm tra" }),
            )
            .await
            .expect(200);
        world
            .admin()
            .act(
                format!("{account}/enablements"),
                world.version_of("accounts", &world.cast().accounts["chihoi.vangia"]),
                json!({ "reason": "Đã kiểm tra" }),
            )
            .await
            .expect(200);
        world.sign_in("chihoi.vangia", PASSWORD).await.expect(200);
    });
}

#[test]
fn a_role_that_is_taken_away_is_gone_with_the_next_request() {
    on_both(async |world| {
        let (admin, chair) = (world.admin(), world.chair_of("Vĩnh Hải"));
        let account = world.cast().accounts["chutich.vinhhai"].clone();
        chair.get("/members").await.expect(200);
        let roles = admin.get(format!("/accounts/{account}/role-assignments")).await.expect(200);
        let role = roles.items()[0].clone();
        let path = format!("/role-assignments/{}", role["id"].as_str().unwrap());
        // Not before its day.
        let planned = admin.act(format!("{path}/endings"), 1, json!({ "effective_on": days_ahead(30) })).await.expect(200);
        assert_eq!(planned["status"], "active");
        chair.get("/members").await.expect(200);
        let ended = admin.act(format!("{path}/endings"), 2, json!({ "reason": "Thôi giữ chức" })).await.expect(200);
        assert_eq!((&ended["status"], &ended["valid_to"]), (&json!("ended"), &json!(days_ago(0))));
        chair.get("/members").await.expect(403).because("forbidden");
        assert_eq!(chair.get("/me").await.expect(200)["roles"], json!([]));
        admin.act(format!("{path}/endings"), 3, json!({})).await.expect(409).because("invalid_transition");

        // And one that is given is there at once, from its first day on.
        let give = |from: &str| json!({ "role": "branch_head", "unit_id": world.unit("Ba Làng"), "valid_from": from });
        admin.post(format!("/accounts/{account}/role-assignments"), give(&days_ahead(1))).await.expect(201);
        chair.get("/members").await.expect(403);
        let mut now = give(&days_ago(0));
        now["valid_to"] = json!(days_ahead(1));
        let given = admin.post(format!("/accounts/{account}/role-assignments"), now).await.expect(201);
        chair.get("/members").await.expect(403);
        world.board().act(format!("/role-assignments/{}/confirmations", given.id()), 1, json!({})).await.expect(200);
        assert_eq!(chair.get("/members").await.expect(200).each("full_name"), ["Võ Thị Dung"]);
    });
}

#[test]
fn an_account_that_is_disabled_is_out_at_once() {
    on_both(async |world| {
        let (admin, chair) = (world.admin(), world.chair_of("Vĩnh Hải"));
        let id = world.cast().accounts["chutich.vinhhai"].clone();
        chair.get("/me").await.expect(200);
        let version = world.version_of("accounts", &id);
        admin.act(format!("/accounts/{id}/disablements"), version, json!({ "reason": "Nghỉ công tác" })).await.expect(200);
        chair.get("/me").await.expect(401);
        world.sign_in("chutich.vinhhai", PASSWORD).await.expect(400);
        admin.post(format!("/accounts/{id}/password-codes"), json!({})).await.expect(409);
        admin.act(format!("/accounts/{id}/enablements"), version + 1, json!({ "reason": "Đi làm lại" })).await.expect(200);
        world.sign_in("chutich.vinhhai", PASSWORD).await.expect(200);
        chair.get("/me").await.expect(401);

        // Nobody does it to herself, and one administrator remains.
        let me = world.cast().accounts["admin"].clone();
        admin.act(format!("/accounts/{me}/disablements"), 1, json!({ "reason": "x" })).await.expect(403);
        admin
            .post(
                format!("/accounts/{me}/role-assignments"),
                json!({ "role": "province_org", "unit_id": world.unit("Khánh Hòa") }),
            )
            .await
            .expect(403);
        admin.patch(format!("/accounts/{me}"), 1, json!({ "display_name": "Tôi" })).await.expect(403);
        let others = ["it.hai", "walk.it_admin"].map(|name| world.cast().accounts[name].clone());
        for other in &others {
            admin
                .act(format!("/accounts/{other}/disablements"), world.version_of("accounts", other), json!({ "reason": "x" }))
                .await
                .expect(200);
        }
        let last = commands::disable(&world.db(), "admin", None).await;
        assert_eq!(last.unwrap_err().code().as_str(), "conflict");
    });
}

#[test]
fn a_new_account_from_code_to_password() {
    on_both(async |world| {
        let admin = world.admin();
        let made = admin.post("/accounts", json!({ "username": "nguoi.moi", "display_name": "Người  mới" })).await.expect(201);
        assert_eq!((&made["has_password"], &made["display_name"]), (&json!(false), &json!("Người mới")));
        admin
            .post("/accounts", json!({ "username": "nguoi.moi", "display_name": "Khác" }))
            .await
            .expect(422)
            .about("/username", "username_in_use");
        admin
            .post("/accounts", json!({ "username": "Người.Mới", "display_name": "Khác" }))
            .await
            .expect(422)
            .about("/username", "invalid_username");
        world.sign_in("nguoi.moi", "").await.expect(400);
        let code =
            async || admin.post(format!("/accounts/{}/password-codes", made.id()), json!({})).await.expect(201).text("code");
        let void = code().await;
        let code = code().await;
        let reset = async |code: &str, password: &str| {
            world
                .nobody()
                .post("/password-resets", json!({ "username": "nguoi.moi", "code": code, "new_password": password }))
                .await
        };
        reset(&void, "mưa rơi trên lá chuối").await.expect(422).about("/code", "invalid_code");
        for (weak, why) in [("ngắn", "length"), ("nguoi.moi 2026 nhé", "contains_username"), ("matkhau12345", "too_common")] {
            reset(&code, weak).await.expect(422).about("/new_password", why);
        }
        reset(&code.to_lowercase().replace('-', " "), "mưa rơi trên lá chuối").await.expect(204);
        reset(&code, "nắng lên trên đồi cát").await.expect(422).about("/code", "invalid_code");
        let caller = world.bearer(&world.sign_in("nguoi.moi", "mưa rơi trên lá chuối").await.expect(200).text("access_token"));
        caller.get("/units").await.expect(403);

        // She changes it herself; her other sign-ins end, this one goes on.
        let elsewhere = world.bearer(&world.sign_in("nguoi.moi", "mưa rơi trên lá chuối").await.expect(200).text("access_token"));
        let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        caller
            .post("/me/password-changes", change("sai", "nắng lên trên đồi cát"))
            .await
            .expect(422)
            .about("/current_password", "wrong_password");
        caller.post("/me/password-changes", change("mưa rơi trên lá chuối", "nắng lên trên đồi cát")).await.expect(204);
        caller.get("/me").await.expect(200);
        elsewhere.get("/me").await.expect(401);
        world.sign_in("nguoi.moi", "mưa rơi trên lá chuối").await.expect(400);
        world.sign_in("nguoi.moi", "nắng lên trên đồi cát").await.expect(200);

        // A password that somebody else has set must be changed first.
        commands::set_password(&world.db(), "nguoi.moi", "sương mù trên đỉnh núi", true).await.unwrap();
        let signed = world.sign_in("nguoi.moi", "sương mù trên đỉnh núi").await.expect(200);
        assert_eq!(signed["must_change_password"], true);
        let caller = world.bearer(&signed.text("access_token"));
        caller.get("/units").await.expect(403);
        caller.get("/me").await.expect(200);
        caller.post("/me/password-changes", change("sương mù trên đỉnh núi", "nắng lên trên đồi cát")).await.expect(204);
        caller.get("/units").await.expect(403).because("forbidden");
        // No hash is ever shown.
        let trail = world.user("giamsat").get("/audit-events?resource=accounts&limit=200").await.expect(200);
        assert!(!trail.body().contains("argon2"));
    });
}

#[test]
fn machines_with_a_secret() {
    on_both(async |world| {
        let machine = world.machine().await;
        let me = machine.get("/me").await.expect(200);
        assert_eq!((&me["kind"], &me["username"]), (&json!("service"), &json!("tram-xuat")));
        machine.get("/members").await.expect(403);
        machine.get("/units").await.expect(200);
        let cast = &world.cast().export_client;
        let wrong = [("grant_type", "client_credentials"), ("client_id", cast.client_id.as_str()), ("client_secret", "sai")];
        let refused = world.nobody().form("/oauth/token", &wrong).await.expect(401);
        assert_eq!(refused["error"], "invalid_client");
        assert!(refused.header("www-authenticate").is_some());
        // By HTTP Basic.
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", cast.client_id, cast.secret));
        world
            .nobody()
            .form("/oauth/token", &[("grant_type", "client_credentials")])
            .header("authorization", format!("Basic {basic}"))
            .await
            .expect(200);
        // A front end has no rights of its own, a service signs nobody in.
        let front = [("grant_type", "client_credentials"), ("client_id", "hoicoso-web")];
        assert_eq!(world.nobody().form("/oauth/token", &front).await.expect(400)["error"], "unauthorized_client");
        let people = [
            ("grant_type", "password"),
            ("client_id", cast.client_id.as_str()),
            ("client_secret", cast.secret.as_str()),
            ("username", "admin"),
            ("password", PASSWORD),
        ];
        assert_eq!(world.nobody().form("/oauth/token", &people).await.expect(400)["error"], "unauthorized_client");

        let renewed = world.admin().post(format!("/clients/{}/secrets", cast.id), json!({})).await.expect(200);
        assert_eq!(renewed.header("cache-control"), Some("no-store"));
        let renewed = renewed.text("client_secret");
        let with = |secret: &str| {
            [
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", cast.client_id.clone()),
                ("client_secret", secret.to_owned()),
            ]
        };
        let ask = async |secret: &str| {
            let fields = with(secret);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            world.nobody().form("/oauth/token", &fields).await
        };
        ask(&cast.secret).await.expect(401);
        let fresh = world.bearer(&ask(&renewed).await.expect(200).text("access_token"));
        fresh.get("/units").await.expect(200);
        world
            .admin()
            .act(
                format!("/clients/{}/disablements", cast.id),
                world.version_of("clients", &cast.id),
                json!({ "reason": "Thay máy" }),
            )
            .await
            .expect(200);
        fresh.get("/units").await.expect(401);
        ask(&renewed).await.expect(401);
        let shown = world.admin().get(format!("/clients/{}", cast.id)).await.expect(200);
        assert!(!shown.body().contains(&renewed));
    });
}

/// A service signs in with a key of its own.
pub async fn sign_in_with_a_key(world: &World) -> Answer {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) });
    let client = json!({ "client_id": "may-ky", "name": "Máy ký", "kind": "service", "jwks": { "keys": [jwk] } });
    world.admin().post("/clients", client).await.expect(201);
    let claims = json!({ "iss": "may-ky", "sub": "may-ky", "aud": "http://hoicoso.test", "jti": crate::support::new_id(),
                         "exp": hoicoso::db::Instant::now().seconds() + 300 });
    let key = jsonwebtoken::EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
    let assertion = jsonwebtoken::encode(&jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA), &claims, &key).unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields =
        [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", assertion.as_str())];
    world.nobody().form("/oauth/token", &fields).await
}

#[test]
fn machines_with_a_key() {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    on_both(async |world| {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "x": x });
        let client = json!({ "client_id": "may-co-khoa", "name": "Máy có khóa", "kind": "service", "jwks": { "keys": [jwk] } });
        let made = world.admin().post("/clients", client.clone()).await.expect(201);
        assert_eq!((made.json.get("client_secret"), &made["has_secret"]), (None, &json!(false)));
        let mut private = client;
        private["client_id"] = json!("may-khac");
        private["jwks"]["keys"][0]["d"] = json!(x);
        world.admin().post("/clients", private).await.expect(422).about("/jwks", "private_key");

        let key = jsonwebtoken::EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        let now = hoicoso::db::Instant::now().seconds();
        let assertion = |changes: Value| {
            let mut claims = json!({ "iss": "may-co-khoa", "sub": "may-co-khoa", "aud": "http://hoicoso.test/oauth/token", "exp": now + 300, "jti": crate::support::new_id() });
            for (name, value) in changes.as_object().unwrap() {
                claims[name] = value.clone();
            }
            let head =
                jsonwebtoken::Header { kid: Some("k1".into()), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA) };
            jsonwebtoken::encode(&head, &claims, &key).unwrap()
        };
        let ask = async |assertion: &str| {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            world
                .nobody()
                .form(
                    "/oauth/token",
                    &[("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", assertion)],
                )
                .await
        };
        let good = assertion(json!({}));
        let token = ask(&good).await.expect(200).text("access_token");
        world.bearer(&token).get("/me").await.expect(200);
        ask(&good).await.expect(401);
        // Nor is it good at another instance, or after a restart.
        let other = crate::support::Process::start(world.database()).await;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let fields = [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", good.as_str())];
        let there = async |fields: &[(&str, &str)]| {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            client.post(format!("{}/oauth/token", other.url)).form(fields).send().await.unwrap().status().as_u16()
        };
        assert_eq!(there(&fields).await, 401);
        let fresh = assertion(json!({}));
        assert_eq!(there(&[fields[0], fields[1], ("client_assertion", fresh.as_str())]).await, 200);
        ask(&fresh).await.expect(401);
        drop(other);
        for wrong in [
            json!({ "aud": "http://another.test" }),
            json!({ "exp": now - 60 }),
            json!({ "exp": now + 3600 }),
            json!({ "sub": "tram-xuat", "iss": "tram-xuat" }),
            json!({ "jti": "" }),
        ] {
            ask(&assertion(wrong)).await.expect(401);
        }
        let other = Ed25519KeyPair::generate().unwrap();
        let other = jsonwebtoken::EncodingKey::from_ed_der(other.to_pkcs8v1().unwrap().as_ref());
        let head = jsonwebtoken::Header { kid: Some("k1".into()), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA) };
        let claims =
            json!({ "iss": "may-co-khoa", "sub": "may-co-khoa", "aud": "http://hoicoso.test", "exp": now + 300, "jti": "x" });
        ask(&jsonwebtoken::encode(&head, &claims, &other).unwrap()).await.expect(401);
    });
}

#[test]
fn keys_rotate_and_nobody_is_signed_out() {
    on_both(async |world| {
        let before = world.signed_in("bantochuc").await;
        let old: Vec<Value> = world.nobody().get("/.well-known/jwks.json").await.expect(200)["keys"].as_array().unwrap().clone();
        let kid = commands::rotate_key(&world.db(), 600).await.unwrap();
        before.get("/me").await.expect(200);
        // This service hears of it by itself within a second; a token of the new key would make it look at once.
        let mut keys = Vec::new();
        for _ in 0..200 {
            keys = world.nobody().get("/.well-known/jwks.json").await.expect(200)["keys"].as_array().unwrap().clone();
            if keys.len() == old.len() + 1 {
                break;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(keys.iter().any(|key| key["kid"] == kid.as_str()));
        let after = world.signed_in("bantochuc").await;
        let head = jsonwebtoken::decode_header(after.token().await.unwrap()).unwrap();
        assert_eq!(head.kid.as_deref(), Some(kid.as_str()));
        before.get("/me").await.expect(200);
        after.get("/me").await.expect(200);
        let left = world
            .database()
            .number("SELECT count(*) AS value FROM signing_keys WHERE retired_at IS NOT NULL AND length(private_key_sealed) > 0");
        assert_eq!(left, 0, "a retired key cannot sign any more");
    });
}

#[test]
fn limits_are_told_and_kept() {
    let tight = |config: &mut hoicoso::config::Config| {
        config.rate_limit_default = 1000;
        config.rate_limit_lookup = 3;
        config.rate_limit_login = 4;
    };
    on_both_with(tight, async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let answer = chair.get("/units").await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=1000;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with("\"default\";r=99"));
        let look = || chair.post("/members/lookups", json!({ "phone": "0905123401" }));
        for _ in 0..3 {
            assert!(look().await.expect(200).header("ratelimit").unwrap().starts_with("\"lookup\";"));
        }
        let refused = look().await.expect(429).because("too_many_requests");
        assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
        assert_eq!(refused["retryable"], true);
        // Limits are by caller: another one of the same office goes on, and so does she with everything else.
        world.user("nhaplieu.vinhhai").post("/members/lookups", json!({ "phone": "0905123401" })).await.expect(200);
        chair.get("/units").await.expect(200);
        for _ in 0..4 {
            world.sign_in("kiemtra", PASSWORD).await.expect(200);
        }
        world.sign_in("kiemtra", PASSWORD).await.expect(429);
        world.sign_in("giamsat", PASSWORD).await.expect(200);
    });
}

/// Whoever fails has a budget of her own: she fills neither the trail nor somebody else's budget.
#[test]
fn failures_have_a_budget_of_their_own() {
    let tight = |config: &mut hoicoso::config::Config| config.rate_limit_login = 4;
    on_both_with(tight, async |world| {
        let cast = &world.cast().export_client;
        let with = async |secret: &str| {
            let fields =
                [("grant_type", "client_credentials"), ("client_id", cast.client_id.as_str()), ("client_secret", secret)];
            world.nobody().form("/oauth/token", &fields).await
        };
        for _ in 0..4 {
            with("sai").await.expect(401);
        }
        let before = world.audited();
        let refused = with("sai").await.expect(429);
        assert_eq!((&refused["error"], &refused["code"]), (&json!("temporarily_unavailable"), &json!("too_many_requests")));
        assert!(refused.header("retry-after").is_some());
        assert_eq!(world.audited(), before, "no entry beyond the budget");
        with(&cast.secret).await.expect(200);

        // A client that is not proven takes nothing from the budget of a name.
        for _ in 0..6 {
            let fields = [("grant_type", "password"), ("client_id", "khong-co"), ("username", "giamsat"), ("password", "sai")];
            world.nobody().form("/oauth/token", &fields).await.expect(401);
        }
        let signed_in = world.sign_in("giamsat", PASSWORD).await.expect(200);

        // Refresh tokens that nobody was given cost a look; those of one sign-in have a budget.
        for _ in 0..6 {
            assert_eq!(refresh(&world, "bia-ra").await.expect(400)["error"], "invalid_grant");
        }
        let mut token = signed_in.text("refresh_token");
        for _ in 0..4 {
            token = refresh(&world, &token).await.expect(200).text("refresh_token");
        }
        refresh(&world, &token).await.expect(429);
    });
}

/// A role is held where it belongs, and what it shows does not depend on where somebody thought to give it.
#[test]
fn roles_are_held_in_units_of_their_kind() {
    on_both(async |world| {
        let admin = world.admin();
        let account = admin.post("/accounts", json!({ "username": "thu.vai", "display_name": "Thử vai" })).await.expect(201).id();
        let path = format!("/accounts/{account}/role-assignments");
        for (role, fitting, others) in [
            ("branch_head", "Đường Đệ", vec!["Khánh Hòa", "Nha Trang", "Vĩnh Hải", "Tổ 1"]),
            ("base_editor", "Vĩnh Hải", vec!["Khánh Hòa", "Nha Trang", "Đường Đệ"]),
            ("base_president", "Vĩnh Hải", vec!["Khánh Hòa", "Nha Trang", "Đường Đệ"]),
            ("cluster_coordinator", "Nha Trang", vec!["Khánh Hòa", "Đường Đệ"]),
            ("district_officer", "Nha Trang", vec!["Khánh Hòa", "Vĩnh Hải"]),
            ("inspector", "Vĩnh Hải", vec!["Đường Đệ"]),
            ("province_org", "Khánh Hòa", vec!["Nha Trang", "Vĩnh Hải"]),
            ("province_leader", "Khánh Hòa", vec!["Nha Trang"]),
            ("it_admin", "Khánh Hòa", vec!["Vĩnh Hải"]),
            ("auditor", "Khánh Hòa", vec!["Vĩnh Hải"]),
        ] {
            for place in others {
                let refused = admin.post(&path, json!({ "role": role, "unit_id": world.unit(place) })).await;
                refused.expect(422).about("/unit_id", "wrong_unit_kind");
            }
            admin.post(&path, json!({ "role": role, "unit_id": world.unit(fitting) })).await.expect(201);
        }
        let machine = format!("/clients/{}/role-assignments", world.cast().export_client.id);
        for role in ["base_president", "inspector", "it_admin"] {
            let unit = world.unit(if role == "base_president" { "Vĩnh Hải" } else { "Khánh Hòa" });
            admin.post(&machine, json!({ "role": role, "unit_id": unit })).await.expect(422).about("/role", "wrong_holder");
        }
        let nobody = json!({ "username": "khong.co.that", "display_name": "X", "member_id": crate::support::new_id() });
        admin.post("/accounts", nobody).await.expect(422).about("/member_id", "unknown_member");
        let patch = json!({ "member_id": crate::support::new_id() });
        admin.patch(format!("/accounts/{account}"), 1, patch).await.expect(422).about("/member_id", "unknown_member");
        admin.patch(format!("/accounts/{account}"), 1, json!({ "member_id": world.member("Lê Thị Bé") })).await.expect(200);
    });
}

/// One person alone cannot open records of people: not to others, and not to herself by a second account.
#[test]
fn rights_to_content_need_a_second_person() {
    on_both(async |world| {
        let (admin, board) = (world.admin(), world.board());
        let unit = world.unit("Vĩnh Hải");
        let second = admin.post("/accounts", json!({ "username": "toi.thu.hai", "display_name": "Tôi" })).await.expect(201).id();
        let code = admin.post(format!("/accounts/{second}/password-codes"), json!({})).await.expect(201);
        assert_eq!(code.header("cache-control"), Some("no-store"));
        let reset = json!({ "username": "toi.thu.hai", "code": code.text("code"), "new_password": PASSWORD });
        world.nobody().post("/password-resets", reset).await.expect(204);
        let mine = world.signed_in("toi.thu.hai").await;
        let give = async |account: &str, role: &str, unit: &str| {
            admin
                .post(format!("/accounts/{account}/role-assignments"), json!({ "role": role, "unit_id": unit }))
                .await
                .expect(201)
        };
        let given = give(&second, "base_president", &unit).await;
        assert_eq!(given["status"], "pending");
        mine.get("/members").await.expect(403);
        assert_eq!(mine.get("/me").await.expect(200)["roles"], json!([]));
        assert!(
            admin
                .get("/accounts?role=base_president&limit=200")
                .await
                .expect(200)
                .each("username")
                .iter()
                .all(|name| name != "toi.thu.hai")
        );
        // Nor is it hers to confirm, under either name, nor by a board she makes herself.
        let path = format!("/role-assignments/{}/confirmations", given.id());
        admin.act(&path, 1, json!({})).await.expect(403);
        mine.act(&path, 1, json!({})).await.expect(403);
        assert_eq!(
            give(&second, "auditor", &world.unit("Khánh Hòa")).await["status"],
            "pending",
            "the trail shows what was changed"
        );
        let other = give(&second, "province_org", &world.unit("Khánh Hòa")).await;
        assert_eq!(other["status"], "pending");
        mine.act(&path, 1, json!({})).await.expect(403);

        // The board sees what waits in its part of the tree, and confirms it.
        let waiting = board.get("/pending-role-assignments").await.expect(200);
        let there = waiting.items().iter().find(|item| item["id"] == given.id()).unwrap();
        assert_eq!(there["allowed_actions"][0]["action"], "confirm");
        let elsewhere = world.user("walk.province_org");
        let outside = world.cast().outside.pending.clone();
        assert!(!elsewhere.get("/pending-role-assignments").await.expect(200).each("id").contains(&outside));
        elsewhere.act(format!("/role-assignments/{outside}/confirmations"), 1, json!({})).await.expect(404);
        board.act(&path, 2, json!({})).await.expect(412);
        let confirmed = board.act(&path, 1, json!({})).await.expect(200);
        assert_eq!(confirmed["status"], "active");
        assert!(!mine.get("/members").await.expect(200).items().is_empty(), "at once");
        board.act(&path, 2, json!({})).await.expect(409).because("invalid_transition");

        // Nobody confirms what she receives herself.
        let own = give(&world.cast().accounts["bantochuc"], "province_leader", &world.unit("Khánh Hòa")).await;
        board.act(format!("/role-assignments/{}/confirmations", own.id()), 1, json!({})).await.expect(403);
        let own =
            board.get("/pending-role-assignments").await.expect(200).items().iter().find(|item| item["id"] == own.id()).cloned();
        assert_eq!(own.unwrap()["allowed_actions"], json!([]));
        // What opens no records holds at once; what waits can be called off.
        assert_eq!(give(&second, "it_admin", &world.unit("Khánh Hòa")).await["status"], "active");
        let off = admin.act(format!("/role-assignments/{}/endings", other.id()), 1, json!({})).await.expect(200);
        assert_eq!(off["status"], "ended");
        board.act(format!("/role-assignments/{}/confirmations", other.id()), 2, json!({})).await.expect(409);
        world.check_books();
    });
}

/// The first hour of an installation: one code, one administrator, one province.
#[test]
fn an_empty_installation_can_be_set_up() {
    use crate::support::{Database, engines};
    for engine in engines() {
        actix_web::rt::System::new().block_on(async {
            let world = World::empty(Database::empty(engine)).await;
            let code = match commands::ensure_first_administrator(&world.db()).await.unwrap() {
                Some(code) => code,
                None => commands::issue_password_code(&world.db(), "admin").await.unwrap().0,
            };
            // It may have been lost: as long as nobody has used one, each start gives another.
            let next = commands::ensure_first_administrator(&world.db()).await.unwrap().unwrap();
            let reset = |code: &str| json!({ "username": "admin", "code": code, "new_password": PASSWORD });
            world.nobody().post("/password-resets", reset(&code)).await.expect(422).about("/code", "invalid_code");
            world.nobody().post("/password-resets", reset(&next)).await.expect(204);
            assert_eq!(commands::ensure_first_administrator(&world.db()).await.unwrap(), None, "she is in");
            let admin = world.signed_in("admin").await;
            assert!(admin.get("/units").await.expect(200).items().is_empty());
            let base = json!({ "kind": "base", "name": "Phường Vĩnh Hải", "founded_on": "1990-01-01" });
            admin.post("/units", base).await.expect(422);
            let province =
                json!({ "kind": "province", "name": "Hội LHPN tỉnh Khánh Hòa", "code": "56", "founded_on": "1976-01-01" });
            let province = admin.post("/units", province).await.expect(201).id();
            admin.get("/members").await.expect(403);
            let account =
                admin.post("/accounts", json!({ "username": "bantochuc", "display_name": "Ban Tổ chức" })).await.expect(201).id();
            // The first board is nobody's to confirm.
            let given = admin
                .post(format!("/accounts/{account}/role-assignments"), json!({ "role": "province_org", "unit_id": province }))
                .await
                .expect(201);
            assert_eq!(given["status"], "active");
            let code = admin.post(format!("/accounts/{account}/password-codes"), json!({})).await.expect(201).text("code");
            world
                .nobody()
                .post("/password-resets", json!({ "username": "bantochuc", "code": code, "new_password": PASSWORD }))
                .await
                .expect(204);
            let board = world.signed_in("bantochuc").await;
            let base = json!({ "kind": "base", "name": "Phường Vĩnh Hải", "founded_on": "1990-01-01", "parent_id": province });
            board.post("/units", base).await.expect(201);
            assert_eq!(board.get("/members").await.expect(200)["total"], 0);
            world.check_books();
            world.stop().await;
        });
    }
}
