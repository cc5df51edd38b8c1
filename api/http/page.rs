//! Pages: by key, never by offset, so that page 500 costs what page 1 costs.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Code, Problem, Query, Result, answer,
    query::{Bare, List},
};
use crate::{
    db::{Db, Id, Reader},
    keys::{Keys, Purpose},
};

/// A page of a list, and where the next one begins: the sort values and id of its last item.
#[derive(Debug)]
pub struct Page<T, K> {
    pub items: Vec<T>,
    pub next: Option<K>,
    /// How many there are in all, where that is known without counting them.
    pub total: Option<i64>,
}

impl<T, K> Page<T, K> {
    /// From `limit + 1` rows: the extra one only tells that there is more.
    pub fn of(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K, total: Option<i64>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = more.then(|| rows.last().map(key)).flatten();
        Self { items: rows, next, total }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U, K> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next, total: self.total }
    }
}

/// What a list answers: `{"items": […], "next": "c1.…" | null, "total": n | null}`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// `cursor` of the next page; empty on the last one.
    pub next: Option<String>,
    /// How many there are in all, where that is known without counting them.
    pub total: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Position<K> {
    key: K,
    #[serde(with = "crate::http::page::hash")]
    filters: [u8; 32],
    caller: Id,
}

mod hash {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(hash: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&URL_SAFE_NO_PAD.encode(hash))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(d)?;
        URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| D::Error::custom("hash"))
    }
}

/// Reads the cursor of a request: it must have been given to this caller for these filters. It is encrypted,
/// since sort values are names, and grants nothing: the scope is applied anew.
pub fn start<T, K: DeserializeOwned>(query: &Query<T, List>, keys: &Keys, caller: Id) -> Result<Option<K>> {
    let Some(text) = &query.paging.cursor else { return Ok(None) };
    let invalid = || Problem::new(Code::CursorInvalid);
    let sealed = text.strip_prefix("c1.").ok_or_else(invalid)?;
    let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| invalid())?;
    let plain = keys.open(Purpose::Cursor, &sealed, caller.as_bytes()).ok_or_else(invalid)?;
    let raw: Position<Value> = serde_json::from_slice(&plain).map_err(|_| invalid())?;
    if raw.filters != query.fingerprint {
        return Err(Problem::new(Code::CursorMismatch));
    }
    serde_json::from_value(raw.key).map(Some).map_err(|_| invalid())
}

/// Answers the page that a request asks of the list that goes by `by`. `read` gets after which place it goes on, whether
/// downwards, and how many it may have.
///
/// # Errors
/// 400 about `limit`, `sort` or `cursor`, and whatever `read` says.
pub async fn list<T, I, K, R>(db: &Db, caller: Id, query: &Query<T, List>, by: &str, read: R) -> Result<HttpResponse>
where
    I: Serialize + Send + 'static,
    K: Serialize + DeserializeOwned + Send + 'static,
    R: FnOnce(&mut Reader<'_>, Option<K>, bool, i64) -> Result<Page<I, K>> + Send + 'static,
{
    let (limit, descending) = (query.paging.limit()?, query.paging.order(by)?);
    let after = start(query, db.keys(), caller)?;
    let found = db.read(move |reader| read(reader, after, descending, limit)).await?;
    answer(query, db.keys(), caller, found)
}

/// The answer to a list: items, cursor, total, and `Link: …; rel="next"`.
pub fn answer<T, I: Serialize, K: Serialize>(
    query: &Query<T, List>,
    keys: &Keys,
    caller: Id,
    page: Page<I, K>,
) -> Result<HttpResponse> {
    let each = |items: &mut Value, pick: &dyn Fn(&mut Value)| items.as_array_mut().into_iter().flatten().for_each(pick);
    let items = answer::picked(&query.shape, &page.items, each)?;
    let next = page
        .next
        .map(|key| -> Result<String> {
            let position = Position { key, filters: query.fingerprint, caller };
            let plain = serde_json::to_vec(&position).map_err(Problem::internal)?;
            Ok(format!("c1.{}", URL_SAFE_NO_PAD.encode(keys.seal(Purpose::Cursor, &plain, caller.as_bytes()))))
        })
        .transpose()?;
    let link = next.as_ref().map(|next| format!("<{}cursor={next}>; rel=\"next\"", query.address));
    let mut response = listing(query.seen.as_deref(), &items, next, page.total);
    // Who has the page has its link.
    if let Some(link) = link.filter(|_| response.status() != StatusCode::NOT_MODIFIED) {
        let link = link.parse().map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// A list that is short by nature, whole.
pub fn whole<T, I: Serialize>(query: &Query<T, Bare>, items: &[I]) -> Result<HttpResponse> {
    let total = i64::try_from(items.len()).ok();
    Ok(listing(query.seen.as_deref(), &serde_json::to_vec(items).map_err(Problem::internal)?, None, total))
}

/// A [`Listing`] of items that are JSON already. Its tag is of what is shown and whether there is more: the cursor is
/// another one each time.
fn listing(seen: Option<&str>, items: &[u8], next: Option<String>, total: Option<i64>) -> HttpResponse {
    let (more, count) = ([u8::from(next.is_some())], json!(total).to_string());
    let etag = format!("W/\"{}\"", answer::short_hash(&[items, &more, count.as_bytes()]));
    let rest = format!(",\"next\":{},\"total\":{count}}}", json!(next));
    answer::tagged(seen, etag, [b"{\"items\":", items, rest.as_bytes()].concat())
}
