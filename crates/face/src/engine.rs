//! The engine: an installed pack's models, run on a photo as far as is wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vultus_inference::{Cancel, InferenceError, Model, ModelOptions, OrtModel, Provider, Runtime};
use vultus_media::{DecodeLimits, RgbPhoto, decode};
use vultus_models::{ModelKind, Pack, PackModel, Task};
use vultus_types::{AnalyzedFace, Landmarks, PhotoAnalysis, ScoreRule, StageTimings, Wanted};

use crate::attributes::{
    AttributeModels, DEFAULT_HEADS, ExpressionModels, FaceFeatures, FeatureModels, LookModels,
};
use crate::detect::{Detector, FaceFinder, FoundFace, is_cut_off};
use crate::embed::Embedder;
use crate::heads::{HeadError, HeadFile};
use crate::liveness::{LivenessDetector, MiniFasNet};
use crate::mesh::{Mesh, locate_mesh};
use crate::pose::head_pose;
use crate::quality::{assess_photo, assess_quality};
use crate::recipe::{RawPart, RecipeError};
use crate::template::{SeenFace, TemplateMaker};
use crate::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError, PartSource};

/// Why a pack gives no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is nothing to find faces with.
    #[error("model pack {pack} has no face detector")]
    NoDetector {
        /// The pack.
        pack: String,
    },
    /// A model that the engine cannot use for its task.
    #[error("model {model} cannot be used: {reason}")]
    Model {
        /// The model.
        model: String,
        /// Why.
        reason: &'static str,
    },
    /// The recipe of the pack's templates cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The recipe of the pack's templates cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A model could not be loaded.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// Finds and describes faces with the models of a pack. What the pack has no model for is never made up: it is
/// missing in [`FaceAnalyzer::capabilities`] and `None` in every face.
pub struct FaceEngine {
    finder: FaceFinder,
    templates: Option<TemplateMaker>,
    attributes: AttributeModels,
    liveness: Option<LivenessDetector>,
    liveness_model: Option<String>,
    no_rule: ScoreRule,
    limits: DecodeLimits,
}

