//! The project's own heads: which there are, and what they must look like.

use vultus_types::EthnicityEstimate;

use super::features::FeatureModels;
use crate::heads::{FeatureSource, Head, HeadError, HeadFile, LinearHead, RegressionHead};

/// The classes of a head that tells glasses; sunglasses count as glasses.
pub const GLASSES_CLASSES: [&str; 2] = ["none", "glasses"];
/// The classes of a head that tells gender.
pub const GENDER_CLASSES: [&str; 2] = ["male", "female"];
/// The classes of a head that tells ethnicity: the seven groups of FairFace, each with its place in [`five_groups`].
pub const ETHNICITY_CLASSES: [&str; 7] =
    ["black", "east_asian", "indian", "latino_hispanic", "middle_eastern", "southeast_asian", "white"];

/// The head files made for the models of the default pack.
pub const DEFAULT_HEADS: [&str; 4] = [
    include_str!("../../../../models/heads/age.json"),
    include_str!("../../../../models/heads/ethnicity.json"),
    include_str!("../../../../models/heads/gender.json"),
    include_str!("../../../../models/heads/glasses.json"),
];

/// The heads in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heads {
    pub(super) age: Option<RegressionHead>,
    pub(super) ethnicity: Option<LinearHead>,
    pub(super) gender: Option<LinearHead>,
    pub(super) glasses: Option<LinearHead>,
}

impl Heads {
    /// Puts a head in its place, for the features of `models`.
    ///
    /// # Errors
    /// [`HeadError`] where the head reads features that the models do not give, or is none of these.
    pub(super) fn insert(&mut self, file: &HeadFile, models: &FeatureModels) -> Result<(), HeadError> {
        let refuse = || HeadError::Format(format!("{:?} does not tell what its name says", file.name));
        match (file.name.as_str(), file.head()?) {
            ("age", Head::Number(head)) => self.age = Some(fitting(head, RegressionHead::sources, models)?),
            (name, Head::Classes(head)) => {
                let (place, classes): (_, &[&str]) = match name {
                    "ethnicity" => (&mut self.ethnicity, &ETHNICITY_CLASSES),
                    "gender" => (&mut self.gender, &GENDER_CLASSES),
                    "glasses" => (&mut self.glasses, &GLASSES_CLASSES),
                    _ => return Err(refuse()),
                };
                if head.classes() != classes {
                    return Err(refuse());
                }
                *place = Some(fitting(head, LinearHead::sources, models)?);
            }
            _ => return Err(refuse()),
        }
        Ok(())
    }
}

fn fitting<H>(
    head: H,
    sources: impl Fn(&H) -> &[FeatureSource],
    models: &FeatureModels,
) -> Result<H, HeadError> {
    models.require(sources(&head))?;
    Ok(head)
}

/// The five groups of Kairos from the probabilities of [`ETHNICITY_CLASSES`]; `None` of another number of classes.
pub fn five_groups(probabilities: &[f32]) -> Option<EthnicityEstimate> {
    let [black, east_asian, indian, latino, middle_eastern, southeast_asian, white] = *probabilities else {
        return None;
    };
    Some(EthnicityEstimate {
        asian: east_asian + southeast_asian,
        black,
        hispanic: latino,
        white,
        other: indian + middle_eastern,
    })
}
