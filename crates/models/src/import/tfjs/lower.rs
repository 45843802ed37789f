//! TensorFlow's nodes to [`Step`]s: constants folded, activations fused.

mod conv;
mod elementwise;
mod shape;

use std::collections::{HashMap, HashSet};

use super::parse::{Model, Node};
use super::steps::{Constant, Op, Program, Step};
use super::weights::{Data, Tensor};
use crate::import::ImportError;
use crate::onnx::element_count;

/// Longest side of an input, in elements.
const MAX_INPUT_SIDE: i64 = 4096;
/// How many times over the constants may be used, and what is free (elements): a small file that
/// uses one large weight a thousand times must not fill the memory.
const MAX_REUSE: usize = 4;
const FREE_ELEMENTS: usize = 1 << 20;

/// Turns the part of the graph that the outputs need into steps.
pub(super) fn lower(
    file: &str,
    model: &Model,
    tensors: &HashMap<String, Tensor>,
) -> Result<Program, ImportError> {
    let order = topological_order(file, model)?;
    let mut uses: HashMap<&str, usize> = HashMap::new();
    let operands = order.iter().flat_map(|n| n.operands());
    for name in operands.chain(model.outputs.iter().map(String::as_str)) {
        *uses.entry(name).or_default() += 1;
    }
    let elements: usize = tensors.values().map(|t| element_count(&t.shape).unwrap_or(0)).sum();
    let mut lowering = Lowering {
        file,
        tensors,
        uses,
        constants: HashMap::new(),
        steps: Vec::new(),
        by_name: HashMap::new(),
        pinned: HashSet::new(),
        budget: elements.saturating_mul(MAX_REUSE).saturating_add(FREE_ELEMENTS),
    };
    for node in order {
        lowering.node(node)?;
    }
    let outputs = model
        .outputs
        .iter()
        .map(|name| Ok((name.clone(), lowering.step_of(name)?)))
        .collect::<Result<_, ImportError>>()?;
    Ok(Program { steps: lowering.steps, outputs })
}

/// The nodes that the outputs depend on, each after its operands.
fn topological_order<'a>(file: &str, model: &'a Model) -> Result<Vec<&'a Node>, ImportError> {
    let find = |name: &str| {
        model
            .nodes
            .get(name)
            .ok_or_else(|| ImportError::MissingTensor { file: file.to_owned(), tensor: name.to_owned() })
    };
    let mut order = Vec::new();
    // `false` while a node's operands are being visited, `true` afterwards.
    let mut done: HashMap<&str, bool> = HashMap::new();
    for output in &model.outputs {
        let mut stack = vec![(find(output)?, false)];
        while let Some((node, visited)) = stack.pop() {
            if visited {
                done.insert(&node.name, true);
                order.push(node);
                continue;
            }
            if done.contains_key(node.name.as_str()) {
                continue;
            }
            done.insert(&node.name, false);
            stack.push((node, true));
            for name in node.operands() {
                match done.get(name) {
                    Some(true) => {}
                    Some(false) => {
                        return Err(ImportError::Cycle { file: file.to_owned(), node: name.to_owned() });
                    }
                    None => stack.push((find(name)?, false)),
                }
            }
        }
    }
    Ok(order)
}

/// State of the walk.
struct Lowering<'a> {
    file: &'a str,
    tensors: &'a HashMap<String, Tensor>,
    /// How often each node is read, outputs included.
    uses: HashMap<&'a str, usize>,
    /// Nodes that are constants.
    constants: HashMap<&'a str, &'a Tensor>,
    steps: Vec<Step>,
    /// Step of each node.
    by_name: HashMap<&'a str, usize>,
    /// Steps that are also read under another name, so that nothing may be folded into them.
    pinned: HashSet<usize>,
    /// Elements of constants that may still be copied into steps, or computed for them.
    budget: usize,
}

