//! What an evaluation keeps of an analysed photo, in a form that can be written to disk.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vultus_types::{
    AnalyzedFace, BoundingBox, Demographics, EthnicityEstimate, Expression, Glasses, Lips, PhotoAnalysis,
    PhotoQuality, Quality, Template,
};

use crate::templates::nearest_to_centre;

/// The names of the ethnic groups, in the order of [`ObservedFace::ethnicity`].
pub const ETHNICITIES: [&str; 5] = ["asian", "black", "hispanic", "white", "other"];

/// The names of the expressions, in the order of [`ObservedFace::expression`].
pub const EXPRESSIONS: [&str; 7] = ["angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"];

/// What was seen in a photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Width of the displayed photo in pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The faces, largest first.
    pub faces: Vec<ObservedFace>,
    /// Quality measures of the photo as a whole, where they were asked for.
    #[serde(default)]
    pub quality: Option<ObservedPhotoQuality>,
    /// Time spent on finding them, in milliseconds.
    pub detect_ms: f64,
}

/// What was seen of a face; `None` where it was not told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObservedFace {
    /// Left edge, top edge, width and height in pixels.
    pub bounds: [f32; 4],
    /// How sure the detector is, 0..=1.
    pub detection_score: f32,
    /// Whether the photo's border cuts the face off.
    pub is_cut: bool,
    /// Distance between the eye centres in pixels.
    pub eye_distance_px: Option<f32>,
    /// Yaw, pitch and roll in degrees.
    pub pose_deg: Option<[f32; 3]>,
    /// The template.
    #[serde(with = "template")]
    pub template: Option<Template>,
    /// Quality measures.
    pub quality: Option<ObservedQuality>,
    /// Years.
    pub age: Option<f32>,
    /// Probability of female, 0..=1.
    pub female: Option<f32>,
    /// Probabilities of [`ETHNICITIES`].
    pub ethnicity: Option<[f32; 5]>,
    /// Whether glasses or sunglasses are worn.
    pub wears_glasses: Option<bool>,
    /// Whether the lips are apart.
    pub lips_apart: Option<bool>,
    /// How far the left and the right eye are open, where they are seen: height over width of the opening.
    pub eyes: Option<[Option<f32>; 2]>,
    /// Probabilities of [`EXPRESSIONS`].
    pub expression: Option<[f32; 7]>,
    /// 0 = presentation attack, 1 = bona fide.
    pub liveness: Option<f32>,
}

/// Quality measures, 0..=1 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are those of `vultus_types::Quality`")]
pub struct ObservedQuality {
    pub overall: f32,
    pub underexposure: f32,
    pub overexposure: f32,
    pub sharpness: f32,
    pub color: f32,
}

/// Quality measures of a photo as a whole, 0..=1 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are those of `vultus_types::PhotoQuality`")]
pub struct ObservedPhotoQuality {
    pub underexposure: f32,
    pub overexposure: f32,
    pub sharpness: f32,
    pub color: f32,
}

impl Observed {
    /// The face a photo of a collection is about, as [`crate::central_face`] chooses it.
    pub fn central_face(&self) -> Option<&ObservedFace> {
        let boxes = self.faces.iter().map(ObservedFace::bounding_box);
        nearest_to_centre(self.width, self.height, boxes).map(|index| &self.faces[index])
    }
}

impl ObservedFace {
    /// Where the face is.
    pub const fn bounding_box(&self) -> BoundingBox {
        let [x, y, width, height] = self.bounds;
        BoundingBox::new(x, y, width, height)
    }
}

impl From<&PhotoAnalysis> for Observed {
    fn from(analysis: &PhotoAnalysis) -> Self {
        Self {
            width: analysis.width,
            height: analysis.height,
            faces: analysis.faces.iter().map(ObservedFace::from).collect(),
            quality: analysis.quality.map(ObservedPhotoQuality::from),
            detect_ms: analysis.timings.detect.as_secs_f64() * 1e3,
        }
    }
}

