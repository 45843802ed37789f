//! Convolutions, matrix products and pools.

use super::Lowering;
use crate::import::ImportError;
use crate::import::tfjs::parse::Node;
use crate::import::tfjs::steps::{Constant, Conv, Op};
use crate::onnx::{ConvParams, PoolParams, window};

/// Largest step, dilation, pad or window of a model.
const MAX_EXTENT: i64 = 1024;

/// A window's padding (top, left, bottom, right) and the height and width that result.
struct Placement {
    pads: [i64; 4],
    size: [i64; 2],
}

impl<'a> Lowering<'a> {
    /// A convolution with the bias and activation fused into it by TensorFlow.
    pub(super) fn conv(&mut self, node: &'a Node, depthwise: bool) -> Result<usize, ImportError> {
        self.check_layout(node)?;
        let (mut x, mut extra) = (self.operand(node, 0)?, [0; 4]);
        let kernel = self.required_constant(node, 1)?;
        let strides = self.spatial_ints(node, "strides")?;
        let dilations = self.spatial_ints(node, "dilations")?;
        if let Some((source, pads)) = self.mergeable_pad(node, x)? {
            (x, extra) = (source, pads);
        }
        let &[_, height, width, channels] = self.shape(x) else {
            return Err(self.misfit(node, format!("input {:?} is not NHWC", self.shape(x))));
        };
        let Some((weights, shape, groups)) = reorder(&kernel, channels, depthwise) else {
            let detail = format!("kernel {:?} on {channels} channels", kernel.shape);
            return Err(self.misfit(node, detail));
        };
        let window = [shape[2], shape[3]];
        let placed = self.place(node, [height, width], window, strides, dilations, extra)?;
        let mut conv = Conv {
            weights,
            shape,
            bias: None,
            params: ConvParams { strides, pads: placed.pads, dilations, groups },
        };

        let fused = self.fused(node)?;
        let (biased, activations) = split_bias(&fused);
        let mut next = 2;
        if biased {
            conv.shift(&self.bias(node, next, shape[0])?);
            next += 1;
        }
        let [h, w] = placed.size;
        let mut step = self.push(node, Op::Conv(conv), vec![x], vec![1, h, w, shape[0]])?;
        for activation in activations {
            step = self.activation(node, activation, step, next, "leakyrelu_alpha")?;
            next += usize::from(activation == "Prelu");
        }
        Ok(step)
    }

    /// A product with a constant matrix, with the bias and activation fused into it.
    pub(super) fn matmul(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let weights = self.required_constant(node, 1)?;
        if node.flag("transpose_a") {
            return Err(self.attribute(node, "transpose_a", "true"));
        }
        let transposed = node.flag("transpose_b");
        let fit = match (self.shape(x), &weights.shape[..]) {
            (&[rows, k], &[a, b]) => {
                let (inner, m) = if transposed { (b, a) } else { (a, b) };
                (inner == k).then_some((rows, m))
            }
            _ => None,
        };
        let Some((rows, m)) = fit else {
            let detail = format!("product of {:?} and {:?}", self.shape(x), weights.shape);
            return Err(self.misfit(node, detail));
        };
        let fused = self.fused(node)?;
        let (biased, activations) = split_bias(&fused);
        let bias = if biased { Some(self.bias(node, 2, m)?) } else { None };
        let mut step = self.push(node, Op::Gemm { weights, bias, transposed }, vec![x], vec![rows, m])?;
        let mut next = if biased { 3 } else { 2 };
        for activation in activations {
            step = self.activation(node, activation, step, next, "leakyrelu_alpha")?;
            next += usize::from(activation == "Prelu");
        }
        Ok(step)
    }

    /// Largest or mean value of each window.
    pub(super) fn pool(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        self.check_layout(node)?;
        let x = self.operand(node, 0)?;
        let &[_, height, width, channels] = self.shape(x) else {
            return Err(self.misfit(node, format!("input {:?} is not NHWC", self.shape(x))));
        };
        let kernel = self.spatial_ints(node, "ksize")?;
        let strides = self.spatial_ints(node, "strides")?;
        let placed = self.place(node, [height, width], kernel, strides, [1, 1], [0; 4])?;
        let params = PoolParams { kernel, strides, pads: placed.pads };
        let op = if node.op == "MaxPool" { Op::MaxPool(params) } else { Op::AveragePool(params) };
        let [h, w] = placed.size;
        self.push(node, op, vec![x], vec![1, h, w, channels])
    }

    /// Padding of a spatial window. `extra` comes from a Pad node in front of it.
    fn place(
        &self,
        node: &Node,
        size: [i64; 2],
        kernel: [i64; 2],
        strides: [i64; 2],
        dilations: [i64; 2],
        extra: [i64; 4],
    ) -> Result<Placement, ImportError> {
        let mode = node.text("padding").ok_or_else(|| self.attribute(node, "padding", "missing"))?;
        let mut pads = match mode.as_str() {
            "VALID" => [0; 4],
            "SAME" => same_pads(size, kernel, strides, dilations),
            "EXPLICIT" => match node.ints("explicit_paddings").unwrap_or_default()[..] {
                [0, 0, top, bottom, left, right, 0, 0]
                    if [top, bottom, left, right].iter().all(|p| (0..=MAX_EXTENT).contains(p)) =>
                {
                    [top, left, bottom, right]
                }
                ref other => {
                    return Err(self.attribute(node, "explicit_paddings", &format!("{other:?}")));
                }
            },
            other => return Err(self.attribute(node, "padding", other)),
        };
        for (pad, more) in pads.iter_mut().zip(extra) {
            *pad += more;
        }
        let along = |axis: usize| {
            let around = pads[axis] + pads[axis + 2];
            window(size[axis], around, kernel[axis], strides[axis], dilations[axis])
        };
        match (along(0), along(1)) {
            (Some(height), Some(width)) => Ok(Placement { pads, size: [height, width] }),
            _ => Err(self.misfit(node, format!("window {kernel:?} on {size:?}"))),
        }
    }

