//! Manifests: what a pack that Vultus installs is made of.

use std::collections::HashSet;

use serde::Deserialize;
use vultus_types::ModelDigest;

use crate::golden;
use crate::pack::{ModelKind, PackError, Task, is_name, is_plain_path};

/// The default pack.
const DEFAULT: &str = include_str!("../../../models/default.toml");
/// The recommended pack.
const RECOMMENDED: &str = include_str!("../../../models/recommended.toml");
/// `SFace`, described only.
const SFACE: &str = include_str!("../../../models/sface.toml");
/// The packs of `InsightFace`, described only.
const BUFFALO_L: &str = include_str!("../../../models/buffalo_l.toml");
const BUFFALO_S: &str = include_str!("../../../models/buffalo_s.toml");
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
    /// What the pack's embedder was measured to reach, where it was.
    pub measured: Option<Measured>,
    /// The packages.
    pub sources: Vec<Source>,
    /// The shared libraries of the runtime, one entry for each platform.
    #[serde(default)]
    pub(crate) runtimes: Vec<RuntimeEntry>,
    /// The models.
    pub models: Vec<ManifestModel>,
    /// Digest of everything in it that an install depends on.
    #[serde(skip)]
    pub(crate) digest: String,
}

/// What an embedder was measured to reach.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The name of the set of photos.
    pub set: String,
    /// The false match rate at which it was measured, above 0 and below 1.
    pub fmr: f64,
    /// The true match rate there, 0 to 1.
    pub tar: f64,
}

/// A package: pinned by its digest, or brought by the operator.
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
    /// What its file must be; nothing where the operator brings it.
    #[serde(flatten)]
    pub pin: Option<Pin>,
}

