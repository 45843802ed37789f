//! How well faces are found, on photos with labelled boxes.

mod matching;

use std::collections::BTreeMap;
use std::path::Path;

use vultus_face::AnalyzeOptions;
use vultus_types::{BoundingBox, Wanted};

use crate::EvalError;
use crate::findings::{Axis, Better, Figure, Findings, Group, Mark, Plot, Series, Unit, add_breakdown};
use crate::parallel::map_parallel;
use crate::session::Session;
use matching::{MatchedPhoto, average_precision, match_photo, precision_recall};

/// A found box and a labelled one that overlap by at least this (intersection over union) are the same face:
/// low, because detectors and labels draw the box around different parts of the head.
pub const MATCH_IOU: f32 = 0.35;

/// Longer side of a labelled face in pixels where bands end.
const SIDE_ENDS: [(f32, &str); 6] = [
    (16.0, "below 16 px"),
    (32.0, "16-31 px"),
    (64.0, "32-63 px"),
    (128.0, "64-127 px"),
    (256.0, "128-255 px"),
    (f32::INFINITY, "256 px and more"),
];
/// The same as a share of the photo's longer side.
const SHARE_ENDS: [(f32, &str); 5] = [
    (1.0 / 32.0, "below 1:32"),
    (1.0 / 16.0, "1:32 to 1:16"),
    (1.0 / 8.0, "1:16 to 1:8"),
    (1.0 / 4.0, "1:8 to 1:4"),
    (f32::INFINITY, "above 1:4"),
];
/// Labelled faces in a photo where bands end.
const COUNT_ENDS: [(usize, &str); 4] =
    [(2, "1 face"), (5, "2-4 faces"), (10, "5-9 faces"), (usize::MAX, "10 faces and more")];

/// The labelled faces of each photo, by file name.
pub type LabelledBoxes = BTreeMap<String, Vec<BoundingBox>>;

/// How faces are looked for and compared with the labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectOptions {
    /// The smallest face to look for, as a share of the photo's larger side.
    pub min_head_scale: f32,
    /// A find counts where it overlaps a label by at least this intersection over union.
    pub iou: f32,
}

/// Reads lines of `name,width,height,xmin,ymin,xmax,ymax` in pixels; a first line that begins with `name` is
/// skipped.
///
/// # Errors
/// [`EvalError::Boxes`] with the first line that is wrong.
pub fn parse_boxes(text: &str) -> Result<LabelledBoxes, EvalError> {
    let mut boxes = LabelledBoxes::new();
    for (index, line) in text.lines().enumerate() {
        let is_header = index == 0 && line.to_ascii_lowercase().starts_with("name,");
        if is_header || line.trim().is_empty() {
            continue;
        }
        let (name, bounds) = parse_box(line).ok_or(EvalError::Boxes { line: index + 1 })?;
        boxes.entry(name).or_default().push(bounds);
    }
    Ok(boxes)
}

fn parse_box(line: &str) -> Option<(String, BoundingBox)> {
    let mut fields = line.trim().split(',');
    let name = fields.next().filter(|name| !name.is_empty() && !name.contains(['/', '\\']))?;
    let numbers: Vec<f32> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[_, _, left, top, right, bottom] = numbers.as_slice() else { return None };
    let is_box = numbers.iter().all(|number| number.is_finite()) && right >= left && bottom >= top;
    is_box.then(|| (name.to_owned(), BoundingBox::from_edges(left, top, right, bottom)))
}

/// Finds the faces of every labelled photo in the folder `images` and compares them with the labels. The average
/// precision is over the finds that the engine reports: those below its own threshold are not seen.
///
/// # Errors
/// [`EvalError`] where a photo's file is missing or the engine fails.
pub fn detect(
    session: &Session<'_>,
    labels: &LabelledBoxes,
    images: &Path,
    options: DetectOptions,
) -> Result<Findings, EvalError> {
    let photos: Vec<(&String, &Vec<BoundingBox>)> = labels.iter().collect();
    let analysis =
        AnalyzeOptions { min_head_scale: options.min_head_scale, ..AnalyzeOptions::new(Wanted::BOXES) };
    let observer = session.observer(analysis)?;
    let matched = map_parallel(&photos, session.threads, session.progress, |(name, labelled)| {
        let observed = observer.observe(&fs_err::read(images.join(name))?)?;
        Ok::<_, EvalError>(observed.map(|observed| match_photo(labelled, &observed, options.iou)))
    })?;
    let unreadable = matched.iter().filter(|photo| photo.is_none()).count();
    let matched: Vec<MatchedPhoto> = matched.into_iter().flatten().collect();
    let mut findings = Findings::default();
    findings.count("photos", photos.len());
    findings.count("photos that cannot be read", unreadable);
    findings.count("labelled faces", matched.iter().map(|photo| photo.labels.len()).sum());
    findings.count("finds", matched.iter().map(|photo| photo.finds.len()).sum());
    report(session, &matched, &mut findings);
    Ok(findings)
}

