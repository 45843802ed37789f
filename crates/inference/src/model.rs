//! The seam between engines and inference backends.

use vultus_types::ModelDigest;

/// A dense array of `f32` in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// A tensor of the given shape.
    ///
    /// # Errors
    /// [`InferenceError::Shape`] where the shape's product is not the number of values.
    pub fn new(shape: Vec<usize>, data: Vec<f32>) -> Result<Self, InferenceError> {
        let count = shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side));
        if count != Some(data.len()) {
            return Err(InferenceError::Shape { expected: format!("{} values", data.len()), actual: shape });
        }
        Ok(Self { shape, data })
    }

    /// The extent of each axis, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All values.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, without the shape.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }
}

/// A model that can be run from many threads at once.
pub trait Model: Send + Sync {
    /// The digest of the model's file.
    fn digest(&self) -> ModelDigest;

    /// The names of the outputs, in the order [`Self::run`] returns them.
    fn output_names(&self) -> &[String];

    /// Runs the model on its one input. Blocks while every session of the model is busy.
    ///
    /// # Errors
    /// [`InferenceError`] where the input does not fit or the runtime fails.
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, InferenceError>;
}

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// The runtime's shared library could not be loaded.
    #[error("ONNX Runtime could not be loaded from {path}: {reason}")]
    Library {
        /// Where it was looked for.
        path: String,
        /// What the loader says.
        reason: String,
    },
    /// The model's file could not be loaded.
    #[error("model {name} could not be loaded: {reason}")]
    Load {
        /// The model.
        name: String,
        /// What the runtime says.
        reason: String,
    },
    /// A tensor has another shape than the model needs.
    #[error("expected {expected}, got a tensor of shape {actual:?}")]
    Shape {
        /// What was needed.
        expected: String,
        /// What was given.
        actual: Vec<usize>,
    },
    /// The runtime failed on this input.
    #[error("model {name} failed: {reason}")]
    Run {
        /// The model.
        name: String,
        /// What the runtime says.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensor_needs_as_many_values_as_its_shape_says() {
        let tensor = Tensor::new(vec![2, 3], vec![0.0; 6]).unwrap();
        assert_eq!((tensor.shape(), tensor.data().len()), (&[2, 3][..], 6));
        assert!(matches!(Tensor::new(vec![2, 3], vec![0.0; 5]), Err(InferenceError::Shape { .. })));
        assert!(Tensor::new(vec![4, 0], Vec::new()).is_ok());
    }

    #[test]
    fn tensor_shape_that_overflows_is_refused() {
        let result = Tensor::new(vec![usize::MAX, 2], vec![0.0; 2]);
        assert!(matches!(result, Err(InferenceError::Shape { .. })));
    }
}
