//! Taking faces out of galleries.

use sqlx::Row;
use vultus_store::{Removal, StoreError};
use vultus_types::{AccountId, FaceId, Timestamp};

use super::super::driver::{Connection, failed, ids, texts};
use super::faces::gallery_id;
use super::pending;
use super::rows::{Damaged, account_id, face_id, face_id_list, string_list};

/// Which faces of a gallery.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    /// Every face.
    All,
    /// The faces of a subject, or one of them.
    Subject {
        /// The subject.
        subject: &'a str,
        /// The one face.
        only: Option<FaceId>,
    },
}

/// Takes faces out of a gallery and clears away what is left without use: faces in no gallery, blobs of no
/// face, a gallery of no faces, unless it lasts and only a subject was taken out of it. `None`, and nothing is
/// changed, where no such face is in such a gallery.
pub(crate) async fn remove(
    connection: &mut Connection,
    account: AccountId,
    gallery: &str,
    which: Which<'_>,
    now: Timestamp,
) -> Result<Option<Removal>, StoreError> {
    let Some(gallery) = gallery_id(connection, account, gallery).await? else { return Ok(None) };
    let taken = take_out(connection, gallery, which).await?;
    let is_whole = matches!(which, Which::All);
    if taken.is_empty() && !is_whole {
        return Ok(None);
    }
    let removal = clear_away(connection, &taken, now).await?;
    sqlx::query(
        "DELETE FROM galleries WHERE id = $1 AND ($2 OR NOT is_lasting)
         AND NOT EXISTS (SELECT 1 FROM face_galleries WHERE gallery_id = $1)",
    )
    .bind(gallery)
    .bind(is_whole)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    Ok(Some(removal))
}

/// The subject's faces in a gallery.
pub(crate) async fn subject_faces(
    connection: &mut Connection,
    account: AccountId,
    gallery: &str,
    subject: &str,
) -> Result<Vec<FaceId>, StoreError> {
    let rows = sqlx::query(
        "SELECT m.face_id FROM galleries g
         JOIN face_galleries m ON m.gallery_id = g.id AND m.subject = $1
         WHERE g.account_id = $2 AND g.name = $3",
    )
    .bind(subject)
    .bind(account_id(&account))
    .bind(gallery)
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| Damaged("face_galleries").face_id(row, "face_id")).collect()
}

/// Takes faces out of a gallery that keeps others, and clears away what is left without use.
pub(crate) async fn take_from(
    connection: &mut Connection,
    account: AccountId,
    gallery: &str,
    faces: &[FaceId],
    now: Timestamp,
) -> Result<Removal, StoreError> {
    sqlx::query(concat!(
        "DELETE FROM face_galleries
         WHERE gallery_id IN (SELECT id FROM galleries WHERE account_id = $1 AND name = $2)
           AND face_id IN ",
        ids!("$3")
    ))
    .bind(account_id(&account))
    .bind(gallery)
    .bind(face_id_list(faces))
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    clear_away(connection, faces, now).await
}

/// Removes faces from all their galleries and clears away what is left without use.
pub(crate) async fn remove_entirely(
    connection: &mut Connection,
    faces: &[FaceId],
    now: Timestamp,
) -> Result<Removal, StoreError> {
    sqlx::query(concat!("DELETE FROM face_galleries WHERE face_id IN ", ids!("$1")))
        .bind(face_id_list(faces))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let removal = clear_away(connection, faces, now).await?;
    sqlx::query(
        "DELETE FROM galleries
         WHERE NOT is_lasting AND NOT EXISTS (SELECT 1 FROM face_galleries m WHERE m.gallery_id = galleries.id)",
    )
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    Ok(removal)
}

/// Notes the change of faces that were taken out of galleries, and deletes those that are in none any more.
async fn clear_away(
    connection: &mut Connection,
    taken: &[FaceId],
    now: Timestamp,
) -> Result<Removal, StoreError> {
    note_changes(connection, taken).await?;
    let (faces, keys) = delete_unreachable(connection, taken).await?;
    let orphaned_blobs = orphaned(connection, &keys).await?;
    pending::note(connection, &orphaned_blobs, now).await?;
    Ok(Removal { faces, orphaned_blobs })
}

async fn take_out(
    connection: &mut Connection,
    gallery: i64,
    which: Which<'_>,
) -> Result<Vec<FaceId>, StoreError> {
    let query = match which {
        Which::All => {
            sqlx::query("DELETE FROM face_galleries WHERE gallery_id = $1 RETURNING face_id").bind(gallery)
        }
        Which::Subject { subject, only } => sqlx::query(
            "DELETE FROM face_galleries
             WHERE gallery_id = $1 AND subject = $2 AND ($3 IS NULL OR face_id = $3)
             RETURNING face_id",
        )
        .bind(gallery)
        .bind(subject)
        .bind(only.map(face_id)),
    };
    let rows = query.fetch_all(connection).await.map_err(failed)?;
    let mut faces: Vec<FaceId> =
        rows.iter().map(|row| Damaged("face_galleries").face_id(row, "face_id")).collect::<Result<_, _>>()?;
    faces.sort_unstable();
    Ok(faces)
}

/// Notes in the log that the faces have changed.
pub(crate) async fn note_changes(connection: &mut Connection, faces: &[FaceId]) -> Result<(), StoreError> {
    sqlx::query(concat!("INSERT INTO changes (face_id) SELECT value FROM ", ids!("$1"), " AS l"))
        .bind(face_id_list(faces))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Deletes those of the faces that are in no gallery; tells their ids, photos and thumbnails.
async fn delete_unreachable(
    connection: &mut Connection,
    faces: &[FaceId],
) -> Result<(Vec<FaceId>, Vec<String>), StoreError> {
    let rows = sqlx::query(concat!(
        "DELETE FROM faces
         WHERE id IN ",
        ids!("$1"),
        "
           AND NOT EXISTS (SELECT 1 FROM face_galleries m WHERE m.face_id = faces.id)
         RETURNING id, photo_key, thumbnail_key"
    ))
    .bind(face_id_list(faces))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let (mut ids, mut keys) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let id = Damaged("faces").face_id(row, "id")?;
        for column in ["photo_key", "thumbnail_key"] {
            let key: Option<String> = row.try_get(column).map_err(|_| Damaged("faces").row(&id))?;
            keys.extend(key);
        }
        ids.push(id);
    }
    ids.sort_unstable();
    keys.sort_unstable();
    keys.dedup();
    Ok((ids, keys))
}

async fn orphaned(connection: &mut Connection, keys: &[String]) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(concat!(
        "SELECT l.value FROM ",
        texts!("$1"),
        " AS l WHERE NOT EXISTS (SELECT 1 FROM faces f WHERE f.photo_key = l.value) ORDER BY l.value"
    ))
    .bind(string_list(keys))
    .fetch_all(connection)
    .await
    .map_err(failed)
}
