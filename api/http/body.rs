//! Request bodies: read whole, checked whole, every complaint with the place it is about.

use actix_web::http::header::{self, HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{Code, FieldError, Problem, Result, Text, json::json, shape::read_value};

/// Something that can be read from the body of a request.
pub trait Body: Sized + Send + Sync + 'static {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self>;
}

/// `application/json`, checked by the type's `validator` rules.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Validate + Send + Sync + 'static> Body for Json<T> {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self> {
        media_type(headers, &["application/json"])?;
        let value: T = parse(bytes)?;
        check(&value)?;
        Ok(Self(value))
    }
}

/// Nothing: for actions that need no words.
pub struct NoBody;

impl Body for NoBody {
    fn read(_: &HeaderMap, bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() || bytes == b"{}" {
            Ok(Self)
        } else {
            Err(Problem::field("", "unexpected_body", "Yêu cầu này không có nội dung", "This request takes no body"))
        }
    }
}

/// What the handler has taken itself, as it came: a file.
pub struct Streamed;

impl Body for Streamed {
    fn read(_: &HeaderMap, _: &[u8]) -> Result<Self> {
        Ok(Self)
    }
}

/// `application/merge-patch+json` (RFC 7396) for an object of type `T`: `null` empties a field, an array is
/// replaced whole, what is left out stays.
pub struct Patch<T> {
    changes: Map<String, Value>,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> Body for Patch<T> {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self> {
        media_type(headers, &["application/merge-patch+json", "application/json"])?;
        let changes = parse(bytes)?;
        Ok(Self { changes, of: std::marker::PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned + Validate> Patch<T> {
    /// `current` with the changes, checked like a new one.
    pub fn apply(&self, current: &T) -> Result<T> {
        let mut value = serde_json::to_value(current).map_err(Problem::internal)?;
        merge(&mut value, Value::Object(self.changes.clone()));
        let changed = read_value(&value)?;
        check(&changed)?;
        Ok(changed)
    }

    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The top-level fields that are sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.changes.keys().map(String::as_str)
    }

    /// The value sent for a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.changes.get(name)
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(object) = target {
        for (name, change) in changes {
            if change.is_null() {
                // Kept as null, not removed: an unknown name must still be refused, a required one named.
                object.insert(name, Value::Null);
            } else {
                merge(object.entry(name).or_insert(Value::Null), change);
            }
        }
    }
}

fn media_type(headers: &HeaderMap, taken: &[&str]) -> Result<()> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if taken.iter().any(|name| essence.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(Problem::say(
            Code::UnsupportedMediaType,
            format!("Content-Type phải là {}", taken[0]),
            format!("Content-Type must be {}", taken[0]),
        )
        .with("accepted", taken.to_vec()))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // First as JSON at all (400), then as the type (422), so that the two are told apart.
    let value = json(bytes)?;
    refuse_nul(&value, &mut String::new())?;
    read_value(&value)
}

/// U+0000 is JSON, but no text of ours: PostgreSQL could not keep it.
fn refuse_nul(value: &Value, pointer: &mut String) -> Result<()> {
    let bad = |pointer: &str| {
        Problem::field(
            pointer,
            "invalid_character",
            "Có ký tự không dùng được (U+0000)",
            "Has a character that cannot be used (U+0000)",
        )
    };
    match value {
        Value::String(text) if text.contains('\0') => Err(bad(pointer)),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            let length = pointer.len();
            pointer.push_str(&format!("/{index}"));
            let result = refuse_nul(item, pointer);
            pointer.truncate(length);
            result
        }),
        Value::Object(map) => map.iter().try_for_each(|(name, item)| {
            if name.contains('\0') {
                return Err(bad(pointer));
            }
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(&escape(name));
            let result = refuse_nul(item, pointer);
            pointer.truncate(length);
            result
        }),
        _ => Ok(()),
    }
}

pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Runs a type's `validator` rules.
pub fn check(value: &impl Validate) -> Result<()> {
    value.validate().map_err(|errors| {
        let mut found = Vec::new();
        collect("", &errors, &mut found);
        Problem::fields(found)
    })
}

fn collect(prefix: &str, errors: &ValidationErrors, found: &mut Vec<FieldError>) {
    let mut fields: Vec<_> = errors.errors().iter().collect();
    fields.sort_by_key(|(name, _)| name.to_string());
    for (name, kind) in fields {
        let pointer = format!("{prefix}/{}", name.strip_prefix("r#").unwrap_or(name));
        match kind {
            ValidationErrorsKind::Field(list) => found.extend(list.iter().map(|error| {
                let number = |key: &str| error.params.get(key).map(ToString::to_string);
                let text = match error.code.as_ref() {
                    "length" => bounds(number("min"), number("max"), ("ký tự hoặc phần tử", "characters or items")),
                    "range" => bounds(number("min"), number("max"), ("", "")),
                    "email" => Text::new("Không phải địa chỉ thư điện tử", "Not an e-mail address"),
                    _ => match error.message.as_deref().and_then(|message| message.split_once(" | ")) {
                        Some((vi, en)) => Text::new(vi, en),
                        None => Text::new("Không hợp lệ", "Not right"),
                    },
                };
                FieldError::body(pointer.clone(), error.code.to_string(), text)
            })),
            ValidationErrorsKind::Struct(inner) => collect(&pointer, inner, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(&format!("{pointer}/{index}"), inner, found);
                }
            }
        }
    }
}

fn bounds(min: Option<String>, max: Option<String>, unit: (&str, &str)) -> Text {
    let text = match (min, max) {
        (Some(min), Some(max)) => {
            Text::new(format!("Phải từ {min} đến {max} {}", unit.0), format!("Must be {min} to {max} {}", unit.1))
        }
        (Some(min), None) => Text::new(format!("Ít nhất {min} {}", unit.0), format!("At least {min} {}", unit.1)),
        (None, Some(max)) => Text::new(format!("Nhiều nhất {max} {}", unit.0), format!("At most {max} {}", unit.1)),
        (None, None) => Text::new("Ngoài giới hạn", "Out of range"),
    };
    Text::new(text.vi.trim_end(), text.en.trim_end())
}

/// A `validator` error with its sentence in both languages; `code` is snake_case and part of the API.
pub fn rule(code: &'static str, text: &'static str) -> validator::ValidationError {
    validator::ValidationError::new(code).with_message(text.into())
}

/// The schema of a merge patch: that of `T` with nothing required; `null` is for what may be empty.
///
/// (The trait is utoipa's own way for generic types; it has no public name.)
impl<T: ToSchema> utoipa::__dev::ComposeSchema for Patch<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
