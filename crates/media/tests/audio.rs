//! Recordings of every format, good, bad and too long. The files in `audio/` are half a second of a tone of 440 Hz,
//! written by ffmpeg.

use proptest::prelude::*;
use vultus_media::{AudioClip, AudioError, AudioFormat, AudioLimits, SAMPLE_RATE, decode_audio};

const FLAC: &[u8] = include_bytes!("audio/tone.flac");
const MP3: &[u8] = include_bytes!("audio/tone.mp3");
const VORBIS: &[u8] = include_bytes!("audio/tone-vorbis.ogg");
const OPUS: &[u8] = include_bytes!("audio/tone-opus.ogg");
const OPUS_VOIP: &[u8] = include_bytes!("audio/tone-opus-voip.ogg");

const PCM: u16 = 1;
const FLOAT: u16 = 3;

/// What a WAV file says of its samples.
#[derive(Clone, Copy)]
struct Layout {
    tag: u16,
    bits: u16,
    rate: u32,
    channels: u16,
}

const SPEECH: Layout = Layout { tag: PCM, bits: 16, rate: SAMPLE_RATE, channels: 1 };

fn wav(layout: Layout, data: &[u8]) -> Vec<u8> {
    wav_of_size(layout, data, data.len() as u32)
}

fn wav_of_size(layout: Layout, data: &[u8], size: u32) -> Vec<u8> {
    let Layout { tag, bits, rate, channels } = layout;
    let block = channels * bits / 8;
    let mut file = b"RIFF".to_vec();
    file.extend(size.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend([tag, channels].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(block)).to_le_bytes());
    file.extend([block, bits].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}

fn tone(rate: u32, seconds: f64) -> impl Iterator<Item = f64> {
    let step = 440.0 * std::f64::consts::TAU / f64::from(rate);
    (0..(seconds * f64::from(rate)) as u32).map(move |index| 0.25 * (f64::from(index) * step).sin())
}

fn decoded(file: &[u8]) -> Result<AudioClip, AudioError> {
    decode_audio(file, &AudioLimits::default())
}

/// The amplitude of the tone of 440 Hz in the middle of the samples, and the level of everything else.
fn tone_and_rest(samples: &[f32]) -> (f64, f64) {
    // 100 periods of the tone, to a third of a sample.
    let middle = &samples[samples.len() / 4..][..3_636];
    let step = 440.0 * std::f64::consts::TAU / f64::from(SAMPLE_RATE);
    let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
    for (index, &sample) in middle.iter().enumerate() {
        let (sin, cos) = (index as f64 * step).sin_cos();
        sine += f64::from(sample) * sin;
        cosine += f64::from(sample) * cos;
        power += f64::from(sample) * f64::from(sample);
    }
    let count = middle.len() as f64;
    let amplitude = 2.0 * sine.hypot(cosine) / count;
    (amplitude, (power / count - amplitude * amplitude / 2.0).max(0.0).sqrt())
}

#[test]
fn every_format_gives_the_tone_that_was_recorded() {
    let files = [("flac", FLAC), ("mp3", MP3), ("vorbis", VORBIS), ("opus", OPUS), ("opus voip", OPUS_VOIP)];
    for (name, file) in files {
        let clip = decoded(file).unwrap();
        assert!((clip.seconds() - 0.5).abs() < 0.06, "{name}: {} s", clip.seconds());
        let (amplitude, rest) = tone_and_rest(&clip.samples);
        let is_same = (amplitude - 0.25).abs() < 0.02 && rest < 0.01;
        assert!(is_same, "{name}: amplitude {amplitude}, rest {rest}");
        assert_eq!(clip.full_scale_share, 0.0, "{name}");
    }
    assert_eq!(decoded(FLAC).unwrap().samples.len(), 8_000);
    assert_eq!(decoded(OPUS).unwrap().samples.len(), 8_000, "what the encoder put before and behind is gone");
}

#[test]
fn every_width_of_samples_is_read() {
    let whole = |bits: u32| move |value: f64| (value * f64::from(1u32 << (bits - 1))) as i32;
    let bytes = |tag, bits, write: &dyn Fn(f64) -> Vec<u8>| {
        let layout = Layout { tag, bits, ..SPEECH };
        wav(layout, &tone(SAMPLE_RATE, 0.5).flat_map(write).collect::<Vec<u8>>())
    };
    let files = [
        bytes(PCM, 8, &|value| vec![(value * 128.0 + 128.0) as u8]),
        bytes(PCM, 16, &|value| whole(16)(value).to_le_bytes()[..2].to_vec()),
        bytes(PCM, 24, &|value| whole(24)(value).to_le_bytes()[..3].to_vec()),
        bytes(PCM, 32, &|value| whole(32)(value).to_le_bytes().to_vec()),
        bytes(FLOAT, 32, &|value| (value as f32).to_le_bytes().to_vec()),
        bytes(FLOAT, 64, &|value| value.to_le_bytes().to_vec()),
    ];
    for (index, file) in files.iter().enumerate() {
        let clip = decoded(file).unwrap();
        assert_eq!(clip.samples.len(), 8_000, "{index}");
        let (amplitude, rest) = tone_and_rest(&clip.samples);
        assert!((amplitude - 0.25).abs() < 1e-3 && rest < 5e-3, "{index}: {amplitude} {rest}");
    }
}

fn sixteen_bits(values: impl Iterator<Item = f64>) -> Vec<u8> {
    values.flat_map(|value| ((value * 32_767.0) as i16).to_le_bytes()).collect()
}

#[test]
fn channels_are_averaged() {
    let opposite = sixteen_bits(tone(SAMPLE_RATE, 0.5).flat_map(|value| [value, -value]));
    let clip = decoded(&wav(Layout { channels: 2, ..SPEECH }, &opposite)).unwrap();
    assert!(clip.samples.len() == 8_000 && clip.samples.iter().all(|sample| sample.abs() < 1e-4));
    let one_sided = sixteen_bits(tone(SAMPLE_RATE, 0.5).flat_map(|value| [value, 0.0]));
    let clip = decoded(&wav(Layout { channels: 2, ..SPEECH }, &one_sided)).unwrap();
    assert!((tone_and_rest(&clip.samples).0 - 0.125).abs() < 1e-3);
}

#[test]
fn full_scale_is_counted_in_every_channel() {
    let clipped = sixteen_bits((0..8_000).flat_map(|index| [0.1, if index < 400 { 1.0 } else { 0.1 }]));
    let clip = decoded(&wav(Layout { channels: 2, ..SPEECH }, &clipped)).unwrap();
    assert!((clip.full_scale_share - 0.05).abs() < 1e-6);
}

#[test]
fn numbers_that_are_none_are_silence() {
    let data: Vec<u8> =
        [f32::NAN, f32::INFINITY, 0.5].repeat(100).iter().flat_map(|v| v.to_le_bytes()).collect();
    let clip = decoded(&wav(Layout { tag: FLOAT, bits: 32, ..SPEECH }, &data)).unwrap();
    assert_eq!(clip.samples[..3], [0.0, 0.0, 0.5]);
}

#[test]
fn what_is_no_recording_is_refused_by_kind() {
    let data = sixteen_bits(tone(SAMPLE_RATE, 0.5));
    let limits = AudioLimits { max_bytes: 100, ..AudioLimits::default() };
    let too_many = AudioError::TooManyBytes { bytes: FLAC.len() as u64, max_bytes: 100 };
    assert_eq!(decode_audio(FLAC, &limits), Err(too_many));
    for (bytes, error) in [
        (Vec::new(), AudioError::Empty),
        (wav(SPEECH, &[]), AudioError::Empty),
        (b"\x89PNG\r\n\x1a\n".to_vec(), AudioError::UnsupportedFormat),
        (b"voice".to_vec(), AudioError::UnsupportedFormat),
        (wav(Layout { rate: 3_999, ..SPEECH }, &data), AudioError::UnsupportedFormat),
        (wav(Layout { rate: 400_000, ..SPEECH }, &data), AudioError::UnsupportedFormat),
        (wav(Layout { channels: 16, ..SPEECH }, &data), AudioError::UnsupportedFormat),
        (wav(Layout { tag: 0x55, ..SPEECH }, &data), AudioError::UnsupportedFormat),
    ] {
        assert_eq!(decoded(&bytes), Err(error), "{} bytes", bytes.len());
    }
}

#[test]
fn recording_longer_than_allowed_is_refused() {
    let limits = AudioLimits { max_seconds: 0.2, ..AudioLimits::default() };
    for file in [FLAC, MP3, VORBIS, OPUS] {
        assert_eq!(decode_audio(file, &limits), Err(AudioError::TooLong { max_seconds: 0.2 }));
    }
    let promise = wav_of_size(SPEECH, &[0; 100], 121 * 2 * SAMPLE_RATE);
    assert_eq!(decoded(&promise), Err(AudioError::TooLong { max_seconds: 120.0 }), "by the header alone");
}

#[test]
fn cut_files_are_incomplete_and_cut_streams_are_shorter() {
    let file = wav(SPEECH, &sixteen_bits(tone(SAMPLE_RATE, 0.5)));
    assert_eq!(decoded(&file[..file.len() / 2]), Err(AudioError::Truncated));
    assert_eq!(decoded(&FLAC[..FLAC.len() / 2]), Err(AudioError::Truncated));
    let clip = decoded(&MP3[..MP3.len() / 2]).unwrap();
    assert!(clip.seconds() > 0.1 && clip.seconds() < 0.4, "{}", clip.seconds());
}

/// Dependencies are tested with checked arithmetic, in which the product of these two overflows.
#[test]
fn header_of_too_many_channels_and_bits_is_damage() {
    let mut file = wav(SPEECH, &sixteen_bits(tone(SAMPLE_RATE, 0.1)));
    file[22..24].copy_from_slice(&u16::MAX.to_le_bytes());
    file[34..36].copy_from_slice(&32u16.to_le_bytes());
    assert_eq!(decoded(&file), Err(AudioError::Damaged));
}

#[test]
fn recording_of_unknown_length_is_read_to_its_end() {
    let data = sixteen_bits(tone(SAMPLE_RATE, 0.5));
    let clip = decoded(&wav_of_size(SPEECH, &data, u32::MAX)).unwrap();
    assert_eq!(clip.samples.len(), 8_000);
}

#[test]
fn no_prefix_of_a_file_breaks_the_decoder() {
    for file in [FLAC, MP3, VORBIS, OPUS] {
        for length in (0..file.len()).step_by(97) {
            if let Ok(clip) = decoded(&file[..length]) {
                assert!(clip.seconds() < 0.6, "{length}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_damage_breaks_the_decoder(
        which in 0usize..6,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let whole = wav(SPEECH, &sixteen_bits(tone(SAMPLE_RATE, 0.1)));
        let mut file = [FLAC, MP3, VORBIS, OPUS, OPUS_VOIP, &whole][which].to_vec();
        for (place, value) in damage {
            let at = place.index(file.len());
            file[at] = value;
        }
        prop_assert!(AudioFormat::of(&file).is_some() || decoded(&file).is_err());
        if let Ok(clip) = decoded(&file) {
            prop_assert!(clip.seconds() <= 120.1 && clip.samples.iter().all(|sample| sample.is_finite()));
        }
    }
}
