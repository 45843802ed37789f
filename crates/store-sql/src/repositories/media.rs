//! Images and videos to analyse.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use vultus_store::{MediaEnd, MediaRecord, MediaState, MediaStore, StoreError, WorkerId};
use vultus_types::{AccountId, MediaId, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, Driver, commit, failed, insert_failed, skip_locked};
use super::pending;
use super::rows::{Damaged, account_id, number};

const MEDIA: Damaged = Damaged("media");

#[async_trait]
impl MediaStore for Backend {
    async fn add_media(&self, media: &MediaRecord) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO media (id, account_id, source_key, wants_points, created_at, attempts)
             VALUES ($1, $2, $3, $4, $5, 0)",
        )
        .bind(media.id.0.as_slice())
        .bind(account_id(&media.account))
        .bind(&media.source_key)
        .bind(media.wants_points)
        .bind(media.created_at.0)
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("media"))?;
        let keys: Vec<String> = media.source_key.iter().cloned().collect();
        pending::forget(&mut transaction, &keys).await?;
        commit(transaction).await
    }

    async fn media(&self, account: AccountId, id: MediaId) -> Result<Option<MediaRecord>, StoreError> {
        let row = sqlx::query("SELECT * FROM media WHERE id = $1 AND account_id = $2")
            .bind(id.0.as_slice())
            .bind(account_id(&account))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.as_ref().map(read_media).transpose()
    }

    async fn list_media(
        &self,
        account: AccountId,
        before: Option<(Timestamp, MediaId)>,
        limit: u32,
    ) -> Result<Vec<MediaRecord>, StoreError> {
        let mut query = QueryBuilder::<Driver>::new("SELECT * FROM media WHERE account_id = ");
        query.push_bind(account_id(&account));
        if let Some((created_at, id)) = &before {
            query.push(" AND (created_at, id) < (").push_bind(created_at.0);
            query.push(", ").push_bind(id.0.as_slice()).push(")");
        }
        query.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.reader).await.map_err(failed)?;
        rows.iter().map(read_media).collect()
    }

    async fn unfinished_media(&self) -> Result<u64, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM media WHERE summary IS NULL AND failure IS NULL")
                .fetch_one(&self.reader)
                .await
                .map_err(failed)?;
        Ok(count.max(0) as u64)
    }

    async fn media_frames(&self, id: MediaId, chunk: u32) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT frames FROM media_frames WHERE media_id = $1 AND chunk = $2")
            .bind(id.0.as_slice())
            .bind(i64::from(chunk))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)
    }

    async fn remove_media(
        &self,
        account: AccountId,
        id: MediaId,
        now: Timestamp,
    ) -> Result<Option<Option<String>>, StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("DELETE FROM media WHERE id = $1 AND account_id = $2 RETURNING source_key")
            .bind(id.0.as_slice())
            .bind(account_id(&account))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let key = release(&mut transaction, &row, id, now).await?;
        commit(transaction).await?;
        Ok(Some(key))
    }

    async fn claim_media(
        &self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MediaRecord>, StoreError> {
        // A store without work is not written to each time somebody asks.
        if self.unfinished_media().await? == 0 {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let row = sqlx::query(concat!(
            "UPDATE media SET worker = $1, held_until = $2, started_at = $3, attempts = attempts + 1
                 WHERE id = (SELECT id FROM media WHERE summary IS NULL AND failure IS NULL
                                 AND (held_until IS NULL OR held_until <= $3)
                             ORDER BY created_at, id LIMIT 1",
            skip_locked!(),
            ") RETURNING *"
        ))
        .bind(worker.0.as_bytes().as_slice())
        .bind(until.0)
        .bind(now.0)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let media = read_media(&row)?;
        sqlx::query("DELETE FROM media_frames WHERE media_id = $1")
            .bind(media.id.0.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        Ok(Some(media))
    }

    async fn hold_media(&self, worker: WorkerId, id: MediaId, until: Timestamp) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let held = sqlx::query("UPDATE media SET held_until = $1 WHERE id = $2 AND worker = $3")
            .bind(until.0)
            .bind(id.0.as_slice())
            .bind(worker.0.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        Ok(held.rows_affected() > 0)
    }

    async fn add_media_frames(
        &self,
        worker: WorkerId,
        id: MediaId,
        chunk: u32,
        frames: &str,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO media_frames (media_id, chunk, frames)
             SELECT id, $1, $2 FROM media WHERE id = $3 AND worker = $4",
        )
        .bind(i64::from(chunk))
        .bind(frames)
        .bind(id.0.as_slice())
        .bind(worker.0.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await?;
        Ok(added.rows_affected() > 0)
    }

    async fn finish_media(
        &self,
        worker: WorkerId,
        id: MediaId,
        end: &MediaEnd,
        now: Timestamp,
    ) -> Result<Option<Option<String>>, StoreError> {
        let (summary, failure) = match end {
            MediaEnd::Complete(summary) => (Some(summary), None),
            MediaEnd::Failed(reason) => (None, Some(reason)),
        };
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "UPDATE media SET summary = $1, failure = $2, worker = NULL, held_until = NULL
             WHERE id = $3 AND worker = $4 RETURNING source_key",
        )
        .bind(summary)
        .bind(failure)
        .bind(id.0.as_slice())
        .bind(worker.0.as_bytes().as_slice())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let key = release(&mut transaction, &row, id, now).await?;
        sqlx::query("UPDATE media SET source_key = NULL WHERE id = $1")
            .bind(id.0.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        Ok(Some(key))
    }

    async fn give_up_media(&self, worker: WorkerId, id: MediaId) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE media SET worker = NULL, held_until = NULL, attempts = attempts - 1
             WHERE id = $1 AND worker = $2",
        )
        .bind(id.0.as_slice())
        .bind(worker.0.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await
    }
}

/// Puts the file that a row names on the list of pending blobs.
async fn release(
    connection: &mut Connection,
    row: &DbRow,
    id: MediaId,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let key: Option<String> = row.try_get("source_key").map_err(|_| MEDIA.row(&id))?;
    let keys: Vec<String> = key.iter().cloned().collect();
    pending::note(connection, &keys, now).await?;
    Ok(key)
}

fn read_media(row: &DbRow) -> Result<MediaRecord, StoreError> {
    let id: Vec<u8> = row.try_get("id").map_err(|_| MEDIA.row(&"unknown"))?;
    let id = MediaId(id.try_into().map_err(|_| MEDIA.row(&"unknown"))?);
    let damaged = |_| MEDIA.row(&id);
    let summary: Option<String> = row.try_get("summary").map_err(damaged)?;
    let failure: Option<String> = row.try_get("failure").map_err(damaged)?;
    let worker: Option<Vec<u8>> = row.try_get("worker").map_err(damaged)?;
    Ok(MediaRecord {
        id,
        account: MEDIA.account_id(row, "account_id")?,
        source_key: row.try_get("source_key").map_err(damaged)?,
        wants_points: row.try_get("wants_points").map_err(damaged)?,
        state: match (summary, failure, worker) {
            (Some(summary), _, _) => MediaState::Complete { summary },
            (None, Some(reason), _) => MediaState::Failed { reason },
            (None, None, Some(_)) => MediaState::Running,
            (None, None, None) => MediaState::Waiting,
        },
        created_at: Timestamp(row.try_get("created_at").map_err(damaged)?),
        started_at: row.try_get::<Option<i64>, _>("started_at").map_err(damaged)?.map(Timestamp),
        attempts: number(row, "attempts").map_err(damaged)?,
    })
}
