//! The measures themselves, on the face within a crop or on a whole photo.
//!
//! The numbers below were chosen on FairFace (2,000 photos) and LFW: see the figures in the documentation of
//! the models.

/// Width and height of a face crop.
pub(super) const FACE_SIDE: usize = 112;

/// Pixels to be measured: some of those of a picture, RGB, 8 bits, row by row.
pub(super) struct Pixels<'a> {
    rgb: &'a [[u8; 3]],
    width: usize,
    /// Which are measured, by index; none within [`MARGIN`] of the edge.
    measured: Vec<usize>,
    /// The colours that are natural.
    natural: NaturalColours,
    /// Differences of brightness between neighbours that are no detail.
    flat: f32,
}

/// Ranges of the mean a* and b* in natural light.
struct NaturalColours {
    a: (f32, f32),
    b: (f32, f32),
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
/// Faces in natural light, of all groups of FairFace.
const SKIN: NaturalColours = NaturalColours { a: (2.0, 28.0), b: (1.0, 34.0) };
/// Photos with faces in natural light: 98 of 100 photos of FairFace.
const SCENE: NaturalColours = NaturalColours { a: (-8.0, 22.0), b: (-14.0, 30.0) };
/// Neighbours in a photo that differ by no more than this are the steps in which eight bits write a smooth area; where a
/// photo is blurred they are most of it, and no blur takes them away.
const FLAT: f32 = 1.5;
/// The distance from natural colours at which a cast is total.
const CAST_LIMIT: f32 = 25.0;
/// How far from the edge of a picture the measured pixels stay: as far as the blur of a pixel's neighbour reaches.
const MARGIN: usize = REBLUR_TAPS / 2 + 1;

impl<'a> Pixels<'a> {
    /// The face within a crop of [`FACE_SIDE`]; `None` where the buffer has another size.
    pub(super) fn of_face(rgb: &'a [u8]) -> Option<Self> {
        let (rgb, rest) = rgb.as_chunks::<3>();
        let is_crop = rest.is_empty() && rgb.len() == FACE_SIDE * FACE_SIDE;
        let measured = || (0..rgb.len()).filter(|index| in_face(*index)).collect();
        is_crop.then(|| Self { rgb, width: FACE_SIDE, measured: measured(), natural: SKIN, flat: 0.0 })
    }

    /// A photo of that width but for its margin; `None` where nothing is left of it.
    pub(super) fn of_photo(rgb: &'a [u8], width: usize) -> Option<Self> {
        let (rgb, _) = rgb.as_chunks::<3>();
        let height = rgb.len().checked_div(width)?;
        let inner = |side: usize| MARGIN..side.saturating_sub(MARGIN - 1);
        let measured: Vec<usize> =
            inner(height).flat_map(|y| inner(width).map(move |x| y * width + x)).collect();
        (!measured.is_empty()).then_some(Self { rgb, width, measured, natural: SCENE, flat: FLAT })
    }

    /// 0 = well lit, 1 = black.
    pub(super) fn underexposure(&self) -> f32 {
        let brightest = self.pixels().map(|pixel| pixel.into_iter().max().unwrap_or(0));
        ramp(f32::from(percentile(brightest, 0.99)), WHITE_LEVEL.0, WHITE_LEVEL.1).powi(2)
    }

    /// 0 = well lit, 1 = burnt out.
    pub(super) fn overexposure(&self) -> f32 {
        let share = |test: fn(&[u8; 3]) -> bool| {
            let hits = self.pixels().filter(test).count();
            hits as f32 / self.measured.len() as f32
        };
        let saturated = share(|pixel| pixel.iter().any(|channel| *channel >= SATURATED));
        let burnt = share(|pixel| luma(*pixel) >= f32::from(SATURATED) - 5.0);
        let median = percentile(self.pixels().map(|pixel| luma(pixel) as u8), 0.5);
        0.5 * ramp(saturated, SATURATED_SHARE.0, SATURATED_SHARE.1)
            + 0.3 * ramp(burnt, BURNT_SHARE.0, BURNT_SHARE.1)
            + 0.2 * ramp(f32::from(median), WASHED_OUT.0, WASHED_OUT.1)
    }

    /// 0 = blurred beyond use, 1 = sharp: how much of the variation between neighbours a blur takes away, in
    /// the worse of the two directions (after Crété-Roffet, Dolmiere, Ladret and Nicolas, 2007).
    pub(super) fn sharpness(&self) -> f32 {
        let luma: Vec<f32> = self.rgb.iter().map(|pixel| luma(*pixel)).collect();
        let lost = self.detail_lost(&luma, 1).min(self.detail_lost(&luma, self.width));
        ramp(lost, DETAIL_LOST.0, DETAIL_LOST.1)
    }

    /// 0 = grey or with a strong cast, 1 = natural colours.
    pub(super) fn color(&self) -> f32 {
        let distance = self.natural.distance(self.mean_lab());
        ramp(self.colorfulness(), COLORFULNESS.0, COLORFULNESS.1) * (1.0 - ramp(distance, 0.0, CAST_LIMIT))
    }

    fn pixels(&self) -> impl Iterator<Item = [u8; 3]> {
        self.measured.iter().map(|&index| self.rgb[index])
    }

    /// The share of the differences between neighbours `stride` pixels apart that a blur along them removes.
    fn detail_lost(&self, luma: &[f32], stride: usize) -> f32 {
        let (mut before, mut lost) = (0.0, 0.0);
        for &index in &self.measured {
            let previous = index - stride;
            let sharp = (luma[index] - luma[previous]).abs();
            if sharp < self.flat {
                continue;
            }
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
        let count = self.measured.len() as f32;
        let sum = self
            .pixels()
            .map(opponents)
            .fold((0.0, 0.0), |sum, (red_green, yellow_blue)| (sum.0 + red_green, sum.1 + yellow_blue));
        let mean = (sum.0 / count, sum.1 / count);
        let squares = self.pixels().map(opponents);
        let variance: f32 =
            squares.map(|(a, b)| (a - mean.0).powi(2) + (b - mean.1).powi(2)).sum::<f32>() / count;
        variance.sqrt() + 0.3 * mean.0.hypot(mean.1)
    }

    /// CIE L*a*b* (D65) of the mean of the pixels' linear light.
    fn mean_lab(&self) -> [f32; 3] {
        let linear: Vec<f32> = (0..=255).map(|value| linear_light(value as f32 / 255.0)).collect();
        let mut sum = [0.0; 3];
        for pixel in self.pixels() {
            for (total, channel) in sum.iter_mut().zip(pixel) {
                *total += linear[usize::from(channel)];
            }
        }
        let count = self.measured.len() as f32;
        lab(sum.map(|total| total / count))
    }
}

/// 0 at or before `from`, 1 at or behind `to`, linear between them; `from` may be the greater.
pub(super) fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn in_face(index: usize) -> bool {
    let side = FACE_SIDE as f32;
    let x = ((index % FACE_SIDE) as f32 + 0.5) / side - 0.5;
    let y = ((index / FACE_SIDE) as f32 + 0.5) / side - ELLIPSE.2;
    (x / ELLIPSE.0).powi(2) + (y / ELLIPSE.1).powi(2) < 1.0
}

/// The mean of the pixels around `index` along `stride`, which must not lie at the edge.
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

impl NaturalColours {
    /// How far a colour lies outside.
    fn distance(&self, [_, a, b]: [f32; 3]) -> f32 {
        let outside = |value: f32, (low, high): (f32, f32)| (low - value).max(value - high).max(0.0);
        outside(a, self.a).hypot(outside(b, self.b))
    }
}

#[cfg(test)]
mod tests;
