//! Numbers and moments as spreadsheets keep them, both ways: what a cell can't hold exactly is told,
//! so that an export writes it as text and an import refuses it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

/// Rows of a sheet, its header among them (ECMA-376 as Excel reads it).
pub(crate) const ROWS_MAX: u32 = 1_048_576;
/// Columns of a sheet.
pub(crate) const COLUMNS_MAX: u32 = 16_384;
/// Characters of a cell, in units of UTF-16.
pub(crate) const TEXT_LENGTH_MAX: usize = 32_767;

/// The digits of a number that spreadsheets show and keep when its cell is edited.
const DIGITS_MAX: usize = 15;
/// From here on, whole numbers have more.
const WHOLE_MAX: f64 = 1e15;

/// Moments are told to the millisecond: of 15 digits, to which some programs round the days since
/// 1900, the last is less than that.
const MILLIS_A_DAY: f64 = 86_400_000.0;
/// The first day that all programs count alike: before it, Excel has a 29 February 1900.
const FIRST_DAY: f64 = 61.0;
/// Days between the two beginnings of time that workbooks may have.
const DAYS_TO_1904: f64 = 1_462.0;

/// A number as text, without a fraction where it has none; `None` where it has lost digits.
pub(crate) fn number_text(number: f64) -> Option<String> {
    if !number.is_finite() || number.abs() >= WHOLE_MAX {
        return None;
    }
    let exact = number.to_string();
    let significant = exact.trim_start_matches(['-', '0', '.']);
    let digits = significant.bytes().filter(u8::is_ascii_digit).count();
    if digits <= DIGITS_MAX {
        return Some(exact);
    }
    // What a formula left behind the 15th digit is noise of its arithmetic.
    let rounded = format!("{number:.*e}", DIGITS_MAX - 1).parse::<f64>().ok()?;
    Some(rounded.to_string())
}

/// The number that [`number_text`] reads back as this text; `None` where none does.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok()?;
    (number_text(number)? == text).then_some(number)
}

/// A day, or a moment of one, as text; `None` where it is neither.
pub(crate) fn moment_text(serial: f64, begins_1904: bool) -> Option<String> {
    let moment = moment_of(serial, begins_1904)?;
    Some(if moment.time() == NaiveTime::MIN {
        moment.format("%Y-%m-%d").to_string()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    })
}

fn moment_of(serial: f64, begins_1904: bool) -> Option<NaiveDateTime> {
    let serial = if begins_1904 { serial + DAYS_TO_1904 } else { serial };
    let days = serial.floor();
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    let (days, millis) = (days as i64, ((serial - days) * MILLIS_A_DAY).round() as i64);
    let time = TimeDelta::try_days(days)?.checked_add(&TimeDelta::try_milliseconds(millis)?)?;
    beginning()?.checked_add_signed(time)
}

/// 9999-12-31
const LAST_DAY: f64 = 2_958_465.0;

fn beginning() -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(1899, 12, 30).map(|day| day.and_time(NaiveTime::MIN))
}

/// The days since the beginning, by which [`moment_text`] tells this moment again; `None` where it
/// would tell another.
pub(crate) fn serial_of(moment: NaiveDateTime) -> Option<f64> {
    let serial = nearest_serial(moment)?;
    (moment_of(serial, false)? == moment).then_some(serial)
}

/// The days since the beginning, to whatever fraction a number holds of them.
pub(crate) fn nearest_serial(moment: NaiveDateTime) -> Option<f64> {
    let days = moment.date().num_days_from_ce() - beginning()?.num_days_from_ce();
    let beyond = f64::from(moment.nanosecond()) / 1_000_000.0;
    let millis = f64::from(moment.num_seconds_from_midnight()) * 1_000.0 + beyond;
    Some(f64::from(days) + millis / MILLIS_A_DAY)
}

/// The letters of a column, from 0: `A`, `Z`, `AA`.
pub(crate) fn column_letters(column: u32) -> String {
    let (mut rest, mut letters) = (column, String::new());
    loop {
        let letter = char::from_digit(rest % 26 + 10, 36).unwrap_or('?').to_ascii_uppercase();
        letters.insert(0, letter);
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => return letters,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").unwrap()
    }

    #[test]
    fn numbers_are_told_as_they_are_shown() {
        for (number, text) in [
            (0.0, Some("0")),
            (-5.0, Some("-5")),
            (42.0, Some("42")),
            (0.5, Some("0.5")),
            (0.1 + 0.2, Some("0.3")),
            (999_999_999_999_999.0, Some("999999999999999")),
            (1e15, None),
            (-1e20, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(number_text(number).as_deref(), text, "{number}");
        }
    }

    #[test]
    fn what_a_number_can_not_hold_stays_text() {
        for text in ["0", "-7", "12.5", "999999999999999", "0.000001"] {
            assert!(number_of(text).is_some(), "{text}");
        }
        for text in ["9007199254740993", "1000000000000000", "0.1234567890123456", "12.50", "x"] {
            assert!(number_of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn days_are_counted_as_spreadsheets_do() {
        for (serial, begins_1904, text) in [
            (61.0, false, Some("1900-03-01")),
            (45_943.0, false, Some("2025-10-13")),
            (44_481.0, true, Some("2025-10-13")),
            (45_943.5, false, Some("2025-10-13T12:00:00.000Z")),
            // As a program writes it that keeps 15 digits.
            (46_082.416_666_666_7, false, Some("2026-03-01T10:00:00.000Z")),
            (45_943.999_999_999_99, false, Some("2025-10-14")),
            (2_958_465.0, false, Some("9999-12-31")),
            (2_958_466.0, false, None),
            (60.0, false, None),
            (0.5, false, None),
            (-1.0, false, None),
            (f64::NAN, false, None),
        ] {
            assert_eq!(moment_text(serial, begins_1904).as_deref(), text, "{serial}");
        }
        assert_eq!(serial_of(moment("2025-10-13T12:00:00")), Some(45_943.5));
        assert_eq!(serial_of(moment("1900-01-05T00:00:00")), None);
        assert_eq!(serial_of(moment("2025-10-13T12:00:00.123456")), None);
    }

    #[test]
    fn columns_have_the_letters_of_spreadsheets() {
        for (column, letters) in
            [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (COLUMNS_MAX - 1, "XFD")]
        {
            assert_eq!(column_letters(column), letters);
        }
    }

    proptest! {
        #[test]
        fn a_moment_in_a_cell_is_the_same_moment(millis in -2_000_000_000_000_i64..250_000_000_000_000) {
            let moment = chrono::DateTime::from_timestamp_millis(millis).unwrap().naive_utc();
            if let Some(serial) = serial_of(moment) {
                // Also where a program keeps 15 digits of it.
                let short: f64 = format!("{serial:.14e}").parse().unwrap();
                prop_assert_eq!(moment_of(serial, false), Some(moment));
                prop_assert_eq!(moment_of(short, false), Some(moment));
            }
        }

        #[test]
        fn a_number_in_a_cell_is_the_same_number(number in any::<i64>(), places in 0_u32..12) {
            #[expect(clippy::cast_precision_loss, reason = "any number will do")]
            let text = (number as f64 / 10_f64.powi(places.cast_signed())).to_string();
            if let Some(held) = number_of(&text) {
                prop_assert_eq!(number_text(held), Some(text));
            }
        }
    }
}
