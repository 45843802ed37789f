//! A real third-party client, the npm package `kairos-api`, drives the built server through all its calls.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;
use std::process::Command;

use vultus_e2e::{DataDir, Portraits, Server, workspace};

/// Copies the installed client into `target`, with its base address pointed at `base`.
fn install_client(target: &Path, base: &str) {
    let modules = workspace().join(".cache/npm/node_modules");
    assert!(modules.join("kairos-api").exists(), "the client is missing: run `make test`");
    let status = Command::new("cp").arg("-r").arg(&modules).arg(target).status().unwrap();
    assert!(status.success());
    let source = target.join("node_modules/kairos-api/lib/kairos.js");
    let code = std::fs::read_to_string(&source).unwrap();
    assert!(code.contains("https://api.kairos.com"), "the client's base address is a constant");
    std::fs::write(&source, code.replace("https://api.kairos.com", base)).unwrap();
}

#[tokio::test]
async fn kairos_api_for_node_works_unchanged() {
    let data = DataDir::default();
    let credentials = data.kairos_account("node");
    let portraits = Portraits::cut(&data);
    let server = Server::start(&data, &[]).await;

    let folder = tempfile::tempdir().unwrap();
    install_client(folder.path(), &server.base);
    let script = folder.path().join("drive.js");
    std::fs::copy(workspace().join("tests/clients/kairos-api/drive.js"), &script).unwrap();
    for (number, portrait) in portraits.of(3).iter().enumerate() {
        std::fs::write(folder.path().join(format!("face{number}.jpg")), portrait).unwrap();
    }
    std::fs::write(folder.path().join("group.jpg"), vultus_e2e::sample_photo(3)).unwrap();

    let output = Command::new("node")
        .arg(&script)
        .args([&credentials.app_id, &credentials.app_key])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed: {errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "11 calls checked");
}
