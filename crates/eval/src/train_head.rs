//! Training of the project's own linear heads on a folder of labelled photos.
//!
//! The labels are a CSV file whose first line names the columns, without quotes. The column `file` names a photo
//! in the folder of images, the column named like the head holds the index of its class; where that is empty the
//! photo is left out.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use vultus_face::attributes::{AttributeModels, GLASSES_CLASSES};
use vultus_face::heads::{Example, HeadFile, HeadTraining, TrainOptions, cross_validate, train};
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_media::{DecodeLimits, decode};
use vultus_types::Wanted;

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};
use crate::templates::{MIN_HEAD_SCALE, central_face};

/// Parts into which the examples are split for the cross-validation.
const FOLDS: usize = 10;

/// What a head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadTask {
    /// Whether glasses are worn; sunglasses count.
    Glasses,
}

impl HeadTask {
    /// The task of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Glasses].into_iter().find(|task| task.name() == name)
    }

    /// The head's name, which is also that of the column of labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glasses => "glasses",
        }
    }

    fn classes(self) -> Vec<String> {
        match self {
            Self::Glasses => GLASSES_CLASSES.map(str::to_owned).to_vec(),
        }
    }
}

/// What to train on.
#[derive(Clone, Copy, Debug)]
pub struct TrainRequest<'a> {
    /// What the head shall tell.
    pub task: HeadTask,
    /// The text of the labels.
    pub labels: &'a str,
    /// The folder of the photos.
    pub images: &'a Path,
    /// The name of the data, kept in the head.
    pub data: &'a str,
    /// The licence of the data, kept in the head.
    pub licence: &'a str,
    /// The command that is running, kept in the head; without paths of this machine.
    pub command: &'a str,
}

/// A photo with its class.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Labelled {
    path: PathBuf,
    class: usize,
}

/// Trains a head on the features of each photo's central face. Photos without a face are left out. The figures
/// in the file are those of a cross-validation: every photo was judged by a head that had not seen it.
///
/// # Errors
/// [`EvalError`] where the labels are malformed, a photo is missing, the pack has no feature model, a class has
/// too few examples, or the engine fails.
pub fn train_head(
    analyzer: &dyn FaceAnalyzer,
    models: &AttributeModels,
    request: &TrainRequest<'_>,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<HeadFile, EvalError> {
    let (feature_model, name) = models.feature_model().ok_or(EvalError::NoFeatures)?;
    let classes = request.task.classes();
    let photos = parse_labels(request.labels, request.task.name(), classes.len(), request.images)?;
    let features = map_parallel(&photos, threads, progress, |photo| extract(analyzer, models, &photo.path))?;
    let examples: Vec<Example> = photos
        .iter()
        .zip(features)
        .filter_map(|(photo, features)| Some(Example { features: features?, class: photo.class }))
        .collect();
    let options = TrainOptions::default();
    let found = cross_validate(&classes, &examples, FOLDS, &options)?;
    let head = train(feature_model, &classes, &examples, &options)?;
    let mut measured = BTreeMap::from([("cross_validation_accuracy".to_owned(), rounded(found.accuracy))]);
    measured.extend(found.auc.map(|auc| ("cross_validation_auc".to_owned(), rounded(auc))));
    let count = |class| examples.iter().filter(|example| example.class == class).count();
    let training = HeadTraining {
        data: request.data.to_owned(),
        licence: request.licence.to_owned(),
        command: request.command.to_owned(),
        examples: classes.iter().enumerate().map(|(class, name)| (name.clone(), count(class))).collect(),
        l2: options.l2,
    };
    Ok(HeadFile::new(request.task.name(), name, &head, training, measured))
}

/// Four digits: more say nothing on a few hundred photos.
fn rounded(figure: f64) -> f64 {
    (figure * 1e4).round() / 1e4
}

