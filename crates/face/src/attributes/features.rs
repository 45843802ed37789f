//! The features that heads read. What one model says of a face is kept, so that no model looks at it twice.

use std::sync::Arc;

use vultus_inference::{InferenceError, Model};
use vultus_media::RgbPhoto;
use vultus_types::{Landmarks, ModelDigest};

use super::faceres::{self, FaceresAnswer};
use crate::detect::DetectedPoints;
use crate::embed::Embedder;
use crate::heads::{FeatureSource, HeadError};
use crate::mesh::{Mesh, POINTS};

/// The names of the feature models in heads: those of the default pack.
const EMBEDDING: &str = "face-recognition";
const FACERES: &str = "faceres";

/// The models whose features heads read. Any may be missing.
#[derive(Clone, Default)]
pub struct FeatureModels {
    /// The 128-d dlib embedder.
    pub embedder: Option<Embedder>,
    /// The faceres model.
    pub faceres: Option<Arc<dyn Model>>,
}

/// What the feature models have said of one face so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaceFeatures {
    /// The embedding, of unit length.
    pub embedding: Option<Vec<f32>>,
    /// The answer of faceres.
    pub faceres: Option<FaceresAnswer>,
}

impl FeatureModels {
    /// The features there are, by name.
    pub fn sources(&self) -> Vec<FeatureSource> {
        let source = |name: &str, sha256: ModelDigest, dimension: usize| FeatureSource {
            name: name.to_owned(),
            sha256,
            dimension,
        };
        let embedding = self.embedder.as_ref();
        let embedding = embedding.map(|model| source(EMBEDDING, model.digest(), model.dimension()));
        let faceres = self.faceres.as_ref();
        let faceres = faceres.map(|model| source(FACERES, model.digest(), faceres::FEATURES));
        embedding.into_iter().chain(faceres).collect()
    }

    /// The sources of those names, in their order.
    ///
    /// # Errors
    /// [`HeadError::NoFeatureModel`] where one is missing.
    pub fn named(&self, names: &[&str]) -> Result<Vec<FeatureSource>, HeadError> {
        let known = self.sources();
        let find = |name: &&str| {
            let found = known.iter().find(|source| source.name == **name).cloned();
            found.ok_or_else(|| HeadError::NoFeatureModel((*name).to_owned()))
        };
        names.iter().map(find).collect()
    }

    /// Checks that a head which reads `sources` can read the features of these models.
    ///
    /// # Errors
    /// [`HeadError::NoFeatureModel`], [`HeadError::OtherFeatureModel`], [`HeadError::Features`].
    pub fn require(&self, sources: &[FeatureSource]) -> Result<(), HeadError> {
        for wanted in sources {
            let found = self.named(&[&wanted.name])?;
            let Some(found) = found.first() else { continue };
            if found.sha256 != wanted.sha256 {
                let (expected, actual) = (wanted.sha256, found.sha256);
                return Err(HeadError::OtherFeatureModel { expected, actual });
            }
            if found.dimension != wanted.dimension {
                let (expected, actual) = (wanted.dimension, found.dimension);
                return Err(HeadError::Features { expected, actual });
            }
        }
        Ok(())
    }

    /// The features of `sources`, one behind the other. Models that have not yet been asked about the face are
    /// asked now, and their answers kept in `known`. `None` where the landmarks span no area.
    ///
    /// # Errors
    /// [`InferenceError`] of the models.
    pub fn read(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
        sources: &[FeatureSource],
        known: &mut FaceFeatures,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let mut features = Vec::new();
        for source in sources {
            let part = match source.name.as_str() {
                EMBEDDING => self.embedding(photo, landmarks, known)?,
                FACERES => self.faceres(photo, landmarks, known)?.map(|answer| answer.features.as_slice()),
                _ => None,
            };
            let Some(part) = part else { return Ok(None) };
            features.extend_from_slice(part);
        }
        Ok(Some(features))
    }

    /// The embedding, of unit length; `None` without its model, or where the landmarks have no mesh or span no area.
    ///
    /// # Errors
    /// [`InferenceError`] of the model.
    pub fn embedding<'k>(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
        known: &'k mut FaceFeatures,
    ) -> Result<Option<&'k [f32]>, InferenceError> {
        if known.embedding.is_none()
            && let Some(embedder) = &self.embedder
            && landmarks.mesh.len() >= POINTS
        {
            let mesh = Mesh { points: landmarks.mesh.clone(), face_probability: 1.0 };
            known.embedding = embedder.embed_face(photo, &DetectedPoints::None, Some(&mesh))?;
        }
        Ok(known.embedding.as_deref())
    }

    /// The answer of faceres; `None` without it, or where the landmarks have no mesh or span no area.
    ///
    /// # Errors
    /// [`InferenceError`] of the model.
    pub fn faceres<'k>(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
        known: &'k mut FaceFeatures,
    ) -> Result<Option<&'k FaceresAnswer>, InferenceError> {
        if known.faceres.is_none()
            && let Some(model) = &self.faceres
        {
            known.faceres = faceres::ask(model.as_ref(), photo, landmarks)?;
        }
        Ok(known.faceres.as_ref())
    }
}
