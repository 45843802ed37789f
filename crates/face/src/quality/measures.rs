//! The measures themselves, on the face within a crop.
//!
//! The numbers below were chosen on FairFace (2,000 photos) and LFW: see the figures in the documentation of
//! the models.

/// Pixels of a face crop: RGB, 8 bits, row by row.
pub(super) struct FacePixels<'a> {
    rgb: &'a [[u8; 3]],
}

/// Half axes of the ellipse that holds the face, and the row of its centre, in shares of the side.
const ELLIPSE: (f32, f32, f32) = (0.36, 0.40, 0.58);
/// White level (the 99th percentile of the brightest channel) of a face that is lit well enough, and of one in
/// which nothing can be seen. Highlights, eyes and teeth are bright in well lit faces of every skin colour,
/// where the median would call dark skin underexposed.
const WHITE_LEVEL: (f32, f32) = (180.0, 30.0);
/// A channel at or above this has lost detail.
const SATURATED: u8 = 250;
/// Shares of the face with a saturated channel, and with all detail lost, that count as none and as complete.
const SATURATED_SHARE: (f32, f32) = (0.05, 0.8);
const BURNT_SHARE: (f32, f32) = (0.0, 0.5);
/// Median luma from which a face is washed out, and completely so.
const WASHED_OUT: (f32, f32) = (170.0, 245.0);
/// Taps of the blur that tells how much detail there was to lose.
const REBLUR_TAPS: usize = 5;
/// Share of detail lost to that blur in photos blurred beyond use, and in the sharpest tenth.
const DETAIL_LOST: (f32, f32) = (0.08, 0.38);
/// Colourfulness of grey photos, and of ninety-nine in a hundred of colour photos.
const COLORFULNESS: (f32, f32) = (4.0, 22.0);
/// Ranges of the mean a* and b* of faces in natural light (of all groups of FairFace), and the distance from
/// them at which a cast is total.
const SKIN_A: (f32, f32) = (2.0, 28.0);
const SKIN_B: (f32, f32) = (1.0, 34.0);
const CAST_LIMIT: f32 = 25.0;

impl<'a> FacePixels<'a> {
    /// Width and height of the crop.
    pub(super) const SIDE: usize = 112;

    /// The crop's pixels; `None` where the buffer has another size.
    pub(super) fn new(rgb: &'a [u8]) -> Option<Self> {
        let (rgb, rest) = rgb.as_chunks::<3>();
        (rest.is_empty() && rgb.len() == Self::SIDE * Self::SIDE).then_some(Self { rgb })
    }

    /// 0 = well lit, 1 = black.
    pub(super) fn underexposure(&self) -> f32 {
        let brightest = self.face().map(|(_, pixel)| pixel.into_iter().max().unwrap_or(0));
        ramp(f32::from(percentile(brightest, 0.99)), WHITE_LEVEL.0, WHITE_LEVEL.1).powi(2)
    }

    /// 0 = well lit, 1 = burnt out.
    pub(super) fn overexposure(&self) -> f32 {
        let share = |test: fn(&[u8; 3]) -> bool| {
            let hits = self.face().filter(|(_, pixel)| test(pixel)).count();
            hits as f32 / self.face().count() as f32
        };
        let saturated = share(|pixel| pixel.iter().any(|channel| *channel >= SATURATED));
        let burnt = share(|pixel| luma(*pixel) >= f32::from(SATURATED) - 5.0);
        let median = percentile(self.face().map(|(_, pixel)| luma(pixel) as u8), 0.5);
        0.5 * ramp(saturated, SATURATED_SHARE.0, SATURATED_SHARE.1)
            + 0.3 * ramp(burnt, BURNT_SHARE.0, BURNT_SHARE.1)
            + 0.2 * ramp(f32::from(median), WASHED_OUT.0, WASHED_OUT.1)
    }

    /// 0 = blurred beyond use, 1 = sharp: how much of the variation between neighbours a blur takes away, in
    /// the worse of the two directions (after Crété-Roffet, Dolmiere, Ladret and Nicolas, 2007).
    pub(super) fn sharpness(&self) -> f32 {
        let luma: Vec<f32> = self.rgb.iter().map(|pixel| luma(*pixel)).collect();
        let lost = self.detail_lost(&luma, 1).min(self.detail_lost(&luma, Self::SIDE));
        ramp(lost, DETAIL_LOST.0, DETAIL_LOST.1)
    }

    /// 0 = grey or with a strong cast, 1 = natural colours.
    pub(super) fn color(&self) -> f32 {
        let distance = cast(self.mean_lab());
        ramp(self.colorfulness(), COLORFULNESS.0, COLORFULNESS.1) * (1.0 - ramp(distance, 0.0, CAST_LIMIT))
    }

