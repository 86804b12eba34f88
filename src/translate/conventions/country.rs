//! Country codes of ISO 3166-1, former countries of ISO 3166-3, and the user-assigned code of Kosovo.
//!
//! Kosovo has no code in ISO 3166. `XK` is user-assigned, and it stays what it was received as: `RS` and `XK` are never
//! turned into each other. How a partner wants to see either, and with which footnote, is a matter of its table.

use super::super::nearest::did_you_mean;
use rust_iso3166::iso3166_3::{self, CountryCode3};
use rust_iso3166::{CountryCode, from_alpha2, from_alpha3, from_numeric_str};

/// A country as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country<'t> {
    /// Alpha-2 code; for a former country whose two letters mean another one today, its four letters of ISO 3166-3.
    pub code: &'static str,
    pub scheme: Scheme,
    /// The text that was read.
    pub as_received: &'t str,
}

/// Where a country code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// ISO 3166-1: a country of today.
    Iso3166,
    /// ISO 3166-3: a country that is no more, such as `YU`. People were born there.
    Former,
    /// Left by ISO 3166-1 to its users: `XK`.
    UserAssigned,
}

impl Scheme {
    /// The word for the scheme in a record.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iso3166 => "iso3166-1",
            Self::Former => "iso3166-3",
            Self::UserAssigned => "user-assigned",
        }
    }
}

impl Country<'_> {
    /// Whether the text was an alpha-2 code of ISO 3166-1, so that nothing has to be noted about it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.scheme == Scheme::Iso3166 && self.code == self.as_received
    }
}

/// Which code of a country a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Alpha2,
    Alpha3,
    /// Three digits.
    Numeric,
}

/// The codes under which Kosovo is received: the one that the European Union uses, and three of data sets.
const KOSOVO: [&str; 4] = ["XK", "XKX", "UNK", "RKS"];

/// The former country that a doubled code means: `CS` and 891 are Serbia and Montenegro here, not Czechoslovakia (until
/// 1993, as `CS`) nor the Yugoslavia before it (as 891).
const PREFERRED: &str = "CSXX";

/// What Yugoslavia is also received as: its number until 1992, which ISO 3166-3 no longer tells (UN M49 does), and the
/// abbreviation in documents of that time.
const YUGOSLAVIA: [&str; 2] = ["890", "SFRJ"];

/// The country of an alpha-2, alpha-3 or numeric code, of a former country's code, or of a code of Kosovo.
///
/// Codes stand in capitals, numbers have three digits. Words, and codes of one data set only, belong into its table.
#[must_use]
pub fn read(text: &str) -> Option<Country<'_>> {
    let found = |code, scheme| Some(Country { code, scheme, as_received: text });
    if KOSOVO.contains(&text) {
        return found("XK", Scheme::UserAssigned);
    }
    let current = match text.len() {
        2 => from_alpha2(text),
        3 if text.bytes().all(|b| b.is_ascii_digit()) => from_numeric_str(text),
        3 => from_alpha3(text),
        4 => None,
        _ => return None,
    };
    match current {
        Some(country) => found(country.alpha2, Scheme::Iso3166),
        None => found(former_code(&former(text)?), Scheme::Former),
    }
}

/// A code in the form that is asked for, or nothing when the country has none of its own: there is no number for Kosovo,
/// and some former countries share theirs with one of today.
///
/// `code` is one that [`read`] returns.
#[must_use]
pub fn write(code: &str, form: Form) -> Option<String> {
    let country = read(code)?;
    let entry = match (country.scheme, form) {
        (_, Form::Alpha2) => return Some(country.code.to_owned()),
        (Scheme::UserAssigned, Form::Alpha3) => return Some("XKX".to_owned()),
        (Scheme::UserAssigned, Form::Numeric) => return None,
        (Scheme::Former, Form::Numeric) if country.code == "YU" => return Some("890".to_owned()),
        (Scheme::Former, _) => former(country.code)?.former,
        (Scheme::Iso3166, _) => from_alpha2(country.code)?,
    };
    let text = match form {
        Form::Numeric => format!("{:03}", entry.numeric),
        _ => entry.alpha3.to_owned(),
    };
    read(&text).is_some_and(|back| back.code == country.code).then_some(text)
}

/// The code that a table writes for a country: as it goes out, so that no table sends what the conversions do not know.
///
/// # Errors
/// What is wrong with it, and the codes that were probably meant.
pub(in super::super) fn fixed(text: &str) -> Result<&str, String> {
    match read(text) {
        Some(country) if country.code == text => Ok(text),
        Some(country) => Err(format!("a country is written `{}`, not `{text}`", country.code)),
        None => {
            let capitals = text.to_uppercase();
            let named = rust_iso3166::ALL.iter().filter(|entry| entry.name.to_uppercase() == capitals);
            let named: Vec<&str> = named.map(|entry| entry.alpha2).collect();
            let near = did_you_mean(text, rust_iso3166::ALL.iter().map(|entry| entry.alpha2));
            let near = named.first().map_or(near, |code| format!("; did you mean `{code}`?"));
            Err(format!("no country has the code `{text}` (ISO 3166-1, two letters){near}"))
        }
    }
}

fn former(text: &str) -> Option<CountryCode3> {
    let text = if YUGOSLAVIA.contains(&text) { "YUCS" } else { text };
    let number = text.parse().ok().filter(|number| *number != 0 && text.len() == 3);
    let has = |entry: &&CountryCode3| {
        let CountryCode { alpha2, alpha3, numeric, .. } = entry.former;
        [entry.code, alpha2, alpha3].contains(&text) || number == Some(numeric)
    };
    let preferred = iso3166_3::ALL.iter().filter(|entry| entry.code == PREFERRED);
    preferred.chain(iso3166_3::ALL).find(has).copied()
}

