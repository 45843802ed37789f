//! What the `OpenAPI` documents of all interfaces have in common. Operations and answers are described where they are
//! written, by attributes of `utoipa`; errors come from the error tables themselves, so that the document names each
//! with the code and text that is sent.

mod credentials;
mod requests;
#[cfg(feature = "testing")]
pub mod testing;

use std::fmt::Debug;

use serde_json::Value;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, Server};

pub use credentials::add_header_keys;
#[doc(hidden)]
pub use requests::joined;

/// The type of bodies that are JSON.
const JSON: &str = "application/json";

/// The name of the example that is no error. Examples are in the order of their names, and references show the first:
/// this one goes before the errors, whose names begin with letters.
const ANSWER: &str = "1_answer";

/// An error as a client is told it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// What it is called among the examples.
    pub name: String,
    /// The text for people.
    pub summary: String,
    /// The body: JSON, or text as a string where [`Told::text_type`] is set.
    pub body: Value,
    /// The content type of a body that is no JSON.
    pub text_type: Option<&'static str>,
    /// Whether `Retry-After` says when to try again.
    pub has_retry_after: bool,
}

/// The name of an error's example: what it is called in the source.
pub fn name_of(fault: &impl Debug) -> String {
    let text = format!("{fault:?}");
    let name = text.split(" {").next().unwrap_or_default();
    name.chars().filter(|&char| char.is_ascii_alphanumeric() || char == '_').collect()
}

/// Every operation of a document.
pub fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(of_path)
}

fn of_path(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().filter_map(Option::as_mut)
}

/// Adds to each operation the errors that `faults` names for its id. Their bodies fit the schema of the name
/// `envelope`; where an answer of the same status is there already, its body is either.
pub fn add_faults(document: &mut OpenApi, envelope: &str, faults: impl Fn(&str) -> Vec<Told>) {
    for operation in operations(document) {
        let id = operation.operation_id.clone().unwrap_or_default();
        for told in faults(&id) {
            add_fault_to(operation, envelope, told);
        }
    }
}

/// Adds an error to one operation.
pub fn add_fault_to(operation: &mut Operation, envelope: &str, told: Told) {
    let known = operation.responses.responses.entry(told.status.to_string());
    if let RefOr::T(response) = known.or_insert_with(|| RefOr::T(Response::new(reason(told.status)))) {
        add_fault(response, envelope, told);
    }
}

/// Writes the type of every answer that is JSON in the dialect's own way.
pub fn set_json_type(document: &mut OpenApi, kind: &str) {
    for operation in operations(document) {
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response
                && let Some(content) = response.content.shift_remove(JSON)
            {
                response.content.insert(kind.to_owned(), content);
            }
        }
    }
}

fn add_fault(response: &mut Response, envelope: &str, told: Told) {
    if told.has_retry_after {
        let whole =
            ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).minimum(Some(1)).build();
        let header =
            HeaderBuilder::new().schema(whole).description(Some("Seconds until it is worth trying again."));
        response.headers.insert("Retry-After".to_owned(), header.build());
    }
    let schema = match told.text_type {
        None => RefOr::Ref(Ref::from_schema_name(envelope)),
        Some(_) => RefOr::T(Schema::from(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)))),
    };
    let kind = told.text_type.unwrap_or(JSON);
    // A dialect may write the type of its JSON with a character set.
    let known = response.content.keys().find(|known| told.text_type.is_none() && known.starts_with(JSON));
    let kind = known.cloned().unwrap_or_else(|| kind.to_owned());
    let content = response.content.entry(kind).or_insert_with(|| Content::new(Some(schema.clone())));
    content.schema = Some(match content.schema.take() {
        Some(known) => either(known, schema),
        None => schema,
    });
    if let Some(example) = content.example.take() {
        let example = ExampleBuilder::new().summary("Success").value(Some(example)).build();
        content.examples.insert(ANSWER.to_owned(), RefOr::T(example));
    }
    let example = ExampleBuilder::new().summary(told.summary).value(Some(told.body)).build();
    content.examples.insert(told.name, RefOr::T(example));
}

/// One of both, where they are two.
fn either(known: RefOr<Schema>, other: RefOr<Schema>) -> RefOr<Schema> {
    match known {
        RefOr::T(Schema::OneOf(mut choice)) => {
            if !choice.items.contains(&other) {
                choice.items.push(other);
            }
            RefOr::T(Schema::OneOf(choice))
        }
        known if known == other => known,
        known => {
            let mut choice = OneOf::new();
            choice.items.extend([known, other]);
            RefOr::T(Schema::OneOf(choice))
        }
    }
}

/// What an answer of that status is, for people.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "Answered, or refused in the way of this interface",
        400 => "The request cannot be read or lacks something",
        401 => "The credentials are missing or wrong",
        403 => "Refused",
        404 => "There is no such thing",
        405 => "The method is not allowed here",
        409 => "There is one already",
        413 => "The body or the photo is too large",
        415 => "The content is of no type that can be read",
        422 => "The request was read, but nothing can be done with what it holds",
        429 => "The server is busy, or the account has made too many requests",
        500 => "Internal error",
        501 => "This server has no model for it",
        502 => "Temporarily unavailable",
        503 => "The server is busy, or has no model for it",
        504 => "Took too long",
        _ => "Error",
    }
}

/// Adds to every answer the header that names it in the server's log.
pub fn add_request_id(document: &mut OpenApi) {
    for operation in operations(document) {
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
                let header = HeaderBuilder::new()
                    .schema(text)
                    .description(Some("The name of this request in the server's log."));
                response.headers.insert("X-Request-ID".to_owned(), header.build());
            }
        }
    }
}

/// The document as JSON, of an interface that is mounted under `prefix`, which is empty where it is not. Servers that
/// the document names are below the prefix too.
///
/// # Errors
/// Where the document cannot be written as JSON.
pub fn write(mut document: OpenApi, prefix: &str) -> Result<String, serde_json::Error> {
    let below = |url: &str| match format!("{prefix}{}", url.trim_end_matches('/')) {
        url if url.is_empty() => "/".to_owned(),
        url => url,
    };
    let mount =
        |servers: &mut Vec<Server>| servers.iter_mut().for_each(|server| server.url = below(&server.url));
    let servers = document.servers.get_or_insert_with(|| vec![Server::new("/")]);
    mount(servers);
    for item in document.paths.paths.values_mut() {
        item.servers.as_mut().into_iter().for_each(mount);
    }
    document.to_json()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::openapi::{Content, RefOr, Response};

    use super::{JSON, Told, add_fault};

    #[test]
    fn example_that_is_no_error_comes_first() {
        let mut response = Response::new("Found");
        let mut content = Content::new(None::<RefOr<utoipa::openapi::Schema>>);
        content.example = Some(json!({"faces": []}));
        response.content.insert(JSON.to_owned(), content);
        for name in ["NoFaces", "BodyTooLarge"] {
            let told = Told {
                status: 200,
                name: name.to_owned(),
                summary: name.to_owned(),
                body: json!({"error": name}),
                text_type: None,
                has_retry_after: false,
            };
            add_fault(&mut response, "Errors", told);
        }
        let examples = serde_json::to_value(&response.content[JSON].examples).unwrap();
        let (_, first) = examples.as_object().unwrap().iter().next().unwrap();
        assert_eq!(first["value"], json!({"faces": []}));
        assert_eq!(examples.as_object().unwrap().len(), 3);
    }
}
