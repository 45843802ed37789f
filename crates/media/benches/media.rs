//! Decoding, warping and fitting of a 12-megapixel photo.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vultus_media::{
    Border, ChannelOrder, DecodeLimits, Filter, Normalization, RgbPhoto, SimilarityTransform, decode,
    encode_jpeg, letterbox, probe, resize, to_planar, warp_similarity,
};
use vultus_types::Point;

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;

/// Slopes with fine grain, so that the JPEG has the size of a camera's.
fn photo() -> RgbPhoto {
    let mut state = 1u32;
    let mut data = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = state >> 28;
            data.extend(
                [x / 16 + grain, y / 12 + grain, (x + y) / 28 + grain].map(|value| value.min(255) as u8),
            );
        }
    }
    RgbPhoto::new(WIDTH, HEIGHT, data).unwrap_or_else(|error| unreachable!("{error}"))
}

fn media(criterion: &mut Criterion) {
    let photo = photo();
    let file = encode_jpeg(&photo, 90).unwrap_or_else(|error| unreachable!("{error}"));
    let limits = DecodeLimits::default();
    criterion.bench_function("probe JPEG", |bencher| bencher.iter(|| probe(black_box(&file))));
    criterion
        .bench_function("decode JPEG 12 MP", |bencher| bencher.iter(|| decode(black_box(&file), &limits)));
    criterion.bench_function("letterbox 12 MP to 256", |bencher| {
        bencher.iter(|| letterbox(black_box(&photo), 256));
    });
    for filter in [Filter::Area, Filter::Triangle, Filter::Bilinear] {
        let name = format!("resize 12 MP to 1280 x 960, {filter:?}");
        criterion
            .bench_function(&name, |bencher| bencher.iter(|| resize(black_box(&photo), 1280, 960, filter)));
    }
    for (name, scale) in [("60-pixel", 2.5f32), ("200-pixel", 0.75), ("1500-pixel", 0.1)] {
        let map = SimilarityTransform::about(Point::new(2000.0, 1500.0), Point::new(75.0, 75.0), scale, 0.2);
        criterion.bench_function(&format!("warp of a {name} face to 150"), |bencher| {
            bencher.iter(|| warp_similarity(black_box(&photo), &map, 150, 150, Border::Replicate));
        });
    }
    let input = letterbox(&photo, 256).0;
    criterion.bench_function("pack 256 x 256", |bencher| {
        bencher.iter(|| to_planar(black_box(&input), &Normalization::SIGNED, ChannelOrder::Rgb));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(15).measurement_time(std::time::Duration::from_secs(3));
    targets = media
}
criterion_main!(benches);
