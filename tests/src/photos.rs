//! Photos from a package that `make test` installs.

use std::io::Cursor;

use image::ImageFormat;

use crate::{DataDir, workspace};

/// The bytes of sample photo `number`, 1 to 6.
///
/// # Panics
/// Where it was not fetched: run `make test`.
pub fn sample_photo(number: usize) -> Vec<u8> {
    let path = workspace().join(format!(".cache/photos/sample{number}.jpg"));
    std::fs::read(path).expect("the test photos are missing: run `make test`")
}

/// A photo of one person, the largest of sample photo `number`, cut out with the help of `vultus detect`.
pub fn portrait(data: &DataDir, number: usize) -> Vec<u8> {
    cut_photo(data, number).swap_remove(0)
}

/// One photo per face of the sample photos, cut out generously. The persons of one sample photo are different
/// persons.
pub struct Portraits(Vec<Vec<Vec<u8>>>);

impl Portraits {
    /// Cuts the portraits out with the help of `vultus detect`.
    pub fn cut(data: &DataDir) -> Self {
        Self((1..=6).map(|number| cut_photo(data, number)).collect())
    }

    /// The portraits of sample photo `number`, largest face first.
    pub fn of(&self, number: usize) -> &[Vec<u8>] {
        &self.0[number - 1]
    }
}

fn cut_photo(data: &DataDir, number: usize) -> Vec<Vec<u8>> {
    let photo = image::load_from_memory(&sample_photo(number)).unwrap();
    let path = workspace().join(format!(".cache/photos/sample{number}.jpg"));
    let found = data.run_json(&["detect", path.to_str().unwrap(), "--json"]);
    let faces = found[0]["faces"].as_array().expect("detect lists the faces").clone();
    let cut = |face: &serde_json::Value| {
        let edge = |key: &str| face["box"][key].as_f64().unwrap();
        let (x, y, side) = (edge("x"), edge("y"), edge("width").max(edge("height")));
        let left = (x - 0.3 * side).max(0.0) as u32;
        let top = (y - 0.5 * side).max(0.0) as u32;
        let portrait = photo.crop_imm(left, top, (1.6 * side) as u32, (1.9 * side) as u32);
        let mut bytes = Cursor::new(Vec::new());
        portrait.to_rgb8().write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    };
    faces.iter().map(cut).collect()
}
