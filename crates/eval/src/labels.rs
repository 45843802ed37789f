//! What is known of photos: labels from tables, file names or folder names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::EvalError;
use crate::folders::photos_in;
use crate::observed::EXPRESSIONS;
use crate::table::Table;

/// Where the labels of a folder of photos come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSource<'a> {
    /// The text of a table: cells between commas or semicolons, without quotes; the first line names the columns.
    /// Known are `file` or `name` (a path in the folder, or a file's name without its ending), `age` (years, `20-29`,
    /// `more than 70`), `gender`, `race`, `glasses`, `mouth_open`, `happy`, `expression`, `yaw`, `pitch`, `roll`
    /// (degrees, with the signs of [`vultus_types::HeadPose`]). An empty cell is not known.
    Table(&'a str),
    /// File names of `UTKFace`: `age_gender_race_…`, gender 0 male, 1 female; race 0 White, 1 Black, 2 Asian,
    /// 3 Indian, 4 others.
    UtkFaceNames,
    /// One folder per expression.
    ExpressionFolders,
}

/// A photo and what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledPhoto {
    /// The file.
    pub path: PathBuf,
    /// Its labels.
    pub truth: Truth,
}

/// What is known of the face in a photo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// Age.
    pub age: Option<AgeRange>,
    /// Gender.
    pub is_female: Option<bool>,
    /// The group as the data set names it.
    pub race: Option<String>,
    /// The group as one of [`crate::observed::ETHNICITIES`], where it is among them.
    pub ethnicity: Option<usize>,
    /// Whether glasses or sunglasses are worn.
    pub wears_glasses: Option<bool>,
    /// Whether the lips are apart.
    pub lips_apart: Option<bool>,
    /// Whether the face looks happy.
    pub is_happy: Option<bool>,
    /// Whether both eyes are closed, of those that are to be seen.
    pub eyes_closed: Option<bool>,
    /// One of [`EXPRESSIONS`].
    pub expression: Option<usize>,
    /// Yaw, pitch and roll in degrees.
    pub pose_deg: [Option<f32>; 3],
}

/// An age in years: from `low` up to below `high`, or exactly `low` where both are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgeRange {
    /// The least.
    pub low: f32,
    /// The end.
    pub high: f32,
}

/// Bands of age that breakdowns use; those of `FairFace`. The last has no end.
pub(crate) const AGE_BANDS: [(f32, &str); 9] = [
    (3.0, "0-2"),
    (10.0, "3-9"),
    (20.0, "10-19"),
    (30.0, "20-29"),
    (40.0, "30-39"),
    (50.0, "40-49"),
    (60.0, "50-59"),
    (70.0, "60-69"),
    (f32::INFINITY, "70+"),
];

/// Ages from which on a band without an end is taken to reach ten years.
const OPEN_BAND_YEARS: f32 = 10.0;

impl AgeRange {
    /// The middle, to which an estimate is compared.
    pub fn middle(self) -> f32 {
        f32::midpoint(self.low, self.high)
    }

    /// The band of [`AGE_BANDS`] in which the middle lies.
    pub(crate) fn band(self) -> usize {
        AGE_BANDS.iter().position(|(end, _)| self.middle() < *end).unwrap_or(AGE_BANDS.len() - 1)
    }

    /// The age that a label says: years, `20-29`, `more than 70` or `70+`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let years = |text: &str| text.trim().parse::<f32>().ok().filter(|years| (0.0..150.0).contains(years));
        if let Some(exact) = years(text) {
            return Some(Self { low: exact, high: exact });
        }
        let open = text.strip_prefix("more than ").or_else(|| text.strip_suffix('+'));
        if let Some(low) = open.and_then(years) {
            return Some(Self { low, high: low + OPEN_BAND_YEARS });
        }
        let (low, last) = text.split_once('-')?;
        let (low, last) = (years(low)?, years(last)?);
        (low <= last).then_some(Self { low, high: last + 1.0 })
    }
}

