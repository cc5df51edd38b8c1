//! Query parameters: typed, each known by name; an unknown one is refused with the nearest name.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_NONE_MATCH};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use super::{Code, FieldError, Problem, Result, Text};
use crate::{keys::digest, text};

/// The name in `known` that `name` was probably meant to be.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(2))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Which part of an object is wanted.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Shape {
    /// Names of fields, separated by commas: only these are returned (and `id`).
    #[param(example = "id,full_name")]
    pub fields: Option<String>,
    /// Related objects to embed, separated by commas.
    pub include: Option<String>,
}

impl Shape {
    pub fn includes(&self, name: &str) -> bool {
        self.include.as_deref().is_some_and(|list| list.split(',').any(|item| item.trim() == name))
    }

    /// Refuses names that are not in the two sets.
    pub fn check(&self, fields: &[&str], includes: &[&str]) -> Result<()> {
        for (parameter, given, known) in [("fields", &self.fields, fields), ("include", &self.include, includes)] {
            for name in given.as_deref().into_iter().flat_map(|list| list.split(',')).map(str::trim) {
                if !known.contains(&name) {
                    return Err(unknown_value(parameter, name, known));
                }
            }
        }
        Ok(())
    }
}

/// Where in a list, how much of it, in which order.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many items a page may have.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Order of the list; `-` before the name turns it round.
    pub sort: Option<String>,
}

impl Paging {
    /// Whether the order is turned round. `name` is the one order of the list.
    pub fn order(&self, name: &str) -> Result<bool> {
        let Some(sort) = self.sort.as_deref() else { return Ok(false) };
        match sort.strip_prefix('-') {
            Some(rest) if rest == name => Ok(true),
            None if sort == name => Ok(false),
            _ => Err(unknown_value("sort", sort, &[name, &format!("-{name}")])),
        }
    }

    /// 1 to 200; 50 when nothing is said.
    pub fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit.into()),
            _ => Err(Problem::parameter("limit", "range", "Phải từ 1 đến 200", "Must be 1 to 200")),
        }
    }
}

/// The parameters of a request: its filters `T` and what all of its kind `K` take besides: an object or a list its
/// [`Shape`], a list [`Paging`].
#[derive(Debug, Clone)]
pub struct Query<T, K = Object> {
    pub filters: T,
    pub shape: Shape,
    pub paging: Paging,
    /// SHA-256 over path and all parameters but `cursor` and `limit`: what a cursor was made for.
    pub fingerprint: [u8; 32],
    /// Path and query as asked, without `cursor`, for the `Link` to the next page.
    pub address: String,
    /// `If-None-Match`: what the caller has already.
    pub(super) seen: Option<String>,
    kind: PhantomData<fn() -> K>,
}

/// What a route reads besides its own filters; other parameters are refused.
pub trait Kind: 'static {
    const NAMES: &'static [&'static str];
}

/// One object.
#[derive(Debug, Clone)]
pub enum Object {}
/// A list in pages.
#[derive(Debug, Clone)]
pub enum List {}
/// Something that comes as it is: a whole list, a command.
#[derive(Debug, Clone)]
pub enum Bare {}

impl Kind for Object {
    const NAMES: &'static [&'static str] = &["fields", "include"];
}

impl Kind for List {
    const NAMES: &'static [&'static str] = &["fields", "include", "limit", "cursor", "sort"];
}

impl Kind for Bare {
    const NAMES: &'static [&'static str] = &[];
}

impl<T: DeserializeOwned, K: Kind> Query<T, K> {
    pub fn parse(path: &str, query: &str) -> Result<Self> {
        let bad = |_| Problem::new(Code::BadRequest);
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).map_err(bad)?;
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Problem::new(Code::BadRequest));
        }
        pairs.iter().filter(|(name, _)| name == "q").try_for_each(|(_, words)| check_words(words))?;
        let (common, own): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| K::NAMES.contains(&name.as_str()));
        let (shape, paging): (Vec<_>, Vec<_>) = common.into_iter().partition(|(name, _)| Object::NAMES.contains(&name.as_str()));
        let kept = shape.iter().chain(&paging).chain(&own).filter(|(name, _)| name != "cursor").collect::<Vec<_>>();
        let address = match serde_html_form::to_string(&kept) {
            Ok(query) if query.is_empty() => format!("{path}?"),
            Ok(query) => format!("{path}?{query}&"),
            Err(error) => return Err(Problem::internal(error)),
        };
        let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in kept.iter().filter(|(name, _)| name != "limit") {
            sorted.entry(name).or_default().push(value);
        }
        let fingerprint = digest(&[path.as_bytes(), format!("{sorted:?}").as_bytes()]);
        Ok(Self {
            filters: read(&own, K::NAMES)?,
            shape: read(&shape, K::NAMES)?,
            paging: read(&paging, K::NAMES)?,
            fingerprint,
            address,
            seen: None,
            kind: PhantomData,
        })
    }
}

/// Words to search for, wherever they are taken: neither nothing nor a page.
fn check_words(words: &str) -> Result<()> {
    if text::search_form(words).is_empty() {
        Err(Problem::parameter("q", "too_short", "Cần ít nhất một chữ cái", "At least one letter is needed"))
    } else if words.chars().count() > 100 {
        Err(Problem::parameter("q", "too_long", "Nhiều nhất 100 ký tự", "At most 100 characters"))
    } else {
        Ok(())
    }
}

