//! Analyses of media: files of many formats, people who come and go, damaged files, and what is left behind.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
use vultus_face::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
use vultus_inference::{Cancel, WorkPool};
use vultus_media::RgbPhoto;
use vultus_types::{PhotoAnalysis, ScoreRule, Template};
use vultus_video::{
    MediaError, MediaFrame, MediaInfo, MediaKind, MediaParts, MediaSettings, MediaSink, MediaSinkError,
    MediaSource, MediaSummary, VideoError, VideoOptions, analyze_media,
};

use crate::support::{BLUE, GREEN, HEIGHT, RATE, RED, WIDTH, face, ffmpeg, nobody, video, walk, write_mp4};

/// Keeps what it is given; fails with the frame after `most`.
#[derive(Default)]
struct Kept {
    begun: Vec<MediaInfo>,
    frames: Vec<MediaFrame>,
    most: Option<usize>,
}

#[async_trait]
impl MediaSink for Kept {
    async fn begin(&mut self, info: &MediaInfo) -> Result<(), MediaSinkError> {
        self.begun.push(info.clone());
        Ok(())
    }

    async fn frame(&mut self, frame: MediaFrame) -> Result<(), MediaSinkError> {
        if self.most.is_some_and(|most| self.frames.len() >= most) {
            return Err(MediaSinkError("full".into()));
        }
        self.frames.push(frame);
        Ok(())
    }
}

impl Kept {
    /// The persons' numbers in each frame, in the order of their faces from left to right.
    fn numbers(&self) -> Vec<Vec<u32>> {
        let of_frame = |frame: &MediaFrame| {
            let mut people: Vec<_> = frame.people.iter().map(|seen| (seen.bounds[0], seen.person)).collect();
            people.sort_by(|one, other| one.0.total_cmp(&other.0));
            people.into_iter().map(|(_, person)| person).collect()
        };
        self.frames.iter().map(of_frame).collect()
    }
}

fn parts_with(analyzer: Arc<dyn FaceAnalyzer>) -> MediaParts {
    let rule = FakeAnalyzer::default();
    // Squares of one colour are alike to .97 and more, those of different colours mostly below .5.
    let likeness = move |one: &Template, other: &Template| {
        let similarity = rule.score_rule().similarity(one, other).ok()?.0;
        Some(if similarity > 0.9 { 0.95 } else { 0.05 })
    };
    let pool = Arc::new(WorkPool::new(NonZeroUsize::new(2).unwrap(), 8).unwrap());
    MediaParts { analyzer, pool, likeness: Arc::new(likeness) }
}

fn parts() -> MediaParts {
    parts_with(Arc::new(FakeAnalyzer::default()))
}

fn settings() -> MediaSettings {
    let video = VideoOptions { frames_per_second: RATE, ..VideoOptions::default() };
    MediaSettings { video, min_head_scale: 0.1, ..MediaSettings::default() }
}

async fn analyze(path: &Path) -> (Result<MediaSummary, MediaError>, Kept) {
    let mut kept = Kept::default();
    let source = MediaSource::File(path.to_owned());
    let result = analyze_media(&parts(), source, &settings(), &mut kept).await;
    (result, kept)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Two people, one above the other, one of whom walks.
fn two_people(frames: u32) -> Vec<Vec<FakeFace>> {
    let mut scenes = walk(RED, 10, frames);
    for faces in &mut scenes {
        faces.push(face(BLUE, 10, 150));
    }
    scenes
}

#[tokio::test]
async fn two_people_are_followed_through_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &two_people(12)).await;
    let (summary, kept) = analyze(&path).await;
    let summary = summary.unwrap();
    let info = MediaInfo {
        kind: MediaKind::Video,
        format: "mp4".to_owned(),
        width: WIDTH,
        height: HEIGHT,
        length: Duration::from_secs(3),
    };
    assert_eq!((&summary.info, summary.frames), (&info, 12));
    assert_eq!(kept.begun, [info]);
    let times: Vec<_> = kept.frames.iter().map(|frame| frame.time.as_millis()).collect();
    assert_eq!(times, (1..=12).map(|number| number * 250).collect::<Vec<_>>());
    for (number, frame) in (0..).zip(&kept.frames) {
        let red = frame.people.iter().find(|seen| seen.bounds[1] < 100.0).unwrap();
        assert_eq!(red.bounds, [10.0 + number as f32 * 20.0, 10.0, 60.0, 60.0]);
        assert_eq!(frame.people.len(), 2);
        assert!(frame.people.iter().all(|seen| seen.age.is_some() && seen.expression.is_some()));
    }
    let red = kept.frames[0].people.iter().find(|seen| seen.bounds[1] < 100.0).unwrap().person;
    assert_eq!(summary.persons.len(), 2);
    let red = &summary.persons[red as usize];
    // Eyes that are closed look at nothing.
    assert_eq!((red.is_female, red.frames, red.glances), (Some(false), 12, 0));
    let blue = summary.persons.iter().find(|person| person.is_female == Some(true)).unwrap();
    assert_eq!((blue.glances, blue.looked_for, blue.attention), (1, Duration::from_secs(3), Some(100.0)));
    assert!((red.age.unwrap() - 66.5).abs() < 0.6 && red.expression.unwrap().joy > 0.7);
    assert_eq!((red.seen_for, red.looked_for), (Duration::from_secs(3), Duration::ZERO));
}

