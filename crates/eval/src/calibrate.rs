//! The calibration table of an embedder, from photos of many people.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Serialize;
use vultus_face::FaceAnalyzer;
use vultus_search::{CalibrationTable, Provenance};
use vultus_types::{IncomparableTemplate, ScoreRule, Template};

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};
use crate::templates::extract_templates;

/// Photos with the person each of them shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledPhotos {
    /// The files, sorted.
    pub paths: Vec<PathBuf>,
    /// For each file a number that is the same for photos of the same person only.
    pub people: Vec<usize>,
}

impl LabelledPhotos {
    /// Adds the photos of a folder: every sub-folder is one person, and every file beside the sub-folders is a
    /// person of its own. Files that are named like no photo, and names beginning with a dot, are skipped.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> std::io::Result<()> {
        for entry in sorted_entries(folder)? {
            let person = self.people.last().map_or(0, |last| last + 1);
            if entry.is_dir() {
                for photo in sorted_entries(&entry)?.into_iter().filter(|path| is_photo(path)) {
                    self.push(photo, person);
                }
            } else if is_photo(&entry) {
                self.push(entry, person);
            }
        }
        Ok(())
    }

    fn push(&mut self, path: PathBuf, person: usize) {
        self.paths.push(path);
        self.people.push(person);
    }
}

fn sorted_entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs_err::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    paths.sort();
    Ok(paths)
}

fn is_photo(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| {
        ["jpg", "jpeg", "png", "webp", "bmp", "gif"].iter().any(|name| extension == *name)
    })
}

/// A rule that tells photos of one person that the labels call two: collections of strangers are cut from
/// albums, and the same people return in them. Pairs on which two unrelated embedders both report a very high
/// score are the same person.
pub struct SamePersonRule<'a> {
    /// Pairs above this similarity of the measured embedder are suspected…
    pub above: f32,
    /// …and dropped where this other engine…
    pub second: &'a dyn FaceAnalyzer,
    /// …scores them above this as well.
    pub second_above: f32,
}

/// A table and how it came about.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationReport {
    /// The table.
    pub table: CalibrationTable,
    /// Photos given.
    pub photos: usize,
    /// Photos without a template.
    pub failures: usize,
    /// Pairs dropped because two embedders call them the same person.
    pub dropped_pairs: usize,
}

/// Compares every photo with every photo of other people and makes the calibration table of `analyzer` from the
/// scores. `origin` says what the table shall tell of its data; its models are filled in here.
///
/// # Errors
/// [`EvalError`] where a file cannot be read, the engine fails, or there are too few pairs.
pub fn calibrate(
    analyzer: &dyn FaceAnalyzer,
    photos: &LabelledPhotos,
    same_person: Option<&SamePersonRule<'_>>,
    origin: Provenance,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<CalibrationReport, EvalError> {
    let rule = analyzer.score_rule();
    let found = extract_templates(analyzer, &photos.paths, threads, progress)?;
    let second = same_person
        .map(|same| extract_templates(same.second, &photos.paths, threads, progress))
        .transpose()?;
    let is_same = |one: usize, other: usize, score: f32| -> Result<bool, IncomparableTemplate> {
        let (Some(same), Some(templates)) = (same_person, &second) else { return Ok(false) };
        let (Some(left), Some(right)) = (&templates[one], &templates[other]) else { return Ok(false) };
        Ok(score > same.above && same.second.score_rule().similarity(left, right)?.0 > same.second_above)
    };
    let (mut scores, dropped_pairs) = stranger_scores(rule, &found, &photos.people, threads, &is_same)?;
    let models = rule.parts.iter().map(|part| part.model).collect();
    let table = CalibrationTable::measure(&mut scores, Provenance { models, ..origin })?;
    let failures = found.iter().filter(|template| template.is_none()).count();
    Ok(CalibrationReport { table, photos: photos.paths.len(), failures, dropped_pairs })
}

type SamePerson<'a> = dyn Fn(usize, usize, f32) -> Result<bool, IncomparableTemplate> + Sync + 'a;

/// The scores of all pairs of different people, and the number of pairs dropped by `is_same`.
fn stranger_scores(
    rule: &ScoreRule,
    templates: &[Option<Template>],
    people: &[usize],
    threads: NonZeroUsize,
    is_same: &SamePerson<'_>,
) -> Result<(Vec<f32>, usize), IncomparableTemplate> {
    let indices: Vec<usize> = (0..templates.len()).collect();
    let rows = map_parallel(&indices, threads, &|_, _| {}, |&one| {
        let (mut scores, mut dropped) = (Vec::new(), 0);
        let Some(left) = &templates[one] else { return Ok((scores, dropped)) };
        for other in one + 1..templates.len() {
            let Some(right) = templates[other].as_ref().filter(|_| people[one] != people[other]) else {
                continue;
            };
            let score = rule.similarity(left, right)?.0;
            if is_same(one, other, score)? { dropped += 1 } else { scores.push(score) }
        }
        Ok((scores, dropped))
    })?;
    let dropped = rows.iter().map(|(_, dropped)| dropped).sum();
    Ok((rows.into_iter().flat_map(|(scores, _)| scores).collect(), dropped))
}

#[cfg(test)]
mod tests {
    use vultus_types::{ModelDigest, TemplatePart};

    use super::*;

    fn template(angle: f32) -> Option<Template> {
        let vector = vec![angle.cos(), angle.sin()];
        Template::new(vec![TemplatePart { model: ModelDigest([1; 32]), vector, cohort: None }]).ok()
    }

    #[test]
    fn folders_are_people_and_files_beside_them_are_strangers() {
        let root = tempfile::tempdir().unwrap();
        for name in
            ["ann/1.jpg", "ann/2.JPG", "bob/1.png", "stray.jpg", "other.jpeg", "notes.txt", ".hidden.jpg"]
        {
            let path = root.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, b"").unwrap();
        }
        let mut photos = LabelledPhotos::default();
        photos.add_folder(root.path()).unwrap();
        assert_eq!(photos.people, [0, 0, 1, 2, 3]);
        assert!(photos.paths[3].ends_with("other.jpeg"));
    }

    #[test]
    fn pairs_of_one_person_and_failed_photos_are_left_out() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let templates = [template(0.0), template(0.1), None, template(1.0)];
        let (scores, dropped) =
            stranger_scores(&rule, &templates, &[0, 0, 1, 2], NonZeroUsize::MIN, &|_, _, _| Ok(false))
                .unwrap();
        assert_eq!((scores.len(), dropped), (2, 0));
        assert!((scores[0] - 1f32.cos()).abs() < 1e-6 && (scores[1] - 0.9f32.cos()).abs() < 1e-6);
    }

    #[test]
    fn pairs_that_the_rule_calls_one_person_are_dropped() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let templates = [template(0.0), template(0.1), template(1.0)];
        let is_same = |_, _, score: f32| Ok(score > 0.9);
        let (scores, dropped) =
            stranger_scores(&rule, &templates, &[0, 1, 2], NonZeroUsize::MIN, &is_same).unwrap();
        assert_eq!((scores.len(), dropped), (2, 1));
    }
}
