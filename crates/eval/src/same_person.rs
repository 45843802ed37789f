//! Photos of one person that the labels of a collection call two.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use vultus_face::PartSource;
use vultus_face::recipe::RawPart;

use crate::EvalError;
use crate::parallel::Progress;
use crate::templates::extract_parts;

/// A rule that tells photos of one person that the labels call two: collections of strangers are cut from
/// albums, and the same people return in them. Pairs on which unrelated models all report a very high score are the
/// same person.
#[derive(Clone)]
pub struct SamePersonRule<'a> {
    /// Gives the models' vectors.
    pub source: &'a dyn PartSource,
    /// Names of models, and the cosine above which each takes two faces for one person.
    pub above: Vec<(String, f32)>,
}

/// The vectors by which pairs of one person are told.
#[derive(Default)]
pub(crate) struct SameFaces {
    /// For each model: the cosine above which it takes two faces for one person, and each photo's vector.
    models: Vec<(f32, Vec<Option<Vec<f32>>>)>,
}

impl SameFaces {
    /// Looks at the photos; nothing is the same without a rule.
    ///
    /// # Errors
    /// [`EvalError::NoModel`] where a named model gives no vector; others where a photo cannot be read.
    pub(crate) fn look(
        rule: Option<&SamePersonRule<'_>>,
        paths: &[PathBuf],
        threads: NonZeroUsize,
        progress: &Progress<'_>,
    ) -> Result<Self, EvalError> {
        let Some(rule) = rule else { return Ok(Self::default()) };
        let parts = extract_parts(rule.source, paths, threads, progress)?;
        let vectors = |name: &String| -> Vec<Option<Vec<f32>>> {
            let of_model = |parts: &Vec<RawPart>| {
                parts.iter().find(|part| part.model_name == *name).map(|part| part.vector.clone())
            };
            parts.iter().map(|parts| parts.as_ref().and_then(of_model)).collect()
        };
        let models: Vec<_> = rule.above.iter().map(|(name, above)| (*above, vectors(name))).collect();
        let is_known = |(_, vectors): &(f32, Vec<Option<Vec<f32>>>)| vectors.iter().any(Option::is_some);
        if let Some(at) = models.iter().position(|model| !is_known(model)) {
            return Err(EvalError::NoModel(rule.above[at].0.clone()));
        }
        Ok(Self { models })
    }

    /// Whether every model takes the two for one person; no without models.
    pub(crate) fn is_same(&self, one: usize, other: usize) -> bool {
        let agrees = |(above, vectors): &(f32, Vec<Option<Vec<f32>>>)| {
            let (Some(left), Some(right)) = (&vectors[one], &vectors[other]) else { return false };
            left.iter().zip(right).map(|(a, b)| a * b).sum::<f32>() > *above
        };
        !self.models.is_empty() && self.models.iter().all(agrees)
    }

    /// Of the cosines from which on each model takes two faces for one person, and its vectors.
    #[cfg(test)]
    pub(crate) const fn of(models: Vec<(f32, Vec<Option<Vec<f32>>>)>) -> Self {
        Self { models }
    }
}
