//! `/galleries`: listed, created, deleted.

use axum::http::StatusCode;
use serde::Serialize;
use vultus_service::{ErrorKind, ServiceError};

use crate::error::Fault;
use crate::wire::{Results, with_default};
use crate::{Call, Reply, fields, quirks};

#[derive(Serialize)]
struct Created<'a> {
    name: &'a str,
}

pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let galleries = call.service().galleries(call.caller).await?;
    Ok(Reply::new(Results { results: with_default(galleries) }))
}

/// The name stands in the path, or in the field `name`, as some clients send it.
pub(crate) async fn create(call: Call) -> Result<Reply, Fault> {
    let name = match call.part("gallery") {
        Some(name) => name.to_owned(),
        None => call.params.text("name")?.ok_or_else(|| Fault::missing("name"))?,
    };
    if !quirks::is_gallery_name(&name) {
        return Err(refused(&name, "A gallery name has 1 to 48 letters, digits, '_' or '-'"));
    }
    if name == quirks::DEFAULT_GALLERY {
        return Err(refused(&name, EXISTS));
    }
    let exists = |error: ServiceError| match error.kind() {
        ErrorKind::AlreadyExists(_) => refused(&name, EXISTS),
        _ => error.into(),
    };
    call.service().create_gallery(call.caller, &name).await.map_err(exists)?;
    Ok(Reply::new(Created { name: &name }).with_status(StatusCode::CREATED))
}

pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    let name = fields::gallery(&call)
        .ok_or_else(|| refused(quirks::DEFAULT_GALLERY, "The gallery cannot be deleted"))?;
    call.service().remove_gallery(call.caller, &name).await?;
    Ok(Reply::no_content())
}

const EXISTS: &str = "The gallery exists already";

fn refused(name: &str, reason: &str) -> Fault {
    Fault::bad("gallery", Some(name.to_owned()), reason)
}
