//! Manifests: what a pack that Vultus installs is made of.

use std::collections::HashSet;

use serde::Deserialize;
use vultus_types::ModelDigest;

use crate::golden;
use crate::pack::{ModelKind, Task, is_name, is_plain_path};

/// The default pack.
const DEFAULT: &str = include_str!("../../../models/default.toml");
/// The recommended pack.
const RECOMMENDED: &str = include_str!("../../../models/recommended.toml");
/// The largest package, in bytes.
const MAX_PACKAGE: u64 = 1 << 30;

/// The sources and models of a pack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The pack's name.
    pub name: String,
    /// The pack's version.
    pub version: String,
    /// The licences of the models.
    pub licence: String,
    /// Whether every model may be used commercially.
    pub commercial: bool,
    /// The pack that serves the other tasks.
    pub extends: Option<String>,
    /// The packages.
    pub sources: Vec<Source>,
    /// The shared libraries of the runtime, one entry for each platform.
    #[serde(default)]
    pub(crate) runtimes: Vec<RuntimeEntry>,
    /// The models.
    pub models: Vec<ManifestModel>,
    /// Digest of the text this was read from.
    #[serde(skip)]
    pub(crate) digest: String,
}

/// A package, pinned by its digest.
#[derive(Clone, Debug, Deserialize)]
pub struct Source {
    /// The name that models refer to.
    pub id: String,
    /// How it is obtained.
    #[serde(flatten)]
    pub origin: Origin,
    /// Its version.
    pub version: String,
    /// The licence of the package.
    pub licence: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 digest of the package's file.
    #[serde(rename = "sha256", deserialize_with = "digest")]
    pub digest: ModelDigest,
}

/// Where a package comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "client", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Origin {
    /// The npm registry.
    Npm {
        /// The package's name.
        package: String,
    },
    /// The Python package index.
    Pip {
        /// The package's name.
        package: String,
        /// Further arguments of `pip download`, which choose the wheel.
        #[serde(default)]
        args: Vec<String>,
    },
    /// A file in a public repository.
    Repository {
        /// The repository's address.
        repository: String,
        /// The commit.
        commit: String,
        /// The file's path.
        path: String,
    },
}

/// The runtime's shared library for one platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeEntry {
    /// Architecture and operating system, as `x86_64-linux`.
    pub(crate) target: String,
    pub(crate) source: String,
    /// The file to load, as named in the package.
    pub(crate) library: String,
    /// Files that must lie beside it.
    pub(crate) files: Vec<String>,
}

/// A model to import.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestModel {
    /// The model's name.
    pub name: String,
    /// What it is used for.
    pub task: Task,
    /// The name of its adapter.
    pub kind: String,
    /// Parameters of the adapter.
    #[serde(default)]
    pub(crate) params: toml::Table,
    /// The package it comes from.
    pub source: String,
    /// How it becomes ONNX.
    pub(crate) importer: Importer,
    /// Its files in the package.
    pub files: Vec<String>,
    /// The input in words.
    pub input: String,
    /// The licence of the model.
    pub licence: String,
    /// Who made the weights.
    pub provenance: String,
    /// The digest that the imported ONNX file must have.
    #[serde(default, rename = "sha256", deserialize_with = "some_digest")]
    pub(crate) digest: Option<ModelDigest>,
    /// The name of its golden vector.
    #[serde(default)]
    pub(crate) golden: Option<String>,
    /// Whether its answers are known to be poor.
    #[serde(default)]
    pub weak: bool,
    /// Whether a small install leaves it out.
    #[serde(default)]
    pub optional: bool,
}

/// How a model's files become ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Importer {
    /// A `TensorFlow.js` graph model: JSON and weights.
    #[serde(rename = "tfjs")]
    Tfjs,
    /// The face-api network of that name: weight manifest and weights.
    #[serde(rename = "faceapi:face_recognition")]
    FaceRecognition,
    #[serde(rename = "faceapi:age_gender")]
    AgeGender,
    #[serde(rename = "faceapi:face_expression")]
    FaceExpression,
    #[serde(rename = "faceapi:face_landmark_68")]
    FaceLandmark68,
    #[serde(rename = "faceapi:ssd_mobilenetv1")]
    SsdMobileNetV1,
    /// The PyTorch checkpoint of the voice encoder.
    #[serde(rename = "torch-voice-encoder")]
    TorchVoiceEncoder,
    /// The file is ONNX already.
    #[serde(rename = "copy")]
    Copy,
}

impl Importer {
    const fn file_count(self) -> usize {
        if matches!(self, Self::Copy | Self::TorchVoiceEncoder) { 1 } else { 2 }
    }
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("malformed manifest: {0}")]
pub struct ManifestError(String);

impl Manifest {
    /// The names of the packs that Vultus can install.
    pub const NAMES: [&str; 2] = ["default", "recommended"];

    /// The manifest of a pack that Vultus can install, or nothing for other names.
    ///
    /// # Errors
    /// [`ManifestError`] never happens for the manifests that are compiled in.
    pub fn named(name: &str) -> Result<Option<Self>, ManifestError> {
        match name {
            "default" => Self::parse(DEFAULT).map(Some),
            "recommended" => Self::parse(RECOMMENDED).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a manifest and checks that it is consistent.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text).map_err(|error| ManifestError(error.to_string()))?;
        manifest.digest = ModelDigest::of(text.as_bytes()).to_string();
        manifest.check().map_err(ManifestError)?;
        Ok(manifest)
    }

