//! How good a face is as a sample for comparisons, and a photo as a whole.

mod measures;

use vultus_media::{Filter, RgbPhoto, resize};
use vultus_types::{HeadPose, Landmarks, PhotoQuality, Quality};

use crate::crops::{EyeAlignment, eye_aligned_crop};
use measures::{FACE_SIDE, Pixels};

/// The crop on which the measures are taken: from the hair line to the chin, so that the ellipse within it is
/// skin, eyes and mouth.
const CROP: EyeAlignment = EyeAlignment { side: FACE_SIDE as u32, eye_share: 0.40, eye_row: 0.36 };

/// Fewer pixels between the eyes than this are worth nothing, as many as the second are all that models use
/// (the embedder's crop has 67, but its accuracy changes little from 30 on).
const EYE_DISTANCE_PX: (f32, f32) = (8.0, 30.0);
/// Degrees off the camera up to which a pose costs nothing, and from which the face is a profile.
const POSE_DEG: (f32, f32) = (15.0, 60.0);
/// The sharpness from which on the overall quality gains nothing.
const SHARP_ENOUGH: f32 = 0.45;

/// Measures a face of `photo`; `pose` counts as frontal where it is not known. `None` where the landmarks span
/// no area, so that there is no crop to measure.
pub fn assess_quality(photo: &RgbPhoto, landmarks: &Landmarks, pose: Option<HeadPose>) -> Option<Quality> {
    let crop = eye_aligned_crop(photo, landmarks, &CROP)?;
    let pixels = Pixels::of_face(crop.data())?;
    let mut quality = Quality {
        overall: 0.0,
        underexposure: pixels.underexposure(),
        overexposure: pixels.overexposure(),
        sharpness: pixels.sharpness(),
        color: pixels.color(),
    };
    quality.overall = overall(&quality, landmarks.eye_distance_px(), pose.unwrap_or_default());
    Some(quality)
}

/// The longer side at which a photo as a whole is measured, in pixels: about what a screen shows of it beside other
/// things. Larger photos are made smaller first, so that sharpness means the same for photos of any camera.
const PHOTO_SIDE: u32 = 512;

/// Measures a photo as a whole, faces or not, by the formulas of faces. `None` for photos of a few pixels.
pub fn assess_photo(photo: &RgbPhoto) -> Option<PhotoQuality> {
    let scale = PHOTO_SIDE as f32 / photo.longer_side().max(1) as f32;
    let smaller = (scale < 1.0).then(|| {
        let scaled = |side: u32| (side as f32 * scale).round() as u32;
        resize(photo, scaled(photo.width()), scaled(photo.height()), Filter::Area)
    });
    let photo = smaller.as_ref().unwrap_or(photo);
    let pixels = Pixels::of_photo(photo.data(), photo.width() as usize)?;
    Some(PhotoQuality {
        underexposure: pixels.underexposure(),
        overexposure: pixels.overexposure(),
        sharpness: pixels.sharpness(),
        color: pixels.color(),
    })
}

/// The product of what size, pose, sharpness and light each leave of a perfect 1. Colour does not count: the
/// models compare grey photos nearly as well.
fn overall(quality: &Quality, eye_distance_px: f32, pose: HeadPose) -> f32 {
    let size = measures::ramp(eye_distance_px, EYE_DISTANCE_PX.0, EYE_DISTANCE_PX.1);
    let off_camera_deg = pose.yaw_deg.hypot(pose.pitch_deg);
    let frontal = 1.0 - measures::ramp(off_camera_deg, POSE_DEG.0, POSE_DEG.1);
    let sharp = measures::ramp(quality.sharpness, 0.0, SHARP_ENOUGH).sqrt();
    let lit = 1.0 - quality.underexposure.max(quality.overexposure);
    (size * frontal * sharp * lit).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Quality =
        Quality { overall: 0.0, underexposure: 0.0, overexposure: 0.0, sharpness: 0.8, color: 1.0 };

    #[test]
    fn good_frontal_face_has_full_quality() {
        assert_eq!(overall(&GOOD, 60.0, HeadPose::default()), 1.0);
    }

    #[test]
    fn each_defect_lowers_the_overall_quality() {
        let frontal = HeadPose::default();
        let blurred = Quality { sharpness: 0.1, ..GOOD };
        let dark = Quality { underexposure: 0.5, ..GOOD };
        let burnt = Quality { overexposure: 0.5, ..GOOD };
        assert!(overall(&blurred, 60.0, frontal) < 0.6);
        assert!(overall(&dark, 60.0, frontal) < 0.6);
        assert!(overall(&burnt, 60.0, frontal) < 0.6);
        assert!(overall(&GOOD, 12.0, frontal) < 0.6);
        assert!(overall(&GOOD, 60.0, HeadPose { yaw_deg: -45.0, ..frontal }) < 0.6);
        assert_eq!(overall(&GOOD, 60.0, HeadPose { yaw_deg: 80.0, ..frontal }), 0.0);
    }

    #[test]
    fn photo_is_measured_alike_at_any_size() {
        let stripes = |scale: u32| {
            let mut photo = RgbPhoto::filled(512 * scale, 256 * scale, [0; 3]);
            let width = photo.width();
            for (index, pixel) in photo.data_mut().as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let (x, y) = (index as u32 % width / scale, index as u32 / width / scale);
                *pixel = if (x / 8 + y / 8) % 2 == 0 { [190, 120, 90] } else { [40, 90, 160] };
            }
            photo
        };
        let small = assess_photo(&stripes(1)).unwrap();
        assert_eq!(assess_photo(&stripes(2)), Some(small));
        assert!(small.sharpness > 0.5 && small.underexposure < 0.1, "{small:?}");
    }

    #[test]
    fn photo_of_few_pixels_is_not_measured() {
        assert_eq!(assess_photo(&RgbPhoto::filled(5, 400, [9; 3])), None);
        assert!(assess_photo(&RgbPhoto::filled(6, 6, [9; 3])).is_some());
    }

    #[test]
    fn grey_photo_has_full_quality() {
        assert_eq!(overall(&Quality { color: 0.0, ..GOOD }, 60.0, HeadPose::default()), 1.0);
    }
}
