//! The builder: shapes, names, bytes.

use prost::Message;
use sha2::{Digest, Sha256};

use super::schema::{GraphProto, ModelProto};
use super::{Attribute, BATCH, ConvParams, GraphBuilder, GraphError, PoolParams};

fn decode(builder: GraphBuilder) -> GraphProto {
    ModelProto::decode(builder.finish().as_slice()).unwrap().graph.unwrap()
}

/// A graph with an input `x` of this shape.
fn with_input(shape: &[i64]) -> (GraphBuilder, super::Value) {
    let mut builder = GraphBuilder::new("test");
    let x = builder.input("x", shape).unwrap();
    (builder, x)
}

#[test]
fn file_says_who_made_it_and_for_which_operators() {
    let (mut builder, x) = with_input(&[1, 2]);
    let y = builder.relu(x).unwrap();
    builder.output("y", y, &[1, 2]).unwrap();
    let model = ModelProto::decode(builder.finish().as_slice()).unwrap();
    assert_eq!(model.producer_name.as_deref(), Some("vultus"));
    assert_eq!(model.ir_version, Some(8));
    assert_eq!(model.opset_import[0].version, Some(17));
}

#[test]
fn convolution_finds_its_shape() {
    let (mut builder, x) = with_input(&[BATCH, 4, 9, 8]);
    let weights = builder.constant("w", &[6, 2, 3, 3], &[0.0; 108]).unwrap();
    let bias = builder.constant("b", &[6], &[0.0; 6]).unwrap();
    let params = ConvParams { strides: [2, 1], pads: [1, 0, 1, 1], dilations: [2, 1], groups: 2 };
    let y = builder.conv(x, weights, Some(bias), &params).unwrap();
    assert_eq!(builder.shape(y), [BATCH, 6, 4, 7]);
}

#[test]
fn convolution_refuses_what_does_not_fit() {
    let (mut builder, x) = with_input(&[1, 4, 8, 8]);
    let weights = builder.constant("w", &[6, 2, 3, 3], &[0.0; 108]).unwrap();
    let vector = builder.constant("v", &[5], &[0.0; 5]).unwrap();
    let scalar = builder.constant("s", &[], &[0.0]).unwrap();
    let two = ConvParams { groups: 2, ..ConvParams::default() };
    let refused = |builder: &mut GraphBuilder, w, b, params: &ConvParams| {
        let error = builder.conv(x, w, b, params).unwrap_err();
        assert!(matches!(error, GraphError::Shape { .. }), "{error}");
    };
    refused(&mut builder, weights, None, &ConvParams::default());
    refused(&mut builder, weights, Some(vector), &two);
    refused(&mut builder, weights, Some(scalar), &two);
    refused(&mut builder, scalar, None, &two);
    refused(&mut builder, weights, None, &ConvParams { groups: 0, ..two });
    refused(&mut builder, weights, None, &ConvParams { groups: i64::MAX, ..two });
    refused(&mut builder, weights, None, &ConvParams { strides: [0, 1], ..two });
    refused(&mut builder, weights, None, &ConvParams { dilations: [i64::MAX, 1], ..two });
    refused(&mut builder, weights, None, &ConvParams { pads: [i64::MAX, 0, i64::MAX, 0], ..two });
    refused(&mut builder, weights, None, &ConvParams { pads: [-1, 0, 0, 0], ..two });
}

#[test]
fn pool_refuses_padding_as_wide_as_its_window() {
    let (mut builder, x) = with_input(&[1, 1, 8, 8]);
    let fits = PoolParams { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] };
    let y = builder.max_pool(x, &fits).unwrap();
    assert_eq!(builder.shape(y), [1, 1, 4, 4]);
    let wide = PoolParams { pads: [3, 0, 0, 0], ..fits };
    assert!(matches!(builder.max_pool(x, &wide), Err(GraphError::Shape { .. })));
}

#[test]
fn operands_broadcast_as_in_numpy() {
    let (mut builder, x) = with_input(&[BATCH, 3, 4, 4]);
    let channel = builder.constant("c", &[3, 1, 1], &[0.0; 3]).unwrap();
    let y = builder.mul(x, channel).unwrap();
    assert_eq!(builder.shape(y), [BATCH, 3, 4, 4]);
    let wrong = builder.constant("w", &[3], &[0.0; 3]).unwrap();
    let error = builder.add(x, wrong).unwrap_err();
    assert_eq!(error.to_string(), "node Add_1: shapes [[-1, 3, 4, 4], [3]] do not fit");
}