impl FaceEngine {
    /// Opens the models that `pack` has for the engine's tasks. Each model computes at most `sessions` inputs at
    /// one time.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(pack: &Pack, runtime: &Runtime, sessions: usize) -> Result<Self, LoadError> {
        let opener = Opener { pack, runtime, sessions };
        let main = opener.detector(Task::Detect)?;
        let main = main.ok_or_else(|| LoadError::NoDetector { pack: pack.name.clone() })?;
        let small = opener.detector(Task::SmallFaceDetect)?;
        let mesh = opener.model(Task::Mesh)?;
        let embedder = opener.embedder()?;
        let attributes = opener.attributes(embedder.as_ref(), mesh.clone())?;
        let liveness = opener.liveness()?;
        Ok(Self {
            templates: embedder.map(|embedder| opener.templates(embedder, &attributes)).transpose()?,
            attributes,
            finder: FaceFinder { main, small, mesh },
            liveness_model: liveness.as_ref().map(LivenessDetector::name),
            liveness,
            no_rule: ScoreRule { parts: Vec::new() },
            limits: DecodeLimits::default(),
        })
    }

    /// The same with other limits for the photos it reads.
    #[must_use]
    pub fn with_limits(self, limits: DecodeLimits) -> Self {
        Self { limits, ..self }
    }

    /// The models that describe faces, for the training of heads.
    pub const fn attribute_models(&self) -> &AttributeModels {
        &self.attributes
    }

    /// Analyses a photo that is decoded already; otherwise as [`FaceAnalyzer::analyze`].
    ///
    /// # Errors
    /// As [`FaceAnalyzer::analyze`].
    pub fn analyze_photo(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        let mut timings = StageTimings::default();
        let found = timed(&mut timings.detect, || self.finder.find(photo, options, cancel))?;
        let mut faces = Vec::with_capacity(found.len());
        for face in found {
            faces.push(self.describe(photo, &face, options.wanted, cancel, &mut timings)?);
        }
        let assess = || if options.wanted.photo_quality { assess_photo(photo) } else { None };
        let quality = timed(&mut timings.attributes, assess);
        Ok(PhotoAnalysis { width: photo.width(), height: photo.height(), faces, quality, timings })
    }

    /// Runs the wanted stages on one face.
    fn describe(
        &self,
        photo: &RgbPhoto,
        found: &FoundFace,
        wanted: Wanted,
        cancel: &Cancel,
        timings: &mut StageTimings,
    ) -> Result<AnalyzedFace, FaceError> {
        let mut face = AnalyzedFace::new(found.bounds, found.score);
        let mesh = timed(&mut timings.landmarks, || self.mesh_of(photo, found, wanted))?;
        if let Some(mesh) = &mesh {
            face.landmarks = Some(mesh.landmarks());
            face.pose = head_pose(&mesh.points);
        }
        check(cancel)?;
        let mut known = FaceFeatures::default();
        if let Some(templates) = self.templates.as_ref().filter(|_| wanted.template) {
            let seen = seen(photo, found, mesh.as_ref(), face.landmarks.as_ref());
            let make = || templates.make(seen, self.attributes.features(), &mut known);
            face.template = timed(&mut timings.template, make)?;
        }
        check(cancel)?;
        timed(&mut timings.attributes, || self.describe_looks(photo, &mut face, wanted, &mut known))?;
        if !wanted.landmarks {
            (face.landmarks, face.pose) = (None, None);
        }
        check(cancel)?;
        face.is_cut = is_cut_off(&found.outline, photo.width(), photo.height());
        face.bounds = found.outline;
        Ok(face)
    }

    /// The mesh, where a wanted stage needs it.
    fn mesh_of(
        &self,
        photo: &RgbPhoto,
        found: &FoundFace,
        wanted: Wanted,
    ) -> Result<Option<Mesh>, InferenceError> {
        let needs_template = wanted.template && self.template_needs_mesh();
        let needs_looks = wanted.demographics || wanted.appearance || wanted.eyes || wanted.expression;
        let needs_landmarks = wanted.landmarks || wanted.quality || needs_looks;
        match (&found.mesh, &self.finder.mesh) {
            _ if !needs_template && !needs_landmarks => Ok(None),
            (Some(mesh), _) => Ok(Some(mesh.clone())),
            (None, Some(model)) => locate_mesh(photo, &found.bounds, found.points.eyes(), model.as_ref()),
            (None, None) => Ok(None),
        }
    }

    fn template_needs_mesh(&self) -> bool {
        let gives_five = self.finder.main.gives_five_points();
        self.templates.as_ref().is_some_and(|templates| templates.needs_mesh(gives_five))
    }

    /// Quality, attributes, liveness.
    fn describe_looks(
        &self,
        photo: &RgbPhoto,
        face: &mut AnalyzedFace,
        wanted: Wanted,
        known: &mut FaceFeatures,
    ) -> Result<(), InferenceError> {
        if let Some(landmarks) = &face.landmarks {
            if wanted.quality {
                face.quality = assess_quality(photo, landmarks, face.pose);
            }
            let told = self.attributes.describe(photo, landmarks, wanted, known)?;
            (face.demographics, face.glasses, face.lips) = (told.demographics, told.glasses, told.lips);
            (face.eyes, face.expression) = (told.eyes, told.expression);
        }
        if let Some(detector) = self.liveness.as_ref().filter(|_| wanted.liveness) {
            face.liveness = detector.assess(photo, &face.bounds)?;
        }
        Ok(())
    }
}

