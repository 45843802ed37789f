//! The way of every request of every dialect: credentials, a place in the queue where photos or recordings are to
//! be looked at, body, fields, then the endpoint's own handler. A dialect says who calls and how its errors look.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde::Serialize;
use vultus_service::{Caller, Permit, Presented, Service, ServiceError};
use vultus_types::StageTimings;

use crate::body::discard;
use crate::{DialectFault, MAX_BODY_BYTES, MountedAt, Params, RequestFacts, read_body, read_params};

/// The type of answers that are JSON, where a dialect has no other.
const JSON: &str = "application/json";

/// What a dialect's endpoints share: their state, and what differs between dialects on the way to a handler.
pub trait Endpoints: Clone + Send + Sync + 'static {
    /// Everything that can go wrong, as a client sees it.
    type Fault: DialectFault;

    /// The content type of answers that are JSON.
    const JSON_TYPE: &'static str = JSON;

    /// The largest body of a request, in bytes.
    const MOST_BODY_BYTES: usize = MAX_BODY_BYTES;

    /// The use cases.
    fn service(&self) -> &Service;

    /// The credentials, by the headers alone: nothing of the body is read for strangers.
    ///
    /// # Errors
    /// The dialect's answer to a request without credentials.
    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, Self::Fault>;
}

/// The named parts of a path, decoded.
#[derive(Debug, Default)]
pub struct PathParams(Vec<(String, String)>);

