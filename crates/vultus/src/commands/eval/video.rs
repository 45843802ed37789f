//! `vultus eval video`.

use std::time::Instant;

use anyhow::Context;
use async_trait::async_trait;
use vultus_eval::report::Task;
use vultus_eval::video::{LabelledVideo, VideoOutcome, findings, read_labels};
use vultus_video::{
    MediaFrame, MediaInfo, MediaParts, MediaSettings, MediaSink, MediaSinkError, MediaSource, MediaSummary,
    analyze_media,
};

use crate::ExitStatus;
use crate::args::eval::VideoArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::counting_bar;

use super::command_line::CommandLine;
use super::run::Run;

pub(crate) async fn run(args: &VideoArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let path = args.labels.clone().unwrap_or_else(|| args.videos.join("labels.csv"));
    let videos = read_labels(&fs_err::read_to_string(path)?)?;
    let parts = engine::media_parts(config)?;
    let mut settings = MediaSettings { wants_points: false, ..MediaSettings::default() };
    settings.video.program = config.cameras.ffmpeg();
    let bar = counting_bar(videos.len() as u64, "videos");
    let mut analyses = Vec::new();
    for video in &videos {
        analyses.push(analyze(video, args, &parts, &settings).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let outcomes: Vec<_> = videos.iter().zip(&analyses).map(|(video, done)| done.outcome(video)).collect();
    let command = CommandLine::new("video", config)
        .words([args.videos.as_path()])
        .paths("labels", args.labels.as_deref());
    Run::open(&args.run, config)?.finish(Task::Video, findings(&outcomes), command, printer)
}

/// A finished analysis.
struct Analysis {
    frames: Vec<MediaFrame>,
    summary: MediaSummary,
    took: std::time::Duration,
}

impl Analysis {
    fn outcome<'a>(&'a self, labels: &'a LabelledVideo) -> VideoOutcome<'a> {
        VideoOutcome { labels, frames: &self.frames, summary: &self.summary, took: self.took }
    }
}

async fn analyze(
    video: &LabelledVideo,
    args: &VideoArgs,
    parts: &MediaParts,
    settings: &MediaSettings,
) -> anyhow::Result<Analysis> {
    let mut frames = Frames::default();
    let source = MediaSource::File(args.videos.join(&video.file));
    let start = Instant::now();
    let summary = analyze_media(parts, source, settings, &mut frames).await;
    let summary = summary.with_context(|| format!("in {}", video.file))?;
    Ok(Analysis { frames: frames.0, summary, took: start.elapsed() })
}

/// Keeps the frames.
#[derive(Default)]
struct Frames(Vec<MediaFrame>);

#[async_trait]
impl MediaSink for Frames {
    async fn begin(&mut self, _: &MediaInfo) -> Result<(), MediaSinkError> {
        Ok(())
    }

    async fn frame(&mut self, frame: MediaFrame) -> Result<(), MediaSinkError> {
        self.0.push(frame);
        Ok(())
    }
}
