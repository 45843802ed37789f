//! Layers by the names of their weights, on top of the graph builder.

use std::collections::BTreeMap;

use crate::import::ImportError;
use crate::import::weights::WeightTensor;
use crate::onnx::{ConvParams, GraphBuilder, GraphError, PoolParams, Value};

/// Mean red, green and blue that face-api subtracts from every input but the SSD's.
const MEAN_RGB: [f32; 3] = [122.782, 117.001, 104.298];
/// What face-api multiplies by after that.
pub(super) const PIXEL_FACTOR: f32 = 1.0 / 255.0;

/// What is around the input of a convolution or a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// Nothing.
    Valid,
    /// As TensorFlow's `SAME`: the output has ⌈side / stride⌉ elements, and where the padding cannot be
    /// even, there is more of it at the bottom and the right.
    Same,
}

/// The weights of a convolution, as ONNX orders them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    name: String,
    /// Outputs, inputs per group, height, width.
    shape: [usize; 4],
    data: Vec<f32>,
    bias: Option<Vec<f32>>,
    groups: usize,
}

impl Filter {
    /// Number of output channels.
    pub(super) fn outputs(&self) -> usize {
        self.shape[0]
    }

    /// Follows the convolution by x · scale + shift, channel by channel, without a bias of its own.
    pub(super) fn scaled(mut self, scale: &[f32], shift: Option<Vec<f32>>) -> Self {
        let size = self.shape[1..].iter().product::<usize>().max(1);
        for (row, factor) in self.data.chunks_exact_mut(size).zip(scale) {
            for weight in row {
                *weight *= factor;
            }
        }
        self.bias = shift;
        self
    }

    /// Multiplies the input by a number.
    pub(super) fn with_input_times(mut self, factor: f32) -> Self {
        self.data.iter_mut().for_each(|weight| *weight *= factor);
        self
    }

    /// Keeps the output channels `first`, `first + step`, ….
    pub(super) fn every(mut self, first: usize, step: usize) -> Self {
        let size = self.shape[1..].iter().product::<usize>().max(1);
        let rows = self.data.chunks_exact(size).skip(first).step_by(step);
        self.data = rows.flatten().copied().collect();
        self.bias = self.bias.map(|bias| bias.into_iter().skip(first).step_by(step).collect());
        self.shape[0] = self.data.len() / size;
        self
    }
}

/// A graph that is being put together from a file's weights.
#[derive(Debug)]
pub(super) struct Net {
    file: &'static str,
    weights: BTreeMap<String, WeightTensor>,
    graph: GraphBuilder,
}

impl Net {
    /// Starts a graph; `file` is the name that errors mention.
    pub(super) fn new(file: &'static str, weights: BTreeMap<String, WeightTensor>) -> Self {
        let name = file.trim_end_matches("_model.bin");
        Self { file, weights, graph: GraphBuilder::new(name) }
    }

    /// The input `input` [1, 3, side, side] less face-api's mean colour. The first convolution has to multiply
    /// by [`PIXEL_FACTOR`].
    pub(super) fn input(&mut self, side: usize) -> Result<Value, ImportError> {
        self.input_less(side, MEAN_RGB)
    }

    /// The input `input` [1, 3, side, side] less a colour.
    pub(super) fn input_less(&mut self, side: usize, colour: [f32; 3]) -> Result<Value, ImportError> {
        self.add("input", |graph| {
            let side = side as i64;
            let input = graph.input("input", &[1, 3, side, side])?;
            let colour = graph.constant("mean", &[1, 3, 1, 1], &colour)?;
            graph.sub(input, colour)
        })
    }

    /// The weights `name` of shape (kernel, kernel, inputs, outputs), for any number of outputs, with the
    /// bias `bias`.
    pub(super) fn filter(
        &self,
        name: &str,
        kernel: usize,
        inputs: usize,
        bias: Option<&str>,
    ) -> Result<Filter, ImportError> {
        let tensor = self.weight(name)?;
        let &[height, width, depth, outputs] = tensor.shape.as_slice() else {
            return Err(self.bad_shape(name, &format!("expected 4 axes, got {:?}", tensor.shape)));
        };
        if [height, width, depth] != [kernel, kernel, inputs] || outputs == 0 {
            let expected = format!("[{kernel}, {kernel}, {inputs}, _]");
            return Err(self.bad_shape(name, &format!("expected {expected}, got {:?}", tensor.shape)));
        }
        let taps = kernel * kernel;
        let data = permuted(outputs, inputs, taps, |output, input, tap| {
            tensor.data[(tap * inputs + input) * outputs + output]
        });
        let bias = bias.map(|name| self.vector(name, outputs)).transpose()?;
        let shape = [outputs, inputs, kernel, kernel];
        Ok(Filter { name: name.to_owned(), shape, data, bias, groups: 1 })
    }

