//! The best face of each of the best subjects.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use vultus_types::FaceId;

/// One face and its score. The smaller is the better: greater similarity first, then smaller face id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ranked {
    pub(super) similarity: f32,
    pub(super) face: FaceId,
    pub(super) slot: u32,
}

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        other.similarity.total_cmp(&self.similarity).then(self.face.cmp(&other.face))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Collects the best `limit` groups in one pass. A group that fell out may come back with a better face; the
/// worst group kept only ever gets better, so nothing that fell out for good is missed.
pub(super) struct Ranking {
    limit: usize,
    order: BTreeSet<Ranked>,
    groups: HashMap<u64, Ranked>,
    by_slot: HashMap<u32, u64>,
}

impl Ranking {
    /// An empty ranking for at most `limit` groups.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, order: BTreeSet::new(), groups: HashMap::new(), by_slot: HashMap::new() }
    }

    /// Whether a face of that similarity could still get in.
    pub(super) fn admits(&self, similarity: f32) -> bool {
        self.order.len() < self.limit || self.order.last().is_some_and(|worst| similarity >= worst.similarity)
    }

    /// Offers a face of the group.
    pub(super) fn offer(&mut self, group: u64, face: Ranked) {
        if let Some(known) = self.groups.get(&group).copied() {
            if known <= face {
                return;
            }
            self.drop_known(known);
        } else if self.order.len() >= self.limit {
            match self.order.last().copied() {
                Some(worst) if face < worst => self.drop_known(worst),
                _ => return,
            }
        }
        self.order.insert(face);
        self.groups.insert(group, face);
        self.by_slot.insert(face.slot, group);
    }

    /// The faces, best first.
    pub(super) fn into_best(self) -> impl Iterator<Item = Ranked> {
        self.order.into_iter()
    }

    fn drop_known(&mut self, known: Ranked) {
        self.order.remove(&known);
        if let Some(group) = self.by_slot.remove(&known.slot) {
            self.groups.remove(&group);
        }
    }
}
