//! Models that must be refused, each with the error that says why.

use serde_json::json;

use super::{TestModel, count, text, window};
use crate::import::ImportError;
use crate::import::tfjs::import;

/// One convolution of a (1, 8, 8, 2) input.
fn conv(kernel: &[i64], attr: serde_json::Value) -> TestModel {
    let length = kernel.iter().product::<i64>() as usize;
    TestModel::with_input(&[1, 8, 8, 2]).floats("w", kernel, &count(0.0, length)).node(
        "y",
        "Conv2D",
        &["x", "w"],
        attr,
    )
}

#[test]
fn truncated_weights_are_refused_at_every_length() {
    let model = conv(&[3, 3, 2, 4], window("SAME", 1, &[]));
    for length in 0..model.bytes.len() {
        let error = import("test", &model.json(), &[&model.bytes[..length]]).unwrap_err();
        let ImportError::Truncated { file, tensor, expected, actual } = error else { panic!("{error}") };
        assert_eq!((file.as_str(), tensor.as_str(), expected, actual), ("test", "w", 288, length));
    }
}

#[test]
fn weights_left_over_are_refused() {
    let mut model = conv(&[3, 3, 2, 4], window("SAME", 1, &[]));
    model.bytes.push(0);
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::WrongLength { expected: 288, actual: 289, .. }), "{error}");
}

#[test]
fn truncated_json_is_refused_at_every_length() {
    let model = conv(&[1, 1, 2, 1], window("SAME", 1, &[]));
    let json = model.json();
    for length in 0..json.len() {
        let error = import("test", &json[..length], &[&model.bytes]).unwrap_err();
        assert!(matches!(error, ImportError::Malformed { .. }), "{length}: {error}");
    }
}

#[test]
fn deep_json_is_refused() {
    let mut json = b"{\"modelTopology\":".to_vec();
    json.extend(std::iter::repeat_n(b'[', 1 << 20));
    let error = import("test", &json, &[&[]]).unwrap_err();
    assert!(matches!(error, ImportError::Malformed { .. }), "{error}");

    let mut ignored = b"{\"other\":".to_vec();
    ignored.extend(std::iter::repeat_n(b'[', 1 << 20));
    let error = import("test", &ignored, &[&[]]).unwrap_err();
    assert!(matches!(error, ImportError::Malformed { .. }), "{error}");
}

#[test]
fn huge_json_is_refused_unread() {
    let error = import("test", &vec![b' '; 5 << 20], &[&[]]).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
}

#[test]
fn unknown_operator_is_named() {
    let model = TestModel::with_input(&[1, 4]).node("y", "NonMaxSuppressionV5", &["x"], json!({}));
    let error = model.import().unwrap_err();
    assert_eq!(error.to_string(), "test: node y: unknown operator NonMaxSuppressionV5");

    let model = conv(&[1, 1, 2, 1], window("SAME", 1, &["Mish"]));
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::UnknownOp { ref op, .. } if op == "fused Mish"), "{error}");
}

#[test]
fn missing_input_is_named() {
    let model = TestModel::with_input(&[1, 4]).node("y", "Add", &["x", "nowhere"], json!({}));
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::MissingTensor { ref tensor, .. } if tensor == "nowhere"), "{error}");

    let model = TestModel::with_input(&[1, 4]).node("y", "Add", &["x"], json!({}));
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::UnsupportedAttribute { ref node, .. } if node == "y"), "{error}");
}

#[test]
fn constant_without_weight_is_named() {
    let model = TestModel::with_input(&[1, 4]).node("c", "Const", &[], json!({})).node(
        "y",
        "Add",
        &["x", "c"],
        json!({}),
    );
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::MissingTensor { ref tensor, .. } if tensor == "c"), "{error}");
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let bad = |model: TestModel| {
        let error = model.import().unwrap_err();
        assert!(matches!(error, ImportError::BadShape { ref tensor, .. } if tensor == "y"), "{error}");
    };
    // Three input channels where there are two, and a window larger than the photo.
    bad(conv(&[1, 1, 3, 1], window("SAME", 1, &[])));
    bad(conv(&[9, 9, 2, 1], window("VALID", 1, &[])));
    bad(conv(&[3, 2, 1], window("VALID", 1, &[])));
    bad(TestModel::with_input(&[1, 4]).floats("c", &[3], &count(0.0, 3)).node(
        "y",
        "Add",
        &["x", "c"],
        json!({}),
    ));
    bad(TestModel::with_input(&[1, 4]).floats("w", &[3, 2], &count(0.0, 6)).node(
        "y",
        "MatMul",
        &["x", "w"],
        json!({}),
    ));
    for shape in [[-1, -1], [3, 2], [-1, 3], [0, -1], [-2, 2], [i32::MAX, i32::MAX]] {
        bad(TestModel::with_input(&[1, 4]).ints("s", &[2], &shape).node(
            "y",
            "Reshape",
            &["x", "s"],
            json!({}),
        ));
    }
    bad(TestModel::with_input(&[1, 2, 2, 1]).ints("p", &[2, 2], &[0; 4]).node(
        "y",
        "Pad",
        &["x", "p"],
        json!({}),
    ));
    bad(TestModel::with_input(&[1, 4]).ints("a", &[], &[2]).node(
        "y",
        "ConcatV2",
        &["x", "x", "a"],
        json!({}),
    ));
    bad(TestModel::with_input(&[1, 4]).floats("a", &[7], &count(0.0, 7)).node(
        "y",
        "Prelu",
        &["x", "a"],
        json!({}),
    ));
}

