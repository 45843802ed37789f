//! The audit log.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use vultus_store::{AuditFilter, AuditRecord, AuditStore, Role, StoreError};
use vultus_types::Timestamp;

use super::super::driver::{Backend, DbRow, Driver, commit, failed};
use super::rows::Damaged;

const AUDIT: Damaged = Damaged("audit");

#[async_trait]
impl AuditStore for Backend {
    async fn append_audit(&self, record: &AuditRecord) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO audit (at, actor, role, action, account, target, outcome, address)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(record.at.0)
        .bind(&record.actor)
        .bind(record.role.map(Role::name))
        .bind(&record.action)
        .bind(&record.account)
        .bind(&record.target)
        .bind(&record.outcome)
        .bind(&record.address)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await
    }

    async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, AuditRecord)>, StoreError> {
        let mut query = QueryBuilder::<Driver>::new("SELECT * FROM audit WHERE id < ");
        query.push_bind(before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX));
        for (condition, value) in [
            (" AND actor = ", &filter.actor),
            (" AND action = ", &filter.action),
            (" AND account = ", &filter.account),
        ] {
            if let Some(value) = value {
                query.push(condition).push_bind(value.clone());
            }
        }
        for (condition, moment) in [(" AND at >= ", filter.from), (" AND at < ", filter.to)] {
            if let Some(moment) = moment {
                query.push(condition).push_bind(moment.0);
            }
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.reader).await.map_err(failed)?;
        rows.iter().map(read_record).collect()
    }
}

fn read_record(row: &DbRow) -> Result<(u64, AuditRecord), StoreError> {
    let id: i64 = row.try_get("id").map_err(|_| AUDIT.row(&"unknown"))?;
    let damaged = |_| AUDIT.row(&id);
    let role: Option<String> = row.try_get("role").map_err(damaged)?;
    let role = role.map(|name| Role::from_name(&name).ok_or_else(|| AUDIT.row(&id)));
    let record = AuditRecord {
        at: Timestamp(row.try_get("at").map_err(damaged)?),
        actor: row.try_get("actor").map_err(damaged)?,
        role: role.transpose()?,
        action: row.try_get("action").map_err(damaged)?,
        account: row.try_get("account").map_err(damaged)?,
        target: row.try_get("target").map_err(damaged)?,
        outcome: row.try_get("outcome").map_err(damaged)?,
        address: row.try_get("address").map_err(damaged)?,
    };
    Ok((id as u64, record))
}
