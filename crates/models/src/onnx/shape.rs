//! Shape arithmetic, checked: absurd sizes are an error and never an overflow.

use super::{BATCH, GraphError, MAX_RANK};

/// Most elements of one tensor: 1 GiB of `f32`.
const MAX_ELEMENTS: usize = 1 << 28;

/// Number of elements of a constant's shape; `None` when a dimension is negative or the count
/// exceeds the limits.
pub(crate) fn element_count(shape: &[i64]) -> Option<usize> {
    if shape.len() > MAX_RANK {
        return None;
    }
    let mut count: usize = 1;
    for &dim in shape {
        count = count.checked_mul(usize::try_from(dim).ok()?)?;
        if count > MAX_ELEMENTS {
            return None;
        }
    }
    Some(count)
}

/// Refuses negative dimensions (but a leading [`BATCH`]) and tensors beyond the limits.
pub(super) fn check(name: &str, shape: &[i64]) -> Result<(), GraphError> {
    let fixed = match shape {
        [BATCH, rest @ ..] => rest,
        all => all,
    };
    if shape.len() > MAX_RANK || element_count(fixed).is_none() {
        return Err(GraphError::TooLarge { tensor: name.to_owned() });
    }
    Ok(())
}

/// Shape of an element-wise operation under the broadcasting of numpy; `None` when the operands
/// do not fit. [`BATCH`] fits itself and 1.
pub(crate) fn broadcast(a: &[i64], b: &[i64]) -> Option<Vec<i64>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[i64], axis: usize| {
        (axis + shape.len()).checked_sub(rank).and_then(|i| shape.get(i).copied()).unwrap_or(1)
    };
    (0..rank)
        .map(|axis| match (dim(a, axis), dim(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

/// Length of an axis after a window moves over it; `None` when the window does not fit or a
/// number is out of range.
pub(crate) fn window(length: i64, pads: i64, kernel: i64, stride: i64, dilation: i64) -> Option<i64> {
    if length < 1 || pads < 0 || kernel < 1 || stride < 1 || dilation < 1 {
        return None;
    }
    let reach = (kernel - 1).checked_mul(dilation)?.checked_add(1)?;
    let span = length.checked_add(pads)?.checked_sub(reach)?;
    if span < 0 { None } else { Some(span / stride + 1) }
}
