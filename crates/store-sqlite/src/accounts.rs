//! Accounts and credentials.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use vultus_store::{Account, AccountStore, Credential, CredentialKind, SecretHash, StoreError};
use vultus_types::{AccountId, Timestamp};

use crate::SqliteStore;
use crate::error::{failed, insert_failed};
use crate::rows::{Damaged, account_id};

const ACCOUNT: Damaged = Damaged("accounts");
const CREDENTIAL: Damaged = Damaged("credentials");

#[async_trait]
impl AccountStore for SqliteStore {
    async fn create_account(&self, account: &Account, credentials: &[Credential]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO accounts (id, name, created_at, disabled_at) VALUES (?, ?, ?, ?)")
            .bind(account_id(&account.id))
            .bind(&account.name)
            .bind(account.created_at.0)
            .bind(account.disabled_at.map(|since| since.0))
            .execute(&mut *transaction)
            .await
            .map_err(insert_failed("account"))?;
        insert_credentials(&mut transaction, account.id, credentials).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT id, name, created_at, disabled_at FROM accounts ORDER BY name")
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_account).collect()
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query("SELECT id, name, created_at, disabled_at FROM accounts WHERE name = ?")
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
        let found = sqlx::query("SELECT 1 FROM accounts WHERE id = ?")
            .bind(account_id(&account))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        if found.is_none() {
            return Err(StoreError::NotFound("account"));
        }
        sqlx::query("DELETE FROM credentials WHERE account_id = ?")
            .bind(account_id(&account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        insert_credentials(&mut transaction, account, credentials).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn set_disabled(&self, account: AccountId, since: Option<Timestamp>) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let updated = sqlx::query("UPDATE accounts SET disabled_at = ? WHERE id = ?")
            .bind(since.map(|since| since.0))
            .bind(account_id(&account))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::NotFound("account"));
        }
        transaction.commit().await.map_err(failed)
    }

    async fn find_credential(
        &self,
        kind: CredentialKind,
        public_id: &str,
    ) -> Result<Option<(Account, Credential)>, StoreError> {
        let row = sqlx::query(
            "SELECT a.id, a.name, a.created_at, a.disabled_at, c.secret_hash
             FROM credentials c JOIN accounts a ON a.id = c.account_id
             WHERE c.kind = ? AND c.public_id = ?",
        )
        .bind(kind_name(kind))
        .bind(public_id)
        .fetch_optional(&self.reader)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let hash: Vec<u8> = row.try_get("secret_hash").map_err(|_| CREDENTIAL.row(&public_id))?;
        let hash: [u8; 32] = hash.try_into().map_err(|_| CREDENTIAL.row(&public_id))?;
        let credential = Credential { kind, public_id: public_id.to_owned(), secret_hash: SecretHash(hash) };
        Ok(Some((read_account(&row)?, credential)))
    }
}

async fn insert_credentials(
    connection: &mut SqliteConnection,
    account: AccountId,
    credentials: &[Credential],
) -> Result<(), StoreError> {
    for credential in credentials {
        sqlx::query("INSERT INTO credentials (kind, public_id, account_id, secret_hash) VALUES (?, ?, ?, ?)")
            .bind(kind_name(credential.kind))
            .bind(&credential.public_id)
            .bind(account_id(&account))
            .bind(credential.secret_hash.0.as_slice())
            .execute(&mut *connection)
            .await
            .map_err(insert_failed("credential"))?;
    }
    Ok(())
}

fn read_account(row: &SqliteRow) -> Result<Account, StoreError> {
    let id = ACCOUNT.account_id(row, "id")?;
    let damaged = |_| ACCOUNT.row(&id);
    let disabled_at: Option<i64> = row.try_get("disabled_at").map_err(damaged)?;
    Ok(Account {
        id,
        name: row.try_get("name").map_err(damaged)?,
        created_at: Timestamp(row.try_get("created_at").map_err(damaged)?),
        disabled_at: disabled_at.map(Timestamp),
    })
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
