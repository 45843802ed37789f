//! A real S3-compatible server, and a line to it that can be cut.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::{DataDir, free_port, workspace};

/// Whom the server gives rights on every bucket, and the policy that does.
const USER: &str = "vultus";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
/// Requests without credentials that are let through while a test itself looks into a bucket.
const OPEN: &str = "1000";
const CLOSED: &str = "0";
/// Says which service a request is for; the rest of it is looked at as little as the server is open.
const IAM: &str =
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
const S3: &str =
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// The programs of the Python environment that the S3 server is installed in.
///
/// # Panics
/// Where it is not installed: run `make test`.
fn s3_python() -> PathBuf {
    let python = workspace().join(".cache/moto/bin/python");
    assert!(python.exists(), "the S3 server for tests is missing: run `make test`");
    python
}

/// A folder with a new `certificate.pem` for `localhost`, which signs itself, and its `key.pem`.
///
/// # Panics
/// Where the Python environment of the S3 server is not installed, which can make one.
pub fn new_certificate() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = include_str!("certificate.py");
    let status = Command::new(s3_python()).args(["-c", script]).arg(folder.path()).status().unwrap();
    assert!(status.success(), "no certificate could be made");
    folder
}

/// A running `moto` server with the bucket `faces`. It checks signatures as AWS does. Killed when dropped.
pub struct S3Server {
    process: Child,
    client: reqwest::Client,
    /// Its address, `http://127.0.0.1:PORT` or `https://localhost:PORT`.
    pub endpoint: String,
    /// The id of a key that it accepts.
    pub key_id: String,
    /// The secret of that key.
    pub secret: String,
    folder: tempfile::TempDir,
}

impl S3Server {
    /// Starts a server and waits until it answers.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// The same over TLS, with a certificate for `localhost` at [`certificate`](Self::certificate).
    pub async fn start_tls() -> Self {
        Self::with(Some(new_certificate())).await
    }

