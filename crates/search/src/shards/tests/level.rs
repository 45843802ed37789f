use vultus_store::{
    EmbedderBinding, EmbedderStore, MissPolicy, ReembedEnd, StagedOutcome, StagedTemplate, Store,
};

use super::*;
use crate::shards::testing::Fuse;

#[tokio::test]
async fn shard_that_is_behind_is_brought_level_before_it_answers() {
    let world = World::new(&["a", "b"]).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.enrol(1..=30).await;
    world.assert_complete(&node).await;
    world.remove(7).await;
    world.store.add_to_gallery(ACCOUNT, FaceId::new(8).unwrap(), "h").await.unwrap();
    world.assert_complete(&node).await;
    let in_h = SearchRequest { gallery: Some("h".into()), ..all_faces() };
    assert_eq!(ids(&node.search(&in_h, &template(1)).await.unwrap()), [8]);
    world.assert_each_holds_its_own().await;
}

#[tokio::test]
async fn shard_that_was_away_catches_up() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=20).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.shard("a").set_down(true);
    node.follow().await.unwrap();
    assert_eq!(node.servers().await.unwrap(), live(1, 2));
    world.enrol(21..=60).await;
    for number in [1, 2, 3, 4, 5, 30] {
        world.remove(number).await;
    }
    world.shard("a").set_down(false);
    world.assert_complete(&node).await;
    world.assert_each_holds_its_own().await;
}

#[tokio::test]
async fn nodes_that_bring_shards_level_at_once_do_not_disturb_each_other() {
    let world = World::new(&["a", "b", "c"]).await;
    let (one, other) = (world.node(), world.node());
    tokio::try_join!(one.follow(), other.follow()).unwrap();
    assert_eq!((world.topology().await.epoch, world.topology().await.plan), (1, None));
    for round in 0..5 {
        world.enrol(round * 50 + 1..=round * 50 + 50).await;
        world.remove(round * 50 + 3).await;
        let request = all_faces();
        let probe = template(1);
        let (first, second, third, ()) = tokio::try_join!(
            one.search(&request, &probe),
            one.search(&request, &probe),
            other.search(&request, &probe),
            other.follow(),
        )
        .unwrap();
        let expected = world.numbers().await;
        for found in [first, second, third] {
            assert_eq!((ids(&found), found.servers), (expected.clone(), live(3, 3)));
        }
    }
    world.assert_each_holds_its_own().await;
}

