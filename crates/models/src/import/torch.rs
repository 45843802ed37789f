//! PyTorch checkpoints, read without executing anything.
//!
//! Read is the older form of checkpoint, in which pickles and the bare numbers follow each other: a fixed
//! head, a description of the writing machine, the pickled object, the list of storages, and then each
//! storage as its length (64 bits, little-endian) and its numbers. The object's tensors are windows into
//! the storages.

mod checkpoint;
mod cursor;
mod pickle;
mod voice_encoder;

#[cfg(test)]
mod fixtures;

pub use checkpoint::read_checkpoint;
pub use voice_encoder::import_voice_encoder;

/// A tensor of a checkpoint, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct TorchTensor {
    /// Length of each axis; empty for a scalar.
    pub shape: Vec<usize>,
    /// The numbers; 16- and 64-bit floats are converted.
    pub data: Vec<f32>,
}
