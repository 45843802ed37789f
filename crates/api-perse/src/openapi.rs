//! The description of the dialect: its calls are described at their handlers, its errors in their table.

use serde_json::json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_request_id, name_of};
use vultus_service::AudioFault;

use crate::error::{Body, Fault, RETRY_AFTER};
use crate::handlers::{compare, detect, enrollment, login, voice};
use crate::quirks::{API_KEY_HEADER, CONSENT};

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Perse",
        description = "Faces found, compared and enrolled, and voices compared, as Perse by `CyberLabs` answers it.\n\n\
        Bodies are multipart; JSON with base64 text is read as well, whatever the content type says. Addresses are not \
        fetched. Photos may have 1 MB unless the operator allows more. Errors are `{\"message\", \"code\", \"status\"}`."
    ),
    paths(
        login::run,
        detect::run,
        compare::run,
        enrollment::create,
        enrollment::replace,
        enrollment::list,
        enrollment::delete,
        voice::run
    ),
    components(schemas(Body)),
    modifiers(&Credentials),
    security(("session" = []), ("key" = [])),
    tags(
        (name = "session", description = "Tokens for browsers and phones"),
        (name = "face", description = "Faces of photos"),
        (name = "users", description = "Enrolled users"),
        (name = "voice", description = "Voices of recordings")
    )
)]
struct Api;

/// The token of a session, or a key.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let about = "The token of a session, from `/v0/login`. The header may hold it without `Bearer`, too.";
        let session = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let session = session.description(Some(about)).build();
        components.add_security_scheme("session", SecurityScheme::Http(session));
        let key = ApiKey::Header(ApiKeyValue::with_description(API_KEY_HEADER, "The account's API key."));
        components.add_security_scheme("key", SecurityScheme::ApiKey(key));
    }
}

/// The account's private key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct LogIn {
    #[schema(rename = "privateKey")]
    private_key: String,
}

/// A photo, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Photo {
    /// JPEG, PNG, WebP, BMP or GIF; base64 text is read as well.
    #[schema(value_type = String, format = Binary)]
    image_file: Vec<u8>,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// A photo, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct PhotoText {
    /// Base64, with or without the start of a data URI.
    image_file: String,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// A user and a new photo, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct PhotoOfUser {
    /// The user.
    #[schema(format = "uuid")]
    user_token: String,
    /// JPEG, PNG, WebP, BMP or GIF; base64 text is read as well.
    #[schema(value_type = String, format = Binary)]
    image_file: Vec<u8>,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// A user and a new photo, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct PhotoTextOfUser {
    /// The user.
    #[schema(format = "uuid")]
    user_token: String,
    /// Base64, with or without the start of a data URI.
    image_file: String,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// Two photos, or a user and a photo, as files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct CompareFiles {
    /// The first photo.
    #[schema(value_type = String, format = Binary, required = false)]
    image_file1: Vec<u8>,
    /// The second photo.
    #[schema(value_type = String, format = Binary, required = false)]
    image_file2: Vec<u8>,
    /// The user.
    #[schema(format = "uuid", required = false)]
    user_token: String,
    /// The photo that is compared with the user's.
    #[schema(value_type = String, format = Binary, required = false)]
    image_file: Vec<u8>,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// Two photos, or a user and a photo, as base64.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct CompareTexts {
    /// The first photo.
    #[schema(required = false)]
    image_file1: String,
    /// The second photo.
    #[schema(required = false)]
    image_file2: String,
    /// The user.
    #[schema(format = "uuid", required = false)]
    user_token: String,
    /// The photo that is compared with the user's.
    #[schema(required = false)]
    image_file: String,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// Two recordings.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Recordings {
    /// WAV, OGG (Vorbis or Opus), FLAC or MP3.
    #[schema(value_type = String, format = Binary)]
    audio_file1: Vec<u8>,
    /// WAV, OGG (Vorbis or Opus), FLAC or MP3.
    #[schema(value_type = String, format = Binary)]
    audio_file2: Vec<u8>,
    /// Whether the person has consented. Required where the operator says so; `false` is refused.
    #[schema(required = false)]
    client_declaration_enduser_consent: bool,
}

/// The description of every call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    add_faults(&mut document, "Error", |call| faults(call).iter().map(told).collect());
    add_request_id(&mut document);
    document
}

fn faults(call: &str) -> Vec<Fault> {
    let mut faults = vec![
        Fault::Unauthorized,
        Fault::RateLimited { retry_after: RETRY_AFTER },
        Fault::FileTooLarge,
        Fault::MalformedBody,
        Fault::Internal,
    ];
    match call {
        "login" => {
            faults.extend([Fault::MissingKey("privateKey"), Fault::InvalidKey("privateKey".to_owned())]);
        }
        "list" => {}
        "remove" => faults.extend([Fault::UnknownUser, Fault::UnknownPath]),
        "voice_compare" => {
            faults.extend(of_processing("audio_file1"));
            faults.extend(AUDIO.map(Fault::Audio));
        }
        "face_detect" => faults.extend(of_processing("image_file")),
        "face_compare" => {
            faults.extend(of_processing("image_file1"));
            let own = [Fault::NoFace, Fault::BadQuality, Fault::UnknownUser, Fault::NoBiometricData];
            faults.extend(own);
            faults.push(Fault::SearchIncomplete);
        }
        _ => {
            faults.extend(of_processing("image_file"));
            faults.extend([Fault::NoFace, Fault::BadQuality, Fault::Underexposed, Fault::Overexposed]);
            faults.extend((call == "replace").then_some(Fault::UnknownUser));
        }
    }
    faults
}

/// Those of calls that look at somebody.
fn of_processing(file: &'static str) -> [Fault; 8] {
    [
        Fault::ContentType,
        Fault::InvalidFileType,
        Fault::MissingKey(file),
        Fault::InvalidKey(CONSENT.to_owned()),
        Fault::EmptyFile(file),
        Fault::ConsentNotGiven,
        Fault::Overloaded { retry_after: RETRY_AFTER },
        Fault::Unavailable,
    ]
}

const AUDIO: [AudioFault; 8] = [
    AudioFault::Empty,
    AudioFault::Unsupported,
    AudioFault::Damaged,
    AudioFault::TooLarge,
    AudioFault::TooLong,
    AudioFault::Silent,
    AudioFault::Clipped,
    AudioFault::TooLittleSpeech,
];

fn told(fault: &Fault) -> Told {
    let (status, code, _, text) = fault.describe();
    let message = fault.message(text);
    Told {
        status,
        name: name_of(fault),
        summary: format!("{code}: {message}"),
        body: json!(Body { message: &message, code, status }),
        text_type: None,
        has_retry_after: fault.retry_after().is_some(),
    }
}
