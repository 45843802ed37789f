//! Every format and pixel layout, orientation, limits and damage, on files that these tests write.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "decode/flat_jpeg.rs"]
mod flat_jpeg;

use std::io::Cursor;
use std::time::{Duration, Instant};

use flat_jpeg::{Process, flat_jpeg};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};
use proptest::prelude::*;
use vultus_media::{DecodeLimits, ImageError, ImageFormat, RgbPhoto, decode, encode_jpeg, encode_png, probe};

const LIMITS: DecodeLimits = DecodeLimits { max_bytes: 20_000_000, max_pixels: 50_000_000, max_side: 65_535 };
const ALL: [image::ImageFormat; 5] = [
    image::ImageFormat::Jpeg,
    image::ImageFormat::Png,
    image::ImageFormat::WebP,
    image::ImageFormat::Bmp,
    image::ImageFormat::Gif,
];

/// A photo whose four quarters have four colours and whose middle is busy.
fn picture(width: u32, height: u32) -> RgbPhoto {
    let colour = |x: u32, y: u32| match (x * 2 < width, y * 2 < height) {
        (true, true) => [220, 30, 30],
        (false, true) => [30, 200, 30],
        (true, false) => [30, 30, 220],
        (false, false) => [(x * 7 % 256) as u8, (y * 5 % 256) as u8, ((x ^ y) % 256) as u8],
    };
    let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect();
    RgbPhoto::new(width, height, data).unwrap()
}

fn as_dynamic(photo: &RgbPhoto) -> DynamicImage {
    image::RgbImage::from_raw(photo.width(), photo.height(), photo.data().to_vec()).unwrap().into()
}

fn written(image: &DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn is_near(photo: &RgbPhoto, at: (u32, u32), expected: [u8; 3], tolerance: u8) -> bool {
    photo
        .pixel(at.0, at.1)
        .iter()
        .zip(expected)
        .all(|(&actual, expected)| actual.abs_diff(expected) <= tolerance)
}

/// EXIF with the orientation alone, in either byte order.
fn exif(orientation: u8, is_big_endian: bool) -> Vec<u8> {
    if is_big_endian {
        let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif
    } else {
        let mut exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        exif
    }
}

#[test]
fn all_formats_are_told_from_their_content() {
    let photo = picture(60, 40);
    let expected =
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif];
    for (format, expected) in ALL.into_iter().zip(expected) {
        let file = written(&as_dynamic(&photo), format);
        let header = probe(&file).unwrap();
        assert_eq!((header.format, header.width, header.height), (expected, 60, 40));
        let decoded = decode(&file, &LIMITS).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (60, 40), "{format:?}");
        assert!(is_near(&decoded, (10, 10), [220, 30, 30], 6), "{format:?}");
        assert!(is_near(&decoded, (45, 10), [30, 200, 30], 6), "{format:?}");
        assert!(is_near(&decoded, (10, 30), [30, 30, 220], 6), "{format:?}");
    }
}

#[test]
fn lossless_formats_keep_every_pixel() {
    let photo = picture(61, 47);
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP, image::ImageFormat::Bmp] {
        assert_eq!(decode(&written(&as_dynamic(&photo), format), &LIMITS).unwrap(), photo, "{format:?}");
    }
}

#[test]
fn lossy_webp_is_read() {
    // 16 × 16 pixels of (200, 80, 40), written by libwebp.
    let file = hex_bytes(LOSSY_WEBP);
    let photo = decode(&file, &LIMITS).unwrap();
    assert_eq!((photo.width(), photo.height()), (16, 16));
    assert!(is_near(&photo, (8, 8), [200, 80, 40], 6));
}

