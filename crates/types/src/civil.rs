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

impl Timestamp {
    /// As RFC 3339 with milliseconds, in UTC: `2026-03-13T07:57:22.681Z`.
    pub fn to_rfc3339(self) -> String {
        let CivilTime { year, month, day, hour, minute, second, micros } = self.into();
        let millis = micros / 1000;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }

    /// The moment that RFC 3339 text tells, to the microsecond; the date alone is its midnight. `None` where the text
    /// is none.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (date, time) = text.split_at_checked(10)?;
        let mut day = date.split('-').map(digits);
        let (year, month, day) = (day.next()??, day.next()??, day.next()??);
        let midnight = days(year, month, day)? * MICROS_OF_DAY;
        if time.is_empty() {
            return Some(Self(midnight));
        }
        let time = time.strip_prefix(['T', 't', ' '])?;
        let end = time.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = time.split_at(end);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let mut parts = clock.split(':').map(digits);
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let is_time = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
        let fraction = format!("{:0<6}", fraction.get(..6.min(fraction.len()))?);
        let micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + digits(&fraction)?;
        let ahead = offset_minutes(zone)? * 60_000_000;
        is_time.then_some(Self(midnight + micros - ahead))
    }

    /// The number of the day in UTC, counted from 1970-01-01.
    pub const fn day_number(self) -> i64 {
        self.0.div_euclid(MICROS_OF_DAY)
    }

    /// The midnight at which the day of that number begins.
    pub const fn of_day(number: i64) -> Self {
        Self(number * MICROS_OF_DAY)
    }
}

const MICROS_OF_DAY: i64 = 86_400 * 1_000_000;

/// A number of at most 9 decimal digits and nothing else.
fn digits(text: &str) -> Option<i64> {
    let are_digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

/// `Z`, or hours and minutes ahead of UTC.
fn offset_minutes(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let ahead = hours * 60 + minutes;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -ahead } else { ahead })
}

/// The number of days from 1970-01-01 to a date of the years 1 to 9999; `None` where there is no such date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // The inverse of `date`.
    let year_from_march = if month > 2 { year } else { year - 1 };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    let number = era * 146_097 + of_era - 719_468;
    (date(number) == (year, month, day)).then_some(number)
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

    #[test]
    fn rfc_3339_is_read_as_it_is_written() {
        for (text, micros) in [
            ("2026-03-13T07:57:22.681Z", 1_773_388_642_681_000),
            ("2026-03-13t07:57:22.681000z", 1_773_388_642_681_000),
            ("2026-03-13T09:27:22.681+01:30", 1_773_388_642_681_000),
            ("2026-03-12T23:57:22.6814-08:00", 1_773_388_642_681_400),
            ("1969-12-31", -86_400_000_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), Some(Timestamp(micros)), "{text}");
        }
        assert_eq!(Timestamp(1_773_388_642_681_999).to_rfc3339(), "2026-03-13T07:57:22.681Z");
        for text in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "2026-03-13T07:57:22",
            "2026-03-13T24:00:00Z",
            "2026-03-13T07:57Z",
            "2026-03-13T07:57:22.é81Z",
            "2026-03-13T07:57:22+0130",
            "ä026-03-13",
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_numbered_as_dates_are() {
        for number in [-719_162, -1, 0, 59, 20_525, 2_932_896] {
            let (year, month, day) = date(number);
            assert_eq!(days(year, month, day), Some(number));
            assert_eq!(Timestamp::of_day(number).day_number(), number);
        }
    }
}
