//! Packs that are described only, installed from synthetic files of the described shapes with the real runtime.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a failed test")]

use std::path::{Path, PathBuf};

use vultus_inference::{InferenceError, Model, ModelOptions, Runtime, RuntimeOptions, Tensor};
use vultus_models::onnx::GraphBuilder;
use vultus_models::{
    Fetch, InstallOptions, LoadRequest, Manifest, ModelKind, Silent, SystemClients, Task, install,
    installed_pack, runtime_library,
};
use vultus_types::ModelDigest;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An install root of its own with the installed default pack and runtime.
fn own_root(folder: &Path) -> PathBuf {
    let installed = workspace().join("data/models");
    assert!(installed.join("default/pack.toml").is_file(), "the models are not installed: run `make test`");
    let root = folder.join("models");
    std::fs::create_dir(&root).unwrap();
    for part in ["default", "runtime"] {
        let part_dir = std::fs::canonicalize(installed.join(part)).unwrap();
        std::os::unix::fs::symlink(part_dir, root.join(part)).unwrap();
    }
    root
}

/// A model that multiplies the mean of a photo of `side` pixels by a constant for each of `length` numbers.
fn model(side: i64, length: i64) -> Vec<u8> {
    let mut graph = GraphBuilder::new("mean");
    let photo = graph.input("data", &[1, 3, side, side]).unwrap();
    let mean = graph.reduce_mean(photo, &[1, 2, 3], false).unwrap();
    let mean = graph.reshape(mean, &[1, 1]).unwrap();
    let factors: Vec<f32> = (0..length).map(|number| number as f32).collect();
    let factors = graph.constant("factors", &[1, length], &factors).unwrap();
    let vector = graph.mul(mean, factors).unwrap();
    graph.output("fc1", vector, &[1, length]).unwrap();
    graph.finish()
}

fn load(request: &LoadRequest<'_>) -> Result<Box<dyn Model>, InferenceError> {
    let library = request.library.expect("the runtime is installed with the default pack");
    let runtime = Runtime::load(library, RuntimeOptions { openvino: false, ..RuntimeOptions::default() })?;
    let model = runtime.open(request.name, request.path, request.digest, ModelOptions::sessions(1))?;
    Ok(Box::new(model))
}

/// The description of `SFace`, with the synthetic files in the place of the pinned ones.
fn sface_of(files: &[(&str, &[u8])]) -> Manifest {
    let mut text = std::fs::read_to_string(workspace().join("models/sface.toml")).unwrap();
    let described = Manifest::named("sface").unwrap().unwrap();
    for (id, bytes) in files {
        let pin = described.source(id).unwrap().pin.unwrap();
        text = text.replace(&format!("bytes = {}", pin.bytes), &format!("bytes = {}", bytes.len()));
        text = text.replace(&pin.digest.to_string(), &ModelDigest::of(bytes).to_string());
    }
    Manifest::parse(&text).unwrap()
}

fn install_sface(folder: &Path, dimension: i64) -> Result<PathBuf, vultus_models::InstallError> {
    let root = own_root(folder);
    let from = folder.join("from");
    std::fs::create_dir(&from).unwrap();
    let (detector, embedder) = (model(640, 10), model(112, dimension));
    std::fs::write(from.join("a"), &detector).unwrap();
    std::fs::write(from.join("b"), &embedder).unwrap();
    let fetch: Option<&Fetch<'_>> = None;
    let options = InstallOptions {
        from_dir: Some(&from),
        optional_models: true,
        client: &SystemClients { fetch, mirror: None },
        load: &load,
        progress: &Silent,
    };
    install(&root, &sface_of(&[("yunet", &detector), ("sface", &embedder)]), &options)?;
    Ok(root)
}

#[test]
fn sface_takes_colours_as_they_are_and_gives_128_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let root = install_sface(folder.path(), 128).unwrap();
    let pack = installed_pack(&root, "sface").unwrap();
    let embedder = pack.model(Task::Embed).unwrap();
    let ModelKind::ArcFace(params) = &embedder.kind else { panic!("{:?}", embedder.kind) };
    assert_eq!((params.size, params.mean, params.std, params.flip), (112, 0.0, 1.0, false));
    let library = runtime_library(&root);
    let request = LoadRequest {
        library: library.as_deref(),
        name: &embedder.name,
        path: &embedder.path,
        digest: embedder.digest,
    };
    let white = Tensor::new(vec![1, 3, 112, 112], vec![255.0; 3 * 112 * 112]).unwrap();
    let vector = load(&request).unwrap().run(&white).unwrap();
    assert_eq!((vector.len(), vector[0].data().len()), (1, 128));
    assert!((vector[0].data()[1] - 255.0).abs() < 1e-2);
    assert!(pack.model(Task::Mesh).is_some(), "the rest is the default pack's");
}

#[test]
fn embedders_of_another_length_are_not_taken_for_sface() {
    let folder = tempfile::tempdir().unwrap();
    let error = install_sface(folder.path(), 512).unwrap_err().to_string();
    assert!(error.contains("[128]") && error.contains("[512]"), "{error}");
}
