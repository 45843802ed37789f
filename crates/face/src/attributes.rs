//! What a face looks like: age, gender, ethnicity, expression, eyes, glasses, lips.

mod age_gender;
mod closer;
mod expression;
mod eyes;
mod faceres;
mod features;
mod glasses;
mod heads;
mod lips;

use std::sync::Arc;

use vultus_inference::{InferenceError, Model};
use vultus_media::RgbPhoto;
use vultus_types::{
    Demographics, EthnicityEstimate, Expression, Eyes, GenderEstimate, Glasses, Landmarks, Lips, Wanted,
};

use crate::heads::{HeadError, HeadFile, LinearHead};

pub use expression::ExpressionModels;
pub use faceres::FaceresAnswer;
pub use features::{FaceFeatures, FeatureModels};
pub use glasses::GLASSES_WORN_FROM;
pub use heads::{DEFAULT_HEADS, ETHNICITY_CLASSES, GENDER_CLASSES, GLASSES_CLASSES, five_groups};
pub use lips::{lip_gap, tell_lips};

/// No person is older.
const OLDEST: f32 = 120.0;

/// The models that describe faces. Any may be missing; what cannot be told is then `None`.
#[derive(Clone, Default)]
pub struct LookModels {
    /// The models whose features heads read.
    pub features: FeatureModels,
    /// The age and gender model of face-api.
    pub age_gender: Option<Arc<dyn Model>>,
    /// The models that tell expressions.
    pub expression: ExpressionModels,
    /// The iris model.
    pub iris: Option<Arc<dyn Model>>,
    /// The mesh model, which looks at every described face a second time, more closely: what the lips do is told far
    /// better so, and the crops of the other models become more exact.
    pub mesh: Option<Arc<dyn Model>>,
}

/// Describes faces by models and by heads on their features.
#[derive(Clone, Default)]
pub struct AttributeModels {
    models: LookModels,
    heads: heads::Heads,
}

/// What is known of a face.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Age, gender and ethnicity; `None` where they were not wanted or no model tells them.
    pub demographics: Option<Demographics>,
    /// What is worn before the eyes.
    pub glasses: Option<Glasses>,
    /// Whether the lips touch.
    pub lips: Option<Lips>,
    /// How far the eyes are open.
    pub eyes: Option<Eyes>,
    /// Expression.
    pub expression: Option<Expression>,
}

/// A face as the stages see it: as it was found, and more closely.
struct Look<'a> {
    photo: &'a RgbPhoto,
    /// The landmarks by which features are read, the same as for templates.
    found: &'a Landmarks,
    closer: &'a Landmarks,
}

impl AttributeModels {
    /// Describes faces by those models, without heads.
    pub fn new(models: LookModels) -> Self {
        Self { models, heads: heads::Heads::default() }
    }

    /// The same with the head of a file, which is told by its name.
    ///
    /// # Errors
    /// [`HeadError`] where the head was trained on another model's features, or tells something else.
    pub fn with_head(mut self, file: &HeadFile) -> Result<Self, HeadError> {
        self.heads.insert(file, &self.models.features)?;
        Ok(self)
    }

    /// The models whose features heads read.
    pub const fn features(&self) -> &FeatureModels {
        &self.models.features
    }

    /// Whether age and gender can be told.
    pub const fn tells_demographics(&self) -> bool {
        self.models.features.faceres.is_some() || self.models.age_gender.is_some()
    }

    /// Whether ethnicity can be told.
    pub const fn tells_ethnicity(&self) -> bool {
        self.heads.ethnicity.is_some()
    }

    /// Whether glasses can be told.
    pub const fn tells_glasses(&self) -> bool {
        self.heads.glasses.is_some()
    }

    /// Whether it can be told how far the eyes are open.
    pub const fn tells_eyes(&self) -> bool {
        self.models.iris.is_some()
    }

    /// Whether expressions can be told.
    pub const fn tells_expression(&self) -> bool {
        !self.models.expression.is_empty()
    }

    /// Describes the face of `photo` that `landmarks` mark. Runs no model that the wanted attributes do not
    /// need, and no feature model whose answer is in `known`; landmarks that span no area give no attributes.
    ///
    /// # Errors
    /// [`InferenceError`] of the models.
    pub fn describe(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
        wanted: Wanted,
        known: &mut FaceFeatures,
    ) -> Result<Attributes, InferenceError> {
        let mut attributes = Attributes::default();
        if !(wanted.demographics || wanted.appearance || wanted.eyes || wanted.expression) {
            return Ok(attributes);
        }
        let mesh = self.models.mesh.as_ref();
        let closer = mesh.map_or(Ok(None), |mesh| closer::look(photo, landmarks, mesh.as_ref()))?;
        let look = Look { photo, found: landmarks, closer: closer.as_ref().unwrap_or(landmarks) };
        if wanted.appearance {
            attributes.lips = tell_lips(look.closer);
            attributes.glasses = self.glasses(&look, known)?;
        }
        if wanted.eyes {
            attributes.eyes = self.eyes(&look, attributes.glasses, known)?;
        }
        if wanted.expression {
            attributes.expression = self.models.expression.tell(photo, look.closer)?;
        }
        if wanted.demographics {
            attributes.demographics = self.demographics(&look, known)?;
        }
        Ok(attributes)
    }

