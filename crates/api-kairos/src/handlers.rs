//! One file per endpoint: its fields, its command, its answer.

pub(crate) mod compare;
pub(crate) mod detect;
pub(crate) mod enroll;
pub(crate) mod gallery_list_all;
pub(crate) mod gallery_remove;
pub(crate) mod gallery_remove_subject;
pub(crate) mod gallery_view;
pub(crate) mod gallery_view_subject;
pub(crate) mod recognize;
pub(crate) mod verify;

use serde::Serialize;
use utoipa::ToSchema;

/// `"status":"Complete"` of the answers that have one.
pub(crate) const COMPLETE: &str = "Complete";

/// `{"status":"Complete","message":…}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    status: &'static str,
    message: String,
}

impl Done {
    pub(crate) const fn new(message: String) -> Self {
        Self { status: COMPLETE, message }
    }
}
