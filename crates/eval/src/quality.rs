//! Whether the quality measures follow known changes of real photos, and whom they flag without one.

use vultus_face::FaceError;
use vultus_media::{DecodeLimits, decode, encode_png};
use vultus_types::Wanted;

use crate::EvalError;
use crate::degrade::Degradation;
use crate::findings::{Better, Figure, Findings, Group, Unit, add_breakdown};
use crate::labels::{GroupBy, LabelledPhoto, Truth};
use crate::observed::{Observed, ObservedFace, ObservedQuality};
use crate::parallel::map_parallel;
use crate::session::{Observer, Session, portrait_options};
use crate::statistics::area_under_curve;

/// A measure that falls by less than this from one step to the next counts as unchanged: that is rounding.
const STEP_TOLERANCE: f64 = 1e-3;

/// From where on an undegraded photo counts as flagged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlagLimits {
    /// Underexposure of at least this.
    pub underexposure: f32,
    /// Overexposure of at least this.
    pub overexposure: f32,
    /// Sharpness of at most this.
    pub sharpness: f32,
    /// Colour of at most this.
    pub color: f32,
}

impl Default for FlagLimits {
    /// Values at which few photos of a collection are flagged.
    fn default() -> Self {
        Self { underexposure: 0.35, overexposure: 0.35, sharpness: 0.2, color: 0.2 }
    }
}

/// The measures of a photo as it is and at each step of each degradation; `None` where no face was found any more.
struct Measured {
    truth: Truth,
    original: ObservedQuality,
    degraded: Vec<[Option<ObservedQuality>; 3]>,
}

impl Degradation {
    /// How bad the measure that this degradation should change says the photo is: greater is worse.
    fn badness(self, quality: &ObservedQuality) -> f64 {
        f64::from(match self {
            Self::Darken => quality.underexposure,
            Self::Brighten => quality.overexposure,
            Self::Blur => 1.0 - quality.sharpness,
            Self::Desaturate => 1.0 - quality.color,
        })
    }
}

/// Degrades photos in steps and analyses each again. Reported are, for each step, how often the measure tells a
/// degraded photo from an undegraded one (area under the ROC curve), how often it follows all steps, and how many
/// undegraded photos are flagged, by group.
///
/// # Errors
/// [`EvalError`] where a photo cannot be read or the engine fails.
pub fn quality(
    session: &Session<'_>,
    photos: &[LabelledPhoto],
    limits: FlagLimits,
) -> Result<Findings, EvalError> {
    let wanted = Wanted { landmarks: true, quality: true, ..Wanted::BOXES };
    let observer = session.observer(portrait_options(wanted))?;
    let measured =
        map_parallel(photos, session.threads, session.progress, |photo| measure(&observer, photo))?;
    let mut findings = Findings::default();
    findings.acquisition(photos.len(), measured.iter().filter(|photo| photo.is_none()).count());
    let measured: Vec<Measured> = measured.into_iter().flatten().collect();
    for (index, degradation) in Degradation::ALL.into_iter().enumerate() {
        report(session, degradation, index, &measured, &mut findings);
    }
    let all: Vec<&Measured> = measured.iter().collect();
    findings.figures.extend(flags(&all, limits));
    for by in GroupBy::ALL {
        let groups = by.groups(measured.iter().map(|photo| &photo.truth)).into_iter().map(|name| {
            let is_member = |photo: &&&Measured| photo.truth.group(by).as_ref() == Some(&name);
            let members: Vec<&Measured> = all.iter().filter(is_member).copied().collect();
            Group { figures: flags(&members, limits), name }
        });
        add_breakdown(&mut findings.breakdowns, by.name(), groups.collect());
    }
    Ok(findings)
}