#[test]
fn png_layouts_become_rgb() {
    let rgb = as_dynamic(&picture(33, 21));
    let grey = rgb.to_luma8().into_raw();
    let grey_photo = RgbPhoto::new(33, 21, grey.iter().flat_map(|&v| [v; 3]).collect()).unwrap();
    let layouts: [(DynamicImage, &RgbPhoto); 8] = [
        (rgb.to_luma8().into(), &grey_photo),
        (DynamicImage::ImageLuma8(rgb.to_luma8()).to_luma_alpha8().into(), &grey_photo),
        (DynamicImage::ImageLuma8(rgb.to_luma8()).to_luma16().into(), &grey_photo),
        (DynamicImage::ImageLuma8(rgb.to_luma8()).to_luma_alpha16().into(), &grey_photo),
        (rgb.to_rgb8().into(), &picture(33, 21)),
        (rgb.to_rgba8().into(), &picture(33, 21)),
        (rgb.to_rgb16().into(), &picture(33, 21)),
        (rgb.to_rgba16().into(), &picture(33, 21)),
    ];
    for (image, expected) in layouts {
        let decoded = decode(&written(&image, image::ImageFormat::Png), &LIMITS).unwrap();
        assert_eq!(&decoded, expected, "{:?}", image.color());
    }
}

#[test]
fn transparent_pixels_lie_on_white() {
    let mut image = image::RgbaImage::from_pixel(20, 10, image::Rgba([0, 100, 200, 255]));
    image.put_pixel(3, 3, image::Rgba([0, 0, 0, 0]));
    image.put_pixel(4, 3, image::Rgba([0, 100, 200, 128]));
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP, image::ImageFormat::Gif] {
        let decoded = decode(&written(&image.clone().into(), format), &LIMITS).unwrap();
        assert!(is_near(&decoded, (3, 3), [255; 3], 0), "{format:?}");
        if format != image::ImageFormat::Gif {
            assert!(is_near(&decoded, (4, 3), [127, 177, 227], 1), "{format:?}");
        }
        assert!(is_near(&decoded, (10, 5), [0, 100, 200], 3), "{format:?}");
    }
}

#[test]
fn grey_jpeg_becomes_rgb() {
    let grey = as_dynamic(&picture(64, 48)).to_luma8();
    let decoded = decode(&written(&grey.clone().into(), image::ImageFormat::Jpeg), &LIMITS).unwrap();
    let expected = grey.get_pixel(10, 10).0[0];
    assert!(is_near(&decoded, (10, 10), [expected; 3], 3));
}

#[test]
fn ink_of_cmyk_jpeg_becomes_light() {
    for process in [Process::Baseline, Process::Progressive] {
        // Ink as it is: cyan 255, magenta 55, yellow 0, black 0 leaves (0, 200, 255).
        let plain = decode(&flat_jpeg(&[255, 55, 0, 0], None, process), &LIMITS).unwrap();
        assert!(is_near(&plain, (4, 4), [0, 200, 255], 2), "{:?}", plain.pixel(4, 4));
        // Adobe writes the ink inverted.
        let adobe = decode(&flat_jpeg(&[0, 200, 255, 255], Some(0), process), &LIMITS).unwrap();
        assert!(is_near(&adobe, (4, 4), [0, 200, 255], 2), "{:?}", adobe.pixel(4, 4));
        // Half black halves the light.
        let dark = decode(&flat_jpeg(&[0, 200, 255, 128], Some(0), process), &LIMITS).unwrap();
        assert!(is_near(&dark, (4, 4), [0, 100, 128], 2), "{:?}", dark.pixel(4, 4));
        // YCCK of Adobe: the inverse of the colour is coded as YCbCr; mid grey, full light.
        let ycck = decode(&flat_jpeg(&[155, 128, 128, 255], Some(2), process), &LIMITS).unwrap();
        assert!(is_near(&ycck, (4, 4), [100; 3], 2), "{:?}", ycck.pixel(4, 4));
    }
}

#[test]
fn three_component_jpegs_are_told_apart() {
    let rgb = decode(&flat_jpeg(&[250, 20, 90], Some(0), Process::Baseline), &LIMITS).unwrap();
    assert!(is_near(&rgb, (4, 4), [250, 20, 90], 2), "{:?}", rgb.pixel(4, 4));
    let ycbcr = decode(&flat_jpeg(&[90, 128, 128], None, Process::Progressive), &LIMITS).unwrap();
    assert!(is_near(&ycbcr, (4, 4), [90; 3], 2), "{:?}", ycbcr.pixel(4, 4));
}

