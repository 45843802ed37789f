//! Histograms of durations with fixed buckets, so that those of every step and every process can be added up.

use std::time::Duration;

/// The upper edge of the first bucket, in milliseconds. Each further edge is a quarter of an octave (19 %) up.
const FIRST_EDGE_MS: f64 = 0.25;
/// Buckets in an octave.
const PER_OCTAVE: f64 = 4.0;
/// How many buckets there are; the last, from 65.5 s on, has no upper edge.
const BUCKETS: u8 = 74;

/// The bucket of a duration.
pub(super) fn bucket(elapsed: Duration) -> u8 {
    let octaves = (elapsed.as_secs_f64() * 1000.0 / FIRST_EDGE_MS).log2();
    // Nothing and less than the first edge are the first bucket: the cast saturates.
    ((octaves * PER_OCTAVE).ceil() as u8).min(BUCKETS - 1)
}

/// The upper edge of a bucket, in milliseconds.
fn edge_ms(bucket: u8) -> f64 {
    FIRST_EDGE_MS * (f64::from(bucket) / PER_OCTAVE).exp2()
}

/// How often each bucket was hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    counts: Vec<u64>,
}

impl Latencies {
    /// Adds durations of a bucket; unknown buckets count as the last.
    pub(super) fn add(&mut self, bucket: u8, count: u64) {
        let place = usize::from(bucket.min(BUCKETS - 1));
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += count;
    }

    /// The duration that a share of all does not exceed, in milliseconds, interpolated within its bucket: off by
    /// less than a quarter of an octave. Nothing where nothing was counted.
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        for (bucket, &count) in (0_u8..).zip(&self.counts) {
            let count = count as f64;
            if count > 0.0 && below + count >= rank {
                let within = ((rank - below) / count).clamp(0.0, 1.0);
                let lower = if bucket == 0 { 0.0 } else { edge_ms(bucket - 1) };
                return Some(lower + (edge_ms(bucket) - lower) * within);
            }
            below += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_durations_up_to_their_edge() {
        for (micros, expected) in [(0, 0), (250, 0), (251, 1), (500, 4), (501, 5), (1000, 8), (1_000_000, 48)]
        {
            assert_eq!(bucket(Duration::from_micros(micros)), expected, "{micros}");
        }
        assert_eq!(bucket(Duration::from_hours(5)), BUCKETS - 1);
        assert!(edge_ms(BUCKETS - 2) > 60_000.0);
    }

    #[test]
    fn quantiles_lie_within_a_fifth_of_the_truth() {
        let mut latencies = Latencies::default();
        for millis in 1..=1000 {
            latencies.add(bucket(Duration::from_millis(millis)), 1);
        }
        for (share, truth) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
            let found = latencies.quantile_ms(share).unwrap();
            assert!((found / truth - 1.0).abs() < 0.19, "{share}: {found}");
        }
        assert_eq!(Latencies::default().quantile_ms(0.5), None);
    }
}
