//! The endpoints, one file each.

pub(crate) mod compare;
pub(crate) mod detect;
pub(crate) mod enrollment;
pub(crate) mod login;
pub(crate) mod voice;
