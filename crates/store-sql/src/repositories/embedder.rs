//! Whose templates the store holds, and their replacement.

use async_trait::async_trait;
use sqlx::Row;
use vultus_store::{
    EmbedderBinding, EmbedderStore, FaceRecord, MissPolicy, ReembedEnd, ReembedState, Removal, StagedOutcome,
    StagedTemplate, StoreError, TemplateMiss,
};
use vultus_types::{FaceId, ModelDigest, Template, Timestamp};

use super::super::driver::{Backend, Connection, DbRow, commit, failed};
use super::removal;
use super::rows::{Damaged, face_id, read_face};

const EMBEDDER: Damaged = Damaged("embedder");
const STAGED: Damaged = Damaged("staged_templates");

/// Stands for all faces in the change log.
pub(crate) const ALL_FACES: i64 = 0;

#[async_trait]
impl EmbedderStore for Backend {
    async fn embedder(&self) -> Result<Option<EmbedderBinding>, StoreError> {
        current(&mut *self.reader.acquire().await.map_err(failed)?).await
    }

    async fn bind_embedder(&self, wanted: &EmbedderBinding) -> Result<EmbedderBinding, StoreError> {
        let mut transaction = self.begin().await?;
        let noted = read_noted(&mut transaction).await?;
        let bound = match current(&mut transaction).await? {
            Some(bound) if bound.models != wanted.models && has_faces(&mut transaction).await? => bound,
            _ => wanted.clone(),
        };
        if noted.as_ref() != Some(&bound) {
            note(&mut transaction, &bound).await?;
        }
        commit(transaction).await?;
        Ok(bound)
    }

    async fn begin_reembedding(&self, target: &EmbedderBinding) -> Result<ReembedState, StoreError> {
        let mut transaction = self.begin().await?;
        let forget = if is_under_way(&mut transaction, &target.models).await? {
            "DELETE FROM staged_templates WHERE miss IS NOT NULL"
        } else {
            "DELETE FROM staged_templates"
        };
        sqlx::query(forget).execute(&mut *transaction).await.map_err(failed)?;
        sqlx::query(
            "INSERT INTO reembedding (id, models, pack) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET models = excluded.models, pack = excluded.pack",
        )
        .bind(concatenated(&target.models))
        .bind(&target.pack)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        let faces = count(&mut transaction, "SELECT count(*) FROM faces").await?;
        let staged = count(&mut transaction, "SELECT count(*) FROM staged_templates").await?;
        commit(transaction).await?;
        Ok(ReembedState { faces, staged })
    }

    async fn faces_to_reembed(
        &self,
        after: Option<FaceId>,
        limit: u32,
    ) -> Result<Vec<FaceRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT f.* FROM faces f
             WHERE f.id > $1 AND NOT EXISTS (SELECT 1 FROM staged_templates s WHERE s.face_id = f.id)
             ORDER BY f.id LIMIT $2",
        )
        .bind(after.map_or(0, face_id))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        rows.iter().map(read_face).collect()
    }

    async fn stage_templates(
        &self,
        target: &[ModelDigest],
        staged: &[StagedTemplate],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        require_under_way(&mut transaction, target).await?;
        for result in staged {
            stage(&mut transaction, target, result).await?;
        }
        commit(transaction).await
    }

    async fn template_misses(&self) -> Result<Vec<(FaceId, TemplateMiss)>, StoreError> {
        let rows =
            sqlx::query("SELECT face_id, miss FROM staged_templates WHERE miss IS NOT NULL ORDER BY face_id")
                .fetch_all(&self.reader)
                .await
                .map_err(failed)?;
        rows.iter().map(read_miss).collect()
    }

    async fn finish_reembedding(
        &self,
        target: &[ModelDigest],
        misses: MissPolicy,
        now: Timestamp,
    ) -> Result<ReembedEnd, StoreError> {
        let mut transaction = self.begin().await?;
        require_under_way(&mut transaction, target).await?;
        let unstaged = "SELECT count(*) FROM faces f
                        WHERE NOT EXISTS (SELECT 1 FROM staged_templates s WHERE s.face_id = f.id)";
        let faces = count(&mut transaction, unstaged).await?;
        if faces > 0 {
            return Ok(ReembedEnd::Unfinished { faces });
        }
        let missing = "SELECT count(*) FROM staged_templates WHERE miss IS NOT NULL";
        let faces = count(&mut transaction, missing).await?;
        if faces > 0 && misses == MissPolicy::Refuse {
            return Ok(ReembedEnd::Missing { faces });
        }
        let removal = match misses {
            MissPolicy::Drop => drop_missing(&mut transaction, now).await?,
            MissPolicy::Keep | MissPolicy::Refuse => Removal::default(),
        };
        let replaced = swap(&mut transaction).await?;
        commit(transaction).await?;
        Ok(ReembedEnd::Finished { replaced, removal })
    }
}

/// Refuses faces whose templates were made by other models than those the store is bound to; binds a store
/// that is bound to none.
pub(crate) async fn admit(connection: &mut Connection, faces: &[FaceRecord]) -> Result<(), StoreError> {
    let Some(first) = faces.first() else { return Ok(()) };
    let bound = if let Some(bound) = read_noted(connection).await? {
        bound
    } else {
        let found = current(connection).await?;
        let bound = found.unwrap_or_else(|| unnamed(&first.template));
        note(connection, &bound).await?;
        bound
    };
    let fits = faces.iter().all(|face| bound.made(&face.template));
    if fits { Ok(()) } else { Err(StoreError::OtherEmbedder) }
}

