//! Galleries and subjects as people look through them.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{CatalogueStore, GalleryCount, StoreError, SubjectQuery, SubjectSummary};
use vultus_types::{AccountId, FaceId, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, commit, failed, ids, insert_failed, texts};
use super::faces::gallery_id;
use super::rows::{Damaged, account_id, face_id, face_id_list, string_list};
use super::{listing, pending, removal};

/// How many names are read at a time while a part of a name is looked for: about 100 KiB.
const NAMES_AT_A_TIME: u32 = 2000;

#[async_trait]
impl CatalogueStore for Backend {
    async fn gallery_counts(&self, account: AccountId) -> Result<Vec<GalleryCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT g.name, count(DISTINCT m.subject) AS subjects, count(m.face_id) AS faces
             FROM galleries g LEFT JOIN face_galleries m ON m.gallery_id = g.id
             WHERE g.account_id = $1 GROUP BY g.id ORDER BY g.name",
        )
        .bind(account_id(&account))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let read = |row: &DbRow| {
            Ok(GalleryCount {
                name: row.try_get("name").map_err(failed)?,
                subjects: row.try_get::<i64, _>("subjects").map_err(failed)? as u64,
                faces: row.try_get::<i64, _>("faces").map_err(failed)? as u64,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn subject_page(
        &self,
        account: AccountId,
        gallery: &str,
        query: SubjectQuery<'_>,
    ) -> Result<Option<Vec<SubjectSummary>>, StoreError> {
        let mut transaction = self.begin_read().await?;
        let Some(gallery) = gallery_id(&mut transaction, account, gallery).await? else { return Ok(None) };
        let names = matching_names(&mut transaction, gallery, query).await?;
        summaries(&mut transaction, gallery, &names).await.map(Some)
    }

    async fn move_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        to: &str,
    ) -> Result<Option<u64>, StoreError> {
        let mut transaction = self.begin().await?;
        let faces = removal::subject_faces(&mut transaction, account, gallery, subject).await?;
        if faces.is_empty() {
            return Ok(None);
        }
        let there = removal::subject_faces(&mut transaction, account, to, subject).await?;
        if there.iter().any(|face| !faces.contains(face)) {
            return Err(StoreError::Conflict("subject"));
        }
        if gallery != to {
            change_gallery(&mut transaction, account, [gallery, to], subject).await?;
            listing::drop_if_empty(&mut transaction, account, gallery).await?;
            removal::note_changes(&mut transaction, &faces).await?;
            commit(transaction).await?;
        }
        Ok(Some(faces.len() as u64))
    }

    async fn merge_subjects(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        into: &str,
    ) -> Result<Option<u64>, StoreError> {
        let mut transaction = self.begin().await?;
        let faces = removal::subject_faces(&mut transaction, account, gallery, subject).await?;
        if faces.is_empty() {
            return Ok(None);
        }
        if removal::subject_faces(&mut transaction, account, gallery, into).await?.is_empty() {
            return Err(StoreError::NotFound("subject"));
        }
        if subject != into {
            rename(&mut transaction, &faces, into).await?;
            removal::note_changes(&mut transaction, &faces).await?;
            commit(transaction).await?;
        }
        Ok(Some(faces.len() as u64))
    }

    async fn thumbnail(&self, account: AccountId, id: FaceId) -> Result<Option<String>, StoreError> {
        let key: Option<Option<String>> =
            sqlx::query_scalar("SELECT thumbnail_key FROM faces WHERE id = $1 AND account_id = $2")
                .bind(face_id(id))
                .bind(account_id(&account))
                .fetch_optional(&self.reader)
                .await
                .map_err(failed)?;
        Ok(key.flatten())
    }

    async fn set_thumbnail(&self, account: AccountId, id: FaceId, key: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let noted = sqlx::query(
            "UPDATE faces SET thumbnail_key = $1 WHERE id = $2 AND account_id = $3 AND thumbnail_key IS NULL",
        )
        .bind(key)
        .bind(face_id(id))
        .bind(account_id(&account))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if noted.rows_affected() == 0 {
            return Ok(false);
        }
        pending::forget(&mut transaction, &[key.to_owned()]).await?;
        commit(transaction).await?;
        Ok(true)
    }
}

/// The first names that the query covers. What upper and lower case are is decided here: the database knows it of
/// ASCII only.
async fn matching_names(
    connection: &mut Connection,
    gallery: i64,
    query: SubjectQuery<'_>,
) -> Result<Vec<String>, StoreError> {
    let part = query.part.map(str::to_lowercase);
    let most = query.limit as usize;
    let at_a_time = if part.is_some() { NAMES_AT_A_TIME } else { query.limit };
    let (mut found, mut after) = (Vec::new(), query.after.map(str::to_owned));
    while found.len() < most {
        let names = names_after(connection, gallery, after.as_deref(), at_a_time).await?;
        let is_last = names.len() < at_a_time as usize;
        after = names.last().cloned();
        let fits = |name: &String| part.as_ref().is_none_or(|part| name.to_lowercase().contains(part));
        found.extend(names.into_iter().filter(fits).take(most - found.len()));
        if is_last {
            break;
        }
    }
    Ok(found)
}

async fn names_after(
    connection: &mut Connection,
    gallery: i64,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT DISTINCT subject FROM face_galleries
         WHERE gallery_id = $1 AND ($2 IS NULL OR subject > $2) ORDER BY subject LIMIT $3",
    )
    .bind(gallery)
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(failed)
}

