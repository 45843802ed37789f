//! Liveness verification: does the photo show a living person, or a picture of one?

use bytes::Bytes;
use vultus_types::{CalendarMonth, LivenessEstimate, PhotoAnalysis, Wanted};

use crate::{Caller, ErrorKind, Permit, PhotoSettings, Service, ServiceError};

/// A photo to verify.
#[derive(Clone, Debug)]
pub struct LivenessCommand {
    /// The image file.
    pub photo: Bytes,
    /// The score from which on the largest face passes, 0 to 1.
    pub threshold: f32,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct LivenessOutcome {
    /// The photo and its faces, largest first, each with its liveness; there may be none.
    pub analysis: PhotoAnalysis,
    /// The liveness of the largest face; `None` without a face, and where no score can be told of it.
    pub largest: Option<LivenessEstimate>,
    /// Whether that passes; what has no score does not.
    pub is_live: bool,
}

impl Service {
    /// Verifies that the largest face of a photo is a living person's. The account's limit of the month is looked at
    /// before the work and counted after it: an answer counts, whatever it says, a request that fails or that nobody
    /// waits for any more does not.
    ///
    /// # Errors
    /// [`ErrorKind::QuotaExceeded`], [`ErrorKind::InvalidInput`] for the threshold, and other kinds of
    /// [`ServiceError`]; a photo without faces is no error.
    pub async fn verify_liveness(
        &self,
        permit: Permit,
        caller: Caller,
        command: LivenessCommand,
    ) -> Result<LivenessOutcome, ServiceError> {
        if !(0.0..=1.0).contains(&command.threshold) {
            return Err(ErrorKind::InvalidInput("threshold").into());
        }
        let options = self.options(PhotoSettings::new(Wanted { liveness: true, ..Wanted::BOXES }))?;
        self.check_liveness_limit(caller).await?;
        let analysis = self.analyze(permit, command.photo, options).await?;
        let largest = analysis.faces.first().and_then(|face| face.liveness);
        let is_live = largest.is_some_and(|liveness| liveness.score >= command.threshold);
        if self.store.count_liveness(caller.account, self.this_month()).await? {
            Ok(LivenessOutcome { analysis, largest, is_live })
        } else {
            Err(ErrorKind::QuotaExceeded.into())
        }
    }

    /// The models that tell liveness scores, for the label of an answer; `None` where there are none.
    pub fn liveness_model(&self) -> Option<&str> {
        self.analyzer.liveness_model()
    }

    /// Spares the work for an account that is at its limit already.
    async fn check_liveness_limit(&self, caller: Caller) -> Result<(), ServiceError> {
        let usage = self.store.liveness_usage(caller.account, self.this_month()).await?;
        if usage.has_room() { Ok(()) } else { Err(ErrorKind::QuotaExceeded.into()) }
    }

    fn this_month(&self) -> CalendarMonth {
        self.clock.now().into()
    }
}

#[cfg(test)]
mod tests;
