//! Training of the project's own heads on folders of labelled photos, and measuring them on others.
//!
//! The labels are a CSV file whose first line names the columns, without quotes. The column `file` names a photo
//! in the folder of images; where the column of what a head tells is empty, the photo is left out.

mod figures;
mod labels;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use vultus_face::attributes::{
    ETHNICITY_CLASSES, FaceFeatures, FeatureModels, GENDER_CLASSES, GLASSES_CLASSES,
};
use vultus_face::heads::{
    Example, FeatureSource, Head, HeadFile, HeadTraining, TrainOptions, cross_validate,
    cross_validate_regression, train, train_regression,
};
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_media::{DecodeLimits, decode};
use vultus_types::Wanted;

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};
use crate::templates::{MIN_HEAD_SCALE, central_face};
use figures::{Judged, figures};
use labels::{Labelled, parse_labels, years};

/// Parts into which the examples are split for the cross-validation.
const FOLDS: usize = 10;

/// What a head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadTask {
    /// Years.
    Age,
    /// The seven groups of FairFace.
    Ethnicity,
    /// Male or female.
    Gender,
    /// Whether glasses are worn; sunglasses count.
    Glasses,
}

impl HeadTask {
    /// Every task.
    pub const ALL: [Self; 4] = [Self::Age, Self::Ethnicity, Self::Gender, Self::Glasses];

    /// The task of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// The head's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Ethnicity => "ethnicity",
            Self::Gender => "gender",
            Self::Glasses => "glasses",
        }
    }

    /// The column with the labels: ages in years or as ranges, FairFace's names of groups and genders, 0 or 1 for
    /// glasses.
    const fn column(self) -> &'static str {
        match self {
            Self::Ethnicity => "race",
            Self::Age | Self::Gender | Self::Glasses => self.name(),
        }
    }

    /// The names of the feature models: those with which the head does best. On 1,808 photos of FairFace, from the
    /// embedding, from faceres and from both: gender .844, .869 and .879 right, ethnicity .663, .710 and .711, age off
    /// by 7.6, 6.7 and 6.4 years. Glasses are not in the embedding.
    const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Age | Self::Ethnicity | Self::Gender => &["face-recognition", "faceres"],
            Self::Glasses => &["faceres"],
        }
    }

    /// The penalty with which the head does best on those photos, of 0.03, 0.1, 0.3 and 1; for glasses, in
    /// cross-validation.
    const fn l2(self) -> f64 {
        match self {
            Self::Age | Self::Ethnicity | Self::Gender => 0.3,
            Self::Glasses => 0.03,
        }
    }

    /// None for a number.
    fn classes(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Age => &[],
            Self::Ethnicity => &ETHNICITY_CLASSES,
            Self::Gender => &GENDER_CLASSES,
            Self::Glasses => &GLASSES_CLASSES,
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// The class of a label: its index, or its name in any case and with blanks.
    fn class(self, label: &str) -> Option<usize> {
        let name = label.to_lowercase().replace(' ', "_");
        let named = self.classes().iter().position(|class| *class == name);
        named.or_else(|| name.parse().ok().filter(|index| *index < self.classes().len()))
    }
}

/// Photos of one data set.
#[derive(Clone, Copy, Debug)]
pub struct LabelledSet<'a> {
    /// The set's name in the figures.
    pub name: &'a str,
    /// The text of the labels.
    pub labels: &'a str,
    /// The folder of the photos.
    pub images: &'a Path,
}

/// What to train, on what.
#[derive(Clone, Copy, Debug)]
pub struct TrainRequest<'a> {
    /// What the heads shall tell.
    pub tasks: &'a [HeadTask],
    /// The photos to learn from.
    pub learnt: LabelledSet<'a>,
    /// Photos to measure the heads on.
    pub checks: &'a [LabelledSet<'a>],
    /// The name of the data, kept in the heads.
    pub data: &'a str,
    /// The licence of the data, kept in the heads.
    pub licence: &'a str,
    /// The command that is running, kept in the heads; without paths of this machine.
    pub command: &'a str,
}

/// A photo with the features of its central face.
struct Seen {
    photo: Labelled,
    features: Vec<f32>,
}

/// Trains heads on the features of each photo's central face. Photos without a face are left out. The figures
/// in the files are those of a cross-validation, in which every photo was judged by a head that had not seen it, and
/// of the other sets.
///
/// # Errors
/// [`EvalError`] where labels are malformed, a photo is missing, the pack lacks a feature model, a class has
/// too few examples, or the engine fails.
pub fn train_heads(
    analyzer: &dyn FaceAnalyzer,
    models: &FeatureModels,
    request: &TrainRequest<'_>,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<Vec<HeadFile>, EvalError> {
    let needed = |source: &FeatureSource| {
        request.tasks.iter().any(|task| task.features().contains(&source.name.as_str()))
    };
    let sources: Vec<FeatureSource> = models.sources().into_iter().filter(needed).collect();
    let look = |set: &LabelledSet<'_>| -> Result<Vec<Seen>, EvalError> {
        let photos = parse_labels(set.labels, set.images)?;
        let features = map_parallel(&photos, threads, progress, |photo| {
            extract(analyzer, models, &sources, &photo.path)
        })?;
        let seen = photos.into_iter().zip(features);
        Ok(seen.filter_map(|(photo, features)| Some(Seen { photo, features: features? })).collect())
    };
    let learnt = look(&request.learnt)?;
    let checks = request.checks.iter().map(|set| Ok((set.name, look(set)?)));
    let checks = checks.collect::<Result<Vec<_>, EvalError>>()?;
    let train = |task: &HeadTask| {
        let trainer = Trainer::new(*task, models, &sources)?;
        trainer.head_file(&learnt, &checks, request)
    };
    request.tasks.iter().map(train).collect()
}

