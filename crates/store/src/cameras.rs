//! The cameras of an account.

use async_trait::async_trait;
use vultus_types::{AccountId, CameraId, Timestamp};

use crate::StoreError;

/// A rectangle of a camera's picture, in pixels; `x` and `y` are its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraRegion {
    /// Its width, at least 1.
    pub width: u32,
    /// Its height, at least 1.
    pub height: u32,
    /// Pixels to its left.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
}

/// A source of video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraRecord {
    /// Its id.
    pub id: CameraId,
    /// Whose it is.
    pub account: AccountId,
    /// What its owner notes of it.
    pub meta: String,
    /// Where its video comes from; empty where that is not known.
    pub url: String,
    /// Whether it is watched.
    pub is_enabled: bool,
    /// The name of the detector that should watch it, as its owner gave it.
    pub detector: String,
    /// The part of the picture in which faces are followed; all of it where there is none.
    pub tracking_region: Option<CameraRegion>,
    /// The part of the picture in which faces become events; all of it where there is none.
    pub event_region: Option<CameraRegion>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Cameras.
#[async_trait]
pub trait CameraStore: Send + Sync {
    /// Stores a new camera.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the id is taken, [`StoreError::NotFound`] where there is no such account.
    async fn add_camera(&self, camera: &CameraRecord) -> Result<(), StoreError>;

    /// The account's cameras, oldest first.
    async fn cameras(&self, account: AccountId) -> Result<Vec<CameraRecord>, StoreError>;

    /// One camera of the account.
    async fn camera(&self, account: AccountId, id: CameraId) -> Result<Option<CameraRecord>, StoreError>;

    /// Replaces what is stored of a camera, except its creation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where its account has no camera of that id.
    async fn update_camera(&self, camera: &CameraRecord) -> Result<(), StoreError>;

    /// Removes a camera; its events stay. False where the account has no such camera.
    async fn remove_camera(&self, account: AccountId, id: CameraId) -> Result<bool, StoreError>;
}
