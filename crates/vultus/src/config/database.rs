//! Where accounts and faces are kept: a SQLite file of this machine, or a PostgreSQL database.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Deserialize;

use crate::args::database::DatabaseArgs;

const DEFAULT_FILE: &str = "vultus.db";
const DEFAULT_KEY_FILE: &str = "secret.key";
/// Enough for a server with some dozen threads; ten servers stay under what PostgreSQL allows by default with a
/// little tuning.
const DEFAULT_CONNECTIONS: u32 = 16;
const MOST_CONNECTIONS: u32 = 1000;

/// The file's form.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DatabaseSection {
    url: Option<String>,
    connections: Option<u32>,
    secret_key_file: Option<PathBuf>,
}

impl std::fmt::Debug for DatabaseSection {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSection").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Where accounts and faces are kept.
pub(crate) struct DatabaseConfig {
    /// The database.
    pub(crate) place: DatabasePlace,
    /// The key under which the secrets of credentials are hashed.
    pub(crate) secret_key_file: PathBuf,
}

/// The database.
pub(crate) enum DatabasePlace {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server {
        /// Its URL, which may hold a password.
        url: String,
        /// Connections at a time.
        connections: u32,
    },
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("secret_key_file", &self.secret_key_file)
            .finish_non_exhaustive()
    }
}

impl DatabaseConfig {
    /// Lays flags and variables over the file.
    pub(super) fn resolve(
        args: DatabaseArgs,
        file: DatabaseSection,
        data_dir: &Path,
    ) -> anyhow::Result<Self> {
        // A variable that is set to nothing, as in a compose file, is as good as none.
        let url = args.database_url.filter(|url| !url.is_empty()).or(file.url);
        let connections = args.database_connections.or(file.connections).unwrap_or(DEFAULT_CONNECTIONS);
        if !(1..=MOST_CONNECTIONS).contains(&connections) {
            bail!("the connections to the database must lie between 1 and {MOST_CONNECTIONS}");
        }
        let key = args.secret_key_file.or(file.secret_key_file);
        Ok(Self {
            place: match url {
                Some(url) => DatabasePlace::Server { url, connections },
                None => DatabasePlace::File(data_dir.join(DEFAULT_FILE)),
            },
            secret_key_file: key.unwrap_or_else(|| data_dir.join(DEFAULT_KEY_FILE)),
        })
    }

    /// The SQLite file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.place {
            DatabasePlace::File(path) => Some(path),
            DatabasePlace::Server { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(url: Option<&str>, section: &str) -> anyhow::Result<DatabaseConfig> {
        let args = DatabaseArgs { database_url: url.map(str::to_owned), ..DatabaseArgs::default() };
        DatabaseConfig::resolve(args, toml::from_str(section).unwrap(), Path::new("data"))
    }

    #[test]
    fn database_is_a_file_of_the_data_directory_unless_told_otherwise() {
        for url in [None, Some("")] {
            assert_eq!(resolve(url, "").unwrap().file(), Some(Path::new("data/vultus.db")));
        }
        assert_eq!(resolve(None, "url = 'postgres://h/x'").unwrap().file(), None);
        let key = resolve(None, "secret_key_file = '/run/key'").unwrap().secret_key_file;
        assert_eq!(key, Path::new("/run/key"));
    }

    #[test]
    fn password_is_not_shown_and_no_connections_are_refused() {
        let config = resolve(Some("postgres://u:secret@h/x"), "").unwrap();
        assert!(!format!("{config:?}").contains("secret@"));
        assert!(resolve(None, "connections = 0").is_err());
    }
}