/// The features of a photo's central face; `None` where no face is found.
fn extract(
    analyzer: &dyn FaceAnalyzer,
    models: &FeatureModels,
    sources: &[FeatureSource],
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
    let features = models.read(&photo, landmarks, sources, &mut FaceFeatures::default());
    Ok(features.map_err(FaceError::Inference)?)
}

/// Trains one head on features that may hold more than it reads.
struct Trainer {
    task: HeadTask,
    sources: Vec<FeatureSource>,
    /// Where each source begins and ends among the features.
    places: Vec<std::ops::Range<usize>>,
    options: TrainOptions,
}

impl Trainer {
    fn new(task: HeadTask, models: &FeatureModels, all: &[FeatureSource]) -> Result<Self, EvalError> {
        let sources = models.named(task.features()).map_err(|_| EvalError::NoFeatures)?;
        let place = |wanted: &FeatureSource| {
            let before = all.iter().take_while(|source| source.name != wanted.name);
            let start = before.map(|source| source.dimension).sum::<usize>();
            start..start + wanted.dimension
        };
        let places = sources.iter().map(place).collect();
        Ok(Self { task, sources, places, options: TrainOptions::with_l2(task.l2()) })
    }

    fn head_file(
        &self,
        learnt: &[Seen],
        checks: &[(&str, Vec<Seen>)],
        request: &TrainRequest<'_>,
    ) -> Result<HeadFile, EvalError> {
        let (head, mut measured, examples) =
            if self.task == HeadTask::Age { self.regression(learnt)? } else { self.classifier(learnt)? };
        for (name, seen) in checks {
            let known = seen.iter().filter_map(|seen| Some((&seen.photo, self.judge(&head, seen)?)));
            let (photos, judged): (Vec<&Labelled>, Vec<Judged>) = known.unzip();
            measured.extend(figures(name, &photos, &judged));
        }
        let training = HeadTraining {
            data: request.data.to_owned(),
            licence: request.licence.to_owned(),
            command: request.command.to_owned(),
            examples,
            l2: self.options.l2,
        };
        Ok(HeadFile::new(self.task.name(), &head, training, measured))
    }

    fn features(&self, seen: &Seen) -> Vec<f32> {
        self.places.iter().flat_map(|place| seen.features[place.clone()].iter().copied()).collect()
    }

    fn label<'a>(&self, seen: &'a Seen) -> Option<&'a str> {
        seen.photo.labels.get(self.task.column()).map(String::as_str)
    }

    /// The examples of the photos whose label says something, with their photos.
    fn examples<'a, T>(
        &self,
        learnt: &'a [Seen],
        read: impl Fn(&str) -> Option<T>,
    ) -> (Vec<&'a Labelled>, Vec<Example<T>>) {
        let example = |seen: &'a Seen| {
            let target = read(self.label(seen)?)?;
            Some((&seen.photo, Example { features: self.features(seen), target }))
        };
        learnt.iter().filter_map(example).unzip()
    }

    fn classifier(&self, learnt: &[Seen]) -> Result<Trained, EvalError> {
        let classes = self.task.classes();
        let (photos, examples) = self.examples(learnt, |label| self.task.class(label));
        let found = cross_validate(&self.sources, &classes, &examples, FOLDS, &self.options)?;
        let said = examples.iter().zip(&found.probabilities);
        let judged = said.filter_map(|(example, said)| self.judge_class(said, example.target));
        let measured = figures("cross_validation", &photos, &judged.collect::<Vec<_>>());
        let head = train(&self.sources, &classes, &examples, &self.options)?;
        let count = |class| examples.iter().filter(|example| example.target == class).count();
        let counts = classes.iter().enumerate().map(|(class, name)| (name.clone(), count(class)));
        Ok((Head::Classes(head), measured, counts.collect()))
    }

    fn regression(&self, learnt: &[Seen]) -> Result<Trained, EvalError> {
        let (photos, examples) = self.examples(learnt, years);
        let said = cross_validate_regression(&self.sources, &examples, FOLDS, self.options.l2)?;
        let said = said.into_iter().zip(&examples);
        let judged = said.map(|(said, example)| Judged::Age { said, truth: example.target });
        let measured = figures("cross_validation", &photos, &judged.collect::<Vec<_>>());
        let head = train_regression(&self.sources, &examples, self.options.l2)?;
        Ok((Head::Number(head), measured, BTreeMap::from([("faces".to_owned(), examples.len())])))
    }

    /// What the head says of a photo; `None` where the truth is not known.
    fn judge(&self, head: &Head, seen: &Seen) -> Option<Judged> {
        let (label, features) = (self.label(seen)?, self.features(seen));
        match head {
            Head::Number(head) => {
                Some(Judged::Age { said: head.value(&features).ok()?, truth: years(label)? })
            }
            Head::Classes(head) => {
                self.judge_class(&head.probabilities(&features).ok()?, self.task.class(label)?)
            }
        }
    }

    fn judge_class(&self, said: &[f32], class: usize) -> Option<Judged> {
        let (second, truth) = (*said.get(1)?, class == 1);
        match self.task {
            HeadTask::Age => None,
            HeadTask::Ethnicity => Judged::ethnicity(said, class),
            HeadTask::Gender => Some(Judged::Gender { said: second, truth }),
            HeadTask::Glasses => Some(Judged::Glasses { said: second, truth }),
        }
    }
}

/// A head, what was measured in cross-validation, and how many examples of what it saw.
type Trained = (Head, BTreeMap<String, f64>, BTreeMap<String, usize>);

#[cfg(test)]
mod tests;
