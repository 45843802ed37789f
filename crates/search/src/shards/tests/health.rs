use super::*;

#[tokio::test]
async fn shard_that_is_out_is_told_and_the_others_answer() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=40).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
    assert_eq!(node.servers().await.unwrap(), live(2, 2));
    world.shard("b").set_down(true);
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(1, 2));
    let kept: Vec<_> = world.shard("a").faces().iter().map(|face| face.get()).collect();
    assert_eq!(ids(&found), kept);
    assert_eq!(node.servers().await.unwrap(), live(1, 2));
    world.shard("a").set_down(true);
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!((found.servers, found.hits.len()), (live(0, 2), 0));
}

#[tokio::test]
async fn shard_that_failed_is_searched_again_after_a_second() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=40).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.shard("b").set_down(true);
    node.search(&all_faces(), &template(1)).await.unwrap();
    world.shard("b").set_down(false);
    wait(Duration::from_secs(1)).await;
    world.assert_complete(&node).await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn shard_that_never_answers_is_left_out_at_the_deadline() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=40).await;
    let node = world.node();
    node.follow().await.unwrap();
    world.assert_complete(&node).await;
    world.shard("b").set_silent(true);
    let before = [world.shard("a").searches(), world.shard("b").searches()];
    let request = all_faces();
    let probe = template(1);
    let put_forward = async {
        while before[0] == world.shard("a").searches() || before[1] == world.shard("b").searches() {
            tokio::task::yield_now().await;
        }
        // Shard a, which was asked, needs its turns to answer.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        wait(DEADLINE).await;
    };
    let (found, ()) = tokio::join!(node.search(&request, &probe), put_forward);
    let found = found.unwrap();
    assert_eq!(found.servers, live(1, 2));
    assert_eq!(found.hits.len(), world.shard("a").faces().len());
    world.shard("b").set_silent(false);
    wait(Duration::from_secs(1)).await;
    world.assert_complete(&node).await;
}

#[tokio::test]
async fn shard_of_another_store_is_neither_searched_nor_changed() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=10).await;
    world.shard("b").mark(Uuid::from_u128(8)).await.unwrap();
    let node = world.node();
    node.follow().await.unwrap();
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(1, 2));
    assert_eq!((world.shard("b").searches(), world.shard("b").changes()), (0, 0));
    assert_eq!(node.status().await.unwrap()[1].state, ShardState::Foreign);
}

#[tokio::test]
async fn status_tells_how_each_shard_does() {
    let world = World::new(&["a", "b", "c", "d"]).await;
    world.enrol(1..=40).await;
    world.node_of(&["a", "b", "c"]).follow().await.unwrap();
    world.enrol(41..=43).await;
    world.shard("b").set_down(true);
    let node = world.node_of(&["a", "b", "d"]);
    let status = |name: &str, role, state| ShardStatus { name: name.to_owned(), role, state };
    let faces = world.shard("a").faces().len() as u64;
    let expected = [
        status("a", ShardRole::Searched, ShardState::Level { lag: 3, faces }),
        status("b", ShardRole::Searched, ShardState::Out),
        status("c", ShardRole::Searched, ShardState::NotConfigured),
        status("d", ShardRole::Unused, ShardState::Empty),
    ];
    assert_eq!(node.status().await.unwrap(), expected);
    let found = node.search(&all_faces(), &template(1)).await.unwrap();
    assert_eq!(found.servers, live(1, 3), "one is out, one is not configured");
}
