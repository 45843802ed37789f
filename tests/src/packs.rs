//! Packs made of synthetic models, for tests that need other ones than the default pack's.

use std::path::{Path, PathBuf};

use serde_json::json;
use vultus_models::onnx::{GraphBuilder, GraphError, PoolParams, Value};
use vultus_types::ModelDigest;

use crate::models_dir;

/// A model that embeds a chip of 112 pixels by its colours on a grid of 8 by 8: 192 numbers.
///
/// # Errors
/// [`GraphError`] never.
pub fn grid_embedder() -> Result<Vec<u8>, GraphError> {
    let mut graph = GraphBuilder::new("grid");
    let chip = graph.input("input", &[1, 3, 112, 112])?;
    let pool = PoolParams { kernel: [14, 14], strides: [14, 14], pads: [0; 4] };
    let cells = graph.average_pool(chip, &pool)?;
    let vector = graph.reshape(cells, &[1, 192])?;
    graph.output("embedding", vector, &[1, 192])?;
    Ok(graph.finish())
}

/// A model that takes a photo of `side` pixels and has outputs of these shapes, all zero but for a trace of the
/// photo's mean.
///
/// # Errors
/// [`GraphError`] where a shape is impossible.
pub fn model_of_shapes(side: i64, outputs: &[[i64; 2]]) -> Result<Vec<u8>, GraphError> {
    let mut graph = GraphBuilder::new("shapes");
    let photo = graph.input("input", &[1, 3, side, side])?;
    let mean = graph.reduce_mean(photo, &[1, 2, 3], false)?;
    let mean: Value = graph.reshape(mean, &[1, 1])?;
    for (number, shape) in outputs.iter().enumerate() {
        let trace = vec![1e-6; (shape[0] * shape[1]) as usize];
        let trace = graph.constant(&format!("trace {number}"), shape, &trace)?;
        let output = graph.mul(mean, trace)?;
        graph.output(&format!("output {number}"), output, shape)?;
    }
    Ok(graph.finish())
}

/// Writes a pack named `name` with the grid embedder into `folder` and returns its directory. Everything else is
/// the default pack's.
///
/// # Panics
/// Where it cannot be written.
pub fn write_grid_pack(folder: &Path, name: &str) -> PathBuf {
    let dir = folder.join(name);
    std::fs::create_dir_all(&dir).unwrap();
    let model = grid_embedder().unwrap();
    let digest = ModelDigest::of(&model).to_string();
    std::fs::write(dir.join("grid.onnx"), &model).unwrap();
    let points = [(-1.0, 0.9), (0.9, 1e-2), (0.99, 1e-3), (0.999, 1e-4), (0.9995, 1e-5), (0.9999, 1e-6)];
    let points =
        points.map(|(similarity, fmr)| json!({ "similarity": similarity, "fmr": fmr, "source": "measured" }));
    let table = json!({
        "models": [digest], "data_set": "none", "data_set_licence": "none", "pairs": 1, "command": "none",
        "points": points,
    });
    std::fs::write(dir.join("calibration.json"), table.to_string()).unwrap();
    let text = format!(
        "name = \"{name}\"\nversion = \"1\"\nlicence = \"CC0-1.0\"\ncommercial = true\nextends = \"default\"\n\
         [[models]]\nname = \"grid\"\ntask = \"embed\"\nkind = \"arcface\"\nfile = \"grid.onnx\"\n\
         sha256 = \"{digest}\"\nlicence = \"CC0-1.0\"\nsource = \"made by this test\"\nversion = \"1\"\n\
         input = \"112x112 RGB\"\ncalibration = \"calibration.json\"\n"
    );
    std::fs::write(dir.join("pack.toml"), text).unwrap();
    dir
}

/// An install root of its own in `folder`, with the installed default pack and runtime.
///
/// # Panics
/// Where links cannot be made.
pub fn own_models_dir(folder: &Path) -> PathBuf {
    let root = folder.join("models");
    std::fs::create_dir(&root).unwrap();
    for part in ["default", "runtime"] {
        let installed = std::fs::canonicalize(models_dir().join(part)).unwrap();
        std::os::unix::fs::symlink(installed, root.join(part)).unwrap();
    }
    root
}