impl<'a> Lowering<'a> {
    fn node(&mut self, node: &'a Node) -> Result<(), ImportError> {
        match node.op.as_str() {
            "Const" => {
                let tensor = self.tensors.get(&node.name).ok_or_else(|| self.missing(&node.name))?;
                self.constants.insert(&node.name, tensor);
                return Ok(());
            }
            "Identity" | "Snapshot" | "StopGradient" => return self.identity(node),
            _ => {}
        }
        let step = match node.op.as_str() {
            "Placeholder" => self.placeholder(node),
            "Conv2D" | "_FusedConv2D" => self.conv(node, false),
            "DepthwiseConv2dNative" | "FusedDepthwiseConv2dNative" => self.conv(node, true),
            "MatMul" | "_FusedMatMul" => self.matmul(node),
            "MaxPool" | "AvgPool" => self.pool(node),
            "Add" | "AddV2" | "BiasAdd" => self.arithmetic(node, "Add"),
            "Sub" => self.arithmetic(node, "Sub"),
            "Mul" => self.arithmetic(node, "Mul"),
            "RealDiv" => self.arithmetic(node, "Div"),
            "Minimum" => self.minimum(node),
            "Maximum" => self.maximum(node),
            "Relu" | "Relu6" | "LeakyRelu" | "Prelu" | "Elu" | "Sigmoid" | "Tanh" => {
                let x = self.operand(node, 0)?;
                self.activation(node, &node.op, x, 1, "alpha")
            }
            "Abs" | "Exp" | "Neg" | "Sqrt" | "Rsqrt" | "Square" => self.unary(node),
            "Softmax" => self.softmax(node),
            "Mean" | "Max" | "Sum" => self.reduce(node),
            "Pad" | "PadV2" => self.pad(node),
            "Reshape" => self.reshape(node),
            "Squeeze" => self.squeeze(node),
            "ConcatV2" => self.concat(node),
            op => Err(ImportError::UnknownOp {
                file: self.file.to_owned(),
                node: node.name.clone(),
                op: op.to_owned(),
            }),
        }?;
        self.by_name.insert(&node.name, step);
        Ok(())
    }

    fn placeholder(&mut self, node: &Node) -> Result<usize, ImportError> {
        let shape = node.shape().ok_or_else(|| self.attribute(node, "shape", "missing"))?;
        let fixed: Vec<i64> = match shape[..] {
            [-1 | 1, ref rest @ ..] => std::iter::once(1).chain(rest.iter().copied()).collect(),
            _ => return Err(self.misfit(node, format!("the batch of input {shape:?} must be one"))),
        };
        if fixed.len() > 4 || fixed.iter().any(|d| !(1..=MAX_INPUT_SIDE).contains(d)) {
            return Err(self.misfit(node, format!("input {shape:?} is out of range")));
        }
        self.push(node, Op::Input, Vec::new(), fixed)
    }

    fn identity(&mut self, node: &'a Node) -> Result<(), ImportError> {
        let source = self.operand_name(node, 0)?;
        if let Some(tensor) = self.constants.get(source).copied() {
            self.constants.insert(&node.name, tensor);
        } else {
            let step = self.step_of(source)?;
            self.pin_if_shared(source, step);
            self.by_name.insert(&node.name, step);
        }
        Ok(())
    }

    /// Appends a step; its shape is checked against the limits.
    fn push(
        &mut self,
        node: &Node,
        op: Op,
        inputs: Vec<usize>,
        shape: Vec<i64>,
    ) -> Result<usize, ImportError> {
        if element_count(&shape).is_none() {
            return Err(self.too_large(&node.name));
        }
        self.steps.push(Step { name: node.name.clone(), op, inputs, shape });
        Ok(self.steps.len() - 1)
    }

