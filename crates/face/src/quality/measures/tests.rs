use proptest::prelude::*;

use super::*;

const SIDE: usize = FACE_SIDE;

/// A crop whose pixel (x, y) has the colour that `paint` gives.
fn painted(paint: impl Fn(usize, usize) -> [f32; 3]) -> Vec<u8> {
    let pixels = (0..SIDE * SIDE).map(|index| paint(index % SIDE, index / SIDE));
    pixels.flat_map(|pixel| pixel.map(|value| value.clamp(0.0, 255.0) as u8)).collect()
}

/// Something with the light and detail of a face: skin with texture, brighter in the middle, with dark eyes.
fn face() -> Vec<u8> {
    painted(|x, y| {
        let distance = (x as f32 - 56.0).hypot(y as f32 - 65.0) / 60.0;
        let wave = |size: f32, pace: f32| size * (x as f32 * pace).sin() * (y as f32 * pace).cos();
        let texture = wave(15.0, 0.3) + wave(1.5, 1.5);
        let eye = (x as f32 - 56.0).abs() > 12.0 && (x as f32 - 56.0).abs() < 30.0 && (36..44).contains(&y);
        let light = if eye { 0.35 } else { 1.0 - 0.35 * distance };
        [205.0 * light + texture, 150.0 * light + texture, 120.0 * light + texture]
    })
}

fn mapped(crop: &[u8], change: impl Fn(f32) -> f32) -> Vec<u8> {
    crop.iter().map(|value| change(f32::from(*value)).clamp(0.0, 255.0) as u8).collect()
}

/// The mean of each 3 × 3 neighbourhood.
fn blurred(crop: &[u8]) -> Vec<u8> {
    let at = |x: usize, y: usize, channel: usize| {
        u32::from(crop[(y.min(SIDE - 1) * SIDE + x.min(SIDE - 1)) * 3 + channel])
    };
    let mean = |x: usize, y: usize, channel: usize| {
        let offsets = (0..9).map(|step| ((x + step % 3).saturating_sub(1), (y + step / 3).saturating_sub(1)));
        (offsets.map(|(x, y)| at(x, y, channel)).sum::<u32>() / 9) as f32
    };
    painted(|x, y| [mean(x, y, 0), mean(x, y, 1), mean(x, y, 2)])
}

/// Every channel moved towards the luma by `share`.
fn faded(crop: &[u8], share: f32) -> Vec<u8> {
    let fade =
        |pixel: &[u8; 3]| pixel.map(|value| (f32::from(value) * (1.0 - share) + luma(*pixel) * share) as u8);
    crop.as_chunks::<3>().0.iter().flat_map(fade).collect()
}

fn measures(crop: &[u8]) -> [f32; 4] {
    let pixels = Pixels::of_face(crop).unwrap();
    [pixels.underexposure(), pixels.overexposure(), pixels.sharpness(), pixels.color()]
}

#[test]
fn well_lit_face_is_neither_dark_nor_burnt_and_has_natural_colours() {
    let [under, over, sharpness, color] = measures(&face());
    assert!(under < 0.05 && over < 0.05, "{under} {over}");
    assert!(sharpness > 0.4, "{sharpness}");
    assert!(color > 0.9, "{color}");
}

#[test]
fn darkening_raises_underexposure_step_by_step() {
    let steps =
        [1.0, 0.7, 0.5, 0.3, 0.1, 0.0].map(|light| measures(&mapped(&face(), |value| value * light))[0]);
    assert!(steps.is_sorted(), "{steps:?}");
    assert!(steps[3] > 0.3 && steps[5] == 1.0, "{steps:?}");
}

#[test]
fn brightening_raises_overexposure_step_by_step() {
    let steps =
        [1.0, 1.2, 1.4, 1.8, 2.5, 9.0].map(|light| measures(&mapped(&face(), |value| value * light))[1]);
    assert!(steps.is_sorted(), "{steps:?}");
    assert!(steps[2] > 0.05 && steps[5] > 0.95, "{steps:?}");
}

