//! Fetching remote photos without becoming a door into the operator's network.
//!
//! The address really connected to is the one that is checked: names are resolved by a resolver that only
//! hands out permitted addresses, hosts written as addresses are checked before the connection, no connection
//! is reused, proxies of the environment are ignored, and redirects are followed here so that every hop is
//! checked anew.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::address::AddressPolicy;

/// Redirects that are followed at most.
const MOST_REDIRECTS: usize = 5;

/// Limits of the fetcher. The defaults are those of the design: 20 MB, 10 seconds in all.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// The largest photo, in bytes.
    pub max_bytes: usize,
    /// The time for everything: names, connections, redirects, body.
    pub timeout: Duration,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { max_bytes: crate::body::MAX_BODY_BYTES, timeout: Duration::from_secs(10) }
    }
}

/// Why a remote photo was not fetched. No variant carries the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not http or https, no host, or with a user name or password.
    #[error("the address is not one that photos are fetched from")]
    Address,
    /// The host's address is loopback, private or otherwise not public.
    #[error("the host may not be connected to")]
    Forbidden,
    /// No connection, or it broke.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The answer is not a success.
    #[error("the host answered with status {0}")]
    Status(u16),
    /// More redirects than are followed, or one to nowhere.
    #[error("the host redirects too often or to nowhere")]
    Redirect,
    /// The photo is larger than allowed.
    #[error("the remote photo is too large")]
    TooLarge,
    /// It took too long.
    #[error("the remote photo took too long")]
    Timeout,
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the client for remote photos cannot be set up")]
pub struct FetchSetupError(#[from] reqwest::Error);

/// Fetches remote photos.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    policy: AddressPolicy,
    limits: FetchLimits,
}

impl Fetcher {
    /// A fetcher that connects to what `policy` permits.
    ///
    /// # Errors
    /// [`FetchSetupError`] where no HTTP client can be made at all. A machine without root certificates is no
    /// error: it cannot fetch from https addresses, which is logged once.
    pub fn new(policy: AddressPolicy, limits: FetchLimits) -> Result<Self, FetchSetupError> {
        let resolver = Arc::new(CheckedResolver(policy.clone()));
        let client = match builder(resolver.clone(), limits).build() {
            Ok(client) => client,
            Err(error) => {
                tracing::warn!(error = %error, "no root certificates, photos cannot be fetched over https");
                builder(resolver, limits).tls_certs_only(Vec::new()).build()?
            }
        };
        Ok(Self { client, policy, limits })
    }

    /// Fetches the photo at `address`.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(&self, address: &Url) -> Result<Bytes, FetchError> {
        tokio::time::timeout(self.limits.timeout, self.follow(address.clone()))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }

    async fn follow(&self, mut address: Url) -> Result<Bytes, FetchError> {
        for _ in 0..=MOST_REDIRECTS {
            self.check(&address)?;
            let response = self.client.get(address.clone()).send().await.map_err(|error| reason(&error))?;
            let status = response.status();
            if status.is_success() {
                return self.read(response).await;
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Err(FetchError::Status(status.as_u16()));
            }
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let target = target.and_then(|target| address.join(target).ok());
            address = target.ok_or(FetchError::Redirect)?;
        }
        Err(FetchError::Redirect)
    }

    /// Checks what can be told before connecting; names are checked when they are resolved.
    fn check(&self, address: &Url) -> Result<(), FetchError> {
        let has_credentials = !address.username().is_empty() || address.password().is_some();
        if !matches!(address.scheme(), "http" | "https") || has_credentials {
            return Err(FetchError::Address);
        }
        let literal = match address.host().ok_or(FetchError::Address)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(v4) => IpAddr::V4(v4),
            Host::Ipv6(v6) => IpAddr::V6(v6),
        };
        if self.policy.permits(literal) { Ok(()) } else { Err(FetchError::Forbidden) }
    }

    async fn read(&self, response: reqwest::Response) -> Result<Bytes, FetchError> {
        let promised = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let promised = promised.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        if promised > self.limits.max_bytes {
            return Err(FetchError::TooLarge);
        }
        let mut photo = BytesMut::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| reason(&error))?;
            if photo.len() + chunk.len() > self.limits.max_bytes {
                return Err(FetchError::TooLarge);
            }
            photo.extend_from_slice(&chunk);
        }
        Ok(photo.freeze())
    }
}

fn builder(resolver: Arc<CheckedResolver>, limits: FetchLimits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        // Connections of HTTP/2 would be shared in spite of that.
        .http1_only()
        .dns_resolver(resolver)
        .timeout(limits.timeout)
        .user_agent(concat!("vultus/", env!("CARGO_PKG_VERSION")))
}

fn reason(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::Timeout;
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<ForbiddenHost>() {
            return FetchError::Forbidden;
        }
        source = cause.source();
    }
    FetchError::Unreachable
}

#[derive(Debug, thiserror::Error)]
#[error("every address of the host is forbidden")]
struct ForbiddenHost;

/// Resolves names with the system's resolver and hands out permitted addresses only.
#[derive(Debug)]
struct CheckedResolver(AddressPolicy);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted: Vec<_> =
                found.into_iter().filter(|address| policy.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(ForbiddenHost.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
