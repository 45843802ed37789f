//! Bytes to bounded samples: recordings are decoded under limits, their channels averaged, and brought to 16 kHz.

mod codec;
mod format;
mod resample;

pub use format::AudioFormat;

use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::packet::Packet;

use codec::Codec;
use resample::Resampler;

/// Samples per second of every [`AudioClip`].
pub const SAMPLE_RATE: u32 = 16_000;

/// Sample rates that are read, in Hz: from telephones to studios.
const SOURCE_RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// More channels than this belong to no recording of a voice: those of 7.1 surround.
const MOST_CHANNELS: usize = 8;
/// From this value on a sample counts as full scale: 0.1 dB below it, room for the rounding of lossy formats.
const FULL_SCALE: f32 = 0.988;
/// A file may lack this much of what its header promises, in seconds: writers disagree about padding.
const MISSING_SECONDS: f64 = 0.1;

/// How much audio is decoded at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AudioLimits {
    /// The file's size.
    pub max_bytes: u64,
    /// The recording's length, whatever its rate.
    pub max_seconds: f64,
}

impl Default for AudioLimits {
    /// 120 seconds, and the size of as much 24-bit stereo at 48 kHz.
    fn default() -> Self {
        Self { max_bytes: 36 << 20, max_seconds: 120.0 }
    }
}

/// One channel of sound, 16,000 samples per second.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioClip {
    /// The samples, each from −1 to 1 but for what resampling adds at the edges of clipped ones.
    pub samples: Vec<f32>,
    /// The share of the file's moments at which a channel is at full scale, 0..=1: clipping.
    pub full_scale_share: f32,
}

impl AudioClip {
    /// The length in seconds.
    pub fn seconds(&self) -> f32 {
        self.samples.len() as f32 / SAMPLE_RATE as f32
    }
}

/// Why bytes give no samples. No variant carries content of the recording.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// There are no bytes, or the file holds no samples.
    #[error("the recording is empty")]
    Empty,
    /// There are more bytes than allowed.
    #[error("the recording has {bytes} bytes, more than the {max_bytes} allowed")]
    TooManyBytes {
        /// The file's size.
        bytes: u64,
        /// The most bytes allowed.
        max_bytes: u64,
    },
    /// The bytes are no audio, or of a format, codec, rate or number of channels that is not read here.
    #[error("the audio format is not supported")]
    UnsupportedFormat,
    /// The recording is longer than allowed.
    #[error("the recording is longer than the {max_seconds} seconds allowed")]
    TooLong {
        /// The most seconds allowed.
        max_seconds: f64,
    },
    /// The file ends before what its header promises.
    #[error("the recording is incomplete")]
    Truncated,
    /// The bytes are damaged.
    #[error("the recording is damaged")]
    Damaged,
}

/// Decodes a WAV, OGG (Vorbis, Opus), FLAC or MP3 file of 4 to 384 kHz, averages its channels and resamples it to
/// [`SAMPLE_RATE`].
///
/// Memory is bounded by the limits: a header that promises too much is refused before anything is decoded, and
/// decoding ends where the limit is passed. A cut OGG or MP3 file, made to be cut, is read as far as it goes.
///
/// # Errors
/// [`AudioError`].
pub fn decode_audio(bytes: &[u8], limits: &AudioLimits) -> Result<AudioClip, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    let size = bytes.len() as u64;
    if size > limits.max_bytes {
        return Err(AudioError::TooManyBytes { bytes: size, max_bytes: limits.max_bytes });
    }
    let format = AudioFormat::of(bytes).ok_or(AudioError::UnsupportedFormat)?;
    // A decoder that panics has met bytes that it does not understand.
    catch_unwind(AssertUnwindSafe(|| read_whole(format, bytes, limits))).unwrap_or(Err(AudioError::Damaged))
}

fn read_whole(format: AudioFormat, bytes: &[u8], limits: &AudioLimits) -> Result<AudioClip, AudioError> {
    let mut reader = format.open(bytes)?;
    let track = reader.default_track(TrackType::Audio).ok_or(AudioError::UnsupportedFormat)?;
    let id = track.id;
    let mut source = Source::new(track, format.declares_exact_length(), limits)?;
    source.read(reader.as_mut(), id)?;
    source.finish()
}

