//! Faces followed from frame to frame.
//!
//! A sighting belongs to the track whose box, moved on at its speed, it covers best, unless the templates say
//! that it is someone else; a sighting elsewhere belongs to a track whose template says that it is the same
//! person. Pairs are taken best first, each track and each sighting once. Templates are dear, so they are
//! only asked for when they decide something: see [`Tracker::wants_templates`].

mod association;

use std::time::Duration;

use vultus_types::{BoundingBox, Template};

/// Tells how alike two templates are.
pub trait Likeness: Send + Sync {
    /// The confidence that both are of one person, in 0..=1, on the scale of error rates (0.5: one stranger
    /// in a hundred reaches it); `None` where they cannot be compared.
    fn confidence(&self, one: &Template, other: &Template) -> Option<f32>;
}

impl<F: Fn(&Template, &Template) -> Option<f32> + Send + Sync> Likeness for F {
    fn confidence(&self, one: &Template, other: &Template) -> Option<f32> {
        self(one, other)
    }
}

/// When sightings belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackerParams {
    /// From this overlap with a track's box on, a sighting is taken for its face.
    pub min_overlap: f32,
    /// From this confidence on, a sighting is taken for a track's face wherever it is.
    pub same_from: f32,
    /// Below this confidence a sighting is not taken for a track's face, wherever it is.
    pub other_below: f32,
    /// A track ends when its face was not seen for longer.
    pub max_gap: Duration,
    /// After this time a track's template is compared anew.
    pub refresh_after: Duration,
}

impl Default for TrackerParams {
    /// A quarter of overlap; one false match in a hundred, of the few people in one picture; nine strangers
    /// in ten below the other limit; two seconds of absence, as of a head that turns away; a second between
    /// templates.
    fn default() -> Self {
        Self {
            min_overlap: 0.25,
            same_from: 0.5,
            other_below: 0.25,
            max_gap: Duration::from_secs(2),
            refresh_after: Duration::from_secs(1),
        }
    }
}

/// A track's number, given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackId(pub u64);

/// A face in a frame.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Where it is.
    pub bounds: BoundingBox,
    /// Its template, where one was made.
    pub template: Option<Template>,
}

/// One face over time.
#[derive(Clone, Debug)]
struct Track {
    id: TrackId,
    bounds: BoundingBox,
    /// Pixels per second of the middle, to the right and down.
    speed: (f32, f32),
    last_seen: Duration,
    /// Whether its place says where it is now.
    is_placed: bool,
    template: Option<(Template, Duration)>,
}

/// Follows faces.
pub struct Tracker {
    params: TrackerParams,
    tracks: Vec<Track>,
    next_id: u64,
}

impl Tracker {
    /// A tracker that follows nobody yet.
    pub const fn new(params: TrackerParams) -> Self {
        Self { params, tracks: Vec::new(), next_id: 0 }
    }

    /// Whether the faces of the frame at `time` should come with templates: where a track has none yet or an
    /// old one, its face is missing, or two faces are about to meet.
    pub fn wants_templates(&self, time: Duration) -> bool {
        let last_frame = self.tracks.iter().map(|track| track.last_seen).max();
        let is_due = |track: &Track| {
            let is_old =
                |&(_, made): &(Template, Duration)| time.saturating_sub(made) >= self.params.refresh_after;
            track.template.as_ref().is_none_or(is_old) || Some(track.last_seen) != last_frame
        };
        self.tracks.iter().any(is_due) || self.is_crowded(time)
    }

    /// Whether the boxes of two tracks touch.
    fn is_crowded(&self, time: Duration) -> bool {
        let boxes: Vec<_> = self.tracks.iter().map(|track| track.expected(time)).collect();
        boxes.iter().enumerate().any(|(index, one)| boxes[..index].iter().any(|other| one.iou(other) > 0.0))
    }

    /// Another scene begins with the next frame: where faces were says no more where they are. Only templates
    /// tell who is still there.
    pub fn cut(&mut self) {
        for track in &mut self.tracks {
            track.is_placed = false;
        }
    }

    /// Takes over the faces of the frame at `time`, which is later than the last one. Returns the track of
    /// each.
    pub fn update(
        &mut self,
        time: Duration,
        sightings: &[Sighting],
        likeness: &dyn Likeness,
    ) -> Vec<TrackId> {
        let chosen = association::associate(&self.tracks, sightings, time, &self.params, likeness);
        let join = |(sighting, track): (&Sighting, Option<usize>)| {
            if let Some(track) = track {
                self.tracks[track].see(sighting, time);
                return self.tracks[track].id;
            }
            let id = TrackId(self.next_id);
            self.next_id += 1;
            self.tracks.push(Track::new(id, sighting, time));
            id
        };
        sightings.iter().zip(chosen).map(join).collect()
    }

    /// Ends the tracks whose faces were not seen for too long at `time` and returns them.
    pub fn expire(&mut self, time: Duration) -> Vec<TrackId> {
        let max_gap = self.params.max_gap;
        let is_over = |track: &Track| time.saturating_sub(track.last_seen) > max_gap;
        let ended = self.tracks.iter().filter(|track| is_over(track)).map(|track| track.id).collect();
        self.tracks.retain(|track| !is_over(track));
        ended
    }

    /// How many tracks go on.
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Whether nobody is followed.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }
}

impl Track {
    fn new(id: TrackId, sighting: &Sighting, time: Duration) -> Self {
        let template = sighting.template.clone().map(|template| (template, time));
        Self { id, bounds: sighting.bounds, speed: (0.0, 0.0), last_seen: time, is_placed: true, template }
    }

    /// Where the face should be at `time`. Nobody goes on like that for more than half a second.
    fn expected(&self, time: Duration) -> BoundingBox {
        let seconds = time.saturating_sub(self.last_seen).as_secs_f32().min(0.5);
        let BoundingBox { x, y, width, height } = self.bounds;
        BoundingBox::new(x + self.speed.0 * seconds, y + self.speed.1 * seconds, width, height)
    }

    fn see(&mut self, sighting: &Sighting, time: Duration) {
        let seconds = time.saturating_sub(self.last_seen).as_secs_f32();
        if !self.is_placed {
            self.speed = (0.0, 0.0);
        } else if seconds > 0.0 {
            let (from, to) = (self.bounds.center(), sighting.bounds.center());
            // Half of the new speed and half of the old: boxes tremble.
            self.speed.0 = self.speed.0.midpoint((to.x - from.x) / seconds);
            self.speed.1 = self.speed.1.midpoint((to.y - from.y) / seconds);
        }
        self.bounds = sighting.bounds;
        self.last_seen = time;
        self.is_placed = true;
        if let Some(template) = &sighting.template {
            self.template = Some((template.clone(), time));
        }
    }
}

#[cfg(test)]
mod tests;
