//! The label of liveness scores.

use crate::Reply;

/// The response header that names the models which made the liveness scores of an answer. How far a score can be
/// trusted depends on them: see the documentation of their error rates.
pub const LIVENESS_MODEL: &str = "x-liveness-model";

impl Reply {
    /// The same with the label of its liveness scores; without it where the model has no name, or one that no
    /// header can hold.
    #[must_use]
    pub fn with_liveness_model(self, model: Option<&str>) -> Self {
        match model {
            Some(model) => self.with_header(LIVENESS_MODEL, model),
            None => self,
        }
    }
}
