//! Writing ONNX files: a graph builder that knows every shape.
//!
//! [`GraphBuilder`] checks at each step that shapes fit, so that a model which was put together
//! wrongly is refused at import and not at the first photo. The same calls give the same bytes,
//! and so the same digest. Tensors are `f32` unless said, convolutions and pools are NCHW.

mod ops;
pub(crate) mod schema;
mod shape;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use prost::Message;
use schema::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

pub(crate) use ops::axis_index;
pub use ops::{ConvParams, PoolParams};
pub(crate) use shape::{broadcast, element_count, window};

/// A dimension that is only known at run time; allowed as the first one only.
pub const BATCH: i64 = -1;

/// ONNX operator set of the graphs (ONNX 1.12).
const OPSET: i64 = 17;
/// ONNX file format version that goes with [`OPSET`].
const IR_VERSION: i64 = 8;
/// Version of the importers, written into the files. Templates, heads and calibrations are bound to
/// the digest of a model, so this changes only together with the graphs and not with each release.
const PRODUCER_VERSION: &str = "0.1.0";
/// Most bytes of constants in one graph. A protobuf message cannot reach 2 GiB; no model of ours
/// comes near a quarter of it.
const MAX_CONSTANT_BYTES: usize = 512 << 20;
/// Most dimensions of a tensor.
const MAX_RANK: usize = 8;

/// Why a graph cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The operands of a node do not fit together.
    #[error("node {node}: {detail}")]
    Shape {
        /// Operator and number of the node.
        node: String,
        /// What does not fit, with the shapes.
        detail: String,
    },
    /// A constant's data and its shape disagree.
    #[error("constant {tensor}: shape needs {expected} values, got {actual}")]
    WrongLength {
        /// Name of the constant.
        tensor: String,
        /// Values that the shape asks for.
        expected: usize,
        /// Values given.
        actual: usize,
    },
    /// A tensor, or all constants together, exceed the limits of a graph.
    #[error("tensor {tensor} is too large or has too many dimensions")]
    TooLarge {
        /// Name of the tensor.
        tensor: String,
    },
    /// Two inputs or outputs want the same name.
    #[error("name {name} is used twice")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A value that this graph does not have.
    #[error("node {node}: operand is not a value of this graph")]
    UnknownValue {
        /// Operator and number of the node.
        node: String,
    },
}

/// A tensor of a graph under construction: an input, a constant or a node's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

/// A constant argument of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A list of whole numbers.
    Ints(Vec<i64>),
    /// A number.
    Float(f32),
    /// A text.
    Str(String),
}

/// What a value is, which decides how it is written.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Input,
    Constant { data_type: i32, raw: Vec<u8> },
    NodeOutput,
}

#[derive(Debug, Clone)]
struct ValueEntry {
    name: String,
    shape: Vec<i64>,
    kind: Kind,
}

#[derive(Debug, Clone)]
struct NodeEntry {
    name: String,
    op: String,
    inputs: Vec<Option<Value>>,
    outputs: Vec<Value>,
    attributes: Vec<(&'static str, Attribute)>,
}

/// Builds one ONNX graph, node after node, in topological order.
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    name: String,
    values: Vec<ValueEntry>,
    nodes: Vec<NodeEntry>,
    outputs: Vec<(String, Value)>,
    constant_bytes: usize,
}

