//! What can be wrong with a model file.

use crate::onnx::GraphError;

/// Why a model cannot be imported. Every variant names the file, and the tensor or node where
/// there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file ends before a tensor does.
    #[error("{file}: truncated: tensor {tensor} needs {expected} bytes, {actual} are left")]
    Truncated {
        /// Model or file name.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Bytes that the tensor takes.
        expected: usize,
        /// Bytes that are there.
        actual: usize,
    },
    /// A tensor, or the whole file (tensor `*`), has another length than its description says.
    #[error("{file}: tensor {tensor}: expected length {expected}, got {actual}")]
    WrongLength {
        /// Model or file name.
        file: String,
        /// Name of the tensor, or `*` for the whole file.
        tensor: String,
        /// Length described.
        expected: usize,
        /// Length found.
        actual: usize,
    },
    /// The container (JSON, zip, pickle) cannot be read.
    #[error("{file}: malformed: {detail}")]
    Malformed {
        /// Model or file name.
        file: String,
        /// What is wrong, and where.
        detail: String,
    },
    /// An operator (of the graph, or of the container's coding) that is not supported.
    #[error("{file}: node {node}: unknown operator {op}")]
    UnknownOp {
        /// Model or file name.
        file: String,
        /// Node, or position in the file.
        node: String,
        /// The operator.
        op: String,
    },
    /// A supported operator with an attribute that is missing or not supported.
    #[error("{file}: node {node}: unsupported {attribute}: {detail}")]
    UnsupportedAttribute {
        /// Model or file name.
        file: String,
        /// The node.
        node: String,
        /// Name of the attribute.
        attribute: String,
        /// Its value, or what is missing.
        detail: String,
    },
    /// A tensor or node that something refers to, and that is not there.
    #[error("{file}: tensor {tensor} is missing")]
    MissingTensor {
        /// Model or file name.
        file: String,
        /// Name of the tensor or node.
        tensor: String,
    },
    /// A tensor's shape is not the one that its use asks for.
    #[error("{file}: tensor {tensor}: shape does not fit: {detail}")]
    BadShape {
        /// Model or file name.
        file: String,
        /// Name of the tensor or node.
        tensor: String,
        /// Shapes expected and found.
        detail: String,
    },
    /// A size that would overflow, or that exceeds a limit.
    #[error("{file}: tensor {tensor} is too large")]
    TooLarge {
        /// Model or file name.
        file: String,
        /// Name of the tensor.
        tensor: String,
    },
    /// An element type that is not supported.
    #[error("{file}: tensor {tensor}: unsupported element type {element}")]
    WeightType {
        /// Model or file name.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// The element type.
        element: String,
    },
    /// A node that depends on itself.
    #[error("{file}: node {node} depends on itself")]
    Cycle {
        /// Model or file name.
        file: String,
        /// The node.
        node: String,
    },
    /// The graph cannot be put together.
    #[error("{file}: {node}: {source}")]
    Graph {
        /// Model or file name.
        file: String,
        /// Node or layer that was being built, as its file names it.
        node: String,
        /// What does not fit.
        source: GraphError,
    },
}
