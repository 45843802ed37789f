//! People's data through the API of the console, on a real server with real models and photos.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use vultus_e2e::{Console, DataDir, Portraits, Server};

const PEOPLE: &str = "accounts/demo/galleries/people";

async fn enrol(console: &Console, subject: &str, photo: &[u8]) -> String {
    let form = Form::new().text("subject", subject.to_owned()).part("photo", file(photo));
    let (status, answer) = console.form(&format!("{PEOPLE}/enrol"), form).await;
    assert_eq!(status, 201, "{answer}");
    answer["faces"][0]["id"].as_str().unwrap().to_owned()
}

fn file(photo: &[u8]) -> Part {
    Part::bytes(photo.to_vec()).file_name("photo.jpg")
}

/// How many photos and thumbnails lie in the data directory.
fn pictures(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries.map(|entry| if entry.path().is_dir() { pictures(&entry.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn people_are_enrolled_found_moved_merged_and_deleted() {
    let data = DataDir::default();
    data.account("demo");
    let portraits = Portraits::cut(&data);
    let created = data.run_json(&["operators", "create", "olga", "--role", "operator", "--json"]);
    let server = Server::start(&data, &[]).await;
    let console = Console::sign_in(&server, "olga", created["one_time_password"].as_str().unwrap()).await;
    let [one, other] = [&portraits.of(1)[0], &portraits.of(1)[1]];
    let face = enrol(&console, "Ann Lee", one).await;
    enrol(&console, "Bob", other).await;

    let found = console.get(&format!("{PEOPLE}/subjects?q=LEE")).await;
    assert_eq!((&found["items"][0]["subject"], &found["items"][0]["faces"]), (&json!("Ann Lee"), &json!(1)));
    assert_eq!(found["items"].as_array().unwrap().len(), 1);

    let (kind, thumbnail) = console.file(&format!("accounts/demo/faces/{face}/thumbnail")).await;
    let picture = image::load_from_memory_with_format(&thumbnail, image::ImageFormat::Jpeg).unwrap();
    assert_eq!(kind, "image/jpeg");
    assert!(picture.width().max(picture.height()) <= 160 && picture.width().min(picture.height()) >= 40);
    let form = Form::new().part("photo", file(&thumbnail));
    let (_, shown) = console.form("accounts/demo/detect", form).await;
    assert_eq!(shown["faces"].as_array().unwrap().len(), 1, "the thumbnail shows the face: {shown}");

    let form = Form::new().part("photo", file(one)).text("limit", "2");
    let (status, identified) = console.form(&format!("{PEOPLE}/identify"), form).await;
    assert_eq!((status, &identified["gallery_faces"]), (200, &json!(2)));
    let best = &identified["probes"][0]["candidates"][0];
    assert_eq!((&best["subject"], &best["face"]), (&json!("Ann Lee"), &json!(face)));
    let [rate, expected] =
        ["false_match_rate", "expected_false_positives"].map(|key| best[key].as_f64().unwrap());
    assert!(rate < 1e-6 && (expected - 2.0 * rate).abs() <= 1e-12, "{best}");
    let second = &identified["probes"][0]["candidates"][1];
    assert!(second["false_match_rate"].as_f64() > Some(1e-4), "a stranger is no match: {second}");

    let form = Form::new().part("photo1", file(one)).part("photo2", file(other));
    let (_, compared) = console.form("accounts/demo/compare", form).await;
    assert!(compared["score"].as_f64() < Some(0.75), "{compared}");

    assert_eq!(
        console.post(&format!("{PEOPLE}/subjects/Bob/move"), json!({"gallery": "others"})).await.0,
        204
    );
    let galleries = console.get("accounts/demo/galleries").await;
    let names: Vec<&Value> =
        galleries["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["others", "people"]);
    enrol(&console, "Ann", one).await;
    let merged = console.post(&format!("{PEOPLE}/subjects/Ann/merge"), json!({"into": "Ann Lee"})).await;
    assert_eq!((merged.0, merged.1["faces"].as_array().unwrap().len()), (200, 2));
    let form = Form::new().part("photo", file(one));
    let (_, identified) = console.form(&format!("{PEOPLE}/identify"), form).await;
    let candidates = identified["probes"][0]["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 1, "the index follows: {identified}");

    let photos = data.path().join("photos");
    assert_eq!(pictures(&photos), 4, "three photos and a thumbnail");
    assert_eq!(console.delete(&format!("{PEOPLE}/subjects/Ann%20Lee")).await, 204);
    assert_eq!(pictures(&photos), 1, "Bob's photo is left");
    assert_eq!(console.delete("accounts/demo/galleries/others").await, 204);
    assert_eq!(pictures(&photos), 0);
}
