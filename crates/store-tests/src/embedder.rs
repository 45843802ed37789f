//! Whose templates the store holds, and their replacement.

use vultus_store::{
    EmbedderBinding, FaceRecord, MissPolicy, ReembedEnd, ReembedState, Removal, StagedOutcome,
    StagedTemplate, Store, StoreError, TemplateMiss,
};
use vultus_types::{ModelDigest, Template, TemplatePart};

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, face_with_photo, strings, template, with_accounts};

const OTHER: ModelDigest = ModelDigest([5; 32]);

/// The models of the fixtures' templates, under a pack's name.
fn own(pack: Option<&str>) -> EmbedderBinding {
    let models = template(1).parts().iter().map(|part| part.model).collect();
    EmbedderBinding { models, pack: pack.map(str::to_owned) }
}

fn other(pack: &str) -> EmbedderBinding {
    EmbedderBinding { models: vec![OTHER], pack: Some(pack.to_owned()) }
}

fn other_template(number: u64) -> Template {
    Template::new(vec![TemplatePart { model: OTHER, vector: vec![number as f32], cohort: None }]).unwrap()
}

fn staged(number: u64) -> StagedTemplate {
    StagedTemplate { face: face_id(number), outcome: StagedOutcome::Template(other_template(number)) }
}

fn missing(number: u64) -> StagedTemplate {
    StagedTemplate { face: face_id(number), outcome: StagedOutcome::Missing(TemplateMiss::NoPhoto) }
}

async fn unstaged(store: &dyn Store) -> Vec<u64> {
    store.faces_to_reembed(None, 100).await.unwrap().iter().map(|face| face.id.get()).collect()
}

async fn stored_template(store: &dyn Store, number: u64) -> Template {
    store.face(account_id(1), face_id(number)).await.unwrap().unwrap().face.template
}

async fn finish(store: &dyn Store, misses: MissPolicy) -> ReembedEnd {
    store.finish_reembedding(&[OTHER], misses, NOW).await.unwrap()
}

/// The first face of a store that was never asked for binds it.
pub async fn first_face_binds_the_store(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    assert_eq!(store.embedder().await.unwrap(), None);
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    assert_eq!(store.embedder().await.unwrap(), Some(own(None)));
    let second = backend.connect().await;
    assert_eq!(second.embedder().await.unwrap(), Some(own(None)));
}

/// Without faces it takes whoever asks; with faces it stays with those who made them.
pub async fn only_a_store_without_faces_is_bound_anew(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for wanted in [other("new"), own(Some("old"))] {
        assert_eq!(store.bind_embedder(&wanted).await.unwrap(), wanted);
        assert_eq!(store.embedder().await.unwrap(), Some(wanted));
    }
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    assert_eq!(store.bind_embedder(&other("new")).await.unwrap(), own(Some("old")));
    assert_eq!(store.bind_embedder(&own(Some("renamed"))).await.unwrap(), own(Some("renamed")));
    store.remove_gallery(account_id(1), "g", NOW).await.unwrap().unwrap();
    assert_eq!(store.bind_embedder(&other("new")).await.unwrap(), other("new"));
}

/// A face with a template of other models is not stored, nor is the rest of its batch.
pub async fn templates_of_other_models_are_refused(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    let foreign = FaceRecord { template: other_template(3), ..face(1, 3, "Ann") };
    let refused = store.add_faces(&["g"], &[face(1, 2, "Ann"), foreign.clone()]).await;
    assert!(matches!(refused, Err(StoreError::OtherEmbedder)), "{refused:?}");
    assert_eq!(store.face_count().await.unwrap(), 1);
    store.remove_gallery(account_id(1), "g", NOW).await.unwrap().unwrap();
    store.bind_embedder(&other("new")).await.unwrap();
    store.add_faces(&["g"], &[foreign]).await.unwrap();
    let refused = store.add_faces(&["g"], &[face(1, 2, "Ann")]).await;
    assert!(matches!(refused, Err(StoreError::OtherEmbedder)));
}

/// Staging changes nothing; the end changes all templates, the binding and the log, together.
pub async fn replacement_happens_at_the_end_and_whole(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces = [face_with_photo(1, 1, "Ann", "a"), face(1, 2, "Bob"), face(1, 3, "Cid")];
    store.add_faces(&["g"], &faces).await.unwrap();
    let last = store.last_change().await.unwrap();
    let state = store.begin_reembedding(&other("new")).await.unwrap();
    assert_eq!(state, ReembedState { faces: 3, staged: 0 });
    let kept = StagedTemplate { face: face_id(3), outcome: StagedOutcome::Unchanged };
    store.stage_templates(&[OTHER], &[staged(1), staged(2), kept]).await.unwrap();
    assert_eq!(store.last_change().await.unwrap(), last);
    assert_eq!(store.embedder().await.unwrap(), Some(own(None)));
    assert_eq!(stored_template(&*store, 1).await, template(1));

    let end = finish(&*store, MissPolicy::Refuse).await;
    assert_eq!(end, ReembedEnd::Finished { replaced: 2, removal: Removal::default() });
    assert_eq!(stored_template(&*store, 1).await, other_template(1));
    assert_eq!(stored_template(&*store, 3).await, template(3));
    assert_eq!(store.embedder().await.unwrap(), Some(other("new")));
    let changes = store.changes_after(last, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.face).collect::<Vec<_>>(), [None]);
    assert_eq!(store.last_change().await.unwrap(), changes[0].sequence);
    let refused = store.add_faces(&["g"], &[face(1, 4, "Dan")]).await;
    assert!(matches!(refused, Err(StoreError::OtherEmbedder)));
    let found = store.face(account_id(1), face_id(1)).await.unwrap().unwrap();
    let expected = FaceRecord { template: other_template(1), ..face_with_photo(1, 1, "Ann", "a") };
    assert_eq!((found.face, found.galleries), (expected, strings(&["g"])));
}

