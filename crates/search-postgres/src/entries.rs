//! The rows of faces, and their number by account and gallery.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder};
use vultus_store::IndexEntry;
use vultus_types::{FaceId, Scoring, Template};

use crate::error::Fault;
use crate::keys;
use crate::schema::Models;
use crate::state::stored;

/// Rows that one statement adds: each binds 8 values, of which PostgreSQL takes 65535.
const ROWS: usize = 500;

/// What becomes of a face that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    /// It is replaced.
    Replace,
    /// It stays as it is.
    Keep,
}

/// Adds faces, but those with templates of other models; a face that is there with such a template now goes.
pub(crate) async fn add(
    connection: &mut PgConnection,
    models: &Models,
    entries: &[IndexEntry],
    present: Present,
) -> Result<(), Fault> {
    if present == Present::Replace {
        let ids: Vec<FaceId> = entries.iter().map(|entry| entry.id).collect();
        remove(connection, models, &ids).await?;
    }
    let scored = entries.iter().map(|entry| (entry, models.rule.scoring(&entry.template)));
    let own: Vec<_> = scored.filter_map(|(entry, scoring)| Some((entry, scoring.ok()?))).collect();
    let mut counts: HashMap<i64, i64> = HashMap::new();
    let mut faces = 0;
    for rows in own.chunks(ROWS) {
        let added = insert(connection, models, rows).await?;
        let is_added = |entry: &IndexEntry| added.binary_search(&stored(entry.id)).is_ok();
        for (entry, _) in rows.iter().filter(|(entry, _)| is_added(entry)) {
            faces += 1;
            for key in keys::counted(entry) {
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    count(connection, models, faces, counts).await
}

/// Removes those of these faces that are there.
pub(crate) async fn remove(
    connection: &mut PgConnection,
    models: &Models,
    faces: &[FaceId],
) -> Result<(), Fault> {
    if faces.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = faces.iter().copied().map(stored).collect();
    let statement = format!("DELETE FROM {} WHERE face_id = ANY($1) RETURNING keys", models.table);
    let removed: Vec<Vec<i64>> =
        sqlx::query_scalar(AssertSqlSafe(statement)).bind(ids).fetch_all(&mut *connection).await?;
    let mut counts: HashMap<i64, i64> = HashMap::new();
    for keys in &removed {
        // The last is the subject's, under which nothing is counted.
        for &key in &keys[..keys.len().saturating_sub(1)] {
            *counts.entry(key).or_default() -= 1;
        }
    }
    count(connection, models, -(removed.len() as i64), counts).await
}

/// Adds rows and tells which were added, sorted by their ids.
async fn insert(
    connection: &mut PgConnection,
    models: &Models,
    entries: &[(&IndexEntry, Scoring)],
) -> Result<Vec<i64>, Fault> {
    let mut query = QueryBuilder::<Postgres>::new("INSERT INTO ");
    query.push(&models.table);
    query.push(" (face_id, account_id, subject, enrolled_at, keys, template, scoring, vector) ");
    query.push_values(entries, |mut row, (entry, scoring)| {
        row.push_bind(stored(entry.id)).push_bind(entry.account.0.as_bytes().to_vec());
        row.push_bind(entry.subject.as_bytes()).push_bind(entry.enrolled_at.0);
        row.push_bind(keys::all(entry)).push_bind(entry.template.to_bytes());
        row.push_bind([&scoring.factors[..], &[scoring.bias]].concat());
        row.push_bind(vector(&entry.template)).push_unseparated("::real[]::halfvec");
    });
    query.push(" ON CONFLICT (face_id) DO NOTHING RETURNING face_id");
    let mut added: Vec<i64> = query.build_query_scalar().persistent(false).fetch_all(connection).await?;
    added.sort_unstable();
    Ok(added)
}

/// The numbers of all parts, one after the other.
pub(crate) fn vector(template: &Template) -> Vec<f32> {
    template.parts().iter().flat_map(|part| part.vector.iter().copied()).collect()
}

/// Adds to the numbers of faces: of all, and under their keys.
async fn count(
    connection: &mut PgConnection,
    models: &Models,
    faces: i64,
    counts: HashMap<i64, i64>,
) -> Result<(), Fault> {
    if faces == 0 {
        return Ok(());
    }
    sqlx::query("UPDATE search.states SET faces = faces + $2 WHERE models = $1")
        .bind(models.digest.as_slice())
        .bind(faces)
        .execute(&mut *connection)
        .await?;
    let (keys, numbers): (Vec<i64>, Vec<i64>) = counts.into_iter().unzip();
    sqlx::query(
        "INSERT INTO search.counts AS c (models, key, faces)
         SELECT $1, key, faces FROM unnest($2::bigint[], $3::bigint[]) AS added (key, faces)
         ON CONFLICT (models, key) DO UPDATE SET faces = c.faces + excluded.faces",
    )
    .bind(models.digest.as_slice())
    .bind(keys)
    .bind(numbers)
    .execute(connection)
    .await?;
    Ok(())
}
