//! The windows through which the encoder hears a recording: 1.6 s each, 1.3 of them begin in a second.

use std::ops::Range;

use crate::mel::{HOP, MelSpectrum};

/// Frames of a window.
pub const FRAMES: usize = 160;
/// Frames from the start of one window to the next: those of 1/1.3 s.
const STEP: usize = 77;
/// The share of the last window that must hold sound; otherwise it is left out, unless it is the only one.
const LEAST_COVERAGE: f64 = 0.75;

/// The windows over a recording of so many samples (16 kHz), as ranges of frames; at least one. The last may reach
/// beyond the end, where silence follows.
pub fn windows(samples: usize) -> Vec<Range<usize>> {
    let frames = (samples + 1).div_ceil(HOP);
    let starts = (0..(frames + STEP + 1).saturating_sub(FRAMES).max(1)).step_by(STEP);
    let mut windows: Vec<_> = starts.map(|start| start..start + FRAMES).collect();
    if let [_, .., last] = windows.as_slice() {
        let covered = samples.saturating_sub(last.start * HOP) as f64 / (FRAMES * HOP) as f64;
        if covered < LEAST_COVERAGE {
            windows.pop();
        }
    }
    windows
}

/// How many samples the windows need, silence at the end included, so that each has all its frames.
pub fn padded_length(samples: usize, windows: &[Range<usize>]) -> usize {
    let end = windows.last().map_or(0, |last| last.end * HOP);
    debug_assert!(MelSpectrum::frame_count(samples.max(end)) * HOP >= end, "every window has its frames");
    samples.max(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn starts(samples: usize) -> Vec<usize> {
        windows(samples).iter().map(|window| window.start).collect()
    }

    #[test]
    fn last_window_is_kept_where_three_quarters_are_covered() {
        assert_eq!(starts(51_200), [0, 77, 154], "the window from 231 would be half covered");
        // 77 frames of 160 samples and three quarters of a window.
        assert_eq!(starts(12_320 + 19_200), [0, 77]);
        assert_eq!(starts(12_320 + 19_199), [0]);
    }

    #[test]
    fn only_window_is_kept_however_short() {
        assert_eq!(starts(0), [0]);
        assert_eq!(starts(8_000), [0]);
        assert_eq!(padded_length(8_000, &windows(8_000)), 25_600);
    }

    proptest! {
        #[test]
        fn every_window_has_its_frames(samples in 0usize..400_000) {
            let windows = windows(samples);
            let frames = MelSpectrum::frame_count(padded_length(samples, &windows));
            prop_assert!(windows.iter().all(|window| window.end <= frames && window.len() == FRAMES));
            prop_assert!(windows.windows(2).all(|pair| pair[1].start - pair[0].start == STEP));
            let heard = windows.last().map_or(0, |last| last.end * HOP);
            prop_assert!(heard + (STEP + FRAMES / 4) * HOP > samples, "{heard} of {samples}");
        }
    }
}
