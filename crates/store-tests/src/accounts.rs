//! Accounts and credentials.

use vultus_store::{Credential, CredentialKind, StoreError};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::{NOW, account, account_id, credential, has_credential};

/// What was created is found.
pub async fn account_is_found_by_name_and_credential(backend: &impl Backend) {
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
pub async fn names_are_unique(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "demo"), &[]).await.unwrap();
    let again = store.create_account(&account(2, "demo"), &[]).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let same_id = store.create_account(&account(1, "other"), &[]).await;
    assert!(matches!(same_id, Err(StoreError::Conflict(_))));
}

/// Public ids are unique within a kind, free across kinds.
pub async fn public_ids_are_unique_per_kind(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    let taken = store.create_account(&account(2, "two"), &[credential("a")]).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
    let token = Credential { kind: CredentialKind::FindFaceToken, ..credential("a") };
    store.create_account(&account(3, "three"), &[token]).await.unwrap();
}

/// An account whose second credential is refused does not exist, nor does its first credential.
pub async fn refused_account_leaves_nothing(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.create_account(&account(2, "two"), &[credential("b"), credential("a")]).await.unwrap_err();
    assert_eq!(store.account_by_name("two").await.unwrap(), None);
    assert!(!has_credential(&*store, "b").await);
}

/// The list is sorted by name.
pub async fn accounts_are_listed_by_name(backend: &impl Backend) {
    let store = backend.connect().await;
    for (number, name) in [(1, "b"), (2, "c"), (3, "a")] {
        store.create_account(&account(number, name), &[]).await.unwrap();
    }
    let names: Vec<_> = store.accounts().await.unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

/// Old credentials stop, new ones work.
pub async fn rotation_replaces_every_credential(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a"), credential("b")]).await.unwrap();
    // A public id may be kept.
    store.replace_credentials(account_id(1), &[credential("b"), credential("c")]).await.unwrap();
    assert!(!has_credential(&*store, "a").await);
    assert!(has_credential(&*store, "b").await && has_credential(&*store, "c").await);
}

/// A rotation onto another account's public id changes nothing.
pub async fn refused_rotation_keeps_the_old_credentials(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.create_account(&account(2, "two"), &[credential("b")]).await.unwrap();
    let refused = store.replace_credentials(account_id(1), &[credential("c"), credential("b")]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert!(has_credential(&*store, "a").await);
    assert!(!has_credential(&*store, "c").await);
}

/// Disabling is a moment, and can be undone.
pub async fn disabled_account_says_since_when(backend: &impl Backend) {
    let store = backend.connect().await;
    store.create_account(&account(1, "one"), &[credential("a")]).await.unwrap();
    store.set_disabled(account_id(1), Some(Timestamp(5))).await.unwrap();
    let (found, _) = store.find_credential(CredentialKind::KairosAppKey, "a").await.unwrap().unwrap();
    assert_eq!(found.disabled_at, Some(Timestamp(5)));
    store.set_disabled(account_id(1), None).await.unwrap();
    assert_eq!(store.accounts().await.unwrap()[0].disabled_at, None);
}

/// Changes of an account that does not exist are refused.
pub async fn unknown_account_is_not_found(backend: &impl Backend) {
    let store = backend.connect().await;
    let rotated = store.replace_credentials(account_id(7), &[credential("a")]).await;
    assert!(matches!(rotated, Err(StoreError::NotFound(_))));
    let disabled = store.set_disabled(account_id(7), Some(NOW)).await;
    assert!(matches!(disabled, Err(StoreError::NotFound(_))));
    assert!(!has_credential(&*store, "a").await);
}
