//! How the three states write what people have everywhere: dates, countries, languages, telephone numbers, file numbers.
//! Numbers of identity and names are read in `schema`, where policy reads them too.
//!
//! In: a text as an agency writes it.
//! Out: the one form that the common record has, or nothing when the text is none of its kind.
//! Must hold: no meaning is guessed (`RS` is not `XK`, a number of identity is no citizenship), and no text is too long.

pub mod country;
pub mod date;
pub mod file_number;
pub mod language;
pub mod phone;