impl Truth {
    /// The part of the data the photo belongs to, for each way of telling parts apart that breakdowns know.
    pub(crate) fn group(&self, by: GroupBy) -> Option<String> {
        match by {
            GroupBy::Age => self.age.map(|age| AGE_BANDS[age.band()].1.to_owned()),
            GroupBy::Gender => self.is_female.map(|is_female| gender_name(is_female).to_owned()),
            GroupBy::Race => self.race.clone(),
        }
    }
}

/// How breakdowns tell parts of the data apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// By band of age.
    Age,
    /// By gender.
    Gender,
    /// By the group that the labels call race.
    Race,
}

impl GroupBy {
    /// Every way.
    pub(crate) const ALL: [Self; 3] = [Self::Age, Self::Gender, Self::Race];

    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Gender => "gender",
            Self::Race => "race",
        }
    }

    /// The groups that occur in `truths`: bands of age in their order, everything else by name.
    pub(crate) fn groups<'a>(self, truths: impl Iterator<Item = &'a Truth>) -> Vec<String> {
        let mut names: Vec<String> = truths.filter_map(|truth| truth.group(self)).collect();
        let band = |name: &String| AGE_BANDS.iter().position(|(_, band)| band == name);
        names.sort_by(|one, other| band(one).cmp(&band(other)).then(one.cmp(other)));
        names.dedup();
        names
    }
}

/// The name of a gender.
pub(crate) const fn gender_name(is_female: bool) -> &'static str {
    if is_female { "female" } else { "male" }
}

/// Reads the labels of the photos in `folder`.
///
/// # Errors
/// [`EvalError::Labels`] with the first line that is wrong, [`EvalError::Label`] with the first file name that is,
/// or where the folder cannot be read.
pub fn labelled_photos(source: LabelSource<'_>, folder: &Path) -> Result<Vec<LabelledPhoto>, EvalError> {
    match source {
        LabelSource::Table(text) => parse_table(text, folder),
        LabelSource::UtkFaceNames => photos_in(folder)?.into_iter().map(utkface_photo).collect(),
        LabelSource::ExpressionFolders => {
            photos_in(folder)?.into_iter().map(|path| expression_photo(path, folder)).collect()
        }
    }
}

fn parse_table(text: &str, folder: &Path) -> Result<Vec<LabelledPhoto>, EvalError> {
    let table = Table::parse(text)?;
    let mut files = Files { folder, by_stem: None };
    let photos = table.rows().map(|row| {
        let row = row?;
        let path = files.find(row.file)?.ok_or_else(|| row.malformed())?;
        let mut truth = Truth::default();
        for (column, cell) in table.labels(&row) {
            truth.set(column, cell).ok_or_else(|| row.malformed())?;
        }
        Ok(LabelledPhoto { path, truth })
    });
    photos.collect()
}

/// The photos of a folder, by the names that tables give them.
struct Files<'a> {
    folder: &'a Path,
    /// By their name without its ending; read when it is first needed.
    by_stem: Option<HashMap<String, PathBuf>>,
}

impl Files<'_> {
    /// The photo that a table calls so: by its path, by its path without the folders that only the table knows, or by
    /// its name without the ending. `None` where the last is needed and there is none.
    fn find(&mut self, name: &str) -> std::io::Result<Option<PathBuf>> {
        let whole = self.folder.join(name);
        let last = Path::new(name).file_name().map(|last| self.folder.join(last));
        if Path::new(name).extension().is_some() {
            return Ok(last.filter(|last| !whole.exists() && last.exists()).or(Some(whole)));
        }
        if self.by_stem.is_none() {
            self.by_stem = Some(stems(self.folder)?);
        }
        Ok(self.by_stem.as_ref().and_then(|stems| stems.get(name)).cloned())
    }
}

fn stems(folder: &Path) -> std::io::Result<HashMap<String, PathBuf>> {
    let stem = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(photos_in(folder)?.into_iter().filter_map(|path| Some((stem(&path)?, path))).collect())
}

