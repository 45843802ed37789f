//! From the configuration to what voices are compared with: speaker encoder and calibration table.

use std::sync::Arc;

use anyhow::Context;
use vultus_models::{Pack, PackModel, Task};
use vultus_search::Calibration;
use vultus_service::Voices;
use vultus_types::ScoreRule;
use vultus_voice::{VoiceAnalyzer, VoiceEngine};

use crate::config::Config;
use crate::engine::open_runtime;

/// Calibration tables made by this project, for encoders whose pack brings none of its own.
const KNOWN_TABLES: [&str; 1] = [include_str!("../../../models/calibration/voice.json")];

/// The voice engine of `pack` with its calibration table; `None` where the pack has no speaker encoder, or one that
/// nothing is known of.
pub(crate) fn open(config: &Config, pack: &Pack) -> anyhow::Result<Option<Voices>> {
    let Some(engine) = load(config, pack)? else { return Ok(None) };
    let Some(calibration) = calibration(pack, engine.score_rule())? else {
        tracing::warn!(
            pack = pack.name,
            "no calibration table fits the speaker encoder: voices are not compared"
        );
        return Ok(None);
    };
    Ok(Some(Voices { analyzer: Arc::new(engine), calibration: Arc::new(calibration) }))
}

/// The voice engine of `pack` alone; `None` where the pack has no speaker encoder.
pub(crate) fn load(config: &Config, pack: &Pack) -> anyhow::Result<Option<VoiceEngine>> {
    if pack.model(Task::Voice).is_none() {
        return Ok(None);
    }
    Ok(VoiceEngine::load(pack, &open_runtime(config)?, config.threads)?)
}

/// The calibration table for templates of this rule: the pack's own, or one made by this project.
pub(crate) fn calibration(pack: &Pack, rule: &ScoreRule) -> anyhow::Result<Option<Calibration>> {
    let own = pack.model(Task::Voice).map(PackModel::read_calibration).transpose()?.flatten();
    let own = own.map(String::from_utf8).transpose()?;
    for text in own.as_deref().into_iter().chain(KNOWN_TABLES) {
        let table = Calibration::from_json(text).context("in a calibration table for voices")?;
        if table.fits(rule) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}
