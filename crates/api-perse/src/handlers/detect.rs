//! `POST /v0/face/detect`: finds the faces inside a photo and tells how good it is.

use serde::Serialize;
use vultus_service::{ConsentOperation, DetectCommand, Permit, PhotoSettings};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields;
use crate::wire::{Face, ImageMetrics, OK, QualityThresholds, Seconds};
use crate::{Call, Reply};

#[derive(Serialize)]
struct Answer {
    total_faces: usize,
    faces: Vec<Face>,
    image_metrics: Option<ImageMetrics>,
    default_thresholds: QualityThresholds,
    time_taken: Seconds,
    status: u16,
}

pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let consent = fields::consent(&call)?;
    let photo = fields::photo(&call, "image_file")?;
    let service = call.service();
    service.record_consent(call.caller, ConsentOperation::Detect, None, consent).await?;
    let liveness = service.detects_attacks();
    let wanted = Wanted { landmarks: true, quality: true, photo_quality: true, liveness, ..Wanted::BOXES };
    let settings = PhotoSettings::new(wanted).of_whole_faces();
    let analysis = service.detect(permit, DetectCommand { photo, places: Vec::new(), settings }).await?;
    let (width, height) = (analysis.width, analysis.height);
    let faces: Vec<Face> = analysis.faces.iter().map(|face| Face::new(face, width, height)).collect();
    let count = faces.len();
    let answer = Answer {
        total_faces: count,
        faces,
        image_metrics: analysis.quality.map(ImageMetrics::from),
        default_thresholds: QualityThresholds::default(),
        time_taken: analysis.timings.into(),
        status: OK,
    };
    let model = service.liveness_model().filter(|_| count > 0);
    Ok(Reply::of_faces(answer, count, analysis.timings).with_liveness_model(model))
}