    /// The pixels of the face with their indices.
    fn face(&self) -> impl Iterator<Item = (usize, [u8; 3])> {
        self.rgb.iter().copied().enumerate().filter(|(index, _)| in_face(*index))
    }

    /// The share of the differences between neighbours `stride` pixels apart that a blur along them removes.
    fn detail_lost(&self, luma: &[f32], stride: usize) -> f32 {
        let (mut before, mut lost) = (0.0, 0.0);
        for (index, _) in self.face() {
            let previous = index - stride;
            let sharp = (luma[index] - luma[previous]).abs();
            let blurred = (reblurred(luma, index, stride) - reblurred(luma, previous, stride)).abs();
            before += sharp;
            lost += (sharp - blurred).max(0.0);
        }
        if before > 0.0 { lost / before } else { 0.0 }
    }

    /// Spread and strength of the opponent colours (after Hasler and Süsstrunk, 2003).
    fn colorfulness(&self) -> f32 {
        let opponents = |pixel: [u8; 3]| {
            let [red, green, blue] = pixel.map(f32::from);
            (red - green, f32::midpoint(red, green) - blue)
        };
        let count = self.face().count() as f32;
        let sum = self
            .face()
            .map(|(_, pixel)| opponents(pixel))
            .fold((0.0, 0.0), |sum, (red_green, yellow_blue)| (sum.0 + red_green, sum.1 + yellow_blue));
        let mean = (sum.0 / count, sum.1 / count);
        let squares = self.face().map(|(_, pixel)| opponents(pixel));
        let variance: f32 =
            squares.map(|(a, b)| (a - mean.0).powi(2) + (b - mean.1).powi(2)).sum::<f32>() / count;
        variance.sqrt() + 0.3 * mean.0.hypot(mean.1)
    }

    /// CIE L*a*b* (D65) of the mean of the face's linear light.
    fn mean_lab(&self) -> [f32; 3] {
        let linear: Vec<f32> = (0..=255).map(|value| linear_light(value as f32 / 255.0)).collect();
        let mut sum = [0.0; 3];
        for (_, pixel) in self.face() {
            for (total, channel) in sum.iter_mut().zip(pixel) {
                *total += linear[usize::from(channel)];
            }
        }
        let count = self.face().count() as f32;
        lab(sum.map(|total| total / count))
    }
}

/// 0 at or before `from`, 1 at or behind `to`, linear between them; `from` may be the greater.
pub(super) fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn in_face(index: usize) -> bool {
    let side = FacePixels::SIDE as f32;
    let x = ((index % FacePixels::SIDE) as f32 + 0.5) / side - 0.5;
    let y = ((index / FacePixels::SIDE) as f32 + 0.5) / side - ELLIPSE.2;
    (x / ELLIPSE.0).powi(2) + (y / ELLIPSE.1).powi(2) < 1.0
}

/// The mean of the pixels around `index` along `stride`. The ellipse keeps clear of the crop's edge.
fn reblurred(luma: &[f32], index: usize, stride: usize) -> f32 {
    let first = index.saturating_sub(REBLUR_TAPS / 2 * stride);
    let taps = luma.iter().skip(first).step_by(stride).take(REBLUR_TAPS);
    taps.sum::<f32>() / REBLUR_TAPS as f32
}

/// ITU-R BT.601 luma, 0..=255.
fn luma([red, green, blue]: [u8; 3]) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

/// The value below or at which `share` of the values lie.
fn percentile(values: impl Iterator<Item = u8>, share: f32) -> u8 {
    let mut counts = [0usize; 256];
    values.for_each(|value| counts[usize::from(value)] += 1);
    let wanted = (counts.iter().sum::<usize>() as f32 * share) as usize;
    let mut below = 0;
    let found = counts.iter().position(|count| {
        below += count;
        below > wanted
    });
    found.map_or(255, |value| value as u8)
}

/// sRGB to linear light, both 0..=1.
fn linear_light(value: f32) -> f32 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// L*a*b* of linear sRGB.
fn lab([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505;
    let y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089;
    let [fx, fy, fz] =
        [x, y, z].map(|part| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 });
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

/// How far a colour lies outside the range of skin in natural light.
fn cast([_, a, b]: [f32; 3]) -> f32 {
    let outside = |value: f32, (low, high): (f32, f32)| (low - value).max(value - high).max(0.0);
    outside(a, SKIN_A).hypot(outside(b, SKIN_B))
}

#[cfg(test)]
mod tests;
