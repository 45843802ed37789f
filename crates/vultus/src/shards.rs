//! The PostgreSQL servers over which faces are spread for searches.

use std::sync::Arc;

use anyhow::Context;
use vultus_search::shards::{SearchShard, ShardSettings, ShardedSearch};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_service::{Entropy, SystemEntropy};
use vultus_store::Store;
use vultus_types::ScoreRule;

use crate::config::{Config, DATABASE_SHARD, DatabasePlace, ShardConfig, ShardsConfig};

/// The servers, and the search over them.
pub(crate) struct Shards {
    /// The search.
    pub(crate) search: Arc<ShardedSearch>,
    servers: Vec<Arc<PostgresShard>>,
}

impl Shards {
    /// Opens them; none is connected to yet.
    pub(crate) async fn open(
        config: &Config,
        settings: &ShardsConfig,
        store: Arc<dyn Store>,
        rule: ScoreRule,
    ) -> anyhow::Result<Self> {
        let mut servers = Vec::new();
        for ShardConfig { name, url } in used(config, settings, store.as_ref()).await? {
            let options = PgvectorOptions {
                deadline: settings.deadline,
                build_memory_mib: settings.build_memory_mib,
                ..PgvectorOptions::default()
            };
            let shard = PostgresShard::new(&name, &url, settings.connections, &rule, options);
            servers.push(Arc::new(shard.with_context(|| format!("search shard {name}"))?));
        }
        let shards = servers.iter().map(|shard| Arc::clone(shard) as Arc<dyn SearchShard>).collect();
        let settings = ShardSettings { deadline: settings.deadline };
        let mut number = [0; 16];
        SystemEntropy.fill(&mut number)?;
        let number = uuid::Builder::from_random_bytes(number).into_uuid();
        let search = Arc::new(ShardedSearch::new(store, rule, shards, settings, number));
        Ok(Self { search, servers })
    }

    /// Closes the connections.
    pub(crate) async fn close(&self) {
        for server in &self.servers {
            server.close().await;
        }
    }
}

/// The configured shards, and the database itself where faces are still there: it need not be told where that is, and
/// searches go on while the faces are spread over the first shards.
async fn used(
    config: &Config,
    settings: &ShardsConfig,
    store: &dyn Store,
) -> anyhow::Result<Vec<ShardConfig>> {
    let mut shards = settings.shards.clone();
    let is_configured = shards.iter().any(|shard| shard.name == DATABASE_SHARD);
    if let (DatabasePlace::Server { url, .. }, false) = (&config.database.place, is_configured) {
        let topology = store.topology().await?;
        let is_held = |names: &[String]| names.iter().any(|name| name == DATABASE_SHARD);
        let is_used = topology.is_some_and(|topology| {
            is_held(&topology.shards) || topology.plan.is_some_and(|plan| is_held(&plan.shards))
        });
        if is_used {
            shards.push(ShardConfig { name: DATABASE_SHARD.to_owned(), url: url.clone() });
        }
    }
    Ok(shards)
}
