//! Moving finished directories into place. What is installed is reached through a symbolic link, and a link can
//! be replaced in one step: readers see the old directory or the new one, both complete, at every moment.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Directory of the versions of installed packs.
pub(super) const STORE: &str = ".packs";
/// Directory of unfinished work and of packages of unfinished installs.
pub(super) const STAGING: &str = ".staging";

/// The root's lock, held for as long as this value lives.
#[derive(Debug)]
pub(super) struct RootLock {
    _file: File,
}

impl RootLock {
    /// Takes the lock. Calls `waiting` with true before it waits for another process or thread, and with false
    /// after it.
    pub(super) fn take(root: &Path, waiting: impl Fn(bool)) -> io::Result<Self> {
        let path = root.join(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                waiting(true);
                file.lock()?;
                waiting(false);
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { _file: file })
    }
}

/// An empty directory in the staging area. Only for the holder of the lock.
pub(super) fn fresh(root: &Path, name: &str) -> io::Result<PathBuf> {
    let dir = root.join(STAGING).join(name);
    remove(&dir)?;
    fs_err::create_dir_all(&dir)?;
    Ok(dir)
}

/// Removes what interrupted installs left, except packages in `keep`. Only for the holder of the lock.
pub(super) fn clean(root: &Path, keep: Option<&Path>) -> io::Result<()> {
    let staging = root.join(STAGING);
    if !staging.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(&staging)? {
        let path = entry?.path();
        if Some(path.as_path()) != keep {
            remove(&path)?;
        }
    }
    if keep.is_none() {
        remove(&staging)?;
    }
    Ok(())
}

/// Moves the directory `stage` to `store/base` (or `store/base.N`, where that exists) and lets `link` lead to
/// it. Directories in the store that `is_version` knows by name are removed, except the one that `link` led to
/// before, which may still be read.
pub(super) fn publish(
    stage: &Path,
    store: &Path,
    base: &str,
    link: &Path,
    is_version: impl Fn(&str) -> bool,
) -> io::Result<PathBuf> {
    sync_tree(stage)?;
    fs_err::create_dir_all(store)?;
    let mut target = store.join(base);
    let mut number = 0u32;
    while target.symlink_metadata().is_ok() {
        number += 1;
        target = store.join(format!("{base}.{number}"));
    }
    fs_err::rename(stage, &target)?;
    sync_dir(store)?;
    let previous = fs_err::canonicalize(link).ok();
    point(link, &target)?;
    let entries = fs_err::read_dir(store)?.collect::<Result<Vec<_>, _>>()?;
    for entry in entries {
        let path = entry.path();
        let is_used = path == target || (previous.is_some() && fs_err::canonicalize(&path).ok() == previous);
        if !is_used && entry.file_type()?.is_dir() && entry.file_name().to_str().is_some_and(&is_version) {
            remove(&path)?;
        }
    }
    Ok(target)
}

/// Whether the directory `name` in the store holds a version of the pack `base`.
pub(super) fn is_version_of(base: &str, name: &str) -> bool {
    name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Replaces the symbolic link in one step.
fn point(link: &Path, target: &Path) -> io::Result<()> {
    let parent = link.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let relative = target.strip_prefix(parent).unwrap_or(target);
    let name = link.file_name().unwrap_or_default().to_string_lossy();
    let fresh = link.with_file_name(format!(".{name}.new"));
    remove(&fresh)?;
    fs_err::os::unix::fs::symlink(relative, &fresh)?;
    fs_err::rename(&fresh, link)?;
    sync_dir(parent)
}

/// Removes a file, link or directory tree, if it exists.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(path),
        Ok(_) => fs_err::remove_file(path),
    }
}

/// Writes a tree of regular files and directories through to the disk.
fn sync_tree(dir: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            fs_err::File::open(entry.path())?.sync_all()?;
        }
    }
    sync_dir(dir)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    fs_err::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(root: &Path, content: &str) -> PathBuf {
        let dir = fresh(root, "stage").unwrap();
        fs_err::write(dir.join("file"), content).unwrap();
        dir
    }

    #[test]
    fn a_new_version_replaces_the_link_and_keeps_only_the_previous_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (store, link) = (root.join(STORE), root.join("pack"));
        for content in ["one", "two", "three"] {
            publish(&stage(root, content), &store, "pack", &link, |name| is_version_of("pack", name))
                .unwrap();
            assert_eq!(fs_err::read_to_string(link.join("file")).unwrap(), content);
        }
        assert_eq!(fs_err::read_dir(&store).unwrap().count(), 2);
        assert_eq!(fs_err::read_link(&link).unwrap().parent().unwrap(), Path::new(STORE));
    }

    #[test]
    fn versions_of_other_names_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let store = root.join(STORE);
        publish(&stage(root, "other"), &store, "pack-b", &root.join("pack-b"), |_| false).unwrap();
        for content in ["one", "two", "three"] {
            let is_version = |name: &str| is_version_of("pack", name);
            publish(&stage(root, content), &store, "pack", &root.join("pack"), is_version).unwrap();
        }
        assert_eq!(fs_err::read_to_string(root.join("pack-b/file")).unwrap(), "other");
    }

    #[test]
    fn a_directory_in_the_place_of_the_link_is_not_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs_err::create_dir(root.join("pack")).unwrap();
        fs_err::write(root.join("pack/own"), "mine").unwrap();
        let store = root.join(STORE);
        assert!(publish(&stage(root, "new"), &store, "pack", &root.join("pack"), |_| true).is_err());
        assert_eq!(fs_err::read_to_string(root.join("pack/own")).unwrap(), "mine");
    }

    #[test]
    fn the_second_taker_of_the_lock_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = RootLock::take(folder.path(), |_| panic!("nobody else has it")).unwrap();
        let (told, waiting) = std::sync::mpsc::channel();
        let root = folder.path().to_owned();
        let second =
            std::thread::spawn(move || RootLock::take(&root, |waits| told.send(waits).unwrap()).is_ok());
        assert!(waiting.recv().unwrap());
        drop(first);
        assert!(!waiting.recv().unwrap());
        assert!(second.join().unwrap());
    }
}
