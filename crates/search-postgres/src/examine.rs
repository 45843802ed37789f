//! Looking at a shard's database without changing it.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use vultus_search::shards::ShardError;

use crate::error::{Fault, PostgresShardError};
use crate::schema;

/// The version of pgvector that a shard in the database of that URL uses or would install. Waits that long for the
/// server. Changes nothing.
///
/// # Errors
/// [`ShardError::Unreachable`]; [`ShardError::Failed`] with a [`PostgresShardError`] where there is no pgvector, or
/// one that is too old, or the URL is none.
pub async fn pgvector_version(url: &str, patience: Duration) -> Result<String, ShardError> {
    let server = PgConnectOptions::from_str(url).map_err(|_| Fault::from(PostgresShardError::Url))?;
    let ask = async {
        let mut connection = server.disable_statement_logging().connect().await?;
        let (version, _) = schema::pgvector(&mut connection).await?;
        connection.close().await?;
        Ok::<_, Fault>(version)
    };
    match tokio::time::timeout(patience, ask).await {
        Ok(told) => Ok(told?),
        Err(elapsed) => Err(ShardError::Unreachable(Box::new(elapsed))),
    }
}
