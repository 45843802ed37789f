//! `POST /gallery/remove`: removes a gallery with its subjects.

use super::Done;
use crate::error::Fault;
use crate::{Call, Reply, fields};

pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    call.service().remove_gallery(call.caller, &gallery).await?;
    Ok(Reply::new(Done::new(format!("gallery {gallery} was removed"))))
}
