//! The ONNX Runtime backend, on graphs that these tests write and the library that `make test` installs.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "ort/onnx.rs"]
mod onnx;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};

use onnx::{Side, doubling_graph, integer_graph, two_input_graph};
use vultus_inference::{
    InferenceError, Model, ModelOptions, OrtModel, Provider, Runtime, RuntimeOptions, Tensor,
};
use vultus_types::ModelDigest;

const DIGEST: ModelDigest = ModelDigest([7; 32]);

/// The library below `data/models/runtime` of the workspace.
fn library() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models/runtime");
    find_library(&root)
        .expect("ONNX Runtime is in data/models/runtime: run `make test` once, which installs it")
}

fn find_library(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<_> =
        fs_err::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries.iter().find_map(|path| {
        let name = path.file_name()?.to_str()?;
        if path.is_dir() {
            return find_library(path);
        }
        name.starts_with("libonnxruntime.so").then(|| path.clone())
    })
}

fn runtime(openvino: bool) -> Runtime {
    Runtime::load(&library(), RuntimeOptions { openvino, ..RuntimeOptions::default() }).unwrap()
}

fn open(runtime: &Runtime, graph: Vec<u8>, options: ModelOptions) -> Result<OrtModel, InferenceError> {
    runtime.open_bytes("test", graph, DIGEST, options)
}

fn tensor(shape: &[usize], start: f32) -> Tensor {
    let count = shape.iter().product::<usize>();
    Tensor::new(shape.to_vec(), (0..count).map(|index| start + index as f32).collect()).unwrap()
}

fn check(model: &OrtModel, input: &Tensor) {
    let outputs = model.run(input).unwrap();
    assert_eq!(outputs.len(), 2);
    for output in &outputs {
        assert_eq!(output.shape(), input.shape());
    }
    for (index, &value) in input.data().iter().enumerate() {
        assert_eq!(outputs[0].data()[index], value * 2.0);
        assert_eq!(outputs[1].data()[index], value * 2.0 + 1.0);
    }
}

#[test]
fn graph_with_fixed_shape_runs_on_each_provider() {
    for openvino in [false, true] {
        let graph = doubling_graph(&[Side::Fixed(1), Side::Fixed(3), Side::Fixed(4)]);
        let model = open(&runtime(openvino), graph, ModelOptions::sessions(1)).unwrap();
        assert_eq!(model.output_names(), ["doubled", "raised"]);
        assert_eq!(model.digest(), DIGEST);
        assert_eq!(model.input().name, "input");
        assert_eq!(model.input().shape, [Some(1), Some(3), Some(4)]);
        check(&model, &tensor(&[1, 3, 4], -3.0));
    }
}

#[test]
fn cpu_provider_is_used_when_asked_for() {
    let graph = doubling_graph(&[Side::Fixed(2)]);
    let model = open(&runtime(false), graph.clone(), ModelOptions::sessions(1)).unwrap();
    assert_eq!(model.provider(), Provider::Cpu);
    let options = ModelOptions { max_sessions: 1, provider: Some(Provider::Cpu) };
    let model = open(&runtime(true), graph, options).unwrap();
    assert_eq!(model.provider(), Provider::Cpu);
}

#[test]
fn openvino_is_used_where_the_library_has_it() {
    let has_openvino = library().with_file_name("libonnxruntime_providers_openvino.so").is_file();
    let model = open(&runtime(true), doubling_graph(&[Side::Fixed(2)]), ModelOptions::sessions(1)).unwrap();
    assert_eq!(model.provider(), if has_openvino { Provider::OpenVino } else { Provider::Cpu });
}

#[test]
fn varying_shapes_run_one_after_another() {
    for openvino in [false, true] {
        let graph = doubling_graph(&[Side::Fixed(1), Side::Any("height"), Side::Any("width")]);
        let model = open(&runtime(openvino), graph, ModelOptions::sessions(1)).unwrap();
        assert_eq!(model.input().shape, [Some(1), None, None]);
        for shape in [[1, 2, 3], [1, 7, 5], [1, 2, 3], [1, 1, 1]] {
            check(&model, &tensor(&shape, 0.5));
        }
    }
}

#[test]
fn input_of_another_shape_is_refused() {
    let graph = doubling_graph(&[Side::Fixed(1), Side::Any("n")]);
    let model = open(&runtime(false), graph, ModelOptions::sessions(1)).unwrap();
    for shape in [&[2, 3][..], &[1, 3, 1], &[3], &[1, 0], &[]] {
        let result = model.run(&tensor(shape, 0.0));
        assert!(matches!(result, Err(InferenceError::Shape { .. })), "{shape:?}");
    }
    check(&model, &tensor(&[1, 3], 0.0));
}

#[test]
fn bad_graphs_are_refused_when_opened() {
    let good = doubling_graph(&[Side::Fixed(2)]);
    for openvino in [false, true] {
        let runtime = runtime(openvino);
        let files = [
            Vec::new(),
            b"not a model".to_vec(),
            good[..good.len() / 2].to_vec(),
            two_input_graph(),
            integer_graph(),
        ];
        for file in files {
            let result = open(&runtime, file, ModelOptions::sessions(1));
            assert!(matches!(result, Err(InferenceError::Load { .. })), "{result:?}");
        }
    }
}

#[test]
fn missing_file_is_refused() {
    let result =
        runtime(false).open("test", Path::new("/nowhere/model.onnx"), DIGEST, ModelOptions::sessions(1));
    assert!(matches!(result, Err(InferenceError::Load { .. })));
}

#[test]
fn graph_is_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doubling.onnx");
    fs_err::write(&path, doubling_graph(&[Side::Fixed(2)])).unwrap();
    let model = runtime(true).open("test", &path, DIGEST, ModelOptions::sessions(2)).unwrap();
    check(&model, &tensor(&[2], 1.0));
}

#[test]
fn sessions_are_made_when_needed_up_to_the_limit() {
    const THREADS: usize = 6;
    let graph = doubling_graph(&[Side::Fixed(1), Side::Any("n")]);
    let model = Arc::new(open(&runtime(false), graph, ModelOptions::sessions(3)).unwrap());
    assert_eq!(model.session_count(), 1);
    for _ in 0..5 {
        check(&model, &tensor(&[1, 10], 0.0));
    }
    assert_eq!(model.session_count(), 1, "one after another needs one session");
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (model, start) = (Arc::clone(&model), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                (0..40).for_each(|round| check(&model, &tensor(&[1, 20_000 + round], number as f32)));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!((1..=3).contains(&model.session_count()), "{}", model.session_count());
}

#[test]
fn process_keeps_one_library() {
    let first = runtime(false);
    assert_eq!(runtime(true).library(), first.library());
    let another = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    for path in [another.as_path(), Path::new("/nowhere/libonnxruntime.so")] {
        let result = Runtime::load(path, RuntimeOptions::default());
        assert!(matches!(result, Err(InferenceError::Library { .. })), "{result:?}");
    }
    let graph = doubling_graph(&[Side::Fixed(2)]);
    check(&open(&first, graph, ModelOptions::sessions(1)).unwrap(), &tensor(&[2], 1.0));
}
