//! Synthetic templates in the shape of the default pack's: two parts of 128 numbers, normalised by cohort spreads that
//! differ from face to face.
//!
//! A person is a point of a space of 32 dimensions, a face a point near it; each part maps that space to its vectors by
//! a matrix of its own and adds noise. Templates of real faces fill 10 to 20 dimensions (Gong, Boddeti and Jain, On the
//! Intrinsic Dimensionality of Image Representations, 2019), so that these are the harder to index.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vultus_search::shards::NearestQuery;
use vultus_search::shards::ShardScope;
use vultus_types::{CohortSpread, ModelDigest, PartRule, ScoreRule, Template, TemplatePart};

const PARTS: usize = 2;
const DIMENSION: usize = 128;
const PERSON_DIMENSIONS: usize = 32;
/// How far faces lie from their person, in deviations between persons.
const FACE_SPREAD: f32 = 0.3;
/// Noise that no person explains, in deviations of a number of the vector.
const NOISE: f32 = 0.2;

/// Makes templates, the same ones from the same seed.
pub(crate) struct Synthesis {
    rng: ChaCha8Rng,
    matrices: Vec<Vec<f32>>,
}

/// A point in the space of persons.
pub(crate) type Person = Vec<f32>;

impl Synthesis {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = || gaussian(&mut rng, PERSON_DIMENSIONS * DIMENSION);
        Self { matrices: (0..PARTS).map(|_| matrix()).collect(), rng }
    }

    pub(crate) fn person(&mut self) -> Person {
        gaussian(&mut self.rng, PERSON_DIMENSIONS)
    }

    /// A face of a person.
    pub(crate) fn face(&mut self, person: &Person) -> Template {
        self.face_within(person, FACE_SPREAD)
    }

    /// A face that lies so far from a person, in deviations between persons.
    pub(crate) fn face_within(&mut self, person: &Person, spread: f32) -> Template {
        let offset = gaussian(&mut self.rng, PERSON_DIMENSIONS);
        let point: Vec<f32> = person.iter().zip(offset).map(|(at, by)| at + spread * by).collect();
        let parts = (0..PARTS).map(|part| {
            let mut vector = gaussian(&mut self.rng, DIMENSION);
            let scale = NOISE * (PERSON_DIMENSIONS as f32).sqrt();
            let rows = self.matrices[part].chunks_exact(PERSON_DIMENSIONS);
            for (value, row) in vector.iter_mut().zip(rows) {
                *value = scale * *value + row.iter().zip(&point).map(|(a, b)| a * b).sum::<f32>();
            }
            let cohort = CohortSpread {
                mean: self.rng.random_range(0.2..0.3),
                deviation: self.rng.random_range(0.05..0.08),
            };
            TemplatePart { model: model(part), vector: unit(vector), cohort: Some(cohort) }
        });
        Template::new(parts.collect()).unwrap()
    }
}

fn model(part: usize) -> ModelDigest {
    ModelDigest([part as u8 + 1; 32])
}

/// How these templates are compared.
pub(crate) fn rule() -> ScoreRule {
    let weights = [1.0, 0.6];
    let part =
        |(part, weight)| PartRule { model: model(part), dimension: DIMENSION, weight, is_normalised: true };
    ScoreRule { parts: weights.into_iter().enumerate().map(part).collect() }
}

/// The search of a shard for faces like the probe.
pub(crate) fn query(scope: ShardScope, probe: &Template, limit: u32) -> NearestQuery {
    NearestQuery { scope, probe: probe.clone(), limit }
}

/// Numbers of mean 0 and deviation 1: sums of four even ones, whose deviation is the square root of a third.
fn gaussian(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    let mut number = || (0..4).map(|_| rng.random::<f32>()).sum::<f32>() - 2.0;
    (0..count).map(|_| number() * 3.0_f32.sqrt()).collect()
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.into_iter().map(|value| value / length).collect()
}