impl PartSource for FaceEngine {
    fn raw_parts(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<(PhotoAnalysis, Vec<Vec<RawPart>>), FaceError> {
        let photo = decode(photo, &self.limits)?;
        let wanted = Wanted { template: true, landmarks: true, ..options.wanted };
        let mut analysis =
            PhotoAnalysis { width: photo.width(), height: photo.height(), ..Default::default() };
        let mut parts = Vec::new();
        for found in self.finder.find(&photo, options, cancel)? {
            let mesh = self.mesh_of(&photo, &found, wanted)?;
            let landmarks = mesh.as_ref().map(Mesh::landmarks);
            let seen = seen(&photo, &found, mesh.as_ref(), landmarks.as_ref());
            let features = self.attributes.features();
            parts.push(match &self.templates {
                Some(templates) => templates.raw_parts(seen, features)?,
                None => Vec::new(),
            });
            analysis.faces.push(AnalyzedFace::new(found.bounds, found.score));
        }
        Ok((analysis, parts))
    }
}

impl FaceAnalyzer for FaceEngine {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        check(cancel)?;
        let mut time = Duration::ZERO;
        let photo = timed(&mut time, || decode(photo, &self.limits))?;
        let mut analysis = self.analyze_photo(&photo, options, cancel)?;
        analysis.timings.decode = time;
        Ok(analysis)
    }

    fn analyze_pixels(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        self.analyze_photo(photo, options, cancel)
    }

    fn capabilities(&self) -> Capabilities {
        let has_mesh = self.finder.mesh.is_some();
        Capabilities {
            template: self.templates.is_some() && (has_mesh || !self.template_needs_mesh()),
            demographics: has_mesh && self.attributes.tells_demographics(),
            ethnicity: has_mesh && self.attributes.tells_ethnicity(),
            glasses: has_mesh && self.attributes.tells_glasses(),
            eyes: has_mesh && self.attributes.tells_eyes(),
            expression: has_mesh && self.attributes.tells_expression(),
            liveness: self.liveness.is_some(),
        }
    }

    fn liveness_model(&self) -> Option<&str> {
        self.liveness_model.as_deref()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.templates.as_ref().map_or(&self.no_rule, TemplateMaker::rule)
    }
}

fn seen<'a>(
    photo: &'a RgbPhoto,
    found: &'a FoundFace,
    mesh: Option<&'a Mesh>,
    landmarks: Option<&'a Landmarks>,
) -> SeenFace<'a> {
    SeenFace { photo, points: &found.points, mesh, landmarks }
}

fn check(cancel: &Cancel) -> Result<(), FaceError> {
    if cancel.is_cancelled() { Err(FaceError::Cancelled) } else { Ok(()) }
}

/// What `work` returns; its time is added to `total`.
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}

/// Whether OpenVINO computes a model of this kind clearly faster than ONNX Runtime's own kernels. Measured by the
/// benchmark `providers` of `vultus-inference`: 1.3 to 1.5 times for these, no gain or a loss for the others,
/// each of which it would make 0.1 to 0.3 s slower to open.
const fn gains_from_openvino(kind: &ModelKind) -> bool {
    matches!(kind, ModelKind::BlazeFace | ModelKind::FaceMesh | ModelKind::Iris | ModelKind::MiniFasNet(_))
}

/// Opens a pack's models by task.
struct Opener<'a> {
    pack: &'a Pack,
    runtime: &'a Runtime,
    sessions: usize,
}

