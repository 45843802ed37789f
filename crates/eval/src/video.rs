//! People in videos: how many are counted, whether each keeps one number, and whether the dominant expression is told.
//!
//! Labels are points in time: at that moment the face around that point is that person's. See [`read_labels`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vultus_video::{MediaFrame, MediaSummary, SeenExpression, SeenPerson};

use crate::EvalError;
use crate::findings::{Better, Breakdown, Figure, Findings, Group, Unit};

/// The columns of the labels.
const COLUMNS: [&str; 6] = ["file", "time_ms", "x", "y", "person", "emotion"];
/// The names of the expressions, in the order of their shares.
const EMOTIONS: [&str; 7] = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"];
/// A label is of the frame nearest in time, which is no further away than this.
const MAX_TIME_OFF: Duration = Duration::from_millis(500);

/// A face at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceLabel {
    /// When.
    pub time: Duration,
    /// A point of the face, as shares of the picture's width and height.
    pub at: (f32, f32),
    /// Whose it is.
    pub person: String,
    /// The expression with the largest share, as its place among anger, disgust, fear, joy, neutral, sadness, surprise.
    pub emotion: Option<usize>,
}

/// A labelled video.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledVideo {
    /// The file's name in its folder.
    pub file: String,
    /// Its faces, in the order of their times.
    pub faces: Vec<FaceLabel>,
}

/// What an analysis told of a labelled video.
pub struct VideoOutcome<'a> {
    /// The labels.
    pub labels: &'a LabelledVideo,
    /// The frames.
    pub frames: &'a [MediaFrame],
    /// The persons.
    pub summary: &'a MediaSummary,
    /// How long the analysis took.
    pub took: Duration,
}

/// Reads a table of labels: a line `file,time_ms,x,y,person,emotion`, then one line for each labelled face: when, a
/// point of the face as shares of the picture's width and height, whose face it is, and the dominant expression (anger,
/// disgust, fear, joy, neutral, sadness, surprise; may be empty). A line with the file alone is a video without people.
///
/// # Errors
/// [`EvalError::Labels`].
pub fn read_labels(text: &str) -> Result<Vec<LabelledVideo>, EvalError> {
    let mut videos: BTreeMap<&str, Vec<FaceLabel>> = BTreeMap::new();
    for (line, number) in text.lines().zip(1..) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let malformed = || EvalError::Labels { line: number };
        if number == 1 {
            if cells != COLUMNS {
                return Err(malformed());
            }
            continue;
        }
        let [file, cells @ ..] = cells.as_slice() else { continue };
        if file.is_empty() {
            continue;
        }
        let faces = videos.entry(file).or_default();
        if cells.iter().any(|cell| !cell.is_empty()) {
            faces.push(read_face(cells).ok_or_else(malformed)?);
        }
    }
    let video = |(file, mut faces): (&str, Vec<FaceLabel>)| {
        faces.sort_by_key(|face| face.time);
        LabelledVideo { file: file.to_owned(), faces }
    };
    Ok(videos.into_iter().map(video).collect())
}

fn read_face(cells: &[&str]) -> Option<FaceLabel> {
    let [time, x, y, person, emotion] = *cells else { return None };
    let share = |text: &str| text.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    let emotion = match emotion {
        "" => None,
        name => Some(EMOTIONS.iter().position(|known| *known == name)?),
    };
    let time = Duration::from_millis(time.parse().ok()?);
    let person = Some(person).filter(|person| !person.is_empty())?.to_owned();
    Some(FaceLabel { time, at: (share(x)?, share(y)?), person, emotion })
}

/// What was counted in one video.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    /// People who are labelled.
    labelled: usize,
    /// People who were counted.
    counted: usize,
    /// Labelled faces.
    faces: usize,
    /// Those that were found.
    found: usize,
    /// Found faces whose person had another number the last time.
    switches: usize,
    /// Numbers that were given to more than one labelled person.
    shared: usize,
    /// Found faces with a labelled emotion, and those of which it was told.
    emotions: (usize, usize),
}

