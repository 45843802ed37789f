//! Over which search shards the faces are spread.

use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;
use vultus_store::{ShardPlan, StoreError, Topology, TopologyStore};

use super::super::driver::{Backend, DbRow, commit, failed};
use super::rows::{Damaged, number, optional_number, string_list};

const TOPOLOGY: Damaged = Damaged("topology");

#[async_trait]
impl TopologyStore for Backend {
    async fn topology(&self) -> Result<Option<Topology>, StoreError> {
        let row = sqlx::query("SELECT store, epoch, shards, planned, planned_since FROM topology")
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.as_ref().map(read).transpose()
    }

    async fn set_topology(&self, topology: &Topology) -> Result<(), StoreError> {
        let statement = if topology.epoch == 1 {
            "INSERT INTO topology (id, store, epoch, shards, planned, planned_since)
             VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING"
        } else {
            "UPDATE topology SET store = $1, epoch = $2, shards = $3, planned = $4, planned_since = $5
             WHERE epoch = $2 - 1"
        };
        let plan = topology.plan.as_ref();
        let mut transaction = self.begin().await?;
        let set = sqlx::query(statement)
            .bind(topology.store.as_bytes().as_slice())
            .bind(topology.epoch as i64)
            .bind(string_list(&topology.shards))
            .bind(plan.map(|plan| string_list(&plan.shards)))
            .bind(plan.map(|plan| plan.since as i64))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if set.rows_affected() == 0 {
            return Err(StoreError::Conflict("topology"));
        }
        commit(transaction).await
    }
}

fn read(row: &DbRow) -> Result<Topology, StoreError> {
    let damaged = |_| TOPOLOGY.row(&1);
    let names = |list: String| serde_json::from_str(&list).map_err(|_| TOPOLOGY.row(&1));
    let store: Vec<u8> = row.try_get("store").map_err(damaged)?;
    let planned: Option<String> = row.try_get("planned").map_err(damaged)?;
    let since = optional_number(row, "planned_since").map_err(damaged)?;
    let plan = match (planned, since) {
        (Some(shards), Some(since)) => Some(ShardPlan { shards: names(shards)?, since }),
        (None, None) => None,
        _ => return Err(TOPOLOGY.row(&1)),
    };
    Ok(Topology {
        store: Uuid::from_slice(&store).map_err(|_| TOPOLOGY.row(&1))?,
        epoch: number(row, "epoch").map_err(damaged)?,
        shards: names(row.try_get("shards").map_err(damaged)?)?,
        plan,
    })
}
