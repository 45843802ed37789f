//! Errors of use cases.

use std::fmt;
use std::time::Duration;

use vultus_face::FaceError;
use vultus_inference::{Overloaded, PoolError};
use vultus_media::{AudioError, ImageError};
use vultus_search::FeedError;
use vultus_search::shards::ShardedError;
use vultus_store::{BlobError, StoreError};
use vultus_types::{AccountId, BoundingBox, IncomparableTemplate};
use vultus_voice::VoiceError;

use crate::{Caller, EntropyError};

/// When a refused client may try again: a photo takes a fraction of this.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is missing or exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An account.
    Account,
    /// A gallery.
    Gallery,
    /// A subject of a gallery.
    Subject,
    /// A face of a subject.
    Face,
    /// A person whom cameras saw.
    Person,
    /// A camera.
    Camera,
}

/// What a pack can or cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Make templates for comparisons.
    Template,
    /// Detect presentation attacks.
    Liveness,
    /// Estimate age and gender; the operator may have switched that off.
    Demographics,
    /// Tell expressions.
    Expression,
    /// Compare voices.
    Voice,
}

/// Why a recording cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioFault {
    /// It holds nothing.
    Empty,
    /// It is no audio, or of a format that is not read.
    Unsupported,
    /// It is damaged or cut short.
    Damaged,
    /// It has more bytes than allowed.
    TooLarge,
    /// It has more seconds than allowed.
    TooLong,
    /// Nothing can be heard in it.
    Silent,
    /// It was recorded too loud: its peaks are cut off.
    Clipped,
    /// It holds too little speech.
    TooLittleSpeech,
}

/// Every way in which a use case ends without its outcome. Dialects match it without a catch-all, so that a
/// new kind needs an answer in each before anything compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such thing.
    NotFound(What),
    /// The name is taken.
    AlreadyExists(What),
    /// The named input is out of its range.
    InvalidInput(&'static str),
    /// The bytes are not a photo that can be read.
    UnsupportedMedia,
    /// The photo has more pixels than allowed.
    TooLarge,
    /// The recording cannot be used.
    UnusableAudio(AudioFault),
    /// The photo shows no face.
    NoFace,
    /// The photo shows several faces where one is needed.
    MultipleFaces,
    /// A face was found that no template could be made of.
    UnusableFace,
    /// What is enrolled was made by other models than the installed pack's.
    IncompatibleTemplate,
    /// All templates were replaced by those of other models than this process runs.
    OtherEmbedder,
    /// Some of the servers that hold faces do not answer, and the search was to see every face.
    IncompleteSearch,
    /// Credentials are missing or wrong, or the account is disabled.
    Unauthenticated,
    /// The account has had as many answers this month as the operator allows.
    QuotaExceeded,
    /// The account has made as many requests this minute as the operator allows.
    RateLimited {
        /// When the next minute begins: 1 to 60 seconds, in whole seconds.
        retry_after: Duration,
    },
    /// Every place in the queue is taken.
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The work was given up.
    Timeout,
    /// No model for this is installed.
    ModelUnavailable(Capability),
    /// Something broke; the source says what.
    Internal,
}

impl ErrorKind {
    /// A short name for logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::AlreadyExists(_) => "already_exists",
            Self::InvalidInput(_) => "invalid_input",
            Self::UnsupportedMedia => "unsupported_media",
            Self::TooLarge => "too_large",
            Self::UnusableAudio(AudioFault::Empty) => "empty_audio",
            Self::UnusableAudio(AudioFault::Unsupported) => "unsupported_audio",
            Self::UnusableAudio(AudioFault::Damaged) => "damaged_audio",
            Self::UnusableAudio(AudioFault::TooLarge) => "audio_too_large",
            Self::UnusableAudio(AudioFault::TooLong) => "audio_too_long",
            Self::UnusableAudio(AudioFault::Silent) => "silent_audio",
            Self::UnusableAudio(AudioFault::Clipped) => "clipped_audio",
            Self::UnusableAudio(AudioFault::TooLittleSpeech) => "too_little_speech",
            Self::NoFace => "no_face",
            Self::MultipleFaces => "multiple_faces",
            Self::UnusableFace => "unusable_face",
            Self::IncompatibleTemplate => "incompatible_template",
            Self::OtherEmbedder => "other_embedder",
            Self::IncompleteSearch => "incomplete_search",
            Self::Unauthenticated => "unauthenticated",
            Self::QuotaExceeded => "quota_exceeded",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::Timeout => "timeout",
            Self::ModelUnavailable(_) => "model_unavailable",
            Self::Internal => "internal",
        }
    }
}

/// Why a use case has no outcome.
#[derive(Debug)]
pub struct ServiceError {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    boxes: Vec<BoundingBox>,
    account: Option<AccountId>,
}

impl ServiceError {
    /// What kind of error it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where the faces are, largest first, where there are too many ([`ErrorKind::MultipleFaces`]).
    pub fn boxes(&self) -> &[BoundingBox] {
        &self.boxes
    }

    /// Who called, where somebody is refused who is known ([`ErrorKind::RateLimited`]).
    pub fn caller(&self) -> Option<Caller> {
        self.account.map(|account| Caller { account })
    }

