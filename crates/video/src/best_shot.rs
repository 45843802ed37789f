//! Which of a track's sightings is worth keeping.

use vultus_media::{PixelRect, RgbPhoto};
use vultus_types::{AnalyzedFace, BoundingBox, Timestamp};

/// From this distance between the eyes on a face gains nothing from being larger: embedders look at chips of
/// 112 pixels or less, in which the eyes are some 40 pixels apart.
const LARGE_EYE_DISTANCE_PX: f32 = 60.0;
/// The distance between the eyes as a share of a face box's width, where there are no landmarks.
const EYE_DISTANCE_SHARE: f32 = 0.45;
/// What a face that the border cuts off is worth beside a whole one.
const CUT_SHARE: f32 = 0.3;
/// The quality of a face of which it was not told.
const UNKNOWN_QUALITY: f32 = 0.5;
/// What is kept around a face on each side, as a share of its size: head and shoulders, as much as detectors
/// and liveness models look at, and nothing of the other people in the picture.
const MARGIN_SHARE: f32 = 0.8;

/// How well a face can be compared, 0..=1: its quality, times how near it is to the size that embedders need,
/// times how much of it looks into the camera.
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
    /// The face with what is around it, cut out of the frame.
    pub photo: RgbPhoto,
    /// The face in the photo.
    pub bounds: BoundingBox,
    /// When the frame came.
    pub seen_at: Timestamp,
}

impl BestShot {
    /// Cuts a face out of a frame.
    pub fn cut(frame: &RgbPhoto, face: &BoundingBox, score: f32, seen_at: Timestamp) -> Self {
        let (across, down) = (face.width * MARGIN_SHARE, face.height * MARGIN_SHARE);
        let (left, top) = ((face.x - across).max(0.0).floor(), (face.y - down).max(0.0).floor());
        let (right, bottom) = ((face.right() + across).ceil(), (face.bottom() + down).ceil());
        let size = |from: f32, to: f32| (to - from).max(1.0) as u32;
        let cut = PixelRect::new(left as u32, top as u32, size(left, right), size(top, bottom));
        let cut = cut.clipped(frame.width(), frame.height());
        let bounds = BoundingBox { x: face.x - cut.x as f32, y: face.y - cut.y as f32, ..*face };
        Self { score, photo: frame.crop(cut), bounds, seen_at }
    }
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
    fn shot_holds_the_face_and_what_is_around_it() {
        let mut frame = RgbPhoto::filled(640, 480, [0; 3]);
        let at = (110 * 640 + 320) * 3;
        frame.data_mut()[at..at + 3].copy_from_slice(&[255; 3]);
        let shot = BestShot::cut(&frame, &BoundingBox::new(320.0, 110.0, 100.0, 100.0), 0.5, Timestamp(1));
        assert_eq!((shot.photo.width(), shot.photo.height()), (260, 260));
        assert_eq!(shot.photo.pixel(shot.bounds.x as u32, shot.bounds.y as u32), [255; 3]);
    }

    #[test]
    fn shot_at_the_border_ends_there() {
        let frame = RgbPhoto::filled(640, 480, [0; 3]);
        for face in [
            BoundingBox::new(-30.0, -20.0, 100.0, 100.0),
            BoundingBox::new(600.0, 450.0, 100.0, 100.0),
            BoundingBox::new(-500.0, 900.0, 10.0, 10.0),
            BoundingBox::new(0.0, 0.0, 5000.0, 5000.0),
        ] {
            let shot = BestShot::cut(&frame, &face, 0.5, Timestamp(1));
            assert!(shot.photo.width() <= 640 && shot.photo.height() <= 480, "{face:?}");
            assert_eq!((shot.bounds.width, shot.bounds.height), (face.width, face.height));
        }
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
