//! Voices.

use vultus_service::fakes::{fake_recording, photo_of, wav};

use super::*;

const SOUND: &str = "; filename=\"voice.wav\"\r\nContent-Type: audio/wav";

async fn compare(server: &Server, first: &[u8], second: &[u8]) -> Answer {
    server.post("/v0/voice/compare/", &[("audio_file1", SOUND, first), ("audio_file2", SOUND, second)]).await
}

#[tokio::test]
async fn voices_are_compared() {
    let server = Server::new().await;
    let (one, other) = (fake_recording(200.0, 4.0), fake_recording(310.0, 4.0));
    let mut same = compare(&server, &one, &one).await;
    let mut json = same.json();
    assert!(json["time_taken"].as_f64().unwrap() >= 0.0, "{json}");
    json["time_taken"] = json!(0);
    same.text = json.to_string();
    snapshot("voice_compare", &same);
    assert!(compare(&server, &one, &other).await.json()["similarity"].as_f64().unwrap() < 0.6);
    assert_eq!(server.consents().await, [("compare_voices", None, false), ("compare_voices", None, false)]);
}

#[tokio::test]
async fn unusable_recordings_are_refused() {
    let server = Server::new().await;
    let good = fake_recording(200.0, 3.0);
    let photo = photo_of(&[]).unwrap();
    snapshot("error_audio_type", &compare(&server, &good, &photo).await);
    snapshot("error_audio_silent", &compare(&server, &wav(&vec![0.0; 48_000]), &good).await);
    snapshot("error_audio_clipped", &compare(&server, &wav(&vec![1.0; 48_000]), &good).await);
    snapshot("error_audio_short", &compare(&server, &good, &fake_recording(200.0, 1.0)).await);
    for (bytes, fault) in [
        (good[..40_000].to_vec(), (415, "invalid_file_type")),
        (wav(&[]), (400, "empty_file")),
        (Vec::new(), (400, "empty_file")),
        (wav(&vec![0.1; 130 * 16_000]), (400, "file_too_large")),
    ] {
        let (status, code) = compare(&server, &bytes, &good).await.fault();
        assert_eq!((status, code.as_str()), fault);
    }
}

#[tokio::test]
async fn pack_without_a_voice_model_says_so() {
    let server = Server::with(BenchOptions { voice: None, ..BenchOptions::default() }, RULES).await;
    let recording = fake_recording(200.0, 3.0);
    let answer = compare(&server, &recording, &recording).await;
    assert_eq!(answer.fault(), (503, "unexpected_error".to_owned()));
}
