use std::fmt::Write;
use std::sync::Arc;

use vultus_face::fakes::{FakeFace, fake_photo};
use vultus_face::{Capabilities, fakes::FakeAnalyzer};
use vultus_inference::{FakeModel, Tensor};
use vultus_types::{ModelDigest, PhotoAnalysis, ScoreRule};

use super::*;

const FACERES: ModelDigest = ModelDigest([3; 32]);

/// Finds what [`FakeAnalyzer`] finds, with a mesh of the corners of the box.
#[derive(Default)]
struct WithMesh(FakeAnalyzer);

impl FaceAnalyzer for WithMesh {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        let mut analysis = self.0.analyze(photo, options, cancel)?;
        for face in &mut analysis.faces {
            let bounds = face.bounds;
            if let Some(landmarks) = &mut face.landmarks {
                landmarks.mesh = vec![[bounds.x, bounds.y, 0.0], [bounds.right(), bounds.bottom(), 0.0]];
            }
        }
        Ok(analysis)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.0.score_rule()
    }
}

/// Features that say how bright the three colours of the crop's middle are.
fn models() -> FeatureModels {
    let faceres = FakeModel::new(FACERES, &["gender", "features", "age"], |input| {
        let plane = 224 * 224;
        let mut features = vec![0.01; 1024];
        for channel in 0..3 {
            features[channel] = input.data()[channel * plane + plane / 2 + 112] + 128.0;
        }
        Ok(vec![
            Tensor::new(vec![1, 1], vec![0.5])?,
            Tensor::new(vec![1, 1024], features)?,
            Tensor::new(vec![1, 100], vec![0.01; 100])?,
        ])
    });
    FeatureModels { embedder: None, faceres: Some(Arc::new(faceres)) }
}

/// Writes 48 photos: red faces wear glasses, blue ones do not; and one without a face.
fn labelled_photos(dir: &Path) -> String {
    let mut labels = "file,glasses,race\n".to_owned();
    for index in 0..48u8 {
        let colour = if index % 2 == 0 { [150 + index, 40, 40] } else { [40, 40, 150 + index] };
        let face = FakeFace { colour, x: 40, y: 30, side: 100 };
        std::fs::write(dir.join(format!("{index}.png")), fake_photo(200, 160, &[face]).unwrap()).unwrap();
        writeln!(labels, "{index}.png,{},White", 1 - index % 2).unwrap();
    }
    std::fs::write(dir.join("empty.png"), fake_photo(200, 160, &[]).unwrap()).unwrap();
    labels + "empty.png,1,White\n"
}

fn train_on(
    tasks: &[HeadTask],
    models: &FeatureModels,
    labels: &str,
    images: &Path,
) -> Result<Vec<HeadFile>, EvalError> {
    let learnt = LabelledSet { name: "learnt", labels, images };
    let check = LabelledSet { name: "again", labels, images };
    let request =
        TrainRequest { tasks, learnt, checks: &[check], data: "made up", licence: "CC0", command: "test" };
    train_heads(&WithMesh::default(), models, &request, NonZeroUsize::MIN, &|_, _| {})
}

#[test]
fn head_learns_from_labelled_photos_and_is_measured_on_others() {
    let dir = tempfile::tempdir().unwrap();
    let labels = labelled_photos(dir.path());
    let files = train_on(&[HeadTask::Glasses], &models(), &labels, dir.path()).unwrap();
    let [file] = files.as_slice() else { panic!("{} heads", files.len()) };
    assert_eq!(file.training.examples, BTreeMap::from([("none".to_owned(), 24), ("glasses".to_owned(), 24)]));
    assert_eq!(file.measured["cross_validation_accuracy"], 1.0);
    assert_eq!((file.measured["again_accuracy"], file.measured["again_race_white_accuracy"]), (1.0, 1.0));
    assert_eq!(file.features, models().named(&["faceres"]).unwrap());
}

#[test]
fn pack_without_features_trains_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let train = |task, models: &FeatureModels| train_on(&[task], models, "file,glasses\n", dir.path());
    let nothing = FeatureModels::default();
    assert!(matches!(train(HeadTask::Glasses, &nothing), Err(EvalError::NoFeatures)));
    // These models lack the embedder.
    assert!(matches!(train(HeadTask::Age, &models()), Err(EvalError::NoFeatures)));
}

#[test]
fn head_reads_its_own_features_out_of_all() {
    let source = |name: &str, dimension| FeatureSource { name: name.to_owned(), sha256: FACERES, dimension };
    let all = [source("face-recognition", 2), source("faceres", 1024)];
    let trainer = Trainer::new(HeadTask::Glasses, &models(), &all).unwrap();
    let photo = Labelled { path: "x".into(), labels: BTreeMap::new() };
    let features: Vec<f32> = (0..1026).map(|index| index as f32).collect();
    let read = trainer.features(&Seen { photo, features });
    assert_eq!((read.len(), read[0], read[1023]), (1024, 2.0, 1025.0));
}

#[test]
fn tasks_have_names_and_their_labels_have_classes() {
    assert_eq!(HeadTask::named("glasses"), Some(HeadTask::Glasses));
    assert_eq!(HeadTask::named("hats"), None);
    assert_eq!(HeadTask::Ethnicity.class("Southeast Asian"), Some(5));
    assert_eq!(HeadTask::Gender.class("Female"), Some(1));
    assert_eq!((HeadTask::Glasses.class("1"), HeadTask::Glasses.class("2")), (Some(1), None));
    assert_eq!(HeadTask::Gender.class("unclear"), None);
}
