//! The whole engine with the real model, on voices that are computed.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;

use vultus_inference::{Cancel, Runtime, RuntimeOptions};
use vultus_models::{installed_pack, runtime_library};
use vultus_types::VoiceAnalysis;
use vultus_voice::fakes::{synthetic_voice, wav};
use vultus_voice::{VoiceAnalyzer, VoiceEngine, VoiceError};

fn engine() -> VoiceEngine {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let library = runtime_library(&models).expect("the models are installed: run `make test` once");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).unwrap();
    let pack = installed_pack(&models, "default").expect("the default pack is installed");
    VoiceEngine::load(&pack, &runtime, 1).unwrap().expect("the default pack has a speaker encoder")
}

fn heard(engine: &VoiceEngine, samples: &[f32]) -> Result<VoiceAnalysis, VoiceError> {
    engine.analyze(&wav(samples), &Cancel::default())
}

#[test]
fn voices_are_told_apart_and_recognised() {
    let engine = engine();
    let [man, again, woman] = [(110.0, 1.0), (112.0, 1.0), (210.0, 1.17)]
        .map(|(pitch, tract)| heard(&engine, &synthetic_voice(pitch, tract, 6.0)).unwrap().template);
    let similarity = |one, other| engine.score_rule().similarity(one, other).unwrap().0;
    let (same, different) = (similarity(&man, &again), similarity(&man, &woman));
    assert!(same > 0.95 && different < 0.8, "{same} {different}");
}

#[test]
fn pauses_are_no_speech() {
    let engine = engine();
    let voice = synthetic_voice(210.0, 1.17, 2.5);
    let pause = vec![0.0; 32_000];
    let analysis = heard(&engine, &[&pause[..], &voice, &pause, &voice, &pause].concat()).unwrap();
    assert!((analysis.seconds - 11.0).abs() < 1e-3);
    assert!((4.0..6.0).contains(&analysis.speech_seconds), "{}", analysis.speech_seconds);
    assert!(!analysis.is_short);
}

#[test]
fn little_speech_is_marked_and_less_is_refused() {
    let engine = engine();
    let analysis = heard(&engine, &synthetic_voice(210.0, 1.17, 2.5)).unwrap();
    assert!(analysis.is_short && analysis.speech_seconds > 2.0);
    let refused = heard(&engine, &synthetic_voice(210.0, 1.17, 1.2)).unwrap_err();
    assert!(matches!(refused, VoiceError::TooLittleSpeech { .. }), "{refused}");
}

#[test]
fn quiet_voice_is_the_same_voice() {
    let engine = engine();
    let voice: Vec<f32> = synthetic_voice(210.0, 1.17, 4.0).iter().map(|sample| sample * 0.1).collect();
    let quieter: Vec<f32> = voice.iter().map(|sample| sample * 0.25).collect();
    let (one, other) = (heard(&engine, &voice).unwrap(), heard(&engine, &quieter).unwrap());
    let similarity = engine.score_rule().similarity(&one.template, &other.template).unwrap().0;
    assert!(similarity > 0.99, "{similarity}");
}

#[test]
fn pieces_are_as_many_as_the_speech_has() {
    let engine = engine();
    let file = wav(&synthetic_voice(210.0, 1.17, 6.0));
    let pieces = engine.analyze_pieces(&file, 2.0, &Cancel::default()).unwrap();
    assert!(pieces.len() == 2 || pieces.len() == 3);
    assert!(pieces.iter().all(|piece| piece.speech_seconds == 2.0));
    let refused = engine.analyze_pieces(&file, 1.0, &Cancel::default()).unwrap_err();
    assert!(matches!(refused, VoiceError::TooLittleSpeech { .. }));
}
