//! People's data: galleries, subjects, faces, comparisons, media, cameras and what they saw.

use axum::Router;

use crate::Admin;

/// The endpoints.
pub(crate) fn router() -> Router<Admin> {
    Router::new()
}

/// Their part of the API's description.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}
