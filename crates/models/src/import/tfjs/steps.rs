//! The program between TensorFlow and ONNX: a list of steps with known shapes.

use crate::onnx::{ConvParams, PoolParams};

/// Steps in topological order, and which of them are outputs.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// Name and step of each output.
    pub(super) outputs: Vec<(String, usize)>,
}

/// One tensor and how it comes about.
#[derive(Debug)]
pub(super) struct Step {
    /// Name of the TensorFlow node.
    pub(super) name: String,
    pub(super) op: Op,
    /// Steps whose tensors this one reads; all earlier than itself.
    pub(super) inputs: Vec<usize>,
    /// Shape in TensorFlow's order: (1, H, W, C) where there are four dimensions.
    pub(super) shape: Vec<i64>,
}

/// An `f32` constant in TensorFlow's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    pub(super) shape: Vec<i64>,
    pub(super) data: Vec<f32>,
}

impl Constant {
    /// One number.
    pub(super) fn scalar(value: f32) -> Self {
        Self { shape: Vec::new(), data: vec![value] }
    }

    /// The value, where there is only one.
    pub(super) fn as_scalar(&self) -> Option<f32> {
        if let [value] = self.data[..] { Some(value) } else { None }
    }

    /// One value per channel, where the constant is one number or a vector along the last axis.
    pub(super) fn per_channel(&self, channels: usize) -> Option<Vec<f32>> {
        if let Some(value) = self.as_scalar() {
            return Some(vec![value; channels]);
        }
        let along_last = self.shape.last().copied() == i64::try_from(channels).ok();
        (along_last && self.data.len() == channels).then(|| self.data.clone())
    }
}

/// What a step does. Axes and paddings are in TensorFlow's order.
#[derive(Debug)]
pub(super) enum Op {
    /// The photo.
    Input,
    Constant(Constant),
    Conv(Conv),
    /// ONNX operator of one operand that keeps the shape.
    Unary(&'static str),
    /// ONNX operator of two operands with broadcasting.
    Binary(&'static str),
    Clip {
        low: f32,
        high: f32,
    },
    Prelu(Constant),
    MaxPool(PoolParams),
    AveragePool(PoolParams),
    /// Adds `value` before and after each axis.
    Pad {
        before: Vec<i64>,
        after: Vec<i64>,
        value: f32,
    },
    Reduce {
        /// Mean, max or sum.
        by: Reduction,
        axes: Vec<usize>,
        keep: bool,
    },
    /// To the step's own shape.
    Reshape,
    Concat {
        axis: usize,
    },
    Gemm {
        weights: Constant,
        bias: Option<Vec<f32>>,
        transposed: bool,
    },
    /// Along the last axis.
    Softmax,
}

/// A reduction over some axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    Mean,
    Max,
    Sum,
}

/// A convolution with everything that was folded into it.
#[derive(Debug)]
pub(super) struct Conv {
    /// (out, in / groups, kH, kW).
    pub(super) weights: Vec<f32>,
    pub(super) shape: [i64; 4],
    /// One number per output channel, or none at all.
    pub(super) bias: Option<Vec<f32>>,
    pub(super) params: ConvParams,
}

impl Conv {
    /// Folds a factor per output channel into the weights.
    pub(super) fn scale(&mut self, factors: &[f32]) {
        let per_output = self.weights.len() / factors.len().max(1);
        for (weights, factor) in self.weights.chunks_mut(per_output.max(1)).zip(factors) {
            for weight in weights {
                *weight *= factor;
            }
        }
        for (bias, factor) in self.bias.iter_mut().flatten().zip(factors) {
            *bias *= factor;
        }
    }

    /// Folds a term per output channel into the bias.
    pub(super) fn shift(&mut self, terms: &[f32]) {
        let bias = self.bias.get_or_insert_with(|| vec![0.0; terms.len()]);
        for (bias, term) in bias.iter_mut().zip(terms) {
            *bias += term;
        }
    }
}
