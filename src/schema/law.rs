//! The legal crosswalk: how each law and treaty words a code of the common schema.

use serde::Deserialize;

/// Wording or standing of one code. What a law does not have is absent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Serbia: Krivični zakonik (KZ) art. 388.
    #[serde(rename = "RS")]
    pub rs: Option<String>,
    /// Slovenia: Kazenski zakonik (KZ-1) art. 113.
    #[serde(rename = "SI")]
    pub si: Option<String>,
    /// Austria: Strafgesetzbuch (`StGB`) § 104a.
    #[serde(rename = "AT")]
    pub at: Option<String>,
    /// Palermo Protocol art. 3.
    #[serde(rename = "Palermo")]
    pub palermo: Option<String>,
    /// Directive 2011/36/EU as amended by Directive (EU) 2024/1712.
    #[serde(rename = "EU")]
    pub eu: Option<String>,
}

impl Law {
    /// The heads of the columns, in the order of [`Law::columns`].
    pub const HEADS: [&str; 5] = ["RS KZ 388", "SI KZ-1 113", "AT StGB 104a", "Palermo art. 3", "EU 2011/36"];

    /// The wordings, in the order of [`Law::HEADS`].
    #[must_use]
    pub fn columns(&self) -> [Option<&str>; 5] {
        [&self.rs, &self.si, &self.at, &self.palermo, &self.eu].map(Option::as_deref)
    }
}

/// One offence of a national law that `x_Offence` may name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: String,
    /// The law's usual abbreviation.
    pub law: String,
    pub article: String,
    pub paragraph: Option<String>,
    /// What it punishes, in English.
    pub what: String,
    /// The range of the penalty, where it is known.
    pub penalty: Option<String>,
    /// Not yet checked against the text in force.
    #[serde(default)]
    pub unchecked: bool,
}
