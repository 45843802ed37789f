//! Whether a person looks at the camera.
//!
//! **Attention.** The direction in which a face points is taken for the direction of its gaze: the angle between
//! the line from the face to the camera and the line along which the nose points is
//! `acos(cos(yaw) · cos(pitch))`; how far the head leans (its roll) does not matter. Within [`FULL_WITHIN_DEG`]
//! attention is 100; from there it falls in proportion to the angle, to 0 at [`NONE_FROM_DEG`]. Closed eyes look at
//! nothing: attention is 0. Eyes that cannot be seen, behind sunglasses for one, are taken for open. Where the
//! pose is not known, attention is not told.
//!
//! The two angles: people turn their heads for most of what they look at, and the eyes do the rest. Of a change
//! of gaze beyond some 15° the head takes its share (Stahl, "Amplitude of human head movements associated with
//! horizontal saccades", 1999: eyes alone up to about 15–20°), so a head within 15° of the camera may well look at
//! it; the eyes' reach in ordinary use is some 30° to each side (Guitton and Volle, "Gaze control in humans", 1987:
//! the eyes turn 35–55° at the very most), so a head beyond 45° can only just.
//!
//! **Glances.** A look at the camera is a stretch of at least [`LEAST_LOOK`] with an attention of at least
//! [`ATTENTIVE_FROM`]. Interruptions of less than [`LEAST_ABSENCE`], a blink for one, do not end it. A glance is
//! counted with its first frame. Fixations last 200 to 300 ms, rarely less than 100 (Rayner, "Eye movements in
//! reading and information processing", 1998); blinks last up to 400 ms.
//!
//! An image is one moment: an attention of [`ATTENTIVE_FROM`] or more is one glance.

use std::time::Duration;

use vultus_types::HeadPose;

/// Attention is full where the face points no further past the camera than this, in degrees.
const FULL_WITHIN_DEG: f32 = 15.0;
/// There is none where it points this far past the camera, in degrees.
const NONE_FROM_DEG: f32 = 45.0;
/// From this attention on, of 100, a person looks at the camera.
pub(super) const ATTENTIVE_FROM: f32 = 50.0;
/// A shorter look is none.
pub(super) const LEAST_LOOK: Duration = Duration::from_millis(150);
/// A look that is interrupted for less goes on.
const LEAST_ABSENCE: Duration = Duration::from_millis(400);

/// How much of a person's attention is the camera's, 0 to 100.
pub(super) fn attention(pose: HeadPose, are_eyes_closed: bool) -> f32 {
    if are_eyes_closed {
        return 0.0;
    }
    let cosine = pose.yaw_deg.to_radians().cos() * pose.pitch_deg.to_radians().cos();
    let angle = cosine.clamp(-1.0, 1.0).acos().to_degrees();
    (100.0 * (NONE_FROM_DEG - angle) / (NONE_FROM_DEG - FULL_WITHIN_DEG)).clamp(0.0, 100.0)
}

/// Counts the looks of one person.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Glances {
    count: u32,
    looked_for: Duration,
    /// The latest moment of a look that was counted.
    last_look: Option<Duration>,
}

impl Glances {
    /// Takes over a frame at `time` that stands for `length`. `is_lasting` tells whether a look that begins here
    /// lasts long enough; it is asked only where that matters.
    pub(super) fn see(
        &mut self,
        time: Duration,
        length: Duration,
        attention: Option<f32>,
        is_lasting: impl FnOnce() -> bool,
    ) {
        if attention.is_none_or(|attention| attention < ATTENTIVE_FROM) {
            return;
        }
        let goes_on = self.last_look.is_some_and(|last| time.saturating_sub(last) < LEAST_ABSENCE + length);
        if !goes_on {
            if !is_lasting() {
                return;
            }
            self.count += 1;
        }
        self.last_look = Some(time);
        self.looked_for += length;
    }

    /// Looks so far.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// How long the person looked so far.
    pub(super) const fn looked_for(&self) -> Duration {
        self.looked_for
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towards(yaw_deg: f32, pitch_deg: f32, roll_deg: f32) -> f32 {
        attention(HeadPose { yaw_deg, pitch_deg, roll_deg }, false)
    }

    #[test]
    fn faces_towards_the_camera_have_full_attention_however_they_lean() {
        for (yaw, pitch, roll) in [(0.0, 0.0, 0.0), (14.0, 0.0, 40.0), (0.0, -14.0, 0.0), (10.0, 10.0, -20.0)]
        {
            assert_eq!(towards(yaw, pitch, roll), 100.0, "{yaw} {pitch} {roll}");
        }
    }

    #[test]
    fn attention_falls_in_proportion_to_the_angle() {
        assert!((towards(30.0, 0.0, 0.0) - 50.0).abs() < 0.1);
        assert!((towards(0.0, -37.5, 0.0) - 25.0).abs() < 0.1);
        assert!(towards(25.0, 25.0, 0.0) < towards(25.0, 0.0, 0.0));
        for yaw in [45.0, -60.0, 90.0, 180.0] {
            assert_eq!(towards(yaw, 0.0, 0.0), 0.0, "{yaw}");
        }
    }

    #[test]
    fn closed_eyes_have_none() {
        assert_eq!(attention(HeadPose::default(), true), 0.0);
    }

    /// The looks of a person with these attentions, one each 100 ms, all long enough.
    fn glances(attentions: &[f32]) -> Glances {
        let mut glances = Glances::default();
        let step = Duration::from_millis(100);
        for (number, attention) in (0..).zip(attentions) {
            glances.see(step * number, step, Some(*attention), || true);
        }
        glances
    }

    #[test]
    fn separate_looks_are_counted_and_their_time_is_added() {
        let mut attentions = vec![80.0; 5];
        attentions.extend([10.0; 5]);
        attentions.extend([50.0; 3]);
        let told = glances(&attentions);
        assert_eq!((told.count(), told.looked_for()), (2, Duration::from_millis(800)));
    }

    #[test]
    fn blink_does_not_end_a_look() {
        let told = glances(&[100.0, 100.0, 0.0, 0.0, 0.0, 100.0]);
        assert_eq!((told.count(), told.looked_for()), (1, Duration::from_millis(300)));
        assert_eq!(glances(&[49.9; 10]).count(), 0);
    }

    #[test]
    fn look_that_does_not_last_is_none() {
        let mut glances = Glances::default();
        let step = Duration::from_millis(100);
        glances.see(step, step, Some(90.0), || false);
        assert_eq!((glances.count(), glances.looked_for()), (0, Duration::ZERO));
        glances.see(step * 2, step, None, || true);
        assert_eq!(glances.count(), 0);
        glances.see(step * 3, step, Some(90.0), || true);
        assert_eq!(glances.count(), 1);
    }
}
