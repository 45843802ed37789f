//! What every index has to find.

use std::collections::HashSet;

use async_trait::async_trait;
use vultus_search::Hit;
use vultus_types::{AccountId, FaceId, Template};

use crate::synthetic::rule;
use crate::world::{CROWD, ONE, TWO, Trial, World};

/// An index under test.
#[async_trait]
pub(crate) trait Index: Send + Sync {
    /// The faces of the account or gallery most alike to the probe, best first.
    async fn faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        count: usize,
    ) -> Vec<Hit>;

    /// The face of the subject most alike to the probe.
    async fn subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Option<Hit>;
}

/// An index under test that faces may be taken out of by themselves.
#[async_trait]
pub(crate) trait Changing: Index {
    /// Takes faces out.
    async fn remove(&self, faces: &[FaceId]);
}

/// Makes one test of each function of the suite. `$large` gives an index of [`World::large`], `$of` one of any world,
/// where faces may be taken out of it.
macro_rules! suite {
    ($large:expr) => {
        $crate::suite::suite!(@tests $large; whole_account_is_searched, galleries_keep_their_recall,
            faces_of_another_account_are_never_found, subject_with_many_faces_is_searched_exactly,
            best_of_near_strangers_is_found);
    };
    ($large:expr, $of:expr) => {
        $crate::suite::suite!($large);

        #[test]
        fn removed_faces_are_not_found() {
            vultus_store_tests::fixtures::block_on($crate::suite::removed_faces_are_not_found($of));
        }
    };
    (@tests $large:expr; $($test:ident),+) => {
        $(
            #[test]
            fn $test() {
                vultus_store_tests::fixtures::block_on(async {
                    let index = $large.await;
                    $crate::suite::$test(&index).await;
                });
            }
        )+
    };
}
pub(crate) use suite;

/// How many of the ten best are found, over all of these trials, in 0..=1; the best one must always be.
async fn recall<'a>(index: &dyn Index, trials: impl Iterator<Item = &'a Trial>) -> f64 {
    let (mut found, mut all) = (0, 0);
    for trial in trials {
        let hits = index.faces(trial.account, trial.gallery, &trial.probe, 10).await;
        let (best, similarity) = trial.best[0];
        assert_eq!(hits[0].face, best, "the mate in {:?}", trial.gallery);
        assert!((hits[0].similarity.0 - similarity.0).abs() < 1e-3);
        assert_eq!(hits.len(), trial.best.len());
        assert!(hits.is_sorted_by(|one, other| one.similarity >= other.similarity));
        found += trial.best.iter().filter(|(face, _)| hits.iter().any(|hit| hit.face == *face)).count();
        all += trial.best.len();
    }
    assert!(all > 0);
    found as f64 / all as f64
}

pub(crate) async fn whole_account_is_searched(index: &dyn Index) {
    let trials = World::large().trials.iter().filter(|trial| trial.account == ONE && trial.gallery.is_none());
    let recall = recall(index, trials).await;
    assert!(recall >= 0.95, "{recall}");
}

pub(crate) async fn galleries_keep_their_recall(index: &dyn Index) {
    for gallery in ["half", "third", "hundredth", "thousandth"] {
        let is_there = |trial: &&Trial| trial.account == ONE && trial.gallery == Some(gallery);
        let recall = recall(index, World::large().trials.iter().filter(is_there)).await;
        assert!(recall >= 0.95, "{gallery}: {recall}");
    }
}

/// 500 faces of one subject have almost the same product with the probe: which is the best, the cohort spreads decide.
pub(crate) async fn best_of_near_strangers_is_found(index: &dyn Index) {
    let world = World::large();
    let is_crowd =
        |face: FaceId| world.entries.iter().any(|entry| entry.id == face && entry.subject == CROWD);
    for trial in &world.crowd_trials {
        assert!(trial.best.iter().all(|(face, _)| is_crowd(*face)));
    }
    let recall = recall(index, world.crowd_trials.iter()).await;
    assert!(recall >= 0.95, "{recall}");
}

/// The two accounts have almost the same faces.
pub(crate) async fn faces_of_another_account_are_never_found(index: &dyn Index) {
    let world = World::large();
    let recall = recall(index, world.trials.iter().filter(|trial| trial.account == TWO)).await;
    assert!(recall >= 0.95, "{recall}");
    for trial in &world.trials {
        let hits = index.faces(trial.account, trial.gallery, &trial.probe, 100).await;
        let own: HashSet<FaceId> = world.scope(trial.account, trial.gallery).map(|entry| entry.id).collect();
        assert!(hits.iter().all(|hit| own.contains(&hit.face)), "{:?}", trial.gallery);
        assert_eq!(hits.len(), own.len().min(100), "as many as there are");
    }
}

pub(crate) async fn subject_with_many_faces_is_searched_exactly(index: &dyn Index) {
    let world = World::large();
    let rule = rule();
    for trial in world.trials.iter().filter(|trial| trial.account == ONE).step_by(4) {
        let score = |template| rule.similarity(&trial.probe, template).unwrap().0;
        let crowd = world.scope(ONE, Some("all")).filter(|entry| entry.subject == CROWD);
        let best =
            crowd.max_by(|one, other| score(&one.template).total_cmp(&score(&other.template))).unwrap();
        let hit = index.subject(ONE, "all", CROWD, &trial.probe).await.unwrap();
        assert_eq!(hit.face, best.id);
        assert!((hit.similarity.0 - score(&best.template)).abs() < 1e-3);
        assert_eq!(index.subject(ONE, "no such gallery", CROWD, &trial.probe).await, None);
        assert_eq!(index.subject(ONE, "all", "nobody", &trial.probe).await, None);
    }
}

/// The best ones are taken out, again and again; the next best come up.
pub(crate) async fn removed_faces_are_not_found<I: Changing>(of: impl AsyncFn(&World) -> I) {
    let mut world = World::new(4_000, 0, &[(ONE, None, 4)]);
    let index = of(&world).await;
    for _ in 0..3 {
        let gone: Vec<FaceId> =
            world.trials.iter().flat_map(|trial| trial.best.iter().take(5).map(|best| best.0)).collect();
        index.remove(&gone).await;
        world.entries.retain(|entry| !gone.contains(&entry.id));
        let mut trials = std::mem::take(&mut world.trials);
        for trial in &mut trials {
            trial.best = world.best(ONE, None, &trial.probe);
        }
        world.trials = trials;
        let recall = recall(&index, world.trials.iter()).await;
        assert!(recall >= 0.95, "{recall}");
    }
}
