//! Golden vectors: an input given by a formula, and what the model must answer.

use serde::Deserialize;
use vultus_inference::{InferenceError, Model, Tensor};

/// The largest golden input, in numbers: four times that of the largest model.
const MAX_VALUES: usize = 1 << 22;
/// The allowed deviation, relative to the expected value.
const RELATIVE: f64 = 1e-3;
/// The allowed deviation where the expected value is small.
const ABSOLUTE: f64 = 1e-4;

/// An input by formula and excerpts of the outputs it must give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    input: GoldenInput,
    outputs: Vec<GoldenOutput>,
}

/// `x[i] = ((i · 7919) mod 1000) / 1000 · scale + offset`, where `i` counts in the given layout.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenInput {
    layout: Layout,
    shape: Vec<usize>,
    scale: f64,
    offset: f64,
}

/// The order of the axes in which the formula counts. Models take images as NCHW.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Layout {
    Nhwc,
    Nchw,
    Ntc,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenOutput {
    name: String,
    shape: Vec<usize>,
    first: Vec<f64>,
    sum: f64,
    l2: f64,
}

/// How a model differs from its golden vector.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenError {
    /// The golden vector itself is not of the expected form.
    #[error("malformed golden vector: {0}")]
    Malformed(String),
    /// The model does not run.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The model lacks an output.
    #[error("output {0} is missing")]
    Missing(String),
    /// An output has another size.
    #[error("output {name} has the shape {actual:?} instead of {expected:?}")]
    Shape {
        /// The output.
        name: String,
        /// The shape in the golden vector.
        expected: Vec<usize>,
        /// The shape of the model's output.
        actual: Vec<usize>,
    },
    /// An output has other values.
    #[error("output {name}: {what} is {actual} instead of {expected}")]
    Value {
        /// The output.
        name: String,
        /// Which number differs.
        what: String,
        /// The number in the golden vector.
        expected: f64,
        /// The number the model gave.
        actual: f64,
    },
}

/// The greatest deviation that was found, in units of what is allowed: at most 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Deviation(pub f64);

impl Golden {
    /// Reads a golden vector from JSON.
    ///
    /// # Errors
    /// [`GoldenError::Malformed`].
    pub fn parse(json: &[u8]) -> Result<Self, GoldenError> {
        let golden: Self =
            serde_json::from_slice(json).map_err(|error| GoldenError::Malformed(error.to_string()))?;
        let input = &golden.input;
        let count = input.shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side));
        let rank = if input.layout == Layout::Ntc { 3 } else { 4 };
        let numbers =
            golden.outputs.iter().flat_map(|output| output.first.iter().chain([&output.sum, &output.l2]));
        if count.is_none_or(|count| count == 0 || count > MAX_VALUES) || input.shape.len() != rank {
            return Err(GoldenError::Malformed(format!("input shape {:?}", input.shape)));
        }
        if golden.outputs.is_empty() || !numbers.chain([&input.scale, &input.offset]).all(|x| x.is_finite()) {
            return Err(GoldenError::Malformed("outputs are missing or not finite".to_owned()));
        }
        Ok(golden)
    }

    /// The input, images as NCHW.
    fn tensor(&self) -> Result<Tensor, GoldenError> {
        let GoldenInput { layout, shape, scale, offset } = &self.input;
        let formula = |index: usize| (((index * 7919) % 1000) as f64 / 1000.0 * scale + offset) as f32;
        let count: usize = shape.iter().product();
        if *layout != Layout::Nhwc {
            return Ok(Tensor::new(shape.clone(), (0..count).map(formula).collect())?);
        }
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3]);
        let plane = height * width;
        let planar = (0..count).map(|at| {
            let (image, rest) = (at / (channels * plane), at % (channels * plane));
            let (channel, pixel) = (rest / plane, rest % plane);
            formula((image * plane + pixel) * channels + channel)
        });
        Ok(Tensor::new(vec![batch, channels, height, width], planar.collect())?)
    }
}

/// Runs `model` on the golden input and compares its outputs with the golden ones, which are found by name.
/// A number may deviate by a thousandth of the expected one, or by 1e-4 where that is more.
///
/// # Errors
/// [`GoldenError`] where the model does not run or an output deviates.
pub fn check_golden(model: &dyn Model, golden: &Golden) -> Result<Deviation, GoldenError> {
    let outputs = model.run(&golden.tensor()?)?;
    let mut worst = Deviation::default();
    for expected in &golden.outputs {
        let position = model.output_names().iter().position(|name| *name == expected.name);
        let actual = position
            .and_then(|position| outputs.get(position))
            .ok_or_else(|| GoldenError::Missing(expected.name.clone()))?;
        let deviation = compare(expected, actual)?;
        worst = if deviation > worst { deviation } else { worst };
    }
    Ok(worst)
}