/// What is noted, or else what the stored templates tell.
async fn current(connection: &mut Connection) -> Result<Option<EmbedderBinding>, StoreError> {
    if let Some(noted) = read_noted(connection).await? {
        return Ok(Some(noted));
    }
    // Version, number of parts and the first part's digest lead a template: stores from before the binding
    // was noted have templates of one part.
    let template: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT template FROM faces WHERE substr(template, 1, 34) = (
             SELECT substr(template, 1, 34) FROM faces GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
         LIMIT 1",
    )
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    let Some(bytes) = template else { return Ok(None) };
    let template = Template::from_bytes(&bytes).map_err(|_| Damaged("faces").row(&"unknown"))?;
    Ok(Some(unnamed(&template)))
}

fn unnamed(template: &Template) -> EmbedderBinding {
    EmbedderBinding { models: template.parts().iter().map(|part| part.model).collect(), pack: None }
}

async fn read_noted(connection: &mut Connection) -> Result<Option<EmbedderBinding>, StoreError> {
    let row =
        sqlx::query("SELECT models, pack FROM embedder").fetch_optional(connection).await.map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |_| EMBEDDER.row(&1);
    let bytes: Vec<u8> = row.try_get("models").map_err(damaged)?;
    let (digests, rest) = bytes.as_chunks::<32>();
    if digests.is_empty() || !rest.is_empty() {
        return Err(EMBEDDER.row(&1));
    }
    let models = digests.iter().copied().map(ModelDigest).collect();
    Ok(Some(EmbedderBinding { models, pack: row.try_get("pack").map_err(damaged)? }))
}

async fn note(connection: &mut Connection, binding: &EmbedderBinding) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO embedder (id, models, pack) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET models = excluded.models, pack = excluded.pack",
    )
    .bind(concatenated(&binding.models))
    .bind(&binding.pack)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The stored form of a list of digests.
fn concatenated(models: &[ModelDigest]) -> Vec<u8> {
    models.iter().flat_map(|model| model.0).collect()
}

async fn has_faces(connection: &mut Connection) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM faces)").fetch_one(connection).await.map_err(failed)
}

async fn count(connection: &mut Connection, query: &'static str) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(query).fetch_one(connection).await.map_err(failed)?;
    Ok(count as u64)
}

async fn is_under_way(connection: &mut Connection, target: &[ModelDigest]) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM reembedding WHERE models = $1)")
        .bind(concatenated(target))
        .fetch_one(connection)
        .await
        .map_err(failed)
}

async fn require_under_way(connection: &mut Connection, target: &[ModelDigest]) -> Result<(), StoreError> {
    let found = is_under_way(connection, target).await?;
    if found { Ok(()) } else { Err(StoreError::Conflict("a replacement by another run")) }
}

async fn stage(
    connection: &mut Connection,
    target: &[ModelDigest],
    result: &StagedTemplate,
) -> Result<(), StoreError> {
    let (template, miss) = match &result.outcome {
        StagedOutcome::Template(template) => {
            if !template.parts().iter().map(|part| part.model).eq(target.iter().copied()) {
                return Err(StoreError::OtherEmbedder);
            }
            (Some(template.to_bytes()), None)
        }
        StagedOutcome::Unchanged => (None, None),
        StagedOutcome::Missing(miss) => (None, Some(miss_name(*miss))),
    };
    sqlx::query(
        "INSERT INTO staged_templates (face_id, template, miss)
         SELECT id, $1, $2 FROM faces WHERE id = $3
         ON CONFLICT (face_id) DO UPDATE SET template = excluded.template, miss = excluded.miss",
    )
    .bind(template)
    .bind(miss)
    .bind(face_id(result.face))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn drop_missing(connection: &mut Connection, now: Timestamp) -> Result<Removal, StoreError> {
    let rows = sqlx::query("SELECT face_id, miss FROM staged_templates WHERE miss IS NOT NULL")
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let faces: Vec<FaceId> =
        rows.iter().map(|row| STAGED.face_id(row, "face_id")).collect::<Result<_, _>>()?;
    removal::remove_entirely(connection, &faces, now).await
}

/// Puts the staged templates into place and clears the stage; tells how many templates changed.
async fn swap(connection: &mut Connection) -> Result<u64, StoreError> {
    let replaced = sqlx::query(
        "UPDATE faces SET template = s.template FROM staged_templates s
         WHERE s.face_id = faces.id AND s.template IS NOT NULL AND s.template <> faces.template",
    )
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    for statement in [
        "INSERT INTO embedder (id, models, pack) SELECT id, models, pack FROM reembedding WHERE true
         ON CONFLICT (id) DO UPDATE SET models = excluded.models, pack = excluded.pack",
        "DELETE FROM staged_templates",
        "DELETE FROM reembedding",
    ] {
        sqlx::query(statement).execute(&mut *connection).await.map_err(failed)?;
    }
    sqlx::query("INSERT INTO changes (face_id) VALUES ($1)")
        .bind(ALL_FACES)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(replaced.rows_affected())
}

fn read_miss(row: &DbRow) -> Result<(FaceId, TemplateMiss), StoreError> {
    let face = STAGED.face_id(row, "face_id")?;
    let name: String = row.try_get("miss").map_err(|_| STAGED.row(&face))?;
    let known = [TemplateMiss::NoPhoto, TemplateMiss::Unreadable, TemplateMiss::NoFace];
    let miss = known.into_iter().find(|&miss| miss_name(miss) == name).ok_or_else(|| STAGED.row(&face))?;
    Ok((face, miss))
}

const fn miss_name(miss: TemplateMiss) -> &'static str {
    match miss {
        TemplateMiss::NoPhoto => "no_photo",
        TemplateMiss::Unreadable => "unreadable",
        TemplateMiss::NoFace => "no_face",
    }
}
