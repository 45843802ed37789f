//! Requests whose credentials are a field of the body: it must be read before anybody knows who sends it. Strangers
//! get a few places of their own to send it in, and little time, so that they cannot hold the places of the queue,
//! which are for callers that are known.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vultus_service::{ErrorKind, Permit, Presented, ServiceError};

use crate::request::let_in;
use crate::{
    Call, DialectFault, Endpoints, Params, PathParams, Reply, finish, read_body_within, read_params,
};

/// When a stranger without a place may try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Places for requests whose sender is not known yet. Clones share them.
#[derive(Clone, Debug)]
pub struct Strangers {
    places: Arc<Semaphore>,
    body_time: Duration,
}

impl Strangers {
    /// So many places, each with so much time to send the body. A place may hold a whole body in memory.
    pub fn new(places: usize, body_time: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), body_time }
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| ErrorKind::Overloaded { retry_after: RETRY_AFTER }.into())
    }
}

/// By default 16 places of 10 seconds: at most 320 MB of bodies.
impl Default for Strangers {
    fn default() -> Self {
        Self::new(16, Duration::from_secs(10))
    }
}

/// Endpoints whose credentials are a field of the body.
pub trait FieldCredentials: Endpoints {
    /// Where bodies of unknown senders are read.
    fn strangers(&self) -> &Strangers;

    /// The secret among the fields.
    ///
    /// # Errors
    /// The dialect's answer to a request without one.
    fn secret(&self, params: &Params) -> Result<String, Self::Fault>;

    /// The credentials that this secret is.
    fn presented(secret: &str) -> Presented<'_>;
}

/// An endpoint that looks at photos, with credentials in the body: a place among the strangers, the body, the
/// credentials, then a place in the queue.
pub fn stranger_endpoint<E, F, Fut>(method: MethodFilter, name: &'static str, run: F) -> MethodRouter<E>
where
    E: FieldCredentials,
    F: FnOnce(Call<E>, Permit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, E::Fault>> + Send,
{
    on(method, async move |State(state): State<E>, request: Request| -> Response {
        let (parts, params, secret, place) = match read(&state, request).await {
            Ok(read) => read,
            Err(fault) => return fault.respond(name, None),
        };
        let caller = match let_in(&state, E::presented(&secret)).await {
            Ok(caller) => caller,
            Err(refused) => return refused.respond(name),
        };
        let call = Call::of(state, caller, PathParams::default(), parts, params);
        let reply = async {
            let permit = call.service().admit()?;
            drop(place);
            run(call, permit).await
        };
        finish::<E>(name, caller, reply.await)
    })
}

/// What a stranger sends, with the secret among it and the place that it was read in.
async fn read<E: FieldCredentials>(
    state: &E,
    request: Request,
) -> Result<(Parts, Params, String, OwnedSemaphorePermit), E::Fault> {
    let strangers = state.strangers();
    let place = strangers.place()?;
    let (parts, body) = request.into_parts();
    let body = read_body_within(&parts.headers, body, E::MOST_BODY_BYTES, strangers.body_time).await?;
    let params = read_params(&parts.uri, &parts.headers, body).await?;
    let secret = state.secret(&params)?;
    Ok((parts, params, secret, place))
}
