//! The server's key, under which the secrets of credentials are hashed: one for all servers on one database.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use vultus_service::{Entropy, SECRET_KEY_BYTES, SecretHasher, SystemEntropy};

/// Reads the key, or makes one where there is none. Of two processes that start at once on an empty directory,
/// both use the key of the first.
pub(crate) fn load_or_create(path: &Path) -> anyhow::Result<SecretHasher> {
    match fs_err::read(path) {
        Ok(bytes) => parse(path, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path)?;
            parse(path, &fs_err::read(path)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The key that is there, to be taken along.
pub(crate) fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs_err::read(path)?;
    parse(path, &bytes)?;
    Ok(bytes)
}

/// Puts a key there that was brought along; `false` where another one is there.
pub(crate) fn install(path: &Path, key: &[u8]) -> anyhow::Result<bool> {
    if !path.try_exists()? {
        let key = key.try_into().context("the key in the archive has another length than keys have")?;
        link(path, &key)?;
    }
    Ok(bytes(path)? == key)
}

/// The key that is there, unless it cannot be used; `None` where there is none yet.
pub(crate) fn existing(path: &Path) -> Option<anyhow::Result<SecretHasher>> {
    match fs_err::read(path) {
        Ok(bytes) => Some(parse(path, &bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Err(error.into())),
    }
}

fn parse(path: &Path, bytes: &[u8]) -> anyhow::Result<SecretHasher> {
    let Ok(key) = <[u8; SECRET_KEY_BYTES]>::try_from(bytes) else {
        bail!("{} is damaged: it must hold {SECRET_KEY_BYTES} bytes", path.display());
    };
    let mode = fs_err::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be read by others: run `chmod 600` on it", path.display());
    }
    Ok(SecretHasher::new(key))
}

fn create(path: &Path) -> anyhow::Result<()> {
    let mut key = [0; SECRET_KEY_BYTES];
    SystemEntropy.fill(&mut key)?;
    link(path, &key)
}

/// Writes a new key completely under another name, then links it into place unless another process was first.
fn link(path: &Path, key: &[u8; SECRET_KEY_BYTES]) -> anyhow::Result<()> {
    let staged = path.with_added_extension(std::process::id().to_string());
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&staged)
        .with_context(|| format!("cannot write {}", staged.display()))?;
    file.write_all(key)?;
    file.sync_all()?;
    let linked = fs_err::hard_link(&staged, path);
    fs_err::remove_file(&staged)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vultus_store::CredentialKind;

    fn key_in(folder: &tempfile::TempDir) -> std::path::PathBuf {
        folder.path().join("secret.key")
    }

    #[test]
    fn the_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let hash = |hasher: SecretHasher| hasher.hash(CredentialKind::FindFaceToken, "secret");
        let first = hash(load_or_create(&key_in(&folder)).unwrap());
        assert_eq!(hash(load_or_create(&key_in(&folder)).unwrap()), first);
        let mode = std::fs::metadata(key_in(&folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        load_or_create(&key_in(&folder)).unwrap();
        let path = key_in(&folder);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(load_or_create(&key_in(&folder)).is_err());
    }

    #[test]
    fn a_key_that_was_brought_along_is_not_put_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let key = [7; SECRET_KEY_BYTES];
        assert!(install(&key_in(&folder), &key).unwrap());
        assert!(install(&key_in(&folder), &key).unwrap(), "the same again");
        assert!(!install(&key_in(&folder), &[8; SECRET_KEY_BYTES]).unwrap());
        assert_eq!(bytes(&key_in(&folder)).unwrap(), key);
        assert!(install(&folder.path().join("new.key"), b"short").is_err());
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(key_in(&folder), b"short").unwrap();
        assert!(load_or_create(&key_in(&folder)).is_err());
    }
}