async fn summaries(
    connection: &mut Connection,
    gallery: i64,
    names: &[String],
) -> Result<Vec<SubjectSummary>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT m.subject, count(*) AS faces, min(m.face_id) AS first, max(f.enrolled_at) AS latest_at
         FROM face_galleries m JOIN faces f ON f.id = m.face_id
         WHERE m.gallery_id = $1 AND m.subject IN ",
        texts!("$2"),
        "
         GROUP BY m.subject ORDER BY m.subject"
    ))
    .bind(gallery)
    .bind(string_list(names))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let read = |row: &DbRow| {
        Ok(SubjectSummary {
            first: Damaged("face_galleries").face_id(row, "first")?,
            name: row.try_get("subject").map_err(failed)?,
            faces: row.try_get::<i64, _>("faces").map_err(failed)? as u64,
            latest_at: Timestamp(row.try_get("latest_at").map_err(failed)?),
        })
    };
    rows.iter().map(read).collect()
}

/// Puts a subject's faces from one gallery into another.
async fn change_gallery(
    connection: &mut Connection,
    account: AccountId,
    [from, to]: [&str; 2],
    subject: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO galleries (account_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(account_id(&account))
        .bind(to)
        .execute(&mut *connection)
        .await
        .map_err(insert_failed("gallery"))?;
    for statement in [
        "INSERT INTO face_galleries (gallery_id, subject, face_id)
         SELECT target.id, m.subject, m.face_id
         FROM galleries source JOIN face_galleries m ON m.gallery_id = source.id AND m.subject = $4
         JOIN galleries target ON target.account_id = $1 AND target.name = $3
         WHERE source.account_id = $1 AND source.name = $2
         ON CONFLICT DO NOTHING",
        "DELETE FROM face_galleries WHERE subject = $4
         AND gallery_id IN (SELECT id FROM galleries WHERE account_id = $1 AND name = $2 AND name <> $3)",
    ] {
        sqlx::query(statement)
            .bind(account_id(&account))
            .bind(from)
            .bind(to)
            .bind(subject)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Gives faces another name, in all their galleries.
async fn rename(connection: &mut Connection, faces: &[FaceId], name: &str) -> Result<(), StoreError> {
    let list = face_id_list(faces);
    for statement in [
        concat!("UPDATE faces SET subject = $2 WHERE id IN ", ids!("$1")),
        concat!("UPDATE face_galleries SET subject = $2 WHERE face_id IN ", ids!("$1")),
    ] {
        sqlx::query(statement).bind(&list).bind(name).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}
