//! Operators and their sessions.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{
    AttemptLimit, ConsoleSession, FAILURES_LAST, Operator, OperatorStore, OperatorUpdate, PasswordHash, Role,
    SecretHash, StoreError,
};
use vultus_types::Timestamp;

use super::super::driver::{Backend, Connection, DbRow, commit, failed, insert_failed};
use super::rows::{Damaged, number, require_row};

const OPERATOR: Damaged = Damaged("operators");
const SESSION: Damaged = Damaged("console_sessions");
const FAILURES: Damaged = Damaged("sign_in_failures");

#[async_trait]
impl OperatorStore for Backend {
    async fn create_operator(&self, operator: &Operator, password: &PasswordHash) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, operator, password).await?;
        commit(transaction).await
    }

    async fn create_first_operator(
        &self,
        operator: &Operator,
        password: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let present = sqlx::query("SELECT 1 FROM operators LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        if present.is_some() {
            return Ok(false);
        }
        insert(&mut transaction, operator, password).await?;
        commit(transaction).await?;
        Ok(true)
    }

    async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        let rows = sqlx::query("SELECT * FROM operators ORDER BY name")
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_operator).collect()
    }

    async fn operator(&self, name: &str) -> Result<Option<(Operator, PasswordHash)>, StoreError> {
        let row = sqlx::query("SELECT * FROM operators WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let password = row.try_get("password").map_err(|_| OPERATOR.row(&name))?;
        Ok(Some((read_operator(&row)?, PasswordHash(password))))
    }

    async fn update_operator(&self, name: &str, update: OperatorUpdate) -> Result<Operator, StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("SELECT * FROM operators WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let mut operator = read_operator(&row.ok_or(StoreError::NotFound("operator"))?)?;
        operator.role = update.role.unwrap_or(operator.role);
        operator.disabled_at = update.disabled_at.unwrap_or(operator.disabled_at);
        sqlx::query("UPDATE operators SET role = $1, disabled_at = $2 WHERE name = $3")
            .bind(operator.role.name())
            .bind(operator.disabled_at.map(|since| since.0))
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let administrator =
            sqlx::query("SELECT 1 FROM operators WHERE role = $1 AND disabled_at IS NULL LIMIT 1")
                .bind(Role::Administrator.name())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed)?;
        if administrator.is_none() {
            return Err(StoreError::Conflict("last administrator"));
        }
        if operator.disabled_at.is_some() {
            end_sessions(&mut transaction, name, None).await?;
        }
        commit(transaction).await?;
        Ok(operator)
    }

    async fn set_password(
        &self,
        name: &str,
        password: &PasswordHash,
        must_change: bool,
        keep: Option<SecretHash>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let updated =
            sqlx::query("UPDATE operators SET password = $1, must_change_password = $2 WHERE name = $3")
                .bind(&password.0)
                .bind(must_change)
                .bind(name)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        require_row(updated.rows_affected(), "operator")?;
        end_sessions(&mut transaction, name, keep).await?;
        commit(transaction).await
    }

    async fn begin_session(&self, session: &ConsoleSession) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let updated = sqlx::query("UPDATE operators SET last_sign_in_at = $1 WHERE name = $2")
            .bind(session.created_at.0)
            .bind(&session.operator)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        require_row(updated.rows_affected(), "operator")?;
        sqlx::query("DELETE FROM console_sessions WHERE expires_at <= $1")
            .bind(session.created_at.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query(
            "INSERT INTO console_sessions (token_hash, operator, created_at, expires_at, used_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(session.token_hash.0.as_slice())
        .bind(&session.operator)
        .bind(session.created_at.0)
        .bind(session.expires_at.0)
        .bind(session.used_at.0)
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("session"))?;
        commit(transaction).await
    }

    async fn session(&self, token: SecretHash) -> Result<Option<(ConsoleSession, Operator)>, StoreError> {
        let row = sqlx::query(
            "SELECT o.*, s.created_at AS began_at, s.expires_at, s.used_at
             FROM console_sessions s JOIN operators o ON o.name = s.operator WHERE s.token_hash = $1",
        )
        .bind(token.0.as_slice())
        .fetch_optional(&self.reader)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let operator = read_operator(&row)?;
        let moment =
            |column: &str| row.try_get(column).map(Timestamp).map_err(|_| SESSION.row(&operator.name));
        let session = ConsoleSession {
            token_hash: token,
            operator: operator.name.clone(),
            created_at: moment("began_at")?,
            expires_at: moment("expires_at")?,
            used_at: moment("used_at")?,
        };
        Ok(Some((session, operator)))
    }

    async fn use_session(&self, token: SecretHash, at: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE console_sessions SET used_at = CASE WHEN used_at < $1 THEN $1 ELSE used_at END WHERE token_hash = $2")
            .bind(at.0)
            .bind(token.0.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM console_sessions WHERE token_hash = $1")
            .bind(token.0.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await
    }

    async fn begin_attempt(
        &self,
        limits: &[AttemptLimit],
        now: Timestamp,
    ) -> Result<Option<Duration>, StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM sign_in_failures WHERE last_at <= $1")
            .bind(now.0.saturating_sub(FAILURES_LAST.as_micros() as i64))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let mut wait = Duration::ZERO;
        for limit in limits {
            let (failures, last) = failures_of(&mut transaction, limit.origin).await?;
            wait = wait.max(limit.wait(failures, last, now));
        }
        if !wait.is_zero() {
            return Ok(Some(wait));
        }
        for limit in limits {
            sqlx::query(
                "INSERT INTO sign_in_failures (origin, count, last_at) VALUES ($1, 1, $2)
                 ON CONFLICT (origin) DO UPDATE
                 SET count = sign_in_failures.count + 1, last_at = excluded.last_at",
            )
            .bind(limit.origin.0.as_slice())
            .bind(now.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        commit(transaction).await?;
        Ok(None)
    }

    async fn attempt_succeeded(&self, name: SecretHash, address: SecretHash) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for (statement, origin) in [
            ("DELETE FROM sign_in_failures WHERE origin = $1", name),
            ("UPDATE sign_in_failures SET count = count - 1 WHERE origin = $1 AND count > 0", address),
        ] {
            sqlx::query(statement)
                .bind(origin.0.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        commit(transaction).await
    }
}

/// How many sign-ins of an origin failed, and when the last did.
async fn failures_of(
    connection: &mut Connection,
    origin: SecretHash,
) -> Result<(u32, Timestamp), StoreError> {
    let row = sqlx::query("SELECT count, last_at FROM sign_in_failures WHERE origin = $1")
        .bind(origin.0.as_slice())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok((0, Timestamp(0))) };
    let damaged = |_| FAILURES.row(&"unknown");
    let last = Timestamp(row.try_get("last_at").map_err(damaged)?);
    Ok((number(&row, "count").map_err(damaged)?, last))
}

async fn insert(
    connection: &mut Connection,
    operator: &Operator,
    password: &PasswordHash,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO operators
         (name, role, password, must_change_password, created_at, disabled_at, last_sign_in_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&operator.name)
    .bind(operator.role.name())
    .bind(&password.0)
    .bind(operator.must_change_password)
    .bind(operator.created_at.0)
    .bind(operator.disabled_at.map(|since| since.0))
    .bind(operator.last_sign_in_at.map(|at| at.0))
    .execute(connection)
    .await
    .map_err(insert_failed("operator"))?;
    Ok(())
}

async fn end_sessions(
    connection: &mut Connection,
    operator: &str,
    keep: Option<SecretHash>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM console_sessions WHERE operator = $1 AND token_hash IS DISTINCT FROM $2")
        .bind(operator)
        .bind(keep.map(|token| token.0.to_vec()))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

fn read_operator(row: &DbRow) -> Result<Operator, StoreError> {
    let name: String = row.try_get("name").map_err(|_| OPERATOR.row(&"unknown"))?;
    let damaged = |_| OPERATOR.row(&name);
    let role: String = row.try_get("role").map_err(damaged)?;
    let moment = |column: &str| {
        let time: Option<i64> = row.try_get(column).map_err(|_| OPERATOR.row(&name))?;
        Ok::<_, StoreError>(time.map(Timestamp))
    };
    Ok(Operator {
        role: Role::from_name(&role).ok_or_else(|| OPERATOR.row(&name))?,
        must_change_password: row.try_get("must_change_password").map_err(damaged)?,
        created_at: Timestamp(row.try_get("created_at").map_err(damaged)?),
        disabled_at: moment("disabled_at")?,
        last_sign_in_at: moment("last_sign_in_at")?,
        name,
    })
}