fn compare(expected: &GoldenOutput, actual: &Tensor) -> Result<Deviation, GoldenError> {
    let name = expected.name.clone();
    let count: usize = expected.shape.iter().product();
    if actual.data().len() != count || expected.first.len() > count {
        let (expected, actual) = (expected.shape.clone(), actual.shape().to_vec());
        return Err(GoldenError::Shape { name, expected, actual });
    }
    let mut worst = 0.0f64;
    let mut check = |what: String, expected: f64, actual: f64, allowed: f64| {
        let deviation = (actual - expected).abs() / allowed;
        if deviation.is_nan() || deviation > 1.0 {
            return Err(GoldenError::Value { name: name.clone(), what, expected, actual });
        }
        worst = worst.max(deviation);
        Ok(())
    };
    for (index, (&number, &value)) in expected.first.iter().zip(actual.data()).enumerate() {
        let allowed = (number.abs() * RELATIVE).max(ABSOLUTE);
        check(format!("number {index}"), number, f64::from(value), allowed)?;
    }
    let values = || actual.data().iter().map(|&value| f64::from(value));
    let length = values().map(|value| value * value).sum::<f64>().sqrt();
    check("the length".to_owned(), expected.l2, length, (expected.l2 * RELATIVE).max(ABSOLUTE))?;
    // By the Cauchy-Schwarz inequality, vectors that differ by d have sums that differ by at most √n · d.
    let allowed = (expected.l2 * RELATIVE).max(ABSOLUTE) * (count as f64).sqrt();
    check("the sum".to_owned(), expected.sum, values().sum(), allowed)?;
    Ok(Deviation(worst))
}

/// The golden vectors of the packs that Vultus installs, by name.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    macro_rules! files {
        ($($file:literal),*) => {
            match name {
                $($file => Some(include_str!(concat!("../../../models/golden/", $file, ".json"))),)*
                _ => None,
            }
        };
    }
    files!(
        "age-gender",
        "blazeface",
        "emotion",
        "face-expression",
        "face-recognition",
        "facemesh",
        "faceres",
        "iris",
        "landmarks-68",
        "liveness",
        "ssd-mobilenet-v1",
        "voice-encoder"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeModel;

    const GOLDEN: &str = r#"{
        "input": {"layout": "NHWC", "shape": [1, 2, 2, 3], "scale": 255, "offset": 1},
        "outputs": [{"name": "y", "shape": [1, 2], "first": [3.0, 4.0], "sum": 7.0, "l2": 5.0}]
    }"#;

    fn golden() -> Golden {
        Golden::parse(GOLDEN.as_bytes()).unwrap()
    }

    #[test]
    fn input_formula_counts_in_the_given_layout_and_is_fed_as_planes() {
        let tensor = golden().tensor().unwrap();
        assert_eq!(tensor.shape(), [1, 3, 2, 2]);
        let formula = |index: usize| ((index * 7919 % 1000) as f32) * 0.255 + 1.0;
        let expected = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map(formula);
        let worst = tensor.data().iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }

    #[test]
    fn equal_outputs_pass_and_deviating_ones_are_named() {
        let exact = FakeModel::new("y", &[3.0, 4.0]);
        assert!(check_golden(&exact, &golden()).unwrap().0 < 1e-6);
        let near = FakeModel::new("y", &[3.001, 4.001]);
        assert!(check_golden(&near, &golden()).unwrap().0 > 0.2);
        let far = FakeModel::new("y", &[3.0, 4.1]);
        let error = check_golden(&far, &golden()).unwrap_err().to_string();
        assert!(error.contains("number 1") && error.contains('y'), "{error}");
        let broken = FakeModel::new("y", &[3.0, f32::NAN]);
        assert!(matches!(check_golden(&broken, &golden()), Err(GoldenError::Value { .. })));
    }

    #[test]
    fn wrong_name_and_size_are_refused() {
        let missing = check_golden(&FakeModel::new("z", &[3.0, 4.0]), &golden());
        assert!(matches!(missing, Err(GoldenError::Missing(name)) if name == "y"));
        let longer = check_golden(&FakeModel::new("y", &[3.0, 4.0, 0.0]), &golden());
        assert!(matches!(longer, Err(GoldenError::Shape { .. })));
    }

    #[test]
    fn impossible_golden_vectors_are_refused() {
        for (from, to) in [
            ("[1, 2, 2, 3]", "[1, 2, 2]"),
            ("[1, 2, 2, 3]", "[1, 0, 2, 3]"),
            ("[1, 2, 2, 3]", "[1, 9999999, 9999999, 9999999]"),
            ("\"NHWC\"", "\"HWCN\""),
            ("\"scale\": 255", "\"scale\": 255, \"gain\": 1"),
        ] {
            let text = GOLDEN.replace(from, to);
            assert_ne!(text, GOLDEN);
            assert!(matches!(Golden::parse(text.as_bytes()), Err(GoldenError::Malformed(_))), "{to}");
        }
    }
}
