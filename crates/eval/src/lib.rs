//! Measuring the engine on labelled photos: one-to-one verification, detection, and the calibration table that
//! turns similarities into confidences.

pub mod calibrate;
pub mod detection;
mod error;
pub mod fit_template;
pub mod metrics;
pub mod pairs;
mod parallel;
mod templates;
pub mod train_head;
pub mod verify;

pub use error::EvalError;
pub use parallel::{Progress, core_count};
pub use templates::{central_face, extract_parts, extract_templates};
