//! Tracks become persons.
//!
//! A track ends when its face is hidden, leaves or turns away for long; the person may come back in another one.
//! Frames are held back for as long as a track may be interrupted ([`TrackerParams::max_gap`], two seconds), so that
//! when a track's first frame is handed on, the best faces of its first two seconds tell who it is: the known person
//! whose best templates are most like the track's, from a confidence of [`SAME_FROM`] on, or somebody new. Faces that
//! are seen in one frame are never one person; best matches are taken first. A number once told is never taken
//! back, so two tracks that turn out later to be of one person stay two persons.
//!
//! What is found for a moment only is rarely a face: a track becomes a person with a frame from which on it is seen in
//! at least [`LEAST_SHARE`] of the next second, and is left out until then.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use vultus_types::{AnalyzedFace, Template};

use super::attention::{ATTENTIVE_FROM, LEAST_LOOK};
use super::looks::Looked;
use super::person::{Ahead, BestTemplates, Person, SeenFace, template_of};
use super::{MediaFrame, MediaKind, PersonSummary};
use crate::{Likeness, Sighting, TrackId, Tracker, TrackerParams};

/// From this confidence on a track is a known person: one stranger in a thousand reaches it.
const SAME_FROM: f32 = 0.6;
/// A track is taken for the same face elsewhere in the picture from this confidence on: one stranger in ten thousand
/// reaches it. Below, it is a new track, which may be told to be the same person when it has more faces to show.
const SAME_TRACK_FROM: f32 = 0.75;
/// Who is seen in fewer frames of a second is nobody: four frames of twelve are needed.
const LEAST_SHARE: f32 = 0.33;
/// The time over which that is looked at.
const CONFIRM_WITHIN: Duration = Duration::from_secs(1);
/// Persons who can be known again; of those seen longest ago the templates are dropped.
const MAX_KNOWN: usize = 512;

/// A frame that is held back.
struct Held {
    time: Duration,
    faces: Vec<SeenFace>,
}

/// A track that is followed or held back.
#[derive(Default)]
struct Track {
    /// The place of its person among all persons, once that is decided.
    person: Option<usize>,
    /// Its templates until then.
    templates: BestTemplates,
    last_seen: Duration,
    is_over: bool,
}

/// How people are told apart and what is told of them.
pub(super) struct People {
    likeness: Arc<dyn Likeness>,
    tracker: Tracker,
    tracks: HashMap<TrackId, Track>,
    held: VecDeque<Held>,
    persons: Vec<Person>,
    kind: MediaKind,
    /// How long a frame stands.
    length: Duration,
    /// How long frames are held back.
    hold: Duration,
    wants_points: bool,
}

impl People {
    /// Nobody yet. Each frame stands for `length`.
    pub(super) fn new(
        likeness: Arc<dyn Likeness>,
        kind: MediaKind,
        length: Duration,
        wants_points: bool,
    ) -> Self {
        let params = TrackerParams { same_from: SAME_TRACK_FROM, ..TrackerParams::default() };
        Self {
            likeness,
            tracker: Tracker::new(params),
            tracks: HashMap::new(),
            held: VecDeque::new(),
            persons: Vec::new(),
            kind,
            length,
            hold: params.max_gap,
            wants_points,
        }
    }

    /// Whether everything should be looked for in the frame at `time`: templates, age, gender and glasses decide
    /// something, or whoever comes is new.
    pub(super) fn wants_everything(&self, time: Duration) -> bool {
        self.tracker.is_empty() || self.tracker.wants_templates(time)
    }

    /// Takes over a frame, which is later than the last one.
    pub(super) fn take(&mut self, looked: &Looked) {
        let time = looked.time;
        if looked.is_cut {
            self.tracker.cut();
        }
        let templates: Vec<_> = looked.faces.iter().map(template_of).collect();
        let sighting = |(face, template): (&AnalyzedFace, &Option<(f32, Template)>)| {
            let template = template.as_ref().map(|(_, template)| template.clone());
            Sighting { bounds: face.bounds, template }
        };
        let sightings: Vec<_> = looked.faces.iter().zip(&templates).map(sighting).collect();
        let tracks = self.tracker.update(time, &sightings, &*self.likeness);
        let mut faces = Vec::with_capacity(tracks.len());
        for ((track, face), template) in tracks.into_iter().zip(looked.faces.iter()).zip(templates) {
            let known = self.tracks.entry(track).or_default();
            known.last_seen = time;
            if let Some((score, template)) = template {
                let person = known.person.and_then(|place| self.persons.get_mut(place));
                let templates = person.map_or(&mut known.templates, |person| &mut person.templates);
                templates.offer(score, template);
            }
            faces.push(SeenFace::new(track, face, looked.scale, self.wants_points));
        }
        for track in self.tracker.expire(time) {
            if let Some(track) = self.tracks.get_mut(&track) {
                track.is_over = true;
            }
        }
        self.held.push_back(Held { time, faces });
    }