    /// The weights `name` of shape (3, 3, channels, 1), one filter for each channel.
    pub(super) fn depthwise_filter(&self, name: &str, channels: usize) -> Result<Filter, ImportError> {
        let tensor = self.weight_of(name, &[3, 3, channels, 1])?;
        let data = permuted(channels, 1, 9, |channel, _, tap| tensor.data[tap * channels + channel]);
        let shape = [channels, 1, 3, 3];
        Ok(Filter { name: name.to_owned(), shape, data, bias: None, groups: channels })
    }

    /// The numbers of the weights `name`, of which there must be `len` on one axis.
    pub(super) fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, ImportError> {
        self.weight_of(name, &[len]).map(|tensor| tensor.data.clone())
    }

    /// The weights `name`, which must have this shape.
    pub(super) fn weight_of(&self, name: &str, shape: &[usize]) -> Result<&WeightTensor, ImportError> {
        let tensor = self.weight(name)?;
        if tensor.shape != shape {
            return Err(self.bad_shape(name, &format!("expected {shape:?}, got {:?}", tensor.shape)));
        }
        Ok(tensor)
    }

    fn weight(&self, name: &str) -> Result<&WeightTensor, ImportError> {
        self.weights
            .get(name)
            .ok_or_else(|| ImportError::MissingTensor { file: self.file.to_owned(), tensor: name.to_owned() })
    }

    /// Adds a convolution.
    pub(super) fn conv(
        &mut self,
        x: Value,
        filter: &Filter,
        stride: usize,
        padding: Padding,
    ) -> Result<Value, ImportError> {
        let pads = self.pads(x, filter.shape[2], stride, padding);
        let strides = [stride as i64; 2];
        self.add(&filter.name, |graph| {
            let shape = filter.shape.map(|len| len as i64);
            let weights = graph.constant(&filter.name, &shape, &filter.data)?;
            let bias = filter
                .bias
                .as_ref()
                .map(|bias| graph.constant(&format!("{}.bias", filter.name), &shape[..1], bias));
            let groups = filter.groups as i64;
            let params = ConvParams { strides, pads, groups, ..ConvParams::default() };
            graph.conv(x, weights, bias.transpose()?, &params)
        })
    }

    /// Adds a depthwise 3 × 3 convolution and the pointwise one after it, whose weights are named below
    /// `name`.
    pub(super) fn separable_conv(
        &mut self,
        x: Value,
        name: &str,
        stride: usize,
    ) -> Result<Value, ImportError> {
        let channels = self.channels(x);
        let depthwise = self.depthwise_filter(&format!("{name}/depthwise_filter"), channels)?;
        let bias = format!("{name}/bias");
        let pointwise = self.filter(&format!("{name}/pointwise_filter"), 1, channels, Some(&bias))?;
        let x = self.conv(x, &depthwise, stride, Padding::Same)?;
        self.conv(x, &pointwise, 1, Padding::Valid)
    }

    /// Adds a fully connected layer on (1, inputs), whose weights of shape (inputs, outputs) and bias are
    /// named below `name`.
    pub(super) fn dense(&mut self, x: Value, name: &str, outputs: usize) -> Result<Value, ImportError> {
        let inputs = self.channels(x);
        let weights = self.weight_of(&format!("{name}/weights"), &[inputs, outputs])?.data.clone();
        let bias = self.vector(&format!("{name}/bias"), outputs)?;
        self.add(name, |graph| {
            let shape = [inputs as i64, outputs as i64];
            let weights = graph.constant(&format!("{name}/weights"), &shape, &weights)?;
            let bias = graph.constant(&format!("{name}/bias"), &shape[1..], &bias)?;
            graph.gemm(x, weights, Some(bias), false)
        })
    }

    /// Adds a pool of the largest value.
    pub(super) fn max_pool(
        &mut self,
        x: Value,
        kernel: usize,
        stride: usize,
        padding: Padding,
    ) -> Result<Value, ImportError> {
        let pads = self.pads(x, kernel, stride, padding);
        let params = PoolParams { kernel: [kernel as i64; 2], strides: [stride as i64; 2], pads };
        self.add("max pool", |graph| graph.max_pool(x, &params))
    }

    /// Adds the mean of each channel: (1, C, H, W) to (1, C).
    pub(super) fn global_mean(&mut self, x: Value) -> Result<Value, ImportError> {
        let channels = self.channels(x) as i64;
        self.add("global mean", |graph| {
            let mean = graph.global_average_pool(x)?;
            graph.reshape(mean, &[1, channels])
        })
    }

    /// Adds max(x, 0).
    pub(super) fn relu(&mut self, x: Value) -> Result<Value, ImportError> {
        self.add("relu", |graph| graph.relu(x))
    }

