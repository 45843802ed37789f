//! Packs: directories of ONNX models described by a `pack.toml`. The installed default pack and the packs that
//! operators bring have the same form.

mod kind;
mod parse;

use std::path::{Path, PathBuf};

pub use kind::{ArcFaceParams, ChipTemplate, ColourOrder, DetectorParams, MiniFasNetParams, ModelKind, Task};
pub(crate) use parse::{ModelEntry, PackFile, is_name, is_plain_path};

use vultus_types::ModelDigest;

/// The file in a pack's directory that describes it.
pub const PACK_FILE: &str = "pack.toml";
/// The directory in the install root with calibration tables that the operator made for installed packs.
const CALIBRATIONS: &str = "calibration";
/// How many packs may extend one another in a row.
const MAX_PARENTS: usize = 8;

/// A set of models that serve the engines' tasks.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The pack's name, also the name of its directory when installed.
    pub name: String,
    /// The pack's version.
    pub version: String,
    /// The licences of its models, as an SPDX expression where there is one.
    pub licence: String,
    /// Whether every model may be used commercially.
    pub commercial: bool,
    /// The pack's directory.
    pub dir: PathBuf,
    /// The pack that serves the tasks for which this one brings no models.
    pub extends: Option<String>,
    /// The models, in the order of the file; those of extended packs behind them.
    pub models: Vec<PackModel>,
    /// The models of extended packs that serve no task any more, as this pack serves it by its own. What they tell of
    /// a face beside their task is still of use: heads read the features of some.
    pub inherited: Vec<PackModel>,
    /// Digest of the manifest an installed pack was made from.
    pub(crate) manifest: Option<String>,
    /// Names and licences of the packs herein that must not be used commercially.
    restricted: Vec<(String, String)>,
}

/// One model of a pack. Its file was present and had [`Self::digest`] when the pack was opened.
#[derive(Clone, Debug)]
pub struct PackModel {
    /// The model's name, unique in its pack.
    pub name: String,
    /// What it is used for.
    pub task: Task,
    /// How it is fed and read.
    pub kind: ModelKind,
    /// The ONNX file.
    pub path: PathBuf,
    /// The digest of the ONNX file.
    pub digest: ModelDigest,
    /// The size of the ONNX file in bytes.
    pub bytes: u64,
    /// The model's licence.
    pub licence: String,
    /// Where the weights come from.
    pub source: String,
    /// The version of the source.
    pub version: String,
    /// The input in words: size, colours, range.
    pub input: String,
    /// Whether the answers are known to be poor, so that they must be labelled as such.
    pub weak: bool,
    /// The calibration table of an embedder (score to false match rate), as a JSON file.
    pub calibration: Option<PathBuf>,
    /// The recipe of an embedder's templates, as a JSON file.
    pub template: Option<PathBuf>,
    /// The golden vector: an input by formula and the outputs it must give.
    pub golden: Option<PathBuf>,
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A file is missing or unreadable.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// `pack.toml` is not of the expected form.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where it is known.
        reason: String,
    },
    /// A model names a task, kind or parameter that does not exist.
    #[error("{}: model {model}: {reason}", path.display())]
    Model {
        /// The `pack.toml`.
        path: PathBuf,
        /// The model.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// A model file differs from its digest.
    #[error("{}: expected SHA-256 {expected}, found {actual}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// The digest in `pack.toml`.
        expected: ModelDigest,
        /// The digest of the file.
        actual: ModelDigest,
    },
    /// The named pack is not installed.
    #[error("model pack {name} is not installed in {}", root.display())]
    NotInstalled {
        /// The pack.
        name: String,
        /// The install root.
        root: PathBuf,
    },
    /// Packs extend each other in a circle, or too many in a row.
    #[error("model pack {0} extends too many packs, or itself")]
    Circle(String),
    /// The licence forbids commercial use and the operator has not accepted it by name.
    #[error(
        "model pack {pack} has the licence {licence}, which must be accepted by the pack's name in the configuration"
    )]
    LicenceNotAccepted {
        /// The pack.
        pack: String,
        /// Its licence.
        licence: String,
    },
}

impl Pack {
    /// Opens the pack in `dir` and checks every model file against its digest. Models of a pack that this one
    /// extends are not included: see [`open_pack`].
    ///
    /// # Errors
    /// [`PackError`] where the description is malformed or a file is missing or differs.
    pub fn open(dir: &Path) -> Result<Self, PackError> {
        settled(dir, |dir| {
            let pack = parse::read(dir)?;
            for model in &pack.models {
                let actual = digest_file(&model.path)?;
                if actual != model.digest {
                    let path = model.path.clone();
                    return Err(PackError::Digest { path, expected: model.digest, actual });
                }
            }
            Ok(pack)
        })
    }

    /// Reads the pack's description and the sizes of its files, without checking digests.
    ///
    /// # Errors
    /// [`PackError`] where the description is malformed or a file is missing.
    pub fn describe(dir: &Path) -> Result<Self, PackError> {
        settled(dir, parse::read)
    }

    /// The models of a task, in order of preference.
    pub fn models_for(&self, task: Task) -> impl Iterator<Item = &PackModel> {
        self.models.iter().filter(move |model| model.task == task)
    }

