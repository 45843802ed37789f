//! Recipes: how a pack makes a template of several parts and how the parts are scored.
//!
//! A part is what one model says of a face, perhaps projected onto fewer numbers. Its mean and spread against a
//! cohort are stored with it, so that a score tells how far two faces stand out from faces in general: a bad photo
//! resembles everybody, and its raw scores are high whoever it is compared with. The cohort holds centroids of the
//! features of many faces, not the template of any person.
//!
//! A recipe is data: a JSON file that says which models it was fitted to, what with, and how well it did. It is
//! made by `vultus fit-template`.

mod file;

use sha2::{Digest, Sha256};
use vultus_types::{CohortSpread, ModelDigest, PartRule, ScoreRule};

pub use file::{RecipeError, RecipeFile, RecipeOrigin};

/// What one model says of a face, before any recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct RawPart {
    /// The model's name in packs.
    pub model_name: String,
    /// The digest of the model's file.
    pub model: ModelDigest,
    /// A vector of length 1.
    pub vector: Vec<f32>,
}

/// The least deviation of cohort scores that is divided by: none measured comes near it.
const LEAST_DEVIATION: f32 = 1e-4;

/// A matrix of rows of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// A matrix with the rows in `values`, one after the other; `None` where they are not whole rows, or empty.
    pub fn new(columns: usize, values: Vec<f32>) -> Option<Self> {
        let fits = columns > 0 && !values.is_empty() && values.len().is_multiple_of(columns);
        fits.then_some(Self { columns, values })
    }

    /// How many numbers a row has.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.values.len() / self.columns
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.columns)
    }

    /// The dot product of each row with `vector`, which has as many numbers as a row.
    pub fn times(&self, vector: &[f32]) -> Vec<f32> {
        self.rows().map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
    }
}

/// How one part is made and scored.
#[derive(Clone, Debug, PartialEq)]
pub struct PartRecipe {
    /// The name of its model in packs.
    pub model_name: String,
    /// The digest of that model's file.
    pub model: ModelDigest,
    /// What its normalised score is multiplied with.
    pub weight: f32,
    /// The directions onto which the model's vector is projected, one a row; none where it is kept whole.
    pub projection: Option<Matrix>,
    /// Vectors of length 1 that stand for faces in general.
    pub cohort: Matrix,
    /// How many of the best cohort scores make the mean and spread.
    pub top: usize,
}

impl PartRecipe {
    /// What stands for the part's model in templates: any change of the model, the projection or the cohort makes
    /// templates that cannot be compared with those made before.
    pub fn digest(&self) -> ModelDigest {
        let mut hash = Sha256::new();
        hash.update(b"vultus template part 1");
        hash.update(self.model.0);
        for matrix in [self.projection.as_ref(), Some(&self.cohort)] {
            let (columns, values) =
                matrix.map_or((0, [].as_slice()), |matrix| (matrix.columns, &matrix.values));
            hash.update((columns as u64).to_le_bytes());
            hash.update((values.len() as u64).to_le_bytes());
            for value in values {
                hash.update(value.to_le_bytes());
            }
        }
        hash.update((self.top as u64).to_le_bytes());
        ModelDigest(hash.finalize().into())
    }

    /// How many numbers the model's vector has.
    pub fn input_dimension(&self) -> usize {
        self.projection.as_ref().map_or(self.cohort.columns, Matrix::columns)
    }

    /// How many numbers the part has.
    pub const fn dimension(&self) -> usize {
        self.cohort.columns()
    }

    /// The part's vector, of length 1, from the model's; `None` where that has another length than expected or no
    /// direction.
    pub fn project(&self, vector: &[f32]) -> Option<Vec<f32>> {
        if vector.len() != self.input_dimension() {
            return None;
        }
        let projected = match &self.projection {
            Some(projection) => projection.times(vector),
            None => vector.to_vec(),
        };
        unit(projected)
    }

