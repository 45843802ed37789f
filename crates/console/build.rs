//! Copies the built front end, `web/dist`, to where it is embedded from, text compressed. Where it has not been
//! built, pages that say how to build it stand in, so that the server alone builds without Node.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// The pages of the front end.
const PAGES: [&str; 2] = ["console/index.html", "docs/index.html"];

/// Endings of files that shrink.
const TEXT: [&str; 8] = ["css", "html", "js", "json", "map", "svg", "txt", "wasm"];

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Vultus</title></head>\n\
    <body><h1>The pages of this server were not built</h1>\n<p>Run <code>make web</code> in the sources, then build \
    the server again.</p></body></html>\n";

fn main() -> io::Result<()> {
    let built = PathBuf::from("../../web/dist");
    let variable = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let target = Path::new(&variable).join("web");
    // A folder that is not there would count as changed at every build.
    let _ = fs::create_dir_all(&built);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", built.display());
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    if built.exists() {
        copy(&built, &target)?;
    }
    for page in PAGES {
        let is_built = built.join(page).exists();
        if !is_built {
            write(&target.join(page), NOT_BUILT.as_bytes())?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            write(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Writes a file, text as `name.gz`.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !TEXT.contains(&ending) {
        return fs::write(path, bytes);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    fs::write(PathBuf::from(name), encoder.finish()?)
}
