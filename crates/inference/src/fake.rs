//! A model made of a function, for tests that need no weights.

use vultus_types::ModelDigest;

use crate::{InferenceError, Model, Tensor};

type Answer = dyn Fn(&Tensor) -> Result<Vec<Tensor>, InferenceError> + Send + Sync;

/// A model that answers with what a function returns.
pub struct FakeModel {
    digest: ModelDigest,
    output_names: Vec<String>,
    answer: Box<Answer>,
}

impl FakeModel {
    /// A model whose outputs are named `output_names` and computed by `answer`.
    pub fn new(
        digest: ModelDigest,
        output_names: &[&str],
        answer: impl Fn(&Tensor) -> Result<Vec<Tensor>, InferenceError> + Send + Sync + 'static,
    ) -> Self {
        let output_names = output_names.iter().map(ToString::to_string).collect();
        Self { digest, output_names, answer: Box::new(answer) }
    }
}

impl Model for FakeModel {
    fn digest(&self) -> ModelDigest {
        self.digest
    }

    fn output_names(&self) -> &[String] {
        &self.output_names
    }

    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, InferenceError> {
        (self.answer)(input)
    }
}
