//! `vultus detect`: finds and describes the faces in photos.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_media::{DecodeLimits, decode, encode_png};
use vultus_types::{
    AnalyzedFace, EthnicityEstimate, Expression, Gender, Glasses, Lips, PhotoAnalysis, Point, Wanted,
};

use crate::ExitStatus;
use crate::args::DetectArgs;
use crate::config::Config;
use crate::printer::Printer;
use crate::{draw, engine};

pub(crate) fn run(args: &DetectArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let scales = AnalyzeOptions::SMALLEST_HEAD_SCALE..=AnalyzeOptions::LARGEST_HEAD_SCALE;
    if !scales.contains(&args.min_head_scale) {
        printer.refusal(&format!(
            "--min-head-scale must lie between {} and {}",
            scales.start(),
            scales.end()
        ));
        return Ok(ExitStatus::Refused);
    }
    if args.draw.is_some() && args.photos.len() != 1 {
        printer.refusal(&"--draw takes one photo");
        return Ok(ExitStatus::Refused);
    }
    let analyzer = engine::open(config)?;
    let mut wanted = Wanted { template: false, photo_quality: false, ..Wanted::EVERYTHING };
    wanted.demographics = config.demographics;
    wanted.liveness = analyzer.capabilities().liveness;
    let options = AnalyzeOptions { min_head_scale: args.min_head_scale, ..AnalyzeOptions::new(wanted) };
    let mut results = Vec::new();
    let mut status = ExitStatus::Done;
    for path in &args.photos {
        match analyze_file(&analyzer, path, &options)? {
            Ok((bytes, analysis)) => {
                if let Some(output) = &args.draw {
                    draw_faces(&bytes, &analysis, output)?;
                }
                if !args.json {
                    print_text(path, &analysis, printer);
                }
                results.push(analysis_json(path, &analysis, analyzer.liveness_model()));
            }
            Err(reason) => {
                printer.refusal(&format!("{}: {reason}", path.display()));
                status = ExitStatus::Refused;
            }
        }
    }
    if args.json {
        printer.json(&results)?;
    }
    Ok(status)
}

/// Reads and analyses a photo. The outer error is ours, the inner one the photo's.
pub(crate) fn analyze_file(
    analyzer: &dyn FaceAnalyzer,
    path: &Path,
    options: &AnalyzeOptions,
) -> anyhow::Result<Result<(Vec<u8>, PhotoAnalysis), String>> {
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error.kind().to_string())),
    };
    match analyzer.analyze(&bytes, options, &Cancel::default()) {
        Ok(analysis) => Ok(Ok((bytes, analysis))),
        Err(FaceError::Image(error)) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn draw_faces(bytes: &[u8], analysis: &PhotoAnalysis, output: &Path) -> anyhow::Result<()> {
    let mut photo = decode(bytes, &DecodeLimits::default())?;
    draw::faces(&mut photo, &analysis.faces);
    if output.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("png")) {
        bail!("--draw writes PNG: {} must end in .png", output.display());
    }
    fs_err::write(output, encode_png(&photo)?).context("cannot write the drawing")
}

fn print_text(path: &Path, analysis: &PhotoAnalysis, printer: &Printer) {
    let count = analysis.faces.len();
    printer.line(&format!("{}: {count} face{}", path.display(), if count == 1 { "" } else { "s" }));
    for face in &analysis.faces {
        let bounds = &face.bounds;
        let mut text = format!(
            "  {:.0} x {:.0} at ({:.0}, {:.0})  score {:.3}",
            bounds.width, bounds.height, bounds.x, bounds.y, face.detection_score
        );
        if let Some(demographics) = &face.demographics {
            let gender = demographics.gender.and_then(|gender| gender.best()).map(|gender| match gender {
                Gender::Female => "female",
                Gender::Male => "male",
            });
            let age = demographics.age.map(|age| format!("{age:.0} years"));
            text.extend(age.into_iter().chain(gender.map(str::to_owned)).map(|word| format!("  {word}")));
        }
        if let Some(pose) = &face.pose {
            let _ = write!(
                text,
                "  yaw {:.0} pitch {:.0} roll {:.0}",
                pose.yaw_deg, pose.pitch_deg, pose.roll_deg
            );
        }
        if let Some(quality) = &face.quality {
            let _ = write!(text, "  quality {:.2}", quality.overall);
        }
        printer.line(&text);
    }
}

