//! Accounts and credentials.

use vultus_store::{Credential, CredentialKind, SecretHash, StoreError, Usage};
use vultus_types::{CalendarMonth, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account, account_id, credential, has_credential, with_accounts};

/// What was created is found.
pub async fn account_is_found_by_name_and_credential(backend: &dyn Backend) {
    let store = backend.connect().await;
    let account = account(1, "demo");
    let perse = Credential { kind: CredentialKind::PerseApiKey, ..credential("b") };
    store.create_account(&account, &[credential("a"), perse.clone()]).await.unwrap();
    assert_eq!(store.account_by_name("demo").await.unwrap(), Some(account.clone()));
    assert_eq!(store.account_by_name("Demo").await.unwrap(), None);
    let found = store.find_credential(CredentialKind::PerseApiKey, "b").await.unwrap();
    assert_eq!(found, Some((account, perse)));
    assert!(!has_credential(&*store, "b").await, "the kind counts");
}

/// Two accounts never have one name.
pub async fn names_are_unique(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "demo"), &[]).await.unwrap();
    let again = store.create_account(&account(2, "demo"), &[]).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let same_id = store.create_account(&account(1, "other"), &[]).await;
    assert!(matches!(same_id, Err(StoreError::Conflict(_))));
}

/// Public ids are unique within a kind, free across kinds.
pub async fn public_ids_are_unique_per_kind(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    let taken = store.create_account(&account(2, "two"), &[credential("a")]).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let token = Credential { kind: CredentialKind::FindFaceToken, ..credential("a") };
    store.create_account(&account(3, "three"), &[token]).await.unwrap();
}

/// An account whose second credential is refused does not exist, nor does its first credential.
pub async fn refused_account_leaves_nothing(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.create_account(&account(2, "two"), &[credential("b"), credential("a")]).await.unwrap_err();
    assert_eq!(store.account_by_name("two").await.unwrap(), None);
    assert!(!has_credential(&*store, "b").await);
}

