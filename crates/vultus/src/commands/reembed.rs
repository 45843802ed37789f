//! `vultus reembed`: recomputes every template from its photo with the configured pack. A server on the old
//! pack goes on until all are complete; a run that was interrupted is gone on with by the next.

use serde_json::{Value, json};
use vultus_service::{MissPolicy, ReembedCommand, ReembedOutcome, TemplateMiss};

use crate::ExitStatus;
use crate::args::ReembedArgs;
use crate::config::Config;
use crate::printer::Printer;
use crate::progress::counting_bar;
use crate::wiring;

/// The kinds of misses, as JSON names them, in words.
const MISSES: [(TemplateMiss, &str, &str); 3] = [
    (TemplateMiss::NoPhoto, "no_photo", "without a kept photo"),
    (TemplateMiss::Unreadable, "unreadable", "with a photo that cannot be read"),
    (TemplateMiss::NoFace, "no_face", "not found again in their photo"),
];

pub(crate) async fn run(
    args: &ReembedArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let wired = wiring::wire(config).await?;
    let misses = match (args.drop_missing, args.keep_missing) {
        (true, _) => MissPolicy::Drop,
        (false, true) => MissPolicy::Keep,
        (false, false) => MissPolicy::Refuse,
    };
    let command = ReembedCommand { pack: wired.pack.name.clone(), misses, parallel: config.threads };
    let bar = counting_bar(0, "faces");
    let outcome = wired.service.reembed(command, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    let outcome = outcome.await;
    bar.finish_and_clear();
    let outcome = outcome?;
    wired.close().await;
    if args.json {
        printer.json(&as_json(&outcome, &wired.pack.name))?;
    } else {
        show(&outcome, &wired.pack.name, &config.pack, misses, printer);
    }
    if outcome.replacement.is_none() {
        printer.refusal(
            &"nothing was changed: run it again with --drop-missing to remove these faces, or with \
              --keep-missing to keep them where no search finds them; what is computed is not computed again",
        );
        return Ok(ExitStatus::Refused);
    }
    Ok(ExitStatus::Done)
}

fn count(outcome: &ReembedOutcome, kind: TemplateMiss) -> usize {
    outcome.misses.iter().filter(|(_, miss)| *miss == kind).count()
}

fn as_json(outcome: &ReembedOutcome, pack: &str) -> Value {
    let missing = MISSES.map(|(kind, name, _)| {
        let faces = outcome.misses.iter().filter(|(_, miss)| *miss == kind);
        (name.to_owned(), faces.map(|(face, _)| Value::from(face.to_hex())).collect::<Value>())
    });
    json!({
        "pack": pack,
        "completed": outcome.replacement.is_some(),
        "resumed": outcome.resumed,
        "processed": outcome.processed,
        "replaced": outcome.replacement.map_or(0, |replacement| replacement.replaced),
        "removed": outcome.replacement.map_or(0, |replacement| replacement.removed),
        "missing": missing.into_iter().collect::<serde_json::Map<_, _>>(),
    })
}

fn show(outcome: &ReembedOutcome, pack: &str, argument: &str, misses: MissPolicy, printer: &Printer) {
    for (kind, _, words) in MISSES {
        let count = count(outcome, kind);
        if count > 0 {
            printer.line(&format!("{count} faces {words}"));
        }
    }
    let Some(replacement) = outcome.replacement else { return };
    let replaced = replacement.replaced;
    printer.line(&format!("{replaced} templates were replaced; the data belongs to the pack `{pack}` now"));
    let count = outcome.misses.len();
    match misses {
        MissPolicy::Drop if replacement.removed > 0 => {
            printer.line(&format!("{} faces were removed", replacement.removed));
        }
        MissPolicy::Keep if count > 0 => {
            printer.line(&format!("{count} faces were kept that no search finds"));
        }
        _ => {}
    }
    printer.line(&format!(
        "servers with another pack refuse searches until they are restarted with `--pack {argument}`"
    ));
}