fn measure(observer: &Observer<'_>, photo: &LabelledPhoto) -> Result<Option<Measured>, EvalError> {
    let bytes = fs_err::read(&photo.path)?;
    let quality = |observed: Option<Observed>| -> Option<(f32, ObservedQuality)> {
        let observed = observed?;
        let face: &ObservedFace = observed.central_face()?;
        Some((face.bounds[2].max(face.bounds[3]), face.quality?))
    };
    let Some((face_px, original)) = quality(observer.observe(&bytes)?) else { return Ok(None) };
    let pixels = decode(&bytes, &DecodeLimits::default()).map_err(FaceError::Image)?;
    let mut degraded = Vec::new();
    for degradation in Degradation::ALL {
        let mut steps = [None; 3];
        for (found, step) in steps.iter_mut().zip(degradation.steps()) {
            let worse = encode_png(&degradation.apply(&pixels, step, face_px)).map_err(FaceError::Image)?;
            *found = quality(observer.observe(&worse)?).map(|(_, quality)| quality);
        }
        degraded.push(steps);
    }
    Ok(Some(Measured { truth: photo.truth.clone(), original, degraded }))
}

fn report(
    session: &Session<'_>,
    degradation: Degradation,
    index: usize,
    measured: &[Measured],
    findings: &mut Findings,
) {
    for (step, strength) in degradation.steps().into_iter().enumerate() {
        let pairs: Vec<(f64, f64)> = measured
            .iter()
            .filter_map(|photo| {
                let worse = photo.degraded[index][step].as_ref()?;
                Some((degradation.badness(&photo.original), degradation.badness(worse)))
            })
            .collect();
        let area = |weights: &[u32]| {
            let drawn = pairs.iter().zip(weights).flat_map(|(pair, &count)| vec![*pair; count as usize]);
            let (before, after): (Vec<f64>, Vec<f64>) = drawn.unzip();
            vec![area_under_curve(&before, &after).unwrap_or(f64::NAN)]
        };
        let value = area(&vec![1; pairs.len()])[0];
        if value.is_finite() {
            let name = format!("AUC {}", degradation.describe(strength));
            let figure = Figure::new(name, value, Unit::Share, Better::Higher, pairs.len());
            let interval = session.bootstrap().intervals(pairs.len(), area).first().copied().flatten();
            findings.figures.push(figure.within(interval));
        }
    }
    let follows = measured.iter().filter_map(|photo| {
        let steps = photo.degraded[index].iter().map(|found| Some(degradation.badness(found.as_ref()?)));
        let steps: Option<Vec<f64>> = steps.collect();
        let all: Vec<f64> = std::iter::once(degradation.badness(&photo.original)).chain(steps?).collect();
        Some(all.windows(2).all(|pair| pair[1] >= pair[0] - STEP_TOLERANCE))
    });
    let follows: Vec<bool> = follows.collect();
    let name = format!("follows every step to {}", degradation.describe(degradation.steps()[2]));
    let count = follows.iter().filter(|follows| **follows).count();
    findings.figures.extend(Figure::share(name, count, follows.len(), Better::Higher));
    let lost =
        measured.iter().flat_map(|photo| &photo.degraded[index]).filter(|found| found.is_none()).count();
    let name = format!("no face any more, up to {}", degradation.describe(degradation.steps()[2]));
    let tried = measured.len() * degradation.steps().len();
    findings.figures.extend(Figure::share(name, lost, tried, Better::Lower));
}

/// How many undegraded photos each limit flags.
fn flags(photos: &[&Measured], limits: FlagLimits) -> Vec<Figure> {
    let share = |name: String, is_flagged: &dyn Fn(&ObservedQuality) -> bool| {
        let count = photos.iter().filter(|photo| is_flagged(&photo.original)).count();
        Figure::share(name, count, photos.len(), Better::Lower)
    };
    let FlagLimits { underexposure, overexposure, sharpness, color } = limits;
    let figures = [
        share(format!("flagged dark (≥ {underexposure})"), &|found| found.underexposure >= underexposure),
        share(format!("flagged bright (≥ {overexposure})"), &|found| found.overexposure >= overexposure),
        share(format!("flagged blurred (≤ {sharpness})"), &|found| found.sharpness <= sharpness),
        share(format!("flagged colourless (≤ {color})"), &|found| found.color <= color),
    ];
    figures.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
