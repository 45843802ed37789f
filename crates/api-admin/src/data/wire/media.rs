//! Images and videos that were handed in.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{
    MediaFailure, MediaFrame, MediaInfo, MediaKind, MediaProgress, MediaReport, MediaSummary, PersonSummary,
    SeenPerson,
};
use vultus_types::{BoundingBox, Point};

use super::looks::{Emotions, tenths};
use super::{Place, Pose, Spot};

/// A medium that was just handed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct MediumState {
    pub(crate) id: String,
    /// `waiting`, `running`, `complete` or `failed`.
    pub(crate) state: &'static str,
}

/// A medium in a list; what is not known yet is null.
#[derive(Serialize, ToSchema)]
pub(crate) struct MediumRow {
    id: String,
    /// `waiting`, `running`, `complete` or `failed`.
    state: &'static str,
    created_at: String,
    /// `image` or `video`.
    kind: Option<&'static str>,
    duration_s: Option<f64>,
    /// How many people are in it.
    people: Option<usize>,
    /// Why it failed.
    error: Option<&'static str>,
}

impl From<&MediaReport> for MediumRow {
    fn from(report: &MediaReport) -> Self {
        let summary = summary(&report.progress);
        Self {
            id: report.id.to_string(),
            state: state(&report.progress),
            created_at: report.created_at.to_rfc3339(),
            kind: summary.map(|summary| kind(summary.info.kind)),
            duration_s: summary.map(|summary| seconds(summary.info.length)),
            people: summary.map(|summary| summary.persons.len()),
            error: failure(&report.progress),
        }
    }
}

/// A medium; what is not known yet is null.
#[derive(Serialize, ToSchema)]
pub(crate) struct Medium {
    id: String,
    /// `waiting`, `running`, `complete` or `failed`.
    state: &'static str,
    created_at: String,
    /// Why it failed.
    error: Option<&'static str>,
    /// `image` or `video`.
    kind: Option<&'static str>,
    /// The usual ending of such files.
    format: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    duration_s: Option<f64>,
    /// How many frames were looked at.
    frames: Option<u64>,
    people: Option<Vec<MediumPerson>>,
}

impl From<&MediaReport> for Medium {
    fn from(report: &MediaReport) -> Self {
        let summary = summary(&report.progress);
        let info = summary.map(|summary| &summary.info);
        Self {
            id: report.id.to_string(),
            state: state(&report.progress),
            created_at: report.created_at.to_rfc3339(),
            error: failure(&report.progress),
            kind: info.map(|info| kind(info.kind)),
            format: info.map(|info| info.format.clone()),
            width: info.map(|info| info.width),
            height: info.map(|info| info.height),
            duration_s: info.map(|info| seconds(info.length)),
            frames: summary.map(|summary| summary.frames),
            people: summary.map(|summary| summary.persons.iter().map(Into::into).collect()),
        }
    }
}

/// A person over a whole medium.
#[derive(Serialize, ToSchema)]
pub(crate) struct MediumPerson {
    person: u32,
    /// Years.
    age: Option<f32>,
    /// `female` or `male`.
    gender: Option<&'static str>,
    glasses: Option<bool>,
    first_at_s: f64,
    last_at_s: f64,
    /// How long the person was to be seen: absences are not counted.
    duration_s: f64,
    /// How much of the person's attention was the camera's, 0 to 100.
    attention: Option<f32>,
    /// From the first to the last time.
    dwell_s: f64,
    /// How long the person looked at the camera.
    looked_s: f64,
    /// Separate looks at the camera.
    glances: u32,
    blinks: u32,
    /// The means over all frames.
    emotions: Option<Emotions>,
}

impl From<&PersonSummary> for MediumPerson {
    fn from(person: &PersonSummary) -> Self {
        Self {
            person: person.person,
            age: person.age.map(tenths),
            gender: person.is_female.map(gender),
            glasses: person.has_glasses,
            first_at_s: seconds(person.first_seen),
            last_at_s: seconds(person.last_seen),
            duration_s: seconds(person.seen_for),
            attention: person.attention.map(tenths),
            dwell_s: seconds(person.last_seen.saturating_sub(person.first_seen)),
            looked_s: seconds(person.looked_for),
            glances: person.glances,
            blinks: person.blinks,
            emotions: person.expression.map(Into::into),
        }
    }
}

/// The frames of a medium.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is written piece by piece")]
pub(crate) struct MediumFrames {
    width: u32,
    height: u32,
    frames: Vec<Frame>,
}

impl MediumFrames {
    /// The beginning of the text of an answer whose frames follow, without its end `]}`.
    pub(crate) fn beginning(info: &MediaInfo) -> String {
        format!(r#"{{"width":{},"height":{},"frames":["#, info.width, info.height)
    }
}

/// A frame.
#[derive(Serialize, ToSchema)]
pub(crate) struct Frame {
    at_s: f64,
    people: Vec<FramePerson>,
}

/// A person in a frame.
#[derive(Serialize, ToSchema)]
pub(crate) struct FramePerson {
    person: u32,
    #[serde(rename = "box")]
    place: Place,
    emotions: Option<Emotions>,
    pose: Option<Pose>,
    /// 68 points in the usual order, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    landmarks: Option<Vec<Spot>>,
    attention: Option<f32>,
    glances: u32,
    blinking: Option<bool>,
}

impl From<&MediaFrame> for Frame {
    fn from(frame: &MediaFrame) -> Self {
        Self { at_s: seconds(frame.time), people: frame.people.iter().map(Into::into).collect() }
    }
}

impl From<&SeenPerson> for FramePerson {
    fn from(seen: &SeenPerson) -> Self {
        let [x, y, width, height] = seen.bounds;
        let spots = |points: &Vec<[f32; 2]>| points.iter().map(|&[x, y]| Point::new(x, y).into()).collect();
        Self {
            person: seen.person,
            place: BoundingBox::new(x, y, width, height).into(),
            emotions: seen.expression.map(Into::into),
            pose: seen.pose.map(|[yaw, pitch, roll]| Pose {
                roll: tenths(roll),
                pitch: tenths(pitch),
                yaw: tenths(yaw),
            }),
            landmarks: seen.points.as_ref().map(spots),
            attention: seen.attention.map(tenths),
            glances: seen.glances,
            blinking: seen.is_blinking,
        }
    }
}

/// The name of a state.
pub(crate) const fn state(progress: &MediaProgress) -> &'static str {
    match progress {
        MediaProgress::Waiting => "waiting",
        MediaProgress::Running => "running",
        MediaProgress::Complete(_) => "complete",
        MediaProgress::Failed(_) => "failed",
    }
}

const fn failure(progress: &MediaProgress) -> Option<&'static str> {
    let MediaProgress::Failed(failure) = progress else { return None };
    Some(match failure {
        MediaFailure::Unreadable => "unreadable",
        MediaFailure::NoPictures => "no_pictures",
        MediaFailure::TooLarge => "too_large",
        MediaFailure::NoVideoReader => "no_video_reader",
        MediaFailure::BrokeOff => "broke_off",
        MediaFailure::Internal => "internal",
    })
}

const fn summary(progress: &MediaProgress) -> Option<&MediaSummary> {
    match progress {
        MediaProgress::Complete(summary) => Some(summary),
        _ => None,
    }
}

const fn kind(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
    }
}

const fn gender(is_female: bool) -> &'static str {
    if is_female { "female" } else { "male" }
}

/// Seconds to the millisecond.
fn seconds(time: Duration) -> f64 {
    time.as_millis() as f64 / 1e3
}