#[test]
fn reshape_keeps_the_number_of_elements() {
    let (mut builder, x) = with_input(&[BATCH, 6, 2]);
    let y = builder.reshape(x, &[BATCH, 12]).unwrap();
    assert_eq!(builder.shape(y), [BATCH, 12]);
    for shape in [&[1, 12][..], &[BATCH, 11], &[12], &[BATCH, BATCH, 12], &[BATCH, i64::MAX, 2]] {
        assert!(matches!(builder.reshape(x, shape), Err(GraphError::Shape { .. })), "{shape:?}");
    }
}

#[test]
fn constants_need_as_many_values_as_their_shape() {
    let mut builder = GraphBuilder::new("test");
    let error = builder.constant("c", &[2, 3], &[0.0; 5]).unwrap_err();
    assert_eq!(error.to_string(), "constant c: shape needs 6 values, got 5");
    for shape in [&[-1][..], &[i64::MAX, i64::MAX], &[1 << 20, 1 << 20], &[1; 9]] {
        let error = builder.constant("c", shape, &[]).unwrap_err();
        assert!(matches!(error, GraphError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn outputs_have_the_promised_shape_and_their_own_names() {
    let (mut builder, x) = with_input(&[1, 2]);
    let y = builder.relu(x).unwrap();
    assert!(matches!(builder.output("y", y, &[2, 1]), Err(GraphError::Shape { .. })));
    builder.output("y", y, &[1, 2]).unwrap();
    assert!(matches!(builder.output("y", y, &[1, 2]), Err(GraphError::DuplicateName { .. })));
    assert!(matches!(builder.output("x", y, &[1, 2]), Err(GraphError::DuplicateName { .. })));
    builder.output("again", y, &[1, 2]).unwrap();
    let graph = decode(builder);
    let names: Vec<_> = graph.output.iter().map(|o| o.name.clone().unwrap()).collect();
    assert_eq!(names, ["y", "again"]);
    assert_eq!(graph.node[1].op_type.as_deref(), Some("Identity"));
    assert_eq!(graph.node[1].input, ["y"]);
}

#[test]
fn inner_names_make_way_for_outer_ones() {
    let (mut builder, x) = with_input(&[1, 2]);
    let y = builder.relu(x).unwrap();
    let c = builder.constant("x", &[2], &[1.0, 2.0]).unwrap();
    let y = builder.add(y, c).unwrap();
    builder.output("Relu_0", y, &[1, 2]).unwrap();
    let graph = decode(builder);
    let mut names: Vec<String> = graph.node.iter().flat_map(|n| n.output.clone()).collect();
    names.push(graph.initializer[0].name.clone().unwrap());
    names.push("x".to_owned());
    assert!(names.contains(&"Relu_0".to_owned()));
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}

#[test]
fn optional_operands_are_empty_names_and_unused_constants_are_left_out() {
    let (mut builder, x) = with_input(&[4, 1, 2]);
    let unused = builder.constant("unused", &[1], &[0.0]).unwrap();
    let w = builder.constant("w", &[1, 12, 2], &[0.0; 24]).unwrap();
    let r = builder.constant("r", &[1, 12, 3], &[0.0; 36]).unwrap();
    let attributes = vec![("hidden_size", Attribute::Int(3))];
    let shapes = [vec![4, 1, 1, 3], vec![1, 1, 3], vec![1, 1, 3]];
    let inputs = [Some(x), Some(w), Some(r), None, None];
    let outputs = builder.node_multi("LSTM", &inputs, attributes, &shapes).unwrap();
    builder.output("h", outputs[1], &[1, 1, 3]).unwrap();
    assert_eq!(builder.shape(unused), [1]);
    let graph = decode(builder);
    assert_eq!(graph.node[0].input, ["x", "w", "r", "", ""]);
    assert_eq!(graph.node[0].output, ["LSTM_0", "h", "LSTM_0:2"]);
    assert_eq!(graph.initializer.len(), 2);
}

#[test]
fn values_of_another_graph_are_refused() {
    let (mut large, x) = with_input(&[1, 2]);
    let y = large.relu(x).unwrap();
    let (mut small, _) = with_input(&[1, 2]);
    assert!(matches!(small.unary("Relu", y), Err(GraphError::UnknownValue { .. })));
    assert!(matches!(small.output("y", y, &[1, 2]), Err(GraphError::UnknownValue { .. })));
}

/// A model's digest is stored with each template: this one may only change when the graphs of all
/// models are meant to change.
#[test]
fn same_calls_give_the_same_bytes_in_every_release() {
    let (mut builder, x) = with_input(&[BATCH, 3]);
    let w = builder.constant("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let y = builder.gemm(x, w, None, false).unwrap();
    let y = builder.softmax(y, -1).unwrap();
    builder.output("y", y, &[BATCH, 2]).unwrap();
    let digest = hex(&Sha256::digest(builder.finish()));
    assert_eq!(digest, "a299833067f2b24591e50fbe7f01d3b3c53e79c67078da92cdcef1787f4274b8");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
