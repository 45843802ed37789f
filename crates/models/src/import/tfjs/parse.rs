//! `model.json`: the graph, the list of weights, the names of the outputs.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::import::ImportError;

/// Most bytes of a `model.json`; the largest of our models has 0.1 MB.
const MAX_JSON_BYTES: usize = 4 << 20;
/// Most nodes of a graph; the largest of our models has 300.
const MAX_NODES: usize = 20_000;
/// Most outputs of a graph.
const MAX_OUTPUTS: usize = 64;

/// A graph-model without its weights.
#[derive(Debug)]
pub(super) struct Model {
    /// Nodes by name.
    pub(super) nodes: HashMap<String, Node>,
    /// Names of the nodes that are outputs, sorted.
    pub(super) outputs: Vec<String>,
    /// Weights, in the order in which the shards hold them.
    pub(super) manifest: Vec<WeightEntry>,
}

/// One operator call of the TensorFlow graph.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) op: String,
    #[serde(default)]
    pub(super) input: Vec<String>,
    #[serde(default)]
    pub(super) attr: HashMap<String, Attr>,
}

/// An attribute: one of the members is set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attr {
    s: Option<String>,
    f: Option<f64>,
    b: Option<bool>,
    list: Option<AttrList>,
    shape: Option<Shape>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AttrList {
    s: Vec<String>,
    i: Vec<Integer>,
}

/// Protobuf's JSON form writes 64-bit integers as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Integer {
    Number(i64),
    Text(String),
}

impl Integer {
    fn value(&self) -> Option<i64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Text(t) => t.parse().ok(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shape {
    dim: Vec<Dim>,
}

#[derive(Debug, Deserialize)]
struct Dim {
    size: Integer,
}

/// One weight of the manifest.
#[derive(Debug, Deserialize)]
pub(super) struct WeightEntry {
    pub(super) name: String,
    pub(super) shape: Vec<i64>,
    pub(super) dtype: String,
    #[serde(default)]
    pub(super) quantization: Option<Quantization>,
}

/// How a weight is stored: value = stored × scale + min; `float16` has neither.
#[derive(Debug, Deserialize)]
pub(super) struct Quantization {
    pub(super) dtype: String,
    #[serde(default)]
    pub(super) scale: Option<f32>,
    #[serde(default)]
    pub(super) min: Option<f32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    model_topology: Topology,
    weights_manifest: Vec<Group>,
    #[serde(default)]
    signature: Option<Signature>,
    #[serde(default)]
    user_defined_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Topology {
    node: Vec<Node>,
}

#[derive(Deserialize)]
struct Group {
    weights: Vec<WeightEntry>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    signature: Option<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    outputs: BTreeMap<String, SignatureTensor>,
}

#[derive(Deserialize)]
struct SignatureTensor {
    name: String,
}

/// Reads a `model.json`. Without a signature, the outputs are the nodes that no other uses.
pub(super) fn parse(file: &str, json: &[u8]) -> Result<Model, ImportError> {
    let malformed = |detail: String| ImportError::Malformed { file: file.to_owned(), detail };
    if json.len() > MAX_JSON_BYTES {
        return Err(ImportError::TooLarge { file: file.to_owned(), tensor: "model.json".to_owned() });
    }
    let parsed: File = serde_json::from_slice(json).map_err(|e| malformed(format!("model.json: {e}")))?;
    if parsed.model_topology.node.len() > MAX_NODES {
        return Err(ImportError::TooLarge { file: file.to_owned(), tensor: "modelTopology".to_owned() });
    }
    let from_metadata = || parsed.user_defined_metadata.and_then(|m| m.signature);
    let signature = parsed.signature.filter(|s| !s.outputs.is_empty()).or_else(from_metadata);
    let mut outputs: Vec<String> = match signature.filter(|s| !s.outputs.is_empty()) {
        Some(signature) => signature.outputs.into_values().map(|t| node_of(&t.name).to_owned()).collect(),
        None => unused_nodes(&parsed.model_topology.node),
    };
    outputs.sort_unstable();
    outputs.dedup();
    if outputs.is_empty() || outputs.len() > MAX_OUTPUTS {
        return Err(malformed(format!("graph has {} outputs", outputs.len())));
    }
    let mut nodes = HashMap::with_capacity(parsed.model_topology.node.len());
    for node in parsed.model_topology.node {
        let name = node.name.clone();
        if nodes.insert(name.clone(), node).is_some() {
            return Err(malformed(format!("node {name} is there twice")));
        }
    }
    let manifest = parsed.weights_manifest.into_iter().flat_map(|g| g.weights).collect();
    Ok(Model { nodes, outputs, manifest })
}

fn unused_nodes(nodes: &[Node]) -> Vec<String> {
    let used: std::collections::HashSet<&str> =
        nodes.iter().flat_map(|n| n.input.iter().map(|i| node_of(i))).collect();
    nodes
        .iter()
        .filter(|n| n.op != "Const" && n.op != "Placeholder" && !used.contains(n.name.as_str()))
        .map(|n| n.name.clone())
        .collect()
}

/// Name of the node behind a reference (`name`, `name:0` or the control dependency `^name`).
pub(super) fn node_of(reference: &str) -> &str {
    let name = reference.strip_prefix('^').unwrap_or(reference);
    name.strip_suffix(":0").unwrap_or(name)
}

impl Node {
    /// Names of the nodes whose tensors this one reads; control dependencies are left out.
    pub(super) fn operands(&self) -> impl Iterator<Item = &str> {
        self.input.iter().filter(|i| !i.starts_with('^')).map(|i| node_of(i))
    }

    /// A number.
    pub(super) fn float(&self, key: &str) -> Option<f32> {
        self.attr.get(key)?.f.map(|v| v as f32)
    }

    /// A flag; absent means false.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.attr.get(key).and_then(|a| a.b).unwrap_or(false)
    }

    /// A text, which the JSON holds in base64.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        decode(self.attr.get(key)?.s.as_ref()?)
    }

    /// A list of texts; absent means empty, `None` that it cannot be decoded.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let list = self.attr.get(key).and_then(|a| a.list.as_ref());
        list.map_or(Some(Vec::new()), |l| l.s.iter().map(|s| decode(s)).collect())
    }

    /// A list of whole numbers; absent means empty, `None` that one is not a number.
    pub(super) fn ints(&self, key: &str) -> Option<Vec<i64>> {
        let list = self.attr.get(key).and_then(|a| a.list.as_ref());
        list.map_or(Some(Vec::new()), |l| l.i.iter().map(Integer::value).collect())
    }

    /// Dimensions of the `shape` attribute; negative ones are unknown.
    pub(super) fn shape(&self) -> Option<Vec<i64>> {
        self.attr.get("shape")?.shape.as_ref()?.dim.iter().map(|d| d.size.value()).collect()
    }
}

fn decode(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
