//! Access tokens: signed JWTs (RFC 9068), 10 minutes. They say who; what she may do is read anew by the service.

use actix_web::http::header::{self, HeaderMap};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use super::{keys::KeyRing, roles::Role, state::Settings};
use crate::{
    db::{Id, Instant},
    http::{Problem, Result},
};

/// The only scope: what a caller may do comes from her roles, not from her token.
pub(super) const SCOPE: &str = "api";

const TYPE: &str = "at+jwt";
/// Longer texts are no tokens of ours.
const MAX_LENGTH: usize = 4096;

#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Claims {
    pub iss: String,
    pub sub: Id,
    pub aud: String,
    pub client_id: String,
    pub scope: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: Id,
    /// The sign-in it belongs to; service clients have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Id>,
    /// The access epoch when it was made.
    pub ver: i64,
    /// For front ends to look at; the service does not.
    pub roles: Vec<String>,
}

/// For whom a token is made.
pub(super) struct Subject {
    pub id: Id,
    pub client_id: String,
    pub session_id: Option<Id>,
    pub roles: Vec<Role>,
}

/// A new token.
pub(super) fn issue(ring: &KeyRing, settings: &Settings, epoch: i64, subject: Subject) -> Result<String> {
    let (kid, key) = ring.signing().ok_or_else(|| Problem::internal("no key to sign with"))?;
    let now = Instant::now().seconds();
    let claims = Claims {
        iss: settings.issuer.clone(),
        sub: subject.id,
        aud: settings.audience.clone(),
        client_id: subject.client_id,
        scope: SCOPE.into(),
        iat: now,
        exp: now + settings.access_seconds,
        jti: Id::new(),
        sid: subject.session_id,
        ver: epoch,
        roles: subject.roles.into_iter().map(|role| role.as_str().to_owned()).collect(),
    };
    let header = Header { typ: Some(TYPE.into()), kid: Some(kid.into()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, &claims, key).map_err(Problem::internal)
}

/// What is wrong with a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenFault {
    /// Signed with a key that we do not know (yet).
    UnknownKey,
    /// Anything else.
    Invalid,
}

/// Reads a token: signature, algorithm, type, issuer, audience and end are right.
pub(super) fn verify(ring: &KeyRing, settings: &Settings, token: &str) -> std::result::Result<Claims, TokenFault> {
    if token.len() > MAX_LENGTH {
        return Err(TokenFault::Invalid);
    }
    let header = decode_header(token).map_err(|_| TokenFault::Invalid)?;
    // `application/at+jwt` is the same type (RFC 9068, section 4).
    let typ = header.typ.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
    if typ.strip_prefix("application/").unwrap_or(&typ) != TYPE || header.crit.is_some() {
        return Err(TokenFault::Invalid);
    }
    let key = ring.verifying(header.kid.as_deref().ok_or(TokenFault::Invalid)?).ok_or(TokenFault::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // Made and read by the same service: there is no other clock to be patient with.
    validation.leeway = 0;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    decode::<Claims>(token, key, &validation).map(|data| data.claims).map_err(|_| TokenFault::Invalid)
}

/// The token of `Authorization: Bearer …` (RFC 6750); nothing when there is none.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_taken_in_its_own_form_only() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Bearer  abc ", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic abc", None),
            ("abc", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(bearer(&headers), token, "{value}");
        }
    }
}
