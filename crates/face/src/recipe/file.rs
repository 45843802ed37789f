//! The file form of a recipe.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

use super::{Matrix, PartRecipe, Recipe};

/// The only file format there is so far.
const FORMAT: u32 = 1;
/// No recipe file is larger: the default pack's has 0.7 MB.
const MAX_BYTES: usize = 32 << 20;
/// No template has more parts.
const MAX_PARTS: usize = 8;
/// No part has more numbers.
const MAX_DIMENSION: usize = 4096;

/// Why a recipe cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The text is not a recipe file.
    #[error("not a recipe file: {0}")]
    Format(String),
    /// The file is of a format that this version does not read.
    #[error("recipe file format {0} is not supported")]
    UnsupportedFormat(u32),
    /// A part contradicts itself.
    #[error("part {part} of the recipe: {reason}")]
    Part {
        /// The name of the part's model.
        part: String,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Where a recipe comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeOrigin {
    /// The name of the photos it was fitted on.
    pub data: String,
    /// Their licence.
    pub licence: String,
    /// How many of them gave features.
    pub photos: usize,
    /// The command that made it.
    pub command: String,
}

/// A recipe as it is written to disk. Numbers of matrices are half-precision floats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeFile {
    /// The version of this layout.
    format: u32,
    /// The parts, in template order.
    parts: Vec<PartEntry>,
    /// Where it comes from.
    pub origin: RecipeOrigin,
    /// What was measured, by name.
    #[serde(default)]
    pub measured: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartEntry {
    model: String,
    model_sha256: String,
    weight: f32,
    top: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projection: Option<MatrixEntry>,
    cohort: MatrixEntry,
}

/// Rows of numbers: `f16` little endian in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatrixEntry {
    columns: usize,
    values: String,
}

impl RecipeFile {
    /// The file form of `recipe`. Numbers are rounded to half precision.
    pub fn new(recipe: &Recipe, origin: RecipeOrigin, measured: BTreeMap<String, f64>) -> Self {
        Self { format: FORMAT, parts: recipe.parts.iter().map(PartEntry::new).collect(), origin, measured }
    }

    /// Reads a recipe file.
    ///
    /// # Errors
    /// [`RecipeError::Format`], [`RecipeError::UnsupportedFormat`].
    pub fn parse(json: &str) -> Result<Self, RecipeError> {
        if json.len() > MAX_BYTES {
            return Err(RecipeError::Format(format!("more than {MAX_BYTES} bytes")));
        }
        let file: Self =
            serde_json::from_str(json).map_err(|error| RecipeError::Format(error.to_string()))?;
        if file.format != FORMAT {
            return Err(RecipeError::UnsupportedFormat(file.format));
        }
        Ok(file)
    }

    /// The text that [`Self::parse`] reads, with a final line feed.
    ///
    /// # Errors
    /// [`RecipeError::Format`] where a measured figure is not finite.
    pub fn to_json(&self) -> Result<String, RecipeError> {
        let json =
            serde_json::to_string_pretty(self).map_err(|error| RecipeError::Format(error.to_string()))?;
        Ok(json + "\n")
    }

    /// The recipe itself.
    ///
    /// # Errors
    /// [`RecipeError`] where the file contradicts itself.
    pub fn recipe(&self) -> Result<Recipe, RecipeError> {
        if self.parts.is_empty() || self.parts.len() > MAX_PARTS {
            return Err(RecipeError::Format(format!("a template has 1 to {MAX_PARTS} parts")));
        }
        Ok(Recipe { parts: self.parts.iter().map(PartEntry::part).collect::<Result<_, _>>()? })
    }
}

impl PartEntry {
    fn new(part: &PartRecipe) -> Self {
        Self {
            model: part.model_name.clone(),
            model_sha256: part.model.to_string(),
            weight: part.weight,
            top: part.top,
            projection: part.projection.as_ref().map(MatrixEntry::new),
            cohort: MatrixEntry::new(&part.cohort),
        }
    }