#[test]
fn sizes_that_would_overflow_are_refused() {
    for shape in [
        vec![i64::MAX, i64::MAX],
        vec![1 << 32, 1 << 32],
        vec![1 << 31, 1 << 31, 4],
        vec![65_536, 65_536],
        vec![1; 200],
    ] {
        let entry = json!({"shape": shape, "dtype": "float32"});
        let model = TestModel::with_input(&[1, 4]).stored("w", entry, &[0; 4]);
        let error = model.node("y", "Add", &["x", "w"], json!({})).import().unwrap_err();
        assert!(matches!(error, ImportError::TooLarge { ref tensor, .. } if tensor == "w"), "{error}");
    }
    for shape in [vec![0], vec![-1], vec![0, i64::MAX], vec![i64::MIN]] {
        let entry = json!({"shape": shape, "dtype": "float32"});
        let model = TestModel::with_input(&[1, 4]).stored("w", entry, &[]);
        let error = model.node("y", "Add", &["x", "w"], json!({})).import().unwrap_err();
        assert!(matches!(error, ImportError::BadShape { ref tensor, .. } if tensor == "w"), "{error}");
    }
}

#[test]
fn tensors_that_grow_beyond_the_limit_are_refused() {
    let pads = [0, 0, i32::MAX, i32::MAX, 0, 0, 0, 0];
    let model = TestModel::with_input(&[1, 2, 2, 1]).ints("p", &[4, 2], &pads).node(
        "y",
        "Pad",
        &["x", "p"],
        json!({}),
    );
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");

    let mut model = TestModel::with_input(&[1, 2, 2, 1]).ints("axis", &[], &[1]);
    let mut last = "x".to_owned();
    for level in 0..40 {
        let name = format!("c{level}");
        model = model.node(&name, "ConcatV2", &[&last, &last, "axis"], json!({}));
        last = name;
    }
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
}

#[test]
fn one_weight_used_endlessly_is_refused() {
    let side = 512;
    let mut model =
        TestModel::with_input(&[1, side]).floats("w", &[side, side], &vec![0.0; (side * side) as usize]);
    let mut last = "x".to_owned();
    for level in 0..20 {
        let name = format!("m{level}");
        model = model.node(&name, "MatMul", &[&last, "w"], json!({}));
        last = name;
    }
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { ref tensor, .. } if tensor == "w"), "{error}");
}

#[test]
fn cycles_are_refused() {
    let model = TestModel::default()
        .node("a", "Relu", &["b"], json!({}))
        .node("b", "Relu", &["a"], json!({}))
        .node("y", "Relu", &["a"], json!({}));
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::Cycle { .. }), "{error}");

    let own = TestModel::default().node("a", "Relu", &["a"], json!({})).node("y", "Relu", &["a"], json!({}));
    let error = own.import().unwrap_err();
    assert!(matches!(error, ImportError::Cycle { ref node, .. } if node == "a"), "{error}");
}

#[test]
fn long_chains_do_not_overflow_the_stack() {
    let mut model = TestModel::with_input(&[1, 4]);
    let mut last = "x".to_owned();
    for level in 0..10_000 {
        let name = format!("r{level}");
        model = model.node(&name, "Relu", &[&last], json!({}));
        last = name;
    }
    assert_eq!(model.graph().node.len(), 10_000);
}

