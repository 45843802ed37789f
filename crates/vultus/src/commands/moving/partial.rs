//! What an archive is called until it is whole, and what an interrupted export leaves.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use vultus_archive::{ArchiveError, Discarded};

/// What the file is called until it is whole.
const UNFINISHED: &str = "partial";

/// The file of an archive that is not whole yet.
pub(super) struct Partial {
    path: PathBuf,
    /// What it is called then.
    archive: PathBuf,
}

impl Partial {
    pub(super) fn of(archive: &Path) -> Self {
        Self { path: archive.with_added_extension(UNFINISHED), archive: archive.to_owned() }
    }

    /// Why the archive is not written, where its name is taken.
    pub(super) fn taken(&self) -> anyhow::Result<Option<String>> {
        let is_taken = self.archive.try_exists()?;
        Ok(is_taken.then(|| format!("{} exists already", self.archive.display())))
    }

    /// Opens what an interrupted export left, or a new file for its owner only; or says why it is not for this export.
    /// While it is open no other export writes to it.
    pub(super) fn open(&self) -> anyhow::Result<Result<File, String>> {
        let mut options = OpenOptions::new();
        // Whoever may write to the folder could have put a link or a file of theirs there.
        let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        options.read(true).write(true).mode(0o600).custom_flags(no_link);
        let (file, is_new) = match options.clone().create_new(true).open(&self.path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => (options.open(&self.path), false),
            opened => (opened, true),
        };
        let file = file.with_context(|| format!("cannot write {}", self.path.display()))?;
        let meta = file.metadata()?;
        // Some filesystems know neither modes nor owners: a new file is this export's all the same.
        if !is_new && !is_private(&meta) {
            return Ok(Err(format!("{} is not this user's alone: move it away", self.path.display())));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Ok(Err(format!("another export is writing {}", self.path.display())));
            }
            // Some filesystems have no locks: what is there may be being written.
            Err(TryLockError::Error(_)) if meta.len() == 0 => {}
            Err(TryLockError::Error(_)) => {
                return Ok(Err(format!("{} cannot be locked: delete it to begin anew", self.path.display())));
            }
        }
        // Another export may have ended just before.
        Ok(self.taken()?.map_or(Ok(file), Err))
    }

    /// Gives the file its name.
    pub(super) fn finish(&self, file: &File) -> anyhow::Result<()> {
        file.sync_all()?;
        let (there, ours) = (fs_err::symlink_metadata(&self.path)?, file.metadata()?);
        if (there.dev(), there.ino()) != (ours.dev(), ours.ino()) {
            bail!("{} was replaced while it was written", self.path.display());
        }
        fs_err::rename(&self.path, &self.archive)?;
        let folder = self.archive.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
        Ok(fs_err::File::open(folder)?.sync_all()?)
    }

    /// What the person is to do about a file that cannot be gone on with; `None` where the export broke.
    pub(super) fn refusal(&self, error: &ArchiveError) -> Option<String> {
        let path = self.path.display();
        match error {
            ArchiveError::NoArchive => {
                Some(format!("{path} is not what an interrupted export left: move it away"))
            }
            ArchiveError::PassphraseNeeded => Some(format!(
                "{path} was left by an interrupted export and is encrypted: give its passphrase to go on with it, \
                 or delete it"
            )),
            ArchiveError::WrongPassphrase => Some(format!(
                "the passphrase is not that of {path}, which was left by an interrupted export: give that one to go \
                 on with it, or delete it"
            )),
            _ => None,
        }
    }

    /// What is said where the export broke.
    pub(super) fn broken(&self) -> String {
        format!(
            "the archive is not whole; run the same command again to go on with {}, or delete it",
            self.path.display()
        )
    }

    /// What is said where nothing was kept of what was there.
    pub(super) fn discarded(&self, reason: Discarded) -> String {
        let reason = match reason {
            Discarded::Other => "it was begun by another version, or with other settings",
            Discarded::Unreadable => "it cannot be read",
            Discarded::Changed => {
                "the data has changed since, and what is encrypted is not written over under the same key"
            }
        };
        format!("{} of an interrupted export was not gone on with: {reason}", self.path.display())
    }
}

/// Whether a file is this user's, for nobody else to read.
fn is_private(meta: &Metadata) -> bool {
    let is_own = meta.uid() == rustix::process::geteuid().as_raw();
    meta.is_file() && is_own && meta.mode() & 0o777 == 0o600
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn partial() -> (tempfile::TempDir, Partial) {
        let folder = tempfile::tempdir().unwrap();
        let partial = Partial::of(&folder.path().join("all.vultus"));
        (folder, partial)
    }

    #[test]
    fn file_is_private_and_only_one_export_writes_it() {
        let (_folder, partial) = partial();
        let mut first = partial.open().unwrap().unwrap();
        assert_eq!(first.metadata().unwrap().mode() & 0o777, 0o600);
        first.write_all(b"begun").unwrap();
        assert!(partial.open().unwrap().unwrap_err().starts_with("another export"));
        drop(first);
        assert_eq!(partial.open().unwrap().unwrap().metadata().unwrap().len(), 5, "what is there stays");
    }

    #[test]
    fn whole_archive_has_its_name_which_is_taken_then() {
        let (folder, partial) = partial();
        assert_eq!(partial.taken().unwrap(), None);
        partial.finish(&partial.open().unwrap().unwrap()).unwrap();
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["all.vultus"]);
        assert!(partial.taken().unwrap().unwrap().ends_with("all.vultus exists already"));
        assert_eq!(partial.open().unwrap().unwrap_err(), partial.taken().unwrap().unwrap());
    }

    #[test]
    fn file_that_was_replaced_meanwhile_does_not_become_the_archive() {
        let (folder, partial) = partial();
        let ours = partial.open().unwrap().unwrap();
        std::fs::remove_file(&partial.path).unwrap();
        let _other = partial.open().unwrap().unwrap();
        assert!(
            partial.finish(&ours).unwrap_err().to_string().ends_with("was replaced while it was written")
        );
        assert!(!folder.path().join("all.vultus").exists());
    }

    #[test]
    fn what_others_could_read_is_not_written_to() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, partial) = partial();
        std::fs::write(&partial.path, "").unwrap();
        std::fs::set_permissions(&partial.path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(partial.open().unwrap().unwrap_err().contains("not this user's alone"));
        std::fs::remove_file(&partial.path).unwrap();
        let target = folder.path().join("elsewhere");
        symlink(&target, &partial.path).unwrap();
        assert!(partial.open().is_err());
        assert!(!target.exists());
    }
}
