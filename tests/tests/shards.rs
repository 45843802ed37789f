//! Faces spread over search shards: real processes, real PostgreSQL servers that are stopped and started, real models.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vultus_e2e::cluster::Cluster;
use vultus_e2e::scenario::{Target, replay};
use vultus_e2e::{Account, DataDir, FindFace, Kairos, Portraits, Server, base64, plain_client, workspace};

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server and its clients.
struct Node {
    server: Server,
    findface: FindFace,
    kairos: Kairos,
}

impl Node {
    async fn start(data: &DataDir, account: &Account, arguments: &[&str]) -> Self {
        let server = Server::start(data, arguments).await;
        let findface = FindFace::new(&server, &account.findface_token);
        let kairos = Kairos::new(&server, &account.kairos);
        Self { server, findface, kairos }
    }

    /// Enrols a face under a name and gives its number.
    async fn enrol(&self, photo: &[u8], name: &str) -> u64 {
        let body = json!({ "photo": base64(photo), "meta": name, "galleries": ["people"] });
        let added = self.findface.post("/v0/face", body).await;
        added["results"][0]["id"].as_u64().unwrap_or_else(|| panic!("not enrolled: {added}"))
    }

    /// Asks for every face of the account, however little it is like the photo: status, servers, names.
    async fn look(&self, photo: &[u8], strict: bool) -> (u16, String, BTreeSet<String>) {
        let body = json!({ "photo": base64(photo), "threshold": "none", "n": 1000, "strict": strict });
        let (status, servers, answer) = self.findface.identify(&body).await;
        let faces = answer["results"].as_object().into_iter().flat_map(serde_json::Map::values);
        let found = faces.flat_map(|matches| matches.as_array().unwrap());
        let names = found.map(|found| found["face"]["meta"].as_str().unwrap().to_owned());
        (status, servers, names.collect())
    }

