//! The medium with what was seen drawn over it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use vultus_media::{DecodeLimits, Filter, RgbPhoto, decode, encode_png, resize};
use vultus_types::BoundingBox;
use vultus_video::{
    FrameStream, MediaFrame, MediaKind, MediaSettings, MediaSummary, SeenPerson, SourceRules, VideoSource,
};

use super::text::dominant;
use crate::draw;

/// Writes the image `output`, or the video, whose format its ending tells.
pub(super) async fn draw(
    file: &Path,
    output: &Path,
    summary: &MediaSummary,
    frames: &[MediaFrame],
    settings: &MediaSettings,
) -> anyhow::Result<()> {
    match summary.info.kind {
        MediaKind::Image => draw_image(file, output, frames),
        MediaKind::Video => draw_video(file, output, frames, settings).await,
    }
}

fn draw_image(file: &Path, output: &Path, frames: &[MediaFrame]) -> anyhow::Result<()> {
    let mut photo = decode(&fs_err::read(file)?, &DecodeLimits::default())?;
    for seen in frames.iter().flat_map(|frame| &frame.people) {
        draw_person(&mut photo, seen, 1.0, 1.0);
    }
    Ok(fs_err::write(output, encode_png(&photo)?)?)
}

fn draw_person(photo: &mut RgbPhoto, seen: &SeenPerson, across: f32, down: f32) {
    let [x, y, width, height] = seen.bounds;
    let bounds = BoundingBox::new(x * across, y * down, width * across, height * down);
    let expression = seen.expression.map_or("", |told| dominant(&told));
    draw::person(photo, &bounds, seen.person, expression);
    for [x, y] in seen.points.iter().flatten() {
        draw::point(photo, x * across, y * down);
    }
}

/// Reads the video once more, draws, and lets ffmpeg write it.
async fn draw_video(
    file: &Path,
    output: &Path,
    frames: &[MediaFrame],
    settings: &MediaSettings,
) -> anyhow::Result<()> {
    let rules = SourceRules { files: None, permits: Arc::new(|_| false) };
    let source = VideoSource::File(file.to_owned());
    let mut stream = FrameStream::open(&source, &settings.video, &rules).await?;
    let mut writer: Option<(Child, u32, u32)> = None;
    for seen in frames {
        let Some(frame) = stream.next().await? else { break };
        let mut photo = frame.photo;
        let across = photo.width() as f32 / frame.shown.width as f32;
        let down = photo.height() as f32 / frame.shown.height as f32;
        for person in &seen.people {
            draw_person(&mut photo, person, across, down);
        }
        let (child, width, height) = match &mut writer {
            Some(writer) => writer,
            None => writer.insert((
                start(output, photo.width(), photo.height(), settings)?,
                photo.width(),
                photo.height(),
            )),
        };
        if (photo.width(), photo.height()) != (*width, *height) {
            photo = resize(&photo, *width, *height, Filter::Bilinear);
        }
        let Some(pipe) = &mut child.stdin else { break };
        pipe.write_all(photo.data()).await.context("ffmpeg took no more frames")?;
    }
    let Some((mut child, ..)) = writer else { bail!("there are no frames to draw on") };
    drop(child.stdin.take());
    let status = child.wait().await?;
    if !status.success() {
        bail!("ffmpeg could not write {}", output.display());
    }
    Ok(())
}

fn start(output: &Path, width: u32, height: u32, settings: &MediaSettings) -> anyhow::Result<Child> {
    let size = format!("{width}x{height}");
    let rate = settings.video.frames_per_second.to_string();
    let mut target = OsString::from("file:");
    target.push(output);
    let mut command = Command::new(&settings.video.program);
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
    command.args(["-video_size", &size, "-framerate", &rate, "-i", "pipe:0"]);
    // Most players want even sides and this kind of colours.
    command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]);
    command.arg(target).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    command.spawn().context("ffmpeg could not be started")
}
