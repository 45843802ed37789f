use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
use vultus_face::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_store::{EmbedderStore, FaceStore};
use vultus_types::{Confidence, PhotoAnalysis, ScoreRule, Template, TemplatePart};

use super::*;
use crate::fakes::{ALICE, BOB, Bench, CAROL, photo_of};
use crate::{
    Caller, Candidates, Completeness, DataOwner, EnrolCommand, FaceChoice, IdentifyCommand, Presented,
    Unready, VerifyCommand,
};

const NEW_MODEL: ModelDigest = ModelDigest([0xBB; 32]);

/// The fake engine with another embedder: the same faces, the numbers of their templates in another order.
struct NewPack {
    inner: FakeAnalyzer,
    rule: ScoreRule,
    /// Photos after which the engine breaks.
    left: AtomicUsize,
}

impl NewPack {
    fn breaking_after(photos: usize) -> Arc<dyn FaceAnalyzer> {
        let inner = FakeAnalyzer::default();
        let rule = ScoreRule::single(NEW_MODEL, inner.score_rule().dimension());
        Arc::new(Self { inner, rule, left: AtomicUsize::new(photos) })
    }

    fn working() -> Arc<dyn FaceAnalyzer> {
        Self::breaking_after(usize::MAX)
    }
}

impl FaceAnalyzer for NewPack {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(FaceError::Cancelled);
        }
        let mut analysis = self.inner.analyze(photo, options, cancel)?;
        for face in &mut analysis.faces {
            face.template = face.template.take().map(|template| {
                let mut vector = template.parts()[0].vector.clone();
                vector.reverse();
                Template::new(vec![TemplatePart { model: NEW_MODEL, vector, cohort: None }]).unwrap()
            });
        }
        Ok(analysis)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        &self.rule
    }
}

/// Data with an account, and the process that made it.
async fn old_process() -> (Bench, Caller) {
    let bench = Bench::new().await.unwrap();
    let issued = bench.service.accounts().create("demo").await.unwrap().kairos;
    let caller = bench.service.authenticate(Presented::kairos(&issued.app_id, &issued.app_key)).await;
    (bench, caller.unwrap())
}

async fn enrol(
    bench: &Bench,
    caller: Caller,
    subject: &str,
    photo: Vec<u8>,
    keep_photo: bool,
) -> Result<Vec<FaceId>, ErrorKind> {
    let command = EnrolCommand {
        photo: photo.into(),
        photo_url: None,
        galleries: vec!["G".to_owned()],
        subject: subject.to_owned(),
        faces: FaceChoice::EVERY,
        keep_photo,
        event: None,
        settings: PhotoSettings::new(Wanted::TEMPLATE),
    };
    let outcome = bench.service.enrol(caller, bench.service.admit().unwrap(), command).await;
    outcome
        .map(|outcome| outcome.faces.iter().map(crate::EnrolledPhotoFace::id).collect())
        .map_err(|error| error.kind())
}

/// The best candidate for each face of a photo of these people.
async fn identify(
    bench: &Bench,
    caller: Caller,
    people: &[[u8; 3]],
) -> Result<Vec<Option<String>>, ErrorKind> {
    let command = IdentifyCommand {
        photo: photo_of(people).unwrap().into(),
        gallery: Some("G".to_owned()),
        faces: FaceChoice::EVERY,
        candidates: Candidates::Subjects,
        completeness: Completeness::AsDecided,
        threshold: Confidence::new(0.75),
        max_results: 1,
        settings: PhotoSettings::new(Wanted::TEMPLATE),
    };
    let outcome = bench.service.identify(caller, bench.service.admit().unwrap(), command).await;
    let outcome = outcome.map_err(|error| error.kind())?;
    let best = |face: crate::IdentifiedFace| face.candidates.into_iter().next().map(|best| best.subject);
    Ok(outcome.faces.into_iter().map(best).collect())
}

async fn reembed(bench: &Bench, misses: MissPolicy) -> Result<ReembedOutcome, ServiceError> {
    let command = ReembedCommand { pack: "new".to_owned(), misses, parallel: 2 };
    bench.service.reembed(command, |done, total| assert!(done <= total)).await
}

