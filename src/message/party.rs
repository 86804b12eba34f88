//! Names of parties.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An authority that sends or receives: country, slash, authority, as in `rs/mup` or `si/policija`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(Arc<str>);

/// Not the name of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a party is a country and an authority in lower case, such as `si/policija`")]
pub struct PartyError;

impl PartyId {
    /// The two-letter country (ISO 3166-1, lower case) of the party.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// The authority, without its country.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.0[3..]
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI under which certificates name the party: `casebridge://si/policija`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("casebridge://{}", self.0)
    }

    /// The party that a certificate's URI names.
    ///
    /// # Errors
    /// [`PartyError`] unless the URI has exactly the form that [`PartyId::uri`] writes.
    pub fn from_uri(uri: &str) -> Result<Self, PartyError> {
        uri.strip_prefix("casebridge://").ok_or(PartyError)?.parse()
    }
}

impl FromStr for PartyId {
    type Err = PartyError;

    fn from_str(text: &str) -> Result<Self, PartyError> {
        let (country, authority) = text.split_once('/').ok_or(PartyError)?;
        let country_fits = country.len() == 2 && country.bytes().all(|b| b.is_ascii_lowercase());
        let authority_fits = (1..=32).contains(&authority.len())
            && authority.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if country_fits && authority_fits { Ok(Self(text.into())) } else { Err(PartyError) }
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PartyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PartyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::PartyId;

    #[test]
    fn a_party_is_country_slash_authority_and_nothing_else() {
        let party: PartyId = "si/policija".parse().unwrap();
        assert_eq!((party.country(), party.authority()), ("si", "policija"));
        assert_eq!(PartyId::from_uri(&party.uri()), Ok(party));
        for bad in [
            "",
            "si",
            "si/",
            "/policija",
            "SI/policija",
            "si/Policija",
            "si/a/b",
            "si/../x",
            "si/a b",
            "svn/policija",
        ] {
            assert!(bad.parse::<PartyId>().is_err(), "{bad}");
        }
        for bad in [
            "casebridge:/si/policija",
            "https://si/policija",
            "casebridge://si/policija/",
            "casebridge://SI/policija",
        ] {
            assert!(PartyId::from_uri(bad).is_err(), "{bad}");
        }
    }
}
