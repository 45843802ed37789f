//! The API's description, from the handlers.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr, Required, ResponseBuilder, Type,
};
use utoipa::{Modify, OpenApi};

use crate::actor::SESSION_COOKIE;
use crate::error::ErrorBody;
use crate::handlers::{accounts, audit, operators, overview, session, traffic};
use crate::{Actor, AdminError, data};

#[derive(OpenApi)]
#[openapi(
    info(title = "Vultus admin API", description = "The API of the console."),
    servers((url = "/admin/v1")),
    paths(
        session::sign_in, session::show, session::sign_out, session::change_password,
        operators::list, operators::create, operators::update, operators::reset_password,
        overview::show, traffic::show,
        accounts::list, accounts::create, accounts::rotate, accounts::update, accounts::borrow_credentials,
        accounts::usage,
        audit::list, audit::export, describe,
    ),
    components(schemas(ErrorBody)),
)]
struct Core;

/// What holds for every endpoint: its errors, the cookie, the token against forged requests.
struct Shared;

/// Errors that any endpoint may answer with.
const ERRORS: [(&str, &str); 10] = [
    ("400", "The body did not come whole (`incomplete`)."),
    ("401", "Nobody is signed in (`signed_out`), or name or password is wrong (`sign_in_failed`)."),
    (
        "403",
        "The role does not allow it (`forbidden`), the request may be forged (`csrf`), or a one-time password must be changed first (`password_change_required`).",
    ),
    ("404", "There is no such thing (`not_found`)."),
    ("408", "The body took too long (`incomplete`)."),
    ("409", "The present state does not allow it (`conflict`)."),
    ("413", "The body or photo is too large (`too_large`)."),
    ("422", "The request is not as it must be (`invalid` and others)."),
    (
        "429",
        "Too many attempts (`too_many_attempts`) or too busy (`busy`); `Retry-After` says when to try again.",
    ),
    ("500", "Something broke (`internal`)."),
];

impl Modify for Shared {
    fn modify(&self, document: &mut Document) {
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)));
        document.components.get_or_insert_default().add_security_scheme("session", cookie);
        document.security = Some(vec![SecurityRequirement::new("session", Vec::<String>::new())]);
        for item in document.paths.paths.values_mut() {
            let PathItem { get, put, post, delete, patch, .. } = item;
            for operation in [get, put, post, delete, patch].into_iter().flatten() {
                add_errors(operation);
            }
            for operation in [put, post, delete, patch].into_iter().flatten() {
                if operation.operation_id.as_deref() != Some("sign_in") {
                    add_csrf_header(operation);
                }
            }
        }
    }
}

fn add_errors(operation: &mut Operation) {
    for (status, description) in ERRORS {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
        let response =
            ResponseBuilder::new().description(description).content("application/json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
}

fn add_csrf_header(operation: &mut Operation) {
    let header = ParameterBuilder::new()
        .name("X-CSRF-Token")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("The session's `csrf_token`."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build();
    operation.parameters.get_or_insert_default().push(header);
}

/// The description of the whole API.
pub(crate) fn document() -> Document {
    let mut document = Core::openapi();
    document.merge(data::document());
    Shared.modify(&mut document);
    document
}

static TEXT: LazyLock<Result<String, serde_json::Error>> = LazyLock::new(|| document().to_json());

/// The description of this API, in OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses((status = 200, content_type = "application/json")))]
pub(crate) async fn describe(_: Actor) -> Result<impl IntoResponse, AdminError> {
    let text = TEXT.as_ref().map_err(|error| {
        tracing::error!(%error, "the description of the admin API cannot be written");
        AdminError::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text.as_str()))
}
