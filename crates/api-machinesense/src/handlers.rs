//! The three calls. Each describes the largest face of the photo.

use vultus_http::{PhotoSource, Reply};
use vultus_service::{Permit, PortrayCommand, PortrayOutcome};
use vultus_types::Wanted;

use crate::Call;
use crate::error::Fault;
use crate::quirks::IMAGE;
use crate::wire::{Age, Envelope, Expression, Gender};

const DEMOGRAPHICS: Wanted = Wanted { demographics: true, ..Wanted::BOXES };
const EXPRESSION: Wanted = Wanted { expression: true, ..Wanted::BOXES };

/// `POST /faceapi/v1/face_age_detection`.
pub(crate) async fn age(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let PortrayOutcome { face, timings } = portray(&call, permit, DEMOGRAPHICS).await?;
    let age = face.demographics.and_then(|known| known.age).ok_or(Fault::UnknownAge)?;
    Ok(Reply::of_faces(Envelope::ok(Age::from_years(age)), 1, timings))
}

/// `POST /faceapi/v1/face_gender_detection`.
pub(crate) async fn gender(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let PortrayOutcome { face, timings } = portray(&call, permit, DEMOGRAPHICS).await?;
    let estimate = face.demographics.and_then(|known| known.gender).ok_or(Fault::UnknownGender)?;
    let gender = Gender::from_estimate(estimate).ok_or(Fault::UnknownGender)?;
    Ok(Reply::of_faces(Envelope::ok(gender), 1, timings))
}

/// `POST /faceapi/v1/face_expression_detection`.
pub(crate) async fn expression(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let PortrayOutcome { face, timings } = portray(&call, permit, EXPRESSION).await?;
    let expression = face.expression.ok_or(Fault::UnknownExpression)?;
    Ok(Reply::of_faces(Envelope::ok(Expression::from(expression)), 1, timings))
}

async fn portray(call: &Call, permit: Permit, wanted: Wanted) -> Result<PortrayOutcome, Fault> {
    let photo = match call.params.photo(&[IMAGE])? {
        Some(PhotoSource::Inline { bytes, .. }) => bytes,
        Some(PhotoSource::Remote(_)) => return Err(Fault::NotBase64),
        None => return Err(Fault::MissingImage),
    };
    Ok(call.service().portray(permit, PortrayCommand { photo, wanted }).await?)
}
