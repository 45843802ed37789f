//! Where photos and media are kept: a folder of this machine, or a bucket.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Deserialize;
use vultus_store::{S3Credentials, S3Settings};

use crate::args::blobs::{BlobArgs, CredentialsArg};

/// The folder of the data directory where nothing else is told.
const FOLDER: &str = "photos";

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BlobsSection {
    url: Option<String>,
    endpoint: Option<String>,
    region: Option<String>,
    path_style: Option<bool>,
    credentials: Option<CredentialsArg>,
}

/// Where photos and media are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BlobsConfig {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    S3(S3Settings),
}

impl BlobsConfig {
    /// Lays flags and variables over the file.
    pub(super) fn resolve(args: BlobArgs, file: BlobsSection, data_dir: &Path) -> anyhow::Result<Self> {
        // Variables that are set to nothing, as in a compose file, are as good as none.
        let told = |arg: Option<String>, key: Option<String>| arg.filter(|text| !text.is_empty()).or(key);
        let url = told(args.blobs_url, file.url);
        let endpoint = told(args.blobs_endpoint, file.endpoint);
        let region = told(args.blobs_region, file.region);
        let path_style = args.blobs_path_style.or(file.path_style);
        let credentials = args.blobs_credentials.or(file.credentials);
        if let Some(url) = url.as_deref().filter(|url| url.starts_with("s3://")) {
            let mut settings = S3Settings::new(url, endpoint.as_deref())?;
            settings.region = region;
            settings.path_style = path_style;
            settings.credentials = credentials.map_or_else(S3Credentials::default, Into::into);
            return Ok(Self::S3(settings));
        }
        if endpoint.is_some() || region.is_some() || path_style.is_some() || credentials.is_some() {
            bail!(
                "endpoint, region, path_style and credentials of blobs belong to a url such as s3://bucket/prefix"
            );
        }
        match url.as_deref().map(|url| url.strip_prefix("file://").map(Path::new)) {
            None => Ok(Self::Folder(data_dir.join(FOLDER))),
            Some(Some(folder)) if folder.is_absolute() => Ok(Self::Folder(folder.to_owned())),
            Some(_) => bail!("the url of blobs is neither like s3://bucket/prefix nor like file:///folder"),
        }
    }
}

impl From<CredentialsArg> for S3Credentials {
    fn from(arg: CredentialsArg) -> Self {
        match arg {
            CredentialsArg::Environment => Self::Environment,
            CredentialsArg::WebIdentity => Self::WebIdentity,
            CredentialsArg::Instance => Self::Instance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(args: BlobArgs, file: &str) -> anyhow::Result<BlobsConfig> {
        BlobsConfig::resolve(args, toml::from_str(file)?, Path::new("data"))
    }

    fn s3(config: BlobsConfig) -> S3Settings {
        let BlobsConfig::S3(settings) = config else { panic!("{config:?}") };
        settings
    }

    #[test]
    fn photos_lie_in_the_data_directory_unless_told_otherwise() {
        let folder = |file: &str| resolve(BlobArgs::default(), file).unwrap();
        assert_eq!(folder(""), BlobsConfig::Folder(PathBuf::from("data/photos")));
        assert_eq!(folder("url = \"file:///srv/faces\""), BlobsConfig::Folder(PathBuf::from("/srv/faces")));
        let empty = BlobArgs { blobs_url: Some(String::new()), ..BlobArgs::default() };
        assert_eq!(resolve(empty, "").unwrap(), BlobsConfig::Folder(PathBuf::from("data/photos")));
    }

    #[test]
    fn flags_win_over_the_file_key_by_key() {
        let file = "url = \"s3://file\"\nendpoint = \"http://localhost:9000\"\nregion = \"eu-1\"\n\
                    path_style = false\ncredentials = \"instance\"";
        let told = s3(resolve(BlobArgs::default(), file).unwrap());
        assert_eq!((told.address().as_str(), told.region.as_deref()), ("s3://file", Some("eu-1")));
        assert_eq!((told.path_style, told.credentials), (Some(false), S3Credentials::Instance));
        let args = BlobArgs {
            blobs_url: Some("s3://flag/faces".to_owned()),
            blobs_credentials: Some(CredentialsArg::WebIdentity),
            ..BlobArgs::default()
        };
        let told = s3(resolve(args, file).unwrap());
        assert_eq!((told.address().as_str(), told.region.as_deref()), ("s3://flag/faces", Some("eu-1")));
        assert_eq!(told.credentials, S3Credentials::WebIdentity);
    }

    #[test]
    fn settings_that_do_not_go_together_stop_the_start() {
        for file in [
            "url = \"photos\"",
            "url = \"file://photos\"",
            "url = \"https://bucket.example\"",
            "url = \"s3://\"",
            "url = \"s3://bucket\"\nendpoint = \"localhost\"",
            "url = \"s3://bucket\"\ncredentials = \"guess\"",
            "region = \"eu-1\"",
            "url = \"file:///srv\"\nendpoint = \"http://localhost\"",
            "secret = \"x\"",
        ] {
            assert!(resolve(BlobArgs::default(), file).is_err(), "{file}");
        }
    }
}
