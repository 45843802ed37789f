//! Cameras.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{CameraRecord, CameraRegion, CameraStore, StoreError};
use vultus_types::{AccountId, CameraId, Timestamp};

use super::super::driver::{Backend, DbRow, commit, failed, insert_failed};
use super::rows::{Damaged, account_id, camera_id, require_row};

const CAMERA: Damaged = Damaged("cameras");

#[async_trait]
impl CameraStore for Backend {
    async fn add_camera(&self, camera: &CameraRecord) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO cameras (id, account_id, meta, url, is_enabled, detector, tracking_region,
                event_region, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(camera_id(&camera.id))
        .bind(account_id(&camera.account))
        .bind(&camera.meta)
        .bind(&camera.url)
        .bind(camera.is_enabled)
        .bind(&camera.detector)
        .bind(camera.tracking_region.map(region_text))
        .bind(camera.event_region.map(region_text))
        .bind(camera.created_at.0)
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("camera"))?;
        commit(transaction).await
    }

    async fn cameras(&self, account: AccountId) -> Result<Vec<CameraRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM cameras WHERE account_id = $1 ORDER BY created_at, id")
            .bind(account_id(&account))
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_camera).collect()
    }

    async fn camera(&self, account: AccountId, id: CameraId) -> Result<Option<CameraRecord>, StoreError> {
        let row = sqlx::query("SELECT * FROM cameras WHERE id = $1 AND account_id = $2")
            .bind(camera_id(&id))
            .bind(account_id(&account))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.as_ref().map(read_camera).transpose()
    }

    async fn update_camera(&self, camera: &CameraRecord) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let updated = sqlx::query(
            "UPDATE cameras SET meta = $1, url = $2, is_enabled = $3, detector = $4, tracking_region = $5,
                event_region = $6
             WHERE id = $7 AND account_id = $8",
        )
        .bind(&camera.meta)
        .bind(&camera.url)
        .bind(camera.is_enabled)
        .bind(&camera.detector)
        .bind(camera.tracking_region.map(region_text))
        .bind(camera.event_region.map(region_text))
        .bind(camera_id(&camera.id))
        .bind(account_id(&camera.account))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        require_row(updated.rows_affected(), "camera")?;
        commit(transaction).await
    }

    async fn remove_camera(&self, account: AccountId, id: CameraId) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let removed = sqlx::query("DELETE FROM cameras WHERE id = $1 AND account_id = $2")
            .bind(camera_id(&id))
            .bind(account_id(&account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        Ok(removed.rows_affected() > 0)
    }
}

/// The stored form of a region: a JSON list of width, height, x and y.
fn region_text(region: CameraRegion) -> String {
    format!("[{},{},{},{}]", region.width, region.height, region.x, region.y)
}

pub(crate) fn read_camera(row: &DbRow) -> Result<CameraRecord, StoreError> {
    let id = CAMERA.camera_id(row, "id")?.ok_or_else(|| CAMERA.row(&"unknown"))?;
    let damaged = |_| CAMERA.row(&id);
    Ok(CameraRecord {
        account: CAMERA.account_id(row, "account_id")?,
        meta: row.try_get("meta").map_err(damaged)?,
        url: row.try_get("url").map_err(damaged)?,
        is_enabled: row.try_get("is_enabled").map_err(damaged)?,
        detector: row.try_get("detector").map_err(damaged)?,
        tracking_region: read_region(row, "tracking_region", id)?,
        event_region: read_region(row, "event_region", id)?,
        created_at: Timestamp(row.try_get("created_at").map_err(damaged)?),
        id,
    })
}

fn read_region(row: &DbRow, column: &str, id: CameraId) -> Result<Option<CameraRegion>, StoreError> {
    let text: Option<String> = row.try_get(column).map_err(|_| CAMERA.row(&id))?;
    let read = |text: String| {
        let [width, height, x, y] = serde_json::from_str(&text).map_err(|_| CAMERA.row(&id))?;
        Ok(CameraRegion { width, height, x, y })
    };
    text.map(read).transpose()
}
