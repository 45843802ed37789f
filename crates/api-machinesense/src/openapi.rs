//! The description of the dialect: its calls are described at their handlers, its errors in their table.

use serde_json::json;
use utoipa::openapi::OpenApi as Document;
use utoipa::{OpenApi, ToSchema};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_request_id};

use crate::error::{Fault, RETRY_AFTER};
use crate::handlers;
use crate::wire::{Envelope, Nothing};

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "MachineSense",
        description = "Age, gender and expression of the largest face of a photo, as MachineSense's face API answers them.\n\n\
        The key of the account is a field of the body. Every answer has the same envelope. Errors have status 200 and a \
        code; only an unknown path (404, code 14), a body over 20 MB (413), a busy server and too many requests (both \
        429) have a status of their own. The body may be JSON, a form or multipart, whatever its content type says; addresses are not fetched."
    ),
    paths(handlers::age, handlers::gender, handlers::expression),
    components(schemas(Envelope<Nothing>)),
    tags((name = "faceapi", description = "The largest face of a photo"))
)]
struct Api;

/// A photo, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Question {
    /// The photo: base64, with or without the start of a data URI. JPEG, PNG, WebP, BMP or GIF.
    #[schema(example = "/9j/4AAQSkZJRgABAQ…")]
    image: String,
    /// The account's key.
    #[schema(example = "ms_0123456789abcdef")]
    api_key: String,
}

/// A photo, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Form {
    /// The photo: a file, or base64 text.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// The account's key.
    api_key: String,
}

/// The description of every call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    add_faults(&mut document, "Envelope_Nothing", |call| faults(call).into_iter().map(told).collect());
    add_request_id(&mut document);
    document
}

fn faults(call: &str) -> Vec<Fault> {
    let own = match call {
        "face_age_detection" => Fault::UnknownAge,
        "face_gender_detection" => Fault::UnknownGender,
        _ => Fault::UnknownExpression,
    };
    vec![
        Fault::InvalidBody,
        Fault::MissingKey,
        Fault::WrongKey,
        Fault::BodyTooLarge,
        Fault::MissingImage,
        Fault::NotBase64,
        Fault::InvalidImage,
        Fault::ImageTooLarge,
        Fault::NoFace,
        own,
        Fault::NotInstalled,
        Fault::Overloaded { retry_after: RETRY_AFTER },
        Fault::Internal,
        Fault::RateLimited { retry_after: RETRY_AFTER },
    ]
}

fn told(fault: Fault) -> Told {
    let (code, _, text) = fault.describe();
    Told {
        status: fault.status().as_u16(),
        name: format!("error_{code}"),
        summary: format!("{code}: {text}"),
        body: json!(Envelope::err(code, text)),
        text_type: None,
        has_retry_after: fault.retry_after().is_some(),
    }
}