    fn operand_name<'n>(&self, node: &'n Node, index: usize) -> Result<&'n str, ImportError> {
        node.operands()
            .nth(index)
            .ok_or_else(|| self.attribute(node, "input", &format!("operand {index} is missing")))
    }

    /// Step of an operand; a constant becomes one.
    fn operand(&mut self, node: &'a Node, index: usize) -> Result<usize, ImportError> {
        let name = self.operand_name(node, index)?;
        if let Some(&step) = self.by_name.get(name) {
            return Ok(step);
        }
        let Some(tensor) = self.constants.get(name).copied() else {
            return Err(self.missing(name));
        };
        let constant = self.floats(name, tensor)?;
        let shape = constant.shape.clone();
        self.steps.push(Step {
            name: name.to_owned(),
            op: Op::Constant(constant),
            inputs: Vec::new(),
            shape,
        });
        let step = self.steps.len() - 1;
        self.by_name.insert(name, step);
        Ok(step)
    }

    /// Step of a node that was lowered before.
    fn step_of(&self, name: &str) -> Result<usize, ImportError> {
        self.by_name.get(name).copied().ok_or_else(|| self.missing(name))
    }

    fn shape(&self, step: usize) -> &[i64] {
        &self.steps[step].shape
    }

    /// An operand that is an `f32` constant; `None` where it is computed.
    fn constant(&mut self, node: &Node, index: usize) -> Result<Option<Constant>, ImportError> {
        let name = self.operand_name(node, index)?;
        let Some(tensor) = self.constants.get(name).copied() else { return Ok(None) };
        self.floats(name, tensor).map(Some)
    }

    /// An operand that must be an `f32` constant.
    fn required_constant(&mut self, node: &Node, index: usize) -> Result<Constant, ImportError> {
        let constant = self.constant(node, index)?;
        constant.ok_or_else(|| self.attribute(node, "input", &format!("operand {index} must be a constant")))
    }

    /// An operand that must be an `i32` constant.
    fn integers(&self, node: &Node, index: usize) -> Result<Vec<i64>, ImportError> {
        let name = self.operand_name(node, index)?;
        match self.constants.get(name).map(|t| &t.data) {
            Some(Data::I32(values)) => Ok(values.iter().map(|&v| i64::from(v)).collect()),
            Some(Data::F32(_)) => Err(self.element_type(name, "float32 where int32 is needed")),
            None => Err(self.attribute(node, "input", &format!("operand {index} must be a constant"))),
        }
    }

    fn floats(&mut self, name: &str, tensor: &Tensor) -> Result<Constant, ImportError> {
        let Data::F32(data) = &tensor.data else {
            return Err(self.element_type(name, "int32 where float32 is needed"));
        };
        self.charge(name, data.len())?;
        Ok(Constant { shape: tensor.shape.clone(), data: data.clone() })
    }

    /// Takes elements of constants that are to be copied or computed off the budget.
    fn charge(&mut self, name: &str, elements: usize) -> Result<(), ImportError> {
        let left = self.budget.checked_sub(elements).ok_or_else(|| self.too_large(name))?;
        self.budget = left;
        Ok(())
    }

    /// Whether only one node reads this one, so that both may become one step.
    fn is_exclusive(&self, name: &str, step: usize) -> bool {
        self.uses.get(name) == Some(&1) && !self.pinned.contains(&step)
    }

    /// Remembers that a step with a second name is read under its first one too.
    fn pin_if_shared(&mut self, name: &str, step: usize) {
        if self.uses.get(name) != Some(&1) {
            self.pinned.insert(step);
        }
    }

    fn missing(&self, tensor: &str) -> ImportError {
        ImportError::MissingTensor { file: self.file.to_owned(), tensor: tensor.to_owned() }
    }

    fn too_large(&self, tensor: &str) -> ImportError {
        ImportError::TooLarge { file: self.file.to_owned(), tensor: tensor.to_owned() }
    }

    fn misfit(&self, node: &Node, detail: String) -> ImportError {
        ImportError::BadShape { file: self.file.to_owned(), tensor: node.name.clone(), detail }
    }

    fn element_type(&self, tensor: &str, element: &str) -> ImportError {
        ImportError::WeightType {
            file: self.file.to_owned(),
            tensor: tensor.to_owned(),
            element: element.to_owned(),
        }
    }

    fn attribute(&self, node: &Node, attribute: &str, detail: &str) -> ImportError {
        ImportError::UnsupportedAttribute {
            file: self.file.to_owned(),
            node: node.name.clone(),
            attribute: attribute.to_owned(),
            detail: detail.to_owned(),
        }
    }
}
