//! Whether the quality measures follow known changes of real photos, and whom they flag without one.

mod measures;

use vultus_face::FaceError;
use vultus_media::{DecodeLimits, decode, encode_png};
use vultus_types::Wanted;

use crate::EvalError;
use crate::degrade::{Degradation, DegradedFace};
use crate::findings::{Better, Figure, Findings, Group, Unit, add_breakdown};
use crate::labels::{GroupBy, LabelledPhoto, Truth};
use crate::observed::{Observed, ObservedFace};
use crate::parallel::map_parallel;
use crate::session::{Observer, Session, portrait_options};
use crate::statistics::area_under_curve;
use measures::{Measures, Of};

pub use measures::FlagLimits;

/// A measure that falls by less than this from one step to the next counts as unchanged: that is rounding.
const STEP_TOLERANCE: f64 = 1e-3;

/// The measures of a photo as it is and at each step of each degradation; `None` where no face was found any more.
struct Measured {
    truth: Truth,
    original: Measures,
    degraded: Vec<[Option<Measures>; 3]>,
}

/// Degrades photos in steps and analyses each again. Reported are, for each step, how often the measure of the face
/// tells a degraded photo from an undegraded one (area under the ROC curve), how often it follows all steps, and how
/// many undegraded photos are flagged, by group; further, how many are flagged at the last step of each degradation,
/// and all of this for the measures of the photo as a whole.
///
/// # Errors
/// [`EvalError`] where a photo cannot be read or the engine fails.
pub fn quality(
    session: &Session<'_>,
    photos: &[LabelledPhoto],
    limits: FlagLimits,
) -> Result<Findings, EvalError> {
    let wanted = Wanted { landmarks: true, quality: true, photo_quality: true, ..Wanted::BOXES };
    let observer = session.observer(portrait_options(wanted))?;
    let measured =
        map_parallel(photos, session.threads, session.progress, |photo| measure(&observer, photo))?;
    let mut findings = Findings::default();
    findings.acquisition(photos.len(), measured.iter().filter(|photo| photo.is_none()).count());
    let measured: Vec<Measured> = measured.into_iter().flatten().collect();
    for of in [Of::Face, Of::Photo] {
        for (index, degradation) in Degradation::ALL.into_iter().enumerate() {
            report(session, degradation, of, index, &measured, &mut findings);
        }
    }
    let all: Vec<&Measured> = measured.iter().collect();
    for of in [Of::Face, Of::Photo] {
        findings.figures.extend(flags(&all, limits, of));
        findings.figures.extend(flags_of_degraded(&all, limits, of));
    }
    for by in GroupBy::ALL {
        let groups = by.groups(measured.iter().map(|photo| &photo.truth)).into_iter().map(|name| {
            let is_member = |photo: &&&Measured| photo.truth.group(by).as_ref() == Some(&name);
            let members: Vec<&Measured> = all.iter().filter(is_member).copied().collect();
            Group { figures: flags(&members, limits, Of::Face), name }
        });
        add_breakdown(&mut findings.breakdowns, by.name(), groups.collect());
    }
    Ok(findings)
}

fn measure(observer: &Observer<'_>, photo: &LabelledPhoto) -> Result<Option<Measured>, EvalError> {
    let bytes = fs_err::read(&photo.path)?;
    let look = |bytes: &[u8]| -> Result<Option<(Observed, Measures)>, EvalError> {
        let observed = observer.observe(bytes)?;
        Ok(observed.and_then(|observed| Measures::of(&observed).map(|measures| (observed, measures))))
    };
    let Some((observed, original)) = look(&bytes)? else { return Ok(None) };
    let Some(bounds) = observed.central_face().map(ObservedFace::bounding_box) else { return Ok(None) };
    let face = DegradedFace {
        side_px: bounds.width.max(bounds.height),
        centre: bounds.center(),
        leans_left: original.roll_deg.is_some_and(|roll| roll < 0.0),
    };
    let pixels = decode(&bytes, &DecodeLimits::default()).map_err(FaceError::Image)?;
    let mut degraded = Vec::new();
    for degradation in Degradation::ALL {
        let mut steps = [None; 3];
        for (found, step) in steps.iter_mut().zip(degradation.steps()) {
            let worse = encode_png(&degradation.apply(&pixels, step, &face)).map_err(FaceError::Image)?;
            *found = look(&worse)?.map(|(_, measures)| measures);
        }
        degraded.push(steps);
    }
    Ok(Some(Measured { truth: photo.truth.clone(), original, degraded }))
}