fn analysis_json(path: &Path, analysis: &PhotoAnalysis, liveness_model: Option<&str>) -> Value {
    let timings = &analysis.timings;
    let millis = |duration: std::time::Duration| (duration.as_secs_f64() * 1e4).round() / 10.0;
    json!({
        "file": path.display().to_string(),
        "width": analysis.width,
        "height": analysis.height,
        "liveness_model": liveness_model,
        "faces": analysis.faces.iter().map(face_json).collect::<Vec<_>>(),
        "timings_ms": {
            "decode": millis(timings.decode),
            "detect": millis(timings.detect),
            "landmarks": millis(timings.landmarks),
            "template": millis(timings.template),
            "attributes": millis(timings.attributes),
        },
    })
}

/// A face as JSON: what is not known is left out.
pub(crate) fn face_json(face: &AnalyzedFace) -> Value {
    let bounds = &face.bounds;
    let mut object = Map::new();
    object.insert(
        "box".to_owned(),
        json!({ "x": bounds.x, "y": bounds.y, "width": bounds.width, "height": bounds.height }),
    );
    object.insert("score".to_owned(), json!(face.detection_score));
    let point = |point: Point| json!([point.x, point.y]);
    let parts = [
        (
            "landmarks",
            face.landmarks.as_ref().map(|found| {
                json!({
                    "left_eye": point(found.left_eye),
                    "right_eye": point(found.right_eye),
                    "nose_tip": point(found.nose_tip),
                    "mouth_left": point(found.mouth_left),
                    "mouth_right": point(found.mouth_right),
                    "chin_tip": point(found.chin_tip),
                    "eye_distance_px": found.eye_distance_px(),
                })
            }),
        ),
        (
            "pose_deg",
            face.pose
                .map(|pose| json!({ "yaw": pose.yaw_deg, "pitch": pose.pitch_deg, "roll": pose.roll_deg })),
        ),
        (
            "quality",
            face.quality.map(|quality| {
                json!({
                    "overall": quality.overall,
                    "underexposure": quality.underexposure,
                    "overexposure": quality.overexposure,
                    "sharpness": quality.sharpness,
                    "color": quality.color,
                })
            }),
        ),
        ("age", face.demographics.and_then(|known| known.age).map(|age| json!(age.round() as i64))),
        ("female", face.demographics.and_then(|known| known.gender).map(|gender| json!(gender.female))),
        ("ethnicity", face.demographics.and_then(|known| known.ethnicity).map(ethnicity_json)),
        ("expression", face.expression.map(expression_json)),
        ("eyes_open", face.eyes.map(|eyes| json!({ "left": eyes.left, "right": eyes.right }))),
        (
            "glasses",
            face.glasses.map(|glasses| match glasses {
                Glasses::None => json!("none"),
                Glasses::Eye => json!("eye"),
                Glasses::Sun => json!("sun"),
            }),
        ),
        (
            "lips",
            face.lips.map(|lips| match lips {
                Lips::Together => json!("together"),
                Lips::Apart => json!("apart"),
            }),
        ),
        ("liveness", face.liveness.map(|live| json!({ "score": live.score, "is_weak_model": live.is_weak }))),
    ];
    object.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    Value::Object(object)
}

fn ethnicity_json(estimate: EthnicityEstimate) -> Value {
    json!({
        "asian": estimate.asian,
        "black": estimate.black,
        "hispanic": estimate.hispanic,
        "other": estimate.other,
        "white": estimate.white,
    })
}

fn expression_json(expression: Expression) -> Value {
    json!({
        "angry": expression.angry,
        "disgusted": expression.disgusted,
        "fearful": expression.fearful,
        "happy": expression.happy,
        "neutral": expression.neutral,
        "sad": expression.sad,
        "surprised": expression.surprised,
    })
}
