//! What is known of one person so far. It takes as much memory after hours as after a minute.

use std::time::Duration;

use vultus_types::{AnalyzedFace, Expression, Eyes, GenderEstimate, Glasses, HeadPose, Template};

use super::attention::{Glances, attention};
use super::blink::{Blinks, eyes_are_closed};
use super::{PersonSummary, SeenExpression, SeenPerson, points};
use crate::{Likeness, TrackId, shot_score};

/// Templates kept of a person: the best ones.
const MAX_TEMPLATES: usize = 8;
/// Faces turned further tell nothing of whose they are: the false matches of strangers are mostly profiles.
const MAX_TEMPLATE_YAW_DEG: f32 = 40.0;
const MAX_TEMPLATE_PITCH_DEG: f32 = 35.0;
/// Ages are counted by half years up to 120.
const AGE_STEPS: usize = 240;
const STEPS_PER_YEAR: f32 = 2.0;

/// Templates, the best ones of many, each with what its face is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct BestTemplates(Vec<(f32, Template)>);

impl BestTemplates {
    /// Keeps a template where it is among the best.
    pub(super) fn offer(&mut self, score: f32, template: Template) {
        let place = self.0.partition_point(|(known, _)| *known >= score);
        if place < MAX_TEMPLATES {
            self.0.truncate(MAX_TEMPLATES - 1);
            self.0.insert(place, (score, template));
        }
    }

    /// Keeps the best of both.
    pub(super) fn join(&mut self, others: Self) {
        for (score, template) in others.0 {
            self.offer(score, template);
        }
    }

    /// The confidence that both are one person: that of the two templates that are most alike. `None` where none can
    /// be compared.
    pub(super) fn confidence(&self, others: &Self, likeness: &dyn Likeness) -> Option<f32> {
        let all = self.0.iter().flat_map(|one| others.0.iter().map(move |other| (one, other)));
        all.filter_map(|((_, one), (_, other))| likeness.confidence(one, other)).max_by(f32::total_cmp)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What does not change from frame to frame, as one frame tells it.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    age: Option<f32>,
    female: Option<f32>,
    has_glasses: Option<bool>,
}

impl Traits {
    fn of(face: &AnalyzedFace) -> Option<Self> {
        let gender = face.demographics.and_then(|demographics| demographics.gender);
        let told = Self {
            age: face.demographics.and_then(|demographics| demographics.age),
            female: gender.map(|gender| gender.female),
            has_glasses: face.glasses.map(|glasses| glasses != Glasses::None),
        };
        (told.age.is_some() || told.female.is_some() || told.has_glasses.is_some()).then_some(told)
    }
}

/// A face of a frame, in pixels of the medium.
#[derive(Clone, Debug)]
pub(super) struct SeenFace {
    /// Its track.
    pub(super) track: TrackId,
    /// See [`attention`].
    pub(super) attention: Option<f32>,
    bounds: [f32; 4],
    pose: Option<HeadPose>,
    points: Option<Vec<[f32; 2]>>,
    expression: Option<SeenExpression>,
    eyes: Option<Eyes>,
    traits: Option<Traits>,
}

impl SeenFace {
    /// A face of a frame that is smaller than the medium by `scale`.
    pub(super) fn new(track: TrackId, face: &AnalyzedFace, scale: (f32, f32), wants_points: bool) -> Self {
        let (across, down) = scale;
        let bounds = &face.bounds;
        let found = if wants_points { face.landmarks.as_ref().and_then(points::points) } else { None };
        let enlarged = |points: Vec<[f32; 2]>| points.iter().map(|[x, y]| [x * across, y * down]).collect();
        let are_closed = face.eyes.and_then(eyes_are_closed).unwrap_or(false);
        Self {
            track,
            attention: face.pose.map(|pose| attention(pose, are_closed)),
            bounds: [bounds.x * across, bounds.y * down, bounds.width * across, bounds.height * down],
            pose: face.pose,
            points: found.map(enlarged),
            expression: face.expression.map(SeenExpression::from),
            eyes: face.eyes,
            traits: Traits::of(face),
        }
    }

    /// Whether age, gender or glasses are told of it.
    pub(super) const fn has_traits(&self) -> bool {
        self.traits.is_some()
    }
}

/// A template of a face that says whose it is, with what it is worth. Faces turned away or cut off by the border
/// resemble each other more than themselves.
pub(super) fn template_of(face: &AnalyzedFace) -> Option<(f32, Template)> {
    let is_turned = face.pose.is_some_and(|pose| {
        pose.yaw_deg.abs() > MAX_TEMPLATE_YAW_DEG || pose.pitch_deg.abs() > MAX_TEMPLATE_PITCH_DEG
    });
    let template = face.template.as_ref().filter(|_| !is_turned && !face.is_cut);
    template.map(|template| (shot_score(face), template.clone()))
}

impl From<Expression> for SeenExpression {
    fn from(told: Expression) -> Self {
        Self {
            anger: told.angry,
            disgust: told.disgusted,
            fear: told.fearful,
            joy: told.happy,
            neutral: told.neutral,
            sadness: told.sad,
            surprise: told.surprised,
        }
    }
}

/// A sum of values and their number.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    fn get(&self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / self.count as f64) as f32)
    }
}

/// How often each age was told.
#[derive(Clone, Debug)]
struct Ages(Vec<u32>);