impl Truth {
    /// Takes over a cell of a table; `None` where it is malformed. Unknown columns are ignored.
    fn set(&mut self, column: &str, cell: &str) -> Option<()> {
        match column {
            // Some tables say no more than young or old: that is no age to compare with.
            "age" if cell == "young" || cell == "old" => {}
            "age" => self.age = Some(AgeRange::parse(cell)?),
            "gender" => self.is_female = Some(parse_gender(cell)?),
            "race" => self.set_race(cell),
            "glasses" => self.wears_glasses = Some(parse_flag(cell)?),
            "eyes_closed" => self.eyes_closed = Some(parse_flag(cell)?),
            "mouth_open" => self.lips_apart = Some(parse_flag(cell)?),
            "happy" => self.is_happy = Some(parse_flag(cell)?),
            "expression" => self.expression = Some(parse_expression(cell)?),
            "yaw" => self.pose_deg[0] = Some(cell.parse().ok()?),
            "pitch" => self.pose_deg[1] = Some(cell.parse().ok()?),
            "roll" => self.pose_deg[2] = Some(cell.parse().ok()?),
            _ => {}
        }
        Some(())
    }

    fn set_race(&mut self, name: &str) {
        self.race = Some(name.replace('_', " "));
        self.ethnicity = ethnicity_of(name);
    }
}

/// The ethnic group that a data set's word means, as `vultus_types::EthnicityEstimate` draws the borders: Indian and
/// Middle Eastern are `other`. `None` for words that may mean several.
fn ethnicity_of(race: &str) -> Option<usize> {
    match race.to_lowercase().replace('_', " ").as_str() {
        "asian" | "east asian" | "southeast asian" => Some(0),
        "black" => Some(1),
        "hispanic" | "latino hispanic" => Some(2),
        "white" => Some(3),
        "indian" | "middle eastern" => Some(4),
        _ => None,
    }
}

fn parse_gender(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "female" | "f" => Some(true),
        "male" | "m" => Some(false),
        _ => None,
    }
}

fn parse_flag(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// The expression of that name, in the forms that data sets use.
fn parse_expression(name: &str) -> Option<usize> {
    let name = match name.to_lowercase().as_str() {
        "anger" => "angry".to_owned(),
        "disgust" => "disgusted".to_owned(),
        "fear" => "fearful".to_owned(),
        "surprise" => "surprised".to_owned(),
        other => other.to_owned(),
    };
    EXPRESSIONS.iter().position(|expression| *expression == name)
}

fn utkface_photo(path: PathBuf) -> Result<LabelledPhoto, EvalError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let truth = utkface_truth(&name).ok_or(EvalError::Label { name })?;
    Ok(LabelledPhoto { path, truth })
}

fn utkface_truth(name: &str) -> Option<Truth> {
    const RACES: [&str; 5] = ["White", "Black", "Asian", "Indian", "Others"];
    let mut parts = name.split('_');
    let age = AgeRange::parse(parts.next()?)?;
    let is_female = parse_flag(parts.next()?)?;
    let race: usize = parts.next()?.parse().ok()?;
    let mut truth = Truth { age: Some(age), is_female: Some(is_female), ..Truth::default() };
    truth.set_race(RACES.get(race)?);
    Some(truth)
}

