//! What a face looks like: age, gender, glasses, lips.

mod age_gender;
mod closer;
mod faceres;
mod glasses;
mod lips;

use std::sync::Arc;

use vultus_inference::{InferenceError, Model};
use vultus_media::RgbPhoto;
use vultus_types::{Demographics, GenderEstimate, Glasses, Landmarks, Lips, ModelDigest};

use crate::heads::{HeadError, LinearHead};

pub use glasses::{DEFAULT_GLASSES_HEAD, GLASSES_CLASSES};
pub use lips::{lip_gap, tell_lips};

/// How many numbers faceres says of a face.
pub const FACERES_FEATURES: usize = faceres::FEATURES;

/// The models that describe faces. Any may be missing; what cannot be told is then `None`.
#[derive(Clone, Default)]
pub struct AttributeModels {
    faceres: Option<Arc<dyn Model>>,
    age_gender: Option<Arc<dyn Model>>,
    mesh: Option<Arc<dyn Model>>,
    glasses: Option<LinearHead>,
}

/// Which attributes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedAttributes {
    /// Age and gender.
    pub demographics: bool,
    /// Glasses and lips.
    pub appearance: bool,
}

/// What is known of a face.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Age and gender; `None` where they were not wanted or no model tells them.
    pub demographics: Option<Demographics>,
    /// What is worn before the eyes.
    pub glasses: Option<Glasses>,
    /// Whether the lips touch.
    pub lips: Option<Lips>,
}

impl AttributeModels {
    /// Describes faces by faceres, by the age and gender model of face-api, or by both.
    pub fn new(faceres: Option<Arc<dyn Model>>, age_gender: Option<Arc<dyn Model>>) -> Self {
        Self { faceres, age_gender, mesh: None, glasses: None }
    }

    /// The same with the mesh model, which then looks at every described face a second time, more closely: what
    /// the lips do is told far better so, and the crops of the other models become more exact.
    #[must_use]
    pub fn with_mesh(self, mesh: Option<Arc<dyn Model>>) -> Self {
        Self { mesh, ..self }
    }

    /// The same with a head that tells glasses from the features of faceres.
    ///
    /// # Errors
    /// [`HeadError`] where the head was trained on another model's features, or tells something else.
    pub fn with_glasses(self, head: LinearHead) -> Result<Self, HeadError> {
        let faceres = self.faceres.as_ref().map_or(ModelDigest([0; 32]), |model| model.digest());
        head.require_feature_model(faceres)?;
        if head.dimension() != FACERES_FEATURES || head.classes() != GLASSES_CLASSES {
            return Err(HeadError::Format("the head does not tell glasses".to_owned()));
        }
        Ok(Self { glasses: Some(head), ..self })
    }

    /// The model whose features heads read, with its name in packs.
    pub fn feature_model(&self) -> Option<(ModelDigest, &'static str)> {
        self.faceres.as_ref().map(|model| (model.digest(), "faceres"))
    }

    /// Whether age and gender can be told.
    pub fn tells_demographics(&self) -> bool {
        self.faceres.is_some() || self.age_gender.is_some()
    }

    /// Whether glasses can be told.
    pub fn tells_glasses(&self) -> bool {
        self.glasses.is_some()
    }

    /// Describes the face of `photo` that `landmarks` mark. Runs no model that the wanted attributes do not
    /// need; landmarks that span no area give no attributes.
    ///
    /// # Errors
    /// [`InferenceError`] of the models.
    pub fn describe(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
        wanted: WantedAttributes,
    ) -> Result<Attributes, InferenceError> {
        if wanted == WantedAttributes::default() {
            return Ok(Attributes::default());
        }
        let closer = self.look_closer(photo, landmarks)?;
        let landmarks = closer.as_ref().unwrap_or(landmarks);
        let mut attributes = Attributes::default();
        if wanted.appearance {
            attributes.lips = tell_lips(landmarks);
            attributes.glasses = self.glasses(photo, landmarks)?;
        }
        if wanted.demographics {
            attributes.demographics = self.demographics(photo, landmarks)?;
        }
        Ok(attributes)
    }

    /// The features of faceres, of unit length, on which heads are trained, from the same closer look as in
    /// [`Self::describe`]; `None` without faceres, or where the landmarks span no area.
    ///
    /// # Errors
    /// [`InferenceError`] of the models.
    pub fn features(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let closer = self.look_closer(photo, landmarks)?;
        self.features_at(photo, closer.as_ref().unwrap_or(landmarks))
    }

    fn look_closer(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
    ) -> Result<Option<Landmarks>, InferenceError> {
        self.mesh.as_ref().map_or(Ok(None), |mesh| closer::look(photo, landmarks, mesh.as_ref()))
    }

    fn features_at(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let faceres = self.faceres.as_ref();
        faceres.map_or(Ok(None), |model| faceres::ask_features(model.as_ref(), photo, landmarks))
    }

    fn glasses(&self, photo: &RgbPhoto, landmarks: &Landmarks) -> Result<Option<Glasses>, InferenceError> {
        let Some(head) = &self.glasses else { return Ok(None) };
        match self.features_at(photo, landmarks)? {
            Some(features) => glasses::tell_glasses(head, &features, photo, landmarks),
            None => Ok(None),
        }
    }

    /// The mean of what the models say.
    fn demographics(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
    ) -> Result<Option<Demographics>, InferenceError> {
        let mut opinions = Vec::new();
        if let Some(model) = &self.faceres {
            opinions.extend(faceres::ask_demographics(model.as_ref(), photo, landmarks)?);
        }
        if let Some(model) = &self.age_gender {
            opinions.extend(age_gender::ask(model.as_ref(), photo, landmarks)?);
        }
        if opinions.is_empty() {
            return Ok(None);
        }
        let count = opinions.len() as f32;
        let (ages, females) =
            opinions.iter().fold((0.0, 0.0), |sum, (age, female)| (sum.0 + age, sum.1 + female));
        let gender = GenderEstimate { female: females / count };
        Ok(Some(Demographics { age: Some(ages / count), gender: Some(gender), ethnicity: None }))
    }
}

#[cfg(test)]
mod tests;
