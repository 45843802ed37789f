//! `vultus analyze`: who is seen in an image or a video, when, where, and how they look.

mod drawing;
mod text;
mod timeline;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use indicatif::ProgressBar;
use serde_json::json;
use vultus_face::AnalyzeOptions;
use vultus_video::{
    MediaError, MediaFrame, MediaInfo, MediaSettings, MediaSink, MediaSinkError, MediaSource, MediaSummary,
    analyze_media,
};

use crate::ExitStatus;
use crate::args::AnalyzeArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::{Printer, table};
use crate::progress::counting_bar;

pub(crate) async fn run(
    args: &AnalyzeArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let scales = AnalyzeOptions::SMALLEST_HEAD_SCALE..=AnalyzeOptions::LARGEST_HEAD_SCALE;
    if !scales.contains(&args.min_head_scale) {
        let (least, most) = (scales.start(), scales.end());
        printer.refusal(&format!("--min-head-scale must lie between {least} and {most}"));
        return Ok(ExitStatus::Refused);
    }
    let settings = settings(args, config);
    let parts = engine::media_parts(config)?;
    let keeps_frames = args.json || args.draw.is_some() || args.plot.is_some();
    let mut seen = Collected::new(&settings, keeps_frames);
    let source = MediaSource::File(args.file.clone());
    let result = analyze_media(&parts, source, &settings, &mut seen).await;
    seen.bar.finish_and_clear();
    let summary = match result {
        Ok(summary) => summary,
        Err(error) if is_refusal(&error) => {
            printer.refusal(&format!("{}: {error}", args.file.display()));
            return Ok(ExitStatus::Refused);
        }
        Err(error) => return Err(error).with_context(|| format!("in {}", args.file.display())),
    };
    if let Some(output) = &args.plot {
        fs_err::write(output, timeline::to_svg(&summary, &seen.kept)?)?;
    }
    if let Some(output) = &args.draw {
        drawing::draw(&args.file, output, &summary, &seen.kept, &settings).await?;
    }
    print(args.json, &args.file, &summary, &seen.kept, printer)?;
    Ok(ExitStatus::Done)
}

fn settings(args: &AnalyzeArgs, config: &Config) -> MediaSettings {
    let mut settings = MediaSettings {
        min_head_scale: args.min_head_scale,
        wants_demographics: config.demographics,
        // It is the user's own time.
        max_length: Duration::MAX,
        ..MediaSettings::default()
    };
    settings.video.frames_per_second = args.frames_per_second;
    settings.video.program = config.cameras.ffmpeg();
    settings
}

/// Whether it is the file that is wrong.
const fn is_refusal(error: &MediaError) -> bool {
    matches!(
        error,
        MediaError::NotMedia | MediaError::NoPictures | MediaError::Truncated | MediaError::Image(_)
    )
}

fn print(
    as_json: bool,
    path: &Path,
    summary: &MediaSummary,
    frames: &[MediaFrame],
    printer: &Printer,
) -> anyhow::Result<()> {
    if as_json {
        let persons: Vec<_> = summary.persons.iter().map(text::person_json).collect();
        let frames: Vec<_> = frames.iter().map(text::frame_json).collect();
        return printer.json(&json!({
            "file": path.display().to_string(),
            "media": text::info_json(&summary.info),
            "persons": persons,
            "frames": frames,
        }));
    }
    printer.line(&text::heading(path, summary));
    if !summary.persons.is_empty() {
        printer.line(&table(&text::rows(&summary.persons)));
    }
    Ok(())
}

/// Keeps the frames where they are needed, and shows how far the analysis is.
struct Collected {
    kept: Vec<MediaFrame>,
    keeps_frames: bool,
    frames_per_second: u32,
    bar: ProgressBar,
}

impl Collected {
    fn new(settings: &MediaSettings, keeps_frames: bool) -> Self {
        let frames_per_second = settings.video.frames_per_second;
        Self { kept: Vec::new(), keeps_frames, frames_per_second, bar: counting_bar(0, "frames") }
    }
}

#[async_trait]
impl MediaSink for Collected {
    async fn begin(&mut self, info: &MediaInfo) -> Result<(), MediaSinkError> {
        let frames = info.length.as_secs_f64() * f64::from(self.frames_per_second);
        self.bar.set_length((frames.ceil() as u64).max(1));
        Ok(())
    }

    async fn frame(&mut self, frame: MediaFrame) -> Result<(), MediaSinkError> {
        self.bar.inc(1);
        if self.keeps_frames {
            self.kept.push(frame);
        }
        Ok(())
    }
}