#[tokio::test]
async fn every_face_of_a_photo_gets_its_own_new_template() {
    let (old, caller) = old_process().await;
    enrol(&old, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await.unwrap();
    let faces = enrol(&old, caller, "crowd", photo_of(&[BOB, CAROL]).unwrap(), true).await.unwrap();
    let new = old.beside(NewPack::working()).unwrap();
    assert!(matches!(new.service.bind_data("new").await.unwrap(), DataOwner::Other(_)));
    let outcome = reembed(&new, MissPolicy::Refuse).await.unwrap();
    assert_eq!(outcome.replacement, Some(Replacement { replaced: 3, removed: 0 }));
    assert_eq!((outcome.resumed, outcome.processed, outcome.misses.len()), (0, 3, 0));
    assert_eq!(new.service.bind_data("new").await.unwrap(), DataOwner::Own);
    assert_eq!(
        identify(&new, caller, &[ALICE, CAROL]).await.unwrap(),
        [Some("alice".to_owned()), Some("crowd".to_owned())]
    );
    for id in faces {
        let stored = old.store.face(caller.account, id).await.unwrap().unwrap().face;
        let photo = old.blobs.get(&stored.photo_key.unwrap()).await.unwrap().unwrap();
        let found = new.service.find_faces(photo).await.unwrap();
        let own = found.iter().find(|face| face.bounds == stored.bounds).unwrap();
        assert_eq!(own.template.as_ref(), Some(&stored.template));
    }
}

#[tokio::test]
async fn process_of_the_old_pack_serves_until_the_end_and_then_refuses() {
    let (old, caller) = old_process().await;
    // More than a page, so that something is staged when the run breaks.
    for number in 0..PAGE as u8 + 6 {
        let photo =
            fake_photo(40, 40, &[FakeFace { colour: [40, 100, number * 2 + 40], x: 5, y: 5, side: 30 }]);
        enrol(&old, caller, &number.to_string(), photo.unwrap(), true).await.unwrap();
    }
    enrol(&old, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await.unwrap();
    let broken = old.beside(NewPack::breaking_after(PAGE as usize + 2)).unwrap();
    reembed(&broken, MissPolicy::Refuse).await.unwrap_err();
    assert_eq!(identify(&old, caller, &[ALICE]).await.unwrap(), [Some("alice".to_owned())]);
    enrol(&old, caller, "bob", photo_of(&[BOB]).unwrap(), true).await.unwrap();
    old.service.check_ready().await.unwrap();
    let new = old.beside(NewPack::working()).unwrap();
    assert_eq!(identify(&new, caller, &[ALICE]).await, Err(ErrorKind::OtherEmbedder), "not its turn yet");

    let outcome = reembed(&new, MissPolicy::Refuse).await.unwrap();
    assert_eq!(
        (outcome.resumed, outcome.processed),
        (u64::from(PAGE), 8),
        "what was staged is not done again"
    );
    assert_eq!(
        identify(&new, caller, &[ALICE, BOB]).await.unwrap(),
        [Some("alice".to_owned()), Some("bob".to_owned())]
    );
    new.service.check_ready().await.unwrap();
    assert_eq!(identify(&old, caller, &[ALICE]).await, Err(ErrorKind::OtherEmbedder));
    let verify = VerifyCommand {
        photo: photo_of(&[ALICE]).unwrap().into(),
        gallery: "G".to_owned(),
        subject: "alice".to_owned(),
        settings: PhotoSettings::new(Wanted::TEMPLATE),
    };
    let verified = old.service.verify(caller, old.service.admit().unwrap(), verify).await;
    assert_eq!(verified.unwrap_err().kind(), ErrorKind::OtherEmbedder);
    let enrolled = enrol(&old, caller, "late", photo_of(&[CAROL]).unwrap(), true).await;
    assert_eq!(enrolled, Err(ErrorKind::OtherEmbedder));
    let unready = old.service.check_ready().await;
    assert!(
        matches!(&unready, Err(Unready::Refused(error)) if error.kind() == ErrorKind::OtherEmbedder),
        "{unready:?}"
    );
    assert_eq!(old.store.pending_blobs(vultus_types::Timestamp(i64::MAX)).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn faces_without_a_photo_stop_the_replacement_unless_told_otherwise() {
    let (old, caller) = old_process().await;
    enrol(&old, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await.unwrap();
    let unkept = enrol(&old, caller, "bob", photo_of(&[BOB]).unwrap(), false).await.unwrap();
    let lost = enrol(&old, caller, "carol", photo_of(&[CAROL]).unwrap(), true).await.unwrap();
    let key = old.store.face(caller.account, lost[0]).await.unwrap().unwrap().face.photo_key.unwrap();
    old.blobs.delete(&key).await.unwrap();
    let new = old.beside(NewPack::working()).unwrap();
    let refused = reembed(&new, MissPolicy::Refuse).await.unwrap();
    assert_eq!(refused.replacement, None);
    assert_eq!(refused.misses, [(unkept[0], TemplateMiss::NoPhoto), (lost[0], TemplateMiss::NoPhoto)]);
    assert_eq!(
        identify(&old, caller, &[BOB]).await.unwrap(),
        [Some("bob".to_owned())],
        "nothing has changed"
    );

    old.blobs.put(&key, photo_of(&[CAROL]).unwrap().into()).await.unwrap();
    let kept = reembed(&new, MissPolicy::Keep).await.unwrap();
    assert_eq!(kept.replacement, Some(Replacement { replaced: 2, removed: 0 }), "the photo came back");
    assert_eq!(identify(&new, caller, &[BOB, CAROL]).await.unwrap(), [None, Some("carol".to_owned())]);
    assert_eq!(new.service.subject_faces(caller, "G", "bob").await.unwrap().len(), 1);

    let dropped = reembed(&new, MissPolicy::Drop).await.unwrap();
    assert_eq!(dropped.replacement, Some(Replacement { replaced: 0, removed: 1 }));
    assert_eq!(new.service.subjects(caller, "G").await.unwrap(), ["alice", "carol"]);
}

#[tokio::test]
async fn faces_kept_with_old_templates_are_found_again_by_the_old_models() {
    let (old, caller) = old_process().await;
    enrol(&old, caller, "bob", photo_of(&[BOB]).unwrap(), false).await.unwrap();
    let new = old.beside(NewPack::working()).unwrap();
    reembed(&new, MissPolicy::Keep).await.unwrap();
    let back = reembed(&old, MissPolicy::Refuse).await.unwrap();
    assert_eq!(back.misses, []);
    assert_eq!(identify(&old, caller, &[BOB]).await.unwrap(), [Some("bob".to_owned())]);
}

#[tokio::test]
async fn photos_that_show_no_face_or_are_none_are_told_apart() {
    let (old, caller) = old_process().await;
    let blank = enrol(&old, caller, "blank", photo_of(&[ALICE]).unwrap(), true).await.unwrap()[0];
    let moved = enrol(&old, caller, "moved", photo_of(&[BOB]).unwrap(), true).await.unwrap()[0];
    let broken = enrol(&old, caller, "broken", photo_of(&[CAROL]).unwrap(), true).await.unwrap()[0];
    let elsewhere = FakeFace { colour: BOB, x: 400, y: 300, side: 100 };
    let replacements = [
        (blank, photo_of(&[]).unwrap()),
        (moved, fake_photo(640, 480, &[elsewhere]).unwrap()),
        (broken, vec![7]),
    ];
    for (id, photo) in replacements {
        let key = old.store.face(caller.account, id).await.unwrap().unwrap().face.photo_key.unwrap();
        old.blobs.put(&key, photo.into()).await.unwrap();
    }
    let new = old.beside(NewPack::working()).unwrap();
    let outcome = reembed(&new, MissPolicy::Refuse).await.unwrap();
    let expected =
        [(blank, TemplateMiss::NoFace), (moved, TemplateMiss::NoFace), (broken, TemplateMiss::Unreadable)];
    assert_eq!(outcome.misses, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faces_enrolled_while_the_run_is_under_way_are_taken_along() {
    let (old, caller) = old_process().await;
    enrol(&old, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await.unwrap();
    let new = old.beside(NewPack::working()).unwrap();
    let command = ReembedCommand { pack: "new".to_owned(), misses: MissPolicy::Refuse, parallel: 1 };
    let has_enrolled = AtomicUsize::new(0);
    let enrol_late = |done: u64, _| {
        if done == 1 && has_enrolled.fetch_add(1, Ordering::SeqCst) == 0 {
            let enrolled = std::thread::scope(|scope| {
                let work = scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(enrol(&old, caller, "bob", photo_of(&[BOB]).unwrap(), true))
                });
                work.join().unwrap()
            });
            enrolled.unwrap();
        }
    };
    let outcome = new.service.reembed(command, enrol_late).await.unwrap();
    assert_eq!(outcome.processed, 2);
    assert_eq!(
        identify(&new, caller, &[ALICE, BOB]).await.unwrap(),
        [Some("alice".to_owned()), Some("bob".to_owned())]
    );
}

#[tokio::test]
async fn data_without_faces_takes_whoever_comes_last() {
    let (old, caller) = old_process().await;
    let new = old.beside(NewPack::working()).unwrap();
    for bench in [&old, &new, &old] {
        assert_eq!(bench.service.bind_data("any").await.unwrap(), DataOwner::Own);
    }
    assert_eq!(new.service.data_owner("new").await.unwrap(), DataOwner::Own);
    enrol(&old, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await.unwrap();
    let DataOwner::Other(bound) = new.service.data_owner("new").await.unwrap() else { panic!("not its own") };
    assert_eq!(bound.pack.as_deref(), Some("any"));
    assert_eq!(old.store.embedder().await.unwrap(), Some(bound));
    let refused = enrol(&new, caller, "alice", photo_of(&[ALICE]).unwrap(), true).await;
    assert_eq!(refused, Err(ErrorKind::OtherEmbedder));
}

#[test]
fn boxes_are_paired_by_their_overlap_and_none_twice() {
    let bounds = |x: f32, side: f32| BoundingBox::new(x, 0.0, side, side);
    let stored = [bounds(0.0, 10.0), bounds(4.0, 10.0), bounds(100.0, 10.0), bounds(300.0, 10.0)];
    let found = [bounds(103.0, 12.0), bounds(3.0, 10.0), bounds(340.0, 10.0)];
    assert_eq!(match_boxes(&stored, &found), [None, Some(1), Some(0), None]);
    assert_eq!(match_boxes(&stored[..1], &found), [Some(1)]);
    assert_eq!(match_boxes(&stored, &[]), [None; 4]);
}
