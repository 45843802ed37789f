//! `POST /v0/voice/compare`: compares two recordings of voices.

use vultus_service::Permit;

use crate::error::Fault;
use crate::{Call, Reply, fields};

pub(crate) async fn run(call: Call, _permit: Permit) -> Result<Reply, Fault> {
    fields::consent(&call)?;
    fields::file(&call, "audio_file1")?;
    fields::file(&call, "audio_file2")?;
    Err(Fault::Unavailable)
}
