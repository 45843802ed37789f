//! The smallest writer of ONNX files: protobuf fields by number, as onnx.proto names them.

/// The extent of an axis: a number, or a name for one that varies.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Fixed(u64),
    Any(&'static str),
}

/// A graph that computes `doubled = input × 2` and `raised = doubled + 1` for an input of the given shape.
pub(crate) fn doubling_graph(shape: &[Side]) -> Vec<u8> {
    let nodes = [node("Mul", &["input", "two"], "doubled"), node("Add", &["doubled", "one"], "raised")];
    let mut graph = Vec::new();
    for node in nodes {
        field(&mut graph, 1, &node);
    }
    field(&mut graph, 2, b"doubling");
    field(&mut graph, 5, &scalar("two", 2.0));
    field(&mut graph, 5, &scalar("one", 1.0));
    field(&mut graph, 11, &value_info("input", FLOAT, shape));
    field(&mut graph, 12, &value_info("doubled", FLOAT, shape));
    field(&mut graph, 12, &value_info("raised", FLOAT, shape));
    model(&graph)
}

/// A graph that adds its two inputs.
pub(crate) fn two_input_graph() -> Vec<u8> {
    let shape = [Side::Fixed(2)];
    let mut graph = Vec::new();
    field(&mut graph, 1, &node("Add", &["left", "right"], "sum"));
    field(&mut graph, 2, b"sum");
    for input in ["left", "right"] {
        field(&mut graph, 11, &value_info(input, FLOAT, &shape));
    }
    field(&mut graph, 12, &value_info("sum", FLOAT, &shape));
    model(&graph)
}

/// A graph whose input holds 64-bit integers.
pub(crate) fn integer_graph() -> Vec<u8> {
    let shape = [Side::Fixed(2)];
    let mut graph = Vec::new();
    field(&mut graph, 1, &node("Abs", &["input"], "output"));
    field(&mut graph, 2, b"integers");
    field(&mut graph, 11, &value_info("input", INT64, &shape));
    field(&mut graph, 12, &value_info("output", INT64, &shape));
    model(&graph)
}

const FLOAT: u64 = 1;
const INT64: u64 = 7;

fn model(graph: &[u8]) -> Vec<u8> {
    let mut opset = Vec::new();
    number(&mut opset, 2, 13);
    let mut model = Vec::new();
    number(&mut model, 1, 8);
    field(&mut model, 7, graph);
    field(&mut model, 8, &opset);
    model
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        field(&mut node, 1, input.as_bytes());
    }
    field(&mut node, 2, output.as_bytes());
    field(&mut node, 3, output.as_bytes());
    field(&mut node, 4, operator.as_bytes());
    node
}

fn scalar(name: &str, value: f32) -> Vec<u8> {
    let mut tensor = Vec::new();
    number(&mut tensor, 1, 1);
    number(&mut tensor, 2, FLOAT);
    field(&mut tensor, 8, name.as_bytes());
    field(&mut tensor, 9, &value.to_le_bytes());
    tensor
}

fn value_info(name: &str, element: u64, shape: &[Side]) -> Vec<u8> {
    let mut sides = Vec::new();
    for side in shape {
        let mut dimension = Vec::new();
        match side {
            Side::Fixed(extent) => number(&mut dimension, 1, *extent),
            Side::Any(name) => field(&mut dimension, 2, name.as_bytes()),
        }
        field(&mut sides, 1, &dimension);
    }
    let mut tensor_type = Vec::new();
    number(&mut tensor_type, 1, element);
    field(&mut tensor_type, 2, &sides);
    let mut value_type = Vec::new();
    field(&mut value_type, 1, &tensor_type);
    let mut info = Vec::new();
    field(&mut info, 1, name.as_bytes());
    field(&mut info, 2, &value_type);
    info
}

fn number(message: &mut Vec<u8>, id: u64, value: u64) {
    varint(message, id << 3);
    varint(message, value);
}

fn field(message: &mut Vec<u8>, id: u64, content: &[u8]) {
    varint(message, id << 3 | 2);
    varint(message, content.len() as u64);
    message.extend(content);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}
