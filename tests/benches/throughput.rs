//! Searches per second of one, two and four servers over one PostgreSQL database: real processes, real models.
//!
//! Clients post the same portraits to `/recognize` without a pause, as many for each number of servers, and take turns
//! at the servers. Everything runs on one machine: where its cores are busy with one server, more of them share these,
//! and the ratio tells what several cost; it tells what they gain where servers are held to one thread each and there
//! are cores for all. The binary is the one beside this program: `cargo build --release --bin vultus` makes it.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use vultus_e2e::cluster::Cluster;
use vultus_e2e::{Kairos, Portraits, Server, base64};

/// How long each number of servers is measured.
const SPAN: Duration = Duration::from_secs(10);
/// How long clients ask before that, so that everything is read and warm.
const WARMING: Duration = Duration::from_secs(2);
/// Clients at once.
const CLIENTS: usize = 8;

/// Searches per second that these servers answer.
async fn rate(clients: &[Kairos], photos: &Arc<Vec<String>>) -> f64 {
    let (start, counted) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let ask = |number: usize| {
        let (clients, photos, counted) = (clients.to_vec(), Arc::clone(photos), Arc::clone(&counted));
        tokio::spawn(async move {
            for turn in number.. {
                if start.elapsed() >= WARMING + SPAN {
                    break;
                }
                let body = json!({ "image": photos[turn % photos.len()], "gallery_name": "bench" });
                let answer = clients[turn % clients.len()].post("/recognize", body).await;
                assert_eq!(answer["images"][0]["transaction"]["status"], "success", "{answer}");
                if (WARMING..WARMING + SPAN).contains(&start.elapsed()) {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    };
    for client in (0..CLIENTS).map(ask).collect::<Vec<_>>() {
        client.await.unwrap();
    }
    counted.load(Ordering::Relaxed) as f64 / SPAN.as_secs_f64()
}

/// Prints the rates of one, two and four servers with so many threads each, or as many as there are cores.
async fn series(threads: Option<u32>) {
    let cluster = Cluster::start();
    let node = || {
        let mut data = cluster.node();
        if let Some(threads) = threads {
            data.set("VULTUS_THREADS", &threads.to_string());
        }
        data
    };
    let first = node();
    let account = first.account("bench");
    let portraits = Portraits::cut(&first);
    let photos: Arc<Vec<String>> = Arc::new(portraits.of(3).iter().map(|photo| base64(photo)).collect());
    let mut base = None;
    for count in [1, 2, 4] {
        let nodes: Vec<_> = (0..count).map(|_| node()).collect();
        let mut servers = Vec::new();
        for data in &nodes {
            servers.push(Server::start(data, &[]).await);
        }
        let clients: Vec<Kairos> =
            servers.iter().map(|server| Kairos::new(server, &account.kairos)).collect();
        if base.is_none() {
            for (number, photo) in portraits.of(3).iter().enumerate() {
                clients[0].enrol(photo, &format!("person {number}"), "bench").await;
            }
        }
        let rate = rate(&clients, &photos).await;
        let ratio = rate / *base.get_or_insert(rate);
        let threads = threads.map_or_else(|| "all".to_owned(), |threads| threads.to_string());
        println!("{count:7} {threads:>16} {rate:21.1} {ratio:19.2}");
    }
}

#[tokio::main]
async fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{CLIENTS} clients, {cores} cores for servers, database and clients");
    println!("servers   threads of each   searches per second   to one server");
    for threads in [Some(1), None] {
        series(threads).await;
    }
}