#[tokio::test]
async fn who_leaves_and_comes_back_keeps_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = vec![vec![face(RED, 20, 20)]; 6];
    scenes.extend(nobody(14));
    scenes.extend(vec![vec![face(GREEN, 20, 20)]; 4]);
    scenes.extend(vec![vec![face(RED, 200, 150)]; 6]);
    let path = write_mp4(folder.path(), "a.mp4", &scenes).await;
    let (summary, kept) = analyze(&path).await;
    let numbers = kept.numbers();
    assert!(numbers[..6].iter().all(|frame| frame == &[0]), "{numbers:?}");
    assert!(numbers[6..20].iter().all(Vec::is_empty), "{numbers:?}");
    assert!(numbers[20..24].iter().all(|frame| frame == &[1]), "{numbers:?}");
    assert!(numbers[24..].iter().all(|frame| frame == &[0]), "{numbers:?}");
    let summary = summary.unwrap();
    assert_eq!((summary.frames, summary.persons.len(), summary.persons[0].frames), (30, 2, 12));
}

#[tokio::test]
async fn people_who_cross_keep_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    // One behind the other in the middle.
    let scenes: Vec<_> = (0..12)
        .map(|frame| match frame {
            5 | 6 => vec![face(RED, 120, 80)],
            _ => vec![face(RED, 10 + frame * 20, 80), face(BLUE, 250 - frame * 20, 81)],
        })
        .collect();
    let path = write_mp4(folder.path(), "a.mp4", &scenes).await;
    let (summary, kept) = analyze(&path).await;
    let numbers = kept.numbers();
    assert_eq!(summary.unwrap().persons.len(), 2, "{numbers:?}");
    let (before, after) = (&numbers[0], &numbers[11]);
    assert_eq!((before[0], before[1]), (after[1], after[0]), "{numbers:?}");
}

#[tokio::test]
async fn cut_to_somebody_else_in_the_same_place_is_another_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = vec![vec![face(RED, 20, 20)]; 8];
    scenes.extend(vec![vec![face(BLUE, 20, 20)]; 8]);
    scenes.extend(vec![vec![face(RED, 20, 20)]; 8]);
    let path = write_mp4(folder.path(), "a.mp4", &scenes).await;
    let (summary, kept) = analyze(&path).await;
    let numbers = kept.numbers();
    assert_eq!(summary.unwrap().persons.len(), 2, "{numbers:?}");
    assert_eq!((&numbers[0], &numbers[23]), (&numbers[7], &numbers[16]), "{numbers:?}");
}

#[tokio::test]
async fn nobody_is_seen_in_an_empty_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &nobody(10)).await;
    let (summary, kept) = analyze(&path).await;
    assert_eq!((summary.unwrap().persons.len(), kept.frames.len()), (0, 10));
    assert!(kept.frames.iter().all(|frame| frame.people.is_empty()));
}

