//! A model computed by ONNX Runtime on a few sessions.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use ort::ep;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use parking_lot::{Condvar, Mutex};
use vultus_types::ModelDigest;

use crate::runtime::{ModelOptions, Provider, Runtime};
use crate::{InferenceError, Model, Tensor};

/// Where a graph is read from whenever a session is made.
#[derive(Clone)]
pub(crate) enum Source {
    File(PathBuf),
    Bytes(Arc<[u8]>),
}

/// The name and the shape of an input or an output, as the graph declares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// The name in the graph.
    pub name: String,
    /// The extent of each axis, outermost first; `None` where it may vary.
    pub shape: Vec<Option<usize>>,
}

/// A graph with one `f32` input. A session computes one input at a time, so there are several: the first is
/// made when the model is opened, others when all are busy, up to a limit; beyond it callers wait.
pub struct OrtModel {
    name: String,
    digest: ModelDigest,
    runtime: Runtime,
    source: Source,
    provider: Provider,
    input: TensorSpec,
    outputs: Vec<TensorSpec>,
    output_names: Vec<String>,
    max_sessions: usize,
    sessions: Mutex<Sessions>,
    returned: Condvar,
}

struct Sessions {
    idle: Vec<Session>,
    /// Sessions that exist or are being made, idle or not.
    count: usize,
}

impl OrtModel {
    pub(crate) fn open(
        runtime: &Runtime,
        name: &str,
        source: Source,
        digest: ModelDigest,
        options: ModelOptions,
    ) -> Result<Self, InferenceError> {
        let preferred = if runtime.options().openvino { Provider::OpenVino } else { Provider::Cpu };
        let preferred = options.provider.unwrap_or(preferred);
        let (session, provider) = first_session(runtime, name, &source, preferred)?;
        let refused = |reason: String| InferenceError::Load { name: name.to_owned(), reason };
        let [input] = session.inputs() else {
            return Err(refused(format!("it has {} inputs instead of one", session.inputs().len())));
        };
        let input = float_spec(input).map_err(refused)?;
        let outputs: Vec<_> =
            session.outputs().iter().map(float_spec).collect::<Result<_, _>>().map_err(refused)?;
        Ok(Self {
            name: name.to_owned(),
            digest,
            runtime: runtime.clone(),
            source,
            provider,
            input,
            output_names: outputs.iter().map(|output| output.name.clone()).collect(),
            outputs,
            max_sessions: options.max_sessions.max(1),
            sessions: Mutex::new(Sessions { idle: vec![session], count: 1 }),
            returned: Condvar::new(),
        })
    }

    /// The name it was opened under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What computes it.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// The one input.
    pub const fn input(&self) -> &TensorSpec {
        &self.input
    }

    /// The outputs, in the order in which [`Model::run`] returns them.
    pub fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    /// The sessions made so far.
    pub fn session_count(&self) -> usize {
        self.sessions.lock().count
    }

    fn check_shape(&self, input: &Tensor) -> Result<(), InferenceError> {
        let expected = &self.input.shape;
        let fits = expected.len() == input.shape().len()
            && expected
                .iter()
                .zip(input.shape())
                .all(|(side, &actual)| side.is_none_or(|side| side == actual))
            && input.shape().iter().all(|&side| side > 0);
        if fits {
            return Ok(());
        }
        let sides: Vec<_> = expected
            .iter()
            .map(|side| side.map_or_else(|| "any".to_owned(), |side| side.to_string()))
            .collect();
        Err(InferenceError::Shape {
            expected: format!("[{}] for {}", sides.join(", "), self.name),
            actual: input.shape().to_vec(),
        })
    }

    /// An idle session, a new one while there may be more, or the next that is given back.
    fn take(&self) -> Result<Taken<'_>, InferenceError> {
        let mut sessions = self.sessions.lock();
        loop {
            if let Some(session) = sessions.idle.pop() {
                return Ok(Taken { model: self, session: Some(session) });
            }
            if sessions.count < self.max_sessions {
                sessions.count += 1;
                break;
            }
            self.returned.wait(&mut sessions);
        }
        drop(sessions);
        let mut taken = Taken { model: self, session: None };
        taken.session = Some(make_session(&self.runtime, &self.name, &self.source, self.provider)?);
        Ok(taken)
    }
}

