//! An analyzer without weights, for tests of what stands on top of the engine.
//!
//! A test photo is black; every rectangle of one colour on it is a face, and its colour is the person:
//! rectangles of the same colour give nearly the same template, rectangles of different colours unrelated ones.

use std::time::Duration;

use vultus_inference::Cancel;
use vultus_media::{DecodeLimits, RgbPhoto, decode, encode_png};
use vultus_types::{
    AnalyzedFace, BoundingBox, Demographics, EthnicityEstimate, Expression, Eyes, GenderEstimate, Glasses,
    HeadPose, Landmarks, Lips, LivenessEstimate, ModelDigest, PhotoAnalysis, PhotoQuality, Point, Quality,
    ScoreRule, StageTimings, Template, TemplatePart, Wanted,
};

use crate::detect::answer_order;
use crate::recipe::RawPart;
use crate::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError, PartSource};

/// The number of numbers in a template.
pub const DIMENSION: usize = 32;
/// The model that made the templates.
pub const DIGEST: ModelDigest = ModelDigest([0xFA; 32]);
/// How far rectangles of one colour but another size move from each other: their similarity is about 0.99.
const SIZE_NOISE: f32 = 0.1;
/// Pixels whose brightest channel is below this are background.
const BACKGROUND: u8 = 32;

/// Faces without a channel of this much or more are underexposed, the others are not.
const DARK: u8 = 64;
/// Faces with every channel at this or more are overexposed, the others are not.
const BURNT: u8 = 250;

/// A face on a test photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FakeFace {
    /// The person: red, green, blue, at least one of them 32 or more.
    pub colour: [u8; 3],
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width and height.
    pub side: u32,
}

/// The quality of every photo.
const PHOTO_QUALITY: PhotoQuality =
    PhotoQuality { underexposure: 0.125, overexposure: 0.25, sharpness: 0.75, color: 0.5 };

/// A PNG file of a black photo with the given faces, which should not touch.
///
/// # Errors
/// [`FaceError::Image`] where the photo is too large to be written.
pub fn fake_photo(width: u32, height: u32, faces: &[FakeFace]) -> Result<Vec<u8>, FaceError> {
    let mut photo = RgbPhoto::filled(width, height, [0; 3]);
    let (width, height) = (photo.width(), photo.height());
    for face in faces {
        for y in face.y..face.y.saturating_add(face.side).min(height) {
            for x in face.x..face.x.saturating_add(face.side).min(width) {
                let at = (y as usize * width as usize + x as usize) * 3;
                photo.data_mut()[at..at + 3].copy_from_slice(&face.colour);
            }
        }
    }
    Ok(encode_png(&photo)?)
}

/// Finds coloured rectangles. Age, gender and so on follow from the colour: years are a third of red, females
/// have more blue than red, glasses are worn by those with green at 128 or more, lips are apart with an odd
/// green, eyes are open with a blue of 128 or more, those with more red than blue are happy, the others sad, the
/// liveness score is blue by 255. A rectangle that touches the photo's border is cut off by it.
#[derive(Debug)]
pub struct FakeAnalyzer {
    rule: ScoreRule,
    capabilities: Capabilities,
}

impl Default for FakeAnalyzer {
    fn default() -> Self {
        let capabilities = Capabilities {
            template: true,
            demographics: true,
            ethnicity: true,
            glasses: true,
            eyes: true,
            expression: true,
            liveness: true,
        };
        Self::with_capabilities(capabilities)
    }
}

impl FakeAnalyzer {
    /// An analyzer whose pack lacks the models for all but these capabilities.
    pub fn with_capabilities(capabilities: Capabilities) -> Self {
        Self { rule: ScoreRule::single(DIGEST, DIMENSION), capabilities }
    }

