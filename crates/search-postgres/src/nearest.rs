//! Searches.
//!
//! A search of a small scope reads all its faces and compares each; that of a large one goes along the index of
//! vectors, which passes over faces outside the scope and goes on (`hnsw.iterative_scan`) until it has found enough.
//! The less of the table lies in the scope, the more it passes over, so what is small depends on both.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use vultus_search::shards::{Nearest, NearestQuery, ShardError, ShardFace, ShardProgress};
use vultus_types::{Template, Timestamp};

use crate::error::{Fault, PostgresShardError};
use crate::keys;
use crate::shard::PostgresShard;
use crate::state::{self, mark_columns};

/// How many faces are compared in the time in which the index gives one.
const FACES_PER_STEP: f64 = 10.0;

/// Candidates that the index keeps while it searches (`hnsw.ef_search`): pgvector takes 1 to 1000.
const CANDIDATES: std::ops::RangeInclusive<u32> = 40..=1000;

/// Faces that a search of the index looks at before it gives up (`hnsw.max_scan_tuples`). By [`is_small`] it meets
/// some 50,000 at most in a table of a hundred million.
const MOST_SCANNED: u32 = 200_000;

/// What the index may remember of the faces it met, as a multiple of the server's `work_mem`
/// (`hnsw.scan_mem_multiplier`): 64 MiB where that is 4 MiB, as it is by default.
const SCAN_MEMORY: u32 = 16;

const STATE: &str = concat!(
    "SELECT ",
    mark_columns!(),
    ", s.faces, coalesce(c.faces, 0) AS scope_faces
     FROM search.states s LEFT JOIN search.counts c ON c.models = s.models AND c.key = $2
     WHERE s.models = $1"
);

impl PostgresShard {
    pub(crate) async fn try_nearest(&self, query: &NearestQuery) -> Result<Nearest, Fault> {
        if query.direction.len() != self.models.rule.dimension() {
            return Err(PostgresShardError::Dimension(query.direction.len()).into());
        }
        let mut transaction = self.pool.begin_with(AssertSqlSafe(self.beginning(query))).await?;
        // What is seen is what there is when the lock is there: emptying a table does not wait for older readers.
        let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", self.models.table);
        transaction.execute(AssertSqlSafe(lock)).await?;
        let row = sqlx::query(STATE)
            .bind(self.models.digest.as_slice())
            .bind(keys::place(&query.scope))
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        let mark = state::read(&row)?;
        let (all, in_scope): (i64, i64) = (row.try_get("faces")?, row.try_get("scope_faces")?);
        let (all, in_scope) = (all.max(0) as u64, in_scope.max(0) as u64);
        let is_searched = matches!(mark.progress, ShardProgress::Level(_)) && in_scope > 0;
        let faces = if is_searched {
            let is_exact = query.scope.subject.is_some()
                || in_scope <= self.options.exact_limit
                || is_small(in_scope, all, query.limit);
            self.faces(&mut transaction, query, is_exact, in_scope).await?
        } else {
            Vec::new()
        };
        transaction.commit().await?;
        Ok(Nearest { mark, faces })
    }

    /// How a search begins. Sorting and reading everything are put off, so that the index is used where that is meant.
    fn beginning(&self, query: &NearestQuery) -> String {
        let deadline = self.options.deadline.as_millis().max(1);
        let candidates = query.limit.clamp(*CANDIDATES.start(), *CANDIDATES.end());
        format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = {deadline};
             SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_custom_plan;
             SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;
             SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = {candidates};
             SET LOCAL hnsw.max_scan_tuples = {MOST_SCANNED};
             SET LOCAL hnsw.scan_mem_multiplier = {SCAN_MEMORY}"
        )
    }

    async fn faces(
        &self,
        connection: &mut PgConnection,
        query: &NearestQuery,
        is_exact: bool,
        in_scope: u64,
    ) -> Result<Vec<ShardFace>, Fault> {
        if !is_exact {
            let found = self.read(connection, query, self.indexed(query)).await?;
            if found.len() as u64 >= in_scope.min(u64::from(query.limit)) {
                return Ok(found);
            }
        }
        self.read(connection, query, self.exact()).await
    }

    /// Every face of the scope is compared. Its parameters are those of [`Self::read`].
    fn exact(&self) -> String {
        let table = &self.models.table;
        format!(
            "WITH scope AS MATERIALIZED (
                 SELECT face_id, vector <#> $1::real[]::halfvec AS distance FROM {table}
                 WHERE account_id = $2 AND keys @> $3),
             best AS MATERIALIZED (SELECT face_id, distance FROM scope ORDER BY distance, face_id LIMIT $4)
             SELECT e.face_id, e.subject, e.enrolled_at, e.template
             FROM best JOIN {table} e USING (face_id) ORDER BY best.distance, face_id"
        )
    }

    /// The index of vectors is followed. The filter is written in a way that no other index can be used for.
    fn indexed(&self, query: &NearestQuery) -> String {
        let table = &self.models.table;
        let gallery = if query.scope.gallery.is_some() { "$3[1] = ANY (keys)" } else { "$3 IS NOT NULL" };
        format!(
            "WITH best AS MATERIALIZED (
                 SELECT face_id, subject, enrolled_at, template, vector <#> $1::real[]::halfvec AS distance
                 FROM {table} WHERE account_id = $2 AND {gallery}
                 ORDER BY vector <#> $1::real[]::halfvec LIMIT $4)
             SELECT face_id, subject, enrolled_at, template FROM best ORDER BY distance, face_id"
        )
    }

    async fn read(
        &self,
        connection: &mut PgConnection,
        query: &NearestQuery,
        statement: String,
    ) -> Result<Vec<ShardFace>, Fault> {
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(unit(&query.direction))
            .bind(query.scope.account.0.as_bytes().as_slice())
            .bind(keys::of_scope(&query.scope))
            .bind(i64::from(query.limit))
            .fetch_all(connection)
            .await?;
        rows.iter().map(read_face).collect()
    }
}

/// Whether comparing every face of a scope is faster than following the index in a table of `all` faces: for each
/// face of the scope that the index gives, it meets `all / in_scope`.
fn is_small(in_scope: u64, all: u64, limit: u32) -> bool {
    let (in_scope, all) = (in_scope as f64, all as f64);
    in_scope * in_scope <= FACES_PER_STEP * f64::from(limit) * all
}

/// The same direction with length 1, which fits into numbers of 16 bits best.
fn unit(direction: &[f32]) -> Vec<f32> {
    let length = direction.iter().map(|value| value * value).sum::<f32>().sqrt();
    let scale = if length.is_normal() { length.recip() } else { 1.0 };
    direction.iter().map(|value| value * scale).collect()
}

fn read_face(row: &PgRow) -> Result<ShardFace, Fault> {
    let damaged = |what| Fault::Shard(ShardError::Damaged(what));
    let template: &[u8] = row.try_get("template")?;
    let subject: Vec<u8> = row.try_get("subject")?;
    Ok(ShardFace {
        id: state::face(row, "face_id")?,
        subject: String::from_utf8(subject).map_err(|_| damaged("a subject"))?,
        enrolled_at: Timestamp(row.try_get("enrolled_at")?),
        template: Template::from_bytes(template).map_err(|_| damaged("a template"))?,
    })
}
