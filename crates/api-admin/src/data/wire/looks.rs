//! What can be seen in a photo.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::SeenExpression;
use vultus_types::{
    AnalyzedFace, EthnicityEstimate, Expression, Gender, Glasses, Landmarks, Lips, LivenessEstimate,
    PhotoAnalysis, Point, Quality,
};

use super::{Place, Pose};

/// The faces of a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct Detection {
    width: u32,
    height: u32,
    /// Largest first.
    faces: Vec<SeenFace>,
}

/// A face of a photo; what is not known is null.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeenFace {
    #[serde(rename = "box")]
    place: Place,
    /// How sure it is that this is a face, 0 to 1.
    score: f32,
    landmarks: Option<Vec<Landmark>>,
    pose: Option<Pose>,
    age: Option<f32>,
    /// `female` or `male`, where it is sure enough.
    gender: Option<&'static str>,
    /// The probability of female, 0 to 1.
    female: Option<f32>,
    ethnicity: Option<Ethnicity>,
    emotions: Option<Emotions>,
    quality: Option<FaceQuality>,
    /// `none`, `eye` or `sun`.
    glasses: Option<&'static str>,
    /// `together` or `apart`.
    lips: Option<&'static str>,
    liveness: Option<Liveness>,
}

/// A named point; left and right are the subject's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct Landmark {
    name: &'static str,
    x: f32,
    y: f32,
}

/// Probabilities of five groups, together 1.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ethnicity {
    asian: f32,
    black: f32,
    hispanic: f32,
    white: f32,
    other: f32,
}

/// Shares of seven expressions, together 1.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Emotions {
    anger: f32,
    disgust: f32,
    fear: f32,
    joy: f32,
    neutral: f32,
    sadness: f32,
    surprise: f32,
}

/// How good a face is for comparisons; each 0 to 1.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaceQuality {
    overall: f32,
    sharpness: f32,
    underexposure: f32,
    overexposure: f32,
    color: f32,
}

/// Presentation attack detection.
#[derive(Serialize, ToSchema)]
pub(crate) struct Liveness {
    /// 0 is an attack, 1 is bona fide.
    score: f32,
    /// The models that made it.
    model: String,
    /// Whether they are known to be weak.
    weak: bool,
}

impl Detection {
    pub(crate) fn new(analysis: &PhotoAnalysis, liveness_model: &str) -> Self {
        let faces = analysis.faces.iter().map(|face| SeenFace::new(face, liveness_model)).collect();
        Self { width: analysis.width, height: analysis.height, faces }
    }
}

impl SeenFace {
    fn new(face: &AnalyzedFace, liveness_model: &str) -> Self {
        let gender = face.demographics.and_then(|demographics| demographics.gender);
        Self {
            place: face.bounds.into(),
            score: share(face.detection_score),
            landmarks: face.landmarks.as_ref().map(landmarks),
            pose: face.pose.map(|pose| Pose {
                roll: tenths(pose.roll_deg),
                pitch: tenths(pose.pitch_deg),
                yaw: tenths(pose.yaw_deg),
            }),
            age: face.demographics.and_then(|demographics| demographics.age).map(tenths),
            gender: gender.and_then(|gender| gender.best()).map(|best| match best {
                Gender::Female => "female",
                Gender::Male => "male",
            }),
            female: gender.map(|gender| share(gender.female)),
            ethnicity: face.demographics.and_then(|demographics| demographics.ethnicity).map(Into::into),
            emotions: face.expression.map(Into::into),
            quality: face.quality.map(Into::into),
            glasses: face.glasses.map(|glasses| match glasses {
                Glasses::None => "none",
                Glasses::Eye => "eye",
                Glasses::Sun => "sun",
            }),
            lips: face.lips.map(|lips| match lips {
                Lips::Together => "together",
                Lips::Apart => "apart",
            }),
            liveness: face.liveness.map(|LivenessEstimate { score, is_weak }| Liveness {
                score: share(score),
                model: liveness_model.to_owned(),
                weak: is_weak,
            }),
        }
    }
}

fn landmarks(points: &Landmarks) -> Vec<Landmark> {
    let named = |name, Point { x, y }: Point| Landmark { name, x: tenths(x), y: tenths(y) };
    vec![
        named("left_eye", points.left_eye),
        named("right_eye", points.right_eye),
        named("nose_tip", points.nose_tip),
        named("mouth_left", points.mouth_left),
        named("mouth_right", points.mouth_right),
        named("chin_tip", points.chin_tip),
    ]
}

impl From<EthnicityEstimate> for Ethnicity {
    fn from(estimate: EthnicityEstimate) -> Self {
        Self {
            asian: share(estimate.asian),
            black: share(estimate.black),
            hispanic: share(estimate.hispanic),
            white: share(estimate.white),
            other: share(estimate.other),
        }
    }
}

impl From<Expression> for Emotions {
    fn from(expression: Expression) -> Self {
        Self {
            anger: share(expression.angry),
            disgust: share(expression.disgusted),
            fear: share(expression.fearful),
            joy: share(expression.happy),
            neutral: share(expression.neutral),
            sadness: share(expression.sad),
            surprise: share(expression.surprised),
        }
    }
}

impl From<SeenExpression> for Emotions {
    fn from(seen: SeenExpression) -> Self {
        Self {
            anger: share(seen.anger),
            disgust: share(seen.disgust),
            fear: share(seen.fear),
            joy: share(seen.joy),
            neutral: share(seen.neutral),
            sadness: share(seen.sadness),
            surprise: share(seen.surprise),
        }
    }
}

impl From<Quality> for FaceQuality {
    fn from(quality: Quality) -> Self {
        Self {
            overall: share(quality.overall),
            sharpness: share(quality.sharpness),
            underexposure: share(quality.underexposure),
            overexposure: share(quality.overexposure),
            color: share(quality.color),
        }
    }
}

/// A share with as many digits as say something.
fn share(value: f32) -> f32 {
    (value * 1e4).round() / 1e4
}

/// Pixels, degrees or years with one decimal.
pub(super) fn tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
