//! Answers and documents held against each other. Schemas are taken strictly here: a field that no schema names is an
//! error, so that answers cannot grow past their description.

use std::collections::BTreeSet;

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The name that a schema goes by while it is compiled; nothing is fetched.
const SCHEMA: &str = "urn:answer";

/// A method and a path with its parameters in braces.
pub type Route = (String, String);

/// A document, ready to hold answers against.
pub struct Contract {
    document: Value,
    components: Value,
}

impl Contract {
    /// The contract that a document is.
    ///
    /// # Panics
    /// Where the document is none.
    pub fn new(document: &OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_else(|error| panic!("{error}"));
        let mut components = document["components"].clone();
        if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
            schemas.values_mut().for_each(close_inside);
        }
        Self { document, components }
    }

    /// Every operation of the document, without those under the path of another server.
    pub fn operations(&self) -> BTreeSet<Route> {
        let mut all = BTreeSet::new();
        for (path, item) in self.document["paths"].as_object().into_iter().flatten() {
            for method in ["get", "put", "post", "delete", "patch"] {
                if item.get(method).is_some() {
                    all.insert((method.to_uppercase(), path.clone()));
                }
            }
        }
        all
    }

    /// Holds an answer against the document, where the request is one of its operations.
    ///
    /// # Panics
    /// Where the answer is not as documented, with what differs.
    pub fn check(&self, method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
        let told = format!("{method} {path} {status}");
        let Some(operation) = self.operation(method, path) else { return };
        let response = &operation["responses"][status.as_str()];
        assert!(
            response.is_object(),
            "{told}: the status is not documented: {}",
            String::from_utf8_lossy(body)
        );
        let content = response["content"].as_object();
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            assert!(body.is_empty(), "{told}: a body where none is documented");
            return;
        };
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let schema = content.get(kind).unwrap_or_else(|| panic!("{told}: `{kind}` is not documented"));
        let value = if kind.starts_with("application/json") {
            serde_json::from_slice(body).unwrap_or_else(|error| panic!("{told}: no JSON: {error}"))
        } else {
            Value::String(String::from_utf8_lossy(body).into_owned())
        };
        self.validate(&schema["schema"], &value, &told);
        for name in headers
            .keys()
            .filter(|name| name.as_str() == "retry-after" || name.as_str() == "x-liveness-model")
        {
            let documented = response["headers"].as_object().into_iter().flatten();
            let is_documented =
                documented.into_iter().any(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
            assert!(is_documented, "{told}: the header {name} is not documented");
        }
    }

    /// Holds every example of the document against its schema, and says how many there are.
    ///
    /// # Panics
    /// Where one does not fit.
    pub fn check_examples(&self) -> usize {
        let mut count = 0;
        for (method, path) in self.operations() {
            let operation = &self.document["paths"][&path][method.to_lowercase()];
            let answers = operation["responses"].as_object().into_iter().flatten();
            let request = [("request", &operation["requestBody"])];
            let bodies = answers.map(|(status, answer)| (status.as_str(), answer)).chain(request);
            for (name, body) in bodies {
                for (kind, content) in body["content"].as_object().into_iter().flatten() {
                    let named = content["examples"].as_object().into_iter().flatten();
                    let single = content.get("example").map(|value| ("example", value));
                    let all = named.map(|(name, example)| (name.as_str(), &example["value"])).chain(single);
                    for (example, value) in all {
                        let told = format!("{method} {path} {name} {kind} {example}");
                        self.validate(&content["schema"], value, &told);
                        count += 1;
                    }
                }
            }
        }
        count
    }

    /// The operation that a request of that method and path is.
    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let given: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let fits = |template: &str| {
            let wanted: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
            let mut parts = wanted.iter().zip(&given);
            wanted.len() == given.len()
                && parts.all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
        };
        let paths = self.document["paths"].as_object()?;
        // A path without parameters is meant before one with.
        let mut fitting: Vec<&String> = paths.keys().filter(|template| fits(template)).collect();
        fitting.sort_by_key(|template| template.matches('{').count());
        let found = fitting.first().map(|template| &paths[*template])?;
        found.get(method.as_str().to_lowercase())
    }

    fn validate(&self, schema: &Value, value: &Value, told: &str) {
        let mut schema = schema.clone();
        close(&mut schema);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
            schema.insert("components".to_owned(), self.components.clone());
        }
        let (mut compiler, mut schemas) = (boon::Compiler::new(), boon::Schemas::new());
        compiler.enable_format_assertions();
        let none = |error: boon::CompileError| -> ! { panic!("{told}: the schema is none: {error}") };
        compiler.add_resource(SCHEMA, schema).unwrap_or_else(|error| none(error));
        let schema = compiler.compile(SCHEMA, &mut schemas).unwrap_or_else(|error| none(error));
        if let Err(error) = schemas.validate(value, schema) {
            panic!("{told}: not as documented\n{error:#}\n{value}");
        }
    }
}

/// Refuses what a schema of a value does not name.
fn close(schema: &mut Value) {
    close_inside(schema);
    let Some(object) = schema.as_object_mut() else { return };
    let names_fields =
        ["$ref", "properties", "allOf", "oneOf", "anyOf"].iter().any(|key| object.contains_key(*key));
    if names_fields && !object.contains_key("additionalProperties") {
        object.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// The same for the values inside.
fn close_inside(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = object.get_mut(key) {
            close(inner);
        }
    }
    if let Some(Value::Array(items)) = object.get_mut("prefixItems") {
        items.iter_mut().for_each(close);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(parts)) = object.get_mut(key) {
            parts.iter_mut().for_each(close_inside);
        }
    }
}

/// The routes of a router, read from its debug text, the only place where it tells them.
///
/// # Panics
/// Where the text is of another form.
pub fn routes(router: &Router) -> BTreeSet<Route> {
    let text = format!("{router:?}");
    let own = text.split("fallback_router").next().unwrap_or_default();
    let mut methods: Map<String, Value> = Map::new();
    let mut all = BTreeSet::new();
    for entry in own.split("RouteId(").skip(1) {
        let (id, rest) = entry.split_once("): ").unwrap_or_else(|| panic!("no route: {entry}"));
        if let Some(path) = rest.strip_prefix('"') {
            let path = path.split('"').next().unwrap_or_default();
            let allowed = methods[id].as_str().unwrap_or_default();
            // Whoever may get something may ask for its head.
            let told = allowed.split(',').filter(|method| *method != "HEAD");
            all.extend(told.map(|method| (method.to_owned(), path.to_owned())));
        } else if let Some((_, allowed)) = rest.split_once("allow_header: Bytes(b\"") {
            methods.insert(id.to_owned(), json!(allowed.split('"').next()));
        }
    }
    assert!(!all.is_empty(), "the router has no routes, or tells them in another form");
    all
}
