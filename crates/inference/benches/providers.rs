//! Every installed model on every provider: the time to open it (warm: with OpenVINO's compiled copy), the time of
//! the first and of the shortest run, the same for two threads at once, the memory it takes, and how far the
//! providers' answers lie apart. Paths of further ONNX files may be given.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use vultus_inference::{Model, ModelOptions, OrtModel, Provider, Runtime, RuntimeOptions, Tensor};
use vultus_types::ModelDigest;

/// The extent of an axis that may vary, where it is no batch axis.
const VARYING_SIDE: usize = 320;
/// How long a model runs again and again; the shortest run counts.
const MEASURED: Duration = Duration::from_millis(1200);

fn main() -> Result<()> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let library = find(&cache.join("runtime"), &is_library);
    let library = library.first().context("ONNX Runtime is not installed in data/models/runtime")?;
    let compiled = tempfile::tempdir()?;
    let plain = Runtime::load(library, RuntimeOptions::default())?;
    let caching =
        RuntimeOptions { cache_dir: Some(compiled.path().to_path_buf()), ..RuntimeOptions::default() };
    let caching = Runtime::load(library, caching)?;
    let packs = ["default", "recommended"].map(|pack| find(&cache.join(pack), &is_model));
    let given = std::env::args().map(PathBuf::from).filter(|path| is_model(path));
    let mut out = std::io::stdout().lock();
    writeln!(out, "milliseconds of: open, first run, run, run beside another; MiB; then the difference")?;
    for path in packs.into_iter().flatten().chain(given) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let cpu = Measured::of(&plain, &path, Provider::Cpu)?;
        let openvino = Measured::of(&plain, &path, Provider::OpenVino)?;
        drop(Measured::of(&caching, &path, Provider::OpenVino)?);
        let warm = Measured::of(&caching, &path, Provider::OpenVino)?;
        writeln!(out, "{name:<20} cpu {cpu} | openvino {openvino} | warm {:.0}", milliseconds(warm.open))?;
        writeln!(out, "{:<20} {:.1e}", "", difference(&cpu.outputs, &openvino.outputs))?;
    }
    Ok(())
}

fn is_library(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("libonnxruntime.so"))
}

fn is_model(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("onnx"))
}

struct Measured {
    open: Duration,
    first: Duration,
    run: Duration,
    run_beside_another: Duration,
    mebibytes: f64,
    outputs: Vec<Tensor>,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [open, first, run, beside] =
            [self.open, self.first, self.run, self.run_beside_another].map(milliseconds);
        write!(f, "{open:5.0} {first:6.1} {run:6.2} {beside:6.2} {:5.1}", self.mebibytes)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Measured {
    fn of(runtime: &Runtime, path: &Path, provider: Provider) -> Result<Self> {
        let before = resident_mebibytes()?;
        let start = Instant::now();
        let options = ModelOptions { max_sessions: 2, provider: Some(provider) };
        let model = runtime.open("bench", path, ModelDigest([0; 32]), options)?;
        let open = start.elapsed();
        let input = input_of(&model)?;
        let start = Instant::now();
        let outputs = model.run(&input)?;
        let first = start.elapsed();
        let run = shortest_run(&model, &input)?;
        let mebibytes = resident_mebibytes()? - before;
        let run_beside_another = std::thread::scope(|scope| -> Result<_> {
            let other = scope.spawn(|| shortest_run(&model, &input));
            let run = shortest_run(&model, &input)?;
            Ok(other.join().ok().context("the other thread panicked")??.max(run))
        })?;
        Ok(Self { open, first, run, run_beside_another, mebibytes, outputs })
    }
}

fn shortest_run(model: &OrtModel, input: &Tensor) -> Result<Duration> {
    let mut shortest = Duration::MAX;
    let end = Instant::now() + MEASURED;
    while Instant::now() < end {
        let start = Instant::now();
        model.run(input)?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}

fn input_of(model: &OrtModel) -> Result<Tensor> {
    let sides = model.input().shape.iter().enumerate();
    let shape: Vec<_> =
        sides.map(|(axis, side)| side.unwrap_or(if axis == 0 { 1 } else { VARYING_SIDE })).collect();
    let count = shape.iter().product();
    let wave = (0..count).map(|index| ((index as f32) * 0.37).sin().abs() * 255.0).collect();
    Ok(Tensor::new(shape, wave)?)
}

/// The largest distance of two values, relative to the largest value of its output.
fn difference(left: &[Tensor], right: &[Tensor]) -> f32 {
    let of_pair = |(left, right): (&Tensor, &Tensor)| {
        let largest = left.data().iter().fold(1e-6f32, |most, value| most.max(value.abs()));
        let distance = left.data().iter().zip(right.data()).map(|(left, right)| (left - right).abs());
        distance.fold(0.0, f32::max) / largest
    };
    left.iter().zip(right).map(of_pair).fold(0.0, f32::max)
}

/// 0 where the system does not tell.
fn resident_mebibytes() -> Result<f64> {
    let Ok(pages) = fs_err::read_to_string("/proc/self/statm") else { return Ok(0.0) };
    let resident: f64 = pages.split(' ').nth(1).context("statm has several numbers")?.parse()?;
    Ok(resident * 4096.0 / f64::from(1 << 20))
}

fn find(folder: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let found = |path: PathBuf| {
        if path.is_dir() {
            return find(&path, is_wanted);
        }
        if is_wanted(&path) { vec![path] } else { Vec::new() }
    };
    paths.into_iter().flat_map(found).collect()
}
