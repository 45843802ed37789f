//! Analyses kept on disk, so that a second evaluation of the same photos by the same engine takes seconds.
//!
//! What is kept holds templates: biometric data. The folder must be the user's alone, files are written with the
//! mode 0600, and nothing is kept unless a folder is named.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::observed::Observed;

/// The analyses of one engine with one set of options.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// What is kept of a photo: `None` for one that cannot be read.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Kept(pub(crate) Option<Observed>);

impl Cache {
    /// Opens the folder `root`, which is made if it is missing. `engine` is a text that differs wherever an analysis
    /// could differ: programme, pack, models, options.
    ///
    /// # Errors
    /// Where the folder cannot be made, or other users of the machine may read it.
    pub fn open(root: &Path, engine: &str) -> io::Result<Self> {
        private_folder(root)?;
        let folder = root.join(&digest(engine.as_bytes())[..16]);
        private_folder(&folder)?;
        Ok(Self { folder })
    }

    /// The analysis of a photo, where it is kept. A file that is damaged counts as none.
    pub(crate) fn read(&self, photo: &[u8]) -> Option<Kept> {
        serde_json::from_slice(&fs_err::read(self.path(photo)).ok()?).ok()
    }

    /// Keeps the analysis of a photo. Whoever reads it meanwhile sees the whole file or none.
    pub(crate) fn write(&self, photo: &[u8], observed: Option<&Observed>) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer(&mut file, &observed)?;
        file.flush()?;
        file.persist(self.path(photo)).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, photo: &[u8]) -> PathBuf {
        self.folder.join(digest(photo)).with_extension("json")
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs_err::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        let reason = format!("{}: must be readable by its owner only (mode 0700)", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    fs_err::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed() -> Observed {
        Observed { width: 3, height: 4, faces: Vec::new(), quality: None, detect_ms: 1.5 }
    }

    #[test]
    fn analyses_are_kept_per_photo_and_engine() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("deep/cache");
        let cache = Cache::open(&folder, "engine 1").unwrap();
        assert_eq!(cache.read(b"photo"), None);
        cache.write(b"photo", Some(&observed())).unwrap();
        cache.write(b"no photo", None).unwrap();
        assert_eq!(cache.read(b"photo"), Some(Kept(Some(observed()))));
        assert_eq!(cache.read(b"no photo"), Some(Kept(None)));
        assert_eq!(Cache::open(&folder, "engine 2").unwrap().read(b"photo"), None);
    }

    #[test]
    fn damaged_file_counts_as_none() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(&root.path().join("cache"), "engine").unwrap();
        std::fs::write(cache.path(b"photo"), b"{").unwrap();
        assert_eq!(cache.read(b"photo"), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("cache");
        let cache = Cache::open(&folder, "engine").unwrap();
        cache.write(b"photo", Some(&observed())).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&cache.folder), mode(&cache.path(b"photo"))), (0o700, 0o700, 0o600));
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let error = Cache::open(&folder, "engine").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }
}
