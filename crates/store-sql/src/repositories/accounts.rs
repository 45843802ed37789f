//! Accounts and credentials.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{Account, AccountStore, Credential, CredentialKind, SecretHash, StoreError, Usage};
use vultus_types::{AccountId, CalendarMonth, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, commit, failed, insert_failed};
use super::rows::{Damaged, account_id, optional_number, require_row};

const ACCOUNT: Damaged = Damaged("accounts");
const CREDENTIAL: Damaged = Damaged("credentials");
const SERVER_KEY: Damaged = Damaged("server_key");

/// Counts a request, unless the limit is reached: then no row is met. A minute that is ahead by one is another process's
/// present.
const COUNT_REQUEST: &str = "INSERT INTO request_counts AS c (account_id, minute, count)
    SELECT id, $2, 1 FROM accounts WHERE id = $1
    ON CONFLICT (account_id) DO UPDATE SET
        count = CASE WHEN c.minute BETWEEN excluded.minute AND excluded.minute + 1 THEN c.count + 1 ELSE 1 END,
        minute = CASE WHEN c.minute = excluded.minute + 1 THEN c.minute ELSE excluded.minute END
    WHERE c.minute NOT BETWEEN excluded.minute AND excluded.minute + 1
        OR c.count < coalesce(
            (SELECT requests_per_minute FROM accounts WHERE id = excluded.account_id), c.count + 1)";

impl Backend {
    /// Sets a number of an account, or takes it away.
    async fn set_number(
        &self,
        statement: &'static str,
        account: AccountId,
        number: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let updated = sqlx::query(statement)
            .bind(number)
            .bind(account_id(&account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        require_row(updated.rows_affected(), "account")?;
        commit(transaction).await
    }
}

#[async_trait]
impl AccountStore for Backend {
    async fn create_account(&self, account: &Account, credentials: &[Credential]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO accounts (id, name, created_at, disabled_at, liveness_per_month, requests_per_minute)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(account_id(&account.id))
        .bind(&account.name)
        .bind(account.created_at.0)
        .bind(account.disabled_at.map(|since| since.0))
        .bind(account.liveness_per_month.map(i64::from))
        .bind(account.requests_per_minute.map(i64::from))
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("account"))?;
        insert_credentials(&mut transaction, account.id, credentials).await?;
        commit(transaction).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, created_at, disabled_at, liveness_per_month, requests_per_minute
             FROM accounts ORDER BY name",
        )
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_account).collect()
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, created_at, disabled_at, liveness_per_month, requests_per_minute
             FROM accounts WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(&self.reader)
        .await
        .map_err(failed)?;
        row.as_ref().map(read_account).transpose()
    }

    async fn replace_credentials(
        &self,
        account: AccountId,
        credentials: &[Credential],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        check_account(&mut transaction, account).await?;
        sqlx::query("DELETE FROM credentials WHERE account_id = $1")
            .bind(account_id(&account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        insert_credentials(&mut transaction, account, credentials).await?;
        commit(transaction).await
    }

    async fn add_credentials(
        &self,
        account: AccountId,
        credentials: &[Credential],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        check_account(&mut transaction, account).await?;
        sqlx::query("DELETE FROM credentials WHERE expires_at <= $1")
            .bind(now.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        insert_credentials(&mut transaction, account, credentials).await?;
        commit(transaction).await
    }

    async fn set_disabled(&self, account: AccountId, since: Option<Timestamp>) -> Result<(), StoreError> {
        let statement = "UPDATE accounts SET disabled_at = $1 WHERE id = $2";
        self.set_number(statement, account, since.map(|since| since.0)).await
    }

    async fn set_liveness_limit(&self, account: AccountId, per_month: Option<u32>) -> Result<(), StoreError> {
        let statement = "UPDATE accounts SET liveness_per_month = $1 WHERE id = $2";
        self.set_number(statement, account, per_month.map(i64::from)).await
    }

    async fn liveness_usage(&self, account: AccountId, month: CalendarMonth) -> Result<Usage, StoreError> {
        let mut connection = self.reader.acquire().await.map_err(failed)?;
        read_usage(&mut connection, account, month).await
    }

    async fn count_liveness(&self, account: AccountId, month: CalendarMonth) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        if !read_usage(&mut transaction, account, month).await?.has_room() {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO liveness_counts (account_id, month, count) VALUES ($1, $2, 1)
             ON CONFLICT (account_id, month) DO UPDATE SET count = liveness_counts.count + 1",
        )
        .bind(account_id(&account))
        .bind(month_number(month))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await?;
        Ok(true)
    }

    async fn set_request_limit(&self, account: AccountId, per_minute: Option<u32>) -> Result<(), StoreError> {
        let statement = "UPDATE accounts SET requests_per_minute = $1 WHERE id = $2";
        self.set_number(statement, account, per_minute.map(i64::from)).await
    }

    async fn count_request(&self, account: AccountId, minute: i64) -> Result<bool, StoreError> {
        let counted = sqlx::query(COUNT_REQUEST)
            .bind(account_id(&account))
            .bind(minute)
            .execute(self.writer())
            .await
            .map_err(failed)?;
        if counted.rows_affected() > 0 {
            return Ok(true);
        }
        let mut connection = self.reader.acquire().await.map_err(failed)?;
        check_account(&mut connection, account).await?;
        Ok(false)
    }

    async fn find_credential(
        &self,
        kind: CredentialKind,
        public_id: &str,
    ) -> Result<Option<(Account, Credential)>, StoreError> {
        let row = sqlx::query(
            "SELECT a.id, a.name, a.created_at, a.disabled_at, a.liveness_per_month, a.requests_per_minute,
                c.secret_hash, c.expires_at
             FROM credentials c JOIN accounts a ON a.id = c.account_id
             WHERE c.kind = $1 AND c.public_id = $2",
        )
        .bind(kind_name(kind))
        .bind(public_id)
        .fetch_optional(&self.reader)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let hash: Vec<u8> = row.try_get("secret_hash").map_err(|_| CREDENTIAL.row(&public_id))?;
        let hash: [u8; 32] = hash.try_into().map_err(|_| CREDENTIAL.row(&public_id))?;
        let expires_at: Option<i64> = row.try_get("expires_at").map_err(|_| CREDENTIAL.row(&public_id))?;
        let credential = Credential {
            kind,
            public_id: public_id.to_owned(),
            secret_hash: SecretHash(hash),
            expires_at: expires_at.map(Timestamp),
        };
        Ok(Some((read_account(&row)?, credential)))
    }

    async fn server_key(&self) -> Result<Option<SecretHash>, StoreError> {
        let noted: Option<Vec<u8>> = sqlx::query_scalar("SELECT check_value FROM server_key")
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        noted.map(read_server_key).transpose()
    }

    async fn note_server_key(&self, check: SecretHash) -> Result<SecretHash, StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO server_key (id, check_value) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
            .bind(check.0.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let noted: Vec<u8> = sqlx::query_scalar("SELECT check_value FROM server_key")
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        read_server_key(noted)
    }

    async fn replace_server_key(&self, check: SecretHash) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO server_key (id, check_value) VALUES (1, $1)
             ON CONFLICT (id) DO UPDATE SET check_value = excluded.check_value",
        )
        .bind(check.0.as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        commit(transaction).await
    }
}

