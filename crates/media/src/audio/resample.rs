//! From any rate to 16 kHz, a block at a time.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use super::{AudioError, SAMPLE_RATE};

/// Samples of a block at [`SAMPLE_RATE`]: long enough for a narrow transition band below 8 kHz.
const BLOCK: usize = 1_024;
/// Source rates are taken for the nearest multiple of this, in Hz, as all usual ones are: a rate that shares no factor
/// with 16 kHz would need transforms of its own length. The pitch is off by a third of a per cent at most.
const RATE_STEP: u32 = 25;

/// Takes samples of one channel as they come.
pub(super) struct Resampler {
    /// Samples at the target rate.
    output: Vec<f32>,
    /// `None` where the source has the target rate.
    converter: Option<Converter>,
}

struct Converter {
    fft: Fft<f32>,
    rate: u32,
    /// Samples of the source that fill no block yet.
    pending: Vec<f32>,
    /// Room for what a block becomes.
    block: Vec<f32>,
    taken: u64,
}

impl Resampler {
    pub(super) fn new(rate: u32) -> Result<Self, AudioError> {
        let converter = (taken_for(rate) != SAMPLE_RATE).then(|| Converter::new(rate)).transpose()?;
        Ok(Self { output: Vec::new(), converter })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        match &mut self.converter {
            None => self.output.extend_from_slice(samples),
            Some(converter) => converter.push(samples, &mut self.output)?,
        }
        Ok(())
    }

    /// All samples, as many as the source's length makes.
    pub(super) fn finish(self) -> Result<Vec<f32>, AudioError> {
        let Self { mut output, converter } = self;
        if let Some(converter) = converter {
            converter.finish(&mut output)?;
        }
        Ok(output)
    }
}

impl Converter {
    fn new(rate: u32) -> Result<Self, AudioError> {
        let (from, to) = (taken_for(rate) as usize, SAMPLE_RATE as usize);
        // The transform has the length of a block, which is even so that the delay is a whole number of samples.
        let unit = 2 * from / greatest_common_divisor(from, to);
        let block = (BLOCK * from).div_ceil(to).next_multiple_of(unit);
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(from, to, block, 1, 1, window, FixedSync::Input);
        let fft = fft.map_err(|_| AudioError::UnsupportedFormat)?;
        let room = fft.output_frames_max();
        Ok(Self { fft, rate, pending: Vec::new(), block: vec![0.0; room], taken: 0 })
    }

    fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) -> Result<(), AudioError> {
        self.taken += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        let mut done = 0;
        while self.pending.len() - done >= self.fft.input_frames_next() {
            done += self.convert(done, None, output)?;
        }
        self.pending.drain(..done);
        Ok(())
    }

    /// Converts one block of what is pending from `start` on, of which only `partial` samples count where given.
    /// Returns how many were taken.
    fn convert(
        &mut self,
        start: usize,
        partial: Option<usize>,
        output: &mut Vec<f32>,
    ) -> Result<usize, AudioError> {
        let failed = |_| AudioError::Damaged;
        let (frames, room) = (self.pending.len(), self.block.len());
        let input = InterleavedSlice::new(&self.pending, 1, frames).map_err(failed)?;
        let mut block = InterleavedSlice::new_mut(&mut self.block, 1, room).map_err(failed)?;
        let indexing = Indexing {
            input_offset: start,
            output_offset: 0,
            partial_len: partial,
            active_channels_mask: None,
        };
        let converted = self.fft.process_into_buffer(&input, &mut block, Some(&indexing));
        let (taken, made) = converted.map_err(|_| AudioError::Damaged)?;
        output.extend_from_slice(&self.block[..made]);
        Ok(taken)
    }

    /// Converts what is left, and silence until as much came out as went in; then takes off the delay.
    fn finish(mut self, output: &mut Vec<f32>) -> Result<(), AudioError> {
        let delay = self.fft.output_delay();
        let length = (self.taken * u64::from(SAMPLE_RATE)).div_ceil(u64::from(self.rate)) as usize;
        let left = self.pending.len();
        if left > 0 {
            self.convert(0, Some(left), output)?;
        }
        self.pending.clear();
        while output.len() < delay + length {
            self.convert(0, Some(0), output)?;
        }
        output.drain(..delay);
        output.truncate(length);
        Ok(())
    }
}

/// The rate that a source's rate is taken for.
const fn taken_for(rate: u32) -> u32 {
    (rate + RATE_STEP / 2) / RATE_STEP * RATE_STEP
}

const fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, frequency: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        let sample =
            |index: usize| (index as f64 / f64::from(rate) * frequency * std::f64::consts::TAU).sin();
        (0..count).map(|index| sample(index) as f32).collect()
    }

    fn resampled(rate: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        for part in samples.chunks(777) {
            resampler.push(part).unwrap();
        }
        resampler.finish().unwrap()
    }

    #[test]
    fn tone_stays_the_same_tone_at_every_rate() {
        let expected = tone(SAMPLE_RATE, 440.0, 0.5);
        for rate in [4_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 384_000] {
            let samples = resampled(rate, &tone(rate, 440.0, 0.5));
            assert!(samples.len().abs_diff(expected.len()) <= 1, "{rate} Hz: {}", samples.len());
            let inner = 800..7_200;
            let error =
                samples[inner.clone()].iter().zip(&expected[inner]).map(|(one, other)| (one - other).abs());
            let error = error.fold(0.0, f32::max);
            assert!(error < 2e-3, "{rate} Hz: {error}");
        }
    }

    #[test]
    fn unusual_rate_is_taken_for_the_nearest_usual_one() {
        assert_eq!([4_000, 11_025, 44_101, 383_987].map(taken_for), [4_000, 11_025, 44_100, 383_975]);
        let samples = resampled(44_101, &tone(44_100, 440.0, 0.5));
        let inner = 800..7_200;
        let expected = tone(SAMPLE_RATE, 440.0, 0.5);
        let errors =
            samples[inner.clone()].iter().zip(&expected[inner]).map(|(one, other)| (one - other).abs());
        assert!(errors.fold(0.0, f32::max) < 2e-3);
        assert_eq!(samples.len(), 8_000);
    }

    #[test]
    fn what_16_khz_cannot_hold_is_gone() {
        let samples = resampled(48_000, &tone(48_000, 11_000.0, 0.5));
        let loudest = samples[800..7_200].iter().fold(0f32, |loudest, sample| loudest.max(sample.abs()));
        assert!(loudest < 1e-3, "{loudest}");
    }
}
