//! Moments as dates and times of day.

use crate::Timestamp;

/// A moment in UTC, in the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilTime {
    /// The year.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour, 0 to 23.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second.
    pub second: i64,
    /// Microseconds of the second.
    pub micros: i64,
}

impl From<Timestamp> for CivilTime {
    fn from(time: Timestamp) -> Self {
        const DAY: i64 = 86_400;
        let seconds = time.as_secs();
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let of_day = seconds.rem_euclid(DAY);
        let micros = time.0.rem_euclid(1_000_000);
        Self { year, month, day, hour: of_day / 3600, minute: of_day / 60 % 60, second: of_day % 60, micros }
    }
}

/// A month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarMonth {
    /// The year.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: i64,
}

impl From<Timestamp> for CalendarMonth {
    fn from(time: Timestamp) -> Self {
        let CivilTime { year, month, .. } = time.into();
        Self { year, month }
    }
}

/// Year, month and day of a number of days since 1970-01-01. Counts in eras of 400 years (146,097 days) that
/// begin on 1 March of the year 0, so that leap days end a year.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days() {
        for (seconds, date) in [
            (0, (1970, 1, 1)),
            (951_782_399, (2000, 2, 28)),
            (951_782_400, (2000, 2, 29)),
            (951_868_800, (2000, 3, 1)),
            (1_709_251_199, (2024, 2, 29)),
            (4_107_542_400, (2100, 3, 1)),
            (-1, (1969, 12, 31)),
        ] {
            let civil = CivilTime::from(Timestamp(seconds * 1_000_000));
            assert_eq!((civil.year, civil.month, civil.day), date, "{seconds}");
        }
    }

    #[test]
    fn months_end_at_midnight() {
        let month = |seconds: i64| CalendarMonth::from(Timestamp(seconds * 1_000_000));
        assert_eq!(month(1_709_251_199), CalendarMonth { year: 2024, month: 2 });
        assert_eq!(month(1_709_251_200), CalendarMonth { year: 2024, month: 3 });
        assert!(month(1_704_067_199) < month(1_704_067_200), "the year counts before the month");
    }

    #[test]
    fn time_of_day_counts_forward_before_1970_too() {
        let civil = CivilTime::from(Timestamp(-1));
        assert_eq!((civil.hour, civil.minute, civil.second, civil.micros), (23, 59, 59, 999_999));
        let civil = CivilTime::from(Timestamp(1_615_622_242_000_042));
        assert_eq!((civil.hour, civil.minute, civil.second, civil.micros), (7, 57, 22, 42));
    }
}
