//! One interface to the detector families: an area of a photo in, finds in photo pixels out.

use std::sync::Arc;

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{
    Border, ChannelOrder, Filter, Mapping, Normalization, PixelRect, Placement, RgbPhoto,
    SimilarityTransform, letterbox_region, to_planar, warp_bilinear, warp_similarity,
};
use vultus_models::ModelKind;
use vultus_types::{BoundingBox, Point};

use super::{Detection, Region, Sight, blazeface, scrfd, ssd, suppress_overlaps, yunet};

/// A detector model and how it is fed and read.
#[derive(Clone)]
pub struct Detector {
    family: Family,
    model: Arc<dyn Model>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Family {
    BlazeFace,
    Ssd,
    YuNet { side: u32, threshold: f32 },
    Scrfd { side: u32, threshold: f32 },
}

/// The smallest box, in pixels of the input, that BlazeFace finds (on mosaics of faces of known sizes three of four
/// from here on).
const BLAZEFACE_MIN_FACE: f32 = 10.0;
/// The same for the anchor-free detectors, whose finest grid has a cell every 8 pixels.
const GRID_MIN_FACE: f32 = 7.0;
/// The same for the SSD, whose smallest prior box is 51 pixels.
const SSD_MIN_FACE: f32 = 15.0;

impl Detector {
    /// The detector of that kind; `None` for a model that is no detector.
    pub fn new(kind: &ModelKind, model: Arc<dyn Model>) -> Option<Self> {
        let family = match kind {
            ModelKind::BlazeFace => Family::BlazeFace,
            ModelKind::SsdMobileNetV1 => Family::Ssd,
            ModelKind::YuNet(params) => Family::YuNet { side: params.size, threshold: params.threshold },
            ModelKind::Scrfd(params) => Family::Scrfd { side: params.size, threshold: params.threshold },
            _ => return None,
        };
        Some(Self { family, model })
    }

    /// What it can see.
    pub const fn sight(&self) -> Sight {
        match self.family {
            Family::BlazeFace => Sight { input_side: blazeface::INPUT_SIDE, min_face: BLAZEFACE_MIN_FACE },
            Family::Ssd => Sight { input_side: ssd::INPUT_SIDE, min_face: SSD_MIN_FACE },
            Family::YuNet { side, .. } | Family::Scrfd { side, .. } => {
                Sight { input_side: side, min_face: GRID_MIN_FACE }
            }
        }
    }

    /// Whether its finds come with eyes, nose tip and corners of the mouth.
    pub const fn gives_five_points(&self) -> bool {
        matches!(self.family, Family::YuNet { .. } | Family::Scrfd { .. })
    }

    /// The score from which on its finds stand where no other detector has looked.
    pub const fn clear_score(&self) -> f32 {
        match self.family {
            Family::BlazeFace => blazeface::CLEAR_SCORE,
            Family::Ssd => ssd::CLEAR_SCORE,
            Family::YuNet { threshold, .. } | Family::Scrfd { threshold, .. } => threshold,
        }
    }

    /// The face from hairline to chin around which it draws `bounds`: each family draws another part of the face.
    pub fn outline(&self, bounds: &BoundingBox) -> BoundingBox {
        match self.family {
            Family::BlazeFace => {
                let forehead = bounds.height * blazeface::FOREHEAD;
                BoundingBox::new(bounds.x, bounds.y - forehead, bounds.width, bounds.height + forehead)
            }
            Family::Ssd => {
                let cheek = bounds.width * ssd::CHEEK;
                BoundingBox::new(bounds.x - cheek, bounds.y, bounds.width + 2.0 * cheek, bounds.height)
            }
            Family::YuNet { .. } | Family::Scrfd { .. } => *bounds,
        }
    }

    /// Finds the faces in an area of the photo; each once, best first, in photo pixels.
    ///
    /// # Errors
    /// [`InferenceError`] where the model fails or is of another kind.
    pub fn find(&self, photo: &RgbPhoto, region: &Region) -> Result<Vec<Detection>, InferenceError> {
        let side = self.sight().input_side;
        let (input, mapping) = self.show(photo, region, side);
        let (normalization, order) = self.feeding();
        let shape = vec![1, 3, side as usize, side as usize];
        let outputs = self.model.run(&Tensor::new(shape, to_planar(&input, &normalization, order))?)?;
        let finds = match self.family {
            Family::BlazeFace => blazeface::decode(&outputs, blazeface::SCORE_THRESHOLD)?,
            Family::Ssd => ssd::decode(&outputs, ssd::SCORE_THRESHOLD)?,
            Family::YuNet { threshold, .. } => yunet::decode(&outputs, side, threshold)?,
            Family::Scrfd { threshold, .. } => scrfd::decode(&outputs, side, threshold)?,
        };
        let finite = finds.into_iter().filter(|find| find.bounds.area().is_finite()).collect();
        Ok(suppress_overlaps(finite).iter().map(|find| find.mapped(&mapping)).collect())
    }