/// A run that stopped goes on on another connection; what is staged for another target is forgotten.
pub async fn staged_results_outlive_a_run_of_the_same_target(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob"), face(1, 3, "Cid")]).await.unwrap();
    store.begin_reembedding(&other("new")).await.unwrap();
    store.stage_templates(&[OTHER], &[staged(1), missing(3)]).await.unwrap();
    assert_eq!(unstaged(&*store).await, [2]);
    assert_eq!(store.template_misses().await.unwrap(), [(face_id(3), TemplateMiss::NoPhoto)]);

    let second = backend.connect().await;
    let state = second.begin_reembedding(&other("new")).await.unwrap();
    assert_eq!(state, ReembedState { faces: 3, staged: 1 }, "misses are tried again");
    assert_eq!(unstaged(&*second).await, [2, 3]);
    assert_eq!(second.faces_to_reembed(Some(face_id(2)), 9).await.unwrap(), [face(1, 3, "Cid")]);
    assert_eq!(second.faces_to_reembed(None, 1).await.unwrap(), [face(1, 2, "Bob")]);

    let third = EmbedderBinding { models: vec![ModelDigest([6; 32])], pack: None };
    assert_eq!(second.begin_reembedding(&third).await.unwrap().staged, 0);
    let late = store.stage_templates(&[OTHER], &[staged(2)]).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    let late = store.finish_reembedding(&[OTHER], MissPolicy::Keep, NOW).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
}

/// Faces added meanwhile hold up the end; removed ones are gone from the stage too.
pub async fn faces_that_come_and_go_meanwhile_are_noticed(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob")]).await.unwrap();
    store.begin_reembedding(&other("new")).await.unwrap();
    store.stage_templates(&[OTHER], &[staged(1), staged(2)]).await.unwrap();
    store.remove_subject(account_id(1), "g", "Ann", None, NOW).await.unwrap().unwrap();
    store.stage_templates(&[OTHER], &[staged(1), missing(7)]).await.unwrap();
    store.add_faces(&["g"], &[face(1, 3, "Cid")]).await.unwrap();
    assert_eq!(finish(&*store, MissPolicy::Drop).await, ReembedEnd::Unfinished { faces: 1 });
    assert_eq!(stored_template(&*store, 2).await, template(2));
    store.stage_templates(&[OTHER], &[staged(3)]).await.unwrap();
    let end = finish(&*store, MissPolicy::Refuse).await;
    assert_eq!(end, ReembedEnd::Finished { replaced: 2, removal: Removal::default() });
    assert_eq!(store.face_count().await.unwrap(), 2);
}

/// Refused, kept or dropped, as the caller says.
pub async fn misses_are_refused_kept_or_dropped(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face_with_photo(1, 2, "Bob", "b")]).await.unwrap();
    store.add_faces(&["h"], &[face_with_photo(1, 3, "Cid", "c")]).await.unwrap();
    store.add_to_gallery(account_id(1), face_id(3), "g").await.unwrap();
    store.begin_reembedding(&other("new")).await.unwrap();
    store.stage_templates(&[OTHER], &[staged(1), missing(2), missing(3)]).await.unwrap();
    assert_eq!(finish(&*store, MissPolicy::Refuse).await, ReembedEnd::Missing { faces: 2 });
    assert_eq!(stored_template(&*store, 1).await, template(1));
    let kept = finish(&*store, MissPolicy::Keep).await;
    assert_eq!(kept, ReembedEnd::Finished { replaced: 1, removal: Removal::default() });
    assert_eq!(stored_template(&*store, 2).await, template(2));

    store.begin_reembedding(&other("new")).await.unwrap();
    let kept = StagedTemplate { face: face_id(1), outcome: StagedOutcome::Unchanged };
    store.stage_templates(&[OTHER], &[kept, missing(2), missing(3)]).await.unwrap();
    let dropped = finish(&*store, MissPolicy::Drop).await;
    let removal = Removal { faces: vec![face_id(2), face_id(3)], orphaned_blobs: strings(&["b", "c"]) };
    assert_eq!(dropped, ReembedEnd::Finished { replaced: 0, removal });
    assert_eq!(store.galleries(account_id(1)).await.unwrap(), ["g"]);
    let pending = store.pending_blobs(vultus_types::Timestamp(NOW.0 + 1)).await.unwrap();
    assert_eq!(pending, ["b", "c"]);
}

/// Only templates of the target are staged.
pub async fn templates_of_a_third_model_are_not_staged(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    store.begin_reembedding(&other("new")).await.unwrap();
    let wrong = StagedTemplate { face: face_id(1), outcome: StagedOutcome::Template(template(1)) };
    let refused = store.stage_templates(&[OTHER], &[wrong]).await;
    assert!(matches!(refused, Err(StoreError::OtherEmbedder)));
    assert_eq!(unstaged(&*store).await, [1]);
}
