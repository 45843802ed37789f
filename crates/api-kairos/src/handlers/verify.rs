//! `POST /verify`: compares the face of a photo with an enrolled subject.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{Permit, VerifyCommand};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::openapi::{Verify, VerifyForm};
use crate::wire::{Bounds, Decimal, Images, eye_distance, liveness, quality};
use crate::{Call, Reply};

#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedImage)]
struct Image {
    transaction: Transaction,
}

#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedTransaction)]
struct Transaction {
    status: &'static str,
    subject_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quality: Option<Decimal>,
    #[serde(flatten)]
    bounds: Bounds,
    confidence: Decimal,
    gallery_name: String,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    liveness: Option<Decimal>,
}

/// Compares the face of a photo with an enrolled subject.
///
/// Any comparison that could be made is a success; `confidence` tells whether it is the same person.
#[utoipa::path(
    post,
    path = "/verify",
    operation_id = "verify",
    tag = "faces",
    request_body(content((Verify = "application/json"), (VerifyForm = "multipart/form-data"))),
    responses((status = 200, description = "The comparison", body = Images<Image>,
        headers(("X-Liveness-Model" = String,
            description = "The models behind `liveness`; only where there is one")),
        example = json!({
            "images": [{"transaction": {
                "status": "success", "subject_id": "Elizabeth", "quality": 0.84705, "width": 170, "height": 287,
                "topLeftX": 108, "topLeftY": 55, "confidence": 0.88309, "gallery_name": "MyGallery", "eyeDistance": 80
            }}]
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[IMAGE, &["subject_id"], &["gallery_name"]])?;
    let subject = fields::name(&call.params, "subject_id")?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let settings = fields::settings(&call.params, Wanted::BOXES)?;
    let photo = fields::photo(&call, IMAGE).await?.bytes;
    let command = VerifyCommand { photo, gallery: gallery.clone(), subject: subject.clone(), settings };
    let outcome = call.service().verify(call.caller, permit, command).await?;
    let face = &outcome.face;
    let transaction = Transaction {
        status: "success",
        subject_id: subject,
        quality: quality(face),
        bounds: face.into(),
        confidence: Decimal(outcome.confidence.get()),
        gallery_name: gallery,
        eye_distance: eye_distance(face),
        liveness: liveness(face),
    };
    let reply = Reply::of_faces(Images { images: vec![Image { transaction }] }, 1, outcome.timings);
    Ok(fields::labelled(reply, &call, &settings))
}