impl From<&RawPathParams> for PathParams {
    fn from(raw: &RawPathParams) -> Self {
        Self(raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// A request with valid credentials, ready to be handled.
pub struct Call<E> {
    /// What the dialect's endpoints need.
    pub state: E,
    /// Who calls.
    pub caller: Caller,
    /// The headers.
    pub headers: HeaderMap,
    /// The path as the client wrote it, without slashes at its end.
    pub address: String,
    /// The fields.
    pub params: Params,
    path: PathParams,
}

impl<E: Endpoints> Call<E> {
    /// Reads the body and its fields.
    ///
    /// # Errors
    /// The dialect's answer to a body that is too large, broken or no fields.
    pub async fn read(
        state: E,
        caller: Caller,
        path: PathParams,
        request: Request,
    ) -> Result<Self, E::Fault> {
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, E::MOST_BODY_BYTES).await?;
        let params = read_params(&parts.uri, &parts.headers, body).await?;
        Ok(Self::of(state, caller, path, parts, params))
    }

    /// The call whose fields were read.
    pub(crate) fn of(state: E, caller: Caller, path: PathParams, parts: Parts, params: Params) -> Self {
        let mount = parts.extensions.get::<MountedAt>().map_or("", |mount| mount.0.as_str());
        let address = format!("{mount}{}", parts.uri.path());
        Self { state, caller, headers: parts.headers, address, params, path }
    }

    /// The use cases.
    pub fn service(&self) -> &Service {
        self.state.service()
    }

    /// A part of the path, where the path has it.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.path.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer that is written piece by piece, since it may be too long for memory.
pub trait Pieces: Send + 'static {
    /// The next piece; `None` after the last.
    ///
    /// # Errors
    /// What breaks the answer off, so that a part of it does not look like the whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>, ServiceError>> + Send;
}

/// An answer, with what the request log is told about it.
#[derive(Debug)]
pub struct Reply {
    response: Response,
    faces: Option<usize>,
    timings: StageTimings,
}

impl Reply {
    /// An answer of JSON.
    pub fn new(body: impl Serialize) -> Self {
        Self::of_response(Json(body).into_response())
    }

    /// An answer about the faces of a photo.
    pub fn of_faces(body: impl Serialize, faces: usize, timings: StageTimings) -> Self {
        Self { faces: Some(faces), timings, ..Self::new(body) }
    }

    /// An answer of JSON that is written while it is sent.
    pub fn of_pieces(pieces: impl Pieces) -> Self {
        let pieces = futures::stream::try_unfold(pieces, |mut pieces| async move {
            let piece = pieces.next().await?;
            Ok::<_, ServiceError>(piece.map(|piece| (piece, pieces)))
        });
        let mut response = Response::new(Body::from_stream(pieces));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        Self::of_response(response)
    }

    /// Nothing but success.
    pub fn no_content() -> Self {
        Self::of_response(StatusCode::NO_CONTENT.into_response())
    }

    fn of_response(response: Response) -> Self {
        Self { response, faces: None, timings: StageTimings::default() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }

    /// The same with a header; without it where the value cannot be one.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The same with the time that each stage of the work took.
    #[must_use]
    pub fn with_timings(self, timings: StageTimings) -> Self {
        Self { timings, ..self }
    }
}

/// An endpoint that needs no place in the queue.
pub fn endpoint<E, F, Fut>(method: MethodFilter, name: &'static str, run: F) -> MethodRouter<E>
where
    E: Endpoints,
    F: FnOnce(Call<E>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, E::Fault>> + Send,
{
    let handle = async move |call: Begun<E>| run(call.read().await?).await;
    on(method, move |State(state): State<E>, path: RawPath, request: Request| {
        answer(name, state, path, request, handle)
    })
}

/// An endpoint that looks at photos or recordings. Its place in the queue is taken before the body is read.
pub fn queued_endpoint<E, F, Fut>(method: MethodFilter, name: &'static str, run: F) -> MethodRouter<E>
where
    E: Endpoints,
    F: FnOnce(Call<E>, Permit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, E::Fault>> + Send,
{
    placed_endpoint(method, name, |state: &E| state.service().admit(), run)
}

/// An endpoint that needs a place of its own kind, which is taken before the body is read.
pub fn placed_endpoint<E, P, F, Fut>(
    method: MethodFilter,
    name: &'static str,
    place: fn(&E) -> Result<P, ServiceError>,
    run: F,
) -> MethodRouter<E>
where
    E: Endpoints,
    P: Send + 'static,
    F: FnOnce(Call<E>, P) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, E::Fault>> + Send,
{
    let handle = async move |call: Begun<E>| {
        let place = place(&call.state)?;
        run(call.read().await?, place).await
    };
    on(method, move |State(state): State<E>, path: RawPath, request: Request| {
        answer(name, state, path, request, handle)
    })
}

/// The parts of a path; an error where they are not UTF-8.
type RawPath = Result<RawPathParams, RawPathParamsRejection>;

/// A request of a known caller, its body not yet read.
struct Begun<E> {
    state: E,
    caller: Caller,
    path: PathParams,
    request: Request,
}

impl<E: Endpoints> Begun<E> {
    async fn read(self) -> Result<Call<E>, E::Fault> {
        Call::read(self.state, self.caller, self.path, self.request).await
    }
}

/// A request that goes no further than its credentials.
pub(crate) struct Refused<F> {
    fault: F,
    /// Whose it is, where that is known.
    caller: Option<Caller>,
}

impl<F: DialectFault> Refused<F> {
    pub(crate) fn respond(&self, name: &'static str) -> Response {
        self.fault.respond(name, self.caller)
    }
}

/// Tells who calls, if they may.
pub(crate) async fn let_in<E: Endpoints>(
    state: &E,
    presented: Presented<'_>,
) -> Result<Caller, Refused<E::Fault>> {
    let known = state.service().authenticate(presented).await;
    known.map_err(|error| Refused { caller: error.caller(), fault: error.into() })
}

async fn answer<E, H, Fut>(
    name: &'static str,
    state: E,
    path: RawPath,
    request: Request,
    handle: H,
) -> Response
where
    E: Endpoints,
    H: FnOnce(Begun<E>) -> Fut,
    Fut: Future<Output = Result<Reply, E::Fault>>,
{
    let Ok(path) = path else { return E::Fault::UNREADABLE_PATH.respond(name, None) };
    let known = match state.credentials(request.headers()) {
        Ok(presented) => let_in(&state, presented).await,
        Err(fault) => Err(Refused { fault, caller: None }),
    };
    let caller = match known {
        Ok(caller) => caller,
        Err(refused) => {
            // A client that is still sending might not see the answer.
            discard(request.into_body()).await;
            return refused.respond(name);
        }
    };
    let begun = Begun { state, caller, path: PathParams::from(&path), request };
    finish::<E>(name, caller, handle(begun).await)
}

/// The answer to a client whose request came to an end, with what the request log is told.
pub fn finish<E: Endpoints>(name: &'static str, caller: Caller, reply: Result<Reply, E::Fault>) -> Response {
    let Reply { mut response, faces, timings } = match reply {
        Ok(reply) => reply,
        Err(fault) => return fault.respond(name, Some(caller)),
    };
    let content_type = response.headers_mut().get_mut(header::CONTENT_TYPE);
    if let Some(content_type) = content_type.filter(|value| *value == JSON) {
        *content_type = HeaderValue::from_static(E::JSON_TYPE);
    }
    let facts = RequestFacts::new(name, "ok");
    let facts = RequestFacts { account: Some(caller.account), faces, timings, ..facts };
    response.extensions_mut().insert(facts);
    response
}
