//! Blobs in a bucket of an S3-compatible store.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::{BlobError, BlobStore};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one attempt may take, from connecting to the last byte: 64 MB, the largest medium, at 18 Mbit/s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// An attempt that failed is followed by at most so many others …
const MOST_RETRIES: usize = 3;
/// … and by none that would begin later than this after the first.
const RETRY_WITHIN: Duration = Duration::from_secs(15);
/// The first wait before another attempt; each further one is twice as long, with some chance in it.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Where nothing names a region; stores that have none take any.
const DEFAULT_REGION: &str = "us-east-1";

/// Where the credentials come from. The variables are those of all programs that work with S3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum S3Credentials {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if it is set, `AWS_SESSION_TOKEN`.
    #[default]
    Environment,
    /// A token in a file is traded for credentials: `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`; if they are
    /// set, `AWS_ROLE_SESSION_NAME` and `AWS_ENDPOINT_URL_STS`.
    WebIdentity,
    /// What the machine or container is given: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` with `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, or else the machine's
    /// metadata, at `AWS_EC2_METADATA_SERVICE_ENDPOINT` if that is set.
    Instance,
}

/// A bucket and how to come at it; holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    bucket: String,
    prefix: String,
    endpoint: Option<Url>,
    /// The region; `AWS_REGION`, `AWS_DEFAULT_REGION` or `us-east-1` where it is not told.
    pub region: Option<String>,
    /// Whether the bucket stands in the path of addresses, not before the host's name. Where it is not told, it does
    /// at an endpoint of one's own, and where its name has dots, which certificates do not cover.
    pub path_style: Option<bool>,
    /// Where the credentials come from.
    pub credentials: S3Credentials,
}

impl S3Settings {
    /// A bucket by its address, `s3://bucket` or `s3://bucket/prefix`, at AWS or at an endpoint such as
    /// `https://minio.example:9000`. The network is spoken to in plain text where the endpoint says `http`, and only
    /// there.
    ///
    /// # Errors
    /// [`BlobError::Settings`] where these are no such addresses.
    pub fn new(address: &str, endpoint: Option<&str>) -> Result<Self, BlobError> {
        let wrong = || settings("the address of the blobs is not like s3://bucket/prefix");
        let rest = address.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_bucket = (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_name);
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(is_name);
        if !is_bucket || !(prefix.is_empty() || prefix.split('/').all(is_part)) {
            return Err(wrong());
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: endpoint.map(parse_endpoint).transpose()?,
            region: None,
            path_style: None,
            credentials: S3Credentials::default(),
        })
    }

    /// The address of the bucket, with the prefix.
    pub fn address(&self) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("s3://{}{slash}{}", self.bucket, self.prefix)
    }

    fn is_path_style(&self) -> bool {
        self.path_style.unwrap_or(self.endpoint.is_some() || self.bucket.contains('.'))
    }

    /// The endpoint as it is connected to.
    fn host(&self) -> Result<Option<String>, BlobError> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        if self.is_path_style() {
            return Ok(Some(endpoint.as_str().trim_end_matches('/').to_owned()));
        }
        let wrong = || settings("the bucket's name cannot stand before the endpoint's: use path_style");
        let domain = endpoint.domain().filter(|_| endpoint.path() == "/").ok_or_else(wrong)?;
        let mut named = endpoint.clone();
        named.set_host(Some(&format!("{}.{domain}", self.bucket))).map_err(|_| wrong())?;
        Ok(Some(named.as_str().trim_end_matches('/').to_owned()))
    }
}

fn settings(text: &str) -> BlobError {
    BlobError::Settings(text.to_owned())
}

fn parse_endpoint(text: &str) -> Result<Url, BlobError> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or_else(|| settings("the endpoint of the blobs is not like https://host:port"))
}

impl BlobStore {
    /// Blobs in a bucket. Nothing is connected to yet. `variable` reads a variable of the environment.
    ///
    /// # Errors
    /// [`BlobError::Settings`] where the credentials that are asked for are not there, or the settings do not go
    /// together.
    pub fn s3(settings: &S3Settings, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, BlobError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_plain = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        let region = settings.region.clone();
        let region = region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        let client = ClientOptions::new()
            .with_allow_http(is_plain)
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_timeout(ATTEMPT_TIMEOUT);
        let backoff = BackoffConfig { init_backoff: FIRST_WAIT, max_backoff: LONGEST_WAIT, base: 2.0 };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(region.as_deref().unwrap_or(DEFAULT_REGION))
            .with_virtual_hosted_style_request(!settings.is_path_style())
            // The call that deletes many objects at once is not known to every store.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(RetryConfig { backoff, max_retries: MOST_RETRIES, retry_timeout: RETRY_WITHIN });
        if let Some(host) = settings.host()? {
            builder = builder.with_endpoint(host);
        }
        let bucket = with_credentials(builder, settings.credentials, &variable)?.build()?;
        let objects: Arc<dyn ObjectStore> = if settings.prefix.is_empty() {
            Arc::new(bucket)
        } else {
            Arc::new(PrefixStore::new(bucket, Path::from(settings.prefix.as_str())))
        };
        Ok(Self::new(objects))
    }
}

/// Settings of the client and the variables that hold them.
type Variables = &'static [(AmazonS3ConfigKey, &'static str)];