/// What a package's file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Pin {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 digest.
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
    /// A file that the operator brings: it may not be passed on, or its digest is not known here.
    Operator {
        /// The file's name.
        file: String,
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
    /// How many numbers each of its outputs has, in any order, where an install shall check that.
    #[serde(default)]
    pub(crate) outputs: Option<Vec<usize>>,
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
    pub const NAMES: [&str; 5] = ["default", "recommended", "sface", "buffalo_l", "buffalo_s"];

    /// The manifest of a pack that Vultus can install, or nothing for other names.
    ///
    /// # Errors
    /// [`ManifestError`] never happens for the manifests that are compiled in.
    pub fn named(name: &str) -> Result<Option<Self>, ManifestError> {
        match name {
            "default" => Self::parse(DEFAULT).map(Some),
            "recommended" => Self::parse(RECOMMENDED).map(Some),
            "sface" => Self::parse(SFACE).map(Some),
            "buffalo_l" => Self::parse(BUFFALO_L).map(Some),
            "buffalo_s" => Self::parse(BUFFALO_S).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a manifest and checks that it is consistent.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text).map_err(|error| ManifestError(error.to_string()))?;
        manifest.digest = digest_of_contents(text).map_err(|error| ManifestError(error.to_string()))?;
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

    /// Whether a licence forbids commercial use, so that the operator must accept the pack by its name.
    ///
    /// # Errors
    /// [`PackError::LicenceNotAccepted`] unless `accepted` names the pack.
    pub fn check_licence(&self, accepted: &[String]) -> Result<(), PackError> {
        if self.commercial || accepted.contains(&self.name) {
            return Ok(());
        }
        Err(PackError::LicenceNotAccepted { pack: self.name.clone(), licence: self.licence.clone() })
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
        if let Some(source) = self.sources.iter().find(|source| !source.is_sound()) {
            return Err(format!("source {:?} has an impossible id, size, digest or file name", source.id));
        }
        let is_rate = |rate: f64| (0.0..=1.0).contains(&rate);
        if let Some(measured) = &self.measured
            && !(is_rate(measured.fmr) && is_rate(measured.tar))
        {
            return Err("a measured rate does not lie between 0 and 1".to_owned());
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
            Origin::Operator { file } => format!("{file}, which the operator brings"),
        }
    }

    /// The address of a repository's file. `mirror` stands in for the scheme and host of the repository's
    /// address where it is given.
    pub(crate) fn address(&self, mirror: Option<&str>) -> Option<String> {
        let Origin::Repository { repository, commit, path } = &self.origin else { return None };
        let (scheme, rest) = repository.split_once("://")?;
        let (host, place) = rest.split_once('/')?;
        let base =
            mirror.map_or_else(|| format!("{scheme}://{host}"), |m| m.trim_end_matches('/').to_owned());
        Some(format!("{base}/{place}/raw/{commit}/{path}"))
    }

    fn is_sound(&self) -> bool {
        let has_pin = match &self.origin {
            Origin::Operator { file } => self.pin.is_none() && is_plain_path(file) && !file.contains('/'),
            _ => self.pin.is_some_and(|pin| (1..=MAX_PACKAGE).contains(&pin.bytes)),
        };
        has_pin && is_name(&self.id)
    }
}

/// The digest of what the text says, but for the figures: new figures are no reason to install again.
fn digest_of_contents(text: &str) -> Result<String, toml::de::Error> {
    let mut contents: toml::Table = toml::from_str(text)?;
    contents.remove("measured");
    Ok(ModelDigest::of(contents.to_string().as_bytes()).to_string())
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
            ("bytes = 28615417\n", ""),
            ("client = \"npm\"", "client = \"operator\"\nfile = \"x.tgz\""),
            ("tar = 0.901", "tar = 95.1"),
        ] {
            let text = DEFAULT.replace(from, to);
            assert_ne!(text, DEFAULT, "{from}");
            assert!(Manifest::parse(&text).is_err(), "{from} -> {to}");
        }
    }
    #[test]
    fn the_described_packs_need_acceptance_where_their_licence_does() {
        for (name, is_free) in
            [("default", true), ("sface", true), ("buffalo_l", false), ("buffalo_s", false)]
        {
            let manifest = Manifest::named(name).unwrap().unwrap();
            assert_eq!(manifest.check_licence(&[]).is_ok(), is_free, "{name}");
            manifest.check_licence(&[name.to_owned()]).unwrap();
        }
    }

    #[test]
    fn files_of_repositories_have_addresses_at_their_host_or_a_mirror() {
        let manifest = Manifest::named("recommended").unwrap().unwrap();
        let source = manifest.source("mobilefacenet").unwrap();
        let place =
            "foamliu/MobileFaceNet/raw/a6cc9032a659b615f477833e1a70b5e7931bcccc/weights/MobileFaceNet.onnx";
        assert_eq!(source.address(None).unwrap(), format!("https://github.com/{place}"));
        for mirror in ["http://127.0.0.1:9/git", "http://127.0.0.1:9/git/"] {
            assert_eq!(source.address(Some(mirror)).unwrap(), format!("http://127.0.0.1:9/git/{place}"));
        }
        let npm = Manifest::named("default").unwrap().unwrap();
        assert_eq!(npm.source("human").unwrap().address(None), None);
    }

    #[test]
    fn figures_and_comments_do_not_change_what_is_installed() {
        let digest = |text: &str| Manifest::parse(text).unwrap().digest;
        let text = DEFAULT.replace("tar = 0.901", "tar = 0.96 # better");
        assert_ne!(text, DEFAULT);
        assert_eq!(digest(&text), digest(DEFAULT));
        assert_ne!(digest(&DEFAULT.replace("3.3.6", "3.3.7")), digest(DEFAULT));
    }

    #[test]
    fn operators_bring_files_without_a_pin_and_inside_a_directory() {
        for (from, to) in [
            ("file = \"det_10g.onnx\"", "file = \"../det_10g.onnx\""),
            ("file = \"det_10g.onnx\"", "file = \"det_10g.onnx\"\nbytes = 5\nsha256 = \"DIGEST\""),
        ] {
            let text = BUFFALO_L.replacen(from, to, 1).replace("DIGEST", &"0".repeat(64));
            assert_ne!(text, BUFFALO_L);
            assert!(Manifest::parse(&text).is_err(), "{to}");
        }
    }
}