    pub(crate) fn new(kind: ErrorKind, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..kind.into() }
    }

    pub(crate) fn several_faces(boxes: Vec<BoundingBox>) -> Self {
        Self { boxes, ..ErrorKind::MultipleFaces.into() }
    }

    pub(crate) fn rate_limited(account: AccountId, retry_after: Duration) -> Self {
        Self { account: Some(account), ..ErrorKind::RateLimited { retry_after }.into() }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::NotFound(What::Account) => "no such account",
            ErrorKind::NotFound(What::Gallery) => "no such gallery",
            ErrorKind::NotFound(What::Subject) => "no such subject",
            ErrorKind::NotFound(What::Face) => "no such face",
            ErrorKind::NotFound(What::Person) => "no such person",
            ErrorKind::NotFound(What::Camera) => "no such camera",
            ErrorKind::AlreadyExists(_) => "the name is taken",
            ErrorKind::InvalidInput(field) => return write!(f, "{field} is out of its range"),
            ErrorKind::UnsupportedMedia => "the photo cannot be read",
            ErrorKind::TooLarge => "the photo is too large",
            ErrorKind::UnusableAudio(AudioFault::Empty) => "the recording is empty",
            ErrorKind::UnusableAudio(AudioFault::Unsupported) => "the audio format is not supported",
            ErrorKind::UnusableAudio(AudioFault::Damaged) => "the recording is damaged or incomplete",
            ErrorKind::UnusableAudio(AudioFault::TooLarge) => "the recording has too many bytes",
            ErrorKind::UnusableAudio(AudioFault::TooLong) => "the recording is too long",
            ErrorKind::UnusableAudio(AudioFault::Silent) => "the recording is silent",
            ErrorKind::UnusableAudio(AudioFault::Clipped) => "the recording is clipped",
            ErrorKind::UnusableAudio(AudioFault::TooLittleSpeech) => "the recording holds too little speech",
            ErrorKind::NoFace => "the photo shows no face",
            ErrorKind::MultipleFaces => "the photo shows several faces",
            ErrorKind::UnusableFace => "no template can be made of the face",
            ErrorKind::IncompatibleTemplate => "the enrolled faces were made by other models",
            ErrorKind::OtherEmbedder => {
                "the templates were recomputed by another model pack: restart with that pack"
            }
            ErrorKind::IncompleteSearch => "not every server that holds faces answers",
            ErrorKind::Unauthenticated => "the credentials are not valid",
            ErrorKind::QuotaExceeded => "the account's limit of this month is reached",
            ErrorKind::RateLimited { .. } => "the account's limit of this minute is reached",
            ErrorKind::Overloaded { .. } => "the queue is full",
            ErrorKind::Timeout => "the work was given up",
            ErrorKind::ModelUnavailable(_) => "no model for this is installed",
            ErrorKind::Internal => "internal error",
        })
    }
}

impl std::error::Error for ServiceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl From<ErrorKind> for ServiceError {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, source: None, boxes: Vec::new(), account: None }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::OtherEmbedder => ErrorKind::OtherEmbedder,
            StoreError::Unrepresentable(_) => ErrorKind::InvalidInput("text"),
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error)
    }
}

impl From<BlobError> for ServiceError {
    fn from(error: BlobError) -> Self {
        Self::new(ErrorKind::Internal, error)
    }
}

impl From<FeedError> for ServiceError {
    fn from(error: FeedError) -> Self {
        let kind = match error {
            FeedError::OtherEmbedder => ErrorKind::OtherEmbedder,
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error)
    }
}

impl From<ShardedError> for ServiceError {
    fn from(error: ShardedError) -> Self {
        match error {
            ShardedError::Store(error) => error.into(),
            ShardedError::Incomparable(error) => error.into(),
            ShardedError::OtherEmbedder => Self::new(ErrorKind::OtherEmbedder, error),
            _ => Self::new(ErrorKind::Internal, error),
        }
    }
}

impl From<EntropyError> for ServiceError {
    fn from(error: EntropyError) -> Self {
        Self::new(ErrorKind::Internal, error)
    }
}

impl From<IncomparableTemplate> for ServiceError {
    fn from(error: IncomparableTemplate) -> Self {
        Self::new(ErrorKind::IncompatibleTemplate, error)
    }
}

impl From<Overloaded> for ServiceError {
    fn from(error: Overloaded) -> Self {
        Self::new(ErrorKind::Overloaded { retry_after: RETRY_AFTER }, error)
    }
}

impl From<PoolError> for ServiceError {
    fn from(error: PoolError) -> Self {
        let kind = match error {
            PoolError::ShutDown => ErrorKind::Overloaded { retry_after: RETRY_AFTER },
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error)
    }
}

impl From<FaceError> for ServiceError {
    fn from(error: FaceError) -> Self {
        let kind = match &error {
            FaceError::Image(ImageError::TooLarge { .. }) => ErrorKind::TooLarge,
            FaceError::Image(_) => ErrorKind::UnsupportedMedia,
            FaceError::Cancelled => ErrorKind::Timeout,
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error)
    }
}

impl From<VoiceError> for ServiceError {
    fn from(error: VoiceError) -> Self {
        let fault = match &error {
            VoiceError::Audio(AudioError::Empty) => AudioFault::Empty,
            VoiceError::Audio(AudioError::UnsupportedFormat) => AudioFault::Unsupported,
            VoiceError::Audio(AudioError::TooManyBytes { .. }) => AudioFault::TooLarge,
            VoiceError::Audio(AudioError::TooLong { .. }) => AudioFault::TooLong,
            VoiceError::Audio(_) => AudioFault::Damaged,
            VoiceError::Silent => AudioFault::Silent,
            VoiceError::Clipped { .. } => AudioFault::Clipped,
            VoiceError::TooLittleSpeech { .. } => AudioFault::TooLittleSpeech,
            VoiceError::Cancelled => return Self::new(ErrorKind::Timeout, error),
            _ => return Self::new(ErrorKind::Internal, error),
        };
        Self::new(ErrorKind::UnusableAudio(fault), error)
    }
}
