//! What kind of data a field holds and whom it is about: the two attributes on which release is decided.

use serde::{Deserialize, Serialize};

/// The kind of data in a field. Policy releases or withholds by these.
///
/// The list is the exchange's own, after Directive (EU) 2016/680 art. 10 (special categories) and
/// Regulation (EU) 2016/794 Annex II (ceiling per subject category).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataCategory {
    /// File numbers, dates and origin of the record itself: needed to speak about a case at all.
    CaseReference,
    Identity,
    Identifier,
    Document,
    Contact,
    LocationCurrent,
    ShelterLocation,
    Family,
    Offence,
    TraffickingFacts,
    Health,
    SexualLife,
    EthnicityReligion,
    /// Fingerprints, DNA, and images processed to recognise somebody (Directive (EU) 2016/680 art. 3(13)).
    Biometrics,
    /// A photograph that people look at: no biometric data by itself (Regulation (EU) 2016/679 recital 51).
    Photograph,
    Finance,
    ImmigrationStatus,
    Assessment,
    FreeText,
}

impl DataCategory {
    /// Every category, in the order of the documents.
    pub const ALL: [Self; 19] = [
        Self::CaseReference,
        Self::Identity,
        Self::Identifier,
        Self::Document,
        Self::Contact,
        Self::LocationCurrent,
        Self::ShelterLocation,
        Self::Family,
        Self::Offence,
        Self::TraffickingFacts,
        Self::Health,
        Self::SexualLife,
        Self::EthnicityReligion,
        Self::Biometrics,
        Self::Photograph,
        Self::Finance,
        Self::ImmigrationStatus,
        Self::Assessment,
        Self::FreeText,
    ];

    /// The word used in policies, withheld lists and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CaseReference => "case_reference",
            Self::Identity => "identity",
            Self::Identifier => "identifier",
            Self::Document => "document",
            Self::Contact => "contact",
            Self::LocationCurrent => "location_current",
            Self::ShelterLocation => "shelter_location",
            Self::Family => "family",
            Self::Offence => "offence",
            Self::TraffickingFacts => "trafficking_facts",
            Self::Health => "health",
            Self::SexualLife => "sexual_life",
            Self::EthnicityReligion => "ethnicity_religion",
            Self::Biometrics => "biometrics",
            Self::Photograph => "photograph",
            Self::Finance => "finance",
            Self::ImmigrationStatus => "immigration_status",
            Self::Assessment => "assessment",
            Self::FreeText => "free_text",
        }
    }

    /// Whether a value of the category can single a person out, unless its field is marked `anonymous`
    /// (Directive (EU) 2016/680 art. 3(1)). Free text can hold anything.
    #[must_use]
    pub const fn identifies(self) -> bool {
        matches!(
            self,
            Self::Identity
                | Self::Identifier
                | Self::Document
                | Self::Contact
                | Self::LocationCurrent
                | Self::ShelterLocation
                | Self::Family
                | Self::Biometrics
                | Self::Photograph
                | Self::FreeText
        )
    }

    /// Special categories of Directive (EU) 2016/680 art. 10: released only when strictly necessary.
    #[must_use]
    pub const fn is_special(self) -> bool {
        matches!(self, Self::Health | Self::SexualLife | Self::EthnicityReligion | Self::Biometrics)
    }
}

/// Languages that tell to which people somebody belongs, and no state: Romani with its variants, Yiddish, Judeo-Spanish, in
/// the codes of ISO 639.
const TELLING_LANGUAGES: [&str; 16] = [
    "rom", "rmn", "rml", "rmc", "rmf", "rmo", "rmy", "rmw", "rmg", "rge", "rsb", "yid", "yi", "ydd", "yih",
    "lad",
];

/// Whether a language tells somebody's ethnic origin (Directive (EU) 2016/680 art. 10).
pub(super) fn tells_ethnicity(language: &str) -> bool {
    let language = language.split(['-', '_']).next().unwrap_or_default().trim();
    TELLING_LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(language))
}

/// Fields that name an organisation. A name often says for whom it works.
const ORGANISATIONS: [&str; 6] = [
    "cas_ReferringOrganisation",
    "cas_ReferredOrganisation",
    "org_Name",
    "per_Organisation",
    "x_Court",
    "x_ProsecutionOffice",
];

/// How words begin that tell ethnic origin or religion, in small Latin letters without marks: of Serbian, Slovene, German and English.
/// More words are found than are meant (`Roma` the city): a name too many stays here, none too few.
const TELLING_WORDS: [&str; 26] = [
    "rom",
    "sint",
    "cigan",
    "zigeuner",
    "gypsy",
    "askali",
    "egipcan",
    "jevrej",
    "zidov",
    "judov",
    "judisch",
    "jewish",
    "islam",
    "musliman",
    "muslim",
    "katolic",
    "katolis",
    "catholic",
    "pravoslav",
    "orthodox",
    "ortodoks",
    "evangel",
    "protestant",
    "bosnjac",
    "bosnjas",
    "vlah",
];

/// Words that begin like one of them and tell of nobody.
const HARMLESS_WORDS: [&str; 3] = ["roman", "romantik", "romanija"];

/// Whether a field names an organisation.
pub(super) fn names_organisation(field: &str) -> bool {
    ORGANISATIONS.contains(&field)
}

/// Whether the name of an organisation tells the ethnic origin or religion of those whom it serves.
pub(super) fn name_tells_ethnicity(name: &str) -> bool {
    let latin = super::script::to_latin(name).to_lowercase();
    latin.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let word: String = word.chars().map(plain).collect();
        TELLING_WORDS.iter().any(|telling| word.starts_with(telling))
            && !HARMLESS_WORDS.contains(&word.as_str())
    })
}

/// A small letter without its mark.
fn plain(letter: char) -> char {
    match letter {
        'č' | 'ć' => 'c',
        'š' => 's',
        'ž' => 'z',
        'đ' => 'd',
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        other => other,
    }
}

/// Whom the data is about (Directive (EU) 2016/680 art. 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectCategory {
    Suspect,
    Convicted,
    VictimPresumed,
    VictimIdentified,
    Witness,
    Contact,
    ThirdPerson,
    Official,
}

impl SubjectCategory {
    /// Every category, in the order of the documents.
    pub const ALL: [Self; 8] = [
        Self::Suspect,
        Self::Convicted,
        Self::VictimPresumed,
        Self::VictimIdentified,
        Self::Witness,
        Self::Contact,
        Self::ThirdPerson,
        Self::Official,
    ];

    /// The word used in records, policies and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Convicted => "convicted",
            Self::VictimPresumed => "victim_presumed",
            Self::VictimIdentified => "victim_identified",
            Self::Witness => "witness",
            Self::Contact => "contact",
            Self::ThirdPerson => "third_person",
            Self::Official => "official",
        }
    }

    /// The category that a word names, if it is one of ours.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == word)
    }

    /// Presumed or identified victim: the strictest rules apply.
    #[must_use]
    pub const fn is_victim(self) -> bool {
        matches!(self, Self::VictimPresumed | Self::VictimIdentified)
    }
}
