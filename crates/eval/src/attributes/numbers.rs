//! Answers that are numbers: age and pose.

use crate::findings::{Better, Figure, Unit};
use crate::statistics::Bootstrap;

use super::Judged;

/// An estimate this many years outside the labelled range still counts as close to it.
const AGE_TOLERANCE_YEARS: f32 = 5.0;

/// The figures of age, as far as the photos are labelled with it: mean absolute error and bias (positive where faces
/// are taken for older) from the middle of the labelled range, and the share of estimates close to the range.
pub(super) fn age(judged: &[&Judged], bootstrap: &Bootstrap) -> Vec<Figure> {
    let labelled = judged.iter().filter_map(|judged| Some((judged.truth.age?, judged.face.age)));
    let told: Vec<_> = labelled.clone().filter_map(|(truth, told)| Some((truth, told?))).collect();
    let errors: Vec<f64> = told.iter().map(|(truth, told)| f64::from(told - truth.middle())).collect();
    let absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    let is_close = |(truth, told): &&(crate::labels::AgeRange, f32)| {
        (truth.low - AGE_TOLERANCE_YEARS..=truth.high + AGE_TOLERANCE_YEARS).contains(told)
    };
    let close = told.iter().filter(is_close).count();
    let figures = [
        Figure::mean("age mean absolute error", &absolute, Unit::Years, Better::Lower, bootstrap),
        Figure::mean("age bias", &errors, Unit::Years, Better::NearZero, bootstrap),
        Figure::share("age within 5 years of the label", close, told.len(), Better::Higher),
        Figure::share("age told", told.len(), labelled.count(), Better::Higher),
    ];
    figures.into_iter().flatten().collect()
}

/// The mean absolute error of each angle of the pose that is labelled.
pub(super) fn pose(judged: &[&Judged], bootstrap: &Bootstrap) -> Vec<Figure> {
    let figure = |(index, name): (usize, &str)| {
        let error = |judged: &&Judged| {
            Some(f64::from((judged.face.pose_deg?[index] - judged.truth.pose_deg[index]?).abs()))
        };
        let errors: Vec<f64> = judged.iter().filter_map(error).collect();
        let name = format!("{name} mean absolute error");
        Figure::mean(name, &errors, Unit::Degrees, Better::Lower, bootstrap)
    };
    ["yaw", "pitch", "roll"].into_iter().enumerate().filter_map(figure).collect()
}
