//! Faces, galleries and the change log.
//!
//! The change log is kept whole: two small rows in the life of a face. Trimming it would need a way for
//! readers to notice that they fell behind.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{
    Change, EnrolledFace, FaceQuery, FaceRecord, FaceStore, FaceSummary, FaceUpdate, FacesToRemove,
    IndexEntry, Removal, StoreError, SubjectCount,
};
use vultus_types::{AccountId, FaceId, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, commit, failed, ids, insert_failed, name_list};
use super::embedder::{self, ALL_FACES};
use super::rows::{Damaged, account_id, face_id, face_id_list, read_index_entry};
use super::{listing, pending, removal};

/// The columns that `read_index_entry` wants, of a face `f`.
macro_rules! index_entry {
    () => {
        concat!(
            "SELECT f.id, f.account_id, f.subject, f.enrolled_at, f.template, (SELECT ",
            name_list!("g.name"),
            " FROM face_galleries m JOIN galleries g ON g.id = m.gallery_id WHERE m.face_id = f.id) AS galleries,
                e.camera_id, e.person_id AS exemplar_of
             FROM faces f LEFT JOIN events e ON e.face_id = f.id AND e.is_exemplar "
        )
    };
}

#[async_trait]
impl FaceStore for Backend {
    async fn expect_blobs(&self, keys: &[String], now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        pending::note(&mut transaction, keys, now).await?;
        commit(transaction).await
    }

    async fn add_faces(&self, galleries: &[&str], faces: &[FaceRecord]) -> Result<(), StoreError> {
        if faces.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        add_all(&mut transaction, galleries, faces).await?;
        commit(transaction).await
    }

