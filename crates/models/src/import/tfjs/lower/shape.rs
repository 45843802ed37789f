//! Nodes that move elements: paddings, reshapes, reductions, concatenation.

use super::Lowering;
use crate::import::ImportError;
use crate::import::tfjs::parse::Node;
use crate::import::tfjs::steps::{Op, Reduction};
use crate::onnx::{axis_index, element_count};

impl<'a> Lowering<'a> {
    /// Constant padding of any axis.
    pub(super) fn pad(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let pads = self.integers(node, 1)?;
        let value = if node.op == "PadV2" {
            let constant = self.required_constant(node, 2)?;
            constant.as_scalar().ok_or_else(|| self.misfit(node, "pad value is no scalar".to_owned()))?
        } else {
            0.0
        };
        let from = self.shape(x);
        let pairs = pads.as_chunks::<2>().0;
        if pads.len() != 2 * from.len() || pads.iter().any(|&p| p < 0) {
            return Err(self.misfit(node, format!("paddings {pads:?} on {from:?}")));
        }
        let shape = from.iter().zip(pairs).map(|(d, [before, after])| d + before + after).collect();
        let before = pairs.iter().map(|p| p[0]).collect();
        let after = pairs.iter().map(|p| p[1]).collect();
        self.push(node, Op::Pad { before, after, value }, vec![x], shape)
    }

    /// Another shape for the same elements; one dimension of −1 is found.
    pub(super) fn reshape(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let wanted = self.integers(node, 1)?;
        let total = element_count(self.shape(x)).unwrap_or(0) as i64;
        let known: Option<i64> =
            wanted.iter().filter(|&&d| d != -1).try_fold(1_i64, |product, &d| product.checked_mul(d));
        let unknown = wanted.iter().filter(|&&d| d == -1).count();
        let fits = known.is_some_and(|k| k > 0 && total % k == 0 && (unknown == 1 || k == total));
        if !fits || unknown > 1 || wanted.iter().any(|&d| d < 1 && d != -1) {
            let detail = format!("reshape of {:?} to {wanted:?}", self.shape(x));
            return Err(self.misfit(node, detail));
        }
        let rest = total / known.unwrap_or(1);
        let shape = wanted.iter().map(|&d| if d == -1 { rest } else { d }).collect();
        self.push(node, Op::Reshape, vec![x], shape)
    }

    /// Axes of length one taken out.
    pub(super) fn squeeze(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let from = self.shape(x).to_vec();
        let list = node.ints("squeeze_dims").filter(|l| !l.is_empty()).or_else(|| node.ints("axis"));
        let axes = match list.unwrap_or_default() {
            all if all.is_empty() => (0..from.len()).filter(|&i| from[i] == 1).collect(),
            some => self.axes(node, &some, from.len())?,
        };
        if axes.iter().any(|&axis| from[axis] != 1) {
            return Err(self.misfit(node, format!("squeeze of axes {axes:?} of {from:?}")));
        }
        let kept = from.iter().enumerate().filter(|(i, _)| !axes.contains(i));
        let shape = kept.map(|(_, &d)| d).collect();
        self.push(node, Op::Reshape, vec![x], shape)
    }

    /// Mean, maximum or sum over constant axes.
    pub(super) fn reduce(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let x = self.operand(node, 0)?;
        let from = self.shape(x).to_vec();
        let axes = self.axes(node, &self.integers(node, 1)?, from.len())?;
        let by = match node.op.as_str() {
            "Mean" => Reduction::Mean,
            "Max" => Reduction::Max,
            _ => Reduction::Sum,
        };
        if axes.is_empty() {
            return Err(self.attribute(node, "reduction_indices", "empty"));
        }
        let keep = node.flag("keep_dims");
        let kept = from.iter().enumerate().filter(|(i, _)| keep || !axes.contains(i));
        let shape = kept.map(|(i, &d)| if axes.contains(&i) { 1 } else { d }).collect();
        self.push(node, Op::Reduce { by, axes, keep }, vec![x], shape)
    }

    /// Operands side by side; the last operand is the axis.
    pub(super) fn concat(&mut self, node: &'a Node) -> Result<usize, ImportError> {
        let count = node.operands().count();
        let Some(last) = count.checked_sub(1).filter(|&l| l >= 1) else {
            return Err(self.attribute(node, "input", "too few operands"));
        };
        let parts = (0..last).map(|i| self.operand(node, i)).collect::<Result<Vec<_>, _>>()?;
        let mut shape = self.shape(parts[0]).to_vec();
        let axes = self.axes(node, &self.integers(node, last)?, shape.len())?;
        let &[axis] = &axes[..] else {
            return Err(self.attribute(node, "axis", "not one number"));
        };
        for &part in &parts[1..] {
            let other = self.shape(part);
            let fits =
                other.len() == shape.len() && (0..shape.len()).all(|i| i == axis || other[i] == shape[i]);
            if !fits {
                return Err(self.misfit(node, format!("concatenation of {shape:?} and {other:?}")));
            }
            shape[axis] += other[axis];
        }
        self.push(node, Op::Concat { axis }, parts, shape)
    }

    /// Axes counted from the front, in order, each once.
    fn axes(&self, node: &Node, list: &[i64], rank: usize) -> Result<Vec<usize>, ImportError> {
        let found: Option<Vec<usize>> = list.iter().map(|&axis| axis_index(axis, rank)).collect();
        let mut axes =
            found.ok_or_else(|| self.misfit(node, format!("axes {list:?} of {rank} dimensions")))?;
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }
}