#[tokio::test]
async fn twelve_frames_of_a_second_end_at_83_and_166_ms() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &walk(RED, 20, 4)).await;
    let mut kept = Kept::default();
    let video = VideoOptions { frames_per_second: 12, ..VideoOptions::default() };
    let settings = MediaSettings { video, ..settings() };
    analyze_media(&parts(), MediaSource::File(path), &settings, &mut kept).await.unwrap();
    let times: Vec<_> = kept.frames.iter().map(|frame| frame.time.as_millis()).collect();
    assert_eq!((times.len(), &times[..4]), (12, [83, 166, 250, 333].as_slice()));
}

#[tokio::test]
async fn boxes_of_large_videos_are_in_their_own_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = vec![vec![FakeFace { colour: RED, x: 200, y: 100, side: 80 }]; 2];
    let path = write_mp4(folder.path(), "a.mp4", &scenes).await;
    let mut kept = Kept::default();
    let settings = settings();
    let video = VideoOptions { max_side: 160, ..settings.video.clone() };
    let settings = MediaSettings { video, ..settings };
    let summary = analyze_media(&parts(), MediaSource::File(path), &settings, &mut kept).await.unwrap();
    assert_eq!((summary.info.width, summary.info.height), (WIDTH, HEIGHT));
    // Around it lie the rows and columns that are neither red nor black.
    let area = |bounds: &[f32; 4]| bounds[2] * bounds[3];
    let faces = kept.frames[0].people.iter().map(|seen| seen.bounds);
    let [x, y, width, height] = faces.max_by(|one, other| area(one).total_cmp(&area(other))).unwrap();
    assert!((x - 200.0).abs() < 5.0 && (y - 100.0).abs() < 5.0, "{x} {y}");
    assert!((width - 80.0).abs() < 9.0 && (height - 80.0).abs() < 9.0, "{width} {height}");
}

#[tokio::test]
async fn containers_and_codecs_of_all_kinds_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format, coding) in [
        ("a.mov", "mov", ["-c:v", "libx264rgb"].as_slice()),
        ("a.mkv", "mkv", &["-c:v", "libx264rgb"]),
        ("a.avi", "avi", &["-c:v", "ffv1"]),
        ("a.webm", "webm", &["-c:v", "libvpx", "-crf", "10", "-pix_fmt", "yuv420p", "-b:v", "2M"]),
        ("a.flv", "flv", &["-c:v", "flv1", "-pix_fmt", "yuv420p", "-b:v", "2M"]),
        ("a.ts", "ts", &["-c:v", "mpeg2video", "-r", "25", "-pix_fmt", "yuv420p", "-b:v", "2M"]),
        ("a.gif", "gif", &["-c:v", "gif", "-pix_fmt", "rgb8"]),
    ] {
        let path = folder.path().join(name);
        let output = [coding, &[path.to_str().unwrap()]].concat();
        video(&two_people(8), &output).await;
        let (summary, kept) = analyze(&path).await;
        let summary = summary.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!((summary.info.kind, summary.info.format.as_str()), (MediaKind::Video, format), "{name}");
        assert_eq!((summary.info.width, summary.info.height), (WIDTH, HEIGHT), "{name}");
        assert!((7..=9).contains(&kept.frames.len()), "{name}: {} frames", kept.frames.len());
        let length = summary.info.length.as_secs_f32();
        assert!((1.7..=2.3).contains(&length), "{name}: {length} s");
    }
}

#[tokio::test]
async fn images_are_one_frame_at_time_0() {
    let folder = tempfile::tempdir().unwrap();
    let png = fake_photo(WIDTH, HEIGHT, &[face(RED, 20, 30), face(BLUE, 200, 100)]).unwrap();
    for (name, coding) in [("a.png", ["-c:v", "png"]), ("a.bmp", ["-c:v", "bmp"]), ("a.gif", ["-c:v", "gif"])]
    {
        let path = folder.path().join(name);
        let input = ["-loglevel", "error", "-f", "image2pipe", "-c:v", "png", "-i", "pipe:0"];
        ffmpeg(&[input.as_slice(), &coding, &[path.to_str().unwrap()]].concat(), png.clone()).await;
        let (summary, kept) = analyze(&path).await;
        let summary = summary.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!((summary.info.kind, summary.info.length), (MediaKind::Image, Duration::ZERO), "{name}");
        assert_eq!(summary.info.format, name[2..]);
        assert_eq!((summary.frames, kept.frames.len()), (1, 1), "{name}");
        let frame = &kept.frames[0];
        assert_eq!(frame.time, Duration::ZERO);
        if name == "a.gif" {
            // Its few colours are dots of others, which the fake analyser takes for no faces.
            continue;
        }
        assert_eq!(frame.people.len(), 2, "{name}");
        assert!(frame.people.iter().all(|seen| seen.first_seen.is_zero() && seen.glances <= 1), "{name}");
        assert_eq!(summary.persons[0].seen_for, Duration::ZERO);
    }
}

