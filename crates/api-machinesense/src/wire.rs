//! Answers as they are sent. Keys are in the order of the documentation's samples.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_types::{Expression as Probabilities, Gender as Told, GenderEstimate};

/// What every answer lies in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    result: Outcome,
    /// 0, or the code of an error.
    code: u8,
    /// Empty, or what the error is.
    message: &'static str,
    data: T,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
enum Outcome {
    Ok,
    Err,
}

/// `{}`, beside an error.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl<T: Serialize> Envelope<T> {
    /// An answer; the message is for errors only.
    pub(crate) const fn ok(data: T) -> Self {
        Self { result: Outcome::Ok, code: 0, message: "", data }
    }
}

impl Envelope<Nothing> {
    /// An error.
    pub(crate) const fn err(code: u8, message: &'static str) -> Self {
        Self { result: Outcome::Err, code, message, data: Nothing {} }
    }
}

/// The age of the person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Age {
    /// Whole years.
    age: u32,
}

impl Age {
    pub(crate) fn from_years(years: f32) -> Self {
        Self { age: years.round().max(0.0) as u32 }
    }
}

/// The gender that is told, and how probable it is in percent.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gender {
    #[schema(pattern = "^[FM]$")]
    gender: &'static str,
    /// Percent.
    #[schema(minimum = 50, maximum = 100)]
    gender_probability: u32,
}

impl Gender {
    /// `None` where the estimate is not sure enough.
    pub(crate) fn from_estimate(estimate: GenderEstimate) -> Option<Self> {
        let (gender, probability) = match estimate.best()? {
            Told::Female => ("F", estimate.female),
            Told::Male => ("M", 1.0 - estimate.female),
        };
        Some(Self { gender, gender_probability: (probability * 100.0).round() as u32 })
    }
}

/// Percentages; they sum to 100.
#[derive(Serialize, ToSchema)]
pub(crate) struct Expression {
    #[schema(maximum = 100)]
    neutral: u32,
    #[schema(maximum = 100)]
    happy: u32,
    #[schema(maximum = 100)]
    sad: u32,
    #[schema(maximum = 100)]
    angry: u32,
    #[schema(maximum = 100)]
    fearful: u32,
    #[schema(maximum = 100)]
    disgusted: u32,
    #[schema(maximum = 100)]
    surprised: u32,
}

impl From<Probabilities> for Expression {
    fn from(of: Probabilities) -> Self {
        let probabilities = [of.neutral, of.happy, of.sad, of.angry, of.fearful, of.disgusted, of.surprised];
        let [neutral, happy, sad, angry, fearful, disgusted, surprised] = percentages(probabilities);
        Self { neutral, happy, sad, angry, fearful, disgusted, surprised }
    }
}

/// Whole percentages of shares that are not negative, in such a way that they sum to 100: all are rounded down, then
/// those that lost the most are rounded up, of equal ones the first.
fn percentages<const COUNT: usize>(shares: [f32; COUNT]) -> [u32; COUNT] {
    let sum: f64 = shares.iter().copied().map(f64::from).sum();
    let exact = shares.map(|share| f64::from(share) / sum * 100.0);
    let mut whole = exact.map(|share| share.floor() as u32);
    let mut by_loss: [usize; COUNT] = std::array::from_fn(|index| index);
    by_loss.sort_by(|&one, &other| exact[other].fract().total_cmp(&exact[one].fract()));
    let missing = 100_u32.saturating_sub(whole.iter().sum());
    for &index in by_loss.iter().take(missing as usize) {
        whole[index] += 1;
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentages_go_to_those_that_lost_the_most() {
        assert_eq!(percentages([0.335, 0.333, 0.332]), [34, 33, 33]);
        assert_eq!(percentages([0.25, 0.25, 0.25, 0.25]), [25; 4]);
        assert_eq!(percentages([1.0 / 3.0; 3]), [34, 33, 33]);
        assert_eq!(percentages([0.0, 1.0, 0.0]), [0, 100, 0]);
        assert_eq!(percentages([0.004, 0.996]), [0, 100]);
        assert_eq!(percentages([0.995, 0.001, 0.001, 0.001, 0.002]), [100, 0, 0, 0, 0]);
    }

    #[test]
    fn gender_is_told_from_its_threshold_on() {
        let told = |female: f32| Gender::from_estimate(GenderEstimate { female });
        assert_eq!(told(0.874), Some(Gender { gender: "F", gender_probability: 87 }));
        assert_eq!(told(0.126), Some(Gender { gender: "M", gender_probability: 87 }));
        assert_eq!(told(0.65), Some(Gender { gender: "F", gender_probability: 65 }));
        assert_eq!((told(0.64), told(0.5), told(0.36)), (None, None, None));
    }

    #[test]
    fn ages_are_whole_and_not_negative() {
        for (years, age) in [(-0.7, 0), (0.4, 0), (17.5, 18), (99.9, 100)] {
            assert_eq!(Age::from_years(years).age, age);
        }
    }

    proptest! {
        #[test]
        fn percentages_sum_to_100_and_are_near(logits in proptest::array::uniform7(-20.0f32..20.0)) {
            let powers = logits.map(f32::exp);
            let sum: f32 = powers.iter().sum();
            let shares = powers.map(|power| power / sum);
            let told = percentages(shares);
            prop_assert_eq!(told.iter().sum::<u32>(), 100);
            for (share, told) in shares.iter().zip(told) {
                prop_assert!((share * 100.0 - told as f32).abs() < 1.001);
            }
        }
    }
}
