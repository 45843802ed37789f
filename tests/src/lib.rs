//! Drives the built `vultus` binary as a user and a client would.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "this crate is test support: a panic is a failed test"
)]

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

pub mod cluster;
mod console;
pub mod packs;
mod photos;
mod s3;
pub mod scenario;
mod videos;

pub use console::Console;
pub use photos::{Portraits, portrait, sample_photo};
pub use s3::{Line, S3Server, age_pending, new_certificate};
pub use videos::{ffmpeg, passage};

/// The workspace's root directory.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The built binary, beside the test programs.
///
/// # Panics
/// Where it was not built: run `make test`.
pub fn binary() -> PathBuf {
    let test_program = std::env::current_exe().unwrap();
    let folder = test_program.ancestors().nth(2).unwrap();
    let binary = folder.join("vultus");
    assert!(binary.exists(), "the binary is not built: run `make test`");
    binary
}

/// Where the models are installed.
///
/// # Panics
/// Where they are not: run `make test`.
pub fn models_dir() -> PathBuf {
    let models = workspace().join("data/models");
    assert!(models.join("default").exists(), "the models are not installed: run `make test`");
    models
}

/// A directory of a server's own, with commands that work on it.
pub struct DataDir {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Default for DataDir {
    fn default() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }
}

impl DataDir {
    /// The directory.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets a variable for all commands on this directory.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A `vultus` command on this directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).env("VULTUS_DATA_DIR", self.path()).env("VULTUS_MODELS_DIR", models_dir());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).current_dir(self.path());
        command
    }

    /// Runs a command that must succeed.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "vultus {arguments:?} failed: {errors}");
        output
    }

    /// Runs a command that must succeed and print JSON.
    pub fn run_json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.run(arguments).stdout).unwrap()
    }

    /// What servers on this directory have printed so far.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.path().join("output")).unwrap()
    }

    /// Creates an account.
    pub fn account(&self, name: &str) -> Account {
        let created = self.run_json(&["accounts", "create", name, "--json"]);
        let text = |dialect: &str, key: &str| created[dialect][key].as_str().unwrap().to_owned();
        Account {
            kairos: Credentials { app_id: text("kairos", "app_id"), app_key: text("kairos", "app_key") },
            findface_token: text("findface", "token"),
            perse_private_key: text("perse", "private_key"),
            perse_api_key: text("perse", "api_key"),
            machinesense_key: text("machinesense", "api_key"),
        }
    }

    /// Creates an account and returns its Kairos credentials.
    pub fn kairos_account(&self, name: &str) -> Credentials {
        self.account(name).kairos
    }
}

/// The credentials of an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// For Kairos.
    pub kairos: Credentials,
    /// For FindFace.
    pub findface_token: String,
    /// For Perse, traded for a token.
    pub perse_private_key: String,
    /// For Perse, as it is.
    pub perse_api_key: String,
    /// For MachineSense.
    pub machinesense_key: String,
}

/// Kairos credentials.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Header `app_id`.
    pub app_id: String,
    /// Header `app_key`.
    pub app_key: String,
}

