//! One file per endpoint: its fields, its command, its answer.

pub(crate) mod cameras;
pub(crate) mod detect;
pub(crate) mod docs;
pub(crate) mod face_add;
pub(crate) mod face_id;
pub(crate) mod face_meta;
pub(crate) mod faces;
pub(crate) mod galleries;
pub(crate) mod history;
pub(crate) mod identify;
pub(crate) mod metas;
pub(crate) mod persons;
pub(crate) mod verify;
