//! Counts of requests and of what is stored.

use vultus_store::{AccountCount, GallerySize, OutcomeClass, TrafficCount, TrafficStep};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, with_accounts};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const ALWAYS: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

fn count(minute: i64, class: OutcomeClass, bucket: u8, count: u64) -> TrafficCount {
    TrafficCount {
        at: Timestamp(NOW.0 / HOUR * HOUR + minute * MINUTE),
        dialect: "kairos".into(),
        class,
        bucket,
        count,
    }
}

/// Counts of two connections are added up; each step has its own.
pub async fn counts_are_added_up_in_minutes_and_hours(backend: &dyn Backend) {
    let (one, other) = (with_accounts(backend).await, backend.connect().await);
    let ok = OutcomeClass::Ok;
    one.add_usage(&[count(0, ok, 3, 2), count(0, OutcomeClass::Refused, 0, 1)], &[]).await.unwrap();
    other.add_usage(&[count(0, ok, 3, 5), count(61, ok, 200, 1)], &[]).await.unwrap();
    let (from, to) = ALWAYS;
    let minutes = one.traffic(TrafficStep::Minute, from, to, 60).await.unwrap();
    let refused = count(0, OutcomeClass::Refused, 0, 1);
    assert_eq!(minutes, [count(0, ok, 3, 7), refused.clone(), count(61, ok, 200, 1)]);
    let hours = one.traffic(TrafficStep::Hour, from, to, 3600).await.unwrap();
    assert_eq!(hours, [count(0, ok, 3, 7), refused, count(60, ok, 200, 1)]);
    let last = one.traffic(TrafficStep::Minute, count(1, ok, 0, 0).at, to, 60).await.unwrap();
    assert_eq!(last, [count(61, ok, 200, 1)]);
    let first = one.traffic(TrafficStep::Minute, from, count(61, ok, 0, 0).at, 60).await.unwrap();
    assert_eq!(first.len(), 2);
    let groups = one.traffic(TrafficStep::Minute, from, to, 600).await.unwrap();
    assert_eq!(groups.last(), Some(&count(60, ok, 200, 1)), "minute 61 lies in the ten from 60 on");
}

/// Those of accounts that do not exist are left out.
pub async fn counts_of_accounts_are_kept_by_day(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let count = |account: u128, day: i64, class: OutcomeClass, count: u64| AccountCount {
        account: account_id(account),
        day,
        dialect: "perse".into(),
        class,
        count,
    };
    let (ok, failed) = (OutcomeClass::Ok, OutcomeClass::ServerError);
    store.add_usage(&[], &[count(1, 10, ok, 1), count(1, 11, ok, 1), count(7, 10, ok, 1)]).await.unwrap();
    store.add_usage(&[], &[count(1, 10, ok, 4), count(1, 10, failed, 1), count(2, 11, ok, 9)]).await.unwrap();
    let found = store.account_usage(account_id(1), 10).await.unwrap();
    assert_eq!(found, [count(1, 10, ok, 5), count(1, 10, failed, 1), count(1, 11, ok, 1)]);
    assert_eq!(store.account_usage(account_id(1), 12).await.unwrap(), []);
    let since = store.requests_since(10).await.unwrap();
    assert_eq!(since, [(account_id(1), 7), (account_id(2), 9)]);
    assert_eq!(store.requests_since(11).await.unwrap(), [(account_id(1), 1), (account_id(2), 9)]);
}

/// Minutes may go while hours stay.
pub async fn old_traffic_is_forgotten_by_its_step(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let ok = OutcomeClass::Ok;
    store.add_usage(&[count(0, ok, 1, 1), count(30, ok, 1, 1)], &[]).await.unwrap();
    store.forget_traffic(TrafficStep::Minute, count(30, ok, 0, 0).at).await.unwrap();
    let (from, to) = ALWAYS;
    assert_eq!(store.traffic(TrafficStep::Minute, from, to, 60).await.unwrap(), [count(30, ok, 1, 1)]);
    assert_eq!(store.traffic(TrafficStep::Hour, from, to, 3600).await.unwrap(), [count(0, ok, 1, 2)]);
}

/// Galleries come by their size, whoever's they are.
pub async fn inventory_counts_everything(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for (account, number, subject, galleries) in [
        (1, 1, "Ann", &["small", "big"][..]),
        (1, 2, "Ann", &["big"]),
        (1, 3, "Bob", &["big"]),
        (2, 4, "Cid", &["other"]),
    ] {
        store.add_faces(galleries, &[face(account, number, subject)]).await.unwrap();
    }
    let size = |account: &str, gallery: &str, faces: u64, subjects: u64| GallerySize {
        account: account.into(),
        gallery: gallery.into(),
        faces,
        subjects,
    };
    let found = store.inventory(2).await.unwrap();
    assert_eq!((found.accounts, found.galleries, found.faces), (2, 3, 4));
    let mut faces_of = found.faces_of;
    faces_of.sort_unstable_by_key(|(account, _)| *account);
    assert_eq!(faces_of, [(account_id(1), 3), (account_id(2), 1)]);
    assert_eq!(found.biggest, [size("account 1", "big", 3, 2), size("account 1", "small", 1, 1)]);
}
