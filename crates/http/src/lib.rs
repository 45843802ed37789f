//! What every dialect shares over HTTP: reading requests of any shape, photos from anywhere, one router, one
//! record per request. No dialect is known here.

mod address;
mod app;
mod body;
mod cors;
mod extract;
mod fault;
mod fetch;
mod headers;
pub mod json;
mod liveness;
mod params;
mod path;
mod photo;
mod record;
mod request;
mod routing;
mod strangers;
#[cfg(feature = "testing")]
pub mod testing;

pub use address::AddressPolicy;
pub use app::{AppConfig, Site, app, app_with};
pub use body::{BodyError, MAX_BODY_BYTES, read_body, read_body_within};
pub use cors::Cors;
pub use extract::{ExtractError, read_params};
pub use fault::{DialectFault, log_failure};
pub use fetch::{FetchError, FetchLimits, FetchSetupError, Fetcher};
pub use headers::first_header;
pub use liveness::LIVENESS_MODEL;
pub use params::{BadField, Field, Params, Part};
pub use photo::{MOST_NAME_BYTES, Photo, PhotoError, PhotoSource};
pub use record::RequestFacts;
pub use request::{
    Call, Endpoints, PathParams, Pieces, Reply, endpoint, finish, placed_endpoint, queued_endpoint,
};
pub use routing::{ADMIN_FAMILY, Dialect, MountedAt};
pub use strangers::{FieldCredentials, Strangers, stranger_endpoint};
