//! How places of disputed coding are written for a partner.

/// The agreed way to write places in Kosovo, which Serbian systems code `RS` and others `XK`.
///
/// Neither code is ever turned into the other without this rule, and what it changed is always listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRule {
    pub kosovo: Rendering,
    /// What the region is called where a record has only the code of the place.
    pub region: Option<String>,
    /// The agreed note on the status of the place; it travels with each such place where the schema has room.
    pub footnote: Option<String>,
}

/// How a place in Kosovo is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rendering {
    /// The user-assigned code `XK`, with what was received beside it.
    AsXk,
    /// `RS`, with the region named.
    AsRsWithRegion,
    /// The region alone, without a country.
    RegionOnly,
    /// Neither country nor region: the fields are withheld.
    Withhold,
}

impl Rendering {
    /// Every rendering, in the order of the documents.
    pub const ALL: [Self; 4] = [Self::AsXk, Self::AsRsWithRegion, Self::RegionOnly, Self::Withhold];

    /// The word used in agreements and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsXk => "as-XK",
            Self::AsRsWithRegion => "as-RS-with-region",
            Self::RegionOnly => "region-only",
            Self::Withhold => "withhold",
        }
    }
}
