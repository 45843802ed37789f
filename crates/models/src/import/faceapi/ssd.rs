//! A single-shot detector (Liu et al., 2016) on `MobileNet` v1 (Howard et al., 2017), as TensorFlow's object
//! detection names its layers.

use super::net::{Filter, Net, Padding};
use crate::import::ImportError;
use crate::onnx::Value;

/// Side of the input in pixels.
const SIDE: usize = 512;
/// The pixels' factor: to −1 … 1, as the weight file has it.
const PIXEL_FACTOR: f32 = 0.007_843_138;
/// TensorFlow's addend to a variance.
const EPSILON: f32 = 0.001;
/// Separable layers of `MobileNet` v1.
const LAYERS: usize = 13;
/// Those that halve the side.
const HALVING_LAYERS: [usize; 4] = [2, 4, 6, 12];
/// Those that boxes are predicted from, besides every second of the extra layers.
const FEATURE_LAYERS: [usize; 2] = [11, 13];
/// Layers beyond `MobileNet`; every second one halves the side.
const EXTRA_LAYERS: usize = 8;
/// Anchors of a cell of the first grid, and of all others.
const ANCHORS_PER_CELL: [usize; 2] = [3, 6];
/// Background, face, and one that is never used.
const CLASSES: usize = 3;
const FACE_CLASS: usize = 1;
/// Numbers of a box's encoding.
const ENCODING: usize = 4;
/// Anchors of all grids.
const ANCHORS: usize = 5118;

pub(super) fn build(mut net: Net) -> Result<Vec<u8>, ImportError> {
    let grids = grids(&mut net)?;
    let mut encodings = Vec::with_capacity(grids.len());
    let mut logits = Vec::with_capacity(grids.len());
    for (index, grid) in grids.into_iter().enumerate() {
        encodings.push(predict_boxes(&mut net, grid, index)?);
        logits.push(predict_faces(&mut net, grid, index)?);
    }
    let encodings = net.add("encodings", |graph| graph.concat(&encodings, 1))?;
    let scores = net.add("scores", |graph| {
        let logits = graph.concat(&logits, 1)?;
        graph.sigmoid(logits)
    })?;
    net.output("encodings", encodings, &[1, ANCHORS as i64, ENCODING as i64])?;
    net.output("scores", scores, &[1, ANCHORS as i64])?;
    Ok(net.finish())
}

/// The maps that boxes are predicted from, finest first.
fn grids(net: &mut Net) -> Result<Vec<Value>, ImportError> {
    // factor · x − 1 = factor · (x − 1 / factor)
    let x = net.input_less(SIDE, [1.0 / PIXEL_FACTOR; 3])?;
    let stem = offset_filter(net, "MobilenetV1/Conv2d_0_pointwise", 3, 3)?;
    let x = net.conv(x, &stem.with_input_times(PIXEL_FACTOR), 2, Padding::Same)?;
    let mut x = relu6(net, x)?;
    let mut grids = Vec::new();
    for layer in 1..=LAYERS {
        let stride = if HALVING_LAYERS.contains(&layer) { 2 } else { 1 };
        let filter =
            normalised_filter(net, &format!("MobilenetV1/Conv2d_{layer}_depthwise"), net.channels(x))?;
        x = net.conv(x, &filter, stride, Padding::Same)?;
        x = relu6(net, x)?;
        x = offset_conv(net, x, &format!("MobilenetV1/Conv2d_{layer}_pointwise"), 1, 1)?;
        if FEATURE_LAYERS.contains(&layer) {
            grids.push(x);
        }
    }
    for layer in 0..EXTRA_LAYERS {
        let (kernel, stride) = if layer % 2 == 0 { (1, 1) } else { (3, 2) };
        x = offset_conv(net, x, &format!("Prediction/Conv2d_{layer}_pointwise"), kernel, stride)?;
        if stride == 2 {
            grids.push(x);
        }
    }
    Ok(grids)
}

/// The encoded boxes of one grid: (1, anchors, 4).
fn predict_boxes(net: &mut Net, grid: Value, index: usize) -> Result<Value, ImportError> {
    let name = format!("Prediction/BoxPredictor_{index}/BoxEncodingPredictor");
    let filter = predictor_filter(net, &name, grid, index, ENCODING)?;
    rows(net, grid, &name, &filter, Some(ENCODING))
}

/// The face class's logits of one grid: (1, anchors).
fn predict_faces(net: &mut Net, grid: Value, index: usize) -> Result<Value, ImportError> {
    let name = format!("Prediction/BoxPredictor_{index}/ClassPredictor");
    let filter = predictor_filter(net, &name, grid, index, CLASSES)?;
    rows(net, grid, &name, &filter.every(FACE_CLASS, CLASSES), None)
}

fn predictor_filter(
    net: &Net,
    name: &str,
    grid: Value,
    index: usize,
    numbers: usize,
) -> Result<Filter, ImportError> {
    let outputs = ANCHORS_PER_CELL[index.min(1)] * numbers;
    let inputs = net.channels(grid);
    net.weight_of(&format!("{name}/weights"), &[1, 1, inputs, outputs])?;
    net.filter(&format!("{name}/weights"), 1, inputs, Some(&format!("{name}/biases")))
}

/// Predicts on a grid and lays the cells' anchors out as rows, of `numbers` each.
fn rows(
    net: &mut Net,
    grid: Value,
    name: &str,
    filter: &Filter,
    numbers: Option<usize>,
) -> Result<Value, ImportError> {
    let count = filter.outputs() * net.side(grid) * net.side(grid);
    let predicted = net.conv(grid, filter, 1, Padding::Valid)?;
    let shape = match numbers {
        Some(numbers) => vec![1, (count / numbers) as i64, numbers as i64],
        None => vec![1, count as i64],
    };
    net.add(name, |graph| {
        let cells = graph.transpose(predicted, &[0, 2, 3, 1])?;
        graph.reshape(cells, &shape)
    })
}

fn offset_conv(
    net: &mut Net,
    x: Value,
    name: &str,
    kernel: usize,
    stride: usize,
) -> Result<Value, ImportError> {
    let filter = offset_filter(net, name, kernel, net.channels(x))?;
    let x = net.conv(x, &filter, stride, Padding::Same)?;
    relu6(net, x)
}

/// A convolution into whose weights the file has already folded the batch normalisation's scale.
fn offset_filter(net: &Net, name: &str, kernel: usize, inputs: usize) -> Result<Filter, ImportError> {
    let offset = format!("{name}/convolution_bn_offset");
    net.filter(&format!("{name}/weights"), kernel, inputs, Some(&offset))
}

/// A depthwise convolution with the batch normalisation after it:
/// (x − mean) · gamma / √(variance + ε) + beta.
fn normalised_filter(net: &Net, name: &str, channels: usize) -> Result<Filter, ImportError> {
    let vector = |part: &str| net.vector(&format!("{name}/BatchNorm/{part}"), channels);
    let filter = net.depthwise_filter(&format!("{name}/depthwise_weights"), channels)?;
    let (gamma, beta) = (vector("gamma")?, vector("beta")?);
    let (mean, variance) = (vector("moving_mean")?, vector("moving_variance")?);
    let scale: Vec<f32> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
    let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
    Ok(filter.scaled(&scale, Some(shift)))
}

fn relu6(net: &mut Net, x: Value) -> Result<Value, ImportError> {
    net.add("relu6", |graph| graph.clip(x, 0.0, 6.0))
}
