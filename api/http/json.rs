//! JSON as it comes: what stands twice in one object is refused, since two readers would take two different values.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value, error::Category};

use super::{Code, FieldError, Problem, Result, Text, body::escape};

/// Reads JSON; 400 when it is none, or not of one meaning.
pub(super) fn json(bytes: &[u8]) -> Result<Value> {
    match serde_json::from_slice(bytes) {
        Ok(Plain(value)) => Ok(value),
        Err(error) if error.classify() == Category::Data => Err(twice(bytes)),
        Err(error) => Err(Problem::say(
            Code::BadRequest,
            format!("Không phải JSON: dòng {}, cột {}", error.line(), error.column()),
            format!("Not JSON: line {}, column {}", error.line(), error.column()),
        )),
    }
}

/// Reads it again to tell where the name stands that is there twice.
fn twice(bytes: &[u8]) -> Problem {
    let again: Result<Plain, _> = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    let (path, name) = match &again {
        Ok(_) => (String::new(), String::new()),
        Err(error) => {
            let words = error.inner().to_string();
            let name = words.rsplit_once(" at line ").map_or(words.as_str(), |(name, _)| name);
            (super::shape::pointer(error.path()), name.to_owned())
        }
    };
    Problem::say(
        Code::BadRequest,
        format!("Trường {name} có hai lần trong một đối tượng"),
        format!("The field {name} stands twice in one object"),
    )
    .with_errors(vec![FieldError::body(
        format!("{path}/{}", escape(&name)),
        "duplicate_field",
        Text::new("Chỉ được có một lần", "May be given once only"),
    )])
}

/// A value whose objects have each name once.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Plain(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Plain(value) = fields.next_value()?;
            if map.contains_key(&name) {
                return Err(A::Error::custom(name));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;
    use crate::http::Locale;

    #[test]
    fn what_is_plain_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,0.5,"chữ \u00e0",true,null,{}],"b":18446744073709551615,"c":{"a":1e3}}"#;
        assert_eq!(json(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn a_name_that_stands_twice_is_told() {
        for (text, pointer) in [
            (r#"{"a":1,"a":1}"#, "/a"),
            (r#"{"a":1,"b":{"c":1,"\u0063":2}}"#, "/b/c"),
            (r#"{"items":[{},{"member":{"full_name":"A","full_name":"B"}}]}"#, "/items/1/member/full_name"),
            (r#"{"a/b":1,"a/b":1}"#, "/a~1b"),
        ] {
            let problem = json(text.as_bytes()).unwrap_err();
            let told = problem.to_json(Locale::En, "", "");
            assert_eq!((&told["status"], &told["errors"][0]["pointer"]), (&value!(400), &value!(pointer)), "{text}");
        }
    }
}
