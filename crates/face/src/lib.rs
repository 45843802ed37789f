//! The face engine: finds faces in a photo, tells what can be known of each and makes templates.
//!
//! The stages are public functions, one module each; [`FaceAnalyzer::analyze`] runs those that are wanted.

pub mod align;
mod analyzer;
pub mod attributes;
pub mod crops;
pub mod detect;
pub mod embed;
mod engine;
#[cfg(any(test, feature = "testing"))]
pub mod fakes;
pub mod heads;
pub mod liveness;
pub mod mesh;
mod outputs;
pub mod pose;
pub mod quality;
pub mod recipe;
mod template;
#[cfg(test)]
mod test_faces;
#[cfg(test)]
mod test_models;

pub use analyzer::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError, PartSource};
pub use engine::{FaceEngine, LoadError};
pub use template::recipe_rule;
