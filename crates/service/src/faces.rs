//! Enrolled faces: listed, looked up, changed, removed.

use vultus_store::{
    EnrolledFace, FaceOrder, FaceQuery, FaceUpdate, FacesToRemove, GalleryEdit, SubjectCount,
};
use vultus_types::FaceId;

use crate::text::check_text;
use crate::{Caller, ErrorKind, Service, ServiceError, What};

/// The longest page of faces.
pub const MOST_LISTED_FACES: u32 = 1000;

/// Where a page of faces begins. Pages lie between ids, so that they are exact whatever is enrolled or removed
/// meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageStart {
    /// At the newest face.
    #[default]
    Newest,
    /// At the newest face with at most this id.
    At(FaceId),
    /// At the oldest face with at least this id; the page reaches from there to newer faces.
    UpFrom(FaceId),
    /// At the newest face with an id in this range; pages of older faces stop at its end.
    Within {
        /// The least id.
        min: FaceId,
        /// The greatest id.
        max: FaceId,
    },
}

/// Faces to list.
#[derive(Clone, Debug)]
pub struct FaceListing {
    /// Of this gallery; of all of the account where there is none.
    pub gallery: Option<String>,
    /// Of this subject; of all where there is none.
    pub subject: Option<String>,
    /// Where the page begins.
    pub start: PageStart,
    /// How many at most, up to [`MOST_LISTED_FACES`].
    pub limit: u32,
}

/// A page of faces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FacePage {
    /// The faces, newest first.
    pub faces: Vec<EnrolledFace>,
    /// Where the page of older faces begins, if there are any.
    pub older: Option<PageStart>,
    /// Where the page of newer faces begins, if there are any.
    pub newer: Option<PageStart>,
}

impl Service {
    /// Lists faces, newest first.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such gallery.
    pub async fn list_faces(&self, caller: Caller, listing: &FaceListing) -> Result<FacePage, ServiceError> {
        if let Some(gallery) = &listing.gallery {
            self.require_gallery(caller, gallery).await?;
        }
        let limit = listing.limit.clamp(1, MOST_LISTED_FACES);
        let (least, greatest) = match listing.start {
            PageStart::Newest => (None, None),
            PageStart::At(max) => (None, Some(max)),
            PageStart::UpFrom(min) => (Some(min), None),
            PageStart::Within { min, max } => (Some(min), Some(max)),
        };
        let upwards = matches!(listing.start, PageStart::UpFrom(_));
        let order = if upwards { FaceOrder::OldestFirst } else { FaceOrder::NewestFirst };
        // One more than the page holds tells where the next one begins.
        let mut faces = self.query(caller, listing, (least, greatest), order, limit + 1).await?;
        let beyond = (faces.len() > limit as usize).then(|| faces.pop()).flatten().map(|next| next.face.id);
        if upwards {
            faces.reverse();
        }
        let (first, last) = (faces.first().map(|face| face.face.id), faces.last().map(|face| face.face.id));
        let floor = if let PageStart::Within { min, .. } = listing.start { Some(min) } else { None };
        let (older, newer) = if upwards {
            (self.beside(caller, listing, last.or(least), FaceOrder::NewestFirst).await?, beyond)
        } else {
            let start = if listing.start == PageStart::Newest { None } else { first.or(greatest) };
            (beyond, self.beside(caller, listing, start, FaceOrder::OldestFirst).await?)
        };
        let below = |max| floor.map_or(PageStart::At(max), |min| PageStart::Within { min, max });
        Ok(FacePage { faces, older: older.map(below), newer: newer.map(PageStart::UpFrom) })
    }

    /// The face of the listing next to `id` in the given direction, whatever the page begins with.
    async fn beside(
        &self,
        caller: Caller,
        listing: &FaceListing,
        id: Option<FaceId>,
        order: FaceOrder,
    ) -> Result<Option<FaceId>, ServiceError> {
        let Some(id) = id else { return Ok(None) };
        let bounds = match order {
            FaceOrder::NewestFirst => (None, FaceId::new(id.get() - 1)),
            FaceOrder::OldestFirst => (FaceId::new(id.get() + 1), None),
        };
        if bounds == (None, None) {
            return Ok(None);
        }
        let found = self.query(caller, listing, bounds, order, 1).await?;
        Ok(found.first().map(|found| found.face.id))
    }

    async fn query(
        &self,
        caller: Caller,
        listing: &FaceListing,
        (min_id, max_id): (Option<FaceId>, Option<FaceId>),
        order: FaceOrder,
        limit: u32,
    ) -> Result<Vec<EnrolledFace>, ServiceError> {
        let gallery = listing.gallery.as_deref();
        let query = FaceQuery { gallery, subject: listing.subject.as_deref(), min_id, max_id, order, limit };
        Ok(self.store.list_faces(caller.account, &query).await?)
    }

    /// One face.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn face(&self, caller: Caller, id: FaceId) -> Result<EnrolledFace, ServiceError> {
        Self::found(What::Face, self.store.face(caller.account, id).await?)
    }

    /// Those of these faces that exist, by id.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn faces(&self, caller: Caller, ids: &[FaceId]) -> Result<Vec<EnrolledFace>, ServiceError> {
        Ok(self.store.faces(caller.account, ids).await?)
    }

    /// The subjects of the account or of a gallery, sorted, with their faces counted.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such gallery.
    pub async fn subject_counts(
        &self,
        caller: Caller,
        gallery: Option<&str>,
    ) -> Result<Vec<SubjectCount>, ServiceError> {
        if let Some(gallery) = gallery {
            self.require_gallery(caller, gallery).await?;
        }
        Ok(self.store.subject_counts(caller.account, gallery).await?)
    }

    /// Changes a face's subject or galleries and tells what it is then.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::InvalidInput`] of a name with a NUL character.
    pub async fn update_face(
        &self,
        caller: Caller,
        id: FaceId,
        update: &FaceUpdate,
    ) -> Result<EnrolledFace, ServiceError> {
        if let Some(subject) = &update.subject {
            check_text("subject", subject)?;
        }
        if let Some(GalleryEdit::Add(names) | GalleryEdit::Set(names)) = &update.galleries {
            names.iter().try_for_each(|name| check_text("galleries", name))?;
        }
        Self::found(What::Face, self.store.update_face(caller.account, id, update).await?)
    }

    /// Removes a face from all its galleries.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn delete_face(&self, caller: Caller, id: FaceId) -> Result<(), ServiceError> {
        let gone = self.delete(caller, FacesToRemove::One(id)).await?;
        if gone == 0 { Err(ErrorKind::NotFound(What::Face).into()) } else { Ok(()) }
    }

    /// Removes all faces of a subject from all galleries.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn delete_subject(&self, caller: Caller, subject: &str) -> Result<(), ServiceError> {
        let gone = self.delete(caller, FacesToRemove::Subject(subject)).await?;
        if gone == 0 { Err(ErrorKind::NotFound(What::Subject).into()) } else { Ok(()) }
    }

    async fn delete(&self, caller: Caller, which: FacesToRemove<'_>) -> Result<usize, ServiceError> {
        let removal = self.store.remove_faces(caller.account, which, self.clock.now()).await?;
        let gone = removal.faces.len();
        self.finish(removal).await;
        Ok(gone)
    }
}

#[cfg(test)]
mod tests;
