//! Answers as they are sent. Keys are in the order of the documentation's samples.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use vultus_service::{EnrolledFace, FaceRecord, HOME_GALLERY};
use vultus_types::{AnalyzedFace, BoundingBox, Gender, PersonId, Wanted};

use crate::openapi::CameraKey;
use crate::{quirks, times};

/// A body of JSON under the original's content type.
pub(crate) fn json(body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(quirks::JSON));
    }
    response
}

/// A number of six decimals; whole ones are written without a point.
#[derive(Clone, Copy, Debug, PartialEq, ToSchema)]
pub(crate) struct Decimal(pub(crate) f32);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let rounded = (f64::from(self.0) * 1e6).round() / 1e6;
        if rounded.fract() == 0.0 { to.serialize_i64(rounded as i64) } else { to.serialize_f64(rounded) }
    }
}

/// `{"results":…}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Results<T> {
    pub(crate) results: T,
}

/// Where a face is, in whole pixels; it may reach over the photo's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FaceBox {
    x1: i64,
    x2: i64,
    y1: i64,
    y2: i64,
}

impl From<&BoundingBox> for FaceBox {
    fn from(bounds: &BoundingBox) -> Self {
        let whole = |value: f32| value.round() as i64;
        Self {
            x1: whole(bounds.x),
            x2: whole(bounds.right()),
            y1: whole(bounds.y),
            y2: whole(bounds.bottom()),
        }
    }
}

impl FaceBox {
    /// `[x1, y1, x2, y2]`.
    pub(crate) fn key(self) -> String {
        let Self { x1, x2, y1, y2 } = self;
        format!("[{x1}, {y1}, {x2}, {y2}]")
    }
}

/// What of a face is asked for beside its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) gender: bool,
    pub(crate) age: bool,
    pub(crate) emotions: bool,
}

impl Asked {
    /// What the engine has to find out for it.
    pub(crate) const fn wanted(self) -> Wanted {
        Wanted { demographics: self.gender || self.age, expression: self.emotions, ..Wanted::BOXES }
    }
}

/// What was asked for, and null or nothing where it cannot be told.
#[derive(Serialize, ToSchema)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    age: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    emotions: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    gender: Option<Value>,
}

impl Attributes {
    pub(crate) fn new(asked: Asked, face: &AnalyzedFace) -> Self {
        let demographics = face.demographics.unwrap_or_default();
        let age = demographics.age.map(|years| years.round() as i64);
        let gender = demographics.gender.and_then(|estimate| estimate.best()).map(|gender| match gender {
            Gender::Female => "female",
            Gender::Male => "male",
        });
        let emotions = face.expression.map(|expression| quirks::emotions(expression).to_vec());
        Self {
            age: asked.age.then(|| age.into()),
            emotions: asked.emotions.then(|| emotions.unwrap_or_default()),
            gender: asked.gender.then(|| gender.into()),
        }
    }
}

/// An enrolled face.
#[derive(Serialize, ToSchema)]
pub(crate) struct Face {
    galleries: Vec<String>,
    id: u64,
    meta: String,
    photo: String,
    photo_hash: String,
    /// UTC, without saying so.
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$")]
    timestamp: String,
    #[serde(flatten)]
    bounds: FaceBox,
    #[serde(flatten)]
    seen: Seen,
}

/// What the history knows of a face; what it does not know is left out.
#[derive(Serialize, ToSchema)]
struct Seen {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CameraKey>, nullable = false)]
    cam_id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    friend: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    person_id: Option<u64>,
}

/// The digest of a face's photo, empty where it is not known.
pub(crate) fn photo_hash(face: &FaceRecord) -> String {
    face.photo_md5.map(hex::encode).unwrap_or_default()
}

impl From<EnrolledFace> for Face {
    fn from(EnrolledFace { face, galleries, person, event }: EnrolledFace) -> Self {
        let seen = Seen {
            cam_id: event.map(|event| quirks::camera_value(event.camera)),
            friend: event.map(|event| event.is_friend),
            person_id: person.map(PersonId::get),
        };
        Self {
            galleries: with_default(galleries),
            id: face.id.get(),
            photo_hash: photo_hash(&face),
            meta: face.subject,
            photo: face.photo_url.unwrap_or_default(),
            timestamp: times::write(event.map_or(face.enrolled_at, |event| event.occurred_at)),
            bounds: (&face.bounds).into(),
            seen,
        }
    }
}

/// The gallery that every face is in, then the others.
pub(crate) fn with_default(galleries: Vec<String>) -> Vec<String> {
    let others = galleries.into_iter().filter(|name| name != HOME_GALLERY);
    [quirks::DEFAULT_GALLERY.to_owned()].into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vultus_types::{Demographics, GenderEstimate};

    use super::*;

    #[test]
    fn boxes_are_whole_and_may_be_negative() {
        let bounds = FaceBox::from(&BoundingBox::new(-3.4, 2.6, 10.0, 20.1));
        assert_eq!(serde_json::to_value(bounds).unwrap(), json!({"x1": -3, "x2": 7, "y1": 3, "y2": 23}));
        assert_eq!(bounds.key(), "[-3, 3, 7, 23]");
    }

    #[test]
    fn confidences_have_six_decimals_at_most() {
        for (value, text) in [(1.0, "1"), (0.0, "0"), (0.723_975, "0.723975"), (0.420_602_68, "0.420603")] {
            assert_eq!(serde_json::to_string(&Decimal(value)).unwrap(), text);
        }
    }

    #[test]
    fn attributes_that_cannot_be_told_are_there_and_empty() {
        let mut face = AnalyzedFace::new(BoundingBox::default(), 0.9);
        let told = |asked, face: &AnalyzedFace| serde_json::to_value(Attributes::new(asked, face)).unwrap();
        let all = Asked { gender: true, age: true, emotions: true };
        assert_eq!(told(all, &face), json!({"age": null, "emotions": [], "gender": null}));
        assert_eq!(told(Asked::default(), &face), json!({}));
        let unsure = GenderEstimate { female: 0.5 };
        face.demographics =
            Some(Demographics { age: Some(25.6), gender: Some(unsure), ..Demographics::default() });
        assert_eq!(told(all, &face), json!({"age": 26, "emotions": [], "gender": null}));
    }
}
