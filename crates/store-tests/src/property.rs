//! Random operations, on the backend and on the model.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vultus_store::{FaceStore, FaceUpdate, FacesToRemove, GalleryEdit, StoreError};
use vultus_types::{FaceId, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, with_accounts};
use crate::model::StoreModel;

const GALLERIES: [&str; 4] = ["g", "h", "G", "default"];
const SUBJECTS: [&str; 3] = ["Ann", "Bob", ""];
const PHOTOS: [Option<&str>; 3] = [None, Some("p"), Some("q")];
/// How many operations one run makes, and how many runs there are.
const OPERATIONS: usize = 60;
const RUNS: u32 = 12;

#[derive(Clone, Debug)]
enum Operation {
    Expect(usize),
    Add { account: u128, gallery: usize, faces: Vec<(u64, usize, usize)> },
    Join { account: u128, gallery: usize, id: u64 },
    RemoveGallery { account: u128, gallery: usize },
    RemoveSubject { account: u128, gallery: usize, subject: usize, only: Option<u64> },
    Create { account: u128, gallery: usize },
    Update { account: u128, id: u64, subject: Option<usize>, edit: Option<(u8, Vec<usize>)> },
    RemoveFace { account: u128, id: u64 },
    RemoveFaces { account: u128, subject: usize },
    Forget(usize),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let (account, gallery, id) = (1_u128..=2, 0..GALLERIES.len(), 1_u64..30);
    let edit = (0_u8..3, prop::collection::vec(gallery.clone(), 0..3));
    let faces = prop::collection::vec((id.clone(), 0..SUBJECTS.len(), 0..PHOTOS.len()), 0..4);
    let operation = prop_oneof![
        1 => (1..PHOTOS.len()).prop_map(Operation::Expect),
        6 => (account.clone(), gallery.clone(), faces)
            .prop_map(|(account, gallery, faces)| Operation::Add { account, gallery, faces }),
        3 => (account.clone(), gallery.clone(), id.clone())
            .prop_map(|(account, gallery, id)| Operation::Join { account, gallery, id }),
        1 => (account.clone(), gallery.clone())
            .prop_map(|(account, gallery)| Operation::RemoveGallery { account, gallery }),
        3 => (account.clone(), gallery.clone(), 0..SUBJECTS.len(), prop::option::of(id.clone())).prop_map(
            |(account, gallery, subject, only)| Operation::RemoveSubject { account, gallery, subject, only }
        ),
        1 => (account.clone(), gallery.clone())
            .prop_map(|(account, gallery)| Operation::Create { account, gallery }),
        4 => (account.clone(), id.clone(), prop::option::of(0..SUBJECTS.len()), prop::option::of(edit)).prop_map(
            |(account, id, subject, edit)| Operation::Update { account, id, subject, edit }
        ),
        1 => (account.clone(), id).prop_map(|(account, id)| Operation::RemoveFace { account, id }),
        1 => (account, 0..SUBJECTS.len())
            .prop_map(|(account, subject)| Operation::RemoveFaces { account, subject }),
        1 => (1..PHOTOS.len()).prop_map(Operation::Forget),
    ];
    prop::collection::vec(operation, OPERATIONS)
}

/// One history after the other, each answered as the model answers it, with the same state in the end. The
/// histories share one backend: each begins by clearing away the one before.
pub async fn backend_behaves_like_the_model(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let config = Config { cases: RUNS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&operations(), |operations| {
            handle.block_on(async {
                clear(&*store).await;
                let mut model = StoreModel::default();
                for operation in &operations {
                    perform(&*store, &mut model, operation).await?;
                }
                compare(&*store, &model).await
            })
        })
    });
    outcome.unwrap();
}

async fn clear(store: &(impl FaceStore + ?Sized)) {
    for account in [1, 2].map(account_id) {
        for gallery in store.galleries(account).await.unwrap() {
            store.remove_gallery(account, &gallery, NOW).await.unwrap();
        }
    }
    let pending = store.pending_blobs(Timestamp(i64::MAX)).await.unwrap();
    store.forget_blobs(&pending).await.unwrap();
}

