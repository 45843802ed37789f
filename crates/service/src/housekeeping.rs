//! Cleaning up after enrolments that never finished and deletions that failed.

use std::time::Duration;

use vultus_types::Timestamp;

use crate::{Service, ServiceError};

/// A photo that no face has claimed for this long belongs to an enrolment that never finished: far longer than
/// any request takes.
pub const SWEEP_AFTER: Duration = Duration::from_hours(1);

impl Service {
    /// Deletes photos that nothing refers to, and tells how many; to be called now and then.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the store does not answer.
    pub async fn sweep_blobs(&self) -> Result<usize, ServiceError> {
        let before = Timestamp(self.clock.now().0 - SWEEP_AFTER.as_micros() as i64);
        let keys = self.store.pending_blobs(before).await?;
        Ok(self.delete_blobs(&keys).await)
    }

    /// Deletes photos, takes those that are gone off the pending list and tells how many. What fails stays on
    /// the list for the next sweep.
    pub(crate) async fn delete_blobs(&self, keys: &[String]) -> usize {
        let mut gone = Vec::new();
        for key in keys {
            match self.blobs.delete(key).await {
                Ok(()) => gone.push(key.clone()),
                Err(error) => tracing::warn!(error = %error, "a photo cannot be deleted yet"),
            }
        }
        if let Err(error) = self.store.forget_blobs(&gone).await {
            tracing::warn!(error = %error, "deleted photos stay on the pending list");
        }
        gone.len()
    }
}
