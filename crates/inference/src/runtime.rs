//! Loading ONNX Runtime and opening models with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ort::environment::Environment;
use parking_lot::Mutex;
use vultus_types::ModelDigest;

use crate::InferenceError;
use crate::ort_model::{OrtModel, Source, session_builder};

/// What computes a model's graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// ONNX Runtime's own CPU kernels; they work everywhere.
    Cpu,
    /// OpenVINO on the CPU, in 32-bit floats.
    OpenVino,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::OpenVino => "openvino",
        })
    }
}

/// How models are computed where a model's own options do not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// Try OpenVINO first; the CPU provider takes over where it cannot be registered.
    pub openvino: bool,
    /// Threads inside one run of one session. 1 is best where many photos are analysed at once.
    pub intra_threads: usize,
    /// A folder for OpenVINO's compiled models; `None` compiles at every start.
    pub cache_dir: Option<PathBuf>,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self { openvino: true, intra_threads: 1, cache_dir: None }
    }
}

/// How one model is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelOptions {
    /// The most runs of this model at one time; a session is made when it is first needed. At least 1.
    pub max_sessions: usize,
    /// The provider to prefer; `None` means the runtime's choice.
    pub provider: Option<Provider>,
}

impl ModelOptions {
    /// At most `max_sessions` runs at one time, on the provider that the runtime prefers.
    pub const fn sessions(max_sessions: usize) -> Self {
        Self { max_sessions, provider: None }
    }
}

/// The library of the process, once one was loaded.
static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

struct Loaded {
    library: PathBuf,
    environment: Environment,
}

/// ONNX Runtime, loaded from a shared library. Clones share it.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    library: Arc<Path>,
    options: RuntimeOptions,
    model_nanos: Arc<AtomicU64>,
}

impl Runtime {
    /// Loads the shared library at `library`, which finds the libraries it needs beside itself. A process holds
    /// one library: loading the same one again is cheap and may give other options, another one is refused.
    ///
    /// # Errors
    /// [`InferenceError::Library`] where the file is missing, no ONNX Runtime of a supported version, or not
    /// the one that was loaded before.
    pub fn load(library: &Path, options: RuntimeOptions) -> Result<Self, InferenceError> {
        let refused =
            |reason: String| InferenceError::Library { path: library.display().to_string(), reason };
        let library = fs_err::canonicalize(library).map_err(|error| refused(error.to_string()))?;
        let mut loaded = LOADED.lock();
        let environment = match loaded.as_ref() {
            Some(present) if present.library == library => present.environment.clone(),
            Some(present) => {
                return Err(refused(format!("{} is loaded already", present.library.display())));
            }
            None => {
                let environment = load_environment(&library).map_err(refused)?;
                *loaded = Some(Loaded { library: library.clone(), environment: environment.clone() });
                environment
            }
        };
        Ok(Self { environment, library: library.into(), options, model_nanos: Arc::default() })
    }

    /// Opens the ONNX file at `path`. The first session is made now, so that a bad file is found here. `name`
    /// stands in errors and logs, `digest` in the model's answers: the caller has checked it.
    ///
    /// # Errors
    /// [`InferenceError::Load`] where the file cannot be read, is no ONNX graph, or has not exactly one input.
    pub fn open(
        &self,
        name: &str,
        path: &Path,
        digest: ModelDigest,
        options: ModelOptions,
    ) -> Result<OrtModel, InferenceError> {
        OrtModel::open(self, name, Source::File(path.to_path_buf()), digest, options)
    }

    /// Opens an ONNX graph that is in memory; otherwise as [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_bytes(
        &self,
        name: &str,
        graph: impl Into<Arc<[u8]>>,
        digest: ModelDigest,
        options: ModelOptions,
    ) -> Result<OrtModel, InferenceError> {
        OrtModel::open(self, name, Source::Bytes(graph.into()), digest, options)
    }

    /// The library's file.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The options that models are opened with.
    pub const fn options(&self) -> &RuntimeOptions {
        &self.options
    }

    /// Whether sessions can be made on `provider`, as far as that can be told without a model.
    pub fn offers(&self, provider: Provider) -> bool {
        session_builder(self, provider).is_ok()
    }

    /// The time spent inside models opened with this runtime and its clones, summed over all threads; waiting
    /// for a free session excluded.
    pub fn model_time(&self) -> Duration {
        Duration::from_nanos(self.model_nanos.load(Ordering::Relaxed))
    }

    pub(crate) fn count_run(&self, time: Duration) {
        self.model_nanos.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(crate) const fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("library", &self.library)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn load_environment(library: &Path) -> Result<Environment, String> {
    let builder = ort::init_from(library).map_err(|error| error.to_string())?;
    builder.with_name("vultus").with_telemetry(false).build().map_err(|error| error.to_string())
}
