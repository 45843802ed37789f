//! `GET /meta`: every meta, with its faces counted.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::SubjectCount;

use crate::error::Fault;
use crate::wire::{Face, Results};
use crate::{Call, Reply, fields};

#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer's keys")]
struct Meta {
    count: u64,
    face: Face,
    meta: String,
}
/// Every meta with the number of its faces and the first of them.
#[utoipa::path(
    get,
    path = "/meta",
    operation_id = "metas",
    tag = "metas",
    responses((status = 200, description = "The metas", body = Results<Vec<Meta>>))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    let counts = call.service().subject_counts(call.caller, fields::gallery(&call).as_deref()).await?;
    let results: Vec<_> = counts.into_iter().map(Meta::from).collect();
    Ok(Reply::new(Results { results }))
}

impl From<SubjectCount> for Meta {
    fn from(SubjectCount { faces, first }: SubjectCount) -> Self {
        Self { count: faces, meta: first.face.subject.clone(), face: first.into() }
    }
}
