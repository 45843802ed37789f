//! What is told of people's data, as it is sent.

pub(super) mod accuracy;
pub(super) mod cameras;
pub(super) mod faces;
pub(super) mod forms;
pub(super) mod looks;
pub(super) mod media;
pub(super) mod scores;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::CameraRegion;
use vultus_types::{BoundingBox, Point};

/// A rectangle in pixels of the displayed photo; it may reach over the edge.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Place {
    /// The left edge.
    x: f32,
    /// The top edge.
    y: f32,
    width: f32,
    height: f32,
}

impl From<BoundingBox> for Place {
    fn from(bounds: BoundingBox) -> Self {
        let tenths = |pixels: f32| (pixels * 10.0).round() / 10.0;
        Self {
            x: tenths(bounds.x),
            y: tenths(bounds.y),
            width: tenths(bounds.width),
            height: tenths(bounds.height),
        }
    }
}

/// A part of a camera's picture, in pixels.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Region {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) x: u32,
    pub(super) y: u32,
}

impl From<CameraRegion> for Region {
    fn from(CameraRegion { width, height, x, y }: CameraRegion) -> Self {
        Self { width, height, x, y }
    }
}

/// A point in pixels of the displayed photo.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Spot {
    x: f32,
    y: f32,
}

impl From<Point> for Spot {
    fn from(Point { x, y }: Point) -> Self {
        let tenths = |pixels: f32| (pixels * 10.0).round() / 10.0;
        Self { x: tenths(x), y: tenths(y) }
    }
}

/// The angles of a head in degrees, all zero when it faces the camera.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Pose {
    /// Tilt: positive clockwise as the viewer sees it.
    pub(super) roll: f32,
    /// Nod: positive when the nose points up.
    pub(super) pitch: f32,
    /// Turn: positive when the nose points to the right edge of the photo.
    pub(super) yaw: f32,
}