#[test]
fn all_orientations_are_applied() {
    // Where the red, green and blue quarters of the stored photo are displayed: top left, top right, bottom left.
    let displayed = [
        (1, ["red", "green", "blue"]),
        (2, ["green", "red", "other"]),
        (3, ["other", "blue", "green"]),
        (4, ["blue", "other", "red"]),
        (5, ["red", "blue", "green"]),
        (6, ["blue", "red", "other"]),
        (7, ["other", "green", "blue"]),
        (8, ["green", "other", "red"]),
    ];
    let photo = picture(96, 64);
    for (orientation, expected) in displayed {
        for is_big_endian in [false, true] {
            for file in with_exif(&photo, &exif(orientation, is_big_endian)) {
                let decoded = decode(&file, &LIMITS).unwrap();
                let sides = if orientation < 5 { (96, 64) } else { (64, 96) };
                assert_eq!((decoded.width(), decoded.height()), sides);
                let header = probe(&file).unwrap();
                assert_eq!((header.width, header.height), sides);
                let (right, bottom) = (sides.0 - 20, sides.1 - 20);
                let found = [(20, 20), (right, 20), (20, bottom)].map(|at| name(&decoded, at));
                assert_eq!(found, expected, "orientation {orientation} of {:?}", header.format);
            }
        }
    }
}

fn name(photo: &RgbPhoto, at: (u32, u32)) -> &'static str {
    let names = [("red", [220, 30, 30]), ("green", [30, 200, 30]), ("blue", [30, 30, 220])];
    names.into_iter().find(|(_, colour)| is_near(photo, at, *colour, 20)).map_or("other", |(name, _)| name)
}

fn with_exif(photo: &RgbPhoto, exif: &[u8]) -> [Vec<u8>; 3] {
    let (mut jpeg, mut png, mut webp) = (Vec::new(), Vec::new(), Vec::new());
    write_with_exif(JpegEncoder::new_with_quality(&mut jpeg, 95), photo, exif);
    write_with_exif(PngEncoder::new(&mut png), photo, exif);
    write_with_exif(WebPEncoder::new_lossless(&mut webp), photo, exif);
    [jpeg, png, webp]
}

fn write_with_exif(mut encoder: impl ImageEncoder, photo: &RgbPhoto, exif: &[u8]) {
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let colour = image::ExtendedColorType::Rgb8;
    encoder.write_image(photo.data(), photo.width(), photo.height(), colour).unwrap();
}

#[test]
fn senseless_orientation_is_ignored() {
    let photo = picture(96, 64);
    for orientation in [0, 9, 255] {
        for file in with_exif(&photo, &exif(orientation, true)) {
            assert_eq!(decode(&file, &LIMITS).map(|photo| photo.width()), Ok(96));
        }
    }
    for file in with_exif(&photo, b"II\x2a\0\xff\xff\xff\xff") {
        assert_eq!(decode(&file, &LIMITS).map(|photo| photo.width()), Ok(96));
    }
}

#[test]
fn no_bytes_are_no_photo() {
    assert_eq!(decode(&[], &LIMITS), Err(ImageError::Empty));
    assert_eq!(probe(&[]), Err(ImageError::Empty));
}

#[test]
fn other_content_is_not_supported() {
    let files: [&[u8]; 6] = [
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"GIF88a",
        b"\xFF\xD8",
        b"\0\0\0\x18ftypavif",
    ];
    for file in files {
        assert_eq!(decode(file, &LIMITS), Err(ImageError::UnsupportedFormat));
    }
}

#[test]
fn cut_files_are_damaged_at_every_sixteenth() {
    let photo = picture(160, 120);
    for format in ALL {
        let file = written(&as_dynamic(&photo), format);
        for part in 1..16 {
            let cut = &file[..(file.len() * part / 16).max(12)];
            assert_eq!(decode(cut, &LIMITS), Err(ImageError::Damaged), "{format:?} cut at {part}/16");
        }
    }
}

