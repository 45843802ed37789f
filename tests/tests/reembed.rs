//! A data directory goes over to another embedder.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use vultus_e2e::packs::write_grid_pack;
use vultus_e2e::{DataDir, Kairos, Portraits, Server, base64, plain_client};

/// The subjects that the photos of these people are recognised as.
async fn recognised(client: &Kairos, portraits: &[Vec<u8>]) -> Vec<String> {
    let mut subjects = Vec::new();
    for portrait in portraits {
        let body = json!({ "image": base64(portrait), "gallery_name": "staff" });
        let answer = client.post("/recognize", body).await;
        let subject = answer["images"][0]["transaction"]["subject_id"].as_str();
        subjects.push(subject.unwrap_or_else(|| panic!("nobody: {answer}")).to_owned());
    }
    subjects
}

/// Exit status and standard error of a command.
fn refusal(data: &DataDir, arguments: &[&str]) -> (Option<i32>, String) {
    let output = data.command(arguments).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Starts a recomputation and ends it at once after `delay`, as a power cut would.
fn interrupted_reembed(data: &DataDir, pack: &str, delay: Duration) {
    let mut command = data.command(&["reembed", "--pack", pack]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    let _ = process.kill();
    process.wait().unwrap();
}

async fn is_ready(server: &Server) -> (u16, String) {
    let answer = plain_client().get(format!("{}/readyz", server.base)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn data_goes_over_to_another_embedder_while_a_server_runs() {
    let data = DataDir::default();
    let credentials = data.kairos_account("mover");
    let pack = write_grid_pack(data.path(), "grid");
    let pack = pack.to_str().unwrap();
    let portraits = Portraits::cut(&data);
    let people = portraits.of(3);
    let names: Vec<String> = (0..people.len()).map(|number| format!("person {number}")).collect();
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &credentials);
    for (name, portrait) in names.iter().zip(people) {
        client.enrol(portrait, name, "staff").await;
    }

    let listen = ["serve", "--listen", "127.0.0.1:0", "--pack", pack];
    let folder = data.path().to_str().unwrap();
    let photo = data.path().join("probe.jpg");
    std::fs::write(&photo, &people[0]).unwrap();
    let identify = ["identify", photo.to_str().unwrap(), "--gallery", "staff", "--pack", pack];
    let enroll = ["enroll", folder, "--gallery", "staff", "--pack", pack];
    for arguments in [&listen[..], &identify, &enroll] {
        let (status, text) = refusal(&data, arguments);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains("`--pack default`") && text.contains("vultus reembed --pack"), "{text}");
    }

    for delay in [100, 300, 500] {
        interrupted_reembed(&data, pack, Duration::from_millis(delay));
    }
    assert_eq!(recognised(&client, people).await, names, "the old server serves from the old templates");
    client.enrol(&portraits.of(4)[0], "late", "staff").await;
    assert_eq!(is_ready(&server).await.0, 200);

    let report = data.run_json(&["reembed", "--pack", pack, "--json"]);
    assert_eq!(
        (&report["completed"], &report["replaced"]),
        (&json!(true), &json!(people.len() + 1)),
        "{report}"
    );
    let probe = json!({ "image": base64(&people[0]), "gallery_name": "staff", "subject_id": names[0] });
    for path in ["/recognize", "/verify", "/enroll"] {
        let (status, answer) = client.try_post(path, &probe).await.unwrap();
        assert_eq!((status, &answer["Errors"][0]["ErrCode"]), (502, &json!(3001)), "{path}: {answer}");
    }
    let (status, text) = is_ready(&server).await;
    assert_eq!(status, 503);
    assert!(text.contains("another model pack"), "{text}");
    server.kill();

    let (status, text) = refusal(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("`grid`"), "{text}");
    let server = Server::start(&data, &["--pack", pack]).await;
    let client = Kairos::new(&server, &credentials);
    assert_eq!(recognised(&client, people).await, names);
    assert_eq!(recognised(&client, &portraits.of(4)[..1]).await, ["late"]);
}

#[test]
fn faces_without_photos_are_counted_and_decided_about() {
    let data = DataDir::default();
    data.kairos_account("keeper");
    let pack = write_grid_pack(data.path(), "grid");
    let pack = pack.to_str().unwrap();
    let portraits = Portraits::cut(&data);
    for (number, portrait) in portraits.of(3).iter().take(2).enumerate() {
        let folder = data.path().join(format!("people-{number}/person-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("photo.jpg"), portrait).unwrap();
    }
    let people = |number: u32| data.path().join(format!("people-{number}")).to_str().unwrap().to_owned();
    data.run(&["enroll", &people(0), "--gallery", "staff"]);
    data.run(&["enroll", &people(1), "--gallery", "staff", "--no-photos"]);

    let reembed = ["reembed", "--pack", pack, "--json"];
    let refused = data.command(&reembed).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(report["completed"], false, "{report}");
    assert_eq!(report["missing"]["no_photo"].as_array().unwrap().len(), 1, "{report}");
    let candidates = |number: u32, pack: &str| {
        let photo = format!("{}/person-{number}/photo.jpg", people(number));
        let found = data.run_json(&["identify", &photo, "--gallery", "staff", "--pack", pack, "--json"]);
        found["faces"][0]["candidates"].as_array().unwrap().len()
    };
    assert_eq!(candidates(1, "default"), 1, "nothing has changed");

    let kept = data.run_json(&[&reembed[..], &["--keep-missing"]].concat());
    assert_eq!(
        (&kept["completed"], &kept["replaced"], &kept["removed"]),
        (&json!(true), &json!(1), &json!(0))
    );
    assert_eq!((candidates(0, pack), candidates(1, pack)), (1, 0));
    let dropped = data.run_json(&[&reembed[..], &["--drop-missing"]].concat());
    assert_eq!((&dropped["replaced"], &dropped["removed"]), (&json!(0), &json!(1)), "{dropped}");
}
