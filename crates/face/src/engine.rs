//! The engine: an installed pack's models, run on a photo as far as is wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vultus_inference::{Cancel, InferenceError, Model, ModelOptions, OrtModel, Provider, Runtime};
use vultus_media::{DecodeLimits, RgbPhoto, decode};
use vultus_models::{ModelKind, Pack, PackModel, Task};
use vultus_types::{AnalyzedFace, PhotoAnalysis, ScoreRule, StageTimings, Template, TemplatePart, Wanted};

use crate::attributes::{AttributeModels, DEFAULT_GLASSES_HEAD, WantedAttributes};
use crate::detect::{Detector, FaceFinder, FoundFace, is_cut_off};
use crate::embed::Embedder;
use crate::heads::HeadFile;
use crate::liveness::{LivenessDetector, MiniFasNet};
use crate::mesh::{Mesh, locate_mesh};
use crate::pose::head_pose;
use crate::quality::assess_quality;
use crate::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};

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
    /// A model could not be loaded.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// Finds and describes faces with the models of a pack. What the pack has no model for is never made up: it is
/// missing in [`FaceAnalyzer::capabilities`] and `None` in every face.
pub struct FaceEngine {
    finder: FaceFinder,
    embedder: Option<Embedder>,
    attributes: AttributeModels,
    liveness: Option<LivenessDetector>,
    rule: ScoreRule,
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
        let rule = match &embedder {
            Some(embedder) => ScoreRule::single(embedder.digest(), embedder.dimension()),
            None => ScoreRule { parts: Vec::new() },
        };
        Ok(Self {
            attributes: opener.attributes()?.with_mesh(mesh.clone()),
            finder: FaceFinder { main, small, mesh },
            embedder,
            liveness: opener.liveness()?,
            rule,
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
        Ok(PhotoAnalysis { width: photo.width(), height: photo.height(), faces, timings })
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
        if wanted.template {
            face.template = timed(&mut timings.template, || self.template(photo, found, mesh.as_ref()))?;
        }
        check(cancel)?;
        timed(&mut timings.attributes, || self.describe_looks(photo, &mut face, wanted))?;
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
        let needs_template = wanted.template && self.embedder_needs_mesh();
        let needs_landmarks = wanted.landmarks || wanted.quality || wanted.demographics || wanted.appearance;
        match (&found.mesh, &self.finder.mesh) {
            _ if !needs_template && !needs_landmarks => Ok(None),
            (Some(mesh), _) => Ok(Some(mesh.clone())),
            (None, Some(model)) => locate_mesh(photo, &found.bounds, found.points.eyes(), model.as_ref()),
            (None, None) => Ok(None),
        }
    }

    fn embedder_needs_mesh(&self) -> bool {
        let gives_five = self.finder.main.gives_five_points();
        self.embedder.as_ref().is_some_and(|embedder| embedder.needs_mesh(gives_five))
    }

    fn template(
        &self,
        photo: &RgbPhoto,
        found: &FoundFace,
        mesh: Option<&Mesh>,
    ) -> Result<Option<Template>, InferenceError> {
        let Some(embedder) = &self.embedder else { return Ok(None) };
        let Some(vector) = embedder.embed_face(photo, &found.points, mesh)? else { return Ok(None) };
        // A vector that is no template is a model of an impossible size, which loading has refused.
        Ok(Template::new(vec![TemplatePart { model: embedder.digest(), vector, cohort: None }]).ok())
    }

    /// Quality, age, gender, glasses, lips, liveness.
    fn describe_looks(
        &self,
        photo: &RgbPhoto,
        face: &mut AnalyzedFace,
        wanted: Wanted,
    ) -> Result<(), InferenceError> {
        if let Some(landmarks) = &face.landmarks {
            if wanted.quality {
                face.quality = assess_quality(photo, landmarks, face.pose);
            }
            let attributes =
                WantedAttributes { demographics: wanted.demographics, appearance: wanted.appearance };
            let told = self.attributes.describe(photo, landmarks, attributes)?;
            (face.demographics, face.glasses, face.lips) = (told.demographics, told.glasses, told.lips);
        }
        if let Some(detector) = self.liveness.as_ref().filter(|_| wanted.liveness) {
            face.liveness = detector.assess(photo, &face.bounds)?;
        }
        Ok(())
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

    fn capabilities(&self) -> Capabilities {
        let has_mesh = self.finder.mesh.is_some();
        Capabilities {
            template: self.embedder.is_some() && (has_mesh || !self.embedder_needs_mesh()),
            demographics: has_mesh && self.attributes.tells_demographics(),
            ethnicity: false,
            glasses: has_mesh && self.attributes.tells_glasses(),
            liveness: self.liveness.is_some(),
        }
    }

    fn score_rule(&self) -> &ScoreRule {
        &self.rule
    }
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
        let model = self.pack.models.iter().find(|model| model.kind == *kind);
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
        let Some(model) = self.pack.model(Task::Embed) else { return Ok(None) };
        let refuse = |reason| LoadError::Model { model: model.name.clone(), reason };
        let opened = self.open(model)?;
        let shape = opened.outputs().first().map(|output| output.shape.as_slice());
        let dimension = shape.and_then(|shape| shape.last().copied().flatten());
        let dimension = dimension.ok_or_else(|| refuse("the length of its embedding is not fixed"))?;
        let embedder = Embedder::new(&model.kind, opened, dimension);
        embedder.map(Some).ok_or_else(|| refuse("it is no embedder, or its embedding is too long"))
    }

    fn attributes(&self) -> Result<AttributeModels, LoadError> {
        let faceres = self.of_kind(&ModelKind::Faceres)?;
        let models = AttributeModels::new(faceres, self.of_kind(&ModelKind::FaceApiAgeGender)?);
        let head = HeadFile::parse(DEFAULT_GLASSES_HEAD).and_then(|file| file.head());
        let head = head.map_err(|_| LoadError::Model {
            model: "glasses".to_owned(),
            reason: "the head that tells them is damaged",
        })?;
        // A head for another model's features is left out: glasses are then not among the capabilities.
        Ok(models.clone().with_glasses(head).unwrap_or(models))
    }

    fn liveness(&self) -> Result<Option<LivenessDetector>, LoadError> {
        let mut nets = Vec::new();
        for model in self.pack.models_for(Task::Liveness) {
            match &model.kind {
                ModelKind::MiniFasNet(params) => {
                    nets.push(MiniFasNet { model: self.open(model)?, crop_scale: params.crop_scale });
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