/// The features of a photo's central face; `None` where no face is found.
fn extract(
    analyzer: &dyn FaceAnalyzer,
    models: &AttributeModels,
    path: &Path,
) -> Result<Option<Vec<f32>>, EvalError> {
    let bytes = fs_err::read(path)?;
    let wanted = Wanted { landmarks: true, ..Wanted::BOXES };
    let options = AnalyzeOptions { min_head_scale: MIN_HEAD_SCALE, ..AnalyzeOptions::new(wanted) };
    let analysis = match analyzer.analyze(&bytes, &options, &Cancel::default()) {
        Ok(analysis) => analysis,
        Err(FaceError::Image(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(landmarks) = central_face(&analysis).and_then(|face| face.landmarks.as_ref()) else {
        return Ok(None);
    };
    let photo = decode(&bytes, &DecodeLimits::default()).map_err(FaceError::Image)?;
    Ok(models.features(&photo, landmarks).map_err(FaceError::Inference)?)
}

fn parse_labels(text: &str, column: &str, classes: usize, images: &Path) -> Result<Vec<Labelled>, EvalError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let header: Vec<&str> =
        lines.next().map(|(_, line)| line.split(',').map(str::trim).collect()).unwrap_or_default();
    let position = |name: &str| header.iter().position(|found| *found == name);
    let (Some(file), Some(label)) = (position("file"), position(column)) else {
        return Err(EvalError::Labels { line: 1 });
    };
    let mut photos = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let malformed = || EvalError::Labels { line: index + 1 };
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let (Some(file), Some(label)) = (cells.get(file), cells.get(label)) else { return Err(malformed()) };
        if label.is_empty() {
            continue;
        }
        let class = label.parse().ok().filter(|class| *class < classes).ok_or_else(malformed)?;
        let is_inside = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if file.is_empty() || !is_inside {
            return Err(malformed());
        }
        photos.push(Labelled { path: images.join(file), class });
    }
    Ok(photos)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::sync::Arc;

    use vultus_face::attributes::FACERES_FEATURES;
    use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
    use vultus_inference::{FakeModel, Tensor};
    use vultus_types::ModelDigest;

    use super::*;

    const FEATURE_MODEL: ModelDigest = ModelDigest([3; 32]);

    /// Features that say how bright the three colours of the crop's middle are.
    fn models() -> AttributeModels {
        let faceres = FakeModel::new(FEATURE_MODEL, &["gender", "features", "age"], |input| {
            let plane = 224 * 224;
            let mut features = vec![0.01; FACERES_FEATURES];
            for channel in 0..3 {
                features[channel] = input.data()[channel * plane + plane / 2 + 112].abs();
            }
            Ok(vec![
                Tensor::new(vec![1, 1], vec![0.5])?,
                Tensor::new(vec![1, FACERES_FEATURES], features)?,
                Tensor::new(vec![1, 100], vec![0.01; 100])?,
            ])
        });
        AttributeModels::new(Some(Arc::new(faceres)), None)
    }

    /// Writes 48 photos: red faces wear glasses, blue ones do not; and one without a face.
    fn labelled_photos(dir: &Path) -> String {
        let mut labels = "file,glasses,mouth\n".to_owned();
        for index in 0..48u8 {
            let colour = if index % 2 == 0 { [150 + index, 40, 40] } else { [40, 40, 150 + index] };
            let face = FakeFace { colour, x: 40, y: 30, side: 100 };
            std::fs::write(dir.join(format!("{index}.png")), fake_photo(200, 160, &[face]).unwrap()).unwrap();
            writeln!(labels, "{index}.png,{},", 1 - index % 2).unwrap();
        }
        std::fs::write(dir.join("empty.png"), fake_photo(200, 160, &[]).unwrap()).unwrap();
        labels + "empty.png,1,1\nunclear.png,,1\n"
    }

    fn request<'a>(labels: &'a str, images: &'a Path) -> TrainRequest<'a> {
        TrainRequest {
            task: HeadTask::Glasses,
            labels,
            images,
            data: "made up",
            licence: "CC0",
            command: "test",
        }
    }

    #[test]
    fn head_learns_from_labelled_photos() {
        let dir = tempfile::tempdir().unwrap();
        let labels = labelled_photos(dir.path());
        let threads = NonZeroUsize::MIN;
        let file = train_head(
            &FakeAnalyzer::default(),
            &models(),
            &request(&labels, dir.path()),
            threads,
            &|_, _| {},
        );
        let file = file.unwrap();
        assert_eq!(
            file.training.examples,
            BTreeMap::from([("none".to_owned(), 24), ("glasses".to_owned(), 24)])
        );
        assert_eq!(file.measured["cross_validation_accuracy"], 1.0);
        assert_eq!(file.head().unwrap().feature_model(), FEATURE_MODEL);
    }

    #[test]
    fn pack_without_features_trains_nothing() {
        let models = AttributeModels::default();
        let result = train_head(
            &FakeAnalyzer::default(),
            &models,
            &request("file,glasses\n", Path::new("")),
            NonZeroUsize::MIN,
            &|_, _| {},
        );
        assert!(matches!(result, Err(EvalError::NoFeatures)));
    }

    #[test]
    fn labels_are_read_by_the_names_of_their_columns() {
        let photos = parse_labels(
            "mouth,glasses,file\n1,0,a.jpg\n\n0,1,b/c.jpg\n1,,d.jpg\n",
            "glasses",
            2,
            Path::new("x"),
        );
        let expected = [("x/a.jpg", 0), ("x/b/c.jpg", 1)];
        let expected = expected.map(|(path, class)| Labelled { path: PathBuf::from(path), class });
        assert_eq!(photos.unwrap(), expected);
    }

    #[test]
    fn malformed_labels_are_refused_with_their_line() {
        let line = |text: &str| match parse_labels(text, "glasses", 2, Path::new("")) {
            Err(EvalError::Labels { line }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(""), 1);
        assert_eq!(line("file,mouth\n"), 1);
        assert_eq!(line("file,glasses\na.jpg,0\nb.jpg,2\n"), 3);
        assert_eq!(line("file,glasses\na.jpg\n"), 2);
        assert_eq!(line("file,glasses\n../a.jpg,1\n"), 2);
        assert_eq!(line("file,glasses\n/a.jpg,1\n"), 2);
    }

    #[test]
    fn tasks_have_names() {
        assert_eq!(HeadTask::named("glasses"), Some(HeadTask::Glasses));
        assert_eq!(HeadTask::named("hats"), None);
    }
}
