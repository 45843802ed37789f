//! Packs, well-formed and otherwise.

use super::*;

const PACK: &str = r#"
name = "mine"
version = "1"
licence = "MIT"
commercial = true

[[models]]
name = "embedder"
task = "embed"
kind = "arcface"
file = "embedder.onnx"
sha256 = "DIGEST"
licence = "MIT"
source = "trained here"
version = "3"
input = "112 RGB"
params = { size = 112, mean = 127.5, std = 128.0, color = "bgr", flip = false, template = "arcface-5" }
"#;

/// A folder with the pack's description, its model file, and a file outside of it.
fn write_pack(folder: &Path, name: &str, text: &str) -> PathBuf {
    let dir = folder.join(name);
    fs_err::create_dir_all(&dir).unwrap();
    fs_err::write(dir.join("embedder.onnx"), "model").unwrap();
    fs_err::write(folder.join("outside.onnx"), "model").unwrap();
    fs_err::write(dir.join(PACK_FILE), text.replace("DIGEST", &ModelDigest::of(b"model").to_string()))
        .unwrap();
    dir
}

fn open(text: &str) -> Result<Pack, PackError> {
    let folder = tempfile::tempdir().unwrap();
    Pack::open(&write_pack(folder.path(), "mine", text))
}

#[test]
fn a_pack_is_read_with_its_parameters() {
    let pack = open(PACK).unwrap();
    let model = pack.model(Task::Embed).unwrap();
    let ModelKind::ArcFace(params) = &model.kind else { panic!("{:?}", model.kind) };
    assert_eq!((params.std, params.color, params.flip), (128.0, ColourOrder::Bgr, false));
    assert_eq!((model.bytes, model.digest), (5, ModelDigest::of(b"model")));
    assert!(pack.model(Task::Detect).is_none() && !model.weak);
}

#[test]
fn parameters_have_the_usual_values_where_left_out() {
    let text = PACK.lines().filter(|line| !line.starts_with("params")).collect::<Vec<_>>().join("\n");
    let pack = open(&text).unwrap();
    assert_eq!(pack.models[0].kind, ModelKind::ArcFace(ArcFaceParams::default()));
}

#[test]
fn malformed_packs_are_refused_with_the_reason() {
    for (from, to, reason) in [
        ("name = \"mine\"", "name = \"../mine\"", "not a pack name"),
        ("name = \"mine\"", "name = \"runtime\"", "not a pack name"),
        ("name = \"mine\"", "", "name"),
        ("version = \"1\"", "version = \"1\"\ncolour = \"red\"", "colour"),
        ("version = \"1\"", "version = \"1\"\nextends = \"/etc\"", "not a pack name"),
        ("commercial = true", "commercial = \"yes\"", "commercial"),
        ("task = \"embed\"", "task = \"embroider\"", "embroider"),
        ("task = \"embed\"", "task = \"detect\"", "cannot serve"),
        ("kind = \"arcface\"", "kind = \"marble\"", "unknown kind"),
        ("kind = \"arcface\"", "kind = \"dlib-resnet\"", "no parameters"),
        ("sha256 = \"DIGEST\"", "sha256 = \"abc\"", "SHA-256"),
        ("sha256 = \"DIGEST\"", "", "sha256"),
        ("version = \"3\"", "version = \"3\"\nweights = 1", "weights"),
        ("std = 128.0", "std = 0.0", "std must"),
        ("std = 128.0", "std = nan", "std must"),
        ("size = 112", "size = 100000", "size must"),
        ("size = 112", "size = -1", "expected u32"),
        ("color = \"bgr\"", "colour = \"bgr\"", "colour"),
        ("color = \"bgr\"", "color = \"cmyk\"", "cmyk"),
        ("template = \"arcface-5\"", "template = \"arcface-9\"", "arcface-9"),
        ("[[models]]", "[[molds]]", "molds"),
        ("name = \"embedder\"", "name = \"em/bedder\"", "name"),
    ] {
        let text = PACK.replacen(from, to, 1);
        assert_ne!(text, PACK, "{from}");
        let error = open(&text).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("pack.toml"), "{to}: {error}");
    }
}

#[test]
fn two_models_of_one_name_are_refused() {
    let models = PACK.split_once("[[models]]").unwrap().1;
    let error = open(&format!("{PACK}\n[[models]]{models}")).unwrap_err().to_string();
    assert!(error.contains("two models"), "{error}");
}

#[test]
fn no_file_outside_the_pack_is_reached() {
    for file in
        ["../outside.onnx", "/etc/hostname", "x/../../outside.onnx", "", ".", "link.onnx", "gone.onnx"]
    {
        let folder = tempfile::tempdir().unwrap();
        let dir = write_pack(folder.path(), "mine", &PACK.replace("embedder.onnx", file));
        fs_err::os::unix::fs::symlink("../outside.onnx", dir.join("link.onnx")).unwrap();
        let result = Pack::open(&dir);
        assert!(matches!(result, Err(PackError::Model { .. })), "{file}: {result:?}");
    }
    for field in ["calibration", "template", "golden"] {
        let text =
            PACK.replace("version = \"3\"", &format!("version = \"3\"\n{field} = \"../outside.onnx\""));
        assert!(matches!(open(&text), Err(PackError::Model { .. })), "{field}");
    }
}

