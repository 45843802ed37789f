//! The fields of requests, checked.

mod boxes;
mod history;
mod path;

use serde_json::Value;
use vultus_http::{Params, Photo};
use vultus_service::{FaceChoice, FaceSelection, GalleryEdit};
use vultus_types::Confidence;

pub(crate) use self::boxes::{box_fields, boxes};
pub(crate) use self::history::{cameras, event, face_bound, optional_flag, person, region, time};
pub(crate) use self::path::{camera_id, face_id, gallery, person_id};
use crate::error::{Fault, photo_fault};
use crate::wire::Asked;
use crate::{Call, quirks};

/// The photo in this field, fetched where it has to be.
pub(crate) async fn photo(call: &Call, name: &'static str) -> Result<Photo, Fault> {
    let source = call.params.photo(&[name]).map_err(|error| photo_fault(name, error))?;
    let source = source.ok_or_else(|| Fault::missing(name))?;
    source.load(&call.state.fetcher).await.map_err(|error| photo_fault(name, error))
}

/// The confidence that a match needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Threshold {
    /// Everything matches and nothing is decided.
    None,
    /// At least this.
    At(Confidence),
}

/// `threshold`: a name, `none`, or a number of 0 to 1.
pub(crate) fn threshold(params: &Params) -> Result<Threshold, Fault> {
    let Some(text) = text(params, "threshold")? else {
        return Ok(Threshold::At(Confidence::new(quirks::DEFAULT_THRESHOLD)));
    };
    if text.eq_ignore_ascii_case("none") {
        return Ok(Threshold::None);
    }
    let preset = quirks::THRESHOLDS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    let value = preset.map(|(_, value)| *value).or_else(|| text.parse().ok());
    match value {
        Some(value) if (0.0..=1.0).contains(&value) => Ok(Threshold::At(Confidence::new(value))),
        _ => {
            let reason = "Must be one of 'strict', 'medium', 'low', 'none', or a number from 0 to 1";
            Err(Fault::bad("threshold", Some(text), reason))
        }
    }
}

/// `mf_selector`: which of several faces.
pub(crate) fn selector(params: &Params) -> Result<FaceSelection, Fault> {
    let Some(text) = text(params, "mf_selector")? else { return Ok(FaceSelection::Largest) };
    match text.to_ascii_lowercase().as_str() {
        "reject" => Ok(FaceSelection::Single),
        "biggest" => Ok(FaceSelection::Largest),
        "all" => Ok(FaceSelection::Every),
        _ => Err(Fault::bad("mf_selector", Some(text), "Must be one of 'reject', 'biggest', 'all'")),
    }
}

/// `mf_selector` among the faces in `bbox` or in `x1`, `y1`, `x2`, `y2`.
pub(crate) fn choice(params: &Params) -> Result<FaceChoice, Fault> {
    Ok(FaceChoice { selection: selector(params)?, places: box_fields(params)? })
}

/// `mf_selector`, which boxes override: then it is one face for each box.
pub(crate) fn choice_of(params: &Params, name: &str) -> Result<FaceChoice, Fault> {
    let places = boxes(params, name)?;
    let selection = if places.is_empty() { selector(params)? } else { FaceSelection::Largest };
    Ok(FaceChoice { selection, places })
}

/// `n`, a whole number of 1 or more.
pub(crate) fn results(params: &Params) -> Result<usize, Fault> {
    match whole_number(params, "n")? {
        None => Ok(1),
        Some(0) => Err(Fault::bad("n", Some("0".to_owned()), "Must be 1 or more")),
        Some(count) => Ok(usize::try_from(count).unwrap_or(usize::MAX).min(quirks::MOST_RESULTS)),
    }
}

/// A whole number of 0 or more.
pub(crate) fn whole_number(params: &Params, name: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = text(params, name)? else { return Ok(None) };
    let number = text.parse().map_err(|_| Fault::bad(name, Some(text), "Must be a whole number"))?;
    Ok(Some(number))
}

/// A yes or no; no where it is not said.
pub(crate) fn flag(params: &Params, name: &str) -> Result<bool, Fault> {
    let bad = |_| Fault::bad(name, params.text(name).ok().flatten(), "Must be true or false");
    Ok(params.flag(name).map_err(bad)?.unwrap_or(false))
}

/// `gender`, `age` and `emotions`.
pub(crate) fn asked(params: &Params) -> Result<Asked, Fault> {
    Ok(Asked {
        gender: flag(params, "gender")?,
        age: flag(params, "age")?,
        emotions: flag(params, "emotions")?,
    })
}

/// `meta`, which may be empty; nothing where it is not there.
pub(crate) fn meta(params: &Params) -> Result<Option<String>, Fault> {
    let meta = params.text("meta")?;
    match meta {
        Some(meta) if meta.len() > quirks::MOST_META_BYTES => Err(Fault::bad("meta", Some(meta), "Too long")),
        Some(meta) if meta.contains('\0') => Err(Fault::bad("meta", None, "Must have no NUL character")),
        meta => Ok(meta),
    }
}

/// `galleries` of a new face: a list, a text with commas, or the field repeated. `default`, which every face is
/// in, is left out.
pub(crate) async fn galleries(call: &Call) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for field in call.params.all("galleries") {
        names.extend(field.json().and_then(|value| names_of(&value)).ok_or_else(bad_galleries)?);
    }
    names.extend(gallery(call));
    check_names(call, &names).await?;
    names.retain(|name| name != quirks::DEFAULT_GALLERY);
    Ok(names)
}

