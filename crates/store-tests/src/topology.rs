//! Over which search shards the faces are spread.

use uuid::Uuid;
use vultus_store::{ShardPlan, StoreError, Topology};

use crate::Backend;
use crate::fixtures::strings;

fn topology(epoch: u64, shards: &[&str]) -> Topology {
    Topology { store: Uuid::from_u128(7), epoch, shards: strings(shards), plan: None }
}

fn planned(epoch: u64, shards: &[&str], next: &[&str]) -> Topology {
    let plan = ShardPlan { shards: strings(next), since: 123_456_789_012 };
    Topology { plan: Some(plan), ..topology(epoch, shards) }
}

/// Each topology takes the place of the one before it, on every connection.
pub async fn topology_is_replaced_by_the_next_one(backend: &dyn Backend) {
    let (one, two) = (backend.connect().await, backend.connect().await);
    assert_eq!(one.topology().await.unwrap(), None);
    for next in [
        topology(1, &["a"]),
        planned(2, &["a"], &["a", "b \"quoted\""]),
        topology(3, &["a", "b \"quoted\""]),
        Topology { store: Uuid::from_u128(8), ..topology(4, &["c"]) },
    ] {
        one.set_topology(&next).await.unwrap();
        assert_eq!(two.topology().await.unwrap(), Some(next));
    }
}

/// Only the epoch after the present one is accepted.
pub async fn topology_of_another_epoch_is_refused(backend: &dyn Backend) {
    let store = backend.connect().await;
    let refused = async |epoch| {
        let result = store.set_topology(&topology(epoch, &["x"])).await;
        assert!(matches!(result, Err(StoreError::Conflict(_))), "{epoch}: {result:?}");
    };
    for epoch in [0, 2] {
        refused(epoch).await;
    }
    assert_eq!(store.topology().await.unwrap(), None);
    for epoch in [1, 2] {
        store.set_topology(&topology(epoch, &["a"])).await.unwrap();
    }
    for epoch in [0, 1, 2, 4] {
        refused(epoch).await;
    }
    assert_eq!(store.topology().await.unwrap(), Some(topology(2, &["a"])));
}

/// Of two nodes that set the same epoch at once, one does and the other is told.
pub async fn one_of_two_equal_epochs_wins(backend: &dyn Backend) {
    let (one, two) = (backend.connect().await, backend.connect().await);
    for epoch in 1..=20 {
        let [left, right] = [topology(epoch, &["left"]), topology(epoch, &["right"])];
        let set = tokio::join!(one.set_topology(&left), two.set_topology(&right));
        let winner = match set {
            (Ok(()), Err(StoreError::Conflict(_))) => left,
            (Err(StoreError::Conflict(_)), Ok(())) => right,
            other => panic!("one and one only: {other:?}"),
        };
        assert_eq!(one.topology().await.unwrap(), Some(winner));
    }
}
