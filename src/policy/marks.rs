//! Sets of words, small enough to be compared and hashed as one number.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word of a closed list with at most 32 words.
pub trait Word: Copy + 'static {
    /// Every word, in the order of the list.
    fn all() -> &'static [Self];

    /// The place of the word in its list.
    fn place(self) -> usize;

    fn word(self) -> &'static str;
}

/// Some words of one list.
#[derive(PartialEq, Eq, Hash)]
pub struct Marks<T> {
    bits: u32,
    list: PhantomData<fn() -> T>,
}

impl<T> Clone for Marks<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Marks<T> {}

impl<T> Default for Marks<T> {
    fn default() -> Self {
        Self { bits: 0, list: PhantomData }
    }
}

impl<T: Word> Marks<T> {
    /// Every word of the list.
    pub(super) fn full() -> Self {
        T::all().iter().copied().collect()
    }

    pub(super) fn add(&mut self, word: T) {
        self.bits |= bit(word);
    }

    #[must_use]
    pub fn has(self, word: T) -> bool {
        self.bits & bit(word) != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    pub(super) fn join(&mut self, other: Self) {
        self.bits |= other.bits;
    }

    /// The words that both have.
    pub(super) fn shared(self, other: Self) -> Self {
        Self { bits: self.bits & other.bits, list: PhantomData }
    }

    /// The words, in the order of their list.
    pub fn words(self) -> impl Iterator<Item = T> {
        T::all().iter().copied().filter(move |word| self.has(*word))
    }
}

fn bit<T: Word>(word: T) -> u32 {
    // A list has at most 32 words; a word beyond would be in no set, which refuses.
    u32::try_from(word.place()).ok().and_then(|place| 1_u32.checked_shl(place)).unwrap_or(0)
}

impl<T: Word> FromIterator<T> for Marks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        let mut marks = Self::default();
        words.into_iter().for_each(|word| marks.add(word));
        marks
    }
}

impl<T: Word> fmt::Debug for Marks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words().map(Word::word)).finish()
    }
}

impl<T: Word> Serialize for Marks<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words().map(Word::word))
    }
}

impl<'de, T: Word> Deserialize<'de> for Marks<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        let find = |word: &String| {
            let known = T::all().iter().copied().find(|known| known.word() == word);
            known.ok_or_else(|| serde::de::Error::custom("a word that is not in its list"))
        };
        words.iter().map(find).collect()
    }
}

macro_rules! word {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::policy::marks::Word for $name {
            fn all() -> &'static [Self] {
                Self::ALL
            }

            fn place(self) -> usize {
                self as usize
            }

            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

word!(
    crate::message::FurtherUse,
    crate::message::Handling,
    crate::message::Permission,
    crate::message::TransferBasis,
    crate::partner::Role,
    super::words::Consent,
    super::words::Return,
    super::words::Shield,
    super::words::Subject,
    super::words::Classification,
    super::words::Grade,
);

impl Word for crate::schema::DataCategory {
    fn all() -> &'static [Self] {
        const ALL: [crate::schema::DataCategory; 19] = crate::schema::DataCategory::ALL;
        &ALL
    }

    fn place(self) -> usize {
        self as usize
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}
