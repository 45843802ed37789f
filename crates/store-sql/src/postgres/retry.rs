//! Second attempts: every call of a repository is made again where that may mend its failure.
//!
//! This is safe because a call is one transaction, which has not happened when its error is one that
//! [`mend`](super::error::mend) names; the count of requests may be a request too high.

use std::ops::Range;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rand::Rng;
use vultus_store::archive::{ArchiveId, ArchiveStore, ImportStart, Row, Snapshot, Table};
use vultus_store::{
    Account, AccountCount, AccountStore, AttemptLimit, AuditFilter, AuditRecord, AuditStore, CameraRecord,
    CameraStore, CatalogueStore, Change, ConsentRecord, ConsentStore, ConsoleSession, Credential,
    CredentialKind, EmbedderBinding, EmbedderStore, EnrolledFace, EventBatch, FaceEvent, FaceQuery,
    FaceRecord, FaceStore, FaceSummary, FaceUpdate, FacesToRemove, FriendRule, GalleryCount, HistoryFilter,
    HistoryStore, IndexEntry, Inventory, MediaEnd, MediaRecord, MediaStore, MissPolicy, Operator,
    OperatorStore, OperatorUpdate, PasswordHash, PersonRecord, PersonSighting, ReembedEnd, ReembedState,
    Removal, SecretHash, StagedTemplate, StoreError, SubjectCount, SubjectQuery, SubjectSummary,
    TemplateMiss, Topology, TopologyStore, TrafficCount, TrafficStep, Usage, UsageStore, WatchReport,
    WatchStore, WorkerId,
};
use vultus_types::{AccountId, CalendarMonth, CameraId, FaceId, MediaId, ModelDigest, PersonId, Timestamp};

use super::PostgresStore;
use super::demotion::Demotion;
use super::error::{Mend, mend};

/// How often a call takes a new turn before it is an error: with that many, fifty writers to one row all come
/// through.
const TURNS: u32 = 30;

/// How long a call waits for a server that takes over, beside waiting for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Makes a call until it succeeds or another attempt would not help.
async fn retry<T, F>(demotion: &Demotion, mut call: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let start = Instant::now();
    let mut attempts = 0;
    loop {
        let result = call().await;
        let Err(error) = &result else { return result };
        attempts += 1;
        let is_worthwhile = match mend(error) {
            Some(Mend::Turn) => attempts < TURNS,
            Some(Mend::Server) => start.elapsed() < PATIENCE,
            Some(Mend::Primary) => {
                demotion.note();
                start.elapsed() < PATIENCE
            }
            None => false,
        };
        if !is_worthwhile {
            return result;
        }
        tokio::time::sleep(wait(attempts)).await;
    }
}

/// Nothing at first; then longer and longer, and by chance, so that those who met once do not meet again.
fn wait(attempts: u32) -> Duration {
    let most = Duration::from_millis(1 << attempts.min(10)).min(LONGEST_WAIT);
    if attempts == 1 { Duration::ZERO } else { most.mul_f64(rand::rng().random()) }
}

/// Implements a repository by that of the connections, with second attempts.
macro_rules! retried {
    ($repository:ident { $($method:ident($($name:ident: $type:ty),*) -> $result:ty;)* }) => {
        #[async_trait]
        impl $repository for PostgresStore {
            $(
                async fn $method(&self, $($name: $type),*) -> Result<$result, StoreError> {
                    retry(&self.0.demotion, || $repository::$method(&self.0, $($name),*)).await
                }
            )*
        }
    };
}

retried!(AccountStore {
    create_account(account: &Account, credentials: &[Credential]) -> ();
    accounts() -> Vec<Account>;
    account_by_name(name: &str) -> Option<Account>;
    replace_credentials(account: AccountId, credentials: &[Credential]) -> ();
    add_credentials(account: AccountId, credentials: &[Credential], now: Timestamp) -> ();
    set_disabled(account: AccountId, since: Option<Timestamp>) -> ();
    set_liveness_limit(account: AccountId, per_month: Option<u32>) -> ();
    liveness_usage(account: AccountId, month: CalendarMonth) -> Usage;
    count_liveness(account: AccountId, month: CalendarMonth) -> bool;
    set_request_limit(account: AccountId, per_minute: Option<u32>) -> ();
    count_request(account: AccountId, minute: i64) -> bool;
    find_credential(kind: CredentialKind, public_id: &str) -> Option<(Account, Credential)>;
    server_key() -> Option<SecretHash>;
    note_server_key(check: SecretHash) -> SecretHash;
    replace_server_key(check: SecretHash) -> ();
});

