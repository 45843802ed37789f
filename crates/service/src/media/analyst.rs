//! The engine as what finds out what is in a medium.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use vultus_face::FaceError;
use vultus_media::ImageError;
use vultus_video::{
    MediaError, MediaParts, MediaSettings, MediaSink, MediaSource, MediaSummary, VideoError, VideoOptions,
    analyze_media,
};

use super::{MediaAnalyst, MediaFailure};
use crate::Service;
use crate::watch::Watched;

/// Analyses media with the engine, on the work pool, half of whose places stay for requests.
struct EngineAnalyst {
    parts: MediaParts,
    settings: MediaSettings,
}

impl Service {
    /// What finds out with the engine what is in a medium; `video` says how videos are read.
    pub fn media_analyst(self: &Arc<Self>, video: VideoOptions) -> Arc<dyn MediaAnalyst> {
        Arc::new(EngineAnalyst {
            parts: MediaParts {
                analyzer: Arc::clone(&self.analyzer),
                pool: Arc::clone(&self.pool),
                likeness: Arc::new(Watched(Arc::clone(self))),
            },
            settings: MediaSettings {
                video,
                wants_demographics: self.policy.demographics,
                ..MediaSettings::default()
            },
        })
    }
}

#[async_trait]
impl MediaAnalyst for EngineAnalyst {
    async fn analyse(
        &self,
        file: &Path,
        wants_points: bool,
        sink: &mut (dyn MediaSink + '_),
    ) -> Result<MediaSummary, MediaFailure> {
        let settings = MediaSettings { wants_points, ..self.settings.clone() };
        let source = MediaSource::File(file.to_owned());
        analyze_media(&self.parts, source, &settings, sink).await.map_err(|error| failure(&error))
    }
}

fn failure(error: &MediaError) -> MediaFailure {
    match error {
        MediaError::NotMedia | MediaError::Truncated => MediaFailure::Unreadable,
        MediaError::NoPictures => MediaFailure::NoPictures,
        MediaError::TooLong { .. } => MediaFailure::TooLarge,
        MediaError::Image(error) | MediaError::Face(FaceError::Image(error)) => match error {
            ImageError::TooLarge { .. } | ImageError::TooManyBytes { .. } => MediaFailure::TooLarge,
            _ => MediaFailure::Unreadable,
        },
        MediaError::Video(VideoError::Missing) => MediaFailure::NoVideoReader,
        // The reader gave up, or was stopped at its limits, over this very file.
        MediaError::Video(VideoError::Failed(_) | VideoError::Killed(_) | VideoError::Silent(_)) => {
            MediaFailure::Unreadable
        }
        _ => {
            tracing::error!(%error, "a medium cannot be analysed");
            MediaFailure::Internal
        }
    }
}
