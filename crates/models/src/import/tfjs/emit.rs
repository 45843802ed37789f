//! Steps to ONNX: four-dimensional tensors become NCHW.

use super::steps::{Constant, Conv, Op, Program, Reduction, Step};
use crate::import::ImportError;
use crate::onnx::{Attribute, GraphBuilder, GraphError, Value};

/// Position in (N, C, H, W) of each axis of (N, H, W, C).
const NCHW_AXIS: [usize; 4] = [0, 2, 3, 1];

/// Writes the steps that the outputs need.
pub(super) fn emit(file: &str, program: &Program) -> Result<Vec<u8>, ImportError> {
    let mut emitter = Emitter {
        builder: GraphBuilder::new(file),
        values: vec![None; program.steps.len()],
        flat: vec![None; program.steps.len()],
        program,
    };
    let fail =
        |node: &str, source| ImportError::Graph { file: file.to_owned(), node: node.to_owned(), source };
    let live = live_steps(program);
    for (index, step) in program.steps.iter().enumerate() {
        if live[index] {
            let value = emitter.step(step).map_err(|e| fail(&step.name, e))?;
            emitter.values[index] = Some(value);
        }
    }
    for (name, step) in &program.outputs {
        emitter.output(name, *step).map_err(|e| fail(name, e))?;
    }
    Ok(emitter.builder.finish())
}

/// Marks the steps that an output depends on.
fn live_steps(program: &Program) -> Vec<bool> {
    let mut live = vec![false; program.steps.len()];
    for (_, step) in &program.outputs {
        live[*step] = true;
    }
    for index in (0..program.steps.len()).rev() {
        if live[index] {
            for &input in &program.steps[index].inputs {
                live[input] = true;
            }
        }
    }
    live
}

struct Emitter<'a> {
    builder: GraphBuilder,
    program: &'a Program,
    /// ONNX value of each step so far, NCHW where four-dimensional.
    values: Vec<Option<Value>>,
    /// The same with its elements in TensorFlow's order, where that was needed.
    flat: Vec<Option<Value>>,
}

