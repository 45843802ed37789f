//! The log of consents.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{ConsentOperation, ConsentRecord, ConsentStore, StoreError};
use vultus_types::{AccountId, Timestamp};

use super::super::driver::{Backend, DbRow, commit, failed, insert_failed};
use super::rows::{Damaged, account_id};

const CONSENT: Damaged = Damaged("consents");

#[async_trait]
impl ConsentStore for Backend {
    async fn record_consent(&self, consent: &ConsentRecord) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO consents (account_id, recorded_at, operation, subject, is_declared)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(account_id(&consent.account))
        .bind(consent.recorded_at.0)
        .bind(consent.operation.name())
        .bind(&consent.subject)
        .bind(consent.is_declared)
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("consent"))?;
        commit(transaction).await
    }

    async fn consents(
        &self,
        account: Option<AccountId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, ConsentRecord)>, StoreError> {
        let query = match &account {
            Some(account) => {
                sqlx::query("SELECT * FROM consents WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3")
                    .bind(account_id(account))
            }
            None => sqlx::query("SELECT * FROM consents WHERE id > $1 ORDER BY id LIMIT $2"),
        };
        let rows = query
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_consent).collect()
    }
}

fn read_consent(row: &DbRow) -> Result<(u64, ConsentRecord), StoreError> {
    let id: i64 = row.try_get("id").map_err(|_| CONSENT.row(&"unknown"))?;
    let damaged = |_| CONSENT.row(&id);
    let operation: String = row.try_get("operation").map_err(damaged)?;
    let consent = ConsentRecord {
        account: CONSENT.account_id(row, "account_id")?,
        recorded_at: Timestamp(row.try_get("recorded_at").map_err(damaged)?),
        operation: ConsentOperation::from_name(&operation).ok_or_else(|| CONSENT.row(&id))?,
        subject: row.try_get("subject").map_err(damaged)?,
        is_declared: row.try_get("is_declared").map_err(damaged)?,
    };
    Ok((id as u64, consent))
}