    fn describe(&self, colour: [u8; 3], bounds: BoundingBox, wanted: Wanted) -> AnalyzedFace {
        let can = self.capabilities;
        let [red, green, blue] = colour;
        let female = if blue > red { 0.9 } else { 0.1 };
        let demographics = Demographics {
            age: Some(f32::from(red) / 3.0),
            gender: Some(GenderEstimate { female }),
            ethnicity: can.ethnicity.then_some(EthnicityEstimate {
                asian: 0.1,
                black: 0.2,
                hispanic: 0.1,
                white: 0.5,
                other: 0.1,
            }),
        };
        let is_dark = colour.iter().all(|&channel| channel < DARK);
        let is_burnt = colour.iter().all(|&channel| channel >= BURNT);
        let quality = Quality {
            overall: 0.9,
            underexposure: f32::from(u8::from(is_dark)),
            overexposure: f32::from(u8::from(is_burnt)),
            sharpness: 1.0,
            color: 1.0,
        };
        let glasses = if green >= 128 { Glasses::Eye } else { Glasses::None };
        let lips = if green % 2 == 1 { Lips::Apart } else { Lips::Together };
        let openness = Some(if blue >= 128 { 0.3 } else { 0.1 });
        let (happy, sad) = if red > blue { (0.8, 0.0) } else { (0.0, 0.8) };
        let (angry, disgusted, fearful, neutral, surprised) = (0.0, 0.0, 0.0, 0.2, 0.0);
        let expression = Expression { angry, disgusted, fearful, happy, neutral, sad, surprised };
        let liveness = LivenessEstimate { score: f32::from(blue) / 255.0, is_weak: true };
        AnalyzedFace {
            landmarks: wanted.landmarks.then(|| landmarks(&bounds)),
            pose: wanted.landmarks.then(HeadPose::default),
            template: (wanted.template && can.template).then(|| template(colour, &bounds)).flatten(),
            quality: wanted.quality.then_some(quality),
            demographics: (wanted.demographics && can.demographics).then_some(demographics),
            glasses: (wanted.appearance && can.glasses).then_some(glasses),
            lips: wanted.appearance.then_some(lips),
            eyes: (wanted.eyes && can.eyes).then_some(Eyes { left: openness, right: openness }),
            expression: (wanted.expression && can.expression).then_some(expression),
            liveness: (wanted.liveness && can.liveness).then_some(liveness),
            ..AnalyzedFace::new(bounds, 0.95)
        }
    }
}

