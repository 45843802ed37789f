//! A search shard in a PostgreSQL database.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres, Row, Transaction};
use uuid::Uuid;
use vultus_search::shards::{Nearest, NearestQuery, SearchShard, ShardError, ShardMark, ShardProgress};
use vultus_store::IndexEntry;
use vultus_types::{FaceId, ScoreRule};

use crate::entries::{self, Present};
use crate::error::{Fault, PostgresShardError};
use crate::options::PgvectorOptions;
use crate::schema::{self, Models};
use crate::state::{self, mark_columns};

/// How URLs of PostgreSQL databases begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How long a call that is no search may take, but for [`SearchShard::finish_filling`].
const CALL_LIMIT: Duration = Duration::from_mins(1);

/// How long closing waits for running calls.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);

/// A connection that nobody used for that long is asked whether it still answers.
const IDLE: Duration = Duration::from_secs(1);

/// How a transaction begins that is on the disk when it ends.
const LASTING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '60s';
     SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL jit = off";

/// How a transaction begins that may be forgotten where the server fails within the next second: the mark goes with
/// what it is about, so that the same is done again.
const REPEATABLE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '60s';
     SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL jit = off;
     SET LOCAL synchronous_commit = off";

const MARK: &str = concat!("SELECT ", mark_columns!(), " FROM search.states s WHERE s.models = $1");

/// Where models stand that are not there.
const ABSENT: ShardMark = ShardMark { epoch: 0, progress: ShardProgress::Empty };

/// A search shard in a PostgreSQL database, for templates of one set of models.
pub struct PostgresShard {
    name: String,
    pub(crate) pool: PgPool,
    pub(crate) models: Arc<Models>,
    pub(crate) options: PgvectorOptions,
}

