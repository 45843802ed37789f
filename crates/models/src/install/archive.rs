//! Named entries out of packages. Only the entries that are asked for are read, each into bounded memory or a
//! file whose name the caller chooses, so that no name in an archive can lead anywhere.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;

/// The largest entry, in bytes: the runtime's largest library has 67 MB.
const MAX_ENTRY: u64 = 256 << 20;
/// The most that an archive may unpack to while its entries are sought.
const MAX_UNPACKED: u64 = 1 << 30;

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The archive is damaged.
    #[error("damaged archive: {0}")]
    Damaged(String),
    /// The archive lacks an entry.
    #[error("there is no file {0} in the package")]
    Missing(String),
    /// An entry is larger than allowed.
    #[error("file {0} in the package is too large")]
    TooLarge(String),
}

/// Takes the entries as they are found.
pub(super) type Sink<'a> = dyn FnMut(&str, &mut dyn Read) -> io::Result<()> + 'a;

/// Passes every entry in `names` to `sink`, in the archive's order. The archive's form is told by its first
/// bytes; a file that is no archive has itself as its one entry.
pub(super) fn read_entries(path: &Path, names: &[&str], sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
    let mut file = fs_err::File::open(path)?;
    let mut magic = [0; 4];
    let known = read_up_to(&mut file, &mut magic)?;
    let file = fs_err::File::open(path)?;
    match &magic[..known] {
        [0x1f, 0x8b, ..] => read_tar(io::BufReader::new(file), names, sink),
        b"PK\x03\x04" => read_zip(io::BufReader::new(file), names, sink),
        _ => match names {
            [name] => Ok(sink(name, &mut file.take(MAX_ENTRY))?),
            _ => Err(ArchiveError::Damaged("neither a zip nor a gzip archive".to_owned())),
        },
    }
}

/// The contents of the entries in `names`, in that order.
pub(super) fn load_entries(path: &Path, names: &[&str]) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let mut found = HashMap::new();
    read_entries(path, names, &mut |name, reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        found.insert(name.to_owned(), bytes);
        Ok(())
    })?;
    names
        .iter()
        .map(|&name| found.remove(name).ok_or_else(|| ArchiveError::Missing(name.to_owned())))
        .collect()
}

/// Writes the entries in `names` into `dir` under their file names.
pub(super) fn unpack_entries(path: &Path, names: &[&str], dir: &Path) -> Result<(), ArchiveError> {
    read_entries(path, names, &mut |name, reader| {
        let file_name = Path::new(name).file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut file = fs_err::File::create(dir.join(file_name))?;
        io::copy(reader, &mut file)?;
        file.flush()?;
        file.sync_all()
    })
}

fn read_tar(file: impl Read, names: &[&str], sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
    let damaged = |error: io::Error| ArchiveError::Damaged(error.to_string());
    let mut archive = tar::Archive::new(GzDecoder::new(file).take(MAX_UNPACKED));
    let mut missing = names.to_vec();
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path_bytes().into_owned();
        let Some(position) = missing.iter().position(|name| name.as_bytes() == path) else { continue };
        let name = missing.swap_remove(position);
        if !entry.header().entry_type().is_file() {
            return Err(ArchiveError::Missing(name.to_owned()));
        }
        pass(name, entry.size(), &mut entry, sink)?;
        if missing.is_empty() {
            return Ok(());
        }
    }
    Err(ArchiveError::Missing(missing.join(", ")))
}

fn read_zip(file: impl Read + io::Seek, names: &[&str], sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
    use zip::result::ZipError;

    let damaged = |error: ZipError| ArchiveError::Damaged(error.to_string());
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    for &name in names {
        let mut entry = match archive.by_name(name) {
            Ok(entry) if entry.is_file() => entry,
            Ok(_) | Err(ZipError::FileNotFound) => return Err(ArchiveError::Missing(name.to_owned())),
            Err(error) => return Err(damaged(error)),
        };
        pass(name, entry.size(), &mut entry, sink)?;
    }
    Ok(())
}

