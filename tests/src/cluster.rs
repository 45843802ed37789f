//! Several servers over one PostgreSQL database and its search shards, and a balancer before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use vultus_store_tests::postgres::PostgresServer;

use crate::{DataDir, plain_client};

/// What nodes share: a database server of their own, the key of the credentials, the folder of photos.
pub struct Cluster {
    /// The database server.
    pub database: PostgresServer,
    url: String,
    shared: tempfile::TempDir,
    shards: Vec<Shard>,
}

/// A database server of its own that holds a share of the faces.
struct Shard {
    name: &'static str,
    server: PostgresServer,
    url: String,
}

impl Cluster {
    /// A new database, which survives being stopped at once.
    pub fn start() -> Self {
        let database = PostgresServer::start(true);
        let url = database.new_database();
        Self { database, url, shared: tempfile::tempdir().unwrap(), shards: Vec::new() }
    }

    /// The data directory of one more node.
    pub fn node(&self) -> DataDir {
        let mut data = DataDir::default();
        let shared = self.shared.path();
        data.set("VULTUS_DATABASE_URL", &self.url);
        data.set("VULTUS_SECRET_KEY_FILE", shared.join("secret.key").to_str().unwrap());
        data.set("VULTUS_BLOBS_URL", &format!("file://{}", shared.join("photos").display()));
        data
    }

    /// Asks the database that the nodes share; columns of text.
    pub fn ask(&self, statement: &str) -> String {
        let (_, name) = self.url.rsplit_once('/').unwrap();
        self.database.run(name, statement)
    }

    /// Starts one more search shard, which no node knows yet.
    pub fn add_shard(&mut self, name: &'static str) {
        let server = PostgresServer::start(false);
        let url = server.new_database();
        self.shards.push(Shard { name, server, url });
    }

    /// The database server of a shard.
    pub fn shard(&mut self, name: &str) -> &mut PostgresServer {
        let mut shards = self.shards.iter_mut();
        let shard = shards.find(|shard| shard.name == name);
        &mut shard.unwrap_or_else(|| panic!("no shard {name}")).server
    }

    /// The data directory of one more node, which searches on these shards, or in the database where there are none.
    pub fn searching_node(&self, names: &[&str]) -> DataDir {
        let mut data = self.node();
        let shards = self.shards.iter().filter(|shard| names.contains(&shard.name));
        let told: Vec<String> = shards.map(|shard| format!("{}={}", shard.name, shard.url)).collect();
        data.set("VULTUS_SEARCH_MODE", "pgvector");
        data.set("VULTUS_SEARCH_SHARDS", &told.join(","));
        data
    }
}

/// Hands each request to the next server that says that it is ready. Where one cannot be connected to, the next is
/// asked.
pub struct Balancer {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    task: tokio::task::JoinHandle<()>,
}

struct Upstream {
    base: String,
    is_ready: AtomicBool,
}

struct Balanced {
    client: reqwest::Client,
    upstreams: Vec<Upstream>,
    next: AtomicUsize,
}

impl Balancer {
    /// How often servers are asked whether they are ready.
    pub const EVERY: Duration = Duration::from_millis(50);

    /// Starts a balancer before servers at these addresses.
    pub async fn start(bases: &[String]) -> Self {
        let upstream = |base: &String| Upstream { base: base.clone(), is_ready: AtomicBool::new(false) };
        let upstreams = bases.iter().map(upstream).collect();
        let balanced = Arc::new(Balanced { client: plain_client(), upstreams, next: AtomicUsize::new(0) });
        balanced.look().await;
        let app = Router::new().fallback(forward).with_state(Arc::clone(&balanced));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let look = async {
                loop {
                    balanced.look().await;
                    tokio::time::sleep(Self::EVERY).await;
                }
            };
            tokio::select! {
                () = look => {}
                served = axum::serve(listener, app) => served.unwrap(),
            }
        });
        Self { base, task }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Balanced {
    async fn look(&self) {
        for upstream in &self.upstreams {
            let answer = self.client.get(format!("{}/readyz", upstream.base)).send().await;
            let is_ready = answer.is_ok_and(|answer| answer.status().is_success());
            upstream.is_ready.store(is_ready, Ordering::Relaxed);
        }
    }
}

async fn forward(State(balanced): State<Arc<Balanced>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let count = balanced.upstreams.len();
    let first = balanced.next.fetch_add(1, Ordering::Relaxed);
    for place in 0..count {
        let upstream = &balanced.upstreams[(first + place) % count];
        if !upstream.is_ready.load(Ordering::Relaxed) {
            continue;
        }
        let url = format!("{}{}", upstream.base, head.uri);
        let asked = balanced.client.request(head.method.clone(), url).headers(head.headers.clone());
        match asked.body(body.clone()).send().await {
            Ok(answer) => return handed_on(answer).await,
            Err(error) if error.is_connect() => {}
            Err(error) => return failed(&error.to_string()),
        }
    }
    failed("no server is ready")
}

async fn handed_on(answer: reqwest::Response) -> Response {
    let status = answer.status();
    match answer.bytes().await {
        Ok(bytes) => Response::builder().status(status).body(Body::from(bytes)).unwrap(),
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Response {
    Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::from(why.to_owned())).unwrap()
}
