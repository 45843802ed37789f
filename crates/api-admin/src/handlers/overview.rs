//! How the server is doing.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{Access, GallerySize, ModelFacts};

use crate::{Actor, Admin, AdminError};

/// How the server is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    /// The program's version.
    version: &'static str,
    /// When the process started.
    started_at: String,
    /// Whether requests can be served.
    ready: bool,
    /// The name of the machine.
    node: String,
    /// The queue of photos and recordings.
    queue: Queue,
    /// The search index.
    index: Index,
    /// The models in use.
    models: Vec<Model>,
    /// How much there is.
    totals: Totals,
    /// The 20 galleries with the most faces.
    galleries: Vec<Gallery>,
    /// Whether videos can be read.
    ffmpeg: bool,
    /// What the installed pack can do.
    capabilities: Capabilities,
}

/// The queue of photos and recordings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queue {
    /// Jobs on a thread.
    running: usize,
    /// Requests that have a place and wait for a thread or are still being read.
    waiting: usize,
    /// Places.
    capacity: usize,
}

/// The search index.
#[derive(Serialize, ToSchema)]
pub(crate) struct Index {
    /// Faces that searches find.
    faces: u64,
    /// Changes that the index sees before the next search.
    lag_changes: u64,
}

/// A model in use.
#[derive(Serialize, ToSchema)]
pub(crate) struct Model {
    /// What it is used for.
    task: String,
    /// Its name.
    name: String,
    /// The SHA-256 digest of its file.
    digest: String,
    /// Its licence.
    licence: String,
    /// Where its weights come from.
    package: String,
    /// The size of its file.
    bytes: u64,
}

/// How much there is, as of some seconds ago at most.
#[derive(Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Accounts.
    accounts: u64,
    /// Galleries.
    galleries: u64,
    /// Faces.
    faces: u64,
}

/// A gallery by its size.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "they are names of the wire")]
pub(crate) struct Gallery {
    /// The name of its account.
    account: String,
    /// Its name.
    gallery: String,
    /// Its faces.
    faces: u64,
    /// Its subjects.
    subjects: u64,
}

/// What the installed pack can do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Capabilities {
    /// Detect presentation attacks.
    liveness: bool,
    /// Compare voices.
    voice: bool,
    /// Tell age and gender, or expressions.
    attributes: bool,
}

impl From<&ModelFacts> for Model {
    fn from(model: &ModelFacts) -> Self {
        let ModelFacts { task, name, digest, licence, package, bytes } = model.clone();
        Self { task, name, digest, licence, package, bytes }
    }
}

impl From<&GallerySize> for Gallery {
    fn from(size: &GallerySize) -> Self {
        let GallerySize { account, gallery, faces, subjects } = size.clone();
        Self { account, gallery, faces, subjects }
    }
}

/// How the server is doing.
#[utoipa::path(get, path = "/overview", operation_id = "show_overview", tag = "server",
    responses((status = 200, body = Overview)))]
pub(crate) async fn show(State(admin): State<Admin>, actor: Actor) -> Result<Json<Overview>, AdminError> {
    actor.require(Access::Overview)?;
    let facts = admin.administration.facts();
    let overview = admin.administration.overview().await?;
    let (pool, inventory) = (overview.gauges.pool, &overview.inventory);
    Ok(Json(Overview {
        version: facts.version,
        started_at: facts.started_at.to_rfc3339(),
        ready: overview.is_ready,
        node: facts.node.clone(),
        queue: Queue {
            running: pool.running,
            waiting: pool.permits.saturating_sub(pool.running),
            capacity: pool.capacity,
        },
        index: Index { faces: overview.gauges.search.faces, lag_changes: overview.gauges.lag_changes },
        models: facts.models.iter().map(Model::from).collect(),
        totals: Totals {
            accounts: inventory.accounts,
            galleries: inventory.galleries,
            faces: inventory.faces,
        },
        galleries: inventory.biggest.iter().map(Gallery::from).collect(),
        ffmpeg: facts.has_ffmpeg,
        capabilities: Capabilities {
            liveness: overview.capabilities.liveness,
            voice: overview.capabilities.voice,
            attributes: overview.capabilities.attributes,
        },
    }))
}
