//! Bytes to bounded pixels: photos are decoded under limits, turned upright, resized and warped; and bytes to bounded
//! samples: recordings.
//!
//! **Coordinates.** Everywhere in this crate the origin is the top left *corner* of the photo as it is displayed
//! (after the EXIF orientation), x to the right, y down, in pixels: pixel (i, j) covers the square from (i, j)
//! to (i + 1, j + 1) and its centre is (i + ½, j + ½). Resizing is therefore a pure multiplication of
//! coordinates. Recipes that count from pixel centres are taken over with
//! [`SimilarityTransform::from_pixel_indices`].

mod audio;
mod decode;
mod encode;
mod error;
mod letterbox;
mod pack;
mod photo;
mod resize;
mod similarity;
mod warp;

pub use audio::{AudioClip, AudioError, AudioFormat, AudioLimits, SAMPLE_RATE, decode_audio};
pub use decode::{DecodeLimits, ImageFormat, ImageHeader, decode, probe};
pub use encode::{encode_jpeg, encode_png};
pub use error::ImageError;
pub use letterbox::{Mapping, Placement, letterbox, letterbox_region};
pub use pack::{ChannelOrder, Normalization, to_planar, to_planar_grey};
pub use photo::{PixelRect, RgbPhoto};
pub use resize::{Filter, resize, resize_region};
pub use similarity::SimilarityTransform;
pub use warp::{Border, warp_bilinear, warp_similarity};
