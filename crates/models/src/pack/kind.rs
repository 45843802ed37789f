//! Tasks, and the kinds of models that serve them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a model is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Task {
    /// Finding faces.
    Detect,
    /// Finding small, hidden or turned faces, where the first detector is unsure.
    SmallFaceDetect,
    /// The dense mesh of a face, which gives landmarks and pose.
    Mesh,
    /// Eye contours and irises.
    Iris,
    /// The vector that identifies a face.
    Embed,
    /// General features of a face, for linear heads and a second opinion on identity; with age and gender.
    Features,
    /// Age and gender.
    AgeGender,
    /// Expression.
    Expression,
    /// 68 landmarks.
    Landmarks,
    /// Telling a living face from its picture.
    Liveness,
    /// The vector that identifies a voice.
    Voice,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The adapter that feeds a model and reads its outputs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelKind {
    /// The `BlazeFace` detector with 896 anchors, 256² input.
    BlazeFace,
    /// The SSD `MobileNet` v1 detector of face-api with 5118 anchors, 512² input.
    SsdMobileNetV1,
    /// Detectors with the output layout of YuNet.
    YuNet(DetectorParams),
    /// Detectors with the output layout of SCRFD with key points.
    Scrfd(DetectorParams),
    /// The mesh of 468 points.
    FaceMesh,
    /// The iris model of 71 + 5 points.
    Iris,
    /// The 128-d dlib `ResNet` embedder of face-api.
    DlibResNet,
    /// Embedders on a chip aligned by five points.
    ArcFace(ArcFaceParams),
    /// Gender, 1024-d features and age in classes.
    Faceres,
    /// Years, and male and female, of face-api.
    FaceApiAgeGender,
    /// Seven expressions of face-api.
    FaceApiExpression,
    /// Seven emotions from a grey crop.
    Emotion,
    /// 68 landmarks of face-api.
    Landmarks68,
    /// The liveness model of `human`.
    HumanLiveness,
    /// The anti-spoofing model of `human`.
    HumanAntispoof,
    /// Presentation attack detection on a crop around the face.
    MiniFasNet(MiniFasNetParams),
    /// The three-layer LSTM speaker encoder.
    VoiceEncoder,
}

/// The names of the kinds, as in `pack.toml`.
pub(super) const KINDS: [&str; 17] = [
    "blazeface",
    "ssd-mobilenet-v1",
    "yunet",
    "scrfd",
    "facemesh",
    "iris",
    "dlib-resnet",
    "arcface",
    "faceres",
    "faceapi-age-gender",
    "faceapi-expression",
    "emotion",
    "landmarks-68",
    "human-liveness",
    "human-antispoof",
    "minifasnet",
    "voice-encoder",
];

