//! The cameras of an account.

use url::Url;
use vultus_store::{CameraRecord, CameraRegion, StoreError};
use vultus_types::CameraId;
use vultus_video::VideoSource;

use crate::entropy::random;
use crate::text::check_text;
use crate::{Caller, ErrorKind, Service, ServiceError, What};

/// The longest texts of a camera, in bytes.
const MOST_TEXT_BYTES: usize = 4096;

/// The largest number in a region, in pixels: far beyond any camera.
const MOST_REGION_PX: i64 = 65_535;

/// What an owner decides of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraSettings {
    /// A note.
    pub meta: String,
    /// Where its video comes from: an address of the schemes http, https, rtsp or file. A camera without one is
    /// not watched.
    pub url: String,
    /// Whether it is watched.
    pub is_enabled: bool,
    /// The name of the detector that should watch it.
    pub detector: String,
    /// The part of the picture in which faces are followed; all of it where there is none.
    pub tracking_region: Option<CameraRegion>,
    /// The part of the picture in which faces become events; all of it where there is none.
    pub event_region: Option<CameraRegion>,
}

/// What is to change of a camera's settings; what is not told stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraChange {
    /// The note.
    pub meta: Option<String>,
    /// Where its video comes from.
    pub url: Option<String>,
    /// Whether it is watched.
    pub is_enabled: Option<bool>,
    /// The name of the detector that should watch it.
    pub detector: Option<String>,
    /// The part of the picture in which faces are followed; the inner nothing is all of it.
    pub tracking_region: Option<Option<CameraRegion>>,
    /// The part of the picture in which faces become events; the inner nothing is all of it.
    pub event_region: Option<Option<CameraRegion>>,
}

impl CameraChange {
    /// Lays what is told over settings.
    pub fn apply(self, settings: &mut CameraSettings) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut settings.meta, self.meta);
        set(&mut settings.url, self.url);
        set(&mut settings.is_enabled, self.is_enabled);
        set(&mut settings.detector, self.detector);
        set(&mut settings.tracking_region, self.tracking_region);
        set(&mut settings.event_region, self.event_region);
    }
}

impl Default for CameraSettings {
    /// An enabled camera of which nothing else is known.
    fn default() -> Self {
        Self {
            meta: String::new(),
            url: String::new(),
            is_enabled: true,
            detector: String::new(),
            tracking_region: None,
            event_region: None,
        }
    }
}

impl CameraSettings {
    /// A region of width, height, x and y.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where a number is negative or beyond any picture, or the region is empty.
    pub fn region(numbers: [i64; 4]) -> Result<CameraRegion, ServiceError> {
        let [width, height, x, y] = numbers;
        let fits = |number: i64, least: i64| {
            let number = (least..=MOST_REGION_PX).contains(&number).then_some(number as u32);
            number.ok_or(ErrorKind::InvalidInput("region"))
        };
        Ok(CameraRegion { width: fits(width, 1)?, height: fits(height, 1)?, x: fits(x, 0)?, y: fits(y, 0)? })
    }

    fn check(&self) -> Result<(), ServiceError> {
        for (name, text) in [("meta", &self.meta), ("detector", &self.detector), ("url", &self.url)] {
            if text.len() > MOST_TEXT_BYTES {
                return Err(ErrorKind::InvalidInput(name).into());
            }
            check_text(name, text)?;
        }
        if self.url.is_empty() {
            return Ok(());
        }
        // Without a scheme, any text would be the path of a file.
        let has_scheme = Url::parse(&self.url).is_ok();
        if has_scheme && VideoSource::is_address(&self.url) {
            Ok(())
        } else {
            Err(ErrorKind::InvalidInput("url").into())
        }
    }

    fn of(camera: &CameraRecord) -> Self {
        Self {
            meta: camera.meta.clone(),
            url: camera.url.clone(),
            is_enabled: camera.is_enabled,
            detector: camera.detector.clone(),
            tracking_region: camera.tracking_region,
            event_region: camera.event_region,
        }
    }

    fn into_record(self, before: &CameraRecord) -> CameraRecord {
        CameraRecord {
            meta: self.meta,
            url: self.url,
            is_enabled: self.is_enabled,
            detector: self.detector,
            tracking_region: self.tracking_region,
            event_region: self.event_region,
            ..before.clone()
        }
    }
}

impl Service {
    /// Creates a camera.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] names the setting that is out of its range.
    pub async fn create_camera(
        &self,
        caller: Caller,
        settings: CameraSettings,
    ) -> Result<CameraRecord, ServiceError> {
        settings.check()?;
        let id = uuid::Builder::from_random_bytes(random(&*self.entropy)?).into_uuid();
        let camera = settings.into_record(&CameraRecord {
            id: CameraId(id),
            account: caller.account,
            meta: String::new(),
            url: String::new(),
            is_enabled: false,
            detector: String::new(),
            tracking_region: None,
            event_region: None,
            created_at: self.clock.now(),
        });
        self.store.add_camera(&camera).await?;
        Ok(camera)
    }

    /// The caller's cameras, oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn cameras(&self, caller: Caller) -> Result<Vec<CameraRecord>, ServiceError> {
        Ok(self.store.cameras(caller.account).await?)
    }

    /// One of the caller's cameras.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn camera(&self, caller: Caller, id: CameraId) -> Result<CameraRecord, ServiceError> {
        Self::found(What::Camera, self.store.camera(caller.account, id).await?)
    }

    /// Changes what `change` changes of a camera's settings and tells the camera as it is then.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::InvalidInput`] names the setting that is out of its range.
    pub async fn update_camera(
        &self,
        caller: Caller,
        id: CameraId,
        change: impl FnOnce(&mut CameraSettings) + Send,
    ) -> Result<CameraRecord, ServiceError> {
        let camera = self.camera(caller, id).await?;
        let mut settings = CameraSettings::of(&camera);
        change(&mut settings);
        settings.check()?;
        let camera = settings.into_record(&camera);
        match self.store.update_camera(&camera).await {
            Err(StoreError::NotFound(_)) => Err(ErrorKind::NotFound(What::Camera).into()),
            result => Ok(result.map(|()| camera)?),
        }
    }

    /// Removes a camera. Its events stay in the history.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn remove_camera(&self, caller: Caller, id: CameraId) -> Result<(), ServiceError> {
        let removed = self.store.remove_camera(caller.account, id).await?;
        Self::found(What::Camera, removed.then_some(()))
    }
}

#[cfg(test)]
mod tests;