/// The decoding of one track.
struct Source {
    codec: Codec,
    mix: Mix,
    /// Samples per channel that the header promises, where it promises some and means it.
    promised: Option<u64>,
    rate: u32,
    decoded: usize,
    damaged: usize,
}

impl Source {
    fn new(track: &Track, is_exact: bool, limits: &AudioLimits) -> Result<Self, AudioError> {
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = params.ok_or(AudioError::UnsupportedFormat)?;
        let rate = params.sample_rate.filter(|rate| SOURCE_RATES.contains(rate));
        let rate = rate.ok_or(AudioError::UnsupportedFormat)?;
        if params.channels.as_ref().is_some_and(|channels| channels.count() > MOST_CHANNELS) {
            return Err(AudioError::UnsupportedFormat);
        }
        let max_frames = (limits.max_seconds * f64::from(rate)) as u64;
        let promised = track.num_frames.filter(|_| is_exact);
        if promised.is_some_and(|frames| frames > max_frames) {
            return Err(AudioError::TooLong { max_seconds: limits.max_seconds });
        }
        Ok(Self {
            codec: Codec::new(params)?,
            mix: Mix {
                resampler: Resampler::new(rate)?,
                max_frames,
                max_seconds: limits.max_seconds,
                frames: 0,
                at_full_scale: 0,
                mono: Vec::new(),
            },
            promised,
            rate,
            decoded: 0,
            damaged: 0,
        })
    }

    /// Decodes the packets of track `id`. Of a chain of streams the first is what is heard.
    fn read(&mut self, reader: &mut dyn FormatReader, id: u32) -> Result<(), AudioError> {
        loop {
            match reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == id => self.decode(&packet)?,
                Ok(Some(_)) => {}
                Ok(None) | Err(Error::ResetRequired) => return Ok(()),
                Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(());
                }
                Err(_) => return Err(AudioError::Damaged),
            }
        }
    }

    /// Decodes one packet; a damaged one is left out.
    fn decode(&mut self, packet: &Packet) -> Result<(), AudioError> {
        match self.codec.decode(packet) {
            Some((rate, planes)) if rate == self.rate => {
                self.decoded += 1;
                self.mix.push(planes)
            }
            _ => {
                self.damaged += 1;
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<AudioClip, AudioError> {
        if self.damaged > self.decoded {
            return Err(AudioError::Damaged);
        }
        let missing = self.promised.map_or(0, |promised| promised.saturating_sub(self.mix.frames));
        if missing as f64 > MISSING_SECONDS * f64::from(self.rate) {
            return Err(AudioError::Truncated);
        }
        self.mix.finish()
    }
}

/// Averages channels, counts samples at full scale and hands the rest on.
struct Mix {
    resampler: Resampler,
    max_frames: u64,
    max_seconds: f64,
    frames: u64,
    at_full_scale: u64,
    mono: Vec<f32>,
}

impl Mix {
    /// Takes samples, one slice for each channel, all of one length.
    fn push(&mut self, planes: &[Vec<f32>]) -> Result<(), AudioError> {
        let Some(first) = planes.first().filter(|first| !first.is_empty()) else { return Ok(()) };
        self.frames += first.len() as u64;
        if self.frames > self.max_frames {
            return Err(AudioError::TooLong { max_seconds: self.max_seconds });
        }
        let share = 1.0 / planes.len() as f32;
        self.mono.clear();
        for at in 0..first.len() {
            let (mut sum, mut is_full) = (0.0, false);
            for plane in planes {
                let value = plane.get(at).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
                is_full |= value.abs() >= FULL_SCALE;
                sum += value.clamp(-1.0, 1.0);
            }
            self.at_full_scale += u64::from(is_full);
            self.mono.push(sum * share);
        }
        self.resampler.push(&self.mono)
    }

    fn finish(self) -> Result<AudioClip, AudioError> {
        if self.frames == 0 {
            return Err(AudioError::Empty);
        }
        let full_scale_share = (self.at_full_scale as f64 / self.frames as f64) as f32;
        Ok(AudioClip { samples: self.resampler.finish()?, full_scale_share })
    }
}