#[test]
fn dark_skin_with_highlights_is_not_underexposed() {
    // Median luma about 60, as of a dark face in good light.
    let dark_skin = mapped(&face(), |value| value * 0.45);
    let mut lit = dark_skin.clone();
    for pixel in lit.as_chunks_mut::<3>().0.iter_mut().skip(SIDE * 50).step_by(40) {
        *pixel = [190, 185, 180];
    }
    assert!(measures(&lit)[0] < 0.02, "{}", measures(&lit)[0]);
    assert!(measures(&dark_skin)[0] > 0.1);
}

#[test]
fn blurring_lowers_sharpness_step_by_step() {
    let once = blurred(&face());
    let often = blurred(&blurred(&blurred(&once)));
    let steps = [face(), once, often].map(|crop| measures(&crop)[2]);
    assert!(steps.is_sorted_by(|left, right| left > right), "{steps:?}");
}

#[test]
fn fading_lowers_colour_step_by_step() {
    let steps = [0.0, 0.4, 0.8, 1.0].map(|share| measures(&faded(&face(), share))[3]);
    assert!(steps.is_sorted_by(|left, right| left >= right) && steps[2] < steps[0], "{steps:?}");
    assert_eq!(steps[3], 0.0);
}

#[test]
fn strong_cast_lowers_colour() {
    let blue: Vec<u8> =
        face().as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [r / 2, *g, b.saturating_mul(2)]).collect();
    assert!(measures(&blue)[3] < 0.5, "{}", measures(&blue)[3]);
}

#[test]
fn crop_of_one_colour_is_not_sharp() {
    let [under, over, sharpness, color] = measures(&painted(|_, _| [128.0; 3]));
    assert_eq!((over, sharpness, color), (0.0, 0.0, 0.0));
    assert!(under > 0.0);
}

#[test]
fn buffers_of_another_size_are_refused() {
    assert!(Pixels::of_face(&[0; 10]).is_none());
    assert!(Pixels::of_face(&vec![0; SIDE * SIDE * 3 + 1]).is_none());
}

#[test]
fn whole_photo_follows_the_same_changes() {
    let of_photo = |crop: &[u8]| {
        let pixels = Pixels::of_photo(crop, SIDE).unwrap();
        [pixels.underexposure(), pixels.overexposure(), pixels.sharpness(), 1.0 - pixels.color()]
    };
    let good = of_photo(&face());
    assert!(of_photo(&mapped(&face(), |value| value * 0.3))[0] > good[0] + 0.2);
    assert!(of_photo(&mapped(&face(), |value| value * 1.8))[1] > good[1] + 0.2);
    assert!(of_photo(&blurred(&blurred(&face())))[2] < good[2] - 0.1);
    assert!(of_photo(&faded(&face(), 0.9))[3] > good[3] + 0.2);
}

#[test]
fn lab_of_white_grey_and_red_is_known() {
    let [lightness, a, b] = lab([1.0; 3]);
    assert!((lightness - 100.0).abs() < 0.1 && a.abs() < 0.1 && b.abs() < 0.1);
    let [lightness, a, b] = lab([1.0, 0.0, 0.0]);
    assert!((lightness - 53.2).abs() < 0.3 && (a - 80.1).abs() < 0.5 && (b - 67.2).abs() < 0.5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn measures_of_any_crop_are_in_range(seed in any::<u32>(), low in 0u8..=255, spread in 1u32..=256) {
        let mut state = seed | 1;
        let crop: Vec<u8> = (0..SIDE * SIDE * 3).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            low.saturating_add(((state >> 16) % spread) as u8)
        }).collect();
        for measure in measures(&crop) {
            prop_assert!((0.0..=1.0).contains(&measure), "{}", measure);
        }
    }

    #[test]
    fn exposure_follows_the_light(first in 0.0f32..3.0, second in 0.0f32..3.0) {
        let (dim, bright) = (first.min(second), first.max(second));
        let [dim, bright] = [dim, bright].map(|light| measures(&mapped(&face(), |value| value * light)));
        prop_assert!(dim[0] >= bright[0]);
        prop_assert!(dim[1] <= bright[1] + 1e-6);
    }
}
