//! What was seen, as JSON and as a table. Times are milliseconds, boxes and points pixels.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vultus_video::{
    MediaFrame, MediaInfo, MediaKind, MediaSummary, PersonSummary, SeenExpression, SeenPerson,
};

fn milliseconds(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// An object without what is not known.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let known = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

pub(super) fn info_json(info: &MediaInfo) -> Value {
    json!({
        "kind": match info.kind { MediaKind::Image => "image", MediaKind::Video => "video" },
        "format": info.format,
        "width": info.width,
        "height": info.height,
        "length_ms": milliseconds(info.length),
    })
}

pub(super) fn frame_json(frame: &MediaFrame) -> Value {
    let people: Vec<_> = frame.people.iter().map(seen_json).collect();
    json!({ "time_ms": milliseconds(frame.time), "people": people })
}

fn seen_json(seen: &SeenPerson) -> Value {
    let [x, y, width, height] = seen.bounds;
    let pose = seen.pose.map(|[yaw, pitch, roll]| json!({ "yaw": yaw, "pitch": pitch, "roll": roll }));
    object([
        ("person", Some(json!(seen.person))),
        ("box", Some(json!({ "x": x, "y": y, "width": width, "height": height }))),
        ("pose_deg", pose),
        ("points", seen.points.as_ref().map(|points| json!(points))),
        ("expression", seen.expression.map(expression_json)),
        ("glasses", seen.has_glasses.map(Value::from)),
        ("age", seen.age.map(|age| json!(age.round() as i64))),
        ("gender", seen.is_female.map(|is_female| gender(is_female).into())),
        ("blinks", seen.is_blinking.map(Value::from)),
        ("glances", Some(json!(seen.glances))),
        ("attention", seen.attention.map(Value::from)),
    ])
}

pub(super) fn person_json(person: &PersonSummary) -> Value {
    object([
        ("person", Some(json!(person.person))),
        ("first_seen_ms", Some(json!(milliseconds(person.first_seen)))),
        ("last_seen_ms", Some(json!(milliseconds(person.last_seen)))),
        ("seen_for_ms", Some(json!(milliseconds(person.seen_for)))),
        ("frames", Some(json!(person.frames))),
        ("expression", person.expression.map(expression_json)),
        ("glasses", person.has_glasses.map(Value::from)),
        ("age", person.age.map(|age| json!(age.round() as i64))),
        ("gender", person.is_female.map(|is_female| gender(is_female).into())),
        ("attention", person.attention.map(Value::from)),
        ("glances", Some(json!(person.glances))),
        ("looked_for_ms", Some(json!(milliseconds(person.looked_for)))),
        ("blinks", Some(json!(person.blinks))),
    ])
}

/// The names of the expressions with their shares.
pub(super) fn expressions(told: &SeenExpression) -> [(&'static str, f32); 7] {
    [
        ("anger", told.anger),
        ("disgust", told.disgust),
        ("fear", told.fear),
        ("joy", told.joy),
        ("neutral", told.neutral),
        ("sadness", told.sadness),
        ("surprise", told.surprise),
    ]
}

/// The expression with the largest share.
pub(super) fn dominant(told: &SeenExpression) -> &'static str {
    let best = expressions(told).into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
    best.map_or("", |(name, _)| name)
}

fn expression_json(told: SeenExpression) -> Value {
    Value::Object(
        expressions(&told).map(|(name, share)| (name.to_owned(), share.into())).into_iter().collect(),
    )
}

const fn gender(is_female: bool) -> &'static str {
    if is_female { "female" } else { "male" }
}

/// What the medium is and how many people are in it.
pub(super) fn heading(path: &Path, summary: &MediaSummary) -> String {
    let MediaInfo { kind, format, width, height, length } = &summary.info;
    let length = match kind {
        MediaKind::Image => String::new(),
        MediaKind::Video => format!(", {:.1} s", length.as_secs_f32()),
    };
    let persons = summary.persons.len();
    format!("{}: {format}, {width} × {height}{length}, persons: {persons}", path.display())
}

/// A table of the persons.
pub(super) fn rows(persons: &[PersonSummary]) -> Vec<Vec<String>> {
    let heading = [
        "person",
        "from s",
        "to s",
        "seen s",
        "age",
        "gender",
        "glasses",
        "expression",
        "attention",
        "glances",
        "blinks",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(persons.iter().map(row));
    rows
}

fn row(person: &PersonSummary) -> Vec<String> {
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f32());
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let glasses = person.has_glasses.map(|worn| if worn { "yes" } else { "no" }.to_owned());
    vec![
        person.person.to_string(),
        seconds(person.first_seen),
        seconds(person.last_seen),
        seconds(person.seen_for),
        or_dash(person.age.map(|age| format!("{age:.0}"))),
        or_dash(person.is_female.map(|is_female| gender(is_female).to_owned())),
        or_dash(glasses),
        or_dash(person.expression.map(|told| dominant(&told).to_owned())),
        or_dash(person.attention.map(|attention| format!("{attention:.0}"))),
        person.glances.to_string(),
        person.blinks.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dominant_expression_is_the_one_with_the_largest_share() {
        let told = SeenExpression { joy: 0.4, neutral: 0.5, sadness: 0.1, ..SeenExpression::default() };
        assert_eq!(dominant(&told), "neutral");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let seen = SeenPerson {
            person: 3,
            first_seen: Duration::ZERO,
            bounds: [1.0, 2.0, 3.0, 4.0],
            pose: None,
            points: None,
            expression: None,
            has_glasses: None,
            age: Some(30.4),
            is_female: Some(true),
            is_blinking: None,
            glances: 1,
            attention: None,
        };
        let told = seen_json(&seen);
        let keys: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["age", "box", "gender", "glances", "person"]);
        assert_eq!((&told["age"], &told["gender"]), (&json!(30), &json!("female")));
    }
}
