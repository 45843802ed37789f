//! Finding every face of a photo once: all passes, their finds joined, and false ones rejected.

use std::sync::Arc;

use vultus_inference::{Cancel, Model};
use vultus_media::RgbPhoto;
use vultus_types::BoundingBox;

use super::schedule::HEAD_PER_BOX;
use super::{
    DetectedPoints, Detector, Find, FindSource, Pass, Region, answer_order, join_finds, plan_passes,
};
use crate::mesh::{Mesh, locate_mesh};
use crate::{AnalyzeOptions, FaceError};

/// The detectors of a pack, and the mesh model that tells faces from false finds.
pub struct FaceFinder {
    /// The main detector.
    pub main: Detector,
    /// The detector for faces that the main one does not see.
    pub small: Option<Detector>,
    /// The mesh model; without it uncertain finds are kept as they are.
    pub mesh: Option<Arc<dyn Model>>,
}

/// A face found in a photo.
#[derive(Clone, Debug)]
pub struct FoundFace {
    /// Where it is, in photo pixels.
    pub bounds: BoundingBox,
    /// How sure the detector is, 0..=1.
    pub score: f32,
    /// The points that came with the box.
    pub points: DetectedPoints,
    /// The mesh, where it was needed to tell whether this is a face.
    pub mesh: Option<Mesh>,
}

/// The black margin around a photo whose face may fill it, as a share of its larger side: such a face is too large
/// for the detector until it is shown smaller.
const RESCUE_MARGIN: f32 = 0.5;
/// A face fills the photo where a find is larger than this share of its larger side…
const FILLING_SHARE: f32 = 0.6;
/// …or where no find has at least this score: the detector then sees parts of a face.
const CLEAR_SCORE: f32 = 0.75;
/// Finds that are not certain are kept from this face probability of the mesh on (on group photos from .2 to .5 is
/// the same).
const MIN_FACE_PROBABILITY: f32 = 0.5;
/// Quarters and tiles find faces that are too small to be seen in the whole photo. What they alone find and what is
/// larger than this share of the photo's larger side is no face (on group photos none of them was).
const LARGEST_PART: f32 = 0.1;
/// A find of a tile within this share of the tile's side of one of its inner edges may be a part of a face.
const CUT_MARGIN: f32 = 0.01;

