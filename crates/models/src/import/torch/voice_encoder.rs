//! The voice encoder: three LSTM layers, the last hidden state, a linear layer, `ReLU`, unit length.
//!
//! The architecture is that of the GE2E speaker encoder (Wan et al., 2018) as Resemblyzer publishes it.

use std::collections::BTreeMap;

use super::{TorchTensor, read_checkpoint};
use crate::import::ImportError;
use crate::onnx::{Attribute, GraphBuilder, GraphError, Value};

/// The file's name in errors.
const FILE: &str = "pretrained.pt";
/// Frames of one window: 1.6 s at a step of 10 ms.
const FRAMES: usize = 160;
/// Mel bands of a frame.
const BANDS: usize = 40;
/// Width of the LSTM layers.
const HIDDEN: usize = 256;
/// Numbers of an embedding.
const EMBEDDING: usize = 256;
const LAYERS: usize = 3;
/// Where an LSTM's gates stand in ONNX (input, output, forget, cell), as blocks of PyTorch's order (input,
/// forget, cell, output).
const GATES: [usize; 4] = [0, 3, 1, 2];
/// Least length by which an embedding is divided, so that a vector of zeros stays one.
const LEAST_LENGTH: f32 = 1e-12;

/// Turns Resemblyzer's checkpoint into ONNX: input `mel` [1, 160, 40], the power (not its logarithm) of 40
/// mel bands in 160 frames; output `embedding` [1, 256], not negative and of unit length.
pub fn import_voice_encoder(bytes: &[u8]) -> Result<Vec<u8>, ImportError> {
    let tensors = Tensors(read_checkpoint(FILE, bytes)?);
    let mut graph = GraphBuilder::new("voice_encoder");
    let frames = [FRAMES as i64, 1, BANDS as i64];
    let mut x = at("mel", graph.input("mel", &[1, FRAMES as i64, BANDS as i64]))?;
    x = at("mel", graph.reshape(x, &frames))?;
    for layer in 0..LAYERS {
        x = lstm(&mut graph, &tensors, layer, x)?;
    }
    let weights = tensors.get("linear.weight", &[EMBEDDING, HIDDEN])?;
    let bias = tensors.get("linear.bias", &[EMBEDDING])?;
    let embedding = at("linear", head(&mut graph, x, weights, bias))?;
    at("embedding", graph.output("embedding", embedding, &[1, EMBEDDING as i64]))?;
    Ok(graph.finish())
}

/// Adds one LSTM layer: a sequence (time, 1, width) to the next layer's sequence or, after the last layer,
/// to the last hidden state (1, width).
fn lstm(graph: &mut GraphBuilder, tensors: &Tensors, layer: usize, x: Value) -> Result<Value, ImportError> {
    let width = if layer == 0 { BANDS } else { HIDDEN };
    let rows = GATES.len() * HIDDEN;
    let get = |name: &str, shape: &[usize]| tensors.get(&format!("lstm.{name}_l{layer}"), shape);
    let input = reorder_gates(&get("weight_ih", &[rows, width])?.data);
    let recurrent = reorder_gates(&get("weight_hh", &[rows, HIDDEN])?.data);
    let mut bias = reorder_gates(&get("bias_ih", &[rows])?.data);
    bias.extend(reorder_gates(&get("bias_hh", &[rows])?.data));

    let (time, hidden, rows) = (FRAMES as i64, HIDDEN as i64, rows as i64);
    let mut add = || {
        let operands = [
            x,
            graph.constant(&format!("lstm{layer}.w"), &[1, rows, width as i64], &input)?,
            graph.constant(&format!("lstm{layer}.r"), &[1, rows, hidden], &recurrent)?,
            graph.constant(&format!("lstm{layer}.b"), &[1, 2 * rows], &bias)?,
        ]
        .map(Some);
        let shapes = [vec![time, 1, 1, hidden], vec![1, 1, hidden]];
        let attributes = vec![("hidden_size", Attribute::Int(hidden))];
        let outputs = graph.node_multi("LSTM", &operands, attributes, &shapes)?;
        if layer + 1 == LAYERS {
            graph.reshape(outputs[1], &[1, hidden])
        } else {
            graph.reshape(outputs[0], &[time, 1, hidden])
        }
    };
    at(&format!("lstm layer {layer}"), add())
}

