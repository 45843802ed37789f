//! Finding every face of a photo once: all passes, their finds joined, and false ones rejected.

use std::sync::Arc;

use vultus_inference::{Cancel, Model};
use vultus_media::RgbPhoto;
use vultus_types::BoundingBox;

use super::evidence::{Evidence, Scores};
use super::merge::share_inside;
use super::schedule::{HEAD_PER_BOX, quarters};
use super::{
    DetectedPoints, Detection, Detector, Find, FindSource, JoinedFind, Pass, Region, answer_order,
    is_cut_off, join_finds, plan_passes,
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
    /// The detector's box, in photo pixels: what models that are fed with a detector's crop go by.
    pub bounds: BoundingBox,
    /// The face from hairline to chin, in photo pixels: the box of answers.
    pub outline: BoundingBox,
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
/// Where only one detector looks, finds of parts of the photo are kept from this face probability of the mesh on (on
/// group photos from .2 to .5 is the same).
const MIN_FACE_PROBABILITY: f32 = 0.5;
/// Quarters and tiles find faces that are too small to be seen in the whole photo. What they alone find and what is
/// larger than this share of the photo's larger side is no face (on group photos none of them was).
const LARGEST_PART: f32 = 0.1;
/// A find of a tile within this share of the tile's side of one of its inner edges may be a part of a face.
const CUT_MARGIN: f32 = 0.01;

/// Detectors draw faces of fewer photo pixels than this too small, the more so the smaller they are: on 250 group
/// photos the labels of faces of 14 to 18 pixels are 1.5 times as wide, those of 18 to 22 pixels 1.3 times. Growing
/// them raises recall (overlap .4) from .897 to .909, precision from .919 to .931.
const SMALL_FACE_PX: f32 = 28.0;
/// How much an outline without extent would grow, as a share of itself; from .5 to 1 the recall is the same to .003.
const SMALL_FACE_GROWTH: f32 = 0.7;

/// A find that lies by this share inside a better one is a part of that face, not another…
const SHADOW_INSIDE: f32 = 0.4;
/// …where its score is lower by more than this. On 250 group photos this drops 16 finds, of which 14 are no faces;
/// portraits of one person would be refused for them.
const SHADOW_FAINTER: f32 = 0.1;

impl FaceFinder {
    /// The faces of a photo from [`AnalyzeOptions::min_head_scale`] up, at most [`AnalyzeOptions::max_faces`], in
    /// the order of answers.
    ///
    /// Where small faces are asked for, both detectors look: their finds are joined, what they and the mesh model say
    /// is weighed, and where that leaves doubt the detector for small faces looks at the quarter closer. Otherwise
    /// the main detector decides alone.
    ///
    /// # Errors
    /// [`FaceError::Inference`] where a model fails, [`FaceError::Cancelled`].
    pub fn find(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<Vec<FoundFace>, FaceError> {
        let smallest = photo.longer_side() as f32 * options.min_head_scale / HEAD_PER_BOX;
        let search = Search { finder: self, photo, smallest, cancel, meshes: Vec::new() };
        let mut faces = search.run(options.min_head_scale)?;
        drop_shadows(&mut faces);
        faces.sort_by(|one, other| answer_order(&one.outline, &other.outline));
        if options.whole_faces {
            faces.retain(|face| !is_cut_off(&face.outline, photo.width(), photo.height()));
        }
        faces.truncate(options.max_faces);
        Ok(faces)
    }
}

/// One search of one photo.
struct Search<'a> {
    finder: &'a FaceFinder,
    photo: &'a RgbPhoto,
    /// The smallest box to find, in photo pixels.
    smallest: f32,
    cancel: &'a Cancel,
    /// The meshes made so far, by the boxes they were made from.
    meshes: Vec<(BoundingBox, Option<Mesh>)>,
}

impl Search<'_> {
    fn run(mut self, min_head_scale: f32) -> Result<Vec<FoundFace>, FaceError> {
        let (width, height) = (self.photo.width(), self.photo.height());
        let FaceFinder { main, small, .. } = self.finder;
        let passes = plan_passes(width, height, min_head_scale, main.sight(), small.is_some());
        let is_lone = passes.iter().all(|pass| pass.source != FindSource::Small);
        let mut finds = Vec::new();
        for pass in &passes {
            finds.extend(self.look(pass, is_lone)?);
        }
        if needs_margin(&finds, self.photo) {
            let region = Region::whole(width, height).padded(RESCUE_MARGIN);
            finds.extend(self.look(&Pass { source: FindSource::Whole, region }, is_lone)?);
        }
        if !is_lone {
            self.look_closer(&mut finds)?;
        }
        let mut faces = Vec::new();
        for joined in join_finds(finds) {
            self.check()?;
            let is_face =
                if is_lone { self.confirm(&joined)? } else { self.decide(&joined, Evidence::is_face)? };
            if is_face {
                faces.push(self.face(joined.drawn_by()));
            }
        }
        Ok(faces)
    }

    /// The finds of one pass that are large enough. Where no other detector looks and in tiles, whose false finds are
    /// many, only those that are clear.
    fn look(&self, pass: &Pass, is_lone: bool) -> Result<Vec<Find>, FaceError> {
        self.check()?;
        let detector = match pass.source {
            FindSource::Small => self.finder.small.as_ref().unwrap_or(&self.finder.main),
            FindSource::Whole | FindSource::Quarter | FindSource::Tile => &self.finder.main,
        };
        let must_be_clear = is_lone || pass.source == FindSource::Tile;
        let least = if must_be_clear { detector.clear_score() } else { 0.0 };
        let margin = pass.region.larger_side() * CUT_MARGIN;
        let (width, height) = (self.photo.width(), self.photo.height());
        let mut found = detector.find(self.photo, &pass.region)?;
        found.retain(|find| find.score >= least && longer_side(&find.bounds) >= self.smallest);
        found.retain(|find| !pass.region.cuts(&find.bounds, width, height, margin));
        let find = |detection: Detection| Find {
            outline: detector.outline(&detection.bounds),
            detection,
            source: pass.source,
        };
        Ok(found.into_iter().map(find).collect())
    }

    /// Shows the detector for small faces the quarters of the photo in which a find is doubtful.
    fn look_closer(&mut self, finds: &mut Vec<Find>) -> Result<(), FaceError> {
        let mut doubtful = Vec::new();
        for joined in join_finds(finds.clone()) {
            self.check()?;
            if self.decide(&joined, Evidence::is_doubtful)? {
                doubtful.push(joined.drawn_by().outline);
            }
        }
        let (width, height) = (self.photo.width(), self.photo.height());
        for region in quarters(width, height) {
            if doubtful.iter().any(|outline| !region.cuts(outline, width, height, 0.0)) {
                finds.extend(self.look(&Pass { source: FindSource::Small, region }, false)?);
            }
        }
        Ok(())
    }

    /// What `decide` says to the evidence of both detectors and of the mesh model, which is asked only where it can
    /// change the decision.
    fn decide(&mut self, joined: &JoinedFind, decide: fn(Evidence) -> bool) -> Result<bool, FaceError> {
        let small = joined.small().map(|find| find.detection.score);
        let scores = Scores { main: joined.main_score(), small };
        if let Some(decision) = scores.settled(decide) {
            return Ok(decision);
        }
        let mesh = self.mesh(&joined.drawn_by().detection)?;
        Ok(decide(scores.evidence(mesh.map(|mesh| mesh.face_probability))))
    }

    /// Whether a find of the main detector alone is a face. Those of the whole photo are (on 250 group photos 95 of
    /// 100 are labelled faces, as many as with a check by the mesh); others where the mesh model agrees.
    fn confirm(&mut self, joined: &JoinedFind) -> Result<bool, FaceError> {
        if joined.is_seen_whole() {
            return Ok(true);
        }
        let find = joined.drawn_by();
        let largest = self.photo.longer_side() as f32 * LARGEST_PART;
        if longer_side(&find.detection.bounds) > largest {
            return Ok(false);
        }
        let has_model = self.finder.mesh.is_some();
        let mesh = self.mesh(&find.detection)?;
        Ok(!has_model || mesh.is_some_and(|mesh| mesh.face_probability >= MIN_FACE_PROBABILITY))
    }

    /// The mesh of a find, made once; `None` without a model and for a box without extent.
    fn mesh(&mut self, detection: &Detection) -> Result<Option<&Mesh>, FaceError> {
        let Some(model) = self.finder.mesh.as_deref() else { return Ok(None) };
        let known = self.meshes.iter().position(|(bounds, _)| *bounds == detection.bounds);
        let at = known.unwrap_or(self.meshes.len());
        if known.is_none() {
            let mesh = locate_mesh(self.photo, &detection.bounds, detection.points.eyes(), model)?;
            self.meshes.push((detection.bounds, mesh));
        }
        Ok(self.meshes[at].1.as_ref())
    }

    fn face(&self, find: &Find) -> FoundFace {
        let Detection { bounds, score, points } = find.detection;
        let mesh = self.meshes.iter().find(|(known, _)| *known == bounds);
        FoundFace {
            bounds,
            outline: widened(&find.outline),
            score,
            points,
            mesh: mesh.and_then(|(_, mesh)| mesh.clone()),
        }
    }

    fn check(&self) -> Result<(), FaceError> {
        if self.cancel.is_cancelled() { Err(FaceError::Cancelled) } else { Ok(()) }
    }
}

