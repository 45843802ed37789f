//! Photos and media in a bucket of a real S3-compatible server, over a line that breaks.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use vultus_e2e::packs::write_grid_pack;
use vultus_e2e::{
    Account, Console, DataDir, Kairos, Line, S3Server, Server, age_pending, base64, plain_client, portrait,
    sample_photo,
};

const GALLERY: &str = "bucket";

/// The keys of the photos in the bucket, of media, and of all else.
async fn stored(s3: &S3Server) -> [Vec<String>; 3] {
    let mut sorted = [Vec::new(), Vec::new(), Vec::new()];
    for key in s3.keys().await {
        let kinds = ["one/photos/", "one/media/"];
        sorted[kinds.iter().position(|kind| key.starts_with(kind)).unwrap_or(2)].push(key);
    }
    sorted
}

async fn remove(client: &Kairos, subject: &str) {
    client.post("/gallery/remove_subject", json!({ "gallery_name": GALLERY, "subject_id": subject })).await;
}

/// The subject that a photo is recognised as.
async fn recognised(client: &Kairos, photo: &[u8]) -> Value {
    let answer = client.post("/recognize", json!({ "image": base64(photo), "gallery_name": GALLERY })).await;
    answer["images"][0]["transaction"]["subject_id"].clone()
}

/// Hands in an image to be analysed and gives status and answer.
async fn hand_in(server: &Server, account: &Account, query: &str) -> (u16, Value) {
    let form = Form::new().part("source", Part::bytes(sample_photo(1)).file_name("f"));
    let request = plain_client().post(format!("{}/v2/media{query}", server.base)).multipart(form);
    let request = request.header("app_id", &account.kairos.app_id).header("app_key", &account.kairos.app_key);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn medium(server: &Server, account: &Account, id: &str) -> Value {
    let request = plain_client().get(format!("{}/v2/media/{id}", server.base));
    let request = request.header("app_id", &account.kairos.app_id).header("app_key", &account.kairos.app_key);
    request.send().await.unwrap().json().await.unwrap()
}

async fn finished(server: &Server, account: &Account, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let answer = medium(server, account, id).await;
        if ![json!(1), json!(2)].contains(&answer["status_code"]) {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_mins(3), "{answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Exit status and the finding about photos.
fn doctor(mut command: Command) -> (i32, Value) {
    let output = command.args(["--json", "--listen", "127.0.0.1:0"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = printed["findings"].as_array().unwrap();
    let photos = findings.iter().find(|finding| finding["check"] == "photos").cloned();
    (output.status.code().unwrap(), photos.unwrap_or_default())
}

fn log(data: &DataDir) -> String {
    std::fs::read_to_string(data.path().join("log")).unwrap()
}

/// The subjects of the gallery.
async fn subjects(client: &Kairos) -> usize {
    let listed = client.post("/gallery/view", json!({ "gallery_name": GALLERY })).await;
    listed["subject_ids"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_lie_in_the_bucket_and_go_with_their_faces() {
    let s3 = S3Server::start().await;
    let data = s3.data();
    let account = data.account("acme");
    let server = Server::start(&data, &["--log", "debug"]).await;
    let client = Kairos::new(&server, &account.kairos);
    let photo = portrait(&data, 1);
    client.enrol(&photo, "anna", GALLERY).await;
    let [photos, media, rest] = stored(&s3).await;
    assert_eq!((photos.len(), media.len(), rest.len()), (1, 0, 0), "{photos:?} {media:?} {rest:?}");
    assert_eq!(s3.get(&photos[0]).await, photo, "it is kept as it was sent");
    assert!(!data.path().join("photos").exists(), "nothing is kept beside the database");

    let printed = data.printed();
    let password = printed.lines().find_map(|line| line.strip_prefix("one-time password")).unwrap();
    let console = Console::sign_in(&server, "admin", password.trim()).await;
    let anna = console.get("accounts/acme/galleries/bucket/subjects/anna").await;
    let face = anna["faces"][0]["id"].as_str().unwrap_or_else(|| panic!("{anna}"));
    console.file(&format!("accounts/acme/faces/{face}/thumbnail")).await;
    assert_eq!(stored(&s3).await[0].len(), 2, "a small picture beside the photo");

    let (_, answer) = hand_in(&server, &account, "?timeout=0").await;
    let id = answer["id"].as_str().unwrap();
    assert_eq!(finished(&server, &account, id).await["status_code"], 4);
    // The file goes after the result has come.
    for _ in 0..100 {
        if stored(&s3).await[1].is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        stored(&s3).await[1],
        Vec::<String>::new(),
        "the file of a medium is kept until it is analysed"
    );

    remove(&client, "anna").await;
    assert_eq!(s3.keys().await, Vec::<String>::new());
    let told = format!("{} {}", log(&data), data.printed());
    assert!(told.contains("s3://faces/one"), "the log says where photos are kept");
    assert!(!told.contains(&s3.secret) && !told.contains(&s3.key_id), "credentials are in the log");
    assert!(!told.contains("one/photos/") && !told.contains("photos%2F"), "keys of photos are in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn outage_is_answered_in_each_dialects_shape_and_loses_nothing() {
    let s3 = S3Server::start().await;
    let mut line = Line::to(&s3.endpoint).await;
    let data = s3.data_over(&line.endpoint());
    let account = data.account("acme");
    let [anna, bert] = [portrait(&data, 1), portrait(&data, 2)];
    let server = Server::start(&data, &["--no-media"]).await;
    Kairos::new(&server, &account.kairos).enrol(&anna, "anna", GALLERY).await;
    let (_, answer) = hand_in(&server, &account, "?timeout=0").await;
    let medium = answer["id"].as_str().unwrap().to_owned();
    drop(server);
    line.cut().await;
    // It starts without the bucket, and its worker takes the medium on.
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &account.kairos);

    let body = json!({ "image": base64(&bert), "subject_id": "bert", "gallery_name": GALLERY });
    let started = Instant::now();
    let (status, answer) = client.try_post("/enroll", &body).await.unwrap();
    assert_eq!((status, &answer["Errors"][0]["ErrCode"]), (502, &json!(3001)), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    let findface = plain_client().post(format!("{}/v1/face", server.base));
    let findface = findface.header("authorization", format!("Token {}", account.findface_token));
    let photo = json!({ "photo": format!("data:image/jpeg;base64,{}", base64(&bert)), "meta": "bert" });
    let answer = findface.json(&photo).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 500);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["code"], "INTERNAL_ERROR", "{answer}");
    let (status, answer) = hand_in(&server, &account, "?timeout=0").await;
    assert!(status >= 500 && answer["id"].is_null(), "{status}: {answer}");

    assert_eq!(recognised(&client, &anna).await, "anna", "searches need no photos");
    assert_eq!(subjects(&client).await, 1, "what was refused is not half there");
    remove(&client, "anna").await;
    assert_eq!(subjects(&client).await, 0, "a face goes although its photo cannot go yet");
    let told = log(&data);
    assert!(told.contains("the blob store failed: it cannot be reached"), "{told}");
    assert!(told.contains("a file cannot be read yet"), "the worker did not try: {told}");
    assert!(!told.contains("one/photos/"), "keys of photos are in the log");

    line.mend().await;
    assert_eq!(finished(&server, &account, &medium).await["status_code"], 4, "media wait for their files");
    client.enrol(&bert, "bert", GALLERY).await;
    let [photos, ..] = stored(&s3).await;
    assert_eq!(photos.len(), 2, "Anna's is still there: {photos:?}");
    drop(server);
    age_pending(&data);
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &account.kairos);
    let left = s3.keys().await;
    assert_eq!(left.len(), 1, "the start sweeps what is left: {left:?}");
    assert_eq!(s3.get(&left[0]).await, bert);
    assert_eq!(recognised(&client, &bert).await, "bert");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_servers_leave_nothing_that_the_next_sweep_does_not_find() {
    let s3 = S3Server::start().await;
    let data = s3.data();
    let account = data.account("acme");
    let photo = base64(&portrait(&data, 1));
    for kill in 0..5_u64 {
        let server = Server::start(&data, &[]).await;
        let client = Kairos::new(&server, &account.kairos);
        let writer = tokio::spawn({
            let photo = photo.clone();
            async move {
                for number in 0.. {
                    let body = json!({
                        "image": photo, "subject_id": format!("{kill}-{number}"), "gallery_name": GALLERY,
                    });
                    if client.try_post("/enroll", &body).await.is_err() {
                        return number;
                    }
                }
                0
            }
        });
        // At another moment of an enrolment each time.
        tokio::time::sleep(Duration::from_millis(1500 + 137 * kill)).await;
        server.kill();
        writer.await.unwrap();
    }
    age_pending(&data);
    let server = Server::start(&data, &[]).await;
    let kept = subjects(&Kairos::new(&server, &account.kairos)).await;
    assert!(kept > 0, "nothing was enrolled");
    assert_eq!(s3.keys().await.len(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn sweep_removes_strays_and_leaves_what_is_used() {
    let s3 = S3Server::start().await;
    let data = s3.data();
    let account = data.account("acme");
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &account.kairos);
    let anna = portrait(&data, 1);
    client.enrol(&anna, "anna", GALLERY).await;
    let used = stored(&s3).await[0][0].clone();
    let owner = used.split('/').nth(2).unwrap();
    let strays = [
        format!("one/photos/{owner}/ff/ffffffffffffffffffffffffffffffff"),
        format!("one/media/{owner}/ffffffffffffffffffffffff"),
    ];
    let others = ["one/photos/00000000-0000-0000-0000-00000000000f/00/00", "two/photos/x", "one/readme"];
    for key in strays.iter().map(String::as_str).chain(others) {
        s3.put(key, b"12345").await;
    }
    let all = s3.keys().await;
    let counts = |arguments: &[&str]| data.run_json(&[&["blobs", "sweep", "--json"], arguments].concat());
    let young = counts(&[]);
    assert_eq!((&young["seen"], &young["young"], &young["orphans"]), (&json!(4), &json!(4), &json!(0)));
    let dry = counts(&["--older-than", "0", "--dry-run"]);
    let expected = json!({
        "seen": 4, "used": 1, "young": 0, "foreign": 1, "orphans": 2, "orphan_bytes": 10, "deleted": 0,
    });
    assert_eq!(dry, expected);
    assert_eq!(s3.keys().await, all, "a dry run deletes nothing");

    let printed = data.run(&["blobs", "sweep", "--older-than", "0"]).stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("2 are nobody's (10 bytes): 2 were deleted"), "{printed}");
    let left = s3.keys().await;
    let expected: Vec<_> = all.iter().filter(|key| !strays.contains(key)).cloned().collect();
    assert_eq!(left, expected);
    assert_eq!(recognised(&client, &anna).await, "anna");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_tries_the_bucket_and_names_what_is_wrong() {
    let s3 = S3Server::start().await;
    let data = s3.data();
    data.account("acme");
    let with = |name: &str, value: &str| {
        let mut command = data.command(&["doctor"]);
        command.env(name, value);
        let (status, finding) = doctor(command);
        let text = finding["explanation"].as_str().unwrap_or_default().to_owned();
        assert!(!text.contains(&s3.secret), "{text}");
        (status, text, finding["mend"].as_str().unwrap_or_default().to_owned())
    };
    let (status, text, _) = with("VULTUS_BLOBS_REGION", "us-east-1");
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("s3://faces/one") && text.contains("written, read and deleted"), "{text}");
    assert_eq!(s3.keys().await, Vec::<String>::new(), "the probe is gone");
    for (name, value, reason, mend) in [
        ("VULTUS_BLOBS_URL", "s3://other", "NoSuchBucket", "make the bucket"),
        ("AWS_SECRET_ACCESS_KEY", "a-wrong-secret", "SignatureDoesNotMatch", "let the credentials"),
        ("AWS_ACCESS_KEY_ID", "nobody", "InvalidAccessKeyId", "let the credentials"),
        ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is not set", "set the variable"),
        ("VULTUS_BLOBS_ENDPOINT", "http://127.0.0.1:1", "cannot be reached", "start the object store"),
    ] {
        let (status, text, mended) = with(name, value);
        assert_eq!(status, 1, "{name}={value}: {text}");
        assert!(text.contains(reason) && mended.contains(mend), "{name}={value}: {text} / {mended}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_the_machine_are_fetched_when_that_is_asked_for() {
    let s3 = S3Server::start().await;
    let data = s3.data();
    data.account("acme");
    let command = |credentials: &str| {
        let mut command = data.command(&["doctor", "--blobs-credentials", credentials]);
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        // The same server plays the machine's metadata, whose key it does not accept for buckets.
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &s3.endpoint);
        command
    };
    let (status, finding) = doctor(command("instance"));
    let text = finding["explanation"].as_str().unwrap();
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("InvalidAccessKeyId") || text.contains("InvalidToken"), "{text}");
    let (_, finding) = doctor(command("environment"));
    let text = finding["explanation"].as_str().unwrap();
    assert!(text.contains("AWS_ACCESS_KEY_ID is not set"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bucket_is_reached_over_tls_by_those_who_trust_it() {
    let s3 = S3Server::start_tls().await;
    let data = s3.data();
    data.account("acme");
    let mut trusting = data.command(&["doctor"]);
    trusting.env("SSL_CERT_FILE", s3.certificate());
    let (status, finding) = doctor(trusting);
    assert_eq!(status, 0, "{finding}");
    let (status, finding) = doctor(data.command(&["doctor"]));
    assert_eq!(status, 1, "{finding}");
    assert!(finding["explanation"].as_str().unwrap().contains("cannot be reached"), "{finding}");
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_move_from_the_folder_to_the_bucket_by_copying() {
    let s3 = S3Server::start().await;
    let data = DataDir::default();
    let account = data.account("acme");
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &account.kairos);
    for number in [1, 2] {
        client.enrol(&portrait(&data, number), &format!("person {number}"), GALLERY).await;
    }
    drop(server);
    let folder = data.path().join("photos");
    for file in files(&folder) {
        let key = format!("one/{}", file.strip_prefix(&folder).unwrap().to_str().unwrap());
        s3.put(&key, &std::fs::read(&file).unwrap()).await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
    // Recomputing the templates reads every photo.
    let pack = write_grid_pack(data.path(), "grid");
    let mut command = data.command(&["reembed", "--json", "--pack", pack.to_str().unwrap()]);
    command.args(["--blobs-url", "s3://faces/one", "--blobs-endpoint", &s3.endpoint]);
    command.env("AWS_ACCESS_KEY_ID", &s3.key_id).env("AWS_SECRET_ACCESS_KEY", &s3.secret);
    let output = command.output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    assert_eq!((&printed["replaced"], &printed["missing"]["no_photo"]), (&json!(2), &json!([])), "{printed}");
    assert!(!folder.exists());
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
