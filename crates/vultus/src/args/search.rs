//! Arguments about where enrolled faces are searched.

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;

/// Where enrolled faces are searched.
#[derive(Args, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the flags, which stand among those of all commands"
)]
pub(crate) struct SearchArgs {
    /// Where enrolled faces are searched: in the memory of each server, or in PostgreSQL with the extension pgvector
    /// [default: memory].
    #[arg(long, global = true, env = "VULTUS_SEARCH_MODE", value_enum, hide_possible_values = true)]
    #[arg(value_name = "memory|pgvector")]
    pub(crate) search_mode: Option<SearchModeArg>,
    /// A PostgreSQL database that holds a share of the faces, with a name for it; may be repeated. Without any, mode
    /// `pgvector` searches in the database of `--database-url`.
    #[arg(long = "search-shard", global = true, env = "VULTUS_SEARCH_SHARDS", value_name = "NAME=URL")]
    #[arg(value_delimiter = ',', hide_env_values = true)]
    pub(crate) search_shards: Vec<String>,
    /// Answer from the search shards that are alive while others are not, where the caller does not say; else such
    /// searches are refused.
    #[arg(long, global = true, env = "VULTUS_SEARCH_PARTIAL", value_name = "BOOL", num_args = 0..=1)]
    #[arg(default_missing_value = "true", require_equals = true)]
    pub(crate) search_partial: Option<bool>,
    /// How long a search waits for each shard, in milliseconds [default: 2000].
    #[arg(long, global = true, env = "VULTUS_SEARCH_DEADLINE_MS", value_name = "MS")]
    pub(crate) search_deadline_ms: Option<u64>,
}

impl std::fmt::Debug for SearchArgs {
    /// URLs may hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchArgs")
            .field("search_mode", &self.search_mode)
            .field("search_partial", &self.search_partial)
            .field("search_deadline_ms", &self.search_deadline_ms)
            .finish_non_exhaustive()
    }
}

/// Where enrolled faces are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SearchModeArg {
    /// In the memory of each server.
    Memory,
    /// In PostgreSQL.
    Pgvector,
}

/// `vultus shards …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ShardsCommand {
    /// Show how far each search shard is.
    Status {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Spread the faces over other shards. Servers go on, and only the faces that change their place are moved. What
    /// was interrupted goes on when it is run again.
    Rebalance(RebalanceArgs),
}

/// Arguments of `shards rebalance`.
#[derive(Debug, Args)]
pub(crate) struct RebalanceArgs {
    /// The names of the shards [default: all that are configured].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) to: Vec<String>,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