    /// Waits until so many servers are searched, and tells what is found then.
    async fn found_on(&self, servers: &str, photo: &[u8]) -> BTreeSet<String> {
        let start = Instant::now();
        loop {
            let (status, answered, names) = self.look(photo, false).await;
            if (status, answered.as_str()) == (200, servers) {
                return names;
            }
            assert!(start.elapsed() < PATIENCE, "{status} {answered} instead of {servers}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Status and answer of Kairos to the question who that is.
    async fn recognise(&self, photo: &[u8]) -> (u16, Value) {
        let body = json!({ "image": base64(photo), "gallery_name": "people", "threshold": 0.6 });
        self.kairos.try_post("/recognize", &body).await.unwrap()
    }
}

fn shards(data: &DataDir) -> BTreeMap<String, Value> {
    let listed = data.run_json(&["shards", "status", "--json"]);
    let shards = listed["shards"].as_array().unwrap().iter();
    shards.map(|shard| (shard["name"].as_str().unwrap().to_owned(), shard.clone())).collect()
}

/// How many faces each searched shard holds; all are level.
fn held(data: &DataDir) -> Vec<u64> {
    let searched = shards(data).into_values().filter(|shard| shard["role"] == "searched");
    let faces = |shard: Value| {
        assert_eq!(shard["state"], "level", "{shard}");
        shard["faces"].as_u64().unwrap()
    };
    searched.map(faces).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_go_on_without_a_shard_for_those_who_do_not_need_all() {
    let mut cluster = Cluster::start();
    cluster.add_shard("east");
    cluster.add_shard("west");
    let (first, second) =
        (cluster.searching_node(&["east", "west"]), cluster.searching_node(&["east", "west"]));
    let account = first.account("shards");
    let portraits = Portraits::cut(&first);
    let people = portraits.of(3);
    let node = Node::start(&first, &account, &[]).await;
    let partial = Node::start(&second, &account, &["--search-partial"]).await;
    let probe = &people[0];

    let mut names = BTreeSet::new();
    let mut ids = BTreeMap::new();
    for round in 0..4 {
        for (number, photo) in people.iter().take(2).enumerate() {
            let name = format!("findface {round} {number}");
            ids.insert(name.clone(), node.enrol(photo, &name).await);
            names.insert(name);
            let name = format!("kairos {round} {number}");
            partial.kairos.enrol(photo, &name, "people").await;
            names.insert(name);
        }
    }
    assert_eq!(node.found_on("2/2", probe).await, names);
    assert_eq!(partial.look(probe, true).await, (200, "2/2".to_owned(), names.clone()));
    assert_eq!(node.recognise(probe).await.0, 200);
    let shares = held(&first);
    assert!(shares.iter().all(|&share| share > 0) && shares.iter().sum::<u64>() == 16, "{shares:?}");

    cluster.shard("west").stop();
    let (status, servers, rest) = node.look(probe, false).await;
    assert_eq!((status, servers.as_str()), (200, "1/2"));
    assert!(rest.len() < 16 && rest.is_subset(&names) && !rest.is_empty(), "{rest:?}");
    assert_eq!(node.look(probe, true).await.0, 503);
    let (status, answer) = node.recognise(probe).await;
    assert_eq!((status, &answer["Errors"][0]["ErrCode"]), (503, &json!(3001)), "{answer}");
    assert_eq!(partial.recognise(probe).await.0, 200);
    let readyz = plain_client().get(format!("{}/readyz", node.server.base)).send().await.unwrap();
    assert_eq!(readyz.status(), 200, "a server without one shard is of use");
    let metrics = plain_client().get(format!("{}/metrics", node.server.base)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("\nvultus_search_servers_live 1\n"), "{metrics}");
    assert!(metrics.contains("\nvultus_search_servers 2\n"), "{metrics}");

    // Writes wait for no shard: one face goes that was found on the other, one that was not, and new ones come.
    let there = ids.keys().find(|name| rest.contains(*name)).unwrap().clone();
    let away = ids.keys().find(|name| !rest.contains(*name)).unwrap().clone();
    for name in [there, away] {
        assert_eq!(node.findface.delete(&format!("/v0/face/id/{}", ids[&name])).await, 204);
        names.remove(&name);
    }
    for number in 0..6 {
        let name = format!("meanwhile {number}");
        node.enrol(&people[1], &name).await;
        names.insert(name);
    }
    cluster.shard("west").resume();
    assert_eq!(node.found_on("2/2", probe).await, names);
    assert_eq!(partial.found_on("2/2", probe).await, names);
    assert_eq!(held(&first).iter().sum::<u64>(), 20);

    cluster.shard("east").stop();
    cluster.shard("west").stop();
    assert_eq!(node.look(probe, false).await.0, 503);
    let (status, answer) = partial.recognise(probe).await;
    assert_eq!((status, &answer["Errors"][0]["ErrCode"]), (503, &json!(3001)), "{answer}");
    cluster.shard("east").resume();
    cluster.shard("west").resume();
    assert_eq!(partial.found_on("2/2", probe).await, names);
}

/// Enrols faces until it is told to stop, and gives their names.
fn keep_enrolling(node: &Node, photo: &[u8]) -> (Arc<AtomicBool>, tokio::task::JoinHandle<BTreeSet<String>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let (told, client, photo) = (Arc::clone(&stop), node.kairos.clone(), photo.to_vec());
    let enrolling = async move {
        let mut names = BTreeSet::new();
        while !told.load(Ordering::Relaxed) {
            let name = format!("load {}", names.len());
            client.enrol(&photo, &name, "people").await;
            names.insert(name);
        }
        names
    };
    (stop, tokio::spawn(enrolling))
}

/// Whether the spreading of faces over other shards has begun.
fn is_planned(cluster: &Cluster) -> bool {
    cluster.ask("SELECT count(*) FROM topology WHERE epoch > 1") == "1"
}

fn rebalance(data: &DataDir) -> Child {
    let mut command = data.command(&["shards", "rebalance"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn faces_are_spread_over_other_shards_while_more_are_enrolled() {
    let mut cluster = Cluster::start();
    for name in ["east", "north", "west"] {
        cluster.add_shard(name);
    }
    let two = cluster.searching_node(&["east", "west"]);
    let account = two.account("shards");
    let portraits = Portraits::cut(&two);
    let people = portraits.of(3);
    let probe = &people[0];
    let node = Node::start(&two, &account, &[]).await;
    let mut names = BTreeSet::new();
    for number in 0..12 {
        let name = format!("before {number}");
        node.enrol(&people[number % 2], &name).await;
        names.insert(name);
    }
    assert_eq!(node.found_on("2/2", probe).await, names);
    assert!(node.server.stop());

    let three = cluster.searching_node(&["east", "north", "west"]);
    let node = Node::start(&three, &account, &[]).await;
    assert_eq!(node.found_on("2/2", probe).await, names, "a shard is used only after a rebalance");
    let (stop, enrolling) = keep_enrolling(&node, &people[1]);
    let mut cut = rebalance(&three);
    let start = Instant::now();
    while cut.try_wait().unwrap().is_none() && !is_planned(&cluster) {
        assert!(start.elapsed() < PATIENCE, "nothing is planned");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cut.kill().unwrap();
    cut.wait().unwrap();
    assert_eq!(node.look(probe, true).await.0, 200, "searches see every face while faces move");
    let told = three.run_json(&["shards", "rebalance", "--json"]);
    assert_eq!(told["shards"], json!(["east", "north", "west"]));
    assert_eq!(told["unreachable"], json!([]));
    assert!(node.look(probe, true).await.2.is_superset(&names));
    stop.store(true, Ordering::Relaxed);
    names.extend(enrolling.await.unwrap());
    assert_eq!(node.found_on("3/3", probe).await, names);
    let shares = held(&three);
    assert!(shares.iter().all(|&share| share > 0), "{shares:?}");
    assert_eq!(shares.iter().sum::<u64>(), names.len() as u64, "no face lies on two shards: {shares:?}");

    let told = three.run_json(&["shards", "rebalance", "--to", "north,west", "--json"]);
    assert_eq!(told["shards"], json!(["north", "west"]));
    assert_eq!(node.found_on("2/2", probe).await, names);
    assert_eq!(shards(&three)["east"]["role"], "unused");
    cluster.shard("east").stop();
    assert_eq!(node.look(probe, true).await, (200, "2/2".to_owned(), names));
    let refused = three.command(&["shards", "rebalance", "--to", "south"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "a shard that is not configured");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_database_searches_itself_and_gives_its_faces_to_a_shard() {
    let mut cluster = Cluster::start();
    let alone = cluster.searching_node(&[]);
    let account = alone.account("alone");
    let token = alone.account("scenario").findface_token;
    let node = Node::start(&alone, &account, &[]).await;
    let target = Target { base: node.server.base.clone(), token };
    let (scenario, photos) =
        (workspace().join("tests/scenarios/findface.json"), workspace().join(".cache/photos"));
    let steps = replay(&scenario, &photos, &target).await.unwrap();
    assert!(steps > 40, "{steps}");
    let portraits = Portraits::cut(&alone);
    let people = portraits.of(3);
    let names: BTreeSet<String> = ["one", "two"].map(str::to_owned).into();
    for (name, photo) in names.iter().zip(people) {
        node.enrol(photo, name).await;
    }
    assert_eq!(node.found_on("1/1", &people[0]).await, names);
    let doctor = alone.command(&["doctor", "--json", "--listen", "127.0.0.1:0"]).output().unwrap();
    let report = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(report.contains("pgvector 0."), "{report}");
    assert!(node.server.stop());

    cluster.add_shard("east");
    let spread = cluster.searching_node(&["east"]);
    let node = Node::start(&spread, &account, &[]).await;
    assert_eq!(node.found_on("1/1", &people[0]).await, names, "the faces are where they were");
    assert_eq!(shards(&spread)["database"]["role"], "searched");
    spread.run(&["shards", "rebalance"]);
    assert_eq!(node.found_on("1/1", &people[0]).await, names);
    assert_eq!(shards(&spread)["east"]["role"], "searched");
}

#[test]
fn a_file_cannot_search_with_pgvector() {
    let data = DataDir::default();
    let output = data.command(&["accounts", "list", "--search-mode", "pgvector"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("needs a PostgreSQL database"), "{errors}");
}
