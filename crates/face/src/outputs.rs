//! Finding a model's outputs.

use vultus_inference::{InferenceError, Tensor};

/// The first output with `count` values: exporters name outputs differently, but their sizes are fixed.
///
/// # Errors
/// [`InferenceError::Shape`] where there is none, or one of its values is not finite.
pub(crate) fn output_of(outputs: &[Tensor], count: usize) -> Result<&[f32], InferenceError> {
    let found = outputs.iter().map(Tensor::data).find(|data| data.len() == count);
    found.filter(|data| data.iter().all(|value| value.is_finite())).ok_or_else(|| InferenceError::Shape {
        expected: format!("an output of {count} finite values"),
        actual: outputs.iter().map(|output| output.data().len()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(values: &[f32]) -> Tensor {
        Tensor::new(vec![1, values.len()], values.to_vec()).unwrap()
    }

    #[test]
    fn output_is_found_by_its_size() {
        let outputs = [output(&[1.0]), output(&[2.0, 3.0])];
        assert_eq!(output_of(&outputs, 2).unwrap(), [2.0, 3.0]);
    }

    #[test]
    fn missing_and_infinite_outputs_are_errors() {
        assert!(output_of(&[output(&[1.0])], 2).is_err());
        assert!(output_of(&[output(&[1.0, f32::NAN])], 2).is_err());
    }
}
