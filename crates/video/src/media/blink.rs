//! Whether a person blinks.
//!
//! How far an eye is open is the height of its opening over its width ([`vultus_types::Eyes`]). An eye is closed at
//! [`CLOSED_AT`] or less, whoever's it is, and in a video also below [`BLINK_SHARE`] of what is usual for the person: of
//! the median of the last [`USUAL_OVER`] frames. A person whose visible eyes are both closed blinks in that frame.
//! Where no eye is visible it is not told.
//!
//! A blink is counted when the eyes open again within [`LONGEST_BLINK`]: blinks last 100 to 400 ms (Schiffman,
//! "Sensation and perception", 2001; Stern, Walrath and Goldstein, "The endogenous eyeblink", 1984, put the limit
//! to longer closures at half a second).

use std::collections::VecDeque;
use std::time::Duration;

use vultus_types::Eyes;

/// An eye that is open by this or less is closed: of 1,482 frontal faces of `FairFace` this finds .89 of the closed
/// eyes and takes .01 of the others for closed. Of the clear photos in `docs/accuracy/labels/eyes.csv`, which show faces
/// turned and lids lowered too, it finds .38 of 26 closed and takes none of 171 open ones for closed.
const CLOSED_AT: f32 = 0.20;
/// Below this share of what is usual an eye is closed: narrow eyes never reach the other limit, wide ones not
/// before the blink is nearly over.
const BLINK_SHARE: f32 = 0.6;
/// Frames that tell what is usual: ten seconds of 12 frames.
const USUAL_OVER: usize = 120;
/// Fewer frames do not tell what is usual: half a second, more than a blink takes.
const USUAL_FROM: usize = 6;
/// Eyes that are closed for longer are not blinking but shut.
const LONGEST_BLINK: Duration = Duration::from_millis(500);

/// Whether both visible eyes are closed, whoever's they are; `None` where none is visible. This is the rule for a single
/// picture: in a video an eye is also compared with what is usual for the person.
pub fn eyes_are_closed(eyes: Eyes) -> Option<bool> {
    all_visible(eyes, |openness| openness <= CLOSED_AT)
}

fn all_visible(eyes: Eyes, is_closed: impl Fn(f32) -> bool) -> Option<bool> {
    let mut visible = [eyes.left, eyes.right].into_iter().flatten().peekable();
    visible.peek()?;
    Some(visible.all(is_closed))
}

/// Counts the blinks of one person.
#[derive(Clone, Debug, Default)]
pub(super) struct Blinks {
    usual: VecDeque<f32>,
    count: u32,
    closed_since: Option<Duration>,
}

impl Blinks {
    /// Takes over the eyes of the frame at `time`. Tells whether the person blinks.
    pub(super) fn see(&mut self, time: Duration, eyes: Option<Eyes>) -> Option<bool> {
        let eyes = eyes?;
        let usual = self.median().unwrap_or(0.0);
        let is_closed =
            all_visible(eyes, |openness| openness <= CLOSED_AT || openness < usual * BLINK_SHARE)?;
        if is_closed {
            self.closed_since.get_or_insert(time);
        } else if let Some(since) = self.closed_since.take() {
            self.count += u32::from(time.saturating_sub(since) <= LONGEST_BLINK);
        }
        let visible: Vec<f32> = [eyes.left, eyes.right].into_iter().flatten().collect();
        if self.usual.len() == USUAL_OVER {
            self.usual.pop_front();
        }
        self.usual.push_back(visible.iter().sum::<f32>() / visible.len() as f32);
        Some(is_closed)
    }

    /// Blinks so far.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// What is usual, where there were enough frames.
    fn median(&self) -> Option<f32> {
        let mut sorted: Vec<f32> = self.usual.iter().copied().collect();
        sorted.sort_unstable_by(f32::total_cmp);
        (sorted.len() >= USUAL_FROM).then(|| sorted[sorted.len() / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(83);

    fn both(openness: f32) -> Eyes {
        Eyes { left: Some(openness), right: Some(openness) }
    }

    /// What is told of each frame, and the blinks at the end.
    fn watch(openness: &[f32]) -> (Vec<bool>, u32) {
        let mut blinks = Blinks::default();
        let told =
            (1..).zip(openness).map(|(number, &value)| blinks.see(STEP * number, Some(both(value))).unwrap());
        (told.collect(), blinks.count())
    }

    #[test]
    fn eyes_that_close_and_open_blink_once() {
        let (told, count) = watch(&[0.35, 0.34, 0.1, 0.05, 0.3, 0.35]);
        assert_eq!((told, count), (vec![false, false, true, true, false, false], 1));
    }

    #[test]
    fn wide_eyes_blink_below_their_usual_opening() {
        let mut openness = vec![0.40; 8];
        openness.extend([0.23, 0.40]);
        let (told, count) = watch(&openness);
        assert!(told[8] && count == 1, "{told:?}");
        // Not before it is known what is usual.
        assert_eq!(watch(&[0.40, 0.40, 0.23, 0.40]).1, 0);
    }

    #[test]
    fn eyes_that_stay_shut_do_not_blink() {
        let mut openness = vec![0.1; 12];
        openness.push(0.35);
        let (told, count) = watch(&openness);
        assert!(told[..12].iter().all(|is_closed| *is_closed) && count == 0);
    }

    #[test]
    fn one_eye_that_winks_does_not_blink_but_one_hidden_does_not_count() {
        let mut blinks = Blinks::default();
        let eyes = |left, right| Some(Eyes { left, right });
        assert_eq!(blinks.see(STEP, eyes(Some(0.05), Some(0.35))), Some(false));
        assert_eq!(blinks.see(STEP * 2, eyes(Some(0.05), None)), Some(true));
        assert_eq!(blinks.see(STEP * 3, eyes(None, None)), None);
        assert_eq!(blinks.see(STEP * 4, None), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut blinks = Blinks::default();
        for number in 1..1000 {
            blinks.see(STEP * number, Some(both(0.3)));
        }
        assert_eq!(blinks.usual.len(), USUAL_OVER);
    }
}