#[tokio::test]
async fn jpeg_is_an_image_of_its_own_size() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = vultus_media::encode_jpeg(&RgbPhoto::filled(70, 50, [0; 3]), 90).unwrap();
    // Whatever its name says.
    let path = write(folder.path(), "a.mp4", &jpeg);
    let (summary, kept) = analyze(&path).await;
    let info = summary.unwrap().info;
    assert_eq!((info.kind, info.format.as_str(), info.width, info.height), (MediaKind::Image, "jpg", 70, 50));
    assert!(kept.frames[0].people.is_empty());
}

#[tokio::test]
async fn what_is_no_medium_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n";
    for (name, bytes) in [
        ("empty.mp4", b"".as_slice()),
        ("text.mp4", b"this is no video, though its name says so"),
        ("concat.txt", b"ffconcat version 1.0\nfile text.mp4\n"),
        ("playlist.m3u8", playlist),
        ("zeros.jpg", &[0; 15_000]),
    ] {
        let (result, kept) = analyze(&write(folder.path(), name, bytes)).await;
        assert!(matches!(result, Err(MediaError::NotMedia)), "{name}: {result:?}");
        assert!(kept.begun.is_empty());
    }
    let (result, _) = analyze(&folder.path().join("none.mp4")).await;
    assert!(matches!(result, Err(MediaError::File(_))), "{result:?}");
}

#[tokio::test]
async fn sound_without_pictures_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.mp4");
    let input = ["-loglevel", "error", "-f", "lavfi", "-i", "sine=d=1", path.to_str().unwrap()];
    ffmpeg(&input, Vec::new()).await;
    let (result, _) = analyze(&path).await;
    assert!(matches!(result, Err(MediaError::NoPictures)), "{result:?}");
}

#[tokio::test]
async fn damaged_media_give_what_can_be_read_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &two_people(12)).await;
    let whole = std::fs::read(&path).unwrap();
    let (summary, kept) = analyze(&write(folder.path(), "cut.mp4", &whole[..whole.len() * 3 / 4])).await;
    let summary = summary.unwrap();
    assert!((1..12).contains(&kept.frames.len()) && summary.frames == kept.frames.len() as u64);
    // What describes this one lies at its end.
    let path = folder.path().join("late.mp4");
    video(&two_people(12), &[path.to_str().unwrap()]).await;
    let whole = std::fs::read(&path).unwrap();
    let (result, _) = analyze(&write(folder.path(), "cut-late.mp4", &whole[..whole.len() / 2])).await;
    assert!(matches!(result, Err(MediaError::Truncated)), "{result:?}");
    let png = fake_photo(200, 200, &[face(RED, 20, 30)]).unwrap();
    let (result, _) = analyze(&write(folder.path(), "cut.png", &png[..png.len() / 2])).await;
    assert!(matches!(result, Err(MediaError::Truncated)), "{result:?}");
}

#[tokio::test]
async fn media_longer_than_allowed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &nobody(20)).await;
    let settings = MediaSettings { max_length: Duration::from_secs(2), ..settings() };
    let mut kept = Kept::default();
    let result = analyze_media(&parts(), MediaSource::File(path), &settings, &mut kept).await;
    assert!(matches!(result, Err(MediaError::TooLong { .. })) && kept.begun.is_empty(), "{result:?}");
    // One that does not tell its length is read up to there.
    let bytes = video(&nobody(20), &["-f", "matroska", "-live", "1", "pipe:1"]).await;
    let path = write(folder.path(), "a.mkv", &bytes);
    let result = analyze_media(&parts(), MediaSource::File(path), &settings, &mut kept).await;
    assert!(matches!(result, Err(MediaError::TooLong { .. })), "{result:?}");
}

