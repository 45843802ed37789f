//! Events and persons.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use vultus_store::{
    EnrolledFace, EventBatch, FaceEvent, FaceRecord, FriendRule, HistoryFilter, HistoryStore, NewEvent,
    PersonChoice, PersonRecord, PersonScope, PersonSighting, StoreError,
};
use vultus_types::{AccountId, FaceId, PersonId, Timestamp};

use super::super::driver::{
    BYTES_OF_VALUE, Backend, Connection, DbRow, Driver, JOIN_IN_ORDER, commit, failed, ids, push_texts,
};
use super::rows::{Damaged, account_id, camera_id, face_id, person_id, read_enrolled_face, string_list};
use super::{faces, listing};

const EVENT: Damaged = Damaged("events");
const PERSON: Damaged = Damaged("persons");

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

#[async_trait]
impl HistoryStore for Backend {
    async fn add_events(
        &self,
        galleries: &[&str],
        faces: &[FaceRecord],
        batch: EventBatch<'_>,
    ) -> Result<Vec<(Option<PersonId>, FaceEvent)>, StoreError> {
        let mut transaction = self.begin().await?;
        let has_new = batch.events.iter().any(|event| event.person == PersonChoice::New);
        if let Some((scope, known)) = batch.decided
            && has_new
            && is_stale(&mut transaction, scope, known).await?
        {
            return Err(StoreError::Stale);
        }
        faces::add_all(&mut transaction, galleries, faces).await?;
        let mut added: Vec<(Option<PersonId>, FaceEvent)> = Vec::with_capacity(faces.len());
        for (face, event) in faces.iter().zip(batch.events) {
            let person = match event.person {
                PersonChoice::Nobody => None,
                PersonChoice::New => Some(create_person(&mut transaction, face).await?),
                PersonChoice::Known(person) => {
                    require_person(&mut transaction, face.account, person).await?;
                    Some(person)
                }
                PersonChoice::SameAs(earlier) => {
                    let place = faces.iter().zip(&added).find(|(face, _)| face.id == earlier);
                    place.and_then(|(_, (person, _))| *person)
                }
            };
            let is_friend = add_event(&mut transaction, face.account, event, person, batch.friend).await?;
            let NewEvent { camera, occurred_at, .. } = *event;
            added.push((person, FaceEvent { camera, occurred_at, is_friend }));
        }
        commit(transaction).await?;
        Ok(added)
    }

    async fn set_person(
        &self,
        account: AccountId,
        face: FaceId,
        person: PersonId,
        friend: FriendRule,
        most_exemplars: u32,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("SELECT person_id FROM faces WHERE id = $1 AND account_id = $2")
            .bind(face_id(face))
            .bind(account_id(&account))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let row = row.ok_or(StoreError::NotFound("face"))?;
        require_person(&mut transaction, account, person).await?;
        if Damaged("faces").person_id(&row, "person_id")? == Some(person) {
            return Ok(());
        }
        move_face(&mut transaction, face, person).await?;
        mark_friend(&mut transaction, face, friend).await?;
        limit_exemplars(&mut transaction, account, face, person, most_exemplars).await?;
        commit(transaction).await
    }

    async fn persons(
        &self,
        account: AccountId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<PersonRecord>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM persons WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(account_id(&account))
                .bind(after.map_or(0, person_id))
                .bind(i64::from(limit))
                .fetch_all(&self.reader)
                .await
                .map_err(failed)?;
        rows.iter().map(read_person).collect()
    }

