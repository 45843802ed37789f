//! How well heads do: the figures that a head file states.

use std::collections::BTreeMap;

use vultus_face::attributes::{GLASSES_WORN_FROM, five_groups};
use vultus_face::heads::area_under_curve;
use vultus_types::{Ethnicity, EthnicityEstimate, Gender, GenderEstimate};

use super::labels::{Labelled, age_band, years};

/// The columns by whose values figures are given, where a file of labels has them.
const GROUPINGS: [&str; 3] = ["age", "gender", "race"];
/// Groups of fewer photos get no figure of their own.
const LEAST_GROUP: usize = 10;

/// What a head said of one photo, and what is true.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Judged {
    /// Years.
    Age {
        /// What the head said.
        said: f32,
        /// What is true.
        truth: f32,
    },
    /// Five groups.
    Ethnicity {
        /// What the head said.
        said: EthnicityEstimate,
        /// What is true.
        truth: Ethnicity,
    },
    /// The probability of female.
    Gender {
        /// What the head said.
        said: f32,
        /// Whether the person is.
        truth: bool,
    },
    /// The probability of glasses.
    Glasses {
        /// What the head said.
        said: f32,
        /// Whether they are worn.
        truth: bool,
    },
}

impl Judged {
    /// What a head of ethnicity said by its seven classes, of which `class` is true.
    pub(super) fn ethnicity(said: &[f32], class: usize) -> Option<Self> {
        let mut truth = vec![0.0; said.len()];
        *truth.get_mut(class)? = 1.0;
        Some(Self::Ethnicity { said: five_groups(said)?, truth: five_groups(&truth)?.best()? })
    }

    /// Years said too many; `None` for what is no age.
    fn years_off(&self) -> Option<f64> {
        match self {
            Self::Age { said, truth } => Some(f64::from(*said) - f64::from(*truth)),
            Self::Ethnicity { .. } | Self::Gender { .. } | Self::Glasses { .. } => None,
        }
    }

    /// Whether the most probable answer is the true one; `None` for ages.
    fn is_right(&self) -> Option<bool> {
        match self {
            Self::Age { .. } => None,
            Self::Ethnicity { said, truth } => Some(said.most_probable().0 == *truth),
            Self::Gender { said, truth } => Some((*said >= 0.5) == *truth),
            Self::Glasses { said, truth } => Some((*said >= GLASSES_WORN_FROM) == *truth),
        }
    }

    /// Whether the answer that is sure enough to be given is the true one; `None` where none is, or where every
    /// answer is given.
    fn is_known_right(&self) -> Option<bool> {
        match self {
            Self::Ethnicity { said, truth } => said.best().map(|best| best == *truth),
            Self::Gender { said, truth } => {
                GenderEstimate { female: *said }.best().map(|best| (best == Gender::Female) == *truth)
            }
            Self::Age { .. } | Self::Glasses { .. } => None,
        }
    }
}

/// What was measured on the photos of one set, over all and by group. The names begin with `set`.
pub(super) fn figures(set: &str, photos: &[&Labelled], judged: &[Judged]) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::new();
    let all: Vec<&Judged> = judged.iter().collect();
    measure(&mut figures, set, &all);
    figures.extend(area(judged).map(|area| (format!("{set}_auc"), rounded(area))));
    for column in GROUPINGS {
        let mut groups: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
        for (photo, judged) in photos.iter().zip(judged) {
            if let Some(group) = photo.labels.get(column).and_then(|label| group_name(column, label)) {
                groups.entry(group).or_default().push(judged);
            }
        }
        for (group, judged) in groups.into_iter().filter(|(_, judged)| judged.len() >= LEAST_GROUP) {
            measure(&mut figures, &format!("{set}_{column}_{group}"), &judged);
        }
    }
    figures
}

fn group_name(column: &str, label: &str) -> Option<String> {
    let name = if column == "age" { age_band(years(label)?).to_owned() } else { label.to_lowercase() };
    Some(name.replace(' ', "_"))
}