/// The outline of a small face as wide as people draw it: see [`SMALL_FACE_PX`].
fn widened(outline: &BoundingBox) -> BoundingBox {
    let missing = (1.0 - longer_side(outline) / SMALL_FACE_PX).max(0.0);
    let (across, down) =
        (outline.width * missing * SMALL_FACE_GROWTH, outline.height * missing * SMALL_FACE_GROWTH);
    BoundingBox::new(
        outline.x - across / 2.0,
        outline.y - down / 2.0,
        outline.width + across,
        outline.height + down,
    )
}

/// Drops finds of parts of a face beside the face: see [`SHADOW_INSIDE`].
fn drop_shadows(faces: &mut Vec<FoundFace>) {
    faces.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<FoundFace> = Vec::with_capacity(faces.len());
    for face in faces.drain(..) {
        let is_shadow = kept.iter().any(|better| {
            face.score < better.score - SHADOW_FAINTER
                && share_inside(&face.outline, &better.outline) > SHADOW_INSIDE
        });
        if !is_shadow {
            kept.push(face);
        }
    }
    *faces = kept;
}

fn longer_side(bounds: &BoundingBox) -> f32 {
    bounds.width.max(bounds.height)
}

/// Whether the photo may show one face that fills it.
fn needs_margin(finds: &[Find], photo: &RgbPhoto) -> bool {
    let filling = photo.longer_side() as f32 * FILLING_SHARE;
    finds.iter().any(|find| longer_side(&find.detection.bounds) > filling)
        || finds.iter().all(|find| find.detection.score < CLEAR_SCORE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vultus_models::ModelKind;
    use vultus_types::Wanted;

    use super::*;
    use crate::test_models::{blazeface, blazeface_of, facemesh, photo_with};

    struct Setup {
        finder: FaceFinder,
        runs: Arc<AtomicUsize>,
    }

    fn setup(face_probability: f32) -> Setup {
        let runs = Arc::new(AtomicUsize::new(0));
        let main = Detector::new(&ModelKind::BlazeFace, blazeface(&runs)).unwrap();
        Setup { finder: FaceFinder { main, small: None, mesh: Some(facemesh(face_probability)) }, runs }
    }

    /// A finder of two detectors that see the same with these scores, and how often the second has looked.
    fn pair(main: f32, small: f32, face_probability: f32) -> Setup {
        let runs = Arc::new(AtomicUsize::new(0));
        let detector = |score, runs: &Arc<AtomicUsize>| {
            Detector::new(&ModelKind::BlazeFace, blazeface_of(score, runs)).unwrap()
        };
        let main = detector(main, &Arc::new(AtomicUsize::new(0)));
        let small = Some(detector(small, &runs));
        Setup { finder: FaceFinder { main, small, mesh: Some(facemesh(face_probability)) }, runs }
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
    fn faint_finds_inside_a_face_are_dropped() {
        let face = |x: f32, side: f32, score: f32| {
            let outline = BoundingBox::new(x, 0.0, side, side);
            FoundFace { bounds: outline, outline, score, points: DetectedPoints::None, mesh: None }
        };
        let left = |faces: &[FoundFace]| {
            let mut faces = faces.to_vec();
            drop_shadows(&mut faces);
            faces.iter().map(|face| face.outline.x).collect::<Vec<_>>()
        };
        assert_eq!(left(&[face(50.0, 100.0, 0.5), face(0.0, 100.0, 0.9)]), [0.0]);
        assert_eq!(left(&[face(0.0, 100.0, 0.9), face(50.0, 100.0, 0.85)]), [0.0, 50.0], "it is as clear");
        assert_eq!(left(&[face(0.0, 100.0, 0.9), face(70.0, 100.0, 0.5)]), [0.0, 70.0], "it lies beside");
    }

    #[test]
    fn only_small_outlines_are_widened() {
        let large = BoundingBox::new(100.0, 100.0, 20.0, 28.0);
        assert_eq!(widened(&large), large);
        let small = widened(&BoundingBox::new(100.0, 100.0, 10.0, 14.0));
        assert!((small.width - 13.5).abs() < 1e-3 && (small.height - 18.9).abs() < 1e-3, "{small:?}");
        assert!((small.center().x - 105.0).abs() < 1e-3 && (small.center().y - 107.0).abs() < 1e-3);
    }

    #[test]
    fn lone_finds_of_parts_need_the_mesh() {
        let finder = setup(0.1).finder;
        let photo = photo_with(640, 480, &BoundingBox::new(100.0, 100.0, 50.0, 50.0));
        let cancel = Cancel::default();
        let mut search =
            Search { finder: &finder, photo: &photo, smallest: 0.0, cancel: &cancel, meshes: vec![] };
        let mut confirm = |source| {
            let found = search.look(&Pass { source, region: Region::whole(640, 480) }, true).unwrap();
            search.confirm(&join_finds(found)[0]).unwrap()
        };
        assert!(confirm(FindSource::Whole));
        for source in [FindSource::Quarter, FindSource::Tile] {
            assert!(!confirm(source), "{source:?}");
        }
    }

    fn find_square(setup: &Setup) -> (usize, usize) {
        let photo = photo_with(800, 600, &BoundingBox::new(100.0, 100.0, 60.0, 60.0));
        let faces = setup.finder.find(&photo, &options(0.015), &Cancel::default()).unwrap();
        (faces.len(), setup.runs.load(Ordering::Relaxed))
    }

    #[test]
    fn two_sure_detectors_are_believed_without_a_closer_look() {
        assert_eq!(find_square(&pair(0.8, 0.8, 0.0)), (1, 1));
    }

    #[test]
    fn unsure_detectors_lead_to_a_closer_look_and_the_mesh_decides() {
        let (count, looks) = find_square(&pair(0.4, 0.31, 1.0));
        assert_eq!((count, looks > 1), (1, true));
        let (count, looks) = find_square(&pair(0.4, 0.31, 0.0));
        assert_eq!((count, looks > 1), (0, true));
    }

    #[test]
    fn faint_finds_of_both_detectors_are_dropped_at_once() {
        assert_eq!(find_square(&pair(0.2, 0.2, 1.0)), (0, 1), "nothing is doubtful");
    }

    #[test]
    fn answer_holds_the_outline_and_keeps_the_box() {
        let square = BoundingBox::new(260.0, 210.0, 80.0, 80.0);
        let photo = photo_with(640, 480, &square);
        let faces = setup(1.0).finder.find(&photo, &options(0.2), &Cancel::default()).unwrap();
        assert!(faces.is_empty(), "smaller than asked for");
        let faces = setup(1.0).finder.find(&photo, &options(0.1), &Cancel::default()).unwrap();
        assert!(faces[0].bounds.iou(&square) > 0.9);
        assert!(
            faces[0].outline.y < faces[0].bounds.y && faces[0].outline.bottom() == faces[0].bounds.bottom()
        );
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
