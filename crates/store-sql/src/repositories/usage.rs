//! Counts of requests and of what is stored.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{
    AccountCount, GallerySize, Inventory, OutcomeClass, StoreError, TrafficCount, TrafficStep, UsageStore,
};
use vultus_types::{AccountId, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, commit, failed};
use super::rows::{Damaged, account_id, number};

const TRAFFIC: Damaged = Damaged("traffic");
const REQUESTS: Damaged = Damaged("account_requests");
const MICROS: i64 = 1_000_000;

#[async_trait]
impl UsageStore for Backend {
    async fn add_usage(&self, traffic: &[TrafficCount], accounts: &[AccountCount]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for count in traffic {
            for step in [TrafficStep::Minute, TrafficStep::Hour] {
                add_traffic(&mut transaction, step, count).await?;
            }
        }
        for count in accounts {
            sqlx::query(
                "INSERT INTO account_requests (account_id, day, dialect, outcome, count)
                 SELECT id, $1, $2, $3, $4 FROM accounts WHERE id = $5
                 ON CONFLICT (account_id, day, dialect, outcome)
                 DO UPDATE SET count = account_requests.count + excluded.count",
            )
            .bind(count.day)
            .bind(&count.dialect)
            .bind(count.class.name())
            .bind(count.count as i64)
            .bind(account_id(&count.account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        commit(transaction).await
    }

    async fn traffic(
        &self,
        step: TrafficStep,
        from: Timestamp,
        to: Timestamp,
        every: i64,
    ) -> Result<Vec<TrafficCount>, StoreError> {
        let every = every.max(step.seconds()) * MICROS;
        let rows = sqlx::query(
            "SELECT at / $1 * $1 AS at, dialect, outcome, bucket, CAST(sum(count) AS BIGINT) AS count FROM traffic
             WHERE step_s = $2 AND at >= $3 AND at < $4
             GROUP BY 1, dialect, outcome, bucket ORDER BY 1, dialect, outcome, bucket",
        )
        .bind(every)
        .bind(step.seconds())
        .bind(from.0)
        .bind(to.0)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_traffic).collect()
    }

    async fn forget_traffic(&self, step: TrafficStep, before: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM traffic WHERE step_s = $1 AND at < $2")
            .bind(step.seconds())
            .bind(before.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await
    }

    async fn account_usage(&self, account: AccountId, since: i64) -> Result<Vec<AccountCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT day, dialect, outcome, count FROM account_requests
             WHERE account_id = $1 AND day >= $2 ORDER BY day, dialect, outcome",
        )
        .bind(account_id(&account))
        .bind(since)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let read = |row: &DbRow| {
            let damaged = |_| REQUESTS.row(&account);
            let class: String = row.try_get("outcome").map_err(damaged)?;
            Ok(AccountCount {
                account,
                day: row.try_get("day").map_err(damaged)?,
                dialect: row.try_get("dialect").map_err(damaged)?,
                class: OutcomeClass::from_name(&class).ok_or_else(|| REQUESTS.row(&account))?,
                count: counted(row).map_err(damaged)?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn requests_since(&self, since: i64) -> Result<Vec<(AccountId, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT account_id, CAST(sum(count) AS BIGINT) AS count FROM account_requests WHERE day >= $1
             GROUP BY account_id ORDER BY account_id",
        )
        .bind(since)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        counts_of_accounts(&rows)
    }

    async fn inventory(&self, biggest: u32) -> Result<Inventory, StoreError> {
        // One transaction, so that the counts are of one moment.
        let mut reader = self.begin_read().await?;
        let totals =
            sqlx::query("SELECT (SELECT count(*) FROM accounts) AS a, (SELECT count(*) FROM galleries) AS g")
                .fetch_one(&mut *reader)
                .await
                .map_err(failed)?;
        let total =
            |column: &str| totals.try_get::<i64, _>(column).map(|count| count.max(0) as u64).map_err(failed);
        let rows = sqlx::query("SELECT account_id, count(*) AS count FROM faces GROUP BY account_id")
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        let faces_of = counts_of_accounts(&rows)?;
        Ok(Inventory {
            accounts: total("a")?,
            galleries: total("g")?,
            faces: faces_of.iter().map(|(_, faces)| faces).sum(),
            faces_of,
            biggest: biggest_galleries(&mut reader, biggest).await?,
        })
    }
}

async fn add_traffic(
    connection: &mut Connection,
    step: TrafficStep,
    count: &TrafficCount,
) -> Result<(), StoreError> {
    let length = step.seconds() * MICROS;
    sqlx::query(
        "INSERT INTO traffic (step_s, at, dialect, outcome, bucket, count) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (step_s, at, dialect, outcome, bucket)
         DO UPDATE SET count = traffic.count + excluded.count",
    )
    .bind(step.seconds())
    .bind(count.at.0.div_euclid(length) * length)
    .bind(&count.dialect)
    .bind(count.class.name())
    .bind(i64::from(count.bucket))
    .bind(count.count as i64)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Galleries are sized by their rows in one pass; subjects are counted of the biggest only.
async fn biggest_galleries(connection: &mut Connection, most: u32) -> Result<Vec<GallerySize>, StoreError> {
    let rows = sqlx::query(
        "WITH sizes AS (SELECT gallery_id, count(*) AS faces FROM face_galleries GROUP BY gallery_id)
         SELECT a.name AS account, g.name AS gallery, coalesce(s.faces, 0) AS faces,
            (SELECT count(DISTINCT subject) FROM face_galleries f WHERE f.gallery_id = g.id) AS subjects
         FROM galleries g JOIN accounts a ON a.id = g.account_id LEFT JOIN sizes s ON s.gallery_id = g.id
         ORDER BY 3 DESC, 1, 2 LIMIT $1",
    )
    .bind(i64::from(most))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let read = |row: &DbRow| {
        let number = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(column)?.max(0) as u64);
        Ok(GallerySize {
            account: row.try_get("account")?,
            gallery: row.try_get("gallery")?,
            faces: number("faces")?,
            subjects: number("subjects")?,
        })
    };
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(failed)
}

fn read_traffic(row: &DbRow) -> Result<TrafficCount, StoreError> {
    let at: i64 = row.try_get("at").map_err(|_| TRAFFIC.row(&"unknown"))?;
    let damaged = |_| TRAFFIC.row(&at);
    let class: String = row.try_get("outcome").map_err(damaged)?;
    Ok(TrafficCount {
        at: Timestamp(at),
        dialect: row.try_get("dialect").map_err(damaged)?,
        class: OutcomeClass::from_name(&class).ok_or_else(|| TRAFFIC.row(&at))?,
        bucket: number(row, "bucket").map_err(damaged)?,
        count: counted(row).map_err(damaged)?,
    })
}

fn counts_of_accounts(rows: &[DbRow]) -> Result<Vec<(AccountId, u64)>, StoreError> {
    let read = |row: &DbRow| {
        let account = REQUESTS.account_id(row, "account_id")?;
        Ok((account, counted(row).map_err(|_| REQUESTS.row(&account))?))
    };
    rows.iter().map(read).collect()
}

/// The column `count`.
fn counted(row: &DbRow) -> Result<u64, sqlx::Error> {
    Ok(row.try_get::<i64, _>("count")?.max(0) as u64)
}