    async fn person(&self, account: AccountId, id: PersonId) -> Result<Option<PersonRecord>, StoreError> {
        let row = sqlx::query("SELECT * FROM persons WHERE account_id = $1 AND id = $2")
            .bind(account_id(&account))
            .bind(person_id(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        row.as_ref().map(read_person).transpose()
    }

    async fn sightings(
        &self,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<Vec<PersonSighting>, StoreError> {
        let numbers: Vec<String> = persons.iter().map(ToString::to_string).collect();
        let rows = sqlx::query(concat!(
            "SELECT person_id, camera_id, count(*) AS events, min(occurred_at) AS first_at,
                    max(occurred_at) AS last_at, max(face_id) AS latest
             FROM events
             WHERE account_id = $1 AND person_id IN ",
            ids!("$2"),
            "
             GROUP BY person_id, camera_id ORDER BY person_id, camera_id"
        ))
        .bind(account_id(&account))
        .bind(format!("[{}]", numbers.join(",")))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_sighting).collect()
    }

    async fn history(
        &self,
        account: AccountId,
        filter: &HistoryFilter,
        max_id: Option<FaceId>,
        limit: u32,
    ) -> Result<Vec<EnrolledFace>, StoreError> {
        let mut query = history_query(&account, filter, max_id, limit);
        let rows = query.build().fetch_all(&self.reader).await.map_err(failed)?;
        rows.iter().map(read_enrolled_face).collect()
    }
}

/// The query behind [`HistoryStore::history`], with only the conditions that the filter sets, so that an index
/// can serve them.
fn history_query<'a>(
    account: &'a AccountId,
    filter: &'a HistoryFilter,
    max_id: Option<FaceId>,
    limit: u32,
) -> QueryBuilder<Driver> {
    let mut query = QueryBuilder::new(listing::ENROLLED);
    query
        .push(" FROM events e ")
        .push(JOIN_IN_ORDER)
        .push(" faces f ON f.id = e.face_id WHERE e.account_id = ");
    query.push_bind(account_id(account).to_vec());
    if let Some(person) = filter.person {
        query.push(" AND e.person_id = ").push_bind(person_id(person));
    }
    if let Some(cameras) = &filter.cameras {
        let cameras: Vec<String> = cameras.iter().map(|camera| camera.0.simple().to_string()).collect();
        query.push(" AND e.camera_id IN (SELECT ").push(BYTES_OF_VALUE).push(" FROM ");
        push_texts(&mut query, string_list(&cameras));
        query.push(")");
    }
    if let Some(Timestamp(start)) = filter.start {
        query.push(" AND e.occurred_at >= ").push_bind(start);
    }
    if let Some(Timestamp(end)) = filter.end {
        query.push(" AND e.occurred_at <= ").push_bind(end);
    }
    if let Some(is_friend) = filter.is_friend {
        query.push(" AND e.is_friend = ").push_bind(is_friend);
    }
    if let Some(max_id) = max_id {
        query.push(" AND e.face_id <= ").push_bind(face_id(max_id));
    }
    query.push(" ORDER BY e.face_id DESC LIMIT ").push_bind(i64::from(limit));
    query
}

/// Whether the scope has got an exemplar after that change.
async fn is_stale(connection: &mut Connection, scope: PersonScope, known: u64) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT 1 FROM changes c JOIN events e ON e.face_id = c.face_id
             WHERE (c.sequence > $1 OR c.sequence IS NULL) AND e.is_exemplar AND e.account_id = $2
               AND ($3 IS NULL OR e.camera_id = $3))",
    )
    .bind(i64::try_from(known).unwrap_or(i64::MAX))
    .bind(account_id(&scope.account))
    .bind(scope.camera.as_ref().map(camera_id))
    .fetch_one(connection)
    .await
    .map_err(failed)
}

/// A person with the account's next number, called like the face's subject.
async fn create_person(connection: &mut Connection, face: &FaceRecord) -> Result<PersonId, StoreError> {
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO person_numbers (account_id, last) VALUES ($1, 1)
         ON CONFLICT (account_id) DO UPDATE SET last = person_numbers.last + 1 RETURNING last",
    )
    .bind(account_id(&face.account))
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let id = u64::try_from(number).ok().and_then(PersonId::new);
    let id = id.ok_or_else(|| Damaged("person_numbers").row(&face.account))?;
    sqlx::query("INSERT INTO persons (account_id, id, meta, created_at) VALUES ($1, $2, $3, $4)")
        .bind(account_id(&face.account))
        .bind(number)
        .bind(&face.subject)
        .bind(face.enrolled_at.0)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(id)
}

async fn require_person(
    connection: &mut Connection,
    account: AccountId,
    person: PersonId,
) -> Result<(), StoreError> {
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM persons WHERE account_id = $1 AND id = $2)")
            .bind(account_id(&account))
            .bind(person_id(person))
            .fetch_one(connection)
            .await
            .map_err(failed)?;
    if exists { Ok(()) } else { Err(StoreError::NotFound("person")) }
}

/// Stores the event of a face and tells whether its person is a friend.
async fn add_event(
    connection: &mut Connection,
    account: AccountId,
    event: &NewEvent,
    person: Option<PersonId>,
    friend: FriendRule,
) -> Result<bool, StoreError> {
    sqlx::query("UPDATE faces SET person_id = $1 WHERE id = $2")
        .bind(person.map(person_id))
        .bind(face_id(event.face))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    sqlx::query(
        "INSERT INTO events (face_id, account_id, camera_id, person_id, occurred_at, is_friend, is_exemplar)
         VALUES ($1, $2, $3, $4, $5, FALSE, $6)",
    )
    .bind(face_id(event.face))
    .bind(account_id(&account))
    .bind(camera_id(&event.camera))
    .bind(person.map(person_id))
    .bind(event.occurred_at.0)
    .bind(event.is_exemplar && person.is_some())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    if let Some(replaced) = event.replaces {
        retire(connection, &[face_id(replaced)]).await?;
    }
    mark_friend(connection, event.face, friend).await
}

