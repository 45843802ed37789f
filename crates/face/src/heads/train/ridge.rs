//! Linear regression with an L2 penalty (ridge regression), solved exactly.

use super::standard::{Standardised, accumulate, dot};
use super::{Example, TrainError};
use crate::heads::{FeatureSource, RegressionHead};

/// The head with the least mean square error plus `l2` times the square of the standardised weights.
pub(super) fn fit(
    sources: &[FeatureSource],
    examples: &[&Example<f32>],
    l2: f64,
) -> Result<RegressionHead, TrainError> {
    let standardised = Standardised::new(examples);
    let dimension = standardised.dimension;
    let count = examples.len() as f64;
    let targets = || examples.iter().map(|example| f64::from(example.target));
    let mean = targets().sum::<f64>() / count;
    // Standardised features have mean 0: the bias is the mean of the targets, whatever the weights.
    let mut moments = vec![0.0; dimension * dimension];
    let mut weights = vec![0.0; dimension];
    for (row, target) in standardised.rows.iter().zip(targets()) {
        let row = &row[..dimension];
        accumulate(&mut weights, row, (target - mean) / count);
        // The lower triangle is enough.
        for (feature, value) in row.iter().enumerate() {
            let start = feature * dimension;
            accumulate(&mut moments[start..=start + feature], row, value / count);
        }
    }
    for feature in 0..dimension {
        moments[feature * dimension + feature] += l2;
    }
    solve(&mut moments, &mut weights)?;
    weights.push(mean);
    let (weights, bias) = standardised.raw(&weights);
    Ok(RegressionHead::new(sources.to_vec(), weights, bias)?)
}

/// Solves `matrix` × x = `vector` for x, in `vector`'s place, by Cholesky's decomposition. The matrix is symmetric,
/// given by its lower triangle, and is overwritten.
///
/// # Errors
/// [`TrainError::Penalty`] where the matrix is not positive definite.
fn solve(matrix: &mut [f64], vector: &mut [f64]) -> Result<(), TrainError> {
    let size = vector.len();
    let greatest = (0..size).map(|index| matrix[index * size + index]).fold(0.0, f64::max);
    for row in 0..size {
        for column in 0..=row {
            let (above, below) = matrix.split_at_mut(row * size);
            let (known, done) = if column < row {
                (&above[column * size..column * size + column], &below[..column])
            } else {
                (&below[..column], &below[..column])
            };
            let rest = below[column] - dot(known, done);
            if column < row {
                below[column] = rest / above[column * size + column];
            } else if rest > greatest * 1e-12 {
                below[column] = rest.sqrt();
            } else {
                return Err(TrainError::Penalty);
            }
        }
    }
    for row in 0..size {
        let known = dot(&matrix[row * size..row * size + row], &vector[..row]);
        vector[row] = (vector[row] - known) / matrix[row * size + row];
    }
    for row in (0..size).rev() {
        vector[row] /= matrix[row * size + row];
        // Row `row` of the triangle is column `row` of its transpose.
        let value = vector[row];
        accumulate(&mut vector[..row], &matrix[row * size..row * size + row], -value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        // The matrix is L × Lᵀ with L = [[2, 0, 0], [1, 3, 0], [-1, 2, 1]].
        let mut matrix = [4.0, 0.0, 0.0, 2.0, 10.0, 0.0, -2.0, 5.0, 6.0];
        // Times (1, -2, 3): rows (4, 2, -2), (2, 10, 5), (-2, 5, 6).
        let mut vector = [-6.0, -3.0, 6.0];
        solve(&mut matrix, &mut vector).unwrap();
        for (found, expected) in vector.into_iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{vector:?}");
        }
    }

    #[test]
    fn equations_without_a_single_solution_are_refused() {
        let mut matrix = [1.0, 0.0, 1.0, 1.0];
        assert_eq!(solve(&mut matrix, &mut [1.0, 1.0]), Err(TrainError::Penalty));
    }
}
