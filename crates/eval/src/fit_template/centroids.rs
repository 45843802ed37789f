//! Spherical k-means: unit vectors that stand for many.

use rand::rngs::StdRng;
use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use vultus_face::recipe::{Matrix, unit};

use super::matrix;

/// Rounds of assigning and averaging; the figures do not change after ten.
const ROUNDS: usize = 15;

/// `count` centroids of length 1 of unit vectors of one length; `None` where there are fewer vectors than
/// centroids.
pub(super) fn centroids(vectors: &[Vec<f32>], count: usize, seed: u64) -> Option<Matrix> {
    if count == 0 || vectors.len() < count {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let mut rows: Vec<Vec<f32>> =
        sample(&mut rng, vectors.len(), count).into_iter().map(|index| vectors[index].clone()).collect();
    for _ in 0..ROUNDS {
        let mut sums = vec![vec![0.0f32; rows[0].len()]; count];
        let current = matrix(&rows)?;
        for vector in vectors {
            let scores = current.times(vector);
            let best = (0..count).max_by(|one, other| scores[*one].total_cmp(&scores[*other])).unwrap_or(0);
            sums[best].iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        }
        // A centroid that nothing is near to begins anew at some vector.
        let anew = |rng: &mut StdRng| vectors[rng.random_range(0..vectors.len())].clone();
        rows = sums.into_iter().map(|sum| unit(sum).unwrap_or_else(|| anew(&mut rng))).collect();
    }
    matrix(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_alike_vectors_get_a_centroid_each() {
        let around = |x: f32, y: f32| (0..20).map(move |step| vec![x + 0.002 * step as f32, y, 0.0]);
        let groups = around(1.0, 0.0).chain(around(0.0, 1.0)).chain(around(-1.0, 0.3));
        let vectors: Vec<Vec<f32>> = groups.filter_map(unit).collect();
        let found = centroids(&vectors, 3, 5).unwrap();
        for vector in &vectors {
            let best = found.times(vector).into_iter().fold(f32::NEG_INFINITY, f32::max);
            assert!(best > 0.99, "{best}");
        }
        assert!(
            found.rows().all(|row| (row.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5)
        );
    }

    #[test]
    fn more_centroids_than_vectors_cannot_be_had() {
        assert!(centroids(&[vec![1.0, 0.0]], 2, 1).is_none());
        assert!(centroids(&[vec![1.0, 0.0]], 0, 1).is_none());
    }
}