impl GraphBuilder {
    /// Starts an empty graph.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            constant_bytes: 0,
        }
    }

    /// Adds a graph input (`f32`); the first dimension may be [`BATCH`].
    pub fn input(&mut self, name: &str, shape: &[i64]) -> Result<Value, GraphError> {
        shape::check(name, shape)?;
        let taken = self.values.iter().any(|v| v.kind == Kind::Input && v.name == name);
        if taken {
            return Err(GraphError::DuplicateName { name: name.to_owned() });
        }
        Ok(self.add_value(name, shape.to_vec(), Kind::Input))
    }

    /// Adds an `f32` constant in row-major order. An empty shape is a scalar.
    pub fn constant(&mut self, name: &str, shape: &[i64], data: &[f32]) -> Result<Value, GraphError> {
        let raw = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.add_constant(name, shape, schema::FLOAT, data.len(), raw)
    }

    /// Adds an `i64` constant in row-major order.
    pub fn constant_i64(&mut self, name: &str, shape: &[i64], data: &[i64]) -> Result<Value, GraphError> {
        let raw = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.add_constant(name, shape, schema::INT64, data.len(), raw)
    }

    /// Shape of a value; the first dimension may be [`BATCH`].
    pub fn shape(&self, value: Value) -> &[i64] {
        self.values.get(value.0).map_or(&[], |v| &v.shape)
    }

    /// Adds a node with one output of the given shape, which the caller vouches for.
    ///
    /// The methods named after operators find the shape themselves; this one is for all others.
    pub fn node(
        &mut self,
        op: &str,
        inputs: &[Value],
        attributes: Vec<(&'static str, Attribute)>,
        shape: &[i64],
    ) -> Result<Value, GraphError> {
        let inputs: Vec<Option<Value>> = inputs.iter().copied().map(Some).collect();
        let outputs = self.node_multi(op, &inputs, attributes, &[shape.to_vec()])?;
        outputs.first().copied().ok_or_else(|| GraphError::UnknownValue { node: op.to_owned() })
    }

    /// Adds a node with optional inputs left out as `None` and one output per given shape.
    pub fn node_multi(
        &mut self,
        op: &str,
        inputs: &[Option<Value>],
        attributes: Vec<(&'static str, Attribute)>,
        shapes: &[Vec<i64>],
    ) -> Result<Vec<Value>, GraphError> {
        let name = self.next_node(op);
        if inputs.iter().flatten().any(|v| v.0 >= self.values.len()) {
            return Err(GraphError::UnknownValue { node: name });
        }
        for shape in shapes {
            shape::check(&name, shape)?;
        }
        let outputs: Vec<Value> = shapes
            .iter()
            .enumerate()
            .map(|(index, shape)| {
                let value = if index == 0 { name.clone() } else { format!("{name}:{index}") };
                self.add_value(&value, shape.clone(), Kind::NodeOutput)
            })
            .collect();
        self.nodes.push(NodeEntry {
            name,
            op: op.to_owned(),
            inputs: inputs.to_vec(),
            outputs: outputs.clone(),
            attributes,
        });
        Ok(outputs)
    }

    /// Makes a value a graph output under the given name, which must have the given shape.
    pub fn output(&mut self, name: &str, value: Value, shape: &[i64]) -> Result<(), GraphError> {
        let node = format!("output {name}");
        if value.0 >= self.values.len() {
            return Err(GraphError::UnknownValue { node });
        }
        if self.shape(value) != shape {
            let detail = format!("has shape {:?}, expected {shape:?}", self.shape(value));
            return Err(GraphError::Shape { node, detail });
        }
        let taken = self.outputs.iter().any(|(other, _)| other == name)
            || self.values.iter().any(|v| v.kind == Kind::Input && v.name == name);
        if taken {
            return Err(GraphError::DuplicateName { name: name.to_owned() });
        }
        let from_node = self.values.get(value.0).is_some_and(|v| v.kind == Kind::NodeOutput);
        let renamed = self.outputs.iter().any(|(_, other)| *other == value);
        let value =
            if from_node && !renamed { value } else { self.node("Identity", &[value], Vec::new(), shape)? };
        self.outputs.push((name.to_owned(), value));
        Ok(())
    }

    /// Number of nodes so far, by operator.
    pub fn count(&self, op: &str) -> usize {
        self.nodes.iter().filter(|n| n.op == op).count()
    }

    /// Encodes the graph as an ONNX file. Constants that no node uses are left out.
    pub fn finish(self) -> Vec<u8> {
        let names = self.resolve_names();
        let name_of = |v: Value| names.get(v.0).cloned().unwrap_or_default();
        let used: HashSet<Value> =
            self.nodes.iter().flat_map(|n| n.inputs.iter().copied().flatten()).collect();

        let mut graph = GraphProto { name: Some(self.name.clone()), ..GraphProto::default() };
        for node in &self.nodes {
            graph.node.push(NodeProto {
                input: node.inputs.iter().map(|v| v.map(name_of).unwrap_or_default()).collect(),
                output: node.outputs.iter().map(|v| name_of(*v)).collect(),
                name: Some(node.name.clone()),
                op_type: Some(node.op.clone()),
                attribute: node.attributes.iter().map(|(name, a)| encode(name, a)).collect(),
            });
        }
        for (name, value) in &self.outputs {
            graph.output.push(value_info(name, self.shape(*value)));
        }
        for (index, entry) in self.values.into_iter().enumerate() {
            match entry.kind {
                Kind::Input => graph.input.push(value_info(&entry.name, &entry.shape)),
                Kind::Constant { data_type, raw } if used.contains(&Value(index)) => {
                    graph.initializer.push(TensorProto {
                        dims: entry.shape,
                        data_type: Some(data_type),
                        name: names.get(index).cloned(),
                        raw_data: Some(raw),
                    });
                }
                Kind::Constant { .. } | Kind::NodeOutput => {}
            }
        }
        let model = ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("vultus".to_owned()),
            producer_version: Some(PRODUCER_VERSION.to_owned()),
            graph: Some(graph),
            opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
        };
        model.encode_to_vec()
    }

    /// Name that the next node of this operator will get.
    fn next_node(&self, op: &str) -> String {
        format!("{op}_{}", self.nodes.len())
    }

    fn add_value(&mut self, name: &str, shape: Vec<i64>, kind: Kind) -> Value {
        self.values.push(ValueEntry { name: name.to_owned(), shape, kind });
        Value(self.values.len() - 1)
    }

    fn add_constant(
        &mut self,
        name: &str,
        shape: &[i64],
        data_type: i32,
        length: usize,
        raw: Vec<u8>,
    ) -> Result<Value, GraphError> {
        let expected =
            element_count(shape).ok_or_else(|| GraphError::TooLarge { tensor: name.to_owned() })?;
        if expected != length {
            let tensor = name.to_owned();
            return Err(GraphError::WrongLength { tensor, expected, actual: length });
        }
        self.constant_bytes = self.constant_bytes.saturating_add(raw.len());
        if self.constant_bytes > MAX_CONSTANT_BYTES {
            return Err(GraphError::TooLarge { tensor: name.to_owned() });
        }
        Ok(self.add_value(name, shape.to_vec(), Kind::Constant { data_type, raw }))
    }

    /// Final names: inputs and outputs keep theirs, all others get a suffix where they collide.
    fn resolve_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.values.iter().map(|v| v.name.clone()).collect();
        let mut fixed: HashSet<usize> = HashSet::new();
        let mut taken: HashSet<String> = HashSet::new();
        for (index, entry) in self.values.iter().enumerate() {
            if entry.kind == Kind::Input {
                fixed.insert(index);
                taken.insert(entry.name.clone());
            }
        }
        for (name, value) in &self.outputs {
            fixed.insert(value.0);
            taken.insert(name.clone());
            if let Some(slot) = names.get_mut(value.0) {
                slot.clone_from(name);
            }
        }
        for (index, name) in names.iter_mut().enumerate() {
            if fixed.contains(&index) {
                continue;
            }
            if name.is_empty() || taken.contains(name) {
                *name = format!("{name}#{index}");
            }
            taken.insert(name.clone());
        }
        names
    }
}

fn encode(name: &str, attribute: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto { name: Some(name.to_owned()), ..AttributeProto::default() };
    match attribute {
        Attribute::Int(v) => {
            proto.i = Some(*v);
            proto.r#type = Some(schema::ATTRIBUTE_INT);
        }
        Attribute::Ints(v) => {
            proto.ints.clone_from(v);
            proto.r#type = Some(schema::ATTRIBUTE_INTS);
        }
        Attribute::Float(v) => {
            proto.f = Some(*v);
            proto.r#type = Some(schema::ATTRIBUTE_FLOAT);
        }
        Attribute::Str(v) => {
            proto.s = Some(v.clone().into_bytes());
            proto.r#type = Some(schema::ATTRIBUTE_STRING);
        }
    }
    proto
}

fn value_info(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape
        .iter()
        .map(|&d| match d {
            BATCH => DimensionProto { dim_value: None, dim_param: Some("batch".to_owned()) },
            _ => DimensionProto { dim_value: Some(d), dim_param: None },
        })
        .collect();
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: Some(schema::FLOAT),
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
    }
}
