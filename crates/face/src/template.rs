//! Templates: what the pack's models say of a face, made comparable.

use vultus_inference::InferenceError;
use vultus_media::RgbPhoto;
use vultus_models::{ModelKind, Pack, PackModel, Task};
use vultus_types::{Landmarks, ModelDigest, ScoreRule, Template, TemplatePart};

use crate::attributes::{FaceFeatures, FeatureModels};
use crate::detect::DetectedPoints;
use crate::embed::Embedder;
use crate::engine::LoadError;
use crate::mesh::Mesh;
use crate::recipe::{PartRecipe, RawPart, Recipe, RecipeError, RecipeFile};

/// The project's own recipes, for packs that bring none: each for one embedder.
const KNOWN_RECIPES: [&str; 2] = [
    include_str!("../../../models/templates/default.json"),
    include_str!("../../../models/templates/recommended.json"),
];

/// How the templates of a pack are compared, told by its recipe without opening its models. `None` where there is no
/// recipe for its embedder, or no embedder: then the engine tells ([`FaceAnalyzer::score_rule`]).
///
/// # Errors
/// [`LoadError::Recipe`] and [`LoadError::Io`], as of [`FaceEngine::load`].
///
/// [`FaceAnalyzer::score_rule`]: crate::FaceAnalyzer::score_rule
/// [`FaceEngine::load`]: crate::FaceEngine::load
pub fn recipe_rule(pack: &Pack) -> Result<Option<ScoreRule>, LoadError> {
    let Some(embedder) = pack.model(Task::Embed) else { return Ok(None) };
    let has_features = |digest| {
        let is_source = |model: &&PackModel| matches!(model.kind, ModelKind::DlibResNet | ModelKind::Faceres);
        pack.models.iter().chain(&pack.inherited).filter(is_source).any(|model| model.digest == digest)
    };
    let fits = |recipe: &Recipe| {
        recipe.parts.first().is_some_and(|part| part.model == embedder.digest)
            && recipe.parts.iter().all(|part| part.model == embedder.digest || has_features(part.model))
    };
    if let Some(text) = embedder.read_template()? {
        let recipe = RecipeFile::parse(&text)?.recipe()?;
        return if fits(&recipe) { Ok(Some(recipe.rule())) } else { Err(other_models().into()) };
    }
    for text in KNOWN_RECIPES {
        let recipe = RecipeFile::parse(text)?.recipe()?;
        if fits(&recipe) {
            return Ok(Some(recipe.rule()));
        }
    }
    Ok(None)
}

fn other_models() -> RecipeError {
    RecipeError::Format("the recipe was fitted to other models".to_owned())
}

/// A face as the stages before have found it.
#[derive(Clone, Copy)]
pub(crate) struct SeenFace<'a> {
    /// The photo.
    pub(crate) photo: &'a RgbPhoto,
    /// The detector's points.
    pub(crate) points: &'a DetectedPoints,
    /// The mesh.
    pub(crate) mesh: Option<&'a Mesh>,
    /// The mesh's landmarks.
    pub(crate) landmarks: Option<&'a Landmarks>,
}

/// Makes templates: of the parts of a recipe or, without one, of the embedder's vector as it is.
pub(crate) struct TemplateMaker {
    embedder: Embedder,
    /// The embedder's name in the pack.
    name: String,
    parts: Vec<(ModelDigest, PartRecipe)>,
    rule: ScoreRule,
}

impl TemplateMaker {
    /// A maker for the pack's embedder, which has that name. `own` is the recipe that the pack brings; without it
    /// one of the project's own is taken if it fits the models.
    ///
    /// # Errors
    /// [`RecipeError`] where a recipe is malformed, or the pack's own does not fit the models.
    pub(crate) fn new(
        embedder: Embedder,
        name: String,
        features: &FeatureModels,
        own: Option<&str>,
    ) -> Result<Self, RecipeError> {
        let plain = ScoreRule::single(embedder.digest(), embedder.dimension());
        let mut maker = Self { embedder, name, parts: Vec::new(), rule: plain };
        let recipe = match own {
            Some(text) => {
                let recipe = RecipeFile::parse(text)?.recipe()?;
                Some(maker.fits(&recipe, features).then_some(recipe).ok_or_else(other_models)?)
            }
            None => maker.known_recipe(features)?,
        };
        if let Some(recipe) = recipe {
            maker.rule = recipe.rule();
            maker.parts = recipe.parts.into_iter().map(|part| (part.digest(), part)).collect();
        }
        Ok(maker)
    }

