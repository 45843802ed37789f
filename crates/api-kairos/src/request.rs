//! The way of every request: credentials, a place in the queue where a photo is to be looked at, body, fields,
//! then the endpoint's own handler.

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vultus_http::{MAX_BODY_BYTES, Params, RequestFacts, read_body, read_params};
use vultus_service::{Caller, Permit};
use vultus_types::StageTimings;

use crate::error::Fault;
use crate::{Kairos, auth};

/// A request with valid credentials, ready to be handled.
pub(crate) struct Call {
    /// What the dialect's endpoints need.
    pub(crate) kairos: Kairos,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The fields.
    pub(crate) params: Params,
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
        Self { response: Json(body).into_response(), faces: None, timings: StageTimings::default() }
    }

    /// An answer about the faces of a photo.
    pub(crate) fn of_faces(body: impl Serialize, faces: usize, timings: StageTimings) -> Self {
        Self { faces: Some(faces), timings, ..Self::new(body) }
    }
}

/// Answers a request that needs no photo.
pub(crate) async fn gallery_call<F, Fut>(
    endpoint: &'static str,
    kairos: Kairos,
    request: Request,
    run: F,
) -> Response
where
    F: FnOnce(Call) -> Fut,
    Fut: Future<Output = Result<Reply, Fault>>,
{
    let caller = match auth::authenticate(&kairos.service, request.headers()).await {
        Ok(caller) => caller,
        Err(fault) => return fault.respond(endpoint, None),
    };
    let reply = async { run(read(kairos, caller, request).await?).await };
    respond(endpoint, caller, reply.await)
}

/// Answers a request with photos. Its place in the queue is taken before the body is read.
pub(crate) async fn photo_call<F, Fut>(
    endpoint: &'static str,
    kairos: Kairos,
    request: Request,
    run: F,
) -> Response
where
    F: FnOnce(Call, Permit) -> Fut,
    Fut: Future<Output = Result<Reply, Fault>>,
{
    let caller = match auth::authenticate(&kairos.service, request.headers()).await {
        Ok(caller) => caller,
        Err(fault) => return fault.respond(endpoint, None),
    };
    let reply = async {
        let permit = kairos.service.admit()?;
        run(read(kairos, caller, request).await?, permit).await
    };
    respond(endpoint, caller, reply.await)
}

async fn read(kairos: Kairos, caller: Caller, request: Request) -> Result<Call, Fault> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, MAX_BODY_BYTES).await?;
    let params = read_params(&parts.uri, &parts.headers, body).await?;
    Ok(Call { kairos, caller, headers: parts.headers, params })
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