    fn part(&self) -> Result<PartRecipe, RecipeError> {
        let refuse = |reason| RecipeError::Part { part: self.model.clone(), reason };
        let model = self.model_sha256.parse::<ModelDigest>();
        let model = model.map_err(|_| refuse("the model's digest is malformed"))?;
        let projection = self.projection.as_ref().map(|entry| entry.matrix().map_err(refuse)).transpose()?;
        let cohort = self.cohort.matrix().map_err(refuse)?;
        if projection.as_ref().is_some_and(|matrix| matrix.row_count() != cohort.columns()) {
            return Err(refuse("the projection does not fit the cohort"));
        }
        if self.top == 0 || self.top > cohort.row_count() {
            return Err(refuse("the cohort is smaller than the scores to be taken"));
        }
        if !(self.weight.is_finite() && self.weight > 0.0) {
            return Err(refuse("the weight is not above 0"));
        }
        let weight = self.weight;
        Ok(PartRecipe { model_name: self.model.clone(), model, weight, projection, cohort, top: self.top })
    }
}

impl MatrixEntry {
    fn new(matrix: &Matrix) -> Self {
        let bytes: Vec<u8> =
            matrix.values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        Self { columns: matrix.columns, values: STANDARD.encode(bytes) }
    }

    fn matrix(&self) -> Result<Matrix, &'static str> {
        let bytes = STANDARD.decode(&self.values).map_err(|_| "a matrix is not base64")?;
        let (numbers, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() || self.columns > MAX_DIMENSION {
            return Err("a matrix has an impossible size");
        }
        let values: Vec<f32> = numbers.iter().map(|number| f16::from_le_bytes(*number).to_f32()).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err("a matrix holds a number that is not finite");
        }
        Matrix::new(self.columns, values).ok_or("a matrix has no whole rows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        let part = |projection| PartRecipe {
            model_name: "model".to_owned(),
            model: ModelDigest([1; 32]),
            weight: 0.5,
            projection,
            cohort: Matrix::new(2, vec![1.0, 0.0, 0.5, 0.25]).unwrap(),
            top: 2,
        };
        Recipe { parts: vec![part(None), part(Matrix::new(3, vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0]))] }
    }

    fn file() -> RecipeFile {
        let origin = RecipeOrigin {
            data: "made up".to_owned(),
            licence: "CC0".to_owned(),
            photos: 7,
            command: "none".to_owned(),
        };
        RecipeFile::new(&recipe(), origin, BTreeMap::from([("tar".to_owned(), 0.9)]))
    }

    #[test]
    fn recipe_survives_its_file() {
        let read = RecipeFile::parse(&file().to_json().unwrap()).unwrap();
        assert_eq!(read.recipe().unwrap(), recipe());
        assert_eq!(read.origin.photos, 7);
    }

    #[test]
    fn other_formats_are_refused() {
        let json = file().to_json().unwrap().replace("\"format\": 1", "\"format\": 2");
        assert_eq!(RecipeFile::parse(&json), Err(RecipeError::UnsupportedFormat(2)));
        assert!(matches!(RecipeFile::parse("{}"), Err(RecipeError::Format(_))));
        assert!(matches!(RecipeFile::parse(&"x".repeat(MAX_BYTES + 1)), Err(RecipeError::Format(_))));
    }

    #[test]
    fn parts_that_contradict_themselves_are_refused() {
        let refuse = |change: fn(&mut PartEntry)| {
            let mut file = file();
            change(&mut file.parts[1]);
            matches!(file.recipe(), Err(RecipeError::Part { .. }))
        };
        assert!(refuse(|part| part.model_sha256 = "12".to_owned()));
        assert!(refuse(|part| part.top = 3));
        assert!(refuse(|part| part.top = 0));
        assert!(refuse(|part| part.weight = -1.0));
        assert!(refuse(|part| part.cohort.values = "AAA".to_owned()));
        assert!(refuse(|part| part.cohort.columns = 3));
        assert!(refuse(|part| part.cohort.values = STANDARD.encode(f16::NAN.to_le_bytes().repeat(4))));
        assert!(refuse(|part| part.projection = Some(MatrixEntry { columns: 1, ..part.cohort.clone() })));
        assert!(!refuse(|_| {}));
        assert!(matches!(RecipeFile { parts: Vec::new(), ..file() }.recipe(), Err(RecipeError::Format(_))));
    }
}