fn head(
    graph: &mut GraphBuilder,
    x: Value,
    weights: &TorchTensor,
    bias: &TorchTensor,
) -> Result<Value, GraphError> {
    let shape = [EMBEDDING as i64, HIDDEN as i64];
    let weights = graph.constant("linear.weight", &shape, &weights.data)?;
    let bias = graph.constant("linear.bias", &shape[..1], &bias.data)?;
    let linear = graph.gemm(x, weights, Some(bias), true)?;
    let raw = graph.relu(linear)?;
    let length = graph.reduce_l2(raw, &[1], true)?;
    let length = graph.clip(length, LEAST_LENGTH, f32::MAX)?;
    graph.div(raw, length)
}

/// Brings the four equal blocks of rows of an LSTM's weights into ONNX's order.
fn reorder_gates(data: &[f32]) -> Vec<f32> {
    let block = data.len() / GATES.len();
    GATES.iter().flat_map(|gate| &data[gate * block..(gate + 1) * block]).copied().collect()
}

fn at<T>(node: &str, result: Result<T, GraphError>) -> Result<T, ImportError> {
    let context = |source| ImportError::Graph { file: FILE.to_owned(), node: node.to_owned(), source };
    result.map_err(context)
}

/// The checkpoint's tensors.
struct Tensors(BTreeMap<String, TorchTensor>);

impl Tensors {
    /// The tensor of the model's state with this name, which must have this shape.
    fn get(&self, name: &str, shape: &[usize]) -> Result<&TorchTensor, ImportError> {
        let name = format!("model_state.{name}");
        let tensor = self
            .0
            .get(&name)
            .ok_or_else(|| ImportError::MissingTensor { file: FILE.to_owned(), tensor: name.clone() })?;
        if tensor.shape != shape {
            let detail = format!("expected {shape:?}, got {:?}", tensor.shape);
            return Err(ImportError::BadShape { file: FILE.to_owned(), tensor: name, detail });
        }
        Ok(tensor)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Stored, checkpoint, model_state};
    use super::*;

    /// Every tensor of the encoder, filled with zeros.
    fn encoder() -> Vec<(String, Vec<usize>)> {
        let mut tensors = vec![
            ("linear.weight".to_owned(), vec![EMBEDDING, HIDDEN]),
            ("linear.bias".to_owned(), vec![EMBEDDING]),
        ];
        for layer in 0..LAYERS {
            let width = if layer == 0 { BANDS } else { HIDDEN };
            tensors.push((format!("lstm.weight_ih_l{layer}"), vec![4 * HIDDEN, width]));
            tensors.push((format!("lstm.weight_hh_l{layer}"), vec![4 * HIDDEN, HIDDEN]));
            tensors.push((format!("lstm.bias_ih_l{layer}"), vec![4 * HIDDEN]));
            tensors.push((format!("lstm.bias_hh_l{layer}"), vec![4 * HIDDEN]));
        }
        tensors
    }

    fn import(tensors: &[(String, Vec<usize>)]) -> Result<Vec<u8>, ImportError> {
        let stored: Vec<Stored> = tensors
            .iter()
            .enumerate()
            .map(|(key, (name, shape))| Stored {
                name: name.clone(),
                key: key.to_string(),
                shape: shape.clone(),
                data: vec![0.0; shape.iter().product()],
            })
            .collect();
        import_voice_encoder(&checkpoint(&model_state(&stored), &stored))
    }

    #[test]
    fn complete_checkpoint_becomes_a_graph_that_holds_all_weights() {
        let tensors = encoder();
        let weights: usize = tensors.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let graph = import(&tensors).unwrap();
        assert!(graph.len() > 4 * weights && graph.len() < 4 * weights + 4096, "{}", graph.len());
    }

    #[test]
    fn missing_tensor_and_wrong_shape_are_named() {
        let mut tensors = encoder();
        let (name, _) = tensors.remove(6);
        let error = import(&tensors).unwrap_err();
        assert_eq!(error.to_string(), format!("pretrained.pt: tensor model_state.{name} is missing"));
        let mut tensors = encoder();
        tensors[1].1 = vec![128];
        let error = import(&tensors).unwrap_err();
        assert_eq!(
            error.to_string(),
            "pretrained.pt: tensor model_state.linear.bias: shape does not fit: expected [256], got [128]"
        );
    }

    #[test]
    fn gates_are_brought_into_the_order_of_onnx() {
        // Two rows of each of PyTorch's gates: input, forget, cell, output.
        assert_eq!(
            reorder_gates(&[1., 1.5, 2., 2.5, 3., 3.5, 4., 4.5]),
            [1., 1.5, 4., 4.5, 2., 2.5, 3., 3.5]
        );
    }
}