/// Whether a measure tells and follows a degradation; nothing for degradations that it does not measure.
fn report(
    session: &Session<'_>,
    degradation: Degradation,
    of: Of,
    index: usize,
    measured: &[Measured],
    findings: &mut Findings,
) {
    let badness = |measures: &Measures| measures.badness(degradation, of);
    for (step, strength) in degradation.steps().into_iter().enumerate() {
        let pairs: Vec<(f64, f64)> = measured
            .iter()
            .filter_map(|photo| {
                Some((badness(&photo.original)?, badness(photo.degraded[index][step].as_ref()?)?))
            })
            .collect();
        let area = |weights: &[u32]| {
            let drawn = pairs.iter().zip(weights).flat_map(|(pair, &count)| vec![*pair; count as usize]);
            let (before, after): (Vec<f64>, Vec<f64>) = drawn.unzip();
            vec![area_under_curve(&before, &after).unwrap_or(f64::NAN)]
        };
        let value = area(&vec![1; pairs.len()])[0];
        if value.is_finite() {
            let name = of.named(format!("AUC {}", degradation.describe(strength)));
            let figure = Figure::new(name, value, Unit::Share, Better::Higher, pairs.len());
            let interval = session.bootstrap().intervals(pairs.len(), area).first().copied().flatten();
            findings.figures.push(figure.within(interval));
        }
    }
    let follows = measured.iter().filter_map(|photo| {
        let steps = photo.degraded[index].iter().map(|found| badness(found.as_ref()?));
        let steps: Option<Vec<f64>> = steps.collect();
        let all: Vec<f64> = std::iter::once(badness(&photo.original)?).chain(steps?).collect();
        Some(all.windows(2).all(|pair| pair[1] >= pair[0] - STEP_TOLERANCE))
    });
    let follows: Vec<bool> = follows.collect();
    let last = degradation.describe(degradation.steps()[2]);
    let count = follows.iter().filter(|follows| **follows).count();
    let name = of.named(format!("follows every step to {last}"));
    findings.figures.extend(Figure::share(name, count, follows.len(), Better::Higher));
    if of == Of::Face {
        let lost =
            measured.iter().flat_map(|photo| &photo.degraded[index]).filter(|found| found.is_none()).count();
        let tried = measured.len() * degradation.steps().len();
        let name = format!("no face any more, up to {last}");
        findings.figures.extend(Figure::share(name, lost, tried, Better::Lower));
    }
}

/// How many undegraded photos each limit flags.
fn flags(photos: &[&Measured], limits: FlagLimits, of: Of) -> Vec<Figure> {
    let share = |degradation: Degradation| {
        let flagged: Vec<bool> =
            photos.iter().filter_map(|photo| limits.flags(&photo.original, degradation, of)).collect();
        let count = flagged.iter().filter(|is_flagged| **is_flagged).count();
        let name = of.named(limits.describe(degradation));
        Figure::share(name, count, flagged.len(), Better::Lower)
    };
    Degradation::ALL.into_iter().filter_map(share).collect()
}

/// How many photos each limit flags after the last step of the degradation it stands for.
fn flags_of_degraded(photos: &[&Measured], limits: FlagLimits, of: Of) -> Vec<Figure> {
    let share = |(index, degradation): (usize, Degradation)| {
        let last = photos.iter().filter_map(|photo| photo.degraded[index][2].as_ref());
        let flagged: Vec<bool> =
            last.filter_map(|measures| limits.flags(measures, degradation, of)).collect();
        let count = flagged.iter().filter(|is_flagged| **is_flagged).count();
        let step = degradation.describe(degradation.steps()[2]);
        let name = of.named(format!("{}, {step}", limits.describe(degradation)));
        Figure::share(name, count, flagged.len(), Better::Higher)
    };
    Degradation::ALL.into_iter().enumerate().filter_map(share).collect()
}

#[cfg(test)]
mod tests;
