//! What people are told, in the five languages of the exchange: what a field or a code is called, what a rule says.

use std::collections::HashMap;

use serde::Deserialize;

use super::script::to_latin;

/// A language of the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    SerbianCyrillic,
    /// Derived from the Cyrillic label, letter by letter but for the words of [`LatinWords`].
    SerbianLatin,
    Slovene,
    German,
}

impl Language {
    /// Every language, in the order of the documents.
    pub const ALL: [Self; 5] =
        [Self::English, Self::SerbianCyrillic, Self::SerbianLatin, Self::Slovene, Self::German];

    /// The language tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SerbianCyrillic => "sr-Cyrl",
            Self::SerbianLatin => "sr-Latn",
            Self::Slovene => "sl",
            Self::German => "de",
        }
    }
}

/// One text in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels([String; 5]);

impl Labels {
    /// The four texts that people write, and the Latin form of the Serbian one, letter by letter.
    #[must_use]
    pub fn derived(english: &str, serbian: &str, slovene: &str, german: &str) -> Self {
        Self([english, serbian, &to_latin(serbian), slovene, german].map(str::to_owned))
    }

    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        self.0.get(language as usize).map_or("", String::as_str)
    }

    /// All labels with their languages, in the order of [`Language::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        Language::ALL.into_iter().map(|language| (language, self.get(language)))
    }
}

/// The labels that people write; the file may leave none of them out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLabels {
    pub(super) en: Option<String>,
    #[serde(rename = "sr-Cyrl")]
    pub(super) sr_cyrl: Option<String>,
    pub(super) sl: Option<String>,
    pub(super) de: Option<String>,
}

impl WrittenLabels {
    /// All five labels.
    pub(super) fn complete(self, latin: &LatinWords) -> Result<Labels, String> {
        let said = |label: Option<String>, language: Language| {
            label
                .filter(|label| !label.trim().is_empty())
                .ok_or_else(|| format!("no label in `{tag}`; add `{tag} = \"…\"`", tag = language.tag()))
        };
        let cyrillic = said(self.sr_cyrl, Language::SerbianCyrillic)?;
        let derived = latin.derive(&cyrillic);
        Ok(Labels([
            said(self.en, Language::English)?,
            cyrillic,
            derived,
            said(self.sl, Language::Slovene)?,
            said(self.de, Language::German)?,
        ]))
    }
}

/// Words whose Latin form is not the letter-by-letter one.
#[derive(Debug, Default)]
pub(super) struct LatinWords(HashMap<String, String>);

/// One such word, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LatinWord {
    word: String,
    latin: String,
    reason: String,
}

impl LatinWords {
    /// Reads the list. A word without a reason, or twice, is a mistake.
    pub(super) fn new(entries: Vec<LatinWord>) -> Result<Self, String> {
        let mut words = HashMap::new();
        for LatinWord { word, latin, reason } in entries {
            if reason.trim().is_empty() {
                return Err(format!("`{word}` needs a reason why its Latin form is `{latin}`"));
            }
            if words.insert(word.clone(), latin).is_some() {
                return Err(format!("`{word}` stands twice in `latin`"));
            }
        }
        Ok(Self(words))
    }

    fn derive(&self, cyrillic: &str) -> String {
        let words = cyrillic.split(' ');
        let latin =
            words.map(|word| self.0.get(word).map_or_else(|| to_latin(word).into_owned(), Clone::clone));
        latin.collect::<Vec<_>>().join(" ")
    }
}