    /// The package with that id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The runtime's entry for a platform.
    pub(crate) fn runtime(&self, target: &str) -> Option<&RuntimeEntry> {
        self.runtimes.iter().find(|runtime| runtime.target == target)
    }

    fn check(&self) -> Result<(), String> {
        let names = [&self.name].into_iter().chain(&self.extends).chain(self.models.iter().map(|m| &m.name));
        if let Some(name) = names.into_iter().find(|name| !is_name(name)) {
            return Err(format!("{name:?} is not a name"));
        }
        let mut ids = HashSet::new();
        if let Some(twin) = self.sources.iter().find(|source| !ids.insert(&source.id)) {
            return Err(format!("two sources have the id {}", twin.id));
        }
        if let Some(source) =
            self.sources.iter().find(|s| !is_name(&s.id) || !(1..=MAX_PACKAGE).contains(&s.bytes))
        {
            return Err(format!("source {:?} has an impossible id or size", source.id));
        }
        if let Some(runtime) = self.runtimes.iter().find(|runtime| !ids.contains(&runtime.source)) {
            return Err(format!("runtime {} names no source", runtime.target));
        }
        let mut names = HashSet::new();
        for model in &self.models {
            let twin = !names.insert(&model.name);
            let problem = if twin { Some("the name is used twice".to_owned()) } else { self.problem(model) };
            if let Some(problem) = problem {
                return Err(format!("model {}: {problem}", model.name));
            }
        }
        Ok(())
    }

    /// What is wrong with a model's entry.
    fn problem(&self, model: &ManifestModel) -> Option<String> {
        if self.source(&model.source).is_none() {
            return Some(format!("there is no source {}", model.source));
        }
        if model.files.len() != model.importer.file_count() || !model.files.iter().all(|f| is_plain_path(f)) {
            return Some("the importer needs other files".to_owned());
        }
        if model.golden.as_deref().is_some_and(|name| golden::known(name).is_none()) {
            return Some("there is no such golden vector".to_owned());
        }
        match ModelKind::from_parts(&model.kind, model.params.clone()) {
            Ok(kind) if kind.serves(model.task) => None,
            Ok(_) => Some("the kind cannot serve the task".to_owned()),
            Err(reason) => Some(reason),
        }
    }
}

impl Source {
    /// The package with its version and origin in one line.
    pub fn describe(&self) -> String {
        match &self.origin {
            Origin::Npm { package } => format!("npm {package} {}", self.version),
            Origin::Pip { package, .. } => format!("pip {package} {}", self.version),
            Origin::Repository { repository, commit, path } => format!("{repository} {commit} {path}"),
        }
    }

    /// The address of a repository's file.
    pub(crate) fn address(&self) -> Option<String> {
        match &self.origin {
            Origin::Repository { repository, commit, path } => {
                Some(format!("{repository}/raw/{commit}/{path}"))
            }
            Origin::Npm { .. } | Origin::Pip { .. } => None,
        }
    }
}

fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ModelDigest, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn some_digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ModelDigest>, D::Error> {
    digest(deserializer).map(Some)
}

/// The platform this program was built for, as manifests name it.
pub(crate) fn current_target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_compiled_in_are_consistent() {
        for name in Manifest::NAMES {
            let manifest = Manifest::named(name).unwrap().unwrap();
            assert_eq!(manifest.name, name);
            assert!(manifest.models.iter().all(|model| manifest.source(&model.source).is_some()));
        }
        assert!(Manifest::named("other").unwrap().is_none());
    }

    #[test]
    fn the_default_pack_serves_every_task() {
        let manifest = Manifest::named("default").unwrap().unwrap();
        let tasks: HashSet<Task> = manifest.models.iter().map(|model| model.task).collect();
        assert_eq!(tasks.len(), 11);
        assert!(manifest.runtime("x86_64-linux").is_some() && manifest.runtime("aarch64-linux").is_some());
    }

    #[test]
    fn inconsistent_manifests_are_refused() {
        for (from, to) in [
            ("source = \"human\"", "source = \"inhuman\""),
            ("kind = \"iris\"", "kind = \"lily\""),
            ("kind = \"iris\"", "kind = \"emotion\""),
            ("importer = \"tfjs\"", "importer = \"pickle\""),
            ("golden = \"iris\"", "golden = \"lily\""),
            ("package/models/iris.bin", "/etc/passwd"),
            ("package/models/iris.bin", "package/../iris.bin"),
            ("id = \"face-api\"", "id = \"human\""),
            ("client = \"npm\"", "client = \"curl\""),
            ("name = \"iris\"", "name = \"emotion\""),
            ("bytes = 28615417", "bytes = 0"),
            ("sha256 = \"425e", "sha256 = \"zz5e"),
        ] {
            let text = DEFAULT.replace(from, to);
            assert_ne!(text, DEFAULT, "{from}");
            assert!(Manifest::parse(&text).is_err(), "{from} -> {to}");
        }
    }
}
