//! Finding and describing faces.

use bytes::Bytes;
use vultus_types::{BoundingBox, PhotoAnalysis};

use crate::{FaceChoice, Permit, PhotoSettings, Service, ServiceError};

/// A photo to look at.
#[derive(Clone, Debug)]
pub struct DetectCommand {
    /// The image file.
    pub photo: Bytes,
    /// Where to look, as in [`FaceChoice::places`]; everywhere where there are none.
    pub places: Vec<BoundingBox>,
    /// How to look at it.
    pub settings: PhotoSettings,
}

impl Service {
    /// Finds and describes the faces of a photo; none is no error.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn detect(
        &self,
        permit: Permit,
        command: DetectCommand,
    ) -> Result<PhotoAnalysis, ServiceError> {
        let options = self.options(command.settings)?;
        let mut analysis = self.analyze(permit, command.photo, options).await?;
        FaceChoice::keep_places(&command.places, &mut analysis.faces);
        Ok(analysis)
    }
}
