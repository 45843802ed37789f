use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::shards::testing::Fuse;

async fn rebalance(node: &ShardedSearch, to: &[&str]) -> Result<RebalanceEnd, ShardedError> {
    node.rebalance(&names(to), &mut |_| ()).await
}

/// A world with faces on shards a and b, and an unused shard c.
async fn two_of_three() -> World {
    let world = World::new(&["a", "b", "c"]).await;
    world.enrol(1..=60).await;
    world.node_of(&["a", "b"]).follow().await.unwrap();
    world
}

#[tokio::test]
async fn added_shard_gets_its_share_and_no_other_face_moves() {
    let world = two_of_three().await;
    let before = [world.shard("a").faces(), world.shard("b").faces()].concat();
    let node = world.node();
    let mut told: Vec<RebalanceProgress> = Vec::new();
    let end = node.rebalance(&[], &mut |progress| told.push(progress)).await.unwrap();
    assert_eq!(end.topology.shards, ["a", "b", "c"]);
    assert_eq!((end.topology.epoch, end.topology.plan.clone()), (3, None));
    let gained = world.shard("c").faces();
    assert!(gained.len() > 5 && gained.iter().all(|face| before.contains(face)));
    assert_eq!((end.moved, end.discarded), (gained.len() as u64, gained.len() as u64));
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
    assert_eq!(node.servers().await.unwrap(), live(3, 3));
    let ends: Vec<_> = told.iter().filter(|told| told.done == told.total).map(|told| told.step).collect();
    assert_eq!(ends.first(), Some(&RebalanceStep::Fill));
    assert_eq!(ends.last(), Some(&RebalanceStep::CleanUp));
    assert!(told.iter().all(|told| told.done <= told.total), "{told:?}");
}

#[tokio::test]
async fn faces_of_a_removed_shard_are_adopted_by_the_others() {
    let world = World::new(&["a", "b", "c"]).await;
    world.enrol(1..=60).await;
    let node = world.node();
    node.follow().await.unwrap();
    let (kept, given_up) = (world.shard("a").faces(), world.shard("c").faces().len() as u64);
    let end = rebalance(&node, &["a", "b"]).await.unwrap();
    assert_eq!((end.moved, end.discarded, end.unreachable.len()), (given_up, 0, 0));
    world.assert_each_holds_its_own().await;
    assert!(kept.iter().all(|face| world.shard("a").faces().contains(face)));
    world.assert_complete(&node).await;
    assert_eq!(world.shard("c").stands_at().epoch, end.topology.epoch, "it knows that it is out");
}

