//! Times as they are written: ISO 8601, UTC where no zone is named.

use vultus_types::{CivilTime, Timestamp};

/// `YYYY-MM-DDThh:mm:ss.ffffff` in UTC, without a zone.
pub(crate) fn write(time: Timestamp) -> String {
    let CivilTime { year, month, day, hour, minute, second, micros } = time.into();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}")
}

/// A time as clients write it: a date, with `T` or a space and a time of day after it or without, fractions of a
/// second to any number of digits, and a zone (`Z`, `+hh:mm`, `+hhmm`, `+hh`) or none.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let (year, month, day) = (number(date, 0, 4)?, number(date, 5, 7)?, number(date, 8, 10)?);
    let is_dashed = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
    if !is_dashed || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let seconds_of_day_and_micros = match rest.strip_prefix(['T', 't', ' ']) {
        Some(rest) => time_of_day(rest)?,
        None if rest.is_empty() => (0, 0),
        None => return None,
    };
    let (seconds, micros) = seconds_of_day_and_micros;
    Some(Timestamp((days_since_epoch(year, month, day) * 86_400 + seconds) * 1_000_000 + micros))
}

/// Seconds since midnight of UTC, which may lie before or after the day because of the zone, and microseconds.
fn time_of_day(text: &str) -> Option<(i64, i64)> {
    let zone_at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let (hour, minute) = (number(whole, 0, 2)?, number(whole, 3, 5)?);
    let second = match whole.len() {
        5 => 0,
        8 if whole.as_bytes()[5] == b':' => number(whole, 6, 8)?,
        _ => return None,
    };
    if whole.as_bytes()[2] != b':' || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset(zone)?, micros(fraction)?))
}

/// Microseconds of a fraction of a second; what is finer is cut off.
fn micros(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    digits.parse().ok()
}

/// How many seconds a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return (zone.len() <= 1).then_some(0),
        Some(b'+') => 1,
        Some(_) => -1,
    };
    let digits: String = zone[1..].chars().filter(|&letter| letter != ':').collect();
    let minutes = match digits.len() {
        2 => 0,
        4 => number(&digits, 2, 4)?,
        _ => return None,
    };
    let hours = number(&digits, 0, 2)?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// The digits of that range as a number.
fn number(text: &str, from: usize, to: usize) -> Option<i64> {
    let digits = text.get(from..to)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date: counts in years that begin on 1 March, so that leap days end a year, and in eras
/// of 400 of them (146,097 days).
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_microseconds_and_no_zone() {
        assert_eq!(write(Timestamp(1_465_794_669_425_039)), "2016-06-13T05:11:09.425039");
        assert_eq!(write(Timestamp(0)), "1970-01-01T00:00:00.000000");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for micros in [0, 1, 1_465_794_669_425_039, 951_782_400_000_000, 4_107_542_399_999_999] {
            assert_eq!(read(&write(Timestamp(micros))), Some(Timestamp(micros)));
        }
    }

    #[test]
    fn times_are_read_as_clients_write_them() {
        let expected = read("2016-06-13T11:00:00.000000");
        assert_eq!(expected, Some(Timestamp(1_465_815_600_000_000)));
        for text in [
            "2016-06-13T11:00:00",
            "2016-06-13 11:00",
            "2016-06-13T11:00:00Z",
            "2016-06-13T14:00:00+03:00",
            "2016-06-13T14:00:00.0+0300",
            "2016-06-13T09:30:00-01:30",
            "2016-06-13T11:00:00.0000009+00",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read("2016-06-13"), Some(Timestamp(1_465_776_000_000_000)));
        assert_eq!(read("2016-02-29T00:00:00.5").map(|time| time.0 % 1_000_000), Some(500_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2016-13-01",
            "2015-02-29",
            "2016-06-31",
            "2016-6-1",
            "2016-06-13T",
            "2016-06-13T24:00",
            "2016-06-13T11:60",
            "2016-06-13T11:00:61",
            "2016-06-13T11:00:00.x",
            "2016-06-13T11:00:00+99:00",
            "2016-06-13T11:00:00Zulu",
            "2016-06-13x11:00",
            "+016-06-13",
            "２０１６-06-13",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
