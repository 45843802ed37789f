//! Scenarios: requests and what their answers must look like, in a JSON file, replayed against any server.
//!
//! A step has `name`, `method`, `path` and `status`; a body as `json`, `form` or `multipart`; `token`, where it
//! is not the account's (null for none); `expect`, a pattern of the answer's JSON; `headers` of the answer; and
//! `save`, which keeps parts of the answer, named by JSON pointers, for later steps.
//!
//! In requests and patterns `${name}` stands for a saved value and `${name/pointer}` for a part of it; as a
//! whole text it keeps its type. `${photo:file}` stands for a photo in base64; in `multipart`, a text `@file` is
//! the photo as a file.
//!
//! A pattern is JSON that must be equal, except that `$any`, `$boolean`, `$integer`, `$string`, `$hash` (32
//! hexadecimal digits) and `$timestamp` stand for any such value, `{"$between": [least, greatest]}` for a number,
//! and `{"$each": pattern, "$length": count}` for a list, either key of which may be left out.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::base64;

/// A server to replay a scenario on, and an account of it that has no faces.
#[derive(Clone, Debug)]
pub struct Target {
    /// `http://host:port`, with the mount where there is one.
    pub base: String,
    /// The account's token.
    pub token: String,
}

/// Replays the scenario in `file` with the photos in the folder `photos`; stops at the first answer that is not
/// as expected. Tells how many steps it has.
///
/// # Errors
/// Which step failed, and why.
pub async fn replay(file: &Path, photos: &Path, target: &Target) -> Result<usize, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let scenario: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let steps = scenario["steps"].as_array().ok_or("the scenario has no steps")?;
    let mut run = Run { target, photos, saved: BTreeMap::new(), client: crate::plain_client() };
    for step in steps {
        let name = step["name"].as_str().unwrap_or_default();
        run.step(step).await.map_err(|error| format!("step {name:?}: {error}"))?;
    }
    Ok(steps.len())
}

struct Run<'a> {
    target: &'a Target,
    photos: &'a Path,
    saved: BTreeMap<String, Value>,
    client: reqwest::Client,
}

impl Run<'_> {
    async fn step(&mut self, step: &Value) -> Result<(), String> {
        let step = self.fill(step)?;
        let text = |key: &str| step[key].as_str().ok_or_else(|| format!("`{key}` is missing"));
        let method = text("method")?.parse().map_err(|_| "`method` is none")?;
        let mut request = self.client.request(method, format!("{}{}", self.target.base, text("path")?));
        let token = step.get("token").map_or(Some(self.target.token.as_str()), Value::as_str);
        if let Some(token) = token {
            request = request.header("authorization", format!("Token {token}"));
        }
        if let Some((content_type, body)) = self.body(&step)? {
            request = request.header("content-type", content_type).body(body);
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.text().await.map_err(|error| error.to_string())?;
        if step["status"] != status {
            return Err(format!("status {status}: {body}"));
        }
        for (name, expected) in step["headers"].as_object().into_iter().flatten() {
            let found = headers.get(name).and_then(|value| value.to_str().ok());
            if expected.as_str() != found {
                return Err(format!("header {name} is {found:?}"));
            }
        }
        let json: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        if let Some(pattern) = step.get("expect") {
            check(pattern, &json, "").map_err(|error| format!("{error} in {body}"))?;
        }
        for (name, pointer) in step["save"].as_object().into_iter().flatten() {
            let part = pointer.as_str().and_then(|pointer| json.pointer(pointer));
            self.saved.insert(name.clone(), part.ok_or_else(|| format!("no {pointer} in {body}"))?.clone());
        }
        Ok(())
    }

    fn body(&self, step: &Value) -> Result<Option<(&'static str, Vec<u8>)>, String> {
        if let Some(json) = step.get("json") {
            return Ok(Some(("application/json", json.to_string().into_bytes())));
        }
        if let Some(fields) = step["form"].as_object() {
            let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encode(&plain(value))));
            let form = pairs.collect::<Vec<_>>().join("&");
            return Ok(Some(("application/x-www-form-urlencoded", form.into_bytes())));
        }
        let Some(fields) = step["multipart"].as_object() else { return Ok(None) };
        let mut body = Vec::new();
        for (name, value) in fields {
            let value = plain(value);
            body.extend(format!("--boundary\r\nContent-Disposition: form-data; name=\"{name}\"").bytes());
            if let Some(file) = value.strip_prefix('@') {
                body.extend(format!("; filename=\"{file}\"\r\n\r\n").bytes());
                body.extend(self.photo(file)?);
            } else {
                body.extend(format!("\r\n\r\n{value}").bytes());
            }
            body.extend(b"\r\n");
        }
        body.extend(b"--boundary--\r\n");
        Ok(Some(("multipart/form-data; boundary=boundary", body)))
    }

    fn photo(&self, file: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.photos.join(file)).map_err(|error| format!("photo {file}: {error}"))
    }

    /// The value with everything it names put in.
    fn fill(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.fill_text(text),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(object) => {
                let entry = |(key, value): (&String, &Value)| {
                    let key = plain(&self.fill_text(key)?);
                    Ok::<_, String>((key, self.fill(value)?))
                };
                Ok(Value::Object(object.iter().map(entry).collect::<Result<Map<_, _>, _>>()?))
            }
            value => Ok(value.clone()),
        }
    }

    fn fill_text(&self, text: &str) -> Result<Value, String> {
        let Some(start) = text.find("${") else { return Ok(text.into()) };
        let end = start + text[start..].find('}').ok_or_else(|| format!("{text:?} is not closed"))?;
        let value = self.named(&text[start + 2..end])?;
        if start == 0 && end + 1 == text.len() {
            return Ok(value);
        }
        let rest = plain(&self.fill_text(&text[end + 1..])?);
        Ok(format!("{}{}{rest}", &text[..start], plain(&value)).into())
    }

    fn named(&self, name: &str) -> Result<Value, String> {
        if let Some(file) = name.strip_prefix("photo:") {
            return Ok(base64(&self.photo(file)?).into());
        }
        let (variable, pointer) = name.find('/').map_or((name, ""), |place| name.split_at(place));
        let found = self.saved.get(variable).and_then(|value| value.pointer(pointer));
        found.cloned().ok_or_else(|| format!("nothing was saved as {name}"))
    }
}

