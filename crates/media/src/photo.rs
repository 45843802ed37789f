//! Pixels in memory.

use crate::ImageError;

/// A photo in memory: RGB, interleaved, 8 bits per channel, rows from top to bottom without padding, in the
/// displayed orientation. It has at least one pixel.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbPhoto {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelRect {
    /// The first column.
    pub x: u32,
    /// The first row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl PixelRect {
    /// A rectangle from its corner and extents.
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// The part inside a photo of `width` × `height` pixels; the nearest pixel of the edge where nothing is.
    #[must_use]
    pub fn clipped(self, width: u32, height: u32) -> Self {
        let x = self.x.min(width - 1);
        let y = self.y.min(height - 1);
        let right = self.x.saturating_add(self.width).clamp(x + 1, width);
        let bottom = self.y.saturating_add(self.height).clamp(y + 1, height);
        Self::new(x, y, right - x, bottom - y)
    }
}

impl RgbPhoto {
    /// A photo of `width` × `height` pixels.
    ///
    /// # Errors
    /// [`ImageError::Damaged`] where a side is 0 or `data` has not `width × height × 3` bytes.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, ImageError> {
        let bytes = u64::from(width).checked_mul(u64::from(height)).and_then(|pixels| pixels.checked_mul(3));
        if width == 0 || height == 0 || bytes != Some(data.len() as u64) {
            return Err(ImageError::Damaged);
        }
        Ok(Self { width, height, data })
    }

    /// A photo of one colour; a side of 0 is taken as 1.
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, data: colour.repeat(width as usize * height as usize) }
    }

    /// Pixels that were computed here: the caller has counted them.
    pub(crate) fn from_parts(width: u32, height: u32, data: Vec<u8>) -> Self {
        debug_assert_eq!(data.len(), width as usize * height as usize * 3);
        debug_assert!(!data.is_empty());
        Self { width, height, data }
    }

    /// Columns, at least 1.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows, at least 1.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The longer side in pixels.
    pub fn longer_side(&self) -> u32 {
        self.width.max(self.height)
    }

    /// The whole photo as a rectangle.
    pub const fn bounds(&self) -> PixelRect {
        PixelRect::new(0, 0, self.width, self.height)
    }

    /// All bytes: `(y × width + x) × 3 + channel`.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, writable, for drawing.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// All bytes, without the sides.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }

    /// The colour at column `x`, row `y`; of the nearest pixel where that lies outside.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let (x, y) = (x.min(self.width - 1) as usize, y.min(self.height - 1) as usize);
        let start = (y * self.width as usize + x) * 3;
        [self.data[start], self.data[start + 1], self.data[start + 2]]
    }

    /// The bytes of row `y`, which is below [`Self::height`].
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let stride = self.width as usize * 3;
        &self.data[y * stride..(y + 1) * stride]
    }

    /// A copy of the part that `rect` covers, clipped as [`PixelRect::clipped`] does it.
    #[must_use]
    pub fn crop(&self, rect: PixelRect) -> Self {
        let rect = rect.clipped(self.width, self.height);
        let columns = rect.x as usize * 3..(rect.x + rect.width) as usize * 3;
        let rows = rect.y as usize..(rect.y + rect.height) as usize;
        let mut data = Vec::with_capacity(rect.width as usize * rect.height as usize * 3);
        for y in rows {
            data.extend_from_slice(&self.row(y)[columns.clone()]);
        }
        Self::from_parts(rect.width, rect.height, data)
    }

    /// The mirror image, left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let mut data = Vec::with_capacity(self.data.len());
        for y in 0..self.height as usize {
            data.extend(self.row(y).as_chunks::<3>().0.iter().rev().flatten());
        }
        Self::from_parts(self.width, self.height, data)
    }
}

impl std::fmt::Debug for RgbPhoto {
    /// Sides only: pixels are biometric data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbPhoto({} x {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> RgbPhoto {
        let data = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, (x ^ y) as u8]))
            .collect();
        RgbPhoto::new(width, height, data).unwrap()
    }

    #[test]
    fn photo_refuses_a_wrong_number_of_bytes() {
        assert_eq!(RgbPhoto::new(2, 2, vec![0; 11]), Err(ImageError::Damaged));
        assert_eq!(RgbPhoto::new(0, 2, Vec::new()), Err(ImageError::Damaged));
        assert_eq!(RgbPhoto::new(u32::MAX, u32::MAX, Vec::new()), Err(ImageError::Damaged));
    }

    #[test]
    fn crop_takes_the_pixels_of_the_rectangle() {
        let part = numbered(9, 7).crop(PixelRect::new(2, 3, 4, 2));
        assert_eq!((part.width(), part.height()), (4, 2));
        assert_eq!(part.pixel(0, 0), [2, 3, 1]);
        assert_eq!(part.pixel(3, 1), [5, 4, 1]);
    }

    #[test]
    fn crop_over_the_edge_is_clipped() {
        let photo = numbered(9, 7);
        let part = photo.crop(PixelRect::new(7, 5, 100, u32::MAX));
        assert_eq!((part.width(), part.height()), (2, 2));
        let outside = photo.crop(PixelRect::new(50, 50, 3, 3));
        assert_eq!((outside.width(), outside.height(), outside.pixel(0, 0)), (1, 1, photo.pixel(8, 6)));
    }

    #[test]
    fn mirroring_twice_gives_the_photo() {
        let photo = numbered(5, 4);
        assert_eq!(photo.mirrored().pixel(0, 2), photo.pixel(4, 2));
        assert_eq!(photo.mirrored().mirrored(), photo);
    }

    #[test]
    fn debug_text_shows_no_pixels() {
        assert_eq!(format!("{:?}", numbered(3, 2)), "RgbPhoto(3 x 2)");
    }
}