    /// The next frame with its persons: once it was held back for long enough, or the medium is over.
    pub(super) fn next(&mut self, is_over: bool) -> Option<MediaFrame> {
        let newest = self.held.back()?.time;
        let is_due = |held: &Held| is_over || newest.saturating_sub(held.time) >= self.hold;
        if !self.held.front().is_some_and(is_due) {
            return None;
        }
        self.decide();
        let Held { time, faces } = self.held.pop_front()?;
        let mut people: Vec<_> = faces.into_iter().filter_map(|face| self.see(time, face)).collect();
        people.sort_by_key(|seen| seen.person);
        self.tracks.retain(|_, track| !track.is_over || track.last_seen > time);
        Some(MediaFrame { time, people })
    }

    /// What is known of everyone.
    pub(super) fn summaries(&self) -> Vec<PersonSummary> {
        self.persons.iter().map(Person::summary).collect()
    }

    /// Tells a face's person what is seen of them; the face's frame is held no longer.
    fn see(&mut self, time: Duration, face: SeenFace) -> Option<super::SeenPerson> {
        let place = self.tracks.get(&face.track)?.person?;
        let coming = || self.held.iter().flat_map(|held| held.faces.iter().map(|face| (held.time, face)));
        let own = || coming().filter(|(_, later)| later.track == face.track);
        let traits = own().map(|(_, later)| later).find(|later| later.has_traits());
        let ahead = Ahead { traits, is_lasting: self.is_lasting(time, own()) };
        Some(self.persons.get_mut(place)?.see(time, self.length, face, &ahead))
    }

    /// Whether a look that begins with the frame at `time` lasts, by what follows of its track. An image is over
    /// before that can be told: it counts.
    fn is_lasting<'a>(&self, time: Duration, coming: impl Iterator<Item = (Duration, &'a SeenFace)>) -> bool {
        if self.kind == MediaKind::Image {
            return true;
        }
        let mut lasted = self.length;
        for (later, face) in coming {
            let is_next = later.saturating_sub(time) < lasted + self.length / 2;
            if lasted >= LEAST_LOOK || !is_next || face.attention.is_none_or(|told| told < ATTENTIVE_FROM) {
                break;
            }
            lasted += self.length;
        }
        lasted >= LEAST_LOOK
    }

    /// Decides whose the tracks are that come first in the frame held longest.
    fn decide(&mut self) {
        let Some(Held { time, faces }) = self.held.front() else { return };
        let time = *time;
        let is_new = |track: &TrackId| {
            self.tracks.get(track).is_some_and(|track| track.person.is_none()) && self.is_lasting_find(*track)
        };
        let mut new: Vec<TrackId> = faces.iter().map(|face| face.track).filter(is_new).collect();
        new.sort_unstable();
        let mut pairs: Vec<_> = new.iter().flat_map(|track| self.matches(*track)).collect();
        pairs.sort_by(|one, other| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        let mut chosen: HashMap<TrackId, usize> = HashMap::new();
        for (_, track, place) in pairs {
            if !chosen.contains_key(&track) && !chosen.values().any(|taken| *taken == place) {
                chosen.insert(track, place);
            }
        }
        for track in new {
            let place = chosen.get(&track).copied().unwrap_or_else(|| self.add_person(time));
            if let Some(track) = self.tracks.get_mut(&track) {
                track.person = Some(place);
                self.persons[place].templates.join(std::mem::take(&mut track.templates));
            }
        }
    }

    /// Whether a track is seen often enough from the frame held longest on.
    fn is_lasting_find(&self, id: TrackId) -> bool {
        let Some(begin) = self.held.front().map(|held| held.time) else { return false };
        let within = self.held.iter().take_while(|held| held.time.saturating_sub(begin) < CONFIRM_WITHIN);
        let (mut frames, mut seen) = (0u32, 0u32);
        for held in within {
            frames += 1;
            seen += u32::from(held.faces.iter().any(|face| face.track == id));
        }
        seen as f32 >= frames as f32 * LEAST_SHARE
    }

    /// The known persons that a track may be of, with the confidence.
    fn matches(&self, id: TrackId) -> Vec<(f32, TrackId, usize)> {
        let Some(track) = self.tracks.get(&id) else { return Vec::new() };
        let others = self.beside(id);
        let matching = |(place, person): (usize, &Person)| {
            let confidence = person.templates.confidence(&track.templates, &*self.likeness)?;
            (confidence >= SAME_FROM && !others.contains(&place)).then_some((confidence, id, place))
        };
        self.persons.iter().enumerate().filter_map(matching).collect()
    }

    /// The persons who are seen in one frame with a track. All frames with an undecided track are still held.
    fn beside(&self, id: TrackId) -> HashSet<usize> {
        let together = self.held.iter().filter(|held| held.faces.iter().any(|face| face.track == id));
        let others = together.flat_map(|held| held.faces.iter().map(|face| face.track));
        others.filter_map(|track| self.tracks.get(&track)?.person).collect()
    }

    fn add_person(&mut self, time: Duration) -> usize {
        let is_known = |person: &&mut Person| !person.templates.is_empty();
        if self.persons.iter_mut().filter(is_known).count() >= MAX_KNOWN {
            let oldest = self.persons.iter_mut().filter(is_known).min_by_key(|person| person.last_seen());
            if let Some(oldest) = oldest {
                oldest.templates.clear();
            }
        }
        let place = self.persons.len();
        self.persons.push(Person::new(place as u32, time));
        place
    }
}

#[cfg(test)]
mod tests;
