//! Which shard holds a face.

use sha2::{Digest, Sha256};
use vultus_types::FaceId;

/// Rendezvous hashing: every shard draws a number for the face, and the greatest number holds it. Where a shard is
/// added, only the faces that it draws the greatest number for move; where one goes, only its own.
///
/// The numbers must stay the same for ever, since what shards hold was placed by them. A shard's number for a face is
/// `mix(mix(face) ^ key)`, where `key` is the first eight bytes, little-endian, of the SHA-256 digest of the shard's
/// name and `mix` the finaliser of `SplitMix64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendezvous {
    shards: Vec<(String, u64)>,
}

impl Rendezvous {
    /// Among shards of these names.
    pub fn new(names: &[String]) -> Self {
        Self { shards: names.iter().map(|name| (name.clone(), key(name))).collect() }
    }

    /// The shard that holds the face; none where there are no shards.
    pub fn owner(&self, face: FaceId) -> Option<&str> {
        let face = mix(face.get());
        // Equal numbers, which nobody will ever see, go to the greater name.
        let drawn = self.shards.iter().map(|(name, key)| (mix(face ^ key), name.as_str()));
        drawn.max().map(|(_, name)| name)
    }
}

fn key(name: &str) -> u64 {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).rev().fold(0, |key, &byte| key << 8 | u64::from(byte))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014, with the constants of Stafford's variant 13): each bit of
/// the input changes half of the output's.
const fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn face(number: u64) -> FaceId {
        FaceId::new(number).unwrap()
    }

    #[test]
    fn faces_stay_where_they_were_placed_by_earlier_versions() {
        let places = Rendezvous::new(&names(&["database", "east", "north", "west"]));
        let expected = [
            (1, "west"),
            (2, "database"),
            (3, "west"),
            (4, "database"),
            (5, "database"),
            (1_000, "north"),
            (9_007_199_254_740_991, "west"),
            (123_456_789_012_345, "database"),
            (42, "east"),
            (77_777, "north"),
        ];
        for (number, holder) in expected {
            assert_eq!(places.owner(face(number)), Some(holder), "{number}");
        }
        assert_eq!(key("east"), 0x9a79_0102_2b26_db6b);
        assert_eq!(mix(mix(1) ^ key("east")), 0x5b10_fee2_8a2b_9044);
    }

    #[test]
    fn face_without_shards_is_held_by_none() {
        assert_eq!(Rendezvous::new(&[]).owner(face(1)), None);
    }

    /// Ids as they are given out: by the time of day, and one after the other.
    #[test]
    fn shares_are_equal_within_three_per_cent() {
        for step in [1, 1 << 12] {
            for count in [2_usize, 3, 5, 10] {
                let shards: Vec<_> = (0..count).map(|number| format!("shard-{number}")).collect();
                let places = Rendezvous::new(&shards);
                let mut shares = BTreeMap::new();
                let total = 100_000;
                for number in 1..=total {
                    *shares.entry(places.owner(face(number * step)).unwrap()).or_insert(0_u64) += 1;
                }
                let even = total as f64 / count as f64;
                for (name, share) in shares {
                    let off = (share as f64 / even - 1.0).abs();
                    assert!(off < 0.03, "{name} of {count} holds {share}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn only_the_share_of_a_shard_moves_when_it_comes_or_goes(
            shards in prop::collection::btree_set("[a-z]{1,6}", 2..8),
            which in any::<prop::sample::Index>(),
            faces in prop::collection::vec(1..FaceId::LIMIT, 1..200),
        ) {
            let all: Vec<String> = shards.into_iter().collect();
            let changed = all[which.index(all.len())].clone();
            let rest: Vec<_> = all.iter().filter(|name| **name != changed).cloned().collect();
            let (with, without) = (Rendezvous::new(&all), Rendezvous::new(&rest));
            for number in faces {
                let holder = with.owner(face(number)).unwrap();
                prop_assert!(holder == changed || without.owner(face(number)) == Some(holder));
            }
        }

        #[test]
        fn order_of_the_names_does_not_matter(number in 1..FaceId::LIMIT) {
            let (one, other) = (names(&["a", "b", "c"]), names(&["c", "a", "b"]));
            let (one, other) = (Rendezvous::new(&one), Rendezvous::new(&other));
            prop_assert_eq!(one.owner(face(number)), other.owner(face(number)));
        }
    }
}