impl ModelKind {
    /// The kind's name in `pack.toml`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BlazeFace => "blazeface",
            Self::SsdMobileNetV1 => "ssd-mobilenet-v1",
            Self::YuNet(_) => "yunet",
            Self::Scrfd(_) => "scrfd",
            Self::FaceMesh => "facemesh",
            Self::Iris => "iris",
            Self::DlibResNet => "dlib-resnet",
            Self::ArcFace(_) => "arcface",
            Self::Faceres => "faceres",
            Self::FaceApiAgeGender => "faceapi-age-gender",
            Self::FaceApiExpression => "faceapi-expression",
            Self::Emotion => "emotion",
            Self::Landmarks68 => "landmarks-68",
            Self::HumanLiveness => "human-liveness",
            Self::HumanAntispoof => "human-antispoof",
            Self::MiniFasNet(_) => "minifasnet",
            Self::VoiceEncoder => "voice-encoder",
        }
    }

    /// The side of the square photo it takes, in pixels, for kinds that let an operator choose it.
    pub(crate) const fn side(&self) -> Option<usize> {
        match self {
            Self::YuNet(params) | Self::Scrfd(params) => Some(params.size as usize),
            Self::ArcFace(params) => Some(params.size as usize),
            _ => None,
        }
    }

    /// Whether a model of this kind can serve `task`.
    pub const fn serves(&self, task: Task) -> bool {
        match self {
            Self::BlazeFace | Self::SsdMobileNetV1 | Self::YuNet(_) | Self::Scrfd(_) => {
                matches!(task, Task::Detect | Task::SmallFaceDetect)
            }
            Self::FaceMesh => matches!(task, Task::Mesh),
            Self::Iris => matches!(task, Task::Iris),
            Self::DlibResNet | Self::ArcFace(_) => matches!(task, Task::Embed),
            Self::Faceres => matches!(task, Task::Features | Task::AgeGender),
            Self::FaceApiAgeGender => matches!(task, Task::AgeGender),
            Self::FaceApiExpression | Self::Emotion => matches!(task, Task::Expression),
            Self::Landmarks68 => matches!(task, Task::Landmarks),
            Self::HumanLiveness | Self::HumanAntispoof | Self::MiniFasNet(_) => {
                matches!(task, Task::Liveness)
            }
            Self::VoiceEncoder => matches!(task, Task::Voice),
        }
    }

    /// Reads a kind with its parameters. The error says what is wrong.
    pub(crate) fn from_parts(name: &str, params: toml::Table) -> Result<Self, String> {
        let read = |error: toml::de::Error| error.message().to_owned();
        let kind = match name {
            "yunet" => Self::YuNet(params.try_into::<DetectorParams>().map_err(read)?.check()?),
            "scrfd" => Self::Scrfd(params.try_into::<DetectorParams>().map_err(read)?.check()?),
            "arcface" => Self::ArcFace(params.try_into::<ArcFaceParams>().map_err(read)?.check()?),
            "minifasnet" => Self::MiniFasNet(params.try_into::<MiniFasNetParams>().map_err(read)?.check()?),
            _ if !params.is_empty() && KINDS.contains(&name) => {
                return Err(format!("the kind {name} has no parameters"));
            }
            "blazeface" => Self::BlazeFace,
            "ssd-mobilenet-v1" => Self::SsdMobileNetV1,
            "facemesh" => Self::FaceMesh,
            "iris" => Self::Iris,
            "dlib-resnet" => Self::DlibResNet,
            "faceres" => Self::Faceres,
            "faceapi-age-gender" => Self::FaceApiAgeGender,
            "faceapi-expression" => Self::FaceApiExpression,
            "emotion" => Self::Emotion,
            "landmarks-68" => Self::Landmarks68,
            "human-liveness" => Self::HumanLiveness,
            "human-antispoof" => Self::HumanAntispoof,
            "voice-encoder" => Self::VoiceEncoder,
            _ => return Err(format!("unknown kind {name:?}; known are {}", KINDS.join(", "))),
        };
        Ok(kind)
    }
}

/// The order of the colour planes a model expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// The positions to which a chip's landmarks are aligned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChipTemplate {
    /// The five points of ArcFace: eye centres, tip of the nose, corners of the mouth, given for 112².
    #[default]
    #[serde(rename = "arcface-5")]
    ArcFace5,
}

/// Parameters of the detectors that operators bring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorParams {
    /// Side of the square input in pixels, a multiple of 32.
    pub size: u32,
    /// The least score of a face, 0 to 1.
    pub threshold: f32,
}

impl Default for DetectorParams {
    fn default() -> Self {
        Self { size: 640, threshold: 0.5 }
    }
}

impl DetectorParams {
    fn check(self) -> Result<Self, String> {
        let fits = (64..=2048).contains(&self.size) && self.size.is_multiple_of(32);
        check(fits, "size must be a multiple of 32 from 64 to 2048")?;
        check((0.0..=1.0).contains(&self.threshold), "threshold must be from 0 to 1")?;
        Ok(self)
    }
}

/// Parameters of ArcFace-style embedders. A pixel `x` (0 to 255) is fed as `(x − mean) / std`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArcFaceParams {
    /// Side of the square chip in pixels.
    pub size: u32,
    /// Subtracted from each channel.
    pub mean: f32,
    /// Divides each channel.
    pub std: f32,
    /// The order of the colour planes.
    pub color: ColourOrder,
    /// Whether the chip's mirror image is embedded as well and the two vectors are added.
    pub flip: bool,
    /// Where the landmarks lie in the chip.
    pub template: ChipTemplate,
}

impl Default for ArcFaceParams {
    fn default() -> Self {
        Self {
            size: 112,
            mean: 127.5,
            std: 127.5,
            color: ColourOrder::Rgb,
            flip: true,
            template: ChipTemplate::ArcFace5,
        }
    }
}

impl ArcFaceParams {
    fn check(self) -> Result<Self, String> {
        check((32..=512).contains(&self.size), "size must be from 32 to 512")?;
        check(self.mean.is_finite(), "mean must be a number")?;
        check(self.std.is_finite() && self.std > 0.0, "std must be greater than 0")?;
        Ok(self)
    }
}

/// Parameters of `MiniFASNet` models: 80² BGR, 0 to 255, softmax class 1 is a living face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiniFasNetParams {
    /// Side of the crop in sides of the detector's box.
    pub crop_scale: f32,
}

impl MiniFasNetParams {
    fn check(self) -> Result<Self, String> {
        check((1.0..=8.0).contains(&self.crop_scale), "crop_scale must be from 1 to 8")?;
        Ok(self)
    }
}

fn check(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
