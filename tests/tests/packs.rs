//! Packs that are described but not shipped, with synthetic files of their shapes.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;

use serde_json::Value;
use vultus_e2e::packs::{model_of_shapes, own_models_dir};
use vultus_e2e::{DataDir, workspace};

/// Rows and columns of the outputs of SCRFD with key points for an input of 640 pixels.
const SCRFD: [[i64; 2]; 9] =
    [[12800, 1], [3200, 1], [800, 1], [12800, 4], [3200, 4], [800, 4], [12800, 10], [3200, 10], [800, 10]];

fn write(folder: &Path, name: &str, side: i64, outputs: &[[i64; 2]]) {
    std::fs::write(folder.join(name), model_of_shapes(side, outputs).unwrap()).unwrap();
}

fn row<'a>(listed: &'a Value, model: &str) -> &'a Value {
    listed["models"].as_array().unwrap().iter().find(|row| row["name"] == model).unwrap()
}

#[test]
fn packs_of_the_operator_are_installed_once_they_are_accepted() {
    let data = DataDir::default();
    let models = own_models_dir(data.path());
    let models = models.to_str().unwrap();
    let brought = data.path().join("brought");
    std::fs::create_dir(&brought).unwrap();
    let from = brought.to_str().unwrap();
    let photo = workspace().join(".cache/photos/sample1.jpg");
    for (pack, detector, embedder) in
        [("buffalo_l", "det_10g.onnx", "w600k_r50.onnx"), ("buffalo_s", "det_500m.onnx", "w600k_mbf.onnx")]
    {
        write(&brought, detector, 640, &SCRFD);
        write(&brought, embedder, 112, &[[1, 512]]);
        let install = ["models", "install", pack, "--from", from, "--models-dir", models, "--json"];
        let refused = data.command(&install).output().unwrap();
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(text.contains("non-commercial") && text.contains(pack), "{text}");
        data.run_json(&[&install[..], &["--accept-licence", pack]].concat());

        let detect = ["detect", photo.to_str().unwrap(), "--json", "--pack", pack, "--models-dir", models];
        let refused = data.command(&detect).output().unwrap();
        assert!(!refused.status.success(), "it must be accepted for use as well");
        let found = data.run_json(&[&detect[..], &["--accept-licence", pack]].concat());
        assert_eq!(found[0]["faces"].as_array().unwrap().len(), 0, "nothing but zeros: {found}");
    }
    let listed = data.run_json(&["models", "list", "--json", "--models-dir", models]);
    let embedder = row(&listed, "w600k-r50");
    assert_eq!(
        (&embedder["installed"], &embedder["needs_acceptance"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    assert_eq!(embedder["digest"].as_str().unwrap().len(), 64);
    let available = row(&listed, "sface");
    assert_eq!(
        (&available["installed"], &available["needs_acceptance"]),
        (&Value::Bool(false), &Value::Bool(false))
    );
    let text = data.run(&["models", "list", "--models-dir", models]).stdout;
    let text = String::from_utf8_lossy(&text);
    assert!(
        text.lines().any(|line| line.starts_with("buffalo_s") && line.contains("(to be accepted)")),
        "{text}"
    );
    assert_eq!(data.run_json(&["models", "verify", "--json", "--models-dir", models])["ok"], true);
}

#[test]
fn files_that_are_not_what_the_pack_describes_are_refused() {
    let data = DataDir::default();
    let models = own_models_dir(data.path());
    let brought = data.path().join("brought");
    std::fs::create_dir(&brought).unwrap();
    write(&brought, "det_10g.onnx", 640, &SCRFD);
    write(&brought, "w600k_r50.onnx", 112, &[[1, 128]]);
    let arguments = ["models", "install", "buffalo_l", "--accept-licence", "buffalo_l", "--from"];
    let mut command = data.command(&arguments);
    let refused = command.arg(&brought).arg("--models-dir").arg(&models).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("[512]") && text.contains("[128]"), "{text}");
    assert!(!models.join("buffalo_l").exists());
}