#[test]
fn a_changed_model_file_is_refused() {
    let result = open(&PACK.replace("DIGEST", &ModelDigest::of(b"another").to_string()));
    assert!(
        matches!(result, Err(PackError::Digest { expected, .. }) if expected == ModelDigest::of(b"another"))
    );
}

#[test]
fn huge_descriptions_are_not_read() {
    let result = open(&format!("{PACK}\n#{}", "x".repeat(2 << 20)));
    assert!(matches!(result, Err(PackError::Malformed { .. })));
}

#[test]
fn a_pack_replaces_the_tasks_it_serves_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let base = PACK.replace("\"mine\"", "\"base\"");
    let detector = base.split_once("[[models]]").unwrap().1;
    let detector = detector.lines().filter(|line| !line.starts_with("params")).collect::<Vec<_>>().join("\n");
    let detector = detector.replace("\"embed\"", "\"detect\"").replace("\"arcface\"", "\"blazeface\"");
    let detector = detector.replace("\"embedder\"", "\"detector\"");
    write_pack(folder.path(), "base", &format!("{base}\n[[models]]{detector}"));
    let mine = PACK.replace("version = \"1\"", "version = \"1\"\nextends = \"base\"");
    write_pack(folder.path(), "mine", &mine);
    let pack = installed_pack(folder.path(), "mine").unwrap();
    assert_eq!(pack.name, "mine");
    assert_eq!(pack.models_for(Task::Embed).count(), 1);
    assert!(pack.model(Task::Embed).unwrap().path.to_string_lossy().contains("mine"));
    assert!(pack.model(Task::Detect).unwrap().path.to_string_lossy().contains("base"));
    fs_err::remove_dir_all(folder.path().join("base")).unwrap();
    let result = installed_pack(folder.path(), "mine");
    assert!(matches!(result, Err(PackError::NotInstalled { name, .. }) if name == "base"));
}

#[test]
fn packs_that_extend_each_other_in_a_circle_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_pack(
        folder.path(),
        "mine",
        &PACK.replace("version = \"1\"", "version = \"1\"\nextends = \"mine\""),
    );
    assert!(matches!(installed_pack(folder.path(), "mine"), Err(PackError::Circle(_))));
}

#[test]
fn non_commercial_packs_need_acceptance_by_name_even_when_extended() {
    let folder = tempfile::tempdir().unwrap();
    let base = PACK.replace("\"mine\"", "\"base\"").replace("commercial = true", "commercial = false");
    write_pack(folder.path(), "base", &base);
    write_pack(
        folder.path(),
        "mine",
        &PACK.replace("version = \"1\"", "version = \"1\"\nextends = \"base\""),
    );
    let pack = installed_pack(folder.path(), "mine").unwrap();
    assert!(!pack.commercial);
    let refused = pack.check_licence(&["mine".to_owned()]);
    assert!(matches!(refused, Err(PackError::LicenceNotAccepted { pack, .. }) if pack == "base"));
    pack.check_licence(&["base".to_owned()]).unwrap();
}

#[test]
fn operators_calibrate_installed_packs_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let dir = write_pack(root, "mine", PACK);
    let calibration = |pack: Pack| pack.model(Task::Embed).unwrap().calibration.clone();
    assert_eq!(calibration(installed_pack(root, "mine").unwrap()), None);
    let table = root.join("calibration/mine.json");
    fs_err::create_dir(root.join("calibration")).unwrap();
    fs_err::write(&table, "{}").unwrap();
    assert_eq!(calibration(installed_pack(root, "mine").unwrap()), Some(table));
    let elsewhere = tempfile::tempdir().unwrap();
    let brought = write_pack(elsewhere.path(), "mine", PACK);
    assert_eq!(
        calibration(open_pack(root, &brought).unwrap()),
        None,
        "only what is installed under that name"
    );
    let text = PACK.replace("version = \"3\"", "version = \"3\"\ncalibration = \"own.json\"");
    fs_err::write(dir.join("own.json"), "{}").unwrap();
    write_pack(root, "mine", &text);
    let own = calibration(installed_pack(root, "mine").unwrap());
    assert!(own.is_some_and(|path| path.ends_with("own.json")), "the pack's own table comes first");
}

#[test]
fn names_that_lead_elsewhere_are_not_installed_packs() {
    let folder = tempfile::tempdir().unwrap();
    write_pack(folder.path(), "mine", PACK);
    for name in ["../mine", "./mine", "mine/", "", "Mine", "runtime"] {
        assert!(matches!(installed_pack(folder.path(), name), Err(PackError::NotInstalled { .. })), "{name}");
    }
}

#[test]
fn every_kind_is_known_by_its_name() {
    for name in kind::KINDS {
        let mut params = toml::Table::new();
        if name == "minifasnet" {
            params.insert("crop_scale".to_owned(), toml::Value::Float(2.7));
        }
        assert_eq!(ModelKind::from_parts(name, params).unwrap().name(), name);
    }
}
