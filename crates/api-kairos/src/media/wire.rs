//! Answers of v2 as they are sent. Keys are in the order in which the original was recorded.

use std::time::Duration;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vultus_service::{MediaInfo, MediaKind, MediaSummary, PersonSummary, SeenExpression, SeenPerson};
use vultus_types::{CivilTime, MediaId, Timestamp};

use super::landmarks::{Landmarks, Place};
use super::quirks::{self, NOT_AVAILABLE};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How far a medium is.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MediaState)]
pub(super) struct State {
    id: String,
    status_code: u8,
    status_message: &'static str,
}

impl State {
    pub(super) fn of(id: String, (status_code, status_message): (u8, &'static str)) -> Self {
        Self { id, status_code, status_message }
    }
}

/// The answer to a removal; its code is a text.
#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    id: String,
    status_code: &'static str,
    status_message: &'static str,
}

impl Deleted {
    pub(super) fn new(id: MediaId) -> Self {
        let (status_code, status_message) = quirks::DELETED;
        Self { id: id.to_string(), status_code, status_message }
    }
}

/// A number with so many decimals; whole ones are written without a point.
#[derive(Clone, Copy)]
pub(super) struct Rounded<const DECIMALS: i32>(pub(super) f64);

impl<const DECIMALS: i32> Serialize for Rounded<DECIMALS> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let scale = 10_f64.powi(DECIMALS);
        let rounded = (self.0 * scale).round() / scale;
        if rounded.fract() == 0.0 { to.serialize_i64(rounded as i64) } else { to.serialize_f64(rounded) }
    }
}

type Milli = Rounded<3>;

/// What a medium is; images have a size, videos do not.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaInfo)]
pub(super) struct Info {
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    height: Option<u32>,
    #[serde(rename = "type")]
    kind: &'static str,
    file: String,
    mime_type: String,
}

impl Info {
    pub(super) fn new(id: MediaId, info: &MediaInfo) -> Self {
        let (width, height) = match info.kind {
            MediaKind::Image => (Some(info.width), Some(info.height)),
            MediaKind::Video => (None, None),
        };
        let kind = kind(info.kind);
        Self {
            length: info.length.as_secs(),
            width,
            height,
            kind,
            file: format!("{id}.{}", info.format),
            mime_type: format!("{kind}/{}", info.format),
        }
    }
}

const fn kind(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = MediaDemographics)]
struct Demographics {
    age_group: &'static str,
    gender: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MediaAppearance)]
struct Appearance {
    glasses: &'static str,
}

/// Expressions in percent.
#[derive(Serialize, ToSchema)]
struct Emotions {
    #[schema(value_type = f64)]
    anger: Milli,
    #[schema(value_type = f64)]
    disgust: Milli,
    #[schema(value_type = f64)]
    fear: Milli,
    #[schema(value_type = f64)]
    joy: Milli,
    #[schema(value_type = f64)]
    sadness: Milli,
    #[schema(value_type = f64)]
    surprise: Milli,
}

impl From<&SeenExpression> for Emotions {
    fn from(seen: &SeenExpression) -> Self {
        let percent = |share: f32| Rounded(f64::from(share) * 100.0);
        Self {
            anger: percent(seen.anger),
            disgust: percent(seen.disgust),
            fear: percent(seen.fear),
            joy: percent(seen.joy),
            sadness: percent(seen.sadness),
            surprise: percent(seen.surprise),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = MediaTracking)]
struct Tracking {
    glances: u32,
    #[schema(value_type = f64)]
    dwell: Milli,
    #[schema(value_type = Option<f64>, required = true)]
    attention: Option<Milli>,
    blink: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MediaPose)]
struct Pose {
    #[schema(value_type = f64)]
    yaw: Rounded<4>,
    #[schema(value_type = f64)]
    pitch: Rounded<4>,
    #[schema(value_type = f64)]
    roll: Rounded<4>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MediaFace)]
struct Face {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

/// A person in a frame.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaPerson)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer's keys")]
pub(super) struct Person<'a> {
    person_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end_time: Option<String>,
    demographics: Demographics,
    appearance: Appearance,
    #[schema(required = true)]
    emotions: Option<Emotions>,
    tracking: Tracking,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<HashMap<String, Place>>>)]
    landmarks: Option<Landmarks<'a>>,
    #[schema(required = true)]
    pose: Option<Pose>,
    face: Face,
    #[schema(value_type = f64)]
    distance: Rounded<4>,
}

/// A frame with the people in it; `started_at` is when the work began.
pub(super) struct Moment {
    pub(super) kind: MediaKind,
    pub(super) started_at: Timestamp,
    pub(super) time: Duration,
}

impl Moment {
    pub(super) fn person<'a>(&self, seen: &'a SeenPerson) -> Person<'a> {
        let is_video = self.kind == MediaKind::Video;
        let at = |time: Duration| is_video.then(|| wall_clock(self.started_at, time));
        let dwell = if is_video { self.time.saturating_sub(seen.first_seen) } else { Duration::ZERO };
        let [x, y, width, height] = seen.bounds.map(|pixels| pixels.round() as i64);
        Person {
            person_id: seen.person.to_string(),
            start_time: at(seen.first_seen),
            end_time: at(self.time),
            demographics: Demographics {
                age_group: quirks::age_group(seen.age),
                gender: gender(seen.is_female),
            },
            appearance: Appearance { glasses: yes_or_no(seen.has_glasses) },
            emotions: seen.expression.as_ref().map(Emotions::from),
            tracking: Tracking {
                glances: seen.glances,
                dwell: Rounded(dwell.as_millis() as f64 / 1e3),
                attention: seen.attention.map(|attention| Rounded(f64::from(attention))),
                blink: yes_or_no(seen.is_blinking),
            },
            landmarks: seen.points.as_deref().map(Landmarks),
            pose: seen.pose.map(|[yaw, pitch, roll]| Pose {
                yaw: Rounded(f64::from(yaw)),
                pitch: Rounded(f64::from(pitch)),
                roll: Rounded(f64::from(roll)),
            }),
            face: Face { x, y, width, height },
            distance: Rounded(f64::from(seen.bounds[2] * quirks::DISTANCE_PER_WIDTH)),
        }
    }
}

