//! JSON under limits. A body of 20 MB can hold millions of tiny values, each many times larger in memory than
//! on the wire; a request has a few dozen.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Values nested deeper than this are refused.
const MOST_DEPTH: usize = 16;

/// Bodies with more values than this are refused.
const MOST_VALUES: usize = 10_000;

/// The text is not JSON, not an object, too deep or has too many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a JSON object within the limits")]
pub struct JsonError;

/// Reads a JSON object.
///
/// # Errors
/// [`JsonError`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError),
    }
}

/// Reads any JSON value.
///
/// # Errors
/// [`JsonError`].
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let values_left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = Bounded { depth_left: MOST_DEPTH, values_left: &values_left };
    let value = seed.deserialize(&mut deserializer).map_err(|_| JsonError)?;
    deserializer.end().map_err(|_| JsonError)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Bounded<'a> {
    depth_left: usize,
    values_left: &'a Cell<usize>,
}

impl Bounded<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth_left = self.depth_left.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { depth_left, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left =
            self.values_left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.values_left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            object.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"{"a":null,"b":true,"c":-1,"d":2,"e":0.5,"f":"x\n","g":[1,[]],"h":{"i":{}}}"#;
        let expected = json!({"a":null,"b":true,"c":-1,"d":2,"e":0.5,"f":"x\n","g":[1,[]],"h":{"i":{}}});
        assert_eq!(parse(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn deep_nesting_is_refused() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(parse(nested(MOST_DEPTH).as_bytes()).is_ok());
            assert_eq!(parse(nested(MOST_DEPTH + 1).as_bytes()), Err(JsonError));
            assert_eq!(parse(open.repeat(1_000_000).as_bytes()), Err(JsonError));
        }
    }

    #[test]
    fn too_many_values_are_refused() {
        let text = format!("[{}0]", "0,".repeat(MOST_VALUES));
        assert_eq!(parse(text.as_bytes()), Err(JsonError));
    }

    #[test]
    fn text_after_the_object_is_refused() {
        assert_eq!(parse(b"{} {}"), Err(JsonError));
    }

    #[test]
    fn other_values_are_no_object() {
        assert_eq!(parse_object(b"[]"), Err(JsonError));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let expected = serde_json::from_slice::<Value>(&bytes).ok();
            if let Ok(value) = parse(&bytes) {
                prop_assert_eq!(Some(value), expected);
            }
        }
    }
}
