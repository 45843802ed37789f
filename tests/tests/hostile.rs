//! Bad input gets a clear error in the dialect's shape, and the server lives on.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use vultus_e2e::{DataDir, Kairos, Server, Stage, base64, plain_client, sample_photo};

fn error_code(answer: &Value) -> u64 {
    answer["Errors"][0]["ErrCode"].as_u64().unwrap_or_else(|| panic!("no Kairos error: {answer}"))
}

/// A PNG whose header promises 60,000 × 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(1, 1, Rgb([0, 0, 0])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let mut bytes = bytes.into_inner();
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// CRC-32 as PNG uses it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    })
}

/// Resident memory of the server in MiB.
fn resident_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn photos_that_are_none_are_refused() {
    let stage = Stage::with_account("hostile").await;
    let whole = sample_photo(1);
    let photos: [(&str, Vec<u8>); 5] = [
        ("text", b"this is no photo at all, whatever it is".to_vec()),
        ("bomb", bomb()),
        ("a tenth of a photo", whole[..whole.len() / 10].to_vec()),
        ("pdf", b"%PDF-1.7 1 0 obj".to_vec()),
        ("zeros", vec![0; 4096]),
    ];
    let before = resident_mib(&stage.server);
    for (name, photo) in &photos {
        let answer = stage.client.post("/detect", json!({ "image": base64(photo) })).await;
        assert_eq!(error_code(&answer), 5000, "{name}: {answer}");
    }
    let grown = resident_mib(&stage.server).saturating_sub(before);
    assert!(grown < 100, "memory grew by {grown} MiB");
}

#[tokio::test]
async fn a_photo_without_faces_says_so() {
    let stage = Stage::with_account("hostile").await;
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(640, 480, |x, y| Rgb([(x / 3) as u8, (y / 2) as u8, 90]))
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .unwrap();
    let answer = stage.client.post("/detect", json!({ "image": base64(bytes.get_ref()) })).await;
    assert_eq!(error_code(&answer), 5002, "{answer}");
}

#[tokio::test]
async fn addresses_inside_the_house_are_not_fetched() {
    let stage = Stage::with_account("hostile").await;
    let port = stage.server.base.rsplit(':').next().unwrap().to_owned();
    for url in [
        format!("http://127.0.0.1:{port}/healthz"),
        format!("http://localhost:{port}/healthz"),
        format!("http://[::1]:{port}/healthz"),
        format!("http://[::ffff:127.0.0.1]:{port}/healthz"),
        format!("http://0x7f000001:{port}/healthz"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let answer = stage.client.post("/detect", json!({ "image": url })).await;
        let code = error_code(&answer);
        assert!(code == 5001 || code == 5000, "{url}: {answer}");
        assert!(
            !answer.to_string().contains("127.0.0.1"),
            "the answer tells nothing of the network: {answer}"
        );
    }
}

#[tokio::test]
async fn oversized_bodies_are_refused_without_reading_them_into_memory() {
    let stage = Stage::with_account("hostile").await;
    let before = resident_mib(&stage.server);
    let huge = json!({ "image": "A".repeat(100 * 1024 * 1024) });
    if let Ok((status, answer)) = stage.client.try_post("/detect", &huge).await {
        assert!(status >= 400 || answer["Errors"].is_array(), "{status} {answer}");
    }
    let grown = resident_mib(&stage.server).saturating_sub(before);
    assert!(grown < 80, "memory grew by {grown} MiB");
    stage.client.post("/gallery/list_all", json!({})).await;
}

#[tokio::test]
async fn malformed_bodies_get_the_dialects_error() {
    let stage = Stage::with_account("hostile").await;
    let deep = format!("{}{}", "{\"a\":[".repeat(50_000), "1");
    for body in ["", "{", "{\"image\": 7}", "{\"image\": \"\"}", "--x\r\n\r\n", "image=%%%", &deep] {
        let request = plain_client().post(format!("{}/detect", stage.server.base)).body(body.to_owned());
        let unknown = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(unknown.status(), 403, "credentials come first");
        let credentials = stage.data.kairos_account(&format!("malformed-{}", body.len()));
        let request = request.header("app_id", credentials.app_id).header("app_key", credentials.app_key);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let code = error_code(&answer);
        assert!([1001, 1002, 1003, 5000, 5001].contains(&code), "{body:.40}: {answer}");
    }
}

#[tokio::test]
async fn a_full_work_queue_refuses_early_and_recovers() {
    let data = DataDir::default();
    let credentials = data.kairos_account("flood");
    std::fs::write(data.path().join("vultus.toml"), "[inference]\nthreads = 1\nqueue = 2\n").unwrap();
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &credentials);
    let body = json!({ "image": base64(&sample_photo(5)) });
    let calls = (0..24).map(|_| {
        let (client, body) = (client.clone(), body.clone());
        tokio::spawn(async move { client.try_post("/detect", &body).await.unwrap().0 })
    });
    let mut states = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        states.push(call.await.unwrap());
    }
    assert!(states.contains(&200), "{states:?}");
    assert!(states.contains(&429), "{states:?}");
    assert!(states.iter().all(|state| [200, 429].contains(state)), "{states:?}");
    client.post("/detect", body).await;
}