    fn known_recipe(&self, features: &FeatureModels) -> Result<Option<Recipe>, RecipeError> {
        for text in KNOWN_RECIPES {
            let recipe = RecipeFile::parse(text)?.recipe()?;
            if self.fits(&recipe, features) {
                return Ok(Some(recipe));
            }
        }
        Ok(None)
    }

    /// Whether the recipe begins with the embedder and every model it names is at hand.
    fn fits(&self, recipe: &Recipe, features: &FeatureModels) -> bool {
        let sources = features.sources();
        let is_at_hand = |part: &PartRecipe| {
            part.model == self.embedder.digest() && part.input_dimension() == self.embedder.dimension()
                || sources
                    .iter()
                    .any(|source| (source.sha256, source.dimension) == (part.model, part.input_dimension()))
        };
        recipe.parts.first().is_some_and(|part| part.model == self.embedder.digest())
            && recipe.parts.iter().all(is_at_hand)
    }

    /// How the templates are compared.
    pub(crate) const fn rule(&self) -> &ScoreRule {
        &self.rule
    }

    /// Whether a face without a mesh gets no template from a detector that does, or does not, give five points.
    pub(crate) fn needs_mesh(&self, detector_gives_five: bool) -> bool {
        let is_embedder = |part: &PartRecipe| part.model == self.embedder.digest();
        self.embedder.needs_mesh(detector_gives_five) || self.parts.iter().any(|(_, part)| !is_embedder(part))
    }

    /// The template of a face; `None` where a part cannot be made of it. What the feature models say is kept in
    /// `known`.
    pub(crate) fn make(
        &self,
        face: SeenFace<'_>,
        features: &FeatureModels,
        known: &mut FaceFeatures,
    ) -> Result<Option<Template>, InferenceError> {
        if self.parts.is_empty() {
            let raw = self.ask(self.embedder.digest(), face, features, known)?;
            let part = |vector| TemplatePart { model: self.embedder.digest(), vector, cohort: None };
            return Ok(raw.and_then(|vector| Template::new(vec![part(vector)]).ok()));
        }
        let mut parts = Vec::with_capacity(self.parts.len());
        for (digest, recipe) in &self.parts {
            let raw = self.ask(recipe.model, face, features, known)?;
            let Some(vector) = raw.and_then(|raw| recipe.project(&raw)) else { return Ok(None) };
            let cohort = Some(recipe.spread(&vector));
            parts.push(TemplatePart { model: *digest, vector, cohort });
        }
        Ok(Template::new(parts).ok())
    }

    /// What every model says of the face.
    pub(crate) fn raw_parts(
        &self,
        face: SeenFace<'_>,
        features: &FeatureModels,
    ) -> Result<Vec<RawPart>, InferenceError> {
        let mut models = vec![(self.name.clone(), self.embedder.digest())];
        let others = features.sources().into_iter().map(|source| (source.name, source.sha256));
        models.extend(others.filter(|(_, digest)| *digest != self.embedder.digest()));
        let mut known = FaceFeatures::default();
        let mut parts = Vec::with_capacity(models.len());
        for (model_name, model) in models {
            let vector = self.ask(model, face, features, &mut known)?;
            parts.extend(vector.map(|vector| RawPart { model_name, model, vector }));
        }
        Ok(parts)
    }

    fn ask(
        &self,
        model: ModelDigest,
        face: SeenFace<'_>,
        features: &FeatureModels,
        known: &mut FaceFeatures,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let of_feature_model = |embedder: &Embedder| embedder.digest() == model;
        if features.embedder.as_ref().is_some_and(of_feature_model) {
            let Some(landmarks) = face.landmarks else { return Ok(None) };
            return Ok(features.embedding(face.photo, landmarks, known)?.map(<[f32]>::to_vec));
        }
        if model == self.embedder.digest() {
            return self.embedder.embed_face(face.photo, face.points, face.mesh);
        }
        let Some(landmarks) = face.landmarks else { return Ok(None) };
        let answer = features.faceres(face.photo, landmarks, known)?;
        Ok(answer.map(|answer| answer.features.clone()))
    }
}
