//! `POST /enroll`: stores the face of a photo, or all of them, under a subject of a gallery.

use serde::Serialize;
use vultus_service::{EnrolCommand, EnrolOutcome, EnrolledPhotoFace, FaceChoice, Permit};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::wire::{Attributes, Bounds, Decimal, Pose, calendar, eye_distance, quality};
use crate::{Call, Reply, quirks};

const WANTED: Wanted = Wanted { demographics: true, appearance: true, ..Wanted::BOXES };

/// The version of the answer's form, as the original numbers it.
const VERSION: u8 = 2;

#[derive(Serialize)]
struct Answer<'a> {
    face_id: String,
    images: Vec<Image<'a>>,
}

#[derive(Serialize)]
struct Image<'a> {
    attributes: Attributes,
    transaction: Transaction<'a>,
}

#[derive(Serialize)]
struct Transaction<'a> {
    confidence: Decimal,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    eye_distance: Option<i64>,
    face_id: String,
    gallery_name: &'a str,
    image_id: usize,
    #[serde(flatten)]
    bounds: Bounds,
    #[serde(flatten)]
    pose: Option<Pose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Decimal>,
    status: &'static str,
    subject_id: &'a str,
    timestamp: String,
    version: u8,
}

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
