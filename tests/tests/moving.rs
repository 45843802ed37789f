//! Everything that a server keeps moves to another database, and is found there as before.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vultus_e2e::{Credentials, DataDir, Kairos, Portraits, Server, base64};
use vultus_store_tests::postgres::PostgresServer;

/// How long a command may take to come to a point.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who somebody is, with confidences, for each photo.
async fn identified(client: &Kairos, photos: &[Vec<u8>]) -> Vec<Value> {
    let mut found = Vec::new();
    for photo in photos {
        let body = json!({ "image": base64(photo), "gallery_name": "staff" });
        let answer = client.post("/recognize", body).await;
        let transaction = &answer["images"][0]["transaction"];
        assert_eq!(transaction["status"], "success", "{answer}");
        found.push(json!([transaction["subject_id"], transaction["confidence"], transaction["face_id"]]));
    }
    found
}

/// The files of a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let inner = files(&entry.path()).into_iter();
            found.extend(inner.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// Exit status and standard error of a command.
fn ended(data: &DataDir, arguments: &[&str]) -> (Option<i32>, String) {
    let output = data.command(arguments).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// An import read what an export wrote.
fn check_same(read: &Value, written: &Value) {
    for what in ["rows", "blobs", "blob_bytes", "missing_blobs"] {
        assert_eq!(read[what], written[what], "{what}");
    }
}

/// A server's data with faces, and what it answers about them.
struct Enrolled {
    data: DataDir,
    credentials: Credentials,
    photos: Vec<Vec<u8>>,
    answers: Vec<Value>,
}

impl Enrolled {
    async fn new() -> Self {
        let data = DataDir::default();
        let credentials = data.kairos_account("mover");
        let photos = Portraits::cut(&data).of(3).to_vec();
        let server = Server::start(&data, &[]).await;
        let client = Kairos::new(&server, &credentials);
        for (number, photo) in photos.iter().enumerate() {
            client.enrol(photo, &format!("person {number}"), "staff").await;
        }
        let answers = identified(&client, &photos).await;
        assert!(server.stop());
        Self { data, credentials, photos, answers }
    }

    fn path(&self, name: &str) -> String {
        self.data.path().join(name).to_str().unwrap().to_owned()
    }

    /// Answers of a server on other data.
    async fn answers_of(&self, data: &DataDir) -> Vec<Value> {
        let server = Server::start(data, &[]).await;
        let answers = identified(&Kairos::new(&server, &self.credentials), &self.photos).await;
        assert!(server.stop());
        answers
    }
}

fn on_postgres(server: &PostgresServer) -> (DataDir, String) {
    let (mut data, url) = (DataDir::default(), server.new_database());
    data.set("VULTUS_DATABASE_URL", &url);
    (data, url.rsplit('/').next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn faces_are_found_alike_after_a_move_to_postgresql_and_back() {
    let enrolled = Enrolled::new().await;
    let (archive, passphrase) = (enrolled.path("all.vultus"), enrolled.path("passphrase"));
    std::fs::write(&passphrase, "open sesame\n").unwrap();
    let secret = ["--passphrase-file", &passphrase];
    let written = enrolled.data.run_json(&[&["export", &archive, "--json"][..], &secret].concat());
    assert_eq!(written["rows"]["faces"], json!(enrolled.photos.len()), "{written}");
    let (status, text) = ended(&enrolled.data, &["export", &archive]);
    assert_eq!(status, Some(1), "{text}");

    let server = PostgresServer::shared();
    let (postgres, _) = on_postgres(server);
    for (arguments, reason) in [
        (vec!["import", &archive], "its passphrase is needed"),
        (vec!["import", &archive, "--passphrase-file", &archive], "not that of the archive"),
    ] {
        let (status, text) = ended(&postgres, &arguments);
        assert!(status == Some(1) && text.contains(reason), "{text}");
    }
    let read = postgres.run_json(&[&["import", &archive, "--json"][..], &secret].concat());
    check_same(&read, &written);
    let photos = files(&enrolled.data.path().join("photos"));
    assert!(!photos.is_empty());
    assert_eq!(files(&postgres.path().join("photos")), photos);
    assert_eq!(enrolled.answers_of(&postgres).await, enrolled.answers);

    let plain = enrolled.path("back.vultus");
    let output = postgres.run(&["export", &plain]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("secret.key"), "{output:?}");
    let back = DataDir::default();
    let output = back.run(&["import", &plain]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("secret.key"), "{output:?}");
    std::fs::copy(postgres.path().join("secret.key"), back.path().join("secret.key")).unwrap();
    assert_eq!(enrolled.answers_of(&back).await, enrolled.answers);
    assert_eq!(files(&back.path().join("photos")), photos);
    let (status, text) = ended(&back, &["import", &plain]);
    assert!(status == Some(1) && text.contains("not empty"), "{text}");
}

/// Begins an import from half an archive, and ends it at once when that half was read, as a power cut would.
fn interrupted_import(data: &DataDir, server: &PostgresServer, database: &str, archive: &[u8]) {
    let pipe = data.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = data.command(&["import", pipe.to_str().unwrap()]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    writer.write_all(&archive[..archive.len() / 2]).unwrap();
    let start = Instant::now();
    let rows = "SELECT count(*) FROM imports WHERE next_block > 3";
    while server.run(database, rows) != "1" {
        assert!(start.elapsed() < PATIENCE, "the import does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_import_goes_on_and_nothing_works_on_half_of_it() {
    let enrolled = Enrolled::new().await;
    let archive = enrolled.path("all.vultus");
    enrolled.data.run(&["export", &archive]);
    let server = PostgresServer::shared();
    let (postgres, database) = on_postgres(server);
    // The tables must be there to be asked about.
    postgres.run(&["accounts", "list"]);
    interrupted_import(&postgres, server, &database, &std::fs::read(&archive).unwrap());
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["accounts", "list"], &["export", "x"]] {
        let (status, text) = ended(&postgres, arguments);
        assert!(status == Some(2) && text.contains("half imported"), "{text}");
    }
    let key = enrolled.data.path().join("secret.key");
    std::fs::copy(key, postgres.path().join("secret.key")).unwrap();
    postgres.run(&["import", &archive]);
    assert_eq!(enrolled.answers_of(&postgres).await, enrolled.answers);
}

/// Where each block of an archive begins, and the end.
fn blocks(archive: &[u8]) -> Vec<usize> {
    let length = u16::from_le_bytes(archive[10..12].try_into().unwrap());
    let mut places = vec![28 + usize::from(length)];
    while let Some(&place) = places.last()
        && place < archive.len()
    {
        let length = u32::from_le_bytes(archive[place..place + 4].try_into().unwrap()) & !(1 << 31);
        places.push(place + 4 + length as usize);
    }
    places
}

/// Begins an export that finds a pipe in the place of the last photo, and ends it at once when it has written all
/// before that, as a power cut would. Gives what it left.
fn interrupted_export(data: &DataDir, arguments: &[&str], archive: &str, bytes: usize) -> Vec<u8> {
    let photos = data.path().join("photos");
    let last = photos.join(files(&photos).into_keys().next_back().unwrap());
    let aside = data.path().join("aside");
    std::fs::rename(&last, &aside).unwrap();
    assert!(Command::new("mkfifo").arg(&last).status().unwrap().success());
    let mut command = data.command(arguments);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (start, partial) = (Instant::now(), format!("{archive}.partial"));
    while std::fs::metadata(&partial).map_or(0, |meta| meta.len()) < bytes as u64 {
        assert!(process.try_wait().unwrap().is_none(), "the export ended");
        assert!(start.elapsed() < PATIENCE, "the export does not come to the last photo");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (status, text) = ended(data, arguments);
    assert!(status == Some(1) && text.contains("another export is writing"), "{text}");
    process.kill().unwrap();
    process.wait().unwrap();
    std::fs::rename(&aside, &last).unwrap();
    assert!(!Path::new(archive).exists());
    std::fs::read(partial).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_export_goes_on_where_it_stopped() {
    let enrolled = Enrolled::new().await;
    let (passphrase, data) = (enrolled.path("passphrase"), &enrolled.data);
    std::fs::write(&passphrase, "open sesame\n").unwrap();
    for secret in [&["--passphrase-file", &passphrase][..], &[]] {
        let (whole, archive) = (enrolled.path("whole"), enrolled.path("all.vultus"));
        let arguments = |path| [&["export", path, "--json"], secret].concat();
        let written = data.run_json(&arguments(&whole));
        assert_eq!((&written["kept"]["bytes"], &written["discarded"]), (&json!(0), &Value::Null));
        let whole_bytes = std::fs::read(&whole).unwrap();
        let places = blocks(&whole_bytes);
        let before_last = places[places.len() - 3];
        let left = interrupted_export(data, &arguments(&archive), &archive, before_last);
        assert_eq!(left.len(), before_last);

        let resumed = data.run_json(&arguments(&archive));
        check_same(&resumed, &written);
        assert_eq!(resumed["kept"]["bytes"], json!(before_last));
        assert_eq!(resumed["kept"]["blobs"], json!(written["blobs"].as_u64().unwrap() - 1));
        let bytes = std::fs::read(&archive).unwrap();
        assert_eq!((bytes.len(), bytes.starts_with(&left)), (whole_bytes.len(), true));
        assert!(!Path::new(&format!("{archive}.partial")).exists());
        let target = DataDir::default();
        check_same(&target.run_json(&[&["import", &archive, "--json"], secret].concat()), &written);
        if secret.is_empty() {
            std::fs::copy(data.path().join("secret.key"), target.path().join("secret.key")).unwrap();
        }
        assert_eq!(enrolled.answers_of(&target).await, enrolled.answers);
        for path in [whole, archive] {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn what_is_no_interrupted_export_is_left_alone() {
    let data = DataDir::default();
    data.kairos_account("mover");
    let path = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let (archive, partial) = (path("all.vultus"), path("all.vultus.partial"));
    std::fs::write(path("passphrase"), "open sesame\n").unwrap();
    std::fs::write(path("other"), "guess\n").unwrap();
    let export = |words: &[&str]| ended(&data, &[&["export", &archive], words].concat());
    let private = || std::fs::set_permissions(&partial, std::fs::Permissions::from_mode(0o600)).unwrap();

    std::fs::write(&partial, "notes of somebody").unwrap();
    private();
    let (status, text) = export(&[]);
    assert!(status == Some(1) && text.contains("not what an interrupted export left"), "{text}");
    assert_eq!(std::fs::read(&partial).unwrap(), b"notes of somebody");
    std::fs::remove_file(&partial).unwrap();

    data.run(&["export", &archive, "--passphrase-file", &path("passphrase")]);
    std::fs::rename(&archive, &partial).unwrap();
    let begun = std::fs::read(&partial).unwrap();
    for (words, reason) in [
        (vec![], "is encrypted: give its passphrase"),
        (vec!["--passphrase-file".to_owned(), path("other")], "the passphrase is not that of"),
    ] {
        let (status, text) = export(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(status == Some(1) && text.contains(reason), "{text}");
        assert_eq!(std::fs::read(&partial).unwrap(), begun);
    }
    data.run(&["accounts", "create", "late"]);
    let (status, text) = export(&["--passphrase-file", &path("passphrase")]);
    assert!(status == Some(0) && text.contains("the data has changed since"), "{text}");
    let written = std::fs::read(&archive).unwrap();
    assert_ne!(written[..blocks(&written)[0]], begun[..blocks(&begun)[0]], "it has another id and salt");
}

#[test]
fn cut_archive_is_refused() {
    let data = DataDir::default();
    data.kairos_account("mover");
    let path = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    data.run(&["export", &path("whole")]);
    let whole = std::fs::read(path("whole")).unwrap();
    std::fs::write(path("cut"), &whole[..whole.len() - 9]).unwrap();
    let target = DataDir::default();
    let (status, text) = ended(&target, &["import", &path("cut")]);
    assert!(status == Some(1) && text.contains("ends too early"), "{text}");
    let (status, text) = ended(&target, &["import", &path("secret.key")]);
    assert!(status == Some(1) && text.contains("no archive"), "{text}");
}
