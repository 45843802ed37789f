//! From rows to records. A value of the wrong shape is a damaged row, never a panic.

use std::fmt::Display;

use super::super::driver::DbRow;
use sqlx::Row;
use uuid::Uuid;
use vultus_store::{EnrolledFace, FaceEvent, FaceRecord, IndexEntry, Sighting, StoreError};
use vultus_types::{AccountId, BoundingBox, CameraId, FaceId, PersonId, Template, Timestamp};

/// Makes the error of a row of this table that cannot be read.
#[derive(Clone, Copy)]
pub(crate) struct Damaged(pub(crate) &'static str);

const FACE: Damaged = Damaged("faces");
const EVENT: Damaged = Damaged("events");

impl Damaged {
    /// The error of the row with that key.
    pub(crate) fn row(self, key: &impl Display) -> StoreError {
        StoreError::Inconsistent { table: self.0, id: key.to_string() }
    }

    /// An account id column.
    pub(crate) fn account_id(self, row: &DbRow, column: &str) -> Result<AccountId, StoreError> {
        let bytes: Vec<u8> = row.try_get(column).map_err(|_| self.row(&"unknown"))?;
        Uuid::from_slice(&bytes).map(AccountId).map_err(|_| self.row(&"unknown"))
    }

    /// A camera id column, which may be empty.
    pub(crate) fn camera_id(self, row: &DbRow, column: &str) -> Result<Option<CameraId>, StoreError> {
        let bytes: Option<Vec<u8>> = row.try_get(column).map_err(|_| self.row(&"unknown"))?;
        let read = |bytes: Vec<u8>| Uuid::from_slice(&bytes).map(CameraId).map_err(|_| self.row(&"unknown"));
        bytes.map(read).transpose()
    }

    /// A person id column, which may be empty.
    pub(crate) fn person_id(self, row: &DbRow, column: &str) -> Result<Option<PersonId>, StoreError> {
        let number: Option<i64> = row.try_get(column).map_err(|_| self.row(&"unknown"))?;
        let read =
            |number: i64| u64::try_from(number).ok().and_then(PersonId::new).ok_or_else(|| self.row(&number));
        number.map(read).transpose()
    }

    /// A face id column.
    pub(crate) fn face_id(self, row: &DbRow, column: &str) -> Result<FaceId, StoreError> {
        let number: i64 = row.try_get(column).map_err(|_| self.row(&"unknown"))?;
        u64::try_from(number).ok().and_then(FaceId::new).ok_or_else(|| self.row(&number))
    }
}

/// A column of whole numbers.
pub(crate) fn number<T: TryFrom<i64>>(row: &DbRow, column: &str) -> Result<T, sqlx::Error> {
    fit(row.try_get(column)?)
}

/// A column of whole numbers that may be empty.
pub(crate) fn optional_number<T: TryFrom<i64>>(row: &DbRow, column: &str) -> Result<Option<T>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?.map(fit).transpose()
}

fn fit<T: TryFrom<i64>>(number: i64) -> Result<T, sqlx::Error> {
    T::try_from(number).map_err(|_| sqlx::Error::Decode("a number out of its range".into()))
}

/// Fails where a change that is meant for one row has met none.
pub(crate) fn require_row(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::NotFound(what)) } else { Ok(()) }
}

/// The stored form of an account id: its 16 bytes.
pub(crate) fn account_id(id: &AccountId) -> &[u8] {
    id.0.as_bytes()
}

/// The stored form of a face id.
pub(crate) const fn face_id(id: FaceId) -> i64 {
    id.get() as i64
}

/// The stored form of a camera id: its 16 bytes.
pub(crate) fn camera_id(id: &CameraId) -> &[u8] {
    id.0.as_bytes()
}

/// The stored form of a person id.
pub(crate) const fn person_id(id: PersonId) -> i64 {
    id.get() as i64
}

/// Face ids as a JSON list, the one way to bind a list.
pub(crate) fn face_id_list(ids: &[FaceId]) -> String {
    let numbers: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}

