//! Fitting a pack's recipe: directions, cohort and weights, from the features of many unlabelled faces.

mod centroids;
mod directions;

use std::collections::BTreeMap;

use vultus_face::recipe::{Matrix, PartRecipe, RawPart, Recipe, RecipeFile, RecipeOrigin, unit};
use vultus_types::{Template, TemplatePart};

use centroids::centroids;
use directions::principal_directions;

/// Pairs of this many faces show how far a part's scores spread.
const SPREAD_FACES: usize = 1500;

/// One part to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct PartChoice {
    /// The model's name in packs.
    pub model: String,
    /// The part's share in the score, once parts are made to spread alike.
    pub weight: f32,
    /// How many numbers the part shall have; the model's own number where it is not given.
    pub dimension: Option<usize>,
}

/// What to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRequest {
    /// The parts, in template order.
    pub parts: Vec<PartChoice>,
    /// How many centroids stand for faces in general.
    pub centroids: usize,
    /// How many of the best cohort scores make mean and spread.
    pub top: usize,
    /// Where the choice of the first centroids begins.
    pub seed: u64,
}

/// Why a recipe cannot be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// No feature of that model among those of the faces.
    #[error("the pack gives no features of a model {0}")]
    NoModel(String),
    /// A number in the request does not fit the others.
    #[error("{0}")]
    Request(&'static str),
    /// There are too few faces.
    #[error("{found} faces are too few, {needed} are needed")]
    TooFewFaces {
        /// Faces with features.
        found: usize,
        /// Faces needed.
        needed: usize,
    },
}

/// Fits a recipe to the features of many faces, one entry for each. `origin.photos` is filled in here.
///
/// Each part gets the directions in which the faces lie furthest from the origin (an uncentred singular value
/// decomposition: centring hurts), the centroids of the faces as its cohort (spherical k-means), and its weight
/// divided by the spread of its normalised scores over different faces.
///
/// # Errors
/// [`FitError`].
pub fn fit_template(
    faces: &[Vec<RawPart>],
    request: &FitRequest,
    origin: RecipeOrigin,
) -> Result<RecipeFile, FitError> {
    check(faces, request)?;
    let mut recipe = Recipe { parts: Vec::new() };
    let mut measured = BTreeMap::new();
    for choice in &request.parts {
        let (part, spread) = fit_part(faces, choice, request)?;
        measured.insert(format!("{}_spread", choice.model), f64::from(spread));
        recipe.parts.push(part);
    }
    let origin = RecipeOrigin { photos: faces.len(), ..origin };
    Ok(RecipeFile::new(&recipe, origin, measured))
}

fn check(faces: &[Vec<RawPart>], request: &FitRequest) -> Result<(), FitError> {
    if request.parts.is_empty() {
        return Err(FitError::Request("a template has at least one part"));
    }
    if !request.parts.iter().all(|part| part.weight.is_finite() && part.weight > 0.0) {
        return Err(FitError::Request("a part's weight must be above 0"));
    }
    if request.top == 0 || request.top > request.centroids {
        return Err(FitError::Request("there must be at least as many centroids as best scores taken"));
    }
    if faces.len() <= request.centroids {
        return Err(FitError::TooFewFaces { found: faces.len(), needed: request.centroids + 1 });
    }
    Ok(())
}

fn fit_part(
    faces: &[Vec<RawPart>],
    choice: &PartChoice,
    request: &FitRequest,
) -> Result<(PartRecipe, f32), FitError> {
    let missing = || FitError::NoModel(choice.model.clone());
    let of_model = |face: &Vec<RawPart>| face.iter().position(|part| part.model_name == choice.model);
    let raw: Vec<&RawPart> = faces
        .iter()
        .map(|face| of_model(face).map(|at| &face[at]))
        .collect::<Option<_>>()
        .ok_or_else(missing)?;
    let (model, width) = raw.first().map(|part| (part.model, part.vector.len())).ok_or_else(missing)?;
    let vectors: Vec<&[f32]> = raw.iter().map(|part| part.vector.as_slice()).collect();
    let projection = match choice.dimension {
        Some(dimension) if dimension > width || dimension == 0 => {
            return Err(FitError::Request("a part cannot have more numbers than its model gives, nor none"));
        }
        Some(dimension) if dimension < width => principal_directions(&vectors, dimension),
        _ => None,
    };
    let project = |vector: &&[f32]| {
        unit(projection.as_ref().map_or_else(|| vector.to_vec(), |matrix| matrix.times(vector)))
    };
    let projected: Vec<Vec<f32>> = vectors.iter().filter_map(project).collect();
    let cohort = centroids(&projected, request.centroids, request.seed);
    let cohort = cohort.ok_or(FitError::Request("the faces have no centroids"))?;
    let model_name = choice.model.clone();
    let part = PartRecipe { model_name, model, weight: 1.0, projection, cohort, top: request.top };
    let spread = spread_over_strangers(&part, &projected);
    Ok((PartRecipe { weight: choice.weight / spread, ..part }, spread))
}

