//! Which program asks for a token, and whether it is really that one (RFC 6749, section 2.3; RFC 7523).

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use jsonwebtoken::{
    AlgorithmFamily, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;

use super::{
    accounts::AccountStatus,
    clients::{ClientKind, ClientRow, store::secret_hash},
    limits::Caller,
    oauth_error::{self, OAuthError, Refusal},
    state::AccessState,
};
use crate::{
    db::{
        Actor, ActorKind, Cached, Change, Instant, Tx,
        schema::{clients, used_assertions},
    },
    http::{Code, Text},
    keys::digest,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead the end of an assertion may lie, in seconds.
const LONGEST_ASSERTION: i64 = 600;

/// A request's form, each name once.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// `application/x-www-form-urlencoded`; a name given twice is an error (RFC 6749, section 3.2).
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !given.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::invalid_request(Text::new(
                "Content-Type phải là application/x-www-form-urlencoded",
                "Content-Type must be application/x-www-form-urlencoded",
            ))
            .into());
        }
        let unreadable = || OAuthError::invalid_request(Text::new("Không đọc được nội dung", "The body cannot be read"));
        let pairs: Vec<(String, String)> = serde_html_form::from_bytes(body).map_err(|_| unreadable())?;
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let doubled = names.windows(2).any(|two| two[0] == two[1]);
        if doubled || pairs.iter().any(|(_, value)| value.contains('\0')) {
            return Err(unreadable().into());
        }
        Ok(Self(pairs))
    }

    /// A value; an empty one counts as left out (RFC 6749, section 3.2).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(Text::new(format!("Thiếu {name}"), format!("{name} is missing"))).into())
    }
}

/// `Authorization: Basic …` with the client's id and secret, both form-encoded.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let decoded = |text: &str| -> Option<String> {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(&format!("v={text}")).ok()?;
        pairs.into_iter().next().map(|(_, value)| value)
    };
    Some((decoded(id)?, decoded(secret)?))
}

/// How a client proves itself.
enum Proof {
    None,
    Secret(String),
    Assertion(String),
}

/// The client that asks, authenticated as its kind demands.
pub(super) async fn authenticate(
    state: &AccessState,
    request: &HttpRequest,
    form: &Form,
    request_id: &str,
) -> Result<ClientRow, Refusal> {
    let (client_id, proof) = claimed(request.headers(), form)?;
    let name = client_id.clone();
    let row: Option<ClientRow> = state
        .db
        .read(move |reader| reader.optional(clients::table.filter(clients::client_id.eq(name)).select(ClientRow::as_select())))
        .await?;
    let Some(row) = row.filter(|row| row.status == AccountStatus::Active) else { return Err(invalid_client().into()) };
    let proven = match (row.kind, proof) {
        // A public client proves nothing: whoever holds its code could say the same. What is sent with its id is ignored.
        (ClientKind::FrontEnd, _) => true,
        (ClientKind::Service, Proof::Secret(secret)) => {
            // Equal hashes of 256-bit secrets: the time of the comparison tells nothing of use.
            row.secret_hash.as_deref() == Some(secret_hash(&secret).as_slice())
        }
        (ClientKind::Service, Proof::Assertion(assertion)) => match check_assertion(state, &row, &assertion) {
            Some(claims) => use_up(state, &row, &claims).await?,
            None => false,
        },
        (ClientKind::Service, Proof::None) => false,
    };
    if proven {
        return Ok(row);
    }
    // A budget for failures only, so that a stranger cannot use up that of the client itself; each is one entry in the trail.
    oauth_error::limit(state, request, failures_of(&row.client_id))?;
    let (id, version) = (row.id, row.version);
    let actor =
        Actor { kind: ActorKind::Anonymous, id: None, role: None, client_id: Some(client_id), request_id: request_id.into() };
    let fail = move |tx: &mut crate::db::Tx<'_>| {
        tx.record(Change::new("fail_sign_in", "clients", id, version));
        Ok(())
    };
    state.db.write(actor, fail).await?;
    Err(invalid_client().into())
}

/// Whose budget of failures a client's name takes from.
fn failures_of(client_id: &str) -> Caller {
    let mut caller = Caller::default();
    caller.copy_from_slice(&digest(&[b"client-failures", client_id.as_bytes()])[..16]);
    caller
}