async fn perform(
    store: &(impl FaceStore + ?Sized),
    model: &mut StoreModel,
    operation: &Operation,
) -> Result<(), TestCaseError> {
    match operation {
        Operation::Expect(photo) => {
            let keys: Vec<String> = PHOTOS[*photo].into_iter().map(str::to_owned).collect();
            store.expect_blobs(&keys, NOW).await.unwrap();
            model.pending.extend(keys);
        }
        Operation::Forget(photo) => {
            let keys: Vec<String> = PHOTOS[*photo].into_iter().map(str::to_owned).collect();
            store.forget_blobs(&keys).await.unwrap();
            model.pending.retain(|key| !keys.contains(key));
        }
        Operation::Add { account, gallery, faces } => {
            let record = |&(id, subject, photo): &(u64, usize, usize)| {
                let mut record = face(*account, id, SUBJECTS[subject]);
                record.photo_key = PHOTOS[photo].map(str::to_owned);
                record
            };
            let faces: Vec<_> = faces.iter().map(record).collect();
            let result = store.add_faces(&[GALLERIES[*gallery]], &faces).await;
            let is_added = model.add_faces(GALLERIES[*gallery], &faces);
            prop_assert_eq!(result.is_ok(), is_added);
            prop_assert!(matches!(result, Ok(()) | Err(StoreError::Conflict(_))));
        }
        Operation::Join { account, gallery, id } => {
            let (account, id) = (account_id(*account), face_id(*id));
            let result = store.add_to_gallery(account, id, GALLERIES[*gallery]).await;
            prop_assert_eq!(result.is_ok(), model.add_to_gallery(account, id, GALLERIES[*gallery]));
            prop_assert!(matches!(result, Ok(()) | Err(StoreError::NotFound(_))));
        }
        Operation::RemoveGallery { account, gallery } => {
            let (account, gallery) = (account_id(*account), GALLERIES[*gallery]);
            let removal = store.remove_gallery(account, gallery, NOW).await.unwrap();
            prop_assert_eq!(removal, model.remove_gallery(account, gallery));
        }
        Operation::Create { account, gallery } => {
            let (account, gallery) = (account_id(*account), GALLERIES[*gallery]);
            let is_new = store.create_gallery(account, gallery).await.unwrap();
            prop_assert_eq!(is_new, model.create_gallery(account, gallery));
        }
        Operation::Update { account, id, subject, edit } => {
            let (account, id) = (account_id(*account), face_id(*id));
            let update = face_update(*subject, edit.as_ref());
            let updated = store.update_face(account, id, &update).await.unwrap();
            prop_assert_eq!(updated, model.update(account, id, &update));
        }
        Operation::RemoveFace { account, id } => {
            remove_faces(store, model, *account, FacesToRemove::One(face_id(*id))).await?;
        }
        Operation::RemoveFaces { account, subject } => {
            remove_faces(store, model, *account, FacesToRemove::Subject(SUBJECTS[*subject])).await?;
        }
        Operation::RemoveSubject { account, gallery, subject, only } => {
            let (account, gallery, subject) = (account_id(*account), GALLERIES[*gallery], SUBJECTS[*subject]);
            let only = only.map(face_id);
            let removal = store.remove_subject(account, gallery, subject, only, NOW).await.unwrap();
            let is_meant = |face: &vultus_store::FaceRecord| {
                face.subject == subject && only.is_none_or(|only| only == face.id)
            };
            prop_assert_eq!(removal, model.remove(account, gallery, is_meant));
        }
    }
    Ok(())
}

fn face_update(subject: Option<usize>, edit: Option<&(u8, Vec<usize>)>) -> FaceUpdate {
    let edit = edit.map(|(kind, names)| {
        let names = names.iter().map(|&name| GALLERIES[name].to_owned()).collect();
        match kind {
            0 => GalleryEdit::Add(names),
            1 => GalleryEdit::Remove(names),
            _ => GalleryEdit::Set(names),
        }
    });
    FaceUpdate { subject: subject.map(|subject| SUBJECTS[subject].to_owned()), galleries: edit }
}

async fn remove_faces(
    store: &(impl FaceStore + ?Sized),
    model: &mut StoreModel,
    account: u128,
    which: FacesToRemove<'_>,
) -> Result<(), TestCaseError> {
    let removal = store.remove_faces(account_id(account), which, NOW).await.unwrap();
    prop_assert_eq!(removal, model.remove_faces(account_id(account), which));
    Ok(())
}

async fn compare(store: &(impl FaceStore + ?Sized), model: &StoreModel) -> Result<(), TestCaseError> {
    for account in [1, 2].map(account_id) {
        prop_assert_eq!(store.galleries(account).await.unwrap(), model.galleries(account));
        for gallery in GALLERIES {
            prop_assert_eq!(
                store.subjects(account, gallery).await.unwrap(),
                model.subjects(account, gallery)
            );
            for subject in SUBJECTS {
                compare_subject(store, model, account, gallery, subject).await?;
            }
        }
        for id in (1..30).map(face_id) {
            prop_assert_eq!(store.face(account, id).await.unwrap(), model.face(account, id));
        }
    }
    let entries = store.index_page(None, 1000).await.unwrap();
    let expected: Vec<(FaceId, Vec<String>)> =
        model.faces.iter().map(|(&id, (_, galleries))| (id, galleries.iter().cloned().collect())).collect();
    let found: Vec<_> = entries.into_iter().map(|entry| (entry.id, entry.galleries)).collect();
    prop_assert_eq!(found, expected);
    prop_assert_eq!(store.face_count().await.unwrap(), model.faces.len() as u64);
    let pending: BTreeSet<String> =
        store.pending_blobs(Timestamp(i64::MAX)).await.unwrap().into_iter().collect();
    let is_claimed =
        |key: &&String| model.faces.values().any(|(face, _)| face.photo_key.as_ref() == Some(key));
    let unclaimed: BTreeSet<String> = model.pending.iter().filter(|key| !is_claimed(key)).cloned().collect();
    prop_assert_eq!(pending, unclaimed);
    Ok(())
}

async fn compare_subject(
    store: &(impl FaceStore + ?Sized),
    model: &StoreModel,
    account: vultus_types::AccountId,
    gallery: &str,
    subject: &str,
) -> Result<(), TestCaseError> {
    let found = store.faces_of_subject(account, gallery, subject).await.unwrap();
    let exists = model.subjects(account, gallery).is_some();
    // Enrolment times follow the ids here, so that oldest first is by id.
    let expected: Vec<FaceId> =
        model.faces_in(account, gallery).filter(|face| face.subject == subject).map(|face| face.id).collect();
    let found = found.map(|faces| faces.into_iter().map(|face| face.id).collect::<Vec<_>>());
    prop_assert_eq!(found, exists.then_some(expected));
    Ok(())
}
