//! Photos of enrolled faces, and small pictures of the faces, cut out of them when they are first asked for.

use bytes::Bytes;
use vultus_inference::Cancel;
use vultus_media::{
    DecodeLimits, Filter, ImageError, ImageFormat, PixelRect, decode, encode_jpeg, resize_region,
};
use vultus_store::BlobStore;
use vultus_types::{BoundingBox, FaceId};

use crate::entropy::random;
use crate::{Caller, ErrorKind, Service, ServiceError};

/// The longest side of a small picture, in pixels.
pub const THUMBNAIL_SIDE_PX: u32 = 160;

/// The side of what is cut out over the longer side of the face's box: the hair and the chin are in it.
const MARGIN: f32 = 1.5;

/// The quality of the JPEG file: no artefacts at that size, about 6 KiB.
const JPEG_QUALITY: u8 = 85;

impl Service {
    /// The media type of a photo, as its bytes tell it.
    pub fn media_type(photo: &[u8]) -> &'static str {
        ImageFormat::sniff(photo).map_or("application/octet-stream", ImageFormat::media_type)
    }

    /// The photo that a face was enrolled from; nothing where none is kept.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where the caller has no such face.
    pub async fn photo(&self, caller: Caller, id: FaceId) -> Result<Option<Bytes>, ServiceError> {
        let face = self.face(caller, id).await?;
        match face.face.photo_key {
            Some(key) => Ok(self.blobs.get(&key).await?),
            None => Ok(None),
        }
    }

    /// A small picture of a face as a JPEG file; nothing where its photo is not kept. It is cut out once, on the work
    /// pool, and goes with the face.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where the caller has no such face; [`ErrorKind::Overloaded`] where it is yet to be cut
    /// out and the queue is full.
    pub async fn thumbnail(&self, caller: Caller, id: FaceId) -> Result<Option<Bytes>, ServiceError> {
        if let Some(key) = self.store.thumbnail(caller.account, id).await?
            && let Some(bytes) = self.blobs.get(&key).await?
        {
            return Ok(Some(bytes));
        }
        let face = self.face(caller, id).await?.face;
        let Some(key) = face.photo_key else { return Ok(None) };
        let permit = self.admit()?;
        let Some(photo) = self.blobs.get(&key).await? else { return Ok(None) };
        let cut = move |_: &Cancel| cut_out(&photo, &face.bounds);
        let picture = self.pool.run(permit, cut).await?.map_err(unreadable)?;
        self.keep_thumbnail(caller, id, picture.clone()).await?;
        Ok(Some(picture))
    }

    /// Keeps a picture beside the photos, unless the face is gone or has got one meanwhile.
    async fn keep_thumbnail(&self, caller: Caller, id: FaceId, picture: Bytes) -> Result<(), ServiceError> {
        let name = uuid::Builder::from_random_bytes(random(&*self.entropy)?).into_uuid();
        let key = BlobStore::photo_key(caller.account, name);
        self.store.expect_blobs(std::slice::from_ref(&key), self.clock.now()).await?;
        self.blobs.put(&key, picture).await?;
        if !self.store.set_thumbnail(caller.account, id, &key).await? {
            self.delete_blobs(&[key]).await;
        }
        Ok(())
    }
}

/// The photo was read when its face was enrolled: if it cannot be read now, something broke.
fn unreadable(error: ImageError) -> ServiceError {
    ServiceError::new(ErrorKind::Internal, error)
}

/// The face with a margin, no larger than it is in the photo.
fn cut_out(photo: &[u8], face: &BoundingBox) -> Result<Bytes, ImageError> {
    let photo = decode(photo, &DecodeLimits::default())?;
    let region = region(face).clipped(photo.width(), photo.height());
    let longest = region.width.max(region.height);
    let side = longest.min(THUMBNAIL_SIDE_PX);
    let scaled = |pixels: u32| (u64::from(pixels) * u64::from(side) / u64::from(longest)).max(1) as u32;
    let small = resize_region(&photo, region, scaled(region.width), scaled(region.height), Filter::Lanczos3);
    encode_jpeg(&small, JPEG_QUALITY).map(Bytes::from)
}

/// The square about a face. What lies outside the photo is cut off, not filled.
fn region(face: &BoundingBox) -> PixelRect {
    let (centre, half) = (face.center(), face.width.max(face.height) * MARGIN / 2.0);
    let edge = |value: f32| value.round().max(0.0) as u32;
    let (x, y) = (edge(centre.x - half), edge(centre.y - half));
    let (right, bottom) = (edge(centre.x + half), edge(centre.y + half));
    PixelRect::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
}