    async fn with(tls: Option<tempfile::TempDir>) -> Self {
        let port = free_port();
        let is_tls = tls.is_some();
        let folder = tls.unwrap_or_else(|| tempfile::tempdir().unwrap());
        let mut command = Command::new(s3_python());
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        if is_tls {
            command.arg("-c").arg(folder.path().join("certificate.pem"));
            command.arg("-k").arg(folder.path().join("key.pem"));
        }
        let log = File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.env("INITIAL_NO_AUTH_ACTION_COUNT", OPEN);
        let process = command.spawn().unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(is_tls);
        let endpoint =
            if is_tls { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        let (key_id, secret) = (String::new(), String::new());
        let mut server = Self { process, client: client.build().unwrap(), endpoint, key_id, secret, folder };
        server.wait_until_ready().await;
        server.iam(&[("Action", "CreateUser")]).await;
        server.iam(&[("Action", "PutUserPolicy"), ("PolicyName", "all"), ("PolicyDocument", POLICY)]).await;
        let key = server.iam(&[("Action", "CreateAccessKey")]).await;
        server.key_id = tagged(&key, "AccessKeyId").next().unwrap();
        server.secret = tagged(&key, "SecretAccessKey").next().unwrap();
        server.direct(Method::PUT, "faces", Vec::new()).await;
        server
    }

    async fn wait_until_ready(&mut self) {
        for _ in 0..1200 {
            if self.client.get(format!("{}/moto-api/", self.endpoint)).send().await.is_ok() {
                return;
            }
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(self.process.try_wait().unwrap().is_none(), "the S3 server ended: {}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the S3 server was not ready after a minute");
    }

    /// The certificate of a server with TLS, as a file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// A data directory whose photos are to lie in the bucket `faces`, below `one`.
    pub fn data(&self) -> DataDir {
        self.data_over(&self.endpoint)
    }

    /// The same with another way to this server.
    pub fn data_over(&self, endpoint: &str) -> DataDir {
        let mut data = DataDir::default();
        data.set("VULTUS_BLOBS_URL", "s3://faces/one");
        data.set("VULTUS_BLOBS_ENDPOINT", endpoint);
        data.set("AWS_ACCESS_KEY_ID", &self.key_id);
        data.set("AWS_SECRET_ACCESS_KEY", &self.secret);
        // Nothing of the machine's own.
        data.set("AWS_SESSION_TOKEN", "");
        data.set("NO_PROXY", "127.0.0.1,localhost");
        data
    }

    /// The keys of all objects, sorted.
    pub async fn keys(&self) -> Vec<String> {
        tagged(&self.direct(Method::GET, "faces?list-type=2", Vec::new()).await, "Key").collect()
    }

    /// Puts an object into the bucket.
    pub async fn put(&self, key: &str, bytes: &[u8]) {
        self.direct(Method::PUT, &format!("faces/{key}"), bytes.to_vec()).await;
    }

    /// What an object holds.
    pub async fn get(&self, key: &str) -> Vec<u8> {
        self.set_auth(OPEN).await;
        let request = self.client.get(format!("{}/faces/{key}", self.endpoint));
        let answer = request.header("authorization", S3).send().await.unwrap();
        let bytes = answer.error_for_status().unwrap().bytes().await.unwrap().to_vec();
        self.set_auth(CLOSED).await;
        bytes
    }

    /// A request of the test itself, without credentials.
    async fn direct(&self, method: Method, path: &str, body: Vec<u8>) -> String {
        self.set_auth(OPEN).await;
        let request = self.client.request(method, format!("{}/{path}", self.endpoint));
        let answer = text(request.header("authorization", S3).body(body)).await;
        self.set_auth(CLOSED).await;
        answer
    }

    async fn set_auth(&self, requests: &'static str) {
        let request = self.client.post(format!("{}/moto-api/reset-auth", self.endpoint));
        text(request.header("content-type", "application/octet-stream").body(requests)).await;
    }

    async fn iam(&self, fields: &[(&str, &str)]) -> String {
        let all = [fields, &[("UserName", USER), ("Version", "2010-05-08")]].concat();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let request = self.client.post(&self.endpoint).header("authorization", IAM);
        text(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn text(request: RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    text
}

/// What stands between the tags of that name.
fn tagged(xml: &str, name: &str) -> impl Iterator<Item = String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    let texts: Vec<_> = parts.map(|part| part.split(&close).next().unwrap().to_owned()).collect();
    texts.into_iter()
}

/// A line to a server that can be cut: then whoever connects is refused, and what is under way breaks off.
pub struct Line {
    address: SocketAddr,
    target: String,
    task: Option<JoinHandle<()>>,
}

impl Line {
    /// A line to a server at `http://HOST:PORT`.
    pub async fn to(endpoint: &str) -> Self {
        let target = endpoint.trim_start_matches("http://").to_owned();
        let mut line = Self { address: (Ipv4Addr::LOCALHOST, free_port()).into(), target, task: None };
        line.mend().await;
        line
    }

    /// This end of the line.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts the line.
    pub async fn cut(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        assert!(TcpStream::connect(self.address).await.is_err(), "the line is not cut");
    }

    /// Mends it.
    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let target = self.target.clone();
        self.task = Some(tokio::spawn(async move {
            // Dropped with this task, and what it carries with it.
            let mut carried = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let target = target.clone();
                carried.spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        }));
    }
}

/// Makes everything that waits for a sweep as old as can be, while no server runs.
///
/// # Panics
/// Where the database cannot be written.
pub fn age_pending(data: &DataDir) {
    let script = "import sqlite3, sys; base = sqlite3.connect(sys.argv[1]); \
                  base.execute('UPDATE pending_blobs SET noted_at = 0'); base.commit()";
    let path = data.path().join("vultus.db");
    let status = Command::new(s3_python()).args(["-c", script]).arg(path).status().unwrap();
    assert!(status.success());
}