#[test]
fn thumbnail_in_a_cut_jpeg_does_not_complete_it() {
    let thumbnail = encode_jpeg(&picture(16, 16), 80).unwrap();
    let file = encode_jpeg(&picture(100, 100), 80).unwrap();
    let mut with_thumbnail = file[..2].to_vec();
    with_thumbnail.extend([0xFF, 0xE1]);
    with_thumbnail.extend((thumbnail.len() as u16 + 2).to_be_bytes());
    with_thumbnail.extend(&thumbnail);
    with_thumbnail.extend(&file[2..]);
    assert!(decode(&with_thumbnail, &LIMITS).is_ok());
    with_thumbnail.truncate(with_thumbnail.len() - 40);
    assert_eq!(decode(&with_thumbnail, &LIMITS), Err(ImageError::Damaged));
}

#[test]
fn limits_are_checked_on_the_header() {
    for format in ALL {
        let file = written(&as_dynamic(&picture(200, 100)), format);
        let pixels = DecodeLimits { max_pixels: 19_999, ..LIMITS };
        let too_large = ImageError::TooLarge { width: 200, height: 100, max_pixels: 19_999 };
        assert_eq!(decode(&file, &pixels), Err(too_large));
        let side = DecodeLimits { max_side: 199, ..LIMITS };
        assert_eq!(decode(&file, &side), Err(ImageError::TooLong { width: 200, height: 100, max_side: 199 }));
        let bytes = DecodeLimits { max_bytes: 50, ..LIMITS };
        let too_many = ImageError::TooManyBytes { bytes: file.len() as u64, max_bytes: 50 };
        assert_eq!(decode(&file, &bytes), Err(too_many));
        let exact = DecodeLimits { max_pixels: 20_000, max_side: 200, max_bytes: file.len() as u64 };
        assert!(decode(&file, &exact).is_ok());
    }
}

