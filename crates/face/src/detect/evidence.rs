//! How much speaks for a face where two detectors have looked.
//!
//! The evidence is a sum of log-odds: those of the main detector's score, those of the small-face detector's score,
//! and three tenths of those of the mesh model's face probability. The weights are rounded from a logistic regression
//! on the 1,604 joined finds in 250 group photos, which gave .93, 1.01 and .33 (1.04, 1.25 and .23 on one half of the
//! photos, .78, .80 and .45 on the other). The size of a face adds nothing, nor does how well the mesh fits its box.

/// A detector that has looked and found nothing counts as this score, and so does every lower score.
const UNSEEN_BY_MAIN: f32 = 0.15;
const UNSEEN_BY_SMALL: f32 = 0.1;
/// The mesh's probability is often 0 or 1; it is taken for no surer than this.
const MESH_MARGIN: f32 = 0.02;
const MESH_WEIGHT: f32 = 0.3;

/// From this evidence on it is a face: on the 250 photos (overlap .4; small outlines not yet widened) recall .897 and
/// precision .919; from −2.1 on .899, .917; from −1.8 on .896, .926.
const FACE: f32 = -2.0;
/// Between these a closer look is worth its time: on the 250 photos .9 looks per photo raise the recall by .008 at the
/// same precision; looks everywhere would be 4 per photo and no better.
const DOUBT_FROM: f32 = -3.0;
const DOUBT_TO: f32 = 0.0;

/// The scores of the two detectors for one find, 0..=1; `None` where one has looked and found nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scores {
    pub(super) main: Option<f32>,
    pub(super) small: Option<f32>,
}

/// How much speaks for a face, as log-odds up to a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Evidence(f32);

impl Scores {
    /// The evidence with the mesh's face probability; without one that of the detectors alone.
    pub(super) fn evidence(self, face_probability: Option<f32>) -> Evidence {
        let main = log_odds(self.main.unwrap_or(0.0), UNSEEN_BY_MAIN);
        let small = log_odds(self.small.unwrap_or(0.0), UNSEEN_BY_SMALL);
        let mesh = face_probability.map_or(0.0, |value| MESH_WEIGHT * log_odds(value, MESH_MARGIN));
        Evidence(main + small + mesh)
    }

    /// What `decide` says whatever the mesh's probability is; `None` where it depends on that.
    pub(super) fn settled(self, decide: fn(Evidence) -> bool) -> Option<bool> {
        // The mesh moves the evidence by less than the width of the range of doubt, so both ends tell.
        let most = decide(self.evidence(Some(1.0)));
        (decide(self.evidence(Some(0.0))) == most).then_some(most)
    }
}

impl Evidence {
    /// Whether it is a face.
    pub(super) fn is_face(self) -> bool {
        self.0 >= FACE
    }

    /// Whether a closer look may decide otherwise.
    pub(super) fn is_doubtful(self) -> bool {
        (DOUBT_FROM..=DOUBT_TO).contains(&self.0)
    }
}

/// The log-odds of a probability that is kept `margin` away from 0 and 1.
fn log_odds(probability: f32, margin: f32) -> f32 {
    let probability = probability.clamp(margin, 1.0 - margin);
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn main(score: f32) -> Scores {
        Scores { main: Some(score), small: None }
    }

    const fn small(score: f32) -> Scores {
        Scores { main: None, small: Some(score) }
    }

    #[test]
    fn sure_detector_needs_no_mesh() {
        assert_eq!(main(0.85).settled(Evidence::is_face), Some(true));
        assert_eq!(small(0.8).settled(Evidence::is_face), Some(true));
    }

    #[test]
    fn unsure_detector_needs_the_mesh() {
        for scores in [main(0.5), small(0.4)] {
            assert_eq!(scores.settled(Evidence::is_face), None);
            assert!(scores.evidence(Some(0.9)).is_face());
            assert!(!scores.evidence(Some(0.05)).is_face());
        }
    }

    #[test]
    fn detectors_that_agree_need_less_each() {
        let both = Scores { main: Some(0.4), small: Some(0.4) };
        assert_eq!(both.settled(Evidence::is_face), Some(true));
    }

    #[test]
    fn faint_finds_are_no_faces_whatever_the_mesh_says() {
        assert_eq!(main(0.25).settled(Evidence::is_face), Some(false));
        assert_eq!(small(0.15).settled(Evidence::is_face), Some(false));
    }

    #[test]
    fn doubt_lies_on_both_sides_of_the_decision() {
        assert!(Evidence(FACE - 0.5).is_doubtful() && Evidence(FACE + 0.5).is_doubtful());
        assert!(!Evidence(FACE - 1.5).is_doubtful());
    }

    proptest! {
        #[test]
        fn settled_decisions_hold_for_every_mesh(
            scores in (0f32..=1.0, 0f32..=1.0),
            probability in 0f32..=1.0,
        ) {
            let scores = Scores { main: Some(scores.0), small: Some(scores.1) };
            for decide in [Evidence::is_face, Evidence::is_doubtful] {
                if let Some(decision) = scores.settled(decide) {
                    prop_assert_eq!(decide(scores.evidence(Some(probability))), decision);
                }
            }
        }
    }
}