/// Which client the request says it comes from, and its proof: exactly one kind of it.
fn claimed(headers: &HeaderMap, form: &Form) -> Result<(String, Proof), Refusal> {
    let several = || {
        OAuthError::invalid_request(Text::new(
            "Chỉ được dùng một cách xác thực phần mềm",
            "Only one way of client authentication may be used",
        ))
    };
    let (in_header, in_body) = (basic(headers), form.get("client_secret"));
    if let Some(assertion) = form.get("client_assertion") {
        if in_header.is_some() || in_body.is_some() {
            return Err(several().into());
        }
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(invalid_client().into());
        }
        // Who it says it is; whether it is true is checked with that client's keys.
        let unproven: Claims = jsonwebtoken::dangerous::insecure_decode_claims(assertion).map_err(|_| invalid_client())?;
        if form.get("client_id").is_some_and(|id| id != unproven.sub) {
            return Err(invalid_client().into());
        }
        return Ok((unproven.sub, Proof::Assertion(assertion.into())));
    }
    match (in_header, form.get("client_id"), in_body) {
        (Some(_), _, Some(_)) => Err(several().into()),
        (Some((id, _)), Some(other), None) if id != other => Err(invalid_client().into()),
        (Some((id, secret)), ..) => Ok((id, if secret.is_empty() { Proof::None } else { Proof::Secret(secret) })),
        (None, Some(id), Some(secret)) => Ok((id.into(), Proof::Secret(secret.into()))),
        (None, Some(id), None) => Ok((id.into(), Proof::None)),
        (None, None, _) => Err(invalid_client().into()),
    }
}

fn invalid_client() -> OAuthError {
    OAuthError::new(
        "invalid_client",
        StatusCode::UNAUTHORIZED,
        Code::InvalidCredentials,
        Text::new("Phần mềm kết nối không đúng hoặc đã khóa", "The client is not known, not proven, or disabled"),
    )
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    jti: String,
}

/// `private_key_jwt`: signed with one of the client's keys, for us, short-lived, and used once.
fn check_assertion(state: &AccessState, client: &ClientRow, assertion: &str) -> Option<Claims> {
    let set = client.jwks.as_deref().and_then(|text| serde_json::from_str::<JwkSet>(text).ok());
    let (Some(set), Ok(head)) = (set, decode_header(assertion)) else { return None };
    let fitting = |key: &&Jwk| match (&head.kid, &key.common.key_id) {
        (Some(wanted), Some(known)) => wanted == known,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let claims = set.keys.iter().filter(fitting).find_map(|key| {
        let verify = DecodingKey::from_jwk(key).ok()?;
        // The key says which algorithms can be used with it, never the token alone; a shared secret never.
        if verify.family() == AlgorithmFamily::Hmac || verify.family() != head.alg.family() {
            return None;
        }
        let mut validation = Validation::new(head.alg);
        validation.leeway = 5;
        validation.set_issuer(&[&client.client_id]);
        validation.set_audience(&[state.settings.issuer.clone(), format!("{}/oauth/token", state.settings.base_url)]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        decode::<Claims>(assertion, &verify, &validation).ok().map(|data| data.claims)
    });
    let claims = claims?;
    let now = Instant::now().seconds();
    if claims.sub != client.client_id
        || claims.iss != client.client_id
        || claims.jti.is_empty()
        || claims.exp > now + LONGEST_ASSERTION
    {
        return None;
    }
    Some(claims)
}

/// Uses an assertion up. `false`: it was used before, here or through another instance.
async fn use_up(state: &AccessState, client: &ClientRow, claims: &Claims) -> crate::http::Result<bool> {
    let key = digest(&[client.client_id.as_bytes(), claims.jti.as_bytes()]).to_vec();
    let expires_at = Instant::from_millis(claims.exp.saturating_mul(1000));
    state
        .db
        .write(Actor::system("client-assertion"), move |tx| {
            let first = Cached::sql("INSERT INTO used_assertions (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING");
            Ok(tx.keep(first.bytes(key.clone()).instant(expires_at))? == 1)
        })
        .await
}

/// Forgets used assertions that ran out, and a while more for clocks that differ; how many.
pub(super) fn prune(tx: &mut Tx<'_>) -> crate::http::Result<usize> {
    let gone = used_assertions::table.filter(used_assertions::expires_at.lt(tx.now().plus_seconds(-LONGEST_ASSERTION)));
    tx.keep(diesel::delete(gone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded() {
        let read = |plain: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(plain)).parse().unwrap());
            basic(&headers)
        };
        assert_eq!(read("app:s%3Ae+c"), Some(("app".into(), "s:e c".into())));
        assert_eq!(read("swagger-ui:"), Some(("swagger-ui".into(), String::new())));
        assert_eq!(read("no colon"), None);
    }
}
