//! `POST /recognize`: looks for every face of a photo in a gallery.

use serde::Serialize;
use vultus_service::{Candidate, Candidates, FaceChoice, IdentifiedFace, IdentifyCommand, Permit};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::wire::{Bounds, Decimal, Images, eye_distance, liveness, millis, quality};
use crate::{Call, Reply};

/// One face. Without candidates it has neither the list nor the fields of the best of them, but a message.
#[derive(Serialize)]
struct Image<'a> {
    transaction: Transaction<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Match<'a>>,
}

#[derive(Serialize)]
struct Transaction<'a> {
    status: &'static str,
    #[serde(flatten)]
    bounds: Bounds,
    gallery_name: &'a str,
    face_id: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Decimal>,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    eye_distance: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

#[derive(Serialize)]
struct Match<'a> {
    subject_id: &'a str,
    confidence: Decimal,
    enrollment_timestamp: String,
}

pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[IMAGE, &["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let threshold = fields::threshold(&call.params)?;
    let max_results = fields::max_results(&call.params)?;
    let settings = fields::settings(&call.params, Wanted::BOXES)?;
    let photo = fields::photo(&call, IMAGE).await?.bytes;
    let command = IdentifyCommand {
        photo,
        faces: FaceChoice::EVERY,
        gallery: Some(gallery.clone()),
        candidates: Candidates::Subjects,
        threshold,
        max_results,
        needs_every_server: false,
        settings,
    };
    let outcome = call.service().identify(call.caller, permit, command).await?;
    let faces = outcome.faces.iter().zip(1..);
    let images = faces.map(|(face, face_id)| Image::new(face, face_id, &gallery)).collect();
    let reply = Reply::of_faces(Images { images }, outcome.faces.len(), outcome.timings);
    Ok(fields::labelled(reply, &call, &settings))
}

impl<'a> Image<'a> {
    fn new(identified: &'a IdentifiedFace, face_id: usize, gallery_name: &'a str) -> Self {
        let IdentifiedFace { face, candidates } = identified;
        let best = candidates.first();
        let transaction = Transaction {
            status: if best.is_some() { "success" } else { "failure" },
            bounds: face.into(),
            gallery_name,
            face_id,
            confidence: best.map(|best| Decimal(best.confidence.get())),
            subject_id: best.map(|best| best.subject.as_str()),
            quality: quality(face),
            eye_distance: eye_distance(face),
            liveness: liveness(face),
            message: best.is_none().then_some("No match found"),
        };
        Self { transaction, candidates: candidates.iter().map(Match::from).collect() }
    }
}

impl<'a> From<&'a Candidate> for Match<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        Self {
            subject_id: &candidate.subject,
            confidence: Decimal(candidate.confidence.get()),
            enrollment_timestamp: millis(candidate.enrolled_at),
        }
    }
}