    async fn add_to_gallery(&self, account: AccountId, id: FaceId, gallery: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let subject: Option<String> =
            sqlx::query_scalar("SELECT subject FROM faces WHERE id = $1 AND account_id = $2")
                .bind(face_id(id))
                .bind(account_id(&account))
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed)?;
        let subject = subject.ok_or(StoreError::NotFound("face"))?;
        if enter_gallery(&mut transaction, account, id, gallery, &subject).await? {
            note_change(&mut transaction, id).await?;
        }
        commit(transaction).await
    }

    async fn create_gallery(&self, account: AccountId, gallery: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let created = sqlx::query(
            "INSERT INTO galleries (account_id, name, is_lasting) VALUES ($1, $2, TRUE)
             ON CONFLICT (account_id, name) DO UPDATE SET is_lasting = TRUE WHERE NOT galleries.is_lasting",
        )
        .bind(account_id(&account))
        .bind(gallery)
        .execute(&mut *transaction)
        .await
        .map_err(insert_failed("gallery"))?;
        commit(transaction).await?;
        Ok(created.rows_affected() > 0)
    }

    async fn galleries(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT name FROM galleries WHERE account_id = $1 ORDER BY name")
            .bind(account_id(&account))
            .fetch_all(&self.reader)
            .await
            .map_err(failed)
    }

    async fn has_gallery(&self, account: AccountId, gallery: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM galleries WHERE account_id = $1 AND name = $2)")
            .bind(account_id(&account))
            .bind(gallery)
            .fetch_one(&self.reader)
            .await
            .map_err(failed)
    }

    async fn subjects(&self, account: AccountId, gallery: &str) -> Result<Option<Vec<String>>, StoreError> {
        // An empty gallery gives one row of null, no gallery gives no row.
        let names: Vec<Option<String>> = sqlx::query_scalar(
            "SELECT DISTINCT m.subject
             FROM galleries g LEFT JOIN face_galleries m ON m.gallery_id = g.id
             WHERE g.account_id = $1 AND g.name = $2
             ORDER BY m.subject",
        )
        .bind(account_id(&account))
        .bind(gallery)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        Ok((!names.is_empty()).then(|| names.into_iter().flatten().collect()))
    }

    async fn faces_of_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
    ) -> Result<Option<Vec<FaceSummary>>, StoreError> {
        // A gallery without the subject gives one row of nulls, no gallery gives no row.
        let rows = sqlx::query(
            "SELECT f.id, f.enrolled_at
             FROM galleries g
             LEFT JOIN face_galleries m ON m.gallery_id = g.id AND m.subject = $1
             LEFT JOIN faces f ON f.id = m.face_id
             WHERE g.account_id = $2 AND g.name = $3
             ORDER BY f.enrolled_at, f.id",
        )
        .bind(subject)
        .bind(account_id(&account))
        .bind(gallery)
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut faces = Vec::with_capacity(rows.len());
        for row in &rows {
            let damaged = |_| Damaged("faces").row(&"unknown");
            let Some(enrolled_at) = row.try_get::<Option<i64>, _>("enrolled_at").map_err(damaged)? else {
                continue;
            };
            let id = Damaged("faces").face_id(row, "id")?;
            faces.push(FaceSummary { id, enrolled_at: Timestamp(enrolled_at) });
        }
        Ok(Some(faces))
    }

    async fn is_photo_enrolled(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        photo_digest: &[u8; 32],
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (
                 SELECT 1 FROM galleries g
                 JOIN face_galleries m ON m.gallery_id = g.id AND m.subject = $1
                 JOIN faces f ON f.id = m.face_id
                 WHERE g.account_id = $2 AND g.name = $3 AND f.photo_digest = $4)",
        )
        .bind(subject)
        .bind(account_id(&account))
        .bind(gallery)
        .bind(photo_digest.as_slice())
        .fetch_one(&self.reader)
        .await
        .map_err(failed)
    }

    async fn face(&self, account: AccountId, id: FaceId) -> Result<Option<EnrolledFace>, StoreError> {
        listing::face(&mut *self.reader.acquire().await.map_err(failed)?, account, id).await
    }

    async fn faces(&self, account: AccountId, ids: &[FaceId]) -> Result<Vec<EnrolledFace>, StoreError> {
        listing::faces(&self.reader, account, ids).await
    }

    async fn list_faces(
        &self,
        account: AccountId,
        query: &FaceQuery<'_>,
    ) -> Result<Vec<EnrolledFace>, StoreError> {
        listing::list(&self.reader, account, query).await
    }

    async fn subject_counts(
        &self,
        account: AccountId,
        gallery: Option<&str>,
    ) -> Result<Vec<SubjectCount>, StoreError> {
        listing::subject_counts(&self.reader, account, gallery).await
    }

    async fn update_face(
        &self,
        account: AccountId,
        id: FaceId,
        update: &FaceUpdate,
    ) -> Result<Option<EnrolledFace>, StoreError> {
        let mut transaction = self.begin().await?;
        let updated = listing::update(&mut transaction, account, id, update).await?;
        commit(transaction).await?;
        Ok(updated)
    }

    async fn remove_faces(
        &self,
        account: AccountId,
        which: FacesToRemove<'_>,
        now: Timestamp,
    ) -> Result<Removal, StoreError> {
        let mut transaction = self.begin().await?;
        let faces = listing::to_remove(&mut transaction, account, which).await?;
        let removal = removal::remove_entirely(&mut transaction, &faces, now).await?;
        commit(transaction).await?;
        Ok(removal)
    }

    async fn remove_gallery(
        &self,
        account: AccountId,
        gallery: &str,
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError> {
        let mut transaction = self.begin().await?;
        let removal = removal::remove(&mut transaction, account, gallery, removal::Which::All, now).await?;
        commit(transaction).await?;
        Ok(removal)
    }

    async fn remove_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        only: Option<FaceId>,
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError> {
        let mut transaction = self.begin().await?;
        let which = removal::Which::Subject { subject, only };
        let removal = removal::remove(&mut transaction, account, gallery, which, now).await?;
        commit(transaction).await?;
        Ok(removal)
    }

    async fn replace_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        faces: &[FaceRecord],
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError> {
        let mut transaction = self.begin().await?;
        let old = removal::subject_faces(&mut transaction, account, gallery, subject).await?;
        if old.is_empty() {
            return Ok(None);
        }
        // First in, then out: the gallery must not go with its last face meanwhile.
        add_all(&mut transaction, &[gallery], faces).await?;
        let removal = removal::take_from(&mut transaction, account, gallery, &old, now).await?;
        commit(transaction).await?;
        Ok(Some(removal))
    }

    async fn pending_blobs(&self, before: Timestamp) -> Result<Vec<String>, StoreError> {
        pending::list(&self.reader, before).await
    }

    async fn blobs_in_use(&self, keys: &[String]) -> Result<Vec<String>, StoreError> {
        pending::in_use(&self.reader, keys).await
    }

    async fn forget_blobs(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        pending::forget(&mut transaction, keys).await?;
        commit(transaction).await
    }

    async fn last_change(&self) -> Result<u64, StoreError> {
        self.number_changes().await?;
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(sequence), 0) FROM changes")
            .fetch_one(&self.reader)
            .await
            .map_err(failed)?;
        Ok(last as u64)
    }

    async fn await_change(&self, at_most: Duration) -> Result<(), StoreError> {
        self.wait_for_change(at_most).await;
        Ok(())
    }

    async fn changes_after(&self, sequence: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.number_changes().await?;
        let rows = sqlx::query(
            "SELECT sequence, face_id FROM changes WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        )
        .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let read = |row: &DbRow| {
            let sequence: i64 = row.try_get("sequence").map_err(failed)?;
            let number: i64 = row.try_get("face_id").map_err(failed)?;
            let face =
                (number != ALL_FACES).then(|| Damaged("changes").face_id(row, "face_id")).transpose()?;
            Ok(Change { sequence: sequence as u64, face })
        };
        rows.iter().map(read).collect()
    }

    async fn index_entries(&self, ids: &[FaceId]) -> Result<Vec<IndexEntry>, StoreError> {
        let rows = sqlx::query(concat!(index_entry!(), "WHERE f.id IN ", ids!("$1")))
            .bind(face_id_list(ids))
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_index_entry).collect()
    }

    async fn index_page(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<IndexEntry>, StoreError> {
        let rows = sqlx::query(concat!(index_entry!(), "WHERE f.id > $1 ORDER BY f.id LIMIT $2"))
            .bind(after.map_or(0, face_id))
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed)?;
        rows.iter().map(read_index_entry).collect()
    }

    async fn exemplar_page(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<IndexEntry>, StoreError> {
        let rows = sqlx::query(concat!(
            index_entry!(),
            "WHERE e.is_exemplar AND e.person_id IS NOT NULL AND e.face_id > $1 ORDER BY e.face_id LIMIT $2"
        ))
        .bind(after.map_or(0, face_id))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_index_entry).collect()
    }

    async fn face_count(&self) -> Result<u64, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM faces").fetch_one(&self.reader).await.map_err(failed)?;
        Ok(count as u64)
    }
}

