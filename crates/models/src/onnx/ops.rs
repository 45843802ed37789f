//! The operators that our models need, each with its shape rule.

use super::shape::{broadcast, window};
use super::{Attribute, BATCH, GraphBuilder, GraphError, Value};

/// How a convolution moves over its input. All in pixels of height, then width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvParams {
    /// Steps.
    pub strides: [i64; 2],
    /// Zero padding: top, left, bottom, right.
    pub pads: [i64; 4],
    /// Distance of kernel taps.
    pub dilations: [i64; 2],
    /// Channel groups; the input's channels for a depthwise convolution.
    pub groups: i64,
}

impl Default for ConvParams {
    /// Steps of one, no padding, one group.
    fn default() -> Self {
        Self { strides: [1, 1], pads: [0; 4], dilations: [1, 1], groups: 1 }
    }
}

/// How a pooling window moves over its input. All in pixels of height, then width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolParams {
    /// Window.
    pub kernel: [i64; 2],
    /// Steps.
    pub strides: [i64; 2],
    /// Padding, never part of the result: top, left, bottom, right.
    pub pads: [i64; 4],
}

impl GraphBuilder {
    /// Convolution of `x` (N, C, H, W) with `weights` (M, C / groups, kH, kW) and a bias (M).
    pub fn conv(
        &mut self,
        x: Value,
        weights: Value,
        bias: Option<Value>,
        params: &ConvParams,
    ) -> Result<Value, GraphError> {
        let fit = match (self.shape(x), self.shape(weights)) {
            (&[n, c, h, w], &[m, per_group, kh, kw])
                if params.groups >= 1
                    && per_group.checked_mul(params.groups) == Some(c)
                    && m % params.groups == 0 =>
            {
                let [top, left, bottom, right] = params.pads;
                let out = |length, before: i64, after: i64, kernel, axis: usize| {
                    let pads = (before >= 0 && after >= 0).then(|| before.checked_add(after));
                    let (stride, dilation) = (params.strides[axis], params.dilations[axis]);
                    window(length, pads??, kernel, stride, dilation)
                };
                let height = out(h, top, bottom, kh, 0);
                height.zip(out(w, left, right, kw, 1)).map(|(h, w)| (kh, kw, [n, m, h, w]))
            }
            _ => None,
        };
        let biased = bias
            .is_none_or(|b| self.shape(b).first() == self.shape(weights).first() && self.shape(b).len() == 1);
        let Some((kh, kw, shape)) = fit.filter(|_| biased) else {
            return Err(self.misfit("Conv", &[Some(x), Some(weights), bias]));
        };
        let mut inputs = vec![x, weights];
        inputs.extend(bias);
        let attributes = vec![
            ("dilations", Attribute::Ints(params.dilations.to_vec())),
            ("group", Attribute::Int(params.groups)),
            ("kernel_shape", Attribute::Ints(vec![kh, kw])),
            ("pads", Attribute::Ints(params.pads.to_vec())),
            ("strides", Attribute::Ints(params.strides.to_vec())),
        ];
        self.node("Conv", &inputs, attributes, &shape)
    }

    /// Largest value in each window of `x` (N, C, H, W).
    pub fn max_pool(&mut self, x: Value, params: &PoolParams) -> Result<Value, GraphError> {
        let shape = self.pooled(x, params);
        self.pool("MaxPool", x, params, shape, Vec::new())
    }

    /// Mean of each window of `x` (N, C, H, W), padding not counted.
    pub fn average_pool(&mut self, x: Value, params: &PoolParams) -> Result<Value, GraphError> {
        let shape = self.pooled(x, params);
        let uncounted = ("count_include_pad", Attribute::Int(0));
        self.pool("AveragePool", x, params, shape, vec![uncounted])
    }

