//! `vultus compare`: the largest face of one photo against the faces of another, or recording against recording. What
//! the files hold says which.

mod voices;

use std::path::Path;

use serde_json::json;
use vultus_face::{AnalyzeOptions, FaceAnalyzer};
use vultus_media::AudioFormat;
use vultus_types::{AnalyzedFace, Wanted};

use crate::ExitStatus;
use crate::args::CompareArgs;
use crate::commands::detect::{analyze_file, face_json};
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;

pub(crate) fn run(args: &CompareArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match [is_recording(&args.source), is_recording(&args.target)] {
        [true, true] => voices::run(args, config, printer),
        [false, false] => run_photos(args, config, printer),
        _ => {
            printer.refusal(&"one file is a recording and the other is not");
            Ok(ExitStatus::Refused)
        }
    }
}

/// Whether a file holds audio, told by its beginning; a file that cannot be read is left to who reads it whole.
fn is_recording(path: &Path) -> bool {
    fs_err::read(path).is_ok_and(|bytes| AudioFormat::of(&bytes).is_some())
}

fn run_photos(args: &CompareArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let pack = engine::open_configured_pack(config)?;
    let analyzer = engine::load(config, &pack)?;
    let calibration = engine::calibration(&pack, &analyzer)?;
    let (Some(sources), Some(targets)) =
        (faces(&analyzer, &args.source, printer)?, faces(&analyzer, &args.target, printer)?)
    else {
        return Ok(ExitStatus::Refused);
    };
    let Some(probe) = sources.first().and_then(|face| face.template.as_ref()) else {
        printer.refusal(&format!("{}: no template can be made of the largest face", args.source.display()));
        return Ok(ExitStatus::Refused);
    };
    let mut results = Vec::new();
    for face in &targets {
        let Some(template) = &face.template else { continue };
        let similarity = analyzer.score_rule().similarity(probe, template)?;
        let confidence = calibration.confidence(similarity).get();
        let is_match = confidence >= args.threshold;
        if !args.json {
            let bounds = &face.bounds;
            let verdict = if is_match { "match" } else { "no match" };
            let place = format!("({:.0}, {:.0})", bounds.x, bounds.y);
            printer.line(&format!("face at {place}: confidence {confidence:.5}  {verdict}"));
        }
        let mut result = face_json(face);
        result["confidence"] = json!(confidence);
        result["similarity"] = json!(similarity.0);
        result["fmr"] = json!(calibration.fmr_at(similarity));
        result["is_match"] = json!(is_match);
        results.push(result);
    }
    if args.json {
        printer.json(&json!({ "source": face_json(&sources[0]), "faces": results }))?;
    }
    Ok(ExitStatus::Done)
}

/// The photo's faces, or nothing where the photo cannot be used, which was said then.
fn faces(
    analyzer: &dyn FaceAnalyzer,
    path: &Path,
    printer: &Printer,
) -> anyhow::Result<Option<Vec<AnalyzedFace>>> {
    let reason = match analyze_file(analyzer, path, &AnalyzeOptions::new(Wanted::TEMPLATE))? {
        Ok((_, analysis)) if !analysis.faces.is_empty() => return Ok(Some(analysis.faces)),
        Ok(_) => "no face was found".to_owned(),
        Err(reason) => reason,
    };
    printer.refusal(&format!("{}: {reason}", path.display()));
    Ok(None)
}
