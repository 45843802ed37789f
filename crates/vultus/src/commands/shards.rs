//! `vultus shards`: how the search shards do, and spreading the faces over others.

use indicatif::ProgressBar;
use serde_json::{Value, json};
use vultus_search::shards::{
    RebalanceEnd, RebalanceProgress, RebalanceStep, ShardRole, ShardState, ShardStatus, ShardedError,
};

use crate::ExitStatus;
use crate::args::search::{RebalanceArgs, ShardsCommand};
use crate::config::{Config, ShardsConfig};
use crate::printer::Printer;
use crate::progress::counting_bar;
use crate::shards::Shards;
use crate::{engine, wiring};

pub(crate) async fn run(
    command: ShardsCommand,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let Some(settings) = config.search.shards() else {
        printer.refusal(
            &"each server searches in its memory: there are no search shards without --search-mode pgvector",
        );
        return Ok(ExitStatus::Refused);
    };
    let database = wiring::open_database(config).await?;
    let rule = tokio::task::block_in_place(|| engine::score_rule(config))?;
    let shards = Shards::open(config, settings, database.store(), rule).await?;
    let ended = match command {
        ShardsCommand::Status { json } => status(&shards, json, printer).await,
        ShardsCommand::Rebalance(args) => rebalance(&shards, settings, args, printer).await,
    };
    shards.close().await;
    database.close().await;
    ended
}

async fn status(shards: &Shards, json: bool, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let states = shards.search.status().await?;
    if json {
        printer.json(&json!({ "shards": states.iter().map(as_json).collect::<Value>() }))?;
        return Ok(ExitStatus::Done);
    }
    for ShardStatus { name, role, state } in &states {
        printer.line(&format!("{name:<20} {:<9} {}", role_name(*role), in_words(*state)));
    }
    Ok(ExitStatus::Done)
}

async fn rebalance(
    shards: &Shards,
    settings: &ShardsConfig,
    args: RebalanceArgs,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let configured = || settings.shards.iter().map(|shard| shard.name.clone()).collect();
    let to: Vec<String> = if args.to.is_empty() { configured() } else { args.to };
    let mut bars = Bars::default();
    let ended = shards.search.rebalance(&to, &mut |progress| bars.show(progress)).await;
    bars.finish();
    let shown = ended.map(|end| show(&end, args.json, printer));
    super::ended(shown, is_internal, printer)
}

const fn is_internal(error: &ShardedError) -> bool {
    !matches!(
        error,
        ShardedError::NotConfigured(_) | ShardedError::OtherPlan(_) | ShardedError::OtherEmbedder
    )
}

fn show(end: &RebalanceEnd, json: bool, printer: &Printer) -> anyhow::Result<()> {
    let RebalanceEnd { topology, moved, discarded, unreachable } = end;
    if json {
        return printer.json(&json!({
            "shards": topology.shards,
            "epoch": topology.epoch,
            "moved": moved,
            "discarded": discarded,
            "unreachable": unreachable,
        }));
    }
    let names = topology.shards.join(", ");
    printer.line(&format!("the faces are spread over {names}: {moved} were moved, {discarded} removed"));
    if !unreachable.is_empty() {
        printer.note(&format!(
            "{} did not answer: what they hold is searched no longer, and can be deleted",
            unreachable.join(", ")
        ));
    }
    Ok(())
}

/// One bar after the other: one for each step and shard.
#[derive(Default)]
struct Bars {
    current: Option<(RebalanceStep, String, ProgressBar)>,
}

impl Bars {
    fn show(&mut self, progress: RebalanceProgress) {
        let RebalanceProgress { step, shard, done, total } = progress;
        let is_next = !matches!(&self.current, Some((shown, of, _)) if *shown == step && *of == shard);
        if is_next {
            self.finish();
            let bar = counting_bar(total, "").with_message(format!("{}: {}", shard, step_name(step)));
            self.current = Some((step, shard, bar));
        }
        if let Some((_, _, bar)) = &self.current {
            bar.set_length(total);
            bar.set_position(done);
        }
    }

    fn finish(&mut self) {
        if let Some((_, _, bar)) = self.current.take() {
            bar.finish();
        }
    }
}

const fn step_name(step: RebalanceStep) -> &'static str {
    match step {
        RebalanceStep::Fill => "filling",
        RebalanceStep::Index => "making its index",
        RebalanceStep::Adopt => "taking faces over",
        RebalanceStep::CatchUp => "catching up",
        RebalanceStep::CleanUp => "cleaning up",
    }
}

const fn role_name(role: ShardRole) -> &'static str {
    match role {
        ShardRole::Searched => "searched",
        ShardRole::Planned => "planned",
        ShardRole::Unused => "unused",
    }
}

const fn state_name(state: ShardState) -> &'static str {
    match state {
        ShardState::Level { .. } => "level",
        ShardState::Filling { .. } => "filling",
        ShardState::Empty => "empty",
        ShardState::Out => "out",
        ShardState::Foreign => "foreign",
        ShardState::NotConfigured => "not_configured",
    }
}

fn as_json(status: &ShardStatus) -> Value {
    let ShardStatus { name, role, state } = status;
    let (faces, lag) = match *state {
        ShardState::Level { lag, faces } => (Some(faces), Some(lag)),
        ShardState::Filling { faces } => (Some(faces), None),
        _ => (None, None),
    };
    json!({ "name": name, "role": role_name(*role), "state": state_name(*state), "faces": faces, "lag_changes": lag })
}

fn in_words(state: ShardState) -> String {
    match state {
        ShardState::Level { lag: 0, faces } => format!("{faces} faces, level with the database"),
        ShardState::Level { lag, faces } => format!("{faces} faces, {lag} changes behind"),
        ShardState::Filling { faces } => format!("{faces} faces, being filled: not searched yet"),
        ShardState::Empty => "empty".to_owned(),
        ShardState::Out => "does not answer".to_owned(),
        ShardState::Foreign => "holds the faces of another installation".to_owned(),
        ShardState::NotConfigured => "is not configured here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_to_programs_with_what_is_known() {
        let told = |state| {
            as_json(&ShardStatus { name: "east".to_owned(), role: ShardRole::Searched, state }).to_string()
        };
        assert_eq!(
            told(ShardState::Level { lag: 2, faces: 7 }),
            r#"{"faces":7,"lag_changes":2,"name":"east","role":"searched","state":"level"}"#
        );
        assert_eq!(
            told(ShardState::Out),
            r#"{"faces":null,"lag_changes":null,"name":"east","role":"searched","state":"out"}"#
        );
    }

    #[test]
    fn what_the_operator_can_mend_is_a_refusal() {
        assert!(!is_internal(&ShardedError::NotConfigured(vec!["east".to_owned()])));
        assert!(is_internal(&ShardedError::Unsettled));
    }
}
