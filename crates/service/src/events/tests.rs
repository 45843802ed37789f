use vultus_store::{FaceStore, HistoryStore};
use vultus_types::{CameraId, Wanted};

use super::*;
use crate::fakes::{ALICE, BOB, Bench, BenchOptions, CAROL, START, photo_of};
use crate::{
    Caller, EnrolCommand, EnrolledPhotoFace, FaceChoice, PersonMode, PersonPolicy, PhotoSettings, Policy,
    Presented, What,
};

const DAY: i64 = 86_400_000_000;

pub(crate) fn camera(number: u128) -> CameraId {
    CameraId(uuid::Uuid::from_u128(number))
}

pub(crate) async fn account(bench: &Bench, name: &str) -> Caller {
    let issued = bench.service.accounts().create(name).await.unwrap().kairos;
    bench.service.authenticate(Presented::kairos(&issued.app_id, &issued.app_key)).await.unwrap()
}

async fn bench_of(mode: PersonMode) -> Bench {
    let policy = Policy { persons: PersonPolicy { mode, ..PersonPolicy::default() }, ..Policy::default() };
    Bench::with(BenchOptions { policy, ..BenchOptions::default() }).await.unwrap()
}

/// What the camera sees at that moment after the start.
pub(crate) async fn see(
    bench: &Bench,
    caller: Caller,
    camera_number: u128,
    people: &[[u8; 3]],
    after: i64,
) -> Vec<EnrolledPhotoFace> {
    let occurred_at = Some(Timestamp(START.0 + after));
    let command = EnrolCommand {
        photo: photo_of(people).unwrap().into(),
        photo_url: None,
        galleries: Vec::new(),
        subject: String::new(),
        faces: FaceChoice::EVERY,
        keep_photo: false,
        event: Some(EventSource { camera: camera(camera_number), occurred_at }),
        settings: PhotoSettings::new(Wanted::BOXES),
    };
    let permit = loop {
        match bench.service.admit() {
            Ok(permit) => break permit,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    bench.service.enrol(caller, permit, command).await.unwrap().faces
}

/// The number of the one person the camera sees.
async fn person(bench: &Bench, caller: Caller, camera: u128, colour: [u8; 3]) -> u64 {
    see(bench, caller, camera, &[colour], 0).await[0].stored.person.unwrap().get()
}

#[tokio::test]
async fn person_is_known_again_and_others_are_new() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let mut seen = Vec::new();
    for colour in [ALICE, BOB, ALICE, CAROL, BOB, ALICE] {
        seen.push(person(&bench, caller, 1, colour).await);
    }
    assert_eq!(seen, [1, 2, 1, 3, 2, 1]);
}

#[tokio::test]
async fn each_camera_has_persons_of_its_own_unless_they_are_shared() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    assert_eq!(person(&bench, caller, 1, ALICE).await, 1);
    assert_eq!(person(&bench, caller, 2, ALICE).await, 2);
    assert_eq!(person(&bench, caller, 1, ALICE).await, 1);
    let shared = bench_of(PersonMode::Global).await;
    let caller = account(&shared, "demo").await;
    assert_eq!(person(&shared, caller, 1, ALICE).await, 1);
    assert_eq!(person(&shared, caller, 2, ALICE).await, 1);
}

#[tokio::test]
async fn accounts_count_persons_of_their_own() {
    let bench = bench_of(PersonMode::Global).await;
    let (one, two) = (account(&bench, "one").await, account(&bench, "two").await);
    assert_eq!(person(&bench, one, 1, ALICE).await, 1);
    assert_eq!(person(&bench, two, 1, BOB).await, 1);
    assert_eq!(person(&bench, two, 1, ALICE).await, 2);
}