/// The list is sorted by name.
pub async fn accounts_are_listed_by_name(backend: &dyn Backend) {
    let store = backend.connect().await;
    for (number, name) in [(1, "b"), (2, "c"), (3, "a")] {
        store.create_account(&account(number, name), &[]).await.unwrap();
    }
    let names: Vec<_> = store.accounts().await.unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

/// Old credentials stop, new ones work.
pub async fn rotation_replaces_every_credential(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a"), credential("b")]).await.unwrap();
    // A public id may be kept.
    store.replace_credentials(account_id(1), &[credential("b"), credential("c")]).await.unwrap();
    assert!(!has_credential(&*store, "a").await);
    assert!(has_credential(&*store, "b").await && has_credential(&*store, "c").await);
}

/// A rotation onto another account's public id changes nothing.
pub async fn refused_rotation_keeps_the_old_credentials(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.create_account(&account(2, "two"), &[credential("b")]).await.unwrap();
    let refused = store.replace_credentials(account_id(1), &[credential("c"), credential("b")]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert!(has_credential(&*store, "a").await);
    assert!(!has_credential(&*store, "c").await);
}

/// Disabling is a moment, and can be undone.
pub async fn disabled_account_says_since_when(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.set_disabled(account_id(1), Some(Timestamp(5))).await.unwrap();
    let (found, _) = store.find_credential(CredentialKind::KairosAppKey, "a").await.unwrap().unwrap();
    assert_eq!(found.disabled_at, Some(Timestamp(5)));
    store.set_disabled(account_id(1), None).await.unwrap();
    assert_eq!(store.accounts().await.unwrap()[0].disabled_at, None);
}

/// A month, for counts.
const MARCH: CalendarMonth = CalendarMonth { year: 2026, month: 3 };

/// Every count is of one account and one month.
pub async fn liveness_is_counted_per_account_and_month(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let april = CalendarMonth { month: 4, ..MARCH };
    for _ in 0..3 {
        assert!(store.count_liveness(account_id(1), MARCH).await.unwrap(), "there is no limit");
    }
    assert!(store.count_liveness(account_id(1), april).await.unwrap());
    let other = backend.connect().await;
    for (account, month, count) in [(1, MARCH, 3), (1, april, 1), (2, MARCH, 0)] {
        let usage = other.liveness_usage(account_id(account), month).await.unwrap();
        assert_eq!(usage, Usage { count, limit: None }, "{month:?}");
    }
}

/// At the limit nothing is counted; a higher limit or another month goes on.
pub async fn liveness_stops_at_the_limit(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let one = account_id(1);
    store.set_liveness_limit(one, Some(2)).await.unwrap();
    assert_eq!(store.account_by_name("account 1").await.unwrap().unwrap().liveness_per_month, Some(2));
    let mut counted = Vec::new();
    for _ in 0..4 {
        counted.push(store.count_liveness(one, MARCH).await.unwrap());
    }
    assert_eq!(counted, [true, true, false, false]);
    assert_eq!(store.liveness_usage(one, MARCH).await.unwrap(), Usage { count: 2, limit: Some(2) });
    assert!(store.count_liveness(one, CalendarMonth { year: 2027, month: 3 }).await.unwrap());
    store.set_liveness_limit(one, Some(0)).await.unwrap();
    assert!(!store.count_liveness(one, CalendarMonth { month: 4, ..MARCH }).await.unwrap());
    store.set_liveness_limit(one, None).await.unwrap();
    assert!(store.count_liveness(one, MARCH).await.unwrap());
    assert_eq!(store.accounts().await.unwrap()[0].liveness_per_month, None);
}

/// A minute, for counts.
const MINUTE: i64 = 29_556_477;

/// At the limit nothing is counted; a higher limit or another minute goes on.
pub async fn requests_stop_at_the_limit_until_the_next_minute(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let one = account_id(1);
    store.set_request_limit(one, Some(2)).await.unwrap();
    assert_eq!(store.account_by_name("account 1").await.unwrap().unwrap().requests_per_minute, Some(2));
    let mut counted = Vec::new();
    for minute in [MINUTE, MINUTE, MINUTE, MINUTE + 1, MINUTE + 1, MINUTE + 1, MINUTE + 60] {
        counted.push(store.count_request(one, minute).await.unwrap());
    }
    assert_eq!(counted, [true, true, false, true, true, false, true]);
    store.set_request_limit(one, Some(1)).await.unwrap();
    assert!(!store.count_request(one, MINUTE + 60).await.unwrap(), "what was counted stays");
    store.set_request_limit(one, None).await.unwrap();
    assert!(store.count_request(one, MINUTE + 60).await.unwrap());
    assert_eq!(store.accounts().await.unwrap()[0].requests_per_minute, None);
}

/// One account does not use up what another may.
pub async fn requests_are_counted_per_account(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for account in [1, 2] {
        store.set_request_limit(account_id(account), Some(1)).await.unwrap();
    }
    let mut counted = Vec::new();
    for account in [1, 2, 1, 2] {
        counted.push(store.count_request(account_id(account), MINUTE).await.unwrap());
    }
    assert_eq!(counted, [true, true, false, false]);
}

/// At the change of a minute, processes whose clocks differ a little admit no more than one of them would. A clock that
/// was far ahead does not shut an account out.
pub async fn clocks_that_differ_by_a_minute_count_together(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let one = account_id(1);
    store.set_request_limit(one, Some(2)).await.unwrap();
    let mut counted = Vec::new();
    for minute in [MINUTE + 1, MINUTE, MINUTE + 1, MINUTE] {
        counted.push(store.count_request(one, minute).await.unwrap());
    }
    assert_eq!(counted, [true, true, false, false]);
    assert!(store.count_request(one, MINUTE - 1).await.unwrap());
}

/// Changes of an account that does not exist are refused.
pub async fn unknown_account_is_not_found(backend: &dyn Backend) {
    let store = backend.connect().await;
    let rotated = store.replace_credentials(account_id(7), &[credential("a")]).await;
    assert!(matches!(rotated, Err(StoreError::NotFound(_))));
    let disabled = store.set_disabled(account_id(7), Some(NOW)).await;
    assert!(matches!(disabled, Err(StoreError::NotFound(_))));
    assert!(!has_credential(&*store, "a").await);
    let limited = store.set_liveness_limit(account_id(7), Some(1)).await;
    assert!(matches!(limited, Err(StoreError::NotFound(_))));
    let usage = store.liveness_usage(account_id(7), MARCH).await;
    assert!(matches!(usage, Err(StoreError::NotFound(_))));
    let counted = store.count_liveness(account_id(7), MARCH).await;
    assert!(matches!(counted, Err(StoreError::NotFound(_))));
    let limited = store.set_request_limit(account_id(7), Some(1)).await;
    assert!(matches!(limited, Err(StoreError::NotFound(_))));
    let counted = store.count_request(account_id(7), MINUTE).await;
    assert!(matches!(counted, Err(StoreError::NotFound(_))));
}

/// They are found with their end, whatever the time; those that ended before others came are gone.
pub async fn added_credentials_last_beside_the_others_until_they_expire(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    let lent = |public_id: &str, until: i64| Credential {
        expires_at: Some(Timestamp(NOW.0 + until)),
        ..credential(public_id)
    };
    store.add_credentials(account_id(1), &[lent("b", 10)], NOW).await.unwrap();
    let (_, found) = store.find_credential(CredentialKind::KairosAppKey, "b").await.unwrap().unwrap();
    assert_eq!(found, lent("b", 10));
    store.add_credentials(account_id(1), &[lent("c", 20)], Timestamp(NOW.0 + 10)).await.unwrap();
    assert!(!has_credential(&*store, "b").await);
    assert!(has_credential(&*store, "a").await && has_credential(&*store, "c").await);
    let taken = store.add_credentials(account_id(1), &[lent("d", 1), lent("a", 1)], NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    assert!(!has_credential(&*store, "d").await);
    store.replace_credentials(account_id(1), &[credential("e")]).await.unwrap();
    assert!(!has_credential(&*store, "c").await, "a rotation ends them");
    let unknown = store.add_credentials(account_id(7), &[lent("f", 1)], NOW).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

/// The first key that is noted stays, for every process, until it is replaced on purpose.
pub async fn first_server_key_is_noted_for_all(backend: &dyn Backend) {
    let (first, second) = (backend.connect().await, backend.connect().await);
    let (one, other) = (SecretHash([1; 32]), SecretHash([2; 32]));
    assert_eq!(second.server_key().await.unwrap(), None);
    assert_eq!(first.note_server_key(one).await.unwrap(), one);
    assert_eq!(second.note_server_key(other).await.unwrap(), one);
    assert_eq!(first.note_server_key(one).await.unwrap(), one, "the same again");
    assert_eq!(second.server_key().await.unwrap(), Some(one));
    second.replace_server_key(other).await.unwrap();
    assert_eq!(first.note_server_key(one).await.unwrap(), other);
}

/// Where nothing is noted yet, a replacement is the first note.
pub async fn server_key_is_replaced_where_none_was_noted(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.replace_server_key(SecretHash([2; 32])).await.unwrap();
    assert_eq!(store.note_server_key(SecretHash([1; 32])).await.unwrap(), SecretHash([2; 32]));
}
