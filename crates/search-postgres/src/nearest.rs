//! Searches.
//!
//! A search of a small scope reads all its faces and compares each; that of a large one goes along the index of
//! vectors, which passes over faces outside the scope and goes on (`hnsw.iterative_scan`) until it has found enough.
//! The less of the table lies in the scope, the more it passes over, so what is small depends on both.
//!
//! The index ranks by the product of the vectors with one direction, which leaves out what the cohort of each face does
//! to its scores, and misses some of the nearest. So it is asked for more than are wanted, of which the best by their
//! full scores are read. (An index of vectors that carry this in their lengths, so that the product is the score, finds
//! next to nothing of templates like the default pack's: the longest are near to all others.)

use std::fmt::Write as _;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres, Row};
use vultus_search::shards::{Nearest, NearestQuery, ShardError, ShardFace, ShardProgress};
use vultus_types::{IncomparableTemplate, PartRule, ScoreRule, Scoring, Template, Timestamp};

use crate::entries;
use crate::error::{Fault, PostgresShardError};
use crate::keys;
use crate::shard::PostgresShard;
use crate::state::{self, mark_columns};

/// How many faces are compared in the time in which the index gives one.
const FACES_PER_STEP: f64 = 10.0;

/// What the product of a vector with itself may lack of the number of its parts: numbers of 16 bits are good to 1 in
/// 2048, which comes to a tenth of this over 128 of them.
const LOST_BY_ROUNDING: f64 = 0.0005;

/// Candidates of the index for each face that is wanted: `docs/capacity.md` tells what more and fewer find.
const SPARE: u32 = 4;

/// Candidates that the index keeps while it searches (`hnsw.ef_search`): pgvector takes 1 to 1000.
const CANDIDATES: std::ops::RangeInclusive<u32> = 40..=1000;

/// Faces that a search of the index looks at before it gives up (`hnsw.max_scan_tuples`). By [`is_small`] it meets
/// some 100,000 at most in a table of a hundred million.
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
        let probe = Probe::new(&self.models.rule, query).map_err(PostgresShardError::from)?;
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
                || is_small(in_scope, all, candidates(query.limit));
            self.faces(&mut transaction, &probe, is_exact, in_scope).await?
        } else {
            Vec::new()
        };
        transaction.commit().await?;
        Ok(Nearest { mark, faces })
    }

    /// How a search begins. Sorting and reading everything are put off, so that the index is used where that is meant.
    fn beginning(&self, query: &NearestQuery) -> String {
        let deadline = self.options.deadline.as_millis().max(1);
        let candidates = candidates(query.limit).min(*CANDIDATES.end());
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
        probe: &Probe<'_>,
        is_exact: bool,
        in_scope: u64,
    ) -> Result<Vec<ShardFace>, Fault> {
        if !is_exact {
            let found = self.indexed(connection, probe).await?;
            if found.len() as u64 >= in_scope.min(u64::from(probe.query.limit)) {
                return Ok(found);
            }
        }
        self.exact(connection, probe).await
    }

    /// Every face of the scope is compared.
    async fn exact(&self, connection: &mut PgConnection, probe: &Probe<'_>) -> Result<Vec<ShardFace>, Fault> {
        let statement = self.best_of("WHERE account_id = $3 AND keys @> $4");
        read(probe.bind(sqlx::query(AssertSqlSafe(statement))), connection).await
    }

    /// The index of vectors is followed. The filter is written in a way that no other index can be used for.
    async fn indexed(
        &self,
        connection: &mut PgConnection,
        probe: &Probe<'_>,
    ) -> Result<Vec<ShardFace>, Fault> {
        let gallery =
            if probe.query.scope.gallery.is_some() { "$4[1] = ANY (keys)" } else { "$4 IS NOT NULL" };
        let statement = self.best_of(&format!(
            "WHERE account_id = $3 AND {gallery} ORDER BY vector <#> $6::real[]::halfvec LIMIT $7"
        ));
        let statement = probe.bind(sqlx::query(AssertSqlSafe(statement)));
        let candidates = i64::from(candidates(probe.query.limit));
        read(statement.bind(probe.direction()).bind(candidates), connection).await
    }

    /// The statement that reads the best by their scores of the candidates that the end of a query chooses. Its
    /// parameters are those of [`Probe::bind`].
    fn best_of(&self, choice: &str) -> String {
        let (table, score) = (&self.models.table, score(&self.models.rule));
        format!(
            "WITH candidates AS MATERIALIZED (SELECT face_id, {score} AS score FROM {table} {choice}),
             best AS MATERIALIZED (SELECT face_id, score FROM candidates ORDER BY score DESC, face_id LIMIT $5)
             SELECT e.face_id, e.subject, e.enrolled_at, e.template
             FROM best JOIN {table} e USING (face_id) ORDER BY best.score DESC, face_id"
        )
    }
}

