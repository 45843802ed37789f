//! The fields about cameras, persons and times.

use serde_json::Value;
use vultus_http::Params;
use vultus_service::{CameraRegion, CameraSettings, EventSource};
use vultus_types::{CameraId, FaceId, PersonId, Timestamp};

use super::{text, whole_number};
use crate::error::Fault;
use crate::{quirks, times};

/// Cameras beyond this number are refused in one search.
const MOST_CAMERAS: usize = 1000;

const CAMERA_FORM: &str = "Must be the UUID of a camera";

/// `cam_id` of a new face, with its `timestamp`.
pub(crate) fn event(params: &Params) -> Result<Option<EventSource>, Fault> {
    let Some(text) = text(params, "cam_id")? else { return Ok(None) };
    let camera = quirks::read_camera(&text);
    let camera = camera.ok_or_else(|| Fault::bad("cam_id", Some(text), CAMERA_FORM))?;
    Ok(Some(EventSource { camera, occurred_at: time(params, "timestamp")? }))
}

/// `person_id` of a change.
pub(crate) fn person(params: &Params) -> Result<Option<PersonId>, Fault> {
    let Some(number) = whole_number(params, "person_id")? else { return Ok(None) };
    let person = PersonId::new(number);
    let bad = || Fault::bad("person_id", Some(number.to_string()), "Must be the id of a person");
    person.map(Some).ok_or_else(bad)
}

/// `cam_ids`: a list of cameras, one of them, or a text with commas; nothing where it is not there or empty.
pub(crate) fn cameras(params: &Params) -> Result<Option<Vec<CameraId>>, Fault> {
    let Some(value) = params.json("cam_ids")? else { return Ok(None) };
    let bad =
        || Fault::bad("cam_ids", Some(value.to_string()), "Must be a list of at most 1000 UUIDs of cameras");
    let texts: Vec<String> = match &value {
        Value::Array(items) if items.len() <= MOST_CAMERAS => {
            let item = |item: &Value| match item {
                Value::String(text) => Some(text.trim().to_owned()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            items.iter().map(item).collect::<Option<_>>().ok_or_else(bad)?
        }
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) if text.len() <= 40 * MOST_CAMERAS => {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        }
        _ => return Err(bad()),
    };
    let cameras: Vec<CameraId> =
        texts.iter().map(|text| quirks::read_camera(text)).collect::<Option<_>>().ok_or_else(bad)?;
    Ok((!cameras.is_empty()).then_some(cameras))
}

/// A time of ISO 8601.
pub(crate) fn time(params: &Params, name: &str) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = text(params, name)? else { return Ok(None) };
    let time = times::read(&text);
    time.map(Some).ok_or_else(|| Fault::bad(name, Some(text), "Must be a time as 2016-06-13T11:00:00.000000"))
}

/// A yes or no, where it is said.
pub(crate) fn optional_flag(params: &Params, name: &str) -> Result<Option<bool>, Fault> {
    let bad = |_| Fault::bad(name, params.text(name).ok().flatten(), "Must be true or false");
    if params.has(name) { params.flag(name).map_err(bad) } else { Ok(None) }
}

/// `rot` or `roi`: width, height, x and y; nothing where it is not there or empty.
pub(crate) fn region(params: &Params, name: &str) -> Result<Option<CameraRegion>, Fault> {
    let Some(value) = params.json(name)? else { return Ok(None) };
    let bad = || {
        let reason =
            "Must be four whole numbers: width, height, x and y, with a width and a height of 1 or more";
        Fault::bad(name, Some(value.to_string()), reason)
    };
    let items: Vec<Value> = match &value {
        Value::Array(items) => items.clone(),
        Value::String(text) => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
        }
        _ => return Err(bad()),
    };
    if items.is_empty() {
        return Ok(None);
    }
    let number = |item: &Value| item.as_i64().or_else(|| item.as_str()?.parse().ok());
    let numbers: Vec<i64> = items.iter().map(number).collect::<Option<_>>().ok_or_else(bad)?;
    let numbers: [i64; 4] = numbers.try_into().map_err(|_| bad())?;
    CameraSettings::region(numbers).map(Some).map_err(|_| bad())
}

/// The id of a face, as a bound: one beyond all ids is taken as the greatest, 0 as the least.
pub(crate) fn face_bound(params: &Params, name: &str) -> Result<Option<FaceId>, Fault> {
    let number = whole_number(params, name)?;
    Ok(number.map(|number| number.clamp(1, FaceId::LIMIT - 1)).and_then(FaceId::new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::fields::params_of;

    const UUID: &str = "12345678-1234-5678-1234-567812345678";

    fn camera(number: u128) -> CameraId {
        CameraId(Uuid::from_u128(number))
    }

    #[test]
    fn cameras_are_lists_texts_and_numbers() {
        let read = |value: Value| cameras(&params_of(&[("cam_ids", value)]));
        let uuid = CameraId(UUID.parse().unwrap());
        assert_eq!(read(json!([1, 25])), Ok(Some(vec![camera(1), camera(25)])));
        assert_eq!(read(json!("[\"25\"]")), Ok(Some(vec![camera(25)])));
        assert_eq!(read(json!([UUID])), Ok(Some(vec![uuid])));
        assert_eq!(read(json!(format!("{UUID}, 7"))), Ok(Some(vec![uuid, camera(7)])));
        assert_eq!(read(json!(7)), Ok(Some(vec![camera(7)])));
        assert_eq!((read(json!([])), read(json!("")), read(Value::Null)), (Ok(None), Ok(None), Ok(None)));
        for value in [json!("door"), json!([1.5]), json!([-1]), json!([[1]]), json!({"a": 1}), json!(true)] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
        assert!(read(Value::from(vec![1; 1001])).is_err());
    }

    #[test]
    fn regions_are_four_whole_numbers() {
        let read = |value: Value| region(&params_of(&[("roi", value)]), "roi");
        let expected = CameraRegion { width: 100, height: 50, x: 4, y: 0 };
        for value in [
            json!([100, 50, 4, 0]),
            json!("[100, 50, 4, 0]"),
            json!("100,50,4,0"),
            json!(["100", "50", "4", "0"]),
        ] {
            assert_eq!(read(value), Ok(Some(expected)));
        }
        assert_eq!((read(json!([])), read(json!(""))), (Ok(None), Ok(None)));
        for value in
            [json!([1, 2, 3]), json!([0, 1, 2, 3]), json!([1, 1, -1, 0]), json!([1.5, 1, 1, 1]), json!({})]
        {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn event_needs_a_camera_and_may_have_a_time() {
        let read = |fields: &[(&str, Value)]| event(&params_of(fields));
        assert_eq!(read(&[("timestamp", json!("2016-06-13"))]), Ok(None));
        let found = read(&[("cam_id", json!(UUID)), ("timestamp", json!("1970-01-01T00:00:01"))]);
        let source =
            EventSource { camera: CameraId(UUID.parse().unwrap()), occurred_at: Some(Timestamp(1_000_000)) };
        assert_eq!(found, Ok(Some(source)));
        assert_eq!(read(&[("cam_id", json!(""))]), Ok(None));
        assert!(read(&[("cam_id", json!("door"))]).is_err());
        assert!(read(&[("cam_id", json!(UUID)), ("timestamp", json!("today"))]).is_err());
    }
}