retried!(FaceStore {
    expect_blobs(keys: &[String], now: Timestamp) -> ();
    add_faces(galleries: &[&str], faces: &[FaceRecord]) -> ();
    add_to_gallery(account: AccountId, id: FaceId, gallery: &str) -> ();
    create_gallery(account: AccountId, gallery: &str) -> bool;
    galleries(account: AccountId) -> Vec<String>;
    has_gallery(account: AccountId, gallery: &str) -> bool;
    subjects(account: AccountId, gallery: &str) -> Option<Vec<String>>;
    faces_of_subject(account: AccountId, gallery: &str, subject: &str) -> Option<Vec<FaceSummary>>;
    is_photo_enrolled(account: AccountId, gallery: &str, subject: &str, photo_digest: &[u8; 32]) -> bool;
    face(account: AccountId, id: FaceId) -> Option<EnrolledFace>;
    faces(account: AccountId, ids: &[FaceId]) -> Vec<EnrolledFace>;
    list_faces(account: AccountId, query: &FaceQuery<'_>) -> Vec<EnrolledFace>;
    subject_counts(account: AccountId, gallery: Option<&str>) -> Vec<SubjectCount>;
    update_face(account: AccountId, id: FaceId, update: &FaceUpdate) -> Option<EnrolledFace>;
    remove_faces(account: AccountId, which: FacesToRemove<'_>, now: Timestamp) -> Removal;
    remove_gallery(account: AccountId, gallery: &str, now: Timestamp) -> Option<Removal>;
    remove_subject(account: AccountId, gallery: &str, subject: &str, only: Option<FaceId>, now: Timestamp) -> Option<Removal>;
    replace_subject(account: AccountId, gallery: &str, subject: &str, faces: &[FaceRecord], now: Timestamp) -> Option<Removal>;
    pending_blobs(before: Timestamp) -> Vec<String>;
    forget_blobs(keys: &[String]) -> ();
    blobs_in_use(keys: &[String]) -> Vec<String>;
    last_change() -> u64;
    await_change(at_most: Duration) -> ();
    changes_after(sequence: u64, limit: u32) -> Vec<Change>;
    index_entries(ids: &[FaceId]) -> Vec<IndexEntry>;
    index_page(after: Option<FaceId>, limit: u32) -> Vec<IndexEntry>;
    exemplar_page(after: Option<FaceId>, limit: u32) -> Vec<IndexEntry>;
    face_count() -> u64;
});

retried!(CatalogueStore {
    gallery_counts(account: AccountId) -> Vec<GalleryCount>;
    subject_page(account: AccountId, gallery: &str, query: SubjectQuery<'_>) -> Option<Vec<SubjectSummary>>;
    move_subject(account: AccountId, gallery: &str, subject: &str, to: &str) -> Option<u64>;
    merge_subjects(account: AccountId, gallery: &str, subject: &str, into: &str) -> Option<u64>;
    thumbnail(account: AccountId, id: FaceId) -> Option<String>;
    set_thumbnail(account: AccountId, id: FaceId, key: &str) -> bool;
});

retried!(EmbedderStore {
    embedder() -> Option<EmbedderBinding>;
    bind_embedder(wanted: &EmbedderBinding) -> EmbedderBinding;
    begin_reembedding(target: &EmbedderBinding) -> ReembedState;
    faces_to_reembed(after: Option<FaceId>, limit: u32) -> Vec<FaceRecord>;
    stage_templates(target: &[ModelDigest], staged: &[StagedTemplate]) -> ();
    template_misses() -> Vec<(FaceId, TemplateMiss)>;
    finish_reembedding(target: &[ModelDigest], misses: MissPolicy, now: Timestamp) -> ReembedEnd;
});

retried!(CameraStore {
    add_camera(camera: &CameraRecord) -> ();
    cameras(account: AccountId) -> Vec<CameraRecord>;
    camera(account: AccountId, id: CameraId) -> Option<CameraRecord>;
    update_camera(camera: &CameraRecord) -> ();
    remove_camera(account: AccountId, id: CameraId) -> bool;
});

retried!(WatchStore {
    hold_cameras(watcher: WorkerId, now: Timestamp, until: Timestamp) -> Vec<CameraRecord>;
    report_watches(watcher: WorkerId, reports: &[(CameraId, WatchReport)]) -> ();
    release_cameras(watcher: WorkerId) -> ();
    watch_reports(account: AccountId, now: Timestamp) -> Vec<(CameraId, WatchReport)>;
});

retried!(HistoryStore {
    add_events(galleries: &[&str], faces: &[FaceRecord], batch: EventBatch<'_>) -> Vec<(Option<PersonId>, FaceEvent)>;
    set_person(account: AccountId, face: FaceId, person: PersonId, friend: FriendRule, most_exemplars: u32) -> ();
    persons(account: AccountId, after: Option<PersonId>, limit: u32) -> Vec<PersonRecord>;
    person(account: AccountId, id: PersonId) -> Option<PersonRecord>;
    sightings(account: AccountId, persons: &[PersonId]) -> Vec<PersonSighting>;
    history(account: AccountId, filter: &HistoryFilter, max_id: Option<FaceId>, limit: u32) -> Vec<EnrolledFace>;
});

retried!(ConsentStore {
    record_consent(consent: &ConsentRecord) -> ();
    consents(account: Option<AccountId>, after: u64, limit: u32) -> Vec<(u64, ConsentRecord)>;
});

retried!(MediaStore {
    add_media(media: &MediaRecord) -> ();
    media(account: AccountId, id: MediaId) -> Option<MediaRecord>;
    list_media(account: AccountId, before: Option<(Timestamp, MediaId)>, limit: u32) -> Vec<MediaRecord>;
    unfinished_media() -> u64;
    media_frames(id: MediaId, chunk: u32) -> Option<String>;
    remove_media(account: AccountId, id: MediaId, now: Timestamp) -> Option<Option<String>>;
    claim_media(worker: WorkerId, now: Timestamp, until: Timestamp) -> Option<MediaRecord>;
    hold_media(worker: WorkerId, id: MediaId, until: Timestamp) -> bool;
    add_media_frames(worker: WorkerId, id: MediaId, chunk: u32, frames: &str) -> bool;
    finish_media(worker: WorkerId, id: MediaId, end: &MediaEnd, now: Timestamp) -> Option<Option<String>>;
    give_up_media(worker: WorkerId, id: MediaId) -> ();
});

retried!(OperatorStore {
    create_operator(operator: &Operator, password: &PasswordHash) -> ();
    create_first_operator(operator: &Operator, password: &PasswordHash) -> bool;
    operators() -> Vec<Operator>;
    operator(name: &str) -> Option<(Operator, PasswordHash)>;
    update_operator(name: &str, update: OperatorUpdate) -> Operator;
    set_password(name: &str, password: &PasswordHash, must_change: bool, keep: Option<SecretHash>) -> ();
    begin_session(session: &ConsoleSession) -> ();
    session(token: SecretHash) -> Option<(ConsoleSession, Operator)>;
    use_session(token: SecretHash, at: Timestamp) -> ();
    end_session(token: SecretHash) -> ();
    begin_attempt(limits: &[AttemptLimit], now: Timestamp) -> Option<Duration>;
    attempt_succeeded(name: SecretHash, address: SecretHash) -> ();
});

retried!(AuditStore {
    append_audit(record: &AuditRecord) -> ();
    audit(filter: &AuditFilter, before: Option<u64>, limit: u32) -> Vec<(u64, AuditRecord)>;
});

retried!(UsageStore {
    add_usage(traffic: &[TrafficCount], accounts: &[AccountCount]) -> ();
    traffic(step: TrafficStep, from: Timestamp, to: Timestamp, every: i64) -> Vec<TrafficCount>;
    forget_traffic(step: TrafficStep, before: Timestamp) -> ();
    account_usage(account: AccountId, since: i64) -> Vec<AccountCount>;
    requests_since(since: i64) -> Vec<(AccountId, u64)>;
    inventory(biggest: u32) -> Inventory;
});

retried!(TopologyStore {
    topology() -> Option<Topology>;
    set_topology(topology: &Topology) -> ();
});

retried!(ArchiveStore {
    snapshot() -> Box<dyn Snapshot>;
    import_under_way() -> Option<ArchiveId>;
    begin_import(archive: ArchiveId) -> ImportStart;
    import_rows(archive: ArchiveId, blocks: &Range<u64>, table: &Table, rows: &[Row]) -> ();
    note_import(archive: ArchiveId, blocks: &Range<u64>) -> ();
    finish_import(archive: ArchiveId, counters: &[(String, i64)]) -> ();
});