    /// A Pad node of zeros around height and width that a convolution can do itself: its input
    /// and the padding. SAME padding depends on the padded size, so it is left alone.
    fn mergeable_pad(&self, node: &Node, x: usize) -> Result<Option<(usize, [i64; 4])>, ImportError> {
        if node.text("padding").as_deref() == Some("SAME")
            || !self.is_exclusive(self.operand_name(node, 0)?, x)
        {
            return Ok(None);
        }
        let Op::Pad { before, after, value: 0.0 } = &self.steps[x].op else { return Ok(None) };
        match (&before[..], &after[..]) {
            (&[0, top, left, 0], &[0, bottom, right, 0])
                if [top, left, bottom, right].iter().all(|p| (0..=MAX_EXTENT).contains(p)) =>
            {
                Ok(Some((self.steps[x].inputs[0], [top, left, bottom, right])))
            }
            _ => Ok(None),
        }
    }

    fn bias(&mut self, node: &Node, index: usize, channels: i64) -> Result<Vec<f32>, ImportError> {
        let bias = self.required_constant(node, index)?;
        match bias.per_channel(channels as usize) {
            Some(values) if bias.data.len() == values.len() => Ok(values),
            _ => Err(self.misfit(node, format!("bias {:?} on {channels} channels", bias.shape))),
        }
    }

    fn fused(&self, node: &Node) -> Result<Vec<String>, ImportError> {
        node.texts("fused_ops").ok_or_else(|| self.attribute(node, "fused_ops", "not base64"))
    }

    /// Two numbers for height and width out of TensorFlow's four; absent means ones.
    fn spatial_ints(&self, node: &Node, key: &str) -> Result<[i64; 2], ImportError> {
        let bad = |detail: &str| self.attribute(node, key, detail);
        let values = node.ints(key).ok_or_else(|| bad("not a number"))?;
        let valid = |v: i64| (1..=MAX_EXTENT).contains(&v);
        match values[..] {
            [] => Ok([1, 1]),
            [1, height, width, 1] if valid(height) && valid(width) => Ok([height, width]),
            _ => Err(bad(&format!("{values:?}"))),
        }
    }

    fn check_layout(&self, node: &Node) -> Result<(), ImportError> {
        match node.text("data_format").as_deref() {
            None | Some("NHWC") => Ok(()),
            Some(other) => Err(self.attribute(node, "data_format", other)),
        }
    }
}

/// Whether the fused operations begin with a bias, and the activations that follow.
fn split_bias(fused: &[String]) -> (bool, &[String]) {
    match fused {
        [first, rest @ ..] if first == "BiasAdd" => (true, rest),
        all => (false, all),
    }
}

/// TensorFlow's SAME: the output has ⌈input / stride⌉ elements; an odd pad goes to the end.
fn same_pads(size: [i64; 2], kernel: [i64; 2], strides: [i64; 2], dilations: [i64; 2]) -> [i64; 4] {
    let [(top, bottom), (left, right)] = [0, 1].map(|axis| {
        let steps = (size[axis] - 1) / strides[axis];
        let reach = (kernel[axis] - 1).saturating_mul(dilations[axis]).saturating_add(1);
        let total = (steps * strides[axis]).saturating_add(reach).saturating_sub(size[axis]).max(0);
        (total / 2, total - total / 2)
    });
    [top, left, bottom, right]
}

/// Kernel (kH, kW, in, out), or (kH, kW, in, multiplier) when depthwise, as ONNX's
/// (out, in / groups, kH, kW), its shape, and the groups. `None` when it does not fit the input.
fn reorder(kernel: &Constant, channels: i64, depthwise: bool) -> Option<(Vec<f32>, [i64; 4], i64)> {
    let &[kh, kw, input, last] = &kernel.shape[..] else { return None };
    let (groups, out, per_group) =
        if depthwise { (input, input.checked_mul(last)?, 1) } else { (channels / input.max(1), last, input) };
    if groups < 1 || per_group.checked_mul(groups) != Some(channels) || out % groups != 0 {
        return None;
    }
    let taps = usize::try_from(kh.checked_mul(kw)?).ok()?;
    let (input, last) = (usize::try_from(input).ok()?, usize::try_from(last).ok()?);
    let mut weights = Vec::with_capacity(kernel.data.len());
    // Source index: (tap × input + i) × last + o.
    if depthwise {
        for i in 0..input {
            for o in 0..last {
                weights.extend((0..taps).map(|tap| kernel.data[(tap * input + i) * last + o]));
            }
        }
    } else {
        for o in 0..last {
            for i in 0..input {
                weights.extend((0..taps).map(|tap| kernel.data[(tap * input + i) * last + o]));
            }
        }
    }
    Some((weights, [out, per_group, kh, kw], groups))
}
