//! Request fields, however they were sent.

use bytes::Bytes;
use serde_json::Value;

use crate::json;
use crate::photo::{PhotoError, PhotoSource};

/// The longest list of words, in bytes.
const MOST_WORDS_BYTES: usize = 1024;

/// One part of a multipart body. Whether it is text or a file depends on the field, not on the part: some
/// clients send files without a file name and quote text as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its content.
    pub bytes: Bytes,
    /// Its file name, if it has one.
    pub file_name: Option<String>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// From JSON; from a form or the query, where it is always text.
    Value(Value),
    /// From a multipart body.
    Part(Part),
}

impl Field {
    /// The value as [`Params::json`] reads it; `None` where it cannot be read.
    pub fn json(&self) -> Option<Value> {
        let text = match self {
            Self::Value(Value::String(text)) => text,
            Self::Value(value) => return Some(value.clone()),
            Self::Part(part) => std::str::from_utf8(&part.bytes).ok()?,
        };
        match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[' | b'"') => json::parse(text.as_bytes()).ok(),
            _ => Some(Value::String(text.to_owned())),
        }
    }
}

/// A field is there, but cannot be read as what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {0} has an unusable value")]
pub struct BadField(pub String);

/// The fields of a request. Where a name occurs twice, the later one counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    fields: Vec<(String, Field)>,
}

