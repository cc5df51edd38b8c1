//! `POST /oauth/token` and `POST /oauth/revoke` (RFC 6749, RFC 7009, RFC 7523): how everybody gets in and out, with
//! any OAuth 2 library and with Swagger UI's Authorize button.
//!
//! The password grant is for our own front ends' users only; it exists because a commune's clerk signs in with a
//! name and a password on a phone, and there is no browser redirect to send her through.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    post, web,
};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accounts::{AccountRow, AccountStatus},
    client_auth::{self, Form},
    clients::{ClientKind, ClientRow},
    oauth_error::{self, OAuthError, OAuthErrorBody, Refusal},
    principals,
    roles::Role,
    sessions::{self, End, Refreshed},
    sign_in::{self, Checked},
    state::AccessState,
    tokens::{self, SCOPE, Subject},
};
use crate::{
    calendar::today,
    db::{
        Actor, ActorKind, Change, Id, Reader,
        schema::{accounts, clients},
    },
    http::{Code, Problem, Result, Spoken, Text, Whole},
};

/// What `POST /oauth/token` takes, as a form.
#[derive(Deserialize, ToSchema)]
#[allow(dead_code, reason = "read by name; this is its description")]
pub struct TokenForm {
    /// `password`, `refresh_token` or `client_credentials`.
    #[schema(example = "password")]
    grant_type: String,
    /// Which program asks. Front ends send it here; services here or by HTTP Basic, with their secret.
    #[schema(example = "hoicoso-web")]
    client_id: Option<String>,
    /// Of a service.
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`
    client_assertion_type: Option<String>,
    /// A JWT signed with the service's own key (`private_key_jwt`): `iss` and `sub` its client id, `aud` our issuer,
    /// `exp` at most 10 minutes ahead, `jti` new each time.
    client_assertion: Option<String>,
    /// With `password`.
    #[schema(example = "chutich.vinhhai")]
    username: Option<String>,
    /// With `password`.
    password: Option<String>,
    /// With `refresh_token`: used up by this request; keep the one in the answer.
    refresh_token: Option<String>,
    /// Always `api`; may be left out.
    scope: Option<String>,
}

/// A token, and what keeps it alive.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until it runs out.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// Single use. Services get none: they ask again with their own credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[schema(example = "api")]
    pub scope: &'static str,
    /// Until the password is changed, everything else answers 403.
    pub must_change_password: bool,
}

/// What `POST /oauth/revoke` takes, as a form.
#[derive(Deserialize, ToSchema)]
#[allow(dead_code, reason = "read by name; this is its description")]
pub struct RevokeForm {
    /// An access or a refresh token.
    token: String,
    /// Not needed: the token tells.
    token_type_hint: Option<String>,
    #[schema(example = "hoicoso-web")]
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Get a token
///
/// For everybody, without a token. Grants: `password` (people, through a front end's `client_id`), `refresh_token`
/// (single use: a used one that comes back ends the sign-in), `client_credentials` (services, with a secret or
/// `private_key_jwt`). Five wrong passwords in a row lock a name for 15 minutes: 429 with `Retry-After`.
#[utoipa::path(tag = "sign-in", operation_id = "get_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "A token", body = TokenAnswer),
    (status = 400, description = "Not given: `invalid_grant` when name, password or refresh token are not right", body = OAuthErrorBody),
    (status = 401, description = "The client is not known or not proven", body = OAuthErrorBody),
    (status = 429, description = "Too many tries; see Retry-After", body = OAuthErrorBody),
), security(()))]
#[post("/oauth/token")]
async fn get_token(request: HttpRequest, state: web::Data<AccessState>, Whole(body): Whole) -> Result<HttpResponse> {
    let spoken = Spoken::of(&request);
    let outcome = give_token(&request, &state, &body, &spoken).await;
    oauth_error::answer(outcome.map(|token| no_store().json(token)), &spoken)
}

/// End a sign-in by its token
///
/// For everybody, without a token in the header. An access or a refresh token ends the whole sign-in it belongs to,
/// at once. The answer is 200 even when the token was not good (RFC 7009).
#[utoipa::path(tag = "sign-in", operation_id = "revoke_token",
    request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "It is no longer good"),
    (status = 400, description = "The form is not right", body = OAuthErrorBody),
    (status = 401, description = "The client is not known or not proven", body = OAuthErrorBody),
), security(()))]
#[post("/oauth/revoke")]
async fn revoke_token(request: HttpRequest, state: web::Data<AccessState>, Whole(body): Whole) -> Result<HttpResponse> {
    let spoken = Spoken::of(&request);
    let outcome = revoke(&request, &state, &body, &spoken).await;
    oauth_error::answer(outcome.map(|()| no_store().finish()), &spoken)
}

pub(super) fn configure(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(get_token).service(revoke_token);
}

fn no_store() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"));
    response
}

async fn give_token(
    request: &HttpRequest,
    state: &AccessState,
    body: &[u8],
    spoken: &Spoken,
) -> std::result::Result<TokenAnswer, Refusal> {
    let form = Form::read(request.headers(), body)?;
    let grant = form.need("grant_type")?;
    if form.get("scope").is_some_and(|scope| scope.split(' ').any(|word| word != SCOPE)) {
        let text = Text::new("Chỉ có scope api", "The only scope is api");
        return Err(OAuthError::new("invalid_scope", StatusCode::BAD_REQUEST, Code::BadRequest, text).into());
    }
    match grant {
        "password" => {
            let (username, password) = (form.need("username")?, form.need("password")?);
            let client = client_auth::authenticate(state, request, &form, &spoken.request_id).await?;
            only_for(&client, ClientKind::FrontEnd)?;
            oauth_error::limit(state, request, sign_in::caller_of(username))?;
            by_password(state, client, username, password, spoken).await
        }
        "refresh_token" => {
            let client = client_auth::authenticate(state, request, &form, &spoken.request_id).await?;
            by_refresh_token(request, state, client, form.need("refresh_token")?, spoken).await
        }
        "client_credentials" => {
            let client = client_auth::authenticate(state, request, &form, &spoken.request_id).await?;
            only_for(&client, ClientKind::Service)?;
            oauth_error::limit(state, request, *client.id.as_bytes())?;
            for_client(state, client, spoken).await
        }
        _ => {
            let text = Text::new(
                "grant_type phải là password, refresh_token hoặc client_credentials",
                "grant_type must be password, refresh_token or client_credentials",
            );
            Err(OAuthError::new("unsupported_grant_type", StatusCode::BAD_REQUEST, Code::BadRequest, text).into())
        }
    }
}

fn only_for(client: &ClientRow, kind: ClientKind) -> std::result::Result<(), Refusal> {
    if client.kind == kind {
        return Ok(());
    }
    let text = Text::new("Phần mềm này không được dùng cách đăng nhập này", "This client may not use this grant");
    Err(OAuthError::new("unauthorized_client", StatusCode::BAD_REQUEST, Code::Forbidden, text).into())
}

fn invalid_grant(text: Text) -> OAuthError {
    OAuthError::new("invalid_grant", StatusCode::BAD_REQUEST, Code::InvalidCredentials, text)
}

fn wrong_password() -> OAuthError {
    invalid_grant(Text::new("Tên đăng nhập hoặc mật khẩu không đúng", "The name or the password is not right"))
}

async fn by_password(
    state: &AccessState,
    client: ClientRow,
    username: &str,
    password: &str,
    spoken: &Spoken,
) -> std::result::Result<TokenAnswer, Refusal> {
    let checked = sign_in::check(state, username, password.into(), &client.client_id, &spoken.request_id).await?;
    let seen = match checked {
        Checked::Right(row) => row,
        Checked::Wrong => return Err(wrong_password().into()),
        Checked::Locked(seconds) => {
            let minutes = (seconds + 59) / 60;
            let text = Text::new(
                format!("Sai quá nhiều lần; hãy thử lại sau {minutes} phút"),
                format!("Too many failures; try again in {minutes} minutes"),
            );
            return Err(OAuthError::wait("invalid_grant", Code::AccountLocked, seconds, text).into());
        }
    };
    let actor = actor(ActorKind::Account, Some(seen.id), &client, spoken);
    let (settings, client_id) = (state.settings.clone(), client.client_id.clone());
    let opened = state
        .db
        .write(actor, move |tx| {
            let Some(row) = sign_in::succeeded(tx, &seen)? else { return Ok(None) };
            let (session_id, refresh_token) = sessions::open(tx, &settings, row.id, &client_id)?;
            let roles = roles(&mut tx.read(), row.id)?;
            Ok(Some((row, session_id, refresh_token, roles)))
        })
        .await?;
    let (row, session_id, refresh_token, roles) = opened.ok_or_else(wrong_password)?;
    let subject = Subject { id: row.id, client_id: client.client_id, session_id: Some(session_id), roles };
    token(state, subject, Some(refresh_token), row.must_change_password)
}

async fn by_refresh_token(
    request: &HttpRequest,
    state: &AccessState,
    client: ClientRow,
    refresh_token: &str,
    spoken: &Spoken,
) -> std::result::Result<TokenAnswer, Refusal> {
    let ended = || invalid_grant(Text::new("Phiên đăng nhập đã hết; hãy đăng nhập lại", "The sign-in has ended; sign in again"));
    // One that nobody was given costs a look and no write; a real one takes from the budget of its sign-in.
    let (token_given, client_id) = (refresh_token.to_owned(), client.client_id.clone());
    let known = state.db.read(move |reader| sessions::of_refresh_token(reader, &token_given, &client_id)).await?;
    let (_, session) = known.ok_or_else(ended)?;
    oauth_error::limit(state, request, *session.as_bytes())?;
    let actor = actor(ActorKind::Anonymous, None, &client, spoken);
    let (settings, epoch) = (state.settings.clone(), state.epoch.clone());
    let (client_id, given) = (client.client_id.clone(), refresh_token.to_owned());
    // A reused token is an outcome, not an error: that its session ends must be kept.
    let next = state
        .db
        .write(actor, move |tx| match sessions::refresh(tx, &settings, &epoch, &given, &client_id)? {
            Refreshed::Refused => Ok(None),
            Refreshed::Next { principal_id, session_id, token } => {
                let row: AccountRow = tx.read().one(accounts::table.find(principal_id).select(AccountRow::as_select()))?;
                let roles = roles(&mut tx.read(), principal_id)?;
                Ok((row.status == AccountStatus::Active).then_some((row, session_id, token, roles)))
            }
        })
        .await?;
    let (row, session_id, next_token, roles) = next.ok_or_else(ended)?;
    let subject = Subject { id: row.id, client_id: client.client_id, session_id: Some(session_id), roles };
    token(state, subject, Some(next_token), row.must_change_password)
}

async fn for_client(state: &AccessState, client: ClientRow, spoken: &Spoken) -> std::result::Result<TokenAnswer, Refusal> {
    let actor = actor(ActorKind::Service, Some(client.id), &client, spoken);
    let (id, version) = (client.id, client.version);
    let roles = state
        .db
        .write(actor, move |tx| {
            let now = tx.now();
            tx.record(Change::new("sign_in", "clients", id, version));
            tx.execute(diesel::update(clients::table.find(id)).set(clients::last_used_at.eq(now)))?;
            roles(&mut tx.read(), id)
        })
        .await?;
    token(state, Subject { id, client_id: client.client_id, session_id: None, roles }, None, false)
}

fn token(
    state: &AccessState,
    subject: Subject,
    refresh_token: Option<String>,
    must_change_password: bool,
) -> std::result::Result<TokenAnswer, Refusal> {
    let access_token = tokens::issue(&state.ring(), &state.settings, state.epoch.now(), subject)?;
    Ok(TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: state.settings.access_seconds,
        refresh_token,
        scope: SCOPE,
        must_change_password,
    })
}

/// The codes of the roles held today, for front ends to look at.
fn roles(reader: &mut Reader<'_>, principal_id: Id) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> =
        principals::assignments(reader, principal_id, today())?.into_iter().map(|held| held.role).collect();
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

fn actor(kind: ActorKind, id: Option<Id>, client: &ClientRow, spoken: &Spoken) -> Actor {
    Actor { kind, id, role: None, client_id: Some(client.client_id.clone()), request_id: spoken.request_id.clone() }
}

async fn revoke(request: &HttpRequest, state: &AccessState, body: &[u8], spoken: &Spoken) -> std::result::Result<(), Refusal> {
    let form = Form::read(request.headers(), body)?;
    let client = client_auth::authenticate(state, request, &form, &spoken.request_id).await?;
    let (token, client_id) = (form.need("token")?.to_owned(), client.client_id.clone());
    // Ours are told apart by their form: a JWT has dots, a refresh token none.
    let named = if token.contains('.') {
        tokens::verify(&state.ring(), &state.settings, &token)
            .ok()
            .filter(|claims| claims.client_id == client_id)
            .and_then(|claims| Some((claims.sub, claims.sid?)))
    } else {
        state.db.read(move |reader| sessions::of_refresh_token(reader, &token, &client_id)).await?
    };
    let Some((principal_id, session_id)) = named else { return Ok(()) };
    let (actor, epoch) = (actor(ActorKind::Account, Some(principal_id), &client, spoken), state.epoch.clone());
    state
        .db
        .write(actor, move |tx| sessions::end(tx, &epoch, principal_id, session_id, End::SignedOut))
        .await
        .map(|_| ())
        .map_err(Problem::into)
}
