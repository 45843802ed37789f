//! `POST /gallery/view`: the subjects of a gallery.

use serde::Serialize;

use super::COMPLETE;
use crate::error::Fault;
use crate::{Call, Reply, fields};

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    subject_ids: Vec<String>,
}

pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let subject_ids = call.service().subjects(call.caller, &gallery).await?;
    Ok(Reply::new(Answer { status: COMPLETE, subject_ids }))
}
