//! Answers as they are sent.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vultus_types::{
    AnalyzedFace, BoundingBox, HeadPose, Landmarks, PhotoQuality, Point, Quality, StageTimings,
};

use crate::quirks;

/// The `status` of every success.
pub(crate) const OK: u16 = 200;

/// A number of four decimals.
#[derive(Clone, Copy, Debug, PartialEq, ToSchema)]
pub(crate) struct Decimal(pub(crate) f32);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((f64::from(self.0) * 1e4).round() / 1e4)
    }
}

/// Seconds with microseconds as the fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, ToSchema)]
pub(crate) struct Seconds(f64);

impl From<StageTimings> for Seconds {
    fn from(timings: StageTimings) -> Self {
        let StageTimings { decode, detect, landmarks, template, attributes } = timings;
        Self((decode + detect + landmarks + template + attributes).as_micros() as f64 / 1e6)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0)
    }
}

/// A face of `/face/detect`.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer's keys")]
pub(crate) struct Face {
    #[schema(required = true)]
    landmarks: Option<FivePoints>,
    /// Left, top, width and height.
    bounding_box: [i64; 4],
    face_metrics: FaceMetrics,
    #[schema(required = true)]
    liveness_score: Option<Decimal>,
}

impl Face {
    /// The face as a photo of that size shows it.
    pub(crate) fn new(face: &AnalyzedFace, width: u32, height: u32) -> Self {
        Self {
            landmarks: face.landmarks.as_ref().map(FivePoints::from),
            bounding_box: inner_box(&face.bounds, width, height),
            face_metrics: FaceMetrics::new(face.quality, face.pose),
            liveness_score: liveness(face),
        }
    }
}

/// The liveness score, where it was told.
pub(crate) fn liveness(face: &AnalyzedFace) -> Option<Decimal> {
    face.liveness.map(|liveness| Decimal(liveness.score))
}

/// Whole pixels, x and y.
type Pixel = [i64; 2];

/// Whole pixels, x and y. Left and right are the person's own.
#[derive(Serialize, ToSchema)]
struct FivePoints {
    #[schema(value_type = [i64; 2])]
    right_eye: Pixel,
    #[schema(value_type = [i64; 2])]
    left_eye: Pixel,
    #[schema(value_type = [i64; 2])]
    nose: Pixel,
    #[schema(value_type = [i64; 2])]
    mouth_right: Pixel,
    #[schema(value_type = [i64; 2])]
    mouth_left: Pixel,
}

impl From<&Landmarks> for FivePoints {
    fn from(landmarks: &Landmarks) -> Self {
        let pixel = |point: Point| [whole(point.x), whole(point.y)];
        Self {
            right_eye: pixel(landmarks.right_eye),
            left_eye: pixel(landmarks.left_eye),
            nose: pixel(landmarks.nose_tip),
            mouth_right: pixel(landmarks.mouth_right),
            mouth_left: pixel(landmarks.mouth_left),
        }
    }
}

fn whole(value: f32) -> i64 {
    value.round() as i64
}

/// Left, top, width and height of the part of a box inside the photo.
fn inner_box(bounds: &BoundingBox, width: u32, height: u32) -> [i64; 4] {
    let edge = |value: f32, most: u32| whole(value).clamp(0, i64::from(most));
    let (left, top) = (edge(bounds.x, width), edge(bounds.y, height));
    [left, top, edge(bounds.right(), width) - left, edge(bounds.bottom(), height) - top]
}

/// Measures of a face; `null` where one cannot be taken.
#[derive(Serialize, ToSchema)]
struct FaceMetrics {
    #[schema(required = true)]
    underexposure: Option<Decimal>,
    #[schema(required = true)]
    overexposure: Option<Decimal>,
    #[schema(required = true)]
    sharpness: Option<Decimal>,
    #[schema(required = true)]
    color: Option<Decimal>,
    #[schema(required = true)]
    rotation: Option<Decimal>,
}

impl FaceMetrics {
    fn new(quality: Option<Quality>, pose: Option<HeadPose>) -> Self {
        Self {
            underexposure: quality.map(|quality| Decimal(quality.underexposure)),
            overexposure: quality.map(|quality| Decimal(quality.overexposure)),
            sharpness: quality.map(|quality| Decimal(quality.sharpness)),
            color: quality.map(|quality| Decimal(1.0 - quality.color)),
            rotation: pose.map(|pose| Decimal(pose.rotation_deg())),
        }
    }
}

/// The measures of the whole photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImageMetrics {
    underexposure: Decimal,
    overexposure: Decimal,
    sharpness: Decimal,
    color: Decimal,
}

impl From<PhotoQuality> for ImageMetrics {
    fn from(quality: PhotoQuality) -> Self {
        Self {
            underexposure: Decimal(quality.underexposure),
            overexposure: Decimal(quality.overexposure),
            sharpness: Decimal(quality.sharpness),
            color: Decimal(1.0 - quality.color),
        }
    }
}

/// Thresholds of the quality of a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityThresholds {
    underexposure: Decimal,
    overexposure: Decimal,
    sharpness: Decimal,
    color: Decimal,
    rotation: Decimal,
    liveness: Decimal,
}

impl Default for QualityThresholds {
    fn default() -> Self {
        Self {
            underexposure: Decimal(quirks::UNDEREXPOSURE),
            overexposure: Decimal(quirks::OVEREXPOSURE),
            sharpness: Decimal(quirks::SHARPNESS),
            color: Decimal(quirks::COLOR),
            rotation: Decimal(quirks::ROTATION),
            liveness: Decimal(quirks::LIVENESS),
        }
    }
}

/// Thresholds of a comparison of faces.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct CompareThresholds {
    similarity: Decimal,
    liveness: Decimal,
}

impl Default for CompareThresholds {
    fn default() -> Self {
        Self { similarity: Decimal(quirks::SIMILARITY), liveness: Decimal(quirks::LIVENESS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_ends_at_the_border_of_the_photo() {
        let bounds = BoundingBox::new(-2.4, 10.6, 50.0, 100.0);
        assert_eq!(inner_box(&bounds, 640, 100), [0, 11, 48, 89]);
        assert_eq!(inner_box(&BoundingBox::new(5.0, 6.0, 7.0, 8.0), 640, 480), [5, 6, 7, 8]);
    }
}