impl PartSource for FakeAnalyzer {
    /// One part of the model `fake`: the vector of the template.
    fn raw_parts(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<(PhotoAnalysis, Vec<Vec<RawPart>>), FaceError> {
        let options = AnalyzeOptions { wanted: Wanted::TEMPLATE, ..*options };
        let analysis = self.analyze(photo, &options, cancel)?;
        let part = |part: &TemplatePart| RawPart {
            model_name: "fake".to_owned(),
            model: part.model,
            vector: part.vector.clone(),
        };
        let parts = |face: &AnalyzedFace| {
            face.template.iter().flat_map(|template| template.parts().iter().map(part)).collect()
        };
        let found = analysis.faces.iter().map(parts).collect();
        Ok((analysis, found))
    }
}

impl FaceAnalyzer for FakeAnalyzer {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        if cancel.is_cancelled() {
            return Err(FaceError::Cancelled);
        }
        let photo = decode(photo, &DecodeLimits::default())?;
        let least = photo.longer_side() as f32 * options.min_head_scale;
        let mut found = coloured_rectangles(&photo);
        found.retain(|(_, bounds)| bounds.width.max(bounds.height) >= least);
        found.sort_by(|(_, one), (_, other)| answer_order(one, other));
        if options.whole_faces {
            found.retain(|(_, bounds)| !touches_border(bounds, &photo));
        }
        found.truncate(options.max_faces);
        let describe = |(colour, bounds)| self.describe(colour, bounds, options.wanted);
        Ok(PhotoAnalysis {
            width: photo.width(),
            height: photo.height(),
            faces: found.into_iter().map(describe).collect(),
            quality: options.wanted.photo_quality.then_some(PHOTO_QUALITY),
            timings: StageTimings { detect: Duration::from_millis(1), ..StageTimings::default() },
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn liveness_model(&self) -> Option<&str> {
        self.capabilities.liveness.then_some("fake-liveness")
    }

    fn score_rule(&self) -> &ScoreRule {
        &self.rule
    }
}

fn touches_border(bounds: &BoundingBox, photo: &RgbPhoto) -> bool {
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    bounds.x <= 0.0 || bounds.y <= 0.0 || bounds.right() >= width || bounds.bottom() >= height
}

/// The rectangles of one colour each: from every pixel not yet covered, as far right and down as its colour goes.
fn coloured_rectangles(photo: &RgbPhoto) -> Vec<([u8; 3], BoundingBox)> {
    let (width, height) = (photo.width(), photo.height());
    let mut found: Vec<([u8; 3], BoundingBox)> = Vec::new();
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let colour = photo.pixel(x, y);
            let run = (x..width).take_while(|&x| photo.pixel(x, y) == colour).count() as u32;
            let above = (y > 0).then(|| photo.pixel(x, y - 1));
            if colour.iter().any(|&channel| channel >= BACKGROUND) && above != Some(colour) {
                let rows = (y..height).take_while(|&y| photo.pixel(x, y) == colour).count() as u32;
                let bounds = BoundingBox::new(x as f32, y as f32, run as f32, rows as f32);
                found.push((colour, bounds));
            }
            x += run;
        }
    }
    found
}

/// The points of a face that looks straight at the camera.
fn landmarks(bounds: &BoundingBox) -> Landmarks {
    let at = |x: f32, y: f32| Point::new(bounds.x + x * bounds.width, bounds.y + y * bounds.height);
    Landmarks {
        right_eye: at(0.3, 0.4),
        left_eye: at(0.7, 0.4),
        nose_tip: at(0.5, 0.6),
        mouth_right: at(0.35, 0.8),
        mouth_left: at(0.65, 0.8),
        chin_tip: at(0.5, 1.0),
        mesh: Vec::new(),
    }
}

fn template(colour: [u8; 3], bounds: &BoundingBox) -> Option<Template> {
    let [red, green, blue] = colour.map(u64::from);
    let identity = unit_vector(red << 16 | green << 8 | blue);
    let size = unit_vector(bounds.area() as u64 | 1 << 32);
    let mut vector: Vec<f32> =
        identity.iter().zip(&size).map(|(one, other)| one + SIZE_NOISE * other).collect();
    normalise(&mut vector);
    Template::new(vec![TemplatePart { model: DIGEST, vector, cohort: None }]).ok()
}

/// A direction that follows from the seed alone (xorshift64* numbers).
fn unit_vector(seed: u64) -> Vec<f32> {
    let mut state = (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let high = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40;
        high as f32 / (1u32 << 23) as f32 - 1.0
    };
    let mut vector: Vec<f32> = (0..DIMENSION).map(|_| next()).collect();
    normalise(&mut vector);
    vector
}

fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in vector.iter_mut() {
        *value /= length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [200, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 200];

    fn analyze(faces: &[FakeFace]) -> PhotoAnalysis {
        let photo = fake_photo(400, 300, faces).unwrap();
        let options = AnalyzeOptions::new(Wanted::EVERYTHING);
        FakeAnalyzer::default().analyze(&photo, &options, &Cancel::default()).unwrap()
    }

    fn similarity(one: &AnalyzedFace, other: &AnalyzedFace) -> f32 {
        let templates = (one.template.as_ref().unwrap(), other.template.as_ref().unwrap());
        FakeAnalyzer::default().score_rule().similarity(templates.0, templates.1).unwrap().0
    }

    #[test]
    fn coloured_squares_are_faces_largest_first() {
        let small = FakeFace { colour: RED, x: 10, y: 20, side: 40 };
        let large = FakeFace { colour: BLUE, x: 100, y: 50, side: 80 };
        let analysis = analyze(&[small, large]);
        let boxes: Vec<BoundingBox> = analysis.faces.iter().map(|face| face.bounds).collect();
        assert_eq!(
            boxes,
            [BoundingBox::new(100.0, 50.0, 80.0, 80.0), BoundingBox::new(10.0, 20.0, 40.0, 40.0)]
        );
        assert_eq!((analysis.width, analysis.height), (400, 300));
    }

    #[test]
    fn same_colour_is_the_same_person_and_another_is_not() {
        let faces = [
            FakeFace { colour: RED, x: 0, y: 0, side: 90 },
            FakeFace { colour: RED, x: 100, y: 0, side: 80 },
            FakeFace { colour: BLUE, x: 200, y: 0, side: 70 },
        ];
        let analysis = analyze(&faces);
        assert!(similarity(&analysis.faces[0], &analysis.faces[1]) > 0.97);
        assert!(similarity(&analysis.faces[0], &analysis.faces[2]) < 0.6);
    }

    #[test]
    fn black_photo_has_no_faces_and_no_photo_is_an_error() {
        assert!(analyze(&[]).faces.is_empty());
        let options = AnalyzeOptions::new(Wanted::BOXES);
        let result = FakeAnalyzer::default().analyze(b"no photo", &options, &Cancel::default());
        assert!(matches!(result, Err(FaceError::Image(_))));
    }
}
