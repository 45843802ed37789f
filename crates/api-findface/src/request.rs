//! The way of every request: credentials, a place in the queue where a photo is to be looked at, body, fields,
//! then the endpoint's own handler.

use axum::Json;
use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vultus_http::{MAX_BODY_BYTES, MountedAt, Params, RequestFacts, read_body, read_params};
use vultus_service::{Caller, Permit};
use vultus_types::{CameraId, FaceId, PersonId, StageTimings};

use crate::error::Fault;
use crate::{FindFace, auth, quirks};

/// The named parts of a path, decoded.
pub(crate) struct PathParams(Vec<(String, String)>);

impl From<&RawPathParams> for PathParams {
    fn from(raw: &RawPathParams) -> Self {
        Self(raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// A request with valid credentials, ready to be handled.
pub(crate) struct Call {
    /// What the dialect's endpoints need.
    pub(crate) findface: FindFace,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The path as the client wrote it, without slashes at its end.
    pub(crate) address: String,
    /// The fields.
    pub(crate) params: Params,
    path: PathParams,
}

impl Call {
    /// A part of the path, where the path has it.
    pub(crate) fn part(&self, name: &str) -> Option<&str> {
        self.path.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The id in the path; text that is no id is that of no face.
    pub(crate) fn face_id(&self) -> Result<FaceId, Fault> {
        let number = self.part("id").and_then(|text| text.parse().ok());
        number.and_then(FaceId::new).ok_or(Fault::NotFound("face"))
    }

    /// The person's id in the path; text that is no id is that of no person.
    pub(crate) fn person_id(&self) -> Result<PersonId, Fault> {
        let number = self.part("id").and_then(|text| text.parse().ok());
        number.and_then(PersonId::new).ok_or(Fault::NotFound("person"))
    }

    /// The camera's id in the path; text that is no id is that of no camera.
    pub(crate) fn camera_id(&self) -> Result<CameraId, Fault> {
        self.part("id").and_then(quirks::read_camera).ok_or(Fault::NotFound("camera"))
    }

    /// The gallery in the path; nothing where there is none, or where it is the one that all faces are in.
    pub(crate) fn gallery(&self) -> Option<String> {
        self.part("gallery").filter(|name| *name != quirks::DEFAULT_GALLERY).map(str::to_owned)
    }
}

/// An answer, with what the request log is told about it.
pub(crate) struct Reply {
    response: Response,
    faces: Option<usize>,
    timings: StageTimings,
}

impl Reply {
    /// An answer that has nothing to do with photos.
    pub(crate) fn new(body: impl Serialize) -> Self {
        Self { response: json(body), faces: None, timings: StageTimings::default() }
    }

    /// An answer about the faces of a photo.
    pub(crate) fn of_faces(body: impl Serialize, faces: usize, timings: StageTimings) -> Self {
        Self { faces: Some(faces), timings, ..Self::new(body) }
    }

    /// An answer of JSON that is written while it is sent.
    pub(crate) fn of_body(body: Body) -> Self {
        let mut response = Response::new(body);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(quirks::JSON));
        Self { response, faces: None, timings: StageTimings::default() }
    }

    /// Nothing but success.
    pub(crate) fn no_content() -> Self {
        let response = StatusCode::NO_CONTENT.into_response();
        Self { response, faces: None, timings: StageTimings::default() }
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }

    /// The same with a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }
}

/// A body of JSON under the original's content type.
pub(crate) fn json(body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(quirks::JSON));
    }
    response
}

/// Answers a request that needs no photo.
pub(crate) async fn call<F, Fut>(
    endpoint: &'static str,
    findface: FindFace,
    path: PathParams,
    request: Request,
    run: F,
) -> Response
where
    F: FnOnce(Call) -> Fut,
    Fut: Future<Output = Result<Reply, Fault>>,
{
    let caller = match auth::authenticate(&findface.service, request.headers()).await {
        Ok(caller) => caller,
        Err(fault) => return fault.respond(endpoint, None),
    };
    let reply = async { run(read(findface, caller, path, request).await?).await };
    respond(endpoint, caller, reply.await)
}

/// Answers a request with photos. Its place in the queue is taken before the body is read.
pub(crate) async fn photo_call<F, Fut>(
    endpoint: &'static str,
    findface: FindFace,
    path: PathParams,
    request: Request,
    run: F,
) -> Response
where
    F: FnOnce(Call, Permit) -> Fut,
    Fut: Future<Output = Result<Reply, Fault>>,
{
    let caller = match auth::authenticate(&findface.service, request.headers()).await {
        Ok(caller) => caller,
        Err(fault) => return fault.respond(endpoint, None),
    };
    let reply = async {
        let permit = findface.service.admit()?;
        run(read(findface, caller, path, request).await?, permit).await
    };
    respond(endpoint, caller, reply.await)
}

async fn read(findface: FindFace, caller: Caller, path: PathParams, request: Request) -> Result<Call, Fault> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, MAX_BODY_BYTES).await?;
    let params = read_params(&parts.uri, &parts.headers, body).await?;
    let mount = parts.extensions.get::<MountedAt>().map_or("", |mount| mount.0.as_str());
    Ok(Call { findface, caller, address: format!("{mount}{}", parts.uri.path()), params, path })
}

fn respond(endpoint: &'static str, caller: Caller, reply: Result<Reply, Fault>) -> Response {
    let Reply { mut response, faces, timings } = match reply {
        Ok(reply) => reply,
        Err(fault) => return fault.respond(endpoint, Some(caller)),
    };
    let facts = RequestFacts::new(endpoint, "ok");
    let facts = RequestFacts { account: Some(caller.account), faces, timings, ..facts };
    response.extensions_mut().insert(facts);
    response
}
