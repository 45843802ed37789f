//! Models: the pack, the runtime library, and whose the stored templates are.

use std::process::{Command, Stdio};

use vultus_face::{FaceAnalyzer, FaceEngine};
use vultus_inference::Provider;
use vultus_models::{Manifest, Origin, PackError, Runtime};
use vultus_store::EmbedderStore;
use vultus_types::ModelDigest;

use super::report::{Finding, Report};
use crate::config::Config;
use crate::engine;

/// The engine, where runtime and pack are there, whole, and can be loaded.
pub(super) fn check(config: &Config, report: &mut Report) -> Option<FaceEngine> {
    let has_runtime = runtime(config, report);
    let engine = pack(config, has_runtime, report);
    if engine.is_none() {
        clients(config, report);
    }
    engine
}

fn install_command(config: &Config) -> String {
    if config.pack == "default" {
        "vultus models install".to_owned()
    } else {
        format!("vultus models install {}", config.pack)
    }
}

fn runtime(config: &Config, report: &mut Report) -> bool {
    const CHECK: &str = "runtime";
    let runtime = match engine::open_runtime(config) {
        Ok(runtime) => runtime,
        Err(error) => {
            report.add(Finding::missing(CHECK, format!("{error:#}")).mend(install_command(config)));
            return false;
        }
    };
    let name = match (&config.ort_lib, Runtime::installed(&config.models_dir)) {
        (None, Ok(installed)) => format!("{} {}", installed.name, installed.version),
        _ => runtime.library().display().to_string(),
    };
    report.add(match (config.openvino, runtime.offers(Provider::OpenVino)) {
        (true, true) => Finding::ok(CHECK, format!("{name}, with OpenVINO")),
        (true, false) => Finding::ok(CHECK, format!("{name}, without OpenVINO: the plain kernels are used")),
        (false, _) => Finding::ok(CHECK, format!("{name}; OpenVINO is switched off")),
    });
    true
}

fn pack(config: &Config, has_runtime: bool, report: &mut Report) -> Option<FaceEngine> {
    const CHECK: &str = "models";
    let pack = match engine::open_configured_pack(config) {
        Ok(pack) => pack,
        Err(error) => {
            report.add(Finding::missing(CHECK, format!("{error:#}")).mend(pack_mend(config, &error)));
            return None;
        }
    };
    let count = pack.models.len();
    let bytes: u64 = pack.models.iter().map(|model| model.bytes).sum();
    let text = format!(
        "pack `{}` {}: {count} models, {} MB, digests agree",
        pack.name,
        pack.version,
        bytes / 1_000_000
    );
    if !has_runtime {
        report.add(Finding::ok(CHECK, text));
        return None;
    }
    let loaded = engine::load(config, &pack).and_then(|engine| {
        engine::calibration(&pack, &engine)?;
        Ok(engine)
    });
    match loaded {
        Ok(engine) => {
            report.add(Finding::ok(CHECK, format!("{text}, and can be loaded")));
            Some(engine)
        }
        Err(error) => {
            report.add(
                Finding::missing(CHECK, format!("{text}, but cannot be loaded: {error:#}"))
                    .mend("vultus models verify"),
            );
            None
        }
    }
}

fn pack_mend(config: &Config, error: &anyhow::Error) -> String {
    match error.downcast_ref::<PackError>() {
        Some(PackError::LicenceNotAccepted { pack, .. }) => {
            format!("read the licence; if it suits you, `vultus serve --accept-licence {pack}`")
        }
        _ if matches!(Manifest::named(&config.pack), Ok(Some(_))) => install_command(config),
        _ => "vultus models list, and name one of its packs, or a directory with a pack.toml".to_owned(),
    }
}

/// The package clients that the installation of the pack runs.
fn clients(config: &Config, report: &mut Report) {
    let Ok(Some(manifest)) = Manifest::named(&config.pack) else { return };
    let needs = |wanted: fn(&Origin) -> bool| manifest.sources.iter().any(|source| wanted(&source.origin));
    let npm = needs(|origin| matches!(origin, Origin::Npm { .. }));
    let pip = needs(|origin| matches!(origin, Origin::Pip { .. }));
    for (is_needed, name, program, arguments, package) in [
        (npm, "npm", "npm", &["--version"][..], "npm"),
        (pip, "pip", "python3", &["-m", "pip", "--version"][..], "python3-pip"),
    ] {
        if is_needed {
            report.add(client(name, program, arguments, package));
        }
    }
}

fn client(name: &'static str, program: &str, arguments: &[&str], package: &str) -> Finding {
    let answer = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let version = answer.ok().filter(|answer| answer.status.success());
    match version {
        Some(answer) => {
            let text = String::from_utf8_lossy(&answer.stdout);
            let version =
                text.split_whitespace().find(|word| word.starts_with(|sign: char| sign.is_ascii_digit()));
            Finding::ok(name, format!("version {}, fetches packages", version.unwrap_or("unknown")))
        }
        None => Finding::missing(name, "is not there, and models are fetched with it".to_owned())
            .mend(format!("apt-get install {package}, or `vultus models install --from DIR` with the files")),
    }
}

/// Whether the stored templates are those of the pack.
pub(super) async fn templates(
    store: &(dyn EmbedderStore + 'static),
    faces: u64,
    engine: &FaceEngine,
    config: &Config,
) -> Finding {
    const CHECK: &str = "templates";
    let bound = match store.embedder().await {
        Ok(bound) => bound,
        Err(error) => {
            return Finding::missing(CHECK, format!("cannot be read: {:#}", anyhow::Error::from(error)));
        }
    };
    let own: Vec<ModelDigest> = engine.score_rule().parts.iter().map(|part| part.model).collect();
    let Some(bound) = bound.filter(|_| faces > 0) else {
        return Finding::ok(CHECK, "there are none; any pack can be used".to_owned());
    };
    if bound.models == own {
        return Finding::ok(CHECK, format!("were made by the pack `{}`", config.pack));
    }
    let other = bound.pack.clone().or_else(|| engine::pack_of_embedder(config, &bound.models));
    let (whose, offer) = match other {
        Some(other) if other != config.pack => {
            (format!("the pack `{other}`"), format!("vultus serve --pack {other}, or "))
        }
        _ => ("other models".to_owned(), String::new()),
    };
    Finding::missing(CHECK, format!("were made by {whose}, not by `{}`", config.pack))
        .mend(format!("{offer}vultus reembed --pack {}", config.pack))
}
