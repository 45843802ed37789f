use std::sync::Arc;

use vultus_face::Capabilities;
use vultus_face::fakes::FakeAnalyzer;
use vultus_store::FaceStore;
use vultus_types::{AccountId, Wanted};

use super::*;
use crate::fakes::{ALICE, BOB, Bench, BenchOptions, photo_of};
use crate::{Capability, SWEEP_AFTER};

pub(crate) fn caller(number: u128) -> Caller {
    Caller { account: AccountId(uuid::Uuid::from_u128(number)) }
}

async fn account(bench: &Bench) -> Caller {
    let issued = bench.service.accounts().create("demo").await.unwrap().kairos;
    bench.service.authenticate(crate::Presented::kairos(&issued.app_id, &issued.app_key)).await.unwrap()
}

fn command(people: &[[u8; 3]], faces: FaceChoice) -> EnrolCommand {
    EnrolCommand {
        photo: photo_of(people).unwrap().into(),
        photo_url: None,
        galleries: vec!["G".to_owned()],
        subject: "S".to_owned(),
        faces,
        keep_photo: true,
        event: None,
        settings: PhotoSettings::new(Wanted::BOXES),
    }
}

async fn enrol(bench: &Bench, caller: Caller, command: EnrolCommand) -> Result<EnrolOutcome, ErrorKind> {
    let permit = bench.service.admit().unwrap();
    bench.service.enrol(caller, permit, command).await.map_err(|error| error.kind())
}

async fn photo_keys(bench: &Bench, caller: Caller, outcome: &EnrolOutcome) -> Vec<String> {
    let mut keys = Vec::new();
    for face in &outcome.faces {
        let stored = bench.store.face(caller.account, face.id()).await.unwrap().unwrap();
        keys.extend(stored.face.photo_key);
    }
    keys
}

#[tokio::test]
async fn every_face_is_enrolled_with_one_photo() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let outcome = enrol(&bench, caller, command(&[ALICE, BOB], FaceChoice::EVERY)).await.unwrap();
    assert_eq!(outcome.faces.len(), 2);
    let keys = photo_keys(&bench, caller, &outcome).await;
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    let kept = bench.blobs.get(&keys[0]).await.unwrap().unwrap();
    assert_eq!(kept, photo_of(&[ALICE, BOB]).unwrap());
    let listed = bench.service.subject_faces(caller, "G", "S").await.unwrap();
    let ids: Vec<_> = outcome.faces.iter().map(EnrolledPhotoFace::id).collect();
    assert_eq!(listed.iter().map(|face| face.id).collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn photo_is_deleted_with_its_last_face() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let outcome = enrol(&bench, caller, command(&[ALICE, BOB], FaceChoice::EVERY)).await.unwrap();
    let key = photo_keys(&bench, caller, &outcome).await.remove(0);
    bench.service.remove_face(caller, "G", "S", outcome.faces[0].id()).await.unwrap();
    assert!(bench.blobs.get(&key).await.unwrap().is_some());
    bench.service.remove_face(caller, "G", "S", outcome.faces[1].id()).await.unwrap();
    assert!(bench.blobs.get(&key).await.unwrap().is_none());
    assert!(bench.service.galleries(caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_photo_is_kept_where_that_is_not_wanted() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let command = EnrolCommand { keep_photo: false, ..command(&[ALICE], FaceChoice::SINGLE) };
    let outcome = enrol(&bench, caller, command).await.unwrap();
    assert!(photo_keys(&bench, caller, &outcome).await.is_empty());
    let later = Timestamp(i64::MAX);
    assert!(bench.store.pending_blobs(later).await.unwrap().is_empty());
}

#[tokio::test]
async fn photo_of_a_failed_enrolment_is_deleted() {
    let bench = Bench::new().await.unwrap();
    // No account of this id exists, so the store refuses the face after the photo was written.
    let result = enrol(&bench, caller(1), command(&[ALICE], FaceChoice::SINGLE)).await;
    assert_eq!(result.err(), Some(ErrorKind::Internal));
    assert!(bench.store.pending_blobs(Timestamp(i64::MAX)).await.unwrap().is_empty());
    assert_eq!(bench.store.face_count().await.unwrap(), 0);
}

#[tokio::test]
async fn photo_of_an_interrupted_enrolment_is_swept_later() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let key = bench.service.keep(caller, Bytes::from_static(b"photo")).await.unwrap();
    assert_eq!(bench.service.sweep_blobs().await.unwrap(), 0);
    bench.clock.advance_micros(SWEEP_AFTER.as_micros() as i64 + 1);
    assert_eq!(bench.service.sweep_blobs().await.unwrap(), 1);
    assert!(bench.blobs.get(&key).await.unwrap().is_none());
    assert_eq!(bench.service.sweep_blobs().await.unwrap(), 0);
}

#[tokio::test]
async fn photos_with_the_wrong_number_of_faces_are_refused() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let enrol = async |people: &[[u8; 3]], faces| enrol(&bench, caller, command(people, faces)).await.err();
    assert_eq!(enrol(&[], FaceChoice::EVERY).await, Some(ErrorKind::NoFace));
    assert_eq!(enrol(&[ALICE, BOB], FaceChoice::SINGLE).await, Some(ErrorKind::MultipleFaces));
    assert!(bench.service.galleries(caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn pack_without_an_embedder_cannot_enrol() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let bench = Bench::with(BenchOptions { analyzer, ..BenchOptions::default() }).await.unwrap();
    let caller = account(&bench).await;
    let result = enrol(&bench, caller, command(&[ALICE], FaceChoice::SINGLE)).await;
    assert_eq!(result.err(), Some(ErrorKind::ModelUnavailable(Capability::Template)));
}

#[tokio::test]
async fn outcome_tells_what_is_stored() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let command = EnrolCommand {
        photo_url: Some("http://photos.example/a.jpg".to_owned()),
        galleries: ["b", "a", "b"].map(str::to_owned).to_vec(),
        ..command(&[ALICE], FaceChoice::SINGLE)
    };
    let outcome = enrol(&bench, caller, command).await.unwrap();
    let stored = bench.store.face(caller.account, outcome.faces[0].id()).await.unwrap().unwrap();
    assert_eq!(stored, outcome.faces[0].stored);
    assert_eq!(stored.galleries, ["a", "b"]);
    assert_eq!(stored.face.photo_url.as_deref(), Some("http://photos.example/a.jpg"));
    let md5: [u8; 16] = <Md5 as md5::Digest>::digest(photo_of(&[ALICE]).unwrap()).into();
    assert_eq!(stored.face.photo_md5, Some(md5));
}

#[tokio::test]
async fn face_of_no_gallery_lies_at_home() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let command = EnrolCommand { galleries: Vec::new(), ..command(&[ALICE, BOB], FaceChoice::LARGEST) };
    let outcome = enrol(&bench, caller, command).await.unwrap();
    assert_eq!(outcome.faces.len(), 1);
    assert_eq!(bench.service.galleries(caller).await.unwrap(), [HOME_GALLERY]);
}