/// The standard deviation of the part's normalised scores over pairs of different faces.
fn spread_over_strangers(part: &PartRecipe, vectors: &[Vec<f32>]) -> f32 {
    let rule = Recipe { parts: vec![part.clone()] }.rule();
    let digest = part.digest();
    let template = |vector: &Vec<f32>| {
        let cohort = Some(part.spread(vector));
        Template::new(vec![TemplatePart { model: digest, vector: vector.clone(), cohort }]).ok()
    };
    let templates: Vec<Template> = vectors.iter().take(SPREAD_FACES).filter_map(template).collect();
    let (mut count, mut sum, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    for (index, one) in templates.iter().enumerate() {
        for other in &templates[index + 1..] {
            let Ok(score) = rule.similarity(one, other) else { continue };
            if score.0.is_finite() {
                let score = f64::from(score.0);
                (count, sum, squares) = (count + 1.0, sum + score, squares + score * score);
            }
        }
    }
    let mean = sum / count.max(1.0);
    let variance = squares / count.max(1.0) - mean * mean;
    (variance.max(0.0).sqrt() as f32).max(f32::MIN_POSITIVE)
}

/// The matrix of these rows; `None` where there are none.
fn matrix(rows: &[Vec<f32>]) -> Option<Matrix> {
    Matrix::new(rows.first()?.len(), rows.concat())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use vultus_types::ModelDigest;

    use super::*;

    fn origin() -> RecipeOrigin {
        RecipeOrigin {
            data: "made up".to_owned(),
            licence: "CC0".to_owned(),
            photos: 0,
            command: "test".to_owned(),
        }
    }

    /// Faces whose features vary in the first four of twelve numbers only.
    fn faces(count: usize) -> Vec<Vec<RawPart>> {
        let mut rng = StdRng::seed_from_u64(7);
        let mut face = || {
            let varied = (0..12).map(|index| if index < 4 { rng.random_range(-1.0..1.0) } else { 0.0 });
            let vector = unit(varied.collect()).unwrap();
            vec![RawPart { model_name: "m".to_owned(), model: ModelDigest([1; 32]), vector }]
        };
        (0..count).map(|_| face()).collect()
    }

    fn request(dimension: Option<usize>) -> FitRequest {
        let part = PartChoice { model: "m".to_owned(), weight: 0.5, dimension };
        FitRequest { parts: vec![part], centroids: 16, top: 4, seed: 1 }
    }

    #[test]
    fn projection_onto_the_directions_that_vary_loses_nothing() {
        let faces = faces(200);
        let recipe = fit_template(&faces, &request(Some(4)), origin()).unwrap().recipe().unwrap();
        let part = &recipe.parts[0];
        let (one, other) = (&faces[0][0].vector, &faces[1][0].vector);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (left, right) = (part.project(one).unwrap(), part.project(other).unwrap());
        assert_eq!(left.len(), 4);
        assert!((dot(&left, &right) - dot(one, other)).abs() < 5e-3);
    }

    #[test]
    fn scores_of_strangers_spread_as_the_weight_says() {
        let faces = faces(300);
        let recipe = fit_template(&faces, &request(None), origin()).unwrap().recipe().unwrap();
        let vectors: Vec<Vec<f32>> = faces.iter().map(|face| face[0].vector.clone()).collect();
        let spread = spread_over_strangers(&recipe.parts[0], &vectors);
        assert!((spread - 0.5).abs() < 0.01, "{spread}");
    }

    #[test]
    fn fit_is_the_same_each_time() {
        let faces = faces(100);
        let one = fit_template(&faces, &request(Some(3)), origin()).unwrap();
        assert_eq!(fit_template(&faces, &request(Some(3)), origin()).unwrap(), one);
        assert_eq!(one.origin.photos, 100);
    }

    #[test]
    fn requests_that_cannot_be_met_are_refused() {
        let refuse = |change: fn(&mut FitRequest)| {
            let mut request = request(None);
            change(&mut request);
            fit_template(&faces(20), &request, origin()).unwrap_err()
        };
        assert!(matches!(refuse(|request| request.parts[0].model = "x".to_owned()), FitError::NoModel(_)));
        assert!(matches!(refuse(|request| request.parts[0].dimension = Some(13)), FitError::Request(_)));
        assert!(matches!(refuse(|request| request.parts[0].weight = 0.0), FitError::Request(_)));
        assert!(matches!(refuse(|request| request.top = 17), FitError::Request(_)));
        assert!(matches!(refuse(|request| request.parts.clear()), FitError::Request(_)));
        assert!(matches!(
            refuse(|request| request.centroids = 20),
            FitError::TooFewFaces { found: 20, needed: 21 }
        ));
    }
}
