//! What Vultus keeps: repository traits, the records they hold, and the store of photos.
//!
//! Each method of a repository is one transaction: when it returns `Ok`, the change is durable; when it
//! returns `Err`, nothing of it happened. Backends are crates of their own; all pass the one suite in
//! `vultus-store-tests`.

mod accounts;
pub mod archive;
mod audit;
mod blobs;
mod cameras;
mod catalogue;
mod consents;
mod embedder;
mod error;
mod faces;
mod history;
mod listing;
mod media;
mod operators;
#[cfg(feature = "testing")]
pub mod testing;
mod topology;
mod usage;
mod watches;

pub use accounts::{Account, AccountStore, Credential, CredentialKind, SecretHash, Usage};
pub use audit::{AuditFilter, AuditRecord, AuditStore};
pub use blobs::{BlobError, BlobFault, BlobStore, BlobSummary, S3Credentials, S3Settings};
pub use cameras::{CameraRecord, CameraRegion, CameraStore};
pub use catalogue::{CatalogueStore, GalleryCount, SubjectQuery, SubjectSummary};
pub use consents::{ConsentOperation, ConsentRecord, ConsentStore};
pub use embedder::{
    EmbedderBinding, EmbedderStore, MissPolicy, ReembedEnd, ReembedState, StagedOutcome, StagedTemplate,
    TemplateMiss,
};
pub use error::StoreError;
pub use faces::{
    Change, EnrolledFace, FaceRecord, FaceStore, FaceSummary, HOME_GALLERY, IndexEntry, Removal,
};
pub use history::{
    EventBatch, FaceEvent, FriendRule, HistoryFilter, HistoryStore, NewEvent, PersonChoice, PersonRecord,
    PersonScope, PersonSighting, Sighting,
};
pub use listing::{FaceOrder, FaceQuery, FaceUpdate, FacesToRemove, GalleryEdit, SubjectCount};
pub use media::{MediaEnd, MediaRecord, MediaState, MediaStore};
pub use operators::{ConsoleSession, Operator, OperatorStore, OperatorUpdate, PasswordHash, Role};
pub use topology::{ShardNames, ShardPlan, Topology, TopologyStore};
pub use usage::{AccountCount, GallerySize, Inventory, OutcomeClass, TrafficCount, TrafficStep, UsageStore};
pub use watches::{WatchActivity, WatchReport, WatchStore, WorkerId};

/// Every repository of one backend.
pub trait Store:
    AccountStore
    + FaceStore
    + CatalogueStore
    + EmbedderStore
    + CameraStore
    + WatchStore
    + HistoryStore
    + ConsentStore
    + MediaStore
    + OperatorStore
    + AuditStore
    + UsageStore
    + TopologyStore
{
}

impl<T> Store for T where
    T: AccountStore
        + FaceStore
        + CatalogueStore
        + EmbedderStore
        + CameraStore
        + WatchStore
        + HistoryStore
        + ConsentStore
        + MediaStore
        + OperatorStore
        + AuditStore
        + UsageStore
        + TopologyStore
{
}
