//! Error rates of parts of the data: by group, pose and quality.

use crate::findings::{Better, Figure, Findings, Group, Unit, add_breakdown};
use crate::labels::GroupBy;
use crate::observed::ObservedFace;
use crate::session::Session;
use crate::statistics::Bootstrap;
use crate::trials::{Trial, Trials};

use super::{Comparisons, FEWEST_ERRORS, Preset};

/// The confidences at which parts are compared: the defaults of the dialects with the lowest and highest demand.
const CONFIDENCES: [f32; 2] = [0.60, 0.75];
/// Without a calibration table, parts are compared at the thresholds that have these false match rates over all.
const FALSE_MATCH_RATES: [f64; 2] = [1e-3, 1e-4];
/// Resamples for the intervals of a part: there are many parts.
const RESAMPLES: usize = 300;
/// Degrees of yaw where bands of pose end.
const YAW_ENDS: [(f32, &str); 4] =
    [(15.0, "below 15°"), (30.0, "15-30°"), (45.0, "30-45°"), (180.1, "above 45°")];
/// Overall quality where bands end.
const QUALITY_ENDS: [(f32, &str); 4] =
    [(0.25, "below 0.25"), (0.5, "0.25-0.5"), (0.75, "0.5-0.75"), (1.1, "above 0.75")];

/// A threshold with the words for it.
struct Cut {
    threshold: f32,
    name: String,
}

/// Adds the error rates of every part that the photos tell.
pub(super) fn breakdowns(
    session: &Session<'_>,
    compared: &Comparisons,
    presets: &[Preset],
    findings: &mut Findings,
) {
    let trials = &compared.trials;
    let cuts = cuts(trials, presets);
    if cuts.is_empty() {
        return;
    }
    let bootstrap = Bootstrap { resamples: RESAMPLES, ..session.bootstrap() };
    let mut add = |by: &str, names: &[String], part: &(dyn Fn(&Trial) -> Option<usize> + Sync)| {
        let groups = names.iter().enumerate().map(|(index, name)| {
            let chosen = trials.filtered(|trial| part(trial) == Some(index));
            Group { name: name.clone(), figures: figures(&chosen, &cuts, &bootstrap) }
        });
        add_breakdown(&mut findings.breakdowns, by, groups.collect());
    };
    for by in GroupBy::ALL {
        let names = by.groups(compared.truths.iter());
        let of_photo: Vec<Option<usize>> =
            compared.truths.iter().map(|truth| by_name(&names, &truth.group(by)?)).collect();
        add(&format!("{} (both photos)", by.name()), &names, &|trial| {
            let (one, other) = (of_photo[trial.one as usize], of_photo[trial.other as usize]);
            one.filter(|_| one == other)
        });
    }
    let faces = &compared.faces;
    add("greater yaw of both photos", &names(&YAW_ENDS), &|trial| {
        band(&YAW_ENDS, both(faces, trial, |face| Some(face.pose_deg?[0].abs()))?.1)
    });
    add("lower quality of both photos", &names(&QUALITY_ENDS), &|trial| {
        band(&QUALITY_ENDS, both(faces, trial, |face| Some(face.quality?.overall))?.0)
    });
}

fn cuts(trials: &Trials, presets: &[Preset]) -> Vec<Cut> {
    if !presets.is_empty() {
        let chosen = presets.iter().filter(|preset| CONFIDENCES.contains(&preset.confidence));
        let name = |confidence: f32| format!("at confidence {confidence}");
        return chosen
            .map(|preset| Cut { threshold: preset.threshold, name: name(preset.confidence) })
            .collect();
    }
    let rates = trials.rates();
    let enough = |rate: &f64| rate * trials.negative().len() as f64 >= FEWEST_ERRORS;
    let chosen = FALSE_MATCH_RATES.into_iter().filter(enough);
    let cut = |rate| Cut {
        threshold: rates.threshold_for_false_positives(rate),
        name: format!("at the threshold of FMR {rate:e} over all"),
    };
    chosen.map(cut).collect()
}

/// FMR and FNMR of a part at each cut, as far as the part has comparisons of that kind.
fn figures(trials: &Trials, cuts: &[Cut], bootstrap: &Bootstrap) -> Vec<Figure> {
    let both = |rates: &crate::trials::Rates<'_>| -> Vec<f64> {
        let by_cut = cuts
            .iter()
            .map(|cut| [rates.false_positive_rate(cut.threshold), rates.false_negative_rate(cut.threshold)]);
        by_cut.flatten().collect()
    };
    let values = both(&trials.rates());
    if values.iter().all(|value| value.is_nan()) {
        return Vec::new();
    }
    let intervals = trials.intervals(bootstrap, both);
    let names = cuts.iter().flat_map(|cut| ["FMR", "FNMR"].map(|rate| format!("{rate} {}", cut.name)));
    let counts = [trials.negative().len(), trials.positive().len()];
    let measured = names.zip(values).zip(intervals).zip(counts.into_iter().cycle());
    let figures = measured.filter(|(((_, value), _), _)| value.is_finite());
    figures
        .map(|(((name, value), interval), count)| {
            Figure::new(name, value, Unit::Share, Better::Lower, count).within(interval)
        })
        .collect()
}

fn by_name(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|candidate| candidate == name)
}

fn names(bands: &[(f32, &str)]) -> Vec<String> {
    bands.iter().map(|(_, name)| (*name).to_owned()).collect()
}

fn band(bands: &[(f32, &str)], value: f32) -> Option<usize> {
    bands.iter().position(|(end, _)| value < *end)
}

/// The lower and the greater value of a comparison's two faces.
fn both(
    faces: &[Option<ObservedFace>],
    trial: &Trial,
    value: impl Fn(&ObservedFace) -> Option<f32>,
) -> Option<(f32, f32)> {
    let of = |index: u32| value(faces[index as usize].as_ref()?);
    let (one, other) = (of(trial.one)?, of(trial.other)?);
    Some((one.min(other), one.max(other)))
}