/// A running server. Killed when dropped.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Server {
    /// Starts a server on `data` and waits until it is ready.
    pub async fn start(data: &DataDir, arguments: &[&str]) -> Self {
        Self::start_at(data, &format!("http://127.0.0.1:{}", free_port()), arguments).await
    }

    /// Starts a server at an address, as `http://127.0.0.1:PORT`, and waits until it is ready.
    pub async fn start_at(data: &DataDir, base: &str, arguments: &[&str]) -> Self {
        let listen = base.trim_start_matches("http://");
        let mut command = data.command(&["serve", "--listen", listen]);
        let log = std::fs::File::options().create(true).append(true).open(data.path().join("log")).unwrap();
        let output = std::fs::File::options().create(true).append(true).open(data.path().join("output"));
        let process = command.args(arguments).stdout(output.unwrap()).stderr(log).spawn().unwrap();
        let mut server = Self { process, base: base.to_owned() };
        server.wait_until_ready(data).await;
        server
    }

    async fn wait_until_ready(&mut self, data: &DataDir) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for _ in 0..1200 {
            if let Ok(answer) = client.get(format!("{}/readyz", self.base)).send().await
                && answer.status().is_success()
            {
                return;
            }
            let ended = self.process.try_wait().unwrap();
            let log = || std::fs::read_to_string(data.path().join("log")).unwrap_or_default();
            assert!(ended.is_none(), "the server ended while starting: {}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server was not ready after a minute");
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the server at once, as a power cut would.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks the server to stop, waits for its end and returns whether it ended well.
    pub fn stop(self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(asked.success());
        self.wait()
    }

    /// Waits for the server to end by itself and returns whether it did so well.
    pub fn wait(mut self) -> bool {
        self.process.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A Kairos client.
#[derive(Clone)]
pub struct Kairos {
    client: reqwest::Client,
    base: String,
    credentials: Credentials,
}

impl Kairos {
    /// A client of `server`.
    pub fn new(server: &Server, credentials: &Credentials) -> Self {
        Self::at(&server.base, credentials)
    }

    /// A client of whatever answers at that address.
    pub fn at(base: &str, credentials: &Credentials) -> Self {
        Self { client: plain_client(), base: base.to_owned(), credentials: credentials.clone() }
    }

    /// Posts JSON and returns status and answer.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub async fn try_post(&self, path: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        let request =
            request.header("app_id", &self.credentials.app_id).header("app_key", &self.credentials.app_key);
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Posts JSON and returns the answer, which must come with status 200.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_post(path, &body).await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Enrols one face and returns its face id.
    pub async fn enrol(&self, photo: &[u8], subject: &str, gallery: &str) -> String {
        let body = json!({ "image": base64(photo), "subject_id": subject, "gallery_name": gallery });
        let answer = self.post("/enroll", body).await;
        answer["face_id"].as_str().unwrap_or_else(|| panic!("not enrolled: {answer}")).to_owned()
    }
}

/// A FindFace client.
#[derive(Clone)]
pub struct FindFace {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl FindFace {
    /// A client of `server`.
    pub fn new(server: &Server, token: &str) -> Self {
        Self { client: plain_client(), base: server.base.clone(), token: token.to_owned() }
    }

    /// Gets status and answer.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    /// Posts JSON and returns the answer, which must come with status 200.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(self.client.post(format!("{}{path}", self.base)).json(&body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Looks for faces with these parameters: the status, which servers were searched (`available/total`), and the
    /// answer.
    pub async fn identify(&self, parameters: &Value) -> (u16, String, Value) {
        let request = self.client.post(format!("{}/v0/identify", self.base)).json(parameters);
        let request = request.header("authorization", format!("Token {}", self.token));
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let servers =
            answer.headers().get("x-live-servers").map(|servers| servers.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        (status, servers.unwrap_or_default(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Deletes something and returns the status.
    pub async fn delete(&self, path: &str) -> u16 {
        self.send(self.client.delete(format!("{}{path}", self.base))).await.0
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let request = request.header("authorization", format!("Token {}", self.token));
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

/// Base64 as clients send photos.
pub fn base64(photo: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(photo)
}

/// A running server with an account and its client.
pub struct Stage {
    /// The server's directory.
    pub data: DataDir,
    /// The server.
    pub server: Server,
    /// The account's client.
    pub client: Kairos,
}

impl Stage {
    /// Starts a server on a new directory with one account.
    pub async fn with_account(name: &str) -> Self {
        let data = DataDir::default();
        let credentials = data.kairos_account(name);
        let server = Server::start(&data, &[]).await;
        let client = Kairos::new(&server, &credentials);
        Self { data, server, client }
    }
}

/// A client without credentials for other requests.
pub fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