/// The two letters where they still mean the country, and otherwise the four.
fn former_code(entry: &CountryCode3) -> &'static str {
    let two = entry.former.alpha2;
    let free = from_alpha2(two).is_none() && former(two).is_some_and(|found| found.code == entry.code);
    if free { two } else { entry.code }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_table_names_a_country_as_it_goes_out_and_is_told_what_it_meant() {
        let wrong = |text| super::fixed(text).unwrap_err();
        for good in ["RS", "XK", "YU", "CS"] {
            assert_eq!(super::fixed(good), Ok(good));
        }
        assert!(
            wrong("RSS")
                .starts_with("no country has the code `RSS` (ISO 3166-1, two letters); did you mean `")
        );
        assert_eq!(
            wrong("Serbia"),
            "no country has the code `Serbia` (ISO 3166-1, two letters); did you mean `RS`?"
        );
        assert_eq!(wrong("SRB"), "a country is written `RS`, not `SRB`");
        assert_eq!(wrong("RKS"), "a country is written `XK`, not `RKS`");
    }

    use super::{Form, Scheme, iso3166_3, read, write};

    #[test]
    fn a_country_is_read_and_written_in_each_of_its_three_codes() {
        for (two, three, number) in [
            ("RS", "SRB", "688"),
            ("SI", "SVN", "705"),
            ("AT", "AUT", "040"),
            ("MK", "MKD", "807"),
            ("ME", "MNE", "499"),
            ("BA", "BIH", "070"),
            ("HR", "HRV", "191"),
            ("AL", "ALB", "008"),
        ] {
            for text in [two, three, number] {
                let country = read(text).unwrap();
                assert_eq!((country.code, country.scheme, country.as_received), (two, Scheme::Iso3166, text));
                assert_eq!(country.is_plain(), text == two);
            }
            assert_eq!(write(two, Form::Alpha2).as_deref(), Some(two));
            assert_eq!(write(two, Form::Alpha3).as_deref(), Some(three));
            assert_eq!(write(two, Form::Numeric).as_deref(), Some(number));
        }
    }

    #[test]
    fn every_country_of_today_goes_through_each_form_unchanged() {
        assert_eq!(rust_iso3166::ALL.len(), 249);
        for country in rust_iso3166::ALL {
            for form in [Form::Alpha2, Form::Alpha3, Form::Numeric] {
                let text = write(country.alpha2, form).unwrap();
                assert_eq!(read(&text).unwrap().code, country.alpha2, "{text}");
            }
        }
    }

    #[test]
    fn kosovo_and_serbia_are_never_turned_into_each_other() {
        for received in ["XK", "XKX", "UNK", "RKS"] {
            let country = read(received).unwrap();
            assert_eq!((country.code, country.scheme.as_str()), ("XK", "user-assigned"));
            assert_eq!(country.as_received, received);
            assert!(!country.is_plain());
        }
        for form in [Form::Alpha2, Form::Alpha3, Form::Numeric] {
            let kosovo = write("XK", form);
            assert!(kosovo.is_none_or(|text| read(&text).unwrap().code == "XK"));
            assert_eq!(read(&write("RS", form).unwrap()).unwrap().code, "RS");
        }
        assert_eq!(write("XK", Form::Numeric), None);
        // The code of one data set: its table decides.
        assert_eq!(read("Y1"), None);
    }

    #[test]
    fn the_countries_in_which_people_of_the_region_were_born_are_accepted() {
        for (received, code) in [
            ("YU", "YU"),
            ("YUG", "YU"),
            ("890", "YU"),
            ("SFRJ", "YU"),
            ("YUCS", "YU"),
            ("CS", "CS"),
            ("SCG", "CS"),
            ("891", "CS"),
            ("CSXX", "CS"),
            ("CSK", "CSHH"),
            ("200", "CSHH"),
            ("SU", "SU"),
            ("DD", "DD"),
            ("278", "DD"),
        ] {
            let country = read(received).unwrap();
            assert_eq!((country.code, country.scheme), (code, Scheme::Former), "{received}");
            assert_eq!(country.scheme.as_str(), "iso3166-3");
        }
        assert_eq!(write("YU", Form::Alpha3).as_deref(), Some("YUG"));
        assert_eq!(write("YU", Form::Numeric).as_deref(), Some("890"));
        assert_eq!(write("CS", Form::Numeric).as_deref(), Some("891"));
    }

    #[test]
    fn a_former_country_never_becomes_one_of_today() {
        for entry in iso3166_3::ALL {
            let country = read(entry.code).unwrap();
            assert_eq!(country.scheme, Scheme::Former, "{}", entry.code);
            for form in [Form::Alpha2, Form::Alpha3, Form::Numeric] {
                if let Some(text) = write(country.code, form) {
                    assert_eq!(read(&text).unwrap().code, country.code, "{text}");
                }
            }
        }
        // Burma has the number of Myanmar, and Sikkim the letters of Slovakia.
        assert_eq!(write("BU", Form::Numeric), None);
        assert_eq!(read("SK").unwrap().scheme, Scheme::Iso3166);
        assert_eq!(read("SKM").unwrap().code, "SKIN");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for bad in ["", "R", "rs", "QQ", "000", "+04", "SRBX", "Ж", "ЖЖ", "Србија", "R\0", "40", "999"]
        {
            assert_eq!(read(bad), None, "{bad}");
            assert_eq!(write(bad, Form::Alpha3), None, "{bad}");
        }
    }
}