#[tokio::test]
async fn events_have_no_persons_where_persons_are_off() {
    let bench = bench_of(PersonMode::Off).await;
    let caller = account(&bench, "demo").await;
    let faces = see(&bench, caller, 1, &[ALICE], 5).await;
    assert_eq!(faces[0].stored.person, None);
    let event = faces[0].stored.event.unwrap();
    assert_eq!((event.camera, event.occurred_at.0, event.is_friend), (camera(1), START.0 + 5, false));
    let stored = bench.store.face(caller.account, faces[0].id()).await.unwrap().unwrap();
    assert_eq!((stored.person, stored.event), (None, Some(event)));
    assert_eq!(bench.service.persons(caller, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn faces_of_one_photo_are_told_apart_and_one_face_twice_is_one_person() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let faces = see(&bench, caller, 1, &[ALICE, BOB, ALICE], 0).await;
    let persons: Vec<_> = faces.iter().map(|face| face.stored.person.unwrap().get()).collect();
    assert_eq!(persons, [1, 2, 1], "Alice and her image in a mirror");
}

#[tokio::test]
async fn two_events_of_one_new_person_at_once_are_one_person() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let seen = futures::future::join_all((0..8).map(|_| person(&bench, caller, 1, ALICE))).await;
    assert_eq!(seen, [1; 8]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_across_processes() {
    let one = Bench::new().await.unwrap();
    let two = one.beside(Arc::new(vultus_face::fakes::FakeAnalyzer::default())).unwrap();
    let caller = account(&one, "demo").await;
    for (round, colour) in (0..).zip([ALICE, BOB, CAROL]) {
        let seen = futures::future::join_all(
            (0..6).map(|number| person(if number % 2 == 0 { &one } else { &two }, caller, round, colour)),
        );
        let seen = seen.await;
        assert!(seen.iter().all(|person| *person == seen[0]), "{seen:?}");
    }
    assert_eq!(one.service.persons(caller, None, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_friend_was_seen_on_five_days_of_seven_by_the_same_camera() {
    let bench = bench_of(PersonMode::Global).await;
    let caller = account(&bench, "demo").await;
    let is_friend = async |camera, after| {
        see(&bench, caller, camera, &[ALICE], after).await[0].stored.event.unwrap().is_friend
    };
    for day in [0, 1, 1, 2] {
        assert!(!is_friend(1, day * DAY).await, "day {day}");
    }
    assert!(!is_friend(2, 3 * DAY).await, "another camera");
    assert!(!is_friend(1, 4 * DAY).await, "four days");
    assert!(is_friend(1, 6 * DAY).await, "five days of seven");
    assert!(is_friend(1, 6 * DAY + 1).await);
    assert!(!is_friend(1, 12 * DAY).await, "long ago");
}

#[tokio::test]
async fn person_goes_with_the_last_face_and_its_number_is_not_given_again() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    see(&bench, caller, 1, &[ALICE], 0).await;
    let bob = see(&bench, caller, 1, &[BOB], 0).await.remove(0);
    bench.service.remove_face(caller, "default", "", bob.id()).await.unwrap();
    let listed = bench.service.persons(caller, None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|person| person.id.get()).collect::<Vec<_>>(), [1]);
    let missing = bench.service.person(caller, bob.stored.person.unwrap()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound(What::Person));
    assert_eq!(person(&bench, caller, 1, BOB).await, 3);
}

#[tokio::test]
async fn a_face_that_is_moved_stands_for_its_new_person() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let alice = see(&bench, caller, 1, &[ALICE], 0).await.remove(0);
    let bob = see(&bench, caller, 1, &[BOB], 0).await.remove(0);
    bench.service.set_person(caller, bob.id(), alice.stored.person.unwrap()).await.unwrap();
    assert_eq!(person(&bench, caller, 1, BOB).await, 1, "Bob is now taken for Alice");
    let gone = bench.service.person(caller, bob.stored.person.unwrap()).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound(What::Person));
    let moved = bench.store.face(caller.account, bob.id()).await.unwrap().unwrap();
    assert_eq!(moved.person, alice.stored.person);
    let refused = bench.service.set_person(caller, bob.id(), bob.stored.person.unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound(What::Person));
    let unknown = FaceId::new(7).unwrap();
    let refused = bench.service.set_person(caller, unknown, alice.stored.person.unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound(What::Face));
}

#[tokio::test]
async fn person_is_known_as_long_as_one_face_is_left() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let mut faces = Vec::new();
    for after in 0..12 {
        faces.extend(see(&bench, caller, 1, &[ALICE], after).await);
    }
    for face in &faces[..11] {
        bench.service.remove_face(caller, "default", "", face.id()).await.unwrap();
        assert_eq!(bench.store.persons(caller.account, None, 10).await.unwrap().len(), 1);
    }
    assert_eq!(person(&bench, caller, 1, ALICE).await, 1);
    bench.service.remove_gallery(caller, "default").await.unwrap();
    assert_eq!(person(&bench, caller, 1, ALICE).await, 2);
}

#[tokio::test]
async fn persons_are_known_after_a_restart() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    assert_eq!(person(&bench, caller, 1, ALICE).await, 1);
    assert_eq!(person(&bench, caller, 1, BOB).await, 2);
    let again = bench.beside(Arc::new(vultus_face::fakes::FakeAnalyzer::default())).unwrap();
    assert_eq!(person(&again, caller, 1, BOB).await, 2);
}