    /// Mean of each channel of `x` (N, C, H, W): (N, C, 1, 1).
    pub fn global_average_pool(&mut self, x: Value) -> Result<Value, GraphError> {
        let &[n, c, _, _] = self.shape(x) else {
            return Err(self.misfit("GlobalAveragePool", &[Some(x)]));
        };
        self.node("GlobalAveragePool", &[x], Vec::new(), &[n, c, 1, 1])
    }

    /// max(x, 0).
    pub fn relu(&mut self, x: Value) -> Result<Value, GraphError> {
        self.unary("Relu", x)
    }

    /// 1 / (1 + e⁻ˣ).
    pub fn sigmoid(&mut self, x: Value) -> Result<Value, GraphError> {
        self.unary("Sigmoid", x)
    }

    /// An operator of one operand that keeps the shape, by its ONNX name.
    pub fn unary(&mut self, op: &str, x: Value) -> Result<Value, GraphError> {
        let shape = self.shape(x).to_vec();
        self.node(op, &[x], Vec::new(), &shape)
    }

    /// Softmax along one axis (negative: from the end).
    pub fn softmax(&mut self, x: Value, axis: i64) -> Result<Value, GraphError> {
        let shape = self.shape(x).to_vec();
        if axis_index(axis, shape.len()).is_none() {
            return Err(self.misfit("Softmax", &[Some(x)]));
        }
        self.node("Softmax", &[x], vec![("axis", Attribute::Int(axis))], &shape)
    }

    /// min(max(x, low), high).
    pub fn clip(&mut self, x: Value, low: f32, high: f32) -> Result<Value, GraphError> {
        let shape = self.shape(x).to_vec();
        let low = self.constant("low", &[], &[low])?;
        let high = self.constant("high", &[], &[high])?;
        self.node("Clip", &[x, low, high], Vec::new(), &shape)
    }

    /// x where x ≥ 0, else slope · x; the slope must broadcast to the shape of `x`
    /// ((C, 1, 1) for one slope per channel of NCHW).
    pub fn prelu(&mut self, x: Value, slope: Value) -> Result<Value, GraphError> {
        let shape = self.shape(x).to_vec();
        if broadcast(&shape, self.shape(slope)).as_ref() != Some(&shape) {
            return Err(self.misfit("PRelu", &[Some(x), Some(slope)]));
        }
        self.node("PRelu", &[x, slope], Vec::new(), &shape)
    }

    /// a + b, broadcast.
    pub fn add(&mut self, a: Value, b: Value) -> Result<Value, GraphError> {
        self.binary("Add", a, b)
    }

    /// a − b, broadcast.
    pub fn sub(&mut self, a: Value, b: Value) -> Result<Value, GraphError> {
        self.binary("Sub", a, b)
    }

    /// a · b, broadcast.
    pub fn mul(&mut self, a: Value, b: Value) -> Result<Value, GraphError> {
        self.binary("Mul", a, b)
    }

    /// a / b, broadcast.
    pub fn div(&mut self, a: Value, b: Value) -> Result<Value, GraphError> {
        self.binary("Div", a, b)
    }

    /// An element-wise operator of two operands with broadcasting, by its ONNX name.
    pub fn binary(&mut self, op: &str, a: Value, b: Value) -> Result<Value, GraphError> {
        let Some(shape) = broadcast(self.shape(a), self.shape(b)) else {
            return Err(self.misfit(op, &[Some(a), Some(b)]));
        };
        self.node(op, &[a, b], Vec::new(), &shape)
    }

    /// x · weights + bias for `x` (N, K), `weights` (K, M), or (M, K) when `transposed`, and a
    /// bias (M).
    pub fn gemm(
        &mut self,
        x: Value,
        weights: Value,
        bias: Option<Value>,
        transposed: bool,
    ) -> Result<Value, GraphError> {
        let dims = match (self.shape(x), self.shape(weights)) {
            (&[n, k], &[rows, columns]) => {
                let (inner, m) = if transposed { (columns, rows) } else { (rows, columns) };
                (inner == k).then_some([n, m])
            }
            _ => None,
        };
        let fits = |m: i64| bias.is_none_or(|b| self.shape(b) == [m]);
        let Some(shape) = dims.filter(|&[_, m]| fits(m)) else {
            return Err(self.misfit("Gemm", &[Some(x), Some(weights), bias]));
        };
        let mut inputs = vec![x, weights];
        inputs.extend(bias);
        let attributes = vec![("transB", Attribute::Int(i64::from(transposed)))];
        self.node("Gemm", &inputs, attributes, &shape)
    }

