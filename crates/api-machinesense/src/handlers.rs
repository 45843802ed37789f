//! The three calls. Each describes the largest face of the photo.

use vultus_http::{PhotoSource, Reply};
use vultus_service::{Permit, PortrayCommand, PortrayOutcome};
use vultus_types::Wanted;

use crate::Call;
use crate::error::Fault;
use crate::openapi::{Form, Question};
use crate::quirks::IMAGE;
use crate::wire::{Age, Envelope, Expression, Gender};

const DEMOGRAPHICS: Wanted = Wanted { demographics: true, ..Wanted::BOXES };
const EXPRESSION: Wanted = Wanted { expression: true, ..Wanted::BOXES };

/// The age of the largest face.
#[utoipa::path(
    post,
    path = "/faceapi/v1/face_age_detection",
    operation_id = "face_age_detection",
    tag = "faceapi",
    request_body(content((Question = "application/json"), (Form = "multipart/form-data"),
        (Question = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The answer, or an error by its code", body = Envelope<Age>,
        example = json!({"result": "Ok", "code": 0, "message": "", "data": {"age": 32}})))
)]
pub(crate) async fn age(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let PortrayOutcome { face, timings } = portray(&call, permit, DEMOGRAPHICS).await?;
    let age = face.demographics.and_then(|known| known.age).ok_or(Fault::UnknownAge)?;
    Ok(Reply::of_faces(Envelope::ok(Age::from_years(age)), 1, timings))
}

/// The gender of the largest face, where the model is sure enough.
#[utoipa::path(
    post,
    path = "/faceapi/v1/face_gender_detection",
    operation_id = "face_gender_detection",
    tag = "faceapi",
    request_body(content((Question = "application/json"), (Form = "multipart/form-data"),
        (Question = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The answer, or an error by its code", body = Envelope<Gender>,
        example = json!({"result": "Ok", "code": 0, "message": "", "data": {"gender": "F", "genderProbability": 97}})))
)]
pub(crate) async fn gender(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let PortrayOutcome { face, timings } = portray(&call, permit, DEMOGRAPHICS).await?;
    let estimate = face.demographics.and_then(|known| known.gender).ok_or(Fault::UnknownGender)?;
    let gender = Gender::from_estimate(estimate).ok_or(Fault::UnknownGender)?;
    Ok(Reply::of_faces(Envelope::ok(gender), 1, timings))
}

/// The expression of the largest face, as percentages.
#[utoipa::path(
    post,
    path = "/faceapi/v1/face_expression_detection",
    operation_id = "face_expression_detection",
    tag = "faceapi",
    request_body(content((Question = "application/json"), (Form = "multipart/form-data"),
        (Question = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The answer, or an error by its code", body = Envelope<Expression>,
        example = json!({"result": "Ok", "code": 0, "message": "", "data": {"neutral": 5, "happy": 90, "sad": 1, "angry": 1, "fearful": 1, "disgusted": 0, "surprised": 2}})))
)]
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
