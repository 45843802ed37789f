//! Running models: the seam that the engines see, the ONNX Runtime behind it, and the bounded pool of threads
//! on which all heavy work runs.
//!
//! ```text
//! request ── WorkPool::try_permit (refused at once when full) ── body is read ── WorkPool::run ── job
//!                                                                                                 │
//!                                               Model::run (OrtModel: one of a few sessions) ─────┘
//! ```

mod cancel;
#[cfg(any(test, feature = "testing"))]
mod fake;
mod model;
mod ort_model;
mod pool;
mod runtime;

pub use cancel::Cancel;
#[cfg(any(test, feature = "testing"))]
pub use fake::FakeModel;
pub use model::{InferenceError, Model, Tensor};
pub use ort_model::{OrtModel, TensorSpec};
pub use pool::{Overloaded, Permit, PoolError, PoolStats, WorkPool};
pub use runtime::{ModelOptions, Provider, Runtime, RuntimeOptions};
