//! How loud a recording is. Levels are in dBFS: decibels of the root mean square below full scale, 1.

/// The level to which quiet recordings are raised, that of the encoder's training.
pub const TARGET_DBFS: f32 = -30.0;

/// A recording in which no 30 ms are louder than this is silent: far below any microphone in use, above the rounding
/// noise of 16 bits (−98 dBFS).
pub const SILENCE_DBFS: f32 = -65.0;

/// Samples of 30 ms.
const MOMENT: usize = 480;

/// The level of the samples; minus infinity of none and of digital silence.
pub fn level(samples: &[f32]) -> f32 {
    let sum: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    (10.0 * (sum / samples.len().max(1) as f64).log10()) as f32
}

/// Whether nothing can be heard: see [`SILENCE_DBFS`].
pub fn is_silent(samples: &[f32]) -> bool {
    samples.chunks(MOMENT).all(|moment| level(moment) < SILENCE_DBFS)
}

/// Raises quiet samples to [`TARGET_DBFS`]; loud ones are left as they are.
pub fn raise(samples: &mut [f32]) {
    let change = TARGET_DBFS - level(samples);
    if change > 0.0 && change.is_finite() {
        let factor = 10f32.powf(change / 20.0);
        for sample in samples {
            *sample *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_recording_is_raised_to_the_target() {
        let mut samples = [0.001, -0.001].repeat(8_000);
        assert!((level(&samples) + 60.0).abs() < 1e-3);
        raise(&mut samples);
        assert!((level(&samples) - TARGET_DBFS).abs() < 1e-3);
    }

    #[test]
    fn loud_recording_is_not_lowered() {
        let mut samples = vec![0.5; 16_000];
        raise(&mut samples);
        assert_eq!(samples, vec![0.5; 16_000]);
    }

    #[test]
    fn one_audible_moment_is_no_silence() {
        let mut samples = vec![0.0; 16_000];
        assert!(is_silent(&samples) && is_silent(&[]));
        raise(&mut samples);
        assert_eq!(samples, vec![0.0; 16_000], "digital silence stays silent");
        samples[4_800..5_280].fill(0.01);
        assert!(!is_silent(&samples));
    }
}
