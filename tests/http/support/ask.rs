//! Requests and answers.

use std::{
    fmt,
    future::{Future, IntoFuture},
    ops::Index,
    pin::Pin,
    sync::Arc,
};

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::{contract::CONTRACT, world::Inner};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    Vi,
    En,
}

/// Who is asking.
#[derive(Clone)]
pub(super) enum Who {
    Nobody,
    /// Somebody of the cast, by sign-in name.
    Account(String),
    Token(String),
}

/// Somebody who asks the service.
#[derive(Clone)]
pub struct Caller {
    pub(super) world: Arc<Inner>,
    pub(super) who: Who,
    pub(super) lang: Lang,
}

impl Caller {
    #[must_use]
    pub fn speaking(&self, lang: Lang) -> Self {
        Self { lang, ..self.clone() }
    }

    pub fn ask(&self, method: &str, path: impl Into<String>) -> Ask {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Ask { caller: self.clone(), method, path: full_path(path.into()), headers: HeaderMap::new(), body: None }
    }

    pub fn get(&self, path: impl Into<String>) -> Ask {
        self.ask("GET", path)
    }

    pub fn delete(&self, path: impl Into<String>) -> Ask {
        self.ask("DELETE", path)
    }

    pub fn post(&self, path: impl Into<String>, body: Value) -> Ask {
        self.ask("POST", path).json(&body)
    }

    /// An action on something of which the caller has seen this version.
    pub fn act(&self, path: impl Into<String>, version: i64, body: Value) -> Ask {
        self.post(path, body).seen(version)
    }

    pub fn patch(&self, path: impl Into<String>, version: i64, body: Value) -> Ask {
        self.ask("PATCH", path).json(&body).header("content-type", "application/merge-patch+json").seen(version)
    }

    pub fn form(&self, path: impl Into<String>, fields: &[(&str, &str)]) -> Ask {
        let text = serde_html_form::to_string(fields).unwrap();
        self.ask("POST", path).header("content-type", "application/x-www-form-urlencoded").bytes(text)
    }

    /// The token this caller sends.
    pub async fn token(&self) -> Option<String> {
        match &self.who {
            Who::Nobody => None,
            Who::Token(token) => Some(token.clone()),
            Who::Account(name) => Some(self.world.token(name).await),
        }
    }
}

/// Paths of the API are written without its prefix.
fn full_path(path: String) -> String {
    let root = ["/api/", "/oauth/", "/.well-known/", "/healthz", "/readyz", "/metrics", "/docs", "/openapi", "/problems"];
    if root.iter().any(|start| path.starts_with(start)) || path == "/" { path } else { format!("/api/v1{path}") }
}

/// A request that is sent when it is awaited.
#[derive(Clone)]
#[must_use]
pub struct Ask {
    caller: Caller,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_ref().as_bytes()).unwrap());
        self
    }

    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    /// With `If-Match`.
    pub fn seen(self, version: i64) -> Self {
        self.header("if-match", format!("\"{version}\""))
    }

    /// With an `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn prefer(self, preference: &str) -> Self {
        self.header("prefer", preference)
    }

    async fn send(self) -> Answer {
        let Self { caller, method, path, mut headers, body } = self;
        if let Some(token) = caller.token().await {
            headers.entry("authorization").or_insert(HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
        }
        let lang = if caller.lang == Lang::Vi { "vi" } else { "en" };
        headers.entry("accept-language").or_insert(HeaderValue::from_static(lang));
        let mut request = caller.world.client.request(method.clone(), format!("{}{path}", caller.world.url)).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}")).to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { method: method.to_string(), path, status, headers, bytes, json };
        answer.hold_against_the_description();
        answer
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What came back. `answer["field"]` is a field of its JSON body.
#[derive(Clone)]
pub struct Answer {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Answer {
    fn hold_against_the_description(&self) {
        assert!(self.status < 500 || self.status == 503, "an error of the service: {self:?}");
        for name in ["x-request-id", "content-language", "x-content-type-options", "vary", "cache-control"] {
            assert!(self.header(name).is_some(), "no {name}: {self:?}");
        }
        if self.header("content-encoding").is_some() || self.method == "HEAD" || self.method == "OPTIONS" {
            return;
        }
        if self.status >= 400 && !self.path.starts_with("/oauth/") {
            assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
            assert_eq!(self["status"], self.status, "{self:?}");
            assert_eq!(Some(self["request_id"].as_str().unwrap_or_default()), self.header("x-request-id"), "{self:?}");
        }
        if let Err(fault) = CONTRACT.judge(&self.method, &self.path, self.status, self.header("content-type"), &self.bytes) {
            panic!("not as described: {fault}\n{self:?}");
        }
        if let Err(fault) = CONTRACT.judge_the_rest(&self.method, &self.path, self.status, &self.headers, &self.json) {
            panic!("not as described: {fault}\n{self:?}");
        }
    }

    /// Goes on when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Goes on when the problem has this code.
    #[track_caller]
    pub fn because(self, code: &str) -> Self {
        assert_eq!(self["code"], code, "{self:?}");
        self
    }

    /// Goes on when an entry of `errors` is about this field (or parameter, or header) and has this code.
    #[track_caller]
    pub fn about(self, place: &str, code: &str) -> Self {
        let there = self
            .errors()
            .any(|error| error["code"] == code && ["pointer", "parameter", "header"].iter().any(|key| error[*key] == place));
        assert!(there, "no {code} about {place}: {self:?}");
        self
    }

    pub fn errors(&self) -> impl Iterator<Item = &Value> {
        self.json["errors"].as_array().into_iter().flatten()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        self.json[field].as_str().unwrap_or_else(|| panic!("no text {field}: {self:?}")).to_owned()
    }

    #[track_caller]
    pub fn id(&self) -> String {
        self.text("id")
    }

    #[track_caller]
    pub fn version(&self) -> i64 {
        self.json["version"].as_i64().unwrap_or_else(|| panic!("no version: {self:?}"))
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.json["items"].as_array().unwrap_or_else(|| panic!("no list: {self:?}"))
    }

    /// One field of each item.
    #[track_caller]
    pub fn each(&self, field: &str) -> Vec<String> {
        self.items().iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Names of what the caller may do now.
    pub fn actions(&self) -> Vec<&str> {
        self.json["allowed_actions"].as_array().into_iter().flatten().filter_map(|action| action["action"].as_str()).collect()
    }

    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        &self.json[field]
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.body().chars().take(1500).collect();
        write!(f, "{} {} -> {} {:?}\n{body}", self.method, self.path, self.status, self.header("content-type"))
    }
}
