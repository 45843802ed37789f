//! Running models: the seam that the engines see, the ONNX Runtime behind it, and the bounded pool of threads
//! on which all heavy work runs.

mod cancel;
mod model;

pub use cancel::Cancel;
pub use model::{InferenceError, Model, Tensor};
