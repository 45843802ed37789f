//! Galleries: what is in them, and taking it out.

use vultus_store::{FaceSummary, Removal};
use vultus_types::FaceId;

use crate::text::check_text;
use crate::{Caller, ErrorKind, Service, ServiceError, What};

impl Service {
    /// Names of the caller's galleries, sorted.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn galleries(&self, caller: Caller) -> Result<Vec<String>, ServiceError> {
        Ok(self.store.galleries(caller.account).await?)
    }

    /// Whether the caller has a gallery of that name.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn has_gallery(&self, caller: Caller, gallery: &str) -> Result<bool, ServiceError> {
        Ok(self.store.has_gallery(caller.account, gallery).await?)
    }

    /// Creates a gallery that lasts without faces; one that came with a face is made to last.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where it lasts already, [`ErrorKind::InvalidInput`] of a name with a NUL
    /// character.
    pub async fn create_gallery(&self, caller: Caller, gallery: &str) -> Result<(), ServiceError> {
        check_text("gallery", gallery)?;
        let is_new = self.store.create_gallery(caller.account, gallery).await?;
        if is_new { Ok(()) } else { Err(ErrorKind::AlreadyExists(What::Gallery).into()) }
    }

    /// Names of a gallery's subjects, sorted.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn subjects(&self, caller: Caller, gallery: &str) -> Result<Vec<String>, ServiceError> {
        Self::found(What::Gallery, self.store.subjects(caller.account, gallery).await?)
    }

    /// A subject's faces in a gallery, oldest first; at least one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn subject_faces(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
    ) -> Result<Vec<FaceSummary>, ServiceError> {
        let faces = self.store.faces_of_subject(caller.account, gallery, subject).await?;
        let faces = Self::found(What::Gallery, faces)?;
        if faces.is_empty() { Err(ErrorKind::NotFound(What::Subject).into()) } else { Ok(faces) }
    }

    /// Removes a gallery, and the faces that lie in no other.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn remove_gallery(&self, caller: Caller, gallery: &str) -> Result<(), ServiceError> {
        let removal = self.store.remove_gallery(caller.account, gallery, self.clock.now()).await?;
        let removal = Self::found(What::Gallery, removal)?;
        self.finish(removal).await;
        Ok(())
    }

    /// Takes a subject out of a gallery, and the gallery away with its last subject, unless it lasts.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn remove_subject(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
    ) -> Result<(), ServiceError> {
        self.subject_faces(caller, gallery, subject).await?;
        self.remove(caller, gallery, subject, None).await
    }

    /// Takes one face of a subject out of a gallery, the subject with its last face, and the gallery with its
    /// last subject.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn remove_face(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
        face: FaceId,
    ) -> Result<(), ServiceError> {
        self.subject_faces(caller, gallery, subject).await?;
        self.remove(caller, gallery, subject, Some(face)).await
    }

    pub(crate) async fn require_gallery(&self, caller: Caller, gallery: &str) -> Result<(), ServiceError> {
        let exists = self.has_gallery(caller, gallery).await?;
        Self::found(What::Gallery, exists.then_some(()))
    }

    async fn remove(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
        only: Option<FaceId>,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let removal = self.store.remove_subject(caller.account, gallery, subject, only, now).await?;
        let missing = if only.is_some() { What::Face } else { What::Subject };
        let removal = Self::found(missing, removal)?;
        self.finish(removal).await;
        Ok(())
    }

    /// Deletes the photos that a removal left behind.
    pub(crate) async fn finish(&self, removal: Removal) {
        self.delete_blobs(&removal.orphaned_blobs).await;
    }
}
