//! Which sighting belongs to which track.

use std::time::Duration;

use vultus_types::BoundingBox;

use super::{Likeness, Sighting, Track, TrackerParams};

/// How much a pair that overlaps is worth above one that only looks alike.
const OVERLAP_BONUS: f32 = 1.0;
/// What is said of two faces of which at least one has no template.
const UNKNOWN_CONFIDENCE: f32 = 0.5;
/// A face may move by this share of its width between two frames without being taken for a new one, where no
/// template says more: at four frames per second that is a person who walks by.
const MAX_STEP: f32 = 1.0;
/// A face that moved so may have become larger or smaller by this factor at most.
const MAX_GROWTH: f32 = 1.5;
/// Longer than this ago, place alone says nothing.
const MAX_STEP_TIME: Duration = Duration::from_millis(600);

/// The track of each sighting, by its place in `tracks`.
pub(super) fn associate(
    tracks: &[Track],
    sightings: &[Sighting],
    time: Duration,
    params: &TrackerParams,
    likeness: &dyn Likeness,
) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (track_place, track) in tracks.iter().enumerate() {
        for (sighting_place, sighting) in sightings.iter().enumerate() {
            if let Some(worth) = worth(track, sighting, time, params, likeness) {
                pairs.push((worth, track_place, sighting_place));
            }
        }
    }
    // Best first; older tracks first among equals, whatever the order of the sightings.
    let position = |place: usize| {
        let bounds = &sightings[place].bounds;
        (bounds.x, bounds.y)
    };
    pairs.sort_by(|one, other| {
        let by_position = || {
            let (one, other) = (position(one.2), position(other.2));
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
        };
        other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then_with(by_position)
    });
    let mut chosen = vec![None; sightings.len()];
    let mut is_taken = vec![false; tracks.len()];
    for (_, track, sighting) in pairs {
        if !is_taken[track] && chosen[sighting].is_none() {
            is_taken[track] = true;
            chosen[sighting] = Some(track);
        }
    }
    chosen
}

/// How well a sighting fits a track; `None` where it cannot be its face.
fn worth(
    track: &Track,
    sighting: &Sighting,
    time: Duration,
    params: &TrackerParams,
    likeness: &dyn Likeness,
) -> Option<f32> {
    let templates = track.template.as_ref().zip(sighting.template.as_ref());
    let confidence = templates.and_then(|((known, _), seen)| likeness.confidence(known, seen));
    if confidence.is_some_and(|confidence| confidence < params.other_below) {
        return None;
    }
    if !track.is_placed {
        return confidence.filter(|confidence| *confidence >= params.same_from);
    }
    let overlap = track.bounds.iou(&sighting.bounds).max(track.expected(time).iou(&sighting.bounds));
    if overlap >= params.min_overlap {
        return Some(OVERLAP_BONUS + overlap + confidence.unwrap_or(UNKNOWN_CONFIDENCE));
    }
    match confidence {
        Some(confidence) => (confidence >= params.same_from).then_some(confidence),
        None => nearness(track, &sighting.bounds, time).map(|nearness| nearness * UNKNOWN_CONFIDENCE),
    }
}

/// How near a face is to where it should be, in 0..=1; `None` where it is too far or too long ago.
fn nearness(track: &Track, seen: &BoundingBox, time: Duration) -> Option<f32> {
    let expected = track.expected(time);
    let width = expected.width.max(seen.width);
    let growth = width / expected.width.min(seen.width).max(f32::EPSILON);
    let nearest =
        expected.center().distance(seen.center()).min(track.bounds.center().distance(seen.center()));
    let steps = nearest / width.max(f32::EPSILON);
    let is_near =
        steps <= MAX_STEP && growth <= MAX_GROWTH && time.saturating_sub(track.last_seen) <= MAX_STEP_TIME;
    is_near.then_some(1.0 - steps)
}
