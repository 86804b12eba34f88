//! What kind of data a field holds and whom it is about: the two attributes on which release is decided.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

use super::matching::matching_keys;
use super::script::is_unseen;

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

/// Parts of words that tell ethnic origin or religion, in Serbian, Slovene, German and English. More words are found than
/// are meant: a name too many stays here, none too few.
const TELLING_PARTS: [&str; 42] = [
    "cigan",
    "zigeuner",
    "gypsy",
    "ashkali",
    "aškali",
    "egipćan",
    "albansk",
    "arbanas",
    "goransk",
    "rusinsk",
    "bunjev",
    "jevrej",
    "židov",
    "judov",
    "jüdisch",
    "jewish",
    "synagog",
    "sinagog",
    "islam",
    "musliman",
    "muslim",
    "džamij",
    "mosque",
    "moschee",
    "katolič",
    "katoliš",
    "katholi",
    "catholic",
    "pravoslav",
    "orthodox",
    "ortodoks",
    "evangel",
    "protestant",
    "baptist",
    "adventist",
    "jehov",
    "caritas",
    "karitas",
    "manastir",
    "samostan",
    "bošnjač",
    "bošnjaš",
];
/// The same at the beginning of a word: inside many words they tell nothing.
const TELLING_BEGINNINGS: [&str; 9] =
    ["rom", "sinti", "vlah", "vlaš", "crkv", "cerkv", "cerkev", "kirche", "church"];
/// Words that begin like one of them and tell of nobody.
const HARMLESS_WORDS: [&str; 3] = ["roman", "romantik", "romanija"];

struct Telling {
    parts: Vec<String>,
    beginnings: Vec<String>,
    harmless: Vec<String>,
}

/// The words as [`matching_keys`] writes them, so that they are compared across scripts and spellings.
static TELLING: LazyLock<Telling> = LazyLock::new(|| {
    let keys = |words: &[&str]| words.iter().flat_map(|word| matching_keys(word)).collect();
    Telling {
        parts: keys(&TELLING_PARTS),
        beginnings: keys(&TELLING_BEGINNINGS),
        harmless: keys(&HARMLESS_WORDS),
    }
});

/// Whether the name of an organisation tells the ethnic origin or religion of those whom it serves.
pub(super) fn name_tells_ethnicity(name: &str) -> bool {
    let apart = |c: char| !c.is_alphabetic() && !is_combining_mark(c) && !is_unseen(c);
    name.split(apart).filter(|word| !word.is_empty()).any(|word| {
        let keys = matching_keys(word);
        let tells = |key: &String| {
            TELLING.parts.iter().any(|part| key.contains(part.as_str()))
                || (TELLING.beginnings.iter().any(|begins| key.starts_with(begins.as_str()))
                    && !TELLING.harmless.contains(key))
        };
        // A word that is too long to have a key may tell anything.
        (keys.is_empty() && word.chars().any(char::is_alphabetic)) || keys.iter().any(tells)
    })
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