impl Opener<'_> {
    fn open(&self, model: &PackModel) -> Result<Arc<OrtModel>, InferenceError> {
        let provider = if gains_from_openvino(&model.kind) { None } else { Some(Provider::Cpu) };
        let options = ModelOptions { max_sessions: self.sessions, provider };
        self.runtime.open(&model.name, &model.path, model.digest, options).map(Arc::new)
    }

    fn model(&self, task: Task) -> Result<Option<Arc<dyn Model>>, LoadError> {
        let model = self.pack.model(task).map(|model| self.open(model)).transpose()?;
        Ok(model.map(|model| model as Arc<dyn Model>))
    }

    /// The first model of that kind, for whatever task.
    fn of_kind(&self, kind: &ModelKind) -> Result<Option<Arc<dyn Model>>, LoadError> {
        let model = self.pack.models.iter().chain(&self.pack.inherited).find(|model| model.kind == *kind);
        let model = model.map(|model| self.open(model)).transpose()?;
        Ok(model.map(|model| model as Arc<dyn Model>))
    }

    fn detector(&self, task: Task) -> Result<Option<Detector>, LoadError> {
        let Some(model) = self.pack.model(task) else { return Ok(None) };
        let detector = Detector::new(&model.kind, self.open(model)?);
        let reason = "its kind is no detector";
        detector.map(Some).ok_or_else(|| LoadError::Model { model: model.name.clone(), reason })
    }

    fn embedder(&self) -> Result<Option<Embedder>, LoadError> {
        self.pack.model(Task::Embed).map(|model| self.open_embedder(model)).transpose()
    }

    fn templates(
        &self,
        embedder: Embedder,
        attributes: &AttributeModels,
    ) -> Result<TemplateMaker, LoadError> {
        let model = self.pack.model(Task::Embed);
        let own = model.map(PackModel::read_template).transpose()?.flatten();
        let name = model.map_or_else(String::new, |model| model.name.clone());
        Ok(TemplateMaker::new(embedder, name, attributes.features(), own.as_deref())?)
    }

    fn open_embedder(&self, model: &PackModel) -> Result<Embedder, LoadError> {
        let refuse = |reason| LoadError::Model { model: model.name.clone(), reason };
        let opened = self.open(model)?;
        let shape = opened.outputs().first().map(|output| output.shape.as_slice());
        let dimension = shape.and_then(|shape| shape.last().copied().flatten());
        let dimension = dimension.ok_or_else(|| refuse("the length of its embedding is not fixed"))?;
        let embedder = Embedder::new(&model.kind, opened, dimension);
        embedder.ok_or_else(|| refuse("it is no embedder, or its embedding is too long"))
    }

    fn attributes(
        &self,
        embedder: Option<&Embedder>,
        mesh: Option<Arc<dyn Model>>,
    ) -> Result<AttributeModels, LoadError> {
        let mut attributes = AttributeModels::new(LookModels {
            features: FeatureModels {
                embedder: self.feature_embedder(embedder)?,
                faceres: self.of_kind(&ModelKind::Faceres)?,
            },
            age_gender: self.of_kind(&ModelKind::FaceApiAgeGender)?,
            expression: ExpressionModels {
                face_api: self.of_kind(&ModelKind::FaceApiExpression)?,
                emotion: self.of_kind(&ModelKind::Emotion)?,
            },
            iris: self.model(Task::Iris)?,
            mesh,
        });
        for json in DEFAULT_HEADS {
            match HeadFile::parse(json).and_then(|file| attributes.clone().with_head(&file)) {
                Ok(with_head) => attributes = with_head,
                // What a head for other models' features tells is then not among the capabilities.
                Err(HeadError::NoFeatureModel(_) | HeadError::OtherFeatureModel { .. }) => {}
                Err(_) => {
                    let reason = "a head of the project is damaged";
                    return Err(LoadError::Model { model: "heads".to_owned(), reason });
                }
            }
        }
        Ok(attributes)
    }

    /// The dlib embedder, whose features heads read: that of the templates, or one that another has replaced there.
    fn feature_embedder(&self, embedder: Option<&Embedder>) -> Result<Option<Embedder>, LoadError> {
        let mut models = self.pack.models.iter().chain(&self.pack.inherited);
        let Some(model) = models.find(|model| model.kind == ModelKind::DlibResNet) else { return Ok(None) };
        match embedder.filter(|embedder| embedder.digest() == model.digest) {
            Some(embedder) => Ok(Some(embedder.clone())),
            None => self.open_embedder(model).map(Some),
        }
    }

    fn liveness(&self) -> Result<Option<LivenessDetector>, LoadError> {
        let mut nets = Vec::new();
        for model in self.pack.models_for(Task::Liveness) {
            match &model.kind {
                ModelKind::MiniFasNet(params) => {
                    let (name, crop_scale) = (model.name.clone(), params.crop_scale);
                    nets.push(MiniFasNet { model: self.open(model)?, crop_scale, name });
                }
                ModelKind::HumanLiveness if nets.is_empty() => {
                    return Ok(Some(LivenessDetector::Human(self.open(model)?)));
                }
                _ => {}
            }
        }
        Ok((!nets.is_empty()).then_some(LivenessDetector::MiniFasNets(nets)))
    }
}