    /// The preferred model of a task.
    pub fn model(&self, task: Task) -> Option<&PackModel> {
        self.models_for(task).next()
    }

    /// Serves the tasks for which this pack has no models by those of `parent`.
    #[must_use]
    pub fn over(mut self, parent: Self) -> Self {
        let own: Vec<Task> = self.models.iter().map(|model| model.task).collect();
        let (served, added): (Vec<PackModel>, Vec<PackModel>) =
            parent.models.into_iter().partition(|model| own.contains(&model.task));
        self.models.extend(added);
        self.inherited.extend(served.into_iter().chain(parent.inherited));
        self.commercial &= parent.commercial;
        self.restricted.extend(parent.restricted);
        self.extends = parent.extends;
        self
    }

    /// Refuses a pack that must not be used commercially, unless each such pack is in `accepted`.
    ///
    /// # Errors
    /// [`PackError::LicenceNotAccepted`].
    pub fn check_licence(&self, accepted: &[String]) -> Result<(), PackError> {
        match self.restricted.iter().find(|(name, _)| !accepted.contains(name)) {
            Some((pack, licence)) => {
                Err(PackError::LicenceNotAccepted { pack: pack.clone(), licence: licence.clone() })
            }
            None => Ok(()),
        }
    }
}

impl PackModel {
    /// The calibration table's text, where the pack has one for this model.
    ///
    /// # Errors
    /// The error of reading the file.
    pub fn read_calibration(&self) -> std::io::Result<Option<Vec<u8>>> {
        self.calibration.as_ref().map(fs_err::read).transpose()
    }

    /// The text of the recipe for templates, where the pack has one for this model.
    ///
    /// # Errors
    /// The error of reading the file.
    pub fn read_template(&self) -> std::io::Result<Option<String>> {
        self.template.as_ref().map(fs_err::read_to_string).transpose()
    }
}

/// Opens an installed pack by name, with the installed packs it extends.
///
/// # Errors
/// [`PackError`], [`PackError::NotInstalled`] among them.
pub fn installed_pack(root: &Path, name: &str) -> Result<Pack, PackError> {
    open_pack(root, &installed_dir(root, name)?)
}

/// Opens the pack in `dir`, with the packs it extends, which must be installed in `root`.
///
/// # Errors
/// [`PackError`], [`PackError::NotInstalled`] where an extended pack is missing.
pub fn open_pack(root: &Path, dir: &Path) -> Result<Pack, PackError> {
    resolve(root, dir, Pack::open)
}

/// As [`open_pack`], without checking digests.
///
/// # Errors
/// [`PackError`], [`PackError::NotInstalled`] where an extended pack is missing.
pub fn describe_pack(root: &Path, dir: &Path) -> Result<Pack, PackError> {
    resolve(root, dir, Pack::describe)
}

/// Reads the directory that `dir` leads to. Starts over where reading fails and `dir` leads elsewhere by then:
/// installs remove what has been replaced.
fn settled(dir: &Path, read: impl Fn(&Path) -> Result<Pack, PackError>) -> Result<Pack, PackError> {
    loop {
        let real = fs_err::canonicalize(dir)?;
        let result = read(&real);
        if result.is_ok() || fs_err::canonicalize(dir)? == real {
            return result;
        }
    }
}

fn resolve(
    root: &Path,
    dir: &Path,
    open: impl Fn(&Path) -> Result<Pack, PackError>,
) -> Result<Pack, PackError> {
    let open = |dir: &Path| Ok::<_, PackError>(with_own_calibration(root, dir, open(dir)?));
    let mut pack = open(dir)?;
    for _ in 0..MAX_PARENTS {
        let Some(parent) = pack.extends.clone() else { return Ok(pack) };
        pack = pack.over(open(&installed_dir(root, &parent)?)?);
    }
    Err(PackError::Circle(pack.name))
}

/// Gives the embedder of an installed pack the calibration table that the operator made for it, where the pack
/// brings none.
fn with_own_calibration(root: &Path, dir: &Path, mut pack: Pack) -> Pack {
    let table = root.join(CALIBRATIONS).join(format!("{}.json", pack.name));
    if dir == root.join(&pack.name) && table.is_file() {
        for model in pack.models.iter_mut().filter(|model| model.task == Task::Embed) {
            model.calibration.get_or_insert_with(|| table.clone());
        }
    }
    pack
}

/// The directory of an installed pack.
pub(crate) fn installed_dir(root: &Path, name: &str) -> Result<PathBuf, PackError> {
    let dir = root.join(name);
    if is_name(name) && dir.join(PACK_FILE).is_file() {
        return Ok(dir);
    }
    Err(PackError::NotInstalled { name: name.to_owned(), root: root.to_owned() })
}

/// The digest of a file, read in pieces.
pub(crate) fn digest_file(path: &Path) -> std::io::Result<ModelDigest> {
    use sha2::{Digest, Sha256};

    let mut file = fs_err::File::open(path)?;
    let mut hasher = Sha256::new();
    std::io::copy(&mut file, &mut hasher)?;
    Ok(ModelDigest(hasher.finalize().into()))
}

#[cfg(test)]
mod tests;
