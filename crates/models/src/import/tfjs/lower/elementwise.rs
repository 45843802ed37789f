//! Arithmetic and activations, with what can be folded or fused.

use super::Lowering;
use crate::import::ImportError;
use crate::import::tfjs::parse::Node;
use crate::import::tfjs::steps::{Constant, Op, Step};
use crate::onnx::broadcast;

impl<'a> Lowering<'a> {
    /// Add, Sub, Mul and Div; a constant behind a convolution goes into its weights, and the
    /// arithmetic form of a parametric rectifier becomes one.
    pub(super) fn arithmetic(&mut self, node: &'a Node, op: &'static str) -> Result<usize, ImportError> {
        if let Some(step) = self.fold_into_conv(node, op)? {
            return Ok(step);
        }
        let (a, b) = (self.operand(node, 0)?, self.operand(node, 1)?);
        if op == "Add" {
            let fused = self.rectifier(a, b).or_else(|| self.rectifier(b, a));
            if let Some((x, slope)) = fused {
                return self.prelu(node, x, slope);
            }
        }
        self.binary(node, op, a, b)
    }

    /// The smaller of two; of a rectified value and a number: a clip.
    pub(super) fn minimum(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        if let Some((x, limit)) = self.with_scalar(node)? {
            let exclusive = self.reads_exclusively(node, x)?;
            if let (Op::Unary("Relu"), true) = (&self.steps[x].op, exclusive && limit >= 0.0) {
                let source = self.steps[x].inputs[0];
                let shape = self.shape(x).to_vec();
                return self.push(node, Op::Clip { low: 0.0, high: limit }, vec![source], shape);
            }
        }
        let (a, b) = (self.operand(node, 0)?, self.operand(node, 1)?);
        self.binary(node, "Min", a, b)
    }

    /// The larger of two; of any value and zero: a rectifier; of a clipped value and a number
    /// that it never falls below: nothing.
    pub(super) fn maximum(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        if let Some((x, limit)) = self.with_scalar(node)? {
            if matches!(self.steps[x].op, Op::Clip { low, .. } if limit <= low) {
                for index in 0..2 {
                    let name = self.operand_name(node, index)?;
                    if self.by_name.get(name) == Some(&x) {
                        self.pin_if_shared(name, x);
                    }
                }
                return Ok(x);
            }
            if limit == 0.0 {
                let shape = self.shape(x).to_vec();
                return self.push(node, Op::Unary("Relu"), vec![x], shape);
            }
        }
        let (a, b) = (self.operand(node, 0)?, self.operand(node, 1)?);
        self.binary(node, "Max", a, b)
    }

    /// Functions of one operand.
    pub(super) fn unary(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let shape = self.shape(x).to_vec();
        match node.op.as_str() {
            "Abs" => self.push(node, Op::Unary("Abs"), vec![x], shape),
            "Exp" => self.push(node, Op::Unary("Exp"), vec![x], shape),
            "Neg" => self.push(node, Op::Unary("Neg"), vec![x], shape),
            "Sqrt" => self.push(node, Op::Unary("Sqrt"), vec![x], shape),
            "Rsqrt" => {
                let root = self.push(node, Op::Unary("Sqrt"), vec![x], shape.clone())?;
                self.push(node, Op::Unary("Reciprocal"), vec![root], shape)
            }
            _ => self.push(node, Op::Binary("Mul"), vec![x, x], shape),
        }
    }

    /// An activation by TensorFlow's name. A parametric one has its slopes in operand `slopes`,
    /// a leaky one its slope in attribute `alpha`.
    pub(super) fn activation(
        &mut self,
        node: &'a Node,
        name: &str,
        x: usize,
        slopes: usize,
        alpha: &str,
    ) -> Result<usize, ImportError> {
        let op = match name {
            "Relu" => Op::Unary("Relu"),
            "Sigmoid" => Op::Unary("Sigmoid"),
            "Tanh" => Op::Unary("Tanh"),
            "Elu" => Op::Unary("Elu"),
            "Relu6" => Op::Clip { low: 0.0, high: 6.0 },
            "Prelu" => {
                let slope = self.required_constant(node, slopes)?;
                return self.prelu(node, x, slope);
            }
            "LeakyRelu" => {
                // TensorFlow's default slope.
                let slope = node.float(alpha).unwrap_or(0.2);
                return self.prelu(node, x, Constant::scalar(slope));
            }
            other => {
                return Err(ImportError::UnknownOp {
                    file: self.file.to_owned(),
                    node: node.name.clone(),
                    op: format!("fused {other}"),
                });
            }
        };
        let shape = self.shape(x).to_vec();
        self.push(node, op, vec![x], shape)
    }

    /// Softmax along the last axis.
    pub(super) fn softmax(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let shape = self.shape(x).to_vec();
        if shape.is_empty() {
            return Err(self.misfit(node, "softmax of a scalar".to_owned()));
        }
        self.push(node, Op::Softmax, vec![x], shape)
    }

    fn prelu(&mut self, node: &Node, x: usize, slope: Constant) -> Result<usize, ImportError> {
        let shape = self.shape(x).to_vec();
        if broadcast(&shape, &slope.shape).as_ref() != Some(&shape) {
            return Err(self.misfit(node, format!("slope {:?} on {shape:?}", slope.shape)));
        }
        self.charge(&node.name, slope.data.len())?;
        self.push(node, Op::Prelu(slope), vec![x], shape)
    }

    fn binary(&mut self, node: &Node, op: &'static str, a: usize, b: usize) -> Result<usize, ImportError> {
        let Some(shape) = broadcast(self.shape(a), self.shape(b)) else {
            let detail = format!("operands {:?} and {:?}", self.shape(a), self.shape(b));
            return Err(self.misfit(node, detail));
        };
        self.push(node, Op::Binary(op), vec![a, b], shape)
    }

