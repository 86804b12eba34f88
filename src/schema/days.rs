//! Dates as records have them: `1985`, `1985-06` or `1985-06-15`, each with its first and its last possible day.

use jiff::civil::Date;

/// Full age in all states of the exchange.
pub(super) const FULL_AGE: i16 = 18;
/// Nobody in a record was born, and nothing happened, before it: an earlier year is a slip or stands for "unknown".
const FIRST_YEAR: i16 = 1890;

/// The days that a date may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) last: Date,
}

/// Whether a year can stand in a record. The year zero, and what is written instead of an unknown year, cannot.
#[must_use]
pub fn is_year(year: i16) -> bool {
    year >= FIRST_YEAR
}

impl Days {
    /// Nothing for what is no date that can be: it is never guessed.
    pub(super) fn read(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let number = |from: usize, to: usize| {
            let part = text.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i16>().ok())?
        };
        let year = number(0, 4).filter(|year| is_year(*year))?;
        let part = |from: usize, to: usize| i8::try_from(number(from, to)?).ok();
        let date = |month, day| Date::new(year, month, day).ok();
        match (text.len(), text.get(4..5), text.get(7..8)) {
            (4, ..) => Some(Self { first: date(1, 1)?, last: date(12, 31)? }),
            (7, Some("-"), _) => {
                date(part(5, 7)?, 1).map(|first| Self { first, last: first.last_of_month() })
            }
            (10, Some("-"), Some("-")) => date(part(5, 7)?, part(8, 10)?).map(Self::of),
            _ => None,
        }
    }

    /// The day of a point in time such as `2026-03-06T10:15:00Z`, or of a date.
    pub(super) fn of_time(text: &str) -> Option<Self> {
        Self::read(text.split('T').next().unwrap_or_default())
    }

    pub(super) const fn of(day: Date) -> Self {
        Self { first: day, last: day }
    }
}

/// The day on which somebody born on `born` comes of age. Who was born on 29 February comes of age on 1 March.
pub(super) fn of_age(born: Date) -> Date {
    let year = born.year().saturating_add(FULL_AGE);
    let day = Date::new(year, born.month(), born.day());
    day.or_else(|_| Date::new(year, 3, 1)).unwrap_or(Date::MAX)
}

/// The latest day on which somebody was born who is `years` old on `day`.
pub(super) fn born_at_latest(day: Date, years: i16) -> Date {
    let year = day.year().saturating_sub(years);
    Date::new(year, day.month(), day.day()).or_else(|_| Date::new(year, 3, 1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Days, born_at_latest, of_age};

    #[test]
    fn a_date_is_read_as_exactly_as_it_is_known_and_one_that_cannot_be_is_none() {
        let days = |text: &str| Days::read(text).map(|days| (days.first, days.last));
        assert_eq!(days("1985"), Some((date(1985, 1, 1), date(1985, 12, 31))));
        assert_eq!(days("2008-02"), Some((date(2008, 2, 1), date(2008, 2, 29))));
        assert_eq!(days("1985-06-15"), Some((date(1985, 6, 15), date(1985, 6, 15))));
        for none in [
            "",
            "0000",
            "0000-00-00",
            "0012-07-07",
            "1889",
            "1985-00",
            "1985-13",
            "1985-02-30",
            "1985-06-00",
            "85",
            "198",
            "1985-6-1",
            "1985/06/15",
            "15.06.1985",
            "1985-06-15T",
            "+985",
            "١٩٨٥",
            "1985-06-15Z",
        ] {
            assert_eq!(days(none), None, "{none}");
        }
        assert_eq!(Days::of_time("1985-06-15T10:00:00Z"), Days::read("1985-06-15"));
    }

    #[test]
    fn who_was_born_on_29_february_comes_of_age_on_1_march() {
        assert_eq!(of_age(date(2004, 2, 29)), date(2022, 3, 1));
        assert_eq!(of_age(date(2006, 3, 5)), date(2024, 3, 5));
        assert_eq!(born_at_latest(date(2024, 2, 29), 18), date(2006, 3, 1));
        assert_eq!(born_at_latest(date(2024, 3, 5), 20), date(2004, 3, 5));
    }
}
