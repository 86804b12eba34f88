//! The terms under which data is sent: purpose, legal basis, handling, evaluation, urgency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that is not one of the exchange's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a {what}; {known}")]
pub struct TermError {
    pub what: &'static str,
    pub word: String,
    /// What would be one, in words.
    pub known: String,
}

macro_rules! terms {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used on the wire and in documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = TermError;

            fn from_str(word: &str) -> Result<Self, TermError> {
                Self::ALL.iter().copied().find(|term| term.as_str() == word)
                    .ok_or_else(|| TermError {
                        what: $what,
                        word: word.chars().take(64).collect(),
                        known: format!("there are: {}", [$($word),*].join(", ")),
                    })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

terms! {
    /// Why data is sent. The receiver is bound to it (PCC SEE art. 31(4)(a)).
    Purpose, "purpose" {
        Prevention = "prevention",
        Detection = "detection",
        Investigation = "investigation",
        Prosecution = "prosecution",
        VictimIdentification = "victim_identification",
        VictimProtection = "victim_protection",
        SafeReturn = "safe_return",
        MissingChild = "missing_child",
        Statistics = "statistics",
        EarlyWarning = "early_warning",
    }
}

terms! {
    /// Europol handling codes.
    Handling, "handling code" {
        /// Only for preventing and combating crime under applicable law.
        H0 = "H0",
        /// Not for use in judicial proceedings without the provider's permission.
        H1 = "H1",
        /// No dissemination without the provider's permission.
        H2 = "H2",
        /// Other restrictions, told in `handling_note`.
        H3 = "H3",
    }
}

terms! {
    /// How soon an answer is needed (Directive (EU) 2023/977 art. 5(1)).
    Urgency, "urgency" {
        Routine = "routine",
        UrgentDirect = "urgent_direct",
        UrgentIndirect = "urgent_indirect",
    }
}

terms! {
    /// Why data is not given, after Directive (EU) 2023/977 art. 6(1). Only (1)(a) to (g)(i) of the list could be
    /// verified; `R-G2` and `R-H` are from general knowledge.
    RefusalCode, "refusal code" {
        /// The data is not available.
        NotAvailable = "R-A",
        /// The request does not have what the agreement demands.
        NotCompliant = "R-B",
        /// A judicial authorisation was refused.
        NoJudicialAuthorisation = "R-C",
        /// Data outside the allowed categories.
        OutsideCategories = "R-D",
        /// Inaccurate, incomplete or outdated data.
        Inaccurate = "R-E",
        /// Essential interests of national security.
        NationalSecurity = "R-F1",
        /// It endangers an investigation or a person's safety.
        Endangers = "R-F2",
        /// It unduly harms important interests of a legal person.
        HarmsLegalPerson = "R-F3",
        /// The offence is punishable by at most one year.
        MinorOffence = "R-G1",
        /// The act is no offence under the law of the requested state.
        NoOffence = "R-G2",
        /// Obtained from another state, which does not consent.
        ForeignData = "R-H",
    }
}

terms! {
    /// What the provider of data has permitted afterwards, on request.
    Permission, "permission" {
        /// Use in judicial proceedings (lifts H1).
        JudicialUse = "judicial_use",
        /// Passing on to another party (lifts H2).
        Onward = "onward",
        /// Use for another purpose (PCC SEE art. 31(4)(a)).
        PurposeChange = "purpose_change",
    }
}

terms! {
    /// On what ground content is used for another purpose before its provider has permitted it.
    FurtherUse, "ground of further use" {
        /// To avert an immediate and serious threat (PCC SEE art. 31(4)(a)).
        ImmediateSeriousThreat = "immediate_serious_threat",
    }
}

terms! {
    /// On what personal data leaves the European Union: articles of Directive (EU) 2016/680.
    TransferBasis, "transfer basis" {
        /// An adequacy decision.
        Adequacy = "art36",
        /// Appropriate safeguards in a binding instrument.
        BindingInstrument = "art37a",
        /// Appropriate safeguards, as the controller has assessed and documented them.
        OwnAssessment = "art37b",
        // Derogations, by the letters of the article's first paragraph.
        Art38a = "art38a",
        Art38b = "art38b",
        Art38c = "art38c",
        Art38d = "art38d",
        Art38e = "art38e",
    }
}

terms! {
    /// Why content must be deleted, or what became of it.
    Reason, "reason" {
        ConsentWithdrawn = "consent-withdrawn",
        ConsentExpired = "consent-expired",
        /// Its time of deletion has passed.
        DeleteByPassed = "delete-by-passed",
        /// It was deleted in the certifier's own system too.
        Deleted = "deleted",
        /// The certifier does not have the message, or no longer.
        NotHeld = "not-held",
    }
}

impl Reason {
    /// Whether an erase gives this reason; the others are said by certificates.
    #[must_use]
    pub const fn asks_for_erasure(self) -> bool {
        matches!(self, Self::ConsentWithdrawn | Self::ConsentExpired | Self::DeleteByPassed)
    }
}

/// 4x4 evaluation: reliability of the source, then of the information, as in `A1` or `X4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Evaluation {
    source: char,
    information: char,
}

impl FromStr for Evaluation {
    type Err = TermError;

    fn from_str(word: &str) -> Result<Self, TermError> {
        let mut chars = word.chars();
        match (chars.next(), chars.next(), chars.next()) {
            (Some(source @ ('A' | 'B' | 'C' | 'X')), Some(information @ '1'..='4'), None) => {
                Ok(Self { source, information })
            }
            _ => Err(TermError {
                what: "4x4 evaluation",
                word: word.chars().take(8).collect(),
                known: "write A, B, C or X and 1 to 4 in Latin letters, such as `B2`".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.source, self.information)
    }
}

/// The legal instrument that a transfer rests on, such as `PCC-SEE-4` or `CETS197`.
///
/// The known ones are part of each agreement; here only the form is checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegalBasis(String);

impl LegalBasis {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LegalBasis {
    type Err = TermError;

    fn from_str(word: &str) -> Result<Self, TermError> {
        let fits = (1..=40).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-/.".contains(&b));
        if fits {
            Ok(Self(word.to_owned()))
        } else {
            Err(TermError {
                what: "legal basis",
                word: word.chars().take(64).collect(),
                known: "write capital letters, digits, `-`, `/` and `.`, such as `PCC-SEE-4`".to_owned(),
            })
        }
    }
}

impl fmt::Display for LegalBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(Evaluation, LegalBasis);

#[cfg(test)]
mod tests {
    use super::Evaluation;

    #[test]
    fn an_evaluation_takes_latin_letters_only() {
        assert!("B2".parse::<Evaluation>().is_ok());
        // Cyrillic В is the third letter, not the Latin second one: it must be mapped, never read as B.
        for bad in ["В2", "D1", "A5", "A", "A11", ""] {
            assert!(bad.parse::<Evaluation>().is_err(), "{bad}");
        }
    }
}
