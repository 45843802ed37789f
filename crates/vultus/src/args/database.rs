//! Arguments about the database.

use std::path::PathBuf;

use clap::Args;

/// Where accounts and faces are kept.
#[derive(Args, Default)]
pub(crate) struct DatabaseArgs {
    /// A PostgreSQL database that several servers may share, such as `postgres://user:password@host:5432/vultus`
    /// [default: a SQLite file in the data directory].
    #[arg(long, global = true, env = "VULTUS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Connections to PostgreSQL at a time, for each server [default: 16].
    #[arg(long, global = true, env = "VULTUS_DATABASE_CONNECTIONS", value_name = "N")]
    pub(crate) database_connections: Option<u32>,
    /// The key under which secrets of credentials are hashed: the same file for all servers on one database
    /// [default: the file `secret.key` in the data directory].
    #[arg(long, global = true, env = "VULTUS_SECRET_KEY_FILE", value_name = "FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
}

impl std::fmt::Debug for DatabaseArgs {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseArgs")
            .field("database_connections", &self.database_connections)
            .field("secret_key_file", &self.secret_key_file)
            .finish_non_exhaustive()
    }
}
