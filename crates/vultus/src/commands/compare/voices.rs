//! Recording against recording.

use std::path::Path;

use anyhow::bail;
use serde_json::{Value, json};
use vultus_inference::Cancel;
use vultus_types::VoiceAnalysis;
use vultus_voice::{SHORT_SPEECH_SECONDS, VoiceAnalyzer, VoiceError};

use crate::ExitStatus;
use crate::args::CompareArgs;
use crate::config::Config;
use crate::printer::Printer;
use crate::{engine, voice};

pub(super) fn run(args: &CompareArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let pack = engine::open_configured_pack(config)?;
    let Some(voices) = voice::open(config, &pack)? else {
        printer.refusal(&format!("the pack `{}` compares no voices", pack.name));
        return Ok(ExitStatus::Refused);
    };
    let analyzer = voices.analyzer.as_ref();
    let (Some(source), Some(target)) =
        (heard(analyzer, &args.source, printer)?, heard(analyzer, &args.target, printer)?)
    else {
        return Ok(ExitStatus::Refused);
    };
    let similarity = analyzer.score_rule().similarity(&source.template, &target.template)?;
    let confidence = voices.calibration.confidence(similarity).get();
    let is_match = confidence >= args.threshold;
    if args.json {
        printer.json(&json!({
            "source": voice_json(&source),
            "target": voice_json(&target),
            "confidence": confidence,
            "similarity": similarity.0,
            "fmr": voices.calibration.fmr_at(similarity),
            "is_match": is_match,
        }))?;
        return Ok(ExitStatus::Done);
    }
    let verdict = if is_match { "match" } else { "no match" };
    printer.line(&format!("voices: confidence {confidence:.5}  {verdict}"));
    for (path, voice) in [(&args.source, &source), (&args.target, &target)] {
        if voice.is_short {
            let (name, seconds) = (path.display(), voice.speech_seconds);
            printer.note(&format!(
                "{name}: {seconds:.1} s of speech; below {SHORT_SPEECH_SECONDS} s comparisons are unsure"
            ));
        }
    }
    Ok(ExitStatus::Done)
}

/// What is heard in the recording, or nothing where it cannot be used, which was said then.
fn heard(
    analyzer: &dyn VoiceAnalyzer,
    path: &Path,
    printer: &Printer,
) -> anyhow::Result<Option<VoiceAnalysis>> {
    match analyzer.analyze(&fs_err::read(path)?, &Cancel::default()) {
        Ok(heard) => Ok(Some(heard)),
        Err(VoiceError::Inference(error)) => bail!(error),
        Err(error) => {
            printer.refusal(&format!("{}: {error}", path.display()));
            Ok(None)
        }
    }
}

fn voice_json(voice: &VoiceAnalysis) -> Value {
    let VoiceAnalysis { seconds, speech_seconds, is_short, .. } = voice;
    json!({ "seconds": seconds, "speech_seconds": speech_seconds, "is_short": is_short })
}
