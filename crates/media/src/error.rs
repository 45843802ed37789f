//! Why bytes are no photo.

/// Why a photo could not be read. No variant carries content of the photo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// There are no bytes.
    #[error("the image is empty")]
    Empty,
    /// There are more bytes than allowed.
    #[error("the image has {bytes} bytes, more than the {max_bytes} allowed")]
    TooManyBytes {
        /// The file's size.
        bytes: u64,
        /// The most bytes allowed.
        max_bytes: u64,
    },
    /// The bytes are of no format that is read here.
    #[error("the image format is not supported")]
    UnsupportedFormat,
    /// The header promises more pixels than allowed.
    #[error("the image has {width} x {height} pixels, more than the {max_pixels} allowed")]
    TooLarge {
        /// Width as the header says it.
        width: u32,
        /// Height as the header says it.
        height: u32,
        /// The most pixels allowed.
        max_pixels: u64,
    },
    /// The header promises a side longer than allowed.
    #[error("the image has {width} x {height} pixels, a side of more than the {max_side} allowed")]
    TooLong {
        /// Width as the header says it.
        width: u32,
        /// Height as the header says it.
        height: u32,
        /// The longest side allowed.
        max_side: u32,
    },
    /// The bytes are damaged or cut short.
    #[error("the image is damaged or incomplete")]
    Damaged,
    /// The photo is larger than the format to write can hold.
    #[error("the image of {width} x {height} pixels could not be encoded")]
    Encode {
        /// The photo's width.
        width: u32,
        /// The photo's height.
        height: u32,
    },
}