#[tokio::test]
async fn shard_that_is_gone_for_good_can_be_removed() {
    let world = World::new(&["a", "b", "c"]).await;
    world.enrol(1..=60).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.shard("c").set_down(true);
    let end = rebalance(&node, &["a", "b"]).await.unwrap();
    assert_eq!(end.unreachable, ["c"]);
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn busy_shard_is_waited_for() {
    let world = two_of_three().await;
    let node = world.node();
    world.shard("c").set_busy(2);
    let mut told: Vec<RebalanceProgress> = Vec::new();
    node.rebalance(&[], &mut |progress| told.push(progress)).await.unwrap();
    assert!(told.iter().any(|told| told.step == RebalanceStep::Index && told.shard == "c"), "{told:?}");
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn node_that_knows_an_old_topology_finds_out_by_its_next_search() {
    let world = two_of_three().await;
    let (one, other) = (world.node(), world.node());
    world.assert_complete(&other).await;
    rebalance(&one, &["a", "b", "c"]).await.unwrap();
    world.assert_complete(&other).await;
    assert_eq!(other.servers().await.unwrap(), live(3, 3));
    rebalance(&one, &["b", "c"]).await.unwrap();
    world.enrol(61..=80).await;
    world.assert_complete(&other).await;
    assert_eq!(other.servers().await.unwrap(), live(2, 2));
    world.assert_each_holds_its_own().await;
}

/// Goes to `to` from two shards of three, interrupted after that many changes of shards, with writes and searches in
/// between; false where there was nothing left to interrupt.
async fn is_interrupted(to: &[&str], changes: u64) -> bool {
    let world = two_of_three().await;
    let stranger = world.node();
    world.assert_complete(&stranger).await;
    let fuse = Fuse::after(changes);
    world.shards.iter().for_each(|shard| shard.set_fuse(Some(fuse.clone())));
    let is_interrupted = rebalance(&world.node(), to).await.is_err();
    world.shards.iter().for_each(|shard| shard.set_fuse(None));
    world.assert_complete(&stranger).await;
    world.remove(5).await;
    world.enrol(61..=63).await;
    world.assert_complete(&world.node()).await;
    world.remove(62).await;
    let node = world.node();
    let end = rebalance(&node, to).await.unwrap();
    assert_eq!((end.topology.shards, end.topology.plan), (names(to), None), "after {changes} changes");
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
    world.assert_complete(&stranger).await;
    is_interrupted
}

#[tokio::test]
async fn adding_a_shard_may_be_interrupted_anywhere() {
    let mut changes = 0;
    while is_interrupted(&["a", "b", "c"], changes).await {
        changes += 1;
    }
    assert!(changes > 10, "every step is a change: {changes}");
}

#[tokio::test]
async fn removing_a_shard_may_be_interrupted_anywhere() {
    let mut changes = 0;
    while is_interrupted(&["b"], changes).await {
        changes += 1;
    }
    assert!(changes > 10, "every step is a change: {changes}");
}

#[tokio::test]
async fn replacing_a_shard_may_be_interrupted_anywhere() {
    let mut changes = 0;
    while is_interrupted(&["b", "c"], changes).await {
        changes += 1;
    }
    assert!(changes > 10, "every step is a change: {changes}");
}

#[tokio::test]
async fn writes_and_searches_go_on_while_faces_are_spread_anew() {
    let world = two_of_three().await;
    let (node, other) = (world.node(), world.node());
    let is_over = AtomicBool::new(false);
    let spread = async {
        for to in [&["a", "b", "c"][..], &["a", "c"], &["b"], &["a", "b", "c"]] {
            rebalance(&node, to).await.unwrap();
        }
        is_over.store(true, Ordering::SeqCst);
    };
    let write = async {
        for number in 100.. {
            if is_over.load(Ordering::SeqCst) {
                break;
            }
            world.enrol([number]).await;
            if number % 3 == 0 {
                world.remove(number - 20 - number % 2).await;
            }
            world.assert_complete(&other).await;
        }
    };
    let follow = async {
        while !is_over.load(Ordering::SeqCst) {
            other.follow().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    world.enrol(70..100).await;
    tokio::join!(spread, write, follow);
    rebalance(&node, &[]).await.unwrap();
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn plan_is_finished_or_taken_back_before_another_is_made() {
    let world = two_of_three().await;
    world.shard("c").set_down(true);
    let node = world.node();
    let failed = rebalance(&node, &["a", "b", "c"]).await;
    assert!(matches!(&failed, Err(ShardedError::Shard { name, .. }) if name == "c"), "{failed:?}");
    let refused = rebalance(&node, &["a"]).await;
    assert!(
        matches!(&refused, Err(ShardedError::OtherPlan(plan)) if *plan == ["a", "b", "c"]),
        "{refused:?}"
    );
    world.assert_complete(&node).await;
    let end = rebalance(&node, &["a", "b"]).await.unwrap();
    assert_eq!((end.topology.shards, end.topology.plan), (names(&["a", "b"]), None));
    let end = rebalance(&node, &["a"]).await.unwrap();
    assert_eq!(end.topology.shards, ["a"]);
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn removed_face_that_was_adopted_too_late_is_forgotten() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=60).await;
    let node = world.node();
    node.follow().await.unwrap();
    let read_early = world.entries().await;
    // Both shards know of the plan, the first page is adopted, then it is interrupted.
    world.shards.iter().for_each(|shard| shard.set_fuse(Some(Fuse::after(2))));
    rebalance(&node, &["a"]).await.unwrap_err();
    world.shards.iter().for_each(|shard| shard.set_fuse(None));
    let gained = read_early.iter().find(|entry| world.shard("b").faces().contains(&entry.id)).unwrap();
    world.remove(gained.id.get()).await;
    node.follow().await.unwrap();
    let last = read_early.last().unwrap().id;
    assert!(world.shard("a").adopt(2, last, &read_early).await.unwrap());
    assert!(world.shard("a").faces().contains(&gained.id), "the log told of its end before it came");
    rebalance(&node, &["a"]).await.unwrap();
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn shard_that_was_out_of_use_is_filled_anew_when_it_comes_back() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=60).await;
    let node = world.node();
    node.follow().await.unwrap();
    rebalance(&node, &["a"]).await.unwrap();
    let left = world.shard("b").faces();
    assert!(!left.is_empty());
    world.remove(left[0].get()).await;
    world.enrol(61..=80).await;
    node.follow().await.unwrap();
    assert_eq!(world.shard("b").faces(), left, "nobody keeps it level");
    rebalance(&node, &["a", "b"]).await.unwrap();
    world.assert_each_holds_its_own().await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn shards_that_are_not_configured_are_refused() {
    let world = two_of_three().await;
    let refused = rebalance(&world.node(), &["a", "x", "y"]).await;
    assert!(
        matches!(&refused, Err(ShardedError::NotConfigured(missing)) if *missing == ["x", "y"]),
        "{refused:?}"
    );
    assert_eq!(world.topology().await.epoch, 1);
}
