//! Photos that are handed in: enrolled, described, compared, looked for. Each takes its place in the queue before its
//! body is read.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use vultus_service::{
    Action, Candidates, CompareCommand, Completeness, DetectCommand, EnrolCommand, ErrorKind, FaceChoice,
    IdentifyCommand, PhotoSettings, ServiceError,
};
use vultus_types::{Confidence, Wanted};

use super::checked_name;
use super::form::Form;
use super::visit::Visit;
use super::wire::faces::{Enrolled, EnrolledPart};
use super::wire::forms::{CompareForm, EnrolForm, IdentifyForm, PhotoForm};
use super::wire::looks::Detection;
use super::wire::scores::{Comparison, Identification};
use crate::AdminError;

/// The most subjects that are told for each face.
const MOST_CANDIDATES: usize = 50;

/// As many as are told where nothing is said.
const USUAL_CANDIDATES: usize = 10;

/// Enrol the face of a photo, or all of them, under a subject. The gallery is made where there is none.
#[utoipa::path(post, path = "/accounts/{a}/galleries/{g}/enrol", operation_id = "enrol_face", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery")),
    request_body(content = EnrolForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Enrolled)))]
pub(crate) async fn enrol(
    visit: Visit,
    request: Request,
) -> Result<(StatusCode, Json<Enrolled>), AdminError> {
    let gallery = checked_name(visit.part("g"), "gallery")?;
    let enrol = async {
        let caller = visit.caller().await?;
        let permit = visit.service().admit()?;
        let form = Form::of_photos(request).await?;
        let every = form.flag("all_faces")?.unwrap_or(false);
        let command = EnrolCommand {
            photo: form.file("photo")?,
            photo_url: None,
            galleries: vec![gallery.clone()],
            subject: checked_name(&form.text("subject")?, "subject")?,
            faces: if every { FaceChoice::EVERY } else { FaceChoice::SINGLE },
            keep_photo: form.flag("keep_photo")?.unwrap_or(true),
            event: None,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        Ok(visit.service().enrol(caller, permit, command).await?)
    };
    let outcome = visit.perform(Action::EnrolFace, &gallery, enrol).await?;
    let part = |face: &vultus_service::EnrolledPhotoFace| EnrolledPart {
        id: face.id().to_string(),
        place: face.face.bounds.into(),
    };
    Ok((StatusCode::CREATED, Json(Enrolled { faces: outcome.faces.iter().map(part).collect() })))
}

/// Find and describe the faces of a photo.
#[utoipa::path(post, path = "/accounts/{a}/detect", operation_id = "detect_faces", tag = "people",
    params(("a" = String, Path, description = "The account's name")),
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Detection)))]
pub(crate) async fn detect(visit: Visit, request: Request) -> Result<Json<Detection>, AdminError> {
    let service = visit.service();
    let detect = async {
        visit.caller().await?;
        let permit = service.admit()?;
        // What the operator or the pack does without is left out; liveness without a model would be an error.
        let wanted = Wanted { template: false, liveness: service.detects_attacks(), ..Wanted::EVERYTHING };
        let command = DetectCommand {
            photo: Form::of_photos(request).await?.file("photo")?,
            places: Vec::new(),
            settings: PhotoSettings::new(wanted),
        };
        Ok(service.detect(permit, command).await?)
    };
    let analysis = visit.perform(Action::Detect, "", detect).await?;
    Ok(Json(Detection::new(&analysis, service.liveness_model().unwrap_or_default())))
}

/// Compare a face of one photo with a face of another: the largest ones, unless others are chosen.
#[utoipa::path(post, path = "/accounts/{a}/compare", operation_id = "compare_faces", tag = "people",
    params(("a" = String, Path, description = "The account's name")),
    request_body(content = CompareForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Comparison)))]
pub(crate) async fn compare(visit: Visit, request: Request) -> Result<Json<Comparison>, AdminError> {
    let compare = async {
        visit.caller().await?;
        let permit = visit.service().admit()?;
        let form = Form::of_photos(request).await?;
        let chosen = [form.number("face1")?.unwrap_or(0), form.number("face2")?.unwrap_or(0)];
        let command = CompareCommand {
            source: form.file("photo1")?,
            source_faces: FaceChoice::EVERY,
            target: form.file("photo2")?,
            target_faces: FaceChoice::EVERY,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let outcome = visit.service().compare(permit, command).await?;
        let targets = outcome.sources.first().map_or(0, |source| source.targets.len());
        for (face, faces, field) in
            [(chosen[0], outcome.sources.len(), "face1"), (chosen[1], targets, "face2")]
        {
            if face >= faces {
                return Err(AdminError::invalid(field, "the photo has no such face"));
            }
        }
        let comparison = Comparison::new(visit.service(), &outcome, chosen);
        Ok(comparison.ok_or_else(|| ServiceError::from(ErrorKind::UnusableFace))?)
    };
    visit.perform(Action::Compare, "", compare).await.map(Json)
}

/// Look for the faces of a photo in a gallery. There is no threshold: the subjects most like each face are told.
#[utoipa::path(post, path = "/accounts/{a}/galleries/{g}/identify", operation_id = "identify_faces", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery")),
    request_body(content = IdentifyForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Identification)))]
pub(crate) async fn identify(visit: Visit, request: Request) -> Result<Json<Identification>, AdminError> {
    let gallery = visit.part("g");
    let identify = async {
        let caller = visit.caller().await?;
        let permit = visit.service().admit()?;
        let form = Form::of_photos(request).await?;
        let most = form.number("limit")?.unwrap_or(USUAL_CANDIDATES);
        if !(1..=MOST_CANDIDATES).contains(&most) {
            return Err(AdminError::invalid("limit", "limit must lie between 1 and 50"));
        }
        let command = IdentifyCommand {
            photo: form.file("photo")?,
            faces: FaceChoice::EVERY,
            gallery: Some(gallery.to_owned()),
            candidates: Candidates::Subjects,
            threshold: Confidence::new(0.0),
            max_results: most,
            completeness: Completeness::AsDecided,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let outcome = visit.service().identify(caller, permit, command).await?;
        let galleries = visit.service().gallery_counts(caller).await?;
        let faces = galleries.iter().find(|count| count.name == gallery).map_or(0, |count| count.faces);
        Ok(Identification::new(visit.service(), outcome, faces))
    };
    visit.perform(Action::Identify, gallery, identify).await.map(Json)
}
