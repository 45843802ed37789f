//! Templates: what is stored of a face or voice and compared.

use crate::ModelDigest;

/// Mean and spread of a part's scores against the pack's cohort, for score normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortSpread {
    /// Mean of the part's best cohort scores.
    pub mean: f32,
    /// Standard deviation of the part's best cohort scores, greater than 0.
    pub deviation: f32,
}

/// One model's contribution to a template.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplatePart {
    /// What made the vector: the digest of the model's file, or, where the pack's recipe derives the part from
    /// the model's output, a digest over the model's and the recipe's.
    pub model: ModelDigest,
    /// A vector of length 1.
    pub vector: Vec<f32>,
    /// Scores against the cohort, where the pack has one.
    pub cohort: Option<CohortSpread>,
}

/// One or more parts, in the order the pack defines.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<TemplatePart>,
}

/// Why bytes or parts are no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The bytes end too early or go on too long.
    #[error("template has the wrong length")]
    Length,
    /// The bytes were written by a later version.
    #[error("template format version {0} is not known")]
    Version(u8),
    /// No parts, too many parts, or too many numbers.
    #[error("template has an impossible size")]
    Size,
    /// A number that is infinite or not a number, or a deviation that is not above 0.
    #[error("template holds an impossible number")]
    NotFinite,
}

const FORMAT_VERSION: u8 = 1;
const MAX_PARTS: usize = 8;
const MAX_DIMENSION: usize = 4096;

impl Template {
    /// A template of the given parts: 1 to 8 of them, each of 1 to 4096 finite numbers.
    pub fn new(parts: Vec<TemplatePart>) -> Result<Self, TemplateError> {
        let fits = |part: &TemplatePart| (1..=MAX_DIMENSION).contains(&part.vector.len());
        if parts.is_empty() || parts.len() > MAX_PARTS || !parts.iter().all(fits) {
            return Err(TemplateError::Size);
        }
        let is_finite = |part: &TemplatePart| {
            let is_usable = |spread: CohortSpread| {
                spread.mean.is_finite() && spread.deviation.is_normal() && spread.deviation > 0.0
            };
            let cohort = part.cohort.is_none_or(is_usable);
            cohort && part.vector.iter().all(|value| value.is_finite())
        };
        if !parts.iter().all(is_finite) {
            return Err(TemplateError::NotFinite);
        }
        Ok(Self { parts })
    }

    /// The parts.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    /// Whether both were made by the same models, so that they may be compared.
    pub fn is_comparable(&self, other: &Self) -> bool {
        let kinds = |template: &Self| -> Vec<_> {
            template.parts.iter().map(|part| (part.model, part.vector.len())).collect()
        };
        kinds(self) == kinds(other)
    }

    /// The stored form: version, number of parts, then for each part its model digest (32 bytes), dimension
    /// (u16), flag and values of the cohort spread, and numbers (f32); all little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT_VERSION, self.parts.len() as u8];
        for part in &self.parts {
            bytes.extend_from_slice(&part.model.0);
            bytes.extend_from_slice(&(part.vector.len() as u16).to_le_bytes());
            bytes.push(u8::from(part.cohort.is_some()));
            if let Some(spread) = part.cohort {
                bytes.extend_from_slice(&spread.mean.to_le_bytes());
                bytes.extend_from_slice(&spread.deviation.to_le_bytes());
            }
            for value in &part.vector {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let mut reader = Reader(bytes);
        let version = reader.take::<1>()?[0];
        if version != FORMAT_VERSION {
            return Err(TemplateError::Version(version));
        }
        let count = usize::from(reader.take::<1>()?[0]);
        if count > MAX_PARTS {
            return Err(TemplateError::Size);
        }
        let parts = (0..count).map(|_| reader.part()).collect::<Result<_, _>>()?;
        if !reader.0.is_empty() {
            return Err(TemplateError::Length);
        }
        Self::new(parts)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], TemplateError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(TemplateError::Length)?;
        self.0 = tail;
        Ok(*head)
    }

    fn number(&mut self) -> Result<f32, TemplateError> {
        self.take().map(f32::from_le_bytes)
    }

    fn part(&mut self) -> Result<TemplatePart, TemplateError> {
        let model = ModelDigest(self.take()?);
        let dimension = usize::from(u16::from_le_bytes(self.take()?));
        let cohort = match self.take::<1>()?[0] {
            0 => None,
            1 => Some(CohortSpread { mean: self.number()?, deviation: self.number()? }),
            _ => return Err(TemplateError::Size),
        };
        if dimension > MAX_DIMENSION {
            return Err(TemplateError::Size);
        }
        let vector = (0..dimension).map(|_| self.number()).collect::<Result<_, _>>()?;
        Ok(TemplatePart { model, vector, cohort })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(vector: &[f32], cohort: Option<CohortSpread>) -> TemplatePart {
        TemplatePart { model: ModelDigest([7; 32]), vector: vector.to_vec(), cohort }
    }

    fn template() -> Template {
        let spread = CohortSpread { mean: 0.25, deviation: 0.5 };
        Template::new(vec![part(&[0.6, 0.8], None), part(&[1.0], Some(spread))]).unwrap()
    }

    #[test]
    fn template_survives_its_stored_form() {
        assert_eq!(Template::from_bytes(&template().to_bytes()), Ok(template()));
    }

    #[test]
    fn every_shortened_template_is_refused() {
        let bytes = template().to_bytes();
        for length in 0..bytes.len() {
            assert!(Template::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn template_of_a_later_version_is_refused() {
        let mut bytes = template().to_bytes();
        bytes[0] = 2;
        assert_eq!(Template::from_bytes(&bytes), Err(TemplateError::Version(2)));
    }

    #[test]
    fn template_with_bytes_to_spare_is_refused() {
        let mut bytes = template().to_bytes();
        bytes.push(0);
        assert_eq!(Template::from_bytes(&bytes), Err(TemplateError::Length));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        assert_eq!(Template::new(vec![part(&[f32::NAN], None)]), Err(TemplateError::NotFinite));
        let flat = CohortSpread { mean: 0.1, deviation: 0.0 };
        assert_eq!(Template::new(vec![part(&[1.0], Some(flat))]), Err(TemplateError::NotFinite));
    }

    #[test]
    fn templates_of_other_models_are_not_comparable() {
        let mut other = part(&[0.6, 0.8], None);
        other.model = ModelDigest([8; 32]);
        let one = Template::new(vec![part(&[0.6, 0.8], None)]).unwrap();
        assert!(!one.is_comparable(&Template::new(vec![other]).unwrap()));
    }
}