impl PostgresShard {
    /// The shard of that name in the database of that URL, with at most that many connections, for templates that
    /// `rule` compares. It connects when it is first used; must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`PostgresShardError::Url`] and [`PostgresShardError::Dimension`].
    pub fn new(
        name: &str,
        url: &str,
        connections: u32,
        rule: &ScoreRule,
        options: PgvectorOptions,
    ) -> Result<Self, PostgresShardError> {
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(PostgresShardError::Url);
        }
        let server = PgConnectOptions::from_str(url).map_err(|_| PostgresShardError::Url)?;
        let dimension = rule.dimension();
        if !(1..=PostgresShardError::MOST_NUMBERS).contains(&dimension) {
            return Err(PostgresShardError::Dimension(dimension));
        }
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(options.deadline)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for > IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(server.application_name("vultus").disable_statement_logging());
        let models = Arc::new(Models::new(rule.clone()));
        Ok(Self { name: name.to_owned(), pool, models, options })
    }

    /// Waits for running calls, but not for an index that is being built, and closes the connections. Later calls fail.
    pub async fn close(&self) {
        // The building starts anew at the next start; until then the shard is being filled, as it was.
        let _ = tokio::time::timeout(CLOSING_LIMIT, self.pool.close()).await;
    }

    /// Makes a call that takes no longer than that; where the tables are not there, it gives `absent`.
    async fn call<T>(
        &self,
        limit: Duration,
        absent: T,
        call: impl Future<Output = Result<T, Fault>> + Send,
    ) -> Result<T, ShardError> {
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(told)) => Ok(told),
            Ok(Err(fault)) if fault.is_absence() => Ok(absent),
            Ok(Err(fault)) => Err(fault.into()),
            Err(elapsed) => Err(ShardError::Unreachable(Box::new(elapsed))),
        }
    }

    fn digest(&self) -> &[u8] {
        &self.models.digest
    }

    async fn begin(&self, how: &'static str) -> Result<Transaction<'static, Postgres>, Fault> {
        Ok(self.pool.begin_with(how).await?)
    }

    /// A transaction in which the models stand at `seen`; nothing where they do not.
    async fn begin_at(
        &self,
        how: &'static str,
        seen: ShardMark,
    ) -> Result<Option<Transaction<'static, Postgres>>, Fault> {
        let mut transaction = self.begin(how).await?;
        let found = state::lock(&mut transaction, self.digest()).await?;
        Ok((found == Some(seen)).then_some(transaction))
    }

    /// A transaction in which the models stand in this epoch; nothing where they do not.
    async fn begin_in(&self, epoch: u64) -> Result<Option<Transaction<'static, Postgres>>, Fault> {
        let mut transaction = self.begin(LASTING).await?;
        let found = state::lock(&mut transaction, self.digest()).await?;
        Ok(found.is_some_and(|mark| mark.epoch == epoch).then_some(transaction))
    }

    async fn try_mark(&self, store: Uuid) -> Result<ShardMark, Fault> {
        match self.known_mark(store).await {
            Ok(Some(mark)) => return Ok(mark),
            Err(fault) if !fault.is_absence() => return Err(fault),
            Ok(None) | Err(_) => {}
        }
        let mut transaction = self.begin(LASTING).await?;
        schema::create(&mut transaction, &self.models, store, &self.name).await?;
        let mark = state::lock(&mut transaction, self.digest()).await?;
        transaction.commit().await?;
        Ok(mark.unwrap_or(ABSENT))
    }

    async fn known_mark(&self, store: Uuid) -> Result<Option<ShardMark>, Fault> {
        let mut connection = self.pool.acquire().await?;
        schema::check_owner(&mut connection, store, &self.name).await?;
        mark(&mut connection, &self.models).await
    }

    async fn try_begin_filling(&self, seen: ShardMark, start: u64, epoch: u64) -> Result<bool, Fault> {
        let Some(mut transaction) = self.begin_at(LASTING, seen).await? else { return Ok(false) };
        schema::clear(&mut transaction, &self.models).await?;
        let progress = ShardProgress::Filling { start, upto: None };
        self.finish(transaction, ShardMark { epoch, progress }).await
    }

    async fn try_fill(&self, seen: ShardMark, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, Fault> {
        let ShardProgress::Filling { start, .. } = seen.progress else { return Ok(false) };
        let Some(mut transaction) = self.begin_at(REPEATABLE, seen).await? else { return Ok(false) };
        entries::add(&mut transaction, &self.models, entries, Present::Replace).await?;
        let progress = ShardProgress::Filling { start, upto: Some(upto) };
        self.finish(transaction, ShardMark { progress, ..seen }).await
    }

    async fn try_apply(
        &self,
        seen: ShardMark,
        last: u64,
        entries: &[IndexEntry],
        removed: &[FaceId],
    ) -> Result<bool, Fault> {
        let ShardProgress::Level(_) = seen.progress else { return Ok(false) };
        let Some(mut transaction) = self.begin_at(REPEATABLE, seen).await? else { return Ok(false) };
        entries::remove(&mut transaction, &self.models, removed).await?;
        entries::add(&mut transaction, &self.models, entries, Present::Replace).await?;
        self.finish(transaction, ShardMark { progress: ShardProgress::Level(last), ..seen }).await
    }

    async fn finish(
        &self,
        mut transaction: Transaction<'_, Postgres>,
        mark: ShardMark,
    ) -> Result<bool, Fault> {
        state::note(&mut transaction, self.digest(), mark).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn try_raise_epoch(&self, epoch: u64) -> Result<(), Fault> {
        let mut transaction = self.begin(LASTING).await?;
        sqlx::query("UPDATE search.states SET epoch = $2 WHERE models = $1 AND epoch < $2")
            .bind(self.digest())
            .bind(epoch as i64)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn try_adopt(&self, epoch: u64, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, Fault> {
        let Some(mut transaction) = self.begin_in(epoch).await? else { return Ok(false) };
        entries::add(&mut transaction, &self.models, entries, Present::Keep).await?;
        sqlx::query("UPDATE search.states SET adopt_epoch = epoch, adopt_upto = $2 WHERE models = $1")
            .bind(self.digest())
            .bind(state::stored(upto))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn try_adopted(&self, epoch: u64) -> Result<Option<FaceId>, Fault> {
        let row = sqlx::query("SELECT adopt_upto FROM search.states WHERE models = $1 AND adopt_epoch = $2")
            .bind(self.digest())
            .bind(epoch as i64)
            .fetch_optional(&self.pool)
            .await?;
        row.map_or(Ok(None), |row| state::optional_face(&row, "adopt_upto"))
    }

    async fn try_discard(&self, epoch: u64, faces: &[FaceId]) -> Result<bool, Fault> {
        let Some(mut transaction) = self.begin_in(epoch).await? else { return Ok(false) };
        entries::remove(&mut transaction, &self.models, faces).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn try_face_ids(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<FaceId>, Fault> {
        let table = &self.models.table;
        let statement = format!("SELECT face_id FROM {table} WHERE face_id > $1 ORDER BY face_id LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(after.map_or(0, state::stored))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| state::face(row, "face_id")).collect()
    }

    async fn try_face_count(&self) -> Result<u64, Fault> {
        let row = sqlx::query("SELECT faces FROM search.states WHERE models = $1")
            .bind(self.digest())
            .fetch_optional(&self.pool)
            .await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("faces"))?;
        Ok(count as u64)
    }
}

/// Where the models stand at this moment; nothing where they are not there.
async fn mark(connection: &mut PgConnection, models: &Models) -> Result<Option<ShardMark>, Fault> {
    let row = sqlx::query(MARK).bind(models.digest.as_slice()).fetch_optional(connection).await?;
    row.as_ref().map(state::read).transpose()
}

/// Makes the indexes of a shard whose faces are all there.
async fn finish_filling(
    pool: &PgPool,
    models: &Models,
    options: &PgvectorOptions,
    seen: ShardMark,
) -> Result<bool, Fault> {
    let ShardProgress::Filling { start, .. } = seen.progress else { return Ok(false) };
    // Where the shard stands is not kept meanwhile: others may read it and note a newer epoch.
    let mut transaction = pool.begin_with(LASTING).await?;
    if !schema::take_turn(&mut transaction, models).await?
        || mark(&mut transaction, models).await? != Some(seen)
    {
        return Ok(false);
    }
    schema::build_indexes(&mut transaction, models, options).await?;
    transaction.commit().await?;
    let mut transaction = pool.begin_with(LASTING).await?;
    if state::lock_or_leave(&mut transaction, &models.digest).await? != Some(seen) {
        return Ok(false);
    }
    // They are there, unless the shard was emptied and filled to the same place in between.
    schema::build_indexes(&mut transaction, models, options).await?;
    schema::drop_others(&mut transaction, models).await?;
    let mark = ShardMark { progress: ShardProgress::Level(start), ..seen };
    state::note(&mut transaction, &models.digest, mark).await?;
    transaction.commit().await?;
    Ok(true)
}

#[async_trait]
impl SearchShard for PostgresShard {
    fn name(&self) -> &str {
        &self.name
    }

    async fn mark(&self, store: Uuid) -> Result<ShardMark, ShardError> {
        self.call(CALL_LIMIT, ABSENT, self.try_mark(store)).await
    }

    async fn begin_filling(&self, seen: ShardMark, start: u64, epoch: u64) -> Result<bool, ShardError> {
        self.call(CALL_LIMIT, false, self.try_begin_filling(seen, start, epoch)).await
    }

    async fn fill(&self, seen: ShardMark, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        self.call(CALL_LIMIT, false, self.try_fill(seen, upto, entries)).await
    }

    /// Goes on to the end also where the caller waits no longer: it takes minutes where faces are many. Meanwhile it is
    /// false for all others.
    async fn finish_filling(&self, seen: ShardMark) -> Result<bool, ShardError> {
        let (pool, models, options) = (self.pool.clone(), Arc::clone(&self.models), self.options);
        let name = self.name.clone();
        let finishing = tokio::spawn(async move {
            match finish_filling(&pool, &models, &options, seen).await {
                Ok(is_finished) => Ok(is_finished),
                Err(fault) if fault.is_absence() || fault.is_turn_of_another() => Ok(false),
                Err(fault) => {
                    let why = ShardError::from(fault);
                    // Most often nobody waits any longer.
                    tracing::warn!(shard = name, %why, "the indexes of a search shard were not made");
                    Err(why)
                }
            }
        });
        finishing.await.unwrap_or_else(|error| Err(ShardError::Failed(Box::new(error))))
    }

    async fn apply(
        &self,
        seen: ShardMark,
        last: u64,
        entries: &[IndexEntry],
        removed: &[FaceId],
    ) -> Result<bool, ShardError> {
        self.call(CALL_LIMIT, false, self.try_apply(seen, last, entries, removed)).await
    }

    async fn raise_epoch(&self, epoch: u64) -> Result<(), ShardError> {
        self.call(CALL_LIMIT, (), self.try_raise_epoch(epoch)).await
    }

    async fn adopt(&self, epoch: u64, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        self.call(CALL_LIMIT, false, self.try_adopt(epoch, upto, entries)).await
    }

    async fn adopted(&self, epoch: u64) -> Result<Option<FaceId>, ShardError> {
        self.call(CALL_LIMIT, None, self.try_adopted(epoch)).await
    }

    async fn discard(&self, epoch: u64, faces: &[FaceId]) -> Result<bool, ShardError> {
        self.call(CALL_LIMIT, false, self.try_discard(epoch, faces)).await
    }

    async fn face_ids(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<FaceId>, ShardError> {
        self.call(CALL_LIMIT, Vec::new(), self.try_face_ids(after, limit)).await
    }

    async fn face_count(&self) -> Result<u64, ShardError> {
        self.call(CALL_LIMIT, 0, self.try_face_count()).await
    }

    async fn nearest(&self, query: &NearestQuery) -> Result<Nearest, ShardError> {
        let absent = Nearest { mark: ABSENT, faces: Vec::new() };
        self.call(self.options.deadline, absent, self.try_nearest(query)).await
    }
}

#[cfg(test)]
mod tests;
