//! Addresses of videos, and which of them are read.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::SourceError;

/// What an operator lets be read.
#[derive(Clone)]
pub struct SourceRules {
    /// The folder that video files may lie in; none are read without one.
    pub files: Option<PathBuf>,
    /// Whether an address may be connected to.
    pub permits: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl fmt::Debug for SourceRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceRules").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Where a video comes from. Its debug text shows the kind only: addresses hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub enum VideoSource {
    /// A file in the operator's folder.
    File(PathBuf),
    /// An `http` or `https` address: a file, a playlist or a live stream.
    Http(Url),
    /// An `rtsp` address.
    Rtsp(Url),
}

impl VideoSource {
    /// Whether a text is an address of a kind that is read, whatever lies there.
    pub fn is_address(text: &str) -> bool {
        Address::read(text).is_ok()
    }

    /// Reads an address. A file may be given as `file:` address or as path, absolute or inside the operator's
    /// folder; it must exist, and with all links followed it must lie in that folder.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn parse(text: &str, rules: &SourceRules) -> Result<Self, SourceError> {
        match Address::read(text)? {
            Address::File(path) => file(&path, rules).await,
            Address::Http(url) => Ok(Self::Http(url)),
            Address::Rtsp(url) => Ok(Self::Rtsp(url)),
        }
    }
}

/// What an address says, not yet looked at.
enum Address {
    File(PathBuf),
    Http(Url),
    Rtsp(Url),
}

impl Address {
    fn read(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if text.is_empty() || text.contains(['\0', '\n', '\r']) {
            return Err(SourceError::Address);
        }
        let Some((scheme, rest)) = text.split_once(':') else { return Ok(Self::File(text.into())) };
        if scheme.eq_ignore_ascii_case("file") {
            return Self::file(text, rest);
        }
        let url = Url::parse(text).map_err(|_| SourceError::Address)?;
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        match url.scheme() {
            "http" | "https" if has_host => Ok(Self::Http(url)),
            "rtsp" if has_host => Ok(Self::Rtsp(url)),
            _ => Err(SourceError::Address),
        }
    }

    /// A `file:` address; `rest` is what follows the scheme.
    fn file(text: &str, rest: &str) -> Result<Self, SourceError> {
        let path = if rest.starts_with("//") {
            Url::parse(text).ok().and_then(|url| url.to_file_path().ok()).ok_or(SourceError::Address)?
        } else {
            PathBuf::from(rest)
        };
        if path.file_name().is_some() { Ok(Self::File(path)) } else { Err(SourceError::Address) }
    }
}

async fn file(path: &Path, rules: &SourceRules) -> Result<VideoSource, SourceError> {
    let folder = rules.files.as_ref().ok_or(SourceError::NoFolder)?;
    let folder = tokio::fs::canonicalize(folder).await.map_err(|_| SourceError::NoFolder)?;
    let path = tokio::fs::canonicalize(folder.join(path)).await;
    // What lies outside is not told apart by whether it exists.
    let path = path.map_err(|_| SourceError::NoSuchFile)?;
    if !path.starts_with(&folder) {
        return Err(SourceError::NoSuchFile);
    }
    let is_file = tokio::fs::metadata(&path).await.is_ok_and(|metadata| metadata.is_file());
    if is_file { Ok(VideoSource::File(path)) } else { Err(SourceError::NoSuchFile) }
}

impl fmt::Debug for VideoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "VideoSource::File",
            Self::Http(_) => "VideoSource::Http",
            Self::Rtsp(_) => "VideoSource::Rtsp",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(files: Option<&Path>) -> SourceRules {
        SourceRules { files: files.map(Path::to_owned), permits: Arc::new(|_| false) }
    }

    async fn parse(text: &str) -> Result<VideoSource, SourceError> {
        VideoSource::parse(text, &rules(None)).await
    }

    #[tokio::test]
    async fn network_addresses_of_known_kinds_are_read() {
        assert!(matches!(parse("http://cam.example:81/live.flv").await, Ok(VideoSource::Http(_))));
        assert!(matches!(parse("HTTPS://cam.example/").await, Ok(VideoSource::Http(_))));
        assert!(matches!(parse(" rtsp://user:pw@10.0.0.7/1 ").await, Ok(VideoSource::Rtsp(_))));
    }

    #[tokio::test]
    async fn other_addresses_are_refused() {
        for text in [
            "",
            "concat:/etc/passwd|/etc/group",
            "tcp://10.0.0.1:22",
            "subfile,,start,0,end,9,,:/etc/passwd",
            "pipe:0",
            "data:image/png;base64,AAAA",
            "rtsp:",
            "rtsp:///etc/passwd",
            "http://",
            "lavfi:testsrc",
            "http://a/\nfile:/etc/passwd",
        ] {
            assert_eq!(parse(text).await, Err(SourceError::Address), "{text}");
        }
    }

    #[tokio::test]
    async fn files_are_read_from_the_folder_only() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("videos");
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        std::fs::write(folder.join("inner/a b.mp4"), b"x").unwrap();
        std::fs::write(place.path().join("other.mp4"), b"x").unwrap();
        std::os::unix::fs::symlink(place.path().join("other.mp4"), folder.join("link.mp4")).unwrap();
        let rules = rules(Some(&folder));
        let parse = async |text: &str| VideoSource::parse(text, &rules).await;
        let expected = Ok(VideoSource::File(folder.canonicalize().unwrap().join("inner/a b.mp4")));
        let whole = folder.join("inner/a b.mp4");
        for text in [
            "inner/a b.mp4".to_owned(),
            "file:inner/a b.mp4".to_owned(),
            format!("file://{}/inner/a%20b.mp4", folder.display()),
            whole.display().to_string(),
        ] {
            assert_eq!(parse(&text).await, expected, "{text}");
        }
        for text in ["../other.mp4", "link.mp4", "inner", "none.mp4", "/etc/passwd", "file:///etc/passwd"] {
            assert_eq!(parse(text).await, Err(SourceError::NoSuchFile), "{text}");
        }
    }

    #[tokio::test]
    async fn no_files_are_read_without_a_folder() {
        assert_eq!(parse("file:///etc/passwd").await, Err(SourceError::NoFolder));
    }

    #[tokio::test]
    async fn debug_text_shows_no_address() {
        let source = parse("rtsp://user:secret@10.0.0.7/1").await.unwrap();
        assert_eq!(format!("{source:?}"), "VideoSource::Rtsp");
    }
}
