//! The description of v1: its calls are described at their handlers, its errors in their table.

mod forms;

use serde_json::{Value, json};
use utoipa::openapi::OpenApi as Document;
use utoipa::{Modify, OpenApi};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_header_keys, add_request_id, name_of};

pub(crate) use self::forms::*;

use crate::error::{Envelope, Fault, RETRY_AFTER};
use crate::handlers::{
    compare, detect, enroll, gallery_list_all, gallery_remove, gallery_remove_subject, gallery_view,
    gallery_view_subject, recognize, verify,
};
use crate::quirks::{self, AUTHENTICATION_FAILED_TYPE};

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kairos v1",
        description = "Face recognition as Kairos answers it, version 1.\n\n\
        The body may be JSON, multipart or a form, whatever its content type says, and numbers and booleans may be text. \
        Most errors have status 200 and the body `{\"Errors\": [{\"ErrCode\", \"Message\"}]}`. Wrong credentials are answered with \
        status 403 and plain text."
    ),
    paths(
        enroll::run,
        verify::run,
        recognize::run,
        compare::run,
        detect::run,
        gallery_list_all::run,
        gallery_view::run,
        gallery_view_subject::run,
        gallery_remove::run,
        gallery_remove_subject::run
    ),
    components(schemas(Envelope)),
    modifiers(&Credentials),
    security(("app_id" = [], "app_key" = [])),
    tags(
        (name = "faces", description = "Faces of photos"),
        (name = "galleries", description = "What is stored")
    )
)]
struct Api;

/// The headers of the credentials.
pub(crate) struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        add_header_keys(document, &[quirks::APP_ID_HEADERS, quirks::APP_KEY_HEADERS]);
    }
}

/// The description of every call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    add_faults(&mut document, "Errors", |call| faults(call).iter().map(told).collect());
    add_request_id(&mut document);
    document
}

fn faults(call: &str) -> Vec<Fault> {
    let mut faults = vec![
        Fault::Authentication,
        Fault::RateLimited { retry_after: RETRY_AFTER },
        Fault::InvalidParameter,
        Fault::BodyTooLarge,
        Fault::Unavailable,
    ];
    let photo = [
        Fault::QueueFull { retry_after: RETRY_AFTER },
        Fault::TooLong,
        Fault::InvalidImage,
        Fault::InvalidUrl,
        Fault::NoFaces,
        Fault::NotInstalled,
    ];
    let templates = [Fault::CorruptFace, Fault::NoMatch];
    let missing = |names: &[&'static str]| [Fault::MissingParameters(names.to_vec())];
    let gallery = [Fault::InvalidCharacters, Fault::GalleryNotFound];
    let is_of_photos = !call.starts_with("gallery");
    faults.extend(photo.into_iter().filter(|_| is_of_photos));
    match call {
        "enroll" => {
            faults.extend(missing(&["image", "subject_id", "gallery_name"]));
            faults.extend([Fault::InvalidCharacters, Fault::CorruptFace, Fault::TooManyFaces]);
        }
        "verify" => {
            faults.extend(missing(&["image", "subject_id", "gallery_name"]));
            faults.extend(gallery);
            faults.extend(templates);
            faults.extend([Fault::SubjectNotFound, Fault::TooManyFaces, Fault::SearchIncomplete]);
        }
        "recognize" => {
            faults.extend(missing(&["image", "gallery_name"]));
            faults.extend(gallery);
            faults.extend(templates);
            faults.push(Fault::SearchIncomplete);
        }
        "compare" => {
            faults.extend(missing(&["source_image", "target_image"]));
            faults.extend(templates);
        }
        "detect" => faults.extend(missing(&["image"])),
        "gallery_list_all" => {}
        _ => {
            faults.extend(missing(&["gallery_name"]));
            faults.extend(gallery);
            faults.extend(call.ends_with("subject").then_some(Fault::SubjectNotFound));
            faults.extend((call == "gallery_remove_subject").then_some(Fault::FaceNotFound));
        }
    }
    faults
}

fn told(fault: &Fault) -> Told {
    let (status, code, _, text) = fault.describe();
    let is_text = matches!(fault, Fault::Authentication);
    let (_, message) = fault.told();
    Told {
        status,
        name: name_of(fault),
        summary: format!("{code}: {message}"),
        body: if is_text { Value::from(text) } else { json!(fault.envelope(code, text)) },
        text_type: is_text.then_some(AUTHENTICATION_FAILED_TYPE),
        has_retry_after: fault.retry_after().is_some(),
    }
}
