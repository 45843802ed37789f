//! Importers: other formats in, ONNX out.
//!
//! Each importer takes bytes and gives bytes, so that it can be tested and fuzzed without a file
//! system. None of them executes anything from its input, and none allocates more than a small
//! multiple of the bytes it was given.

mod error;
pub mod faceapi;
pub mod tfjs;
pub mod torch;
mod weights;

pub use error::ImportError;