#[tokio::test]
async fn missing_program_and_full_sink_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &nobody(20)).await;
    let source = || MediaSource::File(path.clone());
    let mut kept = Kept { most: Some(3), ..Kept::default() };
    let result = analyze_media(&parts(), source(), &settings(), &mut kept).await;
    assert!(matches!(result, Err(MediaError::Sink(_))) && kept.frames.len() == 3, "{result:?}");
    let mut settings = settings();
    settings.video.program = "/nowhere/ffmpeg".into();
    let result = analyze_media(&parts(), source(), &settings, &mut Kept::default()).await;
    assert!(matches!(result, Err(MediaError::Video(VideoError::Missing))), "{result:?}");
}

/// Counts frames on their way; the gate lets `go` more through.
struct Counting {
    inner: FakeAnalyzer,
    begun: AtomicUsize,
}

impl FaceAnalyzer for Counting {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.inner.analyze(photo, options, cancel)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.inner.score_rule()
    }
}

/// Tells how far the analysis is ahead of what was handed on, at most.
struct Behind {
    analyzer: Arc<Counting>,
    handed_on: usize,
    most: usize,
}

#[async_trait]
impl MediaSink for Behind {
    async fn begin(&mut self, _: &MediaInfo) -> Result<(), MediaSinkError> {
        Ok(())
    }

    async fn frame(&mut self, _: MediaFrame) -> Result<(), MediaSinkError> {
        // Slower than the analysis.
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.most = self.most.max(self.analyzer.begun.load(Ordering::SeqCst) - self.handed_on);
        self.handed_on += 1;
        Ok(())
    }
}

#[tokio::test]
async fn frames_on_their_way_are_bounded_however_long_the_video() {
    let folder = tempfile::tempdir().unwrap();
    let scenes: Vec<_> = (0..400).map(|frame| vec![face(RED, 10 + frame % 50, 20)]).collect();
    let path = write_mp4(folder.path(), "a.mp4", &scenes).await;
    let analyzer = Arc::new(Counting { inner: FakeAnalyzer::default(), begun: AtomicUsize::new(0) });
    let parts = parts_with(Arc::<Counting>::clone(&analyzer));
    let mut sink = Behind { analyzer, handed_on: 0, most: 0 };
    analyze_media(&parts, MediaSource::File(path), &settings(), &mut sink).await.unwrap();
    // Two seconds that are held back, two frames on threads and two that wait.
    let bound = 2 * RATE as usize + 1 + 4;
    assert_eq!(sink.handed_on, 400);
    assert!(sink.most <= bound, "{} frames, {bound} at most", sink.most);
}

#[tokio::test]
async fn picture_that_stands_still_is_looked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &vec![vec![face(RED, 20, 20)]; 40]).await;
    let analyzer = Arc::new(Counting { inner: FakeAnalyzer::default(), begun: AtomicUsize::new(0) });
    let parts = parts_with(Arc::<Counting>::clone(&analyzer));
    let mut kept = Kept::default();
    analyze_media(&parts, MediaSource::File(path), &settings(), &mut kept).await.unwrap();
    assert_eq!((kept.frames.len(), analyzer.begun.load(Ordering::SeqCst)), (40, 1));
    assert!(kept.frames.iter().all(|frame| frame.people[0].person == 0));
}

#[tokio::test]
async fn child_ends_with_the_analysis_that_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_mp4(folder.path(), "a.mp4", &walk(RED, 20, 200)).await;
    let job = tokio::spawn(async move {
        let mut sink = Kept::default();
        let _ = analyze_media(&parts(), MediaSource::File(path), &settings(), &mut Slow(&mut sink)).await;
    });
    wait_until(|| is_read(folder.path())).await;
    job.abort();
    wait_until(|| !is_read(folder.path())).await;
}

/// Whether a process was started with a path in `folder`.
fn is_read(folder: &Path) -> bool {
    let folder = folder.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.any(|command| String::from_utf8_lossy(&command).contains(folder))
}

/// Takes its first frame and never another one.
struct Slow<'a>(&'a mut Kept);

#[async_trait]
impl MediaSink for Slow<'_> {
    async fn begin(&mut self, info: &MediaInfo) -> Result<(), MediaSinkError> {
        self.0.begin(info).await
    }

    async fn frame(&mut self, _: MediaFrame) -> Result<(), MediaSinkError> {
        std::future::pending().await
    }
}

async fn wait_until(is_so: impl Fn() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to be");
}
