//! The child's only way into the network: a listener on loopback that connects on its behalf.
//!
//! ffmpeg follows redirects and playlists by itself. So that none of them leads to an address that the
//! operator does not allow, it gets a proxy for http and https, and for rtsp a relay to the one host of the
//! address. The address really connected to is checked at every connection. Gateways end with what holds
//! them.

mod rtsp;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// The longest head of a request or of an rtsp answer.
const MAX_HEAD_BYTES: u64 = 32 * 1024;
/// Connections of one child at one time: a playlist with sound and pictures takes two or three.
const MAX_CONNECTIONS: usize = 16;
/// The time to reach a host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

type Permits = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    address: SocketAddr,
    was_forbidden: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

/// What a gateway does with connections.
#[derive(Clone)]
enum Role {
    /// Whatever host the child asks for.
    Proxy,
    /// One host.
    Rtsp { host: String, port: u16 },
}

impl Gateway {
    /// A proxy for http and https.
    pub(crate) async fn proxy(permits: Permits) -> io::Result<Self> {
        Self::start(Role::Proxy, permits).await
    }

    /// A relay to the host of an rtsp address.
    pub(crate) async fn rtsp(url: &Url, permits: Permits) -> io::Result<Self> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        Self::start(Role::Rtsp { host, port: url.port().unwrap_or(554) }, permits).await
    }

    async fn start(role: Role, permits: Permits) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let was_forbidden = Arc::new(AtomicBool::new(false));
        let exit = Exit { permits, was_forbidden: Arc::clone(&was_forbidden) };
        let task = tokio::spawn(accept(listener, role, exit));
        Ok(Self { address, was_forbidden, task })
    }

    /// Where the child connects to.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether a host was refused because of its address.
    pub(crate) fn was_forbidden(&self) -> bool {
        self.was_forbidden.load(Ordering::Relaxed)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, role: Role, exit: Exit) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                if connections.len() < MAX_CONNECTIONS {
                    connections.spawn(serve(stream, role.clone(), exit.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. However it ends, the child sees its connection closed and says so itself.
async fn serve(stream: TcpStream, role: Role, exit: Exit) {
    let _ = match role {
        Role::Proxy => proxy(stream, &exit).await,
        Role::Rtsp { host, port } => relay(stream, &host, port, &exit).await,
    };
}

async fn relay(child: TcpStream, host: &str, port: u16, exit: &Exit) -> io::Result<()> {
    let (mut asks, mut hears) = child.into_split();
    let (answers, mut host) = exit.connect(host, port).await?.into_split();
    tokio::select! {
        ended = tokio::io::copy(&mut asks, &mut host) => ended.map(|_| ()),
        ended = rtsp::forward(BufReader::new(answers), &mut hears) => ended,
    }
}

async fn proxy(child: TcpStream, exit: &Exit) -> io::Result<()> {
    let mut child = BufReader::new(child);
    let head = read_head(&mut child).await?;
    let Some(request) = Request::parse(&head) else {
        return child.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    };
    let Ok(mut host) = exit.connect(&request.host, request.port).await else {
        return child.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
    };
    match &request.head {
        Some(head) => host.write_all(head.as_bytes()).await?,
        None => child.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?,
    }
    copy_bidirectional(&mut child, &mut host).await.map(|_| ())
}

/// Reads a head up to its empty line.
async fn read_head(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    let mut limited = stream.take(MAX_HEAD_BYTES);
    loop {
        let start = head.len();
        if limited.read_until(b'\n', &mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if matches!(&head[start..], b"\r\n" | b"\n") {
            return String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into());
        }
    }
}

/// What the child asks the proxy for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    host: String,
    port: u16,
    /// What the host is sent; `None` for a tunnel.
    head: Option<String>,
}

impl Request {
    fn parse(head: &str) -> Option<Self> {
        let (line, fields) = head.split_once("\r\n")?;
        let mut words = line.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if method == "CONNECT" {
            let (host, port) = target.rsplit_once(':')?;
            let host = host.trim_matches(['[', ']']).to_owned();
            return Some(Self { host, port: port.parse().ok()?, head: None });
        }
        let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut head = format!("{method} {path} {version}\r\nConnection: close\r\n");
        for field in fields.split_inclusive("\r\n") {
            let name = field.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if name != "connection" && !name.starts_with("proxy-") {
                head.push_str(field);
            }
        }
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        Some(Self { host, port: url.port().unwrap_or(80), head: Some(head) })
    }
}

/// Connects to hosts that the operator allows.
#[derive(Clone)]
struct Exit {
    permits: Permits,
    was_forbidden: Arc<AtomicBool>,
}

impl Exit {
    async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let connect = async {
            let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
            let permitted: Vec<_> =
                found.iter().copied().filter(|address| (self.permits)(address.ip())).collect();
            if permitted.is_empty() && !found.is_empty() {
                self.forbid();
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            TcpStream::connect(permitted.as_slice()).await
        };
        tokio::time::timeout(CONNECT_TIMEOUT, connect)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    fn forbid(&self) {
        self.was_forbidden.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
