//! The command line as an operator uses it.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::fmt::Write;

use serde_json::json;
use vultus_e2e::{DataDir, Kairos, Portraits, Server, base64, sample_photo, workspace};

fn sample_path(number: usize) -> String {
    workspace().join(format!(".cache/photos/sample{number}.jpg")).to_str().unwrap().to_owned()
}

/// A folder with one folder per person of sample photo 3.
fn labelled_folder(data: &DataDir) -> String {
    let folder = data.path().join("people");
    for (number, portrait) in Portraits::cut(data).of(3).iter().enumerate() {
        let person = folder.join(format!("person-{number}"));
        std::fs::create_dir_all(&person).unwrap();
        std::fs::write(person.join("photo.jpg"), portrait).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

#[test]
fn detect_draws_what_it_found() {
    let data = DataDir::default();
    let drawn = data.path().join("out.png");
    let found = data.run_json(&["detect", &sample_path(4), "--json", "--draw", drawn.to_str().unwrap()]);
    assert_eq!(found[0]["faces"].as_array().unwrap().len(), 4);
    let before = image::load_from_memory(&sample_photo(4)).unwrap().to_rgb8();
    let after = image::open_png(&drawn);
    assert_eq!(before.dimensions(), after.dimensions());
    let changed =
        before.pixels().zip(after.pixels()).filter(|(one, other)| one.0[1].abs_diff(other.0[1]) > 60).count();
    assert!(changed > 2000, "only {changed} pixels were drawn");
}

mod image {
    pub(super) use ::image::load_from_memory;

    pub(super) fn open_png(path: &std::path::Path) -> ::image::RgbImage {
        load_from_memory(&std::fs::read(path).unwrap()).unwrap().to_rgb8()
    }
}

#[test]
fn compare_prints_a_confidence_per_face() {
    let data = DataDir::default();
    let compared = data.run_json(&["compare", &sample_path(3), &sample_path(3), "--json"]);
    let faces = compared["faces"].as_array().unwrap();
    assert_eq!(faces.len(), 3);
    let matched = faces.iter().filter(|face| face["is_match"] == json!(true)).count();
    assert_eq!(matched, 1, "{compared}");
}

#[test]
fn evaluations_are_printed_written_and_plotted() {
    let data = DataDir::default();
    let folder = labelled_folder(&data);
    // The same portrait under another name is a mated pair.
    std::fs::copy(format!("{folder}/person-0/photo.jpg"), format!("{folder}/person-0/again.jpg")).unwrap();
    let in_data = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let (output, plots, cache) = (in_data("verify.json"), in_data("plots"), in_data("cache"));
    let files = ["--output", &output, "--plots", &plots, "--cache", &cache];
    let arguments =
        [&["eval", "verify", "--images", &folder, "--data", "portraits", "--json"], &files[..]].concat();
    let printed = data.run_json(&arguments);
    assert_eq!((&printed["task"], &printed["data"]), (&json!("verify"), &json!("portraits")));
    let value = |name: &str| {
        let figures = printed["figures"].as_array().unwrap();
        figures.iter().find(|figure| figure["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!((value("failure to acquire"), value("equal error rate")), (0.0, 0.0));
    assert!(!printed["command"].as_str().unwrap().contains(data.path().to_str().unwrap()), "{printed}");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&output).unwrap()).unwrap();
    assert_eq!(written, printed);
    assert!(std::fs::read_to_string(format!("{plots}/verify-scores.svg")).unwrap().contains("</svg>"));
    // A second run takes every analysis from the cache and finds the same.
    assert_eq!(data.run_json(&arguments), printed);
    let document = in_data("accuracy.md");
    data.run(&["eval", "report", "--results", data.path().to_str().unwrap(), "--output", &document]);
    assert!(std::fs::read_to_string(document).unwrap().contains("### portraits"));
}

#[test]
fn detection_is_evaluated_at_a_stated_overlap() {
    let data = DataDir::default();
    let found = data.run_json(&["detect", &sample_path(4), "--json"]);
    let mut labels = "name,width,height,xmin,ymin,xmax,ymax\n".to_owned();
    for face in found[0]["faces"].as_array().unwrap() {
        let edge = |key: &str| face["box"][key].as_f64().unwrap();
        let (x, y) = (edge("x"), edge("y"));
        let (right, bottom) = (x + edge("width"), y + edge("height"));
        writeln!(labels, "sample4.jpg,0,0,{x},{y},{right},{bottom}").unwrap();
    }
    let boxes = data.path().join("boxes.csv");
    std::fs::write(&boxes, labels).unwrap();
    let images = workspace().join(".cache/photos");
    let (boxes, images) = (boxes.to_str().unwrap(), images.to_str().unwrap());
    let report =
        data.run_json(&["eval", "detect", "--boxes", boxes, "--images", images, "--iou", "0.9", "--json"]);
    let figures = report["figures"].as_array().unwrap();
    for name in ["recall", "precision", "average precision"] {
        let figure = figures.iter().find(|figure| figure["name"] == name).unwrap();
        assert_eq!(figure["value"], json!(1.0), "{figure}");
    }
}

#[tokio::test]
async fn a_folder_is_enrolled_once_and_searched_by_the_running_server() {
    let data = DataDir::default();
    let credentials = data.kairos_account("operator");
    let server = Server::start(&data, &[]).await;
    let folder = labelled_folder(&data);
    std::fs::write(format!("{folder}/person-0/broken.jpg"), b"not a photo").unwrap();

    let first = data.run_json(&["enroll", &folder, "--gallery", "staff", "--json"]);
    assert_eq!(first["enrolled"], 3, "{first}");
    assert_eq!(first["skipped"].as_array().unwrap().len(), 1, "{first}");
    let again = data.run_json(&["enroll", &folder, "--gallery", "staff", "--json"]);
    assert_eq!((&again["enrolled"], &again["already_enrolled"]), (&json!(0), &json!(3)), "{again}");

    let client = Kairos::new(&server, &credentials);
    let probe = json!({ "image": base64(&sample_photo(3)), "gallery_name": "staff" });
    let recognised = client.post("/recognize", probe).await;
    for image in recognised["images"].as_array().unwrap() {
        assert_eq!(image["transaction"]["status"], "success", "{recognised}");
    }
    let identified = data.run_json(&["identify", &sample_path(3), "--gallery", "staff", "--json"]);
    let best = &identified["faces"][0]["candidates"][0];
    assert!(best["subject"].as_str().unwrap().starts_with("person-"), "{identified}");
}

#[test]
fn installed_models_are_listed_and_verified() {
    let data = DataDir::default();
    let listed = data.run_json(&["models", "list", "--json"]);
    let models = listed["models"].as_array().unwrap();
    let embedder =
        models.iter().find(|model| model["task"] == "embed" && model["pack"] == "default").unwrap();
    for key in ["source", "version", "licence", "digest", "input"] {
        assert!(embedder[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {embedder}");
    }
    let verified = data.run_json(&["models", "verify", "--json"]);
    assert_eq!(verified["ok"], true, "{verified}");
}

#[test]
fn refusals_and_failures_have_different_exit_states() {
    let data = DataDir::default();
    let status = |arguments: &[&str]| data.command(arguments).output().unwrap().status.code();
    assert_eq!(status(&["detect", "/no/such/photo.jpg"]), Some(1));
    assert_eq!(status(&["accounts", "rotate", "nobody"]), Some(1));
    assert_eq!(status(&["no-such-command"]), Some(2));
}

#[test]
fn rotated_credentials_replace_the_old_ones() {
    let data = DataDir::default();
    let before = data.run_json(&["accounts", "create", "turn", "--json"]);
    let after = data.run_json(&["accounts", "rotate", "turn", "--json"]);
    for (dialect, key) in
        [("kairos", "app_key"), ("findface", "token"), ("perse", "private_key"), ("machinesense", "api_key")]
    {
        assert_ne!(before[dialect][key], after[dialect][key], "{dialect}");
    }
    let listed = data.run_json(&["accounts", "list", "--json"]);
    assert_eq!(listed[0]["name"], "turn");
    assert!(!listed.to_string().contains(after["kairos"]["app_key"].as_str().unwrap()));
}

#[test]
fn key_of_another_database_is_refused_until_it_is_adopted() {
    let data = DataDir::default();
    data.account("demo");
    let key_file = data.path().join("secret.key");
    let own = std::fs::read(&key_file).unwrap();
    std::fs::write(&key_file, [7; 32]).unwrap();
    let list = ["accounts", "list", "--json"];
    let refused = data.command(&list).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text.contains("secret.key is not the key of this database"), "{text}");
    std::fs::write(&key_file, own).unwrap();
    assert_eq!(data.run_json(&list)[0]["name"], "demo");
    std::fs::write(&key_file, [7; 32]).unwrap();
    data.run(&["accounts", "adopt-key"]);
    assert_eq!(data.run_json(&list)[0]["name"], "demo");
}
