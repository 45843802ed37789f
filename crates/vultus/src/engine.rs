//! From the configuration to a face engine: runtime library, pack, licence, calibration table.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use vultus_face::{FaceAnalyzer, FaceEngine};
use vultus_inference::{InferenceError, Model, ModelOptions, Runtime, RuntimeOptions, WorkPool};
use vultus_models::{
    LoadRequest, Manifest, Pack, PackError, PackModel, Task, describe_pack, list, open_pack, runtime_library,
};
use vultus_search::Calibration;
use vultus_types::{ModelDigest, ScoreRule, Template};
use vultus_video::MediaParts;

use crate::config::Config;

/// Calibration tables made by this project, for embedders whose pack brings none of its own.
const KNOWN_TABLES: [&str; 3] = [
    include_str!("../../../models/calibration/default.json"),
    include_str!("../../../models/calibration/recommended.json"),
    include_str!("../../../models/calibration/mobilefacenet.json"),
];

/// The runtime with the configured options.
pub(crate) fn load_runtime(config: &Config, library: &Path) -> Result<Runtime, InferenceError> {
    let options = RuntimeOptions { openvino: config.openvino, ..RuntimeOptions::default() };
    Runtime::load(library, options)
}

/// Loads one model, to check its golden vector.
pub(crate) fn load_model(
    config: &Config,
    request: &LoadRequest<'_>,
) -> Result<Box<dyn Model>, InferenceError> {
    let library = config.ort_lib.as_deref().or(request.library).ok_or_else(|| InferenceError::Library {
        path: config.models_dir.display().to_string(),
        reason: "no runtime is installed for this platform; name one with VULTUS_ORT_LIB".to_owned(),
    })?;
    let runtime = load_runtime(config, library)?;
    let model = runtime.open(request.name, request.path, request.digest, ModelOptions::sessions(1))?;
    Ok(Box::new(model))
}

/// The configured pack, with its licence checked.
pub(crate) fn open_configured_pack(config: &Config) -> anyhow::Result<Pack> {
    open_named_pack(config, &config.pack)
}

fn open_named_pack(config: &Config, name: &str) -> anyhow::Result<Pack> {
    usable(config, name, open_pack(&config.models_dir, &pack_dir(config, name)))
}

fn usable(config: &Config, name: &str, pack: Result<Pack, PackError>) -> anyhow::Result<Pack> {
    let pack = pack.with_context(|| format!("pack {name:?} cannot be used; try `vultus models install`"))?;
    pack.check_licence(&config.accepted_licences)?;
    Ok(pack)
}

/// Where a pack lies: a name means an installed one, anything with a slash is a path.
fn pack_dir(config: &Config, name: &str) -> PathBuf {
    if name.contains(std::path::MAIN_SEPARATOR) { PathBuf::from(name) } else { config.models_dir.join(name) }
}

/// Whether the configured pack is one that can be installed and is not.
pub(crate) fn missing_manifest(config: &Config) -> anyhow::Result<Option<Manifest>> {
    if pack_dir(config, &config.pack).exists()
        && (config.ort_lib.is_some() || runtime_library(&config.models_dir).is_some())
    {
        return Ok(None);
    }
    Ok(Manifest::named(&config.pack)?)
}

/// How the templates of the configured pack are compared. Its models are loaded only where no recipe tells.
pub(crate) fn score_rule(config: &Config) -> anyhow::Result<ScoreRule> {
    let described = describe_pack(&config.models_dir, &pack_dir(config, &config.pack));
    let pack = usable(config, &config.pack, described)?;
    match vultus_face::recipe_rule(&pack)? {
        Some(rule) => Ok(rule),
        None => Ok(open(config)?.score_rule().clone()),
    }
}

/// The name of the pack, installed or known, whose embedder is the first of these models.
pub(crate) fn pack_of_embedder(config: &Config, models: &[ModelDigest]) -> Option<String> {
    let first = models.first()?.to_string();
    let rows = list(&config.models_dir).ok()?;
    let row = rows.into_iter().find(|row| row.task == Task::Embed && row.digest.as_ref() == Some(&first));
    row.map(|row| row.pack)
}

/// The installed runtime, or the one that is configured.
pub(crate) fn open_runtime(config: &Config) -> anyhow::Result<Runtime> {
    let installed = runtime_library(&config.models_dir);
    let Some(library) = config.ort_lib.clone().or(installed) else {
        bail!(
            "ONNX Runtime is not installed; run `vultus models install` or name a library with VULTUS_ORT_LIB"
        );
    };
    Ok(load_runtime(config, &library)?)
}

/// Loads the engine of `pack`, with as many sessions per model as there are threads.
pub(crate) fn load(config: &Config, pack: &Pack) -> anyhow::Result<FaceEngine> {
    Ok(FaceEngine::load(pack, &open_runtime(config)?, config.threads)?)
}

/// The engine of the configured pack, for commands that work on photos.
pub(crate) fn open(config: &Config) -> anyhow::Result<FaceEngine> {
    open_named(config, &config.pack)
}

/// The engine of a pack given by name or directory.
pub(crate) fn open_named(config: &Config, name: &str) -> anyhow::Result<FaceEngine> {
    load(config, &open_named_pack(config, name)?)
}

/// What the analysis of media works with: the configured pack's engine, as many threads as configured, and the
/// pack's calibration, without which nobody is known again.
pub(crate) fn media_parts(config: &Config) -> anyhow::Result<MediaParts> {
    let pack = open_configured_pack(config)?;
    let analyzer = Arc::new(load(config, &pack)?);
    let makes_templates = analyzer.capabilities().template;
    let calibration = makes_templates.then(|| calibration(&pack, &*analyzer)).transpose()?;
    let rule = analyzer.score_rule().clone();
    let likeness = move |one: &Template, other: &Template| {
        let similarity = rule.similarity(one, other).ok()?;
        Some(calibration.as_ref()?.confidence(similarity).get())
    };
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let pool = Arc::new(WorkPool::new(threads, threads.get())?);
    Ok(MediaParts { analyzer, pool, likeness: Arc::new(likeness) })
}

/// The calibration table for the pack's templates: the pack's own, or one made by this project.
pub(crate) fn calibration(pack: &Pack, analyzer: &dyn FaceAnalyzer) -> anyhow::Result<Calibration> {
    let embedder = pack.model(Task::Embed);
    let own = embedder.map(PackModel::read_calibration).transpose()?.flatten();
    if let Some(bytes) = own {
        let table =
            Calibration::from_json(&String::from_utf8(bytes)?).context("in the pack's calibration table")?;
        if !table.fits(analyzer.score_rule()) {
            bail!("the calibration table of pack {} was measured for another embedder", pack.name);
        }
        return Ok(table);
    }
    for text in KNOWN_TABLES {
        let table = Calibration::from_json(text)?;
        if table.fits(analyzer.score_rule()) {
            return Ok(table);
        }
    }
    bail!("no calibration table fits the embedder of pack {}; make one with `vultus calibrate`", pack.name);
}
