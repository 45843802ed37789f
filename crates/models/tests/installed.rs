//! The packs that are really installed in the workspace's model cache, with the real runtime.

#![expect(clippy::expect_used, reason = "a helper that fails is a failed test")]

use std::path::{Path, PathBuf};

use vultus_inference::{InferenceError, Model, ModelOptions, Runtime, RuntimeOptions};
use vultus_models::{LoadRequest, Manifest, Silent, Task, installed_pack, runtime_library, verify};

/// The install root that `make test` fills.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    assert!(root.join("default/pack.toml").is_file(), "the models are not installed: run `make test`");
    root
}

fn load(request: &LoadRequest<'_>) -> Result<Box<dyn Model>, InferenceError> {
    let library = request.library.expect("the runtime is installed with the pack");
    let options = RuntimeOptions { openvino: false, ..RuntimeOptions::default() };
    let runtime = Runtime::load(library, options)?;
    let model = runtime.open(request.name, request.path, request.digest, ModelOptions::sessions(1))?;
    Ok(Box::new(model))
}

#[test]
fn every_installed_model_gives_its_golden_answers() {
    let root = root();
    let report = verify(&root, &load, &Silent).unwrap();
    assert!(report.is_intact(), "{report:#?}");
    let default = report.packs.iter().find(|pack| pack.pack == "default").unwrap();
    for model in &default.models {
        let deviation = model.deviation.expect("every model of the default pack has a golden vector");
        assert!(deviation <= 1.0, "{}: {deviation}", model.name);
        println!("{}: {deviation:.4} of the allowed deviation", model.name);
    }
}

#[test]
fn the_installed_pack_has_every_model_of_its_manifest() {
    let root = root();
    let pack = installed_pack(&root, "default").unwrap();
    let manifest = Manifest::named("default").unwrap().unwrap();
    for model in manifest.models.iter().filter(|model| !model.optional) {
        let kind = pack.models_for(model.task).find(|installed| installed.name == model.name);
        assert_eq!(kind.map(|installed| installed.kind.name()), Some(model.kind.as_str()), "{}", model.name);
    }
    assert!(pack.model(Task::Liveness).is_some_and(|model| model.weak));
    pack.check_licence(&[]).unwrap();
    assert!(runtime_library(&root).is_some());
}