/// Passes an entry on and refuses one that is shorter or longer than it says.
fn pass(name: &str, size: u64, entry: &mut dyn Read, sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
    if size > MAX_ENTRY {
        return Err(ArchiveError::TooLarge(name.to_owned()));
    }
    // One byte more than there should be: a zip entry's checksum is compared at the end of its data only.
    let mut counted = Counted { inner: entry.take(size + 1), count: 0, failure: None };
    let result = sink(name, &mut counted);
    if let Some(failure) = counted.failure {
        return Err(ArchiveError::Damaged(format!("{name}: {failure}")));
    }
    result?;
    if counted.count != size {
        return Err(ArchiveError::Damaged(format!("{name} has not the {size} bytes it should have")));
    }
    Ok(())
}

/// Counts what is read, and keeps apart the failures of reading the archive from those of writing.
struct Counted<R> {
    inner: R,
    count: u64,
    failure: Option<String>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                self.count += read as u64;
                Ok(read)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.failure = Some(error.to_string());
                }
                Err(error)
            }
        }
    }
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{tgz, zip};

    fn with_file<T>(bytes: &[u8], test: impl FnOnce(&Path) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package");
        fs_err::write(&path, bytes).unwrap();
        test(&path)
    }

    const ENTRIES: [(&str, &[u8]); 3] = [("package/a", b"one"), ("package/b", b"two"), ("../../c", b"three")];

    #[test]
    fn named_entries_are_read_in_the_order_asked_for() {
        for archive in [tgz(&ENTRIES), zip(&ENTRIES)] {
            let found = with_file(&archive, |path| load_entries(path, &["package/b", "package/a"])).unwrap();
            assert_eq!(found, [b"two", b"one"]);
        }
    }

    #[test]
    fn missing_entries_are_named() {
        for archive in [tgz(&ENTRIES), zip(&ENTRIES)] {
            let error =
                with_file(&archive, |path| load_entries(path, &["package/a", "package/z"])).unwrap_err();
            assert!(matches!(error, ArchiveError::Missing(name) if name == "package/z"));
        }
    }

    #[test]
    fn damaged_archives_are_refused() {
        let mut state = 1u32;
        let mut noise = vec![0; 100_000];
        for byte in &mut noise {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        let entries: [(&str, &[u8]); 1] = [("package/a", &noise)];
        for archive in [tgz(&entries), zip(&entries)] {
            for length in [5, archive.len() / 2, archive.len() - 1000] {
                let result = with_file(&archive[..length], |path| load_entries(path, &["package/a"]));
                assert!(matches!(result, Err(ArchiveError::Damaged(_))), "{length}");
            }
        }
        let mut flipped = zip(&entries);
        flipped[50_000] ^= 1;
        let result = with_file(&flipped, |path| load_entries(path, &["package/a"]));
        assert!(matches!(result, Err(ArchiveError::Damaged(_))));
    }

    #[test]
    fn unpacked_files_stay_in_the_directory() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("x/y");
        fs_err::create_dir_all(&inner).unwrap();
        for archive in [tgz(&ENTRIES), zip(&ENTRIES)] {
            with_file(&archive, |path| unpack_entries(path, &["package/a", "../../c"], &inner)).unwrap();
            assert_eq!(fs_err::read(inner.join("c")).unwrap(), b"three");
            assert!(!folder.path().join("c").exists());
        }
    }

    #[test]
    fn entries_that_claim_to_be_huge_are_refused_unread() {
        let mut header = tar::Header::new_gnu();
        header.set_path("a").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(header.as_bytes()).unwrap();
        let archive = encoder.finish().unwrap();
        let result = with_file(&archive, |path| load_entries(path, &["a"]));
        assert!(matches!(result, Err(ArchiveError::TooLarge(_))), "{result:?}");
    }

    #[test]
    fn a_plain_file_is_its_own_entry() {
        assert_eq!(with_file(b"onnx", |path| load_entries(path, &["any"])).unwrap(), [b"onnx"]);
        assert!(with_file(b"onnx", |path| load_entries(path, &["a", "b"])).is_err());
    }
}
