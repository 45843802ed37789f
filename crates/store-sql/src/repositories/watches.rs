//! Who watches which camera.

use async_trait::async_trait;
use sqlx::{Row, Transaction};
use vultus_store::{CameraRecord, StoreError, WatchActivity, WatchReport, WatchStore, WorkerId};
use vultus_types::{AccountId, CameraId, Timestamp};

use super::super::driver::{Backend, DbRow, Driver, commit, failed};
use super::cameras::read_camera;
use super::rows::{Damaged, account_id, camera_id};

const WATCHES: Damaged = Damaged("watches");

#[async_trait]
impl WatchStore for Backend {
    async fn hold_cameras(
        &self,
        watcher: WorkerId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CameraRecord>, StoreError> {
        if !self.has_watches().await? {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin().await?;
        give_up(&mut transaction, watcher).await?;
        take(&mut transaction, watcher, now, until).await?;
        let rows = sqlx::query(
            "SELECT c.* FROM cameras c JOIN watches w ON w.camera_id = c.id
             WHERE w.watcher = $1 ORDER BY c.created_at, c.id",
        )
        .bind(watcher.0.as_bytes().as_slice())
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await?;
        rows.iter().map(read_camera).collect()
    }

    async fn report_watches(
        &self,
        watcher: WorkerId,
        reports: &[(CameraId, WatchReport)],
    ) -> Result<(), StoreError> {
        if reports.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for (camera, report) in reports {
            sqlx::query(
                "UPDATE watches SET activity = $1, since = $2, retry_at = $3, error = $4, frames = $5, dropped = $6,
                    events = $7, lost = $8
                 WHERE camera_id = $9 AND watcher = $10",
            )
            .bind(name(report.activity))
            .bind(report.since.0)
            .bind(report.retry_at.map(|moment| moment.0))
            .bind(&report.error)
            .bind(report.frames as i64)
            .bind(report.dropped as i64)
            .bind(report.events as i64)
            .bind(report.lost as i64)
            .bind(camera_id(camera))
            .bind(watcher.0.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        commit(transaction).await
    }

    async fn release_cameras(&self, watcher: WorkerId) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM watches WHERE watcher = $1")
            .bind(watcher.0.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await
    }

    async fn watch_reports(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<(CameraId, WatchReport)>, StoreError> {
        let rows = sqlx::query(
            "SELECT w.* FROM watches w JOIN cameras c ON c.id = w.camera_id
             WHERE c.account_id = $1 AND w.held_until > $2",
        )
        .bind(account_id(&account))
        .bind(now.0)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_report).collect()
    }
}

impl Backend {
    /// Whether there is a camera to be watched or to be given up, so that a store without cameras is not written to
    /// each time somebody asks.
    async fn has_watches(&self) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM cameras_to_watch) OR EXISTS (SELECT 1 FROM watches)")
            .fetch_one(&self.reader)
            .await
            .map_err(failed)
    }
}

/// Gives up what the watcher holds and nobody wants watched any more.
async fn give_up(transaction: &mut Transaction<'_, Driver>, watcher: WorkerId) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM watches WHERE watcher = $1 AND camera_id NOT IN (SELECT id FROM cameras_to_watch)",
    )
    .bind(watcher.0.as_bytes().as_slice())
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Holds what is to be watched, where it is the watcher's own or nobody's.
async fn take(
    transaction: &mut Transaction<'_, Driver>,
    watcher: WorkerId,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    let id = watcher.0.as_bytes().as_slice();
    sqlx::query("DELETE FROM watches WHERE watcher <> $1 AND held_until <= $2")
        .bind(id)
        .bind(now.0)
        .execute(&mut **transaction)
        .await
        .map_err(failed)?;
    let begun = WatchReport::begun(now);
    sqlx::query(
        "INSERT INTO watches (camera_id, watcher, held_until, activity, since, frames, dropped, events, lost)
         SELECT id, $1, $2, $3, $4, 0, 0, 0, 0 FROM cameras_to_watch WHERE TRUE
         ON CONFLICT (camera_id) DO UPDATE SET held_until = excluded.held_until
             WHERE watches.watcher = excluded.watcher",
    )
    .bind(id)
    .bind(until.0)
    .bind(name(begun.activity))
    .bind(begun.since.0)
    .execute(&mut **transaction)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The stored name of an activity.
const fn name(activity: WatchActivity) -> &'static str {
    match activity {
        WatchActivity::Connecting => "connecting",
        WatchActivity::Running => "running",
        WatchActivity::Waiting => "waiting",
        WatchActivity::Finished => "finished",
    }
}

fn read_report(row: &DbRow) -> Result<(CameraId, WatchReport), StoreError> {
    let id = WATCHES.camera_id(row, "camera_id")?.ok_or_else(|| WATCHES.row(&"unknown"))?;
    let damaged = |_| WATCHES.row(&id);
    let activity: String = row.try_get("activity").map_err(damaged)?;
    let known =
        [WatchActivity::Connecting, WatchActivity::Running, WatchActivity::Waiting, WatchActivity::Finished];
    let count = |column: &str| -> Result<u64, StoreError> {
        let number: i64 = row.try_get(column).map_err(damaged)?;
        u64::try_from(number).map_err(|_| WATCHES.row(&id))
    };
    let report = WatchReport {
        activity: known.into_iter().find(|known| name(*known) == activity).ok_or_else(|| WATCHES.row(&id))?,
        since: Timestamp(row.try_get("since").map_err(damaged)?),
        retry_at: row.try_get::<Option<i64>, _>("retry_at").map_err(damaged)?.map(Timestamp),
        error: row.try_get("error").map_err(damaged)?,
        frames: count("frames")?,
        dropped: count("dropped")?,
        events: count("events")?,
        lost: count("lost")?,
    };
    Ok((id, report))
}
