//! `POST /enroll`: stores the face of a photo, or all of them, under a subject of a gallery.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{EnrolCommand, EnrolOutcome, EnrolledPhotoFace, FaceChoice, Permit};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::openapi::{Enroll, EnrollForm};
use crate::wire::{Attributes, Bounds, Decimal, Pose, calendar, eye_distance, quality};
use crate::{Call, Reply, quirks};

const WANTED: Wanted = Wanted { demographics: true, appearance: true, ..Wanted::BOXES };

/// The version of the answer's form, as the original numbers it.
const VERSION: u8 = 2;

#[derive(Serialize, ToSchema)]
#[schema(as = Enrollment)]
struct Answer<'a> {
    face_id: String,
    images: Vec<Image<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EnrollmentImage)]
struct Image<'a> {
    attributes: Attributes,
    transaction: Transaction<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EnrollmentTransaction)]
struct Transaction<'a> {
    confidence: Decimal,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
    face_id: String,
    gallery_name: &'a str,
    image_id: usize,
    #[serde(flatten)]
    bounds: Bounds,
    #[serde(flatten)]
    pose: Pose,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quality: Option<Decimal>,
    status: &'static str,
    subject_id: &'a str,
    timestamp: String,
    version: u8,
}

/// Stores the face of a photo under a subject of a gallery, which is created where it is not there.
///
/// With `multiple_faces` all faces of the photo are stored; without it a photo with several faces is refused.
#[utoipa::path(
    post,
    path = "/enroll",
    operation_id = "enroll",
    tag = "faces",
    params(("store_image" = Option<String>, Header, description = "`false`: the photo is not kept")),
    request_body(content((Enroll = "application/json"), (EnrollForm = "multipart/form-data"))),
    responses((status = 200, description = "What was stored", body = Answer,
        headers(("X-Liveness-Model" = String,
            description = "The models behind `liveness`; only where there is one")),
        example = json!({
            "face_id": "7e77c8deb5fc4b958c00",
            "images": [{
                "attributes": {
                    "age": 17, "asian": 0.00031, "black": 0.00716, "hispanic": 0.98536, "other": 0.00003,
                    "white": 0.00714, "gender": {"femaleConfidence": 1, "maleConfidence": 0, "type": "F"},
                    "glasses": "None", "lips": "Together"
                },
                "transaction": {
                    "confidence": 0.99908, "eyeDistance": 377, "face_id": "7e77c8deb5fc4b958c00",
                    "gallery_name": "MyGallery", "height": 1107, "image_id": 1, "pitch": 14, "quality": 0.97309,
                    "roll": 1, "status": "success", "subject_id": "Elizabeth", "timestamp": "20210313075722",
                    "topLeftX": 378, "topLeftY": 427, "version": 2, "width": 771, "yaw": 0
                }
            }]
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[IMAGE, &["subject_id"], &["gallery_name"]])?;
    let subject = fields::name(&call.params, "subject_id")?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let every = call.params.flag("multiple_faces")?.unwrap_or(false);
    let settings = fields::settings(&call.params, WANTED)?;
    let photo = fields::photo(&call, IMAGE).await?;
    let command = EnrolCommand {
        photo: photo.bytes,
        photo_url: photo.address,
        galleries: vec![gallery.clone()],
        subject: subject.clone(),
        faces: if every { FaceChoice::EVERY } else { FaceChoice::SINGLE },
        keep_photo: quirks::keeps_photo(&call.headers),
        event: None,
        settings,
    };
    let outcome = call.service().enrol(call.caller, permit, command).await?;
    let timings = outcome.timings;
    let answer = Answer::new(&outcome, &gallery, &subject);
    let reply = Reply::of_faces(answer, outcome.faces.len(), timings);
    Ok(fields::labelled(reply, &call, &settings))
}

impl<'a> Answer<'a> {
    fn new(outcome: &EnrolOutcome, gallery_name: &'a str, subject_id: &'a str) -> Self {
        let timestamp = calendar(outcome.enrolled_at);
        let image =
            |(enrolled @ EnrolledPhotoFace { face, .. }, image_id): (&EnrolledPhotoFace, usize)| Image {
                attributes: face.into(),
                transaction: Transaction {
                    confidence: Decimal(face.detection_score),
                    eye_distance: eye_distance(face),
                    face_id: enrolled.id().to_hex(),
                    gallery_name,
                    image_id,
                    bounds: face.into(),
                    pose: Pose::of(face),
                    quality: quality(face),
                    status: "success",
                    subject_id,
                    timestamp: timestamp.clone(),
                    version: VERSION,
                },
            };
        let first = outcome.faces.first().map(|face| face.id().to_hex());
        Self {
            face_id: first.unwrap_or_default(),
            images: outcome.faces.iter().zip(1..).map(image).collect(),
        }
    }
}
