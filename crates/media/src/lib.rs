//! Bytes to bounded pixels: photos are decoded under limits, turned upright, resized and warped.

mod error;

pub use error::ImageError;
