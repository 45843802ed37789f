//! What `vultus doctor` finds, and what the command line says of itself.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::process::Command;

use serde_json::{Value, json};
use vultus_e2e::{DataDir, Server};

/// Runs a command and gives its exit status and the findings by check.
fn findings(mut command: Command) -> (i32, Value) {
    let output = command.output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let status = output.status.code().unwrap();
    assert_eq!(printed["ok"], json!(status == 0), "{printed}");
    (status, printed)
}

fn doctor(data: &DataDir) -> Command {
    // A port of its own, so that what else runs here does not matter.
    data.command(&["doctor", "--json", "--listen", "127.0.0.1:0"])
}

fn finding<'a>(printed: &'a Value, check: &str) -> &'a Value {
    let all = printed["findings"].as_array().unwrap();
    all.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("no {check}: {printed}"))
}

fn has_mend(finding: &Value, command: &str) -> bool {
    finding["mend"].as_str().is_some_and(|mend| mend.contains(command))
}

#[test]
fn a_healthy_store_has_nothing_missing() {
    let data = DataDir::default();
    std::fs::set_permissions(data.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    data.account("somebody");
    let (status, printed) = findings(doctor(&data));
    assert_eq!(status, 0, "{printed}");
    let checks = [
        "configuration",
        "clock",
        "data directory",
        "database",
        "accounts",
        "server key",
        "runtime",
        "models",
        "templates",
        "ffmpeg",
        "port",
    ];
    for check in checks {
        assert_eq!(finding(&printed, check)["state"], "ok", "{check}: {printed}");
    }
    let text = String::from_utf8(data.run(&["doctor", "--listen", "127.0.0.1:0"]).stdout).unwrap();
    assert_eq!(text.lines().count(), printed["findings"].as_array().unwrap().len(), "{text}");
}

#[test]
fn an_empty_place_lacks_models_and_nothing_is_made_there() {
    let data = DataDir::default();
    let (dir, models) = (data.path().join("data"), data.path().join("models"));
    let mut command = doctor(&data);
    command.env("VULTUS_DATA_DIR", &dir).env("VULTUS_MODELS_DIR", &models);
    let (status, printed) = findings(command);
    assert_eq!(status, 1, "{printed}");
    for check in ["models", "runtime"] {
        let found = finding(&printed, check);
        assert_eq!(found["state"], "missing", "{found}");
        assert!(has_mend(found, "vultus models install"), "{found}");
    }
    for check in ["data directory", "database"] {
        assert_eq!(finding(&printed, check)["state"], "warning", "{printed}");
    }
    assert_ne!(finding(&printed, "npm"), &Value::Null);
    assert!(!dir.exists() && !models.exists());
}

#[test]
fn ffmpeg_that_is_configured_and_not_there_is_missed_unless_nothing_needs_it() {
    let data = DataDir::default();
    data.account("somebody");
    let with = |text: &str| {
        std::fs::write(data.path().join("vultus.toml"), text).unwrap();
        findings(doctor(&data))
    };
    let (status, printed) = with("[cameras]\nffmpeg = \"/nowhere/ffmpeg\"\n");
    assert_eq!((status, &finding(&printed, "ffmpeg")["state"]), (1, &json!("missing")), "{printed}");
    assert!(has_mend(finding(&printed, "ffmpeg"), "apt-get install ffmpeg"), "{printed}");
    let off = "[cameras]\nenabled = false\nffmpeg = \"/nowhere/ffmpeg\"\n[media]\nenabled = false\n";
    assert_eq!(with(off).0, 0);
}

#[test]
fn a_broken_database_is_told_and_left_as_it_is() {
    let data = DataDir::default();
    data.account("somebody");
    let path = data.path().join("vultus.db");
    // What was written last may still lie beside the file, and would mend it.
    for beside in ["vultus.db-wal", "vultus.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(beside));
    }
    let bytes = vec![0xa5; 1 << 16];
    std::fs::write(&path, &bytes).unwrap();
    let (status, printed) = findings(doctor(&data));
    assert_eq!((status, &finding(&printed, "database")["state"]), (1, &json!("missing")), "{printed}");
    assert!(has_mend(finding(&printed, "database"), "backup"), "{printed}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_key_of_another_database_is_told_with_what_mends_it() {
    let data = DataDir::default();
    data.account("somebody");
    let key = data.path().join("secret.key");
    let other = || std::fs::write(&key, [7; 32]).unwrap();
    for (spoil, reason) in [
        (&other as &dyn Fn(), "is not the key of this database"),
        (&|| std::fs::remove_file(&key).unwrap(), "is not there"),
    ] {
        spoil();
        let (status, printed) = findings(doctor(&data));
        let found = finding(&printed, "server key");
        assert_eq!((status, &found["state"]), (1, &json!("missing")), "{printed}");
        assert!(found["explanation"].as_str().unwrap().contains(reason), "{found}");
        assert!(has_mend(found, "vultus accounts adopt-key"), "{found}");
    }
    assert!(!key.exists(), "the doctor makes none");
    data.run(&["accounts", "adopt-key"]);
    assert_eq!(findings(doctor(&data)).0, 0);
}

#[test]
fn a_configuration_that_cannot_be_read_is_a_finding() {
    let data = DataDir::default();
    std::fs::write(data.path().join("vultus.toml"), "[server]\nport = 1\n").unwrap();
    let (status, printed) = findings(doctor(&data));
    assert_eq!((status, &finding(&printed, "configuration")["state"]), (1, &json!("missing")), "{printed}");
    assert!(
        finding(&printed, "configuration")["explanation"].as_str().unwrap().contains("port"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_running_server_is_known_by_its_port() {
    let data = DataDir::default();
    data.account("somebody");
    let server = Server::start(&data, &[]).await;
    let listen = server.base.trim_start_matches("http://").to_owned();
    let (status, printed) = findings(data.command(&["doctor", "--json", "--listen", &listen]));
    assert_eq!(status, 0, "{printed}");
    assert!(
        finding(&printed, "port")["explanation"].as_str().unwrap().contains("served by Vultus"),
        "{printed}"
    );
}

#[test]
fn completions_of_every_shell_name_the_commands() {
    let data = DataDir::default();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = String::from_utf8(data.run(&["completions", shell]).stdout).unwrap();
        for command in ["serve", "doctor", "accounts", "reembed"] {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
    }
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let data = DataDir::default();
    let main = String::from_utf8(data.run(&["man"]).stdout).unwrap();
    assert!(main.contains(".TH vultus 1") && main.contains("doctor"), "{main}");
    let dir = data.path().join("man");
    data.run(&["man", dir.to_str().unwrap()]);
    for page in ["vultus.1", "vultus-serve.1", "vultus-doctor.1", "vultus-accounts-create.1"] {
        let text = std::fs::read_to_string(dir.join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}: {text}");
    }
}