#[tokio::test]
async fn search_that_is_given_up_anywhere_harms_no_other() {
    let world = World::new(&["a", "b"]).await;
    let node = world.node();
    node.follow().await.unwrap();
    let calls = || world.shards.iter().map(|shard| shard.searches() + shard.changes()).sum::<u64>();
    let (request, probe) = (all_faces(), template(1));
    for round in 0..24 {
        world.enrol([2 * round + 1, 2 * round + 2]).await;
        // Each shard is asked, brought level and asked again, at most.
        let last = calls() + round % 7;
        let give_up = async {
            while calls() < last {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            found = node.search(&request, &probe) => assert!(found.unwrap().servers.is_complete()),
            () = give_up => {}
        }
        if round % 2 == 0 {
            world.assert_complete(&node).await;
        }
    }
    world.assert_complete(&node).await;
    world.assert_each_holds_its_own().await;
}

#[tokio::test]
async fn filling_that_was_interrupted_is_gone_on_with_by_any_node() {
    for steps in 0.. {
        let world = World::new(&["a"]).await;
        world.enrol(1..=30).await;
        world.shard("a").set_fuse(Some(Fuse::after(steps)));
        world.node().follow().await.unwrap();
        world.remove(5).await;
        world.enrol(31..=32).await;
        let found = world.node().search(&all_faces(), &template(1)).await.unwrap();
        let is_filled = matches!(world.shard("a").stands_at().progress, ShardProgress::Level(_));
        assert_eq!(found.servers, live(0, 1), "neither half a shard nor one that stays behind answers");
        world.shard("a").set_fuse(None);
        let node = world.node();
        node.follow().await.unwrap();
        world.assert_complete(&node).await;
        world.assert_each_holds_its_own().await;
        if is_filled {
            break;
        }
        // Begun once, at most five pages of faces, ended, and the log.
        assert!(world.shard("a").changes() <= 8, "{} after {steps}", world.shard("a").changes());
    }
}

#[tokio::test]
async fn nobody_waits_for_the_end_of_a_filling() {
    let world = World::new(&["a"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    world.shard("a").set_building(true);
    let put_forward = async {
        while !world.shard("a").is_ending_a_filling() {
            tokio::task::yield_now().await;
        }
        wait(DEADLINE).await;
    };
    let (followed, ()) = tokio::join!(node.follow(), put_forward);
    followed.unwrap();
    assert_eq!(node.servers().await.unwrap(), live(0, 1));
    assert!(matches!(world.shard("a").stands_at().progress, ShardProgress::Filling { .. }));
    world.shard("a").set_building(false);
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn first_topology_has_the_number_that_was_given() {
    let world = World::new(&["a"]).await;
    world.node().follow().await.unwrap();
    assert_eq!(world.topology().await.store, NUMBER);
}

#[tokio::test]
async fn shard_that_lost_everything_is_filled_anew() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=30).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.shard("b").wipe();
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(1, 2));
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
    world.assert_each_holds_its_own().await;
}

#[tokio::test]
async fn shard_that_knows_more_changes_than_the_store_is_filled_anew() {
    let world = World::new(&["a"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.remove(3).await;
    world.shard("a").put_at(ShardMark { epoch: 1, progress: ShardProgress::Level(1000) });
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(0, 1));
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn shard_of_a_later_topology_than_the_store_has_is_filled_anew() {
    let world = World::new(&["a"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    node.follow().await.unwrap();
    let mark = world.shard("a").stands_at();
    world.shard("a").put_at(ShardMark { epoch: 9, ..mark });
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(0, 1));
    node.follow().await.unwrap();
    assert_eq!(world.shard("a").stands_at().epoch, 1);
    world.assert_complete(&node).await;
}

/// Replaces every template by one of `model`.
async fn reembed(store: &SqliteStore, model: ModelDigest) {
    let target = EmbedderBinding { models: vec![model], pack: None };
    store.begin_reembedding(&target).await.unwrap();
    let faces = store.faces_to_reembed(None, u32::MAX).await.unwrap();
    let staged = faces.iter().map(|face| {
        let vector = face.template.parts()[0].vector.iter().map(|value| -value).collect();
        let part = TemplatePart { model, vector, cohort: None };
        let outcome = StagedOutcome::Template(Template::new(vec![part]).unwrap());
        StagedTemplate { face: face.id, outcome }
    });
    store.stage_templates(&target.models, &staged.collect::<Vec<_>>()).await.unwrap();
    let end = store.finish_reembedding(&target.models, MissPolicy::Refuse, NOW).await.unwrap();
    assert!(matches!(end, ReembedEnd::Finished { .. }), "{end:?}");
}

#[tokio::test]
async fn search_of_the_old_models_is_refused_when_all_templates_are_replaced() {
    let world = World::new(&["a"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    node.follow().await.unwrap();
    let other = ModelDigest([2; 32]);
    reembed(&world.store, other).await;
    let refused = node.search(&all_faces(), &template(1)).await;
    assert!(matches!(refused, Err(ShardedError::OtherEmbedder)), "{refused:?}");
    assert!(matches!(node.follow().await, Err(ShardedError::OtherEmbedder)));
    assert!(matches!(node.rebalance(&[], &mut |_| ()).await, Err(ShardedError::OtherEmbedder)));
    assert_eq!(world.shard("a").faces().len(), 10, "searches that had begun end as if they were earlier");

    let rule = ScoreRule::single(other, 4);
    let shards = vec![FakeShard::new("a", rule.clone()) as Arc<dyn SearchShard>];
    let store = Arc::clone(&world.store) as Arc<dyn Store>;
    let new = ShardedSearch::new(store, rule, shards, ShardSettings::default(), NUMBER);
    new.follow().await.unwrap();
    let part = TemplatePart { model: other, vector: vec![1.0, 0.0, 0.0, 0.0], cohort: None };
    let probe = Template::new(vec![part]).unwrap();
    assert_eq!(ids(&new.search(&all_faces(), &probe).await.unwrap()), (1..=10).collect::<Vec<_>>());
    assert!(matches!(new.search(&all_faces(), &template(1)).await, Err(ShardedError::Incomparable(_))));
}

#[tokio::test]
async fn shard_is_filled_anew_when_templates_come_back_to_its_models() {
    let world = World::new(&["a"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    node.follow().await.unwrap();
    reembed(&world.store, ModelDigest([2; 32])).await;
    reembed(&world.store, MODEL).await;
    world.remove(2).await;
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(0, 1), "the log does not tell what became of each face");
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
    assert_eq!(world.shard("a").faces().len(), 9);
}
