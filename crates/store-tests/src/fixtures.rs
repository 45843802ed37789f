//! Records to store.

use std::sync::Arc;

use uuid::Uuid;
use vultus_store::{Account, AccountStore, Credential, CredentialKind, FaceRecord, SecretHash, Store};
use vultus_types::{
    AccountId, BoundingBox, CohortSpread, FaceId, ModelDigest, Template, TemplatePart, Timestamp,
};

use crate::Backend;

/// A moment, for changes whose time does not matter.
pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

/// Runs a test on a runtime with two threads.
pub fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

/// An account id.
pub fn account_id(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

/// An account of that number and name.
pub fn account(number: u128, name: &str) -> Account {
    Account::new(account_id(number), name, NOW)
}

/// A Kairos credential.
pub fn credential(public_id: &str) -> Credential {
    let byte = public_id.bytes().fold(0_u8, u8::wrapping_add);
    Credential {
        kind: CredentialKind::KairosAppKey,
        public_id: public_id.into(),
        secret_hash: SecretHash([byte; 32]),
        expires_at: None,
    }
}

/// A connection to the store with the accounts 1 and 2.
pub async fn with_accounts(backend: &dyn Backend) -> Arc<dyn Store> {
    let store = backend.connect().await;
    for number in [1, 2] {
        store.create_account(&account(number, &format!("account {number}")), &[]).await.unwrap();
    }
    store
}

/// A face id.
pub fn face_id(number: u64) -> FaceId {
    FaceId::new(number).unwrap()
}

/// A face with a template of its own, enrolled at its number of microseconds after [`NOW`], without photo.
pub fn face(account: u128, number: u64, subject: &str) -> FaceRecord {
    FaceRecord {
        id: face_id(number),
        account: account_id(account),
        subject: subject.into(),
        enrolled_at: Timestamp(NOW.0 + number as i64),
        bounds: BoundingBox::new(0.1, -2.5, 33.3, number as f32),
        quality: 0.7,
        template: template(number),
        photo_digest: [number as u8; 32],
        photo_key: None,
        photo_md5: (number % 2 == 1).then_some([number as u8; 16]),
        photo_url: (number % 3 == 1).then(|| format!("http://photos.example/{number}.jpg")),
    }
}

/// A face with a photo.
pub fn face_with_photo(account: u128, number: u64, subject: &str, photo_key: &str) -> FaceRecord {
    FaceRecord { photo_key: Some(photo_key.into()), ..face(account, number, subject) }
}

/// A template of two parts, made of a number.
pub fn template(number: u64) -> Template {
    let angle = number as f32;
    let spread = CohortSpread { mean: 0.1, deviation: 0.2 };
    let part = |vector: Vec<f32>, cohort| TemplatePart { model: ModelDigest([9; 32]), vector, cohort };
    Template::new(vec![part(vec![angle.cos(), angle.sin()], None), part(vec![1.0], Some(spread))]).unwrap()
}

/// Strings from texts.
pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Whether `store` finds a Kairos credential of that public id.
pub async fn has_credential(store: &(impl AccountStore + ?Sized), public_id: &str) -> bool {
    store.find_credential(CredentialKind::KairosAppKey, public_id).await.unwrap().is_some()
}