/// `galleries` of a change: an object of `add`, `del` or `set`, with a list.
pub(crate) async fn gallery_edit(call: &Call) -> Result<Option<GalleryEdit>, Fault> {
    let Some(value) = call.params.json("galleries")? else { return Ok(None) };
    let Value::Object(object) = value else { return Err(bad_edit()) };
    let mut entries = object.into_iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else { return Err(bad_edit()) };
    let names = names_of(&value).ok_or_else(bad_edit)?;
    let edit = match key.as_str() {
        "del" => return Ok(Some(GalleryEdit::Remove(names))),
        "add" => GalleryEdit::Add(names.clone()),
        "set" => GalleryEdit::Set(names.clone()),
        _ => return Err(bad_edit()),
    };
    check_names(call, &names).await?;
    Ok(Some(edit))
}

fn bad_galleries() -> Fault {
    Fault::bad("galleries", None, "Must be a list of gallery names")
}

fn bad_edit() -> Fault {
    let reason = "Must be an object with one of the keys 'add', 'del', 'set' and a list of gallery names";
    Fault::bad("galleries", None, reason)
}

/// Names that a new gallery may have, and those of galleries that exist whatever their names.
async fn check_names(call: &Call, names: &[String]) -> Result<(), Fault> {
    for name in names {
        let is_known = quirks::is_gallery_name(name) || call.service().has_gallery(call.caller, name).await?;
        if !is_known {
            let reason = "A gallery name has 1 to 48 letters, digits, '_' or '-'";
            return Err(Fault::bad("galleries", Some(name.clone()), reason));
        }
    }
    Ok(())
}

/// A list of names, or one text with commas.
fn names_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::String(text) => {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Some(names.map(str::to_owned).collect())
        }
        _ => None,
    }
}

/// Text without surrounding space; empty text counts as missing.
fn text(params: &Params, name: &str) -> Result<Option<String>, Fault> {
    let text = params.text(name)?.map(|text| text.trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

/// Fields for a test.
#[cfg(test)]
fn params_of(fields: &[(&str, Value)]) -> Params {
    let mut params = Params::default();
    for (name, value) in fields {
        params.push(*name, vultus_http::Field::Value(value.clone()));
    }
    params
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(name: &str, value: Value) -> Params {
        params_of(&[(name, value)])
    }

    #[test]
    fn threshold_is_a_name_a_number_or_none() {
        let read = |value: Value| threshold(&one("threshold", value));
        let at = |value: f32| Ok(Threshold::At(Confidence::new(value)));
        for (value, expected) in [
            (json!("strict"), at(0.7834)),
            (json!("Medium"), at(0.6616)),
            (json!("low"), at(0.5690)),
            (json!("none"), Ok(Threshold::None)),
            (json!(0.5), at(0.5)),
            (json!(0), at(0.0)),
            (json!("1"), at(1.0)),
            (json!(".2"), at(0.2)),
            (json!(null), at(0.75)),
            (json!(""), at(0.75)),
        ] {
            assert_eq!(read(value.clone()), expected, "{value}");
        }
        for value in [json!("tight"), json!(1.01), json!(-0.1), json!("nan"), json!([0.5]), json!(true)] {
            assert!(matches!(read(value.clone()), Err(Fault::BadParam { .. })), "{value}");
        }
    }

    #[test]
    fn selector_is_one_of_three_and_biggest_by_default() {
        let read = |value: Value| selector(&one("mf_selector", value));
        assert_eq!(read(json!("reject")), Ok(FaceSelection::Single));
        assert_eq!(read(json!("BIGGEST")), Ok(FaceSelection::Largest));
        assert_eq!(read(json!("all")), Ok(FaceSelection::Every));
        assert_eq!(selector(&Params::default()), Ok(FaceSelection::Largest));
        assert!(read(json!("smallest")).is_err());
    }

    #[test]
    fn boxes_of_a_photo_override_the_selector() {
        let fields = [("mf_selector", json!("all")), ("bbox1", json!([[1, 2, 3, 4]]))];
        let params = params_of(&fields);
        assert_eq!(choice_of(&params, "bbox1").unwrap().selection, FaceSelection::Largest);
        assert_eq!(choice_of(&params, "bbox2").unwrap(), FaceChoice::EVERY);
    }

    #[test]
    fn number_of_results_is_one_unless_told() {
        let read = |value: Value| results(&one("n", value));
        assert_eq!(results(&Params::default()), Ok(1));
        assert_eq!((read(json!(10)), read(json!("10")), read(json!(1_000_000))), (Ok(10), Ok(10), Ok(1000)));
        for value in [json!(0), json!(-1), json!(1.5), json!("many")] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn names_are_a_list_or_a_text_with_commas() {
        assert_eq!(names_of(&json!(["a", "b"])).unwrap(), ["a", "b"]);
        assert_eq!(names_of(&json!(" a, b,")).unwrap(), ["a", "b"]);
        assert_eq!(names_of(&json!([])).unwrap(), [""; 0]);
        for value in [json!([1]), json!({"a": 1}), json!(5)] {
            assert_eq!(names_of(&value), None, "{value}");
        }
    }
}
