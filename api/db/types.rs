//! The types every table uses, with one form in both databases (settled by `tests/engines.rs`).

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    serialize::{self, Output, ToSql},
    sql_types::{BigInt, Binary, Date, Text},
    sqlite::Sqlite,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

use super::connection::MultiBackend;

/// A UUIDv7, made by the service or (rule 16) by the client.
///
/// Sixteen bytes in the database: half the size of text in every index, and ordered alike by both engines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct Id(Uuid);

impl Id {
    /// A new one; later ones sort after earlier ones.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id with all bits zero: sorts before every other.
    pub const fn nil() -> Self {
        Self(Uuid::nil())
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }

    /// Whether it is of version 7, as ids given by clients must be.
    pub fn is_v7(&self) -> bool {
        self.0.get_version_num() == 7
    }
}

impl Default for Id {
    /// A new one.
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(|_| de::Error::custom("not a UUID"))
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Id
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_bytes().as_slice().to_sql(out)
    }
}

impl FromSql<Binary, Sqlite> for Id {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(raw.read_blob())?))
    }
}

impl FromSql<Binary, Pg> for Id {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(raw.as_bytes())?))
    }
}

impl FromSql<Binary, MultiBackend> for Id {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, Binary>()
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("UUID of version 7, lower case"))
            .examples([serde_json::json!("0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42")])
            .into()
    }
}

impl ToSchema for Id {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// A moment, UTC, in whole milliseconds since 1970: what JSON shows (three decimals) is exactly what is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Instant(i64);

impl Instant {
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as tokens want them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1000)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Utc.timestamp_millis_opt(self.0).single().unwrap_or_default();
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        DateTime::<chrono::FixedOffset>::deserialize(d).map(|moment| Self(moment.timestamp_millis()))
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Instant
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Instant
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(raw).map(Self)
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment in UTC with three decimals of a second"))
            .examples([serde_json::json!("2026-11-05T16:59:59.000Z")])
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
}

/// How a row reads a day that it always has: from SQLite's text without interpreting a format, which took as long as
/// reading several columns. For `#[diesel(deserialize_as = QuickDay)]`.
#[derive(FromSqlRow)]
pub struct QuickDay(NaiveDate);

impl From<QuickDay> for NaiveDate {
    fn from(day: QuickDay) -> Self {
        day.0
    }
}

impl FromSql<Date, Sqlite> for QuickDay {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = raw.read_text();
        let mut parts = text.splitn(3, '-');
        let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
        let day = match (number(), number(), number()) {
            (Some(year), Some(month), Some(day)) => NaiveDate::from_ymd_opt(year.try_into()?, month, day),
            _ => None,
        };
        day.map(Self).ok_or_else(|| format!("no day: {text}").into())
    }
}

impl FromSql<Date, Pg> for QuickDay {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDate as FromSql<Date, Pg>>::from_sql(raw).map(Self)
    }
}

impl FromSql<Date, MultiBackend> for QuickDay {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, Date>()
    }
}

/// A list of short texts in one column, as a JSON array: small sets that are always read with their row.
#[derive(Clone, PartialEq, Eq, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct TextList(String);

impl TextList {
    /// Sorted and without doubles.
    pub fn of<T: AsRef<str>>(items: &[T]) -> Self {
        let sorted: std::collections::BTreeSet<&str> = items.iter().map(AsRef::as_ref).collect();
        Self(serde_json::json!(sorted).to_string())
    }

    pub fn items(&self) -> Vec<String> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl<DB: Backend> ToSql<Text, DB> for TextList
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for TextList
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(raw).map(Self)
    }
}
