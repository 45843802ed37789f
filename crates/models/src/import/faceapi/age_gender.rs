//! Age and gender: a small Xception (Chollet, 2017) with a linear layer for each of the two.

use super::net::{Net, PIXEL_FACTOR, Padding};
use crate::import::ImportError;
use crate::onnx::Value;

/// Side of the input in pixels.
const SIDE: usize = 112;
const MIDDLE_BLOCKS: usize = 2;

pub(super) fn build(mut net: Net) -> Result<Vec<u8>, ImportError> {
    let x = net.input(SIDE)?;
    let filter = net.filter("entry_flow/conv_in/filters", 3, 3, Some("entry_flow/conv_in/bias"))?;
    let x = net.conv(x, &filter.with_input_times(PIXEL_FACTOR), 2, Padding::Same)?;
    let x = net.relu(x)?;
    // Already active: the first block begins without another ReLU.
    let x = reduction_block(&mut net, x, x, "entry_flow/reduction_block_0")?;
    let active = net.relu(x)?;
    let mut x = reduction_block(&mut net, x, active, "entry_flow/reduction_block_1")?;
    for block in 0..MIDDLE_BLOCKS {
        x = middle_block(&mut net, x, block)?;
    }
    let active = net.relu(x)?;
    let x = reduction_block(&mut net, x, active, "exit_flow/reduction_block")?;
    let x = net.separable_conv(x, "exit_flow/separable_conv", 1)?;
    let x = net.relu(x)?;
    let features = net.global_mean(x)?;
    let age = net.dense(features, "fc/age", 1)?;
    net.output("age", age, &[1, 1])?;
    let logits = net.dense(features, "fc/gender", 2)?;
    let gender = net.softmax(logits)?;
    net.output("gender", gender, &[1, 2])?;
    Ok(net.finish())
}

/// Two separable convolutions on `active` and a pool, beside a pointwise convolution of `x`; halves the side.
fn reduction_block(net: &mut Net, x: Value, active: Value, name: &str) -> Result<Value, ImportError> {
    let inner = net.separable_conv(active, &format!("{name}/separable_conv0"), 1)?;
    let inner = net.relu(inner)?;
    let inner = net.separable_conv(inner, &format!("{name}/separable_conv1"), 1)?;
    let inner = net.max_pool(inner, 3, 2, Padding::Same)?;
    let bias = format!("{name}/expansion_conv/bias");
    let expansion = net.filter(&format!("{name}/expansion_conv/filters"), 1, net.channels(x), Some(&bias))?;
    let shortcut = net.conv(x, &expansion, 2, Padding::Same)?;
    net.sum(inner, shortcut)
}

/// Three separable convolutions beside a shortcut.
fn middle_block(net: &mut Net, x: Value, block: usize) -> Result<Value, ImportError> {
    let mut inner = x;
    for layer in 0..3 {
        inner = net.relu(inner)?;
        inner =
            net.separable_conv(inner, &format!("middle_flow/main_block_{block}/separable_conv{layer}"), 1)?;
    }
    net.sum(x, inner)
}