/// Finds out whether the person of a face's event is a friend, notes it and tells it; false where there is no
/// event or no person.
async fn mark_friend(
    connection: &mut Connection,
    face: FaceId,
    rule: FriendRule,
) -> Result<bool, StoreError> {
    let marked: Option<bool> = sqlx::query_scalar(
        "UPDATE events SET is_friend = (
             SELECT count(DISTINCT o.occurred_at / $1) >= $2 FROM events o
             WHERE o.account_id = events.account_id AND o.person_id = events.person_id
               AND o.camera_id = events.camera_id
               AND o.occurred_at > events.occurred_at - $1 * $3 AND o.occurred_at <= events.occurred_at)
         WHERE face_id = $4 RETURNING is_friend",
    )
    .bind(DAY)
    .bind(i64::from(rule.days))
    .bind(i64::from(rule.within_days))
    .bind(face_id(face))
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    Ok(marked.unwrap_or(false))
}

/// Gives a face and its event, which becomes an exemplar, to a person, and notes the change.
async fn move_face(connection: &mut Connection, face: FaceId, person: PersonId) -> Result<(), StoreError> {
    for statement in [
        "UPDATE events SET person_id = $1 WHERE face_id = $2",
        "UPDATE events SET is_exemplar = TRUE WHERE face_id = $2 AND person_id = $1",
        "UPDATE faces SET person_id = $1 WHERE id = $2",
        "INSERT INTO changes (face_id) SELECT id FROM faces WHERE id = $2 AND person_id = $1",
    ] {
        sqlx::query(statement)
            .bind(person_id(person))
            .bind(face_id(face))
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Retires the oldest exemplars of the person on the camera that saw `face`, apart from `face`, which are more
/// than allowed.
async fn limit_exemplars(
    connection: &mut Connection,
    account: AccountId,
    face: FaceId,
    person: PersonId,
    most: u32,
) -> Result<(), StoreError> {
    let surplus: Vec<i64> = sqlx::query_scalar(
        "SELECT face_id FROM events
         WHERE account_id = $1 AND person_id = $2 AND is_exemplar AND face_id <> $3
           AND camera_id = (SELECT camera_id FROM events WHERE face_id = $3)
         ORDER BY face_id DESC LIMIT 1000000 OFFSET $4",
    )
    .bind(account_id(&account))
    .bind(person_id(person))
    .bind(face_id(face))
    .bind(i64::from(most.saturating_sub(1)))
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    retire(connection, &surplus).await
}

/// Makes exemplars plain events and notes the change.
async fn retire(connection: &mut Connection, faces: &[i64]) -> Result<(), StoreError> {
    for face in faces {
        for statement in [
            "INSERT INTO changes (face_id) SELECT face_id FROM events WHERE face_id = $1 AND is_exemplar",
            "UPDATE events SET is_exemplar = FALSE WHERE face_id = $1",
        ] {
            sqlx::query(statement).bind(face).execute(&mut *connection).await.map_err(failed)?;
        }
    }
    Ok(())
}

fn read_sighting(row: &DbRow) -> Result<PersonSighting, StoreError> {
    let latest = EVENT.face_id(row, "latest")?;
    let damaged = |_| EVENT.row(&latest);
    Ok(PersonSighting {
        person: EVENT.person_id(row, "person_id")?.ok_or_else(|| EVENT.row(&latest))?,
        camera: EVENT.camera_id(row, "camera_id")?.ok_or_else(|| EVENT.row(&latest))?,
        events: row.try_get::<i64, _>("events").map_err(damaged)? as u64,
        first_at: Timestamp(row.try_get("first_at").map_err(damaged)?),
        last_at: Timestamp(row.try_get("last_at").map_err(damaged)?),
        latest,
    })
}

fn read_person(row: &DbRow) -> Result<PersonRecord, StoreError> {
    let id = PERSON.person_id(row, "id")?.ok_or_else(|| PERSON.row(&"unknown"))?;
    Ok(PersonRecord {
        meta: row.try_get("meta").map_err(|_| PERSON.row(&id))?,
        created_at: Timestamp(row.try_get("created_at").map_err(|_| PERSON.row(&id))?),
        id,
    })
}
