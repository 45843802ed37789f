//! dlib's face recognition network, a residual network with 29 convolutions (King, 2017).

use super::net::{Filter, Net, PIXEL_FACTOR, Padding};
use crate::import::ImportError;
use crate::onnx::{PoolParams, Value};

/// Side of the input in pixels.
const SIDE: usize = 150;
/// Numbers of an embedding.
const EMBEDDING: usize = 128;
/// The residual blocks in order; those whose names say so halve the side.
const BLOCKS: [&str; 14] = [
    "conv32_1",
    "conv32_2",
    "conv32_3",
    "conv64_down",
    "conv64_1",
    "conv64_2",
    "conv64_3",
    "conv128_down",
    "conv128_1",
    "conv128_2",
    "conv256_down",
    "conv256_1",
    "conv256_2",
    "conv256_down_out",
];

pub(super) fn build(mut net: Net) -> Result<Vec<u8>, ImportError> {
    let x = net.input(SIDE)?;
    let stem = affine_filter(&net, "conv32_down", 7, 3)?;
    let x = net.conv(x, &stem.with_input_times(PIXEL_FACTOR), 2, Padding::Valid)?;
    let x = net.relu(x)?;
    let mut x = net.max_pool(x, 3, 2, Padding::Valid)?;
    for block in BLOCKS {
        x = if block.contains("down") {
            halving_block(&mut net, x, block)?
        } else {
            block_of(&mut net, x, block)?
        };
    }
    let x = net.global_mean(x)?;
    let channels = net.channels(x);
    let weights = net.weight_of("fc", &[channels, EMBEDDING])?.data.clone();
    let embedding = net.add("fc", |graph| {
        let weights = graph.constant("fc", &[channels as i64, EMBEDDING as i64], &weights)?;
        graph.gemm(x, weights, None, false)
    })?;
    net.output("embedding", embedding, &[1, EMBEDDING as i64])?;
    Ok(net.finish())
}

/// Two convolutions beside a shortcut.
fn block_of(net: &mut Net, x: Value, name: &str) -> Result<Value, ImportError> {
    let inner = affine_conv(net, x, &format!("{name}/conv1"), 1, Padding::Same)?;
    let inner = net.relu(inner)?;
    let inner = affine_conv(net, inner, &format!("{name}/conv2"), 1, Padding::Same)?;
    let sum = net.sum(inner, x)?;
    net.relu(sum)
}

/// Two convolutions, the first with steps of two, beside a shortcut of means over 2 × 2. Where one side has
/// fewer channels or a smaller map, zeros fill it up: after the last channel, below and to the right.
fn halving_block(net: &mut Net, x: Value, name: &str) -> Result<Value, ImportError> {
    let inner = affine_conv(net, x, &format!("{name}/conv1"), 2, Padding::Valid)?;
    let inner = net.relu(inner)?;
    let inner = affine_conv(net, inner, &format!("{name}/conv2"), 1, Padding::Same)?;
    let params = PoolParams { kernel: [2; 2], strides: [2; 2], pads: [0; 4] };
    let shortcut = net.add(name, |graph| graph.average_pool(x, &params))?;
    let channels = net.channels(inner).max(net.channels(shortcut));
    let side = net.side(inner).max(net.side(shortcut));
    let inner = fill_up(net, inner, channels, side)?;
    let shortcut = fill_up(net, shortcut, channels, side)?;
    let sum = net.sum(inner, shortcut)?;
    net.relu(sum)
}

fn fill_up(net: &mut Net, x: Value, channels: usize, side: usize) -> Result<Value, ImportError> {
    let deeper = (channels - net.channels(x)) as i64;
    let wider = (side - net.side(x)) as i64;
    if deeper == 0 && wider == 0 {
        return Ok(x);
    }
    net.add("fill up", |graph| graph.pad(x, &[0; 4], &[0, deeper, wider, wider], 0.0))
}

fn affine_conv(
    net: &mut Net,
    x: Value,
    name: &str,
    stride: usize,
    padding: Padding,
) -> Result<Value, ImportError> {
    let filter = affine_filter(net, name, 3, net.channels(x))?;
    net.conv(x, &filter, stride, padding)
}

/// A convolution with its bias and the scale layer after it: (w·x + b)·s + t = (s·w)·x + (b·s + t).
fn affine_filter(net: &Net, name: &str, kernel: usize, inputs: usize) -> Result<Filter, ImportError> {
    let filter = net.filter(&format!("{name}/conv/filters"), kernel, inputs, None)?;
    let vector = |part: &str| net.vector(&format!("{name}/{part}"), filter.outputs());
    let bias = vector("conv/bias")?;
    let scale = vector("scale/weights")?;
    let shift = vector("scale/biases")?;
    let shift = bias.iter().zip(&scale).zip(shift).map(|((b, s), t)| b * s + t).collect();
    Ok(filter.scaled(&scale, Some(shift)))
}