/// Compares analyses with their labels.
pub fn findings(outcomes: &[VideoOutcome<'_>]) -> Findings {
    let tallies: Vec<_> = outcomes.iter().map(tally).collect();
    let sum = |pick: fn(&Tally) -> usize| tallies.iter().map(pick).sum::<usize>();
    let mut findings = Findings::default();
    findings.count("videos", tallies.len());
    findings.count("frames", outcomes.iter().map(|outcome| outcome.summary.frames as usize).sum());
    findings.count("labelled people", sum(|tally| tally.labelled));
    findings.count("people counted", sum(|tally| tally.counted));
    findings.count("identity switches", sum(|tally| tally.switches));
    findings.count("numbers shared by people", sum(|tally| tally.shared));
    let exact = tallies.iter().filter(|tally| tally.labelled == tally.counted).count();
    let (found, with_emotion) = (sum(|tally| tally.found), sum(|tally| tally.emotions.0));
    findings.figures = [
        Figure::share("right number of people", exact, tallies.len(), Better::Higher),
        Figure::share("labelled faces found", found, sum(|tally| tally.faces), Better::Higher),
        Figure::share("found faces with a new number", sum(|tally| tally.switches), found, Better::Lower),
        Figure::share("dominant emotion told", sum(|tally| tally.emotions.1), with_emotion, Better::Higher),
    ]
    .into_iter()
    .flatten()
    .collect();
    findings.figures.push(speed(outcomes));
    let group = |(outcome, tally): (&VideoOutcome<'_>, &Tally)| Group {
        name: outcome.labels.file.clone(),
        figures: figures_of(tally),
    };
    let groups = outcomes.iter().zip(&tallies).map(group).collect();
    findings.breakdowns.push(Breakdown { by: "video".to_owned(), groups });
    findings
}

/// Seconds of video that were analysed in a second.
fn speed(outcomes: &[VideoOutcome<'_>]) -> Figure {
    let length: f64 = outcomes.iter().map(|outcome| outcome.summary.info.length.as_secs_f64()).sum();
    let took: f64 = outcomes.iter().map(|outcome| outcome.took.as_secs_f64()).sum();
    let value = if took > 0.0 { length / took } else { 0.0 };
    Figure::new("video seconds per second", value, Unit::Score, Better::Higher, outcomes.len())
}

fn figures_of(tally: &Tally) -> Vec<Figure> {
    let count =
        |name: &str, count: usize, better| Figure::new(name, count as f64, Unit::Score, better, tally.faces);
    vec![
        count("labelled people", tally.labelled, Better::Neither),
        count("people counted", tally.counted, Better::Neither),
        count("faces found", tally.found, Better::Higher),
        count("identity switches", tally.switches, Better::Lower),
        count("shared numbers", tally.shared, Better::Lower),
    ]
}

fn tally(outcome: &VideoOutcome<'_>) -> Tally {
    let info = &outcome.summary.info;
    let people: BTreeSet<&str> = outcome.labels.faces.iter().map(|face| face.person.as_str()).collect();
    let mut tally = Tally {
        labelled: people.len(),
        counted: outcome.summary.persons.len(),
        faces: outcome.labels.faces.len(),
        ..Tally::default()
    };
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    let mut owners: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for label in &outcome.labels.faces {
        let at = (label.at.0 * info.width as f32, label.at.1 * info.height as f32);
        let Some(seen) = face_at(outcome.frames, label.time, at) else { continue };
        tally.found += 1;
        let before = last.insert(&label.person, seen.person);
        tally.switches += usize::from(before.is_some_and(|before| before != seen.person));
        owners.entry(seen.person).or_default().insert(&label.person);
        if let (Some(emotion), Some(told)) = (label.emotion, seen.expression) {
            tally.emotions.0 += 1;
            tally.emotions.1 += usize::from(dominant(&told) == emotion);
        }
    }
    tally.shared = owners.values().filter(|people| people.len() > 1).count();
    tally
}

/// The face around a point, in the frame nearest to a time; of several the one whose middle is nearest.
fn face_at(frames: &[MediaFrame], time: Duration, at: (f32, f32)) -> Option<&SeenPerson> {
    let frame = frames.iter().min_by_key(|frame| frame.time.abs_diff(time))?;
    let holds = |seen: &&SeenPerson| {
        let [x, y, width, height] = seen.bounds;
        (x..=x + width).contains(&at.0) && (y..=y + height).contains(&at.1)
    };
    let off = |seen: &SeenPerson| {
        let [x, y, width, height] = seen.bounds;
        (x + width / 2.0 - at.0).hypot(y + height / 2.0 - at.1)
    };
    let is_near = frame.time.abs_diff(time) <= MAX_TIME_OFF;
    let nearest = frame.people.iter().filter(holds).min_by(|one, other| off(one).total_cmp(&off(other)));
    nearest.filter(|_| is_near)
}

/// The place of the largest share.
fn dominant(told: &SeenExpression) -> usize {
    let SeenExpression { anger, disgust, fear, joy, neutral, sadness, surprise } = *told;
    let shares = [anger, disgust, fear, joy, neutral, sadness, surprise];
    let best = shares.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1));
    best.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests;
