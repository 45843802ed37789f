//! Small models, written here, and the graphs that they become.

mod malformed;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use prost::Message;
use serde_json::{Value, json};

use super::import;
use crate::import::ImportError;
use crate::onnx::schema::{GraphProto, ModelProto, NodeProto, TensorProto};

/// A graph-model under construction.
#[derive(Default)]
struct TestModel {
    nodes: Vec<Value>,
    weights: Vec<Value>,
    bytes: Vec<u8>,
}

impl TestModel {
    /// Begins with a placeholder `x`.
    fn with_input(shape: &[i64]) -> Self {
        let dim: Vec<Value> = shape.iter().map(|d| json!({"size": d.to_string()})).collect();
        let attr = json!({"shape": {"shape": {"dim": dim}}});
        Self::default().node("x", "Placeholder", &[], attr)
    }

    fn node(mut self, name: &str, op: &str, inputs: &[&str], attr: Value) -> Self {
        let mut node = json!({"name": name, "op": op, "input": inputs});
        node["attr"] = attr;
        self.nodes.push(node);
        self
    }

    fn stored(mut self, name: &str, entry: Value, bytes: &[u8]) -> Self {
        let mut entry = entry;
        entry["name"] = json!(name);
        self.weights.push(entry);
        self.bytes.extend_from_slice(bytes);
        self.node(name, "Const", &[], json!({}))
    }

    fn floats(self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.stored(name, json!({"shape": shape, "dtype": "float32"}), &bytes)
    }

    fn ints(self, name: &str, shape: &[i64], values: &[i32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.stored(name, json!({"shape": shape, "dtype": "int32"}), &bytes)
    }

    fn json(&self) -> Vec<u8> {
        let file = json!({
            "modelTopology": {"node": self.nodes},
            "weightsManifest": [{"paths": ["weights.bin"], "weights": self.weights}],
        });
        serde_json::to_vec(&file).unwrap()
    }

    fn import(&self) -> Result<Vec<u8>, ImportError> {
        import("test", &self.json(), &[&self.bytes])
    }

    fn graph(&self) -> GraphProto {
        let bytes = self.import().unwrap();
        ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap()
    }
}

fn text(value: &str) -> Value {
    json!({"s": STANDARD.encode(value)})
}

/// Attributes of a convolution or pool.
fn window(padding: &str, stride: i64, fused: &[&str]) -> Value {
    let fused: Vec<String> = fused.iter().map(|f| STANDARD.encode(f)).collect();
    let stride = stride.to_string();
    json!({
        "padding": text(padding),
        "data_format": text("NHWC"),
        "strides": {"list": {"i": ["1", stride, stride, "1"]}},
        "dilations": {"list": {"i": ["1", "1", "1", "1"]}},
        "fused_ops": {"list": {"s": fused}},
    })
}

fn count(from: f32, n: usize) -> Vec<f32> {
    (0..n).map(|i| from + i as f32).collect()
}

fn ops(graph: &GraphProto) -> Vec<&str> {
    graph.node.iter().map(|n| n.op_type.as_deref().unwrap()).collect()
}

fn find<'a>(graph: &'a GraphProto, op: &str) -> &'a NodeProto {
    graph.node.iter().find(|n| n.op_type.as_deref() == Some(op)).unwrap()
}

fn attribute(node: &NodeProto, name: &str) -> Vec<i64> {
    let attribute = node.attribute.iter().find(|a| a.name.as_deref() == Some(name)).unwrap();
    attribute.i.map_or_else(|| attribute.ints.clone(), |i| vec![i])
}

fn initializer<'a>(graph: &'a GraphProto, name: &str) -> &'a TensorProto {
    graph.initializer.iter().find(|t| t.name.as_deref() == Some(name)).unwrap()
}