const fn gender(is_female: Option<bool>) -> &'static str {
    match is_female {
        Some(true) => "Female",
        Some(false) => "Male",
        None => NOT_AVAILABLE,
    }
}

const fn yes_or_no(is_so: Option<bool>) -> &'static str {
    match is_so {
        Some(true) => "Yes",
        Some(false) => "No",
        None => NOT_AVAILABLE,
    }
}

/// `2016-Aug-31 17:47:35.280681`: the moment of the work for a time of the video.
fn wall_clock(started_at: Timestamp, time: Duration) -> String {
    let moment = Timestamp(started_at.0.saturating_add(time.as_micros() as i64));
    let CivilTime { year, month, day, hour, minute, second, micros } = moment.into();
    let month = MONTHS.get(month as usize - 1).unwrap_or(&MONTHS[0]);
    format!("{year:04}-{month}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
}

/// What was found over a whole medium.
#[derive(Serialize, ToSchema)]
pub(super) struct Analytics {
    id: String,
    impressions: Vec<Impression>,
    media_info: AnalyticsInfo,
}

#[derive(Serialize, ToSchema)]
struct AnalyticsInfo {
    filename: String,
    length: u64,
    mime_type: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Impression {
    appearance: NumberedGlasses,
    #[schema(required = true)]
    average_emotion: Option<Emotions>,
    demographics: NumberedDemographics,
    #[schema(value_type = f64)]
    duration: Milli,
    #[schema(required = true)]
    emotion_score: Option<EmotionScore>,
    id: String,
    tracking: OverallTracking,
}

#[derive(Serialize, ToSchema)]
struct NumberedGlasses {
    glasses: u8,
}

#[derive(Serialize, ToSchema)]
struct NumberedDemographics {
    age_group: String,
    gender: u8,
}

#[derive(Serialize, ToSchema)]
struct OverallTracking {
    #[schema(value_type = Option<f64>, required = true)]
    attention: Option<Milli>,
    #[schema(value_type = f64)]
    dwell: Milli,
    glances: u32,
}

/// Joy, the neutral expression and the four negative ones as shares of all but surprise, which is neither; in percent,
/// together 100.
#[derive(Serialize, ToSchema)]
struct EmotionScore {
    #[schema(value_type = f64)]
    negative: Rounded<2>,
    #[schema(value_type = f64)]
    neutral: Rounded<2>,
    #[schema(value_type = f64)]
    positive: Rounded<2>,
}

impl EmotionScore {
    fn of(seen: &SeenExpression) -> Option<Self> {
        let negative = seen.anger + seen.disgust + seen.fear + seen.sadness;
        let whole = f64::from(negative + seen.neutral + seen.joy);
        let share = |part: f32| Rounded(f64::from(part) / whole * 100.0);
        (whole > 0.0).then(|| Self {
            negative: share(negative),
            neutral: share(seen.neutral),
            positive: share(seen.joy),
        })
    }
}

impl Analytics {
    pub(super) fn new(id: MediaId, summary: &MediaSummary) -> Self {
        let Info { length, kind, file, mime_type, .. } = Info::new(id, &summary.info);
        Self {
            id: id.to_string(),
            impressions: summary.persons.iter().map(Impression::from).collect(),
            media_info: AnalyticsInfo { filename: file, length, mime_type, kind },
        }
    }
}

impl From<&PersonSummary> for Impression {
    fn from(person: &PersonSummary) -> Self {
        let seconds = |time: Duration| Rounded(time.as_millis() as f64 / 1e3);
        Self {
            appearance: NumberedGlasses { glasses: quirks::glasses_number(person.has_glasses) },
            average_emotion: person.expression.as_ref().map(Emotions::from),
            demographics: NumberedDemographics {
                age_group: quirks::age_group(person.age).replace(' ', "-"),
                gender: quirks::gender_number(person.is_female),
            },
            duration: seconds(person.seen_for),
            emotion_score: person.expression.as_ref().and_then(EmotionScore::of),
            id: person.person.to_string(),
            tracking: OverallTracking {
                attention: person.attention.map(|attention| Rounded(f64::from(attention))),
                dwell: seconds(person.last_seen.saturating_sub(person.first_seen)),
                glances: person.glances,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_original_does() {
        let start = Timestamp(1_472_665_655_280_681);
        assert_eq!(wall_clock(start, Duration::ZERO), "2016-Aug-31 17:47:35.280681");
        assert_eq!(wall_clock(start, Duration::from_micros(4687)), "2016-Aug-31 17:47:35.285368");
    }

    #[test]
    fn emotion_score_leaves_surprise_out_and_is_100_together() {
        let seen = SeenExpression {
            anger: 0.1,
            disgust: 0.05,
            fear: 0.0,
            joy: 0.4,
            neutral: 0.2,
            sadness: 0.05,
            surprise: 0.2,
        };
        let score = serde_json::to_value(EmotionScore::of(&seen).unwrap()).unwrap();
        assert_eq!(score, serde_json::json!({"negative": 25, "neutral": 25, "positive": 50}));
        let surprise = SeenExpression { surprise: 1.0, ..SeenExpression::default() };
        assert!(EmotionScore::of(&surprise).is_none());
    }
}