/// Strings as a JSON list.
pub(crate) fn string_list(strings: &[String]) -> String {
    serde_json::Value::from(strings).to_string()
}

/// A face, from a row with all columns of the table.
pub(crate) fn read_face(row: &DbRow) -> Result<FaceRecord, StoreError> {
    let id = FACE.face_id(row, "id")?;
    let number = |column: &str| -> Result<f32, StoreError> {
        row.try_get::<f64, _>(column).map(|value| value as f32).map_err(|_| FACE.row(&id))
    };
    let digest: Vec<u8> = row.try_get("photo_digest").map_err(|_| FACE.row(&id))?;
    let md5: Option<Vec<u8>> = row.try_get("photo_md5").map_err(|_| FACE.row(&id))?;
    Ok(FaceRecord {
        id,
        account: FACE.account_id(row, "account_id")?,
        subject: row.try_get("subject").map_err(|_| FACE.row(&id))?,
        enrolled_at: Timestamp(row.try_get("enrolled_at").map_err(|_| FACE.row(&id))?),
        bounds: BoundingBox::new(number("x")?, number("y")?, number("width")?, number("height")?),
        quality: number("quality")?,
        template: read_template(row, id)?,
        photo_digest: digest.try_into().map_err(|_| FACE.row(&id))?,
        photo_key: row.try_get("photo_key").map_err(|_| FACE.row(&id))?,
        photo_md5: md5.map(TryInto::try_into).transpose().map_err(|_| FACE.row(&id))?,
        photo_url: row.try_get("photo_url").map_err(|_| FACE.row(&id))?,
    })
}

/// A face with all that is known of it, from a row with all columns of the table, the list `galleries` and the
/// event's columns, which may be empty.
pub(crate) fn read_enrolled_face(row: &DbRow) -> Result<EnrolledFace, StoreError> {
    let face = read_face(row)?;
    let event = match EVENT.camera_id(row, "camera_id")? {
        Some(camera) => Some(FaceEvent {
            camera,
            occurred_at: Timestamp(row.try_get("occurred_at").map_err(|_| EVENT.row(&face.id))?),
            is_friend: row.try_get("is_friend").map_err(|_| EVENT.row(&face.id))?,
        }),
        None => None,
    };
    let galleries = read_galleries(row, face.id)?;
    Ok(EnrolledFace { galleries, person: FACE.person_id(row, "person_id")?, event, face })
}

/// An index entry, from a row with the needed columns of the table, the list `galleries`, and camera and person
/// of the event that the face is an exemplar of, which may be empty.
pub(crate) fn read_index_entry(row: &DbRow) -> Result<IndexEntry, StoreError> {
    let id = FACE.face_id(row, "id")?;
    Ok(IndexEntry {
        id,
        account: FACE.account_id(row, "account_id")?,
        subject: row.try_get("subject").map_err(|_| FACE.row(&id))?,
        enrolled_at: Timestamp(row.try_get("enrolled_at").map_err(|_| FACE.row(&id))?),
        galleries: read_galleries(row, id)?,
        template: read_template(row, id)?,
        exemplar: match (EVENT.camera_id(row, "camera_id")?, EVENT.person_id(row, "exemplar_of")?) {
            (Some(camera), Some(person)) => Some(Sighting { camera, person }),
            _ => None,
        },
    })
}

/// The column `galleries`, a JSON list of names; sorted.
fn read_galleries(row: &DbRow, id: FaceId) -> Result<Vec<String>, StoreError> {
    let list: String = row.try_get("galleries").map_err(|_| FACE.row(&id))?;
    let mut names: Vec<String> = serde_json::from_str(&list).map_err(|_| FACE.row(&id))?;
    names.sort_unstable();
    Ok(names)
}

fn read_template(row: &DbRow, id: FaceId) -> Result<Template, StoreError> {
    let bytes: Vec<u8> = row.try_get("template").map_err(|_| FACE.row(&id))?;
    Template::from_bytes(&bytes).map_err(|_| FACE.row(&id))
}