fn numbers(tensor: &TensorProto) -> Vec<f32> {
    let raw = tensor.raw_data.as_ref().unwrap();
    raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Values of a node's constant operand.
fn operand<'a>(graph: &'a GraphProto, node: &NodeProto, index: usize) -> (Vec<i64>, Vec<f32>) {
    let tensor: &'a TensorProto = initializer(graph, &node.input[index]);
    (tensor.dims.clone(), numbers(tensor))
}

fn dims(info: &crate::onnx::schema::ValueInfoProto) -> Vec<i64> {
    let tensor = info.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    tensor.shape.as_ref().unwrap().dim.iter().map(|d| d.dim_value.unwrap()).collect()
}

#[test]
fn same_padding_with_stride_two_is_explicit_and_uneven() {
    // ⌈8 / 2⌉ = 4 positions of 3 cover 9 pixels: one pad, at the end.
    let graph = TestModel::with_input(&[-1, 8, 8, 2])
        .floats("w", &[3, 3, 2, 4], &count(0.0, 72))
        .floats("b", &[4], &count(0.5, 4))
        .node("y", "_FusedConv2D", &["x", "w", "b"], window("SAME", 2, &["BiasAdd", "Relu"]))
        .graph();
    assert_eq!(ops(&graph), ["Conv", "Relu", "Transpose"]);
    let conv = find(&graph, "Conv");
    assert_eq!(attribute(conv, "pads"), [0, 0, 1, 1]);
    assert_eq!(attribute(conv, "strides"), [2, 2]);
    assert_eq!(attribute(conv, "group"), [1]);
    assert_eq!(dims(&graph.input[0]), [1, 2, 8, 8]);
    assert_eq!(graph.output[0].name.as_deref(), Some("y"));
    assert_eq!(dims(&graph.output[0]), [1, 4, 4, 4]);
}

#[test]
fn same_padding_of_an_odd_input_is_even() {
    let graph = TestModel::with_input(&[1, 7, 7, 1])
        .floats("w", &[3, 3, 1, 1], &count(0.0, 9))
        .node("y", "Conv2D", &["x", "w"], window("SAME", 2, &[]))
        .graph();
    assert_eq!(attribute(find(&graph, "Conv"), "pads"), [1, 1, 1, 1]);
}

