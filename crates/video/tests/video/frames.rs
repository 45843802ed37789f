//! Frames of files.

use std::time::Duration;

use vultus_video::{Failure, Frame, FrameStream, Region, VideoError, VideoOptions, VideoSource};

use crate::support::{
    BLUE, HEIGHT, RED, WIDTH, face, ffmpeg, nobody, options, rules, video_of_size, walk, write_mp4,
};

async fn open(
    folder: &std::path::Path,
    name: &str,
    options: &VideoOptions,
) -> Result<FrameStream, VideoError> {
    let rules = rules(Some(folder));
    let source = VideoSource::parse(name, &rules).await?;
    FrameStream::open(&source, options, &rules).await
}

async fn all_frames(stream: &mut FrameStream) -> Result<Vec<Frame>, VideoError> {
    let mut frames = Vec::new();
    while let Some(frame) = stream.next().await? {
        frames.push(frame);
    }
    Ok(frames)
}

#[tokio::test]
async fn every_frame_comes_once_with_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let colours = (0..20u8).map(|number| vec![face([100 + number, 0, 0], 20, 20)]).collect::<Vec<_>>();
    write_mp4(folder.path(), "a.mp4", &colours).await;
    let mut stream = open(folder.path(), "a.mp4", &options()).await.unwrap();
    assert!(!stream.is_live());
    assert_eq!(stream.duration(), Some(Duration::from_secs(5)));
    let frames = all_frames(&mut stream).await.unwrap();
    assert_eq!(frames.len(), 20);
    for (number, frame) in (0..).zip(&frames) {
        assert_eq!(frame.photo.pixel(50, 50), [100 + number as u8, 0, 0]);
        assert_eq!((frame.index, frame.time), (number, Duration::from_millis(number * 250)));
        assert_eq!(frame.shown, Region { width: WIDTH, height: HEIGHT, x: 0, y: 0 });
    }
}

#[tokio::test]
async fn frames_are_sampled_at_the_wanted_rate() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "a.mp4", &walk(RED, 20, 12)).await;
    let mut stream =
        open(folder.path(), "a.mp4", &VideoOptions { frames_per_second: 1, ..options() }).await.unwrap();
    let frames = all_frames(&mut stream).await.unwrap();
    let times: Vec<_> = frames.iter().map(|frame| frame.time.as_secs()).collect();
    assert_eq!(times, [0, 1, 2]);
}

#[tokio::test]
async fn reading_goes_on_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = vec![vec![face(RED, 20, 20)]; 8];
    scenes.extend(vec![vec![face(BLUE, 20, 20)]; 8]);
    write_mp4(folder.path(), "a.mp4", &scenes).await;
    let options = VideoOptions { start_at: Duration::from_secs(2), ..options() };
    let frames = all_frames(&mut open(folder.path(), "a.mp4", &options).await.unwrap()).await.unwrap();
    assert_eq!((frames.len(), frames[0].time), (8, Duration::from_secs(2)));
    assert!(frames.iter().all(|frame| frame.photo.pixel(50, 50) == BLUE));
}

#[tokio::test]
async fn large_pictures_are_made_smaller_and_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mkv");
    video_of_size(2000, 1000, &[vec![face(RED, 1500, 500)]], &[path.to_str().unwrap()]).await;
    let whole = all_frames(&mut open(folder.path(), "large.mkv", &options()).await.unwrap()).await.unwrap();
    let size = |frame: &Frame| (frame.photo.width(), frame.photo.height());
    assert_eq!(size(&whole[0]), (1280, 640));
    assert_eq!(whole[0].shown, Region { width: 2000, height: 1000, x: 0, y: 0 });
    let crop = Region { width: 901, height: 333, x: 1501, y: 501 };
    let options = VideoOptions { crop: Some(crop), ..options() };
    let cut = all_frames(&mut open(folder.path(), "large.mkv", &options).await.unwrap()).await.unwrap();
    assert_eq!(cut[0].shown, Region { width: 499, ..crop });
    assert_eq!(size(&cut[0]), (499, 333));
    assert_eq!((cut[0].photo.pixel(0, 0), cut[0].photo.pixel(58, 58)), (RED, RED));
    assert_eq!(cut[0].photo.pixel(59, 59), [0, 0, 0]);
}

