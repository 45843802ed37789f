//! TensorFlow.js graph-models to ONNX.
//!
//! A graph-model is a `model.json` (a TensorFlow graph and the list of its weights) and one or
//! more binary shards. TensorFlow's tensors are NHWC; the graph written here is NCHW with a batch
//! of one, explicit paddings, and a transpose only where the order of elements shows: before a
//! reshape, and at a four-dimensional output, which keeps TensorFlow's shape.
//!
//! Three stages: `parse` reads the JSON, `weights` the shards; `lower` turns TensorFlow's
//! nodes into a list of `steps`, where constants are folded and activations fused; `emit`
//! writes the steps as ONNX.

mod emit;
mod lower;
mod parse;
mod steps;
mod weights;

#[cfg(test)]
mod tests;

use super::ImportError;

/// Converts a graph-model to ONNX.
///
/// `name` names the model in the file and in errors. `weights` are the shards in the order of
/// the weights manifest. The ONNX input has the name of TensorFlow's placeholder and the shape
/// (1, C, H, W) in `f32`; the outputs have TensorFlow's names and shapes and are sorted by name.
///
/// # Errors
/// Fails where the JSON or the shards are malformed or inconsistent, or where the graph uses an
/// operator, attribute or shape that is not supported; the error names the node or tensor.
pub fn import(name: &str, model_json: &[u8], weights: &[&[u8]]) -> Result<Vec<u8>, ImportError> {
    let model = parse::parse(name, model_json)?;
    let tensors = weights::read(name, &model.manifest, weights)?;
    let program = lower::lower(name, &model, &tensors)?;
    emit::emit(name, &program)
}
