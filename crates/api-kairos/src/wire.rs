//! Answers as they are sent. Keys are in the order of the documentation's samples.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vultus_types::{
    AnalyzedFace, CivilTime, EthnicityEstimate, Gender as Told, GenderEstimate, Glasses, HeadPose, Lips,
    Timestamp,
};

use crate::quirks::UNKNOWN_GENDER;

/// A number of five decimals; whole ones are written without a point.
#[derive(Clone, Copy, Debug, PartialEq, ToSchema)]
pub(crate) struct Decimal(pub(crate) f32);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let rounded = (f64::from(self.0) * 1e5).round() / 1e5;
        if rounded.fract() == 0.0 { to.serialize_i64(rounded as i64) } else { to.serialize_f64(rounded) }
    }
}

/// Pixels and degrees are whole numbers on the wire.
pub(crate) fn whole(value: f32) -> i64 {
    value.round() as i64
}

/// `{"images":[…]}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Images<T> {
    pub(crate) images: Vec<T>,
}

/// What is known of a face beside its place. What no model tells is left out; `liveness` is there where it was asked
/// for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    age: Option<i64>,
    #[serde(flatten)]
    ethnicity: Ethnicity,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    gender: Option<Gender>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    glasses: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lips: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    liveness: Option<Decimal>,
}

/// Probabilities.
#[derive(Default, Serialize, ToSchema)]
struct Ethnicity {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asian: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    black: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hispanic: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    other: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    white: Option<Decimal>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Gender {
    female_confidence: Decimal,
    male_confidence: Decimal,
    /// M, F, or empty where it is unsure.
    #[schema(pattern = "^[MF]?$")]
    r#type: &'static str,
}

impl From<&AnalyzedFace> for Attributes {
    fn from(face: &AnalyzedFace) -> Self {
        let demographics = face.demographics.unwrap_or_default();
        let glasses = |glasses| match glasses {
            Glasses::None => "None",
            Glasses::Eye => "Eye",
            Glasses::Sun => "Sun",
        };
        let lips = |lips| match lips {
            Lips::Together => "Together",
            Lips::Apart => "Apart",
        };
        Self {
            age: demographics.age.map(whole),
            ethnicity: demographics.ethnicity.map(Ethnicity::from).unwrap_or_default(),
            gender: demographics.gender.map(Gender::from),
            glasses: face.glasses.map(glasses),
            lips: face.lips.map(lips),
            liveness: liveness(face),
        }
    }
}

impl From<GenderEstimate> for Gender {
    fn from(estimate: GenderEstimate) -> Self {
        Self {
            female_confidence: Decimal(estimate.female),
            male_confidence: Decimal(1.0 - estimate.female),
            r#type: match estimate.best() {
                Some(Told::Female) => "F",
                Some(Told::Male) => "M",
                None => UNKNOWN_GENDER,
            },
        }
    }
}

/// An unsure ethnicity is told by its numbers: none of them is great.
impl From<EthnicityEstimate> for Ethnicity {
    fn from(estimate: EthnicityEstimate) -> Self {
        Self {
            asian: Some(Decimal(estimate.asian)),
            black: Some(Decimal(estimate.black)),
            hispanic: Some(Decimal(estimate.hispanic)),
            other: Some(Decimal(estimate.other)),
            white: Some(Decimal(estimate.white)),
        }
    }
}

/// Whether the face is bona fide, where that was asked for.
pub(crate) fn liveness(face: &AnalyzedFace) -> Option<Decimal> {
    face.liveness.map(|liveness| Decimal(liveness.score))
}

/// The overall quality.
pub(crate) fn quality(face: &AnalyzedFace) -> Option<Decimal> {
    face.quality.map(|quality| Decimal(quality.overall))
}

/// The distance of the eyes in pixels.
pub(crate) fn eye_distance(face: &AnalyzedFace) -> Option<i64> {
    face.landmarks.as_ref().map(|landmarks| whole(landmarks.eye_distance_px()))
}

/// Where a face is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bounds {
    top_left_x: i64,
    top_left_y: i64,
    width: i64,
    height: i64,
}

impl From<&AnalyzedFace> for Bounds {
    fn from(face: &AnalyzedFace) -> Self {
        let bounds = face.bounds;
        Self {
            top_left_x: whole(bounds.x),
            top_left_y: whole(bounds.y),
            width: whole(bounds.width),
            height: whole(bounds.height),
        }
    }
}

/// Points and pose of a face. Left and right are the subject's own.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Features {
    #[serde(flatten)]
    points: Points,
    #[serde(flatten)]
    pose: Pose,
}

#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Points {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    chin_tip_x: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    chin_tip_y: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    left_eye_center_x: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    left_eye_center_y: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    right_eye_center_x: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    right_eye_center_y: Option<i64>,
}

/// Whole degrees.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Pose {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pitch: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    roll: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    yaw: Option<i64>,
}

impl From<&AnalyzedFace> for Features {
    fn from(face: &AnalyzedFace) -> Self {
        let points = face.landmarks.as_ref().map(|landmarks| Points {
            chin_tip_x: Some(whole(landmarks.chin_tip.x)),
            chin_tip_y: Some(whole(landmarks.chin_tip.y)),
            left_eye_center_x: Some(whole(landmarks.left_eye.x)),
            left_eye_center_y: Some(whole(landmarks.left_eye.y)),
            right_eye_center_x: Some(whole(landmarks.right_eye.x)),
            right_eye_center_y: Some(whole(landmarks.right_eye.y)),
        });
        Self { points: points.unwrap_or_default(), pose: Pose::of(face) }
    }
}

impl Pose {
    /// The pose of a face, where it is known.
    pub(crate) fn of(face: &AnalyzedFace) -> Self {
        let degrees = |angle: fn(&HeadPose) -> f32| face.pose.as_ref().map(|pose| whole(angle(pose)));
        Self {
            pitch: degrees(|pose| pose.pitch_deg),
            roll: degrees(|pose| pose.roll_deg),
            yaw: degrees(|pose| pose.yaw_deg),
        }
    }
}

/// Milliseconds since 1970, as text.
pub(crate) fn millis(time: Timestamp) -> String {
    time.as_millis().to_string()
}

/// `YYYYMMDDhhmmss` in UTC.
pub(crate) fn calendar(time: Timestamp) -> String {
    let CivilTime { year, month, day, hour, minute, second, .. } = time.into();
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_at_most_five_decimals() {
        for (value, text) in
            [(0.999_081_2, "0.99908"), (1.0, "1"), (0.0, "0"), (0.000_001, "0"), (-1.858_05, "-1.85805")]
        {
            assert_eq!(serde_json::to_string(&Decimal(value)).unwrap(), text);
        }
    }

    #[test]
    fn gender_type_is_empty_where_it_is_unsure() {
        let told = |female: f32| serde_json::to_value(Gender::from(GenderEstimate { female })).unwrap();
        assert_eq!(
            told(0.75),
            serde_json::json!({"femaleConfidence": 0.75, "maleConfidence": 0.25, "type": "F"})
        );
        assert_eq!(told(0.25)["type"], "M");
        assert_eq!(
            told(0.5),
            serde_json::json!({"femaleConfidence": 0.5, "maleConfidence": 0.5, "type": ""})
        );
    }

    #[test]
    fn calendar_times_are_digits_only() {
        for (seconds, text) in [(1_615_622_242, "20210313075722"), (951_782_399, "20000228235959")] {
            assert_eq!(calendar(Timestamp(seconds * 1_000_000)), text);
        }
    }
}