/// Mean absolute error and bias of ages; of others the share of right answers, and the share of faces whose answer
/// is sure enough to be given and the share of right ones among those.
fn measure(figures: &mut BTreeMap<String, f64>, name: &str, judged: &[&Judged]) {
    let errors: Vec<f64> = judged.iter().filter_map(|judged| judged.years_off()).collect();
    if !errors.is_empty() {
        let count = errors.len() as f64;
        let absolute = errors.iter().map(|error| error.abs()).sum::<f64>();
        figures.insert(format!("{name}_mae"), rounded(absolute / count));
        figures.insert(format!("{name}_bias"), rounded(errors.iter().sum::<f64>() / count));
    }
    let right: Vec<bool> = judged.iter().filter_map(|judged| judged.is_right()).collect();
    figures.extend(share(&right).map(|share| (format!("{name}_accuracy"), share)));
    let known: Vec<bool> = judged.iter().filter_map(|judged| judged.is_known_right()).collect();
    if let Some(share) = share(&known) {
        figures.insert(format!("{name}_known"), rounded(known.len() as f64 / judged.len() as f64));
        figures.insert(format!("{name}_known_accuracy"), share);
    }
}

fn share(right: &[bool]) -> Option<f64> {
    let count = right.iter().filter(|is_right| **is_right).count();
    (!right.is_empty()).then(|| rounded(count as f64 / right.len() as f64))
}

/// The area under the curve of the probability that heads of two classes give.
fn area(judged: &[Judged]) -> Option<f64> {
    let scores = |wanted: bool| -> Vec<f32> {
        let scored = judged.iter().filter_map(|judged| match judged {
            Judged::Gender { said, truth } | Judged::Glasses { said, truth } => Some((*said, *truth)),
            Judged::Age { .. } | Judged::Ethnicity { .. } => None,
        });
        scored.filter(|(_, truth)| *truth == wanted).map(|(said, _)| said).collect()
    };
    area_under_curve(&scores(false), &scores(true))
}

/// Four digits: more say nothing on a few thousand photos.
fn rounded(figure: f64) -> f64 {
    (figure * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(labels: &[(&str, &str)]) -> Labelled {
        let labels = labels.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned())).collect();
        Labelled { path: "x".into(), labels }
    }

    #[test]
    fn ages_are_measured_over_all_and_by_band() {
        let photos: Vec<Labelled> = (0..20)
            .map(|index| photo(&[("age", if index < 10 { "20-29" } else { "3-9" }), ("race", "White")]))
            .collect();
        let judged: Vec<Judged> = (0..20)
            .map(|index| {
                if index < 10 {
                    Judged::Age { said: 29.0, truth: 25.0 }
                } else {
                    Judged::Age { said: 4.5, truth: 6.5 }
                }
            })
            .collect();
        let figures = figures("faces", &photos.iter().collect::<Vec<_>>(), &judged);
        assert_eq!((figures["faces_mae"], figures["faces_bias"]), (3.0, 1.0));
        assert_eq!((figures["faces_age_20-29_mae"], figures["faces_age_3-9_bias"]), (4.0, -2.0));
        assert_eq!(figures["faces_race_white_mae"], 3.0);
        assert!(!figures.contains_key("faces_accuracy"));
    }

    #[test]
    fn unsure_answers_count_as_right_or_wrong_but_not_as_known() {
        let gender = |said, truth| Judged::Gender { said, truth };
        let judged = [gender(0.9, true), gender(0.55, true), gender(0.45, true), gender(0.2, false)];
        let photos = [photo(&[]), photo(&[]), photo(&[]), photo(&[])];
        let figures = figures("faces", &photos.iter().collect::<Vec<_>>(), &judged);
        assert_eq!((figures["faces_accuracy"], figures["faces_auc"]), (0.75, 1.0));
        assert_eq!((figures["faces_known"], figures["faces_known_accuracy"]), (0.5, 1.0));
    }

    #[test]
    fn ethnicity_is_right_where_the_group_of_five_is() {
        // East Asian said for southeast Asian: both are Asian.
        let said = [0.1, 0.6, 0.05, 0.05, 0.1, 0.05, 0.05];
        let judged = Judged::ethnicity(&said, 5).unwrap();
        assert_eq!((judged.is_right(), judged.is_known_right()), (Some(true), Some(true)));
        let wrong = Judged::ethnicity(&[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1], 6).unwrap();
        assert_eq!((wrong.is_right(), wrong.is_known_right()), (Some(false), None));
        assert_eq!(Judged::ethnicity(&said, 7), None);
    }

    #[test]
    fn small_groups_have_no_figures() {
        let photos: Vec<Labelled> = (0..9).map(|_| photo(&[("race", "White")])).collect();
        let judged = vec![Judged::Glasses { said: 0.9, truth: true }; 9];
        let figures = figures("faces", &photos.iter().collect::<Vec<_>>(), &judged);
        assert_eq!(figures, BTreeMap::from([("faces_accuracy".to_owned(), 1.0)]));
    }
}
