//! The description of the dialect: its call is described at its handler, its errors in their table.

use serde_json::json;
use utoipa::openapi::OpenApi as Document;
use utoipa::{Modify, OpenApi, ToSchema};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_header_keys, add_request_id, name_of};

use crate::error::{Body, Fault, RETRY_AFTER};
use crate::{liveness_verification, quirks};

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kairos IDV",
        description = "Whether a selfie was taken of a living person, as the liveness call of Kairos IDV answers it.\n\n\
        The call exists under `/v0.1` and, with a few more headers in its answers, under `/v0.2`. The credentials are those \
        of Kairos. The body may be multipart, JSON or a form, whatever its content type says; addresses are not fetched."
    ),
    paths(liveness_verification::run, liveness_verification::run_with_headers),
    components(schemas(Body)),
    modifiers(&Credentials),
    security(("app_id" = [], "app_key" = [])),
    tags((name = "liveness", description = "Is the selfie one of a living person?"))
)]
struct Api;

/// The headers of the credentials.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        add_header_keys(document, &[quirks::APP_ID_HEADERS, quirks::APP_KEY_HEADERS]);
    }
}

/// A selfie, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Selfie {
    /// The photo: a data URI, or base64. JPEG, PNG, WebP, BMP or GIF.
    #[schema(example = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ…")]
    selfie: String,
    /// The selfie passes from this liveness score on; a number as text is read as well.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
}

/// A selfie, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct SelfieFile {
    /// The photo: a file with or without a name and a type, or a data URI.
    #[schema(value_type = String, format = Binary)]
    selfie: Vec<u8>,
    /// The selfie passes from this liveness score on.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
}

/// The description of the call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    add_faults(&mut document, "Error", |_| FAULTS.into_iter().map(told).collect());
    add_request_id(&mut document);
    document
}

const FAULTS: [Fault; 13] = [
    Fault::Authentication,
    Fault::LimitReached,
    Fault::RateLimited { retry_after: RETRY_AFTER },
    Fault::MissingSelfie,
    Fault::NoPhoto,
    Fault::InvalidImage,
    Fault::ImageTooLarge,
    Fault::InvalidThreshold,
    Fault::InvalidBody,
    Fault::BodyTooLarge,
    Fault::NotInstalled,
    Fault::Overloaded { retry_after: RETRY_AFTER },
    Fault::Internal,
];

fn told(fault: Fault) -> Told {
    let (status, _, message) = fault.describe();
    Told {
        status: status.as_u16(),
        name: name_of(&fault),
        summary: message.to_owned(),
        body: json!(Body { message }),
        text_type: None,
        has_retry_after: fault.retry_after().is_some(),
    }
}
