//! From packets to samples.

use ropus::{Channels, DecodeMode, Decoder};
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;

use super::AudioError;

/// Opus counts in this rate, whatever was recorded.
const OPUS_RATE: u32 = 48_000;
/// Samples per channel of the longest Opus packet, 120 ms.
const LONGEST_OPUS_PACKET: usize = 5_760;

/// A decoder with the samples of its last packet.
pub(super) struct Codec {
    kind: Kind,
    planes: Vec<Vec<f32>>,
}

enum Kind {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<Opus>),
}

/// One stream of one or two channels.
struct Opus {
    decoder: Decoder,
    channels: usize,
    gain: f32,
    /// Samples per channel at the beginning that are not yet left out.
    skip: usize,
    interleaved: Vec<f32>,
}

impl Codec {
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self, AudioError> {
        let kind = if params.codec == CODEC_ID_OPUS {
            let head = params.extra_data.as_deref().unwrap_or_default();
            Kind::Opus(Box::new(Opus::new(head).ok_or(AudioError::UnsupportedFormat)?))
        } else {
            let options = AudioDecoderOptions::default();
            let decoder = symphonia::default::get_codecs().make_audio_decoder(params, &options);
            Kind::Symphonia(decoder.map_err(|_| AudioError::UnsupportedFormat)?)
        };
        Ok(Self { kind, planes: Vec::new() })
    }

    /// The rate and the samples of a packet, one vector for each channel; `None` where it is damaged.
    pub(super) fn decode(&mut self, packet: &Packet) -> Option<(u32, &[Vec<f32>])> {
        let rate = match &mut self.kind {
            Kind::Symphonia(decoder) => {
                let decoded = decoder.decode(packet).ok()?;
                decoded.copy_to_vecs_planar(&mut self.planes);
                decoded.spec().rate()
            }
            Kind::Opus(opus) => {
                opus.decode(packet, &mut self.planes)?;
                OPUS_RATE
            }
        };
        Some((rate, &self.planes))
    }
}

impl Opus {
    /// The decoder for a stream with this identification header (RFC 7845, section 5.1): the number of channels in
    /// byte 9, the samples to leave out at the beginning in bytes 10 and 11, the gain in 1/256 dB in bytes 16 and 17, the mapping family in byte 18. Only family 0, mono and
    /// stereo, is read.
    fn new(head: &[u8]) -> Option<Self> {
        let channels = match head.get(9)? {
            1 => Channels::Mono,
            2 => Channels::Stereo,
            _ => return None,
        };
        let skip = u16::from_le_bytes([*head.get(10)?, *head.get(11)?]);
        let gain = i16::from_le_bytes([*head.get(16)?, *head.get(17)?]);
        if *head.get(18)? != 0 {
            return None;
        }
        Some(Self {
            decoder: Decoder::new(OPUS_RATE, channels).ok()?,
            channels: channels.count(),
            skip: usize::from(skip),
            gain: 10f32.powf(f32::from(gain) / 256.0 / 20.0),
            interleaved: vec![0.0; LONGEST_OPUS_PACKET * channels.count()],
        })
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Option<()> {
        // An empty packet would be made up from the one before.
        if packet.data.is_empty() {
            return None;
        }
        let count =
            self.decoder.decode_float(&packet.data, &mut self.interleaved, DecodeMode::Normal).ok()?;
        let start = self.skip.min(count);
        self.skip -= start;
        let end = count.saturating_sub(packet.trim_end.get() as usize).max(start);
        planes.resize(self.channels, Vec::new());
        for (channel, plane) in planes.iter_mut().enumerate() {
            let samples = self.interleaved.iter().skip(channel).step_by(self.channels);
            plane.clear();
            plane.extend(samples.take(end).skip(start).map(|sample| sample * self.gain));
        }
        Some(())
    }
}
