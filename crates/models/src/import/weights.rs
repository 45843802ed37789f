//! The weight files of TensorFlow.js: a JSON list of tensors and their bytes one after the other, whole or
//! quantised. Graph-models and face-api's weight manifests share this form.

use std::collections::BTreeMap;

use half::f16;
use serde::Deserialize;

use super::ImportError;

/// One tensor of a manifest.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct WeightEntry {
    /// Name, unique in its file.
    pub(crate) name: String,
    /// Length of each axis; empty for a scalar.
    pub(crate) shape: Vec<usize>,
    /// Element type of the tensor, and of its bytes unless they are quantised.
    pub(crate) dtype: String,
    /// How the bytes are coded, if not plainly.
    #[serde(default)]
    pub(crate) quantization: Option<Quantization>,
}

/// How a tensor's bytes stand for its values.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Quantization {
    /// Element type of the bytes.
    pub(crate) dtype: String,
    /// Value of one step of an integer code; absent for `float16`.
    #[serde(default)]
    pub(crate) scale: Option<f64>,
    /// Value of code 0.
    #[serde(default)]
    pub(crate) min: Option<f64>,
}

/// A tensor in row-major order, as it lies in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeightTensor {
    /// Length of each axis; empty for a scalar.
    pub(crate) shape: Vec<usize>,
    /// The values; whole numbers are converted.
    pub(crate) data: Vec<f32>,
}

/// What a tensor's bytes hold.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Coding {
    F16,
    F32,
    I32,
    /// Value = code × scale + min, calculated in 64 bits.
    U8 {
        scale: f64,
        min: f64,
    },
    U16 {
        scale: f64,
        min: f64,
    },
}

impl Coding {
    /// Bytes of one value.
    fn size(self) -> usize {
        match self {
            Self::U8 { .. } => 1,
            Self::F16 | Self::U16 { .. } => 2,
            Self::F32 | Self::I32 => 4,
        }
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        let affine = |code: f64, scale: f64, min: f64| (code * scale + min) as f32;
        let pairs = || bytes.as_chunks::<2>().0.iter().copied();
        let quads = || bytes.as_chunks::<4>().0.iter().copied();
        match self {
            Self::F16 => pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect(),
            Self::F32 => quads().map(f32::from_le_bytes).collect(),
            Self::I32 => quads().map(|b| i32::from_le_bytes(b) as f32).collect(),
            Self::U8 { scale, min } => bytes.iter().map(|b| affine(f64::from(*b), scale, min)).collect(),
            Self::U16 { scale, min } => {
                pairs().map(|b| affine(f64::from(u16::from_le_bytes(b)), scale, min)).collect()
            }
        }
    }
}

/// Reads the tensors that `entries` describe from `bytes`, which they must fill exactly.
///
/// `file` is the name that errors mention. A tensor is allocated only after its bytes are known to be there.
pub(crate) fn read_weights(
    file: &str,
    entries: &[WeightEntry],
    bytes: &[u8],
) -> Result<BTreeMap<String, WeightTensor>, ImportError> {
    let mut tensors = BTreeMap::new();
    let mut rest = bytes;
    for entry in entries {
        let coding = coding(file, entry)?;
        let size = entry.shape.iter().try_fold(coding.size(), |size, len| size.checked_mul(*len));
        let size =
            size.ok_or_else(|| ImportError::TooLarge { file: file.to_owned(), tensor: entry.name.clone() })?;
        let (own, after) = rest.split_at_checked(size).ok_or_else(|| ImportError::Truncated {
            file: file.to_owned(),
            tensor: entry.name.clone(),
            expected: size,
            actual: rest.len(),
        })?;
        rest = after;
        let tensor = WeightTensor { shape: entry.shape.clone(), data: coding.decode(own) };
        if !tensor.data.iter().all(|value| value.is_finite()) {
            return Err(malformed(file, &entry.name, "holds a value that is not finite"));
        }
        if tensors.insert(entry.name.clone(), tensor).is_some() {
            return Err(malformed(file, &entry.name, "occurs twice"));
        }
    }
    if rest.is_empty() {
        return Ok(tensors);
    }
    Err(ImportError::WrongLength {
        file: file.to_owned(),
        tensor: "*".to_owned(),
        expected: bytes.len() - rest.len(),
        actual: bytes.len(),
    })
}

fn coding(file: &str, entry: &WeightEntry) -> Result<Coding, ImportError> {
    let step = |quantization: &Quantization| match (quantization.scale, quantization.min) {
        (Some(scale), Some(min)) => Ok((scale, min)),
        _ => Err(malformed(file, &entry.name, "is quantised without scale and min")),
    };
    let unsupported = |element: &str| ImportError::WeightType {
        file: file.to_owned(),
        tensor: entry.name.clone(),
        element: element.to_owned(),
    };
    match (entry.dtype.as_str(), &entry.quantization) {
        ("float32" | "int32", Some(quantization)) => match quantization.dtype.as_str() {
            "uint8" => step(quantization).map(|(scale, min)| Coding::U8 { scale, min }),
            "uint16" => step(quantization).map(|(scale, min)| Coding::U16 { scale, min }),
            "float16" => Ok(Coding::F16),
            other => Err(unsupported(other)),
        },
        ("float16", None) => Ok(Coding::F16),
        ("float32", None) => Ok(Coding::F32),
        ("int32", None) => Ok(Coding::I32),
        (other, _) => Err(unsupported(other)),
    }
}

