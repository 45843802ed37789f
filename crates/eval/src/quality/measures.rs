//! The measures of a face and of a whole photo in one form, and the limits that flag them.

use vultus_types::HeadPose;

use crate::degrade::Degradation;
use crate::observed::{Observed, ObservedPhotoQuality, ObservedQuality};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The face.
    Face,
    /// The photo as a whole.
    Photo,
}

impl Of {
    /// The name of a figure; those of faces go without saying.
    pub(super) fn named(self, name: String) -> String {
        match self {
            Self::Face => name,
            Self::Photo => format!("whole photo: {name}"),
        }
    }
}

/// The measures of one photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measures {
    pub(super) face: ObservedPhotoQuality,
    /// How far the head is turned; see [`HeadPose::rotation_deg`].
    pub(super) rotation_deg: Option<f32>,
    /// How far the head leans, clockwise.
    pub(super) roll_deg: Option<f32>,
    pub(super) photo: Option<ObservedPhotoQuality>,
}

impl Measures {
    /// The measures of a photo and of its central face, where it has one that can be measured.
    pub(super) fn of(observed: &Observed) -> Option<Self> {
        let face = observed.central_face()?;
        let ObservedQuality { underexposure, overexposure, sharpness, color, .. } = face.quality?;
        let pose =
            face.pose_deg.map(|[yaw_deg, pitch_deg, roll_deg]| HeadPose { yaw_deg, pitch_deg, roll_deg });
        Some(Self {
            face: ObservedPhotoQuality { underexposure, overexposure, sharpness, color },
            rotation_deg: pose.map(|pose| pose.rotation_deg()),
            roll_deg: pose.map(|pose| pose.roll_deg),
            photo: observed.quality,
        })
    }

    /// How bad the measure that a degradation should change says the photo is: greater is worse. `None` where there is
    /// no such measure.
    pub(super) fn badness(&self, degradation: Degradation, of: Of) -> Option<f64> {
        let quality = match of {
            Of::Face => self.face,
            Of::Photo => self.photo?,
        };
        let badness = match (degradation, of) {
            (Degradation::Darken, _) => quality.underexposure,
            (Degradation::Brighten, _) => quality.overexposure,
            (Degradation::Blur, _) => 1.0 - quality.sharpness,
            (Degradation::Desaturate, _) => 1.0 - quality.color,
            (Degradation::Rotate, Of::Face) => self.rotation_deg?,
            (Degradation::Rotate, Of::Photo) => return None,
        };
        Some(f64::from(badness))
    }
}

/// From where on a photo counts as flagged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlagLimits {
    /// Underexposure of at least this.
    pub underexposure: f32,
    /// Overexposure of at least this.
    pub overexposure: f32,
    /// Sharpness of at most this.
    pub sharpness: f32,
    /// Colour of at most this.
    pub color: f32,
    /// A head turned by at least this many degrees.
    pub rotation_deg: f32,
}

impl Default for FlagLimits {
    /// Values at which few photos of a collection are flagged: those that the Perse dialect recommends.
    fn default() -> Self {
        Self { underexposure: 0.35, overexposure: 0.3, sharpness: 0.25, color: 0.2, rotation_deg: 30.0 }
    }
}

impl FlagLimits {
    /// Whether the measure that stands for a degradation is beyond its limit.
    pub(super) fn flags(&self, measures: &Measures, degradation: Degradation, of: Of) -> Option<bool> {
        let limit = match degradation {
            Degradation::Darken => self.underexposure,
            Degradation::Brighten => self.overexposure,
            Degradation::Blur => 1.0 - self.sharpness,
            Degradation::Desaturate => 1.0 - self.color,
            Degradation::Rotate => self.rotation_deg,
        };
        measures.badness(degradation, of).map(|badness| badness >= f64::from(limit))
    }

    /// What is flagged, in words.
    pub(super) fn describe(&self, degradation: Degradation) -> String {
        match degradation {
            Degradation::Darken => format!("flagged dark (≥ {})", self.underexposure),
            Degradation::Brighten => format!("flagged bright (≥ {})", self.overexposure),
            Degradation::Blur => format!("flagged blurred (≤ {})", self.sharpness),
            Degradation::Desaturate => format!("flagged colourless (≤ {})", self.color),
            Degradation::Rotate => format!("flagged turned (≥ {}°)", self.rotation_deg),
        }
    }
}
