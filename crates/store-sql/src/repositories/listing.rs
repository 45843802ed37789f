//! Lists of faces, and changes of one.

use std::collections::BTreeSet;

use sqlx::{QueryBuilder, Row};
use vultus_store::{EnrolledFace, FaceOrder, FaceQuery, FaceUpdate, FacesToRemove, StoreError, SubjectCount};
use vultus_types::{AccountId, FaceId};

use super::super::driver::{Connection, DbRow, Driver, Pool, failed, name_list, push_ids};
use super::faces::{enter_gallery, note_change};
use super::rows::{Damaged, account_id, face_id, face_id_list, read_enrolled_face};

/// All columns of a face `f`, the list of its galleries, and the columns of its event `e`.
pub(crate) const ENROLLED: &str = concat!(
    "SELECT f.*, (SELECT ",
    name_list!("g.name"),
    "
     FROM face_galleries m JOIN galleries g ON g.id = m.gallery_id WHERE m.face_id = f.id) AS galleries,
     e.camera_id, e.occurred_at, e.is_friend"
);

/// One face of the account.
pub(crate) async fn face(
    connection: &mut Connection,
    account: AccountId,
    id: FaceId,
) -> Result<Option<EnrolledFace>, StoreError> {
    let mut query = QueryBuilder::<Driver>::new(ENROLLED);
    query.push(" FROM faces f LEFT JOIN events e ON e.face_id = f.id WHERE f.id = ").push_bind(face_id(id));
    query.push(" AND f.account_id = ").push_bind(account_id(&account));
    let row = query.build().fetch_optional(connection).await.map_err(failed)?;
    row.as_ref().map(read_enrolled_face).transpose()
}

/// Those of the faces that are the account's.
pub(crate) async fn faces(
    reader: &Pool,
    account: AccountId,
    ids: &[FaceId],
) -> Result<Vec<EnrolledFace>, StoreError> {
    let mut query = QueryBuilder::<Driver>::new(ENROLLED);
    query.push(" FROM faces f LEFT JOIN events e ON e.face_id = f.id WHERE f.id IN ");
    push_ids(&mut query, face_id_list(ids));
    query.push(" AND f.account_id = ").push_bind(account_id(&account)).push(" ORDER BY f.id");
    let rows = query.build().fetch_all(reader).await.map_err(failed)?;
    rows.iter().map(read_enrolled_face).collect()
}

/// The faces that the query covers.
pub(crate) async fn list(
    reader: &Pool,
    account: AccountId,
    query: &FaceQuery<'_>,
) -> Result<Vec<EnrolledFace>, StoreError> {
    let mut statement = QueryBuilder::<Driver>::new(ENROLLED);
    // Each list walks along one index in the order of ids.
    let id = if let Some(gallery) = query.gallery {
        statement.push(" FROM face_galleries l JOIN faces f ON f.id = l.face_id");
        statement.push(" LEFT JOIN events e ON e.face_id = f.id WHERE l.gallery_id = ");
        push_gallery_id(&mut statement, &account, gallery);
        if let Some(subject) = query.subject {
            statement.push(" AND l.subject = ").push_bind(subject);
        }
        "l.face_id"
    } else {
        statement.push(" FROM faces f LEFT JOIN events e ON e.face_id = f.id WHERE f.account_id = ");
        statement.push_bind(account_id(&account));
        if let Some(subject) = query.subject {
            statement.push(" AND f.subject = ").push_bind(subject);
        }
        "f.id"
    };
    if let Some(least) = query.min_id {
        statement.push(format_args!(" AND {id} >= ")).push_bind(face_id(least));
    }
    if let Some(greatest) = query.max_id {
        statement.push(format_args!(" AND {id} <= ")).push_bind(face_id(greatest));
    }
    let direction = match query.order {
        FaceOrder::NewestFirst => "DESC",
        FaceOrder::OldestFirst => "ASC",
    };
    statement.push(format_args!(" ORDER BY {id} {direction} LIMIT ")).push_bind(i64::from(query.limit));
    let rows = statement.build().fetch_all(reader).await.map_err(failed)?;
    rows.iter().map(read_enrolled_face).collect()
}