/// Replaces the dimensions in the header of a small file by huge ones.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let small = as_dynamic(&picture(16, 16));
    let mut png = written(&small, image::ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 1, 0x80, 0, 0, 1, 0x80, 0]);
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    let mut bmp = written(&small, image::ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    let mut gif = written(&small, image::ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    let mut webp = written(&small, image::ImageFormat::WebP);
    // VP8L: signature 0x2F, then 14 bits of width − 1 and 14 bits of height − 1.
    let at = webp.windows(4).position(|name| name == b"VP8L").unwrap() + 9;
    webp[at..at + 4].copy_from_slice(&(0x3FFEu32 << 14 | 0x3FFE).to_le_bytes());
    let mut jpeg = written(&small, image::ImageFormat::Jpeg);
    let at = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap() + 5;
    jpeg[at..at + 4].fill(0xFF);
    vec![("png", png), ("bmp", bmp), ("gif", gif), ("webp", webp), ("jpeg", jpeg)]
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn bombs_are_refused_at_once() {
    for (format, file) in bombs() {
        let start = Instant::now();
        let result = decode(&file, &LIMITS);
        assert!(matches!(result, Err(ImageError::TooLarge { .. })), "{format}: {result:?}");
        assert!(start.elapsed() < Duration::from_millis(200), "{format}");
    }
}

#[test]
fn gif_frame_larger_than_its_screen_is_refused() {
    let mut gif = written(&as_dynamic(&picture(16, 16)), image::ImageFormat::Gif);
    // The image descriptor: ',', left, top, width, height.
    let at = gif.windows(9).position(|bytes| bytes == b"\x2c\0\0\0\0\x10\0\x10\0").unwrap();
    gif[at + 5..at + 9].fill(0xFF);
    let start = Instant::now();
    assert!(decode(&gif, &LIMITS).is_err());
    assert!(start.elapsed() < Duration::from_millis(200));
}

/// A file whose canvas is small and whose one frame says it is huge.
fn webp_with_huge_frame(is_animated: bool) -> Vec<u8> {
    let mut frame = hex_bytes(LOSSY_WEBP)[12..].to_vec();
    frame[14..18].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    let mut file = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
    file.extend([if is_animated { 0x02 } else { 0 }, 0, 0, 0, 15, 0, 0, 15, 0, 0]);
    if is_animated {
        file.extend(b"ANIM\x06\0\0\0\0\0\0\0\0\0ANMF");
        file.extend((frame.len() as u32 + 16).to_le_bytes());
        file.extend([0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 40, 0, 0, 0]);
    }
    file.extend(frame);
    let size = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&size);
    file
}

#[test]
fn webp_frame_larger_than_its_canvas_is_refused() {
    for is_animated in [false, true] {
        let file = webp_with_huge_frame(is_animated);
        assert_eq!(probe(&file).map(|header| (header.width, header.height)), Ok((16, 16)));
        let result = decode(&file, &LIMITS);
        assert!(
            matches!(result, Err(ImageError::TooLarge { width: 16_383, height: 16_383, .. })),
            "{result:?}"
        );
    }
}

#[test]
fn first_picture_of_an_animated_webp_is_read() {
    let mut file = webp_with_huge_frame(true);
    let at = file.windows(3).position(|code| code == [0x9D, 0x01, 0x2A]).unwrap() + 3;
    file[at..at + 4].copy_from_slice(&[16, 0, 16, 0]);
    let photo = decode(&file, &LIMITS).unwrap();
    assert!(is_near(&photo, (8, 8), [200, 80, 40], 6));
}

#[test]
fn zero_sides_are_damaged() {
    let mut jpeg = written(&as_dynamic(&picture(16, 16)), image::ImageFormat::Jpeg);
    let at = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap() + 5;
    jpeg[at..at + 4].fill(0);
    assert_eq!(decode(&jpeg, &LIMITS), Err(ImageError::Damaged));
    let mut gif = written(&as_dynamic(&picture(16, 16)), image::ImageFormat::Gif);
    gif[6..10].fill(0);
    assert_eq!(decode(&gif, &LIMITS), Err(ImageError::Damaged));
}

fn small_limits() -> DecodeLimits {
    DecodeLimits { max_bytes: 1 << 20, max_pixels: 1 << 20, max_side: 1 << 12 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), signature in 0usize..6) {
        let signatures: [&[u8]; 6] =
            [b"", b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\xff\0\0\0WEBPVP8 ", b"BM", b"GIF89a"];
        let mut file = signatures[signature].to_vec();
        file.extend(&bytes);
        // The result does not matter (few random files are photos); reaching it does.
        if let Ok(photo) = decode(&file, &small_limits()) {
            prop_assert!(u64::from(photo.width()) * u64::from(photo.height()) <= 1 << 20);
        }
        let _ = probe(&file);
    }

    #[test]
    fn damaged_photos_never_break_the_decoder(format in 0usize..5, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut file = written(&as_dynamic(&picture(40, 30)), ALL[format]);
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        if let Ok(photo) = decode(&file, &small_limits()) {
            prop_assert!(u64::from(photo.width()) * u64::from(photo.height()) <= 1 << 20);
        }
    }
}

#[test]
fn png_written_here_is_read_here() {
    let photo = picture(200, 150);
    assert_eq!(decode(&encode_png(&photo).unwrap(), &LIMITS), Ok(photo));
}

fn hex_bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

const LOSSY_WEBP: &str = "524946463a00000057454250565038202e000000d001009d012a1000100001402625a00274ba01f80003b000fee838bff98257e41bb50ffec1dfce03f380fe8a0000";

/// Found by the fuzz target `image_header`.
#[test]
fn header_without_any_pixel_is_refused() {
    for sides in [[0, 0, 0, 0], [0, 0, 5, 0], [5, 0, 0, 0]] {
        let mut gif = b"GIF87a".to_vec();
        gif.extend(sides);
        gif.extend([0, 0, 0, b';']);
        assert_eq!(probe(&gif), Err(ImageError::Damaged), "{sides:?}");
    }
}