    /// Axes in another order.
    pub fn transpose(&mut self, x: Value, order: &[usize]) -> Result<Value, GraphError> {
        let from = self.shape(x);
        let mut seen = order.to_vec();
        seen.sort_unstable();
        if !seen.iter().copied().eq(0..from.len()) {
            return Err(self.misfit("Transpose", &[Some(x)]));
        }
        let shape: Vec<i64> = order.iter().map(|&axis| from[axis]).collect();
        let order = order.iter().map(|&axis| axis as i64).collect();
        self.node("Transpose", &[x], vec![("perm", Attribute::Ints(order))], &shape)
    }

    /// Same elements, another shape. Where the first dimension of `x` is [`BATCH`], that of
    /// `shape` must be so too, and the others must hold the same number of elements.
    pub fn reshape(&mut self, x: Value, shape: &[i64]) -> Result<Value, GraphError> {
        let count = |shape: &[i64]| {
            let (batch, rest) = match shape {
                [BATCH, rest @ ..] => (true, rest),
                all => (false, all),
            };
            super::shape::element_count(rest).map(|n| (batch, n))
        };
        let (from, to) = (count(self.shape(x)), count(shape));
        if from.is_none() || from != to {
            let detail = format!("cannot reshape {:?} to {shape:?}", self.shape(x));
            return Err(GraphError::Shape { node: self.next_node("Reshape"), detail });
        }
        let target = self.constant_i64("shape", &[shape.len() as i64], shape)?;
        self.node("Reshape", &[x, target], Vec::new(), shape)
    }

    /// Operands side by side along one axis.
    pub fn concat(&mut self, parts: &[Value], axis: usize) -> Result<Value, GraphError> {
        let misfit = || -> Vec<Option<Value>> { parts.iter().copied().map(Some).collect() };
        let Some((first, rest)) = parts.split_first() else {
            return Err(self.misfit("Concat", &[]));
        };
        let mut shape = self.shape(*first).to_vec();
        for part in rest {
            let other = self.shape(*part);
            let fits = other.len() == shape.len()
                && (0..shape.len()).all(|i| if i == axis { other[i] >= 0 } else { other[i] == shape[i] });
            let sum = shape.get(axis).zip(other.get(axis)).and_then(|(a, b)| a.checked_add(*b));
            let Some(sum) = sum.filter(|_| fits) else {
                return Err(self.misfit("Concat", &misfit()));
            };
            shape[axis] = sum;
        }
        if shape.get(axis).is_none_or(|&d| d < 0) {
            return Err(self.misfit("Concat", &misfit()));
        }
        self.node("Concat", parts, vec![("axis", Attribute::Int(axis as i64))], &shape)
    }

    /// Adds constant elements before and after each axis; `before` and `after` have one number,
    /// zero or more, per axis.
    pub fn pad(&mut self, x: Value, before: &[i64], after: &[i64], value: f32) -> Result<Value, GraphError> {
        let from = self.shape(x);
        let rank = from.len();
        let fits = before.len() == rank && after.len() == rank;
        let shape: Option<Vec<i64>> = (0..rank)
            .map(|i| {
                let (b, a) = (*before.get(i)?, *after.get(i)?);
                match (from[i], b, a) {
                    (d, 0, 0) => Some(d),
                    (d, b, a) if d >= 0 && b >= 0 && a >= 0 => d.checked_add(b)?.checked_add(a),
                    _ => None,
                }
            })
            .collect();
        let Some(shape) = shape.filter(|_| fits) else {
            return Err(self.misfit("Pad", &[Some(x)]));
        };
        let pads: Vec<i64> = before.iter().chain(after).copied().collect();
        let pads = self.constant_i64("pads", &[pads.len() as i64], &pads)?;
        let value = self.constant("pad_value", &[], &[value])?;
        let mode = ("mode", Attribute::Str("constant".to_owned()));
        self.node("Pad", &[x, pads, value], vec![mode], &shape)
    }

