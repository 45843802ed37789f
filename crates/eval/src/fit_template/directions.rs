//! The directions in which vectors lie furthest from the origin.

use nalgebra::DMatrix;
use vultus_face::recipe::Matrix;

use super::matrix;

/// The first `count` right singular vectors of the vectors as rows, not centred, the greatest first; `None` without
/// vectors.
///
/// Each is turned so that its greatest number is positive: the signs of singular vectors are arbitrary.
pub(super) fn principal_directions(vectors: &[&[f32]], count: usize) -> Option<Matrix> {
    let width = vectors.first()?.len();
    let rows = DMatrix::from_fn(vectors.len(), width, |row, column| f64::from(vectors[row][column]));
    let eigen = (rows.transpose() * rows).symmetric_eigen();
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|one, other| eigen.eigenvalues[*other].total_cmp(&eigen.eigenvalues[*one]));
    let direction = |&index: &usize| {
        let column = eigen.eigenvectors.column(index);
        let sign = if column[column.iamax()] < 0.0 { -1.0 } else { 1.0 };
        column.iter().map(|value| (sign * value) as f32).collect::<Vec<f32>>()
    };
    let directions: Vec<Vec<f32>> = order.iter().take(count).map(direction).collect();
    matrix(&directions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_direction_is_the_longest_and_they_stand_at_right_angles() {
        let vectors: Vec<Vec<f32>> = (-5i8..=5).map(|step| vec![3.0, f32::from(step) * 0.1, 0.0]).collect();
        let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let found = principal_directions(&vectors, 2).unwrap();
        let rows: Vec<&[f32]> = found.rows().collect();
        assert!((rows[0][0] - 1.0).abs() < 1e-3 && (rows[1][1] - 1.0).abs() < 1e-3, "{rows:?}");
        let dot: f32 = rows[0].iter().zip(rows[1]).map(|(a, b)| a * b).sum();
        assert!(dot.abs() < 1e-6);
    }

    #[test]
    fn no_vectors_have_no_directions() {
        assert!(principal_directions(&[], 2).is_none());
    }
}
