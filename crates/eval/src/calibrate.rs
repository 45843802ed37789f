//! The calibration table of an embedder, from photos of many people.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Serialize;
use vultus_face::FaceAnalyzer;
use vultus_search::{CalibrationTable, Provenance};
use vultus_types::{IncomparableTemplate, ScoreRule, Similarity, Template};

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};
use crate::same_person::{SameFaces, SamePersonRule};
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
    /// Whether the two photos show different people.
    fn are_strangers(&self, one: usize, other: usize) -> bool {
        self.people[one] != self.people[other]
    }

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

    /// The photos of each group as a table of labels names it: cells between commas, without quotes; the first line
    /// names the columns, of which `file` ends in the photo's file name and `column` holds its group. Photos
    /// without a label, and groups of one photo, are left out.
    ///
    /// # Errors
    /// [`EvalError::Labels`] where the table has no such columns.
    pub fn by_group(&self, labels: &str, column: &str) -> Result<Vec<Self>, EvalError> {
        let mut lines = labels.trim_start_matches('\u{feff}').lines().map(cells);
        let header = lines.next().unwrap_or_default();
        let place = |name: &str| header.iter().position(|cell| *cell == name);
        let (Some(file), Some(group)) = (place("file"), place(column)) else {
            return Err(EvalError::Labels { line: 1 });
        };
        let group_of: HashMap<&OsStr, &str> = lines
            .filter_map(|cells| Some((Path::new(*cells.get(file)?).file_name()?, *cells.get(group)?)))
            .filter(|(_, group)| !group.is_empty())
            .collect();
        let mut groups: BTreeMap<&str, Self> = BTreeMap::new();
        for (path, person) in self.paths.iter().zip(&self.people) {
            if let Some(group) = path.file_name().and_then(|name| group_of.get(name)) {
                groups.entry(group).or_default().push(path.clone(), *person);
            }
        }
        Ok(groups.into_values().filter(|photos| photos.paths.len() > 1).collect())
    }

    fn push(&mut self, path: PathBuf, person: usize) {
        self.paths.push(path);
        self.people.push(person);
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(str::trim).collect()
}

pub(crate) fn sorted_entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs_err::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    paths.sort();
    Ok(paths)
}

fn is_photo(path: &Path) -> bool {
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| {
        ["jpg", "jpeg", "png", "webp", "bmp", "gif"].iter().any(|name| extension == *name)
    })
}

/// How a table is measured.
pub struct CalibrationRequest<'a> {
    /// Strangers by collection; pairs are made within each.
    pub populations: &'a [LabelledPhotos],
    /// Which pairs are left out.
    pub same_person: Option<SamePersonRule<'a>>,
    /// Promised rates are the measured ones of the worst population times this, 1 or more.
    pub margin: f64,
    /// What the table shall tell of its data; its models are filled in.
    pub origin: Provenance,
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
    /// Pairs dropped because the models call them the same person.
    pub dropped_pairs: usize,
}

/// Compares every photo with every photo of other people of its population and makes the calibration table of
/// `analyzer` from the scores.
///
/// # Errors
/// [`EvalError`] where a file cannot be read, the engine fails, or there are too few pairs.
pub fn calibrate(
    analyzer: &dyn FaceAnalyzer,
    request: &CalibrationRequest<'_>,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<CalibrationReport, EvalError> {
    let rule = analyzer.score_rule();
    let (mut scores, mut dropped_pairs, mut failures, mut photos) = (Vec::new(), 0, 0, 0);
    for population in request.populations {
        let templates = extract_templates(analyzer, &population.paths, threads, progress)?;
        let rule_of_same = request.same_person.as_ref();
        let same = SameFaces::look(rule_of_same, &population.paths, threads, progress)?;
        let (found, dropped) = stranger_scores(rule, &templates, population, &same, threads)?;
        failures += templates.iter().filter(|template| template.is_none()).count();
        photos += templates.len();
        dropped_pairs += dropped;
        scores.push(found);
    }
    let models = rule.parts.iter().map(|part| part.model).collect();
    let origin = Provenance { models, ..request.origin.clone() };
    let table = CalibrationTable::measure(&mut scores, request.margin, origin)?;
    Ok(CalibrationReport { table, photos, failures, dropped_pairs })
}

/// The scores of all pairs of different people, and the number of pairs dropped as the same person. Identical
/// photos are the same person, whatever the rule.
fn stranger_scores(
    rule: &ScoreRule,
    templates: &[Option<Template>],
    photos: &LabelledPhotos,
    same: &SameFaces,
    threads: NonZeroUsize,
) -> Result<(Vec<f32>, usize), IncomparableTemplate> {
    let indices: Vec<usize> = (0..templates.len()).collect();
    let rows = map_parallel(&indices, threads, &|_, _| {}, |&one| {
        let (mut scores, mut dropped) = (Vec::new(), 0);
        let Some(left) = &templates[one] else { return Ok((scores, dropped)) };
        for other in one + 1..templates.len() {
            let Some(right) = templates[other].as_ref().filter(|_| photos.are_strangers(one, other)) else {
                continue;
            };
            let score = rule.similarity(left, right)?;
            if score == Similarity::IDENTICAL || same.is_same(one, other) {
                dropped += 1;
            } else {
                scores.push(score.0);
            }
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
    fn photos_are_grouped_by_their_labels() {
        let mut photos = LabelledPhotos::default();
        for (person, name) in ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"].into_iter().enumerate() {
            photos.push(Path::new("folder").join(name), person);
        }
        let labels = "file,age,race\nval/a.jpg,20-29,X\nval/b.jpg,,Y\nval/c.jpg,3-9,X\nval/d.jpg,3-9,\n";
        let groups = photos.by_group(labels, "race").unwrap();
        assert_eq!(groups.len(), 1, "Y has one photo");
        assert_eq!(groups[0].people, [0, 2]);
        assert!(matches!(photos.by_group(labels, "colour"), Err(EvalError::Labels { line: 1 })));
    }

    fn people(people: &[usize]) -> LabelledPhotos {
        LabelledPhotos { paths: vec![PathBuf::new(); people.len()], people: people.to_vec() }
    }

    #[test]
    fn pairs_of_one_person_and_failed_photos_are_left_out() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let templates = [template(0.0), template(0.1), None, template(1.0)];
        let (scores, dropped) = stranger_scores(
            &rule,
            &templates,
            &people(&[0, 0, 1, 2]),
            &SameFaces::default(),
            NonZeroUsize::MIN,
        )
        .unwrap();
        assert_eq!((scores.len(), dropped), (2, 0));
        assert!((scores[0] - 1f32.cos()).abs() < 1e-6 && (scores[1] - 0.9f32.cos()).abs() < 1e-6);
    }

    #[test]
    fn pairs_that_every_model_calls_one_person_are_dropped() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let templates = [template(0.0), template(0.1), template(1.0), template(1.0)];
        let angles =
            |angles: [f32; 4]| angles.map(|angle: f32| Some(vec![angle.cos(), angle.sin()])).to_vec();
        let same =
            SameFaces::of(vec![(0.9, angles([0.0, 0.1, 1.0, 2.0])), (0.9, angles([0.0, 0.1, 0.1, 3.0]))]);
        let found =
            stranger_scores(&rule, &templates, &people(&[0, 1, 2, 3]), &same, NonZeroUsize::MIN).unwrap();
        // The first two by both models, the last two because they are identical.
        assert_eq!((found.0.len(), found.1), (4, 2));
    }
}
