//! What follows from a topology.

use std::collections::BTreeSet;

use vultus_store::Topology;
use vultus_types::FaceId;

use super::{Rendezvous, ShardRole};

/// A topology with the places of faces that follow from it.
pub(super) struct Placement {
    pub(super) topology: Topology,
    now: Rendezvous,
    planned: Option<Rendezvous>,
}

impl Placement {
    pub(super) fn new(topology: Topology) -> Self {
        let now = Rendezvous::new(&topology.shards);
        let planned = topology.plan.as_ref().map(|plan| Rendezvous::new(&plan.shards));
        Self { topology, now, planned }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.topology.epoch
    }

    /// The shards that hold faces or are to hold some, sorted.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let planned = self.topology.plan.iter().flat_map(|plan| &plan.shards);
        self.topology.shards.iter().chain(planned).map(String::as_str).collect()
    }

    pub(super) fn role(&self, shard: &str) -> ShardRole {
        let is_among = |names: &[String]| names.iter().any(|name| name == shard);
        if is_among(&self.topology.shards) {
            ShardRole::Searched
        } else if self.topology.plan.as_ref().is_some_and(|plan| is_among(&plan.shards)) {
            ShardRole::Planned
        } else {
            ShardRole::Unused
        }
    }

    /// Whether the face is kept level on the shard: it holds it or is to hold it.
    pub(super) fn keeps(&self, shard: &str, face: FaceId) -> bool {
        self.now.owner(face) == Some(shard) || self.is_planned(shard, face)
    }

    /// Whether the shard does not hold the face and is to hold it.
    pub(super) fn gains(&self, shard: &str, face: FaceId) -> bool {
        self.now.owner(face) != Some(shard) && self.is_planned(shard, face)
    }

    fn is_planned(&self, shard: &str, face: FaceId) -> bool {
        self.planned.as_ref().is_some_and(|planned| planned.owner(face) == Some(shard))
    }

    /// Whether a shard that was last changed by the topology of that epoch holds what it is to hold by this one, or
    /// more. A shard that is searched was prepared before it was: by the plan one epoch ago, or two epochs ago where
    /// another plan was made since. One that missed more, or that was out of use, has faces that nobody kept level.
    pub(super) fn trusts(&self, shard: &str, epoch: u64) -> bool {
        let missed = self.epoch().checked_sub(epoch);
        let most = match (self.role(shard), &self.planned) {
            (ShardRole::Searched, None) => 1,
            (ShardRole::Searched, Some(_)) => 2,
            (ShardRole::Planned | ShardRole::Unused, _) => 0,
        };
        missed.is_some_and(|missed| missed <= most)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use vultus_store::ShardPlan;

    use super::*;

    fn placement(epoch: u64, shards: &[&str], plan: Option<&[&str]>) -> Placement {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let plan = plan.map(|plan| ShardPlan { shards: names(plan), since: 0 });
        Placement::new(Topology { store: Uuid::nil(), epoch, shards: names(shards), plan })
    }

    #[test]
    fn faces_are_kept_where_they_are_and_where_they_are_to_be() {
        let planned = placement(2, &["a", "b"], Some(&["b", "c"]));
        let mut gained = [0; 3];
        for face in (1..=1000).filter_map(FaceId::new) {
            for (shard, gained) in ["a", "b", "c"].into_iter().zip(&mut gained) {
                let holds = Rendezvous::new(&planned.topology.shards).owner(face) == Some(shard);
                let is_to_hold = Rendezvous::new(&["b".into(), "c".into()]).owner(face) == Some(shard);
                assert_eq!(planned.keeps(shard, face), holds || is_to_hold);
                assert_eq!(planned.gains(shard, face), is_to_hold && !holds);
                *gained += u32::from(planned.gains(shard, face));
            }
        }
        assert_eq!(gained[0], 0);
        assert!(gained[1] > 0 && gained[2] > 0);
    }

    #[test]
    fn shard_that_missed_a_change_of_the_topology_it_had_to_be_prepared_for_is_not_trusted() {
        let trusted = |placement: &Placement, shard| -> Vec<u64> {
            (0..=12).filter(|&epoch| placement.trusts(shard, epoch)).collect()
        };
        let settled = placement(10, &["a"], None);
        assert_eq!(trusted(&settled, "a"), [9, 10]);
        assert_eq!(trusted(&settled, "c"), [10]);
        let planned = placement(10, &["a"], Some(&["a", "b"]));
        assert_eq!(trusted(&planned, "a"), [8, 9, 10]);
        assert_eq!(trusted(&planned, "b"), [10]);
    }
}
