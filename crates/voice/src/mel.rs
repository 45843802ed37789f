//! Mel spectra as the speaker encoder knows them: frames of 25 ms every 10 ms, the power in 40 Slaney mel bands, no
//! logarithm.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use vultus_media::SAMPLE_RATE;

/// Bands of a frame.
pub const BANDS: usize = 40;
/// Samples from one frame to the next.
pub const HOP: usize = 160;
/// Samples of a frame, and points of its transform.
const FRAME: usize = 400;

/// Slaney's mel scale: linear up to this frequency, logarithmic above (Auditory Toolbox, 1998).
const BREAK_HZ: f64 = 1_000.0;
/// Hertz per mel in the linear part.
const LINEAR_STEP: f64 = 200.0 / 3.0;
/// A mel in the logarithmic part is this power of e: 27 of them from 1 to 6.4 kHz.
const LOG_STEPS: f64 = 27.0;
const LOG_SPAN: f64 = 6.4;

/// Turns samples into mel spectra. Cheap to clone.
#[derive(Clone)]
pub struct MelSpectrum {
    fft: Arc<dyn RealToComplex<f64>>,
    window: Arc<[f64]>,
    bands: Arc<[Band]>,
}

/// A triangle over the transform's bins.
struct Band {
    first: usize,
    weights: Vec<f64>,
}

impl Default for MelSpectrum {
    fn default() -> Self {
        let turn = |index: usize| std::f64::consts::TAU * index as f64 / FRAME as f64;
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(FRAME),
            window: (0..FRAME).map(|index| 0.5 - 0.5 * turn(index).cos()).collect(),
            bands: bands().into(),
        }
    }
}

impl MelSpectrum {
    /// How many frames these many samples have: one around every 160th, the first around the very first.
    pub const fn frame_count(samples: usize) -> usize {
        1 + samples / HOP
    }

    /// The frames of the samples (16 kHz), [`BANDS`] numbers each. Beyond both ends there is silence.
    pub fn frames(&self, samples: &[f32]) -> Vec<f32> {
        let mut spectra = Vec::with_capacity(Self::frame_count(samples.len()) * BANDS);
        let mut input = self.fft.make_input_vec();
        let mut output = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        for frame in 0..Self::frame_count(samples.len()) {
            for (index, value) in input.iter_mut().enumerate() {
                let sample = (frame * HOP + index).checked_sub(FRAME / 2).and_then(|at| samples.get(at));
                *value = f64::from(sample.copied().unwrap_or(0.0)) * self.window[index];
            }
            // The buffers are the planner's own, so that their lengths fit.
            if self.fft.process_with_scratch(&mut input, &mut output, &mut scratch).is_err() {
                output.fill(Complex::default());
            }
            let power: Vec<f64> = output.iter().map(Complex::norm_sqr).collect();
            spectra.extend(self.bands.iter().map(|band| band.of(&power) as f32));
        }
        spectra
    }
}

impl Band {
    fn of(&self, power: &[f64]) -> f64 {
        power[self.first..].iter().zip(&self.weights).map(|(power, weight)| power * weight).sum()
    }
}

/// Triangles of one area each, whose corners are evenly spaced on the mel scale from 0 to 8 kHz.
fn bands() -> Vec<Band> {
    let bin_hz = f64::from(SAMPLE_RATE) / FRAME as f64;
    let last = mel(f64::from(SAMPLE_RATE) / 2.0);
    let corner = |index: usize| hertz(last * index as f64 / (BANDS + 1) as f64);
    (0..BANDS)
        .map(|band| {
            let [low, middle, high] = [0, 1, 2].map(|step| corner(band + step));
            let height = 2.0 / (high - low);
            let weight = |bin: usize| {
                let frequency = bin as f64 * bin_hz;
                let (rise, fall) = ((frequency - low) / (middle - low), (high - frequency) / (high - middle));
                rise.min(fall).max(0.0) * height
            };
            let first = (low / bin_hz).floor() as usize;
            let end = ((high / bin_hz).ceil() as usize + 1).min(FRAME / 2 + 1);
            Band { first, weights: (first..end).map(weight).collect() }
        })
        .collect()
}

fn mel(hertz: f64) -> f64 {
    let linear = BREAK_HZ / LINEAR_STEP;
    if hertz < BREAK_HZ {
        hertz / LINEAR_STEP
    } else {
        linear + (hertz / BREAK_HZ).ln() * LOG_STEPS / LOG_SPAN.ln()
    }
}

fn hertz(mel: f64) -> f64 {
    let linear = BREAK_HZ / LINEAR_STEP;
    if mel < linear {
        mel * LINEAR_STEP
    } else {
        BREAK_HZ * ((mel - linear) * LOG_SPAN.ln() / LOG_STEPS).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mel_scale_goes_there_and_back() {
        for frequency in [0.0, 60.0, 999.0, 1_000.0, 4_000.0, 8_000.0] {
            assert!((hertz(mel(frequency)) - frequency).abs() < 1e-6, "{frequency}");
        }
        assert!((mel(6_400.0) - 42.0).abs() < 1e-9, "15 linear mels and 27 logarithmic ones");
    }

    #[test]
    fn tone_lies_in_the_band_around_it() {
        let samples: Vec<f32> =
            (0..4_000).map(|index| (index as f32 * std::f32::consts::FRAC_PI_8).sin()).collect();
        let frames = MelSpectrum::default().frames(&samples);
        assert_eq!(frames.len(), 26 * BANDS);
        let frame = &frames[12 * BANDS..13 * BANDS];
        let loudest = (0..BANDS).max_by(|&one, &other| frame[one].total_cmp(&frame[other]));
        // 1 kHz is mel 15, the corners are 1.104 mels apart, and band 13 has its middle at the 14th: 15.45.
        assert_eq!(loudest, Some(13), "{frame:?}");
    }

    #[test]
    fn silence_has_no_power() {
        assert!(MelSpectrum::default().frames(&[0.0; 800]).iter().all(|&power| power == 0.0));
    }
}
