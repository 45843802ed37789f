//! `POST /v0/face/detect`: finds the faces inside a photo and tells how good it is.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{ConsentOperation, DetectCommand, Permit, PhotoSettings};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields;
use crate::openapi::{Photo, PhotoText};
use crate::wire::{Face, ImageMetrics, OK, QualityThresholds, Seconds};
use crate::{Call, Reply};

/// The faces inside a photo, and how good it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Detection)]
struct Answer {
    total_faces: usize,
    faces: Vec<Face>,
    /// Measures of the whole photo; `null` where they cannot be taken.
    #[schema(required = true)]
    image_metrics: Option<ImageMetrics>,
    default_thresholds: QualityThresholds,
    time_taken: Seconds,
    status: u16,
}

/// Finds the faces inside a photo and tells how good it is.
///
/// Faces that the photo's border cuts off are left out. A photo without a face is answered with an empty list.
#[utoipa::path(
    post,
    path = "/v0/face/detect",
    operation_id = "face_detect",
    tag = "face",
    request_body(content((Photo = "multipart/form-data"), (PhotoText = "application/json"))),
    responses((status = 200, description = "What the photo shows", body = Answer,
        headers(("X-Liveness-Model" = String,
            description = "The models behind the score; only where there is one")),
        example = json!({
            "total_faces": 1,
            "faces": [{
                "landmarks": {
                    "right_eye": [56, 108], "left_eye": [104, 108], "nose": [80, 132],
                    "mouth_right": [62, 156], "mouth_left": [98, 156]
                },
                "bounding_box": [20, 60, 120, 120],
                "face_metrics": {
                    "underexposure": 0.0, "overexposure": 0.0, "sharpness": 1.0, "color": 0.0, "rotation": 4.2
                },
                "liveness_score": 0.8841
            }],
            "image_metrics": {"underexposure": 0.125, "overexposure": 0.25, "sharpness": 0.75, "color": 0.5},
            "default_thresholds": {
                "underexposure": 0.35, "overexposure": 0.3, "sharpness": 0.25, "color": 0.8, "rotation": 30.0,
                "liveness": 0.7
            },
            "time_taken": 0.091_412,
            "status": 200
        })))
)]
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