fn expression_photo(path: PathBuf, folder: &Path) -> Result<LabelledPhoto, EvalError> {
    let name = path.strip_prefix(folder).ok().and_then(|inner| inner.components().next());
    let name = name.map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    let expression = Some(parse_expression(&name).ok_or(EvalError::Label { name })?);
    Ok(LabelledPhoto { path, truth: Truth { expression, ..Truth::default() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Vec<LabelledPhoto>, EvalError> {
        labelled_photos(LabelSource::Table(text), Path::new("photos"))
    }

    #[test]
    fn ages_come_as_years_ranges_and_open_bands() {
        let age = |text| AgeRange::parse(text).map(|age| (age.middle(), AGE_BANDS[age.band()].1));
        assert_eq!(age("23"), Some((23.0, "20-29")));
        assert_eq!(age("0-2"), Some((1.5, "0-2")));
        assert_eq!(age("20-29"), Some((25.0, "20-29")));
        assert_eq!(age("more than 70"), Some((75.0, "70+")));
        assert_eq!([age("-1"), age("9-3"), age("old"), age("500")], [None; 4]);
    }

    #[test]
    fn table_is_read_by_the_names_of_its_columns() {
        let text = "\u{feff}race,file,gender,age,service\nLatino_Hispanic,val/1.jpg,Male,3-9,TRUE\n\nIndian,2.jpg,,,\n";
        let photos = table(text).unwrap();
        assert_eq!(photos[0].path, Path::new("photos/val/1.jpg"));
        let truth = &photos[0].truth;
        assert_eq!((truth.is_female, truth.ethnicity), (Some(false), Some(2)));
        assert_eq!((truth.race.as_deref(), truth.age.unwrap().middle()), (Some("Latino Hispanic"), 6.5));
        let sparse = Truth { race: Some("Indian".to_owned()), ethnicity: Some(4), ..Truth::default() };
        assert_eq!(photos[1].truth, sparse);
    }

    #[test]
    fn file_may_be_named_without_its_ending() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("7.png"), b"").unwrap();
        let text = "name;gender;glasses;happy;age\n7;f;TRUE;FALSE;old\n";
        let photos = labelled_photos(LabelSource::Table(text), folder.path()).unwrap();
        assert_eq!(photos[0].path, folder.path().join("7.png"));
        let truth = Truth {
            is_female: Some(true),
            wears_glasses: Some(true),
            is_happy: Some(false),
            ..Truth::default()
        };
        assert_eq!(photos[0].truth, truth);
        let missing = labelled_photos(LabelSource::Table("name\n8\n"), folder.path());
        assert!(matches!(missing, Err(EvalError::Labels { line: 2 })));
    }

    #[test]
    fn folders_that_only_the_table_knows_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("val")).unwrap();
        for name in ["1.jpg", "2.jpg", "val/2.jpg"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let text = "file\nval/1.jpg\nval/2.jpg\nval/3.jpg\n";
        let photos = labelled_photos(LabelSource::Table(text), folder.path()).unwrap();
        let paths: Vec<&Path> =
            photos.iter().map(|photo| photo.path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(paths, [Path::new("1.jpg"), Path::new("val/2.jpg"), Path::new("val/3.jpg")]);
    }

    #[test]
    fn malformed_tables_are_refused_with_their_line() {
        let line = |text: &str| match table(text) {
            Err(EvalError::Labels { line }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line("path,age\n"), 1);
        assert_eq!(line("file,age\na.jpg,20\nb.jpg,twenty\n"), 3);
        assert_eq!(line("file,gender\na.jpg,x\n"), 2);
        assert_eq!(line("file\n../a.jpg\n"), 2);
        assert_eq!(line("file,yaw\na.jpg,left\n"), 2);
    }

    #[test]
    fn file_names_of_utkface_are_labels() {
        let truth = utkface_truth("26_1_3_20170104.jpg.chip.jpg").unwrap();
        assert_eq!((truth.age.unwrap().middle(), truth.is_female), (26.0, Some(true)));
        assert_eq!((truth.race.as_deref(), truth.ethnicity), (Some("Indian"), Some(4)));
        assert_eq!(utkface_truth("26_1_4_x.jpg").unwrap().ethnicity, None);
        assert_eq!(utkface_truth("26_2_3_x.jpg"), None);
        assert_eq!(utkface_truth("photo.jpg"), None);
    }

    #[test]
    fn folders_are_expressions() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("fear")).unwrap();
        std::fs::write(folder.path().join("fear/1.jpg"), b"").unwrap();
        let photos = labelled_photos(LabelSource::ExpressionFolders, folder.path()).unwrap();
        assert_eq!(photos[0].truth.expression, Some(2));
        std::fs::rename(folder.path().join("fear"), folder.path().join("boredom")).unwrap();
        let unknown = labelled_photos(LabelSource::ExpressionFolders, folder.path());
        assert!(matches!(unknown, Err(EvalError::Label { .. })));
    }

    #[test]
    fn groups_are_named_once_and_bands_come_in_their_order() {
        let truth = |age| Truth { age: AgeRange::parse(age), ..Truth::default() };
        let truths = [truth("40"), truth("5"), truth("41"), Truth::default(), truth("15")];
        assert_eq!(GroupBy::Age.groups(truths.iter()), ["3-9", "10-19", "40-49"]);
        assert!(GroupBy::Race.groups(truths.iter()).is_empty());
    }
}