#[test]
fn kernels_are_reordered_to_output_input_height_width() {
    let values = count(0.0, 2 * 3 * 2 * 5);
    let graph = TestModel::with_input(&[1, 4, 4, 2])
        .floats("w", &[2, 3, 2, 5], &values)
        .node("y", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .graph();
    let (shape, weights) = operand(&graph, find(&graph, "Conv"), 1);
    assert_eq!(shape, [5, 2, 2, 3]);
    for o in 0..5 {
        for i in 0..2 {
            for tap in 0..6 {
                assert_eq!(weights[(o * 2 + i) * 6 + tap], values[(tap * 2 + i) * 5 + o]);
            }
        }
    }
}

#[test]
fn depthwise_convolution_has_a_group_per_channel_and_its_multiplier() {
    let values = count(0.0, 3 * 3 * 2 * 2);
    let graph = TestModel::with_input(&[1, 6, 6, 2])
        .floats("w", &[3, 3, 2, 2], &values)
        .node("y", "DepthwiseConv2dNative", &["x", "w"], window("SAME", 1, &[]))
        .graph();
    let conv = find(&graph, "Conv");
    assert_eq!(attribute(conv, "group"), [2]);
    assert_eq!(attribute(conv, "pads"), [1, 1, 1, 1]);
    let (shape, weights) = operand(&graph, conv, 1);
    assert_eq!(shape, [4, 1, 3, 3]);
    for channel in 0..4 {
        for tap in 0..9 {
            // TensorFlow's output channel is input × multiplier + m.
            let (input, m) = (channel / 2, channel % 2);
            assert_eq!(weights[channel * 9 + tap], values[(tap * 2 + input) * 2 + m]);
        }
    }
}

#[test]
fn rectifier_written_as_arithmetic_becomes_one_node() {
    let graph = TestModel::with_input(&[1, 4, 4, 3])
        .floats("a", &[3], &[0.1, 0.2, 0.3])
        .floats("half", &[], &[0.5])
        .node("positive", "Relu", &["x"], json!({}))
        .node("abs", "Abs", &["x"], json!({}))
        .node("difference", "Sub", &["x", "abs"], json!({}))
        .node("scaled", "Mul", &["a", "difference"], json!({}))
        .node("negative", "Mul", &["scaled", "half"], json!({}))
        .node("y", "AddV2", &["positive", "negative"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["PRelu", "Transpose"]);
    let (shape, slopes) = operand(&graph, find(&graph, "PRelu"), 1);
    assert_eq!(shape, [3, 1, 1]);
    assert_eq!(slopes, [0.1, 0.2, 0.3]);
}

#[test]
fn rectifier_of_two_rectifiers_becomes_one_node() {
    let graph = TestModel::with_input(&[1, 4, 4, 2])
        .floats("minus_a", &[1, 1, 2], &[-0.25, -0.5])
        .node("positive", "Relu", &["x"], json!({}))
        .node("minus", "Neg", &["x"], json!({}))
        .node("rectified", "Relu", &["minus"], json!({}))
        .node("negative", "Mul", &["rectified", "minus_a"], json!({}))
        .node("y", "Add", &["negative", "positive"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["PRelu", "Transpose"]);
    let (_, slopes) = operand(&graph, find(&graph, "PRelu"), 1);
    assert_eq!(slopes, [0.25, 0.5]);
}

#[test]
fn arithmetic_of_another_tensor_is_no_rectifier() {
    let graph = TestModel::with_input(&[1, 4, 4, 2])
        .floats("a", &[], &[0.5])
        .node("other", "Sigmoid", &["x"], json!({}))
        .node("positive", "Relu", &["x"], json!({}))
        .node("abs", "Abs", &["other"], json!({}))
        .node("difference", "Sub", &["other", "abs"], json!({}))
        .node("negative", "Mul", &["a", "difference"], json!({}))
        .node("y", "Add", &["positive", "negative"], json!({}))
        .graph();
    assert!(!ops(&graph).contains(&"PRelu"));
    assert!(ops(&graph).contains(&"Abs"));
}

#[test]
fn fused_parametric_rectifier_takes_its_slopes_from_the_last_operand() {
    let graph = TestModel::with_input(&[1, 4, 4, 2])
        .floats("w", &[1, 1, 2, 2], &[1.0; 4])
        .floats("b", &[2], &[0.0, 1.0])
        .floats("a", &[1, 1, 2], &[0.5, 0.75])
        .node("y", "_FusedConv2D", &["x", "w", "b", "a"], window("SAME", 1, &["BiasAdd", "Prelu"]))
        .graph();
    assert_eq!(ops(&graph), ["Conv", "PRelu", "Transpose"]);
    assert_eq!(operand(&graph, find(&graph, "PRelu"), 1), (vec![2, 1, 1], vec![0.5, 0.75]));
}

#[test]
fn constants_behind_a_convolution_are_folded_into_it() {
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .floats("w", &[1, 1, 1, 2], &[1.0, 2.0])
        .floats("scale", &[2], &[3.0, 5.0])
        .floats("shift", &[1, 1, 1, 2], &[7.0, 11.0])
        .node("conv", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .node("scaled", "Mul", &["conv", "scale"], json!({}))
        .node("y", "Add", &["shift", "scaled"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["Conv", "Transpose"]);
    let conv = find(&graph, "Conv");
    assert_eq!(operand(&graph, conv, 1).1, [3.0, 10.0]);
    assert_eq!(operand(&graph, conv, 2).1, [7.0, 11.0]);
}

#[test]
fn nothing_is_folded_into_a_convolution_that_others_read() {
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .floats("w", &[1, 1, 1, 2], &[1.0, 2.0])
        .floats("scale", &[2], &[3.0, 5.0])
        .node("conv", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .node("same", "Identity", &["conv:0"], json!({}))
        .node("scaled", "Mul", &["same", "scale"], json!({}))
        .node("y", "Add", &["conv", "scaled"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["Conv", "Mul", "Add", "Transpose"]);
    assert_eq!(operand(&graph, find(&graph, "Conv"), 1).1, [1.0, 2.0]);
    assert_eq!(operand(&graph, find(&graph, "Mul"), 1), (vec![2, 1, 1], vec![3.0, 5.0]));
}

#[test]
fn relu_between_limits_becomes_a_clip() {
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .floats("six", &[], &[6.0])
        .floats("zero", &[], &[0.0])
        .node("relu", "Relu", &["x"], json!({}))
        .node("low", "Minimum", &["relu", "six"], json!({}))
        .node("y", "Maximum", &["low", "zero"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["Clip", "Reshape"]);
    assert_eq!(operand(&graph, find(&graph, "Clip"), 2).1, [6.0]);
}

#[test]
fn spatial_zero_padding_goes_into_the_convolution() {
    let graph = TestModel::with_input(&[1, 5, 5, 1])
        .ints("pads", &[4, 2], &[0, 0, 1, 2, 3, 4, 0, 0])
        .floats("w", &[3, 3, 1, 1], &count(0.0, 9))
        .node("padded", "Pad", &["x", "pads"], json!({}))
        .node("y", "Conv2D", &["padded", "w"], window("VALID", 1, &[]))
        .graph();
    assert_eq!(ops(&graph), ["Conv", "Reshape"]);
    assert_eq!(attribute(find(&graph, "Conv"), "pads"), [1, 3, 2, 4]);
    assert_eq!(dims(&graph.output[0]), [1, 6, 10, 1]);
}

#[test]
fn channel_padding_pads_the_second_axis() {
    let graph = TestModel::with_input(&[1, 2, 2, 3])
        .ints("pads", &[4, 2], &[0, 0, 0, 0, 0, 0, 0, 5])
        .node("y", "Pad", &["x", "pads"], json!({}))
        .graph();
    let pads = initializer(&graph, &find(&graph, "Pad").input[1]).raw_data.as_ref().unwrap();
    let pads: Vec<i64> = pads.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect();
    assert_eq!(pads, [0, 0, 0, 0, 0, 5, 0, 0]);
    assert_eq!(dims(&graph.output[0]), [1, 2, 2, 8]);
}

#[test]
fn flattening_transposes_only_where_the_order_shows() {
    let flatten = |shape: &[i64]| {
        TestModel::with_input(shape)
            .ints("shape", &[2], &[-1, 12])
            .node("y", "Reshape", &["x", "shape"], json!({}))
            .graph()
    };
    assert_eq!(ops(&flatten(&[1, 2, 2, 3])), ["Transpose", "Reshape"]);
    assert_eq!(ops(&flatten(&[1, 1, 1, 12])), ["Reshape"]);
    assert_eq!(ops(&flatten(&[1, 3, 4, 1])), ["Reshape"]);
}

#[test]
fn mean_over_height_and_width_is_a_global_pool() {
    let graph = TestModel::with_input(&[1, 4, 4, 8])
        .ints("axes", &[2], &[1, 2])
        .node("y", "Mean", &["x", "axes"], json!({"keep_dims": {"b": false}}))
        .graph();
    assert_eq!(ops(&graph), ["GlobalAveragePool", "Reshape"]);
    assert_eq!(dims(&graph.output[0]), [1, 8]);
}

#[test]
fn concatenation_of_channels_is_on_the_second_axis() {
    let graph = TestModel::with_input(&[1, 4, 4, 2])
        .ints("axis", &[], &[-1])
        .node("left", "Relu", &["x"], json!({}))
        .node("y", "ConcatV2", &["left", "x", "axis"], json!({}))
        .graph();
    assert_eq!(attribute(find(&graph, "Concat"), "axis"), [1]);
    assert_eq!(dims(&graph.output[0]), [1, 4, 4, 4]);
}

#[test]
fn quantised_weights_are_restored() {
    let uint8 = json!({"shape": [1, 1, 1, 3], "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}});
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .stored("w", uint8, &[0, 2, 255])
        .node("y", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .graph();
    assert_eq!(operand(&graph, find(&graph, "Conv"), 1).1, [-1.0, 0.0, 126.5]);

    let uint16 = json!({"shape": [1, 1, 1, 2], "dtype": "float32",
        "quantization": {"dtype": "uint16", "scale": 0.25, "min": 2.0}});
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .stored("w", uint16, &[1, 0, 0, 1])
        .node("y", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .graph();
    assert_eq!(operand(&graph, find(&graph, "Conv"), 1).1, [2.25, 66.0]);

    let half = json!({"shape": [1, 1, 1, 2], "dtype": "float32",
        "quantization": {"dtype": "float16", "original_dtype": "float32"}});
    let bytes: Vec<u8> = [1.5, -0.375].iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect();
    let graph = TestModel::with_input(&[1, 2, 2, 1])
        .stored("w", half, &bytes)
        .node("y", "Conv2D", &["x", "w"], window("VALID", 1, &[]))
        .graph();
    assert_eq!(operand(&graph, find(&graph, "Conv"), 1).1, [1.5, -0.375]);
}

#[test]
fn shards_are_read_one_after_the_other() {
    let model = TestModel::with_input(&[1, 2, 2, 1]).floats("w", &[1, 1, 1, 2], &[1.0, 2.0]).node(
        "y",
        "Conv2D",
        &["x", "w"],
        window("VALID", 1, &[]),
    );
    let (first, second) = model.bytes.split_at(3);
    let split = import("test", &model.json(), &[first, second]).unwrap();
    assert_eq!(split, model.import().unwrap());
}

#[test]
fn dense_layer_with_bias_and_softmax_keeps_its_rank() {
    let graph = TestModel::with_input(&[-1, 4])
        .floats("w", &[4, 3], &count(0.0, 12))
        .floats("b", &[3], &count(0.0, 3))
        .node(
            "dense",
            "_FusedMatMul",
            &["x", "w", "b"],
            json!({"fused_ops": {"list": {"s": [STANDARD.encode("BiasAdd")]}}}),
        )
        .node("y", "Softmax", &["dense"], json!({}))
        .graph();
    assert_eq!(ops(&graph), ["Gemm", "Softmax"]);
    assert_eq!(dims(&graph.output[0]), [1, 3]);
}

#[test]
fn signature_names_the_outputs() {
    let model = TestModel::with_input(&[1, 4]).node("inner/Relu", "Relu", &["x"], json!({})).node(
        "unasked",
        "Sigmoid",
        &["inner/Relu"],
        json!({}),
    );
    let mut file: Value = serde_json::from_slice(&model.json()).unwrap();
    file["signature"] = json!({"outputs": {"features": {"name": "inner/Relu:0"}}});
    let bytes = import("test", &serde_json::to_vec(&file).unwrap(), &[&[]]).unwrap();
    let graph = ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap();
    assert_eq!(ops(&graph), ["Relu"]);
    assert_eq!(graph.output[0].name.as_deref(), Some("inner/Relu"));
}

#[test]
fn same_model_gives_the_same_bytes() {
    let model = || {
        TestModel::with_input(&[1, 8, 8, 2])
            .floats("w", &[3, 3, 2, 4], &count(0.0, 72))
            .node("conv", "Conv2D", &["x", "w"], window("SAME", 2, &[]))
            .node("y", "Relu", &["conv"], json!({}))
            .node("z", "Sigmoid", &["conv"], json!({}))
            .import()
            .unwrap()
    };
    assert_eq!(model(), model());
}