    /// Mean and spread of the best scores of `vector`, a part's, against the cohort.
    pub fn spread(&self, vector: &[f32]) -> CohortSpread {
        spread_of_best(self.cohort.times(vector), self.top)
    }

    fn rule(&self) -> PartRule {
        PartRule {
            model: self.digest(),
            dimension: self.dimension(),
            weight: self.weight,
            is_normalised: true,
        }
    }
}

/// How a pack makes and scores templates.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The parts, in template order; at least one.
    pub parts: Vec<PartRecipe>,
}

impl Recipe {
    /// How its templates are compared.
    pub fn rule(&self) -> ScoreRule {
        ScoreRule { parts: self.parts.iter().map(PartRecipe::rule).collect() }
    }
}

/// The vector with length 1; `None` where it has no direction.
pub fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if !length.is_normal() {
        return None;
    }
    for value in &mut vector {
        *value /= length;
    }
    Some(vector)
}

/// Mean and standard deviation of the `top` greatest scores; of all where there are fewer.
fn spread_of_best(mut scores: Vec<f32>, top: usize) -> CohortSpread {
    let top = top.clamp(1, scores.len().max(1));
    if top < scores.len() {
        scores.select_nth_unstable_by(top - 1, |one, other| other.total_cmp(one));
        scores.truncate(top);
    }
    let count = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / count;
    CohortSpread { mean, deviation: variance.sqrt().max(LEAST_DEVIATION) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> PartRecipe {
        PartRecipe {
            model_name: "model".to_owned(),
            model: ModelDigest([1; 32]),
            weight: 0.5,
            projection: Matrix::new(3, vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0]),
            cohort: Matrix::new(2, vec![1.0, 0.0, 0.6, 0.8, 0.0, -1.0]).unwrap(),
            top: 2,
        }
    }

    #[test]
    fn projection_keeps_the_directions_named_and_length_one() {
        let vector = part().project(&[3.0, 2.0, 99.0]).unwrap();
        assert_eq!(vector, [0.6, 0.8]);
        assert_eq!(part().project(&[1.0, 2.0]), None);
        assert_eq!(part().project(&[0.0, 0.0, 5.0]), None, "nothing is left of it");
    }

    #[test]
    fn spread_is_that_of_the_best_cohort_scores() {
        // Scores against the cohort: 1, 0.6 and 0.
        let spread = part().spread(&[1.0, 0.0]);
        assert!((spread.mean - 0.8).abs() < 1e-6 && (spread.deviation - 0.2).abs() < 1e-6);
        let all = PartRecipe { top: 9, ..part() }.spread(&[1.0, 0.0]);
        assert!((all.mean - 1.6 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn cohort_without_spread_divides_by_no_zero() {
        let same = PartRecipe { cohort: Matrix::new(2, vec![1.0, 0.0, 1.0, 0.0]).unwrap(), ..part() };
        assert_eq!(same.spread(&[0.0, 1.0]).deviation, LEAST_DEVIATION);
    }

    #[test]
    fn digest_changes_with_all_that_makes_a_part_and_with_nothing_else() {
        let one = part().digest();
        let other = |change: fn(&mut PartRecipe)| {
            let mut part = part();
            change(&mut part);
            part.digest()
        };
        assert_ne!(one, other(|part| part.model = ModelDigest([2; 32])));
        assert_ne!(one, other(|part| part.projection = None));
        assert_ne!(one, other(|part| part.top = 3));
        assert_ne!(one, other(|part| part.cohort.values[0] = 0.9));
        assert_eq!(one, other(|part| part.weight = 0.9));
    }

    #[test]
    fn matrix_has_whole_rows() {
        assert!(Matrix::new(2, vec![1.0; 3]).is_none());
        assert!(Matrix::new(0, vec![1.0]).is_none());
        assert!(Matrix::new(2, Vec::new()).is_none());
        assert_eq!(Matrix::new(2, vec![1.0; 4]).unwrap().row_count(), 2);
    }
}
