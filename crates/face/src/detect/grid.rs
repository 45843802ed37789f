//! What the anchor-free detectors have in common: three grids, each with tables of one row per cell.

use vultus_inference::{InferenceError, Tensor};

/// Pixels between the cells of the three grids.
pub(super) const STRIDES: [u32; 3] = [8, 16, 32];

/// The tables of `rows` rows with `columns` values each, in output order: exporters name outputs differently,
/// but the shapes are fixed.
pub(super) fn tables(outputs: &[Tensor], rows: usize, columns: usize) -> Vec<&[f32]> {
    let fits = |output: &&Tensor| {
        output.data().len() == rows * columns && output.shape().last().is_some_and(|&last| last == columns)
    };
    outputs.iter().filter(fits).map(Tensor::data).collect()
}

/// The first of [`tables`].
///
/// # Errors
/// [`InferenceError::Shape`] where there is none.
pub(super) fn table(outputs: &[Tensor], rows: usize, columns: usize) -> Result<&[f32], InferenceError> {
    tables(outputs, rows, columns).first().copied().ok_or_else(|| missing(outputs, rows, columns))
}

/// The error for outputs without the expected table.
pub(super) fn missing(outputs: &[Tensor], rows: usize, columns: usize) -> InferenceError {
    InferenceError::Shape {
        expected: format!("an output of {rows} x {columns} values"),
        actual: outputs.iter().map(|output| output.data().len()).collect(),
    }
}