fn malformed(file: &str, tensor: &str, what: &str) -> ImportError {
    ImportError::Malformed { file: file.to_owned(), detail: format!("tensor {tensor} {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(json: &str) -> Vec<WeightEntry> {
        serde_json::from_str(json).unwrap()
    }

    fn read(json: &str, bytes: &[u8]) -> Result<BTreeMap<String, WeightTensor>, ImportError> {
        read_weights("w.bin", &entries(json), bytes)
    }

    #[test]
    fn every_coding_decodes_to_its_values() {
        let json = r#"[
            {"name": "whole", "shape": [2], "dtype": "float32"},
            {"name": "half", "shape": [1, 2], "dtype": "float32", "quantization": {"dtype": "float16"}},
            {"name": "byte", "shape": [3], "dtype": "float32",
             "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}},
            {"name": "word", "shape": [], "dtype": "int32",
             "quantization": {"dtype": "uint16", "scale": 2.0, "min": 1.0}},
            {"name": "integer", "shape": [1], "dtype": "int32"}
        ]"#;
        let mut bytes = Vec::new();
        bytes.extend([1.5_f32, -2.0].iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend([0.25_f32, 3.0].iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()));
        bytes.extend([0, 2, 255]);
        bytes.extend(300_u16.to_le_bytes());
        bytes.extend((-7_i32).to_le_bytes());
        let tensors = read(json, &bytes).unwrap();
        assert_eq!(tensors["whole"].data, [1.5, -2.0]);
        assert_eq!(tensors["half"], WeightTensor { shape: vec![1, 2], data: vec![0.25, 3.0] });
        assert_eq!(tensors["byte"].data, [-1.0, 0.0, 126.5]);
        assert_eq!(tensors["word"], WeightTensor { shape: vec![], data: vec![601.0] });
        assert_eq!(tensors["integer"].data, [-7.0]);
    }

    #[test]
    fn truncated_tensor_is_named() {
        let json = r#"[{"name": "a", "shape": [1], "dtype": "float32"},
                       {"name": "b", "shape": [2], "dtype": "float32"}]"#;
        let error = read(json, &[0; 11]).unwrap_err();
        assert!(matches!(&error, ImportError::Truncated { expected: 8, actual: 7, .. }), "{error}");
        assert_eq!(error.to_string(), "w.bin: truncated: tensor b needs 8 bytes, 7 are left");
    }

    #[test]
    fn bytes_that_no_tensor_describes_are_refused() {
        let error = read(r#"[{"name": "a", "shape": [1], "dtype": "float32"}]"#, &[0; 5]).unwrap_err();
        assert!(matches!(error, ImportError::WrongLength { expected: 4, actual: 5, .. }));
    }

    #[test]
    fn sizes_that_overflow_or_exceed_the_file_are_refused_before_allocation() {
        let max = usize::MAX / 2;
        let overflow = format!(r#"[{{"name": "a", "shape": [{max}, {max}], "dtype": "float32"}}]"#);
        let error = read(&overflow, &[0; 8]).unwrap_err();
        assert!(matches!(&error, ImportError::TooLarge { tensor, .. } if tensor == "a"), "{error}");
        let huge = r#"[{"name": "a", "shape": [1000000000000], "dtype": "float32"}]"#;
        assert!(matches!(read(huge, &[0; 8]).unwrap_err(), ImportError::Truncated { .. }));
    }

    #[test]
    fn unknown_codings_are_refused_by_name() {
        for (entry, element) in [
            (r#"{"name": "a", "shape": [1], "dtype": "string"}"#, "string"),
            (r#"{"name": "a", "shape": [1], "dtype": "float32", "quantization": {"dtype": "int4"}}"#, "int4"),
        ] {
            let error = read(&format!("[{entry}]"), &[0; 4]).unwrap_err();
            assert!(matches!(&error, ImportError::WeightType { element: e, .. } if e == element), "{error}");
        }
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        let json = r#"[{"name": "a", "shape": [1], "dtype": "float32"}]"#;
        let error = read(json, &f32::NAN.to_le_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "w.bin: malformed: tensor a holds a value that is not finite");
    }

    #[test]
    fn steps_must_be_given_and_names_be_unique() {
        let stepless =
            r#"[{"name": "a", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8"}}]"#;
        assert!(matches!(read(stepless, &[0]).unwrap_err(), ImportError::Malformed { .. }));
        let twice = r#"[{"name": "a", "shape": [1], "dtype": "float32"},
                        {"name": "a", "shape": [1], "dtype": "float32"}]"#;
        let error = read(twice, &[0; 8]).unwrap_err();
        assert_eq!(error.to_string(), "w.bin: malformed: tensor a occurs twice");
    }
}
