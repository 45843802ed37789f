//! What is peculiar to Kairos v2, and what was decided about it.
//!
//! - A wrong request is answered with status 200 and flat `{code, message}`; wrong credentials as in v1.
//! - `status_code` is a number, in the answer to DELETE a text.
//! - The names of the landmarks are those on the wire, misspellings included; see `landmarks.rs`.
//! - The original's `start_time` and `end_time` are moments at which its machines worked. Here they are the moment at
//!   which the work began plus the time in the video, so that their difference, `dwell`, is time that somebody was to
//!   be seen.
//! - `glasses` and `gender` are texts in the results of a medium and numbers in its analytics, as in the samples.
//! - What cannot be told is `Not Available` or 0 where the original has such a value, and null elsewhere.
//! - Landmarks come where they were asked for when the medium was handed in.

use std::time::Duration;

/// The largest file, in bytes; the original's limit is not known. It is held in memory until it is stored.
pub(super) const MOST_MEDIA_BYTES: usize = 64_000_000;

/// How long an answer waits for the result where the client does not say otherwise.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest that it waits.
pub(super) const LONGEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Text for what cannot be told.
pub(super) const NOT_AVAILABLE: &str = "Not Available";

/// Codes and texts of states.
pub(super) const IN_PROGRESS: (u8, &str) = (1, "In Progress");
pub(super) const PROCESSING: (u8, &str) = (2, "Processing");
pub(super) const FAILED: (u8, &str) = (3, "Failed");
pub(super) const NOT_FOUND: (u8, &str) = (3, "Error. Media record not found.");
pub(super) const COMPLETE: (u8, &str) = (4, "Complete");
pub(super) const DELETED: (&str, &str) = ("5", "Deleted");

/// `distance` over the width of the face: .336 to .338 in all recorded results of images. It is a measure of the
/// face's size in pixels.
pub(super) const DISTANCE_PER_WIDTH: f32 = 0.337;

/// The names of age groups, with the years that they begin at. The original tells the names only; the years are those
/// of the United Nations' and of the marketing trade's usual groups.
const AGE_GROUPS: [(f32, &str); 4] =
    [(60.0, "Senior"), (35.0, "Adult"), (18.0, "Young Adult"), (0.0, "Child")];

/// The age group of so many years.
pub(super) fn age_group(age: Option<f32>) -> &'static str {
    let group = age.and_then(|age| AGE_GROUPS.iter().find(|(from, _)| age >= *from));
    group.map_or(NOT_AVAILABLE, |(_, name)| name)
}

/// The number of a gender in analytics.
pub(super) fn gender_number(is_female: Option<bool>) -> u8 {
    match is_female {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

/// The number for glasses in analytics.
pub(super) fn glasses_number(has_glasses: Option<bool>) -> u8 {
    match has_glasses {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_groups() {
        let ages = [0.0, 17.9, 18.0, 34.9, 35.0, 59.9, 60.0, 99.0];
        let groups = ages.map(|age| age_group(Some(age)));
        let [child, young, adult, senior] = ["Child", "Young Adult", "Adult", "Senior"];
        assert_eq!(groups, [child, child, young, young, adult, adult, senior, senior]);
        assert_eq!(age_group(None), "Not Available");
    }
}