/// A value as it stands in a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn encode(text: &str) -> String {
    let write = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(write).collect()
}

/// Whether a value is as the pattern says; `place` is its JSON pointer.
///
/// # Errors
/// Where it is not.
pub fn check(pattern: &Value, value: &Value, place: &str) -> Result<(), String> {
    let wrong = || Err(format!("{place:?} is {value}, not {pattern}"));
    let is_right = match pattern {
        Value::String(kind) if kind.starts_with('$') => is_of_kind(kind, value),
        Value::Object(object) if object.contains_key("$between") => {
            let edge = |place: usize| pattern["$between"][place].as_f64();
            let is_inside = |number: f64| edge(0) <= Some(number) && Some(number) <= edge(1);
            value.as_f64().is_some_and(is_inside)
        }
        Value::Object(object) if object.contains_key("$each") || object.contains_key("$length") => {
            let Some(items) = value.as_array() else { return wrong() };
            for (index, item) in items.iter().enumerate() {
                check(object.get("$each").unwrap_or(&"$any".into()), item, &format!("{place}/{index}"))?;
            }
            object.get("$length").is_none_or(|length| *length == items.len())
        }
        Value::Object(object) => {
            let Some(found) = value.as_object() else { return wrong() };
            for (key, pattern) in object {
                let Some(value) = found.get(key) else { return Err(format!("{place:?} has no {key:?}")) };
                check(pattern, value, &format!("{place}/{key}"))?;
            }
            found.len() == object.len()
        }
        Value::Array(patterns) => {
            let Some(items) = value.as_array().filter(|items| items.len() == patterns.len()) else {
                return wrong();
            };
            for (index, (pattern, item)) in patterns.iter().zip(items).enumerate() {
                check(pattern, item, &format!("{place}/{index}"))?;
            }
            true
        }
        exact => exact == value,
    };
    if is_right { Ok(()) } else { wrong() }
}

fn is_of_kind(kind: &str, value: &Value) -> bool {
    let text = value.as_str();
    match kind {
        "$any" => true,
        "$boolean" => value.is_boolean(),
        "$integer" => value.is_i64() || value.is_u64(),
        "$string" => value.is_string(),
        "$hash" => {
            text.is_some_and(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        }
        "$timestamp" => text.is_some_and(|text| {
            let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            shape == "0000-00-00T00:00:00.000000"
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_tell_right_answers_from_wrong_ones() {
        for (pattern, right, wrong) in [
            (json!({"a": "$integer"}), json!({"a": 1}), json!({"a": 1.5})),
            (json!({"a": 1}), json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!(["$string", 2]), json!(["x", 2]), json!(["x"])),
            (json!({"$each": "$boolean", "$length": 2}), json!([true, false]), json!([true])),
            (json!({"$each": "$boolean"}), json!([]), json!([1])),
            (json!({"$between": [0.5, 1]}), json!(1), json!(0.4)),
            (json!("$hash"), json!("dc7ac54590729669ca869a18d92cd05e"), json!("dc7a")),
            (json!("$timestamp"), json!("2016-06-13T11:06:42.075754"), json!("2016-06-13T11:06:42Z")),
            (json!("$unknown"), json!(null), json!("x")),
        ] {
            assert_eq!(check(&pattern, &right, "").is_ok(), pattern != "$unknown", "{pattern}");
            assert!(check(&pattern, &wrong, "").is_err(), "{pattern}");
        }
    }

    #[test]
    fn saved_values_are_put_in() {
        let target = Target { base: String::new(), token: String::new() };
        let saved = BTreeMap::from([("box".to_owned(), json!({"x1": 7})), ("id".to_owned(), json!(5))]);
        let run = Run { target: &target, photos: Path::new(""), saved, client: crate::plain_client() };
        let filled = run.fill(&json!({"[${box/x1}, ${id}]": "${box}", "b": "/face/${id}/", "c": ["${id}"]}));
        assert_eq!(filled, Ok(json!({"[7, 5]": {"x1": 7}, "b": "/face/5/", "c": [5]})));
        assert!(run.fill(&json!("${nothing}")).is_err());
    }
}