/// Recall, precision, share of exact counts, average precision.
fn rates(photos: &[MatchedPhoto], weights: &[u32]) -> Vec<f64> {
    let sum = |count: &dyn Fn(&MatchedPhoto) -> usize| -> f64 {
        photos.iter().zip(weights).map(|(photo, &weight)| f64::from(weight) * count(photo) as f64).sum()
    };
    let hits = sum(&MatchedPhoto::hits);
    let exact = sum(&|photo| usize::from(photo.labels.len() == photo.finds.len()));
    vec![
        hits / sum(&|photo| photo.labels.len()),
        hits / sum(&|photo| photo.finds.len()),
        exact / sum(&|_| 1),
        average_precision(photos, weights),
    ]
}

fn report(session: &Session<'_>, photos: &[MatchedPhoto], findings: &mut Findings) {
    let bootstrap = session.bootstrap();
    let values = rates(photos, &vec![1; photos.len()]);
    let intervals = bootstrap.intervals(photos.len(), |weights| rates(photos, weights));
    let labels: usize = photos.iter().map(|photo| photo.labels.len()).sum();
    let finds: usize = photos.iter().map(|photo| photo.finds.len()).sum();
    let names = ["recall", "precision", "exact count", "average precision"];
    let trials = [labels, finds, photos.len(), labels];
    let measured = names.into_iter().zip(trials).zip(values).zip(intervals);
    findings.figures.extend(measured.filter(|((_, value), _)| value.is_finite()).map(
        |(((name, of), value), interval)| {
            Figure::new(name, value, Unit::Share, Better::Higher, of).within(interval)
        },
    ));
    let times: Vec<f64> = photos.iter().map(|photo| photo.detect_ms).collect();
    let time = Figure::mean(
        "time per photo, decoding left out",
        &times,
        Unit::Milliseconds,
        Better::Lower,
        &bootstrap,
    );
    findings.figures.extend(time);
    let by_side = recalls(photos, &SIDE_ENDS, |_, side| side);
    let by_share = recalls(photos, &SHARE_ENDS, |photo, side| side / photo.longer_side.max(1.0));
    add_breakdown(&mut findings.breakdowns, "size of the face", by_side);
    add_breakdown(&mut findings.breakdowns, "face to longer side of the photo", by_share);
    add_breakdown(&mut findings.breakdowns, "faces in the photo", by_count(photos));
    let name = "precision".to_owned();
    findings.plots.push(Plot {
        name: "precision-recall".to_owned(),
        title: "Precision and recall".to_owned(),
        x: Axis::linear("recall"),
        y: Axis::linear("precision"),
        series: vec![Series { name, mark: Mark::Line, points: precision_recall(photos) }],
    });
}

fn band(ends: &[(f32, &str)], value: f32) -> usize {
    ends.iter().position(|(end, _)| value < *end).unwrap_or(ends.len() - 1)
}

/// Recall by band of what `measure` makes of the longer side of a labelled face.
fn recalls(
    photos: &[MatchedPhoto],
    ends: &[(f32, &str)],
    measure: impl Fn(&MatchedPhoto, f32) -> f32,
) -> Vec<Group> {
    let mut counts = vec![(0, 0); ends.len()];
    for photo in photos {
        for label in &photo.labels {
            let count = &mut counts[band(ends, measure(photo, label.side_px))];
            *count = (count.0 + usize::from(label.is_found), count.1 + 1);
        }
    }
    let groups = ends.iter().zip(counts).map(|((_, name), (found, of))| Group {
        name: (*name).to_owned(),
        figures: Figure::share("recall", found, of, Better::Higher).into_iter().collect(),
    });
    groups.collect()
}

/// Recall, precision and exact counts by the number of labelled faces in the photo.
fn by_count(photos: &[MatchedPhoto]) -> Vec<Group> {
    let groups = COUNT_ENDS.iter().enumerate().map(|(index, (_, name))| {
        let place = |photo: &&MatchedPhoto| {
            COUNT_ENDS.iter().position(|(end, _)| photo.labels.len() < *end) == Some(index)
        };
        let part: Vec<&MatchedPhoto> = photos.iter().filter(place).collect();
        let sum = |count: &dyn Fn(&MatchedPhoto) -> usize| part.iter().map(|photo| count(photo)).sum();
        let (labels, finds) = (sum(&|photo| photo.labels.len()), sum(&|photo| photo.finds.len()));
        let hits = sum(&MatchedPhoto::hits);
        let exact = sum(&|photo| usize::from(photo.labels.len() == photo.finds.len()));
        let figures = [
            Figure::share("recall", hits, labels, Better::Higher),
            Figure::share("precision", hits, finds, Better::Higher),
            Figure::share("exact count", exact, part.len(), Better::Higher),
        ];
        Group { name: (*name).to_owned(), figures: figures.into_iter().flatten().collect() }
    });
    groups.collect()
}

#[cfg(test)]
mod tests;