/// The subjects of the account or of a gallery, with their faces counted.
pub(crate) async fn subject_counts(
    reader: &Pool,
    account: AccountId,
    gallery: Option<&str>,
) -> Result<Vec<SubjectCount>, StoreError> {
    let mut query = QueryBuilder::<Driver>::new(ENROLLED);
    query.push(", s.faces AS same_subject FROM ");
    if let Some(gallery) = gallery {
        query.push("(SELECT subject, count(*) AS faces, min(face_id) AS first FROM face_galleries");
        query.push(" WHERE gallery_id = ");
        push_gallery_id(&mut query, &account, gallery);
    } else {
        query.push("(SELECT subject, count(*) AS faces, min(id) AS first FROM faces WHERE account_id = ");
        query.push_bind(account_id(&account));
    }
    query.push(" GROUP BY subject) s JOIN faces f ON f.id = s.first LEFT JOIN events e ON e.face_id = f.id");
    query.push(" ORDER BY s.subject");
    let rows = query.build().fetch_all(reader).await.map_err(failed)?;
    let read_count = |row: &DbRow| {
        let first = read_enrolled_face(row)?;
        let faces: i64 = row.try_get("same_subject").map_err(failed)?;
        Ok(SubjectCount { faces: faces as u64, first })
    };
    rows.iter().map(read_count).collect()
}

fn push_gallery_id(query: &mut QueryBuilder<Driver>, account: &AccountId, gallery: &str) {
    query.push("(SELECT id FROM galleries WHERE account_id = ").push_bind(account_id(account));
    query.push(" AND name = ").push_bind(gallery).push(")");
}

/// Changes a face, inside the caller's transaction.
pub(crate) async fn update(
    connection: &mut Connection,
    account: AccountId,
    id: FaceId,
    update: &FaceUpdate,
) -> Result<Option<EnrolledFace>, StoreError> {
    let Some(EnrolledFace { face: before, galleries, .. }) = face(connection, account, id).await? else {
        return Ok(None);
    };
    let subject = update.subject.as_ref().unwrap_or(&before.subject);
    let old: BTreeSet<String> = galleries.iter().cloned().collect();
    let new = update.galleries.as_ref().map_or_else(|| old.clone(), |edit| edit.apply(&galleries));
    if *subject != before.subject || old != new {
        sqlx::query("UPDATE faces SET subject = $1 WHERE id = $2")
            .bind(subject)
            .bind(face_id(id))
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        sqlx::query("DELETE FROM face_galleries WHERE face_id = $1")
            .bind(face_id(id))
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        for gallery in &new {
            enter_gallery(connection, account, id, gallery, subject).await?;
        }
        for gallery in old.difference(&new) {
            drop_if_empty(connection, account, gallery).await?;
        }
        note_change(connection, id).await?;
    }
    face(connection, account, id).await
}

/// Removes a gallery without faces, unless it lasts.
pub(crate) async fn drop_if_empty(
    connection: &mut Connection,
    account: AccountId,
    gallery: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM galleries WHERE account_id = $1 AND name = $2 AND NOT is_lasting
         AND NOT EXISTS (SELECT 1 FROM face_galleries m WHERE m.gallery_id = galleries.id)",
    )
    .bind(account_id(&account))
    .bind(gallery)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The ids of the faces to be removed that exist, rising.
pub(crate) async fn to_remove(
    connection: &mut Connection,
    account: AccountId,
    which: FacesToRemove<'_>,
) -> Result<Vec<FaceId>, StoreError> {
    let query = match which {
        FacesToRemove::One(id) => sqlx::query("SELECT id FROM faces WHERE account_id = $1 AND id = $2")
            .bind(account_id(&account).to_vec())
            .bind(face_id(id)),
        FacesToRemove::Subject(subject) => {
            sqlx::query("SELECT id FROM faces WHERE account_id = $1 AND subject = $2 ORDER BY id")
                .bind(account_id(&account).to_vec())
                .bind(subject)
        }
    };
    let rows = query.fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(|row| Damaged("faces").face_id(row, "id")).collect()
}