    fn glasses(&self, look: &Look<'_>, known: &mut FaceFeatures) -> Result<Option<Glasses>, InferenceError> {
        let probabilities = self.ask_head(self.heads.glasses.as_ref(), look, known)?;
        let worn = probabilities.and_then(|classes| classes.get(1).copied());
        Ok(worn.map(|worn| glasses::tell_glasses(worn, look.photo, look.closer)))
    }

    /// Sunglasses hide the eyes; so they are looked for where that has not been done.
    fn eyes(
        &self,
        look: &Look<'_>,
        glasses: Option<Glasses>,
        known: &mut FaceFeatures,
    ) -> Result<Option<Eyes>, InferenceError> {
        let Some(model) = &self.models.iris else { return Ok(None) };
        let glasses = if glasses.is_some() { glasses } else { self.glasses(look, known)? };
        if glasses == Some(Glasses::Sun) {
            return Ok(Some(Eyes { left: None, right: None }));
        }
        eyes::tell(model.as_ref(), look.photo, look.closer)
    }

    /// Age: the mean of what the models and the head say. On FairFace it is off by 6.0 years, the models alone by 6.3;
    /// with as much weight for the head as for both models it is as good there, but on UTKFace 5.9 years, not 5.6.
    /// Gender: what the head says; without one, the mean of the models (.879 and .844 right on FairFace).
    fn demographics(
        &self,
        look: &Look<'_>,
        known: &mut FaceFeatures,
    ) -> Result<Option<Demographics>, InferenceError> {
        let features = &self.models.features;
        let (mut ages, mut females) = (Vec::new(), Vec::new());
        if let Some(told) = features.faceres(look.photo, look.found, known)? {
            ages.push(told.age);
            females.push(told.female);
        }
        if let Some(model) = &self.models.age_gender
            && let Some((age, female)) = age_gender::ask(model.as_ref(), look.photo, look.closer)?
        {
            ages.push(age);
            females.push(female);
        }
        ages.extend(self.age_by_head(look, known)?);
        if ages.is_empty() {
            return Ok(None);
        }
        let gender = self.ask_head(self.heads.gender.as_ref(), look, known)?;
        let by_head = gender.and_then(|classes| classes.get(1).copied());
        Ok(Some(Demographics {
            age: mean(&ages).map(|age| age.clamp(0.0, OLDEST)),
            gender: by_head.or_else(|| mean(&females)).map(|female| GenderEstimate { female }),
            ethnicity: self.ethnicity(look, known)?,
        }))
    }

    fn age_by_head(&self, look: &Look<'_>, known: &mut FaceFeatures) -> Result<Option<f32>, InferenceError> {
        let Some(head) = &self.heads.age else { return Ok(None) };
        let read = self.models.features.read(look.photo, look.found, head.sources(), known)?;
        read.map(|features| head.value(&features).map_err(|_| unfit(&features))).transpose()
    }

    fn ethnicity(
        &self,
        look: &Look<'_>,
        known: &mut FaceFeatures,
    ) -> Result<Option<EthnicityEstimate>, InferenceError> {
        let probabilities = self.ask_head(self.heads.ethnicity.as_ref(), look, known)?;
        Ok(probabilities.and_then(|classes| five_groups(&classes)))
    }

    /// The probabilities of a head's classes; `None` without a head, or where its features cannot be read.
    fn ask_head(
        &self,
        head: Option<&LinearHead>,
        look: &Look<'_>,
        known: &mut FaceFeatures,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let Some(head) = head else { return Ok(None) };
        let read = self.models.features.read(look.photo, look.found, head.sources(), known)?;
        read.map(|features| head.probabilities(&features).map_err(|_| unfit(&features))).transpose()
    }
}

/// `None` of nothing.
fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

/// A model has given another number of features than it said.
fn unfit(features: &[f32]) -> InferenceError {
    InferenceError::Shape { expected: "the features a head reads".to_owned(), actual: vec![features.len()] }
}

#[cfg(test)]
mod tests;
