//! Model packs: what is installed, how it is installed from pinned packages, and how it is checked.
//!
//! An install root has this form:
//!
//! ```text
//! <root>/<pack>/pack.toml, *.onnx, golden/*.json
//! <root>/calibration/<pack>.json            tables that the operator made for installed packs
//! <root>/runtime/current/runtime.toml, libonnxruntime.so…
//! ```

mod golden;
pub mod import;
mod install;
mod manifest;
pub mod onnx;
pub mod pack;
mod progress;
mod runtime;
#[cfg(test)]
mod testing;
mod verify;

pub use golden::{Deviation, Golden, GoldenError, check_golden};
pub use install::{
    ArchiveError, Fetch, FetchError, InstallError, InstallOptions, InstallReport, InstalledModel, LoadModel,
    LoadRequest, PackageClient, SystemClients, install,
};
pub use manifest::{Manifest, ManifestError, ManifestModel, Measured, Origin, Pin, Source};
pub use pack::{
    ArcFaceParams, ChipTemplate, ColourOrder, DetectorParams, MiniFasNetParams, ModelKind, Pack, PackError,
    PackModel, Task, describe_pack, installed_pack, open_pack,
};
pub use progress::{Progress, Silent, Step};
pub use runtime::{Runtime, runtime_library};
pub use verify::{FileReport, ListError, ListRow, PackReport, VerifyReport, list, verify};