    /// Folds `conv op constant` into the convolution, where nothing else reads it and the
    /// constant has one number per channel.
    fn fold_into_conv(&mut self, node: &'a Node, op: &str) -> Result<Option<usize>, ImportError> {
        let commutes = matches!(op, "Add" | "Mul");
        for (dynamic, fixed) in [(0, 1), (1, 0)] {
            if dynamic == 1 && !commutes {
                continue;
            }
            let name = self.operand_name(node, dynamic)?;
            let Some(&step) = self.by_name.get(name) else { continue };
            if !self.is_exclusive(name, step) || !matches!(self.steps[step].op, Op::Conv(_)) {
                continue;
            }
            let Some(constant) = self.constant(node, fixed)? else { continue };
            let channels = self.shape(step).last().copied().unwrap_or(0) as usize;
            let within = constant.shape.len() <= self.shape(step).len();
            let Some(values) = constant.per_channel(channels).filter(|_| within) else { continue };
            if let Op::Conv(conv) = &self.steps[step].op {
                self.charge(&node.name, conv.weights.len())?;
            }
            let Op::Conv(conv) = &mut self.steps[step].op else { continue };
            match op {
                "Add" => conv.shift(&values),
                "Sub" => conv.shift(&values.iter().map(|v| -v).collect::<Vec<_>>()),
                "Mul" => conv.scale(&values),
                _ => conv.scale(&values.iter().map(|v| v.recip()).collect::<Vec<_>>()),
            }
            return Ok(Some(step));
        }
        Ok(None)
    }

    /// Recognises relu(x) + a·(x − |x|)/2 and relu(x) + b·relu(−x), given the steps of both
    /// terms: x and the slope for negative values.
    fn rectifier(&self, positive: usize, negative: usize) -> Option<(usize, Constant)> {
        let Op::Unary("Relu") = self.steps[positive].op else { return None };
        let x = self.steps[positive].inputs[0];
        let (leaf, product) = self.factors(negative)?;
        let leaf = &self.steps[leaf];
        let factor = match (&leaf.op, &leaf.inputs[..]) {
            (Op::Binary("Sub"), &[minuend, subtrahend]) if minuend == x => {
                let abs = &self.steps[subtrahend];
                (matches!(abs.op, Op::Unary("Abs")) && abs.inputs[0] == x).then_some(2.0)
            }
            (Op::Unary("Relu"), &[source]) => {
                let neg = &self.steps[source];
                (matches!(neg.op, Op::Unary("Neg")) && neg.inputs[0] == x).then_some(-1.0)
            }
            _ => None,
        }?;
        let data = product.data.iter().map(|v| v * factor).collect();
        let slope = Constant { shape: product.shape, data };
        let shape = self.shape(x);
        let fits = self.shape(negative) == shape && broadcast(shape, &slope.shape).as_deref() == Some(shape);
        fits.then_some((x, slope))
    }

    /// Splits a product into its one computed factor and the product of its constants, of which
    /// one at the most is not a single number.
    fn factors(&self, step: usize) -> Option<(usize, Constant)> {
        /// Longest chain of factors that is looked at.
        const MAX_FACTORS: usize = 4;
        let (mut current, mut product) = (step, Constant::scalar(1.0));
        for _ in 0..MAX_FACTORS {
            let Step { op, inputs, .. } = &self.steps[current];
            let (next, factor) = match (op, &inputs[..]) {
                (Op::Binary(op @ ("Mul" | "Div")), &[a, b]) => {
                    match (*op, &self.steps[a].op, &self.steps[b].op) {
                        (_, Op::Constant(_), Op::Constant(_)) => return None,
                        ("Mul", Op::Constant(c), _) => (b, c.clone()),
                        ("Mul", _, Op::Constant(c)) => (a, c.clone()),
                        ("Div", _, Op::Constant(c)) => (a, Constant::scalar(c.as_scalar()?.recip())),
                        _ => return None,
                    }
                }
                _ => break,
            };
            product = match (product.as_scalar(), factor.as_scalar()) {
                (Some(scalar), _) => times(factor, scalar),
                (None, Some(scalar)) => times(product, scalar),
                (None, None) => return None,
            };
            current = next;
        }
        Some((current, product))
    }

    /// The computed operand and the number, where a node has one of each.
    fn with_scalar(&mut self, node: &'a Node) -> Result<Option<(usize, f32)>, ImportError> {
        for (dynamic, fixed) in [(0, 1), (1, 0)] {
            let (name, other) = (self.operand_name(node, dynamic)?, self.operand_name(node, fixed)?);
            if self.constants.contains_key(name) || !self.constants.contains_key(other) {
                continue;
            }
            let step = self.step_of(name)?;
            let rank = self.shape(step).len();
            let constant = self.constant(node, fixed)?.filter(|c| c.shape.len() <= rank);
            let scalar = constant.and_then(|c| c.as_scalar());
            return Ok(scalar.map(|value| (step, value)));
        }
        Ok(None)
    }

    /// Whether this node is the only reader of a step.
    fn reads_exclusively(&self, node: &Node, step: usize) -> Result<bool, ImportError> {
        for index in 0..2 {
            let name = self.operand_name(node, index)?;
            if self.by_name.get(name) == Some(&step) {
                return Ok(self.is_exclusive(name, step));
            }
        }
        Ok(false)
    }
}

fn times(constant: Constant, factor: f32) -> Constant {
    let data = constant.data.iter().map(|v| v * factor).collect();
    Constant { shape: constant.shape, data }
}