impl FaceFinder {
    /// The faces of a photo from [`AnalyzeOptions::min_head_scale`] up, at most [`AnalyzeOptions::max_faces`], in
    /// the order of answers.
    ///
    /// # Errors
    /// [`FaceError::Inference`] where a model fails, [`FaceError::Cancelled`].
    pub fn find(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<Vec<FoundFace>, FaceError> {
        let mut finds = self.look(photo, options, cancel)?;
        let smallest = photo.longer_side() as f32 * options.min_head_scale / HEAD_PER_BOX;
        finds.retain(|find| find.detection.bounds.width.max(find.detection.bounds.height) >= smallest);
        let mut faces = Vec::new();
        for find in finds {
            if cancel.is_cancelled() {
                return Err(FaceError::Cancelled);
            }
            faces.extend(self.confirm(photo, find)?);
        }
        faces.sort_by(|one, other| answer_order(&one.bounds, &other.bounds));
        faces.truncate(options.max_faces);
        Ok(faces)
    }

    /// The joined finds of all passes.
    fn look(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<Vec<Find>, FaceError> {
        let (width, height) = (photo.width(), photo.height());
        let passes =
            plan_passes(width, height, options.min_head_scale, self.main.sight(), self.small.is_some());
        let mut finds = Vec::new();
        for pass in &passes {
            if cancel.is_cancelled() {
                return Err(FaceError::Cancelled);
            }
            finds.extend(self.run_pass(photo, pass)?);
        }
        if needs_margin(&finds, photo) {
            let region = Region::whole(width, height).padded(RESCUE_MARGIN);
            finds.extend(self.run_pass(photo, &Pass { source: FindSource::Whole, region })?);
        }
        Ok(join_finds(finds))
    }

    fn run_pass(&self, photo: &RgbPhoto, pass: &Pass) -> Result<Vec<Find>, FaceError> {
        let detector = match pass.source {
            FindSource::Small => self.small.as_ref().unwrap_or(&self.main),
            FindSource::Whole | FindSource::Quarter | FindSource::Tile => &self.main,
        };
        let margin = pass.region.larger_side() * CUT_MARGIN;
        let found = detector.find(photo, &pass.region)?.into_iter();
        let whole =
            found.filter(|find| !pass.region.cuts(&find.bounds, photo.width(), photo.height(), margin));
        Ok(whole.map(|detection| Find::new(detection, pass.source)).collect())
    }

    /// The face of a find, unless the mesh model sees none where one is needed to tell.
    fn confirm(&self, photo: &RgbPhoto, find: Find) -> Result<Option<FoundFace>, FaceError> {
        let detection = find.detection;
        let mut face = FoundFace {
            bounds: detection.bounds,
            score: detection.score,
            points: detection.points,
            mesh: None,
        };
        if find.is_certain {
            return Ok(Some(face));
        }
        let is_large = face.bounds.width.max(face.bounds.height) > photo.longer_side() as f32 * LARGEST_PART;
        if is_large && find.source != FindSource::Small {
            return Ok(None);
        }
        let Some(model) = self.mesh.as_deref() else { return Ok(Some(face)) };
        face.mesh = locate_mesh(photo, &face.bounds, face.points.eyes(), model)?;
        let probability = face.mesh.as_ref().map_or(0.0, |mesh| mesh.face_probability);
        Ok((probability >= MIN_FACE_PROBABILITY).then_some(face))
    }
}

/// Whether the photo may show one face that fills it.
fn needs_margin(finds: &[Find], photo: &RgbPhoto) -> bool {
    let filling = photo.longer_side() as f32 * FILLING_SHARE;
    let is_filling = |find: &Find| find.detection.bounds.width.max(find.detection.bounds.height) > filling;
    finds.iter().any(is_filling) || finds.iter().all(|find| find.detection.score < CLEAR_SCORE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vultus_models::ModelKind;
    use vultus_types::Wanted;

    use super::*;
    use crate::test_models::{blazeface, facemesh, photo_with};

    struct Setup {
        finder: FaceFinder,
        runs: Arc<AtomicUsize>,
    }

    fn setup(face_probability: f32) -> Setup {
        let runs = Arc::new(AtomicUsize::new(0));
        let main = Detector::new(&ModelKind::BlazeFace, blazeface(&runs)).unwrap();
        Setup { finder: FaceFinder { main, small: None, mesh: Some(facemesh(face_probability)) }, runs }
    }

    fn options(min_head_scale: f32) -> AnalyzeOptions {
        AnalyzeOptions { min_head_scale, ..AnalyzeOptions::new(Wanted::BOXES) }
    }

    #[test]
    fn face_that_several_passes_find_is_one_face() {
        let square = BoundingBox::new(260.0, 210.0, 80.0, 80.0);
        let setup = setup(1.0);
        let photo = photo_with(640, 480, &square);
        let faces = setup.finder.find(&photo, &options(0.015), &Cancel::default()).unwrap();
        assert!(setup.runs.load(Ordering::Relaxed) > 1, "small faces need several passes");
        assert_eq!(faces.len(), 1);
        assert!(faces[0].bounds.iou(&square) > 0.9);
    }

    #[test]
    fn large_faces_cost_one_pass() {
        let setup = setup(1.0);
        let photo = photo_with(640, 480, &BoundingBox::new(100.0, 100.0, 200.0, 200.0));
        let faces = setup.finder.find(&photo, &options(0.2), &Cancel::default()).unwrap();
        assert_eq!((faces.len(), setup.runs.load(Ordering::Relaxed)), (1, 1));
    }

    #[test]
    fn photo_without_finds_is_looked_at_once_more_with_a_margin() {
        let setup = setup(1.0);
        let black = photo_with(640, 480, &BoundingBox::default());
        let faces = setup.finder.find(&black, &options(0.2), &Cancel::default()).unwrap();
        assert_eq!((faces.len(), setup.runs.load(Ordering::Relaxed)), (0, 2));
    }

    #[test]
    fn faces_smaller_than_asked_for_are_left_out() {
        let setup = setup(1.0);
        let photo = photo_with(640, 480, &BoundingBox::new(100.0, 100.0, 40.0, 40.0));
        assert!(setup.finder.find(&photo, &options(0.2), &Cancel::default()).unwrap().is_empty());
    }

    #[test]
    fn certain_finds_stand_and_others_need_the_mesh() {
        let finder = setup(0.1).finder;
        let photo = photo_with(640, 480, &BoundingBox::new(100.0, 100.0, 80.0, 80.0));
        let find = |source| {
            let detection = finder.main.find(&photo, &Region::whole(640, 480)).unwrap().remove(0);
            finder.confirm(&photo, Find::new(detection, source)).unwrap()
        };
        assert!(find(FindSource::Whole).is_some());
        assert!(find(FindSource::Small).is_some(), "its score is high");
        for source in [FindSource::Quarter, FindSource::Tile] {
            assert!(find(source).is_none(), "{source:?}");
        }
    }

    #[test]
    fn cancelled_search_ends() {
        let cancel = Cancel::default();
        cancel.cancel();
        let photo = photo_with(640, 480, &BoundingBox::default());
        let result = setup(1.0).finder.find(&photo, &options(0.015), &cancel);
        assert!(matches!(result, Err(FaceError::Cancelled)));
    }
}
