//! National date forms.

use jiff::civil::Date;

use crate::schema::is_year;

/// How an agency writes a date. All forms are read; this is the one that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateStyle {
    /// `2024-03-05`
    #[default]
    Iso,
    /// `05.03.2024.`
    Rs,
    /// `5. 3. 2024`
    Si,
    /// `05.03.2024`
    At,
}

/// The ISO 8601 form, as exact as the text: `1985`, `1985-06` or `1985-06-15`. A part written as zeros is unknown; a date
/// without a year that can be is none.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    let mut parts: Vec<&str> = if text.contains('-') {
        text.splitn(4, '-').collect()
    } else {
        text.strip_suffix('.').unwrap_or(text).splitn(4, '.').map(str::trim).collect()
    };
    if !text.contains('-') {
        parts.reverse();
    }
    let (year, month, day) = match *parts {
        [year] => (year, None, None),
        [year, month] => (year, Some(month), None),
        [year, month, day] => (year, Some(month), Some(day)),
        _ => return None,
    };
    let year: i16 = number(year, 4..=4).filter(|year| is_year(*year))?;
    let known = |part: Option<&str>| match part {
        None => Some(None),
        Some(part) => number::<i8>(part, 1..=2).map(|n| (n != 0).then_some(n)),
    };
    match (known(month)?, known(day)?) {
        (None, None) => Some(format!("{year:04}")),
        (Some(month), None) => Date::new(year, month, 1).ok().map(|_| format!("{year:04}-{month:02}")),
        (Some(month), Some(day)) => Date::new(year, month, day).ok().map(|date| date.to_string()),
        (None, Some(_)) => None,
    }
}

fn number<T: std::str::FromStr>(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<T> {
    (length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The national form of an ISO date; unknown parts are zeros where the form has no other way.
#[must_use]
pub fn format(iso: &str, style: DateStyle) -> Option<String> {
    let iso = parse(iso)?;
    if style == DateStyle::Iso {
        return Some(iso);
    }
    let mut parts = iso.split('-');
    let year = parts.next()?;
    let part = |text: Option<&str>| text.map_or(Some(0), |text| text.parse::<u8>().ok());
    let (month, day) = (part(parts.next())?, part(parts.next())?);
    Some(match (style, month) {
        (_, 0) => year.to_owned(),
        (DateStyle::Si, _) => format!("{day}. {month}. {year}"),
        (DateStyle::At, _) => format!("{day:02}.{month:02}.{year}"),
        _ => format!("{day:02}.{month:02}.{year}."),
    })
}

#[cfg(test)]
mod tests {
    use super::{DateStyle, format, parse};

    #[test]
    fn every_national_form_is_read_as_exactly_as_it_is_known() {
        for (text, iso) in [
            ("15.06.1985.", "1985-06-15"),
            ("15.06.1985", "1985-06-15"),
            ("15. 6. 1985", "1985-06-15"),
            ("1985-06-15", "1985-06-15"),
            ("00.06.1985", "1985-06"),
            ("1985-06", "1985-06"),
            ("1985", "1985"),
            ("1985.", "1985"),
            ("29.02.2004.", "2004-02-29"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(iso), "{text}");
        }
        for bad in [
            "",
            ".",
            "31.02.1985.",
            "29.02.2003",
            "15.13.1985",
            "15.00.1985",
            "85",
            "15/06/1985",
            "1985-06-15-1",
            "00.00.0000.",
            "0. 0. 0000",
            "0000-00-00",
            "0000",
            "07.07.0012.",
            "31.12.1889.",
            "x",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_date() {
        for style in [DateStyle::Iso, DateStyle::Rs, DateStyle::Si, DateStyle::At] {
            for iso in ["1985-06-15", "1985-06", "1985"] {
                assert_eq!(parse(&format(iso, style).unwrap()).as_deref(), Some(iso));
            }
        }
        assert_eq!(format("1985-06-15", DateStyle::Rs).unwrap(), "15.06.1985.");
        assert_eq!(format("1985-06-05", DateStyle::Si).unwrap(), "5. 6. 1985");
        assert_eq!(format("1985-06-05", DateStyle::At).unwrap(), "05.06.1985");
    }

    #[test]
    fn a_date_without_a_day_or_month_is_written_no_more_exactly_than_it_is_known() {
        for (style, month) in [
            (DateStyle::Iso, "1985-06"),
            (DateStyle::Rs, "00.06.1985."),
            (DateStyle::Si, "0. 6. 1985"),
            (DateStyle::At, "00.06.1985"),
        ] {
            assert_eq!(format("1985-06", style).as_deref(), Some(month));
            assert_eq!(format("1985", style).as_deref(), Some("1985"));
        }
    }
}
