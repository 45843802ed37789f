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

fn command(people: &[[u8; 3]], selection: FaceSelection) -> EnrolCommand {
    EnrolCommand {
        photo: photo_of(people).unwrap().into(),
        gallery: "G".to_owned(),
        subject: "S".to_owned(),
        selection,
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
        let stored = bench.store.face(caller.account, face.id).await.unwrap().unwrap();
        keys.extend(stored.face.photo_key);
    }
    keys
}

#[tokio::test]
async fn every_face_is_enrolled_with_one_photo() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let outcome = enrol(&bench, caller, command(&[ALICE, BOB], FaceSelection::Every)).await.unwrap();
    assert_eq!(outcome.faces.len(), 2);
    let keys = photo_keys(&bench, caller, &outcome).await;
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    let kept = bench.blobs.get(&keys[0]).await.unwrap().unwrap();
    assert_eq!(kept, photo_of(&[ALICE, BOB]).unwrap());
    let listed = bench.service.subject_faces(caller, "G", "S").await.unwrap();
    let ids: Vec<_> = outcome.faces.iter().map(|face| face.id).collect();
    assert_eq!(listed.iter().map(|face| face.id).collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn photo_is_deleted_with_its_last_face() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let outcome = enrol(&bench, caller, command(&[ALICE, BOB], FaceSelection::Every)).await.unwrap();
    let key = photo_keys(&bench, caller, &outcome).await.remove(0);
    bench.service.remove_face(caller, "G", "S", outcome.faces[0].id).await.unwrap();
    assert!(bench.blobs.get(&key).await.unwrap().is_some());
    bench.service.remove_face(caller, "G", "S", outcome.faces[1].id).await.unwrap();
    assert!(bench.blobs.get(&key).await.unwrap().is_none());
    assert!(bench.service.galleries(caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_photo_is_kept_where_that_is_not_wanted() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench).await;
    let command = EnrolCommand { keep_photo: false, ..command(&[ALICE], FaceSelection::Single) };
    let outcome = enrol(&bench, caller, command).await.unwrap();
    assert!(photo_keys(&bench, caller, &outcome).await.is_empty());
    let later = Timestamp(i64::MAX);
    assert!(bench.store.pending_blobs(later).await.unwrap().is_empty());
}

#[tokio::test]
async fn photo_of_a_failed_enrolment_is_deleted() {
    let bench = Bench::new().await.unwrap();
    // No account of this id exists, so the store refuses the face after the photo was written.
    let result = enrol(&bench, caller(1), command(&[ALICE], FaceSelection::Single)).await;
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
    let enrol =
        async |people: &[[u8; 3]], selection| enrol(&bench, caller, command(people, selection)).await.err();
    assert_eq!(enrol(&[], FaceSelection::Every).await, Some(ErrorKind::NoFace));
    assert_eq!(enrol(&[ALICE, BOB], FaceSelection::Single).await, Some(ErrorKind::MultipleFaces));
    assert!(bench.service.galleries(caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn pack_without_an_embedder_cannot_enrol() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let bench = Bench::with(BenchOptions { analyzer, ..BenchOptions::default() }).await.unwrap();
    let caller = account(&bench).await;
    let result = enrol(&bench, caller, command(&[ALICE], FaceSelection::Single)).await;
    assert_eq!(result.err(), Some(ErrorKind::ModelUnavailable(Capability::Template)));
}
