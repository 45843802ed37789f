//! Photos to faces, on the work pool.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use vultus_face::{AnalyzeOptions, FaceAnalyzer};
use vultus_inference::{Cancel, Permit};
use vultus_types::{PhotoAnalysis, Wanted};

use crate::{Capability, ErrorKind, Service, ServiceError};

/// The smallest faces that may be looked for, as a share of the photo's larger side: 1:64 to 1:2.
pub const HEAD_SCALES: RangeInclusive<f32> =
    AnalyzeOptions::SMALLEST_HEAD_SCALE..=AnalyzeOptions::LARGEST_HEAD_SCALE;

/// How a photo is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoSettings {
    /// What the answer needs of each face. Comparisons add what they need themselves.
    pub wanted: Wanted,
    /// The smallest face to look for, within [`HEAD_SCALES`].
    pub min_head_scale: f32,
    /// Whether faces that the photo's border cuts off are passed over.
    pub whole_faces: bool,
}

impl PhotoSettings {
    /// The given stages, down to the smallest faces.
    pub const fn new(wanted: Wanted) -> Self {
        Self { wanted, min_head_scale: AnalyzeOptions::SMALLEST_HEAD_SCALE, whole_faces: false }
    }

    /// The same without faces that the photo's border cuts off.
    #[must_use]
    pub const fn of_whole_faces(self) -> Self {
        Self { whole_faces: true, ..self }
    }

    /// The same with what a comparison needs.
    pub(crate) const fn for_templates(self) -> Self {
        let wanted = Wanted { landmarks: true, template: true, quality: true, ..self.wanted };
        Self { wanted, ..self }
    }
}

impl Service {
    /// Whether the installed pack detects presentation attacks. Where it does not, asking for it is an error.
    pub fn detects_attacks(&self) -> bool {
        self.analyzer.capabilities().liveness
    }

    /// Checks that the installed pack can do what is wanted and the policy allows it.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnavailable`], [`ErrorKind::InvalidInput`].
    pub(crate) fn options(&self, settings: PhotoSettings) -> Result<AnalyzeOptions, ServiceError> {
        if !HEAD_SCALES.contains(&settings.min_head_scale) {
            return Err(ErrorKind::InvalidInput("min_head_scale").into());
        }
        let can = self.analyzer.capabilities();
        let mut wanted = settings.wanted;
        wanted.demographics &= self.policy.demographics;
        if wanted.template && !can.template {
            return Err(ErrorKind::ModelUnavailable(Capability::Template).into());
        }
        if wanted.liveness && !can.liveness {
            return Err(ErrorKind::ModelUnavailable(Capability::Liveness).into());
        }
        Ok(AnalyzeOptions {
            min_head_scale: settings.min_head_scale,
            whole_faces: settings.whole_faces,
            ..AnalyzeOptions::new(wanted)
        })
    }

    /// Analyses a photo on the work pool.
    pub(crate) async fn analyze(
        &self,
        permit: Permit,
        photo: Bytes,
        options: AnalyzeOptions,
    ) -> Result<PhotoAnalysis, ServiceError> {
        self.on_pool(permit, move |analyzer, cancel| Ok(analyzer.analyze(&photo, &options, cancel)?)).await
    }

    /// Analyses a photo on the work pool and gives the permit back, for a request that has more to do there.
    pub(crate) async fn analyze_keeping(
        &self,
        permit: Permit,
        photo: Bytes,
        options: AnalyzeOptions,
    ) -> Result<(PhotoAnalysis, Permit), ServiceError> {
        self.on_pool_keeping(permit, move |analyzer, cancel| Ok(analyzer.analyze(&photo, &options, cancel)?))
            .await
    }

    /// Runs a job with the engine on the work pool.
    pub(crate) async fn on_pool<T: Send + 'static>(
        &self,
        permit: Permit,
        job: impl FnOnce(&dyn FaceAnalyzer, &Cancel) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let analyzer = Arc::clone(&self.analyzer);
        self.pool.run(permit, move |cancel| job(&*analyzer, cancel)).await?
    }

    /// Runs a job with the engine on the work pool and gives the permit back.
    pub(crate) async fn on_pool_keeping<T: Send + 'static>(
        &self,
        permit: Permit,
        job: impl FnOnce(&dyn FaceAnalyzer, &Cancel) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<(T, Permit), ServiceError> {
        let analyzer = Arc::clone(&self.analyzer);
        let (result, permit) = self.pool.run_keeping(permit, move |cancel| job(&*analyzer, cancel)).await?;
        Ok((result?, permit))
    }
}