fn read_server_key(noted: Vec<u8>) -> Result<SecretHash, StoreError> {
    noted.try_into().map(SecretHash).map_err(|_| SERVER_KEY.row(&1))
}

/// Fails where there is no such account.
async fn check_account(connection: &mut Connection, account: AccountId) -> Result<(), StoreError> {
    let found = sqlx::query("SELECT 1 FROM accounts WHERE id = $1")
        .bind(account_id(&account))
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    found.map(drop).ok_or(StoreError::NotFound("account"))
}

async fn insert_credentials(
    connection: &mut Connection,
    account: AccountId,
    credentials: &[Credential],
) -> Result<(), StoreError> {
    for credential in credentials {
        sqlx::query(
            "INSERT INTO credentials (kind, public_id, account_id, secret_hash, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(kind_name(credential.kind))
        .bind(&credential.public_id)
        .bind(account_id(&account))
        .bind(credential.secret_hash.0.as_slice())
        .bind(credential.expires_at.map(|at| at.0))
        .execute(&mut *connection)
        .await
        .map_err(insert_failed("credential"))?;
    }
    Ok(())
}

fn read_account(row: &DbRow) -> Result<Account, StoreError> {
    let id = ACCOUNT.account_id(row, "id")?;
    let damaged = |_| ACCOUNT.row(&id);
    let disabled_at: Option<i64> = row.try_get("disabled_at").map_err(damaged)?;
    Ok(Account {
        id,
        name: row.try_get("name").map_err(damaged)?,
        created_at: Timestamp(row.try_get("created_at").map_err(damaged)?),
        disabled_at: disabled_at.map(Timestamp),
        liveness_per_month: optional_number(row, "liveness_per_month").map_err(damaged)?,
        requests_per_minute: optional_number(row, "requests_per_minute").map_err(damaged)?,
    })
}

async fn read_usage(
    connection: &mut Connection,
    account: AccountId,
    month: CalendarMonth,
) -> Result<Usage, StoreError> {
    let row = sqlx::query(
        "SELECT a.liveness_per_month, coalesce(l.count, 0) AS count
         FROM accounts a LEFT JOIN liveness_counts l ON l.account_id = a.id AND l.month = $1
         WHERE a.id = $2",
    )
    .bind(month_number(month))
    .bind(account_id(&account))
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    let row = row.ok_or(StoreError::NotFound("account"))?;
    let damaged = |_| ACCOUNT.row(&account);
    let count: i64 = row.try_get("count").map_err(damaged)?;
    Ok(Usage {
        count: count.max(0) as u64,
        limit: optional_number(&row, "liveness_per_month").map_err(damaged)?,
    })
}

/// The stored form of a month.
const fn month_number(month: CalendarMonth) -> i64 {
    month.year * 100 + month.month
}

const fn kind_name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::KairosAppKey => "kairos_app_key",
        CredentialKind::FindFaceToken => "findface_token",
        CredentialKind::PersePrivateKey => "perse_private_key",
        CredentialKind::PerseApiKey => "perse_api_key",
        CredentialKind::MachineSenseApiKey => "machinesense_api_key",
    }
}
