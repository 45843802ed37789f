//! Finding and describing faces.

use bytes::Bytes;
use vultus_types::PhotoAnalysis;

use crate::{Permit, PhotoSettings, Service, ServiceError};

/// A photo to look at.
#[derive(Clone, Debug)]
pub struct DetectCommand {
    /// The image file.
    pub photo: Bytes,
    /// How to look at it.
    pub settings: PhotoSettings,
}

impl Service {
    /// Finds and describes every face of a photo; none is no error.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn detect(
        &self,
        permit: Permit,
        command: DetectCommand,
    ) -> Result<PhotoAnalysis, ServiceError> {
        let options = self.options(command.settings)?;
        self.analyze(permit, command.photo, options).await
    }
}
