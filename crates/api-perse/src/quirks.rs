//! What is peculiar to Perse and its clients, and what was decided about it.
//!
//! - Credentials are the documented token in `Authorization`, behind `Bearer` or alone, or `x-api-key`, which is what
//!   every published client sends.
//! - `user_token` is a random UUID and the name of a subject in the gallery `perse-users`, which the other dialects
//!   see. What they enrol there is a user where its name is a UUID as it is written here; other names are passed over.
//!   A user's face that another dialect put into another gallery too stays there when the user is removed.
//! - Faces that the photo's border cuts off do not count. A twentieth of a face may reach over the border, since boxes
//!   are no more exact than that; boxes of answers end at the border.
//! - The largest face of a photo is compared and enrolled. Where it is too dark or too bright it is refused, and no
//!   smaller one is taken instead.
//! - Landmarks are named from the person's own left and right: `right_eye` lies at the left of the photo.
//! - `bounding_box` is left, top, width and height, as the clients read it; the documentation's wording fits more.
//! - `rotation` is the angle of the one turn that brings the head to face the camera, 0 to 180 degrees. `color` is 0
//!   for natural colours and 1 for none or a strong cast.
//! - `image_metrics` are the same measures over the whole photo, reduced to 512 pixels. A white wall behind a person
//!   counts as overexposed there, and a blurred background as blurred: what is enrolled is decided on the face alone.
//! - `liveness_score` of two photos is the lesser of both. It is `null` where no model for it is installed, and so are
//!   measures that cannot be taken; nothing is made up. `X-Liveness-Model` names the models behind a score;
//!   how often they err is in `docs/accuracy.md`.
//! - `default_thresholds` are this server's own: the original's were never published, but for the similarity of 71 in
//!   the description of a client. Both spellings of the key are in the answer of a comparison.
//! - `time_taken` is the time spent on decoding, finding and describing, in seconds; 0 where nothing was to be found.
//! - `status` repeats the HTTP status, as one client wants it.
//! - `client_declaration_enduser_consent` may be left out, as every known client does, unless the operator wants it.
//!   `false` is refused with the code `consent_not_given`.
//! - Recordings may be as large as a request: 1 MB would be six seconds of music. Beside WAV and OGG, which the
//!   documentation names, other types that can be read are taken.
//! - Photos over 1 MB are refused as the original did it, unless the operator allows larger ones.
//! - Every documented code has the documented status; `image_id_invalid` and `not_similar`, which clients know, never
//!   come: there are no images with ids, and comparisons answer with a similarity. Beside them there are
//!   `consent_not_given`, `form_key_invalid`, `not_found` and `method_not_allowed`, and for recordings
//!   `no_voice_detected`, `bad_audio_quality` and `not_enough_speech`, with 400 since the documentation has no 422
//!   there. A busy server and one without a model answer 503 with `unexpected_error`, an account over its limit of
//!   requests 429 with `too_many_requests`.
//! - The content type is not trusted: a body that is multipart or JSON is read as such. Only where a field is missing
//!   and the type is missing or another is the type the error.

use vultus_http::Cors;
use vultus_service::ExposureLimits;

/// The header of keys.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";

/// The field that declares the person's consent.
pub(crate) const CONSENT: &str = "client_declaration_enduser_consent";

/// The similarity from which on two faces are of one person, on the scale of confidences: that of the original's
/// clients.
pub(crate) const SIMILARITY: f32 = 0.71;

/// The liveness score from which on a face is taken for a living one; its error rates are in `docs/accuracy.md`.
pub(crate) const LIVENESS: f32 = 0.7;

/// Underexposure up to which a photo is fine. This and the following were chosen on 500 photos of FairFace; the rates
/// with their intervals, also of whole photos, are in `docs/accuracy.md`. Beyond this one are 0.4 % of the faces, and
/// all of them at a third of the light.
pub(crate) const UNDEREXPOSURE: f32 = 0.35;
/// Overexposure up to which a photo is fine: 0.6 % of the faces are beyond it (0.8 % of the bona fide webcam faces of
/// NUAA, of which 0.15 would refuse 28 %), 58 % at 1.8 times the light, which is not too much for every face.
pub(crate) const OVEREXPOSURE: f32 = 0.3;
/// Sharpness from which on a photo is fine: 1.0 % of the faces are below it, 98 % after a strong blur.
pub(crate) const SHARPNESS: f32 = 0.25;
/// Degradation of colour up to which a photo is fine: 3.4 % of the faces are beyond it, most of them in grey photos, and
/// all without their colour.
pub(crate) const COLOR: f32 = 0.8;
/// Degrees that a head may be turned: 35 % of the heads there, which were not asked to look into the camera, are turned
/// further, none of the webcam faces of NUAA, and 91 and 88 % in photos that were turned by 45 degrees.
pub(crate) const ROTATION: f32 = 30.0;

/// In which light faces are enrolled.
pub(crate) const LIMITS: ExposureLimits =
    ExposureLimits { underexposure: UNDEREXPOSURE, overexposure: OVEREXPOSURE };

/// What browsers are told.
pub(crate) const CORS: Cors = Cors {
    methods: "GET, POST, PUT, DELETE, OPTIONS",
    headers: "Authorization,x-api-key,Content-Type,X-Requested-With",
};
