//! What was acknowledged survives a killed server.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::sync::Mutex;
use vultus_e2e::{DataDir, Kairos, Portraits, Server, base64};

const KILLS: usize = 30;
const WRITERS: usize = 3;

/// Acknowledged enrolments: subject and face id.
type Acknowledged = Arc<Mutex<BTreeMap<String, String>>>;

async fn enrol_until_the_server_dies(
    client: Kairos,
    portraits: Arc<Vec<Vec<u8>>>,
    counter: Arc<AtomicUsize>,
    acknowledged: Acknowledged,
) {
    loop {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let subject = format!("subject-{number}");
        let photo = base64(&portraits[number % portraits.len()]);
        let body = json!({ "image": photo, "subject_id": subject, "gallery_name": "durable" });
        let Ok((200, answer)) = client.try_post("/enroll", &body).await else { return };
        let face_id = answer["face_id"].as_str().unwrap_or_else(|| panic!("refused: {answer}"));
        acknowledged.lock().await.insert(subject, face_id.to_owned());
    }
}

/// Waits until one more enrolment was acknowledged, however slow the machine is.
async fn wait_for_an_enrolment(acknowledged: &Acknowledged) {
    let before = acknowledged.lock().await.len();
    for _ in 0..3000 {
        if acknowledged.lock().await.len() > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing was enrolled within a minute");
}

fn count_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |entry: std::fs::DirEntry| {
        if entry.file_type().unwrap().is_dir() { count_files(&entry.path()) } else { 1 }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}

async fn subjects(client: &Kairos) -> Vec<String> {
    let listed = client.post("/gallery/view", json!({ "gallery_name": "durable" })).await;
    listed["subject_ids"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_face_survives_thirty_kills() {
    let data = DataDir::default();
    let credentials = data.kairos_account("durability");
    let portraits = Arc::new(Portraits::cut(&data).of(3).to_vec());
    let counter = Arc::new(AtomicUsize::new(0));
    let acknowledged = Acknowledged::default();
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..KILLS {
        let server = Server::start(&data, &[]).await;
        let client = Kairos::new(&server, &credentials);
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let shared = (Arc::clone(&portraits), Arc::clone(&counter), Arc::clone(&acknowledged));
                tokio::spawn(enrol_until_the_server_dies(client.clone(), shared.0, shared.1, shared.2))
            })
            .collect();
        wait_for_an_enrolment(&acknowledged).await;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..700))).await;
        server.kill();
        for writer in writers {
            writer.await.unwrap();
        }
    }

    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &credentials);
    let acknowledged = acknowledged.lock().await;
    assert!(acknowledged.len() >= KILLS, "only {} enrolments were acknowledged", acknowledged.len());
    let mut stored = 0;
    for subject in subjects(&client).await {
        let query = json!({ "gallery_name": "durable", "subject_id": subject });
        let viewed = client.post("/gallery/view_subject", query).await;
        let faces = viewed["face_ids"].as_array().unwrap();
        assert_eq!(faces.len(), 1, "{subject} was enrolled once");
        if let Some(face_id) = acknowledged.get(&subject) {
            assert_eq!(faces[0]["face_id"], face_id.as_str(), "{subject}");
            stored += 1;
        }
    }
    assert_eq!(stored, acknowledged.len(), "every acknowledged face is there");

    let unanswered = subjects(&client).await.len() - stored;
    assert!(unanswered <= KILLS * WRITERS, "{unanswered} faces nobody was told of");
    let photos = count_files(&data.path().join("photos"));
    assert!(
        photos >= stored + unanswered,
        "each of {} faces has its photo, not {photos}",
        stored + unanswered
    );

    for number in 0..portraits.len() {
        let probe = json!({ "image": base64(&portraits[number]), "gallery_name": "durable", "max_num_results": 1000 });
        let found = client.post("/recognize", probe).await;
        let candidates = found["images"][0]["candidates"].as_array().unwrap().len();
        let enrolled = |subject: &&String| {
            subject["subject-".len()..].parse::<usize>().unwrap() % portraits.len() == number
        };
        let expected = acknowledged.keys().filter(enrolled).count();
        assert!(candidates >= expected, "portrait {number}: {candidates} candidates for {expected} faces");
    }
}
