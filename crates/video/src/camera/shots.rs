//! The best shot of each track, and when it is due.

use std::collections::HashMap;
use std::time::Duration;

use crate::{BestShot, TrackId};

/// A track that was seen in fewer frames is taken for a mistake of the detector.
const MIN_SIGHTINGS: u32 = 2;
/// The best shot of a track that goes on is posted after this time, then after twice as long, and so on:
/// somebody who stays all day makes a dozen events, not thousands.
const FIRST_PERIOD: Duration = Duration::from_secs(15);

/// Best shots by track.
#[derive(Default)]
pub(super) struct Shots(HashMap<TrackId, TrackShots>);

struct TrackShots {
    sightings: u32,
    /// The best since the last one that was posted; `None` where the face was not seen where it is posted.
    best: Option<BestShot>,
    due_at: Duration,
    period: Duration,
}

impl Shots {
    /// Notes that a track was seen at `time` of the video.
    pub(super) fn see(&mut self, track: TrackId, time: Duration) {
        let new =
            || TrackShots { sightings: 0, best: None, due_at: time + FIRST_PERIOD, period: FIRST_PERIOD };
        self.0.entry(track).or_insert_with(new).sightings += 1;
    }

    /// Keeps a shot of a track that was [seen](Self::see), where it is the best. `shot` is only made where
    /// its score is.
    pub(super) fn offer(&mut self, track: TrackId, score: f32, shot: impl FnOnce() -> BestShot) {
        if let Some(known) = self.0.get_mut(&track)
            && known.best.as_ref().is_none_or(|best| score > best.score)
        {
            known.best = Some(shot());
        }
    }

    /// The best shot of a track that is over, unless it was a mistake or its best was posted.
    pub(super) fn finish(&mut self, track: TrackId) -> Option<BestShot> {
        self.0.remove(&track).filter(TrackShots::is_sure)?.best
    }

    /// The best shots of tracks that go on for long at `time` of the video.
    pub(super) fn take_due(&mut self, time: Duration) -> Vec<BestShot> {
        let due = |shots: &mut TrackShots| {
            if time < shots.due_at || !shots.is_sure() {
                return None;
            }
            shots.period *= 2;
            shots.due_at = time + shots.period;
            shots.best.take()
        };
        self.0.values_mut().filter_map(due).collect()
    }

    /// The best shots of everyone, at the end of a stream.
    pub(super) fn take_all(&mut self) -> Vec<BestShot> {
        self.0
            .drain()
            .map(|(_, shots)| shots)
            .filter(TrackShots::is_sure)
            .filter_map(|shots| shots.best)
            .collect()
    }
}

impl TrackShots {
    const fn is_sure(&self) -> bool {
        self.sightings >= MIN_SIGHTINGS
    }
}

#[cfg(test)]
mod tests {
    use vultus_media::RgbPhoto;
    use vultus_types::{BoundingBox, Timestamp};

    use super::*;
    fn see(shots: &mut Shots, track: u64, second: u64, score: f32) {
        let time = Duration::from_secs(second);
        shots.see(TrackId(track), time);
        shots.offer(TrackId(track), score, || BestShot {
            score,
            photo: RgbPhoto::filled(1, 1, [0; 3]),
            bounds: BoundingBox::default(),
            seen_at: Timestamp(0),
        });
    }

    #[test]
    fn finished_track_gives_its_best_shot() {
        let mut shots = Shots::default();
        for score in [0.3, 0.8, 0.5] {
            see(&mut shots, 1, 0, score);
        }
        assert_eq!(shots.finish(TrackId(1)).unwrap().score, 0.8);
        assert!(shots.finish(TrackId(1)).is_none());
    }

    #[test]
    fn face_seen_once_is_taken_for_a_mistake() {
        let mut shots = Shots::default();
        see(&mut shots, 1, 0, 0.9);
        see(&mut shots, 2, 0, 0.9);
        see(&mut shots, 2, 0, 0.9);
        assert!(shots.finish(TrackId(1)).is_none());
        assert_eq!(shots.take_all().len(), 1);
    }

    #[test]
    fn long_track_is_posted_ever_more_rarely() {
        let mut shots = Shots::default();
        let mut posted = Vec::new();
        for second in 0..400 {
            see(&mut shots, 1, second, 0.5);
            if !shots.take_due(Duration::from_secs(second)).is_empty() {
                posted.push(second);
            }
        }
        assert_eq!(posted, [15, 45, 105, 225]);
    }

    #[test]
    fn track_that_was_posted_and_seen_no_more_gives_nothing_again() {
        let mut shots = Shots::default();
        see(&mut shots, 1, 0, 0.5);
        see(&mut shots, 1, 1, 0.5);
        assert_eq!(shots.take_due(Duration::from_secs(20)).len(), 1);
        assert!(shots.finish(TrackId(1)).is_none());
    }

    #[test]
    fn face_outside_the_region_is_followed_and_not_posted() {
        let mut shots = Shots::default();
        shots.see(TrackId(1), Duration::ZERO);
        shots.see(TrackId(1), Duration::ZERO);
        assert!(shots.finish(TrackId(1)).is_none());
    }
}