#[test]
fn unsupported_attributes_are_named() {
    let refused = |attr: serde_json::Value, key: &str| {
        let error = conv(&[1, 1, 2, 1], attr).import().unwrap_err();
        let ImportError::UnsupportedAttribute { node, attribute, .. } = &error else { panic!("{error}") };
        assert_eq!((node.as_str(), attribute.as_str()), ("y", key));
    };
    let with = |key: &str, value: serde_json::Value| {
        let mut attr = window("VALID", 1, &[]);
        attr[key] = value;
        attr
    };
    refused(with("padding", text("CIRCULAR")), "padding");
    refused(with("padding", json!({})), "padding");
    refused(with("data_format", text("NCHW")), "data_format");
    refused(with("strides", json!({"list": {"i": ["1", "0", "1", "1"]}})), "strides");
    refused(with("strides", json!({"list": {"i": ["1", "9223372036854775807", "1", "1"]}})), "strides");
    refused(with("strides", json!({"list": {"i": ["1", "many", "1", "1"]}})), "strides");
    refused(with("strides", json!({"list": {"i": [2, 1, 1, 1]}})), "strides");
    refused(with("dilations", json!({"list": {"i": ["1", "-1", "1", "1"]}})), "dilations");
    refused(with("fused_ops", json!({"list": {"s": ["%%%"]}})), "fused_ops");
}

#[test]
fn element_types_that_are_not_numbers_are_refused() {
    for entry in [
        json!({"shape": [4], "dtype": "string"}),
        json!({"shape": [4], "dtype": "complex64"}),
        json!({"shape": [4], "dtype": "float32", "quantization": {"dtype": "uint4", "scale": 1.0, "min": 0.0}}),
        json!({"shape": [4], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 1.0}}),
        json!({"shape": [4], "dtype": "int32"}),
    ] {
        let model = TestModel::with_input(&[1, 4]).stored("w", entry, &[0; 16]);
        let error = model.node("y", "Add", &["x", "w"], json!({})).import().unwrap_err();
        assert!(matches!(error, ImportError::WeightType { ref tensor, .. } if tensor == "w"), "{error}");
    }
}

#[test]
fn scales_beyond_every_number_are_refused() {
    let quantization = json!({"dtype": "uint8", "scale": 1e39, "min": 0.0});
    let entry = json!({"shape": [4], "dtype": "float32", "quantization": quantization});
    let model = TestModel::with_input(&[1, 4]).stored("w", entry, &[0; 16]);
    let error = model.node("y", "Add", &["x", "w"], json!({})).import().unwrap_err();
    // Parsers differ in whether they take it for infinite.
    assert!(matches!(error, ImportError::WeightType { .. } | ImportError::Malformed { .. }), "{error}");
}

#[test]
fn inputs_of_unknown_or_absurd_size_are_refused() {
    for shape in [vec![2, 8, 8, 3], vec![-1, -1, 8, 3], vec![1, 1 << 40, 8, 3], vec![1, 1, 1, 1, 1], vec![]] {
        let error = TestModel::with_input(&shape).node("y", "Relu", &["x"], json!({})).import().unwrap_err();
        assert!(matches!(error, ImportError::BadShape { ref tensor, .. } if tensor == "x"), "{error}");
    }
    let model = TestModel::default().node("x", "Placeholder", &[], json!({}));
    let error = model.node("y", "Relu", &["x"], json!({})).import().unwrap_err();
    assert!(matches!(error, ImportError::UnsupportedAttribute { .. }), "{error}");
}

#[test]
fn names_that_are_there_twice_are_refused() {
    let model = TestModel::with_input(&[1, 4]).node("y", "Relu", &["x"], json!({})).node(
        "y",
        "Sigmoid",
        &["x"],
        json!({}),
    );
    let error = model.import().unwrap_err();
    assert!(matches!(error, ImportError::Malformed { .. }), "{error}");
}

#[test]
fn graph_without_outputs_is_refused() {
    let error = TestModel::with_input(&[1, 4]).import().unwrap_err();
    assert!(matches!(error, ImportError::Malformed { .. }), "{error}");
}

proptest::proptest! {
    /// Whatever happens to one byte of the JSON, the answer is a graph or an error.
    #[test]
    fn damaged_json_never_panics(position in 0_usize..4096, byte in 0_u8..=255) {
        let model = conv(&[3, 3, 2, 4], window("SAME", 2, &["Relu"]));
        let mut json = model.json();
        let position = position % json.len();
        json[position] = byte;
        let result = import("test", &json, &[&model.bytes]);
        proptest::prop_assert!(result.is_ok() || !result.unwrap_err().to_string().is_empty());
    }
}
