//! The use cases of Vultus: who calls, what of faces is known, enrolled, verified, identified, compared and
//! removed. The only place with business rules: a dialect turns a request into a command and an outcome into
//! an answer, and nothing else.
//!
//! Each use case has a file of its own with its command and outcome, plain structs with public fields. What
//! is heavy runs on the work pool with a [`Permit`] from [`Service::admit`], which a dialect obtains before it
//! reads a request's body.

mod accounts;
mod administration;
mod audit;
mod authenticate;
mod cameras;
mod catalogue;
mod compare;
mod compare_voices;
mod consents;
mod detect;
mod embedder;
mod engine;
mod enrol;
mod entropy;
mod error;
mod events;
mod faces;
#[cfg(any(test, feature = "testing"))]
pub mod fakes;
mod galleries;
mod history;
mod housekeeping;
mod identify;
mod liveness;
mod media;
mod operators;
mod orphans;
mod persons;
mod portray;
mod readiness;
mod reembed;
mod scale;
mod search;
mod secrets;
mod selection;
mod service;
mod sessions;
mod text;
mod thumbnails;
mod traffic;
mod users;
mod verify;
mod watch;

pub use accounts::{
    Accounts, FindFaceSecrets, IssuedCredentials, KairosSecrets, MOST_REQUESTS_PER_MINUTE,
    MachineSenseSecrets, PerseSecrets,
};
pub use administration::{
    AccountState, Administration, Gauges, LISTED_DAYS, ModelFacts, Overview, ServerCapabilities, ServerFacts,
};
pub use audit::{Action, Actor, Audit, CLI_ACTOR, DONE, Subject, UNKNOWN_ACTOR};
pub use authenticate::{Caller, Presented};
pub use cameras::{CameraChange, CameraSettings};
pub use compare::{CompareCommand, CompareOutcome, ComparedFace, ComparedSource};
pub use compare_voices::{CompareVoicesCommand, CompareVoicesOutcome, HeardVoice, Voices};
pub use consents::{ConsentDeclaration, Consents};
pub use detect::DetectCommand;
pub use embedder::DataOwner;
pub use engine::{HEAD_SCALES, PhotoSettings};
pub use enrol::{EnrolCommand, EnrolOutcome, EnrolledPhotoFace};
pub use entropy::{Entropy, EntropyError, SystemEntropy};
pub use error::{AudioFault, Capability, ErrorKind, ServiceError, What};
pub use events::EventSource;
pub use faces::{FaceListing, FacePage, MOST_LISTED_FACES, PageStart};
pub use history::{History, HistoryQuery};
pub use housekeeping::SWEEP_AFTER;
pub use identify::{Candidate, Candidates, IdentifiedFace, IdentifyCommand, IdentifyOutcome};
pub use liveness::{LivenessCommand, LivenessOutcome};
pub use media::{
    MediaAnalyst, MediaCommand, MediaFailure, MediaPlace, MediaProgress, MediaReport, MediaWorker,
    MediaWorkerSettings,
};
pub use operators::{
    Access, FIRST_OPERATOR, OneTimePassword, OperatorError, Operators, PASSWORD_BYTES, SESSION_IDLE,
    SESSION_LASTS, Session, SignedIn,
};
pub use orphans::{OrphanCounts, OrphanSweep, Orphans};
pub use persons::{PersonMode, PersonPolicy, SeenPersonRecord};
pub use portray::{PortrayCommand, PortrayOutcome};
pub use readiness::{LAG_TOLERATED, Unready};
pub use reembed::{ReembedCommand, ReembedOutcome, Replacement};
pub use scale::{MatchRate, NamedThreshold, Scale, ScalePoint};
pub use search::{Completeness, FaceSearch, SearchGauges, ShardLag};
pub use secrets::{SECRET_KEY_BYTES, SecretHasher};
pub use selection::{FaceChoice, FaceSelection};
pub use service::{Policy, Service, ServiceParts};
pub use sessions::SESSION_SECONDS;
pub use thumbnails::THUMBNAIL_SIDE_PX;
pub use traffic::{FLUSH_EVERY, Latencies, Traffic, TrafficPoint, TrafficSeries, TrafficWindow, Window};
pub use users::{
    CompareUserCommand, EnrolUserCommand, EnrolUserOutcome, ExposureLimits, USER_GALLERY, UserToken,
};
pub use verify::{VerifyCommand, VerifyOutcome};
pub use vultus_inference::Permit;
pub use vultus_search::LiveServers;
pub use vultus_store::{
    Account, AccountCount, AuditFilter, AuditRecord, CameraRecord, CameraRegion, ConsentOperation,
    ConsentRecord, ConsentStore, EmbedderBinding, EnrolledFace, FaceEvent, FaceRecord, FaceSummary,
    FaceUpdate, FriendRule, GalleryCount, GalleryEdit, GallerySize, HOME_GALLERY, HistoryFilter, Inventory,
    MissPolicy, Operator, OutcomeClass, PersonRecord, PersonSighting, Role, SubjectCount, SubjectSummary,
    TemplateMiss, WatchActivity, WatchReport,
};
pub use vultus_video::{
    MediaFrame, MediaInfo, MediaKind, MediaSink, MediaSummary, PersonSummary, SeenExpression, SeenPerson,
    SourceRules, VideoOptions, WatchSettings,
};
pub use watch::activity_name;
