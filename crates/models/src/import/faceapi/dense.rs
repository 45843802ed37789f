//! Expression and 68 landmarks: four densely connected blocks of separable convolutions and a linear layer.

use super::net::{Net, PIXEL_FACTOR, Padding};
use crate::import::ImportError;
use crate::onnx::Value;

/// Side of the input in pixels.
const SIDE: usize = 112;
const BLOCKS: usize = 4;
/// neutral, happy, sad, angry, fearful, disgusted, surprised
const EXPRESSIONS: usize = 7;
/// x and y of 68 points.
const COORDINATES: usize = 136;

pub(super) fn build_expression(mut net: Net) -> Result<Vec<u8>, ImportError> {
    let features = features(&mut net)?;
    let logits = net.dense(features, "fc", EXPRESSIONS)?;
    let probs = net.softmax(logits)?;
    net.output("probs", probs, &[1, EXPRESSIONS as i64])?;
    Ok(net.finish())
}

pub(super) fn build_landmarks(mut net: Net) -> Result<Vec<u8>, ImportError> {
    let features = features(&mut net)?;
    let landmarks = net.dense(features, "fc", COORDINATES)?;
    net.output("landmarks", landmarks, &[1, COORDINATES as i64])?;
    Ok(net.finish())
}

fn features(net: &mut Net) -> Result<Value, ImportError> {
    let mut x = net.input(SIDE)?;
    for block in 0..BLOCKS {
        let first = format!("dense{block}/conv0");
        let halved = if block == 0 {
            let bias = format!("{first}/bias");
            let filter = net.filter(&format!("{first}/filters"), 3, 3, Some(&bias))?;
            net.conv(x, &filter.with_input_times(PIXEL_FACTOR), 2, Padding::Same)?
        } else {
            net.separable_conv(x, &first, 2)?
        };
        x = dense_block(net, halved, block)?;
    }
    net.global_mean(x)
}

/// Each convolution sees the sum of all before it.
fn dense_block(net: &mut Net, halved: Value, block: usize) -> Result<Value, ImportError> {
    let mut active = net.relu(halved)?;
    let mut sum = active;
    for layer in 1..4 {
        let next = net.separable_conv(active, &format!("dense{block}/conv{layer}"), 1)?;
        sum = net.sum(sum, next)?;
        active = net.relu(sum)?;
    }
    Ok(active)
}
