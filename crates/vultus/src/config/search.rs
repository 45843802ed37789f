//! Where enrolled faces are searched: in memory, or in PostgreSQL servers with pgvector.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use vultus_search_postgres::PgvectorOptions;

use super::database::{DatabaseConfig, DatabasePlace};
use crate::args::search::{SearchArgs, SearchModeArg};

/// The name of the only shard where none is configured: the database itself.
pub(crate) const DATABASE_SHARD: &str = "database";

/// A person does not notice it, and a server that has not answered by then is unwell.
const DEFAULT_DEADLINE_MS: u64 = 2000;
const DEADLINES_MS: RangeInclusive<u64> = 1..=60_000;
/// Of each server to each shard: a search holds one for some milliseconds.
const DEFAULT_CONNECTIONS: u32 = 8;
const CONNECTIONS: RangeInclusive<u32> = 1..=1000;
/// Up to a tebibyte: PostgreSQL takes twice as much.
const BUILD_MEMORY_MIB: RangeInclusive<u32> = 1..=1024 * 1024;
/// What PostgreSQL allows for a name, so that it can be one there too.
const LONGEST_NAME: usize = 63;

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SearchSection {
    mode: Option<SearchModeArg>,
    deadline_ms: Option<u64>,
    partial: Option<bool>,
    connections: Option<u32>,
    build_memory_mib: Option<u32>,
    shards: Vec<ShardSection>,
}

/// A shard in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShardSection {
    name: String,
    url: String,
}

impl std::fmt::Debug for ShardSection {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShardSection").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where enrolled faces are searched.
#[derive(Debug)]
pub(crate) enum SearchConfig {
    /// In the memory of each process.
    Memory,
    /// On PostgreSQL servers.
    Shards(ShardsConfig),
}

/// The servers on which is searched.
#[derive(Debug)]
pub(crate) struct ShardsConfig {
    /// At least one, by name.
    pub(crate) shards: Vec<ShardConfig>,
    /// How long a search waits for each.
    pub(crate) deadline: Duration,
    /// Whether searches are answered while some are out, where the caller does not say.
    pub(crate) partial: bool,
    /// Connections to each at a time.
    pub(crate) connections: u32,
    /// Memory that each may take to make its index, in MiB.
    pub(crate) build_memory_mib: u32,
}

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShardConfig {
    /// Its name in the topology.
    pub(crate) name: String,
    /// Its database.
    pub(crate) url: String,
}

impl std::fmt::Debug for ShardConfig {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShardConfig").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SearchConfig {
    /// Lays flags and variables over the file.
    pub(super) fn resolve(
        args: SearchArgs,
        file: SearchSection,
        database: &DatabaseConfig,
    ) -> anyhow::Result<Self> {
        let shards = shards(args.search_shards, file.shards)?;
        let mode = args.search_mode.or(file.mode).unwrap_or(SearchModeArg::Memory);
        if mode == SearchModeArg::Memory {
            if !shards.is_empty() {
                bail!("search shards are configured, but not the search mode `pgvector`");
            }
            return Ok(Self::Memory);
        }
        let DatabasePlace::Server { url, .. } = &database.place else {
            bail!(
                "the search mode `pgvector` needs a PostgreSQL database: name one with --database-url, or search in \
                 memory"
            );
        };
        let itself = || vec![ShardConfig { name: DATABASE_SHARD.to_owned(), url: url.clone() }];
        let deadline_ms = args.search_deadline_ms.or(file.deadline_ms).unwrap_or(DEFAULT_DEADLINE_MS);
        let deadline_ms = within(deadline_ms, &DEADLINES_MS, "deadline_ms")?;
        let connections = file.connections.unwrap_or(DEFAULT_CONNECTIONS);
        let build_memory =
            file.build_memory_mib.unwrap_or_else(|| PgvectorOptions::default().build_memory_mib);
        Ok(Self::Shards(ShardsConfig {
            shards: if shards.is_empty() { itself() } else { shards },
            deadline: Duration::from_millis(deadline_ms),
            partial: args.search_partial.or(file.partial).unwrap_or(false),
            connections: within(connections, &CONNECTIONS, "connections")?,
            build_memory_mib: within(build_memory, &BUILD_MEMORY_MIB, "build_memory_mib")?,
        }))
    }

