//! Which faces of a photo are meant.

use vultus_face::AnalyzeOptions;
use vultus_types::{AnalyzedFace, BoundingBox};

use crate::{ErrorKind, ServiceError};

/// Which of several faces are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceSelection {
    /// There must be one only.
    Single,
    /// The largest.
    Largest,
    /// All of them.
    Every,
}

/// Which faces of a photo are meant: those selected among all, or among those in each of some places.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceChoice {
    /// Which of several faces.
    pub selection: FaceSelection,
    /// Where to look, in pixels of the displayed photo; everywhere where there are none. A face is in a place
    /// when its centre is, or when it covers the place's centre.
    pub places: Vec<BoundingBox>,
}

impl FaceChoice {
    /// The one face that the photo must show.
    pub const SINGLE: Self = Self::anywhere(FaceSelection::Single);
    /// The largest face of the photo.
    pub const LARGEST: Self = Self::anywhere(FaceSelection::Largest);
    /// Every face of the photo.
    pub const EVERY: Self = Self::anywhere(FaceSelection::Every);

    /// Faces anywhere in the photo.
    pub const fn anywhere(selection: FaceSelection) -> Self {
        Self { selection, places: Vec::new() }
    }

    /// The options with no more faces described than may be meant.
    pub(crate) fn limit(&self, options: AnalyzeOptions) -> AnalyzeOptions {
        let is_one = self.selection == FaceSelection::Largest && self.places.is_empty();
        if is_one { AnalyzeOptions { max_faces: 1, ..options } } else { options }
    }

    /// The faces that are meant, of those found, which come largest first; at least one.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] where there is none; [`ErrorKind::MultipleFaces`], with the boxes of all faces
    /// looked at, where there are several and one is needed.
    pub(crate) fn choose(&self, found: Vec<AnalyzedFace>) -> Result<Vec<AnalyzedFace>, ServiceError> {
        let everywhere = (0..found.len()).collect();
        let groups: Vec<Vec<usize>> = if self.places.is_empty() {
            vec![everywhere]
        } else {
            self.places.iter().map(|place| faces_in(place, &found)).collect()
        };
        if self.selection == FaceSelection::Single && groups.iter().any(|group| group.len() > 1) {
            let looked_at = (0..found.len()).filter(|index| groups.iter().any(|group| group.contains(index)));
            return Err(ServiceError::several_faces(looked_at.map(|index| found[index].bounds).collect()));
        }
        let most = if self.selection == FaceSelection::Every { usize::MAX } else { 1 };
        let mut meant: Vec<usize> =
            groups.into_iter().flat_map(|group| group.into_iter().take(most)).collect();
        meant.sort_unstable();
        meant.dedup();
        if meant.is_empty() {
            return Err(ErrorKind::NoFace.into());
        }
        let is_meant = |(index, face)| meant.binary_search(&index).is_ok().then_some(face);
        Ok(found.into_iter().enumerate().filter_map(is_meant).collect())
    }

    /// The faces in the places, of those found; those anywhere where there are no places. May be none.
    pub(crate) fn keep_places(places: &[BoundingBox], found: &mut Vec<AnalyzedFace>) {
        if !places.is_empty() {
            found.retain(|face| places.iter().any(|place| is_in(place, &face.bounds)));
        }
    }
}

fn faces_in(place: &BoundingBox, found: &[AnalyzedFace]) -> Vec<usize> {
    (0..found.len()).filter(|&index| is_in(place, &found[index].bounds)).collect()
}

fn is_in(place: &BoundingBox, face: &BoundingBox) -> bool {
    let covers_centre = |area: &BoundingBox, of: &BoundingBox| {
        let centre = of.center();
        (area.x..=area.right()).contains(&centre.x) && (area.y..=area.bottom()).contains(&centre.y)
    };
    covers_centre(place, face) || covers_centre(face, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faces() -> Vec<AnalyzedFace> {
        let face = |x: f32, side: f32| AnalyzedFace::new(BoundingBox::new(x, 10.0, side, side), 0.9);
        vec![face(0.0, 40.0), face(100.0, 30.0), face(200.0, 20.0)]
    }

    fn chosen(selection: FaceSelection, places: &[BoundingBox]) -> Result<Vec<f32>, ErrorKind> {
        let choice = FaceChoice { selection, places: places.to_vec() };
        let faces = choice.choose(faces()).map_err(|error| error.kind())?;
        Ok(faces.iter().map(|face| face.bounds.x).collect())
    }

    #[test]
    fn faces_are_chosen_among_all() {
        assert_eq!(chosen(FaceSelection::Every, &[]), Ok(vec![0.0, 100.0, 200.0]));
        assert_eq!(chosen(FaceSelection::Largest, &[]), Ok(vec![0.0]));
        assert_eq!(chosen(FaceSelection::Single, &[]), Err(ErrorKind::MultipleFaces));
        assert_eq!(FaceChoice::EVERY.choose(Vec::new()).unwrap_err().kind(), ErrorKind::NoFace);
    }

    #[test]
    fn faces_are_chosen_in_each_place() {
        let right = BoundingBox::new(90.0, 0.0, 150.0, 60.0);
        let left = BoundingBox::new(-5.0, 0.0, 60.0, 60.0);
        let inside_a_face = BoundingBox::new(210.0, 15.0, 5.0, 5.0);
        let nowhere = BoundingBox::new(500.0, 0.0, 60.0, 60.0);
        assert_eq!(chosen(FaceSelection::Largest, &[right]), Ok(vec![100.0]));
        assert_eq!(chosen(FaceSelection::Every, &[right]), Ok(vec![100.0, 200.0]));
        assert_eq!(chosen(FaceSelection::Single, &[right]), Err(ErrorKind::MultipleFaces));
        assert_eq!(chosen(FaceSelection::Largest, &[right, left]), Ok(vec![0.0, 100.0]));
        assert_eq!(chosen(FaceSelection::Single, &[left, inside_a_face]), Ok(vec![0.0, 200.0]));
        assert_eq!(chosen(FaceSelection::Single, &[left, left, nowhere]), Ok(vec![0.0]));
        assert_eq!(chosen(FaceSelection::Every, &[nowhere]), Err(ErrorKind::NoFace));
    }

    #[test]
    fn several_faces_are_told_with_their_boxes() {
        let right = BoundingBox::new(90.0, 0.0, 150.0, 60.0);
        let choice = FaceChoice { selection: FaceSelection::Single, places: vec![right] };
        let error = choice.choose(faces()).unwrap_err();
        assert_eq!(error.boxes().iter().map(|bounds| bounds.x).collect::<Vec<_>>(), [100.0, 200.0]);
    }
}
