//! The fields of requests, checked.

use vultus_http::{Params, Photo, Reply};
use vultus_service::{HEAD_SCALES, PhotoSettings};
use vultus_types::{Confidence, Wanted};

use crate::Call;
use crate::error::Fault;
use crate::quirks;

/// The longest name of a gallery or subject, in bytes.
const MOST_NAME_BYTES: usize = 255;

/// A similarity of 0.60 makes a match where the client does not say otherwise.
const DEFAULT_THRESHOLD: f32 = 0.60;

/// Candidates per face where the client does not say otherwise.
const DEFAULT_RESULTS: usize = 10;

/// The field of the photo and its alias.
pub(crate) const IMAGE: &[&str] = &["image", "url"];

/// Refuses a request that lacks a field. Each is given with its aliases, the documented name first.
pub(crate) fn require(params: &Params, fields: &[&[&'static str]]) -> Result<(), Fault> {
    let missing = fields.iter().filter(|names| !names.iter().any(|name| params.has(name)));
    let missing: Vec<_> = missing.filter_map(|names| names.first().copied()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Fault::MissingParameters(missing)) }
}

/// The name of a gallery or subject.
pub(crate) fn name(params: &Params, field: &'static str) -> Result<String, Fault> {
    let text = params.text(field)?.ok_or(Fault::MissingParameters(vec![field]))?;
    if text.len() > MOST_NAME_BYTES {
        return Err(Fault::InvalidParameter);
    }
    if quirks::is_name(&text) { Ok(text) } else { Err(Fault::InvalidCharacters) }
}

/// The photo in one of these fields, fetched where it has to be.
pub(crate) async fn photo(call: &Call, fields: &[&'static str]) -> Result<Photo, Fault> {
    let source = call.params.photo(fields)?;
    let source = source.ok_or_else(|| Fault::MissingParameters(fields.iter().copied().take(1).collect()))?;
    Ok(source.load(&call.state.fetcher).await?)
}

/// `minHeadScale` and `selector`: how the photo is looked at.
pub(crate) fn settings(params: &Params, wanted: Wanted) -> Result<PhotoSettings, Fault> {
    let selectors = params.words("selector")?;
    let liveness = quirks::asks_for_liveness(&selectors).ok_or(Fault::InvalidParameter)?;
    let mut settings = PhotoSettings::new(Wanted { liveness, ..wanted });
    if let Some(scale) = params.number("minHeadScale")? {
        settings.min_head_scale = scale as f32;
        if !HEAD_SCALES.contains(&settings.min_head_scale) {
            return Err(Fault::InvalidParameter);
        }
    }
    Ok(settings)
}

/// The answer with the label of its liveness scores, where it has any.
pub(crate) fn labelled(reply: Reply, call: &Call, settings: &PhotoSettings) -> Reply {
    let model = settings.wanted.liveness.then(|| call.service().liveness_model()).flatten();
    reply.with_liveness_model(model)
}

/// `threshold`, 0 to 1.
pub(crate) fn threshold(params: &Params) -> Result<Confidence, Fault> {
    let threshold = params.number("threshold")?.unwrap_or(f64::from(DEFAULT_THRESHOLD));
    if (0.0..=1.0).contains(&threshold) {
        Ok(Confidence::new(threshold as f32))
    } else {
        Err(Fault::InvalidParameter)
    }
}

/// `max_num_results`, a whole number of 1 or more.
pub(crate) fn max_results(params: &Params) -> Result<usize, Fault> {
    match params.number("max_num_results")? {
        None => Ok(DEFAULT_RESULTS),
        Some(count) if count >= 1.0 && count.fract() == 0.0 => Ok(count as usize),
        Some(_) => Err(Fault::InvalidParameter),
    }
}
