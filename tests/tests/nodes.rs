//! Several servers over one PostgreSQL database: real processes, a real database server, real models.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use vultus_e2e::cluster::{Balancer, Cluster};
use vultus_e2e::scenario::{Target, replay};
use vultus_e2e::{Credentials, FindFace, Kairos, Portraits, Server, base64, plain_client, workspace};
use vultus_types::{Clock, SystemClock};

/// Enrols one portrait after the other as subjects of a gallery, until it is told to stop; notes what was
/// acknowledged, and what was not answered with 200.
struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
    acknowledged: Arc<Mutex<BTreeMap<String, String>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Load {
    fn start(clients: &[Kairos], portraits: &Arc<Vec<Vec<u8>>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
        let refused = Arc::new(Mutex::new(Vec::new()));
        let counter = Arc::new(AtomicUsize::new(0));
        let writer = |client: &Kairos| {
            let (client, portraits) = (client.clone(), Arc::clone(portraits));
            let (stop, counter) = (Arc::clone(&stop), Arc::clone(&counter));
            let (acknowledged, refused) = (Arc::clone(&acknowledged), Arc::clone(&refused));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let number = counter.fetch_add(1, Ordering::Relaxed);
                    let subject = format!("load-{number}");
                    let photo = base64(&portraits[number % portraits.len()]);
                    let body = json!({ "image": photo, "subject_id": subject, "gallery_name": "load" });
                    match client.try_post("/enroll", &body).await {
                        Ok((200, answer)) => {
                            let face = answer["face_id"].as_str().unwrap_or_else(|| panic!("{answer}"));
                            acknowledged.lock().await.insert(subject, face.to_owned());
                        }
                        Ok((status, answer)) => refused.lock().await.push(format!("{status} {answer}")),
                        Err(error) => {
                            refused.lock().await.push(error.to_string());
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                    }
                }
            })
        };
        let writers = clients.iter().map(writer).collect();
        Self { stop, writers, acknowledged, refused }
    }

    /// Waits until that many more were acknowledged.
    async fn until_acknowledged(&self, more: usize) {
        let goal = self.acknowledged.lock().await.len() + more;
        let start = Instant::now();
        while self.acknowledged.lock().await.len() < goal {
            let refused = self.refused.lock().await.last().cloned();
            assert!(start.elapsed() < Duration::from_mins(2), "nothing is acknowledged: {refused:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the load: what was acknowledged, and what was refused.
    async fn stop(self) -> (BTreeMap<String, String>, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        (self.acknowledged.lock().await.clone(), self.refused.lock().await.clone())
    }
}

async fn subjects(client: &Kairos, gallery: &str) -> Vec<String> {
    let listed = client.post("/gallery/view", json!({ "gallery_name": gallery })).await;
    listed["subject_ids"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

async fn recognised(client: &Kairos, photo: &[u8], gallery: &str) -> Value {
    let body = json!({ "image": base64(photo), "gallery_name": gallery });
    client.post("/recognize", body).await["images"][0]["transaction"]["subject_id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_finds_at_once_what_another_has_written_under_load() {
    let cluster = Cluster::start();
    let (first, second) = (cluster.node(), cluster.node());
    let account = first.account("nodes");
    let (one, other) = (Server::start(&first, &[]).await, Server::start(&second, &[]).await);
    let (at_one, at_other) = (Kairos::new(&one, &account.kairos), Kairos::new(&other, &account.kairos));
    let portraits = Portraits::cut(&first);
    let load = Load::start(&[at_one.clone(), at_other.clone()], &Arc::new(portraits.of(5).to_vec()));
    load.until_acknowledged(4).await;
    for (round, photo) in portraits.of(3).iter().take(3).enumerate() {
        let subject = format!("person-{round}");
        at_one.enrol(photo, &subject, "shared").await;
        assert_eq!(recognised(&at_other, photo, "shared").await, json!(subject));
        let removed = json!({ "gallery_name": "shared", "subject_id": subject });
        at_other.post("/gallery/remove_subject", removed).await;
        let body = json!({ "image": base64(photo), "gallery_name": "shared" });
        let answer = at_one.post("/recognize", body).await;
        assert!(!answer.to_string().contains(&subject), "{answer}");
    }
    let (acknowledged, refused) = load.stop().await;
    assert_eq!(refused, Vec::<String>::new());
    assert_eq!(subjects(&at_one, "load").await.len(), acknowledged.len());

    // A token of one node is good at the other, and so is a credential that is exchanged at the other.
    let logged_in = plain_client().post(format!("{}/v0/login", one.base));
    let body = json!({ "privateKey": account.perse_private_key });
    let answer: Value = logged_in.json(&body).send().await.unwrap().json().await.unwrap();
    let token = answer["token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let list = plain_client().get(format!("{}/v0/face/enrollment/list", other.base)).bearer_auth(token);
    assert_eq!(list.send().await.unwrap().status(), 200);
    second.run(&["accounts", "rotate", "nodes"]);
    let (status, _) = at_one.try_post("/gallery/list_all", &json!({})).await.unwrap();
    assert_eq!(status, 403, "an exchanged key is refused everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_faces_outlive_killed_nodes_and_a_killed_database() {
    let mut cluster = Cluster::start();
    let (first, second) = (cluster.node(), cluster.node());
    let account = first.account("nodes");
    let mut one = Server::start(&first, &[]).await;
    let other = Server::start(&second, &[]).await;
    let base = one.base.clone();
    let portraits = Arc::new(Portraits::cut(&first).of(5).to_vec());
    let clients = [Kairos::new(&one, &account.kairos), Kairos::new(&other, &account.kairos)];
    let load = Load::start(&clients, &portraits);
    for _ in 0..3 {
        load.until_acknowledged(3).await;
        one.kill();
        load.until_acknowledged(3).await;
        one = Server::start_at(&first, &base, &[]).await;
    }
    load.until_acknowledged(3).await;
    cluster.database.stop();
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.database.resume();
    load.until_acknowledged(5).await;
    let (acknowledged, _) = load.stop().await;
    let stored = subjects(&clients[0], "load").await;
    let lost: Vec<&String> = acknowledged.keys().filter(|subject| !stored.contains(subject)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(subjects(&clients[1], "load").await, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_replaced_one_by_one_without_a_failed_request() {
    let cluster = Cluster::start();
    let nodes = [cluster.node(), cluster.node()];
    for node in &nodes {
        std::fs::write(node.path().join("vultus.toml"), "[server]\ndrain_s = 1\n").unwrap();
    }
    let account = nodes[0].account("rolling");
    let mut servers = Vec::new();
    for node in &nodes {
        servers.push(Server::start(node, &[]).await);
    }
    let bases: Vec<String> = servers.iter().map(|server| server.base.clone()).collect();
    let balancer = Balancer::start(&bases).await;
    let portraits = Arc::new(Portraits::cut(&nodes[0]).of(5).to_vec());
    let client = Kairos::at(&balancer.base, &account.kairos);
    let load = Load::start(&[client.clone(), client.clone()], &portraits);
    load.until_acknowledged(4).await;
    for (node, base) in nodes.iter().zip(&bases) {
        assert!(servers.remove(0).stop(), "the server ends well");
        load.until_acknowledged(2).await;
        servers.push(Server::start_at(node, base, &[]).await);
        tokio::time::sleep(Balancer::EVERY * 4).await;
    }
    load.until_acknowledged(4).await;
    let (acknowledged, refused) = load.stop().await;
    assert_eq!(refused, Vec::<String>::new(), "of {} requests", acknowledged.len());
    assert_eq!(subjects(&client, "load").await.len(), acknowledged.len());
}

/// The number of the minute, as servers count them.
fn this_minute() -> i64 {
    SystemClock.now().as_secs() / 60
}

/// Asks servers for the galleries, so often all at once: each status, and when to try again.
async fn ask(servers: &[Server], account: &Credentials, times: usize) -> Vec<(u16, Option<u64>)> {
    let mut asked = JoinSet::new();
    for server in servers.iter().cycle().take(times * servers.len()) {
        let request = plain_client().post(format!("{}/gallery/list_all", server.base)).body("{}");
        let request = request.header("app_id", &account.app_id).header("app_key", &account.app_key);
        asked.spawn(async move {
            let answer = request.send().await.unwrap();
            let wait =
                answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().parse().unwrap());
            (answer.status().as_u16(), wait)
        });
    }
    asked.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_together_answer_as_many_requests_of_a_minute_as_an_account_may_make() {
    const LIMIT: usize = 6;
    let cluster = Cluster::start();
    let nodes = [cluster.node(), cluster.node()];
    let servers = [Server::start(&nodes[0], &[]).await, Server::start(&nodes[1], &[]).await];
    let limit = |name: &str, limit: &str| {
        nodes[0].run_json(&["accounts", "quota", name, "--requests-per-minute", limit, "--json"])
    };
    // Each round has an account of its own, which nothing was counted of. One that meets the end of a minute says
    // nothing.
    for round in 0..10 {
        let name = format!("limited-{round}");
        let account = nodes[0].kairos_account(&name);
        assert_eq!(limit(&name, &LIMIT.to_string())["requests_per_minute"], json!(LIMIT));
        let minute = this_minute();
        let answers = ask(&servers, &account, LIMIT).await;
        let later = ask(&servers, &account, 1).await;
        if this_minute() != minute {
            continue;
        }
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), LIMIT, "{answers:?}");
        for (status, wait) in answers.iter().filter(|(status, _)| *status != 200).chain(&later) {
            assert_eq!(*status, 429);
            assert!(wait.is_some_and(|seconds| (1..=60).contains(&seconds)), "{wait:?}");
        }
        assert_eq!(limit(&name, "none")["requests_per_minute"], Value::Null);
        assert_eq!(ask(&servers, &account, 2).await, [(200, None); 4]);
        return;
    }
    panic!("no round lay within a minute");
}

#[tokio::test]
async fn findface_answers_from_postgresql_as_from_a_file() {
    let cluster = Cluster::start();
    let node = cluster.node();
    let token = node.account("scenario").findface_token;
    let server = Server::start(&node, &[]).await;
    let target = Target { base: server.base.clone(), token };
    let (scenario, photos) =
        (workspace().join("tests/scenarios/findface.json"), workspace().join(".cache/photos"));
    let steps = replay(&scenario, &photos, &target).await.unwrap();
    assert!(steps > 40, "{steps}");
    assert_eq!(FindFace::new(&server, "wrong").get("/v0/faces").await.0, 401);
    let found = node.command(&["doctor", "--json"]).output().unwrap();
    let report = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(report.contains("is whole, schema"), "{report}");
}
