//! Which of a track's sightings is worth keeping.

use std::sync::Arc;

use vultus_types::{AnalyzedFace, BoundingBox, Timestamp};

use crate::Frame;

/// From this distance between the eyes on a face gains nothing from being larger: embedders look at chips of 112
/// pixels or less, in which the eyes are some 40 pixels apart.
const LARGE_EYE_DISTANCE_PX: f32 = 60.0;
/// The distance between the eyes as a share of a face box's width, where there are no landmarks.
const EYE_DISTANCE_SHARE: f32 = 0.45;
/// What a face that the border cuts off is worth beside a whole one.
const CUT_SHARE: f32 = 0.3;
/// The quality of a face of which it was not told.
const UNKNOWN_QUALITY: f32 = 0.5;

/// How well a face can be compared, 0..=1: its quality, times how near it is to the size that embedders need, times
/// how much of it looks into the camera.
pub fn shot_score(face: &AnalyzedFace) -> f32 {
    let quality = face.quality.map_or(UNKNOWN_QUALITY, |quality| quality.overall);
    let eyes = face.landmarks.as_ref().map(vultus_types::Landmarks::eye_distance_px);
    // A face that is turned away keeps its size, though its eyes come together.
    let eyes = eyes.unwrap_or(0.0).max(face.bounds.width * EYE_DISTANCE_SHARE);
    let size = (eyes / LARGE_EYE_DISTANCE_PX).clamp(0.0, 1.0);
    let frontal = face.pose.map_or(1.0, |pose| {
        let share = |degrees: f32| degrees.clamp(-90.0, 90.0).to_radians().cos();
        share(pose.yaw_deg) * share(pose.pitch_deg)
    });
    let whole = if face.is_cut { CUT_SHARE } else { 1.0 };
    (quality * size * frontal * whole).clamp(0.0, 1.0)
}

/// The best sighting of a face so far.
#[derive(Clone, Debug)]
pub struct BestShot {
    /// See [`shot_score`].
    pub score: f32,
    /// The frame.
    pub frame: Arc<Frame>,
    /// The face in the frame.
    pub bounds: BoundingBox,
    /// When the frame came.
    pub seen_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use vultus_types::{HeadPose, Quality};

    use super::*;

    fn face(width: f32, quality: f32, yaw_deg: f32) -> AnalyzedFace {
        let quality =
            Quality { overall: quality, underexposure: 0.0, overexposure: 0.0, sharpness: 1.0, color: 1.0 };
        AnalyzedFace {
            quality: Some(quality),
            pose: Some(HeadPose { yaw_deg, ..HeadPose::default() }),
            ..AnalyzedFace::new(BoundingBox::new(0.0, 0.0, width, width), 0.9)
        }
    }

    #[test]
    fn better_larger_and_frontal_faces_score_higher() {
        let plain = shot_score(&face(80.0, 0.6, 30.0));
        assert!(shot_score(&face(80.0, 0.8, 30.0)) > plain);
        assert!(shot_score(&face(110.0, 0.6, 30.0)) > plain);
        assert!(shot_score(&face(80.0, 0.6, -10.0)) > plain);
        assert!(shot_score(&AnalyzedFace { is_cut: true, ..face(80.0, 0.6, 30.0) }) < plain);
    }

    #[test]
    fn size_beyond_need_does_not_beat_quality() {
        assert!(shot_score(&face(1000.0, 0.6, 0.0)) < shot_score(&face(200.0, 0.7, 0.0)));
    }

    #[test]
    fn score_is_between_none_and_all() {
        for yaw in [0.0, 90.0, -180.0, 400.0] {
            assert!((0.0..=1.0).contains(&shot_score(&face(300.0, 1.0, yaw))), "{yaw}");
        }
        assert!(shot_score(&AnalyzedFace::new(BoundingBox::new(0.0, 0.0, 300.0, 300.0), 0.9)) > 0.4);
    }
}