impl Emitter<'_> {
    fn step(&mut self, step: &Step) -> Result<Value, GraphError> {
        let operand = |index: usize| {
            let value = step.inputs.get(index).and_then(|&i| self.values[i]);
            value.ok_or_else(|| GraphError::UnknownValue { node: step.name.clone() })
        };
        match &step.op {
            Op::Input => self.builder.input(&step.name, &physical(&step.shape)),
            Op::Constant(constant) => self.constant(&step.name, &step.shape, constant),
            Op::Conv(conv) => {
                let x = operand(0)?;
                self.conv(&step.name, x, conv)
            }
            Op::Unary(op) => {
                let x = operand(0)?;
                self.builder.unary(op, x)
            }
            Op::Binary(op) => {
                let a = self.aligned(step.inputs[0], step.shape.len())?;
                let b = self.aligned(step.inputs[1], step.shape.len())?;
                self.builder.binary(op, a, b)
            }
            Op::Clip { low, high } => {
                let x = operand(0)?;
                self.builder.clip(x, *low, *high)
            }
            Op::Prelu(slope) => {
                let x = operand(0)?;
                let slope = self.coefficients(&format!("{}/slope", step.name), slope, step.shape.len())?;
                self.builder.prelu(x, slope)
            }
            Op::MaxPool(params) => {
                let x = operand(0)?;
                self.builder.max_pool(x, params)
            }
            Op::AveragePool(params) => {
                let x = operand(0)?;
                self.builder.average_pool(x, params)
            }
            Op::Pad { before, after, value } => {
                let x = operand(0)?;
                self.builder.pad(x, &physical(before), &physical(after), *value)
            }
            Op::Reduce { by, axes, keep } => self.reduce(step, *by, axes, *keep),
            Op::Reshape => {
                let x = self.flat(step.inputs[0])?;
                self.restore(x, &step.shape)
            }
            Op::Concat { axis } => {
                let parts = (0..step.inputs.len()).map(operand).collect::<Result<Vec<_>, _>>()?;
                let axis = if step.shape.len() == 4 { NCHW_AXIS[*axis] } else { *axis };
                self.builder.concat(&parts, axis)
            }
            Op::Gemm { weights, bias, transposed } => {
                let x = operand(0)?;
                let bias = self.bias(&step.name, bias.as_deref())?;
                let name = format!("{}/weights", step.name);
                let weights = self.builder.constant(&name, &weights.shape, &weights.data)?;
                self.builder.gemm(x, weights, bias, *transposed)
            }
            Op::Softmax => {
                let x = operand(0)?;
                let axis = if step.shape.len() == 4 { 1 } else { -1 };
                self.builder.softmax(x, axis)
            }
        }
    }

    fn conv(&mut self, name: &str, x: Value, conv: &Conv) -> Result<Value, GraphError> {
        let weights = self.builder.constant(&format!("{name}/weights"), &conv.shape, &conv.weights)?;
        let bias = self.bias(name, conv.bias.as_deref())?;
        self.builder.conv(x, weights, bias, &conv.params)
    }

    fn bias(&mut self, name: &str, bias: Option<&[f32]>) -> Result<Option<Value>, GraphError> {
        let add = |b: &[f32]| self.builder.constant(&format!("{name}/bias"), &[b.len() as i64], b);
        bias.map(add).transpose()
    }

    /// A reduction. Over height and width it is a global pool; over other axes, those that
    /// remain must come out in TensorFlow's order.
    fn reduce(
        &mut self,
        step: &Step,
        by: Reduction,
        axes: &[usize],
        keep: bool,
    ) -> Result<Value, GraphError> {
        let source = step.inputs[0];
        let rank = self.program.steps[source].shape.len();
        let x = self.value(source)?;
        if rank == 4 && axes == [1, 2] && by != Reduction::Sum {
            let pooled = if by == Reduction::Mean {
                self.builder.global_average_pool(x)?
            } else {
                let &[n, c, ..] = self.builder.shape(x) else {
                    return Err(GraphError::UnknownValue { node: step.name.clone() });
                };
                self.builder.node("GlobalMaxPool", &[x], Vec::new(), &[n, c, 1, 1])?
            };
            return if keep { Ok(pooled) } else { self.builder.reshape(pooled, &step.shape) };
        }
        let axis_of = |axis: usize| if rank == 4 && keep { NCHW_AXIS[axis] } else { axis };
        let axes: Vec<i64> = axes.iter().map(|&axis| axis_of(axis) as i64).collect();
        let x = if rank == 4 && !keep { self.logical(source)? } else { x };
        let shape = if keep { physical(&step.shape) } else { step.shape.clone() };
        let keepdims = ("keepdims", Attribute::Int(i64::from(keep)));
        match by {
            Reduction::Sum => {
                let list = self.builder.constant_i64("axes", &[axes.len() as i64], &axes)?;
                self.builder.node("ReduceSum", &[x, list], vec![keepdims], &shape)
            }
            Reduction::Mean => {
                self.builder.node("ReduceMean", &[x], vec![("axes", Attribute::Ints(axes)), keepdims], &shape)
            }
            Reduction::Max => {
                self.builder.node("ReduceMax", &[x], vec![("axes", Attribute::Ints(axes)), keepdims], &shape)
            }
        }
    }

    fn output(&mut self, name: &str, step: usize) -> Result<(), GraphError> {
        let value = self.logical(step)?;
        self.builder.output(name, value, &self.program.steps[step].shape)
    }

    fn value(&self, step: usize) -> Result<Value, GraphError> {
        let missing = || GraphError::UnknownValue { node: self.program.steps[step].name.clone() };
        self.values[step].ok_or_else(missing)
    }

    /// A constant seen in a shape of TensorFlow's; NCHW where that has four dimensions.
    fn constant(&mut self, name: &str, shape: &[i64], constant: &Constant) -> Result<Value, GraphError> {
        let &[n, h, w, c] = shape else {
            return self.builder.constant(name, shape, &constant.data);
        };
        let [n, pixels, c] = [n, h * w, c].map(|d| d as usize);
        let mut data = Vec::with_capacity(constant.data.len());
        for image in constant.data.chunks_exact((pixels * c).max(1)).take(n) {
            for channel in 0..c {
                data.extend(image.iter().skip(channel).step_by(c));
            }
        }
        self.builder.constant(name, &physical(shape), &data)
    }

    /// A constant that broadcasts to a tensor of the given rank: (C, 1, 1) for one number per
    /// channel of four dimensions.
    fn coefficients(&mut self, name: &str, constant: &Constant, rank: usize) -> Result<Value, GraphError> {
        if rank != 4 || constant.shape.is_empty() {
            return self.builder.constant(name, &constant.shape, &constant.data);
        }
        match four_dimensional(&constant.shape) {
            [1, 1, 1, c] => self.builder.constant(name, &[c, 1, 1], &constant.data),
            shape => self.constant(name, &shape, constant),
        }
    }

    /// Operand of an element-wise operation whose result has the given rank.
    fn aligned(&mut self, step: usize, rank: usize) -> Result<Value, GraphError> {
        let source = &self.program.steps[step];
        match (rank, source.shape.len()) {
            (4, 0) => self.value(step),
            (4, operand) => match &source.op {
                Op::Constant(constant) => self.coefficients(&source.name, constant, rank),
                _ if operand == 4 => self.value(step),
                _ => {
                    let value = self.value(step)?;
                    self.restore(value, &four_dimensional(&source.shape))
                }
            },
            _ => self.logical(step),
        }
    }

    /// A step's tensor with its elements in TensorFlow's order, in any shape.
    fn flat(&mut self, step: usize) -> Result<Value, GraphError> {
        let value = self.value(step)?;
        if same_order(&self.program.steps[step].shape) {
            return Ok(value);
        }
        if let Some(value) = self.flat[step] {
            return Ok(value);
        }
        let value = self.builder.transpose(value, &NCHW_AXIS)?;
        self.flat[step] = Some(value);
        Ok(value)
    }

    /// A step's tensor in TensorFlow's order and shape.
    fn logical(&mut self, step: usize) -> Result<Value, GraphError> {
        let value = self.flat(step)?;
        let shape = &self.program.steps[step].shape;
        if self.builder.shape(value) == shape { Ok(value) } else { self.builder.reshape(value, shape) }
    }

    /// Elements in TensorFlow's order to a shape of TensorFlow's, stored as NCHW where it has
    /// four dimensions.
    fn restore(&mut self, value: Value, shape: &[i64]) -> Result<Value, GraphError> {
        let target = if same_order(shape) { physical(shape) } else { shape.to_vec() };
        let value =
            if self.builder.shape(value) == target { value } else { self.builder.reshape(value, &target)? };
        if same_order(shape) { Ok(value) } else { self.builder.transpose(value, &[0, 3, 1, 2]) }
    }
}

/// A list with one entry per axis, from TensorFlow's order to ONNX's.
fn physical(logical: &[i64]) -> Vec<i64> {
    match *logical {
        [n, h, w, c] => vec![n, c, h, w],
        _ => logical.to_vec(),
    }
}

/// Whether NHWC and NCHW hold the elements in the same order.
fn same_order(shape: &[i64]) -> bool {
    !matches!(*shape, [_, h, w, c] if c > 1 && (h > 1 || w > 1))
}

/// A shape of at most four dimensions with leading ones.
fn four_dimensional(shape: &[i64]) -> [i64; 4] {
    let mut padded = [1; 4];
    for (slot, &dim) in padded.iter_mut().rev().zip(shape.iter().rev()) {
        *slot = dim;
    }
    padded
}
