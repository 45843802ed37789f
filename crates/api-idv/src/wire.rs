//! Answers as they are sent. Keys are in the order of the documentation's sample.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vultus_service::LivenessOutcome;
use vultus_types::{AnalyzedFace, CivilTime, Timestamp};

use crate::quirks::{NO_LIVENESS, NOT_PASSED, PASSED};

/// A number of four decimals at most, always with a point.
#[derive(Clone, Copy, Debug, PartialEq, ToSchema)]
pub(crate) struct Decimal(pub(crate) f32);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((f64::from(self.0) * 1e4).round() / 1e4)
    }
}

/// The answer to a verification.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer {
    #[schema(format = "uuid")]
    api_req_uid: String,
    /// `YYYY-MM-DD hh:mm:ss` in UTC.
    #[schema(pattern = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
    processed_at: String,
    /// `YYYY-MM-DD hh:mm:ss` in UTC.
    #[schema(pattern = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
    requested_at: String,
    /// 1: the selfie passes; 2: it does not.
    #[schema(minimum = 1, maximum = 2)]
    response_code: u8,
    response_data: Data,
}

#[derive(Serialize, ToSchema)]
struct Data {
    /// 0 to 1, of the largest face; 0 where there is no face.
    faces_liveness: Decimal,
    /// Every face, the largest first.
    faces_predicted: Vec<Face>,
    img: Image,
}

#[derive(Serialize, ToSchema)]
struct Face {
    confidence: Decimal,
    /// Width and height.
    delta: Pair,
    top_left: Pair,
}

/// Pixels of the displayed photo.
#[derive(Serialize, ToSchema)]
struct Pair {
    x: Decimal,
    y: Decimal,
}

#[derive(Serialize, ToSchema)]
struct Image {
    height: u32,
    width: u32,
}

/// What an answer says of the request itself.
pub(crate) struct RequestMarks {
    /// Its id.
    pub(crate) uid: String,
    /// When its body had been read.
    pub(crate) requested_at: Timestamp,
    /// When the answer was known.
    pub(crate) processed_at: Timestamp,
}

impl Answer {
    /// The answer to a request.
    pub(crate) fn new(marks: RequestMarks, outcome: &LivenessOutcome) -> Self {
        let analysis = &outcome.analysis;
        Self {
            api_req_uid: marks.uid,
            processed_at: moment(marks.processed_at),
            requested_at: moment(marks.requested_at),
            response_code: if outcome.is_live { PASSED } else { NOT_PASSED },
            response_data: Data {
                faces_liveness: Decimal(outcome.largest.map_or(NO_LIVENESS, |liveness| liveness.score)),
                faces_predicted: analysis.faces.iter().map(Face::from).collect(),
                img: Image { height: analysis.height, width: analysis.width },
            },
        }
    }
}

impl From<&AnalyzedFace> for Face {
    fn from(face: &AnalyzedFace) -> Self {
        let bounds = face.bounds;
        Self {
            confidence: Decimal(face.detection_score),
            delta: Pair { x: Decimal(bounds.width), y: Decimal(bounds.height) },
            top_left: Pair { x: Decimal(bounds.x), y: Decimal(bounds.y) },
        }
    }
}

/// `YYYY-MM-DD hh:mm:ss` in UTC.
fn moment(time: Timestamp) -> String {
    let CivilTime { year, month, day, hour, minute, second, .. } = time.into();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_point_and_at_most_four_decimals() {
        for (value, text) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (0.988_51, "0.9885"),
            (18.998_19, "18.9982"),
            (0.99996, "1.0"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(serde_json::to_string(&Decimal(value)).unwrap(), text);
        }
    }

    #[test]
    fn moments_are_written_as_in_the_sample() {
        assert_eq!(moment(Timestamp(1_712_001_917_000_000)), "2024-04-01 20:05:17");
    }
}