impl Ages {
    fn new() -> Self {
        Self(vec![0; AGE_STEPS + 1])
    }

    fn add(&mut self, age: f32) {
        let step = (age * STEPS_PER_YEAR).round().clamp(0.0, AGE_STEPS as f32) as usize;
        self.0[step] = self.0[step].saturating_add(1);
    }

    /// To half a year.
    fn median(&self) -> Option<f32> {
        let total: u64 = self.0.iter().copied().map(u64::from).sum();
        let mut below = 0;
        let step = self.0.iter().position(|count| {
            below += u64::from(*count);
            total > 0 && below * 2 >= total
        });
        step.map(|step| step as f32 / STEPS_PER_YEAR)
    }
}

/// One person.
pub(super) struct Person {
    number: u32,
    /// The person's best templates.
    pub(super) templates: BestTemplates,
    first_seen: Duration,
    last_seen: Duration,
    seen_for: Duration,
    frames: u64,
    expressions: [Mean; 7],
    ages: Ages,
    female: Mean,
    glasses: Mean,
    attention: Mean,
    glances: Glances,
    blinks: Blinks,
}

/// What the frames that follow tell of a face.
pub(super) struct Ahead<'a> {
    /// The next face of its track of which age, gender or glasses are told.
    pub(super) traits: Option<&'a SeenFace>,
    /// Whether a look at the camera that begins here lasts.
    pub(super) is_lasting: bool,
}

impl Person {
    pub(super) fn new(number: u32, time: Duration) -> Self {
        Self {
            number,
            templates: BestTemplates::default(),
            first_seen: time,
            last_seen: time,
            seen_for: Duration::ZERO,
            frames: 0,
            expressions: [Mean::default(); 7],
            ages: Ages::new(),
            female: Mean::default(),
            glasses: Mean::default(),
            attention: Mean::default(),
            glances: Glances::default(),
            blinks: Blinks::default(),
        }
    }

    pub(super) const fn last_seen(&self) -> Duration {
        self.last_seen
    }

    /// Takes over the person's face in the frame at `time`, which stands for `length`.
    pub(super) fn see(
        &mut self,
        time: Duration,
        length: Duration,
        face: SeenFace,
        ahead: &Ahead<'_>,
    ) -> SeenPerson {
        self.last_seen = time;
        self.seen_for += length;
        self.frames += 1;
        if let Some(traits) = face.traits {
            self.learn(traits);
        }
        if let Some(expression) = face.expression {
            for (mean, value) in self.expressions.iter_mut().zip(expression.shares()) {
                mean.add(value);
            }
        }
        if let Some(attention) = face.attention {
            self.attention.add(attention);
        }
        self.glances.see(time, length, face.attention, || ahead.is_lasting);
        // Until something is told of the person, it is what will be told.
        let coming = ahead.traits.and_then(|face| face.traits).unwrap_or_default();
        let female = self.female.get().or(coming.female);
        SeenPerson {
            person: self.number,
            first_seen: self.first_seen,
            bounds: face.bounds,
            pose: face.pose.map(|pose| [pose.yaw_deg, pose.pitch_deg, pose.roll_deg]),
            points: face.points,
            expression: face.expression,
            has_glasses: self.has_glasses().or(coming.has_glasses),
            age: self.ages.median().or(coming.age),
            is_female: female.and_then(is_female),
            is_blinking: self.blinks.see(time, face.eyes),
            glances: self.glances.count(),
            attention: face.attention,
        }
    }

    fn learn(&mut self, traits: Traits) {
        if let Some(age) = traits.age {
            self.ages.add(age);
        }
        if let Some(female) = traits.female {
            self.female.add(female);
        }
        if let Some(has_glasses) = traits.has_glasses {
            self.glasses.add(f32::from(u8::from(has_glasses)));
        }
    }

    fn has_glasses(&self) -> Option<bool> {
        self.glasses.get().map(|share| share > 0.5)
    }

    pub(super) fn summary(&self) -> PersonSummary {
        PersonSummary {
            person: self.number,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            seen_for: self.seen_for,
            frames: self.frames,
            expression: self.expression(),
            has_glasses: self.has_glasses(),
            age: self.ages.median(),
            is_female: self.female.get().and_then(is_female),
            attention: self.attention.get(),
            glances: self.glances.count(),
            looked_for: self.glances.looked_for(),
            blinks: self.blinks.count(),
        }
    }

    fn expression(&self) -> Option<SeenExpression> {
        let [anger, disgust, fear, joy, neutral, sadness, surprise] = self.expressions.map(|mean| mean.get());
        Some(SeenExpression {
            anger: anger?,
            disgust: disgust?,
            fear: fear?,
            joy: joy?,
            neutral: neutral?,
            sadness: sadness?,
            surprise: surprise?,
        })
    }
}

impl SeenExpression {
    const fn shares(self) -> [f32; 7] {
        let Self { anger, disgust, fear, joy, neutral, sadness, surprise } = self;
        [anger, disgust, fear, joy, neutral, sadness, surprise]
    }
}

/// Whether a person is a woman, where that is sure enough.
fn is_female(female: f32) -> Option<bool> {
    GenderEstimate { female }.best().map(|gender| gender == vultus_types::Gender::Female)
}

#[cfg(test)]
mod tests;
