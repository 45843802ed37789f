//! The face engine: finds faces in a photo, tells what can be known of each and makes templates.

mod analyzer;

pub use analyzer::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