    /// The servers, where there are any.
    pub(crate) const fn shards(&self) -> Option<&ShardsConfig> {
        match self {
            Self::Memory => None,
            Self::Shards(shards) => Some(shards),
        }
    }
}

/// The value, where it lies in the range.
fn within<T: PartialOrd + Display>(value: T, range: &RangeInclusive<T>, key: &str) -> anyhow::Result<T> {
    if !range.contains(&value) {
        bail!("`{key}` of the search must lie between {} and {}", range.start(), range.end());
    }
    Ok(value)
}

/// The configured shards by name: those of flags, or else those of the file.
fn shards(flags: Vec<String>, file: Vec<ShardSection>) -> anyhow::Result<Vec<ShardConfig>> {
    // A variable that is set to nothing, as in a compose file, is as good as none.
    let flags: Vec<String> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
    let mut shards = if flags.is_empty() {
        file.into_iter().map(|ShardSection { name, url }| ShardConfig { name, url }).collect()
    } else {
        flags.iter().map(|flag| parse_shard(flag)).collect::<anyhow::Result<Vec<_>>>()?
    };
    shards.sort_by(|one, other| one.name.cmp(&other.name));
    // What is unfit is not shown: it may be a URL with a password.
    let is_fit = |name: &str| {
        (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let mut names = BTreeSet::new();
    for ShardConfig { name, .. } in &shards {
        if !is_fit(name) {
            bail!(
                "the name of a search shard may have letters, digits, `-`, `_` and `.`, {LONGEST_NAME} at most"
            );
        }
        if !names.insert(name) {
            bail!("two search shards are called {name}");
        }
    }
    Ok(shards)
}

/// The text is not shown: it may hold a password.
fn parse_shard(text: &str) -> anyhow::Result<ShardConfig> {
    let (name, url) = text.split_once('=').context("a search shard is told as NAME=URL")?;
    Ok(ShardConfig { name: name.to_owned(), url: url.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::database::DatabaseSection;
    use super::*;
    use crate::args::database::DatabaseArgs;

    fn resolve(args: SearchArgs, url: &str, section: &str) -> anyhow::Result<SearchConfig> {
        let database = DatabaseArgs { database_url: Some(url.to_owned()), ..DatabaseArgs::default() };
        let database = DatabaseConfig::resolve(database, DatabaseSection::default(), Path::new("data"))?;
        SearchConfig::resolve(args, toml::from_str(section)?, &database)
    }

    fn names(config: &SearchConfig) -> Vec<&str> {
        config.shards().unwrap().shards.iter().map(|shard| shard.name.as_str()).collect()
    }

    const SERVER: &str = "postgres://h/x";
    const TWO: &str = "mode = 'pgvector'\n[[shards]]\nname = 'b'\nurl = 'postgres://b/x'\n[[shards]]\nname = 'a'\n\
                       url = 'postgres://u:secret@a/x'";

    #[test]
    fn faces_are_searched_in_memory_unless_told_otherwise() {
        for url in ["", SERVER] {
            assert!(matches!(resolve(SearchArgs::default(), url, "").unwrap(), SearchConfig::Memory));
        }
        let alone = resolve(SearchArgs::default(), SERVER, "mode = 'pgvector'").unwrap();
        assert_eq!(alone.shards().unwrap().shards[0].url, SERVER);
        assert_eq!(names(&alone), [DATABASE_SHARD]);
    }

    #[test]
    fn flags_win_over_the_shards_of_the_file() {
        let told = resolve(SearchArgs::default(), SERVER, TWO).unwrap();
        assert_eq!(names(&told), ["a", "b"]);
        assert!(!format!("{told:?}").contains("secret"));
        let flags = || SearchArgs {
            search_shards: vec![String::new(), "c=postgres://c/x".to_owned()],
            search_partial: Some(true),
            ..SearchArgs::default()
        };
        let told = resolve(flags(), SERVER, TWO).unwrap();
        assert_eq!(names(&told), ["c"]);
        assert!(told.shards().unwrap().partial);
    }

    #[test]
    fn pgvector_needs_postgresql_and_shards_need_pgvector() {
        let refused =
            |url: &str, section: &str| resolve(SearchArgs::default(), url, section).unwrap_err().to_string();
        assert!(refused("", "mode = 'pgvector'").contains("needs a PostgreSQL database"));
        let shard = "[[shards]]\nname = 'a'\nurl = 'postgres://a/x'\n";
        assert!(refused(SERVER, shard).contains("not the search mode"));
        assert!(refused(SERVER, &format!("mode = 'pgvector'\n{shard}{shard}")).contains("two search shards"));
        let unfit = format!("mode = 'pgvector'\n{}", shard.replace("'a'", "'a b'"));
        assert!(refused(SERVER, &unfit).contains("the name of a search shard"));
        for wrong in [
            "deadline_ms = 0",
            "deadline_ms = 90000",
            "connections = 0",
            "build_memory_mib = 0",
            "mode = 'other'",
        ] {
            let section = format!("mode = 'pgvector'\n{wrong}");
            assert!(resolve(SearchArgs::default(), SERVER, &section).is_err(), "{wrong}");
        }
    }

    #[test]
    fn url_of_a_shard_without_a_name_is_refused_and_not_shown() {
        for text in ["postgres://secret", "postgres://u:secret@h/x?sslmode=require"] {
            let flags = SearchArgs { search_shards: vec![text.to_owned()], ..SearchArgs::default() };
            let error = format!("{:#}", resolve(flags, SERVER, "mode = 'pgvector'").unwrap_err());
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