/// What a search compares faces with.
struct Probe<'a> {
    query: &'a NearestQuery,
    /// The numbers of all parts.
    vector: Vec<f32>,
    scoring: Scoring,
}

impl<'a> Probe<'a> {
    fn new(rule: &ScoreRule, query: &'a NearestQuery) -> Result<Self, IncomparableTemplate> {
        let scoring = rule.scoring(&query.probe)?;
        Ok(Self { query, vector: entries::vector(&query.probe), scoring })
    }

    /// The vector, the factors, account, keys, and how many faces are wanted.
    fn bind<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        statement
            .bind(self.vector.clone())
            .bind(self.scoring.factors.clone())
            .bind(self.query.scope.account.0.as_bytes().to_vec())
            .bind(keys::of_scope(&self.query.scope))
            .bind(i64::from(self.query.limit))
    }

    /// Where the index looks: as if all faces had the probe's factors. Of length 1, which fits into numbers of 16 bits
    /// best.
    fn direction(&self) -> Vec<f32> {
        let parts = self.query.probe.parts().iter().zip(&self.scoring.factors);
        let direction = parts.flat_map(|(part, factor)| part.vector.iter().map(move |value| factor * value));
        unit(direction.collect())
    }
}

type Statement<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// The score of a face in SQL, but for the probe's own bias, which is the same for all: see [`Scoring`]. A face made
/// from the same input goes before all others ([`Similarity::IDENTICAL`](vultus_types::Similarity::IDENTICAL)): none of
/// its parts' cosines is above 1, so that they are all near it where their sum is.
fn score(rule: &ScoreRule) -> String {
    let (mut score, mut start) = (String::new(), 1);
    for (part, PartRule { dimension, .. }) in (1..).zip(&rule.parts) {
        // Writing to a string does not fail. The operator gives the product with the other sign.
        let _ = write!(
            score,
            "-(subvector(vector, {start}, {dimension})
                 <#> subvector($1::real[]::halfvec, {start}, {dimension})) * (scoring[{part}] + $2[{part}])"
        );
        start += dimension;
    }
    let parts = rule.parts.len();
    format!(
        "{score} - scoring[{}]
             + CASE WHEN -(vector <#> $1::real[]::halfvec) > {parts} - {LOST_BY_ROUNDING} THEN 1e9 ELSE 0 END",
        parts + 1
    )
}

/// How many faces the index is asked for where so many are wanted.
fn candidates(limit: u32) -> u32 {
    limit.max(limit.saturating_mul(SPARE).clamp(*CANDIDATES.start(), *CANDIDATES.end()))
}

async fn read(statement: Statement<'_>, connection: &mut PgConnection) -> Result<Vec<ShardFace>, Fault> {
    let rows = statement.fetch_all(connection).await?;
    rows.iter().map(read_face).collect()
}

/// Whether comparing every face of a scope is faster than taking so many candidates from the index in a table of `all`
/// faces: for each face of the scope that the index gives, it meets `all / in_scope`.
fn is_small(in_scope: u64, all: u64, candidates: u32) -> bool {
    let (in_scope, all) = (in_scope as f64, all as f64);
    in_scope * in_scope <= FACES_PER_STEP * f64::from(candidates) * all
}

fn unit(direction: Vec<f32>) -> Vec<f32> {
    let length = direction.iter().map(|value| value * value).sum::<f32>().sqrt();
    let scale = if length.is_normal() { length.recip() } else { 1.0 };
    direction.into_iter().map(|value| value * scale).collect()
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