fn read<T: DeserializeOwned>(pairs: &[(String, String)], common: &[&'static str]) -> Result<T> {
    let text = serde_html_form::to_string(pairs).map_err(Problem::internal)?;
    let parser = form_urlencoded(&text);
    serde_path_to_error::deserialize(parser).map_err(|error| {
        let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        let words = error.inner().to_string();
        let list = |words: &str| -> Vec<String> {
            words
                .split_once("expected")
                .map_or(Vec::new(), |(_, list)| list.split('`').skip(1).step_by(2).map(str::to_owned).collect())
        };
        if words.starts_with("unknown field") {
            let name = words.split('`').nth(1).unwrap_or_default();
            let own = list(&words);
            let known: Vec<&str> = own.iter().map(String::as_str).chain(common.iter().copied()).collect();
            let text = nearest(name, &known).map_or_else(
                || Text::new("Không có tham số này", "There is no such parameter"),
                |hint| {
                    Text::new(
                        format!("Không có tham số này; có phải là {hint}?"),
                        format!("There is no such parameter; did you mean {hint}?"),
                    )
                },
            );
            return Problem::new(Code::UnknownParameter).with_errors(vec![FieldError::parameter(
                name,
                "unknown_parameter",
                text,
            )]);
        }
        if words.starts_with("unknown variant") {
            let known = list(&words);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return unknown_value(&name, words.split('`').nth(1).unwrap_or_default(), &known);
        }
        Problem::parameter(name, "invalid_value", "Không đúng dạng", "Not of the right form")
    })
}

fn form_urlencoded(text: &str) -> serde_html_form::Deserializer<'_> {
    serde_html_form::Deserializer::from_bytes(text.as_bytes())
}

/// A value that is not in a closed set.
pub fn unknown_value(parameter: &str, given: &str, known: &[&str]) -> Problem {
    let known_list = known.join(", ");
    match nearest(given, known) {
        Some(hint) => Problem::parameter(
            parameter,
            "unknown_value",
            format!("Không có giá trị này; có phải là {hint}? (được dùng: {known_list})"),
            format!("There is no such value; did you mean {hint}? (may be: {known_list})"),
        ),
        None => {
            Problem::parameter(parameter, "unknown_value", format!("Được dùng: {known_list}"), format!("May be: {known_list}"))
        }
    }
}

impl<T: DeserializeOwned, K: Kind> FromRequest for Query<T, K> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let seen = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        ready(Self::parse(request.path(), request.query_string()).map(|query| Self { seen, ..query }))
    }
}

/// For resources without filters of their own.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NoFilters {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filters {
        #[serde(default)]
        status: Vec<String>,
        as_of: Option<chrono::NaiveDate>,
        is_core: Option<bool>,
    }

    #[test]
    fn parameters_are_typed_and_known() {
        let query: Query<Filters, List> = Query::parse("/m", "status=a&status=b&as_of=2025-06-30&is_core=true&limit=7").unwrap();
        assert_eq!(query.filters.status, ["a", "b"]);
        assert_eq!(query.filters.as_of.unwrap().to_string(), "2025-06-30");
        assert_eq!(query.filters.is_core, Some(true));
        assert_eq!(query.paging.limit().unwrap(), 7);
    }

    #[test]
    fn an_unknown_parameter_is_named_with_its_neighbour() {
        let problem = Query::<Filters, List>::parse("/m", "statsu=a").unwrap_err();
        assert_eq!(problem.code(), Code::UnknownParameter);
        assert!(problem.to_json(super::super::Locale::En, "", "").to_string().contains("did you mean status?"));
    }

    #[test]
    fn a_wrong_value_is_named() {
        for query in ["as_of=2025-02-30", "is_core=perhaps", "limit=many"] {
            let problem = Query::<Filters, List>::parse("/m", query).unwrap_err();
            let name = query.split('=').next().unwrap();
            assert!(problem.to_json(super::super::Locale::En, "", "").to_string().contains(name), "{query}: {problem}");
        }
        assert!(Query::<Filters, List>::parse("/m", "limit=201").unwrap().paging.limit().is_err());
    }

    #[test]
    fn each_kind_takes_its_own_parameters() {
        let refused = |outcome: Result<()>| outcome.err().map(|problem| problem.code());
        for (query, object, bare) in [
            ("", None, None),
            ("fields=id", None, Some(Code::UnknownParameter)),
            ("limit=1", Some(Code::UnknownParameter), Some(Code::UnknownParameter)),
            ("cursor=c1.x", Some(Code::UnknownParameter), Some(Code::UnknownParameter)),
            ("dryrun=true", Some(Code::UnknownParameter), Some(Code::UnknownParameter)),
        ] {
            assert_eq!(refused(Query::<NoFilters, Object>::parse("/m", query).map(|_| ())), object, "{query}");
            assert_eq!(refused(Query::<NoFilters, Bare>::parse("/m", query).map(|_| ())), bare, "{query}");
        }
    }

    #[test]
    fn words_are_neither_nothing_nor_a_page() {
        #[derive(Deserialize)]
        struct Search {
            #[expect(dead_code, reason = "read only")]
            q: String,
        }
        for (words, taken) in [("%20", false), ("", false), ("a", true), (&"a".repeat(100), true), (&"a".repeat(101), false)] {
            assert_eq!(Query::<Search, List>::parse("/m", &format!("q={words}")).is_ok(), taken, "{words}");
        }
    }

    #[test]
    fn the_fingerprint_is_of_filters_only() {
        let of = |query| Query::<Filters, List>::parse("/m", query).unwrap().fingerprint;
        assert_eq!(of("status=a&limit=1"), of("limit=2&status=a&cursor=x"));
        assert_ne!(of("status=a"), of("status=b"));
    }
}
