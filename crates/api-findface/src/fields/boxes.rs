//! Boxes in every form clients send: an object, a list of four numbers, a list of either, or four fields.

use serde_json::Value;
use vultus_http::Params;
use vultus_types::BoundingBox;

use crate::error::Fault;

/// Boxes beyond this number are refused.
const MOST_BOXES: usize = 64;

const EDGES: [&str; 4] = ["x1", "y1", "x2", "y2"];

const FORM: &str = "Must be a box as {\"x1\", \"y1\", \"x2\", \"y2\"} or [x1, y1, x2, y2] with x1 < x2 and y1 < y2, \
                    or a list of such boxes";

/// The boxes in this field; none where it is not there.
pub(crate) fn boxes(params: &Params, name: &str) -> Result<Vec<BoundingBox>, Fault> {
    let Some(value) = params.json(name)? else { return Ok(Vec::new()) };
    let is_empty = value.as_str().is_some_and(|text| text.trim().is_empty());
    if is_empty { Ok(Vec::new()) } else { read(&value).ok_or_else(|| bad(name, &value)) }
}

/// The boxes in `bbox`, or the one in `x1`, `y1`, `x2`, `y2`.
pub(crate) fn box_fields(params: &Params) -> Result<Vec<BoundingBox>, Fault> {
    let given = boxes(params, "bbox")?;
    if !given.is_empty() || !EDGES.iter().any(|edge| params.has(edge)) {
        return Ok(given);
    }
    let mut edges = [0.0; 4];
    for (edge, name) in edges.iter_mut().zip(EDGES) {
        let bad = |_| Fault::bad(name, params.text(name).ok().flatten(), "Must be a number");
        *edge = params.number(name).map_err(bad)?.ok_or_else(|| Fault::missing(name))?;
    }
    let bounds = from_edges(edges).ok_or_else(|| Fault::bad("x1", None, "Must be x1 < x2 and y1 < y2"))?;
    Ok(vec![bounds])
}

fn bad(name: &str, value: &Value) -> Fault {
    Fault::bad(name, Some(value.to_string()), FORM)
}

fn read(value: &Value) -> Option<Vec<BoundingBox>> {
    match value {
        Value::Array(items) if items.iter().any(|item| number(item).is_none()) => {
            (items.len() <= MOST_BOXES).then(|| items.iter().map(one).collect()).flatten()
        }
        Value::Array(items) if items.is_empty() => Some(Vec::new()),
        value => Some(vec![one(value)?]),
    }
}

fn one(value: &Value) -> Option<BoundingBox> {
    let edges: Vec<f64> = match value {
        Value::Object(object) => {
            EDGES.iter().map(|edge| object.get(*edge).and_then(number)).collect::<Option<_>>()?
        }
        Value::Array(items) => items.iter().map(number).collect::<Option<_>>()?,
        _ => return None,
    };
    from_edges(edges.try_into().ok()?)
}

/// A number, or a text that holds one.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn from_edges([x1, y1, x2, y2]: [f64; 4]) -> Option<BoundingBox> {
    let bounds = BoundingBox::from_edges(x1 as f32, y1 as f32, x2 as f32, y2 as f32);
    (x1 < x2 && y1 < y2).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::params_of;
    use super::*;

    fn edges(found: &[BoundingBox]) -> Vec<[f32; 4]> {
        found.iter().map(|found| [found.x, found.y, found.right(), found.bottom()]).collect()
    }

    #[test]
    fn one_box_is_read_from_every_form() {
        for value in [
            json!({"x1": -1, "y1": 2, "x2": 30, "y2": 40}),
            json!([-1, 2, 30, 40]),
            json!(["-1", "2", "30", "40"]),
            json!([[-1, 2, 30, 40]]),
            json!([{"x1": "-1", "y1": 2.0, "x2": 30, "y2": "40"}]),
            json!("[-1, 2, 30, 40]"),
            json!("[[-1, 2, 30, 40]]"),
            json!(r#"{"x1": -1, "y1": 2, "x2": 30, "y2": 40}"#),
        ] {
            let found = boxes(&params_of(&[("bbox", value.clone())]), "bbox").unwrap();
            assert_eq!(edges(&found), [[-1.0, 2.0, 30.0, 40.0]], "{value}");
        }
    }

    #[test]
    fn several_boxes_may_be_of_either_form() {
        let value = json!([[1, 2, 3, 4], {"x1": 5, "y1": 6, "x2": 7, "y2": 8}]);
        let found = boxes(&params_of(&[("bbox", value)]), "bbox").unwrap();
        assert_eq!(edges(&found), [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
        for value in [json!([]), json!(""), json!(null)] {
            assert_eq!(boxes(&params_of(&[("bbox", value)]), "bbox"), Ok(Vec::new()));
        }
    }

    #[test]
    fn other_values_are_refused() {
        for value in [
            json!([1, 2, 3]),
            json!([1, 2, 3, 4, 5]),
            json!([3, 2, 1, 4]),
            json!([1, 4, 3, 4]),
            json!({"x1": 1, "y1": 2, "x2": 3}),
            json!("1,2,3,4"),
            json!(7),
            json!([[1, 2, 3, 4], [1]]),
            json!(vec![[1, 2, 3, 4]; MOST_BOXES + 1]),
        ] {
            let refused = boxes(&params_of(&[("bbox", value.clone())]), "bbox");
            assert!(matches!(refused, Err(Fault::BadParam { .. })), "{value}");
        }
    }

    #[test]
    fn box_is_read_from_four_fields() {
        let fields = [("x1", json!(1)), ("y1", json!("2")), ("x2", json!(3)), ("y2", json!(4.5))];
        assert_eq!(edges(&box_fields(&params_of(&fields)).unwrap()), [[1.0, 2.0, 3.0, 4.5]]);
        assert_eq!(box_fields(&params_of(&fields[..3])), Err(Fault::missing("y2")));
        assert!(box_fields(&params_of(&[("x1", json!("a")), ("y1", json!(1))])).is_err());
        let both = [("bbox", json!([5, 6, 7, 8])), ("x1", json!(1))];
        assert_eq!(edges(&box_fields(&params_of(&both)).unwrap()), [[5.0, 6.0, 7.0, 8.0]]);
    }
}
