//! Templates of many photos.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use vultus_face::recipe::RawPart;
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceError, PartSource};
use vultus_inference::Cancel;
use vultus_types::{AnalyzedFace, BoundingBox, PhotoAnalysis, Point, Template, Wanted};

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};

/// The smallest face looked for, as a share of the photo's larger side: photos of face collections show one face
/// that fills a good part of them.
pub(crate) const MIN_HEAD_SCALE: f32 = 0.1;

/// The face a photo of a collection is about: of all found the one whose centre is nearest to the photo's
/// centre. Collections such as Labeled Faces in the Wild centre their subject, while a bystander nearer to the
/// camera may be larger.
pub fn central_face(analysis: &PhotoAnalysis) -> Option<&AnalyzedFace> {
    let boxes = analysis.faces.iter().map(|face| face.bounds);
    nearest_to_centre(analysis.width, analysis.height, boxes).map(|index| &analysis.faces[index])
}

/// Which of the boxes has its centre nearest to that of a photo with these sides.
pub(crate) fn nearest_to_centre(
    width: u32,
    height: u32,
    boxes: impl Iterator<Item = BoundingBox>,
) -> Option<usize> {
    let center = Point::new(width as f32 / 2.0, height as f32 / 2.0);
    let distances = boxes.map(|bounds| bounds.center().distance(center)).enumerate();
    distances.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(index, _)| index)
}

/// The template of each photo's central face, in the order of `paths`; `None` where no face is found or the file
/// is no photo that can be read (a failure to acquire).
///
/// # Errors
/// [`EvalError`] where a file cannot be read or the engine itself fails.
pub fn extract_templates(
    analyzer: &dyn FaceAnalyzer,
    paths: &[PathBuf],
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<Vec<Option<Template>>, EvalError> {
    map_parallel(paths, threads, progress, |path| extract_template(analyzer, path))
}

/// What each model says of each photo's central face, otherwise as [`extract_templates`].
///
/// # Errors
/// [`EvalError`] where a file cannot be read or the engine itself fails.
pub fn extract_parts(
    source: &dyn PartSource,
    paths: &[PathBuf],
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<Vec<Option<Vec<RawPart>>>, EvalError> {
    map_parallel(paths, threads, progress, |path| {
        let photo = fs_err::read(path)?;
        let options = AnalyzeOptions { min_head_scale: MIN_HEAD_SCALE, ..AnalyzeOptions::new(Wanted::BOXES) };
        match source.raw_parts(&photo, &options, &Cancel::default()) {
            Ok((analysis, parts)) => {
                let central = central_face(&analysis).map(|face| face.bounds);
                let at = analysis.faces.iter().position(|face| Some(face.bounds) == central);
                Ok(at.and_then(|at| parts.into_iter().nth(at)).filter(|parts| !parts.is_empty()))
            }
            Err(FaceError::Image(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    })
}

fn extract_template(analyzer: &dyn FaceAnalyzer, path: &Path) -> Result<Option<Template>, EvalError> {
    let photo = fs_err::read(path)?;
    let wanted = Wanted { quality: false, ..Wanted::TEMPLATE };
    let options = AnalyzeOptions { min_head_scale: MIN_HEAD_SCALE, ..AnalyzeOptions::new(wanted) };
    match analyzer.analyze(&photo, &options, &Cancel::default()) {
        Ok(analysis) => Ok(central_face(&analysis).and_then(|face| face.template.clone())),
        Err(FaceError::Image(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn face_nearest_to_the_centre_is_taken_not_the_largest() {
        let face = |x, y, side| AnalyzedFace::new(BoundingBox::new(x, y, side, side), 0.9);
        let faces = vec![face(0.0, 0.0, 90.0), face(80.0, 80.0, 40.0)];
        let analysis = PhotoAnalysis { width: 200, height: 200, faces, ..PhotoAnalysis::default() };
        assert_eq!(central_face(&analysis).unwrap().bounds.width, 40.0);
        assert!(central_face(&PhotoAnalysis::default()).is_none());
    }
}