#[cfg(test)]
mod tests {
    use vultus_store::{CatalogueStore, FaceStore};
    use vultus_types::{Timestamp, Wanted};

    use super::*;
    use crate::fakes::{ALICE, BOB, Bench, photo_of};
    use crate::{EnrolCommand, FaceChoice, PhotoSettings, Presented};

    async fn enrolled(bench: &Bench, caller: Caller, keep_photo: bool) -> Vec<FaceId> {
        let command = EnrolCommand {
            photo: photo_of(&[ALICE, BOB]).unwrap().into(),
            photo_url: None,
            galleries: Vec::new(),
            subject: "someone".to_owned(),
            faces: FaceChoice::EVERY,
            keep_photo,
            event: None,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let permit = bench.service.admit().unwrap();
        let outcome = bench.service.enrol(caller, permit, command).await.unwrap();
        outcome.faces.iter().map(crate::EnrolledPhotoFace::id).collect()
    }

    async fn bench() -> (Bench, Caller) {
        let bench = Bench::new().await.unwrap();
        let issued = bench.service.accounts().create("demo").await.unwrap();
        let presented = Presented::findface(&issued.findface.token);
        let caller = bench.service.authenticate(presented).await.unwrap();
        (bench, caller)
    }

    #[tokio::test]
    async fn thumbnail_shows_its_face_and_is_kept() {
        let (bench, caller) = bench().await;
        let ids = enrolled(&bench, caller, true).await;
        for (id, colour) in ids.iter().zip([ALICE, BOB]) {
            let file = bench.service.thumbnail(caller, *id).await.unwrap().unwrap();
            let picture = decode(&file, &DecodeLimits::default()).unwrap();
            assert!(picture.width() <= THUMBNAIL_SIDE_PX && picture.height() <= THUMBNAIL_SIDE_PX);
            assert!(picture.width().min(picture.height()) > 100, "{picture:?}");
            let middle = picture.pixel(picture.width() / 2, picture.height() / 2);
            assert!(middle.iter().zip(colour).all(|(&one, other)| one.abs_diff(other) < 12), "{middle:?}");
            let key = bench.store.thumbnail(caller.account, *id).await.unwrap().unwrap();
            assert_eq!(bench.blobs.get(&key).await.unwrap().unwrap(), file);
            assert_eq!(bench.service.thumbnail(caller, *id).await.unwrap().unwrap(), file);
        }
        assert!(bench.store.pending_blobs(Timestamp(i64::MAX)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn nothing_of_a_deleted_face_stays() {
        let (bench, caller) = bench().await;
        let ids = enrolled(&bench, caller, true).await;
        let mut keys = Vec::new();
        for id in &ids {
            bench.service.thumbnail(caller, *id).await.unwrap().unwrap();
            keys.extend(bench.store.thumbnail(caller.account, *id).await.unwrap());
        }
        bench.service.delete_face(caller, ids[0]).await.unwrap();
        assert_eq!(bench.blobs.get(&keys[0]).await.unwrap(), None);
        assert!(bench.blobs.get(&keys[1]).await.unwrap().is_some());
        assert!(bench.service.photo(caller, ids[1]).await.unwrap().is_some(), "the other is still on it");
        let gone = bench.service.thumbnail(caller, ids[0]).await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound(crate::What::Face));
        bench.service.delete_subject(caller, "someone").await.unwrap();
        assert_eq!(bench.blobs.get(&keys[1]).await.unwrap(), None);
    }

    #[tokio::test]
    async fn face_without_a_photo_has_no_picture() {
        let (bench, caller) = bench().await;
        let ids = enrolled(&bench, caller, false).await;
        assert_eq!(bench.service.thumbnail(caller, ids[0]).await.unwrap(), None);
        assert_eq!(bench.service.photo(caller, ids[0]).await.unwrap(), None);
    }

    #[test]
    fn face_at_the_edge_is_cut_out_as_far_as_it_goes() {
        let photo = vultus_media::RgbPhoto::filled(1000, 500, [9, 99, 199]);
        let file = vultus_media::encode_png(&photo).unwrap();
        let size = |face: BoundingBox| {
            let picture = decode(&cut_out(&file, &face).unwrap(), &DecodeLimits::default()).unwrap();
            (picture.width(), picture.height())
        };
        assert_eq!(size(BoundingBox::new(400.0, 100.0, 200.0, 200.0)), (160, 160));
        assert_eq!(size(BoundingBox::new(-100.0, 100.0, 200.0, 200.0)), (80, 160));
        assert_eq!(size(BoundingBox::new(500.0, 200.0, 20.0, 40.0)), (60, 60));
        assert_eq!(size(BoundingBox::new(-500.0, -500.0, 20.0, 40.0)), (1, 1));
    }
}
