use super::*;
use crate::Presented;
use crate::fakes::{ALICE, BOB, Bench, photo_of};

const DAY_MICROS: i64 = 86_400_000_000;

async fn caller(bench: &Bench) -> Caller {
    let issued = bench.service.accounts().create("demo").await.unwrap().kairos;
    bench.service.authenticate(Presented::kairos(&issued.app_id, &issued.app_key)).await.unwrap()
}

/// An account with a limit.
async fn limited(bench: &Bench, per_month: u32) -> Caller {
    caller(bench).await;
    let accounts = bench.service.accounts();
    accounts.limit_liveness("demo", Some(per_month)).await.unwrap();
    Caller { account: accounts.named("demo").await.unwrap().id }
}

async fn verify(bench: &Bench, caller: Caller, photo: &[u8]) -> Result<LivenessOutcome, ErrorKind> {
    let permit = bench.service.admit().unwrap();
    let command = LivenessCommand { photo: Bytes::copy_from_slice(photo), threshold: 0.6 };
    bench.service.verify_liveness(permit, caller, command).await.map_err(|error| error.kind())
}

#[tokio::test]
async fn largest_face_decides() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    // The score of the fake engine is the share of blue: Bob's is .78, Alice's .16.
    for (people, score, is_live) in [(vec![BOB, ALICE], 0.784, true), (vec![ALICE, BOB], 0.157, false)] {
        let outcome = verify(&bench, caller, &photo_of(&people).unwrap()).await.unwrap();
        assert!((outcome.largest.unwrap().score - score).abs() < 1e-3);
        assert_eq!((outcome.is_live, outcome.analysis.faces.len()), (is_live, 2));
    }
    let outcome = verify(&bench, caller, &photo_of(&[]).unwrap()).await.unwrap();
    assert_eq!((outcome.largest, outcome.is_live), (None, false));
}

#[tokio::test]
async fn answers_count_up_to_the_limit_of_the_month() {
    let bench = Bench::new().await.unwrap();
    let caller = limited(&bench, 2).await;
    let photo = photo_of(&[BOB]).unwrap();
    assert!(verify(&bench, caller, &photo).await.is_ok());
    assert_eq!(verify(&bench, caller, b"no photo").await.unwrap_err(), ErrorKind::UnsupportedMedia);
    assert!(verify(&bench, caller, &photo).await.is_ok(), "a failure does not count");
    assert_eq!(verify(&bench, caller, &photo).await.unwrap_err(), ErrorKind::QuotaExceeded);
    let accounts = bench.service.accounts();
    let account = accounts.named("demo").await.unwrap();
    assert_eq!(account.liveness_per_month, Some(2));
    assert_eq!(accounts.liveness_this_month(&account).await.unwrap(), 2);
    bench.clock.advance_micros(31 * DAY_MICROS);
    assert!(verify(&bench, caller, &photo).await.is_ok(), "a new month");
    accounts.limit_liveness("demo", None).await.unwrap();
    for _ in 0..3 {
        assert!(verify(&bench, caller, &photo).await.is_ok());
    }
}

#[tokio::test]
async fn one_account_does_not_use_up_anothers_limit() {
    let bench = Bench::new().await.unwrap();
    let caller = limited(&bench, 1).await;
    let other = bench.service.accounts().create("other").await.unwrap().kairos;
    let other = bench.service.authenticate(Presented::kairos(&other.app_id, &other.app_key)).await.unwrap();
    let photo = photo_of(&[BOB]).unwrap();
    for _ in 0..2 {
        assert!(verify(&bench, other, &photo).await.is_ok());
    }
    assert!(verify(&bench, caller, &photo).await.is_ok());
}

#[tokio::test]
async fn threshold_outside_its_range_is_refused() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    for threshold in [-0.1, 1.1, f32::NAN] {
        let permit = bench.service.admit().unwrap();
        let command = LivenessCommand { photo: photo_of(&[BOB]).unwrap().into(), threshold };
        let error = bench.service.verify_liveness(permit, caller, command).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput("threshold"), "{threshold}");
    }
}
