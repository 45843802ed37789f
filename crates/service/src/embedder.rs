//! Whose templates the data holds.

use vultus_store::EmbedderBinding;

use crate::{Service, ServiceError};

/// Whether a process may work on the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataOwner {
    /// The data is this process's, or nobody's.
    Own,
    /// The templates were made by other models.
    Other(EmbedderBinding),
}

impl Service {
    /// What the data is bound to when this service writes it; nothing where its pack makes no templates.
    /// `pack` is the pack's name, for people.
    pub fn binding(&self, pack: &str) -> Option<EmbedderBinding> {
        let models: Vec<_> = self.analyzer.score_rule().parts.iter().map(|part| part.model).collect();
        (!models.is_empty()).then(|| EmbedderBinding { models, pack: Some(pack.to_owned()) })
    }

    /// Binds data without faces to this service's models and tells whose the data is.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn bind_data(&self, pack: &str) -> Result<DataOwner, ServiceError> {
        let Some(wanted) = self.binding(pack) else { return Ok(DataOwner::Own) };
        Ok(owner(self.store.bind_embedder(&wanted).await?, &wanted))
    }

    /// Tells whose the data is and changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn data_owner(&self, pack: &str) -> Result<DataOwner, ServiceError> {
        let (Some(wanted), Some(bound)) = (self.binding(pack), self.store.embedder().await?) else {
            return Ok(DataOwner::Own);
        };
        let is_empty = self.store.face_count().await? == 0;
        Ok(if is_empty { DataOwner::Own } else { owner(bound, &wanted) })
    }
}

fn owner(bound: EmbedderBinding, wanted: &EmbedderBinding) -> DataOwner {
    if bound.models == wanted.models { DataOwner::Own } else { DataOwner::Other(bound) }
}