    /// Adds a + b.
    pub(super) fn sum(&mut self, a: Value, b: Value) -> Result<Value, ImportError> {
        self.add("sum", |graph| graph.add(a, b))
    }

    /// Adds a softmax over the last axis.
    pub(super) fn softmax(&mut self, x: Value) -> Result<Value, ImportError> {
        self.add("softmax", |graph| graph.softmax(x, -1))
    }

    /// Makes a value an output, which must have this shape.
    pub(super) fn output(&mut self, name: &str, x: Value, shape: &[i64]) -> Result<(), ImportError> {
        self.add(name, |graph| graph.output(name, x, shape))
    }

    /// The finished ONNX file.
    pub(super) fn finish(self) -> Vec<u8> {
        self.graph.finish()
    }

    /// Adds something to the graph; `node` is what errors call it.
    pub(super) fn add<T>(
        &mut self,
        node: &str,
        add: impl FnOnce(&mut GraphBuilder) -> Result<T, GraphError>,
    ) -> Result<T, ImportError> {
        add(&mut self.graph).map_err(|source| ImportError::Graph {
            file: self.file.to_owned(),
            node: node.to_owned(),
            source,
        })
    }

    /// Length of a value's second axis.
    pub(super) fn channels(&self, x: Value) -> usize {
        self.axis(x, 1)
    }

    /// Height, and width, of a square value.
    pub(super) fn side(&self, x: Value) -> usize {
        self.axis(x, 2)
    }

    fn axis(&self, x: Value, axis: usize) -> usize {
        self.graph.shape(x).get(axis).and_then(|len| usize::try_from(*len).ok()).unwrap_or(0)
    }

    /// Padding at the top, left, bottom and right of a square value.
    fn pads(&self, x: Value, kernel: usize, stride: usize, padding: Padding) -> [i64; 4] {
        match padding {
            Padding::Valid => [0; 4],
            Padding::Same => same_pads(self.side(x), kernel, stride),
        }
    }

    fn bad_shape(&self, tensor: &str, detail: &str) -> ImportError {
        ImportError::BadShape {
            file: self.file.to_owned(),
            tensor: tensor.to_owned(),
            detail: detail.to_owned(),
        }
    }
}

fn same_pads(side: usize, kernel: usize, stride: usize) -> [i64; 4] {
    let reach = side.div_ceil(stride).saturating_sub(1) * stride + kernel;
    let total = reach.saturating_sub(side);
    let before = (total / 2) as i64;
    let after = (total - total / 2) as i64;
    [before, before, after, after]
}

/// Values in the order (a, b, c), each looked up by its indices.
fn permuted(a: usize, b: usize, c: usize, value: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
    let value = &value;
    (0..a).flat_map(|i| (0..b).flat_map(move |j| (0..c).map(move |k| value(i, j, k)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(name: &str, shape: &[usize]) -> Net {
        let count: usize = shape.iter().product();
        let data = (0..count).map(|index| index as f32).collect();
        let tensor = WeightTensor { shape: shape.to_vec(), data };
        Net::new("x_model.bin", BTreeMap::from([(name.to_owned(), tensor)]))
    }

    #[test]
    fn filters_are_brought_into_the_order_of_onnx() {
        // (height, width, input, output) = (1, 1, 2, 3): outputs lie next to each other.
        let filter = net("f", &[1, 1, 2, 3]).filter("f", 1, 2, None).unwrap();
        assert_eq!(filter.shape, [3, 2, 1, 1]);
        assert_eq!(filter.data, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        let filter = net("f", &[3, 3, 2, 1]).depthwise_filter("f", 2).unwrap();
        assert_eq!(filter.data[..9], [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0]);
        assert_eq!(filter.groups, 2);
    }

    #[test]
    fn scaling_folds_into_rows_and_picking_keeps_rows() {
        let filter = net("f", &[1, 1, 2, 3]).filter("f", 1, 2, None).unwrap();
        let scaled = filter.scaled(&[1.0, 10.0, 100.0], Some(vec![0.5, 1.5, 2.5]));
        assert_eq!(scaled.data, [0.0, 3.0, 10.0, 40.0, 200.0, 500.0]);
        let picked = scaled.every(1, 2);
        assert_eq!((picked.outputs(), picked.data), (1, vec![10.0, 40.0]));
        assert_eq!(picked.bias, Some(vec![1.5]));
    }

    #[test]
    fn same_padding_has_the_odd_pixel_at_the_bottom_and_right() {
        assert_eq!(same_pads(112, 3, 2), [0, 0, 1, 1]);
        assert_eq!(same_pads(7, 3, 2), [1, 1, 1, 1]);
        assert_eq!(same_pads(56, 3, 1), [1, 1, 1, 1]);
        assert_eq!(same_pads(28, 1, 2), [0, 0, 0, 0]);
    }
}
