use vultus_face::fakes::{FakeFace, fake_photo};
use vultus_store::FaceStore;
use vultus_types::Confidence;

use super::*;
use crate::fakes::{ALICE, BOB, Bench, photo_of};
use crate::{EnrolCommand, FaceListing, PageStart};

const LIMITS: ExposureLimits = ExposureLimits { underexposure: 0.5, overexposure: 0.5 };

async fn bench() -> (Bench, Caller) {
    let bench = Bench::new().await.unwrap();
    bench.service.accounts().create("demo").await.unwrap();
    let account = bench.service.accounts().named("demo").await.unwrap().id;
    (bench, Caller { account })
}

fn command(token: UserToken, photo: Vec<u8>) -> EnrolUserCommand {
    EnrolUserCommand { token, photo: photo.into(), limits: LIMITS }
}

/// Enrols the person under a new token.
async fn enrol(bench: &Bench, caller: Caller, person: [u8; 3]) -> UserToken {
    let token = bench.service.new_user_token().unwrap();
    let permit = bench.service.admit().unwrap();
    let command = command(token, photo_of(&[person]).unwrap());
    let outcome = bench.service.enrol_user(caller, permit, command).await.unwrap();
    assert!(matches!(outcome, EnrolUserOutcome::Enrolled(_)));
    token
}

async fn similarity(bench: &Bench, caller: Caller, token: UserToken, person: [u8; 3]) -> Confidence {
    let photo = photo_of(&[person]).unwrap().into();
    let command = CompareUserCommand { token, photo, wanted: Wanted::BOXES };
    let permit = bench.service.admit().unwrap();
    bench.service.compare_with_user(caller, permit, command).await.unwrap().confidence
}

async fn keys(bench: &Bench, caller: Caller) -> Vec<String> {
    let listing = FaceListing { gallery: None, subject: None, start: PageStart::Newest, limit: 10 };
    let faces = bench.service.list_faces(caller, &listing).await.unwrap().faces;
    faces.into_iter().filter_map(|face| face.face.photo_key).collect()
}

#[tokio::test]
async fn users_are_enrolled_compared_listed_and_removed() {
    let (bench, caller) = bench().await;
    assert_eq!(bench.service.users(caller).await.unwrap(), []);
    let (alice, bob) = (enrol(&bench, caller, ALICE).await, enrol(&bench, caller, BOB).await);
    let mut expected = [alice, bob];
    expected.sort_unstable();
    assert_eq!(bench.service.users(caller).await.unwrap(), expected);
    assert!(similarity(&bench, caller, alice, ALICE).await.get() > 0.9);
    assert!(similarity(&bench, caller, alice, BOB).await.get() < 0.6);
    bench.service.remove_user(caller, alice).await.unwrap();
    assert_eq!(bench.service.users(caller).await.unwrap(), [bob]);
    let again = bench.service.remove_user(caller, alice).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound(What::Subject));
}

#[tokio::test]
async fn replaced_user_is_the_new_face_and_no_other() {
    let (bench, caller) = bench().await;
    let token = enrol(&bench, caller, ALICE).await;
    let old_photo = keys(&bench, caller).await.remove(0);
    let replace = async |token, person| {
        let permit = bench.service.admit().unwrap();
        bench.service.replace_user(caller, permit, command(token, photo_of(&[person]).unwrap())).await
    };
    replace(token, BOB).await.unwrap();
    assert_eq!(bench.service.users(caller).await.unwrap(), [token]);
    assert!(similarity(&bench, caller, token, BOB).await.get() > 0.9);
    assert!(similarity(&bench, caller, token, ALICE).await.get() < 0.6);
    assert!(bench.blobs.get(&old_photo).await.unwrap().is_none());
    assert!(bench.blobs.get(&keys(&bench, caller).await[0]).await.unwrap().is_some());
    let nobody = bench.service.new_user_token().unwrap();
    assert_eq!(replace(nobody, BOB).await.unwrap_err().kind(), ErrorKind::NotFound(What::Subject));
}

#[tokio::test]
async fn users_of_other_accounts_are_nobody() {
    let (bench, caller) = bench().await;
    let token = enrol(&bench, caller, ALICE).await;
    bench.service.accounts().create("other").await.unwrap();
    let other = Caller { account: bench.service.accounts().named("other").await.unwrap().id };
    assert_eq!(bench.service.users(other).await.unwrap(), []);
    for refused in
        [bench.service.require_user(other, token).await, bench.service.remove_user(other, token).await]
    {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound(What::Subject));
    }
    bench.service.require_user(caller, token).await.unwrap();
}

#[tokio::test]
async fn face_in_bad_light_is_refused_and_leaves_nothing() {
    let (bench, caller) = bench().await;
    for (person, is_dark) in [([40, 40, 40], true), ([255, 255, 255], false)] {
        let token = bench.service.new_user_token().unwrap();
        let permit = bench.service.admit().unwrap();
        let command = command(token, photo_of(&[person]).unwrap());
        let outcome = bench.service.enrol_user(caller, permit, command).await.unwrap();
        assert_eq!(matches!(outcome, EnrolUserOutcome::Underexposed), is_dark);
        assert_eq!(matches!(outcome, EnrolUserOutcome::Overexposed), !is_dark);
    }
    assert_eq!(bench.service.users(caller).await.unwrap(), []);
    assert!(bench.store.pending_blobs(vultus_types::Timestamp(i64::MAX)).await.unwrap().is_empty());
}

#[tokio::test]
async fn largest_face_inside_the_photo_counts() {
    let (bench, caller) = bench().await;
    let cut = FakeFace { colour: BOB, x: 0, y: 100, side: 200 };
    let small = FakeFace { colour: ALICE, x: 300, y: 100, side: 60 };
    let token = bench.service.new_user_token().unwrap();
    let enrol = async |faces: &[FakeFace]| {
        let permit = bench.service.admit().unwrap();
        let command = command(token, fake_photo(640, 480, faces).unwrap());
        bench.service.enrol_user(caller, permit, command).await
    };
    assert_eq!(enrol(&[cut]).await.unwrap_err().kind(), ErrorKind::NoFace);
    enrol(&[cut, small]).await.unwrap();
    assert!(similarity(&bench, caller, token, ALICE).await.get() > 0.9);
}

#[tokio::test]
async fn subjects_of_other_dialects_are_users_where_their_names_are_tokens() {
    let (bench, caller) = bench().await;
    let token = bench.service.new_user_token().unwrap();
    for subject in [token.to_string(), token.to_string().to_uppercase(), "Ann".to_owned()] {
        let command = EnrolCommand {
            photo: photo_of(&[ALICE]).unwrap().into(),
            photo_url: None,
            galleries: vec![USER_GALLERY.to_owned()],
            subject,
            faces: FaceChoice::SINGLE,
            keep_photo: false,
            event: None,
            settings: PhotoSettings::new(Wanted::BOXES),
        };
        bench.service.enrol(caller, bench.service.admit().unwrap(), command).await.unwrap();
    }
    assert_eq!(bench.service.users(caller).await.unwrap(), [token]);
}

#[test]
fn token_is_a_uuid_in_any_form_and_written_in_one() {
    let token = UserToken::parse(" 67E55044-10b1-426f-9247-bb680e5fe0c8 ").unwrap();
    assert_eq!(token.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
    assert_eq!(UserToken::parse("67e5504410b1426f9247bb680e5fe0c8"), Some(token));
    for text in ["", "Ann", "67e55044-10b1-426f-9247", "../67e55044"] {
        assert_eq!(UserToken::parse(text), None, "{text}");
    }
}