/// Stores faces in galleries and takes their blobs off the pending list.
pub(crate) async fn add_all(
    connection: &mut Connection,
    galleries: &[&str],
    faces: &[FaceRecord],
) -> Result<(), StoreError> {
    embedder::admit(connection, faces).await?;
    for face in faces {
        add_face(connection, galleries, face).await?;
    }
    let keys: Vec<String> = faces.iter().filter_map(|face| face.photo_key.clone()).collect();
    pending::forget(connection, &keys).await
}

async fn add_face(
    connection: &mut Connection,
    galleries: &[&str],
    face: &FaceRecord,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO faces (id, account_id, subject, enrolled_at, x, y, width, height, quality, photo_digest,
            photo_key, photo_md5, photo_url, template)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(face_id(face.id))
    .bind(account_id(&face.account))
    .bind(&face.subject)
    .bind(face.enrolled_at.0)
    .bind(f64::from(face.bounds.x))
    .bind(f64::from(face.bounds.y))
    .bind(f64::from(face.bounds.width))
    .bind(f64::from(face.bounds.height))
    .bind(f64::from(face.quality))
    .bind(face.photo_digest.as_slice())
    .bind(&face.photo_key)
    .bind(face.photo_md5.as_ref().map(<[u8; 16]>::as_slice))
    .bind(&face.photo_url)
    .bind(face.template.to_bytes())
    .execute(&mut *connection)
    .await
    .map_err(insert_failed("face"))?;
    for gallery in galleries {
        enter_gallery(connection, face.account, face.id, gallery, &face.subject).await?;
    }
    note_change(connection, face.id).await
}

/// The key of the account's gallery of that name.
pub(crate) async fn gallery_id(
    connection: &mut Connection,
    account: AccountId,
    gallery: &str,
) -> Result<Option<i64>, StoreError> {
    sqlx::query_scalar("SELECT id FROM galleries WHERE account_id = $1 AND name = $2")
        .bind(account_id(&account))
        .bind(gallery)
        .fetch_optional(connection)
        .await
        .map_err(failed)
}

/// Puts a face into a gallery, which is created where it does not exist. False where the face lies in it.
pub(crate) async fn enter_gallery(
    connection: &mut Connection,
    account: AccountId,
    id: FaceId,
    gallery: &str,
    subject: &str,
) -> Result<bool, StoreError> {
    let gallery = match gallery_id(connection, account, gallery).await? {
        Some(id) => id,
        None => sqlx::query_scalar("INSERT INTO galleries (account_id, name) VALUES ($1, $2) ON CONFLICT (account_id, name) DO NOTHING RETURNING id")
            .bind(account_id(&account))
            .bind(gallery)
            .fetch_one(&mut *connection)
            .await
            .map_err(insert_failed("gallery"))?,
    };
    let joined = sqlx::query(
        "INSERT INTO face_galleries (gallery_id, subject, face_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(gallery)
    .bind(subject)
    .bind(face_id(id))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(joined.rows_affected() > 0)
}

/// Notes in the log that the face has changed.
pub(crate) async fn note_change(connection: &mut Connection, id: FaceId) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO changes (face_id) VALUES ($1)")
        .bind(face_id(id))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}
