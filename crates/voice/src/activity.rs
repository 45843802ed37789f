//! Voice activity: which parts of a recording are speech.
//!
//! A small network scores every 16 ms. Its answers are smoothed over a quarter of a second and widened at both ends, as
//! the reference implementation of the encoder does with those of its detector (30 ms windows, moving average of 8,
//! dilation by 7): pauses between words stay, pauses between sentences go.

use earshot::Detector;

/// Samples of one step, 16 ms, as the network takes them.
pub const STEP: usize = 256;
/// From this score on a step is voice.
const VOICED: f32 = 0.5;
/// Steps over which answers are averaged: 240 ms.
const SMOOTHED: usize = 15;
/// Steps by which speech is widened at both ends: 96 ms.
const WIDENED: usize = 6;

/// For each whole step of the samples (16 kHz) whether it is speech.
pub fn speech_steps(samples: &[f32]) -> Vec<bool> {
    let mut detector = Detector::default();
    let mut clamped = [0.0; STEP];
    let scores = samples.chunks_exact(STEP).map(|step| {
        for (to, from) in clamped.iter_mut().zip(step) {
            *to = from.clamp(-1.0, 1.0);
        }
        detector.predict_f32(&clamped)
    });
    let voiced: Vec<bool> = scores.map(|score| score >= VOICED).collect();
    widened(&smoothed(&voiced))
}

/// The samples of the steps that are speech, joined.
pub fn only_speech(samples: &[f32]) -> Vec<f32> {
    let steps = speech_steps(samples);
    let kept = samples.chunks_exact(STEP).zip(steps).filter(|(_, is_speech)| *is_speech);
    kept.flat_map(|(step, _)| step).copied().collect()
}

/// Whether at least half of the steps around each are voiced.
fn smoothed(voiced: &[bool]) -> Vec<bool> {
    let around =
        |at: usize| &voiced[at.saturating_sub(SMOOTHED / 2)..(at + SMOOTHED / 2 + 1).min(voiced.len())];
    let count = |at: usize| around(at).iter().filter(|is_voiced| **is_voiced).count();
    (0..voiced.len()).map(|at| 2 * count(at) >= SMOOTHED).collect()
}

/// Whether any step near each is speech.
fn widened(speech: &[bool]) -> Vec<bool> {
    let around = |at: usize| &speech[at.saturating_sub(WIDENED)..(at + WIDENED + 1).min(speech.len())];
    (0..speech.len()).map(|at| around(at).contains(&true)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(pattern: &[(usize, bool)]) -> Vec<bool> {
        pattern.iter().flat_map(|&(count, value)| std::iter::repeat_n(value, count)).collect()
    }

    #[test]
    fn short_noises_are_dropped_and_short_pauses_kept() {
        let voiced =
            steps(&[(40, false), (4, true), (40, false), (40, true), (5, false), (40, true), (40, false)]);
        let speech = widened(&smoothed(&voiced));
        assert!(!speech[..70].contains(&true), "a noise of 64 ms is no speech");
        assert!(speech[84..169].iter().all(|is_speech| *is_speech), "a pause of 80 ms stays");
        assert!(!speech[180..].contains(&true));
    }

    #[test]
    fn silence_tones_and_noise_are_no_speech() {
        let silence = vec![0.0; 128_000];
        let tone: Vec<f32> = (0..128_000).map(|index| (index as f32 * 0.1728).sin() * 0.1).collect();
        let mut state = 1u32;
        let noise: Vec<f32> = (0..128_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f32::from((state >> 16) as u16) / 32_768.0 - 1.0) * 0.05
            })
            .collect();
        for (name, samples) in [("silence", silence), ("tone", tone), ("noise", noise)] {
            let found = only_speech(&samples).len();
            assert!(found < 8_000, "{name}: {found} of 8 s, more than half a second");
        }
    }
}
