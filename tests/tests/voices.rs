//! Voices on the command line.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;

use serde_json::json;
use vultus_e2e::{DataDir, workspace};
use vultus_voice::fakes::{fake_recording, synthetic_voice, wav};

/// A WAV file of a computed voice.
fn voice(folder: &Path, name: &str, pitch_hz: f64, tract: f64) -> String {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, wav(&synthetic_voice(pitch_hz, tract, 5.0))).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn compare_tells_voices_apart() {
    let data = DataDir::default();
    let man = voice(data.path(), "man.wav", 110.0, 1.0);
    let again = voice(data.path(), "again.wav", 112.0, 1.0);
    let woman = voice(data.path(), "woman.wav", 210.0, 1.17);
    let same = data.run_json(&["compare", &man, &again, "--json"]);
    assert_eq!(same["is_match"], json!(true), "{same}");
    assert!(same["source"]["speech_seconds"].as_f64().unwrap() > 3.0);
    let other = data.run_json(&["compare", &man, &woman, "--json"]);
    assert_eq!(other["is_match"], json!(false), "{other}");
    let output = data.run(&["compare", &man, &woman]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("voices: confidence 0.") && text.ends_with("  no match\n"), "{text}");
}

#[test]
fn recordings_that_cannot_be_compared_are_refused() {
    let data = DataDir::default();
    let man = voice(data.path(), "man.wav", 110.0, 1.0);
    let tone = data.path().join("tone.wav");
    std::fs::write(&tone, fake_recording(440.0, 4.0)).unwrap();
    let photo = workspace().join(".cache/photos/sample3.jpg");
    for (other, reason) in [
        (tone.to_str().unwrap(), "s of speech, less than the 1.6 s needed"),
        (photo.to_str().unwrap(), "one file is a recording and the other is not"),
    ] {
        let output = data.command(&["compare", &man, other]).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), text.contains(reason)), (Some(1), true), "{text}");
    }
}

#[test]
fn evaluation_of_voices_is_printed_and_repeatable() {
    let data = DataDir::default();
    let speakers = data.path().join("speakers");
    for (speaker, pitch, tract) in [("man", 110.0, 1.0), ("woman", 210.0, 1.17)] {
        for step in 0..2 {
            voice(&speakers.join(speaker), &format!("{step}.wav"), pitch + 2.0 * f64::from(step), tract);
        }
    }
    let arguments = ["eval", "voice", speakers.to_str().unwrap(), "--data", "computed", "--json"];
    let report = data.run_json(&arguments);
    assert_eq!(report["task"], "voice");
    let figure = |name: &str| {
        let figures = report["figures"].as_array().unwrap();
        figures.iter().find(|figure| figure["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!((figure("equal error rate"), figure("failure to acquire")), (0.0, 0.0));
    let command = report["command"].as_str().unwrap();
    assert!(
        command.starts_with("vultus eval voice --pack default ") && !command.contains("/tmp/"),
        "{command}"
    );
    assert_eq!(data.run_json(&arguments), report);
}