impl Params {
    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, field: Field) {
        self.fields.push((name.into(), field));
    }

    /// The field of that name, unless it is missing or JSON `null`.
    pub fn get(&self, name: &str) -> Option<&Field> {
        let found = self.fields.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, field)| field).filter(|field| !matches!(field, Field::Value(Value::Null)))
    }

    /// The fields of that name in their order, JSON `null` left out.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        let of_name = self.fields.iter().filter(move |(known, _)| known == name).map(|(_, field)| field);
        of_name.filter(|field| !matches!(field, Field::Value(Value::Null)))
    }

    /// Whether there is a field of that name with anything in it.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|field| !is_empty_text(field))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field as text. Numbers and booleans are written out; JSON quotes around a multipart text are taken
    /// off.
    ///
    /// # Errors
    /// [`BadField`] for lists, objects and bytes that are not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<String>, BadField> {
        let Some(field) = self.get(name) else { return Ok(None) };
        let text = match field {
            Field::Value(Value::String(text)) => Some(text.clone()),
            Field::Value(Value::Number(number)) => Some(number.to_string()),
            Field::Value(Value::Bool(flag)) => Some(flag.to_string()),
            Field::Value(_) => None,
            Field::Part(part) => part_text(part),
        };
        text.map(Some).ok_or_else(|| BadField(name.to_owned()))
    }

    /// A field as a finite number; text that holds a number counts.
    ///
    /// # Errors
    /// [`BadField`].
    pub fn number(&self, name: &str) -> Result<Option<f64>, BadField> {
        let Some(text) = self.scalar(name)? else { return Ok(None) };
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| BadField(name.to_owned()))
    }

    /// A field as a yes or no: `true`, `1`, `yes`, `on` and their opposites, in any case.
    ///
    /// # Errors
    /// [`BadField`].
    pub fn flag(&self, name: &str) -> Result<Option<bool>, BadField> {
        let Some(text) = self.scalar(name)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(Some(true)),
            "false" | "0" | "no" | "off" => Ok(Some(false)),
            _ => Err(BadField(name.to_owned())),
        }
    }

    /// A field as a list of words: one text with commas, or a list of such texts, trimmed, empty ones dropped.
    ///
    /// # Errors
    /// [`BadField`], also for texts over 1024 bytes: a large one would fall into millions of words.
    pub fn words(&self, name: &str) -> Result<Vec<String>, BadField> {
        let bad = || BadField(name.to_owned());
        let texts: Vec<String> = if let Some(Field::Value(Value::Array(items))) = self.get(name) {
            let texts: Option<_> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.ok_or_else(bad)?
        } else {
            let text = self.text(name)?.unwrap_or_default();
            let is_short = text.len() <= MOST_WORDS_BYTES;
            let items = is_short.then(|| serde_json::from_str(&text).ok()).flatten();
            items.unwrap_or_else(|| vec![text])
        };
        if texts.iter().map(String::len).sum::<usize>() > MOST_WORDS_BYTES {
            return Err(bad());
        }
        let words = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
        Ok(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    /// A field as JSON: text that is JSON counts as what it says, any other text as text.
    ///
    /// # Errors
    /// [`BadField`] for bytes that are not UTF-8, and for JSON beyond the limits.
    pub fn json(&self, name: &str) -> Result<Option<Value>, BadField> {
        self.get(name).map(|field| field.json().ok_or_else(|| BadField(name.to_owned()))).transpose()
    }

    /// The photo in the first of these fields that is there and not empty.
    ///
    /// # Errors
    /// [`PhotoError`].
    pub fn photo(&self, names: &[&str]) -> Result<Option<PhotoSource>, PhotoError> {
        let found = names.iter().find(|name| self.has(name)).and_then(|name| self.get(name));
        match found {
            None => Ok(None),
            Some(Field::Value(Value::String(text))) => PhotoSource::from_text(text).map(Some),
            Some(Field::Value(_)) => Err(PhotoError::NeitherPhotoNorAddress),
            Some(Field::Part(part)) => PhotoSource::from_part(part).map(Some),
        }
    }

    /// Text without surrounding space; empty text counts as missing.
    fn scalar(&self, name: &str) -> Result<Option<String>, BadField> {
        let text = self.text(name)?.map(|text| text.trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }
}

/// A JSON text that is empty. An empty file is not: it is a photo that cannot be read.
fn is_empty_text(field: &Field) -> bool {
    match field {
        Field::Value(Value::String(text)) => text.trim().is_empty(),
        Field::Value(_) => false,
        Field::Part(part) => part.bytes.is_empty() && part.file_name.is_none(),
    }
}

fn part_text(part: &Part) -> Option<String> {
    let text = std::str::from_utf8(&part.bytes).ok()?;
    let is_quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    let unquoted = is_quoted.then(|| serde_json::from_str::<String>(text).ok()).flatten();
    Some(unquoted.unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn params(value: Value) -> Params {
        let mut params = Params::default();
        params.push("x", Field::Value(value));
        params
    }

    fn part(text: &str) -> Params {
        let mut params = Params::default();
        let part = Part { bytes: Bytes::copy_from_slice(text.as_bytes()), file_name: None };
        params.push("x", Field::Part(part));
        params
    }

    #[test]
    fn numbers_are_read_from_numbers_and_text() {
        for value in [json!(0.25), json!("0.25"), json!(" .25 ")] {
            assert_eq!(params(value).number("x"), Ok(Some(0.25)));
        }
        assert_eq!(part("\"0.25\"").number("x"), Ok(Some(0.25)));
        for value in [json!("a"), json!("nan"), json!("inf"), json!([1]), json!({}), json!(true)] {
            assert!(params(value.clone()).number("x").is_err(), "{value}");
        }
        for value in [json!(null), json!(""), json!(" ")] {
            assert_eq!(params(value).number("x"), Ok(None));
        }
    }

    #[test]
    fn flags_are_read_from_booleans_numbers_and_text() {
        for value in [json!(true), json!("True"), json!(1), json!("1"), json!("on")] {
            assert_eq!(params(value).flag("x"), Ok(Some(true)));
        }
        for value in [json!(false), json!("FALSE"), json!(0), json!("off")] {
            assert_eq!(params(value).flag("x"), Ok(Some(false)));
        }
        assert!(params(json!("maybe")).flag("x").is_err());
    }

    #[test]
    fn words_are_read_from_text_and_lists() {
        for value in [json!("a, B"), json!(["a", "B"]), json!(["a,B"]), json!("[\"a\",\"B\"]")] {
            assert_eq!(params(value).words("x").unwrap(), ["a", "B"]);
        }
        assert!(params(json!([1])).words("x").is_err());
        assert!(params(json!("a,".repeat(1000))).words("x").is_err());
        assert!(Params::default().words("x").unwrap().is_empty());
    }

    #[test]
    fn json_is_read_from_values_and_text() {
        for value in [json!([1, {"a": 2}]), json!("[1,{\"a\":2}]"), json!(" [1, {\"a\": 2}] ")] {
            assert_eq!(params(value).json("x"), Ok(Some(json!([1, {"a": 2}]))));
        }
        assert_eq!(part("[1]").json("x"), Ok(Some(json!([1]))));
        assert_eq!(params(json!("word")).json("x"), Ok(Some(json!("word"))));
        assert!(params(json!("[1")).json("x").is_err());
        assert!(params(json!("[".repeat(100_000))).json("x").is_err());
        assert_eq!(Params::default().json("x"), Ok(None));
    }

    #[test]
    fn every_field_of_a_name_is_told() {
        let mut params = params(json!("one"));
        params.push("y", Field::Value(json!(2)));
        params.push("x", Field::Value(Value::Null));
        params.push("x", Field::Value(json!(["two"])));
        let all: Vec<_> = params.all("x").filter_map(Field::json).collect();
        assert_eq!(all, [json!("one"), json!(["two"])]);
    }

    #[test]
    fn quotes_are_taken_off_a_multipart_text() {
        assert_eq!(part("\"Bob\"").text("x"), Ok(Some("Bob".to_owned())));
        assert_eq!(part("Bob").text("x"), Ok(Some("Bob".to_owned())));
        assert_eq!(part("\"").text("x"), Ok(Some("\"".to_owned())));
    }

    #[test]
    fn the_later_field_of_a_name_counts() {
        let mut params = params(json!("one"));
        params.push("x", Field::Value(json!("two")));
        assert_eq!(params.text("x"), Ok(Some("two".to_owned())));
    }
}