    const fn feeding(&self) -> (Normalization, ChannelOrder) {
        match self.family {
            Family::BlazeFace => (Normalization::SIGNED, ChannelOrder::Rgb),
            Family::Ssd => (Normalization::NONE, ChannelOrder::Rgb),
            Family::YuNet { .. } => (Normalization::NONE, ChannelOrder::Bgr),
            Family::Scrfd { .. } => (Normalization::uniform(127.5, 1.0 / 128.0), ChannelOrder::Rgb),
        }
    }

    /// The region as the model's square input: black around it, in the middle for BlazeFace, at the top left for
    /// the others, as their authors feed them.
    fn show(&self, photo: &RgbPhoto, region: &Region, side: u32) -> (RgbPhoto, Mapping) {
        let scale = side as f32 / region.larger_side();
        let placement = if self.family == Family::BlazeFace { Placement::Centre } else { Placement::TopLeft };
        if let Some(rect) = inner_rect(photo, region).filter(|_| self.family != Family::Ssd) {
            return letterbox_region(photo, rect, (side, side), placement, Filter::Area);
        }
        let offset = match placement {
            Placement::Centre => Point::new(
                (side as f32 - region.width * scale) / 2.0,
                (side as f32 - region.height * scale) / 2.0,
            ),
            Placement::TopLeft => Point::default(),
        };
        let transform = SimilarityTransform::about(region.origin(), offset, scale, 0.0);
        let (input, transform) = if self.family == Family::Ssd {
            // The model was trained on a resize that takes output pixel i from input pixel i / scale.
            let transform = transform.from_pixel_indices();
            (warp_bilinear(photo, &transform, side, side, Border::Black), transform)
        } else {
            (warp_similarity(photo, &transform, side, side, Border::Black), transform)
        };
        (input, Mapping { scale: (scale, scale), offset: (transform.tx, transform.ty) })
    }
}

/// The region in whole pixels, where it lies inside the photo.
fn inner_rect(photo: &RgbPhoto, region: &Region) -> Option<PixelRect> {
    let (right, bottom) = (region.x + region.width, region.y + region.height);
    let is_inside = region.x >= 0.0
        && region.y >= 0.0
        && right <= photo.width() as f32 + 0.5
        && bottom <= photo.height() as f32 + 0.5;
    is_inside.then(|| {
        PixelRect::new(
            region.x as u32,
            region.y as u32,
            region.width.round() as u32,
            region.height.round() as u32,
        )
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use proptest::prelude::*;

    use vultus_models::DetectorParams;

    use super::*;
    use crate::test_models::{blazeface, photo_with};

    fn detector() -> Detector {
        Detector::new(&ModelKind::BlazeFace, blazeface(&Arc::new(AtomicUsize::new(0)))).unwrap()
    }

    fn assert_found(find: &Detection, square: &BoundingBox, pixel: f32) {
        let edges = [
            find.bounds.x - square.x,
            find.bounds.y - square.y,
            find.bounds.right() - square.right(),
            find.bounds.bottom() - square.bottom(),
        ];
        assert!(edges.iter().all(|edge| edge.abs() <= 1.5 * pixel), "{edges:?}, pixel {pixel}");
    }

    #[test]
    fn embedder_is_no_detector() {
        assert!(Detector::new(&ModelKind::DlibResNet, crate::test_models::facemesh(1.0)).is_none());
    }

    #[test]
    fn outlines_add_what_the_boxes_of_a_family_lack() {
        let bounds = BoundingBox::new(100.0, 100.0, 50.0, 100.0);
        assert_eq!(detector().outline(&bounds), BoundingBox::new(100.0, 88.0, 50.0, 112.0));
        let small = Detector::new(&ModelKind::SsdMobileNetV1, crate::test_models::facemesh(1.0)).unwrap();
        assert_eq!(small.outline(&bounds), BoundingBox::new(97.0, 100.0, 56.0, 100.0));
        let grid = ModelKind::YuNet(DetectorParams { size: 640, threshold: 0.6 });
        let grid = Detector::new(&grid, crate::test_models::facemesh(1.0)).unwrap();
        assert_eq!((grid.outline(&bounds), grid.clear_score()), (bounds, 0.6));
    }

    #[test]
    fn face_is_found_in_a_padded_region() {
        let square = BoundingBox::new(20.0, 10.0, 150.0, 150.0);
        let region = Region::whole(200, 160).padded(0.5);
        let finds = detector().find(&photo_with(200, 160, &square), &region).unwrap();
        assert_found(&finds[0], &square, 400.0 / 256.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn find_in_any_region_is_in_photo_pixels(
            (width, height) in (200u32..700, 200u32..700),
            at in (0f32..1.0, 0f32..1.0),
            part in 0.6f32..1.0,
        ) {
            let region = Region {
                x: (width as f32 * (1.0 - part) * at.0).floor(),
                y: (height as f32 * (1.0 - part) * at.1).floor(),
                width: (width as f32 * part).floor(),
                height: (height as f32 * part).floor(),
            };
            let square = BoundingBox::new(region.x + 20.0, region.y + 30.0, 60.0, 50.0);
            let finds = detector().find(&photo_with(width, height, &square), &region).unwrap();
            prop_assert_eq!(finds.len(), 1);
            assert_found(&finds[0], &square, region.larger_side() / 256.0);
        }
    }
}
