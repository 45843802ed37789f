//! The description of v2: its calls are described at their handlers, its errors in their table.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi as Document;
use utoipa::{OpenApi, ToSchema};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_request_id, name_of};

use super::error::{Flat, MediaFault};
use super::handlers;
use super::wire::{Analytics, Info, State};
use super::written::Frame;
use crate::error::{Fault, RETRY_AFTER};
use crate::openapi::Credentials;
use crate::quirks::AUTHENTICATION_FAILED_TYPE;

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kairos v2",
        description = "Emotions of the people in images and videos, as Kairos answers it, version 2.\n\n\
        A medium is sent as a file or named by its address, and analysed while the answer is waited for or afterwards. Errors \
        have status 200 and the body `{\"code\", \"message\"}`; an unknown medium has the state 3. Wrong credentials are answered \
        with status 403 and plain text."
    ),
    paths(handlers::create, handlers::show, handlers::remove, handlers::analytics),
    components(schemas(Flat)),
    modifiers(&Credentials),
    security(("app_id" = [], "app_key" = [])),
    tags((name = "media", description = "Images and videos"))
)]
struct Api;

/// A medium, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(super) struct Upload {
    /// The image or video, at most 64 MB.
    #[schema(value_type = String, format = Binary, required = false)]
    source: Vec<u8>,
    /// 1: the points of faces are told.
    #[schema(minimum = 0, maximum = 1, required = false)]
    landmarks: u8,
    /// Seconds to wait, 10 by default and 60 at most.
    #[schema(minimum = 0, required = false)]
    timeout: f64,
}

/// The result of a medium. It is written piece by piece, see `written.rs`.
#[derive(ToSchema)]
#[schema(as = MediaResult)]
#[expect(dead_code, reason = "describes what is written piece by piece")]
pub(super) struct Whole<'a> {
    id: String,
    media_info: Info,
    frames: Vec<Frame<'a>>,
    /// 4.
    status_code: u8,
    /// `Complete`.
    status_message: &'static str,
    /// Whole seconds.
    length: u64,
}

/// The result of a medium, or how far it is.
#[derive(ToSchema)]
#[schema(as = MediaShown)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the choice")]
pub(super) enum Shown<'a> {
    Result(Whole<'a>),
    State(State),
}

/// What was found, or how far it is.
#[derive(ToSchema)]
#[schema(as = MediaAnalyzed)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the choice")]
pub(super) enum Analyzed {
    Analytics(Analytics),
    State(State),
}

/// The description of every call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    add_faults(&mut document, "MediaError", |call| faults(call).iter().filter_map(told).collect());
    add_request_id(&mut document);
    document
}

fn faults(call: &str) -> Vec<MediaFault> {
    let kairos = [
        Fault::Authentication,
        Fault::RateLimited { retry_after: RETRY_AFTER },
        Fault::InvalidParameter,
        Fault::BodyTooLarge,
        Fault::Unavailable,
    ];
    let mut faults = kairos.map(MediaFault::Kairos).to_vec();
    let found = [MediaFault::Unreadable, MediaFault::TooLong, MediaFault::NoVideoReader];
    match call {
        "remove_media" => faults.push(MediaFault::NotRemoved),
        "create_media" => {
            let own = [Fault::QueueFull { retry_after: RETRY_AFTER }, Fault::TooLong, Fault::InvalidUrl];
            faults.extend(own.map(MediaFault::Kairos));
            faults.extend([MediaFault::MissingSource, MediaFault::NoFaces]);
            faults.extend(found);
        }
        "media" => {
            faults.push(MediaFault::NoFaces);
            faults.extend(found);
        }
        _ => faults.extend(found),
    }
    if call.ends_with("media") && call != "create_media" || call == "analytics" {
        faults.push(MediaFault::Kairos(Fault::UnknownEndpoint));
    }
    faults
}

/// As it is answered; `None` for what is a state and no error.
fn told(fault: &MediaFault) -> Option<Told> {
    let (status, (code, message)) = match fault {
        MediaFault::Kairos(fault) => (fault.describe().0, fault.told()),
        fault => fault.describe().map(|(code, _, text)| (200, (code, text.to_owned())))?,
    };
    let is_text = matches!(fault, MediaFault::Kairos(Fault::Authentication));
    Some(Told {
        status,
        name: name_of(fault),
        summary: format!("{code}: {message}"),
        body: if is_text { Value::from(message) } else { json!(Flat { code, message }) },
        text_type: is_text.then_some(AUTHENTICATION_FAILED_TYPE),
        has_retry_after: fault.retry_after().is_some(),
    })
}
