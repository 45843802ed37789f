//! Measuring the engine on labelled photos: verification, identification, telling persons apart, detection,
//! attributes, quality and presentation attack detection; on recordings: comparison of voices; on videos: the people in
//! them; with intervals and by group. And the calibration tables that turn similarities into confidences.
//!
//! An evaluation takes a [`Session`] and labelled photos and returns [`findings::Findings`], whatever the task. A
//! [`report::Report`] adds what is needed to repeat it; [`document::document`] makes the documentation from reports.

pub mod attributes;
pub mod cache;
pub mod calibrate;
pub mod capacity;
pub mod cluster;
mod curves;
mod degrade;
pub mod detection;
pub mod document;
mod error;
pub mod findings;
pub mod fit_template;
pub mod folders;
pub mod identify;
pub mod labels;
pub mod metrics;
pub mod observed;
pub mod pad;
pub mod pairs;
mod parallel;
pub mod plots;
pub mod published;
pub mod quality;
pub mod report;
pub mod same_person;
mod session;
pub mod statistics;
mod table;
mod templates;
pub mod text;
pub mod train_head;
pub mod trials;
pub mod verify;
pub mod video;
pub mod voice;

pub use error::EvalError;
pub use parallel::{Progress, core_count};
pub use session::Session;
pub use templates::{central_face, extract_parts, extract_templates};