fn with_credentials(
    builder: AmazonS3Builder,
    credentials: S3Credentials,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<AmazonS3Builder, BlobError> {
    use AmazonS3ConfigKey as Key;
    let (needed, optional): (Variables, Variables) = match credentials {
        S3Credentials::Environment => (
            &[(Key::AccessKeyId, "AWS_ACCESS_KEY_ID"), (Key::SecretAccessKey, "AWS_SECRET_ACCESS_KEY")],
            &[(Key::Token, "AWS_SESSION_TOKEN")],
        ),
        S3Credentials::WebIdentity => (
            &[(Key::WebIdentityTokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE"), (Key::RoleArn, "AWS_ROLE_ARN")],
            &[(Key::RoleSessionName, "AWS_ROLE_SESSION_NAME"), (Key::StsEndpoint, "AWS_ENDPOINT_URL_STS")],
        ),
        S3Credentials::Instance => (
            &[],
            &[
                (Key::ContainerCredentialsRelativeUri, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                (Key::ContainerCredentialsFullUri, "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
                (Key::ContainerAuthorizationTokenFile, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
                (Key::MetadataEndpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
            ],
        ),
    };
    let mut builder = builder;
    for (key, name) in needed {
        let value = variable(name).ok_or_else(|| settings(&format!("{name} is not set")))?;
        builder = builder.with_config(*key, value);
    }
    for (key, name) in optional {
        if let Some(value) = variable(name) {
            builder = builder.with_config(*key, value);
        }
    }
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a-secret-of-mine";

    fn environment(name: &str) -> Option<String> {
        match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIAEXAMPLE".to_owned()),
            "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => Some(SECRET.to_owned()),
            _ => None,
        }
    }

    #[test]
    fn addresses_are_buckets_with_prefixes() {
        for address in ["s3://bucket", "s3://my.bucket_1/a/b"] {
            assert_eq!(S3Settings::new(address, None).unwrap().address(), address);
        }
        assert_eq!(S3Settings::new("s3://bucket/", None).unwrap().address(), "s3://bucket");
        for address in [
            "s3://",
            "s3://ab",
            "bucket",
            "https://bucket",
            "s3://user:word@bucket",
            "s3://bucket//a",
            "s3://bucket/../a",
            "s3://bucket/a?x=y",
            "s3://bucket:80",
            "s3://bu cket",
        ] {
            assert!(matches!(S3Settings::new(address, None), Err(BlobError::Settings(_))), "{address}");
        }
    }

    #[test]
    fn endpoints_hold_no_credentials() {
        for endpoint in ["ftp://host", "host:9000", "http://user:word@host", "https://host/?a=b", "http://"] {
            let error = S3Settings::new("s3://bucket", Some(endpoint)).unwrap_err();
            assert!(!error.to_string().contains("word"), "{error}");
        }
    }

    #[test]
    fn bucket_stands_in_the_path_at_endpoints_of_ones_own() {
        let of = |address: &str, endpoint: Option<&str>, path_style: Option<bool>| {
            let settings = S3Settings { path_style, ..S3Settings::new(address, endpoint).unwrap() };
            (settings.is_path_style(), settings.host().unwrap())
        };
        let host = |text: &str| Some(text.to_owned());
        assert_eq!(of("s3://bucket", None, None), (false, None));
        assert_eq!(of("s3://my.bucket", None, None), (true, None));
        let local = Some("http://localhost:9000/");
        assert_eq!(of("s3://bucket", local, None), (true, host("http://localhost:9000")));
        assert_eq!(of("s3://bucket", local, Some(false)), (false, host("http://bucket.localhost:9000")));
        for endpoint in ["http://127.0.0.1:9000", "https://host/storage"] {
            let settings = S3Settings::new("s3://bucket", Some(endpoint)).unwrap();
            assert!(S3Settings { path_style: Some(false), ..settings }.host().is_err());
        }
    }

    #[test]
    fn secrets_are_in_no_debug_text() {
        let settings = S3Settings::new("s3://bucket/faces", None).unwrap();
        let store = BlobStore::s3(&settings, &environment).unwrap();
        let text = format!("{store:?} {settings:?}");
        assert!(text.contains("bucket") && text.contains("faces"), "{text}");
        assert!(!text.contains(SECRET) && !text.contains("AKIAEXAMPLE"), "{text}");
    }

    #[test]
    fn credentials_that_are_not_there_are_named() {
        let missing = |credentials| {
            let settings = S3Settings { credentials, ..S3Settings::new("s3://bucket", None).unwrap() };
            BlobStore::s3(&settings, &|_| None).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(missing(S3Credentials::Environment).unwrap_err(), "AWS_ACCESS_KEY_ID is not set");
        assert_eq!(
            missing(S3Credentials::WebIdentity).unwrap_err(),
            "AWS_WEB_IDENTITY_TOKEN_FILE is not set"
        );
        assert_eq!(missing(S3Credentials::Instance), Ok(()));
        let settings = S3Settings::new("s3://bucket", None).unwrap();
        let empty = |name: &str| Some(if name.ends_with("ID") { String::new() } else { SECRET.to_owned() });
        assert!(BlobStore::s3(&settings, &empty).is_err());
    }

    #[tokio::test]
    async fn store_that_is_not_there_is_told_soon() {
        // A port that was free a moment ago: whoever connects is refused.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let settings = S3Settings::new("s3://bucket", Some(&endpoint)).unwrap();
        let store = BlobStore::s3(&settings, &environment).unwrap();
        let started = std::time::Instant::now();
        let error = store.probe("one").await.unwrap_err();
        assert!(matches!(error, BlobError::Backend(super::super::BlobFault::Unreachable)), "{error}");
        assert!(error.is_outage());
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