impl Model for OrtModel {
    fn digest(&self) -> ModelDigest {
        self.digest
    }

    fn output_names(&self) -> &[String] {
        &self.output_names
    }

    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, InferenceError> {
        self.check_shape(input)?;
        let mut taken = self.take()?;
        let Some(session) = taken.session.as_mut() else { unreachable!("a taken session is there") };
        let start = Instant::now();
        let result = run_session(session, input);
        self.runtime.count_run(start.elapsed());
        result.map_err(|reason| InferenceError::Run { name: self.name.clone(), reason: reason.to_string() })
    }
}

impl fmt::Debug for OrtModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrtModel")
            .field("name", &self.name)
            .field("digest", &self.digest)
            .field("provider", &self.provider)
            .field("input", &self.input)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

/// A session out of the pool, given back when dropped. It is empty where the session could not be made.
struct Taken<'a> {
    model: &'a OrtModel,
    session: Option<Session>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut sessions = self.model.sessions.lock();
        match self.session.take() {
            Some(session) => sessions.idle.push(session),
            None => sessions.count -= 1,
        }
        drop(sessions);
        self.model.returned.notify_one();
    }
}

fn run_session(session: &mut Session, input: &Tensor) -> ort::Result<Vec<Tensor>> {
    let view = TensorRef::from_array_view((input.shape().to_vec(), input.data()))?;
    let outputs = session.run(ort::inputs![view])?;
    let mut tensors = Vec::with_capacity(outputs.len());
    for (_, value) in &outputs {
        let (shape, data) = value.try_extract_tensor::<f32>()?;
        let shape = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        tensors.push(Tensor::new(shape, data.to_vec()).map_err(ort::Error::wrap)?);
    }
    Ok(tensors)
}

/// The first session on the preferred provider, or on the CPU where that one cannot be had.
fn first_session(
    runtime: &Runtime,
    name: &str,
    source: &Source,
    preferred: Provider,
) -> Result<(Session, Provider), InferenceError> {
    match make_session(runtime, name, source, preferred) {
        Err(error) if preferred != Provider::Cpu => {
            let session = make_session(runtime, name, source, Provider::Cpu)?;
            tracing::warn!(model = name, %error, "OpenVINO is not available, the CPU provider is used");
            Ok((session, Provider::Cpu))
        }
        result => Ok((result?, preferred)),
    }
}

fn make_session(
    runtime: &Runtime,
    name: &str,
    source: &Source,
    provider: Provider,
) -> Result<Session, InferenceError> {
    let make = || -> ort::Result<Session> {
        let mut builder = session_builder(runtime, provider)?;
        match source {
            Source::File(path) => builder.commit_from_file(path),
            Source::Bytes(graph) => builder.commit_from_memory(graph),
        }
    };
    make().map_err(|error| InferenceError::Load { name: name.to_owned(), reason: error.to_string() })
}

pub(crate) fn session_builder(runtime: &Runtime, provider: Provider) -> ort::Result<SessionBuilder> {
    let options = runtime.options();
    let builder = Session::builder(runtime.environment())?
        .with_intra_threads(options.intra_threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?;
    match provider {
        Provider::Cpu => Ok(builder.with_optimization_level(GraphOptimizationLevel::All)?),
        Provider::OpenVino => {
            let mut openvino = ep::OpenVINO::default()
                .with_device_type("CPU")
                .with_precision("FP32")
                .with_num_threads(options.intra_threads.max(1))
                .with_num_streams(1);
            if let Some(folder) = &options.cache_dir {
                openvino = openvino.with_cache_dir(folder.display());
            }
            // OpenVINO optimises the graph itself.
            Ok(builder
                .with_optimization_level(GraphOptimizationLevel::Disable)?
                .with_execution_providers([openvino.build().error_on_failure()])?)
        }
    }
}

fn float_spec(outlet: &Outlet) -> Result<TensorSpec, String> {
    match outlet.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => Ok(TensorSpec {
            name: outlet.name().to_owned(),
            shape: shape.iter().map(|&side| usize::try_from(side).ok().filter(|&side| side > 0)).collect(),
        }),
        other => Err(format!("{} is {other} instead of a tensor of 32-bit floats", outlet.name())),
    }
}
