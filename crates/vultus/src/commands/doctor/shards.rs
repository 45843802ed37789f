//! The servers on which faces are searched.

use vultus_search::shards::ShardError;

use super::report::{Finding, Report};
use crate::config::{Config, ShardConfig};

const CHECK: &str = "search shard";

/// Whether each configured shard answers and has pgvector.
pub(super) async fn check(config: &Config, report: &mut Report) {
    let Some(settings) = config.search.shards() else { return };
    for ShardConfig { name, url } in &settings.shards {
        let found = vultus_search_postgres::pgvector_version(url, settings.deadline).await;
        report.add(finding(name, found));
    }
}

fn finding(name: &str, found: Result<String, ShardError>) -> Finding {
    let error = match found {
        Ok(version) => return Finding::ok(CHECK, format!("{name} answers and has pgvector {version}")),
        Err(error) => error,
    };
    let is_out = matches!(error, ShardError::Unreachable(_));
    let text = format!("{name} cannot be searched: {:#}", anyhow::Error::from(error));
    Finding::missing(CHECK, text).mend(if is_out {
        "start the server, open its port to this machine, or correct its URL"
    } else {
        "install pgvector 0.8 or later there, and run `CREATE EXTENSION vector` (docs/operating.md)"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_that_does_not_answer_is_missing_and_says_what_mends_it() {
        let told = |found| serde_json::to_value(finding("east", found)).unwrap();
        let out = told(Err(ShardError::Unreachable("connection refused".into())));
        assert_eq!(out["state"], "missing");
        assert!(out["explanation"].as_str().unwrap().contains("connection refused"), "{out}");
        assert!(out["mend"].as_str().unwrap().contains("start the server"), "{out}");
        let old = told(Err(ShardError::Failed("too old".into())));
        assert!(old["mend"].as_str().unwrap().contains("CREATE EXTENSION vector"), "{old}");
        assert_eq!(told(Ok("0.8.1".to_owned()))["explanation"], "east answers and has pgvector 0.8.1");
    }
}