    /// Mean over some axes, which stay with length 1 when `keep`.
    pub fn reduce_mean(&mut self, x: Value, axes: &[usize], keep: bool) -> Result<Value, GraphError> {
        let shape = self.reduced(x, axes, keep, "ReduceMean")?;
        let list = axes.iter().map(|&a| a as i64).collect();
        let attributes = vec![("axes", Attribute::Ints(list)), ("keepdims", Attribute::Int(i64::from(keep)))];
        self.node("ReduceMean", &[x], attributes, &shape)
    }

    /// Euclidean length over some axes, which stay with length 1 when `keep`.
    pub fn reduce_l2(&mut self, x: Value, axes: &[usize], keep: bool) -> Result<Value, GraphError> {
        let shape = self.reduced(x, axes, keep, "ReduceL2")?;
        let list = axes.iter().map(|&a| a as i64).collect();
        let attributes = vec![("axes", Attribute::Ints(list)), ("keepdims", Attribute::Int(i64::from(keep)))];
        self.node("ReduceL2", &[x], attributes, &shape)
    }

    fn reduced(&self, x: Value, axes: &[usize], keep: bool, op: &str) -> Result<Vec<i64>, GraphError> {
        let from = self.shape(x);
        if axes.iter().any(|&a| a >= from.len()) {
            return Err(self.misfit(op, &[Some(x)]));
        }
        let kept = from.iter().enumerate().filter(|(i, _)| keep || !axes.contains(i));
        Ok(kept.map(|(i, &d)| if axes.contains(&i) { 1 } else { d }).collect())
    }

    fn pooled(&self, x: Value, params: &PoolParams) -> Option<[i64; 4]> {
        let &[n, c, h, w] = self.shape(x) else { return None };
        let [top, left, bottom, right] = params.pads;
        let ([kh, kw], [sh, sw]) = (params.kernel, params.strides);
        // A window must touch at least one element, or its result would be undefined.
        if params.pads.iter().any(|&p| p < 0) || top.max(bottom) >= kh || left.max(right) >= kw {
            return None;
        }
        let height = window(h, top.checked_add(bottom)?, kh, sh, 1)?;
        Some([n, c, height, window(w, left.checked_add(right)?, kw, sw, 1)?])
    }

    fn pool(
        &mut self,
        op: &str,
        x: Value,
        params: &PoolParams,
        shape: Option<[i64; 4]>,
        extra: Vec<(&'static str, Attribute)>,
    ) -> Result<Value, GraphError> {
        let Some(shape) = shape else {
            return Err(self.misfit(op, &[Some(x)]));
        };
        let mut attributes = extra;
        attributes.extend([
            ("kernel_shape", Attribute::Ints(params.kernel.to_vec())),
            ("pads", Attribute::Ints(params.pads.to_vec())),
            ("strides", Attribute::Ints(params.strides.to_vec())),
        ]);
        self.node(op, &[x], attributes, &shape)
    }

    /// The error of operands that do not fit the operator.
    fn misfit(&self, op: &str, operands: &[Option<Value>]) -> GraphError {
        let shapes: Vec<&[i64]> = operands.iter().flatten().map(|v| self.shape(*v)).collect();
        GraphError::Shape { node: self.next_node(op), detail: format!("shapes {shapes:?} do not fit") }
    }
}

/// Index of an axis that may be counted from the end.
pub(crate) fn axis_index(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let index = if axis < 0 { axis.checked_add(rank)? } else { axis };
    (0..rank).contains(&index).then_some(index as usize)
}
