//! Where files lie while they are read: a child process needs a path. A folder belongs to one process, which holds a
//! lock on it; whatever a process that died has left behind is removed by the next one.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The file that is locked.
const LOCK: &str = "lock";

/// A folder of this process, removed with everything in it when it is dropped.
#[derive(Debug)]
pub(super) struct WorkFolder {
    path: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Makes a folder of that name in `parent`, and removes the folders of processes that died.
    pub(super) fn make(parent: &Path, name: &str) -> std::io::Result<Self> {
        create_private(parent)?;
        for entry in std::fs::read_dir(parent)? {
            let folder = entry?.path();
            if is_abandoned(&folder) {
                std::fs::remove_dir_all(folder)?;
            }
        }
        let path = parent.join(name);
        create_private(&path)?;
        let lock = File::create(path.join(LOCK))?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }

    /// The path of a file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "a folder of work stays behind");
        }
    }
}

/// Whether nobody holds the lock of a folder. One without a lock is being made.
fn is_abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else { return false };
    !matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}

#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_of_the_living_stays_and_that_of_the_dead_goes() {
        let parent = tempfile::tempdir().unwrap();
        let living = WorkFolder::make(parent.path(), "living").unwrap();
        std::fs::write(living.file("a"), "a").unwrap();
        let dead = parent.path().join("dead");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(LOCK), "").unwrap();
        std::fs::write(dead.join("b"), "b").unwrap();
        let next = WorkFolder::make(parent.path(), "next").unwrap();
        assert!(living.file("a").exists());
        assert!(!dead.exists());
        drop(next);
        drop(living);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