#[tokio::test]
async fn files_that_are_no_video_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("text.mp4", b"this is no video, though its name says so");
    write("empty.mp4", b"");
    write("concat.txt", b"ffconcat version 1.0\nfile text.mp4\n");
    write("playlist.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ntext.mp4\n#EXT-X-ENDLIST\n");
    write("zeros.mp4", &vec![0; 100_000]);
    for name in ["text.mp4", "empty.mp4", "concat.txt", "playlist.m3u8", "zeros.mp4"] {
        let error = open(folder.path(), name, &options()).await.unwrap_err();
        let VideoError::Failed(Some(failure)) = error else { panic!("{name}: {error:?}") };
        assert!(matches!(failure, Failure::NotVideo | Failure::NotAllowed), "{name}: {failure:?}");
    }
}

#[tokio::test]
async fn sound_without_pictures_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.mp4");
    let input = ["-loglevel", "error", "-f", "lavfi", "-i", "sine=d=1", path.to_str().unwrap()];
    ffmpeg(&input, Vec::new()).await;
    let error = open(folder.path(), "sound.mp4", &options()).await.unwrap_err();
    assert!(matches!(error, VideoError::Failed(Some(Failure::NoPictures))), "{error:?}");
}

#[tokio::test]
async fn truncated_video_gives_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &walk(RED, 20, 12)).await;
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() * 3 / 4]).unwrap();
    let mut stream = open(folder.path(), "a.mp4", &options()).await.unwrap();
    let mut count = 0;
    let result = loop {
        match stream.next().await {
            Ok(Some(_)) => count += 1,
            result => break result,
        }
    };
    assert!((1..12).contains(&count), "{count} frames, {result:?}");
}

#[tokio::test]
async fn killed_child_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    // More frames than the pipe holds, so that the child cannot be done before it is killed.
    write_mp4(folder.path(), "a.mp4", &nobody(200)).await;
    let mut stream = open(folder.path(), "a.mp4", &options()).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    let pid = stream.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    let error = all_frames(&mut stream).await.unwrap_err();
    assert!(matches!(error, VideoError::Killed(9)), "{error:?}");
}

#[tokio::test]
async fn child_ends_with_its_stream() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "a.mp4", &nobody(200)).await;
    let mut stream = open(folder.path(), "a.mp4", &options()).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    let process = format!("/proc/{}/stat", stream.process_id().unwrap());
    drop(stream);
    // Gone, or a zombie for the moment until the runtime collects it.
    let is_over = || std::fs::read_to_string(&process).map_or(true, |stat| stat.contains(") Z "));
    for _ in 0..200 {
        if is_over() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the child lives on");
}

#[tokio::test]
async fn missing_program_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "a.mp4", &nobody(1)).await;
    let options = VideoOptions { program: "/nowhere/ffmpeg".into(), ..options() };
    let error = open(folder.path(), "a.mp4", &options).await.unwrap_err();
    assert!(matches!(error, VideoError::Missing), "{error:?}");
}

#[tokio::test]
async fn child_that_writes_no_frames_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "a.mp4", &nobody(1)).await;
    let script = folder.path().join("ffmpeg");
    std::fs::write(&script, "#!/bin/sh\necho 'Stream mapping:' >&2\necho P6\necho 99999 99999\necho 255\n")
        .unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let options = VideoOptions { program: script, ..options() };
    let mut stream = open(folder.path(), "a.mp4", &options).await.unwrap();
    let error = stream.next().await.unwrap_err();
    assert!(matches!(error, VideoError::NoFrames), "{error:?}");
}
