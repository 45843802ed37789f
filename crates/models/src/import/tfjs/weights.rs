//! The shards: constants of the graph, brought to `f32` or `i32`.

use std::borrow::Cow;
use std::collections::HashMap;

use half::f16;

use super::parse::{Quantization, WeightEntry};
use crate::import::ImportError;
use crate::onnx::element_count;

/// A constant in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    /// Dimensions, each at least one; empty for a scalar.
    pub(super) shape: Vec<i64>,
    /// Elements.
    pub(super) data: Data,
}

/// Elements of a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    F32(Vec<f32>),
    I32(Vec<i32>),
}

/// Reads all weights of the manifest; the shards must hold exactly these.
pub(super) fn read(
    file: &str,
    manifest: &[WeightEntry],
    shards: &[&[u8]],
) -> Result<HashMap<String, Tensor>, ImportError> {
    let bytes: Cow<'_, [u8]> = match shards {
        [one] => Cow::Borrowed(one),
        many => Cow::Owned(many.concat()),
    };
    let mut rest: &[u8] = &bytes;
    let mut tensors = HashMap::new();
    for entry in manifest {
        let coding = Coding::of(entry).ok_or_else(|| ImportError::WeightType {
            file: file.to_owned(),
            tensor: entry.name.clone(),
            element: entry.quantization.as_ref().map_or(&entry.dtype, |q| &q.dtype).clone(),
        })?;
        let too_large = || ImportError::TooLarge { file: file.to_owned(), tensor: entry.name.clone() };
        if entry.shape.iter().any(|&d| d < 1) {
            return Err(ImportError::BadShape {
                file: file.to_owned(),
                tensor: entry.name.clone(),
                detail: format!("dimensions must be at least one, got {:?}", entry.shape),
            });
        }
        let count = element_count(&entry.shape).ok_or_else(too_large)?;
        let expected = count.checked_mul(coding.width()).ok_or_else(too_large)?;
        let Some((own, after)) = rest.split_at_checked(expected) else {
            return Err(ImportError::Truncated {
                file: file.to_owned(),
                tensor: entry.name.clone(),
                expected,
                actual: rest.len(),
            });
        };
        rest = after;
        let tensor = Tensor { shape: entry.shape.clone(), data: coding.decode(own) };
        if tensors.insert(entry.name.clone(), tensor).is_some() {
            let detail = format!("weight {} is there twice", entry.name);
            return Err(ImportError::Malformed { file: file.to_owned(), detail });
        }
    }
    if rest.is_empty() {
        Ok(tensors)
    } else {
        Err(ImportError::WrongLength {
            file: file.to_owned(),
            tensor: "*".to_owned(),
            expected: bytes.len() - rest.len(),
            actual: bytes.len(),
        })
    }
}

/// How the elements of a weight are stored, little-endian.
#[derive(Clone, Copy)]
enum Coding {
    F32,
    I32,
    F16,
    /// value = stored × scale + min
    U8(f32, f32),
    /// value = stored × scale + min
    U16(f32, f32),
}

impl Coding {
    fn of(entry: &WeightEntry) -> Option<Self> {
        let Some(Quantization { dtype, scale, min }) = &entry.quantization else {
            return match entry.dtype.as_str() {
                "float32" => Some(Self::F32),
                "int32" => Some(Self::I32),
                _ => None,
            };
        };
        let linear = scale.zip(*min).filter(|(s, m)| s.is_finite() && m.is_finite());
        match (entry.dtype.as_str(), dtype.as_str(), linear) {
            ("float32", "float16", _) => Some(Self::F16),
            ("float32", "uint8", Some((scale, min))) => Some(Self::U8(scale, min)),
            ("float32", "uint16", Some((scale, min))) => Some(Self::U16(scale, min)),
            _ => None,
        }
    }

    fn width(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::U16(..) => 2,
            Self::U8(..) => 1,
        }
    }

    fn decode(self, bytes: &[u8]) -> Data {
        let pairs = || bytes.as_chunks::<2>().0.iter().copied();
        let quads = || bytes.as_chunks::<4>().0.iter().copied();
        match self {
            Self::F32 => Data::F32(quads().map(f32::from_le_bytes).collect()),
            Self::I32 => Data::I32(quads().map(i32::from_le_bytes).collect()),
            Self::F16 => Data::F32(pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect()),
            Self::U8(scale, min) => Data::F32(bytes.iter().map(|&b| f32::from(b) * scale + min).collect()),
            Self::U16(scale, min) => {
                Data::F32(pairs().map(|b| f32::from(u16::from_le_bytes(b)) * scale + min).collect())
            }
        }
    }
}
