//! `vultus analyze` on a photo and on videos made of it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vultus_e2e::{DataDir, workspace};

fn sample_path(number: usize) -> String {
    workspace().join(format!(".cache/photos/sample{number}.jpg")).to_str().unwrap().to_owned()
}

/// A camera pans over three people for two seconds, shows nobody for two and a half, and pans back.
fn write_video(folder: &Path) -> PathBuf {
    let path = folder.join("three.mp4");
    let pan = |x: &str| format!("scale=1280:-2,crop=1200:640:'{x}':60,fps=12,setsar=1,format=yuv420p");
    let graph = format!(
        "[0:v]{}[a];color=black:s=1200x640:d=2.5:r=12,setsar=1,format=yuv420p[b];[1:v]{}[c];[a][b][c]concat=n=3",
        pan("20*t"),
        pan("60-20*t")
    );
    let photo = sample_path(3);
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-loop", "1", "-t", "2", "-i", &photo]);
    command.args(["-loop", "1", "-t", "2", "-i", &photo, "-filter_complex", &graph]).arg(&path);
    assert!(command.status().expect("ffmpeg is missing: run `make test`").success());
    path
}

/// The persons of each frame with their times.
fn persons(analysis: &Value) -> Vec<(u64, BTreeSet<u64>)> {
    let of_frame = |frame: &Value| {
        let people = frame["people"].as_array().unwrap();
        let numbers = people.iter().map(|seen| seen["person"].as_u64().unwrap()).collect();
        (frame["time_ms"].as_u64().unwrap(), numbers)
    };
    analysis["frames"].as_array().unwrap().iter().map(of_frame).collect()
}

#[test]
fn people_of_a_video_are_known_again_drawn_and_plotted() {
    let data = DataDir::default();
    let video = write_video(data.path());
    let (drawn, plot) = (data.path().join("drawn.mp4"), data.path().join("plot.svg"));
    let analysis = data.run_json(&[
        "analyze",
        video.to_str().unwrap(),
        "--json",
        "--draw",
        drawn.to_str().unwrap(),
        "--plot",
        plot.to_str().unwrap(),
    ]);
    let frames = persons(&analysis);
    assert_eq!((frames.len(), frames[0].0, frames[1].0), (78, 83, 166));
    let everyone = BTreeSet::from([0, 1, 2]);
    assert_eq!((&frames[12].1, &frames[66].1), (&everyone, &everyone), "{:?}", analysis["persons"]);
    assert!(frames[30..48].iter().all(|(_, people)| people.is_empty()));
    assert_eq!(analysis["persons"].as_array().unwrap().len(), 3);
    for person in analysis["persons"].as_array().unwrap() {
        assert!(person["expression"]["joy"].is_number() && person["age"].is_number(), "{person}");
        assert!(person["seen_for_ms"].as_u64().unwrap() > 3000, "{person}");
    }
    for seen in analysis["frames"][12]["people"].as_array().unwrap() {
        let number = |value: &Value| value.as_f64().unwrap();
        let (left, top) = (number(&seen["box"]["x"]), number(&seen["box"]["y"]));
        let (right, bottom) = (left + number(&seen["box"]["width"]), top + number(&seen["box"]["height"]));
        let eye = &seen["points"][36];
        assert!((left..right).contains(&number(&eye[0])) && (top..bottom).contains(&number(&eye[1])));
    }
    assert!(std::fs::metadata(&drawn).unwrap().len() > 10_000);
    let again = data.run_json(&["analyze", drawn.to_str().unwrap(), "--json"]);
    assert_eq!((&again["media"]["width"], persons(&again).len()), (&1200.into(), 78));
    let plot = std::fs::read_to_string(plot).unwrap();
    assert!(["Person 0", "Person 2", "surprise", "seconds"].iter().all(|word| plot.contains(word)));
}

#[test]
fn photo_is_one_moment() {
    let data = DataDir::default();
    let drawn = data.path().join("drawn.png");
    let analysis = data.run_json(&["analyze", &sample_path(4), "--json", "--draw", drawn.to_str().unwrap()]);
    assert_eq!((&analysis["media"]["kind"], &analysis["media"]["length_ms"]), (&"image".into(), &0.into()));
    assert_eq!(persons(&analysis), [(0, BTreeSet::from([0, 1, 2, 3]))]);
    let drawn = image::load_from_memory(&std::fs::read(drawn).unwrap()).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (1920, 1448));
}

#[test]
fn what_is_no_medium_is_refused() {
    let data = DataDir::default();
    let path = data.path().join("text.mp4");
    std::fs::write(&path, "no video").unwrap();
    let output = data.command(&["analyze", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("neither an image nor a video"));
}
