//! Whom to reach at a partner: units, never private persons.

use std::collections::BTreeSet;

/// A unit of the partner that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub role: ContactRole,
    /// The unit, as it calls itself.
    pub unit: String,
    /// E.164, such as `+38111…`.
    pub phone: Option<String>,
    pub email: Option<String>,
    /// When it answers, in words.
    pub hours: Option<String>,
    /// Languages that it speaks (ISO 639-1).
    pub languages: BTreeSet<String>,
}

/// What a unit is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactRole {
    /// Single point of contact (Directive (EU) 2023/977 art. 14).
    Spoc,
    /// National Central Unit (PCC SEE art. 4).
    Ncu,
    /// Focal point for referral and return of victims.
    FocalPoint,
    /// Data protection: correction, erasure, what a person may know.
    DataProtection,
    /// Operation of the gateway: outages, certificates, keys.
    Technical,
}

impl ContactRole {
    /// Every role, in the order of the documents.
    pub const ALL: [Self; 5] =
        [Self::Spoc, Self::Ncu, Self::FocalPoint, Self::DataProtection, Self::Technical];

    /// The word used in agreements and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spoc => "spoc",
            Self::Ncu => "ncu",
            Self::FocalPoint => "focal_point",
            Self::DataProtection => "data_protection",
            Self::Technical => "technical",
        }
    }
}