impl From<&AnalyzedFace> for ObservedFace {
    fn from(face: &AnalyzedFace) -> Self {
        let BoundingBox { x, y, width, height } = face.bounds;
        let Demographics { age, gender, ethnicity } = face.demographics.unwrap_or_default();
        Self {
            bounds: [x, y, width, height],
            detection_score: face.detection_score,
            is_cut: face.is_cut,
            eye_distance_px: face.landmarks.as_ref().map(vultus_types::Landmarks::eye_distance_px),
            pose_deg: face.pose.map(|pose| [pose.yaw_deg, pose.pitch_deg, pose.roll_deg]),
            template: face.template.clone(),
            quality: face.quality.map(ObservedQuality::from),
            age,
            female: gender.map(|gender| gender.female),
            ethnicity: ethnicity.map(ethnicity_array),
            wears_glasses: face.glasses.map(|glasses| glasses != Glasses::None),
            lips_apart: face.lips.map(|lips| lips == Lips::Apart),
            eyes: face.eyes.map(|eyes| [eyes.left, eyes.right]),
            expression: face.expression.map(expression_array),
            liveness: face.liveness.map(|liveness| liveness.score),
        }
    }
}

impl From<Quality> for ObservedQuality {
    fn from(quality: Quality) -> Self {
        let Quality { overall, underexposure, overexposure, sharpness, color } = quality;
        Self { overall, underexposure, overexposure, sharpness, color }
    }
}

impl From<PhotoQuality> for ObservedPhotoQuality {
    fn from(quality: PhotoQuality) -> Self {
        let PhotoQuality { underexposure, overexposure, sharpness, color } = quality;
        Self { underexposure, overexposure, sharpness, color }
    }
}

const fn ethnicity_array(found: EthnicityEstimate) -> [f32; 5] {
    [found.asian, found.black, found.hispanic, found.white, found.other]
}

const fn expression_array(found: Expression) -> [f32; 7] {
    [found.angry, found.disgusted, found.fearful, found.happy, found.neutral, found.sad, found.surprised]
}

/// Templates as hexadecimal text of their stored form.
mod template {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Template};

    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(super) fn serialize<S: Serializer>(found: &Option<Template>, to: S) -> Result<S::Ok, S::Error> {
        found.as_ref().map(|template| hex::encode(template.to_bytes())).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Template>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let bytes = hex::decode(text).map_err(serde::de::Error::custom)?;
        Template::from_bytes(&bytes).map(Some).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
    use vultus_face::{AnalyzeOptions, FaceAnalyzer};
    use vultus_inference::Cancel;
    use vultus_types::Wanted;

    use super::*;

    #[test]
    fn analysis_survives_being_written() {
        let face = FakeFace { colour: [90, 131, 200], x: 20, y: 30, side: 60 };
        let photo = fake_photo(200, 160, &[face]).unwrap();
        let options = AnalyzeOptions::new(Wanted::EVERYTHING);
        let analysis = FakeAnalyzer::default().analyze(&photo, &options, &Cancel::default()).unwrap();
        let observed = Observed::from(&analysis);
        let seen = &observed.faces[0];
        assert_eq!((seen.age, seen.female, seen.lips_apart), (Some(30.0), Some(0.9), Some(true)));
        assert!(seen.template.is_some() && seen.quality.is_some() && seen.expression.is_some());
        let text = serde_json::to_string(&observed).unwrap();
        assert_eq!(serde_json::from_str::<Observed>(&text).unwrap(), observed);
    }

    #[test]
    fn face_nearest_to_the_centre_is_taken_not_the_largest() {
        let face = |bounds| ObservedFace { bounds, ..ObservedFace::default() };
        let faces = vec![face([0.0, 0.0, 90.0, 90.0]), face([80.0, 80.0, 40.0, 40.0])];
        let observed = Observed { width: 200, height: 200, faces, quality: None, detect_ms: 0.0 };
        assert_eq!(observed.central_face().unwrap().bounds[2], 40.0);
        assert_eq!(Observed { faces: Vec::new(), ..observed }.central_face(), None);
    }
}
