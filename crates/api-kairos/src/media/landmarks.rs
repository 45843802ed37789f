//! The landmarks by the names that they have on the wire: 48 of the usual 68 points, in the original's order and
//! spelling. Left is the left of the image.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use utoipa::ToSchema;

/// A name with the number of its point among the 68.
type Named = (&'static str, usize);

const NAMES: [Named; 48] = [
    ("leftEyeBrowOuterLeft", 18),
    ("leftEyeBrowInnerLeft", 19),
    ("leftEyeBrowInnerRight", 20),
    ("leftEyeBrowOuterRight", 21),
    ("righteEyeBrowOuterLeft", 22),
    ("rightEyeBrowInnerLeft", 23),
    ("rightEyeBrowInnerRight", 24),
    ("rightEyeBrowOuterRight", 25),
    ("noseBetweenEyes", 27),
    ("noseBridge", 28),
    ("noseBody", 29),
    ("noseTipTop", 30),
    ("leftNostrilOuterLeft", 31),
    ("leftNostrilOuterRight", 32),
    ("noseTipBottom", 33),
    ("rightNostrilInnerLeft", 34),
    ("rightNostrilOuterRight", 35),
    ("leftEyeCornerLeft", 36),
    ("leftEyeTopInnerLeft", 37),
    ("leftEyeTopInnerRight", 38),
    ("leftEyeCornerRight", 39),
    ("leftEyeBottomInnerRight", 40),
    ("leftEyeBottomInnerLeft", 41),
    ("rightEyeCornerLeft", 42),
    ("rightEyeTopInnerLeft", 43),
    ("rightEyeTopInnerRight", 44),
    ("rightEyeCornerRight", 45),
    ("rightEyeBottomInnerRight", 46),
    ("rightEyeBottomInnerLeft", 47),
    ("upperLipTopCornerLeft", 48),
    ("upperLipTopOuterLeft", 49),
    ("upperLipTopInnerLeft", 50),
    ("upperLipTopCenter", 51),
    ("upperLipTopInnerRight", 52),
    ("upperLipTopOuterRight", 53),
    ("upperLipTopCornerRight", 54),
    ("lowerLipBottomCornerRight", 55),
    ("lowerLipBottomInnerRight", 56),
    ("lowerLipBottomCenter", 57),
    ("lowerLipBottomInnerLeft", 58),
    ("lowerLipBottomCornerLeft", 59),
    ("upperLipBottomOuterLeft", 60),
    ("upperLipBottomInnerLeft", 61),
    ("upperLipBottomCenter", 62),
    ("uppeLipMBottomInnerRight", 63),
    ("upperLipBottomOuterRight", 64),
    ("lowerLipInnerRight", 65),
    ("lowerLipTopInnerLeft", 67),
];

/// The landmarks of a face: a list of objects with one key each.
pub(super) struct Landmarks<'a>(pub(super) &'a [[f32; 2]]);

impl Serialize for Landmarks<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(NAMES.len()))?;
        for (name, number) in NAMES {
            if let Some(&[x, y]) = self.0.get(number) {
                list.serialize_element(&Landmark { name, x, y })?;
            }
        }
        list.end()
    }
}

struct Landmark {
    name: &'static str,
    x: f32,
    y: f32,
}

/// A point of the image, in pixels.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaPoint)]
pub(super) struct Place {
    x: i64,
    y: i64,
}

impl Serialize for Landmark {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut landmark = to.serialize_map(Some(1))?;
        let place = Place { x: self.x.round() as i64, y: self.y.round() as i64 };
        landmark.serialize_entry(self.name, &place)?;
        landmark.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks_are_objects_with_one_key_in_the_order_of_the_original() {
        let points: Vec<[f32; 2]> = (0..68_u16).map(|number| [f32::from(number), 100.4]).collect();
        let written = serde_json::to_value(Landmarks(&points)).unwrap();
        let list = written.as_array().unwrap();
        assert_eq!(list.len(), 48);
        assert_eq!(list[0], serde_json::json!({"leftEyeBrowOuterLeft": {"x": 18, "y": 100}}));
        assert_eq!(list[4], serde_json::json!({"righteEyeBrowOuterLeft": {"x": 22, "y": 100}}));
        assert_eq!(list[47], serde_json::json!({"lowerLipTopInnerLeft": {"x": 67, "y": 100}}));
    }

    #[test]
    fn points_are_told_once_and_in_order() {
        assert!(NAMES.windows(2).all(|pair| pair[0].1 < pair[1].1));
    }
}
